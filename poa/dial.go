package poa

import (
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/cometbft/cometbft/p2p"
	"github.com/ethereum/go-ethereum/log"
)

// dialer keeps the connections to the configured consensus peers.
//
// CometBFT's own handling of persistent peers waits up to 3 s before the first
// attempt and 5 s before the next, gives up on a peer for ever after about half
// an hour, and does not start at all if a host name doesn't resolve.
type dialer struct {
	sw    func() p2p.Switcher // nil when not running
	log   log.Logger
	wg    *sync.WaitGroup
	peers []*dialPeer
}

type dialPeer struct {
	id   p2p.ID
	addr string        // id@host:port
	wait time.Duration // before the next attempt
	next time.Time

	mu      sync.Mutex
	dialing bool
}

const (
	minRedial = 500 * time.Millisecond
	maxRedial = 10 * time.Second

	// secondDials is how long the node with the higher id leaves the dialing
	// to the other. If both dial at once each may drop the other's connection.
	secondDials = 2 * time.Second
)

func newDialer(peers []string, self string, now time.Time) *dialer {
	d := new(dialer)
	for _, p := range peers {
		id, _, err := splitPeer(p) // Validate has seen it
		if err != nil || id == self {
			continue
		}
		first := now
		if self > id {
			first = now.Add(secondDials)
		}
		d.peers = append(d.peers, &dialPeer{id: p2p.ID(id), addr: p, wait: minRedial, next: first})
	}
	return d
}

// ids lists the peers' ids as CometBFT's configuration wants them.
func (d *dialer) ids() string {
	var ids []string
	for _, p := range d.peers {
		ids = append(ids, string(p.id))
	}
	return strings.Join(ids, ",")
}

// missing lists the configured peers that are not connected.
func (d *dialer) missing() []string {
	sw := d.sw()
	var out []string
	for _, p := range d.peers {
		if sw == nil || !sw.Peers().Has(p.id) {
			out = append(out, p.addr)
		}
	}
	return out
}

// tick starts the attempts that are due. It is called by the driver's goroutine.
func (d *dialer) tick(now time.Time) {
	sw := d.sw()
	if sw == nil {
		return
	}
	for _, p := range d.peers {
		if sw.Peers().Has(p.id) {
			p.wait = minRedial
			if p.next.Before(now) {
				p.next = now.Add(minRedial)
				if sw.NodeInfo().ID() > p.id {
					p.next = now.Add(secondDials)
				}
			}
			continue
		}
		if now.Before(p.next) || !p.begin() {
			continue
		}
		p.next, p.wait = now.Add(p.wait), min(2*p.wait, maxRedial)
		d.wg.Go(func() { d.dial(sw, p) })
	}
}

func (p *dialPeer) begin() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	was := p.dialing
	p.dialing = true
	return !was
}

func (d *dialer) dial(sw p2p.Switcher, p *dialPeer) {
	defer func() {
		p.mu.Lock()
		p.dialing = false
		p.mu.Unlock()
	}()
	addr, err := p2p.NewNetAddressString(p.addr) // resolves the host name
	if err == nil {
		err = sw.DialPeerWithAddress(addr)
	}
	if err == nil {
		return
	}
	var rejected p2p.ErrRejected
	switch {
	case errors.As(err, &rejected) && rejected.IsAuthFailure(), errors.As(err, &rejected) && rejected.IsIncompatible():
		// Not a matter of waiting: another id at this address, or another network.
		d.log.Warn("Consensus peer is not who we look for", "peer", p.addr, "err", err)
	default:
		d.log.Debug("Could not connect to consensus peer", "peer", p.addr, "err", err)
	}
}

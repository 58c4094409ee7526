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
	sw      func() p2p.Switcher // nil when not running
	log     log.Logger
	wg      *sync.WaitGroup
	network string // name of the network in consensus
	peers   []*dialPeer
}

type dialPeer struct {
	entry  string        // as in Config.Peers
	node   string        // node id, if the entry names it; see ask
	addr   string        // host:port
	second bool          // the other one dials first
	wait   time.Duration // before the next attempt
	next   time.Time

	mu      sync.Mutex
	id      p2p.ID // "" while it is not known
	dialing bool
}

const (
	minRedial = 500 * time.Millisecond
	maxRedial = 10 * time.Second

	// secondDials is how long the node with the higher id leaves the dialing
	// to the other. If both dial at once each may drop the other's connection.
	secondDials = 2 * time.Second
)

func newDialer(peers []string, self identity, now time.Time) *dialer {
	d := new(dialer)
	for _, entry := range peers {
		who, addr, err := splitPeer(entry) // Validate has seen it
		if err != nil || self.is(who) {
			continue
		}
		p := &dialPeer{entry: entry, addr: addr, wait: minRedial, next: now}
		if isNodeID(who) {
			p.node, p.second = who, self.node > who
		} else {
			p.id, p.second = p2p.ID(who), self.peer > who
		}
		if p.second {
			p.next = now.Add(secondDials)
		}
		d.peers = append(d.peers, p)
	}
	return d
}

// ids lists the ids of the peers that are named by them, as CometBFT's configuration
// wants them.
func (d *dialer) ids() string {
	var ids []string
	for _, p := range d.peers {
		if p.node == "" {
			ids = append(ids, string(p.id))
		}
	}
	return strings.Join(ids, ",")
}

// unknown is how many peers are named by their public keys.
func (d *dialer) unknown() (n int) {
	for _, p := range d.peers {
		if p.node != "" {
			n++
		}
	}
	return n
}

// missing lists the configured peers that are not connected.
func (d *dialer) missing() []string {
	sw := d.sw()
	var out []string
	for _, p := range d.peers {
		if sw == nil || !p.connected(sw) {
			out = append(out, p.entry)
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
		if p.connected(sw) {
			p.wait = minRedial
			if p.next.Before(now) {
				p.next = now.Add(minRedial)
				if p.second {
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

// connected tells whether the peer is. One of whom only the public key is known may
// have come by itself: it has said its key.
func (p *dialPeer) connected(sw p2p.Switcher) bool {
	if id := p.peerID(); id != "" {
		return sw.Peers().Has(id)
	}
	for _, other := range sw.Peers().Copy() {
		if a := announced(other); a != nil && a.Key == p.node {
			p.learn(other.ID())
			return true
		}
	}
	return false
}

func (p *dialPeer) peerID() p2p.ID {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.id
}

func (p *dialPeer) learn(id p2p.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.id = id
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
	err := d.connect(sw, p)
	if err == nil {
		return
	}
	var rejected p2p.ErrRejected
	switch {
	case errors.Is(err, errOther), errors.As(err, &rejected) && rejected.IsAuthFailure(), errors.As(err, &rejected) && rejected.IsIncompatible():
		// Not a matter of waiting: another id at this address, or another network.
		d.log.Warn("Consensus peer is not who we look for", "peer", p.entry, "err", err)
	default:
		d.log.Debug("Could not connect to consensus peer", "peer", p.entry, "err", err)
	}
}

func (d *dialer) connect(sw p2p.Switcher, p *dialPeer) error {
	id := p.peerID()
	if id == "" {
		var err error
		if id, err = ask(p.addr, p.node, d.network); err != nil {
			return err
		}
		p.learn(id)
	}
	addr, err := p2p.NewNetAddressString(string(id) + "@" + p.addr) // resolves the host name
	if err != nil {
		return err
	}
	return sw.DialPeerWithAddress(addr)
}

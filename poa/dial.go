package poa

import (
	"cmp"
	"context"
	"errors"
	"fmt"
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
	meet  func(addr string) (p2p.ID, *p2p.DefaultNodeInfo, error)
	log   log.Logger
	wg    *sync.WaitGroup
	peers []*dialPeer

	network string // ours; peers of another are refused
}

type dialPeer struct {
	id   p2p.ID
	addr string        // id@host:port
	wait time.Duration // before the next attempt
	next time.Time

	mu      sync.Mutex // guards what follows
	dialing bool
	trouble trouble
}

// trouble is why a configured peer is not connected, as the last attempt has shown. It says nothing while it is.
type trouble struct {
	kind    troubleKind
	err     string              // what the attempt came to, bounded
	there   p2p.ID              // who answers, if it is not who we look for
	info    p2p.DefaultNodeInfo // what it says of itself; untrusted but for its network, which is only compared
	learned time.Time           // when info was asked for
}

type troubleKind int

const (
	untried        troubleKind = iota
	unreachable                // nobody answers at the address
	anotherNode                // who answers has another key than the entry says
	anotherNetwork             // it is who we look for, and of another network
	refusedHere                // this node has refused it, see comparison
	hungUp                     // it took the connection, and closed it
	otherTrouble               // something answers that is no consensus peer
)

const (
	minRedial = 500 * time.Millisecond
	maxRedial = 10 * time.Second

	// secondDials is how long the node with the higher id leaves the dialing
	// to the other. If both dial at once each may drop the other's connection.
	secondDials = 2 * time.Second

	// learnAgain is how often a peer that is not who we look for is asked who it is.
	learnAgain = time.Minute

	// maxTrouble bounds the text of an error that a peer may have had a hand in.
	maxTrouble = 300
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

// introducer asks who answers at an address, as this node.
func introducer(ctx context.Context, key *p2p.NodeKey, network string) func(string) (p2p.ID, *p2p.DefaultNodeInfo, error) {
	return func(addr string) (p2p.ID, *p2p.DefaultNodeInfo, error) { return introduce(ctx, addr, key, network) }
}

// ids lists the peers' ids as CometBFT's configuration wants them.
func (d *dialer) ids() string {
	var ids []string
	for _, p := range d.peers {
		ids = append(ids, string(p.id))
	}
	return strings.Join(ids, ",")
}

// away lists the configured peers that are not connected.
func (d *dialer) away() (out []*dialPeer) {
	sw := d.sw()
	for _, p := range d.peers {
		if sw == nil || !sw.Peers().Has(p.id) {
			out = append(out, p)
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

// why is the trouble with a peer that is not connected.
func (p *dialPeer) why() trouble {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.trouble
}

// host is where the peer's entry says that it is.
func (p *dialPeer) host() string {
	_, addr, _ := strings.Cut(p.addr, "@")
	return addr
}

func (d *dialer) dial(sw p2p.Switcher, p *dialPeer) {
	addr, err := p2p.NewNetAddressString(p.addr) // resolves the host name
	if err == nil {
		err = sw.DialPeerWithAddress(addr)
	}
	t := d.judge(p, err)
	d.log.Debug("Dialled a consensus peer", "peer", p.addr, "err", err)
	p.mu.Lock()
	p.dialing, p.trouble = false, t
	p.mu.Unlock()
}

// judge tells what an attempt came to. Why the transport refuses a peer it says in words alone, so who is not who we look
// for is asked itself.
func (d *dialer) judge(p *dialPeer, err error) trouble {
	before := p.why()
	t := trouble{kind: unreachable, there: before.there, info: before.info, learned: before.learned}
	if err == nil {
		return trouble{kind: hungUp}
	}
	t.err = clip(err.Error())
	var rejected p2p.ErrRejected
	var exists p2p.ErrCurrentlyDialingOrExistingAddress
	switch {
	case errors.As(err, &exists):
		return before
	case errors.As(err, &rejected) && rejected.IsFiltered():
		t.kind = refusedHere
		return t
	case errors.As(err, &rejected) && rejected.IsDuplicate():
		return before
	case errors.As(err, &rejected) && (rejected.IsAuthFailure() || rejected.IsIncompatible()):
		d.learn(p, &t)
	}
	return t
}

// learn asks who answers in place of the peer that we look for.
func (d *dialer) learn(p *dialPeer, t *trouble) {
	if t.there == "" || time.Since(t.learned) > learnAgain {
		id, info, err := d.meet(p.host())
		if errors.Is(err, errNoPeer) {
			t.kind = otherTrouble
		}
		if err != nil {
			return
		}
		t.there, t.info, t.learned = id, p2p.DefaultNodeInfo{}, time.Now()
		if info != nil {
			t.info = *info
		}
	}
	switch {
	case t.there != p.id:
		t.kind = anotherNode
	case t.info.Network != "" && t.info.Network != d.network:
		t.kind = anotherNetwork
	}
}

func clip(text string) string {
	return strings.ToValidUTF8(text[:min(len(text), maxTrouble)], "")
}

// differs says in which way a network is another than ours, by what its node tells.
func (o origin) differs(network string, there *announcement, theirNetwork string) string {
	switch {
	case there == nil || there.Genesis == "":
		return fmt.Sprintf("its network is %.60q, and here it is %s: the chain id, the genesis block or the list of validators is another one", theirNetwork, network)
	case there.Genesis != o.Genesis:
		return fmt.Sprintf("its genesis block is %s, and here it is %s (its network is %.60q, and here it is %s)", there.Genesis, o.Genesis, theirNetwork, network)
	case there.Validators != o.Validators:
		return fmt.Sprintf("it has the same genesis block, and another list of validators: %d there (digest %s), %d here (digest %s)",
			there.Count, cmp.Or(there.Validators, "unknown"), o.Count, o.Validators)
	}
	return fmt.Sprintf("its network is %.60q, and here it is %s, with the same genesis block and validators: one of the two is of a version that names networks otherwise", theirNetwork, network)
}

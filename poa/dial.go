package poa

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
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
	meet    func(addr string) (p2p.ID, *p2p.DefaultNodeInfo, error)
	log     log.Logger
	wg      *sync.WaitGroup
	network string // ours; peers of another are refused

	self identity

	mu       sync.Mutex // guards what follows
	peers    []*dialPeer
	followed []string // entries of the validators' contract
}

type dialPeer struct {
	entry    string        // as in Config.Peers
	node     string        // node id, if the entry names it; see ask
	addr     string        // host:port
	second   bool          // the other one dials first
	contract bool          // the entry is the validators' contract's
	wait     time.Duration // before the next attempt
	next     time.Time

	mu      sync.Mutex // guards what follows
	id      p2p.ID     // "" while it is not known
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

func newDialer(peers []string, self identity, now time.Time) *dialer {
	d := &dialer{self: self}
	for _, entry := range peers {
		if p := newDialPeer(entry, self, now); p != nil {
			d.peers = append(d.peers, p)
		}
	}
	return d
}

// newDialPeer is nil for the node's own entry.
func newDialPeer(entry string, self identity, now time.Time) *dialPeer {
	who, addr, err := splitPeer(entry) // Validate has seen it
	if err != nil || self.is(who) {
		return nil
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
	return p
}

// follow has the contract's entries dialled beside those of the configuration, and forgets those that are not its any more. A
// connection that is there stays: who has it decides by itself to leave.
func (d *dialer) follow(entries []string, now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if slices.Equal(entries, d.followed) {
		return
	}
	d.followed = entries
	kept := slices.DeleteFunc(slices.Clone(d.peers), func(p *dialPeer) bool { return p.contract && !slices.Contains(entries, p.entry) })
	for _, entry := range entries {
		if slices.ContainsFunc(kept, func(p *dialPeer) bool { return p.entry == entry }) {
			continue
		}
		if p := newDialPeer(entry, d.self, now); p != nil {
			p.contract = true
			kept = append(kept, p)
		}
	}
	d.peers = kept
}

// list must not be changed.
func (d *dialer) list() []*dialPeer {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.peers
}

// introducer asks who answers at an address, as this node.
func introducer(ctx context.Context, key *p2p.NodeKey, network string) func(string) (p2p.ID, *p2p.DefaultNodeInfo, error) {
	return func(addr string) (p2p.ID, *p2p.DefaultNodeInfo, error) { return introduce(ctx, addr, key, network) }
}

// ids lists the ids of the peers that are named by them, as CometBFT's configuration
// wants them.
func (d *dialer) ids() string {
	var ids []string
	for _, p := range d.list() {
		if p.node == "" {
			ids = append(ids, string(p.id))
		}
	}
	return strings.Join(ids, ",")
}

// unknown is how many peers are named by their public keys.
func (d *dialer) unknown() (n int) {
	for _, p := range d.list() {
		if p.node != "" {
			n++
		}
	}
	return n
}

// away lists the configured peers that are not connected.
func (d *dialer) away() (out []*dialPeer) {
	sw := d.sw()
	for _, p := range d.list() {
		if sw == nil || !p.connected(sw) {
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
	for _, p := range d.list() {
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

// called is how the entry names the peer.
func (p *dialPeer) called() string {
	if p.node != "" {
		return "public key " + p.node
	}
	return "peer id " + string(p.peerID())
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

// why is the trouble with a peer that is not connected.
func (p *dialPeer) why() trouble {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.trouble
}

func (d *dialer) dial(sw p2p.Switcher, p *dialPeer) {
	err := d.connect(sw, p)
	t := d.judge(p, err)
	d.log.Debug("Dialled a consensus peer", "peer", p.entry, "err", err)
	p.mu.Lock()
	p.dialing, p.trouble = false, t
	p.mu.Unlock()
}

// connect makes a connection. Of a peer of whom only the public key is known the id is asked for first.
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
	var other *otherNode
	switch {
	case errors.As(err, &other):
		t.kind, t.there, t.learned = other.kind, p2p.ID(other.ID), time.Now()
		t.info = p2p.DefaultNodeInfo{Network: other.Network, Moniker: other.moniker}
	case errors.Is(err, ErrNoConsensus):
		t.kind = otherTrouble
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
		id, info, err := d.meet(p.addr)
		if errors.Is(err, ErrNoConsensus) {
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
	case t.there != p.peerID():
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
		return fmt.Sprintf("its network is %.60q, and here it is %s: the chain id, the genesis block or the list of validators differs", theirNetwork, network)
	case there.Genesis != o.Genesis:
		return fmt.Sprintf("its genesis block is %s, and here it is %s (its network is %.60q, and here it is %s)", there.Genesis, o.Genesis, theirNetwork, network)
	case there.Validators != o.Validators:
		return fmt.Sprintf("it has the same genesis block, and another list of validators: %d there (digest %s), %d here (digest %s)",
			there.Count, cmp.Or(there.Validators, "unknown"), o.Count, o.Validators)
	}
	return fmt.Sprintf("its network is %.60q, and here it is %s, with the same genesis block and validators: one of the two runs a version that names networks in another way", theirNetwork, network)
}

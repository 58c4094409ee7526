package handover

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// A plan tells what an order would do, before anybody signs it. It stands on what nodes say of themselves, each under its
// signature: so keys count as well that the node which plans does not know. Nothing is decided upon a plan. What a liar can
// do is to make it look worse: it lists keys that are none, or says that it holds nothing. Such keys are told apart, since no
// honest node lists them; and who takes part in a change goes by its own store (session.Env.Refuses).

// planningDeadline is how many ticks a page is waited for. It is read off a disk.
const planningDeadline = 10 * session.TicksPerSecond

// Planning asks nodes for a page of what they hold, and puts the pages together.
type Planning struct {
	env     session.Env
	load    func(wire.KeyID) (*session.State, error)
	nodes   []wire.NodeID
	ask     *wire.ListShares
	id      wire.SessionID
	pages   map[wire.NodeID]*wire.ShareList
	missing map[wire.NodeID]string
	started bool
	awaited session.Awaited
	ticks   int
	ended   bool
}

// PlannedKey is what the listings say of a key.
type PlannedKey struct {
	Key       wire.KeyID
	Threshold uint32 // t of the current sharing
	Holders   int    // who say that they have their shares of it
	// Sure says that this node knows the sharing, or that so many list it that one of them is honest if at most
	// ServerSet.Faults lie. What is not sure may have been made up.
	Sure bool
	// Alone is the one node that lists the key; zero if several do.
	Alone wire.NodeID
}

// NewPlanning begins to ask connected nodes, and this one, for the keys after one; after the zero id for all. load is to read
// the disk.
func NewPlanning(env session.Env, load func(wire.KeyID) (*session.State, error), nodes []wire.NodeID, after wire.KeyID) (*Planning, error) {
	p := &Planning{env: env, load: load, nodes: nodes, ask: &wire.ListShares{After: after},
		pages: make(map[wire.NodeID]*wire.ShareList), missing: make(map[wire.NodeID]string)}
	if err := env.ReadRandom(p.ask.Nonce[:]); err != nil {
		return nil, err
	}
	p.id = p.ask.Session(env.Cluster, env.Self.ID())
	return p, nil
}

// ID names the session.
func (p *Planning) ID() wire.SessionID { return p.id }

// String tells how far it is.
func (p *Planning) String() string {
	switch {
	case p.ended:
		return "planning: ended"
	case !p.started:
		return "planning: idle"
	}
	return fmt.Sprintf("planning: waiting for %d", p.awaited.Count())
}

// Missing are the nodes that were asked and have not answered, and why: for people. It is whole at the end.
func (p *Planning) Missing() map[wire.NodeID]string { return p.missing }

// Step takes one input. It fails if the own disk can't be read, and by Cancel.
func (p *Planning) Step(in session.Input) (eff session.Effects) {
	if p.ended {
		return eff
	}
	switch in := in.(type) {
	case session.Cancel:
		p.ended = true
		return session.Effects{Done: true, Err: in.Err}
	case session.Start:
		if p.started {
			return eff
		}
		p.started = true
		own, err := listShares(&p.env, p.load, p.ask.After)
		if err != nil {
			p.ended = true
			return session.Effects{Done: true, Err: unreadable(err)}
		}
		p.pages[p.env.Self.ID()] = own
		eff.Send = p.awaited.Ask(p.others(), p.id, p.ask)
	case session.Received:
		if p.awaited.Answers(in) {
			eff = p.received(in)
		}
	case session.PeerLost:
		if p.awaited.Drop(in.Node) {
			p.missing[in.Node] = "connection lost"
		}
	case session.Tick:
		if p.ticks++; p.ticks >= planningDeadline {
			for _, node := range p.awaited.DropAll() {
				p.missing[node] = "no answer"
			}
		}
	}
	if p.started && p.awaited.Count() == 0 {
		p.ended, eff.Done = true, true
	}
	return eff
}

// others are those that can be asked.
func (p *Planning) others() (nodes []wire.NodeID) {
	for _, node := range p.nodes {
		switch {
		case node == p.env.Self.ID():
		case slices.Contains(p.env.Connected, node):
			nodes = append(nodes, node)
		default:
			p.missing[node] = "not connected"
		}
	}
	return nodes
}

func (p *Planning) received(in session.Received) (eff session.Effects) {
	p.missing[in.From] = "invalid answer"
	switch m := in.Msg.(type) {
	case *wire.ShareList:
		switch {
		case !in.From.Signed(m.Digest(p.id), &m.Signature):
			eff.Faults = session.Blame(in.From, "list of shares with a false signature")
		case len(m.Entries) > 0 && p.ask.After != (wire.KeyID{}) && bytes.Compare(m.Entries[0].Key[:], p.ask.After[:]) <= 0:
			eff.Faults = session.Blame(in.From, "list of shares that does not begin where it was to")
		default:
			delete(p.missing, in.From)
			p.pages[in.From] = m
		}
	case *wire.Refuse:
		p.missing[in.From] = m.Err().Error()
	default:
		eff.Faults = session.Blame(in.From, fmt.Sprintf("answered a question for a list of shares with message %#x", in.Msg.Code()))
	}
	return eff
}

// Keys are the keys of the pages, ascending, as far as all pages reach. next is the last of them if there may be more after
// it; nil: these were the last.
func (p *Planning) Keys() (keys []PlannedKey, next *wire.KeyID) {
	for _, page := range p.pages {
		if n := len(page.Entries); !page.Last && (next == nil || bytes.Compare(page.Entries[n-1].Key[:], next[:]) < 0) {
			next = &page.Entries[n-1].Key
		}
	}
	said := make(map[wire.KeyID][]saidOf)
	for _, node := range slices.SortedFunc(maps.Keys(p.pages), wire.NodeID.Compare) {
		for i := range p.pages[node].Entries {
			e := &p.pages[node].Entries[i]
			if next != nil && bytes.Compare(e.Key[:], next[:]) > 0 {
				break
			}
			said[e.Key] = append(said[e.Key], saidOf{node, e})
		}
	}
	for _, key := range slices.SortedFunc(maps.Keys(said), func(a, b wire.KeyID) int { return bytes.Compare(a[:], b[:]) }) {
		keys = append(keys, p.weigh(said[key]))
	}
	return keys, next
}

// saidOf is what a node says of a key.
type saidOf struct {
	node wire.NodeID
	*wire.ListedShare
}

// sharing is what nodes agree on that list one sharing.
type sharing struct {
	version   wire.SessionID
	slot      wire.Slot
	threshold uint32
}

// weigh takes for the current sharing the latest one that this node knows or that more list than may lie; of what nobody can
// be sure of, the latest.
func (p *Planning) weigh(said []saidOf) PlannedKey {
	type count struct {
		sharing
		listed, held int
		sure         bool
	}
	var all []*count
	faults := (len(p.env.Set) - 1) / 3
	for _, s := range said {
		of := sharing{s.Version, s.Slot, s.Threshold}
		i := slices.IndexFunc(all, func(c *count) bool { return c.sharing == of })
		if i < 0 {
			i = len(all)
			all = append(all, &count{sharing: of})
		}
		c := all[i]
		c.listed++
		if s.Held {
			c.held++
		}
		c.sure = c.sure || s.node == p.env.Self.ID() || c.listed > faults
	}
	best := slices.MaxFunc(all, func(a, b *count) int {
		return cmp.Or(compareTruth(a.sure, b.sure), a.slot.Compare(b.slot), cmp.Compare(a.listed, b.listed))
	})
	k := PlannedKey{Key: said[0].Key, Threshold: best.threshold, Holders: best.held, Sure: best.sure}
	if len(said) == 1 {
		k.Alone = said[0].node
	}
	return k
}

// compareTruth puts what is true after what is not.
func compareTruth(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// listShares is a page of what this node knows, not signed yet. load is to read the disk: a share that is lost there would
// not be missed in memory. It fails if a key can't be read: whoever reads the list would take it for one that is not there.
func listShares(env *session.Env, load func(wire.KeyID) (*session.State, error), after wire.KeyID) (*wire.ShareList, error) {
	m := &wire.ShareList{Entries: []wire.ListedShare{}}
	for !m.Last && len(m.Entries) < wire.MaxShareList {
		room := wire.MaxShareList - len(m.Entries)
		keys, err := env.Keys(wire.RecordKey, after, room)
		if err != nil {
			return nil, err
		}
		for _, key := range keys {
			state, err := load(key)
			if err != nil {
				return nil, fmt.Errorf("key %v: %w", key, err)
			}
			if r := state.Record; r != nil && r.Confirmed() {
				m.Entries = append(m.Entries, wire.ListedShare{Key: key, Version: r.Version(), Slot: r.Setup.Slot(), Threshold: r.Setup.Threshold, Held: state.Share != nil})
			}
			after = key
		}
		m.Last = len(keys) < room
	}
	return m, nil
}

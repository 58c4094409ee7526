package handover

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/crypto"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// lister is a member of a set of one, which is followed by another of two, with many ids on its disk: it is bound to an
// attempt at each.
type lister struct {
	env   session.Env
	other *session.NodeKey
	keys  []wire.KeyID // ascending
}

func nodeKey(n byte) *session.NodeKey {
	key, err := crypto.ToECDSA(crypto.Keccak256([]byte{n}))
	if err != nil {
		panic(err)
	}
	return session.NewNodeKey(key)
}

func newLister(ids int) *lister {
	l := &lister{other: nodeKey(2)}
	for i := range ids {
		var key wire.KeyID
		binary.BigEndian.PutUint32(key[:], uint32(i)) // the first is zero
		l.keys = append(l.keys, key)
	}
	self := nodeKey(1)
	first := &wire.ServerSet{Members: []wire.NodeID{self.ID()}}
	second := &wire.ServerSet{Epoch: 1, Parent: first.Hash(), Members: wire.SortNodeIDs([]wire.NodeID{self.ID(), l.other.ID()}), Keys: make([]wire.Point, 2)}
	sets := session.NewSets(first, second)
	get := func(kind wire.RecordKind, key wire.KeyID, name wire.SessionID) ([]byte, error) {
		switch {
		case kind == wire.RecordFence:
			return Fence(sets)[0].Value, nil
		case kind == wire.RecordOutcome && name == wire.SessionID{}:
			return bytes.Repeat([]byte{9}, 32), nil
		}
		return nil, session.ErrNoRecord
	}
	list := func(kind wire.RecordKind, key wire.KeyID) ([]wire.SessionID, error) {
		if kind == wire.RecordOutcome && l.has(key) {
			return []wire.SessionID{{}}, nil
		}
		return nil, nil
	}
	load := func(key wire.KeyID) (*session.State, error) { return session.LoadState(key, get, list) }
	l.env = session.Env{Self: self, Sets: sets, Set: second.Members, Get: get, List: list,
		Load: load, LoadOnce: load,
		Keys: func(kind wire.RecordKind, after wire.KeyID, limit int) ([]wire.KeyID, error) {
			if kind != wire.RecordOutcome {
				return nil, nil
			}
			at, found := slices.BinarySearchFunc(l.keys, after, func(a, b wire.KeyID) int { return bytes.Compare(a[:], b[:]) })
			if found && after != (wire.KeyID{}) {
				at++
			}
			return l.keys[at:min(at+limit, len(l.keys))], nil
		}}
	return l
}

func (l *lister) has(key wire.KeyID) bool {
	_, found := slices.BinarySearchFunc(l.keys, key, func(a, b wire.KeyID) int { return bytes.Compare(a[:], b[:]) })
	return found
}

// ask asks for a page.
func (l *lister) ask(t *testing.T, after wire.ListedKey) *wire.Listing {
	t.Helper()
	m := &wire.ListKeys{Set: l.env.Sets.At(1).Ref(), After: after}
	p := JoinGathering(l.env, l.other.ID(), m.Session(l.env.Cluster, l.other.ID()), m)
	eff := p.Step(session.Received{From: l.other.ID(), Session: p.ID(), Msg: m})
	if len(eff.Send) != 1 || !eff.Done || eff.Err != nil {
		t.Fatalf("%+v", eff)
	}
	return eff.Send[0].Msg.(*wire.Listing)
}

// A listing of any length goes over the wire in pages that are messages, each id once, in order.
func TestListingInPages(t *testing.T) {
	for _, ids := range []int{0, 1, wire.MaxListing - 1, wire.MaxListing, wire.MaxListing + 1, 10_000} {
		l := newLister(ids)
		var after wire.ListedKey
		var all []wire.KeyID
		for pages := 1; ; pages++ {
			m := l.ask(t, after)
			payload, err := wire.Encode(wire.SessionID{}, m)
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := wire.Decode(m.Code(), payload); err != nil {
				t.Fatalf("%d ids, page %d: %v", ids, pages, err)
			}
			for i := range m.Entries {
				all = append(all, m.Entries[i].Key)
			}
			if m.Last {
				if want := max(1, (ids+wire.MaxListing-1)/wire.MaxListing); pages != want {
					t.Errorf("%d ids take %d pages, want %d", ids, pages, want)
				}
				break
			}
			after = m.Entries[len(m.Entries)-1]
		}
		if !slices.Equal(all, l.keys) {
			t.Errorf("%d of %d ids are listed", len(all), ids)
		}
	}
}

// Who lists without end is given up, and does not count.
func TestListingWithoutEnd(t *testing.T) {
	l := newLister(0)
	lister := l.env.Self
	env := l.env
	env.Self, env.Rand, env.Connected = l.other, bytes.NewReader(make([]byte, 32)), []wire.NodeID{lister.ID()}
	g, err := NewGathering(env)
	if err != nil {
		t.Fatal(err)
	}
	eff := g.Step(session.Start{})
	if len(eff.Send) != 1 {
		t.Fatalf("%+v", eff)
	}
	g.walks[lister.ID()].count = maxListed
	m := &wire.Listing{Entries: []wire.ListedKey{{Origin: wire.SessionID{1}}}, Counts: true}
	m.Signature = lister.Sign(m.Digest(env.Cluster, env.Sets.At(1).Ref(), lister.ID(), wire.ListedKey{}))
	eff = g.Step(session.Received{From: lister.ID(), Session: eff.Send[0].Session, Msg: m})
	if len(eff.Save)+len(eff.Send) != 0 || !eff.Done || wire.ReasonOf(eff.Err) != wire.Unavailable || len(g.Missing()) != 1 {
		t.Errorf("%+v, %v", eff, g.Missing())
	}
}

// What can't be read is not listed as if it were not there.
func TestListingUnreadable(t *testing.T) {
	l := newLister(3)
	load := l.env.Load
	l.env.LoadOnce = func(key wire.KeyID) (*session.State, error) {
		if key == l.keys[1] {
			return nil, wire.Errorf(wire.Database, "damaged")
		}
		return load(key)
	}
	m := &wire.ListKeys{Set: l.env.Sets.At(1).Ref()}
	p := JoinGathering(l.env, l.other.ID(), m.Session(l.env.Cluster, l.other.ID()), m)
	eff := p.Step(session.Received{From: l.other.ID(), Session: p.ID(), Msg: m})
	if wire.ReasonOf(eff.Err) != wire.Database {
		t.Fatalf("%+v", eff)
	}
}

// A fence is for one successor: nobody fences for two.
func TestFenceRecords(t *testing.T) {
	l := newLister(0)
	if got := Fence(session.NewSets(l.env.Sets.At(0))); len(got) != 0 {
		t.Errorf("%+v", got)
	}
	got := Fence(l.env.Sets)
	if len(got) != 1 || got[0].Op != wire.Create || got[0].Kind != wire.RecordFence || got[0].Session != wire.EpochName(0) {
		t.Errorf("%+v", got)
	}
}

// TestCheckGathered: listings that are in count only for the set that they were gathered for.
func TestCheckGathered(t *testing.T) {
	sets := newLister(1).env.Sets
	value := func(g *gathered) []byte {
		return wire.NewRecord(wire.Put, wire.RecordGathered, wire.KeyID{}, wire.EpochName(1), g).Value
	}
	good := value(&gathered{Set: sets.At(1).Hash(), Members: []byte{1}})
	if err := CheckGathered(sets, wire.EpochName(1), good); err != nil {
		t.Error(err)
	}
	for name, c := range map[string]struct {
		name  wire.SessionID
		value []byte
	}{
		"for another set":      {wire.EpochName(1), value(&gathered{Set: sets.At(0).Hash(), Members: []byte{1}})},
		"for an unknown epoch": {wire.EpochName(2), good},
		"for set 0":            {wire.EpochName(0), good},
		"damaged":              {wire.EpochName(1), good[1:]},
		"with more behind it":  {wire.EpochName(1), append(slices.Clone(good), 0)},
	} {
		if CheckGathered(sets, c.name, c.value) == nil {
			t.Errorf("%s: it is taken", name)
		}
	}
}

package sessiontest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/gathering"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// batchAsk is a batch as a malicious n1 asks n2 for it. n2 has the second share of the first
// three keys, of which the third is of threshold 1, and the first one of the last, of which
// there are four.
type batchAsk struct {
	*world
	m      *wire.RetrieveMany
	id     wire.SessionID // of the session, if not its own
	victim *Node
}

func newBatchAsk(t *testing.T) *batchAsk {
	b := &batchAsk{world: newWorld(t, 5, 2), m: new(wire.RetrieveMany)}
	b.victim, b.alice.Wallet = b.Nodes[1], true
	for i, members := range [][]*Node{b.Nodes, b.Nodes, b.Nodes, b.Nodes[1:]} {
		threshold := 2
		if i == 2 {
			threshold = 1
		}
		r := b.Deal(KeyID(100+i), threshold, b.author, members)
		doc := b.Encrypt(r, 100+i)
		b.DealDocument(r, doc)
		b.Chain.Set(b.alice.Address(), r.Setup.Key, true)
		b.m.Keys = append(b.m.Keys, wire.BatchKey{Key: r.Setup.Key, Version: r.Version(), Common: doc.Common, Encrypted: doc.Encrypted})
	}
	b.m.Proof = b.Wallet(b.alice, wire.OpRetrieve, wire.NoArguments, b.keys()...)
	b.m.Set = []uint32{1, 2, 3}
	b.catchUp()
	return b
}

func (b *batchAsk) keys() (keys []wire.KeyID) {
	for i := range b.m.Keys {
		keys = append(keys, b.m.Keys[i].Key)
	}
	return keys
}

// catchUp lets all see the newest block, at which n1 asks.
func (b *batchAsk) catchUp() {
	for _, n := range b.Nodes {
		n.Head = b.Chain.blocks
	}
	b.m.Block = Block(b.Chain.blocks)
}

// answer puts the batch to n2 and tells for which keys there are parts. For each of the
// others there is a reason.
func (b *batchAsk) answer() (given []int, reasons []wire.Reason, access []wire.Access) {
	b.t.Helper()
	b.Ended = func(r *Run) {
		if m, ok := r.Machine.(*gathering.BatchMember); ok {
			access = m.Accesses()
		}
	}
	id := b.id
	if id == (wire.SessionID{}) {
		id = b.m.Session(b.ID, b.Nodes[0].ID())
	}
	m, ok := b.ask(b.Nodes[0], b.victim, b.m, id).(*wire.Partials)
	if !ok {
		return nil, nil, access
	}
	for i, p := range m.Parts {
		if reasons = append(reasons, p.Reason); p.Part != nil {
			given = append(given, i)
		}
	}
	return given, reasons, access
}

// A holder gives its part of a key in a batch if it would give it alone: of the version that
// it holds, of the certified pair, in a set of that key's that it is in, for who may use the
// keys of its author and is not denied. What is wrong with one key keeps none of the others.
func TestBatchThatNoHonestNodeSends(t *testing.T) {
	for name, c := range map[string]struct {
		change func(b *batchAsk)
		given  []int
		not    int         // one that is not
		why    wire.Reason // for that; 0: nothing is answered
	}{
		"undisturbed":             {func(*batchAsk) {}, []int{0, 1, 3}, 2, wire.InvalidMessage},
		"another version":         {func(b *batchAsk) { b.m.Keys[1].Version[0] ^= 1 }, []int{0, 3}, 1, wire.KeyNotFound},
		"another common point":    {func(b *batchAsk) { copy(b.m.Keys[1].Common[:], someP()) }, []int{0, 3}, 1, wire.DocumentNotFound},
		"another encrypted point": {func(b *batchAsk) { copy(b.m.Keys[1].Encrypted[:], someP()) }, []int{0, 3}, 1, wire.DocumentNotFound},
		"another key's pair": {func(b *batchAsk) {
			b.m.Keys[1].Common, b.m.Keys[1].Encrypted = b.m.Keys[0].Common, b.m.Keys[0].Encrypted
		}, []int{0, 3}, 1, wire.DocumentNotFound},
		"no document": {func(b *batchAsk) { b.victim.Forget(wire.RecordDocument, b.m.Keys[1].Key) }, []int{0, 3}, 1, wire.DocumentNotFound},
		"no share":    {func(b *batchAsk) { b.victim.Forget(wire.RecordShare, b.m.Keys[1].Key) }, []int{0, 3}, 1, wire.KeyNotFound},
		"not confirmed": {func(b *batchAsk) {
			r := *b.victim.State(b.m.Keys[1].Key).Record
			r.Acks = r.Acks[:1]
			b.victim.Put(wire.NewRecord(wire.Put, wire.RecordKey, r.Setup.Key, wire.SessionID{}, &r))
		}, []int{0, 3}, 1, wire.KeyNotFound},
		"too small a set":         {func(b *batchAsk) { b.m.Set = []uint32{2, 3} }, []int{2}, 0, wire.InvalidMessage},
		"too large a set":         {func(b *batchAsk) { b.m.Set = []uint32{1, 2, 3, 4} }, nil, 0, wire.InvalidMessage},
		"a set without the asked": {func(b *batchAsk) { b.m.Set = []uint32{1, 3, 4} }, []int{3}, 0, wire.InvalidMessage},
		"an index of nobody":      {func(b *batchAsk) { b.m.Set = []uint32{1, 2, 5} }, []int{0, 1}, 3, wire.InvalidMessage},
		"a permit for the author's keys": {func(b *batchAsk) {
			b.m.Proof = b.permitted(b.alice, b.author.Address(), wire.OpRetrieve, wire.NoArguments, b.keys()...)
		}, []int{0, 1, 3}, 2, wire.InvalidMessage},
		"a permit for another author's keys": {func(b *batchAsk) {
			b.m.Proof = b.permitted(b.alice, b.alice.Address(), wire.OpRetrieve, wire.NoArguments, b.keys()...)
		}, nil, 0, wire.BadRequester},
		"a denial": {func(b *batchAsk) {
			b.Chain.Set(b.alice.Address(), b.m.Keys[1].Key, false)
			b.catchUp()
		}, []int{0, 3}, 1, wire.Denied},
		"a chain that can't be read": {func(b *batchAsk) { b.victim.Blind = true }, nil, 0, 0},
		"a session of another":       {func(b *batchAsk) { b.id = b.m.Session(b.ID, b.Nodes[2].ID()) }, nil, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBatchAsk(t)
			c.change(b)
			given, reasons, access := b.answer()
			if !slices.Equal(given, c.given) {
				t.Errorf("gives parts of %v, want %v; otherwise %v", given, c.given, reasons)
			}
			if c.why != 0 && (len(reasons) != len(b.m.Keys) || reasons[c.not] != c.why) {
				t.Errorf("the reasons are %v, of key %d it is to be %v", reasons, c.not, c.why)
			}
			if c.why == wire.Denied && (len(access) != 3 || access[1].Granted || !access[0].Granted || access[1].Key != b.m.Keys[1].Key) {
				t.Errorf("tells of the accesses %+v", access)
			}
			if want := name == "a session of another"; want != (fmt.Sprint(b.Blamed()) == "[n1]") {
				t.Errorf("blamed %v", b.Blamed())
			}
		})
	}
}

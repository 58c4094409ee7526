package sessiontest

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/protocol/documents"
	"github.com/geth-ss/geth-ss/protocol/gathering"
	"github.com/geth-ss/geth-ss/protocol/generation"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Honest nodes have different views of the cluster: another list of key servers, other settings,
// another version, another head, a store that was restored. None of it is a fault, and who
// asks is told what differs.

// list gives a node its own list of key servers.
func (n *Node) listing(of ...*Node) {
	n.List = nil
	for _, other := range of {
		n.List = append(n.List, other.ID())
	}
	wire.SortNodeIDs(n.List)
}

// grown is a world whose key is older than one of its servers, at any place of the list.
func grown(t *testing.T, n, threshold, at int) (w *world, old []*Node, newcomer *Node) {
	t.Helper()
	w = &world{Cluster: New(n+1, 1), t: t, key: KeyID(1)}
	w.author, w.alice = w.NewClient("author"), w.NewClient("alice")
	newcomer = w.Nodes[at]
	old = slices.Delete(slices.Clone(w.Nodes), at, at+1)
	for _, node := range old {
		node.listing(old...)
	}
	o := w.Generate(old[0], w.author, w.key, threshold)
	w.settle()
	if o.Err != nil {
		t.Fatal(o.Err)
	}
	w.record = o.Record
	w.doc = w.Encrypt(w.record, 1)
	if o := w.store(old[0], w.doc); o.Err != nil {
		t.Fatal(o.Err)
	}
	w.grant(w.alice)
	return w, old, newcomer
}

// everybodyLists brings the lists into line.
func (w *world) everybodyLists() {
	for _, n := range w.Nodes {
		n.List = nil
	}
}

// differ are all differences that runs have told of.
func (w *world) differ() *[]session.Difference {
	all := new([]session.Difference)
	before := w.Ended
	w.Ended = func(r *Run) {
		if before != nil {
			before(r)
		}
		*all = append(*all, r.Differ...)
	}
	return all
}

// When all have added a server to their lists, every key goes on being read, stored under and
// signed with through every server, the new one included, and there can be new ones.
func TestServerAdded(t *testing.T) {
	for _, c := range []struct{ n, t, at int }{{1, 0, 0}, {1, 0, 1}, {2, 1, 0}, {3, 1, 3}, {4, 1, 2}, {4, 2, 4}, {6, 2, 0}} {
		t.Run(fmt.Sprintf("n=%d,t=%d,at=%d", c.n, c.t, c.at), func(t *testing.T) {
			w, old, newcomer := grown(t, c.n, c.t, c.at)
			w.everybodyLists()
			if c.n == 1 { // one of two is no majority
				w.wantOlder(newcomer, old[0])
			}
			for _, n := range w.Nodes {
				if c.n == 1 && n == newcomer {
					continue
				}
				w.read(n, true)
				w.read(n, false)
				w.sign(n, wire.Schnorr, someHash(1))
				o := w.Generate(n, w.author, w.key, c.t)
				if w.settle(); o.Reason() != wire.KeyExists {
					t.Errorf("generating the key again through %s: %v", n.Name, o)
				}
			}
			for i, n := range w.Nodes {
				o := w.Generate(n, w.author, KeyID(10+i), c.t)
				if w.settle(); o.Err != nil {
					t.Errorf("a new key through %s: %v", n.Name, o)
				}
			}
			w.wantBlamed()
		})
	}
}

// wantOlder wants to be told that the key is older, and whom to ask.
func (w *world) wantOlder(n, ask *Node) {
	w.t.Helper()
	o := w.readFails(n, true, wire.NotMember)
	if !strings.Contains(o.String(), "older than this key server") || !strings.Contains(o.String(), ask.ID().Address().Hex()) {
		w.t.Errorf("reading through %s: %v", n.Name, o)
	}
}

// While the lists differ, each group goes on as before, and what needs both says so.
func TestListsDiffer(t *testing.T) {
	w, old, newcomer := grown(t, 4, 1, 2)
	all := w.differ()
	for _, n := range old { // the newcomer alone lists itself
		w.read(n, true)
	}
	if o := w.Retrieve(newcomer, w.alice, w.key, true); o.Reason() != wire.Unavailable {
		t.Errorf("nobody talks to the newcomer: %v", o)
	}
	for i, n := range old { // then one after another lists it, too
		n.List = nil
		for _, n := range old {
			w.read(n, true)
			w.sign(n, wire.Schnorr, someHash(byte(i)))
		}
		o := w.Generate(old[0], w.author, KeyID(20+i), 2)
		w.settle()
		if differs := i < 2; differs && (o.Reason() != wire.NotMember || !strings.Contains(o.String(), "lists")) || !differs && o.Err != nil {
			t.Errorf("%d of the old ones list the new one: a new key: %v", i+1, o)
		}
		r := w.Retrieve(newcomer, w.alice, w.key, true)
		if w.settle(); i < 1 && r.Reason() != wire.NotMember || i >= 3 && r.Err != nil {
			t.Errorf("%d of the old ones list the new one: a read there: %v", i+1, r)
		}
	}
	w.wantBlamed()
	if len(*all) == 0 {
		t.Error("no difference was told of")
	}
}

// A member that was down at the end of the generation takes its own key over, however long the
// list has become.
func TestMissedKeyOfShorterList(t *testing.T) {
	w, old, _ := grown(t, 4, 2, 0)
	w.everybodyLists()
	missed := old[3]
	missed.Miss(w.record)
	for _, n := range old[:1] {
		w.Down(n) // so it is needed
	}
	w.read(old[1], true)
	if missed.State(w.key).Share == nil {
		t.Error("it has not taken its share over")
	}
	w.wantBlamed()
}

// And it takes nobody's word for what became of it: acknowledgements are the members' own, but who votes in a ballot is
// checked against the list.
func TestMissedKeyDecidedByStrangers(t *testing.T) {
	w, old, newcomer := grown(t, 4, 2, 0)
	w.everybodyLists()
	missed := old[3]
	missed.Miss(w.record)
	forged := *w.record
	forged.Acks, forged.Decided = nil, &wire.Decision{Ballot: 2}
	for i := range 8 {
		key, err := crypto.ToECDSA(crypto.Keccak256([]byte{byte(i)}))
		if err != nil {
			t.Fatal(err)
		}
		stranger := newNode(w.Cluster, key)
		forged.Decided.Votes = append(forged.Decided.Votes, wire.NodeSign{Node: stranger.ID(),
			Signature: stranger.nodeKey.Sign(wire.VoteDigest(forged.Version(), 2, true))})
	}
	slices.SortFunc(forged.Decided.Votes, func(a, b wire.NodeSign) int { return bytes.Compare(a.Node[:], b.Node[:]) })
	if !forged.Confirmed() || forged.Bound() != nil {
		t.Fatal("the forged record is not even whole")
	}
	for _, n := range old[:3] {
		w.Down(n)
	}
	newcomer.Mutate = Changing(func(m *wire.Known) { m.Record = &forged })
	o := w.Lookup(missed, w.key, false)
	if w.settle(); o.Err == nil || missed.State(w.key).Record != nil {
		t.Errorf("the vote of strangers is believed: %v", o)
	}
}

// views is a cluster of honest nodes whose views differ as a seed says.
type views struct {
	*world
	threshold int
	keys      []wire.KeyID
	trail     trail
}

// newViews makes a cluster, of which one node may be newer than the first keys.
func newViews(t *testing.T, seed uint64) *views {
	n := 2 + int(seed%5)
	v := &views{world: &world{Cluster: New(n, seed), t: t, key: KeyID(1)}, keys: []wire.KeyID{KeyID(1), KeyID(2), KeyID(3)}}
	v.Log = v.trail.add
	v.author, v.alice = v.NewClient("author"), v.NewClient("alice")
	v.author.Wallet, v.alice.Wallet = v.rng.IntN(2) == 0, v.rng.IntN(2) == 0
	v.threshold = v.rng.IntN(n - 1)
	v.Chaos = &Chaos{Links: true, Tick: v.rng.IntN(3), Break: v.rng.IntN(3)}
	if newcomer := v.any(); v.rng.IntN(3) > 0 {
		old := slices.DeleteFunc(slices.Clone(v.Nodes), func(n *Node) bool { return n == newcomer })
		for _, n := range old {
			n.listing(old...)
		}
	}
	for _, key := range v.keys {
		v.Chain.Set(v.alice.Address(), key, true)
	}
	return v
}

func (v *views) any() *Node { return v.Nodes[v.rng.IntN(len(v.Nodes))] }

// diverge gives a node another view.
func (v *views) diverge(backups map[*Node]Backup) {
	n := v.any()
	switch v.rng.IntN(9) {
	case 0, 1: // its operator edits the list
		n.List = nil
	case 2:
		others := slices.DeleteFunc(slices.Clone(v.Nodes), func(o *Node) bool { return o != n && v.rng.IntN(4) == 0 })
		n.listing(others...)
	case 3:
		n.Policy = &session.Policy{RefuseLegacy: v.rng.IntN(2) != 0, RefusePlain: v.rng.IntN(2) != 0, MinThreshold: uint32(v.rng.IntN(3))}
	case 4: // another head, or none
		if n.Blind = v.rng.IntN(4) == 0; v.rng.IntN(2) == 0 {
			v.Follow(n, v.Chain.Extend())
		}
	case 5: // an older program, which knows nothing of some messages
		n.Deaf = v.rng.IntN(2) == 0
	case 6: // started again: what was in memory is forgotten
		v.Down(n)
		v.Restart(n)
	case 7:
		backups[n] = n.Backup()
	case 8: // what it held then, or nothing at all
		v.Down(n)
		if backups[n] == nil {
			backups[n] = Backup{}
		}
		n.Restore(backups[n])
		v.Restart(n)
	}
	if n.Up { // a list is read at the start
		v.Down(n)
		v.Restart(n)
	}
}

// operations are what clients and operators ask of a node. Nil: there is nothing to ask.
var operations = map[string]func(v *views, n *Node, key wire.KeyID) *Outcome{
	"generate": func(v *views, n *Node, key wire.KeyID) *Outcome { return v.Generate(n, v.author, key, v.threshold) },
	"store": func(v *views, n *Node, key wire.KeyID) *Outcome {
		if r := v.record(key); r != nil {
			return v.Store(n, v.author, key, v.Encrypt(r, int(key[31])))
		}
		return nil
	},
	"retrieve": func(v *views, n *Node, key wire.KeyID) *Outcome {
		return v.Retrieve(n, v.alice, key, v.rng.IntN(2) == 0)
	},
	"sign": func(v *views, n *Node, key wire.KeyID) *Outcome {
		return v.Signature(n, v.alice, key, v.scheme(), someHash(1))
	},
	"lookup":   (*views).find,
	"batch":    (*views).batch,
	"explain":  (*views).explain,
	"holdings": (*views).holdings,
}

// ask has a node do something at random.
func (v *views) ask() {
	n, key := v.any(), v.keys[v.rng.IntN(len(v.keys))]
	what := slices.Sorted(maps.Keys(operations))[v.rng.IntN(len(operations))]
	if v.logf("%s is asked to %s key %x", n.Name, what, key[31]); n.Up && v.knows(n, what) {
		operations[what](v, n, key)
	}
}

// knows tells whether a node's program does that at all.
func (v *views) knows(n *Node, what string) bool {
	return !n.Deaf || what == "generate" || what == "store" || what == "retrieve" || what == "lookup"
}

func (v *views) scheme() wire.Scheme {
	if !v.alice.Wallet {
		return []wire.Scheme{wire.Schnorr, wire.ECDSA}[v.rng.IntN(2)]
	}
	return wire.Schemes[v.rng.IntN(len(wire.Schemes))]
}

// find looks a key up and, as service does, has the servers decide about attempts that were cut off.
func (v *views) find(n *Node, key wire.KeyID) *Outcome {
	o := new(Outcome)
	l, err := documents.NewLookup(n.Env(), n.State(key), key, true)
	check(err)
	v.Begin(n, wire.KindLookup, key, l, func(r *Run) {
		o.Done, o.Err = true, r.Err
		if wire.ReasonOf(r.Err) != wire.Unavailable || n.State(key).Attempt == nil && len(l.Unsettled()) == 0 {
			return
		}
		m, err := generation.NewResolution(n.Env(), n.State(key), key, l.Unsettled())
		if err != nil {
			o.Err = err
			return
		}
		v.Begin(n, wire.KindResolve, key, m, func(r *Run) { o.Err = r.Err })
	})
	return o
}

func (v *views) explain(n *Node, key wire.KeyID) *Outcome {
	if n.State(key).Record != nil {
		v.Explain(n, v.alice.Address(), key)
	}
	return nil
}

func (v *views) holdings(n *Node, key wire.KeyID) *Outcome {
	if r := n.State(key).Record; r != nil {
		v.Holdings(n, wire.KeyVersion{Key: key, Version: r.Version()})
	}
	return nil
}

// batch reads all that a node knows in one message.
func (v *views) batch(n *Node, _ wire.KeyID) *Outcome {
	var states []*session.State
	var keys []wire.KeyID
	for _, key := range v.keys {
		s := n.State(key)
		if s.Record != nil && s.Record.Confirmed() && s.Document != nil && (len(states) == 0 || gathering.Batchable(states[0].Record, s.Record)) {
			states, keys = append(states, s), append(keys, key)
		}
	}
	if len(states) == 0 {
		return nil
	}
	m, err := gathering.NewBatch(n.Env(), states, v.Wallet(v.alice, wire.OpRetrieve, wire.NoArguments, keys...))
	if err == nil {
		v.Begin(n, wire.KindRetrieve, keys[0], m, nil)
	}
	return nil
}

func (v *views) record(key wire.KeyID) *wire.KeyRecord {
	for _, n := range v.Nodes {
		if r := n.State(key).Record; r != nil && r.Confirmed() {
			return r
		}
	}
	return nil
}

// some lets some things happen.
func (v *views) some() {
	v.Steps(v.rng.IntN(200))
	v.mend()
}

func (v *views) mend() {
	for i, a := range v.Nodes {
		for _, b := range v.Nodes[:i] {
			v.Join(a, b)
		}
	}
}

// look fails for what must never happen. Of an id there may be two keys: that there is one is promised
// to nobody whose servers disagree about who they are.
func (v *views) look(err error) {
	v.t.Helper()
	v.broken = slices.DeleteFunc(v.broken, func(text string) bool { return strings.Contains(text, "of one id") })
	if err != nil && (len(v.broken) > 0 || !strings.Contains(err.Error(), "of one id")) {
		v.fail("%v", err)
	}
}

// fail shows how it came to something.
func (v *views) fail(format string, args ...any) {
	v.t.Helper()
	v.t.Fatalf("%s\n%v", fmt.Sprintf(format, args...), v.trail)
}

// TestViews: whatever honest nodes differ in, none is accused. And when all is quiet, what can't be
// done is refused for a reason that stays, or that names what differs.
func TestViews(t *testing.T) {
	seeds := uint64(60)
	if testing.Short() {
		seeds = 20
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			v := newViews(t, seed)
			backups := make(map[*Node]Backup)
			for range 25 {
				v.ask()
				v.some()
				if v.rng.IntN(3) == 0 {
					v.diverge(backups)
				}
				v.look(v.verdict())
			}
			v.quiet()
		})
	}
}

// quiet ends the trouble, and asks everything of everybody twice.
func (v *views) quiet() {
	v.logf("quiet")
	v.Chaos = &Chaos{Links: true}
	v.mend()
	v.look(v.Settle())
	for _, n := range v.Nodes {
		v.Follow(n, v.Chain.blocks)
	}
	for _, n := range v.Nodes {
		for _, key := range v.keys {
			for _, what := range slices.Sorted(maps.Keys(operations)) {
				if v.knows(n, what) {
					v.twice(n, what, key)
				}
			}
		}
	}
}

func (v *views) twice(n *Node, what string, key wire.KeyID) {
	var o *Outcome
	for range 2 {
		o = operations[what](v, n, key)
		v.look(v.Settle())
	}
	if o == nil || o.Err == nil {
		return
	}
	switch o.Reason() {
	case wire.Internal, wire.InvalidMessage, wire.Cheated, wire.NoSession, wire.Database:
		v.fail("%s at %s accuses: %v", what, n.Name, o)
	case wire.Unavailable, wire.Disconnected, wire.Busy, wire.Timeout:
		if !v.named(n, o.Err.Error()) {
			v.fail("%s at %s is to be asked again for ever: %v", what, n.Name, o)
		}
	}
}

// named tells whether a text says what differs.
func (v *views) named(n *Node, text string) bool {
	for _, word := range []string{"list", "older", "can't be read", "behind", "forgotten", "settings", "no share", "version", "its generation was cut off"} {
		if strings.Contains(text, word) {
			return true
		}
	}
	linked := 0
	for _, other := range n.servers() {
		if other != n.ID() && v.linked(n.ID(), other) {
			linked++
		}
	}
	return linked < len(n.servers())-1 // service names who is not connected, and why
}

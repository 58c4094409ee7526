package sessiontest

import (
	"crypto/ecdsa"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/protocol/generation"
	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// inRounds is a world whose nodes look at their chains, with two administrators, of whom one is enough.
type inRounds struct {
	*moving
	admins []*ecdsa.PrivateKey
}

const day = handover.OrderedRoundLife

// newInRounds has four nodes in set 1, all at block 2*day, and a fifth in set 0 alone. The key was made by set 0, t = 1.
func newInRounds(t *testing.T, refresh uint64) *inRounds {
	t.Helper()
	r := new(inRounds)
	w := &moving{&world{Cluster: New(5, 7), t: t, key: KeyID(1)}}
	w.Rounds, r.moving = true, w
	for _, name := range []string{"admin", "another"} {
		key := w.NewClient(name).Key
		r.admins = append(r.admins, key)
		w.Authority.Administrators = append(w.Authority.Administrators, crypto.PubkeyToAddress(key.PublicKey))
	}
	if a := w.Authority.Administrators; a[0].Cmp(a[1]) > 0 {
		a[0], a[1] = a[1], a[0]
	}
	w.Authority.Needed = 1
	w.author = w.NewClient("author")
	for _, n := range w.Nodes {
		n.Head = 2 * day
	}
	w.set(0, 1, 2, 3, 4, 5)
	w.record = w.Deal(w.key, 1, w.author, w.Nodes)
	w.Refresh = refresh
	w.set(0, 1, 2, 3, 4)
	w.moves(1, 0)
	return r
}

func (r *inRounds) signed(o wire.RefreshOrder, keys ...*ecdsa.PrivateKey) *wire.RoundCause {
	s := &wire.SignedRefresh{Order: o}
	for _, key := range keys {
		digest := o.Digest()
		sig, err := crypto.Sign(digest[:], key)
		check(err)
		s.Signatures = append(s.Signatures, wire.AdminSignature(sig))
	}
	return &wire.RoundCause{Order: s}
}

func (r *inRounds) order(round uint64) wire.RefreshOrder {
	set := r.Sets.Newest()
	return wire.RefreshOrder{Chain: ChainID, Cluster: r.ID, Epoch: set.Epoch, Set: set.Hash(), Round: round}
}

// repair is a node's request.
func (r *inRounds) repair(n *Node, round uint64) *wire.RoundCause {
	env := n.Env()
	var version wire.SessionID
	if state := n.State(r.key); state.Record != nil {
		version = state.Record.Version()
	}
	return &wire.RoundCause{Repair: handover.NewRepair(&env, r.key, version, round)}
}

// resign has a node sign a request as it is now.
func resign(n *Node, c *wire.RoundCause) { c.Repair.Signature = n.NodeKey().Sign(c.Repair.Digest()) }

// answer is how n2 takes an opening of n1, in a round with a cause: 0 if it takes part.
func (r *inRounds) answer(round uint64, cause *wire.RoundCause) (wire.Reason, string) {
	r.t.Helper()
	n1, n2 := r.Nodes[0], r.Nodes[1]
	g, err := generation.NewRound(n1.Env(), n1.State(r.key), r.key, round, cause)
	check(err)
	for _, env := range g.Step(session.Start{}).Send {
		opening, ok := env.Msg.(*wire.Redistribute)
		if !ok || env.To != n2.ID() {
			continue
		}
		id := opening.Setup.Session()
		for _, out := range generation.JoinMove(n2.Env(), n2.State(r.key), n1.ID(), id, opening).Step(session.Received{From: n1.ID(), Session: id, Msg: opening}).Send {
			if refusal, ok := out.Msg.(*wire.Refuse); ok {
				return refusal.Reason, string(refusal.Detail)
			}
		}
		return 0, ""
	}
	r.t.Fatal("nothing was opened at n2")
	return 0, ""
}

// TestRounds: who is asked to deal a key anew within a set looks at its own chain, and wants a cause that holds.
func TestRounds(t *testing.T) {
	const head = uint64(2 * day)
	for name, c := range map[string]struct {
		refresh uint64
		round   uint64
		cause   func(r *inRounds) *wire.RoundCause // nil: none
		want    wire.Reason                        // 0: n2 takes part
	}{
		"an order":                              {0, head - 3, func(r *inRounds) *wire.RoundCause { return r.signed(r.order(head-3), r.admins[0]) }, 0},
		"an order of yesterday":                 {0, head - day, func(r *inRounds) *wire.RoundCause { return r.signed(r.order(head-day), r.admins[1]) }, 0},
		"an order that is too old":              {0, head - day - 1, func(r *inRounds) *wire.RoundCause { return r.signed(r.order(head-day-1), r.admins[0]) }, wire.Policy},
		"an order ahead of the own chain":       {0, head + 1, func(r *inRounds) *wire.RoundCause { return r.signed(r.order(head+1), r.admins[0]) }, wire.Busy},
		"an order for another round":            {0, head - 3, func(r *inRounds) *wire.RoundCause { return r.signed(r.order(head-4), r.admins[0]) }, wire.InvalidMessage},
		"an order that nobody signed":           {0, head - 3, func(r *inRounds) *wire.RoundCause { return r.signed(r.order(head - 3)) }, wire.InvalidMessage},
		"an order that somebody signed":         {0, head - 3, func(r *inRounds) *wire.RoundCause { return r.signed(r.order(head-3), r.author.Key) }, wire.InvalidMessage},
		"an order of an administrator and more": {0, head - 3, func(r *inRounds) *wire.RoundCause { return r.signed(r.order(head-3), r.admins[0], r.author.Key) }, wire.InvalidMessage},
		"an order for another set": {0, head - 3, func(r *inRounds) *wire.RoundCause {
			o := r.order(head - 3)
			o.Set = r.Sets.At(0).Hash()
			return r.signed(o, r.admins[0])
		}, wire.NotMember},
		"an order for another epoch": {0, head - 3, func(r *inRounds) *wire.RoundCause {
			o := r.order(head - 3)
			o.Epoch--
			return r.signed(o, r.admins[0])
		}, wire.NotMember},
		"an order for another cluster": {0, head - 3, func(r *inRounds) *wire.RoundCause {
			o := r.order(head - 3)
			o.Cluster[0] ^= 1
			return r.signed(o, r.admins[0])
		}, wire.NotMember},
		"an order for another chain": {0, head - 3, func(r *inRounds) *wire.RoundCause {
			o := r.order(head - 3)
			o.Chain++
			return r.signed(o, r.admins[0])
		}, wire.NotMember},

		"no interval":                      {0, head, nil, wire.Policy},
		"the first block of an interval":   {1000, head - head%1000, nil, 0},
		"another block of the interval":    {1000, head - head%1000 + 1, nil, wire.Policy},
		"the first of the interval before": {1000, head - head%1000 - 1000, nil, wire.Policy},
		"an interval that is to begin":     {1000, head - head%1000 + 1000, nil, wire.Busy},

		"a repair":                        {0, head - 1, func(r *inRounds) *wire.RoundCause { return r.repair(r.Nodes[0], head-1) }, 0},
		"a repair of just before":         {0, head - 600, func(r *inRounds) *wire.RoundCause { return r.repair(r.Nodes[0], head-600) }, 0},
		"a repair that is too old":        {0, head - 601, func(r *inRounds) *wire.RoundCause { return r.repair(r.Nodes[0], head-601) }, wire.Policy},
		"a repair ahead of the own chain": {0, head + 1, func(r *inRounds) *wire.RoundCause { return r.repair(r.Nodes[0], head+1) }, wire.Busy},
		"a repair for another round":      {0, head - 1, func(r *inRounds) *wire.RoundCause { return r.repair(r.Nodes[0], head-2) }, wire.InvalidMessage},
		"a repair for another key server": {0, head - 1, func(r *inRounds) *wire.RoundCause { return r.repair(r.Nodes[2], head-1) }, wire.InvalidMessage},
		"a repair that is not signed": {0, head - 1, func(r *inRounds) *wire.RoundCause {
			c := r.repair(r.Nodes[0], head-1)
			c.Repair.Version[0] ^= 1
			return c
		}, wire.InvalidMessage},
		"a repair of another key": {0, head - 1, func(r *inRounds) *wire.RoundCause {
			c := r.repair(r.Nodes[0], head-1)
			c.Repair.Key[0] ^= 1
			resign(r.Nodes[0], c)
			return c
		}, wire.InvalidMessage},
		"a repair in another set": {0, head - 1, func(r *inRounds) *wire.RoundCause {
			c := r.repair(r.Nodes[0], head-1)
			c.Repair.Set = common.Hash{1}
			resign(r.Nodes[0], c)
			return c
		}, wire.NotMember},
		"a repair in another epoch": {0, head - 1, func(r *inRounds) *wire.RoundCause {
			c := r.repair(r.Nodes[0], head-1)
			c.Repair.Epoch--
			resign(r.Nodes[0], c)
			return c
		}, wire.NotMember},
		"a repair in another cluster": {0, head - 1, func(r *inRounds) *wire.RoundCause {
			c := r.repair(r.Nodes[0], head-1)
			c.Repair.Cluster[0] ^= 1
			resign(r.Nodes[0], c)
			return c
		}, wire.NotMember},
		"a repair without credit left": {0, head - 1, func(r *inRounds) *wire.RoundCause {
			r.Nodes[1].Repairs.Charge = func(wire.NodeID) uint64 { return 60 }
			return r.repair(r.Nodes[0], head-1)
		}, wire.Limit},
	} {
		t.Run(name, func(t *testing.T) {
			r := newInRounds(t, c.refresh)
			var cause *wire.RoundCause
			if c.cause != nil {
				cause = c.cause(r)
			}
			if got, why := r.answer(c.round, cause); got != c.want {
				t.Errorf("%v (%s), want %v", got, why, c.want)
			}
		})
	}
}

// TestRepairByWhoIsOut: who is no member of the newest set gets no share, whatever it signs.
func TestRepairByWhoIsOut(t *testing.T) {
	r := newInRounds(t, 0)
	n1, n5 := r.Nodes[0], r.Nodes[4]
	g, err := generation.NewRound(n1.Env(), n1.State(r.key), r.key, n1.Head-1, r.repair(n1, n1.Head-1))
	check(err)
	opening := g.Step(session.Start{}).Send[0].Msg.(*wire.Redistribute)
	opening.Cause = r.repair(n5, n1.Head-1)
	opening.Setup.Initiator = n5.ID()
	if err := r.Nodes[1].Env().Due(opening); wire.ReasonOf(err) != wire.NotMember {
		t.Error(err)
	}
	// A member that gives itself no share does not lack one.
	opening.Cause, opening.Setup.Initiator = r.repair(n1, n1.Head-1), n1.ID()
	opening.Setup.Members = []wire.NodeID{r.Nodes[1].ID(), r.Nodes[2].ID(), r.Nodes[3].ID()}
	if err := r.Nodes[1].Env().Due(opening); wire.ReasonOf(err) != wire.InvalidMessage {
		t.Error(err)
	}
}

// TestRepairsAreBounded: a member has one repair of a key open, all attempts in one round of it cost one credit, and who
// has none left is named.
func TestRepairsAreBounded(t *testing.T) {
	r := newInRounds(t, 0)
	n1, n2, head := r.Nodes[0], r.Nodes[1], r.Nodes[0].Head
	credit := 3
	n2.Repairs.Charge = func(node wire.NodeID) uint64 {
		if node != n1.ID() {
			t.Errorf("charged: %s", r.Name(node))
		}
		if credit == 0 {
			return 3600
		}
		credit--
		return 0
	}
	for _, c := range []struct {
		round  uint64
		want   wire.Reason
		credit int
	}{
		{head - 500, 0, 2},
		{head - 500, 0, 2},          // another attempt
		{head - 501, wire.Limit, 2}, // an earlier one
		{head - 500 + handover.RepairAgain - 1, wire.Limit, 2}, // a second one while the first is open
		{head - 500 + handover.RepairAgain, 0, 1},
		{head - 300, 0, 0},
		{head - 300, 0, 0},
		{head - 200, wire.Limit, 0}, // over the credit
	} {
		got, why := r.answer(c.round, r.repair(n1, c.round))
		if got != c.want || credit != c.credit {
			t.Errorf("round %d: %v (%s), credit %d, want %v and %d", c.round, got, why, credit, c.want, c.credit)
		}
		if got == wire.Limit && !strings.Contains(why, n1.ID().Short()) {
			t.Errorf("it is not said of whom: %s", why)
		}
	}
}

// TestOrderOfRefreshCountsOnce: after the round of an order, the same order does nothing.
func TestOrderOfRefreshCountsOnce(t *testing.T) {
	r := newInRounds(t, 0)
	round := r.Nodes[0].Head - 5
	cause := r.signed(r.order(round), r.admins[0])
	o := r.MoveFor(r.Nodes[0], r.key, round, cause)
	r.settle()
	if o.Err != nil || o.Record.Setup.Slot().Round != round {
		t.Fatal(o.Err)
	}
	for _, n := range r.Nodes[:4] {
		if again := r.MoveFor(n, r.key, round, cause); wire.ReasonOf(again.Err) != wire.KeyExists {
			t.Errorf("%s begins again: %v", n.Name, again.Err)
		}
	}
	// A liar that forgets what it knows gets no further.
	n1, before := r.Nodes[0], r.Nodes[1].Backup()
	n1.Forget(wire.RecordKey, r.key)
	n1.Put(wire.NewRecord(wire.Put, wire.RecordKey, r.key, wire.SessionID{}, r.record))
	again := r.MoveFor(n1, r.key, round, cause)
	r.settle()
	if again.Err == nil && again.Record.Version() != o.Record.Version() {
		t.Errorf("another sharing in the same slot: %v", again)
	}
	if s := r.Nodes[1].State(r.key); s.Record.Version() != o.Record.Version() || len(before) == 0 {
		t.Error("n2 has another sharing")
	}
}

// TestBehindByABlock: a node whose chain is a block behind is waited for, and gets its share.
func TestBehindByABlock(t *testing.T) {
	r := newInRounds(t, 0)
	n1, n3 := r.Nodes[0], r.Nodes[2]
	round := n1.Head
	n3.Head--
	o := r.MoveFor(n1, r.key, round, r.signed(r.order(round), r.admins[0]))
	r.Steps(100)
	n3.Head++
	r.settle()
	if o.Err != nil || len(r.holders(o.Record)) != 4 {
		t.Errorf("%v, held by %d", o.Err, len(r.holders(o.Record)))
	}
}

// TestGapEndsWithRepair: a node that came back from a backup promises nothing in rounds that it may have seen, and after a
// repair in a later one it waives, and promises, as the others do.
func TestGapEndsWithRepair(t *testing.T) {
	r := newInRounds(t, 0)
	n1, head := r.Nodes[0], r.Nodes[0].Head
	n1.Restore(n1.Backup())
	n1.GapBlock = head - 2
	version := n1.State(r.key).Record.Version()
	remembers := func() bool {
		env := n1.Env()
		return n1.State(r.key).Remembers(&env, n1.State(r.key).Record.Version())
	}
	if remembers() || !n1.State(r.key).Restored() {
		t.Fatal("it does not know that it may have forgotten")
	}
	r.Nodes[3].Up = false // with all key servers it could help as well
	o := r.MoveFor(n1, r.key, head-2, r.repair(n1, head-2))
	r.settle()
	if wire.ReasonOf(o.Err) != wire.Unavailable {
		t.Errorf("in a round that it may have seen: %v", o.Err)
	}
	o = r.MoveFor(n1, r.key, head-1, r.repair(n1, head-1))
	r.settle()
	if o.Err != nil || n1.State(r.key).Record.Version() == version {
		t.Fatal(o.Err)
	}
	if !remembers() || n1.State(r.key).Restored() {
		t.Error("the gap has not ended for the key")
	}
}

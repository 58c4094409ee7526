package sessiontest

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/geth-ss/geth-ss/protocol/generation"
	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/join"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// disturbed is what n1 does with each message that opens a session, and of which n2 has to hear. It has to end well.
var disturbed = map[wire.Code]func(t *testing.T) (w *world, do func(late func())){
	wire.CodeInit: func(t *testing.T) (*world, func(late func())) {
		w := newWorld(t, 4, 1)
		w.author.Wallet = true // so that n2 asks its chain first
		return w, func(late func()) {
			o := w.Generate(w.Nodes[0], w.author, KeyID(9), 1)
			for len(w.Nodes[1].early) < 2 { // n3 and n4 have said what they commit to
				w.Steps(1)
			}
			late()
			w.settle()
			if o.Err != nil || len(o.Record.Setup.Members) != 4 {
				t.Errorf("%v", o)
			}
		}
	},
	wire.CodeRedistribute: func(t *testing.T) (*world, func(late func())) {
		w := newWorld(t, 4, 1)
		w.Establish(0, w.Nodes...)
		return w, func(late func()) {
			o := w.Move(w.Nodes[0], w.key, 5)
			for len(w.Nodes[1].early) < 2 {
				w.Steps(1)
			}
			late()
			w.settle()
			if o.Err != nil || len(o.Record.Setup.Members) != 4 {
				t.Errorf("%v", o)
			}
		}
	},
	wire.CodePoll: func(t *testing.T) (*world, func(late func())) {
		w := newWorld(t, 4, 1)
		for _, n := range w.Nodes {
			n.Forget(wire.RecordKey, w.key)
			n.Put(wire.NewRecord(wire.Put, wire.RecordKey, w.key, wire.SessionID{}, unconfirmed(w.record)))
		}
		return w, func(func()) {
			n := w.Nodes[0]
			m, err := generation.NewResolution(n.Env(), n.State(w.key), w.key, []*wire.KeyRecord{unconfirmed(w.record)})
			check(err)
			r := w.Begin(n, wire.KindResolve, w.key, m, nil)
			w.settle()
			if r.Err != nil || m.Record() == nil {
				t.Errorf("%v, %v", r.Err, m)
			}
		}
	},
	wire.CodeStore:            storing,
	wire.CodeStoreCertificate: storing,
	wire.CodeRetrieve: func(t *testing.T) (*world, func(late func())) {
		w := newWorld(t, 4, 3).withDocument()
		return w, func(func()) { w.read(w.Nodes[0], true) }
	},
	wire.CodeRetrieveMany: func(t *testing.T) (*world, func(late func())) {
		b := newBatchWorld(t, 4, 3, 3)
		return b.world, func(func()) { b.want(b.batch(b.Nodes[0])) }
	},
	wire.CodeLookUp: func(t *testing.T) (*world, func(late func())) {
		w := newWorld(t, 4, 1)
		w.Nodes[0].Miss(w.record)
		return w, func(func()) {
			if o := w.lookup(w.Nodes[0], false); o.Err != nil || o.Record == nil {
				t.Errorf("%v", o)
			}
		}
	},
	wire.CodeExplain: func(t *testing.T) (*world, func(late func())) {
		w := newWorld(t, 4, 1).withDocument()
		return w, func(func()) {
			w.wantExplained("granted h2, granted h2, granted h2, granted h2", session.Granted, 4)
		}
	},
	wire.CodeHoldings: func(t *testing.T) (*world, func(late func())) {
		w := newWorld(t, 4, 1)
		return w, func(func()) {
			m, run, err := w.Holdings(w.Nodes[0], wire.KeyVersion{Key: w.key, Version: w.record.Version()})
			check(err)
			w.settle()
			if held, why := m.Held(w.Nodes[1].ID()); run.Err != nil || held == nil {
				t.Errorf("%v, %s", run.Err, why)
			}
		}
	},
	wire.CodeListKeys: func(t *testing.T) (*world, func(late func())) {
		w := newWorld(t, 4, 1).followed()
		return w, func(func()) {
			m, run, err := w.Gather(w.Nodes[0])
			check(err)
			w.settle()
			if run.Err != nil || len(m.Missing()) != 0 {
				t.Errorf("%v, %v", run.Err, m.Missing())
			}
		}
	},
	wire.CodeAskHolds: func(t *testing.T) (*world, func(late func())) {
		w := newWorld(t, 4, 1)
		return w, func(func()) {
			m, run, err := w.Hold(w.Nodes[0], w.record)
			check(err)
			w.settle()
			if run.Err != nil || len(m.Missing(0)) != 0 {
				t.Errorf("%v, %v", run.Err, m.Missing(0))
			}
		}
	},
	wire.CodeRehearse: func(t *testing.T) (*world, func(late func())) {
		w := newWorld(t, 4, 1)
		return w, func(func()) {
			m, run, err := w.Rehearse(w.Nodes[0], w.key, 1, w.Nodes...)
			check(err)
			w.settle()
			if run.Err != nil || len(m.Failed()) != 0 {
				t.Errorf("%v, %v", run.Err, m.Failed())
			}
		}
	},
	wire.CodeListShares: func(t *testing.T) (*world, func(late func())) {
		w := newWorld(t, 4, 1)
		return w, func(func()) {
			m, run, err := w.Plan(w.Nodes[0], wire.KeyID{}, w.Nodes...)
			check(err)
			w.settle()
			if run.Err != nil || len(m.Missing()) != 0 {
				t.Errorf("%v, %v", run.Err, m.Missing())
			}
		}
	},
	wire.CodeAskErased: func(t *testing.T) (*world, func(late func())) {
		w := newWorld(t, 4, 1).followed()
		return w, func(func()) {
			_, run, err := w.Receipts(w.Nodes[0], wire.KeyVersion{Key: w.key, Version: w.record.Version()})
			check(err)
			w.settle()
			if run.Err != nil {
				t.Error(run.Err)
			}
		}
	},
	wire.CodePropose: func(t *testing.T) (*world, func(late func())) {
		return ordered(t, func(_ *world, n *Node, o *wire.SetOrder, sign func(common.Hash) []wire.AdminSignature) (wire.Kind, session.Machine, error) {
			m, err := handover.NewDeciding(n.Env(), o, sign(o.Digest()), wire.BlockRef{Number: n.Head})
			return wire.KindDecide, m, err
		})
	},
	wire.CodeSetPoll: func(t *testing.T) (*world, func(late func())) {
		return ordered(t, func(_ *world, n *Node, o *wire.SetOrder, sign func(common.Hash) []wire.AdminSignature) (wire.Kind, session.Machine, error) {
			c := wire.CancelOrder{Chain: ChainID, Cluster: o.Cluster, Epoch: o.Epoch, Parent: o.Parent, Nonce: o.Nonce}
			m, err := handover.NewCancelling(n.Env(), &wire.SignedCancel{Cancel: c, Signatures: sign(c.Digest())}, nil)
			return wire.KindSettle, m, err
		})
	},
	wire.CodeFollow: func(t *testing.T) (*world, func(late func())) {
		return ordered(t, func(_ *world, n *Node, _ *wire.SetOrder, _ func(common.Hash) []wire.AdminSignature) (wire.Kind, session.Machine, error) {
			m, err := handover.NewFollowing(n.Env())
			return wire.KindFollow, m, err
		})
	},
	wire.CodeSign: signingECDSA,
	wire.CodeDeal: signingECDSA,
}

func storing(t *testing.T) (*world, func(late func())) {
	w := newWorld(t, 4, 3) // all have to promise
	return w, func(func()) { w.stores(w.Nodes[0], w.doc) }
}

func signingECDSA(t *testing.T) (*world, func(late func())) {
	w := newWorld(t, 5, 2).readable() // all have to sign
	return w, func(func()) { w.sign(w.Nodes[0], wire.ECDSA, someHash(1)) }
}

// inItsName is an opening of n1 with another's name in it, or as the other could have made it.
func inItsName(other *Node, opening wire.Message) wire.Message {
	switch m := copyOf(opening).(type) {
	case *wire.Init:
		m.Setup.Initiator = other.ID()
		return m
	case *wire.Redistribute:
		m.Setup.Initiator = other.ID()
		return m
	case *wire.Deal:
		m.Setup.Coordinator = other.ID()
		return m
	case *wire.Explain:
		m.Nonce[0] ^= 1
		return m
	default:
		return opening
	}
}

// TestOthersOpenings: n3 sees n1 open a session and opens it in its own name at n2, which hears of n1's later than of
// what the others say in it. n2 lets it have nothing, names it, and takes part in n1's session as if nothing had been.
func TestOthersOpenings(t *testing.T) {
	for code := range wire.Code(wire.ProtocolLength) {
		opening, ok := wire.New(code).(wire.Opening)
		if !ok {
			continue
		}
		if disturbed[code] == nil {
			t.Errorf("%T opens a session, and has no row in disturbed", opening)
			continue
		}
		t.Run(fmt.Sprintf("%T", opening), func(t *testing.T) {
			w, do := disturbed[code](t)
			d := &disturber{world: w, code: code, answers: make(map[wire.SessionID]bool)}
			d.disturb()
			do(d.late)
			if len(d.answers) == 0 {
				t.Fatal("n1 has not opened such a session at n2")
			}
			for id, answered := range d.answers {
				if !answered {
					t.Errorf("n2 says nothing in %v", id)
				}
			}
			if d.took > 0 {
				t.Errorf("it took %d ticks", d.took)
			}
			if code == wire.CodeStoreCertificate { // is no fault: it names no session
				w.wantBlamed()
			} else {
				w.wantBlamed("n3")
			}
		})
	}
}

// disturber is n3, between n1 and n2.
type disturber struct {
	*world
	code    wire.Code
	held    []wire.Envelope         // from n1 to n2
	answers map[wire.SessionID]bool // n2 has answered n1's opening
	took    int                     // ticks until n1 had what it wanted
}

func (d *disturber) disturb() {
	n1, n2 := d.Nodes[0], d.Nodes[1]
	n1.Mutate = func(env wire.Envelope) []wire.Envelope {
		switch {
		case env.To != n2.ID() || env.Msg.Code() != d.code && len(d.held) == 0:
			return []wire.Envelope{env}
		case d.code == wire.CodeInit || d.code == wire.CodeRedistribute:
			d.held = append(d.held, env)
			return nil
		}
		d.open(env)
		return []wire.Envelope{env}
	}
	d.Nodes[2].Mutate = func(env wire.Envelope) []wire.Envelope { return []wire.Envelope{env} } // who may be blamed
	d.Spy = func(from *Node, env wire.Envelope) {
		_, refuses := env.Msg.(*wire.Refuse)
		if _, opened := d.answers[env.Session]; opened && from == n2 && env.To == n1.ID() && !refuses {
			d.answers[env.Session] = true
		}
	}
	d.Ended = func(r *Run) {
		if r.Node == n1 {
			d.took = d.ticks
		}
	}
}

// late has n2 hear of n1, after n3.
func (d *disturber) late() {
	held := d.held
	d.held = nil
	d.open(held[0])
	for _, env := range held {
		d.Inject(d.Nodes[0], env)
	}
}

// open has n3 open the session that n1 opens with a message, in all the ways there are.
func (d *disturber) open(env wire.Envelope) {
	n2, n3 := d.Nodes[1], d.Nodes[2]
	early := len(n2.early)
	for _, msg := range []wire.Message{env.Msg, inItsName(n3, env.Msg)} {
		before := len(n2.runs)
		d.deliver(n2, session.Received{From: n3.ID(), Session: env.Session, Msg: msg})
		if d.code != wire.CodeStoreCertificate && len(n2.runs) != before {
			d.t.Errorf("n3 has a session at n2 by %+v", msg)
		}
	}
	// A certificate is kept until the key record has come, which n3 does not send.
	d.deliver(n2, session.Received{From: n3.ID(), Session: env.Session, Msg: &wire.StoreCertificate{Document: wire.DocumentRecord{Key: KeyID(77)}}})
	if len(n2.early) != early {
		d.t.Error("n3 gets what the others have said")
	}
	d.answers[env.Session] = false
}

// What a machine signs or proves is bound to its session's id. So those that do so look themselves whether it is the
// hash of what they are asked, whoever has made them.
func TestProvenForItsOwnSession(t *testing.T) {
	for _, name := range []string{"retrieving", "retrieving many", "signing", "dealing items", "telling what it holds", "generating"} {
		var opening wire.Opening
		w := newWorld(t, 4, 1)
		w.alice.Wallet = true
		n1, n2 := w.Nodes[0], w.Nodes[1]
		if name == "generating" {
			opening = &wire.Init{Setup: wire.Setup{Cluster: w.ID, Key: KeyID(9), Threshold: 1, SetSize: 4, Members: w.Members(), Initiator: n1.ID(),
				Proof: w.author.Proof(KeyID(9))}}
		} else {
			opening = members[name](w).opening.(wire.Opening)
		}
		load := func(key wire.KeyID) (*session.State, error) { return n2.State(key), nil }
		id, err := opening.Opens(w.ID, n1.ID())
		check(err)
		for _, own := range []bool{true, false} {
			if !own {
				id[9] ^= 1
			}
			m, err := join.Machine(n2.Env(), n2.Lend, load, n1.ID(), id, opening)
			check(err)
			eff := m.Step(session.Received{From: n1.ID(), Session: id, Msg: opening})
			if own != (eff.Err == nil) || !own && (wire.ReasonOf(eff.Err) != wire.InvalidMessage || eff.Ask != nil || len(eff.Save) > 0) {
				t.Errorf("%s, under its own id: %t: %+v", name, own, eff)
			}
		}
	}
}

// ordered is a world whose nodes decide about server sets: an order of its administrator for a set with another floor.
func ordered(t *testing.T, begin func(w *world, n *Node, o *wire.SetOrder, sign func(digest common.Hash) []wire.AdminSignature) (wire.Kind, session.Machine, error)) (*world, func(late func())) {
	w := newWorld(t, 4, 1)
	admin, err := crypto.ToECDSA(bytes.Repeat([]byte{7}, 32))
	check(err)
	w.First = &wire.ServerSet{Cluster: w.ID, Members: w.Members(),
		Authority: wire.Authority{Administrators: []common.Address{crypto.PubkeyToAddress(admin.PublicKey)}, Needed: 1}}
	w.Time = 1000
	o := &wire.SetOrder{Chain: ChainID, Cluster: w.ID, Epoch: 1, Parent: w.First.Hash(), Floor: 1, Administrators: w.First.Authority.Administrators, Needed: 1, Expires: 2000}
	for _, id := range w.First.Members {
		o.Members = append(o.Members, wire.OrderMember{Node: id, Address: "127.0.0.1:1"})
	}
	sign := func(digest common.Hash) []wire.AdminSignature {
		sig, err := crypto.Sign(digest[:], admin)
		check(err)
		sig[64] += 27
		return []wire.AdminSignature{wire.AdminSignature(sig)}
	}
	return w, func(func()) {
		n := w.Nodes[0]
		kind, m, err := begin(w, n, o, sign)
		check(err)
		r := w.Begin(n, kind, wire.KeyID{}, m, nil)
		w.settle()
		if r.Err != nil {
			t.Error(r.Err)
		}
	}
}

package service

import (
	"fmt"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/limits"
)

// openings has each message that opens a session, as a node sends it in its own name, and the id.
var openings = map[wire.Code]func(cluster wire.ClusterID, from wire.NodeID) (wire.Opening, wire.SessionID){
	wire.CodeInit: func(cluster wire.ClusterID, from wire.NodeID) (wire.Opening, wire.SessionID) {
		m := &wire.Init{Setup: wire.Setup{Cluster: cluster, Key: wire.KeyID{1}, Initiator: from}}
		return m, m.Setup.Session()
	},
	wire.CodePoll: func(cluster wire.ClusterID, from wire.NodeID) (wire.Opening, wire.SessionID) {
		m := &wire.Poll{Setup: wire.Setup{Key: wire.KeyID{1}, Initiator: testNode(9)}}
		return m, m.Session(cluster, from)
	},
	wire.CodeStore: func(cluster wire.ClusterID, from wire.NodeID) (wire.Opening, wire.SessionID) {
		m := &wire.Store{Key: wire.KeyID{1}}
		return m, m.Session(cluster, from)
	},
	wire.CodeStoreCertificate: func(cluster wire.ClusterID, from wire.NodeID) (wire.Opening, wire.SessionID) {
		m := &wire.Store{Key: wire.KeyID{1}} // of which it is the certificate
		return &wire.StoreCertificate{Document: *m.Record()}, m.Session(cluster, from)
	},
	wire.CodeRetrieve: func(cluster wire.ClusterID, from wire.NodeID) (wire.Opening, wire.SessionID) {
		m := &wire.Retrieve{Key: wire.KeyID{1}, Set: []uint32{1}}
		return m, m.Session(cluster, from)
	},
	wire.CodeRetrieveMany: func(cluster wire.ClusterID, from wire.NodeID) (wire.Opening, wire.SessionID) {
		m := &wire.RetrieveMany{Keys: []wire.BatchKey{{Key: wire.KeyID{1}}}, Set: []uint32{1}}
		return m, m.Session(cluster, from)
	},
	wire.CodeLookUp: func(cluster wire.ClusterID, from wire.NodeID) (wire.Opening, wire.SessionID) {
		m := &wire.LookUp{Key: wire.KeyID{1}}
		return m, m.Session(cluster, from)
	},
	wire.CodeExplain: func(cluster wire.ClusterID, from wire.NodeID) (wire.Opening, wire.SessionID) {
		m := &wire.Explain{Key: wire.KeyID{1}, Requester: [20]byte{1}}
		return m, m.Session(cluster, from)
	},
	wire.CodeHoldings: func(cluster wire.ClusterID, from wire.NodeID) (wire.Opening, wire.SessionID) {
		m := &wire.Holdings{Keys: []wire.KeyVersion{{Key: wire.KeyID{1}}}}
		return m, m.Session(cluster, from)
	},
	wire.CodeSign: func(cluster wire.ClusterID, from wire.NodeID) (wire.Opening, wire.SessionID) {
		m := &wire.Sign{Key: wire.KeyID{1}, Scheme: wire.ECDSA, Set: []uint32{1}}
		return m, m.Session(cluster, from)
	},
	wire.CodeDeal: func(cluster wire.ClusterID, from wire.NodeID) (wire.Opening, wire.SessionID) {
		m := &wire.Deal{Setup: wire.DealSetup{Cluster: cluster, Coordinator: from}}
		return m, m.Setup.Session()
	},
	wire.CodeRedistribute: func(cluster wire.ClusterID, from wire.NodeID) (wire.Opening, wire.SessionID) {
		setup := wire.Setup{Cluster: cluster, Key: wire.KeyID{1}, Initiator: from, Set: &wire.SetRef{Epoch: 1},
			Move: &wire.Move{Made: 1, Parent: wire.SessionID{2}, Dealers: []wire.Dealer{{Node: from, Index: 1}}}}
		return &wire.Redistribute{Setup: setup}, setup.Session()
	},
	wire.CodeListKeys: func(cluster wire.ClusterID, from wire.NodeID) (wire.Opening, wire.SessionID) {
		m := &wire.ListKeys{Set: wire.SetRef{Epoch: 1}}
		return m, m.Session(cluster, from)
	},
	wire.CodeAskHolds: func(cluster wire.ClusterID, from wire.NodeID) (wire.Opening, wire.SessionID) {
		m := &wire.AskHolds{Keys: []wire.KeyVersion{{Key: wire.KeyID{1}}}}
		return m, m.Session(cluster, from)
	},
	wire.CodeAskErased: func(cluster wire.ClusterID, from wire.NodeID) (wire.Opening, wire.SessionID) {
		m := &wire.AskErased{Keys: []wire.KeyVersion{{Key: wire.KeyID{1}}}}
		return m, m.Session(cluster, from)
	},
	wire.CodeListShares: func(cluster wire.ClusterID, from wire.NodeID) (wire.Opening, wire.SessionID) {
		m := new(wire.ListShares)
		return m, m.Session(cluster, from)
	},
	wire.CodeRehearse: func(cluster wire.ClusterID, from wire.NodeID) (wire.Opening, wire.SessionID) {
		m := &wire.Rehearse{Key: wire.KeyID{1}, Members: []wire.NodeID{from}, Dealers: []wire.Dealer{{Node: from, Index: 1}}}
		return m, m.Session(cluster, from)
	},
	// Strangers may open what follows (byStrangers).
	wire.CodePropose: func(cluster wire.ClusterID, from wire.NodeID) (wire.Opening, wire.SessionID) {
		m := &wire.Propose{Attempt: wire.SetAttempt{Order: wire.SetOrder{Cluster: cluster, Epoch: 1}, Coordinator: from}}
		return m, m.Attempt.Proposal()
	},
	wire.CodeSetPoll: func(cluster wire.ClusterID, from wire.NodeID) (wire.Opening, wire.SessionID) {
		m := &wire.SetPoll{Epoch: 1, Attempt: &wire.SetAttempt{Order: wire.SetOrder{Cluster: cluster, Epoch: 1}, Coordinator: testNode(9)}}
		return m, m.Session(cluster, from)
	},
	wire.CodeFollow: func(cluster wire.ClusterID, from wire.NodeID) (wire.Opening, wire.SessionID) {
		m := new(wire.Follow)
		return m, m.Session(cluster, from)
	},
}

// byStrangers are the openings that a node may send which is a member of no set that is known here: since nodes come and go
// between sets, their machines look themselves at who it is. True: it is answered, too.
var byStrangers = map[wire.Code]bool{
	wire.CodePropose:  false, // counts by what administrators have signed
	wire.CodeSetPoll:  false, // only members of the parent vote
	wire.CodeFollow:   true,  // what anybody may know
	wire.CodeRehearse: false, // who asks has to be a key server; who is asked may become one
}

// eachOpening runs a test of each message of wire's table that opens a session.
func eachOpening(t *testing.T, test func(t *testing.T, open func(wire.ClusterID, wire.NodeID) (wire.Opening, wire.SessionID))) {
	for code := range wire.Code(wire.ProtocolLength) {
		opening, ok := wire.New(code).(wire.Opening)
		if !ok {
			continue
		}
		if openings[code] == nil {
			t.Errorf("%T opens a session, and has no row in openings", opening)
			continue
		}
		t.Run(fmt.Sprintf("%T", opening), func(t *testing.T) { test(t, openings[code]) })
	}
}

// slow is a key server that opens sessions and gets to none of them: who joins one looks for its state first, and for
// that has to wait.
func slow(t *testing.T) *Service {
	s := newStorelessService(t) // who looks for a state panics
	s.cluster = wire.ClusterID{7}
	s.limits.steps = limits.NewFairQueue[wire.NodeID](1, 1, stepsHeld)
	if _, err := s.limits.steps.Take(t.Context(), wire.NodeID{}, lifetime); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestOthersOpenNothing: a member that has seen the opening of another's session can't open that in its own name at a
// node that has not. It is refused before anything is done for it, and named. What the others say in the session
// meanwhile goes to whom it belongs to, when that opens it.
func TestOthersOpenNothing(t *testing.T) {
	opener, other, third := testNode(1), testNode(2), testNode(3)
	eachOpening(t, func(t *testing.T, open func(wire.ClusterID, wire.NodeID) (wire.Opening, wire.SessionID)) {
		s := slow(t)
		msg, id := open(s.cluster, opener)
		own, ownID := open(s.cluster, other)
		if _, unbound := msg.(*wire.StoreCertificate); unbound {
			t.Skip("TestCertificateIsInNobodysWay")
		}
		s.backend.Handle(third, id, &wire.Commit{Index: 3})
		forged := map[string]struct {
			msg wire.Opening
			id  wire.SessionID
		}{
			"the other's":                          {msg, id},
			"its own under the other's id":         {own, id},
			"its own under an id that is nobody's": {own, sid(9)},
		}
		for what, f := range forged {
			before, _ := s.faults.of(other)
			s.backend.Handle(other, f.id, f.msg)
			if after, _ := s.faults.of(other); after != before+1 {
				t.Errorf("%s: %d faults", what, after-before)
			}
			if s.sessions.count() != 0 || len(s.sessions.routes) != 0 || len(s.sessions.perPeer) != 0 || len(s.sessions.early) != 1 {
				t.Fatalf("%s: a place is taken", what)
			}
		}
		if wait := s.limits.peerGenerations.Take(other); wait > 0 {
			t.Error("it counts as a generation")
		}
		s.backend.Handle(opener, id, msg)
		r := s.sessions.find(session.Received{From: third, Session: id})
		if r == nil || r.peer != opener || len(r.inbox) != 1 {
			t.Fatalf("the session is %+v", r)
		}
		s.backend.Handle(other, id, msg) // nor is it heard later
		if len(r.inbox) != 1 {
			t.Error("it speaks in the session")
		}
		s.backend.Handle(other, ownID, own)
		if r := s.sessions.find(session.Received{From: third, Session: ownID}); r == nil || r.peer != other {
			t.Error("its own session is not opened")
		}
		if count, _ := s.faults.of(opener); count != 0 {
			t.Error("the opener is accused")
		}
	})
}

// TestStrangersOpenNothing: whoever is no member of a set is refused before a machine is made, or by the machine. Nothing is
// saved for it.
func TestStrangersOpenNothing(t *testing.T) {
	stranger := testNode(1)
	eachOpening(t, func(t *testing.T, open func(wire.ClusterID, wire.NodeID) (wire.Opening, wire.SessionID)) {
		s := newStorelessService(t) // who looks for a state panics
		s.limits.keys = 0           // counting them takes a store
		msg, id := open(s.cluster, stranger)
		in := session.Received{From: stranger, Session: id, Msg: msg}
		m, err := s.backend.joinMachine(s.newRunner(wire.KindOf(msg), msg.Subject(), stranger), in, msg)
		answered, joined := byStrangers[msg.Code()]
		if !joined {
			if m != nil || wire.ReasonOf(err) != wire.NotMember {
				t.Errorf("joined by %v: %v", m, err)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if answered { // with what is stored
			s.states.db = openStore(t, t.TempDir())
			defer s.states.db.Close()
		}
		eff := m.Step(in)
		if len(eff.Save) != 0 || len(eff.Send) != 1 || !eff.Done {
			t.Fatalf("%+v", eff)
		}
		if _, refused := eff.Send[0].Msg.(*wire.Refuse); refused == answered {
			t.Errorf("it is told %T", eff.Send[0].Msg)
		}
	})
}

// TestCertificateIsInNobodysWay: the certificate of a document key names no session. It is taken in whichever it comes,
// as from a coordinator that has ended its session here, and is none that another could open or is heard in.
func TestCertificateIsInNobodysWay(t *testing.T) {
	opener, other, third := testNode(1), testNode(2), testNode(3)
	eachOpening(t, func(t *testing.T, open func(wire.ClusterID, wire.NodeID) (wire.Opening, wire.SessionID)) {
		s := slow(t)
		msg, id := open(s.cluster, opener)
		s.backend.Handle(third, id, &wire.Commit{Index: 3})
		s.backend.Handle(other, id, &wire.StoreCertificate{})
		theirs := s.sessions.find(session.Received{From: other, Session: id})
		if theirs == nil || theirs.peer != other || len(theirs.inbox) != 0 {
			t.Fatalf("the certificate is led to %+v", theirs)
		}
		if r := s.sessions.find(session.Received{From: third, Session: id, Msg: new(wire.Supply)}); r != nil {
			t.Fatal("others are heard in its session")
		}
		s.backend.Handle(opener, id, msg)
		r := s.sessions.find(session.Received{From: opener, Session: id})
		if r == nil || r == theirs || r.peer != opener {
			t.Fatalf("the session is %+v", r)
		}
		if _, certificate := msg.(*wire.StoreCertificate); !certificate && len(r.inbox) != 1 {
			t.Error("what came early is not heard in it")
		}
		s.sessions.remove(r)
		s.sessions.remove(theirs)
		if count, _ := s.faults.of(other); count != 0 || len(s.sessions.routes) != 0 {
			t.Errorf("%d faults, %d routes left", count, len(s.sessions.routes))
		}
	})
}

// TestParticipantsTakeNoRoutes: who takes part in a session has the route of its opening, whatever it says.
func TestParticipantsTakeNoRoutes(t *testing.T) {
	s := newStorelessService(t)
	peer := testNode(1)
	theirs, own := s.newRunner(wire.KindStore, wire.KeyID{}, peer), s.newRunner(wire.KindStore, wire.KeyID{}, wire.NodeID{})
	for _, r := range []*runner{theirs, own} {
		if err := s.sessions.add(r); err != nil {
			t.Fatal(err)
		}
	}
	theirs.send(wire.Envelope{To: peer, Session: sid(4), Msg: new(wire.Need)})
	own.send(wire.Envelope{To: peer, Session: sid(5), Msg: new(wire.Need)})
	if s.sessions.lookup(session.Received{From: peer, Session: sid(4)}) != nil {
		t.Error("a participant takes a route")
	}
	if s.sessions.lookup(session.Received{From: peer, Session: sid(5)}) != own {
		t.Error("a session of our own has no route")
	}
}

package service

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/geth-ss/geth-ss/protocol/join"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/limits"
	"github.com/geth-ss/geth-ss/service/serverset"
)

func newTestService() *Service {
	return assemble(&fixed{cfg: Config{Limits: limits.Default()}, servers: newServers(wire.NodeID{}, wire.ClusterID{}, new(serverset.Static), wire.Authority{})})
}

func anybody(*runner) error { return nil }

func testNode(b byte) (id wire.NodeID) { id[0] = b; return id }

func sid(b byte) (id wire.SessionID) { id[0] = b; return id }

func early(from byte, id byte) session.Received {
	return session.Received{From: testNode(from), Session: sid(id), Msg: &wire.Commit{}}
}

// A message that overtakes its session's opening is kept and then delivered first.
func TestEarlyMessagesAreReplayed(t *testing.T) {
	s := newTestService()
	if r := s.sessions.find(early(1, 7)); r != nil {
		t.Fatal("found a session that is not open")
	}
	s.sessions.find(early(1, 8)) // of another session
	r := s.newRunner(wire.KindGenerate, wire.KeyID{}, testNode(2))
	if _, err := s.sessions.open(join.Route{Session: sid(7)}, r, anybody); err != nil {
		t.Fatal(err)
	}
	if got := len(r.inbox); got != 1 {
		t.Fatalf("%d messages replayed, want 1", got)
	}
	if in := (<-r.inbox).(session.Received); in.From != testNode(1) {
		t.Fatalf("replayed a message of %v", in.From.Short())
	}
	if s.sessions.find(early(1, 7)) != r {
		t.Fatal("an open session is not found")
	}
}

// Early messages are forgotten after a moment, and one peer can't crowd out the others.
func TestEarlyMessagesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTestService()
		for i := range 4 * maxEarlyPerPeer {
			s.sessions.find(early(1, byte(i)))
		}
		s.sessions.find(early(2, 0))
		if got := len(s.sessions.early); got != maxEarlyPerPeer+1 {
			t.Fatalf("%d messages kept, want %d", got, maxEarlyPerPeer+1)
		}
		time.Sleep(earlyLife)
		s.sessions.find(early(3, 0))
		if got := len(s.sessions.early); got != 1 {
			t.Fatalf("%d messages kept after their time, want 1", got)
		}
	})
}

// Nor by long messages.
func TestEarlyBytesAreBounded(t *testing.T) {
	s := newTestService()
	long := early(1, 1)
	long.Msg = &wire.Reveal{Dealing: wire.Dealing{Dealt: wire.Dealt{Commitments: make([]wire.Point, 256)}, Shares: make([][32]byte, 256)}}
	for range maxEarlyPerPeer {
		s.sessions.find(long)
	}
	if got, most := len(s.sessions.early), maxEarlyBytes/(256*(64+32)); got == 0 || got > most {
		t.Fatalf("%d long messages kept, want 1 to %d", got, most)
	}
}

func TestUnknownMessagesAreDropped(t *testing.T) {
	s := newTestService()
	s.sessions.find(session.Received{From: testNode(1), Session: sid(1), Msg: &wire.Refuse{}})
	if len(s.sessions.early) != 0 {
		t.Fatal("kept a message that can't be early")
	}
}

func TestSessionsPerPeerAreBounded(t *testing.T) {
	s := newTestService()
	open := func(peer byte, i int) bool {
		id := sid(peer)
		id[1], id[2] = byte(i>>8), byte(i)
		_, err := s.sessions.open(join.Route{Session: id}, s.newRunner(wire.KindRetrieve, wire.KeyID{}, testNode(peer)), anybody)
		return err == nil
	}
	for i := range s.sessions.mostPerPeer {
		if !open(1, i) {
			t.Fatalf("session %d refused", i)
		}
	}
	if open(1, s.sessions.mostPerPeer) {
		t.Fatal("one session too many of one peer")
	}
	if !open(2, 0) {
		t.Fatal("another peer is refused for it")
	}
	if s.sessions.add(s.newRunner(wire.KindRetrieve, wire.KeyID{}, wire.NodeID{})) != nil {
		t.Fatal("our own clients are refused for it")
	}
}

// All that a runner was routed under goes with it.
func TestRemoveForgetsRoutes(t *testing.T) {
	s := newTestService()
	r := s.newRunner(wire.KindRetrieve, wire.KeyID{}, wire.NodeID{})
	s.sessions.add(r)
	s.sessions.route(sid(1), r)
	s.sessions.route(sid(2), r)
	other := s.newRunner(wire.KindRetrieve, wire.KeyID{}, wire.NodeID{})
	s.sessions.add(other)
	s.sessions.route(sid(2), other)
	if s.sessions.find(early(1, 2)) != r {
		t.Fatal("a second runner took over a session id")
	}
	s.sessions.remove(r)
	if s.sessions.find(early(1, 1)) != nil || s.sessions.find(early(1, 2)) != nil || s.sessions.count() != 1 {
		t.Fatal("a removed runner is still found")
	}
	s.sessions.route(sid(3), r)
	if s.sessions.find(early(1, 3)) != nil {
		t.Fatal("a removed runner was routed again")
	}
}

func TestScores(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScores()
		order := func() []wire.NodeID { return s.order([]wire.NodeID{testNode(1), testNode(2), testNode(3)}) }
		s.answered(testNode(1), 90*time.Millisecond)
		s.answered(testNode(2), 2*time.Millisecond)
		s.answered(testNode(3), 3*time.Millisecond)
		if got := order(); got[0] != testNode(2) || got[1] != testNode(3) || got[2] != testNode(1) {
			t.Fatal("the slow node is not last; near-equals don't keep their order")
		}
		s.silent(testNode(2), 10*time.Millisecond) // was hardly given time
		s.silent(testNode(3), time.Second)
		if got := order(); got[0] != testNode(2) || got[2] != testNode(3) {
			t.Fatal("the silent node is not last")
		}
		s.answered(testNode(3), time.Millisecond)
		if got := order(); got[2] != testNode(1) {
			t.Fatal("an answer does not clear a penalty")
		}
		time.Sleep(forgive + time.Second)
		if got := order(); got[0] != testNode(1) {
			t.Fatal("old scores are not forgiven")
		}
	})
}

// A node that is quick to answer with what does not verify is not asked first again.
func TestCheatsAreAskedLast(t *testing.T) {
	s := newTestService()
	s.scores.answered(testNode(1), time.Millisecond)
	s.scores.answered(testNode(2), 100*time.Millisecond)
	s.blame(wire.KindRetrieve, wire.KeyID{}, session.Fault{Node: testNode(1), Detail: "bad partial"})
	if got := s.scores.order([]wire.NodeID{testNode(1), testNode(2)}); got[1] != testNode(1) {
		t.Error("a node that cheated is asked first")
	}
}

// TestSilenceIsNoticed: a node that was asked and never answers is asked last next time, although the session ends with
// a word to it: that it is not needed.
func TestSilenceIsNoticed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTestService()
		r := s.newRunner(wire.KindRetrieve, wire.KeyID{}, wire.NodeID{})
		silent, quick := testNode(1), testNode(2)
		for _, node := range []wire.NodeID{silent, quick} {
			r.expect(wire.Envelope{To: node, Msg: new(wire.Retrieve)})
		}
		r.heard(session.Received{From: quick, Msg: new(wire.Partial)})
		time.Sleep(200 * time.Millisecond) // the spare is asked, and quick again
		r.expect(wire.Envelope{To: quick, Msg: new(wire.Retrieve)})
		r.heard(session.Received{From: quick, Msg: new(wire.Partial)})
		r.expect(wire.Envelope{To: silent, Msg: new(wire.Refuse)})
		r.end()
		if got := s.scores.order([]wire.NodeID{silent, quick}); got[0] != quick {
			t.Error("the silent node is asked first again")
		}
	})
}

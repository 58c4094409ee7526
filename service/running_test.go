package service

import (
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/serverset"
)

// newIdleService is a key server that does not run: it has no store, so that whoever looks for a state panics.
func newIdleService(t *testing.T) *Service {
	t.Helper()
	s := newStorelessService(t)
	s.setRunning(false)
	return s
}

// Doors open before Start is through, and are still open when Stop has begun. They say so, and touch no store.
func TestDoorsOfAnIdleKeyServer(t *testing.T) {
	s := newIdleService(t)
	ctx, id := t.Context(), wire.KeyID{1}
	req := newRequester(t, id)
	for name, ask := range map[string]func() error{
		"GenerateServerKey":   func() error { _, err := s.GenerateServerKey(ctx, req, id, 0); return err },
		"StoreDocumentKey":    func() error { _, err := s.StoreDocumentKey(ctx, req, id, wire.Point{}, wire.Point{}); return err },
		"GenerateDocumentKey": func() error { _, err := s.GenerateDocumentKey(ctx, req, id, 0); return err },
		"ServerKey":           func() error { _, err := s.ServerKey(ctx, req, id); return err },
		"DocumentKey":         func() error { _, err := s.DocumentKey(ctx, req, id); return err },
		"DocumentKeyShadow":   func() error { _, err := s.DocumentKeyShadow(ctx, req, id); return err },
		"Sign":                func() error { _, err := s.Sign(ctx, req, id, wire.ECDSA, common.Hash{1}); return err },
		"HasCode":             func() error { _, err := s.HasCode(ctx, common.Address{1}); return err },
		"ExplainAccess":       func() error { _, err := s.ExplainAccess(ctx, common.Address{1}, id); return err },
		"ExplainOwnAccess":    func() error { _, err := s.ExplainOwnAccess(ctx, req, id); return err },
		"KeyStatus":           func() error { _, err := s.KeyStatus(ctx, id); return err },
		"Keys":                func() error { _, err := s.Keys(ctx, id, 1); return err },
	} {
		if err := ask(); wire.ReasonOf(err) != wire.Disconnected {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A peer's opening that is joined when Stop has begun is refused. That is nobody's fault, and nothing of it is left.
func TestIdleKeyServerJoinsNothing(t *testing.T) {
	eachOpening(t, func(t *testing.T, open func(wire.ClusterID, wire.NodeID) (wire.Opening, wire.SessionID)) {
		s := newIdleService(t)
		from := s.self.ID() // the set has no other
		opening, id := open(s.cluster, from)
		kind := wire.KindOf(opening)
		r := s.newRunner(kind, opening.Subject(), from)
		if err := s.sessions.add(r); err != nil {
			t.Fatal(err)
		}
		s.backend.join(r, session.Received{From: from, Session: id, Msg: opening}, opening)
		<-r.ended
		if wire.ReasonOf(r.err) != wire.Disconnected {
			t.Error(r.err)
		}
		if count, what := s.faults.of(from); count != 0 || s.differences.of(from) != "" || s.sessions.count() != 0 {
			t.Errorf("%d faults (%s), %q, %d sessions", count, what, s.differences.of(from), s.sessions.count())
		}
	})
}

// TestNobodyIsGreetedBeforeTheStart: devp2p takes connections before a key server runs. Whoever were greeted then would ask, and nobody
// would answer: each question is waited for some seconds.
func TestNobodyIsGreetedBeforeTheStart(t *testing.T) {
	c := newCluster(t, 2, 0)
	a, b := c.nodes[0], c.nodes[1]
	b.stop(t)
	c.open(b, 0)
	set, err := serverset.NewListed([]string{a.server.Self().URLv4(), b.server.Self().URLv4()}, b.server.Self())
	if err != nil {
		t.Fatal(err)
	}
	b.servers.configure(set)
	c.until("they are connected", func() bool { return b.server.PeerCount() == 1 })
	if b.backend.Member(a.self.ID()) {
		t.Error("it would be greeted")
	}
	c.join(b)
	if !b.backend.Member(a.self.ID()) {
		t.Error("it is not greeted after the start")
	}
	c.whole()
}

package service

import (
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// TestGiveUp: two of four key servers are gone for good. While a quorum is up, nobody takes an order to give the set up; then the two
// that are left and two others are the new set: keys with enough holders move there and are used, and ids are taken again.
func TestGiveUp(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	c, admin := newChanging(t, 4, 2)
	a, b, gone := c.nodes[0], c.nodes[1], c.nodes[2:4]
	for _, s := range c.nodes {
		s.succession.mu.Lock()
		s.succession.patience = time.Second
		s.succession.mu.Unlock()
	}
	alive := []*testServer{a, b, c.nodes[4], c.nodes[5]}
	ids := c.makeKeys(a, 1, 3)
	lost := wire.KeyID{8}
	if _, err := a.GenerateDocumentKey(t.Context(), newRequester(t, lost), lost, 2); err != nil {
		t.Fatal(err)
	}
	order := a.makes(t, &wire.OrderRequest{GiveUp: true, Replace: []wire.Replacement{
		{ID: gone[0].self.ID(), With: c.nodes[4].server.Self().URLv4()}, {ID: gone[1].self.ID(), With: c.nodes[5].server.Self().URLv4()}}})
	if err := a.decides(t, admin, order); wire.ReasonOf(err) != wire.Denied || !strings.Contains(err.Error(), "has its quorum") {
		t.Fatalf("given up with its quorum: %v", err)
	}
	for _, s := range gone {
		s.stop(t)
	}
	c.until("the others know", func() bool { return len(a.network.Connected()) == 1 && len(b.network.Connected()) == 1 })
	ordinary := *order
	ordinary.GiveUp = false
	digest := ordinary.Digest()
	sig, err := crypto.Sign(digest[:], admin)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.ChangeServers(t.Context(), order, []wire.AdminSignature{wire.AdminSignature(sig)}); wire.ReasonOf(err) != wire.Denied {
		t.Errorf("given up by what was signed for an ordinary order: %v", err)
	}
	if err := a.decides(t, admin, order); err != nil {
		t.Fatal(err)
	}
	for _, s := range alive {
		c.until("all know the next set", func() bool { return s.servers.Sets().Newest().Epoch == 1 })
		info, err := s.Servers(t.Context())
		if err != nil || len(info.GivenUp) != 1 || info.GivenUp[0] != 0 {
			t.Errorf("%+v: %v", info.GivenUp, err)
		}
	}
	c.until("keys with enough holders have moved", func() bool {
		for _, s := range alive {
			for _, id := range ids {
				if r, _ := c.held(s, id); r == nil || setEpoch(&r.Setup) != 1 {
					return false
				}
			}
		}
		return true
	})
	c.until("the key that can't move is told of", func() bool {
		info, err := a.Servers(t.Context())
		return err == nil && info.Change != nil && info.Change.Failures == 1 && len(info.Change.Failed) == 1 && info.Change.Failed[0].Key == lost
	})
	c.until("a new key is made", func() bool {
		ready := true
		for _, s := range alive {
			s.succession.mu.Lock()
			ready = ready && s.succession.listed
			s.succession.mu.Unlock()
		}
		return ready
	})
	fresh := wire.KeyID{9}
	if _, err := c.nodes[5].GenerateDocumentKey(t.Context(), newRequester(t, fresh), fresh, 1); err != nil {
		t.Fatal(err)
	}
}

// TestGivenUpIsNotForOlder: programs of before can't read what tells of a set that was given up. They are told so in place of an
// answer, and no session is opened to them.
func TestGivenUpIsNotForOlder(t *testing.T) {
	given := wire.SetAttempt{Order: wire.SetOrder{GiveUp: true}}
	link := wire.SetLink{Attempt: given}
	answers := []wire.Message{&wire.Established{Link: link}, &wire.SetConflict{Attempt: given}, &wire.SetVote{Held: &given}, &wire.SetVote{Link: &link},
		&wire.SetLinks{Links: []wire.SetLink{{}, link}}}
	openings := []wire.Message{&wire.Propose{Attempt: given}, &wire.Propose{History: wire.SetLinks{Links: []wire.SetLink{link}}},
		&wire.SetPoll{Attempt: &given}, &wire.SetPoll{Link: &link}}
	for _, msg := range answers {
		got, err := readable(msg, false)
		if refusal, ok := got.(*wire.Refuse); err != nil || !ok || refusal.Err().Reason != wire.Unsupported {
			t.Errorf("%T: %v, %v", msg, got, err)
		}
	}
	for _, msg := range openings {
		if got, err := readable(msg, false); wire.ReasonOf(err) != wire.Unsupported {
			t.Errorf("%T: %v, %v", msg, got, err)
		}
	}
	for _, msg := range append(answers, openings...) {
		if got, err := readable(msg, true); got != msg || err != nil {
			t.Errorf("%T to who knows: %v, %v", msg, got, err)
		}
	}
	for _, msg := range []wire.Message{new(wire.SetLinks), &wire.SetVote{Held: new(wire.SetAttempt)}, new(wire.Propose), new(wire.SetPoll), new(wire.SetBound)} {
		if got, err := readable(msg, false); got != msg || err != nil {
			t.Errorf("%T of ordinary sets: %v, %v", msg, got, err)
		}
	}
}

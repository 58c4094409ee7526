package service

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/acl"
	"github.com/geth-ss/geth-ss/service/chain"
	"github.com/geth-ss/geth-ss/service/chain/chaintest"
	"github.com/geth-ss/geth-ss/service/limits"
)

// TestOwnAccess: who asks about itself is held to its limits, and refused where signatures over the bare id are.
func TestOwnAccess(t *testing.T) {
	s := newSoloService(t).limited(func(c *limits.Config) { c.RequesterRequests = 2 })
	s.oracle = acl.New(new(madeUpChain), acl.Setting{Kind: acl.Permissive}, acl.Config{})
	id := wire.KeyID{1}
	requester := newRequester(t, id)
	for i, want := range []wire.Reason{wire.KeyNotFound, wire.KeyNotFound, wire.Limit} {
		if _, err := s.ExplainOwnAccess(t.Context(), requester, id); wire.ReasonOf(err) != want {
			t.Errorf("question %d: %v, want %v", i, err, want)
		}
	}
	if _, err := s.ExplainOwnAccess(t.Context(), newRequester(t, id), id); wire.ReasonOf(err) != wire.KeyNotFound {
		t.Errorf("another requester: %v", err)
	}
	s.cfg.RefuseLegacy = true
	if _, err := s.ExplainOwnAccess(t.Context(), newRequester(t, id), id); wire.ReasonOf(err) != wire.Policy {
		t.Errorf("where such signatures are refused: %v", err)
	}
}

// TestPublicStatus: everybody's status names no key and no file of this machine, whatever is wrong; an operator's does.
func TestPublicStatus(t *testing.T) {
	s := newSoloService(t)
	s.states.path = "/secret/place"
	s.chain = chain.New(chaintest.New(t, nil).BC, chain.Config{})
	s.oracle = acl.New(s.chain, acl.Setting{}, acl.Config{})
	failure := error(wire.Errorf(wire.Database, "writing /secret/place/db"))
	s.states.failure.Store(&failure)
	id := wire.KeyID{0xab, 31: 0xcd}
	s.shareCheck.last = &sharesFound{ended: time.Now(), kinds: map[string]*keyKind{"x": {needed: 2, count: 1, examples: []wire.KeyID{id}}}}
	s.givenUp.attempts.add(testNode(1), id, attemptsGivenUp)
	s.givenUp.openings.add(testNode(1), id, openingsGivenUp)
	for name, c := range map[string]struct {
		status any
		shown  bool
	}{"operators": {s.Status(), true}, "everybody": {s.PublicStatus(), false}} {
		text, err := json.Marshal(c.status)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{id.String()[2:], "/secret/place"} {
			if strings.Contains(string(text), secret) != c.shown {
				t.Errorf("to %s %q is shown: %t\n%s", name, secret, !c.shown, text)
			}
		}
		if !strings.Contains(string(text), "no key can be read") || !strings.Contains(string(text), `"unreadable":1`) {
			t.Errorf("%s are not told of the lost key: %s", name, text)
		}
	}
}

package service

import (
	"crypto/ecdsa"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// legacyPair is an administrator's word in Parity's form for the set of these nodes after another.
func legacyPair(t *testing.T, admin *ecdsa.PrivateKey, before, after []wire.NodeID) *wire.LegacyChange {
	t.Helper()
	c := &wire.LegacyChange{Members: wire.SortNodeIDs(slices.Clone(after))}
	for _, part := range []struct {
		sig   *wire.AdminSignature
		nodes []wire.NodeID
	}{{&c.Old, before}, {&c.New, after}} {
		digest := wire.LegacySetHash(part.nodes)
		sig, err := crypto.Sign(digest[:], admin)
		if err != nil {
			t.Fatal(err)
		}
		*part.sig = wire.AdminSignature(sig)
	}
	return c
}

// TestLegacyChange: Parity's pair of signatures has a fifth key server leave and comes back when its keys have moved; it joins
// again where it was once reached. Nothing counts twice, and who can't be found is named.
func TestLegacyChange(t *testing.T) {
	c, admin := newChanging(t, 4, 2, func(cfg *Config) { cfg.HTTP.ServersSetChange = true })
	a, e, f := c.nodes[0], c.nodes[4], c.nodes[5]
	id := wire.KeyID{7}
	if _, err := a.GenerateDocumentKey(t.Context(), newRequester(t, id), id, 1); err != nil {
		t.Fatal(err)
	}
	four := a.servers.Members()
	five := wire.SortNodeIDs(append(slices.Clone(four), e.self.ID()))
	if ref, err := a.LegacyChange(t.Context(), legacyPair(t, admin, four, four)); err != nil || ref.Epoch != 0 {
		t.Errorf("the same set: %v, %v", ref, err)
	}
	_, err := a.LegacyChange(t.Context(), legacyPair(t, admin, four, five))
	if wire.ReasonOf(err) != wire.BadRequester || !strings.Contains(err.Error(), e.self.ID().String()) {
		t.Fatalf("whose address is not known: %v", err)
	}
	a.server.StaticNodes = append(a.server.StaticNodes, e.server.Self(), f.server.Self()) // as in a file of devp2p
	ref, err := a.LegacyChange(t.Context(), legacyPair(t, admin, four, five))
	if err != nil || ref.Epoch != 1 {
		t.Fatalf("%v, %v", ref, err)
	}
	for i, s := range []*testServer{a, e} {
		state, err := s.states.read(id)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 && (state.Share == nil || setEpoch(&state.Record.Setup) != 1) {
			t.Error("answered before the keys had moved")
		}
	}
	c.settled(1, c.nodes[:5]...)
	if _, err := a.LegacyChange(t.Context(), legacyPair(t, admin, five, four)); wire.ReasonOf(err) != wire.Denied {
		t.Errorf("back to what was signed before: %v", err)
	}
	if _, err := a.LegacyChange(t.Context(), legacyPair(t, admin, four, five)); wire.ReasonOf(err) != wire.Denied {
		t.Errorf("once more: %v", err)
	}
	a.order(t, admin, &wire.OrderRequest{Remove: []wire.NodeID{e.self.ID()}})
	c.settled(2, c.nodes[:5]...)
	if _, err := a.LegacyChange(t.Context(), legacyPair(t, admin, four, five)); wire.ReasonOf(err) != wire.Denied {
		t.Errorf("replayed, when the set was as before: %v", err)
	}
	six := wire.SortNodeIDs(append(slices.Clone(five), f.self.ID()))
	if ref, err := a.LegacyChange(t.Context(), legacyPair(t, admin, four, six)); err != nil || ref.Epoch != 3 {
		t.Errorf("another set: %v, %v", ref, err)
	}
}

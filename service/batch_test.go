package service

import (
	"context"
	"crypto/ecdsa"
	"testing"

	"github.com/ethereum/go-ethereum/crypto"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/limits"
)

// readRequest is a wallet's request for document keys of a service, bent before it is signed.
func readRequest(t *testing.T, s *Service, wallet *ecdsa.PrivateKey, keys []wire.KeyID, bend func(*wire.Request)) *wire.SignedRequest {
	t.Helper()
	r := &wire.SignedRequest{Request: wire.Request{
		Chain: s.chainID, Cluster: s.cluster, Account: crypto.PubkeyToAddress(wallet.PublicKey), Operation: wire.OpRetrieve, Keys: keys,
		Arguments: wire.NoArguments, ReplyKey: wire.Point(wire.NodeIDOf(&wallet.PublicKey)), Expiry: 1,
	}}
	bend(&r.Request)
	digest := r.Request.Digest()
	var err error
	if r.Signature, err = crypto.Sign(digest[:], wallet); err != nil {
		t.Fatal(err)
	}
	return r
}

func proofOf(t *testing.T, r *wire.SignedRequest) wire.Proof {
	t.Helper()
	proof, err := r.Proof()
	if err != nil {
		t.Fatal(err)
	}
	return proof
}

func batchKeys(n int) []wire.KeyID {
	keys := make([]wire.KeyID, n)
	for i := range keys {
		keys[i] = wire.KeyID{byte(i), byte(i >> 8), 9}
	}
	return keys
}

func same(*wire.Request) {}

// TestBatchOutcomes: each key has an outcome of its own, in the order of the request, and a
// client that is gone gets what it is left.
func TestBatchOutcomes(t *testing.T) {
	s := newSoloService(t)
	keys := batchKeys(30)
	proof := proofOf(t, readRequest(t, s, newKey(t), keys, same))
	outcomes, err := s.RetrieveMany(t.Context(), proof, keys)
	if err != nil || len(outcomes) != len(keys) {
		t.Fatal(len(outcomes), err)
	}
	for i, o := range outcomes {
		if o.Key != keys[i] || o.Release != nil || wire.ReasonOf(o.Err) != wire.KeyNotFound {
			t.Errorf("%d: %v %v", i, o.Key, o.Err)
		}
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if outcomes, err = s.RetrieveMany(gone, proof, keys); err == nil {
		for _, o := range outcomes {
			if wire.ReasonOf(o.Err) != wire.Cancelled {
				t.Error(o.Err)
			}
		}
	} else if wire.ReasonOf(err) != wire.Cancelled {
		t.Error(err)
	}
}

// TestBatchRefused: a request that is wrong as a whole has no outcomes, and does not count as its
// alleged requester's.
func TestBatchRefused(t *testing.T) {
	s := newStorelessService(t).limited(func(c *limits.Config) { c.RequesterRequests = 1 })
	keys, wallet := batchKeys(3), newKey(t)
	for name, proof := range map[string]wire.Proof{
		"another cluster": proofOf(t, readRequest(t, s, wallet, keys, func(r *wire.Request) { r.Cluster[3]++ })),
		"another chain":   proofOf(t, readRequest(t, s, wallet, keys, func(r *wire.Request) { r.Chain++ })),
		"a write":         proofOf(t, readRequest(t, s, wallet, keys, func(r *wire.Request) { r.Operation = wire.OpStore })),
		"other keys":      proofOf(t, readRequest(t, s, wallet, []wire.KeyID{{8}}, same)),
		"nothing":         {Kind: wire.WalletProof},
	} {
		if outcomes, err := s.RetrieveMany(t.Context(), proof, keys); wire.ReasonOf(err) != wire.BadRequester || outcomes != nil {
			t.Errorf("%s: %v %v", name, outcomes, err)
		}
	}
	if wait := s.limits.requests.Take(crypto.PubkeyToAddress(wallet.PublicKey)); wait != 0 {
		t.Error("refused requests have counted")
	}
}

// TestBatchCounts: a batch counts as so many requests of its requester, and is let in where one
// would be.
func TestBatchCounts(t *testing.T) {
	s := newSoloService(t).limited(func(c *limits.Config) { c.RequesterRequests = 5 })
	wallet, keys := newKey(t), batchKeys(3)
	proof := proofOf(t, readRequest(t, s, wallet, keys, same))
	for range 2 {
		if _, err := s.RetrieveMany(t.Context(), proof, keys); err != nil {
			t.Fatal(err)
		}
	}
	_, err := s.RetrieveMany(t.Context(), proof, keys)
	if over := overLimit(t, err); over.RetryAfter <= 0 {
		t.Error(over)
	}
	other := proofOf(t, readRequest(t, s, newKey(t), keys, same))
	if _, err := s.RetrieveMany(t.Context(), other, keys); err != nil {
		t.Error(err)
	}
}

// TestBatchPermit: a permit for some of the keys is one; for the others it is refused.
func TestBatchPermit(t *testing.T) {
	s := newSoloService(t)
	keys, wallet, delegate := batchKeys(3), newKey(t), newKey(t)
	account := crypto.PubkeyToAddress(wallet.PublicKey)
	r := readRequest(t, s, delegate, keys, func(r *wire.Request) { r.Account = account })
	permit := &wire.SignedPermit{Permit: wire.Permit{
		Chain: s.chainID, Cluster: s.cluster, Account: account, Delegate: crypto.PubkeyToAddress(delegate.PublicKey),
		Operations: []wire.Operation{wire.OpRetrieve}, Keys: keys[2:], Expiry: 1,
	}}
	digest := permit.Permit.Digest()
	var err error
	if permit.Signature, err = crypto.Sign(digest[:], wallet); err != nil {
		t.Fatal(err)
	}
	r.Permit = permit
	outcomes, err := s.RetrieveMany(t.Context(), proofOf(t, r), keys)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []wire.Reason{wire.BadRequester, wire.BadRequester, wire.KeyNotFound} {
		if got := outcomes[i].Err; wire.ReasonOf(got) != want {
			t.Errorf("key %d: %v, want %v", i, got, want)
		}
	}
	if _, err := s.RetrieveMany(t.Context(), proofOf(t, r), keys[:2]); wire.ReasonOf(err) != wire.BadRequester {
		t.Error(err)
	}
}

// TestBatchTime: a key whose turn comes too late has timed out; it was nobody's wish.
func TestBatchTime(t *testing.T) {
	s := newSoloService(t)
	keys := batchKeys(1)
	b := &manyKeys{s: s.keyServer, proof: proofOf(t, readRequest(t, s, newKey(t), keys, same)), outcomes: make([]wire.Outcome, 1), requesters: make([]*wire.Requester, 1)}
	if err := b.open(keys); err != nil {
		t.Fatal(err)
	}
	late, cancel := context.WithTimeoutCause(t.Context(), 0, errBatchTime)
	defer cancel()
	if b.alone(late, 0); wire.ReasonOf(b.outcomes[0].Err) != wire.Timeout {
		t.Error(b.outcomes[0].Err)
	}
}

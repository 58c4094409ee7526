package service

import (
	"context"
	"crypto/ecdsa"
	"path/filepath"
	"testing"

	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/p2p/enode"
	"github.com/geth-ss/geth-ss/protocol"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/serverset"
	"github.com/geth-ss/geth-ss/service/store"
)

// newSoloService is a cluster of one without a chain.
func newSoloService(t testing.TB) *Service {
	t.Helper()
	db := openStore(t, t.TempDir())
	t.Cleanup(func() { db.Close() })
	s := newStorelessService(t)
	s.states = newStates(db, 4)
	return s
}

// openStore opens the store in dir by a key file there. A password would take a second of a processor, most of what these
// tests compute, and many times that under the race detector.
func openStore(t testing.TB, dir string) *store.Store {
	t.Helper()
	secret, err := store.LoadOrCreateKeyFile(filepath.Join(dir, "secret"))
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(dir, secret)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// newStorelessService is a cluster of one that keeps nothing.
func newStorelessService(t testing.TB) *Service {
	t.Helper()
	key := newKey(t)
	set, err := serverset.NewStatic(nil, enode.NewV4(&key.PublicKey, nil, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	s := newTestService()
	s.self, s.quorums, s.running = session.NewNodeKey(key), newQuorums(4), true
	s.servers = newServers(s.self.ID(), s.cluster, set, wire.Authority{})
	s.network = protocol.New(key, s.backend)
	s.ctx, s.cancel = context.WithCancel(context.Background())
	t.Cleanup(func() {
		s.setRunning(false)
		s.cancel()
		s.network.Stop()
		s.wg.Wait()
	})
	return s
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newRequester(t testing.TB, id wire.KeyID) *wire.Requester {
	t.Helper()
	signature, err := crypto.Sign(id[:], newKey(t))
	if err != nil {
		t.Fatal(err)
	}
	requester, err := wire.Proof{Kind: wire.LegacyProof, Data: signature}.Recover(wire.Act{Key: id})
	if err != nil {
		t.Fatal(err)
	}
	return requester
}

// A client that goes away leaves no server key without its document key: the id would be used up.
func TestGenerateDocumentKeyWithoutItsClient(t *testing.T) {
	s := newSoloService(t)
	id := wire.KeyID{1}
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.GenerateDocumentKey(gone, newRequester(t, id), id, 0); err != nil {
		t.Error(err)
	}
	state, err := s.recall(id)
	if err != nil {
		t.Fatal(err)
	}
	if state.Record == nil || state.Document == nil {
		t.Errorf("server key made: %t, document key stored: %t", state.Record != nil, state.Document != nil)
	}
}

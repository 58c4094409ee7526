package service

import (
	"bytes"
	"path/filepath"
	"testing"

	"filippo.io/age"
	"github.com/ethereum/go-ethereum/common"

	"github.com/geth-ss/geth-ss/client"
	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/items"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/store"
)

// TestWholeClusterComesBack: after a change all key servers are restored from backups. No listing of a node with a gap counts, so
// they stand on those that were in when the backups were made: what was there is read, its id is taken, and keys are made. What is
// used once was in no backup: neither nonces nor items for ECDSA signatures come back, and no signature has the nonce of another.
func TestWholeClusterComesBack(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	const stock = 4
	c, admin := newChanging(t, 4, 1)
	for _, s := range c.nodes {
		s.cfg.Stock = stock
	}
	id := wire.KeyID{7}
	if _, err := c.nodes[0].GenerateDocumentKey(t.Context(), newRequester(t, id), id, 1); err != nil {
		t.Fatal(err)
	}
	c.nodes[0].order(t, admin, &wire.OrderRequest{Add: []string{c.nodes[4].server.Self().URLv4()}})
	c.settled(1, c.nodes...)
	record := c.stateOf(c.nodes[0], id).Record
	nonces := make(map[string]common.Hash)
	signs := func(s *testServer, scheme wire.Scheme, hash common.Hash) {
		t.Helper()
		signed, err := s.Sign(t.Context(), c.wallet(id, scheme, hash, openly), id, scheme, hash)
		if err != nil {
			t.Fatalf("%v: %v", scheme, err)
		}
		if err := client.VerifySignature(record.Public(), scheme, hash, signed.Signature); err != nil {
			t.Errorf("%v: %v", scheme, err)
		}
		r := string(signed.Signature[:32]) // of ECDSA the public nonce; of Schnorr a hash of it and of what is signed
		if before, known := nonces[r]; known {
			t.Errorf("%v: %v is signed with the nonce of %v", scheme, hash, before)
		}
		nonces[r] = hash
	}
	for i, s := range c.nodes { // the first signature fills the stock and leaves nonces for the next
		for _, scheme := range []wire.Scheme{wire.ECDSA, wire.Schnorr} {
			signs(s, scheme, common.Hash{1, byte(i)})
			signs(s, scheme, common.Hash{1})
		}
	}
	c.stocked(c.nodes[0], items.GroupOf(record), stock)
	if sizes := c.nodes[0].vault.sizes(); sizes.Items == 0 || sizes.Nonces == 0 {
		t.Fatalf("there is nothing that could come back: %+v", sizes)
	}
	locked, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	backups := make([]bytes.Buffer, len(c.nodes))
	for i, s := range c.nodes {
		if err := s.states.db.Bind(s.owner()); err != nil {
			t.Fatal(err)
		}
		if _, err := s.states.db.Backup(&backups[i], func(*store.BackupHeader, wire.KeyID, []wire.Record) error { return nil }, locked.Recipient()); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range c.nodes {
		s.stop(t)
	}
	for i, s := range c.nodes {
		s.dir = t.TempDir()
		secret, err := store.LoadOrCreateKeyFile(filepath.Join(s.dir, "secret"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := store.Restore(s.dir, &backups[i], store.Restoring{
			Secret: secret,
			Header: func(*store.BackupHeader) error { return nil },
			Key:    func(*store.BackupHeader, wire.KeyID, []wire.Record) error { return nil },
		}, locked); err != nil {
			t.Fatal(err)
		}
		c.open(s, stock)
		if sizes := s.vault.sizes(); sizes != (items.VaultSizes{}) {
			t.Errorf("key server %d comes back with %+v", i, sizes)
		}
		gap, found, err := s.states.db.Gap()
		if err != nil || !found {
			t.Fatalf("key server %d came back without a gap: %v", i, err)
		}
		s.states.setGap(gap, found)
	}
	for _, s := range c.nodes {
		c.join(s)
	}
	c.whole()
	for i, s := range c.nodes {
		env := s.env()
		if ready, err := handover.Ready(&env); err != nil || !ready {
			t.Fatalf("key server %d waits for listings that nobody can give: %v", i, err)
		}
	}
	for i, s := range c.nodes {
		for _, scheme := range []wire.Scheme{wire.ECDSA, wire.Schnorr} {
			signs(s, scheme, common.Hash{1, byte(i)}) // as before
			signs(s, scheme, common.Hash{1})
		}
	}
	made := wire.KeyID{9}
	if _, err := c.nodes[1].GenerateServerKey(t.Context(), newRequester(t, made), made, 1); err != nil {
		t.Errorf("making a key: %v", err)
	}
	if _, err := c.nodes[4].DocumentKeyShadow(t.Context(), newRequester(t, id), id); err != nil {
		t.Errorf("reading: %v", err)
	}
	if _, err := c.nodes[2].GenerateServerKey(t.Context(), newRequester(t, id), id, 1); wire.ReasonOf(err) != wire.KeyExists {
		t.Errorf("a taken id: %v", err)
	}
}

package service

import (
	"bytes"
	"path/filepath"
	"testing"

	"filippo.io/age"

	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/store"
)

// TestWholeClusterComesBack: after a change all key servers are restored from backups. No listing of a node with a gap counts, so
// they stand on those that were in when the backups were made: what was there is read, its id is taken, and keys are made.
func TestWholeClusterComesBack(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	c, admin := newChanging(t, 4, 1)
	id := wire.KeyID{7}
	if _, err := c.nodes[0].GenerateDocumentKey(t.Context(), newRequester(t, id), id, 1); err != nil {
		t.Fatal(err)
	}
	c.nodes[0].order(t, admin, &wire.OrderRequest{Add: []string{c.nodes[4].server.Self().URLv4()}})
	c.settled(1, c.nodes...)
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
		c.open(s, 0)
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

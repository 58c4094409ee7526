package service

import (
	"errors"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// storing is a request of the author's to store a pair.
func (c *cluster) storing(key wire.KeyID) *wire.Requester {
	c.t.Helper()
	who, err := c.NewClient("author").Proof(key).Recover(wire.Act{Key: key})
	if err != nil {
		c.t.Fatal(err)
	}
	return who
}

// TestStoreShows: whoever stores is shown that its pair is stored, or which one is, also if the node that it asks has to
// hear that from another one. Parity's door and wallets' have it from here.
func TestStoreShows(t *testing.T) {
	c := newCluster(t, 4, 0)
	s := c.nodes[0]
	for i, known := range []string{"by nobody", "here", "elsewhere"} {
		r := c.deal(i+1, 1)
		mine, other := c.Encrypt(r, 1), c.Encrypt(r, 2)
		holder := map[string]*testServer{"here": s, "elsewhere": c.nodes[2]}[known]
		if holder != nil {
			record := c.Certify(r, mine)
			record.Signatures = record.Signatures[1:] // the first node has promised nothing
			stored := wire.NewRecord(wire.Put, wire.RecordDocument, r.Setup.Key, wire.SessionID{}, record)
			if err := holder.save(r.Setup.Key, []wire.Record{stored}); err != nil {
				t.Fatal(err)
			}
		}
		for _, d := range []*sessiontest.Document{mine, other, mine} {
			stored, err := s.StoreDocumentKey(t.Context(), c.storing(r.Setup.Key), r.Setup.Key, d.Common, d.Encrypted)
			var exists *wire.Exists
			switch {
			case d == mine && err == nil && known != "here" && holder != s: // elsewhere: a majority of the others may come first
				holder = s // from now on
			case errors.As(err, &exists) && holder != nil && wire.ReasonOf(err) == wire.DocumentExists && stored == nil:
				stored = exists.Stored
			default:
				t.Fatalf("known %s: %+v, %v", known, stored, err)
			}
			if err := verify.Stored(stored); err != nil || stored.Document.Common != mine.Common || stored.Document.Encrypted != mine.Encrypted ||
				stored.Certificate.Setup.Session() != r.Version() {
				t.Errorf("known %s: %v, shown is %+v", known, err, stored)
			}
		}
	}
}

// TestStoreShowsAlone is the same of a cluster of one, with a key that was made there.
func TestStoreShowsAlone(t *testing.T) {
	s := newSoloService(t)
	id := wire.KeyID{1}
	author := newRequester(t, id)
	made, err := s.GenerateServerKey(t.Context(), author, id, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, pair, err := drawDocumentKey(made.Public)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := s.StoreDocumentKey(t.Context(), author, id, pair.Common.Bytes(), pair.Encrypted.Bytes())
	if err != nil || verify.Stored(stored) != nil || stored.Document.Version != made.Version {
		t.Errorf("%+v, %v", stored, err)
	}
	_, err = s.StoreDocumentKey(t.Context(), author, id, pair.Encrypted.Bytes(), pair.Common.Bytes())
	var exists *wire.Exists
	if !errors.As(err, &exists) || exists.Stored.Document.Common != stored.Document.Common {
		t.Errorf("another pair: %v", err)
	}
	// Who is not the author is shown nothing.
	if _, err := s.StoreDocumentKey(t.Context(), newRequester(t, id), id, pair.Common.Bytes(), pair.Encrypted.Bytes()); wire.ReasonOf(err) != wire.NotAuthor || errors.As(err, &exists) {
		t.Errorf("somebody else: %v", err)
	}
}

package verify

import (
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Document checks the certificate of a document record against the key it is
// for, which has passed Record: both points, and the signatures of a majority of
// the key's holders. Two majorities share an honest holder and a holder signs one pair,
// so of two pairs one fails here.
//
// A pair that was stored under an earlier version is vouched for by the current certificate: all members have signed its
// hash with the transcript, so it needs no signatures of its own. Where that says that the pair was not settled
// (wire.PairClosed), earlier must be the record that the pair was stored under, which has passed Record, too; otherwise it
// may be nil.
func Document(cluster wire.ClusterID, key, earlier *wire.KeyRecord, d *wire.DocumentRecord) error {
	if key.Setup.Cluster != cluster { // its holders have signed for that one
		return wire.Errorf(wire.NotMember, "key %v belongs to another cluster, %v", key.Setup.Key, key.Setup.Cluster)
	}
	terms := key.Setup.Terms()
	switch {
	case key.Moved == nil || d.Version == key.Version():
		if key.Moved != nil && key.Moved.Pair.Kind != wire.PairNone {
			return wire.Errorf(wire.InvalidMessage, "document key that was promised under a version of which no new one is")
		}
		return verifyPair(&terms, d)
	case key.Moved.Pair.Kind == wire.PairClosed:
		if earlier == nil || earlier.Version() != d.Version || !earlier.Setup.Earlier(&key.Setup) || earlier.Public() != key.Public() {
			return wire.Errorf(wire.Unavailable, "the document key of %v was stored under version %v, of which nothing is known here", d.Key, d.Version)
		}
		return Document(cluster, earlier, nil, d)
	}
	return movedPair(&terms, key.Moved, d)
}

// Vouched tells whether a pair that is kept, and was verified when it was stored, is the document key of this sharing: it
// was stored under it, or its certificate vouches for the pair, or leaves it to the word of an earlier version's holders.
func Vouched(key *wire.KeyRecord, d *wire.DocumentRecord) bool {
	if key.Moved == nil || d.Version == key.Version() || key.Moved.Pair.Kind == wire.PairClosed {
		return true
	}
	terms := key.Setup.Terms()
	return movedPair(&terms, key.Moved, d) == nil
}

// movedPair checks a pair that was stored under an earlier version by what all members of a redistributed key have signed.
func movedPair(key *wire.Terms, moved *wire.Moved, d *wire.DocumentRecord) error {
	switch {
	case moved.Pair.Kind != wire.PairKept:
		return wire.Errorf(wire.InvalidMessage, "document key of an earlier version, of which the key's certificate says that it has none")
	case moved.Pair.Pair != d.PairHash(key.Cluster) || d.Key != key.Key:
		return wire.Errorf(wire.InvalidMessage, "another document key than the one that the key's certificate names")
	}
	if err := d.Bound(); err != nil {
		return wire.Errorf(wire.InvalidMessage, "document key: %v", err)
	}
	_, err := ParsePair(&d.Common, &d.Encrypted)
	return err
}

// Stored checks that a document key is stored: every member of the server key has signed for that, and a majority of
// them for the pair, which no two pairs of a key have; or every member of a redistributed key for the pair as well. What it
// can't check, compare: whether the key and its members are those that you know, and whether the pair is yours.
func Stored(s *wire.Stored) error {
	if s.Certificate == nil {
		return wire.Errorf(wire.InvalidMessage, "document key without the certificate of its server key")
	}
	if err := Certificate(s.Certificate); err != nil {
		return err
	}
	setup := &s.Certificate.Setup
	if s.Moved == nil || setup.Move == nil {
		return verifyPair(setup, &s.Document)
	}
	if err := s.Moved.Pair.Bound(); err != nil {
		return wire.Errorf(wire.InvalidMessage, "document key: %v", err)
	}
	if s.Moved.Hash(setup.Session()) != s.Certificate.Bodies {
		return wire.Errorf(wire.InvalidMessage, "the members of the server key have not signed what is said of its document key")
	}
	return movedPair(setup, s.Moved, &s.Document)
}

// verifyPair checks a document record against the set-up of its key.
func verifyPair(key *wire.Terms, d *wire.DocumentRecord) error {
	if err := checkPair(key, d); err != nil {
		return err
	}
	if have, want := len(d.Signatures), wire.Majority(len(key.Members), int(key.Threshold)); have < want {
		return wire.Errorf(wire.InvalidMessage, "document key with %d signatures of %d", have, want)
	}
	for i := range d.Signatures {
		if s := &d.Signatures[i]; !Promise(key.Cluster, key.Members, d, s) {
			return wire.Errorf(wire.InvalidMessage, "document key with a bad signature of holder %d", s.Index)
		}
	}
	return nil
}

// DocumentForm checks all but the signatures themselves.
func DocumentForm(key *wire.KeyRecord, d *wire.DocumentRecord) error {
	terms := key.Setup.Terms()
	return checkPair(&terms, d)
}

func checkPair(key *wire.Terms, d *wire.DocumentRecord) error {
	if err := d.Bound(); err != nil {
		return wire.Errorf(wire.InvalidMessage, "document key: %v", err)
	}
	if d.Key != key.Key || d.Version != key.Session() {
		return wire.Errorf(wire.InvalidMessage, "document key of another server key")
	}
	_, err := ParsePair(&d.Common, &d.Encrypted)
	return err
}

// ParsePair wants two points of the curve, neither the identity: what a holder
// multiplies by its share must not be of the sender's making in any other way.
func ParsePair(common, encrypted *wire.Point) (*threshold.Ciphertext, error) {
	c, err := secp256k1.ParsePoint(common[:])
	if err != nil {
		return nil, wire.Errorf(wire.Cryptographic, "common point: %v", err)
	}
	e, err := secp256k1.ParsePoint(encrypted[:])
	if err != nil {
		return nil, wire.Errorf(wire.Cryptographic, "encrypted point: %v", err)
	}
	return &threshold.Ciphertext{Common: c, Encrypted: e}, nil
}

// Promise checks one holder's signature on a pair.
func Promise(cluster wire.ClusterID, members []wire.NodeID, d *wire.DocumentRecord, s *wire.IndexedSign) bool {
	if s.Index == 0 || int64(s.Index) > int64(len(members)) {
		return false
	}
	return members[s.Index-1].Signed(wire.StoreDigest(cluster, d), &s.Signature)
}

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
func Document(cluster wire.ClusterID, key *wire.KeyRecord, d *wire.DocumentRecord) error {
	if key.Setup.Cluster != cluster { // its holders have signed for that one
		return wire.Errorf(wire.NotMember, "key %v belongs to another cluster, %v", key.Setup.Key, key.Setup.Cluster)
	}
	terms := key.Setup.Terms()
	return verifyPair(&terms, d)
}

// Stored checks that a document key is stored: every member of the server key has signed for that, and a majority of
// them for the pair, which no two pairs of a key have. What it can't check, compare: whether the key and its members are
// those that you know, and whether the pair is yours.
func Stored(s *wire.Stored) error {
	if s.Certificate == nil {
		return wire.Errorf(wire.InvalidMessage, "document key without the certificate of its server key")
	}
	if err := Certificate(s.Certificate); err != nil {
		return err
	}
	return verifyPair(&s.Certificate.Setup, &s.Document)
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

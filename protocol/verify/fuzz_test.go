package verify_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// What a client is given by a node that it does not trust, as JSON. Everything is made from seeds: fuzzing goes on in several
// processes, and what one has made has to hold in the others.

func encoded(t testing.TB, value any) []byte {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// sameCertificate tells whether two certificates say the same. Their signatures were checked.
func sameCertificate(a, b *wire.Certificate) bool {
	return a.Setup.Session() == b.Setup.Session() && a.Bodies == b.Bodies && slices.Equal(a.Commitments, b.Commitments)
}

// FuzzCheckCertificate: a certificate that is taken is one that all its members have signed.
func FuzzCheckCertificate(f *testing.F) {
	one, four := newShown(1, 0).record.Certificate(), newShown(4, 1).record.Certificate()
	for _, c := range []*wire.Certificate{one, four, {}, {Setup: four.Setup, Bodies: four.Bodies, Commitments: four.Commitments, Signatures: one.Signatures}} {
		f.Add(encoded(f, c))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c := new(wire.Certificate)
		if json.Unmarshal(text, c) != nil || verify.Certificate(c) != nil {
			return
		}
		if !sameCertificate(c, one) && !sameCertificate(c, four) {
			t.Errorf("a certificate that nobody signed: %s", text)
		}
	})
}

// FuzzCheckStored: a proof that is taken shows a pair that a majority has signed, under a key that all members have.
func FuzzCheckStored(f *testing.F) {
	s := newShown(4, 1)
	genuine := s.proof()
	few, unsigned := *genuine, *genuine
	few.Document.Signatures = few.Document.Signatures[1:]
	unsigned.Document.Signatures = nil
	for _, p := range []*wire.Stored{genuine, &few, &unsigned, {}, {Document: genuine.Document}, {Certificate: genuine.Certificate}} {
		f.Add(encoded(f, p))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p := new(wire.Stored)
		if json.Unmarshal(text, p) != nil || verify.Stored(p) != nil {
			return
		}
		if !sameCertificate(p.Certificate, genuine.Certificate) || !p.Document.SamePair(&genuine.Document) || len(p.Document.Signatures) < 3 {
			t.Errorf("a document key that nobody has stored: %s", text)
		}
	})
}

// released is a release to a wallet, with the request's hash and the secret that opens it to the document key.
func released(t testing.TB) (rel *wire.Release, request common.Hash, secret *secp256k1.Scalar, key *secp256k1.Point) {
	t.Helper()
	s := newShown(4, 2)
	s.DealDocument(s.record, s.doc)
	alice := s.NewClient("alice")
	alice.Wallet = true
	block := s.Chain.Set(alice.Address(), s.record.Setup.Key, true)
	for _, n := range s.Nodes {
		s.Follow(n, block)
	}
	o := s.Retrieve(s.Nodes[0], alice, s.record.Setup.Key, true)
	if err := s.Settle(); err != nil || o.Err != nil {
		t.Fatal(err, o.Err)
	}
	secret, err := secp256k1.FromPrivateKey(alice.Key)
	if err != nil {
		t.Fatal(err)
	}
	return o.Res.Release, s.Wallet(alice, wire.OpRetrieve, wire.NoArguments, s.record.Setup.Key).Hash(), secret, s.doc.Key
}

// FuzzOpenRelease: what opens is the document key, released by the members of its key in answer to this request.
func FuzzOpenRelease(f *testing.F) {
	genuine, request, secret, want := released(f)
	if key, err := verify.OpenRelease(genuine, request, secret); err != nil || !key.Equal(want) {
		f.Fatal(key, err)
	}
	cut, empty := *genuine, *genuine
	cut.Parts, cut.Request.Set = genuine.Parts[:2], genuine.Request.Set[:2]
	empty.Parts, empty.Request.Set = nil, nil
	for _, rel := range []*wire.Release{genuine, &cut, &empty, {}, {Setup: genuine.Setup, Request: genuine.Request}} {
		f.Add(encoded(f, rel))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		rel := new(wire.Release)
		if json.Unmarshal(text, rel) != nil {
			return
		}
		key, err := verify.OpenRelease(rel, request, secret)
		if (err == nil) != (key != nil) {
			t.Fatalf("a key of %v with the error %v", key, err)
		}
		if err != nil {
			return
		}
		if !key.Equal(want) || rel.Receipt.Request != genuine.Receipt.Request || rel.Setup.Session() != genuine.Setup.Session() || rel.Attempt() != genuine.Attempt() {
			t.Errorf("another document key, or for another request: %s", text)
		}
	})
}

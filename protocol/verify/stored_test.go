package verify_test

import (
	"slices"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// shown is the proof of a document key at a cluster, and whoever signs for it.
type shown struct {
	*sessiontest.Cluster
	record *wire.KeyRecord
	doc    *sessiontest.Document
}

func newShown(n, t int) *shown {
	c := sessiontest.New(n, 1)
	s := &shown{Cluster: c, record: c.Deal(sessiontest.KeyID(1), t, c.NewClient("author"), c.Nodes)}
	s.doc = c.Encrypt(s.record, 1)
	return s
}

// proof is a new one each time, which can be changed.
func (s *shown) proof() *wire.Stored {
	return &wire.Stored{Certificate: sessiontest.CopyRecord(s.record).Certificate(), Document: *s.Certify(s.record, s.doc)}
}

// sign signs what a document record says, as all members.
func (s *shown) sign(d *wire.DocumentRecord) {
	for i, n := range s.Nodes {
		d.Signatures[i].Signature = n.NodeKey().Sign(wire.StoreDigest(s.ID, d))
	}
}

// TestCheckStored: a proof holds with the signatures of any majority of the members, and for nothing but its pair, key and
// version.
func TestCheckStored(t *testing.T) {
	for _, size := range []struct{ n, t, majority int }{{1, 0, 1}, {4, 0, 3}, {4, 1, 3}, {4, 2, 4}, {7, 2, 5}} {
		s := newShown(size.n, size.t)
		for first := range size.n - size.majority + 1 {
			p := s.proof()
			p.Document.Signatures = p.Document.Signatures[first : first+size.majority]
			if err := verify.Stored(p); err != nil {
				t.Errorf("%v, from %d: %v", size, first, err)
			}
			p.Document.Signatures = p.Document.Signatures[1:]
			if verify.Stored(p) == nil {
				t.Errorf("%v: %d signatures are enough", size, size.majority-1)
			}
		}
	}
	s := newShown(4, 1)
	for name, change := range map[string]func(*wire.Stored){
		"no certificate":       func(p *wire.Stored) { p.Certificate = nil },
		"an empty certificate": func(p *wire.Stored) { p.Certificate = new(wire.Certificate) },
		"cluster":              func(p *wire.Stored) { p.Certificate.Setup.Cluster[0]++ },
		"threshold": func(p *wire.Stored) {
			p.Certificate.Setup.Threshold = 0
			p.Certificate.Commitments = p.Certificate.Commitments[:1]
		},
		"author":                   func(p *wire.Stored) { p.Certificate.Setup.Proof[0]++ },
		"bodies":                   func(p *wire.Stored) { p.Certificate.Bodies[0]++ },
		"server key":               func(p *wire.Stored) { p.Certificate.Commitments[0] = p.Certificate.Commitments[1] },
		"certificate's signature":  func(p *wire.Stored) { p.Certificate.Signatures[1][9]++ },
		"certificate's signatures": func(p *wire.Stored) { p.Certificate.Signatures = p.Certificate.Signatures[:3] },
		"key":                      func(p *wire.Stored) { p.Document.Key[0]++; s.sign(&p.Document) },
		"version":                  func(p *wire.Stored) { p.Document.Version[0]++; s.sign(&p.Document) },
		"common point":             func(p *wire.Stored) { p.Document.Common = p.Document.Encrypted },
		"encrypted point":          func(p *wire.Stored) { p.Document.Encrypted = p.Document.Common },
		"common point off curve":   func(p *wire.Stored) { p.Document.Common[9]++; s.sign(&p.Document) },
		"encrypted point zero":     func(p *wire.Stored) { p.Document.Encrypted = wire.Point{}; s.sign(&p.Document) },
		"signature":                func(p *wire.Stored) { p.Document.Signatures[2].Signature[9]++ },
		"nobody's index":           func(p *wire.Stored) { p.Document.Signatures[3].Index = 5 },
		"index zero":               func(p *wire.Stored) { p.Document.Signatures[0].Index = 0 },
		"the largest index":        func(p *wire.Stored) { p.Document.Signatures[3].Index = 1<<32 - 1 },
		"one holder thrice": func(p *wire.Stored) {
			p.Document.Signatures = slices.Repeat(p.Document.Signatures[:1], 3)
		},
		"signed for another cluster": func(p *wire.Stored) {
			for i, n := range s.Nodes {
				p.Document.Signatures[i].Signature = n.NodeKey().Sign(wire.StoreDigest(wire.ClusterID{9}, &p.Document))
			}
		},
	} {
		p := s.proof()
		change(p)
		if err := verify.Stored(p); wire.ReasonOf(err) != wire.InvalidMessage && wire.ReasonOf(err) != wire.Cryptographic || err == nil {
			t.Errorf("changed %s: %v", name, err)
		}
	}
}

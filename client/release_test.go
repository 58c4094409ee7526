package client

import (
	"testing"

	"github.com/ethereum/go-ethereum/common"

	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// TestReceiptOfARelease: t+1 members that release a key and sign a receipt for something else have answered something else:
// a client that shows it to others would show a refusal, another key or another block.
func TestReceiptOfARelease(t *testing.T) {
	d := newDesk(t, 4)
	author := d.client("author")
	encrypted, p := d.publish(author, secret)
	d.grant(author.Account(), p.Key)
	for name, bend := range map[string]func(*wire.Receipt){
		"signed anew, as it was": func(*wire.Receipt) {},
		"of a refusal":           func(r *wire.Receipt) { r.Granted = false },
		"of another key":         func(r *wire.Receipt) { r.Key[0]++ },
		"of another version":     func(r *wire.Receipt) { r.Version[0]++ },
		"of another block":       func(r *wire.Receipt) { r.Block.Number++ },
		"of another cluster":     func(r *wire.Receipt) { r.Cluster[0]++ },
	} {
		for _, w := range d.nodes {
			w.bend = func(a []answer) { d.resign(a, bend) }
		}
		got, f, err := open(t, author, encrypted)
		if good := name == "signed anew, as it was"; (err == nil && got == secret) != good || good && VerifyReceipt(f.Receipt(), Witnesses{}) != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// TestReleaseIsOfItsRequest: a release shows itself to be of one request alone, and one whose lists have another length
// than its threshold says is none, whatever is in them.
func TestReleaseIsOfItsRequest(t *testing.T) {
	f, _ := fetched(t, 4)
	rel, request := f.Release, f.Release.Request.Proof
	if err := verify.Release(rel, request); err != nil {
		t.Fatal(err)
	}
	if err := verify.Release(rel, common.Hash{1}); err == nil {
		t.Error("it is taken for another request's")
	}
	for name, bend := range map[string]func(*wire.Release){
		"no signatures":           func(r *wire.Release) { r.Signatures = nil },
		"a signature more":        func(r *wire.Release) { r.Signatures = append(r.Signatures, wire.Signature{}) },
		"no commitments":          func(r *wire.Release) { r.Commitments = nil },
		"a commitment more":       func(r *wire.Release) { r.Commitments = append(r.Commitments, wire.Point{}) },
		"no parts":                func(r *wire.Release) { r.Parts = nil },
		"a part more":             func(r *wire.Release) { r.Parts = append(r.Parts, r.Parts[0]) },
		"no set":                  func(r *wire.Release) { r.Request.Set = nil },
		"one alone":               func(r *wire.Release) { r.Request.Set = r.Request.Set[:1] },
		"somebody from outside":   func(r *wire.Release) { r.Request.Set = []uint32{1, 5} },
		"one twice":               func(r *wire.Release) { r.Request.Set = []uint32{2, 2} },
		"no members":              func(r *wire.Release) { r.Setup.Members = nil },
		"a threshold of all":      func(r *wire.Release) { r.Setup.Threshold = 4 },
		"a threshold without end": func(r *wire.Release) { r.Setup.Threshold = 1<<32 - 1 },
		"in the open":             func(r *wire.Release) { r.Request.Shadow = false },
		"a pair that is none":     func(r *wire.Release) { r.Request.Common = wire.Point{} },
	} {
		bent := *rel
		bent.Setup.Members = append([]wire.NodeID{}, rel.Setup.Members...)
		bent.Signatures = append([]wire.Signature{}, rel.Signatures...)
		bent.Commitments = append([]wire.Point{}, rel.Commitments...)
		bent.Parts = append(bent.Parts[:0:0], rel.Parts...)
		bend(&bent)
		if err := verify.Release(&bent, request); err == nil {
			t.Errorf("%s: taken", name)
		}
		cert := &wire.Certificate{Setup: bent.Setup, Bodies: bent.Bodies, Commitments: bent.Commitments, Signatures: bent.Signatures}
		if err := verify.Certificate(cert); (err == nil) != sameCertificate(rel, &bent) {
			t.Errorf("%s: certificate: %v", name, err)
		}
	}
}

// sameCertificate tells whether what was bent is none of the certificate.
func sameCertificate(a, b *wire.Release) bool {
	return len(a.Signatures) == len(b.Signatures) && len(a.Commitments) == len(b.Commitments) && a.Setup.Session() == b.Setup.Session()
}

package threshold

import (
	"crypto/rand"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

func TestSmoke(t *testing.T) {
	f, err := NewPolynomial(rand.Reader, 2)
	if err != nil {
		t.Fatal(err)
	}
	c := f.Commit()
	set, _ := NewSet(1, 3, 4)
	q, err := NewQuorum(set, c)
	if err != nil {
		t.Fatal(err)
	}
	y, _ := c.JointPublic()
	m, _ := NewDocumentKey(rand.Reader)
	ct, _ := Encrypt(rand.Reader, m, y)
	var parts []*Partial
	var coeffs []*secp256k1.Scalar
	ctx := NewContext("test")
	for _, at := range set.Members() {
		s, _ := f.Eval(at)
		if err := VerifyShare(s, at, c); err != nil {
			t.Fatal(err)
		}
		mask, _ := q.NewMask(rand.Reader)
		co, _ := mask.Coefficient()
		coeffs = append(coeffs, co)
		p, err := q.Partial(rand.Reader, at, s, ct.Common, mask, ctx)
		if err != nil {
			t.Fatal(err)
		}
		if err := q.Verify(at, ct.Common, p, Shadow, ctx); err != nil {
			t.Fatal(err)
		}
		parts = append(parts, p)
	}
	d, _ := q.Combine(ct.Encrypted, parts)
	if !OpenShadow(d, q.CommonPoint(ct.Common), coeffs).Equal(m) {
		t.Fatal("not opened")
	}
}

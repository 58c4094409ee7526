package threshold

import (
	"errors"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

// What a share lies at, and how long what is said of it may be.
func TestBoundsOfShares(t *testing.T) {
	f, err := NewPolynomial(seeded(1), 2)
	if err != nil {
		t.Fatal(err)
	}
	c := f.Commit()
	if err := VerifyShare(f.Secret(), Index(0), c); !errors.Is(err, ErrZeroCoordinate) {
		t.Errorf("the secret passes for a share: %v", err)
	}
	for _, shape := range []Shape{{Degree: 2}, {Degree: 2, Hidden: true}, {Degree: 2, Hidden: true, Zero: true}} {
		d, err := shape.Draw(seeded(2))
		if err != nil {
			t.Fatal(err)
		}
		c := d.Commit()
		column, err := d.Eval(Index(3))
		if err != nil {
			t.Fatal(err)
		}
		zero := []*secp256k1.Scalar{d.Secret()}
		if shape.Hidden {
			zero = append(zero, d.polynomials[1].Secret())
		}
		plan := Plan{shape}
		for name, err := range map[string]error{
			"at zero":               shape.Verify(zero, Index(0), c),
			"at zero, of a plan":    plan.Verify(zero, Index(0), []Commitments{c}),
			"at zero, of a sum":     plan.verifyWeighted(seeded(3), zero, Index(0), []Commitments{c}),
			"a scalar more":         shape.Verify(append(column[:len(column):len(column)], column[0]), Index(3), c),
			"none":                  shape.Verify(nil, Index(3), c),
			"of no polynomial":      plan.Verify(column, Index(3), nil),
			"of two polynomials":    plan.Verify(column, Index(3), []Commitments{c, c}),
			"a column more":         plan.Verify(append(column[:len(column):len(column)], column[0]), Index(3), []Commitments{c}),
			"a commitment less":     shape.Check(c[:2]),
			"a commitment more":     shape.Check(append(c[:3:3], c[0])),
			"no point":              shape.Check(Commitments{c[0], nil, c[2]}),
			"of a degree below all": Shape{Degree: -1}.Check(nil),
		} {
			if err == nil {
				t.Errorf("%+v, %s: passes", shape, name)
			}
		}
		if err := shape.Verify(column, Index(3), c); err != nil {
			t.Error(err)
		}
		enc := plan.Encode([]Commitments{c})
		for name, b := range map[string][]byte{"nothing": nil, "a byte less": enc[1:], "a byte more": append(enc[:len(enc):len(enc)], 0)} {
			if _, err := plan.Parse(b); err == nil {
				t.Errorf("%+v: parses %s", shape, name)
			}
			if _, err := shape.Parse(b); err == nil {
				t.Errorf("%+v: a shape parses %s", shape, name)
			}
		}
		if _, err := plan.Sum([][]Commitments{{c}, {c, c}}); err == nil {
			t.Errorf("%+v: sums dealings of two plans", shape)
		}
		if _, err := plan.Sum(nil); err == nil {
			t.Errorf("%+v: sums nothing", shape)
		}
		if _, _, _, err := plan.Combine(seeded(4), nil, Index(3), nil); err == nil {
			t.Errorf("%+v: combines nothing", shape)
		}
	}
	for _, degree := range []int{-1, MaxThreshold + 1} {
		if _, err := (Shape{Degree: degree}).Parse(make([]byte, max(0, degree+1)*secp256k1.PointSize)); !errors.Is(err, ErrThreshold) {
			t.Errorf("degree %d: %v", degree, err)
		}
	}
	if _, err := SumCommitments([]Commitments{{}, {}}); err == nil {
		t.Error("sums commitments to nothing")
	}
	if err := VerifyShare(f.Secret(), Index(1), nil); err == nil {
		t.Error("a share of nothing passes")
	}
}

// An item is of five polynomials, and a ciphertext of two points.
func TestBoundsOfItemsAndCiphertexts(t *testing.T) {
	c := indexed(t, seeded(1), 1, 1, 2, 3)
	joint := c.item.joint
	for name, list := range map[string][]Commitments{"fewer": joint[:4], "more": append(joint[:5:5], joint[0]), "none": nil} {
		if _, err := NewECDSAItem(c.set, list); err == nil {
			t.Errorf("%s polynomials make an item", name)
		}
	}
	pair := (&Ciphertext{Common: secp256k1.Generator(), Encrypted: secp256k1.Generator()}).Bytes()
	for name, b := range map[string][]byte{"nothing": nil, "a byte less": pair[1:], "a byte more": append(pair[:len(pair):len(pair)], 0)} {
		if _, err := ParseCiphertext(b); err == nil {
			t.Errorf("%s is a ciphertext", name)
		}
	}
}

// A node without a part in an item opens nothing of it.
func TestOpeningWithoutASecret(t *testing.T) {
	c := indexed(t, seeded(1), 1, 1, 2, 3)
	if _, err := c.item.Open(c.rand, nil, Context{}); !errors.Is(err, ErrItemSpent) {
		t.Errorf("opens: %v", err)
	}
}

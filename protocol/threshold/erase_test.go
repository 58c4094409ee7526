package threshold

import (
	"errors"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

// What was secret and has served is overwritten, not only let go of.

func wantZero(t *testing.T, what string, secrets ...*secp256k1.Scalar) {
	t.Helper()
	for i, s := range secrets {
		if !s.IsZero() {
			t.Errorf("%s: secret %d is still there", what, i)
		}
	}
}

func TestSecretsAreOverwritten(t *testing.T) {
	rand := seeded(1)
	nonce, err := NewNonce(rand, nil)
	hold(t, err)
	d, e := nonce.hiding, nonce.binding
	nonce.Erase()
	wantZero(t, "a nonce that is erased", d, e)

	key := newTestKey(t, rand, 1, 3)
	q := key.quorum(t, 1, 2)
	mask, err := q.NewMask(rand)
	hold(t, err)
	r := mask.r
	mask.Erase()
	wantZero(t, "a mask that is erased", r)
	mask, err = q.NewMask(rand)
	hold(t, err)
	r = mask.r
	_, err = q.Partial(rand, Index(1), randomScalar(t, rand), secp256k1.Generator(), mask, Context{})
	hold(t, err)
	wantZero(t, "a mask that has served", r)

	ephemeral, err := NewEphemeral(rand, [32]byte{1}, Index(1))
	hold(t, err)
	x := ephemeral.e
	ephemeral.Erase()
	wantZero(t, "an ephemeral key", x)
	ephemeral.Erase()

	once, err := NewOneTimeKey(rand, [32]byte{1}, Index(1))
	hold(t, err)
	x = once.r
	once.Erase()
	wantZero(t, "a one-time key", x)
	once.Erase()
	if s, err := once.With(secp256k1.NewScalar(1)); !errors.Is(err, ErrOneTimeErased) || s != nil {
		t.Errorf("opens with a one-time key that is erased: %v", err)
	}

	all, err := Plan{{Degree: 2}, {Degree: 2, Hidden: true}}.Draw(rand)
	hold(t, err)
	var coefficients []*secp256k1.Scalar
	for _, s := range all {
		for _, f := range s.polynomials {
			coefficients = append(coefficients, f.coefficients...)
		}
	}
	ErasePolynomials(all)
	wantZero(t, "the polynomials of a dealing", coefficients...)
}

func TestNoncesAreOverwrittenBySigning(t *testing.T) {
	rand := seeded(2)
	f, err := NewPolynomial(rand, 0)
	hold(t, err)
	set, err := NewSet(1)
	hold(t, err)
	q, err := NewQuorum(set, f.Commit())
	hold(t, err)
	for _, at := range []Index{1, 2} { // also where it comes to nothing
		nonce, err := NewNonce(rand, nil)
		hold(t, err)
		d, e := nonce.hiding, nonce.binding
		s, err := NewSchnorrSigning(q, f.Commit().Constant(), BIP340, []byte("m"), []*NonceCommitment{nonce.Commitment()})
		hold(t, err)
		if _, err := s.Share(at, f.Secret(), nonce); (err == nil) != (at == 1) {
			t.Errorf("the share of %v: %v", at, err)
		}
		wantZero(t, "a nonce that has served", d, e)
	}
}

func TestItemsAreOverwritten(t *testing.T) {
	c := indexed(t, seeded(3), 1, 1, 2, 3)
	openings := make([]*ECDSAOpening, len(c.secrets))
	for j, s := range c.secrets {
		o, err := c.item.Open(c.rand, s, Context{})
		hold(t, err)
		openings[j] = o
		wantZero(t, "an item that was opened", s.value(polyK), s.blinding(polyK), s.value(polyB), s.blinding(polyB))
	}
	g, err := c.item.NewSigning(openings, numberedHash(1))
	hold(t, err)
	_, err = g.Share(c.rand, c.secrets[0], randomScalar(t, c.rand), secp256k1.Generator(), Context{})
	hold(t, err)
	wantZero(t, "an item that was signed with", c.secrets[0].scalars[:]...)
	if _, err := g.Share(c.rand, c.secrets[1], randomScalar(t, c.rand), secp256k1.Generator(), Context{1}); err == nil {
		t.Error("signs in another context")
	}
	wantZero(t, "an item that was to be signed with elsewhere", c.secrets[1].scalars[:]...)
	c.secrets[2].Erase()
	wantZero(t, "an item that was erased", c.secrets[2].scalars[:]...)
}

func hold(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A common point that is none gets no part: it would tell nothing, and bind nothing.
func TestPartOfTheIdentity(t *testing.T) {
	rand := seeded(4)
	q := newTestKey(t, rand, 1, 3).quorum(t, 1, 2)
	if p, err := q.Partial(rand, Index(1), randomScalar(t, rand), new(secp256k1.Point), nil, Context{}); err == nil {
		t.Errorf("gives %v", p)
	}
}

package threshold

import (
	"io"
	mrand "math/rand/v2"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

// seeded is deterministic randomness for tests: a failure repeats from its seed.
func seeded(seed uint64) io.Reader {
	var key [32]byte
	for i := range 8 {
		key[i] = byte(seed >> (8 * i))
	}
	return mrand.NewChaCha8(key)
}

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func randomScalar(t testing.TB, rand io.Reader) *secp256k1.Scalar {
	t.Helper()
	return must[*secp256k1.Scalar](t)(secp256k1.RandomScalar(rand))
}

// testKey is a key dealt by three dealers to n nodes with a document key under it.
type testKey struct {
	t      int
	secret *secp256k1.Scalar
	joint  Commitments
	shares map[Index]*secp256k1.Scalar
	m      *secp256k1.Point
	ct     *Ciphertext
}

func newTestKey(t testing.TB, rand io.Reader, threshold, n int) *testKey {
	t.Helper()
	k := &testKey{t: threshold, secret: new(secp256k1.Scalar), shares: make(map[Index]*secp256k1.Scalar)}
	for _, i := range Indices(n) {
		k.shares[i] = new(secp256k1.Scalar)
	}
	var dealt []Commitments
	for range 3 {
		f := must[*Polynomial](t)(NewPolynomial(rand, threshold))
		k.secret = k.secret.Plus(f.Secret())
		for _, i := range Indices(n) {
			k.shares[i] = k.shares[i].Plus(must[*secp256k1.Scalar](t)(f.Eval(i)))
		}
		dealt = append(dealt, f.Commit())
	}
	k.joint = must[Commitments](t)(SumCommitments(dealt))
	k.m = must[*secp256k1.Point](t)(NewDocumentKey(rand))
	k.ct = must[*Ciphertext](t)(Encrypt(rand, k.m, must[*secp256k1.Point](t)(k.joint.JointPublic())))
	return k
}

func (k *testKey) quorum(t testing.TB, indices ...Index) *Quorum {
	t.Helper()
	set := must[*Set](t)(NewSet(indices...))
	return must[*Quorum](t)(NewQuorum(set, k.joint))
}

// decrypt runs a whole decryption and returns what the client gets.
func (k *testKey) decrypt(t testing.TB, rand io.Reader, q *Quorum, mode Mode, ctx Context) *secp256k1.Point {
	t.Helper()
	return k.decryptShares(t, rand, q, mode, ctx, func(at Coordinate) *secp256k1.Scalar { return k.shares[at.(Index)] })
}

func (k *testKey) decryptShares(t testing.TB, rand io.Reader, q *Quorum, mode Mode, ctx Context, share func(Coordinate) *secp256k1.Scalar) *secp256k1.Point {
	t.Helper()
	var parts []*Partial
	var coefficients []*secp256k1.Scalar
	for _, at := range q.Set().Members() {
		var mask *Mask
		if mode == Shadow {
			mask = must[*Mask](t)(q.NewMask(rand))
			co := must[*secp256k1.Scalar](t)(mask.Coefficient())
			if err := VerifyCoefficient(k.t, co, mask.Point()); err != nil {
				t.Fatal(err)
			}
			coefficients = append(coefficients, co)
		}
		p := must[*Partial](t)(q.Partial(rand, at, share(at), k.ct.Common, mask, ctx))
		b := p.Bytes()
		p = must[*Partial](t)(ParsePartial(b[:]))
		if err := q.Verify(at, k.ct.Common, p, mode, ctx); err != nil {
			t.Fatal(err)
		}
		parts = append(parts, p)
	}
	d := must[*secp256k1.Point](t)(q.Combine(k.ct.Encrypted, parts))
	if mode == Plain {
		return d
	}
	return OpenShadow(d, q.CommonPoint(k.ct.Common), coefficients)
}

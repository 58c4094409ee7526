package threshold

//lint:file-ignore SA1019 the deprecated curve arithmetic is what makes this a second opinion

import (
	"crypto/elliptic"
	"crypto/sha256"
	"math/big"
	"math/rand"
	"testing"

	ethcrypto "github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

// reference is BIP-374 written a second time from its text, on go-ethereum's curve and
// math/big, sharing nothing with the code under test.
type reference struct{ curve elliptic.Curve }

type pair struct{ x, y *big.Int }

func (r reference) mul(p pair, k *big.Int) pair {
	x, y := r.curve.ScalarMult(p.x, p.y, k.FillBytes(make([]byte, 32)))
	if x == nil { // k = 0
		return pair{new(big.Int), new(big.Int)}
	}
	return pair{x, y}
}

func (r reference) add(p, q pair) pair {
	x, y := r.curve.Add(p.x, p.y, q.x, q.y)
	return pair{x, y}
}

func (reference) compressed(p pair) []byte {
	return append([]byte{byte(2 + p.y.Bit(0))}, p.x.FillBytes(make([]byte, 32))...)
}

func (reference) hash(tag string, parts ...[]byte) []byte {
	t := sha256.Sum256([]byte(tag))
	data := append(t[:], t[:]...)
	for _, part := range parts {
		data = append(data, part...)
	}
	sum := sha256.Sum256(data)
	return sum[:]
}

func (r reference) challenge(a, b, c, g, r1, r2 pair, message []byte) *big.Int {
	var parts [][]byte
	for _, p := range []pair{a, b, c, g, r1, r2} {
		parts = append(parts, r.compressed(p))
	}
	return new(big.Int).SetBytes(r.hash("BIP0374/challenge", append(parts, message)...))
}

func (r reference) prove(x *big.Int, b, g pair, fresh, message []byte) []byte {
	n := r.curve.Params().N
	a, c := r.mul(g, x), r.mul(b, x)
	masked := x.FillBytes(make([]byte, 32))
	for i, m := range r.hash("BIP0374/aux", fresh) {
		masked[i] ^= m
	}
	k := new(big.Int).SetBytes(r.hash("BIP0374/nonce", masked, r.compressed(a), r.compressed(c), message))
	k.Mod(k, n)
	e := r.challenge(a, b, c, g, r.mul(g, k), r.mul(b, k), message)
	s := new(big.Int).Mul(e, x)
	s.Add(s, k).Mod(s, n)
	return append(e.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
}

func (r reference) verify(a, b, c, g pair, proof, message []byte) bool {
	n := r.curve.Params().N
	e, s := new(big.Int).SetBytes(proof[:32]), new(big.Int).SetBytes(proof[32:])
	if s.Cmp(n) >= 0 || e.Cmp(n) >= 0 {
		return false
	}
	minus := new(big.Int).Sub(n, e)
	r1, r2 := r.add(r.mul(g, s), r.mul(a, minus)), r.add(r.mul(b, s), r.mul(c, minus))
	return r.challenge(a, b, c, g, r1, r2, message).Cmp(e) == 0
}

func (r reference) point(t *testing.T, p pair) *secp256k1.Point {
	t.Helper()
	out, err := secp256k1.ParsePoint(append(p.x.FillBytes(make([]byte, 32)), p.y.FillBytes(make([]byte, 32))...))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Our proofs are the standard's to the byte, nonce included, for any generator; each
// side accepts the other's, and neither accepts one that was bent in one bit.
func TestDLEQIsBIP374(t *testing.T) {
	r := reference{ethcrypto.S256()}
	n, base := r.curve.Params().N, pair{r.curve.Params().Gx, r.curve.Params().Gy}
	rnd := rand.New(rand.NewSource(374))
	scalar := func() *big.Int {
		return new(big.Int).Add(new(big.Int).Rand(rnd, new(big.Int).Sub(n, big.NewInt(1))), big.NewInt(1))
	}
	for round := range 40 {
		g := base
		if round%2 == 1 {
			g = r.mul(base, scalar())
		}
		x, b := scalar(), r.mul(base, scalar())
		if round == 0 {
			x = big.NewInt(1)
		} else if round == 1 {
			x = new(big.Int).Sub(n, big.NewInt(1))
		}
		fresh, message := make([]byte, 32), make([]byte, rnd.Intn(80))
		rnd.Read(fresh)
		rnd.Read(message)
		a, c := r.mul(g, x), r.mul(b, x)

		secret, err := secp256k1.ParseNonZeroScalar(x.FillBytes(make([]byte, 32)))
		if err != nil {
			t.Fatal(err)
		}
		st := dleqStatement{a: r.point(t, a), b: r.point(t, b), c: r.point(t, c), g: r.point(t, g)}
		ours, err := proveDLEQ(secret, st, [32]byte(fresh), message)
		if err != nil {
			t.Fatal(err)
		}
		theirs := r.prove(x, b, g, fresh, message)
		if string(ours[:]) != string(theirs) {
			t.Fatalf("round %d: proof %x, the standard's is %x", round, ours, theirs)
		}
		if err := verifyDLEQ(st, ours, message); err != nil || !r.verify(a, b, c, g, ours[:], message) {
			t.Fatalf("round %d: a true proof is refused: %v", round, err)
		}
		bent := ours
		bent[rnd.Intn(len(bent))] ^= 1 << rnd.Intn(8)
		if verifyDLEQ(st, bent, message) == nil || r.verify(a, b, c, g, bent[:], message) {
			t.Fatalf("round %d: a bent proof is accepted", round)
		}
		if verifyDLEQ(st, ours, append(message, 0)) == nil {
			t.Fatalf("round %d: a proof is accepted for another message", round)
		}
	}
}

// What BIP-374 refuses: the identity anywhere, and scalars of the group order or more.
func TestDLEQRefusesIdentityAndOrder(t *testing.T) {
	x, none := secp256k1.NewScalar(7), new(secp256k1.Point)
	g, b := secp256k1.Generator(), secp256k1.BaseMul(secp256k1.NewScalar(5))
	good := dleqStatement{a: g.Times(x), b: b, c: b.Times(x), g: g}
	proof, err := proveDLEQ(x, good, [32]byte{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 4 {
		bad := good
		*[]**secp256k1.Point{&bad.a, &bad.b, &bad.c, &bad.g}[i] = none
		if verifyDLEQ(bad, proof, nil) == nil {
			t.Errorf("the identity is accepted as point %d", i)
		}
		if _, err := proveDLEQ(x, bad, [32]byte{}, nil); err == nil {
			t.Errorf("a proof is made with the identity as point %d", i)
		}
	}
	if _, err := proveDLEQ(secp256k1.NewScalar(0), good, [32]byte{}, nil); err == nil {
		t.Error("a proof of zero is made")
	}
	order := ethcrypto.S256().Params().N.FillBytes(make([]byte, 32))
	for at := 0; at < 64; at += 32 {
		bad := proof
		copy(bad[at:], order)
		if verifyDLEQ(good, bad, nil) == nil {
			t.Errorf("the group order is accepted as scalar at %d", at)
		}
	}
}

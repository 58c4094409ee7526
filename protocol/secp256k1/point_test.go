package secp256k1

//lint:file-ignore SA1019 the standard library's encoders know no secp256k1

import (
	"bytes"
	"crypto/ecdsa"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"

	secp "github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/ethereum/go-ethereum/crypto"
)

var (
	order = crypto.S256().Params().N
	prime = crypto.S256().Params().P
)

// toGeth gives a point's coordinates as go-ethereum's elliptic curve code takes them, (0, 0) for the identity.
func toGeth(p *Point) (x, y *big.Int) {
	b := p.Bytes()
	return new(big.Int).SetBytes(b[:32]), new(big.Int).SetBytes(b[32:])
}

func fromGeth(t testing.TB, x, y *big.Int) *Point {
	t.Helper()
	var b [PointSize]byte
	x.FillBytes(b[:32])
	y.FillBytes(b[32:])
	p, err := ParsePointOrIdentity(b[:])
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func toBig(s *Scalar) *big.Int { b := s.Bytes(); return new(big.Int).SetBytes(b[:]) }

func fromBig(v *big.Int) *Scalar {
	return new(Scalar).SetBytes(new(big.Int).Mod(v, order).Bytes()).(*Scalar)
}

// slowMul is an independent multiplication: double and add with big integers in go-ethereum's curve code.
func slowMul(t testing.TB, s *Scalar, p *Point) *Point {
	k := toBig(s)
	x, y := new(big.Int), new(big.Int)
	px, py := toGeth(p)
	for i := k.BitLen() - 1; i >= 0; i-- {
		if x.Sign() != 0 {
			x, y = crypto.S256().Double(x, y)
		}
		if k.Bit(i) == 1 {
			if x.Cmp(px) == 0 && x.Sign() != 0 && y.Cmp(py) != 0 { // -p + p; geth's Add gives nonsense there
				x, y = new(big.Int), new(big.Int)
			} else {
				x, y = crypto.S256().Add(x, y, px, py)
			}
		}
	}
	return fromGeth(t, x, y)
}

// edgeScalars are the values at which arithmetic breaks, if it does.
func edgeScalars(rand interface{ Read([]byte) (int, error) }) []*Scalar {
	half := new(big.Int).Rsh(order, 1)
	list := []*Scalar{new(Scalar), NewScalar(1), NewScalar(2), NewScalar(3), NewScalar(255), NewScalar(65535), NewScalar(65536)}
	for _, v := range []*big.Int{
		new(big.Int).Sub(order, big.NewInt(1)), new(big.Int).Sub(order, big.NewInt(2)), half,
		new(big.Int).Add(half, big.NewInt(1)), new(big.Int).Lsh(big.NewInt(1), 255), new(big.Int).Lsh(big.NewInt(1), 128),
		new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 128), big.NewInt(1)),
	} {
		list = append(list, fromBig(v))
	}
	for range 6 {
		s, _ := RandomScalar(rand)
		list = append(list, s)
	}
	return list
}

// edgePoints are the identity, small multiples, and points whose x is close to 0, the order and the field prime.
func edgePoints(t testing.TB, rand interface{ Read([]byte) (int, error) }) []*Point {
	t.Helper()
	list := []*Point{new(Point), Generator(), Generator().Negated(), Generator().Plus(Generator())}
	near := func(from *big.Int, step int64) {
		for x, found := new(big.Int).Set(from), 0; found < 2; x.Add(x, big.NewInt(step)) {
			var c [CompressedSize]byte
			c[0] = byte(2 + found)
			x.FillBytes(c[1:])
			if p, err := ParseCompressed(c[:]); err == nil {
				list = append(list, p)
				found++
			}
		}
	}
	near(big.NewInt(1), 1)
	near(order, 1) // x >= q: the recovery trick must step aside
	near(new(big.Int).Sub(order, big.NewInt(1)), -1)
	near(new(big.Int).Sub(prime, big.NewInt(1)), -1)
	for range 3 {
		s, _ := RandomScalar(rand)
		list = append(list, BaseMul(s))
	}
	return list
}

func equalPoints(t *testing.T, what string, got, want *Point) {
	t.Helper()
	if !got.Equal(want) {
		g, w := got.Bytes(), want.Bytes()
		t.Fatalf("%s = %x, want %x", what, g, w)
	}
}

func TestMultiplicationAgainstGeth(t *testing.T) {
	rand := seeded(1)
	points := edgePoints(t, rand)
	for i, s := range edgeScalars(rand) {
		for j, p := range points {
			want := slowMul(t, s, p)
			what := fmt.Sprintf("scalar %d, point %d", i, j)
			equalPoints(t, "Times: "+what, p.Times(s), want)
			var in, out secp.JacobianPoint
			p.toJacobian(&in)
			if !s.IsZero() && !p.IsIdentity() {
				secp.ScalarMultNonConst(&s.v, &in, &out)
				equalPoints(t, "decred: "+what, fromJacobian(&out), want)
			}
			if k, ok := s.small(); ok {
				equalPoints(t, "TimesSmall: "+what, p.TimesSmall(k), want)
			}
			equalPoints(t, "kyber Mul: "+what, new(Point).Mul(s, p).(*Point), want)
		}
		want := slowMul(t, s, generator)
		equalPoints(t, "BaseMul", BaseMul(s), want)
		equalPoints(t, "BaseMulPublic", BaseMulPublic(s), want)
	}
}

func TestPublicKeysAgainstGeth(t *testing.T) {
	for _, s := range edgeScalars(seeded(2))[1:] {
		b := s.Bytes()
		key, err := crypto.ToECDSA(b[:])
		if err != nil {
			t.Fatal(err)
		}
		private, err := FromPrivateKey(key)
		if err != nil || !private.Equal(s) {
			t.Fatalf("FromPrivateKey: %v", err)
		}
		public, err := FromPublicKey(&key.PublicKey)
		if err != nil {
			t.Fatal(err)
		}
		equalPoints(t, "public key", public, BaseMul(s))
		enc := public.Bytes()
		if !bytes.Equal(crypto.FromECDSAPub(&key.PublicKey)[1:], enc[:]) {
			t.Fatal("encoding differs from go-ethereum's")
		}
		short := public.Compressed()
		if !bytes.Equal(crypto.CompressPubkey(&key.PublicKey), short[:]) {
			t.Fatal("compressed encoding differs from go-ethereum's")
		}
		back, err := ParseCompressed(short[:])
		if err != nil {
			t.Fatal(err)
		}
		equalPoints(t, "decompressed", back, public)
	}
	if _, err := FromPrivateKey(&ecdsa.PrivateKey{D: order}); err == nil {
		t.Error("private key q accepted")
	}
	if _, err := FromPublicKey(&ecdsa.PublicKey{X: big.NewInt(1), Y: big.NewInt(1)}); !errors.Is(err, ErrNotOnCurve) {
		t.Errorf("public key off the curve: %v", err)
	}
}

func TestAdditionAgainstGeth(t *testing.T) {
	points := edgePoints(t, seeded(3))
	for i, p := range points {
		for j, q := range points {
			what := fmt.Sprintf("points %d and %d", i, j)
			var want *Point
			if p.Equal(q.Negated()) {
				want = new(Point)
			} else {
				px, py := toGeth(p)
				qx, qy := toGeth(q)
				want = fromGeth(t, first(crypto.S256().Add(px, py, qx, qy)), second(crypto.S256().Add(px, py, qx, qy)))
			}
			equalPoints(t, "Plus: "+what, p.Plus(q), want)
			equalPoints(t, "Minus: "+what, p.Minus(q.Negated()), want)
			equalPoints(t, "Sum: "+what, Sum(p, new(Point), q), want)
		}
	}
	equalPoints(t, "empty sum", Sum(), new(Point))
}

func first(x, _ *big.Int) *big.Int  { return x }
func second(_, y *big.Int) *big.Int { return y }

func TestPublicCombinations(t *testing.T) {
	rand := seeded(4)
	points, scalars := edgePoints(t, rand), edgeScalars(rand)
	for i, p := range points {
		for j, a := range scalars {
			b := scalars[(i+3*j+1)%len(scalars)]
			q := points[(i+j)%len(points)]
			what := fmt.Sprintf("point %d, scalar %d", i, j)
			equalPoints(t, "MulAddPublic: "+what, MulAddPublic(a, b, p), slowMul(t, a, generator).Plus(slowMul(t, b, p)))
			equalPoints(t, "CombinePublic: "+what, CombinePublic(a, p, b, q), slowMul(t, a, p).Plus(slowMul(t, b, q)))
		}
	}
	// The result is the identity: recovery refuses, the fallback answers.
	s, _ := RandomScalar(rand)
	equalPoints(t, "aG - aG", MulAddPublic(s, NewScalar(1).Negated(), BaseMul(s)), new(Point))
}

func TestEvalPublic(t *testing.T) {
	rand := seeded(5)
	points := edgePoints(t, rand)
	for _, x := range append(edgeScalars(rand), NewScalar(7)) {
		want, power := new(Point), NewScalar(1)
		for _, c := range points {
			want = want.Plus(slowMul(t, power, c))
			power = power.Times(x)
		}
		equalPoints(t, "EvalPublic", EvalPublic(points, x), want)
	}
	equalPoints(t, "EvalPublic of nothing", EvalPublic(nil, NewScalar(3)), new(Point))
}

func TestPointEncodings(t *testing.T) {
	for i, p := range edgePoints(t, seeded(6)) {
		b := p.Bytes()
		got, err := ParsePointOrIdentity(b[:])
		if err != nil {
			t.Fatalf("point %d: %v", i, err)
		}
		equalPoints(t, "round trip", got, p)
		if _, err := ParsePoint(b[:]); errors.Is(err, ErrIdentity) != p.IsIdentity() {
			t.Errorf("point %d: ParsePoint: %v", i, err)
		}
		for _, wrong := range [][]byte{nil, b[:63], append(b[:], 0), append([]byte{4}, b[:]...)} {
			if _, err := ParsePointOrIdentity(wrong); !errors.Is(err, ErrPointLength) {
				t.Errorf("point %d with %d bytes: %v", i, len(wrong), err)
			}
			if new(Point).UnmarshalBinary(wrong) == nil {
				t.Errorf("point %d with %d bytes unmarshalled", i, len(wrong))
			}
		}
		if p.IsIdentity() {
			continue
		}
		b[63] ^= 1
		if _, err := ParsePoint(b[:]); !errors.Is(err, ErrNotOnCurve) {
			t.Errorf("point %d with another y: %v", i, err)
		}
	}
}

func TestInvalidPoints(t *testing.T) {
	g := Generator().Bytes()
	gx, gy := new(big.Int).SetBytes(g[:32]), new(big.Int).SetBytes(g[32:])
	small := edgePoints(t, seeded(7))[4] // x close to 0, so that x + p fits into 32 bytes
	sx, sy := toGeth(small)
	for name, c := range map[string]struct {
		x, y *big.Int
		want error
	}{
		"x = p":           {prime, gy, ErrPointRange},
		"y = p":           {gx, prime, ErrPointRange},
		"x + p":           {new(big.Int).Add(sx, prime), sy, ErrPointRange},
		"all ones":        {new(big.Int).SetBytes(bytes.Repeat([]byte{255}, 32)), gy, ErrPointRange},
		"(0, 0)":          {new(big.Int), new(big.Int), ErrIdentity},
		"(0, 1)":          {new(big.Int), big.NewInt(1), ErrNotOnCurve},
		"(1, 0)":          {big.NewInt(1), new(big.Int), ErrNotOnCurve},
		"swapped":         {gy, gx, ErrNotOnCurve},
		"twist-like y":    {gx, new(big.Int).Add(gy, big.NewInt(2)), ErrNotOnCurve},
		"identity as p,p": {prime, prime, ErrPointRange},
	} {
		var b [PointSize]byte
		c.x.FillBytes(b[:32])
		c.y.FillBytes(b[32:])
		if _, err := ParsePoint(b[:]); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	p := Generator()
	if p.UnmarshalBinary(make([]byte, 63)) == nil || !p.Equal(generator) {
		t.Error("a failed decode changed its receiver")
	}
	bad := Generator().Compressed()
	for _, b := range [][]byte{nil, bad[:32], append(bad[:], 0), append([]byte{4}, bad[1:]...), append([]byte{0}, bad[1:]...)} {
		if _, err := ParseCompressed(b); err == nil {
			t.Errorf("compressed %x accepted", b)
		}
	}
}

// A document key is a point too: no verb may show it.
func TestPointsPrintAFingerprint(t *testing.T) {
	p := Generator().TimesSmall(12345)
	b := p.Bytes()
	secret := hex.EncodeToString(b[:4])
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d", "%q"} {
		for _, out := range []string{fmt.Sprintf(verb, p), fmt.Sprintf(verb, *p), fmt.Sprintf(verb, struct{ P Point }{*p})} {
			if strings.Contains(out, secret) || !strings.Contains(out, p.Fingerprint()) {
				t.Errorf("%s prints %s", verb, out)
			}
		}
	}
}

func FuzzParsePoint(f *testing.F) {
	g := Generator().Bytes()
	f.Add(g[:])
	f.Add(make([]byte, PointSize))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := ParsePoint(b)
		if err != nil {
			return
		}
		if enc := p.Bytes(); !bytes.Equal(enc[:], b) {
			t.Fatalf("%x encodes as %x", b, enc)
		}
		x, y := toGeth(p)
		if !crypto.S256().IsOnCurve(x, y) {
			t.Fatalf("%x is not on the curve", b)
		}
	})
}

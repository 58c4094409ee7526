package secp256k1

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	mrand "math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
)

// seeded is deterministic randomness for tests.
func seeded(seed byte) io.Reader { return mrand.NewChaCha8([32]byte{seed}) }

func TestScalarArithmeticAgainstBig(t *testing.T) {
	scalars := edgeScalars(seeded(10))
	check := func(what string, got *Scalar, want *big.Int) {
		t.Helper()
		if toBig(got).Cmp(new(big.Int).Mod(want, order)) != 0 {
			t.Fatalf("%s: got %x, want %x", what, toBig(got), want)
		}
	}
	for _, a := range scalars {
		x := toBig(a)
		check("negated", a.Negated(), new(big.Int).Neg(x))
		if !a.IsZero() {
			check("inverse", a.InversePublic(), new(big.Int).ModInverse(x, order))
		}
		for _, b := range scalars {
			y := toBig(b)
			check("plus", a.Plus(b), new(big.Int).Add(x, y))
			check("minus", a.Minus(b), new(big.Int).Sub(x, y))
			check("times", a.Times(b), new(big.Int).Mul(x, y))
			if a.Equal(b) != (x.Cmp(y) == 0) {
				t.Fatal("Equal is wrong")
			}
		}
	}
	for _, v := range []int64{0, 1, -1, 1 << 40, -1 << 63, 1<<63 - 1} {
		check("SetInt64", new(Scalar).SetInt64(v).(*Scalar), big.NewInt(v))
	}
	rand := seeded(11)
	for n := range 100 {
		b := make([]byte, n)
		rand.Read(b)
		check("SetBytes", new(Scalar).SetBytes(b).(*Scalar), new(big.Int).SetBytes(b))
	}
	var wide [64]byte
	rand.Read(wide[:])
	check("wide reduction", reduceWide(&wide), new(big.Int).SetBytes(wide[:]))
	check("widest", reduceWide((*[64]byte)(bytes.Repeat([]byte{255}, 64))), new(big.Int).SetBytes(bytes.Repeat([]byte{255}, 64)))
}

func TestScalarEncodings(t *testing.T) {
	for _, s := range edgeScalars(seeded(12)) {
		b := s.Bytes()
		got, err := ParseScalar(b[:])
		if err != nil || !got.Equal(s) {
			t.Fatalf("round trip: %v", err)
		}
		if _, err := ParseNonZeroScalar(b[:]); errors.Is(err, ErrScalarZero) != s.IsZero() {
			t.Errorf("ParseNonZeroScalar: %v", err)
		}
		for _, wrong := range [][]byte{nil, b[:31], append(b[:], 0), append([]byte{0}, b[:]...)} {
			if _, err := ParseScalar(wrong); !errors.Is(err, ErrScalarLength) {
				t.Errorf("%d bytes: %v", len(wrong), err)
			}
		}
	}
	for _, v := range []*big.Int{order, new(big.Int).Add(order, big.NewInt(1)), new(big.Int).SetBytes(bytes.Repeat([]byte{255}, 32))} {
		if _, err := ParseScalar(v.Bytes()); !errors.Is(err, ErrScalarRange) {
			t.Errorf("%x: %v", v, err)
		}
	}
}

func TestRandomScalar(t *testing.T) {
	// Rejected: zero, q and 2^256-1; then 5.
	var src []byte
	src = append(src, make([]byte, 32)...)
	src = append(src, order.Bytes()...)
	src = append(src, bytes.Repeat([]byte{255}, 32)...)
	src = append(src, append(make([]byte, 31), 5)...)
	s, err := RandomScalar(bytes.NewReader(src))
	if err != nil || !s.Equal(NewScalar(5)) {
		t.Fatalf("got %v", err)
	}
	if _, err := RandomScalar(bytes.NewReader(src[:40])); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("short source: %v", err)
	}
	if _, err := RandomScalar(iotest.ErrReader(errors.New("broken"))); err == nil {
		t.Error("broken source gave a scalar")
	}
	if _, err := RandomScalar(zeros{}); err == nil {
		t.Error("a source of zeros gave a scalar")
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func TestHashToScalarSeparates(t *testing.T) {
	seen := make(map[[32]byte]string)
	for name, s := range map[string]*Scalar{
		"empty":        HashToScalar("t"),
		"one empty":    HashToScalar("t", nil),
		"two empty":    HashToScalar("t", nil, nil),
		"ab":           HashToScalar("t", []byte("ab")),
		"a b":          HashToScalar("t", []byte("a"), []byte("b")),
		"tag takes ab": HashToScalar("tab"),
	} {
		if other, ok := seen[s.Bytes()]; ok {
			t.Errorf("%s and %s collide", name, other)
		}
		seen[s.Bytes()] = name
	}
}

func TestScalarsNeverPrint(t *testing.T) {
	s, _ := RandomScalar(seeded(13))
	b := s.Bytes()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%X", "%d", "%q", "%b"} {
		for _, out := range []string{
			fmt.Sprintf(verb, s), fmt.Sprintf(verb, *s), fmt.Sprintf(verb, struct{ S Scalar }{*s}), fmt.Sprintf(verb, []*Scalar{s}),
		} {
			if !strings.Contains(out, "redacted") {
				t.Errorf("%s prints %s", verb, out)
			}
		}
	}
	//lint:ignore SA9005 that nothing is marshalled is the point
	if out, err := json.Marshal(s); err != nil || string(out) != "{}" {
		t.Errorf("JSON: %s, %v", out, err)
	}
	s.Erase()
	if !s.IsZero() || b == s.Bytes() {
		t.Error("not erased")
	}
}

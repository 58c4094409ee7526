package secp256k1

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Work on many points gives what work on each gives, the identity and equal points included.
func TestManyPoints(t *testing.T) {
	source := rand.NewChaCha8([32]byte{1})
	var a, b []*Point
	for i := range 12 {
		s, err := RandomScalar(source)
		if err != nil {
			t.Fatal(err)
		}
		p := BaseMul(s)
		q := [](*Point){p.Times(s), p, p.Negated(), new(Point)}[i%4]
		if i%5 == 4 {
			p = new(Point)
		}
		a, b = append(a, p), append(b, q)
	}
	for i, sum := range SumEach(a, b, a) {
		if !sum.Equal(Sum(a[i], b[i], a[i])) {
			t.Errorf("sum %d", i)
		}
	}
	if len(SumEach(nil, nil)) != 0 {
		t.Error("sums of nothing")
	}
	polynomials := [][]*Point{a[:1], a[:4], nil, {new(Point), a[1]}, {new(Point)}, b}
	large, _ := RandomScalar(source)
	for _, x := range []*Scalar{NewScalar(1), NewScalar(2), NewScalar(13), NewScalar(65535), NewScalar(65536), large} {
		for i, v := range EvalPublicEach(polynomials, x) {
			if want := slowEval(polynomials[i], x); !v.Equal(want) || !EvalPublic(polynomials[i], x).Equal(want) {
				t.Errorf("polynomial %d at %x", i, x.Bytes())
			}
		}
	}
	for _, factors := range [][]int32{{3, -3, 1}, {0, 0, 0}, {math.MaxInt32, math.MinInt32 + 1, -1}, {math.MinInt32, 65537, 0}, {1}, {}} {
		want := new(Point)
		for i, k := range factors {
			s := new(Scalar)
			s.SetInt64(int64(k))
			want = want.Plus(a[i].Times(s))
		}
		if !SumSmall(a[:len(factors)], factors).Equal(want) {
			t.Errorf("sum by %d", factors)
		}
	}
	if !SumSmall([]*Point{a[0], a[0], a[0].Negated()}, []int32{5, -4, 1}).IsIdentity() {
		t.Error("5 - 4 - 1 is not 0")
	}
}

func slowEval(coefficients []*Point, x *Scalar) *Point {
	sum, power := new(Point), NewScalar(1)
	for _, c := range coefficients {
		sum, power = sum.Plus(c.Times(power)), power.Times(x)
	}
	return sum
}

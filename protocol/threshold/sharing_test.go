package threshold

import (
	"errors"
	"fmt"
	"io"
	"math"
	mrand "math/rand/v2"
	"slices"
	"strings"
	"testing"

	"go.dedis.ch/kyber/v3/share"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

// randomCase draws n up to 20, t below n and t+1 of the n indices in random order.
func randomCase(seed uint64) (threshold, n int, members []Index) {
	r := mrand.New(mrand.NewPCG(seed, 0))
	n = 1 + r.IntN(20)
	threshold = r.IntN(n)
	for _, i := range r.Perm(n)[:threshold+1] {
		members = append(members, Index(i+1))
	}
	return threshold, n, members
}

func TestSharesInterpolate(t *testing.T) {
	for seed := range uint64(40) {
		rand := seeded(seed)
		threshold, n, members := randomCase(seed)
		k := newTestKey(t, rand, threshold, n)
		for i, s := range k.shares {
			if err := VerifyShare(s, i, k.joint); err != nil {
				t.Fatalf("seed %d: %v: %v", seed, i, err)
			}
		}
		var shares []*secp256k1.Scalar
		var publics []*secp256k1.Point
		for _, i := range members {
			shares = append(shares, k.shares[i])
			publics = append(publics, k.joint.Eval(i))
		}
		set := must[*Set](t)(NewSet(members...))
		if x := must[*secp256k1.Scalar](t)(set.CombineScalars(shares)); !x.Equal(k.secret) {
			t.Fatalf("seed %d: t+1 shares give another secret", seed)
		}
		if y := must[*secp256k1.Point](t)(set.CombinePoints(publics)); !y.Equal(k.joint.Constant()) {
			t.Fatalf("seed %d: t+1 public shares give another key", seed)
		}
		if threshold == 0 {
			continue
		}
		few := must[*Set](t)(NewSet(members[1:]...))
		if x := must[*secp256k1.Scalar](t)(few.CombineScalars(shares[1:])); x.Equal(k.secret) {
			t.Fatalf("seed %d: t shares give the secret", seed)
		}
	}
}

// Kyber's share package computes the same from our shares: it places share i at x = i+1.
func TestInterpolationAgainstKyber(t *testing.T) {
	suite := secp256k1.NewSuite()
	for seed := range uint64(10) {
		threshold, n, members := randomCase(seed)
		k := newTestKey(t, seeded(seed), threshold, n)
		var private []*share.PriShare
		var public []*share.PubShare
		for _, i := range members {
			private = append(private, &share.PriShare{I: int(i) - 1, V: k.shares[i]})
			public = append(public, &share.PubShare{I: int(i) - 1, V: k.joint.Eval(i)})
		}
		x, err := share.RecoverSecret(suite, private, threshold+1, n)
		if err != nil || !x.Equal(k.secret) {
			t.Fatalf("seed %d: kyber recovers another secret: %v", seed, err)
		}
		y, err := share.RecoverCommit(suite, public, threshold+1, n)
		if err != nil || !y.Equal(k.joint.Constant()) {
			t.Fatalf("seed %d: kyber recovers another key: %v", seed, err)
		}
	}
	// And our polynomial is kyber's.
	theirs := share.NewPriPoly(suite, 4, nil, suite.RandomStream())
	ours := new(Polynomial)
	for _, c := range theirs.Coefficients() {
		ours.coefficients = append(ours.coefficients, c.(*secp256k1.Scalar))
	}
	pub := theirs.Commit(nil)
	for i := range 7 {
		if !must[*secp256k1.Scalar](t)(ours.Eval(Index(i + 1))).Equal(theirs.Eval(i).V) {
			t.Errorf("share %d differs from kyber's", i)
		}
		if !ours.Commit().Eval(Index(i + 1)).Equal(pub.Eval(i).V) {
			t.Errorf("public share %d differs from kyber's", i)
		}
	}
}

func TestSetsRefused(t *testing.T) {
	one := must[Coordinate](t)(AtScalar(secp256k1.NewScalar(1)))
	big := make([]Coordinate, MaxThreshold+2)
	for i := range big {
		big[i] = Index(i + 1)
	}
	for name, c := range map[string]struct {
		members []Coordinate
		want    error
	}{
		"empty":                       {nil, ErrEmptySet},
		"zero":                        {[]Coordinate{Index(1), Index(0)}, ErrZeroCoordinate},
		"duplicate":                   {[]Coordinate{Index(2), Index(1), Index(2)}, ErrDuplicate},
		"duplicate of another origin": {[]Coordinate{Index(1), one}, ErrDuplicate},
		"too large":                   {big, ErrSetSize},
	} {
		if _, err := NewSetAt(c.members...); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if _, err := AtScalar(new(secp256k1.Scalar)); !errors.Is(err, ErrZeroCoordinate) {
		t.Errorf("coordinate 0: %v", err)
	}
	set := must[*Set](t)(NewSet(1, 2))
	if _, err := set.Lambda(Index(3)); !errors.Is(err, ErrNotMember) {
		t.Errorf("coefficient of a stranger: %v", err)
	}
	if _, err := set.CombineScalars(nil); !errors.Is(err, ErrSetSize) {
		t.Errorf("no scalars: %v", err)
	}
	if _, err := set.CombinePoints(make([]*secp256k1.Point, 3)); !errors.Is(err, ErrSetSize) {
		t.Errorf("three points: %v", err)
	}
}

func TestShadowProductSign(t *testing.T) {
	c := randomScalar(t, seeded(3))
	for n := 1; n <= 4; n++ {
		set := must[*Set](t)(NewSet(Indices(n)...))
		for _, at := range set.Members() {
			want := must[*secp256k1.Scalar](t)(set.Lambda(at)).Times(c)
			if (n-1)%2 == 1 {
				want = want.Negated()
			}
			if got := must[*secp256k1.Scalar](t)(set.ShadowProduct(at, c)); !got.Equal(want) {
				t.Errorf("%v of %d: wrong sign", at, n)
			}
		}
	}
}

func TestPolynomialLimits(t *testing.T) {
	rand := seeded(4)
	for _, bad := range []int{-1, MaxThreshold + 1} {
		if _, err := NewPolynomial(rand, bad); !errors.Is(err, ErrThreshold) {
			t.Errorf("t = %d: %v", bad, err)
		}
	}
	if _, err := NewPolynomial(strings.NewReader("too short"), 1); err == nil {
		t.Error("a polynomial out of nothing")
	}
	f := must[*Polynomial](t)(NewPolynomial(rand, 2))
	if _, err := f.Eval(Index(0)); !errors.Is(err, ErrZeroCoordinate) {
		t.Errorf("f(0): %v", err)
	}
	if out := fmt.Sprintf("%v %+v %#v %d", f, f, f, f); strings.Count(out, "redacted") != 4 {
		t.Errorf("polynomial prints %s", out)
	}
	f.Erase()
	if !f.Secret().IsZero() {
		t.Error("not erased")
	}
}

func TestCommitmentEncodings(t *testing.T) {
	c := must[*Polynomial](t)(NewPolynomial(seeded(5), 2)).Commit()
	b := c.Bytes()
	if got := must[Commitments](t)(ParseCommitments(b, 2)); !got.Equal(c) {
		t.Error("round trip")
	}
	for _, wrong := range [][]byte{nil, b[:len(b)-1], append(b[:len(b):len(b)], 0), b[:128]} {
		if _, err := ParseCommitments(wrong, 2); !errors.Is(err, ErrCommitmentsLength) {
			t.Errorf("%d bytes: %v", len(wrong), err)
		}
	}
	if _, err := ParseCommitments(b, 1); !errors.Is(err, ErrCommitmentsLength) {
		t.Errorf("wrong degree: %v", err)
	}
	if _, err := ParseCommitments(b, 1<<40); !errors.Is(err, ErrThreshold) {
		t.Errorf("huge degree: %v", err)
	}
	clear(b[64:128])
	if _, err := ParseCommitments(b, 2); !errors.Is(err, secp256k1.ErrIdentity) {
		t.Errorf("identity: %v", err)
	}
	other := must[*Polynomial](t)(NewPolynomial(seeded(6), 1)).Commit()
	if _, err := SumCommitments([]Commitments{c, other}); !errors.Is(err, ErrCommitmentsLength) {
		t.Errorf("sum of two lengths: %v", err)
	}
	if _, err := SumCommitments(nil); err == nil {
		t.Error("sum of nothing")
	}
	negative := make(Commitments, len(c))
	for i := range c {
		negative[i] = c[i].Negated()
	}
	zero := must[Commitments](t)(SumCommitments([]Commitments{c, negative}))
	if _, err := zero.JointPublic(); !errors.Is(err, ErrIdentityKey) {
		t.Errorf("identity as joint key: %v", err)
	}
}

// Wrong shares among many are found and their dealers' positions named, whichever of a plan's polynomials they are of.
func TestWrongSharesAreNamed(t *testing.T) {
	for name, plan := range map[string]Plan{
		"open":   {{Degree: 2}},
		"hidden": {{Degree: 2, Hidden: true}},
		"mixed":  {{Degree: 2}, {Degree: 1, Hidden: true}, {Degree: 4, Hidden: true, Zero: true}, {Degree: 3, Zero: true}},
	} {
		rand, at := seeded(7), Index(2)
		var columns [][]*secp256k1.Scalar
		var dealings [][]Commitments
		for range 5 {
			column, dealing := drawn(t, plan, rand, at)
			columns, dealings = append(columns, column), append(dealings, dealing)
		}
		if sum, joint, bad, err := plan.Combine(rand, columns, at, dealings); err != nil || bad != nil || plan.Verify(sum, at, joint) != nil {
			t.Fatalf("%s: good shares: %v %v", name, bad, err)
		}
		one := secp256k1.NewScalar(1)
		for k := range plan.Scalars() {
			wrong := slices.Clone(columns)
			for _, d := range []int{1, 4} {
				wrong[d] = slices.Clone(columns[d])
				wrong[d][k] = columns[d][k].Plus(one)
			}
			sum, _, bad, err := plan.Combine(rand, wrong, at, dealings)
			if !errors.Is(err, ErrShareMismatch) || fmt.Sprint(bad) != "[1 4]" || sum != nil {
				t.Errorf("%s: bad scalar %d of 1 and 4: %v %v", name, k, bad, err)
			}
			if _, _, bad, err := plan.Combine(rand, [][]*secp256k1.Scalar{columns[0], columns[1][1:]}, at, dealings[:2]); err == nil || fmt.Sprint(bad) != "[1]" {
				t.Errorf("%s: short column: %v %v", name, bad, err)
			}
		}
		if _, _, _, err := plan.Combine(rand, columns[:4], at, dealings); err == nil {
			t.Errorf("%s: four columns of five dealers", name)
		}
		if _, _, _, err := plan.Combine(rand, nil, at, nil); err == nil {
			t.Errorf("%s: no columns", name)
		}
		if _, _, _, err := plan.Combine(rand, columns, Index(0), dealings); !errors.Is(err, ErrZeroCoordinate) {
			t.Errorf("%s: shares at 0: %v", name, err)
		}
	}
}

// drawn is a dealing by a plan and what it gives to one node, through the encoding.
func drawn(t testing.TB, plan Plan, rand io.Reader, at Coordinate) (column []*secp256k1.Scalar, dealing []Commitments) {
	t.Helper()
	for _, f := range must[[]*Sharing](t)(plan.Draw(rand)) {
		column = append(column, must[[]*secp256k1.Scalar](t)(f.Eval(at))...)
		dealing = append(dealing, f.Commit())
	}
	enc := plan.Encode(dealing)
	if len(enc) != 64*plan.Points() || len(column) != plan.Scalars() {
		t.Fatalf("%d bytes of commitments and %d scalars", len(enc), len(column))
	}
	return column, must[[]Commitments](t)(plan.Parse(enc))
}

// Points of sets with small coefficients are combined as those of others.
func TestSmallLagrange(t *testing.T) {
	rand, seen := seeded(8), make(map[bool]int)
	for _, members := range [][]Index{{1}, {1, 2, 3}, {1, 2, 4}, {7, 2, 5}, {3, 1}, Indices(13), {1, 3, 4, 6, 7, 9, 10, 12, 13}, Indices(33), Indices(40),
		{1, math.MaxUint32}, {math.MaxUint32, math.MaxUint32 - 1}, {1, 65536, 131071}} {
		set := must[*Set](t)(NewSet(members...))
		var points []*secp256k1.Point
		want := new(secp256k1.Point)
		for i := range members {
			points = append(points, secp256k1.BaseMul(randomScalar(t, rand)))
			want = want.Plus(points[i].Times(set.lambdas[i]))
		}
		if got := must[*secp256k1.Point](t)(set.CombinePoints(points)); !got.Equal(want) {
			t.Errorf("%v: wrong combination, small %v", members, set.small)
		}
		seen[set.small != nil]++
	}
	if seen[true] < 8 || seen[false] < 3 {
		t.Errorf("%d sets with small coefficients, %d with others", seen[true], seen[false])
	}
	large := must[Coordinate](t)(AtScalar(secp256k1.NewScalar(2)))
	if s := must[*Set](t)(NewSetAt(Index(1), large)); s.small != nil {
		t.Error("small coefficients of what is no index")
	}
}

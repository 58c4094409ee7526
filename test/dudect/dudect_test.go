package main

import (
	"math"
	"math/rand/v2"
	"testing"

	ours "github.com/geth-ss/geth-ss/protocol/secp256k1"
)

// Two samples whose t is known: of 1 to 4 and 3 to 6 the means differ by 2, the variances are 5/3.
func TestWelch(t *testing.T) {
	if got, want := welch([]float64{1, 2, 3, 4}, []float64{3, 4, 5, 6}), -2/math.Sqrt(5.0/6); math.Abs(got-want) > 1e-12 {
		t.Errorf("t = %v, want %v", got, want)
	}
	// Of different sizes and spreads: means 2 and 10, variances 1 and 50.
	if got, want := welch([]float64{1, 2, 3}, []float64{5, 15}), -8/math.Sqrt(1.0/3+25); math.Abs(got-want) > 1e-12 {
		t.Errorf("t = %v, want %v", got, want)
	}
	for name, c := range map[string]struct {
		a, b []float64
		want float64
	}{
		"nothing":          {nil, nil, 0},
		"one of each":      {[]float64{1}, []float64{9}, 0},
		"equal, no spread": {[]float64{5, 5}, []float64{5, 5}, 0},
		"other, no spread": {[]float64{6, 6}, []float64{5, 5}, math.Inf(1)},
	} {
		if got := welch(c.a, c.b); got != c.want {
			t.Errorf("%s: t = %v, want %v", name, got, c.want)
		}
	}
}

// Among times that a busy machine has disturbed, a difference of one in a thousand is found, one of the spread alone is, and
// where there is none, none is.
func TestWorst(t *testing.T) {
	for name, c := range map[string]struct {
		shift, spread float64 // of the fixed class
		leaks         bool
	}{
		"alike":        {0, 1, false},
		"longer":       {50, 1, true},
		"shorter":      {-50, 1, true},
		"more unequal": {0, 1.2, true},
	} {
		rng := rand.New(rand.NewPCG(1, 2))
		m := new(measurements)
		for range 100_000 {
			class := rng.IntN(2)
			took := 50_000 + 300*rng.NormFloat64()
			if class == fixed {
				took = 50_000 + c.shift + 300*c.spread*rng.NormFloat64()
			}
			if rng.IntN(20) == 0 { // interrupted
				took += 1e6 * rng.ExpFloat64()
			}
			m[class] = append(m[class], took)
		}
		if worst := m.worst(); (worst > leakAt) != c.leaks {
			t.Errorf("%s: |t| = %.1f", name, worst)
		}
	}
}

// Every subject computes what it says: it prepares and runs with each secret.
func TestSubjects(t *testing.T) {
	subjects, err := newSubjects()
	if err != nil {
		t.Fatal(err)
	}
	known := 0
	for _, s := range subjects {
		if s.expected == control {
			known++
		}
		for _, secret := range append(fixedSecrets(), fixedSecret{value: ours.HashToScalar("another")}) {
			run, err := s.prepare(secret.value.Copy())
			if err == nil {
				err = run()
			}
			if err != nil {
				t.Errorf("%s, of %s: %v", s.name, s.secret, err)
			}
		}
		m, err := measure(s, ours.NewScalar(1), 0)
		if err != nil || m.count() == 0 || len(m[fixed]) == 0 || len(m[random]) == 0 || m.median() <= 0 {
			t.Errorf("%s: measured %d and %d times, median %v: %v", s.name, len(m[fixed]), len(m[random]), m.median(), err)
		}
	}
	if known == 0 {
		t.Error("nothing that is known to leak is measured: nobody would know that the test finds leaks")
	}
}

func TestVerdicts(t *testing.T) {
	for _, c := range []struct {
		leaks    bool
		expected expectation
		telling  bool
		wrong    bool
	}{
		{false, constant, true, false}, {true, constant, true, true}, {true, constant, false, true},
		{false, faint, true, false}, {true, faint, true, false},
		{true, control, true, false}, {false, control, true, true}, {false, control, false, false},
	} {
		if v := verdictOf(c.leaks, c.expected, c.telling); v.wrong != c.wrong {
			t.Errorf("leaks %v, expected %v, telling %v: %q, wrong %v", c.leaks, c.expected, c.telling, v.text, v.wrong)
		}
	}
}

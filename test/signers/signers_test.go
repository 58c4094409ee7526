package signers

import (
	"errors"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/threshold"
)

// all runs the steps, with a change before the coordinator's.
func all(t *testing.T, steps []Step, change func()) (failed string, err error) {
	t.Helper()
	for _, s := range steps {
		if s.Coordinator && change != nil {
			change()
			change = nil
		}
		for i := range s.Nodes {
			if err := s.Do(i); err != nil {
				return s.Name, err
			}
		}
	}
	return "", nil
}

// TestSign runs all steps of both kinds of signature: the coordinator's refuses shares that make no signature, so what
// is measured is whole signatures.
func TestSign(t *testing.T) {
	for _, threshold := range []int{0, 1, 2} {
		schnorr, err := NewSchnorr(threshold)
		if err != nil {
			t.Fatal(err)
		}
		ecdsa, err := NewECDSA(threshold)
		if err != nil {
			t.Fatal(err)
		}
		for name, s := range map[string]Signers{"Schnorr": schnorr, "ECDSA": ecdsa} {
			if step, err := all(t, s.Sign([32]byte{1}), nil); err != nil {
				t.Errorf("%s, t = %d: %s: %v", name, threshold, step, err)
			}
		}
	}
}

func TestWrongShare(t *testing.T) {
	s, err := NewSchnorr(1)
	if err != nil {
		t.Fatal(err)
	}
	r := s.run([32]byte{1})
	step, err := all(t, r.steps(), func() { r.shares[0] = r.shares[1] })
	if !errors.Is(err, threshold.ErrBadSignature) || step != "combine and verify" {
		t.Errorf("Schnorr with a wrong share: %s: %v", step, err)
	}
	e, err := NewECDSA(1)
	if err != nil {
		t.Fatal(err)
	}
	q := e.run([32]byte{1})
	step, err = all(t, q.steps(), func() { q.shares[0] = q.shares[1] })
	if !errors.Is(err, threshold.ErrBadSignature) || step != "combine and verify" {
		t.Errorf("ECDSA with a wrong share: %s: %v", step, err)
	}
}

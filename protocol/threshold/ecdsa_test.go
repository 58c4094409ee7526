package threshold

import (
	"fmt"
	"testing"
)

// All subsets of 2t+1 of n sign, and go-ethereum recovers the joint key from what they make.
func TestECDSAEverySubset(t *testing.T) {
	for threshold := range 4 {
		for n := 2*threshold + 1; n <= 7; n++ {
			t.Run(fmt.Sprintf("t=%d,n=%d", threshold, n), func(t *testing.T) {
				seed := uint64(0)
				for _, nodes := range subsets(n, 2*threshold+1) {
					var at []Index
					for _, i := range nodes {
						at = append(at, Index(i+1))
					}
					seed++
					c := indexed(t, seeded(seed), threshold, at...)
					hash := numberedHash(byte(seed))
					if err := recovers(c.joint, hash, c.sign(hash)); err != nil {
						t.Errorf("%v: %v", at, err)
					}
				}
			})
		}
	}
}

// Coordinates need not be small, nor in order.
func TestECDSAOtherCoordinates(t *testing.T) {
	rand := seeded(5)
	var at []Coordinate
	for range 3 {
		at = append(at, must[Coordinate](t)(AtScalar(randomScalar(t, rand))))
	}
	hash := numberedHash(1)
	c := newECDSACase(t, rand, 1, at...)
	if err := recovers(c.joint, hash, c.sign(hash)); err != nil {
		t.Error(err)
	}
	c = indexed(t, rand, 1, 7, 2, 5)
	if err := recovers(c.joint, hash, c.sign(hash)); err != nil {
		t.Error(err)
	}
}

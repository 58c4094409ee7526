package main

import (
	"fmt"

	"github.com/geth-ss/geth-ss/test/signers"
)

// ours is the 2t+1 nodes of a key of ours.
type ours struct{ signers.Signers }

func newOurs(t int) (*ours, error) {
	s, err := signers.NewECDSA(t)
	return &ours{s}, err
}

// sign makes one signature, at all nodes at once. The coordinator's step verifies it.
func (o *ours) sign(hash [32]byte) error {
	for _, step := range o.Sign(hash) {
		if step.Exception {
			continue
		}
		if err := each(step.Nodes, step.Do); err != nil {
			return fmt.Errorf("geth-ss, %s: %w", step.Name, err)
		}
	}
	return nil
}

// online is what of a signature's CPU time a signer spends when it is known what is signed; the rest is spent ahead.
func (o *ours) online(signatures int) (float64, error) {
	costs, err := signers.Measure(o, signatures)
	if err != nil {
		return 0, err
	}
	ahead, online, _ := signers.Sum(costs)
	return online.CPU.Seconds() / (ahead.CPU + online.CPU).Seconds(), nil
}

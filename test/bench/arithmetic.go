package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/geth-ss/geth-ss/test/figures"
	"github.com/geth-ss/geth-ss/test/signers"
)

// arithmeticSignatures is how many of each kind and size are made.
const arithmeticSignatures = 20

// measureArithmetic says what a signature costs its signers and the coordinator in CPU time, without network, permissions and
// chain, beside the multiplications counted in the code and what so many multiplications cost in the same second.
func measureArithmetic(t *figures.Table) error {
	say("measuring the arithmetic of signatures")
	for _, threshold := range []int{1, 2, 3, 6} {
		unit, err := signers.Multiplication() // anew each time: a processor that shares its core has good and bad seconds
		if err != nil {
			return err
		}
		schnorr, err := signers.NewSchnorr(threshold)
		if err != nil {
			return err
		}
		ecdsa, err := signers.NewECDSA(threshold)
		if err != nil {
			return err
		}
		at := fmt.Sprintf("n = %d, t = %d: ", 2*threshold+1, threshold)
		if err := errors.Join(addArithmetic(t, "Schnorr, "+at, schnorr, unit), addArithmetic(t, "ECDSA, "+at, ecdsa, unit)); err != nil {
			return err
		}
	}
	return nil
}

func addArithmetic(t *figures.Table, who string, s signers.Signers, unit time.Duration) error {
	costs, err := signers.Measure(s, arithmeticSignatures)
	if err != nil {
		return fmt.Errorf("%s%w", who, err)
	}
	ahead, online, coordinator := signers.Sum(costs)
	t.Add(who+fmt.Sprintf("CPU of each of %d signers, ahead + online", costs[0].Nodes), "", "%s + %s; multiplications: %d + %d of %s, %s + %s",
		figures.US(ahead.CPU), figures.US(online.CPU), ahead.Multiplications, online.Multiplications, figures.US(unit), figures.US(ahead.Counted(unit)), figures.US(online.Counted(unit)))
	t.Add(who+"CPU of the coordinator", "", "%s; multiplications: %d of %s, %s",
		figures.US(coordinator.CPU), coordinator.Multiplications, figures.US(unit), figures.US(coordinator.Counted(unit)))
	return nil
}

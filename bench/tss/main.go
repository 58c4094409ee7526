// Command tss sets ECDSA signatures by three nodes beside those of a widely used library of the other family, with Paillier
// encryption: github.com/bnb-chain/tss-lib v2.0.2. Each side signs by turns, in memory, with all signers on this machine.
//
// It is a module of its own, so that the comparison costs the program no dependency:
//
//	cd bench/tss && go run .
//
// What each side does. Both: a signature from nothing prepared to one that verifies, every message through its encoding, at
// three signers that work at the same time. Ours: dealing and checking an item, opening, signing, and the coordinator's
// combination, threshold t = 1. Theirs: the nine rounds of a signature, t = 2, of which every signer has the result. Neither
// encrypts or signs messages; theirs leaves that to the caller, ours does it a layer above.
//
// What the ratio is the price of. With three signers theirs is safe while one of them is honest, ours while two are: it needs
// 2t+1 signers where theirs needs t+1.
package main

import (
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"time"

	"github.com/geth-ss/geth-ss/test/figures"
)

const (
	nodes = 3
	// batch is how many of our signatures are made in a turn: one is over too soon to be measured alone.
	batch = 50
)

func main() {
	rounds := flag.Int("rounds", 5, "turns of each side")
	limit := flag.Duration("parameters", time.Minute, "how long one node may look for the library's `parameters`, which is luck; 0 not to look at all")
	flag.Parse()
	if *rounds < 1 || *limit < 0 {
		fmt.Fprintln(os.Stderr, "tss: at least one round is needed, and no negative time")
		os.Exit(2)
	}
	t := new(figures.Table)
	err := compare(*rounds, *limit, t)
	t.Print(os.Stdout)
	fmt.Printf("\n%s\n", figures.Conditions())
	if err != nil {
		fmt.Fprintln(os.Stderr, "tss:", err)
		os.Exit(1)
	}
}

func compare(rounds int, limit time.Duration, t *figures.Table) error {
	us, err := newOurs((nodes - 1) / 2)
	if err != nil {
		return err
	}
	them, err := prepare(limit, t)
	if err != nil {
		return err
	}
	var our, their sample
	for range rounds {
		if err := their.add(1, them.sign); err != nil {
			return err
		}
		if err := our.add(batch, us.sign); err != nil {
			return err
		}
	}
	online, err := us.online(batch)
	if err != nil {
		return err
	}
	row := func(what string, ours, theirs time.Duration) {
		t.Add(fmt.Sprintf("ECDSA by %d signers: %s", nodes, what), "", "geth-ss %.2f ms, tss-lib v2.0.2 %.0f ms: %.0f times as much",
			ours.Seconds()*1000, theirs.Seconds()*1000, theirs.Seconds()/ours.Seconds())
	}
	row("CPU per signer", our.cpu.Quantile(0.5)/nodes, their.cpu.Quantile(0.5)/nodes)
	row("wall time of a signature", our.wall.Quantile(0.5), their.wall.Quantile(0.5))
	t.Add(fmt.Sprintf("ECDSA by %d signers: CPU per signer, when it is known what is signed", nodes), "", "geth-ss %.0f %%, tss-lib all of it", 100*online)
	return nil
}

// prepare makes the library's key.
func prepare(limit time.Duration, t *figures.Table) (*theirs, error) {
	parameters, err := fixtureParameters(nodes)
	if err != nil {
		return nil, err
	}
	if limit > 0 {
		begun, before := time.Now(), figures.CPU()
		found, err := makeParameters(limit)
		took := fmt.Sprintf("%.1f s, %.1f s of CPU; geth-ss needs none", time.Since(begun).Seconds(), (figures.CPU() - before).Seconds())
		if err != nil {
			took = fmt.Sprintf("not found in %s", took)
		} else {
			parameters[0] = found
		}
		t.Add("tss-lib: parameters of one node, before its first key", "", "%s", took)
	}
	var generation sample
	var them *theirs
	err = generation.add(1, func([32]byte) (err error) {
		them, err = newTheirs(nodes-1, parameters)
		return err
	})
	if err == nil {
		t.Add(fmt.Sprintf("tss-lib: key generation by %d nodes with parameters", nodes), "", "%.1f s", generation.wall[0].Seconds())
	}
	return them, err
}

// sample is what one side needs for a signature, turn by turn.
type sample struct{ wall, cpu figures.Durations }

// add measures that many runs of f in a row.
func (s *sample) add(runs int, f func(hash [32]byte) error) error {
	runtime.GC() // others' garbage
	begun, before := time.Now(), figures.CPU()
	for range runs {
		var hash [32]byte
		rand.Read(hash[:])
		if err := f(hash); err != nil {
			return err
		}
	}
	s.wall = append(s.wall, time.Since(begun)/time.Duration(runs))
	s.cpu = append(s.cpu, (figures.CPU()-before)/time.Duration(runs))
	if s.cpu[0] == 0 {
		return errors.New("this system does not count CPU time")
	}
	return nil
}

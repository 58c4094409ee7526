package main

import (
	"crypto/rand"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/protocol/gathering"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/test/figures"
)

// floor is the CPU time of the arithmetic without which no shadow read of t+1 nodes can be, by kind:
//
//	partials     t+1 blinded partial decryptions with their proofs
//	seals        t+1 ECIES encryptions of a blinding to the requester
//	checks       t+1 verifications of a partial (t where the contacted node is one of the t+1)
//	recoveries   t+1 recoveries of the requester from its signature
//
// Each is measured alone with all processors busy, as they are in a run of many clients, before that run and after it.
type floor struct {
	nodes int // t+1

	partial, seal, verify, recovery time.Duration
}

func (f *floor) total() time.Duration {
	return time.Duration(f.nodes) * (f.partial + f.seal + f.verify + f.recovery)
}

func (f *floor) mean(g *floor) *floor {
	return &floor{f.nodes, (f.partial + g.partial) / 2, (f.seal + g.seal) / 2, (f.verify + g.verify) / 2, (f.recovery + g.recovery) / 2}
}

func (f *floor) String() string {
	return fmt.Sprintf("%d × (partial %s + seal %s + check %s + recovery %s)", f.nodes, figures.US(f.partial), figures.US(f.seal), figures.US(f.verify), figures.US(f.recovery))
}

func measureFloor(t int) (*floor, error) {
	say("measuring the arithmetic")
	b, err := newBench(t)
	if err != nil {
		return nil, err
	}
	f := &floor{nodes: t + 1}
	for _, m := range []struct {
		into *time.Duration
		op   func() error
	}{
		{&f.partial, b.makePartial}, {&f.seal, b.sealMask}, {&f.verify, b.verify}, {&f.recovery, b.recover},
	} {
		if *m.into, err = cpuTime(2000, m.op); err != nil {
			return nil, fmt.Errorf("measuring the arithmetic: %w", err)
		}
	}
	return f, nil
}

// cpuTime is what one run of op uses when all processors are busy with it, each for that many rounds.
func cpuTime(rounds int, op func() error) (time.Duration, error) {
	workers := runtime.NumCPU()
	errs := make([]error, workers)
	before := figures.CPU()
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for range rounds {
				if errs[w] = op(); errs[w] != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return 0, err
		}
	}
	return (figures.CPU() - before) / time.Duration(rounds*workers), nil
}

// bench is a key of t+1 nodes and everything one of them needs. Its methods are used by many goroutines.
type bench struct {
	quorum    *threshold.Quorum
	share     *secp256k1.Scalar
	common    *secp256k1.Point
	context   threshold.Context
	sample    *threshold.Partial
	requester wire.Requester
	id        wire.KeyID
	plain     [32]byte
}

// member is the node whose part is measured.
const member = threshold.Index(1)

func newBench(t int) (*bench, error) {
	b := &bench{context: threshold.NewContext("bench"), id: wire.KeyID(randomHash())}
	polynomial, err := threshold.NewPolynomial(rand.Reader, t)
	if err != nil {
		return nil, err
	}
	if b.share, err = polynomial.Eval(member); err != nil {
		return nil, err
	}
	set, err := threshold.NewSet(threshold.Indices(t + 1)...)
	if err != nil {
		return nil, err
	}
	commitments := polynomial.Commit()
	if b.quorum, err = threshold.NewQuorum(set, commitments); err != nil {
		return nil, err
	}
	if b.common, err = threshold.NewDocumentKey(rand.Reader); err != nil { // any random point will do
		return nil, err
	}
	if b.sample, err = b.partial(); err != nil {
		return nil, err
	}
	return b, b.sign()
}

// sign makes the requester.
func (b *bench) sign() error {
	key, err := crypto.GenerateKey()
	if err != nil {
		return err
	}
	signature, err := crypto.Sign(b.id[:], key)
	if err != nil {
		return err
	}
	requester, err := wire.Proof{Kind: wire.LegacyProof, Data: signature}.Recover(wire.Act{Key: b.id})
	if err != nil {
		return err
	}
	b.requester = *requester
	return nil
}

func (b *bench) partial() (*threshold.Partial, error) {
	mask, err := b.quorum.NewMask(rand.Reader)
	if err != nil {
		return nil, err
	}
	if _, err := mask.Coefficient(); err != nil {
		return nil, err
	}
	return b.quorum.Partial(rand.Reader, member, b.share, b.common, mask, b.context)
}

func (b *bench) makePartial() error {
	_, err := b.partial()
	return err
}

func (b *bench) sealMask() error {
	_, err := gathering.Seal(rand.Reader, b.requester.Public, b.plain[:])
	return err
}

func (b *bench) verify() error {
	return b.quorum.Verify(member, b.common, b.sample, threshold.Shadow, b.context)
}

func (b *bench) recover() error {
	_, err := b.requester.Proof.Recover(wire.Act{Key: b.id})
	return err
}

package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"

	"github.com/geth-ss/geth-ss/test/dapp"
	"github.com/geth-ss/geth-ss/test/figures"
	"github.com/geth-ss/geth-ss/test/signers"
)

const (
	// signThreshold leaves Schnorr two signers of four, and ECDSA three.
	signThreshold = 1
	// signKeys is how many keys sign by turns.
	signKeys = 4
)

// signing is one kind of signature and what is aimed at.
type signing struct {
	scheme, name   string
	p50, perSecond string // aims: with one client, and with many
	signers        func(t int) (signers.Signers, error)
	n              *network
	lib            *library
	mu             sync.Mutex
	answers        []answer
}

// answer is a signature as the node gave it, to be opened and checked when nothing is measured.
type answer struct {
	of     *document
	hash   common.Hash
	sealed hexutil.Bytes
}

// measureSign has hashes signed with keys of their own, through all nodes.
func measureSign(ctx context.Context, o *options, n *network, _ *library, t *figures.Table) error {
	lib, err := signLibrary(ctx, n)
	if err != nil {
		return err
	}
	for _, s := range []*signing{
		{scheme: dapp.Schnorr, name: "Schnorr signature", p50: "≤ 10 ms", signers: newSchnorr},
		{scheme: dapp.ECDSA, name: "ECDSA signature", p50: "≤ 40 ms", perSecond: "≥ 100 /s", signers: newECDSA},
	} {
		s.n, s.lib = n, lib
		if err := s.measure(ctx, o, t); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return nil
}

// signLibrary makes the keys to sign with, and lets the reader have them sign.
func signLibrary(ctx context.Context, n *network) (*library, error) {
	say("generating %d keys to sign with", signKeys)
	lib, _, err := generate(ctx, n, signKeys, signThreshold)
	if err != nil {
		return nil, err
	}
	if err := lib.grant(ctx, n, lib.documents); err != nil {
		return nil, fmt.Errorf("granting: %w", err)
	}
	return lib, nil
}

func newSchnorr(t int) (signers.Signers, error) { return signers.NewSchnorr(t) }

func newECDSA(t int) (signers.Signers, error) { return signers.NewECDSA(t) }

func (s *signing) measure(ctx context.Context, o *options, t *figures.Table) error {
	say("signing by %s, the first time through each node", s.scheme)
	first, err := s.first(ctx)
	if err != nil {
		return err
	}
	t.Add(s.name+", the first through each node", "", "%s", first)
	if err := s.n.settle(ctx); err != nil { // nodes that prepare signatures ahead of requests have done so when they rest
		return err
	}
	length := time.Duration(o.seconds) * time.Second
	for _, clients := range []int{1, 16, 50} {
		say("signing by %s for %v with %d clients", s.scheme, length, clients)
		finish := s.n.profile(ctx, o, fmt.Sprintf("%s-%d", s.scheme, clients), length)
		l := &load{clients: clients}
		err := l.measure(ctx, s.n, signKeys*len(s.n.state.Nodes), s.ask, length)
		if err := errors.Join(err, finish(), s.check()); err != nil {
			return err
		}
		s.add(l, t)
		if clients == 16 {
			floor, err := s.arithmetic()
			if err != nil {
				return err
			}
			cost := l.used.nodes / time.Duration(len(l.took))
			t.Add(fmt.Sprintf("%s, CPU of all nodes / arithmetic of all signers", s.name), "", "%.2f (%s / %s)",
				cost.Seconds()/floor.Seconds(), figures.MS(cost), figures.MS(floor))
		}
	}
	return nil
}

// arithmetic is the CPU time without which there is no signature: of all signers and the coordinator, what is done ahead of
// the request included, with all processors busy.
func (s *signing) arithmetic() (time.Duration, error) {
	say("measuring the arithmetic")
	all, err := s.signers(signThreshold)
	if err != nil {
		return 0, err
	}
	return cpuTime(200, func() error {
		for _, step := range all.Sign(randomHash()) {
			for i := 0; i < step.Nodes && !step.Exception; i++ {
				if err := step.Do(i); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// first signs once through each node, from one that has not been asked before.
func (s *signing) first(ctx context.Context) (took figures.Durations, err error) {
	for node := range s.n.state.Nodes {
		d := s.lib.documents[node%signKeys]
		err := patiently(ctx, func() error {
			begun := time.Now()
			_, err := s.n.server(node).Signature(ctx, s.scheme, s.lib.reader, d.id, d.serverKey, randomHash())
			if err == nil {
				took = append(took, time.Since(begun))
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return took, nil
}

// ask has one more hash signed: each time another node, and another key when all nodes have been asked.
func (s *signing) ask(i int) error {
	d, hash := s.lib.documents[i/len(s.n.state.Nodes)%signKeys], randomHash()
	var sealed hexutil.Bytes
	path := dapp.SignPath(s.scheme, d.id, d.signature, hash)
	if err := s.n.server(i).Request(context.Background(), "GET", path, &sealed); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers = append(s.answers, answer{d, hash, sealed})
	return nil
}

// check opens and verifies every signature of a run.
func (s *signing) check() error {
	for _, a := range s.answers {
		if _, err := dapp.OpenSignature(s.scheme, s.lib.reader, a.of.serverKey, a.hash, a.sealed); err != nil {
			return err
		}
	}
	s.answers = nil
	return nil
}

func (s *signing) add(l *load, t *figures.Table) {
	who, p50, perSecond := fmt.Sprintf("%s, %d clients: ", s.name, l.clients), "", s.perSecond
	if l.clients == 1 {
		who, p50, perSecond = s.name+", 1 client: ", s.p50, ""
	}
	t.Add(who+"p50", p50, "%s", figures.MS(l.took.Quantile(0.5)))
	t.Add(who+"p99", "", "%s", figures.MS(l.took.Quantile(0.99)))
	t.Add(who+"signatures per second", perSecond, "%.0f /s", float64(len(l.took))/l.length.Seconds())
	t.Add(who+"CPU per signature, all nodes", "", "%s", figures.MS(l.used.nodes/time.Duration(len(l.took))))
	t.Add(who+"failed", "0", "%s", l.failures())
	t.Add(who+"kept busy by other programs", "0", "%.2f processors", l.used.others())
}

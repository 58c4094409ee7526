package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/eth"
	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/internal/finding"
	"github.com/geth-ss/geth-ss/rpcapi/probe"
	"github.com/geth-ss/geth-ss/service/chain"
)

// chainProbes are those of a node without a key server: it is ready while its chain goes on.
func (n *fullNode) chainProbes(ctx *cli.Context, backend *eth.Ethereum) *probe.Probes {
	kind := n.chainKind(ctx)
	local := chain.New(backend.BlockChain(), chain.Config{HeadIsFinal: kind.HeadIsFinal}) // to be read only: nothing of it runs
	var consensus judge
	if n.driver != nil {
		consensus = n.driver
	}
	return &probe.Probes{
		Health: func() error { return nil }, // it answers
		Ready: func() error {
			final, ok := local.Final()
			return chainReady(final, ok, kind.MaxAge, time.Now(), consensus)
		},
	}
}

// judge is what judges itself.
type judge interface{ Judge() finding.List }

// chainReady tells why a node's chain is not to be read from now; nil: it is. consensus is nil where this node drives none.
func chainReady(final chain.Block, ok bool, maxAge time.Duration, now time.Time, consensus judge) error {
	if consensus != nil {
		for _, f := range consensus.Judge() {
			if f.Level == finding.Error {
				return fmt.Errorf("%s: %s", f.Subject, f.What)
			}
		}
	}
	if !ok {
		return errors.New("chain: there is no final block yet")
	}
	if age := now.Sub(time.Unix(int64(final.Time), 0)); maxAge > 0 && age > maxAge {
		return fmt.Errorf("chain: final block %d is %v old, more than %v", final.Number, age.Round(time.Second), maxAge)
	}
	return nil
}

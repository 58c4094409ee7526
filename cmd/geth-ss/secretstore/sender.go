package secretstore

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"
	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/client/chainrpc"
)

// minedWithin is how long a transaction may take into a block, with all questions before it.
const minedWithin = 2 * time.Minute

var (
	costFlag = &cli.StringFlag{Name: "max-cost", Usage: "The most that a transaction may cost, in ether; the node says what gas costs", Value: "1"}

	// chainNodeFlags say which chain is meant, and by which nodes; senderFlags whose transactions go there.
	chainNodeFlags = []cli.Flag{rpcFlag, caFlag, chainFlag, KnownFlag}
	senderFlags    = append([]cli.Flag{KeyFlag, PasswordFlag, costFlag}, chainNodeFlags...)
)

// sender is an account whose transactions are signed here, and the chain that they go to.
type sender struct {
	key   *ecdsa.PrivateKey
	chain *chainrpc.Chain
}

// openSender connects to the chain of the flags. It sends nothing.
func openSender(bounded context.Context, ctx *cli.Context) (*sender, error) {
	if ctx.String(KeyFlag.Name) == "" {
		return nil, errors.New("give --key FILE: the transaction is signed here")
	}
	key, err := loadPrivateKey(ctx)
	if err != nil {
		return nil, err
	}
	chain, err := dialChain(bounded, ctx, ctx.Uint64(chainFlag.Name))
	if err != nil {
		return nil, err
	}
	return &sender{key, chain}, nil
}

func (s *sender) close() { s.chain.Close() }

func (s *sender) account() common.Address { return crypto.PubkeyToAddress(s.key.PublicKey) }

// withSender opens a sender for what it does in a bounded time.
func withSender(ctx *cli.Context, do func(context.Context, *sender) error) error {
	bounded, cancel := context.WithTimeout(ctx.Context, minedWithin)
	defer cancel()
	s, err := openSender(bounded, ctx)
	if err != nil {
		return err
	}
	defer s.close()
	return do(bounded, s)
}

// dialChain connects to the nodes of --rpc. The chain is 0 if nothing tells which it is.
func dialChain(bounded context.Context, ctx *cli.Context, id uint64) (*chainrpc.Chain, error) {
	endpoints := addresses(ctx, rpcFlag)
	if len(endpoints) == 0 {
		return nil, errors.New("give --rpc, the JSON-RPC address of a node of the chain, such as http://127.0.0.1:8545")
	}
	tls, err := authorities(ctx)
	if err != nil {
		return nil, err
	}
	cfg := chainrpc.Config{
		Endpoints: endpoints, TLS: tls, Chain: id, Known: Known(ctx), Trusting: trusting, Warn: warn, Late: newPatience().tell,
	}
	if text := ctx.String(costFlag.Name); text != "" {
		ether, ok := new(big.Rat).SetString(text)
		if !ok || ether.Sign() < 0 {
			return nil, fmt.Errorf("--max-cost %q is not an amount of ether", text)
		}
		wei := ether.Mul(ether, new(big.Rat).SetInt64(params.Ether))
		cfg.MaxCost = new(big.Int).Quo(wei.Num(), wei.Denom())
	}
	return chainrpc.Dial(bounded, cfg)
}

package chainrpc

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/rpc"
)

// Call is what a transaction does.
type Call struct {
	To    *common.Address // nil makes a contract
	Input []byte
	Value *big.Int // wei that it brings; nil: none
	What  string   // such as "the permission's transaction", for errors
	Nonce *uint64  // nil: the account's next
	Gas   uint64   // 0: what it takes now, and a quarter more

	// Sending, if not nil, is called before the transaction is sent, which can't be taken back. If it fails, nothing is sent.
	Sending func() error
}

// Expensive is a transaction that may cost more than its sender wants to pay. What gas costs is a node's word.
type Expensive struct {
	Cost, Most *big.Int // in wei
	Fee        *big.Int // in wei, for each of Gas
	Gas        uint64
	Node, What string
}

func (e *Expensive) Error() string {
	return fmt.Sprintf("%s may cost %s ether (%d gas at %v wei, as %s says), which is more than the %s ether allowed (--max-cost)", e.What, ether(e.Cost), e.Gas, e.Fee, e.Node, ether(e.Most))
}

// NoFunds is an account that can't pay for a transaction.
type NoFunds struct {
	From            common.Address
	Balance, Needed *big.Int // in wei; nil: unknown
	What            string
}

func (e *NoFunds) Error() string {
	needs := ""
	if e.Needed != nil {
		needs = fmt.Sprintf("it may cost up to %s ether", ether(e.Needed))
	}
	switch {
	case e.Balance != nil && e.Balance.Sign() == 0:
		return strings.TrimSuffix(fmt.Sprintf("%v has no ether for %s: %s", e.From, e.What, needs), ": ")
	case e.Balance != nil:
		return strings.TrimSuffix(fmt.Sprintf("%v has no ether for %s: it has %s ether, and %s", e.From, e.What, ether(e.Balance), needs), ", and ")
	}
	return fmt.Sprintf("%v has no ether for %s", e.From, e.What)
}

// ether writes wei as ether, to the last digit.
func ether(wei *big.Int) string {
	text := new(big.Rat).SetFrac(wei, big.NewInt(params.Ether)).FloatString(18)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}

// draft is what has to be known for a transaction.
type draft struct {
	from     common.Address
	nonce    uint64
	gas      uint64
	tip, fee *big.Int
	value    *big.Int
}

// cost is what its gas may cost.
func (d *draft) cost() *big.Int { return new(big.Int).Mul(d.fee, new(big.Int).SetUint64(d.gas)) }

// needs is what the account has to have for it.
func (d *draft) needs() *big.Int { return new(big.Int).Add(d.cost(), d.value) }

// Send signs a transaction, once, and hands it to a node: to another one, if that hangs. Nothing is sent that would fail now,
// or that the account can't pay for.
func (c *Chain) Send(ctx context.Context, key *ecdsa.PrivateKey, call Call) (*types.Transaction, error) {
	d, err := c.draft(ctx, crypto.PubkeyToAddress(key.PublicKey), &call)
	if err != nil {
		return nil, err
	}
	id := new(big.Int).SetUint64(c.id)
	tx, err := types.SignNewTx(key, types.LatestSignerForChainID(id), &types.DynamicFeeTx{
		ChainID: id, Nonce: d.nonce, GasTipCap: d.tip, GasFeeCap: d.fee, Gas: d.gas, To: call.To, Data: call.Input, Value: d.value,
	})
	if err == nil && call.Sending != nil {
		err = call.Sending()
	}
	if err != nil {
		return nil, err
	}
	if err := c.handOver(ctx, tx); err != nil {
		return nil, c.explainRefused(ctx, err, d, call.What)
	}
	return tx, nil
}

func (c *Chain) draft(ctx context.Context, from common.Address, call *Call) (*draft, error) {
	d := &draft{from: from, gas: call.Gas, value: new(big.Int)}
	if call.Value != nil {
		d.value.Set(call.Value)
	}
	head, err := askEth(ctx, c, func(ctx context.Context, node *ethclient.Client) (*types.Header, error) {
		return node.HeaderByNumber(ctx, nil)
	})
	if err != nil {
		return nil, fmt.Errorf("reading the newest block: %w", err)
	}
	if d.gas == 0 {
		if d.gas, err = c.estimate(ctx, from, call, head.GasLimit); err != nil {
			return nil, err
		}
	}
	if d.tip, err = askEth(ctx, c, func(ctx context.Context, node *ethclient.Client) (*big.Int, error) { return node.SuggestGasTipCap(ctx) }); err != nil {
		return nil, fmt.Errorf("asking for the usual tip: %w", err)
	}
	d.fee = new(big.Int).Set(d.tip)
	if head.BaseFee != nil {
		d.fee.Add(d.fee, new(big.Int).Lsh(head.BaseFee, 1))
	}
	if call.Nonce != nil {
		d.nonce = *call.Nonce
	} else if d.nonce, err = c.PendingNonce(ctx, from); err != nil {
		return nil, fmt.Errorf("asking for the next nonce of %v: %w", from, err)
	}
	if cost := d.cost(); cost.Cmp(c.cfg.MaxCost) > 0 {
		return nil, &Expensive{cost, c.cfg.MaxCost, d.fee, d.gas, c.Name(), call.What}
	}
	balance, err := c.Balance(ctx, from)
	if err != nil {
		return nil, fmt.Errorf("reading the balance of %v: %w", from, err)
	}
	if needs := d.needs(); balance.Cmp(needs) < 0 {
		return nil, &NoFunds{from, balance, needs, call.What}
	}
	return d, nil
}

// estimate runs the call as it would be run in a transaction. An account without ether is told so, whatever the node says.
func (c *Chain) estimate(ctx context.Context, from common.Address, call *Call, most uint64) (uint64, error) {
	gas, err := askEth(ctx, c, func(ctx context.Context, node *ethclient.Client) (uint64, error) {
		return node.EstimateGas(ctx, ethereum.CallMsg{From: from, To: call.To, Data: call.Input, Value: call.Value})
	})
	switch {
	case err != nil && poor(err):
		return 0, c.noFunds(ctx, from, nil, call.What)
	case err != nil:
		return 0, err
	case gas > most:
		return 0, fmt.Errorf("%s would take %d gas, and a block has %d", call.What, gas, most)
	}
	return min(gas+gas/4, most), nil
}

// PendingNonce is the next of an account, after what waits for a block.
func (c *Chain) PendingNonce(ctx context.Context, of common.Address) (uint64, error) {
	return askEth(ctx, c, func(ctx context.Context, node *ethclient.Client) (uint64, error) { return node.PendingNonceAt(ctx, of) })
}

// Balance is what an account has, in wei, after the newest block.
func (c *Chain) Balance(ctx context.Context, of common.Address) (*big.Int, error) {
	return askEth(ctx, c, func(ctx context.Context, node *ethclient.Client) (*big.Int, error) {
		return node.BalanceAt(ctx, of, nil)
	})
}

// noFunds says what the account has, if that can be read.
func (c *Chain) noFunds(ctx context.Context, from common.Address, needed *big.Int, what string) error {
	balance, err := c.Balance(ctx, from)
	if err != nil {
		balance = nil
	}
	return &NoFunds{from, balance, needed, what}
}

// handOver gives a signed transaction to one node after the other until one has it. That one which gave no answer has passed it
// on is no harm: it is the same transaction.
func (c *Chain) handOver(ctx context.Context, tx *types.Transaction) error {
	tried := false
	way := c.way()
	way.Limit, way.Rounds, way.AliveLimit = sendLimit, 2, aliveLimit
	way.Alive = func(ctx context.Context, i int) error {
		_, err := ethclient.NewClient(c.nodes[i]).ChainID(ctx)
		var said rpc.Error
		if errors.As(err, &said) {
			return nil // whatever it says, it is there
		}
		return err
	}
	way.Failed = func(err error) {
		tried = true
		if c.cfg.Warn != nil {
			c.cfg.Warn(err)
		}
	}
	_, err := askBy(ctx, c, way, func(ctx context.Context, node *rpc.Client) (struct{}, error) {
		err := ethclient.NewClient(node).SendTransaction(ctx, tx)
		if err != nil && says(err, "already known") {
			err = nil
		}
		return struct{}{}, err
	})
	var refused rpc.Error
	switch isRefusal := errors.As(err, &refused); {
	case err == nil || tried && says(err, "nonce too low"):
		// It is in a block already, by the node that was given up, or another one is with its nonce. Whoever wants to know
		// asks Mined, which takes no receipt but this transaction's.
		return nil
	case isRefusal && !tried:
		return err
	}
	return fmt.Errorf("it is not known whether transaction %v was sent: look for it before you try again: %w", tx.Hash(), err)
}

// explainRefused says what to do about a transaction that no node takes.
func (c *Chain) explainRefused(ctx context.Context, err error, d *draft, what string) error {
	switch {
	case poor(err):
		return c.noFunds(ctx, d.from, d.needs(), what)
	case says(err, "replacement transaction underpriced"):
		return fmt.Errorf("another transaction of %v, with nonce %d, waits for a block: try again when it is in one: %w", d.from, d.nonce, err)
	case says(err, "nonce too low"):
		return fmt.Errorf("another transaction of %v has taken nonce %d meanwhile: try again: %w", d.from, d.nonce, err)
	case says(err, "in-flight transaction limit"):
		return fmt.Errorf("a transaction of %v waits for a block, and from an account with code, or one that was never used, nodes take one at a time: try again when it is in one: %w", d.from, err)
	case says(err, "underpriced"):
		return fmt.Errorf("the node demands a higher tip than the %v wei that it named: %w", d.tip, err)
	}
	return err
}

// poor tells whether a node refuses because the account can't pay: in geth's words, and in those of other programs.
func poor(err error) bool {
	return says(err, "insufficient funds") || says(err, "insufficient balance") || says(err, "not enough funds") ||
		says(err, "gas required exceeds allowance (0)")
}

func says(err error, text string) bool {
	return strings.Contains(strings.ToLower(err.Error()), text)
}

package main

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"sync/atomic"

	"github.com/ethereum/go-ethereum/cmd/utils"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/eth"
	"github.com/ethereum/go-ethereum/eth/ethconfig"
	"github.com/ethereum/go-ethereum/log"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/urfave/cli/v2"
)

// geth has two minimums for the tip of a transaction: the pool's, below which it takes none, and the block maker's, below
// which it puts none into a block. On a public network others make blocks with lower ones. Where this node and its like
// make all blocks, what lies between the two would be taken, named by a hash, and never mined, with all that the account
// sends later behind it. So there the two are one number, and the pool alone asks for it: the block maker's would be of
// what is left above the base fee, which the sender of a transaction that the pool has taken can't know.

// makesBlocks tells whether blocks come from nodes like this one alone.
func makesBlocks(ctx *cli.Context, cfg *config) bool {
	return cfg.PoA.Enabled || ctx.Bool(utils.DeveloperFlag.Name)
}

// oneMinimum makes the two settings equal. Setting one sets both, a flag before the file; the file's default is no
// setting, since dumpconfig writes every line.
func oneMinimum(ctx *cli.Context, cfg *ethconfig.Config) error {
	minimum, err := chooseMinimum(ctx, cfg)
	if err != nil {
		return err
	}
	if !minimum.IsUint64() {
		return fmt.Errorf("the minimum tip of transactions, %v wei, is not a number from 0 to 2^64-1 (--%s, --%s)",
			minimum, utils.MinerGasPriceFlag.Name, utils.TxPoolPriceLimitFlag.Name)
	}
	cfg.TxPool.PriceLimit, cfg.Miner.GasPrice = minimum.Uint64(), minimum
	return nil
}

func chooseMinimum(ctx *cli.Context, cfg *ethconfig.Config) (*big.Int, error) {
	pool, maker := new(big.Int).SetUint64(cfg.TxPool.PriceLimit), cfg.Miner.GasPrice
	if maker == nil {
		maker = ethconfig.Defaults.Miner.GasPrice
	}
	poolName, makerName := "--"+utils.TxPoolPriceLimitFlag.Name, "--"+utils.MinerGasPriceFlag.Name
	poolSet, makerSet := ctx.IsSet(utils.TxPoolPriceLimitFlag.Name), ctx.IsSet(utils.MinerGasPriceFlag.Name)
	if !poolSet && !makerSet {
		poolName, makerName = "Eth.TxPool.PriceLimit", "Eth.Miner.GasPrice"
		poolSet = cfg.TxPool.PriceLimit != ethconfig.Defaults.TxPool.PriceLimit
		// On a development chain geth has put its own number here, whatever the file says.
		makerSet = maker.Cmp(ethconfig.Defaults.Miner.GasPrice) != 0 && !ctx.Bool(utils.DeveloperFlag.Name)
	}
	switch {
	case poolSet && makerSet && pool.Cmp(maker) != 0:
		return nil, fmt.Errorf("%s is %v, but %s is %v: transactions that the pool accepts and blocks do not include would wait for ever; set only one, which sets both",
			poolName, pool, makerName, maker)
	case poolSet:
		return pool, nil
	default:
		return maker, nil
	}
}

// noMinimum is oneMinimum in a network where gas has no price: what the pool would not take for nothing could not be paid for by
// those who have nothing. The default, and what dumpconfig writes where it does not know the network, is no setting.
func noMinimum(ctx *cli.Context, cfg *ethconfig.Config) error {
	poolName, makerName := utils.TxPoolPriceLimitFlag.Name, utils.MinerGasPriceFlag.Name
	minimum, flag := cfg.Miner.GasPrice, ctx.IsSet(poolName) || ctx.IsSet(makerName)
	if minimum.Sign() != 0 && (flag || minimum.Cmp(ethconfig.Defaults.Miner.GasPrice) != 0) {
		return fmt.Errorf("the minimum tip of transactions is set to %v wei (--%s, --%s, Eth.TxPool.PriceLimit or Eth.Miner.GasPrice), but by the network's file "+
			"gas has no price here: leave it out, or set it to 0", minimum, poolName, makerName)
	}
	cfg.TxPool.PriceLimit, cfg.Miner.GasPrice = 0, new(big.Int)
	return nil
}

// minimumTip is the minimum of a running node.
type minimumTip struct {
	backend *eth.Ethereum
	free    bool // gas has no price
	now     atomic.Pointer[big.Int]
}

func (m *minimumTip) set(minimum *big.Int) {
	m.now.Store(minimum)
	m.backend.TxPool().SetGasTip(minimum)
	m.backend.Miner().SetGasTip(new(big.Int))
}

// suggestFrom keeps geth's suggestions from lying below the minimum, or under a cap below it.
func suggestFrom(minimum *big.Int, cfg *ethconfig.Config) {
	for _, price := range []**big.Int{&cfg.GPO.IgnorePrice, &cfg.GPO.MaxPrice} {
		if *price == nil || (*price).Cmp(minimum) < 0 {
			*price = minimum
		}
	}
}

// prepareMinimum readies the settings, and the journal of earlier transactions, for eth.New.
func (n *fullNode) prepareMinimum() error {
	cfg := &n.cfg.Eth
	if n.minimum = cfg.Miner.GasPrice; n.minimum.Sign() == 0 { // eth.New would make it its default; see registerMinimum
		cfg.TxPool.PriceLimit, cfg.Miner.GasPrice = 1, big.NewInt(1)
	}
	suggestFrom(cfg.Miner.GasPrice, cfg)
	if n.freeGas { // suggestNothing makes it 0 as soon as geth, which would take 0 for a mistake, has it
		cfg.GPO.MaxPrice = cfg.Miner.GasPrice
	}
	if cfg.TxPool.NoLocals || cfg.TxPool.Journal == "" {
		return nil
	}
	return dropCheap(n.stack.ResolvePath(cfg.TxPool.Journal), n.minimum)
}

// registerMinimum puts the minimum before geth's methods that know of it. Where two services of a namespace have a method, the
// later one's is called.
func (n *fullNode) registerMinimum(backend *eth.Ethereum) {
	m := &minimumTip{backend: backend, free: n.freeGas}
	if m.free {
		suggestNothing(&n.cfg.Eth)
	}
	m.set(n.minimum)
	n.stack.RegisterAPIs([]rpc.API{{Namespace: "miner", Service: minerTips{m}}, {Namespace: "eth", Service: tipSuggestions{m}}})
	log.Info("Minimum tip of transactions, of pool and blocks", "wei", n.minimum)
}

// suggestNothing has geth's suggestions begin and end at 0, those too that it makes for itself, to fill in a transaction: where
// gas has no price, of an account that has nothing not one wei can be asked. Both are the one number that geth was given, and
// nothing has read it yet.
func suggestNothing(cfg *ethconfig.Config) { cfg.Miner.GasPrice.SetUint64(0) }

// minerTips moves the minimum.
type minerTips struct{ m *minimumTip }

// SetGasPrice sets the minimum tip of what the pool takes, and so of what blocks are made of.
func (t minerTips) SetGasPrice(price hexutil.Big) (bool, error) {
	minimum := (*big.Int)(&price)
	if t.m.free && minimum.Sign() != 0 {
		return false, errors.New("by the network's file gas has no price here: the minimum stays 0")
	}
	t.m.set(minimum)
	return true, nil
}

// tipSuggestions are geth's, and never below the minimum: blocks made before it was raised may have had less.
type tipSuggestions struct{ m *minimumTip }

// MaxPriorityFeePerGas suggests a tip.
func (t tipSuggestions) MaxPriorityFeePerGas(ctx context.Context) (*hexutil.Big, error) {
	tip, err := t.m.backend.APIBackend.SuggestGasTipCap(ctx)
	if err != nil {
		return nil, err
	}
	if least := t.m.now.Load(); tip.Cmp(least) < 0 {
		tip = new(big.Int).Set(least)
	}
	return (*hexutil.Big)(tip), nil
}

// GasPrice suggests a price for transactions that don't tell tip and fee apart.
func (t tipSuggestions) GasPrice(ctx context.Context) (*hexutil.Big, error) {
	tip, err := t.MaxPriorityFeePerGas(ctx)
	if err != nil {
		return nil, err
	}
	if base := t.m.backend.APIBackend.CurrentHeader().BaseFee; base != nil {
		tip = (*hexutil.Big)(new(big.Int).Add((*big.Int)(tip), base))
	}
	return tip, nil
}

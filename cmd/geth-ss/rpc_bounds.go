package main

import (
	"time"

	"github.com/ethereum/go-ethereum/eth"
	"github.com/ethereum/go-ethereum/eth/ethconfig"
	"github.com/ethereum/go-ethereum/log"
)

// What one call of JSON-RPC may take of a node. How many may run at once is in limits.Table.
const (
	// unsetCallTime stands for --rpc.evmtimeout until the file and the options have been read.
	unsetCallTime = -1

	// callTimePoA is that of a node of a proof-of-authority network, unless it is set. A call that uses up the gas of a
	// whole block takes some tenths of a second; geth's 5 s are for the largest of chains.
	callTimePoA = 2 * time.Second
)

// setCallTime chooses --rpc.evmtimeout if nobody has.
func setCallTime(cfg *config) {
	switch {
	case cfg.Eth.RPCEVMTimeout != unsetCallTime:
	case cfg.PoA.Enabled:
		cfg.Eth.RPCEVMTimeout = callTimePoA
	default:
		cfg.Eth.RPCEVMTimeout = ethconfig.Defaults.RPCEVMTimeout
	}
}

// raiseGasCap lets calls have what a transaction can have: with less, one that fits into a block can't be estimated. A
// cap that the operator has chosen stays.
func raiseGasCap(cfg *ethconfig.Config, backend *eth.Ethereum) {
	block := max(backend.BlockChain().CurrentBlock().GasLimit, cfg.Miner.GasCeil)
	switch {
	case cfg.RPCGasCap == 0 || cfg.RPCGasCap >= block:
	case cfg.RPCGasCap == ethconfig.Defaults.RPCGasCap:
		cfg.RPCGasCap = block
		log.Info("Calls may use as much gas as a block has", "cap", block)
	default:
		log.Warn("Transactions that need more gas than calls may use can't be estimated here: raise --rpc.gascap", "cap", cfg.RPCGasCap, "block", block)
	}
}

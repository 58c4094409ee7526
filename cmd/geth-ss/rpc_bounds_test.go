package main

import (
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/eth"
	"github.com/ethereum/go-ethereum/eth/ethconfig"
	"github.com/ethereum/go-ethereum/node"
	"github.com/urfave/cli/v2"
)

// TestCallTime: a validator gives calls less time than geth does, unless somebody has chosen.
func TestCallTime(t *testing.T) {
	chosen := writeFile(t, "chosen.toml", "[Eth]\nRPCEVMTimeout = 5000000000\n[PoA]\nEnabled = true\n")
	empty := writeFile(t, "empty.toml", "[PoA]\nEnabled = true\n")
	for _, c := range []struct {
		args []string
		want time.Duration
	}{
		{nil, 5 * time.Second},
		{[]string{"--secretstore"}, 5 * time.Second},
		{[]string{"--poa"}, 2 * time.Second},
		{[]string{"--config", empty}, 2 * time.Second},
		{[]string{"--config", chosen}, 5 * time.Second},
		{[]string{"--poa", "--rpc.evmtimeout", "5s"}, 5 * time.Second},
		{[]string{"--poa", "--rpc.evmtimeout", "0s"}, 0},
		{[]string{"--config", chosen, "--rpc.evmtimeout", "1s"}, time.Second},
	} {
		var got time.Duration
		app := newApp()
		app.Action = func(ctx *cli.Context) error {
			stack, cfg, err := makeConfigNode(ctx, keyUnused)
			if err != nil {
				return err
			}
			got = cfg.Eth.RPCEVMTimeout
			return stack.Close()
		}
		if err := app.Run(append([]string{"geth-ss", "--datadir", t.TempDir()}, c.args...)); err != nil || got != c.want {
			t.Errorf("%v: %v, %v, want %v", c.args, got, err, c.want)
		}
	}
}

// TestGasCap: whatever fits into a block can be estimated, unless the operator wants it otherwise.
func TestGasCap(t *testing.T) {
	const def = 50_000_000
	if ethconfig.Defaults.RPCGasCap != def {
		t.Fatalf("geth's own cap is %d now", ethconfig.Defaults.RPCGasCap)
	}
	for _, c := range []struct{ block, ceil, cap, want uint64 }{
		{30_000_000, 30_000_000, def, def},
		{60_000_000, 60_000_000, def, 60_000_000},
		{100_000_000, 60_000_000, def, 100_000_000},
		{30_000_000, 200_000_000, def, 200_000_000}, // where it is going
		{60_000_000, 60_000_000, 20_000_000, 20_000_000},
		{60_000_000, 60_000_000, 80_000_000, 80_000_000},
		{60_000_000, 60_000_000, 0, 0}, // none
	} {
		stack, err := node.New(&node.Config{})
		if err != nil {
			t.Fatal(err)
		}
		cfg := ethconfig.Defaults
		cfg.Genesis = core.DeveloperGenesisBlock(c.block, nil)
		cfg.RPCGasCap, cfg.Miner.GasCeil = c.cap, c.ceil
		backend, err := eth.New(stack, &cfg)
		if err != nil {
			t.Fatal(err)
		}
		raiseGasCap(&cfg, backend)
		if got := backend.APIBackend.RPCGasCap(); got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
		if err := stack.Start(); err != nil {
			t.Error(err)
		}
		stack.Close()
	}
}

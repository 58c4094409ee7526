package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/cmd/geth-ss/devnet"
	"github.com/geth-ss/geth-ss/cmd/geth-ss/secretstore"
)

var devnetCommand = newDevnetCommand(devnet.DefaultConfig())

func newDevnetCommand(def devnet.Config) *cli.Command {
	return &cli.Command{
		Name:      "devnet",
		Usage:     "Run a whole network on this machine and show it at work",
		ArgsUsage: " ",
		Description: `Starts a proof-of-authority network whose validators are key servers, each a process with its own data
directory, keys and configuration file. Then a document is published, refused to a stranger, granted on chain
and read back. The network stays up until Ctrl-C. DIR/devnet.json says where everything is, once it is ready.`,
		Flags: []cli.Flag{
			&cli.IntFlag{Name: "nodes", DefaultText: fmt.Sprint(devnet.DefaultNodes), Usage: "Number of validators"},
			&cli.StringFlag{Name: "dir", DefaultText: "temporary", Usage: "Directory of the network; a second start resumes the same chain and keys"},
			&cli.IntFlag{Name: "rpc-port", Value: def.RPCPort, Usage: "First JSON-RPC port, +1 per node"},
			&cli.IntFlag{Name: "secretstore-port", Value: def.SecretStorePort, Usage: "First port of the Secret Store's HTTP API, +1 per node"},
			&cli.IntFlag{Name: "p2p-port", Value: def.P2PPort, Usage: "First peer-to-peer port, +1 per node"},
			&cli.IntFlag{Name: "poa-port", Value: def.PoAPort, Usage: "First consensus port, +1 per node"},
			&cli.StringFlag{Name: "block-time", Value: "1s", Usage: "Interval between blocks, whole seconds"},
			&cli.BoolFlag{Name: "free-gas", Usage: "Gas has no price: accounts without ether can send transactions"},
			&cli.StringFlag{Name: "acl", Value: def.ACL, Usage: "Who may read: demo (a contract devnet deploys), registry (what the registrar names), none (everybody), or a contract's 0xADDRESS"},
			&cli.BoolFlag{Name: "demo", Value: def.Demo, Usage: "Run the demonstration (--demo=false skips it)"},
			&cli.StringFlag{Name: secretstore.KnownFlag.Name, Usage: "Directory in which clients on this machine remember which network an address belongs to; this network's addresses are added", Value: secretstore.KnownFlag.Value, EnvVars: secretstore.KnownFlag.EnvVars},
		},
		Action: runDevnet,
	}
}

func runDevnet(ctx *cli.Context) error {
	if ctx.Args().Present() {
		return fmt.Errorf("devnet takes options only, not %q", ctx.Args().First())
	}
	cfg, err := devnetConfig(ctx)
	if err != nil {
		return err
	}
	ends := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // as under nohup
		ends = append(ends, syscall.SIGHUP)
	}
	stop, cancel := signal.NotifyContext(context.Background(), ends...)
	defer cancel()
	return devnet.Run(stop, cfg)
}

func devnetConfig(ctx *cli.Context) (devnet.Config, error) {
	cfg := devnet.DefaultConfig()
	cfg.Dir = ctx.String("dir")
	cfg.RPCPort = ctx.Int("rpc-port")
	cfg.SecretStorePort = ctx.Int("secretstore-port")
	cfg.P2PPort = ctx.Int("p2p-port")
	cfg.PoAPort = ctx.Int("poa-port")
	cfg.ACL = ctx.String("acl")
	cfg.Demo, cfg.FreeGas = ctx.Bool("demo"), ctx.Bool("free-gas")
	cfg.Known = secretstore.Known(ctx)

	var err error
	if cfg.BlockTime, err = parseSeconds(ctx.String("block-time")); err != nil {
		return cfg, fmt.Errorf("option --block-time: %w", err)
	}
	if cfg.Nodes = ctx.Int("nodes"); ctx.IsSet("nodes") && cfg.Nodes == 0 {
		return cfg, fmt.Errorf("option --nodes: a network needs at least one")
	}
	if cfg.Binary, err = os.Executable(); err != nil {
		return cfg, fmt.Errorf("finding the program itself: %w", err)
	}
	return cfg, nil
}

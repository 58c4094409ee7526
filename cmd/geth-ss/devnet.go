package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
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
and read back. The network stays up until Ctrl-C. DIR/devnet.json says where everything is, once it is ready: "nodes" are
the key servers, "validators" are nodes that are none. The commands below change the key servers while they are used. With
--governance they change the validators, too, by votes of those that there are.`,
		Flags: []cli.Flag{
			&cli.IntFlag{Name: "nodes", DefaultText: fmt.Sprint(devnet.DefaultNodes), Usage: "Number of validators"},
			&cli.StringFlag{Name: "dir", DefaultText: "temporary", Usage: "Directory of the network; a second start resumes the same chain and keys"},
			&cli.IntFlag{Name: "rpc-port", Value: def.RPCPort, Usage: "First JSON-RPC port, +1 per node"},
			&cli.IntFlag{Name: "secretstore-port", Value: def.SecretStorePort, Usage: "First port of the Secret Store's HTTP API, +1 per node"},
			&cli.IntFlag{Name: "p2p-port", Value: def.P2PPort, Usage: "First peer-to-peer port, +1 per node"},
			&cli.IntFlag{Name: "poa-port", Value: def.PoAPort, Usage: "First consensus port, +1 per node"},
			&cli.StringFlag{Name: "block-time", Value: "1s", Usage: "Interval between blocks, whole seconds"},
			&cli.BoolFlag{Name: "free-gas", Usage: "Gas has no price: accounts without ether can send transactions"},
			&cli.BoolFlag{Name: "governance", Usage: "The validators vote on who becomes one, and who is none any more, by a contract in the genesis block"},
			&cli.StringFlag{Name: "acl", Value: def.ACL, Usage: "Who may read: demo (a contract devnet deploys), registry (what the registrar names), none (everybody), or a contract's 0xADDRESS"},
			&cli.BoolFlag{Name: "demo", Value: def.Demo, Usage: "Run the demonstration (--demo=false skips it)"},
			&cli.StringFlag{Name: secretstore.KnownFlag.Name, Usage: "Directory in which clients on this machine remember which network an address belongs to; this network's addresses are added", Value: secretstore.KnownFlag.Value, EnvVars: secretstore.KnownFlag.EnvVars},
		},
		Action: runDevnet,
		Subcommands: []*cli.Command{
			devnetChange(devnet.Add, " ", "Add a key server to a devnet that runs",
				`Makes a node that follows the chain and validates nothing, starts it, and has it become a key server by an order that
accounts[0] signs. All keys get shares there. The devnet stops the node with the others, and starts it the next time.
On a devnet with --governance, --validator has the validators vote it in as one of them; with --key-server it becomes both.`),
			devnetChange(devnet.Replace, "N", "Replace a key server of a devnet that runs by a new node",
				`Makes and starts a node as "devnet add" does. It becomes a key server in the place of node N, which erases its shares and goes
on as validator. On a devnet with --governance it becomes a validator in its place, too, if N is one, and N goes on following the
chain; --validator or --key-server has it take over this alone.`),
			devnetChange(devnet.Remove, "N", "Have a node of a devnet that runs be a key server no longer",
				`Node N erases its shares, and goes on as validator. On a devnet with --governance the validators vote it out, too, if it is one of
them, and it goes on following the chain; --validator or --key-server takes this alone from it.`),
		},
	}
}

// devnetChange is a command that changes the key servers of a devnet that runs.
func devnetChange(do, args, usage, description string) *cli.Command {
	return &cli.Command{
		Name:      do,
		Usage:     usage,
		ArgsUsage: args,
		Description: description + `
The command returns when the change is complete: the keys have moved, and old shares are erased. It says which are not, since a
node does not run: that node erases them when it does. DIR/devnet.json lists the key
servers of then. If the command is interrupted, the devnet goes on with the change; if the devnet is, the next one does.`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "dir", Usage: "Directory of the devnet"},
			&cli.BoolFlag{Name: "force", Usage: "Order it even if some key could not be used afterwards as it can be now"},
			&cli.BoolFlag{Name: "validator", Usage: "It is about a validator: on a devnet with --governance"},
			&cli.BoolFlag{Name: "key-server", Usage: "It is about a key server"},
		},
		Action: func(ctx *cli.Context) error {
			change, dir, err := changeArgs(ctx, do)
			if err != nil {
				return err
			}
			if err := change.Validate(); err != nil {
				return err
			}
			self, err := os.Executable()
			if err != nil {
				return fmt.Errorf("finding the program itself: %w", err)
			}
			stop, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
			defer cancel()
			return devnet.Request(stop, self, dir, change, ctx.App.Writer)
		},
	}
}

// changeArgs reads what a change of a devnet is given, in any order: "devnet --dir DIR add", "replace --dir DIR N" and "replace N
// --dir DIR" are what people type.
func changeArgs(ctx *cli.Context, do string) (c devnet.Change, dir string, err error) {
	c = devnet.Change{Do: do, Force: ctx.Bool("force"), Validator: ctx.Bool("validator"), KeyServer: ctx.Bool("key-server")}
	for _, outer := range ctx.Lineage() {
		dir = cmp.Or(dir, outer.String("dir"))
	}
	for args := ctx.Args().Slice(); len(args) > 0; args = args[1:] {
		value, given := strings.CutPrefix(args[0], "--dir=")
		switch {
		case given:
			dir = value
		case args[0] == "--dir" && len(args) > 1:
			dir, args = args[1], args[1:]
		case args[0] == "--force":
			c.Force = true
		case args[0] == "--validator":
			c.Validator = true
		case args[0] == "--key-server":
			c.KeyServer = true
		case c.Node == "" && !strings.HasPrefix(args[0], "-"):
			c.Node = args[0]
		default:
			return c, "", fmt.Errorf("devnet %s does not take %.100q (see %s devnet %[1]s --help)", ctx.Command.Name, args[0], clientIdentifier)
		}
	}
	if dir == "" {
		return c, "", errors.New("say which devnet: --dir is the directory that it was started with, or that it printed")
	}
	return c, dir, nil
}

func runDevnet(ctx *cli.Context) error {
	if ctx.Args().Present() {
		return unknownCommand(ctx, ctx.Args().First(), ctx.Command.Subcommands)
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
	cfg.Demo, cfg.FreeGas, cfg.Governance = ctx.Bool("demo"), ctx.Bool("free-gas"), ctx.Bool("governance")
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

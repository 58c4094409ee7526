// Command geth-ss is a go-ethereum node with a Secret Store inside.
//
// The package is glue: flags and TOML in, one running node out. It assembles the node from go-ethereum's
// public packages the way cmd/geth does, and adds the key server (package service), its doors (package
// rpcapi) and the consensus driver of proof-of-authority networks (package poa). It holds no logic of
// theirs; with none of them enabled the program behaves as geth.
package main

import (
	"fmt"
	"os"
	"slices"

	"github.com/ethereum/go-ethereum/cmd/utils"
	"github.com/ethereum/go-ethereum/console/prompt"
	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/cmd/geth-ss/secretstore"

	// The tracers register themselves with the debug API.
	_ "github.com/ethereum/go-ethereum/eth/tracers/js"
	_ "github.com/ethereum/go-ethereum/eth/tracers/live"
	_ "github.com/ethereum/go-ethereum/eth/tracers/native"
)

// clientIdentifier names the program to peers, and the instance directory and IPC file on disk.
const clientIdentifier = "geth-ss"

func main() {
	if err := newApp().Run(os.Args); err != nil {
		fmt.Fprintln(os.Stderr, secretstore.LastLine(err))
		os.Exit(1)
	}
}

func newApp() *cli.App {
	app := cli.NewApp()
	app.Name = clientIdentifier
	app.Usage = "an Ethereum node with a Secret Store: a cluster of key servers holds keys and releases them only to accounts that a contract allows"
	app.UsageText = appUsage
	app.Version = versionWithCommit()
	app.Copyright = "Copyright 2013-2026 The go-ethereum Authors, 2026 The geth-ss Authors (GPL-3.0)"
	app.EnableBashCompletion = true
	app.HideHelpCommand = false
	app.Action = runNode
	app.Flags = slices.Concat(nodeFlags, rpcFlags, ownFlags(), consoleFlags, logFlags, utils.MetricsFlags, []cli.Flag{allowNoCgoFlag})
	app.Commands = []*cli.Command{
		accountCommand,
		attachCommand,
		newCheckConfigCommand(),
		consoleCommand,
		contractsCommand,
		devnetCommand,
		dumpConfigCommand,
		dumpGenesisCommand,
		identityCommand,
		initCommand,
		networkCommand,
		poaCommand,
		secretStoreCommand,
		versionCommand,
	}
	bindEnvironment(app.Flags)
	for _, cmd := range app.Commands {
		prepareCommand(cmd)
	}
	app.Action = withLogging(runNode)
	app.After = func(*cli.Context) error {
		closeLogging()
		return prompt.Stdin.Close() // resets the terminal's mode
	}
	app.ExitErrHandler = func(*cli.Context, error) {} // main prints, once
	app.OnUsageError = usageError
	return app
}

const appUsage = `geth-ss [options]                    run a node until it is interrupted
   geth-ss [options] command [options]  run one of the commands below

   Smallest setting, one key server on a development chain:
     geth-ss --dev --secretstore --http
   A whole network on this machine, with a demonstration:
     geth-ss devnet
   A proof-of-authority network of several operators:
     geth-ss identity --datadir DIR                       each of them
     geth-ss network new --configs CONFIGS ...            one of them
   A validator of it:
     geth-ss init --datadir DIR network.json
     geth-ss --config validator.toml`

// prepareCommand wraps the actions of a command and its subcommands, so that an option counts wherever on
// the line it stands and the log is set up before anything is logged.
func prepareCommand(cmd *cli.Command) {
	if cmd.Action == nil && len(cmd.Subcommands) > 0 {
		cmd.Action = groupAction
	} else if cmd.Action != nil {
		if !slices.Contains(cmd.Flags, cli.Flag(allowNoCgoFlag)) {
			cmd.Flags = append(slices.Clone(cmd.Flags), allowNoCgoFlag)
		}
		action := withLogging(cmd.Action)
		cmd.Action = func(ctx *cli.Context) error {
			if err := inheritGlobals(ctx); err != nil {
				return err
			}
			return action(ctx)
		}
	}
	cmd.OnUsageError = usageError
	for _, sub := range cmd.Subcommands {
		prepareCommand(sub)
	}
}

// withLogging sets up logging from the flags, and what protects keys, before action runs.
func withLogging(action cli.ActionFunc) cli.ActionFunc {
	return func(ctx *cli.Context) error {
		if err := setupLogging(ctx); err != nil {
			return err
		}
		if err := guardKeys(ctx); err != nil {
			return err
		}
		return action(ctx)
	}
}

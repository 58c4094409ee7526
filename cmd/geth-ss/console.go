package main

import (
	_ "embed"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/ethereum/go-ethereum/cmd/utils"
	"github.com/ethereum/go-ethereum/console"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/urfave/cli/v2"
)

var (
	consoleCommand = &cli.Command{
		Action: localConsole,
		Name:   "console",
		Usage:  "Start an interactive JavaScript environment",
		Flags:  slices.Concat(nodeFlags, rpcFlags, ownFlags(), consoleFlags),
		Description: `Starts a node, as without a command, and a JavaScript console on it. With --exec the console
evaluates one statement and ends.`,
	}

	attachCommand = &cli.Command{
		Action:    remoteConsole,
		Name:      "attach",
		Usage:     "Start an interactive JavaScript environment (connect to node)",
		ArgsUsage: "[endpoint]",
		Flags:     slices.Concat([]cli.Flag{configFileFlag, utils.DataDirFlag, utils.HttpHeaderFlag}, consoleFlags),
		Description: `Opens a JavaScript console on a running node. The endpoint is the path of its IPC file or an
http:// or ws:// URL; without one it is the IPC file of the data directory. With --exec the console evaluates
one statement and ends.`,
	}
)

func localConsole(ctx *cli.Context) error {
	n, err := makeFullNode(ctx)
	if err != nil {
		return err
	}
	defer n.stack.Close()
	if err := n.start(true); err != nil {
		return err
	}

	js, err := newConsole(ctx, n.stack.Attach())
	if err != nil {
		return err
	}
	defer js.Stop(false)
	if evaluate(ctx, js) {
		return nil
	}
	go func() {
		n.stack.Wait() // ends at SIGTERM, and then the prompt must not wait for a line
		js.StopInteractive()
	}()
	js.Welcome()
	js.Interactive()
	return n.failure()
}

func remoteConsole(ctx *cli.Context) error {
	quietLogging(ctx)
	if ctx.Args().Len() > 1 {
		return errors.New("attach wants at most one argument, the endpoint; options go before it")
	}
	client, err := dialNode(ctx, ctx.Args().First())
	if err != nil {
		return err
	}
	js, err := newConsole(ctx, client)
	if err != nil {
		return err
	}
	defer js.Stop(false)
	if evaluate(ctx, js) {
		return nil
	}
	js.Welcome()
	js.Interactive()
	return nil
}

// secretStoreJS adds our methods to the console, which knows geth's alone.
//
//go:embed secretstore.js
var secretStoreJS []byte

func newConsole(ctx *cli.Context, client *rpc.Client) (*console.Console, error) {
	extension, err := writeTemp("secretstore-*.js", secretStoreJS)
	if err != nil {
		return nil, err
	}
	defer os.Remove(extension)
	js, err := console.New(console.Config{
		DataDir: utils.MakeDataDir(ctx),
		DocRoot: ctx.String(utils.JSpathFlag.Name),
		Client:  client,
		Preload: append([]string{extension}, utils.MakeConsolePreloads(ctx)...),
	})
	if err != nil {
		return nil, fmt.Errorf("starting the JavaScript console: %w", err)
	}
	return js, nil
}

// writeTemp writes a temporary file: the console takes scripts as files only.
func writeTemp(pattern string, text []byte) (string, error) {
	file, err := os.CreateTemp("", pattern)
	if err != nil {
		return "", err
	}
	_, err = file.Write(text)
	if err := errors.Join(err, file.Close()); err != nil {
		os.Remove(file.Name())
		return "", err
	}
	return file.Name(), nil
}

// evaluate runs the statement of --exec and reports whether there was one.
func evaluate(ctx *cli.Context, js *console.Console) bool {
	script := ctx.String(utils.ExecFlag.Name)
	if script != "" {
		js.Evaluate(script)
	}
	return script != ""
}

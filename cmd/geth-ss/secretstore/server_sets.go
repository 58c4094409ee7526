package secretstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/client"
	"github.com/geth-ss/geth-ss/client/chainrpc"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

var (
	linksFlag = &cli.StringFlag{Name: "links", Usage: "File that shows which server sets followed one another, as server-sets writes it"}

	serverSetsCommand = &cli.Command{
		Action:    writeServerSets,
		Name:      "server-sets",
		Usage:     "Get what shows which server sets followed one another, for anyone who checks receipts",
		ArgsUsage: " ",
		Flags:     []cli.Flag{toFlag, forceFlag, nodeURLFlag, caFlag, serverFlag, setFlag, clusterFlag, chainFlag, KnownFlag, jsonFlag},
		Description: `Asks a key server which sets there were and by which links they followed one another, checks the links, and writes them to
--out (- for standard output). verify-receipt --links reads the file. It holds nothing secret, and whoever reads it trusts
only the set whose hash they know.`,
	}
)

// writtenSets is what server-sets prints.
type writtenSets struct {
	Newest wire.SetRef `json:"newest"`
	Sets   int         `json:"sets"`
	File   string      `json:"file"`
}

func writeServerSets(ctx *cli.Context) error {
	if ctx.Args().Len() != 0 {
		return errors.New("server-sets wants no argument; --out names the file to write")
	}
	cfg, err := clientConfig(ctx, addresses(ctx, nodeURLFlag))
	if err != nil {
		return err
	}
	if err := trustOf(ctx, &cfg); err != nil {
		return err
	}
	a, err := client.NewAdministration(cfg)
	if err != nil {
		return err
	}
	told, err := a.ServerSets(ctx.Context)
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(told, "", " ")
	if err != nil {
		return err
	}
	path := ctx.String(toFlag.Name)
	if path == "" {
		path = "-"
	}
	out, err := createOutput(ctx, path)
	if err != nil {
		return err
	}
	defer out.drop()
	if _, err := out.Write(append(text, '\n')); err != nil {
		return err
	}
	if err := out.done(); err != nil {
		return err
	}
	return out.report(ctx, &writtenSets{told.Newest, len(told.Links) + 1, path}, fmt.Sprintf("Server sets: %d, the newest is set %d", len(told.Links)+1, told.Newest.Epoch),
		"Hash:        "+told.Newest.Hash.Hex(), "File:        "+path)
}

// readSets is which server sets count, by --set and --links, or by what the node of --rpc tells. Nil: none were asked for.
func readSets(ctx *cli.Context) (*verify.Succession, error) {
	hash, err := setHash(ctx)
	if err != nil {
		return nil, err
	}
	path := ctx.String(linksFlag.Name)
	switch {
	case hash == common.Hash{} && path == "":
		return nil, nil
	case hash == common.Hash{}:
		return nil, errors.New("--links shows which server sets followed one another, and not which one to trust: give --set, the hash of one that you know")
	case path == "" && !ctx.IsSet(checkRPCFlag.Name):
		return nil, errors.New("--set names a server set that you trust, and not what followed it: give --links, a file that server-sets has written, or --rpc, a node that tells it")
	}
	var told *wire.SetsTold
	if path == "" {
		told, err = askSets(ctx)
	} else {
		told, err = readLinks(path)
	}
	if err != nil {
		return nil, err
	}
	return client.FollowSets(told, hash)
}

func readLinks(path string) (*wire.SetsTold, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading the server sets: %w", err)
	}
	defer in.Close()
	return client.ReadSets(in)
}

// askSets has the node of --rpc tell all server sets.
func askSets(ctx *cli.Context) (*wire.SetsTold, error) {
	bounded, cancel := context.WithTimeout(ctx.Context, askedWithin)
	defer cancel()
	chain, err := dialChain(bounded, ctx, 0)
	if err != nil {
		return nil, err
	}
	defer chain.Close()
	told, err := chainrpc.Ask(bounded, chain, func(ctx context.Context, node *rpc.Client) (*wire.SetsTold, error) {
		return client.AllSets(func(after uint64, into *wire.SetsTold) error {
			return node.CallContext(ctx, into, "secretstore_serverSets", after)
		})
	})
	if err != nil {
		return nil, fmt.Errorf("asking which server sets there were: %w", chainrpc.Explain(err))
	}
	return told, nil
}

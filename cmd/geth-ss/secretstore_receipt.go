package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/client"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

var (
	receiptCommand = &cli.Command{
		Action:    getReceipt,
		Name:      "receipt",
		Usage:     "Read a document's key for its receipt alone",
		ArgsUsage: "<document's file or key id>",
		Flags:     append([]cli.Flag{toFlag, forceFlag}, clientFlags...),
		Description: `Asks the key servers for a document's key, forgets it, and writes their receipt for that: who was let read what, at which
block. fetch --receipt FILE writes one beside the document.`,
	}

	trustedFlag = &cli.StringSliceFlag{
		Name: "server", Usage: "Address (or node id) of a key server that you know, to be repeated: receipts of any other are refused",
	}
	versionFlag = &cli.StringFlag{Name: "key-version", Usage: "Version of the key that the receipt must be about, as publish printed it"}

	verifyReceiptCommand = &cli.Command{
		Action:    verifyReceipt,
		Name:      "verify-receipt",
		Usage:     "Check a receipt off line, and by contract",
		ArgsUsage: "<file>",
		Flags:     []cli.Flag{trustedFlag, versionFlag, rpcFlag, checkerFlag, jsonFlag},
		Description: `Checks that t+1 of the servers which hold the key have signed the receipt (- for standard input), and that it is about the
request in it. It needs no node and no network. It prints what the receipt says and exits with 0, or with 1 and why not.
With --rpc a contract checks it, too, as it would in a transaction: Receipts.sol, in that node's EVM.

Anybody can run key servers: give --server for each one that holds the document's key, or --key-version as its
publisher has told it. docs/receipts.md says what a receipt proves.`,
	}
)

func getReceipt(ctx *cli.Context) error {
	if ctx.Args().Len() != 1 {
		return errors.New("receipt wants one argument, a document's file or the id of its key")
	}
	doc, err := namedDocument(ctx.Args().First())
	if err != nil {
		return err
	}
	c, err := newClient(ctx)
	if err != nil {
		return err
	}
	path := ctx.String(toFlag.Name)
	if path == "" {
		path = "-"
	}
	kept, err := createReceipt(ctx, path, nil)
	if err != nil {
		return err
	}
	defer kept.drop()
	f, err := c.Fetch(ctx.Context, doc.key)
	if err != nil {
		return kept.refusal(err)
	}
	f.DocumentKey.Erase()
	return kept.write(f.Receipt())
}

// receiptReport is what verify-receipt prints.
type receiptReport struct {
	Valid     bool     `json:"valid"`
	Verdict   string   `json:"verdict"`
	Requester string   `json:"requester"`
	Key       string   `json:"key"`
	Version   string   `json:"version"`
	Cluster   string   `json:"cluster"`
	ChainID   uint64   `json:"chainId"`
	Block     uint64   `json:"block"`
	BlockHash string   `json:"blockHash"`
	Threshold uint32   `json:"threshold"`
	SignedBy  []string `json:"signedBy"`
	Members   []string `json:"members"`
}

func verifyReceipt(ctx *cli.Context) error {
	if ctx.Args().Len() != 1 {
		return errors.New("verify-receipt wants one argument, the receipt's file (- for standard input)")
	}
	servers, err := trustedServers(ctx.StringSlice(trustedFlag.Name))
	if err != nil {
		return err
	}
	in, _, err := input(ctx.Args().First())
	if err != nil {
		return fmt.Errorf("reading the receipt: %w", err)
	}
	defer in.Close()
	r, err := client.ReadReceipt(in)
	if err != nil {
		return err
	}
	verify, verdict := client.VerifyReceipt, "granted"
	if !r.Receipt.Granted {
		verify, verdict = client.VerifyRefusal, "refused"
	}
	if err := verify(r, servers); err != nil {
		return err
	}
	version := hexutil.Encode(r.Receipt.Version[:])
	if want := ctx.String(versionFlag.Name); want != "" && hexArgument(want) != version {
		return fmt.Errorf("the receipt is about version %s of the key, not %s", version, want)
	}
	if len(servers) == 0 && !ctx.IsSet(versionFlag.Name) {
		fmt.Fprintln(os.Stderr, "Warning: the receipt is sound, but whose servers these are you have to know: give --server or --key-version.")
	}
	if err := checkByContract(ctx, r); err != nil {
		return err
	}
	f := receiptReport{true, verdict, r.Receipt.Requester.Hex(), r.Receipt.Key.String(), version, r.Receipt.Cluster.String(), r.Message.Chain,
		r.Receipt.Block.Number, r.Receipt.Block.Hash.Hex(), r.Setup.Threshold, nil, nil}
	for _, s := range r.Signatures {
		f.SignedBy = append(f.SignedBy, r.Setup.Members[s.Index-1].Address().Hex())
	}
	for _, m := range r.Setup.Members {
		f.Members = append(f.Members, m.Address().Hex())
	}
	return report(ctx, os.Stdout, f, "Valid:     yes, signed by "+fmt.Sprint(len(f.SignedBy))+" of the key's "+fmt.Sprint(len(f.Members))+" servers",
		"Verdict:   "+f.Verdict, "Requester: "+f.Requester, "Key:       "+f.Key, "Version:   "+f.Version, "Cluster:   "+f.Cluster, fmt.Sprintf("Chain:     %d", f.ChainID),
		fmt.Sprintf("Block:     %d, %s", f.Block, f.BlockHash), fmt.Sprintf("Signed by: %v", f.SignedBy))
}

func trustedServers(texts []string) (servers []common.Address, err error) {
	for _, text := range texts {
		if common.IsHexAddress(text) {
			servers = append(servers, common.HexToAddress(text))
			continue
		}
		id, err := wire.ParseNodeID(text)
		if err != nil {
			return nil, fmt.Errorf("--server %s is neither an address nor a node id", text)
		}
		servers = append(servers, id.Address())
	}
	return servers, nil
}

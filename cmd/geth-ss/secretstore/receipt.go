package secretstore

import (
	"errors"
	"fmt"
	"os"
	"strings"

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
		Usage:     "Read a document's key only to get the receipt",
		ArgsUsage: "<document's file or key id>",
		Flags:     append([]cli.Flag{toFlag, forceFlag}, clientFlags...),
		Description: `Asks the key servers for a document's key, forgets it, and writes their receipt: who was allowed to read what, at which
block. fetch --receipt FILE writes one beside the document.`,
	}

	trustedFlag = &cli.StringSliceFlag{
		Name: "server", Usage: "Address (or node id) of a key server that you know; repeat for each. Receipts of any other are refused. Give --record or --threshold, too",
	}
	recordFlag  = &cli.StringFlag{Name: "record", Usage: "File with the key's record, which all its servers have signed, as publish --record and key-record write it"}
	mayLieFlag  = &cli.UintFlag{Name: "threshold", Usage: "How many of the servers given may lie: more of them must have signed the receipt"}
	versionFlag = &cli.StringFlag{Name: "key-version", Usage: "Version of the key that the receipt must be about, as publish printed it"}

	verifyReceiptCommand = &cli.Command{
		Action:    verifyReceipt,
		Name:      "verify-receipt",
		Usage:     "Check a receipt offline, or with a contract",
		ArgsUsage: "<file>",
		Flags:     []cli.Flag{trustedFlag, setFlag, linksFlag, recordFlag, mayLieFlag, versionFlag, checkRPCFlag, caFlag, checkerFlag, receiptSetsFlag, jsonFlag},
		Description: `Checks that t+1 of the servers which hold the key have signed the receipt (- for standard input), and that it is about the
request in it. It needs no node and no network. It prints what the receipt says and exits with 0, or with 1 and why not.
With --rpc a contract checks it, too, as it would in a transaction: Receipts.sol, run by that node; with --server-sets
MovedReceipts.sol, which takes receipts of later versions of the key.

Anybody can run key servers: give --key-version as the document's publisher has told it; or --server for each one that you
know, and with them --record, what all servers of the key have signed, or --threshold, how many of them may lie.

When the key servers have changed since, a receipt is of a later version of the key, and of servers that the publisher did
not know. Then give --set, the hash of a server set that you trust, and --links, the file by which others followed it
(server-sets writes it; with --rpc that node tells them). --key-version stays the one that the publisher has told.
docs/receipts.md says what a receipt proves.`,
	}
)

func getReceipt(ctx *cli.Context) error {
	return keepSigned(ctx, func(c *client.Client, kept *receiptFile, key wire.KeyID) (any, error) {
		f, err := c.Fetch(ctx.Context, key)
		if err != nil {
			return nil, kept.refusal(err)
		}
		f.DocumentKey.Erase()
		return f.Receipt(), nil
	})
}

// keepSigned asks for what key servers have signed about the document in the argument, and writes it.
func keepSigned(ctx *cli.Context, ask func(*client.Client, *receiptFile, wire.KeyID) (any, error)) error {
	if ctx.Args().Len() != 1 {
		return fmt.Errorf("%s wants one argument, a document's file or the id of its key", ctx.Command.Name)
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
	signed, err := ask(c, kept, doc.key)
	if err != nil {
		return err
	}
	return kept.write(signed)
}

// keyRecordCommand is for documents whose record nobody has kept.
var keyRecordCommand = &cli.Command{
	Action:    getKeyRecord,
	Name:      "key-record",
	Usage:     "Get the record of your key, for anyone who checks receipts",
	ArgsUsage: "<document's file or key id>",
	Flags:     append([]cli.Flag{toFlag, forceFlag}, clientFlags...),
	Description: `Asks the key servers for the key's record, what all servers that hold it have signed, checks it, and writes it (to standard
output, or --out). Only the key's author may ask. publish --record FILE writes it at once.`,
}

func getKeyRecord(ctx *cli.Context) error {
	return keepSigned(ctx, func(c *client.Client, _ *receiptFile, key wire.KeyID) (any, error) {
		made, err := c.ServerKey(ctx.Context, key)
		if err != nil {
			return nil, err
		}
		return made.Certificate, nil
	})
}

// receiptReport is what verify-receipt prints.
type receiptReport struct {
	Valid     bool     `json:"valid"`
	Verdict   string   `json:"verdict"`
	Requester string   `json:"requester"`
	Key       string   `json:"key"`
	Version   string   `json:"version"`  // now
	Origin    string   `json:"origin"`   // the version that was made
	SetEpoch  uint64   `json:"setEpoch"` // of the server set that has it now
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
	witnesses, err := readWitnesses(ctx)
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
	if err := verify(r, witnesses); err != nil {
		var unknown *client.UnknownSet
		if errors.As(err, &unknown) {
			return BadNews(err.Error() + ": give --set, the hash of a server set that you trust, and --links, a file that server-sets has written, or --rpc")
		}
		return BadNews(err.Error())
	}
	version := hexutil.Encode(r.Receipt.Version[:])
	if len(witnesses.Servers) == 0 && witnesses.Sets == nil && !ctx.IsSet(versionFlag.Name) {
		fmt.Fprintln(os.Stderr, "Warning: the receipt is valid, but this command cannot know whose servers signed it: give --key-version, or --server and --record.")
	}
	if err := checkByContract(ctx, r, &witnesses); err != nil {
		return err
	}
	origin, epoch := r.Setup.Origin(), uint64(0)
	if r.Setup.Set != nil {
		epoch = r.Setup.Set.Epoch
	}
	f := receiptReport{true, verdict, r.Receipt.Requester.Hex(), r.Receipt.Key.String(), version, hexutil.Encode(origin[:]), epoch, r.Receipt.Cluster.String(), r.Message.Chain,
		r.Receipt.Block.Number, r.Receipt.Block.Hash.Hex(), r.Setup.Threshold, nil, nil}
	for _, s := range r.Signatures {
		f.SignedBy = append(f.SignedBy, r.Setup.Members[s.Index-1].Address().Hex())
	}
	for _, m := range r.Setup.Members {
		f.Members = append(f.Members, m.Address().Hex())
	}
	return report(ctx, os.Stdout, f, "Valid:     yes, signed by "+fmt.Sprint(len(f.SignedBy))+" of the key's "+fmt.Sprint(len(f.Members))+" servers",
		"Verdict:   "+f.Verdict, "Requester: "+f.Requester, "Key:       "+f.Key, "Version:   "+f.Version, fmt.Sprintf("Origin:    %s, now of server set %d", f.Origin, f.SetEpoch), "Cluster:   "+f.Cluster, fmt.Sprintf("Chain:     %d", f.ChainID),
		fmt.Sprintf("Block:     %d, %s", f.Block, f.BlockHash), "Signed by: "+strings.Join(f.SignedBy, ", "))
}

// readWitnesses is whose word counts, by the flags.
func readWitnesses(ctx *cli.Context) (w client.Witnesses, err error) {
	if w.Servers, err = trustedServers(ctx.StringSlice(trustedFlag.Name)); err != nil {
		return w, err
	}
	if text := ctx.String(versionFlag.Name); text != "" {
		id, err := keyID(text) // it has the same form
		if err != nil {
			return w, fmt.Errorf("--key-version: %q is not the version of a key, which has 64 hex digits", text)
		}
		w.Version = new(wire.SessionID(id))
	}
	if w.Sets, err = readSets(ctx); err != nil {
		return w, err
	}
	if ctx.IsSet(mayLieFlag.Name) {
		w.Threshold = new(uint32(min(ctx.Uint(mayLieFlag.Name), wire.MaxMembers)))
	}
	path := ctx.String(recordFlag.Name)
	if len(w.Servers) == 0 && w.Sets == nil && (path != "" || w.Threshold != nil) {
		return w, errors.New("--record and --threshold are about the servers that you know: give --server for each of them")
	}
	if path == "" {
		return w, nil
	}
	in, _, err := input(path)
	if err != nil {
		return w, fmt.Errorf("reading the key's record: %w", err)
	}
	defer in.Close()
	w.Record, err = client.ReadRecord(in)
	return w, err
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

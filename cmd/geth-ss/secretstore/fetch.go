package secretstore

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/client"
	"github.com/geth-ss/geth-ss/client/document"
)

var (
	receiptFileFlag = &cli.StringFlag{Name: "receipt", Usage: "File for the key servers' receipt"}

	fetchCommand = &cli.Command{
		Action:    fetchDocument,
		Name:      "fetch",
		Usage:     "Read a published document",
		ArgsUsage: "<file>",
		Flags:     append([]cli.Flag{toFlag, forceFlag, idFlag, receiptFileFlag}, clientFlags...),
		Description: `Asks the key servers for the key of a document (- for standard input), checks what they answer, and writes the document to
standard output, or to the file of --out. If the document was changed or cut, it exits with 1: no file is written, and
standard output gets only what comes before the damage.

A document of Parity's or Ocean's clients does not name its key: give --id. Changes in such a document can't be detected.`,
	}
)

// reading is what fetch prints.
type reading struct {
	Key     string `json:"key"`
	Account string `json:"account"`
	Block   uint64 `json:"block"` // at which the permission was decided
	Servers int    `json:"servers"`
	Size    int64  `json:"size"`
	File    string `json:"file"`
	Receipt string `json:"receipt,omitempty"`
}

func fetchDocument(ctx *cli.Context) error {
	if ctx.Args().Len() != 1 {
		return errors.New("fetch wants one argument, the document's file (- for standard input)")
	}
	c, in, size, err := clientAndInput(ctx, "fetching")
	if err != nil {
		return err
	}
	defer in.Close()
	path := ctx.Args().First()
	name := ctx.String(toFlag.Name)
	if name == "" {
		name = "-"
	}
	out, kept, err := createOutputs(ctx, name, ctx.String(receiptFileFlag.Name))
	if err != nil {
		return err
	}
	defer out.drop()
	defer kept.drop()
	text, f, err := openDocument(ctx, c, newProgress(in, "read", size))
	if errors.Is(err, document.ErrForm) {
		return fmt.Errorf("%s: %w; if Parity's or Ocean's client wrote it, give --id", path, err)
	}
	if err != nil {
		return kept.refusal(err)
	}
	defer f.DocumentKey.Erase()
	if err := kept.write(f.Receipt()); err != nil {
		return err
	}
	n, err := io.Copy(out, text)
	if err != nil {
		return fmt.Errorf("reading %s: %w", path, err)
	}
	if err := out.done(); err != nil {
		return fmt.Errorf("writing the document: %w", err)
	}
	facts := reading{f.Key.String(), c.Account().Hex(), f.Release.Receipt.Block.Number, len(f.Release.Parts), n, out.path, ctx.String(receiptFileFlag.Name)}
	if out.path == "" && !ctx.Bool(jsonFlag.Name) {
		return nil // the document says it all
	}
	return out.report(ctx, facts, fmt.Sprintf("Read %d bytes with the help of %d key servers, at block %d: %s", n, facts.Servers, facts.Block, out.path))
}

func openDocument(ctx *cli.Context, c *client.Client, in io.Reader) (io.Reader, *client.Fetched, error) {
	text := ctx.String(idFlag.Name)
	if text == "" {
		return c.Open(ctx.Context, in)
	}
	id, err := keyID(text)
	if err != nil {
		return nil, nil, err
	}
	encrypted, err := readWhole(in, 2*maxLegacy+2)
	if err != nil {
		return nil, nil, err
	}
	if b, err := hexutil.Decode(string(bytes.TrimSpace(encrypted))); err == nil { // as Ocean's client writes it
		encrypted = b
	}
	plain, f, err := c.OpenLegacy(ctx.Context, id, encrypted)
	return bytes.NewReader(plain), f, err
}

// receiptFile is where a receipt goes; nil if none is wanted.
type receiptFile struct{ *output }

// createOutputs checks the names of the document's file and of one for what the key servers have signed; "" is for none.
func createOutputs(ctx *cli.Context, path, kept string) (out *output, receipt *receiptFile, err error) {
	if out, err = createOutput(ctx, path); err != nil {
		return nil, nil, err
	}
	if receipt, err = createReceipt(ctx, kept, out); err != nil {
		out.drop()
		return nil, nil, err
	}
	return out, receipt, nil
}

// createReceipt checks the file's name before anything is asked for; "" is for none. It must not be that of another output.
func createReceipt(ctx *cli.Context, path string, other *output) (*receiptFile, error) {
	if path == "" {
		return nil, nil
	}
	if other != nil && path != "-" && filepath.Clean(path) == filepath.Clean(other.path) {
		return nil, fmt.Errorf("two outputs can't both go to %s", path)
	}
	out, err := createOutput(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("creating the receipt's file: %w", err)
	}
	return &receiptFile{out}, nil
}

func (f *receiptFile) drop() {
	if f != nil {
		f.output.drop()
	}
}

// refusal writes the receipt of a denial, if there is one, and gives the denial on.
func (f *receiptFile) refusal(denied error) error {
	r, ok := client.RefusalOf(denied)
	if !ok || f == nil {
		return denied
	}
	if err := f.write(r); err != nil {
		return errors.Join(denied, err)
	}
	if f.path == "" {
		return denied
	}
	return fmt.Errorf("%w; the receipt of this refusal is in %s", denied, f.path)
}

func (f *receiptFile) write(r any) error {
	if f == nil {
		return nil
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if _, err = f.Write(append(text, '\n')); err == nil && f.path != "" {
		err = f.Chmod(0o644) // it is for others
	}
	if err == nil {
		err = f.done()
	}
	if err != nil {
		return fmt.Errorf("writing what the key servers have signed: %w", err)
	}
	return nil
}

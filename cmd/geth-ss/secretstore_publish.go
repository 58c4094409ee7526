package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/client"
	"github.com/geth-ss/geth-ss/client/document"
)

var (
	thresholdFlag = &cli.UintFlag{
		Name: "threshold", Usage: "t: any t+1 key servers can use the key, t can't; 0 for a third of them",
	}
	legacyFlag = &cli.BoolFlag{
		Name: "legacy", Usage: "Encrypt as Parity's and Ocean's clients do, unauthenticated, as 0x and hex",
	}

	publishCommand = &cli.Command{
		Action:    publishDocument,
		Name:      "publish",
		Usage:     "Encrypt a document, and leave its key with the key servers",
		ArgsUsage: "<file>",
		Flags:     append([]cli.Flag{toFlag, forceFlag, idFlag, thresholdFlag, legacyFlag, rpcFlag, contractFlag, registrarFlag}, clientFlags...),
		Description: `Has the key servers make a key, encrypts the file (- for standard input) and writes FILE.ss, which names its key and may
be given to anybody. It can be read by whom the permission contract admits.

With --rpc the document's id is claimed in the permission contract first, so that nobody else can become its
publisher there. Without, do so before you tell anybody the id: grant does.`,
	}
)

// publication is what publish prints.
type publication struct {
	Key       string `json:"key"`
	ServerKey string `json:"serverKey"`
	Version   string `json:"version"`
	Threshold uint32 `json:"threshold"`
	Publisher string `json:"publisher"`
	File      string `json:"file"`
}

func publishDocument(ctx *cli.Context) error {
	if ctx.Args().Len() != 1 {
		return errors.New("publish wants one argument, the file to publish (- for standard input)")
	}
	c, err := newClient(ctx)
	if err != nil {
		return err
	}
	path := ctx.Args().First()
	in, size, err := input(path)
	if err != nil {
		return fmt.Errorf("publishing: %w", err)
	}
	defer in.Close()
	out, err := createOutput(ctx, publishedName(ctx, path))
	if err != nil {
		return err
	}
	defer out.drop()
	options := client.PublishOptions{Threshold: uint32(ctx.Uint(thresholdFlag.Name))}
	if text := ctx.String(idFlag.Name); text != "" {
		if options.Key, err = keyID(text); err != nil {
			return err
		}
	} else {
		rand.Read(options.Key[:]) // never fails
	}
	if ctx.String(rpcFlag.Name) != "" {
		if err := claim(ctx, options.Key); err != nil {
			return err
		}
	}
	p, err := c.PublishKey(ctx.Context, options)
	if err != nil {
		return err
	}
	defer p.DocumentKey.Erase()
	encrypt := encryptTo
	if ctx.Bool(legacyFlag.Name) {
		encrypt = encryptLegacy
	}
	if err := encrypt(out, p, newProgress(in, "encrypted", size)); err != nil {
		return fmt.Errorf("encrypting %s: %w", path, err)
	}
	if err := out.done(); err != nil {
		return fmt.Errorf("writing the document: %w", err)
	}
	facts := publication{p.Key.String(), hexutil.Encode(p.ServerKey[:]), hexutil.Encode(p.Version[:]), p.Threshold, c.Account().Hex(), out.path}
	lines := []string{"Key:       " + facts.Key, "Version:   " + facts.Version,
		fmt.Sprintf("Threshold: %d (it takes %d key servers)", p.Threshold, p.Threshold+1), "Publisher: " + facts.Publisher}
	if out.path != "" {
		lines = append(lines, "File:      "+out.path)
	}
	return out.report(ctx, facts, lines...)
}

func publishedName(ctx *cli.Context, path string) string {
	switch out := ctx.String(toFlag.Name); {
	case out != "":
		return out
	case path == "-":
		return "-"
	}
	return path + ".ss"
}

func encryptTo(out io.Writer, p *client.Published, in io.Reader) error {
	w, err := p.Encrypt(out)
	if err != nil {
		return err
	}
	if _, err := io.Copy(w, in); err != nil {
		return err
	}
	return w.Close()
}

// encryptLegacy holds the document as a whole.
func encryptLegacy(out io.Writer, p *client.Published, in io.Reader) error {
	text, err := readWhole(in, maxLegacy)
	if err != nil {
		return err
	}
	encrypted, err := document.EncryptLegacy(rand.Reader, p.DocumentKey, text)
	if err != nil {
		return err
	}
	_, err = io.WriteString(out, hexutil.Encode(encrypted))
	return err
}

func readWhole(in io.Reader, limit int64) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(in, limit+1))
	if err == nil && int64(len(text)) > limit {
		err = fmt.Errorf("documents of Parity's form are held in memory: more than %d MiB are refused", limit>>20)
	}
	return text, err
}

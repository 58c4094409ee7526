package secretstore

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/client"
	"github.com/geth-ss/geth-ss/client/document"
)

var (
	thresholdFlag = &cli.UintFlag{
		Name: "threshold", Usage: "t: any t+1 key servers can use the key, t can't; without it a third of them, rounded down, at least 1 if there are several",
	}
	legacyFlag = &cli.BoolFlag{
		Name: "legacy", Usage: "Encrypt as Parity's and Ocean's clients do, unauthenticated, as 0x and hex",
	}

	keptRecordFlag = &cli.StringFlag{Name: "record", Usage: "File for the key's record, which shows anyone who checks receipts which servers hold the key"}

	publishCommand = &cli.Command{
		Action:    publishDocument,
		Name:      "publish",
		Usage:     "Encrypt a document, and store its key with the key servers",
		ArgsUsage: "<file>",
		Flags:     append([]cli.Flag{toFlag, forceFlag, idFlag, thresholdFlag, legacyFlag, keptRecordFlag, rpcFlag, contractFlag, registrarFlag, costFlag, unclaimedFlag}, clientFlags...),
		Description: `Has the key servers make a key, encrypts the file (- for standard input) and writes FILE.ss, which names its key and may
be given to anybody. Only accounts that the permission contract allows can read it.

The document's id is claimed in the permission contract first, through --rpc, so that nobody else can become its publisher
there; give --unclaimed if that is done already. Nothing is claimed unless --node and --rpc are on one chain, there is such
a contract, the account can pay, and the key servers can make the key.

An interrupted publication leaves a file that ends in ".unfinished" beside the one to write; it holds no secret. Publish
again to go on under the same id.`,
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
	c, in, size, err := clientAndInput(ctx, "publishing")
	if err != nil {
		return err
	}
	defer in.Close()
	path := ctx.Args().First()
	content, err := newContent(ctx, in, size)
	if err != nil {
		return fmt.Errorf("publishing %s: %w", path, err)
	}
	out, record, err := createOutputs(ctx, publishedName(ctx, path), ctx.String(keptRecordFlag.Name))
	if err != nil {
		return err
	}
	defer out.drop()
	defer record.drop()
	options, err := publishOptions(ctx)
	if err != nil {
		return err
	}
	left, err := resume(ctx, out, &options, c.Account())
	if err != nil {
		return err
	}
	p, err := c.PublishKey(ctx.Context, options)
	if err != nil {
		return left.explain(err)
	}
	defer p.DocumentKey.Erase()
	if err := content.encrypt(out, p); err != nil {
		return left.explain(fmt.Errorf("encrypting %s: %w", path, err))
	}
	if err := record.write(p.Record); err != nil {
		return left.explain(err)
	}
	if err := out.done(); err != nil {
		return left.explain(fmt.Errorf("writing the document: %w", err))
	}
	left.done()
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

// publishOptions are those that publish and generate-key have in common.
func publishOptions(ctx *cli.Context) (o client.PublishOptions, err error) {
	if text := ctx.String(idFlag.Name); text != "" {
		if o.Key, err = keyID(text); err != nil {
			return o, err
		}
	}
	if ctx.IsSet(thresholdFlag.Name) {
		given := ctx.Uint(thresholdFlag.Name)
		if uint64(given) > math.MaxUint32 {
			return o, fmt.Errorf("--threshold %d is more than any cluster has key servers", given)
		}
		o.Threshold = new(uint32(given))
	}
	o.Unclaimed = ctx.Bool(unclaimedFlag.Name)
	o.Claim, err = claimBefore(ctx)
	return o, err
}

// content is what is published.
type content struct {
	in   io.Reader
	size int64
	text []byte // the whole of it, in Parity's form
	old  bool
}

// newContent reads a document of Parity's form as a whole: one that is too long is known before anything is done for it.
func newContent(ctx *cli.Context, in io.Reader, size int64) (*content, error) {
	c := &content{in: in, size: size, old: ctx.Bool(legacyFlag.Name)}
	if !c.old {
		return c, nil
	}
	var err error
	c.text, err = readWhole(newProgress(in, "read", size), maxLegacy)
	return c, err
}

func (c *content) encrypt(out io.Writer, p *client.Published) error {
	if c.old {
		encrypted, err := document.EncryptLegacy(rand.Reader, p.DocumentKey, c.text)
		if err != nil {
			return err
		}
		_, err = io.WriteString(out, hexutil.Encode(encrypted))
		return err
	}
	w, err := p.Encrypt(out)
	if err != nil {
		return err
	}
	if _, err := io.Copy(w, newProgress(c.in, "encrypted", c.size)); err != nil {
		return err
	}
	return w.Close()
}

func readWhole(in io.Reader, limit int64) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(in, limit+1))
	if err == nil && int64(len(text)) > limit {
		err = fmt.Errorf("documents of Parity's form are held in memory: more than %d MiB are refused", limit>>20)
	}
	return text, err
}

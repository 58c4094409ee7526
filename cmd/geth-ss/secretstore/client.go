package secretstore

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/client"
	"github.com/geth-ss/geth-ss/client/document"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// What the commands that ask key servers have in common: whose request it is, and whom it is for.

var (
	clefFlag    = &cli.StringFlag{Name: "clef", Usage: "IPC file or URL of clef, which then signs instead of a key file; give --account, too"}
	accountFlag = &cli.StringFlag{Name: "account", Usage: "Address of the account in clef"}
	serverFlag  = &cli.StringSliceFlag{
		Name: "server", Usage: "Node id (128 hex digits) of a key server that you trust; repeat for each. Keys that any other server holds are refused",
	}
	setFlag = &cli.StringFlag{
		Name: "set", Usage: "Hash of a server set that you trust, 64 hex digits, as an operator tells it (geth-ss secretstore servers prints it): of the newest, or of one that it followed",
	}
	clusterFlag = &cli.StringFlag{Name: "cluster", Usage: "Id of the key servers' cluster, 64 hex digits; by default what the address said when it was first used"}
	chainFlag   = &cli.Uint64Flag{Name: "chain-id", Usage: "Id of the chain; by default what the address said when it was first used"}
	idFlag      = &cli.StringFlag{Name: "id", Usage: "Id of the document's key, 64 hex digits"}

	clientFlags = []cli.Flag{nodeURLFlag, caFlag, KeyFlag, PasswordFlag, clefFlag, accountFlag, serverFlag, setFlag, clusterFlag, chainFlag, KnownFlag, jsonFlag}
)

// maxLegacy bounds documents of Parity's form: their IV is at their end, so they are held as a whole.
const maxLegacy = 64 << 20

// newClient makes a client of the common flags.
func newClient(ctx *cli.Context) (*client.Client, error) {
	signer, err := newSigner(ctx)
	if err != nil {
		return nil, err
	}
	cfg, err := clientConfig(ctx, addresses(ctx, nodeURLFlag))
	if err != nil {
		return nil, err
	}
	cfg.Signer = signer
	if err := trustOf(ctx, &cfg); err != nil {
		return nil, err
	}
	return client.New(cfg)
}

// trustOf is which key servers are trusted, by the flags.
func trustOf(ctx *cli.Context, cfg *client.Config) (err error) {
	if cfg.Set, err = setHash(ctx); err != nil {
		return err
	}
	for _, text := range ctx.StringSlice(serverFlag.Name) {
		id, err := wire.ParseNodeID(text)
		if err != nil {
			return fmt.Errorf("--server %s is not a node id: %w", text, err)
		}
		cfg.Servers = append(cfg.Servers, id)
	}
	return nil
}

// setHash is what setFlag gives; zero if nothing.
func setHash(ctx *cli.Context) (hash common.Hash, err error) {
	text := ctx.String(setFlag.Name)
	if text == "" {
		return hash, nil
	}
	id, err := keyID(text) // it has the same form
	if err == nil && id == (wire.KeyID{}) {
		err = errors.New("it is zero")
	}
	if err != nil {
		return hash, fmt.Errorf("--set: %q is not the hash of a server set, which has 64 hex digits", text)
	}
	return common.Hash(id), nil
}

// clientAndInput is newClient for a command that reads the file in its argument, which it opens (see input).
func clientAndInput(ctx *cli.Context, doing string) (c *client.Client, in io.ReadCloser, size int64, err error) {
	if c, err = newClient(ctx); err != nil {
		return nil, nil, 0, err
	}
	if in, size, err = input(ctx.Args().First()); err != nil {
		return nil, nil, 0, fmt.Errorf("%s: %w", doing, err)
	}
	return c, in, size, nil
}

// clientConfig is what is known of a cluster beside its key servers.
func clientConfig(ctx *cli.Context, endpoints []string) (client.Config, error) {
	tls, err := authorities(ctx)
	if err != nil {
		return client.Config{}, err
	}
	cfg := client.Config{
		Endpoints: endpoints, HTTP: overTLS(tls), Chain: ctx.Uint64(chainFlag.Name), Known: Known(ctx), Warn: warn, Late: newPatience().asked,
		Trusting: func(t *client.Trust) { trusting(t.String()) },
	}
	if text := ctx.String(clusterFlag.Name); text != "" {
		id, err := keyID(text) // it has the same form
		if err != nil {
			return cfg, fmt.Errorf("--cluster: %q is not the id of a cluster, which has 64 hex digits", text)
		}
		cfg.Cluster = wire.ClusterID(id)
	}
	return cfg, nil
}

func newSigner(ctx *cli.Context) (client.Signer, error) {
	endpoint := ctx.String(clefFlag.Name)
	if endpoint == "" {
		key, err := loadKey(ctx)
		return key, err
	}
	account, err := parseAddress(ctx.String(accountFlag.Name))
	if err != nil {
		return nil, fmt.Errorf("--clef wants --account, the address of an account that clef has: %w", err)
	}
	return client.DialClef(ctx.Context, endpoint, account)
}

// warn tells a person what went wrong and was got round.
func warn(err error) { fmt.Fprintln(os.Stderr, "Warning:", err) }

// parseAddress reads an address. One with letters of both cases has a checksum, which tells whether it was mistyped.
func parseAddress(text string) (address common.Address, err error) {
	if !common.IsHexAddress(text) {
		return address, fmt.Errorf("%q is not an address, which has 40 hex digits", text)
	}
	address = common.HexToAddress(text)
	digits := text[len(text)-40:]
	if digits != strings.ToLower(digits) && digits != strings.ToUpper(digits) && digits != address.Hex()[2:] {
		return address, fmt.Errorf("%s has a wrong checksum: some character of it is wrong", text)
	}
	return address, nil
}

// flagAddress is the address that a flag gives.
func flagAddress(ctx *cli.Context, flag *cli.StringFlag) (common.Address, error) {
	at, err := parseAddress(ctx.String(flag.Name))
	if err != nil {
		err = fmt.Errorf("--%s: %w", flag.Name, err)
	}
	return at, err
}

// keyID reads an id as people copy it.
func keyID(text string) (id wire.KeyID, err error) {
	if err := id.UnmarshalText([]byte(text)); err != nil {
		return id, fmt.Errorf("%q is not the id of a key: %w", text, err)
	}
	return id, nil
}

// namedKey is the key of a document, and its cluster if that is known.
type namedKey struct {
	key     wire.KeyID
	cluster wire.ClusterID
}

// namedDocument reads whose key is meant: that of the document in a file, or the id itself.
func namedDocument(text string) (doc namedKey, err error) {
	if id, err := keyID(text); err == nil {
		return namedKey{key: id}, nil
	}
	in, _, err := input(text)
	if err != nil {
		return doc, fmt.Errorf("%q is neither the id of a key nor a document: %w", text, err)
	}
	defer in.Close()
	h, err := document.ReadHeader(in)
	if err != nil {
		return doc, fmt.Errorf("%s: %w", text, err)
	}
	return namedKey{h.Key, h.Cluster}, nil
}

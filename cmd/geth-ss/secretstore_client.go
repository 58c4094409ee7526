package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/client"
	"github.com/geth-ss/geth-ss/client/document"
	"github.com/geth-ss/geth-ss/client/known"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// What the commands for people who publish and read have in common. They need no node of their own, only the address
// of a key server and a key.

var (
	keyFlag = &cli.StringFlag{
		Name: "key", Usage: "File with your private key: 64 hex digits, as keygen writes, or a keystore file",
	}
	keyPasswordFlag = &cli.StringFlag{Name: "password-file", Usage: "File with the password of a keystore file"}
	clefFlag        = &cli.StringFlag{Name: "clef", Usage: "IPC file or URL of clef, which signs instead of a key file; with --account"}
	accountFlag     = &cli.StringFlag{Name: "account", Usage: "Address of the account in clef"}
	serverFlag      = &cli.StringSliceFlag{
		Name: "server", Usage: "Node id (128 hex digits) of a key server that you trust, to be repeated: keys held by any other are refused",
	}
	clusterFlag = &cli.StringFlag{Name: "cluster", Usage: "Id of the key servers' cluster, 64 hex digits; without it, as the address said when it was first used"}
	chainFlag   = &cli.Uint64Flag{Name: "chain-id", Usage: "Id of the chain; without it, as the address said when it was first used"}
	knownFlag   = &cli.StringFlag{
		Name: "known", Usage: "Directory that remembers what addresses said when they were first used", Value: defaultKnown(), DefaultText: "geth-ss/known where you keep configuration", EnvVars: []string{"GETH_SS_KNOWN"},
	}
	toFlag    = &cli.StringFlag{Name: "out", Usage: "File to write (- for standard output)"}
	forceFlag = &cli.BoolFlag{Name: "force", Usage: "Overwrite the file to write"}
	idFlag    = &cli.StringFlag{Name: "id", Usage: "Id of the document's key, 64 hex digits"}

	clientFlags = []cli.Flag{nodeURLFlag, caFlag, keyFlag, keyPasswordFlag, clefFlag, accountFlag, serverFlag, clusterFlag, chainFlag, knownFlag, jsonFlag}
)

// defaultKnown is "" where a person has no directory of the kind: nothing is remembered then.
func defaultKnown() string {
	dir, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "geth-ss", "known")
}

// knownBook is nil if nothing is to be remembered.
func knownBook(ctx *cli.Context) *known.Book {
	if dir := ctx.String(knownFlag.Name); dir != "" {
		return known.Open(dir)
	}
	return nil
}

// trusting tells a person what is believed on nothing but a node's word.
func trusting(what string) { fmt.Fprintln(os.Stderr, "Trusting:", what) }

// maxLegacy bounds documents of Parity's form: their IV is at their end, so they are held as a whole.
const maxLegacy = 64 << 20

// newClient makes a client of the common flags.
func newClient(ctx *cli.Context) (*client.Client, error) {
	quietLogging(ctx)
	signer, err := newSigner(ctx)
	if err != nil {
		return nil, err
	}
	cfg, err := clientConfig(ctx, addresses(ctx, nodeURLFlag))
	if err != nil {
		return nil, err
	}
	cfg.Signer = signer
	for _, text := range ctx.StringSlice(serverFlag.Name) {
		id, err := wire.ParseNodeID(text)
		if err != nil {
			return nil, fmt.Errorf("--server %s is no node id: %w", text, err)
		}
		cfg.Servers = append(cfg.Servers, id)
	}
	return client.New(cfg)
}

// clientConfig is what is known of a cluster beside its key servers.
func clientConfig(ctx *cli.Context, endpoints []string) (client.Config, error) {
	tls, err := authorities(ctx)
	if err != nil {
		return client.Config{}, err
	}
	cfg := client.Config{
		Endpoints: endpoints, HTTP: overTLS(tls), Chain: ctx.Uint64(chainFlag.Name), Known: knownBook(ctx), Warn: warn, Late: newPatience().asked,
		Trusting: func(t *client.Trust) { trusting(t.String()) },
	}
	if text := ctx.String(clusterFlag.Name); text != "" {
		id, err := keyID(text) // it has the same form
		if err != nil {
			return cfg, fmt.Errorf("--cluster: %q is no id of a cluster: it has 64 hex digits", text)
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
		return address, fmt.Errorf("%q is no address: it has 40 hex digits", text)
	}
	address = common.HexToAddress(text)
	digits := text[len(text)-40:]
	if digits != strings.ToLower(digits) && digits != strings.ToUpper(digits) && digits != address.Hex()[2:] {
		return address, fmt.Errorf("%s has a wrong checksum: some character of it is wrong", text)
	}
	return address, nil
}

// loadKey reads the file of --key.
func loadKey(ctx *cli.Context) (*client.KeySigner, error) {
	if ctx.String(keyFlag.Name) == "" {
		return nil, fmt.Errorf("whose request is it? give --key FILE (%s secretstore keygen FILE makes one)", ctx.App.Name)
	}
	key, err := loadPrivateKey(ctx)
	if err != nil {
		return nil, err
	}
	return client.NewKeySigner(key), nil
}

// readPassword is the first line of --password-file.
func readPassword(ctx *cli.Context) (string, error) {
	path := ctx.String(keyPasswordFlag.Name)
	if path == "" {
		return "", nil
	}
	password, err := readPasswordFile(path)
	if err == nil && password == "" { // for which keygen would write the key in clear
		err = fmt.Errorf("password file %s has an empty first line", path)
	}
	return password, err
}

// keyID reads an id as people copy it.
func keyID(text string) (id wire.KeyID, err error) {
	if err := id.UnmarshalText([]byte(text)); err != nil {
		return id, fmt.Errorf("%q is no id of a key: %w", text, err)
	}
	return id, nil
}

// input opens the file that a command is given, - for standard input. The size is -1 if nobody knows it.
func input(path string) (in io.ReadCloser, size int64, err error) {
	f := os.Stdin
	if path != "-" {
		if f, err = os.Open(path); err != nil {
			return nil, 0, err
		}
	}
	info, err := f.Stat()
	switch {
	case err == nil && info.IsDir():
		f.Close()
		return nil, 0, fmt.Errorf("%s is a directory", path)
	case err == nil && info.Mode().IsRegular():
		return f, info.Size(), nil
	}
	return f, -1, nil
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

// output is a file that comes into being whole or not at all, or standard output.
type output struct {
	*os.File
	path string // empty: standard output
}

// createOutput checks the file's name, so that nothing is done in vain.
func createOutput(ctx *cli.Context, path string) (*output, error) {
	if path == "-" {
		return &output{os.Stdout, ""}, nil
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil, fmt.Errorf("%s is a directory", path)
	}
	if _, err := os.Lstat(path); err == nil && !ctx.Bool(forceFlag.Name) {
		return nil, fmt.Errorf("%s exists; give another file, or --force", path)
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.part") // a file of the person's may have any fixed name
	if err != nil {
		return nil, err
	}
	return &output{f, path}, nil
}

// done gives the file its name.
func (o *output) done() error {
	if o.path == "" {
		return nil
	}
	if err := errors.Join(o.Sync(), o.Close()); err != nil {
		return err
	}
	return os.Rename(o.Name(), o.path)
}

// drop removes what is not done; it does nothing after done.
func (o *output) drop() {
	if o.path != "" && o.Close() == nil {
		os.Remove(o.Name())
	}
}

// report prints what a command has done: for people on standard error if a document goes to standard output.
func (o *output) report(ctx *cli.Context, facts any, lines ...string) error {
	to := os.Stdout
	if o.path == "" {
		to = os.Stderr
	}
	return report(ctx, to, facts, lines...)
}

func report(ctx *cli.Context, to io.Writer, facts any, lines ...string) error {
	if ctx.Bool(jsonFlag.Name) {
		return json.NewEncoder(to).Encode(facts)
	}
	_, err := fmt.Fprintln(to, strings.Join(lines, "\n"))
	return err
}

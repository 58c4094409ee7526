package secretstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/ethereum/go-ethereum/accounts"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/client"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

var (
	schemeFlag = &cli.StringFlag{
		Name: "scheme", Usage: "Form of the signature: ecdsa (Ethereum's; takes 2t+1 key servers), schnorr (Parity's), rfc9591 or bip340", Value: wire.ECDSA.String(),
	}
	hashFlag    = &cli.StringFlag{Name: "hash", Usage: "What is signed: 32 bytes, 64 hex digits"}
	contentFlag = &cli.StringFlag{Name: "file", Usage: "Instead of --hash, the file (- for standard input) whose keccak256 is signed"}
	messageFlag = &cli.StringFlag{Name: "message", Usage: "Instead of --hash, a text that is signed as wallets do (EIP-191)"}

	knownKeyFlag = &cli.StringFlag{Name: "server-key", Usage: "Server key, 128 hex digits, that the signature must be of"}

	signedFlags = []cli.Flag{schemeFlag, hashFlag, contentFlag, messageFlag, knownKeyFlag}

	generateKeyCommand = &cli.Command{
		Action:    generateServerKey,
		Name:      "generate-key",
		Usage:     "Have the key servers make a key for signing",
		ArgsUsage: " ",
		Flags:     append([]cli.Flag{idFlag, thresholdFlag, schemeFlag, rpcFlag, contractFlag, registrarFlag, costFlag, unclaimedFlag}, clientFlags...),
		Description: `Prints the key's id, the public key and its Ethereum address. No server ever has the secret. Accounts that the permission
contract allows for the id can have anything signed with the key.

The id is claimed in the permission contract first, through --rpc, so that nobody else can become its publisher there and
grant; give --unclaimed if that is done already. A threshold with which the cluster could not sign by --scheme is refused.
The key can sign by every other scheme as well, if there are enough key servers for it.`,
	}

	signCommand = &cli.Command{
		Action:    signHash,
		Name:      "sign",
		Usage:     "Have the key servers sign with one of their keys",
		ArgsUsage: " ",
		Flags:     append(append([]cli.Flag{idFlag}, signedFlags...), clientFlags...),
		Description: `Asks the key servers to sign 32 bytes with the key of --id, checks the signature, and prints it. They sign only for accounts that the
permission contract allows. Give --server-key, or --server, so that no other key's signature is accepted.

  sign --key my.key --id 0x51… --message "I was here"
  sign --key my.key --id 0x51… --scheme bip340 --hash 0x3c…`,
	}

	verifySignatureCommand = &cli.Command{
		Action:      verifySignature,
		Name:        "verify-signature",
		Usage:       "Check a signature of a server key offline",
		ArgsUsage:   "<signature>",
		Flags:       append(append([]cli.Flag{}, signedFlags...), jsonFlag),
		Description: `Checks a signature in hex under the server key of --server-key. It needs no node and no network. It exits with 0, or with 1 and why not.`,
	}
)

// madeKey is what generate-key prints.
type madeKey struct {
	Key       string `json:"key"`
	ServerKey string `json:"serverKey"`
	Address   string `json:"address"` // of the server key
	Version   string `json:"version"`
	Threshold uint32 `json:"threshold"`
	Servers   int    `json:"servers"`
	Author    string `json:"author"`
}

func generateServerKey(ctx *cli.Context) error {
	if ctx.Args().Len() != 0 {
		return errors.New("generate-key wants no argument; --id gives the key's id")
	}
	c, err := newClient(ctx)
	if err != nil {
		return err
	}
	var scheme wire.Scheme
	if err := scheme.UnmarshalText([]byte(ctx.String(schemeFlag.Name))); err != nil {
		return fmt.Errorf("--scheme: %w", err)
	}
	options, err := publishOptions(ctx)
	if err != nil {
		return err
	}
	if err := checkScheme(ctx.Context, c, scheme, options.Threshold); err != nil {
		return err
	}
	made, err := c.MakeKey(ctx.Context, options)
	if err != nil {
		return err
	}
	id, t := made.Key, made.Certificate.Setup.Threshold
	f := madeKey{id.String(), hexutil.Encode(made.Public[:]), addressOf(made.Public).Hex(), hexutil.Encode(made.Version[:]), t, len(made.Certificate.Setup.Members), c.Account().Hex()}
	return report(ctx, os.Stdout, f, "Key:        "+f.Key, "Server key: "+f.ServerKey, "Address:    "+f.Address, "Version:    "+f.Version,
		fmt.Sprintf("Threshold:  %d of %d key servers (%d sign together, in ECDSA %d)", t, f.Servers, wire.Schnorr.Signers(t), wire.ECDSA.Signers(t)), "Author:     "+f.Author)
}

// checkScheme wants a threshold with which the known key servers can sign.
func checkScheme(ctx context.Context, c *client.Client, scheme wire.Scheme, given *uint32) error {
	t, err := c.Threshold(ctx, given)
	if err != nil {
		return err
	}
	servers, err := c.Servers(ctx)
	need, have := int(scheme.Signers(t)), len(servers)
	switch {
	case err != nil || need <= have:
		return err
	case given == nil:
		return fmt.Errorf("an %v signature of the usual threshold %d takes %d key servers, and the cluster has %d: give --threshold 0 for a key that any one server can use alone, "+
			"or --scheme schnorr for a key that can't sign by this scheme", scheme, t, need, have)
	}
	return fmt.Errorf("an %v signature of threshold %d takes %d key servers, and the cluster has %d: take a threshold of at most %d, "+
		"or --scheme schnorr for a key that can't sign by this scheme", scheme, t, need, have, (have-1)/2)
}

// addressOf is the Ethereum address of a public key.
func addressOf(public wire.Point) common.Address {
	return common.BytesToAddress(crypto.Keccak256(public[:])[12:])
}

// signature is what sign and verify-signature print.
type signature struct {
	Key       string `json:"key,omitempty"`
	Scheme    string `json:"scheme"`
	Hash      string `json:"hash"`
	Signature string `json:"signature"`
	ServerKey string `json:"serverKey"`
	Address   string `json:"address"` // of the server key
	Block     uint64 `json:"block,omitempty"`
}

func (s *signature) lines() []string {
	return []string{"Signature:  " + s.Signature, "Scheme:     " + s.Scheme, "Hash:       " + s.Hash, "Server key: " + s.ServerKey, "Address:    " + s.Address}
}

func signHash(ctx *cli.Context) error {
	if ctx.Args().Len() != 0 {
		return errors.New("sign wants no argument; give --id, and --hash, --file or --message")
	}
	id, err := keyID(ctx.String(idFlag.Name))
	if err != nil {
		return fmt.Errorf("--id, the key that is to sign: %w", err)
	}
	scheme, hash, known, err := signedArguments(ctx)
	if err != nil {
		return err
	}
	c, err := newClient(ctx)
	if err != nil {
		return err
	}
	s, err := c.Sign(ctx.Context, id, scheme, hash, client.SignOptions{ServerKey: known})
	if err != nil {
		return err
	}
	f := &signature{id.String(), scheme.String(), hash.Hex(), hexutil.Encode(s.Signature), hexutil.Encode(s.Public[:]), addressOf(s.Public).Hex(), s.Block.Number}
	return report(ctx, os.Stdout, f, append(f.lines(), fmt.Sprintf("Block:      %d", f.Block))...)
}

func verifySignature(ctx *cli.Context) error {
	if ctx.Args().Len() != 1 {
		return errors.New("verify-signature wants one argument, the signature in hex")
	}
	text := ctx.Args().First()
	signed, err := hexutil.Decode(text)
	if err != nil {
		return fmt.Errorf("%q is not a signature: %w", text, err)
	}
	scheme, hash, known, err := signedArguments(ctx)
	if err != nil {
		return err
	}
	if known == (wire.Point{}) {
		return errors.New("the key that should have signed is missing: give --server-key")
	}
	if err := client.VerifySignature(known, scheme, hash, signed); err != nil {
		return BadNews(fmt.Sprintf("the signature is not valid: %v", err))
	}
	f := &signature{"", scheme.String(), hash.Hex(), text, hexutil.Encode(known[:]), addressOf(known).Hex(), 0}
	return report(ctx, os.Stdout, f, append([]string{"Valid:      yes"}, f.lines()...)...)
}

// signedArguments reads what a signature is about; known is zero without --server-key.
func signedArguments(ctx *cli.Context) (scheme wire.Scheme, hash common.Hash, known wire.Point, err error) {
	if err := scheme.UnmarshalText([]byte(ctx.String(schemeFlag.Name))); err != nil {
		return 0, hash, known, fmt.Errorf("--scheme: %w", err)
	}
	if text := ctx.String(knownKeyFlag.Name); text != "" {
		if err := known.UnmarshalText([]byte(text)); err != nil {
			return 0, hash, known, fmt.Errorf("--server-key: %w", err)
		}
	}
	hash, err = hashToSign(ctx)
	return scheme, hash, known, err
}

func hashToSign(ctx *cli.Context) (hash common.Hash, err error) {
	given := 0
	for _, flag := range []string{hashFlag.Name, contentFlag.Name, messageFlag.Name} {
		if ctx.IsSet(flag) {
			given++
		}
	}
	switch {
	case given != 1:
		return hash, errors.New("say what is signed by exactly one of --hash, --file and --message")
	case ctx.IsSet(messageFlag.Name):
		return common.Hash(accounts.TextHash([]byte(ctx.String(messageFlag.Name)))), nil
	case ctx.IsSet(contentFlag.Name):
		return hashFile(ctx.String(contentFlag.Name))
	}
	id, err := keyID(ctx.String(hashFlag.Name)) // it has the same form
	if err != nil {
		return hash, fmt.Errorf("--hash %q is not 32 bytes of hex", ctx.String(hashFlag.Name))
	}
	return common.Hash(id), nil
}

func hashFile(path string) (hash common.Hash, err error) {
	in, _, err := input(path)
	if err != nil {
		return hash, fmt.Errorf("reading what is to be signed: %w", err)
	}
	defer in.Close()
	digest := crypto.NewKeccakState()
	if _, err := io.Copy(digest, in); err != nil {
		return hash, fmt.Errorf("reading what is to be signed: %w", err)
	}
	return common.BytesToHash(digest.Sum(nil)), nil
}

package secretstore

import (
	"crypto/ecdsa"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/client"
	"github.com/geth-ss/geth-ss/internal/keyfile"
)

// The key of a person is in a file.
var (
	// KeyFlag names the file.
	KeyFlag = &cli.StringFlag{
		Name: "key", Usage: "File with your private key: 64 hex digits, as keygen writes, or a keystore file",
	}
	// PasswordFlag names the file of its password, if it has one.
	PasswordFlag = &cli.StringFlag{Name: "password-file", Usage: "File with the password of a keystore file"}
)

// loadKey reads the file of --key.
func loadKey(ctx *cli.Context) (*client.KeySigner, error) {
	if ctx.String(KeyFlag.Name) == "" {
		return nil, fmt.Errorf("the key that signs the request is missing: give --key FILE (%s secretstore keygen FILE makes one)", ctx.App.Name)
	}
	key, err := loadPrivateKey(ctx)
	if err != nil {
		return nil, err
	}
	return client.NewKeySigner(key), nil
}

// readPassword is the first line of --password-file.
func readPassword(ctx *cli.Context) (string, error) {
	path := ctx.String(PasswordFlag.Name)
	if path == "" {
		return "", nil
	}
	password, err := keyfile.ReadPassword(path)
	if err == nil && password == "" { // for which keygen would write the key in clear
		err = fmt.Errorf("password file %s has an empty first line", path)
	}
	return password, err
}

// loadPrivateKey reads the file of --key.
func loadPrivateKey(ctx *cli.Context) (*ecdsa.PrivateKey, error) {
	password, err := readPassword(ctx)
	if err != nil {
		return nil, err
	}
	path := ctx.String(KeyFlag.Name)
	keyfile.WarnExposed(path)
	key, err := client.LoadKey(path, password)
	if errors.Is(err, client.ErrPassword) {
		return nil, fmt.Errorf("%w; give --password-file FILE", err)
	}
	return key, err
}

// SignKeyID signs the id of a key with the key of KeyFlag, as an address does that asks key servers about itself: 65 bytes of hex over
// the id as it is. Errors tell what is wrong with the id, which is text of the command line, or with the file.
func SignKeyID(ctx *cli.Context, id string) (string, error) {
	of, err := keyID(id)
	if err != nil {
		return "", err
	}
	key, err := loadPrivateKey(ctx)
	if err != nil {
		return "", fmt.Errorf("reading the key: %w", err)
	}
	signature, err := crypto.Sign(of[:], key)
	if err != nil {
		return "", fmt.Errorf("signing the key id: %w", err)
	}
	return hexutil.Encode(signature), nil
}

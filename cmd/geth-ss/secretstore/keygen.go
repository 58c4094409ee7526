package secretstore

import (
	"crypto/ecdsa"
	"errors"
	"fmt"
	"os"

	"github.com/ethereum/go-ethereum/accounts/keystore"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/google/uuid"
	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/internal/whole"
)

var keygenCommand = &cli.Command{
	Action:    generateKeyFile,
	Name:      "keygen",
	Usage:     "Make a private key for publishing and reading",
	ArgsUsage: "<file>",
	Flags:     []cli.Flag{PasswordFlag, jsonFlag},
	Description: `Writes a new private key to a file that only you can read, and prints its address. With --password-file the file is
encrypted, and can go into a keystore. An existing file is left as it is.`,
}

func generateKeyFile(ctx *cli.Context) error {
	if ctx.Args().Len() != 1 {
		return errors.New("keygen wants one argument, the file to write")
	}
	password, err := readPassword(ctx)
	if err != nil {
		return err
	}
	key, err := crypto.GenerateKey()
	if err != nil {
		return err
	}
	text := fmt.Appendf(nil, "%x\n", crypto.FromECDSA(key))
	if password != "" {
		if text, err = sealKey(key, password); err != nil {
			return err
		}
	}
	path, address := ctx.Args().First(), crypto.PubkeyToAddress(key.PublicKey)
	if err := whole.Create(path, text); err != nil {
		return fmt.Errorf("writing the key: %w", err)
	}
	return report(ctx, os.Stdout, map[string]any{"address": address, "file": path}, "Address: "+address.Hex(), "File:    "+path)
}

func sealKey(key *ecdsa.PrivateKey, password string) ([]byte, error) {
	return keystore.EncryptKey(&keystore.Key{Id: uuid.New(), Address: common.Address(crypto.PubkeyToAddress(key.PublicKey)), PrivateKey: key},
		password, keystore.StandardScryptN, keystore.StandardScryptP)
}

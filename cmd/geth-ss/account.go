package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/ethereum/go-ethereum/accounts"
	"github.com/ethereum/go-ethereum/accounts/external"
	"github.com/ethereum/go-ethereum/accounts/keystore"
	"github.com/ethereum/go-ethereum/cmd/utils"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/log"
	"github.com/ethereum/go-ethereum/node"
	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/internal/keyfile"
)

// passwordAttempts is how often a user may mistype the password of an account to be updated.
const passwordAttempts = 3

var (
	keystoreFlags = []cli.Flag{configFileFlag, utils.DataDirFlag, utils.KeyStoreDirFlag}
	newKeyFlags   = append(keystoreFlags[:len(keystoreFlags):len(keystoreFlags)], utils.PasswordFileFlag, utils.LightKDFFlag)

	accountCommand = &cli.Command{
		Name:  "account",
		Usage: "Manage accounts",
		Description: `Lists the accounts of the keystore, creates new ones, imports private keys and changes passwords.
Keys are stored encrypted under <DATADIR>/keystore; the files may be copied from node to node. Back them up, and
remember the passwords: without its password an account is lost.`,
		Subcommands: []*cli.Command{
			{
				Name:   "list",
				Usage:  "Print summary of existing accounts",
				Action: accountList,
				Flags:  keystoreFlags,
			},
			{
				Name:   "new",
				Usage:  "Create a new account",
				Action: accountNew,
				Flags:  newKeyFlags,
				Description: `Makes a key, asks for a password to encrypt it with, and prints the address.
With --password FILE the password is the first line of the file.`,
			},
			{
				Name:      "update",
				Usage:     "Update an existing account",
				Action:    accountUpdate,
				ArgsUsage: "<address> [<address>...]",
				Flags:     append(keystoreFlags[:len(keystoreFlags):len(keystoreFlags)], utils.LightKDFFlag),
				Description: `Writes the key file again, in the newest format and under a new password. It asks for both
passwords.`,
			},
			{
				Name:      "import",
				Usage:     "Import a private key into a new account",
				Action:    accountImport,
				ArgsUsage: "<keyFile>",
				Flags:     newKeyFlags,
				Description: `Reads an unencrypted private key in hexadecimal from keyFile, asks for a password to encrypt it
with, and prints the address. With --password FILE the password is the first line of the file.`,
			},
		},
	}
)

func accountList(ctx *cli.Context) error {
	ks, err := openKeystore(ctx)
	if err != nil {
		return err
	}
	for i, account := range ks.Accounts() {
		fmt.Printf("Account #%d: {%x} %s\n", i, account.Address, &account.URL)
	}
	return nil
}

func accountNew(ctx *cli.Context) error {
	account, err := addAccount(ctx, (*keystore.KeyStore).NewAccount)
	if err != nil {
		return err
	}
	fmt.Printf("\nYour new key was generated\n\n")
	fmt.Printf("Public address of the key:   %s\n", account.Address.Hex())
	fmt.Printf("Path of the secret key file: %s\n\n", account.URL.Path)
	fmt.Print("- The address is public: others need it to interact with you.\n" +
		"- The key file is secret: anyone who has it and the password controls the account.\n" +
		"- Back up the file and remember the password: both are needed, and neither can be recovered.\n\n")
	return nil
}

// addAccount asks for a password, and has the keystore make an account under it.
func addAccount(ctx *cli.Context, add func(ks *keystore.KeyStore, password string) (accounts.Account, error)) (account accounts.Account, err error) {
	password, err := newPassword(ctx)
	if err != nil {
		return account, err
	}
	ks, err := openKeystore(ctx)
	if err != nil {
		return account, err
	}
	if account, err = add(ks, password); err != nil {
		return account, fmt.Errorf("creating the account: %w", err)
	}
	return account, nil
}

func accountImport(ctx *cli.Context) error {
	if ctx.Args().Len() != 1 {
		return errors.New("account import wants one argument, the file of the private key")
	}
	keyfile.WarnExposed(ctx.Args().First())
	key, err := keyfile.Load(ctx.Args().First())
	if err != nil {
		return fmt.Errorf("loading the private key: %w", err)
	}
	account, err := addAccount(ctx, func(ks *keystore.KeyStore, password string) (accounts.Account, error) {
		return ks.ImportECDSA(key, password)
	})
	if err != nil {
		return err
	}
	fmt.Printf("Address: {%x}\n", account.Address)
	return nil
}

func accountUpdate(ctx *cli.Context) error {
	if !ctx.Args().Present() {
		return errors.New("account update wants the addresses of the accounts")
	}
	ks, err := openKeystore(ctx)
	if err != nil {
		return err
	}
	for _, address := range ctx.Args().Slice() {
		if !common.IsHexAddress(address) {
			return fmt.Errorf("%q is not an address", address)
		}
		if err := updateAccount(ks, common.HexToAddress(address)); err != nil {
			return fmt.Errorf("updating account %s: %w", address, err)
		}
	}
	return nil
}

func updateAccount(ks *keystore.KeyStore, address common.Address) error {
	account := accounts.Account{Address: address}
	password := utils.GetPassPhrase("Please give a NEW password. Do not forget this password.", true)
	for attempt := 1; ; attempt++ {
		prompt := fmt.Sprintf("Please provide the OLD password for account %s | Attempt %d/%d", address.Hex(), attempt, passwordAttempts)
		err := ks.Update(account, utils.GetPassPhrase(prompt, false), password)
		if !errors.Is(err, keystore.ErrDecrypt) || attempt == passwordAttempts {
			return err
		}
	}
}

// openKeystore opens the keystore the options name, without a node.
func openKeystore(ctx *cli.Context) (*keystore.KeyStore, error) {
	quietLogging(ctx)
	cfg, err := loadBaseConfig(ctx)
	if err != nil {
		return nil, err
	}
	dir, ephemeral, err := cfg.Node.GetKeyStoreDir()
	if err != nil {
		return nil, fmt.Errorf("opening the keystore: %w", err)
	}
	if ephemeral {
		os.RemoveAll(dir)
		return nil, errors.New("there is no directory to keep accounts in: give --datadir or --keystore")
	}
	return newKeystore(&cfg.Node, dir), nil
}

func newKeystore(cfg *node.Config, dir string) *keystore.KeyStore {
	guardKeystore(dir)
	if cfg.UseLightweightKDF {
		return keystore.NewKeyStore(dir, keystore.LightScryptN, keystore.LightScryptP)
	}
	return keystore.NewKeyStore(dir, keystore.StandardScryptN, keystore.StandardScryptP)
}

// guardKeystore warns of key files in a directory that others can read.
func guardKeystore(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return // it is missed where it is needed
	}
	for _, e := range entries {
		keyfile.WarnExposed(filepath.Join(dir, e.Name()))
	}
}

// addAccountBackends gives a node's account manager either an external signer or the keystore, as geth does:
// with both, the same account could be seen twice.
func addAccountBackends(cfg *node.Config, manager *accounts.Manager, dir string) error {
	if cfg.ExternalSigner == "" {
		manager.AddBackend(newKeystore(cfg, dir))
		return nil
	}
	log.Info("Using external signer", "url", cfg.ExternalSigner)
	signer, err := external.NewExternalBackend(cfg.ExternalSigner)
	if err != nil {
		return fmt.Errorf("connecting to the external signer: %w", err)
	}
	manager.AddBackend(signer)
	return nil
}

// newPassword takes a password from --password or asks for it twice.
func newPassword(ctx *cli.Context) (string, error) {
	if path := ctx.Path(utils.PasswordFileFlag.Name); path != "" {
		return keyfile.ReadPassword(path)
	}
	return utils.GetPassPhrase("The account is locked with a password. Please give a password. Do not forget this password.", true), nil
}

package devnet

import (
	"crypto/ecdsa"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/ethereum/go-ethereum/accounts/keystore"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/google/uuid"
)

const (
	// accountCount is how many accounts a devnet has.
	accountCount = 10

	// keyFilePrefix begins the names of their key files, and of no others.
	keyFilePrefix = "devnet-"
)

// scryptN is the work of a key file's password. A variable, for tests.
var scryptN = keystore.LightScryptN

// Account is a funded account of a devnet. It is no secret: keys and passwords are printed. The keys are
// random all the same, since well-known keys get used where they shouldn't.
type Account struct {
	Address    common.Address `json:"address"`
	Password   string         `json:"password"`
	PrivateKey hexutil.Bytes  `json:"privateKey"`
}

func (a *Account) key() (*ecdsa.PrivateKey, error) {
	return crypto.ToECDSA(a.PrivateKey)
}

func newAccounts() ([]Account, error) {
	list := make([]Account, accountCount)
	for i := range list {
		key, err := crypto.GenerateKey()
		if err != nil {
			return nil, fmt.Errorf("making an account: %w", err)
		}
		list[i] = Account{
			Address:    crypto.PubkeyToAddress(key.PublicKey),
			Password:   fmt.Sprintf("password%d", i),
			PrivateKey: crypto.FromECDSA(key),
		}
	}
	return list, nil
}

func readAccounts(path string) ([]Account, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var list []Account
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(list) != accountCount {
		return nil, fmt.Errorf("%s has %d accounts, want %d", path, len(list), accountCount)
	}
	for _, a := range list {
		if key, err := a.key(); err != nil || crypto.PubkeyToAddress(key.PublicKey) != a.Address {
			return nil, fmt.Errorf("%s has another private key than that of account %s", path, a.Address)
		}
	}
	return list, nil
}

// writeKeystores puts the key files of all accounts into each of the keystore directories, with geth's light
// encryption: the standard one takes a second per use. What a creation that was interrupted left there goes.
func writeKeystores(dirs []string, list []Account) error {
	for _, dir := range dirs {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
		if err := removeKeyFiles(dir); err != nil {
			return err
		}
	}
	for i := range list {
		text, err := list[i].keyFile()
		if err != nil {
			return err
		}
		name := fmt.Sprintf(keyFilePrefix+"%02d--%x", i, list[i].Address)
		for _, dir := range dirs {
			if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
				return err
			}
		}
	}
	return nil
}

func removeKeyFiles(dir string) error {
	files, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, file := range files {
		if strings.HasPrefix(file.Name(), keyFilePrefix) {
			if err := os.Remove(filepath.Join(dir, file.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *Account) keyFile() ([]byte, error) {
	key, err := a.key()
	if err != nil {
		return nil, err
	}
	id, err := uuid.NewRandom()
	if err != nil {
		return nil, err
	}
	return keystore.EncryptKey(&keystore.Key{Id: id, Address: a.Address, PrivateKey: key},
		a.Password, scryptN, keystore.LightScryptP)
}

package rpcapi

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"os"

	"github.com/ethereum/go-ethereum/accounts"
	"github.com/ethereum/go-ethereum/accounts/keystore"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/geth-ss/geth-ss/service/limits"
)

const (
	// maxUnlocks bounds the key files that are being decrypted at once: each takes up to a
	// second of a processor and 256 MiB.
	maxUnlocks = 2

	// maxUnlocksWaiting bounds the calls that wait for that, each with its document.
	maxUnlocksWaiting = 128
)

// keyring opens accounts of geth's keystore with their passwords. Nothing stays open.
type keyring struct {
	manager *accounts.Manager
	unlocks *limits.Turns[limits.Client] // places for key files that are being decrypted
}

func newKeyring(manager *accounts.Manager) *keyring {
	return &keyring{manager, limits.NewTurns[limits.Client](maxUnlocks, 0, maxUnlocksWaiting)}
}

// with runs use with the account's private key, which is wiped afterwards. It fails
// with *unlockError, with *limits.Exceeded, or with what use returned.
func (k *keyring) with(ctx context.Context, address common.Address, password string, use func(*ecdsa.PrivateKey) error) error {
	release, err := k.unlocks.Take(ctx, limits.ClientOf(rpc.PeerInfoFromContext(ctx).RemoteAddr), limits.MaxWait)
	var over *limits.Exceeded
	switch {
	case errors.As(err, &over):
		return over
	case err != nil:
		return &unlockError{err}
	}
	key, err := k.unlock(address, password)
	release()
	if err != nil {
		return &unlockError{err}
	}
	//lint:ignore SA1019 there is no other way to erase it
	defer clear(key.D.Bits())
	return use(key)
}

// unlockError: no such account, or not with this password.
type unlockError struct{ cause error }

func (e *unlockError) Error() string { return e.cause.Error() }

// unlock tries every key file of the address; a file that was dropped in twice, under
// two names, is no reason to refuse.
func (k *keyring) unlock(address common.Address, password string) (*ecdsa.PrivateKey, error) {
	err := error(keystore.ErrNoMatch)
	for _, account := range k.find(address) {
		var key *ecdsa.PrivateKey
		if key, err = readKey(account, password); err == nil {
			return key, nil
		}
	}
	return nil, err
}

// find asks the keystores, which watch their directories: a new file is known within a
// second. The zero address is nobody's, though to geth it stands for any account.
func (k *keyring) find(address common.Address) (found []accounts.Account) {
	if address == (common.Address{}) {
		return nil
	}
	for _, backend := range k.manager.Backends(keystore.KeyStoreType) {
		account, err := backend.(*keystore.KeyStore).Find(accounts.Account{Address: address})
		var several *keystore.AmbiguousAddrError
		if errors.As(err, &several) {
			found = append(found, several.Matches...)
		} else if err == nil {
			found = append(found, account)
		}
	}
	return found
}

func readKey(account accounts.Account, password string) (*ecdsa.PrivateKey, error) {
	file, err := os.ReadFile(account.URL.Path)
	if err != nil {
		return nil, fmt.Errorf("reading the key file: %w", err)
	}
	key, err := keystore.DecryptKey(file, password)
	if err != nil {
		return nil, err
	}
	if key.Address != account.Address {
		return nil, errors.New("the key file holds the key of another account")
	}
	return key.PrivateKey, nil
}

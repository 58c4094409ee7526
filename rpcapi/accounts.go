package rpcapi

import (
	"context"
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"time"

	"github.com/ethereum/go-ethereum/accounts"
	"github.com/ethereum/go-ethereum/accounts/keystore"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/geth-ss/geth-ss/service/limits"
	"golang.org/x/sync/semaphore"
)

const (
	// unlockMemory is what key files that are being decrypted may take together. One takes a
	// second of a processor and 256 MiB, or, made with --lightkdf, some hundredths of a second
	// and 4 MiB.
	unlockMemory = 512 << 20

	// maxUnlockWait is how long a call waits for its turn to decrypt one: geth answers
	// nothing that takes longer than 30 s.
	maxUnlockWait = 25 * time.Second

	// maxUnlockHeld is how much memory the calls that wait may hold, with their documents.
	maxUnlockHeld = 256 << 20
)

// keyring opens accounts of geth's keystore with their passwords. Nothing stays open.
type keyring struct {
	manager *accounts.Manager
	unlocks *limits.FairQueue[limits.Client] // places for key files that are being decrypted
	memory  *semaphore.Weighted              // for these
}

func newKeyring(manager *accounts.Manager) *keyring {
	// Half of the processors: the others are for consensus and the key server.
	places := uint64(max(2, runtime.GOMAXPROCS(0)/2))
	return &keyring{
		manager,
		limits.NewFairQueue[limits.Client](places, 0, maxUnlockHeld),
		semaphore.NewWeighted(unlockMemory),
	}
}

// with runs use with the account's private key, which is wiped afterwards, for a call that
// holds that many bytes. It fails with *unlockError, with *limits.Exceeded, or with what
// use returned.
func (k *keyring) with(ctx context.Context, address common.Address, password string, bytes int, use func(*ecdsa.PrivateKey) error) error {
	release, err := k.unlocks.TakeHolding(ctx, limits.ClientOf(rpc.PeerInfoFromContext(ctx).RemoteAddr), maxUnlockWait, bytes)
	var over *limits.Exceeded
	switch {
	case errors.As(err, &over):
		return over
	case err != nil:
		return &unlockError{err}
	}
	key, err := k.unlock(ctx, address, password)
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

// parity is the error as Parity's clients know it, and show it: its debug text.
func (e *unlockError) parity() string {
	switch {
	case errors.Is(e.cause, keystore.ErrNoMatch):
		return "SStore(InvalidAccount)"
	case errors.Is(e.cause, keystore.ErrDecrypt):
		return "SStore(InvalidPassword)"
	}
	return fmt.Sprintf("SStore(InvalidKeyFile(%q))", e.cause.Error())
}

// unlock tries every key file of the address; a file that was dropped in twice, under
// two names, is no reason to refuse.
func (k *keyring) unlock(ctx context.Context, address common.Address, password string) (*ecdsa.PrivateKey, error) {
	err := error(keystore.ErrNoMatch)
	for _, account := range k.find(address) {
		var key *ecdsa.PrivateKey
		if key, err = k.readKey(ctx, account, password); err == nil {
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

func (k *keyring) readKey(ctx context.Context, account accounts.Account, password string) (*ecdsa.PrivateKey, error) {
	file, err := os.ReadFile(account.URL.Path)
	if err != nil {
		return nil, fmt.Errorf("reading the key file: %w", err)
	}
	memory := min(scryptMemory(file), unlockMemory)
	if err := k.memory.Acquire(ctx, memory); err != nil {
		return nil, err
	}
	defer k.memory.Release(memory)
	key, err := keystore.DecryptKey(file, password)
	if err != nil {
		return nil, err
	}
	if key.Address != account.Address {
		return nil, errors.New("the key file holds the key of another account")
	}
	return key.PrivateKey, nil
}

// scryptMemory is what it takes to decrypt a key file: 128·n·r bytes. What can't be read
// as one fails without taking any.
func scryptMemory(file []byte) int64 {
	var key struct {
		Crypto struct {
			KDFParams struct{ N, R uint32 }
		}
	}
	if json.Unmarshal(file, &key) != nil {
		return 0
	}
	params := key.Crypto.KDFParams
	if params.R > 0 && uint64(params.N) > math.MaxInt64/128/uint64(params.R) {
		return math.MaxInt64
	}
	return 128 * int64(params.N) * int64(params.R)
}

package client

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/ethereum/go-ethereum/accounts/keystore"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/geth-ss/geth-ss/internal/keyfile"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Signer approves requests for an account.
type Signer interface {
	// Address is the account.
	Address() common.Address
	// SignTyped signs EIP-712 typed data: digest is its hash, typedData the JSON that eth_signTypedData_v4 takes. The
	// signature is r‖s‖v, 65 bytes, or 64 as of EIP-2098, or what the account's contract takes (EIP-1271).
	SignTyped(ctx context.Context, digest common.Hash, typedData []byte) ([]byte, error)
}

// KeySigner signs with a private key in this process.
type KeySigner struct{ key *ecdsa.PrivateKey }

// NewKeySigner signs with key.
func NewKeySigner(key *ecdsa.PrivateKey) *KeySigner { return &KeySigner{key} }

// Address is the key's account.
func (s *KeySigner) Address() common.Address { return crypto.PubkeyToAddress(s.key.PublicKey) }

// SignTyped signs the digest.
func (s *KeySigner) SignTyped(_ context.Context, digest common.Hash, _ []byte) ([]byte, error) {
	sig, err := crypto.Sign(digest[:], s.key)
	if err == nil {
		sig[64] += 27
	}
	return sig, err
}

// String never tells the key.
func (s *KeySigner) String() string { return "key of " + s.Address().Hex() }

// Format never tells the key, whatever the verb.
func (s *KeySigner) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.String()) }

// maxKeyFile bounds a key file.
const maxKeyFile = 64 << 10

// ErrPassword means that a key file is encrypted and the password does not open it.
var ErrPassword = errors.New("the key file is encrypted, and the password does not open it")

// LoadKey reads a private key from a file: 64 hex digits, or a file of geth's keystore with its password.
func LoadKey(path, password string) (*ecdsa.PrivateKey, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the key: %w", err)
	}
	defer clear(text)
	if len(text) > maxKeyFile {
		return nil, fmt.Errorf("reading the key: %s is too long to be a key file", path)
	}
	if !bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		key, err := keyfile.Parse(text)
		if err != nil {
			return nil, fmt.Errorf("reading the key: %s is neither 64 hex digits of a private key nor a keystore file: it %w", path, err)
		}
		return key, nil
	}
	key, err := keystore.DecryptKey(text, password)
	if errors.Is(err, keystore.ErrDecrypt) {
		return nil, fmt.Errorf("reading the key %s: %w", path, ErrPassword)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the key %s: %w", path, err)
	}
	return key.PrivateKey, nil
}

// SignerFunc is a signer that is a function: a wallet behind anything else.
type SignerFunc struct {
	Account common.Address
	Sign    func(ctx context.Context, digest common.Hash, typedData []byte) ([]byte, error)
}

// Address is Account.
func (s *SignerFunc) Address() common.Address { return s.Account }

// SignTyped calls Sign.
func (s *SignerFunc) SignTyped(ctx context.Context, digest common.Hash, typedData []byte) ([]byte, error) {
	return s.Sign(ctx, digest, typedData)
}

// Clef signs through clef, geth's external signer, which asks its user.
type Clef struct {
	account common.Address
	rpc     *rpc.Client
}

// DialClef connects to clef, at its IPC file or http:// address.
func DialClef(ctx context.Context, endpoint string, account common.Address) (*Clef, error) {
	conn, err := rpc.DialContext(ctx, endpoint)
	if err != nil {
		return nil, fmt.Errorf("connecting to clef at %s: %w", endpoint, err)
	}
	return &Clef{account, conn}, nil
}

// Close ends the connection.
func (s *Clef) Close() { s.rpc.Close() }

// Address is the account.
func (s *Clef) Address() common.Address { return s.account }

// SignTyped has clef sign, and checks that it signed as the account.
func (s *Clef) SignTyped(ctx context.Context, digest common.Hash, typedData []byte) ([]byte, error) {
	var sig hexutil.Bytes
	if err := s.rpc.CallContext(ctx, &sig, "account_signTypedData", s.account.Hex(), json.RawMessage(typedData)); err != nil {
		return nil, fmt.Errorf("clef: %w", err)
	}
	if signer, ok := wire.SignerOf(digest, sig); !ok || signer != s.account {
		return nil, fmt.Errorf("clef signed something else, or as another account than %v", s.account)
	}
	return sig, nil
}

// signTyped has typed data signed. What is packed (EIP-2098) is expanded here, since answers are bound to the hash of the
// signature as key servers have it.
func signTyped(ctx context.Context, s Signer, digest common.Hash, typedData []byte) ([]byte, error) {
	sig, err := s.SignTyped(ctx, digest, typedData)
	return wire.Expand(s.Address(), digest, sig), err
}

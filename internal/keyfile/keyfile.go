// Package keyfile reads and makes files that hold 32 bytes in hex: a private key, as geth's nodekey is, or another secret.
// It takes nothing for a key that is not exactly one, says why, and tells a file that is not there from one that can't be
// read. It never replaces a file, and its errors never quote one. Of any file with a secret, passwords included, it tells
// whether others can read it.
package keyfile

import (
	"bytes"
	"crypto/ecdsa"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/internal/whole"
)

// Size is how many bytes a file stands for.
const Size = 32

// maxFile bounds what is read: the digits, and a generous lot of white space.
const maxFile = 4096

// Load reads a private key. The error is fs.ErrNotExist only if nothing has that name; else it begins with the path.
func Load(path string) (*ecdsa.PrivateKey, error) {
	raw, err := LoadBytes(path)
	if err != nil {
		return nil, err
	}
	defer clear(raw)
	key, err := toKey(raw)
	if err != nil {
		return nil, fmt.Errorf("%s %w", path, err)
	}
	return key, nil
}

// LoadBytes is Load for a secret that may be any 32 bytes.
func LoadBytes(path string) ([]byte, error) {
	if !whole.Present(path) {
		return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
	text, err := read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is a link to nothing", path)
	} else if err != nil {
		return nil, fmt.Errorf("%s can't be read: %w", path, err)
	}
	defer clear(text)
	raw, err := ParseBytes(text)
	if err != nil {
		return nil, fmt.Errorf("%s %w", path, err)
	}
	return raw, nil
}

func read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxFile+1))
}

// Create makes the file of a key, readable by its owner alone. The error is fs.ErrExist if the name is taken.
func Create(path string, key *ecdsa.PrivateKey) error {
	text := hex.AppendEncode(nil, crypto.FromECDSA(key)) // no newline: as geth writes it
	defer clear(text)
	return whole.Create(path, text)
}

// Parse reads a private key as ParseBytes reads its bytes. The error goes on a sentence that began with where it was.
func Parse(text []byte) (*ecdsa.PrivateKey, error) {
	raw, err := ParseBytes(text)
	if err != nil {
		return nil, err
	}
	defer clear(raw)
	return toKey(raw)
}

func toKey(raw []byte) (*ecdsa.PrivateKey, error) {
	key, err := crypto.ToECDSA(raw)
	if err != nil {
		return nil, errors.New("has 64 hex digits that are not a private key of secp256k1: zero, or too large")
	}
	return key, nil
}

// ParseBytes reads 64 hex digits. White space around them, upper case, 0x before them and a byte order mark are what
// editors and people add without meaning anything, and are allowed.
func ParseBytes(text []byte) ([]byte, error) {
	if len(text) > maxFile {
		return nil, fmt.Errorf("is longer than %d bytes: it is not a key file", maxFile)
	}
	digits := bytes.TrimSpace(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")))
	if len(digits) >= 2 && digits[0] == '0' && digits[1]|0x20 == 'x' {
		digits = digits[2:]
	}
	switch {
	case len(digits) == 0:
		return nil, errors.New("is empty, and should have 64 hex digits")
	case bytes.ContainsAny(digits, "\r\n"):
		return nil, errors.New("has more than one line, and should have 64 hex digits")
	case len(digits) != 2*Size:
		return nil, fmt.Errorf("has %d characters instead of 64 hex digits", len(digits))
	}
	raw := make([]byte, Size)
	if n, err := hex.Decode(raw, digits); err != nil {
		clear(raw)
		return nil, fmt.Errorf("has a character among its 64 that is not a hex digit (%d or %d)", 2*n+1, 2*n+2)
	}
	return raw, nil
}

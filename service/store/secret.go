package store

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/geth-ss/geth-ss/internal/keyfile"
	"github.com/geth-ss/geth-ss/internal/whole"
)

// keyFilePrefix marks a secret that came from a key file: 32 random bytes, for
// which a slow key derivation would buy nothing. No typed password begins so.
const keyFilePrefix = "geth-ss key file\x00"

func isKeyFileSecret(secret []byte) bool { return bytes.HasPrefix(secret, []byte(keyFilePrefix)) }

// maxSecretFile bounds what is read as a password or key file.
const maxSecretFile = 4096

// LoadOrCreateKeyFile is LoadKeyFile, and if nothing has the file's name it makes one, mode 0600, and the directories
// above it. The result is for Open and for nothing else.
func LoadOrCreateKeyFile(path string) ([]byte, error) {
	if !whole.Present(path) {
		if err := createKeyFile(path); err != nil {
			return nil, fmt.Errorf("making the share store's key file: %w", err)
		}
	}
	return LoadKeyFile(path)
}

// LoadKeyFile returns the secret in a key file: 64 hex digits and a newline.
func LoadKeyFile(path string) ([]byte, error) {
	text, err := readSecretFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the share store's key file: %w", err)
	}
	defer clear(text)
	key, err := keyfile.ParseBytes(text)
	if err != nil {
		return nil, fmt.Errorf("the share store's key file %s %w: put it back from your backup, nothing else opens the store", path, err)
	}
	defer clear(key)
	return append([]byte(keyFilePrefix), key...), nil
}

// ReadPasswordFile returns the first line of a password file.
func ReadPasswordFile(path string) ([]byte, error) {
	text, err := readSecretFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the share store's password file: %w", err)
	}
	if len(text) == 0 {
		return nil, fmt.Errorf("password file %s has an empty first line", path)
	}
	return text, nil
}

// readSecretFile returns the first line without its end.
func readSecretFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxSecretFile {
		return nil, fmt.Errorf("%s is %d bytes long, more than a secret can be", path, info.Size())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	line, _, _ := bytes.Cut(text, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r")), nil
}

// createKeyFile makes a key file that is whole or absent. Of two processes one wins and both read its key.
func createKeyFile(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	key := randomBytes(keyfile.Size)
	defer clear(key)
	text := append(hex.AppendEncode(nil, key), '\n')
	defer clear(text)
	if err := whole.Create(path, text); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

package store

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// keyFilePrefix marks a secret that came from a key file: 32 random bytes, for
// which a slow key derivation would buy nothing. No typed password begins so.
const keyFilePrefix = "geth-ss key file\x00"

func isKeyFileSecret(secret []byte) bool { return bytes.HasPrefix(secret, []byte(keyFilePrefix)) }

// maxSecretFile bounds what is read as a password or key file.
const maxSecretFile = 4096

// LoadOrCreateKeyFile returns the secret in a key file: 64 hex digits and a newline.
// If there is no such file, it makes one, mode 0600, and the directories above it.
// The result is for Open and for nothing else.
func LoadOrCreateKeyFile(path string) ([]byte, error) {
	text, err := readSecretFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := createKeyFile(path); err != nil {
			return nil, fmt.Errorf("making the share store's key file: %w", err)
		}
		text, err = readSecretFile(path)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the share store's key file: %w", err)
	}
	defer clear(text)
	secret := append(make([]byte, 0, len(keyFilePrefix)+32), keyFilePrefix...)
	secret = secret[:cap(secret)]
	if len(text) != 64 {
		return nil, fmt.Errorf("key file %s has %d characters instead of 64 hex digits", path, len(text))
	}
	if _, err := hex.Decode(secret[len(keyFilePrefix):], text); err != nil {
		return nil, fmt.Errorf("key file %s is not 64 hex digits", path)
	}
	return secret, nil
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

// createKeyFile writes beside the path and links into place, so the file is whole
// or absent, and of two processes one wins and both read its key.
func createKeyFile(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	key := randomBytes(32)
	defer clear(key)
	text := append(hex.AppendEncode(nil, key), '\n')
	defer clear(text)

	temp := fmt.Sprintf("%s.%x.tmp", path, randomBytes(8))
	if err := writeSynced(temp, text); err != nil {
		return err
	}
	defer os.Remove(temp)
	if err := os.Link(temp, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// writeSynced makes a new file that only its owner can read.
func writeSynced(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		os.Remove(path)
	}
	return err
}

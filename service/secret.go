package service

import (
	"fmt"
	"path/filepath"

	"github.com/geth-ss/geth-ss/internal/whole"
	"github.com/geth-ss/geth-ss/service/store"
)

// StoreSecret is what opens the share store in dir, by an operator's settings. Where they
// name a key file, or nothing, and there is no store yet, it makes the key file.
func StoreSecret(dir string, cfg *Config) ([]byte, error) {
	secret, err := existingSecret(dir, cfg)
	if secret == nil && err == nil {
		return store.LoadOrCreateKeyFile(cfg.keyFile(dir))
	}
	return secret, err
}

// CheckStoreSecret tells whether StoreSecret will find a secret, or may make one. It writes nothing.
func CheckStoreSecret(dir string, cfg *Config) error {
	secret, err := existingSecret(dir, cfg)
	clear(secret)
	return err
}

// existingSecret is nil if there is neither a secret nor a store that would need it.
func existingSecret(dir string, cfg *Config) ([]byte, error) {
	if cfg.PasswordFile != "" {
		return store.ReadPasswordFile(cfg.PasswordFile)
	}
	file := cfg.keyFile(dir)
	if whole.Present(file) {
		return store.LoadKeyFile(file)
	}
	if store.Vacant(dir) != nil {
		return nil, fmt.Errorf("there is a share store in %s, but not its key file %s: name what it was made with "+
			"(--secretstore.passwordfile or --secretstore.keyfile), or put the file back from your backup", dir, file)
	}
	return nil, nil
}

// SecretPath is the file by which the share store in dir is opened, or will be: the password's or the key's.
func (c *Config) SecretPath(dir string) string {
	if c.PasswordFile != "" {
		return c.PasswordFile
	}
	return c.keyFile(dir)
}

// keyFile is where the key file of the share store in dir lies, or would.
func (c *Config) keyFile(dir string) string {
	if c.KeyFile != "" {
		return c.KeyFile
	}
	return filepath.Join(dir, "store.key")
}

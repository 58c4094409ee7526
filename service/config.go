package service

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/acl"
	"github.com/geth-ss/geth-ss/service/limits"
	"github.com/geth-ss/geth-ss/service/serverset"
)

// Config is the [SecretStore] section of the TOML file and the --secretstore.* flags.
type Config struct {
	// Enabled runs a key server in this node.
	Enabled bool

	// Cluster names the key server cluster. Together with the genesis hash it makes the
	// cluster id, so several clusters can share a chain; but not one of proof of
	// authority, whose nodes compare it when they connect.
	Cluster string

	// Nodes are the key servers as enode URLs, with or without this node itself.
	// Empty: this node is the only key server.
	Nodes []string `toml:",omitempty"`

	// Address is HOST:PORT at which the other key servers reach this node, if that is another than they know: it signs
	// it and tells them. It is for who has moved; what was told once stays until another is told. Empty: nothing is told.
	Address string `toml:",omitempty"`

	// Administrators are the accounts whose word changes the set of key servers, and
	// AdministratorsNeeded is how many of them must sign for it. The same on all key servers.
	// None: nobody can change the set.
	Administrators       []common.Address `toml:",omitempty"`
	AdministratorsNeeded int              `toml:",omitempty"`

	// ServerSet says which contract names the key servers: "registry" looks up secretstore_server_set in
	// Registrar, an address is the contract's own. What it says is told and compared, and not followed yet.
	// Empty: none is asked.
	ServerSet string `toml:",omitempty"`

	// ACL says which contract admits requesters: "registry" looks up
	// secretstore_acl_checker in Registrar, an address names the contract itself, and
	// "none" admits everybody. Empty: registry if there is a registrar, else nobody is
	// admitted.
	ACL string `toml:",omitempty"`

	// Registrar is the address of the chain's registrar contract.
	Registrar string `toml:",omitempty"`

	// HTTP is Parity's HTTP API.
	HTTP HTTPConfig

	// PasswordRPC answers the secretstore_* methods that take an account's password
	// over HTTP and WebSocket too. Without it they are for IPC alone.
	PasswordRPC bool

	// PasswordFile or KeyFile protects the shares at rest. With neither, a key file is
	// made beside the share store on the first start.
	PasswordFile string `toml:",omitempty"`
	KeyFile      string `toml:",omitempty"`

	// MaxAge is how old the own final block may be for permissions to be read from it,
	// in seconds. 0: the default of the network: 60 on proof of authority, 960 on a
	// beacon chain, unchecked on --dev.
	MaxAge uint64 `toml:",omitempty"`

	// MinThreshold refuses to take part in generating keys with a lower threshold.
	MinThreshold uint64 `toml:",omitempty"`

	// MinWalletThreshold is MinThreshold for keys that a wallet asks for: a number, or
	// UsualThreshold for a third of the key servers, at least one if there are several.
	MinWalletThreshold string `toml:",omitempty"`

	// RefuseLegacy refuses Parity's signatures over the bare key id, RefusePlain the
	// retrievals that show the contacted node the document key.
	RefuseLegacy bool
	RefusePlain  bool

	// Stock is how many ECDSA signatures are prepared ahead for each kind of keys that are
	// signed with: with the other holders, in memory alone. 0: each is prepared when it is
	// asked for, which takes two round trips more.
	Stock uint64

	// Limits bound what one client or key server can take of this node.
	Limits limits.Config
}

// HTTPConfig is where Parity's HTTP API listens.
type HTTPConfig struct {
	Enabled bool
	Host    string
	Port    int
	Cors    []string `toml:",omitempty"` // origins; "*" for any, none by default
	TLSCert string   `toml:",omitempty"` // PEM files; both or neither
	TLSKey  string   `toml:",omitempty"`

	// TrustedProxies are addresses and networks of reverse proxies, here and before JSON-RPC: for whom a request is, as
	// limits count, is what they say in X-Forwarded-For or Forwarded. None: the connection's other end.
	TrustedProxies []string `toml:",omitempty"`

	// ServersSetChange takes Parity's request that changes the server set, signed by one administrator: two signatures over
	// lists of ids, without a time. It counts only where one administrator suffices.
	ServersSetChange bool
}

// UsualThreshold stands for wire.UsualThreshold of the key servers.
const UsualThreshold = "usual"

// WalletThreshold is the lowest threshold of the keys that n key servers make for wallets.
func (c *Config) WalletThreshold(n int) (uint32, error) {
	if c.MinWalletThreshold == UsualThreshold || c.MinWalletThreshold == "" {
		return max(uint32(c.MinThreshold), wire.UsualThreshold(n)), nil
	}
	least, err := strconv.ParseUint(c.MinWalletThreshold, 10, 32)
	if err != nil || least >= wire.MaxMembers {
		return 0, fmt.Errorf("secretstore: MinWalletThreshold is %q; it is %q, or a number below %d", c.MinWalletThreshold, UsualThreshold, wire.MaxMembers)
	}
	return max(uint32(c.MinThreshold), uint32(least)), nil
}

// DefaultConfig is a key server that is switched off.
func DefaultConfig() Config {
	return Config{
		Cluster: "main",
		Stock:   32,

		MinWalletThreshold: UsualThreshold,

		HTTP:   HTTPConfig{Enabled: true, Host: "127.0.0.1", Port: 8082},
		Limits: limits.Default(),
	}
}

// Validate finds what contradicts itself before anything is started.
func (c *Config) Validate() error {
	switch {
	case c.Cluster == "" || len(c.Cluster) > 64:
		return errors.New("secretstore: the cluster name must have 1 to 64 characters")
	case c.PasswordFile != "" && c.KeyFile != "":
		return errors.New("secretstore: give a password file or a key file for the shares at rest, not both")
	case (c.HTTP.TLSCert == "") != (c.HTTP.TLSKey == ""):
		return errors.New("secretstore: TLS needs both a certificate and a key file")
	case c.HTTP.Port < 0 || c.HTTP.Port > 65535:
		return fmt.Errorf("secretstore: HTTP port %d is out of range", c.HTTP.Port)
	case c.MinThreshold >= wire.MaxMembers:
		return fmt.Errorf("secretstore: a minimum threshold of %d can never be met", c.MinThreshold)
	case c.Stock > MaxStock:
		return fmt.Errorf("secretstore: a stock of %d signatures is more than the %d that others hold for this node", c.Stock, MaxStock)
	}
	if _, err := limits.ParseProxies(c.HTTP.TrustedProxies); err != nil {
		return fmt.Errorf("secretstore: %w", err)
	}
	if err := c.Limits.Validate(); err != nil {
		return fmt.Errorf("secretstore: %w", err)
	}
	if _, err := c.WalletThreshold(1); err != nil {
		return err
	}
	if c.Address != "" {
		if err := (&wire.MemberAddress{Number: 1, Address: c.Address}).Bound(); err != nil {
			return fmt.Errorf("secretstore: Address is %q: %w", c.Address, err)
		}
	}
	if err := c.checkAdministrators(); err != nil {
		return fmt.Errorf("secretstore: %w", err)
	}
	if _, err := serverset.ParseSource(c.ServerSet, c.Registrar); err != nil {
		return fmt.Errorf("secretstore: %w", err)
	}
	if _, err := c.aclSetting(); err != nil {
		return fmt.Errorf("secretstore: %w", err)
	}
	return nil
}

func (c *Config) checkAdministrators() error {
	seen := make(map[common.Address]bool)
	for _, a := range c.Administrators {
		if a == (common.Address{}) {
			return errors.New("one of the Administrators is the zero address, for which nobody can sign")
		}
		if seen[a] {
			return fmt.Errorf("administrator %s is listed twice, but counts once", a)
		}
		seen[a] = true
	}
	switch n := len(c.Administrators); {
	case n == 0 && c.AdministratorsNeeded != 0:
		return fmt.Errorf("AdministratorsNeeded is %d, but there are no Administrators", c.AdministratorsNeeded)
	case n > 0 && (c.AdministratorsNeeded < 1 || c.AdministratorsNeeded > n):
		return fmt.Errorf("AdministratorsNeeded is %d; say how many of the %d administrators must sign, at least 1", c.AdministratorsNeeded, n)
	}
	return nil
}

func (c *Config) aclSetting() (acl.Setting, error) {
	kind := c.ACL
	if kind == "" && c.Registrar != "" {
		kind = "registry"
	}
	return acl.ParseSetting(kind, c.Registrar)
}

func (c *Config) maxAge(on Chain) time.Duration {
	if c.MaxAge > 0 {
		return time.Duration(c.MaxAge) * time.Second
	}
	return on.MaxAge
}

// Chain tells the service what kind of network it is on.
type Chain struct {
	// HeadIsFinal: the simulated beacon of --dev, where the head is never reorganised.
	HeadIsFinal bool
	// MaxAge is the network's default for Config.MaxAge; 0 is unchecked.
	MaxAge time.Duration
	// Consensus tells, as JSON, how consensus stands on a proof-of-authority network;
	// nil elsewhere.
	Consensus func() any
}

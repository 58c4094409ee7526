package poa

import (
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/eth/ethconfig"
)

// Config is the [PoA] section of the configuration file and the --poa.* flags.
type Config struct {
	// Enabled runs the driver. Without it the package does nothing.
	Enabled bool

	// ListenAddr is host:port of the consensus transport. It is authenticated
	// and encrypted by CometBFT.
	ListenAddr string

	// Peers are the consensus peers to keep a connection to, usually all other
	// validators, each as PEERID@host:port or PUBLICKEY@host:port. A node's peer
	// id is what PeerID derives from its node key; the node prints it when it
	// starts. It can't be computed from the public key, by which whoever writes
	// the network's file knows the node: then the node itself is asked, and its
	// answer is signed. The own entry is ignored, so that one list serves every
	// node.
	Peers []string

	// BlockTime is the interval between blocks in whole seconds, at least 1,
	// because the engine API's timestamps are whole seconds and must rise. All
	// validators of a network should have the same.
	BlockTime uint64

	// PublicKey is the node's, 128 hex digits, as its operator was told; with
	// another node key the node does not start, nor is one made. Empty: any will do.
	PublicKey string `toml:",omitempty"`

	// Prune drops consensus blocks that this node no longer needs for its own
	// recovery. A network needs one unpruned node for newcomers to sync from.
	Prune bool

	// FeeRecipient gets the fees of the blocks this node proposes. Zero means
	// the node's own address.
	FeeRecipient common.Address
}

const (
	// DefaultPort is CometBFT's customary port.
	DefaultPort = 26656

	// maxBlockTime keeps timeouts and the pace within what was thought about.
	maxBlockTime = 3600

	// maxPeers bounds the configured list; a full mesh of more validators than
	// this needs peer exchange, which is off here.
	maxPeers = 256
)

// DefaultConfig is a driver that is off, with block interval 1 s on all
// interfaces.
func DefaultConfig() Config {
	return Config{
		ListenAddr: net.JoinHostPort("0.0.0.0", strconv.Itoa(DefaultPort)),
		BlockTime:  1,
	}
}

// ErrPeers is in the error of Validate where an entry of Peers can't be read.
var ErrPeers = errors.New("PoA.Peers")

// Validate reports the first setting that can't work, by its name in the
// configuration file.
func (c *Config) Validate() error {
	if c.BlockTime < 1 || c.BlockTime > maxBlockTime {
		return fmt.Errorf("PoA.BlockTime is %d, want whole seconds from 1 to %d", c.BlockTime, maxBlockTime)
	}
	if err := checkHostPort(c.ListenAddr, true); err != nil {
		return fmt.Errorf("PoA.ListenAddr %q: %w", c.ListenAddr, err)
	}
	if c.PublicKey != "" {
		if _, err := (Validator{PublicKey: c.PublicKey}).Key(); err != nil {
			return fmt.Errorf("PoA.PublicKey: %w", err)
		}
	}
	if len(c.Peers) > maxPeers {
		return fmt.Errorf("PoA.Peers has %d entries, more than %d", len(c.Peers), maxPeers)
	}
	for _, p := range c.Peers {
		if _, _, err := splitPeer(p); err != nil {
			return fmt.Errorf("%w entry %q: %w", ErrPeers, p, err)
		}
	}
	return nil
}

// splitPeer takes PEERID@host:port or PUBLICKEY@host:port apart. who is the peer id,
// or the node id: the public key's 128 hex digits.
func splitPeer(s string) (who, addr string, err error) {
	who, addr, ok := strings.Cut(s, "@")
	if !ok {
		return "", "", errors.New("want PEERID@host:port, or PUBLICKEY@host:port")
	}
	switch {
	case strings.Trim(who, "0123456789abcdef") != "":
		err = errPeerName
	case isNodeID(who):
		_, err = Validator{PublicKey: who}.Key()
	case len(who) != 40:
		err = errPeerName
	}
	if err != nil {
		return "", "", err
	}
	return who, addr, checkHostPort(addr, false)
}

var errPeerName = errors.New("the part before @ is neither a consensus peer id (40 lower-case hex digits) nor a public key (128 of them): geth-ss identity prints both")

// isNodeID tells a public key from a peer id.
func isNodeID(who string) bool { return len(who) == 128 }

func checkHostPort(s string, emptyHost bool) error {
	// CometBFT takes comma-separated lists apart again.
	if strings.ContainsAny(s, ", \t\n") {
		return errors.New("contains a comma or a space")
	}
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return err
	}
	if host == "" && !emptyHost {
		return errors.New("missing host")
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return fmt.Errorf("bad port %q", port)
	}
	return nil
}

func (c *Config) interval() time.Duration {
	return time.Duration(c.BlockTime) * time.Second
}

// buildTime is what a proposer may spend on executing transactions. The rest of
// the propose timeout is for sending the block.
func (c *Config) buildTime() time.Duration {
	return min(c.interval()*3/10, 2*time.Second)
}

// CheckNetworkID holds geth's network id, 0 if none is set, against the chain id in the driver's directory: the others of the
// network go by that, and geth's protocol finds no peers with another one. What is wrong with the file the driver tells.
func CheckNetworkID(dir string, id uint64) error {
	path := filepath.Join(dir, genesisFile)
	g, err := LoadNetworkGenesis(path)
	if err != nil || id == 0 || id == g.Genesis.Config.ChainID.Uint64() {
		return nil
	}
	return fmt.Errorf("Eth.NetworkId (--networkid) is %d, but on a proof-of-authority network it is the chain id, %v in %s: leave the setting out", id, g.Genesis.Config.ChainID, path)
}

// Configure sets what the driver needs of geth's own configuration. Call it
// before the eth service is made.
func Configure(eth *ethconfig.Config, c *Config) {
	// Blocks come from consensus alone; there is nobody to drive a snap sync.
	eth.SyncMode = ethconfig.FullSync

	// geth gives up adding transactions to a block after this time.
	eth.Miner.Recommit = c.buildTime()

	// With the path scheme geth holds the last 128 states as layers in memory
	// and collects older ones in this buffer before it writes. On a quiet chain
	// the buffer never fills, and after kill -9 the node would have to replay
	// everything since genesis. Without a buffer what is on disk is never more
	// than about 128 blocks behind, and no recent state goes missing while it
	// is written (as it does with a commit of the whole trie database).
	eth.TrieDirtyCache = 0
}

package service

import (
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/eth"
	"github.com/ethereum/go-ethereum/node"
	"github.com/ethereum/go-ethereum/p2p/enode"

	"github.com/geth-ss/geth-ss/protocol"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/acl"
	"github.com/geth-ss/geth-ss/service/chain"
	"github.com/geth-ss/geth-ss/service/serverset"
	"github.com/geth-ss/geth-ss/service/store"
)

// fixed is what New decides and nothing changes afterwards: it takes no lock to read. What its fields point to can be used
// by several goroutines at once. Every part of the key server has it.
type fixed struct {
	stack *node.Node
	cfg   Config
	kind  Chain

	self    *session.NodeKey
	cluster wire.ClusterID
	genesis common.Hash
	chainID uint64
	servers *servers
	source  serverset.Source // of what a contract says of them

	chain   *chain.Chain
	blocks  blocks // the chain's, as far as the server set needs them
	oracle  *acl.Oracle
	network *protocol.Network
}

// newFixed is all of it but the network, which has to know the backend.
func newFixed(stack *node.Node, backend *eth.Ethereum, cfg Config, on Chain) (*fixed, error) {
	key := stack.Config().NodeKey()
	f := &fixed{
		stack:   stack,
		cfg:     cfg,
		kind:    on,
		self:    session.NewNodeKey(key),
		genesis: backend.BlockChain().Genesis().Hash(),
		chainID: backend.BlockChain().Config().ChainID.Uint64(),
		cluster: wire.MakeClusterID(backend.BlockChain().Genesis().Hash(), cfg.Cluster),
	}
	self := enode.NewV4(&key.PublicKey, nil, 0, 0) // the set needs our key, not our address
	configured, err := cfg.listed(self)
	if err != nil {
		return nil, fmt.Errorf("secretstore: %w", err)
	}
	f.servers = newServers(f.self.ID(), f.cluster, configured, cfg.authority())
	setting, err := cfg.aclSetting()
	if err != nil {
		return nil, fmt.Errorf("secretstore: %w", err)
	}
	if f.source, err = serverset.ParseSource(cfg.ServerSet, cfg.Registrar); err != nil {
		return nil, fmt.Errorf("secretstore: %w", err)
	}
	f.chain = chain.New(backend.BlockChain(), chain.Config{HeadIsFinal: on.HeadIsFinal})
	f.blocks = f.chain
	f.oracle = acl.New(f.chain, setting, acl.Config{MaxAge: cfg.maxAge(on), Calls: int(cfg.Limits.ContractCalls)})
	return f, nil
}

// blocks is what changes of the server set read of the own chain.
type blocks interface {
	Final() (chain.Block, bool)
	FinalAt(number uint64) (chain.Block, bool)
	Canonical(wire.BlockRef) bool
	BlockOf(wire.BlockRef) (chain.Block, bool)
}

// listed are the key servers of the configuration. Where administrators can change them, the list is what it says: a node
// that is not in it is to join. Else this node is one of them, as with Parity.
func (c *Config) listed(self *enode.Node) (*serverset.Static, error) {
	if len(c.Administrators) > 0 && len(c.Nodes) > 0 {
		return serverset.NewListed(c.Nodes, self)
	}
	return serverset.NewStatic(c.Nodes, self)
}

// minWalletThreshold is by the key servers of now.
func (f *fixed) minWalletThreshold() uint32 {
	least, _ := f.cfg.WalletThreshold(len(f.servers.Members())) // validated
	return least
}

// owner is whose the share store has to be.
func (f *fixed) owner() store.Owner {
	return store.Owner{Node: f.self.ID(), Cluster: f.cluster, Servers: f.servers.Members()}
}

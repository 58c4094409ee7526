// Package netplan plans a proof-of-authority network: the one file that it begins with, and what each of its nodes is configured
// with. Of a node it needs what its operator hands out: a name, the public key of its node key, and where it is reached. It opens
// no data directory and no connection; what it returns is for others to write.
package netplan

import (
	"crypto/ecdsa"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"

	"github.com/geth-ss/geth-ss/contracts"
	"github.com/geth-ss/geth-ss/poa"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service"
)

// Registrar is where the registrar contract stands in the genesis block.
var Registrar = common.HexToAddress("0x00000000000000000000000000000000005ec5e7")

// Plan is a network that is to be.
type Plan struct {
	// ChainID tells its transactions from those of other chains.
	ChainID uint64

	// Members are its nodes. The order of the validators is part of the network's identity.
	Members []*Member

	// Owner has the registrar: who files the contract that says who may read.
	Owner common.Address

	// Funds is the ether that accounts begin with, in wei.
	Funds map[common.Address]*big.Int

	// BlockTime is the interval between blocks in seconds.
	BlockTime uint64

	// GasLimit is that of blocks; 0 for the usual.
	GasLimit uint64

	// FreeGas has no price for gas, for ever.
	FreeGas bool

	// Governance has its validators come and go by a contract, for which they vote.
	Governance bool

	// Cluster is the name of the key servers' cluster, ACL who may read, as in the configuration.
	Cluster, ACL string

	// Administrators are who changes the set of key servers, AdministratorsNeeded how many of them must sign for it. None:
	// nobody can.
	Administrators       []common.Address
	AdministratorsNeeded int

	// Time is the genesis block's timestamp, in seconds since 1970, and not after the network's start.
	Time uint64

	// Development is a network on one machine, for experiments: its nodes are open to any web page, and to passwords.
	Development bool
}

// Role is what a node does beside following the chain.
type Role struct {
	Name           string // for people
	Validates      bool   // it makes blocks
	KeepsKeys      bool   // it is a key server
	Joins          bool   // it becomes one of a network that runs: the key servers there are don't list it
	Flag, FlagHelp string // by which it is given on the command line
}

var (
	Validator = &Role{Name: "a validator and key server", Validates: true, KeepsKeys: true, Flag: "validator", FlagHelp: "Validator and key server"}
	KeyServer = &Role{Name: "a key server", KeepsKeys: true, Flag: "key-server", FlagHelp: "Key server that is no validator"}
	Follower  = &Role{Name: "a follower", Flag: "follower", FlagHelp: "Node that only follows the chain, for which a configuration file is written"}

	// Joiner and OnlyValidator are roles in a network that runs, whose key servers have changed or are about to.
	Joiner        = &Role{Name: "a joining key server", KeepsKeys: true, Joins: true}
	OnlyValidator = &Role{Name: "a validator", Validates: true}

	// Roles of a network that begins, in the order in which nodes are listed.
	Roles = []*Role{Validator, KeyServer, Follower}
)

// Member is a node of the network.
type Member struct {
	Name   string
	Role   *Role
	Public *ecdsa.PublicKey
	PeerID string // in consensus; "" if nobody has told it, then it is asked for

	Host string // by which the others reach it
	Bind string // on which it listens for them; "" for all interfaces

	P2PPort, PoAPort   int // open to the other nodes
	RPCPort, StorePort int // JSON-RPC and the Secret Store's HTTP API, on loopback

	DataDir      string
	IPC          string // path of the IPC socket; "" for the usual
	PasswordFile string // of the key shares; "" for a key beside them
}

const (
	// maxChainID is what wallets take.
	maxChainID = 4503599627370476

	// maxNameLength bounds a node's name in bytes: it is the name of a file as well.
	maxNameLength = 64
)

// Node is the node's id: its public key in hex.
func (m *Member) Node() string { return hex.EncodeToString(crypto.FromECDSAPub(m.Public)[1:]) }

// Address is that by which contracts know the node.
func (m *Member) Address() common.Address { return crypto.PubkeyToAddress(*m.Public) }

// Enode is the URL by which the others connect to it.
func (m *Member) Enode() string { return "enode://" + m.Node() + "@" + at(m.Host, m.P2PPort) }

// Peer is its entry in the others' consensus peers.
func (m *Member) Peer() string {
	if m.PeerID != "" {
		return m.PeerID + "@" + at(m.Host, m.PoAPort)
	}
	return m.Node() + "@" + at(m.Host, m.PoAPort)
}

func at(host string, port int) string { return net.JoinHostPort(host, strconv.Itoa(port)) }

// Validate reports the first thing that can't work.
func (p *Plan) Validate() error {
	name := params.NetworkNames[strconv.FormatUint(p.ChainID, 10)]
	switch {
	case p.ChainID == 0:
		return errors.New("the chain id is missing: choose a number that no other network has (chainlist.org lists those that are known)")
	case name != "":
		return fmt.Errorf("chain id %d is that of Ethereum's network %s: a transaction signed for one could be sent to the other; choose another", p.ChainID, name)
	case p.ChainID > maxChainID:
		return fmt.Errorf("chain id %d is more than %d, the highest that wallets take", p.ChainID, uint64(maxChainID))
	case p.Owner == (common.Address{}):
		return errors.New("the owner is missing: the account that will file contracts in the registrar, such as the one that says who may read")
	}
	if err := p.checkMembers(); err != nil {
		return err
	}
	if err := p.checkFunds(); err != nil {
		return err
	}
	if err := p.checkSettings(); err != nil {
		return err
	}
	_, err := p.Genesis()
	return err
}

// checkSettings has those who will read the settings look at them.
func (p *Plan) checkSettings() error {
	consensus, keys := poa.DefaultConfig(), service.DefaultConfig()
	consensus.BlockTime = p.BlockTime
	keys.Cluster, keys.ACL, keys.Registrar = p.Cluster, p.ACL, Registrar.Hex()
	keys.Administrators, keys.AdministratorsNeeded = p.Administrators, p.AdministratorsNeeded
	for _, m := range p.validators() {
		consensus.Peers = append(consensus.Peers, m.Peer())
	}
	if len(p.keyServers()) > wire.MaxMembers {
		return fmt.Errorf("%d key servers, at most %d are possible", len(p.keyServers()), wire.MaxMembers)
	}
	return errors.Join(consensus.Validate(), keys.Validate())
}

func (p *Plan) checkMembers() error {
	if len(p.validators()) == 0 {
		return errors.New("no validator: name at least one, and four if one may fail")
	}
	names, keys, local := make(map[string]bool), make(map[string]string), 0
	for _, m := range p.Members {
		folded := strings.ToLower(m.Name) // some file systems take them for one
		if names[folded] {
			return fmt.Errorf("two nodes are named %s", m.Name)
		}
		names[folded] = true
		if other := keys[m.Node()]; other != "" {
			return fmt.Errorf("%s and %s have the same public key: each node has its own, which geth-ss identity prints there", other, m.Name)
		}
		keys[m.Node()] = m.Name
		if isLoopback(m.Host) {
			local++
		}
	}
	if local > 0 && local < len(p.Members) {
		return errors.New("some nodes have a loopback address, where nodes on other machines can't reach them")
	}
	return p.checkPorts()
}

// checkPorts finds what two would use of one machine.
func (p *Plan) checkPorts() error {
	ports, dirs := make(map[string]string), make(map[string]string)
	for _, m := range p.Members {
		host := strings.ToLower(m.Host)
		for _, use := range m.uses() {
			if use.port < 1 || use.port > 65535 {
				return fmt.Errorf("%s %d of %s is not a port from 1 to 65535", use.what, use.port, m.Name)
			}
			what, where := fmt.Sprintf("%s %d of %s", use.what, use.port, m.Name), at(host, use.port)
			if other := ports[where]; other != "" {
				return fmt.Errorf("%s is also the %s, and both are at %s", what, other, m.Host)
			}
			ports[where] = what
		}
		if other := dirs[host+" "+m.DataDir]; other != "" {
			return fmt.Errorf("%s and %s are both at %s and would share the data directory %s: put NAME, which stands for a node's name, into --datadir", other, m.Name, m.Host, m.DataDir)
		}
		dirs[host+" "+m.DataDir] = m.Name
	}
	return nil
}

type use struct {
	what string
	port int
}

func (m *Member) uses() []use {
	return []use{
		{"peer-to-peer port", m.P2PPort}, {"consensus port", m.PoAPort},
		{"JSON-RPC port", m.RPCPort}, {"Secret Store port", m.StorePort},
	}
}

func (p *Plan) checkFunds() error {
	taken := core.SystemContractAllocs()
	taken[Registrar] = types.Account{}
	if p.Governance {
		taken[contracts.ValidatorSetAddress] = types.Account{}
	}
	for address, wei := range p.Funds {
		if _, contract := taken[address]; contract {
			return fmt.Errorf("%v is a contract of the genesis block, not an account to fund", address)
		}
		if wei.Sign() < 0 || wei.BitLen() > 128 {
			return fmt.Errorf("%v can't begin with %v wei", address, wei)
		}
	}
	return nil
}

// Genesis is what the network's file says.
func (p *Plan) Genesis() (*poa.NetworkGenesis, error) {
	alloc := types.GenesisAlloc{Registrar: contracts.RegistrarAccount(p.Owner)}
	for address, wei := range p.Funds {
		if wei.Sign() > 0 {
			alloc[address] = types.Account{Balance: wei}
		}
	}
	var set []poa.Validator
	var hosts, peers []string
	for _, m := range p.validators() {
		set = append(set, poa.NewValidator(m.Public, m.Name))
		hosts, peers = append(hosts, at(m.Host, m.PoAPort)), append(peers, m.PeerID)
	}
	g := poa.NewGenesis(p.ChainID, alloc, set, p.Time)
	if p.GasLimit != 0 {
		g.Genesis.GasLimit = p.GasLimit
	}
	if p.FreeGas {
		g.SetFreeGas()
	}
	if p.Governance {
		if err := g.Govern(hosts, peers, contracts.ProposalLifetime); err != nil {
			return nil, err
		}
	}
	return g, g.Validate()
}

func (p *Plan) validators() []*Member {
	return p.those(func(r *Role) bool { return r.Validates })
}

func (p *Plan) keyServers() []*Member {
	return p.those(func(r *Role) bool { return r.KeepsKeys && !r.Joins })
}

func (p *Plan) those(are func(*Role) bool) []*Member {
	return slices.DeleteFunc(slices.Clone(p.Members), func(m *Member) bool { return !are(m.Role) })
}

// Funded lists who begins with ether, in order.
func (p *Plan) Funded() []common.Address {
	return slices.SortedFunc(maps.Keys(p.Funds), common.Address.Cmp)
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback() || strings.EqualFold(host, "localhost")
}

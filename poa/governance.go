package poa

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	abci "github.com/cometbft/cometbft/abci/types"
	cmtcrypto "github.com/cometbft/cometbft/proto/tendermint/crypto"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/log"

	"github.com/geth-ss/geth-ss/contracts"
	"github.com/geth-ss/geth-ss/internal/whole"
)

// Governance says which contract has the validators. Every node of a network must have the same.
type Governance struct {
	// Contract is where a ValidatorSet stands.
	Contract common.Address `json:"contract"`
	// Height is the block from which on it is read; 0 on a network that begins with it. After this block its list must be
	// that of the file.
	Height uint64 `json:"height,omitempty"`
}

// ruleValidators is told where validators are governed by a contract: its address, and from which block on.
const ruleValidators = "poa.validators"

func (g *Governance) String() string {
	return fmt.Sprintf("%s from block %d", g.Contract.Hex(), g.Height)
}

// governedFrom reads the height from the rule's value.
func governedFrom(rule string) (uint64, bool) {
	_, height, ok := strings.Cut(rule, " from block ")
	n, err := strconv.ParseUint(height, 10, 63)
	return n, ok && err == nil
}

// Govern makes it the genesis of a network whose validators are those of a contract in the genesis block. hosts are
// where consensus of each is reached, host:port, in the order of the validators.
func (g *NetworkGenesis) Govern(hosts []string, peers []string, lifetime uint64) error {
	entries, err := g.Entries(hosts, peers)
	if err != nil {
		return err
	}
	account, err := contracts.ValidatorSetAccount(entries, lifetime, 0)
	if err != nil {
		return fmt.Errorf("the validators' contract: %w", err)
	}
	g.Genesis.Alloc[contracts.ValidatorSetAddress] = account
	g.Governance = &Governance{Contract: contracts.ValidatorSetAddress}
	return nil
}

// Entries are the file's validators as the contract has them. peers are their ids in consensus' transport, "" if they are not
// known.
func (g *NetworkGenesis) Entries(hosts, peers []string) ([]contracts.ValidatorEntry, error) {
	if len(hosts) != len(g.Validators) || len(peers) != len(g.Validators) {
		return nil, fmt.Errorf("%d addresses and %d peer ids for %d validators", len(hosts), len(peers), len(g.Validators))
	}
	var list []contracts.ValidatorEntry
	for i, v := range g.Validators {
		pub, err := v.Key()
		if err != nil {
			return nil, err
		}
		if err := checkHostPort(hosts[i], false); err != nil {
			return nil, fmt.Errorf("the address %.80q of %s: %w", hosts[i], v.label(), err)
		}
		e := contracts.ValidatorEntry{Weight: uint32(v.Power), Name: v.Name, Host: hosts[i]}
		copy(e.Key[:], crypto.FromECDSAPub(pub)[1:])
		if peers[i] != "" {
			if err := decodePeerID(peers[i], &e.Peer); err != nil {
				return nil, err
			}
		}
		list = append(list, e)
	}
	return list, nil
}

func decodePeerID(text string, to *[20]byte) error {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != len(to) {
		return fmt.Errorf("%.80q is no consensus peer id, 40 hex digits", text)
	}
	copy(to[:], raw)
	return nil
}

// checkGovernance holds the file's list against the contract's in the genesis block.
func (g *NetworkGenesis) checkGovernance() error {
	if g.Governance == nil {
		return nil
	}
	if len(g.Validators) > contracts.MaxValidators {
		return fmt.Errorf("%d validators, and their contract has %d at most", len(g.Validators), contracts.MaxValidators)
	}
	if g.Governance.Contract == (common.Address{}) {
		return errors.New("governance names no contract")
	}
	if g.Governance.Height != 0 {
		return nil // nobody knows yet what will stand there
	}
	account := g.Genesis.Alloc[g.Governance.Contract]
	if hash := crypto.Keccak256Hash(account.Code); hash != contracts.ValidatorSetCode() {
		return fmt.Errorf("governance names the contract %s, but alloc has no ValidatorSet there", g.Governance.Contract)
	}
	list, later, err := contracts.ReadWeights(func(at common.Hash) (common.Hash, error) { return account.Storage[at], nil }, 0)
	if err != nil {
		return err
	}
	if len(later) > 0 {
		return errors.New("the validators' contract in alloc has changes that wait")
	}
	return sameValidators(g.Validators, list)
}

// sameValidators holds the file's list against the contract's, in their order.
func sameValidators(file []Validator, list []contracts.ValidatorEntry) error {
	if len(file) != len(list) {
		return fmt.Errorf("the file has %d validators, and their contract %d", len(file), len(list))
	}
	for i, v := range file {
		pub, err := v.Key()
		if err != nil {
			return err
		}
		if !bytes.Equal(crypto.FromECDSAPub(pub)[1:], list[i].Key[:]) || v.Power != int64(list[i].Weight) {
			return fmt.Errorf("validator %d is %s with power %d in the file, and in their contract %s with weight %d", i+1, nodeID(pub)[:16], v.Power, hex.EncodeToString(list[i].Key[:8]), list[i].Weight)
		}
	}
	return nil
}

// slots reads the contract in the state after a block. There is no reading of anything else: not of the head, nor of what
// this node remembers, so that every node reads the same whenever it does.
func (e *execution) slots(contract common.Address, h *types.Header) (contracts.Slots, error) {
	chain := e.eth.BlockChain()
	db, err := chain.StateAt(h.Root, h.Number, h.Time)
	if err != nil {
		return nil, fmt.Errorf("the state after block %d: %w", h.Number, err)
	}
	hash := db.GetCodeHash(contract)
	if err := db.Error(); err != nil {
		return nil, fmt.Errorf("the state after block %d: %w", h.Number, err)
	}
	if hash != contracts.ValidatorSetCode() {
		return nil, fmt.Errorf("after block %d there is no ValidatorSet contract at %s, or one of another version than this program knows", h.Number, contract)
	}
	return slotsOf(db, contract), nil
}

func slotsOf(db *state.StateDB, contract common.Address) contracts.Slots {
	return func(at common.Hash) (common.Hash, error) {
		value := db.GetState(contract, at)
		return value, db.Error() // it keeps its first one
	}
}

// weights are the validators in the state after a block.
func (e *execution) weights(g *Governance, h *types.Header) ([]contracts.ValidatorEntry, error) {
	read, err := e.slots(g.Contract, h)
	if err != nil {
		return nil, err
	}
	list, _, err := contracts.ReadWeights(read, h.Number.Uint64())
	return list, err
}

// updates are what consensus is told of the validators with a block: how the lists differ in the states before and after it.
func (e *execution) updates(file *NetworkGenesis, parent, h *types.Header) ([]abci.ValidatorUpdate, error) {
	g := file.Governance
	if g == nil || h.Number.Uint64() < g.Height {
		return nil, nil
	}
	after, err := e.weights(g, h)
	if err != nil {
		return nil, err
	}
	if g.Height > 0 && h.Number.Uint64() == g.Height {
		if err := sameValidators(file.Validators, after); err != nil {
			return nil, fmt.Errorf("from block %d on the validators are those of the contract %s, but %w", g.Height, g.Contract, err)
		}
		return nil, nil
	}
	before, err := e.weights(g, parent)
	if err != nil {
		return nil, err
	}
	return difference(before, after)
}

// difference is sorted by key, so that all nodes give consensus the same answer.
func difference(before, after []contracts.ValidatorEntry) ([]abci.ValidatorUpdate, error) {
	powers := make(map[[64]byte]int64)
	for _, v := range before {
		powers[v.Key] = -1 // it goes, unless it is found again
	}
	old := make(map[[64]byte]uint32)
	for _, v := range before {
		old[v.Key] = v.Weight
	}
	for _, v := range after {
		if old[v.Key] == v.Weight {
			delete(powers, v.Key)
		} else {
			powers[v.Key] = powerScale * int64(v.Weight)
		}
	}
	var list []abci.ValidatorUpdate
	for _, key := range slices.SortedFunc(maps.Keys(powers), func(a, b [64]byte) int { return bytes.Compare(a[:], b[:]) }) {
		pub, err := crypto.UnmarshalPubkey(append([]byte{4}, key[:]...))
		if err != nil {
			return nil, fmt.Errorf("the validators' contract has the key %x: %w", key[:8], err)
		}
		list = append(list, abci.ValidatorUpdate{
			PubKey: cmtcrypto.PublicKey{Sum: &cmtcrypto.PublicKey_Secp256K1Eth{Secp256K1Eth: crypto.CompressPubkey(pub)}},
			Power:  max(0, powers[key]),
		})
	}
	return list, nil
}

// roster is who the validators are, for all but consensus itself: for status, for peers, for who is dialled. It is that of the
// newest block here. On a network without a contract it is the file's.
type roster struct {
	file *NetworkGenesis
	dir  string // where the list is kept for poa resume; "": nowhere
	now  atomic.Pointer[rosterAt]
}

type rosterAt struct {
	number uint64
	list   []Validator
	peers  []string // entries as in Config.Peers, of those the contract has
}

func newRoster(file *NetworkGenesis) *roster {
	r := &roster{file: file}
	r.now.Store(&rosterAt{list: file.Validators})
	return r
}

// governs tells whether the contract is read in the state after a block.
func (r *roster) governs(number uint64) bool {
	return r != nil && r.file.Governance != nil && number >= r.file.Governance.Height
}

// governed tells whether there is a contract, now or later.
func (r *roster) governed() bool { return r.file.Governance != nil }

// refresh reads the list after a block.
func (r *roster) refresh(e *execution, h *types.Header) error {
	if !r.governs(h.Number.Uint64()) {
		return nil
	}
	read, err := e.slots(r.file.Governance.Contract, h)
	if err != nil {
		return err
	}
	list, _, err := contracts.ReadValidators(read, h.Number.Uint64())
	if err != nil {
		return err
	}
	at := &rosterAt{number: h.Number.Uint64()}
	for _, v := range list {
		at.list = append(at.list, Validator{PublicKey: hex.EncodeToString(v.Key[:]), Power: int64(v.Weight), Name: v.Name})
		who := hex.EncodeToString(v.Key[:])
		if v.Peer != ([20]byte{}) {
			who = hex.EncodeToString(v.Peer[:])
		}
		if entry := who + "@" + v.Host; validPeer(entry) {
			at.peers = append(at.peers, entry)
		}
	}
	if before := r.now.Swap(at); before.number == 0 || !slices.Equal(before.list, at.list) || !slices.Equal(before.peers, at.peers) {
		r.keep(at)
	}
	return nil
}

// listFile has the list as this node has last read it. Consensus never reads it: it is for poa resume, which has no chain.
const listFile = "validators.json"

type keptList struct {
	Block      uint64      `json:"block"`
	Validators []Validator `json:"validators"`
	Peers      []string    `json:"peers"`
}

func (r *roster) keep(at *rosterAt) {
	if r.dir == "" {
		return
	}
	raw, err := json.MarshalIndent(keptList{at.number, at.list, at.peers}, "", "  ")
	if err == nil {
		err = whole.Replace(filepath.Join(r.dir, listFile), raw)
	}
	if err != nil {
		log.Warn("Could not keep the list of validators for poa resume", "err", err)
	}
}

// newest is the network with the validators of the newest block that a node on this directory has read, and what it dials them by.
// Without such a list it is the file's: a wrong one finds no valid commit.
func (g *NetworkGenesis) newest(dir string) (*NetworkGenesis, []string) {
	if g.Governance == nil {
		return g, nil
	}
	var kept keptList
	raw, err := os.ReadFile(filepath.Join(dir, listFile))
	if err == nil {
		err = json.Unmarshal(raw, &kept)
	}
	if err != nil || len(kept.Validators) == 0 {
		return g, nil
	}
	now := *g
	now.Validators = kept.Validators
	if now.checkValidators() != nil {
		return g, nil
	}
	return &now, slices.DeleteFunc(kept.Peers, func(entry string) bool { return !validPeer(entry) })
}

func validPeer(entry string) bool {
	_, _, err := splitPeer(entry)
	return err == nil
}

// list must not be changed.
func (r *roster) list() []Validator { return r.now.Load().list }

// peers are the contract's entries in the form of Config.Peers.
func (r *roster) peers() []string { return r.now.Load().peers }

func (r *roster) has(addr common.Address) bool { return r.validator(addr) != nil }

// validator is the one with an address, or nil.
func (r *roster) validator(addr common.Address) *Validator { return find(r.list(), addr) }

package poa

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/big"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/cometbft/cometbft/crypto/secp256k1eth"
	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/rlp"
)

// MinFreeGasLimit is the lowest gas limit of blocks in a network without a price for
// gas: half of it holds the largest transaction.
const MinFreeGasLimit = 2 * params.MaxTxGas

const (
	// genesisFile lies in the driver's directory and says who the validators
	// are. geth's own genesis in the database must match it.
	genesisFile = "genesis.json"

	// defaultGasLimit is what geth's miner steers to by default, so that the
	// limit stays where it starts.
	defaultGasLimit = 60_000_000

	// quietBaseFee in wei is where the base fee of a chain without much to do ends
	// up: it falls by eighths, rounded down. Begun at Ethereum's, 10^9, a new
	// network would for its first minutes mine no transaction that offers less.
	quietBaseFee = 7

	// maxValidators and maxPower bound what a genesis file can make CometBFT
	// compute with; its own limit is on the sum of the powers.
	maxValidators = 1000
	maxPower      = 1_000_000_000

	// powerScale makes a third of the sum of all powers a whole number. A node
	// without which no block can be made doesn't sync blocks in CometBFT, but
	// votes at once, from where it was; and the share from which it takes itself
	// for one, a third, is rounded down there, so that each of four equal
	// validators would, and not see in the blocks it lacks that it has voted on
	// them already (see signer).
	powerScale = 3
)

// NetworkGenesis is the one file a proof-of-authority network starts from.
// Every node must have the same.
type NetworkGenesis struct {
	// Genesis is geth's genesis.
	Genesis *core.Genesis `json:"genesis"`
	// Validators make the blocks. The order doesn't matter to consensus, but
	// it is part of the network's identity.
	Validators []Validator `json:"validators"`
	// FreeGas is of a network in which gas has no price: the base fee is 0 for
	// ever, since no block may use more than half of its gas limit. A file
	// without it, as older versions write them, is of an ordinary network; older
	// versions refuse a file that has it.
	FreeGas bool `json:"freeGas,omitempty"`
	// Governance is of a network whose validators come and go by a contract. Validators are then those it begins with.
	Governance *Governance `json:"governance,omitempty"`
}

// NewGenesis is the genesis of a network with all forks up to Osaka active from
// the start and the system contracts they need. alloc is kept as it is; its
// entries win over the system contracts. timestamp is in seconds since 1970 and
// must not lie in the future when the network starts. Equal arguments give
// equal genesis hashes.
func NewGenesis(chainID uint64, alloc types.GenesisAlloc, validators []Validator, timestamp uint64) *NetworkGenesis {
	all := core.SystemContractAllocs()
	maps.Copy(all, alloc)
	return &NetworkGenesis{
		Genesis: &core.Genesis{
			Config:     chainConfig(chainID),
			Timestamp:  timestamp,
			GasLimit:   defaultGasLimit,
			Difficulty: new(big.Int),
			BaseFee:    big.NewInt(quietBaseFee),
			Alloc:      all,
		},
		Validators: validators,
	}
}

// SetFreeGas makes it the genesis of a network in which gas has no price.
func (g *NetworkGenesis) SetFreeGas() {
	g.FreeGas, g.Genesis.BaseFee = true, new(big.Int)
}

func chainConfig(chainID uint64) *params.ChainConfig {
	zero, start := new(big.Int), uint64(0)
	return &params.ChainConfig{
		ChainID:                 new(big.Int).SetUint64(chainID),
		HomesteadBlock:          zero,
		EIP150Block:             zero,
		EIP155Block:             zero,
		EIP158Block:             zero,
		ByzantiumBlock:          zero,
		ConstantinopleBlock:     zero,
		PetersburgBlock:         zero,
		IstanbulBlock:           zero,
		MuirGlacierBlock:        zero,
		BerlinBlock:             zero,
		LondonBlock:             zero,
		ArrowGlacierBlock:       zero,
		GrayGlacierBlock:        zero,
		MergeNetsplitBlock:      zero,
		TerminalTotalDifficulty: zero,
		ShanghaiTime:            &start,
		CancunTime:              &start,
		PragueTime:              &start,
		OsakaTime:               &start,
		Ethash:                  new(params.EthashConfig), // geth wants an engine named; merged from the start, it never runs
		BlobScheduleConfig: &params.BlobScheduleConfig{
			Cancun: params.DefaultCancunBlobConfig,
			Prague: params.DefaultPragueBlobConfig,
		},
	}
}

// IsNetworkGenesis tells a NetworkGenesis file, one in which a name is misspelt too, from a plain geth genesis, which has
// no member called so.
func IsNetworkGenesis(raw []byte) bool {
	var top struct {
		Genesis    json.RawMessage `json:"genesis"`
		Validators json.RawMessage `json:"validators"`
	}
	return json.Unmarshal(raw, &top) == nil && (top.Genesis != nil || top.Validators != nil)
}

// ParseNetworkGenesis reads and validates a NetworkGenesis from JSON.
func ParseNetworkGenesis(raw []byte) (*NetworkGenesis, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields() // a misspelt "validators" must not pass
	g := new(NetworkGenesis)
	if err := dec.Decode(g); err != nil {
		return nil, fmt.Errorf("parse network genesis: %w%s", err, meantMember(err))
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, errors.New("parse network genesis: more data after the end")
	}
	if err := g.Validate(); err != nil {
		return nil, err
	}
	return g, nil
}

// LoadNetworkGenesis reads and validates a NetworkGenesis file.
func LoadNetworkGenesis(path string) (*NetworkGenesis, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read network genesis: %w", err)
	}
	g, err := ParseNetworkGenesis(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return g, nil
}

// Validate reports why a network could not run from this genesis.
func (g *NetworkGenesis) Validate() error {
	if g.Genesis == nil || g.Genesis.Config == nil {
		return errors.New("network genesis: geth's genesis or its config is missing")
	}
	if err := checkChainConfig(g.Genesis.Config); err != nil {
		return fmt.Errorf("network genesis: %w", err)
	}
	if err := checkGasLimits(cmp.Or(g.Genesis.GasLimit, params.GenesisGasLimit)); err != nil { // geth takes 0 for its own
		return fmt.Errorf("network genesis: %w", err)
	}
	if err := g.checkFreeGas(); err != nil {
		return fmt.Errorf("network genesis: %w", err)
	}
	if g.Genesis.Number != 0 {
		return errors.New("network genesis: number must be 0") // consensus heights are block numbers
	}
	for name, addr := range map[string]common.Address{
		"beacon roots":        params.BeaconRootsAddress,
		"block hash history":  params.HistoryStorageAddress,
		"withdrawal queue":    params.WithdrawalQueueAddress,
		"consolidation queue": params.ConsolidationQueueAddress,
	} {
		if len(g.Genesis.Alloc[addr].Code) == 0 {
			return fmt.Errorf("network genesis: the %s system contract is missing in alloc at %s", name, addr)
		}
	}
	if err := g.checkValidators(); err != nil {
		return err
	}
	if err := g.checkGovernance(); err != nil {
		return fmt.Errorf("network genesis: %w", err)
	}
	return nil
}

func checkChainConfig(c *params.ChainConfig) error {
	if c.ChainID == nil || !c.ChainID.IsUint64() || c.ChainID.Sign() == 0 {
		return errors.New("config.chainId must be a positive 64-bit number")
	}
	if err := c.CheckConfigForkOrder(); err != nil {
		return err
	}
	if c.TerminalTotalDifficulty == nil || c.TerminalTotalDifficulty.Sign() != 0 {
		return errors.New("config.terminalTotalDifficulty must be 0")
	}
	if c.PragueTime == nil || *c.PragueTime != 0 {
		return errors.New("config.pragueTime must be 0: the driver speaks version 4 of the engine API's payloads")
	}
	if c.LondonBlock == nil || c.LondonBlock.Sign() != 0 {
		return errors.New("config.londonBlock must be 0: the driver speaks version 4 of the engine API's payloads")
	}
	if err := checkForks(c); err != nil {
		return err
	}
	b := c.BlobScheduleConfig
	for _, blobs := range []*params.BlobConfig{b.Cancun, b.Prague} { // fork order check has seen them
		if blobs.Max == 0 {
			return errors.New("config.blobSchedule has a fork with max 0")
		}
	}
	return nil
}

// driven are the forks by time that the driver knows. Any other, also one that a
// newer geth adds, waits until somebody has looked at what it asks of a driver.
var driven = []string{"shanghaiTime", "cancunTime", "pragueTime", "osakaTime", "bpo1Time", "bpo2Time"}

func checkForks(c *params.ChainConfig) error {
	rules, err := chainRules(c)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(rules)) {
		if strings.HasSuffix(name, "Time") && !slices.Contains(driven, name) {
			return fmt.Errorf("config.%s schedules a fork after Osaka, which geth-ss does not support yet", name)
		}
	}
	if c.EnableUBTAtGenesis {
		return errors.New("config.enableUBTAtGenesis is set, which geth-ss does not support yet")
	}
	return nil
}

// checkGasLimits are geth's bounds for the block that comes after the genesis block.
func checkGasLimits(limit uint64) error {
	if limit < params.MinGasLimit || limit > params.MaxGasLimit {
		return fmt.Errorf("gasLimit is %d: no block could follow, geth takes from %d to %d", limit, uint64(params.MinGasLimit), uint64(params.MaxGasLimit))
	}
	return nil
}

// checkFreeGas wants of a network without a price for gas that the price begins at
// 0, and that the largest transaction, which Osaka bounds, has room in half a block:
// one that had not would never be mined, and no node could tell its sender so.
func (g *NetworkGenesis) checkFreeGas() error {
	if !g.FreeGas {
		return nil
	}
	switch fee, osaka, limit := g.Genesis.BaseFee, g.Genesis.Config.OsakaTime, cmp.Or(g.Genesis.GasLimit, params.GenesisGasLimit); {
	case fee == nil || fee.Sign() != 0:
		return errors.New("freeGas is set, so baseFeePerGas must be 0")
	case osaka == nil || *osaka != 0:
		return errors.New("freeGas is set, so config.osakaTime must be 0: before that fork a transaction can be too large for half a block")
	case limit < MinFreeGasLimit:
		return fmt.Errorf("freeGas is set, so gasLimit must be at least %d, not %d: blocks use half of it, and a transaction has up to %d", MinFreeGasLimit, limit, uint64(params.MaxTxGas))
	}
	return nil
}

func (g *NetworkGenesis) checkValidators() error {
	if n := len(g.Validators); n == 0 || n > maxValidators {
		return fmt.Errorf("network genesis: %d validators, want 1 to %d", n, maxValidators)
	}
	seen := make(map[common.Address]bool)
	for _, v := range g.Validators {
		pub, err := v.Key()
		if err != nil {
			return fmt.Errorf("network genesis: %w", err)
		}
		if v.Power < 1 || v.Power > maxPower {
			return fmt.Errorf("network genesis: power %d of validator %q, want 1 to %d", v.Power, v.Name, maxPower)
		}
		addr := crypto.PubkeyToAddress(*pub)
		if seen[addr] {
			return fmt.Errorf("network genesis: validator %s is listed twice", addr)
		}
		seen[addr] = true
	}
	return nil
}

// has reports whether the holder of pub's address is a validator.
func (g *NetworkGenesis) has(addr common.Address) bool { return g.validator(addr) != nil }

// validator is the one with an address, or nil.
func (g *NetworkGenesis) validator(addr common.Address) *Validator {
	return find(g.Validators, addr)
}

func find(list []Validator, addr common.Address) *Validator {
	for i := range list {
		if pub, err := list[i].Key(); err == nil && crypto.PubkeyToAddress(*pub) == addr {
			return &list[i]
		}
	}
	return nil
}

// consensusID is the name of the network in consensus: votes are signed over
// it, and peers with another are refused. It binds the chain id, geth's genesis
// and the validator list.
func (g *NetworkGenesis) consensusID(genesisHash common.Hash) (string, error) {
	enc, err := g.encodeValidators()
	if err != nil {
		return "", err
	}
	id := crypto.Keccak256([]byte("geth-ss/poa/network/v2"), genesisHash[:], enc)
	return fmt.Sprintf("geth-ss-%d-%x", g.Genesis.Config.ChainID.Uint64(), id[:8]), nil
}

// origin is the same, with genesis and validators apart.
func (g *NetworkGenesis) origin(genesisHash common.Hash) (origin, error) {
	enc, err := g.encodeValidators()
	if err != nil {
		return origin{}, err
	}
	digest := crypto.Keccak256([]byte("geth-ss/poa/validators/v1"), enc)
	return origin{Genesis: genesisHash.Hex(), Validators: fmt.Sprintf("%x", digest[:8]), Count: len(g.Validators)}, nil
}

// encodeValidators are the keys and powers of the list, in its order.
func (g *NetworkGenesis) encodeValidators() ([]byte, error) {
	type member struct {
		Key   []byte
		Power uint64
	}
	var members []member
	for _, v := range g.Validators {
		pub, err := v.Key()
		if err != nil {
			return nil, err
		}
		members = append(members, member{crypto.CompressPubkey(pub), uint64(v.Power)})
	}
	enc, err := rlp.EncodeToBytes(members)
	if err != nil {
		return nil, fmt.Errorf("encode the validator list: %w", err)
	}
	return enc, nil
}

// consensusDoc is the same genesis in CometBFT's terms.
func (g *NetworkGenesis) consensusDoc(genesisHash common.Hash) (*cmttypes.GenesisDoc, error) {
	id, err := g.consensusID(genesisHash)
	if err != nil {
		return nil, err
	}
	p := cmttypes.DefaultConsensusParams()
	p.Validator.PubKeyTypes = []string{secp256k1eth.KeyType}
	p.Block.MaxBytes = maxPayloadBytes + blockOverhead + cmttypes.MaxCommitBytes(len(g.Validators))
	p.Evidence.MaxBytes = blockOverhead / 2
	doc := &cmttypes.GenesisDoc{
		GenesisTime:     time.Unix(int64(g.Genesis.Timestamp), 0).UTC(),
		ChainID:         id,
		InitialHeight:   1,
		ConsensusParams: p,
	}
	if g.Genesis.Timestamp == 0 {
		doc.GenesisTime = time.Unix(1, 0).UTC() // CometBFT would take a zero time for "now"
	}
	for _, v := range g.Validators {
		pub, err := v.Key()
		if err != nil {
			return nil, err
		}
		key := secp256k1eth.PubKey(crypto.CompressPubkey(pub))
		doc.Validators = append(doc.Validators, cmttypes.GenesisValidator{
			Address: key.Address(), PubKey: key, Power: powerScale * v.Power, Name: v.Name,
		})
	}
	return doc, doc.ValidateAndComplete()
}

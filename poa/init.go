package poa

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethdb"
	"github.com/ethereum/go-ethereum/log"
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/triedb"

	"github.com/geth-ss/geth-ss/internal/whole"
)

// Init makes a data directory one of a network: it writes the genesis block and the
// chain configuration to geth's database, and the network's file to the driver's
// directory, stack.ResolvePath("poa"). Of a directory that holds something already it
// compares everything before it writes anything:
//
//	genesis block, chain id, validators   must be equal
//	rules in force at the directory's head    must be equal; before the first block none is
//	rules ahead                           are taken, so that forks can be scheduled
//	validators' names                     are taken
//
// It returns what it changed. tries opens geth's trie database, which is needed, and
// closed again, where there is no genesis block yet.
func Init(dir string, g *NetworkGenesis, db ethdb.Database, tries func() *triedb.Database) ([]Difference, error) {
	h, err := readHeld(db)
	if err != nil {
		return nil, err
	}
	changes, err := compareDir(dir, h, g)
	if err != nil {
		return nil, err
	}
	if err := h.write(db, tries, g); err != nil {
		return nil, err
	}
	return changes, g.write(dir)
}

// InitDir is Init of the driver's directory alone, for who lets geth write its genesis
// block when it starts.
func InitDir(dir string, g *NetworkGenesis) error {
	if _, err := compareDir(dir, held{}, g); err != nil {
		return err
	}
	return g.write(dir)
}

// compareDir tells what the file would change in a directory, or why it may not.
func compareDir(dir string, h held, g *NetworkGenesis) ([]Difference, error) {
	if err := g.Validate(); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, genesisFile)
	old, err := LoadNetworkGenesis(path)
	if errors.Is(err, os.ErrNotExist) {
		old = nil
	} else if err != nil {
		return nil, err
	}
	if err := checkSame(path, old, h, g); err != nil {
		return nil, err
	}
	changes, err := planRules(old, h, g)
	if err != nil || old == nil {
		return changes, err
	}
	names, err := differentNetworks(old, g)
	return append(changes, names...), err
}

// held is what geth's database has of a network; without a configuration: nothing.
type held struct {
	genesis common.Hash
	config  *params.ChainConfig
	head    moment
}

// readHeld reads it. geth writes configuration and head with the genesis block, and its
// readers answer the same for what is not there and for what can't be read: where one
// alone is missing nobody knows which rules the blocks were made under.
func readHeld(db ethdb.Database) (h held, err error) {
	h.genesis = rawdb.ReadCanonicalHash(db, 0)
	head := rawdb.ReadHeadHeader(db)
	if h.genesis == (common.Hash{}) && rawdb.ReadHeadHeaderHash(db) == (common.Hash{}) {
		return h, nil
	}
	h.config = rawdb.ReadChainConfig(db, h.genesis)
	if h.genesis == (common.Hash{}) || h.config == nil || head == nil {
		return h, fmt.Errorf("geth's database is damaged: its genesis block, chain configuration or head can't be read. Nothing was written. "+
			"Move chaindata, triedb and %s/%s away, run init again and let the node sync from the others; keep the node key and %s", dirName, dataName, signStateFile)
	}
	h.head = moment{head.Number.Uint64(), head.Time}
	return h, nil
}

// write brings geth's database to the file. geth's own function for an existing one
// refuses to move forks that lie before a head without blocks.
func (h held) write(db ethdb.Database, tries func() *triedb.Database, g *NetworkGenesis) error {
	if h.config != nil {
		rawdb.WriteChainConfig(db, h.genesis, g.Genesis.Config)
		return db.SyncKeyValue()
	}
	t := tries()
	defer t.Close()
	_, hash, compat, err := core.SetupGenesisBlock(db, t, g.Genesis)
	if err == nil && compat != nil {
		err = compat
	}
	if err != nil {
		return fmt.Errorf("write the genesis block: %w", err)
	}
	log.Info("Successfully wrote genesis state", "database", "chaindata", "hash", hash)
	return nil
}

// checkSame refuses a file of another network than the directory is of. old is nil if
// the directory has no network file.
func checkSame(path string, old *NetworkGenesis, h held, g *NetworkGenesis) error {
	hash := g.Genesis.ToBlock().Hash()
	same := h.genesis == (common.Hash{}) || h.genesis == hash
	if old == nil {
		if !same {
			return fmt.Errorf("geth's database begins with genesis block %s, the file makes %s: use another data directory", h.genesis, hash)
		}
		return nil
	}
	before, err := old.consensusID(old.Genesis.ToBlock().Hash())
	if err != nil {
		return err
	}
	after, err := g.consensusID(hash)
	if err != nil || same && before == after {
		return err
	}
	list, err := differentNetworks(old, g)
	if err != nil {
		return err
	}
	return fmt.Errorf("%s belongs to network %s, the given file is of %s: %s; use another data directory", path, before, after, differencesBetween(list, "there", "in the file"))
}

// planRules compares the chain's rules. Those under which geth has executed the blocks
// count, if a fork was moved in its database alone, as older versions did.
func planRules(old *NetworkGenesis, h held, g *NetworkGenesis) ([]Difference, error) {
	config := h.config
	if config == nil && old != nil {
		config = old.Genesis.Config
	}
	if config == nil {
		return nil, nil
	}
	before, err := chainRules(config)
	if err != nil {
		return nil, err
	}
	after, err := chainRules(g.Genesis.Config)
	if err != nil {
		return nil, err
	}
	if old != nil { // or nobody has made blocks under them
		old.driverRules(before)
		g.driverRules(after)
	}
	changes := before.compare(after)
	if h.head.number == 0 {
		return changes, nil
	}
	var passed []Difference
	for _, d := range changes {
		if d.inForce(h.head) {
			passed = append(passed, d)
		}
	}
	if len(passed) > 0 {
		return nil, fmt.Errorf("%s; this is in force at the directory's block %d, so it can't be changed. Nothing was written. If the directory is wrong and not the file, "+
			"move chaindata, triedb and %s/%s away, run init again and let the node sync from the others; keep the node key and %s", differencesBetween(passed, "in the directory", "in the file"), h.head.number, dirName, dataName, signStateFile)
	}
	return changes, nil
}

// checkConfig holds what geth runs under against the network's file. They part if a
// fork was moved by an option of geth's, or by init of an older version, which kept
// the file.
func (g *NetworkGenesis) checkConfig(path string, runs *params.ChainConfig) error {
	file, err := chainRules(g.Genesis.Config)
	if err != nil {
		return err
	}
	rules, err := chainRules(runs)
	if err != nil {
		return err
	}
	if list := rules.compare(file); len(list) > 0 {
		return fmt.Errorf("the chain's rules are not those of the network's file %s: %s; run init with the file that the network has, and start again", path, differencesBetween(list, "in geth's database", "in the file"))
	}
	return nil
}

// differentNetworks lists what differs between two files, but for the chain's rules:
// genesis fields, accounts, validators.
func differentNetworks(a, b *NetworkGenesis) ([]Difference, error) {
	x, err := a.facts()
	if err != nil {
		return nil, err
	}
	y, err := b.facts()
	if err != nil {
		return nil, err
	}
	return x.compare(y), nil
}

// facts are the parts of a file by their paths.
func (g *NetworkGenesis) facts() (Rules, error) {
	fields, err := members(g.Genesis)
	if err != nil {
		return nil, fmt.Errorf("read the genesis: %w", err)
	}
	facts := Rules{"genesis.config.chainId": g.Genesis.Config.ChainID.String(), "validators": fmt.Sprint(len(g.Validators))}
	alloc, _ := fields["alloc"].(map[string]any)
	delete(fields, "config")
	delete(fields, "alloc")
	facts.flatten("genesis.", fields)
	for addr, account := range alloc {
		raw, err := json.Marshal(account)
		if err != nil {
			return nil, err
		}
		facts["genesis.alloc.0x"+addr] = abridge(string(raw))
	}
	for i, v := range g.Validators {
		pub, err := v.Key()
		if err != nil {
			return nil, err
		}
		at := fmt.Sprintf("validators[%d].", i)
		facts[at+"publicKey"], facts[at+"power"] = nodeID(pub), fmt.Sprint(v.Power)
		facts.set(at+"name", v.Name)
	}
	return facts, nil
}

// abridge keeps a contract's code out of a sentence, but not what tells two apart.
func abridge(text string) string {
	const most = 100
	if len(text) <= most {
		return text
	}
	return fmt.Sprintf("%s… (hash %x)", text[:most], crypto.Keccak256([]byte(text))[:8])
}

func (g *NetworkGenesis) write(dir string) error {
	raw, err := json.MarshalIndent(g, "", "  ")
	if err != nil {
		return fmt.Errorf("encode network genesis: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the consensus directory: %w", err)
	}
	return whole.Replace(filepath.Join(dir, genesisFile), raw)
}

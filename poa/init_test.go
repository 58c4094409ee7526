package poa

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethdb"
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/triedb"
)

// initialized is a data directory of a network, with a head at a timestamp.
type initialized struct {
	dir string
	db  ethdb.Database
}

func newInitialized(t *testing.T, g *NetworkGenesis, number, time uint64) *initialized {
	t.Helper()
	d := &initialized{dir: filepath.Join(t.TempDir(), "poa"), db: rawdb.NewMemoryDatabase()}
	if changes, err := d.init(g); err != nil || len(changes) != 0 {
		t.Fatalf("a new directory: %v, %v", changes, err)
	}
	if number > 0 {
		head := &types.Header{Number: new(big.Int).SetUint64(number), Time: time, Difficulty: new(big.Int)}
		rawdb.WriteHeader(d.db, head)
		rawdb.WriteHeadHeaderHash(d.db, head.Hash())
	}
	return d
}

func (d *initialized) init(g *NetworkGenesis) ([]Difference, error) {
	return Init(d.dir, g, d.db, func() *triedb.Database { return triedb.NewDatabase(d.db, nil) })
}

// holds is all that init writes of rules.
func (d *initialized) holds(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(d.dir, genesisFile))
	if err != nil {
		t.Fatal(err)
	}
	config, err := json.Marshal(rawdb.ReadChainConfig(d.db, rawdb.ReadCanonicalHash(d.db, 0)))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw) + string(config)
}

// TestInitAgain: with a file that differs init takes what may differ, in both places,
// and refuses all else by name and both values, before it writes anything.
func TestInitAgain(t *testing.T) {
	t.Parallel()
	const head = 1_800_000_000
	at := func(n uint64) *uint64 { return &n }
	fork := func(n *uint64) func(*NetworkGenesis) {
		return func(g *NetworkGenesis) {
			g.Genesis.Config.BPO1Time, g.Genesis.Config.BlobScheduleConfig.BPO1 = n, params.DefaultBPO1BlobConfig
		}
	}
	type row struct {
		before, after func(*NetworkGenesis)
		taken         string // rule that changes
		refused       string // in the reason
	}
	rows := map[string]row{
		"equal":                {},
		"a fork scheduled":     {after: fork(at(head + 1)), taken: "bpo1Time"},
		"a fork put off":       {before: fork(at(head + 1)), after: fork(at(head + 2)), taken: "bpo1Time"},
		"a fork called off":    {before: fork(at(head + 1)), taken: "bpo1Time"},
		"a fork into the past": {before: fork(at(head + 1)), after: fork(at(head)), refused: "bpo1Time is 1800000001 in the directory and 1800000000 in the file"},
		"a fork out of force":  {before: fork(at(head)), after: fork(at(head + 1)), refused: "bpo1Time is 1800000000 in the directory and 1800000001 in the file"},
		"the issue's":          {after: func(g *NetworkGenesis) { g.Genesis.Config.OsakaTime = at(5) }, refused: "osakaTime is 0 in the directory and 5 in the file"},
		"the issue's, back":    {before: func(g *NetworkGenesis) { g.Genesis.Config.OsakaTime = at(5) }, refused: "osakaTime is 5 in the directory and 0 in the file"},
		"deposit contract":     {after: func(g *NetworkGenesis) { g.Genesis.Config.DepositContractAddress = common.Address{1} }, refused: "depositContractAddress is 0x0000000000000000000000000000000000000000 in the directory and 0x0100000000000000000000000000000000000000"},
		"a schedule in force":  {after: func(g *NetworkGenesis) { g.Genesis.Config.BlobScheduleConfig.Prague = params.DefaultCancunBlobConfig }, refused: "blobSchedule.prague.max is 9 in the directory and 6 in the file"},
		"a price for gas":      {before: (*NetworkGenesis).SetFreeGas, after: func(g *NetworkGenesis) { g.Genesis.BaseFee = new(big.Int) }, refused: "poa.freeGas is true in the directory and unset in the file"},
		"no price for gas":     {before: func(g *NetworkGenesis) { g.Genesis.BaseFee = new(big.Int) }, after: (*NetworkGenesis).SetFreeGas, refused: "poa.freeGas is unset in the directory and true in the file"},
		"a validator's name":   {after: func(g *NetworkGenesis) { g.Validators[1].Name = "new" }, taken: "validators[1].name"},
		"a validator's power":  {after: func(g *NetworkGenesis) { g.Validators[1].Power = 2 }, refused: "validators[1].power is 1 there and 2 in the file"},
		"validators' order":    {after: func(g *NetworkGenesis) { g.Validators[0], g.Validators[1] = g.Validators[1], g.Validators[0] }, refused: "validators[0].publicKey is "},
		"a validator less":     {after: func(g *NetworkGenesis) { g.Validators = g.Validators[:3] }, refused: "validators is 4 there and 3 in the file"},
		"chain id":             {after: func(g *NetworkGenesis) { g.Genesis.Config.ChainID = big.NewInt(98) }, refused: "genesis.config.chainId is 99 there and 98 in the file"},
		"an account more":      {after: func(g *NetworkGenesis) { g.Genesis.Alloc[common.Address{8}] = types.Account{Balance: common.Big1} }, refused: "genesis.alloc.0x0800000000000000000000000000000000000000 is unset there and {\"balance\":\"0x1\"} in the file"},
		"an account less":      {after: func(g *NetworkGenesis) { delete(g.Genesis.Alloc, common.Address{7}) }, refused: "genesis.alloc.0x0700000000000000000000000000000000000000 is {\"balance\":\"0x1\"} there and unset in the file"},
		"an account's balance": {after: func(g *NetworkGenesis) { g.Genesis.Alloc[common.Address{7}] = types.Account{Balance: common.Big2} }, refused: "genesis.alloc.0x07"},
		"an account's code": {after: func(g *NetworkGenesis) {
			g.Genesis.Alloc[common.Address{7}] = types.Account{Balance: common.Big1, Code: []byte{1}}
		}, refused: "genesis.alloc.0x07"},
		"an account's nonce": {after: func(g *NetworkGenesis) {
			g.Genesis.Alloc[common.Address{7}] = types.Account{Balance: common.Big1, Nonce: 1}
		}, refused: "genesis.alloc.0x07"},
		"an account's storage": {after: func(g *NetworkGenesis) {
			g.Genesis.Alloc[common.Address{7}] = types.Account{Balance: common.Big1, Storage: map[common.Hash]common.Hash{{1}: {2}}}
		}, refused: "genesis.alloc.0x07"},
		"the end of a contract code": {after: func(g *NetworkGenesis) { endOfCode(g, params.HistoryStorageAddress) }, refused: "genesis.alloc.0x0000f90827f1c53a10cb7a02335b175320002935"},
	}
	// Every other field of geth's genesis, those that a newer geth adds included.
	for _, f := range reflect.VisibleFields(reflect.TypeFor[core.Genesis]()) {
		tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch f.Name {
		case "Config", "Alloc", "Number": // above; refused by Validate
			continue
		case "SlotNumber": // of Amsterdam; not in the header before
			continue
		}
		rows["genesis "+tag] = row{refused: "genesis." + tag + " is ", after: func(g *NetworkGenesis) { change(t, reflect.ValueOf(g.Genesis).Elem().FieldByName(f.Name)) }}
	}
	for name, c := range rows {
		before, after := testGenesis(t, 4), testGenesis(t, 4)
		for _, g := range []*NetworkGenesis{before, after} {
			blobs := *g.Genesis.Config.BlobScheduleConfig
			g.Genesis.Config.BlobScheduleConfig = &blobs
		}
		if c.before != nil {
			c.before(before)
		}
		if c.after != nil {
			c.after(after)
		}
		d := newInitialized(t, before, 10, head)
		held := d.holds(t)
		changes, err := d.init(after)
		if (err != nil) != (c.refused != "") || err != nil && !strings.Contains(err.Error(), c.refused) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err != nil {
			if d.holds(t) != held {
				t.Errorf("%s: refused, but something was written", name)
			}
			if strings.Contains(c.refused, "in the directory") { // the way out that the reason names
				if !strings.Contains(err.Error(), "move chaindata, triedb and poa/data away, run init again") {
					t.Errorf("%s: no way out: %v", name, err)
				}
				d.db = rawdb.NewMemoryDatabase()
				if _, err := d.init(after); err != nil {
					t.Errorf("%s: the way out: %v", name, err)
				}
			}
			continue
		}
		if has := strings.Contains(fmt.Sprint(changes), c.taken+" is"); c.taken != "" && !has || c.taken == "" && len(changes) > 0 {
			t.Errorf("%s: the changes are %v", name, changes)
		}
		config := rawdb.ReadChainConfig(d.db, rawdb.ReadCanonicalHash(d.db, 0))
		g, err := LoadNetworkGenesis(filepath.Join(d.dir, genesisFile))
		if err != nil || g.checkConfig("", config) != nil || after.checkConfig("", config) != nil {
			t.Errorf("%s: file and database are not those given: %v", name, err)
		}
	}
}

// TestInitEveryRule: every field of the chain configuration may be moved while both
// values lie ahead, none once one is in force, and all before the first block.
func TestInitEveryRule(t *testing.T) {
	t.Parallel()
	const now = 1_000_000
	for _, l := range leaves(t) {
		if l.name == "chainId" { // of another network, see above
			continue
		}
		fork := strings.HasSuffix(l.name, "Time") || strings.HasSuffix(l.name, "Block")
		for _, c := range []struct {
			from, to, head uint64
			ok             bool
		}{
			{now + 5, now + 10, now, fork}, // what is no fork is in force from its fork, or the beginning, on
			{now - 5, now + 10, now, false},
			{now + 5, now - 10, now, false},
			{now - 5, now + 10, 0, true},
		} {
			g := &NetworkGenesis{Genesis: &core.Genesis{Config: changed(t, l, c.to)}}
			h := held{config: changed(t, l, c.from), head: moment{c.head, now}}
			_, err := planRules(nil, h, g)
			if (err == nil) != c.ok || err != nil && !strings.Contains(err.Error(), l.name+" is") {
				t.Errorf("%s from %d to %d at head %d: %v", l.name, c.from, c.to, h.head.number, err)
			}
		}
	}
}

func changed(t *testing.T, l leaf, n uint64) *params.ChainConfig {
	t.Helper()
	c := filled(t)
	for _, fork := range leaves(t) { // schedules and what belongs to forks are in force
		if strings.HasPrefix(fork.name, "bpo") || fork.name == "daoForkBlock" {
			fork.change(c, 1)
		}
	}
	l.change(c, n)
	return c
}

// TestInitWhereTheyParted: a fork that an older version's init has moved in geth's
// database alone keeps the node from starting until init has the network's file, and
// what the blocks were executed under counts.
func TestInitWhereTheyParted(t *testing.T) {
	t.Parallel()
	g := testGenesis(t, 4)
	d := newInitialized(t, g, 10, 1_800_000_000)
	moved := testGenesis(t, 4)
	five := uint64(5)
	moved.Genesis.Config.OsakaTime = &five
	rawdb.WriteChainConfig(d.db, rawdb.ReadCanonicalHash(d.db, 0), moved.Genesis.Config)
	if err := g.checkConfig("FILE", moved.Genesis.Config); err == nil || !strings.Contains(err.Error(), "FILE: osakaTime is 5 in geth's database and 0 in the file; run init") {
		t.Errorf("the start: %v", err)
	}
	if _, err := d.init(g); err == nil || !strings.Contains(err.Error(), "osakaTime is 5 in the directory and 0 in the file") {
		t.Errorf("init with what the database does not have: %v", err)
	}
	if _, err := d.init(moved); err != nil {
		t.Errorf("init with what the database has: %v", err)
	}
	if file, err := LoadNetworkGenesis(filepath.Join(d.dir, genesisFile)); err != nil || file.checkConfig("", moved.Genesis.Config) != nil {
		t.Errorf("the file: %v", err)
	}
}

// endOfCode changes the last byte of a contract.
func endOfCode(g *NetworkGenesis, addr common.Address) {
	account := g.Genesis.Alloc[addr]
	account.Code = bytes.Clone(account.Code)
	account.Code[len(account.Code)-1] ^= 1
	g.Genesis.Alloc[addr] = account
}

// change makes a value another one.
func change(t *testing.T, v reflect.Value) {
	t.Helper()
	switch x := v.Addr().Interface().(type) {
	case *uint64:
		*x += 7000
	case **uint64:
		*x = new(uint64)
		**x = 7
	case *[]byte:
		*x = append(bytes.Clone(*x), 7)
	case **big.Int:
		*x = big.NewInt(77)
	case *common.Hash:
		x[0] ^= 7
	case *common.Address:
		x[0] ^= 7
	case **common.Hash:
		*x = &common.Hash{7}
	default:
		t.Fatalf("a field of the genesis is a %s: say here how to change one", v.Type())
	}
}

// TestInitUnreadable: a head or a configuration that can't be read is not one that isn't there: without them any rule would
// lie ahead.
func TestInitUnreadable(t *testing.T) {
	t.Parallel()
	const head = 1_800_000_000
	for name, damage := range map[string]func(ethdb.Database){
		"head": func(db ethdb.Database) { rawdb.DeleteHeader(db, rawdb.ReadHeadHeaderHash(db), 10) },
		"configuration": func(db ethdb.Database) {
			db.Put(append([]byte("ethereum-config-"), rawdb.ReadCanonicalHash(db, 0).Bytes()...), []byte("{"))
		},
		"genesis block": func(db ethdb.Database) { rawdb.DeleteCanonicalHash(db, 0) },
	} {
		before, after := testGenesis(t, 4), testGenesis(t, 4)
		osaka := uint64(5)
		after.Genesis.Config.OsakaTime = &osaka
		d := newInitialized(t, before, 10, head)
		file, err := os.ReadFile(filepath.Join(d.dir, genesisFile))
		if err != nil {
			t.Fatal(err)
		}
		damage(d.db)
		for what, g := range map[string]*NetworkGenesis{"the same": before, "another": after} {
			_, err := d.init(g)
			if err == nil || !strings.Contains(err.Error(), "can't be read") {
				t.Errorf("%s damaged, %s file: %v", name, what, err)
			}
			if now, err := os.ReadFile(filepath.Join(d.dir, genesisFile)); err != nil || !bytes.Equal(now, file) {
				t.Errorf("%s damaged, %s file: it was written (%v)", name, what, err)
			}
		}
	}
}

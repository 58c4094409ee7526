package poa

import (
	"math/big"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"
)

// burner is a contract that uses up the gas it is given, at once.
var burner = common.HexToAddress("0xb0")

// newFreeSolo is a node of a network in which gas has no price, the lowest gas limit that there may be, and a burner.
func newFreeSolo(t testing.TB) *solo {
	t.Helper()
	n := testNetwork(t, t.TempDir(), 1, 0)
	n.genesis.SetFreeGas()
	n.genesis.Genesis.GasLimit = MinFreeGasLimit
	n.genesis.Genesis.Alloc[burner] = types.Account{Code: []byte{0xfe}, Balance: new(big.Int)}
	s := newSoloOf(t, n.nodes[0])
	s.backend.TxPool().SetGasTip(new(big.Int))
	s.backend.Miner().SetGasTip(new(big.Int))
	return s
}

// burn puts a transaction for nothing, of a new account that has nothing, into the pool. (Of an account that was never used geth
// takes one at a time.)
func (s *solo) burn(t testing.TB, gas uint64) {
	t.Helper()
	key, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	id := big.NewInt(testChainID)
	tx := types.MustSignNewTx(key, types.LatestSignerForChainID(id), &types.DynamicFeeTx{
		ChainID: id, To: &burner, Gas: gas, GasFeeCap: new(big.Int), GasTipCap: new(big.Int),
	})
	if err := s.backend.TxPool().Add([]*types.Transaction{tx}, true)[0]; err != nil {
		t.Fatal(err)
	}
}

func mustDecode(t testing.TB, raw []byte) *types.Block {
	t.Helper()
	b, err := decodePayload(raw)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestFreeGasProposals: where gas has no price a proposer uses no more than half of a block, but as much of it as there is to
// use, however much waits: small transactions and the largest there can be. The base fee stays 0, and all are mined.
func TestFreeGasProposals(t *testing.T) {
	s := newFreeSolo(t)
	const each = 12
	for range each {
		s.burn(t, 3_000_000)
		s.burn(t, params.MaxTxGas)
	}
	mined := 0
	for blocks := 0; mined < 2*each; blocks++ {
		if blocks > 4*each {
			t.Fatalf("after %d blocks %d transactions of %d are mined", blocks, mined, 2*each)
		}
		raw := s.propose(t)
		b := mustDecode(t, raw)
		if b.GasUsed() > b.GasLimit()/2 || b.BaseFee().Sign() != 0 {
			t.Fatalf("block %d uses %d of %d gas, its base fee is %v", b.NumberU64(), b.GasUsed(), b.GasLimit(), b.BaseFee())
		}
		if len(b.Transactions()) == 0 {
			t.Fatalf("block %d is empty, and %d transactions wait", b.NumberU64(), 2*each-mined)
		}
		if !s.accepts(t, raw) {
			t.Fatalf("block %d is voted down by who built it", b.NumberU64())
		}
		s.decide(t, raw)
		mined += len(b.Transactions())
	}
}

// TestFreeGasVotes: a block that is right in all but this, that it uses more than half of its gas limit, is voted for where gas
// has a price, and against where it has none, with the block that would come next for a reason.
func TestFreeGasVotes(t *testing.T) {
	s := newFreeSolo(t)
	for range 3 {
		s.burn(t, 10_000_000)
	}
	s.app.exec.freeGas = false // as who does not keep the rule
	raw := s.propose(t)
	if b := mustDecode(t, raw); b.GasUsed() <= b.GasLimit()/2 {
		t.Fatalf("the liar's block uses %d of %d gas", b.GasUsed(), b.GasLimit())
	}
	s.app.exec.freeGas = true
	if s.accepts(t, raw) {
		t.Error("voted for a block that uses more than half")
	}
	s.app.exec.freeGas = false
	if !s.accepts(t, raw) {
		t.Error("the block is wrong in something else")
	}
}

// TestFreeGasBlock: the bound is half of the gas limit exactly, and the base fee 0 exactly.
func TestFreeGasBlock(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		limit, used uint64
		fee         int64
		err         string
	}{
		{40_000_000, 0, 0, ""},
		{40_000_000, 20_000_000, 0, ""},
		{40_000_000, 20_000_001, 0, "more than 20000000, half of its gas limit"},
		{40_000_001, 20_000_000, 0, ""},
		{40_000_001, 20_000_001, 0, "more than 20000000"},
		{40_000_000, 40_000_000, 0, "more than 20000000"},
		{40_000_000, 0, 1, "base fee is 1"},
		{40_000_000, 0, quietBaseFee, "base fee is 7"},
	} {
		err := checkFreeGas(&types.Header{GasLimit: c.limit, GasUsed: c.used, BaseFee: big.NewInt(c.fee)})
		if (err != nil) != (c.err != "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// TestFreeGasGenesis: a file in which gas has no price is refused if it could have one, or if a transaction could be too large.
func TestFreeGasGenesis(t *testing.T) {
	t.Parallel()
	later := uint64(5)
	for name, c := range map[string]struct {
		change func(*NetworkGenesis)
		err    string
	}{
		"good":              {func(g *NetworkGenesis) {}, ""},
		"the lowest limit":  {func(g *NetworkGenesis) { g.Genesis.GasLimit = MinFreeGasLimit }, ""},
		"a lower limit":     {func(g *NetworkGenesis) { g.Genesis.GasLimit = MinFreeGasLimit - 1 }, "gasLimit must be at least 33554432, not 33554431"},
		"geth's limit":      {func(g *NetworkGenesis) { g.Genesis.GasLimit = 0 }, "gasLimit must be at least"},
		"no base fee":       {func(g *NetworkGenesis) { g.Genesis.BaseFee = nil }, "baseFeePerGas must be 0"},
		"a base fee":        {func(g *NetworkGenesis) { g.Genesis.BaseFee = big.NewInt(1) }, "baseFeePerGas must be 0"},
		"Osaka comes later": {func(g *NetworkGenesis) { g.Genesis.Config.OsakaTime = &later }, "osakaTime must be 0"},
		"without Osaka":     {func(g *NetworkGenesis) { g.Genesis.Config.OsakaTime = nil }, "osakaTime must be 0"},
	} {
		g := testGenesis(t, 4)
		g.SetFreeGas()
		c.change(g)
		err := g.Validate()
		if (err != nil) != (c.err != "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: %v", name, err)
		}
		if g.FreeGas = false; g.Validate() != nil {
			t.Errorf("%s: refused where gas has a price: %v", name, g.Validate())
		}
	}
}

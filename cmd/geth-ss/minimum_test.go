package main

import (
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/holiman/uint256"

	"github.com/geth-ss/geth-ss/poa"
)

// validator is a data directory of a proof-of-authority network of one.
type validator struct {
	dir  string
	args []string
}

const validatorChainID = 24603

// newValidator initializes a network whose base fee is as low as one can be, with the accounts funded.
func newValidator(t *testing.T, funded ...common.Address) validator {
	t.Helper()
	return newValidatorOf(t, func(*poa.NetworkGenesis) {}, funded...)
}

func newValidatorOf(t *testing.T, change func(*poa.NetworkGenesis), funded ...common.Address) validator {
	t.Helper()
	key, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	rich := make(types.GenesisAlloc)
	for _, address := range funded {
		rich[address] = types.Account{Balance: new(big.Int).Lsh(big.NewInt(1), 100)}
	}
	network := poa.NewGenesis(validatorChainID, rich, []poa.Validator{poa.NewValidator(&key.PublicKey, "only")}, uint64(time.Now().Unix())-10)
	change(network)
	text, err := json.Marshal(network)
	if err != nil {
		t.Fatal(err)
	}
	v := validator{dir: t.TempDir()}
	if err := os.MkdirAll(filepath.Join(v.dir, clientIdentifier), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := crypto.SaveECDSA(filepath.Join(v.dir, clientIdentifier, "nodekey"), key); err != nil {
		t.Fatal(err)
	}
	run(t, "init", "--datadir", v.dir, writeFile(t, "network.json", string(text)))
	v.args = []string{"--datadir", v.dir, "--poa", "--poa.listenaddr", fmt.Sprintf("127.0.0.1:%d", freePort(t)), "--networkid", fmt.Sprint(validatorChainID),
		"--port", fmt.Sprint(freePort(t)), "--nat", "none", "--nodiscover", "--cache", "64", "--ipcpath", filepath.Join(t.TempDir(), "ipc")}
	return v
}

// TestOneMinimum: setting one of the two minimums sets both, and setting them apart is refused.
func TestOneMinimum(t *testing.T) {
	file := func(pool, maker int) string {
		return writeFile(t, "c.toml", fmt.Sprintf("[Eth]\n[Eth.TxPool]\nPriceLimit = %d\n[Eth.Miner]\nGasPrice = %d\n", pool, maker))
	}
	flags := func(pool, maker string) []string {
		return []string{"--txpool.pricelimit", pool, "--miner.gasprice", maker}
	}
	const apart = "which sets both"
	for _, c := range []struct {
		name string
		args []string
		want string // the number, or words of an error
	}{
		{"nothing", nil, "1000000"},
		{"pool by flag", []string{"--txpool.pricelimit", "5"}, "5"},
		{"maker by flag", []string{"--miner.gasprice", "5"}, "5"},
		{"pool's default by flag", []string{"--txpool.pricelimit", "1"}, "1"},
		{"none by flag", []string{"--miner.gasprice", "0"}, "0"},
		{"both by flag", flags("5", "5"), "5"},
		{"apart by flag", flags("1", "1000000"), apart},
		{"pool by file", []string{"--config", file(5, 1000000)}, "5"},
		{"maker by file", []string{"--config", file(1, 5)}, "5"},
		{"a dump of before", []string{"--config", file(1, 1000000)}, "1000000"},
		{"both by file", []string{"--config", file(5, 5)}, "5"},
		{"apart by file", []string{"--config", file(5, 6)}, apart},
		{"flag over file", []string{"--config", file(5, 6), "--miner.gasprice", "8"}, "8"},
		{"negative", []string{"--miner.gasprice", "-1"}, "not a number from 0"},
		{"too large", []string{"--miner.gasprice", "18446744073709551616"}, "not a number from 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			args := append([]string{"--datadir", t.TempDir(), "--poa", "dumpconfig"}, c.args...)
			if !strings.ContainsAny(c.want[:1], "0123456789") {
				if out := fail(t, args...); !strings.Contains(out, c.want) {
					t.Errorf("want %q in:\n%s", c.want, out)
				}
				return
			}
			out := run(t, args...)
			wantMatch(t, out, `(?m)^PriceLimit = `+c.want+`$`)
			wantMatch(t, out, `(?m)^GasPrice = `+c.want+`$`)
		})
	}
	// Elsewhere geth's two stay two.
	out := run(t, "--datadir", t.TempDir(), "dumpconfig")
	wantMatch(t, out, `(?m)^PriceLimit = 1$`)
	wantMatch(t, out, `(?m)^GasPrice = 1000000$`)
}

// TestTakenIsMined: whatever a validator takes it mines, and what it does not take it refuses with the number, for every kind of
// transaction and prices about the minimum, at the start and after the minimum was moved.
func TestTakenIsMined(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a node")
	}
	t.Parallel()
	senders := make([]*ecdsa.PrivateKey, 200)
	var funded []common.Address
	for i := range senders {
		senders[i], _ = crypto.ToECDSA(crypto.Keccak256(fmt.Append(nil, "sender ", i)))
		funded = append(funded, crypto.PubkeyToAddress(senders[i].PublicKey))
	}
	v := newValidator(t, funded...)
	cheap := priced("dynamic", 1, 1, senders[0])
	journal := filepath.Join(v.dir, clientIdentifier, "transactions.rlp")
	writeTransactions(t, journal, cheap, priced("dynamic", 2_000_000, 2_000_000, senders[1]))
	n := startNode(t, append(v.args, "--http.api", "eth,miner,txpool")...)

	next := 2 // the next sender without a transaction
	for _, minimum := range []int64{1_000_000, 3_000_000, 1, 0} {
		if minimum != 1_000_000 {
			if err := n.call(nil, "miner_setGasPrice", (*hexutil.Big)(big.NewInt(minimum))); err != nil {
				t.Fatal(err)
			}
		}
		next = takenIsMined(t, n, minimum, senders, next)
	}
	wantMatch(t, n.log.String(), `Dropped own transactions .* dropped=1 kept=1 `)
}

// TestFreeGas: where gas has no price a validator takes for nothing what an account sends that has nothing, suggests nothing by
// every door, and knows no minimum; settings that say otherwise are refused, and those that say nothing are not.
func TestFreeGas(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a node")
	}
	t.Parallel()
	v := newValidatorOf(t, (*poa.NetworkGenesis).SetFreeGas)
	file := func(pool, maker int) []string {
		return []string{"--config", writeFile(t, "c.toml", fmt.Sprintf("[Eth]\n[Eth.TxPool]\nPriceLimit = %d\n[Eth.Miner]\nGasPrice = %d\n", pool, maker))}
	}
	for name, args := range map[string][]string{
		"pool by flag":              {"--txpool.pricelimit", "1"},
		"maker by flag":             {"--miner.gasprice", "5"},
		"the default by flag":       {"--miner.gasprice", "1000000"},
		"both by file":              file(5, 5),
		"pool by file":              file(5, 1000000),
		"flag over none in a file ": append(file(0, 0), "--miner.gasprice", "7"),
	} {
		if out := fail(t, append(slices.Clone(v.args), args...)...); !strings.Contains(out, "gas has no price here") {
			t.Errorf("%s:\n%s", name, out)
		}
	}
	sender := func(n int) *ecdsa.PrivateKey {
		key, _ := crypto.ToECDSA(crypto.Keccak256(fmt.Append(nil, "poor ", n)))
		return key
	}
	writeTransactions(t, filepath.Join(v.dir, clientIdentifier, "transactions.rlp"), priced("legacy", 0, 0, sender(0)))
	n := startNode(t, append(append(slices.Clone(v.args), "--http.api", "eth,miner,txpool"), file(1, 1000000)...)...) // as dumpconfig writes it
	for _, door := range []string{"eth_gasPrice", "eth_maxPriorityFeePerGas"} {
		var suggested hexutil.Big
		if err := n.call(&suggested, door); err != nil || (*big.Int)(&suggested).Sign() != 0 {
			t.Errorf("%s: %v %v", door, &suggested, err)
		}
	}
	var filled struct {
		Tx struct{ MaxFeePerGas, MaxPriorityFeePerGas, Gas *hexutil.Big }
	}
	if err := n.call(&filled, "eth_fillTransaction", map[string]any{"from": common.Address{19: 9}, "to": common.Address{19: 1}}); err != nil ||
		filled.Tx.MaxFeePerGas == nil || filled.Tx.MaxFeePerGas.ToInt().Sign() != 0 || filled.Tx.MaxPriorityFeePerGas.ToInt().Sign() != 0 {
		t.Errorf("eth_fillTransaction: %+v %v", filled, err)
	}
	if err := n.call(nil, "miner_setGasPrice", (*hexutil.Big)(big.NewInt(1))); err == nil || !strings.Contains(err.Error(), "the minimum stays 0") {
		t.Errorf("a minimum by JSON-RPC: %v", err)
	}
	if err := n.call(nil, "miner_setGasPrice", new(hexutil.Big)); err != nil {
		t.Error(err)
	}
	var hashes []common.Hash
	for i, kind := range []string{"legacy", "access list", "dynamic", "set code"} {
		tx := priced(kind, 0, 0, sender(i+1))
		raw, err := tx.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		if err := n.call(nil, "eth_sendRawTransaction", hexutil.Bytes(raw)); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		hashes = append(hashes, tx.Hash())
	}
	large := types.MustSignNewTx(sender(9), types.LatestSignerForChainID(big.NewInt(validatorChainID)), &types.LegacyTx{To: &common.Address{19: 1}, Gas: params.MaxTxGas + 1, GasPrice: new(big.Int)})
	raw, _ := large.MarshalBinary()
	if err := n.call(nil, "eth_sendRawTransaction", hexutil.Bytes(raw)); err == nil || !strings.Contains(err.Error(), "16777216") {
		t.Errorf("a transaction that half a block might not hold: %v", err)
	}
	for _, hash := range hashes {
		n.mined(t, hash)
	}
	if out := n.log.String(); strings.Contains(out, "Dropped own transactions") { // geth offers the others to the pool after a minute
		t.Errorf("the journal:\n%s", out)
	}
}

// mined waits until a transaction is in a block.
func (n *runningNode) mined(t *testing.T, hash common.Hash) *types.Receipt {
	t.Helper()
	var receipt *types.Receipt
	var err error
	for deadline := time.Now().Add(nodeTimeout); receipt == nil; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%v is not mined: %v", hash, err)
		}
		err = n.call(&receipt, "eth_getTransactionReceipt", hash)
	}
	return receipt
}

func takenIsMined(t *testing.T, n *runningNode, minimum int64, senders []*ecdsa.PrivateKey, next int) int {
	t.Helper()
	var suggested hexutil.Big
	if err := n.call(&suggested, "eth_maxPriorityFeePerGas"); err != nil || (*big.Int)(&suggested).Cmp(big.NewInt(minimum)) < 0 {
		t.Errorf("minimum %d: a tip of %v is suggested, %v", minimum, &suggested, err)
	}
	taken := make(map[common.Hash]string)
	for _, kind := range []string{"legacy", "access list", "dynamic", "set code"} {
		for _, tip := range []int64{minimum - 1, minimum, minimum + 1} {
			for _, above := range []int64{0, 1, 8} {
				if tip < 0 || kind != "dynamic" && kind != "set code" && above > 0 {
					continue // one price is both
				}
				tip := max(tip, map[bool]int64{true: 7}[minimum < 2 && tip >= minimum]) // the base fee
				tx := priced(kind, tip, tip+above, senders[next])
				next++
				name := fmt.Sprintf("minimum %d: %s of tip %d, cap %d", minimum, kind, tip, tip+above)
				raw, err := tx.MarshalBinary()
				if err != nil {
					t.Fatal(err)
				}
				err = n.call(nil, "eth_sendRawTransaction", hexutil.Bytes(raw))
				switch want := fmt.Sprintf("minimum needed %d", minimum); {
				case err == nil && tip < minimum:
					t.Errorf("%s was taken", name)
				case err == nil:
					taken[tx.Hash()] = name
				case tip >= minimum:
					t.Errorf("%s: %v", name, err)
				case !strings.Contains(err.Error(), want):
					t.Errorf("%s: %v, want %q", name, err, want)
				}
			}
		}
	}
	if len(taken) < 10 {
		t.Fatalf("minimum %d: only %d transactions were taken", minimum, len(taken))
	}
	for deadline := time.Now().Add(nodeTimeout); len(taken) > 0; time.Sleep(50 * time.Millisecond) {
		for hash, name := range taken {
			var receipt *types.Receipt
			if err := n.call(&receipt, "eth_getTransactionReceipt", hash); err == nil && receipt != nil {
				delete(taken, hash)
			} else if time.Now().After(deadline) {
				t.Errorf("%s was taken and not mined: %v", name, errors.Join(err, errors.New("no receipt")))
			}
		}
		if time.Now().After(deadline) {
			break
		}
	}
	return next
}

func priced(kind string, tip, feeCap int64, from *ecdsa.PrivateKey) *types.Transaction {
	to := common.Address{19: 1}
	var data types.TxData
	id := big.NewInt(validatorChainID)
	switch kind {
	case "legacy":
		data = &types.LegacyTx{To: &to, Gas: 21000, GasPrice: big.NewInt(tip)}
	case "access list":
		data = &types.AccessListTx{ChainID: id, To: &to, Gas: 21000, GasPrice: big.NewInt(tip)}
	case "dynamic":
		data = &types.DynamicFeeTx{ChainID: id, To: &to, Gas: 21000, GasTipCap: big.NewInt(tip), GasFeeCap: big.NewInt(feeCap)}
	case "set code":
		auth, err := types.SignSetCode(from, types.SetCodeAuthorization{ChainID: *uint256.NewInt(validatorChainID), Address: to, Nonce: 1})
		if err != nil {
			panic(err)
		}
		data = &types.SetCodeTx{ChainID: uint256.NewInt(validatorChainID), To: to, Gas: 100_000, GasTipCap: uint256.NewInt(uint64(tip)),
			GasFeeCap: uint256.NewInt(uint64(feeCap)), AuthList: []types.SetCodeAuthorization{auth}}
	}
	return types.MustSignNewTx(from, types.LatestSignerForChainID(id), data)
}

func writeTransactions(t *testing.T, path string, txs ...*types.Transaction) {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, tx := range txs {
		if err := rlp.Encode(file, tx); err != nil {
			t.Fatal(err)
		}
	}
}

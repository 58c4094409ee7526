package contracts

import (
	"context"
	"crypto/ecdsa"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/eth/ethconfig"
	"github.com/ethereum/go-ethereum/ethclient/simulated"
	nodeconfig "github.com/ethereum/go-ethereum/node"
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/geth-ss/geth-ss/contracts/bindings/validatorset"
)

var setABI = validatorset.NewValidatorSet()

// governed is a simulated chain with the contract in its genesis.
type governed struct {
	*chain
	at     common.Address
	keys   []*ecdsa.PrivateKey // all with ether; the first are the validators
	errors abi.ABI
}

const testLifetime = 1000

func newGoverned(t *testing.T, weights ...uint32) *governed {
	t.Helper()
	return openGoverned(t, weights)
}

func openGoverned(t *testing.T, weights []uint32, options ...func(*nodeconfig.Config, *ethconfig.Config)) *governed {
	t.Helper()
	g := &governed{at: ValidatorSetAddress, errors: parseABI(t, validatorset.ValidatorSetMetaData.ABI)}
	alloc := types.GenesisAlloc{}
	for i := range 12 {
		g.keys = append(g.keys, account(int64(50+i)))
		alloc[addr(g.keys[i])] = types.Account{Balance: new(big.Int).Mul(big.NewInt(1000), big.NewInt(params.Ether))}
	}
	var err error
	if alloc[g.at], err = ValidatorSetAccount(g.entries(weights...), testLifetime, 0); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	backend := simulated.NewBackend(alloc, options...)
	t.Cleanup(func() { cancel(); backend.Close() })
	g.chain = &chain{t, backend, ctx}
	return g
}

// entries are the first keys with these weights.
func (g *governed) entries(weights ...uint32) (list []ValidatorEntry) {
	for i, w := range weights {
		list = append(list, g.entryOf(i, w))
	}
	return list
}

func (g *governed) entryOf(i int, weight uint32) ValidatorEntry {
	e := ValidatorEntry{Weight: weight, Name: fmt.Sprint("node", i), Host: fmt.Sprintf("node%d.example:26656", i)}
	copy(e.Key[:], crypto.FromECDSAPub(&g.keys[i].PublicKey)[1:])
	if i%2 == 1 { // others' ids are asked for; and texts of more than a slot
		copy(e.Peer[:], e.Key[:])
		e.Name, e.Host = strings.Repeat("n", 40+i), strings.Repeat("h", 60+i)+":1"
	}
	return e
}

func (g *governed) who(i int) common.Address { return addr(g.keys[i]) }

func (g *governed) addData(i int, weight uint32) []byte {
	e := g.entryOf(i, weight)
	return setABI.PackProposeAdd([32]byte(e.Key[:32]), [32]byte(e.Key[32:]), weight, e.Peer, e.Name, e.Host)
}

// does sends and wants it to pass.
func (g *governed) does(i int, data []byte) {
	g.Helper()
	g.passes(g.keys[i], g.at, data)
}

// refuses wants a call to end in an error of this name.
func (g *governed) refuses(i int, data []byte, name string) {
	g.Helper()
	_, err := g.Client().CallContract(g.ctx, ethereum.CallMsg{From: g.who(i), To: &g.at, Data: data}, nil)
	if got := g.errorName(err); got != name {
		g.Errorf("a call of key %d ends with %q (%v), want %s", i, got, err, name)
	}
	if name != "" {
		g.refused(g.keys[i], g.at, data)
	}
}

func (g *governed) errorName(err error) string {
	var data rpc.DataError
	if !errors.As(err, &data) {
		return ""
	}
	raw := common.FromHex(fmt.Sprint(data.ErrorData()))
	for name, e := range g.errors.Errors {
		if len(raw) >= 4 && string(raw[:4]) == string(e.ID[:4]) {
			return name
		}
	}
	return fmt.Sprintf("%x", raw)
}

// slots reads the contract after a block.
func (g *governed) slots(height uint64) Slots {
	return func(at common.Hash) (common.Hash, error) {
		value, err := g.Client().StorageAt(g.ctx, g.at, at, new(big.Int).SetUint64(height))
		return common.BytesToHash(value), err
	}
}

func (g *governed) head() uint64 {
	g.Helper()
	n, err := g.Client().BlockNumber(g.ctx)
	if err != nil {
		g.Fatal(err)
	}
	return n
}

// list is the validators' weights after a block, by the number of the key.
func (g *governed) list(height uint64) map[int]uint32 {
	g.Helper()
	list, _, err := ReadValidators(g.slots(height), height)
	if err != nil {
		g.Fatal(err)
	}
	out := make(map[int]uint32)
	for _, e := range list {
		i := slices.IndexFunc(g.keys, func(k *ecdsa.PrivateKey) bool { return addr(k) == e.Address() })
		out[i] = e.Weight
	}
	return out
}

func (g *governed) wants(weights map[int]uint32) {
	g.Helper()
	if got := g.list(g.head()); fmt.Sprint(got) != fmt.Sprint(weights) {
		g.Errorf("after block %d the validators are %v, want %v", g.head(), got, weights)
	}
}

func id(n int64) *big.Int { return big.NewInt(n) }

// validator_set.go reads and writes storage by slot numbers; the compiler says where they are.
func TestValidatorSetLayout(t *testing.T) {
	raw, err := os.ReadFile("compiled/ValidatorSet.storage.json")
	if err != nil {
		t.Fatal(err)
	}
	type variable struct {
		Label, Slot string
		Offset      int
	}
	var layout struct {
		Storage []variable
		Types   map[string]struct{ Members []variable }
	}
	if err := json.Unmarshal(raw, &layout); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		of   []variable
		want string
	}{
		{layout.Storage, "lifetime 0 0, begins 0 8, head 0 16, tail 0 20, total 0 24, planned 1 0, proposed 1 8, lastFrom 1 16, lastDelta 1 24, lastBefore 2 0, members 3 0, entries 4 0, queue 5 0, proposals 6 0"},
		{layout.Types["t_struct(Entry)_storage"].Members, "weight 0 0, planned 0 4, position 0 8, pending 0 10, peer 0 12, x 1 0, y 2 0, name 3 0, host 4 0"},
		{layout.Types["t_struct(Change)_storage"].Members, "who 0 0, from 0 20, weight 0 28"},
		{layout.Types["t_struct(Proposal)_storage"].Members, "kind 0 0, accepted 0 1, done 0 2, who 0 3, weight 0 23, expires 1 0, proposer 1 8, peer 2 0, x 3 0, y 4 0, name 5 0, host 6 0, voters 7 0"},
	} {
		var got []string
		for _, v := range c.of {
			got = append(got, fmt.Sprintf("%s %s %d", v.Label, v.Slot, v.Offset))
		}
		if text := strings.Join(got, ", "); text != c.want {
			t.Errorf("the compiler has\n\t%s, validator_set.go is written for\n\t%s", text, c.want)
		}
	}
}

// The account of a genesis block is what a deployment makes, code and storage.
func TestValidatorSetAccount(t *testing.T) {
	g := newGoverned(t, 1, 2, 3)
	first := g.entries(3, 1, 4, 1, 5)
	creation, err := ValidatorSetCreation(first, 77, 123)
	if err != nil {
		t.Fatal(err)
	}
	account, err := ValidatorSetAccount(first, 77, 123)
	if err != nil {
		t.Fatal(err)
	}
	receipt := g.send(g.keys[0], nil, creation, 0)
	if receipt.Status != types.ReceiptStatusSuccessful {
		t.Fatal("the deployment was refused")
	}
	at := receipt.ContractAddress
	t.Logf("deployment for 5 validators: %d gas", receipt.GasUsed)
	code, err := g.Client().CodeAt(g.ctx, at, nil)
	if err != nil || string(code) != string(account.Code) || crypto.Keccak256Hash(code) != ValidatorSetCode() {
		t.Errorf("the deployed code is not the account's (%v)", err)
	}
	for where, want := range account.Storage {
		got, err := g.Client().StorageAt(g.ctx, at, where, nil)
		if err != nil || common.BytesToHash(got) != want {
			t.Errorf("slot %x is %x deployed, %x in the account (%v)", where, got, want, err)
		}
	}
	// Nothing but these slots was written: a slot costs 20,000 gas and more, and the refund is none.
	list, later, err := ReadValidators(func(s common.Hash) (common.Hash, error) { return account.Storage[s], nil }, 0)
	if err != nil || len(later) != 0 || fmt.Sprint(list) != fmt.Sprint(first) {
		t.Errorf("read %v, %v, %v; want %v", list, later, err, first)
	}
}

func TestValidatorSetFirst(t *testing.T) {
	g := newGoverned(t, 1)
	good := g.entries(1, 1)
	for name, c := range map[string]struct {
		change   func(list []ValidatorEntry)
		lifetime uint64
		want     string
	}{
		"weight 0":     {func(l []ValidatorEntry) { l[0].Weight = 0 }, 60, "BadWeight"},
		"weight":       {func(l []ValidatorEntry) { l[0].Weight = MaxValidatorWeight + 1 }, 60, "BadWeight"},
		"no point":     {func(l []ValidatorEntry) { l[0].Key[63] ^= 1 }, 60, "BadKey"},
		"twice":        {func(l []ValidatorEntry) { l[1] = l[0] }, 60, "AlreadyAValidator"},
		"no host":      {func(l []ValidatorEntry) { l[0].Host = "" }, 60, "BadHost"},
		"long host":    {func(l []ValidatorEntry) { l[0].Host = strings.Repeat("h", maxValidatorHost+1) }, 60, "BadHost"},
		"strange host": {func(l []ValidatorEntry) { l[0].Host = "a\nb" }, 60, "BadHost"},
		"long name":    {func(l []ValidatorEntry) { l[0].Name = strings.Repeat("n", maxValidatorName+1) }, 60, "BadName"},
		"strange name": {func(l []ValidatorEntry) { l[0].Name = "ä" }, 60, "BadName"},
		"short":        {func([]ValidatorEntry) {}, 59, "BadLifetime"},
		"long":         {func([]ValidatorEntry) {}, MaxProposalLifetime + 1, "BadLifetime"},
		"right":        {func([]ValidatorEntry) {}, 60, ""},
	} {
		list := slices.Clone(good)
		c.change(list)
		_, err := ValidatorSetAccount(list, c.lifetime, 0)
		if (err != nil) != (c.want != "") {
			t.Errorf("%s: as an account: %v", name, err)
		}
		var members []validatorset.ValidatorSetMember
		for _, e := range list {
			members = append(members, validatorset.ValidatorSetMember{X: [32]byte(e.Key[:32]), Y: [32]byte(e.Key[32:]), Weight: e.Weight, Name: e.Name, Host: e.Host})
		}
		data := append(common.FromHex(validatorset.ValidatorSetMetaData.Bin), setABI.PackConstructor(members, c.lifetime, 0)...)
		_, err = g.Client().CallContract(g.ctx, ethereum.CallMsg{From: g.who(0), Data: data}, nil)
		if got := g.errorName(err); got != c.want {
			t.Errorf("%s: as a deployment: %q (%v), want %q", name, got, err, c.want)
		}
	}
	if _, err := ValidatorSetAccount(nil, 60, 0); err == nil {
		t.Error("a set without a validator passes")
	}
}

// One to two to three, and back, with everything on the way that is refused.
func TestValidatorSetLife(t *testing.T) {
	g := newGoverned(t, 10)
	g.refuses(1, g.addData(1, 10), "NotAValidator")
	g.refuses(0, g.addData(0, 10), "AlreadyAValidator")
	g.refuses(0, g.addData(1, 0), "BadWeight")
	g.refuses(0, g.addData(1, MaxValidatorWeight+1), "BadWeight")
	g.refuses(0, setABI.PackProposeAdd([32]byte{1}, [32]byte{2}, 1, [20]byte{}, "", "h:1"), "BadKey")
	g.refuses(0, setABI.PackProposeRemove(g.who(0)), "LastValidator")
	g.refuses(0, setABI.PackProposeRemove(g.who(1)), "NotAValidator") // the removal of an unknown one
	g.refuses(0, setABI.PackProposeWeight(g.who(1), 1), "NotAValidator")
	g.refuses(0, setABI.PackProposeWeight(g.who(0), 10), "NoChange")
	g.refuses(0, setABI.PackProposeWeight(g.who(0), 0), "BadWeight")
	g.refuses(0, setABI.PackProposeMove(g.who(1), [20]byte{}, "h:1"), "NotAValidator")
	g.refuses(0, setABI.PackProposeMove(g.who(0), [20]byte{}, ""), "BadHost")
	g.refuses(0, setABI.PackVote(id(1), true), "UnknownProposal")

	// The only validator's vote is enough, the newcomer's word is missing.
	g.does(0, g.addData(1, 10))
	g.wants(map[int]uint32{0: 10})
	g.refuses(0, setABI.PackVote(id(1), true), "VotedAlready")
	g.refuses(1, setABI.PackVote(id(1), true), "NotAValidator")
	g.refuses(0, setABI.PackAccept(id(1)), "NotAsked")
	g.refuses(2, setABI.PackAccept(id(1)), "NotAsked")
	g.refuses(0, setABI.PackCarryOut(id(1)), "NotPassed")
	g.does(1, setABI.PackAccept(id(1)))
	g.wants(map[int]uint32{0: 10, 1: 10})
	g.refuses(1, setABI.PackAccept(id(1)), "Done")
	g.refuses(1, setABI.PackVote(id(1), true), "Done")
	g.refuses(1, setABI.PackCarryOut(id(1)), "Done")

	// Half of the weight is not enough, and the word may come first.
	g.does(1, g.addData(2, 10))
	g.does(2, setABI.PackAccept(id(2)))
	g.refuses(2, setABI.PackAccept(id(2)), "AcceptedAlready")
	g.wants(map[int]uint32{0: 10, 1: 10})
	g.refuses(1, setABI.PackCarryOut(id(2)), "NotPassed")
	g.refuses(0, setABI.PackVote(id(2), false), "NotVoted")
	g.does(1, setABI.PackVote(id(2), false))
	g.does(0, setABI.PackVote(id(2), true))
	g.wants(map[int]uint32{0: 10, 1: 10})
	g.does(1, setABI.PackVote(id(2), true))
	g.wants(map[int]uint32{0: 10, 1: 10, 2: 10})

	// Two of three are not more than two thirds.
	g.does(0, setABI.PackProposeWeight(g.who(2), 20))
	g.does(1, setABI.PackVote(id(3), true))
	g.wants(map[int]uint32{0: 10, 1: 10, 2: 10})
	g.does(2, setABI.PackVote(id(3), true))
	g.wants(map[int]uint32{0: 10, 1: 10, 2: 20})

	g.does(2, setABI.PackProposeMove(g.who(0), [20]byte{9}, "new.example:1"))
	g.does(0, setABI.PackVote(id(4), true))
	list, _, err := ReadValidators(g.slots(g.head()), g.head())
	if err != nil || list[0].Host != "new.example:1" || list[0].Peer != [20]byte{9} || list[0].Weight != 10 {
		t.Errorf("after the move: %+v, %v", list[0], err)
	}

	// An old vote counts with the weight of now: 20 of 40 were not enough, 20 of 30 neither, 20 of 20 are.
	g.does(2, setABI.PackProposeRemove(g.who(0)))
	g.does(2, setABI.PackProposeRemove(g.who(1)))
	g.does(0, setABI.PackVote(id(6), true))
	g.wants(map[int]uint32{0: 10, 2: 20})
	g.refuses(1, setABI.PackVote(id(5), true), "NotAValidator")
	g.refuses(3, setABI.PackCarryOut(id(5)), "NotPassed")
	g.does(0, setABI.PackVote(id(5), true))
	g.wants(map[int]uint32{2: 20})
	g.refuses(2, setABI.PackProposeRemove(g.who(2)), "LastValidator")

	// Who went can come back, with its own word.
	g.does(2, g.addData(0, 5))
	g.does(0, setABI.PackAccept(id(7)))
	g.wants(map[int]uint32{0: 5, 2: 20})

	// Nobody revives what has expired.
	g.does(0, setABI.PackProposeWeight(g.who(2), 1))
	g.does(0, setABI.PackProposeRemove(g.who(2)))
	g.later((testLifetime + 10) * time.Second)
	g.refuses(2, setABI.PackVote(id(9), true), "Expired")
	g.refuses(2, setABI.PackCarryOut(id(9)), "Expired")
	g.refuses(2, setABI.PackVote(id(8), true), "Expired")
	g.wants(map[int]uint32{0: 5, 2: 20})
}

// A network that changes over decides nothing before all its nodes read the contract.
func TestValidatorSetBegins(t *testing.T) {
	g := newGoverned(t, 1)
	creation, err := ValidatorSetCreation(g.entries(1), 60, 5)
	if err != nil {
		t.Fatal(err)
	}
	g.at = g.send(g.keys[0], nil, creation, 0).ContractAddress
	for g.head() < 4 {
		g.refuses(0, g.addData(1, 1), "NotBegun")
	}
	g.does(0, g.addData(1, 1))
	if g.head() != 5 {
		t.Errorf("proposed in block %d", g.head())
	}
}

// Votes weigh what they weigh now.
func TestValidatorSetCarriesOutWhatNowPasses(t *testing.T) {
	g := newGoverned(t, 2, 1, 1)
	g.does(0, setABI.PackProposeRemove(g.who(2))) // 2 of 4
	g.does(1, setABI.PackProposeWeight(g.who(0), 3))
	g.does(0, setABI.PackVote(id(2), true)) // 3 of 4: now 3 of 5 are for the first
	g.refuses(3, setABI.PackCarryOut(id(1)), "NotPassed")
	g.does(1, setABI.PackProposeWeight(g.who(0), 5))
	g.does(0, setABI.PackVote(id(3), true)) // now 5 of 7
	g.does(3, setABI.PackCarryOut(id(1)))
	g.wants(map[int]uint32{0: 5, 1: 1})
}

// changes is the difference of two lists.
func changes(before, after map[int]uint32) (entries int, delta, weight uint64) {
	for i, w := range before {
		weight += uint64(w)
		if v := after[i]; v != w {
			entries++
			delta += uint64(max(v, w) - min(v, w))
		}
	}
	for i, w := range after {
		if _, ok := before[i]; !ok {
			entries++
			delta += uint64(w)
		}
	}
	return entries, delta, weight
}

// What is decided in one block comes in as many as it takes, in its order.
func TestValidatorSetQueue(t *testing.T) {
	g := newGoverned(t, 100)
	for i := 1; i <= 6; i++ {
		g.does(0, g.addData(i, 30))
	}
	before := g.head()
	for i, r := range g.together(func(send func(i int, data []byte)) {
		for i := 1; i <= 6; i++ {
			send(i, setABI.PackAccept(id(int64(i))))
		}
	}) {
		if r.Status != types.ReceiptStatusSuccessful {
			g.Errorf("acceptance %d was refused, with %d gas", i+1, r.GasUsed)
		}
	}
	// 100: one of 30, the second would be more than a third. 130: one; 160: one; 190: two, and so on.
	want := []map[int]uint32{{0: 100, 1: 30}, {0: 100, 1: 30, 2: 30}, {0: 100, 1: 30, 2: 30, 3: 30}, {0: 100, 1: 30, 2: 30, 3: 30, 4: 30, 5: 30}, {0: 100, 1: 30, 2: 30, 3: 30, 4: 30, 5: 30, 6: 30}}
	for i, w := range want {
		if i > 0 {
			g.Commit()
		}
		if got := g.list(before + 1 + uint64(i)); fmt.Sprint(got) != fmt.Sprint(w) {
			t.Errorf("%d blocks after: %v, want %v", i, got, w)
		}
	}
	if _, later, err := ReadWeights(g.slots(before+1), before+1); err != nil || len(later) != 5 || later[4].From != before+5 {
		t.Errorf("scheduled after the block: %v, %v", later, err)
	}
}

// Two that stay only as long as the other does can't both be voted out.
func TestValidatorSetKeepsOne(t *testing.T) {
	g := newGoverned(t, 1, 1)
	g.does(0, setABI.PackProposeRemove(g.who(0)))
	g.does(0, setABI.PackProposeRemove(g.who(1)))
	g.does(1, setABI.PackVote(id(1), true))
	g.wants(map[int]uint32{1: 1})
	g.refuses(1, setABI.PackVote(id(2), true), "LastValidator")
	g.wants(map[int]uint32{1: 1})
}

// One whose removal waits may be added again at once: its two changes come in their order.
func TestValidatorSetGoesAndReturns(t *testing.T) {
	g := newGoverned(t, 200, 10)
	g.does(0, g.addData(2, 80))
	g.does(1, setABI.PackProposeRemove(g.who(1)))
	for i, r := range g.together(func(send func(i int, data []byte)) {
		send(2, setABI.PackAccept(id(1))) // more than a third: the rest waits
		send(0, setABI.PackVote(id(2), true))
		send(0, g.addData(1, 30))
		send(1, setABI.PackAccept(id(3)))
	}) {
		if r.Status != types.ReceiptStatusSuccessful {
			t.Errorf("transaction %d was refused", i+1)
		}
	}
	g.wants(map[int]uint32{0: 200, 1: 10, 2: 80})
	g.Commit()
	g.wants(map[int]uint32{0: 200, 1: 30, 2: 80})
	g.does(0, setABI.PackProposeWeight(g.who(1), 20))
	g.does(1, setABI.PackVote(id(4), true))
	g.wants(map[int]uint32{0: 200, 1: 20, 2: 80})
}

// together puts transactions into one block.
func (g *governed) together(fill func(send func(i int, data []byte))) (receipts []*types.Receipt) {
	g.Helper()
	var sent []common.Hash
	nonces := make(map[int]uint64) // the pool learns of what was sent a little later
	fill(func(i int, data []byte) {
		g.Helper()
		if _, begun := nonces[i]; !begun {
			nonce, err := g.Client().NonceAt(g.ctx, g.who(i), nil)
			if err != nil {
				g.Fatal(err)
			}
			nonces[i] = nonce
		}
		nonce := nonces[i]
		nonces[i]++
		tx := types.MustSignNewTx(g.keys[i], types.LatestSignerForChainID(params.AllDevChainProtocolChanges.ChainID), &types.DynamicFeeTx{
			ChainID: params.AllDevChainProtocolChanges.ChainID, Nonce: nonce, To: &g.at, Data: data, Gas: 2_000_000,
			GasTipCap: big.NewInt(params.GWei), GasFeeCap: big.NewInt(10 * params.GWei),
		})
		if err := g.Client().SendTransaction(g.ctx, tx); err != nil {
			g.Fatal(err)
		}
		sent = append(sent, tx.Hash())
	})
	for _, hash := range sent {
		r, err := g.Client().TransactionReceipt(g.ctx, hash)
		for err != nil && g.ctx.Err() == nil { // the index of transactions comes later, and the pool may leave some for the next block
			g.Commit()
			r, err = g.Client().TransactionReceipt(g.ctx, hash)
		}
		if err != nil {
			g.Fatal(err)
		}
		receipts = append(receipts, r)
	}
	return receipts
}

// Whatever anybody sends: there is a validator, a block changes one entry or a third of the weight before, the reader of the
// storage and the contract's own functions say the same, and what is decided comes about.
func TestValidatorSetRandomly(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	g := newGoverned(t, 5, 5, 5)
	before, checked, queued := g.list(0), uint64(0), 0
	gas := map[string]uint64{}
	blocks := 150
	if testing.Short() {
		blocks = 40
	}
	for range blocks {
		var kinds []string
		live, _, err := ReadProposals(g.slots(g.head()), 0)
		if err != nil {
			t.Fatal(err)
		}
		receipts := g.together(func(send func(i int, data []byte)) {
			for range random.IntN(12) {
				kind, i, data := g.something(random, live)
				kinds = append(kinds, kind)
				send(i, data)
			}
		})
		if len(receipts) == 0 {
			g.Commit()
		}
		for i, r := range receipts {
			if r.Status == types.ReceiptStatusSuccessful {
				gas[kinds[i]] = max(gas[kinds[i]], r.GasUsed)
			}
		}
		for checked < g.head() {
			checked++
			after := g.list(checked)
			if entries, delta, weight := changes(before, after); entries > 1 && 3*delta > weight {
				t.Fatalf("block %d changes %d entries by %d of %d: %v, %v", checked, entries, delta, weight, before, after)
			}
			before = after
		}
		_, later, err := ReadWeights(g.slots(checked), checked)
		if err != nil {
			t.Fatal(err)
		}
		queued = max(queued, len(later))
		g.sameAsContract(before, later)
	}
	proposed := call(g.chain, g.at, setABI.PackProposed(), setABI.UnpackProposed)
	t.Logf("%d proposals, %d changes waited at most, gas at most: %v", proposed, queued, gas)
	if proposed == 0 {
		t.Error("nothing was proposed")
	}
	// What waits comes.
	_, later, err := ReadWeights(g.slots(g.head()), g.head())
	if err != nil {
		t.Fatal(err)
	}
	for range later {
		g.Commit()
	}
	var sum uint64
	for _, w := range g.list(g.head()) {
		sum += uint64(w)
	}
	if planned := call(g.chain, g.at, setABI.PackPlanned(), setABI.UnpackPlanned); planned != sum {
		t.Errorf("planned is a weight of %d, and %d has come", planned, sum)
	}
}

// something is what somebody may send, often what makes sense.
func (g *governed) something(random *rand.Rand, live []ValidatorProposal) (kind string, from int, data []byte) {
	i, j := random.IntN(8), random.IntN(8)
	about := ValidatorProposal{ID: random.Uint64N(40)}
	if len(live) > 0 {
		about = live[random.IntN(len(live))]
	}
	switch kind = []string{"add", "remove", "weight", "move", "carry out", "unvote", "accept", "accept", "vote"}[min(8, random.IntN(24))]; kind {
	case "add":
		data = g.addData(j, 1+random.Uint32N(9))
	case "remove":
		data = setABI.PackProposeRemove(g.who(j))
	case "weight":
		data = setABI.PackProposeWeight(g.who(j), random.Uint32N(12))
	case "move":
		data = setABI.PackProposeMove(g.who(j), [20]byte{byte(j)}, "elsewhere.example:1")
	case "vote", "unvote":
		data = setABI.PackVote(new(big.Int).SetUint64(about.ID), kind == "vote")
	case "accept":
		if k := slices.IndexFunc(g.keys, func(k *ecdsa.PrivateKey) bool { return addr(k) == about.Who }); k >= 0 {
			i = k
		}
		data = setABI.PackAccept(new(big.Int).SetUint64(about.ID))
	case "carry out":
		data = setABI.PackCarryOut(new(big.Int).SetUint64(about.ID))
	}
	return kind, i, data
}

// sameAsContract holds what the storage says against the contract's functions.
func (g *governed) sameAsContract(list map[int]uint32, later []WeightChange) {
	g.Helper()
	said := call(g.chain, g.at, setABI.PackValidators(), setABI.UnpackValidators)
	n := 0
	for i, who := range said.Who {
		if said.Weights[i] == 0 {
			continue
		}
		n++
		k := slices.IndexFunc(g.keys, func(k *ecdsa.PrivateKey) bool { return addr(k) == who })
		if list[k] != said.Weights[i] {
			g.Fatalf("the contract says %d has weight %d, its storage %d", k, said.Weights[i], list[k])
		}
	}
	if n != len(list) || len(said.Scheduled) != len(later) {
		g.Fatalf("the contract says %d validators and %d changes, its storage %d and %d", n, len(said.Scheduled), len(list), len(later))
	}
	for i, c := range said.Scheduled {
		if later[i] != (WeightChange{c.Who, c.From, c.Weight}) {
			g.Fatalf("change %d is %v in the contract, %v in its storage", i, c, later[i])
		}
	}
}

// A reader finds every proposal that can be voted for, and no other.
func TestReadProposals(t *testing.T) {
	g := newGoverned(t, 1, 1, 1, 1)
	g.does(0, g.addData(5, 3))
	g.does(1, setABI.PackVote(id(1), true))
	g.does(5, setABI.PackAccept(id(1)))
	g.does(2, setABI.PackProposeRemove(g.who(3)))
	g.does(0, setABI.PackVote(id(2), true))
	g.does(1, setABI.PackVote(id(2), true)) // done
	g.does(2, setABI.PackProposeMove(g.who(0), [20]byte{7}, strings.Repeat("m", 70)+":1"))
	header, err := g.Client().HeaderByNumber(g.ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	list, unread, err := ReadProposals(g.slots(g.head()), header.Time)
	if err != nil || len(list) != 2 || unread != 0 {
		t.Fatalf("%+v, %d, %v", list, unread, err)
	}
	a, m := list[0], list[1]
	if a.ID != 1 || a.Kind != ProposeAdd || a.Who != g.who(5) || a.Entry != g.entryOf(5, 3) || !a.Accepted || a.Proposer != g.who(0) ||
		fmt.Sprint(a.Voters) != fmt.Sprint([]common.Address{g.who(0), g.who(1)}) {
		t.Errorf("the first is %+v", a)
	}
	if m.ID != 3 || m.Kind != ProposeMove || m.Who != g.who(0) || m.Entry.Peer != [20]byte{7} || len(m.Entry.Host) != 72 || m.Accepted || len(m.Voters) != 1 {
		t.Errorf("the second is %+v", m)
	}
	if list, _, err := ReadProposals(g.slots(g.head()), m.Expires+1); err != nil || len(list) != 0 {
		t.Errorf("when all have expired: %v, %v", list, err)
	}
}

// Of more proposals than a reader looks through it has the newest, and says that there are others; those that have expired are
// no others.
func TestReadManyProposals(t *testing.T) {
	const more = 3
	w := make(storageWriter)
	var counts common.Hash
	binary.BigEndian.PutUint64(counts[16:], maxProposals+more)
	w.put(slot(validatorsPlannedSlot), counts)
	for id := uint64(1); id <= maxProposals+more; id++ {
		at := mappingSlot(common.BigToHash(new(big.Int).SetUint64(id)), validatorsProposalsSlot)
		w.put(at, common.Hash{31: ProposeRemove})
		var who common.Hash
		binary.BigEndian.PutUint64(who[24:], 1000+id)
		w.put(after(at, 1), who)
	}
	for _, c := range []struct {
		now, first, unread uint64
		n                  int
	}{
		{0, more + 1, more, maxProposals},
		{1000 + more, more + 1, more, maxProposals}, // the newest of the others can be voted for up to now
		{1000 + more + 1, more + 1, 0, maxProposals},
		{1000 + more + 2, more + 2, 0, maxProposals - 1},
	} {
		list, unread, err := ReadProposals(func(at common.Hash) (common.Hash, error) { return w[at], nil }, c.now)
		if err != nil || len(list) != c.n || list[0].ID != c.first || unread != c.unread {
			t.Errorf("at %d: %d, others up to %d, %v; want %+v", c.now, len(list), unread, err, c)
		}
	}
	reads := 0
	list, _, err := ReadProposals(func(at common.Hash) (common.Hash, error) {
		if reads++; reads > 20 {
			return common.Hash{}, errors.New("no disk")
		}
		return w[at], nil
	}, 0)
	if err == nil || list != nil {
		t.Errorf("a read fails, and the list is %v, %v", list, err)
	}
}

// TestGasOfTheValidators tells what calls cost.
func TestGasOfTheValidators(t *testing.T) {
	t.Parallel()
	const newcomer = 10
	for _, n := range []int{4, 10} {
		weights := slices.Repeat([]uint32{1}, n)
		g := openGoverned(t, weights, today)
		creation, err := ValidatorSetCreation(g.entries(weights...), testLifetime, 0)
		if err != nil {
			t.Fatal(err)
		}
		gas := func(i int, to *common.Address, data []byte) uint64 {
			t.Helper()
			r := g.sendGas(g.keys[i], to, data, 0, 16_000_000)
			if r.Status != types.ReceiptStatusSuccessful {
				t.Fatal("refused")
			}
			return r.GasUsed
		}
		row := func(what string, used uint64) { t.Logf("gas, %2d validators: %-22s %8d", n, what, used) }
		calls := func(what string, i int, data []byte) { t.Helper(); row(what, gas(i, &g.at, data)) }
		decide := func(what string, proposal uint64) {
			t.Helper()
			for i := 1; ; i++ {
				if i == n {
					i = newcomer
				}
				used := gas(i, &g.at, VoteForValidator(proposal, true))
				list, _, err := ReadProposals(g.slots(g.head()), 0)
				if err != nil {
					t.Fatal(err)
				}
				if !slices.ContainsFunc(list, func(p ValidatorProposal) bool { return p.ID == proposal }) {
					row(what, used)
					return
				}
			}
		}
		row("deploy", gas(0, nil, creation))
		calls("proposeAdd", 0, g.addData(newcomer, 1))
		calls("accept", newcomer, AcceptValidator(1))
		calls("vote", 1, VoteForValidator(1, true))
		calls("vote, taken back", 1, VoteForValidator(1, false))
		decide("vote, which adds", 1)
		calls("proposeWeight", 0, setABI.PackProposeWeight(g.who(newcomer), 2))
		decide("vote, which weighs", 2)
		calls("proposeMove", 0, setABI.PackProposeMove(g.who(1), [20]byte{1}, "one.example:26656"))
		for i := 1; i <= 2*n/3; i++ {
			gas(i, &g.at, VoteForValidator(3, true)) // enough once the newcomer has gone
		}
		gas(0, &g.at, setABI.PackProposeMove(g.who(2), [20]byte{1}, "two.example:26656"))
		decide("vote, which moves", 4)
		calls("proposeRemove", 0, setABI.PackProposeRemove(g.who(newcomer)))
		decide("vote, which removes", 5)
		calls("carryOut, which moves", 11, CarryOutValidator(3))
		if got := g.list(g.head()); len(got) != n {
			t.Errorf("in the end: %v", got)
		}
	}
}

// What can't be read is an error, never an empty list nor the one before.
func TestReadValidatorsFails(t *testing.T) {
	g := newGoverned(t, 1)
	account, err := ValidatorSetAccount(g.entries(1, 2, 3), 60, 0)
	if err != nil {
		t.Fatal(err)
	}
	reads := 0
	good := func(s common.Hash) (common.Hash, error) { reads++; return account.Storage[s], nil }
	if _, _, err := ReadValidators(good, 0); err != nil {
		t.Fatal(err)
	}
	for fail := 1; fail <= reads; fail++ {
		n := 0
		_, _, err := ReadValidators(func(s common.Hash) (common.Hash, error) {
			if n++; n == fail {
				return common.Hash{}, errors.New("no disk")
			}
			return account.Storage[s], nil
		}, 0)
		if err == nil {
			t.Errorf("read %d of %d fails, and nobody says so", fail, reads)
		}
	}
	for name, c := range map[string]struct {
		slot, value common.Hash
	}{
		"no members":    {slot(validatorsMembersSlot), common.Hash{}},
		"many members":  {slot(validatorsMembersSlot), common.BigToHash(big.NewInt(MaxValidators + 1))},
		"long queue":    {slot(validatorsQueueSlot), common.Hash{11: 255}},
		"another's key": {after(mappingSlot(common.BytesToHash(g.who(1).Bytes()), validatorsEntriesSlot), 1), common.Hash{31: 1}},
	} {
		list, _, err := ReadValidators(func(s common.Hash) (common.Hash, error) {
			if s == c.slot {
				return c.value, nil
			}
			return account.Storage[s], nil
		}, 0)
		if err == nil {
			t.Errorf("%s: %v, %v", name, list, err)
		}
	}
}

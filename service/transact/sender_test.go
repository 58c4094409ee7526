package transact

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethclient/simulated"
	"github.com/ethereum/go-ethereum/params"
)

var (
	counter = common.HexToAddress("0xc0") // counts calls by their first word
	once    = common.HexToAddress("0xc1") // succeeds once, and reverts from then on
	chainID = params.AllDevChainProtocolChanges.ChainID
)

// world is a simulated chain, with what the sender sees of it, and a node that may end and start again.
type world struct {
	*testing.T
	*simulated.Backend
	key   *ecdsa.PrivateKey
	file  File
	now   time.Time
	final uint64
	pool  *pool

	s *Sender
}

// pool is the node's view of the chain, and may fail it.
type pool struct {
	simulated.Client
	refuse error // what SendTransaction says
	sent   []*types.Transaction
}

func (p *pool) SendTransaction(ctx context.Context, tx *types.Transaction) error {
	p.sent = append(p.sent, tx)
	if p.refuse != nil {
		return p.refuse
	}
	return p.Client.SendTransaction(ctx, tx)
}

func newWorld(t *testing.T) *world {
	t.Helper()
	key, err := crypto.ToECDSA(common.LeftPadBytes([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	backend := simulated.NewBackend(types.GenesisAlloc{
		crypto.PubkeyToAddress(key.PublicKey): {Balance: new(big.Int).Lsh(big.NewInt(params.Ether), 6)},
		counter:                               {Code: common.FromHex("6000358054600101905500")},
		once:                                  {Code: common.FromHex("600054600b576001600055005b60006000fd")},
	})
	w := &world{T: t, Backend: backend, key: key, file: File(filepath.Join(t.TempDir(), "transactions.json")), now: time.Unix(1e9, 0), pool: &pool{Client: backend.Client()}}
	t.Cleanup(func() { backend.Close() })
	w.restart()
	return w
}

// restart is a crash: what was in memory is gone. The loop is the test's.
func (w *world) restart() {
	w.Helper()
	s, err := New(w.key, chainID.Uint64(), w.pool, w.file, Config{
		MaxCost: big.NewInt(params.Ether), Patience: time.Minute, Poll: time.Second,
		Final: func() (uint64, bool) { return w.final, true }, Now: func() time.Time { return w.now },
	})
	if err != nil {
		w.Fatal(err)
	}
	w.s = s
}

// count is a call of the counter.
func count(n int) Call {
	return Call{Purpose: fmt.Sprint("count ", n), To: counter, Input: common.BigToHash(big.NewInt(int64(n))).Bytes()}
}

func (w *world) do(call Call) Word {
	w.Helper()
	word, err := w.s.Do(call)
	if err != nil {
		w.Fatal(err)
	}
	return word
}

func (w *world) step() { w.s.Step(w.Context()) }

// mine makes a block, and finalize makes the head final.
func (w *world) mine() { w.Commit() }

func (w *world) finalize() {
	w.Helper()
	head, err := w.Client().BlockNumber(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	w.final = head
}

func (w *world) is(purpose string, want Stage) Word {
	w.Helper()
	word, ok := w.s.Ask(purpose)
	if !ok || word.Stage != want {
		w.Fatalf("%q is %q (%s), want %q", purpose, word.Stage, word.Trouble, want)
	}
	return word
}

// until steps until a purpose has come so far: geth may be at indexing its transactions still.
func (w *world) until(purpose string, want Stage) Word {
	w.Helper()
	for end := time.Now().Add(time.Minute); ; {
		w.step()
		word, ok := w.s.Ask(purpose)
		if ok && word.Stage == want {
			return word
		}
		if !ok || word.Stage.Ended() || time.Now().After(end) {
			w.Fatalf("%q is %q (%s), want %q", purpose, word.Stage, word.Trouble, want)
		}
		time.Sleep(time.Millisecond)
	}
}

// counted is how often the counter was called for this in the chain.
func (w *world) counted(n int) uint64 {
	w.Helper()
	word, err := w.Client().StorageAt(w.Context(), counter, common.BigToHash(big.NewInt(int64(n))), nil)
	if err != nil {
		w.Fatal(err)
	}
	return new(big.Int).SetBytes(word).Uint64()
}

func (w *world) nonce() uint64 {
	w.Helper()
	n, err := w.Client().NonceAt(w.Context(), crypto.PubkeyToAddress(w.key.PublicKey), nil)
	if err != nil {
		w.Fatal(err)
	}
	return n
}

// TestSent: a call gets into the chain, is over once that is final, and is not sent again for its purpose, after a restart either.
func TestSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.do(count(1))
	w.is("count 1", Waiting)
	w.step()
	w.is("count 1", Sent)
	w.mine()
	w.now = w.now.Add(time.Hour)
	w.step()
	w.is("count 1", Sent) // not final yet
	if len(w.pool.sent) != 1 {
		t.Errorf("what is in a block was sent again: %d times", len(w.pool.sent)-1)
	}
	w.finalize()
	word := w.until("count 1", Done)
	if word.Block != w.final || word.Hash != w.pool.sent[0].Hash() || len(w.s.Unfinished()) != 0 {
		t.Errorf("%+v", word)
	}
	for range 2 {
		if again := w.do(count(1)); again.Stage != Done {
			t.Errorf("asked for again it is %q", again.Stage)
		}
		w.step()
		w.mine()
		w.finalize()
		w.restart()
	}
	if n := w.counted(1); n != 1 {
		t.Errorf("%d calls", n)
	}
}

// TestSeveralAtOnce: purposes don't wait for each other, and get one nonce each, though the pool has lost the first's transaction.
func TestSeveralAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.do(count(1))
	w.step()
	w.Rollback() // the pool is empty
	w.do(count(2))
	w.do(count(3))
	w.pool.refuse = errors.New("busy")
	w.step()
	w.pool.refuse = nil
	w.step()
	w.mine()
	w.finalize()
	for n := 1; n <= 3; n++ {
		if word := w.until(fmt.Sprint("count ", n), Done); *word.Nonce != uint64(n-1) || w.counted(n) != 1 {
			t.Errorf("call %d has nonce %d, and was made %d times", n, *word.Nonce, w.counted(n))
		}
	}
}

// TestDropped: what the pool has lost is sent again, as it was.
func TestDropped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.do(count(1))
	w.step()
	w.Rollback()
	w.mine()
	if w.counted(1) != 0 {
		t.Fatal("the pool has not lost it")
	}
	w.step()
	w.mine()
	w.finalize()
	w.until("count 1", Done)
	if len(w.pool.sent) != 2 || w.pool.sent[0].Hash() != w.pool.sent[1].Hash() {
		t.Errorf("%d sent", len(w.pool.sent))
	}
}

// TestFeesAreRaised: a transaction that waits for long is replaced in the pool by one with the same nonce that pays more.
func TestFeesAreRaised(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.do(count(1))
	w.step()
	w.now = w.now.Add(59 * time.Second)
	w.step()
	if n := len(w.pool.sent); w.pool.sent[n-1].Hash() != w.pool.sent[0].Hash() {
		t.Error("replaced too early")
	}
	for range 3 {
		w.now = w.now.Add(time.Minute)
		w.step()
	}
	first, last := w.pool.sent[0], w.pool.sent[len(w.pool.sent)-1]
	if last.Nonce() != first.Nonce() || last.GasFeeCap().Cmp(first.GasFeeCap()) <= 0 || last.GasTipCap().Cmp(first.GasTipCap()) <= 0 {
		t.Errorf("from %v, %v to %v, %v", first.GasFeeCap(), first.GasTipCap(), last.GasFeeCap(), last.GasTipCap())
	}
	if _, pending, err := w.Client().TransactionByHash(w.Context(), last.Hash()); err != nil || !pending {
		t.Errorf("the pool has not taken it: %v", err)
	}
	w.mine()
	w.finalize()
	if word := w.until("count 1", Done); word.Hash != last.Hash() || w.counted(1) != 1 || w.nonce() != 1 {
		t.Errorf("%+v, %d calls, nonce %d", word, w.counted(1), w.nonce())
	}
}

// TestAnEarlierOneIsTaken: a block takes the transaction that was replaced here; it ends the purpose as well.
func TestAnEarlierOneIsTaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.do(count(1))
	w.step()
	w.pool.refuse = errors.New("this pool is full")
	w.now = w.now.Add(time.Minute)
	w.step()
	if word := w.is("count 1", Sent); !strings.Contains(word.Trouble, "this pool is full") || word.Hash == w.pool.sent[0].Hash() {
		t.Errorf("%+v", word)
	}
	w.mine()
	w.finalize()
	if word := w.until("count 1", Done); word.Hash != w.pool.sent[0].Hash() {
		t.Errorf("%+v", word)
	}
}

// TestCrash: whatever moment a node ends at, a purpose is carried out once.
func TestCrash(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.do(count(1))
	w.restart()
	if _, ok := w.s.Ask("count 1"); ok {
		t.Error("what nothing was signed for is remembered")
	}
	w.do(count(1))
	w.pool.refuse = errors.New("killed before it was sent")
	w.step()
	w.pool.refuse = nil
	w.restart()
	w.do(count(1))
	w.step()
	if len(w.pool.sent) != 2 || w.pool.sent[0].Hash() != w.pool.sent[1].Hash() {
		t.Fatalf("%d sent", len(w.pool.sent))
	}
	w.restart() // after it was sent
	w.mine()
	w.restart() // after it is in a block
	w.do(count(1))
	w.step()
	w.finalize()
	w.restart() // after that is final
	w.do(count(1))
	w.until("count 1", Done)
	if w.counted(1) != 1 {
		t.Errorf("%d calls", w.counted(1))
	}
}

// TestNonceTaken: the operator has used the account's nonce for something else. The purpose gets another one, when that is final
// and not before: until then a reorganisation may bring its own transaction back.
func TestNonceTaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.do(count(1))
	w.step()
	other := types.MustSignNewTx(w.key, types.LatestSignerForChainID(chainID), &types.DynamicFeeTx{
		ChainID: chainID, Nonce: 0, To: &counter, Data: common.BigToHash(big.NewInt(9)).Bytes(), Gas: 1_000_000,
		GasTipCap: big.NewInt(50 * params.GWei), GasFeeCap: big.NewInt(100 * params.GWei),
	})
	if err := w.Client().SendTransaction(w.Context(), other); err != nil {
		t.Fatal(err)
	}
	w.mine()
	w.step()
	if word := w.is("count 1", Sent); *word.Nonce != 0 {
		t.Errorf("it has nonce %d, before the other one is final", *word.Nonce)
	}
	w.finalize()
	w.until("count 1", Waiting)
	w.step()
	if word := w.is("count 1", Sent); *word.Nonce != 1 {
		t.Errorf("it has nonce %d", *word.Nonce)
	}
	w.mine()
	w.finalize()
	w.until("count 1", Done)
	if w.counted(1) != 1 || w.counted(9) != 1 {
		t.Errorf("%d and %d calls", w.counted(1), w.counted(9))
	}
}

// TestReorganisation: a block with the transaction is taken back. It is sent again.
func TestReorganisation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	parent, err := w.Client().HeaderByNumber(w.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	w.do(count(1))
	w.step()
	w.mine()
	w.step()
	w.is("count 1", Sent)
	if err := w.Fork(parent.Hash()); err != nil {
		t.Fatal(err)
	}
	w.mine()
	w.mine()
	w.step()
	for range 3 { // the pool may have kept it
		w.mine()
		w.step()
	}
	w.finalize()
	w.until("count 1", Done)
	if w.counted(1) != 1 {
		t.Errorf("%d calls", w.counted(1))
	}
}

// TestFailed: a contract that refuses in the block, though it did not before, ends the purpose; nothing is repeated.
func TestFailed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.do(Call{Purpose: "first", To: once})
	w.do(Call{Purpose: "second", To: once})
	w.step()
	w.mine()
	w.finalize()
	w.until("first", Done)
	w.until("second", Failed)
	w.do(Call{Purpose: "third", To: once})
	w.step()
	if word := w.is("third", Waiting); !strings.Contains(word.Trouble, "trying what it would do") || w.nonce() != 2 {
		t.Errorf("%+v, nonce %d", word, w.nonce())
	}
	w.do(Call{Purpose: "second", To: once})
	w.step()
	w.is("second", Failed)
}

// TestUnneeded: what is found done by then is not sent.
func TestUnneeded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	needed, asked := error(errors.New("not known")), 0
	call := count(1)
	call.Needed = func(context.Context) (bool, error) {
		asked++
		return false, needed
	}
	w.do(call)
	w.step()
	if word := w.is("count 1", Waiting); !strings.Contains(word.Trouble, "not known") {
		t.Errorf("%+v", word)
	}
	needed = nil
	w.step()
	w.is("count 1", Unneeded)
	w.step()
	if len(w.pool.sent) != 0 || asked != 2 {
		t.Errorf("%d sent, asked %d times", len(w.pool.sent), asked)
	}
}

// TestCost: fees are raised no further than the operator allows, and what is dearer from the start is not sent.
func TestCost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.do(count(1))
	w.step()
	first := w.pool.sent[0]
	cost := new(big.Int).Mul(first.GasFeeCap(), new(big.Int).SetUint64(first.Gas()))
	w.s.cfg.MaxCost = new(big.Int).Add(cost, big.NewInt(1))
	w.now = w.now.Add(time.Minute)
	w.step()
	if word := w.is("count 1", Sent); !strings.Contains(word.Trouble, "more than the") || w.pool.sent[1].Hash() != first.Hash() {
		t.Errorf("%+v", word)
	}
	w.s.cfg.MaxCost = big.NewInt(1)
	w.do(count(2))
	w.step()
	if word := w.is("count 2", Waiting); !strings.Contains(word.Trouble, "more than the 1 allowed") {
		t.Errorf("%+v", word)
	}
}

// free is a chain on which gas has no price. Its pool takes what pays nothing, and replaces nothing.
type free struct {
	simulated.Client
	sent []*types.Transaction
}

func (f *free) SuggestGasTipCap(context.Context) (*big.Int, error) { return new(big.Int), nil }

func (f *free) HeaderByNumber(ctx context.Context, n *big.Int) (*types.Header, error) {
	h, err := f.Client.HeaderByNumber(ctx, n)
	if err == nil {
		h.BaseFee = new(big.Int)
	}
	return h, err
}

func (f *free) BalanceAt(context.Context, common.Address, *big.Int) (*big.Int, error) {
	return new(big.Int), nil
}

func (f *free) SendTransaction(_ context.Context, tx *types.Transaction) error {
	f.sent = append(f.sent, tx)
	if tx.Hash() != f.sent[0].Hash() {
		return errors.New("replacement transaction underpriced")
	}
	return nil
}

// TestNoPriceForGas: an account without ether sends what pays nothing, offers no more when it waits, and is not said to be poor.
func TestNoPriceForGas(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f := &free{Client: w.Client()}
	w.s.chain = f
	w.do(count(1))
	for range 3 {
		w.step()
		w.now = w.now.Add(time.Hour)
	}
	if len(f.sent) != 3 || f.sent[0].GasFeeCap().Sign() != 0 || f.sent[0].GasTipCap().Sign() != 0 || f.sent[2].Hash() != f.sent[0].Hash() {
		t.Errorf("%d sent, the first with %v", len(f.sent), f.sent[0].GasFeeCap())
	}
	if funds := w.s.Funds(); funds.Poor() || funds.Balance == nil {
		t.Errorf("%v", funds)
	}
}

// TestFunds: an account that could pay for a few transactions only is called poor, before it can pay for none.
func TestFunds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if funds := w.s.Funds(); funds.Poor() || funds.Balance != nil {
		t.Errorf("before it was looked at: %v", funds)
	}
	w.step()
	if funds := w.s.Funds(); funds.Poor() || funds.Balance == nil || funds.Wanted.Sign() == 0 {
		t.Errorf("%v", funds)
	}
	wanted := w.s.Funds().Wanted
	w.s.chain = &paid{w.pool, new(big.Int).Sub(wanted, big.NewInt(1))}
	w.step()
	if funds := w.s.Funds(); !funds.Poor() || !strings.Contains(funds.String(), funds.Wanted.String()) {
		t.Errorf("%v", funds)
	}
	w.s.chain = &paid{w.pool, wanted}
	w.step()
	if funds := w.s.Funds(); funds.Poor() {
		t.Errorf("%v", funds)
	}
}

type paid struct {
	*pool
	balance *big.Int
}

func (p *paid) BalanceAt(context.Context, common.Address, *big.Int) (*big.Int, error) {
	return p.balance, nil
}

// TestJournal: what can't be believed is not gone on with, and what can't be written down is not sent.
func TestJournal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.do(count(1))
	w.step()
	config := w.s.cfg
	other, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(w.key, 5, w.pool, w.file, config); err == nil || !strings.Contains(err.Error(), "chain 5") {
		t.Errorf("another chain: %v", err)
	}
	if _, err := New(other, chainID.Uint64(), w.pool, w.file, config); err == nil || !strings.Contains(err.Error(), "account") {
		t.Errorf("another account: %v", err)
	}
	good, err := w.file.Load()
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"cut":           string(good[:len(good)/2]),
		"another nonce": strings.Replace(string(good), `"nonce":0`, `"nonce":1`, 1),
		"no nonce":      strings.Replace(string(good), `"nonce":0,`, ``, 1),
		"no signature":  strings.Replace(string(good), `"signed":["0x`, `"signed":["0x00`, 1),
		"nothing sent":  strings.Replace(string(good), `"signed"`, `"sealed"`, 1),
	} {
		if text == string(good) {
			t.Fatalf("%s: the text is the same", name)
		}
		if _, err := New(w.key, chainID.Uint64(), w.pool, memory(text), config); err == nil {
			t.Errorf("%s: it is believed", name)
		}
	}
	w.s.journal = full{}
	if _, err := w.s.Do(count(2)); !errors.Is(err, errFull) {
		t.Errorf("%v", err)
	}
	if _, ok := w.s.Ask("count 2"); ok {
		t.Error("what was not written down is known")
	}
	w.s.journal = w.file
	w.do(count(2))
	w.s.journal = full{}
	before := len(w.pool.sent)
	w.step()
	if word := w.is("count 2", Waiting); !strings.Contains(word.Trouble, "no room") || len(w.pool.sent) != before+1 {
		t.Errorf("%+v, %d sent", word, len(w.pool.sent)-before)
	}
}

type memory string

func (m memory) Load() ([]byte, error) { return []byte(m), nil }
func (m memory) Save([]byte) error     { return nil }

var errFull = errors.New("no room")

type full struct{}

func (full) Load() ([]byte, error) { return nil, nil }
func (full) Save([]byte) error     { return errFull }

// TestBounds: purposes that wait and those that ended are bounded.
func TestBounds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for n := range maxWaiting {
		w.do(count(n))
	}
	if _, err := w.s.Do(count(maxWaiting)); !errors.Is(err, ErrFull) {
		t.Errorf("%v", err)
	}
	if _, err := w.s.Do(Call{To: counter}); err == nil {
		t.Error("a call without a purpose was taken")
	}
	w.s.mu.Lock()
	for _, e := range w.s.entries[1:] {
		e.Stage = Done
	}
	for n := range maxRemembered {
		w.s.entries = append(w.s.entries, &entry{Purpose: fmt.Sprint("old ", n), Stage: Done})
	}
	w.s.mu.Unlock()
	w.do(count(maxWaiting))
	if n := len(w.s.entries); n != maxRemembered+2 {
		t.Errorf("%d are remembered", n)
	}
	w.is("count 0", Waiting)
	w.is(fmt.Sprint("old ", maxRemembered-1), Done)
	if _, ok := w.s.Ask("count 1"); ok {
		t.Error("the oldest was kept")
	}
}

// TestLoop: Start has all that done, and Stop ends it.
func TestLoop(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.s.cfg.Poll = time.Millisecond
	if err := w.s.Start(); err != nil {
		t.Fatal(err)
	}
	w.do(count(1))
	for {
		if word, _ := w.s.Ask("count 1"); word.Stage == Sent {
			break
		}
		time.Sleep(time.Millisecond)
	}
	if err := w.s.Stop(); err != nil {
		t.Fatal(err)
	}
	w.mine()
	w.finalize()
	w.until("count 1", Done)
}

// TestLives: in seeded lives of blocks, lost pools, reorganisations, crashes and strangers with the same key, each purpose is
// carried out exactly once.
func TestLives(t *testing.T) {
	t.Parallel()
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			r := rand.New(rand.NewPCG(seed, 1))
			asked := 0
			for range 120 {
				switch p := r.IntN(20); {
				case p < 3 && asked < 12:
					w.do(count(asked))
					asked++
				case p < 9:
					w.step()
				case p < 12:
					w.mine()
				case p < 13:
					w.finalize()
				case p < 14:
					w.Rollback()
				case p < 15:
					w.pool.refuse = nil
					if r.IntN(2) == 0 {
						w.pool.refuse = ethereum.NotFound
					}
				case p < 17:
					w.now = w.now.Add(time.Minute)
				case p < 18:
					w.stranger(r)
				default:
					w.restart()
					for n := range asked {
						w.do(count(n))
					}
				}
			}
			w.pool.refuse = nil
			for w.Context().Err() == nil && len(w.s.Unfinished()) > 0 {
				w.now = w.now.Add(time.Minute)
				w.step()
				w.mine()
				w.finalize()
			}
			for n := range asked {
				w.is(fmt.Sprint("count ", n), Done)
				if got := w.counted(n); got != 1 {
					t.Errorf("seed %d: call %d was made %d times", seed, n, got)
				}
			}
		})
	}
}

// stranger sends a transaction with the same key, at one of the next nonces, and pays more than anybody.
func (w *world) stranger(r *rand.Rand) {
	tx := types.MustSignNewTx(w.key, types.LatestSignerForChainID(chainID), &types.DynamicFeeTx{
		ChainID: chainID, Nonce: w.nonce() + r.Uint64N(2), To: &once, Gas: 1_000_000,
		GasTipCap: big.NewInt((50 + r.Int64N(50)) * params.GWei), GasFeeCap: big.NewInt(300 * params.GWei),
	})
	w.Client().SendTransaction(w.Context(), tx) // it may be refused
}

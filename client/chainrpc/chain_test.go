package chainrpc

import (
	"context"
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/client/chainrpc/chaintest"
	"github.com/geth-ss/geth-ss/client/known"
)

// Limits are a tenth of the real ones, for tests that wait for them.
func TestMain(m *testing.M) {
	dialLimit, dialLonger, lateAfter, aliveLimit = 400*time.Millisecond, 800*time.Millisecond, 70*time.Millisecond, 400*time.Millisecond
	minedPoll, tellWaiting = 10*time.Millisecond, 50*time.Millisecond
	os.Exit(m.Run())
}

var (
	genesis  = common.HexToHash("0x6e")
	contract = common.HexToAddress("0xc0")
	call     = Call{To: &contract, Input: []byte{1, 2, 3, 4}, What: "the permission's transaction"}
)

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newNode(t testing.TB) *chaintest.Node {
	n := chaintest.New(t, 7, genesis)
	n.Code[contract] = []byte{1}
	return n
}

func dial(t testing.TB, nodes ...*chaintest.Node) *Chain {
	t.Helper()
	c, err := Dial(context.Background(), config(nodes...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func config(nodes ...*chaintest.Node) (cfg Config) {
	for _, n := range nodes {
		cfg.Endpoints = append(cfg.Endpoints, n.URL)
	}
	return cfg
}

// transact sends the call and waits for it.
func transact(ctx context.Context, c *Chain, key *ecdsa.PrivateKey) error {
	tx, err := c.Send(ctx, key, call)
	if err != nil {
		return err
	}
	_, err = c.Mined(ctx, crypto.PubkeyToAddress(key.PublicKey), tx)
	return err
}

// TestChainIsKnown: the chain that a transaction is signed for is no node's to choose, if it is known which is meant, or since it
// was asked first; what is believed is said.
func TestChainIsKnown(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	book := known.Open(filepath.Join(t.TempDir(), "known"))
	var told []string
	dialled := func(change func(*Config)) error {
		cfg := config(n)
		cfg.Known, cfg.Trusting = book, func(what string) { told = append(told, what) }
		change(&cfg)
		c, err := Dial(t.Context(), cfg)
		if err == nil {
			c.Close()
		}
		return err
	}
	as := func(*Config) {}
	if err := dialled(func(c *Config) { c.Chain = 8 }); err == nil || !strings.Contains(err.Error(), "chain 8") {
		t.Errorf("another chain than is meant: %v", err)
	}
	if err := dialled(as); err != nil || len(told) != 1 || !strings.Contains(told[0], n.URL) || !strings.Contains(told[0], "chain 7") || strings.Contains(told[0], "\n") {
		t.Fatalf("%v, told %q", err, told)
	}
	if err := dialled(as); err != nil || len(told) != 1 {
		t.Errorf("the second use: %v, told %q", err, told)
	}
	for name, change := range map[string]func(){
		"another id":            func() { n.ID = 8 },
		"another genesis block": func() { n.ID, n.Genesis = 7, common.HexToHash("0x6f") },
	} {
		n.Lock()
		change()
		n.Unlock()
		if err := dialled(as); err == nil || !strings.Contains(err.Error(), book.Path(n.URL)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	n.Lock()
	n.ID, n.Genesis = 7, genesis
	n.Unlock()
	if err := dialled(func(c *Config) { c.Known = nil }); err != nil || len(told) != 2 {
		t.Errorf("without a memory: %v, told %q", err, told)
	}
	if err := dialled(func(c *Config) { c.Known, c.Chain = nil, 7 }); err != nil || len(told) != 2 {
		t.Errorf("where it is known: %v, told %q", err, told)
	}
	if err := os.WriteFile(book.Path(n.URL), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := dialled(as); err == nil {
		t.Error("a file that can't be read is taken for none")
	}
}

// TestExpensive: what gas costs is a node's word; beyond what the sender wants to pay nothing is signed, however much there is.
func TestExpensive(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*chaintest.Node)
		most   *big.Int
		fine   bool
	}{
		"as usual":        {func(*chaintest.Node) {}, nil, true},
		"exactly":         {func(*chaintest.Node) {}, big.NewInt(62500 * 2001e6), true},
		"one wei more":    {func(*chaintest.Node) {}, big.NewInt(62500*2001e6 - 1), false},
		"a high base fee": {func(n *chaintest.Node) { n.BaseFee = big.NewInt(1e13) }, nil, false},
		"a high tip": {func(n *chaintest.Node) {
			n.Answers["eth_maxPriorityFeePerGas"] = func([]json.RawMessage) (any, *chaintest.Error) { return (*hexutil.Big)(big.NewInt(1e14)), nil }
		}, nil, false},
		"much gas": {func(n *chaintest.Node) {
			n.Answers["eth_estimateGas"] = func([]json.RawMessage) (any, *chaintest.Error) { return hexutil.Uint64(29_000_000), nil }
			n.BaseFee = big.NewInt(1e11)
		}, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newNode(t)
			n.Balance = new(big.Int).Mul(big.NewInt(1e18), big.NewInt(1e6))
			c.change(n)
			cfg := config(n)
			cfg.MaxCost = c.most
			chain, err := Dial(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			defer chain.Close()
			_, err = chain.Send(t.Context(), newKey(t), call)
			var dear *Expensive
			if c.fine != (err == nil) || c.fine != (len(n.Sent()) == 1) || !c.fine && !errors.As(err, &dear) {
				t.Errorf("%v; %d sent", err, len(n.Sent()))
			}
		})
	}
}

// TestFree: where gas has no price an account that has nothing sends, for nothing; where there is a base fee of one wei it can't.
func TestFree(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		baseFee int64
		sent    bool
	}{"no price": {0, true}, "one wei": {1, false}} {
		n := newNode(t)
		n.Balance, n.BaseFee = new(big.Int), big.NewInt(c.baseFee)
		n.Answers["eth_maxPriorityFeePerGas"] = func([]json.RawMessage) (any, *chaintest.Error) { return new(hexutil.Big), nil }
		err := transact(t.Context(), dial(t, n), newKey(t))
		var poor *NoFunds
		switch sent := n.Sent(); {
		case c.sent && (err != nil || len(sent) != 1 || sent[0].GasFeeCap().Sign() != 0 || sent[0].GasTipCap().Sign() != 0):
			t.Errorf("%s: %v, %d sent", name, err, len(sent))
		case !c.sent && (!errors.As(err, &poor) || len(sent) != 0):
			t.Errorf("%s: %v, %d sent", name, err, len(sent))
		}
	}
}

// TestSending: who wants to be told before a transaction goes out is told, and can stop it.
func TestSending(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	c := dial(t, n)
	no := errors.New("no")
	stopped := call
	stopped.Sending = func() error { return no }
	if _, err := c.Send(t.Context(), newKey(t), stopped); !errors.Is(err, no) || len(n.Sent()) > 0 {
		t.Errorf("%v; %d sent", err, len(n.Sent()))
	}
}

// TestValue: what a call brings is in the transaction, and the account has to have it beside what the gas may cost; the most that a
// transaction may cost is about gas.
func TestValue(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	n.Balance = new(big.Int).Add(big.NewInt(2e18), big.NewInt(62500*2001e6))
	c := dial(t, n)
	gift := call
	gift.Value = big.NewInt(2e18)
	if _, err := c.Send(t.Context(), newKey(t), gift); err != nil {
		t.Fatal(err)
	}
	if sent := n.Sent(); len(sent) != 1 || sent[0].Value().Cmp(gift.Value) != 0 {
		t.Errorf("%d sent, the first with %v", len(sent), sent[0].Value())
	}
	n.Lock()
	n.Balance.Sub(n.Balance, common.Big1)
	n.Unlock()
	var poor *NoFunds
	if _, err := c.Send(t.Context(), newKey(t), gift); !errors.As(err, &poor) || len(n.Sent()) != 1 {
		t.Errorf("one wei short: %v, %d sent", err, len(n.Sent()))
	}
}

// TestNoFunds: an account that can't pay is told so, with what it has and what it needs, whoever notices.
func TestNoFunds(t *testing.T) {
	t.Parallel()
	refuse := func(text string) func([]json.RawMessage) (any, *chaintest.Error) {
		return func([]json.RawMessage) (any, *chaintest.Error) {
			return nil, &chaintest.Error{Code: -32000, Message: text}
		}
	}
	for name, c := range map[string]struct {
		change func(*chaintest.Node)
		want   string // "" if it can pay
	}{
		"no ether":       {func(n *chaintest.Node) { n.Balance = new(big.Int) }, ": it may cost up to 0.0001250625 ether"},
		"a little":       {func(n *chaintest.Node) { n.Balance = big.NewInt(1e12) }, ": it has 0.000001 ether, and it may cost up to 0.0001250625 ether"},
		"one wei short":  {func(n *chaintest.Node) { n.Balance = big.NewInt(62500*2001e6 - 1) }, "ether"},
		"exactly enough": {func(n *chaintest.Node) { n.Balance = big.NewInt(62500 * 2001e6) }, ""},
		"refused, waiting": {func(n *chaintest.Node) {
			n.Answers["eth_sendRawTransaction"] = refuse("insufficient funds for gas * price + value: balance 1")
		}, "1 ether"},
		"estimate refused": {func(n *chaintest.Node) {
			n.Balance = new(big.Int)
			n.Answers["eth_estimateGas"] = refuse("insufficient funds for transfer")
		}, ""},
		"estimate in other words": {func(n *chaintest.Node) {
			n.Balance = new(big.Int)
			n.Answers["eth_estimateGas"] = refuse("gas required exceeds allowance (0)")
		}, ""},
		"balance unknown": {func(n *chaintest.Node) {
			n.Answers["eth_estimateGas"], n.Answers["eth_getBalance"] = refuse("insufficient funds"), refuse("no")
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			n, key := newNode(t), newKey(t)
			c.change(n)
			err := transact(t.Context(), dial(t, n), key)
			if name == "exactly enough" {
				if err != nil || len(n.Sent()) != 1 {
					t.Errorf("%v", err)
				}
				return
			}
			want := crypto.PubkeyToAddress(key.PublicKey).Hex() + " has no ether for the permission's transaction"
			if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), c.want) || len(n.Sent()) > 0 {
				t.Errorf("%v; sent %d", err, len(n.Sent()))
			}
			var poor *NoFunds
			if !errors.As(err, &poor) {
				t.Errorf("%T", err)
			}
		})
	}
}

// methods is what a node is asked on the way to a transaction in a block.
var methods = []string{"eth_chainId", "eth_getBlockByNumber", "eth_getCode", "eth_call", "eth_estimateGas", "eth_maxPriorityFeePerGas",
	"eth_getTransactionCount", "eth_getBalance", "eth_sendRawTransaction", "eth_getTransactionReceipt"}

// use does all that a chain is used for, with one node.
func use(ctx context.Context, endpoint string, key *ecdsa.PrivateKey) error {
	ctx, cancel := context.WithTimeout(ctx, 60*time.Millisecond)
	defer cancel()
	c, err := Dial(ctx, Config{Endpoints: []string{endpoint}})
	if err != nil {
		return err
	}
	defer c.Close()
	answer, err := c.Call(ctx, ethereum.CallMsg{To: &contract})
	if err != nil {
		return Explain(err)
	}
	_ = answer
	if err := c.CheckCode(ctx, contract); err != nil {
		return err
	}
	if err = transact(ctx, c, key); err != nil {
		RevertData(err)
		return Explain(err)
	}
	return nil
}

var (
	// errorDatas are an error's data as nodes give it, and as they should not.
	errorDatas = []string{`null`, `""`, `"0x"`, `"0x1"`, `"0x12"`, `"0x1234"`, `"0x123456"`, `"0x12345678"`, `"1234"`, `"0xzz"`, `"Reverted 0x12"`, `"Reverted"`, `7`, `true`,
		`[]`, `["0x12"]`, `{}`, `{"data":"0x12"}`, `{"data":{"data":7}}`, `{"data":null}`,
		`"0x08c379a0"`, `"0x08c379a0` + strings.Repeat("f", 64) + `"`, `"0x08c379a0` + strings.Repeat("0", 62) + `20` + strings.Repeat("f", 64) + `"`, `"0x4e487b71"`,
		`"0x4e487b71` + strings.Repeat("f", 64) + `"`, `"0x` + strings.Repeat("ab", 2*maxRevert) + `"`}
	// bodies are answers that are none.
	bodies = []string{`null`, `{}`, `[]`, `7`, `"x"`, `{"jsonrpc":"2.0","id":1}`, `{"jsonrpc":"2.0","id":1,"error":null}`, `{"jsonrpc":"2.0","id":1,"error":"no"}`,
		`{"jsonrpc":"2.0","id":1,"error":{"code":"x"}}`, `{"jsonrpc":"2.0","id":1,"error":{}}`, `{"jsonrpc":"2.0","id":1,"error":[]}`, `<html>`, `{"jsonrpc":"2.0","id":1,"res`, ` `}
	// results are those of a node that is another program, or a liar.
	results = []string{`null`, `""`, `"0x"`, `"0x0"`, `"0x00"`, `"0x1"`, `"-0x1"`, `-1`, `1e99`, `{}`, `[]`, `{"hash":null}`, `{"number":"0x0"}`,
		`"0x` + strings.Repeat("f", 16) + `"`, `"0x` + strings.Repeat("f", 64) + `"`, `"0x` + strings.Repeat("f", 66) + `"`}
)

// answersOf are whole bodies for one method.
func badAnswers() (all []string) {
	all = append(all, bodies...)
	for _, data := range errorDatas {
		all = append(all, `{"jsonrpc":"2.0","id":1,"error":{"code":3,"message":"execution reverted","data":`+data+`}}`)
	}
	for _, result := range results {
		all = append(all, `{"jsonrpc":"2.0","id":1,"result":`+result+`}`)
	}
	return all
}

// TestBadAnswers: nothing that a node says at any point is a panic, and what can't be read is an error.
func TestBadAnswers(t *testing.T) {
	t.Parallel()
	for _, method := range methods {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			n, key := newNode(t), newKey(t)
			for _, body := range badAnswers() {
				// The id of a request is not the answer's here: over HTTP nobody compares them.
				n.Lock()
				n.Raw[method] = body
				n.Unlock()
				err := use(t.Context(), n.URL, key)
				unread := !strings.Contains(body, `"result"`) || strings.Contains(body, `"error"`)
				if err == nil && unread {
					t.Errorf("%s is taken for an answer", body)
				}
			}
		})
	}
}

// FuzzAnswers: no answer to any call is a panic.
func FuzzAnswers(f *testing.F) {
	for i := range methods {
		f.Add(uint8(i), `{"jsonrpc":"2.0","id":1,"error":{"code":3,"message":"execution reverted","data":"0x12"}}`)
		f.Add(uint8(i), `{"jsonrpc":"2.0","id":1,"result":"0xffffffffffffffff"}`)
	}
	n, key := newNode(f), newKey(f)
	f.Fuzz(func(t *testing.T, which uint8, body string) {
		n.Lock()
		n.Raw = map[string]string{methods[int(which)%len(methods)]: body}
		n.Unlock()
		use(t.Context(), n.URL, key)
	})
}

// dataError is a node's error as rpc gives it.
type dataError struct{ data any }

func (e *dataError) Error() string  { return "execution reverted" }
func (e *dataError) ErrorCode() int { return 3 }
func (e *dataError) ErrorData() any { return e.data }

// TestRevertData: a contract's words are found where nodes put them.
func TestRevertData(t *testing.T) {
	reason := "0x08c379a0" + fmt.Sprintf("%064x%064x", 32, 4) + hexutil.Encode([]byte("no\x1b."))[2:] + strings.Repeat("0", 56)
	panicked := "0x4e487b71" + fmt.Sprintf("%064x", 0x11)
	for _, c := range []struct{ data, want string }{
		{`"` + reason + `"`, "execution reverted: no·."},
		{`"Reverted ` + reason + `"`, "execution reverted: no·."},
		{`{"data":"` + reason + `","message":"x"}`, "execution reverted: no·."},
		{`"` + panicked + `"`, "execution reverted: arithmetic underflow or overflow"},
		{`"0xa8ca238e"`, "execution reverted"},
	} {
		var data any
		if err := json.Unmarshal([]byte(c.data), &data); err != nil {
			t.Fatal(err)
		}
		err := fmt.Errorf("around it: %w", &dataError{data})
		if got := Explain(err).Error(); got != "around it: "+c.want || len(RevertData(err)) < 4 {
			t.Errorf("%s: %q", c.data, got)
		}
	}
	if got := Explain(errors.New("none of a contract")); got.Error() != "none of a contract" || RevertData(got) != nil {
		t.Errorf("%v", got)
	}
}

// FuzzRevert: no data of an error is a panic.
func FuzzRevert(f *testing.F) {
	for _, data := range errorDatas {
		f.Add([]byte(data))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var data any
		if json.Unmarshal(text, &data) != nil {
			data = string(text)
		}
		err := &dataError{data}
		if raw := RevertData(err); len(raw) > maxRevert {
			t.Errorf("%d bytes", len(raw))
		}
		if text := Explain(err).Error(); !strings.HasPrefix(text, "execution reverted") {
			t.Errorf("%q", text)
		}
	})
}

// TestFrozenNode: a node that gives no answer, however and whenever, costs a moment; and one transaction is sent, not two.
func TestFrozenNode(t *testing.T) {
	t.Parallel()
	whens := map[string]func(ill *chaintest.Node, trouble chaintest.Trouble) (dialled func()){
		"from the start": func(ill *chaintest.Node, trouble chaintest.Trouble) func() {
			ill.Trouble = trouble
			return func() {}
		},
		"once connected": func(ill *chaintest.Node, trouble chaintest.Trouble) func() {
			return func() { ill.Trouble = trouble }
		},
		"with the transaction": func(ill *chaintest.Node, trouble chaintest.Trouble) func() {
			ill.Answers["eth_getBalance"] = func([]json.RawMessage) (any, *chaintest.Error) {
				ill.Trouble = trouble // from the next call on
				return (*hexutil.Big)(ill.Balance), nil
			}
			return func() {}
		},
	}
	for name, trouble := range chaintest.Troubles() {
		for when, begin := range whens {
			t.Run(name+" "+when, func(t *testing.T) {
				t.Parallel()
				ill, well, key := newNode(t), newNode(t), newKey(t)
				dialled := begin(ill, trouble)
				cfg := config(ill, well)
				var mu sync.Mutex
				warned := ""
				cfg.Warn = func(err error) {
					mu.Lock()
					defer mu.Unlock()
					warned += err.Error()
				}
				begun := time.Now()
				c, err := Dial(t.Context(), cfg)
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
				ill.Lock()
				dialled()
				ill.Unlock()
				if err := transact(t.Context(), c, key); err != nil || len(well.Sent()) != 1 || len(ill.Sent()) > 0 {
					t.Errorf("%v; %d and %d sent", err, len(ill.Sent()), len(well.Sent()))
				}
				if took := time.Since(begun); took > 10*time.Second {
					t.Errorf("it took %v", took)
				}
				tried := when == "from the start" || ill.Asked("eth_sendRawTransaction") > 0 // a busy machine may have had the other one asked
				if tried && !strings.Contains(warned, ill.URL) {
					t.Errorf("not a word about the node: %q", warned)
				}
			})
		}
	}
}

// TestSentAlready: a node that took a transaction and hung has passed it on. The next one knows it, or has it in a block.
func TestSentAlready(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"already known", "nonce too low: next nonce 1, tx nonce 0"} {
		ill, well, key := newNode(t), newNode(t), newKey(t)
		c := dial(t, ill, well)
		ill.Raw["eth_sendRawTransaction"] = "<html>"
		well.Answers["eth_sendRawTransaction"] = func([]json.RawMessage) (any, *chaintest.Error) {
			return nil, &chaintest.Error{Code: -32000, Message: text}
		}
		if _, err := c.Send(t.Context(), key, call); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestRefusedTransaction: what a node says to a transaction is told with what to do, and nobody else is asked.
func TestRefusedTransaction(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"replacement transaction underpriced": "waits for a block: try again", "nonce too low: next nonce 9": "has taken nonce 0 meanwhile: try again",
		"transaction underpriced: tip needed 2, tip permitted 1": "demands a higher tip than the 1000000 wei that it named", "no \x1b[2J": "no ·[2J",
	} {
		first, second, key := newNode(t), newNode(t), newKey(t)
		first.Answers["eth_sendRawTransaction"] = func([]json.RawMessage) (any, *chaintest.Error) {
			return nil, &chaintest.Error{Code: -32000, Message: text}
		}
		err := transact(t.Context(), dial(t, first, second), key)
		if err == nil || !strings.Contains(err.Error(), want) || second.Asked("eth_sendRawTransaction") > 0 {
			t.Errorf("%s: %v", text, err)
		}
	}
	// Nobody says whether it was sent.
	ill, key := newNode(t), newKey(t)
	c := dial(t, ill)
	ill.Raw["eth_sendRawTransaction"] = "<html>"
	if err := transact(t.Context(), c, key); err == nil || !strings.Contains(err.Error(), "look for it before you try again") {
		t.Errorf("%v", err)
	}
}

// TestOneChain: all nodes are compared, by chain id and by genesis block.
func TestOneChain(t *testing.T) {
	t.Parallel()
	other := chaintest.New(t, 8, genesis)
	fork := chaintest.New(t, 7, common.HexToHash("0x6f"))
	for _, nodes := range [][]*chaintest.Node{{newNode(t), other}, {other, newNode(t)}, {newNode(t), newNode(t), fork}} {
		_, err := Dial(t.Context(), config(nodes...))
		if err == nil || !strings.Contains(err.Error(), "give nodes of one chain") {
			t.Errorf("%v", err)
		}
	}
	if _, err := Dial(t.Context(), Config{}); err == nil {
		t.Error("no node is enough")
	}
}

// TestFailedTransaction: one that is in a block and did nothing says so, and why, as far as that shows.
func TestFailedTransaction(t *testing.T) {
	t.Parallel()
	n, key := newNode(t), newKey(t)
	n.Reverted = true
	c := dial(t, n)
	if err := transact(t.Context(), c, key); err == nil || !strings.Contains(err.Error(), "failed in block 8, and its gas is spent: another account's") {
		t.Errorf("%v", err)
	}
	n.Answers["eth_call"] = func([]json.RawMessage) (any, *chaintest.Error) {
		return nil, &chaintest.Error{Code: 3, Message: "execution reverted", Data: "0x1234"}
	}
	err := transact(t.Context(), c, key)
	var failed *Failed
	if !errors.As(err, &failed) || !strings.Contains(err.Error(), "execution reverted") || failed.Block.Uint64() != 8 {
		t.Errorf("%v", err)
	}
}

// TestOthersReceipt: a receipt of another transaction, or of no block, is not this one's, whatever it says.
func TestOthersReceipt(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*types.Receipt){
		"of another transaction": func(r *types.Receipt) { r.TxHash = common.Hash{7} },
		"of no block":            func(r *types.Receipt) { r.BlockNumber = nil },
	} {
		n, key := newNode(t), newKey(t)
		c := dial(t, n)
		tx, err := c.Send(t.Context(), key, call)
		if err != nil {
			t.Fatal(err)
		}
		receipt := &types.Receipt{Status: types.ReceiptStatusSuccessful, TxHash: tx.Hash(), BlockNumber: big.NewInt(8), Logs: []*types.Log{}}
		change(receipt)
		n.Answers["eth_getTransactionReceipt"] = func([]json.RawMessage) (any, *chaintest.Error) { return receipt, nil }
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		if _, err := c.Mined(ctx, crypto.PubkeyToAddress(key.PublicKey), tx); err == nil || !strings.Contains(err.Error(), "in no block yet") {
			t.Errorf("a receipt %s: %v", name, err)
		}
		cancel()
	}
}

// TestAnswersBounded: no answer is held that is larger than any can be.
func TestAnswersBounded(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	c := dial(t, n)
	for size, ok := range map[int]bool{maxAnswer / 2: true, maxAnswer + 1: false} {
		n.Lock()
		n.Raw["eth_call"] = `{"jsonrpc":"2.0","id":1,"result":"0x` + strings.Repeat("00", size/2) + `"}`
		n.Unlock()
		if answer, err := c.Call(t.Context(), ethereum.CallMsg{To: &contract}); (err == nil) != ok {
			t.Errorf("an answer of %d bytes: %d, %v", size, len(answer), err)
		}
	}
}

// TestUnmined: who waits for a block is told so meanwhile, and at the end what for.
func TestUnmined(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		latest uint64
		want   string
	}{
		"the next": {5, "is in no block yet; it may still get there"}, "others before it": {3, "2 earlier transactions of"}, "overtaken": {6, "has taken its nonce 5"},
	} {
		n, key := newNode(t), newKey(t)
		n.Unmined, n.Nonce = true, 5
		cfg := config(n)
		told := 0
		cfg.Late = func(what string, _ time.Duration) {
			if strings.Contains(what, "to be in a block") {
				told++
			}
		}
		chain, err := Dial(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		tx, err := chain.Send(t.Context(), key, call)
		if err != nil {
			t.Fatal(err)
		}
		n.Lock()
		n.Nonce = c.latest
		n.Unlock()
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		if _, err = chain.Mined(ctx, crypto.PubkeyToAddress(key.PublicKey), tx); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), c.want) || told == 0 {
			t.Errorf("%s, told %d times: %v", name, told, err)
		}
		cancel()
		chain.Close()
	}
}

// TestNoContract: an address without code is not called.
func TestNoContract(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	c := dial(t, n)
	if err := c.CheckCode(t.Context(), contract); err != nil {
		t.Error(err)
	}
	if err := c.CheckCode(t.Context(), common.HexToAddress("0xe0a")); err == nil || !strings.Contains(err.Error(), "there is no contract at 0x0000000000000000000000000000000000000e0A on chain 7") {
		t.Errorf("%v", err)
	}
}

// TestNoChain: a chain whose id no transaction can name, or that does not say where it begins, is none; and a slow line is
// given a second chance.
func TestNoChain(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*chaintest.Node){
		"an id of 65 bits": func(n *chaintest.Node) {
			n.Raw["eth_chainId"] = `{"jsonrpc":"2.0","id":1,"result":"0x10000000000000007"}`
		},
		"the id 0":   func(n *chaintest.Node) { n.ID = 0 },
		"no genesis": func(n *chaintest.Node) { n.Raw["eth_getBlockByNumber"] = `{"jsonrpc":"2.0","id":1,"result":null}` },
		"a genesis without hash": func(n *chaintest.Node) {
			n.Raw["eth_getBlockByNumber"] = `{"jsonrpc":"2.0","id":1,"result":{}}`
		},
	} {
		n := newNode(t)
		change(n)
		if _, err := Dial(t.Context(), config(n)); err == nil {
			t.Error(name)
		}
	}
	slow := newNode(t)
	slow.Answers["eth_chainId"] = func([]json.RawMessage) (any, *chaintest.Error) {
		time.Sleep(dialLimit + 50*time.Millisecond)
		return hexutil.Uint64(7), nil
	}
	dial(t, slow)
	gone := newNode(t)
	gone.Trouble = chaintest.Refuses
	if c := dial(t, newNode(t), gone); len(c.nodes) != 1 {
		t.Errorf("%d connections to one node", len(c.nodes))
	}
}

// TestNothingIsSentBlindly: without the newest block, or with more gas than it has, no transaction is signed.
func TestNothingIsSentBlindly(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*chaintest.Node){
		"no newest block":  func(n *chaintest.Node) { n.Raw["eth_getBlockByNumber"] = `{"jsonrpc":"2.0","id":1,"result":null}` },
		"gas for no block": func(n *chaintest.Node) { n.Raw["eth_estimateGas"] = `{"jsonrpc":"2.0","id":1,"result":"0x1c9c381"}` }, // 30e6+1
		"gas for no account": func(n *chaintest.Node) {
			n.Raw["eth_estimateGas"] = `{"jsonrpc":"2.0","id":1,"result":"0xffffffffffffffff"}`
		},
	} {
		n, key := newNode(t), newKey(t)
		c := dial(t, n)
		n.Lock()
		change(n)
		n.Unlock()
		if _, err := c.Send(t.Context(), key, call); err == nil || len(n.Sent()) > 0 {
			t.Errorf("%s: %v, sent %d", name, err, len(n.Sent()))
		}
	}
}

// TestUnknownWhetherSent: a refusal is final only if no other node was given the transaction before.
func TestUnknownWhetherSent(t *testing.T) {
	t.Parallel()
	ill, well, key := newNode(t), newNode(t), newKey(t)
	c := dial(t, ill, well)
	ill.Raw["eth_sendRawTransaction"] = "<html>"
	refuse := func([]json.RawMessage) (any, *chaintest.Error) {
		return nil, &chaintest.Error{Code: -32000, Message: "transaction underpriced"}
	}
	well.Answers["eth_sendRawTransaction"] = refuse
	if _, err := c.Send(t.Context(), key, call); err == nil || !strings.Contains(err.Error(), "not known whether") {
		t.Errorf("after another node was given it: %v", err)
	}
	alone := newNode(t)
	alone.Answers["eth_sendRawTransaction"] = refuse
	if _, err := dial(t, alone).Send(t.Context(), key, call); err == nil || strings.Contains(err.Error(), "not known whether") {
		t.Errorf("by the only one: %v", err)
	}
	slow := newNode(t)
	c = dial(t, slow)
	slow.Answers["eth_sendRawTransaction"] = func([]json.RawMessage) (any, *chaintest.Error) {
		time.Sleep(200 * time.Millisecond)
		return nil, &chaintest.Error{Code: -32000, Message: "too late"}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := c.Send(ctx, key, call); err == nil || slow.Asked("eth_sendRawTransaction") > 0 && !strings.Contains(err.Error(), "not known whether") {
		t.Errorf("cancelled meanwhile: %v", err)
	}
}

// rpcError is an error of JSON-RPC.
type rpcError int

func (rpcError) Error() string    { return "no" }
func (e rpcError) ErrorCode() int { return int(e) }

// TestAgain: another node is asked where it may do better, and only there.
func TestAgain(t *testing.T) {
	for err, want := range map[error]bool{
		rpcError(codeTimeout): true, rpcError(codeLimit): true, rpcError(-32000): false, rpcError(3): false,
		ethereum.NotFound: false, context.DeadlineExceeded: true, errors.New("EOF"): true,
	} {
		if again(err) != want {
			t.Errorf("%v %d: %v", err, err, again(err))
		}
	}
	for _, text := range []string{"insufficient funds for transfer", "Insufficient balance", "sender has not enough funds", "gas required exceeds allowance (0)"} {
		if !poor(errors.New(text)) {
			t.Errorf("%q is no word for having no ether", text)
		}
	}
	if poor(errors.New("execution reverted")) || poor(errors.New("gas required exceeds allowance (30000000)")) {
		t.Error("everybody is poor")
	}
}

// textError is a contract's, with its reason, which the node says as well or not.
type textError struct{ text, data string }

func (e *textError) Error() string  { return e.text }
func (e *textError) ErrorCode() int { return 3 }
func (e *textError) ErrorData() any { return e.data }

// TestExplain adds what is news.
func TestExplain(t *testing.T) {
	reason := func(text string) string {
		word := func(n int) string { return fmt.Sprintf("%064x", n) }
		return "0x08c379a0" + word(32) + word(len(text)) + fmt.Sprintf("%x", text) + strings.Repeat("0", (64-2*len(text)%64)%64)
	}
	for _, c := range []struct {
		text, data string
		news       bool
	}{
		{"execution reverted", reason("no owner"), true},
		{"execution reverted: no owner", reason("no owner"), false},
		{"execution reverted", reason(""), false},
		{"execution reverted", "0x12345678", false},
		{"execution reverted", "", false},
	} {
		err := error(&textError{c.text, c.data})
		if got := Explain(err); !errors.Is(got, err) || (got != err) != c.news {
			t.Errorf("%q with %q: %v", c.text, c.data, got)
		}
	}
}

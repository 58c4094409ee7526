// Package chainrpc asks nodes of a chain over JSON-RPC, and sends transactions through them. Several nodes stand in for each
// other: one that hangs costs a moment. What a node or a contract says is bounded, and never a reason to panic; that it is
// true nobody checks here.
package chainrpc

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/gorilla/websocket"

	"github.com/geth-ss/geth-ss/client/hedge"
	"github.com/geth-ss/geth-ss/client/known"
)

// maxAnswer bounds what a node can make us hold, in bytes.
const maxAnswer = 16 << 20

// How long nodes are waited for. Variables, for tests.
var (
	// dialLimit is how long a node may take to say which chain it is of, dialLonger if none did.
	dialLimit, dialLonger = 1500 * time.Millisecond, 10 * time.Second
	// readLimit bounds one call, lateAfter is when another node is asked as well, sendLimit bounds handing a transaction over.
	readLimit, lateAfter, sendLimit = 30 * time.Second, 700 * time.Millisecond, 10 * time.Second
	// aliveLimit is how long a node that takes long may take to say that it is there.
	aliveLimit = 1300 * time.Millisecond
)

// Config says which nodes are asked.
type Config struct {
	// Endpoints are JSON-RPC addresses: http://, ws:// or a path. At least one.
	Endpoints []string
	// TLS, if not nil, is how it is spoken at https:// and wss://: for certificates of one's own.
	TLS *tls.Config
	// Warn, if not nil, is told why a node is not asked any more.
	Warn func(error)
	// Late, if not nil, is told again and again what is waited for, once that takes long.
	Late func(what string, waited time.Duration)
	// Chain, if not zero, is the id of the chain that is meant. Without it Known, if not nil, has the chain that the endpoints said
	// they are of when they were first used. What nothing tells is believed, and Trusting, if not nil, is told so.
	Chain    uint64
	Known    *known.Book
	Trusting func(what string)
	// MaxCost is the most that a transaction may cost, in wei; nil for one ether, as in geth.
	MaxCost *big.Int
	// Poll is how often it is asked whether a transaction is in a block; 0 for 200 ms.
	Poll time.Duration
}

// Chain is a chain, behind nodes that all said they are of it. It is safe for use by several goroutines.
type Chain struct {
	cfg     Config
	nodes   []*rpc.Client
	names   []string
	ring    *hedge.Ring
	id      uint64
	genesis common.Hash
}

// chainIdentity is what tells chains apart.
type chainIdentity struct {
	id      uint64
	genesis common.Hash
}

// Dial connects to the nodes that answer. All of them must be of one chain.
func Dial(ctx context.Context, cfg Config) (*Chain, error) {
	if len(cfg.Endpoints) == 0 {
		return nil, errors.New("there is no address of a node of the chain")
	}
	if cfg.Poll == 0 {
		cfg.Poll = minedPoll
	}
	if cfg.MaxCost == nil {
		cfg.MaxCost = big.NewInt(params.Ether)
	}
	c := &Chain{cfg: cfg}
	err := c.meet(ctx, dialLimit)
	if len(c.nodes) == 0 && ctx.Err() == nil {
		err = c.meet(ctx, dialLonger) // the line may be slow
	}
	if err == nil {
		err = c.identifyBefore()
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	c.ring = hedge.NewRing(len(c.nodes))
	return c, nil
}

// identifyBefore wants the chain that is meant, or was there when the nodes were first asked: transactions are signed for it.
func (c *Chain) identifyBefore() error {
	if c.cfg.Chain != 0 && c.cfg.Chain != c.id {
		return fmt.Errorf("%s is a node of chain %d, not of chain %d", c.names[0], c.id, c.cfg.Chain)
	}
	var fresh []string
	for _, name := range c.names {
		var e *known.Entry
		if c.cfg.Known != nil {
			var err error
			if e, err = c.cfg.Known.Find(name); err != nil {
				return err
			}
		}
		if e == nil {
			fresh = append(fresh, name)
		} else if e.Chain != c.id || e.Genesis != c.genesis {
			return fmt.Errorf("%s is a node of chain %d with genesis block %v, and was one of chain %d with %v; if this is a new network, remove %s",
				name, c.id, c.genesis, e.Chain, e.Genesis, c.cfg.Known.Path(name))
		}
	}
	return c.believe(fresh)
}

func (c *Chain) believe(fresh []string) error {
	if len(fresh) == 0 {
		return nil
	}
	kept := "believed"
	for _, name := range fresh {
		if c.cfg.Known == nil {
			break
		}
		if err := c.cfg.Known.Keep(known.Entry{Address: name, Chain: c.id, Genesis: c.genesis}); err == nil {
			kept = "trusted now, and compared from now on"
		} else if errors.Is(err, known.ErrDiffers) {
			return err
		} else if c.cfg.Warn != nil {
			c.cfg.Warn(err)
		}
	}
	if len(fresh) == len(c.names) && c.cfg.Chain == 0 && c.cfg.Trusting != nil { // else it is known
		c.cfg.Trusting(fmt.Sprintf("chain %d, as %s says: %s", c.id, strings.Join(fresh, ", "), kept))
	}
	return nil
}

// Close ends the connections.
func (c *Chain) Close() {
	for _, node := range c.nodes {
		node.Close()
	}
}

// ID is the chain's.
func (c *Chain) ID() uint64 { return c.id }

// Genesis is the hash of block 0.
func (c *Chain) Genesis() common.Hash { return c.genesis }

// Name is the address of the node that answered last.
func (c *Chain) Name() string { return c.names[c.ring.First()] }

// greeting is what came of connecting to one node.
type greeting struct {
	node *rpc.Client
	is   chainIdentity
	err  error
}

// meet asks all nodes at once who they are. Those that don't say are left out: their chain can't be compared.
func (c *Chain) meet(ctx context.Context, limit time.Duration) error {
	greetings := make([]chan greeting, len(c.cfg.Endpoints))
	for i, endpoint := range c.cfg.Endpoints {
		greetings[i] = make(chan greeting, 1)
		go func() { // ends with its limit, which all are waited for
			node, is, err := greet(ctx, endpoint, c.cfg.transport(), limit)
			greetings[i] <- greeting{node, is, err}
		}()
	}
	var failed []error
	var differ error
	for i, endpoint := range c.cfg.Endpoints {
		g := <-greetings[i]
		if g.err != nil {
			failed = append(failed, fmt.Errorf("connecting to %s: %s", endpoint, hedge.Printable(g.err.Error())))
			continue
		}
		if is := (chainIdentity{c.id, c.genesis}); len(c.nodes) > 0 && is != g.is && differ == nil {
			differ = fmt.Errorf("%s is a node of chain %d (genesis block %v), %s of chain %d (genesis block %v): give nodes of one chain",
				c.names[0], is.id, is.genesis, endpoint, g.is.id, g.is.genesis)
		}
		c.nodes, c.names, c.id, c.genesis = append(c.nodes, g.node), append(c.names, endpoint), g.is.id, g.is.genesis
	}
	switch {
	case differ != nil:
		return differ
	case len(c.nodes) == 0:
		return errors.Join(failed...)
	}
	for _, err := range failed {
		if c.cfg.Warn != nil {
			c.cfg.Warn(err)
		}
	}
	return nil
}

// transport is how nodes are connected to.
func (cfg *Config) transport() []rpc.ClientOption {
	if cfg.TLS == nil {
		return []rpc.ClientOption{rpc.WithHTTPClient(&http.Client{Transport: bounded{http.DefaultTransport}})}
	}
	over := http.DefaultTransport.(*http.Transport).Clone()
	over.TLSClientConfig = cfg.TLS
	return []rpc.ClientOption{
		rpc.WithHTTPClient(&http.Client{Transport: bounded{over}}),
		rpc.WithWebsocketDialer(websocket.Dialer{Proxy: http.ProxyFromEnvironment, TLSClientConfig: cfg.TLS}),
	}
}

func greet(ctx context.Context, endpoint string, options []rpc.ClientOption, limit time.Duration) (*rpc.Client, chainIdentity, error) {
	asked, cancel := context.WithTimeoutCause(ctx, limit, &hedge.Hung{Waited: limit})
	defer cancel()
	node, err := rpc.DialOptions(asked, endpoint, options...)
	var is chainIdentity
	if err == nil {
		if is, err = identify(asked, node); err != nil {
			node.Close()
		}
	}
	if err != nil && asked.Err() != nil {
		err = context.Cause(asked)
	}
	return node, is, err
}

func identify(ctx context.Context, node *rpc.Client) (is chainIdentity, err error) {
	id, err := ethclient.NewClient(node).ChainID(ctx)
	if err != nil {
		return is, fmt.Errorf("asking for the chain id: %w", err)
	}
	if !id.IsUint64() || id.Sign() == 0 {
		return is, fmt.Errorf("it gives %v as its chain id, which no chain can have", id)
	}
	var first *struct{ Hash common.Hash } // as the node says: it may know more kinds of headers than we
	if err := node.CallContext(ctx, &first, "eth_getBlockByNumber", "0x0", false); err != nil {
		return is, fmt.Errorf("asking for the genesis block: %w", err)
	}
	if first == nil || first.Hash == (common.Hash{}) {
		return is, errors.New("it has no genesis block")
	}
	return chainIdentity{id.Uint64(), first.Hash}, nil
}

// bounded is a transport whose answers end.
type bounded struct{ http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		resp.Body = http.MaxBytesReader(nil, resp.Body, maxAnswer)
	}
	return resp, err
}

// way is how nodes are asked a question: of two at once, if the first takes long.
func (c *Chain) way() *hedge.Way {
	return &hedge.Way{
		Limit: readLimit, Rounds: 1, After: lateAfter, Again: again, Failed: c.cfg.Warn,
		Name: func(i int) string { return c.names[i] },
		Late: func(i int, waited time.Duration) { c.late("an answer of "+c.names[i], waited) },
	}
}

func (c *Chain) late(what string, waited time.Duration) {
	if c.cfg.Late != nil {
		c.cfg.Late(what, waited)
	}
}

// again tells whether another node may do better: a node that refuses has understood, and others will refuse as well.
func again(err error) bool {
	var refused rpc.Error
	if errors.As(err, &refused) {
		return refused.ErrorCode() == codeTimeout || refused.ErrorCode() == codeLimit
	}
	return !errors.Is(err, ethereum.NotFound)
}

const (
	codeTimeout = -32002 // geth's
	codeLimit   = -32005 // EIP-1474's
)

// Ask asks a node, and others as well if it takes long. Only for what changes nothing.
func Ask[T any](ctx context.Context, c *Chain, ask func(ctx context.Context, node *rpc.Client) (T, error)) (T, error) {
	return askBy(ctx, c, c.way(), ask)
}

func askBy[T any](ctx context.Context, c *Chain, way *hedge.Way, ask func(ctx context.Context, node *rpc.Client) (T, error)) (told T, err error) {
	err = hedge.Ask(ctx, c.ring, way, func(ctx context.Context, i int) (T, error) { return ask(ctx, c.nodes[i]) },
		func(answer T) error {
			told = answer
			return nil
		})
	return told, err
}

// askEth is Ask by a method of ethclient.
func askEth[T any](ctx context.Context, c *Chain, ask func(ctx context.Context, node *ethclient.Client) (T, error)) (T, error) {
	return Ask(ctx, c, func(ctx context.Context, node *rpc.Client) (T, error) { return ask(ctx, ethclient.NewClient(node)) })
}

// Call runs a contract's code at the newest block, for its answer.
func (c *Chain) Call(ctx context.Context, call ethereum.CallMsg) ([]byte, error) {
	return askEth(ctx, c, func(ctx context.Context, node *ethclient.Client) ([]byte, error) {
		return node.CallContract(ctx, call, nil)
	})
}

// CheckCode fails if there is no contract at an address: with *NoCode, if that could be seen.
func (c *Chain) CheckCode(ctx context.Context, at common.Address) error {
	code, err := askEth(ctx, c, func(ctx context.Context, node *ethclient.Client) ([]byte, error) { return node.CodeAt(ctx, at, nil) })
	if err != nil {
		return fmt.Errorf("looking for the contract at %v: %w", at, err)
	}
	if len(code) == 0 {
		return &NoCode{at, c.id, c.Name()}
	}
	return nil
}

// NoCode is an address at which there is no contract.
type NoCode struct {
	At    common.Address
	Chain uint64
	Node  string // that says so
}

func (e *NoCode) Error() string {
	return fmt.Sprintf("there is no contract at %v on chain %d (as %s says)", e.At, e.Chain, e.Node)
}

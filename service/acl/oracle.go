// Package acl is the permission oracle: may this requester use this key? It asks the
// permission contract on the own chain, in the state of a block that this node holds
// for final.
//
// It is no cache and no cryptography: who asks has been proven before, and what is done
// with the verdict is decided in protocol/session. Two rules pull in opposite
// directions, and every line here serves one of them:
//
//   - A yes must be certain. It is never guessed from silence, an old block, a broken
//     database or an odd answer, and it must hold at the newest final block known here.
//   - A no must be certain too, for it is told to the client as final. What could not be
//     read is Unreadable, and what only an older block denies is Newer.
package acl

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/chain"
)

// CallGas bounds one contract call. It is a constant of the protocol: with different
// limits nodes would answer differently at the same block.
const CallGas = 10_000_000

// Chain is what the oracle needs of the local chain; *chain.Chain is one.
type Chain interface {
	// Final is the own final head; false while there is none.
	Final() (chain.Block, bool)
	// WaitFinal waits until the own final head has this number; false if ctx ends first.
	WaitFinal(ctx context.Context, number uint64) (chain.Block, bool)
	// Canonical tells whether the block is on the canonical chain.
	Canonical(wire.BlockRef) bool
	// RecentlyFinal tells whether nothing above number was final at some moment of the
	// last window.
	RecentlyFinal(number uint64, window time.Duration) bool
	// BlockOf finds a block by its name; false if it is not known.
	BlockOf(wire.BlockRef) (chain.Block, bool)
	// Call runs a contract on the state at one block. Errors as chain.Chain.Call.
	Call(ctx context.Context, at wire.BlockRef, to common.Address, input []byte, gas uint64) (output []byte, used uint64, err error)
}

// Config bounds the oracle. Zero values of all but MaxAge mean the defaults.
type Config struct {
	// MaxAge is how old the own final block may be, by this machine's clock against the
	// block's timestamp. A node that has lost its network must not go on admitting whom
	// the network has since shut out. 0: not checked, for --dev.
	MaxAge time.Duration
	// Window is for how long a block that is no longer the own final head is still
	// accepted from a coordinator, if it agrees with the head. Default 5 s.
	Window time.Duration
	// WaitBehind is how long to wait for a block that is not final here yet. Default 2 s.
	WaitBehind time.Duration
	// CallTimeout bounds the contract calls of one decision, and its wait for its turn if
	// the key is expensive. Default 3 s, a hundred times of what CallGas takes.
	CallTimeout time.Duration
	// TurnWait is how long a decision about another key waits for its turn. Default 8 s: of
	// the 10 s of a session the rest is for the other key servers.
	TurnWait time.Duration
	// Calls is how many decisions may be executing contracts at once, not counting those
	// about expensive keys; the others wait. Default: two per processor, at least 4.
	Calls int
	// Now is the clock for MaxAge. Default time.Now.
	Now func() time.Time
}

func (c Config) withDefaults() Config {
	c.Window = orElse(c.Window, 5*time.Second)
	c.WaitBehind = orElse(c.WaitBehind, 2*time.Second)
	c.CallTimeout = orElse(c.CallTimeout, 3*time.Second)
	c.TurnWait = orElse(c.TurnWait, 8*time.Second)
	if c.Calls <= 0 {
		c.Calls = max(4, 2*runtime.GOMAXPROCS(0))
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

func orElse(d, standard time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return standard
}

// Oracle decides. Safe for concurrent use.
type Oracle struct {
	chain   Chain
	setting Setting
	cfg     Config
	lanes   *lanes
}

// New makes the oracle of this node.
func New(chain Chain, setting Setting, cfg Config) *Oracle {
	cfg = cfg.withDefaults()
	return &Oracle{chain: chain, setting: setting, cfg: cfg, lanes: newLanes(&cfg)}
}

// Asks tells whether a contract is asked at all.
func (o *Oracle) Asks() bool { return o.setting.Kind != Permissive }

// Describe says who is admitted, and Warning what the operator must be told about it.
func (o *Oracle) Describe() string { return o.setting.String() }

// Warning is empty if the setting is a safe one.
func (o *Oracle) Warning() string { return o.setting.Warning() }

// Setting is the operator's choice.
func (o *Oracle) Setting() Setting { return o.setting }

// MaxAge is how old the own final block may be; 0: any age.
func (o *Oracle) MaxAge() time.Duration { return o.cfg.MaxAge }

// Calls is how many decisions are executing contracts now.
func (o *Oracle) Calls() int { return o.lanes.running() }

// Find tells where the permission contract is at a block, and why it can't be asked there
// if that is so. It runs none of the contract's code. The zero address without an error: none
// is asked.
func (o *Oracle) Find(ctx context.Context, at wire.BlockRef) (common.Address, error) {
	switch o.setting.Kind {
	case Permissive:
		return common.Address{}, nil
	case Closed:
		return common.Address{}, denied("no ACL contract is configured")
	}
	contract, err := (&asking{Oracle: o}).contract(ctx, at)
	if err != nil {
		return contract, err
	}
	// Without gas a contract fails before its first instruction.
	switch _, _, err := o.chain.Call(ctx, at, contract, nil, 0); {
	case errors.Is(err, chain.ErrNoCode):
		return contract, denied("there is no contract at %s (in final block %d)", contract.Hex(), at.Number)
	case errors.Is(err, chain.ErrUnavailable):
		return contract, fmt.Errorf("ACL contract %s at block %d: %w", contract.Hex(), at.Number, err)
	}
	return contract, nil
}

// Denies tells whether an error of Find means that everybody is denied. Else nobody knows: the chain could not be read.
func Denies(err error) bool { return errors.Is(err, errDenied) }

// Lookup is the contract that a registrar names at a block; the zero address if it names none. Each look-up has little
// gas: it decides nothing, and is for what an operator should know.
func (o *Oracle) Lookup(ctx context.Context, at wire.BlockRef, registrar common.Address, name string) (common.Address, error) {
	output, _, err := o.chain.Call(ctx, at, registrar, packLookup(name), cheapGas)
	if err != nil {
		return common.Address{}, failure("registrar "+registrar.Hex(), at, err)
	}
	address, err := unpackAddress(output)
	if err != nil {
		return common.Address{}, nil // what is no address names no contract
	}
	return address, nil
}

// Decide answers a question within a bounded time (WaitBehind, TurnWait and CallTimeout, or ctx).
func (o *Oracle) Decide(ctx context.Context, q session.Question) (v session.Verdict) {
	if len(q.Keys) > 0 {
		return o.decideEach(ctx, q)
	}
	return o.decide(ctx, q, nil)
}

// decide is Decide about one key; shared is nil if there is but one.
func (o *Oracle) decide(ctx context.Context, q session.Question, shared *memo) (v session.Verdict) {
	if q.Requester == (common.Address{}) {
		// Deployed contracts let the zero address in. It is nobody's.
		return session.Verdict{Answer: session.Refused, Reason: "the requester's address is zero: its proof was not recovered"}
	}
	if o.setting.Kind == Permissive && q.Check == nil {
		return o.allow(q)
	}
	head, err := o.head(ctx, q)
	if err != nil {
		return unreadable(head, err)
	}
	if o.setting.Kind == Closed && !q.RequesterOnly {
		return session.Verdict{Answer: session.Refused, Block: head.BlockRef, Head: head.BlockRef, Reason: "no ACL contract is configured"}
	}
	lane := laneOf(q)
	release, err := o.lanes.enter(ctx, lane)
	if err != nil {
		return unreadable(head, err)
	}
	defer release()
	if head, err = o.head(ctx, q); err != nil { // as it is after the wait: a yes holds at the newest final block
		return unreadable(head, err)
	}
	a := &asking{Oracle: o, q: q, shared: shared}
	defer func() { o.lanes.spent(lane, a.used, a.used > 0 && v.Answer != session.Unreadable) }()
	ctx, cancel := context.WithTimeoutCause(ctx, o.cfg.CallTimeout, errors.New("the contract calls took too long"))
	defer cancel()
	if q.Block == nil || *q.Block == head.BlockRef {
		return a.decideAtHead(ctx, head)
	}
	return a.decideBelow(ctx, head, *q.Block)
}

// allow is the permissive verdict. No chain is read, so none has to agree or be fresh.
func (o *Oracle) allow(q session.Question) session.Verdict {
	head, _ := o.chain.Final()
	v := session.Verdict{Answer: session.Granted, Block: head.BlockRef, Head: head.BlockRef}
	if q.Block != nil {
		v.Block = *q.Block
	}
	return v
}

// head is the own final head, waited for and fresh.
func (o *Oracle) head(ctx context.Context, q session.Question) (chain.Block, error) {
	wanted := q.NotBefore
	if q.Block != nil {
		wanted = max(wanted, q.Block.Number)
	}
	ctx, cancel := context.WithTimeout(ctx, o.cfg.WaitBehind)
	defer cancel()
	head, ok := o.chain.WaitFinal(ctx, wanted)
	if !ok {
		head, ok = o.chain.Final()
		if !ok {
			return head, errors.New("this node has no final block yet")
		}
		if head.Number < wanted {
			return head, fmt.Errorf("this node is behind: its final block is %d, and the question is about block %d", head.Number, wanted)
		}
	}
	age := o.cfg.Now().Sub(time.Unix(int64(head.Time), 0))
	if o.cfg.MaxAge > 0 && age > o.cfg.MaxAge {
		return head, fmt.Errorf("this node's final block %d is %v old, more than %v", head.Number, age.Round(time.Second), o.cfg.MaxAge)
	}
	return head, nil
}

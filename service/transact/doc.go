// Package transact sends the transactions that a node makes by itself, from the account of its node key. It is the only sender:
// two of them would take each other's nonces.
//
// A purpose gets one nonce, and keeps it: whatever is signed for it afterwards, with higher fees or again after a restart, has
// that nonce, so that the chain takes one of them and no second. Both the nonce and what was signed are on disk before anything is
// sent. A purpose gets another nonce only when a final block shows that its own was used by a transaction that is not ours,
// which the operator may have sent with the same key. Whether a transaction is in the chain is decided at final blocks, so a
// reorganisation can't undo what was reported.
//
// It does not know what calls are for, and repeats none that failed: whoever wants that has to ask for another purpose. A purpose
// that had no nonce yet when the node ended is forgotten: callers ask again for what they still want.
package transact

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// Chain is the node's own chain and its pool. An ethclient.Client on the node's own RPC is one.
type Chain interface {
	HeaderByNumber(ctx context.Context, number *big.Int) (*types.Header, error)
	NonceAt(ctx context.Context, account common.Address, number *big.Int) (uint64, error)
	PendingNonceAt(ctx context.Context, account common.Address) (uint64, error)
	BalanceAt(ctx context.Context, account common.Address, number *big.Int) (*big.Int, error)
	SuggestGasTipCap(ctx context.Context) (*big.Int, error)
	EstimateGas(ctx context.Context, call ethereum.CallMsg) (uint64, error)
	SendTransaction(ctx context.Context, tx *types.Transaction) error
	TransactionReceipt(ctx context.Context, hash common.Hash) (*types.Receipt, error)
}

// Journal keeps what must not be forgotten. What Save got is what Load gives after a crash: the last one or the one before.
type Journal interface {
	Load() ([]byte, error) // nothing: there is none yet
	Save([]byte) error     // durable when it returns
}

const (
	// maxWaiting bounds how many purposes wait at a time, so that a contract that asks for ever more can't fill the disk.
	maxWaiting = 64

	// maxSigned bounds how often one purpose's fees are raised: 48 times an eighth is more than 280 times as much.
	maxSigned = 48

	// maxRemembered is how many purposes that ended are kept, so that they are not sent again.
	maxRemembered = 1024

	// enough is for how many transactions of usual size the account should have ether.
	enough, usualGas = 10, 300_000

	// sayAgain is how often the log repeats what keeps one purpose up.
	sayAgain = time.Minute
)

// Config says how transactions are sent.
type Config struct {
	// MaxCost is the most that one transaction may cost, in wei. Its fees are raised no further.
	MaxCost *big.Int
	// Patience is how long a transaction may wait for a block before its fees are raised.
	Patience time.Duration
	// Poll is how often it looks at the chain.
	Poll time.Duration
	// Final is the number of the newest final block; false while there is none.
	Final func() (uint64, bool)
	// Now is the time; nil for time.Now.
	Now func() time.Time
}

func (cfg *Config) check() error {
	switch {
	case cfg.MaxCost == nil || cfg.MaxCost.Sign() < 0:
		return errors.New("no limit for what a transaction may cost")
	case cfg.Patience <= 0 || cfg.Poll <= 0:
		return errors.New("no time for which a transaction is waited for")
	case cfg.Final == nil:
		return errors.New("no final block")
	}
	return nil
}

// Call is what one transaction does.
type Call struct {
	// Purpose names what it is for, such as "confirm migration 0x12…": one transaction is sent for it, ever.
	Purpose string
	To      common.Address
	Input   []byte
	// Needed, if not nil, is asked before the purpose gets a nonce: with false it ends as Unneeded, and nothing is sent.
	Needed func(ctx context.Context) (bool, error) `json:"-"`
}

// Stage is how far a purpose has come.
type Stage string

const (
	Waiting  Stage = "waiting"  // it has no nonce yet
	Sent     Stage = "sent"     // it has one, and is sent until a final block has it
	Done     Stage = "done"     // a final block has it
	Failed   Stage = "failed"   // a final block has it, and the contract refused it
	Unneeded Stage = "unneeded" // it was not to be done any more
)

// Ended tells whether nothing more is going to happen.
func (s Stage) Ended() bool { return s != Waiting && s != Sent }

// Word is what there is to say about a purpose.
type Word struct {
	Purpose string      `json:"purpose"`
	Stage   Stage       `json:"stage"`
	Nonce   *uint64     `json:"nonce,omitempty"`
	Hash    common.Hash `json:"hash"` // the transaction that is in the chain, or was signed last
	Block   uint64      `json:"block,omitempty"`
	Since   time.Time   `json:"since"`
	Trouble string      `json:"trouble,omitempty"` // why it gets no further
}

// Account is how the sender's account stands.
type Account struct {
	Address common.Address `json:"address"`
	Balance *big.Int       `json:"balance"` // in wei; nil: not known yet
	Wanted  *big.Int       `json:"wanted"`  // for a few transactions at the present price; zero where gas has none
}

// Poor tells whether it may soon be unable to pay.
func (a Account) Poor() bool {
	return a.Balance != nil && a.Wanted != nil && a.Balance.Cmp(a.Wanted) < 0
}

func (a Account) String() string {
	if a.Balance == nil {
		return fmt.Sprintf("the balance of %v is not known yet", a.Address)
	}
	return fmt.Sprintf("%v has %v wei, and a few transactions take %v", a.Address, a.Balance, a.Wanted)
}

// ErrFull: too many purposes wait.
var ErrFull = errors.New("too many transactions of this node wait for a block")

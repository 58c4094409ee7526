// Package chain is the local chain as the Secret Store needs it: the own final head,
// for how long a block has been it, and contract calls on the state at one block.
//
// Everything comes from this node's own database. There is no RPC, no cache of results
// and no state that outlives a call. It is the only package of the service that knows
// go-ethereum's core.
package chain

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

const (
	// watchInterval is how often the final head is looked at. It bounds by how much
	// RecentlyFinal is too strict: a block counts as replaced from when it was last seen
	// as the final head, never from later.
	watchInterval = 50 * time.Millisecond

	// waitInterval is how often WaitFinal looks. Polling, since geth announces a new
	// head before it marks it final and announces the mark to nobody.
	waitInterval = 2 * time.Millisecond

	// historyLimit is for how long the history of final heads goes back at least.
	historyLimit = time.Minute
)

// Config says how the network finalizes.
type Config struct {
	// HeadIsFinal takes the head for final. For the simulated beacon of --dev, which
	// never reorganises and marks only every 32nd block.
	HeadIsFinal bool
}

// Block is a block as far as decisions are made from it.
type Block struct {
	wire.BlockRef
	Time uint64 // header timestamp, Unix seconds
}

// Chain reads the local chain. Safe for concurrent use.
type Chain struct {
	bc  *core.BlockChain
	cfg Config

	history history
	final   atomic.Pointer[finalHead] // the last one looked at

	quit chan struct{}
	done sync.WaitGroup
}

// New reads from bc. Start must be called before RecentlyFinal means anything for
// blocks other than the final head.
func New(bc *core.BlockChain, cfg Config) *Chain {
	return &Chain{bc: bc, cfg: cfg, quit: make(chan struct{})}
}

// Start begins to watch the final head. It is node.Lifecycle's.
func (c *Chain) Start() error {
	c.Final()
	c.done.Add(1)
	go c.watch()
	return nil
}

// Stop ends the watching, and with it every WaitFinal.
func (c *Chain) Stop() error {
	close(c.quit)
	c.done.Wait()
	return nil
}

func (c *Chain) watch() {
	defer c.done.Done()
	ticker := time.NewTicker(watchInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			c.Final()
		case <-c.quit:
			return
		}
	}
}

// ID is the chain id.
func (c *Chain) ID() uint64 { return c.bc.Config().ChainID.Uint64() }

// Genesis is the hash of block 0.
func (c *Chain) Genesis() common.Hash { return c.bc.Genesis().Hash() }

// Head is the newest block, final or not. For status only: decisions are made at Final.
func (c *Chain) Head() Block { return blockOf(c.bc.CurrentBlock()) }

// Final is the own final head. False while there is none: before the first one, and
// after a crash until the chain is back where it was final before.
func (c *Chain) Final() (Block, bool) {
	header := c.finalHeader()
	if header == nil {
		return Block{}, false
	}
	final := c.blockOfFinal(header)
	c.history.saw(final.Number, time.Now())
	return final, true
}

// finalHead is a header with its hash, which geth computes anew each time it is asked.
type finalHead struct {
	header *types.Header
	block  Block
}

// blockOfFinal is blockOf, remembered as long as geth holds that header for final.
func (c *Chain) blockOfFinal(header *types.Header) Block {
	if last := c.final.Load(); last != nil && last.header == header {
		return last.block
	}
	block := blockOf(header)
	c.final.Store(&finalHead{header, block})
	return block
}

func (c *Chain) finalHeader() *types.Header {
	head := c.bc.CurrentBlock()
	if c.cfg.HeadIsFinal {
		return head
	}
	final := c.bc.CurrentFinalBlock()
	// After a crash geth keeps the mark but may have lost the blocks' state: then the
	// head lies before the mark until the blocks have been executed again.
	if final == nil || head == nil || final.Number.Cmp(head.Number) > 0 {
		return nil
	}
	return final
}

// WaitFinal waits until the own final head has this number, and returns the final head
// as it then is. False when ctx ended first, or the chain was stopped.
func (c *Chain) WaitFinal(ctx context.Context, number uint64) (Block, bool) {
	if final, ok := c.Final(); ok && final.Number >= number {
		return final, true
	}
	ticker := time.NewTicker(waitInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			if final, ok := c.Final(); ok && final.Number >= number {
				return final, true
			}
		case <-ctx.Done():
			return Block{}, false
		case <-c.quit:
			return Block{}, false
		}
	}
}

// Canonical tells whether ref names a block of the canonical chain.
func (c *Chain) Canonical(ref wire.BlockRef) bool {
	return ref.Hash != (common.Hash{}) && c.bc.GetCanonicalHash(ref.Number) == ref.Hash
}

// RecentlyFinal tells whether at some moment of the last window nothing above this
// number was final here: whoever reads at that block reads what was current then. Time
// is this process's monotonic clock. It is no statement about the block's hash.
func (c *Chain) RecentlyFinal(number uint64, window time.Duration) bool {
	return c.history.recent(number, time.Now().Add(-window))
}

// BlockOf finds a block of the chain by its name.
func (c *Chain) BlockOf(ref wire.BlockRef) (Block, bool) {
	header := c.header(ref)
	if header == nil {
		return Block{}, false
	}
	return blockOf(header), true
}

// FinalAt is the block of a number on the own chain, if it is final.
func (c *Chain) FinalAt(number uint64) (Block, bool) {
	final := c.finalHeader()
	if final == nil || number > final.Number.Uint64() {
		return Block{}, false
	}
	header := c.bc.GetHeaderByNumber(number)
	if header == nil {
		return Block{}, false
	}
	return blockOf(header), true
}

// header finds a header. geth's cache goes by the hash alone, so a wrong number must be
// noticed here.
func (c *Chain) header(ref wire.BlockRef) *types.Header {
	header := c.bc.GetHeader(ref.Hash, ref.Number)
	if header == nil || header.Number.Uint64() != ref.Number {
		return nil
	}
	return header
}

func blockOf(header *types.Header) Block {
	return Block{wire.BlockRef{Number: header.Number.Uint64(), Hash: header.Hash()}, header.Time}
}

package serverset

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Standing is for how many final blocks a list has to have stood before it counts, as with Parity: whoever changes it in several
// transactions is not taken at the first. A migration that is started counts at once.
const Standing = 5

// Named is what a contract says about who the key servers should be.
type Named struct {
	Block    uint64         `json:"block"` // final, in whose state it was read
	Contract common.Address `json:"contract"`
	From     string         `json:"from,omitempty"`    // which of its lists counts: "current", "new" or "migration"
	Members  []wire.NodeID  `json:"members,omitempty"` // none: there is no list that counts
	Hosts    []string       `json:"hosts,omitempty"`
	Since    uint64         `json:"since,omitempty"`    // final block at which this list was first seen
	Standing bool           `json:"standing"`           // it counts now
	Same     bool           `json:"same"`               // it has the members of the established set
	Problem  string         `json:"problem,omitempty"`  // why there is no list that counts
	Migrates bool           `json:"migrates,omitempty"` // the contract has Parity's interface with migration
}

// Watch follows one contract from final block to final block. Safe for concurrent use.
type Watch struct {
	reader *Reader

	mu    sync.Mutex // guards all below
	seen  string     // the list that is waited for, as text
	since uint64
	named *Named // at the block that was looked at last
}

// NewWatch begins to watch.
func NewWatch(reader *Reader) *Watch { return &Watch{reader: reader} }

// Last is what the last look showed; nil: there was none.
func (w *Watch) Last() *Named {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.named
}

// Source is whose contract is watched.
func (w *Watch) Source() Source { return w.reader.Source() }

// Look reads the contract in the state of a final block. established are the members of the set that serves, ascending, and floor is
// its lowest threshold. An error means that the chain could not be read, and changes nothing.
func (w *Watch) Look(ctx context.Context, final wire.BlockRef, established []wire.NodeID, floor uint32) (*Named, error) {
	got, err := w.reader.Read(ctx, final, floor)
	if err != nil {
		return nil, fmt.Errorf("reading who the key servers are, at block %d: %w", final.Number, err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.named = w.judge(got, final.Number, established)
	return w.named, nil
}

// judge finds the list that counts.
func (w *Watch) judge(got *Reading, block uint64, established []wire.NodeID) *Named {
	n := &Named{Block: block, Contract: got.Contract, Migrates: got.Migrates, Problem: got.Problem}
	if n.Contract == (common.Address{}) {
		n.Problem = "the registrar names no contract as " + RegistryName
	}
	if n.Problem != "" {
		w.seen = ""
		return n
	}
	list := &got.Current
	switch n.From = "current"; {
	case got.Migration != nil && !got.Migration.Same(established):
		n.From, list = "migration", got.Migration
	case got.Migrates:
		n.From, list = "new", &got.New
	}
	n.Members, n.Hosts = list.Members, list.Hosts
	if list.Problem != "" {
		n.Problem = fmt.Sprintf("its %s list is no order: %s", n.From, list.Problem)
	}
	n.Same = list.Same(established)
	n.Since = w.first(n, block)
	n.Standing = n.Problem == "" && (n.Same || n.From == "migration" || block-n.Since >= Standing)
	return n
}

// first is the block at which this very list was first seen. Another contract's is another list; another address of a member is
// no other one, since nothing has to move for it.
func (w *Watch) first(n *Named, block uint64) uint64 {
	text := new(strings.Builder)
	fmt.Fprintf(text, "%v %s %s", n.Contract, n.From, n.Problem)
	for _, id := range n.Members {
		text.Write(id[:])
	}
	if w.seen != text.String() || block < w.since {
		w.seen, w.since = text.String(), block
	}
	return w.since
}

// Difference says how a list differs from the established set, for people; "" if it does not.
func (n *Named) Difference(established []wire.NodeID) string {
	var with, without []string
	for _, id := range n.Members {
		if !slices.Contains(established, id) {
			with = append(with, id.Short())
		}
	}
	for _, id := range established {
		if !slices.Contains(n.Members, id) {
			without = append(without, id.Short())
		}
	}
	var parts []string
	if len(with) > 0 {
		parts = append(parts, "with "+strings.Join(with, ", "))
	}
	if len(without) > 0 {
		parts = append(parts, "without "+strings.Join(without, ", "))
	}
	return strings.Join(parts, ", ")
}

package service

import (
	"fmt"
	"time"

	"github.com/geth-ss/geth-ss/protocol/items"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/limits"
)

// Preparing ECDSA signatures is the one thing that a key server has the others do for nobody's request, and the dearest:
// some milliseconds of each of a set for an item, at a threshold of 33 a tenth of a second. So each has credit with
// each for items that no signature has come of, by its node id, whatever becomes of its connections and processes.
const (
	// maxCredit is how many these may be: what fills the largest stock twice, since all that is prepared is lost when
	// its key server starts again, and as many items for the signatures that it works on meanwhile and that may fail.
	maxCredit = 4 * MaxStock
	// creditAMinute of them are forgiven: the largest stock that was lost is made again in some four minutes, and who
	// wants nothing but to cost others takes less than a fifth of a processor at a threshold of 33.
	creditAMinute = 60
)

// charge takes what a peer's dealing costs out of its credit, or refuses the dealing.
func (b *backend) charge(r *runner) error {
	wait := b.limits.credit.Take(r.peer, r.items)
	if wait == 0 {
		return nil
	}
	limited.Inc(1)
	dealsRefused.Inc(1)
	wait = (wait + time.Second - 1).Truncate(time.Second)
	return &limits.Exceeded{RetryAfter: wait, Detail: fmt.Sprintf("too many signatures were prepared here for %s and not made; "+
		"ask again when some of them are made, or in %v", r.peer.Short(), wait)}
}

// itemsOf is how many items an opening asks for.
func itemsOf(opening wire.Opening) int {
	if costly, ok := opening.(wire.Costly); ok {
		return costly.Items()
	}
	return 0
}

// repay gives a coordinator credit back for the item that a share of a signature was made with: the own chain has
// granted the request.
func (r *runner) repay(sent wire.Message) {
	if _, signed := sent.(*wire.ECDSAShare); signed {
		r.d.limits.credit.Return(r.peer, 1)
	}
}

// forgo gives credit back for a dealing that has ended when it had cost no more than its opening, as when another node
// of the set refuses: that counts as one item.
func (r *runner) forgo() {
	m, joined := r.machine.(*items.DealingMember)
	if r.items > 1 && !(joined && m.Worked()) {
		r.d.limits.credit.Return(r.peer, r.items-1)
	}
}

// kept has the vault forget what the coordinator of a dealing keeps no more. What it has sent before its Deal was taken
// in before, and what it sends later comes later: so this is not left to the session's own goroutine.
func (b *backend) kept(from wire.NodeID, opening wire.Opening) {
	if deal, ok := opening.(*wire.Deal); ok && deal.Kept != nil {
		b.vault.use(func(v *items.Vault) { v.Retain(from, deal.Kept) })
	}
}

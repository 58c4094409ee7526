package service

import (
	"context"
	"encoding/binary"
	"slices"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common/lru"
	"github.com/ethereum/go-ethereum/log"
	"github.com/geth-ss/geth-ss/protocol/items"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

const (
	// MaxStock bounds Config.Stock. Every other key server holds its shares of each item.
	MaxStock = 256
	// stockBatch is how many items are dealt at once: the messages grow with the set, so
	// large ones deal fewer.
	stockBatch = 8
	// dealAtOnce is how many a signature has dealt at most that finds none: when many wait
	// for theirs it costs less together.
	dealAtOnce = 4
	// stockGroups bounds for how many kinds of keys there is a stock: all keys of one
	// threshold and the same holders are of one kind.
	stockGroups = 4
	// stockPause follows a dealing that failed.
	stockPause = time.Second
	// maxStockPause is what it grows to, twice as long each time, while another key server has no credit left for this
	// one: what is dealt in vain costs all of the set.
	maxStockPause = time.Minute
)

// stock keeps items for ECDSA signatures dealt ahead, for the kinds of keys that were
// signed with last. The items themselves are in the vault.
type stock struct {
	*driver

	mu     sync.Mutex // guards all below
	groups lru.BasicLRU[string, items.Group]
	busy   map[string]bool // being filled
	next   time.Duration   // the pause after the next dealing that is over another's limit
}

func newStock(d *driver) *stock {
	return &stock{driver: d, groups: lru.NewBasicLRU[string, items.Group](stockGroups), busy: make(map[string]bool), next: stockPause}
}

// pauseAfter is for how long nothing is dealt after a dealing that ended so.
func (k *stock) pauseAfter(err error) (pause time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if wire.ReasonOf(err) != wire.Limit {
		k.next = stockPause
		return stockPause
	}
	pause, k.next = k.next, min(2*k.next, maxStockPause)
	return pause
}

func groupName(g items.Group) string {
	name := binary.BigEndian.AppendUint32(nil, g.Threshold)
	name = binary.BigEndian.AppendUint64(name, g.Slot.Epoch)
	name = binary.BigEndian.AppendUint64(name, g.Slot.Round)
	for i := range g.Members {
		name = append(name, g.Members[i][:]...)
	}
	return string(name)
}

// want has the stock of a group filled up, beside the caller.
func (k *stock) want(g items.Group) {
	if k.cfg.Stock == 0 {
		return
	}
	name := groupName(g)
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, old, gone := k.groups.Add3(name, g); gone {
		k.vault.use(func(v *items.Vault) { v.DropStock(old) })
	}
	if k.busy[name] || k.vault.stocked(g) > k.stockSize()*3/4 {
		return
	}
	k.busy[name] = k.spawn(func() { k.fill(name, g) })
}

// aheadKinds is for how many kinds of keys a stock is filled before they are dealt anew: those in use keep theirs meanwhile.
const aheadKinds = stockGroups / 2

// aheadWait is how long keys wait for that at most before they are dealt anew.
const aheadWait = 5 * time.Second

// ahead begins to fill stocks for what keys that are signed with now will be when they have been dealt anew in a slot, to these
// members with at least that threshold. What was dealt for the sharings before is not used any more then, and a signature that
// finds nothing waits for a dealing of its own; so would those of all nodes at once. full tells whether there is enough.
func (k *stock) ahead(slot wire.Slot, members []wire.NodeID, floor uint32) (full func() bool) {
	var kinds []items.Group
	k.mu.Lock()
	for _, name := range slices.Backward(k.groups.Keys()) { // those that were signed with last
		g, _ := k.groups.Peek(name)
		next := items.Group{Threshold: max(g.Threshold, floor), Members: members, Slot: slot}
		known := slices.ContainsFunc(kinds, func(other items.Group) bool { return other.Threshold == next.Threshold })
		if g.Slot.Compare(slot) < 0 && !known && len(kinds) < aheadKinds && 2*int(next.Threshold)+1 <= len(members) {
			kinds = append(kinds, next)
		}
	}
	k.mu.Unlock()
	for _, g := range kinds {
		k.want(g)
	}
	return func() bool {
		k.mu.Lock()
		defer k.mu.Unlock()
		return !slices.ContainsFunc(kinds, func(g items.Group) bool { return k.vault.stocked(g) < min(k.stockSize(), stockBatch) })
	}
}

// past drops the stocks for sharings of slots before one: all keys have been dealt anew since.
func (k *stock) past(slot wire.Slot) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, name := range k.groups.Keys() {
		if g, _ := k.groups.Peek(name); g.Slot.Compare(slot) < 0 {
			k.groups.Remove(name)
			k.vault.use(func(v *items.Vault) { v.DropStock(g) })
		}
	}
}

// stockSize is that of each kind: together they have room in the vault, or what is dealt for one would be dropped for
// another. The caller holds stock.mu.
func (k *stock) stockSize() int {
	return min(int(k.cfg.Stock), max(1, items.MaxStock/max(1, k.groups.Len())))
}

// fill deals until there is enough, or it can't be done now: the next signature tries again.
func (k *stock) fill(name string, g items.Group) {
	defer func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		delete(k.busy, name)
	}()
	for k.ctx.Err() == nil {
		k.mu.Lock()
		missing := k.stockSize() - k.vault.stocked(g)
		k.mu.Unlock()
		if missing <= 0 {
			return
		}
		begun := time.Now()
		if err := k.deal(g, min(missing, stockBatch, max(1, 256/len(g.Members)))); err != nil {
			log.Debug("Secret store has no items dealt for signatures", "threshold", g.Threshold, "err", err)
			dealsFailed.Inc(1)
			k.pause(k.pauseAfter(err)) // who wants more meanwhile finds it busy
			return
		}
		k.pauseAfter(nil)
		// With some in stock there is no hurry: the processors are for whoever waits.
		if k.vault.stocked(g) >= stockBatch && !k.pause(time.Since(begun)) {
			return
		}
	}
}

// deal has items dealt by the set that signatures would be asked of now.
func (k *stock) deal(g items.Group, count int) error {
	env := k.env()
	set := items.SignersOf(&env, g)
	if set == nil {
		return wire.Errorf(wire.Unavailable, "fewer than 2t+1 = %d holders are connected and speak %s/%d", 2*g.Threshold+1, wire.ProtocolName, wire.ProtocolVersion)
	}
	m, err := items.NewDealing(env, k.vault.use, g, set, count)
	if err != nil {
		return err
	}
	if err := k.run(context.WithoutCancel(k.ctx), wire.KindDeal, wire.KeyID{}, m); err != nil {
		return err
	}
	itemsDealt.Inc(int64(count))
	k.vault.use(func(v *items.Vault) { v.Stock(m.Items()) })
	return nil
}

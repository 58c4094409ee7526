package service

import (
	"context"
	"encoding/binary"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common/lru"
	"github.com/ethereum/go-ethereum/log"
	"github.com/geth-ss/geth-ss/protocol/session"
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

// vault lends what machines keep in memory alone, to one at a time.
type vault struct {
	mu   sync.Mutex
	held *session.Vault
}

func newVault() *vault { return &vault{held: session.NewVault()} }

func (v *vault) use(do func(*session.Vault)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	do(v.held)
}

// sizes counts what is held.
func (v *vault) sizes() (n session.VaultSizes) {
	v.use(func(held *session.Vault) { n = held.Sizes() })
	return n
}

// stock keeps items for ECDSA signatures dealt ahead, for the kinds of keys that were
// signed with last. mu guards all fields.
type stock struct {
	mu     sync.Mutex
	groups lru.BasicLRU[string, session.Group]
	busy   map[string]bool // being filled
	pause  time.Duration   // after the next dealing that is over another's limit
}

func newStock() *stock {
	return &stock{groups: lru.NewBasicLRU[string, session.Group](stockGroups), busy: make(map[string]bool), pause: stockPause}
}

// pauseAfter is for how long nothing is dealt after a dealing that ended so.
func (k *stock) pauseAfter(err error) (pause time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if wire.ReasonOf(err) != wire.Limit {
		k.pause = stockPause
		return stockPause
	}
	pause, k.pause = k.pause, min(2*k.pause, maxStockPause)
	return pause
}

func groupName(g session.Group) string {
	name := binary.BigEndian.AppendUint32(nil, g.Threshold)
	for i := range g.Members {
		name = append(name, g.Members[i][:]...)
	}
	return string(name)
}

// want has the stock of a group filled up, beside the caller.
func (s *Service) want(g session.Group) {
	if s.cfg.Stock == 0 {
		return
	}
	name := groupName(g)
	s.stock.mu.Lock()
	defer s.stock.mu.Unlock()
	if _, old, gone := s.stock.groups.Add3(name, g); gone {
		s.vault.use(func(v *session.Vault) { v.DropStock(old) })
	}
	if s.stock.busy[name] || s.stocked(g) > s.stockSize()*3/4 {
		return
	}
	s.stock.busy[name] = s.spawn(func() { s.fill(name, g) })
}

// stockSize is that of each kind: together they have room in the vault, or what is dealt for one would be dropped for
// another. The caller holds stock.mu.
func (s *Service) stockSize() int {
	return min(int(s.cfg.Stock), max(1, session.MaxStock/max(1, s.stock.groups.Len())))
}

func (s *Service) stocked(g session.Group) (n int) {
	s.vault.use(func(v *session.Vault) { n = v.Stocked(g) })
	return n
}

// fill deals until there is enough, or it can't be done now: the next signature tries again.
func (s *Service) fill(name string, g session.Group) {
	defer func() {
		s.stock.mu.Lock()
		defer s.stock.mu.Unlock()
		delete(s.stock.busy, name)
	}()
	for s.ctx.Err() == nil {
		s.stock.mu.Lock()
		missing := s.stockSize() - s.stocked(g)
		s.stock.mu.Unlock()
		if missing <= 0 {
			return
		}
		begun := time.Now()
		if err := s.deal(g, min(missing, stockBatch, max(1, 256/len(g.Members)))); err != nil {
			log.Debug("Secret store has no items dealt for signatures", "threshold", g.Threshold, "err", err)
			dealsFailed.Inc(1)
			s.rest(s.stock.pauseAfter(err)) // who wants more meanwhile finds it busy
			return
		}
		s.stock.pauseAfter(nil)
		// With some in stock there is no hurry: the processors are for whoever waits.
		if s.stocked(g) >= stockBatch && !s.rest(time.Since(begun)) {
			return
		}
	}
}

// rest waits, and tells whether the service still runs.
func (s *Service) rest(d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-s.ctx.Done():
		return false
	}
}

// deal has items dealt by the set that signatures would be asked of now.
func (s *Service) deal(g session.Group, items int) error {
	env := s.env()
	set := session.SignersOf(&env, g)
	if set == nil {
		return wire.Errorf(wire.Unavailable, "fewer than 2t+1 = %d holders are connected and speak %s/%d", 2*g.Threshold+1, wire.ProtocolName, wire.ProtocolVersion)
	}
	m, err := session.NewItemDealing(env, g, set, items)
	if err != nil {
		return err
	}
	if err := s.run(context.WithoutCancel(s.ctx), wire.KindDeal, wire.KeyID{}, m); err != nil {
		return err
	}
	itemsDealt.Inc(int64(items))
	s.vault.use(func(v *session.Vault) { v.Stock(m.Items()) })
	return nil
}

package service

import (
	"slices"
	"time"

	"github.com/ethereum/go-ethereum/log"

	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

const (
	// receiptsPause is between two rounds of questions for receipts of erasure, doubled each time that a round brings none up
	// to maxReceiptsPause.
	receiptsPause    = time.Second
	maxReceiptsPause = 5 * time.Minute
	// receiptsWait is how long a change is said to be under way for the receipts of nodes that are connected. They are asked
	// for afterwards, too.
	receiptsWait = time.Minute
)

// receiptsWanted are the receipts of erasure that this node has not got, as it counted them last.
type receiptsWanted struct {
	owing   map[wire.NodeID]int // sharings of which a node has not signed that it has erased its share
	off     map[wire.NodeID]writtenOff
	ready   map[wire.NodeID]int // of these, those whose shares may be erased: their successor is thick
	since   map[wire.NodeID]time.Time
	counted bool // the above is known
	pause   time.Duration
	next    time.Time
	soon    bool      // somebody has come, or something has changed
	busy    bool      // keys are still to be listed or moved
	begun   time.Time // when it was first looked for what is owed, with nothing left to move or to erase here
}

// writtenOff is a node for whose receipts of some sharings the operator waits no more.
type writtenOff struct {
	shares int
	at     uint64 // when that was said first, in Unix seconds
}

func (r *receiptsWanted) total() (n int) {
	for _, count := range r.owing {
		n += count
	}
	return n
}

// receiptsIn is how long the next round of questions is off; false: none is wanted.
func (s *succession) receiptsIn() (wait time.Duration, wanted bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return max(time.Until(s.receipts.next), 0), s.receipts.total() > 0
}

// gatherReceipts asks those who held former sharings, and others that keep their receipts, whether they have erased. It
// keeps connections to those that have left until they have, and tells whether some that are connected have not.
func (s *succession) gatherReceipts(member bool) (left bool) {
	if !member { // it has to erase its own, and keeps no account of the others
		s.mu.Lock()
		s.receipts.owing, s.receipts.ready, s.receipts.off, s.receipts.counted = nil, nil, nil, true
		s.mu.Unlock()
		return false
	}
	s.mu.Lock()
	busy := s.moving != nil && s.moving.left() > 0 || !s.listed
	if s.receipts.busy && !busy { // all that is owed is on the disk now
		s.receipts.soon, s.receipts.pause = true, 0
	}
	s.receipts.busy = busy
	due := !busy && (s.receipts.soon || !time.Now().Before(s.receipts.next))
	if due {
		s.receipts.soon = false
	}
	s.mu.Unlock()
	if due {
		progress, err := s.askReceipts()
		if err != nil {
			log.Debug("Secret store could not gather receipts of erasure", "err", err)
		}
		s.mu.Lock()
		if s.receipts.pause = min(max(2*s.receipts.pause, receiptsPause), maxReceiptsPause); progress {
			s.receipts.pause = receiptsPause
		}
		s.receipts.next = time.Now().Add(s.receipts.pause)
		s.mu.Unlock()
	}
	former := s.servers.Former()
	s.mu.Lock()
	if !busy && s.receipts.counted { // as long as a key is with former members, all are needed
		former = slices.DeleteFunc(former, func(node wire.NodeID) bool { return s.receipts.owing[node] == 0 })
	}
	if s.receipts.begun.IsZero() && !busy {
		s.receipts.begun = time.Now()
	}
	wait := !s.concluded && (busy || time.Since(s.receipts.begun) < receiptsWait)
	connected := s.network.Connected() // what is left to do here itself is said elsewhere
	var awaited []wire.NodeID
	for node := range s.receipts.ready {
		if wait && slices.Contains(connected, node) {
			awaited = append(awaited, node)
		}
	}
	s.mu.Unlock()
	s.servers.keep(former)
	for _, node := range awaited {
		s.stage(wire.ChangeErasing)
		s.await(node)
	}
	return len(awaited) > 0
}

// askReceipts looks which receipts are missing, asks for them page by page, and counts what is missing then. It tells whether
// any came.
func (s *succession) askReceipts() (progress bool, err error) {
	owing, ready := make(map[wire.NodeID]int), make(map[wire.NodeID]int)
	off := make(map[wire.NodeID]writtenOff)
	lost := func(o handover.Owing) {
		for _, w := range o.WrittenOff {
			sum := off[w.Node]
			if sum.shares++; sum.at == 0 || w.At < sum.at {
				sum.at = w.At
			}
			off[w.Node] = sum
		}
	}
	page, room := []handover.Owing(nil), wire.MaxErasures
	ask := func() {
		if len(page) == 0 {
			return
		}
		came, left, failed := s.askPage(page)
		progress = progress || came
		for _, o := range left {
			lost(o)
			thick := s.thick(o.Key)
			for _, node := range o.Holders {
				if owing[node]++; thick {
					ready[node]++
				}
			}
		}
		if failed != nil {
			err = failed
		}
		page, room = nil, wire.MaxErasures
	}
	var after wire.KeyID
	for s.ctx.Err() == nil {
		ids, failed := s.states.keysOf(wire.RecordOwed, after, wire.MaxHoldings)
		if failed != nil {
			return progress, failed
		}
		for _, id := range ids {
			env := s.env()
			all, failed := handover.OwingOf(&env, id)
			if failed != nil {
				return progress, failed
			}
			for _, o := range all {
				o.Holders = s.owed(o)
				if o.Done() {
					progress = s.settleReceipts(o.KeyVersion) || progress
					continue
				}
				if len(o.Holders) == 0 && !s.isBack(o.WrittenOff) {
					lost(o)
					continue
				}
				// An answer has room for the receipts of all holders of what is asked for.
				if len(page) == wire.MaxHoldings || room < o.Of {
					ask()
				}
				page, room = append(page, o), room-o.Of
			}
		}
		if len(ids) < wire.MaxHoldings {
			break
		}
		after = ids[len(ids)-1]
	}
	ask()
	s.mu.Lock()
	defer s.mu.Unlock()
	r := &s.receipts
	since := make(map[wire.NodeID]time.Time)
	for node := range owing {
		if since[node] = r.since[node]; since[node].IsZero() {
			since[node] = time.Now()
		}
	}
	for node, count := range r.owing {
		if count > 0 && owing[node] == 0 && off[node].shares == 0 {
			log.Info("Secret store key server has signed that it has erased its former shares", "node", node.Short())
		}
	}
	for node := range r.off {
		if off[node].shares == 0 && owing[node] == 0 {
			log.Info("Secret store key server that was written off has signed that it has erased its former shares", "node", node.Short())
		}
	}
	r.owing, r.ready, r.off, r.since, r.counted = owing, ready, off, since, err == nil
	r.measure()
	return progress, err
}

// measure has metrics show what is missing.
func (r *receiptsWanted) measure() {
	receiptsMissing.Update(int64(r.total()))
	sum := 0
	for _, w := range r.off {
		sum += w.shares
	}
	receiptsWrittenOff.Update(int64(sum))
}

// isBack tells whether one that was written off is connected all the same: it may have something to say.
func (s *succession) isBack(off []wire.WrittenOff) bool {
	connected := s.network.Connected()
	return slices.ContainsFunc(off, func(w wire.WrittenOff) bool { return slices.Contains(connected, w.Node) })
}

// thick tells whether the former shares of a key may be erased, as soon as enough are heard to hold the present ones.
func (s *succession) thick(id wire.KeyID) bool {
	state, err := s.states.load(id)
	return err == nil && state.Record != nil && handover.Thick(state.Record)
}

// owed gives this node's own receipt where it has nothing to erase, and tells whose are missing then.
func (s *succession) owed(o handover.Owing) []wire.NodeID {
	self := slices.Index(o.Holders, s.self.ID())
	if self < 0 {
		return o.Holders
	}
	state, err := s.states.read(o.Key)
	if err != nil {
		return o.Holders
	}
	env := s.env()
	batch, err := handover.NothingToErase(&env, state, o.KeyVersion)
	if err == nil {
		err = s.save(o.Key, batch)
	}
	if err != nil { // it has its share still
		return o.Holders
	}
	return slices.Delete(slices.Clone(o.Holders), self, self+1)
}

// askPage asks for receipts of some sharings, and tells whether any came and which are missing.
func (s *succession) askPage(page []handover.Owing) (came bool, left []handover.Owing, err error) {
	var keys []wire.KeyVersion
	before := 0
	for _, o := range page {
		keys, before = append(keys, o.KeyVersion), before+len(o.Holders)+len(o.WrittenOff)
	}
	m, err := handover.NewReceipts(s.env(), keys)
	if err == nil {
		err = s.run1(wire.KindReceipts, m)
	}
	env := s.env()
	after := 0
	for _, o := range page {
		now, failed := handover.OwingOf(&env, o.Key)
		if failed != nil {
			return false, left, failed
		}
		for _, n := range now {
			if n.Version != o.Version {
				continue
			}
			if n.Done() {
				s.settleReceipts(n.KeyVersion)
			}
			after += len(n.Holders) + len(n.WrittenOff)
			left = append(left, n)
		}
	}
	return after < before, left, err
}

// settleReceipts ends the waiting for receipts of a sharing of which all are there.
func (s *succession) settleReceipts(k wire.KeyVersion) bool {
	env := s.env()
	batch, err := handover.Settle(&env, k)
	if err == nil {
		err = s.save(k.Key, batch)
	}
	if err != nil {
		log.Warn("Secret store could not note that receipts of erasure are complete", "key", k.Key, "err", err)
	}
	return err == nil && len(batch) > 0
}

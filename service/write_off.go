package service

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/ethereum/go-ethereum/log"

	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// WriteOff has this node wait no more for a key server's receipts of erasure: its disk is lost for good. It is the word of this
// node's operator, for this node alone; nobody is told, and nothing that another node sends has this effect. What was owed until
// now is written off, durably. If the key server comes back and signs, that counts.
func (o *operator) WriteOff(_ context.Context, node wire.NodeID) (*wire.WriteOffInfo, error) {
	if !o.isRunning() {
		return nil, errNotRunning
	}
	newest := o.servers.Sets().Newest()
	switch {
	case !newest.Contains(o.self.ID()):
		return nil, wire.Errorf(wire.NotMember, "this node is no key server of set %d, and keeps no account of who has erased", newest.Epoch)
	case node == o.self.ID():
		return nil, wire.Errorf(wire.BadRequester, "this is the node itself, which erases its own former shares")
	}
	written, err := o.succession.writeOff(node, newest.Epoch)
	if written > 0 {
		log.Warn("Secret store waits no more for a key server's receipts of erasure, by its operator's word", "node", node.Short(), "shares", written,
			"note", wire.NotKnownOfWrittenOff)
	}
	switch {
	case err != nil:
		return nil, err
	case written == 0:
		return nil, wire.Errorf(wire.BadRequester, "no receipt of erasure of %s is awaited: secretstore_servers names whose are", node.Address())
	}
	return &wire.WriteOffInfo{ID: node, Shares: written}, nil
}

// writeOff goes through all that is owed.
func (s *succession) writeOff(node wire.NodeID, epoch uint64) (written int, err error) {
	at := uint64(max(time.Now().Unix(), 0))
	var count, tried atomic.Int64
	var failed atomic.Pointer[error]
	defer func() {
		written = int(count.Load())
		s.mu.Lock()
		if s.receipts.owing[node] > 0 { // what is told meanwhile; askReceipts counts it anew
			off := s.receipts.off[node]
			moved := min(written, s.receipts.owing[node])
			if off.shares += moved; off.at == 0 {
				off.at = at
			}
			if s.receipts.off == nil {
				s.receipts.off = make(map[wire.NodeID]writtenOff)
			}
			s.receipts.off[node] = off
			if s.receipts.owing[node] -= moved; s.receipts.owing[node] == 0 {
				delete(s.receipts.ready, node)
			}
			s.receipts.measure()
		}
		s.receipts.soon = true
		s.mu.Unlock()
		s.again()
	}()
	var after wire.KeyID
	for {
		ids, err := s.states.keysOf(wire.RecordOwed, after, wire.MaxHoldings)
		if err != nil {
			return 0, wire.Errorf(wire.Database, "who has not erased can't be read: %v", err)
		}
		tried.Store(0)
		s.several(ids, epoch, func(id wire.KeyID) { // what is written at the same time is synced together
			env := s.env()
			batch, n, err := handover.WriteOff(&env, id, node, at)
			if err == nil && n > 0 {
				err = s.save(id, batch)
			}
			if err != nil {
				failed.Store(&err)
				return
			}
			count.Add(int64(n))
			tried.Add(1)
		})
		if err := failed.Load(); err != nil {
			return 0, wire.Errorf(wire.Database, "not all could be written off, say it again: %v", *err)
		}
		if int(tried.Load()) < len(ids) {
			return 0, wire.Errorf(wire.Busy, "the key servers have changed meanwhile: say it again")
		}
		if len(ids) < wire.MaxHoldings {
			return 0, nil
		}
		after = ids[len(ids)-1]
	}
}

package service

import (
	"errors"
	"math"
	"time"

	"github.com/ethereum/go-ethereum/log"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/store"
)

// The gap is what this node has promised and its share store does not know of: the store was restored from a backup,
// replaced or lost. A node with a gap serves its shares, and helps to make keys only beside all other key servers. The
// store remembers the gap, so it outlives restarts.

// ownStore wants a store that is this node's, and learns whether it lacks promises.
func (s *Service) ownStore() error {
	db := s.states.db
	_, err := db.Owner()
	fresh := errors.Is(err, store.ErrNotFound)
	if err := db.Bind(s.owner()); err != nil {
		return err
	}
	gap, found, err := db.Gap()
	if err != nil {
		return err
	}
	s.states.setGap(gap, found)
	switch {
	case found:
		log.Warn("The share store may lack promises of this node. It serves its shares, and helps to make keys only together with all other key servers", "because", gap)
	case fresh && s.temporary == "" && s.startBlock > 0:
		log.Warn("The share store is new, but the chain is not. If this node has held shares before, stop it and run " +
			"'geth-ss secretstore restore' with its last backup, or with --lost if there is none: it could break promises that it does not remember")
	}
	return nil
}

// setGap tells of a gap, or that there is none.
func (s *states) setGap(gap store.Gap, found bool) {
	block := gap.Block
	if block == 0 {
		block = math.MaxUint64
	}
	s.gapBlock.Store(block)
	s.gap.Store(found)
}

// noteLoss is told of a key that this node has helped to make, and whose share it does not hold: the whole store was lost.
func (s *states) noteLoss(key wire.KeyID) error {
	if s.gap.Load() {
		return nil
	}
	gap := store.Gap{Found: uint64(time.Now().Unix())}
	if err := s.db.NoteGap(gap); err != nil {
		return wire.Errorf(wire.Database, "noting that promises are lost: %v", err)
	}
	s.setGap(gap, true)
	log.Error("This node has helped to make a key but holds no share of it: its share store was lost or replaced. From now on it helps "+
		"to make keys only together with all other key servers. They deal its shares to it again", "key", key)
	return nil
}

// gapMargin is how many seconds a block has to be later than the gap by its time, for clocks that differ.
const gapMargin = 15

// noteGapBlock keeps the final block with the gap, once: in later rounds this node can't have promised anything before. The block
// has to be made after the gap: a chain that was lost together with the shares lags behind what this node has seen before.
func (s *states) noteGapBlock(number, made uint64) error {
	if !s.gap.Load() || s.gapBlock.Load() != math.MaxUint64 {
		return nil
	}
	gap, found, err := s.db.Gap()
	if err != nil || !found || made < gap.Found+gapMargin {
		return err
	}
	if err := s.db.NoteGapBlock(max(1, number)); err != nil {
		return err
	}
	gap.Block = max(1, number)
	s.setGap(gap, true)
	log.Info("Secret store shares that were lost or restored are dealt anew in rounds after this block", "number", gap.Block)
	return nil
}

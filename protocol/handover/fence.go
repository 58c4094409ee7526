package handover

import (
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/rlp"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Fence gives the records of the fences of all epochs whose set is known to be followed by another. A driver saves them as
// soon as it knows of a set, and before it makes that known to any machine: also at its start, in case it stopped between.
// From then on this node signs nothing new for a key of these epochs (session.Unfenced), and may list. To save one again
// changes nothing; one of another successor fails the batch.
func Fence(sets *session.Sets) (batch []wire.Record) {
	for epoch := uint64(1); epoch <= sets.Newest().Epoch; epoch++ {
		batch = append(batch, wire.NewRecord(wire.Create, wire.RecordFence, wire.KeyID{}, wire.EpochName(epoch-1), &wire.Fence{Successor: sets.At(epoch).Hash()}))
	}
	return batch
}

// fenced tells whether the fence of the epoch before a set is on this node's disk, for that set.
func (l *ledger) fenced(set *wire.ServerSet) (bool, error) {
	var f wire.Fence
	found, err := l.read(wire.RecordFence, wire.KeyID{}, wire.EpochName(set.Epoch-1), &f)
	return found && f.Successor == set.Hash(), err
}

// ledger is what this node has on its disk of listings: those of others, and what goes into its own.
type ledger struct{ env *session.Env }

// ledgerOf fails where there is no store to read, or no set but the first.
func ledgerOf(env *session.Env) (*ledger, *wire.Error) {
	if env.Sets == nil || env.Get == nil || env.List == nil || env.Keys == nil || env.Load == nil {
		return nil, wire.Errorf(wire.Unsupported, "%s does not change its server set", env.Self.ID().Short())
	}
	return &ledger{env}, nil
}

// read decodes a record; false if there is none.
func (l *ledger) read(kind wire.RecordKind, key wire.KeyID, name wire.SessionID, into any) (bool, error) {
	enc, err := l.env.Get(kind, key, name)
	switch {
	case errors.Is(err, session.ErrNoRecord):
		return false, nil
	case err == nil:
		err = rlp.DecodeBytes(enc, into)
	}
	if err != nil {
		return false, fmt.Errorf("record of kind %d: %w", kind, err)
	}
	return true, nil
}

// rewrite is the batch that writes a value where there was an old one, or nil for none: it fails if there is another by then.
func rewrite(kind wire.RecordKind, key wire.KeyID, name wire.SessionID, old, value any) []wire.Record {
	if old == nil {
		return []wire.Record{wire.NewRecord(wire.Create, kind, key, name, value)}
	}
	return []wire.Record{wire.NewRecord(wire.Expect, kind, key, name, old), wire.NewRecord(wire.Put, kind, key, name, value)}
}

package session

import (
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/rlp"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// A version's document key and its redistribution. Before a sharing is dealt anew its holders say which pair they keep or
// have promised under it, and promise none under it from then on (wire.Waiver): else a pair could be certified under the old
// version when the certificate of the new one says that there is none. A promise and a waiver share a record, so that of
// two sessions one fails.
//
// A waiver is for the attempts of one slot, of which at most one comes to something. Two sharings of different slots could
// both be certified, and then each have a pair: so for another slot it is given only when the attempts before are known
// to be abandoned. Who can't say that gives none, and the new version takes no new pair.

// maxWaived bounds the attempts of one initiator that one waiver is for; each is remembered.
const maxWaived = 16

// waived is the value of a RecordWaiver of a holder that has waived. Of one that has promised a pair it is the pair's
// hash, 32 bytes, which is shorter.
type waived struct {
	Slot     wire.Slot
	Attempts []wire.SessionID // that are not known to be abandoned, at the time of writing
	Pair     common.Hash      // zero: none
	// By are the initiators of the attempts, by their places in the set, from 1 on; missing of those that a program wrote
	// which did not note them.
	By []uint32 `rlp:"optional"`
}

// of counts the attempts of one initiator.
func (w *waived) of(initiator uint32) (count int) {
	for _, by := range w.By {
		if by == initiator {
			count++
		}
	}
	return count
}

// waivers reads what was waived or promised, by version.
func (l *loader) waivers(list Lister) map[wire.SessionID][]byte {
	all := make(map[wire.SessionID][]byte)
	for _, version := range l.sessions(list, wire.RecordWaiver) {
		enc := l.bytes(wire.RecordWaiver, version)
		if w := new(waived); len(enc) != common.HashLength && l.err == nil {
			if err := rlp.DecodeBytes(enc, w); err != nil {
				l.err = fmt.Errorf("damaged record of kind %d: %w", wire.RecordWaiver, err)
			}
		}
		all[version] = enc
	}
	return all
}

// waivedFor is what was waived under a version; nil if nothing.
func (s *State) waivedFor(version wire.SessionID) *waived {
	enc := s.waivers[version]
	if enc == nil || len(enc) == common.HashLength {
		return nil
	}
	w := new(waived)
	if err := rlp.DecodeBytes(enc, w); err != nil {
		panic("session: internal error: " + err.Error()) // it was read
	}
	return w
}

// outstanding tells whether an attempt may come to something, for all that this node knows.
func (s *State) outstanding(w *waived) bool {
	return slices.ContainsFunc(w.Attempts, func(attempt wire.SessionID) bool { return !s.abandonedIn(w.Slot, attempt) })
}

// abandonedIn is Abandoned of an attempt of any slot.
func (s *State) abandonedIn(slot wire.Slot, attempt wire.SessionID) bool {
	outcomes := s.Outcomes
	if slot != s.slot {
		known := s.slots[slotName(slot)]
		if known == nil {
			return false
		}
		outcomes = known.outcomes
	}
	return slices.ContainsFunc(outcomes, func(f AttemptOutcome) bool { return f.Session == attempt && f.Final != nil })
}

// Waived tells whether this node has waived under a version, for an attempt that may come to something: it promises no
// pair under it.
func (s *State) Waived(version wire.SessionID) bool {
	w := s.waivedFor(version)
	return w != nil && s.outstanding(w)
}

// Promising is what goes with the promise of a pair under a version: no waiver can be given meanwhile that does not name it.
// It fails with Unavailable if this node has waived.
func (s *State) Promising(version wire.SessionID, pair common.Hash) ([]wire.Record, error) {
	enc, lock := s.waivers[version], wire.Record{Op: wire.Create, Kind: wire.RecordWaiver, Key: s.key, Session: version, Value: pair[:]}
	w := s.waivedFor(version)
	switch {
	case w == nil:
		return []wire.Record{lock}, nil
	case w.Pair == pair: // has been said before
		return nil, nil
	case s.outstanding(w):
		return nil, wire.Errorf(wire.Unavailable, "the shares of key %v are being dealt anew; retry", s.key)
	}
	lock.Op = wire.Put
	return []wire.Record{{Op: wire.Expect, Kind: wire.RecordWaiver, Key: s.key, Session: version, Value: enc}, lock}, nil
}

// Waive gives this node's word on the document key of Record, which an attempt deals anew, and what must be durable before.
// Nil if it can't tell: it holds no share of it, may have forgotten a promise, or has waived for an attempt in another slot
// that may come to something.
func (s *State) Waive(env *Env, attempt *wire.Setup) (*wire.Waiver, []wire.Record) {
	r := s.Record
	if r == nil || s.Share == nil || r.Version() != attempt.Move.Parent || !s.Remembers(env, r.Version()) {
		return nil, nil
	}
	version, id := r.Version(), attempt.Session()
	by := uint32(slices.Index(env.Set, attempt.Initiator) + 1)
	next := &waived{Slot: attempt.Slot(), Attempts: []wire.SessionID{id}, Pair: s.pairOf(env, version), By: []uint32{by}}
	op := wire.Create
	var batch []wire.Record
	if enc := s.waivers[version]; enc != nil {
		op, batch = wire.Put, []wire.Record{{Op: wire.Expect, Kind: wire.RecordWaiver, Key: s.key, Session: version, Value: enc}}
	}
	if w := s.waivedFor(version); w != nil {
		switch {
		case w.Slot != next.Slot && s.outstanding(w):
			return nil, nil
		case w.Slot != next.Slot:
		case slices.Contains(w.Attempts, id):
			next.Attempts, next.By = w.Attempts, w.By
		case w.of(by) >= maxWaived: // the others' attempts have their own
			return nil, nil
		default:
			known := append(make([]uint32, max(0, len(w.Attempts)-len(w.By))), w.By...)
			next.Attempts, next.By = append(slices.Clone(w.Attempts), id), append(known, by)
		}
	}
	batch = append(batch, wire.NewRecord(op, wire.RecordWaiver, s.key, version, next))
	return &wire.Waiver{Index: s.Share.Index, Pair: next.Pair, Signature: env.Self.Sign(wire.WaiverDigest(id, next.Pair))}, batch
}

// pairOf is the pair that this node keeps, or has promised under a version; zero for none.
func (s *State) pairOf(env *Env, version wire.SessionID) (pair common.Hash) {
	switch {
	case s.Document != nil:
		return s.Document.PairHash(env.Cluster)
	case s.Promise != nil && s.Promise.Version == version:
		return s.Promise.PairHash(env.Cluster)
	}
	return pair
}

package session

import (
	"slices"

	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Earlier tells whether a set-up is of a shorter list of key servers, all of whom are in set: as of a key that was made
// before another server was added.
func Earlier(set []wire.NodeID, s *wire.Setup) bool {
	return int(s.SetSize) < len(set) && !slices.ContainsFunc(s.Members, func(m wire.NodeID) bool { return !slices.Contains(set, m) })
}

// Accept is verify.Record, with its errors, by a node that may have taken part in making the key: then it has compared
// the servers with its list at the time, and a list that has grown since changes nothing. A decision by ballot is
// another matter, for its voters need not be members.
func (s *State) Accept(env *Env, r *wire.KeyRecord) error {
	set, unknown := env.SetOf(&r.Setup)
	if unknown != nil {
		return unknown
	}
	err := verify.Record(env.Cluster, set, r)
	own := s.Attempt != nil && s.Attempt.Session() == r.Version() && r.Setup.Cluster == env.Cluster
	if Differs(err) && own && len(r.Acks) >= r.Setup.Majority() {
		return nil
	}
	return err
}

// Activate gives the changes by which this node takes a verified and confirmed record
// over, nil if it has it already. A pending share of the record's attempt becomes the
// share; a node without one just learns of the key. Once they are saved, call
// State.Apply. A record that is not confirmed is Unavailable: what becomes of its attempt
// is for a generation to decide. A confirmed one replaces an unconfirmed one of another
// attempt, which can then never be confirmed.
func Activate(state *State, r *wire.KeyRecord) ([]wire.Record, error) {
	if !r.Confirmed() {
		if state.Record != nil && state.Record.Version() == r.Version() {
			return nil, nil
		}
		return nil, wire.Errorf(wire.Unavailable, "key %v is not confirmed by a majority yet; retry", r.Setup.Key)
	}
	return ActivateUnconfirmed(state, r)
}

// ActivateUnconfirmed is Activate also for the unconfirmed record of the attempt that this node has promised itself to.
// It fails with KeyExists if another key is held under the id, and with Unavailable like Activate for an unconfirmed
// record of any other attempt.
func ActivateUnconfirmed(state *State, r *wire.KeyRecord) ([]wire.Record, error) {
	if later, lost, err := state.later(r); later != nil || err != nil {
		if err != nil {
			return nil, err
		}
		batch, err := ActivateUnconfirmed(later, r)
		if err != nil {
			return nil, err
		}
		return append(lost, batch...), nil
	}
	known, version := state.Record, r.Version()
	same := known != nil && known.Version() == version
	promised := state.promisedShare(r) != nil
	switch {
	case same && (known.Confirmed() || !r.Confirmed()) && !promised:
		return nil, nil
	case known != nil && !same && (known.Confirmed() || !r.Confirmed()):
		return nil, wire.Errorf(wire.KeyExists, "another key is held under id %v", r.Setup.Key)
	case !promised && !r.Confirmed():
		return nil, wire.Errorf(wire.Unavailable, "key %v is not confirmed by a majority yet; retry", r.Setup.Key)
	}
	var batch []wire.Record
	op := wire.Create
	if known != nil && !same {
		batch = state.forget(known)
	}
	if r.Confirmed() {
		op = wire.Put
	}
	batch = append(batch, state.keep(op, r, state.promisedShare(r))...)
	if state.Attempt != nil {
		batch = append(batch, state.unpromise(state.Attempt)...)
	}
	return batch, nil
}

// later is the view of the slot of a redistributed key, if this state is one of the generation's slot and its record an
// earlier sharing, or none; nil otherwise. lost gives up what this node holds of another key, that can never be confirmed. It
// fails with KeyExists if another one is.
func (s *State) later(r *wire.KeyRecord) (view *State, lost []wire.Record, err error) {
	known, slot := s.Record, r.Setup.Slot()
	if s.slot != (wire.Slot{}) || slot == s.slot || known != nil && known.Setup.Slot().Compare(slot) >= 0 {
		return nil, nil, nil
	}
	if known != nil && (known.Setup.Origin() != r.Setup.Origin() || known.Public() != r.Public()) {
		if known.Confirmed() {
			return nil, nil, wire.Errorf(wire.KeyExists, "another key is held under id %v", r.Setup.Key)
		}
		own := *s
		own.Record, own.Share, lost, s = nil, nil, s.forget(known), &own
	}
	view, err = s.In(slot)
	return view, lost, err
}

// Apply is State after the changes of Activate have been saved.
func (s *State) Apply(r *wire.KeyRecord) {
	if later, _, err := s.later(r); later != nil && err == nil {
		later.Apply(r)
		if r.Confirmed() {
			s.Record, s.Share, s.Former = r, later.Share, later.Former
			s.vouch()
		}
		return
	}
	if share := s.promisedShare(r); share != nil {
		s.Share = share
	} else if s.Record == nil || s.Record.Version() != r.Version() {
		s.Share = nil
	}
	s.Record, s.Attempt, s.Pending, s.bound = r, nil, nil, r.Version()
	if !r.Confirmed() {
		f := s.outcome(r.Version(), wire.Motion{Complete: true})
		f.Majority = uint32(r.Setup.Majority())
		s.setOutcome(f)
	} else {
		s.supersede()
	}
}

// promisedShare is the pending share of this record's attempt, or nil.
func (s *State) promisedShare(r *wire.KeyRecord) *Share {
	if s.Attempt == nil || s.Attempt.Session() != r.Version() {
		return nil
	}
	return s.Pending
}

// keep is the batch that makes r this node's record, and the node bound to it: op is
// Create, or Put if r is confirmed. To keep an unconfirmed one is to acknowledge it.
func (s *State) keep(op wire.RecordOp, r *wire.KeyRecord, share *Share) []wire.Record {
	version, key := r.Version(), r.Setup.Key
	batch := append(s.Bind(op, version), s.replace(r)...) // which expects the current sharing first
	if !r.Confirmed() {
		f := s.outcome(version, wire.Motion{Complete: true})
		f.Majority = uint32(r.Setup.Majority())
		batch = append(batch, f.record(wire.Create, key))
	}
	if share != nil {
		batch = append(batch, wire.Record{Op: wire.Put, Kind: wire.RecordShare, Key: key, Session: version, Value: share.Encode()})
	}
	return batch
}

// unpromise clears the place of the promised attempt.
func (s *State) unpromise(a *Attempt) []wire.Record {
	return []wire.Record{
		erase(wire.RecordPending, s.key, a.Session()),
		erase(wire.RecordAttempt, s.key, slotName(s.slot)),
	}
}

// forget gives up a certified sharing that can never be confirmed.
func (s *State) forget(r *wire.KeyRecord) []wire.Record {
	at := erase(wire.RecordKey, s.key, wire.SessionID{})
	if s.slot != (wire.Slot{}) {
		at = erase(wire.RecordNext, s.key, slotName(s.slot))
	}
	return []wire.Record{erase(wire.RecordShare, s.key, r.Version()), at}
}

// AddSign inserts a signature into a list that ascends by index, unless there is one of its index. The list may be
// changed.
func AddSign(list []wire.IndexedSign, s wire.IndexedSign) []wire.IndexedSign {
	at, found := slices.BinarySearchFunc(list, s.Index, func(e wire.IndexedSign, index uint32) int {
		return int(e.Index) - int(index)
	})
	if found {
		return list
	}
	return slices.Insert(list, at, s)
}

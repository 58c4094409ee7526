package session

import (
	"bytes"
	"slices"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// An id has one key, across all sets. So when a set is followed by another, each member of the former puts a fence on its
// disk (wire.RecordFence), and from then on gives no word of its own for a key of the former set that it has not given
// before. What it lists afterwards, for the members of the new set, is all that it will ever have said. Attempts that it is
// bound to by then are settled by ballots of the former set.

// Unfenced is what has to be saved with the first word for completing a generation, a signed transcript or a vote: the
// batch fails if this node has fenced the epoch meanwhile, in whatever order the two come to the disk. Nothing, for a
// redistribution: a certificate of a later slot supersedes what a former set still comes to.
func Unfenced(s *wire.Setup) []wire.Record {
	if s.Move != nil {
		return nil
	}
	return []wire.Record{{Op: wire.Absent, Kind: wire.RecordFence, Session: wire.EpochName(epochOf(s))}}
}

// behindFence tells whether a generation is of an epoch that this node knows to be over. The fence is on its disk then: no machine
// hears of a set before.
func (e *Env) behindFence(s *wire.Setup) bool {
	return s.Move == nil && e.Sets != nil && e.Sets.Newest().Epoch > epochOf(s)
}

func epochOf(s *wire.Setup) uint64 {
	if s.Set == nil {
		return 0
	}
	return s.Set.Epoch
}

// completes tells whether this node has given its word for completing an attempt, in whatever ballot it did last.
func (s *State) completes(attempt wire.SessionID) bool {
	f := s.outcomeOf(attempt)
	return s.bound == attempt || f != nil && f.Final == nil && f.Cast.Complete
}

// Named are the attempts at generating the key that this node has said anything for, or knows a certificate of, and does
// not know to be abandoned, ascending. One that it has voted against last, and is not bound to, is none of them: what would
// complete it is a ballot after that, in which this node takes no part behind its fence. And nobody could settle it if who
// made it keeps its set-up to itself. Of a confirmed key it is the one that has made it: no other has. The state is of the
// generation's slot.
func (s *State) Named() (all []wire.SessionID) {
	if s.Record != nil {
		all = append(all, s.Record.Setup.Origin())
		if s.Record.Confirmed() {
			return all
		}
	}
	if s.bound != (wire.SessionID{}) {
		all = append(all, s.bound)
	}
	if s.Attempt != nil {
		all = append(all, s.Attempt.Session())
	}
	for i := range s.Outcomes {
		if f := &s.Outcomes[i]; f.Final == nil && (f.Cast.Complete || f.Record != nil) {
			all = append(all, f.Session)
		}
	}
	slices.SortFunc(all, func(a, b wire.SessionID) int { return bytes.Compare(a[:], b[:]) })
	return slices.Compact(all)
}

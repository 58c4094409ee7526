package session

import (
	"slices"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// A node whose store was restored from a backup, or lost, may have made promises that it
// does not remember, and can be led to break them: it acknowledged a key, and now helps
// to make another one under the same id; it signed a pair, and now signs another one. It
// would count as one malicious node more than the threshold allows. So where its word
// could contradict an earlier one it gives none (docs/security.md, "A node that forgets").
//
// It goes on to serve its shares of confirmed keys, which no promise is needed for. And
// it helps to make a key if all key servers do: whoever has completed its part of an
// earlier attempt does not take part in another one before a majority has abandoned the
// first, and among all key servers there are honest ones that remember it.

// Remembers tells whether this node knows every promise it has made for a key version:
// it has none of the gap, or it made its share since; or the version is of a round that had not begun when the gap was noted. Nobody has told it of a gap when this
// very key is the first that shows it.
func (s *State) Remembers(env *Env, version wire.SessionID) bool {
	if env.Gap && s.slot.Round > env.GapBlock {
		return true
	}
	if !env.Gap {
		return !s.Lost(env.Self.ID())
	}
	share := s.Share != nil && s.Record.Version() == version || s.Attempt != nil && s.Attempt.Session() == version
	return share && !slices.Contains(s.restored, version)
}

// CheckGap tells whether this node may take part in making a key by this set-up, and by then promise what it may have
// promised before: in a round that had not begun when the gap was noted, and else only beside all key servers, and if an honest
// one is left among the others when threshold of them are malicious. Else it fails with Unavailable. It also fails with what
// Env.MayMake fails with.
func CheckGap(env *Env, s *wire.Setup) *wire.Error {
	if s.Move == nil && env.MayMake != nil {
		if err := env.MayMake(s); err != nil {
			return err
		}
	}
	if !env.Gap || s.Slot().Round > env.GapBlock || len(s.Members) == int(s.SetSize) && int(s.SetSize) >= int(s.Threshold)+2 {
		return nil
	}
	return wire.Errorf(wire.Unavailable, "%s may have forgotten promises: it helps to make a key of threshold %d only together with all "+
		"other key servers, and only if there are more of them than that", env.Self.ID().Short(), s.Threshold)
}

// ErrForgotten is the answer of a node that can't tell what it has promised for a key: Unavailable.
func ErrForgotten(env *Env, key wire.KeyID) *wire.Error {
	return wire.Errorf(wire.Unavailable, "%s may have forgotten what it promised for key %v, and so promises nothing for it any more", env.Self.ID().Short(), key)
}

// Lost tells whether this node has helped to make the key of Record and holds no share of
// it, without having given it up: its store was lost or replaced.
func (s *State) Lost(self wire.NodeID) bool {
	r := s.Record
	return r != nil && r.Confirmed() && s.Share == nil && r.Setup.Index(self) != 0 && !s.Abandoned(r.Version())
}

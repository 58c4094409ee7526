package verify

import (
	"github.com/ethereum/go-ethereum/common"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Move checks a redistribution's set-up, whose sizes Bound has checked, against the set that it names and the parent, a
// confirmed record that has passed Record. The key, its origin and its author are the parent's; the dealers are t+1
// holders of it, with their public shares; and the threshold is the one that every attempt in this slot has, or two of them
// could be decided by other majorities. That the dealers' shares give the key, dealing.Terms.CheckKeys checks.
func Move(set *wire.ServerSet, parent *wire.KeyRecord, s *wire.Setup) error {
	switch m, p := s.Move, &parent.Setup; {
	case m.Parent != parent.Version() || s.Key != p.Key || s.Cluster != p.Cluster:
		return wire.Errorf(wire.InvalidMessage, "redistribution of another sharing")
	case p.Slot().Compare(s.Slot()) >= 0:
		return wire.Errorf(wire.InvalidMessage, "redistribution of a sharing that is not of an earlier slot")
	case m.Origin != p.Origin() || m.Public != parent.Public() || m.Made != p.Made() || s.Proof.Hash() != p.Proof.Hash():
		return wire.Errorf(wire.InvalidMessage, "redistribution that makes another key of it")
	case s.Threshold != max(m.Made, set.Floor):
		return wire.Errorf(wire.InvalidMessage, "redistribution with threshold %d instead of %d", s.Threshold, max(m.Made, set.Floor))
	case len(m.Dealers) != int(p.Threshold)+1:
		return wire.Errorf(wire.InvalidMessage, "redistribution with %d dealers instead of %d", len(m.Dealers), p.Threshold+1)
	}
	if err := Members(set.Members, s); err != nil {
		return err
	}
	for i := range s.Move.Dealers {
		d := &s.Move.Dealers[i]
		if parent.Setup.Index(d.Node) != d.Index {
			return wire.Errorf(wire.InvalidMessage, "%s deals share %d, which is another's", d.Node.Short(), d.Index)
		}
		share, err := PublicShare(parent, d.Index)
		if err != nil {
			return err
		}
		if share.Bytes() != d.Share {
			return wire.Errorf(wire.InvalidMessage, "redistribution with another share of %s than it has", d.Node.Short())
		}
	}
	return nil
}

// PairState checks what an attempt at dealing the parent anew says of the document key. What the parent's own certificate
// vouches for, the child inherits; else the waivers tell, of a majority of the parent's holders:
//
//   - PairNone, if none of a majority names a pair and no pair can have been certified by those that were not heard;
//   - PairKept, if t+1 name this pair, one of whom is honest, or the pair was seen certified under the parent (certified, zero:
//     none was);
//   - PairClosed else; it is always true.
func PairState(parent *wire.KeyRecord, attempt wire.SessionID, p *wire.PairState, certified common.Hash) error {
	for i := range p.Waivers {
		w := &p.Waivers[i]
		if int64(w.Index) > int64(len(parent.Setup.Members)) ||
			!parent.Setup.Members[w.Index-1].Signed(wire.WaiverDigest(attempt, w.Pair), &w.Signature) {
			return wire.Errorf(wire.InvalidMessage, "waiver %d is not its holder's", w.Index)
		}
	}
	if inherited := Inherited(parent); inherited.Kind != wire.PairNone {
		if p.Kind != inherited.Kind && !(inherited.Kind == wire.PairClosed && p.Kind == wire.PairKept && p.Pair == certified) ||
			p.Kind == wire.PairKept && inherited.Kind == wire.PairKept && p.Pair != inherited.Pair {
			return wire.Errorf(wire.InvalidMessage, "another document key than the parent's certificate vouches for")
		}
		return nil
	}
	switch could := Pair(parent, p.Waivers); {
	case p.Kind == wire.PairClosed:
	case p.Kind == wire.PairKept && p.Pair == certified:
	case p.Kind != could.Kind || p.Pair != could.Pair:
		return wire.Errorf(wire.InvalidMessage, "state of the document key that does not follow from the waivers")
	}
	return nil
}

// Inherited is what a parent's own certificate says of the document key: PairNone where that is for waivers to tell.
func Inherited(parent *wire.KeyRecord) wire.PairState {
	if parent.Moved == nil || parent.Moved.Pair.Kind == wire.PairNone {
		return wire.PairState{Kind: wire.PairNone}
	}
	return wire.PairState{Kind: parent.Moved.Pair.Kind, Pair: parent.Moved.Pair.Pair}
}

// Pair is what waivers of different holders of the parent, whose signatures have been checked, tell of the document key:
// PairClosed while they do not tell enough. Of m holders t may lie, and a pair is certified by a majority. So one can have been
// if those who name it, those who were not heard, and t liars among those who name another or none, are a majority.
func Pair(parent *wire.KeyRecord, waivers []wire.Waiver) wire.PairState {
	m, t := len(parent.Setup.Members), int(parent.Setup.Threshold)
	majority := wire.Majority(m, t)
	names := make(map[common.Hash]int)
	for i := range waivers {
		names[waivers[i].Pair]++
	}
	heard := len(waivers)
	possible := func(named int) bool { return named+min(t, heard-named)+m-heard >= majority }
	closed := wire.PairState{Kind: wire.PairClosed}
	var kept *common.Hash
	for i := range waivers {
		pair := waivers[i].Pair
		if pair == (common.Hash{}) || kept != nil && *kept == pair {
			continue
		}
		if !possible(names[pair]) {
			continue
		}
		if kept != nil || names[pair] <= t {
			return closed
		}
		kept = &pair
	}
	switch unnamed := possible(0); {
	case heard < majority:
		return closed
	case kept != nil && unnamed: // one that nobody names could be it
		return closed
	case kept != nil:
		return wire.PairState{Kind: wire.PairKept, Pair: *kept}
	case unnamed:
		return closed
	}
	return wire.PairState{Kind: wire.PairNone}
}

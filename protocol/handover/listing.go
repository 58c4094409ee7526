package handover

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// What is known of an id that members of the set before have listed, and when it is free.
//
// A generation of the former set that was completed, or may yet be, has the words of ⌈(n+t+1)/2⌉ of its members, so that
// one honest member of any set quorum of them lists it as long as at most min(t, f) lie. Turned round: if so many have
// listed everything without naming an attempt, that attempt is nothing, and will never be one. So an id is free if each
// attempt that anybody names for it is either known to be abandoned, or not named in a set quorum of whole listings.
//
// A liar can name what does not exist: then the id waits until the listings of a set quorum of others are in, which all
// honest members together are, and no longer; it is no veto. A liar can leave out what exists: it is one of those that may
// lie. It can name without end: its listing is given up at maxListed entries, and does not count. Once an id is free it
// stays so: whatever further members list, as many have not named the attempt.

// places are members of a set, by their place in it.
type places []byte

func (b places) has(i int) bool { return i >= 0 && i/8 < len(b) && b[i/8]>>(i%8)&1 == 1 }

// with is a copy with a member more.
func (b places) with(i int) places {
	more := make(places, max(len(b), i/8+1))
	copy(more, b)
	more[i/8] |= 1 << (i % 8)
	return more
}

// without is a copy with a member less.
func (b places) without(i int) places {
	less := slices.Clone(b)
	if less.has(i) {
		less[i/8] &^= 1 << (i % 8)
	}
	return less
}

// gathered is the value of a RecordGathered: whose whole listings are in, for the set of an epoch.
type gathered struct {
	Set     common.Hash // of the epoch
	Members []byte      // places, of the members of the set before
	// Few says that no more can be had, of a set before that was given up: those have to be enough.
	Few bool `rlp:"optional"`
}

// listed is the value of a RecordListed: who has named an attempt.
type listed struct{ In []listedIn } // ascending by epoch

type listedIn struct {
	Epoch   uint64 // of the listers' set
	Members []byte // places, of its members
}

// by are those of a set who have named the attempt.
func (l *listed) by(epoch uint64) places {
	for i := range l.In {
		if l.In[i].Epoch == epoch {
			return l.In[i].Members
		}
	}
	return nil
}

// with is a copy with a lister more.
func (l *listed) with(epoch uint64, i int) *listed {
	more := &listed{slices.Clone(l.In)}
	at, found := slices.BinarySearchFunc(more.In, epoch, func(e listedIn, epoch uint64) int {
		return wire.Slot{Epoch: e.Epoch}.Compare(wire.Slot{Epoch: epoch})
	})
	if !found {
		more.In = slices.Insert(more.In, at, listedIn{Epoch: epoch})
	}
	more.In[at].Members = places(more.In[at].Members).with(i)
	return more
}

// without is a copy with a lister less.
func (l *listed) without(epoch uint64, i int) *listed {
	less := &listed{slices.Clone(l.In)}
	for at := range less.In {
		if less.In[at].Epoch == epoch {
			less.In[at].Members = places(less.In[at].Members).without(i)
		}
	}
	return less
}

// CheckGathered tells whether the value of a RecordGathered, with its name, is one that was written while these sets were the
// known ones: a damaged one could let this node stand on listings that it has not got.
func CheckGathered(sets *session.Sets, name wire.SessionID, value []byte) error {
	g := new(gathered)
	if err := rlp.DecodeBytes(value, g); err != nil {
		return fmt.Errorf("whose listings are in: %w", err)
	}
	for epoch := uint64(1); epoch <= sets.Newest().Epoch; epoch++ {
		if name != wire.EpochName(epoch) {
			continue
		}
		if g.Set != sets.At(epoch).Hash() {
			return fmt.Errorf("listings are in for server set %d (%v), and that is %v", epoch, g.Set, sets.At(epoch).Hash())
		}
		return nil
	}
	return errors.New("listings are in for a server set that is not known")
}

// gathered reads whose listings are in for a set; nil if nobody's are.
func (l *ledger) gathered(set *wire.ServerSet) (*gathered, error) {
	g := new(gathered)
	found, err := l.read(wire.RecordGathered, wire.KeyID{}, wire.EpochName(set.Epoch), g)
	if err != nil || !found || g.Set != set.Hash() {
		return nil, err
	}
	return g, nil
}

// stands tells whether this node stands on the listings of a set quorum of the set before: or needs none, in the first. Of a set
// that was given up there may be no more than some: what only others would have listed is not known, and its ids can be taken
// again.
func (l *ledger) stands(set *wire.ServerSet) (bool, error) {
	if set.Epoch == 0 {
		return true, nil
	}
	enough, err := l.quorumWithout(set, nil)
	if err != nil || enough {
		return enough, err
	}
	g, err := l.gathered(set)
	if err != nil || g == nil || !g.Few {
		return false, err
	}
	return l.givenUp(set)
}

// givenUp tells whether a set follows one that was given up.
func (l *ledger) givenUp(set *wire.ServerSet) (bool, error) {
	link, err := storedLink(l.env, set.Epoch)
	return err == nil && link != nil && link.Attempt.Order.GiveUp, err
}

// quorumWithout tells whether the whole listings of a set quorum are in that don't name an attempt.
func (l *ledger) quorumWithout(set *wire.ServerSet, naming places) (bool, error) {
	g, err := l.gathered(set)
	if err != nil || g == nil {
		return false, err
	}
	parent, count := l.env.Sets.At(set.Epoch-1), 0
	for i := range parent.Members {
		if places(g.Members).has(i) && !naming.has(i) {
			count++
		}
	}
	return count >= parent.Quorum(), nil
}

// open are the attempts at a key that members of the set before this one have named, and that may have become it for all
// that this node knows.
func (l *ledger) open(set *wire.ServerSet, state *session.State, key wire.KeyID) (all []wire.SessionID, err error) {
	if set.Epoch == 0 {
		return nil, nil
	}
	names, err := l.env.List(wire.RecordListed, key)
	if err != nil {
		return nil, err
	}
	for _, attempt := range names {
		var in listed
		found, err := l.read(wire.RecordListed, key, attempt, &in)
		if err != nil {
			return nil, err
		}
		naming := in.by(set.Epoch - 1)
		if !found || naming == nil || state.Abandoned(attempt) {
			continue
		}
		nothing, err := l.quorumWithout(set, naming)
		if err != nil {
			return nil, err
		}
		if !nothing {
			all = append(all, attempt)
		}
	}
	return all, nil
}

// names is what this node lists of a key, as a member of a set: what it has said itself, and what it stands on; ascending.
func (l *ledger) names(set *wire.ServerSet, key wire.KeyID) ([]wire.SessionID, error) {
	state, err := l.env.LoadOnce(key)
	if err != nil {
		return nil, err
	}
	own := state.Named()
	if state.Record != nil && state.Record.Confirmed() {
		return own, nil
	}
	open, err := l.open(set, state, key)
	if err != nil {
		return nil, err
	}
	all := append(own, open...)
	slices.SortFunc(all, func(a, b wire.SessionID) int { return bytes.Compare(a[:], b[:]) })
	return slices.Compact(all), nil
}

// listedKinds are the records by which an id is found that is to be listed. Who is bound to an attempt, or has voted on
// one, has a RecordOutcome.
var listedKinds = []wire.RecordKind{wire.RecordKey, wire.RecordOutcome, wire.RecordListed}

// page is a page of what this node lists as a member of a set, after an entry. last tells that it is the last one.
func (l *ledger) page(set *wire.ServerSet, after wire.ListedKey) (page []wire.ListedKey, last bool, err error) {
	keys := []wire.KeyID{after.Key} // may have further entries
	for from := after.Key; ; {
		for _, key := range keys {
			names, err := l.names(set, key)
			if err != nil {
				return nil, false, err
			}
			for _, origin := range names {
				e := wire.ListedKey{Key: key, Origin: origin}
				if e.Compare(&after) <= 0 {
					continue
				}
				if len(page) == wire.MaxListing {
					return page, false, nil
				}
				page = append(page, e)
			}
			from = key
		}
		if last {
			return page, true, nil
		}
		if keys, last, err = l.keysAfter(from); err != nil {
			return nil, false, err
		}
	}
}

// keysAfter are the next ids that may have to be listed, ascending; some, unless last tells that there are no more.
func (l *ledger) keysAfter(after wire.KeyID) (keys []wire.KeyID, last bool, err error) {
	last = true
	var upTo *wire.KeyID // up to where no kind may have more
	for _, kind := range listedKinds {
		some, err := l.env.Keys(kind, after, wire.MaxListing)
		if err != nil {
			return nil, false, err
		}
		if n := len(some); n >= wire.MaxListing {
			last = false
			if upTo == nil || bytes.Compare(some[n-1][:], upTo[:]) < 0 {
				upTo = &some[n-1]
			}
		}
		keys = append(keys, some...)
	}
	slices.SortFunc(keys, func(a, b wire.KeyID) int { return bytes.Compare(a[:], b[:]) })
	keys = slices.Compact(keys)
	if upTo != nil {
		keys = slices.DeleteFunc(keys, func(k wire.KeyID) bool { return bytes.Compare(k[:], upTo[:]) > 0 })
	}
	// After the zero id the zero id itself is listed again; it has been looked at.
	return slices.DeleteFunc(keys, func(k wire.KeyID) bool { return k == after }), last, nil
}

// Ready tells whether this node has what it needs to help to make keys in the newest set: the listings of a set quorum of
// the one before.
func Ready(env *session.Env) (bool, error) {
	l, refused := ledgerOf(env)
	if refused != nil {
		return false, refused
	}
	return l.stands(env.Sets.Newest())
}

// Listed are the attempts at a key that members of the set before have named and that may have become it, for all that
// this node knows: nobody makes another one before they are settled by ballots of their set. Empty if the key is known.
func Listed(env *session.Env, key wire.KeyID) ([]wire.SessionID, error) {
	l, refused := ledgerOf(env)
	if refused != nil {
		return nil, refused
	}
	state, err := env.Load(key)
	if err != nil || state.Record != nil && state.Record.Confirmed() {
		return nil, err
	}
	return l.open(env.Sets.Newest(), state, key)
}

// MayMake is session.Env.MayMake. It fails with Busy for a set that is followed by another, and until enough members of the
// set before have listed their keys, which takes about a second after a set is established; and with Unavailable while one
// of them names another attempt at the key that may have become it.
func MayMake(env *session.Env, s *wire.Setup) *wire.Error {
	if newest := env.SetRef(); (s.Set == nil) != (newest == nil) || newest != nil && *s.Set != *newest {
		return wire.Errorf(wire.Busy, "the server sets of who begins and of %s are not the same; retry", env.Self.ID().Short())
	}
	ready, err := Ready(env)
	var open []wire.SessionID
	if err == nil && ready {
		open, err = Listed(env, s.Key)
	}
	open = slices.DeleteFunc(open, func(attempt wire.SessionID) bool { return attempt == s.Session() })
	switch {
	case err != nil:
		return wire.Errorf(wire.ReasonOf(err), "which key ids are taken: %v", err)
	case !ready:
		return wire.Errorf(wire.Busy, "%s has yet to hear from the key servers of before which key ids are taken; retry", env.Self.ID().Short())
	case len(open) > 0:
		return wire.Errorf(wire.Busy, "a key server of before has listed an attempt at key %v, of which %s does not know the end yet; retry", s.Key, env.Self.ID().Short())
	}
	return nil
}

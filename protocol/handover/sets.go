package handover

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/rlp"

	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// LoadSets reads the server sets that are known to be established, one after the other, with the links by which all but
// the first follow. first is set 0 as this node is configured: it counts as long as no set has followed it, then what is
// stored does (see Differs). It fails if something can't be read, is missing in between, or does not follow.
func LoadSets(first *wire.ServerSet, get session.Getter, list session.Lister) (*session.Sets, []wire.SetLink, error) {
	epochs, err := list(wire.RecordSet, wire.KeyID{})
	if err != nil {
		return nil, nil, fmt.Errorf("reading server sets: %w", err)
	}
	if len(epochs) == 0 {
		return session.NewSets(first), nil, nil
	}
	stored := new(wire.ServerSet)
	if err := read(get, 0, stored); err != nil {
		return nil, nil, err
	}
	all, links := []*wire.ServerSet{stored}, make([]wire.SetLink, len(epochs)-1)
	for i := range links {
		epoch := uint64(i) + 1
		if err := read(get, epoch, &links[i]); err != nil {
			return nil, nil, err
		}
		next, err := verify.Chain(all[i], &links[i])
		if err != nil {
			return nil, nil, fmt.Errorf("stored server sets: %w", err)
		}
		all = append(all, next)
	}
	return session.NewSets(all...), links, nil
}

func read(get session.Getter, epoch uint64, into any) error {
	enc, err := get(wire.RecordSet, wire.KeyID{}, wire.EpochName(epoch))
	if err == nil {
		err = rlp.DecodeBytes(enc, into)
	}
	if err != nil {
		return fmt.Errorf("reading server set %d: %w", epoch, err)
	}
	return nil
}

// Differs tells people how set 0 in this node's configuration differs from the stored one, which counts. Empty: it does not.
func Differs(configured *wire.ServerSet, sets *session.Sets) string {
	stored := sets.At(0)
	switch {
	case configured.Hash() == stored.Hash():
		return ""
	case !slices.Equal(configured.Members, stored.Members):
		return "the configured key servers are not those with which the cluster began"
	case configured.Cluster != stored.Cluster:
		return "the configured cluster is another one than that of the stored server sets"
	}
	return "the configured administrators, lowest threshold or refresh interval are not those with which the cluster began"
}

// DiffersFrom tells people how the set 0 with which the cluster began by others' word differs from this node's configuration, by
// which it can't follow them, and what to do; empty: there is no such other.
func DiffersFrom(configured, other *wire.ServerSet) string {
	if other == nil || other.Hash() == configured.Hash() {
		return ""
	}
	a, b := &other.Authority, &configured.Authority
	return fmt.Sprintf("the other key servers have begun with other settings and gone on without this node: %d of the administrators %s "+
		"there, %d of %s here; floor %d there, %d here; refresh %d s there, %d s here. If the others are right, set Administrators, "+
		"AdministratorsNeeded and the rest in [SecretStore] as at them, and restart: then it follows", a.Needed, administrators(a),
		b.Needed, administrators(b), other.Floor, configured.Floor, other.Refresh, configured.Refresh)
}

func administrators(a *wire.Authority) string {
	names := make([]string, len(a.Administrators))
	for i, address := range a.Administrators {
		names[i] = address.Hex()
	}
	return strings.Join(names, ", ")
}

// setsOf are the sets that a node knows: at least those of its settings.
func setsOf(env *session.Env) *session.Sets {
	if env.Sets != nil {
		return env.Sets
	}
	return session.NewSets(&wire.ServerSet{Cluster: env.Cluster, Members: env.Set})
}

// until are the sets up to an epoch.
func until(sets *session.Sets, epoch uint64) (all []*wire.ServerSet) {
	for e := uint64(0); e <= epoch && sets.At(e) != nil; e++ {
		all = append(all, sets.At(e))
	}
	return all
}

// extend adds to sets what others tell of how they went on. fresh are the links that are new. What is told is believed by
// its signatures, from a set on that this node trusts: its newest; or, for as long as it knows set 0 from its settings
// alone, any set whose members are those of the settings, with the same administrators if the settings name some. For a
// node that is in its settings itself set 0 has to be the very same: it is one that the cluster began with.
//
// It fails with NotMember for what does not go with what this node knows, with InvalidMessage for what does not hold, and
// with a *verify.ErrTwoLinks if it holds and contradicts a set that is established here.
func extend(env *session.Env, sets *session.Sets, told *wire.SetLinks) (more *session.Sets, fresh []*wire.SetLink, err error) {
	all := until(sets, sets.Newest().Epoch)
	anchored := true
	if own := all[0]; len(all) == 1 && told.First != nil && told.First.Hash() != own.Hash() {
		if told.First.Cluster != env.Cluster {
			return nil, nil, wire.Errorf(wire.NotMember, "server sets of another cluster")
		}
		all, anchored = []*wire.ServerSet{told.First}, anchor(env, own, told.First)
	}
	for i := range told.Links {
		l := &told.Links[i]
		epoch := l.Attempt.Order.Epoch
		if epoch > uint64(len(all)) {
			return nil, nil, wire.Errorf(wire.NotMember, "told of server set %d, and not of %d, which this key server does not know", epoch, len(all))
		}
		if known := uint64(len(all)); epoch < known && l.Set().Hash() == all[epoch].Hash() {
			continue
		}
		next, err := verify.Chain(all[epoch-1], l)
		if err != nil {
			return nil, nil, err
		}
		if epoch < uint64(len(all)) {
			return nil, nil, contradicts(env, l)
		}
		all, fresh = append(all, next), append(fresh, l)
		anchored = anchored || anchor(env, sets.At(0), next)
	}
	if !anchored {
		return nil, nil, wire.Errorf(wire.NotMember, "told of server sets none of which is the one in the settings of this key server")
	}
	return session.NewSets(all...), fresh, nil
}

// anchor tells whether a set is the one that the settings of this node name.
func anchor(env *session.Env, configured, set *wire.ServerSet) bool {
	if configured.Contains(env.Self.ID()) || !slices.Equal(configured.Members, set.Members) {
		return false
	}
	a, b := &configured.Authority, &set.Authority
	return a.None() || slices.Equal(a.Administrators, b.Administrators) && a.Needed == b.Needed
}

// contradicts is the error for a link that holds, and leads to another set than the established one.
func contradicts(env *session.Env, l *wire.SetLink) error {
	own := new(wire.SetLink)
	if err := read(env.Get, l.Attempt.Order.Epoch, own); err != nil {
		return wire.Errorf(wire.Internal, "%v", err)
	}
	return &verify.ErrTwoLinks{A: own, B: l}
}

// adopt is what makes the links' sets the newest ones, durably, after those in sets, which are stored up to epoch known. It
// ends all that this node has said about attempts at them.
func adopt(env *session.Env, sets *session.Sets, fresh []*wire.SetLink) (batch []wire.Record, err error) {
	if len(fresh) == 0 {
		return nil, nil
	}
	if fresh[0].Attempt.Order.Epoch == 1 {
		batch = append(batch, wire.NewRecord(wire.Create, wire.RecordSet, wire.KeyID{}, wire.EpochName(0), sets.At(0)))
	}
	last := fresh[len(fresh)-1].Attempt.Order.Epoch
	for _, l := range fresh {
		epoch := wire.EpochName(l.Attempt.Order.Epoch)
		said, err := epochWordOf(env, epoch)
		if err != nil {
			return nil, wire.Errorf(wire.Internal, "what was said about server set %d: %v", l.Attempt.Order.Epoch, err)
		}
		batch = append(batch,
			wire.NewRecord(wire.Create, wire.RecordSet, wire.KeyID{}, epoch, l),
			wire.NewRecord(wire.Put, wire.RecordSetBound, wire.KeyID{}, epoch, &epochWord{Settled: true, Cancelled: said.Cancelled}))
	}
	for _, tidy := range []func() ([]wire.Record, error){
		func() ([]wire.Record, error) { return pruneWords(env, last) },
		func() ([]wire.Record, error) { return pruneKeys(env, fresh) },
	} {
		more, err := tidy()
		if err != nil {
			return nil, wire.Errorf(wire.Internal, "what was said about server sets: %v", err)
		}
		batch = append(batch, more...)
	}
	return batch, nil
}

// pruneWords erases votes on attempts at sets up to an epoch.
func pruneWords(env *session.Env, epoch uint64) (batch []wire.Record, err error) {
	names, err := env.List(wire.RecordSetBound, wire.KeyID{})
	for _, name := range names {
		if isEpoch(name) {
			continue
		}
		enc, err := env.Get(wire.RecordSetBound, wire.KeyID{}, name)
		if err != nil {
			return nil, err
		}
		said := new(attemptWord)
		if err := rlp.DecodeBytes(enc, said); err != nil {
			return nil, err
		}
		if said.Epoch <= epoch {
			batch = append(batch, wire.Record{Op: wire.Erase, Kind: wire.RecordSetBound, Session: name})
		}
	}
	return batch, err
}

// pruneKeys erases the epoch keys of orders that no set follows by. Those of established sets stay: their members sign
// with them until they are out. None is erased if another session has stored the last of these sets already: then this
// node may have said since that it is ready for the set after it.
func pruneKeys(env *session.Env, fresh []*wire.SetLink) (batch []wire.Record, err error) {
	keep := make(map[common.Hash]bool)
	for _, l := range fresh {
		keep[l.Attempt.Order.Digest()] = true
	}
	epochs, err := env.List(wire.RecordSet, wire.KeyID{})
	if err != nil {
		return nil, err
	}
	if slices.Contains(epochs, wire.EpochName(fresh[len(fresh)-1].Attempt.Order.Epoch)) {
		return nil, nil
	}
	for _, name := range epochs {
		if name == wire.EpochName(0) {
			continue
		}
		enc, err := env.Get(wire.RecordSet, wire.KeyID{}, name)
		l := new(wire.SetLink)
		if err == nil {
			err = rlp.DecodeBytes(enc, l)
		}
		if err != nil {
			return nil, err
		}
		keep[l.Attempt.Order.Digest()] = true
	}
	keys, err := env.List(wire.RecordEpochKey, wire.KeyID{})
	for _, order := range keys {
		if !keep[common.Hash(order)] {
			batch = append(batch, wire.Record{Op: wire.Erase, Kind: wire.RecordEpochKey, Session: order})
		}
	}
	return batch, err
}

func isEpoch(name wire.SessionID) bool { return bytes.Equal(name[:24], make([]byte, 24)) }

// linksAfter are the stored links after an epoch, as many as fit in one message. set 0 is with them if first is given.
func linksAfter(env *session.Env, sets *session.Sets, from uint64, first bool) (*wire.SetLinks, error) {
	told, size := new(wire.SetLinks), 0
	if first {
		told.First = sets.At(0)
		enc, _ := rlp.EncodeToBytes(told.First)
		size = len(enc)
	}
	newest := sets.Newest().Epoch
	for epoch := from + 1; from < newest && epoch <= newest; epoch++ {
		enc, err := env.Get(wire.RecordSet, wire.KeyID{}, wire.EpochName(epoch))
		if err != nil {
			return nil, err
		}
		if size += len(enc); size > wire.MaxLinksSize || len(told.Links) == wire.MaxLinks {
			told.More = true
			break
		}
		var l wire.SetLink
		if err := rlp.DecodeBytes(enc, &l); err != nil {
			return nil, err
		}
		told.Links = append(told.Links, l)
	}
	return told, nil
}

// storedLink is the one by which the set of an epoch follows; nil if none is stored.
func storedLink(env *session.Env, epoch uint64) (*wire.SetLink, error) {
	l := new(wire.SetLink)
	err := read(env.Get, epoch, l)
	if errors.Is(err, session.ErrNoRecord) {
		return nil, nil
	}
	return l, err
}

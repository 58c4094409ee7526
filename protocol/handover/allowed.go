package handover

import (
	"errors"
	"slices"
	"strings"

	"github.com/ethereum/go-ethereum/rlp"

	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// mayFollow fails unless this node is for having an order decided that has passed verify.CheckOrder: an administrator's pair
// of signatures in Parity's form has to be allowed by the operator, and counts once ever. What was used is read from the
// links of all established sets, which every member keeps; what was cancelled, from this node's own word.
//
// An order that does harm to keys has to say force. One that gives the parent up says so, and fails while the parent has its
// quorum.
func mayFollow(env *session.Env, parent *wire.ServerSet, o *wire.SetOrder, signatures []wire.AdminSignature) error {
	if o.GiveUp {
		return HasQuorum(env, parent)
	}
	if env.Refuses != nil {
		if refused := env.Refuses(o); refused != nil {
			return refused
		}
	}
	if wire.LegacyOf(parent, o, signatures) == nil {
		return nil
	}
	if !env.Policy.LegacyOrders {
		return wire.Errorf(wire.Policy, "the operator of %s does not take changes in Parity's form (--secretstore.http.servers-set-change)", env.Self.ID().Short())
	}
	var used verify.LegacyUses
	sets := setsOf(env)
	for epoch := uint64(1); epoch <= min(parent.Epoch, sets.Newest().Epoch); epoch++ {
		l := new(wire.SetLink)
		if err := read(env.Get, epoch, l); err != nil {
			return wire.Errorf(wire.Internal, "%v", err)
		}
		used.Note(sets.At(epoch-1), &l.Attempt.Order, l.Attempt.Orders)
	}
	if err := used.Refuses(parent, o, signatures); err != nil {
		return err
	}
	return notCancelled(env, o)
}

// HasQuorum fails with Denied while a set that is to be given up has its quorum, as this node sees it: then it decides itself.
func HasQuorum(env *session.Env, set *wire.ServerSet) error {
	var up []string
	for _, n := range set.Members {
		if n == env.Self.ID() || slices.Contains(env.Connected, n) {
			up = append(up, n.Short())
		}
	}
	if need := set.Quorum(); len(up) >= need {
		return wire.Errorf(wire.Denied, "server set %d has its quorum, so it can't be given up: %s are connected at %s, and %d are enough; order the change without giving up",
			set.Epoch, strings.Join(up, ", "), env.Self.ID().Short(), need)
	}
	return nil
}

// notCancelled fails if this node has noted in any epoch that the order does not count.
func notCancelled(env *session.Env, o *wire.SetOrder) error {
	names, err := env.List(wire.RecordSetBound, wire.KeyID{})
	for _, name := range names {
		if !isEpoch(name) {
			continue
		}
		word, failed := epochWordOf(env, name)
		if failed != nil {
			err = errors.Join(err, failed)
		} else if slices.Contains(word.Cancelled, o.Nonce) {
			return errCancelled
		}
	}
	if err != nil {
		return wire.Errorf(wire.Internal, "what was said about server sets: %v", err)
	}
	return nil
}

func epochWordOf(env *session.Env, name wire.SessionID) (*epochWord, error) {
	word := new(epochWord)
	enc, err := env.Get(wire.RecordSetBound, wire.KeyID{}, name)
	if errors.Is(err, session.ErrNoRecord) {
		return word, nil
	}
	if err == nil {
		err = rlp.DecodeBytes(enc, word)
	}
	return word, err
}

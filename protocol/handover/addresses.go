package handover

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/rlp"

	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Addresses are those that nodes have signed, as this node keeps them, ascending by node; what can't be read is left out and
// joined to the error.
func Addresses(env *session.Env) (all []wire.MemberAddress, err error) {
	names, err := env.List(wire.RecordAddress, wire.KeyID{})
	for _, name := range names {
		enc, failed := env.Get(wire.RecordAddress, wire.KeyID{}, name)
		var a wire.MemberAddress
		if failed == nil {
			failed = rlp.DecodeBytes(enc, &a)
		}
		if failed == nil && wire.AddressName(a.Node) != name {
			failed = errors.New("it is another node's")
		}
		if failed != nil {
			err = errors.Join(err, fmt.Errorf("an address of a key server: %w", failed))
			continue
		}
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b wire.MemberAddress) int { return a.Node.Compare(b.Node) })
	return all, err
}

// SignAddress is this node's word on where it is reached, from now on, in Unix seconds, and what makes it durable, which it has
// to be before it is told. The number is higher than that of the last one, however wrong a clock was. Nil: it has said so already.
func SignAddress(env *session.Env, address string, now uint64) (*wire.MemberAddress, []wire.Record, error) {
	self := env.Self.ID()
	old, err := addressOf(env, self)
	if err != nil {
		return nil, nil, err
	}
	if old != nil && old.Address == address {
		return nil, nil, nil
	}
	a := &wire.MemberAddress{Node: self, Number: max(1, now), Address: address}
	if old != nil {
		a.Number = max(a.Number, old.Number+1)
	}
	if err := a.Bound(); err != nil {
		return nil, nil, err
	}
	a.Signature = env.Self.Sign(a.Digest(env.Cluster))
	return a, rewriteAddress(old, a), nil
}

// addressOf is what is known of a node; nil: nothing.
func addressOf(env *session.Env, node wire.NodeID) (*wire.MemberAddress, error) {
	a := new(wire.MemberAddress)
	found, err := (&ledger{env}).read(wire.RecordAddress, wire.KeyID{}, wire.AddressName(node), a)
	if err != nil || !found {
		return nil, err
	}
	return a, nil
}

func rewriteAddress(old, a *wire.MemberAddress) []wire.Record {
	if old == nil {
		return rewrite(wire.RecordAddress, wire.KeyID{}, wire.AddressName(a.Node), nil, a)
	}
	return rewrite(wire.RecordAddress, wire.KeyID{}, wire.AddressName(a.Node), old, a)
}

// takeAddresses is what makes addresses durable that are newer than the known ones, of nodes that are or were members. It fails
// with InvalidMessage if one is not signed by its node: then none is taken. Of a node that says too much too often nothing is.
func takeAddresses(env *session.Env, told []wire.MemberAddress) (batch []wire.Record, err error) {
	for i := range told {
		a := &told[i]
		if !a.Node.Signed(a.Digest(env.Cluster), &a.Signature) {
			return nil, wire.Errorf(wire.InvalidMessage, "an address that %s has not signed", a.Node.Short())
		}
	}
	for i := range told {
		a := &told[i]
		if !env.Known(a.Node) {
			continue
		}
		old, err := addressOf(env, a.Node)
		if err != nil {
			return nil, wire.Errorf(wire.Internal, "%v", err)
		}
		if old != nil && old.Number >= a.Number || env.TakesAddress != nil && !env.TakesAddress(a.Node) {
			continue
		}
		batch = append(batch, rewriteAddress(old, a)...)
	}
	return batch, nil
}

// tellAddresses are those that this node tells, without what the other has told as well: the newest, if there are too many.
func tellAddresses(env *session.Env, told []wire.MemberAddress) []wire.MemberAddress {
	all, _ := Addresses(env) // what can't be read is told by others
	all = slices.DeleteFunc(all, func(a wire.MemberAddress) bool {
		return !env.Known(a.Node) || slices.ContainsFunc(told, func(b wire.MemberAddress) bool { return a.Node == b.Node && a.Number <= b.Number })
	})
	if len(all) > wire.MaxAddresses {
		slices.SortFunc(all, func(a, b wire.MemberAddress) int { return cmp.Compare(b.Number, a.Number) })
		all = all[:wire.MaxAddresses]
		slices.SortFunc(all, func(a, b wire.MemberAddress) int { return a.Node.Compare(b.Node) })
	}
	return all
}

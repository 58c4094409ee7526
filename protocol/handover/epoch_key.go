package handover

import (
	"errors"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// An epoch key is a member's in one set: what it signs as a member, it signs with that too. It is erased when the member is
// released from the set, so a node key that is stolen years later can't sign in the name of a former set. So it is in no
// backup either, and nothing is derived from it or sealed to it.

// ready is this node's word that it is ready, with what has to be durable before that is said: the epoch key, drawn for
// this order alone.
func ready(env *session.Env, a *wire.SetAttempt) (*wire.Readiness, []wire.Record, error) {
	digest := a.Order.Digest()
	secret, err := env.Get(wire.RecordEpochKey, wire.KeyID{}, wire.SessionID(digest))
	var batch []wire.Record
	switch {
	case errors.Is(err, session.ErrNoRecord):
		key, err := secp256k1.RandomScalar(env.Rand)
		if err != nil {
			return nil, nil, wire.Errorf(wire.Internal, "drawing an epoch key: %v", err)
		}
		bytes := key.Bytes()
		key.Erase()
		secret = append([]byte(nil), bytes[:]...)
		batch = append(batch, wire.Record{Op: wire.Create, Kind: wire.RecordEpochKey, Session: wire.SessionID(digest), Value: append([]byte(nil), secret...)})
		clear(bytes[:])
	case err != nil:
		return nil, nil, wire.Errorf(wire.Unavailable, "the epoch key can't be read: %v", err)
	}
	defer clear(secret)
	r := &wire.Readiness{Node: env.Self.ID()}
	if r.Key, err = publicOf(secret); err != nil {
		return nil, nil, err
	}
	said := wire.ReadyDigest(a.Order.Parent, digest, a.Proposal(), r.Node, r.Key)
	if r.Proof, err = signWith(secret, said); err != nil {
		return nil, nil, err
	}
	r.Signature = env.Self.Sign(wire.ReadyDigest(a.Order.Parent, digest, a.Proposal(), r.Node, r.Key))
	return r, batch, nil
}

func publicOf(secret []byte) (p wire.Point, err error) {
	s, err := secp256k1.ParseNonZeroScalar(secret)
	if err != nil {
		return p, wire.Errorf(wire.Internal, "damaged epoch key")
	}
	defer s.Erase()
	return wire.Point(secp256k1.BaseMul(s).Bytes()), nil
}

func signWith(secret []byte, digest [32]byte) (sig wire.Signature, err error) {
	key, err := crypto.ToECDSA(secret)
	if err != nil {
		return sig, wire.Errorf(wire.Internal, "damaged epoch key")
	}
	//lint:ignore SA1019 it is overwritten, not read or changed
	defer clear(key.D.Bits())
	made, err := crypto.Sign(digest[:], key)
	if err != nil {
		return sig, wire.Errorf(wire.Internal, "signing with an epoch key: %v", err)
	}
	return wire.Signature(made), nil
}

// signInEpoch signs with this node's epoch key in a set: zero if the set has none of it. It fails with Unavailable if the
// key is lost or erased, since nobody would count what lacks it.
func signInEpoch(env *session.Env, set *wire.ServerSet, digest [32]byte) (sig wire.Signature, err error) {
	if epochKeyOf(set, env.Self.ID()) == (wire.Point{}) {
		return sig, nil
	}
	link, err := storedLink(env, set.Epoch)
	if err != nil || link == nil {
		return sig, wire.Errorf(wire.Unavailable, "the link to server set %d can't be read", set.Epoch)
	}
	return signFor(env, set, link.Attempt.Order.Digest(), digest)
}

// signFor is signInEpoch for a set of which the order is known by which it follows, or may follow.
func signFor(env *session.Env, set *wire.ServerSet, order common.Hash, digest [32]byte) (sig wire.Signature, err error) {
	public := epochKeyOf(set, env.Self.ID())
	if public == (wire.Point{}) {
		return sig, nil
	}
	secret, err := env.Get(wire.RecordEpochKey, wire.KeyID{}, wire.SessionID(order))
	if err != nil {
		return sig, wire.Errorf(wire.Unavailable, "%s has lost its key of epoch %d: %v", env.Self.ID().Short(), set.Epoch, err)
	}
	defer clear(secret)
	if own, err := publicOf(secret); err != nil || own != public {
		return sig, wire.Errorf(wire.Unavailable, "the key of epoch %d that %s keeps is not the one in the set", set.Epoch, env.Self.ID().Short())
	}
	return signWith(secret, digest)
}

// epochKeyOf is a member's epoch key in a set; zero if it has none.
func epochKeyOf(set *wire.ServerSet, node wire.NodeID) (p wire.Point) {
	for i := range set.Keys {
		if set.Members[i] == node {
			return set.Keys[i]
		}
	}
	return p
}

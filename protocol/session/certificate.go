package session

import (
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// VerifyRecord checks the certificate of a key record: sizes, the cluster, every
// commitment a point and the key not the identity, every member's signature on the
// transcript, and each acknowledgement. It depends on nothing but its arguments, and
// costs a signature check per member: callers may remember that a record passed.
//
// A certificate says that all members made this key. That it is the only key of its
// id is said by its acknowledgements: see KeyRecord.Confirmed and Activate.
func VerifyRecord(cluster wire.ClusterID, r *wire.KeyRecord) error {
	if err := r.Bound(); err != nil {
		return wire.Errorf(wire.InvalidMessage, "key record: %v", err)
	}
	if r.Setup.Cluster != cluster {
		return wire.Errorf(wire.InvalidMessage, "key record of another cluster, %v", r.Setup.Cluster)
	}
	if err := checkCommitments(r.Commitments); err != nil {
		return err
	}
	session, transcript := r.Version(), r.Transcript()
	certify, ack := wire.CertifyDigest(session, transcript), wire.AckDigest(session, transcript)
	for i, m := range r.Setup.Members {
		if !verify(m, certify, &r.Signatures[i]) {
			return wire.Errorf(wire.InvalidMessage, "key record without a valid signature of %s", m.Short())
		}
	}
	for i := range r.Acks {
		if m := r.Setup.Members[r.Acks[i].Index-1]; !verify(m, ack, &r.Acks[i].Signature) {
			return wire.Errorf(wire.InvalidMessage, "key record with a false acknowledgement of %s", m.Short())
		}
	}
	return nil
}

// checkCommitments wants points; the identity is possible for all but the key itself.
func checkCommitments(points []wire.Point) error {
	if _, err := secp256k1.ParsePoint(points[0][:]); err != nil {
		return wire.Errorf(wire.InvalidMessage, "key record: server key: %v", err)
	}
	for i := range points[1:] {
		if _, err := secp256k1.ParsePointOrIdentity(points[i+1][:]); err != nil {
			return wire.Errorf(wire.InvalidMessage, "key record: commitment %d: %v", i+1, err)
		}
	}
	return nil
}

// PublicShare is the public counterpart of the share with this index, Y_i = f(i)G. The
// record has passed VerifyRecord.
func PublicShare(r *wire.KeyRecord, index uint32) (*secp256k1.Point, error) {
	if index == 0 || int(index) > len(r.Setup.Members) {
		return nil, wire.Errorf(wire.InvalidMessage, "no share has index %d", index)
	}
	coefficients := make([]*secp256k1.Point, len(r.Commitments))
	for i := range r.Commitments {
		c, err := secp256k1.ParsePointOrIdentity(r.Commitments[i][:])
		if err != nil {
			return nil, wire.Errorf(wire.InvalidMessage, "key record: commitment %d: %v", i, err)
		}
		coefficients[i] = c
	}
	return secp256k1.EvalPublic(coefficients, secp256k1.NewScalar(index)), nil
}

// Activate gives the changes by which this node takes a verified record over, nil if
// it has it already. A pending share of the record's attempt becomes the share; a node
// without one just learns of the key.
//
// A node takes an unconfirmed record only for the attempt it promised itself, and no
// record that it has abandoned unless it is confirmed. A confirmed record replaces an
// unconfirmed one, whose attempt can then never be confirmed.
func Activate(state *State, r *wire.KeyRecord) ([]wire.Record, error) {
	version, key := r.Version(), r.Setup.Key
	if known := state.Record; known != nil {
		switch {
		case known.Version() == version && (known.Confirmed() || !r.Confirmed()):
			return nil, nil
		case known.Version() == version:
			return []wire.Record{wire.NewRecord(wire.Put, wire.RecordKey, key, wire.SessionID{}, r)}, nil
		case known.Confirmed() || !r.Confirmed():
			return nil, wire.Errorf(wire.KeyExists, "another version of key %v is held", key)
		}
	}
	promised := state.Attempt != nil && state.Attempt.Session() == version && state.Pending != nil
	if !promised && !r.Confirmed() {
		return nil, wire.Errorf(wire.Unavailable, "key %v is not confirmed by a quorum yet; retry", key)
	}
	return activation(state, r, promised), nil
}

// activation is the batch that makes r this node's record.
func activation(state *State, r *wire.KeyRecord, promised bool) []wire.Record {
	version, key := r.Version(), r.Setup.Key
	op := wire.Create // of two attempts a node keeps one
	var batch []wire.Record
	if old := state.Record; old != nil {
		op = wire.Put
		batch = append(batch, erase(wire.RecordShare, key, old.Version()))
	}
	batch = append(batch, wire.NewRecord(op, wire.RecordKey, key, wire.SessionID{}, r))
	if promised {
		batch = append(batch,
			fate(wire.Create, key, version, fateKept),
			wire.Record{Op: wire.Put, Kind: wire.RecordShare, Key: key, Session: version, Value: state.Pending.Encode()})
	}
	if state.Attempt != nil {
		batch = append(batch,
			erase(wire.RecordPending, key, state.Attempt.Session()),
			erase(wire.RecordAttempt, key, wire.SessionID{}))
	}
	return batch
}

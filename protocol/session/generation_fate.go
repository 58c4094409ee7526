package session

import (
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// What becomes of an attempt that some members have signed and that some may hold the
// certificate of (crypto.md 5.2, "one id, one key"). Its fate is sealed either way by a
// quorum: of acknowledgements, then it is the key of its id, or of abandonments, then it
// never can be. A node says one of the two, and has it on disk before it does.

// maxAbandoned bounds the attempts of one id that a node abandons: each stays on disk,
// and any member can ask for more.
const maxAbandoned = 64

// acknowledge says that the own node holds this certificate.
func acknowledge(self *Identity, r *wire.KeyRecord) *wire.Ack {
	version := r.Version()
	return &wire.Ack{Session: version, Index: r.Setup.Index(self.ID()),
		Signature: self.Sign(wire.AckDigest(version, r.Transcript()))}
}

// answerAbandon is what a node says when asked never to complete an attempt: that it
// will not, or the certificate if it has it, or a refusal.
func (s *State) answerAbandon(env *Env, key wire.KeyID, session wire.SessionID) ([]wire.Record, wire.Message) {
	if s.Record != nil && s.Record.Version() == session {
		return nil, &wire.Adopt{Record: *s.Record}
	}
	var batch []wire.Record
	if !s.abandoned(session) {
		if !s.remembers(env, session) {
			return nil, wire.RefuseWith(errForgotten(env, key))
		}
		if len(s.Abandoned) >= maxAbandoned {
			return nil, &wire.Refuse{Reason: wire.Limit, Detail: []byte("too many abandoned attempts for this key id")}
		}
		batch = s.abandon(key, session, wire.Create)
	}
	digest := wire.AbandonDigest(env.Cluster, key, session)
	return batch, &wire.Abandoned{Session: session, Signature: env.Self.Sign(digest)}
}

// abandon is the promise never to complete an attempt.
func (s *State) abandon(key wire.KeyID, session wire.SessionID, op wire.RecordOp) []wire.Record {
	batch := []wire.Record{fate(op, key, session, fateAbandoned)}
	if s.Attempt != nil && s.Attempt.Session() == session {
		batch = append(batch, unpromise(s.Attempt)...)
		s.Attempt, s.Pending = nil, nil
	}
	s.Abandoned = append(s.Abandoned[:len(s.Abandoned):len(s.Abandoned)], session)
	return batch
}

// release lets go of an attempt which a quorum has abandoned, so that another can take
// its place. A confirmed key stays, since no honest quorum has abandoned it.
func (s *State) release(key wire.KeyID, session wire.SessionID) []wire.Record {
	if s.Record != nil && s.Record.Version() == session && !s.Record.Confirmed() {
		batch := forget(s.Record)
		s.Record, s.Share = nil, nil
		return batch
	}
	if s.Attempt != nil && s.Attempt.Session() == session {
		return s.abandon(key, session, wire.Create)
	}
	return nil
}

// answerAdopt takes a certificate over and acknowledges it, or says that the attempt is
// abandoned here. The record has passed VerifyRecord.
func (s *State) answerAdopt(env *Env, r *wire.KeyRecord) ([]wire.Record, wire.Message, error) {
	version := r.Version()
	if s.abandoned(version) && !r.Confirmed() {
		digest := wire.AbandonDigest(env.Cluster, r.Setup.Key, version)
		return nil, &wire.Abandoned{Session: version, Signature: env.Self.Sign(digest)}, nil
	}
	promised := s.promisedShare(r) != nil
	if promised && !r.Confirmed() && !s.remembers(env, version) {
		return nil, wire.RefuseWith(errForgotten(env, r.Setup.Key)), nil
	}
	if promised {
		r = withAck(r, acknowledge(env.Self, r))
	}
	batch, err := activate(s, r)
	if err != nil {
		return nil, nil, err
	}
	if batch != nil {
		s.Apply(r)
	}
	if s.Share == nil || s.Record.Version() != version {
		return batch, nil, nil // only holders of a share may say that they have the key
	}
	return batch, acknowledge(env.Self, r), nil
}

// withAck is r with one more acknowledgement.
func withAck(r *wire.KeyRecord, ack *wire.Ack) *wire.KeyRecord {
	more := *r
	more.Acks = addSign(append([]wire.IndexedSign(nil), r.Acks...), wire.IndexedSign{Index: ack.Index, Signature: ack.Signature})
	return &more
}

// checkAbandonment tells whether a quorum of the server set has signed.
func checkAbandonment(env *Env, key wire.KeyID, threshold uint32, a *wire.Abandonment) error {
	if err := a.Bound(); err != nil {
		return wire.Errorf(wire.InvalidMessage, "abandoned attempt: %v", err)
	}
	digest, count := wire.AbandonDigest(env.Cluster, key, a.Session), 0
	for i := range a.Signatures {
		s := &a.Signatures[i]
		if !env.member(s.Node) || !verify(s.Node, digest, &s.Signature) {
			return wire.Errorf(wire.InvalidMessage, "abandoned attempt with a false signature of %s", s.Node.Short())
		}
		count++
	}
	if need := wire.Quorum(len(env.Set), int(threshold)); count < need {
		return wire.Errorf(wire.InvalidMessage, "attempt abandoned by %d nodes of %d", count, need)
	}
	return nil
}

// member tells whether a node is a key server.
func (e *Env) member(node wire.NodeID) bool {
	for _, m := range e.Set {
		if m == node {
			return true
		}
	}
	return false
}

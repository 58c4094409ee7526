package session

import (
	"slices"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// VerifyRecord checks the certificate of a key record: sizes, the cluster, that it was
// made among the key servers (set, ascending), every commitment a point and the key not
// the identity, every member's signature on the transcript, and each acknowledgement and
// vote. It depends on nothing but its arguments, and costs a signature check per member: callers
// may remember that a record passed.
//
// The set comes from this node's own settings and never from the record: a record names
// its own members and signs for itself, so one server could otherwise certify a key that
// it alone holds, under an id and with an author's proof that it has seen.
//
// A record that holds and is of another set than this node's own fails with an error that Differs:
// who gives it may be honest, and have it from a time when the list was shorter.
//
// A certificate says that all members made this key. That it is the only key of its
// id is said by its acknowledgements: see KeyRecord.Confirmed and Activate.
func VerifyRecord(cluster wire.ClusterID, set []wire.NodeID, r *wire.KeyRecord) error {
	if err := r.Bound(); err != nil {
		return wire.Errorf(wire.InvalidMessage, "key record: %v", err)
	}
	if err := verifySignatures(r); err != nil {
		return err
	}
	if r.Setup.Cluster != cluster {
		return wire.Errorf(wire.NotMember, "key %v is one of another cluster, %v", r.Setup.Key, r.Setup.Cluster)
	}
	if err := checkMembers(set, &r.Setup); err != nil {
		return wire.Errorf(err.Reason, "key %v was %s", r.Setup.Key, err.Detail)
	}
	if r.Decided != nil {
		return checkVoters(set, r.Decided.Votes)
	}
	return nil
}

// earlier tells whether a set-up is of a shorter list of key servers, all of whom are in this one: as
// of a key that was made before another server was added.
func earlier(set []wire.NodeID, s *wire.Setup) bool {
	return int(s.SetSize) < len(set) && !slices.ContainsFunc(s.Members, func(m wire.NodeID) bool { return !slices.Contains(set, m) })
}

// accept is VerifyRecord by a node that may have taken part in making the key: then it has compared
// the servers with its list at the time, and a list that has grown since changes nothing. A
// decision by ballot is another matter, for its voters need not be members.
func (s *State) accept(env *Env, r *wire.KeyRecord) error {
	err := VerifyRecord(env.Cluster, env.Set, r)
	own := s.Attempt != nil && s.Attempt.Session() == r.Version() && r.Setup.Cluster == env.Cluster
	if Differs(err) && own && len(r.Acks) >= r.Setup.Quorum() {
		return nil
	}
	return err
}

// verifySignatures checks what a record says of itself.
func verifySignatures(r *wire.KeyRecord) error {
	// A joint coefficient is the identity as likely as a key is guessed; no run certifies one.
	if _, err := parseCommitments(r.Commitments); err != nil {
		return wire.Errorf(wire.InvalidMessage, "key record: %v", err)
	}
	session := r.Version()
	certify, ack := wire.CertifyDigest(session, r.Transcript()), wire.VoteDigest(session, 0, true)
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
	if d := r.Decided; d != nil {
		return verifyVotes(session, d.Ballot, true, d.Votes)
	}
	return nil
}

// checkVoters wants all votes to be of key servers. That none is counted twice is checked
// by Bound, which wants them in order.
func checkVoters(set []wire.NodeID, votes []wire.NodeSign) error {
	for i := range votes {
		if !slices.Contains(set, votes[i].Node) {
			return wire.Errorf(wire.NotMember, "decided with %s, which this key server does not list", votes[i].Node.Short())
		}
	}
	return nil
}

// verifyVotes checks the signatures of votes.
func verifyVotes(attempt wire.SessionID, ballot uint32, complete bool, votes []wire.NodeSign) error {
	digest := wire.VoteDigest(attempt, ballot, complete)
	for i := range votes {
		if !verify(votes[i].Node, digest, &votes[i].Signature) {
			return wire.Errorf(wire.InvalidMessage, "false vote of %s in ballot %d", votes[i].Node.Short(), ballot)
		}
	}
	return nil
}

// checkMembers tells whether a set-up is one among the key servers.
func checkMembers(set []wire.NodeID, s *wire.Setup) *wire.Error {
	if int(s.SetSize) != len(set) {
		return wire.Errorf(wire.NotMember, "made among %d key servers, this one lists %d", s.SetSize, len(set))
	}
	for _, member := range s.Members {
		if !slices.Contains(set, member) {
			return wire.Errorf(wire.NotMember, "made with %s, which this one does not list", member.Short())
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
	joint, err := parseCommitments(r.Commitments)
	if err != nil {
		return nil, wire.Errorf(wire.InvalidMessage, "key record: %v", err)
	}
	return joint.Eval(threshold.Index(index)), nil
}

// jointKey is the public key of a record that has passed VerifyRecord.
func jointKey(r *wire.KeyRecord) (*secp256k1.Point, error) {
	public := r.Public()
	key, err := secp256k1.ParsePoint(public[:])
	if err != nil {
		return nil, wire.Errorf(wire.Internal, "key record: %v", err)
	}
	return key, nil
}

// Activate gives the changes by which this node takes a verified and confirmed record
// over, nil if it has it already. A pending share of the record's attempt becomes the
// share; a node without one just learns of the key. Once they are saved, call
// State.Apply. A record that is not confirmed is Unavailable: what becomes of its attempt
// is for a generation to decide. A confirmed one replaces an unconfirmed one of another
// attempt, which can then never be confirmed.
func Activate(state *State, r *wire.KeyRecord) ([]wire.Record, error) {
	if !r.Confirmed() {
		if state.Record != nil && state.Record.Version() == r.Version() {
			return nil, nil
		}
		return nil, wire.Errorf(wire.Unavailable, "key %v is not confirmed by a quorum yet; retry", r.Setup.Key)
	}
	return activate(state, r)
}

// activate is Activate also for the unconfirmed record of the attempt that this node
// has promised itself to.
func activate(state *State, r *wire.KeyRecord) ([]wire.Record, error) {
	known, version := state.Record, r.Version()
	same := known != nil && known.Version() == version
	promised := state.promisedShare(r) != nil
	switch {
	case same && (known.Confirmed() || !r.Confirmed()) && !promised:
		return nil, nil
	case known != nil && !same && (known.Confirmed() || !r.Confirmed()):
		return nil, wire.Errorf(wire.KeyExists, "another key is held under id %v", r.Setup.Key)
	case !promised && !r.Confirmed():
		return nil, wire.Errorf(wire.Unavailable, "key %v is not confirmed by a quorum yet; retry", r.Setup.Key)
	}
	var batch []wire.Record
	op := wire.Create
	if known != nil && !same {
		batch = forget(known)
	}
	if r.Confirmed() {
		op = wire.Put
	}
	batch = append(batch, keep(op, r, state.promisedShare(r))...)
	if state.Attempt != nil {
		batch = append(batch, unpromise(state.Attempt)...)
	}
	return batch, nil
}

// Apply is State after the changes of Activate have been saved.
func (s *State) Apply(r *wire.KeyRecord) {
	if share := s.promisedShare(r); share != nil {
		s.Share = share
	} else if s.Record == nil || s.Record.Version() != r.Version() {
		s.Share = nil
	}
	s.Record, s.Attempt, s.Pending, s.bound = r, nil, nil, r.Version()
	if !r.Confirmed() {
		s.setFate(Fate{Session: r.Version(), Quorum: uint32(r.Setup.Quorum()), Cast: wire.Motion{Complete: true}})
	}
}

// promisedShare is the pending share of this record's attempt, or nil.
func (s *State) promisedShare(r *wire.KeyRecord) *Share {
	if s.Attempt == nil || s.Attempt.Session() != r.Version() {
		return nil
	}
	return s.Pending
}

// keep is the batch that makes r this node's record, and the node bound to it: op is
// Create, or Put if r is confirmed. To keep an unconfirmed one is to acknowledge it.
func keep(op wire.RecordOp, r *wire.KeyRecord, share *Share) []wire.Record {
	version, key := r.Version(), r.Setup.Key
	batch := []wire.Record{wire.NewRecord(wire.Put, wire.RecordKey, key, wire.SessionID{}, r), bind(op, key, version)}
	if !r.Confirmed() {
		f := Fate{Session: version, Quorum: uint32(r.Setup.Quorum()), Cast: wire.Motion{Complete: true}}
		batch = append(batch, f.record(wire.Create, key))
	}
	if share != nil {
		batch = append(batch, wire.Record{Op: wire.Put, Kind: wire.RecordShare, Key: key, Session: version, Value: share.Encode()})
	}
	return batch
}

// unpromise clears the slot of the promised attempt.
func unpromise(a *Attempt) []wire.Record {
	return []wire.Record{
		erase(wire.RecordPending, a.Setup.Key, a.Session()),
		erase(wire.RecordAttempt, a.Setup.Key, wire.SessionID{}),
	}
}

// forget gives up a certified key that can never be confirmed.
func forget(r *wire.KeyRecord) []wire.Record {
	return []wire.Record{
		erase(wire.RecordShare, r.Setup.Key, r.Version()),
		erase(wire.RecordKey, r.Setup.Key, wire.SessionID{}),
	}
}

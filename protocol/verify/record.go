// Package verify checks what key servers have signed: certificates of keys, stored document keys, parts of decryptions and
// of signatures, receipts, and the answer to a wallet's request as a whole. Machines check by it what others send,
// protocol/evidence what is held against somebody, and clients what they are told by a node that they don't trust.
//
// It knows no machine, so a client that checks an answer links none. It tells no faults: an error says what is wrong, and its
// caller knows who said it.
//
// Nothing here depends on a set, state or clock other than those in the arguments. Whether the members of a certificate
// are the key servers that one believes in is for the caller to compare.
package verify

import (
	"slices"

	"github.com/geth-ss/geth-ss/protocol/dealing"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Record checks the certificate of a key record: sizes, the cluster, that it was
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
// Of a key that was dealt anew the record says what became of the document key, by waivers of holders of the parent. All
// members have checked these before they signed, which only who knows the parent's members can do: see PairState.
//
// A certificate says that all members made this key. That it is the only key of its
// id is said by its acknowledgements: see KeyRecord.Confirmed and Activate.
func Record(cluster wire.ClusterID, set []wire.NodeID, r *wire.KeyRecord) error {
	if err := r.Bound(); err != nil {
		return wire.Errorf(wire.InvalidMessage, "key record: %v", err)
	}
	if err := Signatures(r); err != nil {
		return err
	}
	if r.Setup.Cluster != cluster {
		return wire.Errorf(wire.NotMember, "key %v belongs to another cluster, %v", r.Setup.Key, r.Setup.Cluster)
	}
	if err := Members(set, &r.Setup); err != nil {
		return wire.Errorf(err.Reason, "key %v was %s", r.Setup.Key, err.Detail)
	}
	if r.Decided != nil {
		return Voters(set, r.Decided.Votes)
	}
	return nil
}

// Signatures checks what a record says of itself.
func Signatures(r *wire.KeyRecord) error {
	// A joint coefficient is the identity as likely as a key is guessed; no run certifies one.
	if _, err := dealing.ParseCommitments(r.Commitments); err != nil {
		return wire.Errorf(wire.InvalidMessage, "key record: %v", err)
	}
	session := r.Version()
	if r.Moved != nil && (r.Moved.Hash(session) != r.Bodies || r.Setup.Move == nil || r.Setup.Move.Public != r.Public()) {
		return wire.Errorf(wire.InvalidMessage, "key record that is not of the key that was dealt anew, or tells something else of its document key")
	}
	certify, ack := wire.CertifyDigest(session, r.Transcript()), wire.VoteDigest(session, 0, true)
	for i, m := range r.Setup.Members {
		if !m.Signed(certify, &r.Signatures[i]) {
			return wire.Errorf(wire.InvalidMessage, "key record without a valid signature of %s", m.Short())
		}
	}
	for i := range r.Acks {
		if m := r.Setup.Members[r.Acks[i].Index-1]; !m.Signed(ack, &r.Acks[i].Signature) {
			return wire.Errorf(wire.InvalidMessage, "key record with a false acknowledgement of %s", m.Short())
		}
	}
	if d := r.Decided; d != nil {
		return Votes(session, d.Ballot, true, d.Votes)
	}
	return nil
}

// Voters wants all votes to be of key servers. That none is counted twice is checked
// by Bound, which wants them in order.
func Voters(set []wire.NodeID, votes []wire.NodeSign) error {
	for i := range votes {
		if !slices.Contains(set, votes[i].Node) {
			return wire.Errorf(wire.NotMember, "decided with %s, which this key server does not list", votes[i].Node.Short())
		}
	}
	return nil
}

// Votes checks the signatures of votes.
func Votes(attempt wire.SessionID, ballot uint32, complete bool, votes []wire.NodeSign) error {
	digest := wire.VoteDigest(attempt, ballot, complete)
	for i := range votes {
		if !votes[i].Node.Signed(digest, &votes[i].Signature) {
			return wire.Errorf(wire.InvalidMessage, "false vote of %s in ballot %d", votes[i].Node.Short(), ballot)
		}
	}
	return nil
}

// Members tells whether a set-up is one among the key servers.
func Members(set []wire.NodeID, s *wire.Setup) *wire.Error {
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
// record has passed Record.
func PublicShare(r *wire.KeyRecord, index uint32) (*secp256k1.Point, error) {
	if index == 0 || int(index) > len(r.Setup.Members) {
		return nil, wire.Errorf(wire.InvalidMessage, "no share has index %d", index)
	}
	joint, err := dealing.ParseCommitments(r.Commitments)
	if err != nil {
		return nil, wire.Errorf(wire.InvalidMessage, "key record: %v", err)
	}
	return joint.Eval(threshold.Index(index)), nil
}

// JointKey is the public key of a record that has passed Record.
func JointKey(r *wire.KeyRecord) (*secp256k1.Point, error) {
	public := r.Public()
	key, err := secp256k1.ParsePoint(public[:])
	if err != nil {
		return nil, wire.Errorf(wire.Internal, "key record: %v", err)
	}
	return key, nil
}

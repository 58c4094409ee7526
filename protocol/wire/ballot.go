package wire

import (
	"encoding/binary"
	"errors"
	"slices"
)

// The messages by which key servers agree on what becomes of an attempt to make a key
// that was cut off (package ballot tells how). A poll is a session of two nodes: one
// question, one answer.
const (
	CodePoll Code = 0x1b
	CodeVote Code = 0x1c
)

func init() {
	opens(TrafficGenerate, KindResolve, func() Opening { return new(Poll) })
	register(TrafficGenerate, of(KindResolve), func() Message { return new(Vote) })
}

// VoteDigest is what a server signs when it votes, in one ballot on an attempt, for
// completing it or for abandoning it. An acknowledgement is the vote for completing in
// ballot 0.
func VoteDigest(session SessionID, ballot uint32, complete bool) [32]byte {
	var b [5]byte
	binary.BigEndian.PutUint32(b[:], ballot)
	if complete {
		b[4] = 1
	}
	return Digest("vote", session[:], b[:])
}

// Motion is how to vote in a ballot, and why one may.
type Motion struct {
	Ballot   uint32
	Complete bool
	// Grounds are the votes of a majority against what an earlier ballot favoured: the one
	// before, if the motion is what its own ballot favours, else the one before that.
	// Ascending by node; empty in ballots that need none.
	Grounds []NodeSign
}

// Bound checks number and order of the grounds.
func (m *Motion) Bound() error { return boundSigns(m.Grounds) }

// Poll asks a server about an attempt. It opens a session.
type Poll struct {
	Setup  Setup // of the attempt
	Nonce  [32]byte
	Ask    *Motion      `rlp:"nil"` // vote like this, unless you have voted in this ballot or a later one; nil: only tell
	Record *KeyRecord   `rlp:"nil"` // the certificate, if the asking node has it
	Final  *Abandonment `rlp:"nil"` // the attempt is abandoned
}

func (*Poll) Code() Code { return CodePoll }

// Subject is the key id.
func (m *Poll) Subject() KeyID { return m.Setup.Key }

// Session is the id of the run that a node opens with m.
func (m *Poll) Session(cluster ClusterID, asking NodeID) SessionID {
	attempt := m.Setup.Session()
	return SessionID(Digest("poll/1", cluster[:], asking[:], attempt[:], m.Nonce[:]))
}

// Opens is Session.
func (m *Poll) Opens(cluster ClusterID, from NodeID) (SessionID, error) {
	return m.Session(cluster, from), nil
}

// Bound checks all lists.
func (m *Poll) Bound() error {
	if err := m.Setup.Bound(); err != nil {
		return err
	}
	return boundBallot(m.Ask, m.Record, m.Final)
}

// Vote answers a Poll: the last vote that the sender has cast on the attempt, which need
// not be the one that it was asked for.
type Vote struct {
	Cast      *Motion   `rlp:"nil"` // nil: it has not voted
	Signature Signature // on VoteDigest of it
	// Record is the certificate of the attempt, if the asking node seemed to lack it; or
	// the confirmed key of the id, whichever attempt made it.
	Record *KeyRecord   `rlp:"nil"`
	Final  *Abandonment `rlp:"nil"` // the attempt is abandoned
}

func (*Vote) Code() Code { return CodeVote }

// Bound checks all lists.
func (m *Vote) Bound() error { return boundBallot(m.Cast, m.Record, m.Final) }

// Abandonment says that an attempt can never become a key: a majority of the server set
// has voted for abandoning it, in one ballot that favours that.
type Abandonment struct {
	Session    SessionID
	Ballot     uint32     // odd
	Signatures []NodeSign // on VoteDigest, ascending by node
}

// Decision says that an attempt has become the key of its id: a majority of the server
// set has voted for completing it, in one ballot that favours that.
type Decision struct {
	Ballot uint32     `json:"ballot"` // even
	Votes  []NodeSign `json:"votes"`  // on VoteDigest, ascending by node
}

// NodeSign is a server's signature.
type NodeSign struct {
	Node      NodeID    `json:"id"`
	Signature Signature `json:"signature"`
}

// Bound checks number and order of the signatures.
func (a *Abandonment) Bound() error {
	if a.Ballot%2 == 0 {
		return errors.New("attempt abandoned in a ballot about completing it")
	}
	return boundSigns(a.Signatures)
}

// Bound checks number and order of the votes.
func (d *Decision) Bound() error {
	if d.Ballot%2 != 0 {
		return errors.New("key completed in a ballot about abandoning it")
	}
	return boundSigns(d.Votes)
}

func boundSigns(signs []NodeSign) error {
	if len(signs) > MaxMembers {
		return errors.New("too many signatures")
	}
	for i := 1; i < len(signs); i++ {
		if signs[i-1].Node.Compare(signs[i].Node) >= 0 {
			return errors.New("signatures are not in ascending order of nodes")
		}
	}
	return nil
}

func boundBallot(m *Motion, r *KeyRecord, a *Abandonment) error {
	if m != nil {
		if err := m.Bound(); err != nil {
			return err
		}
	}
	if a != nil {
		if err := a.Bound(); err != nil {
			return err
		}
	}
	return boundRecords(r)
}

// SortNodeSigns orders signatures by node.
func SortNodeSigns(signs []NodeSign) {
	slices.SortFunc(signs, func(a, b NodeSign) int { return a.Node.Compare(b.Node) })
}

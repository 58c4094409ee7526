package wire

import (
	"bytes"
	"errors"
)

// CodeRehearse opens a rehearsal; its further messages are those of dealings.
const CodeRehearse Code = 0x4c

func init() {
	opens(TrafficHandover, KindRehearse, func() Opening { return new(Rehearse) })
}

// Rehearse asks a node to take part in a redistribution of shares that are none: of numbers that everybody can work out from
// this message. So nothing that is secret is dealt, and the session, which all signatures are over, is a rehearsal's by its
// tag. It opens a session.
type Rehearse struct {
	Key       KeyID
	Parent    SessionID // the sharing that would be dealt anew
	Threshold uint32    // t' of the new one
	Members   []NodeID  // who would get shares, ascending
	Dealers   []Dealer  // t+1 holders of the parent, by their indices in it; with the public counterparts of the made-up shares
	Public    Point     // the key of the made-up shares
	Nonce     [32]byte
}

func (*Rehearse) Code() Code { return CodeRehearse }

// Subject is the key id.
func (m *Rehearse) Subject() KeyID { return m.Key }

// Session is the id of the run that this node opens with m.
func (m *Rehearse) Session(cluster ClusterID, asking NodeID) SessionID {
	var members []byte
	for i := range m.Members {
		members = append(members, m.Members[i][:]...)
	}
	dealers := &Move{Dealers: m.Dealers}
	return SessionID(Digest("rehearsal/1", cluster[:], asking[:], m.Key[:], m.Parent[:], index(m.Threshold), members, dealers.Joined(), m.Public[:], m.Nonce[:]))
}

// Opens is Session.
func (m *Rehearse) Opens(cluster ClusterID, from NodeID) (SessionID, error) {
	return m.Session(cluster, from), nil
}

// Bound checks numbers and order.
func (m *Rehearse) Bound() error {
	if n := len(m.Members); n == 0 || n > MaxMembers || uint64(m.Threshold) >= uint64(n) {
		return errors.New("rehearsal with a number of members that is out of range")
	}
	for i := 1; i < len(m.Members); i++ {
		if bytes.Compare(m.Members[i-1][:], m.Members[i][:]) >= 0 {
			return errors.New("rehearsal whose members are not in order")
		}
	}
	dealers := &Move{Dealers: m.Dealers}
	return dealers.Bound()
}

// Terms are those of the redistribution that is played.
func (m *Rehearse) Terms(cluster ClusterID, asking NodeID) Terms {
	return Terms{Cluster: cluster, Key: m.Key, Threshold: m.Threshold, SetSize: uint32(len(m.Members)), Members: m.Members, Initiator: asking,
		Nonce: m.Nonce, Move: &Move{Parent: m.Parent, Public: m.Public, Dealers: m.Dealers}}
}

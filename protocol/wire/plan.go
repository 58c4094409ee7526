package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
)

// What key servers tell for a plan: which keys each knows, and of which it has its share. It is one question to many, with
// one answer each. Nothing is decided upon it: it needs no fence, and binds nobody.
const (
	CodeListShares Code = 0x3e
	CodeShareList  Code = 0x3f
)

func init() {
	opens(TrafficHandover, KindPlan, func() Opening { return new(ListShares) })
	register(TrafficHandover, of(KindPlan), func() Message { return new(ShareList) })
}

// MaxShareList bounds the entries of a ShareList. Each costs the sender some reads of its disk.
const MaxShareList = 1024

// ListShares asks a node for a page of the confirmed keys that it knows. It opens a session.
type ListShares struct {
	After KeyID // the last key of the page before; zero: none, begin
	Nonce [32]byte
}

func (*ListShares) Code() Code { return CodeListShares }

// Subject is no key.
func (*ListShares) Subject() KeyID { return KeyID{} }

// Session is the id of the run that this node opens with m.
func (m *ListShares) Session(cluster ClusterID, asking NodeID) SessionID {
	return SessionID(Digest("list shares/1", cluster[:], asking[:], m.After[:], m.Nonce[:]))
}

// Opens is Session.
func (m *ListShares) Opens(cluster ClusterID, from NodeID) (SessionID, error) {
	return m.Session(cluster, from), nil
}

// ListedShare is what a node says of a confirmed key.
type ListedShare struct {
	Key       KeyID
	Version   SessionID // the current sharing, as the node knows it; never zero
	Slot      Slot      // of it
	Threshold uint32    // t of it, below MaxMembers
	Held      bool      // the node has just read its share of it from its disk
}

// ShareList answers ListShares: all that its sender knows after ListShares.After, up to the last entry; on the last page, up
// to the end.
type ShareList struct {
	Entries   []ListedShare // ascending by key, each key once
	Last      bool
	Signature Signature // on Digest
}

func (*ShareList) Code() Code { return CodeShareList }

// Bound checks number, order and thresholds.
func (m *ShareList) Bound() error {
	switch n := len(m.Entries); {
	case n > MaxShareList:
		return errors.New("list of shares with too many entries")
	case n == 0 && !m.Last:
		return errors.New("empty list of shares that goes on")
	}
	for i := range m.Entries {
		switch e := &m.Entries[i]; {
		case e.Version == (SessionID{}):
			return errors.New("entry of a list of shares that names no sharing")
		case e.Threshold >= MaxMembers:
			return errors.New("entry of a list of shares whose threshold is out of range")
		case i > 0 && bytes.Compare(m.Entries[i-1].Key[:], e.Key[:]) >= 0:
			return errors.New("list of shares out of order")
		}
	}
	return nil
}

// Digest is what the sender signs. The session names who has asked it what.
func (m *ShareList) Digest(session SessionID) [32]byte {
	entries := make([]byte, 0, len(m.Entries)*85)
	for i := range m.Entries {
		e := &m.Entries[i]
		entries = append(entries, e.Key[:]...)
		entries = append(entries, e.Version[:]...)
		entries = binary.BigEndian.AppendUint64(entries, e.Slot.Epoch)
		entries = binary.BigEndian.AppendUint64(entries, e.Slot.Round)
		entries = binary.BigEndian.AppendUint32(entries, e.Threshold)
		entries = append(entries, truth(e.Held))
	}
	return Digest("share list/1", session[:], entries, []byte{truth(m.Last)})
}

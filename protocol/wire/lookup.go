package wire

import "errors"

// Looking a key up: one question to all, one answer each.
const (
	CodeLookUp Code = 0x40
	CodeKnown  Code = 0x41
)

func init() {
	opens(TrafficLookup, KindLookup, func() Opening { return new(LookUp) })
	register(TrafficLookup, of(KindLookup), func() Message { return new(Known) })
}

// LookUp asks what a node knows of a key id. It opens a session.
type LookUp struct {
	Key   KeyID
	Nonce [32]byte
}

func (*LookUp) Code() Code       { return CodeLookUp }
func (m *LookUp) Subject() KeyID { return m.Key }

// Session is the id of the run that this node opens with m.
func (m *LookUp) Session(cluster ClusterID, asking NodeID) SessionID {
	return SessionID(Digest("lookup/1", cluster[:], asking[:], m.Key[:], m.Nonce[:]))
}

// Opens is Session.
func (m *LookUp) Opens(cluster ClusterID, from NodeID) (SessionID, error) {
	return m.Session(cluster, from), nil
}

// Known is all that the sender knows of the key id: nothing at all if Record is nil.
type Known struct {
	Record   *KeyRecord      `rlp:"nil"`
	Document *DocumentRecord `rlp:"nil"` // the certified pair
	Promise  *DocumentRecord `rlp:"nil"` // the pair that the sender alone has signed
	// Earlier is the record of the version that Document was stored under, as in Supply.
	Earlier *KeyRecord `rlp:"optional"`
}

func (*Known) Code() Code { return CodeKnown }

// Bound checks the lists of the records.
func (m *Known) Bound() error {
	if m.Record == nil && (m.Document != nil || m.Promise != nil) {
		return errors.New("document key of an unknown server key")
	}
	if m.Earlier != nil && m.Document == nil {
		return errors.New("record of an earlier version without what it is for")
	}
	if err := boundRecords(m.Earlier); err != nil {
		return err
	}
	return boundRecords(m.Record, m.Document, m.Promise)
}

package wire

import "errors"

// What any session may need to bring a node up to date: certified records are passed
// on with their first use, so that a node that missed them catches up.
const (
	CodeNeed       Code = 0x09
	CodeSupply     Code = 0x0a
	CodeSuperseded Code = 0x0b
)

func init() {
	register(TrafficConnection, anySession,
		func() Message { return new(Need) },
		func() Message { return new(Supply) },
		func() Message { return new(Superseded) },
	)
}

// Need answers an opening whose subject the sender has not heard of: send me these
// and I go on.
type Need struct {
	Record   bool // the confirmed KeyRecord
	Document bool // the certified DocumentRecord
}

func (*Need) Code() Code { return CodeNeed }

// Supply answers Need, once per node and session.
type Supply struct {
	Record   *KeyRecord      `rlp:"nil"`
	Document *DocumentRecord `rlp:"nil"`
	// Earlier is the record of the version that Document was stored under, if Record is of a later one that does not vouch
	// for it by itself (PairClosed).
	Earlier *KeyRecord `rlp:"optional"`
}

func (*Supply) Code() Code { return CodeSupply }

// Bound checks the lists of the records.
func (m *Supply) Bound() error {
	if m.Earlier != nil && (m.Record == nil || m.Document == nil) {
		return errors.New("record of an earlier version without what it is for")
	}
	if err := boundRecords(m.Earlier); err != nil {
		return err
	}
	return boundRecords(m.Record, m.Document)
}

// Superseded answers an opening that names a version of a key which is not current any more, in place of what was asked
// for: the sender holds the confirmed certificate of a later sharing of the same key. Whoever asked goes on under that, in
// a session of another id.
type Superseded struct {
	Record   *KeyRecord
	Document *DocumentRecord `rlp:"nil"` // that the sender keeps of the key
	// Links lead from server set 0 to the one that the record is of. This version sends none, and reads none.
	Links []byte
}

// MaxSupersededLinks bounds Superseded.Links, in bytes.
const MaxSupersededLinks = MaxMessageSize / 4

func (*Superseded) Code() Code { return CodeSuperseded }

// Bound checks the lists of the records.
func (m *Superseded) Bound() error {
	if len(m.Links) > MaxSupersededLinks {
		return errors.New("links of server sets that are too long")
	}
	return boundRecords(m.Record, m.Document)
}

// boundRecords checks records that may be absent.
func boundRecords(key *KeyRecord, documents ...*DocumentRecord) error {
	if key != nil {
		if err := key.Bound(); err != nil {
			return err
		}
	}
	for _, d := range documents {
		if d == nil {
			continue
		}
		if err := d.Bound(); err != nil {
			return err
		}
	}
	return nil
}

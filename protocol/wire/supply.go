package wire

// What any session may need to bring a node up to date: certified records are passed
// on with their first use, so that a node that missed them catches up.
const (
	CodeNeed   Code = 0x09
	CodeSupply Code = 0x0a
)

func init() {
	register(TrafficConnection, anySession,
		func() Message { return new(Need) },
		func() Message { return new(Supply) },
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
}

func (*Supply) Code() Code { return CodeSupply }

// Bound checks the lists of both records.
func (m *Supply) Bound() error { return boundRecords(m.Record, m.Document) }

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

package verify_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/common"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// madeVersions is madeSetVectors without what is wrong, and receipts.
func madeVersions() *vectorMaker {
	m := newVectorMaker()
	m.chain()
	m.versions()
	return m
}

// otherPoint is a point that no record has.
func otherPoint(i int) wire.Point { return wire.Point(secp256k1.BaseMul(coefficient(99, i)).Bytes()) }

// TestRecordIsChecked: a record is certified by all of its members and voted for by key servers, and one that was dealt anew is of
// the same key, and tells of its document key what all members have signed.
func TestRecordIsChecked(t *testing.T) {
	for name, c := range map[string]struct {
		version, set int
		bend         func(m *vectorMaker, r *wire.KeyRecord)
		reason       wire.Reason // 0: it holds
	}{
		"generated":         {0, 0, nil, 0},
		"dealt anew":        {1, 1, nil, 0},
		"by a decision":     {2, 2, nil, 0},
		"of another set":    {1, 2, nil, wire.NotMember},
		"more key servers":  {1, 1, func(m *vectorMaker, r *wire.KeyRecord) { r.Setup.SetSize++; m.signAnew(r) }, wire.NotMember},
		"a stranger in it":  {0, 4, nil, wire.NotMember},
		"another cluster":   {1, 1, func(m *vectorMaker, r *wire.KeyRecord) { r.Setup.Cluster[0]++; m.signAnew(r) }, wire.NotMember},
		"a missing signer":  {1, 1, func(_ *vectorMaker, r *wire.KeyRecord) { r.Signatures = r.Signatures[1:] }, wire.InvalidMessage},
		"another's signing": {1, 1, func(_ *vectorMaker, r *wire.KeyRecord) { r.Signatures[0] = r.Signatures[1] }, wire.InvalidMessage},
		"a false vote":      {2, 2, func(_ *vectorMaker, r *wire.KeyRecord) { r.Decided.Ballot = 4 }, wire.InvalidMessage},
		"a false acknowledgement": {1, 1, func(_ *vectorMaker, r *wire.KeyRecord) {
			r.Acks[0].Signature = r.Acks[1].Signature
		}, wire.InvalidMessage},
		"one acknowledges twice": {1, 1, func(_ *vectorMaker, r *wire.KeyRecord) { r.Acks[1] = r.Acks[0] }, wire.InvalidMessage},
		"a coefficient that is no point": {1, 1, func(m *vectorMaker, r *wire.KeyRecord) {
			r.Commitments = slices.Clone(r.Commitments)
			r.Commitments[1] = wire.Point{}
			m.signAnew(r)
		}, wire.InvalidMessage},
		"a vote of a stranger": {2, 2, func(m *vectorMaker, r *wire.KeyRecord) {
			stranger := m.ids(7)[0]
			r.Decided.Votes[0] = wire.NodeSign{Node: stranger, Signature: signWith(m.find(stranger), wire.VoteDigest(r.Version(), 2, true))}
			slices.SortFunc(r.Decided.Votes, func(a, b wire.NodeSign) int { return a.Node.Compare(b.Node) })
		}, wire.NotMember},
		"another key made of it": {1, 1, func(m *vectorMaker, r *wire.KeyRecord) {
			r.Commitments = slices.Clone(r.Commitments)
			r.Commitments[0] = otherPoint(1)
			m.signAnew(r)
		}, wire.InvalidMessage},
		"another document key than was signed": {1, 1, func(_ *vectorMaker, r *wire.KeyRecord) { r.Moved.Pair.Pair[0]++ }, wire.InvalidMessage},
		"the document key taken from it": {1, 1, func(_ *vectorMaker, r *wire.KeyRecord) {
			r.Moved.Pair = wire.PairState{Kind: wire.PairNone}
		}, wire.InvalidMessage},
	} {
		m := madeVersions()
		r := m.records[c.version]
		if c.bend != nil {
			c.bend(m, r)
		}
		err := verify.Record(m.cluster, m.sets[c.set].Members, r)
		if (err != nil) != (c.reason != 0) || err != nil && wire.ReasonOf(err) != c.reason {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestPublicShareOfNoIndex: nobody holds the value at zero, which is the key, nor one of an index that no member has.
func TestPublicShareOfNoIndex(t *testing.T) {
	r := madeVersions().records[1]
	for _, index := range []uint32{0, uint32(len(r.Setup.Members)) + 1, 1<<32 - 1} {
		if share, err := verify.PublicShare(r, index); wire.ReasonOf(err) != wire.InvalidMessage {
			t.Errorf("%d: %v, %v", index, share, err)
		}
	}
}

// pair is a document key that a majority of a record's holders have signed.
func (m *vectorMaker) pair(under *wire.KeyRecord, no int) *wire.DocumentRecord {
	d := &wire.DocumentRecord{Key: under.Setup.Key, Version: under.Version(), Common: otherPoint(2 * no), Encrypted: otherPoint(2*no + 1)}
	m.promise(under, d)
	return d
}

func (m *vectorMaker) promise(under *wire.KeyRecord, d *wire.DocumentRecord) {
	d.Signatures = nil
	for i, member := range under.Setup.Members[:under.Setup.Majority()] {
		d.Signatures = append(d.Signatures, wire.IndexedSign{Index: uint32(i + 1), Signature: signWith(m.find(member), wire.StoreDigest(m.cluster, d))})
	}
}

// state has all members sign what became of the document key.
func (m *vectorMaker) state(r *wire.KeyRecord, kind wire.PairKind, pair common.Hash) {
	r.Moved.Pair = wire.PairState{Kind: kind, Pair: pair}
	m.signAnew(r)
}

// TestDocumentOfAMovedKey: of a key that was dealt anew the document key is the one that its certificate keeps; or one that was
// stored under this version, if there was none before; or, if that was not settled, one that holders of an earlier version of the
// same key have signed.
func TestDocumentOfAMovedKey(t *testing.T) {
	for name, c := range map[string]struct {
		// bend gives the document key, and the record that it was stored under.
		bend   func(m *vectorMaker, key *wire.KeyRecord) (*wire.DocumentRecord, *wire.KeyRecord)
		reason wire.Reason
	}{
		"kept, which needs no signatures": {func(m *vectorMaker, key *wire.KeyRecord) (*wire.DocumentRecord, *wire.KeyRecord) {
			d := m.pair(m.records[0], 1)
			d.Signatures = nil
			m.state(key, wire.PairKept, d.PairHash(m.cluster))
			return d, nil
		}, 0},
		"another one is kept": {func(m *vectorMaker, key *wire.KeyRecord) (*wire.DocumentRecord, *wire.KeyRecord) {
			m.state(key, wire.PairKept, m.pair(m.records[0], 2).PairHash(m.cluster))
			return m.pair(m.records[0], 1), nil
		}, wire.InvalidMessage},
		"kept, and another key's": {func(m *vectorMaker, key *wire.KeyRecord) (*wire.DocumentRecord, *wire.KeyRecord) {
			d := m.pair(m.records[0], 1)
			d.Key[0]++
			m.state(key, wire.PairKept, d.PairHash(m.cluster))
			return d, nil
		}, wire.InvalidMessage},
		"kept, and no points": {func(m *vectorMaker, key *wire.KeyRecord) (*wire.DocumentRecord, *wire.KeyRecord) {
			d := m.pair(m.records[0], 1)
			d.Common = wire.Point{}
			m.state(key, wire.PairKept, d.PairHash(m.cluster))
			return d, nil
		}, wire.Cryptographic},
		"kept, with one signature often": {func(m *vectorMaker, key *wire.KeyRecord) (*wire.DocumentRecord, *wire.KeyRecord) {
			d := m.pair(m.records[0], 1)
			d.Signatures[1] = d.Signatures[0]
			m.state(key, wire.PairKept, d.PairHash(m.cluster))
			return d, nil
		}, wire.InvalidMessage},
		"kept, and one of this version beside it": {func(m *vectorMaker, key *wire.KeyRecord) (*wire.DocumentRecord, *wire.KeyRecord) {
			m.state(key, wire.PairKept, m.pair(m.records[0], 1).PairHash(m.cluster))
			return m.pair(key, 2), nil
		}, wire.InvalidMessage},
		"none, and one of this version": {func(m *vectorMaker, key *wire.KeyRecord) (*wire.DocumentRecord, *wire.KeyRecord) {
			m.state(key, wire.PairNone, common.Hash{})
			return m.pair(key, 1), nil
		}, 0},
		"none, and one of an earlier version": {func(m *vectorMaker, key *wire.KeyRecord) (*wire.DocumentRecord, *wire.KeyRecord) {
			m.state(key, wire.PairNone, common.Hash{})
			return m.pair(m.records[0], 1), m.records[0]
		}, wire.InvalidMessage},
		"none, though it is named": {func(m *vectorMaker, key *wire.KeyRecord) (*wire.DocumentRecord, *wire.KeyRecord) {
			d := m.pair(m.records[0], 1)
			m.state(key, wire.PairNone, d.PairHash(m.cluster))
			return d, m.records[0]
		}, wire.InvalidMessage},
		"open, of an earlier version": {func(m *vectorMaker, key *wire.KeyRecord) (*wire.DocumentRecord, *wire.KeyRecord) {
			m.state(key, wire.PairClosed, common.Hash{})
			return m.pair(m.records[0], 1), m.records[0]
		}, 0},
		"open, by too few": {func(m *vectorMaker, key *wire.KeyRecord) (*wire.DocumentRecord, *wire.KeyRecord) {
			m.state(key, wire.PairClosed, common.Hash{})
			d := m.pair(m.records[0], 1)
			d.Signatures = d.Signatures[1:]
			return d, m.records[0]
		}, wire.InvalidMessage},
		"open, and nothing is known of that version": {func(m *vectorMaker, key *wire.KeyRecord) (*wire.DocumentRecord, *wire.KeyRecord) {
			m.state(key, wire.PairClosed, common.Hash{})
			return m.pair(m.records[0], 1), nil
		}, wire.Unavailable},
		"open, of another version than that": {func(m *vectorMaker, key *wire.KeyRecord) (*wire.DocumentRecord, *wire.KeyRecord) {
			m.state(key, wire.PairClosed, common.Hash{})
			return m.pair(m.records[0], 1), m.records[1]
		}, wire.Unavailable},
		"open, of a later version": {func(m *vectorMaker, key *wire.KeyRecord) (*wire.DocumentRecord, *wire.KeyRecord) {
			m.state(key, wire.PairClosed, common.Hash{})
			later := m.records[3]
			m.state(later, wire.PairNone, common.Hash{})
			return m.pair(later, 1), later
		}, wire.Unavailable},
		"open, of another server key": {func(m *vectorMaker, key *wire.KeyRecord) (*wire.DocumentRecord, *wire.KeyRecord) {
			m.state(key, wire.PairClosed, common.Hash{})
			other := m.records[0] // whose version does not tell
			other.Commitments = slices.Clone(other.Commitments)
			other.Commitments[0] = otherPoint(9)
			m.signAnew(other)
			return m.pair(other, 1), other
		}, wire.Unavailable},
		"of another cluster": {func(m *vectorMaker, key *wire.KeyRecord) (*wire.DocumentRecord, *wire.KeyRecord) {
			d := m.pair(m.records[0], 1)
			key.Setup.Cluster[0]++
			m.state(key, wire.PairKept, d.PairHash(key.Setup.Cluster))
			return d, nil
		}, wire.NotMember},
	} {
		m := madeVersions()
		key := m.records[2]
		d, earlier := c.bend(m, key)
		err := verify.Document(m.cluster, key, earlier, d)
		if (err != nil) != (c.reason != 0) || err != nil && wire.ReasonOf(err) != c.reason {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestStoredOfAMovedKey: a client believes what all members of a key that was dealt anew have signed of its document key, and
// nothing else.
func TestStoredOfAMovedKey(t *testing.T) {
	for name, bend := range map[string]func(m *vectorMaker, key *wire.KeyRecord, s *wire.Stored){
		"": nil,
		"another pair, which nobody signed": func(m *vectorMaker, _ *wire.KeyRecord, s *wire.Stored) {
			s.Document = *m.pair(m.records[0], 2)
			s.Moved = &wire.Moved{Dealings: s.Moved.Dealings, Pair: wire.PairState{Kind: wire.PairKept, Pair: s.Document.PairHash(m.cluster)}}
		},
		"another pair than was signed": func(m *vectorMaker, _ *wire.KeyRecord, s *wire.Stored) { s.Document = *m.pair(m.records[0], 2) },
		"nothing was settled": func(m *vectorMaker, key *wire.KeyRecord, s *wire.Stored) {
			m.state(key, wire.PairClosed, common.Hash{})
			s.Certificate, s.Moved = key.Certificate(), key.Moved
		},
		"more waivers than there are holders": func(m *vectorMaker, key *wire.KeyRecord, s *wire.Stored) {
			key.Moved.Pair.Waivers = make([]wire.Waiver, wire.MaxMembers+1)
			m.signAnew(key)
			s.Certificate, s.Moved = key.Certificate(), key.Moved
		},
	} {
		m := madeVersions()
		key, d := m.records[1], m.pair(m.records[0], 1)
		m.state(key, wire.PairKept, d.PairHash(m.cluster))
		s := &wire.Stored{Certificate: key.Certificate(), Document: *d, Moved: key.Moved}
		if bend != nil {
			bend(m, key, s)
		}
		if err := verify.Stored(s); (err != nil) != (bend != nil) || err != nil && wire.ReasonOf(err) != wire.InvalidMessage {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// TestSuccessionSpeaks: the key servers of a key speak for it from its making until they have long been followed by others, and
// those of no set that is known never.
func TestSuccessionSpeaks(t *testing.T) {
	m := madeVersions()
	s, err := verify.Follow(m.sets[2], m.links[2:5]...) // sets 2 to 5
	if err != nil {
		t.Fatal(err)
	}
	origin, end := m.records[0].Version(), m.links[3].Attempt.Block.Number // of set 3
	for name, c := range map[string]struct {
		version int
		origin  wire.SessionID
		block   uint64
		reason  wire.Reason // 0: they speak
	}{
		"before others followed":    {3, origin, end - 1, 0},
		"when they did":             {3, origin, end, 0},
		"at the last block":         {3, origin, end + wire.DrainBlocks, 0},
		"the newest, long after":    {5, origin, 1 << 60, 0},
		"a key of another making":   {3, m.records[1].Version(), end, wire.NotMember},
		"of a set before the first": {1, origin, end, wire.NotMember},
		"of a set after the last":   {6, origin, end, wire.NotMember},
	} {
		terms := m.records[c.version].Setup.Terms()
		set, err := s.Speaks(&terms, c.origin, c.block)
		if (err != nil) != (c.reason != 0) || err != nil && wire.ReasonOf(err) != c.reason {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil && set.Hash() != m.sets[c.version].Hash() {
			t.Errorf("%s: set %d speaks", name, set.Epoch)
		}
	}
	terms := m.records[3].Setup.Terms()
	var superseded *verify.SupersededError
	if _, err := s.Speaks(&terms, origin, end+wire.DrainBlocks+1); !errors.As(err, &superseded) || superseded.Epoch != 3 || superseded.End != end {
		t.Errorf("after the end: %v", err)
	}
	terms.Set = &wire.SetRef{Epoch: 3, Hash: common.Hash{1}}
	if _, err := s.Speaks(&terms, origin, end); wire.ReasonOf(err) != wire.NotMember {
		t.Errorf("another set of that epoch: %v", err)
	}
	if _, err := verify.Follow(m.sets[2], m.links[3]); wire.ReasonOf(err) != wire.NotMember {
		t.Errorf("a link from another set: %v", err)
	}
}

// TestErasedIsChecked: a receipt of erasure is its node's, for one cluster, key, version and successor.
func TestErasedIsChecked(t *testing.T) {
	for name, bend := range map[string]func(m *vectorMaker, e *wire.Erased){
		"":                  nil,
		"another node":      func(m *vectorMaker, e *wire.Erased) { e.Node = m.ids(2)[0] },
		"another key":       func(_ *vectorMaker, e *wire.Erased) { e.Key[0]++ },
		"another version":   func(_ *vectorMaker, e *wire.Erased) { e.Version[0]++ },
		"another successor": func(_ *vectorMaker, e *wire.Erased) { e.Successor[0]++ },
		"another cluster":   func(m *vectorMaker, _ *wire.Erased) { m.cluster[0]++ },
	} {
		m := madeVersions()
		e := &wire.Erased{Key: m.records[0].Setup.Key, Version: m.records[0].Version(), Successor: m.records[1].Version(), Node: m.ids(1)[0]}
		e.Signature = signWith(m.nodes[1], wire.ErasedDigest(m.cluster, e))
		if bend != nil {
			bend(m, e)
		}
		if err := verify.Erased(m.cluster, e); (err != nil) != (bend != nil) || err != nil && wire.ReasonOf(err) != wire.InvalidMessage {
			t.Errorf("%q: %v", name, err)
		}
	}
}

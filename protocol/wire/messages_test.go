package wire

import (
	"bytes"
	"math/big"
	"reflect"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/rlp"
)

func sampleKey() *KeyRecord {
	return &KeyRecord{
		Setup:       Setup{Threshold: 1, SetSize: 2, Members: []NodeID{{1}, {2}}, Initiator: NodeID{1}, Proof: Proof{Kind: LegacyProof, Data: make([]byte, 65)}},
		Commitments: []Point{{3}, {4}},
		Signatures:  []Signature{{5}, {6}},
		Acks:        []IndexedSign{{Index: 1}, {Index: 2}},
	}
}

func sampleDocument() *DocumentRecord {
	return &DocumentRecord{Key: KeyID{1}, Common: Point{2}, Encrypted: Point{3}, Signatures: []IndexedSign{{Index: 1}, {Index: 4}}}
}

func sampleSet() *ServerSet {
	return &ServerSet{Cluster: ClusterID{1}, Members: []NodeID{{1}, {2}}, Keys: []Point{}, Authority: Authority{Administrators: []common.Address{{1}}, Needed: 1}}
}

// sampleAttempt is one with those that are ready, or a proposal still.
func sampleAttempt(fixed bool) *SetAttempt {
	a := &SetAttempt{
		Order: SetOrder{Chain: 9, Cluster: ClusterID{1}, Epoch: 1, Parent: common.Hash{2}, Members: []OrderMember{{NodeID{1}, "a:1"}, {NodeID{3}, "b:2"}},
			Floor: 1, Administrators: []common.Address{{1}, {2}}, Needed: 2, Expires: 5, Nonce: common.Hash{3}},
		Orders: []AdminSignature{{4}}, Coordinator: NodeID{1}, Nonce: common.Hash{5}, Block: BlockRef{Number: 6}, Ready: []Readiness{},
	}
	if fixed {
		a.Ready = []Readiness{{Node: NodeID{1}, Key: Point{7}}, {Node: NodeID{3}, Key: Point{8}}}
		a.Signature = Signature{9}
	}
	return a
}

func sampleLink() *SetLink {
	return &SetLink{Attempt: *sampleAttempt(true), Signed: []SetSign{{Node: NodeID{1}, Signature: Signature{1}}, {Node: NodeID{2}, Epoch: Signature{2}}},
		Decided: Decision{Votes: []NodeSign{{Node: NodeID{1}}, {Node: NodeID{2}}}}}
}

// sampleMove is the set-up of a redistribution.
func sampleMove() Setup {
	s := sampleKey().Setup
	s.Set = &SetRef{Epoch: 1, Hash: common.Hash{1}}
	s.Move = &Move{Round: 7, Origin: SessionID{1}, Parent: SessionID{2}, Made: 1, Public: Point{3}, Dealers: []Dealer{{Node: NodeID{1}, Index: 1}, {Node: NodeID{5}, Index: 4}}}
	return s
}

// storedSamples has one of each message of storing, retrieval and look-up, and of the forms
// with a part left out.
func storedSamples() []Message {
	proof := Proof{Kind: LegacyProof, Data: bytes.Repeat([]byte{7}, 65)}
	return []Message{
		&Refuse{Reason: Denied, Detail: []byte("no")},
		&Need{Record: true},
		&Redistribute{Setup: sampleMove(), Parent: *sampleKey(), Abandonments: []Abandonment{}},
		&Redistribute{Setup: sampleMove(), Parent: *sampleKey(), Abandonments: []Abandonment{}, Cause: &RoundCause{
			Order: &SignedRefresh{Order: RefreshOrder{Chain: 9, Cluster: ClusterID{1}, Epoch: 1, Set: common.Hash{1}, Round: 7}, Signatures: []AdminSignature{{4}, {5}}}}},
		&Redistribute{Setup: sampleMove(), Parent: *sampleKey(), Abandonments: []Abandonment{}, Cause: &RoundCause{
			Repair: &RepairRequest{Cluster: ClusterID{1}, Epoch: 1, Set: common.Hash{1}, Key: KeyID{2}, Round: 7, Version: SessionID{3}, Node: NodeID{1}, Signature: Signature{5}}}},
		&Waiver{Index: 2, Pair: common.Hash{3}, Signature: Signature{4}},
		&PairSettled{State: PairState{Kind: PairNone, Waivers: []Waiver{{Index: 1}, {Index: 2}}}},
		&PairSettled{State: PairState{Kind: PairKept, Pair: common.Hash{3}, Waivers: []Waiver{}}, Document: sampleDocument()},
		&Supply{}, &Supply{Record: sampleKey()}, &Supply{Record: sampleKey(), Document: sampleDocument()}, &Supply{Document: sampleDocument()},
		&Supply{Record: sampleKey(), Document: sampleDocument(), Earlier: sampleKey()},
		&Superseded{Record: sampleKey(), Links: []byte{}}, &Superseded{Record: sampleKey(), Document: sampleDocument(), Links: []byte{1}},
		&Store{Key: KeyID{1}, Version: SessionID{2}, Common: Point{3}, Encrypted: Point{4}, Proof: proof, Nonce: [32]byte{5}},
		&StorePromise{Signature: Signature{1}},
		&StoreExists{Document: *sampleDocument()},
		&StoreCertificate{Document: *sampleDocument()},
		&StoreAck{},
		&Retrieve{Key: KeyID{1}, Version: SessionID{2}, Common: Point{3}, Encrypted: Point{4}, Proof: proof, Shadow: true,
			Block: BlockRef{Number: 9}, Set: []uint32{1, 3, 256}, Nonce: [32]byte{5}},
		&Partial{Part: [192]byte{1}, Sealed: make([]byte, SealedShadowSize)}, &Partial{Sealed: []byte{}},
		&Partial{Part: [192]byte{1}, Sealed: make([]byte, SealedShadowSize), Receipt: Signature{7}},
		&RetrieveMany{Keys: []BatchKey{{Key: KeyID{1}, Version: SessionID{2}, Common: Point{3}, Encrypted: Point{4}}, {Key: KeyID{2}}}, Proof: proof,
			Block: BlockRef{Number: 9}, Set: []uint32{1, 3, 256}, Nonce: [32]byte{5}},
		&Partials{Parts: []BatchPart{{Part: &Partial{Part: [192]byte{1}, Sealed: make([]byte, SealedShadowSize), Receipt: Signature{7}}}, {Reason: Denied}}},
		&NewerHead{Head: BlockRef{Number: 3}},
		&Sign{Key: KeyID{1}, Version: SessionID{2}, Scheme: Schnorr, Hash: common.Hash{3}, Proof: proof, Block: BlockRef{Number: 9},
			Set: []uint32{1, 3}, Nonces: []NonceBytes{{4}, {5}}, Nonce: [32]byte{5}},
		&Sign{Key: KeyID{1}, Version: SessionID{2}, Scheme: ECDSA, Hash: common.Hash{3}, Proof: proof, Block: BlockRef{Number: 9},
			Set: []uint32{1, 3, 256}, Nonces: []NonceBytes{}, Item: Item{Transcript: common.Hash{6}, Number: 7}, Nonce: [32]byte{5}},
		&Willing{}, &Committed{Nonce: NonceBytes{1}}, &Commitments{Nonces: []NonceBytes{{1}, {2}}},
		&SchnorrShare{Share: [32]byte{1}, Next: []NonceBytes{{2}}, Signature: Signature{3}},
		&Opened{Opening: OpeningBytes{1}, Signature: Signature{2}}, &Openings{Openings: []Opened{{Opening: OpeningBytes{1}}}},
		&ECDSAShare{Share: ECDSAShareBytes{1}, Signature: Signature{2}},
		&Deal{Setup: DealSetup{Cluster: ClusterID{1}, Coordinator: NodeID{2}, Threshold: 1, Items: 8, Set: []uint32{1, 2, 4},
			Members: []NodeID{{2}, {3}, {5}}, Nonce: [32]byte{6}}},
		&Deal{Setup: DealSetup{Items: 1, Set: []uint32{1}, Members: []NodeID{{2}}}, Kept: &Kept{Dealings: []KeptItems{}}},
		&Deal{Setup: DealSetup{Items: 1, Set: []uint32{1}, Members: []NodeID{{2}}}, Kept: sampleKept()},
		&Deal{Setup: DealSetup{Items: 1, Set: []uint32{1}, Members: []NodeID{{2}}, Slot: &Slot{Epoch: 1, Round: 9}}},
		&LookUp{Key: KeyID{1}, Nonce: [32]byte{2}},
		&Explain{Requester: common.Address{1}, Key: KeyID{1}, Block: BlockRef{Number: 9}, Nonce: [32]byte{2}},
		&Explained{Answer: 3, Block: BlockRef{Number: 9}, Head: BlockRef{Number: 10}, Holds: true, Reason: []byte("no")},
		&Holdings{Keys: []KeyVersion{{KeyID{1}, SessionID{2}}, {KeyID{3}, SessionID{4}}}, Nonce: [32]byte{2}},
		&Held{Bits: []byte{5, 0}}, &Held{Bits: []byte{}},
		&ListKeys{Set: SetRef{Epoch: 1, Hash: common.Hash{1}}, After: ListedKey{KeyID{1}, SessionID{2}}, Nonce: [32]byte{3}},
		&Listing{Entries: []ListedKey{{KeyID{1}, SessionID{2}}, {KeyID{1}, SessionID{3}}, {KeyID{2}, SessionID{1}}}, Counts: true, Signature: Signature{4}},
		&Listing{Entries: []ListedKey{}, Last: true},
		&AskHolds{Keys: []KeyVersion{{KeyID{1}, SessionID{2}}, {KeyID{3}, SessionID{4}}}, Nonce: [32]byte{2}},
		&Holds{Bits: []byte{5, 0}, Signature: Signature{1}}, &Holds{Bits: []byte{}},
		&Rehearse{Key: KeyID{1}, Parent: SessionID{2}, Threshold: 1, Members: []NodeID{{1}, {2}}, Dealers: []Dealer{{NodeID{1}, 1, Point{1}}, {NodeID{3}, 2, Point{2}}}, Public: Point{3}, Nonce: [32]byte{4}},
		&ListShares{After: KeyID{1}, Nonce: [32]byte{2}},
		&ShareList{Entries: []ListedShare{{KeyID{1}, SessionID{2}, Slot{3, 4}, 1, true}, {KeyID{2}, SessionID{2}, Slot{}, 255, false}}, Signature: Signature{4}},
		&ShareList{Entries: []ListedShare{}, Last: true},
		&AskErased{Keys: []KeyVersion{{KeyID{1}, SessionID{2}}}, Nonce: [32]byte{2}},
		&Erasures{Receipts: []Erased{{Key: KeyID{1}, Version: SessionID{2}, Successor: SessionID{3}, Node: NodeID{4}, Signature: Signature{5}}}},
		&Propose{Attempt: *sampleAttempt(false), History: SetLinks{First: sampleSet(), Links: []SetLink{}}}, &Propose{Attempt: *sampleAttempt(false), History: SetLinks{Links: []SetLink{*sampleLink()}}},
		&Ready{Readiness: Readiness{Node: NodeID{1}, Key: Point{2}, Proof: Signature{3}, Signature: Signature{4}}},
		&Attempted{Ready: sampleAttempt(true).Ready, Signature: Signature{5}}, &SetBound{Signature: Signature{1}, Epoch: Signature{2}},
		&Certified{Signed: sampleLink().Signed}, &SetAck{Signature: Signature{1}}, &Established{Link: *sampleLink()}, &SetConflict{Attempt: *sampleAttempt(true)},
		&SetPoll{Epoch: 1, Nonce: [32]byte{2}, Attempt: sampleAttempt(true), Ask: &Motion{Grounds: []NodeSign{}}, Signed: sampleLink().Signed},
		&SetPoll{Epoch: 1, Cancel: &SignedCancel{CancelOrder{Epoch: 1}, []AdminSignature{{1}}}, Signed: []SetSign{}}, &SetPoll{Epoch: 1, Link: sampleLink(), Signed: []SetSign{}},
		&SetVote{Signed: []SetSign{}}, &SetVote{Held: sampleAttempt(true), Cast: &Motion{Ballot: 2, Complete: true, Grounds: []NodeSign{{Node: NodeID{1}}}}, Signed: sampleLink().Signed},
		&SetVote{Final: &Abandonment{Ballot: 1, Signatures: []NodeSign{{Node: NodeID{1}}}}, Signed: []SetSign{}}, &SetVote{Link: sampleLink(), Signed: []SetSign{}},
		&Follow{From: 3, First: true, Nonce: [32]byte{1}}, &SetLinks{Links: []SetLink{}},
		&Established{Link: *sampleGivenUp()}, &SetConflict{Attempt: sampleGivenUp().Attempt},
		&Follow{From: 3, Addresses: sampleAddresses()}, &SetLinks{Links: []SetLink{}, Addresses: sampleAddresses()}, &SetLinks{First: sampleSet(), Links: []SetLink{*sampleLink()}, More: true},
		&Known{}, &Known{Record: sampleKey()}, &Known{Record: sampleKey(), Document: sampleDocument()}, &Known{Record: sampleKey(), Promise: sampleDocument()},
		&Known{Record: sampleKey(), Document: sampleDocument(), Earlier: sampleKey()},
	}
}

func sampleKept() *Kept {
	return &Kept{Dealings: []KeptItems{{Transcript: common.Hash{1}, Numbers: 0x8003}, {Transcript: common.Hash{2}, Numbers: 1}}}
}

// What a coordinator keeps has one encoding: what says nothing of it is as it was before there was such a list, and one
// of nothing is another thing.
func TestKeptHasOneEncoding(t *testing.T) {
	setup := DealSetup{Items: 1, Set: []uint32{1}, Members: []NodeID{{2}}}
	bare, err := rlp.EncodeToBytes(&setup)
	if err != nil {
		t.Fatal(err)
	}
	body := func(rest ...byte) []byte {
		list, err := rlp.EncodeToBytes(append([]rlp.RawValue{bare}, split(t, rest)...))
		if err != nil {
			t.Fatal(err)
		}
		payload, err := rlp.EncodeToBytes(&frame{SessionID{8}, list})
		if err != nil {
			t.Fatal(err)
		}
		return payload
	}
	for name, c := range map[string]struct {
		rest []byte
		want *Kept
		good bool
	}{
		"nothing is said":     {nil, nil, true},
		"a list of nothing":   {[]byte{0xc1, 0xc0}, &Kept{Dealings: []KeptItems{}}, true},
		"written out as none": {[]byte{0xc0}, nil, false},
		"an empty text":       {[]byte{0x80}, nil, false},
		"one field more":      {[]byte{0xc1, 0xc0, 0xc0}, nil, false},
	} {
		_, m, err := Decode(CodeDeal, body(c.rest...))
		if (err == nil) != c.good {
			t.Errorf("%s: %v", name, err)
		} else if c.good && !reflect.DeepEqual(m, &Deal{Setup: setup, Kept: c.want}) {
			t.Errorf("%s: %+v", name, m)
		} else if again, err := Encode(SessionID{8}, &Deal{Setup: setup, Kept: c.want}); c.good && (err != nil || !bytes.Equal(again, body(c.rest...))) {
			t.Errorf("%s: is encoded in another way: %v", name, err)
		}
	}
	one, other := Deal{Setup: setup}, Deal{Setup: setup, Kept: sampleKept()}
	if one.Setup.Session() != other.Setup.Session() {
		t.Error("the session's id is another one")
	}
}

func split(t *testing.T, values []byte) (all []rlp.RawValue) {
	t.Helper()
	for len(values) > 0 {
		_, _, rest, err := rlp.Split(values)
		if err != nil {
			t.Fatal(err)
		}
		all, values = append(all, values[:len(values)-len(rest)]), rest
	}
	return all
}

// An item is in the list if it was put there.
func TestKeptOf(t *testing.T) {
	items := []Item{{common.Hash{2}, 0}, {common.Hash{1}, 15}, {common.Hash{1}, 0}, {common.Hash{1}, 1}}
	k := KeptOf(items)
	if !reflect.DeepEqual(k, sampleKept()) || k.Bound() != nil {
		t.Errorf("%+v: %v", k, k.Bound())
	}
	for _, i := range items {
		if !k.Has(i) {
			t.Errorf("%+v is missing", i)
		}
	}
	for _, i := range []Item{{common.Hash{1}, 2}, {common.Hash{2}, 1}, {common.Hash{3}, 0}, {common.Hash{1}, 16}, {common.Hash{1}, 1 << 31}} {
		if k.Has(i) {
			t.Errorf("%+v is in the list", i)
		}
	}
}

func TestMessagesRoundTrip(t *testing.T) {
	for _, m := range storedSamples() {
		payload, err := Encode(SessionID{8}, m)
		if err != nil {
			t.Fatalf("%T: %v", m, err)
		}
		id, got, err := Decode(m.Code(), payload)
		if err != nil || id != (SessionID{8}) || !reflect.DeepEqual(got, m) {
			t.Errorf("%T: decoded to %+v, %v", m, got, err)
		}
	}
}

// What is not exactly one message is none.
func TestMessagesTorn(t *testing.T) {
	for _, m := range storedSamples() {
		payload, err := Encode(SessionID{8}, m)
		if err != nil {
			t.Fatal(err)
		}
		for n := range payload {
			if _, _, err := Decode(m.Code(), payload[:n]); err == nil {
				t.Fatalf("%T: %d of %d bytes are accepted", m, n, len(payload))
			}
		}
		if _, _, err := Decode(m.Code(), append(payload, 0)); err == nil {
			t.Errorf("%T: a byte too many is accepted", m)
		}
	}
}

func keeping(dealings ...KeptItems) *Deal {
	return &Deal{Setup: DealSetup{Items: 1, Set: []uint32{1}, Members: []NodeID{{2}}}, Kept: &Kept{Dealings: dealings}}
}

// tooManyKept are in order, and one too many.
func tooManyKept() (all []KeptItems) {
	for i := range MaxKept + 1 {
		all = append(all, KeptItems{common.BigToHash(big.NewInt(int64(i))), 1})
	}
	return all
}

// tooManyListed are in order, and one too many.
func tooManyListed() *Listing {
	m := &Listing{Last: true}
	for i := range MaxListing + 1 {
		m.Entries = append(m.Entries, ListedKey{KeyID(common.BigToHash(big.NewInt(int64(i)))), SessionID{1}})
	}
	return m
}

// Each limit, just over it.
func TestMessagesOutOfBounds(t *testing.T) {
	many := func(n int) (s []IndexedSign) {
		for i := range n {
			s = append(s, IndexedSign{Index: uint32(i + 1)})
		}
		return s
	}
	key := func(change func(r *KeyRecord)) *KeyRecord { r := sampleKey(); change(r); return r }
	document := func(change func(d *DocumentRecord)) *DocumentRecord {
		d := sampleDocument()
		change(d)
		return d
	}
	long := Proof{Kind: LegacyProof, Data: make([]byte, maxProof+1)}
	for name, m := range map[string]Message{
		"refusal with a long text":     &Refuse{Detail: make([]byte, MaxDetail+1)},
		"store with a long proof":      &Store{Proof: long},
		"retrieval with a long proof":  &Retrieve{Set: []uint32{1}, Proof: long},
		"empty set":                    &Retrieve{},
		"set with zero":                &Retrieve{Set: []uint32{0, 1}},
		"set out of order":             &Retrieve{Set: []uint32{2, 1}},
		"set with a node twice":        &Retrieve{Set: []uint32{1, 1}},
		"set beyond the members":       &Retrieve{Set: []uint32{1, MaxMembers + 1}},
		"oversized set":                &Retrieve{Set: make([]uint32, MaxMembers+1)},
		"batch of no keys":             &RetrieveMany{Set: []uint32{1}},
		"batch of too many keys":       &RetrieveMany{Keys: make([]BatchKey, MaxBatch+1), Set: []uint32{1}},
		"batch with a key twice":       &RetrieveMany{Keys: make([]BatchKey, 2), Set: []uint32{1}},
		"batch without a set":          &RetrieveMany{Keys: make([]BatchKey, 1)},
		"too many parts":               &Partials{Parts: make([]BatchPart, MaxBatch+1)},
		"neither a part nor a reason":  &Partials{Parts: make([]BatchPart, 1)},
		"a part and a reason":          &Partials{Parts: []BatchPart{{Part: new(Partial), Reason: Denied}}},
		"a part with a short shadow":   &Partials{Parts: []BatchPart{{Part: &Partial{Sealed: []byte{1}}}}},
		"short shadow":                 &Partial{Sealed: make([]byte, SealedShadowSize-1)},
		"long shadow":                  &Partial{Sealed: make([]byte, SealedShadowSize+1)},
		"too many promises":            &StoreCertificate{Document: *document(func(d *DocumentRecord) { d.Signatures = many(MaxMembers + 1) })},
		"a promise twice":              &StoreExists{Document: *document(func(d *DocumentRecord) { d.Signatures[1].Index = 1 })},
		"a promise of index zero":      &Supply{Document: document(func(d *DocumentRecord) { d.Signatures[0].Index = 0 })},
		"question of the zero address": &Explain{Key: KeyID{1}},
		"no answer":                    &Explained{},
		"answer of no meaning":         &Explained{Answer: maxAnswer + 1},
		"verdict with a long text":     &Explained{Answer: 1, Reason: make([]byte, MaxDetail+1)},
		"holdings of nothing":          &Holdings{},
		"holdings of too much":         &Holdings{Keys: make([]KeyVersion, MaxHoldings+1)},
		"held too much":                &Held{Bits: make([]byte, MaxHoldings/8+1)},
		"listing for the first set":    &ListKeys{},
		"page with too many entries":   tooManyListed(),
		"empty page that goes on":      &Listing{},
		"entry twice":                  &Listing{Entries: []ListedKey{{KeyID{1}, SessionID{2}}, {KeyID{1}, SessionID{2}}}},
		"entries out of order":         &Listing{Entries: []ListedKey{{KeyID{2}, SessionID{2}}, {KeyID{1}, SessionID{3}}}},
		"entry without an attempt":     &Listing{Entries: []ListedKey{{KeyID{1}, SessionID{}}}},
		"rehearsal with nobody":        &Rehearse{Dealers: []Dealer{{Node: NodeID{1}, Index: 1}}},
		"rehearsal with too many":      &Rehearse{Members: make([]NodeID, MaxMembers+1), Dealers: []Dealer{{Node: NodeID{1}, Index: 1}}},
		"rehearsal with one twice":     &Rehearse{Members: []NodeID{{1}, {1}}, Dealers: []Dealer{{Node: NodeID{1}, Index: 1}}},
		"rehearsal that nobody deals":  &Rehearse{Members: []NodeID{{1}}},
		"rehearsal of a threshold":     &Rehearse{Threshold: 1, Members: []NodeID{{1}}, Dealers: []Dealer{{Node: NodeID{1}, Index: 1}}},
		"shares of too many keys":      &ShareList{Entries: make([]ListedShare, MaxShareList+1)},
		"shares of none, and more":     &ShareList{},
		"shares of no sharing":         &ShareList{Entries: []ListedShare{{Key: KeyID{1}}}},
		"shares of a key twice":        &ShareList{Entries: []ListedShare{{Key: KeyID{1}, Version: SessionID{1}}, {Key: KeyID{1}, Version: SessionID{2}}}},
		"shares of a high threshold":   &ShareList{Entries: []ListedShare{{Version: SessionID{1}, Threshold: MaxMembers}}},
		"holds of nothing":             &AskHolds{},
		"holds of too much":            &AskHolds{Keys: make([]KeyVersion, MaxHoldings+1)},
		"holds too much":               &Holds{Bits: make([]byte, MaxHoldings/8+1)},
		"erasure of nothing":           &AskErased{},
		"erasure of too much":          &AskErased{Keys: make([]KeyVersion, MaxHoldings+1)},
		"too many receipts":            &Erasures{Receipts: make([]Erased, MaxErasures+1)},
		"dealings kept out of order":   keeping(KeptItems{common.Hash{2}, 1}, KeptItems{common.Hash{1}, 1}),
		"a dealing kept twice":         keeping(KeptItems{common.Hash{1}, 1}, KeptItems{common.Hash{1}, 2}),
		"nothing of a dealing kept":    keeping(KeptItems{common.Hash{1}, 0}),
		"too many dealings kept":       keeping(tooManyKept()...),
		"document without key":         &Known{Document: sampleDocument()},
		"promise without key":          &Known{Promise: sampleDocument()},
		"known: too few commitments":   &Known{Record: key(func(r *KeyRecord) { r.Commitments = r.Commitments[:1] })},
		"supply: too many signatures":  &Supply{Record: key(func(r *KeyRecord) { r.Signatures = append(r.Signatures, Signature{}) })},
		"supply: members out of order": &Supply{Record: key(func(r *KeyRecord) { r.Setup.Members = []NodeID{{2}, {1}} })},
		"supply: no members":           &Supply{Record: key(func(r *KeyRecord) { r.Setup.Members = nil })},
		"supply: threshold too high":   &Supply{Record: key(func(r *KeyRecord) { r.Setup.Threshold = 2 })},
		"supply: ack of nobody":        &Supply{Record: key(func(r *KeyRecord) { r.Acks[1].Index = 3 })},
	} {
		payload, err := Encode(SessionID{}, m)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, _, err := Decode(m.Code(), payload); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// Everything that a session is about is in its id.
func TestSessionIDs(t *testing.T) {
	ask := func() *Retrieve {
		return &Retrieve{Proof: Proof{Kind: LegacyProof, Data: []byte{1, 2}}, Set: []uint32{1, 2}}
	}
	ids := make(map[SessionID]string)
	add := func(name string, id SessionID) {
		if other, ok := ids[id]; ok {
			t.Errorf("%q has the session id of %q", name, other)
		}
		ids[id] = name
	}
	add("as it is", ask().Session(ClusterID{}, NodeID{}))
	add("cluster", ask().Session(ClusterID{1}, NodeID{}))
	add("coordinator", ask().Session(ClusterID{}, NodeID{1}))
	for name, change := range map[string]func(m *Retrieve){
		"key":          func(m *Retrieve) { m.Key[0] = 1 },
		"version":      func(m *Retrieve) { m.Version[0] = 1 },
		"common":       func(m *Retrieve) { m.Common[0] = 1 },
		"encrypted":    func(m *Retrieve) { m.Encrypted[0] = 1 },
		"proof":        func(m *Retrieve) { m.Proof.Data = []byte{1, 3} },
		"proof kind":   func(m *Retrieve) { m.Proof.Kind = 2 },
		"mode":         func(m *Retrieve) { m.Shadow = true },
		"block number": func(m *Retrieve) { m.Block.Number = 1 },
		"block hash":   func(m *Retrieve) { m.Block.Hash[0] = 1 },
		"set":          func(m *Retrieve) { m.Set = []uint32{1, 3} },
		"larger set":   func(m *Retrieve) { m.Set = []uint32{1, 2, 3} },
		"nonce":        func(m *Retrieve) { m.Nonce[0] = 1 },
	} {
		m := ask()
		change(m)
		add(name, m.Session(ClusterID{}, NodeID{}))
	}
}

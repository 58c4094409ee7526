package wire

import (
	"bytes"
	"testing"
)

// samples are generation messages of every kind, filled.
func samples() []Message {
	setup := Setup{Cluster: ClusterID{1}, Key: KeyID{2}, Threshold: 1, SetSize: 2, Members: []NodeID{{1}, {2}},
		Initiator: NodeID{1}, Proof: Proof{Kind: LegacyProof, Data: make([]byte, 65)}}
	dealing := Dealing{Dealt: Dealt{Commitments: make([]Point, 2)}, Shares: make([][32]byte, 2)}
	motion := &Motion{Ballot: 2, Complete: true, Grounds: []NodeSign{{Node: NodeID{1}}, {Node: NodeID{2}}}}
	final := &Abandonment{Ballot: 1, Signatures: []NodeSign{{Node: NodeID{1}}, {Node: NodeID{2}}}}
	decided := KeyRecord{Setup: setup, Commitments: make([]Point, 2), Signatures: make([]Signature, 2),
		Decided: &Decision{Ballot: 2, Votes: []NodeSign{{Node: NodeID{1}}, {Node: NodeID{2}}}}}
	return []Message{
		&Init{Setup: setup, Abandonments: []Abandonment{{Ballot: 1, Signatures: []NodeSign{{Node: NodeID{1}}, {Node: NodeID{2}}}}}},
		&Commit{Index: 1},
		&Reveal{Index: 1, Dealing: dealing},
		&Certify{Index: 2},
		&Complaint{Index: 1, Accused: Reveal{Index: 2, Dealing: dealing}},
		&Evidence{Commits: []Commit{{Index: 1}}, Reveals: []Reveal{{Index: 2, Dealing: dealing}}, Certifies: []Certify{{Index: 2}}},
		&Ack{Index: 1},
		&Adopt{Record: KeyRecord{Setup: setup, Commitments: make([]Point, 2), Signatures: make([]Signature, 2), Acks: []IndexedSign{{Index: 1}, {Index: 2}}}},
		&Conflict{Setup: setup},
		&Poll{Setup: setup, Ask: motion, Record: &decided, Final: final},
		&Poll{Setup: setup},
		&Vote{Cast: motion, Record: &decided, Final: final},
		&Vote{},
	}
}

// Messages survive the codec, and no byte more or less does.
func TestGenerationMessages(t *testing.T) {
	for _, m := range samples() {
		payload, err := Encode(SessionID{9}, m)
		if err != nil {
			t.Fatalf("%T: %v", m, err)
		}
		id, got, err := Decode(m.Code(), payload)
		if err != nil || id != (SessionID{9}) {
			t.Fatalf("%T: %v", m, err)
		}
		if again, _ := Encode(id, got); !bytes.Equal(again, payload) {
			t.Errorf("%T changes in the codec", m)
		}
		if _, _, err := Decode(m.Code(), append(payload[:len(payload):len(payload)], 0)); err == nil {
			t.Errorf("%T with a byte more is taken", m)
		}
		if _, _, err := Decode(m.Code(), payload[:len(payload)-1]); err == nil {
			t.Errorf("%T with a byte less is taken", m)
		}
	}
}

// The largest dealing fits in a message, and is the largest that there can be.
func TestLargestDealing(t *testing.T) {
	most := Dealing{Dealt: Dealt{Commitments: make([]Point, maxDealtPoints)}, Shares: make([][32]byte, maxDealtScalars)}
	for _, m := range []Message{&Reveal{Dealing: most}, &Complaint{Accused: Reveal{Dealing: most}}} {
		payload, err := Encode(SessionID{}, m)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := Decode(m.Code(), payload); err != nil {
			t.Error(err)
		}
	}
	for threshold := range uint32(MaxMembers / 2) {
		n := 2*int(threshold) + 1
		setup := DealSetup{Threshold: threshold, Items: uint32(min(MaxItems, MaxDealt/n))}
		for i := range n {
			setup.Set, setup.Members = append(setup.Set, uint32(i+1)), append(setup.Members, NodeID{byte(i), 1})
		}
		items := int(setup.Items)
		if err := setup.Bound(); err != nil || items*(8*int(threshold)+2) > maxDealtPoints || items*n*10 > maxDealtScalars {
			t.Errorf("threshold %d: %d items: %v", threshold, items, err)
		}
		if setup.Items++; setup.Bound() == nil {
			t.Errorf("threshold %d: %d items are too many", threshold, setup.Items)
		}
	}
}

// Lists beyond their bounds are refused.
func TestGenerationBounds(t *testing.T) {
	ok := samples()
	init, adopt := *ok[0].(*Init), *ok[7].(*Adopt)
	many := init
	many.Abandonments = make([]Abandonment, MaxAbandonments+1)
	unordered := init
	unordered.Abandonments = []Abandonment{{Ballot: 1, Signatures: []NodeSign{{Node: NodeID{2}}, {Node: NodeID{2}}}}}
	below := init
	below.Setup.SetSize = 4 // two of four are no majority
	twice := adopt
	twice.Record.Acks = []IndexedSign{{Index: 1}, {Index: 1}}
	outside := adopt
	outside.Record.Acks = []IndexedSign{{Index: 3}}
	decided := func(d *Decision) *Adopt { m := adopt; m.Record.Decided = d; return &m }
	for i, m := range []Message{
		decided(&Decision{Ballot: 1}), decided(&Decision{Votes: []NodeSign{{}, {}}}), decided(&Decision{Votes: make([]NodeSign, MaxMembers+1)}),
		&Poll{Setup: below.Setup}, &Poll{Setup: init.Setup, Ask: &Motion{Grounds: []NodeSign{{}, {}}}},
		&Poll{Setup: init.Setup, Final: &Abandonment{Ballot: 2}}, &Poll{Setup: init.Setup, Record: &twice.Record},
		&Vote{Cast: &Motion{Grounds: []NodeSign{{}, {}}}}, &Vote{Final: new(Abandonment)}, &Vote{Record: &outside.Record},
		&Conflict{Setup: below.Setup},
		&many, &unordered, &below, &twice, &outside,
		&Reveal{Dealing: Dealing{Dealt: Dealt{Commitments: make([]Point, maxDealtPoints+1)}, Shares: make([][32]byte, 1)}},
		&Reveal{Dealing: Dealing{Dealt: Dealt{Commitments: make([]Point, 1)}, Shares: make([][32]byte, maxDealtScalars+1)}},
		&Reveal{}, &Complaint{Index: 1},
		&Evidence{Commits: make([]Commit, MaxMembers+1)},
	} {
		payload, err := Encode(SessionID{}, m)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := Decode(m.Code(), payload); err == nil {
			t.Errorf("message %d, %T, is taken", i, m)
		}
	}
}

// What is decoded is what would have been encoded.
func FuzzDecode(f *testing.F) {
	for _, m := range append(samples(), storedSamples()...) {
		payload, err := Encode(SessionID{1}, m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(m.Code()), payload)
	}
	f.Fuzz(func(t *testing.T, code uint8, payload []byte) {
		id, m, err := Decode(Code(code), payload)
		if err != nil {
			return
		}
		if again, err := Encode(id, m); err != nil || !bytes.Equal(again, payload) {
			t.Fatalf("%T: %v", m, err)
		}
	})
}

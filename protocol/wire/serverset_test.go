package wire

import (
	"bytes"
	"math"
	"reflect"
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/rlp"
)

func someSet() *ServerSet {
	return &ServerSet{Cluster: ClusterID{1}, Epoch: 3, Parent: common.Hash{2}, Members: []NodeID{{1}, {2}, {3}, {4}, {5}}, Keys: make([]Point, 5), Floor: 1, Refresh: 60,
		Authority: Authority{Administrators: []common.Address{{1}, {2}}, Needed: 2}}
}

// The hash of a set changes with each thing that it says, and with nothing else.
func TestServerSetHash(t *testing.T) {
	seen := map[common.Hash]string{someSet().Hash(): "none"}
	for name, change := range map[string]func(*ServerSet){
		"cluster":        func(s *ServerSet) { s.Cluster[5]++ },
		"epoch":          func(s *ServerSet) { s.Epoch++ },
		"parent":         func(s *ServerSet) { s.Parent[5]++ },
		"member":         func(s *ServerSet) { s.Members[1][9]++ },
		"fewer members":  func(s *ServerSet) { s.Members = s.Members[:4] },
		"key":            func(s *ServerSet) { s.Keys[4][9]++ },
		"fewer keys":     func(s *ServerSet) { s.Keys = s.Keys[:4] },
		"floor":          func(s *ServerSet) { s.Floor++ },
		"refresh":        func(s *ServerSet) { s.Refresh++ },
		"administrator":  func(s *ServerSet) { s.Authority.Administrators[1][0]++ },
		"administrators": func(s *ServerSet) { s.Authority.Administrators = s.Authority.Administrators[:1] },
		"needed":         func(s *ServerSet) { s.Authority.Needed-- },
		"contract":       func(s *ServerSet) { s.Authority.Contract[0]++ },
	} {
		s := someSet()
		change(s)
		if other, same := seen[s.Hash()]; same {
			t.Errorf("%s: the hash is that of change %s", name, other)
		}
		seen[s.Hash()] = name
	}
	if s := someSet(); s.Ref() != (SetRef{3, s.Hash()}) || !s.Contains(NodeID{5}) || s.Contains(NodeID{6}) {
		t.Errorf("%+v", s.Ref())
	}
}

// A set quorum of n: two of them share more members than may lie, and it is there without those.
func TestSetQuorum(t *testing.T) {
	for n := 1; n <= MaxMembers; n++ {
		s := &ServerSet{Members: make([]NodeID, n)}
		f, q := s.Faults(), s.Quorum()
		if 2*q-n < f+1 || q > n-f && n > 3 || 3*f >= n {
			t.Errorf("n = %d: f = %d, quorum %d", n, f, q)
		}
	}
}

func TestServerSetBound(t *testing.T) {
	if err := someSet().Bound(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*ServerSet){
		"nobody":               func(s *ServerSet) { s.Members, s.Keys = nil, nil },
		"too many":             func(s *ServerSet) { s.Members, s.Keys = make([]NodeID, MaxMembers+1), make([]Point, MaxMembers+1) },
		"a key too few":        func(s *ServerSet) { s.Keys = s.Keys[:4] },
		"first with keys":      func(s *ServerSet) { s.Epoch, s.Parent = 0, common.Hash{} },
		"first with a parent":  func(s *ServerSet) { s.Epoch, s.Keys = 0, nil },
		"floor":                func(s *ServerSet) { s.Floor = 5 },
		"floor is huge":        func(s *ServerSet) { s.Floor = math.MaxUint32 },
		"order":                func(s *ServerSet) { s.Members[0], s.Members[1] = s.Members[1], s.Members[0] },
		"twice":                func(s *ServerSet) { s.Members[0] = s.Members[1] },
		"nobody needed":        func(s *ServerSet) { s.Authority.Needed = 0 },
		"more needed":          func(s *ServerSet) { s.Authority.Needed = 3 },
		"needed of nobody":     func(s *ServerSet) { s.Authority.Administrators = nil },
		"administrators order": func(s *ServerSet) { slices.Reverse(s.Authority.Administrators) },
		"administrator twice":  func(s *ServerSet) { s.Authority.Administrators[0] = common.Address{2} },
		"contract":             func(s *ServerSet) { s.Authority.Contract[0] = 1 },
		"too many administrators": func(s *ServerSet) {
			s.Authority.Administrators = make([]common.Address, MaxAdministrators+1)
			for i := range s.Authority.Administrators {
				s.Authority.Administrators[i][0] = byte(i)
			}
		},
	} {
		s := someSet()
		if change(s); s.Bound() == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func someMove() *Setup {
	return &Setup{Cluster: ClusterID{1}, Key: KeyID{2}, Threshold: 1, SetSize: 4, Members: []NodeID{{1}, {2}, {3}, {4}}, Initiator: NodeID{1},
		Proof: Proof{Kind: LegacyProof, Data: make([]byte, 65)}, Set: &SetRef{Epoch: 1, Hash: common.Hash{5}},
		Move: &Move{Round: 7, Origin: SessionID{1}, Parent: SessionID{2}, Made: 1, Public: Point{3}, Dealers: []Dealer{{NodeID{1}, 1, Point{4}}, {NodeID{9}, 3, Point{5}}}}}
}

// The session id of a redistribution changes with each thing that it is about.
func TestMoveSession(t *testing.T) {
	plain := someMove()
	plain.Set, plain.Move = nil, nil
	placed := someMove()
	placed.Move = nil
	seen := map[SessionID]string{someMove().Session(): "none", plain.Session(): "a generation in set 0", placed.Session(): "a generation"}
	if len(seen) != 3 {
		t.Fatal("kinds of set-ups share ids")
	}
	for name, change := range map[string]func(*Setup){
		"epoch":        func(s *Setup) { s.Set.Epoch++ },
		"set":          func(s *Setup) { s.Set.Hash[0]++ },
		"round":        func(s *Setup) { s.Move.Round++ },
		"origin":       func(s *Setup) { s.Move.Origin[0]++ },
		"parent":       func(s *Setup) { s.Move.Parent[0]++ },
		"made":         func(s *Setup) { s.Move.Made++ },
		"public":       func(s *Setup) { s.Move.Public[0]++ },
		"dealer":       func(s *Setup) { s.Move.Dealers[0].Node[0]++ },
		"index":        func(s *Setup) { s.Move.Dealers[0].Index++ },
		"share":        func(s *Setup) { s.Move.Dealers[0].Share[0]++ },
		"dealers":      func(s *Setup) { s.Move.Dealers = s.Move.Dealers[:1] },
		"members":      func(s *Setup) { s.Members = s.Members[:3] },
		"threshold":    func(s *Setup) { s.Threshold++ },
		"size":         func(s *Setup) { s.SetSize++ },
		"coordinator":  func(s *Setup) { s.Initiator[0]++ },
		"nonce":        func(s *Setup) { s.Nonce[0]++ },
		"proof":        func(s *Setup) { s.Proof.Data[0]++ },
		"key, cluster": func(s *Setup) { s.Key[0]++ },
	} {
		s := someMove()
		change(s)
		if other, same := seen[s.Session()]; same {
			t.Errorf("%s: the id is that of change %s", name, other)
		}
		seen[s.Session()] = name
		if terms := s.Terms(); terms.Session() != s.Session() {
			t.Errorf("%s: the terms have another id", name)
		}
	}
	terms := someMove().Terms()
	if got := terms.Parties(); !reflect.DeepEqual(got, []NodeID{{1}, {2}, {3}, {4}, {9}}) {
		t.Errorf("parties %v", got)
	}
	if s := someMove(); s.Slot() != (Slot{1, 7}) || plain.Slot() != (Slot{}) || placed.Slot() != (Slot{}) || s.Origin() != (SessionID{1}) || plain.Origin() != plain.Session() {
		t.Error("slots or origins")
	}
}

func TestMoveBound(t *testing.T) {
	if err := someMove().Bound(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Setup){
		"no set":             func(s *Setup) { s.Set = nil },
		"a lower threshold":  func(s *Setup) { s.Move.Made = 2 },
		"no dealer":          func(s *Setup) { s.Move.Dealers = nil },
		"too many":           func(s *Setup) { s.Move.Dealers = make([]Dealer, MaxMembers+1) },
		"index 0":            func(s *Setup) { s.Move.Dealers[0].Index = 0 },
		"a large index":      func(s *Setup) { s.Move.Dealers[1].Index = MaxMembers + 1 },
		"an index twice":     func(s *Setup) { s.Move.Dealers[0].Index = 3 },
		"order":              func(s *Setup) { s.Move.Dealers[0].Index = 4 },
		"a dealer twice":     func(s *Setup) { s.Move.Dealers[1].Node = NodeID{1} },
		"fewer than decide":  func(s *Setup) { s.Members = s.Members[:2] },
		"an empty threshold": func(s *Setup) { s.Threshold = 4 },
	} {
		s := someMove()
		if change(s); s.Bound() == nil {
			t.Errorf("%s: taken", name)
		}
	}
	record := func() *KeyRecord {
		return &KeyRecord{Setup: *someMove(), Commitments: make([]Point, 2), Signatures: make([]Signature, 4), Moved: &Moved{Pair: PairState{Kind: PairNone}}}
	}
	if err := record().Bound(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*KeyRecord){
		"nothing moved":      func(r *KeyRecord) { r.Moved = nil },
		"a generated one":    func(r *KeyRecord) { r.Setup.Move, r.Setup.Set = nil, nil },
		"no kind":            func(r *KeyRecord) { r.Moved.Pair.Kind = 0 },
		"another kind":       func(r *KeyRecord) { r.Moved.Pair.Kind = PairClosed + 1 },
		"none with a pair":   func(r *KeyRecord) { r.Moved.Pair.Pair[0] = 1 },
		"kept without":       func(r *KeyRecord) { r.Moved.Pair.Kind = PairKept },
		"too many waivers":   func(r *KeyRecord) { r.Moved.Pair.Waivers = make([]Waiver, MaxMembers+1) },
		"waiver of nobody":   func(r *KeyRecord) { r.Moved.Pair.Waivers = make([]Waiver, 1) },
		"order of waivers":   func(r *KeyRecord) { r.Moved.Pair.Waivers = []Waiver{{Index: 2}, {Index: 1}} },
		"a waiver twice":     func(r *KeyRecord) { r.Moved.Pair.Waivers = []Waiver{{Index: 2}, {Index: 2}} },
		"fewer signatures":   func(r *KeyRecord) { r.Signatures = r.Signatures[:3] },
		"longer commitments": func(r *KeyRecord) { r.Commitments = make([]Point, 3) },
	} {
		r := record()
		if change(r); r.Bound() == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// A record has one encoding, whatever it lacks at its end.
func TestKeyRecordHasOneEncoding(t *testing.T) {
	generated := KeyRecord{Setup: Setup{SetSize: 1, Members: []NodeID{{1}}}, Commitments: make([]Point, 1), Signatures: make([]Signature, 1)}
	decided := generated
	decided.Decided = &Decision{Ballot: 2}
	moved := KeyRecord{Setup: *someMove(), Commitments: make([]Point, 2), Signatures: make([]Signature, 4), Moved: &Moved{Pair: PairState{Kind: PairNone}}}
	both := moved
	both.Decided = decided.Decided
	for i, r := range []KeyRecord{generated, decided, moved, both} {
		enc, err := rlp.EncodeToBytes(&r)
		if err != nil {
			t.Fatal(err)
		}
		var back KeyRecord
		if err := rlp.DecodeBytes(enc, &back); err != nil {
			t.Fatalf("%d: %v", i, err)
		}
		if again, err := rlp.EncodeToBytes(&back); err != nil || !bytes.Equal(again, enc) {
			t.Errorf("%d: encodes otherwise once it was decoded", i)
		}
		content, _, _ := rlp.SplitList(enc)
		for _, more := range [][]byte{{0xc0}, {0xc0, 0xc0}, {0x80}} {
			longer := slices.Concat(rlpList(len(content)+len(more)), content, more)
			if err := rlp.DecodeBytes(longer, new(KeyRecord)); err == nil {
				t.Errorf("%d: a second encoding, with %x at its end", i, more)
			}
		}
	}
}

// rlpList is the head of a list of so many bytes.
func rlpList(size int) []byte {
	switch {
	case size < 56:
		return []byte{0xc0 + byte(size)}
	case size < 256:
		return []byte{0xf8, byte(size)}
	}
	return []byte{0xf9, byte(size >> 8), byte(size)}
}

func TestSlotOrder(t *testing.T) {
	slots := []Slot{{}, {0, 5}, {0, math.MaxUint64}, {1, 0}, {1, 9}, {2, 3}}
	for i, a := range slots {
		for j, b := range slots {
			if got := a.Compare(b); got != compare(uint64(i), uint64(j)) {
				t.Errorf("%v, %v: %d", a, b, got)
			}
		}
	}
	for _, c := range []struct{ n, t, want int }{{4, 1, 3}, {5, 2, 5}, {3, 1, 3}, {2, 1, 2}, {1, 0, 1}, {7, 2, 5}} {
		if got := ThickOf(c.n, c.t); got != c.want {
			t.Errorf("thick of %d, %d: %d", c.n, c.t, got)
		}
	}
}

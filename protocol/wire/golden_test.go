package wire

import (
	"fmt"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rlp"
)

// What is signed for years, and what lies on disks, contracts and clients compute as well. It stays to the byte, whatever
// members say to each other while they make it: these are the bytes of ss/1.
func TestWhatStaysToTheByte(t *testing.T) {
	r := goldenKey()
	enc, err := rlp.EncodeToBytes(r)
	if err != nil {
		t.Fatal(err)
	}
	certify := Certify{Index: 2, Transcript: r.Transcript()}
	vote := VoteDigest(r.Version(), 0, true)
	certified := certify.Digest(r.Version())
	setup := DealSetup{Cluster: ClusterID{1}, Coordinator: NodeID{2}, Threshold: 1, Items: 8, Set: []uint32{1, 2, 4},
		Members: []NodeID{{2}, {3}, {5}}, Nonce: [32]byte{6}}
	store := StoreDigest(ClusterID{1}, &DocumentRecord{Key: KeyID{2}, Version: r.Version(), Common: Point{3}, Encrypted: Point{4}})
	for name, c := range map[string]struct{ got, want string }{
		"session of a generation": {common.Hash(r.Version()).Hex(), "0xdfd9be1546db574b6de95c0451eabd53859f572ca6ee10b92c326ed970d968f4"},
		"transcript":              {r.Transcript().Hex(), "0xc32c7fcd7bcac17119f4e0f4db4934a16a265b85a8b485e266db95e4a8070d5b"},
		"certify":                 {common.Hash(certified).Hex(), "0x82aca93250f608f829a43ad1992cd302cb73aed1620761cea8420708df19573c"},
		"acknowledgement":         {common.Hash(vote).Hex(), "0xf43a808a6f7f9128e4561ab65d4aadbc3c918a4611da0be5bd1f5c033ea283fd"},
		"document key":            {common.Hash(store).Hex(), "0x08ce5b204d12ab6394d7166e22875c377537da11ed2ff6409659ca2bba95dae0"},
		"session of a dealing":    {common.Hash(setup.Session()).Hex(), "0xdb712c35c258e65f88920bf875e15c7da9c3aa17ed9979d48f310445ec6783af"},
		"key record":              {crypto.Keccak256Hash(enc).Hex(), "0x67373d0528eb0789f03d1931ebedfb7febf00d6ac764dd58aad8d7e155f22d0a"},
	} {
		if c.got != c.want {
			t.Errorf("%q: %s", name, c.got)
		}
	}
	for m, want := range map[Message]string{
		&certify: "0x13 b20e42636138898c", &Ack{Session: r.Version(), Index: 1}: "0x16 335c75a3581b1066", &Adopt{Record: *r}: "0x17 5aebf895272ae391",
		&Conflict{Setup: r.Setup}: "0x18 ac193ea3cd1e9e1a", &Poll{Setup: r.Setup}: "0x1b 987bb86f6012684e", &Vote{}: "0x1c 80f028131704025a",
	} {
		payload, err := Encode(r.Version(), m)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%#x %x", m.Code(), crypto.Keccak256(payload)[:8]); got != want {
			t.Errorf("%T: %s", m, got)
		}
	}
}

func goldenKey() *KeyRecord {
	r := &KeyRecord{
		Setup: Setup{Cluster: ClusterID{1}, Key: KeyID{2}, Threshold: 1, SetSize: 3, Members: []NodeID{{1}, {2}, {3}}, Initiator: NodeID{2},
			Nonce: [32]byte{4}, Proof: Proof{Kind: LegacyProof, Data: make([]byte, 65)}},
		Bodies:      common.Hash{5},
		Commitments: []Point{{6}, {7}},
		Signatures:  []Signature{{8}, {9}, {10}},
		Acks:        []IndexedSign{{Index: 1, Signature: Signature{11}}, {Index: 3, Signature: Signature{12}}},
	}
	return r
}

package wire

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
)

// Retrieving a document key (docs/protocol.md section 11), one round trip when all goes well:
//
//	coordinator                       t+1 holders
//	  Retrieve {block, set}  ────►    ask the own chain
//	                       ◄────      Partial: yes
//	                       ◄────      Refuse: no, or can't tell; NewerHead: ask again there
//
// Each choice of a set is an attempt with a session id of its own.
const (
	CodeRetrieve  Code = 0x30
	CodePartial   Code = 0x31
	CodeNewerHead Code = 0x32
)

func init() {
	opens(TrafficRetrieve, KindRetrieve, func() Opening { return new(Retrieve) })
	register(TrafficRetrieve, of(KindRetrieve), func() Message { return new(Partial) })
	register(TrafficRetrieve, of(KindRetrieve, KindSign), func() Message { return new(NewerHead) })
}

// Retrieve asks a holder for its part of a decryption by the nodes of Set. It opens a
// session.
type Retrieve struct {
	Key       KeyID
	Version   SessionID
	Common    Point
	Encrypted Point
	Proof     Proof // of the requester
	Shadow    bool
	Block     BlockRef // where the permission is decided
	Set       []uint32 // share indices of the t+1 who act together, ascending
	Nonce     [32]byte
}

func (*Retrieve) Code() Code       { return CodeRetrieve }
func (m *Retrieve) Subject() KeyID { return m.Key }

// Bound keeps the set short and in its one order, since the session id is made of it.
func (m *Retrieve) Bound() error {
	if err := boundSet(m.Set); err != nil {
		return err
	}
	return m.Proof.Bound()
}

func boundSet(set []uint32) error {
	if len(set) == 0 || len(set) > MaxMembers {
		return fmt.Errorf("set of %d nodes", len(set))
	}
	for i, index := range set {
		if index == 0 || index > MaxMembers || i > 0 && set[i-1] >= index {
			return errors.New("set is not in ascending order of shares")
		}
	}
	return nil
}

// Session is the id of the attempt that this coordinator opens with m: a hash over all
// that the attempt is about. Whatever a node proves for it holds for it alone.
func (m *Retrieve) Session(cluster ClusterID, coordinator NodeID) SessionID {
	terms := m.Terms(coordinator)
	return terms.Session(cluster, m.Key, m.Version)
}

// Opens is Session.
func (m *Retrieve) Opens(cluster ClusterID, from NodeID) (SessionID, error) {
	return m.Session(cluster, from), nil
}

// RetrieveTerms is what an attempt is about beside cluster and key, without the
// requester's proof, whose hash stands in its place.
type RetrieveTerms struct {
	Coordinator NodeID      `json:"coordinator"`
	Common      Point       `json:"commonPoint"`
	Encrypted   Point       `json:"encryptedPoint"`
	Proof       common.Hash `json:"proof"` // Proof.Hash
	Shadow      bool        `json:"shadow"`
	Block       BlockRef    `json:"block"`
	Set         []uint32    `json:"set"`
	Nonce       common.Hash `json:"nonce"`
}

// Terms leaves the proof out.
func (m *Retrieve) Terms(coordinator NodeID) RetrieveTerms {
	return RetrieveTerms{Coordinator: coordinator, Common: m.Common, Encrypted: m.Encrypted, Proof: m.Proof.Hash(),
		Shadow: m.Shadow, Block: m.Block, Set: m.Set, Nonce: m.Nonce}
}

// Session is the id of the attempt.
func (t *RetrieveTerms) Session(cluster ClusterID, key KeyID, version SessionID) SessionID {
	block := append(binary.BigEndian.AppendUint64(nil, t.Block.Number), t.Block.Hash[:]...)
	set := make([]byte, 0, 4*len(t.Set))
	for _, index := range t.Set {
		set = binary.BigEndian.AppendUint32(set, index)
	}
	mode := []byte{0}
	if t.Shadow {
		mode[0] = 1
	}
	return SessionID(Digest("retrieval/1", cluster[:], t.Coordinator[:], key[:], version[:],
		t.Common[:], t.Encrypted[:], mode, t.Proof[:], block, set, t.Nonce[:]))
}

// Bound is that of a Retrieve.
func (t *RetrieveTerms) Bound() error { return boundSet(t.Set) }

const (
	partialSize = 192 // threshold.PartialSize
	// SealedShadowSize is the length of a 32-byte coefficient under ECIES.
	SealedShadowSize = 145
)

// PartBytes is an encoded threshold.Partial.
type PartBytes [partialSize]byte

// Partial is a yes: the sender's part of the decryption, with its proof. The signature
// makes a wrong one evidence.
type Partial struct {
	Part      PartBytes     `json:"part"`   // P‖R‖proof, see threshold.Partial
	Sealed    hexutil.Bytes `json:"sealed"` // the blinding, sealed to the requester; empty in plain retrieval
	Signature Signature     `json:"signature"`
	Receipt   Signature     `rlp:"optional" json:"receipt"` // of a wallet's request: on Receipt.Digest
}

// Digest is what the holder with this share index signs.
func (m *Partial) Digest(attempt SessionID, holder uint32) [32]byte {
	return Digest("partial", attempt[:], index(holder), m.Part[:], m.Sealed)
}

func (*Partial) Code() Code { return CodePartial }

// Bound admits the two lengths there are.
func (m *Partial) Bound() error {
	if len(m.Sealed) != 0 && len(m.Sealed) != SealedShadowSize {
		return fmt.Errorf("sealed shadow of %d bytes", len(m.Sealed))
	}
	return nil
}

// NewerHead says that the answer is no at the named block or at the sender's final
// head, and that the head is newer than the block: ask again there.
type NewerHead struct{ Head BlockRef }

func (*NewerHead) Code() Code { return CodeNewerHead }

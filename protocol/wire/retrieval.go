package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Retrieving a document key (crypto.md section 6), one round trip when all goes well:
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
	register(
		func() Message { return new(Retrieve) },
		func() Message { return new(Partial) },
		func() Message { return new(NewerHead) },
	)
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
	if len(m.Set) == 0 || len(m.Set) > MaxMembers {
		return fmt.Errorf("set of %d nodes", len(m.Set))
	}
	for i, index := range m.Set {
		if index == 0 || index > MaxMembers || i > 0 && m.Set[i-1] >= index {
			return errors.New("set is not in ascending order of shares")
		}
	}
	return m.Proof.Bound()
}

// Session is the id of the attempt that this coordinator opens with m: a hash over all
// that the attempt is about. Whatever a node proves for it holds for it alone.
func (m *Retrieve) Session(cluster ClusterID, coordinator NodeID) SessionID {
	block := append(binary.BigEndian.AppendUint64(nil, m.Block.Number), m.Block.Hash[:]...)
	set := make([]byte, 0, 4*len(m.Set))
	for _, index := range m.Set {
		set = binary.BigEndian.AppendUint32(set, index)
	}
	kind := []byte{byte(m.Proof.Kind), 0}
	if m.Shadow {
		kind[1] = 1
	}
	return SessionID(Digest("retrieval/1", cluster[:], coordinator[:], m.Key[:], m.Version[:],
		m.Common[:], m.Encrypted[:], kind, m.Proof.Data, block, set, m.Nonce[:]))
}

const (
	partialSize = 192 // threshold.PartialSize
	// SealedShadowSize is the length of a 32-byte coefficient under ECIES.
	SealedShadowSize = 145
)

// Partial is a yes: the sender's part of the decryption, with its proof.
type Partial struct {
	Part   [partialSize]byte // P‖R‖proof, see threshold.Partial
	Sealed []byte            // the blinding, sealed to the requester; empty in plain retrieval
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

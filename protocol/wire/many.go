package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Retrieving many document keys at once, for one request: what each of them would take is
// sent in one message, and decided at one block. Keys that this does not get are retrieved
// one by one.
//
//	coordinator                       t holders
//	  RetrieveMany {block, set} ────►  ask the own chain about each key
//	                            ◄────  Partials: for each key a part, or why not
const (
	CodeRetrieveMany Code = 0x33
	CodePartials     Code = 0x34
)

func init() {
	opens(TrafficRetrieve, KindRetrieve, func() Opening { return new(RetrieveMany) })
	register(TrafficRetrieve, of(KindRetrieve), func() Message { return new(Partials) })
}

// MaxBatch bounds the keys of one message: with as many, a step takes some 15 ms.
const MaxBatch = 32

// RetrieveMany is a Retrieve of a wallet's request for several keys that the same nodes
// hold with the same threshold. It opens a session.
type RetrieveMany struct {
	Keys  []BatchKey // different ones
	Proof Proof
	Block BlockRef
	Set   []uint32
	Nonce [32]byte
}

// BatchKey is what a batch has for each key.
type BatchKey struct {
	Key       KeyID
	Version   SessionID
	Common    Point
	Encrypted Point
}

func (*RetrieveMany) Code() Code { return CodeRetrieveMany }

// Subject is the first of the keys.
func (m *RetrieveMany) Subject() KeyID { return m.Keys[0].Key }

// Bound checks numbers and order, since the session ids are made of them.
func (m *RetrieveMany) Bound() error {
	if len(m.Keys) == 0 || len(m.Keys) > MaxBatch {
		return fmt.Errorf("batch of %d keys", len(m.Keys))
	}
	seen := make(map[KeyID]bool, len(m.Keys))
	for i := range m.Keys {
		if seen[m.Keys[i].Key] {
			return errors.New("batch with a key twice")
		}
		seen[m.Keys[i].Key] = true
	}
	if err := boundSet(m.Set); err != nil {
		return err
	}
	return m.Proof.Bound()
}

// Session is the id of the attempt that this coordinator opens with m.
func (m *RetrieveMany) Session(cluster ClusterID, coordinator NodeID) SessionID {
	block := append(binary.BigEndian.AppendUint64(nil, m.Block.Number), m.Block.Hash[:]...)
	var set, keys []byte
	for _, index := range m.Set {
		set = binary.BigEndian.AppendUint32(set, index)
	}
	for i := range m.Keys {
		k := &m.Keys[i]
		for _, part := range [][]byte{k.Key[:], k.Version[:], k.Common[:], k.Encrypted[:]} {
			keys = append(keys, part...)
		}
	}
	proof := m.Proof.Hash()
	return SessionID(Digest("retrievals/1", cluster[:], coordinator[:], keys, proof[:], block, set, m.Nonce[:]))
}

// Opens is Session.
func (m *RetrieveMany) Opens(cluster ClusterID, from NodeID) (SessionID, error) {
	return m.Session(cluster, from), nil
}

// Terms are those of a Retrieve of one of the keys: its part is bound to the same session
// id, and can be checked alike.
func (m *RetrieveMany) Terms(i int, coordinator NodeID) RetrieveTerms {
	k := &m.Keys[i]
	return RetrieveTerms{Coordinator: coordinator, Common: k.Common, Encrypted: k.Encrypted, Proof: m.Proof.Hash(),
		Shadow: true, Block: m.Block, Set: m.Set, Nonce: m.Nonce}
}

// Partials answers a RetrieveMany, key by key.
type Partials struct {
	Parts []BatchPart
}

// BatchPart is a yes with its part, or why there is none.
type BatchPart struct {
	Part   *Partial `rlp:"nil"`
	Reason Reason   // 0 with a part
}

func (*Partials) Code() Code { return CodePartials }

// Bound checks the number of parts, and each of them.
func (m *Partials) Bound() error {
	if len(m.Parts) > MaxBatch {
		return errors.New("more parts than a batch has keys")
	}
	for i := range m.Parts {
		p := &m.Parts[i]
		if (p.Part == nil) == (p.Reason == 0) {
			return errors.New("part of a batch that is neither a grant nor a refusal")
		}
		if p.Part != nil {
			if err := p.Part.Bound(); err != nil {
				return err
			}
		}
	}
	return nil
}

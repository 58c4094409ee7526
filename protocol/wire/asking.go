package wire

import (
	"encoding/binary"
	"errors"

	"github.com/ethereum/go-ethereum/common"
)

// What operators ask: one question to all, one answer each. Nothing here gives a share,
// a partial or a promise, and no answer counts as a yes in a retrieval.
const (
	CodeExplain   Code = 0x50
	CodeExplained Code = 0x51
	CodeHoldings  Code = 0x52
	CodeHeld      Code = 0x53
)

func init() {
	opens(TrafficAsk, KindExplain, func() Opening { return new(Explain) })
	register(TrafficAsk, of(KindExplain), func() Message { return new(Explained) })
	opens(TrafficAsk, KindHoldings, func() Opening { return new(Holdings) })
	register(TrafficAsk, of(KindHoldings), func() Message { return new(Held) })
}

// Explain asks what a node's own chain says to this requester and key. The requester
// has proven nothing: the answer is what anybody can read from the contract. It opens a
// session.
type Explain struct {
	Requester common.Address // never zero
	Key       KeyID
	Block     BlockRef // where to decide, as in Retrieve
	Nonce     [32]byte
}

func (*Explain) Code() Code       { return CodeExplain }
func (m *Explain) Subject() KeyID { return m.Key }

// Session is the id of the run that this node opens with m. Its tag is its own, so that
// it is never the id of a retrieval.
func (m *Explain) Session(cluster ClusterID, asking NodeID) SessionID {
	block := append(binary.BigEndian.AppendUint64(nil, m.Block.Number), m.Block.Hash[:]...)
	return SessionID(Digest("explain/1", cluster[:], asking[:], m.Requester[:], m.Key[:], block, m.Nonce[:]))
}

// Opens is Session.
func (m *Explain) Opens(cluster ClusterID, from NodeID) (SessionID, error) {
	return m.Session(cluster, from), nil
}

// Bound refuses the zero address, which deployed contracts let in.
func (m *Explain) Bound() error {
	if m.Requester == (common.Address{}) {
		return errors.New("question about the zero address")
	}
	return nil
}

// Explained is the sender's own verdict.
type Explained struct {
	Answer uint8    // 1 granted, 2 denied, 3 newer head, 4 unavailable
	Block  BlockRef // where it was decided
	Head   BlockRef // the sender's final head
	Holds  bool     // the sender has a share of the key
	Reason []byte   // why not, for people; at most MaxDetail bytes
}

func (*Explained) Code() Code { return CodeExplained }

// maxAnswer is the highest Explained.Answer.
const maxAnswer = 4

// Bound keeps a peer from filling our answers.
func (m *Explained) Bound() error {
	switch {
	case m.Answer == 0 || m.Answer > maxAnswer:
		return errors.New("unknown answer to a question of permission")
	case len(m.Reason) > MaxDetail:
		return errors.New("verdict with a text that is too long")
	}
	return nil
}

// Text is the reason, made fit for a terminal.
func (m *Explained) Text() string { return printable(m.Reason) }

// MaxHoldings bounds how many keys are asked about at once. Each costs the other side some
// reads of its disk.
const MaxHoldings = 256

// Holdings asks which of these keys a node has its share of. It opens a session.
type Holdings struct {
	Keys  []KeyVersion
	Nonce [32]byte
}

// KeyVersion names one sharing of a key.
type KeyVersion struct {
	Key     KeyID
	Version SessionID
}

func (*Holdings) Code() Code { return CodeHoldings }

// Subject is the first of them.
func (m *Holdings) Subject() KeyID { return m.Keys[0].Key }

// Session is the id of the run that this node opens with m.
func (m *Holdings) Session(cluster ClusterID, asking NodeID) SessionID {
	var list []byte
	for i := range m.Keys {
		list = append(list, m.Keys[i].Key[:]...)
		list = append(list, m.Keys[i].Version[:]...)
	}
	return SessionID(Digest("holdings/1", cluster[:], asking[:], list, m.Nonce[:]))
}

// Opens is Session.
func (m *Holdings) Opens(cluster ClusterID, from NodeID) (SessionID, error) {
	return m.Session(cluster, from), nil
}

// Bound checks the number of keys.
func (m *Holdings) Bound() error {
	if len(m.Keys) == 0 || len(m.Keys) > MaxHoldings {
		return errors.New("question about no keys, or too many")
	}
	return nil
}

// Held answers Holdings: bit i, counted from the lowest of the first byte, is set if the
// sender has just read its share of Keys[i] from its disk, of that version or of a later one.
type Held struct {
	Bits []byte
}

func (*Held) Code() Code { return CodeHeld }

// Bound checks the length against the largest question.
func (m *Held) Bound() error {
	if len(m.Bits) > MaxHoldings/8 {
		return errors.New("answer about too many keys")
	}
	return nil
}

// Has tells whether bit i is set.
func (m *Held) Has(i int) bool { return i/8 < len(m.Bits) && m.Bits[i/8]>>(i%8)&1 == 1 }

// Set sets bit i, below MaxHoldings.
func (m *Held) Set(i int) {
	for len(m.Bits) <= i/8 {
		m.Bits = append(m.Bits, 0)
	}
	m.Bits[i/8] |= 1 << (i % 8)
}

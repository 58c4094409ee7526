package wire

import (
	"bytes"
	"errors"

	"github.com/ethereum/go-ethereum/common"
)

// What the members of a set that is followed by another tell each other: which key ids are taken, who holds which sharing
// now, and who has erased which. Each is one question to many, with one answer each.
const (
	CodeListKeys  Code = 0x38
	CodeListing   Code = 0x39
	CodeAskHolds  Code = 0x3a
	CodeHolds     Code = 0x3b
	CodeAskErased Code = 0x3c
	CodeErasures  Code = 0x3d
)

func init() {
	opens(TrafficHandover, KindList, func() Opening { return new(ListKeys) })
	register(TrafficHandover, of(KindList), func() Message { return new(Listing) })
	opens(TrafficHandover, KindHold, func() Opening { return new(AskHolds) })
	register(TrafficHandover, of(KindHold), func() Message { return new(Holds) })
	opens(TrafficHandover, KindReceipts, func() Opening { return new(AskErased) })
	register(TrafficHandover, of(KindReceipts), func() Message { return new(Erasures) })
}

// MaxListing bounds the entries of one page of a listing. Each costs both sides some reads of their disks.
const MaxListing = 512

// ListKeys asks a member of a set that is followed by another for a page of its listing: the ids for which it knows of a
// key, or of an attempt at one that is not known to be abandoned. It opens a session.
type ListKeys struct {
	Set   SetRef    // the set that follows
	After ListedKey // the last entry of the page before; zero: none, begin
	Nonce [32]byte
}

// ListedKey is an entry of a listing.
type ListedKey struct {
	Key KeyID
	// Origin is the attempt at generating the key: the version that it was generated with, whatever it is now. Never zero.
	Origin SessionID
}

// Compare orders entries by key id, then by attempt.
func (e *ListedKey) Compare(other *ListedKey) int {
	if c := bytes.Compare(e.Key[:], other.Key[:]); c != 0 {
		return c
	}
	return bytes.Compare(e.Origin[:], other.Origin[:])
}

func (*ListKeys) Code() Code { return CodeListKeys }

// Subject is no key.
func (*ListKeys) Subject() KeyID { return KeyID{} }

// Session is the id of the run that this node opens with m.
func (m *ListKeys) Session(cluster ClusterID, asking NodeID) SessionID {
	return SessionID(Digest("list/1", cluster[:], asking[:], number(m.Set.Epoch), m.Set.Hash[:], m.After.Key[:], m.After.Origin[:], m.Nonce[:]))
}

// Opens is Session.
func (m *ListKeys) Opens(cluster ClusterID, from NodeID) (SessionID, error) {
	return m.Session(cluster, from), nil
}

// Bound refuses the first set, which follows none.
func (m *ListKeys) Bound() error {
	if m.Set.Epoch == 0 {
		return errors.New("question for a listing for the first set")
	}
	return nil
}

// Listing is a page of a listing: all that its sender lists after ListKeys.After, up to the last entry; of the last page,
// up to the end. Each page is signed by itself, with where it begins, so that who leaves something out has signed that.
type Listing struct {
	Entries []ListedKey // ascending
	Last    bool
	// Counts says that the sender remembers all that it has promised, and itself stands on the listings of enough members of
	// the set before its own. The listing of another one adds ids, and proves of none that it is free.
	Counts    bool
	Signature Signature // on Digest
}

func (*Listing) Code() Code { return CodeListing }

// Bound checks number and order.
func (m *Listing) Bound() error {
	switch n := len(m.Entries); {
	case n > MaxListing:
		return errors.New("page of a listing with too many entries")
	case n == 0 && !m.Last:
		return errors.New("empty page of a listing that goes on")
	}
	for i := range m.Entries {
		if m.Entries[i].Origin == (SessionID{}) {
			return errors.New("entry of a listing that names no attempt")
		}
		if i > 0 && m.Entries[i-1].Compare(&m.Entries[i]) >= 0 {
			return errors.New("listing out of order")
		}
	}
	return nil
}

// Digest is what a lister signs. set is the one that follows its own.
func (m *Listing) Digest(cluster ClusterID, set SetRef, lister NodeID, after ListedKey) [32]byte {
	entries := make([]byte, 0, len(m.Entries)*64)
	for i := range m.Entries {
		entries = append(entries, m.Entries[i].Key[:]...)
		entries = append(entries, m.Entries[i].Origin[:]...)
	}
	return Digest("listing/1", cluster[:], number(set.Epoch), set.Hash[:], lister[:], after.Key[:], after.Origin[:], entries,
		[]byte{truth(m.Last), truth(m.Counts)})
}

// truth is how a truth is hashed.
func truth(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// AskHolds asks which of these sharings a node holds its share of now. Answers are signed, since shares are erased upon
// them. It opens a session.
type AskHolds struct {
	Keys  []KeyVersion // at most MaxHoldings
	Nonce [32]byte
}

func (*AskHolds) Code() Code { return CodeAskHolds }

// Subject is the first of them.
func (m *AskHolds) Subject() KeyID { return m.Keys[0].Key }

// Session is the id of the run that this node opens with m.
func (m *AskHolds) Session(cluster ClusterID, asking NodeID) SessionID {
	return SessionID(Digest("holds/1", cluster[:], asking[:], joinVersions(m.Keys), m.Nonce[:]))
}

// Opens is Session.
func (m *AskHolds) Opens(cluster ClusterID, from NodeID) (SessionID, error) {
	return m.Session(cluster, from), nil
}

// Bound checks the number of sharings.
func (m *AskHolds) Bound() error { return boundVersions(m.Keys) }

// Holds answers AskHolds: bit i, counted from the lowest of the first byte, is set if Keys[i] is the current, confirmed
// sharing at the sender, which has just read its share of it from its disk.
type Holds struct {
	Bits      []byte
	Signature Signature // on HoldsDigest
}

func (*Holds) Code() Code { return CodeHolds }

// Bound checks the length against the largest question.
func (m *Holds) Bound() error {
	if len(m.Bits) > MaxHoldings/8 {
		return errors.New("answer about too many sharings")
	}
	return nil
}

// Has tells whether bit i is set.
func (m *Holds) Has(i int) bool { return (&Held{m.Bits}).Has(i) }

// HoldsDigest is what a holder signs. The session names all that it was asked, by whom.
func HoldsDigest(session SessionID, bits []byte) [32]byte {
	return Digest("held now/1", session[:], bits)
}

// AskErased asks for the receipts of erasure of these sharings that a node has. It opens a session.
type AskErased struct {
	Keys  []KeyVersion // at most MaxHoldings
	Nonce [32]byte
}

func (*AskErased) Code() Code { return CodeAskErased }

// Subject is the first of them.
func (m *AskErased) Subject() KeyID { return m.Keys[0].Key }

// Session is the id of the run that this node opens with m.
func (m *AskErased) Session(cluster ClusterID, asking NodeID) SessionID {
	return SessionID(Digest("receipts/1", cluster[:], asking[:], joinVersions(m.Keys), m.Nonce[:]))
}

// Opens is Session.
func (m *AskErased) Opens(cluster ClusterID, from NodeID) (SessionID, error) {
	return m.Session(cluster, from), nil
}

// Bound checks the number of sharings.
func (m *AskErased) Bound() error { return boundVersions(m.Keys) }

// MaxErasures bounds the receipts of one answer.
const MaxErasures = 2048

// Erasures answers AskErased: the sender's own receipts, and those of others that it keeps.
type Erasures struct {
	Receipts []Erased
}

func (*Erasures) Code() Code { return CodeErasures }

// Bound checks the number of receipts.
func (m *Erasures) Bound() error {
	if len(m.Receipts) > MaxErasures {
		return errors.New("too many receipts of erasure")
	}
	return nil
}

// Erased is a node's word that it has erased its share of a sharing, which another one has superseded, or that it never had
// one. Nobody can prove that it is true.
type Erased struct {
	Key       KeyID     `json:"key"`
	Version   SessionID `json:"version"`
	Successor SessionID `json:"successor"` // the sharing that was current when it did
	Node      NodeID    `json:"node"`
	Signature Signature `json:"signature"` // on ErasedDigest
}

// Owed is the value of a RecordOwed. Of whom there is a receipt by now, receipts tell.
type Owed struct {
	Holders []NodeID // the members of the sharing, ascending
	// WrittenOff are those of them for whose receipts this node's operator waits no more: what became of their shares is not
	// known. It is this node's alone, and never sent.
	WrittenOff []WrittenOff `rlp:"optional"`
}

// WrittenOff is a holder for whose receipt is not waited any more.
type WrittenOff struct {
	Node NodeID
	At   uint64 // Unix seconds, by the clock of the node
}

// ErasedDigest is what the node signs.
func ErasedDigest(cluster ClusterID, e *Erased) [32]byte {
	return Digest("erased/1", cluster[:], e.Key[:], e.Version[:], e.Successor[:], e.Node[:])
}

// ErasedName is where the receipt of a node for a version lies.
func ErasedName(version SessionID, node NodeID) SessionID {
	return SessionID(Digest("erased name", version[:], node[:]))
}

func boundVersions(keys []KeyVersion) error {
	if len(keys) == 0 || len(keys) > MaxHoldings {
		return errors.New("question about no sharings, or too many")
	}
	return nil
}

func joinVersions(keys []KeyVersion) []byte {
	list := make([]byte, 0, len(keys)*64)
	for i := range keys {
		list = append(list, keys[i].Key[:]...)
		list = append(list, keys[i].Version[:]...)
	}
	return list
}

// Fence is the value of a RecordFence.
type Fence struct {
	Successor common.Hash // ServerSet.Hash of the established set that follows
}

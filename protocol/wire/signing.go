package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"
)

// Signing with a key (docs/protocol.md section 12). A holder asks its own chain before it
// answers, as for a retrieval. Each choice of a set is an attempt with a session id of its
// own, in which one hash is signed with one nonce.
//
//	coordinator                          holders
//	  Sign {block, set, nonces} ───►     Schnorr, with nonces sent ahead: t+1 holders
//	                            ◄───     SchnorrShare, and a nonce for the next time
//
//	  Sign {block, set}         ───►     Schnorr, with none
//	                            ◄───     Committed
//	  Commitments               ───►
//	                            ◄───     SchnorrShare
//
//	  Sign {block, set, item}   ───►     ECDSA: 2t+1 holders of a dealt item
//	                            ◄───     Opened
//	  Openings                  ───►
//	                            ◄───     ECDSAShare
//
// A Sign for ECDSA without an item asks for the vote alone, which is Willing.
const (
	CodeSign         Code = 0x60
	CodeWilling      Code = 0x61
	CodeCommitted    Code = 0x62
	CodeCommitments  Code = 0x63
	CodeSchnorrShare Code = 0x64
	CodeOpened       Code = 0x65
	CodeOpenings     Code = 0x66
	CodeECDSAShare   Code = 0x67 // 0x68 had a meaning once: former.go
)

func init() {
	opens(TrafficSign, KindSign, func() Opening { return new(Sign) })
	register(TrafficSign, of(KindSign),
		func() Message { return new(Willing) },
		func() Message { return new(Committed) },
		func() Message { return new(Commitments) },
		func() Message { return new(SchnorrShare) },
		func() Message { return new(Opened) },
		func() Message { return new(Openings) },
		func() Message { return new(ECDSAShare) },
	)
}

// NonceBytes is an encoded threshold.NonceCommitment.
type NonceBytes [128]byte

// OpeningBytes is an encoded threshold.ECDSAOpening.
type OpeningBytes [224]byte

// ECDSAShareBytes is an encoded threshold.ECDSAShare.
type ECDSAShareBytes [160]byte

// Item names what was dealt for one ECDSA signature: the transcript of its dealings, and
// which of theirs it is.
type Item struct {
	Transcript common.Hash
	Number     uint32
}

// Sign asks a holder to sign a hash together with the others of Set. It opens a session.
type Sign struct {
	Key     KeyID
	Version SessionID
	Scheme  Scheme
	Hash    common.Hash
	Proof   Proof // of the requester
	Block   BlockRef
	Set     []uint32     // share indices, ascending: t+1, or 2t+1 for ECDSA
	Nonces  []NonceBytes // Schnorr: those of the set, in its order, that were sent ahead; or none
	Item    Item         // ECDSA; zero: the vote alone is wanted
	Nonce   [32]byte
}

func (*Sign) Code() Code       { return CodeSign }
func (m *Sign) Subject() KeyID { return m.Key }

// Bound keeps the lists in order and in step.
func (m *Sign) Bound() error {
	if err := boundSet(m.Set); err != nil {
		return err
	}
	switch {
	case m.Scheme.Size() == 0:
		return errors.New("unknown signature scheme")
	case len(m.Nonces) != 0 && (len(m.Nonces) != len(m.Set) || m.Scheme == ECDSA):
		return errors.New("nonces that are not the set's")
	case m.Item != Item{} && m.Scheme != ECDSA:
		return errors.New("an item of another scheme")
	}
	return m.Proof.Bound()
}

// Session is the id of the attempt that this coordinator opens with m: a hash over all
// that is signed and by whom.
func (m *Sign) Session(cluster ClusterID, coordinator NodeID) SessionID {
	terms := m.Terms(coordinator)
	return terms.Session(cluster, m.Key, m.Version)
}

// Opens is Session.
func (m *Sign) Opens(cluster ClusterID, from NodeID) (SessionID, error) {
	return m.Session(cluster, from), nil
}

// SignTerms is what an attempt is about beside cluster and key, without the requester's
// proof, whose hash stands in its place.
type SignTerms struct {
	Coordinator NodeID
	Scheme      Scheme
	Hash        common.Hash
	Proof       common.Hash // Proof.Hash
	Block       BlockRef
	Set         []uint32
	Item        Item
	Nonce       common.Hash
}

// Terms leaves the proof out, and the nonces, which each share is signed with.
func (m *Sign) Terms(coordinator NodeID) SignTerms {
	return SignTerms{Coordinator: coordinator, Scheme: m.Scheme, Hash: m.Hash, Proof: m.Proof.Hash(),
		Block: m.Block, Set: m.Set, Item: m.Item, Nonce: m.Nonce}
}

// Session is the id of the attempt.
func (t *SignTerms) Session(cluster ClusterID, key KeyID, version SessionID) SessionID {
	block := append(binary.BigEndian.AppendUint64(nil, t.Block.Number), t.Block.Hash[:]...)
	item := append(t.Item.Transcript.Bytes(), index(t.Item.Number)...)
	return SessionID(Digest("signing/1", cluster[:], t.Coordinator[:], key[:], version[:], []byte{byte(t.Scheme)}, t.Hash[:],
		t.Proof[:], block, indices(t.Set), item, t.Nonce[:]))
}

// Bound is that of a Sign.
func (t *SignTerms) Bound() error { return boundSet(t.Set) }

// indices is how a set is hashed.
func indices(set []uint32) []byte {
	enc := make([]byte, 0, 4*len(set))
	for _, i := range set {
		enc = binary.BigEndian.AppendUint32(enc, i)
	}
	return enc
}

// Willing is a yes to a question for the vote alone.
type Willing struct{}

func (*Willing) Code() Code { return CodeWilling }

// Committed is a yes with a fresh nonce, for this attempt alone.
type Committed struct{ Nonce NonceBytes }

func (*Committed) Code() Code { return CodeCommitted }

// Commitments are the nonces of the whole set, in its order.
type Commitments struct{ Nonces []NonceBytes }

func (*Commitments) Code() Code { return CodeCommitments }

// Bound checks the number.
func (m *Commitments) Bound() error { return boundLen(len(m.Nonces), MaxMembers) }

// MaxNext bounds how many nonces a holder sends ahead with one answer.
const MaxNext = 4

// SchnorrShare is a holder's share of a signature. It is signed with all that it depends
// on, so a wrong one is evidence.
type SchnorrShare struct {
	Share     [32]byte
	Next      []NonceBytes // for later attempts of this coordinator; at most MaxNext
	Signature Signature
}

func (*SchnorrShare) Code() Code { return CodeSchnorrShare }

// Bound checks the number of nonces.
func (m *SchnorrShare) Bound() error {
	if len(m.Next) > MaxNext {
		return errors.New("too many nonces")
	}
	return nil
}

// Digest is what the holder with this share index signs.
func (m *SchnorrShare) Digest(attempt SessionID, holder uint32, nonces []NonceBytes) [32]byte {
	parts := [][]byte{attempt[:], index(holder), m.Share[:]}
	for i := range nonces {
		parts = append(parts, nonces[i][:])
	}
	return Digest("schnorr-share", parts...)
}

// Opened is a yes with the holder's part of R and w.
type Opened struct {
	Opening   OpeningBytes
	Signature Signature
}

func (*Opened) Code() Code { return CodeOpened }

// Digest is what the holder with this share index signs.
func (m *Opened) Digest(attempt SessionID, holder uint32) [32]byte {
	return Digest("ecdsa-opening", attempt[:], index(holder), m.Opening[:])
}

// Openings are those of the whole set, in its order.
type Openings struct{ Openings []Opened }

func (*Openings) Code() Code { return CodeOpenings }

// Bound checks the number.
func (m *Openings) Bound() error { return boundLen(len(m.Openings), MaxMembers) }

// ECDSAShare is a holder's share of s, with the proof that convicts it if s is wrong.
type ECDSAShare struct {
	Share     ECDSAShareBytes
	Signature Signature
}

func (*ECDSAShare) Code() Code { return CodeECDSAShare }

// Digest is what the holder with this share index signs.
func (m *ECDSAShare) Digest(attempt SessionID, holder uint32, openings []Opened) [32]byte {
	parts := [][]byte{attempt[:], index(holder), m.Share[:]}
	for i := range openings {
		parts = append(parts, openings[i].Opening[:])
	}
	return Digest("ecdsa-share", parts...)
}

func boundLen(n, most int) error {
	if n == 0 || n > most {
		return fmt.Errorf("list of %d", n)
	}
	return nil
}

// MaxItems bounds how many items are dealt in one session.
const MaxItems = 16

// Deal asks the members of a set to deal items for ECDSA signatures that this coordinator
// will have them make. It opens a session, in which there follow
//
//	coordinator                      members
//	  Deal          ───►
//	                ◄───             Commit: a key for this session alone, signed
//	  Evidence      ───►             the keys of all
//	                ◄───             Reveal: the own dealing, sealed to these, signed with View over them
//	  Evidence      ───►             the dealings of all
//	                ◄───             Certify: all is right; or Complaint
//
// What is dealt knows no key, no hash and no requester.
type Deal struct {
	Setup DealSetup
	// Kept is what the coordinator still keeps of earlier dealings that the receiver has a part in: the receiver may
	// forget all others. Each receiver has its own. Nil: nothing is said. It is for nodes alone whose hello has said
	// that they know it.
	Kept *Kept `rlp:"optional"`
}

func (*Deal) Code() Code { return CodeDeal }

// Subject is no key id: items are for all keys of these members.
func (*Deal) Subject() KeyID { return KeyID{} }

// Opens is Setup.Session for its coordinator. The set-up names its cluster itself.
func (m *Deal) Opens(_ ClusterID, from NodeID) (SessionID, error) {
	if m.Setup.Coordinator != from {
		return SessionID{}, ErrOtherOpener
	}
	return m.Setup.Session(), nil
}

// Items is how many it asks for.
func (m *Deal) Items() int { return int(m.Setup.Items) }

// Bound checks the set-up and the list.
func (m *Deal) Bound() error {
	if m.Kept != nil {
		if err := m.Kept.Bound(); err != nil {
			return err
		}
	}
	return m.Setup.Bound()
}

// MaxKept bounds the dealings in a list of items that are still kept, each of which has one of them at least.
const MaxKept = 512

// Kept lists items.
type Kept struct{ Dealings []KeptItems }

// KeptItems are those of one dealing.
type KeptItems struct {
	Transcript common.Hash
	Numbers    uint16 // bit n is set: item n, of MaxItems
}

// Bound wants each dealing once, in ascending order, with an item.
func (k *Kept) Bound() error {
	if len(k.Dealings) > MaxKept {
		return fmt.Errorf("%d dealings still kept, of %d at most", len(k.Dealings), MaxKept)
	}
	for i := range k.Dealings {
		if k.Dealings[i].Numbers == 0 {
			return errors.New("a dealing still kept, and none of its items")
		}
		if i > 0 && k.Dealings[i-1].Transcript.Cmp(k.Dealings[i].Transcript) >= 0 {
			return errors.New("dealings still kept that are not in ascending order")
		}
	}
	return nil
}

// KeptOf lists these items, each of which is named once.
func KeptOf(items []Item) *Kept {
	numbers := make(map[common.Hash]uint16)
	for _, i := range items {
		numbers[i.Transcript] |= 1 << i.Number
	}
	k := new(Kept)
	for transcript, n := range numbers {
		k.Dealings = append(k.Dealings, KeptItems{transcript, n})
	}
	slices.SortFunc(k.Dealings, func(a, b KeptItems) int { return a.Transcript.Cmp(b.Transcript) })
	return k
}

// Has tells whether an item is in the list.
func (k *Kept) Has(item Item) bool {
	at, found := slices.BinarySearchFunc(k.Dealings, item.Transcript, func(d KeptItems, t common.Hash) int { return d.Transcript.Cmp(t) })
	return found && item.Number < MaxItems && k.Dealings[at].Numbers>>item.Number&1 == 1
}

// DealSetup is what is dealt among whom.
type DealSetup struct {
	Cluster     ClusterID
	Coordinator NodeID
	Threshold   uint32
	Items       uint32   // 1 to MaxItems
	Set         []uint32 // 2·Threshold+1 share indices, ascending
	Members     []NodeID // who they are, in this order
	Nonce       [32]byte
	// Slot is that of the sharings which the items are for. Nil: those that were generated. Who stole shares before a
	// redistribution and others after it would else know 2t shares of an item that is used after it.
	Slot *Slot `rlp:"optional"`
}

// Session is the id of the session.
func (s *DealSetup) Session() SessionID {
	parts := [][]byte{s.Cluster[:], s.Coordinator[:], index(s.Threshold), index(s.Items), indices(s.Set), s.Nonce[:]}
	for i := range s.Members {
		parts = append(parts, s.Members[i][:])
	}
	if s.Slot == nil {
		return SessionID(Digest("dealing-session/1", parts...))
	}
	return SessionID(Digest("dealing-session/2", append(parts, number(s.Slot.Epoch), number(s.Slot.Round))...))
}

// For is the slot of the sharings that the items are for.
func (s *DealSetup) For() (slot Slot) {
	if s.Slot != nil {
		slot = *s.Slot
	}
	return slot
}

// Index is the position of a member from 1 on, or 0.
func (s *DealSetup) Index(node NodeID) uint32 {
	for i := range s.Members {
		if s.Members[i] == node {
			return uint32(i + 1)
		}
	}
	return 0
}

// Bound checks all that can be checked without knowing the cluster.
func (s *DealSetup) Bound() error {
	if err := boundSet(s.Set); err != nil {
		return err
	}
	switch {
	case s.Threshold >= MaxMembers || len(s.Set) != 2*int(s.Threshold)+1 || len(s.Members) != len(s.Set):
		return errors.New("a set that is not of 2t+1 members")
	case s.Items == 0 || s.Items > MaxItems || int(s.Items)*len(s.Members) > MaxDealt:
		return errors.New("no items, or too many")
	case s.Slot != nil && *s.Slot == Slot{}:
		return errors.New("the slot of generations is written out")
	}
	seen := make(map[NodeID]bool, len(s.Members))
	for _, m := range s.Members {
		if seen[m] {
			return errors.New("a member twice")
		}
		seen[m] = true
	}
	return nil
}

package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/rlp"
)

// KeyRecord is the public part of a generated server key with its certificate: the
// signature of every member on the whole transcript. It convinces any node of the
// cluster, also one that was down when the key was made.
type KeyRecord struct {
	Setup       Setup
	Bodies      common.Hash // over the revealed dealings of all members, in member order
	Commitments []Point     // joint polynomial, threshold+1 points; the first is the server key
	Signatures  []Signature // of every member on CertifyDigest, in member order

	// Acks are members' votes in ballot 0: each durably holds this certificate. With a
	// majority of them the key is the only one its id can ever have (see Confirmed).
	// Ascending by index.
	Acks []IndexedSign

	// Decided says the same of a key that was cut off before it had its Acks.
	Decided *Decision `rlp:"nil,optional"`

	// Moved is of a sharing that was dealt anew; nil of a generated one.
	Moved *Moved `rlp:"optional"`
}

// plainRecord is a KeyRecord without methods.
type plainRecord KeyRecord

// DecodeRLP reads a record that Encode could have written: what is absent at its end is not written out.
func (r *KeyRecord) DecodeRLP(s *rlp.Stream) error {
	raw, err := s.Raw()
	if err != nil {
		return err
	}
	if err := rlp.DecodeBytes(raw, (*plainRecord)(r)); err != nil {
		return err
	}
	content, _, err := rlp.SplitList(raw)
	if err != nil {
		return err
	}
	const always = 5
	fields, err := rlp.CountValues(content)
	if err != nil {
		return err
	}
	if fields == always+1 && r.Decided == nil {
		return errors.New("key record whose missing decision is written out")
	}
	return nil
}

// Setup is everything that a generation is about. Its hash is the session id, which
// also names the key's version ever after.
type Setup struct {
	Cluster   ClusterID
	Key       KeyID
	Threshold uint32   // t: any t+1 members can use the key
	SetSize   uint32   // size of the whole server set, which fixes the majority
	Members   []NodeID // ascending; Members[i] has index i+1
	Initiator NodeID
	Nonce     [32]byte
	Proof     Proof // of the author

	// Set is the set that the members are of; nil: set 0. A set-up that names one is of version 2.
	Set *SetRef `rlp:"optional"`
	// Move is of a redistribution, which always names its set; nil: a generation.
	Move *Move `rlp:"optional"`
}

// Terms is a set-up without the author's proof, whose hash stands in its place. It has
// the same session id.
type Terms struct {
	Cluster   ClusterID   `json:"cluster"`
	Key       KeyID       `json:"key"`
	Threshold uint32      `json:"threshold"`
	SetSize   uint32      `json:"setSize"`
	Members   []NodeID    `json:"members"`
	Initiator NodeID      `json:"initiator"`
	Nonce     common.Hash `json:"nonce"`
	Proof     common.Hash `json:"proof"` // Proof.Hash
	Set       *SetRef     `json:"set,omitempty" rlp:"optional"`
	Move      *Move       `json:"move,omitempty" rlp:"optional"`
}

// Terms leaves the proof out.
func (s *Setup) Terms() Terms {
	return Terms{Cluster: s.Cluster, Key: s.Key, Threshold: s.Threshold, SetSize: s.SetSize,
		Members: s.Members, Initiator: s.Initiator, Nonce: s.Nonce, Proof: s.Proof.Hash(), Set: s.Set, Move: s.Move}
}

// Session is the hash of the set-up.
func (s *Setup) Session() SessionID {
	terms := s.Terms()
	return terms.Session()
}

// Session is the hash of the set-up.
func (s *Terms) Session() SessionID {
	var ids bytes.Buffer
	for _, m := range s.Members {
		ids.Write(m[:])
	}
	var sizes [8]byte
	binary.BigEndian.PutUint32(sizes[0:], s.Threshold)
	binary.BigEndian.PutUint32(sizes[4:], s.SetSize)
	parts := [][]byte{s.Cluster[:], s.Key[:], sizes[:], ids.Bytes(), s.Initiator[:], s.Nonce[:], s.Proof[:]}
	if s.Set == nil {
		return SessionID(Digest("generation/1", parts...))
	}
	parts = append(parts, number(s.Set.Epoch), s.Set.Hash[:])
	if s.Move == nil {
		return SessionID(Digest("generation/2", parts...))
	}
	return SessionID(Digest("move/1", append(parts, s.Move.hashed()...)...))
}

// Slot is what at most one sharing is certified for.
func (s *Setup) Slot() Slot {
	if s.Move == nil {
		return Slot{}
	}
	return Slot{Epoch: s.Set.Epoch, Round: s.Move.Round}
}

// Origin is the version that generated the key: this one, or the one that it was moved from first.
func (s *Setup) Origin() SessionID {
	terms := s.Terms()
	return terms.Origin()
}

// Made is the threshold that the author asked for. It may be higher by now.
func (s *Setup) Made() uint32 {
	terms := s.Terms()
	return terms.Made()
}

// Earlier tells whether s is the set-up of an earlier sharing of the key that later is of.
func (s *Setup) Earlier(later *Setup) bool {
	return s.Key == later.Key && s.Origin() == later.Origin() && s.Slot().Compare(later.Slot()) < 0
}

// Origin is the version that generated the key: this one, or the one that it was moved from first.
func (s *Terms) Origin() SessionID {
	if s.Move == nil {
		return s.Session()
	}
	return s.Move.Origin
}

// Made is the threshold that the author asked for. It may be higher by now.
func (s *Terms) Made() uint32 {
	if s.Move == nil {
		return s.Threshold
	}
	return s.Move.Made
}

// Dealers are the nodes that deal: the members; in a redistribution those of Move.
func (s *Terms) Dealers() []NodeID {
	if s.Move == nil {
		return s.Members
	}
	return s.Move.Nodes()
}

// Parties are all whom a session is among: the members, and those dealers that are none.
func (s *Terms) Parties() []NodeID {
	if s.Move == nil {
		return s.Members
	}
	all := slices.Clone(s.Members)
	for i := range s.Move.Dealers {
		if node := s.Move.Dealers[i].Node; !slices.Contains(s.Members, node) {
			all = append(all, node)
		}
	}
	return all
}

// Bound checks what needs no curve: sizes, order of members, threshold.
func (s *Setup) Bound() error {
	terms := s.Terms()
	if err := terms.Bound(); err != nil {
		return err
	}
	if len(s.Proof.Data) > MaxAuthorProof {
		return errors.New("author's proof is too long")
	}
	return s.Proof.Bound()
}

// Author is who the members have seen to ask for the key. A contract account's signature
// is not checked again: the contract may answer otherwise by now.
func (s *Setup) Author() (common.Address, error) {
	act := Act{Cluster: s.Cluster, Operation: OpGenerate, Key: s.Key, Arguments: GenerateArguments(s.Made())}
	if s.Proof.Kind == WalletProof {
		signed, err := s.Proof.Wallet()
		if err != nil {
			return common.Address{}, err
		}
		act.Chain = signed.Request.Chain // every member has compared it
	}
	author, err := s.Proof.Recover(act)
	if err != nil {
		return common.Address{}, err
	}
	return author.Address, nil
}

// Bound is that of a set-up.
func (s *Terms) Bound() error {
	n := len(s.Members)
	switch {
	case n == 0 || n > MaxMembers || s.SetSize > MaxMembers || n > int(s.SetSize):
		return errors.New("number of members out of range")
	case int64(s.Threshold) >= int64(n):
		return errors.New("threshold is not below the number of members")
	case n < Majority(int(s.SetSize), int(s.Threshold)):
		return errors.New("fewer members than a majority of the set")
	}
	for i := 1; i < n; i++ {
		if s.Members[i-1].Compare(s.Members[i]) >= 0 {
			return errors.New("members are not in ascending order")
		}
	}
	if s.Move == nil {
		return nil
	}
	if s.Set == nil || s.Threshold < s.Move.Made {
		return errors.New("a redistribution without its set, or to a lower threshold than the key was made with")
	}
	return s.Move.Bound()
}

// Index is the share index of a node, 1-based, or 0 if it is no member.
func (s *Setup) Index(node NodeID) uint32 {
	for i, m := range s.Members {
		if m == node {
			return uint32(i + 1)
		}
	}
	return 0
}

// Majority is how many servers decide what becomes of this attempt.
func (s *Setup) Majority() int { return Majority(int(s.SetSize), int(s.Threshold)) }

// Majority is q = ⌈(n+t+1)/2⌉ (docs/protocol.md section 1): two majorities of n nodes share at least
// t+1, so at least one that is honest.
func Majority(n, t int) int { return (n + t + 2) / 2 }

// Public is the server key.
func (r *KeyRecord) Public() Point { return r.Commitments[0] }

// Version names the key's current sharing.
func (r *KeyRecord) Version() SessionID { return r.Setup.Session() }

// Transcript is the hash that all members sign: it fixes the set-up, every dealing
// and the joint polynomial.
func (r *KeyRecord) Transcript() common.Hash {
	return Transcript(r.Setup.Session(), r.Bodies, r.Commitments)
}

// Transcript is the hash that all members of a generation sign.
func Transcript(session SessionID, bodies common.Hash, commitments []Point) common.Hash {
	parts := [][]byte{session[:], bodies[:]}
	for i := range commitments {
		parts = append(parts, commitments[i][:])
	}
	return Digest("transcript", parts...)
}

// CertifyDigest is what a member signs in the last round of a generation.
func CertifyDigest(session SessionID, transcript common.Hash) [32]byte {
	return Digest("certify", session[:], transcript[:])
}

// Confirmed tells whether a majority of the server set has voted, in one ballot, to
// complete this key, which no two keys of one id can have (package ballot). Only such
// a key is shown to clients and taken over by nodes that were not there.
func (r *KeyRecord) Confirmed() bool {
	votes := len(r.Acks)
	if r.Decided != nil {
		votes = max(votes, len(r.Decided.Votes))
	}
	return votes >= r.Setup.Majority()
}

// Bound checks what needs no curve.
func (r *KeyRecord) Bound() error {
	if err := r.Setup.Bound(); err != nil {
		return err
	}
	n := len(r.Setup.Members)
	if len(r.Commitments) != int(r.Setup.Threshold)+1 || len(r.Signatures) != n {
		return errors.New("key record with wrong list lengths")
	}
	if err := boundAcks(r.Acks, n); err != nil {
		return err
	}
	if (r.Moved == nil) != (r.Setup.Move == nil) {
		return errors.New("key record that does not tell what it was moved from")
	}
	if r.Moved != nil {
		if err := r.Moved.Pair.Bound(); err != nil {
			return err
		}
	}
	if r.Decided != nil {
		return r.Decided.Bound()
	}
	return nil
}

// boundAcks checks number and order of acknowledgements of n members.
func boundAcks(acks []IndexedSign, n int) error {
	if len(acks) > n {
		return errors.New("key record with wrong list lengths")
	}
	for i := range acks {
		if acks[i].Index == 0 || int64(acks[i].Index) > int64(n) || i > 0 && acks[i-1].Index >= acks[i].Index {
			return errors.New("acknowledgements are not in ascending order of members")
		}
	}
	return nil
}

// Thick tells whether so many members have stored their share that the parent's can be erased, if they hold them still:
// min(n, 2t+1) of the set. All members of the set-up sign its transcript, and have their share on disk before.
func (r *KeyRecord) Thick() bool {
	return len(r.Setup.Members) >= ThickOf(int(r.Setup.SetSize), int(r.Setup.Threshold))
}

// ThickOf is min(n, 2t+1): so many holders that t liars among them leave t+1.
func ThickOf(n, t int) int { return min(n, 2*t+1) }

// DocumentRecord is the encrypted document key of a server key, with the signatures
// of a majority of holders. A holder signs one pair per key version, so two different
// pairs can't both be certified.
type DocumentRecord struct {
	Key        KeyID         `json:"key"`
	Version    SessionID     `json:"version"`
	Common     Point         `json:"commonPoint"`    // C = kG
	Encrypted  Point         `json:"encryptedPoint"` // E = M + kY
	Signatures []IndexedSign `json:"signatures"`     // ascending by index, one per holder
}

// IndexedSign is a holder's signature by its share index.
type IndexedSign struct {
	Index     uint32    `json:"index"`
	Signature Signature `json:"signature"`
}

// StoreDigest is what a holder signs when it promises a pair.
func StoreDigest(cluster ClusterID, r *DocumentRecord) [32]byte {
	return Digest("store", cluster[:], r.Key[:], r.Version[:], r.Common[:], r.Encrypted[:])
}

// Bound checks what needs no curve.
func (r *DocumentRecord) Bound() error {
	if len(r.Signatures) > MaxMembers {
		return errors.New("too many signatures")
	}
	for i := range r.Signatures {
		if r.Signatures[i].Index == 0 || i > 0 && r.Signatures[i-1].Index >= r.Signatures[i].Index {
			return errors.New("signatures are not in ascending order of holders")
		}
	}
	return nil
}

// SamePair tells whether two records are about the same points, of one version.
func (r *DocumentRecord) SamePair(other *DocumentRecord) bool {
	return r.Version == other.Version && r.SamePoints(other)
}

// SamePoints tells whether two records are about the same points, whatever version each was stored under.
func (r *DocumentRecord) SamePoints(other *DocumentRecord) bool {
	return r.Key == other.Key && r.Common == other.Common && r.Encrypted == other.Encrypted
}

// BlockRef names a block of the chain.
type BlockRef struct {
	Number uint64      `json:"number"`
	Hash   common.Hash `json:"hash"`
}

// RecordKind is the kind of a durable record. Numbers never change.
type RecordKind uint8

const (
	RecordKey       RecordKind = 1 // KeyID: the certified KeyRecord
	RecordShare     RecordKind = 2 // KeyID, version: the own secret share; encrypted under a key of its own
	RecordAttempt   RecordKind = 3 // KeyID, slot (zero for the generation): the attempt this node has signed a promise for
	RecordPending   RecordKind = 4 // KeyID, version: the own share of a promised, not yet certified attempt; as RecordShare
	RecordAbandoned RecordKind = 5 // retired: an attempt's outcome before there were ballots; not written, not read
	RecordPromise   RecordKind = 6 // KeyID: the DocumentRecord this node signed, without certificate
	RecordDocument  RecordKind = 7 // KeyID: the certified DocumentRecord
	RecordDealt     RecordKind = 8 // KeyID, session: hash of the dealing that this node committed to as a member. Given once, by Create
	RecordOutcome   RecordKind = 9 // KeyID, version: this node's last vote on an attempt, or how it ended; KeyID, zero: the attempt of the generation that it is bound to

	RecordNext   RecordKind = 10 // KeyID, slot: the certified, not yet confirmed record of a redistribution
	RecordFormer RecordKind = 11 // KeyID, version: a record that is not current any more, whose share (RecordShare) is kept until its successor's holders are known to have theirs

	RecordBound RecordKind = 13 // KeyID, slot: the attempt of a redistribution that this node is bound to

	// KeyID, version: that this node promises no pair under it any more, while one of these attempts may come to something;
	// or, in 32 bytes, which pair it has promised
	RecordWaiver RecordKind = 12

	// KeyID, version: what is held of this version came out of a backup, so promises that
	// were made for it later may be missing. The value is empty.
	RecordRestored RecordKind = 16

	// What is known and said of server sets is about no key: the key id is zero.
	RecordSet      RecordKind = 17 // session: the epoch (EpochName): the SetLink that the set follows by; of epoch 0 the ServerSet
	RecordEpochKey RecordKind = 18 // session: digest of the order: the own epoch key, 32 bytes. It is in no backup: who steals one of a set that is gone could sign in it again
	RecordSetBound RecordKind = 19 // session: the epoch: the attempt that this node is bound to, and cancelled orders; session: an attempt: this node's last vote on it, or how it ended
	RecordFence    RecordKind = 20 // epoch: the set that follows. This node signs no transcript of a generation of the epoch any more
	RecordListed   RecordKind = 21 // KeyID, version: who, of the members of a set before, has listed this attempt to generate the key
	RecordGathered RecordKind = 22 // epoch: the members of the set before whose listings are in
	RecordErased   RecordKind = 23 // KeyID, ErasedName: a receipt of erasure, this node's own or another's
	RecordRound    RecordKind = 24 // epoch: the newest round of a refresh in that set, with its order, and whether it is done here
	RecordAddress  RecordKind = 25 // AddressName: the MemberAddress of the highest number that is known of a node, this one included
	RecordOwed     RecordKind = 27 // KeyID, version: the holders of a sharing that is not current any more, until the receipts of all are here

	// KeyID: the record of the earlier version that the document key was stored under, while the current certificate says nothing
	// of the pair (PairClosed): its holders' signatures are all that shows which it is
	RecordStoredUnder RecordKind = 39
)

// Secret tells whether values of this kind are secret keys: shares, or keys of an epoch.
func (k RecordKind) Secret() bool {
	return k == RecordShare || k == RecordPending || k == RecordEpochKey
}

// OfKey tells whether records of this kind are about a key id. Others are about the server set, and have the zero id.
func (k RecordKind) OfKey() bool {
	switch k {
	case RecordSet, RecordEpochKey, RecordSetBound, RecordFence, RecordGathered, RecordRound, RecordAddress:
		return false
	}
	return true
}

// EpochName is where records lie that there is one of in each epoch: 24 bytes zero, then the number, big-endian.
func EpochName(epoch uint64) (name SessionID) {
	binary.BigEndian.PutUint64(name[24:], epoch)
	return name
}

// RecordOp says what to do with a record.
type RecordOp uint8

const (
	// Put writes a record, replacing an older one.
	Put RecordOp = iota
	// Create writes a record only if there is none, or an equal one. A different one
	// fails the whole batch: that is how a promise is given once.
	Create
	// Erase removes a record; a secret one for good.
	Erase
	// Expect changes nothing. It fails the whole batch unless the record is there with
	// this value: what a machine has read may have changed since.
	Expect
	// Absent changes nothing. It fails the whole batch if there is a record, whatever its value.
	Absent
)

// Record is one durable change. Session is zero for kinds that are kept once per key.
type Record struct {
	Op      RecordOp
	Kind    RecordKind
	Key     KeyID
	Session SessionID
	Value   []byte
}

// NewRecord encodes a value. The types we store always encode.
func NewRecord(op RecordOp, kind RecordKind, key KeyID, session SessionID, value any) Record {
	enc, err := rlp.EncodeToBytes(value)
	if err != nil {
		panic("wire: internal error: record can't be encoded: " + err.Error())
	}
	return Record{Op: op, Kind: kind, Key: key, Session: session, Value: enc}
}

// EraseSecrets overwrites the values of those records that are secret keys, best effort: the runtime may have copied them before.
func EraseSecrets(recs []Record) {
	for i := range recs {
		if recs[i].Kind.Secret() {
			clear(recs[i].Value)
		}
	}
}

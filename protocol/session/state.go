package session

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// State is what this node durably knows about one key id when a machine is made.
// The machine's own records may still collide with another session's: a Create that
// fails cancels it.
//
// What it says of attempts is about one slot, that of the generation unless In has given it for another.
type State struct {
	Record   *wire.KeyRecord      // the certified key, its current sharing; nil if none is known
	Share    *Share               // the own share of Record's version; nil if none is held
	Attempt  *Attempt             // the generation attempt promised, while its outcome is not known
	Pending  *Share               // the own share of Attempt; nil if Attempt is
	Outcomes []AttemptOutcome     // what this node has said about attempts, or knows of their end
	Dealt    []wire.SessionID     // generations of others that this node has dealt in
	Promise  *wire.DocumentRecord // the pair this node signed; nil if none
	Document *wire.DocumentRecord // the certified pair, stored under Record or vouched for by it; nil if none
	Former   []Former             // sharings that are not current any more, of which a share is still held, sealed

	// Parent is, in a slot later than that of the current sharing, that sharing: what a redistribution deals anew. Record
	// is then the certificate of the slot, if one is known.
	Parent      *wire.KeyRecord
	ParentShare *Share // the own share of Parent; nil if none is held

	slot  wire.Slot                      // that Attempt, Pending, Outcomes and bound are of
	slots map[wire.SessionID]*slotRecord // all of which something is known, by their names
	get   Getter                         // of what is read only when a slot is looked at

	waivers  map[wire.SessionID][]byte // by version: see waiver.go
	restored []wire.SessionID          // versions that came out of a backup

	storedUnder *wire.KeyRecord // that Document was stored under, where Record says nothing of the pair; see KeepEarlier

	key    wire.KeyID
	bound  wire.SessionID // the attempt that this node is bound to; zero for none
	former *Attempt       // the one that stale clears
	stale  []wire.Record  // clears what is left of an attempt that this node is bound to no more
}

// Getter reads one durable record; the session is zero for kinds kept once per key.
// It fails with ErrNoRecord when there is none.
type Getter func(kind wire.RecordKind, key wire.KeyID, session wire.SessionID) ([]byte, error)

// Lister names the sessions for which there is a record of this kind and key.
type Lister func(kind wire.RecordKind, key wire.KeyID) ([]wire.SessionID, error)

// ErrNoRecord is what a reader of records returns for a record that is not there.
var ErrNoRecord = errors.New("session: no such record")

// LoadState reads what this node knows about a key id. What the store holds was
// checked before it was saved; here it must only decode and fit together.
func LoadState(key wire.KeyID, get Getter, list Lister) (*State, error) {
	l := &loader{key: key, get: get}
	s := &State{
		key:      key,
		get:      get,
		Record:   load(l, wire.RecordKey, wire.SessionID{}, new(wire.KeyRecord)),
		Attempt:  load(l, wire.RecordAttempt, wire.SessionID{}, new(Attempt)),
		Promise:  load(l, wire.RecordPromise, wire.SessionID{}, new(wire.DocumentRecord)),
		Document: load(l, wire.RecordDocument, wire.SessionID{}, new(wire.DocumentRecord)),
	}
	s.slots = l.slots(list)
	if own := s.slots[wire.SessionID{}]; own != nil {
		s.Outcomes, s.bound = own.outcomes, own.bound
		own.attempt = s.Attempt // which goes with the others before a later slot
	} else if s.Attempt != nil {
		s.slots[wire.SessionID{}] = &slotRecord{attempt: s.Attempt}
	}
	s.Dealt = l.sessions(list, wire.RecordDealt)
	s.waivers = l.waivers(list)
	s.Former = l.former(list)
	s.restored = l.sessions(list, wire.RecordRestored)
	if s.Document != nil && closed(s.Record) {
		s.storedUnder = load(l, wire.RecordStoredUnder, wire.SessionID{}, new(wire.KeyRecord))
	}
	s.letGo()
	if s.Record != nil {
		s.Share = l.share(wire.RecordShare, s.Record.Version())
	}
	if s.Attempt != nil {
		s.Pending = l.share(wire.RecordPending, s.Attempt.Session())
	}
	if s.Share == nil && s.Record != nil {
		s.Share = s.promisedShare(s.Record) // the record came by another session's hand
	}
	if l.err != nil {
		return nil, fmt.Errorf("reading what is known of key %v: %w", key, l.err)
	}
	s.vouch()
	return s, nil
}

// HoldsShare tells whether a sharing is the current one of a key, confirmed, and the own share of it can be read from where it
// belongs. Of a sharing that another session has completed the share may still lie elsewhere: LoadState finds it.
func HoldsShare(get Getter, k wire.KeyVersion) (current, held bool) {
	l := &loader{key: k.Key, get: get}
	r := load(l, wire.RecordKey, wire.SessionID{}, new(wire.KeyRecord))
	if r == nil || !r.Confirmed() || r.Version() != k.Version {
		return false, false
	}
	share := l.share(wire.RecordShare, k.Version)
	if share == nil {
		return true, false
	}
	share.Value.Erase()
	return true, true
}

// loader reads records and keeps the first error.
type loader struct {
	key wire.KeyID
	get Getter
	err error
}

// bytes gives nil when there is no record.
func (l *loader) bytes(kind wire.RecordKind, session wire.SessionID) []byte {
	if l.err != nil {
		return nil
	}
	enc, err := l.get(kind, l.key, session)
	if err != nil && !errors.Is(err, ErrNoRecord) {
		l.err = fmt.Errorf("record of kind %d: %w", kind, err)
	}
	if err != nil {
		return nil
	}
	return enc
}

func load[T any](l *loader, kind wire.RecordKind, name wire.SessionID, into *T) *T {
	enc := l.bytes(kind, name)
	if enc == nil {
		return nil
	}
	if err := rlp.DecodeBytes(enc, into); err != nil {
		l.err = fmt.Errorf("damaged record of kind %d: %w", kind, err)
		return nil
	}
	return into
}

func (l *loader) share(kind wire.RecordKind, session wire.SessionID) *Share {
	enc := l.bytes(kind, session)
	if enc == nil {
		return nil
	}
	defer clear(enc)
	share, err := DecodeShare(enc)
	if err != nil {
		l.err = fmt.Errorf("damaged record of kind %d: %w", kind, err)
	}
	return share
}

// sessions are those with a record of a kind.
func (l *loader) sessions(list Lister, kind wire.RecordKind) []wire.SessionID {
	if l.err != nil {
		return nil
	}
	all, err := list(kind, l.key)
	if err != nil {
		l.err = fmt.Errorf("list of records of kind %d: %w", kind, err)
	}
	return all
}

// outcomeOf is what this node has said about an attempt, or knows of its end; nil if nothing.
func (s *State) outcomeOf(attempt wire.SessionID) *AttemptOutcome {
	for i := range s.Outcomes {
		if s.Outcomes[i].Session == attempt {
			return &s.Outcomes[i]
		}
	}
	return nil
}

// Restored tells whether what is held of the current sharing came out of a backup, so that promises made for it later may be
// missing. A round that deals the key anew ends that.
func (s *State) Restored() bool {
	return s.Record != nil && slices.Contains(s.restored, s.Record.Version())
}

// Abandoned tells whether this node knows that an attempt can never become a key.
func (s *State) Abandoned(attempt wire.SessionID) bool {
	f := s.outcomeOf(attempt)
	return f != nil && f.Final != nil
}

// setOutcome replaces what is known of one attempt, in a list of this state's own: copies of a State share theirs.
func (s *State) setOutcome(f AttemptOutcome) {
	s.Outcomes = slices.Clone(s.Outcomes)
	if known := s.outcomeOf(f.Session); known != nil {
		*known = f
	} else {
		s.Outcomes = append(s.Outcomes, f)
	}
}

// letGo makes an attempt stale of which another session has learnt that it is abandoned,
// or whose record was left behind.
func (s *State) letGo() {
	if f := s.outcomeOf(s.bound); s.Abandoned(s.bound) {
		s.stale = append(s.stale, s.boundTo(f.Session))
		s.former = s.Attempt
		s.stale = append(s.stale, s.unbind(f.Session)...)
	} else if s.Attempt != nil && s.bound != (wire.SessionID{}) && s.Attempt.Session() != s.bound {
		s.former, s.stale, s.Attempt = s.Attempt, append(s.stale, s.unpromise(s.Attempt)...), nil
	}
}

// unbind gives up all that this node holds of an abandoned attempt that it is bound to.
func (s *State) unbind(attempt wire.SessionID) []wire.Record {
	batch := []wire.Record{s.boundRecord(wire.Erase, wire.SessionID{})}
	if s.Attempt != nil && s.Attempt.Session() == attempt {
		batch = append(batch, s.unpromise(s.Attempt)...)
		s.Attempt, s.Pending = nil, nil
	}
	if s.Record != nil && s.Record.Version() == attempt {
		batch = append(batch, s.forget(s.Record)...)
		s.Record, s.Share = nil, nil
	}
	s.bound = wire.SessionID{}
	return batch
}

// Tidy gives the records that clear what is left of an attempt to which this node is bound no more, and forgets them.
// They are saved with, and before, the next promise.
func (s *State) Tidy() []wire.Record {
	stale := s.stale
	s.stale = nil
	return stale
}

// Share is a node's secret share of a server key: the value of the key's polynomial
// at the node's index. It never prints its value.
type Share struct {
	Index uint32 // 1-based position in the members of the key's set-up
	Value *secp256k1.Scalar
}

// shareSize is the length of an encoded share: index, then value, big-endian.
const shareSize = 4 + secp256k1.ScalarSize

// Encode gives the value of a RecordShare or RecordPending, 36 bytes.
func (s *Share) Encode() []byte {
	value := s.Value.Bytes()
	defer clear(value[:])
	return append(binary.BigEndian.AppendUint32(make([]byte, 0, shareSize), s.Index), value[:]...)
}

// DecodeShare reads what Encode wrote.
func DecodeShare(enc []byte) (*Share, error) {
	if len(enc) != shareSize {
		return nil, fmt.Errorf("key share of %d bytes instead of %d", len(enc), shareSize)
	}
	value, err := secp256k1.ParseScalar(enc[4:])
	if err != nil {
		return nil, fmt.Errorf("key share: %w", err)
	}
	return &Share{Index: binary.BigEndian.Uint32(enc), Value: value}, nil
}

// String hides the value.
func (s *Share) String() string { return fmt.Sprintf("share %d", s.Index) }

// Format hides the value from every verb.
func (s *Share) Format(f fmt.State, _ rune) { io.WriteString(f, s.String()) }

// Attempt is a generation that this node has signed its certificate part for, without
// having seen everybody's: a key record that lacks its signatures. The own share is in
// RecordPending until the outcome of the attempt is known, or the certificate is complete.
type Attempt struct {
	Setup       wire.Setup
	Bodies      common.Hash
	Commitments []wire.Point
}

// Session names the attempt.
func (a *Attempt) Session() wire.SessionID { return a.Setup.Session() }

// AttemptOutcome is this node's last vote on an attempt, or how the attempt ended. It is stored as a RecordOutcome, as
// RLP without Session, which is the record's name.
type AttemptOutcome struct {
	Session  wire.SessionID `rlp:"-"`
	Majority uint32         // of the attempt
	Cast     wire.Motion    // the last vote
	// Record is the certificate. Nil also if it is State.Record.
	Record *wire.KeyRecord   `rlp:"nil"`
	Final  *wire.Abandonment `rlp:"nil"` // it is abandoned; Cast is then of no interest
	// Slot is that of the attempt. Nil: of the generation.
	Slot *wire.Slot `rlp:"optional"`
}

// in tells the slot of the attempt.
func (f *AttemptOutcome) in() (slot wire.Slot) {
	if f.Slot != nil {
		slot = *f.Slot
	}
	return slot
}

// record gives the durable change. What this node has read may have changed since: op is
// Create, Put or Expect.
func (f *AttemptOutcome) record(op wire.RecordOp, key wire.KeyID) wire.Record {
	return wire.NewRecord(op, wire.RecordOutcome, key, f.Session, f)
}

func erase(kind wire.RecordKind, key wire.KeyID, session wire.SessionID) wire.Record {
	return wire.Record{Op: wire.Erase, Kind: kind, Key: key, Session: session}
}

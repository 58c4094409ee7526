package session

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// ErrNoRecord is what a reader of records returns for a record that is not there.
var ErrNoRecord = errors.New("session: no such record")

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
// RecordPending meanwhile.
type Attempt struct {
	Setup       wire.Setup
	Bodies      common.Hash
	Commitments []wire.Point
}

// Session names the attempt.
func (a *Attempt) Session() wire.SessionID { return a.Setup.Session() }

// The two fates of an attempt at this node (wire.RecordAbandoned). Both are written
// with Create, so that of two sessions of one key one fails rather than that a node
// acknowledges what it has abandoned. Under the session chosen lies, also by Create,
// the one attempt that the node acknowledges.
var (
	fateAbandoned = []byte{1}
	fateKept      = []byte{2}

	chosen wire.SessionID
)

func fate(op wire.RecordOp, key wire.KeyID, session wire.SessionID, value []byte) wire.Record {
	return wire.Record{Op: op, Kind: wire.RecordAbandoned, Key: key, Session: session, Value: value}
}

func erase(kind wire.RecordKind, key wire.KeyID, session wire.SessionID) wire.Record {
	return wire.Record{Op: wire.Erase, Kind: kind, Key: key, Session: session}
}

// Getter reads one durable record; the session is zero for kinds kept once per key.
// It fails with ErrNoRecord when there is none.
type Getter func(kind wire.RecordKind, key wire.KeyID, session wire.SessionID) ([]byte, error)

// Lister names the sessions for which there is a record of this kind and key.
type Lister func(kind wire.RecordKind, key wire.KeyID) ([]wire.SessionID, error)

// LoadState reads what this node knows about a key id. What the store holds was
// checked before it was saved; here it must only decode and fit together.
func LoadState(key wire.KeyID, get Getter, list Lister) (*State, error) {
	l := &loader{key: key, get: get}
	s := &State{
		Record:   load(l, wire.RecordKey, new(wire.KeyRecord)),
		Attempt:  load(l, wire.RecordAttempt, new(Attempt)),
		Promise:  load(l, wire.RecordPromise, new(wire.DocumentRecord)),
		Document: load(l, wire.RecordDocument, new(wire.DocumentRecord)),
	}
	s.Abandoned = l.abandoned(list)
	s.Dealt = l.sessions(list, wire.RecordDealt)
	s.restored = l.sessions(list, wire.RecordRestored)
	if s.Attempt != nil && s.abandoned(s.Attempt.Session()) {
		s.stale, s.Attempt = s.Attempt, nil // abandoned by a session that did not know of the promise
	}
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
	return s, nil
}

// abandoned tells whether this node has promised never to complete an attempt.
func (s *State) abandoned(session wire.SessionID) bool {
	for _, a := range s.Abandoned {
		if a == session {
			return true
		}
	}
	return false
}

// tidy clears the slot of a promise that is abandoned, for the next one.
func (s *State) tidy() []wire.Record {
	if s.stale == nil {
		return nil
	}
	defer func() { s.stale = nil }()
	return unpromise(s.stale)
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

func load[T any](l *loader, kind wire.RecordKind, into *T) *T {
	enc := l.bytes(kind, wire.SessionID{})
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

func (l *loader) abandoned(list Lister) (sessions []wire.SessionID) {
	for _, session := range l.sessions(list, wire.RecordAbandoned) {
		if value := l.bytes(wire.RecordAbandoned, session); string(value) == string(fateAbandoned) {
			sessions = append(sessions, session)
		}
	}
	return sessions
}

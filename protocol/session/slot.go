package session

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// What a node knows of the attempts in a slot: the generation of a key, or its redistribution in one epoch and round. In
// each slot at most one sharing is certified, by ballots of its own, whose votes and promises lie under a name of its own;
// so sessions in different slots do not touch each other's. A certificate of a later slot supersedes all earlier ones:
// what was promised in these is then erased, and no new word is given in them, since whatever they come to means nothing.

// slotRecord is what the store has of one slot.
type slotRecord struct {
	attempt  *Attempt
	next     *wire.KeyRecord // certified, not confirmed
	bound    wire.SessionID  // the attempt that this node is bound to; zero for none
	outcomes []AttemptOutcome
}

// Former is a sharing that is not current any more: its share is kept sealed, and not used, until the successor's holders are
// known to have theirs. No state has it in memory.
type Former struct{ Record *wire.KeyRecord }

// FormerShare reads the share of a former sharing; nil: it can't be read, or is erased. Nothing but tests needs it.
func (s *State) FormerShare(f Former) *Share {
	l := &loader{key: s.key, get: s.get}
	return l.share(wire.RecordShare, f.Record.Version())
}

// slotName is where the records lie that there is one of in each slot. The generation's is zero.
func slotName(slot wire.Slot) wire.SessionID {
	if slot == (wire.Slot{}) {
		return wire.SessionID{}
	}
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], slot.Epoch)
	binary.BigEndian.PutUint64(b[8:], slot.Round)
	return wire.SessionID(wire.Digest("slot", b[:]))
}

// slots reads what was said about attempts, and to which one this node is bound, by the name of their slot.
func (l *loader) slots(list Lister) map[wire.SessionID]*slotRecord {
	all := make(map[wire.SessionID]*slotRecord)
	at := func(name wire.SessionID) *slotRecord {
		if all[name] == nil {
			all[name] = new(slotRecord)
		}
		return all[name]
	}
	for _, name := range l.sessions(list, wire.RecordOutcome) {
		if name == (wire.SessionID{}) {
			at(name).bound = l.attempt(wire.RecordOutcome, name)
			continue
		}
		enc := l.bytes(wire.RecordOutcome, name)
		f := AttemptOutcome{Session: name}
		if err := rlp.DecodeBytes(enc, &f); err != nil && l.err == nil {
			l.err = fmt.Errorf("damaged record of kind %d: %w", wire.RecordOutcome, err)
		}
		s := at(slotName(f.in()))
		s.outcomes = append(s.outcomes, f)
	}
	for _, name := range l.sessions(list, wire.RecordBound) {
		at(name).bound = l.attempt(wire.RecordBound, name)
	}
	for _, name := range l.sessions(list, wire.RecordAttempt) {
		if name != (wire.SessionID{}) {
			at(name).attempt = load(l, wire.RecordAttempt, name, new(Attempt))
		}
	}
	for _, name := range l.sessions(list, wire.RecordNext) {
		at(name).next = load(l, wire.RecordNext, name, new(wire.KeyRecord))
	}
	return all
}

// attempt reads the name of one.
func (l *loader) attempt(kind wire.RecordKind, name wire.SessionID) (to wire.SessionID) {
	if enc := l.bytes(kind, name); len(enc) == len(to) {
		copy(to[:], enc)
	} else if l.err == nil {
		l.err = fmt.Errorf("damaged record of kind %d: %d bytes", kind, len(enc))
	}
	return to
}

// former reads sharings that are not current any more.
func (l *loader) former(list Lister) (all []Former) {
	for _, version := range l.sessions(list, wire.RecordFormer) {
		record := load(l, wire.RecordFormer, version, new(wire.KeyRecord))
		if record != nil {
			all = append(all, Former{record})
		}
	}
	slices.SortFunc(all, func(a, b Former) int { return a.Record.Setup.Slot().Compare(b.Record.Setup.Slot()) })
	return all
}

// In is what this node knows, as machines see it that make a sharing for this slot: attempts, outcomes and Record are the
// slot's. If the current sharing is of this slot or a later one, Record is that, and there is nothing left to make. It
// fails if the store can't be read.
func (s *State) In(slot wire.Slot) (*State, error) {
	view := *s
	if slot == s.slot {
		return &view, nil
	}
	if s.slot != (wire.Slot{}) {
		return nil, fmt.Errorf("session: internal error: a slot of a slot")
	}
	view.slot, view.Attempt, view.Pending, view.Outcomes, view.bound, view.former, view.stale = slot, nil, nil, nil, wire.SessionID{}, nil, nil
	if s.Record != nil && s.Record.Setup.Slot().Compare(slot) >= 0 {
		return &view, nil
	}
	view.Parent, view.ParentShare, view.Record, view.Share = s.Record, s.Share, nil, nil
	known := s.slots[slotName(slot)]
	if known == nil {
		return &view, nil
	}
	view.Outcomes, view.bound, view.Attempt, view.Record = known.outcomes, known.bound, known.attempt, known.next
	view.letGo()
	l := &loader{key: s.key, get: s.get}
	if view.Record != nil {
		view.Share = l.share(wire.RecordShare, view.Record.Version())
	}
	if view.Attempt != nil {
		view.Pending = l.share(wire.RecordPending, view.Attempt.Session())
	}
	if view.Share == nil && view.Record != nil {
		view.Share = view.promisedShare(view.Record)
	}
	if l.err != nil {
		return nil, fmt.Errorf("reading what is known of key %v in a slot: %w", s.key, l.err)
	}
	return &view, nil
}

// Slot is the slot that the attempts are of.
func (s *State) Slot() wire.Slot { return s.slot }

// Superseded tells that this slot means nothing any more: the current sharing is of a later one.
func (s *State) Superseded() bool {
	return s.Record != nil && s.Record.Setup.Slot().Compare(s.slot) > 0
}

// Bind is the records by which this node binds itself to an attempt: the value is the attempt's session id, 32 bytes. op is
// Create where the node has to be bound to none before, Put for a confirmed sharing.
func (s *State) Bind(op wire.RecordOp, attempt wire.SessionID) []wire.Record {
	return append(s.guard(), s.boundRecord(op, attempt))
}

// boundRecord is where it lies to which attempt of the slot this node is bound.
func (s *State) boundRecord(op wire.RecordOp, attempt wire.SessionID) wire.Record {
	r := wire.Record{Op: op, Kind: wire.RecordBound, Key: s.key, Session: slotName(s.slot), Value: attempt[:]}
	if s.slot == (wire.Slot{}) {
		r.Kind = wire.RecordOutcome
	}
	return r
}

// boundTo expects this node to be bound to an attempt.
func (s *State) boundTo(attempt wire.SessionID) wire.Record {
	return s.boundRecord(wire.Expect, attempt)
}

// guard expects the current sharing to be what it was when the state was read: a word about an attempt that another
// session has superseded since is not given.
func (s *State) guard() []wire.Record {
	if s.Parent == nil {
		return nil
	}
	return []wire.Record{wire.NewRecord(wire.Expect, wire.RecordKey, s.key, wire.SessionID{}, s.Parent)}
}

// outcome begins the record of what this node says about an attempt of the slot.
func (s *State) outcome(attempt wire.SessionID, cast wire.Motion) AttemptOutcome {
	f := AttemptOutcome{Session: attempt, Cast: cast}
	if s.slot != (wire.Slot{}) {
		slot := s.slot
		f.Slot = &slot
	}
	return f
}

// KeepAttempt is the record of an attempt for which this node has signed.
func (s *State) KeepAttempt(a *Attempt) wire.Record {
	return wire.NewRecord(wire.Put, wire.RecordAttempt, s.key, slotName(s.slot), a)
}

// replace makes r the record of the slot: the current sharing, once it is confirmed, and in the slot of the generation
// before that, too. The sharing that it supersedes is kept as a former one as long as there is a share of it, and who held it
// until all of these have signed that they have erased theirs.
func (s *State) replace(r *wire.KeyRecord) (batch []wire.Record) {
	if s.slot == (wire.Slot{}) {
		return []wire.Record{wire.NewRecord(wire.Put, wire.RecordKey, s.key, wire.SessionID{}, r)}
	}
	if !r.Confirmed() {
		return []wire.Record{wire.NewRecord(wire.Put, wire.RecordNext, s.key, slotName(s.slot), r)}
	}
	if s.ParentShare != nil {
		batch = append(batch, wire.NewRecord(wire.Put, wire.RecordFormer, s.key, s.Parent.Version(), s.Parent))
	}
	if s.Parent != nil {
		owed := &wire.Owed{Holders: s.Parent.Setup.Members}
		batch = append(batch, wire.NewRecord(wire.Put, wire.RecordOwed, s.key, s.Parent.Version(), owed))
	}
	switch {
	case !closed(r) && s.storedUnder != nil:
		batch = append(batch, erase(wire.RecordStoredUnder, s.key, wire.SessionID{}))
	case closed(r) && s.underParent() && s.ParentShare == nil:
		batch = append(batch, keepEarlier(s.Parent))
	}
	batch = append(batch, s.prune()...)
	return append(batch, wire.NewRecord(wire.Put, wire.RecordKey, s.key, wire.SessionID{}, r))
}

// underParent tells whether the document key was stored under the sharing that is dealt anew.
func (s *State) underParent() bool {
	return s.Parent != nil && s.Document != nil && s.Document.Version == s.Parent.Version()
}

// prune erases what this node has said and promised in slots before this one, and the certificate of this one that was not
// confirmed.
func (s *State) prune() (batch []wire.Record) {
	batch = append(batch, erase(wire.RecordNext, s.key, slotName(s.slot)))
	for version := range s.waivers { // under what is not current nothing is promised
		batch = append(batch, erase(wire.RecordWaiver, s.key, version))
	}
	for _, attempt := range s.Dealt { // nobody deals in this slot and those before any more
		if _, slot, ok := s.dealtIn(attempt); ok && slot.Compare(s.slot) <= 0 {
			batch = append(batch, erase(wire.RecordDealt, s.key, attempt))
		}
	}
	batch = append(batch, s.before(s.slot)...)
	slices.SortFunc(batch, compareRecords)
	return batch
}

// Leftovers erases what was said and promised in slots before that of the current sharing: a session that has taken it over
// may not have known yet what another one had just made durable. The state is of the generation's slot.
func (s *State) Leftovers() []wire.Record {
	if s.Record == nil || !s.Record.Confirmed() {
		return nil
	}
	batch := s.before(s.Record.Setup.Slot())
	slices.SortFunc(batch, compareRecords)
	return batch
}

// before erases what was said and promised in slots before one.
func (s *State) before(current wire.Slot) (batch []wire.Record) {
	for name, known := range s.slots {
		slot, ok := known.slot()
		if !ok || slot.Compare(current) >= 0 {
			continue
		}
		kind := wire.RecordBound
		if slot == (wire.Slot{}) {
			kind = wire.RecordOutcome
		}
		batch = append(batch, erase(kind, s.key, name), erase(wire.RecordAttempt, s.key, name), erase(wire.RecordNext, s.key, name))
		for i := range known.outcomes {
			batch = append(batch, erase(wire.RecordOutcome, s.key, known.outcomes[i].Session))
		}
		if known.attempt != nil {
			// Its certificate may be here since, and the share be in its place.
			batch = append(batch, erase(wire.RecordPending, s.key, known.attempt.Session()))
			batch = append(batch, s.eraseUncertain(known.attempt.Session())...)
		}
		if known.next != nil {
			batch = append(batch, s.eraseUncertain(known.next.Version())...)
		}
	}
	return batch
}

// dealtSize is the length of the record of an attempt that a node has dealt in: what it has dealt, the initiator, epoch and
// round. Programs before server sets wrote the first alone.
const dealtSize = 32 + len(wire.NodeID{}) + 8 + 8

// DealtIn is the record by which a node knows that it has dealt in an attempt of another.
func DealtIn(attempt *wire.Setup, dealt common.Hash) wire.Record {
	value, slot := append(dealt[:], attempt.Initiator[:]...), attempt.Slot()
	value = binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(value, slot.Epoch), slot.Round)
	return wire.Record{Op: wire.Create, Kind: wire.RecordDealt, Key: attempt.Key, Session: attempt.Session(), Value: value}
}

// dealtIn is whose attempt that was, and of which slot; false if that is not written down.
func (s *State) dealtIn(attempt wire.SessionID) (by wire.NodeID, slot wire.Slot, ok bool) {
	if s.get == nil {
		return by, slot, false
	}
	enc, err := s.get(wire.RecordDealt, s.key, attempt)
	if err != nil || len(enc) != dealtSize {
		return by, slot, false
	}
	at := enc[32+copy(by[:], enc[32:]):]
	return by, wire.Slot{Epoch: binary.BigEndian.Uint64(at), Round: binary.BigEndian.Uint64(at[8:])}, true
}

// DealtBy counts the attempts of a node in which this one has dealt.
func (s *State) DealtBy(node wire.NodeID) (count int) {
	for _, attempt := range s.Dealt {
		if by, _, ok := s.dealtIn(attempt); ok && by == node {
			count++
		}
	}
	return count
}

// eraseUncertain erases the share of a sharing that never was the current one.
func (s *State) eraseUncertain(version wire.SessionID) []wire.Record {
	former := func(f Former) bool { return f.Record.Version() == version }
	if s.Parent != nil && s.Parent.Version() == version || s.Record != nil && s.Record.Version() == version || slices.ContainsFunc(s.Former, former) {
		return nil
	}
	return []wire.Record{erase(wire.RecordShare, s.key, version)}
}

// compareRecords orders records, so that the same state gives the same batch.
func compareRecords(a, b wire.Record) int {
	if a.Kind != b.Kind {
		return int(a.Kind) - int(b.Kind)
	}
	return slices.Compare(a.Session[:], b.Session[:])
}

// slot is which slot that is, which its name does not tell; false if nothing does.
func (k *slotRecord) slot() (slot wire.Slot, ok bool) {
	switch {
	case k.attempt != nil:
		return k.attempt.Setup.Slot(), true
	case k.next != nil:
		return k.next.Setup.Slot(), true
	case len(k.outcomes) > 0:
		return k.outcomes[0].in(), true
	}
	return slot, false
}

// supersede is State after replace, for a confirmed record.
func (s *State) supersede() {
	switch {
	case !closed(s.Record):
		s.storedUnder = nil
	case s.underParent() && s.ParentShare == nil:
		s.storedUnder = s.Parent
	}
	if s.ParentShare != nil {
		s.Former = append(slices.Clone(s.Former), Former{s.Parent})
	}
	s.Parent, s.ParentShare = nil, nil
}

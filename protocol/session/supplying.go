package session

import (
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Usable tells whether this node holds the confirmed record of this key version.
func (s *State) Usable(version wire.SessionID) bool {
	return s.Record != nil && s.Record.Confirmed() && s.Record.Version() == version
}

// Behind tells whether a session about this version of the key is one about a sharing that this node knows to be not
// current any more: its record is a confirmed one of a later slot.
func (s *State) Behind(version wire.SessionID) bool {
	if s.Record == nil || !s.Record.Confirmed() || s.Record.Setup.Move == nil {
		return false
	}
	move := s.Record.Setup.Move
	return version == move.Parent || version == move.Origin || s.Earlier(version) != nil
}

// Another tells whether a version that this node does not know can't be a sharing of the key that it holds: without server sets
// nothing is dealt anew. Else the record of it tells.
func (s *State) Another(env *Env, version wire.SessionID) bool {
	return env.Sets == nil && s.Record != nil && s.Record.Confirmed() && s.Record.Version() != version
}

// Earlier is the record of an earlier version of the key, of which a share is still kept, or that the document key was stored
// under; nil if there is none.
func (s *State) Earlier(version wire.SessionID) *wire.KeyRecord {
	for i := range s.Former {
		if s.Former[i].Record.Version() == version {
			return s.Former[i].Record
		}
	}
	if s.storedUnder != nil && s.storedUnder.Version() == version {
		return s.storedUnder
	}
	return nil
}

// closed tells whether a certificate leaves it to the holders of earlier versions which pair is the document key.
func closed(r *wire.KeyRecord) bool {
	return r != nil && r.Moved != nil && r.Moved.Pair.Kind == wire.PairClosed
}

// KeepEarlier keeps the record that the document key was stored under, if that is earlier and the current certificate says
// nothing of the pair: without it nobody can be shown that the pair is one, and those who lack it could never read again.
func (s *State) KeepEarlier(earlier *wire.KeyRecord) []wire.Record {
	if earlier == nil || s.Document == nil || s.Document.Version != earlier.Version() || !closed(s.Record) || s.Record.Version() == earlier.Version() {
		return nil
	}
	if s.storedUnder != nil && s.storedUnder.Version() == earlier.Version() {
		return nil
	}
	return []wire.Record{keepEarlier(earlier)}
}

func keepEarlier(r *wire.KeyRecord) wire.Record {
	return wire.NewRecord(wire.Put, wire.RecordStoredUnder, r.Setup.Key, wire.SessionID{}, r)
}

// Supersedes tells whether this node knows a later confirmed sharing of the key that r is a record of.
func (s *State) Supersedes(r *wire.KeyRecord) bool {
	return s.Record != nil && s.Record.Confirmed() && r.Setup.Earlier(&s.Record.Setup) && s.Record.Public() == r.Public()
}

// Succession is the answer to who asks for an earlier version: the current record, and the document key.
func (s *State) Succession() *wire.Superseded {
	return &wire.Superseded{Record: s.Record, Document: s.Document, Links: []byte{}}
}

// Supply is the answer to who needs records: key is the one that the session is about, and document is kept of it.
func (s *State) Supply(m *wire.Need, key *wire.KeyRecord, document *wire.DocumentRecord) *wire.Supply {
	answer := new(wire.Supply)
	if m.Record {
		answer.Record = key
	}
	if m.Document {
		answer.Document = document
	}
	if document != nil && m.Document && key.Moved != nil && key.Moved.Pair.Kind == wire.PairClosed {
		if earlier := s.Earlier(document.Version); earlier != nil {
			answer.Record, answer.Earlier = key, earlier
		}
	}
	return answer
}

// Supplied takes over the records of a key version that a peer has sent: it gives the state as it then is, and the
// changes to save first. States are shared, so s itself stays. It fails with InvalidMessage for records of another key
// or version, and with what verify.Record, Activate and verify.Document fail with.
func (s *State) Supplied(env *Env, version wire.SessionID, m *wire.Supply) (*State, []wire.Record, error) {
	next := *s
	var batch []wire.Record
	if m.Record != nil && !s.Usable(version) {
		if m.Record.Version() != version {
			return nil, nil, wire.Errorf(wire.InvalidMessage, "supplied another server key")
		}
		changes, err := next.adopt(env, m.Record)
		if err != nil {
			return nil, nil, err
		}
		batch = append(batch, changes...)
	}
	if m.Document != nil && next.Document == nil && next.Usable(version) {
		changes, err := next.LearnDocument(env, m.Document, m.Earlier)
		if err != nil {
			wire.EraseSecrets(batch)
			return nil, nil, err
		}
		batch = append(batch, changes...)
	}
	return &next, batch, nil
}

// adopt verifies a record and makes it this state's, with the share that was pending
// for it.
func (s *State) adopt(env *Env, r *wire.KeyRecord) ([]wire.Record, error) {
	if err := s.Accept(env, r); err != nil {
		return nil, err
	}
	batch, err := Activate(s, r)
	if err != nil {
		return nil, err
	}
	if batch != nil {
		s.Apply(r)
	}
	return batch, nil
}

// LearnDocument verifies a pair for the current sharing, makes it this state's, and gives the changes to save. earlier is what
// its sender says to be the record that it was stored under; nil: nothing. It fails as CheckDocument does.
func (s *State) LearnDocument(env *Env, d *wire.DocumentRecord, earlier *wire.KeyRecord) ([]wire.Record, error) {
	if err := s.CheckDocument(env, d, earlier); err != nil {
		return nil, err
	}
	s.Document = d
	batch := []wire.Record{DocumentRecord(d)}
	if s.Earlier(d.Version) == nil {
		if kept := s.KeepEarlier(earlier); kept != nil {
			s.storedUnder = earlier
			batch = append(batch, kept...)
		}
	}
	return batch, nil
}

// CheckDocument is verify.Document for the current sharing. The record of the earlier version that a pair was stored under
// is one that this node keeps, or told, which is what the sender of the pair says it is, or nil.
func (s *State) CheckDocument(env *Env, d *wire.DocumentRecord, told *wire.KeyRecord) error {
	earlier := s.Earlier(d.Version)
	if earlier == nil && told != nil && told.Version() == d.Version && told.Confirmed() {
		if err := s.Accept(env, told); err != nil {
			return err
		}
		earlier = told
	}
	return verify.Document(env.Cluster, s.Record, earlier, d)
}

// vouch lets go of a document key that is none of the current sharing. It stays on the disk until another is stored. And a
// pair that this node has promised is the document key if the certificate names it: whoever stored it may be gone, and nobody
// certifies it any more.
func (s *State) vouch() {
	if s.Record == nil {
		return
	}
	if s.Document != nil && !verify.Vouched(s.Record, s.Document) {
		s.Document = nil
	}
	if s.Document == nil && s.Promise != nil && s.Promise.Version != s.Record.Version() && s.Record.Moved != nil &&
		s.Record.Moved.Pair.Kind == wire.PairKept && verify.Vouched(s.Record, s.Promise) {
		s.Document = s.Promise
	}
}

// MaxFollowed bounds how often one request goes on under a later version of its key. A round takes longer than a request.
const MaxFollowed = 3

// Follow takes over what a holder has answered, m, to an opening about record, if it is the confirmed certificate of a later
// sharing of the same key. It gives this node's state as it then is, and the changes to save first. Meanwhile another
// session may have learnt of a still later one: then the state is that.
//
// It fails with InvalidMessage for what no honest holder answers, with an error that Differs for a certificate of a
// server set that this node does not know, and with what Env.Load and Activate fail with.
func Follow(env *Env, record *wire.KeyRecord, m *wire.Superseded) (*State, []wire.Record, error) {
	later := m.Record
	switch {
	case later == nil || !later.Confirmed():
		return nil, nil, wire.Errorf(wire.InvalidMessage, "a later version without its confirmed certificate")
	case !record.Setup.Earlier(&later.Setup) || later.Public() != record.Public():
		return nil, nil, wire.Errorf(wire.InvalidMessage, "the certificate of another key, or of no later version")
	}
	known, err := env.Load(record.Setup.Key)
	if err != nil {
		return nil, nil, wire.Errorf(wire.Database, "reading what is known of key %v", record.Setup.Key)
	}
	next := *known
	var batch []wire.Record
	if !next.Usable(later.Version()) && !next.Supersedes(later) {
		if batch, err = next.adopt(env, later); err != nil {
			return nil, nil, err
		}
	}
	if m.Document == nil || next.Document != nil {
		return &next, batch, nil
	}
	changes, err := next.LearnDocument(env, m.Document, record)
	if err != nil && wire.ReasonOf(err) != wire.Unavailable { // not settled for this node: the session may have it
		wire.EraseSecrets(batch)
		return nil, nil, err
	}
	return &next, append(batch, changes...), nil
}

// DocumentRecord is the change that keeps a certified pair, in place of what was there.
func DocumentRecord(d *wire.DocumentRecord) wire.Record {
	return wire.NewRecord(wire.Put, wire.RecordDocument, d.Key, wire.SessionID{}, d)
}

package session

import (
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Usable tells whether this node holds the confirmed record of this key version.
func (s *State) Usable(version wire.SessionID) bool {
	return s.Record != nil && s.Record.Confirmed() && s.Record.Version() == version
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
		if err := verify.Document(env.Cluster, next.Record, m.Document); err != nil {
			wire.EraseSecrets(batch)
			return nil, nil, err
		}
		batch = append(batch, DocumentRecord(m.Document))
		next.Document = m.Document
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

// DocumentRecord is the change that keeps a certified pair, in place of what was there.
func DocumentRecord(d *wire.DocumentRecord) wire.Record {
	return wire.NewRecord(wire.Put, wire.RecordDocument, d.Key, wire.SessionID{}, d)
}

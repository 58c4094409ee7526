package session

import (
	"slices"

	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// storedAs is what shows a client that a certified pair is stored.
func storedAs(key *wire.KeyRecord, d *wire.DocumentRecord) *wire.Stored {
	return &wire.Stored{Certificate: key.Certificate(), Document: *d}
}

// errStored refuses another pair, or the same again, and shows the one that is stored.
func errStored(key *wire.KeyRecord, d *wire.DocumentRecord) error {
	return &wire.Exists{Err: wire.Errorf(wire.DocumentExists, "for key %v", key.Setup.Key), Stored: storedAs(key, d)}
}

// storeQuorum is how many holders' promises certify a pair.
func storeQuorum(key *wire.KeyRecord) int {
	return wire.Quorum(len(key.Setup.Members), int(key.Setup.Threshold))
}

// twoPromises convicts the holders that have signed two pairs. The signatures on both
// records have been checked, against the same key.
func twoPromises(cluster wire.ClusterID, key *wire.KeyRecord, a, b *wire.DocumentRecord) (faults []Fault) {
	if a == nil || b == nil || a.SamePair(b) {
		return nil
	}
	for _, first := range a.Signatures {
		i := slices.IndexFunc(b.Signatures, func(s wire.IndexedSign) bool { return s.Index == first.Index })
		if i < 0 {
			continue
		}
		holder := key.Setup.Members[first.Index-1]
		faults = append(faults, Fault{Node: holder, Detail: "promised two document keys", Evidence: &wire.TwoPromises{
			Cluster: cluster, Holder: holder, Key: a.Key, Version: a.Version,
			A: wire.Promise{Common: a.Common, Encrypted: a.Encrypted, Signature: first.Signature},
			B: wire.Promise{Common: b.Common, Encrypted: b.Encrypted, Signature: b.Signatures[i].Signature},
		}})
	}
	return faults
}

// addSign inserts a signature in the order of indices, unless one with its index is there.
func addSign(list []wire.IndexedSign, s wire.IndexedSign) []wire.IndexedSign {
	at, found := slices.BinarySearchFunc(list, s.Index, func(e wire.IndexedSign, index uint32) int {
		return int(e.Index) - int(index)
	})
	if found {
		return list
	}
	return slices.Insert(list, at, s)
}

// checkStore wants the pair's proof to be of whoever generated the key.
func checkStore(env *Env, key *wire.KeyRecord, m *wire.Store) error {
	requester, err := OpenStore(env, m)
	if err != nil {
		return err
	}
	author, err := key.Setup.Author()
	if err != nil {
		return wire.Errorf(wire.Internal, "key record without author: %v", err)
	}
	if author != requester.Address {
		return wire.Errorf(wire.NotAuthor, "%v is not the author of key %v", requester.Address, key.Setup.Key)
	}
	return checkScope(requester, author)
}

// usable tells whether this node holds the confirmed record of this key version.
func (s *State) usable(version wire.SessionID) bool {
	return s.Record != nil && s.Record.Confirmed() && s.Record.Version() == version
}

// supplied is the state of a node that learns of records from a peer: the changes to
// save, and the state as it then is. States are shared, so s itself stays.
func (s *State) supplied(env *Env, version wire.SessionID, m *wire.Supply) (*State, []wire.Record, error) {
	next := *s
	var batch []wire.Record
	if m.Record != nil && !s.usable(version) {
		if m.Record.Version() != version {
			return nil, nil, wire.Errorf(wire.InvalidMessage, "supplied another server key")
		}
		changes, err := next.adopt(env, m.Record)
		if err != nil {
			return nil, nil, err
		}
		batch = append(batch, changes...)
	}
	if m.Document != nil && next.Document == nil && next.usable(version) {
		if err := verify.Document(env.Cluster, next.Record, m.Document); err != nil {
			wire.EraseSecrets(batch)
			return nil, nil, err
		}
		batch = append(batch, documentRecord(m.Document))
		next.Document = m.Document
	}
	return &next, batch, nil
}

// adopt verifies a record and makes it this state's, with the share that was pending
// for it.
func (s *State) adopt(env *Env, r *wire.KeyRecord) ([]wire.Record, error) {
	if err := s.accept(env, r); err != nil {
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

// documentRecord is the change that keeps a certified pair.
func documentRecord(d *wire.DocumentRecord) wire.Record {
	return wire.NewRecord(wire.Put, wire.RecordDocument, d.Key, wire.SessionID{}, d)
}

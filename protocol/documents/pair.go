package documents

import (
	"slices"

	"github.com/geth-ss/geth-ss/protocol/session"
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

// storeMajority is how many members' promises certify a pair: two pairs of a key can't both have so many.
func storeMajority(key *wire.KeyRecord) int {
	return wire.Majority(len(key.Setup.Members), int(key.Setup.Threshold))
}

// twoPromises convicts the holders that have signed two pairs. The signatures on both
// records have been checked, against the same key.
func twoPromises(cluster wire.ClusterID, key *wire.KeyRecord, a, b *wire.DocumentRecord) (faults []session.Fault) {
	if a == nil || b == nil || a.SamePair(b) {
		return nil
	}
	for _, first := range a.Signatures {
		i := slices.IndexFunc(b.Signatures, func(s wire.IndexedSign) bool { return s.Index == first.Index })
		if i < 0 {
			continue
		}
		holder := key.Setup.Members[first.Index-1]
		faults = append(faults, session.Fault{Node: holder, Detail: "promised two document keys", Evidence: &wire.TwoPromises{
			Cluster: cluster, Holder: holder, Key: a.Key, Version: a.Version,
			A: wire.Promise{Common: a.Common, Encrypted: a.Encrypted, Signature: first.Signature},
			B: wire.Promise{Common: b.Common, Encrypted: b.Encrypted, Signature: b.Signatures[i].Signature},
		}})
	}
	return faults
}

// checkStore wants the pair's proof to be of whoever generated the key.
func checkStore(env *session.Env, key *wire.KeyRecord, m *wire.Store) error {
	requester, err := session.OpenStore(env, m)
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
	return session.CheckScope(requester, author)
}

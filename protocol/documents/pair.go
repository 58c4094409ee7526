package documents

import (
	"fmt"
	"slices"
	"strings"

	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// storedAs is what shows a client that a certified pair is stored; nil if this node can't. A pair that was stored under an
// earlier version is shown with what the current certificate says of it: the members of the earlier one may be gone.
func storedAs(state *session.State, key *wire.KeyRecord, d *wire.DocumentRecord) *wire.Stored {
	switch earlier := state.Earlier(d.Version); {
	case d.Version == key.Version():
		return &wire.Stored{Certificate: key.Certificate(), Document: *d}
	case key.Moved != nil && key.Moved.Pair.Kind == wire.PairKept:
		return &wire.Stored{Certificate: key.Certificate(), Document: *d, Moved: key.Moved}
	case earlier != nil:
		return &wire.Stored{Certificate: earlier.Certificate(), Document: *d}
	}
	return nil
}

// errStored refuses another pair, or the same again, and shows the one that is stored.
func errStored(state *session.State, key *wire.KeyRecord, d *wire.DocumentRecord) error {
	err := wire.Errorf(wire.DocumentExists, "for key %v", key.Setup.Key)
	if shown := storedAs(state, key, d); shown != nil {
		return &wire.Exists{Err: err, Stored: shown}
	}
	return err
}

// checkOpen fails if nobody is to promise a pair under this version of a key: with DocumentExists where the certificate names
// one, with Unavailable where it says that some holders of the version before have not told which they promised.
func checkOpen(state *session.State, key *wire.KeyRecord) error {
	if key.Moved == nil {
		return nil
	}
	switch pair := &key.Moved.Pair; pair.Kind {
	case wire.PairKept:
		return wire.Errorf(wire.DocumentExists, "for key %v", key.Setup.Key)
	case wire.PairClosed:
		return wire.Errorf(wire.Unavailable, "it is not known whether a document key was stored for key %v before it was dealt anew: %s; "+
			"none can be stored before they have told", key.Setup.Key, awaited(state, key))
	}
	return nil
}

// awaited says which holders of the parent have not told of a document key.
func awaited(state *session.State, key *wire.KeyRecord) string {
	told := func(index uint32) bool {
		return slices.ContainsFunc(key.Moved.Pair.Waivers, func(w wire.Waiver) bool { return w.Index == index })
	}
	parent := state.Earlier(key.Setup.Move.Parent)
	if parent == nil {
		return fmt.Sprintf("%d holders of version %v have told", len(key.Moved.Pair.Waivers), key.Setup.Move.Parent)
	}
	var names []string
	for i, node := range parent.Setup.Members {
		if !told(uint32(i + 1)) {
			names = append(names, node.Address().Hex())
		}
	}
	return "awaited are " + strings.Join(names, ", ")
}

// promised is what this node has promised under the current version of a key, or nil. What it promised under an earlier one is
// void: the certificate of the current one says that no pair came of it.
func promised(state *session.State, version wire.SessionID) *wire.DocumentRecord {
	if p := state.Promise; p != nil && (p.Version == version || state.Record == nil || state.Record.Moved == nil) {
		return p
	}
	return nil
}

// storeMajority is how many members' promises certify a pair: two pairs of a key can't both have so many.
func storeMajority(key *wire.KeyRecord) int {
	return wire.Majority(len(key.Setup.Members), int(key.Setup.Threshold))
}

// twoPromises convicts the holders that have signed two pairs. The signatures on both
// records have been checked, against the same key.
func twoPromises(cluster wire.ClusterID, key *wire.KeyRecord, a, b *wire.DocumentRecord) (faults []session.Fault) {
	if a == nil || b == nil || a.Version != b.Version || a.SamePair(b) {
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

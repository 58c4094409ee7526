package session

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/geth-ss/geth-ss/protocol/dealing"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Audit checks all records that a node holds of one key id, as a backup brings them back:
// that they decode, that the key's certificate holds, that shares are what the public
// commitments say the share of this node is, and that the document key is certified. It
// does not ask who the key servers are today: a key may be older than the present list.
func Audit(cluster wire.ClusterID, self wire.NodeID, key wire.KeyID, recs []wire.Record) error {
	held := auditRecords(recs)
	state, err := LoadState(key, held.get, held.list)
	if err != nil {
		return err
	}
	for _, kind := range []wire.RecordKind{wire.RecordShare, wire.RecordPending} {
		for _, id := range held.sessions(kind) {
			if err := auditShare(state, self, kind, id, held); err != nil {
				return err
			}
		}
	}
	for _, r := range state.records() {
		if err := auditRecord(cluster, key, r); err != nil {
			return err
		}
	}
	return auditDocuments(cluster, state)
}

// records are the certificates that something is read under, or shown to be stored under.
func (s *State) records() (all []*wire.KeyRecord) {
	if s.Record != nil {
		all = append(all, s.Record)
	}
	if s.storedUnder != nil {
		all = append(all, s.storedUnder)
	}
	for i := range s.Former {
		all = append(all, s.Former[i].Record)
	}
	return all
}

func auditRecord(cluster wire.ClusterID, key wire.KeyID, r *wire.KeyRecord) error {
	if err := r.Bound(); err != nil {
		return fmt.Errorf("key record: %w", err)
	}
	if r.Setup.Cluster != cluster || r.Setup.Key != key {
		return fmt.Errorf("key record of another key or cluster")
	}
	return verify.Signatures(r)
}

// auditShare holds a share against the commitments of its version.
func auditShare(state *State, self wire.NodeID, kind wire.RecordKind, id wire.SessionID, held auditRecords) error {
	enc, err := held.get(kind, held[0].Key, id)
	if err != nil {
		return err
	}
	defer clear(enc)
	share, err := DecodeShare(enc)
	if err != nil {
		return err
	}
	defer share.Value.Erase()
	var setup *wire.Setup
	var commitments []wire.Point
	switch a := state.attempt(); {
	case state.Record != nil && state.Record.Version() == id:
		setup, commitments = &state.Record.Setup, state.Record.Commitments
	case a != nil && a.Session() == id:
		setup, commitments = &a.Setup, a.Commitments
	default:
		return nil // of a version that nothing else is held of; nobody uses it
	}
	joint, err := dealing.ParseCommitments(commitments)
	if err != nil {
		return fmt.Errorf("commitments of version %v: %w", id, err)
	}
	if index := setup.Index(self); index == 0 || share.Index != index {
		return fmt.Errorf("share %d of version %v is not this node's", share.Index, id)
	}
	want, got := joint.Eval(threshold.Index(share.Index)).Bytes(), secp256k1.BaseMul(share.Value).Bytes()
	if !bytes.Equal(want[:], got[:]) {
		return fmt.Errorf("the share of version %v does not fit the key's commitments", id)
	}
	return nil
}

// attempt is the promised one, abandoned or not.
func (s *State) attempt() *Attempt {
	if s.Attempt != nil {
		return s.Attempt
	}
	return s.former
}

func auditDocuments(cluster wire.ClusterID, state *State) error {
	if state.Document == nil && state.Promise == nil {
		return nil
	}
	if state.Record == nil {
		return fmt.Errorf("a document key without its server key")
	}
	if d := state.Document; d != nil {
		if err := verify.Document(cluster, state.Record, state.Earlier(d.Version), d); err != nil && wire.ReasonOf(err) != wire.Unavailable {
			return err
		}
	}
	p := state.Promise
	if p == nil {
		return nil
	}
	if p.Version != state.Record.Version() && state.Record.Moved != nil {
		return nil // given under an earlier version, of which nothing is asked any more
	}
	if err := verify.DocumentForm(state.Record, p); err != nil {
		return err
	}
	if pair := p.PairHash(cluster); len(state.waivers[p.Version]) == len(pair) && !bytes.Equal(state.waivers[p.Version], pair[:]) {
		return fmt.Errorf("another document key than is said to be promised")
	}
	for i := range p.Signatures {
		if !verify.Promise(cluster, state.Record.Setup.Members, p, &p.Signatures[i]) {
			return fmt.Errorf("a promised document key with a false signature")
		}
	}
	return nil
}

// auditRecords answers as a store would.
type auditRecords []wire.Record

func (a auditRecords) get(kind wire.RecordKind, key wire.KeyID, id wire.SessionID) ([]byte, error) {
	for i := range a {
		if a[i].Kind == kind && a[i].Key == key && a[i].Session == id {
			return slices.Clone(a[i].Value), nil
		}
	}
	return nil, ErrNoRecord
}

func (a auditRecords) list(kind wire.RecordKind, _ wire.KeyID) ([]wire.SessionID, error) {
	return a.sessions(kind), nil
}

func (a auditRecords) sessions(kind wire.RecordKind) (ids []wire.SessionID) {
	for i := range a {
		if a[i].Kind == kind {
			ids = append(ids, a[i].Session)
		}
	}
	slices.SortFunc(ids, func(a, b wire.SessionID) int { return bytes.Compare(a[:], b[:]) })
	return ids
}

package handover

import (
	"errors"

	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Erase gives the records that destroy this node's shares of all sharings that a key's current one has superseded, with a
// receipt for each. heard is what a Holding has heard of the current one. The receipt is durable together with the end of
// the share, and shown to nobody before. It fails with Internal for what was heard of another sharing, and the batch fails
// if yet another one has become current meanwhile.
func Erase(env *session.Env, state *session.State, heard *Heard) ([]wire.Record, error) {
	r := state.Record
	if r == nil || heard == nil || heard.key != r.Setup.Key || heard.version != r.Version() || !Thick(r) {
		return nil, wire.Errorf(wire.Internal, "erasing shares of a key of whose current sharing nothing was heard")
	}
	batch := []wire.Record{wire.NewRecord(wire.Expect, wire.RecordKey, r.Setup.Key, wire.SessionID{}, r)}
	for i := range state.Former {
		version := state.Former[i].Record.Version()
		receipt := erased(env, wire.KeyVersion{Key: r.Setup.Key, Version: version}, heard.version)
		batch = append(batch,
			wire.Record{Op: wire.Erase, Kind: wire.RecordShare, Key: r.Setup.Key, Session: version},
			wire.Record{Op: wire.Erase, Kind: wire.RecordFormer, Key: r.Setup.Key, Session: version},
			keepErased(receipt))
		batch = append(batch, state.KeepEarlier(state.Former[i].Record)...)
		if _, err := env.Get(wire.RecordOwed, r.Setup.Key, version); errors.Is(err, session.ErrNoRecord) { // superseded by a program of before
			owed := &wire.Owed{Holders: state.Former[i].Record.Setup.Members}
			batch = append(batch, wire.NewRecord(wire.Put, wire.RecordOwed, r.Setup.Key, version, owed))
		}
	}
	return append(batch, state.Leftovers()...), nil
}

// keepErased is the record of a receipt.
func keepErased(e *wire.Erased) wire.Record {
	return wire.NewRecord(wire.Put, wire.RecordErased, e.Key, wire.ErasedName(e.Version, e.Node), e)
}

// erasedOf are the receipts for a version that are kept here, the own first.
func (l *ledger) erasedOf(k wire.KeyVersion) (all []wire.Erased, err error) {
	names, err := l.env.List(wire.RecordErased, k.Key)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		var e wire.Erased
		found, err := l.read(wire.RecordErased, k.Key, name, &e)
		switch {
		case err != nil:
			return nil, err
		case !found || e.Version != k.Version:
		case e.Node == l.env.Self.ID():
			all = append([]wire.Erased{e}, all...)
		default:
			all = append(all, e)
		}
	}
	return all, nil
}

// ErasedOf are the receipts of erasure of a sharing that this node has: its own, and those that Receipts has gathered.
func ErasedOf(env *session.Env, k wire.KeyVersion) ([]wire.Erased, error) {
	l, refused := ledgerOf(env)
	if refused != nil {
		return nil, refused
	}
	return l.erasedOf(k)
}

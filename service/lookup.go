package service

import (
	"context"

	"github.com/geth-ss/geth-ss/protocol/documents"
	"github.com/geth-ss/geth-ss/protocol/generation"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// What is known of a key is asked for at three depths: states.load is what is on this node's disk, recall is that for
// sessions of ours and of peers, and known asks the other key servers too.

// recall is what this node knows of a key id by itself. A key of which its share is lost shows that the whole store was.
func (d *driver) recall(id wire.KeyID) (*session.State, error) {
	if !d.isRunning() {
		return nil, errNotRunning
	}
	state, err := d.states.load(id)
	if err != nil || !state.Lost(d.self.ID()) {
		return state, err
	}
	if err := d.states.noteLoss(id); err != nil {
		return nil, err
	}
	return state, nil
}

// known is what this node knows of a certified key, if need be after asking the
// others: it may hold no share or have been down when the key was made.
func (d *driver) known(ctx context.Context, id wire.KeyID, document bool) (*session.State, error) {
	state, err := d.recall(id)
	if err != nil {
		return nil, err
	}
	if state.Record != nil && state.Record.Confirmed() && (!document || state.Document != nil) {
		return state, nil
	}
	m, err := documents.NewLookup(d.env(), state, id, document)
	if err != nil {
		return nil, err
	}
	err = d.run(ctx, wire.KindLookup, id, m)
	if wire.ReasonOf(err) == wire.Unavailable && (state.Attempt != nil || len(m.Unsettled()) > 0) {
		err = d.settle(ctx, id, m.Unsettled(), document)
	}
	if err != nil {
		return nil, err
	}
	return d.recall(id)
}

// settle has the key servers decide about attempts to make a key that were cut off: it is
// then known here, or there is none.
func (d *driver) settle(ctx context.Context, id wire.KeyID, found []*wire.KeyRecord, document bool) error {
	if len(d.sessions.generating(id, nil)) > 0 {
		return wire.Errorf(wire.Unavailable, "key %v is being generated", id)
	}
	state, err := d.recall(id)
	if err != nil {
		return err
	}
	m, err := generation.NewResolution(d.env(), state, id, found)
	if err != nil {
		return err
	}
	if err := d.run(ctx, wire.KindResolve, id, m); err != nil {
		return err
	}
	switch {
	case m.Record() == nil:
		return wire.Errorf(wire.KeyNotFound, "%v", id)
	case document:
		return wire.Errorf(wire.DocumentNotFound, "for key %v", id) // it was no key until now
	}
	return nil
}

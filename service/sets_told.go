package service

import (
	"context"

	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// ServerSets tells which server sets have followed the one of an epoch.
func (o *operator) ServerSets(_ context.Context, after uint64) (*wire.SetsTold, error) {
	if !o.isRunning() {
		return nil, errNotRunning
	}
	env := o.env()
	told, err := handover.Tell(&env, after)
	if err != nil {
		return nil, wire.Errorf(wire.Database, "server sets can't be read: %v", err)
	}
	return told.Told(o.chainID, o.servers.Sets().Newest()), nil
}

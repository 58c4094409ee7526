package service

import (
	"context"
	"slices"
	"time"

	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/serverset"
)

// legacyWait bounds how long Parity's client waits for its answer: less than its connection lasts.
const legacyWait = 4 * time.Minute

// LegacyChange is ChangeServers by Parity's pair of signatures. It returns when the keys have moved, as Parity does.
func (o *operator) LegacyChange(ctx context.Context, c *wire.LegacyChange) (*wire.SetRef, error) {
	if !o.isRunning() {
		return nil, errNotRunning
	}
	newest := o.servers.Sets().Newest()
	if err := c.Check(newest); err != nil {
		return nil, err
	}
	if slices.Equal(c.Members, newest.Members) { // as Parity: nothing is to be done, and that is done
		ref := newest.Ref()
		return &ref, nil
	}
	order, err := c.Order(newest, o.chainID, o.knownAddress)
	if err != nil {
		return nil, wire.Errorf(wire.BadRequester, "%v", err)
	}
	ctx, cancel := context.WithTimeout(ctx, legacyWait)
	defer cancel()
	d, err := o.succession.order(order, c.Signatures())
	if err != nil {
		return nil, err
	}
	select {
	case <-d.done:
	case <-ctx.Done():
		return nil, wire.Errorf(wire.Unavailable, "the key servers go on deciding about the new set: see secretstore_servers")
	}
	if d.err != nil {
		return nil, d.err
	}
	return o.succession.completed(ctx, order.Epoch)
}

// completed waits until the keys have moved to the set of an epoch, as far as this node does that.
func (s *succession) completed(ctx context.Context, epoch uint64) (*wire.SetRef, error) {
	for {
		changed, moved := s.servers.Changed(), false
		newest := s.servers.Sets().Newest()
		s.mu.Lock()
		moved = newest.Epoch > epoch || newest.Epoch == epoch && s.seen == epoch && s.allMoved
		s.mu.Unlock()
		if moved {
			ref := newest.Ref()
			return &ref, nil
		}
		select {
		case <-changed:
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return nil, wire.Errorf(wire.Unavailable, "server set %d is decided, and keys go on moving: see secretstore_servers", epoch)
		case <-s.ctx.Done():
			return nil, errNotRunning
		}
	}
}

// knownAddress is where a node is reached as HOST:PORT; empty if this node does not know: it is not, and was never, a key
// server, is not named in the settings of devp2p, and this node has not dialled to it.
func (o *operator) knownAddress(id wire.NodeID) string {
	if url := o.memberInfo(id).Enode; url != "" {
		if node, err := serverset.ParseNode(url); err == nil {
			return hostPort(node)
		}
	}
	if node := o.network.Reached(id); node != nil && node.TCP() != 0 {
		return hostPort(node)
	}
	return ""
}

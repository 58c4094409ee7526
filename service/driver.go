package service

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/store"
)

// driver runs sessions: it gives their machines what they may know, carries their effects out, and leads messages to
// them. All doors stand on it. Each of its parts guards what it owns by a lock of its own; the fields themselves are set
// by assemble and stay.
type driver struct {
	*fixed
	*life
	*conduct

	states    *states             // what is durably known of each key
	vault     *vault              // what is kept in memory alone, for ECDSA signatures
	sessions  *sessions           // which runner has which session
	limits    *limiter            // what one client, requester and key server can take
	questions *queries            // likewise, of questions without consequence
	quorums   *quorums            // what sets of nodes need for their partials; a cache
	watchers  *watchers           // who is told of what sessions have decided
	saved     func([]wire.Record) // is told of what was written about keys; set by assemble
	differed  atomic.Uint64       // how often that was seen
	differing func()              // is told when a key server was seen to have another view, such as another set; set by assemble
	addresses addresses           // when which was last taken
	rounds    *rounds             // what is known of rounds that deal keys anew within the newest set
}

// env is what a machine may know of this node.
func (d *driver) env() session.Env {
	sets := d.servers.Sets()
	env := session.Env{
		Self:      d.self,
		Cluster:   d.cluster,
		Chain:     d.chainID,
		Set:       sets.Newest().Members,
		Sets:      sets,
		Connected: d.scores.order(d.network.Connected()),
		Older:     d.network.Older(),
		Policy: session.Policy{
			RefuseLegacy: d.cfg.RefuseLegacy,
			RefusePlain:  d.cfg.RefusePlain,
			MinThreshold: uint32(d.cfg.MinThreshold),

			MinWalletThreshold: d.minWalletThreshold(),
			LegacyOrders:       d.cfg.HTTP.ServersSetChange,
		},
		Gap:      d.states.gap.Load(),
		GapBlock: d.states.gapBlock.Load(),
		Rand:     rand.Reader,
		Load:     d.states.load,
		LoadOnce: d.states.read,

		FinalTime:    d.finalTime,
		BlockTime:    d.blockTime,
		OnChain:      d.onChain,
		Get:          d.states.get,
		List:         d.states.sessionsOf,
		Keys:         d.states.keysOf,
		Due:          d.due,
		Refuses:      d.refuses,
		TakesAddress: func(node wire.NodeID) bool { return d.addresses.take(node, time.Now()) },
		Turn:         func() uint64 { return uint64(time.Now().Unix()) / session.TurnSeconds },

		DealAtOnce: min(int(d.cfg.Stock), dealAtOnce, int(d.vault.signing.Load())/4),
		Signing:    int(d.vault.signing.Load()),
		Quorums:    d.quorums.get,
	}
	env.MayMake = func(s *wire.Setup) *wire.Error { return handover.MayMake(&env, s) }
	return env
}

// finalTime is when the own final block was made, in Unix seconds.
func (d *driver) finalTime() (uint64, error) {
	b, ok := d.blocks.Final()
	if !ok {
		return 0, wire.Errorf(wire.Unavailable, "this node has no final block yet")
	}
	return b.Time, nil
}

// onChain fails unless a block is final on the own chain, with Busy if it is not yet.
func (d *driver) onChain(ref wire.BlockRef) error {
	switch b, ok := d.blocks.Final(); {
	case !ok || b.Number < ref.Number:
		return wire.Errorf(wire.Busy, "block %d is not final here yet", ref.Number)
	case !d.blocks.Canonical(ref):
		return wire.Errorf(wire.Unavailable, "block %d is another one on the chain of this node", ref.Number)
	}
	return nil
}

// save writes a machine's records.
func (d *driver) save(key wire.KeyID, recs []wire.Record) error {
	if len(recs) == 0 {
		return nil
	}
	if err := d.states.apply(key, recs); err != nil {
		return err
	}
	if slices.ContainsFunc(recs, func(r wire.Record) bool { return r.Kind == wire.RecordSet }) {
		return d.learnSets()
	}
	if slices.ContainsFunc(recs, func(r wire.Record) bool { return r.Kind == wire.RecordAddress }) {
		d.learnAddresses()
	}
	d.saved(recs)
	return nil
}

// run drives a machine of our own to its end, which comes early if ctx ends.
func (d *driver) run(ctx context.Context, kind wire.Kind, key wire.KeyID, m session.Machine) error {
	r := d.newRunner(kind, key, wire.NodeID{})
	r.setMachine(m)
	if err := d.sessions.add(r); err != nil {
		return err
	}
	d.sessions.route(m.ID(), r)
	runCtx, cancel := context.WithCancel(d.ctx)
	defer cancel()
	defer context.AfterFunc(ctx, cancel)()
	if !d.spawn(func() { r.run(runCtx, m, session.Start{}) }) {
		d.sessions.remove(r)
		return errNotRunning
	}
	<-r.ended
	if ctx.Err() != nil && r.err != nil {
		return wire.Errorf(wire.Cancelled, "%v", context.Cause(ctx))
	}
	return d.explained(r.err)
}

var errNotRunning = &wire.Error{Reason: wire.Disconnected, Detail: "the key server is not running"}

// noRecord tells session in its own words that there is no record.
func noRecord(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return session.ErrNoRecord
	}
	return err
}

package sessiontest

import (
	"crypto/ecdsa"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/geth-ss/geth-ss/protocol/documents"
	"github.com/geth-ss/geth-ss/protocol/generation"
	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// What a driver of server sets does with the machines of package handover, one step at a time: service has these take place by
// themselves, tests when they like.

// Changing has server sets decided from now on: these nodes are set 0, and one administrator may change it.
func (c *Cluster) Changing(floor int, nodes ...*Node) *wire.ServerSet {
	set := &wire.ServerSet{Cluster: c.ID, Floor: uint32(floor), Authority: wire.Authority{Administrators: []common.Address{crypto.PubkeyToAddress(c.admin().PublicKey)}, Needed: 1}}
	for _, n := range nodes {
		set.Members = append(set.Members, n.ID())
	}
	set.Members = wire.SortNodeIDs(set.Members)
	c.First, c.Time = set, 1000
	return set
}

// admin is the administrator's key.
func (c *Cluster) admin() *ecdsa.PrivateKey { return privateKey(c.seed, 1<<33) }

func (c *Cluster) byAdmin(digest common.Hash) []wire.AdminSignature {
	sig, err := crypto.Sign(digest[:], c.admin())
	check(err)
	sig[64] += 27
	return []wire.AdminSignature{wire.AdminSignature(sig)}
}

// Order is one for these nodes, after a set. The number is its nonce.
func (c *Cluster) Order(parent *wire.ServerSet, number int, nodes ...*Node) *wire.SetOrder {
	o := &wire.SetOrder{Chain: ChainID, Cluster: c.ID, Epoch: parent.Epoch + 1, Parent: parent.Hash(), Floor: parent.Floor,
		Administrators: parent.Authority.Administrators, Needed: parent.Authority.Needed, Expires: 2000}
	binary.BigEndian.PutUint64(o.Nonce[:], uint64(number)+1)
	for _, n := range nodes {
		o.Members = append(o.Members, wire.OrderMember{Node: n.ID(), Address: n.Name + ":30303"})
	}
	slices.SortFunc(o.Members, func(a, b wire.OrderMember) int { return a.Node.Compare(b.Node) })
	return o
}

// Decide has a node decide about an order, which the administrator has signed.
func (c *Cluster) Decide(n *Node, o *wire.SetOrder) *Outcome {
	m, err := handover.NewDeciding(n.Env(), o, c.byAdmin(o.Digest()), wire.BlockRef{Number: n.Head})
	return c.does(n, wire.KindDecide, wire.KeyID{}, m, err)
}

// CancelOrder has a node cancel an order, as the administrator has signed.
func (c *Cluster) CancelOrder(n *Node, o *wire.SetOrder) *Outcome {
	cancel := &wire.SignedCancel{Cancel: wire.CancelOrder{Chain: ChainID, Cluster: c.ID, Epoch: o.Epoch, Parent: o.Parent, Nonce: o.Nonce}}
	cancel.Signatures = c.byAdmin(cancel.Cancel.Digest())
	m, err := handover.NewCancelling(n.Env(), cancel, o)
	return c.does(n, wire.KindSettle, wire.KeyID{}, m, err)
}

// SettleHeld has a node settle the attempt at a server set that it is bound to; nil if it is bound to none.
func (c *Cluster) SettleHeld(n *Node) *Outcome {
	env := n.Env()
	a, err := handover.Held(&env)
	if err != nil {
		return &Outcome{Done: true, Err: err}
	}
	if a == nil {
		return nil
	}
	m, err := handover.NewSettling(env, a)
	return c.does(n, wire.KindSettle, wire.KeyID{}, m, err)
}

// FollowSets has a node ask which sets have followed.
func (c *Cluster) FollowSets(n *Node) *Outcome {
	m, err := handover.NewFollowing(n.Env())
	return c.does(n, wire.KindFollow, wire.KeyID{}, m, err)
}

// GatherListings has a node gather listings: for the earliest set for which it has not enough, or for more in the newest.
func (c *Cluster) GatherListings(n *Node) *Outcome {
	env := n.Env()
	epochs, err := handover.Unheard(&env)
	if err != nil {
		return &Outcome{Done: true, Err: err}
	}
	epoch := env.Sets.Newest().Epoch
	if len(epochs) > 0 {
		epoch = epochs[0]
	}
	m, err := handover.NewGatheringFor(env, epoch)
	return c.does(n, wire.KindList, wire.KeyID{}, m, err)
}

// Relist has a node ask again what is listed of a key, for the set of an epoch.
func (c *Cluster) Relist(n *Node, key wire.KeyID, epoch uint64) *Outcome {
	m, err := handover.NewRelisting(n.Env(), key, epoch)
	return c.does(n, wire.KindList, key, m, err)
}

// Known has a node look a key up, and have attempts at it settled that were cut off, as service does.
func (c *Cluster) Known(n *Node, key wire.KeyID) *Outcome {
	o, state := new(Outcome), n.State(key)
	l, err := documents.NewLookup(n.Env(), state, key, false)
	if err != nil {
		o.fail(err)
		return o
	}
	o.Run = c.Begin(n, wire.KindLookup, key, l, func(r *Run) {
		o.Done, o.Err, o.Record = true, r.Err, l.Record()
		if r.Err == nil || o.Reason() != wire.Unavailable || state.Attempt == nil && len(l.Unsettled()) == 0 {
			return
		}
		m, err := generation.NewResolution(n.Env(), n.State(key), key, l.Unsettled())
		if err != nil {
			o.Err = err
			return
		}
		o.Done = false
		o.Run = c.Begin(n, wire.KindResolve, key, m, func(r *Run) { o.Done, o.Err, o.Record = true, r.Err, m.Record() })
	})
	return o
}

// Latest has a node learn of the latest sharing of a key.
func (c *Cluster) Latest(n *Node, key wire.KeyID) *Outcome {
	m, err := documents.NewLatest(n.Env(), n.State(key), key)
	return c.does(n, wire.KindLookup, key, m, err)
}

// EraseFormer has a node ask who holds the current sharing of a key, and erase its shares of former ones if enough do.
// It fails with Unavailable if they don't.
func (c *Cluster) EraseFormer(n *Node, key wire.KeyID) *Outcome {
	o, record := new(Outcome), n.State(key).Record
	if record == nil {
		o.fail(wire.Errorf(wire.KeyNotFound, "key %v", key))
		return o
	}
	m, run, err := c.Hold(n, record)
	if err != nil {
		o.fail(err)
		return o
	}
	o.Run, run.then = run, func(r *Run) {
		if o.Done, o.Err = true, r.Err; o.Err == nil {
			o.Err = c.erase(n, key, m)
		}
	}
	if run.Ended { // at once: nobody else was asked
		run.then(run)
	}
	return o
}

// erase is what service does upon a Holding.
func (c *Cluster) erase(n *Node, key wire.KeyID, m *handover.Holding) error {
	heard := m.Heard(0)
	if heard == nil {
		return wire.Errorf(wire.Unavailable, "%s hears too few hold key %v", n.Name, key)
	}
	env := n.Env()
	batch, err := handover.Erase(&env, n.State(key), heard)
	if err != nil {
		return err
	}
	if c.crashes(n, beforeSave) {
		return ErrCrashed
	}
	if err := n.save(batch); err != nil {
		return err
	}
	c.saved(n, batch)
	c.logf("%s erases its former shares of key %x", n.Name, key[31])
	c.crashes(n, afterSave)
	return nil
}

// does runs a machine of which only the end counts.
func (c *Cluster) does(n *Node, kind wire.Kind, key wire.KeyID, m session.Machine, err error) *Outcome {
	o := new(Outcome)
	if err != nil {
		o.fail(err)
		return o
	}
	o.Run = c.Begin(n, kind, key, m, func(r *Run) { o.Done, o.Err = true, r.Err })
	return o
}

// current is the latest confirmed sharing of a key that some node knows; nil if none does.
func (c *Cluster) current(key wire.KeyID) (latest *wire.KeyRecord) {
	for _, n := range c.Nodes {
		if r := n.State(key).Record; r != nil && r.Confirmed() && (latest == nil || r.Setup.Slot().Compare(latest.Setup.Slot()) > 0) {
			latest = r
		}
	}
	return latest
}

// Readable tells why nobody could read a key: no certified sharing has t+1 holders, of those that count, with their shares on
// disk, be they sealed. Nil: somebody can.
func (c *Cluster) Readable(key wire.KeyID, counts func(*Node) bool) error {
	shares, records := make(map[wire.SessionID]int), make(map[wire.SessionID]*wire.KeyRecord)
	for _, n := range c.Nodes {
		if !counts(n) {
			continue
		}
		held := make(map[wire.SessionID]bool)
		for k := range n.records {
			switch {
			case k.key != key:
			case k.kind == wire.RecordShare || k.kind == wire.RecordPending:
				held[k.session] = true
			case k.kind == wire.RecordKey || k.kind == wire.RecordNext || k.kind == wire.RecordFormer:
				r := new(wire.KeyRecord)
				n.Decode(k.kind, key, k.session, r)
				records[r.Version()] = r
			case k.kind == wire.RecordOutcome && k.session != wire.SessionID{}:
				var f session.AttemptOutcome
				if n.Decode(k.kind, key, k.session, &f); f.Record != nil {
					records[f.Record.Version()] = f.Record
				}
			}
		}
		for version := range held {
			shares[version]++
		}
	}
	if len(records) == 0 {
		return nil
	}
	best := ""
	for version, r := range records {
		if shares[version] > int(r.Setup.Threshold) {
			return nil
		}
		best = fmt.Sprintf("%d honest nodes have shares of a sharing that needs %d", shares[version], r.Setup.Threshold+1)
	}
	return fmt.Errorf("nobody can read key %x: %s", key[31], best)
}

package handover

import (
	"fmt"
	"slices"

	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Relisting asks those members of the set before another one that have named attempts at a key again: an attempt that was
// cut off is settled by ballots of their set, and who was told of it here has no part in these. Whoever names it no more has
// seen it abandoned, or the key made by another. So the id becomes free here as well. What a node named by no more members
// than may lie was never an obstacle; here it is one no longer that was named by more.
type Relisting struct {
	env     session.Env
	ledger  *ledger
	set     *wire.ServerSet
	parent  *wire.ServerSet
	ask     *wire.ListKeys
	id      wire.SessionID
	started bool
	awaited session.Awaited
	ticks   int
	ended   bool
}

// NewRelisting begins to ask again about one key, for the set of an epoch that this node is or was a member of: what it lists
// itself rests on that. It fails as NewGathering.
func NewRelisting(env session.Env, key wire.KeyID, epoch uint64) (*Relisting, error) {
	g, err := NewGatheringFor(env, epoch)
	if err != nil {
		return nil, err
	}
	r := &Relisting{env: env, ledger: g.ledger, set: g.set, parent: g.parent, ask: g.ask(wire.ListedKey{Key: key})}
	r.ledger.env = &r.env
	r.id = r.ask.Session(env.Cluster, env.Self.ID())
	return r, nil
}

// ID names the session.
func (r *Relisting) ID() wire.SessionID { return r.id }

// String tells how far it is.
func (r *Relisting) String() string {
	switch {
	case r.ended:
		return "asking again what is listed: ended"
	case !r.started:
		return "asking again what is listed: idle"
	}
	return fmt.Sprintf("asking again what is listed: waiting for %d", r.awaited.Count())
}

// Step takes one input. Whether the id is free afterwards, Listed tells.
func (r *Relisting) Step(in session.Input) (eff session.Effects) {
	if r.ended {
		if c, ok := in.(session.Cancel); ok { // what was to be saved last could not be
			return session.Fail(wire.ReasonOf(c.Err), "%v", c.Err)
		}
		return eff
	}
	var err error
	switch in := in.(type) {
	case session.Cancel:
		r.ended = true
		return session.Effects{Done: true, Err: in.Err}
	case session.Start:
		if !r.started {
			r.started = true
			eff, err = r.start()
		}
	case session.Received:
		if r.awaited.Answers(in) {
			eff, err = r.received(in)
		}
	case session.PeerLost:
		r.awaited.Drop(in.Node)
	case session.Tick:
		if r.ticks++; r.ticks >= listingDeadline {
			r.awaited.DropAll()
		}
	}
	if err != nil {
		r.ended = true
		return session.Effects{Done: true, Err: unreadable(err)}
	}
	if r.started && r.awaited.Count() == 0 {
		r.ended, eff.Done = true, true
	}
	return eff
}

// start asks those that have named something, and looks at what this node would list itself.
func (r *Relisting) start() (eff session.Effects, err error) {
	named := make(places, 0)
	err = r.each(func(_ wire.SessionID, in *listed) {
		for i := range r.parent.Members {
			if in.by(r.parent.Epoch).has(i) {
				named = named.with(i)
			}
		}
	})
	if err != nil {
		return eff, err
	}
	var nodes []wire.NodeID
	for i, node := range r.parent.Members {
		if named.has(i) && slices.Contains(r.env.Connected, node) {
			nodes = append(nodes, node)
		}
	}
	eff.Send = r.awaited.Ask(nodes, r.id, r.ask)
	self := slices.Index(r.parent.Members, r.env.Self.ID())
	if !named.has(self) {
		return eff, nil
	}
	counts, err := r.ledger.counts(r.parent)
	if err != nil || !counts {
		return eff, err
	}
	entries, last, err := r.ledger.page(r.parent, r.ask.After)
	if err != nil {
		return eff, err
	}
	eff.Save, err = r.unname(self, entries, last)
	return eff, err
}

// each goes over what is noted of the key.
func (r *Relisting) each(look func(attempt wire.SessionID, in *listed)) error {
	attempts, err := r.env.List(wire.RecordListed, r.ask.After.Key)
	if err != nil {
		return err
	}
	for _, attempt := range attempts {
		var in listed
		if _, err := r.ledger.read(wire.RecordListed, r.ask.After.Key, attempt, &in); err != nil {
			return err
		}
		look(attempt, &in)
	}
	return nil
}

func (r *Relisting) received(in session.Received) (eff session.Effects, err error) {
	switch m := in.Msg.(type) {
	case *wire.Listing:
		switch {
		case !in.From.Signed(m.Digest(r.env.Cluster, r.set.Ref(), in.From, r.ask.After), &m.Signature):
			eff.Faults = session.Blame(in.From, "listing with a false signature")
		case m.Counts:
			eff.Save, err = r.unname(slices.Index(r.parent.Members, in.From), m.Entries, m.Last)
		}
	case *wire.Refuse:
	default:
		eff.Faults = session.Blame(in.From, fmt.Sprintf("answered a question for a listing with message %#x", in.Msg.Code()))
	}
	return eff, err
}

// unname notes that a member names those attempts at the key no more that its page would have, and has not.
func (r *Relisting) unname(place int, page []wire.ListedKey, last bool) (batch []wire.Record, err error) {
	key := r.ask.After.Key
	err = r.each(func(attempt wire.SessionID, in *listed) {
		entry := wire.ListedKey{Key: key, Origin: attempt}
		covered := last || len(page) > 0 && page[len(page)-1].Compare(&entry) > 0
		if !covered || !in.by(r.parent.Epoch).has(place) || slices.Contains(page, entry) {
			return
		}
		batch = append(batch, rewrite(wire.RecordListed, key, attempt, in, in.without(r.parent.Epoch, place))...)
	})
	return batch, err
}

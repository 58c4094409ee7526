package handover

import (
	"fmt"

	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Receipts asks every connected key server for the receipts of erasure of some sharings, its own and those that it keeps of
// others, and keeps them. What nobody shows is not erased, for all that is known; and what is shown is its signer's word.
type Receipts struct {
	env     session.Env
	ledger  *ledger
	ask     *wire.AskErased
	id      wire.SessionID
	started bool
	awaited session.Awaited
	ticks   int
	ended   bool
}

// NewReceipts begins to ask about 1 to wire.MaxHoldings sharings.
func NewReceipts(env session.Env, keys []wire.KeyVersion) (*Receipts, error) {
	l, refused := ledgerOf(&env)
	if refused != nil {
		return nil, refused
	}
	r := &Receipts{env: env, ask: &wire.AskErased{Keys: keys}}
	l.env = &r.env
	r.ledger = l
	if err := r.ask.Bound(); err != nil {
		return nil, wire.Errorf(wire.Internal, "%v", err)
	}
	if err := env.ReadRandom(r.ask.Nonce[:]); err != nil {
		return nil, err
	}
	r.id = r.ask.Session(env.Cluster, env.Self.ID())
	return r, nil
}

// ID names the session.
func (r *Receipts) ID() wire.SessionID { return r.id }

// String tells how far it is.
func (r *Receipts) String() string {
	switch {
	case r.ended:
		return "asking for receipts of erasure: ended"
	case !r.started:
		return "asking for receipts of erasure: idle"
	}
	return fmt.Sprintf("asking for receipts of erasure: waiting for %d", r.awaited.Count())
}

// Step takes one input. It never fails but by Cancel. What has come is on the disk: see ErasedOf.
func (r *Receipts) Step(in session.Input) session.Effects {
	if r.ended {
		if c, ok := in.(session.Cancel); ok { // what was to be saved last could not be
			return session.Fail(wire.ReasonOf(c.Err), "%v", c.Err)
		}
		return session.Effects{}
	}
	var eff session.Effects
	switch in := in.(type) {
	case session.Cancel:
		r.ended = true
		return session.Effects{Done: true, Err: in.Err}
	case session.Start:
		if !r.started {
			r.started = true
			eff.Send = r.awaited.Ask(r.env.Connected, r.id, r.ask)
		}
	case session.Received:
		if r.awaited.Answers(in) {
			eff = r.received(in)
		}
	case session.PeerLost:
		r.awaited.Drop(in.Node)
	case session.Tick:
		if r.ticks++; r.ticks >= holdingDeadline {
			r.awaited.DropAll()
		}
	}
	if r.started && r.awaited.Count() == 0 {
		r.ended, eff.Done = true, true
	}
	return eff
}

func (r *Receipts) received(in session.Received) (eff session.Effects) {
	switch m := in.Msg.(type) {
	case *wire.Erasures:
		return r.erasures(in.From, m)
	case *wire.Refuse:
	default:
		eff.Faults = session.Blame(in.From, fmt.Sprintf("answered a question for receipts of erasure with message %#x", in.Msg.Code()))
	}
	return eff
}

// erasures keeps receipts of nodes that are or were key servers: anybody can sign in the name of a key of its own.
func (r *Receipts) erasures(from wire.NodeID, m *wire.Erasures) (eff session.Effects) {
	asked := make(map[wire.KeyVersion]bool, len(r.ask.Keys))
	for _, k := range r.ask.Keys {
		asked[k] = true
	}
	for i := range m.Receipts {
		e := &m.Receipts[i]
		if !asked[wire.KeyVersion{Key: e.Key, Version: e.Version}] {
			return session.Effects{Faults: session.Blame(from, "receipt of erasure of what was not asked for")}
		}
		if known, err := r.env.Get(wire.RecordErased, e.Key, wire.ErasedName(e.Version, e.Node)); err == nil && len(known) > 0 {
			continue // several nodes tell the same
		}
		if err := verify.Erased(r.env.Cluster, e); err != nil {
			return session.Effects{Faults: session.Blame(from, err.Error())}
		}
		if r.env.Known(e.Node) && e.Node != r.env.Self.ID() {
			eff.Save = append(eff.Save, keepErased(e))
		}
	}
	return eff
}

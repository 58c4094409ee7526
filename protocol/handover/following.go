package handover

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Following asks all connected nodes which server sets have followed the newest one that this node knows, and keeps the
// longest chain that holds. It is for nodes that slept, that are new, or that were members once.
type Following struct {
	env  session.Env
	sets *session.Sets // as of the beginning

	best    *session.Sets
	fresh   []*wire.SetLink
	id      wire.SessionID
	awaited session.Awaited
	again   *wire.NodeID // that has more to tell
	waited  int
	heard   int
	why     *wire.Error
	twice   *verify.ErrTwoLinks
	other   *wire.ServerSet
	began   bool
	ended   bool
}

// NewFollowing begins to ask. The nodes are Env.Connected, members or not.
func NewFollowing(env session.Env) (*Following, error) {
	sets := setsOf(&env)
	f := &Following{env: env, sets: sets, best: sets}
	return f, f.draw(new(wire.Follow))
}

// draw fills a question in.
func (f *Following) draw(m *wire.Follow) error {
	newest := f.best.Newest().Epoch
	m.From, m.First = newest, newest == 0
	m.Addresses = tellAddresses(&f.env, nil)
	if err := f.env.ReadRandom(m.Nonce[:]); err != nil {
		return err
	}
	f.id = m.Session(f.env.Cluster, f.env.Self.ID())
	return nil
}

// ID names the session.
func (f *Following) ID() wire.SessionID { return f.id }

// Sets are those that are known at the end.
func (f *Following) Sets() *session.Sets { return f.best }

// Other is a set 0 with the same members from which a chain that holds was told, while this node's settings name another one,
// by its administrators for example; nil: none was. This node does not believe it: nothing tells that its own settings are
// the wrong ones but that others have gone on without it.
func (f *Following) Other() *wire.ServerSet { return f.other }

// otherBeginning tells whether what is told is a chain that holds, from a set 0 with the same members as the own one and other
// settings.
func (f *Following) otherBeginning(told *wire.SetLinks) bool {
	own := f.sets.At(0)
	if told.First == nil || len(told.Links) == 0 || f.sets.Newest().Epoch != 0 || told.First.Cluster != f.env.Cluster ||
		told.First.Hash() == own.Hash() || !slices.Equal(told.First.Members, own.Members) {
		return false
	}
	next, err := verify.Chain(told.First, &told.Links[0])
	return err == nil && next.Epoch == 1
}

// String tells how far it is.
func (f *Following) String() string {
	switch {
	case f.ended:
		return "following server sets: ended"
	case !f.began:
		return "following server sets: idle"
	}
	return fmt.Sprintf("following server sets: waiting for %d", f.awaited.Count())
}

// Format hides what is to be saved from every verb.
func (f *Following) Format(s fmt.State, _ rune) { io.WriteString(s, f.String()) }

// Step takes one input. It fails with a *verify.ErrTwoLinks if sets that hold contradict each other: then nothing is kept.
// It fails with Unavailable if nobody tells anything.
func (f *Following) Step(in session.Input) (eff session.Effects) {
	if f.ended {
		if c, ok := in.(session.Cancel); ok { // what was to be saved last could not be
			return session.Fail(wire.ReasonOf(c.Err), "%v", c.Err)
		}
		return eff
	}
	switch in := in.(type) {
	case session.Cancel:
		f.ended = true
		return session.Effects{Done: true, Err: in.Err}
	case session.Start:
		if !f.began {
			f.began = true
			eff = f.ask(f.env.Connected)
		}
	case session.Received:
		if f.awaited.Answers(in) {
			eff = f.received(in)
		}
	case session.PeerLost:
		f.awaited.Drop(in.Node)
	case session.Tick:
		if f.waited++; f.waited >= answerTimeout {
			f.awaited.DropAll()
		}
	}
	if f.began && f.awaited.Count() == 0 && !eff.Done {
		eff.Add(f.round())
	}
	return eff
}

func (f *Following) ask(nodes []wire.NodeID) session.Effects {
	m := new(wire.Follow)
	if err := f.draw(m); err != nil {
		f.ended = true
		return session.Effects{Done: true, Err: err}
	}
	f.waited = 0
	return session.Effects{Send: f.awaited.Ask(nodes, f.id, m)}
}

func (f *Following) received(in session.Received) (eff session.Effects) {
	switch m := in.Msg.(type) {
	case *wire.SetLinks:
		taken, err := takeAddresses(&f.env, m.Addresses)
		if err != nil {
			eff.Add(session.BlameOrDiffer(in.From, "answer about addresses", err))
		}
		eff.Save = taken
		if err := f.hear(in.From, m); err != nil {
			f.why = wire.Errorf(wire.ReasonOf(err), "%s: %s", in.From.Short(), session.DetailOf(err))
			if f.twice == nil && (wire.ReasonOf(err) == wire.InvalidMessage || session.Differs(err)) { // not if this node can't read its own
				eff.Add(session.BlameOrDiffer(in.From, "answer about server sets", err))
			}
		}
	case *wire.Refuse:
		f.why = m.Err()
	default:
		eff.Faults = session.Blame(in.From, fmt.Sprintf("answered a question about server sets with message %#x", in.Msg.Code()))
	}
	return eff
}

// hear takes in what a node tells.
func (f *Following) hear(from wire.NodeID, m *wire.SetLinks) error {
	sets, fresh, err := extend(&f.env, f.sets, f.whole(m))
	if errors.As(err, &f.twice) {
		return err
	}
	if err != nil {
		if f.otherBeginning(m) {
			f.other = m.First
		}
		return err
	}
	f.heard++
	for i := range min(len(fresh), len(f.fresh)) {
		if err := verify.OneLink(fresh[i], f.fresh[i]); err != nil {
			errors.As(err, &f.twice)
			return err
		}
	}
	if sets.Newest().Epoch > f.best.Newest().Epoch || len(f.fresh) == 0 && len(fresh) == 0 {
		f.best, f.fresh = sets, fresh
		if m.More {
			f.again = &from
		}
	}
	return nil
}

// whole is what a node tells, after what was told before it, from the beginning.
func (f *Following) whole(m *wire.SetLinks) *wire.SetLinks {
	all := &wire.SetLinks{First: m.First}
	if f.best.Newest().Epoch > f.sets.Newest().Epoch && m.First == nil {
		all.First = f.best.At(0)
	}
	for _, l := range f.fresh {
		if len(m.Links) > 0 && l.Attempt.Order.Epoch >= m.Links[0].Attempt.Order.Epoch {
			break
		}
		all.Links = append(all.Links, *l)
	}
	all.Links = append(all.Links, slices.Clone(m.Links)...)
	return all
}

// round ends, or asks for more.
func (f *Following) round() session.Effects {
	if f.twice != nil {
		f.ended = true
		return session.Effects{Done: true, Err: f.twice}
	}
	if f.again != nil {
		node := *f.again
		f.again = nil
		return f.ask([]wire.NodeID{node})
	}
	f.ended = true
	if f.heard == 0 {
		why := "no key server is connected that tells"
		if f.why != nil {
			why = f.why.Detail
		}
		return session.Effects{Done: true, Err: wire.Errorf(wire.Unavailable, "which server sets have followed: %s", why)}
	}
	batch, err := adopt(&f.env, f.best, f.fresh)
	return session.Effects{Save: batch, Done: true, Err: err}
}

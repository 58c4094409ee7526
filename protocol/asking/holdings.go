package asking

import (
	"fmt"

	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Holdings asks every connected key server which of some keys it has its share of, so
// that operators hear of a lost share before too many are lost.
type Holdings struct {
	env     session.Env
	ask     *wire.Holdings
	id      wire.SessionID
	started bool
	awaited session.Awaited
	held    map[wire.NodeID]*wire.Held
	silent  map[wire.NodeID]string // why a node that was asked did not tell
	ticks   int
	ended   bool
}

// NewHoldings begins to ask about 1 to wire.MaxHoldings keys.
func NewHoldings(env session.Env, keys []wire.KeyVersion) (*Holdings, error) {
	h := &Holdings{
		env: env, ask: &wire.Holdings{Keys: keys},
		held: make(map[wire.NodeID]*wire.Held), silent: make(map[wire.NodeID]string),
	}
	if err := h.ask.Bound(); err != nil {
		return nil, wire.Errorf(wire.Internal, "%v", err)
	}
	if err := env.ReadRandom(h.ask.Nonce[:]); err != nil {
		return nil, err
	}
	h.id = h.ask.Session(env.Cluster, env.Self.ID())
	return h, nil
}

// ID names the session.
func (h *Holdings) ID() wire.SessionID { return h.id }

// String tells how far it is.
func (h *Holdings) String() string {
	switch {
	case h.ended:
		return "asking for holdings: ended"
	case !h.started:
		return "asking for holdings: idle"
	}
	return fmt.Sprintf("asking for holdings: waiting for %d", h.awaited.Count())
}

// Held is what a node told, or why it told nothing: then answer is nil. A node that was
// not connected has neither.
func (h *Holdings) Held(node wire.NodeID) (answer *wire.Held, why string) {
	return h.held[node], h.silent[node]
}

// Step takes one input. It never fails but by Cancel.
func (h *Holdings) Step(in session.Input) session.Effects {
	if h.ended {
		return session.Effects{}
	}
	var eff session.Effects
	switch in := in.(type) {
	case session.Cancel:
		h.ended = true
		return session.Effects{Done: true, Err: in.Err}
	case session.Start:
		eff = h.start()
	case session.Received:
		eff = h.received(in)
	case session.PeerLost:
		if h.awaited.Drop(in.Node) {
			h.silent[in.Node] = "connection lost"
		}
	case session.Tick:
		h.tick()
	}
	if h.started && h.awaited.Count() == 0 {
		h.ended, eff.Done = true, true
	}
	return eff
}

func (h *Holdings) start() (eff session.Effects) {
	if h.started {
		return eff
	}
	h.started = true
	return session.Effects{Send: h.awaited.Ask(h.env.Connected, h.id, h.ask)}
}

func (h *Holdings) tick() {
	if h.ticks++; h.ticks < holdingsDeadline {
		return
	}
	for _, node := range h.awaited.DropAll() {
		h.silent[node] = "no answer"
	}
}

func (h *Holdings) received(in session.Received) (eff session.Effects) {
	if !h.awaited.Answers(in) {
		return eff
	}
	switch m := in.Msg.(type) {
	case *wire.Held:
		h.held[in.From] = m
	case *wire.Refuse:
		h.silent[in.From] = m.Err().Error()
	default:
		eff.Faults = session.Blame(in.From, fmt.Sprintf("answered a question about holdings with message %#x", in.Msg.Code()))
		h.silent[in.From] = "invalid answer"
	}
	return eff
}

package handover

import (
	"fmt"

	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Shares of a sharing that is not current any more are erased, one day: what keeps a key readable then is its successor
// alone. That a quorum has certified it is not enough: of five members with t = 2 a certificate takes four, two of whom may
// lie, and the other two can't read. So the certificate has to be thick: min(n, 2t+1) members, of whom t+1 are honest and
// had their share on disk when they signed. And since disks are lost meanwhile, who erases first hears as many sign that they
// hold it now. With a thinner one nothing is erased, until a further round has made a thick one.
//
// A set of fewer than 2t+1 is an exception that no rule can help: all its members, and one of them may lie. The plan says so.

// holdingDeadline is how many ticks answers are waited for. Members read their shares off their disks.
const holdingDeadline = 10 * session.TicksPerSecond

// Holding asks the members of some sharings whether they hold their shares now.
type Holding struct {
	env     session.Env
	load    func(wire.KeyID) (*session.State, error)
	keys    []*wire.KeyRecord
	ask     *wire.AskHolds
	id      wire.SessionID
	holders []map[wire.NodeID]bool // of each key
	started bool
	awaited session.Awaited
	ticks   int
	ended   bool
}

// Heard says that enough members of a thick sharing hold it. It comes of a Holding alone.
type Heard struct {
	key     wire.KeyID
	version wire.SessionID
}

// Thick tells whether the shares of former sharings may be erased one day, if enough members of this one hold it: it is
// confirmed, and its certificate is thick.
func Thick(r *wire.KeyRecord) bool { return r.Confirmed() && r.Thick() }

// NewHolding begins to ask about 1 to wire.MaxHoldings sharings, which this node has verified. load is to read the disk.
func NewHolding(env session.Env, load func(wire.KeyID) (*session.State, error), keys []*wire.KeyRecord) (*Holding, error) {
	h := &Holding{env: env, load: load, keys: keys, ask: new(wire.AskHolds)}
	for _, r := range keys {
		h.ask.Keys = append(h.ask.Keys, wire.KeyVersion{Key: r.Setup.Key, Version: r.Version()})
		h.holders = append(h.holders, make(map[wire.NodeID]bool))
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
func (h *Holding) ID() wire.SessionID { return h.id }

// String tells how far it is.
func (h *Holding) String() string {
	switch {
	case h.ended:
		return "asking who holds: ended"
	case !h.started:
		return "asking who holds: idle"
	}
	return fmt.Sprintf("asking who holds: waiting for %d", h.awaited.Count())
}

// Heard is what may be erased upon: nil unless sharing number i is thick and enough of its members hold it.
func (h *Holding) Heard(i int) *Heard {
	r := h.keys[i]
	if !Thick(r) || len(h.holders[i]) < wire.ThickOf(int(r.Setup.SetSize), int(r.Setup.Threshold)) {
		return nil
	}
	return &Heard{r.Setup.Key, r.Version()}
}

// Missing are the members of sharing number i that have not said that they hold it.
func (h *Holding) Missing(i int) (nodes []wire.NodeID) {
	for _, node := range h.keys[i].Setup.Members {
		if !h.holders[i][node] {
			nodes = append(nodes, node)
		}
	}
	return nodes
}

// Step takes one input. It never fails but by Cancel.
func (h *Holding) Step(in session.Input) session.Effects {
	if h.ended {
		return session.Effects{}
	}
	var eff session.Effects
	switch in := in.(type) {
	case session.Cancel:
		h.ended = true
		return session.Effects{Done: true, Err: in.Err}
	case session.Start:
		if !h.started {
			h.started = true
			eff.Send = h.awaited.Ask(h.asked(), h.id, h.ask)
			h.own()
		}
	case session.Received:
		eff = h.received(in)
	case session.PeerLost:
		h.awaited.Drop(in.Node)
	case session.Tick:
		if h.ticks++; h.ticks >= holdingDeadline {
			h.awaited.DropAll()
		}
	}
	if h.started && h.awaited.Count() == 0 {
		h.ended, eff.Done = true, true
	}
	return eff
}

// asked are the members of any of the sharings that this node can reach.
func (h *Holding) asked() (nodes []wire.NodeID) {
	for _, node := range h.env.Connected {
		for _, r := range h.keys {
			if r.Setup.Index(node) != 0 {
				nodes = append(nodes, node)
				break
			}
		}
	}
	return nodes
}

// own looks at the own disk.
func (h *Holding) own() {
	for i, k := range h.ask.Keys {
		if holdsNow(h.env.Get, h.load, k) {
			h.count(i, h.env.Self.ID())
		}
	}
}

// count counts a member, once.
func (h *Holding) count(i int, node wire.NodeID) {
	if h.keys[i].Setup.Index(node) != 0 {
		h.holders[i][node] = true
	}
}

func (h *Holding) received(in session.Received) (eff session.Effects) {
	if !h.awaited.Answers(in) {
		return eff
	}
	switch m := in.Msg.(type) {
	case *wire.Holds:
		if !in.From.Signed(wire.HoldsDigest(h.id, m.Bits), &m.Signature) {
			eff.Faults = session.Blame(in.From, "holds with a false signature")
			return eff
		}
		for i := range h.keys {
			if m.Has(i) {
				h.count(i, in.From)
			}
		}
	case *wire.Refuse:
	default:
		eff.Faults = session.Blame(in.From, fmt.Sprintf("answered a question about what it holds with message %#x", in.Msg.Code()))
	}
	return eff
}

// holdsNow tells whether a sharing is the current one here, confirmed, and the own share of it can be read. That is asked of
// many keys at once, so no more is read than it takes: all that is known of a key only where the share is not in its place.
func holdsNow(get session.Getter, load func(wire.KeyID) (*session.State, error), k wire.KeyVersion) bool {
	if get != nil {
		if current, held := session.HoldsShare(get, k); !current || held {
			return held
		}
	}
	state, err := load(k.Key)
	return err == nil && state.Share != nil && state.Record != nil && state.Record.Confirmed() && state.Record.Version() == k.Version
}

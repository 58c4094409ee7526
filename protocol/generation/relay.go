package generation

import (
	"slices"

	"github.com/geth-ss/geth-ss/protocol/dealing"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// missing are the members, of reveals the dealers, whose message of this phase is not here, or whose view of
// round 1 or transcript nobody could explain.
func (r *run) missing() (silent []wire.NodeID) {
	if r.phase == revealing {
		for i, d := range r.dealers {
			if r.reveals[i] == nil || r.odd[i] {
				silent = append(silent, d)
			}
		}
		return silent
	}
	for i, m := range r.setup.Members {
		var here bool
		switch r.phase {
		case committing:
			here = r.commits[i] != nil
		case certifying:
			here = r.certifies[i] != nil && !r.apart[i]
		case certified:
			here = r.acks[i] != nil
		}
		if !here {
			silent = append(silent, m)
		}
	}
	return silent
}

// relayBytes bounds how much a relayed piece of evidence holds.
const relayBytes = wire.MaxMessageSize / 2

// relay tells a member what this phase and the one before have brought so far. It
// helps against messages that were lost, and against a member that is silent to some.
func (r *run) relay(to wire.NodeID) {
	if to == r.env.Self.ID() {
		return
	}
	e := new(wire.Evidence)
	if r.phase <= revealing {
		e.Commits = dealing.Present(r.commits)
	}
	if r.phase >= certifying {
		e.Certifies = dealing.Present(r.certifies)
	}
	r.send(to, e)
	if r.phase == committing || r.phase == certified {
		return
	}
	per := max(1, relayBytes/(64*(int(r.setup.Threshold)+1)+40*len(r.setup.Members)+512))
	for piece := range slices.Chunk(dealing.Present(r.reveals), per) {
		r.send(to, &wire.Evidence{Reveals: piece})
	}
}

func (r *run) broadcast(m wire.Message) {
	for _, to := range r.parties {
		r.send(to, m)
	}
}

func (r *run) send(to wire.NodeID, m wire.Message) {
	if to != r.env.Self.ID() {
		r.out.Send = append(r.out.Send, wire.Envelope{To: to, Session: r.sid, Msg: m})
	}
}

package generation

import (
	"fmt"
	"maps"
	"slices"

	"github.com/ethereum/go-ethereum/common"

	"github.com/geth-ss/geth-ss/protocol/dealing"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Rehearsing asks nodes to rehearse the redistribution of one key, once: among all that it names. Who does not do its part is
// named, for the caller to rehearse without it. Its own part is a RehearsingMember, which it steps itself.
type Rehearsing struct {
	env      session.Env
	ask      *wire.Rehearse
	id       wire.SessionID
	own      *RehearsingMember // nil if this node is no party
	parties  []wire.NodeID
	commits  []*wire.Commit
	reveals  []*wire.Reveal
	signed   []bool
	failed   map[wire.NodeID]string
	refused  map[wire.NodeID]bool // of these, who has said so itself
	phase    phase                // committing, revealing, certifying; certified: all have signed
	idle     int
	started  bool
	ended    bool
	expected common.Hash
	out      session.Effects
}

// NewRehearsing begins to rehearse that t+1 of the holders of a key, connected ones, deal it anew to these members with a
// threshold. Holders in unable are left out. It fails with Disconnected if too few holders can be asked.
func NewRehearsing(env session.Env, load func(wire.KeyID) (*session.State, error), record *wire.KeyRecord, threshold uint32, members []wire.NodeID, unable map[wire.NodeID]string) (*Rehearsing, error) {
	m := &wire.Rehearse{Key: record.Setup.Key, Parent: record.Version(), Threshold: threshold, Members: wire.SortNodeIDs(slices.Clone(members))}
	if err := env.ReadRandom(m.Nonce[:]); err != nil {
		return nil, err
	}
	need := int(record.Setup.Threshold) + 1
	for _, node := range append([]wire.NodeID{env.Self.ID()}, env.Connected...) {
		if index := record.Setup.Index(node); index != 0 && unable[node] == "" && len(m.Dealers) < need {
			m.Dealers = append(m.Dealers, wire.Dealer{Node: node, Index: index})
		}
	}
	if len(m.Dealers) < need {
		return nil, wire.Errorf(wire.Disconnected, "%d of the %d holders needed to deal key %v anew can be reached and have their shares", len(m.Dealers), need, m.Key)
	}
	slices.SortFunc(m.Dealers, func(a, b wire.Dealer) int { return int(a.Index) - int(b.Index) })
	if err := rehearsedShares(m); err != nil {
		return nil, wire.Errorf(wire.Internal, "%v", err)
	}
	if err := m.Bound(); err != nil {
		return nil, wire.Errorf(wire.Threshold, "%v", err)
	}
	self := env.Self.ID()
	terms := m.Terms(env.Cluster, self)
	r := &Rehearsing{env: env, ask: m, id: m.Session(env.Cluster, self), parties: terms.Parties(), failed: make(map[wire.NodeID]string), refused: make(map[wire.NodeID]bool),
		commits: make([]*wire.Commit, len(m.Members)), signed: make([]bool, len(m.Members)), reveals: make([]*wire.Reveal, len(m.Dealers))}
	if slices.Contains(r.parties, self) {
		r.own = JoinRehearsing(env, load, self, r.id, m)
	}
	return r, nil
}

// ID names the session.
func (r *Rehearsing) ID() wire.SessionID { return r.id }

// String tells how far it is.
func (r *Rehearsing) String() string {
	switch {
	case r.ended:
		return "rehearsal: ended"
	case !r.started:
		return "rehearsal: idle"
	}
	return fmt.Sprintf("rehearsal: %v", r.phase)
}

// Format hides what is dealt from every verb.
func (r *Rehearsing) Format(f fmt.State, _ rune) { fmt.Fprint(f, r.String()) }

// Failed are the nodes that have not done their part, and why: for people. It is empty if all members have signed.
func (r *Rehearsing) Failed() map[wire.NodeID]string { return r.failed }

// Refused tells whether a node that has failed said so itself.
func (r *Rehearsing) Refused(node wire.NodeID) bool { return r.refused[node] }

// Deals tells whether a node was asked to deal.
func (r *Rehearsing) Deals(node wire.NodeID) bool { return r.dealer(node) >= 0 }

// Step takes one input. It fails if not all have done their part.
func (r *Rehearsing) Step(in session.Input) session.Effects {
	if r.ended {
		return session.Effects{}
	}
	switch in := in.(type) {
	case session.Cancel:
		r.end(in.Err)
	case session.Start:
		if !r.started {
			r.started = true
			r.tell(r.parties, r.ask)
		}
	case session.Received:
		if in.Session == r.id && r.started && slices.Contains(r.parties, in.From) {
			r.received(in.From, in.Msg)
		}
	case session.PeerLost:
		if slices.Contains(r.awaited(), in.Node) {
			r.fail(in.Node, "connection lost")
		}
	case session.Tick:
		if r.idle++; r.started && r.idle >= roundTimeout {
			for _, node := range r.awaited() {
				r.fail(node, "no answer")
			}
		}
	}
	r.proceed()
	out := r.out
	r.out = session.Effects{}
	return out
}

// tell sends a message to nodes, to this one's own part at once.
func (r *Rehearsing) tell(to []wire.NodeID, m wire.Message) {
	for _, node := range to {
		if node != r.env.Self.ID() {
			r.out.Send = append(r.out.Send, wire.Envelope{To: node, Session: r.id, Msg: m})
		}
	}
	if self := r.env.Self.ID(); slices.Contains(to, self) {
		for _, e := range r.own.Step(session.Received{From: self, Session: r.id, Msg: m}).Send {
			r.received(self, e.Msg)
		}
	}
}

func (r *Rehearsing) fail(node wire.NodeID, why string) {
	if r.failed[node] == "" {
		r.failed[node] = why
	}
}

func (r *Rehearsing) received(from wire.NodeID, msg wire.Message) {
	switch m := msg.(type) {
	case *wire.Commit:
		if i := slices.Index(r.ask.Members, from); i >= 0 && int64(m.Index) == int64(i)+1 && from.Signed(m.Digest(r.id), &m.Signature) {
			r.commits[i] = m
			return
		}
	case *wire.Reveal:
		if i := r.dealer(from); i >= 0 && int64(m.Index) == int64(i)+1 && r.phase == revealing &&
			m.View == wire.View(r.id, dealing.Digests(r.id, r.commits)) && from.Signed(m.Digest(r.id), &m.Signature) {
			r.reveals[i] = m
			return
		}
	case *wire.Certify:
		if i := slices.Index(r.ask.Members, from); i >= 0 && int64(m.Index) == int64(i)+1 && r.phase == certifying &&
			m.Transcript == r.expected && from.Signed(m.Digest(r.id), &m.Signature) {
			r.signed[i] = true
			return
		}
	case *wire.Refuse:
		r.refused[from] = true
		r.fail(from, m.Err().Error())
		return
	}
	r.fail(from, "invalid answer")
}

func (r *Rehearsing) dealer(node wire.NodeID) int {
	return slices.IndexFunc(r.ask.Dealers, func(d wire.Dealer) bool { return d.Node == node })
}

// awaited are those whose message of this phase is not here.
func (r *Rehearsing) awaited() (nodes []wire.NodeID) {
	switch r.phase {
	case committing:
		for i, m := range r.commits {
			if m == nil {
				nodes = append(nodes, r.ask.Members[i])
			}
		}
	case revealing:
		for i, m := range r.reveals {
			if m == nil {
				nodes = append(nodes, r.ask.Dealers[i].Node)
			}
		}
	case certifying:
		for i, done := range r.signed {
			if !done {
				nodes = append(nodes, r.ask.Members[i])
			}
		}
	}
	return nodes
}

// proceed goes on when all have done their part of a phase, and ends when somebody will not, once all others have answered.
func (r *Rehearsing) proceed() {
	for r.started && !r.ended {
		waiting := slices.DeleteFunc(r.awaited(), func(node wire.NodeID) bool { return r.failed[node] != "" })
		switch {
		case len(waiting) > 0:
			return
		case len(r.failed) > 0:
			r.giveUp()
			return
		}
		r.phase, r.idle = r.phase+1, 0
		switch r.phase {
		case revealing:
			r.tell(r.dealers(), &wire.Evidence{Commits: dealing.Present(r.commits)})
		case certifying:
			r.expected = rehearsedTranscript(r.id, r.reveals)
			r.show()
		case certified:
			r.end(nil)
		}
	}
}

func (r *Rehearsing) dealers() (nodes []wire.NodeID) {
	for i := range r.ask.Dealers {
		nodes = append(nodes, r.ask.Dealers[i].Node)
	}
	return nodes
}

// show gives all dealings to the members, in messages of a bounded size.
func (r *Rehearsing) show() {
	per := max(1, relayBytes/(64*(int(r.ask.Threshold)+1)+40*len(r.ask.Members)+512))
	for piece := range slices.Chunk(dealing.Present(r.reveals), per) {
		r.tell(r.ask.Members, &wire.Evidence{Reveals: piece})
	}
}

// giveUp ends without those that have failed.
func (r *Rehearsing) giveUp() {
	node := slices.MinFunc(slices.Collect(maps.Keys(r.failed)), wire.NodeID.Compare)
	for _, to := range r.parties {
		if to != r.env.Self.ID() && r.failed[to] == "" {
			r.out.Send = append(r.out.Send, wire.Envelope{To: to, Session: r.id, Msg: wire.RefuseWith(wire.Errorf(wire.Cancelled, "the rehearsal ends"))})
		}
	}
	r.end(wire.Errorf(wire.Unavailable, "%d did not do their part in rehearsing key %v while %v, %s among them: %s", len(r.failed), r.ask.Key, r.phase, node.Short(), r.failed[node]))
}

func (r *Rehearsing) end(err error) {
	r.ended, r.out.Done = true, true
	if err != nil {
		r.out.Err = err
	}
	if r.own != nil {
		r.own.drop()
	}
}

package items

import (
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/geth-ss/geth-ss/protocol/dealing"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// bundleSize bounds what is shown to a member in one message, in bytes.
const bundleSize = wire.MaxMessageSize * 3 / 4

// dealDeadline bounds a dealing of items, on both sides.
const dealDeadline = 5 * session.TicksPerSecond

// Dealing is the coordinator of dealing items, of which it need not be a member.
//
//	Deal ─► everybody's one-time key ─► shown to all
//	     ─► everybody's dealing, sealed to these ─► shown to all
//	     ─► everybody's signature on the transcript ─► items
//
// All messages go through it, signed by their makers. Members to whom it shows different
// dealings come to different transcripts, and an item is named by its transcript: such
// members never sign together. There is no round of commitments to the dealings: those of
// Pedersen tell nothing that another dealing could be chosen by.
type Dealing struct {
	env   session.Env
	lend  Lender
	setup *wire.DealSetup
	terms *dealing.Terms
	self  int // own position; -1 for none

	once  *threshold.OneTimeKey // what is dealt to this node is sealed to; nil where there is no own position
	view  common.Hash           // of the keys of all; zero until they are shown
	begun bool
	shown bool
	ended bool
	ticks int

	commits   []*wire.Commit // by position, as all that follow
	reveals   []*wire.Reveal
	dealings  []*dealing.Checked
	certified []bool
	deal      *Dealt
	items     []*Item
	missing   []wire.NodeID
}

// NewDealing begins to deal items for signatures under the keys of a group, by and to the holders with these share
// indices, ascending, 2t+1 of them. It deals as many of them as one session can, at most items. It fails with Internal
// for a set that is none, and when there is no randomness.
func NewDealing(env session.Env, lend Lender, key Group, set []uint32, items int) (*Dealing, error) {
	items = min(items, wire.MaxItems, wire.MaxDealt/max(1, len(set)))
	setup := &wire.DealSetup{Cluster: env.Cluster, Coordinator: env.Self.ID(), Threshold: key.Threshold, Items: uint32(items), Set: set}
	if key.Slot != (wire.Slot{}) {
		setup.Slot = &key.Slot
	}
	for _, index := range set {
		if index == 0 || int(index) > len(key.Members) {
			return nil, wire.Errorf(wire.Internal, "no share has index %d", index)
		}
		setup.Members = append(setup.Members, key.Members[index-1])
	}
	if err := env.ReadRandom(setup.Nonce[:]); err != nil {
		return nil, err
	}
	if err := setup.Bound(); err != nil {
		return nil, wire.Errorf(wire.Internal, "dealing items: %v", err)
	}
	n := len(set)
	d := &Dealing{env: env, lend: lend, setup: setup, terms: dealing.OfItems(setup), self: int(setup.Index(env.Self.ID())) - 1,
		commits: make([]*wire.Commit, n), reveals: make([]*wire.Reveal, n), dealings: make([]*dealing.Checked, n), certified: make([]bool, n)}
	if err := d.terms.CheckKeys(); err != nil {
		return nil, wire.Errorf(wire.Internal, "dealing items: %v", err)
	}
	return d, nil
}

// ID names the session.
func (d *Dealing) ID() wire.SessionID { return d.terms.Session }

// Items are what was dealt; nil unless the session ended without an error. They are the
// caller's from then on, to be put into the vault.
func (d *Dealing) Items() []*Item { return d.items }

// Missing are the members that kept it from coming to an end.
func (d *Dealing) Missing() []wire.NodeID { return d.missing }

// String tells the phase.
func (d *Dealing) String() string {
	switch {
	case d.ended:
		return "dealing items: ended"
	case !d.begun:
		return "dealing items: idle"
	case d.view == zeroView:
		return "dealing items: waiting for keys"
	case !d.shown:
		return "dealing items: waiting for dealings"
	}
	return "dealing items: waiting for signatures"
}

// Step takes one input.
func (d *Dealing) Step(in session.Input) session.Effects {
	if d.ended {
		return session.Effects{}
	}
	switch in := in.(type) {
	case session.Start:
		if !d.begun {
			return d.start()
		}
	case session.Received:
		if i := int(d.setup.Index(in.From)) - 1; i >= 0 && i != d.self && in.Session == d.ID() {
			return d.received(i, in.Msg)
		}
	case session.PeerLost:
		if d.setup.Index(in.Node) != 0 {
			return d.fail(wire.Disconnected, []wire.NodeID{in.Node}, "%s is gone", in.Node.Short())
		}
	case session.Tick:
		if d.ticks++; d.ticks >= dealDeadline {
			return d.late()
		}
	case session.Cancel:
		return d.end(session.Effects{}, in.Err)
	}
	return session.Effects{}
}

func (d *Dealing) start() session.Effects {
	d.begun = true
	var eff session.Effects
	d.broadcast(&eff, &wire.Deal{Setup: *d.setup})
	if d.self >= 0 {
		once, own, err := drawItemKey(&d.env, d.terms, d.self)
		if err == nil {
			d.once, d.commits[d.self] = once, own
			err = d.terms.Learn(d.self, own)
		}
		if err != nil {
			return d.fail(wire.Internal, nil, "%v", err)
		}
	}
	return d.showKeys(eff)
}

// showKeys shows everybody's one-time keys to all, once they are there, and deals.
func (d *Dealing) showKeys(eff session.Effects) session.Effects {
	if slices.Contains(d.commits, nil) {
		return eff
	}
	d.view = wire.View(d.ID(), dealing.Digests(d.ID(), d.commits))
	d.broadcast(&eff, &wire.Evidence{Commits: dealing.Present(d.commits)})
	if d.self >= 0 {
		own, err := makeReveal(&d.env, d.terms, d.self, d.view)
		if err != nil {
			return d.fail(wire.Internal, nil, "dealing: %v", err)
		}
		d.reveals[d.self] = own
		if d.dealings[d.self], err = d.terms.Open(d.self, &own.Dealing); err != nil {
			return d.fail(wire.Internal, nil, "own dealing: %v", err)
		}
	}
	return d.show(eff)
}

func (d *Dealing) broadcast(eff *session.Effects, m wire.Message) {
	for i, node := range d.setup.Members {
		if i != d.self {
			eff.Send = append(eff.Send, wire.Envelope{To: node, Session: d.ID(), Msg: m})
		}
	}
}

// end ends; on an error the others need not wait any longer.
func (d *Dealing) end(eff session.Effects, err error) session.Effects {
	if err != nil && d.begun {
		d.broadcast(&eff, &wire.Refuse{Reason: wire.Cancelled})
	}
	if err != nil {
		d.lend(func(v *Vault) { v.Discard(d.items...) })
		d.items = nil
	}
	if d.once != nil {
		d.once.Erase()
	}
	d.ended = true
	eff.Done, eff.Err = true, err
	return eff
}

func (d *Dealing) fail(reason wire.Reason, missing []wire.NodeID, format string, args ...any) session.Effects {
	d.missing = missing
	return d.end(session.Effects{}, wire.Errorf(reason, "dealing for a signature: "+format, args...))
}

// blame ends it for a member that broke the protocol.
func (d *Dealing) blame(i int, evidence wire.Conviction, format string, args ...any) session.Effects {
	node := d.setup.Members[i]
	err := wire.Errorf(wire.Cheated, "%s "+format, append([]any{node.Short()}, args...)...)
	d.missing = []wire.NodeID{node}
	eff := d.end(session.Effects{}, err)
	eff.Faults = []session.Fault{{Node: node, Detail: err.Detail, Evidence: evidence}}
	return eff
}

// Owing are the members who keep it waiting, by share index.
func (d *Dealing) Owing() (set []uint32) {
	for i, index := range d.setup.Set {
		if i != d.self && d.owes(i) {
			set = append(set, index)
		}
	}
	return set
}

func (d *Dealing) owes(i int) bool {
	switch {
	case d.view == zeroView:
		return d.commits[i] == nil
	case !d.shown:
		return d.reveals[i] == nil
	}
	return !d.certified[i]
}

func (d *Dealing) late() session.Effects {
	var missing []wire.NodeID
	for _, index := range d.Owing() {
		missing = append(missing, d.setup.Members[slices.Index(d.setup.Set, index)])
	}
	return d.fail(wire.Timeout, missing, "%d key servers do not answer", len(missing))
}

func (d *Dealing) received(i int, msg wire.Message) session.Effects {
	node := d.setup.Members[i]
	switch m := msg.(type) {
	case *wire.Commit:
		if d.commits[i] == nil {
			return d.commit(i, m)
		}
	case *wire.Reveal:
		if d.view != zeroView && d.reveals[i] == nil {
			return d.reveal(i, m)
		}
	case *wire.Certify:
		if d.shown && !d.certified[i] {
			return d.certify(i, m)
		}
	case *wire.Complaint:
		if d.shown {
			return d.complaint(i, m)
		}
	case *wire.Refuse:
		return d.fail(m.Reason, []wire.NodeID{node}, "%s: %v", node.Short(), m.Err())
	default:
		return d.blame(i, nil, "answered a dealing with message %#x", msg.Code())
	}
	return session.Effects{}
}

func (d *Dealing) commit(i int, m *wire.Commit) session.Effects {
	if int(m.Index) != i+1 || !d.setup.Members[i].Signed(m.Digest(d.ID()), &m.Signature) {
		return d.blame(i, nil, "sent a one-time key that it did not sign as its own")
	}
	if err := d.terms.Learn(i, m); err != nil {
		return d.blame(i, &wire.BadItemKey{Setup: *d.setup, Commit: *m}, "%v", err)
	}
	d.commits[i] = m
	return d.showKeys(session.Effects{})
}

func (d *Dealing) reveal(i int, m *wire.Reveal) session.Effects {
	if int(m.Index) != i+1 || m.View != d.view || !d.setup.Members[i].Signed(m.Digest(d.ID()), &m.Signature) {
		return d.blame(i, nil, "sent a dealing that it did not sign as its own, or to other keys")
	}
	opened, err := d.terms.Open(i, &m.Dealing)
	if err != nil {
		return d.blame(i, &wire.BadItems{Setup: *d.setup, Reveal: *m}, "%v", err)
	}
	d.reveals[i], d.dealings[i] = m, opened
	return d.show(session.Effects{})
}

// show shows everybody's dealings to all, once they are there.
func (d *Dealing) show(eff session.Effects) session.Effects {
	if slices.Contains(d.reveals, nil) {
		return eff
	}
	d.shown = true
	for _, e := range d.bundles() {
		d.broadcast(&eff, e)
	}
	deal, items, culprit, err := settleItems(&d.env, d.setup, d.terms, d.self, d.once, d.dealings)
	switch {
	case culprit >= 0 && culprit == d.self:
		return d.fail(wire.Internal, nil, "own dealing: %v", err)
	case culprit >= 0:
		m, err := complainAbout(&d.env, d.terms, d.self, d.once, d.reveals[culprit], d.dealings[culprit])
		if err != nil {
			return d.fail(wire.Internal, nil, "%v", err)
		}
		return d.blame(culprit, itemComplaint(d.setup, d.ID(), d.commits, m), "dealt a bad share")
	case err != nil:
		return d.fail(wire.Internal, nil, "adding the dealings up: %v", err)
	}
	d.deal, d.items = deal, items
	d.lend(func(v *Vault) { v.hand(items...) }) // before any member has them
	if d.once != nil {
		d.once.Erase() // all is opened
	}
	return d.finish(eff)
}

// bundles are the dealings in as few messages as can carry them.
func (d *Dealing) bundles() (all []*wire.Evidence) {
	e, size := new(wire.Evidence), 0
	for _, m := range d.reveals {
		enc, err := rlp.EncodeToBytes(m)
		if err != nil {
			panic("session: internal error: a dealing does not encode: " + err.Error())
		}
		if size += len(enc); size > bundleSize && len(e.Reveals) > 0 {
			all = append(all, e)
			e, size = new(wire.Evidence), len(enc)
		}
		e.Reveals = append(e.Reveals, *m)
	}
	return append(all, e)
}

func (d *Dealing) certify(i int, m *wire.Certify) session.Effects {
	switch {
	case int(m.Index) != i+1 || !d.setup.Members[i].Signed(m.Digest(d.ID()), &m.Signature):
		return d.blame(i, nil, "sent a transcript that it did not sign as its own")
	case m.Transcript != d.deal.Transcript:
		return d.blame(i, nil, "signed a transcript that does not follow from the dealings")
	}
	d.certified[i], d.deal.Certifies[i] = true, m.Signature
	return d.finish(session.Effects{})
}

func (d *Dealing) complaint(i int, m *wire.Complaint) session.Effects {
	switch {
	case int(m.Index) != i+1 || !d.setup.Members[i].Signed(m.Digest(d.ID()), &m.Signature):
		return d.blame(i, nil, "sent a complaint that it did not sign as its own")
	case m.Accused.Index == 0 || int64(m.Accused.Index) > int64(len(d.dealings)):
		return d.blame(i, nil, "complained about nobody")
	case !dealing.Accused(d.setup.Members, d.ID(), m):
		return d.blame(i, itemComplaint(d.setup, d.ID(), d.commits, m), "complained about what nobody has said")
	}
	dealer := int(m.Accused.Index - 1)
	if m.Accused.Digest(d.ID()) != d.reveals[dealer].Digest(d.ID()) {
		return d.blame(i, nil, "complained about what it was not shown")
	}
	if d.terms.Judge(i, &m.Opening, d.dealings[dealer], d.terms.To[i]) == threshold.DealerGuilty {
		return d.blame(dealer, itemComplaint(d.setup, d.ID(), d.commits, m), "dealt a bad share")
	}
	return d.blame(i, itemComplaint(d.setup, d.ID(), d.commits, m), "complained falsely")
}

func (d *Dealing) finish(eff session.Effects) session.Effects {
	for i := range d.certified {
		if i != d.self && !d.certified[i] {
			return eff
		}
	}
	return d.end(eff, nil)
}

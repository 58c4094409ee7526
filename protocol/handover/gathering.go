package handover

import (
	"fmt"
	"maps"
	"slices"

	"github.com/ethereum/go-ethereum/rlp"

	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

const (
	// listingDeadline is how many ticks a page is waited for. It is read off a disk.
	listingDeadline = 10 * session.TicksPerSecond
	// gatheringDeadline bounds the whole: less than the service gives any session, so that it ends by itself, with who is missing.
	gatheringDeadline = 170 * session.TicksPerSecond
	// maxListed bounds the entries that are taken of one lister: each of a key that is not known here is a record on the
	// disk, and a liar lists without end.
	maxListed = 1 << 20
)

// Gathering asks the members of the set before the newest one for their listings, so that this node, a member of the
// newest, may help to make keys (Ready). What they name that it does not know is on its disk before the next page is asked
// for, and that a listing is in only with its last page. It ends well if a set quorum of listings is in. The driver begins
// another one as long as listings are missing: with each further one, a liar can keep fewer ids from being free.
type Gathering struct {
	env     session.Env
	ledger  *ledger
	set     *wire.ServerSet
	parent  *wire.ServerSet
	nonce   [32]byte
	id      wire.SessionID
	own     *walk // nil once it is through
	walks   map[wire.NodeID]*walk
	missing map[wire.NodeID]string
	few     bool
	started bool
	ended   bool
	ticks   int
}

// walk is how far one member's listing is in.
type walk struct {
	place   int // of the member
	after   wire.ListedKey
	session wire.SessionID // of the page that is asked for
	count   int            // entries
	ticks   int            // that the page is waited for
	counts  bool           // as all pages said
}

// OfFew has it end well without a set quorum of listings, if the set before was given up: after the listings that can be had. The
// driver waits some time for more before it says so.
func (g *Gathering) OfFew() *Gathering {
	g.few = true
	return g
}

// NewGathering begins to gather for the newest set. It fails with NotMember unless this node is of it, or if there is none
// before.
func NewGathering(env session.Env) (*Gathering, error) {
	l, refused := ledgerOf(&env)
	if refused != nil {
		return nil, refused
	}
	return newGathering(env, l, env.Sets.Newest())
}

// NewGatheringFor is NewGathering for the set of an earlier epoch: see Unheard.
func NewGatheringFor(env session.Env, epoch uint64) (*Gathering, error) {
	l, refused := ledgerOf(&env)
	if refused != nil {
		return nil, refused
	}
	set := env.Sets.At(epoch)
	if set == nil {
		return nil, wire.Errorf(wire.Internal, "no server set %d is known", epoch)
	}
	return newGathering(env, l, set)
}

// Unheard are the epochs, ascending, of the sets that this node is or was a member of and for which it has not gathered enough
// listings. Another set may have followed before it had: what it lists itself counts only once it has, and the members of
// the newest set may have to wait for that.
func Unheard(env *session.Env) (epochs []uint64, err error) {
	l, refused := ledgerOf(env)
	if refused != nil {
		return nil, refused
	}
	for epoch := uint64(1); epoch <= env.Sets.Newest().Epoch; epoch++ {
		set := env.Sets.At(epoch)
		if !set.Contains(env.Self.ID()) {
			continue
		}
		heard, err := l.stands(set)
		if err != nil {
			return nil, err
		}
		if !heard {
			epochs = append(epochs, epoch)
		}
	}
	return epochs, nil
}

func newGathering(env session.Env, l *ledger, set *wire.ServerSet) (*Gathering, error) {
	if set.Epoch == 0 || !set.Contains(env.Self.ID()) {
		return nil, wire.Errorf(wire.NotMember, "%s is no member of a server set that follows another", env.Self.ID().Short())
	}
	g := &Gathering{env: env, set: set, parent: env.Sets.At(set.Epoch - 1), walks: make(map[wire.NodeID]*walk), missing: make(map[wire.NodeID]string)}
	l.env = &g.env
	g.ledger = l
	if err := env.ReadRandom(g.nonce[:]); err != nil {
		return nil, err
	}
	g.id = g.ask(wire.ListedKey{}).Session(env.Cluster, env.Self.ID())
	return g, nil
}

// ID names the session of the first pages.
func (g *Gathering) ID() wire.SessionID { return g.id }

// String tells how far it is.
func (g *Gathering) String() string {
	switch {
	case g.ended:
		return "gathering listings: ended"
	case !g.started:
		return "gathering listings: idle"
	}
	return fmt.Sprintf("gathering listings: waiting for %d", len(g.walks))
}

// Missing are the members of the set before whose listings are not in, and why: for people. It is whole at the end.
func (g *Gathering) Missing() map[wire.NodeID]string { return g.missing }

func (g *Gathering) ask(after wire.ListedKey) *wire.ListKeys {
	return &wire.ListKeys{Set: g.set.Ref(), After: after, Nonce: g.nonce}
}

// Step takes one input.
func (g *Gathering) Step(in session.Input) (eff session.Effects) {
	if g.ended {
		if c, ok := in.(session.Cancel); ok { // what was to be saved last could not be
			return session.Fail(wire.ReasonOf(c.Err), "%v", c.Err)
		}
		return eff
	}
	var err error
	switch in := in.(type) {
	case session.Cancel:
		g.ended = true
		return session.Effects{Done: true, Err: in.Err}
	case session.Start:
		if !g.started {
			g.started = true
			eff, err = g.start()
		}
	case session.Received:
		eff, err = g.received(in)
	case session.PeerLost:
		if g.walks[in.Node] != nil {
			g.drop(in.Node, "connection lost")
		}
	case session.Tick:
		eff, err = g.tick()
	}
	if err == nil && (!g.started || len(g.walks) > 0 || g.own != nil) {
		return eff
	}
	return g.end(eff, err)
}

// end concludes. Whether the listings of enough are in is read together with what this step saves.
func (g *Gathering) end(eff session.Effects, err error) session.Effects {
	g.ended, eff.Done = true, true
	if err != nil {
		return session.Effects{Done: true, Err: unreadable(err)}
	}
	have := len(g.parent.Members) - len(g.missing)
	if have >= g.parent.Quorum() {
		return eff
	}
	givenUp := false
	if g.few {
		if givenUp, err = g.ledger.givenUp(g.set); err != nil {
			return session.Effects{Done: true, Err: unreadable(err)}
		}
	}
	if !givenUp {
		eff.Err = wire.Errorf(wire.Unavailable, "listings of %d of the %d key servers of before are in, and %d are needed", have, len(g.parent.Members), g.parent.Quorum())
		return eff
	}
	return g.content(eff)
}

// content notes that the listings which are in have to be enough. If this step saves that another one is in, it says so there.
func (g *Gathering) content(eff session.Effects) session.Effects {
	for i := range eff.Save {
		if r := &eff.Save[i]; r.Kind == wire.RecordGathered && r.Op != wire.Expect {
			now := new(gathered)
			if err := rlp.DecodeBytes(r.Value, now); err != nil {
				return session.Effects{Done: true, Err: unreadable(err)}
			}
			now.Few = true
			*r = wire.NewRecord(r.Op, r.Kind, r.Key, r.Session, now)
			return eff
		}
	}
	known, err := g.ledger.gathered(g.set)
	if err != nil {
		return session.Effects{Done: true, Err: unreadable(err)}
	}
	now, old := &gathered{Set: g.set.Hash(), Few: true}, any(nil)
	if known != nil {
		now.Members, old = known.Members, known
	}
	eff.Save = append(eff.Save, rewrite(wire.RecordGathered, wire.KeyID{}, wire.EpochName(g.set.Epoch), old, now)...)
	return eff
}

// start asks all whose listings are not in.
func (g *Gathering) start() (eff session.Effects, err error) {
	known, err := g.ledger.gathered(g.set)
	if err != nil {
		return eff, err
	}
	for i, node := range g.parent.Members {
		switch {
		case known != nil && places(known.Members).has(i):
		case node == g.env.Self.ID():
			g.own = &walk{place: i, counts: true}
		case slices.Contains(g.env.Connected, node):
			eff.Send = append(eff.Send, g.next(node, &walk{place: i, counts: true}))
		default:
			g.missing[node] = "not connected"
		}
	}
	more, err := g.ownPage()
	eff.Add(more)
	return eff, err
}

// next asks for the next page.
func (g *Gathering) next(node wire.NodeID, w *walk) wire.Envelope {
	m := g.ask(w.after)
	w.session, w.ticks = m.Session(g.env.Cluster, g.env.Self.ID()), 0
	g.walks[node] = w
	return wire.Envelope{To: node, Session: w.session, Msg: m}
}

func (g *Gathering) drop(node wire.NodeID, why string) {
	delete(g.walks, node)
	g.missing[node] = why
}

func (g *Gathering) tick() (session.Effects, error) {
	g.ticks++
	for _, node := range slices.SortedFunc(maps.Keys(g.walks), wire.NodeID.Compare) {
		if w := g.walks[node]; w.ticks >= listingDeadline || g.ticks >= gatheringDeadline {
			g.drop(node, "no answer")
		} else {
			w.ticks++
		}
	}
	return g.ownPage()
}

// ownPage takes a page of the own listing in, which nobody need sign.
func (g *Gathering) ownPage() (eff session.Effects, err error) {
	if g.own == nil {
		return eff, nil
	}
	self := g.env.Self.ID()
	fenced, err := g.ledger.fenced(g.set)
	if err != nil {
		return eff, err
	}
	counts, err := g.ledger.counts(g.parent)
	if err != nil {
		return eff, err
	}
	entries, last, err := g.ledger.page(g.parent, g.own.after)
	if err != nil {
		return eff, err
	}
	w := g.own
	w.counts = w.counts && fenced && counts
	if eff.Save, err = g.take(self, w, entries, last); last {
		g.own = nil
	}
	return eff, err
}

func (g *Gathering) received(in session.Received) (eff session.Effects, err error) {
	w := g.walks[in.From]
	if w == nil || w.session != in.Session {
		return eff, nil
	}
	switch m := in.Msg.(type) {
	case *wire.Listing:
		return g.page(in.From, w, m)
	case *wire.Refuse:
		g.drop(in.From, m.Err().Error())
	default:
		eff.Faults = session.Blame(in.From, fmt.Sprintf("answered a question for a listing with message %#x", in.Msg.Code()))
		g.drop(in.From, "invalid answer")
	}
	return eff, nil
}

// page takes in what another one lists.
func (g *Gathering) page(from wire.NodeID, w *walk, m *wire.Listing) (eff session.Effects, err error) {
	wrong := ""
	switch {
	case !from.Signed(m.Digest(g.env.Cluster, g.set.Ref(), from, w.after), &m.Signature):
		wrong = "listing with a false signature"
	case len(m.Entries) > 0 && m.Entries[0].Compare(&w.after) <= 0:
		wrong = "page of a listing that does not go on where the one before ended"
	}
	if wrong != "" {
		g.drop(from, "invalid answer")
		return session.Effects{Faults: session.Blame(from, wrong)}, nil
	}
	if w.count += len(m.Entries); w.count > maxListed {
		g.drop(from, fmt.Sprintf("lists more than %d attempts", maxListed))
		return eff, nil
	}
	w.counts = w.counts && m.Counts
	if eff.Save, err = g.take(from, w, m.Entries, m.Last); err != nil {
		return eff, err
	}
	if m.Last {
		delete(g.walks, from)
	} else {
		eff.Send = append(eff.Send, g.next(from, w))
	}
	return eff, nil
}

// take gives what of a page has to be saved: who names what this node does not know as a key, and with the last page, that
// the listing is in.
func (g *Gathering) take(lister wire.NodeID, w *walk, entries []wire.ListedKey, last bool) (batch []wire.Record, err error) {
	for i := range entries {
		more, err := g.named(w.place, &entries[i])
		if err != nil {
			return nil, err
		}
		batch = append(batch, more...)
	}
	if len(entries) > 0 {
		w.after = entries[len(entries)-1]
	}
	switch {
	case !last:
		return batch, nil
	case !w.counts:
		g.missing[lister] = "may have forgotten promises, or has not heard enough itself"
		return batch, nil
	}
	known, err := g.ledger.gathered(g.set)
	if err != nil {
		return nil, err
	}
	now := gathered{Set: g.set.Hash()}
	if known != nil {
		now.Members, now.Few = known.Members, known.Few
	}
	now.Members = places(now.Members).with(w.place)
	if known == nil {
		return append(batch, rewrite(wire.RecordGathered, wire.KeyID{}, wire.EpochName(g.set.Epoch), nil, &now)...), nil
	}
	return append(batch, rewrite(wire.RecordGathered, wire.KeyID{}, wire.EpochName(g.set.Epoch), known, &now)...), nil
}

// named gives what has to be saved of an entry: nothing if the key is known, or has been named by the lister before.
func (g *Gathering) named(place int, e *wire.ListedKey) ([]wire.Record, error) {
	var key wire.KeyRecord
	if found, err := g.ledger.read(wire.RecordKey, e.Key, wire.SessionID{}, &key); err != nil || found && key.Confirmed() {
		return nil, err
	}
	var in listed
	found, err := g.ledger.read(wire.RecordListed, e.Key, e.Origin, &in)
	if err != nil || in.by(g.parent.Epoch).has(place) {
		return nil, err
	}
	if !found {
		return rewrite(wire.RecordListed, e.Key, e.Origin, nil, in.with(g.parent.Epoch, place)), nil
	}
	return rewrite(wire.RecordListed, e.Key, e.Origin, &in, in.with(g.parent.Epoch, place)), nil
}

package documents

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Lookup finds out what the cluster knows of a key, for a node that does not know it:
// it was down when the key was made, or holds no share. All connected members are
// asked at once, and the first proof ends it.
//
// A key that was made when the list of key servers was shorter proves nothing by itself: any few
// servers could have made it up since. It is taken over once more than half of the present
// list have told of it. So many would have to be false also for a key of the whole list.
type Lookup struct {
	env   session.Env
	state *session.State // what this node knew, then what it learnt
	key   wire.KeyID
	want  bool // the document key, too
	last  bool // the latest sharing, whatever is known here
	ask   *wire.LookUp
	id    wire.SessionID

	started  bool
	ended    bool
	save     []wire.Record
	awaited  session.Awaited
	answered int    // nodes that told all they know, this one included
	ignorant int    // of them, those that know no such key
	refusal  string // why nodes did not tell
	ticks    int

	unconfirmed map[wire.SessionID]*wire.KeyRecord // certified, acknowledgements still being put together
	promises    []*wire.DocumentRecord             // by pair, signatures being put together
	unproven    bool                               // a document key was told of that this node can't check
	held        []heldDocument                     // came before the key record that tells whether they are right
	foreign     []*foreignKey                      // of other servers than this node lists
}

// foreignKey is a key that was made among other servers than this node lists.
type foreignKey struct {
	record *wire.KeyRecord // with all acknowledgements that were told of
	why    error
	told   []wire.NodeID // of it
}

// heldDocument is what a node told of the document key, not yet checked.
type heldDocument struct {
	from     wire.NodeID
	version  wire.SessionID // of the key that it is for, there
	document *wire.DocumentRecord
	promise  *wire.DocumentRecord
	earlier  *wire.KeyRecord // that document was stored under, as from says; or nil
}

// NewLookup begins to look for a key, and for its document key if that is wanted.
// state is what this node knows itself; if that is enough, Start ends the session.
func NewLookup(env session.Env, state *session.State, key wire.KeyID, needDocument bool) (*Lookup, error) {
	l := &Lookup{
		env: env, key: key, want: needDocument, ask: &wire.LookUp{Key: key},
		unconfirmed: make(map[wire.SessionID]*wire.KeyRecord),
	}
	own := *state
	l.state = &own
	if err := env.ReadRandom(l.ask.Nonce[:]); err != nil {
		return nil, err
	}
	l.id = l.ask.Session(env.Cluster, env.Self.ID())
	return l, nil
}

// NewLatest looks for the latest sharing of a key that this node knows, such as one that has left the key servers and would
// erase what it holds. It ends without error, too, if nobody tells of a later one.
func NewLatest(env session.Env, state *session.State, key wire.KeyID) (*Lookup, error) {
	l, err := NewLookup(env, state, key, false)
	if err == nil {
		l.last = true
	}
	return l, err
}

// ID names the session.
func (l *Lookup) ID() wire.SessionID { return l.id }

// String tells how far it is.
func (l *Lookup) String() string {
	switch {
	case l.ended:
		return "looking up: ended"
	case !l.started:
		return "looking up: idle"
	}
	return fmt.Sprintf("looking up: waiting for %d", l.awaited.Count())
}

// Record is the confirmed key; nil if none was found. It is saved by then.
func (l *Lookup) Record() *wire.KeyRecord {
	if l.state.Record == nil || !l.state.Record.Confirmed() {
		return nil
	}
	return l.state.Record
}

// Document is the certified document key; nil if none was found.
func (l *Lookup) Document() *wire.DocumentRecord { return l.state.Document }

// Unsettled are the certificates of attempts that were cut off, as far as they were
// found: verified, and none of them a key yet. See Resolution.
func (l *Lookup) Unsettled() (records []*wire.KeyRecord) {
	if l.Record() != nil {
		return nil
	}
	for _, r := range l.unconfirmed {
		records = append(records, r)
	}
	slices.SortFunc(records, func(a, b *wire.KeyRecord) int {
		x, y := a.Version(), b.Version()
		return bytes.Compare(x[:], y[:])
	})
	return records
}

// Step takes one input.
func (l *Lookup) Step(in session.Input) session.Effects {
	if c, ok := in.(session.Cancel); ok { // also after the end: what was to be saved last could not be
		return l.end(c.Err)
	}
	if l.ended {
		return session.Effects{}
	}
	switch in := in.(type) {
	case session.Start:
		return l.start()
	case session.Received:
		return l.received(in)
	case session.PeerLost:
		l.awaited.Drop(in.Node)
		return l.conclude()
	case session.Tick:
		return l.tick()
	}
	return session.Effects{}
}

// end gives what there is to save with the end.
func (l *Lookup) end(err error) session.Effects {
	l.ended = true
	eff := session.Effects{Save: l.save, Done: true, Err: err}
	l.save = nil
	for _, f := range l.foreign {
		for _, node := range f.told {
			if l.Record() == nil {
				eff.Differ = append(eff.Differ, session.Difference{Node: node, Detail: session.DetailOf(f.why)})
			}
		}
	}
	return eff
}

func (l *Lookup) start() session.Effects {
	if l.started {
		return session.Effects{}
	}
	own := l.state.Trace()
	if l.started = true; !l.env.Gap || l.state.Record != nil {
		l.tells(l.env.Self.ID(), own)
	} else { // one that forgets has no answer of its own
		l.refusal = "; this one may have forgotten what it knew"
	}
	if own != nil && !own.Confirmed() {
		l.unconfirmed[own.Version()] = own
	}
	if l.state.Promise != nil {
		l.held = append(l.held, heldDocument{from: l.env.Self.ID(), version: l.state.Promise.Version, promise: l.state.Promise})
	}
	if l.checkHeld(); l.found() {
		return l.end(nil)
	}
	eff := session.Effects{Send: l.awaited.Ask(l.env.Connected, l.id, l.ask)}
	eff.Add(l.conclude())
	return eff
}

// tells counts a node's answer, if it is one of the key servers of today. Others can tell of a key, but not that there is none.
func (l *Lookup) tells(node wire.NodeID, record *wire.KeyRecord) {
	if !l.env.Member(node) {
		return
	}
	if l.answered++; record == nil {
		l.ignorant++
	}
}

// found tells whether all that is wanted is there.
func (l *Lookup) found() bool {
	if l.last {
		// Even in the newest set a later round may have been: more than half of the members know of it.
		return l.Record() != nil && l.env.CheckNewest(&l.Record().Setup) == nil && l.answered > len(l.env.Set)/2
	}
	return l.Record() != nil && (!l.want || l.state.Document != nil)
}

func (l *Lookup) received(in session.Received) session.Effects {
	if !l.awaited.Answers(in) {
		return session.Effects{}
	}
	var eff session.Effects
	switch m := in.Msg.(type) {
	case *wire.Known:
		eff = l.learn(in.From, m)
	case *wire.Refuse: // too busy to tell, or it has forgotten; it counts as silent
		l.refusal += fmt.Sprintf("; %s: %v", in.From.Short(), m.Err())
	default:
		eff.Faults = session.Blame(in.From, fmt.Sprintf("answered a look-up with message %#x", in.Msg.Code()))
	}
	eff.Add(l.conclude())
	return eff
}

// learn takes in what a node knows. A node that tells something false has told nothing.
func (l *Lookup) learn(from wire.NodeID, m *wire.Known) (eff session.Effects) {
	if m.Record != nil && (l.Record() == nil || l.Record().Version() != m.Record.Version()) {
		if err := l.learnKey(from, m.Record); err != nil {
			return session.Effects{Faults: session.Blame(from, "false answer to a look-up: "+err.Error())}
		}
	}
	l.tells(from, m.Record)
	if l.want && (m.Document != nil || m.Promise != nil) {
		l.held = append(l.held, heldDocument{from, m.Record.Version(), m.Document, m.Promise, m.Earlier})
	}
	return l.checkHeld()
}

// learnKey takes a record over if it is confirmed. Several unconfirmed copies can make
// a confirmed one: each node has its own acknowledgement, and the rest may not have
// reached it before the initiator went down.
func (l *Lookup) learnKey(from wire.NodeID, r *wire.KeyRecord) error {
	if r.Setup.Key != l.key {
		return wire.Errorf(wire.InvalidMessage, "record of key %v", r.Setup.Key)
	}
	switch err := l.state.Accept(&l.env, r); {
	case session.Differs(err):
		return l.learnForeign(from, r, err)
	case err != nil:
		return err
	case l.Record() != nil && (!l.Record().Setup.Earlier(&r.Setup) || l.Record().Public() != r.Public() || !r.Confirmed()):
		return nil // one key of an id is enough, and its latest sharing
	}
	if known := l.unconfirmed[r.Version()]; known != nil {
		r = mergeAcks(known, r)
	}
	l.unconfirmed[r.Version()] = r
	if !r.Confirmed() {
		return nil
	}
	return l.adopt(r)
}

// learnForeign notes that a node tells of a key that was made among other servers. One that was made
// among fewer of them is taken over when more than half of the servers tell of it: an honest node among these has
// compared its servers with a list of its own.
func (l *Lookup) learnForeign(from wire.NodeID, r *wire.KeyRecord, why error) error {
	i := slices.IndexFunc(l.foreign, func(f *foreignKey) bool { return f.record.Version() == r.Version() })
	if i < 0 {
		i, l.foreign = len(l.foreign), append(l.foreign, &foreignKey{record: r, why: why})
	}
	f := l.foreign[i]
	f.record, f.told = mergeAcks(f.record, r), append(f.told, from)
	if l.Record() != nil || len(f.told) <= len(l.env.Set)/2 || !f.record.Confirmed() ||
		r.Setup.Cluster != l.env.Cluster || r.Setup.Set != nil || !session.Earlier(l.env.Set, &r.Setup) {
		return nil
	}
	return l.adopt(f.record)
}

// adopt takes a verified record over. This node's own refusal to change its key is not
// the fault of who sent it.
func (l *Lookup) adopt(r *wire.KeyRecord) error {
	batch, err := session.Activate(l.state, r)
	if err == nil {
		l.state.Apply(r)
		l.save = append(l.save, batch...)
	}
	return nil
}

// mergeAcks is a with the acknowledgements of b, or with the votes that have decided; both
// are verified and of one version.
func mergeAcks(a, b *wire.KeyRecord) *wire.KeyRecord {
	merged := *a
	if b.Decided != nil && !a.Confirmed() {
		merged.Decided = b.Decided
	}
	merged.Acks = append([]wire.IndexedSign(nil), a.Acks...)
	for _, ack := range b.Acks {
		merged.Acks = session.AddSign(merged.Acks, ack)
	}
	return &merged
}

// checkHeld checks what was told of the document key, once the key itself is there.
func (l *Lookup) checkHeld() (eff session.Effects) {
	if l.Record() == nil {
		return session.Effects{}
	}
	for _, h := range l.held {
		if l.state.Document != nil {
			break
		}
		err := l.learnDocument(h)
		if h.version != l.Record().Version() {
			continue // told of another version: it need not be one of this
		}
		if err != nil {
			eff.Add(session.BlameOrDiffer(h.from, "false answer to a look-up", err))
		}
	}
	if l.state.Document != nil {
		for _, p := range l.promises {
			eff.Faults = append(eff.Faults, twoPromises(l.env.Cluster, l.Record(), p, l.state.Document)...)
		}
		l.promises = nil
	}
	l.held = nil
	return eff
}

func (l *Lookup) learnDocument(h heldDocument) error {
	record := l.Record()
	if h.document != nil {
		batch, err := l.state.LearnDocument(&l.env, h.document, h.earlier)
		if wire.ReasonOf(err) == wire.Unavailable {
			l.unproven = true // of a version that this node knows nothing of
			return nil
		}
		l.save = append(l.save, batch...)
		return err
	}
	p := h.promise
	if p.Version != record.Version() && record.Moved != nil {
		return nil // void
	}
	if err := verify.DocumentForm(record, p); err != nil {
		return err
	}
	index := record.Setup.Index(h.from)
	if len(p.Signatures) != 1 || index == 0 || p.Signatures[0].Index != index || !verify.Promise(l.env.Cluster, record.Setup.Members, p, &p.Signatures[0]) {
		return wire.Errorf(wire.InvalidMessage, "promise of a document key without the signature of its holder")
	}
	l.collect(p)
	return nil
}

// collect puts promises of one pair together: a majority of them is a certificate, which
// the coordinator of the store had no time to make.
func (l *Lookup) collect(p *wire.DocumentRecord) {
	for _, have := range l.promises {
		if have.SamePair(p) {
			have.Signatures = session.AddSign(have.Signatures, p.Signatures[0])
			if len(have.Signatures) >= storeMajority(l.Record()) {
				l.keepDocument(have)
			}
			return
		}
	}
	first := *p
	first.Signatures = append([]wire.IndexedSign(nil), p.Signatures...)
	l.promises = append(l.promises, &first)
	if len(first.Signatures) >= storeMajority(l.Record()) {
		l.keepDocument(&first)
	}
}

func (l *Lookup) keepDocument(d *wire.DocumentRecord) {
	l.state.Document = d
	l.save = append(l.save, session.DocumentRecord(d))
}

func (l *Lookup) tick() session.Effects {
	l.ticks++
	return l.conclude()
}

// conclude ends the session when nothing more is needed or to be expected.
func (l *Lookup) conclude() session.Effects {
	switch {
	case !l.started:
		return session.Effects{}
	case l.found():
		return l.end(nil)
	case l.awaited.Count() == 0 || l.ticks >= lookupDeadline:
		return l.end(l.missing())
	case !l.last && l.ticks >= lookupPatience && l.unknown():
		return l.end(l.missing())
	}
	return session.Effects{}
}

// unknown tells whether more than half of the servers know nothing of what is sought, and nobody has a trace of it.
func (l *Lookup) unknown() bool {
	if l.Record() == nil {
		return l.ignorant > len(l.env.Set)/2 && !l.traces()
	}
	return l.answered > len(l.env.Set)/2 && !l.traces()
}

// traces tells whether something was heard of what is sought, short of a proof.
func (l *Lookup) traces() bool {
	if l.Record() == nil {
		return len(l.unconfirmed) > 0 || l.state.Attempt != nil
	}
	return len(l.promises) > 0 || l.unproven
}

// missing is the answer without a find. More than half of the servers must have said so,
// since what exists is known to more than half; and a trace is no proof that nothing exists,
// unless all nodes have spoken.
func (l *Lookup) missing() error {
	if l.last {
		return nil
	}
	var (
		moreThanHalf = l.answered > len(l.env.Set)/2
		all          = l.answered >= len(l.env.Set)
	)
	switch {
	case !moreThanHalf && (len(l.foreign) == 0 || l.Record() != nil):
		return wire.Errorf(wire.Unavailable, "%d of %d key servers answered about key %v%s", l.answered, len(l.env.Set), l.key, l.refusal)
	case l.Record() == nil && l.traces():
		return wire.Errorf(wire.Unavailable, "key %v is being generated, or its generation was cut off", l.key)
	case l.Record() == nil && l.unknown():
		return wire.Errorf(wire.KeyNotFound, "%v%s", l.key, l.elsewhere())
	case l.Record() == nil:
		return wire.Errorf(wire.NotMember, "key %v%s", l.key, l.elsewhere())
	case l.unproven:
		return wire.Errorf(wire.Unavailable, "the document key of %v was stored under a version of which nothing is known here", l.key)
	case l.traces() && !all:
		return wire.Errorf(wire.Unavailable, "the document key of %v is promised by some holders; too few answered", l.key)
	}
	return wire.Errorf(wire.DocumentNotFound, "for key %v", l.key)
}

// elsewhere says who holds a key of this id that this node can't use.
func (l *Lookup) elsewhere() (text string) {
	for _, f := range l.foreign {
		what := "is of other key servers than this one lists"
		if set := f.record.Setup.Set; set != nil && l.env.Sets.At(set.Epoch) == nil {
			what = fmt.Sprintf("is of server set %d, of which this key server has not heard yet", set.Epoch)
		} else if session.Earlier(l.env.Set, &f.record.Setup) {
			what = "is older than this key server, or than its list"
		}
		var names []string
		for _, node := range f.told {
			names = append(names, node.Address().Hex())
		}
		text += fmt.Sprintf(" %s (%s); ask %s", what, session.DetailOf(f.why), strings.Join(names, " or "))
	}
	return text
}

package gathering

import (
	"fmt"
	"slices"

	"github.com/geth-ss/geth-ss/protocol/ecies"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Batch is the coordinator of retrieving several document keys of one wallet's request, in
// one message to each of t others. It is the fast path and decides no doubtful case: a key
// that it has no release of, because somebody says no, knows less or is too slow, is to be
// retrieved alone, with Retrieval's care.
//
//	own oracle: block, and a verdict about each key
//	     │
//	attempt with a set of t+1 ──── one is gone, silent or caught ───► attempt without it
//	     │
//	the keys with all parts are released
type Batch struct {
	env       session.Env
	proof     wire.Proof
	requester *wire.Requester
	items     []*batchItem
	need      int
	members   []wire.NodeID
	self      uint32   // own share index; 0 without shares
	rank      []uint32 // who can be asked, the best first; the own one leads
	id        wire.SessionID

	asking  bool
	block   wire.BlockRef
	gone    map[uint32]bool
	attempt *batchAttempt
	ticks   int
	ended   bool
}

type batchItem struct {
	record   *wire.KeyRecord
	document *wire.DocumentRecord
	pair     *threshold.Ciphertext
	share    *session.Share
	granted  bool
	release  *wire.Release
}

type batchAttempt struct {
	id      wire.SessionID
	ask     *wire.RetrieveMany
	items   []*batchItem
	quorums []*threshold.Quorum
	parts   [][]*part // by item, in the order of the set
	owing   map[uint32]bool
	begun   int
}

// Batchable tells whether two keys can be in one batch.
func Batchable(a, b *wire.KeyRecord) bool {
	return a.Setup.Threshold == b.Setup.Threshold && slices.Equal(a.Setup.Members, b.Setup.Members)
}

// NewBatch begins to retrieve the document keys of up to wire.MaxBatch different keys, any
// two of which are Batchable. Each state has a confirmed record and a document that have
// been verified. It fails at once with BadRequester or Policy.
func NewBatch(env session.Env, states []*session.State, proof wire.Proof) (*Batch, error) {
	setup := &states[0].Record.Setup
	b := &Batch{env: env, proof: proof, need: int(setup.Threshold) + 1, members: setup.Members, gone: make(map[uint32]bool)}
	holds := true
	for _, s := range states {
		pair, err := verify.ParsePair(&s.Document.Common, &s.Document.Encrypted)
		if err != nil {
			return nil, err
		}
		holds = holds && s.Share != nil && s.Usable(s.Record.Version())
		b.items = append(b.items, &batchItem{record: s.Record, document: s.Document, pair: pair, share: s.Share})
	}
	requester, err := session.OpenBatch(&env, b.message(b.items))
	if err != nil {
		return nil, err
	}
	b.requester = requester
	if b.self = setup.Index(env.Self.ID()); b.self != 0 && holds {
		b.rank = append(b.rank, b.self)
	} else {
		b.self = 0
	}
	for _, node := range env.Holders(setup) {
		b.rank = append(b.rank, setup.Index(node))
	}
	var nonce [32]byte
	if err := env.ReadRandom(nonce[:]); err != nil {
		return nil, err
	}
	b.id = wire.SessionID(wire.Digest("retrievals-session/1", nonce[:]))
	return b, nil
}

// message is a request for these items, without set, block and nonce.
func (b *Batch) message(items []*batchItem) *wire.RetrieveMany {
	m := &wire.RetrieveMany{Proof: b.proof}
	for _, it := range items {
		m.Keys = append(m.Keys, wire.BatchKey{Key: it.record.Setup.Key, Version: it.record.Version(),
			Common: it.document.Common, Encrypted: it.document.Encrypted})
	}
	return m
}

// ID names the session. Its attempts have ids of their own.
func (b *Batch) ID() wire.SessionID { return b.id }

// Releases are the answers, in the order of the states; nil for a key that is to be
// retrieved alone.
func (b *Batch) Releases() []*wire.Release {
	out := make([]*wire.Release, len(b.items))
	for i, it := range b.items {
		out[i] = it.release
	}
	return out
}

// String tells the stage.
func (b *Batch) String() string {
	switch {
	case b.ended:
		return "retrieving many: ended"
	case b.attempt != nil:
		return fmt.Sprintf("retrieving many: %d keys at block %d, %d owe an answer", len(b.attempt.items), b.block.Number, len(b.attempt.owing))
	case b.asking:
		return "retrieving many: asking the own chain"
	}
	return "retrieving many: idle"
}

// Step takes one input.
func (b *Batch) Step(in session.Input) session.Effects {
	if b.ended {
		return session.Effects{}
	}
	switch in := in.(type) {
	case session.Cancel:
		return b.end(session.Effects{}, in.Err)
	case session.Start:
		return b.start()
	case session.Verdict:
		if b.asking {
			return b.verdict(in)
		}
	case session.Received:
		return b.received(in)
	case session.PeerLost:
		return b.without(slices.Index(b.members, in.Node)+1, session.Effects{})
	case session.Tick:
		return b.tick()
	}
	return session.Effects{}
}

func (b *Batch) start() session.Effects {
	b.asking = true
	q := &session.Question{Requester: b.requester.Address, Check: b.requester.Check}
	for _, it := range b.items {
		q.Keys = append(q.Keys, it.record.Setup.Key)
	}
	q.Key = q.Keys[0]
	return session.Effects{Ask: q}
}

func (b *Batch) verdict(v session.Verdict) session.Effects {
	b.asking = false
	if len(v.Each) == len(b.items) {
		b.block = v.Block
		for i, it := range b.items {
			it.granted = v.Each[i].Answer == session.Granted && session.CheckReader(b.requester, it.record) == nil
		}
	}
	return b.begin(session.Effects{})
}

// begin asks the best set for what is still to be had.
func (b *Batch) begin(eff session.Effects) session.Effects {
	var items []*batchItem
	for _, it := range b.items {
		if it.granted && it.release == nil {
			items = append(items, it)
		}
	}
	set := b.choose()
	if len(items) == 0 || len(set) < b.need {
		return b.end(eff, nil)
	}
	ask := b.message(items)
	ask.Block, ask.Set = b.block, set
	if err := b.env.ReadRandom(ask.Nonce[:]); err != nil {
		return b.end(eff, err)
	}
	a := &batchAttempt{id: ask.Session(b.env.Cluster, b.env.Self.ID()), ask: ask, items: items, owing: make(map[uint32]bool), begun: b.ticks}
	for _, it := range items {
		quorum, err := b.env.Quorum(it.record, set, 0)
		if err != nil {
			return b.end(eff, wire.Errorf(wire.Internal, "choosing a set: %v", err))
		}
		a.quorums, a.parts = append(a.quorums, quorum), append(a.parts, make([]*part, len(set)))
	}
	for _, index := range set {
		if index != b.self {
			a.owing[index] = true
			eff.Send = append(eff.Send, wire.Envelope{To: b.members[index-1], Session: a.id, Msg: ask})
		}
	}
	b.attempt = a
	return b.advance(eff)
}

// choose gives the t+1 best that are left, or fewer.
func (b *Batch) choose() (set []uint32) {
	for _, index := range b.rank {
		if len(set) < b.need && !b.gone[index] {
			set = append(set, index)
		}
	}
	slices.Sort(set)
	return set
}

func (b *Batch) received(in session.Received) session.Effects {
	index := uint32(slices.Index(b.members, in.From) + 1)
	a := b.attempt
	if a == nil || in.Session != a.id || !a.owing[index] {
		return session.Effects{}
	}
	switch m := in.Msg.(type) {
	case *wire.Partials:
		if len(m.Parts) == len(a.items) {
			return b.partials(index, m)
		}
	case *wire.Refuse:
		return b.without(int(index), session.Effects{})
	}
	return b.without(int(index), session.Effects{Faults: session.Blame(in.From, fmt.Sprintf("answered a batch wrongly with message %#x", in.Msg.Code()))})
}

// partials counts what a holder gives, once it is proven.
func (b *Batch) partials(index uint32, m *wire.Partials) session.Effects {
	a, node := b.attempt, b.members[index-1]
	at, _ := slices.BinarySearch(a.ask.Set, index)
	for i, it := range a.items {
		p := m.Parts[i].Part
		if p == nil {
			continue // retrieved alone
		}
		terms := a.ask.Terms(i, b.env.Self.ID())
		id := terms.Session(b.env.Cluster, it.record.Setup.Key, it.record.Version())
		if !node.Signed(p.Digest(id, index), &p.Signature) {
			return b.without(int(index), session.Effects{Faults: session.Blame(node, "partial with a false signature")})
		}
		receipt := receiptFor(&b.env, b.requester, it.record.Version(), it.record.Setup.Key, b.block)
		if !verify.Receipt(node, receipt, &p.Receipt) {
			return b.without(int(index), session.Effects{Faults: session.Blame(node, "partial without a receipt")})
		}
		partial, err := verify.Part(a.quorums[i], id, index, it.pair.Common, true, p)
		if err != nil {
			f := session.Fault{Node: node, Detail: "gave a wrong part of a decryption: " + err.Error(), Evidence: wrongPartial(it.record, terms, index, p)}
			return b.without(int(index), session.Effects{Faults: []session.Fault{f}})
		}
		a.parts[i][at] = partOf(partial, p)
	}
	delete(a.owing, index)
	return b.advance(session.Effects{})
}

// without goes on without a member: what it was to give is asked of others.
func (b *Batch) without(index int, eff session.Effects) session.Effects {
	b.gone[uint32(index)] = true
	a := b.attempt
	if a == nil || !a.owing[uint32(index)] {
		return eff
	}
	return b.begin(b.dismiss(eff))
}

// tick does without those that are slow.
func (b *Batch) tick() session.Effects {
	if b.ticks++; b.ticks >= retrieveDeadline {
		return b.end(session.Effects{}, nil)
	}
	a := b.attempt
	if a == nil || b.ticks-a.begun < hedgeTicks {
		return session.Effects{}
	}
	for index := range a.owing {
		b.gone[index] = true
	}
	return b.begin(b.dismiss(session.Effects{}))
}

// advance releases when all have answered.
func (b *Batch) advance(eff session.Effects) session.Effects {
	if len(b.attempt.owing) > 0 {
		return eff
	}
	if err := b.finish(); err != nil {
		return b.end(eff, wire.Errorf(wire.Internal, "making the own partials: %v", err))
	}
	return b.end(eff, nil)
}

// finish makes the own parts, and the answers for the keys that have all.
func (b *Batch) finish() error {
	a := b.attempt
	sealer, err := newSealer(&b.env, b.requester)
	if err != nil {
		return err
	}
	defer sealer.Erase()
	own, mine := slices.BinarySearch(a.ask.Set, b.self)
	for i, it := range a.items {
		missing := slices.Index(a.parts[i], nil)
		if mine && missing == own && slices.Index(a.parts[i][own+1:], nil) < 0 {
			if a.parts[i][own], err = batchPart(&b.env, a.ask, i, b.env.Self.ID(), it.record, it.share, b.requester, sealer); err != nil {
				return err
			}
			missing = -1
		}
		if missing < 0 {
			it.release = releaseOf(&b.env, it.record, a.ask.Terms(i, b.env.Self.ID()), b.requester, b.block, a.parts[i])
		}
	}
	return nil
}

// batchPart makes the own part of one key of a batch, signed.
func batchPart(env *session.Env, ask *wire.RetrieveMany, i int, coordinator wire.NodeID, key *wire.KeyRecord, share *session.Share, requester *wire.Requester, sealer *ecies.Sealer) (*part, error) {
	k := &ask.Keys[i]
	terms := ask.Terms(i, coordinator)
	id := terms.Session(env.Cluster, k.Key, k.Version)
	quorum, err := env.Quorum(key, ask.Set, share.Index)
	if err != nil {
		return nil, err
	}
	pair, err := verify.ParsePair(&k.Common, &k.Encrypted)
	if err != nil {
		return nil, err
	}
	p, err := makePart(env, quorum, id, share, pair.Common, sealer)
	if err != nil {
		return nil, err
	}
	p.sign(env.Self, id, share.Index, receiptFor(env, requester, k.Version, k.Key, ask.Block))
	return p, nil
}

// dismiss tells those who still owe an answer that it is no longer wanted.
func (b *Batch) dismiss(eff session.Effects) session.Effects {
	if b.attempt == nil {
		return eff
	}
	for _, index := range b.attempt.ask.Set {
		if b.attempt.owing[index] {
			eff.Send = append(eff.Send, wire.Envelope{To: b.members[index-1], Session: b.attempt.id, Msg: &wire.Refuse{Reason: wire.Cancelled}})
		}
	}
	b.attempt = nil
	return eff
}

func (b *Batch) end(eff session.Effects, err error) session.Effects {
	eff = b.dismiss(eff)
	b.ended = true
	eff.Done, eff.Err = true, err
	return eff
}

package documents

import (
	"fmt"
	"slices"

	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// storePhase is how far a storing is.
type storePhase uint8

const (
	// storeIdle: not started. Next: storePromises, storeEnded.
	storeIdle storePhase = iota
	// storePromises: holders are asked to promise the pair. A majority of promises is the
	// certificate. Next: storeCertified, storeEnded.
	storePromises
	// storeCertified: the certificate is on disk here and on its way to all holders; t+1
	// must acknowledge. Next: storeEnded.
	storeCertified
	// storeEnded: nothing more will come.
	storeEnded
)

func (p storePhase) String() string {
	return [...]string{"idle", "collecting promises", "spreading the certificate", "ended"}[p]
}

// holderState is what the coordinator knows of one holder.
type holderState uint8

const (
	holderAway    holderState = iota // not connected, or lost, or refused for a passing reason
	holderAsked                      // owes an answer
	holderSigned                     // its promise is counted
	holderTaken                      // has promised another pair
	holderRefused                    // will not, whatever we do
	holderAcked                      // has the certificate on disk
)

// Storing is the coordinator of storing a document key: it collects the promises of a
// majority of holders to a certificate, and sees t+1 of them keep it. It need not be a
// holder itself.
//
// A pair that is certified already is DocumentExists, also for the same pair, as in
// Parity; a pair that was only promised, by a store that did not come to its end, is
// completed by storing it again. With a pair that is certified the error is a *wire.Exists,
// which shows it: the client may know it for its own.
type Storing struct {
	env     session.Env
	state   *session.State // what this node knows of the key
	record  *wire.KeyRecord
	promise *wire.DocumentRecord // what this node signed before; nil if nothing
	forgets bool                 // it may have signed what it does not remember
	ask     *wire.Store
	doc     *wire.DocumentRecord
	id      wire.SessionID
	self    uint32 // own share index; 0: not a holder

	phase    storePhase
	holders  []holderState // by index - 1
	supplied []bool
	refusal  *wire.Error // the last one, for the answer
	followed int         // how often it went on under a later version of the key
	saving   bool        // the last step has saved a later version
	ticks    int
}

// NewStoring begins to store a pair for the key of record, which is confirmed and has
// passed verify.Record. It fails at once with NotAuthor, Cryptographic, DocumentExists,
// BadRequester or Policy.
func NewStoring(env session.Env, state *session.State, record *wire.KeyRecord, proof wire.Proof, common, encrypted wire.Point) (*Storing, error) {
	ask := &wire.Store{Key: record.Setup.Key, Version: record.Version(), Common: common, Encrypted: encrypted, Proof: proof}
	if err := checkStore(&env, record, ask); err != nil {
		return nil, err
	}
	if _, err := verify.ParsePair(&common, &encrypted); err != nil {
		return nil, err
	}
	s := &Storing{env: env, ask: ask}
	if err := s.under(state, record); err != nil {
		return nil, err
	}
	return s, nil
}

// under has the pair stored under this version of the key.
func (s *Storing) under(state *session.State, record *wire.KeyRecord) error {
	if state.Document != nil {
		return errStored(state, record, state.Document)
	}
	if err := checkOpen(state, record); wire.ReasonOf(err) == wire.Unavailable { // one that exists others may show
		return err
	}
	ask := *s.ask
	ask.Version = record.Version()
	if err := s.env.ReadRandom(ask.Nonce[:]); err != nil {
		return err
	}
	m := len(record.Setup.Members)
	s.state, s.record, s.ask, s.doc, s.refusal = state, record, &ask, ask.Record(), nil
	s.promise = promised(state, ask.Version)
	s.forgets = s.promise == nil && !state.Remembers(&s.env, ask.Version)
	s.id, s.self = ask.Session(s.env.Cluster, s.env.Self.ID()), record.Setup.Index(s.env.Self.ID())
	s.holders, s.supplied = make([]holderState, m), make([]bool, m)
	return nil
}

// superseded goes on under the later version of the key that a holder has answered with, if no pair is certified yet.
func (s *Storing) superseded(from wire.NodeID, index uint32, m *wire.Superseded) session.Effects {
	if s.phase != storePromises || s.holders[index-1] != holderAsked {
		return session.Effects{}
	}
	if s.followed >= session.MaxFollowed {
		return s.refused(index, wire.Errorf(wire.Unavailable, "the key was dealt anew %d times meanwhile; retry", session.MaxFollowed))
	}
	state, save, err := session.Follow(&s.env, s.record, m)
	switch {
	case session.Differs(err) || wire.ReasonOf(err) == wire.InvalidMessage || wire.ReasonOf(err) == wire.Cryptographic:
		return s.without(index, session.BlameOrDiffer(from, "storing: answered with a later version", err))
	case err != nil:
		return s.end(session.Effects{}, err)
	}
	s.saving = len(save) > 0
	return s.follow(state, session.Effects{Save: save})
}

// follow begins anew under the version of a state. Promises under the one before are of no use.
func (s *Storing) follow(state *session.State, eff session.Effects) session.Effects {
	s.followed++
	for i, h := range s.holders {
		if h == holderAsked {
			eff.Send = append(eff.Send, wire.Envelope{To: s.record.Setup.Members[i], Session: s.id, Msg: &wire.Refuse{Reason: wire.Cancelled}})
		}
	}
	if err := s.under(state, state.Record); err != nil {
		return s.end(eff, err)
	}
	s.phase = storeIdle
	eff.Add(s.start())
	return eff
}

// unsaved goes on after a later version could not be saved because another session had learnt of it in the same moment.
func (s *Storing) unsaved(c session.Cancel) (eff session.Effects, ok bool) {
	if !s.saving || wire.ReasonOf(c.Err) != wire.Busy {
		return eff, false
	}
	state, err := s.env.Load(s.record.Setup.Key)
	if err != nil || !state.Usable(s.record.Version()) && !state.Supersedes(s.record) {
		return eff, false
	}
	s.saving = false
	return s.follow(state, eff), true
}

// ID names the session.
func (s *Storing) ID() wire.SessionID { return s.id }

// String tells the phase.
func (s *Storing) String() string { return "storing: " + s.phase.String() }

// Document is the certified pair; nil before there is one.
func (s *Storing) Document() *wire.DocumentRecord {
	if s.phase < storeCertified || len(s.doc.Signatures) < storeMajority(s.record) {
		return nil
	}
	return s.doc
}

// Stored shows that the pair is certified; nil before it is.
func (s *Storing) Stored() *wire.Stored {
	if d := s.Document(); d != nil {
		return storedAs(s.state, s.record, d)
	}
	return nil
}

// Step takes one input.
func (s *Storing) Step(in session.Input) session.Effects {
	if c, ok := in.(session.Cancel); ok { // also after the end: what was to be saved last could not be
		if eff, ok := s.unsaved(c); ok {
			return eff
		}
		return s.end(session.Effects{}, c.Err)
	}
	s.saving = false
	if s.phase == storeEnded {
		return session.Effects{}
	}
	switch in := in.(type) {
	case session.Start:
		return s.start()
	case session.Received:
		return s.received(in)
	case session.PeerLost:
		return s.lost(in.Node)
	case session.Tick:
		return s.tick()
	}
	return session.Effects{}
}

func (s *Storing) end(eff session.Effects, err error) session.Effects {
	s.phase = storeEnded
	eff.Done, eff.Err = true, err
	return eff
}

// start promises the pair itself and asks the other holders.
func (s *Storing) start() session.Effects {
	if s.phase != storeIdle {
		return session.Effects{}
	}
	s.phase = storePromises
	others := s.env.Holders(&s.record.Setup)
	for _, node := range others {
		s.holders[s.record.Setup.Index(node)-1] = holderAsked
	}
	eff := session.Effects{Send: session.ToAll(others, s.id, s.ask)}
	if s.self != 0 {
		eff.Save = s.promiseOwn()
	}
	if s.reachable() < storeMajority(s.record) { // ask nobody for a promise that leads nowhere
		return s.failure(session.Effects{})
	}
	return s.progress(eff)
}

// promiseOwn signs as a holder, unless this node has promised another pair.
func (s *Storing) promiseOwn() []wire.Record {
	if s.forgets {
		s.holders[s.self-1], s.refusal = holderAway, session.ErrForgotten(&s.env, s.ask.Key)
		return nil
	}
	if s.promise != nil && !s.promise.SamePair(s.doc) || checkOpen(s.state, s.record) != nil {
		s.holders[s.self-1] = holderTaken
		return nil
	}
	signed, save, err := promisePair(s.env, s.state, s.doc, s.self)
	if err != nil {
		s.holders[s.self-1], s.refusal = holderAway, wire.Errorf(wire.ReasonOf(err), "%s", session.DetailOf(err))
		return nil
	}
	s.holders[s.self-1] = holderSigned
	s.doc.Signatures = session.AddSign(s.doc.Signatures, signed.Signatures[0])
	return save
}

// promisePair signs a pair as the holder with this index, and gives the records that
// make the promise last. Create: of two sessions with different pairs one fails. So it does where the promise takes the place
// of one that was given under an earlier version. It fails with Unavailable while the key is dealt anew.
func promisePair(env session.Env, state *session.State, pair *wire.DocumentRecord, index uint32) (*wire.DocumentRecord, []wire.Record, error) {
	save, err := state.Promising(pair.Version, pair.PairHash(env.Cluster))
	if err != nil {
		return nil, nil, err
	}
	signed := *pair
	signed.Signatures = []wire.IndexedSign{{Index: index, Signature: env.Self.Sign(wire.StoreDigest(env.Cluster, pair))}}
	promise := wire.NewRecord(wire.Create, wire.RecordPromise, pair.Key, wire.SessionID{}, &signed)
	if void := state.Promise; void != nil && promised(state, pair.Version) == nil {
		promise.Op = wire.Put
		save = append(save, wire.NewRecord(wire.Expect, wire.RecordPromise, pair.Key, wire.SessionID{}, void))
	}
	return &signed, append(save, promise), nil
}

// count tells how many holders are in one of the given states.
func (s *Storing) count(states ...holderState) (n int) {
	for _, h := range s.holders {
		if slices.Contains(states, h) {
			n++
		}
	}
	return n
}

// reachable is how many promises there can still be.
func (s *Storing) reachable() int { return s.count(holderAsked, holderSigned) }

// received takes a holder's message.
func (s *Storing) received(in session.Received) session.Effects {
	index := s.record.Setup.Index(in.From)
	if index == 0 || index == s.self || in.Session != s.id {
		return session.Effects{}
	}
	switch m := in.Msg.(type) {
	case *wire.StorePromise:
		return s.promised(in.From, index, m)
	case *wire.StoreExists:
		return s.exists(in.From, m)
	case *wire.StoreAck:
		return s.acked(index)
	case *wire.Need:
		return s.supply(in.From, index)
	case *wire.Superseded:
		return s.superseded(in.From, index, m)
	case *wire.Refuse:
		return s.refused(index, m.Err())
	}
	return s.without(index, session.Effects{Faults: session.Blame(in.From, fmt.Sprintf("sent message %#x to the coordinator of a storing", in.Msg.Code()))})
}

func (s *Storing) promised(from wire.NodeID, index uint32, m *wire.StorePromise) session.Effects {
	if s.phase != storePromises || s.holders[index-1] != holderAsked {
		return session.Effects{}
	}
	sign := wire.IndexedSign{Index: index, Signature: m.Signature}
	if !verify.Promise(s.env.Cluster, s.record.Setup.Members, s.doc, &sign) {
		return s.without(index, session.Effects{Faults: session.Blame(from, "bad signature on a document key")})
	}
	s.holders[index-1] = holderSigned
	s.doc.Signatures = session.AddSign(s.doc.Signatures, sign)
	return s.progress(session.Effects{})
}

// progress goes on to the certificate when there is a majority, and gives up when there
// can't be one.
func (s *Storing) progress(eff session.Effects) session.Effects {
	switch majority := storeMajority(s.record); {
	case s.phase != storePromises:
		return eff
	case len(s.doc.Signatures) >= majority:
		return s.certify(eff)
	case s.reachable() < majority:
		return s.failure(eff)
	}
	return eff
}

// certify keeps the certificate and sends it to all holders that can be reached.
func (s *Storing) certify(eff session.Effects) session.Effects {
	s.phase = storeCertified
	eff.Save = append(eff.Save, session.DocumentRecord(s.doc))
	eff.Send = append(eff.Send, s.spread()...)
	if s.self != 0 {
		s.holders[s.self-1] = holderAcked
	}
	return s.settle(eff)
}

func (s *Storing) spread() []wire.Envelope {
	return session.ToAll(s.env.Holders(&s.record.Setup), s.id, &wire.StoreCertificate{Document: *s.doc})
}

func (s *Storing) acked(index uint32) session.Effects {
	if s.phase != storeCertified {
		return session.Effects{}
	}
	s.holders[index-1] = holderAcked
	return s.settle(session.Effects{})
}

// settle ends the session when t+1 holders keep the certificate.
func (s *Storing) settle(eff session.Effects) session.Effects {
	if s.count(holderAcked) > int(s.record.Setup.Threshold) {
		return s.end(eff, nil)
	}
	return eff
}

// exists takes a proof that some pair is certified already: kept, passed on, and the
// answer to the client.
func (s *Storing) exists(from wire.NodeID, m *wire.StoreExists) session.Effects {
	if s.phase != storePromises {
		return session.Effects{}
	}
	switch err := s.state.CheckDocument(&s.env, &m.Document, nil); {
	case wire.ReasonOf(err) == wire.Unavailable: // of a version that this node has forgotten
		return s.refused(s.record.Setup.Index(from), wire.Errorf(wire.DocumentExists, "%s", session.DetailOf(err)))
	case err != nil:
		return s.without(s.record.Setup.Index(from), session.BlameOrDiffer(from, "false proof of a document key", err))
	}
	faults := twoPromises(s.env.Cluster, s.record, s.doc, &m.Document)
	s.doc = &m.Document
	eff := session.Effects{Save: []wire.Record{session.DocumentRecord(s.doc)}, Send: s.spread(), Faults: faults}
	return s.end(eff, errStored(s.state, s.record, s.doc))
}

// supply sends the key record to a holder that missed it, once.
func (s *Storing) supply(to wire.NodeID, index uint32) session.Effects {
	if s.supplied[index-1] {
		return session.Effects{}
	}
	s.supplied[index-1] = true
	return session.Effects{Send: []wire.Envelope{{To: to, Session: s.id, Msg: &wire.Supply{Record: s.record}}}}
}

func (s *Storing) refused(index uint32, why *wire.Error) session.Effects {
	if s.holders[index-1] != holderAsked {
		return session.Effects{}
	}
	s.refusal = why
	switch why.Reason {
	case wire.DocumentExists:
		s.holders[index-1] = holderTaken
	case wire.Policy, wire.KeyNotFound, wire.NotAuthor, wire.BadRequester, wire.Cryptographic, wire.NotMember:
		s.holders[index-1] = holderRefused
	default:
		s.holders[index-1] = holderAway
	}
	return s.progress(session.Effects{})
}

func (s *Storing) lost(node wire.NodeID) session.Effects {
	index := s.record.Setup.Index(node)
	if index == 0 || s.holders[index-1] != holderAsked {
		return session.Effects{}
	}
	s.holders[index-1] = holderAway
	return s.progress(session.Effects{})
}

// without goes on without a holder, for what it did.
func (s *Storing) without(index uint32, did session.Effects) session.Effects {
	if s.holders[index-1] == holderAsked {
		s.holders[index-1] = holderRefused
	}
	return s.progress(did)
}

func (s *Storing) tick() session.Effects {
	s.ticks++
	switch {
	case s.phase == storePromises && s.ticks >= promiseDeadline:
		return s.end(session.Effects{}, wire.Errorf(wire.Timeout, "%d of the %d holders needed have promised the document key; store it again",
			len(s.doc.Signatures), storeMajority(s.record)))
	case s.phase == storeCertified && s.ticks >= storeDeadline:
		return s.end(session.Effects{}, wire.Errorf(wire.Timeout, "the document key is certified, but only %d of the %d holders wanted confirmed to keep it",
			s.count(holderAcked), s.record.Setup.Threshold+1))
	}
	return session.Effects{}
}

// failure says why there can be no majority. What a retry can cure is told apart from
// what it can't: only holders that are bound to another pair, or that refuse for good,
// end in an answer that stays.
func (s *Storing) failure(eff session.Effects) session.Effects {
	m, majority := len(s.holders), storeMajority(s.record)
	switch {
	case s.count(holderTaken) > 0 && m-s.count(holderTaken, holderRefused) < majority:
		return s.end(eff, wire.Errorf(wire.DocumentExists, "another document key is promised for key %v", s.record.Setup.Key))
	case s.refusal != nil && m-s.count(holderRefused) < majority:
		return s.end(eff, s.refusal)
	}
	return s.end(eff, wire.Errorf(wire.Disconnected, "%d of the %d holders needed can be reached", s.reachable(), majority))
}

package generation

import (
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/dealing"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// phase is where a member stands in an attempt. It only grows.
type phase uint8

const (
	// committing: the own polynomial is fixed, its hash is sent, and the own one-time key.
	// Waits for those of all: so nobody's dealing depends on another's, and one knows what to
	// seal to.
	committing phase = iota
	// revealing: the own dealing is sent, once. Waits for all dealings and checks them; in a
	// redistribution also for what the certificate will say of the document key. A dealer that
	// is no member goes no further.
	revealing
	// certifying: every share was right. The promise is on disk and the signature on
	// the transcript is sent. From here on only the set as a whole can say what
	// becomes of the attempt.
	certifying
	// certified: all signatures are here, the share is active. Waits for a majority to
	// say the same.
	certified
)

func (p phase) String() string {
	return [...]string{"committing", "revealing", "certifying", "certified"}[p]
}

// run is one member's part in the three rounds of one attempt (docs/protocol.md section 8). It is
// no machine: initiator and members drive it, and decide what silence, guilt and
// failure mean.
//
// In a generation all members deal. In a redistribution the dealers are those that the set-up names, members or not.
// Members commit, complain, certify and acknowledge, by their own index; dealers reveal, by their place among the dealers.
//
// What members sign is believed by its signature, whoever delivers it. The first
// message per round and signer counts, a different second one convicts the signer.
type run struct {
	env   session.Env
	state *session.State
	setup *wire.Setup
	terms wire.Terms // of setup
	sid   wire.SessionID
	deals *dealing.Terms
	self  uint32 // own index; 0 for a dealer that is no member
	deal  uint32 // own place among the dealers, from 1 on; 0 for a member that deals nothing

	dealers []wire.NodeID   // in their order
	parties []wire.NodeID   // members and dealers
	settled *wire.PairState // what the certificate of a redistribution says of the document key

	phase phase
	idle  int // ticks since the phase began

	hand *dealing.Hand         // what is dealt; erased by the own reveal. Nil if nothing is
	once *threshold.OneTimeKey // what is dealt to this member is sealed to; erased when that is opened, and by drop. Nil of no member

	commits    []*wire.Commit // by the member's position
	certifies  []*wire.Certify
	complaints []*wire.Complaint
	acks       []*wire.Ack
	checked    []bool // whose acknowledgement holds
	judged     []bool // whose complaint is decided
	helped     []bool // was given the certificate
	apart      []bool // its transcript is not ours; told the others what we saw

	reveals  []*wire.Reveal     // by the dealer's position
	dealings []*dealing.Checked // accepted
	odd      []bool             // its signed view of round 1 is not ours; told the others

	view      common.Hash
	record    *wire.KeyRecord // complete when certified
	confirmed bool
	guilty    []wire.NodeID // convicted, with proof that convinces all
	failed    *wire.Error   // can't go on, and nobody is to blame

	out session.Effects
}

// newRun draws what this node deals and what it is dealt to under. The set-up has been checked, and this node is a
// member, or a dealer. Whoever lets go of a run drops it.
func newRun(env session.Env, state *session.State, setup *wire.Setup) (*run, error) {
	r := &run{env: env, state: state, setup: setup, terms: setup.Terms(), sid: setup.Session(), self: setup.Index(env.Self.ID())}
	r.deals = dealing.OfKey(&r.terms)
	r.dealers, r.parties = r.deals.Dealers(), r.terms.Parties()
	r.deal = uint32(slices.Index(r.dealers, env.Self.ID()) + 1)
	n, d := len(setup.Members), len(r.dealers)
	r.commits, r.certifies, r.complaints, r.acks = make([]*wire.Commit, n), make([]*wire.Certify, n), make([]*wire.Complaint, n), make([]*wire.Ack, n)
	r.judged, r.checked, r.helped, r.apart = make([]bool, n), make([]bool, n), make([]bool, n), make([]bool, n)
	r.reveals, r.dealings, r.odd = make([]*wire.Reveal, d), make([]*dealing.Checked, d), make([]bool, d)
	if err := r.deals.CheckKeys(); err != nil {
		return nil, wire.Errorf(wire.InvalidMessage, "%v", err)
	}
	if r.deal != 0 && setup.Move != nil && (state.ParentShare == nil || state.ParentShare.Index != setup.Move.Dealers[r.deal-1].Index) {
		return nil, wire.Errorf(wire.Unavailable, "%s holds no share of the sharing that is dealt anew", env.Self.ID().Short())
	}
	if err := r.draw(); err != nil {
		r.drop()
		return nil, wire.Errorf(wire.Internal, "dealing: %v", err)
	}
	return r, nil
}

// draw makes the secrets of the attempt.
func (r *run) draw() (err error) {
	switch at := int(r.deal) - 1; {
	case at >= 0 && r.setup.Move != nil:
		r.hand, err = r.deals.DrawShare(r.env.Rand, at, r.state.ParentShare.Value)
	case at >= 0:
		r.hand, err = r.deals.Draw(r.env.Rand, at)
	}
	if err == nil && r.self != 0 {
		r.once, err = threshold.NewOneTimeKey(r.env.Rand, r.sid, r.deals.At[r.self-1])
	}
	return err
}

// drop overwrites what this node has drawn for the attempt: who steals its static key later opens nothing of it. Called
// at every end, it may be called again. What is promised needs none of it.
func (r *run) drop() {
	if r.hand != nil {
		r.hand.Erase()
	}
	if r.once != nil {
		r.once.Erase()
	}
}

// start sends the own commit. In a redistribution it hashes no dealing: who knows its share is not free to choose.
func (r *run) start() {
	if r.self != 0 {
		m := &wire.Commit{Index: r.self, Key: r.once.Public().Bytes()}
		if r.setup.Move == nil {
			m.Hash = r.hand.Dealt.Hash(r.sid, r.deal)
		}
		m.Signature = r.env.Self.Sign(m.Digest(r.sid))
		r.commit(m)
		r.broadcast(m)
	}
	r.progress()
}

// dealt names what this node has drawn for the attempt, which it does once.
func (r *run) dealt() common.Hash {
	if r.hand != nil {
		return r.hand.Dealt.Hash(r.sid, r.deal)
	}
	return r.commits[r.self-1].Digest(r.sid)
}

// settle takes the coordinator's word on the document key; the first counts. The caller has checked it.
func (r *run) settle(p *wire.PairState) {
	if r.settled == nil {
		r.settled = p
		r.progress()
	}
}

// receive takes a message from any node of the set.
func (r *run) receive(from wire.NodeID, msg wire.Message) {
	switch m := msg.(type) {
	case *wire.Commit:
		r.mergeCommit(from, m)
	case *wire.Reveal:
		r.mergeReveal(from, m)
	case *wire.Certify:
		r.mergeCertify(from, m)
	case *wire.Complaint:
		r.mergeComplaint(from, m)
	case *wire.Evidence:
		r.mergeEvidence(from, m)
	case *wire.Ack:
		r.mergeAck(from, m)
	}
	r.progress()
}

// take hands the gathered effects over.
func (r *run) take() session.Effects {
	out := r.out
	r.out = session.Effects{}
	return out
}

// adopt takes the whole certificate of this attempt from one who has it.
func (r *run) adopt(from wire.NodeID, record *wire.KeyRecord) {
	if r.phase < certifying || record.Transcript() != r.record.Transcript() {
		return // without our signature there is no certificate
	}
	if err := r.state.Accept(&r.env, record); err != nil {
		r.out.Add(session.BlameOrDiffer(from, "key record", err))
		return
	}
	for i := range record.Acks {
		if at := record.Acks[i].Index - 1; r.acks[at] == nil {
			r.acks[at] = &wire.Ack{Session: r.sid, Index: at + 1, Signature: record.Acks[i].Signature}
		}
	}
	for i, sig := range record.Signatures {
		r.certifies[i] = &wire.Certify{Index: uint32(i + 1), Transcript: record.Transcript(), Signature: sig}
	}
	r.progress()
}

// progress goes as far as the messages at hand allow.
func (r *run) progress() {
	for r.failed == nil && r.advance() {
		r.phase++
		r.idle = 0
	}
	r.judge()
	if r.phase == certified {
		r.confirm()
	}
}

// advance does the work of the phase and tells whether it is complete.
func (r *run) advance() bool {
	if r.phase < certifying && len(r.guilty) > 0 {
		return false
	}
	switch r.phase {
	case committing:
		return r.reveal()
	case revealing:
		return r.certify()
	case certifying:
		return r.complete()
	}
	return false
}

// seen are the digests of everybody's commits.
func (r *run) seen() []common.Hash { return dealing.Digests(r.sid, r.commits) }

// reveal shows the own dealing once everybody is committed, and so has said what to seal to. It happens once, and two
// reveals would convict: after it there is nothing left to deal from.
func (r *run) reveal() bool {
	if slices.Contains(r.commits, nil) {
		return false
	}
	r.view = wire.View(r.sid, r.seen())
	if r.deal == 0 {
		return true
	}
	dealing, err := r.deals.Deal(r.hand)
	if err != nil {
		r.failed = wire.Errorf(wire.Internal, "dealing: %v", err)
		return false
	}
	m := &wire.Reveal{Index: r.deal, View: r.view, Dealing: *dealing}
	m.Signature = r.env.Self.Sign(m.Digest(r.sid))
	r.reveals[r.deal-1] = m
	r.broadcast(m)
	return true
}

// certify signs once every dealing is there and right.
func (r *run) certify() bool {
	for i, m := range r.reveals {
		if m != nil && r.dealings[i] == nil {
			r.inspect(uint32(i+1), m)
		}
	}
	if len(r.guilty) > 0 || slices.Contains(r.dealings, nil) || r.self == 0 ||
		r.setup.Move != nil && r.settled == nil {
		return false
	}
	secret, err := session.SealedTo(&r.env, r.once)
	if err != nil {
		r.failed = wire.Errorf(wire.Internal, "opening what was dealt: %v", err)
		return false
	}
	defer secret.Erase()
	defer r.once.Erase() // all is opened, or complained about
	values, joint, culprit, err := r.deals.Combine(r.env.Rand, secret, int(r.self-1), r.dealings)
	if culprit >= 0 {
		r.complain(secret, culprit)
		return false
	}
	if err != nil {
		r.failed = wire.Errorf(wire.Cryptographic, "adding the dealings up: %v", err)
		return false
	}
	r.promise(values[0], joint[0])
	return true
}

// inspect checks a revealed dealing as everybody can.
func (r *run) inspect(index uint32, m *wire.Reveal) {
	if m.View != r.view {
		r.disputeView(index, m)
		return
	}
	proof := &wire.Evidence{Reveals: []wire.Reveal{*m}}
	if r.setup.Move == nil {
		commit := r.commits[index-1]
		proof.Commits = []wire.Commit{*commit}
		if m.Dealing.Hash(r.sid, index) != commit.Hash {
			r.convict(r.dealers[index-1], "revealed another dealing than it was committed to",
				&wire.OtherDealing{Setup: r.terms, Commit: *commit, Reveal: *m}, proof)
			return
		}
	}
	d, err := r.deals.Open(int(index-1), &m.Dealing)
	if err != nil {
		r.convict(r.dealers[index-1], err.Error(), &wire.BadDealing{Setup: r.terms, Reveal: *m}, proof)
		return
	}
	r.dealings[index-1] = d
}

// disputeView handles a view that is not ours. That is no proof against the one who has
// it: some third member may have signed two commits. So all show what they were told;
// the two different messages of the cheat then meet.
func (r *run) disputeView(index uint32, m *wire.Reveal) {
	if r.odd[index-1] {
		return
	}
	r.odd[index-1] = true
	e := &wire.Evidence{Reveals: []wire.Reveal{*m}}
	for _, c := range r.commits {
		e.Commits = append(e.Commits, *c)
	}
	r.broadcast(e)
}

// promise makes the share durable as pending, and then signs. If all others have
// signed already the certificate is complete with our signature, and nothing need be
// promised.
func (r *run) promise(share *secp256k1.Scalar, joint threshold.Commitments) {
	bodies := make([]common.Hash, len(r.dealings))
	for i, d := range r.dealings {
		bodies[i] = d.Hash
	}
	a := &session.Attempt{Setup: *r.setup, Bodies: wire.HashList("bodies", r.sid, bodies), Commitments: dealing.EncodeCommitments(joint)}
	var moved *wire.Moved
	if r.setup.Move != nil {
		moved = &wire.Moved{Dealings: a.Bodies, Pair: *r.settled}
		a.Bodies = moved.Hash(r.sid)
	}
	r.record = &wire.KeyRecord{Setup: a.Setup, Bodies: a.Bodies, Commitments: a.Commitments, Moved: moved}
	r.state.Attempt, r.state.Pending = a, &session.Share{Index: r.self, Value: share}

	m := &wire.Certify{Index: r.self, Transcript: r.record.Transcript()}
	m.Signature = r.env.Self.Sign(m.Digest(r.sid))
	r.certifies[r.self-1] = m
	r.out.Save = append(r.out.Save, session.Unfenced(r.setup)...)
	if !r.unanimous() {
		r.out.Save = append(r.out.Save, r.state.Bind(wire.Create, r.sid)...)
		r.out.Save = append(r.out.Save, r.state.KeepAttempt(a),
			wire.Record{Op: wire.Put, Kind: wire.RecordPending, Key: r.setup.Key, Session: r.sid, Value: r.state.Pending.Encode()})
	}
	r.broadcast(m)
}

// unanimous tells whether all have signed our transcript. One who signed another in a generation has
// lied: all views were equal, and they determine the transcript. In a redistribution a member that deals
// nothing has signed no view: it may have been told other things than we, and whoever did that is convicted
// when they meet.
func (r *run) unanimous() bool {
	transcript, all := r.record.Transcript(), true
	for i, m := range r.certifies {
		switch {
		case m == nil || m.Transcript == transcript:
		case r.setup.Move != nil:
			r.tell(i)
		default:
			r.convict(r.setup.Members[i], "signed a transcript that does not follow from the dealings", r.falseTranscript(m),
				&wire.Evidence{Certifies: []wire.Certify{*m, *r.certifies[r.self-1]}})
		}
		all = all && m != nil && m.Transcript == transcript
	}
	return all
}

// tell shows all what we saw, because of a member, by position, that has signed another transcript.
func (r *run) tell(member int) {
	if !r.apart[member] {
		r.apart[member] = true
		for _, m := range r.reveals {
			r.broadcast(&wire.Evidence{Reveals: []wire.Reveal{*m}})
		}
	}
}

// falseTranscript is the evidence against a member that saw what we saw, as its reveal
// says, and signed another transcript.
func (r *run) falseTranscript(m *wire.Certify) *wire.FalseTranscript {
	f := &wire.FalseTranscript{Setup: r.terms, Reveal: *r.reveals[m.Index-1], Certify: *m}
	for i, reveal := range r.reveals {
		f.Commits, f.Dealt = append(f.Commits, *r.commits[i]), append(f.Dealt, reveal.Dealing.Dealt)
	}
	return f
}

// complete makes the share active once all have signed, and says so.
func (r *run) complete() bool {
	if !r.unanimous() {
		return false
	}
	for _, m := range r.certifies {
		r.record.Signatures = append(r.record.Signatures, m.Signature)
	}
	ack := session.Acknowledge(r.env.Self, r.record)
	r.acks[r.self-1] = ack
	r.record.Acks = []wire.IndexedSign{{Index: r.self, Signature: ack.Signature}}
	batch, err := session.ActivateUnconfirmed(r.state, r.record)
	if err != nil {
		r.failed = wire.Errorf(wire.ReasonOf(err), "completing the key: %v", err)
		return false
	}
	if r.record.Confirmed() { // a single server asks nobody: this alone keeps two of its sessions apart
		r.out.Save = append(r.out.Save, r.state.Bind(wire.Create, r.sid)...)
	}
	r.out.Save = append(r.out.Save, batch...)
	r.state.Apply(r.record)
	r.broadcast(ack)
	return true
}

// confirm puts the acknowledgements of a majority on the record.
func (r *run) confirm() {
	if r.confirmed {
		return
	}
	acks := r.validAcks()
	record := *r.record
	record.Acks = acks
	if !record.Confirmed() {
		return
	}
	if r.confirmed, r.record = true, &record; r.setup.Move == nil {
		r.state.Record = &record
		r.out.Save = append(r.out.Save, wire.NewRecord(wire.Put, wire.RecordKey, r.setup.Key, wire.SessionID{}, &record))
		return
	}
	if held := r.state.Record; held != nil && held.Confirmed() {
		return // by another session's hand
	}
	batch, err := session.Activate(r.state, &record)
	if err != nil {
		r.failed = wire.Errorf(wire.ReasonOf(err), "completing the key: %v", err)
		return
	}
	r.out.Save = append(r.out.Save, batch...)
	r.state.Apply(&record)
}

// validAcks drops false acknowledgements and gives the others in order. Each is checked
// once.
func (r *run) validAcks() (acks []wire.IndexedSign) {
	digest := wire.VoteDigest(r.sid, 0, true)
	for i, m := range r.acks {
		if m != nil && !r.checked[i] && !r.setup.Members[i].Signed(digest, &m.Signature) {
			r.blame(r.setup.Members[i], "acknowledged with a false signature")
			r.acks[i], m = nil, nil
		}
		if m != nil {
			r.checked[i] = true
			acks = append(acks, wire.IndexedSign{Index: m.Index, Signature: m.Signature})
		}
	}
	return acks
}

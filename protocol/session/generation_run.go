package session

import (
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// phase is where a member stands in an attempt. It only grows.
type phase uint8

const (
	// committing: the own dealing is fixed, its hash is sent. Waits for the hashes of
	// all, so that nobody's dealing depends on another's.
	committing phase = iota
	// revealing: the own dealing is sent. Waits for all dealings and checks them.
	revealing
	// certifying: every share was right. The promise is on disk and the signature on
	// the transcript is sent. From here on only the set as a whole can say what
	// becomes of the attempt.
	certifying
	// certified: all signatures are here, the share is active. Waits for a quorum to
	// say the same.
	certified
)

func (p phase) String() string {
	return [...]string{"committing", "revealing", "certifying", "certified"}[p]
}

// run is one member's part in the three rounds of one attempt (crypto.md 5.2). It is
// no machine: initiator and participants drive it, and decide what silence, guilt and
// failure mean.
//
// What members sign is believed by its signature, whoever delivers it. The first
// message per round and signer counts, a different second one convicts the signer.
type run struct {
	env   Env
	state *State
	setup *wire.Setup
	sid   wire.SessionID
	self  uint32             // own index
	keys  []*secp256k1.Point // of the members

	phase phase
	idle  int // ticks since the phase began

	own        *wire.Dealing
	commits    []*wire.Commit // by position, as all that follow
	reveals    []*wire.Reveal
	certifies  []*wire.Certify
	complaints []*wire.Complaint
	acks       []*wire.Ack
	checked    []bool   // whose acknowledgement holds
	judged     []bool   // whose complaint is decided
	dealings   []*dealt // accepted
	odd        []bool   // its signed view of round 1 is not ours; told the others
	helped     []bool   // was given the certificate

	view      common.Hash
	record    *wire.KeyRecord // complete when certified
	confirmed bool
	guilty    []wire.NodeID // convicted, with proof that convinces all
	failed    *wire.Error   // can't go on, and nobody is to blame

	out Effects
}

// newRun makes the own dealing. The set-up has been checked, and this node is a member.
func newRun(env Env, state *State, setup *wire.Setup) (*run, error) {
	n := len(setup.Members)
	r := &run{env: env, state: state, setup: setup, sid: setup.Session(), self: setup.Index(env.Self.ID()),
		commits: make([]*wire.Commit, n), reveals: make([]*wire.Reveal, n), certifies: make([]*wire.Certify, n),
		complaints: make([]*wire.Complaint, n), acks: make([]*wire.Ack, n), dealings: make([]*dealt, n),
		judged: make([]bool, n), checked: make([]bool, n), odd: make([]bool, n), helped: make([]bool, n)}
	for _, m := range setup.Members {
		key, err := secp256k1.ParsePoint(m[:])
		if err != nil {
			return nil, wire.Errorf(wire.InvalidMessage, "key of server %s: %v", m.Short(), err)
		}
		r.keys = append(r.keys, key)
	}
	var err error
	if r.own, err = deal(env.Rand, setup, r.sid, r.keys, r.self); err != nil {
		return nil, wire.Errorf(wire.Internal, "dealing: %v", err)
	}
	return r, nil
}

// start sends the own commit.
func (r *run) start() {
	m := &wire.Commit{Index: r.self, Hash: r.own.Hash(r.sid, r.self)}
	m.Signature = r.env.Self.Sign(m.Digest(r.sid))
	r.commits[r.self-1] = m
	r.broadcast(m)
	r.progress()
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
func (r *run) take() Effects {
	out := r.out
	r.out = Effects{}
	return out
}

func (r *run) mergeCommit(from wire.NodeID, m *wire.Commit) {
	if !r.known(from, m.Index, len(r.commits)) {
		return
	}
	switch known := r.commits[m.Index-1]; {
	case known != nil && known.Hash == m.Hash:
	case !r.signed(from, m.Index, m.Digest(r.sid), &m.Signature):
	case known != nil:
		r.convict(m.Index, "signed two different commits", &wire.Evidence{Commits: []wire.Commit{*known, *m}})
	default:
		r.commits[m.Index-1] = m
	}
}

func (r *run) mergeReveal(from wire.NodeID, m *wire.Reveal) {
	if !r.known(from, m.Index, len(r.reveals)) {
		return
	}
	known, digest := r.reveals[m.Index-1], m.Digest(r.sid)
	switch {
	case known != nil && known.Digest(r.sid) == digest:
	case !r.signed(from, m.Index, digest, &m.Signature):
	case known != nil:
		r.convict(m.Index, "signed two different reveals", &wire.Evidence{Reveals: []wire.Reveal{*known, *m}})
	default:
		r.reveals[m.Index-1] = m
	}
}

func (r *run) mergeCertify(from wire.NodeID, m *wire.Certify) {
	if !r.known(from, m.Index, len(r.certifies)) {
		return
	}
	switch known := r.certifies[m.Index-1]; {
	case known != nil && known.Transcript == m.Transcript:
	case !r.signed(from, m.Index, m.Digest(r.sid), &m.Signature):
	case known != nil:
		r.convict(m.Index, "signed two different transcripts", &wire.Evidence{Certifies: []wire.Certify{*known, *m}})
	default:
		r.certifies[m.Index-1] = m
	}
}

// mergeComplaint keeps the first complaint of a member; one is enough to end the run.
func (r *run) mergeComplaint(from wire.NodeID, m *wire.Complaint) {
	if r.known(from, m.Index, len(r.complaints)) && r.complaints[m.Index-1] == nil &&
		r.signed(from, m.Index, m.Digest(r.sid), &m.Signature) {
		r.complaints[m.Index-1] = m
	}
}

// mergeEvidence takes passed on messages like first-hand ones. Who seems to lack the
// certificate that we have gets it, once.
func (r *run) mergeEvidence(from wire.NodeID, m *wire.Evidence) {
	for i := range m.Commits {
		r.mergeCommit(from, &m.Commits[i])
	}
	for i := range m.Reveals {
		r.mergeReveal(from, &m.Reveals[i])
	}
	for i := range m.Certifies {
		r.mergeCertify(from, &m.Certifies[i])
	}
	if i := r.setup.Index(from); i != 0 && r.phase == certified && r.acks[i-1] == nil && !r.helped[i-1] {
		r.helped[i-1] = true
		r.send(from, &wire.Adopt{Record: *r.record})
	}
}

// mergeAck keeps a member's own word; it can be checked only once the transcript is
// known. It is not passed on by others: a false one would keep the true one out.
func (r *run) mergeAck(from wire.NodeID, m *wire.Ack) {
	if m.Session == r.sid && m.Index != 0 && m.Index == r.setup.Index(from) && r.acks[m.Index-1] == nil {
		r.acks[m.Index-1] = m
	}
}

// adopt takes the whole certificate of this attempt from one who has it.
func (r *run) adopt(from wire.NodeID, record *wire.KeyRecord) {
	if r.phase < certifying || record.Transcript() != r.record.Transcript() {
		return // without our signature there is no certificate
	}
	if err := VerifyRecord(r.env.Cluster, record); err != nil {
		r.blame(from, err.Error())
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

// known refuses indices that are no member's.
func (r *run) known(from wire.NodeID, index uint32, n int) bool {
	if index == 0 || int64(index) > int64(n) {
		r.blame(from, fmt.Sprintf("speaks of member %d of %d", index, n))
		return false
	}
	return true
}

// signed checks a signature. A false one can't be held against its alleged signer, but
// against the one who delivers it.
func (r *run) signed(from wire.NodeID, index uint32, digest [32]byte, sig *wire.Signature) bool {
	if verify(r.setup.Members[index-1], digest, sig) {
		return true
	}
	r.blame(from, "delivers a message with a false signature")
	return false
}

// blame reports what only this node has seen.
func (r *run) blame(node wire.NodeID, detail string) {
	r.out.Faults = append(r.out.Faults, Fault{node, detail})
}

// convict finds a member guilty, and shows everybody the messages that prove it.
func (r *run) convict(index uint32, detail string, proof ...wire.Message) {
	node := r.setup.Members[index-1]
	if slices.Contains(r.guilty, node) {
		return
	}
	r.guilty = append(r.guilty, node)
	r.blame(node, detail)
	for _, m := range proof {
		r.broadcast(m)
	}
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

// reveal shows the own dealing once everybody is committed.
func (r *run) reveal() bool {
	if slices.Contains(r.commits, nil) {
		return false
	}
	hashes := make([]common.Hash, len(r.commits))
	for i, m := range r.commits {
		hashes[i] = m.Hash
	}
	r.view = wire.HashList("view", r.sid, hashes)
	m := &wire.Reveal{Index: r.self, View: r.view, Dealing: *r.own}
	m.Signature = r.env.Self.Sign(m.Digest(r.sid))
	r.reveals[r.self-1] = m
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
	if len(r.guilty) > 0 || slices.Contains(r.dealings, nil) {
		return false
	}
	secret, err := secp256k1.FromPrivateKey(r.env.Self.key)
	if err != nil {
		panic("session: internal error: node key: " + err.Error())
	}
	defer secret.Erase()
	share, joint, culprit, err := combine(secret, r.self, r.dealings)
	if culprit >= 0 {
		r.complain(secret, uint32(culprit+1))
		return false
	}
	if err != nil {
		r.failed = wire.Errorf(wire.Cryptographic, "adding the dealings up: %v", err)
		return false
	}
	r.promise(share, joint)
	return true
}

// inspect checks a revealed dealing as everybody can.
func (r *run) inspect(index uint32, m *wire.Reveal) {
	if m.View != r.view {
		r.question(index, m)
		return
	}
	proof := &wire.Evidence{Commits: []wire.Commit{*r.commits[index-1]}, Reveals: []wire.Reveal{*m}}
	if m.Dealing.Hash(r.sid, index) != r.commits[index-1].Hash {
		r.convict(index, "revealed another dealing than it was committed to", proof)
		return
	}
	d, err := open(r.setup, r.sid, index, &m.Dealing)
	if err != nil {
		r.convict(index, err.Error(), proof)
		return
	}
	r.dealings[index-1] = d
}

// question handles a view that is not ours. That is no proof against the one who has
// it: some third member may have signed two commits. So all show what they were told;
// the two different messages of the cheat then meet.
func (r *run) question(index uint32, m *wire.Reveal) {
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

// complain opens the own share of a bad dealing to all, with the dealing itself for
// those who were told another.
func (r *run) complain(secret *secp256k1.Scalar, dealer uint32) {
	d, m := r.dealings[dealer-1], r.reveals[dealer-1]
	c, err := d.channel.Complain(r.env.Rand, threshold.Index(r.self), secret, d.sealed[r.self-1], d.commitments)
	if err != nil {
		r.failed = wire.Errorf(wire.Internal, "complaining: %v", err)
		return
	}
	msg := &wire.Complaint{Index: r.self, Dealer: dealer, Dealing: d.hash, Opening: c.Bytes()}
	msg.Signature = r.env.Self.Sign(msg.Digest(r.sid))
	r.complaints[r.self-1] = msg
	r.broadcast(&wire.Evidence{Commits: []wire.Commit{*r.commits[dealer-1]}, Reveals: []wire.Reveal{*m}})
}

// judge decides the complaints that are about a dealing we know.
func (r *run) judge() {
	for i, m := range r.complaints {
		if m == nil || r.judged[i] {
			continue
		}
		if m.Dealer == 0 || int64(m.Dealer) > int64(len(r.dealings)) {
			r.judged[i] = true
			r.convict(m.Index, "complains about nobody", m)
		} else if d := r.dealings[m.Dealer-1]; d != nil && d.hash == m.Dealing {
			r.judged[i] = true
			r.decide(m, d)
		}
	}
}

// decide convicts the dealer or the accuser; all who judge come to the same verdict.
func (r *run) decide(m *wire.Complaint, d *dealt) {
	c, err := threshold.ParseComplaint(m.Opening[:])
	verdict := threshold.AccuserGuilty
	if err == nil {
		verdict = d.channel.Judge(threshold.Index(m.Index), r.keys[m.Index-1], d.sealed[m.Index-1], d.commitments, c)
	}
	if verdict == threshold.DealerGuilty {
		r.convict(m.Dealer, fmt.Sprintf("dealt a bad share to member %d", m.Index), m)
	} else {
		r.convict(m.Index, fmt.Sprintf("complained falsely about member %d", m.Dealer), m)
	}
}

// promise makes the share durable as pending, and then signs. If all others have
// signed already the certificate is complete with our signature, and nothing need be
// promised.
func (r *run) promise(share *secp256k1.Scalar, joint threshold.Commitments) {
	bodies := make([]common.Hash, len(r.dealings))
	for i, d := range r.dealings {
		bodies[i] = d.hash
	}
	a := &Attempt{Setup: *r.setup, Bodies: wire.HashList("bodies", r.sid, bodies)}
	for _, c := range joint {
		a.Commitments = append(a.Commitments, c.Bytes())
	}
	r.record = &wire.KeyRecord{Setup: a.Setup, Bodies: a.Bodies, Commitments: a.Commitments}
	r.state.Attempt, r.state.Pending = a, &Share{Index: r.self, Value: share}

	m := &wire.Certify{Index: r.self, Transcript: r.record.Transcript()}
	m.Signature = r.env.Self.Sign(m.Digest(r.sid))
	r.certifies[r.self-1] = m
	if !r.unanimous() {
		r.out.Save = append(r.out.Save,
			wire.NewRecord(wire.Create, wire.RecordAttempt, r.setup.Key, wire.SessionID{}, a),
			wire.Record{Op: wire.Put, Kind: wire.RecordPending, Key: r.setup.Key, Session: r.sid, Value: r.state.Pending.Encode()})
	}
	r.broadcast(m)
}

// unanimous tells whether all have signed our transcript. One who signed another has
// lied: all views were equal, and they determine the transcript.
func (r *run) unanimous() bool {
	transcript, all := r.record.Transcript(), true
	for i, m := range r.certifies {
		if m != nil && m.Transcript != transcript {
			r.convict(uint32(i+1), "signed a transcript that does not follow from the dealings",
				&wire.Evidence{Certifies: []wire.Certify{*m, *r.certifies[r.self-1]}})
		}
		all = all && m != nil && m.Transcript == transcript
	}
	return all
}

// complete makes the share active once all have signed, and says so.
func (r *run) complete() bool {
	if !r.unanimous() {
		return false
	}
	for _, m := range r.certifies {
		r.record.Signatures = append(r.record.Signatures, m.Signature)
	}
	ack := acknowledge(r.env.Self, r.record)
	r.acks[r.self-1] = ack
	r.record.Acks = []wire.IndexedSign{{Index: r.self, Signature: ack.Signature}}
	batch, err := activate(r.state, r.record)
	if err != nil {
		r.failed = wire.Errorf(wire.ReasonOf(err), "completing the key: %v", err)
		return false
	}
	r.out.Save = append(r.out.Save, batch...)
	r.state.Apply(r.record)
	r.broadcast(ack)
	return true
}

// confirm puts the acknowledgements of a quorum on the record.
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
	r.confirmed, r.record, r.state.Record = true, &record, &record
	r.out.Save = append(r.out.Save, wire.NewRecord(wire.Put, wire.RecordKey, r.setup.Key, wire.SessionID{}, &record))
}

// validAcks drops false acknowledgements and gives the others in order. Each is checked
// once.
func (r *run) validAcks() (acks []wire.IndexedSign) {
	digest := wire.AckDigest(r.sid, r.record.Transcript())
	for i, m := range r.acks {
		if m != nil && !r.checked[i] && !verify(r.setup.Members[i], digest, &m.Signature) {
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

// missing are the members whose message of this phase is not here, or whose view of
// round 1 nobody could explain.
func (r *run) missing() (silent []wire.NodeID) {
	for i, m := range r.setup.Members {
		var here bool
		switch r.phase {
		case committing:
			here = r.commits[i] != nil
		case revealing:
			here = r.reveals[i] != nil && !r.odd[i]
		case certifying:
			here = r.certifies[i] != nil
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
		e.Commits = present(r.commits)
	}
	if r.phase >= certifying {
		e.Certifies = present(r.certifies)
	}
	r.send(to, e)
	if r.phase == committing || r.phase == certified {
		return
	}
	per := max(1, relayBytes/(64*(int(r.setup.Threshold)+1)+40*len(r.setup.Members)+512))
	for piece := range slices.Chunk(present(r.reveals), per) {
		r.send(to, &wire.Evidence{Reveals: piece})
	}
}

func present[T any](all []*T) (some []T) {
	for _, m := range all {
		if m != nil {
			some = append(some, *m)
		}
	}
	return some
}

func (r *run) broadcast(m wire.Message) {
	for _, to := range r.setup.Members {
		r.send(to, m)
	}
}

func (r *run) send(to wire.NodeID, m wire.Message) {
	if to != r.env.Self.ID() {
		r.out.Send = append(r.out.Send, wire.Envelope{To: to, Session: r.sid, Msg: m})
	}
}

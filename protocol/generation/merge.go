package generation

import (
	"fmt"
	"slices"

	"github.com/geth-ss/geth-ss/protocol/dealing"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

func (r *run) mergeCommit(from wire.NodeID, m *wire.Commit) {
	if !r.known(from, m.Index, len(r.commits)) {
		return
	}
	switch known := r.commits[m.Index-1]; {
	case known != nil && known.Digest(r.sid) == m.Digest(r.sid):
	case !r.signed(from, r.setup.Members[m.Index-1], m.Digest(r.sid), &m.Signature):
	case known != nil:
		r.convict(r.setup.Members[m.Index-1], "signed two different commits", &wire.TwoCommits{Setup: r.terms, A: *known, B: *m},
			&wire.Evidence{Commits: []wire.Commit{*known, *m}})
	default:
		r.commit(m)
	}
}

// commit keeps a member's own word on what it deals and on what is dealt to it under. That of the latter which no honest
// member signs convicts it.
func (r *run) commit(m *wire.Commit) {
	r.commits[m.Index-1] = m
	if err := r.deals.Learn(int(m.Index-1), m); err != nil {
		r.convict(r.setup.Members[m.Index-1], err.Error(), &wire.BadKey{Setup: r.terms, Commit: *m}, &wire.Evidence{Commits: []wire.Commit{*m}})
	}
}

func (r *run) mergeReveal(from wire.NodeID, m *wire.Reveal) {
	if !r.known(from, m.Index, len(r.reveals)) {
		return
	}
	known, digest := r.reveals[m.Index-1], m.Digest(r.sid)
	switch {
	case known != nil && known.Digest(r.sid) == digest:
	case !r.signed(from, r.dealers[m.Index-1], digest, &m.Signature):
	case known != nil:
		r.convict(r.dealers[m.Index-1], "signed two different reveals", &wire.TwoReveals{Setup: r.terms, A: *known, B: *m},
			&wire.Evidence{Reveals: []wire.Reveal{*known, *m}})
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
	case !r.signed(from, r.setup.Members[m.Index-1], m.Digest(r.sid), &m.Signature):
	case known != nil:
		r.convict(r.setup.Members[m.Index-1], "signed two different transcripts", &wire.TwoTranscripts{Setup: r.terms, A: *known, B: *m},
			&wire.Evidence{Certifies: []wire.Certify{*known, *m}})
	default:
		r.certifies[m.Index-1] = m
	}
}

// mergeComplaint keeps the first complaint of a member; one is enough to end the run. What it is about is taken like any
// other reveal: who was told something else by the dealer sees it now, and can prove it.
func (r *run) mergeComplaint(from wire.NodeID, m *wire.Complaint) {
	if !r.known(from, m.Index, len(r.complaints)) || r.complaints[m.Index-1] != nil ||
		!r.signed(from, r.setup.Members[m.Index-1], m.Digest(r.sid), &m.Signature) {
		return
	}
	r.complaints[m.Index-1] = m
	if dealing.Accused(r.dealers, r.sid, m) {
		r.mergeReveal(from, &m.Accused)
	}
}

// mergeEvidence takes passed on messages like first-hand ones, up to the first that is
// wrong: who makes us check signatures in vain makes us check one. Who seems to lack the
// certificate that we have gets it, once.
func (r *run) mergeEvidence(from wire.NodeID, m *wire.Evidence) {
	before := len(r.out.Faults)
	for i := 0; i < len(m.Commits) && len(r.out.Faults) == before; i++ {
		r.mergeCommit(from, &m.Commits[i])
	}
	for i := 0; i < len(m.Reveals) && len(r.out.Faults) == before; i++ {
		r.mergeReveal(from, &m.Reveals[i])
	}
	for i := 0; i < len(m.Certifies) && len(r.out.Faults) == before; i++ {
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

// known refuses indices that are no member's, or no dealer's: there are n.
func (r *run) known(from wire.NodeID, index uint32, n int) bool {
	if index == 0 || int64(index) > int64(n) {
		r.blame(from, fmt.Sprintf("speaks of member %d of %d", index, n))
		return false
	}
	return true
}

// signed checks a signature. A false one can't be held against its alleged signer, but
// against the one who delivers it.
func (r *run) signed(from, by wire.NodeID, digest [32]byte, sig *wire.Signature) bool {
	if by.Signed(digest, sig) {
		return true
	}
	r.blame(from, "delivers a message with a false signature")
	return false
}

// blame reports what only this node has seen.
func (r *run) blame(node wire.NodeID, detail string) {
	r.out.Faults = append(r.out.Faults, session.Fault{Node: node, Detail: detail})
}

// convict finds a node guilty by evidence that convinces anybody, and shows the other
// parties the messages that are in it.
func (r *run) convict(node wire.NodeID, detail string, evidence wire.Conviction, proof ...wire.Message) {
	if slices.Contains(r.guilty, node) {
		return
	}
	r.guilty = append(r.guilty, node)
	r.out.Faults = append(r.out.Faults, session.Fault{Node: node, Detail: detail, Evidence: evidence})
	for _, m := range proof {
		r.broadcast(m)
	}
}

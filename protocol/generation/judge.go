package generation

import (
	"fmt"
	"slices"

	"github.com/geth-ss/geth-ss/protocol/dealing"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// complain opens the own share of a bad dealing, by position, to all, with what was dealt for those who were told
// something else. The secret is what that was sealed to.
func (r *run) complain(secret *secp256k1.Scalar, dealer int) {
	msg, err := r.deals.Complain(r.env.Rand, secret, int(r.self-1), r.reveals[dealer], r.dealings[dealer])
	if err != nil {
		r.failed = wire.Errorf(wire.Internal, "complaining: %v", err)
		return
	}
	msg.Signature = r.env.Self.Sign(msg.Digest(r.sid))
	r.complaints[r.self-1] = msg
}

// judge decides the complaints that are about nobody, or about a dealing we have as the accuser has it. The latter takes
// the one-time keys of all; who has not seen them has accepted no dealing.
func (r *run) judge() {
	for i, m := range r.complaints {
		if m == nil || r.judged[i] {
			continue
		}
		switch d := m.Accused.Index; {
		case d == 0 || int64(d) > int64(len(r.dealings)):
			r.judged[i] = true
			r.convict(r.setup.Members[i], "complained about nobody", &wire.NoDealer{Setup: r.terms, Complaint: *m}, m)
		case slices.Contains(r.commits, nil):
		case !dealing.Accused(r.dealers, r.sid, m):
			r.judged[i] = true
			r.convict(r.setup.Members[i], fmt.Sprintf("complained about what member %d has not said", d), r.evidence(m), m)
		case r.dealings[d-1] != nil && r.reveals[d-1].Digest(r.sid) == m.Accused.Digest(r.sid):
			r.judged[i] = true
			r.decide(m, r.dealings[d-1])
		}
	}
}

// evidence is a complaint with what it takes to judge it.
func (r *run) evidence(m *wire.Complaint) *wire.DecidedComplaint {
	return &wire.DecidedComplaint{Setup: r.terms, Complaint: *m, Sealed: wire.SealedTo{Commit: *r.commits[m.Index-1], Seen: r.seen()}}
}

// decide convicts the dealer or the accuser; all who judge come to the same verdict.
func (r *run) decide(m *wire.Complaint, d *dealing.Checked) {
	dealer := m.Accused.Index
	if r.deals.Judge(int(m.Index-1), &m.Opening, d, r.deals.To[m.Index-1]) == threshold.DealerGuilty {
		r.convict(r.dealers[dealer-1], fmt.Sprintf("dealt a bad share to member %d", m.Index), r.evidence(m), m)
	} else {
		r.convict(r.setup.Members[m.Index-1], fmt.Sprintf("complained falsely about member %d", dealer), r.evidence(m), m)
	}
}

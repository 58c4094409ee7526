package session

import (
	"fmt"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// complain opens the own share of a bad dealing, by position, to all, with the dealing
// itself for those who were told another.
func (r *run) complain(secret *secp256k1.Scalar, dealer int) {
	msg, err := r.deals.complain(r.env.Rand, secret, int(r.self-1), dealer, r.dealings[dealer])
	if err != nil {
		r.failed = wire.Errorf(wire.Internal, "complaining: %v", err)
		return
	}
	msg.Signature = r.env.Self.Sign(msg.Digest(r.sid))
	r.complaints[r.self-1] = msg
	r.broadcast(&wire.Evidence{Commits: []wire.Commit{*r.commits[dealer]}, Reveals: []wire.Reveal{*r.reveals[dealer]}})
}

// judge decides the complaints that are about a dealing we know.
func (r *run) judge() {
	for i, m := range r.complaints {
		if m == nil || r.judged[i] {
			continue
		}
		if m.Dealer == 0 || int64(m.Dealer) > int64(len(r.dealings)) {
			r.judged[i] = true
			r.convict(m.Index, "complained about nobody", &wire.NoDealer{Setup: r.terms, Complaint: *m}, m)
		} else if d := r.dealings[m.Dealer-1]; d != nil && d.hash == m.Dealing {
			r.judged[i] = true
			r.decide(m, d)
		}
	}
}

// decide convicts the dealer or the accuser; all who judge come to the same verdict.
func (r *run) decide(m *wire.Complaint, d *dealt) {
	evidence := &wire.DecidedComplaint{Setup: r.terms, Reveal: *r.reveals[m.Dealer-1], Complaint: *m}
	if r.deals.judge(m, d, r.deals.keys[m.Index-1]) == threshold.DealerGuilty {
		r.convict(m.Dealer, fmt.Sprintf("dealt a bad share to member %d", m.Index), evidence, m)
	} else {
		r.convict(m.Index, fmt.Sprintf("complained falsely about member %d", m.Dealer), evidence, m)
	}
}

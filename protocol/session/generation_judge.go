package session

import (
	"fmt"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

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
	if decide(m, d, r.keys[m.Index-1]) == threshold.DealerGuilty {
		r.convict(m.Dealer, fmt.Sprintf("dealt a bad share to member %d", m.Index), evidence, m)
	} else {
		r.convict(m.Index, fmt.Sprintf("complained falsely about member %d", m.Dealer), evidence, m)
	}
}

// decide judges a complaint about a dealing by the member with the given key.
func decide(m *wire.Complaint, d *dealt, accuser *secp256k1.Point) threshold.Verdict {
	c, err := threshold.ParseComplaint(m.Opening[:])
	if err != nil {
		return threshold.AccuserGuilty
	}
	return d.channel.Judge(threshold.Index(m.Index), accuser, d.sealed[m.Index-1], d.commitments, c)
}

package evidence

import (
	"fmt"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// judgeTwoSetVotes convicts who voted for completing an attempt at a server set and for abandoning it, in one ballot: a vote
// is on the disk before it is said, and there is one in each ballot.
func judgeTwoSetVotes(c *wire.TwoSetVotes) (*Finding, error) {
	attempt := wire.SetAttemptID(c.Cluster, c.Body)
	for complete, sig := range map[bool]*wire.Signature{true: &c.Complete, false: &c.Abandon} {
		if !c.Voter.Signed(wire.VoteDigest(attempt, c.Ballot, complete), sig) {
			return nil, fmt.Errorf("a vote is not that of %s", c.Voter.Short())
		}
	}
	return &Finding{Culprit: c.Voter, Cluster: c.Cluster, Session: attempt,
		Deed: fmt.Sprintf("voted for completing and for abandoning an attempt at a server set, both in ballot %d", c.Ballot)}, nil
}

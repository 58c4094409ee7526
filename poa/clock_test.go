package poa

import (
	"strings"
	"testing"
	"time"

	cmtconfig "github.com/cometbft/cometbft/config"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	cmttypes "github.com/cometbft/cometbft/types"
	cmttime "github.com/cometbft/cometbft/types/time"
)

// clock is a signer whose machine's clock is wrong. It makes the time of a vote
// what CometBFT would have taken from that clock.
type clock struct {
	*signer
	wrong time.Duration
}

func (c clock) SignVote(chainID string, vote *cmtproto.Vote) error {
	// A vote is never earlier than the block before, whatever the clock says.
	if now := time.Now().Add(c.wrong); now.After(vote.Timestamp) {
		vote.Timestamp = cmttime.Canonical(now)
	}
	return c.signer.SignVote(chainID, vote)
}

// TestFastClock: a validator whose clock is ten minutes fast doesn't move the
// timestamps of blocks, which are the median of the votes.
func TestFastClock(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a network")
	}
	n := testNetwork(t, t.TempDir(), 4, 0)
	n.nodes[1].wrapVotes = func(s *signer) cmttypes.PrivValidator { return clock{s, 10 * time.Minute} }
	startAll(t, n.nodes...)
	waitHeight(t, 8, patience, n.nodes...)
	sameChain(t, 1, n.nodes...)
	if lead := int64(n.nodes[0].backend.BlockChain().CurrentBlock().Time) - time.Now().Unix(); lead > 60 {
		t.Errorf("one clock of four has moved the chain's by %d s", lead)
	}
}

// TestSlowClock: a validator whose clock is minutes slow takes the blocks of
// the others for blocks of the future. It ends, and says where to look; the
// others go on.
func TestSlowClock(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a network")
	}
	n := testNetwork(t, t.TempDir(), 4, 0)
	// All run on this machine's clock: three take theirs for ten minutes fast
	// and don't mind, so the fourth is slow beside them.
	slow, rest := n.nodes[3], n.nodes[:3]
	for _, v := range rest {
		v.wrapVotes = func(s *signer) cmttypes.PrivValidator { return clock{s, 10 * time.Minute} }
		v.configure = func(c *cmtconfig.Config) { c.Consensus.BlockTimeTolerance = time.Hour }
	}
	startAll(t, n.nodes...)
	closed := make(chan struct{})
	stack := slow.stack
	go func() { stack.Wait(); close(closed) }()
	select {
	case <-closed:
	case <-time.After(patience):
		t.Fatalf("it goes on at block %d", slow.height())
	}
	if err := slow.driver.Err(); err == nil || !strings.Contains(err.Error(), "clock") {
		t.Errorf("it ended with: %v", err)
	}
	waitHeight(t, rest[0].height()+3, patience, rest...)
}

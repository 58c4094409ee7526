package poa

import (
	"time"

	cmtconfig "github.com/cometbft/cometbft/config"
)

// pace keeps blocks one interval apart.
//
// CometBFT waits a fixed time after each commit and then starts a round, so
// the interval would be that wait plus whatever the round takes. CometBFT reads
// the wait right after Commit, in the goroutine that called it, so Commit may
// set it for the coming height: the interval less what a round takes.
//
//	commit      wait       round    commit
//	──┼────────────────────┼────────┼──
//	  └────── interval ─────────────┘
//
// Durations are measured and all nodes see the same commits at about the same
// time, so they stay together whatever their clocks say.
type pace struct {
	interval time.Duration
	wait     *time.Duration // CometBFT's TimeoutCommit
	now      func() time.Time

	// Owned by the goroutine in which CometBFT calls Commit.
	last  time.Time     // previous commit
	round time.Duration // what a round takes, smoothed
}

func newPace(interval time.Duration, c *cmtconfig.ConsensusConfig) *pace {
	p := &pace{interval: interval, wait: &c.TimeoutCommit, now: time.Now}
	*p.wait = interval / 10 // before the first height; whoever starts has waited enough
	return p
}

// committed sets the wait before the next height. timestamp is that of the
// committed block.
func (p *pace) committed(timestamp uint64) {
	now := p.now()
	elapsed := now.Sub(p.last)
	first := p.last.IsZero()
	p.last = now
	if first {
		*p.wait = p.interval
		return
	}
	took := elapsed - *p.wait
	roundTimer.Update(took)
	late := elapsed - p.interval
	if took < 0 || late > p.interval/4 {
		// Not an ordinary round: blocks replayed or synced, or a proposer was
		// down. Of the latter make up for the time lost at once, as far as
		// it is less than a block; that keeps the pace with a stopped node.
		late = min(max(late, 0), p.interval/2)
	} else {
		p.round += (min(took, p.interval/4) - p.round) / 8
		late = 0
	}
	if int64(timestamp) > now.Unix() {
		// Timestamps rise by at least a second a block. If blocks come faster
		// they run ahead of the time of day; let it catch up. (A node whose
		// clock is slow waits a little longer than the others then, no more.)
		*p.wait = p.interval
		return
	}
	*p.wait = p.interval - p.round - late
}

// timeouts tunes CometBFT for the interval. Its defaults are for validators all
// over the world and blocks every few seconds: a stopped proposer costs 4 s.
func timeouts(c *cmtconfig.ConsensusConfig, cfg *Config) {
	// A proposer builds for buildTime at most; the rest is for sending.
	// A time-out too short for a slow network, or for machines that are busy
	// with something else, only costs some rounds: each has that much more.
	c.TimeoutPropose = cfg.buildTime() + min(max(cfg.interval()/4, 250*time.Millisecond), 2*time.Second)
	c.TimeoutProposeDelta = c.TimeoutPropose
	// After two thirds have voted, but not for one thing, wait for stragglers.
	// Every round without a block passes through the second of these.
	c.TimeoutPrevote, c.TimeoutPrevoteDelta = 150*time.Millisecond, 150*time.Millisecond
	c.TimeoutPrecommit, c.TimeoutPrecommitDelta = 100*time.Millisecond, 150*time.Millisecond
	c.PeerGossipSleepDuration = 20 * time.Millisecond
	c.PeerQueryMaj23SleepDuration = time.Second
	c.CreateEmptyBlocks = true // time must pass on chain for freshness to be judged
}

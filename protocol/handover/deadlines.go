package handover

import "github.com/geth-ss/geth-ss/protocol/session"

// How long machines wait, in ticks.
const (
	// readyTimeout is for how long members of the new set are waited for: each syncs its epoch key to its disk.
	readyTimeout = 10 * session.TicksPerSecond
	// answerTimeout is for how long members of the parent are waited for in a round.
	answerTimeout = 5 * session.TicksPerSecond
	// stragglerTimeout is for how long the others are waited for when a set quorum has answered about a cancelled order: whoever
	// cancels one waits for at most three such rounds, though a member that is connected says nothing.
	stragglerTimeout = session.TicksPerSecond / 2
	// chainTimeout is for how long a member waits until its own chain has the block of an attempt: it answers within
	// answerTimeout, whichever way.
	chainTimeout = 4 * session.TicksPerSecond
	// turnTimeout is what a coordinator waits before it begins again, times its rank among the members, if another one has
	// got into its way.
	turnTimeout = 2 * session.TicksPerSecond
	// memberDeadline bounds a member's side.
	memberDeadline = 60 * session.TicksPerSecond
)

package generation

import (
	"github.com/geth-ss/geth-ss/protocol/session"
)

// How long machines wait, in ticks. A coordinator's deadline bounds its session, and a member's bounds its own side of
// it, which is never longer.
const (
	// generationDeadline bounds a generation at its initiator, all attempts included.
	generationDeadline = 30 * session.TicksPerSecond
	// memberDeadline bounds one attempt at a member.
	memberDeadline = 20 * session.TicksPerSecond
	// roundTimeout is how long the initiator waits in one phase before it goes on
	// without those that are silent.
	roundTimeout = 4 * session.TicksPerSecond
	// relayAfter is how long a phase may last before what it brought is passed on, and
	// again after twice the time.
	relayAfter = session.TicksPerSecond
	// linger is how long a member that is done still helps those that are not.
	linger = 2 * session.TicksPerSecond
	// pauseMin and pauseSpread are how long the initiator stands back when others are busy with the
	// same key id; random, lest two initiators stumble over each other for ever.
	pauseMin    = session.TicksPerSecond / 2
	pauseSpread = session.TicksPerSecond
	// answerTimeout is how long silent servers are waited for in a ballot before a polling goes on
	// without them.
	answerTimeout = session.TicksPerSecond
)

package gathering

import (
	"github.com/geth-ss/geth-ss/protocol/session"
)

// How long machines wait, in ticks. A coordinator's deadline bounds its session, and a member's bounds its own side of
// it, which is never longer.
const (
	// retrieveDeadline bounds a retrieval, of one key or of several, and a signature.
	retrieveDeadline = 10 * session.TicksPerSecond
	// partDeadline bounds a member's side: the chain may take a moment to reach the
	// block, and a missed record has to come.
	partDeadline = retrieveDeadline
	// hedgeTicks is how long the nodes of a set may keep us waiting before a spare is
	// asked, too: 200 ms; for ECDSA, of which an attempt costs twenty times as much, 500 ms.
	hedgeTicks      = session.TicksPerSecond / 5
	ecdsaHedgeTicks = session.TicksPerSecond / 2
	// retryTicks is how long nothing may happen before all who owe an answer are asked
	// again, in case a message was dropped.
	retryTicks = 2 * session.TicksPerSecond
	// denialPatience is how long a no of the own chain waits for a peer that has seen a
	// newer block: 500 ms.
	denialPatience = session.TicksPerSecond / 2
)

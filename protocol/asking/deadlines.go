package asking

import (
	"github.com/geth-ss/geth-ss/protocol/session"
)

// How long machines wait, in ticks. A coordinator's deadline bounds its session, and a member's bounds its own side of
// it, which is never longer.
const (
	// explainDeadline is for how long silent nodes are waited for in a round. A node that is a little
	// behind its chain says so after two seconds.
	explainDeadline = 5 * session.TicksPerSecond
	// holdingsDeadline is for how long silent nodes are waited for: the others read up to
	// wire.MaxHoldings shares off their disks first.
	holdingsDeadline = 10 * session.TicksPerSecond
	// tellDeadline bounds the side of a member that is asked what its chain says, which may take a moment to reach the block.
	tellDeadline = 10 * session.TicksPerSecond
)

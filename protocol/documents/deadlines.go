package documents

import (
	"github.com/geth-ss/geth-ss/protocol/session"
)

// How long machines wait, in ticks. A coordinator's deadline bounds its session, and a member's bounds its own side of
// it, which is never longer.
const (
	// storeDeadline bounds storing a document key.
	storeDeadline = 10 * session.TicksPerSecond
	// promiseDeadline bounds the wait for a majority, so that some time is left to spread
	// the certificate.
	promiseDeadline = 6 * session.TicksPerSecond
	// supplyDeadline bounds a member's wait for a record that it missed.
	supplyDeadline = 5 * session.TicksPerSecond

	// lookupDeadline bounds a look-up.
	lookupDeadline = 5 * session.TicksPerSecond
	// lookupPatience is how long a silent node can hold up a "not found" on which more than
	// half of the servers agree. What a client was told to exist is on the disks of more than half.
	lookupPatience = 1 * session.TicksPerSecond
)

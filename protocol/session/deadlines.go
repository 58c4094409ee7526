package session

// TicksPerSecond is the rate at which a driver ticks its machines.
const TicksPerSecond = 40

// How long machines wait, in ticks. A coordinator's deadline bounds its session, and a participant's bounds its own side of it,
// which is never longer.
const (
	// generationDeadline bounds a generation at its initiator, all attempts included.
	generationDeadline = 30 * TicksPerSecond
	// memberDeadline bounds one attempt at a participant.
	memberDeadline = 20 * TicksPerSecond
	// roundTimeout is how long the initiator waits in one phase before it goes on
	// without those that are silent.
	roundTimeout = 4 * TicksPerSecond
	// relayAfter is how long a phase may last before what it brought is passed on, and
	// again after twice the time.
	relayAfter = TicksPerSecond
	// linger is how long a participant that is done still helps those that are not.
	linger = 2 * TicksPerSecond
	// pauseMin and pauseSpread are how long the initiator stands back when others are busy with the
	// same key id; random, lest two initiators stumble over each other for ever.
	pauseMin    = TicksPerSecond / 2
	pauseSpread = TicksPerSecond
	// answerTimeout is how long silent servers are waited for in a ballot before an inquiry goes on
	// without them.
	answerTimeout = TicksPerSecond
	// AdmitDeadline bounds how long the own chain may take to confirm a requester, before a participant begins.
	AdmitDeadline = 5 * TicksPerSecond

	// retrieveDeadline bounds a retrieval, of one key or of several, and a signature.
	retrieveDeadline = 10 * TicksPerSecond
	// partDeadline bounds a participant's side: the chain may take a moment to reach the
	// block, and a missed record has to come.
	partDeadline = retrieveDeadline
	// hedgeTicks is how long the nodes of a set may keep us waiting before a spare is
	// asked, too: 200 ms; for ECDSA, of which an attempt costs twenty times as much, 500 ms.
	hedgeTicks      = TicksPerSecond / 5
	ecdsaHedgeTicks = TicksPerSecond / 2
	// retryTicks is how long nothing may happen before all who owe an answer are asked
	// again, in case a message was dropped.
	retryTicks = 2 * TicksPerSecond
	// denialPatience is how long a no of the own chain waits for a peer that has seen a
	// newer block: 500 ms.
	denialPatience = TicksPerSecond / 2
	// dealDeadline bounds a dealing of items, on both sides.
	dealDeadline = 5 * TicksPerSecond

	// storeDeadline bounds storing a document key.
	storeDeadline = 10 * TicksPerSecond
	// promiseDeadline bounds the wait for a quorum, so that some time is left to spread
	// the certificate.
	promiseDeadline = 6 * TicksPerSecond
	// supplyDeadline bounds a participant's wait for a record that it missed.
	supplyDeadline = 5 * TicksPerSecond

	// lookupDeadline bounds a look-up.
	lookupDeadline = 5 * TicksPerSecond
	// lookupPatience is how long a silent node can hold up a "not found" that a majority
	// agrees on. What a client was told to exist is on the disks of a majority.
	lookupPatience = 1 * TicksPerSecond

	// explainDeadline is for how long silent nodes are waited for in a round. A node that is a little
	// behind its chain says so after two seconds.
	explainDeadline = 5 * TicksPerSecond
	// holdingsDeadline is for how long silent nodes are waited for: the others read up to
	// wire.MaxHoldings shares off their disks first.
	holdingsDeadline = 10 * TicksPerSecond
)

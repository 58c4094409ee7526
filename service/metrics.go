package service

import (
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/metrics"
	"github.com/geth-ss/geth-ss/protocol"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// What each metric means, and when to worry, is in docs/metrics.md; a test compares. Those of
// connections and messages are in package protocol. With metrics switched off a counter costs
// one atomic addition and a timer a few, and nothing is sampled.
var (
	sessionsRunning = metrics.NewRegisteredGauge("ss/sessions/running", nil)
	sessionsDone    = metrics.NewRegisteredCounter("ss/sessions/done", nil)
	sessionsFailed  = metrics.NewRegisteredCounter("ss/sessions/failed", nil)
	limited         = metrics.NewRegisteredCounter("ss/limited", nil) // refused because of a limit
	messagesDropped = metrics.NewRegisteredCounter("ss/sessions/dropped", nil)
	sessionsBegun   = newKindCount("ss/sessions/begun/", wire.Kinds(), nil)
	_               = metrics.NewRegisteredCounter("ss/sessions/begun/other", nil) // stays 0: each kind has its own
	faultsSeen      = metrics.NewRegisteredCounter("ss/faults", nil)
	differencesSeen = metrics.NewRegisteredCounter("ss/differences", nil)
	attemptsGivenUp = metrics.NewRegisteredCounter("ss/givenup/attempts", nil)
	openingsGivenUp = metrics.NewRegisteredCounter("ss/givenup/openings", nil)

	// What clients wait for, each operation by itself.
	generateTimer = metrics.NewRegisteredTimer("ss/requests/generate", nil)
	storeTimer    = metrics.NewRegisteredTimer("ss/requests/store", nil)
	bothTimer     = metrics.NewRegisteredTimer("ss/requests/both", nil)
	publicTimer   = metrics.NewRegisteredTimer("ss/requests/public", nil)
	plainTimer    = metrics.NewRegisteredTimer("ss/requests/plain", nil)
	shadowTimer   = metrics.NewRegisteredTimer("ss/requests/shadow", nil)
	signTimer     = metrics.NewRegisteredTimer("ss/requests/sign", nil)

	// What came of them.
	reads      = newCounters("ss/reads/", outcomes...)
	writes     = newCounters("ss/writes/", outcomes...)
	signatures = newCounters("ss/signatures/", outcomes...)

	itemsDealt     = metrics.NewRegisteredCounter("ss/signing/dealt", nil)
	dealsFailed    = metrics.NewRegisteredCounter("ss/signing/failed", nil)
	dealsRefused   = metrics.NewRegisteredCounter("ss/signing/refused", nil)
	itemsStocked   = metrics.NewRegisteredGauge("ss/signing/items", nil)
	noncesOffered  = metrics.NewRegisteredGauge("ss/signing/nonces", nil)
	itemsLent      = metrics.NewRegisteredGauge("ss/signing/lent/items", nil)
	noncesPromised = metrics.NewRegisteredGauge("ss/signing/lent/nonces", nil)

	partialsMade     = metrics.NewRegisteredCounter("ss/partials/made", nil)
	partialsReceived = metrics.NewRegisteredCounter("ss/partials/received", nil)
	partialsWrong    = metrics.NewRegisteredCounter("ss/partials/wrong", nil)

	decisions     = newCounters("ss/permission/", "granted", "denied", "newer", "unavailable")
	decideTimer   = metrics.NewRegisteredTimer("ss/permission/decide", nil)
	callsInFlight = metrics.NewRegisteredGauge("ss/permission/calls", nil)

	storeTimerWrite = metrics.NewRegisteredTimer("ss/store/write", nil)
	storeErrors     = metrics.NewRegisteredCounter("ss/store/errors", nil)
	storeConflicts  = metrics.NewRegisteredCounter("ss/store/conflicts", nil)

	peersConfigured = metrics.NewRegisteredGauge("ss/peers/configured", nil)
	peersConnected  = metrics.NewRegisteredGauge("ss/peers/connected", nil)
	peersMuted      = metrics.NewRegisteredGauge("ss/peers/muted", nil)
	peersLost       = metrics.NewRegisteredCounter("ss/peers/lost", nil)
	peersTimer      = metrics.NewRegisteredTimer("ss/peers/answer", nil)

	finalNumber = metrics.NewRegisteredGauge("ss/chain/final", nil)
	finalAge    = metrics.NewRegisteredGauge("ss/chain/age", nil)
	finalFresh  = metrics.NewRegisteredGauge("ss/chain/fresh", nil)

	serversEpoch       = metrics.NewRegisteredGauge("ss/servers/epoch", nil)
	ordersFailed       = metrics.NewRegisteredCounter("ss/servers/failed", nil)
	movesDone          = metrics.NewRegisteredCounter("ss/moves/done", nil)
	movesFailed        = metrics.NewRegisteredCounter("ss/moves/failed", nil)
	keysToMove         = metrics.NewRegisteredGauge("ss/moves/left", nil)
	keysThin           = metrics.NewRegisteredGauge("ss/moves/thin", nil)
	receiptsMissing    = metrics.NewRegisteredGauge("ss/moves/receipts", nil)
	receiptsWrittenOff = metrics.NewRegisteredGauge("ss/moves/writtenoff", nil)
	sharesErased       = metrics.NewRegisteredCounter("ss/moves/erased", nil)

	keysInRound    = metrics.NewRegisteredGauge("ss/rounds/left", nil)
	keysLacking    = metrics.NewRegisteredGauge("ss/repairs/left", nil)
	repairsDone    = metrics.NewRegisteredCounter("ss/repairs/done", nil)
	repairsFailed  = metrics.NewRegisteredCounter("ss/repairs/failed", nil)
	repairsRefused = metrics.NewRegisteredCounter("ss/repairs/refused", nil)

	keysKnown      = metrics.NewRegisteredGauge("ss/keys/known", nil)
	keysShares     = metrics.NewRegisteredGauge("ss/keys/shares", nil)
	keysLowest     = metrics.NewRegisteredGauge("ss/keys/margin/lowest", nil)
	keysEndangered = metrics.NewRegisteredGauge("ss/keys/endangered", nil)
	keysUnreadable = metrics.NewRegisteredGauge("ss/keys/unreadable", nil)
	keysChecked    = metrics.NewRegisteredGauge("ss/keys/checked", nil)
)

// kindCount counts by kinds of sessions.
type kindCount map[wire.Kind]*metrics.Counter

// newKindCount makes the counters in a registry; nil: the default one.
func newKindCount(prefix string, kinds []wire.Kind, into metrics.Registry) kindCount {
	c := make(kindCount, len(kinds))
	for _, k := range kinds {
		c[k] = metrics.NewRegisteredCounter(prefix+k.Name, into)
	}
	return c
}

func (c kindCount) inc(k wire.Kind) {
	counter := c[k]
	if counter == nil {
		panic(fmt.Sprintf("service: internal error: sessions %q are not counted", k))
	}
	counter.Inc(1)
}

// counters are a closed set of them.
type counters map[string]*metrics.Counter

func newCounters(prefix string, names ...string) counters {
	c := make(counters, len(names))
	for _, name := range names {
		c[name] = metrics.NewRegisteredCounter(prefix+name, nil)
	}
	return c
}

func (c counters) inc(name string) { c[name].Inc(1) }

// outcomes are all that can come of a request. geth's metrics have no labels, so that the
// list has to be short: each outcome asks something else of an operator.
var outcomes = []string{"ok", "denied", "missing", "exists", "invalid", "unavailable", "timeout", "limit", "cancelled", "failed"}

// outcome is the one that an error stands for.
func outcome(err error) string {
	if err == nil {
		return "ok"
	}
	switch wire.ReasonOf(err) {
	case wire.Denied, wire.NotAuthor, wire.Policy:
		return "denied"
	case wire.KeyNotFound, wire.DocumentNotFound:
		return "missing"
	case wire.KeyExists, wire.DocumentExists:
		return "exists"
	case wire.BadRequester, wire.Cryptographic, wire.Threshold, wire.TooFew, wire.Unsupported:
		return "invalid"
	case wire.Unavailable, wire.Disconnected, wire.Busy, wire.NotMember, wire.NoSession:
		return "unavailable"
	case wire.Timeout:
		return "timeout"
	case wire.Limit:
		return "limit"
	case wire.Cancelled:
		return "cancelled"
	}
	return "failed"
}

// counted counts what came of a request when it is over.
func counted(c counters, timer *metrics.Timer, begun time.Time, err *error) {
	timer.UpdateSince(begun)
	c.inc(outcome(*err))
}

// countPartials counts parts of a retrieval, given and taken.
func countPartials(in session.Input, eff session.Effects) {
	for _, env := range eff.Send {
		partialsMade.Inc(parts(env.Msg))
	}
	if msg, ok := in.(session.Received); ok {
		if n := parts(msg.Msg); n > 0 {
			partialsReceived.Inc(n)
			partialsWrong.Inc(int64(len(eff.Faults)))
		}
	}
}

// parts is how many parts of decryptions a message brings.
func parts(m wire.Message) (n int64) {
	switch m := m.(type) {
	case *wire.Partial:
		return 1
	case *wire.Partials:
		for i := range m.Parts {
			if m.Parts[i].Part != nil {
				n++
			}
		}
	}
	return n
}

// countDecision counts a verdict of the own oracle.
func countDecision(v session.Verdict, took time.Duration) {
	decideTimer.Update(took)
	switch v.Answer {
	case session.Granted:
		decisions.inc("granted")
	case session.Refused:
		decisions.inc("denied")
	case session.Newer:
		decisions.inc("newer")
	default:
		decisions.inc("unavailable")
	}
}

// sampleEvery is how often the gauges are set that nothing happens to.
const sampleEvery = 5 * time.Second

// sample sets the gauges until the service stops. It is not begun without --metrics.
func (o *operator) sample() {
	ticker := time.NewTicker(sampleEvery)
	defer ticker.Stop()
	for {
		o.sampleOnce()
		select {
		case <-ticker.C:
		case <-o.ctx.Done():
			return
		}
	}
}

func (o *operator) sampleOnce() {
	serversEpoch.Update(int64(o.servers.Sets().Newest().Epoch))
	callsInFlight.Update(int64(o.oracle.Calls()))
	o.samplePeers()
	o.sampleChain()
	o.sampleVault()
	if known, shares, err := o.states.keys(); err == nil {
		keysKnown.Update(int64(known))
		keysShares.Update(int64(shares))
	}
	m := o.margins()
	lowest := len(o.servers.Members()) - 1 // of no keys: none can have more
	if m.Lowest != nil {
		lowest = *m.Lowest
	}
	keysLowest.Update(int64(lowest))
	keysEndangered.Update(int64(m.Endangered))
	keysUnreadable.Update(int64(m.Unreadable))
	if !m.Checked.IsZero() {
		keysChecked.Update(int64(time.Since(m.Checked).Seconds()))
	}
}

func (o *operator) sampleVault() {
	n := o.vault.sizes()
	itemsStocked.Update(int64(n.Items))
	noncesOffered.Update(int64(n.Nonces))
	itemsLent.Update(int64(n.LentItems))
	noncesPromised.Update(int64(n.LentNonces))
}

func (o *operator) samplePeers() {
	peersConfigured.Update(int64(len(o.servers.Members()) - 1))
	var connected, muted int64
	for _, p := range o.network.Peers() {
		switch {
		case p.State == protocol.Connected:
			connected++
		case p.State == protocol.Muted:
			muted++
		}
	}
	peersConnected.Update(connected)
	peersMuted.Update(muted)
}

func (o *operator) sampleChain() {
	st := o.chainStatus()
	fresh := int64(0)
	if st.Fresh {
		fresh = 1
	}
	finalFresh.Update(fresh)
	if st.Final != nil {
		finalNumber.Update(int64(st.Final.Number))
		finalAge.Update(int64(st.Final.Age))
	}
}

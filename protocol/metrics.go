package protocol

import (
	"github.com/ethereum/go-ethereum/metrics"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Counters of connections and messages; docs/metrics.md says what each is for. A counter
// is one atomic addition, whether metrics are on or not.
var (
	handshakes = map[State]*metrics.Counter{
		Connected:    metrics.NewRegisteredCounter("ss/handshakes/done", nil),
		OtherCluster: metrics.NewRegisteredCounter("ss/handshakes/cluster", nil),
		OtherGenesis: metrics.NewRegisteredCounter("ss/handshakes/genesis", nil),
		OtherChain:   metrics.NewRegisteredCounter("ss/handshakes/chain", nil),
		OtherVersion: metrics.NewRegisteredCounter("ss/handshakes/version", nil),
		Silent:       metrics.NewRegisteredCounter("ss/handshakes/silent", nil),
		NotMember:    metrics.NewRegisteredCounter("ss/handshakes/stranger", nil),
		NoSubproto:   metrics.NewRegisteredCounter("ss/handshakes/nostore", nil),
	}
	dialsFailed = metrics.NewRegisteredCounter("ss/dials/failed", nil)
	mutes       = metrics.NewRegisteredCounter("ss/mutes", nil)
	twinsSeen   = metrics.NewRegisteredCounter("ss/twins", nil)

	messagesIn      = newTraffic("ss/messages/in/", wire.Traffics(), nil)
	messagesOut     = newTraffic("ss/messages/out/", wire.Traffics(), nil)
	messagesDropped = metrics.NewRegisteredCounter("ss/messages/dropped", nil)
	inboxFull       = metrics.NewRegisteredCounter("ss/queues/in/full", nil)
	outboxFull      = metrics.NewRegisteredCounter("ss/queues/out/full", nil)
)

// traffic counts messages, by their code, as wire's table has it.
type traffic [wire.ProtocolLength]*metrics.Counter

// newTraffic makes the counters, each of one name, in a registry; nil: the default one.
func newTraffic(prefix string, names map[wire.Code]wire.Traffic, into metrics.Registry) (t traffic) {
	for code, name := range names {
		t[code] = metrics.GetOrRegisterCounter(prefix+string(name), into)
	}
	return t
}

// count counts a message. It does not count one of an unknown code, which only a peer can send.
func (t *traffic) count(code uint64) {
	if code < uint64(len(t)) && t[code] != nil {
		t[code].Inc(1)
	}
}

// entered counts a connection that came into a state.
func entered(state State) {
	if c := handshakes[state]; c != nil {
		c.Inc(1)
	}
}

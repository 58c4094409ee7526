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

	messagesIn      = newByKind("ss/messages/in/")
	messagesOut     = newByKind("ss/messages/out/")
	messagesDropped = metrics.NewRegisteredCounter("ss/messages/dropped", nil)
	inboxFull       = metrics.NewRegisteredCounter("ss/queues/in/full", nil)
	outboxFull      = metrics.NewRegisteredCounter("ss/queues/out/full", nil)
)

// byKind counts messages by the range of their code (wire.Code).
type byKind [wire.ProtocolLength >> 4]*metrics.Counter

func newByKind(prefix string) (k byKind) {
	other := metrics.NewRegisteredCounter(prefix+"other", nil)
	for i := range k {
		k[i] = other
	}
	for i, name := range []string{"connection", "generate", "store", "retrieve", "lookup", "ask"} {
		k[i] = metrics.NewRegisteredCounter(prefix+name, nil)
	}
	return k
}

func (k *byKind) count(code uint64) { k[code>>4&7].Inc(1) }

// entered counts a connection that came into a state.
func entered(state State) {
	if c := handshakes[state]; c != nil {
		c.Inc(1)
	}
}

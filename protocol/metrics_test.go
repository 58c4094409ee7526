package protocol

import (
	"testing"

	"github.com/ethereum/go-ethereum/metrics"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Every message is counted as its row says, one that is made up as well; those of signing by themselves.
func TestTraffic(t *testing.T) {
	names := wire.Traffics()
	names[0x7e] = "fresh"
	registry := metrics.NewRegistry()
	counters := newTraffic("in/", names, registry)
	want := make(map[string]int64)
	for code, name := range names {
		counters.count(uint64(code))
		want["in/"+string(name)]++
	}
	counters.count(0x7d) // no message has it, and none beyond the protocol's length
	counters.count(wire.ProtocolLength)
	got := make(map[string]int64)
	registry.Each(func(name string, m any) { got[name] = m.(*metrics.Counter).Snapshot().Count() })
	if len(got) != len(want) || got["in/fresh"] != 1 || got["in/sign"] != 8 {
		t.Errorf("counted are %v", got)
	}
	for name, n := range want {
		if got[name] != n {
			t.Errorf("%s is %d, want %d", name, got[name], n)
		}
	}
	for code := range wire.Traffics() {
		if messagesIn[code] == nil || messagesOut[code] == nil {
			t.Errorf("message %#x is not counted", code)
		}
	}
}

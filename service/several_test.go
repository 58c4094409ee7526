package service

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// TestSeveralGiveWay: what is done for all keys is done for many at once, and for one after another while clients ask.
func TestSeveralGiveWay(t *testing.T) {
	c := newCluster(t, 1, 0)
	s := c.nodes[0]
	ids := make([]wire.KeyID, movesAtOnce)
	for i := range ids {
		ids[i] = wire.KeyID{byte(i)}
	}
	var running atomic.Int64
	s.several(ids, 0, func(wire.KeyID) {
		running.Add(1)
		c.until("all run at once", func() bool { return running.Load() == movesAtOnce })
	})
	running.Store(0)
	var done, most atomic.Int64
	s.limits.serves()
	s.several(ids[:4], 0, func(wire.KeyID) {
		most.Store(max(most.Load(), running.Add(1)))
		for range 20 { // another one that does not give way begins meanwhile
			s.limits.serves()
			time.Sleep(requestsLast / 50)
		}
		running.Add(-1)
		done.Add(1)
	})
	if done.Load() != 4 || most.Load() != 1 {
		t.Errorf("while clients ask %d were done, %d at once", done.Load(), most.Load())
	}
	done.Store(0)
	s.several(ids, 1, func(wire.KeyID) { done.Add(1) })
	if done.Load() != 0 {
		t.Error("it goes on for a set that is not the newest")
	}
}

// TestServing: a key server that helps another one with a client's request gives way as if the client were its own. What the
// servers do by themselves is no request.
func TestServing(t *testing.T) {
	c, admin := newChanging(t, 4, 1)
	r := c.deal(1, 1, c.nodes[:4]...)
	c.nodes[0].order(t, admin, &wire.OrderRequest{Add: []string{c.nodes[4].server.Self().URLv4()}})
	c.settled(1, c.nodes...)
	for i, s := range c.nodes {
		if s.limits.serving(waitFor) {
			t.Errorf("key server %d takes a change of the set for a request", i)
		}
	}
	c.sign(c.nodes[0], c.stateOf(c.nodes[0], r.Setup.Key).Record, wire.Schnorr, [32]byte{1})
	helped := 0
	for _, s := range c.nodes[1:] {
		if s.limits.serving(waitFor) {
			helped++
		}
	}
	if !c.nodes[0].limits.serving(waitFor) || helped == 0 {
		t.Errorf("the one that was asked gives way: %t; %d of those that helped do", c.nodes[0].limits.serving(waitFor), helped)
	}
}

package service

import (
	"testing"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// TestWriteOff: a key server is removed that is down. By its operator's word a member waits no more for its receipts, and dials
// it no more, also after a restart; it goes on to say that it has not erased. The others wait on. When it comes back after all,
// its receipts count everywhere.
func TestWriteOff(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	c, admin := newChanging(t, 5, 0)
	a, b, e := c.nodes[0], c.nodes[1], c.nodes[4]
	ids := c.makeKeys(a, 1, 3)
	lost := e.self.ID()
	e.stop(t)
	a.remove(t, admin, e)
	c.settled(1, c.nodes[:4]...)
	c.until("its receipts are awaited", func() bool {
		for _, s := range c.nodes[:4] {
			if info := s.info(t); len(info.Unerased) != 1 || info.Unerased[0].ID != lost || info.Unerased[0].Shares != len(ids) {
				return false
			}
		}
		return true
	})
	for what, node := range map[string]wire.NodeID{"itself": a.self.ID(), "who owes nothing": b.self.ID(), "a stranger": {1}} {
		if _, err := a.WriteOff(t.Context(), node); wire.ReasonOf(err) != wire.BadRequester {
			t.Errorf("writing off %s: %v", what, err)
		}
	}
	done, err := a.WriteOff(t.Context(), lost)
	if err != nil || done.ID != lost || done.Shares != len(ids) {
		t.Fatalf("%+v, %v", done, err)
	}
	wantWrittenOff := func() {
		t.Helper()
		c.until("it is written off", func() bool {
			info := a.info(t)
			return len(info.Unerased) == 0 && len(info.Former) == 0 && len(info.WrittenOff) == 1 && info.WrittenOff[0].ID == lost &&
				info.WrittenOff[0].Shares == len(ids) && !info.WrittenOff[0].Since.IsZero() && !info.WrittenOff[0].Member && !a.dials(lost)
		})
	}
	wantWrittenOff()
	if _, err := a.WriteOff(t.Context(), lost); wire.ReasonOf(err) != wire.BadRequester {
		t.Errorf("writing it off twice: %v", err)
	}
	a.stop(t)
	c.open(a, 0)
	c.join(a)
	wantWrittenOff()
	if info := b.info(t); len(info.Unerased) != 1 || len(info.WrittenOff) != 0 || !b.dials(lost) {
		t.Errorf("another member has %+v, %+v", info.Unerased, info.WrittenOff)
	}
	c.open(e, 0)
	c.join(e)
	c.until("its receipts have come", func() bool {
		for _, s := range c.nodes[:4] {
			if info := s.info(t); len(info.Unerased)+len(info.WrittenOff)+len(info.Former) != 0 {
				return false
			}
		}
		return true
	})
}

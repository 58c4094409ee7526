package handover_test

import (
	"testing"

	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Whatever was heard: a former share is destroyed, and a receipt signed, only if the certificate of the current sharing is thick. Of
// five key servers with t = 2 four are enough to certify it, and no more; all five are enough to erase.
func TestOnlyThickErases(t *testing.T) {
	for members, want := range map[int]bool{4: false, 5: true} {
		c := sessiontest.New(5, 1)
		sharing := func(round uint64, members int) *wire.KeyRecord {
			r := &wire.KeyRecord{Setup: wire.Setup{Key: sessiontest.KeyID(1), Threshold: 2, SetSize: 5, Set: &wire.SetRef{}, Move: &wire.Move{Round: round}}}
			for i, n := range c.Nodes[:members] {
				r.Setup.Members = append(r.Setup.Members, n.ID())
				r.Acks = append(r.Acks, wire.IndexedSign{Index: uint32(i + 1)})
			}
			return r
		}
		now, before := sharing(7, members), sharing(6, 5)
		state := &session.State{Record: now, Former: []session.Former{{Record: before}}}
		env := c.Nodes[0].Env()
		batch, err := handover.Erase(&env, state, handover.HeardOf(now))
		if !now.Confirmed() || (err == nil) != want || (len(batch) > 0) != want {
			t.Errorf("certified by %d, confirmed %t: %d records, %v", members, now.Confirmed(), len(batch), err)
		}
		if batch, err := handover.Erase(&env, state, handover.HeardOf(before)); wire.ReasonOf(err) != wire.Internal || batch != nil {
			t.Errorf("what was heard is of another sharing: %d records, %v", len(batch), err)
		}
	}
}

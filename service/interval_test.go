package service

import (
	"testing"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// TestIntervalRounds: the shares are dealt anew once in each interval of the set, in the round of the interval's first block, and not
// for an interval that had begun before the set came into force.
func TestIntervalRounds(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	const every = 3600
	c, admin := newChanging(t, 4, 0)
	ids := c.keysOf(t, c.nodes[0], 7, 3)
	c.chain.grow(1, 2*every) // an interval begins with this block, before the set is one of intervals
	c.chain.grow(2, 1)
	refresh := uint64(every)
	c.nodes[0].order(t, admin, &wire.OrderRequest{Refresh: &refresh})
	c.settled(1, c.nodes...)
	in := func(s *testServer, id wire.KeyID) (wire.Slot, string) {
		r, share := c.held(s, id)
		if r == nil {
			return wire.Slot{}, ""
		}
		return r.Setup.Slot(), string(share)
	}
	for _, s := range c.nodes {
		head, _ := c.chain.Final()
		if err := s.rounder.noteDue(s.servers.Sets().Newest(), head.Number); err != nil {
			t.Fatal(err)
		}
		if kept, err := s.round(1); kept != nil || err != nil {
			t.Fatalf("a round of an interval that had begun before the set: %+v, %v", kept, err)
		}
	}
	shares := make(map[*testServer]string)
	round := uint64(0)
	for range 2 {
		for _, s := range c.nodes {
			s.rounds.again()
			if slot, share := in(s, ids[0]); slot != (wire.Slot{Epoch: 1, Round: round}) {
				t.Fatalf("in %+v, want round %d", slot, round)
			} else {
				shares[s] = share
			}
		}
		round = c.chain.grow(1, every) // the first of the next interval
		c.chain.grow(2, 1)
		for _, s := range c.nodes {
			s.rounds.again()
			for _, id := range ids {
				c.until("all keys are dealt anew in the interval's round", func() bool {
					slot, share := in(s, id)
					return slot == wire.Slot{Epoch: 1, Round: round} && (id != ids[0] || share != shares[s])
				})
			}
			c.until("the round is done", func() bool {
				kept, err := s.round(1)
				return err == nil && kept != nil && kept.Round == round && kept.Done
			})
		}
	}
}

package sessiontest

import (
	"slices"

	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Lives in which a server set loses its quorum and is given up.
//
// What an order to give up does not guarantee is what those do who were lost, if they come back and know nothing of it: they could
// decide another set, or make a key of an id that is taken. In a life all is to hold, so who is lost stays away until peace, and has
// said nothing of the next set before. And members of a set that follows one which was given up are content with the listings of few
// only if these name all that anybody has begun: with less they wait for those who were lost.

// giveUp takes so many members of the newest set away that the others are no quorum, and has them give it up; once they are away, it
// orders that again.
func (c *changes) giveUp() {
	s := c.s
	parent := c.newest()
	if parent.Epoch >= maxEpochs {
		return
	}
	if len(c.lost) == 0 {
		if !c.quiet(parent) {
			return
		}
		var lost []*Node
		for _, i := range s.rng.Perm(len(parent.Members))[:len(parent.Members)-parent.Quorum()+1] {
			lost = append(lost, s.Node(parent.Members[i]))
		}
		if len(s.Nodes)-len(lost) < c.least {
			return
		}
		for _, n := range lost {
			s.logf("%s is lost", n.Name)
			s.Down(n)
		}
		c.lost, c.of = lost, parent.Epoch
	}
	if parent.Epoch != c.of {
		return
	}
	left := slices.DeleteFunc(slices.Clone(s.Nodes), c.isLost)
	s.rng.Shuffle(len(left), func(i, j int) { left[i], left[j] = left[j], left[i] })
	left = left[:c.least+s.rng.IntN(len(left)-c.least+1)]
	o := s.Order(parent, len(c.orders), left...)
	o.GiveUp = true
	c.orders = append(c.orders, o)
	n := left[0]
	s.recover(n)
	s.logf("order %x at %s: set %d is given up, and %d are server set %d", o.Nonce[7], n.Name, parent.Epoch, len(o.Members), o.Epoch)
	c.ask("give up", s.Decide(n, o))
}

// quiet tells whether all honest nodes know this set as the newest, and none has said anything of the next one that is not at its end.
func (c *changes) quiet(newest *wire.ServerSet) bool {
	for _, n := range c.s.Nodes {
		env := n.Env()
		if held, err := handover.Held(&env); c.s.good(n) && (held != nil || err != nil) {
			return false
		}
	}
	return true
}

func (c *changes) isLost(n *Node) bool { return slices.Contains(c.lost, n) }

// gather has a node gather listings, and be content with those of few where that harms nobody.
func (c *changes) gather(n *Node) {
	env := n.Env()
	newest := env.Sets.Newest()
	if len(c.lost) == 0 || newest.Epoch != c.of+1 || !newest.Contains(n.ID()) || !c.namesAll(n, newest.Epoch) {
		c.ask("gather", c.s.GatherListings(n))
		return
	}
	m, err := handover.NewGatheringFor(env, newest.Epoch)
	if err == nil {
		m = m.OfFew()
	}
	c.ask("gather few", c.s.does(n, wire.KindList, wire.KeyID{}, m, err))
}

// namesAll tells whether a node has heard of every attempt that anybody knows, and nobody who is not lost can go on with one of the set
// before.
func (c *changes) namesAll(n *Node, epoch uint64) bool {
	for _, other := range c.s.Nodes {
		if !c.isLost(other) && other.Sets().Newest().Epoch < epoch {
			return false
		}
		for _, key := range c.s.keys {
			own := n.State(key).Named()
			for _, name := range other.State(key).Named() {
				_, heard := n.records[recordKey{wire.RecordListed, key, name}]
				if !heard && !slices.Contains(own, name) {
					return false
				}
			}
		}
	}
	return true
}

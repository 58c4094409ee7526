package service

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/geth-ss/geth-ss/protocol"
	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

const (
	// planReach is how long members of a planned set that are none now are waited for to be connected.
	planReach = 10 * time.Second
	// planAtOnce is how many pages of keys are asked for in a row, and planPause is between two afterwards: no key server
	// answers more than queriesAMinute.
	planAtOnce = 20
	planPause  = 1500 * time.Millisecond
	// maxAlone bounds the keys that one key server alone lists: more are taken for made up, and its list is left out. A liar
	// could list without end.
	maxAlone = 100_000
)

// PlanChange tells what an order would do to the keys. It asks all key servers for signed lists of the keys that they know,
// and of which they have their shares just now; nothing begins.
func (o *operator) PlanChange(ctx context.Context, req *wire.OrderRequest, rehearse bool) (*wire.Plan, error) {
	if !o.isRunning() {
		return nil, errNotRunning
	}
	release, err := o.questions.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	order, err := o.MakeOrder(ctx, req)
	if err != nil {
		return nil, err
	}
	p := &wire.Plan{Order: order, Listed: []wire.NodeID{}, Silent: []wire.NodeID{}, Reasons: []string{}, Joining: []wire.NodeID{}, Classes: []wire.PlanClass{}}
	done, err := o.reachJoining(ctx, p)
	defer done()
	if err != nil {
		return nil, err
	}
	l := &planLists{sum: newPlanSum(order.Set()), silent: make(map[wire.NodeID]string), alone: make(map[wire.NodeID]int)}
	if err := o.planKeys(ctx, l); err != nil {
		return nil, err
	}
	p.Keys, p.Classes = l.sum.keys, l.sum.classes()
	for _, node := range o.asked() {
		if why, silent := l.silent[node]; silent {
			p.Silent, p.Reasons = append(p.Silent, node), append(p.Reasons, why)
		} else {
			p.Listed = append(p.Listed, node)
		}
	}
	if refused := o.harm(order.Set()); refused != nil {
		p.Refusal = refused.Detail
	}
	if rehearse {
		if p.Rehearsal, err = o.rehearse(ctx, order.Set(), l.sum); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// planLists is what a plan has heard.
type planLists struct {
	sum    *planSum
	silent map[wire.NodeID]string // whose list is not whole, and why
	alone  map[wire.NodeID]int    // keys that this node alone lists
}

// asked are those who may hold shares: members of the newest set, and former ones that keep some still.
func (o *operator) asked() []wire.NodeID {
	now := o.servers.now.Load()
	return slices.Compact(wire.SortNodeIDs(slices.Concat(now.sets.Newest().Members, now.leaving)))
}

// reachJoining tells which of those that would join can't be reached, and dials them until done is called. While an order is
// being decided nobody else is dialled.
func (o *operator) reachJoining(ctx context.Context, p *wire.Plan) (done func(), err error) {
	done = func() {}
	addresses, err := addressesOf(p.Order)
	if err != nil {
		return done, wire.Errorf(wire.BadRequester, "%v", err)
	}
	set, newest := p.Order.Set(), o.servers.Sets().Newest()
	var joining []wire.NodeID
	for _, node := range set.Members {
		if !newest.Contains(node) && node != o.self.ID() {
			joining = append(joining, node)
		}
	}
	s := o.succession
	s.mu.Lock()
	busy := s.deciding != nil
	s.mu.Unlock()
	if len(joining) > 0 && !busy {
		s.propose(set.Members, addresses)
		done = func() {
			s.mu.Lock()
			busy := s.deciding != nil
			s.mu.Unlock()
			if !busy {
				s.propose(nil, nil)
			}
		}
	}
	for end := time.Now().Add(planReach); ; {
		connected := o.network.Connected()
		p.Joining = slices.DeleteFunc(slices.Clone(joining), func(n wire.NodeID) bool { return slices.Contains(connected, n) })
		if len(p.Joining) == 0 || time.Now().After(end) {
			return done, nil
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return done, wire.Errorf(wire.Cancelled, "%v", context.Cause(ctx))
		}
	}
}

// planKeys has the lists read, page by page, and counts the holders of all keys. Who fails once is not asked again: its list
// would have a hole.
func (o *operator) planKeys(ctx context.Context, l *planLists) error {
	var after wire.KeyID
	for page := 0; ; page++ {
		if page >= planAtOnce && !o.pause(planPause) || ctx.Err() != nil {
			return wire.Errorf(wire.Cancelled, "planning took too long, or the key server stops")
		}
		m, err := handover.NewPlanning(o.env(), o.states.read, o.listers(l), after)
		if err == nil {
			err = o.run(ctx, wire.KindPlan, wire.KeyID{}, m)
		}
		if err != nil {
			return err
		}
		maps.Copy(l.silent, m.Missing())
		keys, next := m.Keys()
		for i := range keys {
			l.note(&keys[i])
		}
		if next == nil {
			return nil
		}
		after = *next
	}
}

// listers are those that are asked for a page.
func (o *operator) listers(l *planLists) (nodes []wire.NodeID) {
	connected := o.network.Connected()
	for _, node := range o.asked() {
		switch {
		case l.silent[node] != "":
		case l.alone[node] > maxAlone:
			l.silent[node] = fmt.Sprintf("it lists more than %d keys that nobody else does", maxAlone)
		case slices.Contains(connected, node) && !o.network.Knows(node, protocol.Plans):
			l.silent[node] = "it runs a program that lists no shares for plans: upgrade it first"
		default:
			nodes = append(nodes, node)
		}
	}
	return nodes
}

// note counts a key.
func (l *planLists) note(k *handover.PlannedKey) {
	if k.Alone != (wire.NodeID{}) {
		l.alone[k.Alone]++
	}
	l.sum.add(k.Key, k.Threshold, k.Holders, k.Sure)
}

// harm is why this node takes no part in having a set follow that does not say force: some key of its own store could not be
// read there, or not be signed with, as it can now. It names how many, and one. Nil: it does no harm, or nothing is known.
func (o *driver) harm(set *wire.ServerSet) *wire.Error {
	sum := newPlanSum(set)
	var after wire.KeyID
	for {
		ids, err := o.states.keysOf(wire.RecordKey, after, wire.MaxHoldings)
		if err != nil {
			return wire.Errorf(wire.Database, "%s can't read which keys there are: %v", o.self.ID().Short(), err)
		}
		if len(ids) == 0 {
			return sum.refusal(o.self.ID())
		}
		for _, id := range ids {
			state, err := o.states.read(id)
			if err == nil && state.Record != nil && state.Record.Confirmed() { // a damaged record is told of where it is used
				sum.add(id, state.Record.Setup.Threshold, len(state.Record.Setup.Members), true)
			}
		}
		after = ids[len(ids)-1]
	}
}

// planSum counts keys by what happens to them. Thresholds and holders are below wire.MaxMembers, so it is small.
type planSum struct {
	set  *wire.ServerSet
	keys int
	of   map[planKind]*planCount
}

type planKind struct {
	threshold uint32
	holders   int
}

type planCount struct {
	keys, unsure int
	example      wire.KeyID   // a sure one, if there is one
	some         []wire.KeyID // sure ones, at most maxRehearsed
}

func newPlanSum(set *wire.ServerSet) *planSum {
	return &planSum{set: set, of: make(map[planKind]*planCount)}
}

func (s *planSum) add(id wire.KeyID, threshold uint32, holders int, sure bool) {
	s.keys++
	kind := planKind{threshold, holders}
	c := s.of[kind]
	if c == nil {
		c = &planCount{example: id}
		s.of[kind] = c
	}
	c.keys++
	switch {
	case !sure:
		c.unsure++
		return
	case c.unsure == c.keys-1: // the first sure one
		c.example = id
	}
	if len(c.some) < maxRehearsed {
		c.some = append(c.some, id)
	}
}

// samples are keys of all classes in turn, the worst first, but of those that can't move.
func (s *planSum) samples() (keys []wire.KeyID) {
	classes := s.classes()
	for i := range maxRehearsed {
		for _, c := range classes {
			some := s.of[planKind{c.Threshold, c.Holders}].some
			if i < len(some) && !c.Lost && !c.Unreadable && len(keys) < maxRehearsed {
				keys = append(keys, some[i])
			}
		}
	}
	return keys
}

// classes are worst first.
func (s *planSum) classes() []wire.PlanClass {
	all := []wire.PlanClass{}
	for kind, count := range s.of {
		c := wire.NewPlanClass(count.keys, count.example, kind.threshold, kind.holders, s.set.Floor, len(s.set.Members))
		c.Unsure = count.unsure
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b wire.PlanClass) int {
		return cmp.Or(cmp.Compare(badness(&b), badness(&a)), cmp.Compare(a.Spare, b.Spare),
			cmp.Compare(b.Threshold, a.Threshold), cmp.Compare(a.Holders, b.Holders))
	})
	return all
}

func badness(c *wire.PlanClass) int {
	switch {
	case c.Lost:
		return 3
	case c.Unreadable:
		return 2
	case c.NoECDSA:
		return 1
	}
	return 0
}

// refusal is about keys that a node knows the members of, and not who of these is up.
func (s *planSum) refusal(node wire.NodeID) *wire.Error {
	for _, c := range s.classes() {
		switch {
		case c.Unreadable:
			return wire.Errorf(wire.Policy, "%s knows of keys of threshold %d, %v among %d, that nobody could read: that takes %d key servers, and there would be %d; the order does not say force",
				node.Short(), c.Threshold, c.Example, c.Keys, uint64(c.Next)+1, c.Members)
		case c.NoECDSA:
			return wire.Errorf(wire.Policy, "%s knows of keys of threshold %d, %v among %d, that could not sign by ECDSA any more: that takes %d key servers, and there would be %d; the order does not say force",
				node.Short(), c.Threshold, c.Example, c.Keys, 2*uint64(c.Next)+1, c.Members)
		}
	}
	return nil
}

// refuses tells whether this node takes no part in an order because of what it does to keys.
func (d *driver) refuses(order *wire.SetOrder) *wire.Error {
	if order.Force {
		return nil
	}
	return d.harm(order.Set())
}

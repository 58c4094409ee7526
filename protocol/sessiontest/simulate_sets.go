package sessiontest

import (
	"fmt"
	"slices"

	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// changes are what a life has beside whose server set changes: orders that contend, and are cancelled; sets that follow while
// keys are still with earlier ones; rounds in a set; shares that are erased. Each step is one that a node takes when the seed
// likes, and any of it may be cut off.
//
//	trouble ─► heal ─► finish: one set is the newest, all keys are in it, nothing older is left ─► peace
type changes struct {
	s      *simulation
	least  int // members of a set
	orders []*wire.SetOrder
	sets   map[uint64]*wire.ServerSet // that an honest node has known, by epoch
	slots  map[inSlot]wire.SessionID  // what an honest node has known to be confirmed
	public map[wire.KeyID]wire.Point  // likewise
	asked  []*Outcome                 // of what the nodes do by themselves
	lost   []*Node                    // away until peace, so that their set has no quorum: see giveUp
	of     uint64                     // the epoch of that set
}

type inSlot struct {
	key  wire.KeyID
	slot wire.Slot
}

// maxEpochs bounds the sets of a life: more would be more of the same.
const maxEpochs = 5

// SimulateChanges is Simulate with a server set that changes.
func SimulateChanges(seed uint64, log func(string)) (ends map[string]int, err error) {
	return simulate(newChanging(seed), log)
}

// newChanging makes a world in which sets follow one another. While at most ServerSet.Faults of each set's members lie, and no
// more than a key's threshold, all is to hold. A set that has a liar has 2t+1 members at least, as what is erased before is
// relied on then.
func newChanging(seed uint64) *simulation {
	sizes := []int{4, 5, 5, 6, 6, 7}
	s := newWorldOf(sizes[seed%uint64(len(sizes))], seed)
	c := &changes{s: s, sets: make(map[uint64]*wire.ServerSet), slots: make(map[inSlot]wire.SessionID), public: make(map[wire.KeyID]wire.Point)}
	s.changes = c
	s.climate.Links, s.climate.Duplicate = true, 0 // as devp2p does: who decides about sets says one thing after the other
	n := len(s.Nodes)
	evil := s.rng.IntN(2) == 0
	if evil {
		s.threshold = 1 + s.rng.IntN(1+(n-4)/2)
		c.least = max(4, 2*s.threshold+1)
		s.threshold = min(s.threshold, (c.least-1)/2)
	} else {
		s.threshold = s.rng.IntN(3)
		c.least = s.threshold + 1
	}
	c.sets[0] = s.Changing(0, c.some()...)
	s.Saved = c.saved
	if evil {
		s.corruptSome(1)
	}
	return s
}

// some are nodes for a set.
func (c *changes) some() (nodes []*Node) {
	s := c.s
	for _, i := range s.rng.Perm(len(s.Nodes))[:c.least+s.rng.IntN(len(s.Nodes)-c.least+1)] {
		nodes = append(nodes, s.Nodes[i])
	}
	return nodes
}

// newest is the newest set that any honest node knows.
func (c *changes) newest() *wire.ServerSet {
	set := c.s.First
	for _, n := range c.s.Nodes {
		if known := n.Sets().Newest(); c.s.good(n) && known.Epoch > set.Epoch {
			set = known
		}
	}
	return set
}

// members are the nodes of the newest set.
func (c *changes) members() (nodes []*Node) {
	for _, id := range c.newest().Members {
		nodes = append(nodes, c.s.Node(id))
	}
	return nodes
}

// involved are the nodes that are key servers, or were once.
func (c *changes) involved() (nodes []*Node) {
	for _, n := range c.s.Nodes {
		if n.Sets().Known(n.ID()) {
			nodes = append(nodes, n)
		}
	}
	return nodes
}

// something is one thing that administrators order, or a node does by itself.
func (c *changes) something() {
	s := c.s
	n, key := s.any(), s.anyKey()
	if !n.Up || n.Frozen {
		s.recover(n)
		return
	}
	sets := n.Sets()
	state := n.State(key)
	known := state.Record != nil && state.Record.Confirmed()
	if s.rng.IntN(40) == 0 || len(c.lost) > 0 && sets.Newest().Epoch == c.of && s.rng.IntN(5) == 0 {
		c.giveUp()
		return
	}
	switch pick := s.rng.IntN(100); {
	case pick < 10:
		if sets.Newest().Epoch < maxEpochs {
			c.order(n)
		}
	case pick < 12:
		if len(c.orders) > 0 {
			o := c.orders[s.rng.IntN(len(c.orders))]
			s.logf("order %x is cancelled at %s", o.Nonce[7], n.Name)
			c.ask("cancel", s.CancelOrder(n, o))
		}
	case pick < 18:
		if o := s.SettleHeld(n); o != nil {
			c.ask("settle", o)
		}
	case pick < 25:
		c.ask("follow", s.FollowSets(n))
	case pick < 35:
		if sets.Newest().Epoch > 0 {
			c.gather(n)
		}
	case pick < 40:
		c.ask("known", s.Known(n, key))
	case pick < 42:
		if newest := sets.Newest().Epoch; newest > 0 {
			c.ask("relist", s.Relist(n, key, 1+uint64(s.rng.IntN(int(newest)))))
		}
	case pick < 80 && known:
		var round uint64
		if s.rng.IntN(4) == 0 {
			round = 1 + uint64(s.rng.IntN(12))
		}
		c.ask("move", s.Move(n, key, round))
	case pick < 86:
		c.ask("latest", s.Latest(n, key))
	case known && len(state.Former) > 0 && handover.Thick(state.Record):
		c.ask("erase", s.EraseFormer(n, key))
	}
}

// order has one or two sets ordered at once, which contend.
func (c *changes) order(n *Node) {
	s := c.s
	parent := n.Sets().Newest()
	for range 1 + s.rng.IntN(4)/3 {
		o := s.Order(parent, len(c.orders), c.some()...)
		c.orders = append(c.orders, o)
		s.logf("order %x at %s: server set %d of %d", o.Nonce[7], n.Name, o.Epoch, len(o.Members))
		c.ask("order", s.Decide(n, o))
		if n = s.any(); !n.Up || n.Frozen || n.Sets().Newest().Epoch != parent.Epoch {
			return
		}
	}
}

func (c *changes) ask(what string, o *Outcome) {
	c.asked = append(c.asked, o)
	if o.Done {
		c.count(what, o)
		return
	}
	then := o.Run.then
	o.Run.then = func(r *Run) {
		if then(r); o.Done {
			c.count(what, o)
		}
	}
}

func (c *changes) count(what string, o *Outcome) { c.s.ends[what+": "+o.kind()]++ }

// saved looks at what an honest node has made durable: sets that follow one another with authority, one sharing a slot, a key
// that stays what it is, and somebody who can read it.
func (c *changes) saved(n *Node, batch []wire.Record) {
	if !c.s.good(n) {
		return
	}
	looked := make(map[wire.KeyID]bool)
	for i := range batch {
		switch r := &batch[i]; r.Kind {
		case wire.RecordSet:
			c.followed(n)
		case wire.RecordKey, wire.RecordNext, wire.RecordShare, wire.RecordPending, wire.RecordFormer:
			if !looked[r.Key] {
				looked[r.Key] = true
				c.look(n, r.Key)
			}
		}
	}
}

// followed checks what sets a node knows. That administrators have signed each was checked when they were read.
func (c *changes) followed(n *Node) {
	sets := n.Sets()
	for epoch := uint64(0); sets.At(epoch) != nil; epoch++ {
		set := sets.At(epoch)
		if other := c.sets[epoch]; other != nil && other.Hash() != set.Hash() {
			c.s.violated("two server sets of epoch %d, one of them at %s", epoch, n.Name)
		}
		ordered := func(o *wire.SetOrder) bool {
			return o.Epoch == epoch && slices.Equal(o.Set().Members, set.Members) && o.Parent == set.Parent
		}
		if epoch > 0 && !slices.ContainsFunc(c.orders, ordered) {
			c.s.violated("%s follows server set %d, which nobody has ordered", n.Name, epoch)
		}
		c.sets[epoch] = set
	}
}

// look checks what is known of a key at a node, and who holds it.
func (c *changes) look(n *Node, key wire.KeyID) {
	s := c.s
	if r := n.State(key).Record; r != nil && r.Confirmed() {
		at := inSlot{key, r.Setup.Slot()}
		if other, ok := c.slots[at]; ok && other != r.Version() {
			s.violated("two confirmed sharings of key %x in slot %v, one of them at %s", key[31], at.slot, n.Name)
		}
		c.slots[at] = r.Version()
		if other, ok := c.public[key]; ok && other != r.Public() {
			s.violated("%s knows key %x with another public key", n.Name, key[31])
		}
		c.public[key] = r.Public()
	}
	if _, made := c.public[key]; made {
		if err := s.Readable(key, s.good); err != nil {
			s.violated("after %s has saved: %v", n.Name, err)
		}
	}
}

// finish has nodes do what is left to do until nothing is: as service does, which goes on until then.
func (c *changes) finish() error {
	s := c.s
	for _, o := range c.asked {
		if !o.Done && (o.Run == nil || o.Run.Err == nil) {
			return fmt.Errorf("something that a node does by itself never ends: %v", o.Run.Machine)
		}
	}
	if err := c.settleSets(); err != nil {
		return err
	}
	if s.rng.IntN(2) == 0 {
		if err := c.orderInPeace(); err != nil {
			return err
		}
	}
	for _, key := range s.keys { // attempts that were cut off end, whoever knows of them
		for _, n := range c.involved() {
			if o := s.Known(n, key); c.wait(o) != nil && o.Reason() != wire.KeyNotFound {
				return fmt.Errorf("%s can't settle attempts at key %x: %w", n.Name, key[31], o.Err)
			}
		}
	}
	for epoch := uint64(1); epoch <= c.newest().Epoch; epoch++ { // each set stands on the one before it
		for _, n := range c.involved() {
			env := n.Env()
			if epochs, err := handover.Unheard(&env); err != nil || len(epochs) > 0 {
				c.wait(s.GatherListings(n))
			}
			for _, key := range s.keys {
				if o := s.Relist(n, key, epoch); c.wait(o) != nil && o.Reason() != wire.NotMember {
					return fmt.Errorf("%s can't ask again what is listed: %w", n.Name, o.Err)
				}
			}
		}
	}
	for _, n := range c.members() {
		if c.newest().Epoch == 0 {
			break
		}
		env := n.Env()
		if ready, err := handover.Ready(&env); err != nil || !ready {
			return fmt.Errorf("%s may not make keys after all have listed: %v", n.Name, err)
		}
		for _, key := range s.keys {
			if open, err := handover.Listed(&env, key); err != nil || len(open) > 0 {
				return fmt.Errorf("%s is still waiting for the end of %d attempts at key %x: %v", n.Name, len(open), key[31], err)
			}
		}
	}
	return s.verdict()
}

// settleSets settles attempts at sets, and has all know the newest.
func (c *changes) settleSets() error {
	s := c.s
	for range 3 {
		for _, n := range s.Nodes {
			c.wait(s.FollowSets(n))
		}
		for _, n := range s.Nodes {
			if o := s.SettleHeld(n); o != nil {
				c.wait(o)
			}
		}
	}
	newest := c.newest()
	for _, n := range s.Nodes {
		env := n.Env()
		if held, err := handover.Held(&env); held != nil || err != nil {
			return fmt.Errorf("%s is still bound to an attempt at a server set: %v", n.Name, err)
		}
		if known := n.Sets().Newest(); known.Hash() != newest.Hash() {
			return fmt.Errorf("%s knows server set %d, and the newest is %d", n.Name, known.Epoch, newest.Epoch)
		}
	}
	return s.verdict()
}

// orderInPeace has one more set follow, which nothing may prevent.
func (c *changes) orderInPeace() error {
	s := c.s
	parent := c.newest()
	at := s.Node(parent.Members[s.rng.IntN(len(parent.Members))])
	o := s.Order(parent, len(c.orders), c.some()...)
	if verify.CheckOrder(parent, o, s.byAdmin(o.Digest())) != nil { // the same members
		return nil
	}
	c.orders = append(c.orders, o)
	if err := c.must("decide a set", at, func() *Outcome { return s.Decide(at, o) }); err != nil {
		return err
	}
	return c.settleSets()
}

func (c *changes) wait(o *Outcome) error {
	if err := c.s.Settle(); err != nil {
		return err
	}
	if !o.Done {
		return fmt.Errorf("no end")
	}
	return o.Err
}

func (c *changes) must(what string, n *Node, do func() *Outcome) error {
	if err := c.wait(do()); err != nil {
		return fmt.Errorf("%s can't %s: %w", n.Name, what, err)
	}
	return c.s.verdict()
}

// bring brings a key into the newest set, and has nothing of earlier sharings be left.
func (c *changes) bring(key wire.KeyID) error {
	s := c.s
	newest := c.newest()
	holds := func() bool {
		r := s.current(key)
		return r != nil && setEpoch(&r.Setup) == newest.Epoch && handover.Thick(r)
	}
	first := uint64(0)
	if holds() { // a further round supersedes what was cut off of those before
		first = 1000
	}
	for round := first; round == first || !holds() || c.cutOff(key); round += 1000 {
		if round > 3000 {
			return fmt.Errorf("key %x does not come into server set %d", key[31], newest.Epoch)
		}
		at := c.members()[s.rng.IntN(len(newest.Members))]
		if err := c.must("learn of the key", at, func() *Outcome { return s.Latest(at, key) }); err != nil {
			return err
		}
		if err := c.wait(s.Move(at, key, round)); err != nil && wire.ReasonOf(err) != wire.KeyExists {
			return fmt.Errorf("%s can't deal key %x anew in round %d: %w", at.Name, key[31], round, err)
		}
	}
	for _, n := range c.involved() {
		if err := c.must("learn where a key has gone", n, func() *Outcome { return s.Latest(n, key) }); err != nil {
			return err
		}
	}
	for _, n := range s.Nodes {
		if len(n.State(key).Former) > 0 {
			if err := c.must("erase", n, func() *Outcome { return s.EraseFormer(n, key) }); err != nil {
				return err
			}
		}
	}
	return c.onlyCurrent(key)
}

// cutOff tells whether a member holds a share of an attempt that was cut off, certified or not, which may be in a later slot than the
// current sharing.
func (c *changes) cutOff(key wire.KeyID) bool {
	for _, n := range c.members() {
		for k := range n.records {
			if k.key == key && (k.kind == wire.RecordPending || k.kind == wire.RecordNext) {
				return true
			}
		}
	}
	return false
}

// onlyCurrent checks that no share is left but of the current sharing.
func (c *changes) onlyCurrent(key wire.KeyID) error {
	version := c.s.current(key).Version()
	for _, n := range c.s.Nodes {
		for k := range n.records {
			if k.key == key && (k.kind == wire.RecordPending || k.kind == wire.RecordFormer || k.kind == wire.RecordShare && k.session != version) {
				return fmt.Errorf("%s still holds what is not current of key %x: a record of kind %d", n.Name, key[31], k.kind)
			}
		}
	}
	return c.s.verdict()
}

func setEpoch(s *wire.Setup) uint64 {
	if s.Set == nil {
		return 0
	}
	return s.Set.Epoch
}

// checkRecord is verify.Record, by the set that a certificate names.
func (s *simulation) checkRecord(r *wire.KeyRecord) error {
	if s.changes == nil {
		return verify.Record(s.ID, s.Members(), r)
	}
	set := s.changes.sets[setEpoch(&r.Setup)]
	if r.Setup.Set == nil {
		set = s.First
	}
	if set == nil || r.Setup.Set != nil && r.Setup.Set.Hash != set.Hash() {
		return fmt.Errorf("of a server set that nobody knows")
	}
	return verify.Record(s.ID, set.Members, r)
}

package handover

import (
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// A round deals the keys of a set anew within it. It is named by the number of a final block, and has one of three causes:
// the set's interval has passed, the administrators have ordered it, or a member lacks its share of a key. Who is asked to
// take part looks at its own chain for all of them: the number in an order is one node's word, which those who signed it
// could not look at. Ages are by the times of blocks, so that all members judge alike, and a halted chain has no rounds.

const (
	// OrderedRoundLife is how old the block of a refresh order may be, in seconds: several administrators sign it one after
	// the other.
	OrderedRoundLife = 24 * 60 * 60
	// RepairLife is how old the block of a repair may be, in seconds.
	RepairLife = 10 * 60
	// RepairAgain is after how many seconds a member may ask for another repair of the same key, while the one before has not
	// come to its end.
	RepairAgain = 60
)

// CheckRound fails unless a key is to be dealt anew as an opening says, by what this node knows of the newest set and of its
// own chain. Busy says that this node's chain is behind: the coordinator tries again. The rest of the opening is for others
// to check. repairs has what members have asked for; nil: it is not asked.
func CheckRound(env *session.Env, m *wire.Redistribute, repairs *Repairs) error {
	slot, newest := m.Setup.Slot(), env.Sets.Newest()
	switch {
	case slot.Epoch != newest.Epoch:
		return wire.Errorf(wire.NotMember, "a slot of server set %d, and the newest that this key server knows is %d", slot.Epoch, newest.Epoch)
	case slot.Round == 0 && newest.Epoch == 0:
		return wire.Errorf(wire.NotMember, "keys are generated in server set 0, not moved there")
	case slot.Round == 0:
		return nil
	case env.BlockTime == nil || env.FinalTime == nil:
		return wire.Errorf(wire.Policy, "no round is due")
	}
	made, err := env.BlockTime(slot.Round)
	if err != nil {
		return err
	}
	final, err := env.FinalTime()
	if err != nil {
		return err
	}
	switch c := m.Cause; {
	case c == nil:
		return checkInterval(env, newest, slot.Round, made, final)
	case c.Order != nil:
		if c.Order.Order.Round != slot.Round {
			return wire.Errorf(wire.InvalidMessage, "a refresh order for another round")
		}
		return CheckRefresh(env, newest, c.Order, made, final)
	case c.Repair != nil:
		if err := checkRepair(newest, m, made, final); err != nil || repairs == nil {
			return err
		}
		return repairs.take(c.Repair, made)
	}
	return wire.Errorf(wire.InvalidMessage, "a round without cause")
}

// checkInterval wants the latest final block that is the first after a multiple of the interval.
func checkInterval(env *session.Env, set *wire.ServerSet, round, made, final uint64) error {
	if set.Refresh == 0 {
		return wire.Errorf(wire.Policy, "server set %d has no interval of refreshes", set.Epoch)
	}
	before, err := env.BlockTime(round - 1)
	switch {
	case err != nil:
		return err
	case made/set.Refresh == before/set.Refresh || made/set.Refresh != final/set.Refresh:
		return wire.Errorf(wire.Policy, "no round is due: block %d is not the first of the present interval of %d s", round, set.Refresh)
	}
	return nil
}

// DueRound is the round that is due by the interval of a set, seen from the own final block head: the latest that is the first
// after a multiple of the interval. 0: none.
func DueRound(env *session.Env, set *wire.ServerSet, head uint64) (uint64, error) {
	if set.Refresh == 0 || env.BlockTime == nil {
		return 0, nil
	}
	final, err := env.BlockTime(head)
	if err != nil {
		return 0, err
	}
	began := final - final%set.Refresh
	if first, err := env.BlockTime(0); err != nil || first >= began { // the chain is younger than the interval
		return 0, err
	}
	low, high := uint64(0), head // made before began, and not before
	for low+1 < high {
		middle := low + (high-low)/2
		at, err := env.BlockTime(middle)
		if err != nil {
			return 0, err
		}
		if at < began {
			low = middle
		} else {
			high = middle
		}
	}
	return high, nil
}

// CheckRefresh fails unless the administrators have ordered a round whose block, made and final in Unix seconds, is recent.
func CheckRefresh(env *session.Env, set *wire.ServerSet, s *wire.SignedRefresh, made, final uint64) error {
	if err := verify.CheckRefresh(set, env.Chain, &s.Order, s.Signatures); err != nil {
		return err
	}
	return recent(made, final, OrderedRoundLife, "a refresh order")
}

// recent wants a block that is not older than a number of seconds by the time of the final one.
func recent(made, final, life uint64, what string) error {
	if made+life < final {
		return wire.Errorf(wire.Policy, "%s whose block is %d s old, and it counts for %d s", what, final-made, life)
	}
	return nil
}

// checkRepair wants the word of the member that coordinates the round.
func checkRepair(set *wire.ServerSet, m *wire.Redistribute, made, final uint64) error {
	r, s := m.Cause.Repair, &m.Setup
	switch {
	case r.Cluster != set.Cluster || r.Epoch != set.Epoch || r.Set != set.Hash():
		return wire.Errorf(wire.NotMember, "a repair in another server set")
	case r.Key != s.Key || r.Round != s.Move.Round || r.Node != s.Initiator:
		return wire.Errorf(wire.InvalidMessage, "a repair of another key, round or key server")
	case !set.Contains(r.Node):
		return wire.Errorf(wire.NotMember, "%s is no key server of set %d, so it gets no share", r.Node.Short(), set.Epoch)
	case s.Index(r.Node) == 0:
		return wire.Errorf(wire.InvalidMessage, "a repair that gives %s no share", r.Node.Short())
	case !r.Node.Signed(r.Digest(), &r.Signature):
		return wire.Errorf(wire.InvalidMessage, "a repair that %s has not signed", r.Node.Short())
	}
	return recent(made, final, RepairLife, "a repair")
}

// NewRepair is this node's request for a share of a key, in a round. version is that of the sharing that it knows; zero:
// none.
func NewRepair(env *session.Env, key wire.KeyID, version wire.SessionID, round uint64) *wire.RepairRequest {
	newest := env.Sets.Newest()
	r := &wire.RepairRequest{Cluster: env.Cluster, Epoch: newest.Epoch, Set: newest.Hash(), Key: key, Round: round, Version: version, Node: env.Self.ID()}
	r.Signature = env.Self.Sign(r.Digest())
	return r
}

// Repairs are what members have asked this node to repair with them. Each of them has one request open for a key, and credit
// for so many: a repair costs every member as much as making a key, and a liar could ask for ever.
type Repairs struct {
	// Charge takes one repair out of a member's credit, or tells in how many seconds there is enough.
	Charge func(wire.NodeID) (wait uint64)
	open   map[wire.NodeID]*openRepairs
}

// openRepairs are those of one member. What is older than RepairLife is forgotten now and then, so that as many are kept as
// the member has credit for in that time.
type openRepairs struct {
	rounds map[wire.KeyID]openRepair
	swept  uint64 // Unix seconds, by block times
}

type openRepair struct{ round, made uint64 }

// take wants that no other repair of the key is open, and credit for one that is new here. All attempts in one round are one
// repair.
func (p *Repairs) take(r *wire.RepairRequest, made uint64) error {
	if p.open == nil {
		p.open = make(map[wire.NodeID]*openRepairs)
	}
	own := p.open[r.Node]
	if own == nil {
		own = &openRepairs{rounds: make(map[wire.KeyID]openRepair)}
		p.open[r.Node] = own
	}
	last, known := own.rounds[r.Key]
	switch {
	case known && last.round == r.Round:
		return nil
	case known && made < last.made+RepairAgain:
		return wire.Errorf(wire.Limit, "a repair of key %v is open for %s, in round %d; another may begin %d s later", r.Key, r.Node.Short(), last.round, RepairAgain)
	}
	if wait := p.Charge(r.Node); wait > 0 {
		return wire.Errorf(wire.Limit, "%s has no credit left for repairs here; retry in %d s", r.Node.Short(), wait)
	}
	own.rounds[r.Key] = openRepair{r.Round, made}
	if made > own.swept+RepairLife {
		own.swept = made
		for key, o := range own.rounds {
			if made > o.made+RepairLife {
				delete(own.rounds, key)
			}
		}
	}
	return nil
}

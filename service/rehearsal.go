package service

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/geth-ss/geth-ss/protocol"
	"github.com/geth-ss/geth-ss/protocol/generation"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

const (
	// maxRehearsed is how many keys are tried in a rehearsal: of each class in turn. No key server takes part in more than
	// queriesAMinute of anything that an operator asks for.
	maxRehearsed = 24
	// rehearsedAtOnce is how many at the same time.
	rehearsedAtOnce = 4
	// maxRehearsals is how often one key is tried, each time without those that did not do their part.
	maxRehearsals = 4
)

// rehearsal is one that is under way.
type rehearsal struct {
	*operator
	set   *wire.ServerSet // that would be
	begun time.Time

	mu     sync.Mutex // guards all below
	unable map[wire.NodeID]string
	told   wire.Rehearsal
}

// rehearse has some keys of each class dealt anew to a set that is none yet, by made-up shares, and tells how that went.
func (o *operator) rehearse(ctx context.Context, set *wire.ServerSet, sum *planSum) (*wire.Rehearsal, error) {
	if !o.rehearsing.TryLock() {
		return nil, wire.Errorf(wire.Busy, "this node rehearses another change")
	}
	defer o.rehearsing.Unlock()
	r := &rehearsal{operator: o, set: set, begun: time.Now(), unable: make(map[wire.NodeID]string)}
	r.told = wire.Rehearsal{Failed: []wire.MoveFailure{}, Unready: []wire.UnreadyInfo{}}
	keys := sum.samples()
	next := make(chan wire.KeyID)
	var wg sync.WaitGroup
	for range min(rehearsedAtOnce, len(keys)) {
		wg.Go(func() {
			for id := range next {
				r.try(ctx, id)
			}
		})
	}
	for _, id := range keys {
		next <- id
	}
	close(next)
	wg.Wait()
	if ctx.Err() != nil {
		return nil, wire.Errorf(wire.Cancelled, "%v", context.Cause(ctx))
	}
	r.members(nil) // also if there is no key yet
	told := &r.told
	for _, node := range slices.SortedFunc(maps.Keys(r.unable), wire.NodeID.Compare) {
		told.Unready = append(told.Unready, wire.UnreadyInfo{ID: node, Reason: r.unable[node]})
	}
	slices.SortFunc(told.Failed, func(a, b wire.MoveFailure) int { return cmp.Compare(a.Key.String(), b.Key.String()) })
	told.Elapsed = float64(time.Since(r.begun)) / float64(time.Millisecond)
	if told.Keys > 0 {
		told.Estimate = told.Elapsed * float64(sum.keys) / float64(told.Keys)
	}
	return told, nil
}

// members are those of the set that can be asked, but for some.
func (r *rehearsal) members(without map[wire.NodeID]string) (nodes []wire.NodeID) {
	connected := r.network.Connected()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, node := range r.set.Members {
		switch {
		case node == r.self.ID():
		case !slices.Contains(connected, node):
			r.unableLocked(node, "not connected")
		case !r.network.Knows(node, protocol.Rehearsals):
			r.unableLocked(node, "it runs a program that rehearses no changes: upgrade it first")
		}
		if r.unable[node] == "" && without[node] == "" {
			nodes = append(nodes, node)
		}
	}
	return nodes
}

func (r *rehearsal) unableLocked(node wire.NodeID, why string) {
	if r.unable[node] == "" {
		r.unable[node] = why
	}
}

// try rehearses one key, and notes how that went.
func (r *rehearsal) try(ctx context.Context, id wire.KeyID) {
	signed, record, err := r.tryKey(ctx, id)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.told.Keys++
	switch {
	case err != nil:
		r.told.Failed = append(r.told.Failed, wire.MoveFailure{Key: id, Reason: session.DetailOf(err)})
	case signed >= wire.ThickOf(len(r.set.Members), int(r.threshold(record))):
		r.told.Thick++
	default:
		r.told.Thin++
	}
}

// threshold is that of a key in the set.
func (r *rehearsal) threshold(record *wire.KeyRecord) uint32 {
	return max(record.Setup.Made(), r.set.Floor)
}

// tryKey tells how many members would have signed the certificate.
func (r *rehearsal) tryKey(ctx context.Context, id wire.KeyID) (signed int, record *wire.KeyRecord, err error) {
	state, err := r.known(ctx, id, false)
	if err != nil {
		return 0, nil, err
	}
	record = state.Record
	threshold, dealers, silent := r.threshold(record), r.older(), make(map[wire.NodeID]string)
	for range maxRehearsals {
		members := r.members(silent)
		if need := wire.Majority(len(r.set.Members), int(threshold)); len(members) < need {
			return 0, nil, cmp.Or(wireError(err), wire.Errorf(wire.Disconnected, "%d of the %d members needed can be asked", len(members), need))
		}
		var m *generation.Rehearsing
		if m, err = generation.NewRehearsing(r.env(), r.states.read, record, threshold, members, dealers); err != nil {
			return 0, nil, err
		}
		if err = r.run(ctx, wire.KindRehearse, id, m); err == nil {
			return len(members), record, nil
		}
		if len(m.Failed()) == 0 {
			return 0, nil, err
		}
		r.note(m, dealers, silent)
	}
	return 0, nil, err
}

// wireError is err, if it is one; else nil.
func wireError(err error) *wire.Error {
	e, _ := err.(*wire.Error)
	return e
}

// older are the holders that can't rehearse.
func (r *rehearsal) older() map[wire.NodeID]string {
	all := make(map[wire.NodeID]string)
	for _, node := range r.network.Connected() {
		if !r.network.Knows(node, protocol.Rehearsals) {
			all[node] = "older"
		}
	}
	return all
}

// note takes out who has not done its part: as a dealer if it dealt, and as a member if it would not have, or does not again.
// Who says nothing at all is not asked about other keys either.
func (r *rehearsal) note(m *generation.Rehearsing, dealers, silent map[wire.NodeID]string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for node, why := range m.Failed() {
		if m.Deals(node) && m.Refused(node) {
			dealers[node] = why // it may still be a member
			continue
		}
		dealers[node], silent[node] = why, why
		if r.set.Contains(node) {
			r.unableLocked(node, why)
		}
	}
}

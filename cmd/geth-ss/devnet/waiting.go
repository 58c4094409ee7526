package devnet

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// complete waits until the set of an epoch, or a later one, is that of all its members, and nothing is under way any more but what waits
// for nodes that don't run: all keys have moved then.
func (r *runner) complete(ctx context.Context, s *steps, epoch uint64) (*serverSet, error) {
	return r.finished(ctx, s, func(set *serverSet) bool { return set.Epoch >= epoch && set.Change == nil })
}

// finished tells how far a change is until all members say that it is finished, or wait for nothing but nodes that don't run, and returns
// the newest set then.
func (r *runner) finished(ctx context.Context, s *steps, is func(*serverSet) bool) (*serverSet, error) {
	p := progress{net: r.net, steps: s, since: time.Now()}
	var rest time.Time // since when they wait for nothing else
	tick := time.NewTicker(changePoll)
	defer tick.Stop()
	for {
		all := r.look(ctx)
		set := all.newest()
		if set != nil && is(set) && all.behind(set, is) == "" {
			return set, nil
		}
		switch {
		case set == nil || !all.rest(set, is):
			rest = time.Time{}
		case rest.IsZero():
			rest = time.Now()
		case time.Since(rest) > restAfter:
			return set, nil
		}
		if err := p.report(all, set, is); err != nil {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-tick.C:
		}
	}
}

// behind names the members of the set that run here and don't say that it is finished.
func (all answers) behind(set *serverSet, is func(*serverSet) bool) string {
	var names []string
	for _, a := range all {
		if !set.has(a.id()) || a.err == nil && is(a.set) || a.err != nil && a.process.ended() {
			continue
		}
		names = append(names, a.name)
	}
	return strings.Join(names, ", ")
}

// rest tells whether the change has come to rest: all keys are in the newest set, and the members that erase old shares wait for nodes
// alone that don't run here. They go on when these are there.
func (all answers) rest(set *serverSet, is func(*serverSet) bool) (waiting bool) {
	for _, a := range all {
		if !set.has(a.id()) || a.err != nil && a.process.ended() {
			continue
		}
		if a.err != nil || a.set.Epoch != set.Epoch {
			return false
		}
		if is(a.set) {
			continue
		}
		h, moved := a.set.Change, *a.set
		moved.Change = nil
		if h == nil || h.State != "erasing" || len(h.Awaited) == 0 || !is(&moved) || slices.ContainsFunc(h.Awaited, all.runs) {
			return false
		}
		waiting = true
	}
	return waiting
}

// runs tells whether a node does, as far as can be told here.
func (all answers) runs(id wire.NodeID) bool {
	return slices.ContainsFunc(all, func(a answer) bool { return a.id() == id && (a.err == nil || !a.process.ended()) })
}

package devnet

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"
)

// lookTimeout bounds what one node takes to tell who the key servers are.
const lookTimeout = 2 * time.Second

// lookInterval is how often the nodes are asked while nobody changes the key servers from here: others may. A variable, for
// tests.
var lookInterval = 5 * time.Second

// answer is what one node says about the key servers.
type answer struct {
	*live
	set *serverSet
	err error
}

type answers []answer

// look asks all nodes who the key servers are.
func (r *runner) look(ctx context.Context) answers {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	all := make(answers, len(r.live))
	var wg sync.WaitGroup
	for i, l := range r.live {
		wg.Go(func() {
			set, err := l.client.Servers(ctx)
			if err == nil && len(set.Members) == 0 {
				err = fmt.Errorf("%s tells of a set without members", l.name)
			}
			all[i] = answer{l, set, err}
		})
	}
	wg.Wait()
	return all
}

// newest is the set of the highest epoch, with what is under way if any node that knows it tells; nil if no node answered.
func (all answers) newest() (set *serverSet) {
	for _, a := range all {
		switch {
		case a.err != nil:
		case set == nil || a.set.Epoch > set.Epoch, a.set.Epoch == set.Epoch && set.Change == nil && a.set.Change != nil:
			set = a.set
		}
	}
	return set
}

// follow takes over what others have changed.
func (r *runner) follow(ctx context.Context) {
	if err := r.followValidators(ctx); err != nil {
		fmt.Fprintf(r.out, "\nThe validators have changed, but %v\n", err)
	}
	set := r.look(ctx).newest()
	if set == nil || r.set != nil && set.Epoch <= r.set.Epoch {
		return
	}
	if err := r.take(set); err != nil {
		fmt.Fprintf(r.out, "\nThe key servers have changed, but %v\n", err)
	}
}

// take makes a set the one of now: in added.json, for the clients on this machine, and in devnet.json if the network is up.
func (r *runner) take(set *serverSet) error {
	changed := r.set != nil && r.set.Epoch != set.Epoch
	r.set = set
	joined := false
	for _, n := range r.net.nodes {
		n.serves = set.has(n.id())
		if n.serves && n.added != nil && !n.added.Joined && !r.net.governed() { // there what was added may become a validator, too
			n.added.Joined, joined = true, true
		}
	}
	if joined {
		if err := r.net.writeAdded(); err != nil {
			return err
		}
	}
	if len(r.net.keyServers()) == 0 {
		return fmt.Errorf("no node in %s is a key server of set %d: what is in that directory is older than the set", r.net.dir, set.Epoch)
	}
	if !r.up {
		return nil
	}
	if changed {
		fmt.Fprintf(r.out, "\nThe key servers are now %s (set %d)\n", r.names(set), set.Epoch)
	}
	if err := r.remember(); err != nil {
		fmt.Fprintf(r.out, "\nClients on this machine may remember other key servers at these addresses: %v\n", err)
	}
	return r.writeState()
}

// names of the members, in the order of the nodes; those that are not nodes of this devnet come last, by their ids.
func (r *runner) names(set *serverSet) string {
	var list []string
	ours := make(map[string]bool)
	for _, n := range r.net.nodes {
		if set.has(n.id()) {
			list = append(list, n.name)
			ours[n.public()] = true
		}
	}
	for _, m := range set.Members {
		if !ours[m.ID.String()] {
			list = append(list, m.ID.Short())
		}
	}
	return strings.Join(list, ", ")
}

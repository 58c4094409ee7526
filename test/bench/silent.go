package main

import (
	"context"
	"fmt"
	"time"

	"github.com/geth-ss/geth-ss/test/figures"
)

// measureSilent reads through all nodes but the last, with and without its answers: it is stopped as SIGSTOP stops, so
// that its kernel takes what is sent to it and nothing ever comes back. With t+1 = 3 of 4 the others can do without
// it, and have to find that out.
func measureSilent(ctx context.Context, o *options, n *network, lib *library, t *figures.Table) error {
	const clients = 1
	length, nodes := time.Duration(o.seconds)*time.Second, len(n.state.Nodes)-1
	say("reading for %v through %d of the nodes", length, nodes)
	whole, err := read(ctx, n, lib, nodes, clients, length)
	if err != nil {
		return err
	}
	say("reading for %v while the last node is silent", length)
	pid := n.state.Nodes[nodes].PID
	if err := pause(pid); err != nil {
		return fmt.Errorf("stopping a node: %w", err)
	}
	defer proceed(pid)
	without := &load{clients: clients}
	requests, err := prepare(n, lib, nodes)
	if err != nil {
		return err
	}
	without.run(ctx, len(requests), readNext(n, requests), length) // no warm-up: that they have to find it out is part of it
	t.Add("shadow read, one member silent: failed", "0", "%d of %d", without.failed, without.failed+len(without.took))
	for _, q := range []struct {
		name  string
		value float64
		aim   string
	}{{"p50", 0.5, ""}, {"p99", 0.99, "≤ 1.2"}} {
		before, after := whole.took.Quantile(q.value), without.took.Quantile(q.value)
		t.Add("shadow read, one member silent: "+q.name+", against none silent", q.aim, "%.2f (%s / %s)",
			after.Seconds()/before.Seconds(), figures.MS(after), figures.MS(before))
	}
	t.Add("shadow read, one member silent: the slowest", "", "%s", figures.MS(without.took.Quantile(1)))
	return nil
}

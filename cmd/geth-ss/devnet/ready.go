package devnet

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	// readyTimeout bounds the wait for a network that does not come up.
	readyTimeout = 2 * time.Minute

	// pollInterval is how often a node is asked whether it is ready. Short: it adds to the time to the demo.
	pollInterval = 50 * time.Millisecond
)

// untilBlocks waits until the first node has a block made in this run, with which transactions can begin.
func (r *runner) untilBlocks(ctx context.Context) error {
	return r.wait(ctx, 0, r.missingBlock)
}

// untilReady waits until every node has a final block, serves the HTTP API, and is connected to every other key
// server.
func (r *runner) untilReady(ctx context.Context) error {
	for i := range r.clients {
		if err := r.wait(ctx, i, r.missing); err != nil {
			return err
		}
	}
	return nil
}

// wait polls until nothing is missing of a node. It fails early when any node ends.
func (r *runner) wait(ctx context.Context, i int, missing func(context.Context, *client) error) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		lack := missing(ctx, r.clients[i])
		if lack == nil {
			return nil
		}
		for _, p := range r.processes {
			if p.ended() {
				return p.failure()
			}
		}
		select {
		case <-ctx.Done():
			n := r.net.nodes[i]
			return fmt.Errorf("%s is not ready after %v: %w (log: %s)", n.name, readyTimeout, lack, n.logPath())
		case <-tick.C:
		}
	}
}

// missingBlock tells what a node lacks of a block of this run, nil when it has one. Blocks of an earlier run don't
// count: the node may still be replaying them, and answers as of then.
func (r *runner) missingBlock(ctx context.Context, c *client) error {
	head, err := c.eth.HeaderByNumber(ctx, nil)
	if err != nil {
		return err
	}
	if head.Number.Sign() == 0 || int64(head.Time) <= r.start.Unix() {
		return fmt.Errorf("it has no new block yet, after block %d", head.Number)
	}
	return nil
}

// missing tells what a node lacks to be ready, nil when it is.
func (r *runner) missing(ctx context.Context, c *client) error {
	if err := r.missingBlock(ctx, c); err != nil {
		return err
	}
	if err := c.httpUp(ctx); err != nil {
		return err
	}
	status, err := c.status(ctx)
	if err != nil {
		return err
	}
	if status.Final == nil {
		return errors.New("it has no final block yet")
	}
	if all := len(r.net.nodes); status.Connected < all {
		return fmt.Errorf("it is connected to %d of %d key servers, itself included", status.Connected, all)
	}
	return nil
}

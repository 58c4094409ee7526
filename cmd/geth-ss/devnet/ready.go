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

// untilReady waits until every node has a final block and is connected to every other, as peer and as key server.
func (r *runner) untilReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	for i, c := range r.clients {
		if err := r.untilNodeReady(ctx, r.processes[i], c); err != nil {
			return err
		}
	}
	return nil
}

func (r *runner) untilNodeReady(ctx context.Context, p *process, c *client) error {
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		missing := r.missing(ctx, c)
		if missing == nil {
			return nil
		}
		select {
		case <-p.done:
			return p.failure()
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready after %v: %w (log: %s)", p.node.name, readyTimeout, missing, p.node.logPath())
		case <-tick.C:
		}
	}
}

// missing tells what a node still lacks, nil when it is ready.
func (r *runner) missing(ctx context.Context, c *client) error {
	block, err := c.blockNumber(ctx)
	if err != nil {
		return err
	}
	if block == 0 {
		return errors.New("it has no block yet")
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

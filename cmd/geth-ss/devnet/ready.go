package devnet

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	// readyTimeout bounds the wait for a network, or a node that is added, that does not come up.
	readyTimeout = 2 * time.Minute

	// pollInterval is how often a node is asked whether it is ready. Short: it adds to the time to the demo.
	pollInterval = 50 * time.Millisecond
)

// untilBlocks waits until the first node has a block made in this run, with which transactions can begin.
func (r *runner) untilBlocks(ctx context.Context) error {
	return r.wait(ctx, r.live[0], r.live, r.missingBlock)
}

// untilReady waits until every node has a final block, and every key server serves the HTTP API and is connected to every
// other key server.
func (r *runner) untilReady(ctx context.Context) error {
	for _, l := range r.live {
		if err := r.wait(ctx, l, r.live, r.missingBlock); err != nil {
			return err
		}
	}
	if err := r.wait(ctx, r.live[0], r.live, r.missingServers); err != nil {
		return err
	}
	if err := r.followValidators(ctx); err != nil {
		return err
	}
	for _, l := range r.serving() {
		if err := r.wait(ctx, l, r.live, r.missing); err != nil {
			return err
		}
	}
	return nil
}

// wait polls until nothing is missing of a node. It fails early when one of the needed ones ends.
func (r *runner) wait(ctx context.Context, l *live, needed []*live, missing func(context.Context, *client) error) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	var lack error
	for {
		now := missing(ctx, l.client)
		if now == nil {
			return nil
		}
		if lack == nil || ctx.Err() == nil { // else a question was cut off, which is not what the node lacks
			lack = now
		}
		for _, other := range needed {
			if other.process.ended() {
				return other.process.failure()
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready after %v: %w (log: %s)", l.name, readyTimeout, lack, l.logPath())
		case <-tick.C:
		}
	}
}

// missingBlock tells what a node lacks of a block of this run, nil when it has one. Blocks of an earlier run don't
// count: the node may still be replaying them, and answers as of then.
func (r *runner) missingBlock(ctx context.Context, c *client) error {
	return missingBlock(ctx, c, r.start)
}

func missingBlock(ctx context.Context, c *client, since time.Time) error {
	head, err := c.eth.HeaderByNumber(ctx, nil)
	if err != nil {
		return err
	}
	if head.Number.Sign() == 0 || int64(head.Time) <= since.Unix() {
		return fmt.Errorf("it has no new block yet, after block %d", head.Number)
	}
	return nil
}

// missingServers finds out who the key servers are: those of the newest set that any node knows. Each of them has to answer,
// since one that does not could know a newer set.
func (r *runner) missingServers(ctx context.Context, _ *client) error {
	answers := r.look(ctx)
	set := answers.newest()
	for _, a := range answers {
		if a.err != nil && (set == nil || set.has(a.id())) {
			return fmt.Errorf("%s does not tell who the key servers are: %w", a.name, a.err)
		}
	}
	return r.take(set)
}

// missing tells what a key server lacks to be ready, nil when it is.
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
	all := 0
	for _, l := range r.serving() {
		if l.client == c || !l.process.ended() {
			all++
		}
	}
	if status.Connected < all {
		return fmt.Errorf("it is connected to %d of %d key servers, itself included", status.Connected, all)
	}
	return nil
}

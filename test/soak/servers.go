package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// While nodes are tormented the key servers change: spares, which clients don't use, come in, take one another's place and leave, a
// newer set of the same members follows, and all shares are dealt anew. Whether a change can be decided at a moment of trouble is
// nobody's promise; that readers see nothing of it is, and that in the end all nodes are of one mind.

const (
	// changePatience bounds how long a change may be under way in a network of which one node at a time is in trouble, and how long
	// it takes until all agree when none is.
	changePatience = 8 * time.Minute

	// changeQuiet is between two changes.
	changeQuiet = 5 * time.Second

	// lastRefresh is the longest interval that sets of the same members have, in which no round falls due: in seconds.
	lastRefresh = 400 * 24 * 3600
)

// changes makes one change of the key servers after another.
type changes struct {
	s    *soak
	dice *mathrand.Rand
	done map[string]int
	lost int // orders of which nothing came
}

func newChanges(s *soak) *changes {
	return &changes{s: s, dice: mathrand.New(mathrand.NewPCG(s.o.seed, 14)), done: make(map[string]int)}
}

// start makes changes beside the caller until it is ended, or settled: then no more are begun, and all nodes have to agree.
func (c *changes) start(ctx context.Context) (end func(), settle func(context.Context) error) {
	if c.s.o.spares == 0 {
		return func() {}, func(context.Context) error { return nil }
	}
	changing, cancel := context.WithCancel(ctx)
	over := make(chan struct{})
	go func() {
		defer close(over)
		c.run(changing)
	}()
	end = func() {
		cancel()
		<-over
	}
	return end, func(ctx context.Context) error {
		end()
		return c.settle(ctx)
	}
}

// run goes on until ctx ends. A change that has begun then goes on without.
func (c *changes) run(ctx context.Context) {
	for ctx.Err() == nil {
		what, err := c.one(ctx)
		switch {
		case ctx.Err() != nil:
		case err != nil:
			c.lost++
			c.s.say("key servers, %s: %v", what, err)
		default:
			c.done[what]++
			c.s.say("key servers, %s: done", what)
		}
		sleep(ctx, changeQuiet)
	}
}

// one makes one change, from the set as a node that is well tells it. An error says that nothing came of it.
func (c *changes) one(ctx context.Context) (what string, err error) {
	via := c.s.pick(well)
	info, err := via.servers(ctx)
	if err != nil {
		return "asking", err
	}
	var in, out []*node
	for _, v := range c.s.net.spares {
		if info.has(v) {
			in = append(in, v)
		} else {
			out = append(out, v)
		}
	}
	if info.Block == nil {
		return "asking", errors.New("no final block")
	}
	r := &wire.OrderRequest{Force: true, Expires: info.Block.Timestamp + 3600}
	switch i := c.dice.IntN(6); {
	case i == 0:
		return "refresh", c.refresh(ctx, via, info)
	case i == 1:
		interval := lastRefresh - uint64(c.dice.IntN(1000))
		what, r.Refresh = "the same ones", &interval
	case len(in) > 0 && len(out) > 0 && i < 4:
		what, r.Replace = "one replaced", []wire.Replacement{{ID: in[0].id(), With: out[0].enode}}
	case len(out) > 0 && i < 5 || len(in) == 0:
		what, r.Add = "one added", []string{out[0].enode}
	default:
		what, r.Remove = "one removed", []wire.NodeID{in[0].id()}
	}
	return what, c.order(ctx, via, info, r)
}

func (c *changes) order(ctx context.Context, via *node, info *servers, r *wire.OrderRequest) error {
	var nonce common.Hash
	rand.Read(nonce[:])
	order, err := r.Order(&info.ServersInfo, nonce)
	if err != nil {
		return err
	}
	if err := c.hand(ctx, via, "secretstore_changeServers", order, order.Digest()); err != nil {
		return err
	}
	return c.wait(ctx, fmt.Sprintf("set %d", order.Epoch), order.Epoch, func(now *servers) bool { return now.atRest() })
}

func (c *changes) refresh(ctx context.Context, via *node, info *servers) error {
	order := &wire.RefreshOrder{Chain: info.Chain, Cluster: info.Cluster, Epoch: info.Epoch, Set: info.Hash, Round: info.Block.Number}
	if err := c.hand(ctx, via, "secretstore_refreshShares", order, order.Digest()); err != nil {
		return err
	}
	return c.wait(ctx, fmt.Sprintf("round %d", order.Round), order.Epoch, (*servers).atRest)
}

func (c *changes) hand(ctx context.Context, via *node, method string, order any, digest common.Hash) error {
	sig, err := crypto.Sign(digest[:], c.s.net.accounts[0])
	if err != nil {
		return err
	}
	sig[64] += 27
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return via.rpc.CallContext(ctx, nil, method, order, []hexutil.Bytes{sig})
}

// wait waits until a node that is well says that a change is through. It may have been abandoned, which no node tells for ever: then it
// is given up.
func (c *changes) wait(ctx context.Context, what string, epoch uint64, is func(*servers) bool) error {
	var last string
	unknown := 0
	for begun := time.Now(); time.Since(begun) < changePatience && ctx.Err() == nil; sleep(ctx, time.Second) {
		now, err := c.s.pick(well).servers(ctx)
		switch {
		case err != nil:
			last = err.Error()
		case now.Epoch >= epoch && is(now):
			return nil
		case now.Epoch < epoch && (now.Change == nil || now.Change.Epoch < epoch):
			if unknown++; unknown > 20 {
				return fmt.Errorf("%s: it was abandoned", what)
			}
		default:
			unknown, last = 0, now.String()
		}
	}
	if ctx.Err() == nil {
		c.s.tally.broke("%s is under way for %v: %s", what, changePatience, last)
	}
	return errors.New("it is not through: " + last)
}

// settle wants all nodes to tell one set, with nothing under way.
func (c *changes) settle(ctx context.Context) error {
	begun := time.Now()
	var why error
	for time.Since(begun) < changePatience {
		var epoch uint64
		if epoch, why = c.agreed(ctx); why == nil {
			c.s.say("key servers: all are in set %d, %v after the storm; %v, %d without an outcome", epoch, time.Since(begun).Round(time.Second), c.done, c.lost)
			return nil
		}
		if !sleep(ctx, time.Second) {
			return context.Cause(ctx)
		}
	}
	c.s.tally.broke("the key servers don't agree after %v: %v", changePatience, why)
	return nil
}

func (c *changes) agreed(ctx context.Context) (uint64, error) {
	var first *servers
	for _, v := range c.s.net.all() {
		now, err := v.servers(ctx)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", v.name, err)
		}
		if first == nil {
			first = now
		}
		switch {
		case now.Hash != first.Hash:
			return 0, fmt.Errorf("%s is in set %d, and %s in set %d", v.name, now.Epoch, c.s.net.nodes[0].name, first.Epoch)
		case now.has(v) && now.Change != nil, !now.has(v) && now.Held > 0:
			return 0, fmt.Errorf("%s: %v, %d shares held", v.name, now, now.Held)
		}
	}
	return first.Epoch, nil
}

// servers is secretstore_servers.
type servers struct{ wire.ServersInfo }

func (v *node) servers(ctx context.Context) (*servers, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	s := new(servers)
	return s, v.rpc.CallContext(ctx, &s.ServersInfo, "secretstore_servers")
}

func (s *servers) has(v *node) bool {
	for _, m := range s.Members {
		if m.ID == v.id() {
			return true
		}
	}
	return false
}

// atRest tells whether all keys are where they belong: what is left is old shares to be erased, for which a node that is away may be
// needed.
func (s *servers) atRest() bool { return s.Change == nil || s.Change.State == wire.ChangeErasing }

func (s *servers) String() string {
	if s.Change == nil {
		return fmt.Sprintf("set %d", s.Epoch)
	}
	return fmt.Sprintf("set %d, change to set %d: %s, %d of %d keys moved, waiting for %v", s.Epoch, s.Change.Epoch, s.Change.State,
		s.Change.Moved, s.Change.Keys, s.Change.Awaited)
}

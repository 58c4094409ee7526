package service

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/metrics"

	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/limits"
	"github.com/geth-ss/geth-ss/test/figures"
)

// How long changes of the server set take, and whom they disturb: a part of `make bench`, which gives -servers.keys. All key
// servers are in this process, with stores on the disk and connections over loopback.

var (
	serversKeys   = flag.String("servers.keys", "", "measure changes of the server set with so many keys, as 200,1000")
	serversWindow = flag.Duration("servers.window", 5*time.Second, "how long requests are measured before a change, and after it")
)

const (
	figuresClients   = 4
	figuresDocuments = 12 // that are read by turns
)

// TestLongServersFigures measures. It fails if a request does.
func TestLongServersFigures(t *testing.T) {
	if *serversKeys == "" {
		t.Skip("measures for -servers.keys alone")
	}
	metrics.Enable()
	table := new(figures.Table)
	defer func() { table.Print(os.Stdout) }()
	for count := range strings.SplitSeq(*serversKeys, ",") {
		keys, err := strconv.Atoi(count)
		if err != nil {
			t.Fatal(err)
		}
		for _, threshold := range []int{1, 2} {
			t.Run(fmt.Sprintf("%d keys, t = %d", keys, threshold), func(t *testing.T) { figuresOfServers(t, table, keys, threshold) })
		}
	}
}

// changing is a change that is measured.
type changing struct {
	*cluster
	table *figures.Table
	keys  []*wire.KeyRecord
	admin func(*testServer, *wire.OrderRequest)
}

func figuresOfServers(t *testing.T, table *figures.Table, count, threshold int) {
	c, admin := newChanging(t, 4, 1)
	for _, s := range c.nodes {
		s.limited(func(l *limits.Config) { *l = limits.Config{} })
		s.cfg.Stock = DefaultConfig().Stock
	}
	m := &changing{cluster: c, table: table, admin: func(s *testServer, r *wire.OrderRequest) { s.order(t, admin, r) }}
	for i := range count {
		m.keys = append(m.keys, c.deal(i+1, threshold, c.nodes[:4]...))
	}
	for i, r := range m.keys[:figuresDocuments] {
		d := c.Certify(r, c.Encrypt(r, i))
		for _, s := range c.nodes[:4] {
			if err := s.save(r.Setup.Key, []wire.Record{wire.NewRecord(wire.Create, wire.RecordDocument, r.Setup.Key, wire.SessionID{}, d)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	extra := c.nodes[4]
	who := fmt.Sprintf("%d keys, t = %d, ", count, threshold)
	m.change(who+"4 to 5: ", 1, c.nodes, &wire.OrderRequest{Add: []string{extra.server.Self().URLv4()}})
	out := c.nodes[3]
	m.change(who+"5 to 4: ", 2, append(slices.Clone(c.nodes[:3]), extra), &wire.OrderRequest{Remove: []wire.NodeID{out.self.ID()}})
	back := &wire.OrderRequest{Replace: []wire.Replacement{{ID: extra.self.ID(), With: out.server.Self().URLv4()}}}
	m.change(who+"replace one: ", 3, c.nodes[:4], back)
	// And back again, twice, while clients ask.
	back = &wire.OrderRequest{Replace: []wire.Replacement{{ID: out.self.ID(), With: extra.server.Self().URLv4()}}}
	m.disturb(who+"reads while one is replaced: ", 4, append(slices.Clone(c.nodes[:3]), extra), back, m.read)
	if threshold == 1 { // three signers of four
		back = &wire.OrderRequest{Replace: []wire.Replacement{{ID: extra.self.ID(), With: out.server.Self().URLv4()}}}
		m.disturb(who+"ECDSA signatures while one is replaced: ", 5, c.nodes[:4], back, m.ecdsa)
	}
}

// spent is what key servers use.
type spent struct {
	cpu                    time.Duration
	bytes, messages, syncs int64
}

func (c *changing) spent() (n spent) {
	n.cpu = figures.CPU()
	if m, ok := metrics.Get("p2p/egress").(*metrics.Meter); ok {
		n.bytes = m.Snapshot().Count()
	}
	counters := make(map[*metrics.Counter]bool) // one may be of several codes
	for _, name := range wire.Traffics() {
		if m, ok := metrics.Get("ss/messages/out/" + string(name)).(*metrics.Counter); ok {
			counters[m] = true
		}
	}
	for m := range counters {
		n.messages += m.Snapshot().Count()
	}
	for _, s := range c.nodes {
		n.syncs += int64(s.states.db.Syncs())
	}
	return n
}

// moved waits until all these nodes hold certificates that are thick, of that epoch, of all keys, and gives the time since the
// set was decided.
func (c *changing) moved(epoch uint64, nodes []*testServer) (took time.Duration) {
	c.until("the set is decided", func() bool { return nodes[0].servers.Sets().Newest().Epoch == epoch })
	begun := time.Now()
	for _, s := range nodes {
		c.until("all keys have moved", func() bool {
			s.succession.mu.Lock()
			m := s.succession.moving
			s.succession.mu.Unlock()
			return m != nil && m.epoch == epoch && m.left() == 0 && m.size() >= len(c.keys)
		})
	}
	took = time.Since(begun)
	for _, s := range nodes {
		for _, r := range c.keys {
			state, err := s.states.read(r.Setup.Key)
			if err != nil || state.Share == nil || setEpoch(&state.Record.Setup) != epoch || !handover.Thick(state.Record) {
				c.t.Fatalf("key %v has not moved, or there is no thick certificate: %v", r.Setup.Key, err)
			}
		}
	}
	return took
}

// change measures one that nobody disturbs.
func (c *changing) change(what string, epoch uint64, nodes []*testServer, order *wire.OrderRequest) {
	before := c.spent()
	var heap runtime.MemStats
	c.admin(nodes[0], order)
	took := c.moved(epoch, nodes)
	after, n := c.spent(), len(c.keys)
	runtime.ReadMemStats(&heap)
	begun := time.Now()
	c.settled(epoch, c.nodes...)
	erased := time.Since(begun)
	last := c.spent()
	aim := ""
	if n == 1000 {
		aim = "≤ 20 s"
	}
	c.table.Add(what+"all thick; erased after that", aim, "%.1f s; %.1f s", took.Seconds(), erased.Seconds())
	each := func(a, b int64) float64 { return float64(b-a) / float64(n) }
	c.table.Add(what+"of each key, CPU of all nodes; erasing", "", "%.1f ms; %.1f ms",
		1000*(after.cpu-before.cpu).Seconds()/float64(n), 1000*(last.cpu-after.cpu).Seconds()/float64(n))
	c.table.Add(what+"of each key, bytes, messages, syncs of all nodes; erasing", "", "%.0f, %.1f, %.1f; %.0f, %.1f, %.1f",
		each(before.bytes, after.bytes), each(before.messages, after.messages), each(before.syncs, after.syncs),
		each(after.bytes, last.bytes), each(after.messages, last.messages), each(after.syncs, last.syncs))
	c.table.Add(what+"heap of all nodes and the test", "", "%d MiB", heap.HeapInuse>>20)
}

// asked is what clients saw in a while.
type asked struct {
	took   figures.Durations
	failed int
	first  error
}

// clients ask until ctx ends: at that many a second in all, or as fast as answers come if that is 0.
func (c *changing) clients(ctx context.Context, rate float64, nodes []*testServer, ask func(*testServer, int) error) (a asked) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	for client := range figuresClients {
		wg.Go(func() {
			next := time.Now()
			for i := client; ctx.Err() == nil; i += figuresClients {
				if rate > 0 {
					next = next.Add(time.Duration(float64(figuresClients) / rate * float64(time.Second)))
					select {
					case <-time.After(time.Until(next)):
					case <-ctx.Done():
						return
					}
				}
				begun := time.Now()
				err := ask(nodes[i%len(nodes)], i)
				mu.Lock()
				if a.took = append(a.took, time.Since(begun)); err != nil {
					if a.failed++; a.first == nil {
						a.first = err
					}
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return a
}

func (c *changing) during(length time.Duration, rate float64, nodes []*testServer, ask func(*testServer, int) error) asked {
	ctx, cancel := context.WithTimeout(context.Background(), length)
	defer cancel()
	return c.clients(ctx, rate, nodes, ask)
}

// disturb measures what clients see before a change, during it and after it, at half of the rate that saturates.
func (c *changing) disturb(what string, epoch uint64, nodes []*testServer, order *wire.OrderRequest, ask func(*testServer, int) error) {
	staying := c.nodes[:3]
	c.during(time.Second, 0, staying, ask)
	most := c.during(2*time.Second, 0, staying, ask)
	rate := float64(len(most.took)) / 2 / 2
	before := c.during(*serversWindow, rate, staying, ask)
	ctx, cancel := context.WithCancel(context.Background())
	var during asked
	var wg sync.WaitGroup
	wg.Go(func() { during = c.clients(ctx, rate, staying, ask) })
	begun := time.Now()
	c.admin(c.nodes[0], order)
	took := c.moved(epoch, nodes)
	c.settled(epoch, c.nodes...)
	all := time.Since(begun)
	cancel()
	wg.Wait()
	after := c.during(*serversWindow, rate, staying, ask)
	for name, q := range map[string]asked{"saturated": most, "before": before, "during": during, "after": after} {
		if q.failed > 0 {
			c.t.Errorf("%s%s, %d of %d requests failed, the first: %v", what, name, q.failed, len(q.took), q.first)
		}
	}
	c.table.Add(what+"all thick; the whole change", "", "%.1f s; %.1f s, at %.0f requests a second", took.Seconds(), all.Seconds(), rate)
	for _, q := range []float64{0.5, 0.99} {
		aim := ""
		if q > 0.5 {
			aim = "≤ 1.5, ≤ 1.2"
		}
		b, d, a := before.took.Quantile(q), during.took.Quantile(q), after.took.Quantile(q)
		c.table.Add(fmt.Sprintf("%sp%.0f during and after, against before", what, 100*q), aim, "%.2f, %.2f (%s, %s; %s)",
			d.Seconds()/b.Seconds(), a.Seconds()/b.Seconds(), figures.MS(d), figures.MS(a), figures.MS(b))
	}
	c.table.Add(what+"failed", "0", "%d of %d", before.failed+during.failed+after.failed, len(before.took)+len(during.took)+len(after.took))
}

func (c *changing) read(s *testServer, i int) error {
	id := c.keys[i%figuresDocuments].Setup.Key
	_, err := s.DocumentKeyShadow(context.Background(), newRequester(c.t, id), id)
	return err
}

func (c *changing) ecdsa(s *testServer, i int) error {
	id, hash := c.keys[i%len(c.keys)].Setup.Key, common.Hash{byte(i), byte(i >> 8), byte(i >> 16), 2}
	_, err := s.Sign(context.Background(), c.wallet(id, wire.ECDSA, hash, openly), id, wire.ECDSA, hash)
	return err
}

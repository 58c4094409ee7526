package service

import (
	"context"
	"crypto/ecdsa"
	"encoding/binary"
	"flag"
	"fmt"
	"net"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/metrics"
	"github.com/ethereum/go-ethereum/p2p/enode"

	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/limits"
	"github.com/geth-ss/geth-ss/test/figures"
)

// How long changes of the server set take, and whom they disturb: a part of `make bench`, which gives -servers.keys. All key
// servers are in this process, with stores on the disk and connections over loopback.

var (
	serversKeys   = flag.String("servers.keys", "", "measure changes of the server set with so many keys, as 200,1000")
	serversWindow = flag.Duration("servers.window", 15*time.Second, "how long requests are measured before a change")
	serversAfter  = flag.Duration("servers.after", time.Minute, "how long requests are measured after a change")
)

const (
	figuresMany      = 5000
	figuresClients   = 4
	figuresDocuments = 12 // that are read by turns
)

// TestLongServersFigures measures. It fails if a request does. Of each number of keys and each threshold it has three parts, which
// -run can choose from: moves, reads and signatures. Of very many keys it has memory alone.
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
			part := func(name string, measure func(*changing)) {
				t.Run(fmt.Sprintf("%d keys, t = %d/%s", keys, threshold, name), func(t *testing.T) { measure(newFigures(t, table, keys, threshold)) })
			}
			if keys >= figuresMany { // too many to wait for all
				part("memory", figuresOfMemory)
				continue
			}
			part("moves", figuresOfMoves)
			part("reads", func(m *changing) { m.disturb("reads while one is replaced: ", m.read) })
			if threshold == 1 { // three signers of four
				part("signatures", func(m *changing) { m.disturb("ECDSA signatures while one is replaced: ", m.ecdsa) })
			}
		}
	}
}

// changing is key servers whose changes are measured: four, and one that is to join, with keys that were not made over the network.
type changing struct {
	*cluster
	who       string // with how many keys, for the table
	table     *figures.Table
	keys      []*wire.KeyRecord
	threshold int
	admin     *ecdsa.PrivateKey
	epoch     uint64
}

func newFigures(t *testing.T, table *figures.Table, count, threshold int) *changing {
	c, admin := newChanging(t, 4, 1)
	for _, s := range c.nodes {
		s.limited(func(l *limits.Config) { *l = limits.Config{} })
		s.cfg.Stock = DefaultConfig().Stock
	}
	m := &changing{cluster: c, who: fmt.Sprintf("%d keys, t = %d, ", count, threshold), table: table, threshold: threshold, admin: admin}
	m.seed(count)
	for i, r := range m.keys[:figuresDocuments] {
		d := c.Certify(r, c.Encrypt(r, i))
		for _, s := range c.nodes[:4] {
			if err := s.save(r.Setup.Key, []wire.Record{wire.NewRecord(wire.Create, wire.RecordDocument, r.Setup.Key, wire.SessionID{}, d)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	return m
}

// seed makes keys of the first four nodes, and writes them into the stores many at once.
func (c *changing) seed(count int) {
	c.t.Helper()
	holders := c.Nodes[:4]
	author := c.NewClient("author")
	for i := range count {
		c.keys = append(c.keys, c.Deal(wire.KeyID(crypto.Keccak256(binary.BigEndian.AppendUint32(nil, uint32(i)))), c.threshold, author, holders))
	}
	var wg sync.WaitGroup
	for _, s := range c.nodes {
		wg.Go(func() {
			for some := range slices.Chunk(c.keys, 64) {
				var batch []wire.Record
				for _, r := range some {
					id := r.Setup.Key
					batch = append(batch, wire.NewRecord(wire.Create, wire.RecordKey, id, wire.SessionID{}, r))
					if share := s.node.State(id).Share; share != nil {
						batch = append(batch, wire.Record{Op: wire.Put, Kind: wire.RecordShare, Key: id, Session: r.Version(), Value: share.Encode()})
					}
				}
				if err := s.states.db.Apply(batch); err != nil {
					c.t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

// figuresOfMoves measures changes that nobody disturbs.
func figuresOfMoves(c *changing) {
	extra, out := c.nodes[4], c.nodes[3]
	c.change("4 to 5: ", c.nodes, &wire.OrderRequest{Add: []string{extra.server.Self().URLv4()}})
	c.change("5 to 4: ", append(slices.Clone(c.nodes[:3]), extra), &wire.OrderRequest{Remove: []wire.NodeID{out.self.ID()}, Force: true}) // of t = 2 four can't make ECDSA signatures
	c.change("replace one: ", c.nodes[:4], c.replaces(extra, out))
	c.refresh("refresh: ", c.nodes[:4])
	c.repair("repair of one: ", c.nodes[:4])
	c.cancel("cancel before the decision")
}

// figuresOfMemory measures what a change takes of the heap until some keys have moved at each key server: by then all were listed,
// and noted to be moved.
func figuresOfMemory(c *changing) {
	const some = 20
	u := c.use()
	begun := time.Now()
	c.epoch++
	c.nodes[0].order(c.t, c.admin, &wire.OrderRequest{Add: []string{c.nodes[4].server.Self().URLv4()}})
	c.untilIn(figuresWait, "some keys have moved", func() bool {
		return !slices.ContainsFunc(c.nodes, func(s *testServer) bool {
			s.succession.mu.Lock()
			m := s.succession.moving
			s.succession.mu.Unlock()
			return m == nil || m.epoch != c.epoch || m.size() < len(c.keys) || m.size()-m.left() < some
		})
	})
	took := time.Since(begun)
	u.halt()
	c.table.Add(c.who+"4 to 5: most heap over idle, of each of five nodes, until the first have moved", "≤ 100 MiB", "%.0f MiB (%.1f s)", u.heap(), took.Seconds())
}

// replaces is one key server in the place of another.
func (c *changing) replaces(old, with *testServer) *wire.OrderRequest {
	return &wire.OrderRequest{Replace: []wire.Replacement{{ID: old.self.ID(), With: with.server.Self().URLv4()}}}
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

// usage is what key servers use while something goes on.
type usage struct {
	*changing
	begun  time.Time
	before spent
	idle   uint64        // bytes of the heap
	peak   atomic.Uint64 // likewise
	stop   context.CancelFunc
	ended  sync.WaitGroup
}

func (c *changing) use() *usage {
	runtime.GC()
	ctx, stop := context.WithCancel(context.Background())
	u := &usage{changing: c, begun: time.Now(), before: c.spent(), idle: heap(), stop: stop}
	u.ended.Go(func() {
		for ticker := time.NewTicker(200 * time.Millisecond); ctx.Err() == nil; {
			u.peak.Store(max(u.peak.Load(), heap()))
			select {
			case <-ticker.C:
			case <-ctx.Done():
			}
		}
	})
	return u
}

// halt ends the watching of the heap.
func (u *usage) halt() {
	u.stop()
	u.ended.Wait()
}

// heap is by how much that has grown at most, in MiB, of each node.
func (u *usage) heap() float64 {
	return float64(max(u.peak.Load(), u.idle)-u.idle) / float64(len(u.nodes)) / (1 << 20)
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// end adds what was used for so many keys to the table: until they were thick, and after that.
func (u *usage) end(what string, keys int, thick spent, arithmetic time.Duration) {
	u.halt()
	last := u.spent()
	each := func(a, b int64) float64 { return float64(b-a) / float64(keys) }
	cpu := (thick.cpu - u.before.cpu) / time.Duration(keys)
	u.table.Add(what+"of each key, CPU of all nodes; erasing", "", "%.1f ms; %.1f ms", 1000*cpu.Seconds(), 1000*(last.cpu-thick.cpu).Seconds()/float64(keys))
	u.table.Add(what+"CPU against arithmetic", "≤ 3", "%.1f (%.1f ms)", cpu.Seconds()/arithmetic.Seconds(), 1000*arithmetic.Seconds())
	u.table.Add(what+"of each key, bytes, messages, syncs of all nodes; erasing", "", "%.0f, %.1f, %.1f; %.0f, %.1f, %.1f",
		each(u.before.bytes, thick.bytes), each(u.before.messages, thick.messages), each(u.before.syncs, thick.syncs),
		each(thick.bytes, last.bytes), each(thick.messages, last.messages), each(thick.syncs, last.syncs))
	u.table.Add(what+"most heap over idle, of each of five nodes", "≤ 100 MiB", "%.0f MiB", u.heap())
}

// arithmetic is the CPU time of all that is signed, checked, encoded and decoded when a key is dealt anew, by all machines, without
// network, disk and other threads.
func (c *changing) arithmetic(before, after int) time.Duration {
	c.t.Helper()
	const keys = 20
	m := sessiontest.New(5, 3)
	m.Establish(0, m.Nodes[:before]...)
	author := m.NewClient("author")
	for i := range keys {
		m.Generate(m.Nodes[0], author, sessiontest.KeyID(i+1), c.threshold)
		if err := m.Settle(); err != nil {
			c.t.Fatal(err)
		}
	}
	if before != after {
		m.Establish(0, m.Nodes[:after]...)
	} else {
		m.Establish(0, m.Nodes[1:after+1]...)
	}
	begun := figures.CPU()
	for i := range keys {
		o := m.Move(m.Nodes[1], sessiontest.KeyID(i+1), 0)
		if err := m.Settle(); err != nil || o.Err != nil {
			c.t.Fatal(err, o.Err)
		}
	}
	return (figures.CPU() - begun) / keys
}

// moved waits until all these nodes hold certificates that are thick, of the epoch, of all keys, and gives the time since the set
// was decided.
func (c *changing) moved(nodes []*testServer) (took time.Duration) {
	c.t.Helper()
	c.until("the set is decided", func() bool { return nodes[0].servers.Sets().Newest().Epoch == c.epoch })
	begun := time.Now()
	c.untilIn(figuresWait, "all keys have moved", func() bool {
		return !slices.ContainsFunc(nodes, func(s *testServer) bool {
			s.succession.mu.Lock()
			m := s.succession.moving
			s.succession.mu.Unlock()
			return m == nil || m.epoch != c.epoch || m.left() != 0 || m.size() < len(c.keys)
		})
	})
	took = time.Since(begun)
	c.wantThick(nodes, wire.Slot{Epoch: c.epoch})
	return took
}

// thick tells whether a node has its share of a key in a slot or a later one, and a thick certificate.
func (c *changing) thick(s *testServer, id wire.KeyID, slot wire.Slot) bool {
	state, err := s.states.read(id)
	if err != nil {
		c.t.Fatal(err)
	}
	return state.Share != nil && state.Record.Setup.Slot().Compare(slot) >= 0 && handover.Thick(state.Record)
}

func (c *changing) wantThick(nodes []*testServer, slot wire.Slot) {
	c.t.Helper()
	for i, s := range nodes {
		for _, r := range c.keys {
			if !c.thick(s, r.Setup.Key, slot) {
				c.t.Fatalf("key %v has not moved at key server %d, or there is no thick certificate", r.Setup.Key, i)
			}
		}
	}
}

// figuresWait bounds what is measured.
const figuresWait = 10 * time.Minute

func (c *changing) untilIn(most time.Duration, what string, ok func() bool) {
	c.t.Helper()
	for deadline := time.Now().Add(most); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			c.t.Fatalf("%s: not within %v", what, most)
		}
	}
}

// change measures one that nobody disturbs.
func (c *changing) change(what string, nodes []*testServer, order *wire.OrderRequest) {
	what, c.epoch = c.who+what, c.epoch+1
	holders := len(c.nodes[0].servers.Members())
	u := c.use()
	c.nodes[0].order(c.t, c.admin, order)
	took := c.moved(nodes)
	thick := c.spent()
	begun := time.Now()
	c.settled(c.epoch, c.nodes...)
	c.table.Add(what+"all thick; erased after that", c.aim(), "%.1f s; %.1f s", took.Seconds(), time.Since(begun).Seconds())
	u.end(what, len(c.keys), thick, c.arithmetic(holders, len(nodes)))
}

// aim is that of 1,000 keys.
func (c *changing) aim() string {
	if len(c.keys) == 1000 {
		return "≤ 20 s"
	}
	return ""
}

// refresh measures a round of all keys by order.
func (c *changing) refresh(what string, nodes []*testServer) {
	what = c.who + what
	slot := wire.Slot{Epoch: c.epoch, Round: c.chain.grow(2, 1) - 1}
	u := c.use()
	order, signatures := nodes[1].refreshOrder(c.t, c.admin, slot.Round)
	if _, err := nodes[1].RefreshShares(c.t.Context(), order, signatures); err != nil {
		c.t.Fatal(err)
	}
	c.untilIn(figuresWait, "all keys are dealt anew", func() bool {
		return !slices.ContainsFunc(nodes, func(s *testServer) bool {
			kept, err := s.round(c.epoch)
			return err != nil || kept == nil || kept.Round != slot.Round || !kept.Done
		})
	})
	took := time.Since(u.begun)
	c.wantThick(nodes, slot)
	thick := c.spent()
	begun := time.Now()
	c.erased(nodes)
	c.table.Add(what+"all thick; erased after that", c.aim(), "%.1f s; %.1f s", took.Seconds(), time.Since(begun).Seconds())
	u.end(what, len(c.keys), thick, c.arithmetic(len(nodes), len(nodes)))
}

// erased waits until no node has a former share.
func (c *changing) erased(nodes []*testServer) {
	c.t.Helper()
	c.untilIn(figuresWait, "former shares are erased", func() bool {
		return !slices.ContainsFunc(nodes, func(s *testServer) bool {
			ids, err := s.states.keysOf(wire.RecordFormer, wire.KeyID{}, 1)
			return err != nil || len(ids) > 0
		})
	})
}

// repair measures how a key server that has lost all its shares gets them back.
func (c *changing) repair(what string, nodes []*testServer) {
	what = c.who + what
	lost := nodes[1]
	for _, r := range c.keys {
		id := r.Setup.Key
		if err := lost.states.apply(id, []wire.Record{{Op: wire.Erase, Kind: wire.RecordShare, Key: id, Session: c.stateOf(lost, id).Record.Version()}}); err != nil {
			c.t.Fatal(err)
		}
	}
	lost.lookForLosses(c.t)
	slot := wire.Slot{Epoch: c.epoch, Round: c.chain.grow(2, uint64(time.Now().Unix())) - 1} // later than the loss by its clock
	u := c.use()
	begun := time.Now()
	c.untilIn(waitFor, "the repair begins", func() bool {
		info, err := lost.Repair(c.t.Context(), nil)
		if err != nil || info.Keys == 0 {
			c.chain.grow(1, 1)
			return false
		}
		begun = time.Now()
		return true
	})
	c.untilIn(figuresWait, "it has all shares", func() bool {
		_, held, err := lost.states.keys()
		return err == nil && held >= len(c.keys) && !slices.ContainsFunc(c.keys, func(r *wire.KeyRecord) bool { return !c.thick(lost, r.Setup.Key, slot) })
	})
	took := time.Since(begun)
	thick := c.spent()
	c.erased(nodes)
	c.table.Add(what+"keys a second", "≥ 50", "%.0f (%.1f s)", float64(len(c.keys))/took.Seconds(), took.Seconds())
	u.end(what, len(c.keys), thick, c.arithmetic(len(nodes), len(nodes)))
}

// lookForLosses has it notice which shares it has lost.
func (s *testServer) lookForLosses(t *testing.T) {
	t.Helper()
	if err := s.eachKey(func(id wire.KeyID, state *session.State) {
		if state.Lost(s.self.ID()) {
			if err := s.states.noteLoss(id); err != nil {
				t.Error(err)
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
}

// cancel measures how long it takes to take back an order whose new server can't be reached.
func (c *changing) cancel(what string) {
	a := c.nodes[0]
	nobody := enode.NewV4(&newKey(c.t).PublicKey, net.IPv4(127, 0, 0, 1), 1, 0)
	order := a.makes(c.t, &wire.OrderRequest{Add: []string{nobody.URLv4()}})
	orderDigest := order.Digest()
	signed, err := crypto.Sign(orderDigest[:], c.admin)
	if err != nil {
		c.t.Fatal(err)
	}
	if _, err := a.ChangeServers(c.t.Context(), order, []wire.AdminSignature{wire.AdminSignature(signed)}); err != nil {
		c.t.Fatal(err)
	}
	take := &wire.CancelOrder{Chain: order.Chain, Cluster: order.Cluster, Epoch: order.Epoch, Parent: order.Parent, Nonce: order.Nonce}
	digest := take.Digest()
	sig, err := crypto.Sign(digest[:], c.admin)
	if err != nil {
		c.t.Fatal(err)
	}
	begun := time.Now()
	if _, err := a.CancelChange(c.t.Context(), take, []wire.AdminSignature{wire.AdminSignature(sig)}); err != nil {
		c.t.Fatal(err)
	}
	c.table.Add(c.who+what, "≤ 2 s", "%s", figures.MS(time.Since(begun)))
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
func (c *changing) disturb(what string, ask func(*testServer, int) error) {
	what, c.epoch = c.who+what, c.epoch+1
	staying, nodes := c.nodes[:3], append(slices.Clone(c.nodes[:3]), c.nodes[4])
	c.during(time.Second, 0, staying, ask)
	most := c.during(2*time.Second, 0, staying, ask)
	rate := float64(len(most.took)) / 2 / 2
	before := c.during(*serversWindow, rate, staying, ask)
	ctx, cancel := context.WithCancel(context.Background())
	var during asked
	var wg sync.WaitGroup
	wg.Go(func() { during = c.clients(ctx, rate, staying, ask) })
	begun := time.Now()
	c.nodes[0].order(c.t, c.admin, c.replaces(c.nodes[3], c.nodes[4]))
	took := c.moved(nodes)
	c.settled(c.epoch, c.nodes...)
	all := time.Since(begun)
	cancel()
	wg.Wait()
	after := c.during(*serversAfter, rate, staying, ask)
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

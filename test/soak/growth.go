package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/ethereum/go-ethereum/rpc"

	"github.com/geth-ss/geth-ss/test/figures"
)

// Bounds on what a node may have more of at the end than after the warm-up, with no client connected both times.
const (
	moreGoroutines = 15       // a timer, a connection of the other nodes'
	moreFiles      = 20       // databases open and close tables as they merge
	moreHeap       = 48 << 20 // live after a collection; caches of the chain fill up
	heapPerKey     = 16 << 10 // on top, for each key made in between
	moreResident   = 128 << 20
)

// growth is what the nodes use: before, after the faults that the witness outlives, and at the end.
type growth struct {
	s                  *soak
	before, after, end []usage
}

// usage is what one process uses.
type usage struct {
	pid        int
	goroutines int
	where      map[string]int // goroutines by who began them
	files      int
	heap       uint64 // live, after a collection
	resident   int64
	store      int64 // bytes of the share store
	chain      int64 // of everything else
}

func newGrowth(s *soak) *growth { return &growth{s: s} }

// measure looks at all nodes when they have come to rest.
func (g *growth) measure(ctx context.Context, into *[]usage) error {
	for _, v := range g.s.net.nodes {
		v.client.CloseIdleConnections()
	}
	sleep(ctx, g.s.o.rest)
	*into = nil
	for _, v := range g.s.net.nodes {
		u, err := v.usage(ctx)
		if err != nil {
			return fmt.Errorf("measuring %s: %w", v.name, err)
		}
		*into = append(*into, u)
	}
	return nil
}

var (
	goroutine = regexp.MustCompile(`(?m)^goroutine \d+ `)
	createdBy = regexp.MustCompile(`(?m)^created by (\S+)`)
)

// usage asks the node by IPC, the one door that debug_ methods are always behind.
func (v *node) usage(ctx context.Context) (u usage, err error) {
	c, err := rpc.DialIPC(ctx, v.net.state.Nodes[v.index].IPC)
	if err != nil {
		return u, err
	}
	defer c.Close()
	if err := c.CallContext(ctx, nil, "debug_freeOSMemory"); err != nil {
		return u, err
	}
	var memory struct{ HeapAlloc uint64 }
	if err := c.CallContext(ctx, &memory, "debug_memStats"); err != nil {
		return u, err
	}
	var stacks string
	if err := c.CallContext(ctx, &stacks, "debug_stacks"); err != nil {
		return u, err
	}
	u = usage{pid: v.pid(), goroutines: len(goroutine.FindAllString(stacks, -1)), heap: memory.HeapAlloc, where: make(map[string]int)}
	for _, by := range createdBy.FindAllStringSubmatch(stacks, -1) {
		u.where[by[1]]++
	}
	u.resident = figures.Memory(u.pid)
	files, _ := os.ReadDir(fmt.Sprintf("/proc/%d/fd", u.pid))
	u.files = len(files)
	all := figures.Disk(v.dir)
	u.store = figures.Disk(filepath.Join(v.dir, "geth-ss", "secretstore"))
	u.chain = all - u.store
	return u, nil
}

func (s *soak) measureAfter(ctx context.Context) error { return s.growth.check(ctx, &s.growth.after) }
func (s *soak) measureEnd(ctx context.Context) error   { return s.growth.check(ctx, &s.growth.end) }

// check measures again and holds it against the bounds.
func (g *growth) check(ctx context.Context, into *[]usage) error {
	if err := g.measure(ctx, into); err != nil {
		return err
	}
	keys := uint64(len(g.s.ledger.all(made)))
	for i, v := range g.s.net.nodes {
		a, b := &g.before[i], &(*into)[i]
		if more := b.goroutines - a.goroutines; more > moreGoroutines {
			g.s.tally.broke("%s has %d goroutines more than after the warm-up: %s", v.name, more, b.whereMore(a))
		}
		if more := b.files - a.files; more > moreFiles {
			g.s.tally.broke("%s has %d files open more than after the warm-up", v.name, more)
		}
		if bound := a.heap + moreHeap + keys*heapPerKey; b.heap > bound {
			g.s.tally.broke("%s has a live heap of %s, and had %s", v.name, mib(int64(b.heap)), mib(int64(a.heap)))
		}
		if b.resident > a.resident+moreResident {
			g.s.tally.broke("%s has %s resident, and had %s", v.name, mib(b.resident), mib(a.resident))
		}
	}
	return nil
}

// whereMore lists who began the goroutines that are new.
func (u *usage) whereMore(before *usage) string {
	var list []string
	for _, by := range sorted(u.where) {
		if more := u.where[by] - before.where[by]; more > 0 {
			list = append(list, fmt.Sprintf("%s %+d", by, more))
		}
	}
	return strings.Join(list, ", ")
}

func (g *growth) print(w io.Writer) {
	if len(g.end) == 0 {
		return
	}
	t := new(figures.Table)
	for i, v := range g.s.net.nodes {
		a, b, c := &g.before[i], &g.after[i], &g.end[i]
		same := func(u *usage) string {
			if u.pid == a.pid {
				return "same"
			}
			return "new"
		}
		t.Add(v.name+": warm → after the faults → at the end, process", "", "%s → %s", same(b), same(c))
		t.Add("– goroutines", fmt.Sprintf("≤ +%d", moreGoroutines), "%d → %d → %d", a.goroutines, b.goroutines, c.goroutines)
		t.Add("– open files", fmt.Sprintf("≤ +%d", moreFiles), "%d → %d → %d", a.files, b.files, c.files)
		t.Add("– live heap", "≤ +"+mib(moreHeap), "%s → %s → %s", mib(int64(a.heap)), mib(int64(b.heap)), mib(int64(c.heap)))
		t.Add("– resident", "≤ +"+mib(moreResident), "%s → %s → %s", mib(a.resident), mib(b.resident), mib(c.resident))
		t.Add("– share store on disk", "", "%s → %s → %s", mib(a.store), mib(b.store), mib(c.store))
		t.Add("– all else on disk", "", "%s → %s → %s", mib(a.chain), mib(b.chain), mib(c.chain))
	}
	fmt.Fprintln(w)
	t.Print(w)
}

func mib(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }

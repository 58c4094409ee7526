package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/geth-ss/geth-ss/test/figures"
)

// warmUp is how long reads run before they count: connections, caches and the nodes' scores of each other.
const warmUp = 500 * time.Millisecond

// load is one run of requests.
type load struct {
	clients int
	took    figures.Durations
	failed  int
	first   error // the first failure
	length  time.Duration
	used    usage
}

// ask makes the request of that number and waits for the answer. Many clients call it at once.
type ask func(i int) error

// measureReads runs reads with one client and with many, and the arithmetic they stand on.
func measureReads(ctx context.Context, o *options, n *network, lib *library, t *figures.Table) error {
	before, err := measureFloor(lib.threshold)
	if err != nil {
		return err
	}
	length := time.Duration(o.seconds) * time.Second
	for _, clients := range []int{1, 16} {
		say("reading for %v with %d clients", length, clients)
		finish := n.profile(ctx, o, fmt.Sprintf("reads-%d", clients), length)
		l, err := read(ctx, n, lib, len(n.state.Nodes), clients, length)
		if err != nil {
			return err
		}
		if err := finish(); err != nil {
			return err
		}
		l.addLatency(t)
		if clients > 1 {
			after, err := measureFloor(lib.threshold)
			if err != nil {
				return err
			}
			l.addCost(before.mean(after), t)
		}
	}
	return nil
}

// read keeps that many clients busy, each with one request at a time and each request to the next of the first nodes.
func read(ctx context.Context, n *network, lib *library, nodes, clients int, length time.Duration) (*load, error) {
	requests, err := prepare(n, lib, nodes)
	if err != nil {
		return nil, err
	}
	l := &load{clients: clients}
	if err := l.measure(ctx, n, len(requests), readNext(n, requests), length); err != nil {
		return nil, fmt.Errorf("reading: %w", err)
	}
	return l, nil
}

// measure runs the clients for a moment, then for that long, and counts what the nodes use meanwhile.
func (l *load) measure(ctx context.Context, n *network, span int, ask ask, length time.Duration) error {
	if l.run(ctx, span, ask, warmUp); l.failed > 0 {
		return l.first
	}
	l.took = nil
	before := n.usage()
	begun := time.Now()
	l.run(ctx, span, ask, length)
	l.length, l.used = time.Since(begun), before.since()
	if len(l.took) == 0 {
		return fmt.Errorf("no request succeeded: %w", errors.Join(l.first, context.Cause(ctx)))
	}
	return nil
}

// prepare makes the requests of all documents through the first nodes.
func prepare(n *network, lib *library, nodes int) (requests []*http.Request, err error) {
	for _, d := range lib.documents {
		for _, node := range n.state.Nodes[:nodes] {
			req, err := http.NewRequest(http.MethodGet, node.HTTP+d.path(), nil)
			if err != nil {
				return nil, err
			}
			requests = append(requests, req)
		}
	}
	return requests, nil
}

// run keeps the clients busy. They begin at numbers spread over span.
func (l *load) run(ctx context.Context, span int, ask ask, length time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, length)
	defer cancel()
	var wg sync.WaitGroup
	var mu sync.Mutex
	for client := range l.clients {
		wg.Go(func() {
			took, failed, first := repeat(ctx, client*span/l.clients, ask)
			mu.Lock()
			defer mu.Unlock()
			l.took, l.failed = append(l.took, took...), l.failed+failed
			if l.first == nil {
				l.first = first
			}
		})
	}
	wg.Wait()
}

// repeat is one client. What is under way at the end is finished, and counts.
func repeat(ctx context.Context, from int, ask ask) (took figures.Durations, failed int, first error) {
	for i := from; ctx.Err() == nil; i++ {
		begun := time.Now()
		if err := ask(i); err != nil {
			if failed++; first == nil {
				first = err
			}
			continue
		}
		took = append(took, time.Since(begun))
	}
	return took, failed, first
}

// readNext asks for the documents of the requests in turn.
func readNext(n *network, requests []*http.Request) ask {
	return func(i int) error {
		return readOne(n.http, requests[i%len(requests)].Clone(context.Background()))
	}
}

func readOne(c *http.Client, req *http.Request) error {
	resp, err := c.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", resp.Status, body)
	}
	return err
}

func (l *load) addLatency(t *figures.Table) {
	who, aims := fmt.Sprintf("shadow read, %d clients: ", l.clients), [3]string{"", "", "≥ 400 /s"}
	if l.clients == 1 {
		who, aims = "shadow read, 1 client: ", [3]string{"≤ 5 ms", "≤ 25 ms", ""}
	}
	t.Add(who+"p50", aims[0], "%s", figures.MS(l.took.Quantile(0.5)))
	t.Add(who+"p99", aims[1], "%s", figures.MS(l.took.Quantile(0.99)))
	t.Add(who+"reads per second", aims[2], "%.0f /s", float64(len(l.took))/l.length.Seconds())
	t.Add(who+"failed", "0", "%s", l.failures())
	t.Add(who+"kept busy by other programs", "0", "%.2f processors", l.used.others())
}

func (l *load) failures() string {
	failed := fmt.Sprintf("%d of %d", l.failed, l.failed+len(l.took))
	if l.first != nil {
		failed += fmt.Sprintf(", the first: %v", l.first)
	}
	return failed
}

// addCost sets what a read costs the nodes beside what its arithmetic costs on the same machine, just as busy.
func (l *load) addCost(f *floor, t *figures.Table) {
	per := func(d time.Duration) time.Duration { return d / time.Duration(len(l.took)) }
	cost := per(l.used.nodes)
	t.Add("CPU per read, all nodes", "", "%s", figures.US(cost))
	t.Add("CPU per read, this client", "", "%s", figures.US(per(l.used.client)))
	t.Add("arithmetic of a read (the floor)", "", "%s: %s", figures.US(f.total()), f)
	t.Add("CPU per read / floor", "≤ 2", "%.2f", cost.Seconds()/f.total().Seconds())
	if idle := l.used.n.idle; idle > 0 {
		net := cost.Seconds() - idle*l.length.Seconds()/float64(len(l.took))
		t.Add("the same without what the idle network uses", "", "%.2f", net/f.total().Seconds())
	}
}

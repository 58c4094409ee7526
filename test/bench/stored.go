package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/geth-ss/geth-ss/test/figures"
)

const (
	// storers is how many clients generate and store at once.
	storers = 16
	// grants is how many transactions are sent before their blocks are awaited: below what the pool keeps of one account.
	grants = 1000
)

// measureStored fills the nodes with keys and reads again, each time another document, and says what a key takes of
// memory and disk.
func measureStored(ctx context.Context, o *options, n *network, lib *library, t *figures.Table) error {
	length := time.Duration(o.seconds) * time.Second
	say("reading for %v with %d keys stored", length, len(lib.documents))
	before, err := read(ctx, n, lib, len(n.state.Nodes), 1, length)
	if err != nil {
		return err
	}
	added := o.stored - len(lib.documents)
	if added <= 0 {
		return fmt.Errorf("-stored %d: there are %d keys already", o.stored, len(lib.documents))
	}
	disk, resident := n.disk(), n.resident()
	begun := time.Now()
	if err := lib.grow(ctx, n, added); err != nil {
		return err
	}
	took := time.Since(begun)
	t.Add(fmt.Sprintf("generating and storing %d keys, %d at once", added, storers), "", "%.0f /s", float64(added)/took.Seconds())
	if err := n.settle(ctx); err != nil {
		return err
	}
	each := int64(added * len(n.state.Nodes))
	t.Add("disk of a stored key, at each node", "", "%d bytes", (n.disk()-disk)/each)
	if err := measureStoredReads(ctx, o, n, lib, before, t); err != nil {
		return err
	}
	t.Add("memory of a stored key, at each node, each read", "", "%d bytes", (n.resident()-resident)/each)
	return nil
}

// measureStoredReads reads the keys for the first time since they were made, when the nodes have to decode them from
// their disks, and again when each has been read.
func measureStoredReads(ctx context.Context, o *options, n *network, lib *library, before *load, t *figures.Table) error {
	length, nodes := time.Duration(o.seconds)*time.Second, len(n.state.Nodes)
	for _, what := range []string{"first", "later"} {
		if what == "later" {
			say("reading each of the %d keys through each node", o.stored)
			if err := readEach(ctx, n, lib, nodes); err != nil {
				return err
			}
		}
		say("reading for %v with %d keys stored", length, o.stored)
		finish := n.profile(ctx, o, "stored-"+what, length)
		after, err := read(ctx, n, lib, nodes, 1, length)
		if err := errors.Join(err, finish()); err != nil {
			return err
		}
		compare(fmt.Sprintf("%s reads with %d keys: ", what, o.stored), before, after, t)
	}
	return nil
}

func compare(who string, few, many *load, t *figures.Table) {
	for _, q := range []struct {
		name  string
		value float64
	}{{"p50", 0.5}, {"p99", 0.99}} {
		few, many := few.took.Quantile(q.value), many.took.Quantile(q.value)
		t.Add(who+q.name+", against 12", "1", "%.2f (%s / %s)", many.Seconds()/few.Seconds(), figures.MS(many), figures.MS(few))
	}
	t.Add(who+"failed", "0", "%d of %d", many.failed, many.failed+len(many.took))
	t.Add(who+"kept busy by other programs", "0", "%.2f processors", many.used.others())
}

// readEach has every node read every document once.
func readEach(ctx context.Context, n *network, lib *library, nodes int) error {
	requests, err := prepare(n, lib, nodes)
	if err != nil {
		return err
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	for part := range slices.Chunk(requests, (len(requests)+storers-1)/storers) {
		wg.Go(func() {
			for _, req := range part {
				if e := readOne(n.http, req.WithContext(ctx)); e != nil {
					mu.Lock()
					err = errors.Join(err, e)
					mu.Unlock()
					return
				}
			}
		})
	}
	wg.Wait()
	return err
}

// grow adds documents with all that belongs to one, in random order.
func (lib *library) grow(ctx context.Context, n *network, count int) error {
	say("generating %d more keys and storing a document key under each", count)
	added, err := lib.publish(ctx, n, count)
	if err != nil {
		return err
	}
	say("granting them to the reader")
	for chunk := range slices.Chunk(added, grants) {
		if err := lib.grant(ctx, n, chunk); err != nil {
			return fmt.Errorf("granting: %w", err)
		}
	}
	lib.documents = append(lib.documents, added...)
	rand.Shuffle(len(lib.documents), func(i, j int) {
		lib.documents[i], lib.documents[j] = lib.documents[j], lib.documents[i]
	})
	for i, d := range lib.documents[:20] {
		if err := lib.check(ctx, n, i, d); err != nil {
			return fmt.Errorf("reading back: %w", err)
		}
	}
	return nil
}

// publish generates keys and stores document keys, several at once, each through the next node.
func (lib *library) publish(ctx context.Context, n *network, count int) ([]*document, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	documents := make([]*document, count)
	for worker := range storers {
		wg.Go(func() {
			for i := worker; i < count && ctx.Err() == nil; i += storers {
				d, err := lib.publishOne(ctx, n, i)
				if err != nil {
					cancel(err)
					return
				}
				documents[i] = d
				if done := i + 1; done%1000 == 0 {
					say("  %d of %d", done, count)
				}
			}
		})
	}
	wg.Wait()
	return documents, context.Cause(ctx)
}

func (lib *library) publishOne(ctx context.Context, n *network, node int) (*document, error) {
	d, err := lib.newDocument(ctx, n, node)
	if err != nil {
		return nil, err
	}
	if err := lib.store(ctx, n, node, d); err != nil {
		return nil, fmt.Errorf("storing a document key: %w", err)
	}
	return d, nil
}

// disk is what the share stores of all nodes take, in bytes.
func (n *network) disk() (sum int64) {
	for _, node := range n.state.Nodes {
		sum += figures.Disk(filepath.Join(node.DataDir, "geth-ss", "secretstore"))
	}
	return sum
}

// resident is what of all nodes is in memory, in bytes.
func (n *network) resident() (sum int64) {
	for _, node := range n.state.Nodes {
		sum += figures.Memory(node.PID)
	}
	return sum
}

package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/geth-ss/geth-ss/test/lan"
)

// warmUp uses everything once, so that what nodes make on first use is there before they are measured.
func (s *soak) warmUp(ctx context.Context) error {
	for _, v := range s.net.nodes {
		if err := s.publish(ctx, v, true); err != nil {
			return err
		}
		if err := s.publishByRPC(ctx, v); err != nil {
			return err
		}
	}
	l := s.start(ctx, 20, 400, 200, s.o.rest)
	sleep(ctx, s.o.rest)
	l.stop()
	return s.growth.measure(ctx, &s.growth.before)
}

// storm does one fault after another while clients are at work, until every kind was there, the time is over and the
// numbers are reached.
func (s *soak) storm(ctx context.Context) error {
	l := s.start(ctx, s.o.generations, s.o.reads, s.o.signatures, s.o.length)
	defer l.stop()
	end, settle := newChanges(s).start(ctx)
	defer end()
	p, begun := newPlan(s.o, s.net.lan != nil), time.Now()
	for ctx.Err() == nil {
		made, read, signed := s.tally.count(generate, both), s.tally.count(shadow, plain), s.nonces.count()
		if p.whole() && time.Since(begun) >= s.o.length && made >= s.o.generations && read >= s.o.reads && signed >= s.o.signatures {
			break
		}
		if spent := time.Since(begun); spent > 4*s.o.length+10*time.Minute {
			return fmt.Errorf("only %d keys made, %d documents read and %d hashes signed in %v", made, read, signed, spent.Round(time.Second))
		}
		f := p.next()
		if err := s.inflict(ctx, f); err != nil {
			return err
		}
		sleep(ctx, f.quiet)
	}
	return settle(ctx)
}

// crowd is as many clients at once as were asked for, each of whom wants a key: first of a network that is well, then of one
// of whose nodes one is killed meanwhile.
func (s *soak) crowd(ctx context.Context) error {
	if s.o.parallel == 0 {
		return nil
	}
	s.throng(ctx, "undisturbed")
	done := make(chan error)
	go func() {
		sleep(ctx, time.Second)
		done <- s.inflict(ctx, fault{kind: killed, node: 1 + s.roll(s.o.nodes-1), length: s.o.worst / 2})
	}()
	s.throng(ctx, "while a node is killed")
	return <-done
}

func (s *soak) throng(ctx context.Context, how string) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	made, begun := 0, time.Now()
	for i := range s.o.parallel {
		wg.Go(func() {
			if s.publish(ctx, s.net.nodes[i%len(s.net.nodes)], false) == nil {
				mu.Lock()
				defer mu.Unlock()
				made++
			}
		})
	}
	wg.Wait()
	s.say("%d clients at once, %s: %d keys made in %v", s.o.parallel, how, made, time.Since(begun).Round(100*time.Millisecond))
	s.tally.crowd(how, made, s.o.parallel, time.Since(begun))
}

// beyond takes away more nodes than can be spared. What is asked meanwhile has to be answered in time, if only with a
// reason, and afterwards everything is as before.
func (s *soak) beyond(ctx context.Context) error {
	nodes := s.net.nodes
	few := nodes[len(nodes)-(len(nodes)+2)/3:] // without these blocks stop, and keys can't be made
	type scenario struct {
		name   string
		damage func() error // and its repair
	}
	scenarios := []scenario{
		{"all are killed at once", func() error { return s.killMany(ctx, nodes) }},
		{"too many are killed", func() error { return s.killMany(ctx, few) }},
		{"too many are frozen", func() error { return s.freeze(ctx, s.o.siege, few...) }},
	}
	if s.net.lan != nil {
		scenarios = append(scenarios, scenario{"two halves", func() error { return s.split(ctx) }})
	}
	for _, c := range scenarios[:min(len(scenarios), s.o.scenarios)] {
		s.say("%s", c.name)
		if err := s.besieged(ctx, c.damage); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		begun := time.Now()
		if err := s.net.untilWhole(ctx); err != nil {
			s.tally.broke("%s: %v", c.name, err)
			return err
		}
		for _, v := range nodes {
			v.troubles.end()
		}
		s.say("%s: whole again after %v", c.name, time.Since(begun).Round(100*time.Millisecond))
		for _, v := range nodes {
			if err := s.look(ctx, v); err != nil {
				return err
			}
		}
	}
	return nil
}

// besieged asks for everything of every node while the network is not whole.
func (s *soak) besieged(ctx context.Context, damage func() error) error {
	for _, v := range s.net.nodes {
		v.begin(apart)
	}
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		sleep(ctx, 2*time.Second)
		for _, v := range s.net.nodes {
			wg.Go(func() { s.askForEverything(ctx, v, done) })
		}
	})
	err := damage()
	close(done)
	wg.Wait()
	return err
}

func (s *soak) askForEverything(ctx context.Context, v *node, done <-chan struct{}) {
	for i := 0; ; i++ {
		select {
		case <-done:
			return
		case <-ctx.Done():
			return
		default:
		}
		switch now := v.now(); {
		case now == frozen || now == down:
			sleep(ctx, time.Second)
		case i%8 == 7:
			s.publish(ctx, v, true)
		case i%8 == 3 || i%8 == 5:
			s.signSomethingThrough(ctx, v, i/2)
			sleep(ctx, 300*time.Millisecond)
		default:
			s.readSomethingThrough(ctx, v, i)
			sleep(ctx, 300*time.Millisecond)
		}
	}
}

func (s *soak) killMany(ctx context.Context, list []*node) error {
	for _, v := range list {
		v.begin(down)
	}
	for _, v := range list {
		v.kill()
	}
	sleep(ctx, s.o.siege)
	for _, v := range list {
		if err := v.start(); err != nil {
			return err
		}
	}
	return nil
}

// split cuts every link between the lower half of the nodes and the upper one.
func (s *soak) split(ctx context.Context) error {
	half := len(s.net.nodes) / 2
	set := func(to lan.Link) {
		for a := range half {
			for b := half; b < len(s.net.nodes); b++ {
				s.net.lan.Set(a, b, to)
			}
		}
	}
	set(lan.Link{Cut: true})
	sleep(ctx, s.o.siege)
	set(lan.Link{})
	return nil
}

// silence leaves the network alone for a while. Its links have to be the same afterwards, and good.
func (s *soak) silence(ctx context.Context) error {
	before, err := s.net.links(ctx)
	if err != nil {
		return err
	}
	sleep(ctx, s.o.idle)
	after, err := s.net.links(ctx)
	if err != nil {
		return err
	}
	for name, link := range after {
		if was := before[name]; link.State != "connected" || !link.Since.Equal(was.Since) {
			s.tally.broke("after %v of silence the link %s is %s since %v, and was %s since %v", s.o.idle, name,
				link.State, link.Since.Format(time.TimeOnly), was.State, was.Since.Format(time.TimeOnly))
		}
	}
	s.say("%d links outlived %v of silence", len(after), s.o.idle)
	for _, v := range s.net.nodes {
		if err := s.publish(ctx, v, false); err != nil {
			s.tally.broke("after %v of silence: %v", s.o.idle, err)
		}
	}
	return nil
}

// linkState is what is looked at of a row of secretstore_peers.
type linkState struct {
	ID    string    `json:"id"`
	State string    `json:"state"`
	Since time.Time `json:"since"`
}

func (n *network) links(ctx context.Context) (map[string]linkState, error) {
	links := make(map[string]linkState)
	for _, v := range n.nodes {
		var rows []linkState
		if err := v.rpc.CallContext(ctx, &rows, "secretstore_peers"); err != nil {
			return nil, err
		}
		for _, r := range rows {
			links[v.name+" – "+r.ID[:10]] = r
		}
	}
	return links, nil
}

package main

import (
	"context"
	"fmt"
	"syscall"
	"time"

	"github.com/geth-ss/geth-ss/test/lan"
)

// slowLink is a bad line round the world.
var slowLink = lan.Link{Delay: 200 * time.Millisecond, Loss: 0.05}

// comeBack is how long after the end of a pause or a cut all links have to be back. Nodes redial within seconds; the
// rest is for slow machines.
const comeBack = time.Minute

// inflict does a fault, keeps it up for its length, takes it back and waits until the network is whole again.
func (s *soak) inflict(ctx context.Context, f fault) error {
	s.say("%v", f)
	v := s.net.nodes[f.node]
	if err := s.hurt(ctx, v, f); err != nil {
		return fmt.Errorf("%v: %w", f, err)
	}
	begun := time.Now()
	if err := s.net.untilWhole(ctx); err != nil {
		s.tally.broke("%v: %v", f, err)
		return fmt.Errorf("%v: %w", f, err)
	}
	v.troubles.end()
	s.net.nodes[f.other].troubles.end()
	back := time.Since(begun)
	s.tally.recovered(f.kind, back)
	if !f.kind.restarts() && back > comeBack {
		s.tally.broke("%v: the network was whole again only after %v", f, back.Round(time.Second))
	}
	s.say("%v: whole again after %v", f.kind, back.Round(100*time.Millisecond))
	return s.look(ctx, v)
}

// hurt does a fault and takes it back.
func (s *soak) hurt(ctx context.Context, v *node, f fault) error {
	switch f.kind {
	case killed:
		return s.reborn(ctx, v, f.length, func() error { return nil })
	case storeWiped:
		s.noteWiped()
		return s.reborn(ctx, v, f.length, func() error { return v.wipe("secretstore") })
	case chainWiped:
		return s.reborn(ctx, v, f.length, func() error { return v.wipeChain(ctx, "chaindata", "triedb") })
	case blocksWiped:
		return s.reborn(ctx, v, f.length, func() error { return v.wipeBlocks(ctx) })
	case restarted:
		v.begin(down)
		if err := v.stop(syscall.SIGTERM); err != nil {
			s.tally.broke("%v", err)
		}
		return v.start()
	case paused, longPause:
		return s.freeze(ctx, f.length, v)
	case cutOff, longCut:
		return s.link(ctx, f.length, lan.Link{Cut: true}, v)
	case slowed:
		return s.link(ctx, f.length, slowLink, v)
	case oneLink:
		far := s.net.nodes[f.other]
		v.begin(apart)
		far.begin(apart)
		s.net.lan.Set(f.node, f.other, lan.Link{Cut: true})
		defer s.net.lan.Set(f.node, f.other, lan.Link{})
		sleep(ctx, f.length)
		return nil
	}
	return fmt.Errorf("no such fault: %v", f.kind)
}

// noteWiped: from now on the keys there are have a holder less.
func (s *soak) noteWiped() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wiped = time.Now()
}

// reborn kills a node, does something to its files and starts it again after a while.
func (s *soak) reborn(ctx context.Context, v *node, after time.Duration, meanwhile func() error) error {
	v.begin(down)
	v.kill()
	if err := meanwhile(); err != nil {
		return err
	}
	sleep(ctx, after)
	return v.start()
}

// freeze stops processes without their connections.
func (s *soak) freeze(ctx context.Context, length time.Duration, list ...*node) error {
	for _, v := range list {
		v.begin(frozen)
		if err := v.signal(syscall.SIGSTOP); err != nil {
			return err
		}
	}
	sleep(ctx, length)
	for _, v := range list {
		v.begin(apart) // until its links are back
		if err := v.signal(syscall.SIGCONT); err != nil {
			return err
		}
	}
	return nil
}

// link changes all links of nodes for a while.
func (s *soak) link(ctx context.Context, length time.Duration, to lan.Link, list ...*node) error {
	for _, v := range list {
		v.begin(apart)
		s.net.lan.SetAll(v.index, to)
	}
	sleep(ctx, length)
	for _, v := range list {
		s.net.lan.SetAll(v.index, lan.Link{})
	}
	return nil
}

package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// kind is what can be done to a node.
type kind uint8

const (
	killed      kind = iota // kill -9, and started again after a while
	restarted               // stopped as an operator does, and started again at once
	paused                  // SIGSTOP: its connections stay, and nothing answers
	cutOff                  // all its links lose everything
	slowed                  // all its links take 200 ms each way and lose 5 %
	oneLink                 // one link is cut; both ends reach all others
	storeWiped              // killed, its share store removed, and started again
	chainWiped              // killed, geth's chain removed, and started again: consensus plays its blocks again
	blocksWiped             // the same with the blocks of consensus: all but what it has signed comes from the others
	longPause               // paused for as long as connections take to die
	longCut                 // cut off for as long
	kinds       = iota
)

func (k kind) String() string {
	return [...]string{
		"kill -9", "restart", "pause", "cut off", "slow", "one link cut", "store wiped", "chain wiped", "all blocks wiped",
		"long pause", "long cut",
	}[k]
}

// parseKinds reads kinds by their names.
func parseKinds(text string) (list []kind, err error) {
	for name := range strings.SplitSeq(text, ",") {
		i := slices.IndexFunc(allKinds(), func(k kind) bool { return k.String() == name })
		if i < 0 {
			return nil, fmt.Errorf("no fault is called %q", name)
		}
		list = append(list, kind(i))
	}
	return list, nil
}

func allKinds() (list []kind) {
	for k := range kind(kinds) {
		list = append(list, k)
	}
	return list
}

// needsLAN tells whether it takes links of our own.
func (k kind) needsLAN() bool {
	return k == cutOff || k == slowed || k == oneLink || k == longCut
}

// once tells whether it is done once in a run: shares that are wiped stay lost, and so does that much of the margin.
func (k kind) once() bool { return k == storeWiped || k == longPause || k == longCut }

// restarts tells whether the process is another one afterwards.
func (k kind) restarts() bool {
	return k == killed || k == restarted || k == storeWiped || k == chainWiped || k == blocksWiped
}

// fault is one thing done to one node.
type fault struct {
	kind   kind
	node   int
	other  int           // the far end, for oneLink
	length time.Duration // until it is taken back
	quiet  time.Duration // until the next
}

func (f fault) String() string {
	s := fmt.Sprintf("%v: node%d", f.kind, f.node+1)
	if f.kind == oneLink {
		s += fmt.Sprintf(" – node%d", f.other+1)
	}
	return fmt.Sprintf("%s, %v", s, f.length.Round(100*time.Millisecond))
}

// witness is the node whose process lives from the beginning to the end, for growth to be measured on. It is paused, cut
// off and slowed like the others.
const witness = 0

// plan yields the faults of a seed, in rounds in which each kind comes once, in any order.
type plan struct {
	o    *options
	lan  bool
	dice *rand.Rand
	todo []kind
	done [kinds]bool
}

func newPlan(o *options, lan bool) *plan {
	return &plan{o: o, lan: lan, dice: rand.New(rand.NewPCG(o.seed, 3))}
}

// next is the next fault.
func (p *plan) next() fault {
	for len(p.todo) == 0 {
		for _, k := range p.o.kinds {
			if (p.lan || !k.needsLAN()) && !(k.once() && p.done[k]) {
				p.todo = append(p.todo, k)
			}
		}
		p.dice.Shuffle(len(p.todo), func(i, j int) { p.todo[i], p.todo[j] = p.todo[j], p.todo[i] })
	}
	k := p.todo[0]
	p.todo, p.done[k] = p.todo[1:], true
	return p.fault(k)
}

func (p *plan) fault(k kind) fault {
	f := fault{kind: k, length: p.between(p.o.shortest, p.o.worst), quiet: p.between(p.o.shortest/3, p.o.worst/3)}
	if k == longPause || k == longCut {
		f.length = p.o.outage
	}
	if f.node = p.dice.IntN(p.o.nodes); k.restarts() && f.node == witness {
		f.node = 1 + p.dice.IntN(p.o.nodes-1)
	}
	f.other = (f.node + 1 + p.dice.IntN(p.o.nodes-1)) % p.o.nodes
	return f
}

func (p *plan) between(least, most time.Duration) time.Duration {
	return least + time.Duration(p.dice.Int64N(int64(most-least)))
}

// whole tells whether every kind that can be done here has been.
func (p *plan) whole() bool {
	for _, k := range p.o.kinds {
		if !p.done[k] && (p.lan || !k.needsLAN()) {
			return false
		}
	}
	return true
}

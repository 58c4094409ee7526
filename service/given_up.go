package service

import (
	"fmt"
	"sync"

	"github.com/ethereum/go-ethereum/metrics"
	"github.com/geth-ss/geth-ss/protocol/join"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// maxGivenUp bounds the key ids that are counted of each other key server. One that gives up on ever more of them
// has its lowest counts forgotten, not its highest, and none of another's; the sums miss nothing.
const maxGivenUp = 64

// GivenUps are what other key servers have let come to nothing when they could know, by this node's part, what would
// come of it, since this node started. It is nobody's fault: see join.GivenUp.
type GivenUps struct {
	Attempts GivenUp `json:"attempts"` // to make a key, of which this node has shown its part
	Openings GivenUp `json:"openings"` // of nonces for ECDSA, for which no share of the signature was asked for
}

// GivenUp counts one kind of it.
type GivenUp struct {
	Count int          `json:"count"` // in all
	Worst *GivenUpMost `json:"worst"` // null: there are none
}

// GivenUpMost is the highest count of one key server for one key id.
type GivenUpMost struct {
	Node  wire.NodeID `json:"node"`
	Key   wire.KeyID  `json:"key"`
	Count int         `json:"count"`
}

// givenUps counts. The zero value is ready.
type givenUps struct {
	mu                 sync.Mutex // guards all below
	attempts, openings givenUpTally
}

// note looks at a session that has ended.
func (g *givenUps) note(r *runner) {
	by, ok := join.GivenUp(r.machine)
	if !ok {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	switch r.kind.Leaves {
	case wire.LeavesAttempt:
		g.attempts.add(by, r.key, attemptsGivenUp)
	case wire.LeavesOpening:
		g.openings.add(by, r.key, openingsGivenUp)
	default:
		panic(fmt.Sprintf("service: internal error: a session %q was given up, and its kind leaves nothing", r.kind))
	}
}

func (g *givenUps) status() GivenUps {
	g.mu.Lock()
	defer g.mu.Unlock()
	return GivenUps{Attempts: g.attempts.status(), Openings: g.openings.status()}
}

// givenUpTally counts by who gives up and on which key id.
type givenUpTally struct {
	sum   int
	nodes map[wire.NodeID][]keyTally // at most maxGivenUp each; the last to be counted comes last
}

type keyTally struct {
	key   wire.KeyID
	count int
}

func (t *givenUpTally) add(node wire.NodeID, key wire.KeyID, counter *metrics.Counter) {
	counter.Inc(1)
	t.sum++
	if t.nodes == nil {
		t.nodes = make(map[wire.NodeID][]keyTally)
	}
	list, now := t.nodes[node], keyTally{key, 1}
	lowest, drop := 0, -1 // the position that now takes the place of
	for i, k := range list {
		if k.count < list[lowest].count {
			lowest = i
		}
		if k.key == key {
			drop, now.count = i, k.count+1
		}
	}
	if drop < 0 && len(list) >= maxGivenUp {
		drop = lowest
	}
	if drop >= 0 {
		list = append(list[:drop], list[drop+1:]...)
	}
	t.nodes[node] = append(list, now)
}

func (t *givenUpTally) status() GivenUp {
	g := GivenUp{Count: t.sum}
	for node, list := range t.nodes {
		for _, k := range list {
			if w := g.Worst; w == nil || k.count > w.Count || k.count == w.Count && node.Compare(w.Node) < 0 {
				g.Worst = &GivenUpMost{Node: node, Key: k.key, Count: k.count}
			}
		}
	}
	return g
}

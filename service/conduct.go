package service

import (
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/log"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// conduct is what other key servers were seen to do: how soon they answer, what they did wrong and what shows it, where
// their view of the cluster is another one, what they have given up, how they come and go. It decides who is asked last, and
// what the log says of peers. Each part has its own lock and can be used by several goroutines at once.
type conduct struct {
	*fixed
	scores      *scores
	faults      *faults
	faultLines  faultLines
	evidence    evidenceFolder
	differences differences
	givenUp     givenUps
	flaps       flaps
}

func newConduct(f *fixed) *conduct {
	return &conduct{fixed: f, scores: newScores(), faults: newFaults()}
}

// blame records a node that broke the protocol: for the status, for who is asked last,
// for the log, and with evidence, if there is any, for everybody.
func (c *conduct) blame(kind wire.Kind, key wire.KeyID, f session.Fault) {
	faultsSeen.Inc(1)
	c.faults.add(f)
	c.scores.cheated(f.Node)
	if f.Evidence != nil {
		// The node signed it itself, so it is the doing neither of others, nor of a node
		// that lags or has other settings.
		c.network.Mute(f.Node, f.Detail)
	}
	file := c.evidence.keep(f)
	suppressed, speak := c.faultLines.mayLog(f.Node, file != "")
	if !speak {
		return
	}
	args := []any{"peer", f.Node, "session", kind, "key", key, "what", f.Detail}
	if file != "" {
		args = append(args, "evidence", file)
	}
	if suppressed > 0 {
		args = append(args, "suppressed", suppressed)
	}
	log.Warn("Secret store peer broke the protocol", args...)
}

// faults counts what members did wrong.
type faults struct {
	mu   sync.Mutex
	seen map[wire.NodeID]faultCount // guarded by mu
}

type faultCount struct {
	count int
	last  string
}

func newFaults() *faults { return &faults{seen: make(map[wire.NodeID]faultCount)} }

func (f *faults) add(fault session.Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen[fault.Node] = faultCount{f.seen[fault.Node].count + 1, fault.Detail}
}

func (f *faults) of(node wire.NodeID) (int, string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := f.seen[node]
	return c.count, c.last
}

// A peer that breaks the protocol on and on gets this many lines of the log in this
// time. Evidence is always told of: there is little of it.
const (
	maxFaultLines  = 5
	faultLinesTime = time.Minute
)

// faultLines keeps a flood of faults out of the log. The zero value is ready.
type faultLines struct {
	mu    sync.Mutex
	peers map[wire.NodeID]*faultLine // guarded by mu
}

type faultLine struct {
	since      time.Time
	lines      int
	suppressed int
}

// mayLog tells whether a line about a peer is to be written, and how many were not since
// the last one.
func (f *faultLines) mayLog(peer wire.NodeID, always bool) (suppressed int, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	l := f.peers[peer]
	if l == nil {
		l = new(faultLine)
		if f.peers == nil {
			f.peers = make(map[wire.NodeID]*faultLine)
		}
		f.peers[peer] = l
	}
	if now := time.Now(); now.Sub(l.since) >= faultLinesTime {
		l.since, l.lines = now, 0
	}
	if l.lines >= maxFaultLines && !always {
		l.suppressed++
		return 0, false
	}
	l.lines++
	suppressed, l.suppressed = l.suppressed, 0
	return suppressed, true
}

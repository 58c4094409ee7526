package service

import (
	"slices"
	"sync"
	"time"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

const (
	// Silence and cheating count as an answer after this long: enough to be asked last.
	silencePenalty = 2 * time.Second
	// patience is how long a node may keep quiet before that is held against it.
	patience = 150 * time.Millisecond
	// forgive forgets a bad score, so that a node that is well again gets asked again.
	// One read in this time pays for asking a node that is not.
	forgive = 30 * time.Second
)

// scores remembers how soon the peers answer, to ask the most responsive first.
type scores struct {
	mu    sync.Mutex
	peers map[wire.NodeID]score // guarded by mu
}

type score struct {
	latency time.Duration // smoothed
	at      time.Time     // of the last sample
}

func newScores() *scores { return &scores{peers: make(map[wire.NodeID]score)} }

func (s *scores) answered(node wire.NodeID, took time.Duration) {
	peersTimer.Update(took)
	s.sample(node, took, 8)
}

// silent counts a node that was asked and had not answered when the session ended.
func (s *scores) silent(node wire.NodeID, waited time.Duration) {
	if waited > patience {
		s.sample(node, silencePenalty, 1)
	}
}

// cheated counts a node that broke the protocol, however quick it was.
func (s *scores) cheated(node wire.NodeID) { s.sample(node, silencePenalty, 1) }

// sample moves the score by 1/weight of the difference; a good answer after a
// penalty clears it.
func (s *scores) sample(node wire.NodeID, took time.Duration, weight time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old, known := s.peers[node]
	if !known || old.latency >= silencePenalty {
		weight = 1
	}
	s.peers[node] = score{old.latency + (took-old.latency)/weight, time.Now()}
}

// order sorts nodes by score. Nodes that differ little keep their order.
func (s *scores) order(nodes []wire.NodeID) []wire.NodeID {
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.SortStableFunc(nodes, func(a, b wire.NodeID) int {
		return int(s.bucket(a)) - int(s.bucket(b))
	})
	return nodes
}

// bucket is the score in steps of 25 ms; unknown and forgiven nodes are in the first.
func (s *scores) bucket(node wire.NodeID) time.Duration {
	sc, ok := s.peers[node]
	if !ok || time.Since(sc.at) > forgive {
		return 0
	}
	return sc.latency / (25 * time.Millisecond)
}

// latency is the smoothed time to answer in milliseconds, for the status.
func (s *scores) latency(node wire.NodeID) float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return milliseconds(s.peers[node].latency)
}

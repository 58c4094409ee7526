package service

import (
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/log"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// blame records a node that broke the protocol: for the status, for who is asked last,
// for the log, and with evidence, if there is any, for everybody.
func (s *Service) blame(kind wire.Kind, key wire.KeyID, f session.Fault) {
	faultsSeen.Inc(1)
	s.faults.add(f)
	s.scores.cheated(f.Node)
	if f.Evidence != nil {
		// The node signed it itself, so it is the doing neither of others, nor of a node
		// that lags or has other settings.
		s.network.Mute(f.Node, f.Detail)
	}
	file := s.evidence.keep(f)
	suppressed, speak := s.faultLines.admit(f.Node, file != "")
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

// admit tells whether a line about a peer is to be written, and how many were not since
// the last one.
func (f *faultLines) admit(peer wire.NodeID, always bool) (suppressed int, ok bool) {
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

package service

import (
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/log"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

const (
	// flapWithin is how soon a connection must end to count as one that did not last.
	flapWithin = 5 * time.Second
	// maxFlapLines is how many of these in a row the log tells at its default level.
	maxFlapLines = 3
)

// flaps keep a peer that comes and goes, over and over, from filling the log: Judge says why it does.
type flaps struct {
	mu    sync.Mutex
	peers map[wire.NodeID]*flap // guarded by mu
}

type flap struct {
	up    time.Time
	short int // connections that did not last, in a row
}

// say is how to log that a member came, or that it went.
func (f *flaps) say(node wire.NodeID, up bool) func(string, ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := f.peers[node]
	if p == nil { // a member of the set, so that there are few
		if f.peers == nil {
			f.peers = make(map[wire.NodeID]*flap)
		}
		p = new(flap)
		f.peers[node] = p
	}
	switch now := time.Now(); {
	case up:
		p.up = now
	case now.Sub(p.up) < flapWithin:
		p.short++
	default:
		p.short = 0
	}
	if p.short >= maxFlapLines {
		return log.Debug
	}
	return log.Info
}

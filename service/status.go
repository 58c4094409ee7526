package service

import (
	"fmt"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Status is the answer of secretstore_status.
type Status struct {
	ID        wire.NodeID    `json:"id"`
	Address   common.Address `json:"address"`
	Cluster   string         `json:"cluster"`
	ClusterID wire.ClusterID `json:"clusterId"`
	Protocol  string         `json:"protocol"`
	Running   bool           `json:"running"`
	ACL       string         `json:"acl"`
	Servers   []wire.NodeID  `json:"servers"`   // the key server set, this node included
	Connected int            `json:"connected"` // of them, this node included
	Keys      int            `json:"keys"`      // certified keys known here
	Shares    int            `json:"shares"`    // of them, with a share held here
	Sessions  int            `json:"sessions"`  // running now
	Gap       bool           `json:"gap"`       // it may have forgotten promises: restored from a backup, or its shares were lost
	Final     *FinalBlock    `json:"final"`     // null: nothing final yet, permissions can't be read
}

// FinalBlock is the block in which permissions are read now.
type FinalBlock struct {
	Number uint64      `json:"number"`
	Hash   common.Hash `json:"hash"`
	Age    float64     `json:"age"` // seconds since its timestamp
}

// Status tells an operator how this key server stands.
func (s *Service) Status() any {
	st := &Status{
		ID:        s.self.ID(),
		Address:   s.self.ID().Address(),
		Cluster:   s.cfg.Cluster,
		ClusterID: s.cluster,
		Protocol:  fmt.Sprintf("%s/%d", wire.ProtocolName, wire.ProtocolVersion),
		ACL:       s.oracle.Describe(),
		Servers:   s.set.Members(),
		Connected: len(s.network.Connected()) + 1,
		Sessions:  s.sessions.count(),
		Gap:       s.gap.Load(),
	}
	if b, ok := s.chain.Final(); ok {
		age := max(0, time.Since(time.Unix(int64(b.Time), 0))) // --dev stamps blocks ahead
		st.Final = &FinalBlock{Number: b.Number, Hash: b.Hash, Age: age.Seconds()}
	}
	if st.Running = s.isRunning(); st.Running {
		st.Keys, st.Shares, _ = s.states.keys()
	}
	return st
}

// PeerStatus is one row of secretstore_peers.
type PeerStatus struct {
	protocol.PeerInfo
	Latency float64 `json:"latencyMs"`           // smoothed time to answer, 0 if unknown
	Faults  int     `json:"faults"`              // times it was seen to break the protocol
	Fault   string  `json:"lastFault,omitempty"` // the last time
}

// Peers tells how the other key servers stand, connected or not.
func (s *Service) Peers() any {
	rows := []PeerStatus{}
	for _, info := range s.network.Peers() {
		row := PeerStatus{PeerInfo: info, Latency: s.scores.latency(info.ID)}
		row.Faults, row.Fault = s.faults.of(info.ID)
		rows = append(rows, row)
	}
	return rows
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

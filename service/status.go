package service

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/internal/finding"
	"github.com/geth-ss/geth-ss/protocol"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/acl"
)

// Status is the answer of secretstore_status. Nothing in it is secret, and no requester
// is named. It costs no network and no disk.
type Status struct {
	Version   string             `json:"version"`
	ID        wire.NodeID        `json:"id"`
	Address   common.Address     `json:"address"`
	Cluster   string             `json:"cluster"`
	ClusterID wire.ClusterID     `json:"clusterId"`
	Protocol  string             `json:"protocol"`
	Running   bool               `json:"running"`
	ACL       string             `json:"acl"`
	Contract  ContractStatus     `json:"contract"`
	Servers   []wire.NodeID      `json:"servers"`   // the key server set, this node included
	Connected int                `json:"connected"` // of them, this node included
	Peers     []PeerStatus       `json:"peers"`     // as secretstore_peers
	Path      string             `json:"path"`      // of the share store
	Keys      int                `json:"keys"`      // certified keys known here
	Shares    int                `json:"shares"`    // of them, with a share held here
	Margins   Margins            `json:"margins"`
	Sessions  int                `json:"sessions"` // running now
	GivenUp   GivenUps           `json:"givenUp"`
	Signing   session.VaultSizes `json:"signing"` // what is prepared for signatures
	Gap       bool               `json:"gap"`     // it may have forgotten promises: restored from a backup, or its shares were lost
	ChainStatus
	Findings  finding.List `json:"findings"`            // what is wrong or doubtful, with what to do; see Judge
	Consensus any          `json:"consensus,omitempty"` // on a proof-of-authority network, as poa_status
}

// ChainStatus is how far this node's chain is.
type ChainStatus struct {
	Head   *BlockName  `json:"head"`   // the newest block
	Final  *FinalBlock `json:"final"`  // null: nothing final yet, permissions can't be read
	MaxAge float64     `json:"maxAge"` // seconds that the final block may be old; 0: any age
	Fresh  bool        `json:"fresh"`  // it is not older: this node decides about permissions
}

// FinalBlock is the block in which permissions are read now.
type FinalBlock struct {
	Number uint64      `json:"number"`
	Hash   common.Hash `json:"hash"`
	Age    float64     `json:"age"` // seconds since its timestamp
}

// ContractStatus tells whether the permission contract can be asked.
type ContractStatus struct {
	Address *common.Address `json:"address"` // null: none is known, or none is asked
	Found   bool            `json:"found"`   // it is there in the final block
	Reason  string          `json:"reason,omitempty"`

	unread bool // the reason is that the chain could not be read
}

// Status tells an operator how this key server stands.
func (s *Service) Status() any {
	st := s.look()
	st.Findings = append(finding.List{}, s.judge(st).List...) // an empty list, not null
	if s.kind.Consensus != nil {
		st.Consensus = s.kind.Consensus()
	}
	return st
}

// PublicStatus is Status for everybody: without the names of keys, and of files on this machine.
func (s *Service) PublicStatus() any {
	st := s.Status().(*Status)
	for i := range st.Findings {
		if f := &st.Findings[i]; st.Path != "" {
			f.What, f.Do = strings.ReplaceAll(f.What, st.Path, "the share store"), strings.ReplaceAll(f.Do, st.Path, "the share store")
		}
	}
	st.Path, st.Margins.Keys = "", []KeyMargin{}
	st.GivenUp.Attempts.Worst, st.GivenUp.Openings.Worst = nil, nil
	return st
}

// look is Status without what is judged from it.
func (s *Service) look() *Status {
	st := &Status{
		Version:     s.version(),
		ID:          s.self.ID(),
		Address:     s.self.ID().Address(),
		Cluster:     s.cfg.Cluster,
		ClusterID:   s.cluster,
		Protocol:    fmt.Sprintf("%s/%d", wire.ProtocolName, wire.ProtocolVersion),
		ACL:         s.oracle.Describe(),
		Contract:    s.contract.status(s),
		Servers:     s.set.Members(),
		Connected:   len(s.network.Connected()) + 1,
		Peers:       s.peers(),
		Sessions:    s.sessions.count(),
		GivenUp:     s.givenUp.status(),
		Signing:     s.vault.sizes(),
		Gap:         s.gap.Load(),
		Margins:     s.margins(),
		ChainStatus: s.chainStatus(),
	}
	if st.Running = s.isRunning(); st.Running { // doors open before Start is through
		st.Path = s.path
		st.Keys, st.Shares, _ = s.states.keys()
	}
	return st
}

func (s *Service) version() string {
	if s.stack == nil {
		return ""
	}
	return s.stack.Config().Version
}

func (s *Service) chainStatus() ChainStatus {
	maxAge := s.oracle.MaxAge()
	st := ChainStatus{Head: blockName(s.chain.Head().BlockRef), MaxAge: maxAge.Seconds()}
	if b, ok := s.chain.Final(); ok {
		age := max(0, time.Since(time.Unix(int64(b.Time), 0))) // --dev stamps blocks ahead
		st.Final = &FinalBlock{Number: b.Number, Hash: b.Hash, Age: age.Seconds()}
		st.Fresh = maxAge == 0 || age <= maxAge
	}
	return st
}

// contractProbe remembers whether the contract was found, for as long as the final block
// stays: whoever asks for the status over and over must not make us run it over and over.
type contractProbe struct {
	mu    sync.Mutex
	at    common.Hash
	found ContractStatus
}

const probeTimeout = time.Second

func (p *contractProbe) status(s *Service) ContractStatus {
	b, ok := s.chain.Final()
	if !ok {
		return ContractStatus{Reason: "this node has no final block yet"}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.at == b.Hash {
		return p.found
	}
	ctx, cancel := context.WithTimeoutCause(s.ctx, probeTimeout, errors.New("finding the contract took too long"))
	defer cancel()
	address, err := s.oracle.Find(ctx, b.BlockRef)
	p.at, p.found = b.Hash, ContractStatus{Found: err == nil, unread: err != nil && !acl.Denies(err)}
	if address != (common.Address{}) {
		p.found.Address = &address
	}
	if err != nil {
		p.found.Reason = err.Error()
	}
	return p.found
}

// PeerStatus is one row of secretstore_peers.
type PeerStatus struct {
	protocol.PeerInfo
	Latency float64 `json:"latencyMs"`           // smoothed time to answer, 0 if unknown
	Faults  int     `json:"faults"`              // times it was seen to break the protocol
	Fault   string  `json:"lastFault,omitempty"` // the last time
}

// Peers tells how the other key servers stand, connected or not.
func (s *Service) Peers() any { return s.peers() }

func (s *Service) peers() []PeerStatus {
	rows := []PeerStatus{}
	for _, info := range s.network.Peers() {
		row := PeerStatus{PeerInfo: info, Latency: s.scores.latency(info.ID)}
		row.Faults, row.Fault = s.faults.of(info.ID)
		if row.Difference == "" {
			row.Difference = s.differences.of(info.ID)
		}
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

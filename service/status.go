package service

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/internal/finding"
	"github.com/geth-ss/geth-ss/protocol"
	"github.com/geth-ss/geth-ss/protocol/items"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/acl"
)

// Status is the answer of secretstore_status. Nothing in it is secret, and no requester
// is named. It costs no network and no disk.
type Status struct {
	Version   string           `json:"version"`
	ID        wire.NodeID      `json:"id"`
	Address   common.Address   `json:"address"`
	Cluster   string           `json:"cluster"`
	ClusterID wire.ClusterID   `json:"clusterId"`
	Protocol  string           `json:"protocol"`
	Running   bool             `json:"running"`
	ACL       string           `json:"acl"`
	Contract  ContractStatus   `json:"contract"`
	Servers   []wire.NodeID    `json:"servers"`   // the key server set, this node included
	Connected int              `json:"connected"` // of them, this node included
	Peers     []PeerStatus     `json:"peers"`     // as secretstore_peers
	Path      string           `json:"path"`      // of the share store
	Keys      int              `json:"keys"`      // certified keys known here
	Shares    int              `json:"shares"`    // of them, with a share held here
	Margins   Margins          `json:"margins"`
	Sessions  int              `json:"sessions"` // running now
	GivenUp   GivenUps         `json:"givenUp"`
	Signing   items.VaultSizes `json:"signing"` // what is prepared for signatures
	Gap       bool             `json:"gap"`     // it may have forgotten promises: restored from a backup, or its shares were lost
	ChainStatus
	Named     *NamedStatus `json:"serverSet,omitempty"` // what the contract of ServerSet says; left out: none is asked
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

// operator is the operators' door: what this node knows of itself and of the others, and what is wrong. Some of it is told
// to everybody. Nothing here changes a key.
type operator struct {
	*driver
	shareCheck *shareCheck               // who still holds which share
	succession *succession               // from one server set to the next
	rounder    *rounder                  // within one
	backedUp   atomic.Pointer[time.Time] // when the last backup was made; nil: not known
	contract   contractProbe
	names      namesProbe
	named      *named     // what the contract says of who the key servers are
	rehearsing sync.Mutex // held while a change is rehearsed
}

// Status tells an operator how this key server stands.
func (o *operator) Status() any {
	st := o.look()
	st.Findings = append(finding.List{}, o.judge(st).List...) // an empty list, not null
	if o.kind.Consensus != nil {
		st.Consensus = o.kind.Consensus()
	}
	return st
}

// PublicStatus is Status for everybody: without the names of keys, and of files on this machine.
func (o *operator) PublicStatus() any {
	st := o.Status().(*Status)
	for i := range st.Findings {
		if f := &st.Findings[i]; st.Path != "" {
			f.What, f.Do = strings.ReplaceAll(f.What, st.Path, "the share store"), strings.ReplaceAll(f.Do, st.Path, "the share store")
		}
	}
	st.Path, st.Margins.Keys = "", []KeyMargin{}
	st.GivenUp.Attempts.Worst, st.GivenUp.Openings.Worst = nil, nil
	return st
}

// connectedMembers counts the key servers that are connected, this node included if it is one.
func (o *operator) connectedMembers() (count int) {
	for _, node := range append(o.network.Connected(), o.self.ID()) {
		if o.servers.Contains(node) {
			count++
		}
	}
	return count
}

// look is Status without what is judged from it.
func (o *operator) look() *Status {
	st := &Status{
		Version:     o.version(),
		ID:          o.self.ID(),
		Address:     o.self.ID().Address(),
		Cluster:     o.cfg.Cluster,
		ClusterID:   o.cluster,
		Protocol:    fmt.Sprintf("%s/%d", wire.ProtocolName, wire.ProtocolVersion),
		ACL:         o.oracle.Describe(),
		Contract:    o.contract.status(o.driver),
		Servers:     o.servers.Members(),
		Connected:   o.connectedMembers(),
		Peers:       o.peers(),
		Sessions:    o.sessions.count(),
		GivenUp:     o.givenUp.status(),
		Signing:     o.vault.sizes(),
		Gap:         o.states.gap.Load(),
		Margins:     o.margins(),
		ChainStatus: o.chainStatus(),
		Named:       o.named.status(),
	}
	if st.Running = o.isRunning(); st.Running { // doors open before Start is through
		st.Path = o.states.path
		st.Keys, st.Shares, _ = o.states.keys()
	}
	return st
}

func (o *operator) version() string {
	if o.stack == nil {
		return ""
	}
	return o.stack.Config().Version
}

func (o *operator) chainStatus() ChainStatus {
	maxAge := o.oracle.MaxAge()
	st := ChainStatus{Head: blockName(o.chain.Head().BlockRef), MaxAge: maxAge.Seconds()}
	if b, ok := o.chain.Final(); ok {
		age := max(0, time.Since(time.Unix(int64(b.Time), 0))) // --dev stamps blocks ahead
		st.Final = &FinalBlock{Number: b.Number, Hash: b.Hash, Age: age.Seconds()}
		st.Fresh = maxAge == 0 || age <= maxAge
	}
	return st
}

// contractProbe remembers whether the contract was found, for as long as the final block
// stays: whoever asks for the status over and over must not make us run it over and over.
type contractProbe struct {
	mu    sync.Mutex // guards all below, also while the chain is read
	at    common.Hash
	found ContractStatus
}

const probeTimeout = time.Second

func (p *contractProbe) status(d *driver) ContractStatus {
	b, ok := d.chain.Final()
	if !ok {
		return ContractStatus{Reason: "this node has no final block yet"}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.at == b.Hash {
		return p.found
	}
	ctx, cancel := context.WithTimeoutCause(d.ctx, probeTimeout, errors.New("finding the contract took too long"))
	defer cancel()
	address, err := d.oracle.Find(ctx, b.BlockRef)
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
func (o *operator) Peers() any { return o.peers() }

func (o *operator) peers() []PeerStatus {
	rows := []PeerStatus{}
	for _, info := range o.network.Peers() {
		row := PeerStatus{PeerInfo: info, Latency: o.scores.latency(info.ID)}
		row.Faults, row.Fault = o.faults.of(info.ID)
		if row.Difference == "" {
			row.Difference = o.differences.of(info.ID)
		}
		rows = append(rows, row)
	}
	return rows
}

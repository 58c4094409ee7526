package poa

import (
	"slices"
	"strings"
	"time"

	cmtconsensus "github.com/cometbft/cometbft/consensus"
	cmtnode "github.com/cometbft/cometbft/node"
	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/metrics"

	"github.com/geth-ss/geth-ss/internal/finding"
)

// Status is the driver's state, for people and for secretstore_status.
type Status struct {
	Network    string `json:"network"`    // name of the network in consensus
	PeerID     string `json:"peerId"`     // own consensus peer id
	Validator  bool   `json:"validator"`  // this node votes
	Validators int    `json:"validators"` // size of the validator set
	Peers      int    `json:"peers"`      // consensus peers connected
	Height     uint64 `json:"height"`     // last block committed here
	Syncing    bool   `json:"syncing"`    // starting, replaying or catching up; not voting

	Rules     string          `json:"rules"`               // digest of the rules every node tells; equal on all nodes
	Differ    []DifferentPeer `json:"differ"`              // who has other rules
	Silent    []string        `json:"silent"`              // peer ids of connected peers that tell none: older versions
	NotVoting string          `json:"notVoting,omitempty"` // why this validator votes for no block

	Outlets int `json:"outlets"` // devp2p peers that transactions are handed to
	Stuck   int `json:"stuck"`   // transactions that wait with nobody to hand them to

	List     []ValidatorInfo `json:"validatorList"`
	Missing  []string        `json:"missing"`            // names of those that are not connected
	Round    *Round          `json:"round,omitempty"`    // what is being agreed on; not while syncing
	LastVote *Vote           `json:"lastVote,omitempty"` // what this validator signed last
	Findings finding.List    `json:"findings"`           // what is wrong, see Judge

	Governance *GovernanceStatus `json:"governance,omitempty"` // where a contract has the validators
}

// api is the JSON-RPC namespace poa.
type api struct{ driver *Driver }

// Status is poa_status.
func (a *api) Status() Status { return a.driver.Status() }

// Peers is poa_peers.
func (a *api) Peers() []PeerInfo { return a.driver.Peers() }

// Status can be asked for at any time.
func (d *Driver) Status() Status {
	s := d.facts()
	s.Findings = d.judge(&s, time.Now())
	return s
}

// facts are the status without the judgment.
func (d *Driver) facts() Status {
	s := Status{
		Network:    d.doc.ChainID,
		PeerID:     PeerID(d.key),
		Validator:  d.roster.has(crypto.PubkeyToAddress(d.key.PublicKey)),
		Validators: len(d.roster.list()),
		Height:     d.Height(),
		Syncing:    true,
		Rules:      d.rules.Digest(),
		Differ:     d.compare.different(),
		Silent:     []string{},
		List:       d.validators(),
		Missing:    []string{},
		Round:      d.round(),
	}
	for _, v := range s.List {
		if !v.Connected {
			s.Missing = append(s.Missing, v.Name)
		}
	}
	if b := d.started(); b != nil && b.signer != nil {
		s.LastVote = b.signer.vote.Load()
	}
	if s.Validator {
		s.NotVoting = d.notVoting()
	}
	s.Governance, _ = d.governance() // what can't be read ends consensus, which says so
	if n := d.running(); n != nil {
		peers := n.Switch().Peers().Copy()
		s.Peers = len(peers)
		for _, p := range peers {
			if p.Get(announcedKey) == nil {
				s.Silent = append(s.Silent, string(p.ID()))
			}
		}
		s.Syncing = n.ConsensusReactor().WaitSync()
		if s.Outlets, _ = outlets(d.stack.Server()); s.Outlets == 0 && d.otherValidators() > 0 { // geth's server runs, too
			s.Stuck, _ = d.exec.eth.TxPool().Stats()
		}
	}
	return s
}

// Height is the last block committed on this node.
func (d *Driver) Height() uint64 { return d.exec.head().Number.Uint64() }

// running is CometBFT's node, or nil while it replays, and after it ended.
func (d *Driver) running() *cmtnode.Node {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.node
}

var (
	peersGauge  = metrics.NewRegisteredGauge("ss/poa/peers", nil)
	heightGauge = metrics.NewRegisteredGauge("ss/poa/height", nil)
	differGauge = metrics.NewRegisteredGauge("ss/poa/differ", nil) // peers with other rules
	roundTimer  = metrics.NewRegisteredTimer("ss/poa/round", nil)  // from the end of the wait to the commit
	buildTimer  = metrics.NewRegisteredTimer("ss/poa/build", nil)  // own proposals
	verifyTimer = metrics.NewRegisteredTimer("ss/poa/verify", nil) // everybody's
)

var errorsGauge = metrics.NewRegisteredGauge("ss/poa/errors", nil) // findings of level error

var stuckGauge = metrics.NewRegisteredGauge("ss/poa/stuck", nil) // transactions that there is nobody to hand to

// watcher says in the log what an operator wants to know: who is connected,
// when the node has caught up, and what is wrong. Owned by the driver's
// goroutine.
type watcher struct {
	peers  int
	synced bool
	told   time.Time
	teller finding.Teller
}

const (
	// stalled is after how long without a block something is wrong, beside three blocks' time.
	stalled = 15 * time.Second

	// tellAfter is how long something must be wrong before the log says it.
	tellAfter = 3 * time.Second
)

func (w *watcher) look(d *Driver, now time.Time) {
	if now.Sub(w.told) < time.Second {
		return
	}
	w.told = now
	d.beat(now)
	s := d.facts()
	peersGauge.Update(int64(s.Peers))
	heightGauge.Update(int64(s.Height))
	differGauge.Update(int64(len(s.Differ)))
	if s.Peers != w.peers {
		d.log.Info("Consensus peers", "connected", s.Peers, "configured", len(d.dial.peers))
		w.peers = s.Peers
	}
	if !s.Syncing && !w.synced {
		d.log.Info("Consensus has caught up", "number", s.Height, "validator", s.Validator)
		w.synced = true
	}
	list := d.judge(&s, now)
	errors := 0
	for _, f := range list {
		if f.Level == finding.Error {
			errors++
		}
	}
	errorsGauge.Update(int64(errors))
	// Of rules that differ the log tells when a peer with others comes, with both values: see comparison.
	w.teller.Tell(slices.DeleteFunc(list, func(f finding.Finding) bool { return strings.HasPrefix(f.Subject, rulesSubject) }), now)
}

// beat notes whether blocks come.
func (d *Driver) beat(now time.Time) {
	height := d.Height()
	d.mu.Lock()
	defer d.mu.Unlock()
	if height != d.pulse.height || d.pulse.moved.IsZero() {
		d.pulse = pulse{height, now}
	}
}

// ahead is the highest block that a peer says it is at work on, 0 without peers.
func (d *Driver) ahead() (height uint64) {
	n := d.running()
	if n == nil {
		return 0
	}
	for _, p := range n.Switch().Peers().Copy() {
		if state, ok := p.Get(cmttypes.PeerStateKey).(*cmtconsensus.PeerState); ok {
			height = max(height, uint64(max(state.GetHeight(), 0)))
		}
	}
	return height
}

package poa

import (
	"time"

	cmtconsensus "github.com/cometbft/cometbft/consensus"
	cmtnode "github.com/cometbft/cometbft/node"
	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/metrics"
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
}

// api is the JSON-RPC namespace poa.
type api struct{ driver *Driver }

// Status is poa_status.
func (a *api) Status() Status { return a.driver.Status() }

// Peers is poa_peers.
func (a *api) Peers() []PeerInfo { return a.driver.Peers() }

// Status can be asked for at any time.
func (d *Driver) Status() Status {
	s := Status{
		Network:    d.doc.ChainID,
		PeerID:     PeerID(d.key),
		Validator:  d.genesis.has(crypto.PubkeyToAddress(d.key.PublicKey)),
		Validators: len(d.genesis.Validators),
		Height:     d.Height(),
		Syncing:    true,
		Rules:      d.rules.Digest(),
		Differ:     d.compare.different(),
		Silent:     []string{},
	}
	if err := d.compare.vote(); err != nil && s.Validator {
		s.NotVoting = err.Error()
	}
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

var stuckGauge = metrics.NewRegisteredGauge("ss/poa/stuck", nil) // transactions that there is nobody to hand to

// watcher says in the log what an operator wants to know: who is connected,
// when the node has caught up, and that blocks don't come. Owned by the
// driver's goroutine.
type watcher struct {
	peers   int
	synced  bool
	height  uint64
	moved   time.Time
	nextNag time.Duration
	mute    time.Time // when it may be said again that this node doesn't vote
}

// stalled is after how long without a block the node complains, then at doubled
// intervals.
const stalled = 15 * time.Second

func (w *watcher) look(d *Driver, now time.Time) {
	s := d.Status()
	peersGauge.Update(int64(s.Peers))
	heightGauge.Update(int64(s.Height))
	differGauge.Update(int64(len(s.Differ)))
	if s.NotVoting != "" && !now.Before(w.mute) {
		d.log.Error("This validator votes for no block", "reason", s.NotVoting)
		w.mute = now.Add(time.Minute)
	}
	if s.Peers != w.peers {
		d.log.Info("Consensus peers", "connected", s.Peers, "configured", len(d.dial.peers))
		w.peers = s.Peers
	}
	if !s.Syncing && !w.synced {
		d.log.Info("Consensus has caught up", "number", s.Height, "validator", s.Validator)
		w.synced = true
	}
	if s.Height != w.height || w.moved.IsZero() {
		w.height, w.moved, w.nextNag = s.Height, now, stalled+3*d.cfg.interval()
		return
	}
	if now.Sub(w.moved) <= w.nextNag {
		return
	}
	since := now.Sub(w.moved).Truncate(time.Second)
	if ahead := d.ahead(); ahead > s.Height+1 {
		d.log.Warn("No block to catch up with: the peers are ahead but don't give what this node lacks. Peers with --poa.prune have dropped old blocks; connect one that keeps them all",
			"number", s.Height, "ahead", ahead, "since", since, "peers", s.Peers, "missing", d.dial.missing())
	} else {
		d.log.Warn("No new block: consensus needs more than two thirds of the validators' power",
			"number", s.Height, "since", since, "peers", s.Peers, "missing", d.dial.missing(), "otherrules", len(s.Differ))
	}
	w.nextNag *= 2
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

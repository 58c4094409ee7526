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
}

// Status can be asked for at any time.
func (d *Driver) Status() Status {
	s := Status{
		Network:    d.doc.ChainID,
		PeerID:     PeerID(d.key),
		Validator:  d.genesis.has(crypto.PubkeyToAddress(d.key.PublicKey)),
		Validators: len(d.genesis.Validators),
		Height:     d.Height(),
		Syncing:    true,
	}
	if n := d.running(); n != nil {
		s.Peers = n.Switch().Peers().Size()
		s.Syncing = n.ConsensusReactor().WaitSync()
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
	roundTimer  = metrics.NewRegisteredTimer("ss/poa/round", nil)  // from the end of the wait to the commit
	buildTimer  = metrics.NewRegisteredTimer("ss/poa/build", nil)  // own proposals
	verifyTimer = metrics.NewRegisteredTimer("ss/poa/verify", nil) // everybody's
)

// watcher says in the log what an operator wants to know: who is connected,
// when the node has caught up, and that blocks don't come. Owned by the
// driver's goroutine.
type watcher struct {
	peers   int
	synced  bool
	height  uint64
	moved   time.Time
	nextNag time.Duration
}

// stalled is after how long without a block the node complains, then at doubled
// intervals.
const stalled = 15 * time.Second

func (w *watcher) look(d *Driver, now time.Time) {
	s := d.Status()
	peersGauge.Update(int64(s.Peers))
	heightGauge.Update(int64(s.Height))
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
			"number", s.Height, "since", since, "peers", s.Peers, "missing", d.dial.missing())
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

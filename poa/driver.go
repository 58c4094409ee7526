package poa

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	cmtconfig "github.com/cometbft/cometbft/config"
	cmtconsensus "github.com/cometbft/cometbft/consensus"
	cmtnode "github.com/cometbft/cometbft/node"
	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/proxy"
	cmtstate "github.com/cometbft/cometbft/state"
	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/eth"
	"github.com/ethereum/go-ethereum/log"
	"github.com/ethereum/go-ethereum/node"
	"github.com/ethereum/go-ethereum/p2p/enode"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/geth-ss/geth-ss/contracts"
	"github.com/geth-ss/geth-ss/internal/finding"
	"github.com/geth-ss/geth-ss/internal/whole"
)

// Driver runs consensus on a node. It is a node.Lifecycle.
type Driver struct {
	cfg     Config
	dir     string
	stack   *node.Node
	exec    *execution
	genesis *NetworkGenesis
	roster  *roster
	doc     *cmttypes.GenesisDoc
	key     *ecdsa.PrivateKey
	rules   Rules  // of this node; announced to peers
	origin  origin // of the network; announced to peers
	compare *comparison
	log     log.Logger
	fatal   func(error)

	keptByOthers []enode.ID // see KeptByOthers

	app    *application
	dial   *dialer
	cancel context.CancelFunc
	done   sync.WaitGroup

	// Nil but in tests, which make nodes misbehave.
	wrap      func(*application) abci.Application
	wrapVotes func(*signer) cmttypes.PrivValidator
	configure func(*cmtconfig.Config)

	mu   sync.Mutex    // guards what follows
	node *cmtnode.Node // while it runs
	err  error         // why it ended by itself

	state *cmtconsensus.State // of node, once it is watched
	begun *begun              // nil before Start
	pulse pulse

	strangers strangers
	stuckFor  time.Duration // transactions have gone nowhere, see stuck
}

// begun is what Start makes, for those who ask from outside.
type begun struct {
	dial   *dialer
	app    *application
	signer *signer // nil if this node is no validator
}

// started tells what Start has made, nil before.
func (d *Driver) started() *begun {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.begun
}

// pulse is the last block that came, and when.
type pulse struct {
	height uint64
	moved  time.Time
}

// New makes the driver of a node whose eth service was configured with
// Configure and whose directory was made by Init, and registers it with the
// stack, which then starts and stops it. Register it after the eth service, and
// don't register the engine API: there can be one source of blocks.
//
// If consensus ends while the node runs, fatal is called once, in a goroutine
// of its own; it should close the node and make the process exit with an error.
// If fatal is nil the driver closes the stack itself. Err has the reason.
func New(stack *node.Node, backend *eth.Ethereum, cfg Config, fatal func(error)) (*Driver, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	d := &Driver{
		cfg:   cfg,
		dir:   stack.ResolvePath(dirName),
		stack: stack,
		key:   stack.Config().NodeKey(),
		log:   log.New("service", "poa"),
		fatal: fatal,
	}
	if d.dir == "" {
		return nil, errors.New("consensus needs a data directory: what a validator signed must outlive the process")
	}
	if err := checkMode(backend); err != nil {
		return nil, err
	}
	if err := d.loadGenesis(backend.BlockChain()); err != nil {
		return nil, err
	}
	d.exec = &execution{eth: backend, freeGas: d.genesis.FreeGas}
	if err := d.exec.prepare(); err != nil {
		return nil, err
	}
	d.roster = newRoster(d.genesis)
	d.roster.dir = d.dir
	if err := d.roster.refresh(d.exec, d.exec.head()); err != nil {
		return nil, fmt.Errorf("who the validators are: %w", err)
	}
	if err := d.collectRules(); err != nil {
		return nil, err
	}
	stack.RegisterLifecycle(d)
	stack.RegisterAPIs([]rpc.API{{Namespace: "poa", Service: &api{d}}, {Namespace: "poaadmin", Service: &adminAPI{d}}})
	return d, nil
}

const (
	dirName  = "poa"  // in the instance directory
	dataName = "data" // CometBFT's databases and log, in dirName
)

func checkMode(backend *eth.Ethereum) error {
	if backend.BlockChain().TrieDB().Scheme() == rawdb.HashScheme && !backend.ArchiveMode() {
		// The hash scheme keeps up to an hour of states in memory.
		return errors.New("consensus needs --state.scheme path, or --gcmode archive, so that little must be replayed after a crash")
	}
	return nil
}

// loadGenesis reads the validator list and holds it against geth's database.
func (d *Driver) loadGenesis(chain *core.BlockChain) error {
	hash := chain.Genesis().Hash()
	path := filepath.Join(d.dir, genesisFile)
	g, err := LoadNetworkGenesis(path)
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("this data directory has no validator list (%s): run init with the network's genesis file, which has geth's genesis and the validators", path)
	} else if err != nil {
		return damagedGenesis(path, err)
	}
	if want := g.Genesis.ToBlock().Hash(); want != hash {
		return fmt.Errorf("geth's database begins with genesis %s, but the network in %s with %s: run init with the network's genesis file on an empty data directory", hash, path, want)
	}
	if err := g.checkConfig(path, chain.Config()); err != nil {
		return err
	}
	// CometBFT sleeps until the genesis time and can't be stopped in between.
	if ahead := time.Until(time.Unix(int64(g.Genesis.Timestamp), 0)); ahead > 10*time.Second {
		return fmt.Errorf("the network's genesis lies %s in the future; is this machine's clock right?", ahead.Round(time.Second))
	}
	d.genesis = g
	d.doc, err = g.consensusDoc(hash)
	return err
}

// Start implements node.Lifecycle. It returns once everything was checked that
// can be without peers; replay and the search for peers go on behind.
func (d *Driver) Start() error {
	self := crypto.PubkeyToAddress(d.key.PublicKey)
	if d.cfg.FeeRecipient == (common.Address{}) {
		d.cfg.FeeRecipient = self
	}
	if err := d.checkData(); err != nil {
		return err
	}
	pv, err := d.openSigner(self)
	if err != nil {
		return err
	}
	if err := probe(d.cfg.ListenAddr); err != nil {
		return fmt.Errorf("consensus can't listen: %w", err)
	}
	d.dial = newDialer(d.cfg.Peers, identityOf(d.key), time.Now())
	d.dial.log, d.dial.wg, d.dial.sw, d.dial.network = d.log, &d.done, d.peerSwitch, d.doc.ChainID
	conf := d.consensusConfig()
	if conf.Moniker, err = d.announcement(); err != nil {
		return err
	}
	d.app = newApplication(d.exec, &d.cfg, d.cfg.FeeRecipient, newPace(d.cfg.interval(), conf.Consensus), d.log)
	d.app.signer, d.app.compare, d.app.roster = pv, d.compare, d.roster
	d.publish(self, pv)
	d.log.Info("Starting consensus", "network", d.doc.ChainID, "peerid", PeerID(d.key), "listen", d.cfg.ListenAddr,
		"validator", d.roster.has(self), "address", self, "validators", len(d.roster.list()), "peers", len(d.dial.list()), "head", d.Height())
	if d.cfg.Prune {
		d.log.Warn("Consensus blocks are pruned here; new nodes of the network need a node without --poa.prune to sync from")
	}
	var votes cmttypes.PrivValidator = pv
	if d.wrapVotes != nil {
		votes = d.wrapVotes(pv)
	}
	transport, err := transportKey(d.key)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	d.cancel, d.dial.meet = cancel, introducer(ctx, transport, d.doc.ChainID)
	d.done.Go(func() { d.run(ctx, conf, votes) })
	return nil
}

// publish lets others ask for what was made.
func (d *Driver) publish(self common.Address, pv *signer) {
	b := &begun{dial: d.dial, app: d.app}
	if d.mayVote(self) {
		b.signer = pv
	}
	d.mu.Lock()
	d.begun = b
	d.mu.Unlock()
}

// address is this node's, by which the validator list knows it.
func (d *Driver) address() common.Address { return crypto.PubkeyToAddress(d.key.PublicKey) }

// Stop implements node.Lifecycle.
func (d *Driver) Stop() error {
	if d.cancel != nil {
		d.cancel()
		d.done.Wait()
	}
	return nil
}

// Application is what consensus calls on this node, and the genesis it does so
// under. It is for tests that play consensus (package poatest) on a driver that
// is not started.
func (d *Driver) Application() (abci.Application, *cmttypes.GenesisDoc) {
	pace := newPace(d.cfg.interval(), cmtconfig.DefaultConsensusConfig())
	app := newApplication(d.exec, &d.cfg, crypto.PubkeyToAddress(d.key.PublicKey), pace, d.log)
	app.roster = d.roster
	return app, d.doc
}

// checkData finds geth's chain without its consensus data. The other way round
// is mended by replay.
func (d *Driver) checkData() error {
	if d.Height() == 0 || d.hasData() {
		return nil
	}
	return fmt.Errorf("geth has blocks up to %d, but the consensus data in %s is missing: %s",
		d.Height(), filepath.Join(d.dir, dataName), dataRemedy)
}

func (d *Driver) hasData() bool {
	return whole.Present(filepath.Join(d.dir, dataName, blockDB+".db"))
}

func (d *Driver) openSigner(self common.Address) (*signer, error) {
	if !d.mayVote(self) {
		return observerKey()
	}
	if !d.roster.governed() {
		return openSigner(d.dir, d.key, d.mayHaveVoted(self))
	}
	return openGovernedSigner(d.dir, d.key, d.mayHaveVoted(self))
}

// mayVote tells whether this node votes, now or ever: where a contract has the validators, every node may become one, and keeps
// its sign state from its first start.
func (d *Driver) mayVote(self common.Address) bool { return d.genesis.has(self) || d.roster.governed() }

// mayHaveVoted tells whether a sign state that is not there may have been lost.
func (d *Driver) mayHaveVoted(self common.Address) bool {
	if !d.genesis.has(self) && !d.roster.governs(d.Height()) {
		return false // nobody votes but those of the file, up to here
	}
	return d.hasData() || d.Height() > 0
}

// notVoting is why this node votes for no block; "" if it does, when it is a validator.
func (d *Driver) notVoting() string {
	if err := d.compare.vote(); err != nil {
		return err.Error()
	}
	if b := d.started(); b != nil && b.signer != nil {
		return b.signer.muted()
	}
	return ""
}

// probe finds out early whether the address is free.
func probe(addr string) error {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	return l.Close()
}

// run is the driver's goroutine: CometBFT from start to stop.
func (d *Driver) run(ctx context.Context, conf *cmtconfig.Config, pv cmttypes.PrivValidator) {
	dbs := &databases{failed: d.fail}
	defer func() {
		if err := dbs.close(); err != nil {
			d.log.Warn("Closing the consensus databases", "err", err)
		}
	}()
	n, err := d.startNode(ctx, conf, pv, dbs)
	if err == nil {
		err = d.watch(ctx, n)
		d.stopNode(n)
	}
	if err != nil && ctx.Err() == nil {
		d.fail(err)
	}
}

// startNode replays what geth lacks and starts CometBFT. It panics on states it
// thinks impossible, such as a replay that ends in another hash.
func (d *Driver) startNode(ctx context.Context, conf *cmtconfig.Config, pv cmttypes.PrivValidator, dbs *databases) (n *cmtnode.Node, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("start consensus on the data in %s: %v; if this comes again: %s", conf.DBDir(), r, dataRemedy)
		}
	}()
	if err := os.MkdirAll(conf.DBDir(), 0o700); err != nil {
		return nil, fmt.Errorf("make the consensus data directory: %w", err)
	}
	if err := dbs.prepare(conf); err != nil {
		return nil, err
	}
	key, err := transportKey(d.key)
	if err != nil {
		return nil, err
	}
	if err := findTwin(ctx, d.cfg.Peers, identityOf(d.key), key, d.doc.ChainID); err != nil {
		return nil, err
	}
	var app abci.Application = d.app
	if d.wrap != nil {
		app = d.wrap(d.app)
	}
	app = &watched{app, d.blockFailed}
	n, err = cmtnode.NewNodeWithContext(ctx, conf, pv, key, proxy.NewLocalClientCreator(app),
		func() (*cmttypes.GenesisDoc, error) { return d.doc, nil },
		dbs.open, cmtnode.DefaultMetricsProvider(conf.Instrumentation), newLogger(d.log, d.fail, d.refused))
	if high := new(cmtstate.ErrAppBlockHeightTooHigh); errors.As(err, high) {
		return nil, fmt.Errorf("geth is at block %d, but the consensus data in %s ends at %d, as if it came from an older backup, or it has lost its end: %s",
			high.AppHeight, conf.DBDir(), high.CoreHeight, dataRemedy)
	}
	if low := new(cmtstate.ErrAppBlockHeightTooLow); errors.As(err, low) {
		return nil, fmt.Errorf("geth is at block %d, but the consensus data in %s was pruned below %d, so the blocks between can't be replayed: move the directory away and let the node sync from an unpruned one; keep the node key and %s",
			low.AppHeight, conf.DBDir(), low.StoreBase, signStateFile)
	}
	if err != nil {
		return nil, fmt.Errorf("start consensus: %w", err)
	}
	if err := d.begin(n, conf); err != nil {
		d.setNode(nil)
		abandon(n)
		return nil, err
	}
	return n, nil
}

// begin starts a node if nothing speaks against it.
func (d *Driver) begin(n *cmtnode.Node, conf *cmtconfig.Config) error {
	if have := n.GenesisDoc().ChainID; have != d.doc.ChainID {
		return fmt.Errorf("the consensus data in %s belongs to network %s, the genesis is of %s", conf.DBDir(), have, d.doc.ChainID)
	}
	if err := d.app.signer.checkBlocks(n.BlockStore()); err != nil {
		return err
	}
	if err := d.filterPeers(n); err != nil {
		return err
	}
	d.setNode(n) // before its goroutines can fail
	if err := n.Start(); err != nil {
		return fmt.Errorf("start consensus: %w", err)
	}
	return nil
}

// abandon stops what making a node has started already.
func abandon(n *cmtnode.Node) {
	if n.IsRunning() {
		n.Stop()
	}
	n.EventBus().Stop()
	n.ProxyApp().Stop()
}

func (d *Driver) setNode(n *cmtnode.Node) {
	d.mu.Lock()
	d.node = n
	d.mu.Unlock()
}

// watched is an application whose failures are noticed. CometBFT answers all of
// them with a panic. In consensus and while it starts it recovers that, but not
// while it syncs blocks: there it would take the process down, with a stack in
// place of a reason.
type watched struct {
	abci.Application
	failed func(error)
}

// FinalizeBlock implements abci.Application.
func (w *watched) FinalizeBlock(ctx context.Context, req *abci.RequestFinalizeBlock) (*abci.ResponseFinalizeBlock, error) {
	res, err := w.Application.FinalizeBlock(ctx, req)
	if err != nil {
		w.failed(err)
	}
	return res, err
}

// Commit implements abci.Application.
func (w *watched) Commit(ctx context.Context, req *abci.RequestCommit) (*abci.ResponseCommit, error) {
	res, err := w.Application.Commit(ctx, req)
	if err != nil {
		w.failed(err)
	}
	return res, err
}

// blockFailed ends the goroutine that syncs blocks, after a block could not be
// taken, and lets the node close. Elsewhere it returns.
func (d *Driver) blockFailed(err error) {
	if n := d.running(); n != nil && n.ConsensusReactor().WaitSync() {
		d.fail(fmt.Errorf("sync blocks: %w", err))
		runtime.Goexit()
	}
}

// watch returns when the driver is to stop, or with an error when consensus
// ended by itself.
func (d *Driver) watch(ctx context.Context, n *cmtnode.Node) error {
	state, err := consensusState(n)
	if err != nil {
		return err
	}
	d.mu.Lock()
	d.state = state
	d.mu.Unlock()
	ended := make(chan struct{})
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	var waiting bool
	seen := watcher{teller: finding.Teller{Log: d.log, After: tellAfter}}
	near, transactions, governs := d.meetNeighbours(), new(stuck), new(governor)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-n.Quit():
			return errors.New("CometBFT stopped by itself")
		case <-ended:
			return errors.New("consensus ended by itself")
		case <-tick.C:
		}
		// State.Wait ends only for a state that was started, which is after
		// the node has caught up; then stopNode ends it.
		if !waiting && state.IsRunning() {
			waiting = true
			d.done.Go(func() { state.Wait(); close(ended) })
		}
		now := time.Now()
		d.dial.follow(d.roster.peers(), now)
		d.dial.tick(now)
		d.compare.part(n.Switch(), d.hostOf, now)
		seen.look(d, now)
		d.tendNeighbours(near, transactions, now)
		d.tendGovernance(ctx, governs, n.ConsensusReactor().WaitSync(), now)
	}
}

// consensusState digs out what CometBFT offers to its RPC server only.
func consensusState(n *cmtnode.Node) (*cmtconsensus.State, error) {
	env, err := n.ConfigureRPC()
	if err != nil {
		return nil, fmt.Errorf("watch consensus: %w", err)
	}
	s, ok := env.ConsensusState.(*cmtconsensus.State)
	if !ok {
		return nil, fmt.Errorf("internal error: consensus state is a %T", env.ConsensusState)
	}
	return s, nil
}

func (d *Driver) stopNode(n *cmtnode.Node) {
	d.setNode(nil)
	if err := n.Stop(); err != nil {
		d.log.Warn("CometBFT did not stop cleanly", "err", err)
	}
	if err := n.ProxyApp().Stop(); err != nil {
		d.log.Debug("The application's connections did not stop cleanly", "err", err)
	}
}

// fail records why consensus ended and closes the node, once.
func (d *Driver) fail(err error) {
	d.mu.Lock()
	first := d.err == nil
	if first {
		d.err = err
	}
	d.mu.Unlock()
	if !first {
		return
	}
	d.log.Error("Consensus has ended, closing the node", "err", err)
	// Closing waits for the caller of this to end, so not from here.
	go func() {
		if d.fatal != nil {
			d.fatal(err)
			return
		}
		d.stack.Close()
	}()
}

// Err is why consensus ended by itself, or nil. The process should exit with
// an error if it is set after the node was closed.
func (d *Driver) Err() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.err
}

// consensusConfig is CometBFT with everything off that we don't use.
func (d *Driver) consensusConfig() *cmtconfig.Config {
	c := cmtconfig.DefaultConfig().SetRoot(d.dir)
	c.DBPath = dataName
	c.RPC.ListenAddress, c.RPC.GRPCListenAddress, c.RPC.PprofListenAddress = "", "", ""
	c.Mempool.Type = cmtconfig.MempoolTypeNop
	c.TxIndex.Indexer = "null"
	c.Storage.DiscardABCIResponses = true // only the last is needed, for recovery
	c.Instrumentation.Prometheus = false
	c.Consensus.WalPath = filepath.Join(dataName, "cs.wal", "wal")
	timeouts(c.Consensus, &d.cfg)
	if d.configure != nil {
		d.configure(c)
	}

	c.P2P.ListenAddress = "tcp://" + d.cfg.ListenAddr
	c.P2P.UnconditionalPeerIDs = d.dial.ids()                  // strangers can't take our peers' places
	c.P2P.MaxNumInboundPeers = maxStrangers + d.dial.unknown() // see admit
	if d.roster.governed() {
		c.P2P.MaxNumInboundPeers += contracts.MaxValidators
	}
	c.P2P.PexReactor = false
	c.P2P.AddrBook = filepath.Join(dataName, "addrbook.json")
	c.P2P.AddrBookStrict = false
	c.P2P.AllowDuplicateIP = true // several nodes behind one address, and devnets
	c.P2P.SendRate, c.P2P.RecvRate = bandwidth, bandwidth
	c.P2P.MaxPacketMsgPayloadSize = packetSize
	c.P2P.DialTimeout, c.P2P.HandshakeTimeout = 2*time.Second, 5*time.Second
	return c
}

const (
	// maxStrangers bounds connections of peers that are not in our list:
	// followers, and anyone else, as the transport authenticates ids but has no
	// list of whom to admit.
	maxStrangers = 64

	// packetSize is how many bytes of a message are sent at a time.
	packetSize = 16 << 10

	// bandwidth in bytes per second and peer; a full block of 9 MiB must pass
	// within the propose timeout.
	bandwidth = 64 << 20
)

func (d *Driver) peerSwitch() p2p.Switcher {
	if n := d.running(); n != nil {
		return n.Switch()
	}
	return nil
}

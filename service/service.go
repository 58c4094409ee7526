// Package service is the key server: it assembles the store, the permission oracle,
// the devp2p subprotocol and the session machines into one node.Lifecycle, and
// offers what clients can ask for as the methods of Service.
//
// It is not a door: how requests look as bytes is the business of rpcapi.
package service

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/eth"
	"github.com/ethereum/go-ethereum/log"
	"github.com/ethereum/go-ethereum/metrics"
	"github.com/ethereum/go-ethereum/node"
	"github.com/ethereum/go-ethereum/p2p/enode"
	"github.com/geth-ss/geth-ss/internal/whole"
	"github.com/geth-ss/geth-ss/protocol"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/acl"
	"github.com/geth-ss/geth-ss/service/chain"
	"github.com/geth-ss/geth-ss/service/serverset"
	"github.com/geth-ss/geth-ss/service/store"
)

// Service is a key server.
type Service struct {
	cfg   Config
	stack *node.Node

	self    *session.Identity
	cluster wire.ClusterID
	genesis common.Hash
	chainID uint64
	set     serverset.Set
	size    int // of the set when the service began; for bounds only
	chain   *chain.Chain
	kind    Chain
	oracle  *acl.Oracle
	network *protocol.Network

	limits   *limiter
	sessions *sessions
	scores   *scores
	faults   *faults
	watchers *watchers
	quorums  *quorums
	vault    *vault // nonces, and what was dealt for signatures
	stock    *stock
	signing  atomic.Int32 // ECDSA signatures under way for our own clients
	states   *states      // what is durably known of each key; set by Start
	path     string       // of the share store; set by Start

	questions *questions
	survey    *survey
	contract  contractProbe
	names     namesProbe

	evidence    evidenceFolder
	faultLines  faultLines
	givenUp     givenUps
	differences differences
	flaps       flaps

	found     uint64      // the newest block before this start has made or taken any
	gap       atomic.Bool // this node may have made promises that its store does not know of
	temporary string      // directory of an ephemeral node's shares, removed by Stop

	generations sync.Mutex // held while a peer's generation is let in

	ctx    context.Context // ends when Stop begins
	cancel context.CancelFunc

	mu      sync.RWMutex
	running bool           // guarded by mu: nothing is spawned before Start or after Stop
	wg      sync.WaitGroup // everything that must have ended when Stop returns
}

// New assembles a key server and registers it with the node: its lifecycle and its
// subprotocol. The doors are the caller's to register.
func New(stack *node.Node, backend *eth.Ethereum, cfg Config, on Chain) (*Service, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	key := stack.Config().NodeKey()
	s := &Service{
		cfg:      cfg,
		stack:    stack,
		kind:     on,
		self:     session.NewIdentity(key),
		genesis:  backend.BlockChain().Genesis().Hash(),
		chainID:  backend.BlockChain().Config().ChainID.Uint64(),
		cluster:  wire.MakeClusterID(backend.BlockChain().Genesis().Hash(), cfg.Cluster),
		limits:   newLimiter(cfg.Limits),
		sessions: newSessions(cfg.Limits),
		scores:   newScores(),
		faults:   newFaults(),
		watchers: newWatchers(),
		vault:    newVault(),
		stock:    newStock(),

		questions: newQuestions(),
		survey:    newSurvey(),
	}
	var err error
	self := enode.NewV4(&key.PublicKey, nil, 0, 0) // the set needs our key, not our address
	if s.set, err = serverset.NewStatic(cfg.Nodes, self); err != nil {
		return nil, fmt.Errorf("secretstore: %w", err)
	}
	s.size = len(s.set.Members())
	s.quorums = newQuorums(s.size)
	setting, err := cfg.aclSetting()
	if err != nil {
		return nil, fmt.Errorf("secretstore: %w", err)
	}
	s.chain = chain.New(backend.BlockChain(), chain.Config{HeadIsFinal: on.HeadIsFinal})
	s.found = s.chain.Head().Number
	s.oracle = acl.New(s.chain, setting, acl.Config{MaxAge: cfg.maxAge(on), Calls: int(cfg.Limits.ContractCalls)})
	s.network = protocol.New(key, (*network)(s))
	s.ctx, s.cancel = context.WithCancel(context.Background())

	stack.RegisterProtocols(s.network.Protocols())
	s.network.HelloFirst(stack.Server().Protocols) // eth's are there: the backend has registered them
	stack.RegisterLifecycle(s)
	return s, nil
}

// Start opens the share store and begins to serve. Part of node.Lifecycle.
func (s *Service) Start() (err error) {
	defer func() {
		if err != nil {
			err = errors.Join(err, s.removeTemporary())
		}
	}()
	db, err := s.openStore()
	if err != nil {
		return fmt.Errorf("secretstore: %w", err)
	}
	if err := s.ownStore(db); err != nil {
		db.Close()
		return fmt.Errorf("secretstore: %w", err)
	}
	s.states = newStates(db, s.size)
	if err := s.chain.Start(); err != nil {
		db.Close()
		return fmt.Errorf("secretstore: watching the chain: %w", err)
	}
	if err := s.network.Start(s.stack.Server(), s.set.Nodes()); err != nil {
		s.chain.Stop()
		db.Close()
		return fmt.Errorf("secretstore: joining the key servers: %w", err)
	}
	s.setRunning(true)
	s.spawn(s.runSurveys)
	s.spawn(s.tellFindings)
	if metrics.Enabled() {
		s.spawn(s.sample)
	}
	s.announce()
	return nil
}

// openStore finds the secret that protects the shares and opens their database.
func (s *Service) openStore() (*store.Store, error) {
	dir := s.stack.ResolvePath("secretstore")
	if dir != "" {
		s.evidence.dir, s.evidence.witness = filepath.Join(dir, "evidence"), s.self.ID()
	} else { // an ephemeral node, as --dev without --datadir
		tmp, err := os.MkdirTemp("", "geth-ss-shares-")
		if err != nil {
			return nil, fmt.Errorf("making a temporary directory for the shares: %w", err)
		}
		s.temporary, dir = tmp, tmp
	}
	s.path = dir
	secret, err := StoreSecret(dir, &s.cfg)
	if err != nil {
		return nil, err
	}
	defer clear(secret)
	db, err := store.OpenFor(dir, secret, s.owner())
	if err != nil {
		return nil, fmt.Errorf("opening the share store in %s: %w", dir, err)
	}
	return db, nil
}

// StoreSecret is what opens the share store in dir, by an operator's settings. Where they
// name a key file, or nothing, and there is no store yet, it makes the key file.
func StoreSecret(dir string, cfg *Config) ([]byte, error) {
	secret, err := existingSecret(dir, cfg)
	if secret == nil && err == nil {
		return store.LoadOrCreateKeyFile(cfg.keyFile(dir))
	}
	return secret, err
}

// CheckStoreSecret tells whether StoreSecret will find a secret, or may make one. It writes nothing.
func CheckStoreSecret(dir string, cfg *Config) error {
	secret, err := existingSecret(dir, cfg)
	clear(secret)
	return err
}

// existingSecret is nil if there is neither a secret nor a store that would need it.
func existingSecret(dir string, cfg *Config) ([]byte, error) {
	if cfg.PasswordFile != "" {
		return store.ReadPasswordFile(cfg.PasswordFile)
	}
	file := cfg.keyFile(dir)
	if whole.Present(file) {
		return store.LoadKeyFile(file)
	}
	if store.Vacant(dir) != nil {
		return nil, fmt.Errorf("there is a share store in %s, but not its key file %s: name what it was made with "+
			"(--secretstore.passwordfile or --secretstore.keyfile), or put the file back from your backup", dir, file)
	}
	return nil, nil
}

// SecretPath is the file by which the share store in dir is opened, or will be: the password's or the key's.
func (c *Config) SecretPath(dir string) string {
	if c.PasswordFile != "" {
		return c.PasswordFile
	}
	return c.keyFile(dir)
}

// keyFile is where the key file of the share store in dir lies, or would.
func (c *Config) keyFile(dir string) string {
	if c.KeyFile != "" {
		return c.KeyFile
	}
	return filepath.Join(dir, "store.key")
}

// Stop ends all sessions and closes the store. Part of node.Lifecycle: when it
// returns nothing of the key server runs.
func (s *Service) Stop() error {
	s.setRunning(false)
	s.cancel()
	s.network.Stop()
	s.wg.Wait()
	s.vault.use((*session.Vault).Clear)
	s.chain.Stop()
	err := errors.Join(s.states.close(), s.removeTemporary())
	log.Info("Secret store stopped")
	return err
}

// removeTemporary leaves nothing of an ephemeral node's shares.
func (s *Service) removeTemporary() error {
	if s.temporary == "" {
		return nil
	}
	return os.RemoveAll(s.temporary)
}

func (s *Service) setRunning(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running = on
}

func (s *Service) isRunning() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.running
}

// spawn runs f beside the caller. Stop waits for it. False: not running.
func (s *Service) spawn(f func()) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.running {
		s.wg.Go(f)
	}
	return s.running
}

// announce prints what an operator wants to see first.
func (s *Service) announce() {
	log.Info("Secret store key server", "id", s.self.ID(), "address", s.self.ID().Address())
	log.Info("Secret store cluster", "name", s.cfg.Cluster, "id", s.cluster, "servers", len(s.set.Members()))
	log.Info("Secret store permissions", "acl", s.oracle.Describe())
	if warning := s.oracle.Warning(); warning != "" {
		log.Warn(warning)
	}
}

// minWalletThreshold is by the key servers of now.
func (s *Service) minWalletThreshold() uint32 {
	least, _ := s.cfg.WalletThreshold(len(s.set.Members())) // validated
	return least
}

// env is what a machine may know of this node.
func (s *Service) env() session.Env {
	return session.Env{
		Self:      s.self,
		Cluster:   s.cluster,
		Chain:     s.chainID,
		Set:       s.set.Members(),
		Connected: s.scores.order(s.network.Connected()),
		Older:     s.network.Older(),
		Policy: session.Policy{
			RefuseLegacy: s.cfg.RefuseLegacy,
			RefusePlain:  s.cfg.RefusePlain,
			MinThreshold: uint32(s.cfg.MinThreshold),

			MinWalletThreshold: s.minWalletThreshold(),
		},
		Gap:   s.gap.Load(),
		Rand:  rand.Reader,
		Load:  s.states.load,
		Vault: s.vault.use,

		DealAtOnce: min(int(s.cfg.Stock), dealAtOnce, int(s.signing.Load())/4),
		Signing:    int(s.signing.Load()),
		Quorums:    s.quorums.get,
	}
}

// save writes a machine's records.
func (s *Service) save(key wire.KeyID, recs []wire.Record) error {
	if len(recs) == 0 {
		return nil
	}
	return s.states.apply(key, recs)
}

// run drives a machine of our own to its end, which comes early if ctx ends.
func (s *Service) run(ctx context.Context, what string, key wire.KeyID, m session.Machine) error {
	r := s.newRunner(what, key, wire.NodeID{})
	r.setMachine(m)
	if err := s.sessions.add(r); err != nil {
		return err
	}
	s.sessions.route(m.ID(), r)
	runCtx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	defer context.AfterFunc(ctx, cancel)()
	if !s.spawn(func() { r.run(runCtx, m, session.Start{}) }) {
		s.sessions.remove(r)
		return errNotRunning
	}
	<-r.ended
	if ctx.Err() != nil && r.err != nil {
		return wire.Errorf(wire.Cancelled, "%v", context.Cause(ctx))
	}
	return s.explained(r.err)
}

var errNotRunning = &wire.Error{Reason: wire.Disconnected, Detail: "the key server is not running"}

// noRecord tells session in its own words that there is no record.
func noRecord(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return session.ErrNoRecord
	}
	return err
}

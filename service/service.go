package service

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/ethereum/go-ethereum/eth"
	"github.com/ethereum/go-ethereum/log"
	"github.com/ethereum/go-ethereum/metrics"
	"github.com/ethereum/go-ethereum/node"
	"github.com/geth-ss/geth-ss/protocol"
	"github.com/geth-ss/geth-ss/protocol/items"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/store"
)

// Service is a key server: its life in a node, and its parts. Its methods that are not of a lifecycle are those of the
// clients' and the operators' doors.
type Service struct {
	*driver             // runs sessions
	*keyServer          // clients' door
	*operator           // operators' door
	backend    *backend // peers' door
	succession *succession
	rounder    *rounder

	startBlock uint64 // the newest block before this start has made or taken any; set by New
	temporary  string // directory of an ephemeral node's shares, removed by Stop; set by Start
}

// New assembles a key server and registers it with the node: its lifecycle and its
// subprotocol. The doors are the caller's to register.
func New(stack *node.Node, backend *eth.Ethereum, cfg Config, on Chain) (*Service, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	f, err := newFixed(stack, backend, cfg, on)
	if err != nil {
		return nil, err
	}
	s := assemble(f)
	s.startBlock = s.chain.Head().Number
	s.network = protocol.New(stack.Config().NodeKey(), s.backend)

	stack.RegisterProtocols(s.network.Protocols())
	s.network.HelloFirst(stack.Server().Protocols) // eth's are there: the backend has registered them
	stack.RegisterLifecycle(s)
	return s, nil
}

// assemble makes the parts of a key server, and gives to each what it stands on.
func assemble(f *fixed) *Service {
	d := &driver{
		fixed:     f,
		life:      newLife(),
		conduct:   newConduct(f),
		states:    newStates(nil, len(f.servers.Members())),
		vault:     newVault(),
		sessions:  newSessions(f.cfg.Limits),
		limits:    newLimiter(f.cfg.Limits),
		questions: newQueries(),
		quorums:   newQuorums(len(f.servers.Members())),
		watchers:  newWatchers(),
	}
	d.rounds = newRounds(func(node wire.NodeID) uint64 {
		return uint64((d.limits.repairs.Take(node, 1) + time.Second - 1) / time.Second)
	})
	stock := newStock(d)
	check := newShareCheck()
	after := newSuccession(d, stock, newLacks(), check)
	d.saved, d.differing = after.saved, after.differing
	anew := newRounder(d, after)
	o := &operator{driver: d, shareCheck: check, succession: after, rounder: anew, named: newNamed(d.fixed, d.source)}
	return &Service{
		driver:     d,
		keyServer:  &keyServer{driver: d, stock: stock},
		operator:   o,
		backend:    &backend{driver: d, shareCheck: check, succession: after, lacks: anew.lacks},
		succession: after,
		rounder:    anew,
	}
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
	s.states.db = db
	s.backedUp.Store(ReadBackupNote(s.states.path))
	s.succession.dealt.Store(readTime(s.states.path, dealtNote))
	if err := errors.Join(s.learnSets(), s.ownStore()); err != nil {
		db.Close()
		return fmt.Errorf("secretstore: %w", err)
	}
	s.learnAddresses()
	if err := s.chain.Start(); err != nil {
		db.Close()
		return fmt.Errorf("secretstore: watching the chain: %w", err)
	}
	s.setRunning(true) // the others may ask from the moment on that they are greeted
	if err := s.network.Start(s.stack.Server(), s.servers.Dialled()); err != nil {
		err = errors.Join(fmt.Errorf("secretstore: joining the key servers: %w", err), s.Stop())
		return err
	}
	s.spawn(s.runShareChecks)
	s.spawn(s.succession.run)
	s.spawn(s.rounder.run)
	s.spawn(s.tellFindings)
	s.spawn(func() { s.named.run(s.life) })
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
	s.states.path = dir
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

// Stop ends all sessions and closes the store. Part of node.Lifecycle: when it
// returns nothing of the key server runs.
func (s *Service) Stop() error {
	s.setRunning(false)
	s.cancel()
	s.network.Stop()
	s.wg.Wait()
	s.vault.use((*items.Vault).Clear)
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

// announce prints what an operator wants to see first.
func (s *Service) announce() {
	log.Info("Secret store key server", "id", s.self.ID(), "address", s.self.ID().Address())
	log.Info("Secret store cluster", "name", s.cfg.Cluster, "id", s.cluster, "servers", len(s.servers.Members()))
	log.Info("Secret store permissions", "acl", s.oracle.Describe())
	if warning := s.oracle.Warning(); warning != "" {
		log.Warn(warning)
	}
}

package poatest

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	cmtdb "github.com/cometbft/cometbft-db"
	abci "github.com/cometbft/cometbft/abci/types"
	cmtconfig "github.com/cometbft/cometbft/config"
	cmtconsensus "github.com/cometbft/cometbft/consensus"
	cmtlog "github.com/cometbft/cometbft/libs/log"
	"github.com/cometbft/cometbft/mempool"
	cmtnode "github.com/cometbft/cometbft/node"
	"github.com/cometbft/cometbft/proxy"
	cmtstate "github.com/cometbft/cometbft/state"
	"github.com/cometbft/cometbft/store"
	cmttypes "github.com/cometbft/cometbft/types"
)

// stores are CometBFT's databases and log, as its node would have them.
type stores struct {
	dbs      []cmtdb.DB
	wal      *cmtconsensus.BaseWAL
	conns    proxy.AppConns
	state    cmtstate.State
	blocks   *store.BlockStore
	executor *cmtstate.BlockExecutor
}

// openStores opens the data in the driver's directory and brings the application to where they end.
func openStores(dir string, doc *cmttypes.GenesisDoc, app abci.Application) (s *stores, err error) {
	conf := cmtconfig.DefaultConfig().SetRoot(dir)
	conf.DBPath = "data"
	s = new(stores)
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	for _, id := range []string{"blockstore", "state", "evidence"} { // the last stays empty: nobody misbehaves here
		db, err := cmtconfig.DefaultDBProvider(&cmtconfig.DBContext{ID: id, Config: conf})
		if err != nil {
			return s, err
		}
		s.dbs = append(s.dbs, unsynced{db})
	}
	if s.wal, err = cmtconsensus.NewWAL(filepath.Join(conf.DBDir(), "cs.wal", "wal")); err != nil {
		return s, err
	}
	if err = s.wal.Start(); err != nil {
		return s, err
	}
	s.blocks = store.NewBlockStore(s.dbs[0])
	states := cmtstate.NewStore(s.dbs[1], cmtstate.StoreOptions{DiscardABCIResponses: true})
	state, doc, err := cmtnode.LoadStateFromDBOrGenesisDocProvider(s.dbs[1], func() (*cmttypes.GenesisDoc, error) { return doc, nil })
	if err != nil {
		return s, err
	}
	s.conns = proxy.NewAppConns(proxy.NewLocalClientCreator(app), proxy.NopMetrics())
	if err := s.conns.Start(); err != nil {
		return s, err
	}
	if err := cmtconsensus.NewHandshaker(states, state, s.blocks, doc).Handshake(s.conns); err != nil {
		return s, err
	}
	s.executor = cmtstate.NewBlockExecutor(states, cmtlog.NewNopLogger(), s.conns.Consensus(), new(mempool.NopMempool), cmtstate.EmptyEvidencePool{}, s.blocks)
	s.state, err = states.Load()
	return s, err
}

func (s *stores) close() error {
	var errs []error
	if s.conns != nil && s.conns.IsRunning() {
		errs = append(errs, s.conns.Stop())
	}
	if s.wal != nil && s.wal.IsRunning() {
		errs = append(errs, s.wal.Stop())
		s.wal.Wait()
	}
	for _, db := range s.dbs {
		errs = append(errs, db.Close())
	}
	return errors.Join(errs...)
}

// extend makes the next block on the one that last commits to, and returns the
// commit to the new one. All validators vote at the given time.
func (s *stores) extend(ctx context.Context, last *cmttypes.ExtendedCommit, keys []*ecdsa.PrivateKey, votes time.Time) (*cmttypes.ExtendedCommit, error) {
	height := s.state.LastBlockHeight + 1
	proposer := s.state.Validators.GetProposer().Address
	block, err := s.executor.CreateProposalBlock(ctx, height, s.state, last, proposer)
	if err != nil {
		return nil, err
	}
	if ok, err := s.executor.ProcessProposal(block, s.state); err != nil || !ok {
		return nil, fmt.Errorf("the proposal is refused: %w", err)
	}
	parts, err := block.MakePartSet(cmttypes.BlockPartSizeBytes)
	if err != nil {
		return nil, err
	}
	commit := &cmttypes.ExtendedCommit{
		Height: height, BlockID: cmttypes.BlockID{Hash: block.Hash(), PartSetHeader: parts.Header()},
		ExtendedSignatures: make([]cmttypes.ExtendedCommitSig, s.state.Validators.Size()),
	}
	for _, key := range keys {
		index, signature, err := sign(key, s.state.ChainID, s.state.Validators, height, commit.BlockID, votes)
		if err != nil {
			return nil, err
		}
		commit.ExtendedSignatures[index] = signature
	}
	s.blocks.SaveBlock(block, parts, commit.ToCommit())
	if err := s.wal.Write(cmtconsensus.EndHeightMessage{Height: height}); err != nil {
		return nil, err
	}
	s.state, err = s.executor.ApplyBlock(s.state, commit.BlockID, block)
	return commit, err
}

// unsynced is a database that leaves it to the system when to write: what is
// being made here is not promised to anybody, and syncing each block to disk
// takes most of the time.
type unsynced struct{ cmtdb.DB }

func (u unsynced) SetSync(key, value []byte) error { return u.Set(key, value) }
func (u unsynced) DeleteSync(key []byte) error     { return u.Delete(key) }
func (u unsynced) NewBatch() cmtdb.Batch           { return unsyncedBatch{u.DB.NewBatch()} }

type unsyncedBatch struct{ cmtdb.Batch }

func (b unsyncedBatch) WriteSync() error { return b.Write() }

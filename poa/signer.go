package poa

import (
	"bytes"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sync/atomic"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cometbft/cometbft/privval"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	cmtstate "github.com/cometbft/cometbft/state"
	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/log"

	"github.com/geth-ss/geth-ss/internal/whole"
)

// signStateFile remembers the last vote signed, in the driver's directory. It
// is what keeps a validator from voting twice differently after a restart, for
// which others could prove it guilty and which could split the chain.
const signStateFile = "sign-state.json"

// signer signs votes with the node key. The key stays in memory; of CometBFT's
// file signer only the sign state is written.
//
// The sign state never lags behind what was signed, as it is on disk before a
// signature leaves. So a block with a signature of ours above it shows that the
// file is an old copy, or that somebody else signs with our key. The chain is
// watched for that while it is replayed, synced and followed, which also finds a
// whole data directory of old, and one that was begun anew.
type signer struct {
	*privval.FilePV
	dir     string
	address []byte
	last    atomic.Int64 // height of LastSignState, which belongs to the consensus goroutine
	vote    atomic.Pointer[Vote]

	// Where a contract has the validators, a node that has lost its sign state goes on as a follower: it has to follow to know
	// the present validators, whom poa resume asks.
	governed bool
	mute     atomic.Pointer[string] // why it signs nothing; nil: it signs
}

// openSigner reads the sign state, or begins one if this node can't have voted
// yet. started says that there are blocks on this node.
func openSigner(dir string, key *ecdsa.PrivateKey, started bool) (*signer, error) {
	path := filepath.Join(dir, signStateFile)
	s := newSigner(key, dir, path)
	if !whole.Present(path) {
		if started {
			return nil, missingSignState(path)
		}
		s.LastSignState.Save() // before the first block is stored, so that the file is always older than the chain
		s.note()
		return s, whole.SyncDir(dir)
	}
	// NewFilePV starts with an empty state and never reads the file.
	if err := readSignState(path, &s.LastSignState); err != nil {
		return nil, err
	}
	if st := &s.LastSignState; st.Signature != nil && !s.Key.PubKey.VerifySignature(st.SignBytes, st.Signature) {
		return nil, fmt.Errorf("the sign state %s is of another node key: put back the node key that belongs to it, or else move the file away, %s", path, signStateRemedy)
	}
	s.note()
	return s, nil
}

// openGovernedSigner is openSigner where a contract has the validators.
func openGovernedSigner(dir string, key *ecdsa.PrivateKey, started bool) (s *signer, err error) {
	if path := filepath.Join(dir, signStateFile); started && !whole.Present(path) {
		s = newSigner(key, dir, path)
		s.silence(missingSignState(path))
		s.note()
	} else if s, err = openSigner(dir, key, started); err != nil {
		return nil, err
	}
	s.governed = true
	return s, nil
}

// note tells other goroutines what was signed last.
func (s *signer) note() {
	st := &s.LastSignState
	vote := &Vote{Height: st.Height, Round: st.Round}
	if st.SignBytes != nil {
		vote.Step = stepNames[signedTypes[st.Step]]
	}
	s.vote.Store(vote)
	s.last.Store(st.Height)
}

func newSigner(key *ecdsa.PrivateKey, dir, path string) *signer {
	k := validatorKey(key)
	return &signer{FilePV: privval.NewFilePV(k, "", path), dir: dir, address: k.PubKey().Address()}
}

const signStateRemedy = `make sure that no other machine runs with this node key, and run "geth-ss poa resume" with the options this node is started with (--config FILE): ` +
	`it asks the other validators, and with --yes puts the sign state above all that this validator can have signed`

func missingSignState(path string) error {
	return fmt.Errorf("this node is a validator and has blocks, but its sign state %s is missing, so it could vote twice on a block: %s", path, signStateRemedy)
}

// SignVote implements CometBFT's PrivValidator.
func (s *signer) SignVote(chainID string, vote *cmtproto.Vote) error {
	if s.muted() != "" {
		return errMuted
	}
	if err := s.FilePV.SignVote(chainID, vote); err != nil {
		return err
	}
	return s.durable()
}

// SignProposal implements CometBFT's PrivValidator.
func (s *signer) SignProposal(chainID string, proposal *cmtproto.Proposal) error {
	if s.muted() != "" {
		return errMuted
	}
	if err := s.FilePV.SignProposal(chainID, proposal); err != nil {
		return err
	}
	return s.durable()
}

// checkBlocks looks for our signature in the stored blocks above the sign state.
func (s *signer) checkBlocks(blocks cmtstate.BlockStore) error {
	for h := blocks.Height(); h > max(blocks.Base()-1, s.last.Load()); h-- {
		for _, commit := range []*cmttypes.Commit{blocks.LoadSeenCommit(h), blocks.LoadBlockCommit(h)} {
			if commit == nil {
				continue
			}
			for _, vote := range commit.Signatures {
				if vote.BlockIDFlag != cmttypes.BlockIDFlagAbsent && bytes.Equal(vote.ValidatorAddress, s.address) {
					return s.outdated(h)
				}
			}
		}
	}
	return nil
}

// checkCommit looks for our signature among the votes on block height, unless
// the sign state has it.
func (s *signer) checkCommit(height int64, votes *abci.CommitInfo) error {
	if s == nil || height <= s.last.Load() || s.muted() != "" {
		return nil
	}
	for _, vote := range votes.Votes {
		if vote.BlockIdFlag != cmtproto.BlockIDFlagAbsent && bytes.Equal(vote.Validator.Address, s.address) {
			return s.outdated(height)
		}
	}
	return nil
}

func (s *signer) outdated(height int64) error {
	err := fmt.Errorf("block %d has this validator's signature, but its sign state %s ends at %d: the file or the whole data directory is an old copy or a new one, or another machine runs with this node key, so this node could vote twice on a block: %s",
		height, filepath.Join(s.dir, signStateFile), s.last.Load(), signStateRemedy)
	if s.governed {
		s.silence(err)
		return nil
	}
	return err
}

// errMuted is what consensus is told.
var errMuted = errors.New("this node has lost its sign state and signs nothing")

// silence keeps the signer from signing until the node is started again.
func (s *signer) silence(err error) {
	text := err.Error()
	if s.mute.CompareAndSwap(nil, &text) {
		log.Error("This node follows the chain and does not vote", "service", "poa", "reason", text)
	}
}

// muted is why it signs nothing, "" if it does.
func (s *signer) muted() string {
	if text := s.mute.Load(); text != nil {
		return *text
	}
	return ""
}

// durable completes what FilePV began: it writes the state to a new file with
// O_SYNC and renames it, but a power failure may undo a rename whose directory
// was not synced. The signature must not leave before.
func (s *signer) durable() error {
	s.note()
	if err := whole.SyncDir(s.dir); err != nil {
		return fmt.Errorf("sync the sign state: %w", err)
	}
	return nil
}

// observerKey is the key of a node outside of the validator set. CometBFT wants
// a signer even so, and never asks it as its address is in no set. It is not the
// node key, so that nothing is signed with that here.
func observerKey() (*signer, error) {
	key, err := crypto.GenerateKey()
	if err != nil {
		return nil, fmt.Errorf("make an observer's key: %w", err)
	}
	s := newSigner(key, "", os.DevNull)
	s.last.Store(math.MaxInt64) // nothing of its own to look for
	return s, nil
}

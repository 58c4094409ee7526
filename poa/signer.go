package poa

import (
	"crypto/ecdsa"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	cmtjson "github.com/cometbft/cometbft/libs/json"
	"github.com/cometbft/cometbft/privval"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	"github.com/ethereum/go-ethereum/crypto"
)

// signStateFile remembers the last vote signed, in the driver's directory. It
// is what keeps a validator from voting twice differently after a restart, for
// which others could prove it guilty and which could split the chain.
const signStateFile = "sign-state.json"

// signer signs votes with the node key. The key stays in memory; of CometBFT's
// file signer only the sign state is written.
type signer struct {
	*privval.FilePV
	dir string
}

// openSigner reads the sign state, or begins one if this node can't have voted
// yet. started says that there are blocks on this node.
func openSigner(dir string, key *ecdsa.PrivateKey, started bool) (*signer, error) {
	path := filepath.Join(dir, signStateFile)
	s := &signer{FilePV: privval.NewFilePV(validatorKey(key), "", path), dir: dir}
	raw, err := os.ReadFile(path)
	switch {
	case errors.Is(err, os.ErrNotExist) && started:
		return nil, missingSignState(path)
	case errors.Is(err, os.ErrNotExist):
		s.LastSignState.Save() // before the first block is stored, so that the file is always older than the chain
		return s, syncDir(dir)
	case err != nil:
		return nil, fmt.Errorf("read the sign state: %w", err)
	}
	// NewFilePV starts with an empty state and never reads the file.
	if err := cmtjson.Unmarshal(raw, &s.LastSignState); err != nil {
		return nil, fmt.Errorf("the sign state %s is damaged (%w); %s", path, err, signStateRemedy)
	}
	if st := &s.LastSignState; st.Height < 0 || st.Round < 0 || st.Step < 0 || st.Step > 3 || (st.SignBytes == nil) != (st.Signature == nil) {
		return nil, fmt.Errorf("the sign state %s is damaged; %s", path, signStateRemedy)
	}
	return s, nil
}

const signStateRemedy = `restore the newest copy, or, if there is none, make sure that no other machine runs with this node key, ` +
	`take a block number N that the network will reach only after now, and write {"height":"N","round":0,"step":3} to the file: ` +
	`the node then follows the chain and votes again from block N+1`

func missingSignState(path string) error {
	return fmt.Errorf("this node is a validator and has blocks, but its sign state %s is missing, so it could vote twice on a block: %s", path, signStateRemedy)
}

// SignVote implements CometBFT's PrivValidator.
func (s *signer) SignVote(chainID string, vote *cmtproto.Vote) error {
	if err := s.FilePV.SignVote(chainID, vote); err != nil {
		return err
	}
	return s.durable()
}

// SignProposal implements CometBFT's PrivValidator.
func (s *signer) SignProposal(chainID string, proposal *cmtproto.Proposal) error {
	if err := s.FilePV.SignProposal(chainID, proposal); err != nil {
		return err
	}
	return s.durable()
}

// durable completes what FilePV began: it writes the state to a new file with
// O_SYNC and renames it, but a power failure may undo a rename whose directory
// was not synced. The signature must not leave before.
func (s *signer) durable() error {
	if err := syncDir(s.dir); err != nil {
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
	return &signer{FilePV: privval.NewFilePV(validatorKey(key), "", os.DevNull)}, nil
}

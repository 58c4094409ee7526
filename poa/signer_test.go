package poa

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	"github.com/ethereum/go-ethereum/crypto"
)

func testVote(height int64, block byte) *cmtproto.Vote {
	hash := crypto.Keccak256([]byte{block})
	return &cmtproto.Vote{Type: cmtproto.PrecommitType, Height: height, Timestamp: time.Unix(1_700_000_000, 0),
		BlockID: cmtproto.BlockID{Hash: hash, PartSetHeader: cmtproto.PartSetHeader{Total: 1, Hash: hash}}}
}

// TestNeverVotesTwice: after a restart, too, a validator doesn't vote for
// another block at a height, nor at a height below.
func TestNeverVotesTwice(t *testing.T) {
	key, _ := crypto.GenerateKey()
	dir := t.TempDir()
	s, err := openSigner(dir, key, false)
	if err != nil {
		t.Fatal(err)
	}
	first := testVote(7, 1)
	if err := s.SignVote("net", first); err != nil {
		t.Fatal(err)
	}
	if s, err = openSigner(dir, key, true); err != nil {
		t.Fatal(err)
	}
	again := testVote(7, 1)
	if err := s.SignVote("net", again); err != nil || string(again.Signature) != string(first.Signature) {
		t.Errorf("the same vote again: %v", err)
	}
	for name, v := range map[string]*cmtproto.Vote{"another block": testVote(7, 2), "an older height": testVote(6, 1)} {
		if err := s.SignVote("net", v); err == nil || len(v.Signature) != 0 {
			t.Errorf("voted for %s", name)
		}
	}
	if err := s.SignProposal("net", &cmtproto.Proposal{Type: cmtproto.ProposalType, Height: 7}); err == nil {
		t.Error("proposed at a height voted on")
	}
	if err := s.SignVote("net", testVote(8, 2)); err != nil {
		t.Errorf("the next height: %v", err)
	}
	if files, _ := os.ReadDir(dir); len(files) != 1 {
		t.Errorf("more than the sign state was written: %v", files)
	}
	raw, _ := os.ReadFile(filepath.Join(dir, signStateFile))
	if strings.Contains(string(raw), "priv") {
		t.Error("the key was written")
	}
}

func TestSignStateMissingOrDamaged(t *testing.T) {
	key, _ := crypto.GenerateKey()
	dir := t.TempDir()
	path := filepath.Join(dir, signStateFile)
	_, err := openSigner(dir, key, true)
	if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "geth-ss poa resume") {
		t.Errorf("missing: %v", err)
	}
	for _, content := range []string{"", "{", `{"height":"-1","round":0,"step":3}`, `{"height":"1","round":0,"step":9}`, `{"height":"1","round":0,"step":3,"signbytes":"00"}`} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := openSigner(dir, key, true); err == nil || !strings.Contains(err.Error(), "damaged") {
			t.Errorf("%q: %v", content, err)
		}
	}
	// The way out, as poa resume writes it.
	if err := os.WriteFile(path, []byte(`{"height":"100","round":0,"step":3}`), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := openSigner(dir, key, true)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SignVote("net", testVote(100, 1)); err == nil {
		t.Error("voted at the height of the way out")
	}
	if err := s.SignVote("net", testVote(101, 1)); err != nil {
		t.Errorf("above the height of the way out: %v", err)
	}
}

package poa

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	"github.com/ethereum/go-ethereum/crypto"
)

// TestSignStateIsReadOrRefused: whatever a sign state loses, and whichever of its letters is another, it is refused or still
// says what was signed. One that were read as less would let the validator vote twice.
func TestSignStateIsReadOrRefused(t *testing.T) {
	key, _ := crypto.GenerateKey()
	for what, sign := range map[string]func(*signer) error{
		"vote": func(s *signer) error { return s.SignVote("net", testVote(7123, 1)) },
		"proposal": func(s *signer) error {
			return s.SignProposal("net", &cmtproto.Proposal{Type: cmtproto.ProposalType, Height: 7123, Round: 2})
		},
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, signStateFile)
		s, err := openSigner(dir, key, false)
		if err != nil {
			t.Fatal(err)
		}
		if err := sign(s); err != nil {
			t.Fatal(err)
		}
		want := s.LastSignState
		good, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		check := func(text []byte) {
			t.Helper()
			if err := os.WriteFile(path, text, 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := openSigner(dir, key, true)
			if err != nil {
				if !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "geth-ss poa resume") {
					t.Errorf("%s: refused without file and way out: %v", what, err)
				}
				return
			}
			if have := s.LastSignState; have.Height != want.Height || have.Round != want.Round || have.Step != want.Step || !bytes.Equal(have.SignBytes, want.SignBytes) {
				t.Fatalf("%s: read as height %d, round %d, step %d:\n%s", what, have.Height, have.Round, have.Step, text)
			}
		}
		check(good)
		for at := range good {
			changed := bytes.Clone(good)
			changed[at] = "01x\" "[at%5]
			check(changed)
			for digit := byte('0'); digit <= '9' && good[at] >= '0' && good[at] <= '9'; digit++ {
				changed[at] = digit // another number, well formed
				check(changed)
			}
			if at%4 == 0 {
				check(good[:at])
				check(append(bytes.Clone(good[:at]), good[min(at+20, len(good)):]...))
			}
		}
	}
}

// TestSignStateThatCantBeRead is not one that is not there, whether or not there are blocks yet.
func TestSignStateThatCantBeRead(t *testing.T) {
	key, _ := crypto.GenerateKey()
	for what, damage := range map[string]func(path string) error{
		"empty":           func(path string) error { return os.WriteFile(path, nil, 0o600) },
		"directory":       func(path string) error { return os.Mkdir(path, 0o700) },
		"link to nothing": func(path string) error { return os.Symlink(path+".gone", path) },
	} {
		for _, started := range []bool{false, true} {
			dir := t.TempDir()
			path := filepath.Join(dir, signStateFile)
			if err := damage(path); err != nil {
				t.Fatal(err)
			}
			before, _ := os.Lstat(path)
			for _, err := range []error{func() error { _, err := openSigner(dir, key, started); return err }(), CheckFiles(dir)} {
				if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "geth-ss poa resume") {
					t.Errorf("%s: %v", what, err)
				}
			}
			if after, err := os.Lstat(path); err != nil || after.Mode() != before.Mode() || !after.ModTime().Equal(before.ModTime()) {
				t.Errorf("%s: replaced", what)
			}
		}
	}
}

// TestSignStateOfAnotherKey is refused: it says nothing of what this key has signed.
func TestSignStateOfAnotherKey(t *testing.T) {
	one, _ := crypto.GenerateKey()
	other, _ := crypto.GenerateKey()
	dir := t.TempDir()
	s, err := openSigner(dir, one, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SignVote("net", testVote(7, 1)); err != nil {
		t.Fatal(err)
	}
	if _, err := openSigner(dir, other, true); err == nil || !strings.Contains(err.Error(), "another node key") {
		t.Errorf("another key: %v", err)
	}
	if _, err := openSigner(dir, one, true); err != nil {
		t.Error(err)
	}
}

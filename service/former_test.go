package service

import (
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"

	"github.com/geth-ss/geth-ss/protocol/ecies"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// formerStores are the directories of two key servers as the last program that spoke ss/1 alone left them, commit d629915: a key
// with a document (1), an attempt that both have promised and nobody has the certificate of (2), one whose certificate the first
// server has alone (3), and evidence. A file is a line with its name and then what is in it.
const formerStores = "testdata/former-stores.txt"

// unpackFormer writes them, and gives their directories.
func unpackFormer(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(formerStores)
	if err != nil {
		t.Fatal(err)
	}
	dirs := []string{t.TempDir(), t.TempDir()}
	name := regexp.MustCompile(`(?m)^-- ([01])/(\S+)( base64)? --\n`)
	for at, next := name.FindSubmatchIndex(text), []int(nil); at != nil; at = next {
		header := name.FindSubmatch(text)
		text = text[at[1]:]
		content := text
		if next = name.FindSubmatchIndex(text); next != nil {
			content = text[:next[0]]
		}
		if len(header[3]) > 0 {
			if content, err = base64.StdEncoding.DecodeString(strings.ReplaceAll(string(content), "\n", "")); err != nil {
				t.Fatal(err)
			}
		}
		path := filepath.Join(dirs[header[1][0]-'0'], string(header[2]))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dirs
}

// TestFormerStores: what the program of before has left is used by this one. A key is read and signed with, what was cut off is
// completed or given up, and evidence convicts.
func TestFormerStores(t *testing.T) {
	dirs := unpackFormer(t)
	c := newClusterIn(t, 0, dirs, []byte("secret"))
	author := c.NewClient("author")
	asking := func(number int) (wire.KeyID, *wire.Requester) {
		id := sessiontest.KeyID(number)
		who, err := author.Proof(id).Recover(wire.Act{Key: id})
		if err != nil {
			t.Fatal(err)
		}
		return id, who
	}
	t.Run("a key", func(t *testing.T) {
		id, who := asking(1)
		for _, s := range c.nodes {
			c.formerKey(t, s, id, who)
		}
	})
	t.Run("an attempt without its certificate", func(t *testing.T) {
		id, who := asking(2)
		before := c.stateOf(c.nodes[1], id)
		if before.Attempt == nil || before.Pending == nil {
			t.Fatalf("there is no attempt: %+v", before)
		}
		if _, err := c.nodes[1].ServerKey(t.Context(), who, id); wire.ReasonOf(err) != wire.KeyNotFound {
			t.Errorf("asked for: %v", err)
		}
		if s := c.stateOf(c.nodes[1], id); !s.Abandoned(before.Attempt.Session()) || s.Attempt != nil || s.Pending != nil {
			t.Error("it is not given up")
		}
		if _, err := c.nodes[1].GenerateServerKey(t.Context(), who, id, 1); err != nil {
			t.Errorf("its id is not free: %v", err)
		}
		c.usable(t, id, who)
	})
	t.Run("an attempt with its certificate", func(t *testing.T) {
		id, who := asking(3)
		record, before := c.stateOf(c.nodes[0], id).Record, c.stateOf(c.nodes[1], id)
		if record == nil || record.Confirmed() || before.Pending == nil || before.Attempt.Session() != record.Version() {
			t.Fatalf("there is no attempt: %v, %v", record, before)
		}
		if key, err := c.nodes[1].ServerKey(t.Context(), who, id); err != nil || key.Version != record.Version() {
			t.Errorf("asked for: %v, %v", key, err)
		}
		c.usable(t, id, who)
	})
	t.Run("evidence", func(t *testing.T) {
		files := filesIn(t, filepath.Join(dirs[0], "evidence"))
		if len(files) != 2 {
			t.Fatalf("%d files", len(files))
		}
		for _, path := range files {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if f, err := VerifyEvidence(bytes.NewReader(text)); err != nil || !strings.Contains(string(text), f.Culprit.String()) {
				t.Errorf("%s: %v, %v", filepath.Base(path), f, err)
			}
		}
	})
}

func (c *cluster) stateOf(s *testServer, id wire.KeyID) *session.State {
	c.t.Helper()
	state, err := s.states.read(id)
	if err != nil {
		c.t.Fatal(err)
	}
	return state
}

// formerKey reads the document of the key, and signs with it.
func (c *cluster) formerKey(t *testing.T, s *testServer, id wire.KeyID, who *wire.Requester) {
	t.Helper()
	secret, err := secp256k1.FromPrivateKey(c.NewClient("author").Key)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := s.DocumentKey(t.Context(), who, id)
	if err != nil {
		t.Fatal(err)
	}
	want := c.Encrypt(c.stateOf(s, id).Record, 1).Key.Bytes()
	if got, err := ecies.Open(secret, sealed); err != nil || !bytes.Equal(got, want[:]) {
		t.Errorf("its document key is another: %v", err)
	}
	c.signs(t, s, id, who)
}

// usable tells that both servers hold a key, and sign with it.
func (c *cluster) usable(t *testing.T, id wire.KeyID, who *wire.Requester) {
	t.Helper()
	for _, s := range c.nodes {
		c.until("both hold the key", func() bool {
			state := c.stateOf(s, id)
			return state.Record != nil && state.Record.Confirmed() && state.Share != nil && state.Pending == nil
		})
		c.signs(t, s, id, who)
	}
}

func (c *cluster) signs(t *testing.T, s *testServer, id wire.KeyID, who *wire.Requester) {
	t.Helper()
	if _, err := s.Sign(t.Context(), who, id, wire.Schnorr, common.Hash{0x5e}); err != nil {
		t.Errorf("signing: %v", err)
	}
}

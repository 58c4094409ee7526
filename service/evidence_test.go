package service

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ethereum/go-ethereum/crypto"
	"github.com/geth-ss/geth-ss/protocol/evidence"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// cheater signs what no honest node does.
func cheater(t *testing.T) *session.NodeKey {
	t.Helper()
	key, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	return session.NewNodeKey(key)
}

// convicted is a fault with evidence; number tells several apart.
func convicted(who *session.NodeKey, number byte) session.Fault {
	c := &wire.TwoPromises{Cluster: wire.ClusterID{1}, Holder: who.ID(), Key: wire.KeyID{2}, Version: wire.SessionID{3, number}}
	for i, p := range []*wire.Promise{&c.A, &c.B} {
		p.Common, p.Encrypted = wire.Point{byte(i)}, wire.Point{9}
		p.Signature = who.Sign(wire.StoreDigest(c.Cluster, &wire.DocumentRecord{Key: c.Key, Version: c.Version, Common: p.Common, Encrypted: p.Encrypted}))
	}
	return session.Fault{Node: who.ID(), Detail: "promised two document keys", Evidence: c}
}

func filesIn(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// Evidence is written once, for the operator alone, and anybody who is given the file
// comes to the same culprit.
func TestEvidenceIsWritten(t *testing.T) {
	dir, who := filepath.Join(t.TempDir(), "evidence"), cheater(t)
	e := &evidenceFolder{dir: dir, witness: testNode(7)}
	path := e.keep(convicted(who, 0))
	if again := e.keep(convicted(who, 0)); path == "" || again != "" || len(filesIn(t, dir)) != 1 {
		t.Fatalf("wrote %q, then %q", path, again)
	}
	if again := (&evidenceFolder{dir: dir}).keep(convicted(who, 0)); again != "" {
		t.Errorf("wrote the same again after a restart: %s", again)
	}
	if !strings.Contains(filepath.Base(path), "-"+who.ID().Short()+"-") {
		t.Errorf("the name %s does not tell the culprit", path)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	finding, err := VerifyEvidence(bytes.NewReader(text))
	if err != nil || finding.Culprit != who.ID() || finding.Cluster != (wire.ClusterID{1}) || finding.Key != (wire.KeyID{2}) {
		t.Errorf("the file proves %+v, %v", finding, err)
	}
	if path := e.keep(session.Fault{Node: who.ID(), Detail: "nothing to show"}); path != "" {
		t.Errorf("wrote a fault without evidence as %s", path)
	}
}

// There is no kind of evidence that the folder does not write, or that can't be read from
// what it wrote: each is among the cases that protocol/session keeps for its fuzzer.
func TestEvidenceOfEveryKind(t *testing.T) {
	e, kinds := &evidenceFolder{dir: t.TempDir()}, make(map[wire.ConvictionKind]bool)
	for _, kept := range filesIn(t, "../protocol/evidence/testdata/fuzz/FuzzJudge") {
		text, err := os.ReadFile(kept)
		if err != nil {
			t.Fatal(err)
		}
		enc, err := strconv.Unquote(strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(string(text)), "go test fuzz v1\n[]byte("), ")"))
		if err != nil {
			t.Fatalf("%s: %v", kept, err)
		}
		conviction, err := wire.DecodeConviction([]byte(enc))
		if err != nil {
			continue // of the fuzzer's finding
		}
		finding, err := evidence.Judge(conviction)
		if err != nil {
			continue
		}
		path := e.keep(session.Fault{Node: finding.Culprit, Evidence: conviction})
		if path == "" {
			e = &evidenceFolder{dir: t.TempDir()} // full of this culprit's
			path = e.keep(session.Fault{Node: finding.Culprit, Evidence: conviction})
		}
		file, err := os.Open(path)
		if err != nil {
			t.Fatalf("%s: %v", kept, err)
		}
		read, err := VerifyEvidence(file)
		file.Close()
		if err != nil || *read != *finding {
			t.Errorf("%s: proves %+v, %v, want %+v", kept, read, err, finding)
		}
		kinds[finding.Kind] = true
	}
	for kind := wire.ConvictionKind(1); kind.String() != fmt.Sprintf("conviction %d", uint8(kind)); kind++ {
		if !kinds[kind] {
			t.Errorf("no evidence of kind %d, %v", uint8(kind), kind)
		}
	}
}

// A file whose head claims something else, or that is not one, convicts nobody.
func TestEvidenceFileIsNotBelieved(t *testing.T) {
	who := cheater(t)
	e := &evidenceFolder{dir: t.TempDir()}
	text, err := os.ReadFile(e.keep(convicted(who, 0)))
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(f *EvidenceFile){
		"another culprit": func(f *EvidenceFile) { f.Culprit[0] ^= 1 },
		"another cluster": func(f *EvidenceFile) { f.Cluster[0] ^= 1 },
		"another key":     func(f *EvidenceFile) { f.Key[0] ^= 1 },
		"another session": func(f *EvidenceFile) { f.Session[0] ^= 1 },
		"another kind":    func(f *EvidenceFile) { f.Kind = "murder" },
		"cut short":       func(f *EvidenceFile) { f.Evidence = f.Evidence[:len(f.Evidence)-1] },
		"changed":         func(f *EvidenceFile) { f.Evidence[len(f.Evidence)-30] ^= 1 },
		"none":            func(f *EvidenceFile) { f.Evidence = nil },
	} {
		var f EvidenceFile
		if err := json.Unmarshal(text, &f); err != nil {
			t.Fatal(err)
		}
		change(&f)
		bent, err := json.Marshal(&f)
		if err != nil {
			t.Fatal(err)
		}
		if finding, err := VerifyEvidence(bytes.NewReader(bent)); err == nil {
			t.Errorf("%s: convicts %v", name, finding.Culprit)
		}
	}
	for name, bent := range map[string][]byte{
		"empty": nil, "text": []byte("he did it"), "two": append(bytes.Clone(text), text...), "half": text[:len(text)/2],
		"endless": bytes.Repeat([]byte(" "), 2*wire.MaxConvictionSize+1<<17),
	} {
		if _, err := VerifyEvidence(bytes.NewReader(bent)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// A node that breaks the protocol on and on can't fill the disk, nor take the room of
// evidence against others, nor wash out the oldest.
func TestEvidenceIsBounded(t *testing.T) {
	dir, who := t.TempDir(), cheater(t)
	e := &evidenceFolder{dir: dir}
	first := e.keep(convicted(who, 0))
	for i := range 2 * maxEvidencePerNode {
		e.keep(convicted(who, byte(i)))
	}
	if got := len(filesIn(t, dir)); got != maxEvidencePerNode {
		t.Fatalf("%d files against one node", got)
	}
	if _, err := os.Stat(first); err != nil {
		t.Errorf("the oldest is gone: %v", err)
	}
	if (&evidenceFolder{dir: dir}).keep(convicted(who, 200)) != "" {
		t.Error("there is room again after a restart")
	}
	if e.keep(convicted(cheater(t), 0)) == "" {
		t.Error("no room for evidence against another node")
	}
	for i := range maxEvidence {
		e.keep(convicted(cheater(t), byte(i)))
	}
	if got := len(filesIn(t, dir)); got != maxEvidence {
		t.Errorf("%d files in all", got)
	}
}

// A flood of faults is a few lines a minute, and the next line tells how many were left
// out. Another peer has lines of its own.
func TestFaultLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f faultLines
		said := 0
		for range 1000 {
			if _, ok := f.mayLog(testNode(1), false); ok {
				said++
			}
		}
		if said != maxFaultLines {
			t.Errorf("%d lines", said)
		}
		if _, ok := f.mayLog(testNode(2), false); !ok {
			t.Error("another peer is not told of")
		}
		if suppressed, ok := f.mayLog(testNode(1), true); !ok || suppressed != 1000-maxFaultLines {
			t.Errorf("evidence is not told of, or %d were left out", suppressed)
		}
		time.Sleep(faultLinesTime)
		if suppressed, ok := f.mayLog(testNode(1), false); !ok || suppressed != 0 {
			t.Errorf("a minute later: %v, %d left out", ok, suppressed)
		}
	})
}

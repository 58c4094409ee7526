package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service"
)

// evidenceFile is of a holder that has signed two pairs for one key.
func evidenceFile(t *testing.T) (who wire.NodeID, text []byte) {
	t.Helper()
	key, err := crypto.HexToECDSA(strings.Repeat("11", 32))
	if err != nil {
		t.Fatal(err)
	}
	id := session.NewNodeKey(key)
	c := &wire.TwoPromises{Holder: id.ID(), B: wire.Promise{Common: wire.Point{1}}}
	for _, p := range []*wire.Promise{&c.A, &c.B} {
		p.Signature = id.Sign(wire.StoreDigest(c.Cluster, &wire.DocumentRecord{Common: p.Common}))
	}
	enc, err := wire.EncodeConviction(c)
	if err != nil {
		t.Fatal(err)
	}
	text, err = json.Marshal(&service.EvidenceFile{Culprit: id.ID(), Kind: c.Kind().String(), Session: make([]byte, 32), Evidence: enc})
	if err != nil {
		t.Fatal(err)
	}
	return id.ID(), text
}

// What the command says, and how it exits: scripts depend on both.
func TestVerifyEvidence(t *testing.T) {
	who, text := evidenceFile(t)
	path := writeFile(t, "evidence.json", string(text))
	out := run(t, "secretstore", "verify-evidence", path)
	wantMatch(t, out, `(?m)^Culprit: `+who.String()+`$`)
	wantMatch(t, out, `(?m)^Deed:    promised two different document keys for one server key$`)
	wantMatch(t, out, `(?m)^Cluster: 0x0{64}$`)

	stdin := command(t, "secretstore", "verify-evidence", "-")
	stdin.Stdin = strings.NewReader(string(text))
	if piped, err := stdin.Output(); err != nil || string(piped) != out {
		t.Errorf("from standard input: %v\n%s", err, piped)
	}

	bent := writeFile(t, "bent.json", strings.Replace(string(text), who.String()[:10], "0123456789", 1))
	wantMatch(t, fail(t, "secretstore", "verify-evidence", bent), "the head of the file names something else")
	wantMatch(t, fail(t, "secretstore", "verify-evidence", writeFile(t, "empty", "")), "not an evidence file")
	wantMatch(t, fail(t, "secretstore", "verify-evidence", path+".none"), "reading the evidence")
	wantMatch(t, fail(t, "secretstore", "verify-evidence"), "wants one argument")
	if entries, err := os.ReadDir("."); err == nil {
		for _, e := range entries {
			if e.Name() == clientIdentifier {
				t.Error("the command made a data directory")
			}
		}
	}
}

package evidence

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/geth-ss/geth-ss/protocol/courttest"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// evidenceVector is kept evidence and what Judge finds in it.
type evidenceVector struct {
	Name     string              `json:"name"`
	Kind     wire.ConvictionKind `json:"kind"`
	Culprit  wire.NodeID         `json:"culprit"`
	Cluster  wire.ClusterID      `json:"cluster"`
	Key      wire.KeyID          `json:"key"`
	Session  wire.SessionID      `json:"session"`
	Evidence hexutil.Bytes       `json:"evidence"`
}

// TestEvidenceVectors: for other implementations, the evidence that is kept beside FuzzJudge, with what it proves.
func TestEvidenceVectors(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(corpus, "*"))
	courttest.NoError(err)
	var all []evidenceVector
	for _, path := range paths { // in the order of their names
		enc := keptEvidence(path)
		f, err := judgeBytes(enc)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		all = append(all, evidenceVector{filepath.Base(path), f.Kind, f.Culprit, f.Cluster, f.Key, f.Session, enc})
	}
	enc, err := json.MarshalIndent(all, "", " ")
	courttest.NoError(err)
	enc = append(enc, '\n')
	path := filepath.Join("testdata", "evidence.json")
	if *update {
		courttest.NoError(os.WriteFile(path, enc, 0o644))
	}
	if kept, err := os.ReadFile(path); err != nil || !bytes.Equal(kept, enc) {
		t.Errorf("%s is not what is found in the evidence beside FuzzJudge (%v): run with -update", path, err)
	}
}

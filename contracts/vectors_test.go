package contracts

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
)

// Every function and event that Parity's nodes and contracts know stands in an ABI
// here, under the selector or topic that they use.
func TestParityABIVectors(t *testing.T) {
	var want struct {
		Selectors map[string]hexutil.Bytes `json:"function_selectors"`
		Topics    map[string]common.Hash   `json:"event_topics"`
		Names     map[string]common.Hash   `json:"registry_name_hashes"`
	}
	readJSON(t, "testdata/parity-abi.json", &want)
	files, err := filepath.Glob("abi/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no ABIs: %v", err)
	}
	selectors, topics := map[string]hexutil.Bytes{}, map[string]common.Hash{}
	for _, file := range files {
		var parsed abi.ABI
		readJSON(t, file, &parsed)
		for _, m := range parsed.Methods {
			selectors[m.Sig] = m.ID
		}
		for _, e := range parsed.Events {
			topics[e.Sig] = e.ID
		}
	}
	for sig, id := range want.Selectors {
		if got := selectors[sig]; got.String() != id.String() {
			t.Errorf("%s: selector %s, want %s", sig, got, id)
		}
	}
	for sig, id := range want.Topics {
		if topics[sig] != id {
			t.Errorf("%s: topic %s, want %s", sig, topics[sig], id)
		}
	}
	for name, hash := range want.Names {
		if NameHash(name) != hash {
			t.Errorf("%s: hash %s, want %s", name, NameHash(name), hash)
		}
	}
	if len(want.Selectors) != 89 || len(want.Topics) != 29 || len(want.Names) != 7 {
		t.Fatal("the vectors are not whole")
	}
}

func readJSON(t *testing.T, path string, into any) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(raw, into)
	}
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

package secretstore

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// setVectors is what of the vectors a person has in files.
type setVectors struct {
	Sets []struct {
		Set  *wire.ServerSet `json:"set"`
		Hash common.Hash     `json:"hash"`
	} `json:"sets"`
	Links []struct {
		Link *wire.SetLink `json:"link"`
	} `json:"links"`
	False []struct {
		From uint64        `json:"from"`
		Link *wire.SetLink `json:"link"`
		Says string        `json:"says"`
	} `json:"false"`
	Versions []struct {
		Version wire.SessionID  `json:"version"`
		Record  json.RawMessage `json:"record"`
	} `json:"versions"`
	Receipts []struct {
		Name string          `json:"name"`
		Says string          `json:"says"`
		File json.RawMessage `json:"receipt"`
	} `json:"receipts"`
}

func (v *setVectors) told(t *testing.T, links int, more ...*wire.SetLink) *wire.SetsTold {
	t.Helper()
	told := &wire.SetLinks{First: v.Sets[0].Set}
	for _, l := range v.Links[:links] {
		told.Links = append(told.Links, *l.Link)
	}
	for _, l := range more {
		told.Links = append(told.Links, *l)
	}
	return told.Told(1337, v.Sets[links].Set)
}

// TestVerifyReceiptOffline: a receipt of a later set is checked by what the publisher told of set 0, and a file of links. One that is false
// says so; links alone, or a set alone, are not enough; and after the end of a set its receipts do not count.
func TestVerifyReceiptOffline(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../../protocol/verify/testdata/serversets.json")
	if err != nil {
		t.Fatal(err)
	}
	v, dir := new(setVectors), t.TempDir()
	if err := json.Unmarshal(text, v); err != nil {
		t.Fatal(err)
	}
	file := func(name string, value any) string {
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	run := func(want string, args ...string) {
		t.Helper()
		out, err := command(t, append([]string{"secretstore"}, args...)...).CombinedOutput()
		if (err == nil) != (strings.HasPrefix(want, "Valid:") || want == `"setEpoch":7`) || !strings.Contains(string(out), want) {
			t.Errorf("%.300q: %s, want %q", args, out, want)
		}
	}
	origin, set := hexutil.Encode(v.Versions[0].Version[:]), v.Sets[0].Hash.Hex()
	links := file("links.json", v.told(t, 7))
	lie := file("false.json", v.told(t, int(v.False[0].From), v.False[0].Link))
	record := file("record.json", v.Versions[7].Record)
	for i, r := range v.Receipts {
		path := file("receipt.json", r.File)
		says := r.Says
		switch {
		case r.Name == "of set 7":
			says = "Valid:     yes"
			run("give --links", "verify-receipt", "--key-version", origin, "--set", set, "--record", record, path)
			run("give --set", "verify-receipt", "--key-version", origin, "--links", links, "--record", record, path)
			run("is not known here: give --set", "verify-receipt", "--key-version", origin, path)
			run(`"setEpoch":7`, "verify-receipt", "--key-version", origin, "--set", set, "--links", links, "--record", record, "--json", path)
			run("none of the 8 server sets", "verify-receipt", "--key-version", origin, "--set", common.Hash{1}.Hex(), "--links", links, "--record", record, path)
			run(v.False[0].Says, "verify-receipt", "--key-version", origin, "--set", set, "--links", lie, "--record", record, path)
			run("Valid:     yes", "verify-receipt", "--key-version", origin, "--set", v.Sets[7].Hash.Hex(), "--links", links, "--record", record, path)
			run("Valid:     yes", "verify-receipt", "--key-version", origin, "--set", set, "--links", links, "--record", record, path)
		case i > 2:
			continue
		case says == "":
			run("Valid:     yes", "verify-receipt", "--key-version", origin, "--set", set, "--links", links, path)
		default:
			run(says, "verify-receipt", "--key-version", origin, "--set", set, "--links", links, path)
		}
	}
	// The file of links comes from a key server.
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		newest := v.Sets[7].Set
		if strings.HasSuffix(r.URL.Path, "/cluster") {
			info := wire.NewClusterInfo(1337, newest.Cluster, "test", newest.Members, 0)
			ref := newest.Ref()
			info.Set, info.Block = &ref, &wire.BlockInfo{Number: 9, Timestamp: uint64(time.Now().Unix())}
			json.NewEncoder(w).Encode(info)
			return
		}
		json.NewEncoder(w).Encode(v.told(t, 7))
	}))
	defer server.Close()
	written := filepath.Join(dir, "written.json")
	out, err := command(t, "secretstore", "server-sets", "--known", filepath.Join(dir, "known"), "--node", server.URL, "--set", set, "--out", written).CombinedOutput()
	if err != nil || !strings.Contains(string(out), v.Sets[7].Hash.Hex()) {
		t.Fatalf("%v: %s", err, out)
	}
	run("Valid:     yes", "verify-receipt", "--key-version", origin, "--set", set, "--links", written, "--record", record, file("receipt.json", v.Receipts[7].File))
}

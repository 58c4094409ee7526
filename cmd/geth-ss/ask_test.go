package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
)

// TestStatusReport: what is wrong with a key server can be read off its status.
func TestStatusReport(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	var st nodeReport
	if err := json.Unmarshal([]byte(`{"version":"1.0","id":"0xaabbccddee","protocol":"ss/2","cluster":"main","servers":["a","b","c"],"connected":2,
		"acl":"contract 0x01","contract":{"address":"0x01","found":false,"reason":"there is no contract at the address"},
		"findings":[{"level":"error","subject":"permissions","what":"nobody is admitted: there is no contract at 0x01","do":"deploy\u0007it"}],
		"consensus":{"findings":[{"level":"warning","subject":"consensus","what":"slow"}]},
		"running":true,"keys":3,"shares":2,"path":"/data","head":{"number":12},"final":{"number":11,"age":75.4},"maxAge":60,"fresh":false,
		"margins":{"lowest":-1,"endangered":2,"unreadable":1,"keys":[{"id":"0x77","margin":-1}],"checked":"2026-01-02T03:03:05Z"},
		"peers":[{"id":"0x1122334455","address":"10.0.0.1:30303","state":"connected","since":"2026-01-02T03:04:00Z","latencyMs":1.25,"faults":1,"lastFault":"bad partial"},
			{"id":"0x66778899aa","address":"10.0.0.2:30303","state":"other cluster","reason":"other genesis block","lastSeen":"2026-01-02T03:04:03Z"},
			{"id":"0x5566778899","address":"10.0.0.3:30303","state":"waiting","lastError":"connection refused"},
			{"id":"0x8899001122","address":"10.0.0.5:30303","state":"waiting","lastError":"\u001b[2Jcleared"},
			{"id":"0x7788990011","address":"10.0.0.4:30303","state":"connected","latencyMs":1,"difference":"it says: made among 5 key servers, this one lists 4"}]}`), &st); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	st.write(&out, now)
	for _, want := range []string{
		"2 of 3 key servers", "(there is no contract at the address)", "head 12, final block 11, 75 s old: OLDER THAN 60 s",
		"lowest margin -1, 2 endangered, 1 unreadable, holders asked 1m0s ago", "0x77 has -1 holders",
		"connected      5s     1.2 ms   1       last fault: bad partial",
		"other genesis block; lost 2s ago", "connection refused; never seen",
		"ERROR: permissions: nobody is admitted: there is no contract at 0x01\n  To do: deploy?it\n", "WARNING: consensus: slow", "?[2Jcleared",
		"0       differs: it says: made among 5 key servers, this one lists 4",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the status does not say %q:\n%s", want, &out)
		}
	}
}

// TestStatusGivenUp: who has given up often is shown, with what it may mean, and is no reason to look after the node;
// a few times are no news.
func TestStatusGivenUp(t *testing.T) {
	for name, c := range map[string]struct {
		answer string
		want   []string
	}{
		"an older node": {`{}`, nil},
		"nothing":       {`{"givenUp":{"attempts":{"count":0,"worst":null},"openings":{"count":0,"worst":null}}}`, nil},
		"a few": {`{"givenUp":{"attempts":{"count":300,"worst":{"node":"0x1122334455","key":"0x77","count":8}},
			"openings":{"count":300,"worst":{"node":"0x1122334455","key":"0x77","count":8}}}}`, nil},
		"many": {`{"givenUp":{"attempts":{"count":12,"worst":{"node":"0x1122334455","key":"0x77","count":9}},
			"openings":{"count":40,"worst":{"node":"0x66778899aa","key":"0x88","count":33}}}}`, []string{
			"Given up:     11223344 gave up 9 attempts at key 0x77 when it could already know the result, of 12 given up like this in all; slow links cause that, too\n",
			"Given up:     66778899 gave up 33 ECDSA signatures by key 0x88 when it could already know the result, of 40 given up like this in all; slow links cause that, too\n"}},
	} {
		var st nodeReport
		if err := json.Unmarshal([]byte(c.answer), &st); err != nil {
			t.Fatal(err)
		}
		st.Running, st.Fresh = true, true
		var out strings.Builder
		st.write(&out, time.Now())
		for _, want := range c.want {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%s: the status does not say %q:\n%s", name, want, &out)
			}
		}
		if n := strings.Count(out.String(), "Given up"); n != len(c.want) || st.bad() {
			t.Errorf("%s: %d lines, bad is %t", name, n, st.bad())
		}
	}
}

// TestStatusExit: who runs status in a script learns whether somebody has to look after the node.
func TestStatusExit(t *testing.T) {
	fine := `"running":true,"fresh":true`
	for name, c := range map[string]struct {
		answer string
		bad    bool
	}{
		"all is well":                  {`{` + fine + `,"findings":[]}`, false},
		"a warning":                    {`{` + fine + `,"findings":[{"level":"warning"}]}`, false},
		"an error":                     {`{` + fine + `,"findings":[{"level":"warning"},{"level":"error"}]}`, true},
		"an error of consensus":        {`{` + fine + `,"consensus":{"findings":[{"level":"error"}]}}`, true},
		"not running":                  {`{"fresh":true}`, true},
		"stale":                        {`{"running":true}`, true},
		"an old node with lost keys":   {`{` + fine + `,"margins":{"unreadable":1}}`, true},
		"an old node with other rules": {`{` + fine + `,"consensus":{"differ":[{}]}}`, true},
	} {
		var st nodeReport
		if err := json.Unmarshal([]byte(c.answer), &st); err != nil {
			t.Fatal(err)
		}
		if st.bad() != c.bad {
			t.Errorf("%s: bad is %t", name, st.bad())
		}
	}
}

// TestAccessReport: each node's verdict is one line.
func TestAccessReport(t *testing.T) {
	var a accessReport
	if err := json.Unmarshal([]byte(`{"requester":"0x01","key":"0x02","block":{"number":9},"verdict":"denied","needed":2,"granted":1,"documentStored":false,
		"nodes":[{"node":"0x1122334455","state":"answered","holder":true,"answer":"granted","block":{"number":9},"head":{"number":10},"elapsedMs":2.5},
			{"node":"0x66778899aa","state":"not connected","holder":false,"reason":"waiting: connection refused","elapsedMs":0}]}`), &a); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	a.write(&out)
	for _, want := range []string{
		"denied: 1 holders say yes, 2 are needed", "NO DOCUMENT KEY IS STORED",
		"11223344  yes     granted        9      10    2.5 ms", "66778899  no      not connected", "waiting: connection refused",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the explanation does not say %q:\n%s", want, &out)
		}
	}
}

// TestExplainOfOneself: the endpoint is an argument or --rpc, and what asks about itself signs the key id, by --key or beforehand.
func TestExplainOfOneself(t *testing.T) {
	var asked string
	node := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		var call struct{ ID, Params json.RawMessage }
		if err := json.NewDecoder(in.Body).Decode(&call); err != nil {
			t.Error(err)
		}
		asked += string(call.Params)
		out.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(out, `{"jsonrpc":"2.0","id":%s,"result":{"verdict":"denied"}}`, call.ID)
	}))
	defer node.Close()
	key, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	file := writeFile(t, "key", hex.EncodeToString(crypto.FromECDSA(key)))
	os.Chmod(file, 0o600)
	who, id := crypto.PubkeyToAddress(key.PublicKey).Hex(), crypto.Keccak256Hash([]byte("a key"))
	made, err := crypto.Sign(id[:], key)
	if err != nil {
		t.Fatal(err)
	}
	signature := hexutil.Encode(made)
	for _, c := range []struct {
		args   []string
		params string // "" where nothing is asked
		says   string
	}{
		{[]string{who, id.Hex(), node.URL}, fmt.Sprintf("[%q,%q]", who, id), "Verdict:"},
		{[]string{"--rpc", node.URL, who, id.Hex()[2:]}, fmt.Sprintf("[%q,%q]", who, id), "Verdict:"},
		{[]string{"--rpc", node.URL, "--key", file, who, id.Hex()}, fmt.Sprintf("[%q,%q,%q]", who, id, signature), "Verdict:"},
		{[]string{"--rpc", node.URL, "--signature", signature, who, id.Hex()}, fmt.Sprintf("[%q,%q,%q]", who, id, signature), "Verdict:"},
		{[]string{"--rpc", node.URL, "--signature", signature, "--key", file, who, id.Hex()}, "", "give only one"},
		{[]string{"--rpc", node.URL, who, id.Hex(), node.URL}, "", "given twice"},
		{[]string{"--rpc", node.URL, "--key", file, who, "0x12"}, "", "is not the id of a key"},
		{[]string{"--rpc", node.URL, "--key", file + ".none", who, id.Hex()}, "", "reading the key"},
	} {
		asked = ""
		out, _ := command(t, append([]string{"secretstore", "explain"}, c.args...)...).CombinedOutput()
		if !strings.Contains(string(out), c.says) {
			t.Errorf("%q says, without %q:\n%s", c.args, c.says, out)
		}
		if asked != c.params {
			t.Errorf("%q asks %s, want %s", c.args, asked, c.params)
		}
	}
}

package secretstore

import (
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/geth-ss/geth-ss/internal/nettest"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// as runs a command of the desk with variables in its environment.
func (d *desk) as(t *testing.T, env []string, args ...string) (said string, ok bool) {
	t.Helper()
	cmd := command(t, args...)
	cmd.Dir, cmd.Env = d.dir, append(cmd.Env, env...)
	out, err := cmd.CombinedOutput()
	return string(out), err == nil
}

// TestAddressesByEnvironment: GETH_SS_NODE and GETH_SS_RPC are what is asked without --node and --rpc, and the line wins over them.
func TestAddressesByEnvironment(t *testing.T) {
	t.Parallel()
	const nowhere = "http://127.0.0.1:1"
	publish, grant := []string{"secretstore", "publish", "--key", "me.key"}, []string{"secretstore", "grant", "--key", "me.key"}
	to := []string{someID, someReader}
	for name, c := range map[string]struct {
		env  []string
		args []string
		sent int
		want string
	}{
		"both":                       {[]string{"GETH_SS_NODE=STORE", "GETH_SS_RPC=CHAIN"}, append(publish, "note.txt"), 1, "the test's"},
		"several":                    {[]string{"GETH_SS_NODE=" + nowhere + ", STORE", "GETH_SS_RPC=" + nowhere + ",CHAIN"}, append(publish, "note.txt"), 1, nowhere},
		"the line wins":              {[]string{"GETH_SS_NODE=" + nowhere, "GETH_SS_RPC=" + nowhere}, append(publish, "--node", "STORE", "--rpc", "CHAIN", "note.txt"), 1, "the test's"},
		"empty is none":              {[]string{"GETH_SS_NODE=", "GETH_SS_RPC="}, append(publish, "note.txt"), 0, "give --rpc"},
		"nothing":                    {nil, append(grant, to...), 0, "give --rpc"},
		"a grant by the chain alone": {[]string{"GETH_SS_RPC=CHAIN"}, append(grant, to...), 1, "in block 8"},
		"a grant, compared":          {[]string{"GETH_SS_RPC=CHAIN", "GETH_SS_NODE=STORE"}, append(grant, to...), 1, "in block 8"},
		"a grant, nobody to compare": {[]string{"GETH_SS_RPC=CHAIN", "GETH_SS_NODE=" + nowhere}, append(grant, to...), 0, "connection refused"},
		"nothing is claimed":         {[]string{"GETH_SS_NODE=STORE", "GETH_SS_RPC=CHAIN"}, append(publish, "--unclaimed", "note.txt"), 0, "the test's"},
		"contracts":                  {[]string{"GETH_SS_RPC=CHAIN"}, []string{"contracts", "show"}, 0, testContract.Hex()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			fill := strings.NewReplacer("STORE", d.store, "CHAIN", d.node.URL)
			env, args := make([]string, len(c.env)), make([]string, len(c.args))
			for i := range c.env {
				env[i] = fill.Replace(c.env[i])
			}
			for i := range c.args {
				args[i] = fill.Replace(c.args[i])
			}
			said, _ := d.as(t, env, args...)
			if sent := len(d.node.Sent()); sent != c.sent || !strings.Contains(said, c.want) || strings.Contains(said, "goroutine ") {
				t.Errorf("%d sent, want %d, and %q:\n%s", sent, c.sent, c.want, said)
			}
		})
	}
}

// TestAuthorities: with --cacert, or by GETH_SS_CACERT, nodes are believed whose certificates its authorities have signed, and no others. A
// file that is not one of certificates ends the command before anything is sent.
func TestAuthorities(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	asked := 0
	over := func(h http.Handler) *httptest.Server {
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			d.change(func() { asked++ })
			h.ServeHTTP(w, r)
		}))
		s.Config.ErrorLog = log.New(io.Discard, "", 0) // of clients that go
		s.StartTLS()
		t.Cleanup(s.Close)
		return s
	}
	store, chain := over(d), over(d.node)
	block := func(kind string, der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}) }
	right := block("CERTIFICATE", store.Certificate().Raw) // of both: it is the library's
	other, _ := nettest.Certificate(t, x509.Certificate{}) // it has signed none but itself
	for name, text := range map[string][]byte{
		"right.pem": right, "both.pem": append(append([]byte{}, other...), right...), "other.pem": other, "empty.pem": {}, "text.pem": []byte("no certificate"),
		"key.pem": block("PRIVATE KEY", []byte{1}), "bad.pem": block("CERTIFICATE", []byte{1, 2, 3}), "cut.pem": append(append([]byte{}, other...), right[:len(right)/2]...),
		"long.pem": make([]byte, maxAuthorities+1),
	} {
		d.write(t, name, text)
	}
	commands := map[string][]string{
		"publish":      {"secretstore", "publish", "--node", store.URL, "--rpc", chain.URL, "--key", "me.key", "note.txt"},
		"fetch":        {"secretstore", "fetch", "--node", store.URL, "--key", "me.key", "doc.ss"},
		"generate-key": {"secretstore", "generate-key", "--node", store.URL, "--rpc", chain.URL, "--key", "me.key"},
		"sign":         {"secretstore", "sign", "--node", store.URL, "--key", "me.key", "--id", someID, "--message", "x"},
		"receipt":      {"secretstore", "receipt", "--node", store.URL, "--key", "me.key", someID},
		"grant":        {"secretstore", "grant", "--node", store.URL, "--rpc", chain.URL, "--key", "me.key", someID, someReader},
		"claim":        {"secretstore", "claim", "--rpc", chain.URL, "--key", "me.key", someID},
		"deploy":       {"contracts", "deploy", "permissions", "--rpc", chain.URL, "--key", "me.key"},
		"show":         {"contracts", "show", "--rpc", chain.URL},
	}
	d.write(t, "doc.ss", documentOf(wire.MakeClusterID(testGenesis, "test")))
	count := func() (n int) {
		d.change(func() { n = asked })
		return n
	}
	for what, args := range commands {
		for file, want := range map[string]string{
			"": "certificate signed by unknown authority", "other.pem": "certificate signed by unknown authority",
			"none.pem": "--cacert: open none.pem", "empty.pem": "has no certificate in PEM", "text.pem": "has no certificate in PEM", "key.pem": `has a "PRIVATE KEY"`,
			"bad.pem": "certificate, number 1, that can't be read", "cut.pem": "after certificate 1", "long.pem": "more than 1048576 bytes", "right.pem": "", "both.pem": "",
		} {
			before := count()
			said, _ := d.as(t, []string{"GETH_SS_CACERT=" + file}, args...)
			if got := count() > before; got != (want == "") || !strings.Contains(said, want) || strings.Contains(said, "goroutine ") {
				t.Errorf("%s with %q, asked %t, without %q:\n%s", what, file, got, want, said)
			}
		}
	}
	if said, _ := d.as(t, []string{"GETH_SS_CACERT=none.pem"}, "contracts", "show", "--rpc", chain.URL, "--cacert", "right.pem"); !strings.Contains(said, testContract.Hex()) {
		t.Errorf("the line does not win over the environment:\n%s", said)
	}
	if said, ok := d.as(t, nil, "contracts", "show", "--rpc", d.node.URL, "--cacert", "right.pem"); !ok {
		t.Errorf("where there is no TLS:\n%s", said)
	}
}

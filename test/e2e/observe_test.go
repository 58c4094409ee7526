package e2e

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/geth-ss/geth-ss/test/ports"
	"github.com/geth-ss/geth-ss/test/program"
)

// access is what is looked at of secretstore_explainAccess.
type access struct {
	Verdict         string
	Needed, Granted int
	DocumentStored  bool
	Block           *struct{ Number uint64 }
	Nodes           []struct {
		Node, State, Answer, Reason string
		Holder                      bool
		Block, Head                 *struct{ Number uint64 }
		ElapsedMs                   float64
	}
}

func (n *node) explain(t *testing.T, who common.Address, id common.Hash) *access {
	t.Helper()
	a := new(access)
	if err := n.rpc.Call(a, "secretstore_explainAccess", who, id); err != nil {
		t.Fatal(err)
	}
	return a
}

// of is a node's row.
func (a *access) of(n *node) string {
	for _, row := range a.Nodes {
		if strings.TrimPrefix(row.Node, "0x") == strings.TrimPrefix(n.public, "0x") {
			return strings.TrimSpace(fmt.Sprintf("%s %s %s", row.State, row.Answer, row.Reason))
		}
	}
	return "no row"
}

// An operator is told why a read is granted or not, by each node, also when one is down and one is behind; what keys have
// left; and metrics.
func TestObserve(t *testing.T) {
	net := startNetwork(t, 4)
	net.hurt = true
	first, behind, down := net.nodes[0], net.nodes[3], net.nodes[2]
	publisher, reader, id := net.accounts[3], net.accounts[4], randomID()
	publish(t, first, publisher, id, 1)
	stranger := newAccount(t)
	if a := first.explain(t, stranger.address, id); a.Verdict != "denied" || a.Granted != 0 || a.Needed != 2 || !a.DocumentStored || len(a.Nodes) != 4 {
		t.Errorf("a stranger: %+v", a)
	}
	permissionContract{common.HexToAddress(net.acl)}.grant(t, first.eth, publisher, id, reader)
	until(t, "all nodes grant", func() error {
		if a := first.explain(t, reader.address, id); a.Verdict != "granted" || a.Granted != 4 {
			return fmt.Errorf("%+v", a)
		}
		return nil
	})

	// A node that gets no blocks any more: consensus is not reachable for it, the key servers are.
	metrics := isolate(t, net, behind)
	behind.untilConnected(t, 4)
	head, err := first.eth.BlockNumber(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	untilBlock(t, first, head+2)
	until(t, "all but the one that is behind grant", func() error {
		a := first.explain(t, reader.address, id)
		if got := a.of(behind); a.Verdict != "granted" || a.Granted != 3 || !strings.Contains(got, "answered unavailable this node") {
			return fmt.Errorf("%q, %+v", got, a)
		}
		return nil
	})
	if a := behind.explain(t, reader.address, id); a.of(behind) == "no row" || len(a.Nodes) != 4 {
		t.Errorf("asked through the one that is behind: %+v", a)
	}

	// One is down as well. Two of four make no blocks, but read as long as the last one is young.
	down.kill(t)
	until(t, "the dead node is missed", func() error {
		if s, err := first.status(); err != nil || s.Connected != 3 {
			return fmt.Errorf("%+v, %v", s, err)
		}
		return nil
	})
	a := first.explain(t, reader.address, id)
	if got := a.of(down); !strings.Contains(got, "not connected") {
		t.Errorf("with one down: %q, %+v", got, a)
	}

	var key struct {
		Needed, Holders, Margin int
		Nodes                   []struct{ Node, Share, Reason string }
	}
	until(t, "three holders answer", func() error {
		if err := first.rpc.Call(&key, "secretstore_keyStatus", id); err != nil || key.Needed != 2 || key.Holders != 3 || key.Margin != 1 {
			return fmt.Errorf("%+v, %v", key, err)
		}
		return nil
	})
	var page struct{ Keys []struct{ ID common.Hash } }
	if err := first.rpc.Call(&page, "secretstore_keys", nil, 10); err != nil || len(page.Keys) == 0 {
		t.Errorf("%+v, %v", page, err)
	}
	commands(t, first, down, reader.address, id)
	prometheus(t, metrics)
}

// isolate starts a node anew, with metrics, so that consensus finds nobody.
func isolate(t *testing.T, net *network, n *node) (metrics string) {
	t.Helper()
	n.kill(t)
	ports := ports.For(t, 2)
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { log.Close() })
	cmd := exec.Command(binary, "--config", filepath.Join(n.datadir, "config.toml"),
		"--poa.peers", fmt.Sprintf("%040d@127.0.0.1:1", 1), "--poa.listenaddr", fmt.Sprintf("127.0.0.1:%d", ports),
		"--metrics", "--metrics.addr", "127.0.0.1", "--metrics.port", fmt.Sprint(ports+1))
	cmd.Stdout, cmd.Stderr = log, log
	ended := program.Start(t, cmd)
	n.pid = cmd.Process.Pid
	t.Cleanup(func() {
		cmd.Process.Kill()
		<-ended
		if t.Failed() {
			text, _ := os.ReadFile(log.Name())
			t.Logf("%s wrote:\n%s", n.name, tail(string(text), 20))
		}
	})
	return fmt.Sprintf("http://127.0.0.1:%d/debug/metrics/prometheus", ports+1)
}

// commands are what an operator types.
func commands(t *testing.T, n, down *node, who common.Address, id common.Hash) {
	t.Helper()
	short := strings.TrimPrefix(down.public, "0x")[:8] + "  "
	text := run(t, "secretstore", "explain", who.Hex(), id.Hex(), n.rpcURL)
	for _, want := range []string{"Verdict:", "2 are needed", short, "not connected"} {
		if !strings.Contains(text, want) {
			t.Errorf("explain does not say %q:\n%s", want, text)
		}
	}
	t.Log(text)
	out, _ := exec.Command(binary, "secretstore", "status", n.rpcURL).CombinedOutput() // its exit code depends on the age of the chain
	for _, want := range []string{"3 of 4 key servers connected", "final block", short, "lost "} {
		if !strings.Contains(string(out), want) {
			t.Errorf("status does not say %q:\n%s", want, out)
		}
	}
	t.Logf("%s", out)
	if text := run(t, "secretstore", "status", "--json", n.rpcURL); !strings.HasPrefix(text, `{"version":"`) || strings.Contains(strings.ToLower(text), strings.ToLower(who.Hex()[2:])) {
		t.Errorf("status as JSON: %s", text)
	}
}

// prometheus looks at what a node shows to it.
func prometheus(t *testing.T, url string) {
	t.Helper()
	client := &http.Client{Timeout: time.Minute}
	until(t, "metrics are shown", func() error {
		res, err := client.Get(url)
		if err != nil {
			return err
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			return err
		}
		for _, want := range []string{"\nss_peers_configured 3\n", "\nss_keys_known ", "\nss_sessions_begun_explain ", "\nss_permission_unavailable ",
			"\nss_messages_in_ask ", "ss_requests_shadow", "\nss_keys_margin_lowest ", "\nss_chain_fresh "} {
			if !strings.Contains(string(body), want) {
				return fmt.Errorf("no %q among\n%s", want, tail(string(body), 20))
			}
		}
		return nil
	})
}

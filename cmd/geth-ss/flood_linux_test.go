package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/rpc"
)

// TestIdleConnections: a validator that may have 1,024 files open outlives 1,500 idle connections at each of its doors in
// turn, and at all of them together: it makes blocks, writes its sign state, answers over IPC, and serves whoever comes
// next at the same door.
func TestIdleConnections(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a node")
	}
	v := newValidator(t)
	ipc := filepath.Join(t.TempDir(), "ipc")
	ports := make(map[string]int)
	for _, name := range []string{"secret store", "metrics", "pprof", "websocket", "json-rpc"} {
		ports[name] = freePort(t)
	}
	args := append(v.args, "--ipcpath", ipc, "--verbosity", "3", "--secretstore", "--secretstore.acl", "none",
		"--secretstore.http.port", fmt.Sprint(ports["secret store"]),
		"--metrics", "--metrics.addr", "127.0.0.1", "--metrics.port", fmt.Sprint(ports["metrics"]),
		"--pprof", "--pprof.port", fmt.Sprint(ports["pprof"]),
		"--http", "--http.port", fmt.Sprint(ports["json-rpc"]), "--ws", "--ws.port", fmt.Sprint(ports["websocket"]))
	for i, arg := range args {
		switch arg {
		case "--port":
			ports["devp2p"] = atoi(t, args[i+1])
		case "--poa.listenaddr":
			ports["consensus"] = atoi(t, strings.TrimPrefix(args[i+1], "127.0.0.1:"))
		}
	}
	n := startFew(t, 1024, ports["json-rpc"], args...)
	wantMatch(t, n.log.String(), `INFO .*File descriptors +limit=1024 `)

	each := 1500
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	all := int(min(limit.Cur-500, uint64(each*9)))
	doors := []struct{ name, port, says string }{
		{"silent", "json-rpc", ""},
		{"without an end", "json-rpc", "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"},
		{"idle after a request", "json-rpc", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"},
		{"websocket", "websocket", "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OTAxMjM0NQ==\r\n\r\n"},
		{"silent", "secret store", ""},
		{"silent", "metrics", ""},
		{"silent", "pprof", ""},
		{"silent", "devp2p", ""},
		{"silent", "consensus", ""},
	}
	var held []net.Conn
	flood := func(count int, port int, says string) (mine []net.Conn) {
		for range count {
			conn, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", port), 2*time.Second)
			if err != nil {
				break // nobody takes any more
			}
			mine = append(mine, conn)
			io.WriteString(conn, says)
		}
		return mine
	}
	for _, door := range doors {
		mine := flood(min(each, all), ports[door.port], door.says)
		healthy(t, fmt.Sprintf("%d %s connections at %s", len(mine), door.name, door.port), n, v, ipc, ports)
		for _, conn := range mine {
			conn.Close()
		}
	}
	for _, door := range doors {
		held = append(held, flood(min(each, all/len(doors)), ports[door.port], door.says)...)
	}
	healthy(t, fmt.Sprintf("%d connections at all doors", len(held)), n, v, ipc, ports)
	for _, conn := range held {
		conn.Close()
	}
	if strings.Contains(n.log.String(), "too many open files") {
		t.Error("files ran out")
	}
	n.stop(t, os.Interrupt)
}

// startFew starts a node that may have so many files open.
func startFew(t *testing.T, limit, port int, args ...string) *runningNode {
	t.Helper()
	n := &runningNode{url: fmt.Sprintf("http://127.0.0.1:%d", port)}
	cmd := command(t, args...)
	n.cmd = exec.CommandContext(t.Context(), "sh", append([]string{"-c", fmt.Sprintf(`ulimit -n %d && exec "$0" "$@"`, limit), cmd.Path}, args...)...)
	n.cmd.Env = cmd.Env
	n.run(t)
	return n
}

// healthy wants the node to work, for insiders and for whoever knocks now.
func healthy(t *testing.T, when string, n *runningNode, v validator, ipc string, ports map[string]int) {
	t.Helper()
	client, err := rpc.Dial(ipc)
	if err != nil {
		t.Fatalf("%s: IPC: %v\n%s", when, err, tail(n.log.String()))
	}
	defer client.Close()
	signed, from := signedHeight(t, v), blockOver(t, when, client, n)
	for deadline := time.Now().Add(nodeTimeout); blockOver(t, when, client, n) < from+2 || signedHeight(t, v) <= signed; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: no blocks since %d\n%s", when, from, tail(n.log.String()))
		}
	}
	web := &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	for door, path := range map[string]string{"secret store": "/", "metrics": "/debug/metrics", "pprof": "/debug/pprof/cmdline"} {
		res, err := web.Get(fmt.Sprintf("http://127.0.0.1:%d%s", ports[door], path))
		if err != nil {
			t.Errorf("%s: a newcomer at %s: %v", when, door, err)
			continue
		}
		res.Body.Close()
	}
	for _, url := range []string{n.url, fmt.Sprintf("ws://127.0.0.1:%d", ports["websocket"])} {
		newcomer, err := rpc.DialContext(t.Context(), url)
		if err == nil {
			var block string
			err = newcomer.CallContext(t.Context(), &block, "eth_blockNumber")
			newcomer.Close()
		}
		if err != nil {
			t.Errorf("%s: a newcomer at %s: %v", when, url, err)
		}
	}
}

func blockOver(t *testing.T, when string, client *rpc.Client, n *runningNode) (number uint64) {
	t.Helper()
	var block string
	if err := client.Call(&block, "eth_blockNumber"); err != nil {
		t.Fatalf("%s: over IPC: %v\n%s", when, err, tail(n.log.String()))
	}
	fmt.Sscanf(block, "0x%x", &number)
	return number
}

// signedHeight is the block that the validator has last signed something for, by its sign state.
func signedHeight(t *testing.T, v validator) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(v.dir, clientIdentifier, "poa", "sign-state.json"))
	var state struct{ Height string }
	if err == nil {
		err = json.Unmarshal(text, &state)
	}
	if err != nil {
		t.Fatal(err)
	}
	return atoi(t, state.Height)
}

func atoi(t *testing.T, text string) (n int) {
	t.Helper()
	if _, err := fmt.Sscan(text, &n); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return n
}

func tail(text string) string { return text[max(0, len(text)-3000):] }

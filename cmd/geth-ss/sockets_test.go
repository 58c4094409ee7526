package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/ethereum/go-ethereum/core/rawdb"
)

// taken occupies an address until the test ends.
func taken(t *testing.T, network, addr string) {
	t.Helper()
	if network == "udp" {
		conn, err := net.ListenPacket(network, addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		return
	}
	listener, err := net.Listen(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
}

// everySocket is a configuration with all of them, each at its own free port of this machine.
func everySocket(t *testing.T) config {
	t.Helper()
	cfg := defaultConfig()
	at := func() string { return fmt.Sprintf("127.0.0.1:%d", freePort(t)) }
	cfg.Node.P2P.ListenAddr, cfg.Node.P2P.DiscAddr, cfg.PoA.ListenAddr = at(), at(), at()
	cfg.Node.HTTPHost, cfg.Node.HTTPPort = "127.0.0.1", freePort(t)
	cfg.Node.WSHost, cfg.Node.WSPort = "127.0.0.1", freePort(t)
	cfg.Node.AuthAddr, cfg.Node.AuthPort = "127.0.0.1", freePort(t)
	cfg.SecretStore.Enabled, cfg.SecretStore.HTTP.Port = true, freePort(t)
	cfg.Metrics.Enabled, cfg.Metrics.HTTP, cfg.Metrics.Port = true, "127.0.0.1", freePort(t)
	return cfg
}

// TestSocketsAreNamed: an address that can't be listened at is told with the name and the setting of what wanted it, for
// all there are; and what is no such error comes back as it is.
func TestSocketsAreNamed(t *testing.T) {
	cfg := everySocket(t)
	all := sockets(&cfg, false)
	cfg.PoA.Enabled = true
	all = append(all, sockets(&cfg, false)[2]) // consensus, which excludes the engine API
	all = append(all, socket{"pprof", pprofPortFlag.Name, "", "tcp", fmt.Sprintf("127.0.0.1:%d", freePort(t))})
	if len(all) != 9 {
		t.Fatalf("%d sockets: %+v", len(all), all)
	}
	for _, s := range all {
		taken(t, s.network, s.addr)
		var err error
		if s.network == "udp" {
			_, err = net.ListenPacket(s.network, s.addr)
		} else {
			_, err = net.Listen(s.network, s.addr)
		}
		text := explainListen(all, fmt.Errorf("starting: %w", err)).Error()
		for _, want := range []string{"starting: ", "address already in use", "the port of " + s.name, "--" + s.flag, s.key} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %q lacks %q", s.name, text, want)
			}
		}
	}
	other := errors.New("no disk")
	if explainListen(all, other) != other || explainListen(all, nil) != nil {
		t.Error("another error is changed")
	}
	stranger := &net.OpError{Op: "listen", Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1}, Err: syscall.EADDRINUSE}
	if explainListen(all, stranger) != error(stranger) {
		t.Error("the address of nobody is somebody's")
	}
	all[0].addr = all[3].addr
	_, err := net.Listen("tcp", all[3].addr)
	if text := explainListen(all, err).Error(); !strings.Contains(text, "of this node have the same port") || !strings.Contains(text, all[0].name) || !strings.Contains(text, all[3].name) {
		t.Error(text)
	}
	denied := &net.OpError{Op: "listen", Net: "tcp", Addr: &net.TCPAddr{Port: 80}, Err: os.NewSyscallError("bind", syscall.EACCES)}
	if text := explainListen([]socket{{"JSON-RPC over HTTP", "http.port", "Node.HTTPPort", "tcp", ":80"}}, denied).Error(); !strings.Contains(text, "above 1023 by --http.port") {
		t.Error(text)
	}
}

// TestPortsTaken: what the program says when a port is taken, and that a start which failed for it is not taken for a crash
// by the next one. A crash is.
func TestPortsTaken(t *testing.T) {
	dir := t.TempDir()
	base := func(own ...string) []string {
		args := []string{"--datadir", dir, "--sepolia", "--nat", "none", "--secretstore", "--secretstore.acl", "none", "--http", "--ws", "--cache", "64", "--ipcdisable"}
		for _, flag := range []string{"port", "http.port", "ws.port", "authrpc.port", "secretstore.http.port"} {
			if len(own) == 0 || own[0] != flag {
				args = append(args, "--"+flag, fmt.Sprint(freePort(t)))
			}
		}
		return append(args, "--discovery.port", fmt.Sprint(freePort(t)), "--nodiscover")
	}
	for _, test := range []struct{ flag, name string }{
		{"port", "devp2p"},
		{"http.port", "JSON-RPC over HTTP"},
		{"ws.port", "JSON-RPC over WebSocket"},
		{"authrpc.port", "the engine API"},
		{"secretstore.http.port", "the Secret Store HTTP API"},
		{"pprof.port", "pprof"},
	} {
		port := freePort(t)
		taken(t, "tcp", fmt.Sprintf("127.0.0.1:%d", port))
		args := append(base(test.flag), "--"+test.flag, fmt.Sprint(port))
		if test.flag == "pprof.port" {
			args = append(args, "--pprof")
		}
		out := fail(t, args...)
		last := out[strings.LastIndex(strings.TrimSpace(out), "\n")+1:]
		for _, want := range []string{"Fatal: ", "address already in use", "the port of " + test.name, "--" + test.flag} {
			if !strings.Contains(last, want) {
				t.Errorf("--%s: %q lacks %q:\n%s", test.flag, last, want, out)
			}
		}
	}
	v := newValidator(t)
	port := freePort(t)
	taken(t, "tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if out := fail(t, append(v.args, "--poa.listenaddr", fmt.Sprintf("127.0.0.1:%d", port))...); !strings.Contains(out, "the port of consensus") || !strings.Contains(out, "--poa.listenaddr (PoA.ListenAddr") {
		t.Errorf("consensus: %s", out)
	}

	const crashed = "Unclean shutdown detected"
	start := func() *runningNode {
		n := new(runningNode)
		port := freePort(t)
		n.url = fmt.Sprintf("http://127.0.0.1:%d", port)
		n.cmd = command(t, append(base("http.port"), "--http.port", fmt.Sprint(port))...)
		n.run(t)
		return n
	}
	n := start()
	if strings.Contains(n.log.String(), crashed) {
		t.Errorf("starts that failed are taken for crashes:\n%s", &n.log)
	}
	n.cmd.Process.Kill()
	<-n.done
	n = start()
	if got := strings.Count(n.log.String(), crashed); got != 1 {
		t.Errorf("a crash is told %d times:\n%s", got, &n.log)
	}
	n.stop(t, syscall.SIGTERM)
}

// TestRunMark: geth's mark of a start is there while its service runs, and a start that comes to nothing leaves those of
// before as they were.
func TestRunMark(t *testing.T) {
	db := rawdb.NewMemoryDatabase()
	marks := func() int {
		t.Helper()
		before, _, err := rawdb.PushUncleanShutdownMarker(db)
		if err != nil {
			t.Fatal(err)
		}
		rawdb.PopUncleanShutdownMarker(db)
		return len(before)
	}
	made := func() runMark { // what eth.New does, and then what we do
		if _, _, err := rawdb.PushUncleanShutdownMarker(db); err != nil {
			t.Fatal(err)
		}
		return newRunMark(db)
	}
	for range 5 {
		made()
	}
	if got := marks(); got != 0 {
		t.Errorf("%d marks of starts that failed", got)
	}
	made().Start() // a crash: nobody takes it away
	if got := marks(); got != 1 {
		t.Errorf("%d marks of a crash", got)
	}
	made()
	if got := marks(); got != 1 {
		t.Errorf("a start that failed has made %d marks of one", got)
	}
}

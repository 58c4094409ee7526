package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/geth-ss/geth-ss/internal/nettest"
	"github.com/geth-ss/geth-ss/test/program"
)

// untilTrue waits for what another process does.
func untilTrue(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(nodeTimeout); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %v", what, nodeTimeout)
		}
	}
}

// TestHangup: SIGHUP harms a node at no stage, from its first line to its end. It goes on in a new log file and serves the
// certificate that is on disk; one that can't be served is told, and the previous one is still served.
func TestHangup(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "logs", "node.log")
	cert, key := nettest.CertificateFiles(t, dir, x509.Certificate{})
	https := freePort(t)
	n := new(runningNode)
	port := freePort(t)
	n.url = fmt.Sprintf("http://127.0.0.1:%d", port)
	n.cmd = command(t, "--dev", "--datadir", filepath.Join(dir, "data"), "--ipcdisable", "--http", "--http.port", fmt.Sprint(port), "--log.file", path,
		"--secretstore", "--secretstore.acl", "none", "--secretstore.http.port", fmt.Sprint(https), "--secretstore.http.tlscert", cert, "--secretstore.http.tlskey", key)
	n.cmd.Stderr = &n.log
	n.done = program.Start(t, n.cmd)
	hangUp := func() { n.cmd.Process.Signal(syscall.SIGHUP) }
	log := func() string {
		text, _ := os.ReadFile(path)
		return string(text)
	}
	serial := func() string {
		conn, err := tls.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", https), &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			return ""
		}
		defer conn.Close()
		return string(conn.ConnectionState().PeerCertificates[0].Raw)
	}

	untilTrue(t, "the first line", func() bool { return n.log.String() != "" })
	ready := make(chan struct{})
	go func() { // at every stage of the start
		for {
			select {
			case <-ready:
				return
			case <-n.done:
				return
			case <-time.After(10 * time.Millisecond):
				hangUp()
			}
		}
	}()
	n.await(t)
	untilTrue(t, "TLS", func() bool { return serial() != "" })
	close(ready)
	first := serial()

	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	nettest.CertificateFiles(t, dir, x509.Certificate{})
	hangUp()
	untilTrue(t, "a new log file", func() bool { return strings.Contains(log(), "Reloaded at SIGHUP:") })
	second := serial()
	if second == first {
		t.Errorf("the certificate of before is served:\n%s", log())
	}
	if err := os.Truncate(key, 10); err != nil {
		t.Fatal(err)
	}
	hangUp()
	untilTrue(t, "the bad key is told", func() bool { return strings.Contains(log(), "Reloaded at SIGHUP, but not all") })
	if serial() != second || !strings.Contains(log(), "the previous one is still served") {
		t.Errorf("with a bad key:\n%s", log())
	}

	n.cmd.Process.Signal(syscall.SIGTERM)
	for ended := false; !ended; {
		select {
		case <-n.done:
			ended = true
		case <-time.After(time.Millisecond):
			hangUp()
		}
	}
	if code := n.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("hung up while it stopped, it ended with %v:\n%s", n.cmd.ProcessState, &n.log)
	}
}

// TestHangupOfOthers: commands that are no node end at SIGHUP, as programs do whose terminal is gone.
func TestHangupOfOthers(t *testing.T) {
	if signal.Ignored(syscall.SIGHUP) {
		t.Skip("the tests run under nohup, and so does the command")
	}
	attached := command(t, "account", "new", "--datadir", t.TempDir()) // waits for a password
	stdin, err := attached.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	out, err := attached.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := attached.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 1)); err != nil { // it asks
		t.Fatal(err)
	}
	attached.Process.Signal(syscall.SIGHUP)
	err = attached.Wait()
	if exit, ok := err.(*exec.ExitError); !ok || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGHUP {
		t.Errorf("it ended by %v", err)
	}
}

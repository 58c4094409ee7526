//go:build unix

package devnet

import (
	"bufio"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// answered is a door whose commands are answered by do.
func answered(t *testing.T, dir string, do func(*command) error) *door {
	t.Helper()
	d, err := openDoor(dir)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			select {
			case c := <-d.commands:
				c.finish(do(c))
			case <-d.closed:
				return
			}
		}
	}()
	return d
}

// TestDoor: who may send commands, what is none, and what a devnet that was killed left behind.
func TestDoor(t *testing.T) {
	dir := t.TempDir()
	left, err := net.Listen("unix", doorPath(dir))
	if err != nil {
		t.Fatal(err)
	}
	left.(*net.UnixListener).SetUnlinkOnClose(false)
	left.Close()
	if err := Request(t.Context(), "geth-ss", dir, Change{Do: Add}, io.Discard); err == nil || !strings.Contains(err.Error(), "no devnet is running in "+dir) {
		t.Errorf("a socket without a devnet: %v", err)
	}
	d := answered(t, dir, func(c *command) error {
		io.WriteString(c, "a line\n")
		if c.change.Do == Add {
			return nil
		}
		return errors.New("several\nlines " + strings.Repeat("of a log", 9000))
	})
	defer d.close()
	if info, err := os.Stat(doorPath(dir)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket is open to others: %v %v", info.Mode(), err)
	}
	if err := Request(t.Context(), "geth-ss", dir, Change{Do: Add}, io.Discard); err == nil || !strings.Contains(err.Error(), "not ready") {
		t.Errorf("before it is open: %v", err)
	}
	d.open()
	var out strings.Builder
	if err := Request(t.Context(), "geth-ss", dir, Change{Do: Add}, &out); err != nil || out.String() != "a line\n" {
		t.Errorf("%q, %v", out.String(), err)
	}
	if err := Request(t.Context(), "geth-ss", dir, Change{Do: Remove, Node: "1"}, io.Discard); err == nil || !strings.HasPrefix(err.Error(), "several\nlines of") {
		t.Errorf("%v", err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	if err := Request(t.Context(), "geth-ss", link, Change{Do: Add}, io.Discard); err != nil {
		t.Errorf("by another name of the directory: %v", err)
	}
	for what, sent := range map[string]string{
		"rubbish": "hello\n", "no change": `{"do":"restart"}`, "no node": `{"do":"remove"}`, "too long": `{"do":"add"` + strings.Repeat(" ", maxCommand) + `}`,
	} {
		if reply := dialog(t, dir, sent); !strings.Contains(reply, `"done":true`) || !strings.Contains(reply, "not understood") {
			t.Errorf("%s: %q", what, reply)
		}
	}
}

func dialog(t *testing.T, dir, sent string) string {
	t.Helper()
	conn, err := net.Dial("unix", doorPath(dir))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, sent)
	reply, _ := bufio.NewReader(conn).ReadString('\n')
	return reply
}

// TestDoorCloses: the devnet's end waits for the answer of a command, and for nobody who sends or reads nothing.
func TestDoorCloses(t *testing.T) {
	dir := t.TempDir()
	began, end := make(chan bool, 1), make(chan bool)
	d := answered(t, dir, func(c *command) error {
		began <- true
		<-end
		return errors.New("stopped")
	})
	d.open()
	silent, err := net.Dial("unix", doorPath(dir))
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	answer := make(chan error, 1)
	go func() { answer <- Request(t.Context(), "geth-ss", dir, Change{Do: Add}, io.Discard) }()
	<-began
	closed := make(chan bool)
	go func() { d.close(); close(closed) }()
	select {
	case <-closed:
		t.Error("the door is closed before the command is answered")
	case <-time.After(50 * time.Millisecond):
	}
	close(end)
	if err := <-answer; err == nil || err.Error() != "stopped" {
		t.Errorf("the command: %v", err)
	}
	<-closed
	if _, err := os.Stat(doorPath(dir)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is left: %v", err)
	}
}

// TestReaderGone: a command whose sender is gone, or reads nothing, is carried out all the same.
func TestReaderGone(t *testing.T) {
	ours, theirs := net.Pipe()
	theirs.Close()
	c := &command{conn: ours, done: make(chan struct{})}
	for range 3 {
		if n, err := io.WriteString(c, "a line\n"); n != 7 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
	}
	c.finish(nil)
	<-c.done
}

// TestDevnetGone: a devnet that is killed ends the command with what is to be done.
func TestDevnetGone(t *testing.T) {
	dir := t.TempDir()
	listener, err := net.Listen("unix", doorPath(dir))
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		conn, err := listener.Accept()
		if err == nil {
			bufio.NewReader(conn).ReadString('\n')
			conn.Close()
		}
	}()
	defer listener.Close()
	if err := Request(t.Context(), "/bin/geth-ss", dir, Change{Do: Add}, io.Discard); err == nil || !strings.Contains(err.Error(), "ended meanwhile") || !strings.Contains(err.Error(), "/bin/geth-ss devnet --dir "+dir) {
		t.Errorf("%v", err)
	}
}

// TestDoorOfDeepDirectory: the socket is where sockets may be.
func TestDoorOfDeepDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("deep/", 30))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	d := answered(t, dir, func(*command) error { return nil })
	defer d.close()
	d.open()
	if err := Request(t.Context(), "geth-ss", dir, Change{Do: Add}, io.Discard); err != nil {
		t.Error(err)
	}
}

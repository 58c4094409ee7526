package lan

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"testing"
	"time"
)

// TestMain is also the process that the tests start on hosts: it listens on its host and echoes.
func TestMain(m *testing.M) {
	if address := os.Getenv("LAN_TEST_ECHO"); address != "" {
		echo(address)
	}
	os.Exit(m.Run())
}

func echo(address string) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for {
		conn, err := listener.Accept()
		if err != nil {
			os.Exit(1)
		}
		go io.Copy(conn, conn)
	}
}

func newLAN(t *testing.T, hosts int) *LAN {
	t.Helper()
	l, err := New(hosts, 1)
	if errors.Is(err, ErrUnsupported) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// serve runs an echo on a host, at port 7 of every address.
func serve(t *testing.T, l *LAN, host int) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "LAN_TEST_ECHO=0.0.0.0:7")
	cmd.Stderr = os.Stderr
	ended, err := l.Start(host, cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		<-ended
	})
	return cmd
}

// connect dials an echo until it is there.
func connect(t *testing.T, l *LAN, from int, address string) net.Conn {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		conn, err := l.Dial(t.Context(), from, "tcp", address)
		if err == nil {
			t.Cleanup(func() { conn.Close() })
			return conn
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

// ping sends a byte and waits for its return.
func ping(conn net.Conn, patience time.Duration) (time.Duration, error) {
	begun := time.Now()
	if _, err := conn.Write([]byte{42}); err != nil {
		return 0, err
	}
	conn.SetReadDeadline(begun.Add(patience))
	_, err := io.ReadFull(conn, make([]byte, 1))
	return time.Since(begun), err
}

// TestLinks cuts, slows and heals a link under an open connection, which outlives it all.
func TestLinks(t *testing.T) {
	l := newLAN(t, 3)
	serve(t, l, 1)
	address := net.JoinHostPort(l.Addr(1).String(), "7")
	near, far := connect(t, l, 1, "127.0.0.1:7"), connect(t, l, 0, address)
	for _, conn := range []net.Conn{near, far} {
		if _, err := ping(conn, 30*time.Second); err != nil {
			t.Fatal(err)
		}
	}

	l.SetAll(1, Link{Cut: true})
	if _, err := ping(far, 300*time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("over a link that is cut: %v", err)
	}
	if _, err := ping(near, 30*time.Second); err != nil {
		t.Errorf("on the host itself: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if conn, err := l.Dial(ctx, 2, "tcp", address); err == nil {
		conn.Close()
		t.Error("connected over a link that is cut")
	}

	l.Set(0, 1, Link{})
	if _, err := ping(far, 30*time.Second); err != nil { // the byte of before, sent again
		t.Errorf("after the link was healed: %v", err)
	}
	io.ReadFull(far, make([]byte, 1))
	l.Set(0, 1, Link{Delay: 100 * time.Millisecond, Loss: 0.05})
	if took, err := ping(far, 30*time.Second); err != nil || took < 200*time.Millisecond {
		t.Errorf("over a link with 100 ms each way: %v, %v", took, err)
	}
}

// TestHostsAreApart: the machine's own loopback can't be reached from a host.
func TestHostsAreApart(t *testing.T) {
	l := newLAN(t, 1)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	if conn, err := l.Dial(t.Context(), 0, "tcp", listener.Addr().String()); err == nil {
		conn.Close()
		t.Error("a host reaches the machine's loopback")
	}
}

func TestLossIsLoss(t *testing.T) {
	l := newLAN(t, 2)
	l.Set(0, 1, Link{Loss: 0.25})
	lost := 0
	for range 10_000 {
		if _, gone := l.condition(0, 1); gone {
			lost++
		}
	}
	if lost < 2200 || lost > 2800 {
		t.Errorf("%d of 10,000 packets lost, want a quarter", lost)
	}
}

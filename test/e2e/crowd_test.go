package e2e

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
)

// testCrowd: four hundred readers come at once, each from an address of its own; all are answered by one node, and each can open its answer.
func testCrowd(t *testing.T, n *node, id common.Hash, plain []byte) {
	const clients = 400
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range clients {
		reader := newAccount(t)
		wg.Go(func() {
			from := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, byte(1+i>>8), byte(i))}, Timeout: requestTimeout}
			transport := &http.Transport{DialContext: from.DialContext}
			defer transport.CloseIdleConnections()
			<-start
			a, err := ask(&http.Client{Transport: transport, Timeout: requestTimeout}, "GET", fmt.Sprintf("%s/shadow/%x/%s", n.url, id, reader.sign(id)))
			if err != nil {
				t.Errorf("reader %d: %v", i, err)
				return
			}
			parts, err := a.shadow()
			if err != nil {
				t.Errorf("reader %d: %v", i, err)
				return
			}
			if got, err := parts.open(reader); err != nil || string(got) != string(plain) {
				t.Errorf("reader %d: %x, %v", i, got, err)
			}
		})
	}
	begun := time.Now()
	close(start)
	wg.Wait()
	t.Logf("%d readers at once were answered in %v", clients, time.Since(begun).Round(time.Millisecond))
}

// stopUnderConnections: connections in every state, at every door of every node, keep no node from ending, in time and with code 0.
func stopUnderConnections(t *testing.T, n *network) {
	read := "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
	beginnings := []string{"", "GET /", read, strings.Repeat(read, 1000), "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n[",
		"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"}
	var open []net.Conn
	for _, node := range n.nodes {
		for _, url := range []string{node.url, node.rpcURL, node.ws} {
			_, address, _ := strings.Cut(url, "://")
			for _, begun := range beginnings {
				conn, err := net.Dial("tcp", address)
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				go io.WriteString(conn, begun) // some are never read to their end
				open = append(open, conn)
			}
		}
	}
	begun := time.Now()
	n.stop(t)
	t.Logf("stopped under %d connections in %v", len(open), time.Since(begun).Round(time.Millisecond))
	for i, conn := range open {
		conn.SetReadDeadline(time.Now().Add(patience))
		if _, err := io.Copy(io.Discard, conn); err != nil && strings.Contains(err.Error(), "timeout") {
			t.Error(fmt.Errorf("connection %d is still open: %w", i, err))
		}
	}
}

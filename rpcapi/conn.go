package rpcapi

import (
	"bytes"
	"context"
	"crypto/tls"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/geth-ss/geth-ss/service/limits"
)

// limitListener bounds the connections, each of which costs a goroutine and its buffers:
// in total and of one address. When the house is full, a new connection takes the place
// of the oldest one on which no request is being worked on; so clients that send their
// requests a byte at a time, or none, keep nobody out.
type limitListener struct {
	net.Listener
	most, each int // 0: no limit

	mu        sync.Mutex
	conns     map[*limitedConn]struct{}
	addresses map[limits.Client]int
}

func newLimitListener(inner net.Listener, cfg limits.Config) *limitListener {
	return &limitListener{
		Listener: inner, most: int(cfg.Connections), each: int(cfg.AddressConnections),
		conns: make(map[*limitedConn]struct{}), addresses: make(map[limits.Client]int),
	}
}

func (l *limitListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		c := &limitedConn{Conn: conn, listener: l, client: limits.ClientOf(conn.RemoteAddr().String()), since: time.Now()}
		if l.add(c) {
			return c, nil
		}
		conn.Close()
	}
}

// add takes a connection in if there is a place for it or one can be made.
func (l *limitListener) add(c *limitedConn) bool {
	l.mu.Lock()
	if l.each > 0 && l.addresses[c.client] >= l.each {
		l.mu.Unlock()
		return false
	}
	var oldest *limitedConn
	if l.most > 0 && len(l.conns) >= l.most {
		if oldest = l.oldest(); oldest == nil {
			l.mu.Unlock()
			return false
		}
		l.forget(oldest)
	}
	l.conns[c] = struct{}{}
	l.addresses[c.client]++
	l.mu.Unlock()
	if oldest != nil {
		oldest.Close()
	}
	return true
}

// oldest finds the connection that has waited for a request the longest.
func (l *limitListener) oldest() (found *limitedConn) {
	for c := range l.conns {
		if !c.serving.Load() && (found == nil || c.since.Before(found.since)) {
			found = c
		}
	}
	return found
}

// forget gives a connection's place back; twice does no harm.
func (l *limitListener) forget(c *limitedConn) {
	if _, there := l.conns[c]; !there {
		return
	}
	delete(l.conns, c)
	if l.addresses[c.client]--; l.addresses[c.client] == 0 {
		delete(l.addresses, c.client)
	}
}

type limitedConn struct {
	net.Conn
	listener *limitListener
	client   limits.Client
	since    time.Time
	serving  atomic.Bool // a whole request has come, and its answer has not gone
}

func (c *limitedConn) Close() error {
	c.listener.mu.Lock()
	c.listener.forget(c)
	c.listener.mu.Unlock()
	return c.Conn.Close()
}

type connKey struct{}

// withConn makes the connection known to the handler.
func withConn(ctx context.Context, conn net.Conn) context.Context {
	if c, ok := conn.(plainErrorConn); ok {
		conn = c.Conn
	}
	if c, ok := conn.(*tls.Conn); ok {
		conn = c.NetConn()
	}
	return context.WithValue(ctx, connKey{}, conn)
}

// serving marks a connection as being of use until done is called.
func serving(ctx context.Context) (done func()) {
	c, ok := ctx.Value(connKey{}).(*limitedConn)
	if !ok {
		return func() {} // a handler without a server, in tests
	}
	c.serving.Store(true)
	return func() { c.serving.Store(false) }
}

// plainErrors makes net/http's own refusals look like ours. A target that net/http
// can't parse, such as one with a stray percent sign, never reaches our handler, but
// to a client it is an invalid request like any other: 400 with an empty body.
type plainErrors struct{ net.Listener }

func (l plainErrors) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return plainErrorConn{conn}, nil
}

type plainErrorConn struct{ net.Conn }

var (
	theirRefusal = []byte("HTTP/1.1 400 Bad Request")
	theirHeaders = []byte("\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n400 Bad Request")
	ourRefusal   = []byte("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
)

// Write replaces a refusal, which net/http writes in one piece. No answer of ours has
// that content type.
func (c plainErrorConn) Write(b []byte) (int, error) {
	if !bytes.HasPrefix(b, theirRefusal) || !bytes.Contains(b, theirHeaders) {
		return c.Conn.Write(b)
	}
	if _, err := c.Conn.Write(ourRefusal); err != nil {
		return 0, err
	}
	return len(b), nil
}

// CloseWrite lets net/http end a refused connection so that the client can still read
// why.
func (c plainErrorConn) CloseWrite() error {
	inner := c.Conn
	if limited, ok := inner.(*limitedConn); ok {
		inner = limited.Conn
	}
	if half, ok := inner.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

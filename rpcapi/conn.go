package rpcapi

import (
	"bytes"
	"context"
	"net"

	"github.com/geth-ss/geth-ss/rpcapi/conns"
)

// withConn makes the connection known to the handler.
func withConn(ctx context.Context, conn net.Conn) context.Context {
	if c, ok := conn.(plainErrorConn); ok {
		conn = c.Conn
	}
	return conns.WithConn(ctx, conn)
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

// Write replaces a refusal, which net/http writes in one piece. Of our answers only
// those to probes have that content type, and none of them is a 400.
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
	if limited, ok := inner.(*conns.Conn); ok {
		inner = limited.Conn
	}
	if half, ok := inner.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

package conns

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
)

type connKey struct{}

// WithConn makes a connection known to the handlers of a server, as its ConnContext. Connections that don't come from
// a House have no bounds.
func WithConn(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, bare(conn))
}

func bare(conn net.Conn) net.Conn {
	if c, ok := conn.(*tls.Conn); ok {
		return c.NetConn()
	}
	return conn
}

// Serving marks the connection of a request as being of use until done is called. A handler calls it when it has the
// whole request.
func Serving(ctx context.Context) (done func()) {
	if c, ok := ctx.Value(connKey{}).(*Conn); ok {
		return c.Serving()
	}
	return func() {}
}

// EndChunked has the connection of a request in chunks closed after its answer. net/http hides whether such a request had
// a length, too, and goes on behind the chunks. A proxy that went by the length would take what follows for a part of
// this request: nothing may follow (RFC 9112, 6.3).
func EndChunked(w http.ResponseWriter, r *http.Request) {
	if len(r.TransferEncoding) > 0 {
		w.Header().Set("Connection", "close")
	}
}

// Watch tells the House of a server's connections which of them are of use: those with a request that has come whole.
func Watch(server *http.Server) {
	handler := server.Handler
	if handler == nil {
		handler = http.DefaultServeMux
	}
	server.Handler = watched{handler}
	server.ConnContext = WithConn
	server.ConnState = func(conn net.Conn, state http.ConnState) {
		if c, ok := bare(conn).(*Conn); ok && state == http.StateHijacked {
			c.hijacked()
		}
	}
}

type watched struct{ http.Handler }

func (h watched) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c, ok := r.Context().Value(connKey{}).(*Conn)
	if !ok {
		h.Handler.ServeHTTP(w, r)
		return
	}
	body := &body{ReadCloser: r.Body, left: r.ContentLength, whole: c.Serving}
	body.read(0, nil)
	defer body.finish()
	r.Body = body
	h.Handler.ServeHTTP(w, r)
}

// body notices when the last of it was read. One that does not say how long it is, and is not read to its end, never
// counts as whole.
type body struct {
	io.ReadCloser
	left  int64 // -1: unknown
	whole func() (done func())
	done  func()
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.read(n, err)
	return n, err
}

func (b *body) read(n int, err error) {
	if b.left > 0 {
		b.left -= int64(n)
	}
	if b.done == nil && (b.left == 0 || err == io.EOF) {
		b.done = b.whole()
	}
}

func (b *body) finish() {
	if b.done != nil {
		b.done()
	}
}

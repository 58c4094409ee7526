package conns

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/geth-ss/geth-ss/service/limits"
)

// fake is a connection from some address.
type fake struct {
	net.Conn
	from   string
	closed bool
}

func (f *fake) RemoteAddr() net.Addr {
	addr, _ := net.ResolveTCPAddr("tcp", f.from)
	return addr
}
func (f *fake) Close() error { f.closed = true; return nil }

// queue is a listener at which given connections arrive.
type queue struct {
	net.Listener
	next *fake
}

func (q *queue) Accept() (net.Conn, error) {
	if q.next == nil {
		return nil, io.EOF
	}
	c := q.next
	q.next = nil
	return c, nil
}

// TestHouse: whatever clients do, there are never more connections than places, of an address no more than its own; no
// connection with a request under way is closed; a newcomer comes in whenever one is idle or has become a WebSocket; and who has
// the most WebSockets loses one of them.
func TestHouse(t *testing.T) {
	for range 200 {
		seed := rand.Uint64()
		random := rand.New(rand.NewPCG(seed, 0))
		bounds := Bounds{Most: random.IntN(12), Each: random.IntN(6)}
		h, q := NewHouse(bounds), new(queue)
		l := h.Listen(q)
		type held struct {
			conn *Conn
			done func()
		}
		var all []*held
		open := func(which func(*held) bool) (out []*held) {
			for _, c := range all {
				if !c.conn.Conn.(*fake).closed && (which == nil || which(c)) {
					out = append(out, c)
				}
			}
			return out
		}
		for step := range 300 {
			name := fmt.Sprintf("seed %d, %+v, step %d", seed, bounds, step)
			there := open(nil)
			switch action := random.IntN(6); {
			case action < 3:
				q.next = &fake{from: fmt.Sprintf("10.0.0.%d:%d", random.IntN(4), 1000+step)}
				client := q.next
				before := there
				conn, err := l.Accept()
				mine := 0
				for _, c := range before {
					if c.conn.client == limits.ClientOf(client.from) {
						mine++
					}
				}
				give := func(c *held) bool { // may have to go
					own := c.conn.client == limits.ClientOf(client.from)
					if bounds.Each > 0 && mine >= bounds.Each {
						return own && c.done == nil && !c.conn.socket
					}
					return c.done == nil || c.conn.socket
				}
				full := bounds.Each > 0 && mine >= bounds.Each || bounds.Most > 0 && len(before) >= bounds.Most
				possible := !full
				for _, c := range before {
					possible = possible || give(c)
				}
				if (err == nil) != possible {
					t.Fatalf("%s: let in: %v, want %v", name, err == nil, possible)
				}
				lost := len(before) - len(open(nil))
				if full && err == nil && lost != 1 || (!full || err != nil) && lost != 0 {
					t.Fatalf("%s: %d were closed", name, lost)
				}
				if err == nil {
					all = append(all, &held{conn: conn.(*Conn)})
				}
			case len(there) == 0:
			case action == 3:
				if c := there[random.IntN(len(there))]; c.done == nil {
					c.done = c.conn.Serving()
				} else {
					c.done()
					c.done = nil
				}
			case action == 4:
				there[random.IntN(len(there))].conn.hijacked()
			default:
				there[random.IntN(len(there))].conn.Close()
			}
			if n := len(open(nil)); n != h.Open() || bounds.Most > 0 && n > bounds.Most {
				t.Fatalf("%s: %d are open, %d are counted", name, n, h.Open())
			}
		}
	}
}

// TestSocketsOfOthers: a client's WebSocket outlives any number of them from another address.
func TestSocketsOfOthers(t *testing.T) {
	h, q := NewHouse(Bounds{Most: 4}), new(queue)
	l := h.Listen(q)
	enter := func(from string) *Conn {
		q.next = &fake{from: from}
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		c.(*Conn).hijacked()
		return c.(*Conn)
	}
	mine := enter("10.0.0.1:1")
	for i := range 50 {
		enter(fmt.Sprintf("10.0.0.2:%d", i+1))
	}
	if mine.Conn.(*fake).closed {
		t.Error("the oldest was closed, which was of another address")
	}
}

// TestWholeRequests: over HTTP a connection counts as working once its request has come to the end, and until it is answered;
// half a request does not.
func TestWholeRequests(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := NewHouse(Bounds{Most: 2})
	working, goOn := make(chan bool), make(chan bool)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return // it was half a request, and had to go
		}
		working <- true
		<-goOn
	})}
	Watch(server)
	go server.Serve(h.Listen(inner))
	defer server.Close()
	dial := func(text string) net.Conn {
		c, err := net.Dial("tcp", inner.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		io.WriteString(c, text)
		return c
	}
	const post = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n"
	first := dial(post + "whol")
	<-working
	for range 5 {
		dial(post + "hal")
	}
	second := dial(post + "whol")
	<-working // it has come in, in place of a half
	goOn <- true
	goOn <- true
	for _, c := range []net.Conn{first, second} {
		c.SetDeadline(time.Now().Add(time.Minute))
		answer := make([]byte, 15)
		if _, err := io.ReadFull(c, answer); err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 200") {
			t.Errorf("%q, %v", answer, err)
		}
	}
}

// Package conns bounds the connections of a listener, each of which costs a file descriptor, a goroutine and its buffers, so
// that clients who hold many keep nobody else out.
package conns

import (
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/geth-ss/geth-ss/service/limits"
)

// Bounds are how many connections there may be at once; 0 is no bound.
type Bounds struct {
	Most int // in total
	Each int // of one client address

	// Shared, which may be nil, tells addresses that many clients share, as a proxy's: Each does not hold for them.
	Shared func(remote string) bool
}

// House has a number of places, for the connections of one listener or of several. When it is full, a new connection takes the place of the one that has had
// no request under way for the longest; so clients that send their requests a byte at a time, or none, keep nobody out. If
// there is none, it takes that of the oldest WebSocket of the address that has most of them: nobody can tell
// from outside which of these is of use. An address that has all it may gives up one of its own.
type House struct {
	bounds Bounds

	mu        sync.Mutex
	conns     map[*Conn]struct{}
	addresses map[limits.Client]int
}

// NewHouse makes an empty house.
func NewHouse(bounds Bounds) *House {
	return &House{bounds: bounds, conns: make(map[*Conn]struct{}), addresses: make(map[limits.Client]int)}
}

// Open is how many connections there are.
func (h *House) Open() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.conns)
}

// Listen puts the bounds on a listener.
func (h *House) Listen(inner net.Listener) net.Listener { return &listener{inner, h} }

type listener struct {
	net.Listener
	house *House
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		c := &Conn{Conn: conn, house: l.house, client: limits.ClientOf(conn.RemoteAddr().String()), since: time.Now()}
		c.shared = l.house.bounds.Shared != nil && l.house.bounds.Shared(conn.RemoteAddr().String())
		if l.house.add(c) {
			return c, nil
		}
		conn.Close()
	}
}

// add takes a connection in if there is a place for it or one can be made.
func (h *House) add(c *Conn) bool {
	h.mu.Lock()
	var victim *Conn
	switch b := h.bounds; {
	case b.Each > 0 && !c.shared && h.addresses[c.client] >= b.Each:
		victim = h.longestIdle(&c.client)
	case b.Most > 0 && len(h.conns) >= b.Most:
		if victim = h.longestIdle(nil); victim == nil {
			victim = h.oldestSocket()
		}
	default:
		h.keep(c)
		h.mu.Unlock()
		return true
	}
	if victim != nil {
		h.forget(victim)
		h.keep(c)
	}
	h.mu.Unlock()
	if victim == nil {
		return false
	}
	victim.Conn.Close() // before the new one is used: its descriptor is free then
	return true
}

// longestIdle finds the connection, of one client or of all, that has waited for a request the longest.
func (h *House) longestIdle(of *limits.Client) (found *Conn) {
	for c := range h.conns {
		if (of == nil || c.client == *of) && c.working == 0 && !c.socket && (found == nil || c.since.Before(found.since)) {
			found = c
		}
	}
	return found
}

// oldestSocket finds the oldest WebSocket of the address that has most of them.
func (h *House) oldestSocket() (found *Conn) {
	sockets, most := make(map[limits.Client]int), 0
	for c := range h.conns {
		if c.socket {
			sockets[c.client]++
			most = max(most, sockets[c.client])
		}
	}
	for c := range h.conns {
		if c.socket && sockets[c.client] == most && (found == nil || c.since.Before(found.since)) {
			found = c
		}
	}
	return found
}

func (h *House) keep(c *Conn) {
	h.conns[c] = struct{}{}
	h.addresses[c.client]++
}

// forget gives a connection's place back; twice does no harm.
func (h *House) forget(c *Conn) {
	if _, there := h.conns[c]; !there {
		return
	}
	delete(h.conns, c)
	if h.addresses[c.client]--; h.addresses[c.client] == 0 {
		delete(h.addresses, c.client)
	}
}

// Conn is an accepted connection.
type Conn struct {
	net.Conn
	house  *House
	client limits.Client
	shared bool // by many clients

	// Guarded by the house's mutex.
	since   time.Time // it was accepted, or had a request under way
	working int       // requests that have come whole, and whose answers have not gone
	socket  bool      // it has become a WebSocket, or whatever a handler took it for
}

// Close implements net.Conn.
func (c *Conn) Close() error {
	c.house.mu.Lock()
	c.house.forget(c)
	c.house.mu.Unlock()
	return c.Conn.Close()
}

// Serving marks a connection as being of use until done is called.
func (c *Conn) Serving() (done func()) {
	c.work(1)
	var once atomic.Bool
	return func() {
		if once.CompareAndSwap(false, true) {
			c.work(-1)
		}
	}
}

func (c *Conn) work(n int) {
	c.house.mu.Lock()
	defer c.house.mu.Unlock()
	c.working += n
	c.since = time.Now()
}

func (c *Conn) hijacked() {
	c.house.mu.Lock()
	defer c.house.mu.Unlock()
	c.socket, c.since = true, time.Now()
}

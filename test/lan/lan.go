// Package lan is a network for tests whose links can be cut and slowed: each host is a network namespace of its own,
// which processes are started in, and the switch that joins them is this program.
//
//	host 0 ─ tun0 ─┐            ┌─ tun0 ─ host 1
//	10.53.0.1      ├── switch ──┤         10.53.0.2
//	host 2 ─ tun0 ─┘            └─ …
//
// Nothing of the machine's own network is touched. The namespaces have no names: they end with this program and what it
// started, however they end. It needs Linux, CAP_SYS_ADMIN and /dev/net/tun.
package lan

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"
)

// ErrUnsupported says that this machine or user can't have network namespaces.
var ErrUnsupported = errors.New("no network namespaces here")

// MaxHosts is how many hosts a LAN may have.
const MaxHosts = 200

// queueLength is how many packets wait on a slow link; what comes on top is lost, as at any router.
const queueLength = 4096

// Link is the condition of one direction between two hosts. The zero Link is a good one.
type Link struct {
	Cut   bool          // everything is lost, and nobody is told
	Delay time.Duration // of every packet
	Loss  float64       // share of packets that are lost, 0 to 1
}

// LAN is hosts that are joined by a switch.
type LAN struct {
	hosts  []*host
	slow   [][]chan packet // by sender and receiver: packets under way on slow links
	closed chan struct{}
	wg     sync.WaitGroup

	mu    sync.RWMutex
	links [][]Link // by sender and receiver
	lost  *rand.Rand
}

// packet is one that is under way.
type packet struct {
	due  time.Time
	data []byte
}

// New makes a LAN of that many hosts, with all links good. The seed decides which packets a lossy link loses.
// An error is ErrUnsupported if there is no way to have one here.
func New(hosts int, seed uint64) (*LAN, error) {
	if hosts < 1 || hosts > MaxHosts {
		return nil, fmt.Errorf("a LAN of %d hosts, want 1 to %d", hosts, MaxHosts)
	}
	l := &LAN{closed: make(chan struct{}), lost: rand.New(rand.NewPCG(seed, 1))}
	for i := range hosts {
		h, err := newHost(l.Addr(i))
		if err != nil {
			l.Close()
			return nil, fmt.Errorf("making host %d of a LAN: %w", i, err)
		}
		l.hosts = append(l.hosts, h)
		l.links = append(l.links, make([]Link, hosts))
		l.slow = append(l.slow, make([]chan packet, hosts))
	}
	for i := range hosts {
		for j := range hosts {
			l.slow[i][j] = make(chan packet, queueLength)
			l.wg.Go(func() { l.carry(i, j) })
		}
		l.wg.Go(func() { l.read(i) })
	}
	return l, nil
}

// Addr is the address of a host. It answers from the other hosts alone.
func (l *LAN) Addr(i int) netip.Addr { return netip.AddrFrom4([4]byte{10, 53, 0, byte(i + 1)}) }

// Set changes the link from one host to another, in both directions.
func (l *LAN) Set(a, b int, to Link) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.links[a][b], l.links[b][a] = to, to
}

// SetAll changes all links of a host.
func (l *LAN) SetAll(a int, to Link) {
	for b := range l.hosts {
		if b != a {
			l.Set(a, b, to)
		}
	}
}

// Close ends the LAN. Processes that still run in it have no network any more.
func (l *LAN) Close() error {
	close(l.closed)
	var errs []error
	for _, h := range l.hosts {
		errs = append(errs, h.close())
	}
	l.wg.Wait()
	return errors.Join(errs...)
}

// read switches what a host sends.
func (l *LAN) read(from int) {
	buf := make([]byte, 1<<16)
	for {
		n, err := l.hosts[from].tun.Read(buf)
		if err != nil {
			return // closed
		}
		to, ok := l.receiver(buf[:n])
		if !ok || to == from {
			continue
		}
		l.forward(from, to, buf[:n])
	}
}

// receiver finds the host that an IPv4 packet is for.
func (l *LAN) receiver(data []byte) (int, bool) {
	const header = 20
	if len(data) < header || data[0]>>4 != 4 {
		return 0, false // IPv6 looks around by itself
	}
	to := [4]byte(data[16:20])
	i := int(to[3]) - 1
	return i, i >= 0 && i < len(l.hosts) && l.Addr(i).As4() == to
}

func (l *LAN) forward(from, to int, data []byte) {
	link, lost := l.condition(from, to)
	switch {
	case lost:
	case link.Delay == 0:
		l.hosts[to].tun.Write(data) // a full queue loses a packet, which is a network's right
	default:
		select {
		case l.slow[from][to] <- packet{time.Now().Add(link.Delay), append([]byte(nil), data...)}:
		default:
		}
	}
}

func (l *LAN) condition(from, to int) (link Link, lost bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	link = l.links[from][to]
	return link, link.Cut || link.Loss > 0 && l.lost.Float64() < link.Loss
}

// carry delivers the packets of one direction of a slow link, in order.
func (l *LAN) carry(from, to int) {
	for {
		select {
		case p := <-l.slow[from][to]:
			if !l.sleep(time.Until(p.due)) {
				return
			}
			l.hosts[to].tun.Write(p.data)
		case <-l.closed:
			return
		}
	}
}

func (l *LAN) sleep(d time.Duration) bool {
	if d <= 0 {
		return true
	}
	select {
	case <-time.After(d):
		return true
	case <-l.closed:
		return false
	}
}

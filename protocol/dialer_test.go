package protocol

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ethereum/go-ethereum/p2p"
	"github.com/ethereum/go-ethereum/p2p/enode"

	"github.com/geth-ss/geth-ss/internal/logtest"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// dials records when a network dials, and answers with what the test sets.
type dials struct {
	begin time.Time

	mu     sync.Mutex
	at     []time.Duration
	answer func() error
}

func (d *dials) connect(context.Context, *enode.Node) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.at = append(d.at, time.Since(d.begin))
	return d.answer()
}

func (d *dials) set(answer func() error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.answer = answer
}

func (d *dials) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.at)
}

var errRefused = &net.OpError{Op: "dial", Err: errors.New("connection refused")}

// withDials runs the lower or the higher of two nodes, with the other as a member
// that refuses connections.
func withDials(t *testing.T, lower bool, do func(n *Network, d *dials, other wire.NodeID)) {
	keys := testKeys(t, 2)
	self, other := keys[0], keys[1]
	if !lower {
		self, other = other, self
	}
	synctest.Test(t, func(t *testing.T) {
		n := New(self, newHost(idOf(other)))
		d := &dials{begin: time.Now(), answer: func() error { return errRefused }}
		n.connect = d.connect
		n.SetMembers([]*enode.Node{nodeOf(self, 1), nodeOf(other, 2)})
		do(n, d, idOf(other))
		n.Stop()
	})
}

func TestDialSchedule(t *testing.T) {
	for _, c := range []struct {
		name  string
		lower bool
		plus  time.Duration // what the higher id waits longer
	}{{"lower id", true, 0}, {"higher id", false, courtesy}} {
		t.Run(c.name, func(t *testing.T) {
			withDials(t, c.lower, func(n *Network, d *dials, _ wire.NodeID) {
				time.Sleep(5 * time.Minute)
				synctest.Wait()
				if d.at[0] != c.plus {
					t.Errorf("first dial after %v, want %v", d.at[0], c.plus)
				}
				for i, base := range []time.Duration{1, 1, 1, 2, 2, 2, 4, 4, 4, 8, 8, 8, 15, 15, 15} {
					wait := d.at[i+1] - d.at[i] - c.plus
					if base *= time.Second; wait < base*3/4 || wait > base*5/4 {
						t.Errorf("wait %d is %v, want about %v", i, wait, base)
					}
				}
				info := n.Peers()[0]
				if info.State != Waiting || info.LastError != "connection refused" || time.Until(info.NextDial) <= 0 {
					t.Errorf("shown as %+v", info)
				}
			})
		})
	}
}

// After a connection that lasted, the lower id is back within half a second.
func TestRedialAfterLoss(t *testing.T) {
	withDials(t, true, func(n *Network, d *dials, other wire.NodeID) {
		time.Sleep(time.Minute)
		f := connectFar(t, n, other)
		synctest.Wait()
		before := d.count()
		time.Sleep(time.Hour)
		if d.count() != before {
			t.Error("dialled while connected")
		}
		f.close()
		time.Sleep(redialWait)
		synctest.Wait()
		if d.count() != before+1 {
			t.Errorf("%d dials in %v after the loss", d.count()-before, redialWait)
		}
		time.Sleep(minBackoff * 5 / 4)
		synctest.Wait()
		if d.count() < before+2 { // or three, if all waits were short
			t.Error("back-off does not begin anew after a connection")
		}
	})
}

// How long a member has been away is counted from when it became one, and then from its loss.
func TestAway(t *testing.T) {
	withDials(t, true, func(n *Network, _ *dials, other wire.NodeID) {
		time.Sleep(time.Minute)
		if away := n.Away(other); away != time.Minute {
			t.Errorf("never there: away for %v, want a minute", away)
		}
		f := connectFar(t, n, other)
		f.read()
		f.hello(nil)
		synctest.Wait()
		if away := n.Away(other); away != 0 {
			t.Errorf("connected: away for %v", away)
		}
		f.close()
		time.Sleep(time.Second)
		if away := n.Away(other); away < time.Second/2 || away > time.Second {
			t.Errorf("lost a second ago: away for %v", away)
		}
		if away := n.Away(wire.NodeID{1}); away != 0 {
			t.Errorf("no member: away for %v", away)
		}
	})
}

// A node that lets us in and throws us out at once is not dialled without end.
func TestThrownOutAtOnce(t *testing.T) {
	withDials(t, true, func(n *Network, d *dials, other wire.NodeID) {
		d.set(func() error {
			connectFar(t, n, other).close()
			return nil
		})
		time.Sleep(time.Minute)
		if c := d.count(); c > 60/0.75 {
			t.Errorf("%d dials in a minute", c)
		}
	})
}

func TestMembersLeaveAndMove(t *testing.T) {
	withDials(t, true, func(n *Network, d *dials, other wire.NodeID) {
		time.Sleep(time.Minute)
		n.SetMembers(nil)
		before := d.count()
		time.Sleep(time.Minute)
		if d.count() != before || len(n.Peers()) != 0 {
			t.Error("dialled after it left the set")
		}
		pub, err := other.PublicKey()
		if err != nil {
			t.Fatal(err)
		}
		n.SetMembers([]*enode.Node{enode.NewV4(pub, nil, 0, 0)})
		time.Sleep(time.Minute)
		if d.count() != before || n.Peers()[0].State != NoAddress {
			t.Errorf("a node without address is shown as %+v", n.Peers()[0])
		}
		n.SetMembers([]*enode.Node{enode.NewV4(pub, nil, 30303, 0).WithHostname("node.example")})
		synctest.Wait()
		if d.count() != before+1 || n.Peers()[0].Address != "node.example:30303" {
			t.Errorf("a new address is not dialled at once: %+v", n.Peers()[0])
		}
	})
}

// A peer on which ss does not run is named so, and looked at again.
func TestNoSubprotocol(t *testing.T) {
	withDials(t, true, func(n *Network, d *dials, _ wire.NodeID) {
		d.set(func() error { return p2p.DiscAlreadyConnected }) // our own server has it
		time.Sleep(runTimeout)
		synctest.Wait()
		if info := n.Peers()[0]; info.State != NoSubproto || info.Reason == "" {
			t.Errorf("shown as %+v", info)
		}
	})
}

func TestExplain(t *testing.T) {
	for err, want := range map[error]string{
		p2p.DiscTooManyPeers: "does not count this node among the key servers",
		p2p.DiscUselessPeer:  "no protocol in common",
		p2p.DiscSelf:         "this node's own key",
		errRefused:           "connection refused",
	} {
		if got := explain(fmt.Errorf("rlpx proto error: %w", err)).Error(); !strings.Contains(got, want) {
			t.Errorf("%v is explained as %q", err, got)
		}
	}
}

// A member that is connected to "us" for longer than a dead connection lives is
// connected to another machine with our key.
func TestTwinOfOurOwn(t *testing.T) {
	withDials(t, true, func(n *Network, d *dials, _ wire.NodeID) {
		errors := logtest.Capture(t, slog.LevelError)
		d.set(func() error { return fmt.Errorf("rlpx proto error: %w", p2p.DiscAlreadyConnected) })
		time.Sleep(twinAfter)
		if errors.Lines() != 0 {
			t.Error("a connection that may be timing out was taken for a twin")
		}
		time.Sleep(twinLogEvery)
		if errors.Lines() != 1 {
			t.Errorf("%d lines in %v, want one", errors.Lines(), twinLogEvery)
		}
	})
}

// Two processes of one member that take turns are two machines; restarts are not.
func TestTwinOfAMember(t *testing.T) {
	withFar(t, func(h *host, f *far) {
		errors := logtest.Capture(t, slog.LevelError)
		f.close()
		visit := func(inst byte) {
			g := connectFar(t, f.n, f.id)
			g.read()
			g.hello(func(h *hello) { h.Instance = instance{inst} })
			synctest.Wait()
			g.close()
		}
		for _, inst := range []byte{1, 1, 2, 3, 3} {
			visit(inst)
		}
		if errors.Lines() != 0 {
			t.Error("restarts were taken for a twin")
		}
		visit(2)
		if errors.Lines() != 1 {
			t.Error("a twin was not named")
		}
		f.result <- nil // for withFar
	})
}

// A network that is told of members before it is started has no server to dial with, and says so.
func TestNothingIsDialledBeforeTheStart(t *testing.T) {
	keys := testKeys(t, 2)
	n := New(keys[0], newHost(idOf(keys[1])))
	if err := n.dial(t.Context(), nodeOf(keys[1], 1)); err == nil || !strings.Contains(err.Error(), "not started") {
		t.Error(err)
	}
}

package protocol

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// withFar plays a member against a network, in a bubble of its own time.
func withFar(t *testing.T, do func(h *host, f *far)) {
	keys := testKeys(t, 2)
	synctest.Test(t, func(t *testing.T) {
		h := newHost(idOf(keys[0]), idOf(keys[1]))
		n := New(keys[0], h)
		f := connectFar(t, n, idOf(keys[1]))
		do(h, f)
		f.close()
		n.Stop()
		if left := n.Peers(); len(left) != 0 {
			t.Errorf("still listed after the connection ended: %v", left)
		}
	})
}

func TestMessagesBothWays(t *testing.T) {
	withFar(t, func(h *host, f *far) {
		f.read()
		if err := f.n.Send(f.id, wire.SessionID{}, &wire.Refuse{}); !errors.Is(err, ErrNotConnected) {
			t.Errorf("sending before the hello: %v", err)
		}
		f.hello(nil)
		f.say("a")
		f.say("b")
		synctest.Wait()
		h.expect(t, "up", "handle a", "handle b")
		if ids := f.n.Connected(); len(ids) != 1 || ids[0] != f.id {
			t.Errorf("connected: %v", ids)
		}
		if err := f.n.Send(f.id, wire.SessionID{}, &wire.Refuse{Reason: wire.Busy}); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if got := fmt.Sprint(f.codes()); got != "[0 8]" {
			t.Errorf("sent codes %v, want the hello and the message", got)
		}
		f.close()
		h.expect(t, "up", "handle a", "handle b", "down: connection closed")
		f.result <- nil // for withFar
	})
}

// A node tells what it knows, and believes of others what they tell, as long as they are connected. Bits that it does not
// know mean nothing to it.
func TestFeatures(t *testing.T) {
	for theirs, known := range map[Feature]bool{0: false, KeptItems: true, KeptItems | 1<<63: true, 1 << 63: false} {
		withFar(t, func(h *host, f *far) {
			f.read()
			f.hello(func(h *hello) { h.Features = theirs })
			synctest.Wait()
			if got := f.n.Knows(f.id, KeptItems); got != known {
				t.Errorf("of one that says %b: %t", theirs, got)
			}
			if own, err := decodeHello(f.first()); err != nil || own.Features != KeptItems|ServerSets|Rounds|GivingUp|Plans|Rehearsals|Addresses {
				t.Errorf("it says %+v: %v", own, err)
			}
			f.close()
			if f.n.Knows(f.id, KeptItems) {
				t.Error("it is taken to know, and is gone")
			}
			f.result <- nil // for withFar
		})
	}
}

// Whatever a peer says, Run stays, the messages are drained and the reason is shown.
func TestIgnoredWithoutHarm(t *testing.T) {
	for _, c := range []struct {
		name  string
		state State
		do    func(h *host, f *far)
	}{
		{"silent", Silent, func(_ *host, f *far) { time.Sleep(helloTimeout) }},
		{"greeting", Greeting, func(_ *host, f *far) { time.Sleep(helloTimeout - time.Second) }},
		{"messages before hello", Greeting, func(_ *host, f *far) { f.say("x") }},
		{"other cluster", OtherCluster, func(_ *host, f *far) { f.hello(func(h *hello) { h.Cluster = otherCluster }) }},
		{"other version", OtherVersion, func(_ *host, f *far) { f.hello(func(h *hello) { h.Version = 3 }) }},
		{"not a member", NotMember, func(h *host, f *far) { h.setMember(f.id, false); f.n.SetMembers(nil); f.hello(nil) }},
		{"garbage for hello", Muted, func(_ *host, f *far) { f.send(0, []byte("no RLP")) }},
		{"large hello", Muted, func(_ *host, f *far) { f.send(0, make([]byte, maxHelloSize+1)) }},
		{"long hello", Muted, func(_ *host, f *far) {
			f.hello(func(h *hello) {
				for range maxHelloRest + 1 {
					h.Rest = append(h.Rest, []byte{1})
				}
			})
		}},
		{"empty hello", Muted, func(_ *host, f *far) { f.send(0, nil) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			withFar(t, func(h *host, f *far) {
				f.read()
				c.do(h, f)
				f.say("dropped")
				synctest.Wait()
				if s := f.status(); s.State != c.state || (s.Reason == "") != (c.state == Greeting) {
					t.Errorf("state %q, reason %q; want %q with a reason", s.State, s.Reason, c.state)
				}
				h.expect(t)
				f.running()
			})
		})
	}
}

// A member that breaks the protocol is muted, named, and heard again later.
func TestMuted(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(f *far)
	}{
		{"second hello", func(f *far) { f.hello(nil) }},
		{"garbage", func(f *far) { f.send(uint64(wire.CodeRefuse), []byte{0xff, 1, 2}) }},
		{"empty", func(f *far) { f.send(uint64(wire.CodeRefuse), nil) }},
		{"too large", func(f *far) { f.send(uint64(wire.CodeRefuse), make([]byte, wire.MaxMessageSize+1)) }},
		{"over a bound", func(f *far) { f.say(string(make([]byte, wire.MaxDetail+1))) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			withFar(t, func(h *host, f *far) {
				f.read()
				f.hello(nil)
				c.do(f)
				f.say("muted")
				synctest.Wait()
				s := f.status()
				if s.State != Muted || s.Reason == "" {
					t.Errorf("state %q, reason %q", s.State, s.Reason)
				}
				time.Sleep(muteFirst)
				synctest.Wait()
				f.say("heard")
				synctest.Wait()
				f.running()
				got := h.log()
				if n := len(got); n < 2 || got[n-1] != "handle heard" || got[n-2] != "up" {
					t.Errorf("backend saw %q, want it to end with up and the message", got)
				}
			})
		})
	}
}

// A member with a newer program sends what this one does not know. It is refused, so that it need not
// wait; it is not muted, and what this program knows goes on.
func TestNewerMember(t *testing.T) {
	for code := range uint64(wire.ProtocolLength) {
		if wire.IsKnown(wire.Code(code)) || code == uint64(wire.CodeHello) {
			continue
		}
		withFar(t, func(h *host, f *far) {
			f.read()
			f.hello(nil)
			synctest.Wait()
			f.send(code, refuseMessage(t, "x"))
			f.send(code, []byte{0xff}) // it may have another frame, too
			f.say("known")
			synctest.Wait()
			f.running()
			h.expect(t, "up", "handle known")
			if got := f.codes(); !slices.Equal(got, []uint64{uint64(wire.CodeHello), uint64(wire.CodeRefuse)}) {
				t.Errorf("code %#x is answered with %#x", code, got)
			}
			if info := f.n.Peers()[0]; info.State != Connected || !strings.Contains(info.Difference, fmt.Sprintf("message %#x", code)) {
				t.Errorf("code %#x: %+v", code, info)
			}
		})
	}
}

// Sets change while connections stand: no reconnect is needed, either way.
func TestMembershipChanges(t *testing.T) {
	withFar(t, func(h *host, f *far) {
		f.read()
		h.setMember(f.id, false)
		f.n.SetMembers(nil)
		synctest.Wait()
		f.hello(nil)
		f.say("too early")
		synctest.Wait()
		h.expect(t)

		h.setMember(f.id, true)
		f.n.SetMembers(nil)
		synctest.Wait()
		f.say("now")
		synctest.Wait()
		h.expect(t, "up", "handle now")

		h.setMember(f.id, false) // the set may change before SetMembers is called
		f.say("too late")
		synctest.Wait()
		h.expect(t, "up", "handle now")
		f.n.SetMembers(nil)
		synctest.Wait()
		h.expect(t, "up", "handle now", "down: it is not in this node's key server set")
		if err := f.n.Send(f.id, wire.SessionID{}, &wire.Refuse{}); !errors.Is(err, ErrNotConnected) {
			t.Errorf("sending to a former member: %v", err)
		}
		f.running()
	})
}

// A node that is no member is not even greeted.
func TestNoHelloToStrangers(t *testing.T) {
	keys := testKeys(t, 2)
	synctest.Test(t, func(t *testing.T) {
		n := New(keys[0], newHost())
		f := connectFar(t, n, idOf(keys[1]))
		f.read()
		f.hello(nil)
		time.Sleep(time.Minute)
		if codes := f.codes(); len(codes) != 0 {
			t.Errorf("sent %v to a stranger", codes)
		}
		f.close()
		n.Stop()
	})
}

// A flood fills the inbox and no more; the read loop goes on.
func TestFloodDropsAndNeverBlocks(t *testing.T) {
	withFar(t, func(h *host, f *far) {
		f.read()
		h.block = make(chan struct{}) // a backend that breaks its promise
		f.hello(nil)
		synctest.Wait()
		const flood = 3 * maxQueued
		for range flood {
			f.say("x")
		}
		synctest.Wait()
		info := f.n.Peers()[0]
		if info.Received != maxQueued+1 || info.Dropped != flood-maxQueued-1 {
			t.Errorf("received %d, dropped %d of %d", info.Received, info.Dropped, flood)
		}
		close(h.block)
		synctest.Wait()
		if h.handled != maxQueued+1 {
			t.Errorf("handled %d messages of %d taken", h.handled, maxQueued+1)
		}
		f.running()
	})
}

// A peer that does not read makes Send fail, not wait.
func TestSendNeverBlocks(t *testing.T) {
	withFar(t, func(h *host, f *far) {
		f.hello(nil)
		synctest.Wait()
		h.expect(t, "up")
		var err error
		sent := 0
		for ; err == nil && sent < 3*maxQueued; sent++ {
			err = f.n.Send(f.id, wire.SessionID{}, &wire.Refuse{Reason: wire.Busy})
		}
		if !errors.Is(err, ErrQueueFull) || sent > maxQueued+2 {
			t.Errorf("after %d messages: %v", sent, err)
		}
	})
}

// Large messages are bounded by bytes long before their number is.
func TestQueueBytes(t *testing.T) {
	q := newQueue[int]()
	taken := 0
	for q.push(taken, 1<<20) {
		taken++
	}
	if taken != maxQueuedBytes>>20 {
		t.Errorf("took %d MiB", taken)
	}
	for want := range taken {
		if got, ok := q.pop(); !ok || got != want {
			t.Fatalf("popped %d, want %d", got, want)
		}
	}
	if _, ok := q.pop(); ok || !q.room(1<<20) {
		t.Error("not empty after the last pop")
	}
}

// After Stop the connection stands, as eth needs it, and the backend hears nothing.
func TestStopKeepsConnection(t *testing.T) {
	keys := testKeys(t, 3)
	synctest.Test(t, func(t *testing.T) {
		h := newHost(idOf(keys[1]), idOf(keys[2]))
		n := New(keys[0], h)
		f := connectFar(t, n, idOf(keys[1]))
		f.read()
		f.hello(nil)
		synctest.Wait()
		n.Stop()
		f.say("x")
		synctest.Wait()
		h.expect(t, "up", "down: connection closed")
		f.running()

		late := connectFar(t, n, idOf(keys[2]))
		late.read()
		late.hello(nil)
		synctest.Wait()
		h.expect(t, "up", "down: connection closed")
		late.running()
		late.close()
		f.close()
	})
}

package protocol

import (
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// TestMuteLengths: longer each time, never for ever, and forgiven after good behaviour.
func TestMuteLengths(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, node := newMuteList(), wire.NodeID{1}
		for _, want := range []time.Duration{10, 20, 40, 80, 160, 320, 600, 600} {
			want *= time.Second
			if got := m.add(node, "fault"); got != want {
				t.Fatalf("muted for %v, want %v", got, want)
			}
			if m.add(node, "another") != 0 {
				t.Error("muted while it was")
			}
			if until, why := m.of(node); until != time.Now().Add(want) || why != "fault" {
				t.Errorf("muted until %v for %q", until, why)
			}
			time.Sleep(want)
			if until, why := m.of(node); !until.IsZero() || why != "" {
				t.Errorf("still muted until %v for %q", until, why)
			}
		}
		time.Sleep(muteForgotten)
		if got := m.add(node, "fault"); got != muteFirst {
			t.Errorf("muted for %v after an hour without a fault", got)
		}
		for i := range 3 * maxMutes {
			m.add(wire.NodeID{2, byte(i >> 8), byte(i)}, "fault")
		}
		if got := m.nodes.Len(); got != maxMutes {
			t.Errorf("%d nodes remembered", got)
		}
	})
}

// TestMuteOutlivesConnection: who connects again is muted all the same, and heard when
// the time is over.
func TestMuteOutlivesConnection(t *testing.T) {
	keys := testKeys(t, 2)
	synctest.Test(t, func(t *testing.T) {
		h := newHost(idOf(keys[1]))
		n := New(keys[0], h)
		for i := range 2 {
			f := connectFar(t, n, idOf(keys[1]))
			f.read()
			f.hello(nil)
			synctest.Wait()
			if i == 0 {
				n.Mute(f.id, "signed two of them")
				synctest.Wait()
			}
			f.say("muted")
			synctest.Wait()
			if s := f.status(); s.State != Muted || s.Reason != "signed two of them" {
				t.Errorf("connection %d: %v", i, s)
			}
			f.running()
			if i == 1 {
				time.Sleep(muteFirst)
				synctest.Wait()
				f.say("heard")
				synctest.Wait()
			}
			f.close()
		}
		h.expect(t, "up", "down: signed two of them", "up", "handle heard", "down: connection closed")
		n.Stop()
	})
}

// TestFloodOfOneMember: while one member floods, muted or not, the messages of another
// are all handled.
func TestFloodOfOneMember(t *testing.T) {
	for _, muted := range []bool{false, true} {
		t.Run(fmt.Sprintf("muted=%t", muted), func(t *testing.T) {
			keys := testKeys(t, 3)
			h := newHost(idOf(keys[1]), idOf(keys[2]))
			n := New(keys[0], h)
			flooder, honest := connectFar(t, n, idOf(keys[1])), connectFar(t, n, idOf(keys[2]))
			for _, f := range []*far{flooder, honest} {
				f.read()
				f.hello(nil)
			}
			eventually(t, "both are up", func() bool { return len(n.Connected()) == 2 })
			if muted {
				n.Mute(flooder.id, "test")
			}
			var stop atomic.Bool
			done := make(chan int)
			go func() {
				sent := 0
				for ; !stop.Load(); sent++ {
					flooder.say("flood")
				}
				done <- sent
			}()
			const messages = 200
			for i := range messages {
				honest.say(fmt.Sprint(i))
			}
			handled := func() (count int) {
				for _, event := range h.log() {
					if event == fmt.Sprintf("handle %d", count) {
						count++
					}
				}
				return count
			}
			eventually(t, "all of the honest member's are handled, in order", func() bool { return handled() == messages })
			stop.Store(true)
			t.Logf("%d messages of the flood meanwhile", <-done)
			flooder.running()
			flooder.close()
			honest.close()
			n.Stop()
		})
	}
}

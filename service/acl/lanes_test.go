package acl

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// busyChain is a chain whose contract says yes to everything, some time after it was asked.
type busyChain struct {
	*fakeChain
	gas  uint64       // of each call
	took atomic.Int64 // a time.Duration
}

func (c *busyChain) Call(context.Context, wire.BlockRef, common.Address, []byte, uint64) ([]byte, uint64, error) {
	time.Sleep(time.Duration(c.took.Load()))
	return word(1), c.gas, nil
}

// crowd has that many ask about one key at once. It tells how many were granted it, and after which times the others
// learnt, in ascending order, that nothing is known.
func crowd(t *testing.T, o *Oracle, askers int) (granted int, refused []time.Duration) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	begun := time.Now()
	for range askers {
		wg.Go(func() {
			v := o.Decide(t.Context(), session.Question{Requester: alice, Key: document})
			mu.Lock()
			defer mu.Unlock()
			switch {
			case v.Answer == session.Granted:
				granted++
			case v.Answer == session.Unreadable && strings.Contains(v.Reason, "too many contract calls"):
				refused = append(refused, time.Since(begun))
			default:
				t.Errorf("%v, %s", v.Answer, v.Reason)
			}
		})
	}
	wg.Wait()
	return granted, refused
}

// TestSlowMomentRefusesNobody: a moment in which the machine did something else says nothing about how fast those have
// their turn who ask next.
func TestSlowMomentRefusesNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &busyChain{fakeChain: &fakeChain{final: 9, time: 1000}}
		o := New(c, Setting{Kind: Address, Address: contract}, Config{Calls: 4})
		c.took.Store(int64(time.Second))
		crowd(t, o, 1)
		c.took.Store(int64(time.Millisecond))
		begun := time.Now()
		if granted, refused := crowd(t, o, 400); granted != 400 {
			t.Errorf("%d were granted, others refused after %v", granted, refused)
		}
		if took := time.Since(begun); took > time.Second {
			t.Errorf("they took %v", took)
		}
	})
}

// TestTurnsEnd: whoever waits for its turn for nearly as long as a session takes learns that nothing is known. About an
// expensive key it learns so earlier, and at once if its turn would come later: meanwhile it keeps others out.
func TestTurnsEnd(t *testing.T) {
	for _, c := range []struct {
		name        string
		gas         uint64
		granted     int
		first, last time.Duration // when others are refused
	}{
		{"ordinary", 0, 2 * (1 + 8), 8 * time.Second, 8 * time.Second}, // two at a time
		{"expensive", cheapGas + 1, 1 + 3, 0, 3 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			f := &busyChain{fakeChain: &fakeChain{final: 9, time: 1000}, gas: c.gas}
			o := New(f, Setting{Kind: Address, Address: contract}, Config{Calls: 4})
			f.took.Store(int64(time.Second - time.Millisecond))
			for range 2 { // then it is known whether the key is expensive, and how long such a decision takes
				crowd(t, o, 1)
			}
			granted, refused := crowd(t, o, 100)
			if granted != c.granted || len(refused) != 100-granted {
				t.Errorf("%s: %d were granted, want %d", c.name, granted, c.granted)
			}
			if first, last := refused[0], refused[len(refused)-1]; first != c.first || last > c.last {
				t.Errorf("%s: others were refused after %v to %v, want %v to %v", c.name, first, last, c.first, c.last)
			}
		})
	}
}

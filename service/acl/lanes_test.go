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

// busyChain is a chain that answers some time after it was asked.
type busyChain struct {
	*fakeChain
	took atomic.Int64 // a time.Duration
}

func (c *busyChain) Call(ctx context.Context, at wire.BlockRef, to common.Address, input []byte, gas uint64) ([]byte, uint64, error) {
	time.Sleep(time.Duration(c.took.Load()))
	return c.fakeChain.Call(ctx, at, to, input, gas)
}

// newBusy makes the oracle of a node whose contract says yes at block 9, for that much gas.
func newBusy(gas uint64, calls int) (*busyChain, *Oracle) {
	c := &busyChain{fakeChain: &fakeChain{final: 9, time: 1000, used: gas, answers: map[uint64]func() ([]byte, error){9: yes, 10: no}}}
	return c, New(c, Setting{Kind: Address, Address: contract}, Config{Calls: calls})
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
		c, o := newBusy(0, 4)
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
			f, o := newBusy(c.gas, 4)
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

// TestRevokedMeanwhile: a permission that is revoked while a decision waits for its turn admits nobody.
func TestRevokedMeanwhile(t *testing.T) {
	nine := block(9)
	for _, c := range []struct {
		at   *wire.BlockRef
		want session.Answer
	}{{nil, session.Refused}, {&nine, session.Newer}} {
		synctest.Test(t, func(t *testing.T) {
			f, o := newBusy(0, 1)
			f.took.Store(int64(time.Second))
			go o.Decide(t.Context(), session.Question{Requester: alice, Key: document}) // takes the one place
			synctest.Wait()
			time.AfterFunc(time.Second/2, func() { f.finalize(10) })
			v := o.Decide(t.Context(), session.Question{Requester: alice, Key: document, Block: c.at})
			if v.Answer != c.want || v.Head.Number != 10 {
				t.Errorf("%v at final block %d, want %v: %s", v.Answer, v.Head.Number, c.want, v.Reason)
			}
		})
	}
}

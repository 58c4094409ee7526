package service

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/limits"
)

func recordOf(threshold uint32, members ...wire.NodeID) *wire.KeyRecord {
	return &wire.KeyRecord{Setup: wire.Setup{Threshold: threshold, Members: members}}
}

func testKey(n int) (id wire.KeyID) { id[0], id[1] = byte(n>>8), byte(n); return id }

// The margin of a key is how many holders beyond threshold+1 are connected and have not
// said that they lost their share.
func TestMargins(t *testing.T) {
	nodes := []wire.NodeID{testNode(1), testNode(2), testNode(3), testNode(4)}
	lost := func(lost ...int) func(wire.NodeID) bool {
		return func(n wire.NodeID) bool { return !slices.Contains(lost, int(n[0])) }
	}
	f := &sharesFound{kinds: make(map[string]*keyKind), ended: time.Unix(1, 0)}
	for i := range 100 {
		f.add(testKey(i), recordOf(1, nodes...), lost()) // margin 2
	}
	for i := range 40 {
		f.add(testKey(200+i), recordOf(2, nodes...), lost(3)) // margin 0
	}
	f.add(testKey(300), recordOf(2, nodes...), lost(2, 3)) // margin -1
	f.add(testKey(301), recordOf(0, nodes[:1]...), lost()) // margin 0
	if len(f.kinds) != 4 {
		t.Errorf("%d kinds", len(f.kinds))
	}
	for _, c := range []struct {
		live                           []int
		lowest, endangered, unreadable int
		first                          int // key of the list
	}{
		{[]int{1, 2, 3, 4}, -1, 42, 1, 300},
		{[]int{1, 2, 4}, -1, 42, 1, 300},
		{[]int{1, 2}, -2, 142, 41, 300},
		{[]int{2, 3}, -3, 142, 42, 300},
		{[]int{}, -3, 142, 142, 200},
	} {
		live := make(map[wire.NodeID]bool)
		for _, n := range c.live {
			live[testNode(byte(n))] = true
		}
		m := f.margins(live)
		if m.Lowest == nil || *m.Lowest != c.lowest || m.Endangered != c.endangered || m.Unreadable != c.unreadable || m.Looked != 142 {
			t.Errorf("with %v connected: %s", c.live, asJSON(m))
		}
		if len(m.Keys) != maxExamples || m.Keys[0].ID != testKey(c.first) || !slices.IsSortedFunc(m.Keys, func(a, b KeyMargin) int { return a.Margin - b.Margin }) {
			t.Errorf("with %v connected: %d keys, the first %v", c.live, len(m.Keys), m.Keys[0])
		}
	}
	if m := (&sharesFound{}).margins(nil); m.Lowest != nil || m.Endangered != 0 {
		t.Errorf("of no keys: %s", asJSON(m))
	}
}

func asJSON(v any) string {
	enc, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(enc)
}

// While some key has too few shares all are looked at again soon, then less and less often; that holders are not connected is no
// reason.
func TestLostSharesAreLookedAtSoon(t *testing.T) {
	nodes := []wire.NodeID{testNode(1), testNode(2), testNode(3)}
	v := newShareCheck()
	next := func(lost ...byte) time.Duration {
		f := v.begin()
		f.add(testKey(1), recordOf(1, nodes...), func(n wire.NodeID) bool { return !slices.Contains(lost, n[0]) })
		v.end()
		return v.wait(0)
	}
	if wait := v.wait(0); wait != 0 {
		t.Errorf("before anything was found: %v", wait)
	}
	if wait := next(1); wait != 0 || next(1, 2) != shareCheckSoon || v.last.margins(nil).Unreadable != 1 {
		t.Errorf("with two holders: %v; with one: %v", wait, v.wait(0))
	}
	for before, want := range map[time.Duration]time.Duration{shareCheckSoon: 2 * shareCheckSoon, 4 * shareCheckSoon: 8 * shareCheckSoon,
		shareCheckEvery - 1: shareCheckEvery, shareCheckEvery: shareCheckEvery} {
		if wait := v.wait(before); wait != want {
			t.Errorf("after %v: %v", before, wait)
		}
	}
	if wait := next(); wait != 0 {
		t.Errorf("when it is there again: %v", wait)
	}
}

// When keys have moved, what was found out is about the holders of before: all are looked at anew.
func TestMovedKeysAreLookedAt(t *testing.T) {
	s := &succession{shareCheck: newShareCheck()}
	for _, c := range []struct {
		state wire.ChangeState
		want  int
	}{{wire.ChangeListing, 0}, {wire.ChangeMoving, 0}, {wire.ChangeErasing, 1}, {"", 1}} {
		s.enterLocked(c.state)
		if got := len(s.shareCheck.wake); got != c.want {
			t.Errorf("in state %q: %d, want %d", c.state, got, c.want)
		}
		s.shareCheck = newShareCheck()
	}
}

// However many kinds of keys a peer's records make, memory is bounded, and none goes
// uncounted.
func TestKindsAreBounded(t *testing.T) {
	f := &sharesFound{kinds: make(map[string]*keyKind)}
	for i := range 3 * maxKinds {
		var member wire.NodeID
		member[0], member[1] = byte(i>>8), byte(i)
		f.add(testKey(i), recordOf(0, member), func(wire.NodeID) bool { return true })
	}
	if m := f.margins(nil); len(f.kinds) != maxKinds || m.Looked != 3*maxKinds {
		t.Errorf("%d kinds of %d keys", len(f.kinds), m.Looked)
	}
}

// A key's holders are looked for on their disks, and pages of keys lead through all of
// them.
func TestKeyStatus(t *testing.T) {
	s := newSoloService(t)
	var ids []wire.KeyID
	for i := range 5 {
		id := testKey(10 * (i + 1))
		ids = append(ids, id)
		if _, err := s.GenerateServerKey(t.Context(), newRequester(t, id), id, 0); err != nil {
			t.Fatal(err)
		}
	}
	status := func() *KeyStatus {
		t.Helper()
		answer, err := s.KeyStatus(t.Context(), ids[2])
		if err != nil {
			t.Fatal(err)
		}
		return answer.(*KeyStatus)
	}
	if st := status(); st.Margin != 0 || st.Holders != 1 || st.Needed != 1 || !st.Confirmed || st.Document || len(st.Nodes) != 1 || st.Nodes[0].Share != "held" {
		t.Errorf("%s", asJSON(st))
	}
	if err := s.checkAllShares(); err != nil {
		t.Fatal(err)
	}
	if m := s.margins(); m.Lowest == nil || *m.Lowest != 0 || m.Looked != 5 || m.Checked.IsZero() {
		t.Errorf("%s", asJSON(m))
	}

	// The share goes from the disk; the copy in memory is not believed.
	state, err := s.states.load(ids[2])
	if err != nil {
		t.Fatal(err)
	}
	erase := wire.Record{Op: wire.Erase, Kind: wire.RecordShare, Key: ids[2], Session: state.Record.Version()}
	if err := s.states.db.Apply([]wire.Record{erase}); err != nil {
		t.Fatal(err)
	}
	if st := status(); st.Margin != -1 || st.Nodes[0].Share != "lost" {
		t.Errorf("%s", asJSON(st))
	}
	if err := s.checkAllShares(); err != nil {
		t.Fatal(err)
	}
	if m := s.margins(); *m.Lowest != -1 || m.Unreadable != 1 || m.Endangered != 5 || m.Keys[0].ID != ids[2] {
		t.Errorf("%s", asJSON(m))
	}

	if _, err := s.KeyStatus(t.Context(), wire.KeyID{9, 9, 9}); wire.ReasonOf(err) != wire.KeyNotFound {
		t.Errorf("an unknown key: %v", err)
	}
	var listed []wire.KeyID
	for from := new(wire.KeyID); from != nil; {
		answer, err := s.Keys(t.Context(), *from, 2)
		if err != nil {
			t.Fatal(err)
		}
		page := answer.(*KeyPage)
		for _, key := range page.Keys {
			if listed = append(listed, key.ID); key.Share != (key.ID != ids[2]) || !key.Confirmed || key.Members != 1 {
				t.Errorf("%+v", key)
			}
		}
		from = page.Next
	}
	if !slices.Equal(listed, ids) {
		t.Errorf("pages list %v, want %v", listed, ids)
	}
}

// Questions that nobody has to prove anything for are bounded, for each peer by itself.
func TestQuestionsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueries()
		answered := func(peer byte) (n int) {
			for q.of(testNode(peer)) == nil {
				n++
			}
			return n
		}
		if got := answered(1); got != queriesAMinute {
			t.Errorf("%d questions at once, want %d", got, queriesAMinute)
		}
		if got := answered(2); got != queriesAMinute {
			t.Errorf("%d of another peer", got)
		}
		time.Sleep(3 * time.Second)
		if got := answered(1); got != 3 {
			t.Errorf("%d after a while, want 3", got)
		}
		time.Sleep(time.Hour)
		if got := answered(1); got != queriesAMinute {
			t.Errorf("%d after an hour", got)
		}
		if err := q.of(testNode(1)); wire.ReasonOf(err) != wire.Limit {
			t.Error(err)
		}
	})
}

// TestQuestionsByTurns: however many questions a client has, few are worked on at once, all
// are answered, and another client's is answered meanwhile.
func TestQuestionsByTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueries()
		var mu sync.Mutex
		var running, most, answered int // guarded by mu
		ask := func(client limits.Client) {
			release, err := q.enter(limits.WithClient(t.Context(), client))
			if err != nil {
				t.Error(client, err)
				return
			}
			defer release()
			mu.Lock()
			running, answered = running+1, answered+1
			most = max(most, running)
			mu.Unlock()
			time.Sleep(100 * time.Millisecond)
			mu.Lock()
			running--
			mu.Unlock()
		}
		for range 300 {
			go ask("a burst")
		}
		synctest.Wait()
		start := time.Now()
		ask("another")
		if took := time.Since(start); took > 200*time.Millisecond {
			t.Errorf("another client waited for %v", took)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if answered != 301 || most > maxQueries {
			t.Errorf("%d were answered, %d at once", answered, most)
		}
	})
}

// A question that has to be refused costs no look at the disk, and is refused in words.
func TestQuestionsOfPeersAreRefused(t *testing.T) {
	s := newSoloService(t)
	peer := testNode(1)
	for s.questions.of(peer) == nil {
	}
	for _, opening := range []wire.Opening{&wire.Holdings{Keys: []wire.KeyVersion{{}}}, &wire.Explain{Requester: [20]byte{1}}} {
		r := s.newRunner(wire.KindOf(opening), opening.Subject(), peer)
		if _, err := s.backend.joinMachine(r, session.Received{From: peer, Msg: opening}, opening); wire.ReasonOf(err) != wire.Limit {
			t.Errorf("%T: %v", opening, err)
		}
	}
}

// BenchmarkShareCheck is what one page of a share check costs the node that is asked.
func BenchmarkShareCheck(b *testing.B) {
	s := newSoloService(b)
	var keys []wire.KeyVersion
	for i := range wire.MaxHoldings {
		id := testKey(i + 1)
		if _, err := s.GenerateServerKey(context.Background(), newRequester(b, id), id, 0); err != nil {
			b.Fatal(err)
		}
		state, err := s.recall(id)
		if err != nil {
			b.Fatal(err)
		}
		keys = append(keys, wire.KeyVersion{Key: id, Version: state.Record.Version()})
	}
	for b.Loop() {
		for _, k := range keys {
			if _, err := s.states.read(k.Key); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/wire.MaxHoldings, "µs/key")
}

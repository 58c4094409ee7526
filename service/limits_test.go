package service

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/geth-ss/geth-ss/internal/leak"
	"github.com/geth-ss/geth-ss/protocol/join"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/acl"
	"github.com/geth-ss/geth-ss/service/limits"
)

func TestMain(m *testing.M) {
	leak.Main(m, "core.(*txSenderCacher).cache") // geth starts them once, for all chains of a process, and never ends them
}

// limited gives a service other limits than the default.
func (s *Service) limited(change func(*limits.Config)) *Service {
	cfg := limits.Default()
	change(&cfg)
	s.limits = newLimiter(cfg)
	return s
}

func overLimit(t *testing.T, err error) *limits.Exceeded {
	t.Helper()
	var over *limits.Exceeded
	if !errors.As(err, &over) || wire.ReasonOf(err) != wire.Limit {
		t.Fatalf("%v, want a limit", err)
	}
	return over
}

// TestRequesterRates: whoever signs is limited, not who else asks.
func TestRequesterRates(t *testing.T) {
	s := newSoloService(t).limited(func(c *limits.Config) { c.RequesterGenerations, c.RequesterRequests = 2, 3 })
	id := wire.KeyID{1}
	alice, bob := newRequester(t, id), newRequester(t, id)
	for range 2 {
		s.GenerateServerKey(t.Context(), alice, id, 0)
	}
	_, err := s.GenerateServerKey(t.Context(), alice, id, 0)
	if over := overLimit(t, err); over.RetryAfter <= 0 {
		t.Error(over)
	}
	if _, err := s.ServerKey(t.Context(), alice, id); err != nil {
		t.Error(err)
	}
	_, err = s.ServerKey(t.Context(), alice, id)
	overLimit(t, err)
	_, err = s.DocumentKey(t.Context(), alice, id)
	overLimit(t, err)
	_, err = s.StoreDocumentKey(t.Context(), alice, id, wire.Point{}, wire.Point{})
	overLimit(t, err)
	if _, err := s.GenerateServerKey(t.Context(), bob, id, 0); wire.ReasonOf(err) != wire.KeyExists {
		t.Error(err)
	}
}

// TestKeysLimit: a full node makes no further key, neither for its clients nor for other
// key servers, and goes on with those it has.
func TestKeysLimit(t *testing.T) {
	s := newSoloService(t).limited(func(c *limits.Config) { c.Keys = 1 })
	first, second := wire.KeyID{1}, wire.KeyID{2}
	author := newRequester(t, first)
	if _, err := s.GenerateServerKey(t.Context(), author, first, 0); err != nil {
		t.Fatal(err)
	}
	_, err := s.GenerateServerKey(t.Context(), newRequester(t, second), second, 0)
	if over := overLimit(t, err); over.RetryAfter != 0 {
		t.Error("says that it will have room in", over.RetryAfter)
	}
	if _, err := s.GenerateServerKey(t.Context(), author, first, 0); wire.ReasonOf(err) != wire.KeyExists {
		t.Error(err)
	}
	if _, err := s.ServerKey(t.Context(), author, first); err != nil {
		t.Error(err)
	}
	for key, want := range map[wire.KeyID]wire.Reason{first: wire.NotMember, second: wire.Limit} {
		init := &wire.Init{Setup: wire.Setup{Key: key}}
		r := s.newRunner(wire.KindGenerate, key, testNode(1))
		_, err := s.backend.joinMachine(r, session.Received{From: testNode(1), Msg: init}, init)
		if wire.ReasonOf(err) != want {
			t.Errorf("joining the generation of %v: %v, want %v", key, err, want)
		}
	}
}

// TestMembersFloodOfKeys: a member that begins generation after generation is refused
// here, whatever its own door says; another member is not.
func TestMembersFloodOfKeys(t *testing.T) {
	s := newTestService().limited(func(c *limits.Config) { c.PeerGenerations = 5 })
	open := func(kind wire.Kind, peer byte, n byte) error {
		id := sid(peer)
		id[1] = n
		r := s.newRunner(kind, wire.KeyID{n}, testNode(peer))
		_, err := s.sessions.open(join.Route{Session: id}, r, s.backend.mayOpen)
		s.sessions.remove(r) // it ends at once, so it is not the number at once that is limited
		return err
	}
	for n := range byte(5) {
		if err := open(wire.KindGenerate, 1, n); err != nil {
			t.Fatal(err)
		}
	}
	over := overLimit(t, open(wire.KindGenerate, 1, 6))
	if refusal := wire.RefuseWith(over); refusal.Reason != wire.Limit || len(refusal.Detail) == 0 {
		t.Errorf("the member is told %v", refusal)
	}
	overLimit(t, open(wire.KindResolve, 1, 9)) // a poll about an attempt that it made up
	for _, other := range []error{open(wire.KindGenerate, 2, 1), open(wire.KindRetrieve, 1, 7), open(wire.KindStore, 1, 8)} {
		if other != nil {
			t.Error(other)
		}
	}
}

// TestFloodOfGenerations: a client that makes keys as fast as it can, two hundred at a
// time, leaves another client's requests served by turns.
func TestFloodOfGenerations(t *testing.T) {
	s := newSoloService(t).limited(func(c *limits.Config) {
		c.RequesterGenerations, c.RequesterRequests, c.Generations, c.Requests = 0, 0, 4, 8
	})
	var wg sync.WaitGroup
	var flooded, number atomic.Int64
	nextID := func() (id wire.KeyID) {
		n := number.Add(1)
		id[0], id[1], id[2] = byte(n), byte(n>>8), byte(n>>16)
		return id
	}
	ctx, cancel := context.WithCancel(limits.WithClient(t.Context(), "flood"))
	for range 200 {
		wg.Go(func() {
			for ctx.Err() == nil {
				id := nextID()
				if _, err := s.GenerateServerKey(ctx, newRequester(t, id), id, 0); err == nil {
					flooded.Add(1)
				}
			}
		})
	}
	for flooded.Load() < 10 {
		time.Sleep(time.Millisecond)
	}
	const wanted = 20
	before := flooded.Load()
	honest := limits.WithClient(t.Context(), "honest")
	for range wanted {
		id := nextID()
		requester := newRequester(t, id)
		if _, err := s.GenerateServerKey(honest, requester, id, 0); err != nil {
			t.Error(err)
		}
		if _, err := s.ServerKey(honest, requester, id); err != nil {
			t.Error(err)
		}
	}
	during := flooded.Load() - before
	cancel()
	wg.Wait()
	t.Logf("%d keys of the flood during %d of the honest client", during, wanted)
	if during > 20*wanted { // in order of arrival it would be 200 for each
		t.Errorf("%d keys of the flood during %d of the honest client", during, wanted)
	}
}

// TestDetachedKeepsItsPlace: a client that begins something and goes away can't begin
// something else in its place.
func TestDetachedKeepsItsPlace(t *testing.T) {
	s := newStorelessService(t)
	gone, cancel := context.WithCancel(t.Context())
	begun, end, released := make(chan struct{}), make(chan struct{}), make(chan struct{})
	result := make(chan error)
	go func() {
		result <- s.detached(gone, func() { close(released) }, func(ctx context.Context) error {
			close(begun)
			<-end
			return ctx.Err()
		})
	}()
	<-begun
	cancel()
	if err := <-result; wire.ReasonOf(err) != wire.Cancelled {
		t.Error(err)
	}
	select {
	case <-released:
		t.Error("the place is free while the work goes on")
	default:
	}
	close(end)
	<-released
	s.setRunning(false)
	released = make(chan struct{})
	if err := s.detached(t.Context(), func() { close(released) }, nil); !errors.Is(err, errNotRunning) {
		t.Error(err)
	}
	<-released
}

// TestInboxShares: no member's messages push out another's.
func TestInboxShares(t *testing.T) {
	s := newTestService()
	s.servers.now.Store(&serversNow{sets: session.NewSets(&wire.ServerSet{Members: []wire.NodeID{testNode(0), testNode(1), testNode(2), testNode(3)}})})
	r := s.newRunner(wire.KindGenerate, wire.KeyID{}, testNode(1))
	for from := range byte(4) {
		for range 1000 {
			r.deliver(early(from, 1))
		}
	}
	r.deliver(session.PeerLost{})
	counts := map[wire.NodeID]int{}
	others := 0
	for len(r.inbox) > 0 {
		switch in := r.next(t.Context(), nil).(type) {
		case session.Received:
			counts[in.From]++
		default:
			others++
		}
	}
	for from := range byte(4) {
		if counts[testNode(from)] != inboxEach {
			t.Errorf("%d messages of member %d are kept, want %d", counts[testNode(from)], from, inboxEach)
		}
	}
	if others != 1 {
		t.Error("another input was lost")
	}
	if r.deliver(early(1, 1)); len(r.inbox) != 1 {
		t.Error("no room for a member whose messages were taken")
	}
}

// TestStepsByTurns: sessions of a member that opens hundreds take no processor from those
// of another.
func TestStepsByTurns(t *testing.T) {
	s := newTestService()
	var flood []func()
	for {
		release, err := s.limits.steps.Take(t.Context(), testNode(1), 0)
		if err != nil {
			break
		}
		flood = append(flood, release)
	}
	if len(flood) == 0 || len(flood) > int(stepPlaces())/2 {
		t.Errorf("one member has %d of %d places", len(flood), stepPlaces())
	}
	for _, peer := range []wire.NodeID{testNode(2), {}} {
		release, err := s.limits.steps.Take(t.Context(), peer, 0)
		if err != nil {
			t.Fatal(err)
		}
		release()
	}
	for _, release := range flood {
		release()
	}
}

// TestOnlyEvidenceMutes: what a lagging or misconfigured node can bring about mutes
// nobody.
func TestOnlyEvidenceMutes(t *testing.T) {
	s := newStorelessService(t)
	s.blame(wire.KindRetrieve, wire.KeyID{}, session.Fault{Node: testNode(1), Detail: "false answer to a look-up"})
	if until, _ := s.network.Muted(testNode(1)); !until.IsZero() {
		t.Error("muted without evidence")
	}
	s.blame(wire.KindGenerate, wire.KeyID{}, session.Fault{Node: testNode(1), Detail: "signed two different commits", Evidence: new(wire.TwoCommits)})
	until, why := s.network.Muted(testNode(1))
	if until.IsZero() || why != "signed two different commits" {
		t.Errorf("muted until %v for %q", until, why)
	}
	if until, _ := s.network.Muted(testNode(2)); !until.IsZero() {
		t.Error("another one is muted")
	}
}

// TestDealingHasItsPlaces: what deals waits for what deals, on half of the processors, one step of each member at a time;
// nothing else waits for it.
func TestDealingHasItsPlaces(t *testing.T) {
	s := newTestService()
	places := max(1, runtime.GOMAXPROCS(0)/2)
	busy := make(chan struct{})
	var ended sync.WaitGroup
	begin := func(peer byte, kind wire.Kind) *heldMachine {
		m := &heldMachine{id: sid(peer), begun: make(chan struct{}), goOn: busy}
		r := s.newRunner(kind, wire.KeyID{}, testNode(peer))
		r.machine, r.ctx = m, t.Context()
		ended.Go(func() { r.turn(t.Context(), session.Start{}) })
		return m
	}
	for peer := range byte(places) {
		<-begin(peer, []wire.Kind{wire.KindDeal, wire.KindGenerate}[peer%2]).begun
	}
	same, other := begin(0, wire.KindDeal), begin(byte(places), wire.KindGenerate)
	for s.limits.dealings.Waiting() < 2 {
		runtime.Gosched()
	}
	for i, kind := range []wire.Kind{wire.KindRetrieve, wire.KindSign, wire.KindStore, wire.KindLookup} { // two of each of two members have places
		<-begin([]byte{0, 200}[i/2], kind).begun // or the test hangs
	}
	select {
	case <-same.begun:
		t.Error("one member deals twice at once")
	case <-other.begun:
		t.Error("more than half of the processors deal")
	default:
	}
	close(busy)
	<-same.begun
	<-other.begun
	ended.Wait()
	if n := s.limits.dealings.Running() + s.limits.steps.Running(); n != 0 {
		t.Errorf("%d places are not given back", n)
	}
}

// TestNoPlaceWhileItWrites: a machine has no place while its records are written, for which it waits its turn.
func TestNoPlaceWhileItWrites(t *testing.T) {
	s := newSoloService(t)
	var release []func()
	for range savePlaces() / 4 {
		done, err := s.limits.saves.Take(t.Context(), testNode(1), 0)
		if err != nil {
			t.Fatal(err)
		}
		release = append(release, done)
	}
	key, version := testKey(1), sid(1)
	open := make(chan struct{})
	close(open)
	m := &heldMachine{id: version, begun: make(chan struct{}), goOn: open}
	m.eff.Save = []wire.Record{{Op: wire.Create, Kind: wire.RecordOutcome, Key: key, Value: version[:]}}
	r := s.newRunner(wire.KindGenerate, key, testNode(1))
	r.setMachine(m) // and it is not run yet, as when another session has it stand back
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.turn(t.Context(), session.Start{})
	}()
	for s.limits.saves.Waiting() == 0 {
		runtime.Gosched()
	}
	if n := s.limits.dealings.Running(); n != 0 {
		t.Errorf("%d places are held while the disk is waited for", n)
	}
	for _, f := range release {
		f()
	}
	<-done
	if n := s.limits.saves.Running(); n != 0 {
		t.Errorf("%d places at the disk are not given back", n)
	}
}

// TestQuestionsOfOneMember: the permissions that one member's sessions ask for, about however many keys, wait for each
// other, and those of others don't.
func TestQuestionsOfOneMember(t *testing.T) {
	s := newSoloService(t)
	s.oracle = acl.New(new(madeUpChain), acl.Setting{Kind: acl.Permissive}, acl.Config{})
	var release []func()
	for range maxAsked {
		done, err := s.limits.asked.Take(t.Context(), testNode(1), 0)
		if err != nil {
			t.Fatal(err)
		}
		release = append(release, done)
	}
	ask := func(peer wire.NodeID) *runner {
		r := s.newRunner(wire.KindRetrieve, wire.KeyID{}, peer)
		r.ctx = t.Context()
		r.ask(session.Question{Requester: common.Address{1}})
		return r
	}
	flooding := ask(testNode(1))
	for s.limits.asked.Waiting() == 0 {
		runtime.Gosched()
	}
	for _, peer := range []wire.NodeID{testNode(2), {}} {
		if v, ok := (<-ask(peer).inbox).(session.Verdict); !ok || v.Answer != session.Granted { // or the test hangs
			t.Errorf("for another: %+v", v)
		}
	}
	if len(flooding.inbox) > 0 {
		t.Error("one member has more of its questions decided at once")
	}
	for _, f := range release {
		f()
	}
	if v, ok := (<-flooding.inbox).(session.Verdict); !ok || v.Answer != session.Granted {
		t.Errorf("when its turn comes: %+v", v)
	}
}

// heldMachine takes a processor until it may go on.
type heldMachine struct {
	id    wire.SessionID
	begun chan struct{}
	goOn  chan struct{}
	eff   session.Effects
}

func (m *heldMachine) ID() wire.SessionID { return m.id }
func (m *heldMachine) String() string     { return "held" }
func (m *heldMachine) Step(session.Input) session.Effects {
	close(m.begun)
	<-m.goOn
	return m.eff
}

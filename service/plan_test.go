package service

import (
	"crypto/ecdsa"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// decides hands an order in at a key server and waits until it is decided, or not.
func (s *testServer) decides(t *testing.T, admin *ecdsa.PrivateKey, order *wire.SetOrder) error {
	t.Helper()
	digest := order.Digest()
	sig, err := crypto.Sign(digest[:], admin)
	if err != nil {
		t.Fatal(err)
	}
	d, err := s.succession.order(order, []wire.AdminSignature{wire.AdminSignature(sig)})
	if err != nil {
		return err
	}
	<-d.done
	return d.err
}

func (s *testServer) makes(t *testing.T, req *wire.OrderRequest) *wire.SetOrder {
	t.Helper()
	order, err := s.MakeOrder(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	return order
}

// TestPlan: a plan tells what becomes of all keys by threshold and holders, worst first, who told, and who can't be reached.
func TestPlan(t *testing.T) {
	c, _ := newChanging(t, 4, 1)
	a, e := c.nodes[0], c.nodes[4]
	c.deal(1, 1, c.nodes[:4]...)
	c.deal(2, 1, c.nodes[:4]...)
	c.deal(3, 2, c.nodes[:4]...)
	c.deal(4, 1, c.nodes[:4]...)
	plan, err := a.PlanChange(t.Context(), &wire.OrderRequest{Add: []string{e.server.Self().URLv4()}}, false)
	if err != nil {
		t.Fatal(err)
	}
	want := []wire.PlanClass{
		{Keys: 1, Example: plan.Classes[0].Example, Threshold: 2, Holders: 4, Next: 2, Members: 5},
		{Keys: 3, Example: plan.Classes[1].Example, Threshold: 1, Holders: 4, Next: 1, Members: 5, Spare: 2},
	}
	if !slices.Equal(plan.Classes, want) || plan.Keys != 4 || plan.Refusal != "" || len(plan.Listed) != 4 || len(plan.Silent)+len(plan.Joining) != 0 || plan.Order == nil {
		t.Errorf("adding one: %+v", plan)
	}
	gone := wire.NodeIDOf(&newKey(t).PublicKey)
	own := e.self.ID()
	url := strings.Replace(e.server.Self().URLv4(), fmt.Sprintf("%x", own[:]), fmt.Sprintf("%x", gone[:]), 1)
	c.nodes[3].stop(t)
	c.until("one is gone", func() bool { return len(a.network.Connected()) == 2 })
	plan, err = a.PlanChange(t.Context(), &wire.OrderRequest{Replace: []wire.Replacement{{ID: c.nodes[1].self.ID(), With: url}}, Remove: []wire.NodeID{c.nodes[2].self.ID()}}, false)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(plan.Joining, []wire.NodeID{gone}) || !slices.Equal(plan.Silent, []wire.NodeID{c.nodes[3].self.ID()}) || len(plan.Listed) != 3 {
		t.Errorf("joining %v, silent %v", plan.Joining, plan.Silent)
	}
	if first := &plan.Classes[0]; first.Threshold != 2 || first.Holders != 3 || first.Lost || first.Unreadable || len(plan.Classes) != 2 {
		t.Errorf("of three: %+v", plan.Classes)
	}
}

// TestLostWithSilent: what only silent key servers hold counts as lost.
func TestLostWithSilent(t *testing.T) {
	c, _ := newChanging(t, 4, 0)
	a := c.nodes[0]
	c.deal(1, 2, c.nodes[:4]...)
	c.nodes[2].stop(t)
	c.nodes[3].stop(t)
	c.until("two are gone", func() bool { return len(a.network.Connected()) == 1 })
	plan, err := a.PlanChange(t.Context(), &wire.OrderRequest{Remove: []wire.NodeID{c.nodes[3].self.ID()}}, false)
	if err != nil {
		t.Fatal(err)
	}
	if len(plan.Classes) != 1 || !plan.Classes[0].Lost || plan.Classes[0].Holders != 2 || !plan.Classes[0].NeedsForce() {
		t.Errorf("%+v", plan.Classes)
	}
}

// TestPlanOfUnknownKeys: keys that the asked node does not know count as well, by what the others sign that they hold; and the
// asked node refuses nothing because of them.
func TestPlanOfUnknownKeys(t *testing.T) {
	c, _ := newChanging(t, 4, 0)
	a := c.nodes[0]
	key := c.deal(1, 1, c.nodes[1:4]...).Setup.Key
	few := c.deal(2, 1, c.nodes[1:4]...).Setup.Key
	forget := func(s *testServer, key wire.KeyID) {
		t.Helper()
		if err := s.save(key, []wire.Record{{Op: wire.Erase, Kind: wire.RecordKey, Key: key}}); err != nil {
			t.Fatal(err)
		}
	}
	forget(a, key)
	for _, s := range c.nodes[:3] {
		forget(s, few)
	}
	plan, err := a.PlanChange(t.Context(), &wire.OrderRequest{Remove: []wire.NodeID{c.nodes[2].self.ID(), c.nodes[3].self.ID()}}, false)
	if err != nil {
		t.Fatal(err)
	}
	want := []wire.PlanClass{
		{Keys: 1, Example: few, Unsure: 1, Threshold: 1, Holders: 1, Next: 1, Members: 2, Lost: true},
		{Keys: 1, Example: key, Threshold: 1, Holders: 3, Next: 1, Members: 2, NoECDSA: true},
	}
	if !slices.Equal(plan.Classes, want) || plan.Keys != 2 || plan.Refusal != "" || len(plan.Silent) != 0 {
		t.Errorf("%+v", plan)
	}
}

// TestRehearsal: a plan is rehearsed, with the node that is to join, and nothing is kept by anybody. Then a holder has lost its
// share, and a member is gone: another one deals, the keys are thin, and the member is named.
func TestRehearsal(t *testing.T) {
	c, _ := newChanging(t, 4, 1)
	a, e := c.nodes[0], c.nodes[4]
	key := c.deal(1, 1, c.nodes[:4]...)
	c.deal(2, 2, c.nodes[:4]...)
	add := &wire.OrderRequest{Add: []string{e.server.Self().URLv4()}}
	rehearse := func() *wire.Rehearsal {
		t.Helper()
		plan, err := a.PlanChange(t.Context(), add, true)
		if err != nil {
			t.Fatal(err)
		}
		return plan.Rehearsal
	}
	if r := rehearse(); r.Keys != 2 || r.Thick != 2 || len(r.Failed)+len(r.Unready) != 0 || r.Elapsed <= 0 || r.Estimate != r.Elapsed {
		t.Fatalf("%+v", r)
	}
	for _, s := range c.nodes {
		if state, err := s.states.read(key.Setup.Key); err != nil || state.Attempt != nil || state.Pending != nil || len(state.Dealt) != 0 || state.Behind(key.Version()) {
			t.Errorf("%v has kept something: %+v, %v", s.self.ID().Short(), state, err)
		}
	}
	if a.servers.Sets().Newest().Epoch != 0 {
		t.Error("a set has followed")
	}
	lost := wire.Record{Op: wire.Erase, Kind: wire.RecordShare, Key: key.Setup.Key, Session: key.Version()}
	if err := a.save(key.Setup.Key, []wire.Record{lost}); err != nil {
		t.Fatal(err)
	}
	if r := rehearse(); r.Keys != 2 || r.Thick != 2 || len(r.Failed)+len(r.Unready) != 0 {
		t.Errorf("without one share: %+v", r)
	}
	gone := c.nodes[3].self.ID()
	c.nodes[3].stop(t)
	c.until("one is gone", func() bool { return !slices.Contains(a.network.Connected(), gone) })
	if r := rehearse(); r.Keys != 2 || r.Thick != 1 || r.Thin != 1 || len(r.Failed) != 0 || len(r.Unready) != 1 || r.Unready[0].ID != gone {
		t.Errorf("without one member: %+v", r)
	}
	a.rehearsing.Lock()
	defer a.rehearsing.Unlock()
	if _, err := a.PlanChange(t.Context(), add, true); wire.ReasonOf(err) != wire.Busy {
		t.Errorf("two at once: %v", err)
	}
}

// TestListsOfLiars: who lists more keys alone than maxAlone is not asked on, and is named.
func TestListsOfLiars(t *testing.T) {
	c, _ := newChanging(t, 4, 0)
	a, liar := c.nodes[0], c.nodes[1].self.ID()
	l := &planLists{sum: newPlanSum(c.nodes[0].servers.Sets().Newest()), silent: make(map[wire.NodeID]string), alone: map[wire.NodeID]int{liar: maxAlone - 1}}
	l.note(&handover.PlannedKey{Alone: liar})
	if got := a.listers(l); len(got) != 4 || len(l.silent) != 0 {
		t.Errorf("as many as it may: %v, %v", got, l.silent)
	}
	l.note(&handover.PlannedKey{Alone: liar})
	if got := a.listers(l); len(got) != 3 || slices.Contains(got, liar) || l.silent[liar] == "" {
		t.Errorf("one more: %v, %v", got, l.silent)
	}
}

// TestHarmNeedsForce: an order after which keys could not be read, or not be signed with, is refused by the key server that
// it is handed in at, and by members who know such a key when that one does not; each names how many, and one.
func TestHarmNeedsForce(t *testing.T) {
	c, admin := newChanging(t, 4, 0)
	a := c.nodes[0]
	key := c.deal(1, 1, c.nodes[1:4]...).Setup.Key
	if err := a.save(key, []wire.Record{{Op: wire.Erase, Kind: wire.RecordKey, Key: key}}); err != nil { // n1 does not know of it
		t.Fatal(err)
	}
	two := []wire.NodeID{c.nodes[2].self.ID(), c.nodes[3].self.ID()}
	order := a.makes(t, &wire.OrderRequest{Remove: two})
	if err := a.decides(t, admin, order); wire.ReasonOf(err) != wire.Unavailable || !strings.Contains(err.Error(), "knows of keys of threshold 1") ||
		!strings.Contains(err.Error(), "does not say force") {
		t.Errorf("asked where nothing is known of the key: %v", err)
	}
	digest := order.Digest()
	sig, err := crypto.Sign(digest[:], admin)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.nodes[1].ChangeServers(t.Context(), order, []wire.AdminSignature{wire.AdminSignature(sig)}); wire.ReasonOf(err) != wire.Policy || !strings.Contains(err.Error(), "could not sign by ECDSA") {
		t.Errorf("asked where the key is known: %v", err)
	}
	three := append(slices.Clone(two), c.nodes[0].self.ID())
	order = c.nodes[1].makes(t, &wire.OrderRequest{Remove: three})
	if err := c.nodes[1].decides(t, admin, order); wire.ReasonOf(err) != wire.Policy || !strings.Contains(err.Error(), "nobody could read") {
		t.Errorf("to one: %v", err)
	}
	plan, err := c.nodes[1].PlanChange(t.Context(), &wire.OrderRequest{Remove: three}, false)
	if err != nil || !strings.Contains(plan.Refusal, "nobody could read") || !plan.Classes[0].Unreadable {
		t.Errorf("its plan: %+v, %v", plan, err)
	}
	if a.servers.Sets().Newest().Epoch != 0 {
		t.Fatal("it was decided")
	}
	if err := a.decides(t, admin, a.makes(t, &wire.OrderRequest{Remove: two, Force: true})); err != nil {
		t.Errorf("with force: %v", err)
	}
}

// TestExpiredOrder: an order whose time is over by the chain is refused when it is handed in, with what to do, and nothing begins.
func TestExpiredOrder(t *testing.T) {
	c, admin := newChanging(t, 2, 1)
	a := c.nodes[0]
	order := a.makes(t, &wire.OrderRequest{Add: []string{c.nodes[2].server.Self().URLv4()}, Expires: theBlock.Time - 1})
	digest := order.Digest()
	sig, err := crypto.Sign(digest[:], admin)
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.ChangeServers(t.Context(), order, []wire.AdminSignature{wire.AdminSignature(sig)})
	if wire.ReasonOf(err) != wire.Denied || !strings.Contains(err.Error(), "expired") || !strings.Contains(err.Error(), "make another one") {
		t.Errorf("an expired order: %v", err)
	}
	if info := a.info(t); info.Change != nil {
		t.Errorf("it has begun: %+v", info.Change)
	}
}

package sessiontest

import (
	"slices"
	"strings"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/generation"
	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// What happened to others when their servers changed, and what somebody may try: a test each, of what set_attacks_test.go lists.

// honestly is a node's word as it is, of a node that is not honest otherwise.
func honestly(env wire.Envelope) []wire.Envelope { return []wire.Envelope{env} }

// holdsInstead puts another share in the place of a version's.
func (w *world) holdsInstead(n *Node, r *wire.KeyRecord, share *session.Share) {
	n.Mutate = honestly // which is a lie
	n.trusty()
	n.Put(wire.Record{Op: wire.Put, Kind: wire.RecordShare, Key: w.key, Session: r.Version(), Value: share.Encode()})
}

// A dealer that deals a share of an earlier sharing deals another constant term, in itself without a flaw: it is compared with the
// dealer's public share of the current sharing, not with what it says itself.
func TestDealerWithAShareOfAnEarlierVersion(t *testing.T) {
	w := newMoving(t, 5, 1, 1, 2, 3, 4)
	old := w.Nodes[1].State(w.key).Share
	w.set(0, 1, 2, 3, 4, 5)
	first := w.moves(1, 0)
	w.holdsInstead(w.Nodes[1], first, old)
	r := w.moves(1, 100)
	if r.Setup.Move.Parent != first.Version() {
		t.Error("dealt anew from another sharing")
	}
	honest := slices.DeleteFunc(w.holders(r), func(n *Node) bool { return n == w.Nodes[1] })
	for _, some := range subsetsOf(honest, 2) {
		if !w.gives(some) {
			t.Error("two shares do not give the key")
		}
	}
}

// A coordinator that shows the certificate to half of the members: the others learn of it from these, and nobody has erased
// anything before.
func TestCertificateShownToHalf(t *testing.T) {
	w := newMoving(t, 5, 1, 1, 2, 3, 4)
	w.set(0, 1, 2, 3, 4, 5)
	half := w.of(4, 5)
	n := w.Nodes[0]
	n.Mutate = func(env wire.Envelope) []wire.Envelope {
		if slices.Contains(half, w.Node(env.To)) {
			return Withholding("Certify", "Ack", "Adopt", "Evidence", "Poll")(env)
		}
		return []wire.Envelope{env}
	}
	w.Move(n, w.key, 0)
	w.settle()
	for _, other := range w.of(2, 3) {
		if _, held := other.records[recordKey{wire.RecordShare, w.key, w.record.Version()}]; !held {
			t.Errorf("%s has erased what it held before the others had the certificate", other.Name)
		}
	}
	n.Mutate = nil
	for i := range 5 {
		w.Move(w.Nodes[i], w.key, 0)
		w.settle()
	}
	w.wantSharing(w.Nodes[4].State(w.key).Record, 5)
	for _, n := range w.Nodes {
		if o := w.EraseFormer(n, w.key); w.settled(o) != nil {
			t.Errorf("%s: %v", n.Name, o.Err)
		}
	}
	w.wantBlamed()
}

// settled is how something ended.
func (w *world) settled(o *Outcome) error {
	w.t.Helper()
	w.settle()
	if !o.Done {
		w.t.Fatal("no end")
	}
	return o.Err
}

// Who deals is in the set-up, so that a coordinator that names other dealers to other members opens two attempts. One comes to
// something.
func TestCoordinatorThatChoosesTwice(t *testing.T) {
	w := newMoving(t, 5, 1, 1, 2, 3, 4)
	w.set(0, 1, 2, 3, 4, 5)
	n := w.Nodes[0]
	n.Mutate = honestly
	n.trusty()
	for _, with := range w.of(2, 3) {
		env := n.Env()
		env.Connected = slices.DeleteFunc(env.Connected, func(id wire.NodeID) bool { return id == with.ID() })
		env.Connected = append([]wire.NodeID{with.ID()}, env.Connected...)
		g, err := generation.NewMove(env, n.State(w.key), w.key, 0)
		check(err)
		w.Begin(n, wire.KindMove, w.key, g, nil)
	}
	w.settle()
	n.Mutate = nil
	w.Move(w.Nodes[1], w.key, 0)
	w.settle()
	r := w.current(w.key)
	if r.Setup.Move == nil {
		t.Fatal("not dealt anew")
	}
	for _, n := range w.Nodes {
		if own := n.State(w.key).Record; own != nil && own.Setup.Move != nil && own.Version() != r.Version() {
			t.Errorf("%s knows another sharing in the slot", n.Name)
		}
	}
	if all := w.holders(r); len(all) < 2 || !w.gives(all[:2]) {
		t.Error("the shares do not give the key")
	}
}

// A coordinator that slept through epoch 2 deals the key anew in epoch 1: nobody takes part, and it learns.
func TestStaleCoordinator(t *testing.T) {
	w := newMoving(t, 5, 1, 1, 2, 3, 4)
	w.set(0, 1, 2, 3, 4, 5)
	w.moves(1, 0)
	stale := w.Nodes[0]
	w.Down(stale)
	stale.Given = w.Sets
	w.set(0, 2, 3, 4, 5)
	r := w.moves(2, 0)
	w.Restart(stale)
	o := w.Move(stale, w.key, 50)
	w.settle()
	if o.Err == nil {
		t.Errorf("a sharing of a former epoch: %v", o.Record.Setup.Slot())
	}
	for _, n := range w.of(2, 3, 4, 5) {
		if own := n.State(w.key).Record; own.Version() != r.Version() {
			t.Errorf("%s has gone back to %v", n.Name, own.Setup.Slot())
		}
	}
	w.wantBlamed()
}

// A share that is not on the polynomial of its key, after a change: the read succeeds without it, and who gave it is named.
func TestFlippedShareAfterAChange(t *testing.T) {
	for name, old := range map[string]bool{"a bit": false, "the share of before": true} {
		t.Run(name, func(t *testing.T) {
			w, sets := movedWorld(t)
			share := w.Nodes[1].State(w.key).Share
			later := w.Redeal(w.record, Redistribution{Set: sets[1], Threshold: 1, Members: w.Nodes[1:], Pair: w.kept()})
			if !old {
				share = w.Nodes[1].State(w.key).Share
				enc := share.Encode()
				enc[20] ^= 1
				var err error
				share, err = session.DecodeShare(enc)
				check(err)
			}
			share.Index = 1
			w.holdsInstead(w.Nodes[1], later, share)
			w.Cut(w.Nodes[2], w.Nodes[3]) // so that n3 needs n2 or n5
			for range 3 {
				w.read(w.Nodes[2], true)
			}
			if blamed := w.Blamed(); len(blamed) > 1 || len(blamed) == 1 && blamed[0] != "n2" {
				t.Errorf("blamed are %v", blamed)
			}
			w.Cut(w.Nodes[2], w.Nodes[4]) // and now n2
			o := w.Retrieve(w.Nodes[2], w.alice, w.key, true)
			w.settle()
			if o.Err == nil {
				t.Error("read with a share that is none")
			}
			w.wantBlamed("n2")
		})
	}
}

// A member that has left goes on as if it had not, and answers with its share of before who does not know better: alone that gives
// nothing, the others show what is current, and the read ends under that.
func TestLeavingMemberAnswersWithOldShares(t *testing.T) {
	w, sets := movedWorld(t)
	leaves, behind := w.Nodes[0], w.Nodes[3]
	w.holdsInstead(leaves, w.record, leaves.State(w.key).Share) // and it is not honest
	delete(behind.records, recordKey{wire.RecordShare, w.key, w.record.Version()})
	later := w.Redeal(w.record, Redistribution{Set: sets[1], Threshold: 1, Members: w.Nodes[1:], Pair: w.kept(), Absent: []*Node{leaves, behind}})
	w.know(leaves, sets[0])
	parts := 0
	w.Spy = func(from *Node, env wire.Envelope) {
		if _, part := env.Msg.(*wire.Partial); part && from == leaves {
			parts++
		}
	}
	if !behind.State(w.key).Usable(w.record.Version()) {
		t.Fatal("n4 is not behind")
	}
	w.read(behind, true)
	if parts == 0 {
		t.Error("n1 is not asked, so it has answered nothing")
	}
	w.wantVersion(later, behind)
	for _, n := range w.Nodes[1:] {
		w.read(n, true)
	}
	w.wantBlamed()
}

// A member that has joined, and holds no share yet, answers that; the others are asked.
func TestJoiningMemberBeforeItHolds(t *testing.T) {
	w, sets := movedWorld(t)
	later := w.Redeal(w.record, Redistribution{Set: sets[1], Threshold: 1, Members: w.Nodes[1:], Pair: w.kept()})
	delete(w.Nodes[4].records, recordKey{wire.RecordShare, w.key, later.Version()})
	for _, n := range w.Nodes {
		w.read(n, true)
	}
	w.wantBlamed()
}

// A member that comes back from a backup of before the change: it reads, promises nothing of what it may have forgotten, is not
// blamed, and what it holds of before is of no use.
func TestMemberRestoredFromBefore(t *testing.T) {
	w, sets := movedWorld(t)
	n, backup := w.Nodes[1], w.Nodes[1].Backup()
	later := w.refreshed(sets, 7, w.kept())
	n.Restore(backup)
	for _, other := range w.Nodes[:4] {
		w.read(other, true)
	}
	w.wantVersion(later, n)
	if s := n.State(w.key); s.Share != nil {
		t.Error("it uses what it held before")
	}
	setup := later.Setup
	setup.Move.Parent = later.Version()
	env := n.Env()
	if waiver, _ := n.State(w.key).Waive(&env, &setup); waiver != nil {
		t.Error("it waives although it may have forgotten a promise")
	}
	w.wantBlamed()
}

// All come back from backups of different ages. With t+1 of the newest they read; with fewer they say so, and blame nobody.
func TestBackupsOfMixedAges(t *testing.T) {
	for name, c := range map[string]struct {
		ages  []int
		reads bool
	}{"two of the newest": {[]int{0, 1, 2, 2}, true}, "one of the newest": {[]int{1, 0, 2, 1}, false}} {
		t.Run(name, func(t *testing.T) {
			w, sets := movedWorld(t)
			var backups [3][]Backup
			take := func(age int) {
				for _, n := range w.Nodes[:4] {
					backups[age] = append(backups[age], n.Backup())
				}
			}
			take(0)
			second := w.refreshed(sets, 7, w.kept())
			take(1)
			w.Redeal(second, Redistribution{Set: sets[0], Round: 8, Threshold: 1, Members: w.Nodes[:4], Pair: w.kept()})
			take(2)
			for i, n := range w.Nodes[:4] {
				n.Restore(backups[c.ages[i]][i])
			}
			for _, n := range w.Nodes[:4] {
				if c.reads {
					w.read(n, true)
				}
			}
			if !c.reads {
				w.settled(w.Latest(w.Nodes[0], w.key))
				w.readFails(w.Nodes[0], true, wire.Unavailable)
			}
			w.wantBlamed()
		})
	}
}

// Two of four lose their disks, and are replaced: the two that are left deal to the others.
func TestTwoOfFourLostThenReplaced(t *testing.T) {
	w := newMoving(t, 6, 1, 1, 2, 3, 4)
	for _, n := range w.of(3, 4) {
		n.records, n.Gap = make(map[recordKey][]byte), true
	}
	w.set(0, 1, 2, 5, 6)
	w.wantSharing(w.moves(1, 0), 4)
	w.wantBlamed()
}

// Of the whole old set t are left: the key can't move, which the answer says; when one comes back, it does.
func TestWholeOldSetButTGone(t *testing.T) {
	w := newMoving(t, 8, 1, 1, 2, 3, 4)
	w.set(0, 5, 6, 7, 8)
	w.Nodes[4].Put(wire.NewRecord(wire.Put, wire.RecordKey, w.key, wire.SessionID{}, w.record))
	for _, n := range w.of(2, 3, 4) {
		w.Down(n)
	}
	o := w.Move(w.Nodes[4], w.key, 0)
	w.settle()
	if o.Reason() != wire.Disconnected || !strings.Contains(o.String(), "1 of the 2 holders") {
		t.Errorf("%v", o)
	}
	w.Restart(w.Nodes[2])
	w.wantSharing(w.moves(5, 0), 4)
	w.wantBlamed()
}

// t' = 2 of 5, one of whom sleeps when the key is dealt anew, and two of whom lie: nothing is erased upon a certificate of four,
// so that the honest three can go on with what they held, and a further round makes it whole.
func TestTwoLiarsAndOneAsleep(t *testing.T) {
	w := newMoving(t, 5, 2, 1, 2, 3, 4, 5)
	asleep := w.Nodes[4]
	w.Down(asleep)
	thin := w.moves(1, 100)
	if handover.Thick(thin) {
		t.Fatal("four are thick")
	}
	for _, n := range w.Nodes[:4] {
		if err := w.settled(w.EraseFormer(n, w.key)); wire.ReasonOf(err) != wire.Unavailable {
			t.Errorf("%s erases: %v", n.Name, err)
		}
	}
	honest := func(n *Node) bool { return n != w.Nodes[2] && n != w.Nodes[3] }
	if err := w.Readable(w.key, honest); err != nil {
		t.Error(err)
	}
	w.Restart(asleep)
	thick := w.moves(1, 200)
	for _, n := range w.Nodes {
		if err := w.settled(w.EraseFormer(n, w.key)); err != nil {
			t.Errorf("%s: %v", n.Name, err)
		}
	}
	w.wantSharing(thick, 5)
	w.wantBlamed()
}

// A member that was away last time is not expected to deal a share that it never had, and one that has lost its share says so: another
// deals, and neither is blamed.
func TestMemberThatWasAway(t *testing.T) {
	w := newMoving(t, 5, 1, 1, 2, 3, 4, 5)
	w.Down(w.Nodes[1])
	first := w.moves(1, 100)
	if first.Setup.Index(w.Nodes[1].ID()) != 0 {
		t.Fatal("n2 is a member")
	}
	w.Restart(w.Nodes[1])
	delete(w.Nodes[2].records, recordKey{wire.RecordShare, w.key, first.Version()})
	r := w.moves(1, 200)
	for _, d := range r.Setup.Move.Dealers {
		if d.Node == w.Nodes[1].ID() || d.Node == w.Nodes[2].ID() {
			t.Errorf("%s deals", w.Name(d.Node))
		}
	}
	w.wantSharing(r, 5)
	w.wantBlamed()
}

// Whatever is refused has a member and a reason: with all shares but one lost, the answer names who could not deal, and why.
func TestRefusalsNameWhoAndWhy(t *testing.T) {
	w := newMoving(t, 4, 1, 1, 2, 3, 4)
	for _, n := range w.of(2, 3, 4) {
		delete(n.records, recordKey{wire.RecordShare, w.key, w.record.Version()})
	}
	o := w.Move(w.Nodes[0], w.key, 100)
	w.settle()
	if o.Err == nil {
		t.Fatal("one share has been dealt anew")
	}
	for _, n := range w.of(2, 3, 4) {
		if !strings.Contains(o.String(), n.ID().Short()) {
			t.Errorf("%s is not named: %v", n.Name, o)
		}
	}
}

// A document that was published before ten changes is read with default settings by every member of the last set, and t comes from the
// certificate, though it was raised.
func TestDocumentOfBeforeTenChanges(t *testing.T) {
	w := newMoving(t, 7, 1, 1, 2, 3, 4)
	w.alice, w.doc = w.NewClient("alice"), w.Encrypt(w.record, 1)
	w.grant(w.alice)
	if o := w.store(w.Nodes[0], w.doc); o.Err != nil {
		t.Fatal(o.Err)
	}
	for i := range 10 {
		set := []int{1 + i%7, 1 + (i+1)%7, 1 + (i+2)%7, 1 + (i+3)%7, 1 + (i+4)%7}
		slices.Sort(set)
		w.set(min(i/4, 2), set...)
		at := set[0]
		w.settled(w.Latest(w.Nodes[at-1], w.key))
		r := w.moves(at, 0)
		if want := max(1, min(i/4, 2)); int(r.Setup.Threshold) != want {
			t.Fatalf("threshold %d, want %d", r.Setup.Threshold, want)
		}
		for _, number := range set {
			w.read(w.Nodes[number-1], true)
		}
	}
	w.wantBlamed()
}

// After random changes any t+1 of the new holders have the key, no mixture of new and old shares has it with fewer of the new, and
// once the old ones are erased, t of the new and all that is left of the old have nothing.
func TestRandomChanges(t *testing.T) {
	for seed := range 12 {
		threshold := seed % 3
		w := newMoving(t, 7, threshold, 1, 2, 3, 4, 5)
		former := make(map[*Node]*session.Share)
		for step := range 3 {
			for _, n := range w.Nodes {
				if s := n.State(w.key).Share; s != nil {
					former[n] = s
				}
			}
			floor := min(step, 2)
			size := max(threshold, floor) + 1 + (seed+step)%2
			var set []int
			for i := range size {
				set = append(set, 1+(seed+3*step+i)%7)
			}
			slices.Sort(set)
			w.set(floor, set...)
			w.settled(w.Latest(w.Nodes[set[0]-1], w.key))
			r := w.moves(set[0], 0)
			w.wantSharing(r, size)
			w.wantNoMixture(r, former)
			for _, n := range w.Nodes {
				if len(n.State(w.key).Former) == 0 {
					continue
				}
				w.settled(w.Latest(n, w.key))
				if err := w.settled(w.EraseFormer(n, w.key)); err != nil {
					t.Fatalf("seed %d: %s: %v", seed, n.Name, err)
				}
			}
			for _, n := range w.Nodes {
				for k := range n.records {
					if k.kind == wire.RecordShare && k.session != r.Version() {
						t.Fatalf("seed %d: %s has a share of before", seed, n.Name)
					}
				}
			}
		}
		w.wantBlamed()
	}
}

// wantNoMixture checks that t new shares and old ones do not give the key, in whatever number, but t+1 old ones alone.
func (w *moving) wantNoMixture(r *wire.KeyRecord, former map[*Node]*session.Share) {
	w.t.Helper()
	t := int(r.Setup.Threshold)
	if t == 0 {
		return
	}
	for _, some := range subsetsOf(w.holders(r), t) {
		for n, old := range former {
			index := old.Index
			if slices.ContainsFunc(some, func(o *Node) bool { return o.State(w.key).Share.Index == index }) {
				continue
			}
			shares := []*session.Share{old}
			for _, o := range some {
				shares = append(shares, o.State(w.key).Share)
			}
			if secret, err := interpolate(shares); err == nil && publicOf(secret) == r.Public() {
				w.t.Fatalf("%d new shares and %s's of before give the key", t, n.Name)
			}
		}
	}
}

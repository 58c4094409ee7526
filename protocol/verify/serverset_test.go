package verify_test

import (
	"crypto/ecdsa"
	"errors"
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// linked is a parent of four, with epoch keys but for the last, and a link to a set that replaces one.
type linked struct {
	keys, epochs []*ecdsa.PrivateKey // of all nodes, in the order of their ids; of the epoch of the parent
	next         []*ecdsa.PrivateKey // epoch keys of the new set
	admins       []*ecdsa.PrivateKey
	parent       *wire.ServerSet
	link         *wire.SetLink
}

func madeKey(number byte) *ecdsa.PrivateKey {
	key, err := crypto.ToECDSA(crypto.Keccak256([]byte("a server set"), []byte{number}))
	if err != nil {
		panic(err)
	}
	return key
}

func signWith(key *ecdsa.PrivateKey, digest [32]byte) wire.Signature {
	sig, err := crypto.Sign(digest[:], key)
	if err != nil {
		panic(err)
	}
	return wire.Signature(sig)
}

func pointOf(key *ecdsa.PrivateKey) wire.Point { return wire.Point(wire.NodeIDOf(&key.PublicKey)) }

func adminSigns(digest common.Hash, keys ...*ecdsa.PrivateKey) (all []wire.AdminSignature) {
	for _, key := range keys {
		all = append(all, wire.AdminSignature(signWith(key, digest)))
	}
	return all
}

func newLinked() *linked {
	l := new(linked)
	for i := range byte(5) {
		l.keys, l.epochs, l.next = append(l.keys, madeKey(i)), append(l.epochs, madeKey(20+i)), append(l.next, madeKey(30+i))
	}
	slices.SortFunc(l.keys, func(a, b *ecdsa.PrivateKey) int {
		return wire.NodeIDOf(&a.PublicKey).Compare(wire.NodeIDOf(&b.PublicKey))
	})
	var admins []common.Address
	for i := range byte(3) {
		l.admins = append(l.admins, madeKey(10+i))
	}
	slices.SortFunc(l.admins, func(a, b *ecdsa.PrivateKey) int {
		return crypto.PubkeyToAddress(a.PublicKey).Cmp(crypto.PubkeyToAddress(b.PublicKey))
	})
	for _, key := range l.admins {
		admins = append(admins, crypto.PubkeyToAddress(key.PublicKey))
	}
	l.parent = &wire.ServerSet{Cluster: wire.ClusterID{1}, Epoch: 3, Parent: common.Hash{2}, Floor: 1, Authority: wire.Authority{Administrators: admins, Needed: 2}}
	for i, key := range l.keys[:4] {
		l.parent.Members = append(l.parent.Members, wire.NodeIDOf(&key.PublicKey))
		l.parent.Keys = append(l.parent.Keys, pointOf(l.epochs[i]))
	}
	l.parent.Keys[3] = wire.Point{}
	l.link = &wire.SetLink{Attempt: wire.SetAttempt{Order: wire.SetOrder{Chain: 9, Cluster: l.parent.Cluster, Epoch: 4, Parent: l.parent.Hash(),
		Floor: 1, Administrators: admins[:2], Needed: 1, Expires: 5}, Coordinator: l.parent.Members[1], Block: wire.BlockRef{Number: 7}}}
	for _, key := range l.keys[1:] {
		l.link.Attempt.Order.Members = append(l.link.Attempt.Order.Members, wire.OrderMember{Node: wire.NodeIDOf(&key.PublicKey), Address: "a:1"})
	}
	l.sign()
	return l
}

// sign signs everything anew, as it is.
func (l *linked) sign() {
	l.link.Attempt.Orders = adminSigns(l.link.Attempt.Order.Digest(), l.admins[:2]...)
	l.signReady()
	l.signAttempt()
}

func (l *linked) signReady() {
	a := &l.link.Attempt
	a.Ready = nil
	for i, key := range l.keys[1:] {
		a.Ready = append(a.Ready, l.ready(key, l.next[i]))
	}
}

func (l *linked) ready(key, epoch *ecdsa.PrivateKey) wire.Readiness {
	a := &l.link.Attempt
	r := wire.Readiness{Node: wire.NodeIDOf(&key.PublicKey), Key: pointOf(epoch)}
	digest := wire.ReadyDigest(a.Order.Parent, a.Order.Digest(), a.Proposal(), r.Node, r.Key)
	r.Proof, r.Signature = signWith(epoch, digest), signWith(key, digest)
	return r
}

func (l *linked) signAttempt() {
	id := l.link.Attempt.ID()
	for i, key := range l.keys {
		if wire.NodeIDOf(&key.PublicKey) == l.link.Attempt.Coordinator {
			l.link.Attempt.Signature = signWith(l.keys[i], wire.CoordinatedDigest(id))
		}
	}
	l.link.Signed, l.link.Decided = nil, wire.Decision{Ballot: 2}
	for i := range 3 {
		l.link.Signed = append(l.link.Signed, l.bound(i+1))
		l.link.Decided.Votes = append(l.link.Decided.Votes, l.vote(i))
	}
}

func (l *linked) bound(i int) wire.SetSign {
	digest := wire.AttemptDigest(l.link.Attempt.ID())
	s := wire.SetSign{Node: wire.NodeIDOf(&l.keys[i].PublicKey), Signature: signWith(l.keys[i], digest)}
	if i < 3 {
		s.Epoch = signWith(l.epochs[i], digest)
	}
	return s
}

func (l *linked) vote(i int) wire.NodeSign {
	return wire.NodeSign{Node: wire.NodeIDOf(&l.keys[i].PublicKey), Signature: signWith(l.keys[i], wire.VoteDigest(l.link.Attempt.ID(), 2, true))}
}

// Each thing that is wrong with an order, its attempt or its certificate is found, when all else is signed by whoever has to.
func TestLinkIsChecked(t *testing.T) {
	if l := newLinked(); verify.Link(l.parent, l.link) != nil {
		t.Fatal(verify.Link(l.parent, l.link))
	}
	order := func(change func(*linked, *wire.SetOrder)) func(*linked) {
		return func(l *linked) { change(l, &l.link.Attempt.Order); l.sign() }
	}
	attempt := func(change func(*linked, *wire.SetAttempt)) func(*linked) {
		return func(l *linked) { change(l, &l.link.Attempt); l.signAttempt() }
	}
	for name, c := range map[string]struct {
		bend   func(*linked)
		reason wire.Reason
	}{
		"another cluster":      {order(func(_ *linked, o *wire.SetOrder) { o.Cluster[0]++ }), wire.NotMember},
		"another parent":       {order(func(_ *linked, o *wire.SetOrder) { o.Parent[0]++ }), wire.NotMember},
		"another epoch":        {order(func(_ *linked, o *wire.SetOrder) { o.Epoch++ }), wire.NotMember},
		"a lower floor":        {order(func(_ *linked, o *wire.SetOrder) { o.Floor = 0 }), wire.InvalidMessage},
		"a floor too high":     {order(func(_ *linked, o *wire.SetOrder) { o.Floor = 4 }), wire.InvalidMessage},
		"members out of order": {order(func(_ *linked, o *wire.SetOrder) { slices.Reverse(o.Members) }), wire.InvalidMessage},
		"a parent without authority": {func(l *linked) {
			l.parent.Authority = wire.Authority{}
			l.link.Attempt.Order.Parent = l.parent.Hash()
			l.sign()
			l.link.Attempt.Orders = nil
			l.signAttempt()
		}, wire.InvalidMessage},
		"nothing changes": {func(l *linked) {
			l.keys = append([]*ecdsa.PrivateKey{l.keys[0]}, l.keys...) // which stays
			o := &l.link.Attempt.Order
			for i := range o.Members {
				o.Members[i].Node = l.parent.Members[i]
			}
			o.Administrators, o.Needed = l.parent.Authority.Administrators, 2
			l.sign()
			l.keys = l.keys[1:]
			l.signAttempt()
		}, wire.InvalidMessage},
		"nobody orders":      {attempt(func(_ *linked, a *wire.SetAttempt) { a.Orders = nil }), wire.InvalidMessage},
		"one too few orders": {attempt(func(_ *linked, a *wire.SetAttempt) { a.Orders = a.Orders[:1] }), wire.InvalidMessage},
		"one orders twice":   {attempt(func(_ *linked, a *wire.SetAttempt) { a.Orders[1] = a.Orders[0] }), wire.InvalidMessage},
		"a foreign one orders": {attempt(func(l *linked, a *wire.SetAttempt) {
			a.Orders = append(a.Orders, adminSigns(a.Order.Digest(), l.keys[0])...)
		}), wire.InvalidMessage},
		"an order of another": {attempt(func(l *linked, a *wire.SetAttempt) { a.Orders[1] = adminSigns(common.Hash{1}, l.admins[1])[0] }), wire.InvalidMessage},
		"administrators of the next": {func(l *linked) {
			l.link.Attempt.Order.Administrators = []common.Address{crypto.PubkeyToAddress(l.keys[0].PublicKey)}
			l.sign()
			l.link.Attempt.Orders = adminSigns(l.link.Attempt.Order.Digest(), l.keys[0])
			l.signAttempt()
		}, wire.InvalidMessage},
		"a foreign coordinator": {func(l *linked) {
			l.link.Attempt.Coordinator = wire.NodeIDOf(&l.keys[4].PublicKey)
			l.sign()
		}, wire.InvalidMessage},
		"not signed by its coordinator": {func(l *linked) {
			l.link.Attempt.Signature = signWith(l.keys[2], wire.CoordinatedDigest(l.link.Attempt.ID()))
		}, wire.InvalidMessage},
		"too few are ready": {attempt(func(_ *linked, a *wire.SetAttempt) { a.Ready = a.Ready[:2] }), wire.InvalidMessage},
		"a stranger is ready": {attempt(func(l *linked, a *wire.SetAttempt) {
			a.Ready = append([]wire.Readiness{l.ready(l.keys[0], l.next[4])}, a.Ready...)
		}), wire.InvalidMessage},
		"readiness for another": {attempt(func(l *linked, a *wire.SetAttempt) {
			a.Nonce[0]++
			r := a.Ready
			l.signReady()
			a.Ready[0] = r[0]
		}), wire.InvalidMessage},
		"ready without the epoch key": {attempt(func(_ *linked, a *wire.SetAttempt) { a.Ready[0].Proof = a.Ready[1].Proof }), wire.InvalidMessage},
		"ready without the node key":  {attempt(func(_ *linked, a *wire.SetAttempt) { a.Ready[0].Signature = a.Ready[0].Proof }), wire.InvalidMessage},
		"an epoch key twice":          {attempt(func(l *linked, a *wire.SetAttempt) { a.Ready[0] = l.ready(l.keys[1], l.next[1]) }), wire.InvalidMessage},
		"an epoch key again":          {attempt(func(l *linked, a *wire.SetAttempt) { a.Ready[0] = l.ready(l.keys[1], l.epochs[1]) }), wire.InvalidMessage},
		"too few are bound":           {func(l *linked) { l.link.Signed = l.link.Signed[:2] }, wire.InvalidMessage},
		"one is bound twice":          {func(l *linked) { l.link.Signed[1] = l.link.Signed[0] }, wire.InvalidMessage},
		"a stranger is bound":         {func(l *linked) { l.link.Signed[2] = l.bound(4) }, wire.InvalidMessage},
		"bound to another": {func(l *linked) {
			l.link.Signed[0].Signature = signWith(l.keys[1], wire.AttemptDigest(wire.SessionID{}))
		}, wire.InvalidMessage},
		"bound without its epoch key": {func(l *linked) { l.link.Signed[0].Epoch = l.link.Signed[0].Signature }, wire.InvalidMessage},
		"too few have voted":          {func(l *linked) { l.link.Decided.Votes = l.link.Decided.Votes[:2] }, wire.InvalidMessage},
		"one has voted twice":         {func(l *linked) { l.link.Decided.Votes[1] = l.link.Decided.Votes[0] }, wire.InvalidMessage},
		"a stranger has voted":        {func(l *linked) { l.link.Decided.Votes[2] = l.vote(4) }, wire.InvalidMessage},
		"a vote of another ballot":    {func(l *linked) { l.link.Decided.Ballot = 0 }, wire.InvalidMessage},
		"votes for abandoning":        {func(l *linked) { l.link.Decided.Ballot = 1 }, wire.InvalidMessage},
	} {
		l := newLinked()
		if c.bend(l); wire.ReasonOf(verify.Link(l.parent, l.link)) != c.reason {
			t.Errorf("%s: %v", name, verify.Link(l.parent, l.link))
		}
	}
}

// A set with the same members and other administrators, floor or interval is another set.
func TestOrderOfTheSameMembers(t *testing.T) {
	for name, change := range map[string]func(*wire.SetOrder){
		"administrators": func(o *wire.SetOrder) { o.Administrators = o.Administrators[1:] },
		"needed":         func(o *wire.SetOrder) { o.Needed = 1 },
		"floor":          func(o *wire.SetOrder) { o.Floor = 2 },
		"interval":       func(o *wire.SetOrder) { o.Refresh = 5 },
		"nothing":        nil,
	} {
		l := newLinked()
		o := &l.link.Attempt.Order
		for i := range o.Members {
			o.Members[i].Node = l.parent.Members[i]
		}
		o.Administrators, o.Needed = l.parent.Authority.Administrators, 2
		if change != nil {
			change(o)
		}
		if err := verify.CheckOrder(l.parent, o, adminSigns(o.Digest(), l.admins[1:]...)); (err == nil) != (change != nil) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A cancelled order takes the signatures that an order takes.
func TestCancelIsChecked(t *testing.T) {
	l := newLinked()
	o := &l.link.Attempt.Order
	cancel := func(change func(*wire.SignedCancel)) error {
		c := &wire.SignedCancel{Cancel: wire.CancelOrder{Chain: o.Chain, Cluster: o.Cluster, Epoch: o.Epoch, Parent: o.Parent, Nonce: o.Nonce}}
		if !c.Cancel.Cancels(o) {
			t.Error("another order is cancelled")
		}
		c.Signatures = adminSigns(c.Cancel.Digest(), l.admins[1:]...)
		change(c)
		return verify.CheckCancel(l.parent, c)
	}
	signed := func(change func(*wire.CancelOrder)) func(*wire.SignedCancel) {
		return func(c *wire.SignedCancel) {
			change(&c.Cancel)
			c.Signatures = adminSigns(c.Cancel.Digest(), l.admins[1:]...)
		}
	}
	for name, c := range map[string]struct {
		change func(*wire.SignedCancel)
		good   bool
	}{
		"signed":            {func(*wire.SignedCancel) {}, true},
		"by too few":        {func(c *wire.SignedCancel) { c.Signatures = c.Signatures[:1] }, false},
		"by one twice":      {func(c *wire.SignedCancel) { c.Signatures[0] = c.Signatures[1] }, false},
		"of another parent": {func(c *wire.SignedCancel) { c.Cancel.Parent[0]++ }, false},
		"of another order":  {func(c *wire.SignedCancel) { c.Cancel.Nonce[0]++ }, false},
		// The same administrators may be those of other clusters and sets, and have signed there.
		"for another cluster": {signed(func(c *wire.CancelOrder) { c.Cluster[0]++ }), false},
		"for another epoch":   {signed(func(c *wire.CancelOrder) { c.Epoch++ }), false},
		"for another set":     {signed(func(c *wire.CancelOrder) { c.Parent[0]++ }), false},
		"by the order":        {func(c *wire.SignedCancel) { c.Signatures = l.link.Attempt.Orders }, false},
	} {
		if err := cancel(c.change); (err == nil) != c.good {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A chain leads from a trusted set to the last one, and from no other set. Two links from one parent are told apart.
func TestChain(t *testing.T) {
	l := newLinked()
	last, err := verify.Chain(l.parent, l.link)
	if err != nil || last.Hash() != l.link.Set().Hash() || last.Epoch != 4 {
		t.Fatalf("%+v, %v", last, err)
	}
	if same, err := verify.Chain(l.parent); err != nil || same != l.parent {
		t.Errorf("%+v, %v", same, err)
	}
	if _, err := verify.Chain(last, l.link); wire.ReasonOf(err) != wire.NotMember {
		t.Errorf("the same link twice: %v", err)
	}
	other := newLinked()
	other.link.Attempt.Ready = other.link.Attempt.Ready[:3]
	other.signAttempt()
	if err := verify.Link(other.parent, other.link); err != nil {
		t.Fatal(err)
	}
	var two *verify.ErrTwoLinks
	if err := verify.OneLink(l.link, other.link); !errors.As(err, &two) || two.A != l.link || two.B != other.link {
		t.Errorf("two links: %v", err)
	}
	other = newLinked()
	other.link.Decided.Votes[0] = other.vote(1)
	if err := verify.OneLink(l.link, other.link); err != nil {
		t.Errorf("one set, decided by others: %v", err)
	}
}

// TestLegacyLink: a pair of signatures in Parity's form stands for one order, of which nothing but addresses can be chosen by
// whoever hands it in; clients check it without a chain.
func TestLegacyLink(t *testing.T) {
	made := func(needed uint32, change func(*linked, *wire.SetOrder)) error {
		l := newLinked()
		l.parent.Authority.Needed = needed
		c := &wire.LegacyChange{Members: l.link.Attempt.Order.Set().Members}
		c.Old = adminSigns(wire.LegacySetHash(l.parent.Members), l.admins[1])[0]
		c.New = adminSigns(wire.LegacySetHash(c.Members), l.admins[1])[0]
		o, err := c.Order(l.parent, 9, func(wire.NodeID) string { return "b:2" })
		if err != nil {
			t.Fatal(err)
		}
		l.link.Attempt.Order = *o
		change(l, &l.link.Attempt.Order)
		l.link.Attempt.Orders = c.Signatures()
		l.signReady()
		l.signAttempt()
		return verify.Link(l.parent, l.link)
	}
	for name, change := range map[string]func(*linked, *wire.SetOrder){
		"as it is":        func(*linked, *wire.SetOrder) {},
		"other addresses": func(_ *linked, o *wire.SetOrder) { o.Members[0].Address = "evil:1" },
	} {
		if err := made(1, change); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, change := range map[string]func(*linked, *wire.SetOrder){
		"a higher floor":       func(_ *linked, o *wire.SetOrder) { o.Floor++ },
		"an interval":          func(_ *linked, o *wire.SetOrder) { o.Refresh = 60 },
		"other administrators": func(_ *linked, o *wire.SetOrder) { o.Administrators = o.Administrators[:1] },
		"how many must sign":   func(_ *linked, o *wire.SetOrder) { o.Needed++ },
		"force":                func(_ *linked, o *wire.SetOrder) { o.Force = true },
		"a time":               func(_ *linked, o *wire.SetOrder) { o.Expires = 7 },
		"a nonce":              func(_ *linked, o *wire.SetOrder) { o.Nonce[0]++ },
		"another member":       func(l *linked, o *wire.SetOrder) { o.Members[0].Node = wire.NodeIDOf(&l.keys[0].PublicKey) },
	} {
		if err := made(1, change); wire.ReasonOf(err) != wire.InvalidMessage {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := made(2, func(*linked, *wire.SetOrder) {}); wire.ReasonOf(err) != wire.InvalidMessage {
		t.Errorf("where two have to sign: %v", err)
	}
}

// follows is a link by an order after a set, for which all of its members are bound and vote, as liars would. keys are those
// of all nodes, and every set's epoch keys are kept in epochs.
func follows(parent *wire.ServerSet, o *wire.SetOrder, signatures []wire.AdminSignature, keys map[wire.NodeID]*ecdsa.PrivateKey, epochs map[wire.Point]*ecdsa.PrivateKey) *wire.SetLink {
	l := &wire.SetLink{Attempt: wire.SetAttempt{Order: *o, Orders: signatures, Coordinator: parent.Members[0], Block: wire.BlockRef{Number: 7}}}
	a := &l.Attempt
	for i, m := range o.Set().Members {
		epoch := madeKey(byte(100 + 10*o.Epoch + uint64(i)))
		epochs[pointOf(epoch)] = epoch
		r := wire.Readiness{Node: m, Key: pointOf(epoch)}
		digest := wire.ReadyDigest(o.Parent, o.Digest(), a.Proposal(), m, r.Key)
		r.Proof, r.Signature = signWith(epoch, digest), signWith(keys[m], digest)
		a.Ready = append(a.Ready, r)
	}
	id := a.ID()
	a.Signature = signWith(keys[a.Coordinator], wire.CoordinatedDigest(id))
	for i, m := range parent.Members {
		s := wire.SetSign{Node: m, Signature: signWith(keys[m], wire.AttemptDigest(id))}
		if key := epochs[parent.Keys[i]]; key != nil {
			s.Epoch = signWith(key, wire.AttemptDigest(id))
		}
		l.Signed = append(l.Signed, s)
		l.Decided.Votes = append(l.Decided.Votes, wire.NodeSign{Node: m, Signature: signWith(keys[m], wire.VoteDigest(id, 0, true))})
	}
	return l
}

// TestLegacyLinkCountsOnce: a client that is shown all links believes none that uses up a pair of signatures again, even if
// all key servers lied.
func TestLegacyLinkCountsOnce(t *testing.T) {
	l := newLinked()
	l.parent.Authority.Needed = 1
	keys, epochs := make(map[wire.NodeID]*ecdsa.PrivateKey), make(map[wire.Point]*ecdsa.PrivateKey)
	for i, key := range l.keys {
		keys[wire.NodeIDOf(&key.PublicKey)], epochs[pointOf(l.epochs[i])] = key, l.epochs[i]
	}
	pair := &wire.LegacyChange{Members: l.link.Attempt.Order.Set().Members}
	pair.Old = adminSigns(wire.LegacySetHash(l.parent.Members), l.admins[0])[0]
	pair.New = adminSigns(wire.LegacySetHash(pair.Members), l.admins[0])[0]
	by := func(parent *wire.ServerSet, c *wire.LegacyChange) *wire.SetLink {
		o, err := c.Order(parent, 9, func(wire.NodeID) string { return "b:2" })
		if err != nil {
			t.Fatal(err)
		}
		return follows(parent, o, c.Signatures(), keys, epochs)
	}
	one := by(l.parent, pair)
	swapped := by(one.Set(), &wire.LegacyChange{Members: l.parent.Members, Old: pair.New, New: pair.Old})
	back := swapped.Attempt.Order
	back.Nonce = common.Hash{1}
	two := follows(one.Set(), &back, adminSigns(back.Digest(), l.admins[0]), keys, epochs)
	three := by(two.Set(), pair)
	if _, err := verify.Chain(l.parent, one, two); err != nil {
		t.Fatal(err)
	}
	if _, err := verify.Chain(l.parent, one, swapped); wire.ReasonOf(err) != wire.Denied {
		t.Errorf("the other way round: %v", err)
	}
	if _, err := verify.Chain(l.parent, one, two, three); wire.ReasonOf(err) != wire.Denied {
		t.Errorf("once more: %v", err)
	}
	if err := verify.Link(two.Set(), three); err != nil {
		t.Errorf("alone nothing is wrong with it: %v", err)
	}
}

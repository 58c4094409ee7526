package verify

import (
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// CheckOrder fails unless the authority of parent says that the order's set is to follow it: as many administrators as are
// needed, and all of them to give the parent up. Of an order that does not go with the parent it fails with NotMember,
// whoever gave it may know another; else with InvalidMessage. A contract account that signs is not known here: a link is
// checked without a chain.
func CheckOrder(parent *wire.ServerSet, o *wire.SetOrder, signatures []wire.AdminSignature) error {
	if err := o.Bound(); err != nil {
		return wire.Errorf(wire.InvalidMessage, "%v", err)
	}
	if err := follows(parent, o.Cluster, o.Epoch, o.Parent); err != nil {
		return err
	}
	switch {
	case o.Floor < parent.Floor:
		return wire.Errorf(wire.InvalidMessage, "an order that lowers the lowest threshold from %d to %d", parent.Floor, o.Floor)
	case same(parent, o):
		return wire.Errorf(wire.InvalidMessage, "an order that changes nothing")
	}
	if c := wire.LegacyOf(parent, o, signatures); c != nil {
		return legacyOrdered(parent, o, c)
	}
	if o.GiveUp {
		return givenUp(parent, o.Digest(), signatures)
	}
	return ordered(parent, o.Digest(), signatures)
}

// givenUp wants the signatures of all administrators: no quorum of the parent stands beside them.
func givenUp(parent *wire.ServerSet, digest common.Hash, signatures []wire.AdminSignature) error {
	all := *parent
	all.Authority.Needed = uint32(len(parent.Authority.Administrators))
	return ordered(&all, digest, signatures)
}

// legacyOrdered wants one administrator to be enough, and the order to leave nothing but addresses to whoever made it of the
// pair of signatures.
func legacyOrdered(parent *wire.ServerSet, o *wire.SetOrder, c *wire.LegacyChange) error {
	if err := c.Check(parent); err != nil {
		return wire.Errorf(wire.InvalidMessage, "%v", err)
	}
	if !c.Stands(parent, o) {
		return wire.Errorf(wire.InvalidMessage, "an order that says more than the pair of signatures that it is made of")
	}
	return nil
}

// LegacyUses remembers which sets administrators have signed in Parity's form in links, which were shown one after the other.
// A signature of that form says neither what it follows nor when, so it can be handed in again by whoever has seen it: in the
// same pair, or as the new set's in another. So what was named in such a link makes no set by one any more; an order does.
// The zero value remembers nothing.
type LegacyUses struct{ named map[common.Hash]bool }

// Refuses fails with Denied if an order after parent is made of a pair whose new set such a pair has named before.
func (u *LegacyUses) Refuses(parent *wire.ServerSet, o *wire.SetOrder, signatures []wire.AdminSignature) error {
	if c := wire.LegacyOf(parent, o, signatures); c != nil && u.named[wire.LegacySetHash(c.Members)] {
		return wire.Errorf(wire.Denied, "the signature over the new server set was used before, and counts once: use an order, geth-ss secretstore change-servers")
	}
	return nil
}

// Note remembers what the order of a link after parent was made of.
func (u *LegacyUses) Note(parent *wire.ServerSet, o *wire.SetOrder, signatures []wire.AdminSignature) {
	c := wire.LegacyOf(parent, o, signatures)
	if c == nil {
		return
	}
	if u.named == nil {
		u.named = make(map[common.Hash]bool)
	}
	u.named[wire.LegacySetHash(parent.Members)], u.named[wire.LegacySetHash(c.Members)] = true, true
}

// CheckCancel fails unless the authority of parent says that an order for the set after it does not count.
func CheckCancel(parent *wire.ServerSet, c *wire.SignedCancel) error {
	if err := c.Bound(); err != nil {
		return wire.Errorf(wire.InvalidMessage, "%v", err)
	}
	if err := follows(parent, c.Cancel.Cluster, c.Cancel.Epoch, c.Cancel.Parent); err != nil {
		return err
	}
	return ordered(parent, c.Cancel.Digest(), c.Signatures)
}

// CheckRefresh fails unless the authority of a set says that the shares of its keys are dealt anew. Of an order for another
// set it fails with NotMember, else with InvalidMessage. Whether its round is a block, and recent, is not known here.
func CheckRefresh(set *wire.ServerSet, chain uint64, o *wire.RefreshOrder, signatures []wire.AdminSignature) error {
	switch {
	case o.Cluster != set.Cluster || o.Chain != chain:
		return wire.Errorf(wire.NotMember, "a refresh order for another cluster or chain")
	case o.Epoch != set.Epoch || o.Set != set.Hash():
		return wire.Errorf(wire.NotMember, "a refresh order for server set %d, %v, and the newest is %d, %v", o.Epoch, o.Set, set.Epoch, set.Hash())
	case o.Round == 0:
		return wire.Errorf(wire.InvalidMessage, "a refresh order for no round")
	}
	return ordered(set, o.Digest(), signatures)
}

func follows(parent *wire.ServerSet, cluster wire.ClusterID, epoch uint64, hash common.Hash) error {
	switch {
	case cluster != parent.Cluster:
		return wire.Errorf(wire.NotMember, "an order for another cluster")
	case epoch != parent.Epoch+1 || hash != parent.Hash():
		return wire.Errorf(wire.NotMember, "an order for server set %d after %v, and not after set %d, %v", epoch, hash, parent.Epoch, parent.Hash())
	}
	return nil
}

// same tells whether an order says in other words what the parent says: epoch keys are no difference.
func same(parent *wire.ServerSet, o *wire.SetOrder) bool {
	return slices.Equal(parent.Members, o.Set().Members) && parent.Floor == o.Floor && parent.Refresh == o.Refresh &&
		slices.Equal(parent.Authority.Administrators, o.Administrators) && parent.Authority.Needed == o.Needed
}

// ordered wants the signatures of as many administrators as have to sign, and of nobody else.
func ordered(parent *wire.ServerSet, digest common.Hash, signatures []wire.AdminSignature) error {
	if parent.Authority.None() {
		return wire.Errorf(wire.InvalidMessage, "nobody may change server set %d", parent.Epoch)
	}
	if len(signatures) > wire.MaxAdministrators {
		return wire.Errorf(wire.InvalidMessage, "an order with too many signatures")
	}
	signers := make(map[common.Address]bool)
	for i := range signatures {
		signer, ok := signatures[i].Signer(digest)
		if !ok || !slices.Contains(parent.Authority.Administrators, signer) {
			return wire.Errorf(wire.InvalidMessage, "an order with a signature that is no administrator's of set %d", parent.Epoch)
		}
		signers[signer] = true
	}
	if len(signers) < int(parent.Authority.Needed) {
		return wire.Errorf(wire.InvalidMessage, "an order that %d administrators have signed, of %d who have to", len(signers), parent.Authority.Needed)
	}
	return nil
}

// Readiness fails unless a member of the new set says that it is ready for this proposal, and keeps the epoch key.
func Readiness(a *wire.SetAttempt, r *wire.Readiness) error {
	if !slices.ContainsFunc(a.Order.Members, func(m wire.OrderMember) bool { return m.Node == r.Node }) {
		return wire.Errorf(wire.InvalidMessage, "%s is ready, and no member of the new set", r.Node.Short())
	}
	if _, err := secp256k1.ParsePoint(r.Key[:]); err != nil {
		return wire.Errorf(wire.InvalidMessage, "epoch key of %s: %v", r.Node.Short(), err)
	}
	digest := wire.ReadyDigest(a.Order.Parent, a.Order.Digest(), a.Proposal(), r.Node, r.Key)
	if !r.Key.Signed(digest, &r.Proof) || !r.Node.Signed(digest, &r.Signature) {
		return wire.Errorf(wire.InvalidMessage, "false readiness of %s", r.Node.Short())
	}
	return nil
}

// Attempt fails unless an attempt is sound: its order holds, a member of the parent coordinates it and has signed it, or one of
// the new set if the parent is given up, and a set quorum of the new set is ready, with epoch keys that differ.
func Attempt(parent *wire.ServerSet, a *wire.SetAttempt) error {
	if err := a.Bound(); err != nil {
		return wire.Errorf(wire.InvalidMessage, "%v", err)
	}
	if err := CheckOrder(parent, &a.Order, a.Orders); err != nil {
		return err
	}
	if !a.Concerns(parent, a.Coordinator) || !a.Coordinator.Signed(wire.CoordinatedDigest(a.ID()), &a.Signature) {
		return wire.Errorf(wire.InvalidMessage, "an attempt that no member of server set %d coordinates", parent.Epoch)
	}
	keys := make(map[wire.Point]bool)
	for i := range a.Ready {
		r := &a.Ready[i]
		if err := Readiness(a, r); err != nil {
			return err
		}
		if keys[r.Key] || slices.Contains(parent.Keys, r.Key) {
			return wire.Errorf(wire.InvalidMessage, "the epoch key of %s is another's, or of the set before", r.Node.Short())
		}
		keys[r.Key] = true
	}
	if need := a.Set().Quorum(); len(a.Ready) < need {
		return wire.Errorf(wire.InvalidMessage, "%d members of the new server set are ready, of %d that have to be", len(a.Ready), need)
	}
	return nil
}

// SetSign fails unless a member of the set that decides (wire.SetAttempt.Voters) has signed that it is bound to an attempt, with
// its epoch key too if the set has that.
func SetSign(voters *wire.ServerSet, attempt wire.SessionID, s *wire.SetSign) error {
	at, ok := slices.BinarySearchFunc(voters.Members, s.Node, wire.NodeID.Compare)
	if !ok {
		return wire.Errorf(wire.InvalidMessage, "%s is no member of server set %d", s.Node.Short(), voters.Epoch)
	}
	digest := wire.AttemptDigest(attempt)
	if !s.Node.Signed(digest, &s.Signature) {
		return wire.Errorf(wire.InvalidMessage, "%s has not signed that it is bound to this attempt", s.Node.Short())
	}
	if len(voters.Keys) > 0 && voters.Keys[at] != (wire.Point{}) && !voters.Keys[at].Signed(digest, &s.Epoch) {
		return wire.Errorf(wire.InvalidMessage, "%s has not signed with its key of epoch %d", s.Node.Short(), voters.Epoch)
	}
	return nil
}

// SetCertificate fails unless a set quorum of the voters is bound to an attempt that has passed Attempt.
func SetCertificate(voters *wire.ServerSet, attempt wire.SessionID, signs []wire.SetSign) error {
	for i := range signs {
		if i > 0 && signs[i-1].Node.Compare(signs[i].Node) >= 0 {
			return wire.Errorf(wire.InvalidMessage, "signatures are not in ascending order of nodes")
		}
		if err := SetSign(voters, attempt, &signs[i]); err != nil {
			return err
		}
	}
	if len(signs) < voters.Quorum() {
		return wire.Errorf(wire.InvalidMessage, "%d members of server set %d are bound to the attempt, of %d that have to be", len(signs), voters.Epoch, voters.Quorum())
	}
	return nil
}

// Link fails unless parent is followed by the link's set: its authority has ordered it, and its set quorum has decided it. Of a
// parent that is given up all administrators have ordered it, and a set quorum of the new set has decided.
// It needs no chain and no clock. Of a link after another set it fails with NotMember.
//
// A set has one successor while at most ServerSet.Faults of its members lie. Node keys of a former set can be bought years
// later, so members sign with epoch keys as well, which they destroy when they are out; and who believes a link for new
// keys and receipts should have the newest set's hash from elsewhere as well from time to time.
func Link(parent *wire.ServerSet, l *wire.SetLink) error {
	if err := l.Bound(); err != nil {
		return wire.Errorf(wire.InvalidMessage, "%v", err)
	}
	if err := Attempt(parent, &l.Attempt); err != nil {
		return err
	}
	attempt, voters := l.Attempt.ID(), l.Attempt.Voters(parent)
	if err := SetCertificate(voters, attempt, l.Signed); err != nil {
		return err
	}
	for i := range l.Decided.Votes {
		if v := l.Decided.Votes[i].Node; !voters.Contains(v) {
			return wire.Errorf(wire.InvalidMessage, "decided with %s, which is no member of server set %d", v.Short(), voters.Epoch)
		}
	}
	if len(l.Decided.Votes) < voters.Quorum() {
		return wire.Errorf(wire.InvalidMessage, "decided by %d members of server set %d, of %d that have to", len(l.Decided.Votes), voters.Epoch, voters.Quorum())
	}
	return Votes(attempt, l.Decided.Ballot, true, l.Decided.Votes)
}

// Chain is the last of the sets that follow one another from one that is trusted: from itself if there are no links. It
// fails as Link does.
func Chain(from *wire.ServerSet, links ...*wire.SetLink) (*wire.ServerSet, error) {
	var used LegacyUses
	for _, l := range links {
		err := Link(from, l)
		if err == nil {
			err = used.Refuses(from, &l.Attempt.Order, l.Attempt.Orders)
		}
		if err != nil {
			return nil, fmt.Errorf("link to server set %d: %w", l.Attempt.Order.Epoch, err)
		}
		used.Note(from, &l.Attempt.Order, l.Attempt.Orders)
		from = l.Set()
	}
	return from, nil
}

// OfSet fails unless a set-up is one of this set: it names the set, or is of before there were others if the set is the
// first; its members are members of the set; and the number of key servers by which majorities are counted is the set's.
// Who only looks for its members among the set's believes a few of them who name a smaller number.
func OfSet(set *wire.ServerSet, s *wire.Terms) error {
	switch {
	case s.Cluster != set.Cluster:
		return wire.Errorf(wire.NotMember, "a key of another cluster, %v", s.Cluster)
	case s.Set == nil && set.Epoch != 0:
		return wire.Errorf(wire.NotMember, "made by the first server set, and not by set %d", set.Epoch)
	case s.Set != nil && *s.Set != set.Ref():
		return wire.Errorf(wire.NotMember, "of server set %d (%v), and not of set %d (%v)", s.Set.Epoch, s.Set.Hash, set.Epoch, set.Hash())
	case int64(s.Threshold) < int64(set.Floor) && s.Move != nil:
		return wire.Errorf(wire.InvalidMessage, "dealt anew with threshold %d; server set %d has none below %d", s.Threshold, set.Epoch, set.Floor)
	}
	if int(s.SetSize) != len(set.Members) {
		return wire.Errorf(wire.NotMember, "made among %d key servers; server set %d has %d", s.SetSize, set.Epoch, len(set.Members))
	}
	for _, m := range s.Members {
		if !set.Contains(m) {
			return wire.Errorf(wire.NotMember, "key server %s holds a part of the key and is no member of server set %d", m.Short(), set.Epoch)
		}
	}
	return nil
}

// Confirmed fails unless a certificate is one of this set, and the key is the only one of its id, or its sharing the only one
// of its slot: a majority of the set has voted to complete it. Of a key that all members have signed and that a majority did
// not complete another can follow.
func Confirmed(set *wire.ServerSet, c *wire.Certificate) error {
	if err := Certificate(c); err != nil {
		return err
	}
	if err := OfSet(set, &c.Setup); err != nil {
		return err
	}
	return completed(set, c)
}

// completed counts the votes, which Certificate has checked.
func completed(set *wire.ServerSet, c *wire.Certificate) error {
	need := wire.Majority(len(set.Members), int(c.Setup.Threshold))
	if len(c.Acks) >= need {
		return nil
	}
	if d := c.Decided; d != nil && len(d.Votes) >= need {
		return Voters(set.Members, d.Votes)
	}
	return wire.Errorf(wire.InvalidMessage, "a key that a majority, %d key servers, has not completed as far as its certificate shows", need)
}

// ErrTwoLinks says that two different sets follow one, each by a link that holds: more than ServerSet.Faults members of
// the parent have lied, and nothing may be believed any more that comes of it. Both links are the evidence.
type ErrTwoLinks struct{ A, B *wire.SetLink }

func (e *ErrTwoLinks) Error() string {
	a, b := e.A.Set(), e.B.Set()
	return fmt.Sprintf("server set %d is followed by two sets, %v and %v: more than its members may lie have lied; believe neither",
		a.Epoch-1, a.Hash(), b.Hash())
}

// Unwrap gives it a reason, as an end of a session has.
func (e *ErrTwoLinks) Unwrap() error { return wire.Errorf(wire.Internal, "%s", e.Error()) }

// OneLink fails with an *ErrTwoLinks if two links from one parent, which both have passed Link, lead to different sets.
func OneLink(a, b *wire.SetLink) error {
	if a.Attempt.Order.Parent != b.Attempt.Order.Parent {
		return nil
	}
	if a.Set().Hash() == b.Set().Hash() {
		return nil
	}
	return &ErrTwoLinks{a, b}
}

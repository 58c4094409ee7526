package wire

import (
	"errors"
	"slices"
)

// The messages by which key servers decide the next server set (package handover tells how), and learn of sets.
const (
	CodePropose     Code = 0x28
	CodeReady       Code = 0x29
	CodeAttempted   Code = 0x2a
	CodeSetBound    Code = 0x2b
	CodeCertified   Code = 0x2c
	CodeSetAck      Code = 0x2d
	CodeEstablished Code = 0x2e
	CodeSetConflict Code = 0x2f

	CodeSetPoll  Code = 0x48
	CodeSetVote  Code = 0x49
	CodeFollow   Code = 0x4a
	CodeSetLinks Code = 0x4b
)

func init() {
	opens(TrafficHandover, KindDecide, func() Opening { return new(Propose) })
	register(TrafficHandover, of(KindDecide),
		func() Message { return new(Ready) },
		func() Message { return new(Attempted) },
		func() Message { return new(SetBound) },
		func() Message { return new(Certified) },
		func() Message { return new(SetAck) },
		func() Message { return new(Established) },
		func() Message { return new(SetConflict) })
	opens(TrafficHandover, KindSettle, func() Opening { return new(SetPoll) })
	register(TrafficHandover, of(KindSettle), func() Message { return new(SetVote) })
	opens(TrafficHandover, KindFollow, func() Opening { return new(Follow) })
	register(TrafficHandover, of(KindFollow), func() Message { return new(SetLinks) })
}

// TellsGivenUp tells whether a message has an order by which a set is given up, whoever made it: programs of before can't read it.
func TellsGivenUp(msg Message) bool {
	var orders []*SetOrder
	attempt := func(a *SetAttempt) {
		if a != nil {
			orders = append(orders, &a.Order)
		}
	}
	link := func(l *SetLink) {
		if l != nil {
			attempt(&l.Attempt)
		}
	}
	links := func(all []SetLink) {
		for i := range all {
			link(&all[i])
		}
	}
	switch m := msg.(type) {
	case *Propose:
		attempt(&m.Attempt)
		links(m.History.Links)
	case *Established:
		link(&m.Link)
	case *SetConflict:
		attempt(&m.Attempt)
	case *SetPoll:
		attempt(m.Attempt)
		link(m.Link)
	case *SetVote:
		attempt(m.Held)
		link(m.Link)
	case *SetLinks:
		links(m.Links)
	}
	return slices.ContainsFunc(orders, func(o *SetOrder) bool { return o.GiveUp })
}

const (
	// MaxLinks bounds the links in one message: each costs its receiver some signatures of each member to check.
	MaxLinks = 16
	// MaxLinksSize bounds their bytes, so that the message is below MaxMessageSize: whoever answers sends fewer.
	MaxLinksSize = MaxMessageSize - 1<<16
)

// Propose opens the session in which a set is decided, to all members of the parent and of the new set. Ready and Signature
// of the attempt are empty still.
type Propose struct {
	Attempt SetAttempt
	History SetLinks // of how the parent came about, for those who have slept; as much as there is room for
}

func (*Propose) Code() Code { return CodePropose }

// Subject is no key.
func (*Propose) Subject() KeyID { return KeyID{} }

// Opens is the proposal.
func (m *Propose) Opens(_ ClusterID, from NodeID) (SessionID, error) {
	if m.Attempt.Coordinator != from {
		return SessionID{}, ErrOtherOpener
	}
	return m.Attempt.Proposal(), nil
}

// Bound wants nobody to be ready yet.
func (m *Propose) Bound() error {
	if len(m.Attempt.Ready) != 0 || m.Attempt.Signature != (Signature{}) {
		return errors.New("a proposal for which somebody is ready already")
	}
	return bound(&m.Attempt, &m.History)
}

// Ready answers Propose, of members of the new set.
type Ready struct{ Readiness Readiness }

func (*Ready) Code() Code { return CodeReady }

// Attempted shows the members of the parent who is ready, which fixes the set.
type Attempted struct {
	Ready     []Readiness
	Signature Signature // SetAttempt.Signature
}

func (*Attempted) Code() Code { return CodeAttempted }

// Bound checks number and order.
func (m *Attempted) Bound() error { return boundReady(m.Ready) }

// SetBound answers Attempted: the sender is bound to the attempt.
type SetBound struct{ Signature, Epoch Signature } // those of SetSign

func (*SetBound) Code() Code { return CodeSetBound }

// Certified shows the members of the parent the certificate of the attempt.
type Certified struct{ Signed []SetSign }

func (*Certified) Code() Code { return CodeCertified }

// Bound checks number and order.
func (m *Certified) Bound() error { return boundSetSigns(m.Signed) }

// SetAck answers Certified: the vote for completing the attempt in ballot 0.
type SetAck struct{ Signature Signature }

func (*SetAck) Code() Code { return CodeSetAck }

// Established shows that the set is decided, or, from a member to a coordinator that was behind, which one was before.
// It ends the session.
type Established struct{ Link SetLink }

func (*Established) Code() Code { return CodeEstablished }

// Bound is the link's.
func (m *Established) Bound() error { return m.Link.Bound() }

// SetConflict answers Propose or Attempted: the sender is bound to another attempt for the epoch, whose outcome it does not
// know. It ends the session.
type SetConflict struct{ Attempt SetAttempt }

func (*SetConflict) Code() Code { return CodeSetConflict }

// Bound is the attempt's.
func (m *SetConflict) Bound() error { return m.Attempt.Bound() }

// SetPoll asks a member of the parent about an attempt at a set, or tells it that an order is cancelled. It opens a session.
type SetPoll struct {
	Epoch   uint64 // that the attempt is for
	Nonce   [32]byte
	Attempt *SetAttempt   `rlp:"nil"` // nil: only what is said of Cancel
	Cancel  *SignedCancel `rlp:"nil"`
	Ask     *Motion       `rlp:"nil"` // vote like this, unless you have voted in this ballot or a later one; nil: only tell
	Signed  []SetSign     // the certificate, if the asking node has it
	Final   *Abandonment  `rlp:"nil"` // the attempt is abandoned
	Link    *SetLink      `rlp:"nil"` // the set has followed
}

func (*SetPoll) Code() Code { return CodeSetPoll }

// Subject is no key.
func (*SetPoll) Subject() KeyID { return KeyID{} }

// Session is the id of the run that a node opens with m.
func (m *SetPoll) Session(cluster ClusterID, asking NodeID) SessionID {
	return SessionID(Digest("set poll/1", cluster[:], asking[:], number(m.Epoch), m.Nonce[:]))
}

// Opens is Session.
func (m *SetPoll) Opens(cluster ClusterID, from NodeID) (SessionID, error) {
	return m.Session(cluster, from), nil
}

// Bound checks all lists, and that all is for one epoch.
func (m *SetPoll) Bound() error {
	if m.Epoch == 0 {
		return errors.New("a question about the first set")
	}
	if m.Attempt == nil && (m.Ask != nil || len(m.Signed) > 0 || m.Final != nil) {
		return errors.New("a question about no attempt")
	}
	if m.Attempt != nil && m.Attempt.Order.Epoch != m.Epoch || m.Cancel != nil && m.Cancel.Cancel.Epoch != m.Epoch ||
		m.Link != nil && m.Link.Attempt.Order.Epoch != m.Epoch {
		return errors.New("a question about several epochs")
	}
	return boundSetBallot(m.Attempt, m.Cancel, m.Ask, m.Signed, m.Final, m.Link)
}

// SetVote answers a SetPoll: the last vote that the sender has cast on the attempt.
type SetVote struct {
	Held      *SetAttempt  `rlp:"nil"` // to which the sender is bound, if it is another, or none was asked about
	Cast      *Motion      `rlp:"nil"` // nil: it has not voted
	Signature Signature    // on VoteDigest of it
	Signed    []SetSign    // the certificate, if the sender has it and the asking node seemed to lack it
	Final     *Abandonment `rlp:"nil"` // the attempt is abandoned
	Link      *SetLink     `rlp:"nil"` // the set of the epoch is established, by whichever attempt
}

func (*SetVote) Code() Code { return CodeSetVote }

// Bound checks all lists.
func (m *SetVote) Bound() error {
	return boundSetBallot(m.Held, nil, m.Cast, m.Signed, m.Final, m.Link)
}

func boundSetBallot(a *SetAttempt, c *SignedCancel, m *Motion, signed []SetSign, final *Abandonment, l *SetLink) error {
	var all []Bounded
	if a != nil {
		all = append(all, a)
	}
	if c != nil {
		all = append(all, c)
	}
	if m != nil {
		all = append(all, m)
	}
	if final != nil {
		all = append(all, final)
	}
	if l != nil {
		all = append(all, l)
	}
	if err := bound(all...); err != nil {
		return err
	}
	return boundSetSigns(signed)
}

// Follow asks a node which sets have followed one. It opens a session.
type Follow struct {
	From  uint64 // the newest epoch that the asking node knows
	First bool   // tell also what set 0 is: the asking node knows it from its settings at most
	Nonce [32]byte
	// Addresses are those that members have signed, as the asking node knows them. They are no part of the session's id.
	Addresses []MemberAddress `rlp:"optional"`
}

func (*Follow) Code() Code { return CodeFollow }

// Subject is no key.
func (*Follow) Subject() KeyID { return KeyID{} }

// Session is the id of the run that a node opens with m.
func (m *Follow) Session(cluster ClusterID, asking NodeID) SessionID {
	first := []byte{0}
	if m.First {
		first[0] = 1
	}
	return SessionID(Digest("follow/1", cluster[:], asking[:], number(m.From), first, m.Nonce[:]))
}

// Opens is Session.
func (m *Follow) Opens(cluster ClusterID, from NodeID) (SessionID, error) {
	return m.Session(cluster, from), nil
}

// Bound checks the addresses.
func (m *Follow) Bound() error { return boundAddresses(m.Addresses) }

// SetLinks answers Follow: the next sets after the one that was named, in their order. None: there are no others.
type SetLinks struct {
	First *ServerSet `rlp:"nil"` // set 0, if it was asked for
	Links []SetLink
	More  bool // and there are still others: ask from the last one on
	// Addresses are those that members have signed, as the sender knows them, where they are newer than the asking node's.
	Addresses []MemberAddress `rlp:"optional"`
}

func (*SetLinks) Code() Code { return CodeSetLinks }

// Bound checks number and lists, and that one epoch follows the other.
func (m *SetLinks) Bound() error {
	if len(m.Links) > MaxLinks {
		return errors.New("too many links at once")
	}
	if err := boundAddresses(m.Addresses); err != nil {
		return err
	}
	if m.First != nil {
		if m.First.Epoch != 0 {
			return errors.New("a first set that is not of epoch 0")
		}
		if err := m.First.Bound(); err != nil {
			return err
		}
	}
	for i := range m.Links {
		if err := m.Links[i].Bound(); err != nil {
			return err
		}
		if i > 0 && m.Links[i].Attempt.Order.Epoch != m.Links[i-1].Attempt.Order.Epoch+1 {
			return errors.New("links that are not one after the other")
		}
	}
	return nil
}

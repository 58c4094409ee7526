package ballot

import (
	"maps"
	"slices"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Ballots decide what becomes of an attempt to make a key. When all its members have
// signed, anybody who has all signatures has its certificate, and may show it to some
// and not to others. So the whole server set votes: a majority q = ⌈(n+t+1)/2⌉ either
// completes the attempt, and it is the key of its id, or abandons it, and its members
// are free to make another. Never both, whatever up to t of the n servers do; and one of
// the two whenever q honest servers can talk (generation polls them).
//
// Ballots are numbered 0, 1, 2, …; an even one favours completing, an odd one
// abandoning. In each a server votes at most once, for or against what it favours, and
// has that on its disk before it says so. A ballot decides if a majority votes for what it
// favours: a majority against decides nothing, but opens the next.
//
//	a vote                                       may be cast on the grounds of
//	for completing, ballot 0: an acknowledgement the certificate
//	against, ballot 0                            nothing
//	for, ballot b ≥ 1                            a majority against in ballot b-1
//	against, ballot 1                            the certificate
//	against, ballot b ≥ 2                        a majority against in ballot b-2
//
// Who votes for completing also has the certificate, and keeps it.
//
// Why it is safe. Two majorities share t+1 servers, so an honest one, which votes once per
// ballot. Say ballot b decides. Then there is no majority against in b, now or ever, so no
// honest server votes for in b+1, nor against in b+2. A majority holds an honest server:
// so b+1 does not decide, and there is no majority against in b+2. And so on: what
// decides after b, if anything, favours the same as b.
//
// Why it ends. The favoured outcome comes with the number, so nobody can propose two
// things in one ballot, and one phase of voting is enough. A number is reached only on
// the votes of a majority, so nobody can push it away. Say the highest ballot in which an
// honest server has voted is b. The grounds of that vote are on its disk, so all can vote
// in b. Then either b decides; or a majority was against, and b+1 decides if all are told
// so; or the votes are mixed, all vote against in b+1, on grounds that who voted for in b
// has, and b+2 decides. For the time of these three questions one server must be heard
// that asks all in one way.
//
// That an id has one key: an honest server signs the transcript of one attempt, and of
// another only when it has seen the first abandoned (State.bound). Attempts share an
// honest member, so of two certified ones one is abandoned.

// Favours tells whether a vote for what this ballot favours completes the attempt: so in even ballots. In odd ones it
// abandons it.
func Favours(ballot uint32) bool { return ballot%2 == 0 }

// Grounds is the ballot that has to have a majority against what it favours before one may vote like this: the one
// before, or the one before that. -1: the motion needs the certificate; -2: it needs nothing.
func Grounds(m *wire.Motion) int64 {
	if m.Complete == Favours(m.Ballot) {
		return int64(m.Ballot) - 1
	}
	return int64(m.Ballot) - 2
}

// founded tells whether a motion's grounds are enough, if their signatures hold. majority is that of the attempt, and
// certificate tells whether the voter has the attempt's.
func founded(m *wire.Motion, majority int, certificate bool) bool {
	return (certificate || !m.Complete) && (Grounds(m) < 0 || len(m.Grounds) >= majority)
}

// Tally is what somebody knows of the votes on one attempt. It checks nothing: add only votes whose signatures and
// grounds hold.
type Tally struct {
	majority    int
	Certificate bool
	votes       map[uint32]*Box
	Last        map[wire.NodeID]uint32 // the highest ballot in which a server has voted
}

// Box is the votes in one ballot, for (Pro) and against (Contra) what it favours, with their signatures.
type Box struct {
	Pro, Contra map[wire.NodeID]wire.Signature
}

// NewTally counts votes on an attempt about which so many servers decide: see wire.Majority.
func NewTally(majority int) *Tally {
	return &Tally{majority: majority, votes: make(map[uint32]*Box), Last: make(map[wire.NodeID]uint32)}
}

// Box is the votes of a ballot, not to be changed; empty ones if there are none, as of a negative number.
func (t *Tally) Box(ballot int64) *Box {
	if b := t.votes[uint32(ballot)]; b != nil && ballot >= 0 {
		return b
	}
	return new(Box)
}

// Add takes a vote in: complete tells whether it is for completing the attempt. If the server has also voted the other
// way in this ballot, which convicts it, both is true and other is the signature of that vote.
func (t *Tally) Add(node wire.NodeID, ballot uint32, complete bool, sig wire.Signature) (other wire.Signature, both bool) {
	b := t.votes[ballot]
	if b == nil {
		b = &Box{make(map[wire.NodeID]wire.Signature), make(map[wire.NodeID]wire.Signature)}
		t.votes[ballot] = b
	}
	to, against := b.Pro, b.Contra
	if complete != Favours(ballot) {
		to, against = against, to
	}
	to[node] = sig
	if last, voted := t.Last[node]; !voted || ballot > last {
		t.Last[node] = ballot
	}
	other, both = against[node]
	return other, both
}

// Decided is a ballot in which a majority voted for what it favours; ok is false if there is none yet.
func (t *Tally) Decided() (ballot uint32, ok bool) {
	for ballot, b := range t.votes { // all that decide favour the same
		if len(b.Pro) >= t.majority {
			return ballot, true
		}
	}
	return 0, false
}

// Next is the motion that brings a decision closer if all of these servers vote for it; nil if they are too few.
func (t *Tally) Next(voters []wire.NodeID) *wire.Motion {
	if len(t.Last) == 0 {
		return &wire.Motion{Ballot: 0, Complete: t.Certificate}
	}
	top := slices.Max(slices.Collect(maps.Values(t.Last)))
	b, open := t.Box(int64(top)), 0
	for _, v := range voters {
		if last, voted := t.Last[v]; !voted || last < top {
			open++
		}
	}
	switch pro, contra := t.motion(top, true), t.motion(top, false); {
	case len(b.Contra) >= t.majority:
		return t.motion(top+1, true)
	case pro != nil && len(b.Pro)+open >= t.majority:
		return pro
	case contra != nil && len(b.Contra)+open >= t.majority:
		return contra
	}
	return t.motion(top+1, false)
}

// motion is the one for or against what a ballot favours; nil if it lacks grounds.
func (t *Tally) motion(ballot uint32, pro bool) *wire.Motion {
	m := &wire.Motion{Ballot: ballot, Complete: Favours(ballot) == pro}
	for node, sig := range t.Box(Grounds(m)).Contra {
		m.Grounds = append(m.Grounds, wire.NodeSign{Node: node, Signature: sig})
	}
	wire.SortNodeSigns(m.Grounds)
	m.Grounds = m.Grounds[:min(len(m.Grounds), t.majority)]
	if !founded(m, t.majority, t.Certificate) {
		return nil
	}
	return m
}

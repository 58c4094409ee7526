package handover

import (
	"errors"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/rlp"

	"github.com/geth-ss/geth-ss/protocol/ballot"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

const (
	// maxVotedAttempts bounds the attempts of one coordinator for one epoch on which a node votes, or binds itself: each stays
	// on disk. Coordinators sign their attempts, so none uses up another's.
	maxVotedAttempts = 32
	// maxCancelled bounds the cancelled orders of one epoch. Administrators have signed each.
	maxCancelled = 256
)

// epochWord is what is said once for an epoch. Everything that a node says of the epoch expects it unchanged: so nothing
// more is said after a set is established, or beside a cancelled order.
type epochWord struct {
	Settled   bool             // the set is established
	Attempt   *wire.SetAttempt `rlp:"nil"` // to which this node is bound
	Cancelled []common.Hash    // nonces of orders that do not count
	// Before is the ordinary attempt that this node was bound to when it bound itself to one by which the parent is given up.
	// It is bound to it again if that is abandoned.
	Before *wire.SetAttempt `rlp:"nil,optional"`
}

// attemptWord is this node's last vote on an attempt, or how the attempt ended.
type attemptWord struct {
	Epoch       uint64
	Coordinator wire.NodeID
	Cast        *wire.Motion      `rlp:"nil"` // nil: it has not voted
	Signed      []wire.SetSign    // the certificate, which who votes for completing keeps
	Final       *wire.Abandonment `rlp:"nil"`
}

// words are what this node has said of the set that is to follow its newest one, parent: bindings, votes, cancelled orders.
// Its methods give what must be durable before the word is said, and are up to date as if that were saved.
type words struct {
	env    *session.Env
	parent *wire.ServerSet
	name   wire.SessionID // of the epoch
	stored []byte         // the epoch's word as it is stored; nil if there is none
	epoch  epochWord
	said   map[wire.SessionID]*attemptWord
}

// wordsAfter reads what was said.
func wordsAfter(env *session.Env, parent *wire.ServerSet) (*words, error) {
	w := &words{env: env, parent: parent, name: wire.EpochName(parent.Epoch + 1), said: make(map[wire.SessionID]*attemptWord)}
	names, err := env.List(wire.RecordSetBound, wire.KeyID{})
	for _, name := range names {
		enc, failed := env.Get(wire.RecordSetBound, wire.KeyID{}, name)
		switch {
		case failed != nil:
			err = failed
		case name == w.name:
			w.stored, failed = enc, rlp.DecodeBytes(enc, &w.epoch)
		case !isEpoch(name):
			said := new(attemptWord)
			if failed = rlp.DecodeBytes(enc, said); said.Epoch == parent.Epoch+1 {
				w.said[name] = said
			}
		}
		err = errors.Join(err, failed)
	}
	if err != nil {
		return nil, wire.Errorf(wire.Internal, "what was said about server set %d: %v", parent.Epoch+1, err)
	}
	return w, nil
}

func (w *words) record(op wire.RecordOp, name wire.SessionID, value any) wire.Record {
	return wire.NewRecord(op, wire.RecordSetBound, wire.KeyID{}, name, value)
}

// guard expects the epoch's word to be what was read. It fails with NotMember once the set is established.
func (w *words) guard() ([]wire.Record, error) {
	if w.epoch.Settled {
		return nil, wire.Errorf(wire.NotMember, "server set %d is established", w.parent.Epoch+1)
	}
	if w.stored == nil {
		r := w.record(wire.Create, w.name, &w.epoch)
		w.stored = r.Value
		return []wire.Record{r}, nil
	}
	return []wire.Record{{Op: wire.Expect, Kind: wire.RecordSetBound, Session: w.name, Value: w.stored}}, nil
}

// change replaces the epoch's word.
func (w *words) change(next epochWord) ([]wire.Record, error) {
	batch, err := w.guard()
	if err != nil {
		return nil, err
	}
	r := w.record(wire.Put, w.name, &next)
	w.epoch, w.stored = next, r.Value
	return append(batch, r), nil
}

// setWord replaces what was said about an attempt.
func (w *words) setWord(attempt wire.SessionID, next *attemptWord) ([]wire.Record, error) {
	batch, err := w.guard()
	if err != nil {
		return nil, err
	}
	if old := w.said[attempt]; old != nil {
		batch = append(batch, w.record(wire.Expect, attempt, old), w.record(wire.Put, attempt, next))
	} else {
		batch = append(batch, w.record(wire.Create, attempt, next))
	}
	w.said[attempt] = next
	return batch, nil
}

// held is the attempt that this node is bound to, and of which it does not know that it is abandoned; nil if there is none.
func (w *words) held() *wire.SetAttempt {
	for _, a := range []*wire.SetAttempt{w.epoch.Attempt, w.epoch.Before} {
		if a != nil && w.abandoned(a.ID()) == nil {
			return a
		}
	}
	return nil
}

// bound tells whether this node has bound itself to an attempt, however that has ended.
func (w *words) bound(attempt wire.SessionID) bool {
	return slices.ContainsFunc([]*wire.SetAttempt{w.epoch.Attempt, w.epoch.Before}, func(a *wire.SetAttempt) bool { return a != nil && a.ID() == attempt })
}

func (w *words) abandoned(attempt wire.SessionID) *wire.Abandonment {
	if said := w.said[attempt]; said != nil {
		return said.Final
	}
	return nil
}

// cancelled tells whether an order does not count any more.
func (w *words) cancelled(o *wire.SetOrder) bool { return slices.Contains(w.epoch.Cancelled, o.Nonce) }

// room tells whether there is room for a word about one more attempt of this coordinator.
func (w *words) room(coordinator wire.NodeID) error {
	count := 0
	for _, said := range w.said {
		if said.Coordinator == coordinator {
			count++
		}
	}
	if count >= maxVotedAttempts {
		return wire.Errorf(wire.Limit, "too many attempts of %s at a server set came to nothing", coordinator.Short())
	}
	return nil
}

// mayVote fails in a node that may have forgotten what it said: it gives no word about sets.
func (w *words) mayVote() error {
	if w.env.Gap {
		return wire.Errorf(wire.Unavailable, "%s may have forgotten promises, and does not vote on server sets", w.env.Self.ID().Short())
	}
	return nil
}

// InTime fails with Denied if an order has expired, by this node's own chain.
func InTime(env *session.Env, o *wire.SetOrder) error { return inTime(env, o) }

// inTime fails if an order has expired at this node's own final block.
func inTime(env *session.Env, o *wire.SetOrder) error {
	if env.FinalTime == nil {
		return wire.Errorf(wire.Unavailable, "%s can't tell whether the order has expired", env.Self.ID().Short())
	}
	now, err := env.FinalTime()
	if err != nil {
		return wire.Errorf(wire.Unavailable, "%s can't tell whether the order has expired: %v", env.Self.ID().Short(), err)
	}
	if now > o.Expires {
		return wire.Errorf(wire.Denied, "the order has expired: it could be decided until %d, and the final block is of %d (Unix seconds): make another one", o.Expires, now)
	}
	return nil
}

// inTheWay is the attempt that this node is bound to and that keeps it from another by this order. None of a set that is given
// up is: its quorum, which could settle it, is gone.
func (w *words) inTheWay(o *wire.SetOrder) *wire.SetAttempt {
	held := w.held()
	if held != nil && o.GiveUp && !held.Order.GiveUp {
		return nil
	}
	return held
}

// signInEpoch signs with the epoch key that this node has in the set that decides about an attempt.
func (w *words) signInEpoch(a *wire.SetAttempt, digest [32]byte) (wire.Signature, error) {
	if a.Order.GiveUp {
		return signFor(w.env, a.Voters(w.parent), a.Order.Digest(), digest)
	}
	return signInEpoch(w.env, w.parent, digest)
}

// onChain wants the block of an attempt on this node's own chain. What fails may be early.
func onChain(env *session.Env, b wire.BlockRef) error {
	if env.OnChain == nil {
		return nil
	}
	err := env.OnChain(b)
	if err == nil {
		return nil
	}
	failed := wire.Errorf(wire.Unavailable, "block %d of the attempt, at %s: %s", b.Number, env.Self.ID().Short(), session.DetailOf(err))
	if wire.ReasonOf(err) == wire.Busy {
		failed.Reason = wire.Busy
		return &errEarly{failed}
	}
	return failed
}

// errEarly says that the block of an attempt is not final on this node's own chain yet.
type errEarly struct{ why *wire.Error }

func (e *errEarly) Error() string { return e.why.Error() }
func (e *errEarly) Unwrap() error { return e.why }

func isEarly(err error) bool {
	_, early := err.(*errEarly)
	return early
}

// errBound says that a node is bound to another attempt.
type errBound struct{ attempt *wire.SetAttempt }

func (e *errBound) Error() string { return "bound to another attempt at the server set" }

// bind binds this node to an attempt, which has passed verify.Attempt, and signs that. It fails with an *errBound if the
// node is bound to another one, and with an *errEarly if nothing else is in the way than a block that may come yet.
func (w *words) bind(a *wire.SetAttempt) (*wire.SetSign, []wire.Record, error) {
	attempt := a.ID()
	if err := w.mayVote(); err != nil {
		return nil, nil, err
	}
	if err := inTime(w.env, &a.Order); err != nil {
		return nil, nil, err
	}
	if err := mayFollow(w.env, w.parent, &a.Order, a.Orders); err != nil {
		return nil, nil, err
	}
	switch held := w.inTheWay(&a.Order); {
	case w.cancelled(&a.Order):
		return nil, nil, errCancelled
	case w.abandoned(attempt) != nil:
		return nil, nil, wire.Errorf(wire.Denied, "the attempt was abandoned")
	case held != nil && held.ID() != attempt:
		return nil, nil, &errBound{held}
	}
	if err := w.room(a.Coordinator); err != nil {
		return nil, nil, err
	}
	if err := onChain(w.env, a.Block); err != nil {
		return nil, nil, err
	}
	digest := wire.AttemptDigest(attempt)
	inEpoch, err := w.signInEpoch(a, digest)
	if err != nil {
		return nil, nil, err
	}
	next := epochWord{Attempt: a, Cancelled: w.epoch.Cancelled}
	switch held := w.held(); {
	case held == nil:
	case held.ID() == attempt:
		next.Before = w.epoch.Before
	default: // which this one goes before
		next.Before = held
	}
	batch, err := w.change(next)
	if err != nil {
		return nil, nil, err
	}
	return &wire.SetSign{Node: w.env.Self.ID(), Signature: w.env.Self.Sign(wire.AttemptDigest(attempt)), Epoch: inEpoch}, batch, nil
}

var errCancelled = wire.Errorf(wire.Denied, "the order was cancelled by administrators")

// cast votes on an attempt, which has passed verify.Attempt. signed is the certificate; nil if there is none, or it is kept
// already. A vote in this ballot or in a later one stays as it is. If the order is cancelled, the first vote is against.
func (w *words) cast(a *wire.SetAttempt, m *wire.Motion, signed []wire.SetSign) ([]wire.Record, error) {
	attempt := a.ID()
	said := w.said[attempt]
	if said != nil && (said.Final != nil || said.Cast != nil && said.Cast.Ballot >= m.Ballot) {
		return nil, nil
	}
	if said != nil && len(said.Signed) > 0 {
		signed = said.Signed
	}
	if m.Complete && m.Ballot == 0 && w.cancelled(&a.Order) {
		m = new(wire.Motion) // which needs no grounds; a refusal would leave the ballot open
	}
	voters := a.Voters(w.parent)
	if err := ballot.CheckMotion(voters.Members, attempt, voters.Quorum(), m, len(signed) > 0); err != nil {
		return nil, err
	}
	if err := w.mayVote(); err != nil {
		return nil, err
	}
	if held := w.held(); m.Complete && held != nil && held.Order.GiveUp && !a.Order.GiveUp {
		return nil, wire.Errorf(wire.Denied, "%s has noted that server set %d is given up, and helps no other set to follow it", w.env.Self.ID().Short(), w.parent.Epoch)
	}
	if said == nil {
		if err := w.room(a.Coordinator); err != nil {
			return nil, err
		}
	}
	return w.setWord(attempt, &attemptWord{Epoch: a.Order.Epoch, Coordinator: a.Coordinator, Cast: m, Signed: signed})
}

// acknowledge is the vote for completing in ballot 0, on a certificate. It fails with Busy if this node has voted otherwise.
func (w *words) acknowledge(a *wire.SetAttempt, signed []wire.SetSign) (sig wire.Signature, batch []wire.Record, err error) {
	attempt := a.ID()
	if err := verify.SetCertificate(a.Voters(w.parent), attempt, signed); err != nil {
		return sig, nil, err
	}
	if w.cancelled(&a.Order) {
		return sig, nil, errCancelled
	}
	if batch, err = w.cast(a, &wire.Motion{Complete: true}, signed); err != nil {
		return sig, nil, err
	}
	if said := w.said[attempt]; said.Final != nil || said.Cast.Ballot != 0 || !said.Cast.Complete {
		return sig, nil, wire.Errorf(wire.Busy, "others have taken the attempt up; retry")
	}
	return w.env.Self.Sign(wire.VoteDigest(attempt, 0, true)), batch, nil
}

// abandon notes that an attempt is abandoned, which has been checked.
func (w *words) abandon(a *wire.SetAttempt, final *wire.Abandonment) ([]wire.Record, error) {
	if w.abandoned(final.Session) != nil {
		return nil, nil
	}
	if w.said[final.Session] == nil && !w.bound(final.Session) {
		return nil, nil // nothing has been said of it: no need to keep how it ended
	}
	return w.setWord(final.Session, &attemptWord{Epoch: a.Order.Epoch, Coordinator: a.Coordinator, Final: final})
}

// cancel notes that an order does not count, which has passed verify.CheckCancel.
func (w *words) cancel(c *wire.CancelOrder) ([]wire.Record, error) {
	if slices.Contains(w.epoch.Cancelled, c.Nonce) {
		return nil, nil
	}
	if err := w.mayVote(); err != nil {
		return nil, err
	}
	if len(w.epoch.Cancelled) >= maxCancelled {
		return nil, wire.Errorf(wire.Limit, "too many cancelled orders")
	}
	return w.change(epochWord{Attempt: w.epoch.Attempt, Before: w.epoch.Before, Cancelled: append(slices.Clone(w.epoch.Cancelled), c.Nonce)})
}

// answer is what this node says to a poll, and what must be durable before. The poll is for the epoch after the parent's.
func (w *words) answer(p *wire.SetPoll) (*wire.SetVote, []wire.Record, error) {
	var batch []wire.Record
	if p.Cancel != nil {
		if err := verify.CheckCancel(w.parent, p.Cancel); err != nil {
			return nil, nil, err
		}
		more, err := w.cancel(&p.Cancel.Cancel)
		if err != nil {
			return nil, nil, err
		}
		batch = append(batch, more...)
	}
	answer := new(wire.SetVote)
	if held := w.held(); held != nil && (p.Attempt == nil || held.ID() != p.Attempt.ID()) {
		answer.Held = held
	}
	if p.Attempt == nil {
		return answer, batch, nil
	}
	if err := verify.Attempt(w.parent, p.Attempt); err != nil {
		return nil, nil, err
	}
	attempt, voters := p.Attempt.ID(), p.Attempt.Voters(w.parent)
	if p.Final != nil {
		if err := ballot.CheckAbandonment(voters.Members, attempt, voters.Quorum(), p.Final); err != nil {
			return nil, nil, err
		}
		more, err := w.abandon(p.Attempt, p.Final)
		answer.Final = p.Final
		return answer, append(batch, more...), err
	}
	if answer.Final = w.abandoned(attempt); answer.Final != nil {
		return answer, batch, nil
	}
	if len(p.Signed) > 0 {
		if err := verify.SetCertificate(voters, attempt, p.Signed); err != nil {
			return nil, nil, err
		}
	}
	if p.Ask != nil && voters.Contains(w.env.Self.ID()) {
		more, err := w.cast(p.Attempt, p.Ask, p.Signed)
		if err != nil {
			return nil, nil, err
		}
		batch = append(batch, more...)
	}
	if said := w.said[attempt]; said != nil && said.Cast != nil {
		answer.Cast = said.Cast
		answer.Signature = w.env.Self.Sign(wire.VoteDigest(attempt, said.Cast.Ballot, said.Cast.Complete))
		if len(p.Signed) == 0 {
			answer.Signed = said.Signed
		}
	}
	return answer, batch, nil
}

package service

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/log"
	"github.com/ethereum/go-ethereum/rlp"

	"github.com/geth-ss/geth-ss/protocol"
	"github.com/geth-ss/geth-ss/protocol/generation"
	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/limits"
)

const (
	// roundPause is between two looks at a round that is under way, roundEvery between two when none is.
	roundPause = time.Second
	roundEvery = 5 * time.Second
)

// rounds is what this node knows of rounds within the newest set, beside the share store.
type rounds struct {
	wake chan struct{} // one token: look again soon

	mu      sync.Mutex // guards all below
	repairs handover.Repairs
	kept    *wire.RoundKept // of epoch; nil: none is known
	epoch   uint64
	loaded  bool   // kept is what the share store has
	handed  uint64 // round whose order this node was given since it started; 0: none
}

func newRounds(charge func(wire.NodeID) uint64) *rounds {
	return &rounds{wake: make(chan struct{}, 1), repairs: handover.Repairs{Charge: charge}}
}

// again has the rounder look soon.
func (r *rounds) again() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// due tells whether a key may be dealt anew as another node says.
func (d *driver) due(m *wire.Redistribute) error {
	env := session.Env{Self: d.self, Cluster: d.cluster, Chain: d.chainID, Sets: d.servers.Sets(), FinalTime: d.finalTime, BlockTime: d.blockTime}
	d.rounds.mu.Lock()
	err := handover.CheckRound(&env, m, &d.rounds.repairs)
	d.rounds.mu.Unlock()
	switch repair := m.Cause != nil && m.Cause.Repair != nil; {
	case repair && wire.ReasonOf(err) == wire.Limit:
		repairsRefused.Inc(1)
		log.Warn("Secret store repairs of a key server are over its credit", "peer", m.Setup.Initiator.Short(), "err", err)
	case err == nil && m.Setup.Move.Round != 0 && !repair:
		kept := &wire.RoundKept{Round: m.Setup.Move.Round}
		if m.Cause != nil {
			kept.Order = m.Cause.Order
		}
		return d.keepRound(m.Setup.Set.Epoch, kept)
	}
	return err
}

// blockTime is when a final block was made, in Unix seconds.
func (d *driver) blockTime(number uint64) (uint64, error) {
	b, ok := d.blocks.FinalAt(number)
	if ok {
		return b.Time, nil
	}
	final, ok := d.blocks.Final()
	switch {
	case !ok:
		return 0, wire.Errorf(wire.Busy, "this node has no final block yet; retry")
	case number > final.Number:
		return 0, wire.Errorf(wire.Busy, "block %d is not final here yet, this node's chain ends at block %d; retry", number, final.Number)
	}
	return 0, wire.Errorf(wire.Unavailable, "block %d can't be read here", number)
}

// keepRound makes a round the one that this node knows, durably, unless it knows a later one.
func (d *driver) keepRound(epoch uint64, kept *wire.RoundKept) error {
	r := d.rounds
	r.mu.Lock()
	defer r.mu.Unlock()
	known, err := d.roundLocked(epoch)
	if err != nil || known != nil && (known.Round > kept.Round || known.Round == kept.Round && (known.Done || !kept.Done)) {
		return err
	}
	if err := d.states.apply(wire.KeyID{}, []wire.Record{wire.NewRecord(wire.Put, wire.RecordRound, wire.KeyID{}, wire.EpochName(epoch), kept)}); err != nil {
		return wire.Errorf(wire.Database, "keeping a round: %v", err)
	}
	if r.kept, r.epoch, r.loaded = kept, epoch, true; !kept.Done {
		r.again()
	}
	return nil
}

// round is the newest round of a set that this node knows; nil: none.
func (d *driver) round(epoch uint64) (*wire.RoundKept, error) {
	d.rounds.mu.Lock()
	defer d.rounds.mu.Unlock()
	return d.roundLocked(epoch)
}

func (d *driver) roundLocked(epoch uint64) (*wire.RoundKept, error) {
	r := d.rounds
	if r.loaded && r.epoch == epoch {
		return r.kept, nil
	}
	enc, err := d.states.get(wire.RecordRound, wire.KeyID{}, wire.EpochName(epoch))
	var kept *wire.RoundKept
	if err == nil {
		kept = new(wire.RoundKept)
		err = rlp.DecodeBytes(enc, kept)
	}
	if err != nil && !errors.Is(err, session.ErrNoRecord) {
		return nil, wire.Errorf(wire.Database, "reading the round of server set %d: %v", epoch, err)
	}
	r.kept, r.epoch, r.loaded = kept, epoch, true
	return kept, nil
}

// rounder has keys dealt anew within the newest set: all of them in rounds that are due by the interval or ordered, each
// member its own part and what others leave undone; and single ones of which this node lacks its share (repair.go). What is
// left to do is read from the share store, so it goes on after a restart.
type rounder struct {
	*driver
	after  *succession // told when there are former shares to be erased
	lacks  *lacks
	credit *limits.Credit[wire.NodeID] // of this node at the others

	mu   sync.Mutex // guards all below
	work *roundWork // nil: no round is under way
}

// roundWork is a round that is under way. The rounder alone changes it.
type roundWork struct {
	kept     *wire.RoundKept
	set      *wire.ServerSet
	pending  map[wire.KeyID]*pendingMove
	last     map[wire.NodeID]time.Time // when a key was last seen to be dealt whose turn was this member's
	begun    time.Time
	whole    time.Time   // since when all members are connected; zero: they are not
	ahead    func() bool // whether enough is dealt ahead for signatures with the keys
	total    int
	left     int // of them, as told to others; guarded by rounder.mu, as failures
	failures map[wire.KeyID]string
	hindered string // why nothing is begun; guarded by rounder.mu
}

func newRounder(d *driver, after *succession) *rounder {
	return &rounder{driver: d, after: after, lacks: after.lacks, credit: newOwnCredit()}
}

// run goes on until the service stops.
func (r *rounder) run() {
	for {
		changed := r.servers.Changed()
		pause := roundEvery
		if r.look() {
			pause = roundPause
		}
		select {
		case <-changed:
		case <-r.rounds.wake:
		case <-time.After(pause):
		case <-r.ctx.Done():
			return
		}
	}
}

// look does what can be done now, and tells whether something is left to do.
func (r *rounder) look() (left bool) {
	newest := r.servers.Sets().Newest()
	head, ok := r.blocks.Final()
	if !ok || !newest.Contains(r.self.ID()) {
		r.under(nil)
		return false
	}
	if err := r.states.noteGapBlock(head.Number, head.Time); err != nil {
		log.Warn("Secret store could not note the block of its gap", "err", err)
	}
	left, err := r.lookRound(newest, head.Number)
	if err != nil {
		log.Warn("Secret store could not look at the round that is due", "err", err)
	}
	if !left {
		left = r.mend(newest, head.Number)
	}
	return left
}

// lookRound goes on with the newest round of a set.
func (r *rounder) lookRound(newest *wire.ServerSet, head uint64) (left bool, err error) {
	if err := r.noteDue(newest, head); err != nil {
		return false, err
	}
	kept, err := r.round(newest.Epoch)
	if err != nil || kept == nil || kept.Done {
		r.under(nil)
		return false, err
	}
	w := r.current()
	if w == nil || w.kept.Round != kept.Round || w.set.Epoch != newest.Epoch {
		if w, err = r.scanAll(kept, newest); err != nil {
			return true, err
		}
		r.under(w)
		w.ahead = r.after.stock.ahead(w.slot(), newest.Members, newest.Floor)
		log.Info("Secret store shares are dealt anew", "round", kept.Round, "epoch", newest.Epoch, "ordered", kept.Order != nil, "keys", w.total)
	} else if err := r.scanPending(w); err != nil {
		return true, err
	}
	if why := r.over(w); len(w.pending) == 0 || why != nil {
		return false, r.done(w, why)
	}
	r.tell(w)
	if r.assembled(w) && (w.ahead() || time.Since(w.begun) >= assembledAfter+aheadWait) {
		r.dealMine(w)
	}
	return true, nil
}

// noteDue makes the round that is due by the interval the newest, one block after it: by then the others have it as well. A
// set that has just come into force is not dealt anew for an interval that has passed before.
func (r *rounder) noteDue(newest *wire.ServerSet, head uint64) error {
	env := r.env()
	due, err := handover.DueRound(&env, newest, head)
	if err != nil || due == 0 || due >= head {
		return err
	}
	since, err := r.establishedAt(newest.Epoch)
	if err != nil || due <= since {
		return err
	}
	kept, err := r.round(newest.Epoch)
	if err != nil || kept != nil && kept.Round >= due {
		return err
	}
	return r.keepRound(newest.Epoch, &wire.RoundKept{Round: due})
}

// establishedAt is the block at which a set was decided; 0 of set 0.
func (r *rounder) establishedAt(epoch uint64) (uint64, error) {
	if epoch == 0 {
		return 0, nil
	}
	enc, err := r.states.get(wire.RecordSet, wire.KeyID{}, wire.EpochName(epoch))
	var link wire.SetLink
	if err == nil {
		err = rlp.DecodeBytes(enc, &link)
	}
	if err != nil {
		return 0, fmt.Errorf("reading server set %d: %w", epoch, err)
	}
	return link.Attempt.Block.Number, nil
}

func (r *rounder) current() *roundWork {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.work
}

func (r *rounder) under(w *roundWork) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.work != nil || w != nil {
		r.work = w
		keysInRound.Update(0)
	}
}

// scanAll finds the keys that are to be dealt anew in a round: those in the set. Keys that have still to come into it get
// new shares by that.
func (r *rounder) scanAll(kept *wire.RoundKept, newest *wire.ServerSet) (*roundWork, error) {
	w := &roundWork{kept: kept, set: newest, pending: make(map[wire.KeyID]*pendingMove), last: make(map[wire.NodeID]time.Time), begun: time.Now()}
	for _, node := range newest.Members {
		w.last[node] = w.begun
	}
	err := r.eachKey(func(id wire.KeyID, state *session.State) {
		if w.wants(state.Record) {
			w.pending[id] = &pendingMove{owners: turns(id, newest, state.Record)}
		}
	})
	w.total = len(w.pending)
	w.left = w.total
	return w, err
}

// eachKey looks through the confirmed keys that this node knows.
func (d *driver) eachKey(do func(wire.KeyID, *session.State)) error {
	var after wire.KeyID
	for {
		ids, err := d.states.list(after, wire.MaxHoldings)
		if err != nil {
			return err
		}
		for _, id := range ids {
			state, err := d.states.read(id)
			if err != nil {
				return err
			}
			if state.Record != nil && state.Record.Confirmed() {
				do(id, state)
			}
		}
		if len(ids) < wire.MaxHoldings {
			return nil
		}
		if after = ids[len(ids)-1]; d.ctx.Err() != nil {
			return d.ctx.Err()
		}
	}
}

// wants tells whether a key is to be dealt anew in the round: its sharing is of the set, and of an earlier round.
func (w *roundWork) wants(record *wire.KeyRecord) bool {
	return setEpoch(&record.Setup) == w.set.Epoch && record.Setup.Slot().Compare(w.slot()) < 0
}

func (w *roundWork) slot() wire.Slot { return wire.Slot{Epoch: w.set.Epoch, Round: w.kept.Round} }

// scanPending finds what has been dealt meanwhile, by whomever.
func (r *rounder) scanPending(w *roundWork) error {
	for id, p := range w.pending {
		state, err := r.states.load(id)
		if err != nil {
			return err
		}
		if state.Record == nil || !w.wants(state.Record) {
			delete(w.pending, id)
			w.last[w.set.Members[p.owners[0]]] = time.Now()
			r.after.again() // there are shares to be erased
		}
	}
	return nil
}

// over tells why a round can't go on: its cause does not count any more.
func (r *rounder) over(w *roundWork) error {
	made, err := r.blockTime(w.kept.Round)
	if err != nil {
		return nil // not yet
	}
	final, err := r.finalTime()
	if err != nil {
		return nil
	}
	env := r.env()
	if w.kept.Order != nil {
		return handover.CheckRefresh(&env, w.set, w.kept.Order, made, final)
	}
	if w.set.Refresh != 0 && made/w.set.Refresh != final/w.set.Refresh {
		return wire.Errorf(wire.Policy, "the next interval has begun")
	}
	return nil
}

// done notes that a round is through here.
func (r *rounder) done(w *roundWork, why error) error {
	kept := *w.kept
	kept.Done = true
	if err := r.keepRound(w.set.Epoch, &kept); err != nil {
		return err
	}
	if len(w.pending) > 0 {
		log.Warn("Secret store shares of some keys were not dealt anew", "round", kept.Round, "keys", len(w.pending), "because", why)
	} else {
		log.Info("Secret store shares have been dealt anew", "round", kept.Round, "keys", w.total, "in", time.Since(w.begun).Round(time.Millisecond))
	}
	if len(w.pending) == 0 {
		r.after.stock.past(w.slot())
	}
	r.under(nil)
	r.after.again()
	return nil
}

// assembled tells whether all members are connected, or were waited for, and know of rounds.
func (r *rounder) assembled(w *roundWork) bool {
	missing, older := r.absent(w.set.Members), ""
	for _, node := range w.set.Members {
		if node != r.self.ID() && !slices.Contains(missing, node) && !r.network.Knows(node, protocol.Rounds) {
			older = node.Short()
		}
	}
	assembled := assembledIn(&w.whole, w.begun, r.expected(missing, assembleWait))
	hindered := ""
	if older != "" {
		hindered = fmt.Sprintf("key server %s runs a program that knows of no rounds: upgrade it", older)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if hindered != "" && w.hindered == "" {
		log.Warn("Secret store shares can't be dealt anew", "because", hindered)
	}
	w.hindered = hindered
	return hindered == "" && assembled
}

// mine tells whether it is this node's turn with a key: all before it have made no progress for a while.
func (w *roundWork) mine(p *pendingMove, self wire.NodeID) bool {
	for i, owner := range p.owners {
		node := w.set.Members[owner]
		if node == self {
			return true
		}
		if time.Since(w.last[node]) < takeOverAfter*time.Duration(i+1) {
			return false
		}
	}
	return false
}

// dealMine deals keys of this node's turn anew, some at once, until there is none to be begun now.
func (r *rounder) dealMine(w *roundWork) {
	var cause *wire.RoundCause
	if w.kept.Order != nil {
		cause = &wire.RoundCause{Order: w.kept.Order}
	}
	var due []wire.KeyID
	for id, p := range w.pending {
		if !time.Now().Before(p.next) && w.mine(p, r.self.ID()) {
			due = append(due, id)
		}
	}
	if len(due) == 0 && len(w.pending) == w.total && r.wasHanded(w.kept.Round) {
		for id, p := range w.pending { // whosoever's turn it is: nobody else knows of the round
			if !time.Now().Before(p.next) {
				due = append(due, id)
				break
			}
		}
	}
	r.several(due, w.set.Epoch, func(id wire.KeyID) {
		err := r.deal(id, w.set.Epoch, w.kept.Round, cause)
		r.mu.Lock()
		defer r.mu.Unlock()
		if err != nil {
			w.pending[id].failed(err)
			log.Debug("Secret store key could not be dealt anew", "key", id, "round", w.kept.Round, "err", err)
			return
		}
		w.left = max(0, w.left-1)
		keysInRound.Update(int64(w.left))
	})
}

// wasHanded tells whether this node was given the order of a round.
func (d *driver) wasHanded(round uint64) bool {
	d.rounds.mu.Lock()
	defer d.rounds.mu.Unlock()
	return d.rounds.handed == round
}

// failed has a key wait, each time longer.
func (p *pendingMove) failed(err error) {
	p.tries++
	p.why = session.DetailOf(err)
	p.next = time.Now().Add(min(moveBackoff<<min(p.tries-1, 8), maxMoveBackoff))
}

// deal deals a key anew. It is no error if somebody else has done that.
func (r *rounder) deal(id wire.KeyID, epoch, round uint64, cause *wire.RoundCause) error {
	state, err := r.recall(id)
	if err != nil {
		return err
	}
	if r.servers.Sets().Newest().Epoch != epoch {
		return wire.Errorf(wire.NotMember, "another server set has followed")
	}
	m, err := generation.NewRound(r.env(), state, id, round, cause)
	if err == nil {
		err = r.run2(id, m)
	}
	switch {
	case wire.ReasonOf(err) == wire.KeyExists:
		return nil
	case err != nil:
		movesFailed.Inc(1)
		return err
	}
	movesDone.Inc(1)
	r.after.again()
	return nil
}

func (r *rounder) run2(id wire.KeyID, m session.Machine) error {
	return r.driver.run(r.ctx, wire.KindMove, id, m)
}

// tell has others see how far a round is.
func (r *rounder) tell(w *roundWork) {
	failures := make(map[wire.KeyID]string)
	for id, p := range w.pending {
		if p.why != "" {
			failures[id] = p.why
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	w.left, w.failures = len(w.pending), failures
	keysInRound.Update(int64(w.left))
}

// info is the round that is under way; nil: none.
func (r *rounder) info() *wire.ChangeInfo {
	w := r.current()
	if w == nil {
		newest := r.servers.Sets().Newest()
		kept, err := r.round(newest.Epoch)
		if err != nil || kept == nil || kept.Done || !newest.Contains(r.self.ID()) {
			return nil
		}
		w = &roundWork{kept: kept, set: newest, begun: time.Now()} // its keys are not counted yet
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	c := &wire.ChangeInfo{State: wire.ChangeMoving, Epoch: w.set.Epoch, Hash: w.set.Hash(), Since: w.begun, Round: w.kept.Round,
		Keys: w.total, Moved: w.total - w.left, Failures: len(w.failures), Failed: []wire.MoveFailure{}, Awaited: []wire.NodeID{}, AwaitedSince: []time.Time{},
		NotErased: []wire.NodeID{}}
	for id, why := range w.failures {
		if len(c.Failed) < wire.MaxChangeFailures {
			c.Failed = append(c.Failed, wire.MoveFailure{Key: id, Reason: why})
		}
	}
	slices.SortFunc(c.Failed, func(a, b wire.MoveFailure) int { return slices.Compare(a.Key[:], b.Key[:]) })
	return c
}

// RefreshShares has all shares dealt anew: it keeps the order, and tells the others by dealing the first key. Errors: Denied,
// BadRequester for an order of another set, Policy for one whose block is too old or that counts no more, Unavailable.
func (o *operator) RefreshShares(_ context.Context, order *wire.RefreshOrder, signatures []wire.AdminSignature) (*wire.RoundInfo, error) {
	if !o.isRunning() {
		return nil, errNotRunning
	}
	newest := o.servers.Sets().Newest()
	switch err := verify.CheckRefresh(newest, o.chainID, order, signatures); {
	case newest.Authority.None():
		return nil, wire.Errorf(wire.Denied, "there are no administrators who could have the shares dealt anew")
	case wire.ReasonOf(err) == wire.NotMember:
		return nil, wire.Errorf(wire.BadRequester, "%s", session.DetailOf(err))
	case err != nil:
		return nil, wire.Errorf(wire.Denied, "%s", session.DetailOf(err))
	case !newest.Contains(o.self.ID()):
		return nil, wire.Errorf(wire.NotMember, "this node is no key server of set %d: hand the order to one", newest.Epoch)
	}
	signed := &wire.SignedRefresh{Order: *order, Signatures: signatures}
	made, err := o.blockTime(order.Round)
	if err != nil {
		return nil, wire.Errorf(wire.Unavailable, "%s", session.DetailOf(err))
	}
	final, err := o.finalTime()
	if err != nil {
		return nil, err
	}
	env := o.env()
	if err := handover.CheckRefresh(&env, newest, signed, made, final); err != nil {
		return nil, err
	}
	for _, node := range o.network.Connected() {
		if newest.Contains(node) && !o.network.Knows(node, protocol.Rounds) {
			return nil, wire.Errorf(wire.Unavailable, "key server %s runs a program that knows of no rounds: upgrade it first", node.Address())
		}
	}
	o.rounds.mu.Lock()
	o.rounds.handed = order.Round
	o.rounds.mu.Unlock()
	if err := o.keepRound(newest.Epoch, &wire.RoundKept{Round: order.Round, Order: signed}); err != nil {
		return nil, err
	}
	kept, err := o.round(newest.Epoch)
	switch {
	case err != nil:
		return nil, err
	case kept.Round > order.Round:
		return nil, wire.Errorf(wire.Policy, "the later round %d has begun, so this order counts no more", kept.Round)
	case kept.Done:
		return nil, wire.Errorf(wire.Policy, "round %d is done: an order counts once", order.Round)
	}
	info := &wire.RoundInfo{SetRef: newest.Ref(), Round: order.Round}
	w := &roundWork{kept: kept, set: newest}
	err = o.eachKey(func(_ wire.KeyID, state *session.State) {
		if w.wants(state.Record) {
			info.Keys++
		}
	})
	return info, err
}

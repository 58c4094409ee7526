package service

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/gathering"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// batchSingles is how many keys of one request are retrieved alone at the same time.
const batchSingles = 8

// batchLifetime is when a request for many keys is answered at the latest, below what geth's
// JSON-RPC waits for over HTTP. The keys that are not read by then have timed out.
const batchLifetime = 25 * time.Second

var errBatchTime = errors.New("the request has used all the time that one may take")

// RetrieveMany answers a wallet's request for the document keys of these ids, each with its
// own outcome, in their order. An error is about the request as a whole. Ids are different
// ones, at most wire.MaxRequestKeys.
func (s *keyServer) RetrieveMany(ctx context.Context, proof wire.Proof, ids []wire.KeyID) (_ []wire.Outcome, err error) {
	defer s.elsewhere(&err)
	b := &manyKeys{s: s, proof: proof, outcomes: make([]wire.Outcome, len(ids)), requesters: make([]*wire.Requester, len(ids))}
	if err := b.open(ids); err != nil {
		return nil, err
	}
	release, err := b.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	if err := b.serve(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, batchLifetime, errBatchTime)
	defer cancel()
	chunks := b.load()
	b.each(len(chunks), func(i int) { b.together(ctx, chunks[i]) })
	b.each(len(ids), func(i int) { b.alone(ctx, i) })
	for i := range b.outcomes {
		s.elsewhere(&b.outcomes[i].Err)
	}
	return b.outcomes, nil
}

// manyKeys is one request under way. Its outcomes are filled in by position.
type manyKeys struct {
	s          *keyServer
	proof      wire.Proof
	outcomes   []wire.Outcome
	requesters []*wire.Requester // nil where the outcome is an error
	who        *wire.Requester   // any of them
}

// open opens the proof for each key. That all of them fail is an error of the request.
func (b *manyKeys) open(ids []wire.KeyID) (err error) {
	env := b.s.env()
	whole, together := session.OpenMany(&env, ids, b.proof)
	for i, id := range ids {
		o := &b.outcomes[i]
		if o.Key = id; together == nil && whole.Author == (common.Address{}) {
			b.requesters[i] = whole // one signature, opened once
		} else if b.requesters[i], o.Err = session.OpenRetrieve(&env, id, b.proof, true); o.Err != nil {
			err = o.Err
			continue
		}
		b.who = b.requesters[i]
	}
	if b.who == nil {
		return err
	}
	return nil
}

// enter counts each key against the requester's limit, as if it were asked for alone.
func (b *manyKeys) enter(ctx context.Context) (release func(), err error) {
	if c := b.who.Check; c != nil && c.Contract != nil { // before it counts as that account's
		if err := b.s.confirm(ctx, b.who, b.outcomes[0].Key); err != nil {
			return nil, err
		}
	}
	return b.s.limits.enterMany(ctx, b.who.Address, len(b.outcomes))
}

// serve refuses the keys with which this node has nothing to do any more. It fails if these are all.
func (b *manyKeys) serve() (err error) {
	none := true
	for i := range b.outcomes {
		o := &b.outcomes[i]
		if o.Err == nil {
			if o.Err = b.s.serves(o.Key); o.Err != nil {
				b.requesters[i], err = nil, o.Err
			}
		}
		none = none && wire.ReasonOf(o.Err) == wire.NotMember
	}
	if none {
		return err
	}
	return nil
}

// chunk are keys that go into one message.
type chunk struct {
	at     []int // positions
	states []*session.State
}

// load groups the keys that this node knows by who holds them. The others are looked up
// when they are retrieved alone.
func (b *manyKeys) load() (chunks []*chunk) {
	for i := range b.outcomes {
		state, err := b.s.recall(b.outcomes[i].Key)
		if b.requesters[i] == nil || err != nil || state.Record == nil || !state.Record.Confirmed() || state.Document == nil {
			continue
		}
		var into *chunk
		for _, c := range chunks {
			if len(c.at) < wire.MaxBatch && gathering.Batchable(c.states[0].Record, state.Record) {
				into = c
			}
		}
		if into == nil {
			into = new(chunk)
			chunks = append(chunks, into)
		}
		into.at, into.states = append(into.at, i), append(into.states, state)
	}
	return chunks
}

// each runs do for each of n positions, several at once.
func (b *manyKeys) each(n int, do func(int)) {
	places := make(chan struct{}, batchSingles)
	var wg sync.WaitGroup
	for i := range n {
		places <- struct{}{}
		wg.Go(func() {
			defer func() { <-places }()
			do(i)
		})
	}
	wg.Wait()
}

// together retrieves the keys of a chunk in one session. What it does not get is left.
func (b *manyKeys) together(ctx context.Context, c *chunk) {
	if len(c.at) < 2 {
		return
	}
	begun := time.Now()
	m, err := gathering.NewBatch(b.s.env(), c.states, b.proof)
	if err != nil {
		return
	}
	if err := b.s.run(ctx, wire.KindRetrieve, c.states[0].Record.Setup.Key, m); err != nil {
		return
	}
	for n, rel := range m.Releases() {
		if rel != nil {
			b.outcomes[c.at[n]].Release = rel
			var none error
			counted(reads, shadowTimer, begun, &none)
		}
	}
}

// alone retrieves a key that has no outcome yet.
func (b *manyKeys) alone(ctx context.Context, i int) {
	o := &b.outcomes[i]
	if o.Release != nil || o.Err != nil {
		return
	}
	defer counted(reads, shadowTimer, time.Now(), &o.Err)
	defer func() {
		if wire.ReasonOf(o.Err) == wire.Cancelled && context.Cause(ctx) == errBatchTime {
			o.Err = wire.Errorf(wire.Timeout, "%v", errBatchTime)
		}
	}()
	state, err := b.s.known(ctx, o.Key, true)
	if err != nil {
		o.Err = err
		return
	}
	var m *gathering.Retrieval
	err = b.s.agreed(ctx, func() (err error) {
		if m, err = gathering.NewRetrieval(b.s.env(), state, state.Record, state.Document, b.proof, true); err == nil {
			err = b.s.run(ctx, wire.KindRetrieve, o.Key, m)
		}
		return err
	})
	if err != nil {
		o.Err = err
		return
	}
	o.Release = m.Result().Release
}

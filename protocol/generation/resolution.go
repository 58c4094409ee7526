package generation

import (
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Resolution decides what becomes of attempts for one key id that a look-up has come
// across: without it an id whose generation was cut off would be neither a key nor free
// until somebody generates it again.
type Resolution struct {
	env   session.Env
	state *session.State
	key   wire.KeyID
	id    wire.SessionID

	started  bool
	ended    bool
	attempts []*polling
	record   *wire.KeyRecord
	out      session.Effects
}

// NewResolution begins to decide about the attempts whose certificates a look-up has
// found and verified, and about the one that this node is bound to.
func NewResolution(env session.Env, state *session.State, key wire.KeyID, found []*wire.KeyRecord) (*Resolution, error) {
	own := *state
	r := &Resolution{env: env, state: &own, key: key}
	for _, record := range found {
		r.attempts = append(r.attempts, newPolling(&r.env, r.state, &record.Setup, record))
	}
	if a := own.Attempt; a != nil {
		known := false
		for _, q := range r.attempts {
			known = known || q.sid == a.Session()
		}
		if !known {
			r.attempts = append(r.attempts, newPolling(&r.env, r.state, &a.Setup, nil))
		}
	}
	if len(r.attempts) == 0 {
		return nil, wire.Errorf(wire.Internal, "no attempt for key %v is known", key)
	}
	name := wire.Poll{Setup: r.attempts[0].setup}
	if err := env.ReadRandom(name.Nonce[:]); err != nil {
		return nil, err
	}
	r.id = name.Session(env.Cluster, env.Self.ID())
	return r, nil
}

// ID names the session. Its questions are sessions of their own.
func (r *Resolution) ID() wire.SessionID { return r.id }

// String tells how far it is.
func (r *Resolution) String() string {
	if r.ended {
		return "resolving: ended"
	}
	for _, q := range r.attempts {
		if !q.over() {
			return "resolving: " + q.String()
		}
	}
	return "resolving"
}

// Record is the key, if one of the attempts was completed. Nil at the end without an
// error: all were abandoned, and the id is free.
func (r *Resolution) Record() *wire.KeyRecord { return r.record }

// Step takes one input.
func (r *Resolution) Step(in session.Input) session.Effects {
	if c, ok := in.(session.Cancel); ok { // also after the end: what was to be saved last could not be
		r.ended, r.record = true, nil
		return session.Effects{Done: true, Err: c.Err}
	}
	if r.ended {
		return session.Effects{}
	}
	r.reload()
	for _, q := range r.attempts {
		switch in := in.(type) {
		case session.Start:
			if !r.started {
				q.ask(nil)
			}
		case session.Received:
			if q.begun && q.id == in.Session {
				q.received(in.From, in.Msg)
			}
		case session.PeerLost:
			q.lost(in.Node)
		case session.Tick:
			q.tick()
		}
	}
	r.started = true
	r.settle()
	out := r.out
	r.out = session.Effects{}
	return out
}

// reload has the machine know what other sessions have made durable meanwhile.
func (r *Resolution) reload() {
	if r.env.Load == nil {
		return
	}
	if fresh, err := r.env.Load(r.key); err == nil {
		*r.state = *fresh
	}
}

// settle ends when one attempt is the key, or all have ended otherwise.
func (r *Resolution) settle() {
	over := true
	var failed *wire.Error
	for _, q := range r.attempts {
		r.out.Add(q.take())
		if q.key != nil {
			r.complete(q)
			return
		}
		over = over && q.over()
		if q.failed != nil {
			failed = q.failed
		}
	}
	if !over {
		return
	}
	for _, q := range r.attempts {
		if q.final != nil {
			r.out.Save = append(r.out.Save, r.state.Abandon(r.key, q.final, q.majority)...)
			q.spread()
			r.out.Add(q.take())
		}
	}
	if r.ended, r.out.Done = true, true; failed != nil {
		r.out.Err = failed
	}
}

func (r *Resolution) complete(q *polling) {
	r.ended, r.out.Done = true, true
	batch, err := session.Activate(r.state, q.key)
	if err != nil {
		r.out.Err = err
		return
	}
	r.out.Save = append(r.out.Save, batch...)
	r.record = q.key
	q.spread()
	r.out.Add(q.take())
}

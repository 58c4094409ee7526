package session

import (
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Keeping is a holder's side of storing a document key: it answers one opening and
// ends. It stays only to be supplied with a key record that it missed.
type Keeping struct {
	Participant
	env     Env
	state   *State
	waiting wire.Opening // what is to be answered once the key record has come
}

// JoinStoring takes part in a storing that node from coordinates. The first input is
// its opening, a Store or a StoreCertificate.
func JoinStoring(env Env, state *State, from wire.NodeID, id wire.SessionID) *Keeping {
	k := &Keeping{env: env, state: state}
	k.Participant = NewParticipant(from, id, func() { k.waiting = nil })
	return k
}

// String tells what is awaited.
func (k *Keeping) String() string {
	switch {
	case k.Ended():
		return "keeping: ended"
	case k.waiting != nil:
		return "keeping: waiting for the key record"
	}
	return "keeping: idle"
}

// Step takes one input.
func (k *Keeping) Step(in Input) Effects {
	if c, ok := in.(Cancel); ok { // also after the end: what was to be saved last could not be
		return k.Refuse(c.Err)
	}
	if eff, taken := k.Intercept(in); taken {
		return eff
	}
	switch in := in.(type) {
	case Received:
		return k.received(in.Msg)
	case Tick:
		if k.Late(supplyDeadline) {
			return k.End(Effects{}, wire.Errorf(wire.Timeout, "coordinator %s does not supply the key record", k.Coordinator().Short()))
		}
	}
	return Effects{}
}

func (k *Keeping) received(msg wire.Message) Effects {
	switch m := msg.(type) {
	case *wire.Store:
		return k.open(m, m.Version)
	case *wire.StoreCertificate:
		return k.open(m, m.Document.Version)
	case *wire.Supply:
		return k.supplied(m)
	case *wire.Refuse:
		return k.Dismissed(m)
	}
	return Effects{}
}

// open answers, or asks for the key record first.
func (k *Keeping) open(m wire.Opening, version wire.SessionID) Effects {
	switch {
	case k.state.usable(version):
		return k.answer(m)
	case k.state.Record != nil && k.state.Record.Confirmed():
		return k.Refuse(wire.Errorf(wire.KeyNotFound, "key %v has another version", m.Subject()))
	case k.waiting != nil: // a certificate overtakes the promise that was asked for
		k.waiting = m
		return Effects{}
	}
	k.waiting = m
	return k.Send(Effects{}, &wire.Need{Record: true})
}

// supplied goes on with what waited.
func (k *Keeping) supplied(m *wire.Supply) Effects {
	if k.waiting == nil {
		return Effects{}
	}
	opening := k.waiting
	state, save, err := k.state.supplied(&k.env, versionOf(opening), m)
	if err != nil {
		return k.blame(err)
	}
	if k.state = state; !state.usable(versionOf(opening)) {
		return k.Refuse(wire.Errorf(wire.KeyNotFound, "key %v is not held here", opening.Subject()))
	}
	eff := Effects{Save: save}
	eff.Add(k.answer(opening))
	return eff
}

func versionOf(m wire.Opening) wire.SessionID {
	switch m := m.(type) {
	case *wire.Store:
		return m.Version
	case *wire.StoreCertificate:
		return m.Document.Version
	}
	return wire.SessionID{}
}

// blame ends the session because of something the coordinator sent.
func (k *Keeping) blame(err error) Effects {
	eff := k.Refuse(err)
	if wire.ReasonOf(err) == wire.InvalidMessage || wire.ReasonOf(err) == wire.Cryptographic {
		eff.Faults = fault(k.Coordinator(), err.Error())
	}
	return eff
}

func (k *Keeping) answer(m wire.Opening) Effects {
	index := k.state.Record.Setup.Index(k.env.Self.ID())
	if index == 0 {
		return k.Refuse(wire.Errorf(wire.NotMember, "no holder of key %v", m.Subject()))
	}
	if c, ok := m.(*wire.StoreCertificate); ok {
		return k.keep(&c.Document)
	}
	return k.promise(m.(*wire.Store), index)
}

// promise signs the pair if the author asks for it and there is no other. What is
// signed here is on disk before anybody sees it.
func (k *Keeping) promise(m *wire.Store, index uint32) Effects {
	if err := checkStore(&k.env, k.state.Record, m); err != nil {
		return k.Refuse(err)
	}
	if _, err := verify.ParsePair(&m.Common, &m.Encrypted); err != nil {
		return k.blame(err) // the coordinator was to refuse it at its door
	}
	pair := m.Record()
	switch {
	case k.state.Document != nil:
		return k.Reply(Effects{}, &wire.StoreExists{Document: *k.state.Document})
	case k.state.Promise != nil && !k.state.Promise.SamePair(pair):
		return k.Refuse(wire.Errorf(wire.DocumentExists, "another document key is promised for key %v", m.Key))
	case k.state.Promise == nil && !k.state.remembers(&k.env, m.Version):
		return k.Refuse(errForgotten(&k.env, m.Key))
	}
	signed, save := promisePair(k.env, pair, index)
	eff := Effects{Save: []wire.Record{save}}
	return k.Reply(eff, &wire.StorePromise{Signature: signed.Signatures[0].Signature})
}

// keep saves a certified pair and says so.
func (k *Keeping) keep(d *wire.DocumentRecord) Effects {
	if held := k.state.Document; held != nil && held.SamePair(d) {
		return k.Reply(Effects{}, &wire.StoreAck{})
	}
	if err := verify.Document(k.env.Cluster, k.state.Record, d); err != nil {
		return k.blame(err)
	}
	if k.state.Document != nil {
		eff := k.Refuse(wire.Errorf(wire.Internal, "two certified document keys for key %v: more than t holders are not honest", d.Key))
		eff.Faults = twoPromises(k.env.Cluster, k.state.Record, k.state.Document, d)
		return eff
	}
	eff := Effects{Save: []wire.Record{documentRecord(d)}}
	return k.Reply(eff, &wire.StoreAck{})
}

package documents

import (
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// StoringMember is a holder's side of storing a document key: it answers one opening and
// ends. It stays only to be supplied with a key record that it missed.
type StoringMember struct {
	session.Member
	env     session.Env
	state   *session.State
	waiting wire.Opening // what is to be answered once the key record has come
}

// JoinStoring takes part in a storing that node from coordinates. The first input is
// its opening, a Store or a StoreCertificate.
func JoinStoring(env session.Env, state *session.State, from wire.NodeID, id wire.SessionID) *StoringMember {
	k := &StoringMember{env: env, state: state}
	k.Member = session.NewMember(from, id, func() { k.waiting = nil })
	return k
}

// String tells what is awaited.
func (k *StoringMember) String() string {
	switch {
	case k.Ended():
		return "keeping: ended"
	case k.waiting != nil:
		return "keeping: waiting for the key record"
	}
	return "keeping: idle"
}

// Step takes one input.
func (k *StoringMember) Step(in session.Input) session.Effects {
	if c, ok := in.(session.Cancel); ok { // also after the end: what was to be saved last could not be
		return k.Refuse(c.Err)
	}
	if eff, taken := k.Intercept(in); taken {
		return eff
	}
	switch in := in.(type) {
	case session.Received:
		return k.received(in.Msg)
	case session.Tick:
		if k.Late(supplyDeadline) {
			return k.End(session.Effects{}, wire.Errorf(wire.Timeout, "coordinator %s does not supply the key record", k.Coordinator().Short()))
		}
	}
	return session.Effects{}
}

func (k *StoringMember) received(msg wire.Message) session.Effects {
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
	return session.Effects{}
}

// open answers, or asks for the key record first.
func (k *StoringMember) open(m wire.Opening, version wire.SessionID) session.Effects {
	switch {
	case k.state.Usable(version):
		return k.answer(m)
	case k.state.Behind(version):
		return k.outdated(m)
	case k.state.Another(&k.env, version):
		return k.Refuse(wire.Errorf(wire.KeyNotFound, "key %v has another version", m.Subject()))
	case k.waiting != nil: // a certificate overtakes the promise that was asked for
		k.waiting = m
		return session.Effects{}
	}
	k.waiting = m
	return k.Send(session.Effects{}, &wire.Need{Record: true})
}

// supplied goes on with what waited.
func (k *StoringMember) supplied(m *wire.Supply) session.Effects {
	if k.waiting == nil {
		return session.Effects{}
	}
	opening := k.waiting
	if r := m.Record; r != nil && r.Version() == versionOf(opening) && k.state.Supersedes(r) {
		return k.outdated(opening)
	}
	state, save, err := k.state.Supplied(&k.env, versionOf(opening), m)
	if err != nil {
		return k.blame(err)
	}
	if k.state = state; !state.Usable(versionOf(opening)) {
		return k.Refuse(wire.Errorf(wire.KeyNotFound, "key %v is not held here", opening.Subject()))
	}
	eff := session.Effects{Save: save}
	eff.Add(k.answer(opening))
	return eff
}

// outdated answers an opening that names an earlier version of the key: with the current one, unless it is the certificate
// of a pair that the current one vouches for.
func (k *StoringMember) outdated(m wire.Opening) session.Effects {
	if c, ok := m.(*wire.StoreCertificate); ok && k.state.CheckDocument(&k.env, &c.Document, nil) == nil {
		return k.keep(&c.Document)
	}
	return k.Answer(session.Effects{}, k.state.Succession())
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
func (k *StoringMember) blame(err error) session.Effects {
	eff := k.Refuse(err)
	if wire.ReasonOf(err) == wire.InvalidMessage || wire.ReasonOf(err) == wire.Cryptographic {
		eff.Faults = session.Blame(k.Coordinator(), err.Error())
	}
	return eff
}

func (k *StoringMember) answer(m wire.Opening) session.Effects {
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
func (k *StoringMember) promise(m *wire.Store, index uint32) session.Effects {
	if err := checkStore(&k.env, k.state.Record, m); err != nil {
		return k.Refuse(err)
	}
	if _, err := verify.ParsePair(&m.Common, &m.Encrypted); err != nil {
		return k.blame(err) // the coordinator was to refuse it at its door
	}
	pair, before := m.Record(), promised(k.state, m.Version)
	if k.state.Document != nil {
		return k.Answer(session.Effects{}, &wire.StoreExists{Document: *k.state.Document})
	}
	if err := checkOpen(k.state, k.state.Record); err != nil {
		return k.Refuse(err)
	}
	switch {
	case before != nil && !before.SamePair(pair):
		return k.Refuse(wire.Errorf(wire.DocumentExists, "another document key is promised for key %v", m.Key))
	case before == nil && !k.state.Remembers(&k.env, m.Version):
		return k.Refuse(session.ErrForgotten(&k.env, m.Key))
	}
	signed, save, err := promisePair(k.env, k.state, pair, index)
	if err != nil {
		return k.Refuse(err)
	}
	eff := session.Effects{Save: save}
	return k.Answer(eff, &wire.StorePromise{Signature: signed.Signatures[0].Signature})
}

// keep saves a certified pair and says so.
func (k *StoringMember) keep(d *wire.DocumentRecord) session.Effects {
	if held := k.state.Document; held != nil && held.SamePoints(d) {
		return k.Answer(session.Effects{}, &wire.StoreAck{})
	}
	if err := k.state.CheckDocument(&k.env, d, nil); err != nil {
		return k.blame(err)
	}
	if k.state.Document != nil {
		eff := k.Refuse(wire.Errorf(wire.Internal, "two certified document keys for key %v: more than t holders are not honest", d.Key))
		eff.Faults = twoPromises(k.env.Cluster, k.state.Record, k.state.Document, d)
		return eff
	}
	eff := session.Effects{Save: []wire.Record{session.DocumentRecord(d)}}
	return k.Answer(eff, &wire.StoreAck{})
}

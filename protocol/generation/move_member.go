package generation

import (
	"slices"

	"github.com/ethereum/go-ethereum/common"

	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// errNewer ends the session of a node that knows a later sharing than the one that is to be dealt anew.
var errNewer = wire.Errorf(wire.KeyExists, "a later sharing of this key is certified")

// enter checks what is particular to a redistribution, and makes the state that of its slot. A node that did not know what
// is dealt anew takes it over: the batch is to be saved. newer is what the initiator does not know.
func (m *Member) enter() (newer *wire.KeyRecord, batch []wire.Record, err error) {
	slot := m.setup.Slot()
	if m.env.Due != nil {
		if err := m.env.Due(m.opening.(*wire.Redistribute)); err != nil {
			return nil, nil, err
		}
	}
	if known := m.state.Record; known != nil && known.Confirmed() && known.Setup.Slot().Compare(m.parent.Setup.Slot()) > 0 {
		return known, nil, nil
	}
	if batch, err = m.learnParent(); err != nil {
		return nil, nil, err
	}
	if err := verify.Move(m.env.Sets.Find(*m.setup.Set), m.parent, m.setup); err != nil {
		return nil, nil, err
	}
	self := m.env.Self.ID()
	if !slices.Contains(m.parties(), self) && m.parent.Setup.Index(self) == 0 {
		return nil, nil, wire.Errorf(wire.NotMember, "this node is no party, and holds nothing that is dealt anew")
	}
	m.base = m.state
	m.state, err = m.state.In(slot)
	return nil, batch, err
}

// waive gives this node's word on the document key, if it holds what is dealt anew and its certificate does not tell.
func (m *Member) waive(eff session.Effects) session.Effects {
	if verify.Inherited(m.parent).Kind != wire.PairNone {
		return eff
	}
	waiver, batch := m.base.Waive(&m.env, m.setup)
	if waiver == nil {
		return eff
	}
	eff.Save = append(eff.Save, batch...)
	return m.Send(eff, waiver)
}

// learnParent takes the parent over, if this node does not know it. It is the initiator's word, and has to convince by
// itself.
func (m *Member) learnParent() ([]wire.Record, error) {
	p := m.parent
	if known := m.state.Record; known != nil && known.Version() == p.Version() && known.Confirmed() {
		m.parent = known
		return nil, nil
	}
	if err := m.state.Accept(&m.env, p); err != nil {
		return nil, err
	}
	if p.Setup.Key != m.Key() {
		return nil, wire.Errorf(wire.InvalidMessage, "of another key")
	}
	batch, err := session.Activate(m.state, p)
	if err != nil {
		return nil, err
	}
	m.state.Apply(p)
	return batch, nil
}

// pairSettled takes the initiator's word on the document key.
func (m *Member) pairSettled(from wire.NodeID, p *wire.PairSettled) session.Effects {
	if from != m.Coordinator() || m.run == nil || m.run.self == 0 || m.run.settled != nil {
		return session.Effects{}
	}
	if err := checkPair(&m.env, m.state, m.parent, m.ID(), p); err != nil {
		return m.Blame("settles the document key: %v", err)
	}
	m.run.settle(&p.State)
	return m.settle(session.Effects{})
}

// checkPair is verify.PairState, of a pair that this node holds, or that comes with its certificate, too.
func checkPair(env *session.Env, state *session.State, parent *wire.KeyRecord, attempt wire.SessionID, p *wire.PairSettled) error {
	var certified common.Hash
	if d := p.Document; d != nil {
		if err := verify.Document(env.Cluster, parent, nil, d); err != nil {
			return err
		}
		certified = d.PairHash(env.Cluster)
	} else if d := state.Document; d != nil {
		certified = d.PairHash(env.Cluster)
	}
	return verify.PairState(parent, attempt, &p.State, certified)
}

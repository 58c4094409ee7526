package sessiontest

import (
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// first has server sets decided from now on: these nodes are set 0, and its administrator is the client admin.
func (s *Script) first(a args) error {
	nodes, err := s.those(a.words)
	if err != nil || len(nodes) == 0 {
		return fmt.Errorf("first n1 n2 n3 n4: %v", err)
	}
	set := &wire.ServerSet{Cluster: s.c.ID, Floor: 1,
		Authority: wire.Authority{Administrators: []common.Address{crypto.PubkeyToAddress(s.named("admin").Key.PublicKey)}, Needed: 1}}
	for _, n := range nodes {
		set.Members = append(set.Members, n.ID())
	}
	set.Members = wire.SortNodeIDs(set.Members)
	s.c.First, s.c.Time = set, 1000
	return nil
}

// byAdmin is the administrator's signature.
func (s *Script) byAdmin(digest common.Hash) []wire.AdminSignature {
	sig, err := crypto.Sign(digest[:], s.named("admin").Key)
	check(err)
	sig[64] += 27
	return []wire.AdminSignature{wire.AdminSignature(sig)}
}

// newest is the newest set that a node knows of those that are decided.
func (s *Script) newest(a args) (*Node, *wire.ServerSet, error) {
	n, err := s.find(a.named["at"])
	if err != nil {
		return nil, nil, err
	}
	if s.c.First == nil {
		return nil, nil, fmt.Errorf("no set 0 yet: first n1 n2 n3 n4")
	}
	return n, n.Sets().Newest(), nil
}

func (s *Script) order(a args) error {
	n, parent, err := s.newest(a)
	if err != nil {
		return err
	}
	nodes, err := s.those(a.words)
	if err != nil {
		return err
	}
	o := &wire.SetOrder{Chain: ChainID, Cluster: s.c.ID, Epoch: parent.Epoch + 1, Parent: parent.Hash(), Floor: parent.Floor,
		Administrators: parent.Authority.Administrators, Needed: parent.Authority.Needed, Expires: 2000, Nonce: common.Hash{byte(a.number("number", 1))}, GiveUp: a.named["giveup"] == "yes"}
	for _, member := range nodes {
		o.Members = append(o.Members, wire.OrderMember{Node: member.ID(), Address: member.Name + ":30303"})
	}
	m, err := handover.NewDeciding(n.Env(), o, s.byAdmin(o.Digest()), wire.BlockRef{Number: n.Head})
	if err != nil {
		return err
	}
	return s.decide(n, wire.KindDecide, m)
}

func (s *Script) cancel(a args) error {
	n, parent, err := s.newest(a)
	if err != nil {
		return err
	}
	c := &wire.SignedCancel{Cancel: wire.CancelOrder{Chain: ChainID, Cluster: s.c.ID, Epoch: parent.Epoch + 1, Parent: parent.Hash(),
		Nonce: common.Hash{byte(a.number("number", 1))}}}
	c.Signatures = s.byAdmin(c.Cancel.Digest())
	m, err := handover.NewCancelling(n.Env(), c, nil)
	if err != nil {
		return err
	}
	return s.decide(n, wire.KindSettle, m)
}

func (s *Script) learn(a args) error {
	n, _, err := s.newest(a)
	if err != nil {
		return err
	}
	m, err := handover.NewFollowing(n.Env())
	if err != nil {
		return err
	}
	return s.decide(n, wire.KindFollow, m)
}

// decide runs a machine of server sets, and tells which one each node knows then.
func (s *Script) decide(n *Node, kind wire.Kind, m session.Machine) error {
	o := new(Outcome)
	s.c.Begin(n, kind, wire.KeyID{}, m, func(r *Run) { o.Done, o.Err = true, r.Err })
	if err := s.finish(o); err != nil {
		return err
	}
	for _, node := range s.c.Nodes {
		if node.Up {
			fmt.Fprintf(&s.out, "   %s: set %d\n", node.Name, node.Sets().Newest().Epoch)
		}
	}
	return nil
}

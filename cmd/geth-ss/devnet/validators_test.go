//go:build unix

package devnet

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/geth-ss/geth-ss/contracts"
	"github.com/geth-ss/geth-ss/poa"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// fakeGovernment is the validators' contract of the fake nodes. Each question of a node is a block.
type fakeGovernment struct {
	gov      poa.GovernanceStatus
	names    map[common.Address]string
	proposed []poa.ValidatorProposal
	accepts  func() bool          // whoever is proposed accepts; nil: yes
	loses    int                  // so many proposals are taken, and nothing comes of them
	deaf     map[wire.NodeID]bool // they tell nobody of the validators
	mute     map[wire.NodeID]bool // they don't vote on blocks
	unmoved  string               // why nobody's proposal is taken
}

func (g *fakeGovernment) govern(n *network) {
	g.names = make(map[common.Address]string)
	for _, node := range n.nodes {
		g.names[node.address()] = node.name
		g.gov.Members = append(g.gov.Members, poa.GovernedValidator{Name: node.name, Address: node.address(), Weight: 1})
	}
}

func (c clusterAPI) Validators(self wire.NodeID) (*poa.GovernanceStatus, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.deaf[self] {
		return nil, errors.New("no word")
	}
	c.gov.Block++
	c.gov.Scheduled = slices.DeleteFunc(c.gov.Scheduled, func(s contracts.WeightChange) bool {
		if s.From <= c.gov.Block {
			c.weigh(s)
		}
		return s.From <= c.gov.Block
	})
	for _, p := range slices.Clone(c.gov.Proposals) {
		c.attempt(p.ID)
	}
	g := c.gov
	return &g, nil
}

func (g *fakeGovernment) weigh(s contracts.WeightChange) {
	g.gov.Members = slices.DeleteFunc(slices.Clone(g.gov.Members), func(m poa.GovernedValidator) bool { return m.Address == s.Who })
	if s.Weight > 0 {
		g.gov.Members = append(g.gov.Members, poa.GovernedValidator{Name: g.names[s.Who], Address: s.Who, Weight: s.Weight})
	}
}

// attempt carries a proposal out if it has what it takes: in the next block but one.
func (g *fakeGovernment) attempt(id uint64) {
	at := slices.IndexFunc(g.gov.Proposals, func(p poa.ProposalStatus) bool { return p.ID == id })
	p := &g.gov.Proposals[at]
	p.Accepted = g.accepts == nil || g.accepts()
	if 3*p.Votes <= 2*p.Of || p.Kind == "add" && !p.Accepted {
		return
	}
	g.gov.Scheduled = append(g.gov.Scheduled, contracts.WeightChange{From: g.gov.Block + 4, Who: p.Address, Weight: p.Weight})
	g.gov.Proposals = slices.Delete(g.gov.Proposals, at, at+1)
}

func (c clusterAPI) Propose(self wire.NodeID, p poa.ValidatorProposal) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.unmoved != "" {
		return errors.New(c.unmoved)
	}
	c.proposed = append(c.proposed, p)
	if c.loses--; c.loses >= 0 {
		return nil
	}
	s := poa.ProposalStatus{ID: uint64(len(c.proposed)), Kind: p.Kind, Weight: p.Weight, Of: uint64(len(c.gov.Members))}
	if p.Kind == "remove" {
		s.Address = common.HexToAddress(p.Validator)
	} else {
		var id wire.NodeID
		if err := id.UnmarshalText([]byte("0x" + p.Validator)); err != nil {
			return err
		}
		s.Address = id.Address()
		c.names[s.Address] = p.Name
	}
	c.gov.Proposals = append(c.gov.Proposals, s)
	return c.count(self, s.ID)
}

func (c clusterAPI) Vote(self wire.NodeID, id uint64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.count(self, id)
}

func (g *fakeGovernment) count(self wire.NodeID, id uint64) error {
	name := g.names[self.Address()]
	for i := range g.gov.Proposals {
		if p := &g.gov.Proposals[i]; p.ID == id {
			if slices.Contains(p.Voters, name) {
				return errors.New("voted already")
			}
			p.Voters, p.Votes = append(slices.Clone(p.Voters), name), p.Votes+1
			return nil
		}
	}
	return fmt.Errorf("there is no proposal %d", id)
}

func (c clusterAPI) Consensus(self wire.NodeID) *poa.Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := &poa.Status{Validator: true, LastVote: &poa.Vote{Step: "precommit"}}
	if c.mute[self] {
		s.LastVote = nil
	}
	return s
}

// governs wants devnet.json to say who the validators are.
func (f *fakeNetwork) governs(want string) {
	f.t.Helper()
	s, err := f.state()
	if err != nil || s.Governance == nil || strings.Join(s.Governance.Validators, " ") != want || s.Governance.ValidatorSet != contracts.ValidatorSetAddress {
		f.t.Errorf("the governance of devnet.json is %+v, %v, want the validators %s", cmp.Or(s, &State{}).Governance, err, want)
	}
}

// kinded has the devnet change nodes of these kinds.
func (f *fakeNetwork) kinded(c Change, want ...string) {
	f.t.Helper()
	var out strings.Builder
	if err := Request(f.t.Context(), "geth-ss", f.cfg.Dir, c, &out); err != nil {
		f.t.Fatalf("%v: %v\n%s", c, err, &out)
	}
	for _, text := range want {
		if !strings.Contains(out.String(), text) {
			f.t.Errorf("%v does not say %q:\n%s", c, text, &out)
		}
	}
}

// kindedRefused wants a reason.
func (f *fakeNetwork) kindedRefused(c Change, want string) {
	f.t.Helper()
	var out strings.Builder
	if err := Request(f.t.Context(), "geth-ss", f.cfg.Dir, c, &out); err == nil || !strings.Contains(err.Error(), want) {
		f.t.Errorf("%v: %v, want %q\n%s", c, err, want, &out)
	}
}

// TestValidatorsChange: validators are voted in and out, alone and with the key server that they are, and what the next start finds is so.
func TestValidatorsChange(t *testing.T) {
	f := newFakeNetworkOf(t, 4, true)
	soon(t)
	f.start()
	f.want("node1 node2 node3 node4", "")
	f.governs("node1 node2 node3 node4")

	f.kinded(Change{Do: Add, Validator: true, KeyServer: true}, "node1 proposed that node5 becomes a validator",
		"the validators have decided that node5 becomes a validator", "node5 is a validator and key server: JSON-RPC", "the validators are node1, node2, node3, node4, node5")
	f.want("node1 node2 node3 node4 node5", "")
	f.governs("node1 node2 node3 node4 node5")
	n := f.network()
	if p := f.proposed[0]; p.Validator != n.nodes[4].public() || p.Host != n.nodes[4].consensus() || p.PeerID != poa.PeerID(n.nodes[4].key) || p.Weight != 1 || p.Name != "node5" {
		t.Errorf("proposed is %+v", p)
	}

	f.kinded(Change{Do: Remove, Node: "1"}, "node2 proposed that node1 is a validator no longer", "node1 is neither validator nor key server any more; it goes on following the chain")
	f.want("node2 node3 node4 node5", "node1")
	f.governs("node2 node3 node4 node5")
	f.kinded(Change{Do: Add, Validator: true}, "node6 is a validator: JSON-RPC")
	f.kinded(Change{Do: Remove, Node: "2", Validator: true}, "node2 is no validator any more; it goes on as key server")
	f.kinded(Change{Do: Remove, Node: "3", KeyServer: true}, "node3 is no key server any more; it goes on as validator")
	f.want("node2 node4 node5", "node1 node3 node6")
	f.governs("node3 node4 node5 node6")
	f.kinded(Change{Do: Replace, Node: "4"}, "node7 is a validator and key server", "node4 is neither validator nor key server")
	f.kinded(Change{Do: Add}, "node8 is a key server")
	f.governs("node3 node5 node6 node7")

	f.kindedRefused(Change{Do: Remove, Node: "1"}, "node1 is neither validator nor key server; the validators are node3, node5, node6, node7, the key servers node2, node5, node7, node8")
	f.kindedRefused(Change{Do: Remove, Node: "6", KeyServer: true}, "node6 is no key server")
	f.kindedRefused(Change{Do: Remove, Node: "8", Validator: true}, "node8 is no validator")

	if err := f.stop(); err != nil {
		t.Fatal(err)
	}
	f.start()
	f.want("node2 node5 node7 node8", "node1 node3 node4 node6")
	f.governs("node3 node5 node6 node7")
	for _, name := range []string{"3", "5", "6"} {
		f.kinded(Change{Do: Remove, Node: name, Validator: true})
	}
	f.kindedRefused(Change{Do: Remove, Node: "7", Validator: true}, "the only validator")
}

// TestUngoverned: where the file has the validators nobody votes on them, and a network of one kind is not resumed as the other.
func TestUngoverned(t *testing.T) {
	f := newFakeNetwork(t, 1)
	f.start()
	f.kindedRefused(Change{Do: Add, Validator: true}, "stand in its file")
	f.kinded(Change{Do: Add, KeyServer: true}, "node2 is a key server")
	if s, err := f.state(); err != nil || s.Governance != nil {
		t.Errorf("governance of a network without: %+v, %v", s, err)
	}
	cfg := f.cfg
	cfg.Governance = true
	if _, err := openNetwork(cfg.Dir, &cfg); err == nil || !strings.Contains(err.Error(), "leave --governance out") {
		t.Errorf("resumed with --governance: %v", err)
	}
}

// TestVotesAreMissed: who is down does not vote, a lost proposal is made again, and what can't get on is told with its reason.
func TestVotesAreMissed(t *testing.T) {
	f := newFakeNetworkOf(t, 4, true)
	soon(t)
	before := sendAgain
	sendAgain = -2500 * time.Millisecond // block intervals come on top
	t.Cleanup(func() { sendAgain = before })
	f.start()
	s := f.want("node1 node2 node3 node4", "")
	f.change(func() { f.loses = 1 })
	f.kinded(Change{Do: Add, Validator: true}, "node5 is a validator")
	if len(f.proposed) != 2 {
		t.Errorf("%d proposals, one of which was lost", len(f.proposed))
	}

	kill(t, s.Nodes[0])
	f.until("reported", func() bool { return strings.Contains(f.out.String(), "node1 ended") })
	f.kinded(Change{Do: Remove, Node: "5", Validator: true}, "node2 proposed") // by four of five
	kill(t, s.Nodes[1])
	f.until("reported", func() bool { return strings.Contains(f.out.String(), "node2 ended") })
	stalledAfter = 300 * time.Millisecond
	f.kindedRefused(Change{Do: Remove, Node: "1", Validator: true}, "for it are node3, node4, with 2 of 4; others do not answer, and more than two thirds decide; the same command tries it again")
	f.change(func() { f.gov.Proposals, f.unmoved = nil, "the chain forbids it" })
	f.kindedRefused(Change{Do: Remove, Node: "1", Validator: true}, "does not propose it: the chain forbids it")
}

// TestNewcomerIsAwaited: a change is complete when the newcomer has accepted and votes, and all nodes that run know of it.
func TestNewcomerIsAwaited(t *testing.T) {
	f := newFakeNetworkOf(t, 1, true)
	soon(t)
	f.start()
	f.change(func() { f.accepts = func() bool { return false } })
	stalledAfter = 300 * time.Millisecond
	f.kindedRefused(Change{Do: Add, Validator: true}, "and it has not accepted yet")
	f.change(func() { f.accepts = nil; f.mute = map[wire.NodeID]bool{f.network().nodes[1].id(): true} })
	f.kindedRefused(Change{Do: Add, Validator: true}, "waiting for a vote of node2 on a block: it has not voted yet")
	f.change(func() { f.mute = nil; f.deaf = map[wire.NodeID]bool{f.network().nodes[0].id(): true} })
	f.kindedRefused(Change{Do: Add, Validator: true}, "of node1")
	f.change(func() { f.deaf = nil })
	f.kinded(Change{Do: Add, Validator: true}, "node2 runs already", "node2 is a validator")
	if n := len(f.network().nodes); n != 2 || len(f.proposed) != 1 {
		t.Errorf("%d nodes and %d proposals for one newcomer", n, len(f.proposed))
	}
}

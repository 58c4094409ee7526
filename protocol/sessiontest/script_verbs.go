package sessiontest

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/asking"
	"github.com/geth-ss/geth-ss/protocol/documents"
	"github.com/geth-ss/geth-ss/protocol/gathering"
	"github.com/geth-ss/geth-ss/protocol/generation"
	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/items"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// list are the numbers of a list such as ids=1,2.
func (a args) list(name string) (all []int, err error) {
	for _, word := range strings.Split(a.named[name], ",") {
		n, err := strconv.Atoi(word)
		if err != nil {
			return nil, fmt.Errorf("%s=1,2: %w", name, err)
		}
		all = append(all, n)
	}
	return all, nil
}

// some are the nodes of a list such as n2,n3.
func (s *Script) some(list string) (nodes []*Node) {
	for _, n := range s.c.Nodes {
		if strings.Contains(","+list+",", ","+n.Name+",") {
			nodes = append(nodes, n)
		}
	}
	return nodes
}

func (s *Script) given(a args) error {
	if s.c == nil {
		return fmt.Errorf("no nodes yet")
	}
	without, missed := s.some(a.named["without"]), s.some(a.named["missed"])
	r := s.c.Deal(a.id(), a.number("t", 0), s.client(a, "author"), s.c.Nodes, without...)
	if a.named["document"] != "" {
		s.c.DealDocument(r, s.c.Encrypt(r, a.number("id", 1)), append(without, missed...)...)
	}
	for _, n := range missed {
		n.Miss(r)
	}
	return nil
}

func (s *Script) redealt(a args) error {
	if s.c == nil {
		return fmt.Errorf("no nodes yet")
	}
	state, err := s.state(s.c.Nodes[0], a.number("id", 1))
	if err != nil {
		return err
	}
	m := Redistribution{Set: s.c.Know(s.c.Nodes)[0], Round: uint64(a.number("round", 1)), Threshold: a.number("t", 0), Members: s.c.Nodes,
		Pair: wire.PairState{Kind: wire.PairNone}, Absent: s.some(a.named["without"])}
	if d := state.Document; d != nil {
		m.Pair = wire.PairState{Kind: wire.PairKept, Pair: d.PairHash(s.c.ID)}
	}
	s.c.Redeal(state.Record, m)
	return nil
}

func (s *Script) sign(a args) error {
	n, err := s.find(a.named["at"])
	if err != nil {
		return err
	}
	var scheme wire.Scheme
	if err := scheme.UnmarshalText([]byte(a.named["scheme"])); err != nil {
		return err
	}
	return s.finish(s.c.Signature(n, s.client(a, "alice"), a.id(), scheme, common.Hash{byte(a.number("hash", 1))}))
}

func (s *Script) stock(a args) error {
	n, err := s.find(a.named["at"])
	if err != nil {
		return err
	}
	of, err := a.list("of")
	if err != nil {
		return err
	}
	var set []uint32
	for _, index := range of {
		set = append(set, uint32(index))
	}
	state, err := s.state(n, a.number("id", 1))
	if err != nil {
		return err
	}
	m, err := items.NewDealing(n.Env(), n.Lend, items.GroupOf(state.Record), set, a.number("items", 1))
	if err != nil {
		return err
	}
	o := new(Outcome)
	s.c.Begin(n, wire.KindDeal, wire.KeyID{}, m, func(r *Run) {
		if o.Done, o.Err = true, r.Err; r.Err == nil {
			n.Vault().Stock(m.Items())
		}
	})
	return s.finish(o)
}

// state is what a node knows of a key that it has to know.
func (s *Script) state(n *Node, id int) (*session.State, error) {
	state := n.State(KeyID(id))
	if state.Record == nil {
		return nil, fmt.Errorf("%s knows no key %d", n.Name, id)
	}
	return state, nil
}

func (s *Script) batch(a args) error {
	n, err := s.find(a.named["at"])
	if err != nil {
		return err
	}
	ids, err := a.list("ids")
	if err != nil {
		return err
	}
	reader, keys, states := s.client(a, "alice"), []wire.KeyID{}, []*session.State{}
	for _, id := range ids {
		state, err := s.state(n, id)
		if err != nil {
			return err
		}
		keys, states = append(keys, KeyID(id)), append(states, state)
	}
	proof := s.c.Wallet(reader, wire.OpRetrieve, wire.NoArguments, keys...)
	m, err := gathering.NewBatch(n.Env(), states, proof)
	if err != nil {
		return err
	}
	o := new(Outcome)
	s.c.Begin(n, wire.KindRetrieve, keys[0], m, func(r *Run) { o.Done, o.Err = true, r.Err })
	if err := s.finish(o); err != nil || o.Err != nil {
		return err
	}
	secret, err := secp256k1.FromPrivateKey(reader.Key)
	if err != nil {
		return err
	}
	for i, release := range m.Releases() {
		if release == nil {
			fmt.Fprintf(&s.out, "   key %d: not released\n", ids[i])
			continue
		}
		key, err := verify.OpenRelease(release, proof.Hash(), secret)
		if err != nil {
			return err
		}
		right := key.Equal(s.c.Encrypt(states[i].Record, ids[i]).Key)
		fmt.Fprintf(&s.out, "   key %d: released by %s; the right document key: %t\n", ids[i], count(len(release.Parts), "part"), right)
	}
	return nil
}

func (s *Script) explain(a args) error {
	n, err := s.find(a.named["at"])
	if err != nil {
		return err
	}
	m, r, err := s.c.Explain(n, s.client(a, "alice").Address(), a.id())
	if err != nil {
		return err
	}
	if err := s.meanwhile(a); err != nil {
		return err
	}
	if err := s.settle(); err != nil || r.Err != nil {
		return fmt.Errorf("%v %v", err, r.Err)
	}
	answer, granted := m.Outcome()
	fmt.Fprintf(&s.out, "=> %v: %d of the %d needed\n", answer, granted, m.Needed())
	for _, row := range m.Rows() {
		text := row.State.String()
		if row.State == asking.Answered {
			text = list(fmt.Sprintf("%v at block %d", row.Answer, row.Block.Number), fmt.Sprintf("final head %d", row.Head.Number), optional(row.Holds, "holds a share"))
		}
		fmt.Fprintf(&s.out, "   %s: %s\n", s.c.Name(row.Node), text)
	}
	return nil
}

func (s *Script) holdings(a args) error {
	n, err := s.find(a.named["at"])
	if err != nil {
		return err
	}
	ids, err := a.list("ids")
	if err != nil {
		return err
	}
	var keys []wire.KeyVersion
	for _, id := range ids {
		state, err := s.state(n, id)
		if err != nil {
			return err
		}
		keys = append(keys, wire.KeyVersion{Key: KeyID(id), Version: state.Record.Version()})
	}
	m, r, err := s.c.Holdings(n, keys...)
	if err != nil {
		return err
	}
	if err := s.settle(); err != nil || r.Err != nil {
		return fmt.Errorf("%v %v", err, r.Err)
	}
	fmt.Fprintln(&s.out, "=> ok")
	for _, other := range s.c.Nodes {
		if other == n {
			continue
		}
		text := []string{}
		answer, why := m.Held(other.ID())
		for i, id := range ids {
			if answer != nil && answer.Has(i) {
				text = append(text, fmt.Sprintf("key %d", id))
			}
		}
		if answer == nil {
			text = append(text, why)
		}
		fmt.Fprintf(&s.out, "   %s: %s\n", other.Name, list(text...))
	}
	return nil
}

// newset has every node know the next server set, and fence.
func (s *Script) newset(a args) error {
	next := &wire.ServerSet{Cluster: s.c.ID}
	for _, name := range a.words {
		n, err := s.find(name)
		if err != nil {
			return err
		}
		next.Members = append(next.Members, n.ID())
	}
	next.Members = wire.SortNodeIDs(next.Members)
	all := []*wire.ServerSet{{Cluster: s.c.ID, Members: s.c.Members()}}
	if known := s.c.Nodes[0].Given; known != nil {
		all = nil
		for epoch := range known.Newest().Epoch + 1 {
			all = append(all, known.At(epoch))
		}
	}
	parent := all[len(all)-1]
	next.Epoch, next.Parent, next.Keys = parent.Epoch+1, parent.Hash(), make([]wire.Point, len(next.Members))
	sets := session.NewSets(append(all, next)...)
	for _, n := range s.c.Nodes {
		n.Put(handover.Fence(sets)...)
		n.Given = sets
	}
	fmt.Fprintf(&s.out, "=> set %d of %s\n", next.Epoch, count(len(next.Members), "node"))
	return nil
}

func (s *Script) gather(a args) error {
	n, err := s.find(a.named["at"])
	if err != nil {
		return err
	}
	gather := s.c.Gather
	if a.named["few"] == "yes" {
		gather = s.c.GatherFew
	}
	m, r, err := gather(n)
	if err != nil {
		return err
	}
	if err := s.settle(); err != nil {
		return err
	}
	fmt.Fprintln(&s.out, "=> "+resultText(r.Err))
	for _, other := range s.c.Nodes {
		if why := m.Missing()[other.ID()]; why != "" {
			fmt.Fprintf(&s.out, "   %s: %s\n", other.Name, why)
		}
	}
	return nil
}

func resultText(err error) string {
	if err != nil {
		return err.Error()
	}
	return "ok"
}

func (s *Script) plan(a args) error {
	n, err := s.find(a.named["at"])
	if err != nil {
		return err
	}
	m, _, err := s.c.Plan(n, wire.KeyID{}, s.c.Nodes...)
	if err != nil {
		return err
	}
	if err := s.settle(); err != nil {
		return err
	}
	keys, _ := m.Keys()
	var words []string
	for _, k := range keys {
		words = append(words, fmt.Sprintf("key %d of threshold %d has %d holders%s", k.Key[31], k.Threshold, k.Holders, map[bool]string{false: ", unsure"}[k.Sure]))
	}
	fmt.Fprintln(&s.out, "=> "+list(words...))
	return nil
}

func (s *Script) rehearse(a args) error {
	n, state, err := s.knownAt(a)
	if err != nil {
		return err
	}
	var nodes []*Node
	for _, name := range a.words {
		node, err := s.find(name)
		if err != nil {
			return err
		}
		nodes = append(nodes, node)
	}
	m, run, err := s.c.Rehearse(n, state.Record.Setup.Key, a.number("t", 1), nodes...)
	if err != nil {
		return err
	}
	if err := s.settle(); err != nil {
		return err
	}
	if run.Err != nil {
		fmt.Fprintf(&s.out, "=> %d have not done their part\n", len(m.Failed()))
		return nil
	}
	fmt.Fprintln(&s.out, "=> all have signed, and nothing is kept")
	return nil
}

func (s *Script) hold(a args) error {
	n, state, err := s.knownAt(a)
	if err != nil {
		return err
	}
	m, _, err := s.c.Hold(n, state.Record)
	if err != nil {
		return err
	}
	if err := s.settle(); err != nil {
		return err
	}
	var missing []string
	for _, node := range m.Missing(0) {
		missing = append(missing, s.c.Name(node))
	}
	if m.Heard(0) == nil {
		fmt.Fprintln(&s.out, "=> too few hold it, without "+list(missing...))
	} else {
		fmt.Fprintln(&s.out, "=> enough hold it")
	}
	return nil
}

func (s *Script) receipts(a args) error {
	n, state, err := s.knownAt(a)
	if err != nil {
		return err
	}
	version := wire.KeyVersion{Key: state.Record.Setup.Key, Version: state.Record.Version()}
	if _, _, err := s.c.Receipts(n, version); err != nil {
		return err
	}
	if err := s.settle(); err != nil {
		return err
	}
	env := n.Env()
	all, err := handover.ErasedOf(&env, version)
	fmt.Fprintf(&s.out, "=> %s\n", count(len(all), "receipt"))
	return err
}

// knownAt is a node and a key that it knows.
func (s *Script) knownAt(a args) (*Node, *session.State, error) {
	n, err := s.find(a.named["at"])
	if err != nil {
		return nil, nil, err
	}
	ids, err := a.list("id")
	if err != nil {
		return nil, nil, err
	}
	state, err := s.state(n, ids[0])
	return n, state, err
}

// resolve does what service does when a look-up comes across attempts that were cut off.
func (s *Script) resolve(a args) error {
	n, err := s.find(a.named["at"])
	if err != nil {
		return err
	}
	o := new(Outcome)
	l, err := documents.NewLookup(n.Env(), n.State(a.id()), a.id(), false)
	if err != nil {
		return err
	}
	s.c.Begin(n, wire.KindLookup, a.id(), l, func(r *Run) {
		if r.Err == nil {
			o.Done = true
			return
		}
		m, err := generation.NewResolution(n.Env(), n.State(a.id()), a.id(), l.Unsettled())
		if err != nil {
			o.fail(err)
			return
		}
		s.c.Begin(n, wire.KindResolve, a.id(), m, func(r *Run) { o.Done, o.Err = true, r.Err })
	})
	return s.finish(o)
}

// account sets how a client's requests are signed.
func (s *Script) account(a args) error {
	if len(a.words) != 1 || s.c == nil {
		return fmt.Errorf("%s NAME", a.named["verb"])
	}
	cl := s.named(a.words[0])
	switch cl.Wallet = true; a.named["verb"] {
	case "permit":
		cl.Delegate = s.named(cl.Name + "'s-delegate")
	case "contract":
		cl.Contract = true
		s.c.Chain.Contracts = map[common.Address]bool{cl.Address(): true}
	}
	return nil
}

func (s *Script) cheat(a args) error {
	if len(a.words) == 0 {
		return fmt.Errorf("%s n1", a.named["verb"])
	}
	n, err := s.find(a.words[0])
	if err != nil {
		return err
	}
	switch names := a.words[1:]; {
	case a.named["verb"] == "withhold":
		n.Mutate = Withholding(names...)
	case a.named["verb"] == "misdeal":
		n.Mutate = Misdealing(n)
	case len(names) == 1:
		n.Mutate = Miscosigning(n, names[0])
	default:
		return fmt.Errorf("lie n1 ECDSAShare")
	}
	return nil
}

func (s *Script) crash(a args) error {
	if a.named["after"] == "" {
		return fmt.Errorf("crash n1 after=Certify")
	}
	for _, name := range a.words {
		n, err := s.find(name)
		if err != nil {
			return err
		}
		s.traps[n] = a.named["after"]
	}
	return nil
}

// set establishes the next set.
func (s *Script) set(a args) error {
	nodes, err := s.those(a.words)
	if err != nil {
		return err
	}
	set := s.c.Establish(a.number("floor", 0), nodes...)
	fmt.Fprintf(&s.out, "epoch %d\n", set.Epoch)
	return nil
}

// those are the nodes of these names.
func (s *Script) those(names []string) (nodes []*Node, err error) {
	for _, name := range names {
		n, err := s.find(name)
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, n)
	}
	return nodes, nil
}

func (s *Script) move(a args) error {
	n, err := s.find(a.named["at"])
	if err != nil {
		return err
	}
	return s.finish(s.c.Move(n, a.id(), uint64(a.number("round", 0))))
}

// joined tells what no node ever sees: whether these shares together are the key.
func (s *Script) joined(a args) error {
	nodes, err := s.those(a.words)
	if err != nil || len(nodes) == 0 {
		return fmt.Errorf("joined id= n1 n2: %v", err)
	}
	secret, err := Joined(a.id(), nodes...)
	if err != nil {
		return err
	}
	public := secp256k1.BaseMul(secret).Bytes()
	fmt.Fprintf(&s.out, "=> the key: %t\n", nodes[0].State(a.id()).Record.Public() == public)
	return nil
}

package sessiontest

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Script plays a cluster's life from lines such as
//
//	nodes 4
//	generate id=1 t=2 at=n1
//	store id=1 at=n2
//	grant alice id=1
//	retrieve id=1 at=n3 by=alice
//
// and tells what happened, in phases and names. After 'messages on' each message stands under the step that sent it, with its
// receivers, its session in brackets, its fields and its size. The whole language is in verbs.
type Script struct {
	c        *Cluster
	out      strings.Builder
	messages bool // each is told under the step that sent it
	describe *describer
	last     sent
	clients  map[string]*Client
	traps    map[*Node]string // nodes that go down once they have sent a message of this name
	due      []*Node
}

// sent is a message that awaits its other receivers: who sends the same to many has one line.
type sent struct {
	from, text string
	to         []string
}

// args are a line's words after the verb: plain ones in order, and name=value.
type args struct {
	words []string
	named map[string]string
}

// verbs has a line for each command.
var verbs = map[string]func(*Script, args) error{
	"nodes":    (*Script).nodes,    // nodes N [seed=S]: a new cluster
	"generate": (*Script).generate, // generate id= t= at= [by=author]
	"store":    (*Script).store,    // store id= at= [by=author] [doc=1]: the pair number doc of this key
	"lookup":   (*Script).lookup,   // lookup id= at= [document=yes]
	"retrieve": (*Script).retrieve, // retrieve id= at= by= [plain=yes] [follow=n1]: meanwhile n1 gets to the newest block
	"grant":    (*Script).permit,   // grant NAME id= [seen=n2,n3]: in a new block, which all nodes or those named have seen
	"revoke":   (*Script).permit,   // revoke NAME id= [seen=]: likewise
	"follow":   (*Script).follow,   // follow n1: it gets to the newest block
	"down":     (*Script).node,     // down n1: kill -9
	"up":       (*Script).node,     // up n1: again, from its records
	"silent":   (*Script).node,     // silent n1: it sends nothing any more
	"blind":    (*Script).node,     // blind n1: it can't read its chain
	"no":       (*Script).node,     // no n1: its oracle always says no
	"yes":      (*Script).node,     // yes n1: its oracle always says yes
	"garbage":  (*Script).node,     // garbage n1: its partials are wrong
	"honest":   (*Script).node,     // honest n1: the end of all that
	"holds":    (*Script).holds,    // holds id=: what each node has on disk
	"given":    (*Script).given,    // given id= t= [document=yes] [without=n3] [missed=n4]: a key that all hold; n3 never heard of it, n4 not of its end
	"redealt":  (*Script).redealt,  // redealt id= round= t= [without=n1]: the key is dealt anew among all; n1 has not heard of it
	"sign":     (*Script).sign,     // sign id= at= by= scheme=ecdsa [hash=1]
	"set":      (*Script).set,      // set n1 n2 n3 [floor=1]: these are the key servers of the next epoch, from 0 on
	"move":     (*Script).move,     // move id= at= [round=]: the key is dealt anew, to the newest set
	"joined":   (*Script).joined,   // joined id= n1 n2: whether the shares of these nodes give the key
	"stock":    (*Script).stock,    // stock id= at= items= [of=1,2,3]: items for ECDSA are dealt ahead, to these shares
	"batch":    (*Script).batch,    // batch ids=1,2 at= by=
	"explain":  (*Script).explain,  // explain id= at= by= [follow=n1]
	"holdings": (*Script).holdings, // holdings ids=1,2 at=
	"newset":   (*Script).newset,   // newset n1 n2: another server set, of these nodes, follows the newest one; the first is of all
	"first":    (*Script).first,    // first n1 n2 n3: these are set 0, and server sets are decided from now on, by orders of admin
	"order":    (*Script).order,    // order n1 n2 at= [number=1] [giveup=yes]: these are to be the set after the newest one, which is given up
	"cancel":   (*Script).cancel,   // cancel at= [number=1]: that order does not count
	"learn":    (*Script).learn,    // learn at=: which sets have followed
	"gather":   (*Script).gather,   // gather at= [few=yes]: listings of the members of the set before, as many as can be had if it was given up
	"hold":     (*Script).hold,     // hold id= at=: who holds the current sharing now
	"plan":     (*Script).plan,     // plan at=: which keys there are, and who holds how many shares of each
	"rehearse": (*Script).rehearse, // rehearse id= at= t= n1 n2: these would be the key servers
	"receipts": (*Script).receipts, // receipts id= at=: of erasure, of the sharing that is known there
	"resolve":  (*Script).resolve,  // resolve id= at=: look up, and decide about attempts that were cut off
	"wallet":   (*Script).account,  // wallet NAME: its requests are a wallet's from now on
	"permit":   (*Script).account,  // permit NAME: so they are, signed by another key with a permit
	"contract": (*Script).account,  // contract NAME: so they are, and the account is a contract
	"withhold": (*Script).cheat,    // withhold n1 Certify Ack: it leaves out these messages
	"lie":      (*Script).cheat,    // lie n1 ECDSAShare: what it says there in a signing is wrong
	"misdeal":  (*Script).cheat,    // misdeal n1: it seals a wrong share to the first member
	"crash":    (*Script).crash,    // crash n1 n2 after=Certify: each goes down once it has sent one
	"messages": (*Script).tell,     // messages on: each message is told from now on, as messages.go describes it; messages off
}

// Do plays one line and returns what it did to the cluster.
func (s *Script) Do(line string) string {
	s.out.Reset()
	words := strings.Fields(line)
	verb, ok := verbs[words[0]]
	if !ok {
		return "no such command\n"
	}
	a := args{named: map[string]string{"verb": words[0]}}
	for _, w := range words[1:] {
		if name, value, ok := strings.Cut(w, "="); ok {
			a.named[name] = value
		} else {
			a.words = append(a.words, w)
		}
	}
	err := verb(s, a)
	s.flush()
	if err != nil {
		fmt.Fprintln(&s.out, err)
	}
	return s.out.String()
}

func (s *Script) nodes(a args) error {
	if len(a.words) != 1 {
		return fmt.Errorf("nodes N")
	}
	n, err := strconv.Atoi(a.words[0])
	if err != nil {
		return err
	}
	s.c = New(n, uint64(a.number("seed", 1)))
	s.c.Log = func(line string) {
		s.flush()
		fmt.Fprintln(&s.out, line)
	}
	s.describe, s.clients, s.traps = newDescriber(s.c), make(map[string]*Client), make(map[*Node]string)
	s.c.Spy = s.hear
	return nil
}

func (s *Script) tell(a args) error {
	if len(a.words) != 1 || a.words[0] != "on" && a.words[0] != "off" {
		return fmt.Errorf("messages on, or messages off")
	}
	s.messages = a.words[0] == "on"
	return nil
}

// hear takes a message that is sent.
func (s *Script) hear(from *Node, env wire.Envelope) {
	text := s.describe.message(env)
	if s.traps[from] == messageName(env.Msg) {
		delete(s.traps, from)
		s.due = append(s.due, from)
	}
	if !s.messages {
		return
	}
	if s.last.from != from.Name || s.last.text != text {
		s.flush()
		s.last = sent{from: from.Name, text: text}
	}
	s.last.to = append(s.last.to, s.c.Name(env.To))
}

// flush tells the last message.
func (s *Script) flush() {
	if s.last.to != nil {
		fmt.Fprintf(&s.out, "  %s → %s: %s\n", s.last.from, strings.Join(s.last.to, " "), s.last.text)
	}
	s.last = sent{}
}

func (a args) number(name string, otherwise int) int {
	n, err := strconv.Atoi(a.named[name])
	if err != nil {
		return otherwise
	}
	return n
}

func (a args) id() wire.KeyID { return KeyID(a.number("id", 1)) }

// find is a node by its name.
func (s *Script) find(name string) (*Node, error) {
	if s.c == nil {
		return nil, fmt.Errorf("no nodes yet")
	}
	for _, n := range s.c.Nodes {
		if n.Name == name {
			return n, nil
		}
	}
	return nil, fmt.Errorf("no node %q", name)
}

func (s *Script) client(a args, otherwise string) *Client {
	if name := a.named["by"]; name != "" {
		otherwise = name
	}
	return s.named(otherwise)
}

// named is the client of a name.
func (s *Script) named(name string) *Client {
	if s.clients[name] == nil {
		s.clients[name] = s.c.NewClient(name)
		s.describe.names[s.clients[name].Address()] = name
	}
	return s.clients[name]
}

// finish lets everything happen and tells the outcome.
func (s *Script) finish(o *Outcome) error {
	before := s.c.ticks
	if err := s.settle(); err != nil {
		return err
	}
	fmt.Fprintf(&s.out, "=> %v", o)
	if passed := s.c.ticks - before; passed > 0 {
		fmt.Fprintf(&s.out, ", after %d ticks", passed)
	}
	fmt.Fprintln(&s.out)
	return nil
}

// settle lets everything happen, and nodes go into their traps.
func (s *Script) settle() error {
	defer s.flush()
	for until := s.c.ticks + patience; len(s.traps) > 0 && s.c.ticks < until && (len(s.c.queue) > 0 || !s.c.idle()); {
		s.c.Steps(1)
		for _, n := range s.due {
			s.c.Down(n)
		}
		s.due = nil
	}
	return s.c.Settle()
}

func (s *Script) generate(a args) error {
	n, err := s.find(a.named["at"])
	if err != nil {
		return err
	}
	return s.finish(s.c.Generate(n, s.client(a, "author"), a.id(), a.number("t", 0)))
}

// document is the pair of a number for a key that some node knows.
func (s *Script) document(key wire.KeyID, number int) (*Document, error) {
	for _, n := range s.c.Nodes {
		if r := n.State(key).Record; r != nil {
			return s.c.Encrypt(r, number), nil
		}
	}
	return nil, fmt.Errorf("no node knows key %v", key)
}

func (s *Script) store(a args) error {
	n, err := s.find(a.named["at"])
	if err != nil {
		return err
	}
	d, err := s.document(a.id(), a.number("doc", 1))
	if err != nil {
		return err
	}
	return s.finish(s.c.Store(n, s.client(a, "author"), a.id(), d))
}

func (s *Script) lookup(a args) error {
	n, err := s.find(a.named["at"])
	if err != nil {
		return err
	}
	return s.finish(s.c.Lookup(n, a.id(), a.named["document"] != ""))
}

func (s *Script) retrieve(a args) error {
	n, err := s.find(a.named["at"])
	if err != nil {
		return err
	}
	o := s.c.Retrieve(n, s.client(a, "alice"), a.id(), a.named["plain"] == "")
	if err := s.meanwhile(a); err != nil {
		return err
	}
	if err := s.finish(o); err != nil || o.Err != nil {
		return err
	}
	d, err := s.document(a.id(), a.number("doc", 1))
	if err != nil {
		return err
	}
	fmt.Fprintf(&s.out, "   decided at block %d by %v; the right document key: %t\n", o.Res.Block.Number, s.names(o.Res.Nodes), o.Key.Equal(d.Key))
	return nil
}

// meanwhile has a node get to the newest block while something is under way.
func (s *Script) meanwhile(a args) error {
	if a.named["follow"] == "" {
		return nil
	}
	s.c.Steps(25)
	return s.follow(args{words: []string{a.named["follow"]}})
}

func (s *Script) names(ids []wire.NodeID) (names []string) {
	for _, id := range ids {
		names = append(names, s.c.Name(id))
	}
	return names
}

func (s *Script) permit(a args) error {
	if len(a.words) != 1 || s.c == nil {
		return fmt.Errorf("grant NAME id=")
	}
	block := s.c.Chain.Set(s.named(a.words[0]).Address(), a.id(), a.named["verb"] == "grant")
	for _, n := range s.c.Nodes {
		if seen, some := a.named["seen"]; !some || strings.Contains(","+seen+",", ","+n.Name+",") {
			s.c.Follow(n, block)
		}
	}
	fmt.Fprintf(&s.out, "block %d\n", block)
	return nil
}

func (s *Script) follow(a args) error {
	for _, name := range a.words {
		n, err := s.find(name)
		if err != nil {
			return err
		}
		s.c.Follow(n, s.c.Chain.blocks)
	}
	return nil
}

func (s *Script) node(a args) error {
	for _, name := range a.words {
		n, err := s.find(name)
		if err != nil {
			return err
		}
		switch a.named["verb"] {
		case "down":
			s.c.Down(n)
		case "up":
			s.c.Restart(n)
		case "silent":
			n.Mutate = Silent
		case "blind":
			n.Blind = true
		case "no":
			n.Oracle = Says(session.Refused)
		case "yes":
			n.Oracle = Says(session.Granted)
		case "garbage":
			n.Mutate = ChangingPartial(n, func(m *wire.Partial) { m.Part[190] ^= 1 })
		case "honest":
			n.Mutate, n.Oracle, n.Blind = nil, nil, false
		}
	}
	return nil
}

func (s *Script) holds(a args) error {
	if s.c == nil {
		return fmt.Errorf("no nodes yet")
	}
	for _, n := range s.c.Nodes {
		state := n.State(a.id())
		what := []string{}
		add := func(held bool, name string) {
			if held {
				what = append(what, name)
			}
		}
		add(state.Record != nil, "key")
		if r := state.Record; r != nil && r.Moved != nil {
			add(true, fmt.Sprintf("epoch %d, round %d, t=%d", r.Setup.Slot().Epoch, r.Setup.Slot().Round, r.Setup.Threshold))
		}
		add(state.Share != nil, "share")
		for _, f := range state.Former {
			add(state.FormerShare(f) != nil, fmt.Sprintf("former share of epoch %d, round %d", f.Record.Setup.Slot().Epoch, f.Record.Setup.Slot().Round))
		}
		add(state.Attempt != nil, "attempt")
		add(state.Promise != nil, "promise")
		add(state.Document != nil, "document key")
		fmt.Fprintf(&s.out, "%s: %s\n", n.Name, strings.Join(what, ", "))
	}
	return nil
}

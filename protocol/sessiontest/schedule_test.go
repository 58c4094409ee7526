package sessiontest

import (
	"flag"
	"fmt"
	"slices"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

var oneSeed = flag.Uint64("seed", 0, "play this one schedule, with its log under -v")

// Some hundreds of lives of a cluster: keys are generated and document keys stored by
// several at once, while messages are lost, repeated and overtaken and nodes go down
// at what they save; reads run against grants, revocations and Byzantine holders. What
// may fail may fail. What must never happen is watched at every step, and when peace
// returns everything works.
func TestSchedules(t *testing.T) {
	if *oneSeed != 0 {
		playSchedule(t, *oneSeed)
		return
	}
	count := uint64(400)
	if testing.Short() {
		count = 60
	}
	ends := make(map[string]int)
	for seed := uint64(1); seed <= count; seed++ {
		for _, o := range playSchedule(t, seed) {
			ends[o.kind()]++
		}
		if t.Failed() {
			t.Fatalf("seed %d: run with -run TestSchedules -seed %d -v", seed, seed)
		}
	}
	t.Log(ends)
	// A schedule in which nothing ever works, or everything does, would show nothing.
	for _, want := range []string{"read", "ok", "crashed", wire.Denied.String(), wire.KeyNotFound.String(), wire.DocumentExists.String()} {
		if ends[want] == 0 {
			t.Errorf("not once in %d schedules: %s", count, want)
		}
	}
}

// kind is how a request ended, for the count.
func (o *Outcome) kind() string {
	switch {
	case !o.Done:
		return "crashed"
	case o.Err != nil:
		return o.Reason().String()
	case o.Key != nil:
		return "read"
	}
	return "ok"
}

// schedule is one life.
type schedule struct {
	*Cluster
	t         *testing.T
	author    *Client
	readers   []*Client
	key       wire.KeyID
	threshold int
	evil      []*Node
	outcomes  []*Outcome
	documents []*Document
}

func playSchedule(t *testing.T, seed uint64) []*Outcome {
	s := &schedule{Cluster: New(2+int(seed%4), seed), t: t, key: KeyID(1)}
	s.threshold = s.rng.IntN(len(s.Nodes))
	s.author = s.NewClient("author")
	s.readers = []*Client{s.NewClient("alice"), s.NewClient("bob")}
	if *oneSeed != 0 && testing.Verbose() {
		s.Log = func(line string) { t.Log(line) }
	}
	s.trouble()
	s.peace()
	if err := s.verdict(); err != nil {
		t.Errorf("seed %d: %v", seed, err)
	}
	return s.outcomes
}

// trouble is what happens while everything goes wrong.
func (s *schedule) trouble() {
	s.Chaos = &Chaos{Drop: s.rng.IntN(5), Duplicate: s.rng.IntN(5), Tick: s.rng.IntN(3), Crash: s.rng.IntN(30), MaxCrashes: 3}
	for range 12 + s.rng.IntN(12) {
		s.something()
		s.Steps(s.rng.IntN(120))
	}
	s.must(s.Settle())
}

func (s *schedule) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatalf("seed %d: %v", s.seed, err)
	}
}

func (s *schedule) any() *Node { return s.Nodes[s.rng.IntN(len(s.Nodes))] }

// record is the confirmed key, if some node knows it.
func (s *schedule) record() *wire.KeyRecord {
	for _, n := range s.Nodes {
		if r := n.State(s.key).Record; r != nil && r.Confirmed() {
			return r
		}
	}
	return nil
}

// something is one thing that clients, operators, the chain or nodes do.
func (s *schedule) something() {
	n := s.any()
	switch pick := s.rng.IntN(10); {
	case !n.Up:
		s.Restart(n)
	case pick < 3:
		s.outcomes = append(s.outcomes, s.Generate(n, s.author, s.key, s.threshold))
	case pick < 5:
		if r := s.record(); r != nil {
			s.outcomes = append(s.outcomes, s.Store(n, s.author, s.key, s.pair(r)))
		}
	case pick < 8:
		s.outcomes = append(s.outcomes, s.Retrieve(n, s.readers[s.rng.IntN(2)], s.key, s.rng.IntN(3) > 0))
	case pick < 9:
		block := s.Chain.Set(s.readers[s.rng.IntN(2)].Address(), s.key, s.rng.IntN(3) > 0)
		for _, n := range s.Nodes {
			if s.rng.IntN(4) > 0 {
				s.Follow(n, block)
			}
		}
	default:
		s.turn(n)
	}
}

// pair is one of two document keys that compete.
func (s *schedule) pair(r *wire.KeyRecord) *Document {
	d := s.Encrypt(r, s.rng.IntN(2))
	s.documents = append(s.documents, d)
	return d
}

// turn makes a holder Byzantine, at most t of them: beyond that nothing is promised.
func (s *schedule) turn(n *Node) {
	if len(s.evil) >= s.threshold || slices.Contains(s.evil, n) {
		return
	}
	s.evil = append(s.evil, n)
	switch s.rng.IntN(6) {
	case 0:
		n.Mutate = Changing(func(m *wire.Partial) { m.Part[s.rng.IntN(len(m.Part))] ^= 1 })
	case 1:
		n.Mutate = Answering[*wire.Partial](&wire.NewerHead{Head: Block(s.Chain.blocks + 5)})
	case 2:
		n.Oracle = Says(session.Refused)
	case 3:
		n.Oracle = Says(session.Granted)
	case 4:
		n.Mutate = Changing(func(m *wire.StorePromise) { m.Signature[3] ^= 1 })
	case 5:
		n.Mutate = Changing(func(m *wire.Known) { m.Record, m.Document, m.Promise = nil, nil, nil })
	}
}

// peace brings everybody up and back, and expects everything to work.
func (s *schedule) peace() {
	s.Chaos, s.crash.save = nil, 0
	for _, n := range s.Nodes {
		n.Mutate, n.Oracle = nil, nil
		s.Restart(n)
		s.Follow(n, s.Chain.blocks)
	}
	for i, o := range s.outcomes {
		s.checkRead(fmt.Sprintf("outcome %d", i), o)
	}
	s.peacefulKey()
	d := s.peacefulDocument()
	if d == nil {
		return
	}
	block := s.Chain.Set(s.readers[0].Address(), s.key, true)
	for _, n := range s.Nodes {
		s.Follow(n, block)
	}
	for _, n := range s.Nodes {
		o := s.Retrieve(n, s.readers[0], s.key, true)
		s.must(s.Settle())
		if o.Err != nil || !o.Key.Equal(d.Key) {
			s.t.Errorf("seed %d: reading through %s in peace: %v", s.seed, n.Name, o)
		}
	}
}

// checkRead wants what was released to be a document key that was stored.
func (s *schedule) checkRead(what string, o *Outcome) {
	if o.Key == nil {
		return
	}
	if !slices.ContainsFunc(s.documents, func(d *Document) bool { return d.Key.Equal(o.Key) }) {
		s.t.Errorf("seed %d: %s released a document key that nobody stored", s.seed, what)
	}
}

// peacefulKey generates the key, unless there is one.
func (s *schedule) peacefulKey() {
	o := s.Generate(s.Nodes[0], s.author, s.key, s.threshold)
	s.must(s.Settle())
	if o.Err != nil && o.Reason() != wire.KeyExists {
		s.t.Errorf("seed %d: generating in peace: %v", s.seed, o)
	}
	for _, n := range s.Nodes {
		if l := s.Lookup(n, s.key, false); l.Run != nil {
			s.must(s.Settle())
		}
	}
}

// peacefulDocument stores the pair that can be stored and returns it. Two pairs that
// the author had stored at once may be promised by half of the holders each: then
// neither can ever be certified, which is the author's doing.
func (s *schedule) peacefulDocument() *Document {
	r := s.record()
	if r == nil {
		s.t.Errorf("seed %d: no key in peace", s.seed)
		return nil
	}
	for number := range 2 {
		d := s.Encrypt(r, number)
		o := s.Store(s.Nodes[0], s.author, s.key, d)
		s.must(s.Settle())
		if o.Err != nil && o.Reason() != wire.DocumentExists {
			s.t.Errorf("seed %d: storing in peace: %v", s.seed, o)
		}
		if s.certified(d) {
			return d
		}
	}
	if !s.split() {
		s.t.Errorf("seed %d: neither pair can be stored", s.seed)
	}
	return nil
}

func (s *schedule) certified(d *Document) bool {
	return slices.ContainsFunc(s.Nodes, func(n *Node) bool {
		held := n.State(s.key).Document
		return held != nil && held.Common == d.Common
	})
}

// split tells whether both pairs are promised.
func (s *schedule) split() bool {
	pairs := make(map[wire.Point]int)
	for _, n := range s.Nodes {
		if p := n.State(s.key).Promise; p != nil {
			pairs[p.Common]++
		}
	}
	return len(pairs) > 1
}

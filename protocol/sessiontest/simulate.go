package sessiontest

import (
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// simulation is a cluster's life as a seed gives it: clients that generate, store, read, sign
// and look up, often the same ids at once; a chain that grants and revokes, and heads
// that differ; links that are slow, break and come back; nodes that freeze, crash at what
// they save and come up from their records; up to t of them Byzantine. Then peace, in
// which everything must work.
//
//	world ─► trouble ─► heal ─► peace
//	          watched at every step: watch.go, judge.go
type simulation struct {
	*Cluster
	climate   Chaos
	threshold int
	authors   []*Client
	readers   []*Client
	keys      []wire.KeyID
	evil      []*Node
	overheard []wire.Envelope // by all of these, to be replayed
	requests  []*request
	documents map[wire.KeyID][]*Document
	told      map[wire.KeyID]wire.SessionID // keys that some client was told of, by version
	stored    map[wire.KeyID]*Document      // document keys that an author was told are stored
	ends      map[string]int                // how requests ended, for the count
	changes   *changes                      // nil: the server set stays as it is
	trail     trail
}

// trail keeps the last lines of what happened.
type trail []string

// trailLength is how much history a failure shows.
const trailLength = 60

func (t *trail) add(line string) {
	if *t = append(*t, line); len(*t) > 16*trailLength {
		*t = append((*t)[:0], (*t)[len(*t)-trailLength:]...)
	}
}

func (t trail) String() string {
	return "  " + strings.Join(t[max(0, len(t)-trailLength):], "\n  ")
}

// Simulate lives the life of a seed and tells how its requests ended, by outcome. An
// error names what was violated, with the end of the history. log, if not nil, takes a
// line for everything that happens.
func Simulate(seed uint64, log func(string)) (ends map[string]int, err error) {
	return simulate(newSimulation(seed), log)
}

func simulate(s *simulation, log func(string)) (ends map[string]int, err error) {
	s.Log = func(line string) {
		s.trail.add(line)
		if log != nil {
			log(line)
		}
	}
	s.Trace = s.Log
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
		if err != nil {
			err = fmt.Errorf("%w\n%s\n%v", err, s, s.trail)
		}
	}()
	if err := s.live(); err != nil {
		return nil, err
	}
	for _, b := range s.Faults() {
		if b.By.honest() && b.Evidence != nil {
			s.ends["convicted: "+b.Evidence.Kind().String()]++
		}
	}
	return s.ends, nil
}

func newSimulation(seed uint64) *simulation {
	sizes := []int{1, 2, 3, 4, 4, 4, 4, 5, 6, 7}
	s := newWorldOf(sizes[seed%uint64(len(sizes))], seed)
	n := len(s.Nodes)
	if s.threshold = s.rng.IntN(n); n == 4 && s.rng.IntN(3) > 0 {
		s.threshold = 1 + s.rng.IntN(2)
	}
	if s.rng.IntN(2) == 0 {
		s.corrupt()
	}
	if s.rng.IntN(2) == 0 { // some of what can happen to a key takes one
		s.Deal(s.keys[0], s.threshold, s.authors[0], s.Nodes)
	}
	return s
}

// newWorldOf has everything but a threshold, and all are honest.
func newWorldOf(n int, seed uint64) *simulation {
	c := New(n, seed)
	s := &simulation{Cluster: c, documents: make(map[wire.KeyID][]*Document), ends: make(map[string]int),
		told: make(map[wire.KeyID]wire.SessionID), stored: make(map[wire.KeyID]*Document)}
	s.authors = []*Client{c.NewClient("author"), c.NewClient("rival")}
	s.readers = []*Client{c.NewClient("alice"), c.NewClient("bob")}
	c.DealAtOnce = c.rng.IntN(4)
	for _, client := range append(s.authors, s.readers...) {
		client.Wallet = s.rng.IntN(2) == 0
	}
	for i := range 1 + c.rng.IntN(2) {
		s.keys = append(s.keys, KeyID(i+1))
	}
	s.climate = s.weather()
	c.Chaos = &s.climate
	return s
}

// weather is how unkind this life is. Most have links as devp2p has them; in some any
// message overtakes any other, and messages come twice.
func (s *simulation) weather() Chaos {
	pick := func(choices ...int) int { return choices[s.rng.IntN(len(choices))] }
	ch := Chaos{Links: true, Tick: pick(0, 1, 3, 10, 30), Break: pick(0, 0, 2, 10), Crash: pick(0, 0, 5, 20), MaxCrashes: pick(1, 3, 10)}
	if s.rng.IntN(4) == 0 {
		ch.Links, ch.Duplicate = false, pick(0, 3, 10)
	}
	return ch
}

// String tells the world.
func (s *simulation) String() string {
	names := []string{}
	for _, n := range s.evil {
		names = append(names, n.Name)
	}
	return fmt.Sprintf("n=%d t=%d, %d ids, weather %+v, Byzantine %v", len(s.Nodes), s.threshold, len(s.keys), s.climate, names)
}

func (s *simulation) live() error {
	if err := s.trouble(); err != nil {
		return err
	}
	if err := s.heal(); err != nil {
		return err
	}
	return s.peace()
}

// trouble is the time when everything goes wrong.
func (s *simulation) trouble() error {
	for range 10 + s.rng.IntN(40) {
		s.something()
		happen, times := func() { s.Steps(1) }, 150
		if s.rng.IntN(20) == 0 { // nothing for a long time, say because messages are stuck
			happen, times = s.Tick, 500
		}
		for range s.rng.IntN(times) {
			happen()
			if err := s.look(); err != nil {
				return err
			}
		}
	}
	return nil
}

// look checks what clients have been told.
func (s *simulation) look() error {
	for _, q := range s.requests {
		s.judge(q)
	}
	return s.verdict()
}

func (s *simulation) any() *Node { return s.Nodes[s.rng.IntN(len(s.Nodes))] }

func (s *simulation) anyKey() wire.KeyID { return s.keys[s.rng.IntN(len(s.keys))] }

func (s *simulation) author() *Client { return s.authors[min(1, s.rng.IntN(5)/4)] }

func (s *simulation) reader() *Client { return s.readers[s.rng.IntN(len(s.readers))] }

// something is one thing that clients, operators, the chain or the network do.
func (s *simulation) something() {
	if s.changes != nil && s.rng.IntN(3) > 0 {
		s.changes.something()
		return
	}
	switch pick := s.rng.IntN(100); {
	case pick < 60:
		s.request()
	case pick < 70:
		s.permit()
	case pick < 75:
		s.cancel()
	default:
		s.disturb()
	}
}

// request has a client ask something of a node.
func (s *simulation) request() {
	n, key := s.any(), s.anyKey()
	if !n.Up || n.Frozen {
		s.recover(n)
		return
	}
	q := &request{node: n, key: key, client: s.author(), threshold: s.threshold, heads: s.lowestHead(), begun: s.ticks,
		known: s.told[key] != wire.SessionID{}, stored: s.stored[key] != nil}
	switch pick := s.rng.IntN(100); {
	case pick < 35:
		if s.changes == nil && s.rng.IntN(4) == 0 { // a key of more could not move into a smaller set
			q.threshold = len(s.evil) + s.rng.IntN(len(s.Nodes)-len(s.evil))
		}
		q.what, q.outcome = "generate", s.Generate(n, q.client, key, q.threshold)
	case pick < 60 && s.record(key) != nil:
		q.document = s.pair(s.record(key))
		q.what, q.outcome = "store", s.Store(n, q.client, key, q.document)
	case pick < 78 && s.record(key) != nil:
		s.sign(*q)
		return
	case pick < 92:
		q.client = s.reader()
		q.what, q.outcome = "retrieve", s.Retrieve(n, q.client, key, s.rng.IntN(3) > 0)
	default:
		q.what, q.outcome = "lookup", s.Lookup(n, key, s.rng.IntN(2) == 0)
	}
	s.ask(q)
}

// sign has some hashes signed at once, by any scheme, mostly for somebody who may. Parity's
// signature does for two schemes.
func (s *simulation) sign(q request) {
	q.what, q.client = "sign", s.reader()
	if s.rng.IntN(4) > 0 && !s.Chain.Allowed(q.client.Address(), q.key, s.Chain.blocks) {
		block := s.Chain.Set(q.client.Address(), q.key, true)
		s.logf("block %d", block)
		for _, n := range s.Nodes {
			s.Follow(n, block)
		}
	}
	for range 1 + s.rng.IntN(4) {
		scheme := wire.Schemes[s.rng.IntN(len(wire.Schemes))]
		if !q.client.Wallet && scheme != wire.ECDSA {
			scheme = wire.Schnorr
		}
		one := q
		one.outcome = s.Signature(q.node, q.client, q.key, scheme, common.Hash{1, byte(s.rng.IntN(4))})
		s.ask(&one)
	}
}

// ask takes a request into the history.
func (s *simulation) ask(q *request) {
	s.logf("%s asks %s to %s key %x with threshold %d", q.client.Name, q.node.Name, q.what, q.key[31], q.threshold)
	s.requests = append(s.requests, q)
	s.judge(q)
}

// record is the confirmed key, if some node knows it: the latest sharing.
func (s *simulation) record(key wire.KeyID) *wire.KeyRecord { return s.current(key) }

// good tells whether a node is honest in this life, from its beginning to its end.
func (s *simulation) good(n *Node) bool { return !slices.Contains(s.evil, n) }

// pair is one of two document keys that compete for an id.
func (s *simulation) pair(r *wire.KeyRecord) *Document {
	d, key := s.Encrypt(r, 2*int(r.Setup.Key[31])+s.rng.IntN(2)), r.Setup.Key
	if !slices.ContainsFunc(s.documents[key], func(o *Document) bool { return o.Common == d.Common }) {
		s.documents[key] = append(s.documents[key], d)
	}
	return d
}

// permit changes a permission in a new block, which some nodes see sooner than others.
func (s *simulation) permit() {
	block := s.Chain.Set(s.reader().Address(), s.anyKey(), s.rng.IntN(3) > 0)
	s.logf("block %d", block)
	for _, n := range s.Nodes {
		if s.rng.IntN(3) > 0 {
			s.Follow(n, block)
		}
	}
}

func (s *simulation) lowestHead() uint64 {
	lowest := s.Nodes[0].Head
	for _, n := range s.Nodes {
		lowest = min(lowest, n.Head)
	}
	return lowest
}

// cancel takes a client away.
func (s *simulation) cancel() {
	for _, q := range s.requests {
		if r := q.outcome.Run; r != nil && !r.Ended && !r.Node.Frozen && s.rng.IntN(3) == 0 {
			s.logf("%s gives up to %s at %s", q.client.Name, q.what, q.node.Name)
			q.cancelled = true
			s.Cancel(r)
			return
		}
	}
}

// disturb is what operators and the network do.
func (s *simulation) disturb() {
	n, other := s.any(), s.any()
	switch pick := s.rng.IntN(10); {
	case pick < 1:
		s.Down(n)
	case pick < 2:
		s.logf("%s freezes", n.Name)
		n.Frozen = n.Up
	case pick < 4:
		s.Cut(n, other)
	case pick < 5:
		s.partition()
	case pick < 6:
		n.Blind = !n.Blind
		s.logf("%s is blind: %t", n.Name, n.Blind)
	case pick < 7:
		s.Follow(n, s.Chain.blocks)
	case pick < 8:
		s.mend()
	default:
		s.recover(n)
	}
}

// recover brings a node up, unless it is lost.
func (s *simulation) recover(n *Node) {
	if s.changes != nil && s.changes.isLost(n) {
		return
	}
	s.Restart(n)
	n.Frozen = false
}

// partition cuts the cluster in two.
func (s *simulation) partition() {
	side := make([]bool, len(s.Nodes))
	for i := range side {
		side[i] = s.rng.IntN(2) == 0
	}
	for i, a := range s.Nodes {
		for j, b := range s.Nodes[:i] {
			if side[i] != side[j] {
				s.Cut(a, b)
			}
		}
	}
}

// mend mends all links.
func (s *simulation) mend() {
	for i, a := range s.Nodes {
		for _, b := range s.Nodes[:i] {
			s.Join(a, b)
		}
	}
}

// heal ends the trouble: all are up, connected and honest, and what still runs comes to
// its end.
func (s *simulation) heal() error {
	s.logf("peace")
	s.Chaos, s.crash = &Chaos{Links: true}, crashPoint{}
	s.mend()
	if s.changes != nil {
		s.changes.lost = nil
	}
	for _, n := range s.Nodes {
		n.Mutate, n.Oracle, n.Blind = nil, nil, false
		s.recover(n)
		s.Follow(n, s.Chain.blocks)
	}
	if err := s.Settle(); err != nil {
		return err
	}
	for _, q := range s.requests {
		if s.judge(q); !q.outcome.Done && (q.outcome.Run == nil || !errors.Is(q.outcome.Run.Err, ErrCrashed)) {
			return fmt.Errorf("%s gets no answer from %s to: %s", q.client.Name, q.node.Name, q.what)
		}
	}
	return s.verdict()
}

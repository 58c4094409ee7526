package generation_test

import (
	"errors"
	"reflect"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/dealing"
	"github.com/geth-ss/geth-ss/protocol/items"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// recorder keeps all that is said in dealings, and what every node has drawn for them.
type recorder struct {
	*sessiontest.Cluster
	t        *testing.T
	sessions map[wire.SessionID]*recording
	drawn    map[*sessiontest.Node][]drawnSecrets
}

// recording is one session's.
type recording struct {
	key     *wire.Setup // what is dealt: a key,
	items   *wire.DealSetup
	commits map[uint32]*wire.Commit
	reveals map[uint32]*wire.Reveal
	secrets map[uint32]*secp256k1.Scalar // of static and one-time keys, for the counter-check
}

func record(t *testing.T, c *sessiontest.Cluster) *recorder {
	r := &recorder{Cluster: c, t: t, sessions: make(map[wire.SessionID]*recording), drawn: make(map[*sessiontest.Node][]drawnSecrets)}
	c.Spy = func(from *sessiontest.Node, env wire.Envelope) {
		s := r.sessions[env.Session]
		if s == nil {
			s = &recording{commits: make(map[uint32]*wire.Commit), reveals: make(map[uint32]*wire.Reveal), secrets: make(map[uint32]*secp256k1.Scalar)}
			r.sessions[env.Session] = s
		}
		switch m := env.Msg.(type) {
		case *wire.Init:
			s.key = &m.Setup
		case *wire.Deal:
			s.items = &m.Setup
		case *wire.Commit:
			r.commit(s, from, env.Session, m)
		case *wire.Reveal:
			s.reveals[m.Index] = m
		case *wire.Evidence: // items: also the coordinator's
			for i := range m.Commits {
				r.commit(s, from, env.Session, &m.Commits[i])
			}
			for i := range m.Reveals {
				s.reveals[m.Reveals[i].Index] = &m.Reveals[i]
			}
		}
	}
	return r
}

// commit notes what a node has drawn when it says so.
func (r *recorder) commit(s *recording, from *sessiontest.Node, id wire.SessionID, m *wire.Commit) {
	if s.commits[m.Index] != nil || s.member(m.Index) != from.ID() {
		return
	}
	machine := from.Machine(id)
	if machine == nil {
		return
	}
	s.commits[m.Index] = m
	d := drawnBy(machine)
	r.drawn[from] = append(r.drawn[from], d)
	if sum, err := d.once.With(stolen(from)); err == nil {
		s.secrets[m.Index] = sum
	}
}

// drawnSecrets is what a machine has drawn for an attempt, and may still hold.
type drawnSecrets struct {
	once *threshold.OneTimeKey
	hand *dealing.Hand // nil where the machine does not hold it beyond a step
}

// drawnBy is that of a machine, of whatever kind, that has just sent its commit. No room hands its secrets out: it looks
// into their fields.
func drawnBy(m session.Machine) drawnSecrets {
	v := reflect.ValueOf(m).Elem()
	if run := v.FieldByName("run"); run.IsValid() { // of a generation
		v = run.Elem()
	}
	d := drawnSecrets{once: (*threshold.OneTimeKey)(v.FieldByName("once").UnsafePointer())}
	if hand := v.FieldByName("hand"); hand.IsValid() {
		d.hand = (*dealing.Hand)(hand.UnsafePointer())
	}
	return d
}

// gone tells whether nothing can be opened with it, nor dealt from it.
func (d drawnSecrets) gone() bool {
	_, err := d.once.With(secp256k1.NewScalar(1))
	return errors.Is(err, threshold.ErrOneTimeErased) && (d.hand == nil || d.hand.Erased())
}

func (s *recording) member(index uint32) wire.NodeID {
	if s.items != nil {
		return s.items.Members[index-1]
	}
	return s.key.Members[index-1]
}

// terms are what was dealt, and where a member's shares lie.
func (s *recording) terms(index uint32) (threshold.Plan, threshold.Index) {
	if s.items != nil {
		return threshold.ECDSAPlan(int(s.items.Threshold), int(s.items.Items)), threshold.Index(s.items.Set[index-1])
	}
	return threshold.Plan{{Degree: int(s.key.Threshold)}}, threshold.Index(index)
}

func noErr(err error) {
	if err != nil {
		panic(err)
	}
}

// stolen is a nodekey.
func stolen(n *sessiontest.Node) *secp256k1.Scalar {
	secret, err := secp256k1.FromPrivateKey(n.PrivateKey())
	if err != nil {
		panic(err)
	}
	return secret
}

// opens tells whether a secret opens the shares that a member has dealt to another, under any key that they may be
// sealed to and by the rules of any version.
func (s *recording) opens(id wire.SessionID, dealer, receiver uint32, secret *secp256k1.Scalar) bool {
	plan, from := s.terms(dealer)
	_, at := s.terms(receiver)
	d := s.reveals[dealer].Dealing
	var points []byte
	for i := range d.Commitments {
		points = append(points, d.Commitments[i][:]...)
	}
	commitments, err := plan.Parse(points)
	noErr(err)
	e, err := threshold.ParseEphemeral(d.Ephemeral[:])
	noErr(err)
	sealed, err := threshold.ParseSealedShares(d.Shares[int(receiver-1)*plan.Scalars():][:plan.Scalars()])
	noErr(err)
	static := point(wire.Point(s.member(receiver)))
	to := static.Plus(point(wire.Point(s.commits[receiver].Key[:64])))
	for _, verify := range []func([32]byte, threshold.Coordinate) (*threshold.Channel, error){e.Verify, e.VerifyFormer} {
		channel, err := verify(id, from)
		noErr(err)
		for _, key := range []*secp256k1.Point{static, to, secp256k1.BaseMul(secret)} {
			column, err := channel.Open(at, secret, key, sealed)
			noErr(err)
			if plan.Verify(column, at, commitments) == nil {
				return true
			}
		}
	}
	return false
}

// Who has kept all that was said in a generation, and in dealings of items, and later comes by every nodekey, opens no share
// with them. With a one-time key, which is gone by then, it would. In ss/1 each nodekey opened its node's shares.
func TestStolenNodeKeys(t *testing.T) {
	c := sessiontest.New(4, 1)
	r := record(t, c)
	o := c.Generate(c.Nodes[0], c.NewClient("author"), sessiontest.KeyID(1), 1)
	must(t, c.Settle())
	if o.Err != nil {
		t.Fatal(o.Err)
	}
	env := c.Nodes[0].Env()
	d, err := items.NewDealing(env, c.Nodes[0].Lend, items.GroupOf(o.Record), []uint32{1, 2, 4}, 2)
	must(t, err)
	c.Begin(c.Nodes[0], wire.KindDeal, wire.KeyID{}, d, nil)
	must(t, c.Settle())
	if len(d.Items()) != 2 {
		t.Fatal("no items were dealt")
	}
	tried := 0
	for id, s := range r.sessions {
		for dealer := range s.reveals {
			for receiver := range s.reveals {
				for _, n := range c.Nodes {
					if s.opens(id, dealer, receiver, stolen(n)) {
						t.Errorf("%s's nodekey opens what member %d has dealt to %d", n.Name, dealer, receiver)
					}
				}
				if !s.opens(id, dealer, receiver, s.secrets[receiver]) {
					t.Errorf("what member %d has dealt to %d can't be opened at all", dealer, receiver)
				}
				tried++
			}
		}
	}
	if tried != 4*4+3*3 {
		t.Errorf("%d columns were tried", tried)
	}
	r.wantGone()
}

// wantGone wants nothing of what was drawn to be left, but for what went with the memory of those that crashed.
func (r *recorder) wantGone(crashed ...*sessiontest.Node) {
	r.t.Helper()
	count := 0
	for n, all := range r.drawn {
		for i, d := range all {
			count++
			if !d.gone() && !contains(crashed, n) {
				r.t.Errorf("%s still holds what it has drawn for dealing %d", n.Name, i)
			}
		}
	}
	if count == 0 {
		r.t.Error("nothing was drawn")
	}
}

func contains(all []*sessiontest.Node, n *sessiontest.Node) bool {
	for _, other := range all {
		if other == n {
			return true
		}
	}
	return false
}

// One-time keys, and what is dealt from, are gone at each kind of end of a generation, at everybody, and were not before.
func TestOneTimeKeysAreGone(t *testing.T) {
	stops := session.Cancel{Err: errors.New("the node stops")}
	for name, c := range map[string]struct {
		do      func(g *generating, o *sessiontest.Outcome)
		crashed int // which node, from 1 on
	}{
		"it succeeds":      {func(g *generating, o *sessiontest.Outcome) {}, 0},
		"a client is gone": {func(g *generating, o *sessiontest.Outcome) { g.Cancel(o.Run) }, 0},
		"a member stops":   {func(g *generating, o *sessiontest.Outcome) { g.Give(g.Nodes[1], stops) }, 0},
		"all stop": {func(g *generating, o *sessiontest.Outcome) {
			g.Give(g.Nodes[0], stops)
			g.Give(g.Nodes[1], stops)
			g.Give(g.Nodes[2], stops)
			g.Give(g.Nodes[3], stops)
		}, 0},
		"a member crashes":  {func(g *generating, o *sessiontest.Outcome) { g.Down(g.Nodes[1]) }, 2},
		"initiator crashes": {func(g *generating, o *sessiontest.Outcome) { g.Down(g.Nodes[0]) }, 1},
		"a link breaks":     {func(g *generating, o *sessiontest.Outcome) { g.Cut(g.Nodes[0], g.Nodes[1]) }, 0},
		"a member hangs":    {func(g *generating, o *sessiontest.Outcome) { g.Nodes[1].Frozen = true; g.freeze(1) }, 0},
		"one goes first":    {func(g *generating, o *sessiontest.Outcome) { g.Generate(g.Nodes[3], g.author, g.key, 1) }, 0},
		"it has to yield": {func(g *generating, o *sessiontest.Outcome) {
			for _, n := range g.Nodes {
				g.Give(n, session.Yield{})
			}
		}, 0},
		"another attempt turns up": {func(g *generating, o *sessiontest.Outcome) {
			r := g.Deal(g.key, 1, g.author, g.Nodes, g.Nodes...)
			g.Inject(g.Nodes[2], wire.Envelope{To: g.Nodes[0].ID(), Session: o.Run.Machine.ID(), Msg: &wire.Conflict{Setup: r.Setup}})
		}, 0},
		"the key turns up": {func(g *generating, o *sessiontest.Outcome) {
			r := g.Deal(g.key, 1, g.author, g.Nodes, g.Nodes...)
			g.Inject(g.Nodes[2], wire.Envelope{To: g.Nodes[0].ID(), Session: o.Run.Machine.ID(), Msg: &wire.Adopt{Record: *r}})
		}, 0},
		"what is promised can't be saved": {func(g *generating, o *sessiontest.Outcome) {
			for _, n := range g.Nodes { // bound to something else meanwhile
				n.Put(wire.Record{Op: wire.Put, Kind: wire.RecordOutcome, Key: g.key, Value: make([]byte, 32)})
			}
		}, 0},
		"a share is bad": {func(g *generating, o *sessiontest.Outcome) {
			cheating(g.Nodes[2], changingReveal(func(m *wire.Reveal) {
				m.Dealing.Shares = append([][32]byte(nil), m.Dealing.Shares...)
				m.Dealing.Shares[1][31] ^= 1
			}))
		}, 0},
		"somebody is silent": {func(g *generating, o *sessiontest.Outcome) { g.Nodes[2].Mutate = sessiontest.Silent }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			for _, phase := range []string{"committing", "revealing", "certifying"} {
				g := newGenerating(t, 4, 3)
				r := record(t, g.Cluster)
				o := g.Generate(g.Nodes[0], g.author, g.key, 1)
				g.until(g.Nodes[1], o, phase)
				before := r.drawn[g.Nodes[1]]
				if len(before) != 1 || before[0].gone() != (phase == "certifying") {
					t.Fatalf("while %s: %d drawn, gone: %t", phase, len(before), len(before) == 1 && before[0].gone())
				}
				c.do(g, o)
				_ = g.Settle() // with records that no node has written, a node may be seen to forget
				if c.crashed != 0 {
					r.wantGone(g.Nodes[c.crashed-1])
				} else {
					r.wantGone()
				}
			}
		})
	}
}

// freeze thaws a node again after everybody else has given up on it.
func (g *generating) freeze(i int) {
	for range 6 * session.TicksPerSecond {
		g.Tick()
		g.Steps(20)
	}
	g.Nodes[i].Frozen = false
}

// The same of dealings of items.
func TestOneTimeKeysOfItemsAreGone(t *testing.T) {
	for name, c := range map[string]struct {
		do      func(c *sessiontest.Cluster, r *sessiontest.Run)
		crashed int
	}{
		"it succeeds":         {func(*sessiontest.Cluster, *sessiontest.Run) {}, 0},
		"it is not needed":    {func(c *sessiontest.Cluster, r *sessiontest.Run) { c.Cancel(r) }, 0},
		"a member crashes":    {func(c *sessiontest.Cluster, r *sessiontest.Run) { c.Down(c.Nodes[1]) }, 2},
		"coordinator crashes": {func(c *sessiontest.Cluster, r *sessiontest.Run) { c.Down(c.Nodes[0]) }, 1},
		"a link breaks":       {func(c *sessiontest.Cluster, r *sessiontest.Run) { c.Cut(c.Nodes[0], c.Nodes[1]) }, 0},
		"somebody is silent":  {func(c *sessiontest.Cluster, r *sessiontest.Run) { c.Nodes[2].Mutate = sessiontest.Silent }, 0},
		"a member stops": {func(c *sessiontest.Cluster, r *sessiontest.Run) {
			c.Give(c.Nodes[1], session.Cancel{Err: errors.New("the node stops")})
		}, 0},
		"a share is bad": {func(c *sessiontest.Cluster, r *sessiontest.Run) {
			c.Nodes[2].Mutate = func(env wire.Envelope) []wire.Envelope {
				if m, ok := env.Msg.(*wire.Reveal); ok {
					bad := *m
					bad.Dealing.Shares = append([][32]byte(nil), m.Dealing.Shares...)
					bad.Dealing.Shares[12][31] ^= 1
					bad.Signature = c.Nodes[2].NodeKey().Sign(bad.Digest(env.Session))
					env.Msg = &bad
				}
				return []wire.Envelope{env}
			}
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			for steps := range 12 {
				cl := sessiontest.New(4, 1)
				r := record(t, cl)
				record := cl.Deal(sessiontest.KeyID(1), 1, cl.NewClient("author"), cl.Nodes)
				d, err := items.NewDealing(cl.Nodes[0].Env(), cl.Nodes[0].Lend, items.GroupOf(record), []uint32{1, 2, 3}, 1)
				must(t, err)
				run := cl.Begin(cl.Nodes[0], wire.KindDeal, wire.KeyID{}, d, nil)
				cl.Steps(4 + steps)
				c.do(cl, run)
				must(t, cl.Settle())
				if c.crashed != 0 {
					r.wantGone(cl.Nodes[c.crashed-1])
				} else {
					r.wantGone()
				}
			}
		})
	}
}

// A member that is killed before it has promised has lost what it would need to go on: the attempt is lost to it, it never
// deals in it again, and the key is made all the same. One that is killed later has its pending share. Whatever it saves
// last, wherever in that it is killed.
func TestKilledAtEachSave(t *testing.T) {
	for where := range 4 {
		for save := 1; ; save++ {
			g := newGenerating(t, 4, 5)
			r := record(t, g.Cluster)
			dealt := make(map[wire.SessionID]map[wire.NodeID]wire.Commit)
			spy := g.Spy
			g.Spy = func(from *sessiontest.Node, env wire.Envelope) {
				spy(from, env)
				if m, ok := env.Msg.(*wire.Commit); ok {
					if dealt[env.Session] == nil {
						dealt[env.Session] = make(map[wire.NodeID]wire.Commit)
					}
					if before, ok := dealt[env.Session][from.ID()]; ok && before != *m {
						t.Errorf("save %d, %d: %s commits twice in one session", save, where, from.Name)
					}
					dealt[env.Session][from.ID()] = *m
				}
			}
			g.CrashAt(save, where)
			g.Generate(g.Nodes[0], g.author, g.key, 1) // whatever comes of it
			must(t, g.Settle())
			if !g.Crashed() {
				if save < 8 {
					t.Errorf("only %d saves", save)
				}
				break
			}
			var crashed []*sessiontest.Node
			for _, n := range g.Nodes {
				if !n.Up {
					crashed = append(crashed, n)
					g.Restart(n)
				}
			}
			for _, n := range g.Nodes { // who asks for it learns of it
				if o := g.generate(n, 1); o.Err != nil && o.Reason() != wire.KeyExists {
					t.Fatalf("save %d, %d: %v", save, where, o)
				}
			}
			g.checkKey(g.oneKey(), 1)
			r.wantGone(crashed...)
			if len(g.Faults()) > 0 {
				t.Errorf("save %d, %d: %v", save, where, g.Faults())
			}
		}
	}
}

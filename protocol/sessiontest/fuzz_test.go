package sessiontest

import (
	"fmt"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/items"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// The fuzzers of machines: the input is a list of orders to a live cluster of 4, t = 1,
// whose randomness is fixed: which message is delivered next, what of n4's is bent or
// replayed, when time passes, links break, nodes crash, permissions change. What must hold
// is in watch.go: no panic, no partial or share without a yes, nothing answered twice that
// serves once, no honest node blamed, every session ends in time, no promise broken, one key
// and one document key per id.

// FuzzGeneration steps initiators, members and look-ups of a generation.
func FuzzGeneration(f *testing.F) {
	fuzzMachines(f, func(w *world, at *Node) {
		w.Generate(at, w.author, KeyID(2), 1)
	})
}

// FuzzStoring steps coordinators and holders, also those that lack the key record.
func FuzzStoring(f *testing.F) {
	fuzzMachines(f, func(w *world, at *Node) {
		w.Store(at, w.author, w.key, w.Encrypt(w.record, int(at.Name[1]%2)))
	})
}

// FuzzRetrieval steps coordinators and holders.
func FuzzRetrieval(f *testing.F) {
	fuzzMachines(f, func(w *world, at *Node) {
		w.Retrieve(at, w.alice, KeyID(3), at.Name != "n2")
	})
}

// FuzzSigning steps coordinators and signers of Schnorr signatures, of which the even are in
// one round: nonces were sent ahead.
func FuzzSigning(f *testing.F) {
	fuzzMachines(f, func(w *world, at *Node) {
		for i, scheme := range schnorrs {
			w.Signature(at, w.alice, KeyID(3), scheme, someHash(byte(i)))
		}
	}, signers)
}

// FuzzECDSA steps coordinators and signers of ECDSA signatures with items from a stock, and
// without, for which the set deals.
func FuzzECDSA(f *testing.F) {
	fuzzMachines(f, signECDSA, signers, stocked)
}

func signECDSA(w *world, at *Node) { w.Signature(at, w.alice, KeyID(3), wire.ECDSA, someHash(1)) }

// stocked are n1 and n3.
func stocked(w *world) {
	w.stock(w.Nodes[0], 2, 1, 2, 4)
	w.stock(w.Nodes[2], 1, 1, 3, 4)
}

// FuzzItems steps coordinators and members of dealings of items, each of which one of two sets of three is asked for.
func FuzzItems(f *testing.F) {
	fuzzMachines(f, func(w *world, at *Node) {
		set := []uint32{1, 2, 4}
		if at.Name == "n2" || at.Name == "n4" {
			set = []uint32{2, 3, 4}
		}
		m, err := items.NewDealing(at.Env(), at.Lend, items.GroupOf(w.record), set, 1)
		check(err)
		w.Begin(at, wire.KindDeal, wire.KeyID{}, m, func(r *Run) { at.Vault().Stock(m.Items()) })
	}, signers)
}

// signers have sent n1 and n3 nonces ahead; alice signs by requests.
func signers(w *world) {
	w.alice.Wallet = true
	for _, n := range w.Nodes {
		w.Follow(n, w.Chain.Set(w.alice.Address(), KeyID(3), true))
	}
	for i, n := range []*Node{w.Nodes[0], w.Nodes[2], w.Nodes[0]} {
		w.Signature(n, w.alice, KeyID(3), wire.Schnorr, someHash(byte(100+i)))
		w.settle()
	}
}

// FuzzLookup steps who asks and who answers, for each of the keys of scattered.
func FuzzLookup(f *testing.F) {
	fuzzMachines(f, func(w *world, at *Node) {
		for id := 1; id <= 6; id++ {
			w.Lookup(at, KeyID(id), true)
		}
	}, scattered)
}

// scattered leaves n1 with little, and the others with pieces. Of keys 1 and 3, the second
// with a document key, n1 has nothing, and nobody of key 2. Of key 4 each of the others has
// its own acknowledgement alone; of key 5 each has its own promise alone, n4 of another pair;
// of key 6 n2 alone has the certificate, without acknowledgements.
func scattered(w *world) {
	for _, id := range []int{1, 3} {
		for _, kind := range []wire.RecordKind{wire.RecordKey, wire.RecordShare, wire.RecordDocument} {
			w.Nodes[0].Forget(kind, KeyID(id))
		}
	}
	acknowledged := w.Deal(KeyID(4), 1, w.author, w.Nodes, w.Nodes[0])
	promised := w.Deal(KeyID(5), 1, w.author, w.Nodes)
	for i, n := range w.Nodes {
		pair := w.Certify(promised, w.Encrypt(promised, 1+i/3))
		pair.Signatures = pair.Signatures[i : i+1]
		n.Put(wire.NewRecord(wire.Put, wire.RecordPromise, pair.Key, wire.SessionID{}, pair))
		if i > 0 {
			part := *acknowledged
			part.Acks = part.Acks[i : i+1]
			n.Put(wire.NewRecord(wire.Put, wire.RecordKey, KeyID(4), wire.SessionID{}, &part))
		}
	}
	alone := *w.Deal(KeyID(6), 1, w.author, w.Nodes, w.Nodes[0], w.Nodes[2], w.Nodes[3])
	alone.Acks = nil
	w.Nodes[1].Put(wire.NewRecord(wire.Put, wire.RecordKey, KeyID(6), wire.SessionID{}, &alone))
}

func fuzzMachines(f *testing.F, begin func(*world, *Node), prepare ...func(*world)) {
	for seed := uint64(1); seed <= 6; seed++ {
		f.Add(randomOrders(seed))
	}
	original := fuzzed(f, prepare...)
	f.Fuzz(func(t *testing.T, orders []byte) {
		if len(orders) > 1024 {
			t.Skip()
		}
		w := photocopy(original)
		w.t = t
		obey(w, orders, begin)
	})
}

func randomOrders(seed uint64) []byte {
	orders := make([]byte, 160)
	_, err := reader(seed, 1<<42).Read(orders)
	check(err)
	return orders
}

// fuzzed is the world that a fuzzer's inputs find. To make it costs more than most of what is then done in it.
func fuzzed(t testing.TB, prepare ...func(*world)) *world {
	w := &world{Cluster: New(4, 1), t: t, key: KeyID(1)}
	w.Quorums = rememberQuorums()
	w.author, w.alice = w.NewClient("author"), w.NewClient("alice")
	w.record = w.Deal(w.key, 1, w.author, w.Nodes, w.Nodes[1])
	read := w.Deal(KeyID(3), 1, w.author, w.Nodes)
	w.DealDocument(read, w.Encrypt(read, 1), w.Nodes[2])
	for _, p := range prepare {
		p(w)
	}
	return w
}

// obeying is a cluster that is ordered about.
type obeying struct {
	*world
	begin     func(*world, *Node)
	evil      *Node
	overheard []wire.Envelope
	orders    []byte
}

// rememberQuorums is Env.Quorums, as in service: all inputs read and sign with the same few sets of the same two keys.
func rememberQuorums() func(*wire.KeyRecord, []uint32, uint32) (*threshold.Quorum, error) {
	known := make(map[string]*threshold.Quorum)
	return func(r *wire.KeyRecord, set []uint32, own uint32) (*threshold.Quorum, error) {
		name := fmt.Sprint(len(r.Setup.Members), r.Commitments, set, own) // what a quorum is made of
		if q, ok := known[name]; ok {
			return q, nil
		}
		q, err := verify.KeyQuorum(r, set, own)
		if err == nil {
			known[name] = q
		}
		return q, err
	}
}

// obey plays orders, and then lets everything come to its end.
func obey(w *world, orders []byte, begin func(*world, *Node)) {
	o := &obeying{world: w, begin: begin, evil: w.Nodes[3], orders: orders}
	o.evil.Mutate = func(env wire.Envelope) []wire.Envelope { return []wire.Envelope{env} }
	w.Spy = func(_ *Node, env wire.Envelope) { o.overheard = append(o.overheard, env) }
	for _, n := range w.Nodes {
		w.Follow(n, w.Chain.Set(w.alice.Address(), KeyID(3), true))
	}
	begin(w, w.Nodes[0])
	for len(o.orders) > 0 && w.verdict() == nil {
		o.order()
	}
	for i, a := range w.Nodes {
		for _, b := range w.Nodes[:i] {
			w.Join(a, b)
		}
		w.Restart(a)
	}
	w.settle()
}

// pick reads the next order as a choice among n.
func (o *obeying) pick(n int) int {
	if len(o.orders) == 0 || n == 0 {
		return 0
	}
	b := o.orders[0]
	o.orders = o.orders[1:]
	return int(b) % n
}

func (o *obeying) node() *Node { return o.Nodes[o.pick(len(o.Nodes))] }

// order obeys one order. Most deliver something, or little would ever happen.
func (o *obeying) order() {
	switch op := o.pick(24); op {
	case 0:
		if at := o.pick(len(o.queue)); len(o.queue) > 0 && o.queue[at].kind == messageEvent && !serving(o.queue[at].code) {
			o.queue = append(o.queue, o.queue[at])
		}
	case 1, 2:
		o.bend()
	case 3, 4:
		o.replay()
	case 5:
		for range 1 + o.pick(64) {
			o.Tick()
		}
	case 6:
		o.Cut(o.node(), o.node())
	case 7:
		o.Join(o.node(), o.node())
	case 8:
		o.Follow(o.node(), o.Chain.Set(o.alice.Address(), KeyID(3), o.pick(2) == 0))
	case 9:
		o.Down(o.node())
	case 10:
		o.Restart(o.node())
	case 11:
		if n := o.node(); len(n.runs) > 0 && n.runs[0].opening == nil {
			o.Cancel(n.runs[0])
		}
	case 12:
		if n := o.node(); n.Up {
			o.begin(o.world, n)
		}
	default:
		if len(o.queue) > 0 {
			o.happen(o.take(o.pick(len(o.queue))))
		} else {
			o.Tick()
		}
	}
}

// bend changes a byte of a message of the Byzantine node on its way.
func (o *obeying) bend() {
	var theirs []int
	for i := range o.queue {
		if e := &o.queue[i]; e.kind == messageEvent && e.from == o.evil.ID() {
			theirs = append(theirs, i)
		}
	}
	if len(theirs) == 0 {
		return
	}
	e := &o.queue[theirs[o.pick(len(theirs))]]
	at, bit := o.pick(256)*256+o.pick(256), o.pick(8)
	payload := append([]byte(nil), e.payload...)
	payload[at%len(payload)] ^= 1 << bit
	e.payload = payload
}

// replay has the Byzantine node send something that was said before, by anybody, in its
// own session or in another. Not an invitation: see liar.
func (o *obeying) replay() {
	if len(o.overheard) == 0 || !o.evil.Up {
		return
	}
	old, other := o.overheard[o.pick(len(o.overheard))], o.overheard[o.pick(len(o.overheard))]
	if o.pick(2) == 0 {
		old.Session = other.Session
	}
	if old.To = o.node().ID(); old.To != o.evil.ID() && old.Msg.Code() != wire.CodeInit {
		o.Inject(o.evil, old)
	}
}

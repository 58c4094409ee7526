package sessiontest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/geth-ss/geth-ss/protocol/evidence"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// watch keeps what the invariants are about. Only honest nodes are held to them.
type watch struct {
	promised map[promiseKey]wire.DocumentRecord
	checked  map[promiseKey]wire.SessionID // whose share was compared with the key of this version
	said     map[saying][32]byte
	used     map[use]wire.SessionID // what was answered with, and where
	proofs   map[string]bool        // of clients, that members have sent each other
	faults   []Blame
}

// use is of a nonce or an item, by a kind of message. Each is used once.
type use struct {
	node  *Node
	code  wire.Code
	nonce wire.NonceBytes
	item  wire.Item
}

// saying is what a member says once: in a session, in a kind of message.
type saying struct {
	node    *Node
	session wire.SessionID
	code    wire.Code
}

type promiseKey struct {
	node *Node
	key  wire.KeyID
}

// Blame is one node's word that another broke the protocol.
type Blame struct {
	By, Node *Node
	Detail   string
	Evidence wire.Conviction // nil: the others must believe it or not
}

// evidence checks that whoever judges it, from the bytes alone, comes to the same
// culprit.
func (w *watch) evidence(c *Cluster, b Blame) {
	if b.Evidence == nil || !b.By.honest() {
		return
	}
	enc, err := wire.EncodeConviction(b.Evidence)
	if err != nil {
		c.violated("evidence of %s against %s: %v", b.By.Name, b.Node.Name, err)
		return
	}
	for proof := range w.proofs {
		if bytes.Contains(enc, []byte(proof)) {
			c.violated("evidence of %s against %s has a client's proof in it", b.By.Name, b.Node.Name)
		}
	}
	finding, err := JudgeBytes(enc)
	switch {
	case err != nil:
		c.violated("evidence of %s against %s: %v", b.By.Name, b.Node.Name, err)
	case finding.Culprit != b.Node.ID() || finding.Cluster != c.ID:
		c.violated("evidence of %s against %s convicts %s of cluster %v", b.By.Name, b.Node.Name, c.Name(finding.Culprit), finding.Cluster)
	}
}

// JudgeBytes is an independent party, who has the bytes and nothing else.
func JudgeBytes(enc []byte) (*evidence.Finding, error) {
	conviction, err := wire.DecodeConviction(enc)
	if err != nil {
		return nil, err
	}
	return evidence.Judge(conviction)
}

func newWatch() watch {
	return watch{promised: make(map[promiseKey]wire.DocumentRecord), checked: make(map[promiseKey]wire.SessionID),
		said: make(map[saying][32]byte), used: make(map[use]wire.SessionID), proofs: make(map[string]bool)}
}

// Faults are all blames, in order.
func (c *Cluster) Faults() []Blame { return c.watch.faults }

func (n *Node) honest() bool { return n.Mutate == nil && n.Oracle == nil }

// trusty tells whether a node has always been honest.
func (n *Node) trusty() bool {
	n.turned = n.turned || !n.honest()
	return !n.turned
}

// sends checks what a node is about to say.
func (w *watch) sends(c *Cluster, r *Run, env wire.Envelope) {
	w.notes(env.Msg)
	if !r.Node.honest() {
		return
	}
	switch m := env.Msg.(type) {
	case *wire.Partials:
		w.partials(c, r, m)
	case *wire.Partial:
		w.partial(c, r)
	case *wire.Ack:
		if _, share := r.Node.records[recordKey{wire.RecordShare, r.key, m.Session}]; !share || !r.Node.holdsCertificate(r.key, m.Session) {
			c.violated("%s acknowledges a key that it does not hold", r.Node.Name)
		}
	case *wire.Commit:
		if lifetimes[r.kind].once {
			w.once(c, r.Node, env.Session, env.Msg, m.Digest(env.Session))
		}
	case *wire.Reveal:
		if lifetimes[r.kind].once {
			w.once(c, r.Node, env.Session, env.Msg, m.Digest(env.Session))
		}
	case *wire.Certify:
		if lifetimes[r.kind].once {
			w.once(c, r.Node, env.Session, env.Msg, m.Transcript)
		}
	case *wire.StorePromise:
		w.promises(c, r.Node, r.key)
	case *wire.Willing, *wire.Committed, *wire.SchnorrShare, *wire.Opened, *wire.ECDSAShare:
		w.cosigns(c, r)
		w.uses(c, r, env)
	case *wire.Retrieve:
		if len(m.Set) == 0 {
			c.violated("%s asks an empty set", r.Node.Name)
		}
	}
}

// notes remembers clients' proofs, which members send each other: no evidence may have one in it.
func (w *watch) notes(m wire.Message) {
	var proof wire.Proof
	switch m := m.(type) {
	case *wire.Init:
		proof = m.Setup.Proof
	case *wire.Redistribute:
		proof = m.Setup.Proof
	case *wire.Store:
		proof = m.Proof
	case *wire.Retrieve:
		proof = m.Proof
	case *wire.RetrieveMany:
		proof = m.Proof
	case *wire.Sign:
		proof = m.Proof
	default:
		return
	}
	w.proofs[string(proof.Data)] = true
}

// partial checks that the node may give its part of a decryption.
func (w *watch) partial(c *Cluster, r *Run) {
	ask, ok := r.opening.(*wire.Retrieve)
	if !ok {
		c.violated("%s gives a partial that it was not asked for", r.Node.Name)
		return
	}
	w.permitted(c, r, "gives a partial", ask.Proof, c.reading(ask.Key), ask.Block)
}

// cosigns is partial for a signature: the requester has to have asked for this very hash.
func (w *watch) cosigns(c *Cluster, r *Run) {
	ask, ok := r.opening.(*wire.Sign)
	if !ok {
		c.violated("%s signs what it was not asked for", r.Node.Name)
		return
	}
	act := c.reading(ask.Key)
	act.Operation, act.Arguments = wire.OpSign, wire.SignArguments(ask.Scheme, ask.Hash)
	w.permitted(c, r, "signs", ask.Proof, act, ask.Block)
}

// permitted checks that the node's own chain has said yes, to this requester at this block
// and at the node's head.
func (w *watch) permitted(c *Cluster, r *Run, does string, proof wire.Proof, act wire.Act, block wire.BlockRef) {
	if r.verdict == nil || r.verdict.Answer != session.Granted {
		c.violated("%s %s although its chain did not say yes", r.Node.Name, does)
		return
	}
	requester, err := proof.Recover(act)
	switch head := r.verdict.Head.Number; {
	case err != nil:
		c.violated("%s %s for a requester without proof: %v", r.Node.Name, does, err)
	case block != Block(block.Number) || block.Number > head:
		c.violated("%s %s at block %d, which it does not have", r.Node.Name, does, block.Number)
	case !c.Chain.Allowed(requester.Address, act.Key, block.Number) || !c.Chain.Allowed(requester.Address, act.Key, head):
		c.violated("%s %s for a requester who had no permission at block %d or %d", r.Node.Name, does, block.Number, head)
	}
}

// uses checks that a node answers once with a nonce, and opens and uses an item once,
// whatever it is asked, in all sessions together. Two answers would tell its key share.
func (w *watch) uses(c *Cluster, r *Run, env wire.Envelope) {
	u := use{node: r.Node, code: env.Msg.Code()}
	ask, ok := r.opening.(*wire.Sign)
	if !ok {
		return
	}
	switch m := env.Msg.(type) {
	case *wire.Committed:
		u.nonce = m.Nonce
	case *wire.SchnorrShare:
		at := slices.Index(ask.Set, c.indexIn(r.Node, ask.Key, ask.Version))
		if at < 0 || at >= len(r.nonces) {
			c.violated("%s signs with a nonce that was not asked for", r.Node.Name)
			return
		}
		u.nonce = r.nonces[at]
	case *wire.Opened, *wire.ECDSAShare:
		u.item = ask.Item
	default:
		return
	}
	if before, used := w.used[u]; used {
		c.violated("%s answers twice, in %v and in %v, with what serves once: %T", r.Node.Name, before, env.Session, env.Msg)
	}
	w.used[u] = env.Session
}

// indexIn is a node's index in a version of a key, by whatever node knows that; 0: it has none. By the node's own share it can't be
// told: while it answers under one version the key may move on to another one.
func (c *Cluster) indexIn(n *Node, key wire.KeyID, version wire.SessionID) uint32 {
	for _, node := range c.Nodes {
		state := node.State(key)
		known := []*wire.KeyRecord{state.Record}
		for _, f := range state.Former {
			known = append(known, f.Record)
		}
		for _, r := range known {
			if r != nil && r.Version() == version {
				return r.Setup.Index(n.ID())
			}
		}
	}
	return 0
}

// partials is partial for each key of a batch.
func (w *watch) partials(c *Cluster, r *Run, m *wire.Partials) {
	ask, ok := r.opening.(*wire.RetrieveMany)
	if !ok || len(m.Parts) != len(ask.Keys) {
		c.violated("%s answers a batch that it was not asked for", r.Node.Name)
		return
	}
	for i, p := range m.Parts {
		if p.Part == nil {
			continue
		}
		key := ask.Keys[i].Key
		requester, err := ask.Proof.Recover(c.reading(key))
		switch {
		case r.verdict == nil:
			c.violated("%s gives parts although its chain was not asked", r.Node.Name)
		case err != nil:
			c.violated("%s gives a part to a requester without proof: %v", r.Node.Name, err)
		case !c.Chain.Allowed(requester.Address, key, ask.Block.Number) || !c.Chain.Allowed(requester.Address, key, r.verdict.Head.Number):
			c.violated("%s gives a part of key %v to a requester who had no permission", r.Node.Name, key)
		}
	}
}

// once checks that a member says one thing in each round of a session, whatever happened
// to it meanwhile: two would convict it.
func (w *watch) once(c *Cluster, n *Node, session wire.SessionID, m wire.Message, hash [32]byte) {
	key := saying{n, session, m.Code()}
	if said, ok := w.said[key]; ok && said != hash {
		c.violated("%s signs a second %T in one session", n.Name, m)
	}
	w.said[key] = hash
}

// blamed keeps a blame. Honest nodes don't deserve one, whatever happens to them.
func (w *watch) blamed(c *Cluster, b Blame) {
	w.faults = append(w.faults, b)
	w.evidence(c, b)
	if b.Node == nil || b.By.trusty() && b.Node.trusty() {
		c.violated("%s blames honest %s: %s", b.By.Name, c.Name(b.Node.ID()), b.Detail)
	}
}

// lifetime is what is watched in sessions of a kind: how many seconds one may take at the node that begins it, and at one
// that joins, of writes five more than the machine's, for an Admission; and whether a member says one thing in each round
// of it. Of items a member deals anew each time: what it signs is named after it.
type lifetime struct {
	own, joined int
	once        bool
}

var lifetimes = checkedLifetimes(map[wire.Kind]lifetime{
	wire.KindGenerate: {30, 25, true},
	wire.KindMove:     {30, 20, true},
	wire.KindResolve:  {20, 1, false},
	wire.KindStore:    {10, 10, false},
	wire.KindRetrieve: {10, 10, false},
	wire.KindLookup:   {5, 1, false},
	wire.KindSign:     {10, 10, false},
	wire.KindDeal:     {5, 5, false},
	wire.KindExplain:  {16, 10, false},
	wire.KindHoldings: {10, 1, false},
	wire.KindDecide:   {180, 61, false},
	wire.KindSettle:   {60, 1, false},
	wire.KindFollow:   {20, 1, false},
	wire.KindList:     {171, 1, false},
	wire.KindHold:     {10, 1, false},
	wire.KindReceipts: {10, 1, false},
	wire.KindPlan:     {10, 1, false},
	wire.KindRehearse: {12, 20, false},
}, wire.Kinds())

// checkedLifetimes are the rows. It ends the program if a kind of session has none.
func checkedLifetimes(rows map[wire.Kind]lifetime, kinds []wire.Kind) map[wire.Kind]lifetime {
	for _, k := range kinds {
		if l := rows[k]; l.own == 0 || l.joined == 0 {
			panic(fmt.Sprintf("sessiontest: internal error: sessions %q have no lifetime", k))
		}
	}
	return rows
}

// Longest is how many seconds sessions of a kind take at most at the node that begins them.
func Longest(kind wire.Kind) int { return lifetimes[kind].own }

// older lets a run age, up to its deadline.
func (w *watch) older(c *Cluster, r *Run) {
	limit := lifetimes[r.kind].own
	if r.opening != nil {
		limit = lifetimes[r.kind].joined
	}
	if r.age++; r.age == limit*session.TicksPerSecond+1 {
		c.violated("%s: a session does not end in %d seconds: %v", r.Node.Name, limit, r.Machine)
	}
}

// promises checks that what was promised is on disk, and is what was promised before.
func (w *watch) promises(c *Cluster, n *Node, key wire.KeyID) {
	held := n.State(key).Promise
	if held == nil {
		c.violated("%s promises a document key that it has not saved", n.Name)
		return
	}
	if old, ok := w.promised[promiseKey{n, key}]; ok && old.Version == held.Version && !old.SamePair(held) {
		c.violated("%s promises a second document key", n.Name)
	}
	w.promised[promiseKey{n, key}] = *held
}

// saved checks what must hold on disk at all times, of the keys that a node has just saved something of.
func (w *watch) saved(c *Cluster, n *Node, batch []wire.Record) {
	if !n.honest() {
		return
	}
	checked := make(map[wire.KeyID]bool)
	for _, r := range batch {
		if checked[r.Key] {
			continue
		}
		checked[r.Key] = true
		if pair, ok := w.promised[promiseKey{n, r.Key}]; ok {
			if held := n.State(r.Key).Promise; held == nil || held.Version == pair.Version && !held.SamePair(&pair) {
				c.violated("%s has forgotten what it promised", n.Name)
			}
		}
		w.agree(c, r.Key)
	}
}

// agree checks that an id has one key and one document key among honest nodes.
func (w *watch) agree(c *Cluster, key wire.KeyID) {
	keys := make(map[wire.Slot]wire.SessionID)
	documents := make(map[wire.KeyID]*wire.DocumentRecord)
	for _, n := range c.Nodes {
		if n.honest() && n.knows(key) {
			w.agreeOn(c, n, n.State(key), key, keys, documents)
		}
	}
}

// knows tells whether there is anything for agree to look at.
func (n *Node) knows(key wire.KeyID) bool {
	_, known := n.records[recordKey{wire.RecordKey, key, wire.SessionID{}}]
	_, stored := n.records[recordKey{wire.RecordDocument, key, wire.SessionID{}}]
	return known || stored
}

func (w *watch) agreeOn(c *Cluster, n *Node, s *session.State, key wire.KeyID, keys map[wire.Slot]wire.SessionID, documents map[wire.KeyID]*wire.DocumentRecord) {
	if s.Record != nil && s.Record.Confirmed() {
		version, slot := s.Record.Version(), s.Record.Setup.Slot()
		if other, ok := keys[slot]; ok && other != version {
			c.violated("two confirmed keys of one id, one of them at %s", n.Name)
		}
		if origin, ok := keys[wire.Slot{}]; ok && origin != s.Record.Setup.Origin() {
			c.violated("two keys of one id, one of them moved, at %s", n.Name)
		}
		keys[slot], keys[wire.Slot{}] = version, s.Record.Setup.Origin()
		if s.Share != nil {
			w.share(c, n, s)
		}
	}
	if s.Document != nil {
		if other := documents[key]; other != nil && !other.SamePoints(s.Document) {
			c.violated("two certified document keys of one id, one of them at %s", n.Name)
		}
		documents[key] = s.Document
	}
}

// share checks that a share fits the key.
func (w *watch) share(c *Cluster, n *Node, s *session.State) {
	if s.Share.Index != s.Record.Setup.Index(n.ID()) {
		c.violated("%s holds a share of another index", n.Name)
		return
	}
	if w.checked[promiseKey{n, s.Record.Setup.Key}] == s.Record.Version() {
		return
	}
	w.checked[promiseKey{n, s.Record.Setup.Key}] = s.Record.Version()
	public, err := verify.PublicShare(s.Record, s.Share.Index)
	if err != nil || !secp256k1.BaseMul(s.Share.Value).Equal(public) {
		c.violated("%s holds a share that is not of its key", n.Name)
	}
}

// verdict is the first violation.
func (c *Cluster) verdict() error {
	if len(c.broken) == 0 {
		return nil
	}
	return errors.New(strings.Join(c.broken, "; "))
}

// Blamed are the names of nodes that were blamed by honest nodes.
func (c *Cluster) Blamed() (names []string) {
	seen := make(map[string]bool)
	for _, b := range c.watch.faults {
		if name := fmt.Sprint(b.Node.Name); b.By.honest() && !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	return names
}

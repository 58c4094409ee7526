package sessiontest

import (
	"slices"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// request is what a client asks of a node, and what the world had promised when it did.
type request struct {
	what      string
	node      *Node
	client    *Client
	key       wire.KeyID
	threshold int
	document  *Document
	outcome   *Outcome

	begun     int    // tick
	heads     uint64 // the lowest of any node
	known     bool   // some client had been told of the key
	stored    bool   // and of a stored document key
	cancelled bool
	judged    bool
}

// judge holds the answer to a request against what was promised, once.
func (s *simulation) judge(q *request) {
	if q.judged || !q.outcome.Done {
		return
	}
	q.judged = true
	s.logf("%s is told by %s, who was to %s: %v", q.client.Name, q.node.Name, q.what, q.outcome)
	s.ends[q.what+": "+q.outcome.kind()]++
	if !q.node.trusty() {
		return // it may say anything
	}
	if q.outcome.Err != nil {
		s.judgeFailure(q)
		return
	}
	switch q.what {
	case "generate", "lookup":
		s.judgeKey(q)
	case "store":
		s.judgeStored(q)
	case "retrieve":
		s.judgeRead(q)
	}
}

// kind is how a request ended, for the count.
func (o *Outcome) kind() string {
	switch {
	case !o.Done:
		return "crashed"
	case o.Err != nil:
		return o.Reason().String()
	}
	return "ok"
}

// judgeKey: one id, one key, and it is what was asked for.
func (s *simulation) judgeKey(q *request) {
	r := q.outcome.Record
	switch err := s.checkRecord(r); {
	case err != nil:
		s.violated("%s tells of a key without a certificate: %v", q.node.Name, err)
		return
	case !r.Confirmed():
		s.violated("%s tells of a key that is not confirmed", q.node.Name)
		return
	case r.Setup.Key != q.key:
		s.violated("%s tells of another key", q.node.Name)
		return
	}
	origin := r.Setup.Origin()
	if old, ok := s.told[q.key]; ok && old != origin {
		s.violated("clients are told of two keys of one id, the second by %s", q.node.Name)
	}
	s.told[q.key] = origin
	author, err := r.Setup.Author()
	check(err)
	if q.what == "generate" && (author != q.client.Address() || int(r.Setup.Made()) != q.threshold) {
		s.violated("%s reports another key than the one asked for", q.node.Name)
	}
}

// judgeStored: one id, one document key, of the author.
func (s *simulation) judgeStored(q *request) {
	if old := s.stored[q.key]; old != nil && old.Common != q.document.Common {
		s.violated("two document keys are reported stored for one id, the second by %s", q.node.Name)
	}
	s.stored[q.key] = q.document
	r := s.record(q.key)
	if r == nil {
		s.violated("a document key is stored for a key that nobody has")
		return
	}
	if author, err := r.Setup.Author(); err != nil || author != q.client.Address() {
		s.violated("%s stores a document key of somebody who is not the author", q.node.Name)
	}
}

// judgeRead: what is read is what was stored. Whether it was to be read is checked where
// it is released: see released and watch.partial.
func (s *simulation) judgeRead(q *request) {
	right := slices.ContainsFunc(s.documents[q.key], func(d *Document) bool { return d.Key.Equal(q.outcome.Key) })
	if d := s.stored[q.key]; d != nil {
		right = d.Key.Equal(q.outcome.Key)
	}
	if !right {
		s.violated("%s releases a wrong document key", q.node.Name)
	}
}

// fitting are the reasons for which a request may fail among honest nodes, however bad
// the network is.
var fitting = map[string][]wire.Reason{
	"generate": {wire.KeyExists, wire.Busy, wire.Timeout, wire.Disconnected, wire.Unavailable},
	"store":    {wire.KeyNotFound, wire.DocumentExists, wire.NotAuthor, wire.Timeout, wire.Disconnected, wire.Unavailable, wire.Busy},
	"retrieve": {wire.KeyNotFound, wire.DocumentNotFound, wire.Denied, wire.Timeout, wire.Disconnected, wire.Unavailable},
	"sign":     {wire.KeyNotFound, wire.TooFew, wire.Denied, wire.Timeout, wire.Disconnected, wire.Unavailable},
	"lookup":   {wire.KeyNotFound, wire.DocumentNotFound, wire.Timeout, wire.Disconnected, wire.Unavailable},
}

// fittingChanges are those for which any request may fail beside, whose server set changes: it has come to a node that is not in it, or
// not ready.
var fittingChanges = []wire.Reason{wire.NotMember, wire.Busy, wire.Unavailable}

// judgeFailure: a reason that fits, and no lie about what exists.
func (s *simulation) judgeFailure(q *request) {
	reason := q.outcome.Reason()
	permission := q.what == "retrieve" || q.what == "sign" // which takes more than one's word to be denied
	if len(s.evil) > 0 && (reason != wire.Denied || !permission) || q.cancelled && reason == wire.Cancelled {
		return // Byzantine members may name reasons
	}
	switch {
	case s.changes != nil && slices.Contains(fittingChanges, reason):
	case !slices.Contains(fitting[q.what], reason):
		s.violated("%s fails to %s for a reason that does not fit: %v", q.node.Name, q.what, q.outcome)
	// Where a set was given up, who was lost may have been the only ones who know of a key.
	case reason == wire.KeyNotFound && q.known && (s.changes == nil || len(s.changes.lost) == 0):
		s.violated("%s does not find a key that a client was told of", q.node.Name)
	case reason == wire.DocumentNotFound && q.stored:
		s.violated("%s does not find a document key that was reported stored", q.node.Name)
	case reason == wire.TooFew && s.enough(q):
		s.violated("%s says that too few hold shares: %v", q.node.Name, q.outcome)
	case reason == wire.Denied && !s.deniable(q):
		s.violated("%s denies what was never forbidden: %v", q.node.Name, q.outcome)
	case reason == wire.NotAuthor && s.mayStore(q):
		s.violated("%s says that the author is none", q.node.Name)
	case reason == wire.DocumentExists && !s.promised(q.key):
		s.violated("%s says that a document key exists which nobody has promised", q.node.Name)
	case reason == wire.KeyExists && s.record(q.key) == nil:
		s.violated("%s says that a key exists which nobody has", q.node.Name)
	}
}

// deniable tells whether the requester had no permission at some block that some node
// may have looked at, or so many are Byzantine that without them t+1 can't say yes.
func (s *simulation) deniable(q *request) bool {
	need := func(r *wire.KeyRecord) int {
		if q.what == "sign" { // of ECDSA, to be sure
			return wire.ECDSA.Signers(r.Setup.Threshold)
		}
		return int(r.Setup.Threshold) + 1
	}
	if r := s.record(q.key); r != nil && len(r.Setup.Members)-len(s.evil) < need(r) {
		return true
	}
	for block := q.heads; block <= s.Chain.blocks; block++ {
		if !s.Chain.Allowed(q.client.Address(), q.key, block) {
			return true
		}
	}
	return false
}

// enough tells whether the holders of a key can sign with ECDSA.
func (s *simulation) enough(q *request) bool {
	r := s.record(q.key)
	return r != nil && len(r.Setup.Members) >= wire.ECDSA.Signers(r.Setup.Threshold)
}

func (s *simulation) mayStore(q *request) bool {
	r := s.record(q.key)
	if r == nil {
		return false
	}
	author, err := r.Setup.Author()
	return err == nil && author == q.client.Address()
}

// promised tells whether some node has promised a document key.
func (s *simulation) promised(key wire.KeyID) bool {
	return slices.ContainsFunc(s.Nodes, func(n *Node) bool {
		state := n.State(key)
		return state.Promise != nil || state.Document != nil
	})
}

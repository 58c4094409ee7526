package sessiontest

import (
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// peace expects everything to work: every id gets or has its key, a document key can be
// stored and read through every node by whom the chain admits and by nobody else.
func (s *simulation) peace() error {
	if s.changes != nil {
		if err := s.changes.finish(); err != nil {
			return fmt.Errorf("in peace: %w", err)
		}
	}
	for _, key := range s.keys {
		if err := s.settleKey(key); err != nil {
			return fmt.Errorf("in peace, key %x: %w", key[31], err)
		}
	}
	return s.verdict()
}

func (s *simulation) settleKey(key wire.KeyID) error {
	record, err := s.findKey(key)
	if err != nil || record == nil {
		return err
	}
	if s.changes != nil {
		if err := s.changes.bring(key); err != nil {
			return err
		}
		record = s.record(key)
	}
	if err := s.interpolates(record); err != nil {
		return err
	}
	if err := s.somebodySigns(record); err != nil {
		return err
	}
	d, err := s.findDocument(record)
	if err != nil || d == nil {
		return err
	}
	return s.everybodyReads(key, d)
}

// servers are the key servers, after the last change.
func (s *simulation) servers() []*Node {
	if s.changes != nil {
		return s.changes.members()
	}
	return s.Nodes
}

func (s *simulation) server() *Node {
	all := s.servers()
	return all[s.rng.IntN(len(all))]
}

// try asks for something in peace and waits for the answer.
func (s *simulation) try(q *request, o *Outcome) error {
	q.outcome, q.begun = o, s.ticks
	s.ask(q)
	if err := s.Settle(); err != nil {
		return err
	}
	if s.judge(q); !o.Done {
		return fmt.Errorf("%s does not answer", q.node.Name)
	}
	return s.verdict()
}

// findKey generates the key, unless there is one, and has every node find it.
func (s *simulation) findKey(key wire.KeyID) (*wire.KeyRecord, error) {
	n := s.server()
	q := &request{what: "generate", node: n, client: s.authors[0], key: key, threshold: s.threshold}
	if err := s.try(q, s.Generate(n, q.client, key, s.threshold)); err != nil {
		return nil, err
	}
	if q.outcome.Err != nil && q.outcome.Reason() != wire.KeyExists {
		return nil, fmt.Errorf("generating: %v", q.outcome)
	}
	for _, n := range s.servers() {
		q := &request{what: "lookup", node: n, client: s.authors[0], key: key, known: true}
		if err := s.try(q, s.Lookup(n, key, false)); err != nil {
			return nil, err
		}
		if q.outcome.Err != nil {
			return nil, fmt.Errorf("looking up: %v", q.outcome)
		}
	}
	return s.record(key), nil
}

// interpolates checks that t+1 shares, any of them, make the private key of the record:
// the first and the last that there are.
func (s *simulation) interpolates(r *wire.KeyRecord) error {
	var shares []*session.Share
	for _, n := range s.Nodes {
		if state := n.State(r.Setup.Key); state.Share != nil && state.Record.Version() == r.Version() {
			shares = append(shares, state.Share)
		}
	}
	need := int(r.Setup.Threshold) + 1
	if len(shares) < need {
		return fmt.Errorf("%d shares of a key that needs %d", len(shares), need)
	}
	for _, some := range [][]*session.Share{shares[:need], shares[len(shares)-need:]} {
		secret, err := interpolate(some)
		if err != nil {
			return err
		}
		if public := secp256k1.BaseMul(secret).Bytes(); public != r.Public() {
			return fmt.Errorf("shares do not make the key")
		}
	}
	return nil
}

func interpolate(shares []*session.Share) (*secp256k1.Scalar, error) {
	var indices []threshold.Index
	var values []*secp256k1.Scalar
	slices.SortFunc(shares, func(a, b *session.Share) int { return int(a.Index) - int(b.Index) })
	for _, share := range shares {
		indices, values = append(indices, threshold.Index(share.Index)), append(values, share.Value)
	}
	set, err := threshold.NewSet(indices...)
	if err != nil {
		return nil, err
	}
	return set.CombineScalars(values)
}

// findDocument stores the pair that can be stored and returns it. Two pairs that the
// author had stored at once may be promised by some holders each: then neither can ever
// be certified, which is the author's doing.
func (s *simulation) findDocument(r *wire.KeyRecord) (*Document, error) {
	key, number := r.Setup.Key, 2*int(r.Setup.Key[31])
	author := s.authors[0]
	for _, a := range s.authors {
		if by, err := r.Setup.Author(); err == nil && by == a.Address() {
			author = a
		}
	}
	for _, d := range []*Document{s.Encrypt(r, number), s.Encrypt(r, number+1)} {
		s.documents[key] = append(s.documents[key], d)
		n := s.server()
		q := &request{what: "store", node: n, client: author, key: key, document: d, known: true}
		if err := s.try(q, s.Store(n, author, key, d)); err != nil {
			return nil, err
		}
		if q.outcome.Err != nil && q.outcome.Reason() != wire.DocumentExists && !s.closed(r) {
			return nil, fmt.Errorf("storing: %v", q.outcome)
		}
		if s.certifiedPair(key, d) {
			return d, nil
		}
	}
	if s.closed(r) && s.stored[key] == nil {
		s.ends["closed"]++
		return nil, nil
	}
	if s.stored[key] != nil || !s.split(key) {
		return nil, fmt.Errorf("no document key can be stored")
	}
	s.ends["split promises"]++
	return nil, nil
}

// closed tells whether a certificate says that no new pair is taken in.
func (s *simulation) closed(r *wire.KeyRecord) bool {
	return r.Moved != nil && r.Moved.Pair.Kind == wire.PairClosed
}

func (s *simulation) certifiedPair(key wire.KeyID, d *Document) bool {
	return slices.ContainsFunc(s.Nodes, func(n *Node) bool {
		held := n.State(key).Document
		return held != nil && held.Common == d.Common
	})
}

// split tells whether two pairs are promised.
func (s *simulation) split(key wire.KeyID) bool {
	pairs := make(map[wire.Point]bool)
	for _, n := range s.Nodes {
		if p := n.State(key).Promise; p != nil {
			pairs[p.Common] = true
		}
	}
	return len(pairs) > 1
}

// somebodySigns has hashes signed through a node in the schemes that there are holders enough
// for: without what was sent ahead, and with that.
func (s *simulation) somebodySigns(r *wire.KeyRecord) error {
	n, reader := s.server(), s.readers[0]
	block := s.Chain.Set(reader.Address(), r.Setup.Key, true)
	for _, n := range s.Nodes {
		s.Follow(n, block)
	}
	for _, scheme := range []wire.Scheme{wire.ECDSA, wire.Schnorr} {
		if scheme.Signers(r.Setup.Threshold) > len(r.Setup.Members) {
			continue
		}
		q := &request{what: "sign", node: n, client: reader, key: r.Setup.Key, heads: block, known: true}
		if err := s.try(q, s.Signature(n, reader, q.key, scheme, common.Hash{2})); err != nil {
			return err
		}
		if q.outcome.Err != nil {
			return fmt.Errorf("signing through %s, %v: %v", n.Name, scheme, q.outcome)
		}
	}
	return nil
}

// everybodyReads has a reader read through every node when the chain admits it, and
// through some node when it does not any more.
func (s *simulation) everybodyReads(key wire.KeyID, d *Document) error {
	reader := s.readers[0]
	for _, allowed := range []bool{true, false} {
		block := s.Chain.Set(reader.Address(), key, allowed)
		for _, n := range s.Nodes {
			s.Follow(n, block)
		}
		through := s.servers()
		if !allowed {
			through = []*Node{s.server()}
		}
		for i, n := range through {
			q := &request{what: "retrieve", node: n, client: reader, key: key, heads: block, known: true, stored: true}
			if err := s.try(q, s.Retrieve(n, reader, key, i > 0)); err != nil {
				return err
			}
			switch {
			case allowed && q.outcome.Err != nil:
				return fmt.Errorf("reading through %s: %v", n.Name, q.outcome)
			case allowed && !q.outcome.Key.Equal(d.Key):
				return fmt.Errorf("reading through %s gives another document key", n.Name)
			case !allowed && q.outcome.Reason() != wire.Denied:
				return fmt.Errorf("reading without permission through %s: %v", n.Name, q.outcome)
			}
		}
	}
	return nil
}

package client

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"

	"github.com/geth-ss/geth-ss/client/document"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Fetched is a document key, checked, with what shows that the cluster gave it.
type Fetched struct {
	Key         wire.KeyID
	DocumentKey *document.Key
	ServerKey   wire.Point // that the document key was encrypted to
	Release     *wire.Release
	Request     *wire.Request // what Release answers
}

// Outcome is what came of one key of a batch: Err, or the rest.
type Outcome struct {
	Key     wire.KeyID
	Fetched *Fetched
	Err     error // an *Error where the cluster refused
}

// wanted is a key, and what is known of it.
type wanted struct {
	key       wire.KeyID
	serverKey wire.Point // zero: not known
}

// Fetch has the cluster release a document key, which only this client can put together.
func (c *Client) Fetch(ctx context.Context, key wire.KeyID) (*Fetched, error) {
	return c.fetchOne(ctx, wanted{key: key})
}

func (c *Client) fetchOne(ctx context.Context, want wanted) (*Fetched, error) {
	all, err := c.fetch(ctx, []wanted{want})
	if err == nil {
		err = all[0].Err
	}
	if err != nil {
		return nil, fmt.Errorf("fetching the key %v: %w", want.key, err)
	}
	return all[0].Fetched, nil
}

// FetchMany is Fetch for many keys, with one signature for each 256 of them. The outcomes are in the order of keys, which
// must differ. An error is one of all.
func (c *Client) FetchMany(ctx context.Context, keys []wire.KeyID) ([]Outcome, error) {
	all := make([]Outcome, 0, len(keys))
	for len(keys) > 0 {
		n := min(len(keys), wire.MaxRequestKeys)
		wants := make([]wanted, n)
		for i, key := range keys[:n] {
			wants[i].key = key
		}
		some, err := c.fetch(ctx, wants)
		if err != nil {
			return all, fmt.Errorf("fetching %d keys: %w", n, err)
		}
		all, keys = append(all, some...), keys[n:]
	}
	return all, nil
}

// fetch has one request for all. What a node fails to give, or is long in giving, is asked of the next, with the same
// request.
func (c *Client) fetch(ctx context.Context, wants []wanted) ([]Outcome, error) {
	reply, err := secp256k1.RandomScalar(rand.Reader)
	if err != nil {
		return nil, err
	}
	defer reply.Erase()
	keys := make([]wire.KeyID, len(wants))
	for i := range wants {
		keys[i] = wants[i].key
	}
	if slices.ContainsFunc(wants, func(w wanted) bool { return w.serverKey == (wire.Point{}) }) {
		if err := c.follow(ctx); err != nil {
			return nil, err
		}
	}
	req, err := c.newRequest(ctx, wire.OpRetrieve, keys, arguments{}, secp256k1.BaseMul(reply).Bytes())
	if err != nil {
		return nil, err
	}
	proof, err := req.signed.Proof()
	if err != nil {
		return nil, err
	}
	open := opener{c, wants, &req.signed.Request, proof, reply}
	var all []Outcome
	err = ask(ctx, c, c.reading(), func(ctx context.Context, endpoint string, into *[]answer) error {
		return c.post(ctx, endpoint, path(wire.OpRetrieve), req.body, into)
	}, func(told *[]answer) error {
		answers := *told
		if len(answers) != len(wants) {
			return &badAnswer{fmt.Errorf("%d outcomes for %d keys", len(answers), len(wants))}
		}
		all = open.merge(ctx, all, answers)
		return worthRetry(all)
	})
	if all != nil {
		return all, nil // each has its own error
	}
	return nil, err
}

// answer is what a node says about one key.
type answer struct {
	Key     wire.KeyID    `json:"key"`
	Release *wire.Release `json:"release"`
	Error   *Error        `json:"error"`
}

// opener checks and opens the answers to one request.
type opener struct {
	c       *Client
	wants   []wanted
	request *wire.Request
	proof   wire.Proof
	reply   *secp256k1.Scalar
}

// merge opens what is not settled by an earlier node.
func (o *opener) merge(ctx context.Context, before []Outcome, answers []answer) []Outcome {
	after := make([]Outcome, len(answers))
	for i := range answers {
		if before != nil && !retryable(before[i].Err) {
			after[i] = before[i]
			continue
		}
		after[i].Key = o.wants[i].key
		after[i].Fetched, after[i].Err = o.open(ctx, &answers[i], o.wants[i])
	}
	return after
}

func worthRetry(all []Outcome) error {
	var failed []error
	for _, o := range all {
		if o.Err != nil && retryable(o.Err) {
			failed = append(failed, o.Err)
		}
	}
	return errors.Join(failed...)
}

func (o *opener) open(ctx context.Context, a *answer, want wanted) (*Fetched, error) {
	switch {
	case a.Key != want.key || a.Error == nil && a.Release == nil:
		return nil, &badAnswer{errors.New("it is about another key than the one asked for")}
	case a.Error != nil:
		o.checkRefusal(a.Error)
		return nil, a.Error
	}
	f, err := o.check(ctx, a.Release, want)
	if err != nil {
		return nil, &badAnswer{err}
	}
	return f, nil
}

// checkRefusal makes a receipt of what was signed of a denial, if it holds.
func (o *opener) checkRefusal(e *Error) {
	if e.Refusal == nil {
		return
	}
	r := &Receipt{Receipt: e.Refusal.Receipt, Message: *o.request, Setup: e.Refusal.Setup}
	for _, s := range e.Refusal.Signatures {
		r.Signatures = append(r.Signatures, ReceiptSignature{s.Index, s.Signature})
	}
	if VerifyRefusal(r, Witnesses{}) == nil && o.c.checkMembers(&r.Setup, nil, false) == nil {
		e.Receipt = r
	}
}

func (o *opener) check(ctx context.Context, rel *wire.Release, want wanted) (*Fetched, error) {
	switch {
	case rel.Setup.Cluster != o.request.Cluster || rel.Setup.Key != want.key:
		return nil, errors.New("it releases another key")
	case rel.Receipt.Request != o.request.Digest() || rel.Receipt.Requester != o.request.Account:
		return nil, errors.New("it releases the key to another account, or for another request")
	}
	point, err := verify.OpenRelease(rel, o.proof.Hash(), o.reply)
	if err != nil {
		return nil, err
	}
	serverKey := rel.Commitments[0]
	if want.serverKey != (wire.Point{}) && serverKey != want.serverKey {
		return nil, errors.New("it releases the key under another server key than the document names")
	}
	if err := o.c.catchUp(ctx, o.request.Cluster, func() error {
		return o.c.checkMembers(&rel.Setup, nil, want.serverKey != (wire.Point{}))
	}); err != nil {
		return nil, err
	}
	b := point.Bytes()
	defer clear(b[:])
	key, err := document.NewKey(b[:])
	if err != nil {
		return nil, err
	}
	return &Fetched{Key: want.key, DocumentKey: key, ServerKey: serverKey, Release: rel, Request: o.request}, nil
}

// errSet is of a server set that nothing leads to from what this client knows.
func errSet(set *wire.SetRef) error { return &UnknownSet{*set} }

// checkMembers wants a key to be of the server set that is trusted, not only of some of its members: as many key servers as the
// set has are counted for majorities, and such a majority has completed it (cert; nil: where no certificate is told, as of a
// release). Where nothing is known of sets, every member must be among those that are trusted, and they must be as many as
// the key says that there are.
//
// Where the key itself is known from elsewhere, it may be what the configuration says alone: older documents stay. Of a key that
// was dealt anew since it does not matter then who the members are: t+1 valid parts of a sharing whose constant term is that
// key can't be made without its shares, and what they give is the document's key or nothing.
func (c *Client) checkMembers(key *wire.Terms, cert *wire.Certificate, keyKnown bool) error {
	servers := c.cfg.Servers
	if keyKnown && key.Move != nil {
		return nil
	}
	if !keyKnown {
		set, known, err := c.checkSet(key)
		if err != nil || known {
			if err == nil && cert != nil && (key.Set != nil || len(cert.Acks) > 0 || cert.Decided != nil) {
				err = verify.Confirmed(set, cert)
			}
			if err != nil || len(servers) == 0 || c.follows(servers) {
				return err
			}
		} else {
			servers = c.want.Servers
		}
	}
	if len(servers) == 0 {
		return nil
	}
	for _, m := range key.Members {
		if !slices.Contains(servers, m) {
			source, _ := c.source()
			if key.Set != nil && key.Set.Epoch > 0 {
				return fmt.Errorf("%w: key server %s of it holds a part of the key and is not among those trusted%s", errSet(key.Set), m.Short(), source)
			}
			return fmt.Errorf("key server %s holds a part of the key and is not among those trusted%s", m.Short(), source)
		}
	}
	switch {
	case keyKnown:
	case key.Set != nil && key.Set.Epoch > 0:
		return errSet(key.Set)
	case int(key.SetSize) != len(servers):
		return fmt.Errorf("the key was made among %d key servers, and %d are trusted", key.SetSize, len(servers))
	}
	return nil
}

package service

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/log"
	"github.com/geth-ss/geth-ss/protocol/documents"
	"github.com/geth-ss/geth-ss/protocol/gathering"
	"github.com/geth-ss/geth-ss/protocol/generation"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// keyServer is the clients' door: what can be asked for with a key. rpcapi.KeyServer says what the doors in front of it
// want of it.
type keyServer struct {
	*driver
	stock *stock // what is dealt ahead for signatures
}

// GenerateServerKey makes a distributed key under a free id, usable by any
// t+1 of its members. The requester becomes its author. Errors: KeyExists,
// Threshold, Disconnected, Busy, Timeout.
func (s *keyServer) GenerateServerKey(ctx context.Context, req *wire.Requester, id wire.KeyID, t uint32) (made *wire.ServerKey, err error) {
	defer counted(writes, generateTimer, time.Now(), &err)
	defer s.elsewhere(&err)
	if err := s.confirm(ctx, req, id); err != nil {
		return nil, err
	}
	release, err := s.limits.enterGeneration(ctx, req.Address)
	if err != nil {
		return nil, err
	}
	var record *wire.KeyRecord
	err = s.detached(ctx, release, func(ctx context.Context) (err error) {
		record, err = s.generate(ctx, req, id, t)
		return err
	})
	if err != nil {
		return nil, err
	}
	return serverKey(record), nil
}

func serverKey(record *wire.KeyRecord) *wire.ServerKey {
	return &wire.ServerKey{Key: record.Setup.Key, Version: record.Version(), Public: record.Public(), Certificate: record.Certificate()}
}

const (
	// fenceWait is how long a new key waits at most while the server set changes: until a quorum of the set before has listed
	// its keys, and all that take part know the new one.
	fenceWait  = 15 * time.Second
	fencePause = 250 * time.Millisecond
)

// generate makes a key, and waits while that has to wait for a change of the server set.
func (s *keyServer) generate(ctx context.Context, req *wire.Requester, id wire.KeyID, t uint32) (record *wire.KeyRecord, err error) {
	for end := time.Now().Add(fenceWait); ; {
		before := s.servers.Sets().Newest().Epoch
		record, err = s.generateNow(ctx, req, id, t)
		after := s.servers.Sets().Newest().Epoch
		passes := false // what stands in the way
		switch wire.ReasonOf(err) {
		case wire.Busy:
			passes = after > 0
		case wire.NotMember: // one of them has not heard yet of the newest set: this node, or who refused
			if passes = s.setsFollow(); passes {
				s.differing()
			}
		case wire.Disconnected, wire.Unavailable, wire.Timeout:
			passes = before != after
		}
		if !passes || time.Now().After(end) || ctx.Err() != nil || !s.pause(fencePause) {
			return record, err
		}
	}
}

// setsFollow tells whether other server sets may follow that of the settings.
func (d *driver) setsFollow() bool { return !d.servers.first.Load().Authority.None() }

// agreeWait is how long a request is tried again that fails while another key server has another view: this node has just started, and
// has not heard yet which set has followed, or that one has not.
const agreeWait = 3 * time.Second

// agreed does what a request asks for, again while it fails for that.
func (d *driver) agreed(ctx context.Context, do func() error) error {
	for end := time.Now().Add(agreeWait); ; {
		before := d.differed.Load()
		err := do()
		if err == nil || d.differed.Load() == before || !d.setsFollow() || time.Now().After(end) || ctx.Err() != nil {
			return err
		}
		switch wire.ReasonOf(err) {
		case wire.NotMember, wire.Unavailable, wire.TooFew, wire.Disconnected:
		default:
			return err
		}
		if !d.pause(followAtOnce) {
			return err
		}
	}
}

func (s *keyServer) generateNow(ctx context.Context, req *wire.Requester, id wire.KeyID, t uint32) (*wire.KeyRecord, error) {
	state, err := s.recall(id)
	if err != nil {
		return nil, err
	}
	m, err := generation.New(s.env(), state, id, t, req.Proof)
	if err != nil {
		return nil, s.explained(err)
	}
	if err := s.roomFor(id); err != nil {
		return nil, err
	}
	if err := s.run(ctx, wire.KindGenerate, id, m); err != nil {
		return nil, err
	}
	if t == 0 && len(s.servers.Members()) > 1 {
		log.Warn("A server key of threshold 0 was made: each key server alone can use it", "key", id)
	}
	return m.Record(), nil
}

// StoreDocumentKey stores the encrypted document key of a server key, once, for its
// author, and shows that it is. Errors: KeyNotFound, NotAuthor, DocumentExists, Cryptographic, Disconnected. DocumentExists
// is a *wire.Exists unless another document key is only promised.
func (s *keyServer) StoreDocumentKey(ctx context.Context, req *wire.Requester, id wire.KeyID, common, encrypted wire.Point) (_ *wire.Stored, err error) {
	defer counted(writes, storeTimer, time.Now(), &err)
	defer s.elsewhere(&err)
	if err := s.confirm(ctx, req, id); err != nil {
		return nil, err
	}
	release, err := s.limits.enter(ctx, req.Address)
	if err != nil {
		return nil, err
	}
	var stored *wire.Stored
	err = s.detached(ctx, release, func(ctx context.Context) error {
		if err := s.serves(id); err != nil {
			return err
		}
		state, err := s.known(ctx, id, false)
		if err != nil {
			return err
		}
		stored, err = s.storeDocument(ctx, req, state, common, encrypted)
		return err
	})
	if err != nil {
		return nil, err
	}
	return stored, nil
}

func (s *keyServer) storeDocument(ctx context.Context, req *wire.Requester, state *session.State, common, encrypted wire.Point) (*wire.Stored, error) {
	m, err := documents.NewStoring(s.env(), state, state.Record, req.Proof, common, encrypted)
	if err != nil {
		return nil, err
	}
	if err := s.run(ctx, wire.KindStore, state.Record.Setup.Key, m); err != nil {
		return nil, err
	}
	return m.Stored(), nil
}

// GenerateDocumentKey makes a server key and a document key under it, and returns
// the document key sealed to the requester. This node sees it. If storing fails the
// server key stays, and its author can go on with StoreDocumentKey. A client that gives
// up changes nothing: half of it would use the id up.
func (s *keyServer) GenerateDocumentKey(ctx context.Context, req *wire.Requester, id wire.KeyID, t uint32) (sealed []byte, err error) {
	defer counted(writes, bothTimer, time.Now(), &err)
	defer s.elsewhere(&err)
	release, err := s.limits.enterGeneration(ctx, req.Address)
	if err != nil {
		return nil, err
	}
	defer release()
	ctx = context.WithoutCancel(ctx)
	if _, err := s.generate(ctx, req, id, t); err != nil {
		return nil, err
	}
	state, err := s.recall(id)
	if err != nil {
		return nil, err
	}
	key, pair, err := drawDocumentKey(state.Record.Public())
	if err != nil {
		return nil, wire.Errorf(wire.Cryptographic, "making a document key: %v", err)
	}
	if _, err := s.storeDocument(ctx, req, state, pair.Common.Bytes(), pair.Encrypted.Bytes()); err != nil {
		return nil, err
	}
	return seal(req, key)
}

// drawDocumentKey makes a random document key, encrypted to a server key.
func drawDocumentKey(serverKey wire.Point) (*secp256k1.Point, *threshold.Ciphertext, error) {
	public, err := secp256k1.ParsePoint(serverKey[:])
	if err != nil {
		return nil, nil, err
	}
	key, err := threshold.NewDocumentKey(rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	pair, err := threshold.Encrypt(rand.Reader, key, public)
	return key, pair, err
}

// seal encrypts a document key to the requester, 177 bytes.
func seal(req *wire.Requester, key *secp256k1.Point) ([]byte, error) {
	plain := key.Bytes()
	defer clear(plain[:])
	sealed, err := gathering.Seal(rand.Reader, req.Public, plain[:])
	if err != nil {
		return nil, wire.Errorf(wire.Cryptographic, "sealing the document key: %v", err)
	}
	return sealed, nil
}

// ServerKey tells a server key to its author.
func (s *keyServer) ServerKey(ctx context.Context, req *wire.Requester, id wire.KeyID) (key *wire.ServerKey, err error) {
	defer counted(reads, publicTimer, time.Now(), &err)
	defer s.elsewhere(&err)
	if err := s.confirm(ctx, req, id); err != nil {
		return nil, err
	}
	release, err := s.limits.enter(ctx, req.Address)
	if err != nil {
		return nil, err
	}
	defer release()
	record, err := s.authored(ctx, req, id)
	if err != nil {
		return nil, err
	}
	return serverKey(record), nil
}

// authored is a certified key, for its author alone.
func (s *keyServer) authored(ctx context.Context, req *wire.Requester, id wire.KeyID) (*wire.KeyRecord, error) {
	if err := s.serves(id); err != nil {
		return nil, err
	}
	state, err := s.known(ctx, id, false)
	if err != nil {
		return nil, err
	}
	author, err := state.Record.Setup.Author()
	if err != nil {
		return nil, err
	}
	if author != req.Address || req.Author != (common.Address{}) && req.Author != author {
		return nil, wire.Errorf(wire.NotAuthor, "only the author of key %v may ask for this", id)
	}
	return state.Record, nil
}

// DocumentKey returns the document key sealed to a requester whom the permission
// contract admits. This node sees it.
func (s *keyServer) DocumentKey(ctx context.Context, req *wire.Requester, id wire.KeyID) (sealed []byte, err error) {
	defer counted(reads, plainTimer, time.Now(), &err)
	defer s.elsewhere(&err)
	m, err := s.retrieve(ctx, req, id, false)
	if err != nil {
		return nil, err
	}
	return seal(req, m.Key)
}

// DocumentKeyShadow returns the document key in parts which the requester alone can
// put together.
func (s *keyServer) DocumentKeyShadow(ctx context.Context, req *wire.Requester, id wire.KeyID) (shadow *wire.Shadow, err error) {
	defer counted(reads, shadowTimer, time.Now(), &err)
	defer s.elsewhere(&err)
	m, err := s.retrieve(ctx, req, id, true)
	if err != nil {
		return nil, err
	}
	return m.Shadow, nil
}

// Domain is what wallets' requests to this key server are bound to.
func (s *keyServer) Domain() (chain uint64, cluster wire.ClusterID) { return s.chainID, s.cluster }

// HasCode tells whether an account has code at the own final head.
func (s *keyServer) HasCode(ctx context.Context, account common.Address) (bool, error) {
	if !s.isRunning() {
		return false, errNotRunning
	}
	head, ok := s.chain.Final()
	if !ok {
		return false, wire.Errorf(wire.Unavailable, "looking for the account's contract: this node has no final block yet")
	}
	code, err := s.chain.HasCode(head.BlockRef, account)
	if err != nil {
		return false, wire.Errorf(wire.Unavailable, "looking for the account's contract: %v", err)
	}
	return code, nil
}

// confirm has the chain confirm a requester in operations that ask it nothing else.
func (s *keyServer) confirm(ctx context.Context, req *wire.Requester, id wire.KeyID) error {
	if req.Check == nil {
		return nil
	}
	if !s.isRunning() {
		return errNotRunning
	}
	v := s.oracle.Decide(ctx, session.Question{Requester: req.Address, Key: id, Check: req.Check, RequesterOnly: true})
	switch v.Answer {
	case session.Granted:
		return nil
	case session.Refused:
		return wire.Errorf(wire.BadRequester, "%s", v.Reason)
	}
	return wire.Errorf(wire.Unavailable, "confirming the requester: %s", v.Reason)
}

// enterRequest lets in a requester whom the permission contract will be asked about, with what
// is known of the key. The caller releases its place in the end.
func (s *keyServer) enterRequest(ctx context.Context, req *wire.Requester, id wire.KeyID, document bool) (state *session.State, release func(), err error) {
	if req.Check != nil && req.Check.Contract != nil { // before it counts as that account's
		if err := s.confirm(ctx, req, id); err != nil {
			return nil, nil, err
		}
	}
	if release, err = s.limits.enter(ctx, req.Address); err != nil {
		return nil, nil, err
	}
	if err = s.serves(id); err == nil {
		state, err = s.known(ctx, id, document)
	}
	if err != nil {
		release()
		return nil, nil, err
	}
	return state, release, nil
}

func (s *keyServer) retrieve(ctx context.Context, req *wire.Requester, id wire.KeyID, shadow bool) (*gathering.Retrieved, error) {
	state, release, err := s.enterRequest(ctx, req, id, true)
	if err != nil {
		return nil, err
	}
	defer release()
	var m *gathering.Retrieval
	err = s.agreed(ctx, func() (err error) {
		if m, err = gathering.NewRetrieval(s.env(), state, state.Record, state.Document, req.Proof, shadow); err == nil {
			err = s.run(ctx, wire.KindRetrieve, id, m)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return m.Result(), nil
}

// detached does what changes the cluster: it goes on when its client gives up, and keeps
// its place until it is over.
func (s *keyServer) detached(ctx context.Context, release func(), do func(context.Context) error) error {
	done := make(chan error, 1)
	running := s.spawn(func() {
		defer release()
		done <- do(context.WithoutCancel(ctx))
	})
	if !running {
		release()
		return errNotRunning
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return wire.Errorf(wire.Cancelled, "%v", context.Cause(ctx))
	}
}

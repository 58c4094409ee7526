package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/test/dapp"
)

// pick chooses a node whose process runs. Now and then it is one that is frozen or cut off, as a client can't know, unless
// a well one is asked for.
func (s *soak) pick(most trouble) *node {
	for range 200 {
		v := s.net.nodes[s.roll(len(s.net.nodes))]
		switch now := v.now(); {
		case now == well:
			return v
		case most != well && now == apart, most == frozen && now == frozen && s.roll(10) == 0, most == frozen && now == down && s.roll(10) == 0:
			return v
		}
	}
	return s.net.nodes[s.roll(len(s.net.nodes))]
}

// publish makes a server key through a node, and stores a document under it.
func (s *soak) publish(ctx context.Context, v *node, withDocument bool) error {
	k := &key{id: randomID(), made: time.Now()}
	by := s.net.accounts[author]
	err := s.ask(ctx, generate, v, func(ctx context.Context) (err error) {
		k.public, err = v.server.Generate(ctx, by, k.id, s.threshold())
		return err
	})
	s.ledger.add(k, s.quiet(k.made))
	if err != nil || !withDocument {
		return err
	}
	document, err := threshold.NewDocumentKey(rand.Reader)
	if err != nil {
		return err
	}
	via := s.pick(apart)
	if err := s.ask(ctx, store, via, func(ctx context.Context) error {
		return via.server.Store(ctx, by, k.id, k.public, document)
	}); err != nil {
		return err
	}
	k.change(func() { k.document = document })
	s.desk.grants <- k
	return nil
}

// publishBoth makes both keys in one request. If it fails there may be a server key alone.
func (s *soak) publishBoth(ctx context.Context, v *node) {
	k, by := &key{id: randomID(), made: time.Now()}, s.net.accounts[author]
	err := s.ask(ctx, both, v, func(ctx context.Context) (err error) {
		k.document, err = v.server.GenerateBoth(ctx, by, k.id, s.threshold())
		return err
	})
	if err == nil {
		err = s.ask(ctx, serverKey, v, func(ctx context.Context) (err error) {
			k.public, err = v.server.ServerKey(ctx, by, k.id)
			return err
		})
	}
	s.ledger.add(k, s.quiet(k.made))
	if err == nil {
		s.desk.grants <- k
	}
}

// publishByRPC is a dapp whose keys are in the node: it signs, makes the document key and encrypts by JSON-RPC.
func (s *soak) publishByRPC(ctx context.Context, v *node) error {
	a := s.net.state.Accounts[author]
	k := &key{id: randomID(), made: time.Now(), text: []byte("Meet me at " + time.Now().String())}
	var signature hexutil.Bytes
	if err := s.call(ctx, v, &signature, "secretstore_signRawHash", a.Address, a.Password, k.id); err != nil {
		return err
	}
	var public, encrypted hexutil.Bytes
	err := s.ask(ctx, generate, v, func(ctx context.Context) (err error) {
		if err = v.server.Request(ctx, http.MethodPost, fmt.Sprintf("/shadow/%x/%x/%d", k.id, []byte(signature), s.threshold()), &public); err == nil {
			k.public, err = secp256k1.ParsePoint(public)
		}
		return err
	})
	s.ledger.add(k, s.quiet(k.made))
	if err != nil {
		return err
	}
	var pair struct {
		CommonPoint    hexutil.Bytes `json:"common_point"`
		EncryptedPoint hexutil.Bytes `json:"encrypted_point"`
		EncryptedKey   hexutil.Bytes `json:"encrypted_key"`
	}
	if err := s.call(ctx, v, &pair, "secretstore_generateDocumentKey", a.Address, a.Password, public); err != nil {
		return err
	}
	if err := s.call(ctx, v, &encrypted, "secretstore_encrypt", a.Address, a.Password, pair.EncryptedKey, hexutil.Bytes(k.text)); err != nil {
		return err
	}
	if err := s.ask(ctx, store, v, func(ctx context.Context) error {
		return v.server.Request(ctx, http.MethodPost, fmt.Sprintf("/shadow/%x/%x/%x/%x", k.id, []byte(signature), []byte(pair.CommonPoint), []byte(pair.EncryptedPoint)), nil)
	}); err != nil {
		return err
	}
	k.change(func() { k.encrypted = encrypted })
	s.desk.grants <- k
	return nil
}

func (s *soak) call(ctx context.Context, v *node, result any, method string, args ...any) error {
	return s.ask(ctx, account, v, func(ctx context.Context) error { return v.rpc.CallContext(ctx, result, method, args...) })
}

// read reads a document that the reader may read.
func (s *soak) read(ctx context.Context, v *node, k *key) error {
	if k.encrypted != nil {
		return s.readByRPC(ctx, v, k)
	}
	op, get := shadow, v.server.Shadow
	if s.roll(5) == 0 {
		op, get = plain, v.server.Plain
	}
	begun := time.Now()
	err := s.ask(ctx, op, v, func(ctx context.Context) error {
		got, err := get(ctx, s.net.accounts[reader], k.id)
		if err == nil && !got.Equal(k.document) {
			return fmt.Errorf("%w: another document key", errWrong)
		}
		return s.unduly(v, k, begun, err)
	})
	s.spared(op, v, k, begun, err)
	return err
}

// spared: one node in trouble is no reason for another to turn readers away. A key that is older than the loss of a store
// may have had no holder to spare; a document that was being revoked may be denied.
func (s *soak) spared(op *operation, v *node, k *key, begun time.Time, err error) {
	s.mu.Lock()
	wiped := s.wiped
	s.mu.Unlock()
	if err == nil || v.during(well, begun.Add(-lag), time.Now()) || k.made.Before(wiped) || k.is(refused) || k.is(revoking) {
		return
	}
	if op == signatures[wire.ECDSA] && !k.whole {
		return // it takes all but one of the nodes
	}
	s.tally.broke("%s of %x through %s, which is well, after %v: %v", op.name, k.id[:4], v.name, time.Since(begun).Round(time.Millisecond), err)
}

// quiet tells whether nothing has been wrong anywhere since.
func (s *soak) quiet(since time.Time) bool {
	for _, v := range s.net.nodes {
		if v.during(well, since, time.Now()) {
			return false
		}
	}
	return true
}

// lag is how long after a trouble a node may not know the newest permissions yet.
const lag = 30 * time.Second

// unduly: a reader who is admitted is denied by no node that is well.
func (s *soak) unduly(v *node, k *key, begun time.Time, err error) error {
	if denied(err) && k.is(readable) && !v.during(well, begun.Add(-lag), time.Now()) {
		return fmt.Errorf("%w: %w, though %x was granted at %v", errWrong, err, k.id[:4], k.granted.Format(time.TimeOnly))
	}
	return err
}

func denied(err error) bool {
	var status *dapp.StatusError
	return errors.As(err, &status) && status.Status == http.StatusForbidden && (status.Text == "Access denied" || status.Text == "denied")
}

// readByRPC reads as a dapp whose keys are in the node.
func (s *soak) readByRPC(ctx context.Context, v *node, k *key) error {
	a := s.net.state.Accounts[reader]
	var signature, text hexutil.Bytes
	if err := s.call(ctx, v, &signature, "secretstore_signRawHash", a.Address, a.Password, k.id); err != nil {
		return err
	}
	parts, begun := new(dapp.Shadow), time.Now()
	err := s.ask(ctx, shadow, v, func(ctx context.Context) error {
		return s.unduly(v, k, begun, v.server.Request(ctx, http.MethodGet, dapp.ShadowPath(k.id, signature), parts))
	})
	if s.spared(shadow, v, k, begun, err); err != nil {
		return err
	}
	return s.ask(ctx, account, v, func(ctx context.Context) error {
		err := v.rpc.CallContext(ctx, &text, "secretstore_shadowDecrypt", a.Address, a.Password,
			parts.DecryptedSecret, parts.CommonPoint, parts.Parts, k.encrypted)
		if err == nil && string(text) != string(k.text) {
			err = fmt.Errorf("%w: %q for %q", errWrong, text, k.text)
		}
		return err
	})
}

// tryRefused asks for what must not be had: a revoked document, or a signature, by its reader, or any by a stranger.
func (s *soak) tryRefused(ctx context.Context, v *node) {
	who, list := reader, s.ledger.all(refused)
	if len(list) == 0 || s.roll(2) == 0 {
		who, list = stranger, s.ledger.all(stored)
	}
	if len(list) == 0 {
		return
	}
	k := list[s.roll(len(list))]
	s.ask(ctx, denial, v, func(ctx context.Context) error {
		var err error
		if i := s.roll(2 * len(wire.Schemes)); i < len(wire.Schemes) {
			_, err = s.signature(ctx, v, s.net.accounts[who], k, wire.Schemes[i])
		} else {
			_, err = v.server.Shadow(ctx, s.net.accounts[who], k.id)
		}
		switch {
		case err == nil:
			return fmt.Errorf("%w: %x was used by whom the contract does not admit", errWrong, k.id[:4])
		case denied(err):
			return nil
		}
		return err
	})
}

// lookUp reads a server key, which has to be the one that was reported.
func (s *soak) lookUp(ctx context.Context, v *node, k *key) error {
	begun := time.Now()
	err := s.ask(ctx, serverKey, v, func(ctx context.Context) error {
		got, err := v.server.ServerKey(ctx, s.net.accounts[author], k.id)
		if err == nil && !got.Equal(k.public) {
			err = fmt.Errorf("%w: another server key for %x", errWrong, k.id[:4])
		}
		return err
	})
	s.spared(serverKey, v, k, begun, err)
	return err
}

func randomID() (id common.Hash) {
	rand.Read(id[:])
	return id
}

// load is clients at work until it is stopped.
type load struct {
	s      *soak
	cancel context.CancelFunc
	wg     sync.WaitGroup
}

// start puts clients to work: one that publishes, some that read and that have hashes signed, and who changes permissions.
// They go so fast that the numbers wanted come together within the length.
func (s *soak) start(ctx context.Context, generations, reads, signatures int, length time.Duration) *load {
	ctx, cancel := context.WithCancel(ctx)
	l := &load{s: s, cancel: cancel}
	l.wg.Go(func() { s.desk.run(ctx, 20*time.Second) })
	l.wg.Go(func() { s.publishing(ctx, pace(length, generations)) })
	const readers, signers = 4, 4
	for range readers {
		l.wg.Go(func() { s.reading(ctx, readers*pace(length, reads)) })
	}
	for range signers {
		l.wg.Go(func() { s.signing(ctx, signers*pace(length, signatures)) })
	}
	return l
}

// pace leaves a tenth of the time for what goes wrong.
func pace(length time.Duration, count int) time.Duration {
	return length * 9 / 10 / time.Duration(max(1, count))
}

// stop lets the requests under way come to their end.
func (l *load) stop() {
	l.cancel()
	l.wg.Wait()
}

// publishing makes keys one after another, four in five with a document.
func (s *soak) publishing(ctx context.Context, every time.Duration) {
	next := time.Now()
	for i := 0; ctx.Err() == nil; i++ {
		work := context.WithoutCancel(ctx)
		switch v := s.pick(apart); {
		case i%20 == 7:
			s.publishByRPC(work, v)
		case i%20 == 13:
			s.publishBoth(work, v)
		default:
			s.publish(work, v, i%5 != 4)
		}
		next = later(next, every)
		sleep(ctx, time.Until(next))
	}
}

func (s *soak) reading(ctx context.Context, every time.Duration) {
	next := time.Now()
	for i := 0; ctx.Err() == nil; i++ {
		s.readSomething(context.WithoutCancel(ctx), i)
		next = later(next, every)
		sleep(ctx, time.Until(next))
	}
}

// later is the next turn; who is late does not hurry for ever.
func later(last time.Time, every time.Duration) time.Time {
	if behind := time.Now().Add(-5 * time.Second); last.Before(behind) {
		last = behind
	}
	return last.Add(every)
}

func (s *soak) readSomething(ctx context.Context, i int) {
	s.readSomethingThrough(ctx, s.pick(frozen), i)
}

func (s *soak) readSomethingThrough(ctx context.Context, v *node, i int) {
	if i%15 == 14 {
		s.tryRefused(ctx, v)
		return
	}
	if i%15 == 7 {
		if list := s.ledger.all(made); len(list) > 0 {
			s.lookUp(ctx, v, list[s.roll(len(list))])
		}
		return
	}
	list := s.ledger.all(readable)
	if len(list) == 0 {
		sleep(ctx, pollEvery)
		return
	}
	s.read(ctx, v, list[s.roll(len(list))])
}

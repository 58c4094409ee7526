package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/test/dapp"
)

// patience is how long a whole network may take to do what it must be able to do.
const patience = 30 * time.Second

// must does what has to succeed in a whole network, again for a while if it does not at once.
func (s *soak) must(ctx context.Context, what string, f func() error) error {
	var err error
	for begun := time.Now(); time.Since(begun) < patience && ctx.Err() == nil; sleep(ctx, time.Second) {
		if err = f(); err == nil {
			return nil
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	s.tally.broke("%s: %v", what, err)
	return nil
}

// look takes samples through a node that was hurt: the newest key and some others, and as many documents.
func (s *soak) look(ctx context.Context, v *node) error {
	const samples = 8
	keys, documents := s.ledger.all(made), s.ledger.all(readable)
	for i := range min(samples, len(keys)) {
		k := keys[len(keys)-1]
		if i > 0 {
			k = keys[s.roll(len(keys))]
		}
		if err := s.must(ctx, fmt.Sprintf("key %x through %s", k.id[:4], v.name), func() error { return s.lookUp(ctx, v, k) }); err != nil {
			return err
		}
	}
	for range min(samples, len(documents)) {
		k := documents[s.roll(len(documents))]
		if err := s.mustRead(ctx, v, k); err != nil {
			return err
		}
	}
	if len(documents) == 0 {
		return nil
	}
	return s.mustSign(ctx, v, documents[s.roll(len(documents))])
}

// mustRead reads a document unless it is revoked meanwhile.
func (s *soak) mustRead(ctx context.Context, v *node, k *key) error {
	return s.must(ctx, fmt.Sprintf("document %x through %s", k.id[:4], v.name), func() error {
		err := s.read(ctx, v, k)
		if !k.is(readable) {
			return nil
		}
		return err
	})
}

// audit asks every node for every key and every document, and for what became of the keys whose generation failed.
func (s *soak) audit(ctx context.Context) error {
	if err := s.grantRest(ctx); err != nil {
		return err
	}
	keys, documents, revoked := s.ledger.all(made), s.ledger.all(readable), s.ledger.all(refused)
	s.say("%d keys, %d documents, %d revoked, through each of %d nodes", len(keys), len(documents), len(revoked), len(s.net.nodes))
	errs := make([]error, len(s.net.nodes))
	var wg sync.WaitGroup
	for i, v := range s.net.nodes {
		wg.Go(func() { errs[i] = s.auditThrough(ctx, v, keys, documents, revoked) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	for _, k := range s.ledger.all(uncertain) {
		if err := s.auditUncertain(ctx, k); err != nil {
			return err
		}
	}
	s.say("%d signatures, no two with one nonce", s.nonces.count())
	return s.shares(ctx, len(keys))
}

// grantRest grants what was stored while nobody was at the desk.
func (s *soak) grantRest(ctx context.Context) error {
	list := s.ledger.all(func(k *key) bool { return stored(k) && k.granted.IsZero() })
	for len(list) > 0 && ctx.Err() == nil {
		n := min(deskBatch, len(list))
		s.desk.grant(ctx, list[:n])
		list = list[n:]
	}
	for len(s.desk.grants) > 0 {
		<-s.desk.grants
	}
	return context.Cause(ctx)
}

func (s *soak) auditThrough(ctx context.Context, v *node, keys, documents, revoked []*key) error {
	for _, k := range keys {
		if err := s.must(ctx, fmt.Sprintf("key %x through %s", k.id[:4], v.name), func() error { return s.lookUp(ctx, v, k) }); err != nil {
			return err
		}
	}
	for i, k := range documents {
		if err := s.mustRead(ctx, v, k); err != nil {
			return err
		}
		if i%10 == 0 {
			if err := s.mustSign(ctx, v, k); err != nil {
				return err
			}
		}
	}
	for _, k := range revoked {
		var key *secp256k1.Point
		err := s.must(ctx, fmt.Sprintf("revoked document %x through %s", k.id[:4], v.name), func() (err error) {
			key, err = v.server.Shadow(ctx, s.net.accounts[reader], k.id)
			if denied(err) || key != nil {
				return nil
			}
			return err
		})
		if key != nil {
			s.tally.broke("%s serves the revoked document %x", v.name, k.id[:4])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// auditUncertain: under an id whose generation failed there is one key or none, and asking again says which.
func (s *soak) auditUncertain(ctx context.Context, k *key) error {
	v := s.net.nodes[s.roll(len(s.net.nodes))]
	err := s.ask(ctx, generate, v, func(ctx context.Context) (err error) {
		k.public, err = v.server.Generate(ctx, s.net.accounts[author], k.id, s.threshold())
		return err
	})
	var status *dapp.StatusError
	switch {
	case err == nil:
		s.tally.end("made now")
	case errors.As(err, &status) && status.Status == http.StatusBadRequest:
		s.tally.end("it was made")
	default:
		s.tally.end(err.Error())
		return nil
	}
	var first *secp256k1.Point
	for _, v := range s.net.nodes {
		err := s.must(ctx, fmt.Sprintf("key %x of a failed generation through %s", k.id[:4], v.name), func() error {
			got, err := v.server.ServerKey(ctx, s.net.accounts[author], k.id)
			if err != nil {
				return err
			}
			if first == nil {
				first = got
			}
			if !first.Equal(got) {
				return fmt.Errorf("%w: the nodes have different keys", errWrong)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// shares tells how many keys and shares the nodes hold in the end: a wiped store has few.
func (s *soak) shares(ctx context.Context, keys int) error {
	for _, v := range s.net.nodes {
		st, err := v.status(ctx)
		if err != nil {
			return err
		}
		s.say("%s holds %d keys and %d shares; %d keys were reported as made", v.name, st.Keys, st.Shares, keys)
	}
	return nil
}

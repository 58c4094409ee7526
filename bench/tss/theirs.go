package main

import (
	"crypto/ecdsa"
	"errors"
	"fmt"
	"math/big"
	"sync"
	"time"

	"github.com/bnb-chain/tss-lib/v2/common"
	"github.com/bnb-chain/tss-lib/v2/ecdsa/keygen"
	"github.com/bnb-chain/tss-lib/v2/ecdsa/signing"
	"github.com/bnb-chain/tss-lib/v2/tss"
)

// inbox holds more messages than the parties of a run can have under way.
const inbox = 1000

// theirs is tss-lib's parties with a key: any t+1 of them sign, and all of them do.
type theirs struct {
	ids  tss.SortedPartyIDs
	t    int
	keys []keygen.LocalPartySaveData
}

// makeParameters finds a node's Paillier key and safe primes, which is luck and takes seconds to minutes.
func makeParameters(limit time.Duration) (*keygen.LocalPreParams, error) {
	return keygen.GeneratePreParams(limit)
}

// fixtureParameters are some that come with the library, for its tests.
func fixtureParameters(n int) (all []*keygen.LocalPreParams, err error) {
	keys, _, err := keygen.LoadKeygenTestFixtures(n)
	for i := range keys {
		all = append(all, &keys[i].LocalPreParams)
	}
	return all, err
}

// newTheirs generates a key for n nodes, each with its parameters.
func newTheirs(t int, parameters []*keygen.LocalPreParams) (*theirs, error) {
	n := len(parameters)
	c := &theirs{t: t}
	var ids tss.UnSortedPartyIDs
	for i := range n {
		ids = append(ids, tss.NewPartyID(fmt.Sprint(i+1), "", big.NewInt(int64(i+1))))
	}
	c.ids = tss.SortPartyIDs(ids)
	out, end := make(chan tss.Message, inbox), make(chan *keygen.LocalPartySaveData, n)
	var parties []tss.Party
	for i := range n {
		parties = append(parties, keygen.NewLocalParty(c.parameters(i), out, end, *parameters[i]))
	}
	if err := run(parties, out); err != nil {
		return nil, fmt.Errorf("tss-lib, key generation: %w", err)
	}
	c.keys = make([]keygen.LocalPartySaveData, n)
	for range n {
		key, err := finished(end)
		if err != nil {
			return nil, fmt.Errorf("tss-lib, key generation: %w", err)
		}
		i, err := key.OriginalIndex()
		if err != nil {
			return nil, err
		}
		c.keys[i] = *key
	}
	return c, nil
}

func (c *theirs) parameters(i int) *tss.Parameters {
	return tss.NewParameters(tss.S256(), tss.NewPeerContext(c.ids), c.ids[i], len(c.ids), c.t)
}

// sign makes one signature, at all parties at once, and checks what each of them has.
func (c *theirs) sign(hash [32]byte) error {
	out, end := make(chan tss.Message, inbox), make(chan *common.SignatureData, len(c.ids))
	var parties []tss.Party
	for i := range c.ids {
		parties = append(parties, signing.NewLocalParty(new(big.Int).SetBytes(hash[:]), c.parameters(i), c.keys[i], out, end, len(hash)))
	}
	if err := run(parties, out); err != nil {
		return fmt.Errorf("tss-lib, signing: %w", err)
	}
	public := c.keys[0].ECDSAPub.ToECDSAPubKey()
	for range c.ids {
		signature, err := finished(end)
		if err != nil {
			return fmt.Errorf("tss-lib, signing: %w", err)
		}
		if !ecdsa.Verify(public, hash[:], new(big.Int).SetBytes(signature.R), new(big.Int).SetBytes(signature.S)) {
			return errors.New("tss-lib, signing: the signature does not verify")
		}
	}
	return nil
}

// run starts parties and carries their messages until there are none. What a party does with the messages of a round goes on
// at the same time as the others' work, as between machines.
func run(parties []tss.Party, out chan tss.Message) error {
	if err := each(len(parties), func(i int) error { return failure(parties[i].Start()) }); err != nil {
		return err
	}
	for len(out) > 0 {
		var messages []tss.Message
		for len(out) > 0 {
			messages = append(messages, <-out)
		}
		if err := each(len(parties), func(i int) error { return receive(parties[i], messages) }); err != nil {
			return err
		}
	}
	return nil
}

// receive hands a party what of the messages is its own.
func receive(p tss.Party, messages []tss.Message) error {
	for _, m := range messages {
		if !isFor(m, p.PartyID()) {
			continue
		}
		raw, route, err := m.WireBytes()
		if err != nil {
			return err
		}
		if _, err := p.UpdateFromBytes(raw, route.From, route.IsBroadcast); err != nil {
			return failure(err)
		}
	}
	return nil
}

func isFor(m tss.Message, id *tss.PartyID) bool {
	if m.GetTo() == nil {
		return m.GetFrom().Index != id.Index
	}
	for _, to := range m.GetTo() {
		if to.Index == id.Index {
			return true
		}
	}
	return false
}

// failure turns the library's error type, whose nil is no nil error, into an error.
func failure(err *tss.Error) error {
	if err == nil {
		return nil
	}
	return err
}

// finished takes a party's result, which is there when no messages are left.
func finished[T any](end chan T) (result T, err error) {
	select {
	case result = <-end:
		return result, nil
	default:
		return result, errors.New("a party has no result")
	}
}

// each runs f for every party at the same time.
func each(n int, f func(int) error) error {
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { errs[i] = f(i) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

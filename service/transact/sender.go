package transact

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/log"
)

// stepLimit bounds how long one look at the chain may take.
const stepLimit = 30 * time.Second

// Sender sends transactions. Safe for concurrent use.
type Sender struct {
	cfg     Config
	chain   Chain
	journal Journal
	key     *ecdsa.PrivateKey
	account common.Address
	chainID uint64
	signer  types.Signer
	log     log.Logger

	mu      sync.Mutex
	entries []*entry // in the order in which they were asked for; those that ended, too
	funds   Account
	poor    bool // it was said

	stepping sync.Mutex // one step at a time; taken before mu
	wake     chan struct{}
	ctx      context.Context
	cancel   context.CancelFunc
	done     sync.WaitGroup
}

// New reads the journal. Start must be called before anything is sent.
func New(key *ecdsa.PrivateKey, chainID uint64, chain Chain, journal Journal, cfg Config) (*Sender, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	account := crypto.PubkeyToAddress(key.PublicKey)
	s := &Sender{
		cfg: cfg, chain: chain, journal: journal, key: key, account: account, chainID: chainID,
		signer: types.LatestSignerForChainID(new(big.Int).SetUint64(chainID)),
		log:    log.New("account", account),
		funds:  Account{Address: account}, wake: make(chan struct{}, 1),
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	if err := s.load(); err != nil {
		return nil, fmt.Errorf("reading the transactions of this node: %w", err)
	}
	return s, nil
}

// Start is node.Lifecycle's.
func (s *Sender) Start() error {
	s.done.Add(1)
	go s.run()
	return nil
}

// Stop ends the sending. What was not finished is, after the next start.
func (s *Sender) Stop() error {
	s.cancel()
	s.done.Wait()
	return nil
}

func (s *Sender) run() {
	defer s.done.Done()
	ticker := time.NewTicker(s.cfg.Poll)
	defer ticker.Stop()
	for {
		s.Step(s.ctx)
		select {
		case <-ticker.C:
		case <-s.wake:
		case <-s.ctx.Done():
			return
		}
	}
}

func (s *Sender) now() time.Time {
	if s.cfg.Now != nil {
		return s.cfg.Now()
	}
	return time.Now()
}

// Do has a call sent, and tells how it stands. For a purpose that there is already nothing new is sent, whatever the call.
func (s *Sender) Do(call Call) (Word, error) {
	if call.Purpose == "" {
		return Word{}, errors.New("a transaction without a purpose")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.find(call.Purpose); e != nil {
		if e.call == nil {
			e.call = &call // known again after a restart
		}
		return e.word(), nil
	}
	if s.unfinished() >= maxWaiting {
		return Word{}, ErrFull
	}
	e := &entry{Purpose: call.Purpose, To: call.To, Input: slices.Clone(call.Input), Stage: Waiting, Since: s.now(), call: &call}
	s.entries = append(s.entries, e)
	s.forget()
	if err := s.save(); err != nil {
		s.entries = slices.DeleteFunc(s.entries, func(o *entry) bool { return o == e })
		return Word{}, err
	}
	select {
	case s.wake <- struct{}{}:
	default:
	}
	return e.word(), nil
}

// Ask tells how a purpose stands. False: nobody has asked for it, or it ended long ago.
func (s *Sender) Ask(purpose string) (Word, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.find(purpose); e != nil {
		return e.word(), true
	}
	return Word{}, false
}

// Unfinished are the purposes that have not ended, the oldest first.
func (s *Sender) Unfinished() (all []Word) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.entries {
		if !e.Stage.Ended() {
			all = append(all, e.word())
		}
	}
	return all
}

// Funds tells how the account stands, as it was last seen.
func (s *Sender) Funds() Account {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.funds
}

func (e *entry) word() Word {
	return Word{Purpose: e.Purpose, Stage: e.Stage, Nonce: e.Nonce, Hash: e.Hash, Block: e.Block, Since: e.Since, Trouble: e.trouble}
}

func (s *Sender) find(purpose string) *entry {
	for _, e := range s.entries {
		if e.Purpose == purpose {
			return e
		}
	}
	return nil
}

func (s *Sender) unfinished() (n int) {
	for _, e := range s.entries {
		if !e.Stage.Ended() {
			n++
		}
	}
	return n
}

// forget drops the oldest that ended, if there are many.
func (s *Sender) forget() {
	for over := len(s.entries) - s.unfinished() - maxRemembered; over > 0; over-- {
		i := slices.IndexFunc(s.entries, func(e *entry) bool { return e.Stage.Ended() })
		s.entries = slices.Delete(s.entries, i, i+1)
	}
}

// Step looks at the chain once, and does what there is to be done. The loop calls it; tests may.
func (s *Sender) Step(ctx context.Context) {
	s.stepping.Lock()
	defer s.stepping.Unlock()
	ctx, cancel := context.WithTimeout(ctx, stepLimit)
	defer cancel()
	market, err := s.look(ctx)
	if err != nil {
		if ctx.Err() == nil {
			s.log.Debug("The chain can't be asked for transactions of this node", "err", err)
		}
		return
	}
	for _, e := range s.pending() {
		if err := s.advance(ctx, e, market); err != nil && ctx.Err() == nil {
			s.trouble(e, err)
		}
	}
}

// pending are those that have not ended: first those with nonces, in the order of these, so that no nonce is passed over.
func (s *Sender) pending() (all []*entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.entries {
		if !e.Stage.Ended() {
			all = append(all, e)
		}
	}
	rank := func(e *entry) uint64 {
		if e.Nonce == nil {
			return ^uint64(0)
		}
		return *e.Nonce
	}
	slices.SortStableFunc(all, func(a, b *entry) int {
		switch x, y := rank(a), rank(b); {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	return all
}

func (s *Sender) trouble(e *entry, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e.trouble = err.Error()
	if now := s.now(); now.Sub(e.said) >= sayAgain {
		e.said = now
		s.log.Warn("A transaction of this node gets no further", "purpose", e.Purpose, "err", err)
	}
}

func (s *Sender) advance(ctx context.Context, e *entry, m *market) error {
	if e.Stage == Sent {
		ended, err := s.settle(ctx, e, m)
		if err != nil || ended {
			return err
		}
	}
	if e.Nonce == nil {
		return s.begin(ctx, e, m)
	}
	return s.push(ctx, e, m)
}

// settle looks whether the purpose's nonce was used in a final block, and by what.
func (s *Sender) settle(ctx context.Context, e *entry, m *market) (ended bool, err error) {
	if m.finalNonce <= *e.Nonce {
		return false, nil
	}
	for _, tx := range e.signed {
		receipt, err := s.chain.TransactionReceipt(ctx, tx.Hash())
		switch {
		case errors.Is(err, ethereum.NotFound):
			continue
		case err != nil:
			return false, fmt.Errorf("looking for transaction %v: %w", tx.Hash(), err)
		case receipt.BlockNumber.Uint64() > m.final:
			return false, nil // a block that was taken back, and is not final here
		}
		return true, s.end(e, receipt)
	}
	// Somebody else has used the nonce, for good: nothing that was signed for it can get into the chain any more.
	s.log.Warn("Another transaction of this node's account has taken a nonce that was meant for one of this program", "purpose", e.Purpose, "nonce", *e.Nonce)
	return true, s.change(e, func() { e.Stage, e.Nonce, e.Signed, e.signed, e.Hash = Waiting, nil, nil, nil, common.Hash{} })
}

func (s *Sender) end(e *entry, receipt *types.Receipt) error {
	stage := Done
	if receipt.Status != types.ReceiptStatusSuccessful {
		stage = Failed
	}
	err := s.change(e, func() {
		e.Stage, e.Hash, e.Block, e.trouble = stage, receipt.TxHash, receipt.BlockNumber.Uint64(), ""
		e.Input, e.Signed, e.signed = nil, nil, nil
	})
	if err == nil {
		s.log.Info("A transaction of this node is in a final block", "purpose", e.Purpose, "hash", receipt.TxHash, "block", receipt.BlockNumber, "succeeded", stage == Done)
	}
	return err
}

// change alters an entry, durably or not at all.
func (s *Sender) change(e *entry, alter func()) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := *e
	alter()
	if err := s.save(); err != nil {
		*e = before
		return err
	}
	return nil
}

// begin gives a purpose its nonce and sends its first transaction.
func (s *Sender) begin(ctx context.Context, e *entry, m *market) error {
	if needed := s.needed(e); needed != nil {
		needed, err := needed(ctx)
		if err != nil {
			return fmt.Errorf("looking whether it is still needed: %w", err)
		}
		if !needed {
			return s.change(e, func() { e.Stage = Unneeded })
		}
	}
	gas, err := s.chain.EstimateGas(ctx, ethereum.CallMsg{From: s.account, To: &e.To, Data: e.Input})
	if err != nil {
		return fmt.Errorf("trying what it would do: %w", err)
	}
	gas = min(gas+gas/4, m.gasLimit)
	nonce, err := s.nextNonce(ctx)
	if err != nil {
		return fmt.Errorf("asking for the next nonce: %w", err)
	}
	if err := s.sign(e, nonce, gas, m.price()); err != nil {
		return err
	}
	return s.hand(ctx, e)
}

func (s *Sender) needed(e *entry) func(context.Context) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.call == nil {
		return nil
	}
	return e.call.Needed
}

// nextNonce is the pool's, but never one that is already meant for another purpose: that one's transaction may have been dropped
// from the pool.
func (s *Sender) nextNonce(ctx context.Context) (uint64, error) {
	next, err := s.chain.PendingNonceAt(ctx, s.account)
	if err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.entries {
		if e.Nonce != nil && !e.Stage.Ended() {
			next = max(next, *e.Nonce+1)
		}
	}
	return next, nil
}

// sign makes the purpose's next transaction, and writes it down.
func (s *Sender) sign(e *entry, nonce, gas uint64, p price) error {
	if cost := p.cost(gas); cost.Cmp(s.cfg.MaxCost) > 0 {
		return fmt.Errorf("it may cost %v wei (%d gas at %v), more than the %v allowed", cost, gas, p.fee, s.cfg.MaxCost)
	}
	tx, err := types.SignNewTx(s.key, s.signer, &types.DynamicFeeTx{
		ChainID: new(big.Int).SetUint64(s.chainID), Nonce: nonce, GasTipCap: p.tip, GasFeeCap: p.fee, Gas: gas, To: &e.To, Data: e.Input,
	})
	if err != nil {
		return err
	}
	raw, err := tx.MarshalBinary()
	if err != nil {
		return err
	}
	return s.change(e, func() {
		e.Stage, e.Nonce, e.Hash, e.raised = Sent, &nonce, tx.Hash(), s.now()
		e.Signed, e.signed = append(slices.Clip(e.Signed), raw), append(slices.Clip(e.signed), tx)
	})
}

// push sends the newest transaction of a purpose again, or one with higher fees if that has waited for long.
func (s *Sender) push(ctx context.Context, e *entry, m *market) error {
	if m.headNonce > *e.Nonce {
		return nil // it is in a block that is not final yet
	}
	last := e.signed[len(e.signed)-1]
	if s.now().Sub(e.raised) >= s.cfg.Patience && len(e.signed) < maxSigned {
		if p := m.over(last); p != nil {
			if err := s.sign(e, *e.Nonce, last.Gas(), *p); err != nil {
				return errors.Join(err, s.hand(ctx, e)) // the one that there is stays in the pool
			}
		}
	}
	return s.hand(ctx, e)
}

// hand gives the newest transaction of a purpose to the pool. That the pool has it already is well.
func (s *Sender) hand(ctx context.Context, e *entry) error {
	err := s.chain.SendTransaction(ctx, e.signed[len(e.signed)-1])
	switch {
	case err == nil, says(err, "already known"), says(err, "nonce too low"):
		err = nil
	case says(err, "replacement transaction underpriced"):
		// An earlier one of ours, or somebody else's, has this nonce: the next fees will be higher.
		return fmt.Errorf("the pool has another transaction with nonce %d: %w", *e.Nonce, err)
	default:
		return fmt.Errorf("handing transaction %v to the pool: %w", e.Hash, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	e.trouble = ""
	return nil
}

func says(err error, text string) bool { return strings.Contains(err.Error(), text) }

package transact

import (
	"context"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/core/types"
)

// market is what one look at the chain has shown.
type market struct {
	gasLimit   uint64
	base, tip  *big.Int
	headNonce  uint64
	final      uint64
	finalNonce uint64
}

// price is what a transaction offers for each gas.
type price struct{ tip, fee *big.Int }

func (p price) cost(gas uint64) *big.Int { return new(big.Int).Mul(p.fee, new(big.Int).SetUint64(gas)) }

func (s *Sender) look(ctx context.Context) (*market, error) {
	head, err := s.chain.HeaderByNumber(ctx, nil)
	if err != nil {
		return nil, err
	}
	m := &market{gasLimit: head.GasLimit, base: head.BaseFee}
	if m.base == nil {
		m.base = new(big.Int)
	}
	if m.tip, err = s.chain.SuggestGasTipCap(ctx); err != nil {
		return nil, err
	}
	if m.headNonce, err = s.chain.NonceAt(ctx, s.account, head.Number); err != nil {
		return nil, err
	}
	balance, err := s.chain.BalanceAt(ctx, s.account, head.Number)
	if err != nil {
		return nil, err
	}
	var ok bool
	if m.final, ok = s.cfg.Final(); ok {
		if m.finalNonce, err = s.chain.NonceAt(ctx, s.account, new(big.Int).SetUint64(m.final)); err != nil {
			return nil, fmt.Errorf("at final block %d: %w", m.final, err)
		}
	}
	s.watch(balance, m)
	return m, nil
}

// watch keeps the balance in view.
func (s *Sender) watch(balance *big.Int, m *market) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.funds.Balance, s.funds.Wanted = balance, m.price().cost(enough*usualGas)
	if poor := s.funds.Poor(); poor != s.poor {
		s.poor = poor
		if poor {
			s.log.Warn("The account of this node may soon be unable to pay for transactions", "balance", balance, "wanted", s.funds.Wanted)
		} else {
			s.log.Info("The account of this node can pay for transactions", "balance", balance)
		}
	}
}

// price is what is offered at first: the base fee may double until it is in a block.
func (m *market) price() price {
	return price{m.tip, new(big.Int).Add(m.tip, new(big.Int).Lsh(m.base, 1))}
}

// over is what is offered in place of a transaction: what is usual now, and an eighth more than it offered, so that pools take it.
// Nil where gas has no price: there nothing can be offered over it, and nothing need be.
func (m *market) over(last *types.Transaction) *price {
	now := m.price()
	if now.fee.Sign() == 0 && last.GasFeeCap().Sign() == 0 {
		return nil
	}
	p := price{larger(now.tip, raised(last.GasTipCap())), larger(now.fee, raised(last.GasFeeCap()))}
	p.fee = larger(p.fee, p.tip)
	return &p
}

func raised(fee *big.Int) *big.Int {
	more := new(big.Int).Add(fee, new(big.Int).Rsh(fee, 3))
	return more.Add(more, big.NewInt(1)) // the eighth was rounded down
}

func larger(a, b *big.Int) *big.Int {
	if a.Cmp(b) > 0 {
		return a
	}
	return b
}

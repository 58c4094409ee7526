package threshold

import (
	"errors"
	"fmt"
	"io"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

// MaxThreshold bounds t, and so the length of everything whose length depends on it. It is far above any server set
// and far below what would take noticeable memory or time.
const MaxThreshold = 1023

// ErrThreshold means a threshold below 0 or above MaxThreshold.
var ErrThreshold = errors.New("threshold: threshold out of range")

// Polynomial is a secret polynomial f of degree t over the scalars. Its constant term is what is shared, f(i) is node
// i's share.
type Polynomial struct {
	coefficients []*secp256k1.Scalar // lowest first, t+1 of them
}

// NewPolynomial draws a random polynomial of degree t.
func NewPolynomial(rand io.Reader, t int) (*Polynomial, error) {
	secret, err := secp256k1.RandomScalar(rand)
	if err != nil {
		return nil, fmt.Errorf("threshold: drawing a polynomial: %w", err)
	}
	return NewPolynomialFor(rand, t, secret)
}

// NewPolynomialFor draws a random polynomial of degree t whose constant term is the given secret: to split an existing
// key or to deal a share on. It keeps a copy of the secret.
func NewPolynomialFor(rand io.Reader, t int, secret *secp256k1.Scalar) (*Polynomial, error) {
	if t < 0 || t > MaxThreshold {
		return nil, ErrThreshold
	}
	p := &Polynomial{coefficients: make([]*secp256k1.Scalar, t+1)}
	p.coefficients[0] = secret.Copy()
	for k := 1; k <= t; k++ {
		a, err := secp256k1.RandomScalar(rand)
		if err != nil {
			p.Erase()
			return nil, fmt.Errorf("threshold: drawing a polynomial: %w", err)
		}
		p.coefficients[k] = a
	}
	return p, nil
}

// Threshold returns the degree t.
func (p *Polynomial) Threshold() int { return len(p.coefficients) - 1 }

// Secret returns a copy of the constant term.
func (p *Polynomial) Secret() *secp256k1.Scalar { return p.coefficients[0].Copy() }

// Eval returns the share f(x). It refuses x = 0, which would hand out the secret as if it were a share.
func (p *Polynomial) Eval(at Coordinate) (*secp256k1.Scalar, error) {
	x := at.X()
	if x.IsZero() {
		return nil, ErrZeroCoordinate
	}
	acc := new(secp256k1.Scalar)
	for k := len(p.coefficients) - 1; k >= 0; k-- {
		acc.Mul(acc, x)
		acc.Add(acc, p.coefficients[k])
	}
	return acc, nil
}

// Commit returns the public commitments to the coefficients.
func (p *Polynomial) Commit() Commitments {
	c := make(Commitments, len(p.coefficients))
	for k, a := range p.coefficients {
		c[k] = secp256k1.BaseMul(a)
	}
	return c
}

// Erase overwrites the coefficients.
func (p *Polynomial) Erase() {
	for _, a := range p.coefficients {
		a.Erase()
	}
}

// Format never tells the coefficients.
func (p *Polynomial) Format(f fmt.State, _ rune) { io.WriteString(f, "polynomial(redacted)") }

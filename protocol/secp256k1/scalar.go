package secp256k1

import (
	"crypto/sha512"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"

	secp "github.com/decred/dcrd/dcrec/secp256k1/v4"
)

// ScalarSize is the length of an encoded scalar in bytes.
const ScalarSize = 32

var (
	// ErrScalarLength means that an encoded scalar is not exactly 32 bytes long.
	ErrScalarLength = errors.New("secp256k1: scalar is not 32 bytes")
	// ErrScalarRange means that an encoded scalar is not below the group order. We never reduce silently: two
	// encodings of one value would make signed messages malleable.
	ErrScalarRange = errors.New("secp256k1: scalar is not below the group order")
	// ErrScalarZero means that a scalar is zero where zero is not allowed.
	ErrScalarZero = errors.New("secp256k1: scalar is zero")
)

// Scalar is an integer modulo the group order q; often a secret. The zero value is 0. Hold secrets as *Scalar: fmt
// cannot be kept from the inside of a Scalar that is an unexported field by value.
type Scalar struct {
	v secp.ModNScalar
}

// NewScalar returns the small public integer v as a scalar.
func NewScalar(v uint32) *Scalar {
	s := new(Scalar)
	s.v.SetInt(v)
	return s
}

// ParseScalar decodes 32 big-endian bytes. Zero is allowed; a value of q or more is ErrScalarRange.
func ParseScalar(b []byte) (*Scalar, error) {
	if len(b) != ScalarSize {
		return nil, ErrScalarLength
	}
	s := new(Scalar)
	if overflow := s.v.SetBytes((*[ScalarSize]byte)(b)); overflow != 0 {
		return nil, ErrScalarRange
	}
	return s, nil
}

// ParseNonZeroScalar is ParseScalar for values that must not be zero, such as private keys.
func ParseNonZeroScalar(b []byte) (*Scalar, error) {
	s, err := ParseScalar(b)
	if err != nil {
		return nil, err
	}
	if s.IsZero() {
		return nil, ErrScalarZero
	}
	return s, nil
}

// maxDraws bounds rejection sampling. A sound source is rejected with probability 2^-128 a draw; one that is rejected
// this often is broken, and an endless loop would hide it.
const maxDraws = 64

// RandomScalar returns a uniform scalar from 1 to q-1, by rejection sampling from rand.
func RandomScalar(rand io.Reader) (*Scalar, error) {
	var b [ScalarSize]byte
	defer clear(b[:])
	for range maxDraws {
		if _, err := io.ReadFull(rand, b[:]); err != nil {
			return nil, fmt.Errorf("secp256k1: reading randomness: %w", err)
		}
		if s, err := ParseNonZeroScalar(b[:]); err == nil {
			return s, nil
		}
	}
	return nil, errors.New("secp256k1: the random source gives no scalar below the group order; it is broken")
}

// HashToScalar hashes a domain tag and a list of parts to a scalar. The tag and every part are prefixed with their
// length (8 bytes, big-endian), so no two different lists collide by concatenation; 512 bits are reduced modulo q, so
// the result is uniform up to 2^-256.
func HashToScalar(tag string, parts ...[]byte) *Scalar {
	h := sha512.New()
	writePrefixed(h, []byte(tag))
	for _, p := range parts {
		writePrefixed(h, p)
	}
	var wide [sha512.Size]byte
	h.Sum(wide[:0])
	defer clear(wide[:])
	return reduceWide(&wide)
}

func writePrefixed(h hash.Hash, b []byte) {
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(len(b)))
	h.Write(n[:])
	h.Write(b)
}

// twoTo256 is 2^256 mod q.
var twoTo256 = func() *Scalar {
	s := NewScalar(1 << 16)
	for range 4 { // 16 -> 32 -> 64 -> 128 -> 256 bits
		s = s.Times(s)
	}
	return s
}()

// reduceWide reduces a 512-bit big-endian integer modulo q: hi*2^256 + lo.
func reduceWide(wide *[64]byte) *Scalar {
	var hi, lo Scalar
	hi.v.SetBytes((*[32]byte)(wide[:32]))
	lo.v.SetBytes((*[32]byte)(wide[32:]))
	hi.v.Mul(&twoTo256.v).Add(&lo.v)
	return &hi
}

// Bytes returns the 32-byte encoding. It is the one way to get at the value: treat it as what the scalar is.
func (s *Scalar) Bytes() [ScalarSize]byte { return s.v.Bytes() }

// IsZero reports whether s is zero.
func (s *Scalar) IsZero() bool { return s.v.IsZero() }

// IsHigh reports whether s is above q/2.
func (s *Scalar) IsHigh() bool { return s.v.IsOverHalfOrder() }

// Copy returns a copy of s with a life of its own.
func (s *Scalar) Copy() *Scalar { c := *s; return &c }

// Plus returns s + o.
func (s *Scalar) Plus(o *Scalar) *Scalar {
	r := new(Scalar)
	r.v.Add2(&s.v, &o.v)
	return r
}

// Minus returns s - o.
func (s *Scalar) Minus(o *Scalar) *Scalar {
	r := new(Scalar)
	r.v.NegateVal(&o.v).Add(&s.v)
	return r
}

// Times returns s * o.
func (s *Scalar) Times(o *Scalar) *Scalar {
	r := new(Scalar)
	r.v.Mul2(&s.v, &o.v)
	return r
}

// Negated returns -s.
func (s *Scalar) Negated() *Scalar {
	r := new(Scalar)
	r.v.NegateVal(&s.v)
	return r
}

// InversePublic returns 1/s for a public s, in variable time; 0 for 0. Our protocols never invert a secret.
func (s *Scalar) InversePublic() *Scalar {
	r := new(Scalar)
	r.v.InverseValNonConst(&s.v)
	return r
}

// Erase overwrites s with zero, best effort: the runtime may have copied it before.
func (s *Scalar) Erase() {
	if s != nil {
		s.v.Zero()
	}
}

const redacted = "scalar(redacted)"

// String never tells the value.
func (Scalar) String() string { return redacted }

// GoString never tells the value.
func (Scalar) GoString() string { return redacted }

// Format never tells the value, whatever the verb.
func (Scalar) Format(f fmt.State, _ rune) { io.WriteString(f, redacted) }

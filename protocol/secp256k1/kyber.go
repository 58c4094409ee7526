package secp256k1

import (
	"crypto/cipher"
	"errors"
	"io"

	"go.dedis.ch/kyber/v3"
)

// The methods below are kyber's. They set the receiver and return it, the receiver may be one of the arguments, and
// like kyber's own groups they panic when given another group's values.

var (
	_ kyber.Scalar = (*Scalar)(nil)
	_ kyber.Point  = (*Point)(nil)
)

// Equal compares in constant time.
func (s *Scalar) Equal(o kyber.Scalar) bool { return s.v.Equals(&o.(*Scalar).v) }

// Set sets s to a.
func (s *Scalar) Set(a kyber.Scalar) kyber.Scalar { *s = *a.(*Scalar); return s }

// Clone returns a copy of s.
func (s *Scalar) Clone() kyber.Scalar { return s.Copy() }

// SetInt64 sets s to v modulo q.
func (s *Scalar) SetInt64(v int64) kyber.Scalar {
	u := uint64(v)
	if v < 0 {
		u = -u
	}
	var b [ScalarSize]byte
	for i := range 8 {
		b[31-i] = byte(u >> (8 * i))
	}
	s.v.SetBytes(&b)
	if v < 0 {
		s.v.Negate()
	}
	return s
}

// Zero sets s to 0.
func (s *Scalar) Zero() kyber.Scalar { s.v.Zero(); return s }

// One sets s to 1.
func (s *Scalar) One() kyber.Scalar { s.v.SetInt(1); return s }

// Add sets s to a + b.
func (s *Scalar) Add(a, b kyber.Scalar) kyber.Scalar {
	*s = *a.(*Scalar).Plus(b.(*Scalar))
	return s
}

// Sub sets s to a - b.
func (s *Scalar) Sub(a, b kyber.Scalar) kyber.Scalar {
	*s = *a.(*Scalar).Minus(b.(*Scalar))
	return s
}

// Neg sets s to -a.
func (s *Scalar) Neg(a kyber.Scalar) kyber.Scalar {
	*s = *a.(*Scalar).Negated()
	return s
}

// Mul sets s to a * b.
func (s *Scalar) Mul(a, b kyber.Scalar) kyber.Scalar {
	*s = *a.(*Scalar).Times(b.(*Scalar))
	return s
}

// Div sets s to a / b, in variable time in b.
func (s *Scalar) Div(a, b kyber.Scalar) kyber.Scalar {
	*s = *a.(*Scalar).Times(b.(*Scalar).InversePublic())
	return s
}

// Inv sets s to 1 / a, in variable time.
func (s *Scalar) Inv(a kyber.Scalar) kyber.Scalar {
	*s = *a.(*Scalar).InversePublic()
	return s
}

// Pick sets s to a random scalar that is not zero.
func (s *Scalar) Pick(rand cipher.Stream) kyber.Scalar {
	r, err := RandomScalar(streamReader{rand})
	if err != nil {
		panic(err) // the stream itself cannot fail, so it repeats values above the order for ever
	}
	*s = *r
	return s
}

// SetBytes sets s to the big-endian integer b modulo q. Only kyber's callers want reduction; we use ParseScalar.
func (s *Scalar) SetBytes(b []byte) kyber.Scalar {
	var acc, chunk Scalar
	for head := len(b) % ScalarSize; len(b) > 0; head = 0 {
		if head == 0 {
			head = ScalarSize
		}
		chunk.v.SetByteSlice(b[:head])
		acc.v.Mul(&twoTo256.v).Add(&chunk.v)
		b = b[head:]
	}
	*s = acc
	return s
}

// MarshalBinary returns the 32-byte encoding.
func (s *Scalar) MarshalBinary() ([]byte, error) { b := s.Bytes(); return b[:], nil }

// UnmarshalBinary is ParseScalar.
func (s *Scalar) UnmarshalBinary(b []byte) error {
	r, err := ParseScalar(b)
	if err == nil {
		*s = *r
	}
	return err
}

// MarshalSize is 32.
func (s *Scalar) MarshalSize() int { return ScalarSize }

// MarshalTo writes the encoding to w.
func (s *Scalar) MarshalTo(w io.Writer) (int, error) { b := s.Bytes(); return w.Write(b[:]) }

// UnmarshalFrom reads an encoding from r or, as kyber asks, picks from r when it is a cipher stream.
func (s *Scalar) UnmarshalFrom(r io.Reader) (int, error) {
	if stream, ok := r.(cipher.Stream); ok {
		s.Pick(stream)
		return -1, nil
	}
	var b [ScalarSize]byte
	n, err := io.ReadFull(r, b[:])
	if err != nil {
		return n, err
	}
	return n, s.UnmarshalBinary(b[:])
}

// Equal compares two points. It only reads them, so concurrent readers are safe.
func (p *Point) Equal(o kyber.Point) bool {
	q := o.(*Point)
	return p.x.Equals(&q.x) && p.y.Equals(&q.y)
}

// Null sets p to the identity.
func (p *Point) Null() kyber.Point { *p = Point{}; return p }

// Base sets p to G.
func (p *Point) Base() kyber.Point { *p = *generator; return p }

// Pick sets p to a random point whose discrete logarithm nobody knows.
func (p *Point) Pick(rand cipher.Stream) kyber.Point { return p.Embed(nil, rand) }

// Set sets p to a.
func (p *Point) Set(a kyber.Point) kyber.Point { *p = *a.(*Point); return p }

// Clone returns a copy of p.
func (p *Point) Clone() kyber.Point { return p.Copy() }

// embedLen leaves byte 0 and bytes 30 and up of the x coordinate: length in the last byte, 8 random bits in front and
// 8 behind so that a point is found.
const embedLen = 29

// EmbedLen is 29.
func (p *Point) EmbedLen() int { return embedLen }

// Embed sets p to a random point that carries the first 29 bytes of data in its x coordinate; nil is Pick.
func (p *Point) Embed(data []byte, rand cipher.Stream) kyber.Point {
	if len(data) > embedLen {
		data = data[:embedLen]
	}
	for {
		var b [CompressedSize]byte
		random := b[:]
		rand.XORKeyStream(random, random)
		b[0] = 2 | b[0]&1
		if data != nil {
			copy(b[2:], data)
			b[32] = byte(len(data))
		}
		if q, err := ParseCompressed(b[:]); err == nil {
			*p = *q
			return p
		}
	}
}

// Data returns what Embed put in.
func (p *Point) Data() ([]byte, error) {
	x := p.XBytes()
	n := int(x[31])
	if p.IsIdentity() || n > embedLen {
		return nil, errors.New("secp256k1: point carries no data")
	}
	return append([]byte(nil), x[1:1+n]...), nil
}

// Add sets p to a + b.
func (p *Point) Add(a, b kyber.Point) kyber.Point {
	*p = *a.(*Point).Plus(b.(*Point))
	return p
}

// Sub sets p to a - b.
func (p *Point) Sub(a, b kyber.Point) kyber.Point {
	*p = *a.(*Point).Minus(b.(*Point))
	return p
}

// Neg sets p to -a.
func (p *Point) Neg(a kyber.Point) kyber.Point {
	*p = *a.(*Point).Negated()
	return p
}

// Mul sets p to s*q, or s*G when q is nil. The scalar may be secret.
func (p *Point) Mul(s kyber.Scalar, q kyber.Point) kyber.Point {
	base := generator
	if q != nil {
		base = q.(*Point)
	}
	*p = *base.Times(s.(*Scalar))
	return p
}

// MarshalBinary returns the 64-byte encoding.
func (p *Point) MarshalBinary() ([]byte, error) { b := p.Bytes(); return b[:], nil }

// UnmarshalBinary is ParsePointOrIdentity, since kyber wants the identity to go both ways.
func (p *Point) UnmarshalBinary(b []byte) error {
	q, err := ParsePointOrIdentity(b)
	if err == nil {
		*p = *q
	}
	return err
}

// MarshalSize is 64.
func (p *Point) MarshalSize() int { return PointSize }

// MarshalTo writes the encoding to w.
func (p *Point) MarshalTo(w io.Writer) (int, error) { b := p.Bytes(); return w.Write(b[:]) }

// UnmarshalFrom reads an encoding from r or, as kyber asks, picks from r when it is a cipher stream.
func (p *Point) UnmarshalFrom(r io.Reader) (int, error) {
	if stream, ok := r.(cipher.Stream); ok {
		p.Pick(stream)
		return -1, nil
	}
	var b [PointSize]byte
	n, err := io.ReadFull(r, b[:])
	if err != nil {
		return n, err
	}
	return n, p.UnmarshalBinary(b[:])
}

// streamReader reads a cipher stream's key stream.
type streamReader struct{ cipher.Stream }

func (r streamReader) Read(b []byte) (int, error) {
	clear(b)
	r.XORKeyStream(b, b)
	return len(b), nil
}

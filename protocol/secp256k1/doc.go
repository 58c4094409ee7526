// Package secp256k1 is the group of all our protocols: the curve secp256k1 of order q with generator G, as kyber's
// Group, Point, Scalar and Suite, and as a small typed interface that the protocols use.
//
// There are two ways to compute, on the same two types:
//
//	fresh values   p.Plus(q)  p.Minus(q)  p.Negated()  p.Times(s)  s.Plus(u)  s.Times(u)
//	               BaseMul(s)  Sum(points...)  MulAddPublic(a, b, p)  CombinePublic(a, p, b, q)
//	               SumEach, SumSmall, EvalPublicEach: many points, one inversion
//	kyber's        p.Add(a, b)  p.Mul(s, p)  s.Add(a, b) ...: set the receiver and return it
//
// Protocols use the first: nothing changes under anybody's hands, so points and scalars may be shared between
// goroutines. Only kyber's setters, UnmarshalBinary and Erase write to their receiver.
//
// # Constant time
//
// BaseMul, Point.Times and kyber's Mul run in libsecp256k1's constant-time routine, bundled with go-ethereum, when the
// program is built with cgo. Without cgo they fall back to decred's variable-time code: such a build is for tools and
// tests, not for a server that holds shares. SecretsInConstantTime tells which one this is. Scalar arithmetic is
// constant time (except InversePublic, Inv and Div). Point addition is not: it is meant for public points, and for
// sums such as M + kY where a timing would tell something about one random point only. Names with Public take
// public values only and may take a time that depends on them.
//
// # Encodings
//
//	scalar   32 bytes, big-endian, below q
//	point    64 bytes, X then Y, big-endian, each below p, on the curve
//	identity 64 zero bytes; ParsePoint rejects it, ParsePointOrIdentity and kyber's UnmarshalBinary accept it
//
// No off-curve point can be held: every decoder checks the equation, and libsecp256k1's multiplication, which does
// not, sees only decoded points.
//
// # Secrets
//
// A Scalar never prints its value, whatever the verb, and Equal takes constant time. A Point prints a fingerprint,
// since a document key is a point too; Bytes gives the encoding. The zero Scalar is 0 and the zero Point the identity.
package secp256k1

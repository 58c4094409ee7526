package main

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	mrand "math/rand/v2"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/ethereum/go-ethereum/crypto"
	geth "github.com/ethereum/go-ethereum/crypto/secp256k1"

	"github.com/geth-ss/geth-ss/protocol/ecies"
	ours "github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/threshold"
)

// subject is a computation with a secret.
type subject struct {
	name, secret string
	expected     expectation
	// prepare makes everything ready for one run with this secret. Only the run is timed. What is public differs from run to
	// run, in the same way for both classes, or is one for all: it may well show in the time.
	prepare func(secret *ours.Scalar) (run func() error, err error)
}

// expectation is what is known of a subject.
type expectation int

const (
	constant expectation = iota // nothing of the secret shows
	faint                       // something shows that is known and next to nothing, if one looks for long: docs/security.md
	control                     // it shows: a run that does not see it is worth nothing
)

// fixedSecret is what the fixed class has. The random class has secrets from 1 to q-1.
type fixedSecret struct {
	name    string
	value   *ours.Scalar
	telling bool // it makes whatever takes variable time stand out
}

// fixedSecrets are one with as few bits as there can be, and one as any other.
func fixedSecrets() []fixedSecret {
	return []fixedSecret{
		{"1", ours.NewScalar(1), true},
		{"a hash", ours.HashToScalar("dudect"), false},
	}
}

// measure times runs with the fixed secret and with random ones, in random order.
func measure(s subject, value *ours.Scalar, length time.Duration) (*measurements, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // garbage is collected between runs only
	m := new(measurements)
	const warm, collect = 100, 500
	for i, begun := 0, time.Now(); time.Since(begun) < length || m.count() < 2*warm; i++ {
		if i%collect == 0 {
			runtime.GC()
		}
		drawn, err := ours.RandomScalar(rand.Reader) // also for the fixed class, so that what comes before a run is the same
		if err != nil {
			return nil, err
		}
		class, chosen := mrand.IntN(2), value.Copy()
		if class == random {
			chosen = drawn
		}
		run, err := s.prepare(chosen)
		if err != nil {
			return nil, err
		}
		start := time.Now()
		err = run()
		took := time.Since(start)
		if err != nil {
			return nil, err
		}
		if i >= warm {
			m.add(class, took)
		}
	}
	return m, nil
}

// newSubjects are all that is measured.
func newSubjects() ([]subject, error) {
	k, err := newKey()
	if err != nil {
		return nil, err
	}
	return []subject{
		{name: "multiplication of a point", secret: "the factor", prepare: func(x *ours.Scalar) (func() error, error) {
			p, err := randomPoint()
			return func() error { p.Times(x); return nil }, err
		}},
		{name: "partial decryption, plain", secret: "the share", prepare: func(x *ours.Scalar) (func() error, error) { return k.partial(x, false) }},
		{name: "partial decryption, shadow", secret: "the share", prepare: func(x *ours.Scalar) (func() error, error) { return k.partial(x, true) }},
		{name: "Schnorr share", secret: "the share", prepare: k.schnorr},
		{name: "ECDSA opening", secret: "the share of the nonce", prepare: k.opening},
		{name: "ECDSA share", secret: "the share", prepare: k.ecdsa},
		{name: "sealing of a dealt share", secret: "the share", prepare: func(x *ours.Scalar) (func() error, error) { return k.seal(rand.Reader, x) }},
		{name: "sealing of a dealt share", secret: "the ephemeral key", prepare: ofEphemeral(k.seal)},
		{name: "opening of a dealt share", secret: "the static key", prepare: k.open},
		{name: "sealing of a shadow", secret: "the shadow", prepare: func(x *ours.Scalar) (func() error, error) { return k.shadow(rand.Reader, x) }},
		{name: "sealing of a shadow", secret: "the ephemeral key", prepare: ofEphemeral(k.shadow)},
		{name: "signature by the node key", secret: "the node key", prepare: signature},
		{name: "signature by the node key in a big.Int", secret: "the node key", expected: faint, prepare: signatureOfBig},
		{name: "decred's multiplication", secret: "the factor", expected: control, prepare: func(x *ours.Scalar) (func() error, error) {
			var v secp256k1.ModNScalar
			b := x.Bytes()
			v.SetBytes(&b)
			point, err := randomPoint()
			if err != nil {
				return nil, err
			}
			enc := point.Bytes()
			var p, r secp256k1.JacobianPoint
			p.X.SetByteSlice(enc[:32])
			p.Y.SetByteSlice(enc[32:])
			p.Z.SetInt(1)
			return func() error { secp256k1.ScalarMultNonConst(&v, &p, &r); return nil }, nil
		}},
		{name: "decred's multiplication of G", secret: "the factor", expected: control, prepare: func(x *ours.Scalar) (func() error, error) {
			var v secp256k1.ModNScalar
			b := x.Bytes()
			v.SetBytes(&b)
			var r secp256k1.JacobianPoint
			return func() error { secp256k1.ScalarBaseMultNonConst(&v, &r); return nil }, nil
		}},
	}, nil
}

// key is everything that is one for all runs: a key of threshold 1 with two holders, and an item that one node has dealt
// itself. Runs are of a share that is not the key's: nothing of what is timed compares it with what is public.
type key struct {
	quorum  *threshold.Quorum
	public  *ours.Point
	inverse *ours.Scalar // of node 1's Lagrange coefficient, so that the secret, not a multiple, is what a point is multiplied by
	item    *threshold.ECDSAItem
	context threshold.Context
}

func newKey() (*key, error) {
	f, err := threshold.NewPolynomial(rand.Reader, 1)
	if err != nil {
		return nil, err
	}
	set, err := threshold.NewSet(1, 2)
	if err != nil {
		return nil, err
	}
	lambda, err := set.Lambda(threshold.Index(1))
	if err != nil {
		return nil, err
	}
	k := &key{public: f.Commit().Constant(), inverse: lambda.InversePublic(), context: threshold.NewContext("dudect")}
	if k.quorum, err = threshold.NewQuorum(set, f.Commit()); err != nil {
		return nil, err
	}
	dealt, err := threshold.ECDSAPlan(0, 1).Draw(rand.Reader)
	if err != nil {
		return nil, err
	}
	var joint []threshold.Commitments
	for _, d := range dealt {
		joint = append(joint, d.Commit())
	}
	alone, err := threshold.NewSet(1)
	if err != nil {
		return nil, err
	}
	k.item, err = threshold.NewECDSAItem(alone, joint)
	return k, err
}

// partial decrypts with a share that is the secret divided by λ.
func (k *key) partial(secret *ours.Scalar, shadow bool) (func() error, error) {
	common, err := randomPoint()
	if err != nil {
		return nil, err
	}
	var mask *threshold.Mask
	if shadow {
		if mask, err = k.quorum.NewMask(rand.Reader); err != nil {
			return nil, err
		}
	}
	share := secret.Times(k.inverse)
	return func() error {
		_, err := k.quorum.Partial(rand.Reader, threshold.Index(1), share, common, mask, k.context)
		return err
	}, nil
}

func (k *key) schnorr(share *ours.Scalar) (func() error, error) {
	own, err := threshold.NewNonce(rand.Reader, nil)
	if err != nil {
		return nil, err
	}
	other, err := threshold.NewNonce(rand.Reader, nil)
	if err != nil {
		return nil, err
	}
	message := make([]byte, 32)
	rand.Read(message)
	s, err := threshold.NewSchnorrSigning(k.quorum, k.public, threshold.RFC9591, message,
		[]*threshold.NonceCommitment{own.Commitment(), other.Commitment()})
	return func() error {
		_, err := s.Share(threshold.Index(1), share, own)
		return err
	}, err
}

// secretOf is what a node holds of an item, with this share of the nonce.
func secretOf(nonce *ours.Scalar) (*threshold.ECDSASecret, error) {
	column := []*ours.Scalar{nonce}
	for len(column) < threshold.ECDSAPlan(0, 1).Scalars() {
		s, err := ours.RandomScalar(rand.Reader)
		if err != nil {
			return nil, err
		}
		column = append(column, s)
	}
	return threshold.NewECDSASecret(threshold.Index(1), column)
}

func (k *key) opening(nonce *ours.Scalar) (func() error, error) {
	s, err := secretOf(nonce)
	return func() error {
		_, err := k.item.Open(rand.Reader, s, k.context)
		return err
	}, err
}

func (k *key) ecdsa(share *ours.Scalar) (func() error, error) {
	nonce, err := ours.RandomScalar(rand.Reader)
	if err != nil {
		return nil, err
	}
	s, err := secretOf(nonce)
	if err != nil {
		return nil, err
	}
	o, err := k.item.Open(rand.Reader, s, k.context)
	if err != nil {
		return nil, err
	}
	var hash [32]byte
	rand.Read(hash[:])
	signing, err := k.item.NewSigning([]*threshold.ECDSAOpening{o}, hash)
	return func() error {
		_, err := signing.Share(rand.Reader, s, share, k.public, k.context)
		return err
	}, err
}

// seal seals a share to a random node, with an ephemeral key that is drawn from random.
func (k *key) seal(random io.Reader, share *ours.Scalar) (func() error, error) {
	e, err := threshold.NewEphemeral(random, [32]byte{1}, threshold.Index(1))
	if err != nil {
		return nil, err
	}
	receiver, err := randomPoint()
	return func() error {
		_, err := e.Seal(threshold.Index(2), receiver, []*ours.Scalar{share})
		return err
	}, err
}

// open opens a share that is sealed to somebody else: what comes out is noise.
func (k *key) open(static *ours.Scalar) (func() error, error) {
	e, err := threshold.NewEphemeral(rand.Reader, [32]byte{1}, threshold.Index(1))
	if err != nil {
		return nil, err
	}
	sealed, err := e.Seal(threshold.Index(2), k.public, []*ours.Scalar{ours.NewScalar(7)})
	if err != nil {
		return nil, err
	}
	channel, err := e.Public().Verify([32]byte{1}, threshold.Index(1))
	return func() error {
		_, err := channel.Open(threshold.Index(2), static, k.public, sealed)
		return err
	}, err
}

// shadow seals a blinding to a requester.
func (k *key) shadow(random io.Reader, blinding *ours.Scalar) (func() error, error) {
	requester, err := randomPoint()
	if err != nil {
		return nil, err
	}
	plain := blinding.Bytes()
	return func() error {
		_, err := ecies.Seal(random, requester, plain[:])
		return err
	}, nil
}

// signature is what libsecp256k1 does when a node signs.
func signature(secret *ours.Scalar) (func() error, error) {
	key := secret.Bytes()
	hash := make([]byte, 32)
	rand.Read(hash)
	return func() error {
		_, err := geth.Sign(hash, key[:])
		return err
	}, nil
}

// signatureOfBig is all of it: go-ethereum has keys in big.Ints, and first makes bytes of them.
func signatureOfBig(secret *ours.Scalar) (func() error, error) {
	b := secret.Bytes()
	private, err := crypto.ToECDSA(b[:])
	if err != nil {
		return nil, fmt.Errorf("node key: %w", err)
	}
	hash := make([]byte, 32)
	rand.Read(hash)
	return func() error {
		_, err := crypto.Sign(hash, private)
		return err
	}, nil
}

// ofEphemeral encrypts a scalar of no account, and has the secret be the key that is drawn for it.
func ofEphemeral(encrypt func(io.Reader, *ours.Scalar) (func() error, error)) func(*ours.Scalar) (func() error, error) {
	return func(x *ours.Scalar) (func() error, error) {
		scalar, err := ours.RandomScalar(rand.Reader)
		if err != nil {
			return nil, err
		}
		return encrypt(drawing(x), scalar)
	}
}

// drawing gives a secret to whoever draws one first, and randomness afterwards.
func drawing(secret *ours.Scalar) io.Reader {
	b := secret.Bytes()
	return io.MultiReader(bytes.NewReader(b[:]), rand.Reader)
}

func randomPoint() (*ours.Point, error) {
	s, err := ours.RandomScalar(rand.Reader)
	if err != nil {
		return nil, err
	}
	return ours.BaseMulPublic(s), nil
}

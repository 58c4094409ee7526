// Package ecies is Parity's ECIES on secp256k1, byte for byte: the form of everything that only its receiver may read,
// document keys and shadows alike. It holds no key and does no input or output.
//
//	04 │ R = X‖Y │ IV │ AES-128-CTR ciphertext │ HMAC-SHA256 tag
//	 1 │      64 │ 16 │       as the plaintext │ 32
//
// with z = X(r·P), K = SHA256(00000001 ‖ z), encryption key K[:16], MAC key SHA256(K[16:]) and the tag over
// IV ‖ ciphertext ‖ 00 00. go-ethereum's crypto/ecies is the same for what both can do, but refuses an empty plaintext
// and the leading bytes 2 and 3, which Parity reads as if they were 4.
package ecies

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

// Overhead is by how much a blob is longer than its plaintext.
const Overhead = 1 + 64 + ivSize + tagSize

const (
	ivSize  = 16
	tagSize = sha256.Size

	ivAt = 1 + 64 // the tag covers all from here
)

// clientData is authenticated with every blob that clients see.
var clientData = []byte{0, 0}

// ErrInvalid: no blob, or not for this receiver.
var ErrInvalid = errors.New("ecies: invalid message")

// Seal encrypts to the holder of a point's secret. It costs two multiplications.
func Seal(rand io.Reader, to *secp256k1.Point, plain []byte) ([]byte, error) {
	s, err := NewSealer(rand, to)
	if err != nil {
		return nil, err
	}
	defer s.Erase()
	return s.Seal(rand, plain)
}

// Sealer encrypts several plaintexts to one receiver under one R, for the price of one: each has an IV of its own.
// Whoever sees the blobs sees that they belong together.
type Sealer struct {
	ephemeral    [secp256k1.PointSize]byte
	encrypt, mac []byte
}

// NewSealer draws R. Erase the sealer after use.
func NewSealer(rand io.Reader, to *secp256k1.Point) (*Sealer, error) {
	r, err := secp256k1.RandomScalar(rand)
	if err != nil {
		return nil, err
	}
	defer r.Erase()
	s := &Sealer{ephemeral: secp256k1.BaseMul(r).Bytes()}
	s.encrypt, s.mac = keys(to.Times(r))
	return s, nil
}

// Seal encrypts one of them.
func (s *Sealer) Seal(rand io.Reader, plain []byte) ([]byte, error) {
	blob := make([]byte, ivAt+ivSize, Overhead+len(plain))
	blob[0] = 4
	copy(blob[1:], s.ephemeral[:])
	if _, err := io.ReadFull(rand, blob[ivAt:]); err != nil {
		return nil, fmt.Errorf("drawing an IV: %w", err)
	}
	blob = append(blob, ctr(s.encrypt, blob[ivAt:], plain)...)
	return append(blob, tagOf(s.mac, blob[ivAt:])...), nil
}

// Erase overwrites the keys. The sealer seals nothing after it.
func (s *Sealer) Erase() {
	clear(s.encrypt)
	clear(s.mac)
}

const redacted = "sealer(redacted)"

// String never tells the keys.
func (Sealer) String() string { return redacted }

// GoString never tells the keys.
func (Sealer) GoString() string { return redacted }

// Format never tells the keys, whatever the verb.
func (Sealer) Format(f fmt.State, _ rune) { io.WriteString(f, redacted) }

// Open decrypts a blob with its receiver's secret. The tag is checked first. It fails with ErrInvalid, or because R is
// no point.
func Open(secret *secp256k1.Scalar, blob []byte) ([]byte, error) {
	if len(blob) < Overhead || blob[0] < 2 || blob[0] > 4 {
		return nil, ErrInvalid
	}
	ephemeral, err := secp256k1.ParsePoint(blob[1:ivAt])
	if err != nil {
		return nil, err
	}
	encrypt, mac := keys(ephemeral.Times(secret))
	defer clear(encrypt)
	defer clear(mac)
	body, tag := blob[ivAt:len(blob)-tagSize], blob[len(blob)-tagSize:]
	if !hmac.Equal(tag, tagOf(mac, body)) {
		return nil, ErrInvalid
	}
	return ctr(encrypt, body[:ivSize], body[ivSize:]), nil
}

// keys are for the caller to overwrite. What they are made from is, when it returns.
func keys(shared *secp256k1.Point) (encrypt, mac []byte) {
	z := shared.XBytes()
	defer clear(z[:])
	in := append([]byte{0, 0, 0, 1}, z[:]...)
	defer clear(in)
	k := sha256.Sum256(in)
	m := sha256.Sum256(k[16:])
	clear(k[16:])
	return k[:16], m[:]
}

func tagOf(key, body []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(body)
	h.Write(clientData)
	return h.Sum(nil)
}

// ctr is AES-128 in counter mode, which encrypts and decrypts.
func ctr(key, iv, in []byte) []byte {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic("ecies: internal error: " + err.Error()) // the key has 16 bytes
	}
	out := make([]byte, len(in))
	cipher.NewCTR(block, iv).XORKeyStream(out, in)
	return out
}

package rpcapi

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"io"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

// Parity's ECIES (spec rpc-api.md 3):
//
//	04 │ R = X‖Y │ IV │ AES-128-CTR ciphertext │ HMAC-SHA256 tag
//	 1 │      64 │ 16 │       as the plaintext │ 32
//
// with z = X(r·P), K = SHA256(00000001 ‖ z), encryption key K[:16], MAC key
// SHA256(K[16:]) and the tag over IV ‖ ciphertext ‖ 00 00. go-ethereum's crypto/ecies is
// the same for what both can do, but refuses an empty plaintext and the leading bytes 2
// and 3, which Parity reads as if they were 4.
const eciesOverhead = 1 + 64 + 16 + 32

// eciesData is authenticated with every blob that clients see.
var eciesData = []byte{0, 0}

//lint:ignore ST1005 Parity's text
var errECIES = errors.New("Invalid message")

// seal encrypts to the holder of a point's secret.
func seal(rand io.Reader, to *secp256k1.Point, plain []byte) ([]byte, error) {
	r, err := secp256k1.RandomScalar(rand)
	if err != nil {
		return nil, err
	}
	defer r.Erase()
	blob := make([]byte, 81, eciesOverhead+len(plain))
	ephemeral := secp256k1.BaseMul(r).Bytes()
	blob[0] = 4
	copy(blob[1:65], ephemeral[:])
	if _, err := io.ReadFull(rand, blob[65:81]); err != nil {
		return nil, err
	}
	encrypt, mac := eciesKeys(to.Times(r))
	blob = append(blob, ctr(encrypt, blob[65:81], plain)...)
	return append(blob, eciesTag(mac, blob[65:])...), nil
}

// open decrypts a blob with its receiver's secret. The tag is checked first.
func open(secret *secp256k1.Scalar, blob []byte) ([]byte, error) {
	if len(blob) < eciesOverhead || blob[0] < 2 || blob[0] > 4 {
		return nil, errECIES
	}
	ephemeral, err := secp256k1.ParsePoint(blob[1:65])
	if err != nil {
		return nil, err
	}
	encrypt, mac := eciesKeys(ephemeral.Times(secret))
	body, tag := blob[65:len(blob)-32], blob[len(blob)-32:]
	if !hmac.Equal(tag, eciesTag(mac, body)) {
		return nil, errECIES
	}
	return ctr(encrypt, body[:16], body[16:]), nil
}

func eciesKeys(shared *secp256k1.Point) (encrypt, mac []byte) {
	z := shared.XBytes()
	k := sha256.Sum256(append([]byte{0, 0, 0, 1}, z[:]...))
	m := sha256.Sum256(k[16:])
	return k[:16], m[:]
}

func eciesTag(key, body []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(body)
	h.Write(eciesData)
	return h.Sum(nil)
}

// ctr is AES-128 in counter mode: the counter is the whole IV, big-endian. It encrypts
// and decrypts.
func ctr(key, iv, in []byte) []byte {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic("rpcapi: internal error: " + err.Error()) // the key has 16 bytes
	}
	out := make([]byte, len(in))
	cipher.NewCTR(block, iv).XORKeyStream(out, in)
	return out
}

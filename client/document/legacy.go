package document

import (
	"crypto/aes"
	"crypto/cipher"
	"fmt"
	"io"
)

// LegacyOverhead is by how much a document of Parity's form is longer than its plaintext: the IV at its end.
const LegacyOverhead = aes.BlockSize

// EncryptLegacy encrypts as Parity's secretstore_encrypt does: AES-128-CTR under the first 16 bytes of the document key,
// then the IV, which is drawn from random. Nothing in it is authenticated: whoever can change it changes the plaintext.
func EncryptLegacy(random io.Reader, key *Key, plain []byte) ([]byte, error) {
	out := make([]byte, len(plain)+LegacyOverhead)
	iv := out[len(plain):]
	if _, err := io.ReadFull(random, iv); err != nil {
		return nil, fmt.Errorf("drawing an IV: %w", err)
	}
	legacyStream(key, iv).XORKeyStream(out, plain)
	return out, nil
}

// DecryptLegacy is its inverse. It has no way to notice a wrong key or a changed document: what comes out is garbage then.
// It fails if there is no room for an IV.
func DecryptLegacy(key *Key, encrypted []byte) ([]byte, error) {
	split := len(encrypted) - LegacyOverhead
	if split < 0 {
		return nil, fmt.Errorf("%w: %d bytes are too few for a document in Parity's form", ErrDamaged, len(encrypted))
	}
	out := make([]byte, split)
	legacyStream(key, encrypted[split:]).XORKeyStream(out, encrypted[:split])
	return out, nil
}

// legacyStream counts with the whole IV, big-endian.
func legacyStream(key *Key, iv []byte) cipher.Stream {
	block, err := aes.NewCipher(key.point[:16])
	if err != nil {
		panic("document: internal error: " + err.Error()) // the key has 16 bytes
	}
	return cipher.NewCTR(block, iv)
}

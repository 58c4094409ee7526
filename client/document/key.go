package document

import (
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
)

// KeySize is the length of a document key in bytes.
const KeySize = 64

// Key is a document key: a point of secp256k1 as X‖Y. It never prints.
type Key struct{ point [KeySize]byte }

// NewKey takes a copy of 64 bytes X‖Y. Whether they are a point is for their source to check.
func NewKey(point []byte) (*Key, error) {
	if len(point) != KeySize {
		return nil, fmt.Errorf("a document key has %d bytes, not %d", KeySize, len(point))
	}
	return &Key{[KeySize]byte(point)}, nil
}

// Erase overwrites the key, best effort: the runtime may have copied it before.
func (k *Key) Erase() {
	if k != nil {
		clear(k.point[:])
	}
}

const redacted = "document key(redacted)"

// String never tells the key.
func (Key) String() string { return redacted }

// GoString never tells the key.
func (Key) GoString() string { return redacted }

// Format never tells the key, whatever the verb.
func (Key) Format(f fmt.State, _ rune) { io.WriteString(f, redacted) }

// MarshalText refuses: a document key in a file or an answer is a mistake.
func (Key) MarshalText() ([]byte, error) {
	return nil, errors.New("a document key is not to be written")
}

// derive gives 32 bytes for one purpose under a document's salt.
func (k *Key) derive(salt *[32]byte, purpose string) []byte {
	sub, err := hkdf.Key(sha256.New, k.point[:], salt[:], "geth-ss/document/1 "+purpose, 32)
	if err != nil {
		panic("document: internal error: " + err.Error()) // the lengths are right
	}
	return sub
}

package threshold

import (
	"crypto/sha256"
	"encoding/binary"
)

// Context says what a proof is for. It is the hash of everything the proof must not be torn from: the session, who
// proves, the purpose, what travels with it. A proof holds in one context only.
type Context [32]byte

// NewContext hashes a purpose and a list of parts, each prefixed with its length (8 bytes, big-endian), with SHA-256.
// Purposes are distinct constants of the caller, such as "geth-ss/decryption/v1".
func NewContext(purpose string, parts ...[]byte) Context {
	h := sha256.New()
	var n [8]byte
	write := func(b []byte) {
		binary.BigEndian.PutUint64(n[:], uint64(len(b)))
		h.Write(n[:])
		h.Write(b)
	}
	write([]byte(purpose))
	for _, p := range parts {
		write(p)
	}
	var c Context
	h.Sum(c[:0])
	return c
}

package store

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"

	"github.com/ethereum/go-ethereum/rlp"
	"golang.org/x/crypto/chacha20poly1305"
	"golang.org/x/crypto/scrypt"
)

// The ways from the operator's secret to the key that wraps the master key.
const (
	kdfScrypt = 1 // for passwords, which can be guessed
	kdfHKDF   = 2 // for key files of ours, which can't
)

// defaultScryptN makes a guess cost about 0.4 s and, with r = 8, 128 MiB.
const defaultScryptN = 1 << 17

// meta says how the secret gives the master key. Its last field tells damage from a
// wrong secret: the sum covers what a wrong secret can't change.
type meta struct {
	KDF    uint8
	N      uint32 // of scrypt; zero for HKDF
	R      uint32
	P      uint32
	Salt   []byte
	Master []byte // master key, sealed under what the secret gives
	Sum    [32]byte
}

func (m *meta) sum() [32]byte {
	c := *m
	c.Sum = [32]byte{}
	enc, err := rlp.EncodeToBytes(&c)
	if err != nil {
		panic("store: internal error: meta can't be encoded: " + err.Error())
	}
	return sha256.Sum256(enc)
}

// decodeMeta reads a stored meta and checks it: a damaged one must not make scrypt
// take all memory, nor pass for a wrong password.
func decodeMeta(enc []byte) (*meta, error) {
	m := new(meta)
	if err := rlp.DecodeBytes(enc, m); err != nil {
		return nil, err
	}
	sum := m.sum()
	switch {
	case subtle.ConstantTimeCompare(sum[:], m.Sum[:]) != 1:
		return nil, errors.New("checksum mismatch")
	case m.KDF != kdfScrypt && m.KDF != kdfHKDF:
		return nil, fmt.Errorf("unknown key derivation %d", m.KDF)
	case m.N > 1<<20 || m.R > 32 || m.P > 16 || len(m.Salt) != 32:
		return nil, errors.New("key derivation parameters out of range")
	}
	return m, nil
}

// keyring holds the keys of an open store. The master key is random, so a change
// of password rewrites one record.
type keyring struct {
	records cipher.AEAD // seals the values of public kinds
	files   cipher.AEAD // wraps the keys of secret records
}

// newKeyring makes a master key and the meta to find it again.
func newKeyring(secret []byte, scryptN int) (*keyring, *meta, error) {
	m := &meta{KDF: kdfHKDF, Salt: randomBytes(32)}
	if !isKeyFileSecret(secret) {
		m.KDF, m.N, m.R, m.P = kdfScrypt, uint32(scryptN), 8, 1
	}
	master := randomBytes(chacha20poly1305.KeySize)
	defer clear(master)
	wrap, err := m.wrapper(secret)
	if err != nil {
		return nil, nil, err
	}
	m.Master = seal(wrap, master, metaKey)
	m.Sum = m.sum()
	return keyringOf(master), m, nil
}

// openKeyring finds the master key. The error is ErrWrongSecret if the secret is
// another one.
func openKeyring(secret []byte, m *meta) (*keyring, error) {
	wrap, err := m.wrapper(secret)
	if err != nil {
		return nil, err
	}
	master, err := unseal(wrap, m.Master, metaKey)
	if err != nil {
		return nil, ErrWrongSecret
	}
	defer clear(master)
	return keyringOf(master), nil
}

// wrapper derives the key that seals the master key.
func (m *meta) wrapper(secret []byte) (cipher.AEAD, error) {
	var key []byte
	var err error
	if m.KDF == kdfHKDF {
		key, err = hkdf.Key(sha256.New, secret, m.Salt, "geth-ss/store/secret", chacha20poly1305.KeySize)
	} else {
		key, err = scrypt.Key(secret, m.Salt, int(m.N), int(m.R), int(m.P), chacha20poly1305.KeySize)
	}
	if err != nil {
		return nil, fmt.Errorf("deriving the share store's key: %w", err)
	}
	defer clear(key)
	return newAEAD(key), nil
}

func keyringOf(master []byte) *keyring {
	return &keyring{records: subkey(master, "records"), files: subkey(master, "key files")}
}

func subkey(master []byte, purpose string) cipher.AEAD {
	key, err := hkdf.Key(sha256.New, master, nil, "geth-ss/store/"+purpose, chacha20poly1305.KeySize)
	if err != nil {
		panic("store: internal error: " + err.Error())
	}
	defer clear(key)
	return newAEAD(key)
}

// newAEAD is XChaCha20-Poly1305: its nonces of 24 bytes may be drawn at random for
// any number of values.
func newAEAD(key []byte) cipher.AEAD {
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		panic("store: internal error: " + err.Error())
	}
	return aead
}

// seal gives nonce ‖ ciphertext ‖ tag.
func seal(aead cipher.AEAD, plain, data []byte) []byte {
	out := make([]byte, aead.NonceSize(), aead.NonceSize()+len(plain)+aead.Overhead())
	fillRandom(out)
	return aead.Seal(out, out, plain, data)
}

func unseal(aead cipher.AEAD, sealed, data []byte) ([]byte, error) {
	if len(sealed) < aead.NonceSize()+aead.Overhead() {
		return nil, errors.New("value is too short")
	}
	n := aead.NonceSize()
	plain, err := aead.Open(nil, sealed[:n], sealed[n:], data)
	if err != nil {
		return nil, errors.New("seal does not open")
	}
	return plain, nil
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	fillRandom(b)
	return b
}

// fillRandom reads the system's random numbers, which don't fail.
func fillRandom(b []byte) {
	if _, err := io.ReadFull(rand.Reader, b); err != nil {
		panic("store: internal error: no random numbers: " + err.Error())
	}
}

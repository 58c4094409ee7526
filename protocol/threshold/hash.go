package threshold

import (
	"crypto/sha256"
	"crypto/subtle"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

// suiteHash is the hash functions H1 to H5 of a FROST ciphersuite with SHA-256, RFC 9591 section 6.5. Its value is the
// suite's context string, which keeps suites apart.
type suiteHash string

// scalar is H1, H2 and H3, which differ in their purpose: RFC 9380's hash_to_field into the scalars, 48 bytes reduced
// modulo q, so uniform up to 2^-128.
func (s suiteHash) scalar(purpose string, parts ...[]byte) *secp256k1.Scalar {
	wide := expandMessage([]byte(string(s)+purpose), 48, parts...)
	defer clear(wide)
	r := new(secp256k1.Scalar)
	r.SetBytes(wide)
	return r
}

// digest is H4 and H5.
func (s suiteHash) digest(purpose string, data []byte) [sha256.Size]byte {
	return sha256.Sum256(append([]byte(string(s)+purpose), data...))
}

// expandMessage is expand_message_xmd with SHA-256 of RFC 9380, over the concatenation of parts. The domain is at most
// 255 bytes and ours, the size at most 255*32 bytes.
func expandMessage(domain []byte, size int, parts ...[]byte) []byte {
	domain = append(domain, byte(len(domain)))
	h := sha256.New()
	h.Write(make([]byte, h.BlockSize()))
	for _, p := range parts {
		h.Write(p)
	}
	h.Write([]byte{byte(size >> 8), byte(size), 0})
	h.Write(domain)
	first := h.Sum(nil)
	block := make([]byte, sha256.Size)
	var out []byte
	for i := byte(1); len(out) < size; i++ {
		subtle.XORBytes(block, block, first)
		h.Reset()
		h.Write(block)
		h.Write([]byte{i})
		h.Write(domain)
		block = h.Sum(block[:0])
		out = append(out, block...)
	}
	return out[:size]
}

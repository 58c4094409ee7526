package document

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

const (
	// Magic begins every document of our form. Its first byte is no ASCII, and its end shows whether somebody has
	// translated line ends.
	Magic = "\x89SSDOC\r\n"
	// Version of the form.
	Version = 1

	// ChunkSize is how much plaintext a chunk has in documents that this package writes. It reads powers of two from
	// minChunk to maxChunk: a reader holds one chunk.
	ChunkSize = 64 << 10
	minChunk  = 1 << 10
	maxChunk  = 1 << 20

	unsignedSize = len(Magic) + 1 + 32 + 32 + 64 + 32 + 4
	// HeaderSize is the length of an encoded header in bytes.
	HeaderSize = unsignedSize + sha256.Size
)

var (
	// ErrForm means that the input does not begin as a document of our form does. It may be one of Parity's, which has
	// no mark: see DecryptLegacy.
	ErrForm = errors.New("not a document of geth-ss")
	// ErrWrongKey means that the header was changed, or the key is another document's.
	ErrWrongKey = errors.New("the document's header was changed, or this is not its key")
	// ErrDamaged means that a document was cut, changed, reordered or added to.
	ErrDamaged = errors.New("the document is damaged")
)

// Header says where the key of a document is to be had, and how the document is cut.
type Header struct {
	Cluster   wire.ClusterID
	Key       wire.KeyID
	ServerKey wire.Point // the document key was encrypted to it: what a reader compares the cluster's answer with
	Salt      [32]byte   // makes the keys of this document its own, should its document key be used twice
	ChunkSize uint32     // plaintext bytes in every chunk but the last

	mac [sha256.Size]byte // as read; authentic only once Decrypt has checked it
}

// NewHeader makes the header of a new document, with a salt of its own.
func NewHeader(cluster wire.ClusterID, key wire.KeyID, serverKey wire.Point) *Header {
	h := &Header{Cluster: cluster, Key: key, ServerKey: serverKey, ChunkSize: ChunkSize}
	rand.Read(h.Salt[:]) // never fails
	return h
}

// ReadHeader reads a header and nothing behind it. It is not authentic before Decrypt has returned without an error.
// Errors: ErrForm; io.ErrUnexpectedEOF if it is cut; an unknown version.
func ReadHeader(r io.Reader) (*Header, error) {
	var b [HeaderSize]byte
	if _, err := io.ReadFull(r, b[:len(Magic)]); err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, err
	}
	if string(b[:len(Magic)]) != Magic {
		return nil, ErrForm
	}
	if _, err := io.ReadFull(r, b[len(Magic):]); err == io.EOF || err == io.ErrUnexpectedEOF {
		return nil, fmt.Errorf("%w: it ends in its header", ErrDamaged)
	} else if err != nil {
		return nil, err
	}
	return parseHeader(&b)
}

func parseHeader(b *[HeaderSize]byte) (*Header, error) {
	if v := b[len(Magic)]; v != Version {
		return nil, fmt.Errorf("the document has version %d, and this program reads version %d; use a newer program", v, Version)
	}
	h, rest := new(Header), b[len(Magic)+1:]
	for _, field := range [][]byte{h.Cluster[:], h.Key[:], h.ServerKey[:], h.Salt[:]} {
		rest = rest[copy(field, rest):]
	}
	h.ChunkSize = binary.BigEndian.Uint32(rest)
	copy(h.mac[:], rest[4:])
	if n := h.ChunkSize; n < minChunk || n > maxChunk || n&(n-1) != 0 {
		return nil, fmt.Errorf("%w: chunks of %d bytes", ErrDamaged, n)
	}
	return h, nil
}

// encode is the header without its MAC.
func (h *Header) encode() []byte {
	b := append(make([]byte, 0, HeaderSize), Magic...)
	b = append(b, Version)
	b = append(b, bytes.Join([][]byte{h.Cluster[:], h.Key[:], h.ServerKey[:], h.Salt[:]}, nil)...)
	return binary.BigEndian.AppendUint32(b, h.ChunkSize)
}

func (h *Header) makeMAC(key *Key) [sha256.Size]byte {
	macKey := key.derive(&h.Salt, "header")
	defer clear(macKey)
	m := hmac.New(sha256.New, macKey)
	m.Write(h.encode())
	return [sha256.Size]byte(m.Sum(nil))
}

// EncryptedSize is how long a document of size bytes becomes with the chunks that this package writes.
func EncryptedSize(size int64) int64 {
	chunks := max(1, (size+ChunkSize-1)/ChunkSize)
	return int64(HeaderSize) + size + chunks*tagSize
}

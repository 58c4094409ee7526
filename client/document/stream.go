package document

import (
	"bufio"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

const (
	tagSize   = 16
	nonceSize = 12
)

// chunks is the state that both directions share: which chunk is next.
type chunks struct {
	aead cipher.AEAD
	next uint64
}

func newChunks(key *Key, h *Header) chunks {
	chunkKey := key.derive(&h.Salt, "chunks")
	defer clear(chunkKey)
	block, err := aes.NewCipher(chunkKey)
	if err != nil {
		panic("document: internal error: " + err.Error()) // the key has 32 bytes
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic("document: internal error: " + err.Error())
	}
	return chunks{aead: aead}
}

// nonce is the next chunk's: its number in 11 bytes, big-endian, and whether it is the last. The key is this document's
// alone, so no nonce repeats under it.
func (c *chunks) nonce(last bool) []byte {
	if c.next == math.MaxUint64 {
		panic("document: internal error: 2^64 chunks")
	}
	nonce := make([]byte, nonceSize)
	binary.BigEndian.PutUint64(nonce[3:11], c.next)
	if last {
		nonce[11] = 1
	}
	c.next++
	return nonce
}

// writer encrypts a document.
type writer struct {
	chunks
	to    io.Writer
	plain []byte // what is not written yet: at most one chunk, since the last is only known as such by Close
	out   []byte
	err   error
}

// Encrypt writes the header at once and gives a writer for the document. Its Close writes the end and leaves to open; a
// document that was not closed is refused by every reader.
func Encrypt(to io.Writer, key *Key, h *Header) (io.WriteCloser, error) {
	if h.ChunkSize < minChunk || h.ChunkSize > maxChunk || h.ChunkSize&(h.ChunkSize-1) != 0 {
		return nil, fmt.Errorf("chunks of %d bytes: take a power of two from %d to %d", h.ChunkSize, minChunk, maxChunk)
	}
	h.mac = h.makeMAC(key)
	if _, err := to.Write(append(h.encode(), h.mac[:]...)); err != nil {
		return nil, err
	}
	return &writer{chunks: newChunks(key, h), to: to, plain: make([]byte, 0, h.ChunkSize), out: make([]byte, 0, h.ChunkSize+tagSize)}, nil
}

var errClosed = errors.New("the document was closed")

func (w *writer) Write(b []byte) (n int, err error) {
	for w.err == nil && len(b) > 0 {
		if len(w.plain) == cap(w.plain) {
			w.flush(false)
			continue
		}
		taken := copy(w.plain[len(w.plain):cap(w.plain)], b)
		w.plain, b, n = w.plain[:len(w.plain)+taken], b[taken:], n+taken
	}
	return n, w.err
}

// Close writes the last chunk, which is empty only if the whole document is.
func (w *writer) Close() error {
	if w.err != nil {
		return w.err
	}
	w.flush(true)
	clear(w.plain[:cap(w.plain)])
	if w.err != nil {
		return w.err
	}
	w.err = errClosed
	return nil
}

func (w *writer) flush(last bool) {
	w.out = w.aead.Seal(w.out[:0], w.nonce(last), w.plain, nil)
	_, w.err = w.to.Write(w.out)
	w.plain = w.plain[:0]
}

// reader decrypts a document.
type reader struct {
	chunks
	from *bufio.Reader
	in   []byte
	left []byte // authentic plaintext that is not given out yet
	err  error  // io.EOF once the last chunk was authentic
}

// Decrypt reads what follows the header h in from. It fails with ErrWrongKey before it reads anything. The reader gives
// out authentic bytes only, and io.EOF only at the document's own end; anything else is ErrDamaged, whatever was given
// out before. So use nothing of a document before its end was seen, unless you can do with its beginning.
func Decrypt(from io.Reader, key *Key, h *Header) (io.Reader, error) {
	if want := h.makeMAC(key); !hmac.Equal(want[:], h.mac[:]) {
		return nil, ErrWrongKey
	}
	return &reader{chunks: newChunks(key, h), from: bufio.NewReader(from), in: make([]byte, h.ChunkSize+tagSize)}, nil
}

func (r *reader) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	for len(r.left) == 0 {
		if r.err != nil {
			return 0, r.err
		}
		r.left, r.err = r.chunk()
	}
	n := copy(b, r.left)
	r.left = r.left[n:]
	return n, nil
}

// chunk opens the next chunk; io.EOF comes with the last.
func (r *reader) chunk() ([]byte, error) {
	number := r.next
	n, err := io.ReadFull(r.from, r.in)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, err
	}
	_, err = r.from.Peek(1)
	if err != nil && err != io.EOF {
		return nil, err
	}
	last := err == io.EOF
	plain, err := r.aead.Open(r.in[:0], r.nonce(last), r.in[:n], nil)
	switch {
	case err != nil && last:
		return nil, fmt.Errorf("%w: chunk %d was changed, or the document is cut off behind it", ErrDamaged, number)
	case err != nil:
		return nil, fmt.Errorf("%w: chunk %d was changed, is out of place, or something was added behind it", ErrDamaged, number)
	case len(plain) == 0 && number > 0:
		return nil, fmt.Errorf("%w: chunk %d is empty", ErrDamaged, number) // one document, one encoding
	case last:
		return plain, io.EOF
	}
	return plain, nil
}

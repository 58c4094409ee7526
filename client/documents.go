package client

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"

	"github.com/geth-ss/geth-ss/client/document"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// PublishOptions of a document.
type PublishOptions struct {
	// Key is the id to publish under; zero for a random one. An id that somebody else could foresee can be taken.
	Key wire.KeyID
	// Threshold t: any t+1 key servers can release the document key together, t can't. 0: a third of them, rounded down, less if
	// one, and at least what they demand.
	Threshold uint32
}

// Published is a document's key, with its server key made and its document key stored.
type Published struct {
	Key         wire.KeyID
	Cluster     wire.ClusterID
	Threshold   uint32
	Version     wire.SessionID // of the key: names its servers, for receipts
	ServerKey   wire.Point
	DocumentKey *document.Key // erase it after use
}

// UsualThreshold is a third of the key servers, rounded down, or what the cluster demands.
func UsualThreshold(info *wire.ClusterInfo) uint32 {
	return max(uint32(max(len(info.Servers)-1, 0)/3), info.MinThreshold)
}

// CheckThreshold fails if the cluster can't make a key of this threshold, so that nobody does anything for it that can't be
// taken back.
func CheckThreshold(info *wire.ClusterInfo, t uint32) error {
	switch n := len(info.Servers); {
	case n == 0:
		return errors.New("the cluster has no key servers")
	case uint64(t) >= uint64(n):
		return fmt.Errorf("threshold %d takes %d key servers to use a key, and the cluster has %d: take one of at most %d", t, uint64(t)+1, n, n-1)
	case t < info.MinThreshold:
		return fmt.Errorf("threshold %d is below %d, the lowest that the key servers accept", t, info.MinThreshold)
	}
	return nil
}

// PublishKey makes a server key and stores a fresh document key under it: two signatures, or none with a permit for both.
// What is encrypted with the document key can then be read by whom the permission contract admits.
func (c *Client) PublishKey(ctx context.Context, options PublishOptions) (*Published, error) {
	info, _, err := c.cluster(ctx)
	if err != nil {
		return nil, err
	}
	p := &Published{Key: options.Key, Cluster: info.Cluster, Threshold: options.Threshold}
	if p.Key == (wire.KeyID{}) {
		rand.Read(p.Key[:]) // never fails
	}
	if p.Threshold == 0 {
		p.Threshold = UsualThreshold(info)
	}
	made, err := c.GenerateKey(ctx, p.Key, p.Threshold)
	if err != nil {
		return nil, err
	}
	p.ServerKey, p.Version = made.Public, made.Version
	public, err := secp256k1.ParsePoint(made.Public[:])
	if err != nil {
		return nil, err
	}
	key, err := threshold.NewDocumentKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	pair, err := threshold.Encrypt(rand.Reader, key, public)
	if err != nil {
		return nil, err
	}
	if err := c.StoreKeyFor(ctx, made, pair.Common.Bytes(), pair.Encrypted.Bytes()); err != nil {
		return nil, err
	}
	b := key.Bytes()
	defer clear(b[:])
	p.DocumentKey, err = document.NewKey(b[:])
	return p, err
}

// Encrypt writes the header of a document and gives a writer for its text. Close it, or nobody can read the document.
func (p *Published) Encrypt(to io.Writer) (io.WriteCloser, error) {
	return document.Encrypt(to, p.DocumentKey, document.NewHeader(p.Cluster, p.Key, p.ServerKey))
}

// Publish is PublishKey and the whole document, encrypted from one stream to another in bounded memory. After an error
// while encrypting take another id.
func (c *Client) Publish(ctx context.Context, to io.Writer, text io.Reader, options PublishOptions) (*Published, error) {
	p, err := c.PublishKey(ctx, options)
	if err != nil {
		return nil, err
	}
	w, err := p.Encrypt(to)
	if err == nil {
		_, err = io.Copy(w, text)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		p.DocumentKey.Erase()
		return nil, fmt.Errorf("encrypting the document: %w", err)
	}
	return p, nil
}

// Open reads a document's header, fetches its key and gives its text, which is authentic as far as it was read, and whole
// once io.EOF came. What does not begin as a document of ours is document.ErrForm: see OpenLegacy.
func (c *Client) Open(ctx context.Context, from io.Reader) (io.Reader, *Fetched, error) {
	h, err := document.ReadHeader(from)
	if err != nil {
		return nil, nil, fmt.Errorf("reading the document: %w", err)
	}
	f, err := c.FetchFor(ctx, h)
	if err != nil {
		return nil, nil, err
	}
	text, err := document.Decrypt(from, f.DocumentKey, h)
	if err != nil {
		return nil, nil, err
	}
	return text, f, nil
}

// FetchFor fetches the key of the document with this header, from its cluster and under its server key alone.
func (c *Client) FetchFor(ctx context.Context, h *document.Header) (*Fetched, error) {
	info, _, err := c.cluster(ctx)
	if err != nil {
		return nil, err
	}
	if info.Cluster != h.Cluster {
		return nil, fmt.Errorf("the document belongs to cluster %v, the endpoint to %v: ask a key server of the former", h.Cluster, info.Cluster)
	}
	if h.ServerKey == (wire.Point{}) {
		return nil, errors.New("the document names no server key")
	}
	return c.fetchOne(ctx, wanted{h.Key, h.ServerKey})
}

// OpenLegacy fetches a key and decrypts a document of Parity's or Ocean's clients with it. Neither the document nor its
// server key is authenticated: without Config.Servers the asked node can make up the key, and whoever can change the
// document can change its text.
func (c *Client) OpenLegacy(ctx context.Context, key wire.KeyID, encrypted []byte) ([]byte, *Fetched, error) {
	f, err := c.Fetch(ctx, key)
	if err != nil {
		return nil, nil, err
	}
	text, err := document.DecryptLegacy(f.DocumentKey, encrypted)
	if err != nil {
		return nil, nil, err
	}
	return text, f, nil
}

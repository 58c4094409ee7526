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

// Published is a document's key, with its server key made and its document key stored.
type Published struct {
	Key         wire.KeyID
	Cluster     wire.ClusterID
	Threshold   uint32
	Version     wire.SessionID // of the key: names its servers, for receipts
	ServerKey   wire.Point
	DocumentKey *document.Key     // erase it after use
	Record      *wire.Certificate // of the key: shows whose it is to who checks a receipt, see Witnesses
}

// PublishKey makes a server key, by MakeKey, and stores a fresh document key under it: two signatures, or none with a permit for
// both. What is encrypted with the document key can then be read by whom the permission contract admits.
func (c *Client) PublishKey(ctx context.Context, options PublishOptions) (*Published, error) {
	m, err := c.makeKey(ctx, options)
	if err != nil {
		return nil, err
	}
	p := &Published{Key: m.Key, Cluster: m.Cluster, Threshold: m.Threshold, ServerKey: m.made.Public, Version: m.made.Version, Record: m.made.Certificate}
	if m.Common != (wire.Point{}) {
		p.DocumentKey, err = c.storeAgain(ctx, m)
	} else {
		p.DocumentKey, err = c.storeFresh(ctx, m)
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}

// storeFresh draws a document key and stores it.
func (c *Client) storeFresh(ctx context.Context, m *making) (*document.Key, error) {
	public, err := secp256k1.ParsePoint(m.made.Public[:])
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
	m.Common, m.Encrypted = pair.Common.Bytes(), pair.Encrypted.Bytes()
	if err := m.tell(); err != nil {
		return nil, err
	}
	if err := c.StoreKeyFor(ctx, m.made, m.Common, m.Encrypted); err != nil {
		return nil, err
	}
	b := key.Bytes()
	defer clear(b[:])
	return document.NewKey(b[:])
}

// storeAgain stores the pair that an interrupted publication may have stored. The document key in it is nowhere but with the key
// servers by now: they release it to whom the permission contract admits, so to a document's publisher.
func (c *Client) storeAgain(ctx context.Context, m *making) (*document.Key, error) {
	if err := c.StoreKeyFor(ctx, m.made, m.Common, m.Encrypted); err != nil {
		return nil, err
	}
	f, err := c.fetchOne(ctx, wanted{m.Key, m.made.Public})
	if err != nil {
		return nil, fmt.Errorf("going on with an interrupted publication, whose document key is stored: %w", err)
	}
	return f.DocumentKey, nil
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
	if known := c.facts().Cluster; known == (wire.ClusterID{}) {
		c = c.knowing(Facts{Cluster: h.Cluster}) // the document says it, and no node has to
	} else if known != h.Cluster {
		return nil, fmt.Errorf("the document belongs to cluster %v, but the endpoint to %v: ask a key server of the document's cluster", h.Cluster, known)
	}
	var other *otherCluster
	if _, _, err := c.cluster(ctx); errors.As(err, &other) {
		return nil, fmt.Errorf("the document belongs to cluster %v: ask a key server of it: %w", h.Cluster, err)
	} else if err != nil {
		return nil, err
	}
	if h.ServerKey == (wire.Point{}) {
		return nil, errors.New("the document names no server key")
	}
	return c.fetchOne(ctx, wanted{h.Key, h.ServerKey})
}

// OpenLegacy fetches a key and decrypts a document of Parity's or Ocean's clients with it. Neither the document nor its
// server key is authenticated: where it is not known who the key servers are, the asked node can make up the key, and whoever can change the
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

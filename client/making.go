package client

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// PublishOptions of a document, or of a key to sign with.
type PublishOptions struct {
	// Key is the id to publish under; zero for a random one. An id that somebody else could foresee can be taken.
	Key wire.KeyID
	// Threshold t: any t+1 key servers can use the key together, t can't. Nil: the usual one for as many key servers as are
	// known, wire.UsualThreshold.
	Threshold *uint32

	// Claim makes the client's account the publisher of the id in the permission contract, and returns once it is: such as
	// permission.Book.Claim. It is called before any key server sees a random id, since the contract takes whoever comes first,
	// and before the key is made. It calls sending before it does what can't be taken back.
	Claim func(ctx context.Context, key wire.KeyID, info *wire.ClusterInfo, sending func() error) error
	// Unclaimed is for where nothing is to be claimed: the id is claimed already, or the contract has no publishers.
	Unclaimed bool

	// Resume goes on with what an interrupted publication has left: see Progress.
	Resume *Unfinished
	// Progress, if not nil, is told how far the publication is, before each step that can't be taken back. After an error
	// nothing more is done.
	Progress func(Unfinished) error
}

// Unfinished is how far a publication has come. It holds nothing secret.
type Unfinished struct {
	Cluster   wire.ClusterID `json:"cluster"`
	Account   common.Address `json:"account"`
	Key       wire.KeyID     `json:"key"`
	Threshold uint32         `json:"threshold"`
	Request   common.Hash    `json:"request,omitzero"` // for which the key is made; zero: none was sent
	// Common and Encrypted are the document key as it is stored; zero: none was sent.
	Common    wire.Point `json:"commonPoint,omitzero"`
	Encrypted wire.Point `json:"encryptedPoint,omitzero"`
}

// ErrUnclaimed means that nobody would be the document's publisher before others see its id.
var ErrUnclaimed = errors.New("the id must be claimed in the permission contract before its key is made, or whoever sees it first can become its publisher: " +
	"give Claim (--rpc), or Unclaimed (--unclaimed) if the id is claimed already or the contract has no publishers")

// Misled means that a key was made with a threshold for another number of key servers than there are. Nothing was encrypted to
// it, and its id is spent.
type Misled struct {
	Key                 wire.KeyID
	Threshold, Usual    uint32
	Believed, Certified int // key servers, as was believed and as all members have signed
}

func (e *Misled) Error() string {
	if e.Usual == e.Threshold {
		return fmt.Sprintf("the key %v was made by other key servers than those listed: its id is used up, and nothing was encrypted with it", e.Key)
	}
	return fmt.Sprintf("the key %v was made with threshold %d, for %d key servers, but all its members have signed that there are %d, for which %d is usual: "+
		"its id is used up, and nothing was encrypted with it", e.Key, e.Threshold, e.Believed, e.Certified, e.Usual)
}

// making is a key that is being made.
type making struct {
	Unfinished
	options  *PublishOptions
	believed []wire.NodeID // the key servers by whose number the threshold was chosen
	made     *wire.ServerKey
}

func (m *making) tell() error {
	if m.options.Progress == nil {
		return nil
	}
	return m.options.Progress(m.Unfinished)
}

// MakeKey claims an id and has the cluster make a server key under it. If the certificate of the key, which all its members
// sign, shows that the usual threshold was taken of a wrong number of key servers, a random id is given up for another, once;
// the options' id is a *Misled.
func (c *Client) MakeKey(ctx context.Context, options PublishOptions) (*wire.ServerKey, error) {
	m, err := c.makeKey(ctx, options)
	if err != nil {
		return nil, err
	}
	return m.made, nil
}

func (c *Client) makeKey(ctx context.Context, options PublishOptions) (*making, error) {
	if options.Claim == nil && !options.Unclaimed {
		return nil, ErrUnclaimed
	}
	m, err := c.begin(ctx, &options)
	if err != nil {
		return nil, err
	}
	err = c.claimAndMake(ctx, m)
	if err == nil && options.Threshold == nil {
		err = c.checkUsual(m)
	}
	var misled *Misled
	if !errors.As(err, &misled) || misled.Usual == 0 || options.Key != (wire.KeyID{}) || options.Resume != nil {
		return m, err
	}
	if c.cfg.Warn != nil {
		c.cfg.Warn(misled)
	}
	if m, err = c.begin(ctx, &options); err == nil {
		m.Threshold = misled.Usual
		err = c.claimAndMake(ctx, m)
	}
	if err == nil && wire.UsualThreshold(setSize(m.made)) != misled.Usual {
		err = fmt.Errorf("twice: %w", misledBy(m, misled.Certified))
	}
	return m, err
}

// begin settles id and threshold.
func (c *Client) begin(ctx context.Context, options *PublishOptions) (*making, error) {
	m := &making{options: options}
	if r := options.Resume; r != nil {
		if r.Account != c.account || options.Key != (wire.KeyID{}) && options.Key != r.Key || options.Threshold != nil && *options.Threshold != r.Threshold {
			return nil, fmt.Errorf("the interrupted publication is by %v, under %v with threshold %d: it can't go on as another one", r.Account, r.Key, r.Threshold)
		}
		m.Unfinished = *r
	} else {
		m.Account, m.Key = c.account, options.Key
	}
	given := options.Threshold
	if options.Resume != nil {
		given = &m.Threshold
	}
	var err error
	if m.Threshold, m.believed, err = c.threshold(ctx, given); err != nil {
		return nil, err // before anything is done that can't be taken back
	}
	cluster := c.facts().Cluster
	if options.Resume != nil && m.Cluster != cluster {
		return nil, fmt.Errorf("the interrupted publication belongs to cluster %v, but the key servers to %v", m.Cluster, cluster)
	}
	m.Cluster = cluster
	if m.Key == (wire.KeyID{}) {
		rand.Read(m.Key[:]) // never fails
	}
	return m, nil
}

// claimAndMake does what is left to do of the two.
func (c *Client) claimAndMake(ctx context.Context, m *making) (err error) {
	if m.Request != (common.Hash{}) {
		m.made, err = c.made(ctx, m.Key, origin{m.Request, m.Threshold})
		if !hasReason(err, reasonKeyNotFound) {
			return err
		}
	}
	if m.options.Claim != nil {
		info, _, err := c.cluster(ctx)
		if err != nil {
			return err
		}
		if m.options.Key != (wire.KeyID{}) { // a random id is free
			if err := c.checkFree(ctx, m.Key); err != nil {
				return err
			}
		}
		if err := m.options.Claim(ctx, m.Key, info, m.tell); err != nil {
			return err
		}
	}
	m.made, err = c.generate(ctx, m.Key, m.Threshold, func(request common.Hash) error {
		m.Request = request
		return m.tell()
	})
	if err != nil && m.options.Claim != nil {
		err = fmt.Errorf("%w (the id %v is claimed by now)", err, m.Key)
	}
	return err
}

// checkFree fails if the cluster has a key of this id.
func (c *Client) checkFree(ctx context.Context, key wire.KeyID) error {
	_, err := c.ServerKey(ctx, key)
	switch {
	case err == nil || hasReason(err, reasonNotAuthor):
		return fmt.Errorf("the key servers have a key %v already; take another id", key)
	case hasReason(err, reasonKeyNotFound):
		return nil
	}
	return fmt.Errorf("looking whether the id is free: %w", err)
}

// checkUsual compares the number of key servers that the usual threshold was taken of with the one that all members have signed.
// Where the configuration names the servers, a threshold above the usual one is what it asks for.
func (c *Client) checkUsual(m *making) error {
	usual := wire.UsualThreshold(setSize(m.made))
	strangers := slices.ContainsFunc(m.made.Certificate.Setup.Members, func(id wire.NodeID) bool { return !slices.Contains(m.believed, id) })
	if strangers || usual > m.Threshold || usual < m.Threshold && len(c.cfg.Servers) == 0 {
		return misledBy(m, len(m.believed))
	}
	return nil
}

func misledBy(m *making, believed int) *Misled {
	n := setSize(m.made)
	return &Misled{Key: m.Key, Threshold: m.Threshold, Usual: wire.UsualThreshold(n), Believed: believed, Certified: n}
}

// setSize is the number of key servers, by all the members' word.
func setSize(made *wire.ServerKey) int { return int(made.Certificate.Setup.SetSize) }

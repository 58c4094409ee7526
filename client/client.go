package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/client/hedge"
	"github.com/geth-ss/geth-ss/client/known"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

const (
	defaultTimeout  = 60 * time.Second
	defaultValidity = 5 * time.Minute
	// infoAge is how long the cluster's description is used without asking again. Only the time in it changes.
	infoAge = 30 * time.Second
)

// Config says who asks whom.
type Config struct {
	// Endpoints are base addresses of key servers' Secret Store listeners, http:// or https://, at least one. The first is
	// asked first; the others when it can't answer, or takes long.
	Endpoints []string
	// Signer signs requests in its account's name.
	Signer Signer
	// Chain, Cluster and Servers, the key servers trusted to hold keys, are what nobody else is to choose: see Facts. A key with
	// any other member than Servers is refused, whatever is signed is for that chain and cluster, and the usual threshold is by
	// the number of Servers.
	Chain   uint64
	Cluster wire.ClusterID
	Servers []wire.NodeID
	// Set, if not zero, is the hash of a server set that is trusted, in place of what was trusted before: of the newest one, or of
	// one from which links lead to it. See sets.go.
	Set common.Hash
	// TrustPeriod is for how long the newest server set that is known is believed, for new keys and receipts, without
	// hearing of it by Set or Checkpoint; 0 for 90 days.
	TrustPeriod time.Duration
	// Checkpoint, if not nil, asks somebody else than key servers for the hash of the newest server set, such as a contract.
	Checkpoint func(ctx context.Context, cluster wire.ClusterID) (common.Hash, error)
	// Known, if not nil, has what the endpoints said when they were first used, in place of what is zero above, and remembers
	// it. What it does not have either is believed as the endpoints say, if those that answer agree.
	Known *known.Book
	// Trusting, if not nil, is told what is believed so, and of whom.
	Trusting func(*Trust)
	// Validity is for how long a request can be used, from a second to a day; 0 for five minutes. By the chain's time.
	Validity time.Duration
	// Timeout bounds each attempt at one endpoint; 0 for a minute.
	Timeout time.Duration
	// HTTP, if not nil, does the requests: for proxies and certificates.
	HTTP *http.Client
	// Warn, if not nil, is told why an endpoint was given up for another: a *verify.Liar among the causes is a key server
	// that cheated.
	Warn func(error)
	// Late, if not nil, is told again and again which endpoint is waited for, once that takes long.
	Late func(endpoint string, waited time.Duration)
}

// Client asks a cluster in one account's name.
type Client struct {
	cfg     Config
	account common.Address
	permit  *wire.SignedPermit // nil: the signer is the account's
	erase   func()             // of a permit's temporary key

	ring *hedge.Ring   // the endpoints, and which of them answer
	late time.Duration // lateAfter

	want Facts // as the configuration has them, or Known

	followed followed // server sets

	mu     sync.Mutex // guards what follows
	info   *wire.ClusterInfo
	read   time.Time     // when info was read
	told   Facts         // on trust
	toldBy []string      // endpoints
	differ *Disagreement // about the key servers; nil: none
}

// New checks a configuration. It connects to nothing yet.
func New(cfg Config) (*Client, error) {
	if len(cfg.Endpoints) == 0 {
		return nil, errors.New("client: there is no endpoint; give a key server's Secret Store address, such as http://127.0.0.1:8082")
	}
	cfg.Endpoints = slices.Clone(cfg.Endpoints)
	for i, e := range cfg.Endpoints {
		u, err := url.Parse(e)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
			return nil, fmt.Errorf("client: %q is not the address of a key server, which looks like http://127.0.0.1:8082", e)
		}
		cfg.Endpoints[i] = strings.TrimRight(e, "/")
	}
	if cfg.Signer == nil {
		return nil, errors.New("client: there is no signer")
	}
	if cfg.Validity == 0 {
		cfg.Validity = defaultValidity
	}
	if cfg.Validity < time.Second || cfg.Validity > wire.MaxValidity*time.Second {
		return nil, fmt.Errorf("client: requests can't be valid for %v: take a second to a day", cfg.Validity)
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = defaultTimeout
	}
	if cfg.TrustPeriod == 0 {
		cfg.TrustPeriod = defaultTrusting
	}
	if cfg.HTTP == nil {
		cfg.HTTP = http.DefaultClient
	}
	cfg.Servers = distinct(cfg.Servers)
	want, err := recall(&cfg)
	if err != nil {
		return nil, err
	}
	return &Client{cfg: cfg, want: want, account: cfg.Signer.Address(), ring: hedge.NewRing(len(cfg.Endpoints)), late: lateAfter, erase: func() {}}, nil
}

// distinct has each server once: thresholds go by their number.
func distinct(servers []wire.NodeID) (list []wire.NodeID) {
	for _, id := range servers {
		if !slices.Contains(list, id) {
			list = append(list, id)
		}
	}
	return list
}

// knowing is a client of the same endpoints for which more is known.
func (c *Client) knowing(more Facts) *Client {
	return &Client{cfg: c.cfg, account: c.account, permit: c.permit, erase: c.erase, ring: c.ring, late: c.late, want: more.or(c.want)}
}

// Account is in whose name the client asks.
func (c *Client) Account() common.Address { return c.account }

// Close erases the temporary key of a client that Permit made. Other clients have nothing to close.
func (c *Client) Close() { c.erase() }

// Cluster asks what the cluster is, now.
func (c *Client) Cluster(ctx context.Context) (*wire.ClusterInfo, error) {
	info, err := c.describe(ctx)
	if err != nil {
		return nil, fmt.Errorf("asking about the cluster: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.info, c.read = info, time.Now()
	return info, nil
}

func (c *Client) describe(ctx context.Context) (info *wire.ClusterInfo, err error) {
	if known := c.facts(); !known.complete() && len(c.cfg.Endpoints) > 1 {
		if info, err = c.meet(ctx); info != nil {
			if err == nil {
				c.meetSets(ctx, info)
			}
			return info, err
		}
	}
	var first described
	err = ask(ctx, c, c.cheap(), func(ctx context.Context, endpoint string, into *described) error {
		into.info, into.i = new(wire.ClusterInfo), slices.Index(c.cfg.Endpoints, endpoint)
		return c.get(ctx, endpoint, clusterPath, into.info)
	}, func(told *described) error {
		first = *told
		return c.checkInfo(told.info)
	})
	if err == nil && !c.facts().complete() { // nobody else has answered at first
		if err = c.believe([]described{first}); err == nil {
			c.meetSets(ctx, first.info)
		}
	}
	return first.info, err
}

// cluster is what was read of the cluster lately, and the time of its chain.
func (c *Client) cluster(ctx context.Context) (info *wire.ClusterInfo, now uint64, err error) {
	c.mu.Lock()
	info, read := c.info, c.read
	c.mu.Unlock()
	if info == nil || time.Since(read) > infoAge {
		if info, err = c.Cluster(ctx); err != nil {
			return nil, 0, err
		}
		read = time.Now()
	}
	return info, info.Block.Timestamp + uint64(time.Since(read)/time.Second), nil
}

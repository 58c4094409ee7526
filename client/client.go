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
	// Servers, if not empty, are the key servers trusted to hold keys: a key with any other member is refused. Without them
	// a key is trusted if it is the one that a document's header names; and a new one as the asked node tells.
	Servers []wire.NodeID
	// Cluster, if not zero, is the only one whose keys are used; else that of the first node that answers.
	Cluster wire.ClusterID
	// Validity is for how long a request can be used, from a second to a day; 0 for five minutes. By the chain's time.
	Validity time.Duration
	// Timeout bounds each attempt at one endpoint; 0 for a minute.
	Timeout time.Duration
	// HTTP, if not nil, does the requests: for proxies and certificates.
	HTTP *http.Client
	// Warn, if not nil, is told why an endpoint was given up for another: a *session.Liar among the causes is a key server
	// that cheated.
	Warn func(error)
	// Late, if not nil, is told again and again which endpoint is waited for, once that takes long.
	Late func(endpoint string, waited time.Duration)
}

// Client asks a cluster in one account's name.
type Client struct {
	cfg     Config
	account common.Address
	servers map[wire.NodeID]bool
	permit  *wire.SignedPermit // nil: the signer is the account's
	erase   func()             // of a permit's temporary key

	ring *hedge.Ring   // the endpoints, and which of them answer
	late time.Duration // lateAfter

	mu   sync.Mutex // guards what follows
	info *wire.ClusterInfo
	read time.Time // when info was read
}

// New checks a configuration. It connects to nothing yet.
func New(cfg Config) (*Client, error) {
	if len(cfg.Endpoints) == 0 {
		return nil, errors.New("client: no endpoint; give a key server's Secret Store address, such as http://127.0.0.1:8082")
	}
	cfg.Endpoints = slices.Clone(cfg.Endpoints)
	for i, e := range cfg.Endpoints {
		u, err := url.Parse(e)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
			return nil, fmt.Errorf("client: %q is no address of a key server; it looks like http://127.0.0.1:8082", e)
		}
		cfg.Endpoints[i] = strings.TrimRight(e, "/")
	}
	if cfg.Signer == nil {
		return nil, errors.New("client: no signer")
	}
	if cfg.Validity == 0 {
		cfg.Validity = defaultValidity
	}
	if cfg.Validity < time.Second || cfg.Validity > wire.MaxValidity*time.Second {
		return nil, fmt.Errorf("client: requests valid for %v: take a second to a day", cfg.Validity)
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = defaultTimeout
	}
	if cfg.HTTP == nil {
		cfg.HTTP = http.DefaultClient
	}
	c := &Client{cfg: cfg, account: cfg.Signer.Address(), ring: hedge.NewRing(len(cfg.Endpoints)), late: lateAfter, servers: make(map[wire.NodeID]bool), erase: func() {}}
	for _, id := range cfg.Servers {
		c.servers[id] = true
	}
	return c, nil
}

// Account is in whose name the client asks.
func (c *Client) Account() common.Address { return c.account }

// Close erases the temporary key of a client that Permit made. Other clients have nothing to close.
func (c *Client) Close() { c.erase() }

// Cluster asks what the cluster is, now.
func (c *Client) Cluster(ctx context.Context) (*wire.ClusterInfo, error) {
	var info *wire.ClusterInfo
	err := ask(ctx, c, c.cheap(), func(ctx context.Context, endpoint string, into *wire.ClusterInfo) error {
		return c.get(ctx, endpoint, clusterPath, into)
	}, func(told *wire.ClusterInfo) error {
		info = told
		return c.checkInfo(told)
	})
	if err != nil {
		return nil, fmt.Errorf("asking about the cluster: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.info, c.read = info, time.Now()
	return info, nil
}

// checkInfo wants the cluster that was configured, or that was there before: a request is signed for no other.
func (c *Client) checkInfo(info *wire.ClusterInfo) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	want := c.cfg.Cluster
	if want == (wire.ClusterID{}) && c.info != nil {
		want = c.info.Cluster
	}
	switch {
	case info.Cluster == (wire.ClusterID{}) || info.Chain == 0:
		return &badAnswer{errors.New("no description of a cluster")}
	case want != (wire.ClusterID{}) && info.Cluster != want, c.info != nil && info.Chain != c.info.Chain:
		return &badAnswer{fmt.Errorf("it is of cluster %v on chain %d, not of %v", info.Cluster, info.Chain, want)}
	case info.Block == nil:
		return &badAnswer{errors.New("it has no final block yet, so it decides nothing")}
	}
	return nil
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

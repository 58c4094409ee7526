package client

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/geth-ss/geth-ss/client/known"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// What a wallet signs must not be chosen by the node that is asked: it could name a chain, a cluster, key servers of its own,
// and with their number the threshold. So each of these comes from the configuration, else from what is known since the first
// use of an address, else it is taken on trust, and somebody is told so.

// How far a block's time may be from the client's own. Nodes that make blocks ahead of time are none; a chain may rest, and
// what is signed goes by the later of the two times.
const (
	maxAhead  = 5 * time.Minute
	maxBehind = wire.MaxValidity * time.Second
)

// now is the client's clock; a variable, for tests.
var now = time.Now

// Facts are what has to be known of a cluster before anything is signed for it. Zero is unknown.
type Facts struct {
	Chain   uint64
	Cluster wire.ClusterID
	Servers []wire.NodeID
}

// or has what f lacks from g.
func (f Facts) or(g Facts) Facts {
	if f.Chain == 0 {
		f.Chain = g.Chain
	}
	if f.Cluster == (wire.ClusterID{}) {
		f.Cluster = g.Cluster
	}
	if len(f.Servers) == 0 {
		f.Servers = g.Servers
	}
	return f
}

func (f Facts) complete() bool {
	return f.Chain != 0 && f.Cluster != (wire.ClusterID{}) && len(f.Servers) > 0
}

// Trust is what a client takes for true on the word of the nodes that it asks.
type Trust struct {
	Facts                  // those taken; zero: known otherwise
	Set       *wire.SetRef // the server set; nil: known otherwise
	Endpoints []string     // whose word it is
	Kept      bool         // Config.Known has it from now on
}

// String is a line for people.
func (t *Trust) String() string {
	var what []string
	if t.Cluster != (wire.ClusterID{}) {
		what = append(what, fmt.Sprintf("cluster %v", t.Cluster))
	}
	if t.Chain != 0 {
		what = append(what, fmt.Sprintf("chain %d", t.Chain))
	}
	if n := len(t.Servers); n > 0 {
		what = append(what, fmt.Sprintf("%d key servers", n))
	}
	if t.Set != nil {
		what = append(what, fmt.Sprintf("server set %d (%v)", t.Set.Epoch, t.Set.Hash))
	}
	how := "believed"
	if t.Kept {
		how = "trusted now, and compared from now on"
	}
	return fmt.Sprintf("%s, as %s: %s", strings.Join(what, ", "), says(t.Endpoints), how)
}

func says(endpoints []string) string {
	if len(endpoints) == 1 {
		return endpoints[0] + " says"
	}
	return strings.Join(endpoints, ", ") + " say"
}

// recall is what the configuration says, and what is known of the endpoints beside it.
func recall(cfg *Config) (Facts, error) {
	given := Facts{cfg.Chain, cfg.Cluster, cfg.Servers}
	if cfg.Known == nil || given.complete() {
		return given, nil
	}
	var all Facts
	var of string
	for _, endpoint := range cfg.Endpoints {
		e, err := cfg.Known.Find(endpoint)
		if err != nil {
			return given, err
		}
		if e == nil {
			continue
		}
		f := Facts{e.Chain, e.Cluster, e.Servers}
		if of != "" && !f.equal(all) {
			return given, fmt.Errorf("%s and %s are known to belong to different clusters, %v and %v (%s, %s)",
				of, endpoint, all.Cluster, f.Cluster, cfg.Known.Path(of), cfg.Known.Path(endpoint))
		}
		all, of = f, endpoint
	}
	return given.or(all), nil
}

func (f Facts) equal(g Facts) bool {
	return f.Chain == g.Chain && f.Cluster == g.Cluster && sameServers(f.Servers, g.Servers)
}

func sameServers(a, b []wire.NodeID) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(id wire.NodeID) bool { return !slices.Contains(b, id) })
}

// factsOf is what a node tells.
func factsOf(info *wire.ClusterInfo) Facts {
	f := Facts{Chain: info.Chain, Cluster: info.Cluster}
	for _, s := range info.Servers {
		f.Servers = append(f.Servers, s.ID)
	}
	return f
}

// described is one node's description of the cluster.
type described struct {
	i    int // of the endpoint
	info *wire.ClusterInfo
	err  error
}

// meet asks all endpoints at once, since nothing else tells who is right, and believes them if they agree. Those that hang
// are not waited for. None: nobody answered.
func (c *Client) meet(ctx context.Context) (*wire.ClusterInfo, error) {
	var running sync.WaitGroup
	defer running.Wait()
	ctx, cancel := context.WithTimeout(ctx, min(c.cfg.Timeout, cheapLimit))
	defer cancel()
	results := make(chan described, len(c.cfg.Endpoints))
	for i, endpoint := range c.cfg.Endpoints {
		running.Go(func() { // ends with the context
			d := described{i: i, info: new(wire.ClusterInfo)}
			if d.err = c.get(ctx, endpoint, clusterPath, d.info); d.err == nil {
				d.err = c.checkInfo(d.info)
			}
			results <- d
		})
	}
	var good []described
	late := newPatience(c.late)
	defer late.Stop()
	for range c.cfg.Endpoints {
		select {
		case d := <-results:
			if d.err == nil {
				good = append(good, d)
				late.Reset(c.late)
			} else if c.cfg.Warn != nil {
				c.cfg.Warn(fmt.Errorf("%s: %w", c.cfg.Endpoints[d.i], d.err))
			}
			continue
		case <-late.C:
		case <-ctx.Done():
		}
		break
	}
	if len(good) == 0 {
		return nil, nil
	}
	slices.SortFunc(good, func(a, b described) int { return a.i - b.i })
	return good[0].info, c.believe(good)
}

// newPatience is a timer that runs once somebody has answered.
func newPatience(d time.Duration) *time.Timer {
	t := time.NewTimer(d)
	t.Stop()
	return t
}

// believe takes what all these say alike for true. Who the key servers are may be said differently while one is added; then
// that is not known, which hinders no reader.
func (c *Client) believe(good []described) error {
	first := factsOf(good[0].info)
	var endpoints []string
	var differ *Disagreement
	for _, d := range good {
		endpoint := c.cfg.Endpoints[d.i]
		endpoints = append(endpoints, endpoint)
		if f := factsOf(d.info); !f.equal(first) {
			differ = &Disagreement{endpoints[0], endpoint, first, f}
			if f.Chain != first.Chain || f.Cluster != first.Cluster {
				return differ
			}
		}
	}
	if differ != nil {
		first.Servers = nil
	}
	t := &Trust{Facts: first.without(c.want), Endpoints: endpoints}
	for _, endpoint := range endpoints {
		if c.cfg.Known != nil && differ == nil {
			err := c.cfg.Known.Keep(known.Entry{Address: endpoint, Chain: first.Chain, Cluster: first.Cluster, Servers: first.Servers})
			if t.Kept = err == nil; errors.Is(err, known.ErrDiffers) {
				return err
			}
			if err != nil && c.cfg.Warn != nil {
				c.cfg.Warn(err)
			}
		}
	}
	if c.cfg.Trusting != nil {
		c.cfg.Trusting(t)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.told, c.toldBy, c.differ = first, endpoints, differ
	c.ring.Answered(good[0].i)
	return nil
}

// without is what of f is not in g.
func (f Facts) without(g Facts) Facts {
	if g.Chain != 0 {
		f.Chain = 0
	}
	if g.Cluster != (wire.ClusterID{}) {
		f.Cluster = wire.ClusterID{}
	}
	if len(g.Servers) > 0 {
		f.Servers = nil
	}
	return f
}

// Disagreement is of two nodes that describe the cluster differently, of which nobody knows who is right.
type Disagreement struct {
	First, Other string // endpoints
	A, B         Facts
}

func (e *Disagreement) Error() string {
	why := func(f Facts) string {
		return fmt.Sprintf("cluster %v on chain %d with %d key servers", f.Cluster, f.Chain, len(f.Servers))
	}
	return fmt.Sprintf("%s belongs to %s, but %s to %s, and it is not clear which you mean: give the chain, the cluster and its servers (--chain-id, --cluster, --server)",
		e.First, why(e.A), e.Other, why(e.B))
}

// checkInfo wants the cluster that is known: a request is signed for no other.
func (c *Client) checkInfo(info *wire.ClusterInfo) error {
	want := c.facts()
	switch {
	case info.Cluster == (wire.ClusterID{}) || info.Chain == 0:
		return &badAnswer{errors.New("it does not describe a cluster")}
	case len(info.Servers) > wire.MaxMembers || repeats(info.Servers):
		return &badAnswer{errors.New("it lists a key server twice, or more of them than a cluster can have")}
	case info.Block == nil:
		return &badAnswer{errors.New("it has no final block yet, so it decides nothing")}
	case want.Cluster != (wire.ClusterID{}) && info.Cluster != want.Cluster, want.Chain != 0 && info.Chain != want.Chain:
		source, sure := c.source()
		return &otherCluster{factsOf(info), want, source, sure}
	}
	return checkTime(info.Block.Timestamp)
}

func repeats(servers []wire.ServerInfo) bool {
	seen := make(map[wire.NodeID]bool)
	for _, s := range servers {
		if seen[s.ID] {
			return true
		}
		seen[s.ID] = true
	}
	return false
}

// otherCluster is a node of another cluster than the one that is meant, or was told by the first node.
type otherCluster struct {
	is, want Facts
	source   string
	sure     bool // which is meant is known; else nobody knows which of two nodes is right
}

func (e *otherCluster) Error() string {
	want := "cluster " + e.want.Cluster.String()
	if e.want.Cluster == (wire.ClusterID{}) {
		want = "any cluster"
	}
	if e.want.Chain != 0 {
		want += fmt.Sprintf(" on chain %d", e.want.Chain)
	}
	return fmt.Sprintf("it belongs to cluster %v on chain %d, not to %s%s", e.is.Cluster, e.is.Chain, want, e.source)
}

// source tells where it comes from what is wanted, and whether that is more than a node's word.
func (c *Client) source() (text string, sure bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.toldBy != nil {
		return ", as " + says(c.toldBy) + "; give the chain, the cluster and its servers (--chain-id, --cluster, --server) to say which you mean", false
	}
	if c.cfg.Known != nil && (c.cfg.Cluster == (wire.ClusterID{}) || c.cfg.Chain == 0) {
		var files []string
		for _, endpoint := range c.cfg.Endpoints {
			if e, err := c.cfg.Known.Find(endpoint); err == nil && e != nil {
				files = append(files, c.cfg.Known.Path(endpoint))
			}
		}
		if len(files) > 0 {
			return fmt.Sprintf(", as was learnt before; if this is a new network, remove %s", strings.Join(files, " and ")), true
		}
	}
	return "", true
}

// checkTime wants a block's time that can be: expiries are counted from it.
func checkTime(block uint64) error {
	ours := now()
	theirs := time.Unix(int64(min(block, 1<<40)), 0)
	if theirs.After(ours.Add(maxAhead)) || theirs.Before(ours.Add(-maxBehind)) {
		return &badAnswer{fmt.Errorf("its final block has the time %s, and here it is %s: one of the clocks is wrong",
			theirs.UTC().Format(time.RFC3339), ours.UTC().Format(time.RFC3339))}
	}
	return nil
}

// facts are what is known, and beside that what was taken on trust.
func (c *Client) facts() Facts {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.want.or(c.told)
}

// keyServers are those by whose number thresholds are chosen. The node must not list others: they would help to make the key.
func (c *Client) keyServers(info *wire.ClusterInfo) ([]wire.NodeID, error) {
	if newest, err := c.newestSet(); newest != nil || err != nil {
		return newest, err
	}
	servers := c.facts().Servers
	c.mu.Lock()
	differ := c.differ
	c.mu.Unlock()
	if len(servers) == 0 && differ != nil {
		return nil, differ
	}
	for _, s := range info.Servers {
		if !slices.Contains(servers, s.ID) {
			source, _ := c.source()
			return nil, fmt.Errorf("the asked node lists the key server %s (%v), which is not among the %d that are known%s", s.ID.Short(), s.Address, len(servers), source)
		}
	}
	return servers, nil
}

// Threshold is the one given, if a key of it can be made, or the usual one for as many key servers as are known. It fails
// before anything is done that can't be taken back.
func (c *Client) Threshold(ctx context.Context, given *uint32) (uint32, error) {
	t, _, err := c.threshold(ctx, given)
	return t, err
}

// Servers are the key servers that are known, or were taken on trust.
func (c *Client) Servers(ctx context.Context) ([]wire.NodeID, error) {
	info, _, err := c.cluster(ctx)
	if err == nil {
		err = c.follow(ctx)
	}
	if err != nil {
		return nil, err
	}
	return c.keyServers(info)
}

// threshold is Threshold, and the key servers that it is for.
func (c *Client) threshold(ctx context.Context, given *uint32) (uint32, []wire.NodeID, error) {
	info, _, err := c.cluster(ctx)
	if err == nil {
		err = c.follow(ctx)
	}
	if err != nil {
		return 0, nil, err
	}
	servers, err := c.keyServers(info)
	if err != nil {
		return 0, nil, err
	}
	t := wire.UsualThreshold(len(servers))
	if given != nil {
		t = *given
	}
	return t, servers, checkThreshold(len(servers), info.MinThreshold, t)
}

func checkThreshold(n int, least, t uint32) error {
	switch {
	case n == 0:
		return errors.New("the cluster has no key servers")
	case uint64(t) >= uint64(n):
		return fmt.Errorf("with threshold %d it takes %d key servers to use a key, and the cluster has %d: take a threshold of at most %d", t, uint64(t)+1, n, n-1)
	case t < least:
		return fmt.Errorf("threshold %d is below %d, the lowest that the key servers accept, as the asked node says", t, least)
	}
	return nil
}

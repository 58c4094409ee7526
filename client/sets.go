package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/geth-ss/geth-ss/client/known"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// The key servers change, and node keys of former ones can be bought years later. So a client trusts one set: the one whose hash it was
// given, that has the members it was given, or that it was told of at the first use. It follows links from there, each with
// the signatures of the administrators that the set before names, keeps the newest set in a file, and never goes back. For
// new keys, signatures and receipts no other set's word counts. Documents need none of it: see checkMembers.

const (
	// defaultTrusting is for how long a client believes the newest set that it knows without hearing of it from elsewhere.
	defaultTrusting = 90 * 24 * time.Hour
	// drain is for how long after a client has learnt of a set the one before may still hold a key.
	drain = 24 * time.Hour
	// setsPath is where a node tells which sets there were.
	setsPath = "/v1/serverSets"
	// maxPages bounds the answers by which one node tells them, each with up to wire.MaxLinks.
	maxPages = 64
)

// ErrUncertain is that a client was given the members of a server set alone, which do not tell who may change it: so it
// believes no set that is said to follow it, for new keys and receipts.
var ErrUncertain = errors.New("the key servers have changed since, and their ids alone do not tell who may change them: " +
	"give the hash of a server set (--set) as an operator whom you trust tells it; geth-ss secretstore servers prints it")

// StaleSet is that the newest server set was long not heard of from anybody but key servers.
type StaleSet struct {
	Set     wire.SetRef
	Checked time.Time
	Period  time.Duration
}

func (e *StaleSet) Error() string {
	return fmt.Sprintf("that server set %d (%v) is the newest was last checked on %s, more than %d days ago, and whoever has bought the keys of former servers could hide a newer one: "+
		"ask an operator whom you trust for its hash, which geth-ss secretstore servers prints, and give it (--set)",
		e.Set.Epoch, e.Set.Hash, e.Checked.UTC().Format(time.DateOnly), e.Period/(24*time.Hour))
}

// TwoSets is that two links lead from one server set to two. Nothing that follows is believed any more.
type TwoSets struct {
	File string // with both links; empty: they were not kept
	err  error
}

func (e *TwoSets) Error() string {
	text := "two server sets follow one, so more key servers have lied than may"
	if e.err != nil {
		text = e.err.Error()
	}
	if e.File == "" {
		return text
	}
	return fmt.Sprintf("%s; the evidence is in %s: show it to the operators; when they have told you which set is the right one, remove the file and give the hash of that set (--set)", text, e.File)
}

func (e *TwoSets) Unwrap() error { return e.err }

// UnknownSet is that a key is of a server set to which nothing leads from what the client knows.
type UnknownSet struct{ Set wire.SetRef }

func (e *UnknownSet) Error() string {
	return fmt.Sprintf("server set %d (%v) is not known here", e.Set.Epoch, e.Set.Hash)
}

// followed is what a client knows of the server sets of its cluster.
type followed struct {
	mu   sync.Mutex // one at a time follows; guards all below
	kept *known.Sets
	sets *verify.Succession // from set 0 on; nil: nothing is known
	read bool               // Known was looked at
}

// Sets are the server sets that the client believes in, from the first one on, after asking which is the newest. Nil with key
// servers of before there were several.
func (c *Client) Sets(ctx context.Context) (*verify.Succession, error) {
	if err := c.follow(ctx); err != nil {
		return nil, fmt.Errorf("finding out who the key servers are: %w", err)
	}
	c.followed.mu.Lock()
	defer c.followed.mu.Unlock()
	if c.followed.sets == nil {
		return nil, nil
	}
	return c.followed.sets, c.certain(c.followed.sets.Newest())
}

// follow learns which server sets have followed. What can't be learnt now is no error: what is known stays.
func (c *Client) follow(ctx context.Context) error {
	info, _, err := c.cluster(ctx)
	if err != nil {
		return err
	}
	return c.followTo(ctx, info.Cluster, info.Set)
}

// meetSets remembers the server set of the first use. Who reads a document needs none.
func (c *Client) meetSets(ctx context.Context, info *wire.ClusterInfo) {
	if info.Set == nil || c.cfg.Known == nil {
		return
	}
	if err := c.followTo(ctx, info.Cluster, info.Set); err != nil && c.cfg.Warn != nil {
		c.cfg.Warn(fmt.Errorf("learning who the key servers are: %w", err))
	}
}

// followTo learns of a set of which somebody speaks; nil: nobody does.
func (c *Client) followTo(ctx context.Context, cluster wire.ClusterID, told *wire.SetRef) error {
	f := &c.followed
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := c.recallSets(cluster); err != nil {
		return err
	}
	if told != nil {
		if err := c.learn(ctx, cluster, *told); err != nil {
			return err
		}
	}
	return c.checkpoint(ctx)
}

// recallSets reads, once, what Known has. Nothing goes on where two links were seen.
func (c *Client) recallSets(cluster wire.ClusterID) error {
	book, f := c.cfg.Known, &c.followed
	if book == nil {
		return nil
	}
	if book.Stopped(cluster) {
		return &TwoSets{File: book.EvidencePath(cluster)}
	}
	if f.read {
		return nil
	}
	kept, err := book.Sets(cluster)
	if err != nil {
		return err
	}
	if f.read = true; kept == nil {
		return nil
	}
	sets, err := verify.Follow(kept.First, pointers(kept.Links)...)
	if err != nil {
		return fmt.Errorf("what %s has does not hold: %w; remove it, and give the hash of the server set (--set)", book.SetsPath(cluster, uint64(len(kept.Links))), err)
	}
	f.kept, f.sets = kept, sets
	return nil
}

func pointers(links []wire.SetLink) []*wire.SetLink {
	all := make([]*wire.SetLink, len(links))
	for i := range links {
		all[i] = &links[i]
	}
	return all
}

// learn fetches what leads to a set of which a node speaks, unless it is known. One of an earlier epoch is no news, unless it is another.
func (c *Client) learn(ctx context.Context, cluster wire.ClusterID, told wire.SetRef) error {
	f := &c.followed
	if f.kept != nil {
		switch hash, ok := f.kept.HashOf(told.Epoch); {
		case ok && hash == told.Hash:
			return nil
		case ok:
			return c.suspect(ctx, cluster)
		}
	}
	var after uint64
	if f.kept != nil {
		after = f.kept.Newest().Epoch
	}
	var refused error
	err := ask(ctx, c, c.cheap(), func(ctx context.Context, endpoint string, into *known.Sets) error {
		return c.tellSets(ctx, endpoint, cluster, after, into)
	}, func(told *known.Sets) error {
		refused = c.take(told)
		var two *TwoSets
		if refused == nil || errors.As(refused, &two) {
			return nil
		}
		return &badAnswer{refused}
	})
	var two *TwoSets
	switch {
	case errors.As(refused, &two):
		return refused
	case err != nil && f.kept == nil && (c.cfg.Set != common.Hash{} || refused != nil):
		return fmt.Errorf("learning which server sets there were: %w", err)
	case err != nil && c.cfg.Warn != nil: // what is known goes on
		c.cfg.Warn(fmt.Errorf("learning which server sets there were: %w", err))
	}
	return nil
}

// AllSets has somebody tell all server sets from the first one on, in pages, each checked for its form alone.
func AllSets(tell func(after uint64, into *wire.SetsTold) error) (*wire.SetsTold, error) {
	return setsAfter(0, tell)
}

func setsAfter(after uint64, tell func(after uint64, into *wire.SetsTold) error) (*wire.SetsTold, error) {
	all := new(wire.SetsTold)
	for range maxPages {
		page := new(wire.SetsTold)
		if err := tell(after, page); err != nil {
			return nil, err
		}
		if err := page.Bound(); err != nil {
			return nil, &badAnswer{err}
		}
		if len(page.Links) > 0 && page.Links[0].Attempt.Order.Epoch != after+1 {
			return nil, &badAnswer{fmt.Errorf("it was asked for links after server set %d, and tells of set %d", after, page.Links[0].Attempt.Order.Epoch)}
		}
		if all.First == nil {
			all.First = page.First
		}
		all.Chain, all.Cluster, all.Newest, all.Links = page.Chain, page.Cluster, page.Newest, append(all.Links, page.Links...)
		if after += uint64(len(page.Links)); !page.More || len(page.Links) == 0 {
			return all, nil
		}
	}
	return nil, &badAnswer{fmt.Errorf("more than %d pages of server sets", maxPages)}
}

// maxSetsFile bounds a file of server sets.
const maxSetsFile = 64 << 20

// ReadSets reads a file of server sets. What is in it is checked by FollowSets.
func ReadSets(from io.Reader) (*wire.SetsTold, error) {
	told := new(wire.SetsTold)
	if err := readWhole(from, maxSetsFile, told); err != nil {
		return nil, fmt.Errorf("reading the server sets: %w", err)
	}
	return told, nil
}

// FollowSets checks each link, and that the set with this hash is among those that follow one another. It asks nobody, and
// believes nothing but that hash: it names the administrators, and the sets before it.
func FollowSets(told *wire.SetsTold, trusted common.Hash) (*verify.Succession, error) {
	if told.First == nil || told.First.Epoch != 0 {
		return nil, errors.New("the server sets begin without set 0")
	}
	sets, err := verify.Follow(told.First, pointers(told.Links)...)
	if err != nil {
		return nil, fmt.Errorf("the server sets: %w", err)
	}
	known := &known.Sets{First: told.First, Links: told.Links}
	if !known.Has(trusted) {
		return nil, fmt.Errorf("none of the %d server sets is the one that is trusted, %v", len(told.Links)+1, trusted)
	}
	return sets, nil
}

// tellSets has one node tell all sets after an epoch.
func (c *Client) tellSets(ctx context.Context, endpoint string, cluster wire.ClusterID, after uint64, into *known.Sets) error {
	told, err := setsAfter(after, func(after uint64, page *wire.SetsTold) error {
		return c.get(ctx, endpoint, fmt.Sprintf("%s?after=%d", setsPath, after), page)
	})
	if err != nil {
		return err
	}
	if told.Cluster != cluster {
		return &badAnswer{fmt.Errorf("it is of cluster %v, and not of %v", told.Cluster, cluster)}
	}
	into.First, into.Links = told.First, told.Links
	return nil
}

// take believes what a node tells, as far as it follows from what is trusted.
func (c *Client) take(told *known.Sets) error {
	f := &c.followed
	first, links := told.First, told.Links
	if f.kept != nil {
		first, links = f.kept.First, append(slices.Clone(f.kept.Links), told.Links...)
	}
	if first == nil {
		return errors.New("it does not tell the first server set")
	}
	sets, err := verify.Follow(first, pointers(links)...)
	if err != nil {
		return err
	}
	next := &known.Sets{Cluster: first.Cluster, First: first, Links: links}
	if f.kept == nil {
		if err := c.anchor(next); err != nil {
			return err
		}
	} else {
		if len(links) == len(f.kept.Links) {
			return nil
		}
		next.Trusted, next.Checked, next.Learnt = f.kept.Trusted, f.kept.Checked, now()
	}
	return c.keep(next, sets)
}

// anchor finds the set that is trusted among those that a node tells. Found by its members alone, when others have followed it, it
// leaves Checked zero: its administrators are the node's word.
func (c *Client) anchor(s *known.Sets) error {
	newest, servers := s.Newest(), c.want.Servers
	s.Trusted, s.Checked = newest, now()
	if (c.cfg.Set == common.Hash{}) && len(servers) == 0 {
		return nil // the first use
	}
	for left := newest.Epoch + 1; left > 0; left-- {
		epoch, members := left-1, s.First.Members
		if epoch > 0 {
			members = s.Links[epoch-1].Set().Members
		}
		hash, _ := s.HashOf(epoch)
		if hash == c.cfg.Set || (c.cfg.Set == common.Hash{}) && sameServers(members, servers) {
			s.Trusted = wire.SetRef{Epoch: epoch, Hash: hash}
			if (c.cfg.Set == common.Hash{}) && epoch < newest.Epoch {
				s.Checked = time.Time{}
			}
			return nil
		}
	}
	if (c.cfg.Set != common.Hash{}) {
		return fmt.Errorf("none of the %d server sets that it tells is the one that is trusted, %v", newest.Epoch+1, c.cfg.Set)
	}
	source, _ := c.source()
	return fmt.Errorf("none of the %d server sets that it tells has the %d key servers that are known%s", newest.Epoch+1, len(servers), source)
}

// follows tells whether these servers are one of the sets that are known. Whoever names others does not mean those, whatever was
// kept before.
func (c *Client) follows(servers []wire.NodeID) bool {
	c.followed.mu.Lock()
	defer c.followed.mu.Unlock()
	kept := c.followed.kept
	if kept == nil {
		return false
	}
	return sameServers(kept.First.Members, servers) || slices.ContainsFunc(kept.Links, func(l wire.SetLink) bool { return sameServers(l.Set().Members, servers) })
}

// certain is whether this set, one of those that are known, is believed for new keys and receipts.
func (c *Client) certain(set *wire.ServerSet) error {
	f := &c.followed
	if f.kept.Checked.IsZero() {
		if set.Epoch > f.kept.Trusted.Epoch {
			return ErrUncertain
		}
		return nil
	}
	if newest := f.sets.Newest(); now().Sub(f.kept.Checked) > c.cfg.TrustPeriod && !newest.Authority.None() {
		return &StaleSet{newest.Ref(), f.kept.Checked, c.cfg.TrustPeriod}
	}
	return nil
}

// keep remembers sets, unless they are uncertain.
func (c *Client) keep(next *known.Sets, sets *verify.Succession) error {
	f := &c.followed
	begun := f.kept == nil
	var kept bool
	if c.cfg.Known != nil && !next.Checked.IsZero() {
		switch err := c.cfg.Known.KeepSets(next); {
		case errors.Is(err, known.ErrNewer): // another process has; it is read at the next use
			f.read = false
		case errors.Is(err, known.ErrDiffers):
			return c.differs(next)
		case err != nil:
			if c.cfg.Warn != nil {
				c.cfg.Warn(err)
			}
		default:
			kept = true
		}
	}
	f.kept, f.sets = next, sets
	if begun && (c.cfg.Set == common.Hash{}) && !next.Checked.IsZero() && c.cfg.Trusting != nil {
		c.cfg.Trusting(&Trust{Set: &next.Trusted, Endpoints: c.cfg.Endpoints, Kept: kept})
	}
	return nil
}

// differs is for sets of which another process has meanwhile learnt otherwise.
func (c *Client) differs(next *known.Sets) error {
	before, err := c.cfg.Known.Sets(next.Cluster)
	if err != nil {
		return err
	}
	if before == nil {
		return known.ErrDiffers
	}
	return c.compare(before, next.First, next.Links)
}

// suspect has nodes tell all sets, since one of them speaks of another than is known. If links show that two follow one, that is the
// end. Else the node is behind in some other way, or lies, and what is known stays.
func (c *Client) suspect(ctx context.Context, cluster wire.ClusterID) error {
	f := &c.followed
	var two *TwoSets
	err := ask(ctx, c, c.cheap(), func(ctx context.Context, endpoint string, into *known.Sets) error {
		return c.tellSets(ctx, endpoint, cluster, 0, into)
	}, func(told *known.Sets) error {
		err := c.compare(f.kept, told.First, told.Links)
		if errors.As(err, &two) {
			return nil
		}
		if err != nil {
			return &badAnswer{err}
		}
		return nil
	})
	if two != nil {
		return two
	}
	if err != nil && c.cfg.Warn != nil {
		c.cfg.Warn(fmt.Errorf("comparing server sets: %w", err))
	}
	return nil
}

// compare looks for the first link that contradicts those that are kept. One that does not hold is no evidence.
func (c *Client) compare(kept *known.Sets, first *wire.ServerSet, links []wire.SetLink) error {
	if first == nil || first.Hash() != kept.First.Hash() {
		return errors.New("it tells of another first server set than is known")
	}
	parent := first
	for i := range min(len(links), len(kept.Links)) {
		if err := verify.OneLink(&kept.Links[i], &links[i]); err != nil {
			if held := verify.Link(parent, &links[i]); held != nil {
				return held
			}
			return c.stop(kept.Cluster, err)
		}
		parent = kept.Links[i].Set()
	}
	return nil
}

// stop keeps the evidence.
func (c *Client) stop(cluster wire.ClusterID, err error) error {
	stopped := &TwoSets{err: err}
	var two *verify.ErrTwoLinks
	if c.cfg.Known == nil || !errors.As(err, &two) {
		return stopped
	}
	if err := c.cfg.Known.Stop(&known.Evidence{Cluster: cluster, A: two.A, B: two.B}); err != nil {
		return errors.Join(stopped, err)
	}
	stopped.File = c.cfg.Known.EvidencePath(cluster)
	return stopped
}

// checkpoint notes that the newest set is known from elsewhere than through links.
func (c *Client) checkpoint(ctx context.Context) error {
	f := &c.followed
	if f.kept == nil {
		if (c.cfg.Set != common.Hash{}) {
			return fmt.Errorf("the key servers do not tell which server sets there were, so nothing leads from the one that is trusted, %v", c.cfg.Set)
		}
		return nil
	}
	newest := f.kept.Newest()
	sure := c.cfg.Set == newest.Hash
	if (c.cfg.Set != common.Hash{}) && !sure && !f.kept.Has(c.cfg.Set) {
		return fmt.Errorf("the server set that is trusted, %v, is none of those that are known, up to set %d (%v)", c.cfg.Set, newest.Epoch, newest.Hash)
	}
	if !sure && c.cfg.Checkpoint != nil && now().Sub(f.kept.Checked) > c.cfg.TrustPeriod/2 {
		hash, err := c.cfg.Checkpoint(ctx, f.kept.Cluster)
		if err != nil {
			return fmt.Errorf("asking for the newest server set: %w", err)
		}
		sure = hash == newest.Hash
	}
	if !sure || !f.kept.Checked.IsZero() && now().Sub(f.kept.Checked) < time.Hour { // it need not be exact
		return nil
	}
	checked := *f.kept
	checked.Trusted, checked.Checked = newest, now()
	return c.keep(&checked, f.sets)
}

// checkSet wants a key's set-up to be of a server set that is believed for new keys, and the newest; or the one before for as long as keys are on
// the way. known is false where nothing is known of server sets.
func (c *Client) checkSet(key *wire.Terms) (set *wire.ServerSet, known bool, err error) {
	f := &c.followed
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.sets == nil {
		return nil, false, nil
	}
	ref := wire.SetRef{Hash: f.kept.First.Hash()}
	if key.Set != nil {
		ref = *key.Set
	}
	if hash, ok := f.kept.HashOf(ref.Epoch); !ok || hash != ref.Hash {
		return nil, true, &UnknownSet{ref}
	}
	if set, err = f.sets.Of(key); err != nil {
		return nil, true, err
	}
	if err := c.certain(set); err != nil {
		return nil, true, err
	}
	newest := f.kept.Newest()
	lately := !f.kept.Learnt.IsZero() && now().Sub(f.kept.Learnt) < drain
	if set.Epoch != newest.Epoch && !(lately && set.Epoch+1 == newest.Epoch) {
		return nil, true, fmt.Errorf("it is of server set %d, which has ended: now it is set %d (%v), and anybody may have bought the keys of former servers", set.Epoch, newest.Epoch, newest.Hash)
	}
	return set, true, nil
}

func (c *Client) knowsSets() bool {
	c.followed.mu.Lock()
	defer c.followed.mu.Unlock()
	return c.followed.sets != nil
}

// newestSet has the members of the newest server set, if it is believed for new keys. Nil: nothing is known of server sets.
func (c *Client) newestSet() ([]wire.NodeID, error) {
	f := &c.followed
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.sets == nil {
		return nil, nil
	}
	return f.sets.Newest().Members, c.certain(f.sets.Newest())
}

// catchUp learns of a set of which a key tells, and does again what failed since it was not known.
func (c *Client) catchUp(ctx context.Context, cluster wire.ClusterID, check func() error) error {
	err := check()
	var unknown *UnknownSet
	if !errors.As(err, &unknown) {
		return err
	}
	if told := c.followTo(ctx, cluster, &unknown.Set); told != nil {
		return told
	}
	return check()
}

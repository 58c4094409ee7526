package poa

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cometbft/cometbft/p2p"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/log"
)

// comparison holds this node's rules against what others say of theirs.
//
//	in force in the next block   the peer is refused, and one that is connected let go
//	ahead                        it is let in, and named; nodes are updated one by one
//	tells none (older version)   it is let in, and named
//
// And it decides whether this node may vote for a block: not while a third of the
// validators' power or more is known to have other rules in force. What is left then
// makes no block, so nothing is lost; and a block that some execute under one rule and
// some under another, which ends the ones or halts all, is never agreed on. So one of
// four that differs stops, and the others go on; of two and two all stop. To stop is to
// vote for nothing in each round. A vote that is not given at all CometBFT doesn't ask
// for again, so that who was cured would wait for who was right to be restarted.
//
// Only what a validator has signed counts as its word, so a stranger stops nobody.
type comparison struct {
	network string
	roster  *roster
	next    func(ahead time.Duration) moment // the latest place of a block that is voted for within this time
	now     func() time.Time
	log     log.Logger

	parted time.Time // when part has looked last; the driver's goroutine's

	mu       sync.Mutex
	rules    Rules
	words    map[common.Address]*word // the last of each other validator
	others   map[p2p.ID]*word         // of strangers that differ, for people; at most maxStrangersKept
	warnings map[string]time.Time     // when a warning may come again, by whom it is about
}

// word is what somebody has said of its rules.
type word struct {
	id     p2p.ID
	key    string // node id
	host   string
	name   string // in the validator list, or ""
	power  int64
	differ []Difference
	at     time.Time
}

const (
	// separation is how long before a fork nodes that have it differently part: more
	// than their clocks may be apart, so that nobody is still voting with those whose
	// rules it has not.
	separation = 10 * time.Second

	// maxStrangersKept bounds how many others are remembered than validators.
	maxStrangersKept = 16

	// quiet is how long a warning about one peer is not repeated. Peers dial again
	// every few seconds.
	quiet = 5 * time.Minute
)

func newComparison(rules Rules, network string, g *NetworkGenesis, next func(time.Duration) moment, l log.Logger) *comparison {
	return &comparison{
		rules: rules, network: network, roster: newRoster(g), next: next, now: time.Now, log: l,
		words: make(map[common.Address]*word), others: make(map[p2p.ID]*word), warnings: make(map[string]time.Time),
	}
}

// admit decides about a peer that introduces itself. The transport has proved its
// id. The announcement is nil if the peer tells nothing.
func (c *comparison) admit(id p2p.ID, host, moniker string) (*announcement, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	a, err := parseAnnouncement(moniker, c.network, id)
	if err == errSilent {
		c.warn(host, "Consensus peer announces no rules: it runs an older version, so nothing warns if its network file differs", "peer", id, "host", host)
		return nil, nil
	}
	if err != nil {
		err = fmt.Errorf("what the peer announces can't be read: %w", err)
		c.warn(host, "Consensus peer refused", "peer", id, "host", host, "err", err)
		return nil, err
	}
	w := c.note(id, host, a)
	return a, c.judge(w)
}

// note keeps what a peer said.
func (c *comparison) note(id p2p.ID, host string, a *announcement) *word {
	w := &word{id: id, key: a.Key, host: host, differ: c.differences(a), at: c.now()}
	if v := c.roster.validator(crypto.PubkeyToAddress(*a.pub)); v != nil {
		w.name, w.power = v.label(), v.Power
		c.words[crypto.PubkeyToAddress(*a.pub)] = w
		return w
	}
	delete(c.others, id)
	if len(w.differ) > 0 {
		if len(c.others) >= maxStrangersKept {
			oldest := slices.MinFunc(slices.Collect(maps.Values(c.others)), func(a, b *word) int { return a.at.Compare(b.at) })
			delete(c.others, oldest.id)
		}
		c.others[id] = w
	}
	return w
}

// differences are those between this node's rules and what a peer says of its own.
func (c *comparison) differences(a *announcement) []Difference {
	list := c.rules.compare(a.Rules)
	for i := range list {
		list[i].Older = a.Form < ruleForms[list[i].Rule]
	}
	return list
}

// judge reports why a peer can't be one, and warns of what will be a reason.
func (c *comparison) judge(w *word) error {
	if len(w.differ) == 0 {
		return nil
	}
	if now := w.inForce(c.next(separation)); len(now) > 0 {
		err := fmt.Errorf("%s has other rules in force: %s", w.who(), describeDifferences(now))
		c.warn(w.slot()+" in force", "Consensus peer refused: "+cure(now), "peer", w.id, "host", w.host, "validator", w.name, "err", err)
		return err
	}
	c.warn(w.slot()+" ahead", "Rules that lie ahead differ: before they come into force "+cure(w.differ),
		"peer", w.id, "host", w.host, "validator", w.name, "differ", describeDifferences(w.differ), "since", w.differ[0].Since)
	return nil
}

// warn logs unless it has lately, under the same name.
func (c *comparison) warn(slot, msg string, kv ...any) {
	now := c.now()
	if now.Before(c.warnings[slot]) {
		return
	}
	if len(c.warnings) >= 4*maxStrangersKept { // strangers come from many addresses
		clear(c.warnings)
	}
	c.warnings[slot] = now.Add(quiet)
	c.log.Warn(msg, kv...)
}

// cure says what an operator does about differences.
func cure(list []Difference) string {
	if slices.ContainsFunc(list, func(d Difference) bool { return d.Older }) {
		return "update the program where it is older, run init with the network's file there, and start it again"
	}
	chain := slices.ContainsFunc(list, func(d Difference) bool { return !own(d.Rule) })
	if chain {
		return "stop the node whose file is wrong, run init with the network's file there, and start it again"
	}
	return "set the same on both nodes and start them again"
}

// announced reports whether a validator is of a version that announces its rules.
func (c *comparison) announced(validator common.Address) bool {
	if c == nil {
		return true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.words[validator] != nil
}

// opposed says why this node must not vote for a block at m, nor take it: those of
// the validators that have not said otherwise can't agree on it.
func (c *comparison) opposed(m moment) error {
	if c == nil { // nobody to differ from: tests that play consensus
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	var total, against int64
	var names []string
	var differ []Difference
	for _, v := range c.roster.list() {
		total += v.Power
		pub, err := v.Key()
		if err != nil {
			continue
		}
		if w := c.words[crypto.PubkeyToAddress(*pub)]; w != nil {
			if now := w.inForce(m); len(now) > 0 {
				against += v.Power
				names = append(names, w.who())
				differ = now
			}
		}
	}
	if 3*against < total {
		return nil
	}
	return fmt.Errorf("%s, with %d of %d of the validators' power, have other rules in force: %s; %s",
		strings.Join(names, ", "), against, total, describeDifferences(differ), cure(differ))
}

// vote says why this node must not vote for any block now.
func (c *comparison) vote() error {
	if c == nil {
		return nil
	}
	return c.opposed(c.next(separation))
}

// part lets go of connected peers whose rules have become others in force. It is
// called by the driver's goroutine, and looks once a second.
func (c *comparison) part(sw p2p.Switcher, host func(p2p.Peer) string, now time.Time) {
	if now.Sub(c.parted) < time.Second {
		return
	}
	c.parted = now
	for _, p := range sw.Peers().Copy() {
		if a, ok := p.Get(announcedKey).(*announcement); ok && !c.tolerates(p.ID(), host(p), a) {
			sw.StopPeerGracefully(p)
		}
	}
}

// tolerates judges again what was admitted.
func (c *comparison) tolerates(id p2p.ID, host string, a *announcement) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.rules.compare(a.Rules)) == 0 {
		return true
	}
	return c.judge(c.note(id, host, a)) == nil
}

func (w *word) inForce(m moment) (out []Difference) {
	for _, d := range w.differ {
		if d.inForce(m) {
			out = append(out, d)
		}
	}
	return out
}

func (w *word) who() string {
	if w.name != "" {
		return w.name
	}
	return fmt.Sprintf("peer %s at %s", w.id, w.host)
}

// slot is the name under which warnings about somebody are held back: strangers
// can take new keys and ids as they like, but not new addresses.
func (w *word) slot() string {
	if w.name != "" {
		return w.key
	}
	return w.host
}

// DifferentPeer is a consensus peer, connected or refused, that has other rules.
type DifferentPeer struct {
	ID          string       `json:"peerId"`
	Host        string       `json:"host"`
	Validator   string       `json:"validator,omitempty"` // its name in the validator list
	InForce     bool         `json:"inForce"`             // some are in force: it is refused
	Differences []Difference `json:"differences"`

	key string // node id
}

// different lists who is known to have other rules: validators in the order of
// the list, then others.
func (c *comparison) different() []DifferentPeer {
	m := c.next(separation)
	c.mu.Lock()
	defer c.mu.Unlock()
	var words []*word
	for _, v := range c.roster.list() {
		if pub, err := v.Key(); err == nil {
			if w := c.words[crypto.PubkeyToAddress(*pub)]; w != nil {
				words = append(words, w)
			}
		}
	}
	others := slices.Collect(maps.Values(c.others))
	slices.SortFunc(others, func(a, b *word) int { return strings.Compare(string(a.id), string(b.id)) })
	out := []DifferentPeer{}
	for _, w := range append(words, others...) {
		if len(w.differ) > 0 {
			out = append(out, DifferentPeer{string(w.id), w.host, w.name, len(w.inForce(m)) > 0, w.differ, w.key})
		}
	}
	return out
}

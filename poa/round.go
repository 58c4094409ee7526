package poa

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/cometbft/cometbft/p2p"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
)

// ValidatorInfo is one of the validators, as this node sees it.
type ValidatorInfo struct {
	Name      string         `json:"name"`
	Address   common.Address `json:"address"`
	PublicKey string         `json:"publicKey"` // node id
	Power     int64          `json:"power"`
	Self      bool           `json:"self,omitempty"`
	Connected bool           `json:"connected"`        // to this node, or is this node
	PeerID    string         `json:"peerId,omitempty"` // as far as it was met since this node started
	Host      string         `json:"host,omitempty"`   // likewise
}

// Vote is a place in consensus, by the sign state: what a validator has signed last, or up to where it signs nothing.
type Vote struct {
	Height int64  `json:"height"`
	Round  int32  `json:"round"`
	Step   string `json:"step"` // "proposal", "prevote" or "precommit"; "": nothing was signed there, the sign state was put there
}

// stepNames are the steps of a sign state in words.
var stepNames = map[cmtproto.SignedMsgType]string{cmtproto.ProposalType: "proposal", cmtproto.PrevoteType: "prevote", cmtproto.PrecommitType: "precommit"}

// Round is where this node stands with the block that is being agreed on.
type Round struct {
	Height   int64  `json:"height"`
	Round    int32  `json:"round"` // counts from 0: each has another proposer
	Step     string `json:"step"`
	Proposer string `json:"proposer"` // whose turn it is, by name
	Proposal string `json:"proposal"` // consensus' hash of what was proposed, "" if nothing has come

	// Votes are of round VotesOf: the current one, or the one before while that has more. In the order of the list.
	VotesOf int32           `json:"votesOf"`
	Votes   []ValidatorVote `json:"votes"`
}

// ValidatorVote is what this node has seen of a validator's votes: a hash, "nil" for no block, or "" for no vote.
type ValidatorVote struct {
	Validator string `json:"validator"`
	Prevote   string `json:"prevote"`
	Precommit string `json:"precommit"`
}

// validators lists all of them, in the order of the list.
func (d *Driver) validators() []ValidatorInfo {
	connected := make(map[string]PeerInfo)
	for _, p := range d.Peers() {
		connected[p.PublicKey] = p
	}
	list := make([]ValidatorInfo, 0, len(d.roster.list()))
	for _, v := range d.roster.list() {
		pub, err := v.Key()
		if err != nil {
			continue // Validate has seen it
		}
		info := ValidatorInfo{Name: v.label(), Address: crypto.PubkeyToAddress(*pub), PublicKey: nodeID(pub), Power: v.Power}
		info.Self = info.Address == d.address()
		if p, ok := connected[info.PublicKey]; ok {
			info.PeerID, info.Host, info.Connected = p.ID, p.Host, true
		} else {
			info.PeerID, info.Host = d.compare.met(info.Address)
		}
		info.Connected = info.Connected || info.Self
		list = append(list, info)
	}
	return list
}

// met is where a validator was met last.
func (c *comparison) met(validator common.Address) (id, host string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if w := c.words[validator]; w != nil {
		return string(w.id), w.host
	}
	return "", ""
}

// named is the validator with a consensus peer id, as far as it was met: "" if nobody is known.
func (c *comparison) named(id p2p.ID) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, w := range c.words {
		if w.id == id {
			return w.name
		}
	}
	return ""
}

// round reads it from CometBFT; nil while the node syncs, and after it ended.
func (d *Driver) round() *Round {
	d.mu.Lock()
	state, n := d.state, d.node
	d.mu.Unlock()
	if state == nil || n == nil || n.ConsensusReactor().WaitSync() {
		return nil
	}
	rs := state.GetRoundState()
	if rs.Votes == nil || rs.Validators == nil {
		return nil
	}
	r := &Round{Height: rs.Height, Round: rs.Round, Step: strings.TrimPrefix(rs.Step.String(), "RoundStep"), VotesOf: rs.Round}
	if p := rs.Validators.Proposer; p != nil {
		r.Proposer = d.nameOf(p.Address)
	}
	if rs.Proposal != nil {
		r.Proposal = shortHash(rs.Proposal.BlockID)
	}
	r.Votes = d.votes(rs.Validators, rs.Votes.Prevotes(rs.Round), rs.Votes.Precommits(rs.Round))
	if rs.Round > 0 {
		if before := d.votes(rs.Validators, rs.Votes.Prevotes(rs.Round-1), rs.Votes.Precommits(rs.Round-1)); cast(before) > cast(r.Votes) {
			r.Votes, r.VotesOf = before, rs.Round-1
		}
	}
	return r
}

// votes are of the validators of the block. One that the newest list has, and that has no vote yet, is told as one that has not
// voted.
func (d *Driver) votes(of *cmttypes.ValidatorSet, prevotes, precommits *cmttypes.VoteSet) (list []ValidatorVote) {
	for _, v := range d.roster.list() {
		pub, err := v.Key()
		if err != nil {
			continue
		}
		addr := crypto.PubkeyToAddress(*pub).Bytes()
		if !of.HasAddress(addr) {
			list = append(list, ValidatorVote{Validator: v.label()})
			continue
		}
		list = append(list, ValidatorVote{v.label(), voteOf(prevotes, addr), voteOf(precommits, addr)})
	}
	return list
}

func voteOf(set *cmttypes.VoteSet, validator []byte) string {
	if set == nil {
		return ""
	}
	v := set.GetByAddress(validator)
	switch {
	case v == nil:
		return ""
	case v.BlockID.IsZero():
		return "nil"
	}
	return shortHash(v.BlockID)
}

// shortHash is enough of a block's hash to tell it from others of its height.
func shortHash(id cmttypes.BlockID) string { return fmt.Sprintf("%.8x", []byte(id.Hash)) }

// cast is the number of votes.
func cast(list []ValidatorVote) (n int) {
	for _, v := range list {
		for _, text := range []string{v.Prevote, v.Precommit} {
			if text != "" {
				n++
			}
		}
	}
	return n
}

// nameOf is a validator's name, or else its address.
func (d *Driver) nameOf(addr []byte) string {
	if v := d.roster.validator(common.BytesToAddress(addr)); v != nil {
		return v.label()
	}
	return common.BytesToAddress(addr).Hex()
}

// String says who voted for what, in one sentence.
func (r *Round) String() string {
	text := fmt.Sprintf("block %d, round %d, %s's turn", r.Height, r.Round, r.Proposer)
	if r.VotesOf != r.Round {
		text += fmt.Sprintf("; in round %d", r.VotesOf)
	}
	kinds := []struct {
		name string
		of   func(ValidatorVote) string
	}{
		{"prevotes", func(v ValidatorVote) string { return v.Prevote }},
		{"precommits", func(v ValidatorVote) string { return v.Precommit }},
	}
	for _, kind := range kinds {
		by := make(map[string][]string)
		for _, v := range r.Votes {
			by[kind.of(v)] = append(by[kind.of(v)], v.Validator)
		}
		var parts []string
		for _, what := range sortedKeys(by) {
			parts = append(parts, voteWords(what)+" by "+strings.Join(by[what], ", "))
		}
		text += fmt.Sprintf("; %s: %s", kind.name, strings.Join(parts, "; "))
	}
	return text
}

func voteWords(what string) string {
	switch what {
	case "":
		return "none"
	case "nil":
		return "against"
	}
	return "for " + what
}

// sortedKeys has hashes first, then nil, then no vote at all.
func sortedKeys(by map[string][]string) []string {
	rank := map[string]int{"nil": 1, "": 2}
	return slices.SortedFunc(maps.Keys(by), func(a, b string) int { return cmp.Or(rank[a]-rank[b], strings.Compare(a, b)) })
}

// rejection is why this node voted against a proposed block, the last time.
type rejection struct {
	height   int64
	proposer []byte // address
	reason   string
}

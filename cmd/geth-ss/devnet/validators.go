package devnet

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/geth-ss/geth-ss/client/chainrpc"
	"github.com/geth-ss/geth-ss/cmd/geth-ss/netplan"
	"github.com/geth-ss/geth-ss/poa"
)

// The validators of a governed network vote on who becomes one, and who is none any more. What each operator would do by "geth-ss poa
// propose" and "geth-ss poa vote" a command does here for all of them, over the IPC sockets of the nodes: the list is the contract's, and
// nothing here writes it.

const (
	// operateTimeout bounds one request over a node's IPC socket.
	operateTimeout = 10 * time.Second

	// inForceAfter is how many blocks after a vote the validators are those that it decided on.
	inForceAfter = 2
)

// sendAgain is after how long, block intervals come on top, a transaction that is in no block is sent again: the node that sent it
// may have been killed. A variable, for tests.
var sendAgain = 10 * time.Second

// operate asks a node what its operator may, over its IPC socket.
func (n *node) operate(ctx context.Context, result any, method string, args ...any) error {
	ctx, cancel := context.WithTimeout(ctx, operateTimeout)
	defer cancel()
	c, err := rpc.DialContext(ctx, n.ipcPath())
	if err != nil {
		return err
	}
	defer c.Close()
	return c.CallContext(ctx, result, method, args...)
}

// word is what one node says about the validators.
type word struct {
	*live
	says *poa.GovernanceStatus
	err  error
}

type words []word

// hear asks all nodes who the validators are.
func (r *runner) hear(ctx context.Context) words {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	all := make(words, len(r.live))
	var wg sync.WaitGroup
	for i, l := range r.live {
		wg.Go(func() {
			var says *poa.GovernanceStatus
			err := l.operate(ctx, &says, "poa_validators")
			if err == nil && (says == nil || len(says.Members) == 0) {
				err = fmt.Errorf("%s tells of no validators", l.name)
			}
			all[i] = word{l, says, err}
		})
	}
	wg.Wait()
	return all
}

// newest is what holds after the highest block; nil if no node answered.
func (all words) newest() (g *poa.GovernanceStatus) {
	for _, w := range all {
		if w.err == nil && (g == nil || w.says.Block > g.Block) {
			g = w.says
		}
	}
	return g
}

// weightOf is a validator's, 0 for another node's.
func weightOf(g *poa.GovernanceStatus, who common.Address) uint64 {
	for _, m := range g.Members {
		if m.Address == who {
			return uint64(m.Weight)
		}
	}
	return 0
}

// followValidators finds out who the validators are, on a governed network.
func (r *runner) followValidators(ctx context.Context) error {
	if !r.net.governed() {
		return nil
	}
	g := r.hear(ctx).newest()
	if g == nil {
		return nil // the next look tells
	}
	return r.takeValidators(g)
}

// takeValidators makes those of now known, in devnet.json if the network is up.
func (r *runner) takeValidators(g *poa.GovernanceStatus) error {
	before := r.validators()
	for _, n := range r.net.nodes {
		n.validates = weightOf(g, n.address()) > 0
	}
	now := r.validators()
	if !r.up || now == before {
		return nil
	}
	fmt.Fprintf(r.out, "\nThe validators are now %s\n", now)
	return r.writeState()
}

// validators are the names of those of now.
func (r *runner) validators() string { return strings.Join(r.net.validators(), ", ") }

func (n *network) validators() []string {
	list := []string{}
	for _, node := range n.nodes {
		if node.validates {
			list = append(list, node.name)
		}
	}
	return list
}

// funded has a node that was added pay for its transactions, where gas has a price.
func (r *runner) funded(ctx context.Context, s *steps, n *node) error {
	if r.net.genesis.FreeGas {
		return nil
	}
	key, err := r.net.accounts[0].key()
	if err != nil {
		return err
	}
	var paid time.Time
	return insist(ctx, s, func() (string, error) {
		chain, err := r.chainNow(ctx)
		if err != nil {
			return "no node tells whether " + n.name + " has ether", nil
		}
		defer chain.Close()
		to := n.address()
		balance, err := chain.Balance(ctx, to)
		switch {
		case err != nil:
			return "no node tells whether " + n.name + " has ether", nil
		case balance.Sign() > 0:
			return "", nil
		case r.recent(paid):
			return "the ether for " + n.name + " is in no block yet", nil
		}
		if _, err := chain.Send(ctx, key, chainrpc.Call{To: &to, Value: netplan.Ether(nodeEther), What: "the ether for " + n.name}); err != nil {
			return "", fmt.Errorf("giving %s ether for its transactions: %w", n.name, err)
		}
		paid = time.Now()
		s.step("accounts[0] gives %s %d ether, for its transactions", n.name, nodeEther)
		return "the ether for " + n.name + " is in no block yet", nil
	})
}

// recent tells whether what was sent then may still get into a block.
func (r *runner) recent(sent time.Time) bool {
	return !sent.IsZero() && time.Since(sent) < sendAgain+3*time.Duration(r.cfg.BlockTime)*time.Second
}

// chainNow is the chain behind the nodes that answer now.
func (r *runner) chainNow(ctx context.Context) (*chainrpc.Chain, error) {
	var all []string
	for _, l := range r.live {
		all = append(all, l.rpcURL())
	}
	return chainrpc.Dial(ctx, chainrpc.Config{Endpoints: all, Poll: pollInterval})
}

// votedIn has a node become a validator, and returns when it makes blocks.
func (r *runner) votedIn(ctx context.Context, s *steps, l *live) error {
	if err := r.funded(ctx, s, l.node); err != nil {
		return err
	}
	b := &ballot{runner: r, steps: s, node: l.node, proposal: poa.ValidatorProposal{
		Kind: "add", Validator: l.public(), Name: l.name, Host: l.consensus(), PeerID: poa.PeerID(l.key), Weight: 1,
	}}
	if err := b.carry(ctx); err != nil {
		return fmt.Errorf("voting %s in as validator: %w; the same command tries it again", l.name, err)
	}
	return nil
}

// votedOut has a node be a validator no longer.
func (r *runner) votedOut(ctx context.Context, s *steps, n *node) error {
	b := &ballot{runner: r, steps: s, node: n, proposal: poa.ValidatorProposal{Kind: "remove", Validator: n.address().Hex()}}
	if err := b.carry(ctx); err != nil {
		return fmt.Errorf("voting %s out as validator: %w; the same command tries it again", n.name, err)
	}
	return nil
}

// ballot is how one change of the validators is carried. At each look it does what is lacking then, so it goes on whatever was killed or
// interrupted before.
type ballot struct {
	*runner
	*steps
	node     *node
	proposal poa.ValidatorProposal

	proposed time.Time           // when it was proposed last
	voted    map[*node]time.Time // when each node last sent its vote
	refused  int                 // how often no node proposed it
	failed   error               // what went wrong last
	decided  uint64              // the block after which it was first seen to be decided
}

func (b *ballot) carry(ctx context.Context) error {
	b.voted = make(map[*node]time.Time)
	err := insist(ctx, b.steps, func() (string, error) { return b.proceed(ctx) })
	if err != nil && b.failed != nil && !errors.Is(err, b.failed) {
		err = fmt.Errorf("%w (%w)", err, b.failed)
	}
	return err
}

// proceed does what can be done now, and says what is lacking; "" if nothing is.
func (b *ballot) proceed(ctx context.Context) (string, error) {
	all := b.hear(ctx)
	g := all.newest()
	if g == nil {
		return "no node tells who the validators are", nil
	}
	if from, yes := b.isDecided(g); yes {
		return b.takesEffect(ctx, all, max(from, g.Block))
	}
	b.decided = 0
	p := b.pending(g)
	if p == nil {
		return b.propose(ctx, all, g)
	}
	return b.vote(ctx, all, g, p), nil
}

// isDecided tells whether the contract's list is as it should be, now or from a block on.
func (b *ballot) isDecided(g *poa.GovernanceStatus) (from uint64, yes bool) {
	there := weightOf(g, b.node.address()) > 0
	for _, c := range g.Scheduled {
		if c.Who == b.node.address() {
			there, from = c.Weight > 0, max(from, c.From)
		}
	}
	return from, there == (b.proposal.Kind == "add")
}

// takesEffect waits until all nodes that run know the list, it is in force, and who was added votes.
func (b *ballot) takesEffect(ctx context.Context, all words, block uint64) (string, error) {
	if b.decided == 0 {
		b.decided = block
		b.step("the validators have decided that %s", b.what())
	}
	for _, w := range all {
		if w.err != nil && w.process.ended() {
			continue // it learns of it when it follows again
		}
		if w.err != nil || w.says.Block < b.decided+inForceAfter || weightOf(w.says, b.node.address()) > 0 != (b.proposal.Kind == "add") {
			return fmt.Sprintf("waiting for block %d of %s", b.decided+inForceAfter, w.name), nil
		}
	}
	if b.proposal.Kind == "add" {
		if lacks := b.node.missingVotes(ctx); lacks != nil {
			return fmt.Sprintf("waiting for a vote of %s on a block: %v", b.node.name, lacks), nil
		}
	}
	return "", b.takeValidators(all.newest())
}

// missingVotes tells what a validator lacks to make blocks, nil if it does.
func (n *node) missingVotes(ctx context.Context) error {
	var s poa.Status
	err := n.operate(ctx, &s, "poa_status")
	switch {
	case err != nil:
		return err
	case s.Syncing:
		return errors.New("it is catching up")
	case s.NotVoting != "":
		return fmt.Errorf("it does not vote: %s", s.NotVoting)
	case !s.Validator || s.LastVote == nil || s.LastVote.Step == "":
		return errors.New("it has not voted yet")
	}
	return nil
}

func (b *ballot) what() string {
	if b.proposal.Kind == "add" {
		return b.node.name + " becomes a validator"
	}
	return b.node.name + " is a validator no longer"
}

// pending is the oldest open proposal of the change.
func (b *ballot) pending(g *poa.GovernanceStatus) *poa.ProposalStatus {
	for i, p := range g.Proposals {
		if p.Kind == b.proposal.Kind && p.Address == b.node.address() {
			return &g.Proposals[i]
		}
	}
	return nil
}

// present are the validators that answer, whom it is about last.
func (b *ballot) present(all words, g *poa.GovernanceStatus) (list []*live) {
	var self []*live
	for _, w := range all {
		switch {
		case w.err != nil || weightOf(g, w.address()) == 0:
		case w.node == b.node:
			self = append(self, w.live)
		default:
			list = append(list, w.live)
		}
	}
	return append(list, self...)
}

func (b *ballot) propose(ctx context.Context, all words, g *poa.GovernanceStatus) (string, error) {
	const lacks = "the proposal is in no block yet"
	if b.recent(b.proposed) {
		return lacks, nil
	}
	by := b.present(all, g)
	if len(by) == 0 {
		return "no validator answers", nil
	}
	at := by[b.refused%len(by)]
	if b.failed = at.operate(ctx, new(common.Hash), "poaadmin_propose", b.proposal); b.failed != nil {
		if b.refused++; b.refused == changeTries {
			return "", fmt.Errorf("%s does not propose it: %w", at.name, b.failed)
		}
		return lacks, nil
	}
	b.proposed = time.Now()
	b.step("%s proposed that %s", at.name, b.what())
	return lacks, nil
}

// vote has validators that answer vote for it, as many as it takes.
func (b *ballot) vote(ctx context.Context, all words, g *poa.GovernanceStatus, p *poa.ProposalStatus) string {
	votes := p.Votes
	var by []*live
	for _, l := range b.present(all, g) {
		if slices.Contains(p.Voters, l.name) {
			continue
		}
		if b.recent(b.voted[l.node]) {
			votes += weightOf(g, l.address())
		} else {
			by = append(by, l)
		}
	}
	for _, l := range by {
		if 3*votes > 2*p.Of {
			break
		}
		if err := l.operate(ctx, new(common.Hash), "poaadmin_vote", p.ID); err != nil {
			b.failed = fmt.Errorf("%s does not vote: %w", l.name, err) // it may be decided meanwhile
			continue
		}
		b.voted[l.node] = time.Now()
		votes += weightOf(g, l.address())
	}
	text := fmt.Sprintf("proposal %d, that %s: for it are %s, with %d of %d", p.ID, b.what(), strings.Join(p.Voters, ", "), p.Votes, p.Of)
	if p.Kind == "add" && !p.Accepted {
		text += ", and it has not accepted yet"
	}
	if 3*votes <= 2*p.Of {
		text += "; others do not answer, and more than two thirds decide"
	}
	return text
}

package service

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/log"

	"github.com/geth-ss/geth-ss/service/chain"
	"github.com/geth-ss/geth-ss/service/serverset"
)

const (
	// namedEvery is how often it is looked whether there is a new final block.
	namedEvery = 250 * time.Millisecond
	// namedTimeout bounds one reading of the contract that says who the key servers are.
	namedTimeout = 10 * time.Second
)

// named watches the contract that says who the key servers are, if the settings have one. What it says is told, and not followed:
// the established set serves, whatever the contract does.
type named struct {
	*fixed
	watch *serverset.Watch // nil: no contract is asked

	mu     sync.Mutex  // guards all below
	at     common.Hash // final block that was looked at
	unread error       // why the contract could not be read at it
	told   string      // what the log was told
}

func newNamed(f *fixed, source serverset.Source) *named {
	n := &named{fixed: f}
	if !source.None() {
		n.watch = serverset.NewWatch(serverset.NewReader(f.chain, source, isUnread))
	}
	return n
}

func isUnread(err error) bool { return errors.Is(err, chain.ErrUnavailable) }

// run looks at each final block, until the key server stops.
func (n *named) run(l *life) {
	for n.watch != nil && l.pause(namedEvery) {
		n.look(l.ctx)
	}
}

// look reads the contract at the final block, unless it did.
func (n *named) look(ctx context.Context) {
	if n.watch == nil {
		return
	}
	final, ok := n.chain.Final()
	if !ok || n.looked(final.Hash) {
		return
	}
	bounded, cancel := context.WithTimeoutCause(ctx, namedTimeout, errors.New("reading the contract took too long"))
	defer cancel()
	established := n.servers.Sets().Newest()
	now, err := n.watch.Look(bounded, final.BlockRef, established.Members, established.Floor)
	if err != nil && ctx.Err() != nil {
		return // it stops
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.at, n.unread = final.Hash, err
	if err == nil {
		n.tell(now)
	}
}

func (n *named) looked(block common.Hash) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.at == block
}

// tell says in the log what has changed.
func (n *named) tell(now *serverset.Named) {
	what, difference := "", now.Difference(n.servers.Members())
	switch {
	case now.Problem != "":
		what = now.Problem
	case now.Same:
		what = "the key servers are those that the contract names"
	case now.Standing:
		what = "the contract names other key servers, " + difference
	default:
		what = fmt.Sprintf("the contract names other key servers, %s, which count once they have stood for %d final blocks", difference, serverset.Standing)
	}
	if what == n.told {
		return
	}
	n.told = what
	log.Info("Key servers by contract: "+what, "contract", now.Contract, "block", now.Block)
}

// NamedStatus is what the contract says, in the status.
type NamedStatus struct {
	Source string `json:"source"`
	*serverset.Named
	Unread string `json:"unread,omitempty"` // why it could not be read at the newest final block
}

// status is nil if no contract is asked.
func (n *named) status() *NamedStatus {
	if n.watch == nil {
		return nil
	}
	st := &NamedStatus{Source: n.watch.Source().String(), Named: n.watch.Last()}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.unread != nil {
		st.Unread = n.unread.Error()
	}
	return st
}

// judge tells what is wrong with the contract, or with whoever relies on it.
func (n *named) judge(j *judgment) {
	st := n.status()
	if st == nil {
		return
	}
	const subject, serve = "server set contract", "; meanwhile the established key servers serve"
	switch {
	case st.Unread != "":
		j.Warn(subject, "look at the log and at the disk; a node that has just started may need a moment", "%s"+serve, st.Unread)
	case st.Named == nil: // not looked at yet
	case st.Contract == (common.Address{}):
		j.Warn(subject, "deploy one and file it (geth-ss contracts deploy key-server-set --register), or take ServerSet out of [SecretStore]", "%s"+serve, st.Problem)
	case st.Problem != "":
		j.Fail(subject, "have those who govern the contract correct it, or correct ServerSet in [SecretStore]", "%s"+serve, st.Problem)
	case st.Standing && !st.Same:
		j.Warn(subject, "this version tells what the contract says and does not follow it: have the administrators order the same change, or change the contract back",
			"it names other key servers than those that serve, %s", st.Difference(n.servers.Members()))
	}
}

package devnet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// How long a change is waited for. Variables, for tests.
var (
	// changePoll is how often the nodes are asked how far a change is.
	changePoll = 200 * time.Millisecond

	// abandonedAfter is how long no node knows of a change that was accepted before it counts as abandoned.
	abandonedAfter = 5 * time.Second

	// restAfter is how long a change that waits for nodes alone that don't run is watched before it counts as done as far as it can be.
	restAfter = 5 * time.Second

	// stalledAfter is how long a change may make no progress before it is no longer waited for. It goes on without.
	stalledAfter = 5 * time.Minute
)

// Change is a change of the key servers of a devnet that runs, and of its validators where they vote on that.
type Change struct {
	Do    string `json:"do"`              // Add, Replace or Remove
	Node  string `json:"node,omitempty"`  // number or name of the node that stops being what it is; not for Add
	Force bool   `json:"force,omitempty"` // also if keys could not be used as before

	// Validator and KeyServer are what changes hands. Neither: a key server is added, and who goes stops being all that it is.
	Validator bool `json:"validator,omitempty"`
	KeyServer bool `json:"keyServer,omitempty"`
}

// changeTries is how often a change is ordered if the key servers abandon it: who was asked to have it decided may have ended in the
// midst of that.
const changeTries = 3

const (
	Add     = "add"
	Replace = "replace"
	Remove  = "remove"
)

func (c Change) String() string { return strings.TrimSpace(c.Do + " " + c.Node) }

// Validate reports what can't be meant.
func (c Change) Validate() error {
	switch c.Do {
	case Add:
		if c.Node != "" {
			return errors.New("add takes no node: it makes one")
		}
	case Replace, Remove:
		if c.Node == "" {
			return fmt.Errorf("%s takes the number of the node, or its name", c.Do)
		}
	default:
		return fmt.Errorf("%.40q is no change of the key servers", c.Do)
	}
	return nil
}

// change carries a command out, and returns when the change is complete, but for nodes that don't run. Whoever sent the command may be gone meanwhile.
func (r *runner) change(ctx context.Context, c *command) error {
	s := &steps{c, time.Now()}
	err := r.carryOut(ctx, s, c.change)
	if ctx.Err() != nil {
		return errors.New("the devnet is being stopped; what the key servers have decided goes on when it is started again")
	}
	return err
}

func (r *runner) carryOut(ctx context.Context, s *steps, c Change) error {
	before, err := r.settled(ctx, s)
	if err != nil {
		return err
	}
	if err := r.followValidators(ctx); err != nil {
		return err
	}
	leaving, hands, err := r.leaving(before, c)
	if err != nil {
		return err
	}
	var joining *live
	if c.Do != Remove {
		if joining, err = r.joining(ctx, s); err != nil {
			return err
		}
	}
	if hands.Validator && joining != nil {
		if err := r.votedIn(ctx, s, joining); err != nil {
			return err
		}
	}
	if hands.KeyServer {
		if err := r.changeServers(ctx, s, before, joining, leaving, c.Force); err != nil {
			return err
		}
	}
	if hands.Validator && leaving != nil {
		if err := r.votedOut(ctx, s, leaving); err != nil {
			return err
		}
	}
	return r.conclude(ctx, s, joining, leaving, hands)
}

// changeServers has the key servers decide on another set, and move all keys to it.
func (r *runner) changeServers(ctx context.Context, s *steps, before *serverSet, joining *live, leaving *node, force bool) error {
	after, err := r.decided(ctx, s, before, joining, leaving, force)
	if err != nil {
		return err
	}
	if err := r.take(after); err != nil {
		return err
	}
	if joining != nil && !joining.serves || leaving != nil && leaving.serves {
		return fmt.Errorf("another change was faster: the key servers are now %s (set %d)", r.names(after), after.Epoch)
	}
	return nil
}

// decided has the change ordered, again if the key servers abandon it or the one that was asked ends, and returns the set of then.
func (r *runner) decided(ctx context.Context, s *steps, before *serverSet, joining *live, leaving *node, force bool) (*serverSet, error) {
	for try := 1; ; try++ {
		after, err := r.ordered(ctx, s, before, joining, leaving, force)
		switch {
		case err == nil || !passes(err) || ctx.Err() != nil:
			return after, err
		case try == changeTries:
			return nil, fmt.Errorf("%w; the same command tries it again", err)
		}
		s.step("%v; it is ordered again", err)
		if before, err = r.settled(ctx, s); err != nil {
			return nil, err
		}
		if (joining == nil || joining.serves) && (leaving == nil || !leaving.serves) { // it was decided all the same
			return before, nil
		}
	}
}

// errAbandoned is why nothing has come of an order that was taken.
var errAbandoned = errors.New("the key servers have abandoned the change: their logs tell why")

// passes tells whether what has failed may succeed the next time, without anything being done about it: an order was abandoned, or the
// node at which it was made gave no answer.
func passes(err error) bool {
	var at *askedError
	var answered rpc.Error
	return errors.Is(err, errAbandoned) || errors.As(err, &at) && !errors.As(err, &answered)
}

// askedError is why the node at which an order is made makes or takes none.
type askedError struct{ error }

func (e *askedError) Unwrap() error { return e.error }

func (r *runner) ordered(ctx context.Context, s *steps, before *serverSet, joining *live, leaving *node, force bool) (*serverSet, error) {
	next, err := r.order(ctx, s, before, joining, leaving, force)
	if err != nil {
		return nil, err
	}
	return r.complete(ctx, s, next)
}

// settled waits for a change that is under way, such as one whose command was interrupted, and takes the set over.
func (r *runner) settled(ctx context.Context, s *steps) (*serverSet, error) {
	all := r.look(ctx)
	set := all.newest()
	if set == nil {
		return nil, fmt.Errorf("no node tells who the key servers are: %w", all[0].err)
	}
	if set.Change != nil {
		s.step("a change is under way already")
		var err error
		if set, err = r.finished(ctx, s, func(set *serverSet) bool { return set.Change == nil }); err != nil {
			return nil, err
		}
	}
	return set, r.take(set)
}

// leaving is the node that is to stop being what it is, nil if none is, and what changes hands.
func (r *runner) leaving(set *serverSet, c Change) (*node, kinds, error) {
	hands := kinds{c.Validator, c.KeyServer}
	if hands.Validator && !r.net.governed() {
		return nil, hands, fmt.Errorf("the validators of the network in %s stand in its file: begin another with --governance, where they vote", r.net.dir)
	}
	if c.Do == Add {
		if hands == (kinds{}) {
			hands.KeyServer = true
		}
		return nil, hands, nil
	}
	n := r.net.named(c.Node)
	if n == nil {
		return nil, hands, fmt.Errorf("the network has no node %.40q; its key servers are %s", c.Node, r.names(set))
	}
	if hands == (kinds{}) {
		hands = kinds{n.validates && r.net.governed(), n.serves}
	}
	switch {
	case hands == (kinds{}) && r.net.governed():
		return nil, hands, fmt.Errorf("%s is neither validator nor key server; the validators are %s, the key servers %s", n.name, r.validators(), r.names(set))
	case !n.serves && (hands.KeyServer || !hands.Validator):
		return nil, hands, fmt.Errorf("%s is no key server; those are %s", n.name, r.names(set))
	case !n.validates && hands.Validator:
		return nil, hands, fmt.Errorf("%s is no validator; those are %s", n.name, r.validators())
	case c.Do == Remove && hands.KeyServer && len(set.Members) == 1:
		return nil, hands, fmt.Errorf("%s is the only key server, and holds all shares: replace it, or add another before", n.name)
	case c.Do == Remove && hands.Validator && r.validators() == n.name:
		return nil, hands, fmt.Errorf("%s is the only validator, without which there are no blocks: replace it, or add another before", n.name)
	}
	return n, hands, nil
}

// joining is the node that is to become one, when it follows the chain: a new one, or that whose adding was interrupted.
func (r *runner) joining(ctx context.Context, s *steps) (*live, error) {
	n := r.net.unjoined()
	if n == nil {
		var err error
		if n, err = r.net.add(); err != nil {
			return nil, err
		}
	}
	l, err := r.launch(ctx, s, n)
	if err != nil {
		return nil, err
	}
	follows := func(ctx context.Context, c *client) error { return missingFollowing(ctx, c, s.start) }
	if err := r.wait(ctx, l, []*live{l}, follows); err != nil {
		return nil, fmt.Errorf("%w; the same command tries it again", err)
	}
	s.step("%s follows the chain and is connected", n.name)
	return l, nil
}

// launch has a node run, unless it does: by us, or by hand.
func (r *runner) launch(ctx context.Context, s *steps, n *node) (*live, error) {
	if l := r.of(n); l != nil {
		if !l.process.ended() || l.client.answers(ctx) {
			s.step("%s runs already: its adding was interrupted", n.name)
			return l, nil
		}
		l.client.close()
		r.live = slices.DeleteFunc(r.live, func(other *live) bool { return other == l })
	}
	if err := r.startNodes(ctx, []*node{n}); err != nil {
		return nil, err
	}
	l := r.of(n)
	r.watch(ctx, l.process)
	s.step("%s starts in %s", n.name, n.dir)
	return l, r.writeState()
}

// missingFollowing tells what a node lacks to become a key server, nil when it lacks nothing.
func missingFollowing(ctx context.Context, c *client, since time.Time) error {
	if err := missingBlock(ctx, c, since); err != nil {
		return err
	}
	if err := c.httpUp(ctx); err != nil {
		return err
	}
	status, err := c.status(ctx)
	if err != nil {
		return err
	}
	if status.Final == nil {
		return errors.New("it has no final block yet")
	}
	var peers hexutil.Uint
	if err := c.rpc.CallContext(ctx, &peers, "net_peerCount"); err != nil {
		return err
	}
	if peers == 0 {
		return errors.New("it is connected to no other node")
	}
	return nil
}

// order has the change ordered by the devnet's administrator, at a key server that stays. It returns the epoch that the new
// set has.
func (r *runner) order(ctx context.Context, s *steps, before *serverSet, joining *live, leaving *node, force bool) (uint64, error) {
	request := &orderRequest{Add: []string{}, Remove: []wire.NodeID{}, Replace: []replacement{}, Force: force}
	what := ""
	switch {
	case leaving == nil:
		request.Add = append(request.Add, joining.enode())
		what = "that " + joining.name + " becomes a key server"
	case joining == nil:
		request.Remove = append(request.Remove, leaving.id())
		what = "that " + leaving.name + " stops being a key server"
	default:
		request.Replace = append(request.Replace, replacement{leaving.id(), joining.enode()})
		what = "that " + joining.name + " becomes a key server in the place of " + leaving.name
	}
	at := r.asked(ctx, before, leaving)
	if at == nil {
		return 0, errors.New("no key server answers")
	}
	made, err := at.client.MakeOrder(ctx, request)
	if err != nil {
		return 0, &askedError{fmt.Errorf("%s makes no order %s: %w", at.name, what, err)}
	}
	sig, err := r.net.accounts[0].signTyped(made.TypedData)
	if err != nil {
		return 0, fmt.Errorf("signing the order of %s: %w", at.name, err)
	}
	taken, err := at.client.ChangeServers(ctx, made.Order, []hexutil.Bytes{sig})
	if err != nil {
		return 0, &askedError{fmt.Errorf("%s refuses the order %s: %w", at.name, what, err)}
	}
	if taken.Epoch <= before.Epoch {
		return 0, fmt.Errorf("%s took the order %s for set %d, after set %d", at.name, what, taken.Epoch, before.Epoch)
	}
	s.step("accounts[0] ordered %s: set %d", what, taken.Epoch)
	return taken.Epoch, nil
}

// asked is the key server at which an order is made: one that knows the set, and the leaving one only if there is no other.
func (r *runner) asked(ctx context.Context, set *serverSet, leaving *node) (at *live) {
	for _, a := range r.look(ctx) {
		if a.err != nil || a.set.Epoch != set.Epoch || !set.has(a.id()) {
			continue
		}
		if a.node != leaving {
			return a.live
		}
		at = a.live
	}
	return at
}

// signTyped signs typed data of EIP-712, as a wallet does. What it says is not looked at: it comes from a node of our own.
func (a *Account) signTyped(data []byte) (hexutil.Bytes, error) {
	var typed apitypes.TypedData
	if err := json.Unmarshal(data, &typed); err != nil {
		return nil, err
	}
	digest, _, err := apitypes.TypedDataAndHash(typed)
	if err != nil {
		return nil, err
	}
	key, err := a.key()
	if err != nil {
		return nil, err
	}
	sig, err := crypto.Sign(digest, key)
	if err != nil {
		return nil, err
	}
	sig[64] += 27
	return sig, nil
}

// unerased says who has not signed that all of its old shares are erased, and why that may be; "" if all have.
func (r *runner) unerased(ctx context.Context) string {
	all := r.look(ctx)
	shares := make(map[wire.NodeID]int)
	for _, a := range all {
		if a.err == nil {
			for _, u := range a.set.Unerased {
				shares[u.ID] = max(shares[u.ID], u.Shares)
			}
		}
	}
	var list []string
	for _, id := range slices.SortedFunc(maps.Keys(shares), wire.NodeID.Compare) {
		what := fmt.Sprintf("%s has %d old shares", r.net.nameOf(id), shares[id])
		if !all.runs(id) {
			what += ", as far as is known: it does not run, and erases them when it does"
		}
		list = append(list, what)
	}
	return strings.Join(list, "; ")
}

// conclude says where everything is now.
func (r *runner) conclude(ctx context.Context, s *steps, joining *live, leaving *node, hands kinds) error {
	if joining != nil {
		lacks := r.missing
		if !joining.serves {
			lacks = r.missingBlock
		}
		if err := r.wait(ctx, joining, []*live{joining}, lacks); err != nil {
			return fmt.Errorf("%s is a %v, but %w", joining.name, joining.is(), err)
		}
		s.step("%s is a %v: JSON-RPC %s, Secret Store HTTP %s, pid %d", joining.name, joining.is(), joining.rpcURL(), joining.httpURL(), r.pid(joining.node))
	}
	if leaving != nil {
		goes := "following the chain"
		if now := leaving.is(); now != (kinds{}) {
			goes = "as " + now.String()
		}
		was := "no " + hands.String()
		if hands.Validator && hands.KeyServer {
			was = kinds{}.String()
		}
		s.step("%s is %s any more; it goes on %s", leaving.name, was, goes)
	}
	if left := r.unerased(ctx); left != "" {
		s.step("not all old shares are erased yet: %s", left)
	}
	if r.net.governed() {
		s.step("the validators are %s", r.validators())
	}
	s.step("the key servers are %s (set %d): see %s", r.names(r.set), r.set.Epoch, r.net.statePath())
	if joining == nil || joining.added.Joined {
		return nil
	}
	joining.added.Joined = true
	return r.net.writeAdded()
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/geth-ss/geth-ss/internal/finding"
	"github.com/geth-ss/geth-ss/poa"
	"github.com/geth-ss/geth-ss/protocol"
	"github.com/geth-ss/geth-ss/service"
)

// checkNode asks the running node how it judges itself.
func (c *checkup) checkNode() {
	if c.node == nil {
		c.OK("node", "it does not run, so its chain, peers and contract were not checked")
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), checkTimeout)
	defer cancel()
	head, err := ethclient.NewClient(c.node).HeaderByNumber(ctx, nil)
	if err != nil {
		c.Fail("chain", "look at the node's log", "it runs, but its head can't be read: %v", err)
		return
	}
	c.checkClock(head)
	if c.cfg.PoA.Enabled {
		c.askConsensus(ctx)
	} else {
		c.askSync(ctx, head)
	}
	if c.cfg.SecretStore.Enabled {
		c.askKeyServer(ctx)
	}
}

const startAgain = "start the node with this configuration"

// askJudge calls a method whose answer has a member "findings", and takes that over; judged is false if it has none, as of a node of
// an older version.
func (c *checkup) askJudge(ctx context.Context, method string, status any) (judged bool, err error) {
	var raw json.RawMessage
	if err := c.node.CallContext(ctx, &raw, method); err != nil {
		return false, err
	}
	var judge struct {
		Findings *finding.List `json:"findings"`
	}
	if err := errors.Join(json.Unmarshal(raw, &judge), json.Unmarshal(raw, status)); err != nil {
		return false, err
	}
	if judge.Findings == nil {
		return false, nil
	}
	c.add(*judge.Findings)
	return true, nil
}

// noMethod tells that the node has no such method, from that it could not be asked.
func noMethod(err error) bool {
	var answer rpc.Error
	const methodNotFound = -32601
	return errors.As(err, &answer) && answer.ErrorCode() == methodNotFound
}

func (c *checkup) askConsensus(ctx context.Context) {
	const subject = "consensus"
	var status poa.Status
	judged, err := c.askJudge(ctx, "poa_status", &status)
	switch {
	case noMethod(err):
		c.Fail("node", startAgain, "the running node takes no part in consensus: it was started without PoA")
		return
	case err != nil:
		c.Fail("node", "look at its log", "it runs, but can't be asked about consensus: %v", err)
		return
	}
	if key := c.cfg.Node.P2P.PrivateKey; key != nil && status.PeerID != poa.PeerID(key) {
		c.Fail("node", "stop it, or correct --datadir", "the running node is %.40q, but the settings make %s", status.PeerID, poa.PeerID(key))
	}
	role := map[bool]string{true: "validator", false: "follower"}[status.Validator]
	c.OK(subject, "the node runs as %s: block %d, connected to %d consensus peers", role, status.Height, status.Peers)
	if judged {
		return
	}
	for _, p := range status.Differ { // an older version
		c.Fail(subject, "set the same on both nodes", "the running node says that %s at %s has other rules: %s", p.ID, p.Host, commaList(p.Differences))
	}
	if status.NotVoting != "" {
		c.Fail(subject, "see 'Rules of the network' in the operating manual", "the running node votes for no block: %s", status.NotVoting)
	}
	if status.Syncing {
		c.Warn(subject, "wait, and look at its log", "the running node is catching up")
	}
}

func (c *checkup) askKeyServer(ctx context.Context) {
	const subject = "key server"
	var status service.Status
	judged, err := c.askJudge(ctx, "secretstore_status", &status)
	switch {
	case noMethod(err):
		c.Fail("node", startAgain, "the running node is not a key server")
		return
	case err != nil:
		c.Fail("node", "look at its log", "it runs, but can't be asked as a key server: %v", err)
		return
	}
	if status.ID != c.self {
		c.Fail("node", "stop it, or correct --datadir", "the running node is key server %s, but the settings make %s", status.ID.Short(), c.self.Short())
	}
	c.OK(subject, "the node runs, connected to %d of %d other key servers, with %d keys", status.Connected-1, len(status.Servers)-1, status.Keys)
	if !judged {
		c.judgeOlder(&status)
	}
}

// stateAdvice is for each state in which a key server of an older version sees another.
var stateAdvice = map[protocol.State]string{
	protocol.Silent:       "look at that node's log; it may be overloaded",
	protocol.OtherVersion: "run the same version of geth-ss everywhere",
	protocol.OtherCluster: "init both from the same network file, and give both the same SecretStore.Cluster",
	protocol.Muted:        "look for the reason in secretstore_peers: it sent something that no honest node sends",
	protocol.NotMember:    "add it to the list of key servers, here and everywhere, or tell its operator",
	protocol.NoSubproto:   "enable the Secret Store on that node, run the same version there, and have it list this one",
	protocol.Waiting:      "see below what came of dialling this peer",
	protocol.NoAddress:    "write its address into the list",
}

// judgeOlder reads the status of a node of a version that does not judge itself.
func (c *checkup) judgeOlder(status *service.Status) {
	switch final := status.Final; {
	case final == nil:
		c.Fail("chain", "wait until the node has synced; on a beacon network run a consensus client", "no block is final yet, so no permission can be read")
	case !status.Fresh:
		c.Warn("chain", "wait until the node has synced; if it has, look at consensus, and check the clock", "the final block %d is %.0f s old: retrievals are refused", final.Number, final.Age)
	}
	if why := status.Contract.Reason; why != "" && status.Final != nil {
		c.Fail("permissions", "correct ACL or Registrar, or wait until the contract is final", "the permission contract can't be asked: %s", why)
	}
	if status.Gap {
		c.Warn("share store", "nothing; see the operating manual on restored nodes", "it was restored or has lost its shares, so it helps to make keys only together with all other key servers")
	}
	for _, p := range status.Peers {
		if advice, bad := stateAdvice[p.State]; bad {
			c.Fail("peer "+p.ID.Short(), advice, "the running node says: %s %s %s", p.State, p.Reason, p.LastError)
		}
	}
}

// headAge is after how long without a block a node is told to have nobody who brings it some. Blocks of beacon networks come
// every 12 s.
const headAge = 5 * time.Minute

// clockSlack is how far a block's time may be ahead of this machine's.
const clockSlack = 5 * time.Second

// checkClock looks for blocks from the future. The block makers' clocks are right, or most of them: it is this machine's that is slow.
func (c *checkup) checkClock(head *types.Header) {
	if ahead := time.Until(time.Unix(int64(head.Time), 0)); ahead > clockSlack && !c.dev {
		c.Fail("clock", "set this machine's clock, and keep it by NTP", "block %d is %v in the future", head.Number, ahead.Round(time.Second))
		return
	}
	c.OK("clock", "not behind the chain")
}

// askSync asks a node whose blocks come from elsewhere whether they come.
func (c *checkup) askSync(ctx context.Context, head *types.Header) {
	const subject = "chain"
	age := time.Since(time.Unix(int64(head.Time), 0)).Round(time.Second)
	at := fmt.Sprintf("the node runs, at block %v", head.Number)
	progress, err := ethclient.NewClient(c.node).SyncProgress(ctx)
	switch {
	case err == nil && progress != nil && progress.HighestBlock > progress.CurrentBlock:
		c.OK(subject, "%s, and is syncing to %d", at, progress.HighestBlock)
	case !c.dev && age > headAge:
		c.Warn(subject, "run a consensus client on the engine API, with the same JWT secret", "%s, which is %v old: it gets no new blocks", at, age)
	default:
		c.OK(subject, "%s", at)
	}
}

package main

import (
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// operatedNode is a fake node that answers what operators ask about the server set.
type operatedNode struct {
	mu     sync.Mutex
	info   *wire.ServersInfo
	plan   *wire.Plan
	asked  []string // methods with their parameters
	during int      // how many answers tell of a change
}

func (n *operatedNode) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n.mu.Lock()
	defer n.mu.Unlock()
	var call struct {
		ID     json.RawMessage
		Method string
		Params json.RawMessage
	}
	if json.NewDecoder(r.Body).Decode(&call) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	n.asked = append(n.asked, strings.TrimPrefix(call.Method, "secretstore_")+string(call.Params))
	var result any
	switch call.Method {
	case "secretstore_servers":
		info := *n.info
		if n.during--; n.during < 0 {
			info.Change = nil
		}
		result = &info
	case "secretstore_planChange":
		result = n.plan
	case "secretstore_repair":
		result = wire.RepairInfo{Keys: 5, Begun: 2, Waiting: 3}
	case "secretstore_writeOff":
		result = wire.WriteOffInfo{ID: n.info.Unerased[0].ID, Shares: 1}
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(map[string]any{"jsonrpc": "2.0", "id": call.ID, "result": result})
}

func serverID(t *testing.T, n int64) wire.NodeID {
	t.Helper()
	key, err := crypto.ToECDSA(common.LeftPadBytes(big.NewInt(n).Bytes(), 32))
	if err != nil {
		t.Fatal(err)
	}
	return wire.NodeIDOf(&key.PublicKey)
}

func newOperatedNode(t *testing.T) (*operatedNode, string) {
	a, b := serverID(t, 1), serverID(t, 2)
	if a.Compare(b) > 0 {
		a, b = b, a
	}
	old := time.Unix(1_600_000_000, 0)
	info := &wire.ServersInfo{Chain: 7, Cluster: wire.ClusterID{1}, Epoch: 2, Parent: common.Hash{1}, Administrators: []common.Address{{1}}, Needed: 1, Floor: 1, Refresh: 3600, Member: true,
		LastChange: &wire.BlockInfo{Number: 70, Timestamp: 1_700_000_000}, Backup: &old,
		Members: []wire.MemberInfo{{ID: a, Address: a.Address(), Enode: "enode://" + a.String() + "@10.0.0.1:1"}, {ID: b, Address: b.Address(), Enode: "enode://" + b.String() + "@10.0.0.2:1"}},
		Former:  []wire.MemberInfo{{ID: serverID(t, 3)}},
		Change: &wire.ChangeInfo{State: wire.ChangeMoving, Epoch: 2, Keys: 200, Moved: 117, Thin: 1, Failures: 1, Failed: []wire.MoveFailure{{Key: wire.KeyID{0xab}, Reason: "too few holders\x1b[31m"}},
			Awaited: []wire.NodeID{b}, AwaitedSince: []time.Time{time.Now().Add(-200 * time.Second)}}}
	set := &wire.ServerSet{Cluster: info.Cluster, Epoch: 2, Parent: info.Parent, Members: []wire.NodeID{a, b}, Keys: make([]wire.Point, 2), Floor: 1, Refresh: 3600,
		Authority: wire.Authority{Administrators: info.Administrators, Needed: 1}}
	info.Hash = set.Hash()
	n := &operatedNode{info: info, during: 1}
	server := httptest.NewServer(n)
	t.Cleanup(server.Close)
	return n, server.URL
}

// TestServersCommand: an operator sees who the key servers are, what is under way, and what needs attention.
func TestServersCommand(t *testing.T) {
	n, url := newOperatedNode(t)
	out := fail(t, "secretstore", "servers", url)
	for _, want := range []string{`Set: +2, ` + n.info.Hash.Hex(), `Administrators: +1 of 0x01000`, `Refresh: +all shares are dealt anew every 1h0m0s`, `Since: +block 70`,
		`Backup: +NONE SINCE THE KEY SERVERS CHANGED`, `set 2: moving, 117 of 200 keys moved, 1 CAN'T MOVE now, 1 wait for more members before old shares are erased, waiting for ` + n.info.Members[1].ID.Short() + ` \(3m0s\)`,
		n.info.Members[0].ID.Short() + ` +` + n.info.Members[0].Address.Hex() + ` +enode://`, `FORMER, SHARES NOT YET ERASED`, `0xab0000.* +too few holders.\[31m`, `needs attention`} {
		wantMatch(t, out, want)
	}
	if strings.Contains(out, "\x1b") {
		t.Error("a reason steers the terminal")
	}
	if out := run(t, "secretstore", "servers", url); !strings.Contains(out, "nothing is under way") { // by now
		t.Error(out)
	}
	n.mu.Lock()
	n.info.Difference = "node 3 is in the file alone"
	n.mu.Unlock()
	wantMatch(t, fail(t, "secretstore", "servers", url), `DIFFERS from the set, which counts: node 3`)
	n.mu.Lock()
	n.info.Member, n.info.Held = false, 0
	n.mu.Unlock()
	if out := fail(t, "secretstore", "servers", url); !strings.Contains(out, "This node is not a key server. Former shares that it has not erased: 0") || strings.Contains(out, "Backup:") {
		t.Errorf("of a node that has no part in it: %s", out)
	}
	n.mu.Lock()
	n.info.Member = true
	n.during = 2
	n.mu.Unlock()
	if out := run(t, "secretstore", "servers", "--watch", url); strings.Count(out, "set 2: moving") != 1 || !strings.Contains(out, "set 2, 2 key servers: nothing is under way") {
		t.Error(out)
	}
}

// TestPlanChangeCommand: a plan by which keys are lost or less useful is bad news; one that is fine is not.
func TestPlanChangeCommand(t *testing.T) {
	n, url := newOperatedNode(t)
	stranger := serverID(t, 9)
	enode := "enode://" + stranger.String() + "@10.0.0.9:1"
	order, err := (&wire.OrderRequest{Add: []string{enode}}).Order(n.info, common.Hash{})
	if err != nil {
		t.Fatal(err)
	}
	n.plan = &wire.Plan{Order: order, Keys: 9, Listed: []wire.NodeID{n.info.Members[0].ID}, Silent: []wire.NodeID{n.info.Members[1].ID}, Reasons: []string{"it sleeps"}, Joining: []wire.NodeID{stranger},
		Classes: []wire.PlanClass{wire.NewPlanClass(3, wire.KeyID{1}, 1, 1, 1, 3), wire.NewPlanClass(2, wire.KeyID{2}, 3, 4, 1, 3), wire.NewPlanClass(2, wire.KeyID{3}, 2, 5, 1, 3),
			wire.NewPlanClass(1, wire.KeyID{4}, 1, 2, 1, 3), wire.NewPlanClass(1, wire.KeyID{5}, 0, 2, 0, 3)}, Refusal: "3 keys would stay behind"}
	n.plan.Classes[0].Unsure = 2
	out := fail(t, "secretstore", "plan-change", "--add", enode, "--remove", n.info.Members[0].Address.Hex(), url)
	for _, want := range []string{`server set 3, of 3 key servers, follows set 2, of 2`, `joins: +0x` + stranger.String(), `9, from the signed lists of 1 of 2 key servers`, `No list of: +` + n.info.Members[1].ID.Short() + `: it sleeps; what it alone`, `2 OF THEM MAY BE MADE UP`,
		`Not reached: +` + stranger.Short(), `3 +1 +1 +1 +3 +CAN'T MOVE: a read takes 2 holders; 0x01`, `UNREADABLE THEN: a read takes 4`, `NO ECDSA THEN: it takes 5`,
		`they move; while one of the members is silent, old shares stay`, `they move, also if 2 of the members are silent`, `refuse it unless the order says --force: 3 keys would stay behind`, `keys would be lost`} {
		wantMatch(t, out, want)
	}
	if last := n.asked[len(n.asked)-1]; !strings.Contains(last, `planChange[{"add":["`+enode+`"],"remove":["0x`+n.info.Members[0].ID.String()+`"]`) || !strings.HasSuffix(last, ",false]") {
		t.Error(last)
	}
	n.plan.Classes, n.plan.Refusal = n.plan.Classes[3:], ""
	n.plan.Rehearsal = &wire.Rehearsal{Keys: 9, Thick: 9, Elapsed: 1200, Estimate: 120_000}
	wantMatch(t, run(t, "secretstore", "plan-change", "--add", enode, "--rehearse", url), `Rehearsal: 9 keys in 1.2 s, 9 could be made safe at once, 0 not yet, 0 failed\nAt that pace all keys take 2m0s,`)
	if last := n.asked[len(n.asked)-1]; !strings.HasSuffix(last, ",true]") {
		t.Error(last)
	}
	n.plan.Rehearsal.Unready = []wire.UnreadyInfo{{ID: stranger, Reason: "no answer"}}
	wantMatch(t, fail(t, "secretstore", "plan-change", "--add", enode, "--rehearse", url), stranger.Short()+` DID NOT DO ITS PART: no answer`)
	n.plan.Rehearsal.Unready, n.plan.Rehearsal.Failed = nil, []wire.MoveFailure{{Key: wire.KeyID{4}, Reason: "no"}}
	fail(t, "secretstore", "plan-change", "--add", enode, "--rehearse", "--json", url)
	n.info.Needed = 0 // somebody lies
	wantMatch(t, fail(t, "secretstore", "plan-change", "--add", enode, url), `tells no server set`)
}

// TestRepairCommand: keys are arguments, and the node to ask is not.
func TestRepairCommand(t *testing.T) {
	n, url := newOperatedNode(t)
	id := common.Hash{0xab}.Hex()
	wantMatch(t, run(t, "secretstore", "repair", "--rpc", url), `Missing: 5 shares; 2 are being dealt to this key server, 3 wait`)
	run(t, "secretstore", "repair", "--rpc", url, id)
	wantMatch(t, fail(t, "secretstore", "repair", url), `is not the id of a key: .*--rpc`)
	if got := strings.Join(n.asked, " "); got != `repair[] repair[["`+id+`"]]` && got != `repair repair[["`+id+`"]]` {
		t.Error(got)
	}
}

// TestWriteOffCommand: whose receipts are awaited can be named as they are shown, nothing is done without --yes, and what was
// written off is shown to be not erased.
func TestWriteOffCommand(t *testing.T) {
	n, url := newOperatedNode(t)
	lost, other := serverID(t, 3), serverID(t, 4)
	n.info.Unerased = []wire.UnerasedInfo{{ID: lost, Address: lost.Address(), Shares: 7, Since: time.Now()}, {ID: other, Address: other.Address(), Connected: true, Shares: 1, Since: time.Now()}}
	wantMatch(t, fail(t, "secretstore", "write-off", lost.Address().Hex(), url), lost.Short()+` has not signed that it has erased 7 former shares, and is not connected.* not known to be erased.*Give --yes`)
	wantMatch(t, fail(t, "secretstore", "write-off", "0x"+other.String(), url), `erased 1 former share, and IS CONNECTED`)
	wantMatch(t, fail(t, "secretstore", "write-off", "--yes", lost.Short()[:7], url), `awaits no receipt`)
	wantMatch(t, fail(t, "secretstore", "write-off", "--yes", serverID(t, 5).String(), url), `awaits no receipt`)
	if got := strings.Join(n.asked, " "); strings.Contains(got, "writeOff") {
		t.Fatal(got)
	}
	wantMatch(t, run(t, "secretstore", "write-off", "--yes", "0x"+lost.Short(), url), `Given up waiting; not known to be erased: 1 former share of `+lost.Short())
	if got := n.asked[len(n.asked)-1]; got != `writeOff["0x`+lost.String()+`"]` {
		t.Error(got)
	}
	n.mu.Lock()
	n.info.WrittenOff, n.info.Unerased = n.info.Unerased[:1], nil
	n.mu.Unlock()
	wantMatch(t, run(t, "secretstore", "servers", url), `GIVEN UP WAITING, NOT ERASED.*\n`+lost.Short()+` +`+lost.Address().Hex()+` +7 +.*\nBy the word of this node's operator: .*not known to be erased`)
}

package rpcapi

import (
	"context"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/rpcapi/jsonrpc"
	"github.com/geth-ss/geth-ss/service/limits"
)

// testSet is the set that fakeKeys has.
var testSet = wire.ServerSet{Cluster: testCluster, Members: []wire.NodeID{wire.NodeID(testPoint)}}

// Servers tells of a change that is under way, if a test has not set anything else.
func (f *fakeKeys) Servers(ctx context.Context) (*wire.ServersInfo, error) {
	if f.servers != nil {
		return f.servers, nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	since := time.Unix(1_700_000_000, 0).UTC()
	return &wire.ServersInfo{
		Chain: testChain, Cluster: testCluster, Hash: testSet.Hash(), Former: []wire.MemberInfo{}, Unerased: []wire.UnerasedInfo{}, Administrators: []common.Address{},
		Members:    []wire.MemberInfo{{ID: testSet.Members[0], Address: testSet.Members[0].Address(), Enode: "enode://aa@127.0.0.1:1"}},
		LastChange: &wire.BlockInfo{Number: 6, Timestamp: 1_600_000_000}, Backup: &since, Block: &wire.BlockInfo{Number: 7, Timestamp: 1_700_000_000},
		Change: &wire.ChangeInfo{
			State: wire.ChangeDeciding, Epoch: 1, Since: since, Order: testOrder(), Keys: 3, Moved: 1, Failures: 1,
			Failed:  []wire.MoveFailure{{Key: wire.KeyID{31: 5}, Reason: "two of three holders are away"}},
			Awaited: testSet.Members, AwaitedSince: []time.Time{since}, NotErased: testSet.Members,
		},
	}, f.err
}

// ServerSets tells of one change.
func (f *fakeKeys) ServerSets(ctx context.Context, after uint64) (*wire.SetsTold, error) {
	told := &wire.SetLinks{More: true, Links: []wire.SetLink{{
		Attempt: wire.SetAttempt{Order: *testOrder(), Orders: []wire.AdminSignature{{1}}, Coordinator: testSet.Members[0], Block: wire.BlockRef{Number: 5},
			Ready: []wire.Readiness{{Node: testSet.Members[0], Key: testPoint}}},
		Signed:  []wire.SetSign{{Node: testSet.Members[0]}},
		Decided: wire.Decision{Votes: []wire.NodeSign{{Node: testSet.Members[0]}}},
	}}}
	if after == 0 {
		told.First = &testSet
	}
	return told.Told(testChain, &testSet), f.note(ctx, "sets after %d", after)
}

func testOrder() *wire.SetOrder {
	return &wire.SetOrder{
		Chain: testChain, Cluster: testCluster, Epoch: 1, Parent: testSet.Hash(), Administrators: []common.Address{{19: 1}}, Needed: 1, Expires: 1_700_086_400,
		Members: []wire.OrderMember{{Node: testSet.Members[0], Address: "127.0.0.1:30303"}}, Nonce: common.Hash{31: 9},
	}
}

func (f *fakeKeys) MakeOrder(ctx context.Context, request *wire.OrderRequest) (*wire.SetOrder, error) {
	return testOrder(), f.note(ctx, "make order +%d -%d =%d force %t", len(request.Add), len(request.Remove), len(request.Replace), request.Force)
}

func (f *fakeKeys) ChangeServers(ctx context.Context, order *wire.SetOrder, signatures []wire.AdminSignature) (*wire.SetRef, error) {
	ref := order.Set().Ref()
	return &ref, f.note(ctx, "change %d %x", order.Epoch, signatures)
}

func (f *fakeKeys) CancelChange(ctx context.Context, order *wire.CancelOrder, signatures []wire.AdminSignature) (*wire.SetRef, error) {
	return &wire.SetRef{}, f.note(ctx, "cancel %d %x", order.Epoch, signatures)
}

func (f *fakeKeys) RefreshShares(ctx context.Context, order *wire.RefreshOrder, signatures []wire.AdminSignature) (*wire.RoundInfo, error) {
	return &wire.RoundInfo{SetRef: testSet.Ref(), Round: order.Round, Keys: 3}, f.note(ctx, "refresh %d %x", order.Round, signatures)
}

func (f *fakeKeys) LegacyChange(ctx context.Context, change *wire.LegacyChange) (*wire.SetRef, error) {
	return &wire.SetRef{}, f.note(ctx, "legacy change %v %x %x", change.Members, change.Old[:2], change.New[:2])
}

func (f *fakeKeys) PlanChange(ctx context.Context, request *wire.OrderRequest, rehearse bool) (*wire.Plan, error) {
	return testPlan(), f.note(ctx, "plan +%d %v", len(request.Add), rehearse)
}

func (f *fakeKeys) Repair(ctx context.Context, keys []wire.KeyID) (*wire.RepairInfo, error) {
	return &wire.RepairInfo{}, f.note(ctx, "repair %d", len(keys))
}

func (f *fakeKeys) WriteOff(ctx context.Context, node wire.NodeID) (*wire.WriteOffInfo, error) {
	return &wire.WriteOffInfo{ID: node, Shares: 3}, f.note(ctx, "write off %v", node.Short())
}

func testPlan() *wire.Plan {
	return &wire.Plan{
		Order: testOrder(), Keys: 3, Listed: testSet.Members, Silent: []wire.NodeID{}, Reasons: []string{}, Joining: []wire.NodeID{},
		Classes: []wire.PlanClass{wire.NewPlanClass(3, wire.KeyID{31: 5}, 1, 3, 1, 4)}, Rehearsal: &wire.Rehearsal{Keys: 3, Thick: 3, Failed: []wire.MoveFailure{}, Unready: []wire.UnreadyInfo{}},
	}
}

// adminSign is the signature of the n-th administrator, with v as wallets write it.
func adminSign(t testing.TB, n int64, digest common.Hash) hexutil.Bytes {
	t.Helper()
	key, err := crypto.ToECDSA(common.LeftPadBytes(big.NewInt(n).Bytes(), 32))
	if err != nil {
		t.Fatal(err)
	}
	signature, err := crypto.Sign(digest[:], key)
	if err != nil {
		t.Fatal(err)
	}
	signature[64] += 27
	return signature
}

// testOrders are the calls that take an order, each with its body and what the key server is called with.
func testOrders(t testing.TB) map[string]struct {
	order signable
	want  string
} {
	o := testOrder()
	return map[string]struct {
		order signable
		want  string
	}{
		"changeServers": {o, "change 1 "},
		"cancelChange":  {&wire.CancelOrder{Chain: o.Chain, Cluster: o.Cluster, Epoch: o.Epoch, Parent: o.Parent, Nonce: o.Nonce}, "cancel 1 "},
		"refreshShares": {&wire.RefreshOrder{Chain: testChain, Cluster: testCluster, Set: testSet.Hash(), Round: 7}, "refresh 7 "},
	}
}

type signable interface {
	Digest() common.Hash
	TypedData() ([]byte, error)
}

func asJSON(t testing.TB, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestOrderDoors: an order is read the same through both doors, and its signatures come in one form.
func TestOrderDoors(t *testing.T) {
	d := newDoor(t, vectors{}, Options{})
	h := testHandler(d.keys, limits.Config{})
	for name, c := range testOrders(t) {
		long := adminSign(t, 1, c.order.Digest())
		low := slices.Clone(long)
		low[64] -= 27
		packed := slices.Clone(long[:64])
		packed[32] |= (long[64] - 27) << 7
		for form, signature := range map[string]hexutil.Bytes{"of 65 bytes": long, "with v from 0": low, "packed": packed} {
			want := c.want + fmt.Sprintf("[%x]", []byte(long))
			if form == "with v from 0" {
				want = c.want + fmt.Sprintf("[%x]", []byte(low))
			}
			body := asJSON(t, map[string]any{"order": c.order, "signatures": []hexutil.Bytes{signature}})
			if w := overHTTP(h, "POST", "/v1/"+name, body); w.Code != 200 || d.keys.called() != want {
				t.Errorf("%s, a signature %s: %d %s", name, form, w.Code, w.Body)
			}
			if got := d.postRaw(t, "secretstore_"+name, "["+asJSON(t, c.order)+","+asJSON(t, []hexutil.Bytes{signature})+"]"); d.keys.called() != want {
				t.Errorf("%s, a signature %s, by JSON-RPC: %s", name, form, got)
			}
		}
	}
	for door, ask := range map[string]func(body string) string{
		"JSON-RPC": func(body string) string {
			var answer struct{ Result json.RawMessage }
			if err := json.Unmarshal([]byte(d.postRaw(t, "secretstore_makeOrder", "["+body+"]")), &answer); err != nil {
				t.Fatal(err)
			}
			return string(answer.Result)
		},
		"HTTP": func(body string) string { return overHTTP(h, "POST", "/v1/makeOrder", body).Body.String() },
	} {
		answer := ask(`{"add":["enode://aa"],"remove":null,"replace":[],"force":true}`)
		if called := d.keys.called(); called != "make order +1 -0 =0 force true" {
			t.Errorf("%s: %s", door, called)
		}
		var made struct {
			Order     wire.SetOrder
			TypedData apitypes.TypedData
		}
		if err := json.Unmarshal([]byte(answer), &made); err != nil {
			t.Errorf("%s: %v in %s", door, err, answer)
			continue
		}
		if hash, _, err := apitypes.TypedDataAndHash(made.TypedData); err != nil || common.BytesToHash(hash) != made.Order.Digest() || made.Order.Digest() != testOrder().Digest() {
			t.Errorf("%s: the typed data is not that of the order: %x %v", door, hash, err)
		}
	}
}

// TestStrictOrders: what an administrator might have meant by it is never passed over, and nothing is handed on that is out of
// bounds. Each row is refused before the key server is asked.
func TestStrictOrders(t *testing.T) {
	d := newDoor(t, vectors{}, Options{})
	h := testHandler(d.keys, limits.Config{})
	one := func(order signable) []hexutil.Bytes { return []hexutil.Bytes{adminSign(t, 1, order.Digest())} }
	body := func(order, signatures any) string {
		return asJSON(t, map[string]any{"order": order, "signatures": signatures})
	}
	type row struct{ name, method, body, want string }
	var rows []row
	for method, c := range testOrders(t) {
		good := body(c.order, one(c.order))
		many := make([]hexutil.Bytes, wire.MaxAdministrators+1)
		for i := range many {
			many[i] = adminSign(t, int64(i+1), c.order.Digest())
		}
		first := one(c.order)[0]
		rows = append(rows,
			row{"no order", method, `{"signatures":[]}`, "order is missing"},
			row{"no signatures", method, body(c.order, nil), "signatures has 0"},
			row{"empty signatures", method, body(c.order, []string{}), "signatures has 0"},
			row{"65 signatures", method, body(c.order, many), "signatures has 65"},
			row{"one twice", method, body(c.order, []hexutil.Bytes{first, first}), "counts once"},
			row{"a contract's signature", method, body(c.order, []hexutil.Bytes{first, make([]byte, 96)}), "signatures[1] is no signature of a key"},
			row{"zeros", method, body(c.order, []hexutil.Bytes{make([]byte, 65)}), "signatures[0] is no signature of a key"},
			row{"an unknown member", method, strings.Replace(good, `{"`, `{"x":1,"`, 1), "x"},
			row{"an unknown member of the order", method, strings.Replace(good, `"epoch"`, `"x":1,"epoch"`, 1), "order.x"},
			row{"a member twice", method, strings.Replace(good, `"epoch"`, `"epoch":1,"epoch"`, 1), "order.epoch"},
			row{"another case", method, strings.Replace(good, `"epoch"`, `"Epoch"`, 1), "order.Epoch"},
			row{"a fraction", method, strings.Replace(good, `"chainId":1337`, `"chainId":1337.5`, 1), "order.chainId"},
			row{"another chain", method, strings.Replace(good, `"chainId":1337`, `"chainId":1338`, 1), "for chain 1338"},
			row{"another cluster", method, strings.Replace(good, testCluster.String(), wire.ClusterID{7}.String(), 1), "for cluster"},
			row{"no JSON", method, `{"order":`, "not valid JSON"},
			row{"too long", method, good[:len(good)-1] + strings.Repeat(" ", maxCall) + "}", "more than"},
		)
	}
	bent := func(change func(*wire.SetOrder)) string {
		o := testOrder()
		change(o)
		return body(o, one(o))
	}
	rows = append(rows,
		row{"the first set", "changeServers", bent(func(o *wire.SetOrder) { o.Epoch = 0 }), "first set"},
		row{"nobody", "changeServers", bent(func(o *wire.SetOrder) { o.Members = nil }), "number of key servers"},
		row{"a member twice", "changeServers", bent(func(o *wire.SetOrder) { o.Members = append(o.Members, o.Members[0]) }), "ascending"},
		row{"no address", "changeServers", bent(func(o *wire.SetOrder) { o.Members[0].Address = "" }), "address is missing"},
		row{"a long address", "changeServers", bent(func(o *wire.SetOrder) { o.Members[0].Address = strings.Repeat("a", 261) }), "too long"},
		row{"a floor too high", "changeServers", bent(func(o *wire.SetOrder) { o.Floor = 1 }), "lowest threshold"},
		row{"nobody needed", "changeServers", bent(func(o *wire.SetOrder) { o.Needed = 0 }), "must sign"},
		row{"a word for force", "changeServers", strings.Replace(bent(func(*wire.SetOrder) {}), `"force":false`, `"force":"no"`, 1), "order.force"},
		row{"an unknown wish", "makeOrder", `{"ad":["enode://aa"]}`, "ad"},
		row{"a wish twice", "makeOrder", `{"add":[],"add":["enode://aa"]}`, "add"},
		row{"a short id", "makeOrder", `{"remove":["0x12"]}`, "remove[0]"},
		row{"a checksum", "makeOrder", `{"administrators":["0xD41c057fd1c78805aac12b0a94a405c0461a6fbb"]}`, "checksum"},
		row{"too many join", "makeOrder", asJSON(t, map[string]any{"add": make([]string, wire.MaxMembers+1)}), "more key servers join"},
		row{"a number for force", "makeOrder", `{"force":1}`, "force"},
	)
	for _, r := range rows {
		w := overHTTP(h, "POST", "/v1/"+r.method, r.body)
		told := w.Body.String()
		if w.Code != 400 && w.Code != http.StatusRequestEntityTooLarge || !strings.Contains(told, r.want) && r.want != "more than" || !strings.Contains(told, "malformedRequest") {
			t.Errorf("%s, %s: %d %s, want %q", r.method, r.name, w.Code, told, r.want)
		}
		if called := d.keys.called(); called != "" {
			t.Errorf("%s, %s: reached the key server: %s", r.method, r.name, called)
		}
		if r.method == "makeOrder" && r.name != "a wish twice" {
			if got := d.postRaw(t, "secretstore_makeOrder", "["+r.body+"]"); !strings.Contains(got, "-32602") || d.keys.called() != "" {
				t.Errorf("%s, %s, by JSON-RPC: %s", r.method, r.name, got)
			}
		}
	}
}

// TestOrderErrors: a failed order says what was being done, why it failed and what an administrator can do.
func TestOrderErrors(t *testing.T) {
	for reason, hint := range orderHints {
		keys := &fakeKeys{err: wire.Errorf(reason, "of this very cause")}
		for name, c := range testOrders(t) {
			body := asJSON(t, map[string]any{"order": c.order, "signatures": []hexutil.Bytes{adminSign(t, 1, c.order.Digest())}})
			told := overHTTP(testHandler(keys, limits.Config{}), "POST", "/v1/"+name, body).Body.String()
			var e walletError
			if err := json.Unmarshal([]byte(told), &e); err != nil || e.Message != orderOperations[name].doing+": of this very cause" || e.Hint != hint || e.Code != uint8(reason) {
				t.Errorf("%s, %v: %s", name, reason, told)
			}
		}
	}
	for _, cause := range []error{wire.Errorf(wire.Internal, "secret cause"), fmt.Errorf("secret cause")} {
		told := overHTTP(testHandler(&fakeKeys{err: cause}, limits.Config{}), "POST", "/v1/makeOrder", `{}`).Body.String()
		if strings.Contains(told, "secret cause") || !strings.Contains(told, "making an order") {
			t.Errorf("%v: %s", cause, told)
		}
	}
}

// TestServersDoors: everybody is told who the key servers are, operators alone which keys can't move; and operators alone
// have all key servers work.
func TestServersDoors(t *testing.T) {
	stack, server := startNode(t, new(fakeKeys), []string{Namespace}, []string{Namespace, jsonrpc.OperatorsModule}, Options{}, jsonrpc.Config{})
	ipc := stack.Attach()
	defer ipc.Close()
	guest, err := rpc.Dial("http://" + server.HTTPAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer guest.Close()
	operator, err := rpc.Dial("ws://" + server.WSAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer operator.Close()
	overV1 := overHTTP(testHandler(new(fakeKeys), limits.Config{}), "GET", "/v1/servers", "").Body.String()
	for name, c := range map[string]*rpc.Client{"IPC": ipc, "with ssadmin": operator, "guest": guest, "/v1/": nil} {
		var raw json.RawMessage
		if c == nil {
			raw = json.RawMessage(overV1)
		} else if err := c.Call(&raw, "secretstore_servers"); err != nil {
			t.Fatal(err)
		}
		named := strings.Contains(string(raw), "two of three holders are away")
		if open := name == "IPC" || name == "with ssadmin"; named != open || !strings.Contains(string(raw), `"failures":1`) {
			t.Errorf("%s: %s", name, raw)
		}
		if c == nil {
			continue
		}
		for method, params := range map[string][]any{"secretstore_planChange": {map[string]any{"add": []string{}}, true}, "secretstore_repair": {}, "secretstore_writeOff": {wire.NodeID{1}}} {
			err := c.Call(&raw, method, params...)
			if refused := err != nil && strings.Contains(err.Error(), "is for operators"); refused != (name == "guest") || err != nil && !refused {
				t.Errorf("%s of %s: %v", method, name, err)
			}
		}
	}
	for what, params := range map[string]string{"an empty list": "[[]]", "one twice": `[["0x` + testID + `","0x` + testID + `"]]`} {
		d := newDoor(t, vectors{}, Options{})
		if got := d.postRaw(t, "secretstore_repair", params); !strings.Contains(got, "-32602") || what == "an empty list" && !strings.Contains(got, "without the list all keys are meant") || d.keys.called() != "" {
			t.Errorf("repairing %s: %s", what, got)
		}
	}
}

// TestServersSetChange: Parity's ninth route is off, and without administrators everybody is denied; where it is on, the key
// server gets each id once and both signatures.
func TestServersSetChange(t *testing.T) {
	target, list := "/admin/servers_set_change/"+testSig+"/"+strings.Repeat("ab", 64)+"01", `["0x`+pointB+`","0x`+pointA+`","0x`+pointB+`"]`
	admins := &wire.ServersInfo{Administrators: []common.Address{{1}}, Needed: 1}
	for _, c := range []struct {
		name   string
		on     bool
		keys   *fakeKeys
		body   string
		status int
		answer string
		called string
	}{
		{"no administrators", false, &fakeKeys{servers: new(wire.ServersInfo)}, list, 403, `"\"Access denied\""`, ""},
		{"off", false, &fakeKeys{servers: admins}, list, 403, `"\"Access denied\""`, ""},
		{"on", true, new(fakeKeys), list, 200, "", fmt.Sprintf("legacy change [%s %s] %s abab", pointB, pointA, testSig[:4])},
		{"nobody", true, new(fakeKeys), "[]", 400, `"\"Insufficient requester data: the new set has 0 key servers; 1 to 256 are possible\""`, ""},
		{"no body", true, new(fakeKeys), "", 400, "", ""},
		{"an id without 0x", true, new(fakeKeys), `["` + pointA + `"]`, 400, "", ""},
		{"denied", true, &fakeKeys{err: wire.Errorf(wire.Denied, "not an administrator")}, list, 403, `"\"Access denied\""`, "legacy"},
		{"no address", true, &fakeKeys{err: wire.Errorf(wire.BadRequester, "the address of key server 0xab is not known")}, list, 400, `"\"Insufficient requester data: the address of key server 0xab is not known\""`, "legacy"},
	} {
		h := testHandler(c.keys, limits.Config{})
		h.legacyChange = c.on
		w := overHTTP(h, "POST", target, c.body)
		called := c.keys.called()
		if w.Code != c.status || w.Body.String() != c.answer || called != c.called && (c.called != "legacy" || !strings.HasPrefix(called, "legacy")) {
			t.Errorf("%s: %d %s, called %q", c.name, w.Code, w.Body, called)
		}
	}
}

// TestServerSetsDoors: everybody is told which sets there were, by each door in the same words, from the epoch on that it asks from.
func TestServerSetsDoors(t *testing.T) {
	keys := new(fakeKeys)
	stack, server := startNode(t, keys, []string{Namespace}, nil, Options{}, jsonrpc.Config{})
	ipc := stack.Attach()
	defer ipc.Close()
	guest, err := rpc.Dial("http://" + server.HTTPAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer guest.Close()
	for after, query := range map[uint64]string{0: "", 3: "?after=3", 1<<64 - 1: "?after=18446744073709551615"} {
		w := overHTTP(testHandler(keys, limits.Config{}), "GET", "/v1/serverSets"+query, "")
		if called := keys.called(); called != fmt.Sprint("sets after ", after) {
			t.Errorf("%q: %s", query, called)
		}
		told := new(wire.SetsTold)
		if err := json.Unmarshal(w.Body.Bytes(), told); err != nil || told.Bound() != nil || (told.First != nil) != (after == 0) || told.Links[0].Attempt.Order.Digest() != testOrder().Digest() {
			t.Errorf("%q: %s, %v", query, w.Body, err)
		}
		for _, c := range []*rpc.Client{ipc, guest} {
			var raw json.RawMessage
			if err := c.Call(&raw, "secretstore_serverSets", after); err != nil || string(raw) != strings.TrimSpace(w.Body.String()) {
				t.Errorf("after %d: %s, %v; over HTTP %s", after, raw, err, w.Body)
			}
			keys.called()
		}
	}
	for _, query := range []string{"?after=-1", "?after=0x1", "?after=18446744073709551616", "?after=1.0"} {
		if w := overHTTP(testHandler(keys, limits.Config{}), "GET", "/v1/serverSets"+query, ""); w.Code != 400 || !strings.Contains(w.Body.String(), "no epoch") || keys.called() != "" {
			t.Errorf("%s: %d %s", query, w.Code, w.Body)
		}
	}
	failing := &fakeKeys{err: wire.Errorf(wire.Database, "x")}
	if w := overHTTP(testHandler(failing, limits.Config{}), "GET", "/v1/serverSets", ""); w.Code != 500 || !strings.Contains(w.Body.String(), "database") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

package secretstore

import (
	"crypto/ecdsa"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/test/program"
)

// fakeServer is a fake key server: it tells a set, and takes what two of three administrators have signed.
type fakeServer struct {
	t    *testing.T
	info *wire.ServersInfo
	keys []*ecdsa.PrivateKey // of the administrators
	took []string            // what was handed in
	late bool                // the set is decided while a cancellation comes in
}

func testKey(t *testing.T, n int64) *ecdsa.PrivateKey {
	t.Helper()
	key, err := crypto.ToECDSA(common.LeftPadBytes(big.NewInt(n).Bytes(), 32))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func testURL(t *testing.T, n int64) string {
	return fmt.Sprintf("enode://%v@10.0.0.%d:30303", wire.NodeIDOf(&testKey(t, n).PublicKey), n)
}

// newFakeServer starts one, of four key servers.
func newFakeServer(t *testing.T) (*fakeServer, string) {
	t.Helper()
	r := &fakeServer{t: t, info: &wire.ServersInfo{Chain: 7, Cluster: wire.ClusterID{1}, Needed: 2, Block: &wire.BlockInfo{Number: 70, Timestamp: 1_700_000_000}}}
	for n := range int64(4) {
		id := wire.NodeIDOf(&testKey(t, n+1).PublicKey)
		r.info.Members = append(r.info.Members, wire.MemberInfo{ID: id, Address: id.Address(), Enode: testURL(t, n+1)})
	}
	slices.SortFunc(r.info.Members, func(a, b wire.MemberInfo) int { return a.ID.Compare(b.ID) })
	for n := range int64(3) {
		r.keys = append(r.keys, testKey(t, 100+n))
		r.info.Administrators = append(r.info.Administrators, crypto.PubkeyToAddress(r.keys[n].PublicKey))
	}
	slices.SortFunc(r.info.Administrators, common.Address.Cmp)
	set := wire.ServerSet{Cluster: r.info.Cluster, Authority: wire.Authority{Administrators: r.info.Administrators, Needed: 2}}
	for _, m := range r.info.Members {
		set.Members = append(set.Members, m.ID)
	}
	r.info.Hash = set.Hash()
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	return r, server.URL
}

func (r *fakeServer) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	var answer any
	name := strings.TrimPrefix(req.URL.Path, "/v1/")
	switch name {
	case "servers":
		answer = r.info
	case "changeServers":
		var call struct {
			Order      wire.SetOrder
			Signatures []hexutil.Bytes
		}
		r.read(body, &call)
		answer = call.Order.Set().Ref()
		r.take(name, call.Order.Digest(), call.Signatures)
	case "cancelChange":
		var call struct {
			Order      wire.CancelOrder
			Signatures []hexutil.Bytes
		}
		r.read(body, &call)
		if r.late {
			r.info.Epoch, r.info.Parent = 1, r.info.Hash
			set := wire.ServerSet{Cluster: r.info.Cluster, Epoch: 1, Parent: r.info.Parent, Authority: wire.Authority{Administrators: r.info.Administrators, Needed: 2}}
			for _, m := range r.info.Members {
				set.Members, set.Keys = append(set.Members, m.ID), append(set.Keys, m.Key)
			}
			r.info.Hash = set.Hash()
			w.WriteHeader(http.StatusForbidden)
			return
		}
		answer = wire.SetRef{Hash: r.info.Hash}
		r.take(name, call.Order.Digest(), call.Signatures)
	case "refreshShares":
		var call struct {
			Order      wire.RefreshOrder
			Signatures []hexutil.Bytes
		}
		r.read(body, &call)
		answer = wire.RoundInfo{Round: call.Order.Round, Keys: 3}
		r.take(name, call.Order.Digest(), call.Signatures)
	default:
		w.WriteHeader(http.StatusNotFound)
		return
	}
	json.NewEncoder(w).Encode(answer)
}

func (r *fakeServer) read(body []byte, into any) {
	if err := json.Unmarshal(body, into); err != nil {
		r.t.Errorf("%v in %s", err, body)
	}
}

func (r *fakeServer) take(name string, digest common.Hash, signatures []hexutil.Bytes) {
	var by []string
	for _, s := range signatures {
		signer, _ := wire.SignerOf(digest, s)
		for i, key := range r.keys {
			if signer == crypto.PubkeyToAddress(key.PublicKey) {
				by = append(by, fmt.Sprint(i))
			}
		}
	}
	r.took = append(r.took, name+" by "+strings.Join(by, ","))
}

// file writes the key of an administrator, or of a stranger.
func keyFile(t *testing.T, key *ecdsa.PrivateKey) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, fmt.Appendf(nil, "%x", crypto.FromECDSA(key)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestChangeServersCommand: an order goes from one administrator to the next in a file, and is handed in when enough have
// signed; so is its cancellation. Only who makes it and who hands it in need a key server.
func TestChangeServersCommand(t *testing.T) {
	r, node := newFakeServer(t)
	t.Setenv("GETH_SS_KNOWN", filepath.Join(t.TempDir(), "known"))
	order := filepath.Join(t.TempDir(), "change.json")
	run := func(want string, args ...string) string {
		t.Helper()
		out := program.Run(t, command(t, append([]string{"secretstore"}, args...)...))
		if !strings.Contains(out, want) {
			t.Errorf("%v: want %q in\n%s", args, want, out)
		}
		return out
	}
	fail := func(want string, args ...string) {
		t.Helper()
		if out := program.Fail(t, command(t, append([]string{"secretstore"}, args...)...)); !strings.Contains(out, want) {
			t.Errorf("%v: want %q in\n%s", args, want, out)
		}
	}
	first, second, third := keyFile(t, r.keys[0]), keyFile(t, r.keys[1]), keyFile(t, r.keys[2])
	nobody := "http://127.0.0.1:1"
	leaving := r.info.Members[0]

	fail("give --order FILE", "change-servers", "--add", testURL(t, 9), "--node", node)
	fail("changes nothing", "change-servers", "--order", order, "--node", node)
	fail("is not ID=ENODE", "change-servers", "--order", order, "--node", node, "--replace", leaving.ID.String())
	fail("neither the id of a key server", "change-servers", "--order", order, "--node", node, "--remove", "12")
	fail("no key server has the account", "change-servers", "--order", order, "--node", node, "--remove", common.Address{1}.Hex())
	fail("is a key server already", "change-servers", "--order", order, "--node", node, "--add", testURL(t, 1))
	fail("too short", "change-servers", "--order", order, "--node", node, "--add", testURL(t, 9), "--valid", "5s")

	out := run("0 of 2 needed administrators have signed", "change-servers", "--order", order, "--node", node,
		"--add", testURL(t, 9), "--replace", leaving.Address.Hex()+"="+testURL(t, 8), "--refresh", "720h")
	for _, want := range []string{"server set 1, of 5 key servers, follows set 0, of 4", "joins:        0x" + testURL(t, 9)[8:136] + " at 10.0.0.9:30303",
		"joins:        0x" + testURL(t, 8)[8:136], "leaves:       0x" + leaving.ID.String(), "refresh:      every 720h0m0s, was none", "expires:      2023-11-21T22:13:20Z"} {
		if !strings.Contains(out, want) {
			t.Errorf("want %q in\n%s", want, out)
		}
	}
	fail("what it orders can't be changed", "change-servers", "--order", order, "--node", node, "--remove", leaving.ID.String())
	fail("0 of 2 needed administrators have signed", "change-servers", "--order", order, "--node", nobody, "--submit")
	run("1 of 2 needed", "change-servers", "--order", order, "--node", nobody, "--sign", "--key", first)
	run("1 of 2 needed", "change-servers", "--order", order, "--node", nobody, "--sign", "--key", first) // once
	fail("is not an administrator", "change-servers", "--order", order, "--sign", "--key", keyFile(t, testKey(t, 5)))
	run("server set 1", "change-servers", "--order", order, "--node", node, "--sign", "--key", third, "--submit")
	fail("0 of 2 needed", "change-servers", "--order", order, "--node", node, "--cancel", "--submit")
	run("1 of 2 needed", "change-servers", "--order", order, "--node", node, "--cancel", "--sign", "--key", second)
	run("server set 0 stays", "change-servers", "--order", order, "--node", node, "--cancel", "--sign", "--key", first, "--submit")
	fail("there is no order", "change-servers", "--order", order+".not", "--node", node, "--cancel", "--sign", "--key", first)

	fail("no server set before the present one", "change-servers", "--back", "--node", node, "--sign", "--submit", "--key", first)
	fail("nothing else can be changed", "change-servers", "--back", "--floor", "1", "--node", node, "--sign", "--submit", "--key", first)

	give := filepath.Join(t.TempDir(), "give-up.json")
	out = run("0 of 3 needed", "change-servers", "--give-up", "--order", give, "--node", node, "--replace", leaving.Address.Hex()+"="+testURL(t, 8))
	for _, want := range []string{"GIVES UP:     set 0 decides nothing any more", wire.NotGuaranteed, "of all 3 administrators"} {
		if !strings.Contains(out, want) {
			t.Errorf("want %q in\n%s", want, out)
		}
	}
	fail("what it orders can't be changed", "change-servers", "--give-up", "--order", order, "--node", node)
	fail("say --yes as well; nothing was signed", "change-servers", "--order", give, "--sign", "--key", first)
	run("1 of 3 needed", "change-servers", "--order", give, "--sign", "--key", first, "--yes")
	run("2 of 3 needed", "change-servers", "--order", give, "--sign", "--key", second, "--yes")
	fail("2 of 3 needed administrators have signed", "change-servers", "--order", give, "--node", node, "--submit", "--yes")
	fail("say --yes", "change-servers", "--order", give, "--node", node, "--submit", "--sign", "--key", third)
	run("3 of 3 needed", "change-servers", "--order", give, "--sign", "--key", third, "--yes")
	fail("say --yes as well; nothing was signed or handed in", "change-servers", "--order", give, "--node", node, "--submit") // though all have signed
	run("decide on set 1", "change-servers", "--order", give, "--node", node, "--submit", "--yes")
	fail("is followed by another one", "change-servers", "--give-up", "--back", "--node", node, "--sign", "--submit", "--key", first, "--yes")

	round := filepath.Join(t.TempDir(), "refresh.json")
	run("round 70", "refresh", "--order", round, "--node", node, "--sign", "--key", second)
	fail("can't be cancelled", "change-servers", "--order", round, "--node", node, "--cancel", "--sign", "--key", second)
	var told handedIn
	if err := json.Unmarshal([]byte(run("", "refresh", "--order", round, "--node", node, "--sign", "--key", first, "--submit", "--json")), &told); err != nil ||
		told.Signed != 2 || told.Needed != 2 || !told.Submitted || told.Round == nil || told.Round.Round != 70 {
		t.Errorf("%+v %v", told, err)
	}
	if want := []string{"changeServers by 0,2", "cancelChange by 1,0", "changeServers by 0,1,2", "refreshShares by 1,0"}; !slices.Equal(r.took, want) {
		t.Errorf("handed in: %v, want %v", r.took, want)
	}

	before := *r.info
	r.late = true
	fail("change-servers --back --sign", "change-servers", "--order", order, "--node", node, "--cancel", "--submit")
	*r.info = before

	r.info.Block.Timestamp = 1 << 39 // somebody lies about the time: no order lives for ever by that
	run("expires:      20", "change-servers", "--order", filepath.Join(t.TempDir(), "long.json"), "--node", node, "--add", testURL(t, 9))

	r.info.Members[1].Enode = "" // and about the set
	fail("is not known", "change-servers", "--order", order+".2", "--node", node, "--add", testURL(t, 9))
	r.info.Needed = 1
	fail("hash of the server set is not that of these members", "change-servers", "--node", node, "--add", testURL(t, 9), "--sign", "--submit", "--key", first)
	r.info.Administrators = nil
	r.info.Needed = 0
	set := wire.ServerSet{Cluster: r.info.Cluster}
	for _, m := range r.info.Members {
		set.Members = append(set.Members, m.ID)
	}
	r.info.Hash = set.Hash()
	fail("have no administrators", "change-servers", "--node", node, "--add", testURL(t, 9), "--sign", "--submit", "--key", first)
}

// TestOrderFile: a file that was bent between two administrators is not signed.
func TestOrderFile(t *testing.T) {
	r, _ := newFakeServer(t)
	request := &wire.OrderRequest{Add: []string{testURL(t, 9)}, Expires: 5}
	order, err := request.Order(r.info, common.Hash{1})
	if err != nil {
		t.Fatal(err)
	}
	set, err := r.info.Set()
	if err != nil {
		t.Fatal(err)
	}
	signature := func(key *ecdsa.PrivateKey, digest common.Hash) hexutil.Bytes {
		text, err := crypto.Sign(digest[:], key)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	dir := t.TempDir()
	read := func(name string, bend func(*orderFile), text func(string) string) error {
		copied, err := request.Order(r.info, common.Hash{1})
		if err != nil {
			t.Fatal(err)
		}
		before := *set
		f := &orderFile{Set: &before, Order: copied, Signatures: []hexutil.Bytes{signature(r.keys[0], order.Digest())}}
		bend(f)
		path := filepath.Join(dir, strings.ReplaceAll(name, " ", "-"))
		if err := f.write(path, false); err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text(string(content))), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err = readOrderFile(path)
		return err
	}
	same, asIs := func(*orderFile) {}, func(s string) string { return s }
	if err := read("good", same, asIs); err != nil {
		t.Fatal(err)
	}
	refresh := &wire.RefreshOrder{Chain: 7, Cluster: set.Cluster, Set: set.Hash(), Round: 7}
	if err := read("refresh", func(f *orderFile) { f.Order, f.Refresh, f.Signatures = nil, refresh, nil }, asIs); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		bend func(*orderFile)
		text func(string) string
		want string
	}{
		"another member":  {func(f *orderFile) { f.Order.Members[0].Address = "10.6.6.6:1" }, asIs, "is over another order"},
		"another set":     {func(f *orderFile) { f.Set.Floor = 1 }, asIs, "does not follow"},
		"another admin":   {func(f *orderFile) { f.Set.Authority.Administrators = []common.Address{{1}, {2}} }, asIs, "does not follow"},
		"another parent":  {func(f *orderFile) { f.Order.Parent[0]++ }, asIs, "does not follow"},
		"another epoch":   {func(f *orderFile) { f.Order.Epoch++ }, asIs, "does not follow"},
		"another cluster": {func(f *orderFile) { f.Order.Cluster[0]++ }, asIs, "does not follow"},
		"no chain":        {func(f *orderFile) { f.Order.Chain = 0 }, asIs, "does not follow"},
		"both":            {func(f *orderFile) { f.Refresh = refresh }, asIs, "not one order"},
		"neither":         {func(f *orderFile) { f.Order = nil }, asIs, "not one order"},
		"no set":          {func(f *orderFile) { f.Set = nil }, asIs, "no server set"},
		"a stranger":      {func(f *orderFile) { f.Signatures = append(f.Signatures, signature(testKey(t, 5), order.Digest())) }, asIs, "not an administrator"},
		"twice":           {func(f *orderFile) { f.Signatures = append(f.Signatures, f.Signatures[0]) }, asIs, "signed twice"},
		"no signature":    {func(f *orderFile) { f.Signatures[0] = f.Signatures[0][:60] }, asIs, "signature 1 is none"},
		"for the other":   {func(f *orderFile) { f.CancelSignatures = f.Signatures }, asIs, "another order"},
		"another refresh": {func(f *orderFile) { o := *refresh; o.Epoch, f.Order, f.Refresh = 1, nil, &o }, asIs, "is not for its server set"},
		"a cancelled round": {func(f *orderFile) {
			f.CancelSignatures, f.Order, f.Refresh = f.Signatures, nil, refresh
			f.Signatures = nil
		}, asIs, "can't be cancelled"},
		"an unknown member": {same, func(s string) string { return strings.Replace(s, `"order"`, `"x":1,"order"`, 1) }, "x"},
		"a member twice":    {same, func(s string) string { return strings.Replace(s, `"needed"`, `"needed":1,"needed"`, 1) }, "needed"},
		"too long":          {same, func(s string) string { return s + strings.Repeat(" ", maxOrderFile) }, "more than"},
	} {
		if err := read(name, c.bend, c.text); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if err := (&orderFile{Set: set, Order: order}).write(filepath.Join(dir, "good"), false); err == nil || !strings.Contains(err.Error(), "exists") {
		t.Errorf("writing over a file: %v", err)
	}
}

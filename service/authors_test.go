package service_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/accounts"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/log"
	"github.com/ethereum/go-ethereum/metrics"
	"github.com/ethereum/go-ethereum/metrics/prometheus"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/geth-ss/geth-ss/internal/logtest"
	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/rpcapi"
	"github.com/geth-ss/geth-ss/service"
	"github.com/geth-ss/geth-ss/service/limits"
)

// chainless is a key server that is asked nothing about its chain, of which there is none here. What it tells of that has no
// record in it: test/secrets TestAnswersHoldNoProof.
type chainless struct{ *service.Service }

func (chainless) Status() any { return "status" }

func (chainless) Cluster() *wire.ClusterInfo { return new(wire.ClusterInfo) }

func (chainless) Ready() error { return nil }

func (chainless) PublicStatus() any { return "status" }

// doors are all ways by which anybody but a member hears of a key server.
type doors struct {
	t       *testing.T
	cluster *sessiontest.Cluster
	author  *sessiontest.Client
	url     string
	rpc     *rpc.Client
	heard   map[string]string // what came out, by what was asked
}

func newDoors(t *testing.T, c *sessiontest.Cluster, author *sessiontest.Client, server *service.Service) *doors {
	t.Helper()
	keys := chainless{server}
	web := rpcapi.NewHTTPServer(rpcapi.HTTPConfig{Host: "127.0.0.1", Limits: limits.Default()}, keys)
	if err := web.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { web.Stop() })
	manager := accounts.NewManager(nil)
	t.Cleanup(func() { manager.Close() })
	calls := rpc.NewServer()
	t.Cleanup(calls.Stop)
	for _, api := range rpcapi.APIs(manager, keys, rpcapi.Options{Limits: limits.Default()}) {
		if err := calls.RegisterName(api.Namespace, api.Service); err != nil {
			t.Fatal(err)
		}
	}
	client := rpc.DialInProc(calls)
	t.Cleanup(client.Close)
	return &doors{t: t, cluster: c, author: author, url: web.URL(), rpc: client, heard: make(map[string]string)}
}

// ask sends a request to the HTTP API and keeps all of the answer.
func (d *doors) ask(method, path string, body []byte) (status int) {
	d.t.Helper()
	req, err := http.NewRequestWithContext(d.t.Context(), method, d.url+path, bytes.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	d.heard[fmt.Sprintf("%s %s (%d)", method, path, len(d.heard))] = fmt.Sprint(res.StatusCode, res.Header, string(text))
	return res.StatusCode
}

// call is ask for JSON-RPC.
func (d *doors) call(method string, params ...any) error {
	var answer json.RawMessage
	err := d.rpc.CallContext(d.t.Context(), &answer, rpcapi.Namespace+"_"+method, params...)
	text := string(answer)
	if err != nil {
		text = err.Error()
	}
	var more rpc.DataError
	if errors.As(err, &more) {
		text += fmt.Sprintf("%v %+v", more.ErrorData(), more.ErrorData())
	}
	d.heard[fmt.Sprintf("%s (%d)", method, len(d.heard))] = text
	return err
}

// wallet is a request of the author's, this time by its wallet.
func (d *doors) wallet(op wire.Operation, arguments common.Hash, id wire.KeyID, more map[string]any) []byte {
	d.t.Helper()
	signed, err := d.cluster.Wallet(d.author, op, arguments, id).Wallet()
	if err != nil {
		d.t.Fatal(err)
	}
	call := make(map[string]any)
	enc, err := json.Marshal(signed)
	if err == nil {
		err = json.Unmarshal(enc, &call)
	}
	if err != nil {
		d.t.Fatal(err)
	}
	maps.Copy(call, more)
	if enc, err = json.Marshal(call); err != nil {
		d.t.Fatal(err)
	}
	return enc
}

// both asks by either door for what a wallet may.
func (d *doors) both(op wire.Operation, arguments common.Hash, id wire.KeyID, more map[string]any, want int) {
	d.t.Helper()
	body := d.wallet(op, arguments, id, more)
	if status := d.ask("POST", "/v1/"+string(op)+"?proof=true", body); status != want {
		d.t.Errorf("%s: status %d, want %d", op, status, want)
	}
	params := []any{json.RawMessage(body)}
	if op == wire.OpStore {
		params = append(params, true)
	}
	if err := d.call(string(op), params...); (err == nil) != (want == 200) {
		d.t.Errorf("%s by JSON-RPC: %v", op, err)
	}
}

// TestAuthorsSignaturesStayAmongMembers: Parity's signature over a key id works for whoever has it, for ever, and lies in the
// key's record. So it goes to members and to nobody else: not by a door, whatever is asked there and by whom, nor in a log at
// its most talkative, in metrics, in what devp2p tells of its peers, or in the clear on a disk.
func TestAuthorsSignaturesStayAmongMembers(t *testing.T) {
	logged := logtest.Capture(t, log.LevelTrace)
	c, servers := service.StartServers(t, 3)
	author := c.NewClient("parity")
	id, both := sessiontest.KeyID(1), sessiontest.KeyID(2)
	d := newDoors(t, c, author, servers[0].Service)
	secrets := [][]byte{author.Proof(id).Data, author.Proof(both).Data}
	legacy := func(id wire.KeyID) string { return fmt.Sprintf("%x/%x", id[:], author.Proof(id).Data) }

	d.askLegacy(id, both, legacy, servers[0].Service)
	d.askWallet(id)
	d.askOperator(id, author.Proof(id).Data)
	for _, s := range servers[1:] { // who was asked about nothing but as a member
		for i, of := range []wire.KeyID{id, both} {
			if r := s.RecordOf(t, of); r == nil || !bytes.Equal(r.Setup.Proof.Data, secrets[i]) {
				t.Fatalf("a member does not hold the author's signature, so that this shows nothing: %v", r)
			}
		}
	}
	for _, s := range servers {
		infos, err := json.Marshal([]any{s.P2P.NodeInfo(), s.P2P.PeersInfo()})
		if err != nil {
			t.Fatal(err)
		}
		d.heard["devp2p of "+s.P2P.NodeInfo().ID] = string(infos)
		d.disk(s.Dir)
	}
	page := httptest.NewRecorder()
	prometheus.Handler(metrics.DefaultRegistry).ServeHTTP(page, httptest.NewRequest("GET", "/", nil))
	d.heard["metrics"], d.heard["the log"] = page.Body.String(), logged.String()
	if !strings.Contains(d.heard["metrics"], "ss_faults") || !strings.Contains(d.heard["the log"], "Served Secret Store HTTP request") {
		t.Error("there are no metrics, or no log")
	}
	for what, text := range d.heard {
		for _, secret := range secrets {
			if form := shows(text, secret); form != "" {
				t.Errorf("%.60s shows an author's signature, as %s: %.400q", what, form, text)
			}
		}
	}
}

// askLegacy goes along Parity's routes, with what is right and what is not.
func (d *doors) askLegacy(id, both wire.KeyID, legacy func(wire.KeyID) string, server *service.Service) {
	d.t.Helper()
	hash := strings.Repeat("5e", 32)
	if status := d.ask("POST", "/shadow/"+legacy(id)+"/0", nil); status != 200 {
		d.t.Fatalf("making the key: %v", d.heard)
	}
	pair := d.cluster.Encrypt(server.RecordOf(d.t, id), 1)
	stored := fmt.Sprintf("/%x/%x", pair.Common, pair.Encrypted)
	for _, c := range []struct {
		method, path string
		want         int
	}{
		{"POST", "/shadow/" + legacy(id) + stored, 200},
		{"POST", "/" + legacy(both) + "/0", 200},
		{"GET", "/server/" + legacy(id), 200},
		{"GET", "/" + legacy(id), 200},
		{"GET", "/shadow/" + legacy(id), 200},
		{"GET", "/schnorr/" + legacy(id) + "/" + hash, 200},
		{"GET", "/ecdsa/" + legacy(id) + "/" + hash, 200},
		{"POST", "/shadow/" + legacy(id) + "/0", 400}, // exists
		{"POST", "/" + legacy(both) + "/0", 400},
		{"POST", "/shadow/" + legacy(id) + stored, 400},
		{"POST", "/shadow/" + legacy(sessiontest.KeyID(3)) + "/7", 500}, // too high
		{"GET", "/shadow/" + legacy(sessiontest.KeyID(3)), 404},
		{"GET", "/shadow/" + legacy(id) + "/more", 400}, // no route
		{"GET", "//shadow//" + legacy(id), 400},
		{"PUT", "/shadow/" + legacy(id), 400},
		{"GET", "/v1/" + legacy(id), 404},
		{"OPTIONS", "/shadow/" + legacy(id), 400},
	} {
		if status := d.ask(c.method, c.path, nil); status != c.want {
			d.t.Errorf("%s %.30s…: status %d, want %d", c.method, c.path, status, c.want)
		}
	}
}

// askWallet asks as the same account's wallet, which is told all that can be shown of a key.
func (d *doors) askWallet(id wire.KeyID) {
	d.t.Helper()
	hash := common.Hash{0x5e}
	d.ask("GET", "/v1/cluster", nil)
	d.both(wire.OpPublic, wire.NoArguments, id, nil, 200)
	d.both(wire.OpRetrieve, wire.NoArguments, id, nil, 200)
	for _, scheme := range wire.Schemes {
		d.both(wire.OpSign, wire.SignArguments(scheme, hash), id, map[string]any{"scheme": scheme, "hash": hash}, 200)
	}
	d.both(wire.OpGenerate, wire.GenerateArguments(1), id, map[string]any{"threshold": 1}, 409) // exists
	point := wire.Point(wire.NodeIDOf(&d.author.Key.PublicKey))
	d.both(wire.OpStore, wire.StoreArguments(point, point), id, map[string]any{"commonPoint": point, "encryptedPoint": point}, 409)

	ctx, cancel := context.WithTimeout(d.t.Context(), time.Minute)
	defer cancel()
	told := make(chan json.RawMessage, 16)
	sub, err := d.rpc.Subscribe(ctx, rpcapi.Namespace, told, "access", json.RawMessage(d.wallet(wire.OpWatch, wire.NoArguments, id, nil)))
	if err != nil {
		d.t.Fatal(err)
	}
	defer sub.Unsubscribe()
	d.both(wire.OpRetrieve, wire.NoArguments, id, nil, 200)
	select {
	case access := <-told:
		d.heard["who reads"] = string(access)
	case <-ctx.Done():
		d.t.Error("the author is told of no read")
	}
}

// askOperator asks what an operator may, or a requester about itself.
func (d *doors) askOperator(id wire.KeyID, signature []byte) {
	d.t.Helper()
	for _, c := range []struct {
		method string
		params []any
	}{
		{"peers", nil}, {"keys", nil}, {"keyStatus", []any{id}}, {"explainAccess", []any{d.author.Address(), id}},
		{"explainAccess", []any{d.author.Address(), id, hexutil.Bytes(signature)}},
	} {
		if err := d.call(c.method, c.params...); err != nil {
			d.t.Errorf("%s: %v", c.method, err)
		}
	}
	d.call("explainAccess", common.Address{1}, id, hexutil.Bytes(signature)) // another's
}

// disk takes in all that lies in a directory.
func (d *doors) disk(dir string) {
	d.t.Helper()
	files := 0
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		d.heard[path] = string(content)
		files++
		return err
	})
	if err != nil || files < 3 {
		d.t.Errorf("%d files on the disk, %v", files, err)
	}
}

// shows names the form in which a text has a signature, or a half of it; "" for none.
func shows(text string, signature []byte) string {
	lower := strings.ToLower(text)
	for _, half := range [][]byte{signature[:32], signature[32:64]} {
		switch {
		case strings.Contains(text, string(half)):
			return "bytes"
		case strings.Contains(lower, hex.EncodeToString(half)):
			return "hex"
		case strings.Contains(text, strings.Trim(fmt.Sprint(half), "[]")):
			return "a list of bytes"
		}
		for skip := range 3 { // base64 has it in three ways, by where it begins
			if strings.Contains(text, base64.RawStdEncoding.EncodeToString(half[skip:skip+24])) {
				return "base64"
			}
		}
	}
	return ""
}

// The check itself: a record that is shown as it is is found.
func TestShowsFindsASignature(t *testing.T) {
	signature := bytes.Repeat([]byte{0xa7, 0x5e, 0xc2, 0xe7, 1}, 13)
	for _, text := range []string{
		string(signature), hex.EncodeToString(signature), strings.ToUpper(hex.EncodeToString(signature)), fmt.Sprint(signature),
		base64.StdEncoding.EncodeToString(signature), base64.StdEncoding.EncodeToString(append([]byte{1}, signature...)),
		base64.StdEncoding.EncodeToString(append([]byte{1, 2}, signature...)),
	} {
		if shows("so "+text, signature) == "" {
			t.Errorf("not found in %q", text)
		}
	}
	if form := shows("nothing", signature); form != "" {
		t.Error(form)
	}
}

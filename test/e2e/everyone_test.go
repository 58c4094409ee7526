package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/geth-ss/geth-ss/test/npm"
)

// On a network that admits everybody, every method of every client works against every node.
func TestEveryone(t *testing.T) {
	net := startNetwork(t, 4, "--acl", "none")
	before := goroutines(t, net)
	t.Run("http", func(t *testing.T) { testHTTP(t, net) })
	t.Run("thresholds", func(t *testing.T) { testThresholds(t, net) })
	t.Run("errors", func(t *testing.T) { testErrors(t, net) })
	t.Run("at once", func(t *testing.T) { testAtOnce(t, net) })
	t.Run("rpc", func(t *testing.T) { testRPC(t, net) })
	t.Run("npm", func(t *testing.T) { testClients(t, net) })
	t.Run("at rest", func(t *testing.T) { testAtRest(t, net, before) })
	net.stop(t)
}

// testHTTP is one document's life through all routes, in their exact forms.
func testHTTP(t *testing.T, net *network) {
	author, reader, id := newAccount(t), newAccount(t), randomID()
	one, two := net.nodes[0], net.nodes[1]

	key, err := one.generate(author, id, 1)
	if err != nil {
		t.Fatalf("E1: %v", err)
	}
	for _, n := range net.nodes {
		got, err := n.serverKey(author, id)
		if err != nil || !bytes.Equal(got, key) {
			t.Errorf("E4 through %s: %x, %v, want %x", n.name, got, err, key)
		}
	}
	document := newDocumentKey(t, key)
	if err := two.store(author, id, document); err != nil {
		t.Fatalf("E2: %v", err)
	}
	readEverywhere(t, net, reader, id, document.plain)

	// The common point is the stored one, turned round for an odd threshold.
	a := one.must(t, "GET", fmt.Sprintf("/shadow/%x/%s", id, reader.sign(id)))
	parts, err := a.shadow()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := parts.CommonPoint, fmt.Sprintf("0x%x", negated(raw(document.common))); got != want {
		t.Errorf("the common point of threshold 1 is %s, want %s", got, want)
	}
	if len(parts.DecryptShadows) != 2 {
		t.Errorf("%d shadows, want 2", len(parts.DecryptShadows))
	}

	both := randomID()
	made, err := two.generateBoth(author, both, 2)
	if err != nil {
		t.Fatalf("E3: %v", err)
	}
	readEverywhere(t, net, reader, both, made)
	if _, err := parsePoint(made); err != nil {
		t.Errorf("E3 gave a key that is no point: %v", err)
	}
}

// readEverywhere reads a document key through every node, in both ways.
func readEverywhere(t *testing.T, net *network, reader account, id common.Hash, want []byte) {
	t.Helper()
	for _, n := range net.nodes {
		if got, err := n.plain(reader, id); err != nil || !bytes.Equal(got, want) {
			t.Errorf("plain retrieval through %s: %x, %v, want %x", n.name, got, err, want)
		}
		if got, err := n.shadow(reader, id); err != nil || !bytes.Equal(got, want) {
			t.Errorf("shadow retrieval through %s: %x, %v, want %x", n.name, got, err, want)
		}
	}
}

// testThresholds makes a key of each threshold through each node and reads it through all.
func testThresholds(t *testing.T, net *network) {
	author, reader := newAccount(t), newAccount(t)
	for threshold := range net.nodes {
		for _, through := range net.nodes {
			id := randomID()
			key := publish(t, through, author, id, threshold)
			readEverywhere(t, net, reader, id, key.plain)
		}
	}
	for _, n := range net.nodes {
		s, err := n.status()
		if err != nil {
			t.Fatal(err)
		}
		if s.Keys < 16 || s.Shares < 16 {
			t.Errorf("%s knows %d keys and has shares of %d after 16 were made", n.name, s.Keys, s.Shares)
		}
	}
}

// testErrors is the table of errors, as far as a healthy network can be brought to them.
func testErrors(t *testing.T, net *network) {
	author, other := newAccount(t), newAccount(t)
	id, bare, unknown := randomID(), randomID(), randomID()
	document := publish(t, net.nodes[0], author, id, 1)
	if _, err := net.nodes[1].generate(author, bare, 1); err != nil {
		t.Fatal(err)
	}
	const (
		exists     = "Server key with this ID is already generated"
		missing    = "Server key with this ID is not found"
		stored     = "Document key with this ID is already stored"
		noDocument = "Document key with this ID is not found"
		denied     = "Access denied"
		requester  = "Insufficient requester data: bad signature: "
		tooMany    = "not enough nodes for passed threshold"
	)
	points := fmt.Sprintf("%x/%x", raw(document.common), raw(document.encrypted))
	noPoint := strings.Repeat("11", 64) // not on the curve
	signed := func(by account, id common.Hash) string { return fmt.Sprintf("%x/%s", id, by.sign(id)) }
	// Signatures from which nobody can be recovered: v as Ethereum writes it, r and s of zero.
	ethereum := author.sign(id)[:128] + "1b"
	zero := strings.Repeat("00", 65)

	for _, test := range []struct {
		name, method, path string
		status             int
		text               string // how the text begins; empty for an empty body
	}{
		{"generate again", "POST", "/shadow/" + signed(author, id) + "/1", 400, exists},
		{"generate another's", "POST", "/shadow/" + signed(other, bare) + "/2", 400, exists},
		{"generate both again", "POST", "/" + signed(author, bare) + "/1", 400, exists},
		{"threshold of all", "POST", "/shadow/" + signed(author, unknown) + "/4", 500, tooMany},
		{"a huge threshold", "POST", "/" + signed(author, unknown) + "/18446744073709551615", 500, tooMany},
		{"store for nothing", "POST", "/shadow/" + signed(author, unknown) + "/" + points, 404, missing},
		{"store again", "POST", "/shadow/" + signed(author, id) + "/" + points, 400, stored},
		{"store as another", "POST", "/shadow/" + signed(other, bare) + "/" + points, 403, denied},
		{"store no point", "POST", "/shadow/" + signed(author, bare) + "/" + noPoint + "/" + noPoint, 500, "cryptographic error "},
		{"server key of nothing", "GET", "/server/" + signed(author, unknown), 404, missing},
		{"server key of another", "GET", "/server/" + signed(other, id), 403, denied},
		{"read nothing", "GET", "/" + signed(author, unknown), 404, missing},
		{"read the shadow of nothing", "GET", "/shadow/" + signed(author, unknown), 404, missing},
		{"read without document key", "GET", "/" + signed(author, bare), 404, noDocument},
		{"read the shadow without document key", "GET", "/shadow/" + signed(author, bare), 404, noDocument},

		{"v of 27", "GET", fmt.Sprintf("/%x/%s", id, ethereum), 400, requester},
		{"zero signature to generate", "POST", fmt.Sprintf("/shadow/%x/%s/1", unknown, zero), 400, requester},
		{"zero signature to store", "POST", fmt.Sprintf("/shadow/%x/%s/%s", id, zero, points), 400, requester},
		{"zero signature for the server key", "GET", fmt.Sprintf("/server/%x/%s", id, zero), 400, requester},
		{"zero signature to read", "GET", fmt.Sprintf("/shadow/%x/%s", id, zero), 400, requester},

		{"Schnorr under nothing", "GET", fmt.Sprintf("/schnorr/%s/%x", signed(author, unknown), unknown), 404, missing},
		{"ECDSA under nothing", "GET", fmt.Sprintf("/ecdsa/%s/%x", signed(author, unknown), unknown), 404, missing},
		{"zero signature to sign", "GET", fmt.Sprintf("/ecdsa/%x/%s/%x", id, zero, unknown), 400, requester},
		{"v of 27 to sign", "GET", fmt.Sprintf("/schnorr/%x/%s/%x", id, ethereum, unknown), 400, requester},
		{"sign nothing", "GET", "/ecdsa/" + signed(author, id), 400, ""},
		{"sign a hash with 0x", "GET", fmt.Sprintf("/ecdsa/%s/0x%x", signed(author, id), unknown), 400, ""},
		{"sign by POST", "POST", fmt.Sprintf("/schnorr/%s/%x", signed(author, id), unknown), 400, ""},

		{"the root", "GET", "/", 400, ""},
		{"no id", "GET", "/shadow", 400, ""},
		{"a short id", "GET", "/" + signed(author, id)[2:], 400, ""},
		{"an id with 0x", "GET", "/0x" + signed(author, id), 400, ""},
		{"an empty threshold", "POST", "/shadow/" + signed(author, unknown) + "/", 400, ""},
		{"a negative threshold", "POST", "/shadow/" + signed(author, unknown) + "/-1", 400, ""},
		{"a threshold in hex", "POST", "/shadow/" + signed(author, unknown) + "/0x1", 400, ""},
		{"a slash at the end", "GET", "/" + signed(author, id) + "/", 400, ""},
		{"Schnorr without prefix", "GET", fmt.Sprintf("/%s/%x", signed(author, id), unknown), 400, ""},
		{"generate by GET", "GET", "/shadow/" + signed(author, unknown) + "/1", 400, ""},
		{"read by POST", "POST", "/shadow/" + signed(author, id), 400, ""},
		{"HEAD", "HEAD", "/" + signed(author, id), 400, ""},
		{"PUT", "PUT", "/" + signed(author, id), 400, ""},
		{"OPTIONS that is no preflight", "OPTIONS", "/" + signed(author, id), 400, ""},
	} {
		for _, n := range net.nodes {
			a := n.must(t, test.method, test.path)
			if err := a.failure(test.status, test.text); err != nil {
				t.Errorf("%s through %s: %v", test.name, n.name, err)
			}
		}
	}
	// What was refused has not done anything.
	if a := net.nodes[0].must(t, "GET", "/server/"+signed(author, unknown)); a.status != 404 {
		t.Errorf("refused requests made a key: %v", a)
	}
	readEverywhere(t, net, other, id, document.plain)

	testServersChange(t, net, "Access denied")
	testOrigins(t, net.nodes[0], signed(author, id))
}

// failure wants an error in Parity's form: the text in two pairs of quotes, or nothing at all.
func (a *answer) failure(status int, text string) error {
	contentType, body := "application/json; charset=utf-8", `"\"`+text
	if text == "" {
		contentType, body = "", ""
	}
	whole := text == "" || strings.HasSuffix(text, " ") // a detail follows, which is not Parity's to the letter
	if !whole {
		body += `\""`
	}
	switch got := a.header.Get("Content-Type"); {
	case a.status != status:
		return fmt.Errorf("%v, want %d %s", a, status, text)
	case text == "" && a.body != "":
		return fmt.Errorf("%v, want an empty body", a)
	case !whole && a.body != body, whole && !strings.HasPrefix(a.body, body):
		return fmt.Errorf("%v, want %s", a, body)
	case text != "" && !strings.HasSuffix(a.body, `\""`):
		return fmt.Errorf("%v is not quoted twice", a)
	case got != contentType:
		return fmt.Errorf("content type %q, want %q", got, contentType)
	case a.header.Get("Access-Control-Allow-Origin") != "":
		return errors.New("an error has Access-Control-Allow-Origin")
	}
	return nil
}

// testServersChange: E9 is parsed, and denied where there are no administrators. Its body is read whatever its type is said to be.
func testServersChange(t *testing.T, net *network, text string) {
	sig := net.accounts[0].sign(common.Hash{1})
	path := fmt.Sprintf("/admin/servers_set_change/%s/%s", sig, sig)
	ids, err := json.Marshal([]string{net.nodes[0].public, net.nodes[1].public})
	if err != nil {
		t.Fatal(err)
	}
	for body, want := range map[string]struct {
		status int
		text   string
	}{
		string(ids): {403, text},
		"":          {400, ""},
		`["0x11"]`:  {400, ""},
		strings.ReplaceAll(string(ids), "0x", ""): {400, ""},
	} {
		for _, n := range net.nodes {
			req, err := http.NewRequest("POST", n.url+path, strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			a := n.must(t, "POST", path, func(r *http.Request) { *r = *req })
			if err := a.failure(want.status, want.text); err != nil {
				t.Errorf("changing the server set with %q through %s: %v", body, n.name, err)
			}
		}
	}
}

// testOrigins: a devnet admits pages of any origin, and asks nothing of those that aren't pages.
func testOrigins(t *testing.T, n *node, signed string) {
	const page = "http://dapp.example:3000"
	from := func(origin string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Origin", origin) }
	}
	const allow = "Access-Control-Allow-Origin"
	if a := n.must(t, "GET", "/"+signed, from(page)); a.status != 200 || a.header.Get(allow) != page {
		t.Errorf("a page's request: %v, %s %q", a, allow, a.header.Get(allow))
	}
	if a := n.must(t, "GET", "/"+signed); a.header.Get(allow) != "" {
		t.Errorf("without origin: %s %q", allow, a.header.Get(allow))
	}
	if a := n.must(t, "GET", "/"+signed, from(n.url)); a.status != 200 || a.header.Get(allow) != "" {
		t.Errorf("from its own origin: %v, %s %q", a, allow, a.header.Get(allow))
	}
	preflight := n.must(t, "OPTIONS", "/"+signed, from(page), func(r *http.Request) {
		r.Header.Set("Access-Control-Request-Method", "POST")
		r.Header.Set("Access-Control-Request-Headers", "content-type")
	})
	if preflight.status/100 != 2 || preflight.header.Get(allow) != page ||
		!strings.Contains(preflight.header.Get("Access-Control-Allow-Methods"), "POST") ||
		!strings.Contains(strings.ToLower(preflight.header.Get("Access-Control-Allow-Headers")), "content-type") {
		t.Errorf("a preflight: %v %v", preflight, preflight.header)
	}
}

// testAtOnce makes and reads keys through all nodes at the same time; and one key through all at once, which one
// generation alone can win.
func testAtOnce(t *testing.T, net *network) {
	author := newAccount(t)
	var wg sync.WaitGroup
	for i := range 24 {
		wg.Go(func() {
			through, other := net.nodes[i%4], net.nodes[(i+1+i/4)%4]
			id := randomID()
			key, err := through.generateBoth(author, id, i%3)
			if err != nil {
				t.Errorf("generating through %s beside others: %v", through.name, err)
				return
			}
			if got, err := other.shadow(author, id); err != nil || !bytes.Equal(got, key) {
				t.Errorf("reading through %s beside others: %x, %v, want %x", other.name, got, err, key)
			}
		})
	}
	wg.Wait()

	id := randomID()
	keys := make([][]byte, len(net.nodes))
	for i, n := range net.nodes {
		wg.Go(func() {
			a, err := n.request("POST", fmt.Sprintf("/shadow/%x/%s/1", id, author.sign(id)))
			if err != nil {
				t.Errorf("one of several generating one key: %v", err)
			} else if a.status == 200 {
				keys[i], _ = a.fixed(64)
			} else {
				t.Logf("one of several generating one key, through %s: %v", n.name, a)
			}
		})
	}
	wg.Wait()
	won := slices.DeleteFunc(keys, func(k []byte) bool { return k == nil })
	if len(won) == 0 {
		// None may win, but then the id has to be usable all the same.
		key, err := net.nodes[0].generate(author, id, 1)
		if err != nil {
			t.Fatalf("generating after all were refused: %v", err)
		}
		won = [][]byte{key}
	}
	for _, n := range net.nodes {
		got, err := n.serverKey(author, id)
		if err != nil || !bytes.Equal(got, won[0]) {
			t.Errorf("%s says the key is %x, %v; told was %x", n.name, got, err, won)
		}
	}
}

// testClients runs the npm packages, unmodified.
func testClients(t *testing.T, net *network) {
	npm.Require(t)
	for _, client := range []struct {
		npm.Client
		document any
		methods  int // that the package has without set change
	}{
		{npm.Ocean, map[string]any{"title": "Füße 🦶", "list": []any{1.0, nil, "a\n"}}, 13},
		{npm.Nevermined, "text with \"quotes\"", 13},
		{npm.EnergyWeb, "Füße 🦶", 14},
	} {
		for i := range net.nodes {
			t.Run(fmt.Sprintf("%s all methods %s", strings.TrimSuffix(string(client.Client), ".mjs"), net.nodes[i].name), func(t *testing.T) {
				next := (i + 1) % len(net.nodes)
				reader := npmAccount(net.nodes[next], net.accounts[4+i])
				answer, err := npm.Run(t.Context(), client.Client, npm.Request{
					Op: "methods", Account: npmAccount(net.nodes[i], net.accounts[i]), DocumentID: fmt.Sprintf("%x", randomID()),
					Threshold: i, Document: client.document, Reader: &reader,
				})
				if err != nil {
					t.Fatal(err)
				}
				if len(answer.Methods) < client.methods {
					t.Errorf("%d methods were called, want %d: %v", len(answer.Methods), client.methods, answer.Methods)
				}
			})
		}
	}
	t.Run("ocean through every node", func(t *testing.T) { testOceanEverywhere(t, net) })
	t.Run("a hundred documents at once", func(t *testing.T) { testOceanAtOnce(t, net) })
}

// testOceanEverywhere publishes through every node and consumes each document through every node.
func testOceanEverywhere(t *testing.T, net *network) {
	for i, publisher := range net.nodes {
		id := fmt.Sprintf("%x", randomID())
		document := map[string]any{"by": publisher.name}
		published, err := npm.Run(t.Context(), npm.Ocean, npm.Request{
			Op: "publish", Account: npmAccount(publisher, net.accounts[i]), DocumentID: id, Threshold: 2, Document: document,
		})
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for _, consumer := range net.nodes {
			wg.Go(func() {
				got, err := npm.Run(t.Context(), npm.Ocean, npm.Request{
					Op: "consume", Account: npmAccount(consumer, net.accounts[9]), DocumentID: id, Threshold: 2, Encrypted: published.Encrypted,
				})
				if err != nil {
					t.Errorf("published through %s, consumed through %s: %v", publisher.name, consumer.name, err)
				} else if want := fmt.Sprintf(`{"by":"%s"}`, publisher.name); string(got.Document) != want {
					t.Errorf("consumed through %s: %s, want %s", consumer.name, got.Document, want)
				}
			})
		}
		wg.Wait()
	}
}

// testOceanAtOnce: a client that asks for a hundred documents at once, of one node and with one account, is refused
// none for their number.
func testOceanAtOnce(t *testing.T, net *network) {
	begun := time.Now()
	_, err := npm.Run(t.Context(), npm.Ocean, npm.Request{
		Op: "many", Account: npmAccount(net.nodes[0], net.accounts[0]), DocumentID: fmt.Sprintf("%x", randomID()),
		Threshold: 1, Document: map[string]any{"title": "one of many"}, Count: 100,
	})
	// A machine that does much else may really be too slow for all of them, and then says how long the last would wait.
	tooSlow := func(text string) bool {
		return strings.Contains(text, "this turn would come in") || strings.Contains(text, "no turn came within")
	}
	if err != nil {
		for i, reason := range strings.Split(err.Error(), "\n") {
			if i > 0 && !tooSlow(reason) {
				t.Fatal(err)
			}
		}
		if !tooSlow(err.Error()) {
			t.Fatal(err)
		}
	}
	t.Logf("a hundred documents at once were published and read in %v, %v", time.Since(begun).Round(time.Millisecond), err)
}

// testAtRest: when all is done no session is left, nor what ran for one.
func testAtRest(t *testing.T, net *network, before []int) {
	httpClient.CloseIdleConnections()
	for i, n := range net.nodes {
		until(t, n.name+" has no sessions", func() error {
			s, err := n.status()
			if err == nil && s.Sessions > 0 {
				err = fmt.Errorf("it has %d", s.Sessions)
			}
			return err
		})
		// Idle connections of other clients take some time to go, and geth has its own coming and going.
		until(t, n.name+" is at rest", func() error {
			if now := goroutines(t, net)[i]; now > before[i]+30 {
				return fmt.Errorf("it had %d goroutines before, and has %d", before[i], now)
			}
			return nil
		})
		t.Logf("%s: %d goroutines, %d before", n.name, goroutines(t, net)[i], before[i])
	}
}

// goroutines counts those of each node.
func goroutines(t *testing.T, net *network) (counts []int) {
	t.Helper()
	for _, n := range net.nodes {
		ipc, err := rpc.Dial(filepath.Join(n.datadir, "geth-ss.ipc"))
		if err != nil {
			t.Fatal(err)
		}
		var stacks string
		err = ipc.Call(&stacks, "debug_stacks")
		ipc.Close()
		if err != nil {
			t.Fatal(err)
		}
		counts = append(counts, strings.Count("\n"+stacks, "\ngoroutine "))
	}
	return counts
}

func npmAccount(n *node, a account) npm.Account {
	return npm.Account{RPC: n.rpcURL, SecretStore: n.url, Address: crypto.PubkeyToAddress(a.key.PublicKey).Hex(), Password: a.password}
}

package e2e

import (
	"bytes"
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/common/math"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"

	"github.com/geth-ss/geth-ss/contracts/bindings/permissions"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// cluster is what secretstore_cluster tells a dapp.
type cluster struct {
	ChainID int64          `json:"chainId"`
	Cluster string         `json:"cluster"`
	Servers []any          `json:"servers"`
	Types   apitypes.Types `json:"types"`
	Domain  struct{ Name, Version string }
	Block   struct{ Timestamp int64 }
}

// typed is what a wallet is given for eth_signTypedData_v4, and signs as geth's own wallet code does.
func (c *cluster) typed(primary string, message map[string]any) apitypes.TypedData {
	return apitypes.TypedData{
		Types: c.Types, PrimaryType: primary, Message: message,
		Domain: apitypes.TypedDataDomain{Name: c.Domain.Name, Version: c.Domain.Version, ChainId: math.NewHexOrDecimal256(c.ChainID)},
	}
}

func (c *cluster) sign(t *testing.T, by *ecdsa.PrivateKey, primary string, message map[string]any) map[string]any {
	t.Helper()
	var plain map[string]any // as a wallet has it from JSON
	text, err := json.Marshal(message)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &plain); err != nil {
		t.Fatal(err)
	}
	hash, _, err := apitypes.TypedDataAndHash(c.typed(primary, plain))
	if err != nil {
		t.Fatal(err)
	}
	signature, err := crypto.Sign(hash, by)
	if err != nil {
		t.Fatal(err)
	}
	signature[64] += 27
	return map[string]any{"message": message, "signature": hexutil.Encode(signature)}
}

// request is an account's signed request; arguments are beside the message.
func (c *cluster) request(t *testing.T, by account, operation string, arguments common.Hash, more map[string]any, ids ...common.Hash) map[string]any {
	t.Helper()
	message := c.message(by, operation, arguments, ids...)
	call := c.sign(t, by.key, "Request", message)
	for name, value := range more {
		call[name] = value
	}
	return call
}

func (c *cluster) message(by account, operation string, arguments common.Hash, ids ...common.Hash) map[string]any {
	reply := "0x"
	if operation == "retrieveDocumentKeys" {
		reply = hexutil.Encode(crypto.FromECDSAPub(&by.key.PublicKey)[1:])
	}
	return map[string]any{
		"cluster": c.Cluster, "account": by.address, "operation": operation, "keys": ids, "arguments": arguments, "replyKey": reply,
		"expiry": c.Block.Timestamp + 3600, "nonce": randomID(),
	}
}

var nothing = crypto.Keccak256Hash()

func (c *cluster) generate(t *testing.T, by account, id common.Hash, threshold int) map[string]any {
	return c.request(t, by, "generateServerKey", crypto.Keccak256Hash(common.LeftPadBytes([]byte{byte(threshold)}, 32)), map[string]any{"threshold": threshold}, id)
}

func (c *cluster) store(t *testing.T, by account, id common.Hash, k *documentKey) map[string]any {
	pair := map[string]any{"commonPoint": hexutil.Encode(raw(k.common)), "encryptedPoint": hexutil.Encode(raw(k.encrypted))}
	return c.request(t, by, "storeDocumentKey", crypto.Keccak256Hash(raw(k.common), raw(k.encrypted)), pair, id)
}

func (c *cluster) retrieve(t *testing.T, by account, ids ...common.Hash) map[string]any {
	return c.request(t, by, "retrieveDocumentKeys", nothing, nil, ids...)
}

// refusal is an error of wallets' doors.
type refusal struct {
	Code                  int
	Reason, Message, Hint string
}

func (r *refusal) Error() string { return r.Reason + ": " + r.Message }

// walletDoor takes wallets' requests of one node.
type walletDoor struct {
	name string
	ask  func(operation string, call, result any) error
}

// walletDoors are all there are.
func walletDoors(t *testing.T, n *node) []walletDoor {
	t.Helper()
	doors := []walletDoor{{n.name + " /v1/", func(operation string, call, result any) error { return n.postSession(operation, call, result) }}}
	for transport, url := range map[string]string{"http": n.rpcURL, "ws": n.ws, "ipc": filepath.Join(n.datadir, "geth-ss.ipc")} {
		client, err := rpc.Dial(url)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(client.Close)
		doors = append(doors, walletDoor{n.name + " " + transport, func(operation string, call, result any) error {
			if operation == "cluster" {
				return client.Call(result, "secretstore_cluster")
			}
			err := client.Call(result, "secretstore_"+operation, call)
			var told rpc.DataError
			if errors.As(err, &told) {
				text, _ := json.Marshal(told.ErrorData())
				refused := new(refusal)
				if json.Unmarshal(text, refused) == nil && refused.Reason != "" && refused.Message == err.Error() {
					return refused
				}
			}
			return err
		}})
	}
	return doors
}

// postSession uses the plain HTTP API.
func (s keyServer) postSession(operation string, call, result any) error {
	method, body := http.MethodGet, func(*http.Request) {}
	if call != nil {
		text, err := json.Marshal(call)
		if err != nil {
			return err
		}
		method, body = http.MethodPost, func(r *http.Request) {
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
		}
	}
	a, err := s.request(method, "/v1/"+operation, body)
	if err != nil {
		return err
	}
	if a.status != http.StatusOK {
		refused := new(refusal)
		if err := json.Unmarshal([]byte(a.body), refused); err != nil || refused.Reason == "" {
			return fmt.Errorf("%d %s", a.status, a.body)
		}
		return refused
	}
	return json.Unmarshal([]byte(a.body), result)
}

// outcome is what came of one key.
type outcome struct {
	Key     common.Hash
	Release json.RawMessage
	Error   *refusal
}

// release is as much of an answer as a client needs that trusts its node.
type release struct {
	Setup struct{ Threshold int }
	Asked struct{ CommonPoint, EncryptedPoint string }
	Parts []struct{ Part, Sealed string }
}

// open puts the document key together with the arithmetic of a client, and lets the product's own
// code check the answer, which trusts nobody.
func (c *cluster) open(o *outcome, by *ecdsa.PrivateKey, call map[string]any) ([]byte, error) {
	if o.Error != nil {
		return nil, o.Error
	}
	var r release
	if err := json.Unmarshal(o.Release, &r); err != nil {
		return nil, err
	}
	encrypted, err := point(r.Asked.EncryptedPoint)
	if err != nil {
		return nil, err
	}
	masked := &shadow{CommonPoint: r.Asked.CommonPoint}
	for _, p := range r.Parts {
		part, err := unhex(p.Part, 192)
		if err != nil {
			return nil, err
		}
		minus, err := parsePoint(negated(part[:64]))
		if err != nil {
			return nil, err
		}
		encrypted = add(encrypted, minus)
		masked.DecryptShadows = append(masked.DecryptShadows, p.Sealed)
	}
	if r.Setup.Threshold%2 == 1 {
		masked.CommonPoint = hexutil.Encode(negated(hexutil.MustDecode(r.Asked.CommonPoint)))
	}
	masked.DecryptedSecret = hexutil.Encode(raw(encrypted))
	key, err := masked.open(account{key: by})
	if err != nil {
		return nil, err
	}
	return key, c.verify(o, by, call, key)
}

func (c *cluster) verify(o *outcome, by *ecdsa.PrivateKey, call map[string]any, want []byte) error {
	text, err := json.Marshal(call)
	if err != nil {
		return err
	}
	var request wire.SignedRequest
	if err := json.Unmarshal(text, &request); err != nil {
		return err
	}
	var rel wire.Release
	if err := json.Unmarshal(o.Release, &rel); err != nil {
		return err
	}
	if request.Request.Chain = uint64(c.ChainID); request.Permit != nil {
		request.Permit.Permit.Chain = request.Request.Chain
	}
	proof, err := request.Proof()
	if err != nil {
		return err
	}
	secret, err := secp256k1.FromPrivateKey(by)
	if err != nil {
		return err
	}
	defer secret.Erase()
	key, err := verify.OpenRelease(&rel, proof.Hash(), secret)
	if err != nil {
		return err
	}
	if got := key.Bytes(); !bytes.Equal(got[:], want) {
		return fmt.Errorf("it opens to %x and to %x", got, want)
	}
	return nil
}

// testWallets is a document's life by wallets' requests alone, through all doors, with a contract that decides.
func testWallets(t *testing.T, net *network, contract permissionContract) {
	begun := time.Now()
	for i, n := range net.nodes[:2] {
		for j, door := range walletDoors(t, n) {
			if i == 1 && j > 0 {
				break
			}
			t.Run(door.name, func(t *testing.T) { testWalletLife(t, net, contract, door, 1+j%2) })
		}
	}
	t.Run("batch", func(t *testing.T) { testWalletBatch(t, net, contract) })
	t.Run("documents", func(t *testing.T) { testDocuments(t, net) })
	t.Logf("all took %v", time.Since(begun).Round(time.Millisecond))
}

func wantRefusal(t *testing.T, what string, err error, reasons ...string) {
	t.Helper()
	var refused *refusal
	if !errors.As(err, &refused) || refused == nil || !slices.Contains(reasons, refused.Reason) || refused.Hint == "" {
		t.Errorf("%s: %v, want %v", what, err, reasons)
	}
}

func testWalletLife(t *testing.T, net *network, contract permissionContract, door walletDoor, threshold int) {
	author, reader, id := net.accounts[1], newAccount(t), randomID()
	other := walletDoors(t, net.nodes[3])[0]
	var c cluster
	if err := door.ask("cluster", nil, &c); err != nil {
		t.Fatal(err)
	}
	if len(c.Servers) != len(net.nodes) || uint64(c.ChainID) != net.chainID || c.Block.Timestamp == 0 {
		t.Errorf("cluster: %+v", c)
	}
	generate := c.generate(t, author, id, threshold)
	var made, read struct {
		Key                common.Hash
		Version, PublicKey string
		Certificate        json.RawMessage
	}
	if err := door.ask("generateServerKey", generate, &made); err != nil {
		t.Fatal(err)
	}
	ask := c.request(t, author, "serverKey", nothing, nil, id)
	for range 2 { // the second is a replay: it gets the same answer
		err := other.ask("serverKey", ask, &read)
		same := read
		same.Certificate = made.Certificate // of the acknowledgements each node tells those that it has
		if err != nil || !reflect.DeepEqual(same, made) || len(read.Certificate) == 0 || made.Key != id {
			t.Errorf("serverKey: %+v, %v, want %+v", read, err, made)
		}
	}
	wantRefusal(t, "another's server key", door.ask("serverKey", c.request(t, reader, "serverKey", nothing, nil, id), &read), "notAuthor")
	wantRefusal(t, "generate replayed", other.ask("generateServerKey", generate, nil), "keyExists")

	var certificate wire.Certificate
	if err := json.Unmarshal(made.Certificate, &certificate); err != nil {
		t.Fatal(err)
	}
	if err := verify.Certificate(&certificate); err != nil || hexutil.Encode(certificate.Commitments[0][:]) != made.PublicKey || certificate.Setup.Key != wire.KeyID(id) {
		t.Errorf("the certificate %+v, %v", certificate, err)
	}
	key := newDocumentKey(t, hexutil.MustDecode(made.PublicKey))
	var done bool
	wantRefusal(t, "a pair of another", door.ask("storeDocumentKey", c.store(t, reader, id, key), &done), "notAuthor")
	store := c.store(t, author, id, key)
	if err := door.ask("storeDocumentKey", store, &done); err != nil || !done {
		t.Fatal(done, err)
	}
	wantRefusal(t, "store replayed", other.ask("storeDocumentKey", store, &done), "documentExists")

	retrieve := c.retrieve(t, reader, id)
	var got []outcome
	if err := door.ask("retrieveDocumentKeys", retrieve, &got); err != nil || len(got) != 1 || got[0].Release != nil {
		t.Fatalf("before the grant: %v %v", got, err)
	}
	wantRefusal(t, "before the grant", got[0].Error, "denied")
	contract.grant(t, net.nodes[2].eth, author, id, reader)
	for _, d := range []walletDoor{door, other, door} { // replays of what was refused, and of what was answered
		got = nil
		if err := d.ask("retrieveDocumentKeys", retrieve, &got); err != nil || len(got) != 1 || got[0].Key != id {
			t.Fatalf("retrieving through %s: %v %v", d.name, got, err)
		}
		if plain, err := c.open(&got[0], reader.key, retrieve); err != nil || !bytes.Equal(plain, key.plain) {
			t.Errorf("retrieving through %s: %x, %v, want %x", d.name, plain, err, key.plain)
		}
		if _, err := c.open(&got[0], newAccount(t).key, retrieve); err == nil {
			t.Error("whoever overhears an answer can open it")
		}
	}
	testPermit(t, &c, door, reader, author, id, key)
	testWalletRefusals(t, &c, door, reader, author, id)
	contract.revoke(t, net.nodes[2].eth, author, id, reader)
	untilSeen(t, net, net.nodes[2], len(net.nodes)-threshold)
	if err := door.ask("retrieveDocumentKeys", retrieve, &got); err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, "replayed after the revocation", got[0].Error, "denied")
}

// testPermit: a temporary key reads in the account's name, within its permit.
func testPermit(t *testing.T, c *cluster, door walletDoor, reader, author account, id common.Hash, key *documentKey) {
	t.Helper()
	temporary := newAccount(t)
	permit := func(operation string, start, expiry int64, authored common.Address, ids ...common.Hash) map[string]any {
		return c.sign(t, reader.key, "Permit", map[string]any{
			"cluster": c.Cluster, "account": reader.address, "delegate": temporary.address, "operations": []string{operation}, "keys": append([]common.Hash{}, ids...),
			"author": authored, "start": start, "expiry": expiry, "nonce": randomID(),
		})
	}
	ask := func(permit map[string]any) (map[string]any, []outcome, error) {
		message := c.message(reader, "retrieveDocumentKeys", nothing, id)
		message["replyKey"] = hexutil.Encode(crypto.FromECDSAPub(&temporary.key.PublicKey)[1:])
		call := c.sign(t, temporary.key, "Request", message)
		call["permit"] = permit
		var got []outcome
		return call, got, door.ask("retrieveDocumentKeys", call, &got)
	}
	now := c.Block.Timestamp
	for what, good := range map[string]map[string]any{
		"the key":             permit("retrieveDocumentKeys", now-60, now+3600, common.Address{}, id),
		"its author's keys":   permit("retrieveDocumentKeys", now-60, now+3600, author.address),
		"its author's and it": permit("retrieveDocumentKeys", now-60, now+3600, reader.address, id),
	} {
		call, got, err := ask(good)
		if err == nil {
			err = door.ask("retrieveDocumentKeys", call, &got)
		}
		if err != nil || len(got) != 1 {
			t.Fatalf("a permit for %s: %v %v", what, got, err)
		}
		if plain, err := c.open(&got[0], temporary.key, call); err != nil || !bytes.Equal(plain, key.plain) {
			t.Errorf("a permit for %s: %x, %v", what, plain, err)
		}
	}
	for what, bad := range map[string]map[string]any{
		"another operation":     permit("serverKey", now-60, now+3600, common.Address{}, id),
		"another key":           permit("retrieveDocumentKeys", now-60, now+3600, common.Address{}, randomID()),
		"another author's keys": permit("retrieveDocumentKeys", now-60, now+3600, reader.address),
		"two days":              permit("retrieveDocumentKeys", now-86400, now+86400, common.Address{}, id),
		"yesterday":             permit("retrieveDocumentKeys", now-7200, now-3600, common.Address{}, id),
		"tomorrow":              permit("retrieveDocumentKeys", now+3600, now+7200, common.Address{}, id),
	} {
		call, got, err := ask(bad)
		if err == nil {
			if err = door.ask("retrieveDocumentKeys", call, &got); err == nil {
				err = got[0].Error
			}
		}
		wantRefusal(t, "a permit for "+what, err, "badRequester", "denied")
	}
}

// testWalletRefusals: what the wallet has not signed is refused.
func testWalletRefusals(t *testing.T, c *cluster, door walletDoor, reader, author account, id common.Hash) {
	t.Helper()
	for what, bend := range map[string]func(message map[string]any){
		"expired":       func(m map[string]any) { m["expiry"] = c.Block.Timestamp - 60 },
		"two days":      func(m map[string]any) { m["expiry"] = c.Block.Timestamp + 2*86400 },
		"other cluster": func(m map[string]any) { m["cluster"] = randomID().Hex() },
		"no reply key":  func(m map[string]any) { m["replyKey"] = "0x" },
	} {
		message := c.message(reader, "retrieveDocumentKeys", nothing, id)
		bend(message)
		wantRefusal(t, what, retrieveAlone(door, c.sign(t, reader.key, "Request", message)), "denied", "badRequester")
	}
	elsewhere := *c
	elsewhere.ChainID++
	for what, call := range map[string]map[string]any{
		"other chain":    elsewhere.retrieve(t, reader, id),
		"other account":  c.sign(t, author.key, "Request", c.message(reader, "retrieveDocumentKeys", nothing, id)),
		"not signed":     {"message": c.message(reader, "retrieveDocumentKeys", nothing, id), "signature": "0x"},
		"bare signature": {"message": c.message(reader, "retrieveDocumentKeys", nothing, id), "signature": "0x" + reader.sign(id)},
	} {
		wantRefusal(t, what, retrieveAlone(door, call), "denied", "badRequester")
	}
	wantRefusal(t, "other arguments", door.ask("generateServerKey", c.request(t, author, "generateServerKey", nothing, map[string]any{"threshold": 1}, randomID()), nil), "badRequester")
	expired := c.message(author, "generateServerKey", crypto.Keccak256Hash(common.LeftPadBytes([]byte{1}, 32)), randomID())
	expired["expiry"] = c.Block.Timestamp - 60
	late := c.sign(t, author.key, "Request", expired)
	late["threshold"] = 1
	wantRefusal(t, "a late generation", door.ask("generateServerKey", late, nil), "badRequester")
}

func retrieveAlone(door walletDoor, call map[string]any) error {
	var got []outcome
	if err := door.ask("retrieveDocumentKeys", call, &got); err != nil || got[0].Error == nil {
		return err
	}
	return got[0].Error
}

// testWalletBatch: of a hundred documents of two authors one is denied; the others are read by one request.
func testWalletBatch(t *testing.T, net *network, contract permissionContract) {
	const count = 100
	authors, reader := []account{net.accounts[1], net.accounts[3]}, newAccount(t)
	var c cluster
	if err := net.nodes[0].postSession("cluster", nil, &c); err != nil {
		t.Fatal(err)
	}
	ids, keys := make([]common.Hash, count), make([]*documentKey, count)
	var wg sync.WaitGroup
	places := make(chan struct{}, 8)
	begun := time.Now()
	for i := range ids {
		ids[i] = randomID()
		generate := c.generate(t, authors[i%2], ids[i], 1+i%2)
		wg.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			n := net.nodes[i%len(net.nodes)]
			var made struct{ PublicKey hexutil.Bytes }
			if err := n.postSession("generateServerKey", generate, &made); err != nil {
				t.Errorf("generating through %s: %v", n.name, err)
				return
			}
			keys[i] = newDocumentKey(t, made.PublicKey)
			if err := n.postSession("storeDocumentKey", c.store(t, authors[i%2], ids[i], keys[i]), new(bool)); err != nil {
				t.Errorf("storing through %s: %v", n.name, err)
			}
		})
	}
	wg.Wait()
	if t.Failed() {
		t.FailNow()
	}
	t.Logf("%d keys were made and stored in %v", count, time.Since(begun).Round(time.Millisecond))
	const denied = 57
	var last [2]*types.Transaction
	for i, id := range ids {
		to := reader.address
		if i == denied {
			to = common.Address{0xde}
		}
		var err error
		if last[i%2], err = send(t.Context(), net.nodes[0].eth, authors[i%2], &contract.address, permissions.NewDocumentPermissions().PackGrant(id, to)); err != nil {
			t.Fatal(err)
		}
	}
	for _, tx := range last {
		if receipt, err := (eager{net.nodes[0].eth}).TransactionReceipt(t.Context(), tx.Hash()); err != nil || receipt.Status != types.ReceiptStatusSuccessful {
			t.Fatal(receipt, err)
		}
	}
	call := c.retrieve(t, reader, ids...)
	for _, n := range net.nodes {
		var got []outcome
		begun := time.Now()
		if err := n.postSession("retrieveDocumentKeys", call, &got); err != nil || len(got) != count {
			t.Fatalf("%d outcomes through %s, %v", len(got), n.name, err)
		}
		t.Logf("%d ids through %s: %v", count, n.name, time.Since(begun).Round(time.Millisecond))
		for i := range got {
			if got[i].Key != ids[i] {
				t.Fatalf("outcome %d through %s is of another key", i, n.name)
			}
			if i == denied {
				wantRefusal(t, "the one that was not granted", got[i].Error, "denied")
			} else if plain, err := c.open(&got[i], reader.key, call); err != nil || !bytes.Equal(plain, keys[i].plain) {
				t.Errorf("outcome %d through %s: %x, %v", i, n.name, plain, err)
			}
		}
	}
}

// testDocuments: every door has the document that describes it.
func testDocuments(t *testing.T, net *network) {
	n := net.nodes[1]
	for transport, url := range map[string]string{"http": n.rpcURL, "ws": n.ws, "ipc": filepath.Join(n.datadir, "geth-ss.ipc")} {
		client, err := rpc.Dial(url)
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		var document struct {
			OpenRPC string
			Methods []struct{ Name string }
		}
		if err := client.Call(&document, "rpc_discover"); err != nil || !strings.HasPrefix(document.OpenRPC, "1.") || len(document.Methods) < 15 {
			t.Errorf("rpc_discover over %s: %+v, %v", transport, document, err)
		}
		for _, m := range document.Methods {
			if transport == "http" && m.Name == "secretstore_subscribe" {
				continue // nobody can be notified there
			}
			var told rpc.Error
			if err := client.Call(nil, m.Name, 1, 2, 3, 4, 5, 6, 7, 8); !errors.As(err, &told) || told.ErrorCode() == -32601 {
				t.Errorf("%s over %s, which is in the document: %v", m.Name, transport, err)
			}
		}
	}
	var document struct {
		OpenAPI string
		Paths   map[string]any
	}
	if err := n.postSession("openapi.json", nil, &document); err != nil || document.OpenAPI != "3.1.0" || len(document.Paths) != 15 {
		t.Errorf("openapi.json: version %s, %d paths, %v", document.OpenAPI, len(document.Paths), err)
	}
}

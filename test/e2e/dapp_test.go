package e2e

import (
	"bytes"
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/client"
	"github.com/geth-ss/geth-ss/contracts/bindings/receiptchecker"
	"github.com/geth-ss/geth-ss/contracts/bindings/twoofthree"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/test/npm"
)

// TestDapp is what people do who have a browser wallet, or a contract for an account, and no node: the example dapp publishes and
// reads by npm's viem and a wallet's double; an account of three owners reads with two signatures, and its receipt convinces a contract.
func TestDapp(t *testing.T) {
	net := startNetwork(t, 4, "--acl", "registry")
	owner := net.accounts[0]
	contract := deployPermissions(t, net.nodes[0].eth, owner)
	net.registry.file(t, net.nodes[0].eth, owner, contract.address)
	var id common.Hash
	var published dappDocument
	t.Run("browser wallet", func(t *testing.T) { id, published = testBrowserWallet(t, net, contract) })
	t.Run("documented", func(t *testing.T) {
		if out, err := npm.Documented(t.Context(), "requests.md", net.nodes[0].url); err != nil || !strings.Contains(out, "publicKey: '0x") {
			t.Errorf("%v, it printed %s", err, out)
		}
	})
	if !t.Failed() {
		t.Run("contract account", func(t *testing.T) { testContractAccount(t, net, contract, id, published) })
		t.Run("signatures", func(t *testing.T) { testSigning(t, net, contract, 1) }) // the last, for it kills a node
	}
	net.stop(t)
}

// dappDocument is what the dapp says of what it has published, or read.
type dappDocument struct {
	Version     common.Hash
	DocumentKey hexutil.Bytes
	Methods     []string // of the wallet
}

func testBrowserWallet(t *testing.T, net *network, contract permissionContract) (id common.Hash, published dappDocument) {
	d := npm.NewDapp(t)
	id = randomID()
	publisher, reader := net.accounts[1], newAccount(t)
	run := func(op string, n *node, who account, chain uint64, more map[string]any) (result dappDocument, err error) {
		arguments := map[string]any{"url": n.url, "privateKey": hexutil.Bytes(crypto.FromECDSA(who.key)), "chainId": chain, "key": id}
		for name, value := range more {
			arguments[name] = value
		}
		err = d.Run(t.Context(), op, arguments, &result)
		return result, err
	}
	publishing := map[string]any{"threshold": 2, "rpc": net.nodes[1].rpcURL, "options": map[string]any{"permissions": contract.address}}
	published, err := run("publish", net.nodes[0], publisher, net.chainID, publishing)
	if err != nil {
		t.Fatal(err)
	}
	asks := slices.DeleteFunc(published.Methods, func(m string) bool { // what a person is shown
		return m != "eth_requestAccounts" && m != "eth_sendTransaction" && m != "eth_signTypedData_v4"
	})
	if want := []string{"eth_requestAccounts", "eth_sendTransaction", "eth_signTypedData_v4"}; !slices.Equal(asks, want) {
		t.Errorf("the dapp asked the person for %v, want %v", asks, want)
	}
	version := map[string]any{"version": published.Version}
	refused := func(what, words string, err error) {
		t.Helper()
		var thrown *npm.ClientError
		if !errors.As(err, &thrown) || !strings.Contains(thrown.Message, words) {
			t.Errorf("%s: %v, want %q", what, err, words)
		}
	}
	if _, err := run("publish", net.nodes[0], newAccount(t), net.chainID, publishing); err == nil {
		t.Error("another account publishes under the id")
	}
	_, err = run("read", net.nodes[3], reader, net.chainID, version)
	refused("before the grant", "denies", err)
	_, err = run("read", net.nodes[3], publisher, net.chainID+1, version)
	refused("with a wallet on another chain", "on the wallet's chain", err)

	contract.grant(t, net.nodes[2].eth, publisher, id, reader)
	for _, n := range net.nodes[2:] {
		read, err := run("read", n, reader, net.chainID, version)
		if err != nil || !bytes.Equal(read.DocumentKey, published.DocumentKey) {
			t.Errorf("read through %s: %v, %v; want %v", n.name, read.DocumentKey, err, published.DocumentKey)
		}
	}
	_, err = run("read", net.nodes[3], reader, net.chainID, map[string]any{"version": common.Hash{1}})
	refused("another version than was published", "can't be trusted", err)
	_, err = run("read", net.nodes[3], newAccount(t), net.chainID, version)
	refused("a stranger", "denies", err)
	return id, published
}

// contractAccount is a TwoOfThree on the chain.
type contractAccount struct {
	address common.Address
	owners  []*ecdsa.PrivateKey
}

func deployContractAccount(t *testing.T, net *network) contractAccount {
	t.Helper()
	a := contractAccount{}
	var addresses [3]common.Address
	for i := range addresses {
		owner := newAccount(t)
		a.owners, addresses[i] = append(a.owners, owner.key), owner.address
	}
	eth, by := net.nodes[0].eth, net.accounts[0]
	a.address = transact(t, eth, by, nil, common.FromHex(twoofthree.TwoOfThreeMetaData.Bin)).ContractAddress
	decided(t, eth, transact(t, eth, by, &a.address, twoofthree.NewTwoOfThree().PackSetUp(addresses)))
	return a
}

// retrieval is a request of the account's for a document, with what is released sealed to a key, and signed by some owners.
func (a contractAccount) retrieval(t *testing.T, net *network, id common.Hash, reply *ecdsa.PrivateKey, owners ...*ecdsa.PrivateKey) *wire.SignedRequest {
	t.Helper()
	return a.request(t, net, wire.OpRetrieve, wire.NoArguments, id, wire.Point(wire.NodeIDOf(&reply.PublicKey)), owners...)
}

// request is any request of the account's, signed by some owners.
func (a contractAccount) request(t *testing.T, net *network, op wire.Operation, arguments, id common.Hash, reply wire.Point, owners ...*ecdsa.PrivateKey) *wire.SignedRequest {
	t.Helper()
	var cluster wire.ClusterInfo
	if err := net.nodes[0].postSession("cluster", nil, &cluster); err != nil {
		t.Fatal(err)
	}
	s := &wire.SignedRequest{Request: wire.Request{
		Chain: cluster.Chain, Cluster: cluster.Cluster, Account: a.address, Operation: op, Keys: []wire.KeyID{wire.KeyID(id)},
		Arguments: arguments, ReplyKey: reply, Expiry: cluster.Block.Timestamp + 3600,
		Nonce: randomID(),
	}}
	digest := s.Request.Digest()
	for _, owner := range owners {
		sig, err := crypto.Sign(digest[:], owner)
		if err != nil {
			t.Fatal(err)
		}
		sig[64] += 27
		s.Signature = append(s.Signature, sig...)
	}
	return s
}

// testContractAccount: the account's contract decides at every key server who speaks for it (EIP-1271).
func testContractAccount(t *testing.T, net *network, contract permissionContract, id common.Hash, published dappDocument) {
	a := deployContractAccount(t, net)
	contract.grant(t, net.nodes[0].eth, net.accounts[1], id, account{address: a.address})
	reply := newAccount(t).key
	ask := func(n *node, s *wire.SignedRequest) (*wire.Release, error) {
		var outcomes []struct {
			Release *wire.Release
			Error   *struct{ Reason, Message string }
		}
		if err := n.postSession("retrieveDocumentKeys", s, &outcomes); err != nil {
			return nil, err
		}
		if o := outcomes[0]; o.Release == nil {
			return nil, fmt.Errorf("%s: %s", o.Error.Reason, o.Error.Message)
		}
		return outcomes[0].Release, nil
	}
	for _, signers := range [][]*ecdsa.PrivateKey{a.owners[:1], {a.owners[0], a.owners[0]}, {a.owners[0], reply}} {
		if _, err := ask(net.nodes[1], a.retrieval(t, net, id, reply, signers...)); err == nil || !strings.Contains(err.Error(), "does not accept the signature") {
			t.Errorf("with the signatures of %d: %v", len(signers), err)
		}
	}
	s := a.retrieval(t, net, id, reply, a.owners[0], a.owners[2])
	rel, err := ask(net.nodes[1], s)
	if err != nil {
		t.Fatal(err)
	}
	proof, err := s.Proof()
	if err != nil {
		t.Fatal(err)
	}
	secret, err := secp256k1.FromPrivateKey(reply)
	if err != nil {
		t.Fatal(err)
	}
	key, err := verify.OpenRelease(rel, proof.Hash(), secret)
	if err != nil {
		t.Fatal(err)
	}
	if got := key.Bytes(); !bytes.Equal(got[:], published.DocumentKey) {
		t.Errorf("it opens to %x, want %v", got, published.DocumentKey)
	}
	if rel.Receipt.Requester != a.address {
		t.Errorf("the receipt is for %s", rel.Receipt.Requester)
	}
	checkOnChain(t, net, receiptOf(s, rel), published.Version)
	testContractSigns(t, net, a, id)
}

// testContractSigns: two owners together have the cluster sign what one of them can't.
func testContractSigns(t *testing.T, net *network, a contractAccount, id common.Hash) {
	hash := randomID()
	ask := func(owners ...*ecdsa.PrivateKey) (signed wire.Signed, err error) {
		call := struct {
			*wire.SignedRequest
			Hash common.Hash `json:"hash"`
		}{a.request(t, net, wire.OpSign, wire.SignArguments(wire.Schnorr, hash), id, wire.Point{}, owners...), hash}
		return signed, net.nodes[2].postSession("signSchnorr", call, &signed)
	}
	if _, err := ask(a.owners[1]); err == nil || !strings.Contains(err.Error(), "does not accept the signature") {
		t.Errorf("one owner: %v", err)
	}
	signed, err := ask(a.owners[1], a.owners[2])
	if err != nil {
		t.Fatal(err)
	}
	if err := client.VerifySignature(signed.Public, wire.Schnorr, hash, signed.Signature); err != nil {
		t.Errorf("%+v: %v", signed, err)
	}
}

// receiptOf is the receipt for a request that was answered.
func receiptOf(s *wire.SignedRequest, rel *wire.Release) *client.Receipt {
	r := &client.Receipt{Receipt: rel.Receipt, Message: s.Request, Setup: rel.Setup}
	for i, p := range rel.Parts {
		r.Signatures = append(r.Signatures, client.ReceiptSignature{Index: rel.Request.Set[i], Signature: p.Receipt})
	}
	return r
}

// checkOnChain has a contract check the receipt: by eth_call, and by the command line.
func checkOnChain(t *testing.T, net *network, r *client.Receipt, version common.Hash) {
	t.Helper()
	n := net.nodes[0]
	at := transact(t, n.eth, net.accounts[0], nil, common.FromHex(receiptchecker.ReceiptCheckerMetaData.Bin)).ContractAddress
	ask := func(r *client.Receipt, version common.Hash) ([]byte, error) {
		return n.eth.CallContract(t.Context(), ethereum.CallMsg{To: &at, Data: r.CheckCall(wire.SessionID(version))}, nil)
	}
	if out, err := ask(r, version); err != nil || common.BytesToHash(out) != r.Receipt.Digest() {
		t.Errorf("the contract says %x, %v", out, err)
	}
	if out, err := ask(r, common.Hash{1}); err == nil {
		t.Errorf("the contract takes the receipt for another key: %x", out)
	}
	forged := *r
	forged.Receipt.Requester = net.accounts[1].address
	if out, err := ask(&forged, version); err == nil {
		t.Errorf("the contract takes the receipt in another name: %x", out)
	}

	file := filepath.Join(t.TempDir(), "receipt.json")
	text, err := json.Marshal(r)
	if err == nil {
		err = os.WriteFile(file, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		want string // of the error
		args []string
	}{
		{"the contract's code, lent", "", []string{"--rpc", n.rpcURL}},
		{"a contract that is there", "", []string{"--rpc", n.rpcURL, "--checker", at.Hex()}},
		{"an address without a contract", "no ReceiptChecker at", []string{"--rpc", n.rpcURL, "--checker", net.accounts[1].address.Hex()}},
		{"another contract", "does not take the receipt", []string{"--rpc", n.rpcURL, "--checker", net.registry.address.Hex()}},
		{"no node", "connection refused", []string{"--rpc", "http://127.0.0.1:1"}},
		{"no node given", "give --rpc", []string{"--checker", at.Hex()}},
	} {
		args := append([]string{"secretstore", "verify-receipt", "--key-version", version.Hex()}, c.args...)
		out, err := exec.CommandContext(t.Context(), binary, append(args, file)...).CombinedOutput()
		if (err == nil) != (c.want == "") || !strings.Contains(string(out), c.want) || c.want == "" && !strings.Contains(string(out), "Valid:     yes") {
			t.Errorf("%s: %v\n%s", c.name, err, out)
		}
	}
}

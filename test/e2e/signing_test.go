package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/test/npm"
)

// The schemes, and how many key servers sign under a key of a threshold.
var signers = map[string]func(threshold int) int{
	"schnorr": func(t int) int { return t + 1 }, "rfc9591": func(t int) int { return t + 1 }, "bip340": func(t int) int { return t + 1 },
	"ecdsa": func(t int) int { return 2*t + 1 },
}

// TestSigningOfSeven: seven key servers sign under a key of threshold 2, with two of them gone, too. (TestDapp has four, of threshold 1.)
func TestSigningOfSeven(t *testing.T) {
	net := startNetwork(t, 7, "--acl", "registry", "--demo=false")
	contract := deployPermissions(t, net.nodes[0].eth, net.accounts[0])
	net.registry.file(t, net.nodes[0].eth, net.accounts[0], contract.address)
	testSigning(t, net, contract, 2)
	net.stop(t)
}

// testJointAccount runs examples/joint-account.mjs: an account whose secret nobody has gets ether, and sends some of it.
func testJointAccount(t *testing.T, net *network) {
	out, err := npm.NewDapp(t).Example(t.Context(), "joint-account.mjs", net.statePath())
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`(?s)^joint account (0x\w{40})\n.*\nmined +success in block \d+ (0x\w{64})\nit has +0\.74\d+ ether\n$`).FindStringSubmatch(out)
	if m == nil {
		t.Fatalf("it says:\n%s", out)
	}
	joint, sent := common.HexToAddress(m[1]), common.HexToHash(m[2])
	for _, n := range net.nodes { // the receipt was one node's word
		var receipt *types.Receipt
		until(t, n.name+" has the transaction", func() error {
			receipt, err = n.eth.TransactionReceipt(t.Context(), sent)
			return err
		})
		tx, _, err := n.eth.TransactionByHash(t.Context(), sent)
		if err != nil {
			t.Fatal(err)
		}
		from, err := types.Sender(types.LatestSignerForChainID(tx.ChainId()), tx)
		if err != nil || from != joint || *tx.To() != net.accounts[4].address || receipt.Status != types.ReceiptStatusSuccessful || tx.Value().Cmp(big.NewInt(25e16)) != 0 {
			t.Errorf("%s: from %v to %v, status %d: %v", n.name, from, tx.To(), receipt.Status, err)
		}
		balance, err := n.eth.BalanceAt(t.Context(), joint, nil)
		spent := new(big.Int).Add(tx.Value(), new(big.Int).Mul(receipt.EffectiveGasPrice, new(big.Int).SetUint64(receipt.GasUsed)))
		if want := new(big.Int).Sub(big.NewInt(1e18), spent); err != nil || balance.Cmp(want) != 0 {
			t.Errorf("%s: the joint account has %v, want %v (%v)", n.name, balance, want, err)
		}
	}
	t.Log(out)
}

// signing is a server key, and who may have things signed with it.
type signing struct {
	net        *network
	contract   permissionContract
	c          cluster
	id         common.Hash
	threshold  int
	public     []byte // the server key
	author, by account
}

// testSigning is what Parity's routes, the wallets' doors and Energy Web's client give, through every node; then through those that are left
// when as many are gone as may be, which are not started again.
func testSigning(t *testing.T, net *network, contract permissionContract, threshold int) {
	s := &signing{net: net, contract: contract, threshold: threshold, id: randomID(), author: net.accounts[1], by: net.accounts[2]}
	if err := net.nodes[0].postSession("cluster", nil, &s.c); err != nil {
		t.Fatal(err)
	}
	var err error
	if s.public, err = net.nodes[0].generate(s.author, s.id, threshold); err != nil {
		t.Fatal(err)
	}
	t.Run("nobody is admitted", func(t *testing.T) { s.refused(t, net.nodes, "denied") })
	contract.grant(t, net.nodes[0].eth, s.author, s.id, s.by)
	t.Run("through every node", func(t *testing.T) { s.signed(t, net.nodes) })
	t.Run("npm through every node", func(t *testing.T) { s.npm(t, net.nodes) })
	t.Run("fifty at once", func(t *testing.T) { testSignaturesAtOnce(t, s) })
	t.Run("too few for ECDSA", func(t *testing.T) { s.tooFew(t) })
	t.Run("revoked", func(t *testing.T) {
		contract.revoke(t, net.nodes[1].eth, s.author, s.id, s.by)
		untilSeen(t, net, net.nodes[1], len(net.nodes)-threshold)
		s.refused(t, net.nodes, "denied")
	})
	contract.grant(t, net.nodes[2].eth, s.author, s.id, s.by)

	net.hurt = true
	if len(net.nodes) == 4 {
		revive := (&life{t: t, net: net}).startByHand
		t.Run("while a node is killed", func(t *testing.T) { testSigningWhileKilled(t, s, func(n *node) { revive(t, n) }) })
	}
	gone := len(net.nodes) - signers["ecdsa"](threshold)
	for _, n := range net.nodes[len(net.nodes)-gone:] {
		n.kill(t)
	}
	left := net.nodes[:len(net.nodes)-gone]
	t.Run(fmt.Sprintf("without %d of %d", gone, len(net.nodes)), func(t *testing.T) { s.signed(t, left) })
}

// ask is Parity's route for a signature.
func (s *signing) ask(n *node, by account, family string, hash common.Hash) (*answer, error) {
	return n.request("GET", fmt.Sprintf("/%s/%x/%s/%x", family, s.id, by.sign(s.id), hash))
}

// legacy is a signature by Parity's route, opened.
func (s *signing) legacy(n *node, scheme string, hash common.Hash) ([]byte, error) {
	a, err := s.ask(n, s.by, scheme, hash)
	if err != nil {
		return nil, err
	}
	blob, err := a.fixed(map[string]int{"schnorr": 177, "ecdsa": 178}[scheme])
	if err != nil {
		return nil, err
	}
	return s.by.open(blob)
}

// call is a wallet's request for a signature.
func (s *signing) call(t *testing.T, by account, scheme string, hash common.Hash, sealed bool) map[string]any {
	t.Helper()
	message := s.c.message(by, "sign", crypto.Keccak256Hash([]byte(scheme), hash[:]), s.id)
	if sealed {
		message["replyKey"] = hexutil.Encode(crypto.FromECDSAPub(&by.key.PublicKey)[1:])
	}
	call := s.c.sign(t, by.key, "Request", message)
	call["hash"] = hash
	return call
}

// wallet is a signature by a wallet's door, opened if it is sealed.
func (s *signing) wallet(t *testing.T, door walletDoor, method, scheme string, hash common.Hash, sealed bool) ([]byte, error) {
	t.Helper()
	call := s.call(t, s.by, scheme, hash, sealed)
	if method == "sign" {
		call["scheme"] = scheme
	}
	var signed struct {
		Key, Hash       common.Hash
		Scheme          string
		ServerKey       hexutil.Bytes
		Block           struct{ Number uint64 }
		Certificate     json.RawMessage
		Signature       hexutil.Bytes
		SealedSignature hexutil.Bytes
	}
	if err := door.ask(method, call, &signed); err != nil {
		return nil, err
	}
	if signed.Key != s.id || signed.Hash != hash || signed.Scheme != scheme || !bytes.Equal(signed.ServerKey, s.public) || signed.Block.Number == 0 ||
		len(signed.Certificate) < 100 || (signed.Signature == nil) != sealed || (signed.SealedSignature == nil) == sealed {
		return nil, fmt.Errorf("%s of %s answers %+v", method, door.name, signed)
	}
	if sealed {
		return s.by.open(signed.SealedSignature)
	}
	return signed.Signature, nil
}

// signed has hashes signed through nodes, by all doors, and lets npm's noble check every signature, and geth's ecrecover those of ECDSA.
func (s *signing) signed(t *testing.T, nodes []*node) {
	npm.Require(t)
	var mu sync.Mutex
	var claims []npm.Claim
	take := func(what, scheme string, hash common.Hash, signature []byte, err error) {
		if err != nil {
			t.Errorf("%s, %s: %v", what, scheme, err)
			return
		}
		if scheme == "ecdsa" {
			if key, err := crypto.Ecrecover(hash[:], signature); err != nil || !bytes.Equal(key[1:], s.public) {
				t.Errorf("%s: ecrecover gives %x, %v, want %x", what, key, err, s.public)
			}
		}
		mu.Lock()
		defer mu.Unlock()
		claims = append(claims, npm.Claim{Scheme: scheme, Hash: hash, Signature: signature, ServerKey: s.public})
	}
	begun := time.Now()
	var wg sync.WaitGroup
	for i, n := range nodes {
		doors := walletDoors(t, n)
		wg.Go(func() {
			for _, scheme := range []string{"schnorr", "ecdsa"} {
				hash := randomID()
				signature, err := s.legacy(n, scheme, hash)
				take("Parity's route of "+n.name, scheme, hash, signature, err)
			}
			for method, scheme := range map[string]string{"signSchnorr": "schnorr", "signEcdsa": "ecdsa"} {
				for j, door := range doors {
					if j > 1 && i > 0 {
						break // /v1/ and one more; all of them at the first node
					}
					hash := randomID()
					signature, err := s.wallet(t, door, method, scheme, hash, j%2 == 1)
					take(door.name+" "+method, scheme, hash, signature, err)
				}
			}
			for scheme := range signers {
				hash := randomID()
				signature, err := s.wallet(t, doors[i%len(doors)], "sign", scheme, hash, i%2 == 0)
				take(doors[i%len(doors)].name+" sign", scheme, hash, signature, err)
			}
		})
	}
	wg.Wait()
	t.Logf("%d signatures in %v", len(claims), time.Since(begun).Round(time.Millisecond))
	verifyByNoble(t, claims)
	if want := 8*len(nodes) + 2; len(claims) < want {
		t.Errorf("%d signatures, want at least %d", len(claims), want)
	}
}

// verifyByNoble has npm's noble check signatures.
func verifyByNoble(t *testing.T, claims []npm.Claim) {
	t.Helper()
	verdicts, err := npm.Verify(t.Context(), claims)
	if err != nil {
		t.Fatal(err)
	}
	for i, valid := range verdicts {
		if c := claims[i]; !valid {
			t.Errorf("%s %v is not a signature on %v by %v", c.Scheme, c.Signature, c.Hash, c.ServerKey)
		}
	}
}

// npm has Energy Web's client sign through nodes, unmodified, and checks that the signer is the server key's address.
func (s *signing) npm(t *testing.T, nodes []*node) {
	npm.Require(t)
	address := common.BytesToAddress(crypto.Keccak256(s.public))
	everywhere(&network{nodes: nodes}, func(n *node) {
		hash := randomID()
		answer, err := npm.Run(t.Context(), npm.EnergyWeb, npm.Request{
			Op: "sign", Account: npmAccount(n, s.by), DocumentID: fmt.Sprintf("%x", s.id), Hash: fmt.Sprintf("%x", hash),
			PrivateKey: hexutil.Encode(crypto.FromECDSA(s.by.key)), ServerKey: hexutil.Encode(s.public), Schemes: []string{"schnorr", "ecdsa"},
		})
		if err != nil || len(answer.Signatures) != 2 || answer.Signer != address {
			t.Errorf("through %s: %+v, %v", n.name, answer, err)
			return
		}
		if key, err := crypto.SigToPub(hash[:], answer.Signatures[1].Signature); err != nil || crypto.PubkeyToAddress(*key) != address {
			t.Errorf("through %s: ecrecover gives another account than %v: %v", n.name, address, err)
		}
		if n != nodes[0] {
			return
		}
		_, err = npm.Run(t.Context(), npm.EnergyWeb, npm.Request{
			Op: "sign", Account: npmAccount(n, s.net.accounts[3]), DocumentID: fmt.Sprintf("%x", s.id), Hash: fmt.Sprintf("%x", hash), Schemes: []string{"ecdsa"},
		})
		var thrown *npm.ClientError
		if !errors.As(err, &thrown) || !strings.Contains(thrown.Message, "Forbidden (403): Access denied") {
			t.Errorf("who is not admitted, through %s: %v", n.name, err)
		}
	})
}

// refused wants no signature from any door.
func (s *signing) refused(t *testing.T, nodes []*node, reason string) {
	t.Helper()
	calls := map[string]map[string]any{"signSchnorr": s.call(t, s.by, "schnorr", s.id, false), "signEcdsa": s.call(t, s.by, "ecdsa", s.id, true)}
	everywhere(&network{nodes: nodes}, func(n *node) {
		for _, family := range []string{"schnorr", "ecdsa"} {
			a, err := s.ask(n, s.by, family, s.id)
			if err == nil {
				err = a.failure(403, "Access denied")
			}
			if err != nil {
				t.Errorf("%s through %s: %v", family, n.name, err)
			}
		}
		for method, call := range calls {
			var refused *refusal
			if err := n.postSession(method, call, new(any)); !errors.As(err, &refused) || refused.Reason != reason {
				t.Errorf("%s through %s: %v, want %s", method, n.name, err, reason)
			}
		}
	})
}

// tooFew: ECDSA under a key of so high a threshold that the cluster is too small for it is refused by every node at once, with the numbers; the
// other schemes work.
func (s *signing) tooFew(t *testing.T) {
	n := len(s.net.nodes)
	high := &signing{net: s.net, c: s.c, threshold: (n + 1) / 2, id: randomID(), author: s.author, by: s.by}
	var err error
	if high.public, err = s.net.nodes[1].generate(s.author, high.id, high.threshold); err != nil {
		t.Fatal(err)
	}
	s.contract.grant(t, s.net.nodes[1].eth, s.author, high.id, s.by)
	call, hash := high.call(t, s.by, "ecdsa", high.id, false), randomID()
	everywhere(s.net, func(through *node) {
		a, err := high.ask(through, s.by, "ecdsa", hash)
		if err == nil {
			err = a.failure(403, "Consensus unreachable")
		}
		if err != nil {
			t.Errorf("through %s: %v", through.name, err)
		}
		err = through.postSession("signEcdsa", call, new(any))
		var refused *refusal
		needed, have := fmt.Sprintf(" %d ", signers["ecdsa"](high.threshold)), fmt.Sprintf(" %d ", n)
		if !errors.As(err, &refused) || refused.Reason != "tooFewServers" || !strings.Contains(refused.Message, needed) || !strings.Contains(refused.Message, have) {
			t.Errorf("through %s: %v, want tooFewServers with%sand%s", through.name, err, needed, have)
		}
	})
	signature, err := high.legacy(s.net.nodes[0], "schnorr", hash)
	if err != nil {
		t.Fatal(err)
	}
	verifyByNoble(t, []npm.Claim{{Scheme: "schnorr", Hash: hash, Signature: signature, ServerKey: high.public}})
}

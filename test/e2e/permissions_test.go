package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"

	"github.com/geth-ss/geth-ss/test/keeper"
	"github.com/geth-ss/geth-ss/test/npm"
)

// Who may read is what the contract says that the registrar names now; nothing is restarted for it.
func TestPermissions(t *testing.T) {
	net := startNetwork(t, 4, "--acl", "registry")
	publisher, reader, id := net.accounts[1], net.accounts[2], randomID()
	key := publish(t, net.nodes[0], publisher, id, 1)

	t.Run("no contract", func(t *testing.T) {
		refusedEverywhere(t, net, publisher, id)
		refusedEverywhere(t, net, reader, id)
	})

	// A contract that comes later, when it is registered and not before.
	owner := net.accounts[0]
	first := deployPermissions(t, net.nodes[1].eth, owner)
	first.grant(t, net.nodes[2].eth, publisher, id, reader)
	t.Run("not registered", func(t *testing.T) { refusedEverywhere(t, net, reader, id) })

	net.registry.file(t, net.nodes[3].eth, owner, first.address)
	t.Run("registered", func(t *testing.T) {
		admittedEverywhere(t, net, reader, id, key.plain)
		admittedEverywhere(t, net, publisher, id, key.plain)
		refusedEverywhere(t, net, newAccount(t), id)
	})

	// Another one takes its place: what the first grants counts no more.
	second := deployPermissions(t, net.nodes[0].eth, owner)
	net.registry.file(t, net.nodes[0].eth, owner, second.address)
	untilSeen(t, net, net.nodes[0], 3)
	t.Run("registered anew", func(t *testing.T) { refusedEverywhere(t, net, reader, id) })
	second.grant(t, net.nodes[1].eth, publisher, id, reader)
	t.Run("granted anew", func(t *testing.T) { admittedEverywhere(t, net, reader, id, key.plain) })

	// No contract, and things that are none.
	for name, address := range map[string]common.Address{
		"removed":                {},
		"an account":             reader.address,
		"a contract of no use":   net.registry.address,
		"a precompiled contract": common.BytesToAddress([]byte{4}), // gives back what it is given
	} {
		net.registry.file(t, net.nodes[2].eth, owner, address)
		untilSeen(t, net, net.nodes[2], 3)
		t.Run(name, func(t *testing.T) { refusedEverywhere(t, net, reader, id) })
	}
	net.registry.file(t, net.nodes[0].eth, owner, first.address)
	t.Run("the first again", func(t *testing.T) { admittedEverywhere(t, net, reader, id, key.plain) })

	t.Run("wallets", func(t *testing.T) { testWallets(t, net, first) })
	t.Run("events", func(t *testing.T) { testEvents(t, net, first, id) })
	t.Run("ocean", func(t *testing.T) { testOcean(t, net) })
	net.stop(t)
}

// testEvents: dapps find a contract's events at every node.
func testEvents(t *testing.T, net *network, contract permissionContract, id common.Hash) {
	for _, n := range net.nodes {
		logs, err := n.eth.FilterLogs(t.Context(), ethereum.FilterQuery{
			FromBlock: new(big.Int), Addresses: []common.Address{contract.address}, Topics: [][]common.Hash{nil, {id}},
		})
		if err != nil || len(logs) != 2 { // claimed and granted
			t.Errorf("%s has %d events of the contract, %v, want 2", n.name, len(logs), err)
		}
	}
}

// admittedEverywhere asks all nodes at the same time; all must answer with the key.
func admittedEverywhere(t *testing.T, net *network, reader account, id common.Hash, want []byte) {
	t.Helper()
	everywhere(net, func(n *node) {
		begun := time.Now()
		got, err := n.shadow(reader, id)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("a read through %s, after %v: %x, %v, want %x", n.name, time.Since(begun), got, err, want)
		}
	})
}

// refusedEverywhere asks all nodes at the same time, in both ways; all must say no.
func refusedEverywhere(t *testing.T, net *network, reader account, id common.Hash) {
	t.Helper()
	everywhere(net, func(n *node) {
		for _, path := range []string{"/shadow/%x/%s", "/%x/%s"} {
			a, err := n.request("GET", fmt.Sprintf(path, id, reader.sign(id)))
			if err != nil {
				t.Errorf("a read through %s: %v", n.name, err)
			} else if err := a.failure(403, "Access denied"); err != nil {
				t.Errorf("a read through %s, which is not permitted: %v", n.name, err)
			}
		}
	})
}

// untilSeen waits until the block that one node has at its head is final at count of them. A revocation that n-t nodes have seen
// is known to some node of every t+1, who will not release a key any more.
func untilSeen(t *testing.T, net *network, first *node, count int) {
	t.Helper()
	head, err := first.eth.BlockNumber(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	until(t, fmt.Sprintf("block %d is final at %d nodes", head, count), func() error {
		have := 0
		for _, n := range net.nodes {
			if isFinal(n.eth, head) == nil {
				have++
			}
		}
		if have < count {
			return fmt.Errorf("%d have", have)
		}
		return nil
	})
}

func everywhere(net *network, do func(*node)) {
	var wg sync.WaitGroup
	for _, n := range net.nodes {
		wg.Go(func() { do(n) })
	}
	wg.Wait()
}

// testOcean: Ocean's real contract decides. As soon as one node has a grant in a block every node gives the key, and as
// soon as one has the revocation, and so many others that some node of every quorum has, every node refuses it.
func testOcean(t *testing.T, net *network) {
	const threshold = 2
	artifacts := keeper.Artifacts(npm.Require(t))
	publisher, reader, id := net.accounts[5], net.accounts[6], randomID()
	conditions := make([]*keeper.Condition, len(net.nodes)) // one contract, as it is used through each node
	for i, n := range net.nodes {
		if i == 0 {
			var err error
			if conditions[0], err = keeper.Deploy(t.Context(), eager{n.eth}, publisher.key, artifacts); err != nil {
				t.Fatal(err)
			}
			continue
		}
		conditions[i] = conditions[0].Through(eager{n.eth})
	}
	net.registry.file(t, net.nodes[0].eth, net.accounts[0], conditions[0].Address())

	account := npmAccount(net.nodes[0], publisher)
	published, err := npm.Run(t.Context(), npm.Ocean, npm.Request{
		Op: "publish", Account: account, DocumentID: fmt.Sprintf("%x", id), Threshold: threshold, Document: "for one reader",
	})
	if err != nil {
		t.Fatal(err)
	}
	refusedEverywhere(t, net, publisher, id) // the contract doesn't know the document
	if err := conditions[0].Register(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	untilSeen(t, net, net.nodes[0], 1)
	key, err := net.nodes[0].shadow(publisher, id) // its owner always may
	if err != nil {
		t.Fatal(err)
	}
	for i, n := range net.nodes {
		permit(t, "granting through "+n.name, conditions[i].Grant, id, reader)
		untilSeen(t, net, n, 1)
		admittedEverywhere(t, net, reader, id, key)
		refusedEverywhere(t, net, newAccount(t), id)
		if i == 0 {
			oceanReads(t, net, reader, id, published.Encrypted, `"for one reader"`)
		}
		permit(t, "revoking through "+n.name, conditions[i].Revoke, id, reader)
		untilSeen(t, net, n, len(net.nodes)-threshold)
		refusedEverywhere(t, net, reader, id)
		admittedEverywhere(t, net, publisher, id, key)
	}
	oceanReads(t, net, reader, id, published.Encrypted, "")

	// Energy Web's client has to find a text in the body to tell what is wrong.
	everywhere(net, func(n *node) {
		_, err := npm.Run(t.Context(), npm.EnergyWeb, npm.Request{
			Op: "consumePlain", Account: npmAccount(n, reader), DocumentID: fmt.Sprintf("%x", id), Encrypted: published.Encrypted,
		})
		var thrown *npm.ClientError
		if !errors.As(err, &thrown) || !strings.Contains(thrown.Message, "Forbidden (403): Access denied") {
			t.Errorf("Energy Web's client through %s: %v, want Access denied", n.name, err)
		}
	})
}

func permit(t *testing.T, what string, change func(context.Context, [32]byte, common.Address) error, id common.Hash, user account) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := change(ctx, id, user.address); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// oceanReads reads a document with Ocean's client through every node; no document is wanted where it must be forbidden.
func oceanReads(t *testing.T, net *network, reader account, id common.Hash, encrypted, want string) {
	t.Helper()
	everywhere(net, func(n *node) {
		answer, err := npm.Run(t.Context(), npm.Ocean, npm.Request{
			Op: "consume", Account: npmAccount(n, reader), DocumentID: fmt.Sprintf("%x", id), Threshold: 2, Encrypted: encrypted,
		})
		var thrown *npm.ClientError
		switch {
		case want == "" && (!errors.As(err, &thrown) || !strings.Contains(thrown.Message, "Forbidden")):
			t.Errorf("Ocean's client through %s: %v, want Forbidden", n.name, err)
		case want != "" && err != nil:
			t.Errorf("Ocean's client through %s: %v", n.name, err)
		case want != "" && string(answer.Document) != want:
			t.Errorf("Ocean's client through %s read %s, want %s", n.name, answer.Document, want)
		}
	})
}

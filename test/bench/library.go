package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethclient"

	"github.com/geth-ss/geth-ss/contracts/bindings/permissions"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/test/dapp"
	"github.com/geth-ss/geth-ss/test/figures"
)

// grantTimeout is how long the grants may take into blocks.
const grantTimeout = 30 * time.Second

// library is the documents of a network that one reader may read.
type library struct {
	threshold int
	author    *ecdsa.PrivateKey
	reader    *ecdsa.PrivateKey
	documents []*document
}

type document struct {
	id        common.Hash
	signature []byte           // the reader's, over the id
	serverKey *secp256k1.Point // Y
	key       *secp256k1.Point // what reading must give
}

// generate makes server keys, one after another and through each node in turn, and says how long each took.
func generate(ctx context.Context, n *network, count, t int) (*library, figures.Durations, error) {
	lib := &library{threshold: t}
	var err error
	if lib.author, err = crypto.ToECDSA(n.state.Accounts[3].PrivateKey); err != nil {
		return nil, nil, err
	}
	if lib.reader, err = crypto.ToECDSA(n.state.Accounts[4].PrivateKey); err != nil {
		return nil, nil, err
	}
	var took figures.Durations
	for i := range count {
		begun := time.Now()
		d, err := lib.newDocument(ctx, n, i)
		if err != nil {
			return nil, nil, err
		}
		took = append(took, time.Since(begun))
		lib.documents = append(lib.documents, d)
	}
	return lib, took, nil
}

// newDocument generates the server key of one.
func (lib *library) newDocument(ctx context.Context, n *network, node int) (*document, error) {
	d := &document{id: randomHash()}
	d.signature = dapp.Sign(lib.reader, d.id)
	var err error
	if d.serverKey, err = n.server(node).Generate(ctx, lib.author, d.id, lib.threshold); err != nil {
		return nil, fmt.Errorf("generating a key: %w", err)
	}
	return d, nil
}

func randomHash() (h common.Hash) {
	rand.Read(h[:])
	return h
}

// fill stores a document key under each server key, grants them to the reader, and reads each of them back through
// every node.
func (lib *library) fill(ctx context.Context, n *network) error {
	for i, d := range lib.documents {
		if err := lib.store(ctx, n, i, d); err != nil {
			return fmt.Errorf("storing a document key: %w", err)
		}
	}
	if err := lib.grant(ctx, n, lib.documents); err != nil {
		return fmt.Errorf("granting: %w", err)
	}
	for i, d := range lib.documents {
		if err := lib.check(ctx, n, i, d); err != nil {
			return fmt.Errorf("reading back: %w", err)
		}
	}
	return nil
}

func (lib *library) store(ctx context.Context, n *network, node int, d *document) (err error) {
	if d.key, err = threshold.NewDocumentKey(rand.Reader); err != nil {
		return err
	}
	return n.server(node).Store(ctx, lib.author, d.id, d.serverKey, d.key)
}

// grant lets the reader read documents: a transaction for each, all sent at once.
func (lib *library) grant(ctx context.Context, n *network, documents []*document) error {
	ctx, cancel := context.WithTimeout(ctx, grantTimeout)
	defer cancel()
	eth, err := ethclient.DialContext(ctx, n.state.Nodes[0].RPC)
	if err != nil {
		return err
	}
	defer eth.Close()
	nonce, err := eth.PendingNonceAt(ctx, crypto.PubkeyToAddress(lib.author.PublicKey))
	if err != nil {
		return err
	}
	abi, user := permissions.NewDocumentPermissions(), crypto.PubkeyToAddress(lib.reader.PublicKey)
	var calls []dapp.Call
	for _, d := range documents {
		calls = append(calls, dapp.Call{To: &n.state.ACL, Input: abi.PackGrant(d.id, user)})
	}
	sent, err := dapp.Send(ctx, eth, n.state.ChainID, lib.author, nonce, calls...)
	if err != nil {
		return err
	}
	_, err = dapp.UntilMined(ctx, eth, sent[len(sent)-1])
	return err
}

// check reads a document through one node and compares.
func (lib *library) check(ctx context.Context, n *network, node int, d *document) error {
	s := new(dapp.Shadow)
	if err := patiently(ctx, func() error { return n.server(node).Request(ctx, http.MethodGet, d.path(), s) }); err != nil {
		return err
	}
	return lib.open(d, s)
}

// patiently waits a moment for a grant, which the node that is asked may have yet to hear of.
func patiently(ctx context.Context, ask func() error) error {
	deadline := time.Now().Add(10 * time.Second)
	for {
		err := ask()
		if err == nil || time.Now().After(deadline) || ctx.Err() != nil {
			return err
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func (d *document) path() string { return dapp.ShadowPath(d.id, d.signature) }

// open puts an answer together as the reader does.
func (lib *library) open(d *document, s *dapp.Shadow) error {
	if len(s.Parts) != lib.threshold+1 {
		return fmt.Errorf("answer of %d parts instead of %d", len(s.Parts), lib.threshold+1)
	}
	key, err := s.Open(lib.reader)
	if err == nil && !key.Equal(d.key) {
		err = errors.New("the answer opens to another document key")
	}
	return err
}

// server is a node, counted round robin.
func (n *network) server(node int) *dapp.Server {
	return &dapp.Server{URL: n.state.Nodes[node%len(n.state.Nodes)].HTTP, HTTP: n.http}
}

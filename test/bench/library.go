package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/crypto/ecies"
	"github.com/ethereum/go-ethereum/ethclient"

	"github.com/geth-ss/geth-ss/contracts/bindings/permissions"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/threshold"
)

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
func generate(ctx context.Context, n *network, count, t int) (*library, durations, error) {
	lib := &library{threshold: t}
	var err error
	if lib.author, err = crypto.ToECDSA(n.state.Accounts[3].PrivateKey); err != nil {
		return nil, nil, err
	}
	if lib.reader, err = crypto.ToECDSA(n.state.Accounts[4].PrivateKey); err != nil {
		return nil, nil, err
	}
	var took durations
	for i := range count {
		d := &document{id: randomHash()}
		if d.signature, err = crypto.Sign(d.id[:], lib.reader); err != nil {
			return nil, nil, err
		}
		begun := time.Now()
		if d.serverKey, err = lib.generateKey(ctx, n, i, d.id); err != nil {
			return nil, nil, fmt.Errorf("generating a key: %w", err)
		}
		took = append(took, time.Since(begun))
		lib.documents = append(lib.documents, d)
	}
	return lib, took, nil
}

func randomHash() (h common.Hash) {
	rand.Read(h[:])
	return h
}

func (lib *library) generateKey(ctx context.Context, n *network, node int, id common.Hash) (*secp256k1.Point, error) {
	signature, err := crypto.Sign(id[:], lib.author)
	if err != nil {
		return nil, err
	}
	var answer hexutil.Bytes
	path := fmt.Sprintf("/shadow/%x/%x/%d", id, signature, lib.threshold)
	if err := n.request(ctx, http.MethodPost, node, path, &answer); err != nil {
		return nil, err
	}
	return secp256k1.ParsePoint(answer)
}

// fill stores a document key under each server key, grants them to the reader, and reads each of them back through
// every node.
func (lib *library) fill(ctx context.Context, n *network) error {
	for i, d := range lib.documents {
		if err := lib.store(ctx, n, i, d); err != nil {
			return fmt.Errorf("storing a document key: %w", err)
		}
	}
	if err := lib.grant(ctx, n); err != nil {
		return fmt.Errorf("granting: %w", err)
	}
	for i, d := range lib.documents {
		if err := lib.check(ctx, n, i, d); err != nil {
			return fmt.Errorf("reading back: %w", err)
		}
	}
	return nil
}

func (lib *library) store(ctx context.Context, n *network, node int, d *document) error {
	signature, err := crypto.Sign(d.id[:], lib.author)
	if err != nil {
		return err
	}
	if d.key, err = threshold.NewDocumentKey(rand.Reader); err != nil {
		return err
	}
	pair, err := threshold.Encrypt(rand.Reader, d.key, d.serverKey)
	if err != nil {
		return err
	}
	c, e := pair.Common.Bytes(), pair.Encrypted.Bytes()
	return n.request(ctx, http.MethodPost, node, fmt.Sprintf("/shadow/%x/%x/%x/%x", d.id, signature, c, e), nil)
}

// grant lets the reader read all documents: a transaction for each, all sent at once.
func (lib *library) grant(ctx context.Context, n *network) error {
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
	var last common.Hash
	for _, d := range lib.documents {
		tx, err := types.SignNewTx(lib.author, types.LatestSignerForChainID(big.NewInt(n.state.ChainID)), &types.LegacyTx{
			Nonce: nonce, GasPrice: big.NewInt(10_000_000_000), Gas: 300_000, To: &n.state.ACL, Data: abi.PackGrant(d.id, user),
		})
		if err != nil {
			return err
		}
		if err := eth.SendTransaction(ctx, tx); err != nil {
			return err
		}
		last, nonce = tx.Hash(), nonce+1
	}
	return untilMined(ctx, eth, last)
}

func untilMined(ctx context.Context, eth *ethclient.Client, tx common.Hash) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		receipt, err := eth.TransactionReceipt(ctx, tx)
		switch {
		case err == nil && receipt.Status == types.ReceiptStatusSuccessful:
			return nil
		case err == nil:
			return errors.New("the transaction was reverted")
		case !errors.Is(err, ethereum.NotFound):
			return err
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return errors.New("the transaction is in no block yet")
		}
	}
}

// shadow is what a read answers.
type shadow struct {
	DecryptedSecret hexutil.Bytes   `json:"decrypted_secret"`
	CommonPoint     hexutil.Bytes   `json:"common_point"`
	Shadows         []hexutil.Bytes `json:"decrypt_shadows"`
}

// check reads a document through one node and compares. It waits a moment for the grant, which that node may have
// yet to hear of.
func (lib *library) check(ctx context.Context, n *network, node int, d *document) error {
	deadline := time.Now().Add(10 * time.Second)
	for {
		s := new(shadow)
		err := n.request(ctx, http.MethodGet, node, d.path(), s)
		if err == nil {
			return lib.open(d, s)
		}
		if time.Now().After(deadline) || ctx.Err() != nil {
			return err
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func (d *document) path() string { return fmt.Sprintf("/shadow/%x/%x", d.id, d.signature) }

// open puts a shadow together as the reader does.
func (lib *library) open(d *document, s *shadow) error {
	if len(s.Shadows) != lib.threshold+1 {
		return fmt.Errorf("answer of %d parts instead of %d", len(s.Shadows), lib.threshold+1)
	}
	var coefficients []*secp256k1.Scalar
	for _, sealed := range s.Shadows {
		plain, err := ecies.ImportECDSA(lib.reader).Decrypt(sealed, nil, []byte{0, 0})
		if err != nil {
			return err
		}
		coefficient, err := secp256k1.ParseScalar(plain)
		if err != nil {
			return err
		}
		coefficients = append(coefficients, coefficient)
	}
	secret, err := secp256k1.ParsePoint(s.DecryptedSecret)
	if err != nil {
		return err
	}
	common, err := secp256k1.ParsePoint(s.CommonPoint)
	if err != nil {
		return err
	}
	if !threshold.OpenShadow(secret, common, coefficients).Equal(d.key) {
		return errors.New("the answer opens to another document key")
	}
	return nil
}

// request sends a request to a node, counted round robin, and decodes the answer into result unless that is nil.
func (n *network) request(ctx context.Context, method string, node int, path string, result any) error {
	url := n.state.Nodes[node%len(n.state.Nodes)].HTTP + path
	req, err := http.NewRequestWithContext(ctx, method, url, nil)
	if err != nil {
		return err
	}
	resp, err := n.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", resp.Status, body)
	}
	if result == nil {
		return nil
	}
	return json.Unmarshal(body, result)
}

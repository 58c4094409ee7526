package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/test/figures"
)

const (
	batchKeys = 100
	batchRuns = 20
)

// wallet is the reader, asking with a wallet's signature.
type wallet struct {
	n      *network
	lib    *library
	domain struct {
		Chain   uint64         `json:"chainId"`
		Cluster wire.ClusterID `json:"cluster"`
		Block   struct {
			Timestamp uint64 `json:"timestamp"`
		} `json:"block"`
	}
	secret *secp256k1.Scalar // of the reply key
	reply  wire.Point
}

// measureWallet sets reads by wallet requests beside reads by legacy ones, and a batch beside as many single reads.
func measureWallet(ctx context.Context, o *options, n *network, lib *library, t *figures.Table) error {
	if missing := batchKeys - len(lib.documents); missing > 0 {
		say("generating %d more keys", missing)
		if err := lib.grow(ctx, n, missing); err != nil {
			return err
		}
	}
	w, err := newWallet(ctx, n, lib)
	if err != nil {
		return err
	}
	length := time.Duration(o.seconds) * time.Second
	say("reading for %v by legacy requests", length)
	legacy, err := read(ctx, n, lib, len(n.state.Nodes), 1, length)
	if err != nil {
		return err
	}
	say("reading for %v by wallet requests", length)
	finish := n.profile(ctx, o, "wallet", length)
	single, err := w.singles(ctx, length)
	if err := errors.Join(err, finish()); err != nil {
		return err
	}
	p50 := legacy.took.Quantile(0.5)
	t.Add("wallet read, 1 client: p50, against legacy", "", "%.2f (%s / %s)", single.Quantile(0.5).Seconds()/p50.Seconds(),
		figures.MS(single.Quantile(0.5)), figures.MS(p50))
	say("reading %d keys at once, %d times", batchKeys, batchRuns)
	finish = n.profile(ctx, o, "batch", length)
	batch, err := w.batches(ctx)
	if err := errors.Join(err, finish()); err != nil {
		return err
	}
	sum := time.Duration(batchKeys) * single.Quantile(0.5)
	t.Add(fmt.Sprintf("batch of %d keys: p50, max", batchKeys), "≤ 150 ms", "%s, %s", figures.MS(batch.Quantile(0.5)), figures.MS(slices.Max(batch)))
	t.Add(fmt.Sprintf("batch of %d keys, against %d wallet reads", batchKeys, batchKeys), "", "%.2f", batch.Quantile(0.5).Seconds()/sum.Seconds())
	return nil
}

func newWallet(ctx context.Context, n *network, lib *library) (*wallet, error) {
	w := &wallet{n: n, lib: lib}
	if err := n.server(0).Request(ctx, http.MethodGet, "/v1/cluster", &w.domain); err != nil {
		return nil, err
	}
	key, err := crypto.GenerateKey()
	if err != nil {
		return nil, err
	}
	w.reply = wire.Point(wire.NodeIDOf(&key.PublicKey))
	w.secret, err = secp256k1.FromPrivateKey(key)
	return w, err
}

// ask makes a request for some keys: body and the hash that answers are bound to.
func (w *wallet) ask(documents []*document) (body []byte, hash common.Hash, err error) {
	r := wire.Request{Chain: w.domain.Chain, Cluster: w.domain.Cluster, Account: crypto.PubkeyToAddress(w.lib.reader.PublicKey),
		Operation: wire.OpRetrieve, Arguments: wire.NoArguments, ReplyKey: w.reply, Expiry: w.domain.Block.Timestamp + 3600}
	rand.Read(r.Nonce[:])
	for _, d := range documents {
		r.Keys = append(r.Keys, wire.KeyID(d.id))
	}
	digest := r.Digest()
	sig, err := crypto.Sign(digest[:], w.lib.reader)
	if err != nil {
		return nil, hash, err
	}
	sig[64] += 27
	signed := &wire.SignedRequest{Request: r, Signature: sig}
	proof, err := signed.Proof()
	if err != nil {
		return nil, hash, err
	}
	body, err = json.Marshal(signed)
	return body, proof.Hash(), err
}

type walletAnswer struct {
	Key     wire.KeyID    `json:"key"`
	Release *wire.Release `json:"release"`
	Error   *struct {
		Message string `json:"message"`
	} `json:"error"`
}

// post sends a request through a node and gives the answers, and the time that took.
func (w *wallet) post(ctx context.Context, node int, body []byte) (answers []walletAnswer, took time.Duration, err error) {
	url := w.n.state.Nodes[node%len(w.n.state.Nodes)].HTTP + "/v1/retrieveDocumentKeys"
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	begun := time.Now()
	resp, err := w.n.http.Do(req)
	if err != nil {
		return nil, 0, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	took = time.Since(begun)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", resp.Status, text)
	}
	if err != nil {
		return nil, 0, err
	}
	return answers, took, json.Unmarshal(text, &answers)
}

// singles reads one key after another. What is measured is the node's answer, not its check.
func (w *wallet) singles(ctx context.Context, length time.Duration) (took figures.Durations, err error) {
	for begun, i := time.Now(), 0; time.Since(begun) < length && ctx.Err() == nil; i++ {
		d := w.lib.documents[i%len(w.lib.documents)]
		one, err := w.read(ctx, i, []*document{d})
		if err != nil {
			return nil, err
		}
		took = append(took, one)
	}
	return took, context.Cause(ctx)
}

func (w *wallet) batches(ctx context.Context) (took figures.Durations, err error) {
	for i := range batchRuns {
		one, err := w.read(ctx, i, w.lib.documents[:batchKeys])
		if err != nil {
			return nil, err
		}
		took = append(took, one)
	}
	return took, nil
}

// read asks for some documents, and opens the first and the last answer.
func (w *wallet) read(ctx context.Context, node int, documents []*document) (time.Duration, error) {
	body, hash, err := w.ask(documents)
	if err != nil {
		return 0, err
	}
	answers, took, err := w.post(ctx, node, body)
	if err != nil {
		return 0, err
	}
	if len(answers) != len(documents) {
		return 0, fmt.Errorf("%d answers about %d keys", len(answers), len(documents))
	}
	for i, a := range answers {
		if a.Release == nil {
			return 0, fmt.Errorf("key %v: %+v", a.Key, a.Error)
		}
		if i != 0 && i != len(answers)-1 {
			continue
		}
		key, err := verify.OpenRelease(a.Release, hash, w.secret)
		if err == nil && !key.Equal(documents[i].key) {
			err = errors.New("the answer opens to another document key")
		}
		if err != nil {
			return 0, err
		}
	}
	return took, nil
}

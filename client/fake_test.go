package client

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/client/chainrpc/chaintest"
	"github.com/geth-ss/geth-ss/protocol/documents"
	"github.com/geth-ss/geth-ss/protocol/gathering"
	"github.com/geth-ss/geth-ss/protocol/generation"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// desk serves the doors of a cluster's nodes over HTTP, with the machines of protocol/session behind them.
type desk struct {
	*sessiontest.Cluster
	t     *testing.T
	mu    sync.Mutex // guards the cluster, which is one schedule
	nodes []*door
	hangs bool // nodes of it hang: clients turn to others soon
}

// door is one node's. Its fields bend what it does; guarded by desk.mu.
type door struct {
	*desk
	node  *sessiontest.Node
	url   string
	asked map[string]int // requests by path

	fail   func(path string) *Error        // instead of an answer
	cut    func(path string) bool          // the connection ends after the work is done
	bend   func(answers []answer)          // of retrieveDocumentKeys
	public func(*wire.ServerKey)           // bends a server key
	forge  func(*wire.Signed)              // bends a signature, before it is sealed
	signed func(*wire.Signed)              // bends the answer with it
	info   func(*wire.ClusterInfo)         // bends the description
	show   func(*wire.Stored)              // bends the proof of a document key
	old    bool                            // it is of before there was one
	raw    func(path string) (body []byte) // instead of JSON
	idle   func(path string) (body []byte) // instead of doing anything

	trouble atomic.Int32                           // a chaintest.Trouble, in which it answers nothing
	slow    func(path string) (wait time.Duration) // before an answer; while it waits it answers others
}

func TestMain(m *testing.M) {
	// aliveLimit is long beside what a desk's nodes take: they wait for each other, and for other tests.
	pause, lateAfter, aliveLimit = time.Millisecond, 100*time.Millisecond, 2*time.Second
	now = func() time.Time { return time.Unix(1, 0) } // as on the chain of a desk, whose blocks come when they are made
	os.Exit(m.Run())
}

func newDesk(t *testing.T, n int) *desk { return newDeskOf(t, n, 1) }

func newDeskOf(t *testing.T, n int, seed uint64) *desk {
	t.Helper()
	d := &desk{Cluster: sessiontest.New(n, seed), t: t}
	d.Policy = session.Policy{RefuseLegacy: true, RefusePlain: true}
	for _, node := range d.Nodes {
		w := &door{desk: d, node: node, asked: make(map[string]int)}
		server := httptest.NewServer(w)
		t.Cleanup(func() {
			server.CloseClientConnections() // of those who wait for a node in trouble
			server.Close()
		})
		w.url = server.URL
		d.nodes = append(d.nodes, w)
	}
	return d
}

// client asks all nodes, the first one first.
func (d *desk) client(name string, change ...func(*Config)) *Client {
	d.t.Helper()
	cfg := Config{Signer: NewKeySigner(d.NewClient(name).Key)}
	for _, w := range d.nodes {
		cfg.Endpoints = append(cfg.Endpoints, w.url)
	}
	for _, f := range change {
		f(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		d.t.Fatal(err)
	}
	if !d.hangs { // a busy machine is no reason to ask others
		c.late = time.Minute
	}
	return c
}

// grant lets an account read, and all nodes know it.
func (d *desk) grant(who common.Address, keys ...wire.KeyID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, key := range keys {
		block := d.Chain.Set(who, key, true)
		for _, n := range d.Nodes {
			d.Follow(n, block)
		}
	}
}

func (d *desk) settle() {
	if err := d.Settle(); err != nil {
		d.t.Error(err)
	}
}

// change changes how a node answers, while it may be at an answer that nobody waits for any more.
func (w *door) change(how func(w *door)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	how(w)
}

func (w *door) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, "/v1/")
	if !chaintest.Suffer(chaintest.Trouble(w.trouble.Load()), out, r) {
		return
	}
	if w.slow != nil {
		time.Sleep(w.slow(path))
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked[path]++
	if w.fail != nil {
		if e := w.fail(path); e != nil {
			write(out, e.Status, e)
			return
		}
	}
	if w.idle != nil && w.idle(path) != nil {
		out.Write(w.idle(path))
		return
	}
	value, err := w.answer(path, r)
	value, err = w.proof(r, value, err)
	switch {
	case w.cut != nil && w.cut(path):
		panic(http.ErrAbortHandler)
	case w.raw != nil && w.raw(path) != nil:
		out.Write(w.raw(path))
	case err != nil:
		e := told(err)
		write(out, e.Status, e)
	default:
		write(out, http.StatusOK, value)
	}
}

func write(out http.ResponseWriter, status int, value any) {
	out.WriteHeader(status)
	json.NewEncoder(out).Encode(value)
}

// told is an error as the doors tell it.
func told(err error) *Error {
	reason := wire.ReasonOf(err)
	row, ok := map[wire.Reason]Error{
		wire.Denied:           {Status: 403, Reason: "denied"},
		wire.BadRequester:     {Status: 400, Reason: "badRequester"},
		wire.KeyExists:        {Status: 409, Reason: "keyExists"},
		wire.KeyNotFound:      {Status: 404, Reason: "keyNotFound"},
		wire.DocumentExists:   {Status: 409, Reason: "documentExists"},
		wire.DocumentNotFound: {Status: 404, Reason: "documentNotFound"},
		wire.NotAuthor:        {Status: 403, Reason: "notAuthor"},
		wire.Threshold:        {Status: 400, Reason: "threshold"},
		wire.Unavailable:      {Status: 503, Reason: "unavailable"},
		wire.Timeout:          {Status: 504, Reason: "timeout"},
		wire.TooFew:           {Status: 403, Reason: "tooFewServers"},
		wire.Disconnected:     {Status: 503, Reason: "disconnected"},
	}[reason]
	if !ok {
		row = Error{Status: 500, Reason: "internal"}
	}
	row.Code, row.Message = int(reason), err.Error()
	errors.As(err, &row.Refusal)
	var exists *wire.Exists
	if errors.As(err, &exists) {
		row.Stored = encoded(exists.Stored)
	}
	return &row
}

func encoded(value any) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return text
}

// proof bends what shows that a document key is stored, or leaves it away as doors do that nobody asks for it.
func (w *door) proof(r *http.Request, value any, err error) (any, error) {
	var exists *wire.Exists
	stored, done := value.(*wire.Stored)
	if errors.As(err, &exists) {
		stored, done = exists.Stored, false
	}
	switch asked := r.URL.Query().Get("proof") == "true"; {
	case stored == nil:
	case !asked || w.old:
		if done {
			return true, nil
		}
		return nil, exists.Err
	case w.show != nil:
		bent := new(wire.Stored) // a copy, whose bending hurts nobody else
		if err := json.Unmarshal(encoded(stored), bent); err != nil {
			panic(err)
		}
		w.show(bent)
		if done {
			return bent, nil
		}
		return nil, &wire.Exists{Err: exists.Err, Stored: bent}
	}
	return value, err
}

func (w *door) answer(path string, r *http.Request) (any, error) {
	if path == "cluster" {
		info := wire.NewClusterInfo(sessiontest.ChainID, w.ID, "test", w.Members(), 0)
		info.Block = &wire.BlockInfo{Number: w.node.Head, Timestamp: w.node.Head}
		if w.info != nil {
			w.info(info)
		}
		return info, nil
	}
	var in struct {
		wire.SignedRequest
		Threshold      *uint32     `json:"threshold"`
		CommonPoint    *wire.Point `json:"commonPoint"`
		EncryptedPoint *wire.Point `json:"encryptedPoint"`

		Scheme wire.Scheme `json:"scheme"`
		Hash   common.Hash `json:"hash"`
	}
	dec := json.NewDecoder(r.Body)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil {
		return nil, wire.Errorf(wire.BadRequester, "%v", err)
	}
	proof, err := in.Proof()
	if err != nil {
		return nil, err
	}
	key := in.Request.Keys[0]
	switch wire.Operation(path) {
	case wire.OpGenerate:
		return w.generate(key, *in.Threshold, proof)
	case wire.OpStore:
		return w.store(key, proof, *in.CommonPoint, *in.EncryptedPoint)
	case wire.OpPublic:
		return w.serverKey(key, proof)
	case wire.OpRetrieve:
		answers := make([]answer, len(in.Request.Keys))
		for i, key := range in.Request.Keys {
			answers[i].Key = key
			if answers[i].Release, err = w.retrieve(key, proof); err != nil {
				answers[i].Error = told(err)
			}
		}
		if w.bend != nil {
			w.bend(answers)
		}
		return answers, nil
	case wire.OpSign:
		return w.sign(key, proof, in.Scheme, in.Hash)
	}
	return nil, wire.Errorf(wire.Unsupported, "%s", path)
}

func (w *door) told(r *wire.KeyRecord) *wire.ServerKey {
	made := &wire.ServerKey{Key: r.Setup.Key, Version: r.Version(), Public: r.Public(), Certificate: r.Certificate()}
	if w.public != nil {
		w.public(made)
	}
	return made
}

// held is what the node knows of a key that is there.
func (w *door) held(key wire.KeyID) (*session.State, error) {
	state := w.node.State(key)
	if state.Record == nil {
		return nil, wire.Errorf(wire.KeyNotFound, "%v", key)
	}
	return state, nil
}

// run runs a machine of the node to its end.
func (w *door) run(kind wire.Kind, key wire.KeyID, m session.Machine) error {
	run := w.Begin(w.node, kind, key, m, nil)
	w.settle()
	return run.Err
}

func (w *door) generate(key wire.KeyID, t uint32, proof wire.Proof) (*wire.ServerKey, error) {
	m, err := generation.New(w.node.Env(), w.node.State(key), key, t, proof)
	if err != nil {
		return nil, err
	}
	if err := w.run(wire.KindGenerate, key, m); err != nil {
		return nil, err
	}
	return w.told(m.Record()), nil
}

func (w *door) store(key wire.KeyID, proof wire.Proof, common, encrypted wire.Point) (*wire.Stored, error) {
	state, err := w.held(key)
	if err != nil {
		return nil, err
	}
	m, err := documents.NewStoring(w.node.Env(), state, state.Record, proof, common, encrypted)
	if err != nil {
		return nil, err
	}
	if err := w.run(wire.KindStore, key, m); err != nil {
		return nil, err
	}
	return m.Stored(), nil
}

func (w *door) serverKey(key wire.KeyID, proof wire.Proof) (*wire.ServerKey, error) {
	env := w.node.Env()
	who, err := session.OpenRead(&env, wire.OpPublic, key, proof)
	if err != nil {
		return nil, err
	}
	state, err := w.held(key)
	if err != nil {
		return nil, err
	}
	if author, err := state.Record.Setup.Author(); err != nil || author != who.Address {
		return nil, wire.Errorf(wire.NotAuthor, "only the author may read the server key")
	}
	return w.told(state.Record), nil
}

func (w *door) retrieve(key wire.KeyID, proof wire.Proof) (*wire.Release, error) {
	state, err := w.held(key)
	if err != nil {
		return nil, err
	}
	if state.Document == nil {
		return nil, wire.Errorf(wire.DocumentNotFound, "for key %v", key)
	}
	m, err := gathering.NewRetrieval(w.node.Env(), state, state.Record, state.Document, proof, true)
	if err != nil {
		return nil, err
	}
	if err := w.run(wire.KindRetrieve, key, m); err != nil {
		return nil, err
	}
	return m.Result().Release, nil
}

// publish makes a document of this text, as author.
func (d *desk) publish(c *Client, text string) (encrypted []byte, p *Published) {
	d.t.Helper()
	var out strings.Builder
	p, err := c.Publish(context.Background(), &out, strings.NewReader(text), PublishOptions{Unclaimed: true})
	if err != nil {
		d.t.Fatal(err)
	}
	return []byte(out.String()), p
}

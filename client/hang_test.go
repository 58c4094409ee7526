package client

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/client/chainrpc/chaintest"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// operation is one thing that a client does. Before it there is a document, which the author may read, and a key.
type operation struct {
	path string // where it is asked for; "" for nothing beside the cluster
	do   func(ctx context.Context, c *Client, p *Published, encrypted []byte) error
}

// operations are all that a client does with key servers.
func operations() map[string]operation {
	return map[string]operation{
		"Cluster": {"", func(ctx context.Context, c *Client, _ *Published, _ []byte) error {
			_, err := c.Cluster(ctx)
			return err
		}},
		"Permit": {"", func(ctx context.Context, c *Client, _ *Published, _ []byte) error {
			s, err := c.Permit(ctx, Scope{Operations: []wire.Operation{wire.OpRetrieve}, Keys: []wire.KeyID{{1}}, For: time.Hour})
			if err == nil {
				s.Close()
			}
			return err
		}},
		"GenerateKey": {path(wire.OpGenerate), func(ctx context.Context, c *Client, _ *Published, _ []byte) error {
			_, err := c.GenerateKey(ctx, wire.KeyID{7}, 1)
			return err
		}},
		"Publish": {path(wire.OpStore), func(ctx context.Context, c *Client, _ *Published, _ []byte) error {
			_, err := c.Publish(ctx, io.Discard, strings.NewReader(secret), PublishOptions{Unclaimed: true})
			return err
		}},
		"ServerKey": {path(wire.OpPublic), func(ctx context.Context, c *Client, p *Published, _ []byte) error {
			_, err := c.ServerKey(ctx, p.Key)
			return err
		}},
		"Fetch": {path(wire.OpRetrieve), func(ctx context.Context, c *Client, p *Published, _ []byte) error {
			_, err := c.Fetch(ctx, p.Key)
			return err
		}},
		"FetchMany": {path(wire.OpRetrieve), func(ctx context.Context, c *Client, p *Published, _ []byte) error {
			all, err := c.FetchMany(ctx, []wire.KeyID{p.Key})
			if err == nil {
				err = all[0].Err
			}
			return err
		}},
		"Open": {path(wire.OpRetrieve), func(ctx context.Context, c *Client, _ *Published, encrypted []byte) error {
			text, _, err := c.Open(ctx, bytes.NewReader(encrypted))
			if err == nil {
				_, err = io.ReadAll(text)
			}
			return err
		}},
		"Sign": {path(wire.OpSign), func(ctx context.Context, c *Client, p *Published, _ []byte) error {
			_, err := c.Sign(ctx, p.Key, wire.Schnorr, common.Hash{1}, SignOptions{})
			return err
		}},
	}
}

// TestHangingNode: a node that gives no answer, however and from whenever on, costs no operation more than a moment, and is
// remembered.
func TestHangingNode(t *testing.T) {
	t.Parallel()
	for trouble, kind := range chaintest.Troubles() {
		for name, op := range operations() {
			for _, when := range []string{"from the start", "once it has answered"} {
				t.Run(name+"/"+trouble+" "+when, func(t *testing.T) {
					t.Parallel()
					d := newDesk(t, 3)
					d.hangs = true
					encrypted, p := d.publish(d.client("author"), secret)
					c := d.client("author", func(cfg *Config) { cfg.Timeout = time.Minute })
					d.grant(c.Account(), p.Key)
					if when != "from the start" {
						if _, err := c.Cluster(t.Context()); err != nil {
							t.Fatal(err)
						}
					}
					d.nodes[0].trouble.Store(int32(kind))
					begun := time.Now()
					if err := op.do(t.Context(), c, p, encrypted); err != nil {
						t.Error(err)
					}
					if took := time.Since(begun); took > 20*time.Second { // by the limits of this test 3 s; the machine may be busy
						t.Errorf("it took %v", took)
					}
					if c.ring.First() == 0 && (when == "from the start" || op.path != "") {
						t.Error("the next request begins with the node that hangs")
					}
				})
			}
		}
	}
}

// TestSlowNode: one that is slow and there is waited for in all that changes something, and asked for alone. What is only read
// is asked of the next as well.
func TestSlowNode(t *testing.T) {
	t.Parallel()
	for name, op := range operations() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, 3)
			d.hangs = true
			encrypted, p := d.publish(d.client("author"), secret)
			told := atomic.Int32{}
			c := d.client("author", func(cfg *Config) { cfg.Late = func(string, time.Duration) { told.Add(1) } })
			d.grant(c.Account(), p.Key)
			if _, err := c.Cluster(t.Context()); err != nil {
				t.Fatal(err)
			}
			d.nodes[0].slow = func(path string) time.Duration {
				if "/v1/"+path == op.path {
					return 4 * lateAfter
				}
				return 0
			}
			before := d.askedOf(op.path, 1, 2)
			if err := op.do(t.Context(), c, p, encrypted); err != nil {
				t.Fatal(err)
			}
			others := d.askedOf(op.path, 1, 2) - before
			reads := op.path == path(wire.OpRetrieve) || op.path == path(wire.OpPublic)
			if op.path != "" && (reads != (others > 0) || told.Load() == 0) {
				t.Errorf("the other nodes were asked %d times, the caller told %d times", others, told.Load())
			}
		})
	}
}

// askedOf is how often nodes were asked at a path.
func (d *desk) askedOf(path string, nodes ...int) (n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, i := range nodes {
		n += d.nodes[i].asked[strings.TrimPrefix(path, "/v1/")]
	}
	return n
}

// TestStoredIsSaid: what is no proof is none, though it be the word that older nodes have for it.
func TestStoredIsSaid(t *testing.T) {
	for _, text := range []string{"null", "true", "false", "{}", "[]", "1", `"true"`, ""} {
		d := newDesk(t, 2)
		d.hangs = true
		for _, w := range d.nodes {
			w.raw = func(path string) []byte {
				if path == string(wire.OpStore) {
					return []byte(text)
				}
				return nil
			}
		}
		if _, err := d.client("author").PublishKey(t.Context(), PublishOptions{Unclaimed: true}); text != "" && err == nil {
			t.Errorf("%q is taken for a stored key", text)
		}
	}
}

// TestThreshold: a threshold that can't be is refused before the wallet is asked or anything is sent.
func TestThreshold(t *testing.T) {
	for _, c := range []struct {
		threshold, minimum uint32
		servers            int
		want               string
	}{
		{3, 0, 3, "with threshold 3 it takes 4 key servers to use a key, and the cluster has 3"}, {1 << 31, 0, 3, "the cluster has 3"}, {1<<32 - 1, 0, 3, "4294967296 key servers"},
		{1, 2, 3, "threshold 1 is below 2"}, {0, 0, 0, "no key servers"}, {2, 3, 3, "below 3"},
	} {
		d := newDesk(t, 3)
		d.hangs = true
		for _, w := range d.nodes {
			w.info = func(i *wire.ClusterInfo) { i.MinThreshold, i.Servers = c.minimum, i.Servers[:c.servers] }
		}
		var approved atomic.Int32
		author := d.client("author", func(cfg *Config) { cfg.Signer = counting(cfg.Signer, &approved) })
		_, err := author.GenerateKey(t.Context(), wire.KeyID{1}, c.threshold)
		if err == nil || !strings.Contains(err.Error(), c.want) || approved.Load() > 0 || d.askedOf(path(wire.OpGenerate), 0, 1, 2) > 0 {
			t.Errorf("%+v: %v, after %d approvals", c, err, approved.Load())
		}
	}
}

// FuzzAnswers: no answer of a key server to anything is a panic, nor taken for what was asked for.
func FuzzAnswers(f *testing.F) {
	texts := map[string]string{
		"cluster":      `{"chainId":1,"cluster":"0x01","servers":[null,{}],"block":{}}`,
		"generate":     `{"key":"0x01","certificate":{"setup":{"members":[]},"commitments":[],"signatures":[]}}`,
		"store":        `null`,
		"retrieve":     `[{"key":null,"release":{"setup":{},"parts":[]}},null]`,
		"refusal":      `[{"error":{"reason":"denied","refusal":{"receipt":{},"setup":{},"signatures":[{"index":4294967295}]}}}]`,
		"error":        `{"code":-1,"reason":"busy","message":"\u001b[2J","hint":7}`,
		"not an error": `{"reason":{}}`,
	}
	for _, text := range texts {
		for _, status := range []int{200, 403, 503} {
			f.Add(status, text)
		}
	}
	key := wire.KeyID{5}
	signing, err := crypto.GenerateKey()
	if err != nil {
		f.Fatal(err)
	}
	d := &fuzzed{}
	info := wire.NewClusterInfo(7, wire.ClusterID{1}, "test", make([]wire.NodeID, 4), 0)
	info.Block = &wire.BlockInfo{Number: 1, Timestamp: 1}
	f.Fuzz(func(t *testing.T, status int, text string) {
		d.status, d.text = 200+(status&0xffff)%400, text
		for name, op := range operations() {
			c, err := New(Config{Endpoints: []string{"http://node"}, Signer: NewKeySigner(signing), HTTP: &http.Client{Transport: d}, Timeout: time.Second})
			if err != nil {
				t.Fatal(err)
			}
			if op.path != "" { // what follows the description is to be reached
				c.info, c.read = info, time.Now()
			}
			if err := op.do(t.Context(), c, &Published{Key: key}, nil); err == nil && op.path != "" {
				t.Errorf("%s takes %d %q", name, d.status, text)
			}
		}
	})
}

// fuzzed is a node that gives one answer to all.
type fuzzed struct {
	status int
	text   string
}

func (f *fuzzed) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: f.status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(f.text))}, nil
}

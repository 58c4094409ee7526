package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/geth-ss/geth-ss/client/hedge"
)

const (
	// maxAnswer bounds what a node can make us hold: 256 releases of the largest cluster are less.
	maxAnswer = 64 << 20
	// maxError bounds an error's body. The proof of a document key by the largest cluster has some 150 KiB.
	maxError = 256 << 10
	// rounds is how often all endpoints are tried.
	rounds = 2
	// clusterPath is where a node describes the cluster.
	clusterPath = "/v1/cluster"
)

// How long nodes are waited for. Variables, for tests.
var (
	// pause is how long between rounds.
	pause = 500 * time.Millisecond
	// lateAfter is how long a node may take before another is asked as well, or before it is asked whether it is there.
	lateAfter = 700 * time.Millisecond
	// aliveLimit is how long a node that takes long may take to say that it is there.
	aliveLimit = 1300 * time.Millisecond
	// cheapLimit is how long a node may take to describe the cluster, cheapLonger in the second round.
	cheapLimit, cheapLonger = 2 * time.Second, 10 * time.Second
)

// reading is for what changes nothing: it may be asked of several nodes at once.
func (c *Client) reading() *hedge.Way {
	w := c.changing()
	w.Alive = nil
	return w
}

// cheap is for what a node answers at once, unless it hangs. A slow line has time in the second round.
func (c *Client) cheap() *hedge.Way {
	w := c.reading()
	w.Limit, w.Longer = min(w.Limit, cheapLimit), min(w.Limit, cheapLonger)
	return w
}

// changing is for what has to be asked of one node at a time: keys, documents, signatures. A node that takes long is asked
// whether it is there.
func (c *Client) changing() *hedge.Way {
	return &hedge.Way{
		Limit: c.cfg.Timeout, Rounds: rounds, Pause: pause, After: c.late, AliveLimit: aliveLimit,
		Alive:  func(ctx context.Context, i int) error { return c.alive(ctx, c.cfg.Endpoints[i]) },
		Again:  retryable,
		Name:   func(i int) string { return c.cfg.Endpoints[i] },
		Failed: c.cfg.Warn,
		Late: func(i int, waited time.Duration) {
			if c.cfg.Late != nil {
				c.cfg.Late(c.cfg.Endpoints[i], waited)
			}
		},
	}
}

// alive fails only if there is nobody: whatever a node says, it is there.
func (c *Client) alive(ctx context.Context, endpoint string) error {
	var away *unreachable
	if err := c.get(ctx, endpoint, clusterPath, new(json.RawMessage)); errors.As(err, &away) {
		return err
	}
	return nil
}

// ask has an answer of one endpoint, and checks it by take.
func ask[T any](ctx context.Context, c *Client, w *hedge.Way, send func(ctx context.Context, endpoint string, into *T) error, take func(*T) error) error {
	return hedge.Ask(ctx, c.ring, w, func(ctx context.Context, i int) (*T, error) {
		into := new(T)
		return into, send(ctx, c.cfg.Endpoints[i], into)
	}, take)
}

func (c *Client) get(ctx context.Context, endpoint, path string, into any) error {
	return c.do(ctx, http.MethodGet, endpoint+path, nil, into)
}

func (c *Client) post(ctx context.Context, endpoint, path string, body []byte, into any) error {
	return c.do(ctx, http.MethodPost, endpoint+path, body, into)
}

func (c *Client) do(ctx context.Context, method, url string, body []byte, into any) error {
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.cfg.HTTP.Do(req)
	if err != nil {
		return &unreachable{err}
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(resp.Body, maxError))
		return refusal(resp.StatusCode, text)
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return &unreachable{err}
	}
	if len(text) > maxAnswer {
		return &badAnswer{fmt.Errorf("more than %d bytes", maxAnswer)}
	}
	if err := json.Unmarshal(text, into); err != nil {
		return &badAnswer{err}
	}
	return nil
}

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
)

const (
	// maxAnswer bounds what a node can make us hold: 256 releases of the largest cluster are less.
	maxAnswer = 64 << 20
	// maxError bounds an error's body.
	maxError = 64 << 10
	// rounds is how often all endpoints are tried.
	rounds = 2
)

// pause is how long between rounds.
var pause = 500 * time.Millisecond

// each tries endpoints one by one until one answers, or refuses for good. It begins with the one that answered last.
func (c *Client) each(ctx context.Context, ask func(ctx context.Context, endpoint string) error) error {
	var failed []error
	first, n := int(c.preferred.Load()), len(c.cfg.Endpoints)
	for i := range rounds * n {
		if i == n {
			if err := sleep(ctx, pause); err != nil {
				return errors.Join(append(failed, err)...)
			}
			failed = nil // the second round's errors are the news
		}
		at := (first + i) % n
		err := c.attempt(ctx, c.cfg.Endpoints[at], ask)
		if err == nil {
			c.preferred.Store(uint32(at))
			return nil
		}
		if !retryable(err) || ctx.Err() != nil {
			return err
		}
		failed = append(failed, err)
		if c.cfg.Warn != nil {
			c.cfg.Warn(err)
		}
	}
	return errors.Join(failed...)
}

// attempt names the endpoint in an error, once.
func (c *Client) attempt(ctx context.Context, endpoint string, ask func(context.Context, string) error) error {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	if err := ask(ctx, endpoint); err != nil {
		return fmt.Errorf("%s: %w", endpoint, err)
	}
	return nil
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
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

package rpcapi

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/ethereum/go-ethereum/rpc"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/rpcapi/jsonrpc"
	"github.com/geth-ss/geth-ss/service/limits"
)

// addressLimits are the rates of client addresses at one door. They count before any
// signature is recovered: an address is all that is known of a stranger for nothing.
type addressLimits struct {
	requests, generations *limits.Rate[limits.Client]
}

func newAddressLimits(cfg limits.Config) *addressLimits {
	return &addressLimits{
		limits.NewRate[limits.Client](cfg.AddressRequests),
		limits.NewRate[limits.Client](cfg.AddressGenerations),
	}
}

// request counts a request, whether or not it can be parsed.
func (a *addressLimits) request(client limits.Client) error { return a.more(client, 1) }

// more counts what a request turned out to ask for beyond one thing.
func (a *addressLimits) more(client limits.Client, n int) error {
	return exceeded("too many requests of one address", a.requests.TakeMany(client, n))
}

// generation counts a request for a new key.
func (a *addressLimits) generation(client limits.Client) error {
	return exceeded("too many key generations of one address", a.generations.Take(client))
}

func exceeded(what string, wait time.Duration) error {
	if wait == 0 {
		return nil
	}
	return &limits.Exceeded{Detail: what, RetryAfter: wait}
}

// setRetryAfter tells a client that is over a limit when to come again, if that is known.
func setRetryAfter(header http.Header, err error) {
	if seconds := retryAfter(err); seconds > 0 {
		header.Set("Retry-After", strconv.FormatFloat(seconds, 'f', 0, 64))
	}
}

// retryAfter is in whole seconds, 0 if nobody knows or it is no matter of time.
func retryAfter(err error) float64 {
	var e *limits.Exceeded
	switch {
	case errors.As(err, &e):
		return math.Ceil(e.RetryAfter.Seconds())
	case wire.ReasonOf(err) == wire.Limit: // another node's
		return 1
	}
	return 0
}

// rpcLimit is request for a call of JSON-RPC. Whoever may use IPC has no limit.
func (a *addressLimits) rpcLimit(ctx context.Context) error {
	peer := rpc.PeerInfoFromContext(ctx)
	if peer.Transport != "http" && peer.Transport != "ws" {
		return nil
	}
	return limitError(a.request(limits.ClientOf(peer.RemoteAddr)))
}

// limitError is a limit as JSON-RPC tells it; nil stays nil. data.retryAfter is in
// seconds, 0 if nobody knows.
func limitError(err error) error {
	var e *limits.Exceeded
	if !errors.As(err, &e) {
		return err
	}
	data := map[string]any{"retryAfter": math.Ceil(e.RetryAfter.Seconds())}
	return &jsonrpc.Error{Code: jsonrpc.CodeLimit, Text: "Limit exceeded: " + e.Detail, Data: data}
}

package rpcapi

import (
	"errors"
	"net/http"

	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/rpcapi/jsonrpc"
)

// walletError is how wallets' doors tell a failure: as the body of an HTTP answer, as the
// data of a JSON-RPC error, and in the place of a key's release.
type walletError struct {
	Code       uint8   `json:"code"`                 // number of the reason; never changes
	Reason     string  `json:"reason"`               // its word, for programs; never changes
	Message    string  `json:"message"`              // what happened, for people
	Hint       string  `json:"hint"`                 // what to do about it
	RetryAfter float64 `json:"retryAfter,omitempty"` // seconds after which asking again may help, if known

	// Refusal is what key servers have signed of a denial.
	Refusal *wire.Refusal `json:"refusal,omitempty"`

	// Servers are the key servers, by a node that is none.
	Servers []wire.ServerInfo `json:"servers,omitempty"`

	// Stored shows which document key is stored, of documentExists, if a proof was asked for.
	Stored *wire.Stored `json:"stored,omitempty"`

	status int // of HTTP
}

// reasonRow is how a reason is told to wallets.
type reasonRow struct {
	word   string
	status int
	hint   string
}

const (
	askAgain   = "Ask again, or ask another key server of the cluster; the request stays valid until its expiry."
	tellOthers = "Tell the operator of the key server, and ask another one of the cluster."
)

// malformedRow is the doors' own: such a request reaches no key server. Its code is 0.
var malformedRow = reasonRow{"malformedRequest", http.StatusBadRequest, "Correct the request: docs/requests.md and the OpenRPC and OpenAPI documents describe it."}

// reasonRows is the one table of wallets' errors. Words and codes never change.
var reasonRows = map[wire.Reason]reasonRow{
	wire.Internal:       {"internal", http.StatusInternalServerError, tellOthers},
	wire.InvalidMessage: {"invalidMessage", http.StatusBadGateway, tellOthers},
	wire.Unsupported:    {"unsupported", http.StatusNotImplemented, "The key servers may be of different versions. " + tellOthers},
	wire.Busy:           {"busy", http.StatusConflict, "Another request for this key id is under way. Ask again when it has ended; the key may exist then."},
	wire.NoSession:      {"noSession", http.StatusInternalServerError, askAgain},
	wire.Threshold: {"threshold", http.StatusBadRequest,
		"Ask for a threshold from the cluster's minThreshold to the number of its servers less one."},
	wire.Disconnected:     {"disconnected", http.StatusServiceUnavailable, askAgain},
	wire.KeyExists:        {"keyExists", http.StatusConflict, "Use another key id; if the key is yours, read it with serverKey."},
	wire.KeyNotFound:      {"keyNotFound", http.StatusNotFound, "Check the key id and the cluster; generateServerKey makes the key."},
	wire.DocumentExists:   {"documentExists", http.StatusConflict, "A document key is stored once. Use another key id for another document."},
	wire.DocumentNotFound: {"documentNotFound", http.StatusNotFound, "The author of the key must store the document key first, with storeDocumentKey."},
	wire.NotAuthor:        {"notAuthor", http.StatusForbidden, "Sign with the account that made the server key."},
	wire.Denied: {"denied", http.StatusForbidden,
		"Have the permission contract allow the account this key, or, if the message says that the request is not valid at the block, check expiry, permit and signature."},
	wire.Unavailable: {"unavailable", http.StatusServiceUnavailable, askAgain},
	wire.BadRequester: {"badRequester", http.StatusBadRequest,
		"Sign the request again: check chain, cluster, operation, keys, arguments, expiry and permit against docs/requests.md."},
	wire.Cryptographic: {"cryptographic", http.StatusBadRequest, "Check that the points are on the curve secp256k1."},
	wire.Database:      {"database", http.StatusInternalServerError, tellOthers},
	wire.Timeout:       {"timeout", http.StatusGatewayTimeout, askAgain},
	wire.Policy:        {"policy", http.StatusForbidden, "The operator's settings forbid it. Ask another key server of the cluster."},
	wire.Limit:         {"limit", http.StatusTooManyRequests, "Ask again later: after retryAfter seconds, if it is given."},
	wire.Cancelled:     {"cancelled", http.StatusServiceUnavailable, askAgain},
	wire.NotMember:     {"notMember", http.StatusServiceUnavailable, "This node is not a key server of the cluster, or other key servers than it lists made the key. Ask another one."},
	wire.Cheated:       {"cheated", http.StatusBadGateway, tellOthers},
	wire.TooFew: {"tooFewServers", http.StatusForbidden,
		"Ask for a scheme other than ecdsa, which takes threshold+1 key servers, or use a key of a lower threshold."},
}

// walletErrorOf looks an error up. What is no *wire.Error keeps its text to itself, and so
// does what failed within this node.
func walletErrorOf(err error) *walletError {
	var bad *malformedError
	if errors.As(err, &bad) {
		e := &walletError{Reason: malformedRow.word, Message: bad.Error(), Hint: malformedRow.hint, status: malformedRow.status}
		e.orderHint(err)
		return e
	}
	reason := wire.ReasonOf(err)
	r, ok := reasonRows[reason]
	if !ok {
		reason, r = wire.Internal, reasonRows[wire.Internal]
	}
	e := &walletError{Code: uint8(reason), Reason: r.word, Message: reason.String() + ": see the log of the key server", Hint: r.hint, status: r.status}
	var known *wire.Error
	if errors.As(err, &known) && reason != wire.Internal && reason != wire.Database {
		e.Message = known.Error()
	}
	e.RetryAfter = retryAfter(err)
	errors.As(err, &e.Refusal)
	var elsewhere *wire.Elsewhere
	if errors.As(err, &elsewhere) {
		e.Servers = elsewhere.Servers
	}
	var exists *wire.Exists
	if errors.As(err, &exists) {
		e.Stored = exists.Stored
	}
	e.orderHint(err)
	return e
}

// asRPC is the error as JSON-RPC tells it.
func (e *walletError) asRPC() error {
	code := codeOperation
	switch {
	case e.Code == 0:
		code = jsonrpc.CodeInvalidParams
	case e.Code == uint8(wire.Limit):
		code = jsonrpc.CodeLimit
	}
	return &jsonrpc.Error{Code: code, Text: e.Message, Data: e}
}

package rpcapi

import (
	"errors"
	"net/http"

	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/rpcapi/jsonrpc"
	"github.com/geth-ss/geth-ss/service/limits"
)

// row is how a reason is told to clients.
type row struct {
	status int    // of HTTP
	text   string // Parity's, between the inner quotes
	detail bool   // whether the error's own sentence follows
}

// rows is the one table of errors (spec http-api.md 3.2 and 3.3). The texts are
// Parity's to the letter. Where it departs from Parity:
//
//   - A refused permission says so: Access denied. Parity answers Consensus unreachable,
//     which reads like a failure and makes clients retry.
//   - Limit is new, and so is what Policy says.
//   - A node that cheated is named in the log; the client gets the nearest text.
var rows = map[wire.Reason]row{
	wire.Internal:         {http.StatusInternalServerError, "Internal error: ", true},
	wire.InvalidMessage:   {http.StatusInternalServerError, "invalid message is received", false},
	wire.Unsupported:      {http.StatusInternalServerError, "unsupported message is received", false},
	wire.Busy:             {http.StatusInternalServerError, "session with the same id is already registered", false},
	wire.NoSession:        {http.StatusInternalServerError, "no active session with given id", false},
	wire.Threshold:        {http.StatusInternalServerError, "not enough nodes for passed threshold", false},
	wire.Disconnected:     {http.StatusInternalServerError, "node required for this operation is currently disconnected", false},
	wire.KeyExists:        {http.StatusBadRequest, "Server key with this ID is already generated", false},
	wire.KeyNotFound:      {http.StatusNotFound, "Server key with this ID is not found", false},
	wire.DocumentExists:   {http.StatusBadRequest, "Document key with this ID is already stored", false},
	wire.DocumentNotFound: {http.StatusNotFound, "Document key with this ID is not found", false},
	wire.NotAuthor:        {http.StatusForbidden, "Access denied", false},
	wire.Denied:           {http.StatusForbidden, "Access denied", false},
	wire.Unavailable:      {http.StatusForbidden, "Consensus temporary unreachable", false},
	wire.BadRequester:     {http.StatusBadRequest, "Insufficient requester data: ", true},
	wire.Cryptographic:    {http.StatusInternalServerError, "cryptographic error ", true},
	wire.Database:         {http.StatusInternalServerError, "Database error: ", true},
	wire.Timeout:          {http.StatusForbidden, "Consensus temporary unreachable", false},
	wire.Policy:           {http.StatusForbidden, "Access denied: forbidden by the settings of the key server: ", true},
	wire.Limit:            {http.StatusTooManyRequests, "Limit exceeded: ", true},
	wire.Cancelled:        {http.StatusInternalServerError, "Internal error: KeyServer is already destroyed", false},
	wire.NotMember:        {http.StatusInternalServerError, "node required for this operation is currently disconnected", false},
	wire.Cheated:          {http.StatusInternalServerError, "invalid message is received", false},
	wire.TooFew:           {http.StatusForbidden, "Consensus unreachable", false},
}

// describe looks an error up. What is no *wire.Error keeps its text to itself.
func describe(err error) (status int, text string) {
	var e *wire.Error
	if !errors.As(err, &e) {
		e = wire.Errorf(wire.Internal, "see the log of the key server")
	}
	r, ok := rows[e.Reason]
	if !ok {
		r = rows[wire.Internal]
	}
	if r.detail {
		return r.status, r.text + e.Detail
	}
	return r.status, r.text
}

// Parity's codes for the account methods (spec rpc-api.md 4).
const (
	codeAccount    = -32023
	codeEncryption = -32055

	codeOperation = -32000 // geth's, for whatever else failed
)

// operatorError tells a failure in our own words, which Parity had none for. What is no
// *wire.Error keeps its text to itself.
func operatorError(err error) error {
	if err == nil {
		return nil
	}
	var over *limits.Exceeded
	if errors.As(err, &over) {
		return limitError(err)
	}
	var e *wire.Error
	if !errors.As(err, &e) {
		e = wire.Errorf(wire.Internal, "see the log of the key server")
	}
	return &jsonrpc.Error{Code: codeOperation, Text: e.Error()}
}

// accountError is a key or account that would not open. The cause goes into data, as
// with Parity.
func accountError(text string, cause error) error {
	return &jsonrpc.Error{Code: codeAccount, Text: text, Data: cause.Error()}
}

// encryptionError is arithmetic that has no result.
func encryptionError(cause error) error {
	return &jsonrpc.Error{Code: codeEncryption, Text: "Encryption error.", Data: cause.Error()}
}

// paramError names a parameter that parsed but means nothing. The data is Parity's
// debug rendering of a string, hence the inner quotes.
func paramError(name, what string) error {
	return &jsonrpc.Error{Code: jsonrpc.CodeInvalidParams, Text: "Couldn't parse parameters: " + name, Data: `"` + what + `"`}
}

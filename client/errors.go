package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/geth-ss/geth-ss/client/hedge"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Error is a key server's refusal.
type Error struct {
	Status  int    `json:"-"` // of HTTP; 0 for one key of a batch
	Code    int    `json:"code"`
	Reason  string `json:"reason"` // a word that does not change: see docs/api.md
	Message string `json:"message"`
	Hint    string `json:"hint"` // what to do; often empty

	// Refusal is what the key servers have signed of a denial, as the node gives it: see
	// Receipt.
	Refusal *wire.Refusal `json:"refusal"`

	// Servers are the key servers as a node that is none names them. It is the node's word alone.
	Servers []wire.ServerInfo `json:"servers"`

	// Stored is the node's proof of documentExists, not checked: see OtherPair.
	Stored json.RawMessage `json:"stored"`

	// Receipt is the cluster's receipt of a denial that Fetch was told, and has checked. Nil,
	// if too few servers have signed it.
	Receipt *Receipt `json:"-"`
}

func (e *Error) Error() string {
	text := e.Message
	if text == "" {
		text = strings.TrimSpace(fmt.Sprintf("%s HTTP status %d", e.Reason, e.Status))
	}
	if e.Hint != "" {
		text += " (" + e.Hint + ")"
	}
	return hedge.Printable(text)
}

// IsDenied tells whether the permission contract has said no.
func IsDenied(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Reason == reasonDenied
}

// RefusalOf is the receipt of a denial, if there is one: t+1 key servers have signed that the account may not read.
func RefusalOf(err error) (*Receipt, bool) {
	var e *Error
	if !errors.As(err, &e) || e.Receipt == nil {
		return nil, false
	}
	return e.Receipt, true
}

// unreachable is a node that gave no answer: whether it has done what it was asked is unknown.
type unreachable struct{ err error }

func (e *unreachable) Error() string { return e.err.Error() }
func (e *unreachable) Unwrap() error { return e.err }

// badAnswer is an answer that no honest node of our version gives.
type badAnswer struct{ err error }

func (e *badAnswer) Error() string { return "the node's answer can't be used: " + e.err.Error() }
func (e *badAnswer) Unwrap() error { return e.err }

// The reasons that a client acts on.
const (
	reasonDenied         = "denied"
	reasonKeyExists      = "keyExists"
	reasonDocumentExists = "documentExists"
	reasonKeyNotFound    = "keyNotFound"
	reasonNotAuthor      = "notAuthor"
)

// passing are reasons for which another node, or the same a little later, may do better. A denial is none, nor is anything
// that is about the request itself.
var passing = map[string]bool{
	"internal": true, "invalidMessage": true, "busy": true, "noSession": true, "disconnected": true, "unavailable": true, "database": true,
	"timeout": true, "limit": true, "cancelled": true, "notMember": true, "cheated": true,
}

func retryable(err error) bool {
	if errors.Is(err, ErrUnproven) {
		return true
	}
	var refused *Error
	if errors.As(err, &refused) {
		return passing[refused.Reason] || refused.Reason == "" && refused.Status >= 500
	}
	var away *unreachable
	var bad *badAnswer
	var other *otherCluster
	return errors.As(err, &away) || errors.As(err, &bad) || errors.As(err, &other) && other.sure
}

func hasReason(err error, reason string) bool {
	var refused *Error
	return errors.As(err, &refused) && refused.Reason == reason
}

// refusal reads an error's body; what is no error of ours is told by its status.
func refusal(status int, body []byte) error {
	e := new(Error)
	if err := json.Unmarshal(body, e); err != nil || e.Reason == "" {
		e = &Error{Message: fmt.Sprintf("HTTP status %d %s", status, http.StatusText(status))}
		if status == http.StatusNotFound {
			e.Hint = "is this the address of a Secret Store listener?"
		}
	}
	e.Status = status
	return e
}

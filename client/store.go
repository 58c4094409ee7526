package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// proven asks for a proof that the document key is stored. Key servers of before there was one look at no query: they store
// and say so.
const proven = "?proof=true"

// ErrUnproven is that a key server says of a document key that one is stored, or promised, and does not show which. Whether
// what is encrypted with yours can ever be read is not known: fetch the key, or store it again when the key server is
// newer.
var ErrUnproven = errors.New("it is not known whether this document key is the one that is stored, so nothing should be encrypted with it; update the key server, or read the key back")

// OtherPair is that another document key is stored for a server key, for good, as a majority of its members have signed. What
// is encrypted with the one that was to be stored can't be read by anybody: take another id.
type OtherPair struct {
	Key    wire.KeyID
	Stored *wire.Stored // shows it, and was checked

	refused *Error // nil: the node calls it a success
}

func (e *OtherPair) Error() string {
	return fmt.Sprintf("another document key is stored under %v, as its key servers have signed: what is encrypted with this one can't be read; take another id", e.Key)
}

// Unwrap is the node's refusal.
func (e *OtherPair) Unwrap() error {
	if e.refused == nil {
		return nil
	}
	return e.refused
}

// unproven is a node's word that a document key is stored, and nothing else. Another node may show it.
type unproven struct{ refused *Error } // nil: the node says that it has stored it

func (e *unproven) Error() string {
	if e.refused == nil {
		return "the key server says that the document key is stored, but gives no proof: " + ErrUnproven.Error()
	}
	return fmt.Sprintf("%v; the key server does not prove which one is stored: %v", e.refused, ErrUnproven)
}

func (e *unproven) Unwrap() []error {
	if e.refused == nil {
		return []error{ErrUnproven}
	}
	return []error{ErrUnproven, e.refused}
}

// StoreKey stores the encrypted document key of a server key, once, as its author. It returns nil when it has seen the
// signatures of a majority of the key's members for this very pair, also if that was stored before. Other errors are
// *OtherPair, ErrUnproven, and refusals.
//
// Who the members are it knows as Config says, or else from the node that is asked: see StoreKeyFor.
func (c *Client) StoreKey(ctx context.Context, key wire.KeyID, commonPoint, encrypted wire.Point) error {
	return c.storeKey(ctx, &wire.DocumentRecord{Key: key, Common: commonPoint, Encrypted: encrypted})
}

// StoreKeyFor is StoreKey for a server key that GenerateKey or ServerKey has given: no other members than its own are
// believed.
func (c *Client) StoreKeyFor(ctx context.Context, made *wire.ServerKey, commonPoint, encrypted wire.Point) error {
	return c.storeKey(ctx, &wire.DocumentRecord{Key: made.Key, Version: made.Version, Common: commonPoint, Encrypted: encrypted})
}

func (c *Client) storeKey(ctx context.Context, want *wire.DocumentRecord) error {
	req, err := c.newRequest(ctx, wire.OpStore, []wire.KeyID{want.Key}, arguments{Common: &want.Common, Encrypted: &want.Encrypted}, wire.Point{})
	if err != nil {
		return err
	}
	var said error // a node that says that it has stored the pair will say next that there is one
	err = ask(ctx, c, c.changing(), func(ctx context.Context, endpoint string, into *storeAnswer) error {
		return into.heard(c.post(ctx, endpoint, path(wire.OpStore)+proven, req.body, into))
	}, func(told *storeAnswer) error {
		err := c.catchUp(ctx, req.signed.Request.Cluster, func() error { return c.checkStored(told, want, req.signed.Request.Cluster) })
		if errors.Is(err, ErrUnproven) && told.refused == nil {
			said = err
		}
		return err
	})
	var other *OtherPair
	if err != nil && said != nil && !errors.As(err, &other) {
		err = errors.Join(said, err)
	}
	if err != nil {
		return fmt.Errorf("storing the document key of %v: %w", want.Key, err)
	}
	return nil
}

// storeAnswer is what a node says to a store: that it is done, or that there is a document key already.
type storeAnswer struct {
	stored  *wire.Stored // the proof, not checked; nil: none is shown
	refused *Error       // nil: it is done
}

// UnmarshalJSON takes a bare true, too, by which older nodes say that it is done.
func (a *storeAnswer) UnmarshalJSON(text []byte) error {
	if string(text) == "true" {
		return nil
	}
	return json.Unmarshal(text, &a.stored)
}

// heard makes an answer of the refusal that brings a proof.
func (a *storeAnswer) heard(err error) error {
	var refused *Error
	if !errors.As(err, &refused) || refused.Reason != reasonDocumentExists {
		return err
	}
	a.refused = refused
	if refused.Stored == nil {
		return nil
	}
	if err := json.Unmarshal(refused.Stored, &a.stored); err != nil {
		return &badAnswer{err}
	}
	return nil
}

// checkStored believes no node that this pair is stored, nor that another one is.
func (c *Client) checkStored(told *storeAnswer, want *wire.DocumentRecord, cluster wire.ClusterID) error {
	if told.stored == nil {
		return &unproven{told.refused}
	}
	if err := c.checkProof(told.stored, want, cluster); err != nil {
		return &badAnswer{err}
	}
	if d := &told.stored.Document; d.Common != want.Common || d.Encrypted != want.Encrypted {
		return &OtherPair{want.Key, told.stored, told.refused}
	}
	return nil
}

// checkProof wants the proof to be of the key and members that are asked about.
func (c *Client) checkProof(s *wire.Stored, want *wire.DocumentRecord, cluster wire.ClusterID) error {
	if err := verify.Stored(s); err != nil {
		return err
	}
	switch setup := &s.Certificate.Setup; {
	case setup.Key != want.Key || setup.Cluster != cluster:
		return errors.New("it has the document key of another server key")
	case want.Version == wire.SessionID{} || setup.Session() == want.Version:
	case setup.Origin() != want.Version && (setup.Move == nil || setup.Move.Parent != want.Version):
		return errors.New("it has the document key of another version of the server key")
	case len(c.want.Servers) == 0 && setup.Set != nil && !c.knowsSets(): // the version is all that is known, and it says nothing of this set
		return errSet(setup.Set)
	}
	return c.checkMembers(&s.Certificate.Setup, s.Certificate, false)
}

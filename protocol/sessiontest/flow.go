package sessiontest

import (
	"fmt"

	"github.com/ethereum/go-ethereum/crypto/ecies"
	"github.com/geth-ss/geth-ss/protocol/documents"
	"github.com/geth-ss/geth-ss/protocol/gathering"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Outcome is what a client gets in the end. Err is nil and Done false while it waits.
type Outcome struct {
	Done      bool
	Err       error
	Key       *secp256k1.Point // of a retrieval, opened as the client opens it
	Record    *wire.KeyRecord  // of a look-up
	Stored    *wire.Stored     // of a store
	Res       *gathering.Retrieved
	Signature []byte // of a hash
	Run       *Run   // the last one
}

// Reason is why it failed.
func (o *Outcome) Reason() wire.Reason { return wire.ReasonOf(o.Err) }

// String is the outcome for people.
func (o *Outcome) String() string {
	switch {
	case !o.Done:
		return "still waits"
	case o.Err != nil:
		return o.Err.Error()
	}
	return "ok"
}

func (o *Outcome) fail(err error) { o.Done, o.Err = true, err }

// Lookup finds a key out through a node, as service does before it uses one.
func (c *Cluster) Lookup(n *Node, key wire.KeyID, document bool) *Outcome {
	o := new(Outcome)
	c.lookup(o, n, key, document, func(*session.State) { o.Done = true })
	return o
}

// lookup goes on with what the node knows, once that is enough.
func (c *Cluster) lookup(o *Outcome, n *Node, key wire.KeyID, document bool, then func(*session.State)) {
	state := n.State(key)
	if state.Record != nil && state.Record.Confirmed() && (!document || state.Document != nil) {
		o.Record = state.Record
		then(state)
		return
	}
	l, err := documents.NewLookup(n.Env(), state, key, document)
	if err != nil {
		o.fail(err)
		return
	}
	o.Run = c.Begin(n, wire.KindLookup, key, l, func(r *Run) {
		if r.Err != nil {
			o.fail(r.Err)
			return
		}
		o.Record = l.Record()
		then(n.State(key))
	})
}

// Store stores a document key through a node.
func (c *Cluster) Store(n *Node, author *Client, key wire.KeyID, d *Document) *Outcome {
	o := new(Outcome)
	c.lookup(o, n, key, false, func(state *session.State) {
		s, err := documents.NewStoring(n.Env(), state, state.Record, c.proof(author, wire.OpStore, wire.StoreArguments(d.Common, d.Encrypted), key), d.Common, d.Encrypted)
		if err != nil {
			o.fail(err)
			return
		}
		o.Run = c.Begin(n, wire.KindStore, key, s, func(r *Run) { o.Done, o.Err, o.Stored = true, r.Err, s.Stored() })
	})
	return o
}

// Retrieve retrieves a document key through a node.
func (c *Cluster) Retrieve(n *Node, reader *Client, key wire.KeyID, shadow bool) *Outcome {
	shadow = shadow || reader.Wallet // there is no other way for a wallet
	o := new(Outcome)
	c.lookup(o, n, key, true, func(state *session.State) {
		s, err := gathering.NewRetrieval(n.Env(), state, state.Record, state.Document, c.proof(reader, wire.OpRetrieve, wire.NoArguments, key), shadow)
		if err != nil {
			o.fail(err)
			return
		}
		o.Run = c.Begin(n, wire.KindRetrieve, key, s, func(r *Run) {
			o.Done, o.Err, o.Res = true, r.Err, s.Result()
			if r.Err == nil {
				c.released(n, reader, key, o)
			}
		})
	})
	return o
}

// released opens what a retrieval gave, and checks that it was to be given.
func (c *Cluster) released(n *Node, reader *Client, key wire.KeyID, o *Outcome) {
	if !c.Chain.Allowed(reader.Address(), key, o.Res.Block.Number) {
		c.violated("%s released a document key to %s, who had no permission", n.Name, reader.Name)
	}
	o.Key = o.Res.Key
	if o.Res.Shadow != nil {
		var err error
		if o.Key, err = reader.Open(o.Res.Shadow); err != nil {
			o.Err = fmt.Errorf("opening the shadow: %w", err)
		}
	}
}

// Open puts a document key together as Parity's client does.
func (cl *Client) Open(s *wire.Shadow) (*secp256k1.Point, error) {
	secret, err := secp256k1.ParsePoint(s.DecryptedSecret[:])
	if err != nil {
		return nil, err
	}
	common, err := secp256k1.ParsePoint(s.CommonPoint[:])
	if err != nil {
		return nil, err
	}
	var coefficients []*secp256k1.Scalar
	for i, sealed := range s.Shadows {
		plain, err := ecies.ImportECDSA(cl.Key).Decrypt(sealed, nil, []byte{0, 0})
		if err != nil {
			return nil, fmt.Errorf("shadow %d: %w", i, err)
		}
		coefficient, err := secp256k1.ParseNonZeroScalar(plain)
		if err != nil {
			return nil, fmt.Errorf("shadow %d: %w", i, err)
		}
		coefficients = append(coefficients, coefficient)
	}
	return threshold.OpenShadow(secret, common, coefficients), nil
}

package sessiontest

import (
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Generate generates a server key through a node.
func (c *Cluster) Generate(n *Node, author *Client, key wire.KeyID, threshold int) *Outcome {
	o := new(Outcome)
	g, err := session.NewGeneration(n.Env(), n.State(key), key, uint32(threshold), author.Proof(key))
	if err != nil {
		o.fail(err)
		return o
	}
	o.Run = c.Begin(n, "generate", key, g, func(r *Run) { o.Done, o.Err, o.Record = true, r.Err, g.Record() })
	return o
}

// Store stores a document key through a node.
func (c *Cluster) Store(n *Node, author *Client, key wire.KeyID, d *Document) *Outcome {
	o := new(Outcome)
	c.lookup(o, n, key, false, func(state *session.State) {
		s, err := session.NewStoring(n.Env(), state, state.Record, author.Proof(key), d.Common, d.Encrypted)
		if err != nil {
			o.fail(err)
			return
		}
		o.Run = c.Begin(n, "store", key, s, func(r *Run) { o.Done, o.Err = true, r.Err })
	})
	return o
}

// Retrieve retrieves a document key through a node.
func (c *Cluster) Retrieve(n *Node, reader *Client, key wire.KeyID, shadow bool) *Outcome {
	o := new(Outcome)
	c.lookup(o, n, key, true, func(state *session.State) {
		s, err := session.NewRetrieval(n.Env(), state, state.Record, state.Document, reader.Proof(key), shadow)
		if err != nil {
			o.fail(err)
			return
		}
		o.Run = c.Begin(n, "retrieve", key, s, func(r *Run) {
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

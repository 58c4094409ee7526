package sessiontest

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// proof is how a client proves an operation.
func (c *Cluster) proof(cl *Client, op wire.Operation, arguments common.Hash, key wire.KeyID) wire.Proof {
	if cl.Wallet {
		return c.Wallet(cl, op, arguments, key)
	}
	return cl.Proof(key)
}

// Wallet is the proof of a wallet's request for these keys, with what is sealed to the client's own key.
func (c *Cluster) Wallet(cl *Client, op wire.Operation, arguments common.Hash, keys ...wire.KeyID) wire.Proof {
	return c.Sign(cl, c.Request(cl, op, arguments, keys...))
}

// Request is an unsigned request, for tests that bend it.
func (c *Cluster) Request(cl *Client, op wire.Operation, arguments common.Hash, keys ...wire.KeyID) *wire.Request {
	return &wire.Request{Chain: ChainID, Cluster: c.ID, Account: cl.Address(), Operation: op, Keys: keys, Arguments: arguments,
		ReplyKey: wire.Point(wire.NodeIDOf(&cl.Key.PublicKey)), Expiry: RequestExpiry}
}

// Sign signs a request as the client; a delegate of it does by a permit for the request's operation and keys.
func (c *Cluster) Sign(cl *Client, r *wire.Request) wire.Proof {
	s := &wire.SignedRequest{Request: *r}
	switch {
	case cl.Contract:
		s.Signature = []byte("two of three owners")
	case cl.Delegate != nil:
		p := wire.Permit{Chain: r.Chain, Cluster: r.Cluster, Account: r.Account, Delegate: cl.Delegate.Address(),
			Operations: []wire.Operation{r.Operation}, Keys: r.Keys, Expiry: RequestExpiry}
		s.Permit = &wire.SignedPermit{Permit: p, Signature: signedWith(cl, p.Digest())}
		s.Signature = signedWith(cl.Delegate, r.Digest())
	default:
		s.Signature = signedWith(cl, r.Digest())
	}
	proof, err := s.Proof()
	check(err)
	return proof
}

func signedWith(cl *Client, digest common.Hash) []byte {
	sig, err := crypto.Sign(digest[:], cl.Key)
	check(err)
	return sig
}

// ChainID is that of the cluster's chain; RequestExpiry is that of its clients' requests.
const (
	ChainID       = 1337
	RequestExpiry = 80_000 // block n has timestamp n; a request may be used a day before it expires
)

// reading is what a retrieval's proof has to be for.
func (c *Cluster) reading(key wire.KeyID) wire.Act {
	return wire.Act{Chain: ChainID, Cluster: c.ID, Operation: wire.OpRetrieve, Key: key, Arguments: wire.NoArguments}
}

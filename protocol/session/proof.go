package session

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Whoever takes part in a session opens the requester's proof itself, for what it is
// itself asked to do: no node can lend a proof to another operation, key or argument.

// OpenGenerate opens the proof of who asks for a new key. It is kept with the key, so it is
// to be short: others take no message with a longer one.
func OpenGenerate(env *Env, key wire.KeyID, threshold uint32, proof wire.Proof) (*wire.Requester, error) {
	if len(proof.Data) > wire.MaxAuthorProof {
		return nil, wire.Errorf(wire.BadRequester, "the request has %d bytes with its permit, but a request that makes a key may have %d: name fewer keys in the permit",
			len(proof.Data), wire.MaxAuthorProof)
	}
	return prove(env, proof, wire.OpGenerate, key, wire.GenerateArguments(threshold))
}

// OpenStore opens the proof of who stores a document key.
func OpenStore(env *Env, m *wire.Store) (*wire.Requester, error) {
	return prove(env, m.Proof, wire.OpStore, m.Key, wire.StoreArguments(m.Common, m.Encrypted))
}

// OpenRead opens the proof of who reads what is not secret, or watches.
func OpenRead(env *Env, op wire.Operation, key wire.KeyID, proof wire.Proof) (*wire.Requester, error) {
	return prove(env, proof, op, key, wire.NoArguments)
}

// OpenRetrieve opens the proof of who wants a document key. A wallet's request is for
// shadow retrieval only: nobody but its reply key is to learn the document key.
func OpenRetrieve(env *Env, key wire.KeyID, proof wire.Proof, shadow bool) (*wire.Requester, error) {
	switch {
	case !shadow && env.Policy.RefusePlain:
		return nil, wire.Errorf(wire.Policy, "this node takes part in shadow retrieval only")
	case !shadow && proof.Kind != wire.LegacyProof:
		return nil, wire.Errorf(wire.BadRequester, "plain retrieval with a wallet's request")
	}
	return prove(env, proof, wire.OpRetrieve, key, wire.NoArguments)
}

// OpenSign opens the proof of who wants a hash signed. A wallet's request names scheme and
// hash, and every signer compares. Parity's signature names neither, and is taken for the
// two schemes that Parity had.
func OpenSign(env *Env, key wire.KeyID, proof wire.Proof, scheme wire.Scheme, hash common.Hash) (*wire.Requester, error) {
	if proof.Kind == wire.LegacyProof && scheme != wire.Schnorr && scheme != wire.ECDSA {
		return nil, wire.Errorf(wire.BadRequester, "a signature of scheme %v takes a wallet's request", scheme)
	}
	return prove(env, proof, wire.OpSign, key, wire.SignArguments(scheme, hash))
}

func prove(env *Env, proof wire.Proof, op wire.Operation, key wire.KeyID, arguments common.Hash, also ...wire.KeyID) (*wire.Requester, error) {
	if proof.Kind == wire.LegacyProof && env.Policy.RefuseLegacy {
		return nil, wire.Errorf(wire.Policy, "this node does not take signatures over the bare id")
	}
	return proof.Recover(wire.Act{Chain: env.Chain, Cluster: env.Cluster, Operation: op, Key: key, Also: also, Arguments: arguments})
}

// OpenBatch opens the proof of a batch, as OpenMany does for its keys.
func OpenBatch(env *Env, m *wire.RetrieveMany) (*wire.Requester, error) {
	keys := make([]wire.KeyID, len(m.Keys))
	for i := range m.Keys {
		keys[i] = m.Keys[i].Key
	}
	return OpenMany(env, keys, m.Proof)
}

// OpenMany is OpenRetrieve for several keys at once.
func OpenMany(env *Env, keys []wire.KeyID, proof wire.Proof) (*wire.Requester, error) {
	if proof.Kind == wire.LegacyProof {
		return nil, wire.Errorf(wire.BadRequester, "a signature over a key id is only for that key")
	}
	return prove(env, proof, wire.OpRetrieve, keys[0], wire.NoArguments, keys[1:]...)
}

// CheckScope fails with BadRequester if the request comes under a permit that is for one author's keys, and the author
// of the key is another.
func CheckScope(requester *wire.Requester, author common.Address) error {
	if requester.Author != (common.Address{}) && requester.Author != author {
		return wire.Errorf(wire.BadRequester, "permit: it is for another author's keys")
	}
	return nil
}

// CheckReader is CheckScope for a key. It fails with Internal if the record has no author.
func CheckReader(requester *wire.Requester, key *wire.KeyRecord) error {
	if requester.Author == (common.Address{}) {
		return nil
	}
	author, err := key.Setup.Author()
	if err != nil {
		return wire.Errorf(wire.Internal, "key record without author: %v", err)
	}
	return CheckScope(requester, author)
}

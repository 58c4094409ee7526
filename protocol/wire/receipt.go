package wire

import (
	"encoding/binary"

	"github.com/ethereum/go-ethereum/common"
)

// Receipt is a key server's word that it has decided about a wallet's request, at one
// block. t+1 of them, by members of the key's set-up, show that the cluster has; the
// version is the hash of the set-up, so it fixes members and threshold.
type Receipt struct {
	Cluster   ClusterID      `json:"cluster"`
	Request   common.Hash    `json:"request"` // what the wallet signed, Requester.Request
	Requester common.Address `json:"requester"`
	Key       KeyID          `json:"key"`
	Version   SessionID      `json:"version"`
	Block     BlockRef       `json:"block"`
	Granted   bool           `json:"granted"`
}

// Digest is what a member signs.
func (r *Receipt) Digest() [32]byte {
	verdict := []byte{0}
	if r.Granted {
		verdict[0] = 1
	}
	return Digest("receipt/1", r.Cluster[:], r.Request[:], r.Requester[:], r.Key[:], r.Version[:],
		binary.BigEndian.AppendUint64(nil, r.Block.Number), r.Block.Hash[:], verdict)
}

// OpMove is the operation of an Access that says whether a key has come to the key servers that followed its own. No account asks
// for it.
const OpMove Operation = "moveKey"

// Access is one decision about a key, as its author is told of it: whether a document key
// was to be released, a hash to be signed, or, without requester and request, whether the
// key could be dealt anew.
type Access struct {
	Key       KeyID          `json:"key"`
	Operation Operation      `json:"operation"` // OpRetrieve, OpSign or OpMove
	Scheme    Scheme         `json:"scheme,omitzero"`
	Hash      common.Hash    `json:"hash,omitzero"` // what was to be signed
	Requester common.Address `json:"requester"`
	Request   common.Hash    `json:"request"` // names the request: of a wallet's, what it signed
	Block     BlockRef       `json:"block"`   // where it was decided
	Granted   bool           `json:"granted"`
	Reason    string         `json:"reason,omitempty"` // why not, for people
}

// Release is what a retrieval gives out, with all that its requester needs to check it
// without trusting the node that was asked: see verify.OpenRelease.
type Release struct {
	Setup       Terms         `json:"setup"` // of the key, with its certificate
	Bodies      common.Hash   `json:"bodies"`
	Commitments []Point       `json:"commitments"`
	Signatures  []Signature   `json:"signatures"` // of every member on CertifyDigest
	Request     RetrieveTerms `json:"asked"`      // what the members were asked
	Parts       []Partial     `json:"parts"`      // theirs, in the order of Request.Set
	Receipt     Receipt       `json:"receipt"`    // what each has signed as Partial.Receipt; of a legacy request none has
}

// Refusal is a no to a wallet's request, with what key servers have signed of it: with
// t+1 signatures the receipt of a refusal, with fewer the word of those.
type Refusal struct {
	Err        *Error        `json:"-"`
	Setup      Terms         `json:"setup"`
	Receipt    Receipt       `json:"receipt"`
	Signatures []IndexedSign `json:"signatures"` // ascending, on Receipt.Digest
}

func (r *Refusal) Error() string { return r.Err.Error() }
func (r *Refusal) Unwrap() error { return r.Err }

// Outcome is what became of one key of a request for several.
type Outcome struct {
	Key     KeyID
	Release *Release // nil with an error
	Err     error
}

// Attempt is the session id that the parts are bound to.
func (r *Release) Attempt() SessionID {
	return r.Request.Session(r.Setup.Cluster, r.Setup.Key, r.Setup.Session())
}

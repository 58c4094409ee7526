package wire

import (
	"errors"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rlp"
)

// WalletProof is a Request as EIP-712 typed data, signed by an account's wallet: its own
// key, its contract (EIP-1271), or a temporary key that it has given a Permit.
const WalletProof ProofKind = 2

// Operation is what a wallet is asked to approve, in the words that the wallet shows.
type Operation string

// The operations are named like the JSON-RPC methods that perform them.
const (
	OpGenerate Operation = "generateServerKey"
	OpStore    Operation = "storeDocumentKey"
	OpPublic   Operation = "serverKey"
	OpRetrieve Operation = "retrieveDocumentKeys"
	OpWatch    Operation = "watchAccess"
	OpSign     Operation = "sign"
)

// Operations are all there are.
var Operations = []Operation{OpGenerate, OpStore, OpPublic, OpRetrieve, OpWatch, OpSign}

const (
	// MaxRequestKeys bounds the key ids of a request, and of a permit.
	MaxRequestKeys = 256
	// MaxValidity is for how many seconds before its expiry a request can be used, and how
	// long a permit can last.
	MaxValidity = 24 * 60 * 60
	// maxWalletSignature bounds what an account's contract is given to check.
	maxWalletSignature = 2048
	// MaxAuthorProof bounds the proof that is kept with a key for ever.
	MaxAuthorProof = 4096
)

// Request is what an account asks of a cluster.
type Request struct {
	Chain     uint64         `json:"chainId"` // chain id
	Cluster   ClusterID      `json:"cluster"`
	Account   common.Address `json:"account"` // who asks
	Operation Operation      `json:"operation"`
	Keys      []KeyID        `json:"keys"`                    // what for; one to MaxRequestKeys
	Arguments common.Hash    `json:"arguments"`               // NoArguments, GenerateArguments, StoreArguments or SignArguments
	ReplyKey  Point          `json:"replyKey" strict:"empty"` // what is released is sealed to it; zero where nothing is
	Expiry    uint64         `json:"expiry"`                  // block timestamp, Unix seconds: the last one at which it is valid
	Nonce     common.Hash    `json:"nonce"`                   // makes requests differ
}

// Permit lets a temporary key ask in an account's name. Who may read is decided by the
// permission contract all the same, for the account.
type Permit struct {
	Chain      uint64         `json:"chainId"`
	Cluster    ClusterID      `json:"cluster"`
	Account    common.Address `json:"account"`  // who permits
	Delegate   common.Address `json:"delegate"` // of the temporary key
	Operations []Operation    `json:"operations"`
	Keys       []KeyID        `json:"keys"`   // the keys it is for
	Author     common.Address `json:"author"` // beside these, all keys of this author; zero for none
	Start      uint64         `json:"start"`  // block timestamps, Unix seconds: the first
	Expiry     uint64         `json:"expiry"` // and the last at which it is valid, at most MaxValidity later
	Nonce      common.Hash    `json:"nonce"`
}

// SignedRequest is the data of a wallet proof.
type SignedRequest struct {
	Request   Request       `json:"message"`
	Signature hexutil.Bytes `json:"signature"`                  // r‖s‖v with v 27 or 28 (or 0, 1), or what the account's contract takes
	Permit    *SignedPermit `rlp:"nil" json:"permit,omitempty"` // then Signature is the delegate's
}

// SignedPermit is a permit with the account's signature, which is like a request's.
type SignedPermit struct {
	Permit    Permit        `json:"message"`
	Signature hexutil.Bytes `json:"signature"`
}

// Proof encodes a signed request as RLP.
func (s *SignedRequest) Proof() (Proof, error) {
	data, err := rlp.EncodeToBytes(s)
	return Proof{Kind: WalletProof, Data: data}, err
}

// Wallet decodes the data of a wallet proof.
func (p Proof) Wallet() (*SignedRequest, error) {
	s := new(SignedRequest)
	if p.Kind != WalletProof {
		return nil, Errorf(BadRequester, "the proof is not that of a wallet's request")
	}
	if err := p.Bound(); err != nil {
		return nil, Errorf(BadRequester, "%v", err)
	}
	if err := rlp.DecodeBytes(p.Data, s); err != nil {
		return nil, Errorf(BadRequester, "wallet request: %v", err)
	}
	return s, nil
}

// The hashes of arguments: keccak256 over nothing, over the threshold as a uint256, and
// over both points.
var NoArguments = crypto.Keccak256Hash()

// GenerateArguments are those of OpGenerate.
func GenerateArguments(threshold uint32) common.Hash {
	w := word(uint64(threshold))
	return crypto.Keccak256Hash(w[:])
}

// StoreArguments are those of OpStore.
func StoreArguments(common, encrypted Point) common.Hash {
	return crypto.Keccak256Hash(common[:], encrypted[:])
}

// Act is what a proof has to be for: every node makes it from what it was asked, not
// from the proof.
type Act struct {
	Chain     uint64
	Cluster   ClusterID
	Operation Operation
	Key       KeyID
	Also      []KeyID // the other keys of a batch
	Arguments common.Hash
}

// covers tells whether all keys of an act are among these.
func (a *Act) covers(keys []KeyID) bool {
	if !slices.Contains(keys, a.Key) {
		return false
	}
	if len(a.Also) == 0 {
		return true
	}
	named := make(map[KeyID]bool, len(keys))
	for _, k := range keys {
		named[k] = true
	}
	return !slices.ContainsFunc(a.Also, func(k KeyID) bool { return !named[k] })
}

// ChainCheck is what only the chain can tell about a proof, at the block of the decision.
type ChainCheck struct {
	Start  uint64 // the first and the last timestamp of a block at which the proof holds
	Expiry uint64
	// Contract is an account whose contract has to confirm a signature; nil if the
	// signature has been checked.
	Contract *ContractCheck
}

// ContractCheck is a call of EIP-1271's isValidSignature.
type ContractCheck struct {
	Account   common.Address
	Digest    common.Hash
	Signature []byte
	Permit    bool // it is the account's permit that was signed, not the request
}

// recoverWallet opens a wallet proof for an act. The requester's Check remains to be
// confirmed.
func (p Proof) recoverWallet(act Act) (*Requester, error) {
	s, err := p.Wallet()
	if err != nil {
		return nil, err
	}
	if err := s.Request.check(act); err != nil {
		return nil, Errorf(BadRequester, "wallet request: %v", err)
	}
	digest := s.Request.Digest()
	r := &Requester{Proof: p, Public: s.Request.ReplyKey, Address: s.Request.Account, Request: digest}
	r.Check = &ChainCheck{Start: s.Request.Expiry - min(s.Request.Expiry, MaxValidity), Expiry: s.Request.Expiry}
	if s.Permit != nil {
		if err := r.delegated(s, digest, act); err != nil {
			return nil, Errorf(BadRequester, "permit: %v", err)
		}
		return r, nil
	}
	if r.Check.Contract, err = signedBy(r.Address, digest, s.Signature); err != nil {
		return nil, Errorf(BadRequester, "wallet request: %v", err)
	}
	return r, nil
}

// check compares a request with what is asked.
func (r *Request) check(act Act) error {
	switch {
	case r.Account == (common.Address{}):
		return errors.New("the zero address belongs to nobody")
	case r.Chain != act.Chain:
		return errors.New("it is for another chain")
	case r.Cluster != act.Cluster:
		return errors.New("it is for another cluster")
	case r.Operation != act.Operation:
		return errors.New("it is for another operation")
	case len(r.Keys) == 0 || len(r.Keys) > MaxRequestKeys:
		return errors.New("it names no keys, or too many")
	case !act.covers(r.Keys):
		return errors.New("it does not name this key")
	case r.Arguments != act.Arguments:
		return errors.New("it is for other arguments")
	case r.Operation == OpSign && r.ReplyKey == Point{}: // the signature is wanted in the open
	case r.Operation == OpRetrieve || r.Operation == OpSign:
		if _, err := crypto.UnmarshalPubkey(append([]byte{4}, r.ReplyKey[:]...)); err != nil {
			return errors.New("its reply key is not a point of the curve")
		}
	}
	return nil
}

// delegated checks a request that a temporary key has signed.
func (r *Requester) delegated(s *SignedRequest, digest common.Hash, act Act) error {
	p := &s.Permit.Permit
	switch {
	case p.Chain != act.Chain || p.Cluster != act.Cluster:
		return errors.New("it is for another chain or cluster")
	case p.Account != r.Address:
		return errors.New("it belongs to another account")
	case len(p.Operations) > len(Operations) || len(p.Keys) > MaxRequestKeys:
		return errors.New("it lists too many operations or keys")
	case !slices.Contains(p.Operations, act.Operation):
		return errors.New("it is not for this operation")
	case p.Expiry < p.Start || p.Expiry-p.Start > MaxValidity:
		return errors.New("it lasts longer than a day")
	case !act.covers(p.Keys) && p.Author == (common.Address{}):
		return errors.New("it is not for this key")
	}
	if contract, err := signedBy(p.Delegate, digest, s.Signature); err != nil || contract != nil {
		return fmt.Errorf("the request is not signed by %s, the key it is for%s", p.Delegate.Hex(), otherSigner(digest, s.Signature))
	}
	contract, err := signedBy(r.Address, p.Digest(), s.Permit.Signature)
	if err != nil {
		return err
	}
	if !act.covers(p.Keys) {
		r.Author = p.Author
	}
	r.Check.Start, r.Check.Expiry = max(r.Check.Start, p.Start), min(r.Check.Expiry, p.Expiry)
	if r.Check.Contract = contract; contract != nil {
		contract.Permit = true
	}
	return nil
}

// otherSigner names who has signed in another's place.
func otherSigner(digest common.Hash, signature []byte) string {
	if signer, ok := SignerOf(digest, signature); ok {
		return ", but by " + signer.Hex()
	}
	return ""
}

// signedBy checks an account's signature, or gives what its contract is to be asked. A
// contract's signature may have any length; one of a key has 65 bytes. (Packed ones are expanded at the door: here every
// member, of whatever version, has to judge alike.)
func signedBy(account common.Address, digest common.Hash, signature []byte) (*ContractCheck, error) {
	if len(signature) > maxWalletSignature {
		return nil, errors.New("the signature is too long")
	}
	if signer, ok := SignerOf(digest, signature); ok && len(signature) == 65 && signer == account {
		return nil, nil
	}
	return &ContractCheck{Account: account, Digest: digest, Signature: signature}, nil
}

package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Receipt shows to anybody that a cluster has released a document key, or refused it: who asked, at which block, and t+1 key servers'
// word for it. docs/receipts.md says what it proves and what not. It holds the whole request, with all keys of a batch.
type Receipt struct {
	Receipt    wire.Receipt       `json:"receipt"`
	Message    wire.Request       `json:"message"` // what the wallet signed, with the chain id
	Setup      wire.Terms         `json:"setup"`   // of the key; its hash is Receipt.Version
	Signatures []ReceiptSignature `json:"signatures"`
}

// ReceiptSignature is one member's on Receipt.Digest.
type ReceiptSignature struct {
	Index     uint32         `json:"index"` // from 1, of Setup.Members
	Signature wire.Signature `json:"signature"`
}

// Receipt is what shows that the key was released.
func (f *Fetched) Receipt() *Receipt {
	r := &Receipt{Receipt: f.Release.Receipt, Message: *f.Request, Setup: f.Release.Setup}
	for i, index := range f.Release.Request.Set {
		r.Signatures = append(r.Signatures, ReceiptSignature{index, f.Release.Parts[i].Receipt})
	}
	return r
}

// maxReceipt bounds a receipt's file: a request has 256 keys, a set-up some 64 members.
const maxReceipt = 256 << 10

// ReadReceipt reads a receipt as JSON. It refuses what it does not know, since nothing signed that.
func ReadReceipt(from io.Reader) (*Receipt, error) {
	limited := &io.LimitedReader{R: from, N: maxReceipt + 1}
	dec := json.NewDecoder(limited)
	dec.DisallowUnknownFields()
	r := new(Receipt)
	err := dec.Decode(r)
	if err == nil {
		if _, end := dec.Token(); end != io.EOF {
			err = errors.New("something follows the receipt")
		}
	}
	if limited.N == 0 {
		err = fmt.Errorf("more than %d bytes", maxReceipt)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the receipt: %w", err)
	}
	return r, nil
}

// VerifyReceipt checks a receipt off line: t+1 different members of the key's set-up have signed it, it is about the request
// and the set-up that come with it, and it is a grant. With servers, every member must be one of them. Without, the caller
// has to know Setup.Members or Receipt.Version from somebody it trusts: anybody can run key servers and make a key.
func VerifyReceipt(r *Receipt, servers []common.Address) error {
	if !r.Receipt.Granted {
		return errors.New("the receipt is not valid: it is no grant")
	}
	return r.verify(servers)
}

// VerifyRefusal is VerifyReceipt of a receipt that says no.
func VerifyRefusal(r *Receipt, servers []common.Address) error {
	if r.Receipt.Granted {
		return errors.New("the receipt is not valid: it is no refusal")
	}
	return r.verify(servers)
}

func (r *Receipt) verify(servers []common.Address) error {
	if err := r.check(); err != nil {
		return fmt.Errorf("the receipt is not valid: %w", err)
	}
	for _, m := range r.Setup.Members {
		if len(servers) > 0 && !slices.Contains(servers, m.Address()) {
			return fmt.Errorf("the receipt is not of the servers given: %v (%s) holds a part of the key, too", m.Address(), m.Short())
		}
	}
	return nil
}

func (r *Receipt) check() error {
	if err := r.Setup.Bound(); err != nil {
		return fmt.Errorf("set-up: %w", err)
	}
	told := &r.Receipt
	switch {
	case told.Version != r.Setup.Session():
		return errors.New("the version is not the hash of the set-up")
	case told.Cluster != r.Setup.Cluster || told.Key != r.Setup.Key:
		return errors.New("it is not about the key of the set-up")
	case told.Request != r.Message.Digest():
		return errors.New("it is not about this request")
	case told.Requester != r.Message.Account || told.Cluster != r.Message.Cluster || r.Message.Operation != wire.OpRetrieve || !slices.Contains(r.Message.Keys, told.Key):
		return errors.New("its request is another's, or for something else")
	}
	return r.checkSignatures()
}

func (r *Receipt) checkSignatures() error {
	digest, before := r.Receipt.Digest(), uint32(0)
	for _, s := range r.Signatures {
		if s.Index <= before || int64(s.Index) > int64(len(r.Setup.Members)) {
			return fmt.Errorf("signatures of members %d and %d: indices ascend from 1 to %d", before, s.Index, len(r.Setup.Members))
		}
		before = s.Index
		if member := r.Setup.Members[s.Index-1]; !signedByNode(member, digest, &s.Signature) {
			return fmt.Errorf("key server %s (%d) has not signed it", member.Short(), s.Index)
		}
	}
	if got, want := len(r.Signatures), int(r.Setup.Threshold)+1; got < want {
		return fmt.Errorf("it has %d signatures and needs %d", got, want)
	}
	return nil
}

// signedByNode takes the one form of a signature that key servers make, as the contract does.
func signedByNode(node wire.NodeID, digest [32]byte, sig *wire.Signature) bool {
	r, s := new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:64])
	if !crypto.ValidateSignatureValues(sig[64], r, s, true) {
		return false
	}
	pub, err := crypto.SigToPub(digest[:], sig[:])
	return err == nil && wire.NodeIDOf(pub) == node
}

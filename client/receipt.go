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
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Receipt shows to anybody that a cluster has released a document key, or refused it: who asked, at which block, and t+1 key servers'
// word for it. docs/receipts.md says what it proves and what not. It holds the whole request, with all keys of a batch.
type Receipt struct {
	Receipt    wire.Receipt       `json:"receipt"`
	Message    wire.Request       `json:"message"` // what the wallet signed, with the chain id
	Setup      wire.Terms         `json:"setup"`   // of the key; its hash is Receipt.Version
	Signatures []ReceiptSignature `json:"signatures"`

	// Record is the certificate of the key as it was when the receipt was made, if the key had moved by then to other servers
	// than those that made it: whoever checks may know only those.
	Record *wire.Certificate `json:"record,omitempty"`
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
	if f.Release.Setup.Move != nil {
		r.Record = &wire.Certificate{Setup: f.Release.Setup, Bodies: f.Release.Bodies, Commitments: f.Release.Commitments, Signatures: f.Release.Signatures}
	}
	return r
}

// maxRecord bounds a key's record: each of up to 255 members has some 450 bytes in it, a commitment 140.
const maxRecord = 256 << 10

// ReadRecord reads the certificate of a key as JSON, and checks that all its members have signed it.
func ReadRecord(from io.Reader) (*wire.Certificate, error) {
	c := new(wire.Certificate)
	if err := readWhole(from, maxRecord, c); err != nil {
		return nil, fmt.Errorf("reading the key's record: %w", err)
	}
	if err := verify.Certificate(c); err != nil {
		return nil, fmt.Errorf("the key's record: %w", err)
	}
	return c, nil
}

// maxReceipt bounds a receipt's file: a request has 256 keys, a set-up up to 255 members, and there may be a record.
const maxReceipt = 512 << 10

// ReadReceipt reads a receipt as JSON. It refuses what it does not know, since nothing signed that.
func ReadReceipt(from io.Reader) (*Receipt, error) {
	r := new(Receipt)
	if err := readWhole(from, maxReceipt, r); err != nil {
		return nil, fmt.Errorf("reading the receipt: %w", err)
	}
	return r, nil
}

// readWhole reads one JSON value with known fields and nothing after it.
func readWhole(from io.Reader, most int64, into any) error {
	limited := &io.LimitedReader{R: from, N: most + 1}
	dec := json.NewDecoder(limited)
	dec.DisallowUnknownFields()
	err := dec.Decode(into)
	if err == nil {
		if _, end := dec.Token(); end != io.EOF {
			err = errors.New("something follows it")
		}
	}
	if limited.N == 0 {
		err = fmt.Errorf("more than %d bytes", most)
	}
	return err
}

// Witnesses are whose word for a receipt counts. Anybody can run key servers, and each of those that you know could make up a
// set-up in which its own word is enough: so who the servers are is not all that has to be known.
type Witnesses struct {
	// Version of the key, as its publisher has told it. It fixes servers and threshold, and is enough while the key has not moved.
	Version *wire.SessionID
	// Sets are the server sets that follow one another, from one that you know. With them receipts of later versions than
	// Version are believed, if the key's record comes with them; or the Record, or the Threshold, of its making.
	Sets *verify.Succession
	// Servers are key servers that you know: all members of the key must be among them. With them comes one of the next two.
	Servers []common.Address
	// Record is the certificate of the key: all its members have signed its set-up, and they are a majority of Servers, or of the
	// set, so that not all of them lie if at most as many lie as the key's threshold says. With Sets and Version it may be
	// that of the making of the key, too, which tells the threshold.
	Record *wire.Certificate
	// Threshold is how many of Servers may lie: more of them must have signed the receipt.
	Threshold *uint32
}

// ErrWitnesses means that by servers alone nothing can be said about a receipt.
var ErrWitnesses = errors.New("knowing its servers proves nothing: one of them could have made up a key of its own; " +
	"give the key's version (--key-version), its record (--record), or how many of the servers may lie (--threshold)")

// VerifyReceipt checks a receipt off line: t+1 different members of the key's set-up have signed it, it is about the request
// and the set-up that come with it, and it is a grant; and they are the witnesses. Without any, the caller has to compare
// Receipt.Version with what somebody it trusts has told.
func VerifyReceipt(r *Receipt, w Witnesses) error {
	if !r.Receipt.Granted {
		return errors.New("the receipt is not valid: it is about a refusal")
	}
	return r.verify(&w)
}

// VerifyRefusal is VerifyReceipt of a receipt that says no.
func VerifyRefusal(r *Receipt, w Witnesses) error {
	if r.Receipt.Granted {
		return errors.New("the receipt is not valid: it is about a grant")
	}
	return r.verify(&w)
}

func (r *Receipt) verify(w *Witnesses) error {
	if err := r.check(); err != nil {
		return fmt.Errorf("the receipt is not valid: %w", err)
	}
	for _, m := range r.Setup.Members {
		if len(w.Servers) > 0 && !slices.Contains(w.Servers, m.Address()) {
			return fmt.Errorf("the receipt names other servers than those given: %v (%s) holds a part of the key, too", m.Address(), m.Short())
		}
	}
	if w.Sets != nil {
		return r.verifyBySets(w)
	}
	if w.Version != nil && *w.Version != r.Receipt.Version && *w.Version == r.Setup.Origin() {
		return fmt.Errorf("the receipt is about version %x of the key, to which version %x was moved: %w", r.Receipt.Version[:], w.Version[:], errSet(r.Setup.Set))
	}
	if w.Version != nil && *w.Version != r.Receipt.Version {
		return fmt.Errorf("the receipt is about version %x of the key, not %x", r.Receipt.Version[:], w.Version[:])
	}
	if w.Record != nil {
		if err := r.checkRecord(w); err != nil {
			return err
		}
	}
	if t := w.Threshold; t != nil && int64(len(r.Signatures)) <= int64(*t) {
		return fmt.Errorf("the receipt has %d signatures; if %d servers may lie it needs %d", len(r.Signatures), *t, int64(*t)+1)
	}
	if len(w.Servers) > 0 && w.Version == nil && w.Record == nil && w.Threshold == nil {
		return ErrWitnesses
	}
	return nil
}

// verifyBySets checks a receipt, of whichever version, by the sets that have followed. What its set-up says of itself, above all its
// threshold, needs the word of more members of its set than may lie: nobody whom the verifier knew has chosen it.
func (r *Receipt) verifyBySets(w *Witnesses) error {
	origin := r.Setup.Origin()
	if w.Version != nil {
		origin = *w.Version
	}
	set, err := w.Sets.Speaks(&r.Setup, origin, r.Receipt.Block.Number)
	if err != nil {
		return fmt.Errorf("the receipt: %w", err)
	}
	record := w.Record
	if record == nil {
		record = r.Record
	}
	t := set.Floor
	switch {
	case w.Version != nil && *w.Version == r.Receipt.Version: // it fixes all of the set-up
	case w.Version != nil && w.Record != nil && w.Record.Setup.Session() == origin:
		made := &w.Record.Setup
		if r.Setup.Move.Made != made.Threshold || r.Setup.Key != made.Key || r.Setup.Cluster != made.Cluster {
			return errors.New("the receipt is about another key than the record, or says that it was made with another threshold")
		}
		t = max(t, made.Threshold)
	case w.Threshold != nil:
		t = max(t, *w.Threshold)
	case record != nil:
		return recordOf(record, r)
	default:
		return ErrSets
	}
	if int64(len(r.Signatures)) <= int64(t) {
		return fmt.Errorf("the receipt has %d signatures; a key of server set %d needs %d", len(r.Signatures), set.Epoch, int64(t)+1)
	}
	return nil
}

// recordOf wants the set-up of a receipt, which is of a known set, to be one that all its members have signed: they are a majority.
func recordOf(record *wire.Certificate, r *Receipt) error {
	if record.Setup.Session() != r.Receipt.Version {
		return fmt.Errorf("the record is of version %x of the key %v, the receipt of version %x", record.Setup.Session(), record.Setup.Key, r.Receipt.Version[:])
	}
	if err := verify.Certificate(record); err != nil {
		return fmt.Errorf("the key's record: %w", err)
	}
	return nil
}

// ErrSets means that of a key that has moved the server set alone says nothing.
var ErrSets = errors.New("knowing the server set proves nothing: one of its members could have made up a version of the key; give the " +
	"record of the key (--record), or how many of the servers may lie (--threshold)")

// checkRecord wants the set-up to be one that all members have signed, and that they are too many to be all liars.
func (r *Receipt) checkRecord(w *Witnesses) error {
	if err := verify.Certificate(w.Record); err != nil {
		return fmt.Errorf("the key's record: %w", err)
	}
	if w.Record.Setup.Session() != r.Receipt.Version {
		return fmt.Errorf("the record is of version %x of the key %v, the receipt of version %x of the key %v",
			w.Record.Setup.Session(), w.Record.Setup.Key, r.Receipt.Version[:], r.Receipt.Key)
	}
	var distinct []common.Address
	for _, a := range w.Servers {
		if !slices.Contains(distinct, a) {
			distinct = append(distinct, a)
		}
	}
	if got, want := len(r.Setup.Members), wire.Majority(len(distinct), int(r.Setup.Threshold)); got < want {
		return fmt.Errorf("the key has %d members, and with %d key servers and threshold %d a key has at least %d: they could have made it alone",
			got, len(distinct), r.Setup.Threshold, want)
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

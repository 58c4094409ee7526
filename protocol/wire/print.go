package wire

import (
	"fmt"
	"io"
)

// What is secret here never prints, whatever the verb, nor is it in JSON or in a log: a record may be of a share, and Parity's
// proof works for whoever sees it.

// String names the record. Its value never shows.
func (r Record) String() string {
	return fmt.Sprintf("record of kind %d of key %v, session %v, %d bytes", r.Kind, r.Key, r.Session, len(r.Value))
}

// Format hides the value from every verb.
func (r Record) Format(f fmt.State, _ rune) { io.WriteString(f, r.String()) }

// MarshalText is String.
func (r Record) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// String tells the kind alone.
func (p Proof) String() string { return fmt.Sprintf("proof of kind %d(redacted)", p.Kind) }

// Format hides the proof from every verb.
func (p Proof) Format(f fmt.State, _ rune) { io.WriteString(f, p.String()) }

// MarshalText is String.
func (p Proof) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// What has a proof in it prints field by field, and the proof says what it says of itself. Without a Format of its own a mistaken
// verb would show it: fmt asks nothing that a pointer leads to for its Format when it tells %!s of the pointer.
type (
	plainSetup        Setup
	plainKeyRecord    KeyRecord
	plainRequester    Requester
	plainInit         Init
	plainConflict     Conflict
	plainAdopt        Adopt
	plainPoll         Poll
	plainVote         Vote
	plainKnown        Known
	plainSupply       Supply
	plainStore        Store
	plainRetrieve     Retrieve
	plainRetrieveMany RetrieveMany
	plainSign         Sign
	plainRedistribute Redistribute
	plainSuperseded   Superseded
)

func (v Setup) Format(f fmt.State, _ rune)        { fmt.Fprintf(f, "%+v", plainSetup(v)) }
func (v KeyRecord) Format(f fmt.State, _ rune)    { fmt.Fprintf(f, "%+v", plainKeyRecord(v)) }
func (v Requester) Format(f fmt.State, _ rune)    { fmt.Fprintf(f, "%+v", plainRequester(v)) }
func (v Init) Format(f fmt.State, _ rune)         { fmt.Fprintf(f, "%+v", plainInit(v)) }
func (v Conflict) Format(f fmt.State, _ rune)     { fmt.Fprintf(f, "%+v", plainConflict(v)) }
func (v Adopt) Format(f fmt.State, _ rune)        { fmt.Fprintf(f, "%+v", plainAdopt(v)) }
func (v Poll) Format(f fmt.State, _ rune)         { fmt.Fprintf(f, "%+v", plainPoll(v)) }
func (v Vote) Format(f fmt.State, _ rune)         { fmt.Fprintf(f, "%+v", plainVote(v)) }
func (v Known) Format(f fmt.State, _ rune)        { fmt.Fprintf(f, "%+v", plainKnown(v)) }
func (v Supply) Format(f fmt.State, _ rune)       { fmt.Fprintf(f, "%+v", plainSupply(v)) }
func (v Store) Format(f fmt.State, _ rune)        { fmt.Fprintf(f, "%+v", plainStore(v)) }
func (v Retrieve) Format(f fmt.State, _ rune)     { fmt.Fprintf(f, "%+v", plainRetrieve(v)) }
func (v RetrieveMany) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "%+v", plainRetrieveMany(v)) }
func (v Sign) Format(f fmt.State, _ rune)         { fmt.Fprintf(f, "%+v", plainSign(v)) }
func (v Redistribute) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "%+v", plainRedistribute(v)) }
func (v Superseded) Format(f fmt.State, _ rune)   { fmt.Fprintf(f, "%+v", plainSuperseded(v)) }

package store

import (
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// schemaVersion is the version of everything below. A store with a higher one is
// refused; a lower one would be migrated at Open.
const schemaVersion = 1

// The keys of the database.
//
//	"v"                                   → schema version, 8 bytes big-endian
//	"m"                                   → RLP meta: how the secret gives the master key
//	"o"                                   → sealed RLP Owner: whose store this is
//	"g"                                   → sealed RLP Gap: the store may lack promises
//	"n"                                   → how many batches were written, 8 bytes big-endian
//	"r" ‖ kind ‖ key id 32 ‖ session 32   → sealed value; a secret kind: key file id 16 ‖ sealed value. A share that
//	                                        was pending is sealed as that
//	"e" ‖ key file id 16                  → "": this key file is to be destroyed
var (
	versionKey = []byte("v")
	metaKey    = []byte("m")
	ownerKey   = []byte("o")
	gapKey     = []byte("g")
	writesKey  = []byte("n")
)

const (
	recordPrefix = 'r'
	erasedPrefix = 'e'

	recordKeyLen = 1 + 1 + 32 + 32
	erasedKeyLen = 1 + fileIDLen
	fileIDLen    = 16
)

// fileID names a key file.
type fileID [fileIDLen]byte

func (id fileID) String() string { return hex.EncodeToString(id[:]) }

// recordID is the database key of a record. It is also the associated data of the
// record's seal, so a value moved to another key doesn't open.
type recordID [recordKeyLen]byte

func newRecordID(kind wire.RecordKind, key wire.KeyID, session wire.SessionID) (id recordID) {
	id[0], id[1] = recordPrefix, byte(kind)
	copy(id[2:], key[:])
	copy(id[34:], session[:])
	return id
}

func parseRecordID(dbkey []byte) (id recordID, err error) {
	if len(dbkey) != recordKeyLen || dbkey[0] != recordPrefix {
		return id, fmt.Errorf("unknown database key %x", dbkey)
	}
	copy(id[:], dbkey)
	if !known(id.kind()) {
		return id, fmt.Errorf("unknown record kind %d", id[1])
	}
	return id, nil
}

func (id recordID) kind() wire.RecordKind       { return wire.RecordKind(id[1]) }
func (id recordID) key() (k wire.KeyID)         { copy(k[:], id[2:]); return k }
func (id recordID) session() (s wire.SessionID) { copy(s[:], id[34:]); return s }

// pending is where a share lay while its attempt was not decided; false of all that is no share.
func (id recordID) pending() (recordID, bool) {
	if id.kind() != wire.RecordShare {
		return id, false
	}
	id[1] = byte(wire.RecordPending)
	return id, true
}

// kinds names the record kinds for people.
var kinds = map[wire.RecordKind]string{
	wire.RecordKey: "certificate", wire.RecordShare: "share", wire.RecordAttempt: "generation promise",
	wire.RecordPending: "pending share", wire.RecordAbandoned: "abandoned attempt",
	wire.RecordOutcome: "fate of an attempt",
	wire.RecordPromise: "document promise", wire.RecordDocument: "document key",
	wire.RecordDealt: "commitment to a dealing",
	wire.RecordNext:  "certificate of a redistribution", wire.RecordFormer: "former certificate", wire.RecordBound: "promise of a redistribution",
	wire.RecordSet:      "server set",
	wire.RecordEpochKey: "epoch key",
	wire.RecordSetBound: "promise about a server set",
	wire.RecordWaiver:   "waiver of a document key",
	wire.RecordRestored: "mark of a restored version",
	wire.RecordFence:    "fence of an epoch", wire.RecordListed: "listed attempt", wire.RecordGathered: "gathered listings",
	wire.RecordErased: "receipt of erasure", wire.RecordOwed: "list of owed receipts of erasure",
	wire.RecordRound: "round", wire.RecordStoredUnder: "certificate that a document key was stored under",
	wire.RecordAddress: "address of a key server",
}

// kindsInOrder are the kinds of records about keys, in the order of the database.
func kindsInOrder() []wire.RecordKind {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(kinds)), func(k wire.RecordKind) bool { return !k.OfKey() })
}

// keptOfSets are the kinds of records about the server set that a backup has: which sets there are, what was promised
// about them, and whose listings are in. What these name is with the keys of the same backup, and they are read before
// the keys, so that no listing counts of which something is missing. Without them a cluster whose nodes all come back
// from backups would wait for listings that nobody can give any more. Not the epoch keys: who steals a backup years
// later must not be able to sign in a former set. Nor the fences: a node makes them again before it speaks.
var keptOfSets = []wire.RecordKind{wire.RecordSet, wire.RecordSetBound, wire.RecordGathered}

func known(kind wire.RecordKind) bool { return kinds[kind] != "" }

func (id recordID) String() string {
	text := fmt.Sprintf("%s of key %v", kinds[id.kind()], id.key())
	if id.session() != (wire.SessionID{}) {
		text += fmt.Sprintf(", version %v", id.session())
	}
	return text
}

func erasedKey(id fileID) []byte { return append([]byte{erasedPrefix}, id[:]...) }

// splitSecret takes a secret record's value apart.
func splitSecret(value []byte) (id fileID, sealed []byte, err error) {
	if len(value) < fileIDLen {
		return id, nil, errors.New("value is too short")
	}
	copy(id[:], value)
	return id, value[fileIDLen:], nil
}

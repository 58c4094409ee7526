package wire

import (
	"fmt"
	"slices"
)

// Kind is a kind of session, with all that the parts of a node have to know of it to run such sessions, to bound them, to
// count them and to tell of them: they read its columns, and none of them asks which kind it is. Kinds are compared by
// ==; the zero value is none. The table of them is below, that of the messages that open them is beside (register, opens).
type Kind struct {
	Name   string // in logs and metrics
	Class  Class
	Log    LogLevel
	Work   Work
	Cost   Cost
	Links  Links
	Leaves Leaves
}

// String is the name.
func (k Kind) String() string { return k.Name }

// ForClients tells whether key servers open such sessions for their clients alone, so that what can wait gives way to them.
// They look keys up by themselves, too.
func (k Kind) ForClients() bool {
	return k == KindGenerate || k == KindStore || k == KindRetrieve || k == KindSign
}

// Class is what sessions of a kind are to the cluster.
type Class uint8

// The classes.
const (
	// Changes: members hold or have promised something after it that they had not before. Whoever asks for it is
	// confirmed before members look at the rest: package join has who that is.
	Changes Class = iota + 1
	// Reads: it finds or uses what is there. Where it takes a permission, members' machines ask for that themselves.
	Reads
	// Asks: it is an operator's question. It is answered by what is on the disk, and says little about how soon a peer
	// answers, since it waits for disks and chains.
	Asks
)

// LogLevel is how sessions that this node begins itself are logged. Those that others open are in their own logs.
type LogLevel uint8

// The levels.
const (
	LogInfo  LogLevel = iota + 1 // few, and what operators want to read of
	LogDebug                     // many
)

// Work is which places the steps of its machines take.
type Work uint8

// The places.
const (
	Steps Work = iota + 1 // those of all that is soon done
	Deals                 // those of dealings, which take much longer
)

// Cost is what it costs another node to open one here, beside a place among its sessions.
type Cost uint8

// The costs.
const (
	CostsNothing Cost = iota + 1
	// CostsGeneration: one of its key generations a minute, and room for one more key. One is joined after another, since
	// those of one key id get into each other's way.
	CostsGeneration
	CostsCredit   // credit for the items that it has dealt
	CostsQuestion // one of its questions a minute
)

// Links is who speaks with whom.
type Links uint8

// The ways of speaking.
const (
	Pairs Links = iota + 1 // each member with the coordinator, whose messages keep their order
	Mesh                   // each with each: over links that are not in step a message may come before the opening
)

// Leaves is what comes to nothing when its opener leaves it, or puts another in its place, once members have shown
// their part of it.
type Leaves uint8

// What comes to nothing.
const (
	LeavesNothing Leaves = iota + 1
	LeavesAttempt        // an attempt at a key; while it lasts, other attempts for the key id have to wait
	LeavesOpening        // a nonce for ECDSA, which members have opened
)

// The kinds of sessions. A row here, and messages that are registered for it, are a new one; all that has to be told of
// it elsewhere is asked for when the program starts.
var (
	KindGenerate = newKind("generate", Changes, LogInfo, Deals, CostsGeneration, Mesh, LeavesAttempt)
	KindResolve  = newKind("resolve", Changes, LogDebug, Steps, CostsGeneration, Pairs, LeavesNothing) // a vote on a made-up attempt stays on disk, too
	KindStore    = newKind("store", Changes, LogInfo, Steps, CostsNothing, Pairs, LeavesNothing)
	KindRetrieve = newKind("retrieve", Reads, LogDebug, Steps, CostsNothing, Pairs, LeavesNothing)
	KindLookup   = newKind("lookup", Reads, LogDebug, Steps, CostsNothing, Pairs, LeavesNothing)
	KindSign     = newKind("sign", Reads, LogDebug, Steps, CostsNothing, Pairs, LeavesOpening)
	KindDeal     = newKind("deal", Changes, LogDebug, Deals, CostsCredit, Pairs, LeavesNothing)
	KindMove     = newKind("move", Changes, LogDebug, Deals, CostsNothing, Mesh, LeavesAttempt) // members refuse what is not due
	KindExplain  = newKind("explain", Asks, LogDebug, Steps, CostsQuestion, Pairs, LeavesNothing)
	KindHoldings = newKind("holdings", Asks, LogDebug, Steps, CostsQuestion, Pairs, LeavesNothing)
	KindDecide   = newKind("decide", Changes, LogInfo, Steps, CostsNothing, Pairs, LeavesNothing) // costs nothing: it takes the administrators' signatures
	KindSettle   = newKind("settle", Changes, LogInfo, Steps, CostsNothing, Pairs, LeavesNothing)
	KindFollow   = newKind("follow", Reads, LogDebug, Steps, CostsNothing, Pairs, LeavesNothing)
	KindList     = newKind("list", Asks, LogDebug, Steps, CostsNothing, Pairs, LeavesNothing)
	KindHold     = newKind("hold", Asks, LogDebug, Steps, CostsNothing, Pairs, LeavesNothing)
	KindReceipts = newKind("receipts", Asks, LogDebug, Steps, CostsNothing, Pairs, LeavesNothing)
	KindPlan     = newKind("plan", Asks, LogDebug, Steps, CostsQuestion, Pairs, LeavesNothing)
	KindRehearse = newKind("rehearse", Asks, LogDebug, Deals, CostsQuestion, Pairs, LeavesNothing)
)

// newKind adds a kind to the table. Every column has to be given.
func newKind(name string, class Class, level LogLevel, work Work, cost Cost, links Links, leaves Leaves) Kind {
	k := Kind{name, class, level, work, cost, links, leaves}
	known.addKind(k)
	return k
}

// Kinds are all kinds of sessions, in the order of the table.
func Kinds() []Kind { return slices.Clone(known.kinds) }

// addKind takes a row in that is complete and has a name of its own.
func (t *table) addKind(k Kind) {
	if k.Name == "" || k.Class == 0 || k.Log == 0 || k.Work == 0 || k.Cost == 0 || k.Links == 0 || k.Leaves == 0 {
		panic(fmt.Sprintf("wire: internal error: kind of session %q lacks a column: %+v", k.Name, struct{ Kind }{k}))
	}
	if slices.ContainsFunc(t.kinds, func(other Kind) bool { return other.Name == k.Name }) {
		panic(fmt.Sprintf("wire: internal error: two kinds of sessions are called %q", k.Name))
	}
	t.kinds = append(t.kinds, k)
}

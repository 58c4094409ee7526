package join

import (
	"fmt"
	"maps"
	"slices"

	"github.com/geth-ss/geth-ss/protocol/asking"
	"github.com/geth-ss/geth-ss/protocol/documents"
	"github.com/geth-ss/geth-ss/protocol/gathering"
	"github.com/geth-ss/geth-ss/protocol/generation"
	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/items"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// openings has a row for each message that opens a session (wire.OpeningKinds): what it is about, who has to be confirmed
// before it is looked at, for whom room is made, and the machine.
var openings = checked(tableOf(
	opens(oneKey, openGenerate, roomToGenerate, func(j *joiner, m *wire.Init) *generation.Member {
		return generation.Join(j.env, j.state, j.from, j.id, m)
	}),
	ofAnySet(opens(oneKey, nobody, roomToMove, func(j *joiner, m *wire.Redistribute) *generation.Member {
		return generation.JoinMove(j.env, j.state, j.from, j.id, m)
	})),
	ofAnySet(opens(oneKey, nobody, undisturbed, func(j *joiner, _ *wire.Poll) *generation.ResolutionMember {
		return generation.JoinResolution(j.env, j.state, j.from, j.id)
	})),
	ofAnySet(opens(oneKey, session.OpenStore, nil, func(j *joiner, _ *wire.Store) *documents.StoringMember {
		return documents.JoinStoring(j.env, j.state, j.from, j.id)
	})),
	ofAnySet(opens(oneKey, nobody, nil, func(j *joiner, _ *wire.StoreCertificate) *documents.StoringMember {
		return documents.JoinStoring(j.env, j.state, j.from, j.id)
	})),
	ofAnySet(opens(oneKey, nil, nil, func(j *joiner, _ *wire.LookUp) *documents.LookupMember {
		return documents.JoinLookup(j.env, j.state, j.from, j.id)
	})),
	ofAnySet(opens(oneKey, nil, nil, func(j *joiner, _ *wire.Retrieve) *gathering.RetrievalMember {
		return gathering.JoinRetrieval(j.env, j.state, j.from, j.id)
	})),
	ofAnySet(opens(oneKey, nil, nil, func(j *joiner, _ *wire.RetrieveMany) *gathering.BatchMember {
		return gathering.JoinBatch(j.env, j.from, j.id)
	})),
	ofAnySet(opens(oneKey, nil, nil, func(j *joiner, _ *wire.Sign) *gathering.SigningMember {
		return gathering.JoinSigning(j.env, j.lend, j.state, j.from, j.id)
	})),
	ofAnySet(opens(manyKeys, nobody, nil, func(j *joiner, _ *wire.Deal) *items.DealingMember {
		return items.JoinDealing(j.env, j.lend, j.from, j.id)
	})),
	ofAnySet(opens(oneKey, nil, nil, func(j *joiner, _ *wire.Explain) *asking.ExplainingMember {
		return asking.JoinExplaining(j.state, j.from, j.id)
	})),
	ofAnySet(opens(manyKeys, nil, nil, func(j *joiner, m *wire.Holdings) *asking.HoldingsMember {
		return asking.JoinHoldings(j.load, j.from, j.id, m)
	})),
	opens(serverSets, nobody, nil, func(j *joiner, _ *wire.Propose) *handover.DecidingMember {
		return handover.JoinDeciding(j.env, j.from, j.id)
	}),
	opens(serverSets, nobody, undecided, func(j *joiner, _ *wire.SetPoll) *handover.SettlingMember {
		return handover.JoinSettling(j.env, j.from, j.id)
	}),
	opens(serverSets, nil, nil, func(j *joiner, _ *wire.Follow) *handover.FollowingMember {
		return handover.JoinFollowing(j.env, j.from, j.id)
	}),
	ofAnySet(opens(manyKeys, nil, nil, func(j *joiner, m *wire.ListKeys) *handover.GatheringMember {
		return handover.JoinGathering(j.env, j.from, j.id, m)
	})),
	ofAnySet(opens(manyKeys, nil, nil, func(j *joiner, m *wire.AskHolds) *handover.HoldingMember {
		return handover.JoinHolding(j.env, j.load, j.from, j.id, m)
	})),
	ofAnySet(opens(manyKeys, nil, nil, func(j *joiner, m *wire.AskErased) *handover.ReceiptsMember {
		return handover.JoinReceipts(j.env, j.from, j.id, m)
	})),
	ofAnySet(opens(manyKeys, nil, nil, func(j *joiner, m *wire.ListShares) *handover.PlanningMember {
		return handover.JoinPlanning(j.env, j.load, j.from, j.id, m)
	})),
	opens(serverSets, nil, nil, func(j *joiner, m *wire.Rehearse) *generation.RehearsingMember {
		return generation.JoinRehearsing(j.env, j.load, j.from, j.id, m)
	}),
), wire.OpeningKinds())

// row is what joining a session takes, by the message that opens it.
type row struct {
	code  wire.Code
	about subject
	// requester is whom the chain has to confirm before the opening is looked at; nil in sessions that change nothing, whose
	// machines ask for themselves. An opening that is wrong in any other way is for its own machine to refuse.
	requester func(*session.Env, wire.Opening) (*wire.Requester, error)
	// room is MakeRoom; nil in sessions that get into nobody's way.
	room    func(live []session.Machine, from wire.NodeID, id wire.SessionID, opening wire.Opening) ([]session.Machine, error)
	machine func(*joiner, wire.Opening) session.Machine

	// anySet: members of any server set that this node knows speak so with each other; else those of the newest do.
	anySet bool

	makesKey, givesUp bool // whether the machine is one of generating, and of givingUp
}

// subject is what an opening is about.
type subject uint8

const (
	oneKey     subject = iota + 1 // the machine is made with what is known of it
	manyKeys                      // or none: the machine reads itself what it needs
	serverSets                    // likewise; and who takes part need not be a member of the newest set
)

// joiner is what a row's machine is made with.
type joiner struct {
	env   session.Env
	lend  items.Lender
	load  func(wire.KeyID) (*session.State, error)
	state *session.State // of the key that the opening is about
	from  wire.NodeID
	id    wire.SessionID
}

// read reads what is known of the key by now.
func (j *joiner) read(key wire.KeyID) (err error) {
	j.state, err = j.load(key)
	return err
}

// opens is the row of the opening M. All columns have to be given.
func opens[M wire.Opening, P session.Machine](
	about subject,
	requester func(*session.Env, M) (*wire.Requester, error),
	room func([]session.Machine, wire.NodeID, wire.SessionID, M) ([]session.Machine, error),
	machine func(*joiner, M) P,
) row {
	var m M
	var p P
	r := row{code: m.Code(), about: about, machine: func(j *joiner, m wire.Opening) session.Machine { return machine(j, m.(M)) }}
	_, r.makesKey = any(p).(generating)
	_, r.givesUp = any(p).(givingUp)
	if requester != nil {
		r.requester = func(env *session.Env, m wire.Opening) (*wire.Requester, error) { return requester(env, m.(M)) }
	}
	if room != nil {
		r.room = func(live []session.Machine, from wire.NodeID, id wire.SessionID, m wire.Opening) ([]session.Machine, error) {
			return room(live, from, id, m.(M))
		}
	}
	return r
}

// ofAnySet is a row of sessions among the members of all sets.
func ofAnySet(r row) row {
	r.anySet = true
	return r
}

// nobody is the requester of what changes something and is asked for by nobody, or convinces whoever sends it.
func nobody[M wire.Opening](*session.Env, M) (*wire.Requester, error) { return nil, nil }

// openGenerate opens the proof of who wants a key.
func openGenerate(env *session.Env, m *wire.Init) (*wire.Requester, error) {
	return session.OpenGenerate(env, m.Setup.Key, m.Setup.Threshold, m.Setup.Proof)
}

// whom is whom the chain has to confirm before an opening is looked at; nil if nobody.
func (r *row) whom(env *session.Env, opening wire.Opening) *wire.Requester {
	if r.requester == nil {
		return nil
	}
	who, err := r.requester(env, opening)
	if err != nil || who == nil || who.Check == nil {
		return nil
	}
	return who
}

// table has the rows by their codes.
type table map[wire.Code]row

func tableOf(rows ...row) table {
	t := make(table)
	for _, r := range rows {
		if _, twice := t[r.code]; twice {
			panic(fmt.Sprintf("join: internal error: opening %#x has two rows", r.code))
		}
		t[r.code] = r
	}
	return t
}

// checked is the table. It ends the program if an opening has no row, or one that does not go with the kind of session
// that it opens.
func checked(t table, kinds map[wire.Code]wire.Kind) table {
	for _, code := range slices.Sorted(maps.Keys(kinds)) {
		r, ok := t[code]
		kind := kinds[code]
		switch {
		case !ok:
			panic(fmt.Sprintf("join: internal error: opening %#x of a session %q has no row", code, kind))
		case (kind.Class == wire.Changes) != (r.requester != nil):
			panic(fmt.Sprintf("join: internal error: opening %#x of a session %q has to say who is confirmed before if it changes anything, and only then", code, kind))
		case r.about != serverSets && (kind.Cost == wire.CostsGeneration || kind.Leaves == wire.LeavesAttempt) != (r.room != nil):
			panic(fmt.Sprintf("join: internal error: opening %#x of a session %q has to say who makes room if it makes a key or decides about one, and only then", code, kind))
		case (kind.Leaves == wire.LeavesAttempt) != r.makesKey || (kind.Leaves == wire.LeavesNothing) == r.givesUp:
			panic(fmt.Sprintf("join: internal error: opening %#x of a session %q: what comes to nothing when it is left is not what its machine tells of", code, kind))
		}
	}
	for _, code := range slices.Sorted(maps.Keys(t)) {
		if _, ok := kinds[code]; !ok {
			panic(fmt.Sprintf("join: internal error: message %#x has a row, and opens nothing", code))
		}
	}
	return t
}

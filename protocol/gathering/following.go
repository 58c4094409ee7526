package gathering

import (
	"fmt"
	"strings"

	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// following is what a gathering has to know of the versions of its key while it runs.
type following struct {
	count  int                  // how often it went on under a later one
	out    map[wire.NodeID]bool // holders that were lost or caught, whatever their indices
	saving bool                 // the last step has saved what was learnt
}

// superseded goes on under the later version that a holder has answered with, within the same request. Nothing of the
// attempts before is used any more: what was proven for them holds for their version alone.
func (g *gathering) superseded(from wire.NodeID, index uint32, m *wire.Superseded) session.Effects {
	if g.follows.count >= session.MaxFollowed {
		g.refusal = wire.Errorf(wire.Unavailable, "the key was dealt anew %d times meanwhile; retry", session.MaxFollowed)
		g.round.votes[index] = voteOut
		return g.advance(session.Effects{})
	}
	state, save, err := session.Follow(&g.env, g.record, m)
	switch {
	case session.Differs(err): // this node is behind, or the holder is of another view
		g.refusal = wire.Errorf(wire.ReasonOf(err), "%s", session.DetailOf(err))
		g.gone[index], g.round.votes[index] = true, voteOut
		return g.advance(session.BlameOrDiffer(from, g.name+": answered with a later version", err))
	case wire.ReasonOf(err) == wire.InvalidMessage || wire.ReasonOf(err) == wire.Cryptographic:
		return g.blame(from, index, g.name+": answered with a later version: "+session.DetailOf(err))
	case err != nil:
		return g.end(session.Effects{}, err)
	}
	g.follows.saving = len(save) > 0
	g.round.votes[index] = voteOut // owes nothing under that version
	return g.follow(state, m.Document, session.Effects{Save: save})
}

// overtaken is this node's state if another session of it has learnt of a later version of the key since; else nil.
func (g *gathering) overtaken() *session.State {
	if g.env.Load == nil || g.follows.count >= session.MaxFollowed {
		return nil
	}
	state, err := g.env.Load(g.record.Setup.Key)
	if err != nil || !state.Supersedes(g.record) {
		return nil
	}
	return state
}

// follow begins anew under the version of a state, with what the own chain has said already: a permission is about the key.
func (g *gathering) follow(state *session.State, document *wire.DocumentRecord, eff session.Effects) session.Effects {
	g.follows.count++
	eff.Add(g.dismiss())
	if err := g.task.adopt(state, document); err != nil {
		return g.end(eff, err)
	}
	g.state, g.record = state, state.Record
	g.stand()
	if others := g.others(); others != nil {
		return g.end(eff, others)
	}
	before := g.round
	g.round = newRound(g, before.block, before.granted, before.reason)
	g.round.second = before.second
	return g.advance(eff)
}

// stand finds out who holds shares of the record, and whether this node does.
func (g *gathering) stand() {
	g.share, g.self, g.rank, g.never = nil, 0, nil, 0
	g.gone, g.supplied, g.forgot = make(map[uint32]bool), make(map[wire.NodeID]bool), make(map[uint32]int)
	if g.state.Share != nil && g.state.Usable(g.record.Version()) {
		g.share, g.self = g.state.Share, g.state.Share.Index
		g.rank = append(g.rank, g.self)
	}
	for _, node := range g.env.Holders(&g.record.Setup) {
		index := g.record.Setup.Index(node)
		g.rank = append(g.rank, index)
		if g.follows.out[node] {
			g.gone[index] = true
		}
	}
}

// others is the answer of a node that holds no share of the key any more and is connected with too few of those that do;
// else nil.
func (g *gathering) others() error {
	if g.self != 0 || len(g.rank) >= g.size || g.record.Setup.Index(g.env.Self.ID()) != 0 {
		return nil
	}
	return NotHere(&g.record.Setup)
}

// NotHere says that other key servers hold the shares of a key by now, and which: NotMember.
func NotHere(key *wire.Setup) *wire.Error {
	var names []string
	for _, node := range key.Members {
		names = append(names, node.Address().Hex())
	}
	return wire.Errorf(wire.NotMember, "key %v is held by other key servers now; ask %s", key.Key, strings.Join(names, " or "))
}

// unsaved goes on after what it learnt could not be saved because another session had learnt it, or something later, in
// the same moment. ok is false if that is not why.
func (g *gathering) unsaved(c session.Cancel) (eff session.Effects, ok bool) {
	if !g.follows.saving || g.ended && !g.done || wire.ReasonOf(c.Err) != wire.Busy {
		return eff, false
	}
	state, err := g.env.Load(g.record.Setup.Key)
	if err != nil || !state.Usable(g.record.Version()) && !state.Supersedes(g.record) {
		return eff, false
	}
	g.follows.saving = false
	return g.follow(state, nil, eff), true
}

// exclude does without a node in every version of the key.
func (g *gathering) exclude(node wire.NodeID) {
	g.follows.out[node] = true
	if index := g.record.Setup.Index(node); index != 0 {
		g.gone[index] = true
	}
}

// adopt has the document key released under the version of this state.
func (r *Retrieval) adopt(state *session.State, told *wire.DocumentRecord) error {
	document, err := documentOf(&r.env, state, r.record, r.document, told)
	if err != nil {
		return err
	}
	r.document, r.size = document, int(state.Record.Setup.Threshold)+1
	return nil
}

// documentOf is the pair to go on with under the version of a state. A pair that was certified under the version before is
// the same under all versions; only a certificate that names another one, or none, contradicts that.
func documentOf(env *session.Env, state *session.State, before *wire.KeyRecord, known, told *wire.DocumentRecord) (*wire.DocumentRecord, error) {
	for _, d := range []*wire.DocumentRecord{state.Document, known, told} {
		if d != nil && d.SamePoints(known) && state.CheckDocument(env, d, before) == nil {
			return d, nil
		}
	}
	return nil, wire.Errorf(wire.Internal, "the certificate of key %v does not name the document key that was stored for it", state.Record.Setup.Key)
}

// adopt has the hash signed under the version of this state: the key is the same, how many signers it takes may not be.
func (s *Signing) adopt(state *session.State, _ *wire.DocumentRecord) error {
	size, err := signers(s.scheme, state.Record)
	if err == nil {
		s.size = size
	}
	return err
}

// signers is how many holders sign together under a key. It fails with TooFew.
func signers(scheme wire.Scheme, key *wire.KeyRecord) (int, error) {
	size, have := scheme.Signers(key.Setup.Threshold), len(key.Setup.Members)
	if size > have {
		return 0, wire.Errorf(wire.TooFew, "%v under a key of threshold %d takes %d key servers, and %d hold shares of it", scheme, key.Setup.Threshold, size, have)
	}
	return size, nil
}

// String tells people that a request has gone on under a later version; nothing if it has not.
func (f *following) String() string {
	if f.count == 0 {
		return ""
	}
	return fmt.Sprintf(", followed %d", f.count)
}

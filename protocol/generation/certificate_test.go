package generation_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/generation"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// resign has all members certify and acknowledge what was changed.
func (g *generating) resign(r *wire.KeyRecord) {
	r.Signatures, r.Acks = nil, nil
	for i, m := range r.Setup.Members {
		id := g.Node(m).NodeKey()
		r.Signatures = append(r.Signatures, id.Sign(wire.CertifyDigest(r.Version(), r.Transcript())))
		r.Acks = append(r.Acks, wire.IndexedSign{Index: uint32(i + 1), Signature: id.Sign(wire.VoteDigest(r.Version(), 0, true))})
	}
}

// A certificate holds for exactly one record.
func TestVerifyRecord(t *testing.T) {
	g := newGenerating(t, 4, 1)
	r := g.succeeds(g.Nodes[0], 1)
	for name, change := range map[string]func(*wire.KeyRecord){
		"key":                func(r *wire.KeyRecord) { r.Setup.Key[0] ^= 1 },
		"threshold":          func(r *wire.KeyRecord) { r.Setup.Threshold = 0 },
		"author":             func(r *wire.KeyRecord) { r.Setup.Proof.Data = make([]byte, 65) },
		"initiator":          func(r *wire.KeyRecord) { r.Setup.Initiator = r.Setup.Members[1] },
		"nonce":              func(r *wire.KeyRecord) { r.Setup.Nonce[9] ^= 1 },
		"bodies":             func(r *wire.KeyRecord) { r.Bodies[0] ^= 1 },
		"identity as key":    func(r *wire.KeyRecord) { r.Commitments[0] = wire.Point{} },
		"point off curve":    func(r *wire.KeyRecord) { r.Commitments[1][0] ^= 1 },
		"other point":        func(r *wire.KeyRecord) { r.Commitments[1] = r.Commitments[0] },
		"commitment more":    func(r *wire.KeyRecord) { r.Commitments = append(r.Commitments, r.Commitments[0]) },
		"signature":          func(r *wire.KeyRecord) { r.Signatures[2][7] ^= 1 },
		"swapped signatures": func(r *wire.KeyRecord) { r.Signatures[0], r.Signatures[1] = r.Signatures[1], r.Signatures[0] },
		"signature less":     func(r *wire.KeyRecord) { r.Signatures = r.Signatures[:3] },
		"acknowledgement":    func(r *wire.KeyRecord) { r.Acks[0].Signature[7] ^= 1 },
		"repeated ack":       func(r *wire.KeyRecord) { r.Acks[1] = r.Acks[0] },
		"no members":         func(r *wire.KeyRecord) { r.Setup.Members = nil },
	} {
		c := sessiontest.CopyRecord(r)
		change(c)
		if err := verify.Record(g.ID, g.Members(), c); err == nil || wire.ReasonOf(err) != wire.InvalidMessage {
			t.Errorf("changed %s: %v", name, err)
		}
	}
	for name, change := range map[string]func(*wire.KeyRecord){ // that all have signed
		"identity as key":     func(r *wire.KeyRecord) { r.Commitments[0] = wire.Point{} },
		"identity in it":      func(r *wire.KeyRecord) { r.Commitments[1] = wire.Point{} },
		"point off curve":     func(r *wire.KeyRecord) { r.Commitments[1][0] ^= 1 },
		"commitment more":     func(r *wire.KeyRecord) { r.Commitments = append(r.Commitments, r.Commitments[0]) },
		"commitment less":     func(r *wire.KeyRecord) { r.Commitments = r.Commitments[:1] },
		"members in disorder": func(r *wire.KeyRecord) { slices.Reverse(r.Setup.Members) },
	} {
		c := sessiontest.CopyRecord(r)
		change(c)
		g.resign(c)
		if err := verify.Record(g.ID, g.Members(), c); err == nil || wire.ReasonOf(err) != wire.InvalidMessage {
			t.Errorf("signed by all, %s: %v", name, err)
		}
	}
	// What holds and is of others is taken by nobody, and is not the fault of who gives it.
	fewer, other := g.Members()[1:], wire.NodeID{0xff}
	for name, err := range map[string]error{
		"of another cluster":                  verify.Record(wire.ClusterID{7}, g.Members(), r),
		"of a smaller set":                    verify.Record(g.ID, append(g.Members(), other), r),
		"of a larger set":                     verify.Record(g.ID, fewer, r),
		"with a member that is no key server": verify.Record(g.ID, append(fewer, other), r),
	} {
		if !session.Differs(err) {
			t.Errorf("a record %s: %v", name, err)
		}
	}
	for _, index := range []uint32{0, 5} {
		if _, err := verify.PublicShare(r, index); err == nil {
			t.Errorf("there is a share with index %d", index)
		}
	}
}

// What Activate does with a record, by what the node has.
func TestActivate(t *testing.T) {
	g := newGenerating(t, 4, 1)
	r := g.succeeds(g.Nodes[0], 1)
	unconfirmed := sessiontest.CopyRecord(r)
	unconfirmed.Acks = unconfirmed.Acks[:1]
	other := sessiontest.CopyRecord(r)
	other.Setup.Nonce[0] ^= 1
	otherUnconfirmed := sessiontest.CopyRecord(other)
	otherUnconfirmed.Acks = nil
	attempt := &session.Attempt{Setup: r.Setup, Bodies: r.Bodies, Commitments: r.Commitments}
	share := &session.Share{Index: 1, Value: secp256k1.NewScalar(5)}
	for _, c := range []struct {
		name   string
		state  session.State
		record *wire.KeyRecord
		reason wire.Reason // 0: taken
		share  bool        // the state has a share afterwards
		idle   bool        // nothing to save
	}{
		{"nothing", session.State{}, r, 0, false, false},
		{"nothing, unconfirmed", session.State{}, unconfirmed, wire.Unavailable, false, true},
		{"promised", session.State{Attempt: attempt, Pending: share}, r, 0, true, false},
		{"promised, unconfirmed", session.State{Attempt: attempt, Pending: share}, unconfirmed, wire.Unavailable, false, true},
		{"promised to another", session.State{Attempt: attempt, Pending: share}, other, 0, false, false},
		{"held", session.State{Record: r, Share: share}, r, 0, true, true},
		{"held, now confirmed", session.State{Record: unconfirmed, Share: share}, r, 0, true, false},
		{"held, now unconfirmed", session.State{Record: r, Share: share}, unconfirmed, 0, true, true},
		{"another held, unconfirmed", session.State{Record: other, Share: share}, unconfirmed, wire.Unavailable, true, true},
		{"another unconfirmed held, unconfirmed", session.State{Record: otherUnconfirmed, Share: share}, unconfirmed, wire.Unavailable, true, true},
		{"another unconfirmed held", session.State{Record: otherUnconfirmed, Share: share}, r, 0, false, false},
		{"another confirmed held", session.State{Record: other, Share: share}, r, wire.KeyExists, true, true},
		{"abandoned, but confirmed", session.State{Outcomes: []session.AttemptOutcome{{Session: r.Version(), Final: new(wire.Abandonment)}}}, r, 0, false, false},
	} {
		state := c.state
		batch, err := session.Activate(&state, c.record)
		if c.reason != 0 {
			if wire.ReasonOf(err) != c.reason || err == nil {
				t.Errorf("%s: %v, want %v", c.name, err, c.reason)
			}
			continue
		}
		if err != nil || (len(batch) == 0) != c.idle {
			t.Errorf("%s: %d changes, %v", c.name, len(batch), err)
			continue
		}
		if len(batch) > 0 {
			state.Apply(c.record)
		}
		if (state.Share != nil) != c.share || state.Record.Version() != c.record.Version() && !c.idle {
			t.Errorf("%s: share %v of %v", c.name, state.Share, state.Record.Version())
		}
	}
}

// A share survives its encoding, and shows itself in no other way.
func TestShare(t *testing.T) {
	s := &session.Share{Index: 7, Value: secp256k1.NewScalar(0xabcdef)}
	enc := s.Encode()
	if got, err := session.DecodeShare(enc); err != nil || got.Index != 7 || !got.Value.Equal(s.Value) {
		t.Errorf("decoded %v, %v", got, err)
	}
	for _, bad := range [][]byte{nil, enc[1:], append(enc[:len(enc):len(enc)], 0), append([]byte{0, 0, 0, 1}, make([]byte, 31)...)} {
		if _, err := session.DecodeShare(bad); err == nil {
			t.Errorf("a share of %d bytes is taken", len(bad))
		}
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		if got := fmt.Sprintf(verb, s); got != "share 7" {
			t.Errorf("%s prints %s", verb, got)
		}
	}
}

// A node that does not like a set-up refuses it, and says why.
func TestRefusedInit(t *testing.T) {
	g := newGenerating(t, 4, 1)
	good := wire.Setup{Cluster: g.ID, Key: g.key, Threshold: 1, SetSize: 4, Members: g.Members(),
		Initiator: g.Nodes[0].ID(), Proof: g.author.Proof(g.key)}
	for _, c := range []struct {
		name   string
		change func(s *wire.Setup, n *sessiontest.Node)
		want   wire.Reason
	}{
		{"cluster", func(s *wire.Setup, _ *sessiontest.Node) { s.Cluster[0] ^= 1 }, wire.NotMember},
		{"initiator", func(s *wire.Setup, n *sessiontest.Node) { s.Initiator = n.ID() }, wire.InvalidMessage},
		{"threshold of all", func(s *wire.Setup, _ *sessiontest.Node) { s.Threshold = 4 }, wire.InvalidMessage},
		{"disorder", func(s *wire.Setup, _ *sessiontest.Node) {
			s.Members = append([]wire.NodeID(nil), s.Members[1], s.Members[0], s.Members[2], s.Members[3])
		}, wire.InvalidMessage},
		{"an initiator that is no member", func(s *wire.Setup, _ *sessiontest.Node) { s.Members = s.Members[1:] }, wire.InvalidMessage},
		{"set size", func(s *wire.Setup, _ *sessiontest.Node) { s.SetSize = 5 }, wire.NotMember},
		{"stranger", func(s *wire.Setup, _ *sessiontest.Node) {
			s.Members = wire.SortNodeIDs(append([]wire.NodeID{{1}}, s.Members[0], s.Members[1], s.Members[2]))
		}, wire.NotMember},
		{"not asked", func(s *wire.Setup, n *sessiontest.Node) {
			s.Members = append([]wire.NodeID(nil), s.Members[0], s.Members[2], s.Members[3])
		}, wire.NotMember},
		{"proof", func(s *wire.Setup, _ *sessiontest.Node) { s.Proof.Data = []byte{1} }, wire.BadRequester},
		{"threshold", func(_ *wire.Setup, n *sessiontest.Node) {
			n.Policy = &session.Policy{RefusePlain: true, MinThreshold: 2}
		}, wire.Threshold},
		{"legacy proof", func(_ *wire.Setup, n *sessiontest.Node) {
			n.Policy = &session.Policy{RefuseLegacy: true, RefusePlain: true}
		}, wire.Policy},
	} {
		n := g.Nodes[1]
		n.Policy = nil
		s := good
		c.change(&s, n)
		init := &wire.Init{Setup: s}
		m := generation.Join(n.Env(), n.State(g.key), g.Nodes[0].ID(), s.Session(), init)
		eff := m.Step(session.Received{From: g.Nodes[0].ID(), Session: s.Session(), Msg: init})
		if !eff.Done || wire.ReasonOf(eff.Err) != c.want || len(eff.Send) != 1 || len(eff.Save) != 0 {
			t.Errorf("%s: %v, want %v", c.name, eff.Err, c.want)
			continue
		}
		if refuse, ok := eff.Send[0].Msg.(*wire.Refuse); !ok || refuse.Reason != c.want {
			t.Errorf("%s: answered with %T", c.name, eff.Send[0].Msg)
		}
	}
}

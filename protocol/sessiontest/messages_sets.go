package sessiontest

import (
	"fmt"
	"strings"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// setOrder is what administrators have ordered.
func (d *describer) setOrder(o *wire.SetOrder) string {
	ids := make([]wire.NodeID, len(o.Members))
	for i := range o.Members {
		ids[i] = o.Members[i].Node
	}
	giving := ""
	if o.GiveUp {
		giving = fmt.Sprintf(", giving set %d up,", o.Epoch-1)
	}
	return fmt.Sprintf("set %d of %s%s by %s", o.Epoch, d.nodes(ids), giving, d.number("order", o.Nonce))
}

// setAttempt is a go at a set, once it is fixed.
func (d *describer) setAttempt(a *wire.SetAttempt) string {
	return fmt.Sprintf("%s at %s, coordinator %s, ready are %s", d.number("attempt", a.ID()), d.setOrder(&a.Order), d.c.Name(a.Coordinator), d.ready(a.Ready))
}

func (d *describer) ready(all []wire.Readiness) string {
	ids := make([]wire.NodeID, len(all))
	for i := range all {
		ids[i] = all[i].Node
	}
	return d.nodes(ids)
}

func (d *describer) bound(all []wire.SetSign) string {
	ids := make([]wire.NodeID, len(all))
	for i := range all {
		ids[i] = all[i].Node
	}
	return d.nodes(ids)
}

func (d *describer) link(l *wire.SetLink) string {
	return fmt.Sprintf("%s, bound are %s, completed in ballot %d by %s", d.setAttempt(&l.Attempt), d.bound(l.Signed), l.Decided.Ballot, d.signers(l.Decided.Votes))
}

func (d *describer) propose(m *wire.Propose) string {
	return fmt.Sprintf("%s, coordinator %s, at block %d; %s", d.setOrder(&m.Attempt.Order), d.c.Name(m.Attempt.Coordinator), m.Attempt.Block.Number, d.setLinks(&m.History))
}

func (d *describer) setLinks(m *wire.SetLinks) string {
	var parts []string
	if m.First != nil {
		parts = append(parts, "set 0 of "+d.nodes(m.First.Members))
	}
	for i := range m.Links {
		parts = append(parts, d.link(&m.Links[i]))
	}
	if m.More {
		parts = append(parts, "and more")
	}
	if len(parts) == 0 {
		return "no links"
	}
	return strings.Join(parts, "; ")
}

func (d *describer) setPoll(m *wire.SetPoll) string {
	parts := []string{fmt.Sprintf("set %d", m.Epoch)}
	if m.Cancel != nil {
		parts = append(parts, d.number("order", m.Cancel.Cancel.Nonce)+" is cancelled")
	}
	if m.Attempt != nil {
		parts = append(parts, d.setAttempt(m.Attempt))
	}
	switch {
	case m.Ask != nil:
		parts = append(parts, "vote "+d.motion(m.Ask))
	case m.Attempt != nil && m.Final == nil && m.Link == nil:
		parts = append(parts, "how did you vote?")
	}
	return strings.Join(append(parts, d.setEnd(m.Signed, m.Final, m.Link)...), "; ")
}

func (d *describer) setVote(m *wire.SetVote) string {
	parts := []string{"not cast"}
	if m.Cast != nil {
		parts[0] = d.motion(m.Cast)
	}
	if m.Held != nil {
		parts = append(parts, "bound to "+d.setAttempt(m.Held))
	}
	return strings.Join(append(parts, d.setEnd(m.Signed, m.Final, m.Link)...), "; ")
}

// setEnd is what a poll or a vote brings along.
func (d *describer) setEnd(signed []wire.SetSign, final *wire.Abandonment, l *wire.SetLink) (parts []string) {
	if len(signed) > 0 {
		parts = append(parts, "bound are "+d.bound(signed))
	}
	if final != nil {
		parts = append(parts, fmt.Sprintf("%s abandoned in ballot %d by %s", d.number("attempt", final.Session), final.Ballot, d.signers(final.Signatures)))
	}
	if l != nil {
		parts = append(parts, "established: "+d.link(l))
	}
	return parts
}

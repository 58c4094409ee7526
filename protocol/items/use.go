package items

import (
	"slices"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// used is what evidence against a member has to say of an item. The member's word on it is
// this coordinator's alone.
func (i *Item) Used(index uint32) wire.UsedItem {
	at := slices.Index(i.Dealt.Setup.Set, index)
	return wire.UsedItem{Setup: *i.Dealt.Setup, Bodies: i.Dealt.Bodies, Joint: i.Dealt.Joint, Certified: i.Dealt.Certifies[at]}
}

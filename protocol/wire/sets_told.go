package wire

import "github.com/ethereum/go-ethereum/common"

// SetsTold is how a node tells clients which server sets have followed one another. Clients believe none of it: see
// verify.Link.
type SetsTold struct {
	Chain   uint64     `json:"chainId"`
	Cluster ClusterID  `json:"cluster"`
	Newest  SetRef     `json:"newest"` // that this node knows
	First   *ServerSet `json:"first"`  // set 0, if it was asked for from the beginning; else null
	Links   []SetLink  `json:"links"`  // the next ones after the epoch that was asked from, one after the other, at most MaxLinks
	More    bool       `json:"more"`   // and there are others: ask from the last one on
}

// Told is how a chain is told.
func (m *SetLinks) Told(chain uint64, newest *ServerSet) *SetsTold {
	told := &SetsTold{Chain: chain, Cluster: newest.Cluster, Newest: newest.Ref(), First: m.First, Links: m.Links, More: m.More}
	if told.Links == nil {
		told.Links = []SetLink{}
	}
	if m.First != nil { // set 0 has no epoch keys, and perhaps no administrators: these are empty lists, not null
		first := *m.First
		if first.Keys == nil {
			first.Keys = []Point{}
		}
		if first.Authority.Administrators == nil {
			first.Authority.Administrators = []common.Address{}
		}
		told.First = &first
	}
	return told
}

// Bound checks number, order and lists.
func (t *SetsTold) Bound() error {
	return (&SetLinks{First: t.First, Links: t.Links, More: t.More}).Bound()
}

package wire

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ethereum/go-ethereum/common"
)

// Set is the server set that is told, as its hash covers it. It fails if the hash is another set's: who signs an order
// must not sign one for members that somebody made up.
func (s *ServersInfo) Set() (*ServerSet, error) {
	set := &ServerSet{Cluster: s.Cluster, Epoch: s.Epoch, Parent: s.Parent, Floor: s.Floor, Refresh: s.Refresh,
		Authority: Authority{Administrators: s.Administrators, Needed: s.Needed}}
	for i := range s.Members {
		set.Members = append(set.Members, s.Members[i].ID)
		if s.Epoch != 0 {
			set.Keys = append(set.Keys, s.Members[i].Key)
		}
	}
	if err := set.Bound(); err != nil {
		return nil, err
	}
	if set.Hash() != s.Hash {
		return nil, errors.New("the hash of the server set is not that of these members and settings")
	}
	return set, nil
}

// Order is the order that changes a set as requested. The members that stay are reached where the set says. Errors say in
// a sentence what is wrong with the request. Expires of the request has to be set by the caller.
func (r *OrderRequest) Order(present *ServersInfo, nonce common.Hash) (*SetOrder, error) {
	set, err := present.Set()
	if err != nil {
		return nil, err
	}
	if err := r.Bound(); err != nil {
		return nil, err
	}
	if r.Back {
		return nil, errors.New("the set before is not in what is told of the present one: have a key server make the order")
	}
	o := &SetOrder{Chain: present.Chain, Cluster: set.Cluster, Epoch: set.Epoch + 1, Parent: present.Hash, Floor: set.Floor, Refresh: set.Refresh,
		Administrators: set.Authority.Administrators, Needed: set.Authority.Needed, Force: r.Force, Expires: r.Expires, Nonce: nonce, GiveUp: r.GiveUp}
	if o.Members, err = r.members(present, set); err != nil {
		return nil, err
	}
	if err := r.settings(o, set); err != nil {
		return nil, err
	}
	return o, o.Bound()
}

// GoesBack fails, with what is wrong in a sentence, unless an order after a set gives back the one before that: its members and
// settings, but for a floor that is as it is now.
func (o *SetOrder) GoesBack(before, present *ServerSet) error {
	switch {
	case present.Epoch == 0 || present.Parent != before.Hash():
		return errors.New("it is held against another set than the one before")
	case o.Cluster != present.Cluster || o.Epoch != present.Epoch+1 || o.Parent != present.Hash():
		return errors.New("it does not follow the present set")
	case !slices.Equal(o.Set().Members, before.Members):
		return errors.New("it has other members than the set before")
	case o.Floor != present.Floor || o.Refresh != before.Refresh || o.Needed != before.Authority.Needed ||
		!slices.Equal(o.Administrators, before.Authority.Administrators):
		return errors.New("it has other settings than the set before")
	}
	return nil
}

// members are those that stay, and those that join.
func (r *OrderRequest) members(present *ServersInfo, set *ServerSet) ([]OrderMember, error) {
	leaving, joining := make(map[NodeID]bool), make(map[NodeID]string)
	leave := func(id NodeID) error {
		switch {
		case !set.Contains(id):
			return fmt.Errorf("%v… is not a key server, so it can't leave", id.Short())
		case leaving[id]:
			return fmt.Errorf("%v… leaves twice", id.Short())
		}
		leaving[id] = true
		return nil
	}
	join := func(url string) error {
		id, address, err := ParseNodeURL(url)
		switch {
		case err != nil:
			return err
		case set.Contains(id):
			return fmt.Errorf("%v… is a key server already", id.Short())
		case joining[id] != "":
			return fmt.Errorf("%v… joins twice", id.Short())
		}
		joining[id] = address
		return nil
	}
	for _, id := range r.Remove {
		if err := leave(id); err != nil {
			return nil, err
		}
	}
	for _, url := range r.Add {
		if err := join(url); err != nil {
			return nil, err
		}
	}
	for i := range r.Replace {
		if err := leave(r.Replace[i].ID); err != nil {
			return nil, err
		}
		if err := join(r.Replace[i].With); err != nil {
			return nil, err
		}
	}
	var members []OrderMember
	for i := range present.Members {
		m := &present.Members[i]
		if leaving[m.ID] {
			continue
		}
		_, address, err := ParseNodeURL(m.Enode)
		if err != nil {
			return nil, fmt.Errorf("the address of %v…, which stays, is not known: %w", m.ID.Short(), err)
		}
		members = append(members, OrderMember{m.ID, address})
	}
	for id, address := range joining {
		members = append(members, OrderMember{id, address})
	}
	switch n := len(members); {
	case n == 0:
		return nil, errors.New("no key server would be left")
	case n > MaxMembers:
		return nil, fmt.Errorf("there would be %d key servers; at most %d are possible", n, MaxMembers)
	}
	slices.SortFunc(members, func(a, b OrderMember) int { return a.Node.Compare(b.Node) })
	return members, nil
}

// settings are what a set has beside its members.
func (r *OrderRequest) settings(o *SetOrder, set *ServerSet) error {
	if r.Floor != nil {
		o.Floor = *r.Floor
	}
	if r.Refresh != nil {
		o.Refresh = *r.Refresh
	}
	if r.Administrators != nil {
		o.Administrators = slices.SortedFunc(slices.Values(*r.Administrators), common.Address.Cmp)
		if len(o.Administrators) == 0 {
			return errors.New("no administrator would be left, and nobody could ever change the set again")
		}
	}
	if r.Needed != nil {
		o.Needed = *r.Needed
	}
	n := len(o.Administrators)
	switch {
	case o.Floor < set.Floor:
		return fmt.Errorf("the floor would be %d; it never gets lower than now, %d", o.Floor, set.Floor)
	case int64(o.Floor) >= int64(len(o.Members)):
		return fmt.Errorf("a floor of %d takes %d key servers; there would be %d", o.Floor, uint64(o.Floor)+1, len(o.Members))
	case slices.Contains(o.Administrators, common.Address{}):
		return errors.New("the zero address would be an administrator, for which nobody can sign")
	case len(slices.Compact(slices.Clone(o.Administrators))) != n:
		return errors.New("an administrator is named twice, and would count once")
	case n > 0 && (o.Needed == 0 || int64(o.Needed) > int64(n)):
		return fmt.Errorf("%d of %d administrators would have to sign; say how many by needed, from 1 to %d", o.Needed, n, n)
	}
	next := o.Set()
	if slices.Equal(next.Members, set.Members) && next.Floor == set.Floor && next.Refresh == set.Refresh && o.Needed == set.Authority.Needed &&
		slices.Equal(o.Administrators, set.Authority.Administrators) {
		return errors.New("it changes nothing")
	}
	return nil
}

// ParseNodeURL takes a key server's URL apart, enode://PUBLIC@HOST:PORT[?…], into id and HOST:PORT. PUBLIC is 128 hex
// digits of a point of the curve.
func ParseNodeURL(url string) (id NodeID, address string, err error) {
	rest, ok := strings.CutPrefix(url, "enode://")
	public, address, found := strings.Cut(rest, "@")
	if !ok || !found {
		return id, "", fmt.Errorf("%.60q is not enode://PUBLIC@HOST:PORT", url)
	}
	if err := parseHex(public, id[:]); err != nil {
		return id, "", fmt.Errorf("the key before the @ of %.60q is none: %w", url, err)
	}
	if _, err := id.PublicKey(); err != nil {
		return id, "", fmt.Errorf("the key before the @ of %.60q is not a point of the curve", url)
	}
	address, _, _ = strings.Cut(address, "?")
	colon := strings.LastIndexByte(address, ':')
	if colon <= 0 || len(address) > MaxOrderAddress || strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return id, "", fmt.Errorf("%.20s…@%.60q has no HOST:PORT after the @", "enode://"+public, address)
	}
	if port, err := strconv.ParseUint(address[colon+1:], 10, 16); err != nil || port == 0 {
		return id, "", fmt.Errorf("%.20s…@%.60q has no port from 1 to 65535", "enode://"+public, address)
	}
	return id, address, nil
}

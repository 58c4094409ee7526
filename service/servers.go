package service

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/log"
	"github.com/ethereum/go-ethereum/p2p/enode"

	"github.com/geth-ss/geth-ss/protocol"
	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/serverset"
)

const (
	// orderLife is until when an order counts that does not say.
	orderLife = 3 * 24 * time.Hour
	// meetWait is how long members of a set that is ordered are waited for to be connected, before it is decided.
	meetWait = 15 * time.Second
	// decideWait bounds how long an order is tried to be decided.
	decideWait = 2 * time.Minute
)

// Servers tells who the key servers are, and what is under way.
func (o *operator) Servers(context.Context) (*wire.ServersInfo, error) {
	sets := o.servers.Sets()
	newest := sets.Newest()
	info := &wire.ServersInfo{
		Chain: o.chainID, Cluster: o.cluster, Epoch: newest.Epoch, Hash: newest.Hash(), Parent: newest.Parent,
		Members: []wire.MemberInfo{}, Former: []wire.MemberInfo{},
		Administrators: append([]common.Address{}, newest.Authority.Administrators...), Needed: newest.Authority.Needed,
		Floor: newest.Floor, Refresh: newest.Refresh, Difference: handover.Differs(o.servers.first.Load(), sets),
		GivenUp: o.servers.givenUp(),
	}
	if newest.Epoch == 0 {
		info.Difference = handover.DiffersFrom(o.servers.first.Load(), o.succession.began.Load())
	}
	for i, member := range newest.Members {
		m := o.memberInfo(member)
		if len(newest.Keys) > 0 {
			m.Key = newest.Keys[i]
		}
		info.Members = append(info.Members, m)
	}
	o.tellChange(info)
	if b, ok := o.blocks.Final(); ok {
		info.Block = &wire.BlockInfo{Number: b.Number, Hash: b.Hash, Timestamp: b.Time}
	}
	return info, nil
}

func (o *operator) memberInfo(member wire.NodeID) wire.MemberInfo {
	m := wire.MemberInfo{ID: member, Address: member.Address()}
	if at := o.servers.Address(member); at != nil && (at.TCP() != 0) {
		m.Enode = at.URLv4()
	} else if member == o.self.ID() && o.stack != nil && o.stack.Server() != nil {
		m.Enode = o.stack.Server().Self().URLv4()
	}
	return m
}

// MakeOrder writes an order that changes the present set as requested.
func (o *operator) MakeOrder(_ context.Context, req *wire.OrderRequest) (*wire.SetOrder, error) {
	b, ok := o.blocks.Final()
	if !ok {
		return nil, wire.Errorf(wire.Unavailable, "this node has no final block yet")
	}
	newest := o.servers.Sets().Newest()
	order := &wire.SetOrder{
		Chain: o.chainID, Cluster: o.cluster, Epoch: newest.Epoch + 1, Parent: newest.Hash(), Floor: newest.Floor, Refresh: newest.Refresh,
		Administrators: newest.Authority.Administrators, Needed: newest.Authority.Needed, Force: req.Force, Expires: req.Expires, GiveUp: req.GiveUp,
	}
	if order.Expires == 0 {
		order.Expires = b.Time + uint64(orderLife/time.Second)
	}
	if _, err := rand.Read(order.Nonce[:]); err != nil {
		return nil, wire.Errorf(wire.Internal, "no random numbers: %v", err)
	}
	whose := newest
	if req.Back {
		if err := req.Bound(); err != nil {
			return nil, wire.Errorf(wire.BadRequester, "%v", err)
		}
		if newest.Epoch == 0 {
			return nil, wire.Errorf(wire.BadRequester, "there is no server set before the present one to go back to")
		}
		whose = o.servers.Sets().At(newest.Epoch - 1)
		order.Refresh, order.Administrators, order.Needed = whose.Refresh, whose.Authority.Administrators, whose.Authority.Needed
	}
	members, err := o.orderMembers(whose, req)
	if err != nil {
		return nil, wire.Errorf(wire.BadRequester, "%v", err)
	}
	order.Members = members
	if req.Floor != nil {
		order.Floor = *req.Floor
	}
	if req.Refresh != nil {
		order.Refresh = *req.Refresh
	}
	if req.Administrators != nil {
		order.Administrators = slices.SortedFunc(slices.Values(*req.Administrators), common.Address.Cmp)
	}
	if req.Needed != nil {
		order.Needed = *req.Needed
	}
	err = order.Bound()
	if err == nil && req.Back {
		err = order.GoesBack(whose, newest)
	}
	if err != nil {
		return nil, wire.Errorf(wire.BadRequester, "%v", err)
	}
	return order, nil
}

// orderMembers are the members of the set that a request asks for, ascending, with their addresses.
func (o *operator) orderMembers(newest *wire.ServerSet, req *wire.OrderRequest) ([]wire.OrderMember, error) {
	at := make(map[wire.NodeID]string)
	for _, member := range newest.Members {
		info := o.memberInfo(member)
		if info.Enode == "" {
			return nil, fmt.Errorf("the address of key server %s is not known to this node", member.Address())
		}
		node, err := serverset.ParseNode(info.Enode)
		if err != nil {
			return nil, fmt.Errorf("the address of key server %s: %w", member.Address(), err)
		}
		at[member] = hostPort(node)
	}
	remove := func(id wire.NodeID) error {
		if _, ok := at[id]; !ok {
			return fmt.Errorf("%s is no key server", id.Address())
		}
		delete(at, id)
		return nil
	}
	add := func(url string) error {
		node, err := serverset.ParseNode(url)
		if err != nil {
			return fmt.Errorf("%q: %w", url, err)
		}
		id := wire.NodeIDOf(node.Pubkey())
		if _, ok := at[id]; ok {
			return fmt.Errorf("%s is a key server already", id.Address())
		}
		at[id] = hostPort(node)
		return nil
	}
	var errs []error
	for _, r := range req.Replace {
		errs = append(errs, remove(r.ID), add(r.With))
	}
	for _, id := range req.Remove {
		errs = append(errs, remove(id))
	}
	for _, url := range req.Add {
		errs = append(errs, add(url))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	var members []wire.OrderMember
	for id, address := range at {
		members = append(members, wire.OrderMember{Node: id, Address: address})
	}
	slices.SortFunc(members, func(a, b wire.OrderMember) int { return a.Node.Compare(b.Node) })
	return members, nil
}

func hostPort(node *enode.Node) string {
	host := node.Hostname()
	if host == "" {
		host = node.IPAddr().String()
	}
	return net.JoinHostPort(host, strconv.Itoa(node.TCP()))
}

// ChangeServers has the key servers decide on an order. It returns when this node has begun to ask them.
func (o *operator) ChangeServers(_ context.Context, order *wire.SetOrder, signatures []wire.AdminSignature) (*wire.SetRef, error) {
	if !o.isRunning() {
		return nil, errNotRunning
	}
	if _, err := o.succession.order(order, signatures); err != nil {
		return nil, err
	}
	ref := order.Set().Ref()
	return &ref, nil
}

// order takes an order, and has it decided beside the caller.
func (s *succession) order(order *wire.SetOrder, signatures []wire.AdminSignature) (*decision, error) {
	newest := s.servers.Sets().Newest()
	switch err := verify.CheckOrder(newest, order, signatures); {
	case newest.Authority.None():
		return nil, wire.Errorf(wire.Denied, "there are no administrators who could change the key servers")
	case wire.ReasonOf(err) == wire.NotMember:
		return nil, wire.Errorf(wire.BadRequester, "%s", session.DetailOf(err))
	case err != nil:
		return nil, wire.Errorf(wire.Denied, "%s", session.DetailOf(err))
	}
	env := s.env()
	if err := handover.InTime(&env, order); err != nil { // else it would be taken, and abandoned at once
		return nil, err
	}
	if order.GiveUp {
		if err := handover.HasQuorum(&env, newest); err != nil {
			return nil, err
		}
	} else if refused := s.refuses(order); refused != nil {
		return nil, refused
	}
	addresses, err := addressesOf(order)
	if err != nil {
		return nil, wire.Errorf(wire.BadRequester, "%v", err)
	}
	if _, ok := s.blocks.Final(); !ok {
		return nil, wire.Errorf(wire.Unavailable, "this node has no final block yet")
	}
	for _, node := range s.network.Connected() {
		if !newest.Contains(node) && !slices.Contains(order.Set().Members, node) {
			continue
		}
		if !s.network.Knows(node, protocol.ServerSets) {
			return nil, wire.Errorf(wire.Unavailable, "key server %s runs a program that knows of no changes: upgrade it first", node.Address())
		}
		if order.GiveUp && !s.network.Knows(node, protocol.GivingUp) {
			return nil, wire.Errorf(wire.Unavailable, "key server %s runs a program that can't give a server set up: upgrade it first", node.Address())
		}
	}
	if err := handover.Cancelled(&env, order); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(s.ctx, decideWait)
	s.mu.Lock()
	if s.deciding != nil {
		s.mu.Unlock()
		cancel()
		return nil, wire.Errorf(wire.Busy, "another order is being decided")
	}
	d := &decision{order: order, since: time.Now(), cancel: cancel, done: make(chan struct{})}
	s.deciding = d
	s.mu.Unlock()
	if !s.spawn(func() { s.decided(s.decide(ctx, order, signatures, addresses)) }) {
		s.decided(errNotRunning)
		return nil, errNotRunning
	}
	return d, nil
}

// decided ends what order began.
func (s *succession) decided(err error) {
	s.mu.Lock()
	d := s.deciding
	d.cancel()
	s.deciding = nil
	s.mu.Unlock()
	d.err = err
	close(d.done)
	s.again()
}

// decide has the key servers decide.
func (s *succession) decide(ctx context.Context, order *wire.SetOrder, signatures []wire.AdminSignature, addresses map[wire.NodeID]*enode.Node) error {
	log.Info("Secret store order for another server set", "epoch", order.Epoch, "servers", len(order.Members), "giveUp", order.GiveUp)
	set := order.Set()
	s.propose(set.Members, addresses)
	defer s.propose(nil, nil)
	err := s.meet(ctx, set.Members)
	if err == nil {
		err = s.runDeciding(ctx, order, signatures)
	}
	if err != nil {
		ordersFailed.Inc(1)
		log.Warn("Secret store server set was not decided", "epoch", order.Epoch, "err", err)
	}
	return err
}

func (s *succession) runDeciding(ctx context.Context, order *wire.SetOrder, signatures []wire.AdminSignature) error {
	b, ok := s.blocks.Final()
	if !ok {
		return wire.Errorf(wire.Unavailable, "this node has no final block")
	}
	m, err := handover.NewDeciding(s.env(), order, signatures, b.BlockRef)
	if err != nil {
		return err
	}
	return s.driver.run(ctx, wire.KindDecide, wire.KeyID{}, m)
}

// meet waits until all these nodes are connected, or for a while: some may be down. Who has been away for longer than that is not
// waited for.
func (s *succession) meet(ctx context.Context, nodes []wire.NodeID) error {
	for end := time.Now().Add(meetWait); time.Now().Before(end); {
		missing := s.absent(nodes)
		if s.notMet(missing); !s.expected(missing, meetWait) {
			return nil
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return wire.Errorf(wire.Cancelled, "%v", context.Cause(ctx))
		}
	}
	return nil
}

// absent are those of some nodes, this one aside, that are not connected.
func (d *driver) absent(nodes []wire.NodeID) (missing []wire.NodeID) {
	connected := d.network.Connected()
	for _, node := range nodes {
		if node != d.self.ID() && !slices.Contains(connected, node) {
			missing = append(missing, node)
		}
	}
	return missing
}

// expected tells whether any of those that are absent may come soon: it has not been away for so long yet.
func (d *driver) expected(missing []wire.NodeID, wait time.Duration) bool {
	return slices.ContainsFunc(missing, func(node wire.NodeID) bool { return d.network.Away(node) < wait })
}

// notMet notes who is not connected, of the set that is to be decided. It stays the answer to whom is waited for until others
// have decided without them.
func (s *succession) notMet(missing []wire.NodeID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.deciding.unmet
	s.deciding.unmet = make(map[wire.NodeID]time.Time)
	for _, node := range missing {
		since, known := before[node]
		if !known {
			since = time.Now()
		}
		s.deciding.unmet[node] = since
	}
}

// decided fails if an order can't be cancelled any more, with what can be done in its place.
func (o *operator) decided(order *wire.CancelOrder) error {
	newest := o.servers.Sets().Newest()
	if order.Chain != o.chainID || order.Cluster != o.cluster || order.Epoch == 0 || order.Epoch > newest.Epoch {
		return nil
	}
	way := "order the set that you want"
	if order.Epoch == newest.Epoch {
		way = "geth-ss secretstore change-servers --back orders the set of before again"
	}
	return wire.Errorf(wire.Denied, "server set %d is decided, so no order for it can be cancelled any more: %s", order.Epoch, way)
}

// CancelChange takes an order back that is not decided yet.
func (o *operator) CancelChange(_ context.Context, order *wire.CancelOrder, signatures []wire.AdminSignature) (*wire.SetRef, error) {
	if !o.isRunning() {
		return nil, errNotRunning
	}
	if err := o.decided(order); err != nil {
		return nil, err
	}
	s := o.succession
	s.mu.Lock()
	var known *wire.SetOrder
	if s.deciding != nil && order.Cancels(s.deciding.order) {
		s.deciding.cancel()
		known = s.deciding.order
	}
	s.mu.Unlock()
	m, err := handover.NewCancelling(o.env(), &wire.SignedCancel{Cancel: *order, Signatures: signatures}, known)
	if err == nil {
		err = s.run1(wire.KindSettle, m)
	}
	if err != nil { // it may have been decided meanwhile
		if late := o.decided(order); late != nil {
			return nil, late
		}
	}
	switch {
	case wire.ReasonOf(err) == wire.NotMember:
		return nil, wire.Errorf(wire.BadRequester, "%s", session.DetailOf(err))
	case wire.ReasonOf(err) == wire.InvalidMessage:
		return nil, wire.Errorf(wire.Denied, "%s", session.DetailOf(err))
	case err != nil:
		return nil, err
	}
	ref := o.servers.Sets().Newest().Ref()
	return &ref, nil
}

package contracts

import (
	"bytes"
	"math/big"
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/geth-ss/geth-ss/client"
	"github.com/geth-ss/geth-ss/contracts/bindings/receiptchecker"
	"github.com/geth-ss/geth-ss/contracts/bindings/serversets"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// why is the error of a call to ServerSets, with its text if it has one; empty if the call passes. A nil address deploys.
func (c *chain) why(to *common.Address, data []byte) string {
	c.Helper()
	_, err := c.Client().CallContract(c.ctx, ethereum.CallMsg{To: to, Data: data, Gas: 10_000_000}, nil)
	if err == nil {
		return ""
	}
	withData, ok := err.(rpc.DataError)
	if !ok {
		c.Fatal(err)
	}
	text, _ := withData.ErrorData().(string)
	raw := common.FromHex(text)
	for name, e := range setsABI.GetABI().Errors {
		if len(raw) >= 4 && bytes.Equal(raw[:4], e.ID[:4]) {
			if args, err := e.Inputs.Unpack(raw[4:]); err == nil && len(args) == 1 {
				if what, ok := args[0].(string); ok {
					return name + ": " + what
				}
			}
			return name
		}
	}
	return "reverted with 0x" + common.Bytes2Hex(raw)
}

// shown are the arguments of a call that shows links.
func shownLinks(t *testing.T, parent *wire.ServerSet, links ...*wire.SetLink) (serversets.ServerSetsSet, []serversets.ServerSetsLink) {
	t.Helper()
	args, err := setsABI.GetABI().Methods["show"].Inputs.Unpack(client.ShowLinksCall(parent, links...)[4:])
	if err != nil {
		t.Fatal(err)
	}
	return *abi.ConvertType(args[0], new(serversets.ServerSetsSet)).(*serversets.ServerSetsSet),
		*abi.ConvertType(args[1], new([]serversets.ServerSetsLink)).(*[]serversets.ServerSetsLink)
}

// begun is a contract that begins with this set, in place of one of the vectors.
func begun(t *testing.T, first *wire.ServerSet) *follower {
	t.Helper()
	f := &follower{chain: newChain(t), v: readVectors(t)}
	f.sets = f.deploy(serversets.ServerSetsMetaData.Bin + common.Bytes2Hex(client.DeploySetsCall(first, 0, f.v.Drain, 0)))
	return f
}

// ordered has these administrators sign the order, and the members of the parent decide it.
func (f *follower) ordered(parent *wire.ServerSet, l *wire.SetLink, administrators ...common.Address) {
	f.Helper()
	l.Attempt.Orders = nil
	for _, who := range administrators {
		l.Attempt.Orders = append(l.Attempt.Orders, wire.AdminSignature(f.v.administrator(f.T, who, l.Attempt.Order.Digest())))
	}
	f.v.decided(f.T, parent, l)
}

// TestFirstSetIsWellFormed: nobody deploys a contract that begins with what is no set.
func TestFirstSetIsWellFormed(t *testing.T) {
	c, v := newChain(t), readVectors(t)
	ascending := func(n int) (keys []byte) {
		for i := range n {
			keys = append(append(keys, make([]byte, 62)...), byte(i>>8), byte(i))
		}
		return keys
	}
	accounts := func(n int) (all []common.Address) {
		for i := range n {
			all = append(all, common.BigToAddress(big.NewInt(int64(i))))
		}
		return all
	}
	for name, w := range map[string]struct {
		want string
		bend func(s *serversets.ServerSetsSet)
	}{
		"as it is":                     {"", func(*serversets.ServerSetsSet) {}},
		"256 members":                  {"", func(s *serversets.ServerSetsSet) { s.Members = ascending(256) }},
		"257 members":                  {"NoLink: members", func(s *serversets.ServerSetsSet) { s.Members = ascending(257) }},
		"no members":                   {"NoLink: members", func(s *serversets.ServerSetsSet) { s.Members = nil }},
		"four members and a half":      {"NoLink: members", func(s *serversets.ServerSetsSet) { s.Members = append(s.Members, make([]byte, 32)...) }},
		"members that descend":         {"NoLink: members", func(s *serversets.ServerSetsSet) { s.Members = append(s.Members[64:], s.Members[:64]...) }},
		"a member twice":               {"NoLink: members", func(s *serversets.ServerSetsSet) { copy(s.Members[64:128], s.Members[:64]) }},
		"members that descend at last": {"NoLink: members", func(s *serversets.ServerSetsSet) { s.Members = append(ascending(2)[64:], ascending(1)...) }},
		"members that ascend at last":  {"", func(s *serversets.ServerSetsSet) { s.Members = ascending(2) }},
		"members, of which only x grows": {"", func(s *serversets.ServerSetsSet) {
			s.Members = append(ascending(4)[192:], append([]byte{1}, make([]byte, 63)...)...)
		}},
		"epoch keys of epoch 0":       {"NoLink: keys", func(s *serversets.ServerSetsSet) { s.Keys = s.Members }},
		"no epoch keys of epoch 1":    {"NoLink: keys", func(s *serversets.ServerSetsSet) { s.Epoch, s.Parent = 1, common.Hash{1} }},
		"a parent of epoch 0":         {"NoLink: parent", func(s *serversets.ServerSetsSet) { s.Parent[0] = 1 }},
		"a floor that is the number":  {"NoLink: floor", func(s *serversets.ServerSetsSet) { s.Floor = 4 }},
		"the highest floor":           {"", func(s *serversets.ServerSetsSet) { s.Floor = 3 }},
		"nobody may change it":        {"", func(s *serversets.ServerSetsSet) { s.Administrators, s.Needed = nil, 0 }},
		"64 administrators":           {"", func(s *serversets.ServerSetsSet) { s.Administrators = accounts(64) }},
		"65 administrators":           {"NoLink: administrators", func(s *serversets.ServerSetsSet) { s.Administrators = accounts(65) }},
		"more needed than there are":  {"NoLink: administrators", func(s *serversets.ServerSetsSet) { s.Needed = 4 }},
		"none needed":                 {"NoLink: administrators", func(s *serversets.ServerSetsSet) { s.Needed = 0 }},
		"needed, of none":             {"NoLink: administrators", func(s *serversets.ServerSetsSet) { s.Administrators = nil }},
		"an administrator twice":      {"NoLink: administrators", func(s *serversets.ServerSetsSet) { s.Administrators[1] = s.Administrators[0] }},
		"administrators that descend": {"NoLink: administrators", func(s *serversets.ServerSetsSet) { slices.Reverse(s.Administrators) }},
	} {
		args, err := setsABI.GetABI().Constructor.Inputs.Unpack(client.DeploySetsCall(v.Sets[0].Set, 0, v.Drain, 0))
		if err != nil {
			t.Fatal(err)
		}
		first := *abi.ConvertType(args[0], new(serversets.ServerSetsSet)).(*serversets.ServerSetsSet)
		w.bend(&first)
		code := append(common.FromHex(serversets.ServerSetsMetaData.Bin), setsABI.PackConstructor(first, 0, v.Drain, 0)...)
		if got := c.why(nil, code); got != w.want {
			t.Errorf("%s: %q, want %q", name, got, w.want)
		}
	}
}

// TestUnchangeableSetOnChain: no link follows a set without administrators, though all of its members have decided it and no
// administrator's signature is missing.
func TestUnchangeableSetOnChain(t *testing.T) {
	v := readVectors(t)
	first := clone(t, v.Sets[0].Set)
	first.Authority = wire.Authority{}
	f := begun(t, first)
	l := clone(t, v.Links[0].Link)
	l.Attempt.Order.Parent = first.Hash()
	f.ordered(first, l)
	parent, links := shownLinks(t, first, l)
	if got := f.why(&f.sets, setsABI.PackShow(parent, links)); got != "NotOrdered" {
		t.Errorf("%q, want NotOrdered", got)
	}
	if verify.Link(first, l) == nil {
		t.Error("it holds off line")
	}
}

// TestNobodysSignatureOnChain: what is no signature has the signer zero, and counts for nobody: neither for an administrator nor
// for a member that is zero.
func TestNobodysSignatureOnChain(t *testing.T) {
	v := readVectors(t)
	first := clone(t, v.Sets[0].Set)
	first.Authority = wire.Authority{Administrators: []common.Address{{}, first.Authority.Administrators[0]}, Needed: 2}
	f := begun(t, first)
	l := clone(t, v.Links[0].Link)
	l.Attempt.Order.Parent = first.Hash()
	l.Attempt.Orders = []wire.AdminSignature{{64: 27}, wire.AdminSignature(v.administrator(t, first.Authority.Administrators[1], l.Attempt.Order.Digest()))}
	v.decided(t, first, l)
	if got := f.why(&f.sets, client.ShowLinksCall(first, l)); got != "NoLink: orders" {
		t.Errorf("an administrator that is zero: %q", got)
	}

	first = clone(t, v.Sets[0].Set)
	first.Members[0] = wire.NodeID{}
	f = begun(t, first)
	l = clone(t, v.Links[0].Link)
	l.Attempt.Order.Parent = first.Hash()
	l.Attempt.Coordinator = first.Members[1]
	without := func(node wire.NodeID) bool { return !slices.Contains(first.Members[1:3], node) }
	l.Signed = slices.DeleteFunc(l.Signed, func(s wire.SetSign) bool { return without(s.Node) })
	l.Decided.Votes = slices.DeleteFunc(l.Decided.Votes, func(v wire.NodeSign) bool { return without(v.Node) })
	f.ordered(first, l, first.Authority.Administrators[:2]...)
	parent, links := shownLinks(t, first, l)
	links[0].Bound.SetBit(links[0].Bound, 0, 1)
	links[0].Voted.SetBit(links[0].Voted, 0, 1)
	if got := f.why(&f.sets, setsABI.PackShow(parent, links)); got != "NotSigned" {
		t.Errorf("a member that is zero: %q", got)
	}
}

// TestSignaturesThatAreCutOff: each member whose bit is set has its signature there, whole.
func TestSignaturesThatAreCutOff(t *testing.T) {
	f := newFollower(t, 1, 0)
	for name, cut := range map[string]func(l *serversets.ServerSetsLink){
		"a binding":        func(l *serversets.ServerSetsLink) { l.Bindings = l.Bindings[:len(l.Bindings)-65] },
		"half a binding":   func(l *serversets.ServerSetsLink) { l.Bindings = l.Bindings[:len(l.Bindings)-1] },
		"no bindings":      func(l *serversets.ServerSetsLink) { l.Bindings = nil },
		"a vote":           func(l *serversets.ServerSetsLink) { l.Votes = l.Votes[65:] },
		"the votes' last":  func(l *serversets.ServerSetsLink) { l.Votes = l.Votes[:len(l.Votes)-1] },
		"votes altogether": func(l *serversets.ServerSetsLink) { l.Votes = nil },
	} {
		parent, links := shownLinks(t, f.v.Sets[1].Set, f.v.Links[1].Link)
		cut(&links[0])
		if got := f.why(&f.sets, setsABI.PackShow(parent, links)); got != "NotSigned" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// TestOnlyTheParentCoordinates: a member of the new set alone coordinates no attempt, unless the parent is given up.
func TestOnlyTheParentCoordinates(t *testing.T) {
	f := newFollower(t, 0, 0)
	l := clone(t, f.v.Links[0].Link)
	parent := f.v.Sets[0].Set
	members := f.v.Sets[1].Set.Members
	at := slices.IndexFunc(members, func(n wire.NodeID) bool { return !parent.Contains(n) })
	l.Attempt.Coordinator = members[at]
	f.v.decided(t, parent, l)
	if got := f.why(&f.sets, client.ShowLinksCall(parent, l)); got != "NoLink: coordinator" {
		t.Errorf("%q", got)
	}
}

// TestSmallestChangesOnChain: an order that changes one setting alone is followed, and signed by an administrator in either of the
// two forms that a signature has.
func TestSmallestChangesOnChain(t *testing.T) {
	for name, change := range map[string]func(o *wire.SetOrder){
		"floor":          func(o *wire.SetOrder) { o.Floor++ },
		"refresh":        func(o *wire.SetOrder) { o.Refresh++ },
		"needed":         func(o *wire.SetOrder) { o.Needed-- },
		"administrators": func(o *wire.SetOrder) { o.Administrators = o.Administrators[:2] },
		"a member less":  func(o *wire.SetOrder) { o.Members = o.Members[1:] },
	} {
		f := newFollower(t, 0, 0)
		parent := f.v.Sets[0].Set
		l := clone(t, f.v.Links[0].Link)
		a := &l.Attempt
		a.Order.Members = a.Order.Members[:4]
		change(&a.Order)
		a.Ready = slices.DeleteFunc(a.Ready, func(r wire.Readiness) bool {
			return !slices.ContainsFunc(a.Order.Members, func(m wire.OrderMember) bool { return m.Node == r.Node })
		})
		f.ordered(parent, l, parent.Authority.Administrators[:2]...)
		highS(&a.Orders[1])
		f.v.decided(t, parent, l)
		if receipt := f.show(parent, l); receipt.Status != types.ReceiptStatusSuccessful {
			t.Errorf("%s: %q", name, f.why(&f.sets, client.ShowLinksCall(parent, l)))
		}
		if err := verify.CheckOrder(parent, &a.Order, a.Orders); err != nil {
			t.Errorf("%s, off line: %v", name, err)
		}
	}
}

// highS gives an administrator's signature its other form.
func highS(sig *wire.AdminSignature) {
	s := new(big.Int).SetBytes(sig[32:64])
	new(big.Int).Sub(crypto.S256().Params().N, s).FillBytes(sig[32:64])
	if sig[64] < 27 {
		sig[64] += 27
	}
	sig[64] = 27 + 28 - sig[64]
}

// TestServersOfNoSet: of an epoch that the contract does not know there are no servers, not even none.
func TestServersOfNoSet(t *testing.T) {
	f := newFollower(t, 0, 0)
	if got := f.why(&f.sets, setsABI.PackServing(1, common.Hash{}, nil, 0)); got != "UnknownSet" {
		t.Errorf("%q", got)
	}
}

// TestSharingsWhoseOriginIsMadeUp: the terms that a receipt is shown with are those that the versions are the hashes of. What a
// version does not cover nobody may choose.
func TestSharingsWhoseOriginIsMadeUp(t *testing.T) {
	f := newFollower(t, 0, 0)
	f.mustShow(0, 7)
	made := &f.v.Versions[0].Record.Setup
	receiptOf := func(epoch int) *client.Receipt {
		for i := range f.v.Receipts {
			if r := &f.v.Receipts[i]; epochOf(&r.File) == epoch && r.Says == "" && r.File.Receipt.Granted {
				return clone(t, &r.File)
			}
		}
		t.Fatalf("no receipt of set %d", epoch)
		return nil
	}
	// signed has the first servers of a set sign what is shown, so that nothing but the terms is wrong.
	signed := func(s *receiptchecker.MovedReceiptsShown, set *wire.ServerSet, n int) {
		r := wire.Receipt{Cluster: s.Receipt.Cluster, Request: s.Receipt.Request, Requester: s.Receipt.Requester, Key: s.Receipt.Key,
			Version: s.Receipt.Version, Block: wire.BlockRef{Number: s.Receipt.Block.Number, Hash: s.Receipt.Block.Hash}, Granted: true}
		s.Servers, s.Signatures, s.Indices = nil, nil, nil
		for _, m := range set.Members {
			s.Servers = append(s.Servers, m.Address())
		}
		for i, m := range set.Members[:n] {
			sig := f.v.sign(t, wire.Point(m), r.Digest())
			s.Signatures, s.Indices = append(s.Signatures, sig[:]), append(s.Indices, uint32(i+1))
		}
	}
	version := func(s receiptchecker.MovedReceiptsSharing) common.Hash {
		return call(f.chain, f.checker, checkerABI.PackVersionOfSharing(s), checkerABI.UnpackVersionOfSharing)
	}
	for name, w := range map[string]struct {
		epoch int // of the receipt
		want  string
		bend  func(s *receiptchecker.MovedReceiptsShown) (origin [32]byte)
	}{
		"as it is, of the origin": {0, "", func(s *receiptchecker.MovedReceiptsShown) [32]byte {
			signed(s, f.v.Sets[0].Set, int(made.Threshold)+1)
			return made.Session()
		}},
		"as it is, dealt anew": {7, "", func(s *receiptchecker.MovedReceiptsShown) [32]byte {
			signed(s, f.v.Sets[7].Set, int(f.v.Sets[7].Set.Floor)+1)
			return made.Session()
		}},
		"a later version for the origin": {7, "AnotherOrigin", func(s *receiptchecker.MovedReceiptsShown) [32]byte {
			signed(s, f.v.Sets[7].Set, int(f.v.Sets[7].Set.Floor)+1)
			s.Made = s.Now
			return s.Receipt.Version
		}},
		"terms of the making with other servers": {0, "AnotherOrigin", func(s *receiptchecker.MovedReceiptsShown) [32]byte {
			s.Made.Epoch, s.Made.Set = 5, f.v.Sets[5].Hash
			s.Made.Setup.SetSize = uint32(len(f.v.Sets[5].Set.Members))
			signed(s, f.v.Sets[5].Set, 4)
			return made.Session()
		}},
		"a lower threshold of the making, in both": {1, "AnotherOrigin", func(s *receiptchecker.MovedReceiptsShown) [32]byte {
			s.Made.Setup.Threshold, s.Now.Made = 0, 0
			s.Receipt.Version = version(s.Now)
			signed(s, f.v.Sets[1].Set, int(f.v.Sets[1].Set.Floor)+1)
			return made.Session()
		}},
		"another key, made by a later set": {7, "AnotherOrigin", func(s *receiptchecker.MovedReceiptsShown) [32]byte {
			s.Now.Dealers = nil // then its version says nothing of an origin
			s.Receipt.Version = version(s.Now)
			signed(s, f.v.Sets[7].Set, 4)
			return made.Session()
		}},
		"another key, made by set 0": {7, "AnotherOrigin", func(s *receiptchecker.MovedReceiptsShown) [32]byte {
			s.Now.Epoch, s.Now.Set = 0, common.Hash{} // then its version says nothing of dealers
			s.Now.Setup.SetSize = uint32(len(f.v.Sets[0].Set.Members))
			plain := s.Now
			plain.Dealers = nil
			s.Receipt.Version = version(plain)
			signed(s, f.v.Sets[0].Set, 4)
			return made.Session()
		}},
		"an epoch that the version does not name": {0, "AnotherOrigin", func(s *receiptchecker.MovedReceiptsShown) [32]byte {
			s.Made.Epoch = 4 // of as many servers
			signed(s, f.v.Sets[4].Set, 4)
			return made.Session()
		}},
		"another cluster, by its set-up": {7, "AnotherVersion", func(s *receiptchecker.MovedReceiptsShown) [32]byte {
			s.Now.Setup.Cluster[0]++
			s.Receipt.Version = version(s.Now)
			signed(s, f.v.Sets[7].Set, 4)
			return made.Session()
		}},
	} {
		_, _, shown := movedArguments(t, f.moved(receiptOf(w.epoch), w.epoch))
		origin := w.bend(&shown)
		if got := f.reverted(f.checker, checkerABI.PackVerifyMoved(f.sets, origin, shown)); got != w.want {
			t.Errorf("%s: %q, want %q", name, got, w.want)
		}
	}
}

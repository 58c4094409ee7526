package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"
)

// testServers is a set of n key servers, ascending by id, and what administrators are told of it.
func testServers(t *testing.T, n int) *ServersInfo {
	t.Helper()
	info := &ServersInfo{Chain: 7, Cluster: ClusterID{1}, Epoch: 3, Parent: common.Hash{2}, Floor: 1, Refresh: 60,
		Administrators: []common.Address{{1}, {2}, {3}}, Needed: 2}
	for _, id := range testIDs(t, 1, n) {
		info.Members = append(info.Members, MemberInfo{ID: id, Enode: fmt.Sprintf("enode://%v@10.0.0.1:30303?discport=0", id), Key: Point{9}})
	}
	set := &ServerSet{Cluster: info.Cluster, Epoch: 3, Parent: info.Parent, Floor: 1, Refresh: 60, Authority: Authority{Administrators: info.Administrators, Needed: 2}}
	for _, m := range info.Members {
		set.Members, set.Keys = append(set.Members, m.ID), append(set.Keys, m.Key)
	}
	info.Hash = set.Hash()
	return info
}

// testIDs are n node ids, ascending, of the private keys from first on.
func testIDs(t *testing.T, first, n int) (ids []NodeID) {
	t.Helper()
	for i := range n {
		key, err := crypto.ToECDSA(common.LeftPadBytes(big.NewInt(int64(first+i)).Bytes(), 32))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, NodeIDOf(&key.PublicKey))
	}
	return SortNodeIDs(ids)
}

// TestServersInfoSet: members or settings that somebody made up don't have the hash of the set.
func TestServersInfoSet(t *testing.T) {
	if _, err := testServers(t, 4).Set(); err != nil {
		t.Fatal(err)
	}
	for name, forge := range map[string]func(*ServersInfo){
		"a member":       func(s *ServersInfo) { s.Members[0].ID[63] ^= 1 },
		"a member less":  func(s *ServersInfo) { s.Members = s.Members[:3] },
		"an epoch key":   func(s *ServersInfo) { s.Members[0].Key[0]++ },
		"administrators": func(s *ServersInfo) { s.Administrators = s.Administrators[:2] },
		"needed":         func(s *ServersInfo) { s.Needed = 1 },
		"the floor":      func(s *ServersInfo) { s.Floor = 0 },
		"the interval":   func(s *ServersInfo) { s.Refresh = 0 },
		"the epoch":      func(s *ServersInfo) { s.Epoch++ },
		"the cluster":    func(s *ServersInfo) { s.Cluster[0]++ },
		"the parent":     func(s *ServersInfo) { s.Parent[0]++ },
		"the hash":       func(s *ServersInfo) { s.Hash[0]++ },
		"everything":     func(s *ServersInfo) { s.Members = nil },
	} {
		info := testServers(t, 4)
		forge(info)
		if set, err := info.Set(); err == nil {
			t.Errorf("%s: %v", name, set)
		}
	}
}

// TestOrderRequest: an order is what was asked for, and the set is as it was beyond that.
func TestOrderRequest(t *testing.T) {
	info, strangers := testServers(t, 4), testIDs(t, 10, 2)
	ids := []NodeID{info.Members[0].ID, info.Members[1].ID, info.Members[2].ID, info.Members[3].ID}
	url := func(id NodeID) string { return fmt.Sprintf("enode://%v@host.example:1", id) }
	num := func(n uint32) *uint32 { return &n }
	long := func(n uint64) *uint64 { return &n }
	admins := func(list ...common.Address) *[]common.Address { return &list }
	for _, c := range []struct {
		name    string
		request OrderRequest
		want    string // of an error
		members []NodeID
		check   func(*SetOrder) bool
	}{
		{"add", OrderRequest{Add: []string{url(strangers[0])}}, "", append([]NodeID{strangers[0]}, ids...), nil},
		{"remove", OrderRequest{Remove: ids[:1]}, "", ids[1:], nil},
		{"replace", OrderRequest{Replace: []Replacement{{ids[0], url(strangers[1])}}}, "", append([]NodeID{strangers[1]}, ids[1:]...), nil},
		{"disjoint", OrderRequest{Remove: ids, Add: []string{url(strangers[0]), url(strangers[1])}}, "", strangers, nil},
		{"floor", OrderRequest{Floor: num(2)}, "", ids, func(o *SetOrder) bool { return o.Floor == 2 && o.Refresh == 60 && o.Needed == 2 }},
		{"interval", OrderRequest{Refresh: long(0)}, "", ids, func(o *SetOrder) bool { return o.Refresh == 0 && o.Floor == 1 }},
		{"needed", OrderRequest{Needed: num(3)}, "", ids, func(o *SetOrder) bool { return o.Needed == 3 && len(o.Administrators) == 3 }},
		{"administrators", OrderRequest{Administrators: admins(common.Address{9}, common.Address{8})}, "", ids, func(o *SetOrder) bool {
			return slices.Equal(o.Administrators, []common.Address{{8}, {9}}) && o.Needed == 2
		}},
		{"force", OrderRequest{Remove: ids[:1], Force: true, Expires: 5}, "", ids[1:], func(o *SetOrder) bool { return o.Force && o.Expires == 5 }},

		{"nothing", OrderRequest{}, "changes nothing", nil, nil},
		{"back", OrderRequest{Back: true}, "have a key server make the order", nil, nil},
		{"back, and more", OrderRequest{Back: true, Remove: ids[:1]}, "nothing else", nil, nil},
		{"back, with a floor", OrderRequest{Back: true, Floor: num(1)}, "nothing else", nil, nil},
		{"back, with others' word", OrderRequest{Back: true, Needed: num(1)}, "nothing else", nil, nil},
		{"the same", OrderRequest{Floor: num(1), Refresh: long(60), Needed: num(2)}, "changes nothing", nil, nil},
		{"add a member", OrderRequest{Add: []string{url(ids[0])}}, "is a key server already", nil, nil},
		{"add twice", OrderRequest{Add: []string{url(strangers[0]), url(strangers[0])}}, "joins twice", nil, nil},
		{"remove a stranger", OrderRequest{Remove: strangers[:1]}, "is not a key server", nil, nil},
		{"remove twice", OrderRequest{Remove: []NodeID{ids[0], ids[0]}}, "leaves twice", nil, nil},
		{"remove and replace", OrderRequest{Remove: ids[:1], Replace: []Replacement{{ids[0], url(strangers[0])}}}, "leaves twice", nil, nil},
		{"replace by itself", OrderRequest{Replace: []Replacement{{ids[0], url(ids[0])}}}, "is a key server already", nil, nil},
		{"remove all", OrderRequest{Remove: ids}, "no key server would be left", nil, nil},
		{"no URL", OrderRequest{Add: []string{"enr:-aa"}}, "is not enode://", nil, nil},
		{"floor sinks", OrderRequest{Floor: num(0)}, "never gets lower", nil, nil},
		{"floor too high", OrderRequest{Floor: num(4)}, "takes 5 key servers", nil, nil},
		{"too few for the floor", OrderRequest{Remove: ids[:3]}, "takes 2 key servers", nil, nil},
		{"no administrators", OrderRequest{Administrators: admins()}, "nobody could ever change", nil, nil},
		{"the zero address", OrderRequest{Administrators: admins(common.Address{}, common.Address{1})}, "zero address", nil, nil},
		{"an administrator twice", OrderRequest{Administrators: admins(common.Address{1}, common.Address{1})}, "named twice", nil, nil},
		{"too few administrators", OrderRequest{Administrators: admins(common.Address{1})}, "2 of 1 administrators", nil, nil},
		{"none needed", OrderRequest{Needed: num(0)}, "0 of 3 administrators", nil, nil},
		{"too many administrators", OrderRequest{Administrators: func() *[]common.Address { l := make([]common.Address, 65); return &l }()}, "too many administrators", nil, nil},
		{"too many join", OrderRequest{Add: make([]string, MaxMembers+1)}, "more key servers join or leave", nil, nil},
		{"too many leave", OrderRequest{Remove: make([]NodeID, MaxMembers+1)}, "more key servers join or leave", nil, nil},
		{"a long URL", OrderRequest{Add: []string{strings.Repeat("x", MaxOrderURL+1)}}, "too long", nil, nil},
		{"another long URL", OrderRequest{Replace: []Replacement{{ids[0], strings.Repeat("x", MaxOrderURL+1)}}}, "too long", nil, nil},
	} {
		order, err := c.request.Order(info, common.Hash{5})
		if c.want != "" {
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v, %v", c.name, order, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := order.Set().Members; !slices.Equal(got, SortNodeIDs(c.members)) || order.Parent != info.Hash || order.Epoch != 4 || order.Chain != 7 ||
			order.Cluster != info.Cluster || order.Nonce != (common.Hash{5}) || c.check != nil && !c.check(order) {
			t.Errorf("%s: %+v", c.name, order)
		}
		for _, m := range order.Members {
			if want := map[bool]string{true: "host.example:1", false: "10.0.0.1:30303"}[slices.Contains(strangers, m.Node)]; m.Address != want {
				t.Errorf("%s: %v… at %s", c.name, m.Node.Short(), m.Address)
			}
		}
	}
	unknown := testServers(t, 4)
	unknown.Members[2].Enode = ""
	if _, err := (&OrderRequest{Remove: ids[:1]}).Order(unknown, common.Hash{}); err == nil || !strings.Contains(err.Error(), ids[2].Short()) {
		t.Errorf("an unknown address: %v", err)
	}
	unknown.Hash[0]++
	if _, err := (&OrderRequest{Remove: ids[:1]}).Order(unknown, common.Hash{}); err == nil || !strings.Contains(err.Error(), "hash") {
		t.Errorf("another set: %v", err)
	}
}

// TestGoesBack: an order gives the set before again only with its members and settings; the floor is that of now.
func TestGoesBack(t *testing.T) {
	ids := testIDs(t, 1, 5)
	before := &ServerSet{Cluster: ClusterID{1}, Members: ids[:4], Refresh: 60, Authority: Authority{Administrators: []common.Address{{1}, {2}}, Needed: 2}}
	present := &ServerSet{Cluster: before.Cluster, Epoch: 1, Parent: before.Hash(), Members: ids[1:], Keys: make([]Point, 4), Floor: 1,
		Authority: Authority{Administrators: []common.Address{{3}}, Needed: 1}}
	order := func() *SetOrder {
		o := &SetOrder{Chain: 7, Cluster: before.Cluster, Epoch: 2, Parent: present.Hash(), Floor: 1, Refresh: 60,
			Administrators: before.Authority.Administrators, Needed: 2}
		for _, id := range before.Members {
			o.Members = append(o.Members, OrderMember{id, "10.0.0.1:30303"})
		}
		return o
	}
	if err := order().GoesBack(before, present); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(*SetOrder){
		"a member less":       func(o *SetOrder) { o.Members = o.Members[:3] },
		"another member":      func(o *SetOrder) { o.Members[0].Node = ids[4] },
		"another floor":       func(o *SetOrder) { o.Floor = 2 },
		"another interval":    func(o *SetOrder) { o.Refresh = 0 },
		"fewer that sign":     func(o *SetOrder) { o.Needed = 1 },
		"other administrator": func(o *SetOrder) { o.Administrators = present.Authority.Administrators },
		"another epoch":       func(o *SetOrder) { o.Epoch = 3 },
		"another parent":      func(o *SetOrder) { o.Parent = before.Hash() },
		"another cluster":     func(o *SetOrder) { o.Cluster = ClusterID{2} },
	} {
		o := order()
		if change(o); o.GoesBack(before, present) == nil {
			t.Errorf("%s goes back", name)
		}
	}
	if other := *before; true {
		other.Floor = 1
		if order().GoesBack(&other, present) == nil || order().GoesBack(present, before) == nil {
			t.Error("it is held against another set than the one before")
		}
	}
}

// TestParseNodeURL: a key server in an order has a key that is one, and an address.
func TestParseNodeURL(t *testing.T) {
	id := testIDs(t, 1, 1)[0]
	for url, want := range map[string]string{
		"enode://" + id.String() + "@10.0.0.1:30303":                     "10.0.0.1:30303",
		"enode://" + id.String() + "@[::1]:1?discport=0":                 "[::1]:1",
		"enode://" + id.String() + "@a.example:65535":                    "a.example:65535",
		id.String() + "@10.0.0.1:30303":                                  "",
		"enode://" + id.String():                                         "",
		"enode://" + id.String() + "@10.0.0.1":                           "",
		"enode://" + id.String() + "@:30303":                             "",
		"enode://" + id.String() + "@10.0.0.1:0":                         "",
		"enode://" + id.String() + "@10.0.0.1:65536":                     "",
		"enode://" + id.String() + "@10.0.0.1:x":                         "",
		"enode://" + id.String() + "@10.0 .0.1:1":                        "",
		"enode://" + id.String() + "@" + strings.Repeat("a", 260) + ":1": "",
		"enode://" + strings.Repeat("1", 128) + "@10.0.0.1:1":            "",
		"enode://12@10.0.0.1:1":                                          "",
	} {
		got, address, err := ParseNodeURL(url)
		if (err == nil) != (want != "") || err == nil && (address != want || got != id) {
			t.Errorf("%s: %v %s %v", url, got.Short(), address, err)
		}
	}
}

// TestServersInfoPublic: strangers are told everything but the names of keys.
func TestServersInfoPublic(t *testing.T) {
	info := testServers(t, 1)
	info.Change = &ChangeInfo{Failures: 1, Failed: []MoveFailure{{KeyID{0xab}, "because"}}, Keys: 5}
	text, err := json.Marshal(info.Public())
	if err != nil || bytes.Contains(text, []byte("because")) || bytes.Contains(text, []byte("0xab")) || !bytes.Contains(text, []byte(`"failures":1`)) {
		t.Errorf("%s %v", text, err)
	}
	if len(info.Change.Failed) != 1 {
		t.Error("an operator is told less afterwards")
	}
}

// TestPlanClass: what a change does to keys, row by row: t, holders, floor and members.
func TestPlanClass(t *testing.T) {
	for _, c := range []struct {
		t, floor       uint32
		holders, n     int
		next           uint32
		lost, un, ecds bool
		spare          int
	}{
		{1, 0, 4, 4, 1, false, false, false, 1},
		{1, 0, 4, 3, 1, false, false, false, 0}, // 2t+1 = n: one silent member stops erasure
		{1, 0, 4, 2, 1, false, false, true, 0},
		{1, 0, 4, 1, 1, false, true, true, 0},
		{1, 0, 2, 2, 1, false, false, false, 0}, // ECDSA was not possible before either
		{1, 0, 1, 4, 1, true, false, false, 1},
		{1, 2, 4, 4, 2, false, false, true, 0}, // the floor raises t
		{2, 1, 5, 7, 2, false, false, false, 2},
		{0, 0, 1, 1, 0, false, false, false, 0},
	} {
		p := NewPlanClass(3, KeyID{1}, c.t, c.holders, c.floor, c.n)
		if p.Next != c.next || p.Lost != c.lost || p.Unreadable != c.un || p.NoECDSA != c.ecds || p.Spare != c.spare || p.NeedsForce() != (c.lost || c.un || c.ecds) {
			t.Errorf("%+v: %+v", c, p)
		}
	}
}

// TestRefreshOrderTyped: what wallets make of the typed data is what nodes check.
func TestRefreshOrderTyped(t *testing.T) {
	o := &RefreshOrder{Chain: 1 << 60, Cluster: ClusterID{1}, Epoch: 1 << 61, Set: common.Hash{2}, Round: 1<<63 + 1}
	text, err := o.TypedData()
	if err != nil {
		t.Fatal(err)
	}
	var typed apitypes.TypedData
	if err := json.Unmarshal(text, &typed); err != nil {
		t.Fatal(err)
	}
	if hash, _, err := apitypes.TypedDataAndHash(typed); err != nil || common.BytesToHash(hash) != o.Digest() {
		t.Errorf("%x, want %x (%v)", hash, o.Digest(), err)
	}
	for name, other := range map[string]RefreshOrder{
		"chain": {1, o.Cluster, o.Epoch, o.Set, o.Round}, "cluster": {o.Chain, ClusterID{}, o.Epoch, o.Set, o.Round}, "epoch": {o.Chain, o.Cluster, 0, o.Set, o.Round},
		"set": {o.Chain, o.Cluster, o.Epoch, common.Hash{}, o.Round}, "round": {o.Chain, o.Cluster, o.Epoch, o.Set, 0},
	} {
		if other.Digest() == o.Digest() {
			t.Errorf("the digest does not cover the %s", name)
		}
	}
}

// TestLegacyChange: Parity's pair of signatures is the word of one administrator for one set after another.
func TestLegacyChange(t *testing.T) {
	admin, err := crypto.ToECDSA(common.LeftPadBytes([]byte{1}, 32))
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := crypto.ToECDSA(common.LeftPadBytes([]byte{2}, 32))
	if err != nil {
		t.Fatal(err)
	}
	ids := testIDs(t, 20, 5)
	set := &ServerSet{Members: ids[:4], Authority: Authority{Administrators: []common.Address{crypto.PubkeyToAddress(admin.PublicKey)}, Needed: 1}}
	made := func(change func(*LegacyChange, *ServerSet)) error {
		s := *set
		c := &LegacyChange{Members: ids}
		for into, hash := range map[*AdminSignature]common.Hash{&c.Old: LegacySetHash(set.Members), &c.New: LegacySetHash(ids)} {
			sig, err := crypto.Sign(hash[:], admin)
			if err != nil {
				t.Fatal(err)
			}
			copy(into[:], sig)
		}
		change(c, &s)
		return c.Check(&s)
	}
	by := func(who int, nodes []NodeID) (sig AdminSignature) {
		key := admin
		if who != 1 {
			key = stranger
		}
		hash := LegacySetHash(nodes)
		text, err := crypto.Sign(hash[:], key)
		if err != nil {
			t.Fatal(err)
		}
		copy(sig[:], text)
		return sig
	}
	if err := made(func(*LegacyChange, *ServerSet) {}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*LegacyChange, *ServerSet)
		want   Reason
	}{
		"no administrators":     {func(_ *LegacyChange, s *ServerSet) { s.Authority = Authority{} }, Denied},
		"two are needed":        {func(_ *LegacyChange, s *ServerSet) { s.Authority.Needed = 2 }, Policy},
		"another old set":       {func(_ *LegacyChange, s *ServerSet) { s.Members = ids[:3] }, Denied},
		"another new set":       {func(c *LegacyChange, _ *ServerSet) { c.Members = ids[1:] }, Denied},
		"a stranger's word":     {func(c *LegacyChange, _ *ServerSet) { c.Old, c.New = by(2, ids[:4]), by(2, ids) }, Denied},
		"a stranger's old word": {func(c *LegacyChange, _ *ServerSet) { c.Old = by(2, ids[:4]) }, Denied},
		"a stranger's new word": {func(c *LegacyChange, _ *ServerSet) { c.New = by(2, ids) }, Denied},
		"no signature":          {func(c *LegacyChange, _ *ServerSet) { c.New = AdminSignature{} }, Denied},
		"the other way round":   {func(c *LegacyChange, _ *ServerSet) { c.Old, c.New = c.New, c.Old }, Denied},
	} {
		if err := made(c.change); err == nil || ReasonOf(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

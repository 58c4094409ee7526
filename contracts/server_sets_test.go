package contracts

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm/runtime"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"

	"github.com/geth-ss/geth-ss/client"
	"github.com/geth-ss/geth-ss/contracts/bindings/readrewards"
	"github.com/geth-ss/geth-ss/contracts/bindings/receiptchecker"
	"github.com/geth-ss/geth-ss/contracts/bindings/serversets"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

var setsABI = serversets.NewServerSets()

// vectors are those of the nodes and clients, as far as contracts need them.
type vectors struct {
	Drain   uint64                 `json:"drainBlocks"`
	Secrets map[string]common.Hash `json:"secrets"`
	Sets    []struct {
		Set  *wire.ServerSet `json:"set"`
		Hash common.Hash     `json:"hash"`
	} `json:"sets"`
	Links []struct {
		Link *wire.SetLink `json:"link"`
	} `json:"links"`
	False []struct {
		Name string        `json:"name"`
		From uint64        `json:"from"`
		Link *wire.SetLink `json:"link"`
	} `json:"false"`
	Two struct {
		From uint64        `json:"from"`
		A    *wire.SetLink `json:"a"`
		B    *wire.SetLink `json:"b"`
	} `json:"two"`
	GivenUp struct {
		From uint64        `json:"from"`
		Link *wire.SetLink `json:"link"`
	} `json:"givenUp"`
	Versions []struct {
		Record *wire.Certificate `json:"record"`
	} `json:"versions"`
	Receipts []struct {
		Name string         `json:"name"`
		Says string         `json:"says"`
		File client.Receipt `json:"receipt"`
	} `json:"receipts"`
}

func readVectors(t *testing.T) *vectors {
	t.Helper()
	text, err := os.ReadFile("../protocol/verify/testdata/serversets.json")
	if err != nil {
		t.Fatal(err)
	}
	v := new(vectors)
	if err := json.Unmarshal(text, v); err != nil {
		t.Fatal(err)
	}
	return v
}

func (v *vectors) links(from, to int) (all []*wire.SetLink) {
	for _, l := range v.Links[from:to] {
		all = append(all, l.Link)
	}
	return all
}

// secret is the key of a node id.
func (v *vectors) sign(t *testing.T, node wire.Point, digest [32]byte) (sig wire.Signature) {
	t.Helper()
	for _, secret := range v.Secrets {
		key, err := crypto.ToECDSA(secret[:])
		if err != nil {
			t.Fatal(err)
		}
		if wire.Point(wire.NodeIDOf(&key.PublicKey)) != node {
			continue
		}
		made, err := crypto.Sign(digest[:], key)
		if err != nil {
			t.Fatal(err)
		}
		return wire.Signature(made)
	}
	t.Fatal("no such key")
	return sig
}

// administrator is what the administrator of this address signs.
func (v *vectors) administrator(t *testing.T, who common.Address, digest [32]byte) wire.Signature {
	t.Helper()
	for _, secret := range v.Secrets {
		if key, err := crypto.ToECDSA(secret[:]); err == nil && crypto.PubkeyToAddress(key.PublicKey) == who {
			return v.sign(t, wire.Point(wire.NodeIDOf(&key.PublicKey)), digest)
		}
	}
	t.Fatal("no such administrator")
	return wire.Signature{}
}

// decided has a set quorum of the parent sign whatever the link says now: more of its members lie than may, but the
// administrators do not.
func (v *vectors) decided(t *testing.T, parent *wire.ServerSet, l *wire.SetLink) {
	t.Helper()
	id := l.Attempt.ID()
	bound, vote := wire.AttemptDigest(id), wire.VoteDigest(id, l.Decided.Ballot, true)
	for i := range l.Signed {
		s := &l.Signed[i]
		s.Signature = v.sign(t, wire.Point(s.Node), bound)
		if at := slices.Index(parent.Members, s.Node); parent.Epoch > 0 && parent.Keys[at] != (wire.Point{}) {
			s.Epoch = v.sign(t, parent.Keys[at], bound)
		}
	}
	for i := range l.Decided.Votes {
		w := &l.Decided.Votes[i]
		w.Signature = v.sign(t, wire.Point(w.Node), vote)
	}
}

// follower is a contract that begins with a set of the vectors, and a checker.
type follower struct {
	*chain
	v             *vectors
	sets, checker common.Address
}

func newFollower(t *testing.T, first int, trusting uint64) *follower {
	t.Helper()
	f := &follower{chain: newChain(t), v: readVectors(t)}
	var start uint64
	if first > 0 {
		start = f.v.Links[first-1].Link.Attempt.Block.Number
	}
	begin := client.DeploySetsCall(f.v.Sets[first].Set, start, f.v.Drain, trusting)
	f.sets = f.deploy(serversets.ServerSetsMetaData.Bin + common.Bytes2Hex(begin))
	f.checker = f.deploy(receiptchecker.ReceiptCheckerMetaData.Bin)
	return f
}

// show tells the contract links after a set.
func (f *follower) show(from *wire.ServerSet, links ...*wire.SetLink) *types.Receipt {
	f.Helper()
	return f.send(bob, &f.sets, client.ShowLinksCall(from, links...), 0)
}

// mustShow is show of the vectors' own links.
func (f *follower) mustShow(from, to int) uint64 {
	f.Helper()
	receipt := f.show(f.v.Sets[from].Set, f.v.links(from, to)...)
	if receipt.Status != types.ReceiptStatusSuccessful {
		_, reverted := f.ask(serversets.ServerSetsMetaData.ABI, f.sets, client.ShowLinksCall(f.v.Sets[from].Set, f.v.links(from, to)...))
		f.Fatalf("links %d to %d were refused: %s", from+1, to, reverted)
	}
	return receipt.GasUsed
}

// refuses wants links to be refused with an error of the contract: its name, and its text if it has one.
func (f *follower) refuses(what, want string, from *wire.ServerSet, links ...*wire.SetLink) {
	f.Helper()
	if got := f.reverted(f.sets, client.ShowLinksCall(from, links...)); got != want && (want != "any" || got == "") {
		f.Errorf("%s: %q, want %q", what, got, want)
	}
}

// reverted is the error of a call, with its argument if that is a text; empty if the call passes.
func (f *follower) reverted(to common.Address, data []byte) string {
	f.Helper()
	out, name := f.ask(errorsOfAll(f.T), to, data)
	_ = out
	return name
}

// errorsOfAll is an ABI with the errors of all contracts that take part: those of callees come through.
func errorsOfAll(t *testing.T, more ...string) string {
	t.Helper()
	var all []json.RawMessage
	for _, text := range append(more, serversets.ServerSetsMetaData.ABI, receiptchecker.ReceiptCheckerMetaData.ABI) {
		var some []json.RawMessage
		if err := json.Unmarshal([]byte(text), &some); err != nil {
			t.Fatal(err)
		}
		for _, entry := range some {
			if strings.Contains(string(entry), `"type":"error"`) && !slices.ContainsFunc(all, func(b json.RawMessage) bool { return string(b) == string(entry) }) {
				all = append(all, entry)
			}
		}
	}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := abi.JSON(strings.NewReader(string(text))); err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func (f *follower) newest() uint64 {
	f.Helper()
	return call(f.chain, f.sets, setsABI.PackNewest(), setsABI.UnpackNewest)
}

// moved is a call that checks a receipt by the origin alone.
func (f *follower) moved(r *client.Receipt, set int) []byte {
	return r.CheckMovedCall(f.sets, &f.v.Versions[0].Record.Setup, f.v.Sets[set].Set)
}

func epochOf(r *client.Receipt) int {
	if r.Setup.Set == nil {
		return 0
	}
	return int(r.Setup.Set.Epoch)
}

func clone[T any](t *testing.T, of *T) *T {
	t.Helper()
	text, err := json.Marshal(of)
	if err != nil {
		t.Fatal(err)
	}
	copied := new(T)
	if err := json.Unmarshal(text, copied); err != nil {
		t.Fatal(err)
	}
	return copied
}

// TestLinksOnChain: a contract that was made with set 0 follows seven links, all at once or one by one, and one that begins later
// does from there. What it knows already is shown again without harm.
func TestLinksOnChain(t *testing.T) {
	f := newFollower(t, 0, 0)
	if last := len(f.v.Links); last != 7 {
		t.Fatalf("%d links", last)
	}
	f.mustShow(0, 7)
	for epoch, want := range f.v.Sets {
		known := call(f.chain, f.sets, setsABI.PackKnown(uint64(epoch)), setsABI.UnpackKnown)
		if known.Hash != want.Hash || known.Floor != want.Set.Floor || epoch > 0 && known.Start != f.v.Links[epoch-1].Link.Attempt.Block.Number {
			t.Errorf("set %d: %+v", epoch, known)
		}
	}
	f.mustShow(0, 7)
	if f.newest() != 7 {
		t.Errorf("the newest set is %d", f.newest())
	}
	one := newFollower(t, 3, 0)
	for i := 3; i < 7; i++ {
		one.mustShow(i, i+1)
	}
	if one.newest() != 7 {
		t.Errorf("one by one: the newest set is %d", one.newest())
	}
	one.refuses("a link from a set before", "UnknownSet", f.v.Sets[2].Set, f.v.links(2, 3)...)
}

// TestOneForgedLinkOnChain: the contract refuses what off line is refused, but for what it is not shown.
func TestOneForgedLinkOnChain(t *testing.T) {
	// For each set a contract that knows it, and none that follows.
	var followers []*follower
	for i := range 7 {
		followers = append(followers, newFollower(t, i, 0))
	}
	f := followers[0]
	notShown := []string{"a member that does not keep its epoch key"}
	for _, false := range f.v.False {
		if verify.Link(f.v.Sets[false.From].Set, false.Link) == nil {
			t.Errorf("%s: it holds off line", false.Name)
		}
		if slices.Contains(notShown, false.Name) {
			continue
		}
		followers[false.From].refuses(false.Name, "any", f.v.Sets[false.From].Set, false.Link)
	}
	bent := func(name, want string, from int, bend func(parent *wire.ServerSet, l *wire.SetLink)) {
		t.Helper()
		parent, l := clone(t, f.v.Sets[from].Set), clone(t, f.v.Links[from].Link)
		bend(parent, l)
		followers[from].refuses(name, want, parent, l)
	}
	decided := func(parent *wire.ServerSet, l *wire.SetLink) { f.v.decided(t, parent, l) }
	bent("a parent of another member", "UnknownSet", 1, func(p *wire.ServerSet, _ *wire.SetLink) { p.Members[0][5] ^= 1 })
	bent("a parent with other administrators", "UnknownSet", 1, func(p *wire.ServerSet, _ *wire.SetLink) { p.Authority.Needed = 1 })
	for name, bend := range map[string]func(o *wire.SetOrder){
		"members":        func(o *wire.SetOrder) { o.Members = o.Members[1:] },
		"an address":     func(o *wire.SetOrder) { o.Members[0].Address += "0" },
		"floor":          func(o *wire.SetOrder) { o.Floor++ },
		"refresh":        func(o *wire.SetOrder) { o.Refresh++ },
		"administrators": func(o *wire.SetOrder) { o.Administrators = o.Administrators[1:] },
		"needed":         func(o *wire.SetOrder) { o.Needed = 1 },
		"force":          func(o *wire.SetOrder) { o.Force = true },
		"expires":        func(o *wire.SetOrder) { o.Expires++ },
		"nonce":          func(o *wire.SetOrder) { o.Nonce[0]++ },
		"chain":          func(o *wire.SetOrder) { o.Chain++ },
	} {
		bent("order: "+name, "any", 5, func(p *wire.ServerSet, l *wire.SetLink) {
			bend(&l.Attempt.Order)
			decided(p, l)
		})
		bent("order, as the members have signed it: "+name, "any", 5, func(_ *wire.ServerSet, l *wire.SetLink) { bend(&l.Attempt.Order) })
	}
	bent("block", "NotSigned", 1, func(_ *wire.ServerSet, l *wire.SetLink) { l.Attempt.Block.Number++ })
	bent("attempt", "NotSigned", 1, func(_ *wire.ServerSet, l *wire.SetLink) { l.Attempt.Nonce[0]++ })
	bent("epoch key", "NotSigned", 1, func(_ *wire.ServerSet, l *wire.SetLink) { l.Attempt.Ready[0].Key[0]++ })
	bent("nobody ready", "NoLink", 1, func(_ *wire.ServerSet, l *wire.SetLink) { l.Attempt.Ready = nil })
	bent("a stranger coordinates", "NoLink", 1, func(p *wire.ServerSet, l *wire.SetLink) {
		l.Attempt.Coordinator = f.v.Sets[7].Set.Members[5]
		decided(p, l)
	})
	bent("nobody bound", "NoQuorum", 1, func(_ *wire.ServerSet, l *wire.SetLink) { l.Signed = nil })
	bent("a member bound twice", "any", 1, func(_ *wire.ServerSet, l *wire.SetLink) { l.Signed[1] = l.Signed[0] })
	bent("no votes", "NoQuorum", 1, func(_ *wire.ServerSet, l *wire.SetLink) { l.Decided.Votes = nil })
	bent("one vote less", "NoQuorum", 1, func(_ *wire.ServerSet, l *wire.SetLink) { l.Decided.Votes = l.Decided.Votes[1:] })
	bent("votes against", "NoLink", 1, func(p *wire.ServerSet, l *wire.SetLink) {
		l.Decided.Ballot = 1
		decided(p, l)
	})
	bent("a signature of high s", "NotSigned", 1, func(_ *wire.ServerSet, l *wire.SetLink) { high(&l.Signed[0].Signature) })
	bent("a vote of high s", "NotSigned", 1, func(_ *wire.ServerSet, l *wire.SetLink) { high(&l.Decided.Votes[0].Signature) })
	bent("v does not count", "", 1, func(_ *wire.ServerSet, l *wire.SetLink) { l.Signed[0].Signature[64] = 77 })
	bent("an order that changes nothing", "NoLink", 0, func(p *wire.ServerSet, l *wire.SetLink) {
		a := &l.Attempt
		a.Order.Members, a.Ready = a.Order.Members[:4], a.Ready[:4]
		for i := range a.Orders {
			signer, ok := a.Orders[i].Signer(f.v.Links[0].Link.Attempt.Order.Digest())
			if !ok {
				t.Fatal("the vectors' order is not signed")
			}
			a.Orders[i] = wire.AdminSignature(f.v.administrator(t, signer, a.Order.Digest()))
		}
		decided(p, l)
	})
	f.refuses("links that skip one", "NoLink", f.v.Sets[0].Set, f.v.Links[1].Link)
	f.refuses("links in another order", "any", f.v.Sets[0].Set, f.v.Links[0].Link, f.v.Links[2].Link)

	// Links that the contract does not know yet, but their parents. All sign what a set may not be.
	for name, w := range map[string]struct {
		want string
		bend func(s *serversets.ServerSetsSet)
	}{
		"no members":                   {"NoLink", func(s *serversets.ServerSetsSet) { s.Members, s.Keys = nil, nil }},
		"half a member":                {"NoLink", func(s *serversets.ServerSetsSet) { s.Members = s.Members[:300] }},
		"a key less":                   {"NoLink", func(s *serversets.ServerSetsSet) { s.Keys = s.Keys[64:] }},
		"members in another order":     {"NoLink", func(s *serversets.ServerSetsSet) { s.Members = append(s.Members[64:], s.Members[:64]...) }},
		"a member twice":               {"NoLink", func(s *serversets.ServerSetsSet) { copy(s.Members[64:128], s.Members[:64]) }},
		"a floor above all":            {"NoLink", func(s *serversets.ServerSetsSet) { s.Floor = 5 }},
		"a lower floor":                {"NoLink", func(s *serversets.ServerSetsSet) { s.Floor = 0 }},
		"more needed than there are":   {"NoLink", func(s *serversets.ServerSetsSet) { s.Needed = 4 }},
		"none needed":                  {"NoLink", func(s *serversets.ServerSetsSet) { s.Needed = 0 }},
		"administrators out of order":  {"NoLink", func(s *serversets.ServerSetsSet) { slices.Reverse(s.Administrators) }},
		"another parent":               {"NoLink", func(s *serversets.ServerSetsSet) { s.Parent[0]++ }},
		"another cluster":              {"NoLink", func(s *serversets.ServerSetsSet) { s.Cluster[0]++ }},
		"another epoch":                {"NoLink", func(s *serversets.ServerSetsSet) { s.Epoch = 2 }},
		"too many addresses":           {"NoLink", nil},
		"a binding too many":           {"NoLink", nil},
		"a vote too many":              {"NoLink", nil},
		"a signer beyond the last one": {"NoLink", nil},
		"half an order's signature":    {"NoLink", nil},
	} {
		method := setsABI.GetABI().Methods["show"]
		args, err := method.Inputs.Unpack(client.ShowLinksCall(f.v.Sets[0].Set, f.v.Links[0].Link)[4:])
		if err != nil {
			t.Fatal(err)
		}
		parent := *abi.ConvertType(args[0], new(serversets.ServerSetsSet)).(*serversets.ServerSetsSet)
		links := *abi.ConvertType(args[1], new([]serversets.ServerSetsLink)).(*[]serversets.ServerSetsLink)
		switch name {
		case "too many addresses":
			links[0].Addresses = append(links[0].Addresses, common.Hash{1})
		case "a binding too many":
			links[0].Bindings = append(links[0].Bindings, links[0].Bindings[:65]...)
		case "a vote too many":
			links[0].Votes = append(links[0].Votes, links[0].Votes[:65]...)
		case "a signer beyond the last one":
			links[0].Bound.SetBit(links[0].Bound, 4, 1)
		case "half an order's signature":
			links[0].Orders = links[0].Orders[:100]
		default:
			w.bend(&links[0].Set)
		}
		if got := f.reverted(f.sets, setsABI.PackShow(parent, links)); got != w.want {
			t.Errorf("%s: %q, want %q", name, got, w.want)
		}
	}
	for i, follower := range followers {
		follower.mustShow(i, i+1)
	}
}

func high(sig *wire.Signature) {
	s := new(big.Int).SetBytes(sig[32:64])
	new(big.Int).Sub(crypto.S256().Params().N, s).FillBytes(sig[32:64])
	sig[64] ^= 1
}

// TestGivenUpOnChain: a set that all administrators have given up is followed by the one that has decided itself; beside an ordinary
// link it is one of two.
func TestGivenUpOnChain(t *testing.T) {
	f := newFollower(t, 0, 0)
	given := &f.v.GivenUp
	parent := f.v.Sets[given.From].Set
	if receipt := f.show(parent, given.Link); receipt.Status != types.ReceiptStatusSuccessful {
		t.Fatalf("refused: %s", f.reverted(f.sets, client.ShowLinksCall(parent, given.Link)))
	}
	known := call(f.chain, f.sets, setsABI.PackKnown(given.From+1), setsABI.UnpackKnown)
	if known.Hash != given.Link.Set().Hash() {
		t.Errorf("%x follows", known.Hash)
	}
	if receipt := f.show(parent, f.v.Links[given.From].Link); receipt.Status != types.ReceiptStatusSuccessful {
		t.Fatal("the second link is refused")
	}
	if forked := call(f.chain, f.sets, setsABI.PackForked(), setsABI.UnpackForked); forked != given.From+1 {
		t.Errorf("forked at %d", forked)
	}
}

// TestTwoLinksOnChain: two sets after one parent stop the contract at that epoch, whichever it was shown first, and for ever.
func TestTwoLinksOnChain(t *testing.T) {
	f := newFollower(t, 0, 0)
	two := &f.v.Two
	receipts := func(say string) {
		t.Helper()
		for _, r := range f.v.Receipts {
			epoch := epochOf(&r.File)
			got, want := f.reverted(f.checker, f.moved(&r.File, epoch)), ""
			if r.Says != "" {
				want = "Superseded"
			}
			if say != "" && epoch > int(two.From) {
				want = say
			}
			if got != want {
				t.Errorf("%s: %q, want %q", r.Name, got, want)
			}
		}
	}
	f.mustShow(0, 7)
	receipts("")
	other := two.B
	if other.Set().Hash() == f.v.Sets[two.From+1].Hash {
		other = two.A
	}
	sent := f.show(f.v.Sets[two.From].Set, other)
	if sent.Status != types.ReceiptStatusSuccessful || len(sent.Logs) != 1 || sent.Logs[0].Topics[0] != setsABI.GetABI().Events["TwoLinks"].ID {
		t.Fatalf("the evidence was refused: %+v", sent)
	}
	receipts("Forked")
	f.refuses("a link from one of the two", "Forked", f.v.Sets[two.From+1].Set, f.v.links(int(two.From)+1, int(two.From)+2)...)
	f.mustShow(0, int(two.From)) // what is before them is known still
	bent := clone(t, other)
	bent.Decided.Votes[0].Signature[3]++
	g := newFollower(t, 0, 0)
	g.mustShow(0, 7)
	g.refuses("evidence that is none", "NotSigned", g.v.Sets[two.From].Set, bent)
}

// TestSupersededReceiptOnChain: a receipt under a version of a former set counts for blocks up to the end of the set, and for as
// many as keys take to move after it, and no longer; of the newest set for all.
func TestSupersededReceiptOnChain(t *testing.T) {
	f := newFollower(t, 0, 0)
	superseded := 0
	for known := 0; known <= 7; known++ {
		if known > 0 {
			f.mustShow(known-1, known)
		}
		for _, r := range f.v.Receipts {
			epoch := epochOf(&r.File)
			want := ""
			switch {
			case epoch > known:
				want = "UnknownSet"
			case r.Says != "" && epoch < known:
				want = "Superseded"
				superseded++
			}
			out, got := f.ask(errorsOfAll(t), f.checker, f.moved(&r.File, epoch))
			if got != want || want == "" && common.BytesToHash(out) != r.File.Receipt.Digest() {
				t.Errorf("%s, set %d known: %q, want %q", r.Name, known, got, want)
			}
		}
	}
	if superseded == 0 {
		t.Error("no receipt was superseded")
	}
}

// TestReceiptNamesOrigin: a receipt names the version now, and by the set-up that this is the hash of the origin. A contract that
// knows the origin, and the sets, takes it from nobody else.
func TestReceiptNamesOrigin(t *testing.T) {
	f := newFollower(t, 0, 0)
	f.mustShow(0, 7)
	var good *client.Receipt
	for i := range f.v.Receipts {
		if r := &f.v.Receipts[i]; epochOf(&r.File) == 7 && r.Says == "" {
			good = &r.File
		}
	}
	made, set := &f.v.Versions[0].Record.Setup, f.v.Sets[7].Set
	resign := func(r *client.Receipt) {
		digest := r.Receipt.Digest()
		for i := range r.Signatures {
			r.Signatures[i].Signature = f.v.sign(t, wire.Point(r.Setup.Members[r.Signatures[i].Index-1]), digest)
		}
	}
	// renamed has the signers sign for the set-up as it is now: without a lie more than may of this key's servers.
	renamed := func(r *client.Receipt) {
		r.Receipt.Version = r.Setup.Session()
		resign(r)
	}
	for name, c := range map[string]struct {
		want string
		bend func(r *client.Receipt, made *wire.Terms, set *wire.ServerSet)
	}{
		"as it is":         {"", func(*client.Receipt, *wire.Terms, *wire.ServerSet) {}},
		"signed once more": {"", func(r *client.Receipt, _ *wire.Terms, _ *wire.ServerSet) { renamed(r) }},
		"another origin": {"AnotherOrigin", func(r *client.Receipt, _ *wire.Terms, _ *wire.ServerSet) {
			r.Setup.Move.Origin[0]++
			renamed(r)
		}},
		"terms of the making that are not the origin's": {"AnotherOrigin", func(_ *client.Receipt, made *wire.Terms, _ *wire.ServerSet) { made.Threshold = 0 }},
		"made with another threshold": {"AnotherOrigin", func(r *client.Receipt, _ *wire.Terms, _ *wire.ServerSet) {
			r.Setup.Move.Made = 0
			renamed(r)
		}},
		"a version that is not the hash of its set-up": {"AnotherVersion", func(r *client.Receipt, _ *wire.Terms, _ *wire.ServerSet) {
			r.Setup.Move.Parent[0]++
			resign(r)
		}},
		"of another key": {"AnotherOrigin", func(r *client.Receipt, _ *wire.Terms, _ *wire.ServerSet) {
			r.Receipt.Key[0]++
			r.Setup.Key[0]++
			renamed(r)
		}},
		"of another key, by its set-up": {"AnotherVersion", func(r *client.Receipt, _ *wire.Terms, _ *wire.ServerSet) {
			r.Setup.Key[0]++
			renamed(r)
		}},
		"of another cluster": {"AnotherOrigin", func(r *client.Receipt, _ *wire.Terms, _ *wire.ServerSet) {
			r.Receipt.Cluster[0]++
			renamed(r)
		}},
		"of another set of this epoch": {"UnknownSet", func(r *client.Receipt, _ *wire.Terms, _ *wire.ServerSet) {
			r.Setup.Set.Hash[0]++
			renamed(r)
		}},
		"of a set to come": {"UnknownSet", func(r *client.Receipt, _ *wire.Terms, _ *wire.ServerSet) {
			r.Setup.Set.Epoch = 8
			renamed(r)
		}},
		"of no set, to choose one": {"AnotherOrigin", func(r *client.Receipt, _ *wire.Terms, _ *wire.ServerSet) {
			r.Setup.Set = &wire.SetRef{Epoch: 7}
			renamed(r)
		}},
		"of a smaller set": {"OtherServers", func(r *client.Receipt, _ *wire.Terms, _ *wire.ServerSet) {
			r.Setup.SetSize--
			renamed(r)
		}},
		"with servers of one's own": {"OtherServers", func(r *client.Receipt, _ *wire.Terms, set *wire.ServerSet) {
			set.Members[0] = wire.NodeIDOf(&carol.PublicKey)
		}},
		"with a server left out": {"OtherServers", func(r *client.Receipt, _ *wire.Terms, set *wire.ServerSet) { set.Members = set.Members[1:] }},
		"with the servers in another order": {"OtherServers", func(r *client.Receipt, _ *wire.Terms, set *wire.ServerSet) {
			slices.Reverse(set.Members)
		}},
		"with a threshold below the set's": {"TooFewSignatures", func(r *client.Receipt, _ *wire.Terms, _ *wire.ServerSet) {
			r.Setup.Threshold = 1
			r.Signatures = r.Signatures[:2]
			renamed(r)
		}},
		"of too few":   {"TooFewSignatures", func(r *client.Receipt, _ *wire.Terms, _ *wire.ServerSet) { r.Signatures = r.Signatures[1:] }},
		"by one twice": {"IndexOutOfOrder", func(r *client.Receipt, _ *wire.Terms, _ *wire.ServerSet) { r.Signatures[1] = r.Signatures[0] }},
		"by a stranger": {"NotSigned", func(r *client.Receipt, _ *wire.Terms, _ *wire.ServerSet) {
			r.Signatures[1].Signature = f.v.sign(t, wire.Point(f.v.Sets[0].Set.Members[0]), [32]byte{1})
		}},
		"a refusal as a grant": {"NotSigned", func(r *client.Receipt, _ *wire.Terms, _ *wire.ServerSet) { r.Receipt.Granted = false }},
	} {
		r, terms, servers := clone(t, good), clone(t, made), clone(t, set)
		c.bend(r, terms, servers)
		data := r.CheckMovedCall(f.sets, terms, servers)
		if terms.Session() != made.Session() { // the contract knows the origin
			data = withOrigin(t, data, made.Session())
		}
		if got := f.reverted(f.checker, data); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	// Of a key that was made with a higher threshold than its set's lowest, as many as that must sign, whatever a set-up says later.
	high := clone(t, made)
	high.Threshold = 2
	for i := range f.v.Receipts {
		r := clone(t, &f.v.Receipts[i].File)
		if epochOf(r) != 1 || f.v.Receipts[i].Says != "" {
			continue
		}
		r.Setup.Move.Origin, r.Setup.Move.Made = high.Session(), 2
		renamed(r)
		if got := f.reverted(f.checker, r.CheckMovedCall(f.sets, high, f.v.Sets[1].Set)); got != "TooFewSignatures" {
			t.Errorf("%d signatures for a key of threshold 2: %q", len(r.Signatures), got)
		}
		r.Signatures = append(r.Signatures, client.ReceiptSignature{Index: 3})
		renamed(r)
		if got := f.reverted(f.checker, r.CheckMovedCall(f.sets, high, f.v.Sets[1].Set)); got != "" {
			t.Errorf("%d signatures for a key of threshold 2: %q", len(r.Signatures), got)
		}
	}
	// The old library knows one version, and takes receipts of no other.
	if got := f.reverted(f.checker, good.CheckCall(made.Session())); got != "AnotherVersion" {
		t.Errorf("by the functions for one version: %q", got)
	}
	for i := range f.v.Versions {
		terms := &f.v.Versions[i].Record.Setup
		r := &client.Receipt{Setup: *terms}
		sharing := sharingOf(t, r.CheckMovedCall(f.sets, made, set))
		if got := call(f.chain, f.checker, checkerABI.PackVersionOfSharing(sharing), checkerABI.UnpackVersionOfSharing); got != terms.Session() {
			t.Errorf("version %d: %x, want %x", i, got, terms.Session())
		}
	}
	later := clone(t, made) // a key that a later set has made
	later.Set = &wire.SetRef{Epoch: 3, Hash: f.v.Sets[3].Hash}
	sharing := sharingOf(t, (&client.Receipt{Setup: *later}).CheckMovedCall(f.sets, made, set))
	if got := call(f.chain, f.checker, checkerABI.PackVersionOfSharing(sharing), checkerABI.UnpackVersionOfSharing); got != later.Session() {
		t.Errorf("version that set 3 made: %x, want %x", got, later.Session())
	}
}

// movedArguments are those of a call.
func movedArguments(t *testing.T, data []byte) (sets common.Address, origin [32]byte, shown receiptchecker.MovedReceiptsShown) {
	t.Helper()
	args, err := checkerABI.GetABI().Methods["verifyMoved"].Inputs.Unpack(data[4:])
	if err != nil {
		t.Fatal(err)
	}
	return args[0].(common.Address), args[1].([32]byte), *abi.ConvertType(args[2], new(receiptchecker.MovedReceiptsShown)).(*receiptchecker.MovedReceiptsShown)
}

func withOrigin(t *testing.T, data []byte, origin [32]byte) []byte {
	t.Helper()
	sets, _, shown := movedArguments(t, data)
	return checkerABI.PackVerifyMoved(sets, origin, shown)
}

func sharingOf(t *testing.T, data []byte) receiptchecker.MovedReceiptsSharing {
	t.Helper()
	_, _, shown := movedArguments(t, data)
	return shown.Now
}

// TestKeeperConfirms: after the trusting period only the keeper shows links, and receipts of the newest set count again when it has
// confirmed that it is the newest.
func TestKeeperConfirms(t *testing.T) {
	f := newFollower(t, 0, 3600)
	newest := f.v.Receipts[0] // of set 0
	if got := f.reverted(f.checker, f.moved(&newest.File, 0)); got != "" {
		t.Fatalf("at once: %q", got)
	}
	f.later(3601 * time.Second)
	if got := f.reverted(f.checker, f.moved(&newest.File, 0)); got != "Stale" {
		t.Errorf("after the trusting period: %q", got)
	}
	f.refuses("a link after the trusting period", "Stale", f.v.Sets[0].Set, f.v.Links[0].Link)
	if got := f.reverted(f.sets, setsABI.PackConfirm(f.v.Sets[0].Hash)); got != "NotKeeper" {
		t.Errorf("confirmed by anybody: %q", got)
	}
	if f.send(alice, &f.sets, setsABI.PackConfirm(f.v.Sets[1].Hash), 0).Status == types.ReceiptStatusSuccessful {
		t.Error("the keeper confirmed a set that is not the newest")
	}
	f.passes(alice, f.sets, setsABI.PackConfirm(f.v.Sets[0].Hash))
	if got := f.reverted(f.checker, f.moved(&newest.File, 0)); got != "" {
		t.Errorf("after the keeper's word: %q", got)
	}
	f.mustShow(0, 1)
	f.later(3601 * time.Second)
	if got := f.reverted(f.checker, f.moved(&newest.File, 0)); got != "" {
		t.Errorf("a receipt of a set whose end is known: %q", got)
	}
	f.passes(alice, f.sets, client.ShowLinksCall(f.v.Sets[1].Set, f.v.Links[1].Link))
	if f.newest() != 2 {
		t.Errorf("the newest set is %d", f.newest())
	}
}

// TestMovedRewards: an offer made at set 0, with its version, pays readers under later sets, each once, if it follows the servers.
func TestMovedRewards(t *testing.T) {
	f := newFollower(t, 0, 0)
	rewards := f.deploy(readrewards.ReadRewardsMetaData.Bin)
	origin := f.v.Versions[0].Record.Setup.Session()
	if f.send(alice, &rewards, rewardsABI.PackOfferFollowing(origin, big.NewInt(100), f.sets), 250).Status != types.ReceiptStatusSuccessful {
		t.Fatal("the offer was refused")
	}
	f.passes(alice, rewards, rewardsABI.PackOffer(origin, new(big.Int)))
	claim := func(offer int64, r *client.Receipt) []byte {
		_, _, shown := movedArguments(t, f.moved(r, epochOf(r)))
		data, err := rewardsABI.GetABI().Pack("claimMoved", big.NewInt(offer), shown)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	var first, last, no *client.Receipt
	for i := range f.v.Receipts {
		switch r := &f.v.Receipts[i].File; {
		case !r.Receipt.Granted:
			no = r
		case epochOf(r) == 7 && last == nil:
			last = r
		case epochOf(r) == 0 && first == nil:
			first = r
		}
	}
	refused := func(what, want string, data []byte) {
		t.Helper()
		if _, got := f.ask(errorsOfAll(t, readrewards.ReadRewardsMetaData.ABI), rewards, data); got != want {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	refused("a set that is not known yet", "UnknownSet", claim(0, last))
	f.mustShow(0, 7)
	refused("an offer that follows nobody", "NotFollowing", claim(1, last))
	refused("by the version alone", "Following", shownOf(first).claim(0))
	refused("a verdict of no", "NotGranted", claim(0, no))
	f.passes(bob, rewards, claim(0, last))
	if got, err := f.Client().BalanceAt(f.ctx, last.Receipt.Requester, nil); err != nil || got.Uint64() != 100 {
		t.Errorf("the reader has %v (%v), want 100", got, err)
	}
	refused("the same again", "PaidAlready", claim(0, last))
	refused("a receipt of a former set, of the same reader", "PaidAlready", claim(0, first))
}

// shownOf is what of a receipt is shown to who knows its version.
func shownOf(r *client.Receipt) *shown {
	s := &shown{receipt: r.Receipt, setup: r.Setup}
	for i := range r.Signatures {
		s.signatures, s.indices = append(s.signatures, r.Signatures[i].Signature[:]), append(s.indices, r.Signatures[i].Index)
	}
	return s
}

// TestGasOfLinks measures what it costs to follow sets and to check a receipt of a later version, at the prices of Osaka, and holds
// docs/receipts.md against it.
func TestGasOfLinks(t *testing.T) {
	v := readVectors(t)
	cfg := &runtime.Config{GasLimit: 10_000_000, ChainConfig: params.MainnetChainConfig, Random: new(common.Hash), Difficulty: new(big.Int),
		BlockNumber: big.NewInt(25_000_000), Time: *params.MainnetChainConfig.OsakaTime, BaseFee: new(big.Int), BlobBaseFee: new(big.Int)}
	deployed := func(code []byte) common.Address {
		_, at, _, err := runtime.Create(code, cfg)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	// gas of a call, in a contract and as a transaction.
	gas := func(at common.Address, data []byte) (within, whole uint64) {
		cfg.State.Finalise(cfg.ChainConfig.Rules(cfg.BlockNumber, true, cfg.Time)) // a transaction of its own
		_, left, err := runtime.Call(at, data, cfg)
		if err != nil {
			t.Fatal(err)
		}
		within = cfg.GasLimit - left
		zeros := uint64(bytes.Count(data, []byte{0}))
		return within, params.TxGas + zeros*params.TxDataZeroGas + (uint64(len(data))-zeros)*params.TxDataNonZeroGasEIP2028 + within
	}
	begin := func() common.Address {
		return deployed(append(common.FromHex(serversets.ServerSetsMetaData.Bin), client.DeploySetsCall(v.Sets[0].Set, 0, v.Drain, 0)...))
	}
	set0 := v.Sets[0].Set
	_, one := gas(begin(), client.ShowLinksCall(set0, v.links(0, 1)...))
	sets := begin()
	_, seven := gas(sets, client.ShowLinksCall(set0, v.links(0, 7)...))
	t.Logf("gas of links between sets of 4 to 6 servers: of 1 %d, of 7 at once %d", one, seven)
	stated(t, "| 1 link, to a set of 5 |", one)
	stated(t, "| 7 links at once, of sets of 4 to 6 |", seven)

	checker := deployed(common.FromHex(receiptchecker.ReceiptCheckerMetaData.Bin))
	for i := range v.Receipts {
		r := &v.Receipts[i].File
		if epoch := epochOf(r); v.Receipts[i].Says == "" && (epoch == 1 || epoch == 7) && r.Receipt.Granted && r.Receipt.Block.Number < 1<<30 {
			within, whole := gas(checker, r.CheckMovedCall(sets, &v.Versions[0].Record.Setup, v.Sets[epoch].Set))
			row := fmt.Sprintf("| t = %d of %d servers, `verifyMoved` |", r.Setup.Threshold, r.Setup.SetSize)
			t.Logf("gas of a receipt: %s %d in the contract, %d as a transaction", row, within, whole)
			stated(t, row, within, whole)
		}
	}
}

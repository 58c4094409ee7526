package netplan

import (
	"bytes"
	"crypto/ecdsa"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"

	"github.com/geth-ss/geth-ss/poa"
)

func testKey(n int) *ecdsa.PublicKey {
	key, err := crypto.ToECDSA(crypto.Keccak256(fmt.Append(nil, "node ", n)))
	if err != nil {
		panic(err)
	}
	return &key.PublicKey
}

func public(n int) string { return (&Member{Public: testKey(n)}).Node() }

// testPlan is a good network of four validators, a key server and a follower.
func testPlan(t testing.TB) *Plan {
	t.Helper()
	p := &Plan{ChainID: 42421, Owner: common.Address{1}, BlockTime: 2, Cluster: "main", ACL: "registry", Time: 1_700_000_000, Funds: make(map[common.Address]*big.Int)}
	for i, name := range []string{"a", "b", "c", "d", "keys", "copy"} {
		role := Validator
		if i >= 4 {
			role = Roles[i-3]
		}
		m, err := ParseMember(role, fmt.Sprintf("%s=%s@%s.example", name, public(i), name))
		if err != nil {
			t.Fatal(err)
		}
		p.Members = append(p.Members, m)
	}
	p.Place(DefaultPlaces())
	return p
}

// TestParseMember: a node is read in every form that an operator may paste, and refused by cause in others.
func TestParseMember(t *testing.T) {
	t.Parallel()
	pub := public(1)
	for text, want := range map[string]string{ // host, ports, and where it listens
		"a=" + pub + "@a.example":                                   "a.example 0 0 ",
		"a=0x" + pub + "@a.example":                                 "a.example 0 0 ",
		"a=" + strings.ToUpper(pub) + "@a.example":                  "a.example 0 0 ",
		"a=enode://" + pub + "@10.0.0.1:30304":                      "10.0.0.1 30304 0 ",
		"a=enode://" + pub + "@10.0.0.1:30304?discport=0":           "10.0.0.1 30304 0 ",
		"a=" + pub + "@10.0.0.1:30304:26657":                        "10.0.0.1 30304 26657 ",
		"a=" + pub + "@127.0.0.1":                                   "127.0.0.1 0 0 127.0.0.1",
		"a=" + pub + "@localhost:1":                                 "localhost 1 0 localhost",
		"a=" + pub + "@[::1]:30304:26657":                           "::1 30304 26657 ::1",
		"a=" + pub + "@[2001:db8::7]":                               "2001:db8::7 0 0 ",
		"node-1.x_y=" + pub + "@a.example":                          "a.example 0 0 ",
		strings.Repeat("n", maxNameLength) + "=" + pub + "@1.2.3.4": "1.2.3.4 0 0 ",
	} {
		m, err := ParseMember(Validator, text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := fmt.Sprintf("%s %d %d %s", m.Host, m.P2PPort, m.PoAPort, m.Bind); got != want || m.Node() != pub {
			t.Errorf("%s is read as %s of %s", text, got, m.Node())
		}
	}
	for text, want := range map[string]string{
		"":                                          "want NAME=PUBLIC@HOST",
		pub + "@a.example":                          "want NAME=PUBLIC@HOST",
		"a=" + pub:                                  "the host is missing",
		"a=" + pub + "@":                            "the host is missing after the @",
		"a=" + pub + "@:30303":                      "the host is missing after the @",
		"a=" + pub + "@a.example:":                  "the port is missing",
		"a=" + pub + "@a.example:0":                 "not a port from 1 to 65535",
		"a=" + pub + "@a.example:65536":             "not a port",
		"a=" + pub + "@a.example:http":              "not a port",
		"a=" + pub + "@a.example:1:":                "not a port",
		"a=" + pub + "@a.example:1:2:3":             "not a port",
		"a=" + pub + "@a example":                   "neither a name nor an address",
		"a=" + pub + "@ a.example":                  "neither a name nor an address",
		"a=" + pub + "@a.example\x1b[2J":            "neither a name nor an address",
		"a=" + pub + "@http://a.example":            "not a port",
		"a=" + pub + "@2001:db8::7":                 "write IPv6 in brackets",
		"a=" + pub + "@[2001:db8::7":                "no closing bracket",
		"a=" + pub + "@[a.example]":                 "neither a name nor an address",
		"a=" + pub + "@[::1]30303":                  "a colon and a port may follow",
		"a=" + pub + "@[fe80::1%eth0]":              "one machine only",
		"a=" + pub + "@0.0.0.0":                     "nobody can reach",
		"a=" + pub + "@[::]":                        "nobody can reach",
		"a=" + pub + "@224.0.0.1":                   "not the address of one machine",
		"a=" + pub + "@1.2.3.4.5":                   "neither a name nor an address",
		"a=" + pub[2:] + "@a.example":               "not 64 bytes in hex",
		"a=04" + pub + "@a.example":                 "not 64 bytes in hex",
		"a=" + pub[:127] + "g@a.example":            "not 64 bytes in hex",
		"a=" + strings.Repeat("01", 64) + "@a":      "invalid",
		"a=" + pub[:40] + "@a.example":              "this is an address or a peer id, not a public key",
		"a=0x" + pub[:40] + "@a.example":            "an address or a peer id",
		"=" + pub + "@a.example":                    "the name",
		"a b=" + pub + "@a.example":                 "the name",
		"../a=" + pub + "@a.example":                "the name",
		".a=" + pub + "@a.example":                  "the name",
		"-a=" + pub + "@a.example":                  "the name",
		"ä=" + pub + "@a.example":                   "the name",
		strings.Repeat("n", 65) + "=" + pub + "@a.": "the name",
	} {
		if _, err := ParseMember(Validator, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// TestPlanRefuses: what can't be a network is refused by cause, before there is a file.
func TestPlanRefuses(t *testing.T) {
	t.Parallel()
	if err := testPlan(t).Validate(); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*Plan){
		"the chain id is missing":             func(p *Plan) { p.ChainID = 0 },
		"network mainnet":                     func(p *Plan) { p.ChainID = 1 },
		"network sepolia":                     func(p *Plan) { p.ChainID = 11155111 },
		"the highest that wallets take":       func(p *Plan) { p.ChainID = 1 << 60 },
		"the owner is missing":                func(p *Plan) { p.Owner = common.Address{} },
		"no validator":                        func(p *Plan) { p.Members = p.Members[4:] },
		"two nodes are named b":               func(p *Plan) { p.Members[0].Name = "b" },
		"two nodes are named B":               func(p *Plan) { p.Members[2].Name = "B" },
		"a and c have the same public key":    func(p *Plan) { p.Members[2].Public = p.Members[0].Public },
		"d and copy have the same public key": func(p *Plan) { p.Members[5].Public = p.Members[3].Public },
		"loopback":                            func(p *Plan) { p.Members[0].Host = "127.0.0.1" },
		"both are at A.example":               func(p *Plan) { p.Members[1].Host = "A.example" },
		"consensus port 30303 of a is also the peer-to-peer port 30303 of a": func(p *Plan) { p.Members[0].PoAPort = 30303 },
		"Secret Store port 70000 of b is not a port":                         func(p *Plan) { p.Members[1].StorePort = 70000 },
		"would share the data directory": func(p *Plan) {
			b := p.Members[1]
			b.Host, b.P2PPort, b.PoAPort, b.RPCPort, b.StorePort = "a.example", 1, 2, 3, 4
		},
		"PoA.BlockTime is 0":      func(p *Plan) { p.BlockTime = 0 },
		"PoA.BlockTime is 4000":   func(p *Plan) { p.BlockTime = 4000 },
		"cluster name":            func(p *Plan) { p.Cluster = strings.Repeat("c", 65) },
		"ACL":                     func(p *Plan) { p.ACL = "everybody" },
		"AdministratorsNeeded":    func(p *Plan) { p.Administrators = []common.Address{{5}} },
		"gasLimit is 100":         func(p *Plan) { p.GasLimit = 100 },
		"gasLimit must be":        func(p *Plan) { p.FreeGas, p.GasLimit = true, 30_000_000 },
		"contract of the genesis": func(p *Plan) { p.Funds[Registrar] = big.NewInt(1) },
		"not an account to fund":  func(p *Plan) { p.Funds[params.BeaconRootsAddress] = big.NewInt(1) },
		"can't begin with":        func(p *Plan) { p.Funds[common.Address{7}] = new(big.Int).Lsh(common.Big1, 200) },
		"at most 256 are possible": func(p *Plan) {
			for i := range 260 {
				p.Members = append(p.Members, &Member{Name: fmt.Sprint("k", i), Role: KeyServer, Public: testKey(1000 + i), Host: fmt.Sprintf("k%d.example", i), P2PPort: 1, PoAPort: 2, RPCPort: 3, StorePort: 4})
			}
		},
		"PoA.Peers has": func(p *Plan) {
			for i := range 260 {
				p.Members = append(p.Members, &Member{Name: fmt.Sprint("v", i), Role: &Role{Validates: true}, Public: testKey(1000 + i), Host: fmt.Sprintf("v%d.example", i), P2PPort: 1, PoAPort: 2, RPCPort: 3, StorePort: 4})
			}
		},
	} {
		p := testPlan(t)
		change(p)
		if err := p.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// TestPlace: nodes at one host get ports and directories of their own, and those that name a port keep it.
func TestPlace(t *testing.T) {
	t.Parallel()
	plan := func() *Plan {
		p := testPlan(t)
		p.Members = p.Members[:0]
		for i, at := range []string{"h.example", "H.example:40000", "other.example", "h.example:1:2"} {
			m, err := ParseMember(Validator, fmt.Sprintf("n%d=%s@%s", i, public(i), at))
			if err != nil {
				t.Fatal(err)
			}
			p.Members = append(p.Members, m)
		}
		return p
	}
	p := plan()
	p.Place(DefaultPlaces())
	var got []string
	for _, m := range p.Members {
		got = append(got, fmt.Sprintf("%d %d %d %d %s", m.P2PPort, m.PoAPort, m.RPCPort, m.StorePort, m.DataDir))
	}
	want := []string{
		"30303 26656 8545 8082 /var/lib/geth-ss/n0", "40000 26657 8546 8083 /var/lib/geth-ss/n1",
		"30303 26656 8545 8082 /var/lib/geth-ss", "1 2 8547 8084 /var/lib/geth-ss/n3",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("have %q\nwant %q", got, want)
	}
	if err := p.Validate(); err != nil {
		t.Error(err)
	}
	p = plan()
	places := DefaultPlaces()
	places.DataDir, places.PasswordFile = "/srv/NAME/data", "/etc/NAME.password"
	p.Place(places)
	if m := p.Members[1]; m.DataDir != "/srv/n1/data" || m.PasswordFile != "/etc/n1.password" {
		t.Errorf("%+v", m)
	}
	p = plan()
	places.DataDir = "/srv/data"
	p.Place(places)
	if err := p.Validate(); err == nil || !strings.Contains(err.Error(), "put NAME") {
		t.Errorf("one directory for two: %v", err)
	}
}

// TestPlanGenesis: the file has the validators in their order, the registrar of the owner, and whom it funds.
func TestPlanGenesis(t *testing.T) {
	t.Parallel()
	p := testPlan(t)
	p.GasLimit, p.FreeGas = 40_000_000, true
	p.Funds = map[common.Address]*big.Int{{5}: big.NewInt(7), {6}: new(big.Int)}
	g, err := p.Genesis()
	if err != nil {
		t.Fatal(err)
	}
	if len(g.Validators) != 4 || g.Validators[2].Name != "c" || g.Validators[2].PublicKey != public(2) || g.Validators[2].Power != 1 {
		t.Errorf("validators are %+v", g.Validators)
	}
	if !g.FreeGas || g.Genesis.BaseFee.Sign() != 0 || g.Genesis.GasLimit != 40_000_000 || g.Genesis.Timestamp != p.Time || g.Genesis.Config.ChainID.Uint64() != p.ChainID {
		t.Errorf("genesis is %+v", g.Genesis)
	}
	if _, there := g.Genesis.Alloc[common.Address{6}]; there || g.Genesis.Alloc[common.Address{5}].Balance.Int64() != 7 {
		t.Error("funds are others")
	}
	again, err := p.Genesis()
	if err != nil || again.Genesis.ToBlock().Hash() != g.Genesis.ToBlock().Hash() {
		t.Errorf("the same plan makes another genesis block: %v", err)
	}
}

// TestConfigLists: each node's file lists the validators as consensus peers, the key servers everywhere alike, and others than
// itself to connect to; only key servers keep keys.
func TestConfigLists(t *testing.T) {
	t.Parallel()
	p := testPlan(t)
	for i, m := range p.Members {
		raw, err := p.Config(m)
		if err != nil {
			t.Fatal(err)
		}
		text := string(raw)
		_, lists, _ := strings.Cut(text, "StaticNodes = ")
		static, rest, _ := strings.Cut(lists, "\n]")
		_, rest, _ = strings.Cut(rest, "Peers = ")
		peers, rest, _ := strings.Cut(rest, "\n]")
		_, servers, keeps := strings.Cut(rest, "\nNodes = ")
		if n := strings.Count(peers, "@"); n != 4 || !strings.Contains(peers, `"`+public(0)+`@a.example:26656"`) {
			t.Errorf("%s has the peers %s", m.Name, peers)
		}
		if others := 5 - min(1, max(0, 5-i)); strings.Count(static, "enode://") != others || strings.Contains(static, public(i)) {
			t.Errorf("%s connects to %s", m.Name, static)
		}
		if keeps != (i < 5) || keeps && strings.Count(servers, "enode://") != 5 {
			t.Errorf("%s knows the key servers %s", m.Name, servers)
		}
		if !strings.Contains(text, "PublicKey = \""+public(i)+"\"\n") || !strings.Contains(text, "BlockTime = 2\n") || strings.Contains(text, "PasswordRPC") || strings.Contains(text, `"*"`) {
			t.Errorf("%s has\n%s", m.Name, text)
		}
	}
	p.Administrators, p.AdministratorsNeeded = []common.Address{{5}, {6}}, 2
	want := fmt.Sprintf("\nAdministrators = [\n  %q,\n  %q,\n]\nAdministratorsNeeded = 2\n", p.Administrators[0].Hex(), p.Administrators[1].Hex())
	if raw, err := p.Config(p.Members[4]); err != nil || !strings.Contains(string(raw), want) {
		t.Errorf("without administrators: %v\n%s", err, raw)
	}
	if raw, err := p.Config(p.Members[5]); err != nil || strings.Contains(string(raw), "Administrators") {
		t.Errorf("administrators of a node that keeps no keys: %v\n%s", err, raw)
	}
	p.Members[0].PasswordFile = "/etc/geth-ss/a \"password\""
	if raw, err := p.Config(p.Members[0]); err != nil || !strings.Contains(string(raw), "\nPasswordFile = \"/etc/geth-ss/a \\\"password\\\"\"\n") {
		t.Errorf("%v\n%s", err, raw)
	}
}

// TestJoiner: who joins lists the key servers that there are, without itself, and dials them; they don't list it. A validator
// that is no key server any more is listed for consensus alone.
func TestJoiner(t *testing.T) {
	t.Parallel()
	p := testPlan(t)
	p.Members[1].Role, p.Members[5].Role = OnlyValidator, Joiner
	for i, m := range []*Member{p.Members[0], p.Members[5]} {
		raw, err := p.Config(m)
		if err != nil {
			t.Fatal(err)
		}
		head, servers, keeps := strings.Cut(string(raw), "\nNodes = ")
		_, static, _ := strings.Cut(head, "StaticNodes = ")
		static, rest, _ := strings.Cut(static, "\n]")
		_, peers, _ := strings.Cut(rest, "Peers = ")
		if !keeps || strings.Count(servers, "enode://") != 4 || strings.Contains(servers, public(1)) || strings.Contains(servers, public(5)) {
			t.Errorf("%s knows the key servers %s", m.Name, servers)
		}
		if strings.Count(static, "enode://") != 3+i || strings.Contains(static, public(5)) {
			t.Errorf("%s connects to %s", m.Name, static)
		}
		if strings.Count(peers, "@") != 4 || !strings.Contains(peers, public(1)) {
			t.Errorf("%s has the peers %s", m.Name, peers)
		}
		if joins := strings.Contains(string(raw), "their administrators add it"); joins != (i == 1) {
			t.Errorf("%s joins: %t", m.Name, joins)
		}
	}
}

// TestShow: what a file says is told in full, and a stranger's file does nothing to a terminal.
func TestShow(t *testing.T) {
	t.Parallel()
	p := testPlan(t)
	p.Funds[common.Address{5}] = new(big.Int).Div(Ether(3), big.NewInt(2))
	show := func(change func(*poa.NetworkGenesis)) string {
		g, err := p.Genesis()
		if err != nil {
			t.Fatal(err)
		}
		change(g)
		var out bytes.Buffer
		if err := Show(&out, g); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	later := uint64(1_900_000_000)
	for name, c := range map[string]struct {
		change func(*poa.NetworkGenesis)
		want   []string
	}{
		"ordinary": {func(*poa.NetworkGenesis) {}, []string{
			"42421", "2023-11-14 22:13:20 UTC", "base fee begins at 7 wei", "half of their limit of 60000000", "any 1 may fail", "4; blocks need",
			"Registrar:      " + Registrar.Hex() + ", owner 0x0100000000000000000000000000000000000000", "1.5 ether", "all up to Osaka from the beginning\n",
			"c     " + crypto.PubkeyToAddress(*testKey(2)).Hex() + "  1      " + public(2),
		}},
		"free":         {(*poa.NetworkGenesis).SetFreeGas, []string{"it has no price, for ever", "at most half", "16777216"}},
		"a fork ahead": {func(g *poa.NetworkGenesis) { g.Genesis.Config.OsakaTime = &later }, []string{"all up to Prague from the beginning; Osaka from timestamp 1900000000 (2030-03-17 17:46:40 UTC)"}},
		"no registrar": {func(g *poa.NetworkGenesis) { delete(g.Genesis.Alloc, Registrar) }, []string{"Registrar:      none"}},
		"elsewhere": {func(g *poa.NetworkGenesis) {
			g.Genesis.Alloc[common.Address{0xee}] = g.Genesis.Alloc[Registrar]
			delete(g.Genesis.Alloc, Registrar)
		}, []string{"Registrar:      0xee00000000000000000000000000000000000000, owner 0x01"}},
		"nobody's": {func(g *poa.NetworkGenesis) {
			g.Genesis.Alloc[Registrar] = types.Account{Code: g.Genesis.Alloc[Registrar].Code}
		}, []string{"without an owner"}},
		"a name with orders for the terminal": {func(g *poa.NetworkGenesis) { g.Validators[0].Name = "\x1b[2J\u202e" }, []string{`"\x1b[2J\u202e"`}},
		"no name":                             {func(g *poa.NetworkGenesis) { g.Validators[0].Name = "" }, []string{`""`}},
	} {
		out := show(c.change)
		for _, want := range c.want {
			if !strings.Contains(out, want) {
				t.Errorf("%s: no %q in\n%s", name, want, out)
			}
		}
		if strings.ContainsAny(out, "\x1b\u202e") {
			t.Errorf("%s: orders for the terminal", name)
		}
	}
	many := show(func(g *poa.NetworkGenesis) {
		for i := range 100 {
			g.Genesis.Alloc[common.Address{9, byte(i)}] = types.Account{Balance: common.Big1}
		}
	})
	if !strings.Contains(many, "and 81 more accounts") {
		t.Errorf("a hundred accounts:\n%s", many)
	}
}

// TestTolerance: how many may fail goes by the worst case.
func TestTolerance(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		powers []int64
		want   string
	}{
		{[]int64{1}, "none may fail"}, {[]int64{1, 1, 1}, "none may fail"}, {[]int64{1, 1, 1, 1}, "any 1 may fail"}, {[]int64{1, 1, 1, 1, 1, 1}, "any 1 may fail"},
		{[]int64{1, 1, 1, 1, 1, 1, 1}, "any 2 may fail"}, {[]int64{1, 1, 1, 3}, "none may fail"}, {[]int64{10, 10, 10, 10, 1}, "any 1 may fail"},
	} {
		var list []poa.Validator
		for _, power := range c.powers {
			list = append(list, poa.Validator{Power: power})
		}
		if got := tolerance(list); !strings.HasSuffix(got, c.want) {
			t.Errorf("%v: %s", c.powers, got)
		}
	}
}

func TestEther(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"1": "1 ether", "0": "0 ether", "0.5": "0.5 ether", "1000000": "1000000 ether", "0.000000000000000001": "0.000000000000000001 ether"} {
		if wei, err := ParseEther(text); err != nil || FormatEther(wei) != want {
			t.Errorf("%s: %v %v", text, wei, err)
		}
	}
	for _, text := range []string{"", "-1", "1e9", "0x10", "1/2", "1,5", "0.0000000000000000001", "1 ", "1.2.3", strings.Repeat("9", 41)} {
		if wei, err := ParseEther(text); err == nil {
			t.Errorf("%q is taken as %v", text, wei)
		}
	}
}

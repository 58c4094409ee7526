package service

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/p2p/enode"
	"github.com/geth-ss/geth-ss/contracts"
	"github.com/geth-ss/geth-ss/internal/finding"
	"github.com/geth-ss/geth-ss/internal/logtest"
	"github.com/geth-ss/geth-ss/protocol"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/acl"
	"github.com/geth-ss/geth-ss/service/chain"
	"github.com/geth-ss/geth-ss/service/chain/chaintest"
	"github.com/geth-ss/geth-ss/service/serverset"
	"github.com/geth-ss/geth-ss/service/store"
)

// newJudged is a key server of four, and a look at it that shows nothing wrong.
func newJudged(t *testing.T, db *store.Store) (*Service, *Status) {
	t.Helper()
	s := newStorelessService(t)
	s.states = newStates(db, 4)
	s.oracle = acl.New(new(madeUpChain), acl.Setting{Kind: acl.Address, Address: permissionContract}, acl.Config{MaxAge: time.Minute})
	var list []string
	for i := range 3 {
		list = append(list, enode.NewV4(&newKey(t).PublicKey, []byte{127, 0, 0, 1}, 30301+i, 0).URLv4())
	}
	self, err := s.self.ID().PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	set, err := serverset.NewStatic(list, enode.NewV4(self, nil, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	s.servers.configure(set)
	st := &Status{
		Running: true, Path: "/data/secretstore", Servers: set.Members(), Connected: 4,
		Contract:    ContractStatus{Address: &permissionContract, Found: true},
		Margins:     Margins{Looked: 5},
		ChainStatus: ChainStatus{Final: &FinalBlock{Number: 7, Age: 1}, MaxAge: 60, Fresh: true},
	}
	for _, id := range set.Members() {
		if id != s.self.ID() {
			st.Peers = append(st.Peers, PeerStatus{PeerInfo: protocol.PeerInfo{ID: id, Address: "10.0.0.9:30303", Status: protocol.Status{State: protocol.Connected}}})
		}
	}
	return s, st
}

// outside gives a key server a set that it is not in.
func outside(t *testing.T, s *Service) {
	t.Helper()
	var list []string
	for range 4 {
		list = append(list, enode.NewV4(&newKey(t).PublicKey, []byte{127, 0, 0, 1}, 30301, 0).URLv4())
	}
	self, err := s.self.ID().PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	set, err := serverset.NewListed(list, enode.NewV4(self, nil, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	s.servers.configure(set)
}

// TestJudge: each cause is told by its name, with what to do, and keeps the node from being ready if it keeps reads from
// being decided.
func TestJudge(t *testing.T) {
	db := newSoloService(t).states.db // for all
	peer := func(state protocol.State, reason string) func(*Service, *Status) {
		return func(_ *Service, st *Status) { st.Peers[0].Status = protocol.Status{State: state, Reason: reason} }
	}
	for _, c := range []struct {
		name    string
		change  func(*Service, *Status)
		level   finding.Level
		what    string // with the subject
		do      string
		unready bool
	}{
		{"all is well", func(*Service, *Status) {}, finding.OK, "", "", false},
		{"starting", func(_ *Service, st *Status) { st.Running = false }, finding.Error, "key server: it is starting or stopping", "log", true},
		{"nothing final", func(_ *Service, st *Status) { st.Final, st.Fresh = nil, false }, finding.Error, "chain: there is no final block yet", "consensus client", true},
		{"nothing final among validators", func(s *Service, st *Status) {
			st.Final, st.Fresh = nil, false
			s.kind.Consensus = func() any { return nil }
		}, finding.Error, "chain: there is no final block yet", "two thirds of the validators", true},
		{"stale", func(_ *Service, st *Status) { st.Final.Age, st.Fresh = 75.4, false }, finding.Error,
			"chain: final block 7 is 1m15s old, more than 1m0s, so no permission is read", "this machine's clock", true},
		{"stale, but everybody is admitted", func(s *Service, st *Status) {
			st.Fresh = false
			s.oracle = acl.New(new(madeUpChain), acl.Setting{Kind: acl.Permissive}, acl.Config{})
		}, finding.Warning, "THE SECRET STORE IS OPEN", "set ACL", false},
		{"no contract", func(_ *Service, st *Status) {
			st.Contract = ContractStatus{Reason: "there is no contract at 0xAb (in final block 7)"}
		}, finding.Error, "permissions: nobody is admitted: there is no contract at 0xAb (in final block 7)", "deploy the permission contract", false},
		{"no state", func(_ *Service, st *Status) {
			st.Contract = ContractStatus{Reason: "the state is pruned", unread: true}
		}, finding.Error,
			"permissions: the permission contract can't be looked at: the state is pruned", "disk", true},
		{"all keys lost", func(_ *Service, st *Status) { st.Connected, st.Margins.Unreadable = 1, 5 }, finding.Error,
			"keys: no key can be read: 1 of 4 key servers are connected, and all 5 keys", "start or reach the other key servers", true},
		{"some keys lost", func(_ *Service, st *Status) { st.Margins.Unreadable, st.Margins.Endangered = 2, 2 }, finding.Error,
			"keys: 2 of 5 keys can't be read", "secretstore_keyStatus", false},
		{"no holder to spare", func(_ *Service, st *Status) { st.Connected, st.Margins.Endangered = 3, 2 }, finding.Warning, "keys: 2 of 5 keys can't be read any more", "start or reach", false},
		{"never a holder to spare", func(_ *Service, st *Status) { st.Margins.Endangered = 5 }, finding.OK, "", "", false},
		{"alone, without keys", func(_ *Service, st *Status) { st.Connected, st.Margins.Looked = 1, 0 }, finding.Error,
			"keys: 1 of 4 key servers are connected, this one included; a read of a key of threshold 1 needs 2", "start or reach", true},
		{"too few for making keys", func(_ *Service, st *Status) { st.Connected = 2 }, finding.Error,
			"making keys: 2 of 4 key servers are connected; making and storing a key of threshold 1 needs 3", "start or reach", false},
		{"too few by the setting", func(s *Service, st *Status) { s.cfg.MinThreshold, st.Connected = 2, 3 }, finding.Error,
			"making and storing a key of threshold 2 needs 4", "start or reach", false},
		{"no key server", func(s *Service, st *Status) {
			outside(t, s)
			st.Connected = 1
		}, finding.Warning, "key server: this node is none of the 4 key servers", "by an order of the administrators", true},
		{"other genesis", peer(protocol.OtherGenesis, "block 0xaa, not 0xbb"), finding.Error, ": other genesis: block 0xaa, not 0xbb", "the files that the two were initialized with", false},
		{"other cluster", peer(protocol.OtherCluster, "x"), finding.Error, ": other cluster: x", "set Cluster", false},
		{"other chain", peer(protocol.OtherChain, "network id"), finding.Error, ": other chain: network id", "network ids", false},
		{"other version", peer(protocol.OtherVersion, "ss/2"), finding.Error, ": other version: ss/2", "same version", false},
		{"muted", peer(protocol.Muted, "bad partial"), finding.Warning, "its messages are dropped: bad partial", "operator", false},
		{"silent", peer(protocol.Silent, "no hello"), finding.Warning, "says nothing: no hello", "add this node to its Nodes", false},
		{"no secret store", peer(protocol.NoSubproto, "its secret store is off"), finding.Warning, "its secret store is off", "switch its key server on", false},
		{"no address", peer(protocol.NoAddress, ""), finding.Warning, "has no address", "enode URL", false},
		{"away", func(_ *Service, st *Status) {
			st.Peers[0].Status, st.Peers[0].LastError = protocol.Status{State: protocol.Waiting}, "connection refused"
		}, finding.Warning, "it is not connected: connection refused; never seen", "10.0.0.9:30303", false},
		{"lost", func(_ *Service, st *Status) {
			st.Peers[0].Status, st.Peers[0].LastSeen = protocol.Status{State: protocol.Dialing}, time.Now().Add(-time.Hour)
		}, finding.Warning, "it is not connected; lost 1h0m0s ago", "start it", false},
		{"another view", func(_ *Service, st *Status) { st.Peers[0].Difference = "it lists 5" }, finding.Warning, "differs: it lists 5", "set the same Nodes", false},
		{"a stranger of another cluster", func(_ *Service, st *Status) {
			st.Peers = append(st.Peers, PeerStatus{PeerInfo: protocol.PeerInfo{ID: wire.NodeID{9}, Status: protocol.Status{State: protocol.OtherCluster}}})
		}, finding.OK, "", "", false},
		{"a gap", func(_ *Service, st *Status) { st.Gap = true }, finding.Warning, "store: this node may have forgotten promises", "restore a backup", false},
		{"a failed disk", func(s *Service, _ *Status) {
			err := errors.New("input/output error")
			s.states.failure.Store(&err)
		}, finding.Error, "store: no promises are made", "/data/secretstore", false},
		{"a disk that was full", func(s *Service, _ *Status) {
			err := fmt.Errorf("writing: %w", store.ErrFull)
			s.states.failure.Store(&err)
		}, finding.OK, "", "", false},
		{"names that are not served", func(s *Service, _ *Status) {
			s.names.found = []string{"secretstore_server_set (0x01)", "secretstore_service (0x02)"}
		}, finding.Warning, "registrar: it names secretstore_server_set (0x01), secretstore_service (0x02), which", "remove it", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, st := newJudged(t, db)
			c.change(s, st)
			j := s.judge(st)
			if j.Worst() != c.level || (j.unready != nil) != c.unready {
				t.Errorf("worst is %s, unready for %v", j.Worst(), j.unready)
			}
			found := c.level == finding.OK && len(j.List) == 0
			for _, f := range j.List {
				found = found || strings.Contains(f.Subject+": "+f.What, c.what) && c.what != "" && strings.Contains(f.Do, c.do)
				if f.Do == "" {
					t.Errorf("nobody is told what to do about %q", f.What)
				}
			}
			if !found {
				t.Errorf("want %q, to do %q: %+v", c.what, c.do, j.List)
			}
		})
	}
}

// TestJudgeChain: what a real chain shows of contracts.
func TestJudgeChain(t *testing.T) {
	const returnWord = "60005260206000f3" // MSTORE(0, top) RETURN(0, 32)
	there, silent, naming := common.Address{0xc0, 1}, common.Address{0xc0, 2}, common.Address{0xc0, 3}
	nowhere := common.Address{0xc0, 4}
	named := crypto.Keccak256([]byte("secretstore_server_set"))
	net := chaintest.New(t, map[common.Address]string{
		there:  "6001" + returnWord,
		silent: "6000" + returnWord,
		naming: "6004357f" + common.Bytes2Hex(named) + "14" + returnWord, // that name alone
	})
	net.Finalize(net.Extend(2))
	young := chaintest.New(t, nil)
	db := newSoloService(t).states.db
	for _, c := range []struct {
		name, acl, registrar string
		final                bool
		maxAge               time.Duration
		want                 string // empty: nothing is wrong with the chain and the contracts
	}{
		{"a contract", there.Hex(), "", true, 0, ""},
		{"none at the address", nowhere.Hex(), "", true, 0, "permissions: nobody is admitted: there is no contract at " + nowhere.Hex() + " (in final block 2)"},
		{"no registrar", "registry", nowhere.Hex(), true, 0, "nobody is admitted: registrar " + nowhere.Hex() + " at block 2: there is no contract at the address"},
		{"a registrar that names nothing", "registry", silent.Hex(), true, 0, "nobody is admitted: ACL contract is not registered: secretstore_acl_checker in registrar " + silent.Hex()},
		{"no setting", "", "", true, 0, "nobody is admitted: no ACL contract is configured"},
		{"nothing final", there.Hex(), "", false, 0, "chain: there is no final block yet"},
		{"an old block", there.Hex(), "", true, time.Second, "chain: final block 2 is"},
		{"a name that is not served", there.Hex(), naming.Hex(), true, 0, "registrar: it names secretstore_server_set (" + common.Address{19: 1}.Hex() + "), which this version does not use"},
		{"no such name", there.Hex(), silent.Hex(), true, 0, ""},
		{"a registrar that is none", there.Hex(), nowhere.Hex(), true, 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, bc := newStorelessService(t), net.BC
			if !c.final {
				bc = young.BC
			}
			s.states = newStates(db, 4)
			s.cfg.ACL, s.cfg.Registrar = c.acl, c.registrar
			setting, err := acl.ParseSetting(c.acl, c.registrar)
			if err != nil {
				t.Fatal(err)
			}
			s.chain = chain.New(bc, chain.Config{})
			s.oracle = acl.New(s.chain, setting, acl.Config{MaxAge: c.maxAge})
			s.vault = newVault()
			s.names.look(s.driver)
			list := s.Judge()
			if c.want == "" {
				if len(list) > 0 {
					t.Errorf("found %+v", list)
				}
				return
			}
			if len(list) != 1 || !strings.Contains(list[0].Subject+": "+list[0].What, c.want) {
				t.Errorf("want %q, found %+v", c.want, list)
			}
			if status := s.Status().(*Status); fmt.Sprint(status.Findings[0].Subject) != list[0].Subject {
				t.Errorf("the status shows %+v", status.Findings)
			}
		})
	}
}

// TestUnservedNames: the names that are looked for are all of Parity's but the one that is served.
func TestUnservedNames(t *testing.T) {
	if got, want := fmt.Sprint(append([]string{acl.RegistryName}, acl.Unserved...)), fmt.Sprint(contracts.Names()); got != want {
		t.Errorf("looked for are %s, there are %s", got, want)
	}
}

// TestFlaps: a peer that comes and goes is told a few times, and again when its connections last.
func TestFlaps(t *testing.T) {
	out := logtest.Capture(t, slog.LevelInfo)
	var f flaps
	for range 100 {
		f.say(wire.NodeID{1}, true)("up")
		f.say(wire.NodeID{1}, false)("down")
	}
	if n := out.Lines(); n == 0 || n > 2*maxFlapLines {
		t.Errorf("%d lines", n)
	}
	out.Reset()
	f.peers[wire.NodeID{1}].up = time.Now().Add(-flapWithin)
	f.say(wire.NodeID{1}, false)("down")
	if out.Lines() == 0 {
		t.Error("the end of a connection that lasted is not told")
	}
}

package contracts

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/math"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm/runtime"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/eth/ethconfig"
	"github.com/ethereum/go-ethereum/ethclient/simulated"
	nodeconfig "github.com/ethereum/go-ethereum/node"
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"

	"github.com/geth-ss/geth-ss/contracts/bindings/governedset"
)

var governedABI = governedset.NewGovernedSet()

type (
	change = governedset.KeyServerSetChange
	rule   = governedset.KeyServerSetRule
	server = governedset.KeyServerSetServer
)

var (
	majority = rule{Part: 1, Whole: 2} // at once
	careful  = rule{Part: 1, Whole: 2, Waiting: 86400}
)

// servers is a chain with a contract that says who the key servers are. Node n has account(100+n), organisation n account(200+n).
type servers struct {
	*chain
	at common.Address
}

func node(n int) *ecdsa.PrivateKey         { return account(int64(100 + n)) }
func organisation(n int) *ecdsa.PrivateKey { return account(int64(200 + n)) }

func nodes(numbers ...int) (all []common.Address) {
	for _, n := range numbers {
		all = append(all, addr(node(n)))
	}
	return all
}

func organisations(numbers ...int) (all []common.Address) {
	for _, n := range numbers {
		all = append(all, addr(organisation(n)))
	}
	return all
}

func publicKey(key *ecdsa.PrivateKey) []byte { return crypto.FromECDSAPub(&key.PublicKey)[1:] }

func entry(publicKey []byte, host string) server { return server{PublicKey: publicKey, Host: host} }

func named(n int) server { return entry(publicKey(node(n)), fmt.Sprintf("node%d.example:30303", n)) }

func listed(numbers ...int) (all []server) {
	for _, n := range numbers {
		all = append(all, named(n))
	}
	return all
}

func newServers(t *testing.T, first []server, owners []common.Address, r rule) *servers {
	t.Helper()
	s := openServers(t)
	receipt := s.send(node(1), nil, creation(first, owners, r), 0)
	if receipt.Status != types.ReceiptStatusSuccessful {
		t.Fatal("the contract was not deployed")
	}
	s.at = receipt.ContractAddress
	return s
}

func creation(first []server, owners []common.Address, r rule) []byte {
	return append(common.FromHex(governedset.GovernedSetMetaData.Bin), governedABI.PackConstructor(first, owners, r)...)
}

// openServers is a chain on which everybody has ether, without the contract.
func openServers(t *testing.T, options ...func(*nodeconfig.Config, *ethconfig.Config)) *servers {
	t.Helper()
	alloc := types.GenesisAlloc{}
	for n := range 20 {
		for _, key := range []*ecdsa.PrivateKey{node(n), organisation(n)} {
			alloc[addr(key)] = types.Account{Balance: new(big.Int).Lsh(big.NewInt(params.Ether), 10)}
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	backend := simulated.NewBackend(alloc, append(options, simulated.WithBlockGasLimit(100_000_000))...)
	t.Cleanup(func() { cancel(); backend.Close() })
	return &servers{chain: &chain{t, backend, ctx}}
}

// says is the name of the error by which the contract refuses a call now; "" if it does not.
func (s *servers) says(by *ecdsa.PrivateKey, to *common.Address, data []byte) string {
	s.Helper()
	_, err := s.Client().CallContract(s.ctx, ethereum.CallMsg{From: addr(by), To: to, Data: data}, nil)
	if err == nil {
		return ""
	}
	var refused rpc.DataError
	if !errors.As(err, &refused) {
		return err.Error()
	}
	raw := common.FromHex(fmt.Sprint(refused.ErrorData()))
	contract := governedABI.GetABI()
	for name, e := range contract.Errors {
		if len(raw) >= 4 && bytes.Equal(e.ID[:4], raw[:4]) {
			return name
		}
	}
	return err.Error()
}

// does sends a transaction that must pass, and returns the events of the contract, by name.
func (s *servers) does(by *ecdsa.PrivateKey, data []byte) (events []string) {
	s.Helper()
	if why := s.says(by, &s.at, data); why != "" {
		s.Fatalf("refused: %s", why)
	}
	receipt := s.send(by, &s.at, data, 0)
	if receipt.Status != types.ReceiptStatusSuccessful {
		s.Fatal("the transaction failed")
	}
	contract := governedABI.GetABI()
	for _, l := range receipt.Logs {
		e, err := contract.EventByID(l.Topics[0])
		if err != nil {
			s.Fatal(err)
		}
		events = append(events, e.Name)
	}
	return events
}

// no sends what the contract must refuse, for this reason.
func (s *servers) no(why string, by *ecdsa.PrivateKey, data []byte) {
	s.Helper()
	if got := s.says(by, &s.at, data); got != why {
		s.Errorf("refused for %q, want %q", got, why)
	}
}

// propose makes a proposal, which has to pass, and returns its number.
func (s *servers) propose(by *ecdsa.PrivateKey, c change) *big.Int {
	s.Helper()
	s.does(by, governedABI.PackPropose(c))
	return call(s.chain, s.at, governedABI.PackProposals(), governedABI.UnpackProposals)
}

func (s *servers) approve(id *big.Int, by ...*ecdsa.PrivateKey) {
	s.Helper()
	for _, key := range by {
		s.does(key, governedABI.PackApprove(id))
	}
}

func (s *servers) accept(id *big.Int, by ...*ecdsa.PrivateKey) {
	s.Helper()
	for _, key := range by {
		s.does(key, governedABI.PackAccept(id))
	}
}

// lists are Parity's three, each sorted by address.
type lists struct{ current, migration, wanted []common.Address }

func (s *servers) lists() lists {
	s.Helper()
	return lists{
		sortedAddresses(call(s.chain, s.at, governedABI.PackGetCurrentKeyServers(), governedABI.UnpackGetCurrentKeyServers)),
		sortedAddresses(call(s.chain, s.at, governedABI.PackGetMigrationKeyServers(), governedABI.UnpackGetMigrationKeyServers)),
		sortedAddresses(call(s.chain, s.at, governedABI.PackGetNewKeyServers(), governedABI.UnpackGetNewKeyServers)),
	}
}

func sortedAddresses(all []common.Address) []common.Address {
	slices.SortFunc(all, common.Address.Cmp)
	return all
}

func (s *servers) are(current, migration, wanted []common.Address) {
	s.Helper()
	got := s.lists()
	if !slices.Equal(got.current, sortedAddresses(current)) || !slices.Equal(got.migration, sortedAddresses(migration)) || !slices.Equal(got.wanted, sortedAddresses(wanted)) {
		s.Errorf("the lists are\n\t%v\n\t%v\n\t%v", got.current, got.migration, got.wanted)
	}
}

func (s *servers) proposal(id *big.Int) governedset.ProposalOutput {
	s.Helper()
	return call(s.chain, s.at, governedABI.PackProposal(id), governedABI.UnpackProposal)
}

func (s *servers) migrate(id common.Hash, members ...int) {
	s.Helper()
	s.does(node(members[0]), governedABI.PackStartMigration(id))
	for _, n := range members {
		s.does(node(n), governedABI.PackConfirmMigration(id))
	}
}

// TestKeyServersChange: 4 → 5 → 4 by proposals of the key servers themselves, through each state of a migration.
func TestKeyServersChange(t *testing.T) {
	t.Parallel()
	s := newServers(t, listed(1, 2, 3, 4), nil, majority)
	s.are(nodes(1, 2, 3, 4), nil, nodes(1, 2, 3, 4))
	deployed := call(s.chain, s.at, governedABI.PackGetCurrentLastChange(), governedABI.UnpackGetCurrentLastChange)

	five := s.propose(node(1), change{Put: listed(5)})
	s.approve(five, node(2))
	s.no("TooFewApprovals", node(9), governedABI.PackCarryOut(five))
	s.approve(five, node(2)) // a second time is no second vote
	s.no("TooFewApprovals", node(9), governedABI.PackCarryOut(five))
	s.approve(five, node(3))
	s.no("NotAccepted", node(9), governedABI.PackCarryOut(five))
	s.are(nodes(1, 2, 3, 4), nil, nodes(1, 2, 3, 4))
	if p := s.proposal(five); p.Waits != addr(node(5)) || p.Got.Uint64() != 3 || !p.Open || p.By != addr(node(1)) || len(p.Change.Put) != 1 || p.Change.Put[0].Host != named(5).Host {
		t.Errorf("the proposal is %+v", p)
	}
	s.accept(five, node(5))
	if got := s.does(node(9), governedABI.PackCarryOut(five)); !slices.Equal(got, []string{"KeyServerMoved", "KeyServerAdded", "CarriedOut"}) {
		t.Errorf("events %v", got)
	}
	s.are(nodes(1, 2, 3, 4), nil, nodes(1, 2, 3, 4, 5))
	s.no("NotOpen", node(9), governedABI.PackCarryOut(five))
	s.no("NotOpen", node(4), governedABI.PackApprove(five))
	s.no("NotVoter", node(5), governedABI.PackPropose(change{Reset: true}))

	id := common.Hash{1}
	s.no("NotKeyServer", node(9), governedABI.PackStartMigration(id))
	s.no("BadMigration", node(5), governedABI.PackStartMigration(common.Hash{}))
	s.no("BadMigration", node(5), governedABI.PackConfirmMigration(common.Hash{}))
	if got := s.does(node(5), governedABI.PackStartMigration(id)); !slices.Equal(got, []string{"MigrationStarted"}) {
		t.Errorf("events %v", got)
	}
	s.are(nodes(1, 2, 3, 4), nodes(1, 2, 3, 4, 5), nodes(1, 2, 3, 4, 5))
	if got := call(s.chain, s.at, governedABI.PackGetMigrationId(), governedABI.UnpackGetMigrationId); got != id {
		t.Errorf("migration %x", got)
	}
	if got := call(s.chain, s.at, governedABI.PackGetMigrationMaster(), governedABI.UnpackGetMigrationMaster); got != addr(node(5)) {
		t.Errorf("master %v", got)
	}
	s.no("UnderWay", node(1), governedABI.PackStartMigration(common.Hash{2}))
	s.no("BadMigration", node(1), governedABI.PackConfirmMigration(common.Hash{2}))
	s.no("NotKeyServer", node(9), governedABI.PackConfirmMigration(id))
	confirmed := func(n int) bool {
		return call(s.chain, s.at, governedABI.PackIsMigrationConfirmed(addr(node(n))), governedABI.UnpackIsMigrationConfirmed)
	}
	for n := 1; n <= 4; n++ {
		if confirmed(n) {
			t.Errorf("node %d has confirmed before it did", n)
		}
		s.does(node(n), governedABI.PackConfirmMigration(id))
		if !confirmed(n) {
			t.Errorf("node %d has not confirmed", n)
		}
		s.no("AlreadyConfirmed", node(n), governedABI.PackConfirmMigration(id))
	}
	s.are(nodes(1, 2, 3, 4), nodes(1, 2, 3, 4, 5), nodes(1, 2, 3, 4, 5))
	if got := s.does(node(5), governedABI.PackConfirmMigration(id)); !slices.Equal(got, []string{"MigrationCompleted"}) {
		t.Errorf("events %v", got)
	}
	s.are(nodes(1, 2, 3, 4, 5), nil, nodes(1, 2, 3, 4, 5))
	if got := call(s.chain, s.at, governedABI.PackGetCurrentLastChange(), governedABI.UnpackGetCurrentLastChange); got.Cmp(deployed) <= 0 {
		t.Errorf("the last change was in block %v, and the contract is of %v", got, deployed)
	}
	if got := call(s.chain, s.at, governedABI.PackGetMigrationMaster(), governedABI.UnpackGetMigrationMaster); got != (common.Address{}) {
		t.Errorf("there is a master without a migration, %v", got)
	}
	if confirmed(1) {
		t.Error("what was confirmed goes on to count after the end")
	}
	s.no("BadMigration", node(1), governedABI.PackConfirmMigration(id))
	s.no("BadMigration", node(1), governedABI.PackStartMigration(id))

	// The fifth votes now; the fourth leaves, and goes on to vote until the keys have moved.
	four := s.propose(node(5), change{Remove: nodes(4)})
	s.approve(four, node(1), node(4))
	s.are(nodes(1, 2, 3, 4, 5), nil, nodes(1, 2, 3, 5))
	if got := call(s.chain, s.at, governedABI.PackVoters(), governedABI.UnpackVoters); len(got) != 5 {
		t.Errorf("voters: %v", got)
	}
	s.migrate(common.Hash{3}, 1, 2, 3, 5)
	s.are(nodes(1, 2, 3, 5), nil, nodes(1, 2, 3, 5))
	s.no("NotVoter", node(4), governedABI.PackPropose(change{Reset: true}))
	s.no("NotKeyServer", node(4), governedABI.PackMove("elsewhere:1"))
}

// TestPlacesAreTakenAgain: who takes a former key server's place inherits nothing of it: neither its name in a list, nor its votes,
// nor what it has confirmed.
func TestPlacesAreTakenAgain(t *testing.T) {
	t.Parallel()
	s := newServers(t, listed(1, 2, 3), nil, majority)
	out := s.propose(node(1), change{Remove: nodes(3)})
	s.approve(out, node(2))
	s.migrate(common.Hash{1}, 1, 2)
	// Both old votes are from before; 3's place goes to 4.
	old := s.propose(node(1), change{Remove: nodes(2)})
	in := s.propose(node(2), change{Put: listed(4)})
	s.accept(in, node(4))
	s.approve(in, node(1))
	s.migrate(common.Hash{2}, 1, 2, 4)
	s.are(nodes(1, 2, 4), nil, nodes(1, 2, 4))
	if p := s.proposal(old); p.Got.Uint64() != 1 {
		t.Errorf("%d approvals of 3 voters, of whom one has approved", p.Got)
	}
	for _, call := range [][]byte{governedABI.PackGetCurrentKeyServerAddress(addr(node(3))), governedABI.PackGetCurrentKeyServerPublic(addr(node(3))), governedABI.PackGetCurrentKeyServerIndex(addr(node(3)))} {
		s.no("NotKeyServer", node(1), call)
	}
	s.no("NotKeyServer", node(3), governedABI.PackMove("elsewhere:1"))
	s.no("NotKeyServer", node(3), governedABI.PackStartMigration(common.Hash{3}))
	// It comes back to another place, with its vote of long ago.
	back := s.propose(node(2), change{Put: listed(3)})
	s.approve(back, node(1), node(4))
	s.no("NotAccepted", node(1), governedABI.PackCarryOut(back))
	s.accept(back, node(3))
	s.does(node(9), governedABI.PackCarryOut(back))
	s.are(nodes(1, 2, 4), nil, nodes(1, 2, 3, 4))
	if got := call(s.chain, s.at, governedABI.PackGetNewKeyServerPublic(addr(node(3))), governedABI.UnpackGetNewKeyServerPublic); !bytes.Equal(got, publicKey(node(3))) {
		t.Errorf("its key is %x", got)
	}
}

// TestKeyServersAreRead: each is found by its address, its index and the list, with its key and its address, in each of the lists.
func TestKeyServersAreRead(t *testing.T) {
	t.Parallel()
	s := newServers(t, listed(1, 2, 3), nil, majority)
	id := s.propose(node(1), change{Put: listed(4), Remove: nodes(2)})
	s.accept(id, node(4))
	s.approve(id, node(2))
	s.does(node(1), governedABI.PackStartMigration(common.Hash{1}))
	all := call(s.chain, s.at, governedABI.PackGetCurrentKeyServers(), governedABI.UnpackGetCurrentKeyServers)
	if n := call(s.chain, s.at, governedABI.PackGetCurrentKeyServersCount(), governedABI.UnpackGetCurrentKeyServersCount); int(n) != len(all) {
		t.Errorf("%d are counted, %d listed", n, len(all))
	}
	for i, one := range all {
		index := call(s.chain, s.at, governedABI.PackGetCurrentKeyServerIndex(one), governedABI.UnpackGetCurrentKeyServerIndex)
		if got := call(s.chain, s.at, governedABI.PackGetCurrentKeyServer(uint8(i)), governedABI.UnpackGetCurrentKeyServer); int(index) != i || got != one {
			t.Errorf("%v is %d, and the one of %d is %v", one, index, i, got)
		}
	}
	for name, c := range map[string]struct {
		public func(common.Address) []byte
		host   func(common.Address) []byte
		who    []int
		not    int
	}{
		"current":   {governedABI.PackGetCurrentKeyServerPublic, governedABI.PackGetCurrentKeyServerAddress, []int{1, 2, 3}, 4},
		"migration": {governedABI.PackGetMigrationKeyServerPublic, governedABI.PackGetMigrationKeyServerAddress, []int{1, 3, 4}, 2},
		"new":       {governedABI.PackGetNewKeyServerPublic, governedABI.PackGetNewKeyServerAddress, []int{1, 3, 4}, 2},
	} {
		for _, n := range c.who {
			public := call(s.chain, s.at, c.public(addr(node(n))), governedABI.UnpackGetCurrentKeyServerPublic)
			host := call(s.chain, s.at, c.host(addr(node(n))), governedABI.UnpackGetCurrentKeyServerAddress)
			if !bytes.Equal(public, publicKey(node(n))) || host != named(n).Host {
				t.Errorf("%s: node %d has %x at %q", name, n, public, host)
			}
		}
		s.no("NotKeyServer", node(1), c.public(addr(node(c.not))))
		s.no("NotKeyServer", node(1), c.host(addr(node(c.not))))
	}
	// An address that moves, by the key server's own word and by a proposal, moves in all lists and needs no migration.
	if got := s.does(node(1), governedABI.PackMove("[2001:db8::1]:1")); !slices.Equal(got, []string{"KeyServerMoved"}) {
		t.Errorf("events %v", got)
	}
	if got := s.does(node(1), governedABI.PackMove("[2001:db8::1]:1")); len(got) != 0 {
		t.Errorf("where it is already: events %v", got)
	}
	moved := s.propose(node(3), change{Put: []server{entry(publicKey(node(3)), "moved.example:2")}})
	s.approve(moved, node(1))
	before := s.lists()
	for n, want := range map[int]string{1: "[2001:db8::1]:1", 3: "moved.example:2"} {
		for _, data := range [][]byte{governedABI.PackGetCurrentKeyServerAddress(addr(node(n))), governedABI.PackGetMigrationKeyServerAddress(addr(node(n))), governedABI.PackGetNewKeyServerAddress(addr(node(n)))} {
			if got := call(s.chain, s.at, data, governedABI.UnpackGetNewKeyServerAddress); got != want {
				t.Errorf("node %d is at %q, want %q", n, got, want)
			}
		}
	}
	if got := s.lists(); !slices.Equal(got.current, before.current) || !slices.Equal(got.wanted, before.wanted) {
		t.Error("an address that moved has changed who the key servers are")
	}
	if r := s.send(node(1), &s.at, nil, 1); r.Status == types.ReceiptStatusSuccessful {
		t.Error("it took money")
	}
}

// TestMigrationThatHangs: a member that never confirms holds nothing up for ever. One proposal cancels the migration and says anew
// who is wanted. Whoever has started it has no say in that.
func TestMigrationThatHangs(t *testing.T) {
	t.Parallel()
	s := newServers(t, listed(1, 2, 3, 4), nil, majority)
	in := s.propose(node(1), change{Put: listed(5, 6)})
	s.accept(in, node(5), node(6))
	s.approve(in, node(2), node(3))
	first, second := common.Hash{1}, common.Hash{2}
	s.does(node(6), governedABI.PackStartMigration(first))
	for n := 1; n <= 5; n++ {
		s.does(node(n), governedABI.PackConfirmMigration(first))
	}
	// What is wanted changes while it hangs; the migration stays what it was.
	out := s.propose(node(1), change{Remove: nodes(6)})
	s.approve(out, node(2), node(3))
	s.are(nodes(1, 2, 3, 4), nodes(1, 2, 3, 4, 5, 6), nodes(1, 2, 3, 4, 5))
	s.no("NotVoter", node(6), governedABI.PackPropose(change{Reset: true}))

	cancel := s.propose(node(1), change{Reset: true, Put: listed(5)})
	s.accept(cancel, node(5))
	s.approve(cancel, node(2))
	if got := s.does(node(3), governedABI.PackApprove(cancel)); !slices.Equal(got, []string{"Approved", "KeyServerRemoved", "MigrationCancelled", "KeyServerMoved", "KeyServerAdded", "CarriedOut"}) {
		t.Errorf("events %v", got)
	}
	s.are(nodes(1, 2, 3, 4), nil, nodes(1, 2, 3, 4, 5))
	s.no("BadMigration", node(6), governedABI.PackConfirmMigration(first))
	s.no("NotKeyServer", node(6), governedABI.PackStartMigration(first))
	for n := 1; n <= 5; n++ {
		if call(s.chain, s.at, governedABI.PackIsMigrationConfirmed(addr(node(n))), governedABI.UnpackIsMigrationConfirmed) {
			t.Errorf("node %d has confirmed the next one", n)
		}
	}
	s.migrate(second, 5, 1, 2, 3, 4)
	s.are(nodes(1, 2, 3, 4, 5), nil, nodes(1, 2, 3, 4, 5))

	// Without anything else it only goes back to those that serve.
	in = s.propose(node(1), change{Put: listed(7), Remove: nodes(2)})
	s.accept(in, node(7))
	s.approve(in, node(2), node(3))
	back := s.propose(node(1), change{Reset: true})
	s.approve(back, node(2))
	if got := s.does(node(3), governedABI.PackApprove(back)); !slices.Equal(got, []string{"Approved", "KeyServerAdded", "KeyServerRemoved", "CarriedOut"}) &&
		!slices.Equal(got, []string{"Approved", "KeyServerRemoved", "KeyServerAdded", "CarriedOut"}) {
		t.Errorf("events %v", got)
	}
	s.are(nodes(1, 2, 3, 4, 5), nil, nodes(1, 2, 3, 4, 5))
}

// TestOwnersVote: with owners the key servers have no vote, owners change by proposals that the new ones accept, and without any
// the key servers vote again.
func TestOwnersVote(t *testing.T) {
	t.Parallel()
	s := newServers(t, listed(1, 2, 3), organisations(1, 2, 3), majority)
	s.no("NotVoter", node(1), governedABI.PackPropose(change{Reset: true}))
	next := s.propose(organisation(1), change{Govern: true, Owners: organisations(2, 3, 4, 5), Rule: rule{Part: 2, Whole: 3}})
	s.no("NotVoter", node(1), governedABI.PackApprove(next))
	s.approve(next, organisation(2))
	s.no("NotAccepted", node(9), governedABI.PackCarryOut(next))
	s.accept(next, organisation(4))
	s.no("NotAccepted", node(9), governedABI.PackCarryOut(next))
	s.no("NotNamed", organisation(6), governedABI.PackAccept(next))
	s.accept(next, organisation(5))
	if got := s.does(node(9), governedABI.PackCarryOut(next)); !slices.Equal(got, []string{"Governed", "CarriedOut"}) {
		t.Errorf("events %v", got)
	}
	if got := call(s.chain, s.at, governedABI.PackOwners(), governedABI.UnpackOwners); !slices.Equal(got, organisations(2, 3, 4, 5)) {
		t.Errorf("owners %v", got)
	}
	if got := call(s.chain, s.at, governedABI.PackRule(), governedABI.UnpackRule); got != (rule{Part: 2, Whole: 3}) {
		t.Errorf("rule %+v", got)
	}
	s.no("NotVoter", organisation(1), governedABI.PackPropose(change{Reset: true}))
	none := s.propose(organisation(4), change{Govern: true, Rule: majority})
	s.approve(none, organisation(5))
	s.no("TooFewApprovals", node(9), governedABI.PackCarryOut(none))
	s.approve(none, organisation(2)) // 3 of 4 are more than two thirds
	if got := call(s.chain, s.at, governedABI.PackVoters(), governedABI.UnpackVoters); len(got) != 3 {
		t.Errorf("voters %v", got)
	}
	s.no("NotVoter", organisation(4), governedABI.PackPropose(change{Reset: true}))
	// Key servers that become owners have votes, and need not accept.
	own := s.propose(node(1), change{Govern: true, Owners: nodes(1, 2), Rule: majority})
	s.approve(own, node(2))
	s.no("NotVoter", node(3), governedABI.PackPropose(change{Reset: true}))
}

// TestVotesOfWhoLeft: a vote counts by who votes when it is counted.
func TestVotesOfWhoLeft(t *testing.T) {
	t.Parallel()
	s := newServers(t, listed(1), organisations(1, 2, 3, 4), majority)
	in := s.propose(organisation(1), change{Put: listed(2)})
	s.approve(in, organisation(2), organisation(3))
	out := s.propose(organisation(3), change{Govern: true, Owners: organisations(3, 4), Rule: majority})
	s.approve(out, organisation(4), organisation(1))
	s.accept(in, node(2))
	s.no("TooFewApprovals", node(9), governedABI.PackCarryOut(in))
	s.approve(in, organisation(4))
	s.are(nodes(1), nil, nodes(1, 2))
}

// TestWaitingTime: nothing happens before a proposal has been public for the waiting time, nor after it has expired.
func TestWaitingTime(t *testing.T) {
	t.Parallel()
	s := newServers(t, listed(1, 2, 3), nil, careful)
	id := s.propose(node(1), change{Put: listed(4)})
	s.accept(id, node(4))
	s.approve(id, node(2), node(3))
	s.no("TooEarly", node(1), governedABI.PackCarryOut(id))
	s.later(23 * time.Hour)
	s.no("TooEarly", node(1), governedABI.PackCarryOut(id))
	s.no("StillOpen", node(1), governedABI.PackPropose(change{Reset: true}))
	s.no("NotProposer", node(2), governedABI.PackWithdraw(id))
	s.later(time.Hour)
	s.does(node(9), governedABI.PackCarryOut(id))
	s.are(nodes(1, 2, 3), nil, nodes(1, 2, 3, 4))
	s.no("NotOpen", node(1), governedABI.PackWithdraw(id))

	late := s.propose(node(1), change{Remove: nodes(3)}) // no longer a proposer's only one
	s.later(25 * time.Hour)
	s.approve(late, node(2)) // the last approval carries it out
	s.are(nodes(1, 2, 3), nil, nodes(1, 2, 4))

	old := s.propose(node(1), change{Remove: nodes(2)})
	s.later(32 * 24 * time.Hour)
	s.no("NotOpen", node(2), governedABI.PackApprove(old))
	s.no("NotOpen", node(2), governedABI.PackAccept(old))
	s.no("NotOpen", node(2), governedABI.PackCarryOut(old))
	gone := s.propose(node(1), change{Remove: nodes(2)}) // an expired one is in nobody's way
	s.does(node(1), governedABI.PackWithdraw(gone))
	s.no("NotOpen", node(2), governedABI.PackApprove(gone))
	if p := s.proposal(gone); p.Open {
		t.Error("a proposal that was withdrawn is open")
	}
	s.propose(node(1), change{Remove: nodes(2)})
	s.no("NotOpen", node(1), governedABI.PackProposal(big.NewInt(99)))
}

// TestSignedAcceptance: a newcomer without ether signs, and anybody can bring its signature: for this chain, contract and proposal.
func TestSignedAcceptance(t *testing.T) {
	t.Parallel()
	s := newServers(t, listed(1), nil, majority)
	other := s.send(node(1), nil, creation(listed(1), nil, majority), 0).ContractAddress
	id := s.propose(node(1), change{Put: listed(2)})
	p := s.proposal(id)
	hash := acceptanceHash(t, params.AllDevChainProtocolChanges.ChainID, s.at, id, p.Change)
	if got := call(s.chain, s.at, governedABI.PackAcceptance(id), governedABI.UnpackAcceptance); got != hash {
		t.Fatalf("the contract wants %x signed, typed data is %x", got, hash)
	}
	sign := func(key *ecdsa.PrivateKey, hash common.Hash) []byte {
		sig, err := crypto.Sign(hash[:], key)
		if err != nil {
			t.Fatal(err)
		}
		sig[64] += 27
		return sig
	}
	who := addr(node(2))
	good := sign(node(2), hash)
	for name, sig := range map[string][]byte{
		"another key":       sign(node(3), hash),
		"another contract":  sign(node(2), acceptanceHash(t, params.AllDevChainProtocolChanges.ChainID, other, id, p.Change)),
		"another chain":     sign(node(2), acceptanceHash(t, big.NewInt(1), s.at, id, p.Change)),
		"another proposal":  sign(node(2), acceptanceHash(t, params.AllDevChainProtocolChanges.ChainID, s.at, big.NewInt(2), p.Change)),
		"another change":    sign(node(2), acceptanceHash(t, params.AllDevChainProtocolChanges.ChainID, s.at, id, change{Put: listed(2, 3)})),
		"a bad v":           append(slices.Clone(good[:64]), 3),
		"a short signature": good[:64],
		"nothing":           nil,
	} {
		if why := s.says(node(9), &s.at, governedABI.PackAcceptSigned(id, who, sig)); why != "BadSignature" {
			t.Errorf("%s: %q", name, why)
		}
	}
	s.no("BadSignature", node(9), governedABI.PackAcceptSigned(id, common.Address{}, append(slices.Clone(good[:64]), 3)))
	s.no("NotNamed", node(9), governedABI.PackAcceptSigned(id, addr(node(3)), sign(node(3), hash)))
	if got := s.does(node(9), governedABI.PackAcceptSigned(id, who, good)); !slices.Equal(got, []string{"Accepted"}) {
		t.Errorf("events %v", got)
	}
	if got := s.does(node(8), governedABI.PackAcceptSigned(id, who, good)); len(got) != 0 {
		t.Errorf("a second time: events %v", got)
	}
	if !call(s.chain, s.at, governedABI.PackHasAccepted(id, who), governedABI.UnpackHasAccepted) || !call(s.chain, s.at, governedABI.PackHasApproved(id, addr(node(1))), governedABI.UnpackHasApproved) {
		t.Error("what was said is not known")
	}
	s.does(node(9), governedABI.PackCarryOut(id))
	s.are(nodes(1), nil, nodes(1, 2))
}

// acceptanceHash is what wallets make of the typed data.
func acceptanceHash(t *testing.T, chain *big.Int, at common.Address, id *big.Int, c change) common.Hash {
	t.Helper()
	contract := governedABI.GetABI()
	encoded, err := abi.Arguments{contract.Methods["propose"].Inputs[0]}.Pack(c)
	if err != nil {
		t.Fatal(err)
	}
	hash, _, err := apitypes.TypedDataAndHash(apitypes.TypedData{
		Types: apitypes.Types{
			"EIP712Domain": {{Name: "name", Type: "string"}, {Name: "version", Type: "string"}, {Name: "chainId", Type: "uint256"}, {Name: "verifyingContract", Type: "address"}},
			"Acceptance":   {{Name: "proposal", Type: "uint256"}, {Name: "change", Type: "bytes32"}},
		},
		PrimaryType: "Acceptance",
		Domain:      apitypes.TypedDataDomain{Name: "KeyServerSet", Version: "1", ChainId: (*math.HexOrDecimal256)(chain), VerifyingContract: at.Hex()},
		Message:     apitypes.TypedDataMessage{"proposal": (*math.HexOrDecimal256)(id), "change": crypto.Keccak256(encoded)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return common.BytesToHash(hash)
}

// TestBadProposals: what can't be right is refused when it is proposed.
func TestBadProposals(t *testing.T) {
	t.Parallel()
	s := newServers(t, listed(1, 2), nil, majority)
	key := publicKey(node(3))
	off := append(slices.Clone(key[:63]), key[63]^1)
	big := append(bytes.Repeat([]byte{0xff}, 32), key[32:]...)
	for name, c := range map[string]struct {
		change change
		why    string
	}{
		"nothing":                   {change{}, "NothingToDo"},
		"a short key":               {change{Put: []server{entry(key[:63], "a:1")}}, "BadKey"},
		"a key with its 4":          {change{Put: []server{entry(append([]byte{4}, key...), "a:1")}}, "BadKey"},
		"a key with a byte more":    {change{Put: []server{entry(append(slices.Clone(key), 0), "a:1")}}, "BadKey"},
		"a key off the curve":       {change{Put: []server{entry(off, "a:1")}}, "BadKey"},
		"a coordinate over p":       {change{Put: []server{entry(big, "a:1")}}, "BadKey"},
		"one twice":                 {change{Put: listed(3, 3)}, "NamedTwice"},
		"owners without government": {change{Reset: true, Owners: organisations(1)}, "BadRule"},
		"an owner twice":            {change{Govern: true, Owners: organisations(1, 2, 1), Rule: majority}, "NamedTwice"},
		"owner nobody":              {change{Govern: true, Owners: []common.Address{{}}, Rule: majority}, "BadOwner"},
		"too many owners":           {change{Govern: true, Owners: make([]common.Address, 65), Rule: majority}, "BadRule"},
		"all must approve":          {change{Govern: true, Rule: rule{Part: 2, Whole: 2}}, "BadRule"},
		"a rule of nothing":         {change{Govern: true}, "BadRule"},
		"a month and a second":      {change{Govern: true, Rule: rule{Part: 1, Whole: 2, Waiting: 30*86400 + 1}}, "BadRule"},
	} {
		if why := s.says(node(1), &s.at, governedABI.PackPropose(c.change)); why != c.why {
			t.Errorf("%s: refused for %q, want %q", name, why, c.why)
		}
	}
	// What depends on the lists is refused when it would be carried out.
	for name, c := range map[string]struct {
		change change
		why    string
	}{
		"the removal of one that is not there": {change{Remove: nodes(3)}, "NotWanted"},
		"one removed twice":                    {change{Remove: nodes(2, 2)}, "NotWanted"},
		"nobody left":                          {change{Remove: nodes(1, 2)}, "BadSize"},
	} {
		id := s.propose(node(1), c.change)
		if why := s.says(node(2), &s.at, governedABI.PackApprove(id)); why != c.why {
			t.Errorf("%s: refused for %q, want %q", name, why, c.why)
		}
		s.does(node(1), governedABI.PackWithdraw(id))
	}
	s.are(nodes(1, 2), nil, nodes(1, 2))
}

// TestBadDeployments: the same when it is deployed.
func TestBadDeployments(t *testing.T) {
	t.Parallel()
	s := openServers(t)
	for name, c := range map[string]struct {
		first  []server
		owners []common.Address
		rule   rule
		why    string
	}{
		"nobody":           {nil, nil, majority, "BadSize"},
		"one twice":        {listed(1, 1), nil, majority, "NamedTwice"},
		"a bad key":        {[]server{entry(make([]byte, 64), "a:1")}, nil, majority, "BadKey"},
		"a bad address":    {[]server{entry(publicKey(node(1)), "a")}, nil, majority, "BadHost"},
		"owner nobody":     {listed(1), []common.Address{{}}, majority, "BadOwner"},
		"all must approve": {listed(1), nil, rule{Part: 1, Whole: 1}, "BadRule"},
	} {
		if why := s.says(node(1), nil, creation(c.first, c.owners, c.rule)); why != c.why {
			t.Errorf("%s: refused for %q, want %q", name, why, c.why)
		}
	}
}

// TestSizes: a list has as many key servers as a uint8 can count, and no more. No real chain takes so long a deployment, so this one
// is under rules of before there was a limit.
func TestSizes(t *testing.T) {
	t.Parallel()
	rules := *params.AllDevChainProtocolChanges
	rules.ShanghaiTime, rules.CancunTime, rules.PragueTime, rules.OsakaTime, rules.AmsterdamTime, rules.BogotaTime = nil, nil, nil, nil, nil, nil
	var all []server
	for n := range 257 {
		all = append(all, entry(publicKey(account(int64(1000+n))), "a:1"))
	}
	contract := governedABI.GetABI()
	bad := contract.Errors["BadSize"].ID.Bytes()[:4]
	for n, good := range map[int]bool{255: true, 256: false, 257: false} {
		cfg := &runtime.Config{ChainConfig: &rules, GasLimit: 200_000_000}
		said, at, _, err := runtime.Create(creation(all[:n], nil, majority), cfg)
		if (err == nil) != good || err != nil && !bytes.Equal(said, bad) {
			t.Errorf("%d key servers: %v, %x", n, err, said)
		}
		if !good {
			continue
		}
		out, _, err := runtime.Call(at, governedABI.PackGetCurrentKeyServersCount(), cfg)
		if count, err2 := governedABI.UnpackGetCurrentKeyServersCount(out); err != nil || err2 != nil || int(count) != n {
			t.Errorf("%d key servers are counted as %d (%v, %v)", n, count, err, err2)
		}
	}
}

// TestHosts: an address that key servers could not read is none here.
func TestHosts(t *testing.T) {
	t.Parallel()
	s := newServers(t, listed(1), nil, majority)
	long := strings.Repeat("a", 253)
	for host, good := range map[string]bool{
		"a:1": true, "127.0.0.1:30303": true, "node-1.example:65535": true, "[::1]:30303": true, "[2001:DB8::1]:9": true, "1:1": true,
		"EXAMPLE:8": true, long + ":65535": true, "10.0.0.1:10000": true,
		"": false, "a": false, ":": false, ":1": false, "a:": false, "a:0": false, "a:01": false, "a:65536": false, "a:100000": false,
		"a:x": false, "a:1 ": false, " a:1": false, "a b:1": false, "a:1x": false, "a\n:1": false, "é:1": false, "a/b:1": false, "u@a:1": false,
		"::1:30303": false, "[::1:1": false, "::1]:1": false, "[]:1": false, "[a]": false, "[g::]:1": false, "[::1]1": false, "1": false, "30303": false,
		long + "aa:65535": false, "a_b:1": false, "a:1:1": false, "ab1": false, "ab30303": false,
	} {
		why := s.says(node(1), &s.at, governedABI.PackMove(host))
		if (why == "") != good || why != "" && why != "BadHost" {
			t.Errorf("%q: refused for %q, want it taken: %t", host, why, good)
		}
		in := s.says(node(1), &s.at, governedABI.PackPropose(change{Put: []server{entry(publicKey(node(2)), host)}}))
		if in != why {
			t.Errorf("%q: a proposal is refused for %q, a move for %q", host, in, why)
		}
	}
}

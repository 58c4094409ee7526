package poa

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cometbft/cometbft/p2p"
	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/contracts"
)

// governedNetwork is a network whose first nodes are its validators, by contract. The others dial the first alone.
func governedNetwork(t testing.TB, dir string, validators, others int) *network {
	t.Helper()
	n := testNetwork(t, dir, validators, others)
	if err := n.govern(validators); err != nil {
		t.Fatal(err)
	}
	return n
}

// govern makes it such a network. All nodes have ether.
func (n *network) govern(validators int) error {
	var hosts, peers []string
	for i, v := range n.nodes {
		n.genesis.Genesis.Alloc[crypto.PubkeyToAddress(v.key.PublicKey)] = types.Account{Balance: new(big.Int).Exp(big.NewInt(10), big.NewInt(21), nil)}
		if i < validators {
			hosts, peers = append(hosts, v.host()), append(peers, []string{"", PeerID(v.key)}[i%2])
		} else {
			v.cfg.Peers = v.cfg.Peers[:1]
		}
	}
	if err := n.genesis.Govern(hosts, peers, 3600); err != nil {
		return err
	}
	return n.genesis.Validate()
}

func (v *testNode) host() string { return fmt.Sprintf("127.0.0.1:%d", v.port) }

// propose, vote: as their operators would. The others vote for it.
func (v *testNode) propose(t *testing.T, p ValidatorProposal, voters ...*testNode) {
	t.Helper()
	before := v.newest(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := (&adminAPI{v.driver}).Propose(ctx, p); err != nil {
		t.Fatalf("%s proposes %+v: %v", v.name, p, err)
	}
	until(t, "a proposal in a block", func() bool { return v.newest(t) > before })
	id := before + 1
	for _, w := range voters {
		until(t, w.name+" can vote", func() bool {
			_, err := (&adminAPI{w.driver}).Vote(ctx, id, nil)
			return err == nil || strings.Contains(err.Error(), "was carried out") // the others were enough
		})
	}
}

// newest is how many proposals there have been.
func (v *testNode) newest(t *testing.T) uint64 {
	t.Helper()
	read, err := v.driver.exec.slots(v.driver.genesis.Governance.Contract, v.driver.exec.head())
	if err != nil {
		t.Fatal(err)
	}
	word, err := read(common.BigToHash(big.NewInt(1)))
	if err != nil {
		t.Fatal(err)
	}
	return new(big.Int).SetBytes(word[16:24]).Uint64()
}

func (v *testNode) adding() ValidatorProposal {
	return ValidatorProposal{Kind: "add", Validator: nodeID(&v.key.PublicKey), Host: v.host(), Name: v.name, Weight: 1}
}

// members are the names of the validators by which consensus itself goes at a node, in order.
func (v *testNode) members() (names []string) {
	v.driver.mu.Lock()
	state := v.driver.state
	v.driver.mu.Unlock()
	if state == nil {
		return nil
	}
	rs := state.GetRoundState()
	if rs.Validators == nil {
		return nil
	}
	for _, m := range rs.Validators.Validators {
		for _, w := range v.net.nodes {
			if crypto.PubkeyToAddress(w.key.PublicKey) == common.BytesToAddress(m.Address) {
				names = append(names, fmt.Sprintf("%s:%d", w.name, m.VotingPower/powerScale))
			}
		}
	}
	slices.Sort(names)
	return names
}

func (v *testNode) untilMembers(t *testing.T, want string) {
	t.Helper()
	until(t, fmt.Sprintf("%s goes by the validators %s", v.name, want), func() bool { return strings.Join(v.members(), " ") == want })
}

// proposers are who made the last blocks.
func (v *testNode) proposers(blocks uint64) map[string]int {
	made := make(map[string]int)
	for h := v.height(); h > 0 && blocks > 0; h, blocks = h-1, blocks-1 {
		for _, w := range v.net.nodes {
			if header := v.backend.BlockChain().GetHeaderByNumber(h); header != nil && header.Coinbase == crypto.PubkeyToAddress(w.key.PublicKey) {
				made[w.name]++
			}
		}
	}
	return made
}

// latest is the highest round in which a block was committed, since block from.
func (v *testNode) latest(from int64) (round int32, at int64) {
	store := v.driver.running().BlockStore()
	for h := max(from, store.Base()); h <= store.Height(); h++ {
		if c := store.LoadSeenCommit(h); c != nil && c.Round > round {
			round, at = c.Round, h
		}
	}
	return round, at
}

// One validator becomes two, three, two, one, by transactions alone: nobody's file is edited and no node started again. Nodes
// that begin anew, or whose geth has lost everything, come to the same chain.
func TestGovernedLife(t *testing.T) {
	if testing.Short() {
		t.Skip("runs for a minute")
	}
	n := governedNetwork(t, t.TempDir(), 1, 2)
	a, b, c := n.nodes[0], n.nodes[1], n.nodes[2]
	startAll(t, a, b, c)
	waitHeight(t, 2, patience, a, b, c)
	if s := b.driver.Status(); s.Validator || s.Validators != 1 || s.Governance == nil || len(s.Governance.Members) != 1 {
		t.Errorf("the follower's status at first: %+v", s)
	}

	a.propose(t, b.adding())
	a.untilMembers(t, "node0:1 node1:1")
	until(t, "the second makes blocks", func() bool { return a.proposers(4)["node1"] > 0 })
	until(t, "the second votes", func() bool { v := b.driver.Status().LastVote; return v != nil && v.Height > 0 })

	a.propose(t, c.adding(), b)
	b.untilMembers(t, "node0:1 node1:1 node2:1")
	until(t, "the third makes blocks", func() bool { return a.proposers(6)["node2"] > 0 })
	// b and c learned of each other from the contract alone.
	until(t, "the later two are connected", func() bool {
		n := b.driver.running()
		return n != nil && n.Switch().Peers().Has(p2p.ID(PeerID(c.key)))
	})

	b.propose(t, ValidatorProposal{Kind: "weight", Validator: "node0", Weight: 2}, a, c)
	b.untilMembers(t, "node0:2 node1:1 node2:1")
	b.propose(t, ValidatorProposal{Kind: "weight", Validator: "node0", Weight: 1}, a, c)
	c.propose(t, ValidatorProposal{Kind: "remove", Validator: "node2"}, a, b)
	b.untilMembers(t, "node0:1 node1:1")
	a.propose(t, ValidatorProposal{Kind: "remove", Validator: "node1"}, b)
	a.untilMembers(t, "node0:1")
	if _, err := (&adminAPI{a.driver}).Propose(t.Context(), ValidatorProposal{Kind: "remove", Validator: "node0"}); err == nil || !strings.Contains(err.Error(), "is the last validator") {
		t.Errorf("the removal of the last validator: %v", err)
	}
	if _, err := (&adminAPI{b.driver}).Propose(t.Context(), c.adding()); err == nil || !strings.Contains(err.Error(), "is not a validator") {
		t.Errorf("a proposal of who was removed: %v", err)
	}
	end := a.height() + 2
	waitHeight(t, end, patience, a, b, c)
	sameChain(t, 1, a, b, c)
	// Who is down or asked for at a change costs a round; more would be missed blocks.
	if round, at := a.latest(1); round > 2 {
		t.Errorf("block %d was made in round %d", at, round)
	}

	// c replays all from its consensus data; b begins anew, and has to find its own old votes.
	c.stop()
	for _, gone := range []string{"chaindata", "triedb"} {
		if err := os.RemoveAll(filepath.Join(c.dir, "geth-ss", gone)); err != nil {
			t.Fatal(err)
		}
	}
	c.start(t)
	b.stop()
	if err := os.RemoveAll(filepath.Join(b.dir, "geth-ss")); err != nil {
		t.Fatal(err)
	}
	b.start(t)
	waitHeight(t, end+2, patience, a, b, c)
	sameChain(t, 1, a, b, c)
	if why := b.driver.app.signer.muted(); !strings.Contains(why, "has this validator's signature") {
		t.Errorf("a node that has lost its sign state would vote again: %q", why)
	}
	if why := c.driver.app.signer.muted(); why != "" {
		t.Errorf("a node that has its sign state would not vote: %s", why)
	}
}

// A validator is killed at the block that changes the weights, at the next, and at the one from which on they hold. It begins
// again from what is on its disk, which so early is the genesis block, and comes to the same chain and to the same list.
func TestKillAtUpdates(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a network")
	}
	n := governedNetwork(t, t.TempDir(), 4, 0)
	spec := childSpec{Dir: n.dir, Validators: 4, Nodes: []int{3}, Governed: true}
	for _, v := range n.nodes {
		spec.Ports = append(spec.Ports, v.port)
	}
	rest := n.nodes[:3]
	p := spawn(t, spec)
	all := []*process{p}
	startAll(t, rest...)
	p.wait(t, 2, patience, 3)
	for k := range uint64(3) {
		want := uint32(2 + k)
		rest[0].propose(t, ValidatorProposal{Kind: "weight", Validator: "node0", Weight: want}, rest[1], rest[2])
		until(t, "the weight is decided", func() bool {
			v := rest[0].driver.roster.validator(crypto.PubkeyToAddress(n.nodes[0].key.PublicKey))
			return v != nil && v.Power == int64(want)
		})
		at := n.decided(t, rest[0], int64(want))
		p.wait(t, at+k, patience, 3)
		p.kill()
		p = spawn(t, spec)
		all = append(all, p)
		p.wait(t, at+k+3, patience, 3)
	}
	agree(t, all...)
	// It votes by the last list: its votes are in commits that the others have checked.
	from := rest[0].driver.running().BlockStore().Height()
	until(t, "the killed validator's vote is in a block", func() bool {
		store := rest[0].driver.running().BlockStore()
		for h := from + 1; h <= store.Height(); h++ {
			c := store.LoadSeenCommit(h)
			for _, sig := range c.Signatures {
				if common.BytesToAddress(sig.ValidatorAddress) == crypto.PubkeyToAddress(n.nodes[3].key.PublicKey) && sig.BlockIDFlag != cmttypes.BlockIDFlagAbsent {
					return true
				}
			}
		}
		return false
	})
	p.mu.Lock()
	defer p.mu.Unlock()
	for h, hash := range p.chain[3] {
		if want := rest[0].backend.BlockChain().GetCanonicalHash(h); want != (common.Hash{}) && want != hash {
			t.Errorf("block %d of the killed node is %x, of the others %x", h, hash, want)
		}
	}
}

// decided is the first block after which node0 has the weight.
func (n *network) decided(t *testing.T, v *testNode, weight int64) uint64 {
	t.Helper()
	for h := v.height(); ; h-- {
		list, err := v.driver.exec.weights(n.genesis.Governance, v.backend.BlockChain().GetHeaderByNumber(h))
		if err != nil {
			t.Fatal(err)
		}
		if int64(list[0].Weight) != weight {
			return h + 1
		}
	}
}

// Four become seven and four again.
func TestGovernedFourSevenFour(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a network")
	}
	n := governedNetwork(t, t.TempDir(), 4, 3)
	old := n.nodes[:4]
	startAll(t, n.nodes...)
	waitHeight(t, 2, patience, n.nodes...)
	for i, v := range n.nodes[4:] {
		old[0].propose(t, v.adding(), n.nodes[1:4+i]...)
	}
	for _, v := range n.nodes {
		v.untilMembers(t, "node0:1 node1:1 node2:1 node3:1 node4:1 node5:1 node6:1")
	}
	until(t, "all seven make blocks", func() bool { return len(old[0].proposers(14)) == 7 })
	for i, v := range n.nodes[4:] {
		old[0].propose(t, ValidatorProposal{Kind: "remove", Validator: v.name}, append(slices.Clone(old[1:]), n.nodes[5+i:]...)...)
	}
	for _, v := range n.nodes {
		v.untilMembers(t, "node0:1 node1:1 node2:1 node3:1")
	}
	end := old[0].height() + 4
	waitHeight(t, end, patience, n.nodes...)
	sameChain(t, 1, n.nodes...)
	if made := old[0].proposers(2); made["node4"]+made["node5"]+made["node6"] > 0 {
		t.Errorf("who was removed makes blocks: %v", made)
	}
	round, at := old[0].latest(1)
	t.Logf("the latest round in which a block was made is %d, of block %d of %d", round, at, end)
}

// A network whose validators stand in its file changes over at a height: before it the contract says nothing, from it on all.
func TestChangeOver(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a network")
	}
	n := testNetwork(t, t.TempDir(), 2, 1)
	for _, v := range n.nodes {
		n.genesis.Genesis.Alloc[crypto.PubkeyToAddress(v.key.PublicKey)] = types.Account{Balance: new(big.Int).Exp(big.NewInt(10), big.NewInt(21), nil)}
	}
	a, b, c := n.nodes[0], n.nodes[1], n.nodes[2]
	startAll(t, a, b, c)
	waitHeight(t, 2, patience, a, b, c)
	if _, err := os.Stat(filepath.Join(c.dir, "geth-ss", "poa", signStateFile)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a follower of a network without a contract keeps a sign state: %v", err)
	}
	height := a.height() + 25
	entries, err := n.genesis.Entries([]string{a.host(), b.host()}, []string{"", ""})
	if err != nil {
		t.Fatal(err)
	}
	creation, err := contracts.ValidatorSetCreation(entries, 3600, height)
	if err != nil {
		t.Fatal(err)
	}
	key := a.key
	tx := types.MustSignNewTx(key, types.LatestSignerForChainID(big.NewInt(testChainID)), &types.DynamicFeeTx{
		ChainID: big.NewInt(testChainID), Data: creation, Gas: 8_000_000, GasTipCap: big.NewInt(1e9), GasFeeCap: big.NewInt(2e9),
	})
	if err := a.backend.TxPool().Add([]*types.Transaction{tx}, true)[0]; err != nil {
		t.Fatal(err)
	}
	contract := crypto.CreateAddress(crypto.PubkeyToAddress(key.PublicKey), 0)
	until(t, "the contract stands", func() bool {
		db, err := a.backend.BlockChain().State()
		return err == nil && db.GetCodeHash(contract) == contracts.ValidatorSetCode()
	})
	before := a.height()
	for _, v := range n.nodes {
		v.stop()
	}
	file := *n.genesis
	file.Governance = &Governance{Contract: contract, Height: height}
	for _, v := range n.nodes {
		v.file = &file
		v.start(t)
	}
	if a.driver.Status().Governance != nil && a.height() < height {
		t.Error("the contract is read before its height")
	}
	waitHeight(t, height, patience, a, b, c)
	a.propose(t, c.adding(), b)
	a.untilMembers(t, "node0:1 node1:1 node2:1")
	until(t, "the third makes blocks", func() bool { return a.proposers(4)["node2"] > 0 })
	sameChain(t, 1, a, b, c)
	t.Logf("stopped at block %d, changed over at %d", before, height)
}

// Where the contract can't be read consensus ends on the node, before the block is taken; that is never "no change". Once the file
// is right, with a later height, the chain goes on where it stopped.
func TestUnreadableEndsConsensus(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a network")
	}
	const height = 3
	n := testNetwork(t, t.TempDir(), 1, 0)
	v := n.nodes[0]
	wrong, right := *n.genesis, *n.genesis
	wrong.Governance = &Governance{Contract: common.Address{7}, Height: height} // nothing stands there
	right.Governance = &Governance{Contract: common.Address{7}, Height: height + 1000}
	v.file = &wrong
	for range 2 { // and again, when somebody starts it without a change
		v.start(t)
		closed := make(chan struct{})
		go func() { v.stack.Wait(); close(closed) }()
		select {
		case <-closed:
		case <-time.After(patience):
			t.Fatalf("it goes on without the list, at block %d", v.height())
		}
		if err := v.driver.Err(); err == nil || !strings.Contains(err.Error(), "decided block 3: how it changes the validators can't be told") {
			t.Errorf("consensus ends with: %v", err)
		}
		if got := v.height(); got != height-1 {
			t.Errorf("it ends at block %d", got)
		}
		v.stop()
	}
	v.file = &right
	v.start(t)
	waitHeight(t, height+2, patience, v)
}

// What stands in the storage is what consensus is told: the difference, or an error.
func TestValidatorUpdates(t *testing.T) {
	n := governedNetwork(t, t.TempDir(), 3, 1)
	v := n.nodes[0]
	if err := v.assemble(); err != nil {
		t.Fatal(err)
	}
	defer v.stop()
	defer v.backend.BlockChain().Stop()
	genesis := v.backend.BlockChain().Genesis().Header()
	next := types.CopyHeader(genesis)
	next.Number = big.NewInt(1)
	got, err := v.driver.exec.updates(n.genesis, genesis, next)
	if err != nil || len(got) != 0 {
		t.Errorf("without a change: %v, %v", got, err)
	}
	// A state that is not there is no empty list.
	lost := types.CopyHeader(next)
	lost.Root = common.Hash{1}
	for _, c := range []struct{ before, after *types.Header }{{genesis, lost}, {lost, next}} {
		if got, err := v.driver.exec.updates(n.genesis, c.before, c.after); err == nil {
			t.Errorf("with a state that is missing: %v", got)
		}
	}
	// Nor is an account without the contract.
	elsewhere := *n.genesis
	elsewhere.Governance = &Governance{Contract: common.Address{7}}
	if got, err := v.driver.exec.updates(&elsewhere, genesis, next); err == nil {
		t.Errorf("with no contract: %v", got)
	}
	// Before its height nothing is read; at it the lists must be equal.
	elsewhere.Governance.Height = 2
	if got, err := v.driver.exec.updates(&elsewhere, genesis, next); err != nil || got != nil {
		t.Errorf("before the height: %v, %v", got, err)
	}
	later := *n.genesis
	later.Governance = &Governance{Contract: contracts.ValidatorSetAddress, Height: 1}
	if got, err := v.driver.exec.updates(&later, lost, next); err != nil || got != nil {
		t.Errorf("at the height: %v, %v", got, err)
	}
	later.Validators = later.Validators[:2]
	if _, err := v.driver.exec.updates(&later, lost, next); err == nil || !strings.Contains(err.Error(), "the file has 2 validators, and their contract 3") {
		t.Errorf("at the height, with another list: %v", err)
	}
}

func TestDifference(t *testing.T) {
	entry := func(i byte, weight uint32) (e contracts.ValidatorEntry) {
		key, err := crypto.ToECDSA(common.LeftPadBytes([]byte{i}, 32))
		if err != nil {
			t.Fatal(err)
		}
		copy(e.Key[:], crypto.FromECDSAPub(&key.PublicKey)[1:])
		e.Weight = weight
		return e
	}
	got, err := difference([]contracts.ValidatorEntry{entry(1, 1), entry(2, 2), entry(3, 3)}, []contracts.ValidatorEntry{entry(4, 4), entry(3, 5), entry(1, 1)})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int64{}
	for i, power := range map[byte]int64{2: 0, 3: 5 * powerScale, 4: 4 * powerScale} {
		e := entry(i, 1)
		pub, err := crypto.UnmarshalPubkey(append([]byte{4}, e.Key[:]...))
		if err != nil {
			t.Fatal(err)
		}
		want[string(crypto.CompressPubkey(pub))] = power
	}
	have := map[string]int64{}
	for _, u := range got {
		have[string(u.PubKey.GetSecp256K1Eth())] = u.Power
	}
	if len(got) != 3 || !maps.Equal(have, want) {
		t.Errorf("told %v", got)
	}
	if _, err := difference(nil, []contracts.ValidatorEntry{{Key: [64]byte{1}, Weight: 1}}); err == nil {
		t.Error("a key off the curve passes")
	}
}

// The file and the genesis storage must have one list.
func TestGovernedFile(t *testing.T) {
	for name, c := range map[string]struct {
		change func(g *NetworkGenesis)
		want   string
	}{
		"right":         {func(*NetworkGenesis) {}, ""},
		"power":         {func(g *NetworkGenesis) { g.Validators[1].Power = 2 }, "with power 2 in the file"},
		"order":         {func(g *NetworkGenesis) { slices.Reverse(g.Validators) }, "validator 1 is"},
		"fewer":         {func(g *NetworkGenesis) { g.Validators = g.Validators[:1] }, "the file has 1 validators, and their contract 2"},
		"no contract":   {func(g *NetworkGenesis) { delete(g.Genesis.Alloc, contracts.ValidatorSetAddress) }, "no ValidatorSet there"},
		"zero contract": {func(g *NetworkGenesis) { g.Governance.Contract = common.Address{} }, "names no contract"},
		"another's code": {func(g *NetworkGenesis) {
			a := g.Genesis.Alloc[contracts.ValidatorSetAddress]
			a.Code = append(slices.Clone(a.Code), 0)
			g.Genesis.Alloc[contracts.ValidatorSetAddress] = a
		}, "no ValidatorSet there"},
		"later": {func(g *NetworkGenesis) { g.Governance = &Governance{Contract: common.Address{1}, Height: 9} }, ""},
	} {
		n := governedNetwork(t, t.TempDir(), 2, 0)
		c.change(n.genesis)
		err := n.genesis.Validate()
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// A network's contract is a rule, in force from its height on.
func TestGovernanceIsARule(t *testing.T) {
	here, there := Rules{}, Rules{}
	(&NetworkGenesis{Genesis: governedNetwork(t, t.TempDir(), 1, 0).genesis.Genesis, Governance: &Governance{common.Address{1}, 50}}).driverRules(here)
	(&NetworkGenesis{Genesis: governedNetwork(t, t.TempDir(), 1, 0).genesis.Genesis}).driverRules(there)
	for _, list := range [][]Difference{here.compare(there), there.compare(here)} {
		if len(list) != 1 || list[0].inForce(moment{number: 49, time: 1 << 40}) || !list[0].inForce(moment{number: 50}) {
			t.Errorf("the difference is %+v", list)
		}
	}
}

// Entries of the contract are dialled beside the configured ones, and no longer when they go; one that moves is dialled anew.
func TestDialerFollows(t *testing.T) {
	now := time.Now()
	keys := [3]string{}
	for i := range keys {
		key, err := crypto.GenerateKey()
		if err != nil {
			t.Fatal(err)
		}
		keys[i] = PeerID(key)
	}
	d := newDialer([]string{keys[0] + "@a:1"}, identity{peer: keys[2]}, now)
	entries := func() (list []string) {
		for _, p := range d.list() {
			list = append(list, strings.ReplaceAll(strings.ReplaceAll(p.entry, keys[0], "0"), keys[1], "1"))
		}
		return list
	}
	for _, c := range []struct {
		follow []string
		want   string
	}{
		{nil, "[0@a:1]"},
		{[]string{keys[0] + "@a:1", keys[1] + "@b:1", keys[2] + "@c:1"}, "[0@a:1 1@b:1]"}, // not itself
		{[]string{keys[0] + "@z:1", keys[1] + "@b:2"}, "[0@a:1 0@z:1 1@b:2]"},
		{[]string{keys[0] + "@a:1"}, "[0@a:1]"},
		{nil, "[0@a:1]"},
	} {
		if d.follow(c.follow, now); fmt.Sprint(entries()) != c.want {
			t.Errorf("following %v: %v, want %s", c.follow, entries(), c.want)
		}
	}
}

// A signer that has lost its record signs nothing, whatever comes.
func TestGovernedSigner(t *testing.T) {
	dir, key := t.TempDir(), governedNetwork(t, t.TempDir(), 1, 0).nodes[0].key
	s, err := openGovernedSigner(dir, key, true)
	if err != nil || s.muted() == "" {
		t.Fatalf("blocks without a sign state: %v, %q", err, s.muted())
	}
	if err := s.SignVote("network", nil); !errors.Is(err, errMuted) {
		t.Errorf("it signs a vote: %v", err)
	}
	if err := s.SignProposal("network", nil); !errors.Is(err, errMuted) {
		t.Errorf("it signs a proposal: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, signStateFile)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it has begun a sign state: %v", err)
	}
	if s, err = openGovernedSigner(dir, key, false); err != nil || s.muted() != "" {
		t.Errorf("before the first block: %v, %q", err, s.muted())
	}
	if s, err = openGovernedSigner(dir, key, true); err != nil || s.muted() != "" {
		t.Errorf("with its sign state: %v, %q", err, s.muted())
	}
}

package contracts

import (
	"crypto/ecdsa"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/eth/ethconfig"
	nodeconfig "github.com/ethereum/go-ethereum/node"
)

// book is what the contract should know, written down as simply as possible: lists of accounts, and what was said about proposals.
type book struct {
	current, migration, wanted, confirmed []common.Address
	id                                    common.Hash
	owners                                []common.Address
	rule                                  rule
	proposals                             []*noted // the first has number 1
}

type noted struct {
	by                 common.Address
	made               uint64
	closed             bool
	change             change
	accepted, approved map[common.Address]bool
}

// deed is something that somebody sends to the contract. It changes the book and tells whether the contract should take it.
type deed struct {
	what string
	by   *ecdsa.PrivateKey
	data []byte
	do   func(b *book, now uint64) bool
}

func (b *book) voters() []common.Address {
	if len(b.owners) > 0 {
		return b.owners
	}
	return b.current
}

func (b *book) votes(who common.Address) bool { return slices.Contains(b.voters(), who) }

func (b *book) ready(p *noted) uint64 { return p.made + b.rule.Waiting }

func (b *book) open(p *noted, now uint64) bool {
	return !p.closed && now <= b.ready(p)+30*86400
}

func (b *book) got(p *noted) (n uint64) {
	for _, v := range b.voters() {
		if p.approved[v] {
			n++
		}
	}
	return n
}

// due tells whether nothing more is needed to carry a proposal out.
func (b *book) due(p *noted, now uint64) bool {
	for _, s := range p.change.Put {
		if who := accountOf(s); !p.accepted[who] && !slices.Contains(b.current, who) {
			return false
		}
	}
	for _, o := range p.change.Owners {
		if !p.accepted[o] && !b.votes(o) {
			return false
		}
	}
	return now >= b.ready(p) && b.got(p)*uint64(b.rule.Whole) > uint64(len(b.voters()))*uint64(b.rule.Part)
}

// perform changes the lists. If it fails, the contract takes everything back: so does the caller, who works on a copy.
func (b *book) perform(p *noted) bool {
	p.closed = true
	if p.change.Reset {
		b.wanted, b.migration, b.confirmed, b.id = slices.Clone(b.current), nil, nil, common.Hash{}
	}
	for _, who := range p.change.Remove {
		i := slices.Index(b.wanted, who)
		if i < 0 {
			return false
		}
		b.wanted = slices.Delete(slices.Clone(b.wanted), i, i+1)
	}
	for _, s := range p.change.Put {
		if who := accountOf(s); !slices.Contains(b.wanted, who) {
			b.wanted = append(slices.Clone(b.wanted), who)
		}
	}
	if p.change.Govern {
		b.owners, b.rule = p.change.Owners, p.change.Rule
	}
	return len(b.wanted) > 0
}

func (b *book) copy() *book {
	c := *b
	c.proposals = nil
	for _, p := range b.proposals {
		q := *p
		q.accepted, q.approved = map[common.Address]bool{}, map[common.Address]bool{}
		for k, v := range p.accepted {
			q.accepted[k] = v
		}
		for k, v := range p.approved {
			q.approved[k] = v
		}
		c.proposals = append(c.proposals, &q)
	}
	return &c
}

func (b *book) approve(n int, by common.Address, now uint64) bool {
	p := b.proposals[n-1]
	if !b.open(p, now) || !b.votes(by) {
		return false
	}
	if newcomer(p.change, by) {
		p.accepted[by] = true
	}
	p.approved[by] = true
	return !b.due(p, now) || b.perform(p)
}

func newcomer(c change, who common.Address) bool {
	return slices.Contains(c.Owners, who) || slices.ContainsFunc(c.Put, func(s server) bool { return accountOf(s) == who })
}

func accountOf(s server) common.Address {
	for n := range 20 {
		if string(publicKey(node(n))) == string(s.PublicKey) {
			return addr(node(n))
		}
	}
	panic("another key")
}

func sameMembers(a, b []common.Address) bool {
	return slices.Equal(sortedAddresses(slices.Clone(a)), sortedAddresses(slices.Clone(b)))
}

// somebody is one of those who may have to do with the contract, or a stranger to it.
func somebody(r *rand.Rand) *ecdsa.PrivateKey {
	if r.IntN(4) == 0 {
		return organisation(r.IntN(4))
	}
	return node(r.IntN(8))
}

// randomChange is mostly one that can be carried out.
func (b *book) randomChange(r *rand.Rand) (c change) {
	c.Reset = r.IntN(6) == 0
	for n := range 8 {
		wanted := slices.Contains(b.wanted, addr(node(n)))
		switch k := r.IntN(16); {
		case k == 0 && (wanted || r.IntN(8) == 0):
			c.Remove = append(c.Remove, addr(node(n)))
		case k < 3 && (!wanted || r.IntN(4) == 0):
			c.Put = append(c.Put, entry(publicKey(node(n)), fmt.Sprintf("host%d.example:%d", n, 1+r.IntN(9))))
		}
	}
	if c.Govern = r.IntN(8) == 0; c.Govern {
		c.Rule = rule{Part: uint32(r.IntN(3)), Whole: 3, Waiting: uint64(r.IntN(2)) * 86400}
		for n := range 4 {
			if r.IntN(3) == 0 {
				c.Owners = append(c.Owners, addr(organisation(n)))
			}
		}
	}
	return c
}

// one is mostly one of those accounts.
func one(r *rand.Rand, of []common.Address) *ecdsa.PrivateKey {
	if len(of) > 0 && r.IntN(6) > 0 {
		who := of[r.IntN(len(of))]
		for n := range 8 {
			for _, key := range []*ecdsa.PrivateKey{node(n), organisation(n)} {
				if addr(key) == who {
					return key
				}
			}
		}
	}
	return somebody(r)
}

// next is a random deed.
func (b *book) next(r *rand.Rand) deed {
	n := 1 + r.IntN(max(1, len(b.proposals)))
	if r.IntN(3) > 0 { // mostly one of the last
		n = max(1, len(b.proposals)-r.IntN(3))
	}
	id := big.NewInt(int64(n))
	exists := n <= len(b.proposals)
	k := r.IntN(20)
	key := somebody(r)
	switch {
	case k < 8:
		key = one(r, b.voters())
	case k < 11 && exists:
		newcomers := slices.Clone(b.proposals[n-1].change.Owners)
		for _, s := range b.proposals[n-1].change.Put {
			newcomers = append(newcomers, accountOf(s))
		}
		key = one(r, newcomers)
	case k >= 16 && k < 19:
		key = one(r, b.migration)
	}
	by := addr(key)
	switch {
	case k < 3:
		c := b.randomChange(r)
		return deed{"propose", key, governedABI.PackPropose(c), func(b *book, now uint64) bool {
			if !b.votes(by) || !c.Reset && len(c.Remove)+len(c.Put) == 0 && !c.Govern {
				return false
			}
			for _, p := range b.proposals {
				if p.by == by && b.open(p, now) {
					return false
				}
			}
			b.proposals = append(b.proposals, &noted{by: by, made: now, change: c, accepted: map[common.Address]bool{}, approved: map[common.Address]bool{}})
			return b.approve(len(b.proposals), by, now)
		}}
	case k < 8:
		return deed{"approve", key, governedABI.PackApprove(id), func(b *book, now uint64) bool { return exists && b.approve(n, by, now) }}
	case k < 11:
		return deed{"accept", key, governedABI.PackAccept(id), func(b *book, now uint64) bool {
			if !exists || !b.open(b.proposals[n-1], now) || !newcomer(b.proposals[n-1].change, by) {
				return false
			}
			b.proposals[n-1].accepted[by] = true
			return true
		}}
	case k < 13:
		return deed{"carry out", key, governedABI.PackCarryOut(id), func(b *book, now uint64) bool {
			return exists && b.open(b.proposals[n-1], now) && b.due(b.proposals[n-1], now) && b.perform(b.proposals[n-1])
		}}
	case k < 14:
		return deed{"withdraw", key, governedABI.PackWithdraw(id), func(b *book, now uint64) bool {
			if !exists || !b.open(b.proposals[n-1], now) || b.proposals[n-1].by != by {
				return false
			}
			b.proposals[n-1].closed = true
			return true
		}}
	case k < 16:
		migration := common.BigToHash(big.NewInt(r.Int64N(5)))
		return deed{"start", key, governedABI.PackStartMigration(migration), func(b *book, _ uint64) bool {
			if !slices.Contains(b.current, by) && !slices.Contains(b.wanted, by) || len(b.migration) > 0 || migration == (common.Hash{}) || sameMembers(b.wanted, b.current) {
				return false
			}
			b.migration, b.id = b.wanted, migration
			return true
		}}
	case k < 19:
		migration := b.id
		if r.IntN(6) == 0 {
			migration = common.BigToHash(big.NewInt(r.Int64N(5)))
		}
		return deed{"confirm", key, governedABI.PackConfirmMigration(migration), func(b *book, _ uint64) bool {
			if migration == (common.Hash{}) || migration != b.id || !slices.Contains(b.migration, by) || slices.Contains(b.confirmed, by) {
				return false
			}
			if b.confirmed = append(slices.Clone(b.confirmed), by); len(b.confirmed) == len(b.migration) {
				b.current, b.migration, b.confirmed, b.id = b.migration, nil, nil, common.Hash{}
			}
			return true
		}}
	default:
		return deed{"move", key, governedABI.PackMove("moved.example:1"), func(b *book, _ uint64) bool {
			return slices.Contains(b.current, by) || slices.Contains(b.migration, by) || slices.Contains(b.wanted, by)
		}}
	}
}

// TestLivesOfTheSet: random transactions of members, owners and strangers do exactly what the book says, which has no places and no
// words of bits. Whatever they did, the voters can bring the contract back to where key servers come and go.
func TestLivesOfTheSet(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	taken := map[string]int{}
	t.Run("seeds", func(t *testing.T) {
		for seed := range uint64(4) {
			t.Run(fmt.Sprint(seed), func(t *testing.T) {
				t.Parallel()
				for what, n := range lifeOfTheSet(t, seed) {
					mu.Lock()
					taken[what] += n
					mu.Unlock()
				}
			})
		}
	})
	for _, what := range []string{"propose", "approve", "accept", "carry out", "withdraw", "start", "confirm", "move"} {
		if taken[what] < 3 {
			t.Errorf("%q was taken %d times", what, taken[what])
		}
	}
}

// lifeOfTheSet counts what the contract has taken.
func lifeOfTheSet(t *testing.T, seed uint64) map[string]int {
	r := rand.New(rand.NewPCG(seed, 2))
	b := &book{current: nodes(1, 2, 3), wanted: nodes(1, 2, 3), rule: majority}
	if seed%2 == 1 {
		b.owners, b.rule = organisations(1, 2), careful
	}
	s := newServers(t, listed(1, 2, 3), b.owners, b.rule)
	taken := map[string]int{}
	for i := range 400 {
		if r.IntN(12) == 0 {
			s.later(7 * time.Hour)
		}
		b = s.live(b, b.next(r), seed, i, taken)
	}
	s.bringBack(b, seed)
	return taken
}

func (s *servers) time() uint64 {
	s.Helper()
	head, err := s.Client().HeaderByNumber(s.ctx, nil)
	if err != nil {
		s.Fatal(err)
	}
	return head.Time
}

// live does one deed, and compares.
func (s *servers) live(b *book, d deed, seed uint64, i int, taken map[string]int) *book {
	s.Helper()
	after := b.copy()
	want := d.do(after, s.time())
	why := s.says(d.by, &s.at, d.data)
	if (why == "") != want {
		s.Fatalf("seed %d, step %d: %s by %v is refused for %q, the book would take it: %t", seed, i, d.what, addr(d.by), why, want)
	}
	if !want {
		return b
	}
	taken[d.what]++
	if s.send(d.by, &s.at, d.data, 0).Status != types.ReceiptStatusSuccessful {
		s.Fatalf("seed %d, step %d: %s failed in the block", seed, i, d.what)
	}
	if d.what == "propose" {
		after.proposals[len(after.proposals)-1].made = s.time() // of its block
	}
	got := s.lists()
	if !sameMembers(got.current, after.current) || !sameMembers(got.migration, after.migration) || !sameMembers(got.wanted, after.wanted) {
		s.Fatalf("seed %d, step %d: after %s the lists are %v, want %v, %v, %v", seed, i, d.what, got, after.current, after.migration, after.wanted)
	}
	if len(got.current) == 0 || len(got.wanted) == 0 {
		s.Fatalf("seed %d, step %d: after %s nobody is a key server", seed, i, d.what)
	}
	if id := call(s.chain, s.at, governedABI.PackGetMigrationId(), governedABI.UnpackGetMigrationId); id != after.id {
		s.Fatalf("seed %d, step %d: after %s the migration is %x, want %x", seed, i, d.what, id, after.id)
	}
	if v := call(s.chain, s.at, governedABI.PackVoters(), governedABI.UnpackVoters); !sameMembers(v, after.voters()) {
		s.Fatalf("seed %d, step %d: after %s the voters are %v, want %v", seed, i, d.what, v, after.voters())
	}
	for n := range 8 {
		who := addr(node(n))
		if got := call(s.chain, s.at, governedABI.PackIsMigrationConfirmed(who), governedABI.UnpackIsMigrationConfirmed); got != slices.Contains(after.confirmed, who) {
			s.Fatalf("seed %d, step %d: after %s node %d has confirmed: %t", seed, i, d.what, n, got)
		}
	}
	return after
}

// bringBack has the voters cancel whatever there is, and one key server come and another go.
func (s *servers) bringBack(b *book, seed uint64) {
	s.Helper()
	key := map[common.Address]*ecdsa.PrivateKey{}
	for n := range 8 {
		key[addr(node(n))], key[addr(organisation(n))] = node(n), organisation(n)
	}
	s.later(32 * 24 * time.Hour) // whatever was proposed has expired
	if len(b.current) == 8 {
		s.T.Fatalf("seed %d: no newcomer is left", seed)
	}
	in := 0
	for slices.Contains(b.current, addr(node(in))) {
		in++
	}
	id := s.propose(key[b.voters()[0]], change{Reset: true, Put: listed(in)})
	if s.proposal(id).Open {
		s.accept(id, node(in))
	}
	s.later(25 * time.Hour)
	for _, v := range b.voters() {
		if s.proposal(id).Open {
			s.approve(id, key[v])
		}
	}
	want := append(slices.Clone(b.current), addr(node(in)))
	s.are(b.current, nil, want)
	s.does(key[want[0]], governedABI.PackStartMigration(common.Hash{9}))
	for _, who := range want {
		s.does(key[who], governedABI.PackConfirmMigration(common.Hash{9}))
	}
	s.are(want, nil, want)
}

// today has the rules of Ethereum mainnet, without forks that are not there yet, which price new storage higher.
func today(_ *nodeconfig.Config, cfg *ethconfig.Config) {
	rules := *cfg.Genesis.Config
	rules.AmsterdamTime, rules.BogotaTime = nil, nil
	cfg.Genesis.Config = &rules
}

// TestGasOfTheSet tells what calls cost.
func TestGasOfTheSet(t *testing.T) {
	t.Parallel()
	for _, n := range []int{4, 16} {
		s := openServers(t, today)
		var first []server
		var keys []*ecdsa.PrivateKey
		for i := range n {
			k := node(i + 1)
			keys, first = append(keys, k), append(first, entry(publicKey(k), "node.example:30303"))
		}
		gas := func(by *ecdsa.PrivateKey, to *common.Address, data []byte) uint64 {
			t.Helper()
			r := s.sendGas(by, to, data, 0, 16_000_000)
			if r.Status != types.ReceiptStatusSuccessful {
				t.Fatal("refused")
			}
			if s.at == (common.Address{}) {
				s.at = r.ContractAddress
			}
			return r.GasUsed
		}
		row := func(what string, used uint64) { t.Logf("gas, %2d key servers: %-32s %8d", n, what, used) }
		row("deploy", gas(node(1), nil, creation(first, nil, majority)))
		one := big.NewInt(1)
		add := entry(publicKey(node(0)), "node.example:30303")
		row("propose one more, one less", gas(node(1), &s.at, governedABI.PackPropose(change{Put: []server{add}, Remove: []common.Address{addr(node(2))}})))
		row("accept", gas(node(0), &s.at, governedABI.PackAccept(one)))
		var last uint64
		for i := 1; s.proposal(one).Open; i++ {
			if last = gas(keys[i], &s.at, governedABI.PackApprove(one)); s.proposal(one).Open {
				if i == 1 {
					row("approve", last)
				}
			}
		}
		row("approve, which carries out", last)
		row("startMigration", gas(node(1), &s.at, governedABI.PackStartMigration(common.Hash{1})))
		members := append([]*ecdsa.PrivateKey{node(0), node(1)}, keys[2:]...)
		for i, k := range members {
			used := gas(k, &s.at, governedABI.PackConfirmMigration(common.Hash{1}))
			switch i {
			case 0:
				row("confirmMigration, the first", used)
			case 1:
				row("confirmMigration, others", used)
			case len(members) - 1:
				row("confirmMigration, the last", used)
			}
		}
		row("move", gas(node(1), &s.at, governedABI.PackMove("other.example:30303")))
		if got := s.lists(); len(got.current) != n || len(got.migration) != 0 {
			t.Errorf("%v", got)
		}
	}
}

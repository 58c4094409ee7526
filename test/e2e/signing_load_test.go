package e2e

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/test/dapp"
	"github.com/geth-ss/geth-ss/test/npm"
)

// signingLoad is many signatures with one key. Each is checked when it comes, and its nonce point held against those of all
// others: one that comes twice gives the key away.
type signingLoad struct {
	s      *signing
	public *secp256k1.Point
	domain dapp.Domain

	mu       sync.Mutex
	nonces   map[[32]byte]string // by x coordinate: of which signature
	claims   []npm.Claim
	failures map[string]int // by reason
}

func newSigningLoad(t *testing.T, s *signing) *signingLoad {
	t.Helper()
	public, err := secp256k1.ParsePoint(s.public)
	if err != nil {
		t.Fatal(err)
	}
	l := &signingLoad{s: s, public: public, nonces: make(map[[32]byte]string), failures: make(map[string]int)}
	if l.domain, err = serverOf(s.net.nodes[0]).Domain(t.Context()); err != nil {
		t.Fatal(err)
	}
	return l
}

func serverOf(n *node) *dapp.Server { return &dapp.Server{URL: n.url, HTTP: httpClient} }

// sign has a hash signed, by Parity's route or at a wallet's door.
func (l *signingLoad) sign(t *testing.T, n *node, scheme wire.Scheme, legacy bool) error {
	hash := randomID()
	signature, err := l.signature(t, n, scheme, legacy, hash)
	if err != nil {
		return err
	}
	x, err := dapp.NonceX(scheme, l.public, signature)
	if err != nil {
		return err
	}
	what := fmt.Sprintf("%v of %v through %s", scheme, hash, n.name)
	l.mu.Lock()
	defer l.mu.Unlock()
	if other, again := l.nonces[x]; again {
		t.Errorf("THE KEY IS LOST: one nonce for %s and for %s", what, other)
	}
	l.nonces[x] = what
	l.claims = append(l.claims, npm.Claim{Scheme: scheme.String(), Hash: hash, Signature: signature, ServerKey: l.s.public})
	return nil
}

func (l *signingLoad) signature(t *testing.T, n *node, scheme wire.Scheme, legacy bool, hash common.Hash) ([]byte, error) {
	if legacy {
		return serverOf(n).Signature(t.Context(), scheme.String(), l.s.by.key, l.s.id, l.public, hash)
	}
	return serverOf(n).WalletSignature(t.Context(), l.domain, scheme, l.s.by.key, l.s.id, l.public, hash)
}

// verified has npm's noble check all signatures once more.
func (l *signingLoad) verified(t *testing.T) {
	t.Helper()
	npm.Require(t)
	verifyByNoble(t, l.claims)
}

// testSignaturesAtOnce: fifty clients have hashes signed with one key at the same moment, ECDSA and Schnorr, through all nodes.
// All get a signature of their own, and the stocks fill up again.
func testSignaturesAtOnce(t *testing.T, s *signing) {
	const clients = 50
	l, nodes := newSigningLoad(t, s), s.net.nodes
	var wg sync.WaitGroup
	begin, begun := make(chan struct{}), time.Now()
	for i := range clients {
		n, scheme, legacy := nodes[i%len(nodes)], []wire.Scheme{wire.ECDSA, wire.Schnorr}[i/len(nodes)%2], i/len(nodes)/2%2 == 0
		wg.Go(func() {
			<-begin
			if err := l.sign(t, n, scheme, legacy); err != nil {
				t.Errorf("%v through %s: %v", scheme, n.name, err)
			}
		})
	}
	close(begin)
	wg.Wait()
	t.Logf("%d signatures at once in %v", len(l.claims), time.Since(begun).Round(time.Millisecond))
	if len(l.nonces) != clients {
		t.Errorf("%d signatures with a nonce of their own, want %d", len(l.nonces), clients)
	}
	untilStocked(t, nodes, s.threshold)
	l.verified(t)
}

// untilStocked waits until every node has a stock for ECDSA signatures, and others hold their shares of each item. Which
// others do is each node's choice, of those who answer soonest: one node may be nobody's.
func untilStocked(t *testing.T, nodes []*node, threshold int) {
	t.Helper()
	until(t, "all have a stock", func() error {
		var items, lent int
		for _, n := range nodes {
			st, err := n.status()
			if err != nil {
				return err
			}
			if st.Signing.Items <= 24 { // of 32
				return fmt.Errorf("%s has %+v", n.name, st.Signing)
			}
			items, lent = items+st.Signing.Items, lent+st.Signing.LentItems
		}
		if others := 2 * threshold; lent < others*items {
			return fmt.Errorf("of %d items %d shares are held, want %d of each", items, lent, others)
		}
		return nil
	})
}

// passing are answers that ask a client to come again.
var passing = []string{"Consensus temporary unreachable", "node required for this operation is currently disconnected", "unavailable", "disconnected", "timeout"}

// testSigningWhileKilled: clients have hashes signed without a pause while the last node is killed, and is started again. What
// they ask the others for they get, perhaps when they ask again; every failure has a reason, and nobody waits in vain.
func testSigningWhileKilled(t *testing.T, s *signing, revive func(*node)) {
	l, nodes := newSigningLoad(t, s), s.net.nodes
	victim := nodes[len(nodes)-1]
	var down, stopped atomic.Bool
	var made [2]atomic.Int32 // through the others, and through the victim
	var wg sync.WaitGroup
	for i, n := range nodes {
		through := &made[0]
		if n == victim {
			through = &made[1]
		}
		for _, scheme := range []wire.Scheme{wire.ECDSA, wire.Schnorr} {
			wg.Go(func() {
				for j := i; !stopped.Load(); j++ {
					wasDown := down.Load()
					switch err := l.sign(t, n, scheme, j%2 == 0); {
					case err == nil:
						through.Add(1)
					case n == victim && (wasDown || down.Load()):
						time.Sleep(pollEvery)
					default:
						l.failed(t, n, scheme, err)
					}
				}
			})
		}
	}
	more := func(what string, of *atomic.Int32, count int32) {
		t.Helper()
		want := of.Load() + count
		until(t, fmt.Sprintf("%d signatures %s", count, what), func() error {
			if have := of.Load(); have < want {
				return fmt.Errorf("%d are missing", want-have)
			}
			return nil
		})
	}
	defer wg.Wait()
	defer stopped.Store(true)
	more("through all", &made[0], 30)
	more("through "+victim.name, &made[1], 10)
	down.Store(true)
	victim.kill(t)
	more("without "+victim.name, &made[0], 30)
	revive(victim)
	until(t, victim.name+" signs again", func() error { return l.sign(t, victim, wire.ECDSA, true) })
	down.Store(false)
	more("through "+victim.name+" again", &made[1], 10)
	stopped.Store(true)
	wg.Wait()
	t.Logf("%d signatures; answers to ask again: %v", len(l.claims), l.failures)
	l.verified(t)
}

// failed wants a reason.
func (l *signingLoad) failed(t *testing.T, n *node, scheme wire.Scheme, err error) {
	var status *dapp.StatusError
	if !errors.As(err, &status) || !slices.Contains(passing, status.Text) {
		t.Errorf("%v through %s, which was not killed: %v", scheme, n.name, err)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failures[fmt.Sprintf("%v, %v", scheme, err)]++
}

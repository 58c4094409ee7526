package session

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	ethcrypto "github.com/ethereum/go-ethereum/crypto"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// stocking is a dealing of items for ECDSA among three members, whose shares don't lie where
// they stand.
type stocking struct {
	*testing.T
	*dealingTerms
	rand    *rand.ChaCha8
	secrets []*secp256k1.Scalar // of the sums of static and one-time keys
	dealt   []*wire.Dealing
}

func newStocking(t *testing.T, items int) *stocking { return newStockingAt(t, items, 2, 3, 7) }

func newStockingAt(t *testing.T, items int, at ...threshold.Index) *stocking {
	s := &stocking{T: t, rand: rand.NewChaCha8([32]byte{byte(items), 5}), dealingTerms: &dealingTerms{session: wire.SessionID{1},
		at: at, to: make([]*secp256k1.Point, len(at)), plan: threshold.ECDSAPlan(len(at)/2, items)}}
	for range s.at {
		secret, err := secp256k1.RandomScalar(s.rand)
		noError(err)
		s.members = append(s.members, wire.NodeID(secp256k1.BaseMul(secret).Bytes()))
		once, err := threshold.NewOneTimeKey(s.rand, s.session, at[len(s.members)-1])
		noError(err)
		noError(s.learn(len(s.members)-1, &wire.Commit{Index: uint32(len(s.members)), Key: once.Public().Bytes()}))
		sum, err := once.With(secret)
		noError(err)
		s.secrets = append(s.secrets, sum)
	}
	noError(s.checkKeys())
	for i := range s.at {
		s.dealt = append(s.dealt, s.dealing(i))
	}
	return s
}

// dealing is a new one of a member.
func (s *stocking) dealing(i int) *wire.Dealing {
	h, err := s.draw(s.rand, i)
	noError(err)
	d, err := s.deal(h)
	noError(err)
	return d
}

// revealed is what a dealer says.
func (s *stocking) revealed(i int) *wire.Reveal {
	return &wire.Reveal{Index: uint32(i + 1), Dealing: *s.dealt[i]}
}

// verdict decides a complaint about a dealing.
func (s *stocking) verdict(c *wire.Complaint, d *dealt, accuser int) threshold.Verdict {
	return s.judge(int(c.Index-1), &c.Opening, d, s.to[accuser])
}

// all opens everybody's dealing, which must be possible.
func (s *stocking) all() (opened []*dealt) {
	s.Helper()
	for i, d := range s.dealt {
		o, err := s.open(i, d)
		if err != nil {
			s.Fatalf("dealing %d: %v", i, err)
		}
		opened = append(opened, o)
	}
	return opened
}

// complaints has everybody combine, and complain about whom it finds; they are by receiver.
func (s *stocking) complaints(all []*dealt) map[int]*wire.Complaint {
	s.Helper()
	found := make(map[int]*wire.Complaint)
	for j, secret := range s.secrets {
		_, _, culprit, err := s.combine(s.rand, secret, j, all)
		if (err == nil) != (culprit < 0) {
			s.Fatalf("member %d: culprit %d, %v", j, culprit, err)
		}
		if culprit >= 0 {
			c, err := s.complain(s.rand, secret, j, s.revealed(culprit), all[culprit])
			noError(err)
			found[j] = c
		}
	}
	return found
}

// change adds to the scalar in a slot of what a dealer sealed to a receiver, which changes
// the share in it by as much.
func (s *stocking) change(dealer, receiver, slot int, by *secp256k1.Scalar) {
	sealed := &s.dealt[dealer].Shares[receiver*s.plan.Scalars()+slot]
	v, err := secp256k1.ParseScalar(sealed[:])
	noError(err)
	*sealed = v.Plus(by).Bytes()
}

// Items that are dealt through the engine, and through messages, make signatures.
func TestItemsDealt(t *testing.T) {
	for _, at := range [][]threshold.Index{{1}, {4}, {2, 3, 7}, {1, 2, 3, 4, 5}, {7, 6, 5, 4, 3, 2, 1}} {
		newStockingAt(t, 2, at...).sign()
	}
}

// sign makes a signature with each of two items.
func (s *stocking) sign() {
	for i, d := range s.dealt {
		payload, err := wire.Encode(s.session, &wire.Reveal{Index: uint32(i + 1), Dealing: *d})
		noError(err)
		_, m, err := wire.Decode(wire.CodeReveal, payload)
		noError(err)
		s.dealt[i] = &m.(*wire.Reveal).Dealing
	}
	all := s.all()
	set, err := threshold.NewSet(s.at...)
	noError(err)
	key, err := threshold.NewPolynomial(s.rand, len(s.at)/2)
	noError(err)
	for n := range 2 {
		ctx, hash := threshold.NewContext("test", []byte{byte(n)}), [32]byte(ethcrypto.Keccak256([]byte{byte(n)}))
		var item *threshold.ECDSAItem
		var secrets []*threshold.ECDSASecret
		var openings []*threshold.ECDSAOpening
		for j := range s.at {
			values, joint, culprit, err := s.combine(s.rand, s.secrets[j], j, all)
			if err != nil || culprit >= 0 {
				s.Fatalf("member %d: culprit %d, %v", j, culprit, err)
			}
			item, err = threshold.NewECDSAItem(set, joint[5*n:5*n+5])
			noError(err)
			secret, err := threshold.NewECDSASecret(s.at[j], values[10*n:10*n+10])
			noError(err)
			secrets = append(secrets, secret)
		}
		for j := range s.at {
			o, err := item.Open(s.rand, secrets[j], ctx)
			noError(err)
			openings = append(openings, o)
		}
		g, err := item.NewSigning(openings, hash)
		noError(err)
		var shares []*threshold.ECDSAShare
		for j, at := range s.at {
			x, err := key.Eval(at)
			noError(err)
			sh, err := g.Share(s.rand, secrets[j], x, secp256k1.BaseMul(x), ctx)
			noError(err)
			shares = append(shares, sh)
		}
		public := key.Commit().Constant()
		sig, err := g.Combine(public, shares)
		if err != nil {
			s.Fatal(err)
		}
		want := public.Bytes()
		if got, err := ethcrypto.Ecrecover(hash[:], sig[:]); err != nil || !slices.Equal(got[1:], want[:]) {
			s.Errorf("item %d: recovers to another key: %v", n, err)
		}
	}
}

// A wrong share in any slot, to one member, a polynomial not through zero, one of too high a
// degree: whoever is harmed complains, and everybody convicts the dealer.
func TestBadSharesOfItems(t *testing.T) {
	const cheat = 1
	one := secp256k1.NewScalar(1)
	for slot := range newStocking(t, 2).plan.Scalars() {
		for name, bend := range map[string]func(*stocking) (harmed []int){
			"to one":    func(s *stocking) []int { s.change(cheat, 2, slot, one); return []int{2} },
			"to itself": func(s *stocking) []int { s.change(cheat, cheat, slot, one); return []int{cheat} },
			"constant term": func(s *stocking) []int {
				for j := range s.at {
					s.change(cheat, j, slot, one)
				}
				return []int{0, 1, 2}
			},
			"degree": func(s *stocking) []int {
				for j, at := range s.at {
					s.change(cheat, j, slot, at.X().Times(at.X()).Times(at.X()))
				}
				return []int{0, 1, 2}
			},
		} {
			s := newStocking(t, 2)
			harmed := bend(s)
			all := s.all()
			complaints := s.complaints(all)
			for j := range s.at {
				c := complaints[j]
				if (c != nil) != slices.Contains(harmed, j) {
					t.Errorf("%s, slot %d: member %d complains: %v", name, slot, j, c != nil)
				} else if c != nil && (c.Accused.Index != cheat+1 || c.Index != uint32(j+1) || s.verdict(c, all[cheat], j) != threshold.DealerGuilty) {
					t.Errorf("%s, slot %d: member %d complains of %d: %v", name, slot, j, c.Accused.Index, s.verdict(c, all[c.Accused.Index-1], j))
				}
			}
		}
	}
}

// A dealing that anybody can see is wrong is nobody's to complain about: it is not opened.
func TestBadDealingsOfItems(t *testing.T) {
	const cheat = 1
	other := newStocking(t, 1)
	other.session = wire.SessionID{2}
	elsewhere := other.dealing(cheat)
	for name, c := range map[string]struct {
		bend func(*wire.Dealing)
		deed string
	}{
		"a coefficient more":                {func(d *wire.Dealing) { d.Commitments = append(d.Commitments, d.Commitments[0]) }, "11 coefficients instead of 10"},
		"a coefficient less":                {func(d *wire.Dealing) { d.Commitments = d.Commitments[:9] }, "9 coefficients instead of 10"},
		"a share less":                      {func(d *wire.Dealing) { d.Shares = d.Shares[1:] }, "29 shares"},
		"a share more":                      {func(d *wire.Dealing) { d.Shares = append(d.Shares, [32]byte{}) }, "31 shares"},
		"nothing":                           {func(d *wire.Dealing) { *d = wire.Dealing{} }, "0 coefficients"},
		"identity":                          {func(d *wire.Dealing) { d.Commitments[9] = wire.Point{} }, "identity"},
		"off the curve":                     {func(d *wire.Dealing) { d.Commitments[4][63] ^= 1 }, "not on the curve"},
		"a scalar not reduced":              {func(d *wire.Dealing) { d.Shares[29] = [32]byte(slices.Repeat([]byte{255}, 32)) }, "not below the group order"},
		"a proof":                           {func(d *wire.Dealing) { d.Proof[0] = 1 }, "proof where there is none"},
		"another's ephemeral":               {func(d *wire.Dealing) { d.Ephemeral = other.dealt[0].Ephemeral }, "did not prove that it knows its ephemeral key"},
		"an ephemeral from another session": {func(d *wire.Dealing) { d.Ephemeral = elsewhere.Ephemeral }, "did not prove that it knows its ephemeral key"},
	} {
		s := newStocking(t, 1)
		c.bend(s.dealt[cheat])
		if _, err := s.open(cheat, s.dealt[cheat]); err == nil || !strings.Contains(err.Error(), c.deed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	s := newStocking(t, 1)
	if _, err := s.open(0, s.dealt[cheat]); err == nil {
		t.Error("a dealing is taken in another's name")
	}
	// A generation's dealers prove; those of items don't.
	s.proven = true
	if _, err := s.open(cheat, s.dealt[cheat]); err == nil {
		t.Error("a dealing without a proof is taken for a key's")
	}
}

// A false complaint convicts whoever makes it, whatever is false about it.
func TestFalseComplaintsAboutItems(t *testing.T) {
	s := newStocking(t, 2)
	all := s.all()
	complaint := func(secret, self, dealer int) *wire.Complaint {
		c, err := s.complain(s.rand, s.secrets[secret], self, s.revealed(dealer), all[dealer])
		noError(err)
		return c
	}
	bent := complaint(0, 0, 1)
	bent.Opening[127] ^= 1
	garbage := complaint(0, 0, 1)
	garbage.Opening = [128]byte{}
	for name, c := range map[string]*wire.Complaint{
		"all is right": complaint(0, 0, 1), "about itself": complaint(0, 0, 0), "with another's secret": complaint(2, 0, 1),
		"bent": bent, "garbage": garbage,
	} {
		if v := s.verdict(c, all[c.Accused.Index-1], 0); v != threshold.AccuserGuilty {
			t.Errorf("%s: %v", name, v)
		}
	}
	// Where there is something to complain of, still nobody can in another's place.
	s.change(1, 2, 13, secp256k1.NewScalar(1))
	all = s.all()
	for j := range s.at {
		c := complaint(2, j, 1)
		if v, want := s.verdict(c, all[1], j), j == 2; (v == threshold.DealerGuilty) != want {
			t.Errorf("member 2's complaint as member %d's: %v", j, v)
		}
	}
}

// Slots have pads of their own: equal shares are not sealed alike, and the difference of two
// sealed ones tells nothing.
func TestSlotsDiffer(t *testing.T) {
	s := newStocking(t, 2)
	seen := make(map[string]bool)
	for i, d := range s.dealt {
		o, err := s.open(i, d)
		noError(err)
		for j, secret := range s.secrets {
			column, err := o.channel.Open(s.at[j], secret, s.to[j], o.sealed[j])
			noError(err)
			for slot := range column {
				sealed, err := secp256k1.ParseScalar(o.sealed[j][slot][:])
				noError(err)
				seen[fmt.Sprintf("%x", sealed.Minus(column[slot]).Bytes())] = true
			}
		}
	}
	if want := 9 * s.plan.Scalars(); len(seen) != want {
		t.Errorf("%d pads of %d", len(seen), want)
	}
}

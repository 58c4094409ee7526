package dealing

import (
	"errors"
	"fmt"
	"io"
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
	*Terms
	rand    *rand.ChaCha8
	secrets []*secp256k1.Scalar // of the sums of static and one-time keys
	dealt   []*wire.Dealing
}

// dealing is a new one of a member.
func (s *stocking) dealing(i int) *wire.Dealing {
	h, err := s.Draw(s.rand, i)
	noError(err)
	d, err := s.Deal(h)
	noError(err)
	return d
}

// revealed is what a dealer says.
func (s *stocking) revealed(i int) *wire.Reveal {
	return &wire.Reveal{Index: uint32(i + 1), Dealing: *s.dealt[i]}
}

// verdict decides a complaint about a dealing.
func (s *stocking) verdict(c *wire.Complaint, d *Checked, accuser int) threshold.Verdict {
	return s.Judge(int(c.Index-1), &c.Opening, d, s.To[accuser])
}

// all opens everybody's dealing, which must be possible.
func (s *stocking) all() (opened []*Checked) {
	s.Helper()
	for i, d := range s.dealt {
		o, err := s.Open(i, d)
		if err != nil {
			s.Fatalf("dealing %d: %v", i, err)
		}
		opened = append(opened, o)
	}
	return opened
}

// complaints has everybody combine, and complain about whom it finds; they are by receiver.
func (s *stocking) complaints(all []*Checked) map[int]*wire.Complaint {
	s.Helper()
	found := make(map[int]*wire.Complaint)
	for j, secret := range s.secrets {
		_, _, culprit, err := s.Combine(s.rand, secret, j, all)
		if (err == nil) != (culprit < 0) {
			s.Fatalf("member %d: culprit %d, %v", j, culprit, err)
		}
		if culprit >= 0 {
			c, err := s.Complain(s.rand, secret, j, s.revealed(culprit), all[culprit])
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

// sign makes a signature with each of two items.
func (s *stocking) sign() {
	for i, d := range s.dealt {
		payload, err := wire.Encode(s.Session, &wire.Reveal{Index: uint32(i + 1), Dealing: *d})
		noError(err)
		_, m, err := wire.Decode(wire.CodeReveal, payload)
		noError(err)
		s.dealt[i] = &m.(*wire.Reveal).Dealing
	}
	all := s.all()
	set, err := threshold.NewSet(s.At...)
	noError(err)
	key, err := threshold.NewPolynomial(s.rand, len(s.At)/2)
	noError(err)
	for n := range 2 {
		ctx, hash := threshold.NewContext("test", []byte{byte(n)}), [32]byte(ethcrypto.Keccak256([]byte{byte(n)}))
		var item *threshold.ECDSAItem
		var secrets []*threshold.ECDSASecret
		var openings []*threshold.ECDSAOpening
		for j := range s.At {
			values, joint, culprit, err := s.Combine(s.rand, s.secrets[j], j, all)
			if err != nil || culprit >= 0 {
				s.Fatalf("member %d: culprit %d, %v", j, culprit, err)
			}
			item, err = threshold.NewECDSAItem(set, joint[5*n:5*n+5])
			noError(err)
			secret, err := threshold.NewECDSASecret(s.At[j], values[10*n:10*n+10])
			noError(err)
			secrets = append(secrets, secret)
		}
		for j := range s.At {
			o, err := item.Open(s.rand, secrets[j], ctx)
			noError(err)
			openings = append(openings, o)
		}
		g, err := item.NewSigning(openings, hash)
		noError(err)
		var shares []*threshold.ECDSAShare
		for j, at := range s.At {
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

func newStocking(t *testing.T, items int) *stocking { return newStockingAt(t, items, 2, 3, 7) }

func newStockingAt(t *testing.T, items int, at ...threshold.Index) *stocking {
	s := &stocking{T: t, rand: rand.NewChaCha8([32]byte{byte(items), 5}), Terms: &Terms{Session: wire.SessionID{1},
		At: at, To: make([]*secp256k1.Point, len(at)), plan: threshold.ECDSAPlan(len(at)/2, items)}}
	for range s.At {
		secret, err := secp256k1.RandomScalar(s.rand)
		noError(err)
		s.Members = append(s.Members, wire.NodeID(secp256k1.BaseMul(secret).Bytes()))
		once, err := threshold.NewOneTimeKey(s.rand, s.Session, at[len(s.Members)-1])
		noError(err)
		noError(s.Learn(len(s.Members)-1, &wire.Commit{Index: uint32(len(s.Members)), Key: once.Public().Bytes()}))
		sum, err := once.With(secret)
		noError(err)
		s.secrets = append(s.secrets, sum)
	}
	noError(s.CheckKeys())
	for i := range s.At {
		s.dealt = append(s.dealt, s.dealing(i))
	}
	return s
}

// Items that are dealt through the engine, and through messages, make signatures.
func TestItemsDealt(t *testing.T) {
	for _, at := range [][]threshold.Index{{1}, {4}, {2, 3, 7}, {1, 2, 3, 4, 5}, {7, 6, 5, 4, 3, 2, 1}} {
		newStockingAt(t, 2, at...).sign()
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
				for j := range s.At {
					s.change(cheat, j, slot, one)
				}
				return []int{0, 1, 2}
			},
			"degree": func(s *stocking) []int {
				for j, at := range s.At {
					s.change(cheat, j, slot, at.X().Times(at.X()).Times(at.X()))
				}
				return []int{0, 1, 2}
			},
		} {
			s := newStocking(t, 2)
			harmed := bend(s)
			all := s.all()
			complaints := s.complaints(all)
			for j := range s.At {
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
	other.Session = wire.SessionID{2}
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
		"a proof":                           {func(d *wire.Dealing) { d.Proof[0] = 1 }, "proof where there must be none"},
		"another's ephemeral":               {func(d *wire.Dealing) { d.Ephemeral = other.dealt[0].Ephemeral }, "did not prove that it knows its ephemeral key"},
		"an ephemeral from another session": {func(d *wire.Dealing) { d.Ephemeral = elsewhere.Ephemeral }, "did not prove that it knows its ephemeral key"},
	} {
		s := newStocking(t, 1)
		c.bend(s.dealt[cheat])
		if _, err := s.Open(cheat, s.dealt[cheat]); err == nil || !strings.Contains(err.Error(), c.deed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	s := newStocking(t, 1)
	if _, err := s.Open(0, s.dealt[cheat]); err == nil {
		t.Error("a dealing is taken in another's name")
	}
	// A generation's dealers prove; those of items don't.
	s.proven = true
	if _, err := s.Open(cheat, s.dealt[cheat]); err == nil {
		t.Error("a dealing without a proof is taken for a key's")
	}
}

// A false complaint convicts whoever makes it, whatever is false about it.
func TestFalseComplaintsAboutItems(t *testing.T) {
	s := newStocking(t, 2)
	all := s.all()
	complaint := func(secret, self, dealer int) *wire.Complaint {
		c, err := s.Complain(s.rand, s.secrets[secret], self, s.revealed(dealer), all[dealer])
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
	for j := range s.At {
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
		o, err := s.Open(i, d)
		noError(err)
		for j, secret := range s.secrets {
			column, err := o.channel.Open(s.At[j], secret, s.To[j], o.Sealed[j])
			noError(err)
			for slot := range column {
				sealed, err := secp256k1.ParseScalar(o.Sealed[j][slot][:])
				noError(err)
				seen[fmt.Sprintf("%x", sealed.Minus(column[slot]).Bytes())] = true
			}
		}
	}
	if want := 9 * s.plan.Scalars(); len(seen) != want {
		t.Errorf("%d pads of %d", len(seen), want)
	}
}

func noError(err error) {
	if err != nil {
		panic(err)
	}
}

// Dealings that cancel out make no commitments, and no key: nobody is to blame whom one could name.
func TestDealingsThatCancelOut(t *testing.T) {
	random := rand.NewChaCha8([32]byte{1})
	for _, plan := range []threshold.Plan{{{Degree: 1}}, {{Degree: 1, Hidden: true}, {Degree: 1}}} {
		secret, err := secp256k1.RandomScalar(random)
		noError(err)
		terms := &Terms{Session: wire.SessionID{1}, Members: make([]wire.NodeID, 2), At: threshold.Indices(2),
			To: []*secp256k1.Point{secp256k1.BaseMul(secret), nil}, plan: plan}
		all, err := plan.Draw(random)
		noError(err)
		values, joint, culprit, err := terms.Combine(random, secret, 0, []*Checked{terms.by(random, 0, all, false), terms.by(random, 1, all, true)})
		if !errors.Is(err, threshold.ErrIdentityKey) || values != nil || joint != nil || culprit >= 0 {
			t.Errorf("%v: blames %d: %v", plan, culprit, err)
		}
	}
}

// by is what a dealer deals to member 0, as drawn or negated.
func (t *Terms) by(random io.Reader, dealer int, all []*threshold.Sharing, negated bool) *Checked {
	ephemeral, err := threshold.NewEphemeral(random, t.Session, t.At[dealer])
	noError(err)
	d := new(Checked)
	var column []*secp256k1.Scalar
	for _, f := range all {
		c := f.Commit()
		values, err := f.Eval(t.At[0])
		noError(err)
		for k := range values {
			if negated {
				values[k] = values[k].Negated()
			}
		}
		for k := range c {
			if negated {
				c[k] = c[k].Negated()
			}
		}
		d.Commitments, column = append(d.Commitments, c), append(column, values...)
	}
	d.channel, err = ephemeral.Public().Verify(t.Session, t.At[dealer])
	noError(err)
	sealed, err := ephemeral.Seal(t.At[0], t.To[0], column)
	noError(err)
	d.Sealed = [][]threshold.SealedShare{sealed}
	return d
}

// Of what was dealt nothing is left that could be dealt again: not only where it was, but wherever it is looked at from.
func TestHandIsOverwritten(t *testing.T) {
	s := newStocking(t, 1)
	h, err := s.Draw(s.rand, 0)
	noError(err)
	drawn := slices.Clone(h.polynomials)
	dealt := h.Dealt
	if h.Erased() {
		t.Fatal("nothing is drawn")
	}
	_, err = s.Deal(h)
	noError(err)
	for i, f := range drawn {
		values, err := f.Eval(s.At[0])
		for _, v := range values {
			if err == nil && !v.IsZero() {
				t.Errorf("polynomial %d is there after it is dealt", i)
			}
		}
	}
	h.Dealt = dealt
	if _, err := s.Deal(h); err == nil || !h.Erased() {
		t.Error("it is dealt twice")
	}
}

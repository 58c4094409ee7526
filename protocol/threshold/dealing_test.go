package threshold

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

// onePolynomial is the plan of a generation of threshold 2.
var onePolynomial = Plan{{Degree: 2}}

// dealingCase is a dealer 1 that deals to nodes 2 and 3.
type dealingCase struct {
	t        *testing.T
	session  [32]byte
	f        *Polynomial
	dealt    Commitments
	key      *EphemeralKey
	channel  *Channel
	secrets  map[Index]*secp256k1.Scalar
	receiver Index
	sealed   SealedShare
}

func newDealingCase(t *testing.T, seed uint64) *dealingCase {
	t.Helper()
	rand := seeded(seed)
	c := &dealingCase{t: t, session: [32]byte{byte(seed), 7}, receiver: 2, secrets: make(map[Index]*secp256k1.Scalar)}
	c.f = must[*Polynomial](t)(NewPolynomial(rand, 2))
	c.dealt = c.f.Commit()
	c.key = must[*EphemeralKey](t)(NewEphemeral(rand, c.session, Index(1)))
	c.channel = must[*Channel](t)(c.key.Public().Verify(c.session, Index(1)))
	for _, i := range []Index{2, 3} {
		c.secrets[i] = randomScalar(t, rand)
	}
	c.sealed = c.seal(must[*secp256k1.Scalar](t)(c.f.Eval(c.receiver)))
	return c
}

func (c *dealingCase) public(i Index) *secp256k1.Point { return secp256k1.BaseMul(c.secrets[i]) }

func (c *dealingCase) seal(s *secp256k1.Scalar) SealedShare {
	return must[[]SealedShare](c.t)(c.key.Seal(c.receiver, c.public(c.receiver), []*secp256k1.Scalar{s}))[0]
}

func (c *dealingCase) judge(sealed SealedShare, complaint *Complaint) Verdict {
	return c.channel.Judge(c.receiver, c.public(c.receiver), []SealedShare{sealed}, onePolynomial, []Commitments{c.dealt}, complaint)
}

func (c *dealingCase) complain(secret *secp256k1.Scalar, sealed SealedShare) *Complaint {
	c.t.Helper()
	k := must[*Complaint](c.t)(c.channel.Complain(seeded(99), c.receiver, secret, []SealedShare{sealed}, onePolynomial, []Commitments{c.dealt}))
	b := k.Bytes()
	return must[*Complaint](c.t)(ParseComplaint(b[:]))
}

func TestSealedSharesOpen(t *testing.T) {
	c := newDealingCase(t, 1)
	openAt := func(at, who Index, sealed SealedShare) *secp256k1.Scalar {
		return must[[]*secp256k1.Scalar](t)(c.channel.Open(at, c.secrets[who], c.public(who), []SealedShare{sealed}))[0]
	}
	got := openAt(2, 2, c.sealed)
	if err := VerifyShare(got, c.receiver, c.dealt); err != nil {
		t.Fatal(err)
	}
	// Another receiver's key or place, or another session, opens to something else.
	elsewhere := must[*EphemeralKey](t)(NewEphemeral(seeded(5), [32]byte{1}, Index(1)))
	elsewhere.e, elsewhere.public.Point = c.key.e, c.key.public.Point
	moved := must[[]SealedShare](t)(elsewhere.Seal(c.receiver, c.public(2), []*secp256k1.Scalar{got}))[0]
	for name, wrong := range map[string]*secp256k1.Scalar{
		"another key":     openAt(2, 3, c.sealed),
		"another place":   openAt(3, 2, c.sealed),
		"another session": openAt(2, 2, moved),
	} {
		if wrong.Equal(got) {
			t.Errorf("%s opens the share", name)
		}
	}
}

func TestComplaints(t *testing.T) {
	c := newDealingCase(t, 2)
	badShare := c.seal(must[*secp256k1.Scalar](t)(c.f.Eval(c.receiver)).Plus(secp256k1.NewScalar(1)))
	var overflow SealedShare
	for i := range overflow {
		overflow[i] = 255
	}
	tampered := c.complain(c.secrets[2], badShare)
	tampered.Shared = tampered.Shared.Plus(secp256k1.Generator())
	for name, j := range map[string]struct {
		sealed    SealedShare
		complaint *Complaint
		want      Verdict
	}{
		"bad share":                      {badShare, c.complain(c.secrets[2], badShare), DealerGuilty},
		"share not below q":              {overflow, c.complain(c.secrets[2], overflow), DealerGuilty},
		"good share":                     {c.sealed, c.complain(c.secrets[2], c.sealed), AccuserGuilty},
		"another key":                    {badShare, c.complain(c.secrets[3], badShare), AccuserGuilty},
		"tampered shared point":          {badShare, tampered, AccuserGuilty},
		"complaint about another sealed": {c.sealed, c.complain(c.secrets[2], badShare), AccuserGuilty},
		"identity":                       {badShare, &Complaint{Shared: new(secp256k1.Point)}, AccuserGuilty},
	} {
		if got := c.judge(j.sealed, j.complaint); got != j.want {
			t.Errorf("%s: %v, want %v", name, got, j.want)
		}
	}
	// Nobody's complaint convicts in another's place.
	if v := c.channel.Judge(Index(3), c.public(3), []SealedShare{badShare}, onePolynomial, []Commitments{c.dealt}, c.complain(c.secrets[2], badShare)); v != AccuserGuilty {
		t.Errorf("complaint in another's name: %v", v)
	}
}

// The attack that the proof of knowledge stops: a dealer shows an ephemeral whose secret it does not know, deals
// garbage, and lets the victim's complaint open what was once sealed to the victim over that ephemeral.
func TestReplayedEphemeralRefused(t *testing.T) {
	c := newDealingCase(t, 3)
	public := c.key.Public()
	mallory := must[*EphemeralKey](t)(NewEphemeral(seeded(8), c.session, Index(3))).Public()
	delta := secp256k1.NewScalar(5)
	lifted := secp256k1.BaseMul(randomScalar(t, seeded(9))) // as found in somebody's ECIES message
	for name, e := range map[string]struct {
		ephemeral *Ephemeral
		session   [32]byte
		dealer    Index
	}{
		"from another session":   {public, [32]byte{42}, 1},
		"from another dealer":    {public, c.session, 3},
		"with one's own proof":   {&Ephemeral{Point: public.Point, Proof: mallory.Proof}, c.session, 3},
		"shifted by a known sum": {&Ephemeral{Point: public.Point.Plus(secp256k1.BaseMul(delta)), Proof: public.Proof}, c.session, 1},
		"lifted from ECIES":      {&Ephemeral{Point: lifted, Proof: public.Proof}, c.session, 1},
		"identity":               {&Ephemeral{Point: new(secp256k1.Point)}, c.session, 1},
	} {
		if _, err := e.ephemeral.Verify(e.session, e.dealer); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestEphemeralKeyErases(t *testing.T) {
	c := newDealingCase(t, 4)
	if _, err := c.key.Seal(c.receiver, new(secp256k1.Point), nil); !errors.Is(err, secp256k1.ErrIdentity) {
		t.Errorf("sealing to the identity: %v", err)
	}
	if out := fmt.Sprintf("%v %+v %d", c.key, c.key, c.key); strings.Count(out, "redacted") != 3 {
		t.Errorf("ephemeral key prints %s", out)
	}
	c.key.Erase()
	if _, err := c.key.Seal(c.receiver, c.public(2), nil); err == nil {
		t.Error("an erased key seals")
	}
}

func TestVerdictNames(t *testing.T) {
	for v, want := range map[Verdict]string{AccuserGuilty: "accuser guilty", DealerGuilty: "dealer guilty", 0: "verdict(0)"} {
		if v.String() != want {
			t.Errorf("%d is %s", v, v)
		}
	}
}

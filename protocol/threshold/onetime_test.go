package threshold

import (
	"errors"
	"fmt"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

// What is sealed to a one-time key is opened with both secrets and with neither of them alone, and nobody is sealed to
// whose key is another's, of another session or receiver, or none.
func TestOneTimeKeys(t *testing.T) {
	rand, session := seeded(3), [32]byte{7}
	static := randomScalar(t, rand)
	once := must[*OneTimeKey](t)(NewOneTimeKey(rand, session, Index(2)))
	b := once.Public().Bytes()
	public := must[*OneTime](t)(ParseOneTime(b[:]))
	to := must[*secp256k1.Point](t)(public.Receiver(session, Index(2), secp256k1.BaseMul(static)))

	dealer := must[*EphemeralKey](t)(NewEphemeral(rand, session, Index(1)))
	share := randomScalar(t, rand)
	sealed := must[[]SealedShare](t)(dealer.Seal(Index(2), to, []*secp256k1.Scalar{share}))
	channel := must[*Channel](t)(dealer.Public().Verify(session, Index(1)))
	former := must[*Channel](t)(dealer.Public().VerifyFormer(session, Index(1)))
	sum := must[*secp256k1.Scalar](t)(once.With(static))
	for name, c := range map[string]struct {
		by     *Channel
		secret *secp256k1.Scalar
		right  bool
	}{
		"both": {channel, sum, true}, "the static one": {channel, static, false}, "the one-time one": {channel, once.r, false},
		"both, as of ss/1": {former, sum, false}, "the static one, as of ss/1": {former, static, false},
	} {
		for as, key := range map[string]*secp256k1.Point{"its own": secp256k1.BaseMul(c.secret), "what was sealed to": to} {
			column := must[[]*secp256k1.Scalar](t)(c.by.Open(Index(2), c.secret, key, sealed))
			if column[0].Equal(share) != c.right {
				t.Errorf("%s opens it, with the key of %s: %t", name, as, !c.right)
			}
		}
	}
	minus := must[*OneTimeKey](t)(NewOneTimeKey(rand, session, Index(2)))
	for name, receive := range map[string]func() (*secp256k1.Point, error){
		"of another session":  func() (*secp256k1.Point, error) { return public.Receiver([32]byte{8}, Index(2), to) },
		"of another receiver": func() (*secp256k1.Point, error) { return public.Receiver(session, Index(3), to) },
		"with another's proof": func() (*secp256k1.Point, error) {
			return (&OneTime{public.Point, minus.Public().Proof}).Receiver(session, Index(2), to)
		},
		"the identity": func() (*secp256k1.Point, error) {
			return (&OneTime{new(secp256k1.Point), public.Proof}).Receiver(session, Index(2), to)
		},
		"that cancels out": func() (*secp256k1.Point, error) { return public.Receiver(session, Index(2), public.Point.Negated()) },
		"that is another's -P": func() (*secp256k1.Point, error) {
			return (&OneTime{to.Negated(), public.Proof}).Receiver(session, Index(2), to)
		},
	} {
		if p, err := receive(); err == nil || p != nil {
			t.Errorf("a key %s is sealed to", name)
		}
	}
	if _, err := public.Receiver(session, Index(2), public.Point.Negated()); !errors.Is(err, secp256k1.ErrIdentity) {
		t.Errorf("a key that cancels out: %v", err)
	}
	if got := fmt.Sprintf("%v %+v %#v %s", once, once, once, once); got != "one-time key(redacted) one-time key(redacted) one-time key(redacted) one-time key(redacted)" {
		t.Errorf("prints as %s", got)
	}
}

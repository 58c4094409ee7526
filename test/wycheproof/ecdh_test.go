package wycheproof_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

// namedKey gives the point of a public key whose DER names the curve secp256k1, as all ours do by where they stand.
func namedKey(der []byte) ([]byte, bool) {
	name, _ := hex.DecodeString("301006072a8648ce3d020106052b8104000a") // id-ecPublicKey, secp256k1
	in, key := cryptobyte.String(der), cryptobyte.String(nil)
	var point []byte
	if !in.ReadASN1(&key, asn1.SEQUENCE) || !in.Empty() || !bytes.HasPrefix(key, name) {
		return nil, false
	}
	key = key[len(name):]
	if !key.ReadASN1BitStringAsBytes(&point) || !key.Empty() {
		return nil, false
	}
	return point, true
}

// parse reads a point in any of the two forms that we take.
func parse(b []byte) (*secp256k1.Point, error) {
	if len(b) == 1+secp256k1.PointSize && b[0] == 4 {
		return secp256k1.ParsePoint(b[1:])
	}
	return secp256k1.ParseCompressed(b)
}

// shared multiplies a foreign point by a private key, as all our protocols do that meet one; nil if we do not take it.
func shared(point, private []byte) []byte {
	for len(private) > secp256k1.ScalarSize && private[0] == 0 {
		private = private[1:]
	}
	private = append(make([]byte, max(0, secp256k1.ScalarSize-len(private))), private...)
	p, err := parse(point)
	if err != nil {
		return nil
	}
	k, err := secp256k1.ParseNonZeroScalar(private)
	if err != nil {
		return nil
	}
	x := p.Times(k).XBytes()
	return x[:]
}

type ecdhVector struct {
	TcID    int
	Comment string
	Shared  hexBytes
	Result  string
}

// check compares. A key that is merely acceptable may be refused, but not misread.
func (v ecdhVector) check(t *testing.T, got []byte) {
	t.Helper()
	switch {
	case v.Result == "valid" && !bytes.Equal(got, v.Shared):
		t.Errorf("%d (%s): %x, want %x", v.TcID, v.Comment, got, v.Shared)
	case v.Result == "acceptable" && got != nil && !bytes.Equal(got, v.Shared):
		t.Errorf("%d (%s): %x, want %x or nothing", v.TcID, v.Comment, got, v.Shared)
	case v.Result == "invalid" && got != nil:
		t.Errorf("%d (%s): accepted", v.TcID, v.Comment)
	}
}

// checkECDH computes what a file of vectors asks for, whose keys are of one form. parts gives a vector's point and private
// key as we take them; some can't be shown to us at all, and none of those may be valid.
func checkECDH[Key any](t *testing.T, file string, shown int, parts func(public, private Key) (point, scalar []byte, ok bool)) {
	t.Helper()
	var f struct {
		NumberOfTests int
		TestGroups    []struct {
			Tests []struct {
				ecdhVector
				Public, Private Key
			}
		}
	}
	read(t, file, &f)
	all := 0
	for _, group := range f.TestGroups {
		for _, v := range group.Tests {
			all++
			point, scalar, ok := parts(v.Public, v.Private)
			if !ok {
				if v.Result == "valid" {
					t.Errorf("%d (%s): valid, and cannot be shown", v.TcID, v.Comment)
				}
				continue
			}
			shown--
			v.check(t, shared(point, scalar))
		}
	}
	if all != f.NumberOfTests || shown != 0 {
		t.Errorf("%d tests of %d; %d were to be shown besides", all, f.NumberOfTests, shown)
	}
}

// Points off the curve and of other curves are refused, and products with the rest are right: edge cases of points, of
// scalars and of results.
func TestECDH(t *testing.T) {
	checkECDH(t, "ecdh_secp256k1_test.json", 502, func(public, private hexBytes) ([]byte, []byte, bool) {
		point, ok := namedKey(public)
		return point, private, ok
	})
}

// The same from JSON web keys, which give a point as its two coordinates.
func TestECDHOfWebKeys(t *testing.T) {
	type key struct{ Crv, X, Y, D string }
	checkECDH(t, "ecdh_secp256k1_webcrypto_test.json", 491, func(public, private key) ([]byte, []byte, bool) {
		if public.Crv != "P-256K" {
			return nil, nil, false
		}
		return append([]byte{4}, decode(t, public.X+"."+public.Y)...), decode(t, private.D), true
	})
}

// decode joins numbers in base 64.
func decode(t *testing.T, numbers string) (all []byte) {
	t.Helper()
	for n := range strings.SplitSeq(numbers, ".") {
		b, err := base64.RawURLEncoding.DecodeString(n)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b...)
	}
	return all
}

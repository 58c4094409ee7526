package verify

import (
	"testing"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Each scheme but ECDSA is one of Schnorr's, in words of its own, and an unknown one is none: a new scheme has to be told
// here.
func TestSchnorrSchemes(t *testing.T) {
	seen := make(map[any]wire.Scheme)
	for _, s := range append(wire.Schemes[:len(wire.Schemes):len(wire.Schemes)], 0, 99) {
		got, err := schnorrScheme(s)
		if want := s != wire.ECDSA && s.Size() != 0; want != (err == nil) {
			t.Errorf("%v: %v", s, err)
		} else if other, taken := seen[got]; want && taken {
			t.Errorf("%v and %v are the same", s, other)
		}
		if err == nil {
			seen[got] = s
		}
	}
	if _, err := SchnorrSigning(nil, nil, wire.ECDSA, [32]byte{}, nil); wire.ReasonOf(err) != wire.Unsupported {
		t.Errorf("ECDSA signs as Schnorr: %v", err)
	}
}

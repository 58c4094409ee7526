package secp256k1

import (
	"testing"

	"go.dedis.ch/kyber/v3/util/test"
)

// Kyber's own conformance suite: group laws, encodings, embedding, picking, keys.
func TestKyberConformance(t *testing.T) {
	test.SuiteTest(t, NewSuite())
}

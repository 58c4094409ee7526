package wire

import (
	"testing"

	"github.com/ethereum/go-ethereum/common"
)

// Different lists have different digests, wherever one part ends and the next begins, and whatever the tag.
func TestDigestsSeparate(t *testing.T) {
	long := make([]byte, 300)
	digests := make(map[[32]byte]string)
	for name, digest := range map[string][32]byte{
		"nothing":            Digest("t"),
		"an empty part":      Digest("t", nil),
		"two empty parts":    Digest("t", nil, nil),
		"a$ b":               Digest("t", []byte("a$"), []byte("b")),
		"a $b":               Digest("t", []byte("a"), []byte("$b")),
		"a$b":                Digest("t", []byte("a$b")),
		"the tag takes a$":   Digest("ta$", []byte("b")),
		"part with a length": Digest("t", []byte{0, 0, 0, 0, 0, 0, 0, 0}),
		"300 bytes":          Digest("t", long),
		"44 and 256 bytes":   Digest("t", long[:44], long[44:]),
		"256 and 44 bytes":   Digest("t", long[:256], long[256:]),
		"a view":             [32]byte(HashList("view", SessionID{1}, []common.Hash{{2}, {3}})),
		"another session":    [32]byte(HashList("view", SessionID{2}, []common.Hash{{2}, {3}})),
		"another order":      [32]byte(HashList("view", SessionID{1}, []common.Hash{{3}, {2}})),
		"bodies":             [32]byte(HashList("bodies", SessionID{1}, []common.Hash{{2}, {3}})),
	} {
		if other, ok := digests[digest]; ok {
			t.Errorf("%s and %s have one digest", name, other)
		}
		digests[digest] = name
	}
}

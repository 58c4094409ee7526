package acl

import (
	"bytes"
	"testing"

	"github.com/ethereum/go-ethereum/common"
)

// FuzzAnswers reads what permission contracts and registrars may answer: a yes is exactly
// the word 1, an address exactly one that is written back the same.
func FuzzAnswers(f *testing.F) {
	for _, answer := range [][]byte{nil, word(0), word(1), word(2), append(word(1), 0), word(1)[1:], bytes.Repeat([]byte{0xff}, 32)} {
		f.Add(answer)
	}
	f.Add(common.LeftPadBytes(contract[:], 32))
	f.Fuzz(func(t *testing.T, answer []byte) {
		yes, err := unpackBool(answer)
		if yes != bytes.Equal(answer, word(1)) || !yes && err == nil != bytes.Equal(answer, word(0)) {
			t.Errorf("%x is %t, %v", answer, yes, err)
		}
		if err != nil && len(err.Error()) > 256 {
			t.Errorf("an answer of %d bytes gives a reason of %d", len(answer), len(err.Error()))
		}
		address, err := unpackAddress(answer)
		if err == nil && (address == common.Address{} || !bytes.Equal(common.LeftPadBytes(address[:], 32), answer)) {
			t.Errorf("%x is the address %v", answer, address)
		}
	})
}

package document

import (
	"bytes"
	"testing"
)

// FuzzDecrypt: whatever is read, what comes out to the end was written so: it encrypts to the same bytes.
func FuzzDecrypt(f *testing.F) {
	key := testKey(1)
	for _, size := range []int{0, 1, minChunk, minChunk + 1} {
		f.Add(encrypt(f, key, testHeader(), noise(2, size), 1<<20))
	}
	f.Add([]byte(Magic))
	f.Add([]byte("plain text"))
	f.Fuzz(func(t *testing.T, in []byte) {
		plain, err := decrypt(bytes.NewReader(in), key)
		if err != nil {
			return
		}
		h, err := ReadHeader(bytes.NewReader(in))
		if err != nil {
			t.Fatal(err)
		}
		if out := encrypt(t, key, h, plain, 1<<20); !bytes.Equal(out, in) {
			t.Errorf("%d bytes that nobody wrote are taken", len(in))
		}
	})
}

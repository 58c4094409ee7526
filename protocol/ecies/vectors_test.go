package ecies

import (
	"bytes"
	"encoding/json"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

var updateVectors = flag.Bool("update-vectors", false, "write the vectors for other implementations anew; review them as a diff")

// blobVector is a plaintext as its receiver gets it. The blob begins with 04‖R‖IV.
type blobVector struct {
	Secret hexutil.Bytes `json:"secret"`
	Plain  hexutil.Bytes `json:"plain"`
	Blob   hexutil.Bytes `json:"blob"`
}

// TestVectors: blobs as the file has them, for other implementations.
func TestVectors(t *testing.T) {
	source := rand.NewChaCha8([32]byte{1})
	var all []blobVector
	for _, size := range []int{0, 32, 65} {
		secret, err := secp256k1.RandomScalar(source)
		if err != nil {
			t.Fatal(err)
		}
		plain, scalar := bytes.Repeat([]byte{0x5a}, size), secret.Bytes()
		blob, err := Seal(source, secp256k1.BaseMul(secret), plain)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := Open(secret, blob); err != nil || !bytes.Equal(again, plain) {
			t.Errorf("%d bytes: %x, %v", size, again, err)
		}
		all = append(all, blobVector{scalar[:], plain, blob})
	}
	enc, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	enc = append(enc, '\n')
	path := filepath.Join("testdata", "vectors.json")
	if *updateVectors {
		if err := os.WriteFile(path, enc, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if kept, err := os.ReadFile(path); err != nil || !bytes.Equal(kept, enc) {
		t.Errorf("%s is not what this program computes (%v)", path, err)
	}
}

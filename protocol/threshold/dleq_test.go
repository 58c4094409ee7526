package threshold

import (
	"bytes"
	"encoding/csv"
	"encoding/hex"
	"os"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

func readCSV(t *testing.T, name string, rows int) [][]string {
	t.Helper()
	f, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != rows+1 {
		t.Fatalf("%s has %d rows, not %d", name, len(all)-1, rows)
	}
	return all[1:]
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// bipPoint reads a compressed point of BIP-374's vectors, where INFINITY is the identity.
func bipPoint(t *testing.T, s string) *secp256k1.Point {
	t.Helper()
	if s == "INFINITY" {
		return new(secp256k1.Point)
	}
	p, err := secp256k1.ParseCompressed(unhex(t, s))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// BIP-374, test_vectors_generate_proof.csv: our proofs are the standard's to the byte, nonce included.
func TestDLEQGenerateVectors(t *testing.T) {
	for _, row := range readCSV(t, "bip374_generate.csv", 11) {
		g, b := bipPoint(t, row[1]), bipPoint(t, row[3])
		want, comment := row[6], row[7]
		x, err := secp256k1.ParseNonZeroScalar(unhex(t, row[2]))
		if err != nil {
			if want != "INVALID" {
				t.Errorf("%s: %v", comment, err)
			}
			continue
		}
		st := dleqStatement{a: g.Times(x), b: b, c: b.Times(x), g: g}
		proof, err := proveDLEQ(x, st, [32]byte(unhex(t, row[4])), unhex(t, row[5]))
		switch {
		case want == "INVALID" && err == nil:
			t.Errorf("%s: proved", comment)
		case want != "INVALID" && (err != nil || !bytes.Equal(proof[:], unhex(t, want))):
			t.Errorf("%s: proof %x, %v, want %s", comment, proof, err, want)
		}
	}
}

// BIP-374, test_vectors_verify_proof.csv.
func TestDLEQVerifyVectors(t *testing.T) {
	for _, row := range readCSV(t, "bip374_verify.csv", 15) {
		st := dleqStatement{g: bipPoint(t, row[1]), a: bipPoint(t, row[2]), b: bipPoint(t, row[3]), c: bipPoint(t, row[4])}
		err := verifyDLEQ(st, DLEQProof(unhex(t, row[5])), unhex(t, row[6]))
		if (err == nil) != (row[7] == "TRUE") {
			t.Errorf("%s: %v, want %s", row[8], err, row[7])
		}
	}
}

package ecies

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/crypto"
	gethecies "github.com/ethereum/go-ethereum/crypto/ecies"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

// TestECIES compares with go-ethereum's in both directions, and states where ours is
// Parity's instead.
func TestECIES(t *testing.T) {
	key, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	secret, err := secp256k1.FromPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	their := gethecies.ImportECDSA(key)
	for _, size := range []int{1, 31, 32, 64, 65, 1000} {
		plain := bytes.Repeat([]byte{0xa5}, size)
		blob, err := Seal(rand.Reader, secp256k1.BaseMul(secret), plain)
		if err != nil || len(blob) != size+Overhead {
			t.Fatalf("%d bytes: %v", size, err)
		}
		if out, err := their.Decrypt(blob, nil, []byte{0, 0}); err != nil || !bytes.Equal(out, plain) {
			t.Errorf("%d bytes: theirs can't open ours: %v", size, err)
		}
		if _, err := their.Decrypt(blob, nil, nil); err == nil {
			t.Errorf("%d bytes: opened without the two zero bytes", size)
		}
		blob, err = gethecies.Encrypt(rand.Reader, &their.PublicKey, plain, nil, []byte{0, 0})
		if err != nil {
			t.Fatal(err)
		}
		for _, first := range []byte{2, 3, 4} {
			blob[0] = first
			if out, err := Open(secret, blob); err != nil || !bytes.Equal(out, plain) {
				t.Errorf("%d bytes, first byte %d: ours can't open theirs: %v", size, first, err)
			}
		}
		for _, at := range []int{0, 1, 64, 65, 80, 81, len(blob) - 1} {
			damaged := bytes.Clone(blob)
			damaged[at] ^= 0x40
			if _, err := Open(secret, damaged); err == nil {
				t.Errorf("%d bytes: opened with byte %d changed", size, at)
			}
		}
	}
	empty, err := Seal(rand.Reader, secp256k1.BaseMul(secret), nil)
	if err != nil || len(empty) != Overhead {
		t.Fatal(err)
	}
	if out, err := Open(secret, empty); err != nil || len(out) != 0 {
		t.Errorf("empty plaintext: %x %v", out, err)
	}
	for n := range Overhead {
		if _, err := Open(secret, empty[:n]); err == nil {
			t.Errorf("opened a blob of %d bytes", n)
		}
	}
}

// FuzzOpen: no blob panics, and only intact ones open.
func FuzzOpen(f *testing.F) {
	secret := secp256k1.NewScalar(11)
	good, err := Seal(rand.Reader, secp256k1.BaseMul(secret), []byte("plain"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte{})
	f.Add(good[:113])
	f.Fuzz(func(t *testing.T, blob []byte) {
		plain, err := Open(secret, blob)
		if err == nil && len(plain) != len(blob)-Overhead {
			t.Fatal("wrong size")
		}
		if err == nil && string(plain) != "plain" {
			t.Fatalf("forged: %x", blob)
		}
	})
}

// TestSealerIsErased: what a sealer's keys are made from is overwritten as soon as it has them, and they are when it is erased,
// beyond the ends of the slices as well. It never prints them.
func TestSealerIsErased(t *testing.T) {
	s, err := NewSealer(rand.Reader, secp256k1.Generator())
	if err != nil {
		t.Fatal(err)
	}
	encrypt, mac := s.encrypt[:cap(s.encrypt)], s.mac[:cap(s.mac)]
	if bytes.Equal(encrypt[:16], make([]byte, 16)) || bytes.Equal(mac, make([]byte, len(mac))) {
		t.Fatal("a sealer without keys")
	}
	if rest := encrypt[16:]; !bytes.Equal(rest, make([]byte, len(rest))) {
		t.Errorf("what the key of the tag is made from is still there: %x", rest)
	}
	for _, text := range []string{fmt.Sprintf("%v %+v %#v %s %x", s, s, s, s, s), fmt.Sprintf("%v %+v %#v %s %x", *s, *s, *s, *s, *s)} {
		if strings.Contains(text, hex.EncodeToString(encrypt[:16])) || strings.Contains(text, fmt.Sprint(encrypt[:16])) || strings.ReplaceAll(text, "sealer(redacted)", "") != "    " {
			t.Errorf("it prints as %s", text)
		}
	}
	s.Erase()
	if !bytes.Equal(encrypt, make([]byte, len(encrypt))) || !bytes.Equal(mac, make([]byte, len(mac))) {
		t.Error("the keys are still there")
	}
}

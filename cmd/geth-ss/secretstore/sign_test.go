package secretstore

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/accounts"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/client"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/test/program"
)

// TestVerifySignatureCommand: a signature is checked off line, on a hash, a file or a text, and under one key only.
func TestVerifySignatureCommand(t *testing.T) {
	key, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	public, text := wire.NodeIDOf(&key.PublicKey), "I was here"
	file := filepath.Join(t.TempDir(), "contract.txt")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	sign := func(hash []byte) string {
		signature, err := crypto.Sign(hash, key)
		if err != nil {
			t.Fatal(err)
		}
		return hexutil.Encode(signature)
	}
	ofText, ofFile := sign(accounts.TextHash([]byte(text))), sign(crypto.Keccak256([]byte(text)))
	hash := fmt.Sprintf("%x", crypto.Keccak256([]byte(text)))
	verify := func(args ...string) []string {
		return append([]string{"secretstore", "verify-signature", "--server-key", public.String()}, args...)
	}
	for _, args := range [][]string{
		{"--message", text, ofText}, {"--file", file, ofFile}, {"--hash", hash, ofFile}, {"--scheme", "ecdsa", "--hash", "0x" + hash, ofFile},
	} {
		if out := program.Run(t, command(t, verify(args...)...)); !strings.Contains(out, "Valid:      yes\n") {
			t.Errorf("%v:\n%s", args, out)
		}
		var told signature
		if err := json.Unmarshal([]byte(program.Run(t, command(t, append(verify("--json"), args...)...))), &told); err != nil ||
			told.Address != crypto.PubkeyToAddress(key.PublicKey).Hex() || told.Scheme != "ecdsa" || told.ServerKey != hexutil.Encode(public[:]) {
			t.Errorf("%v: %+v %v", args, told, err)
		}
	}
	for _, c := range []struct {
		want string
		args []string
	}{
		{"the signature is not valid", verify("--message", text, ofFile)},
		{"the signature is not valid", verify("--scheme", "schnorr", "--file", file, ofFile)},
		{"the signature is not valid", verify("--server-key", strings.Repeat("1", 128), "--file", file, ofFile)},
		{"is not a signature", verify("--file", file, "signed")},
		{"wants one argument", verify("--file", file)},
		{"exactly one of", verify(ofFile)},
		{"exactly one of", verify("--file", file, "--hash", hash, ofFile)},
		{"is not 32 bytes", verify("--hash", hash[2:], ofFile)},
		{"there are ecdsa, schnorr", verify("--scheme", "rsa", "--hash", hash, ofFile)},
		{"--server-key: ", verify("--server-key", "12", "--hash", hash, ofFile)},
		{"no such file", verify("--file", file+".old", ofFile)},
		{"give --server-key", []string{"secretstore", "verify-signature", "--hash", hash, ofFile}},
		{"the key that is to sign", []string{"secretstore", "sign", "--hash", hash}},
		{"give --key", []string{"secretstore", "sign", "--id", hash, "--hash", hash}},
		{"wants no argument", []string{"secretstore", "sign", "--id", hash, hash}},
		{"wants no argument", []string{"secretstore", "generate-key", hash}},
	} {
		if out := program.Fail(t, command(t, c.args...)); !strings.Contains(out, c.want) {
			t.Errorf("want %q in:\n%s", c.want, out)
		}
	}
}

// TestAddressOf: the joint account's address is that which ecrecover gives.
func TestAddressOf(t *testing.T) {
	key, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	public := wire.Point(wire.NodeIDOf(&key.PublicKey))
	hash := crypto.Keccak256Hash([]byte("x"))
	signed, err := crypto.Sign(hash[:], key)
	if err != nil || client.VerifySignature(public, wire.ECDSA, hash, signed) != nil || addressOf(public) != crypto.PubkeyToAddress(key.PublicKey) {
		t.Errorf("%v: %v", addressOf(public), err)
	}
}

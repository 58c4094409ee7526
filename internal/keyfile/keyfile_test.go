package keyfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/crypto"
)

const digits = "0f1e2d3c4b5a69788796a5b4c3d2e1f00123456789abcdefABCDEF9876543210"

func TestHarmlessForms(t *testing.T) {
	want, err := crypto.HexToECDSA(digits)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		digits, digits + "\n", digits + "\r\n", "\n" + digits + "\n\n", "  " + digits + "\t", "0x" + digits, "0X" + digits + "\n",
		strings.ToUpper(digits), strings.ToLower(digits), "\ufeff" + digits + "\r\n", "\ufeff0x" + digits,
	} {
		path := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if key, err := Load(path); err != nil || !key.Equal(want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// Whatever is cut off, put in or exchanged: it is no key, and the error does not tell what the file has.
func TestNoKey(t *testing.T) {
	cases := map[string]string{
		"zero":              strings.Repeat("0", 64),
		"order":             "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
		"two lines":         digits[:32] + "\n" + digits[32:],
		"two keys":          digits + "\n" + digits,
		"a word behind":     digits + " key",
		"quotes":            `"` + digits + `"`,
		"utf-16":            strings.Join(strings.Split(digits, ""), "\x00") + "\x00",
		"spaces alone":      " \n",
		"prefix alone":      "0x",
		"two prefixes":      "0x0x" + digits[:62],
		"zeros of a crash":  strings.Repeat("\x00", 64),
		"a disk of blanks":  strings.Repeat(" ", maxFile) + digits,
		"a PEM file":        "-----BEGIN EC PRIVATE KEY-----\n" + digits + "\n-----END EC PRIVATE KEY-----\n",
		"a letter too many": digits + "0",
	}
	for i := range digits {
		cases[fmt.Sprint("cut at ", i)] = digits[:i]
		cases[fmt.Sprint("without ", i)] = digits[:i] + digits[i+1:]
		for _, wrong := range []string{"g", "O", " ", "\n", "é"} {
			cases[fmt.Sprintf("%q at %d", wrong, i)] = digits[:i] + wrong + digits[i+1:]
		}
	}
	path := filepath.Join(t.TempDir(), "key")
	for name, text := range cases {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Load(path)
		if err == nil {
			t.Fatalf("%s: taken for a key", name)
		}
		if errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), path) || quotes(err.Error(), text) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// quotes tells whether the words have six characters in a row of what they are about.
func quotes(words, text string) bool {
	for i := 0; i+6 <= len(text); i++ {
		if part := text[i : i+6]; strings.Trim(part, " 0\x00\n") != "" && !strings.Contains("EC PRIVATE KEY", part) && strings.Contains(words, part) {
			return true
		}
	}
	return false
}

// What can't be read is not what is not there.
func TestMissingOrUnreadable(t *testing.T) {
	dir := t.TempDir()
	if _, err := Load(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
	link, file := filepath.Join(dir, "link"), filepath.Join(dir, "file")
	if err := errors.Join(os.Symlink(filepath.Join(dir, "gone"), link), os.WriteFile(file, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{dir, link, file, filepath.Join(file, "key")} {
		if _, err := Load(path); err == nil || errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestCreate(t *testing.T) {
	key, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "key")
	if err := Create(path, key); err != nil {
		t.Fatal(err)
	}
	if back, err := Load(path); err != nil || !back.Equal(key) {
		t.Errorf("read back: %v", err)
	}
	if geths, err := crypto.LoadECDSA(path); err != nil || !geths.Equal(key) {
		t.Errorf("geth reads: %v", err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(filepath.Join(dir, "gone"), link); err != nil {
		t.Fatal(err)
	}
	for _, taken := range []string{path, link, dir} {
		if err := Create(taken, key); !errors.Is(err, fs.ErrExist) {
			t.Errorf("%s was replaced: %v", taken, err)
		}
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 2 {
		t.Errorf("%d files are left", len(entries))
	}
}

package keyfile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReadPassword: a password is the first line, which may be empty, and a file without a byte has none.
func TestReadPassword(t *testing.T) {
	path := filepath.Join(t.TempDir(), "password")
	for text, want := range map[string]string{
		"pass": "pass", "pass\n": "pass", "pass\r\n": "pass", " pass word \nsecond\n": " pass word ", "\npass": "", "\n": "",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := ReadPassword(path); got != want || err != nil {
			t.Errorf("%q gives %q, %v", text, got, err)
		}
	}
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadPassword(path); err == nil || !strings.Contains(err.Error(), path+" is empty") {
		t.Errorf("an empty file: %v", err)
	}
	if _, err := ReadPassword(path + ".none"); err == nil {
		t.Error("read a file that is not there")
	}
}

package store

import (
	"bytes"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

func TestKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "store.key")
	secrets := make([][]byte, 8)
	var wg sync.WaitGroup
	for i := range secrets {
		wg.Go(func() {
			var err error
			if secrets[i], err = LoadOrCreateKeyFile(path); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, s := range secrets {
		if !bytes.Equal(s, secrets[0]) || len(s) != len(keyFilePrefix)+32 || !isKeyFileSecret(s) {
			t.Fatal("callers got different secrets")
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 || info.Size() != 65 {
		t.Errorf("key file: %v, %d bytes, %v", info.Mode(), info.Size(), err)
	}
	if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 1 {
		t.Errorf("left beside the key file: %v", entries)
	}
	for _, bad := range []string{"", "00", string(make([]byte, 64)), string(make([]byte, maxSecretFile+1))} {
		if err := os.WriteFile(path, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := LoadOrCreateKeyFile(path); err == nil {
			t.Errorf("took a key file of %d bytes", len(bad))
		}
		if now, _ := os.ReadFile(path); string(now) != bad {
			t.Error("a bad key file was overwritten")
		}
	}
}

func TestPasswordFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "password")
	for text, want := range map[string]string{
		"pass": "pass", "pass\n": "pass", "pass\r\n": "pass", " pass word \nsecond\n": " pass word ", "": "", "\npass": "",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := ReadPasswordFile(path)
		if string(got) != want || (err == nil) != (want != "") {
			t.Errorf("%q gives %q, %v", text, got, err)
		}
	}
	if _, err := ReadPasswordFile(path + "x"); err == nil {
		t.Error("read a file that is not there")
	}
}

package e2e

import (
	"bytes"
	"debug/buildinfo"
	"os"
	"path/filepath"
	"testing"
)

// The program knows nothing of the directory that it was built in, and so is the same wherever it is built (make reproducible).
func TestProgramNamesNoDirectory(t *testing.T) {
	slow(t)
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	settings := make(map[string]string)
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	if settings["-trimpath"] != "true" || settings["CGO_ENABLED"] != "1" || settings["-tags"] != "" {
		t.Errorf("built with -trimpath=%s, CGO_ENABLED=%s, -tags=%s", settings["-trimpath"], settings["CGO_ENABLED"], settings["-tags"])
	}
	program, err := os.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	here, err := filepath.Abs("../../protocol")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(program, []byte(here)) {
		t.Errorf("the program contains %s", here)
	}
	if !bytes.Contains(program, []byte("github.com/geth-ss/geth-ss/protocol/session/machine.go")) {
		t.Error("the program has no file names at all: this test proves nothing")
	}
}

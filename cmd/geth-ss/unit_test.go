package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// unitFile is the systemd unit: section and key → values.
func unitFile(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("../../deploy/geth-ss.service")
	if err != nil {
		t.Fatal(err)
	}
	section, unit := "", make(map[string][]string)
	for _, line := range strings.Split(string(text), "\n") {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if strings.HasPrefix(line, "[") {
			section = strings.Trim(line, "[]")
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		if !ok {
			t.Fatalf("the unit has the line %q", line)
		}
		unit[section+"."+key] = append(unit[section+"."+key], value)
	}
	return unit
}

// TestUnit: the systemd unit starts a node whose options exist and whose configuration is read, keeps its keys off the
// disk, lets it end in peace, and gives it the files that it needs.
func TestUnit(t *testing.T) {
	unit := unitFile(t)
	for key, want := range map[string]string{
		"Service.ExecReload":      "/bin/kill -HUP $MAINPID",
		"Service.Restart":         "on-failure",
		"Service.LimitCORE":       "0",
		"Service.LimitNOFILE":     "65536",
		"Service.NoNewPrivileges": "yes",
		"Service.ProtectSystem":   "strict",
		"Service.StateDirectory":  "geth-ss",
		"Service.TimeoutStopSec":  "3min",
		"Service.User":            "geth-ss",
		"Install.WantedBy":        "multi-user.target",
	} {
		if got := unit[key]; len(got) != 1 || got[0] != want {
			t.Errorf("%s is %v, want %q", key, got, want)
		}
	}
	start := unit["Service.ExecStart"]
	if len(start) != 1 {
		t.Fatal("no ExecStart")
	}
	// Every path in it is one of ours here; the rest is as it stands.
	dir := t.TempDir()
	config := writeFile(t, "validator.toml", "[Node]\nDataDir = \""+dir+"\"\n[SecretStore]\nEnabled = true\nACL = \"none\"\n")
	args := strings.Fields(start[0])
	if filepath.Base(args[0]) != clientIdentifier {
		t.Errorf("it starts %s", args[0])
	}
	for i, arg := range args[1:] {
		if strings.HasSuffix(arg, ".toml") {
			args[i+1] = config
		} else if strings.HasPrefix(arg, "/") {
			args[i+1] = filepath.Join(dir, filepath.Base(arg))
		}
	}
	out := run(t, append(args[1:], "dumpconfig")...)
	wantMatch(t, out, `(?m)^DataDir = "`+dir+`"$`)
	wantMatch(t, out, `(?m)^ACL = "none"$`)
}

// TestUnitVerified asks systemd itself, where there is one.
func TestUnitVerified(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("no systemd-analyze here")
	}
	text, err := os.ReadFile("../../deploy/geth-ss.service")
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	here := strings.ReplaceAll(string(text), "/usr/local/bin/geth-ss", self)
	path := filepath.Join(t.TempDir(), "geth-ss.service")
	if err := os.WriteFile(path, []byte(here), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(analyze, "verify", path).CombinedOutput()
	if err != nil || strings.Contains(string(out), "geth-ss.service:") {
		t.Errorf("%v\n%s", err, out)
	}
}

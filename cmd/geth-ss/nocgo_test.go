package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestRefuseNoCgo: without libsecp256k1 no command that uses keys runs unless it is told to.
func TestRefuseNoCgo(t *testing.T) {
	for _, test := range []struct {
		constantTime, allowed bool
		command               string
		refused               bool
	}{
		{true, false, "", false},
		{true, false, "identity", false},
		{false, false, "", true}, // a node
		{false, false, "geth-ss", true},
		{false, false, "identity", true},
		{false, false, "backup", true},
		{false, false, "devnet", true},
		{false, false, "sign", true},
		{false, false, "version", false},
		{false, false, "verify-receipt", false},
		{false, true, "identity", false},
		{false, true, "", false},
	} {
		if err := refuseNoCgo(test.constantTime, test.command, test.allowed); (err != nil) != test.refused {
			t.Errorf("%+v: %v", test, err)
		}
	}
	known := make(map[string]bool)
	app := newApp()
	for _, cmd := range app.Commands {
		known[cmd.Name] = true
		for _, sub := range cmd.Subcommands {
			known[sub.Name] = true
		}
	}
	for _, name := range keyless {
		if !known[name] && name != "help" {
			t.Errorf("there is no command %s", name)
		}
	}
}

// TestWithoutCgo tries the program that make nocgo has built. To compile all of go-ethereum once more takes minutes.
func TestWithoutCgo(t *testing.T) {
	binary := os.Getenv("GETH_SS_NOCGO")
	if binary == "" {
		t.Skip("make nocgo builds the program without cgo, and runs this")
	}
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	for _, test := range []struct {
		args []string
		want string
		ok   bool
	}{
		{[]string{"version"}, "Version: ", true},
		{[]string{"identity", "--datadir", data}, "--allow-nocgo", false},
		{[]string{"--dev", "--datadir", data}, "--allow-nocgo", false},
		{[]string{"secretstore", "keygen", filepath.Join(dir, "key")}, "--allow-nocgo", false},
		{[]string{"--help"}, "--allow-nocgo", true},
		{[]string{"identity", "--datadir", data, "--allow-nocgo"}, "takes depends on the keys", true},
		{[]string{"--allow-nocgo", "identity", "--datadir", data}, "Public: ", true},
	} {
		if _, err := os.Stat(data); err == nil && !test.ok {
			t.Errorf("%v: something was written", test.args)
		}
		out, err := exec.Command(binary, test.args...).CombinedOutput()
		if (err == nil) != test.ok || !strings.Contains(string(out), test.want) {
			t.Errorf("%v: %v, want %q in:\n%s", test.args, err, test.want, out)
		}
	}
}

// TestNoCoreDumps: the program leaves no image of its memory when it crashes.
func TestNoCoreDumps(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("reads /proc")
	}
	n := startNode(t, "--dev", "--ipcdisable", "--datadir", t.TempDir())
	limits, err := os.ReadFile(filepath.Join("/proc", fmt.Sprint(n.cmd.Process.Pid), "limits"))
	if err != nil {
		t.Fatal(err)
	}
	wantMatch(t, string(limits), `Max core file size +0 +0 `)
}

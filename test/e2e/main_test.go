package e2e

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// binary is the path of geth-ss, set by TestMain.
var binary string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(func() int {
		if testing.Short() {
			return m.Run() // every test skips
		}
		dir, err := os.MkdirTemp("", "geth-ss-e2e-")
		if err != nil {
			return fail(err)
		}
		defer os.RemoveAll(dir)
		if binary, err = program(dir); err != nil {
			return fail(err)
		}
		return m.Run()
	}())
}

func fail(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// program returns the geth-ss to test, building it in dir unless the environment names one.
func program(dir string) (string, error) {
	if path := os.Getenv("GETH_SS_BINARY"); path != "" {
		return filepath.Abs(path)
	}
	path := filepath.Join(dir, "geth-ss")
	out, err := exec.Command("go", "build", "-o", path, "github.com/geth-ss/geth-ss/cmd/geth-ss").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("building geth-ss: %w\n%s", err, out)
	}
	return path, nil
}

// slow skips a test that takes processes where only quick ones are wanted.
func slow(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("runs real processes")
	}
}

// Package program is the geth-ss that tests run as a process: one that is found or built, or the test binary itself.
package program

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Path returns the geth-ss to test: the one that the environment variable GETH_SS_BINARY names, or one built in dir.
func Path(dir string) (string, error) {
	if path := os.Getenv("GETH_SS_BINARY"); path != "" {
		return filepath.Abs(path)
	}
	path := filepath.Join(dir, "geth-ss")
	// As make builds it, so that a test that is run by itself finds all of it in the cache.
	out, err := exec.Command("go", "build", "-trimpath", "-o", path, "github.com/geth-ss/geth-ss/cmd/geth-ss").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("building geth-ss: %w\n%s", err, out)
	}
	return path, nil
}

package keyfile

import (
	"fmt"
	"os"
	"strings"
)

// ReadPassword returns the first line of a file, and warns if others can read it. Who wants an empty password writes an empty line: a
// file without a byte has rather been lost.
func ReadPassword(path string) (string, error) {
	WarnExposed(path)
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("reading the password: %w", err)
	}
	if info, err := os.Stat(path); len(text) == 0 && err == nil && info.Mode().IsRegular() {
		return "", fmt.Errorf("password file %s is empty", path)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return strings.TrimRight(line, "\r"), nil
}

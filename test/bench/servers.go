package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/geth-ss/geth-ss/test/figures"
)

// measureServers has the key servers change, and takes over what the test that does it prints: all are in one process there,
// on seeded stores, so it starts no network.
func measureServers(ctx context.Context, o *options, t *figures.Table) error {
	say("changing the key servers with %s keys", o.changed)
	args := []string{"test", "./service", "-run", "^TestLongServersFigures$", "-count=1", "-timeout=1h", "-v", "-servers.keys=" + o.changed}
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	rows := 0
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		if cells := strings.Split(lines.Text(), "|"); len(cells) == 5 && !strings.HasPrefix(cells[1], "-") {
			if rows++; rows > 1 { // the first is the heading
				t.Add(strings.TrimSpace(cells[1]), strings.TrimSpace(cells[2]), "%s", strings.TrimSpace(cells[3]))
			}
		}
	}
	if err != nil {
		return fmt.Errorf("changing the key servers: %w\n%s", err, out)
	}
	return nil
}

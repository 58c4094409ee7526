package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// TestWipedValidatorResumes: a validator that has lost everything but its node key is brought back as docs/operating.md says, by real
// processes: init, poa resume, start. It votes again, the network comes to need its vote and gets it, and nobody sees two votes.
func TestWipedValidatorResumes(t *testing.T) {
	n := planChain(t, 4, 0, 0)
	n.initialize(t, n.nodes...)
	for _, v := range n.nodes {
		v.start(t)
	}
	n.untilHeight(t, 3, n.nodes...)
	lost, rest := n.nodes[3], n.nodes[:3]
	resume := []string{"poa", "resume", "--config", lost.configPath()}
	if out := refused(t, resume...); !strings.Contains(out, "does the node still run") {
		t.Errorf("beside the running node: %s", out)
	}
	lost.kill(t)

	if err := os.RemoveAll(lost.dir); err != nil {
		t.Fatal(err)
	}
	n.initialize(t, lost) // writes node key and configuration again, and runs init
	state := filepath.Join(lost.dir, "geth-ss", "poa", "sign-state.json")

	// It starts without one, finds in the blocks that it has voted, and ends with the way out.
	lost.start(t)
	if code := lost.ended(t); code != 1 || !strings.Contains(lost.output.String(), "geth-ss poa resume") {
		t.Errorf("without a sign state: exit code %d:\n%s", code, tail(lost.output.String(), 5))
	}
	lost.output.Reset() // it has said that consensus has ended
	if out := refused(t, resume...); !strings.Contains(out, "--yes") {
		t.Errorf("without --yes: %s", out)
	}
	out := run(t, append(resume, "--yes")...)
	match := regexp.MustCompile(`votes again from block (\d+) on`).FindStringSubmatch(out)
	if match == nil {
		t.Fatal(out)
	}
	again, err := strconv.ParseUint(match[1], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	if raw, err := os.ReadFile(state); err != nil || string(raw) != fmt.Sprintf(`{"height":"%d","round":0,"step":3}`, again-1) {
		t.Errorf("%s, %v", raw, err)
	}
	if out := run(t, append(resume, "--yes")...); !strings.Contains(out, "is at block") {
		t.Errorf("the second time: %s", out)
	}

	lost.start(t)
	n.untilHeight(t, again+2, n.nodes...)
	rest[0].terminate(t, syscall.SIGTERM) // from now on no block comes without its vote
	n.untilHeight(t, n.top()+5, n.nodes[1:]...)
	n.agree(t, 1, again+2, n.nodes[1:]...)
	for _, v := range n.nodes {
		v.calm(t)
	}
}

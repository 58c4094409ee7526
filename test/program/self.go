package program

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// BeProgram is the environment variable that has a test binary be the program: tests of what a person types run
// themselves so, and nothing has to be built a second time.
const BeProgram = "GETH_SS_TEST_BE_PROGRAM"

// commandTimeout is generous: a loaded machine takes many times what a quiet one does.
const commandTimeout = 2 * time.Minute

// Main is a TestMain: it runs the tests or, in a process of Command's, main.
func Main(m *testing.M, main func()) {
	if os.Getenv(BeProgram) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// Command is this test binary as the program with these arguments. It remembers no addresses beyond the test, and ends with it.
func Command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), commandTimeout)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Env = append(os.Environ(), BeProgram+"=1", "GETH_SS_KNOWN="+t.TempDir())
	return cmd
}

// Start starts a command. The channel is closed when it has ended; if it hasn't at the end of the test, it is killed then.
func Start(t *testing.T, cmd *exec.Cmd) (ended <-chan struct{}) {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		cmd.Wait()
		close(done)
	}()
	t.Cleanup(func() {
		cmd.Process.Kill()
		<-done
	})
	return done
}

// Run runs a command that must succeed and returns its standard output.
func Run(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("geth-ss %s: %v\n%s%s", strings.Join(cmd.Args[1:], " "), err, out, &stderr)
	}
	return string(out)
}

// Fail runs a command that must fail and returns what it said.
func Fail(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	out, err := cmd.CombinedOutput()
	if _, exited := err.(*exec.ExitError); !exited {
		t.Fatalf("geth-ss %s: want a failure, have %v\n%s", strings.Join(cmd.Args[1:], " "), err, out)
	}
	return string(out)
}

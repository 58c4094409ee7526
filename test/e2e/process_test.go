package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/geth-ss/geth-ss/internal/logtest"
	"github.com/geth-ss/geth-ss/test/program"
)

const (
	// patience bounds every wait for something that is sure to come. A loaded machine takes many times what a quiet one
	// does, so nothing is measured by it.
	patience = 2 * time.Minute

	pollEvery = 20 * time.Millisecond
)

// process is a running geth-ss.
type process struct {
	cmd    *exec.Cmd
	output logtest.Buffer
	done   <-chan struct{} // closed when it has ended
}

// start starts geth-ss. At the end of the test it is made to end if it hasn't yet.
func start(t *testing.T, args ...string) *process {
	t.Helper()
	return startWith(t, nil, args...)
}

// startWith is start with more in the environment, which devnet hands on to its nodes.
func startWith(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	return startProgram(t, binary, env, args...)
}

// startProgram is startWith of another geth-ss than the one that is tested.
func startProgram(t *testing.T, path string, env []string, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(path, args...)}
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stdout, p.cmd.Stderr = &p.output, &p.output
	p.done = program.Start(t, p.cmd)
	t.Cleanup(func() {
		p.cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-p.done:
		case <-time.After(patience):
			t.Errorf("geth-ss %s did not end when told to", strings.Join(args, " "))
			p.cmd.Process.Kill()
			<-p.done
		}
		if t.Failed() {
			t.Logf("geth-ss %s wrote:\n%s", strings.Join(args, " "), tail(p.output.String(), 60))
		}
	})
	return p
}

// ended waits for the process to end and returns its exit code, -1 if a signal ended it.
func (p *process) ended(t *testing.T) int {
	t.Helper()
	select {
	case <-p.done:
	case <-time.After(patience):
		t.Fatalf("the process %d has not ended:\n%s", p.cmd.Process.Pid, tail(p.output.String(), 40))
	}
	return p.cmd.ProcessState.ExitCode()
}

func (p *process) running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// terminate is Ctrl-C by another name; the process must end well.
func (p *process) terminate(t *testing.T, signal os.Signal) {
	t.Helper()
	p.cmd.Process.Signal(signal)
	if code := p.ended(t); code != 0 {
		t.Errorf("after %v: exit code %d, want 0:\n%s", signal, code, tail(p.output.String(), 40))
	}
}

// says waits until the process has written what a pattern matches, and returns the match. What it writes comes here
// through a pipe: later than an answer that was sent after it.
func (p *process) says(t *testing.T, pattern string) (match []string) {
	t.Helper()
	words := regexp.MustCompile(pattern)
	until(t, fmt.Sprintf("the process %d says %q", p.cmd.Process.Pid, pattern), func() error {
		ended := !p.running()
		if match = words.FindStringSubmatch(p.output.String()); match != nil {
			return nil
		}
		if ended {
			t.Fatalf("the process ended without saying %q:\n%s", pattern, tail(p.output.String(), 40))
		}
		return errors.New(tail(p.output.String(), 3))
	})
	return match
}

// run runs geth-ss to its end and returns what it wrote; it must succeed.
func run(t *testing.T, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	out, err := exec.CommandContext(ctx, binary, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("geth-ss %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// until waits until ready returns nil, polling.
func until(t *testing.T, what string, ready func() error) {
	t.Helper()
	var err error
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(pollEvery) {
		if err = ready(); err == nil {
			return
		}
	}
	t.Fatalf("%s: not within %v: %v", what, patience, err)
}

// alive tells whether a process runs. One that ended and that nobody has waited for doesn't.
func alive(pid int) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return !errors.Is(err, os.ErrNotExist) || !isDir("/proc/self") // no /proc: believe the signal
	}
	_, after, _ := bytes.Cut(stat, []byte(") "))
	return !bytes.HasPrefix(after, []byte("Z"))
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func tail(text string, n int) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

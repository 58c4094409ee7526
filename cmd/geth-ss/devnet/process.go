package devnet

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

const (
	// stopGrace is how long a node may take to write its state down before it is killed.
	stopGrace = 30 * time.Second

	// tailLines is how much of a node's log is shown when it fails to start.
	tailLines = 15
)

// process is a running node. Its standard input is a pipe held by us and never written to: when we are gone,
// however we went, the node reads its end and stops (see --lifeline).
type process struct {
	node     *node
	cmd      *exec.Cmd
	lifeline io.Closer
	done     chan struct{} // closed when it has ended; err is set then
	err      error
}

// initialize writes the genesis into a node's database if it isn't there.
func initialize(ctx context.Context, binary string, n *node, genesis string) error {
	cmd := exec.CommandContext(ctx, binary, "init", "--config", n.configPath(), genesis)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initializing %s: %w\n%s", n.name, err, tail(out))
	}
	return nil
}

// startArgs are what a node is started with, by us or by hand.
func (n *node) startArgs() []string {
	return []string{"--config", n.configPath(), "--log.file", n.logPath()}
}

func startProcess(binary string, n *node) (*process, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer read.Close()
	// What doesn't pass through the logger: a panic, a fatal error.
	stderr, err := os.OpenFile(n.logPath(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		write.Close()
		return nil, err
	}
	defer stderr.Close()

	p := &process{node: n, lifeline: write, done: make(chan struct{})}
	p.cmd = exec.Command(binary, "--config", n.configPath(), "--lifeline")
	p.cmd.Stdin, p.cmd.Stderr = read, stderr
	// A group of its own, or Ctrl-C at the terminal would reach the node past us.
	p.cmd.SysProcAttr = ownGroup()
	if err := p.cmd.Start(); err != nil {
		write.Close()
		return nil, fmt.Errorf("starting %s: %w", n.name, err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// failure tells why the process ended, with the end of its log.
func (p *process) failure() error {
	raw, _ := os.ReadFile(p.node.logPath())
	return fmt.Errorf("%s ended (%v); its log %s ends with:\n%s", p.node.name, p.cmd.ProcessState, p.node.logPath(), tail(raw))
}

// stopAll ends the processes and waits for them, killing those that don't go.
func stopAll(list []*process) error {
	for _, p := range list {
		if !p.ended() {
			p.cmd.Process.Signal(syscall.SIGTERM)
		}
		defer p.lifeline.Close()
	}
	var errs []error
	timeout := time.After(stopGrace)
	for _, p := range list {
		select {
		case <-p.done:
		case <-timeout:
			timeout = closedTime()
			p.cmd.Process.Kill()
			<-p.done
			errs = append(errs, fmt.Errorf("%s did not stop within %v and was killed", p.node.name, stopGrace))
		}
	}
	return errors.Join(errs...)
}

// closedTime is a timer that has run out for good.
func closedTime() <-chan time.Time {
	c := make(chan time.Time)
	close(c)
	return c
}

func tail(text []byte) string {
	lines := strings.Split(string(bytes.TrimSpace(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-tailLines):], "\n")
}

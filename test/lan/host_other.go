//go:build !linux

package lan

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
)

type host struct{ tun *os.File }

func newHost(netip.Addr) (*host, error) {
	return nil, fmt.Errorf("%w: this is %s", ErrUnsupported, runtime.GOOS)
}

func (h *host) close() error { return nil }

// Start needs a LAN, which there is none of.
func (l *LAN) Start(int, *exec.Cmd) (<-chan struct{}, error) { return nil, ErrUnsupported }

// Dial needs a LAN, which there is none of.
func (l *LAN) Dial(context.Context, int, string, string) (net.Conn, error) {
	return nil, ErrUnsupported
}

// Start starts a process, and returns a channel that is closed when it has ended and been waited for.
func Start(cmd *exec.Cmd) (<-chan struct{}, error) {
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	ended := make(chan struct{})
	go func() {
		cmd.Wait()
		close(ended)
	}()
	return ended, nil
}

package lan

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// mtu is of the hosts' interfaces: large, for each packet is handled twice by this program.
const mtu = 9000

// host is a namespace, held open by us, and our end of its interface.
type host struct {
	ns  *os.File
	tun *os.File
}

// newHost makes a namespace with a loopback and one interface.
func newHost(addr netip.Addr) (h *host, err error) {
	h = new(host)
	onOwnThread(func() {
		if err = unix.Unshare(unix.CLONE_NEWNET); err != nil {
			err = fmt.Errorf("%w: %w", ErrUnsupported, err)
			return
		}
		if h.ns, err = os.Open("/proc/thread-self/ns/net"); err != nil {
			return
		}
		if h.tun, err = openTun(addr); err != nil {
			h.ns.Close()
		}
	})
	if err != nil {
		return nil, err
	}
	return h, nil
}

// onOwnThread runs f on a thread that ends with it: nothing else may get to run in the namespace that f enters.
func onOwnThread(f func()) {
	done := make(chan struct{})
	go func() {
		runtime.LockOSThread() // and never unlocked
		defer close(done)
		f()
	}()
	<-done
}

// openTun makes the interface of the present namespace.
func openTun(addr netip.Addr) (*os.File, error) {
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("%w: /dev/net/tun: %w", ErrUnsupported, err)
	}
	name, err := unix.NewIfreq("tun0")
	if err == nil {
		name.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
		err = unix.IoctlIfreq(fd, unix.TUNSETIFF, name)
	}
	if err == nil {
		err = configure(addr)
	}
	if err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("making a network interface: %w", err)
	}
	return os.NewFile(uintptr(fd), "tun"), nil
}

// configure gives the interface its address and takes it up, the loopback too.
func configure(addr netip.Addr) error {
	sock, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(sock)
	ip := addr.As4()
	return errors.Join(
		set(sock, "lo", unix.SIOCSIFFLAGS, func(r *unix.Ifreq) error { r.SetUint16(unix.IFF_UP); return nil }),
		set(sock, "tun0", unix.SIOCSIFADDR, func(r *unix.Ifreq) error { return r.SetInet4Addr(ip[:]) }),
		set(sock, "tun0", unix.SIOCSIFNETMASK, func(r *unix.Ifreq) error { return r.SetInet4Addr([]byte{255, 255, 255, 0}) }),
		set(sock, "tun0", unix.SIOCSIFMTU, func(r *unix.Ifreq) error { r.SetUint32(mtu); return nil }),
		set(sock, "tun0", unix.SIOCSIFFLAGS, func(r *unix.Ifreq) error { r.SetUint16(unix.IFF_UP); return nil }),
	)
}

func set(sock int, name string, what uint, value func(*unix.Ifreq) error) error {
	r, err := unix.NewIfreq(name)
	if err != nil {
		return err
	}
	if err := value(r); err != nil {
		return err
	}
	if err := unix.IoctlIfreq(sock, what, r); err != nil {
		return fmt.Errorf("ioctl %#x of %s: %w", what, name, err)
	}
	return nil
}

func (h *host) close() error { return errors.Join(h.tun.Close(), h.ns.Close()) }

func (h *host) enter() error { return unix.Setns(int(h.ns.Fd()), unix.CLONE_NEWNET) }

// Start starts a process on a host, and returns a channel that is closed when it has ended and been waited for. The
// process is killed if this program ends before.
func (l *LAN) Start(i int, cmd *exec.Cmd) (<-chan struct{}, error) {
	return start(cmd, l.hosts[i].enter)
}

// Start is LAN.Start on the machine's own network.
func Start(cmd *exec.Cmd) (<-chan struct{}, error) {
	return start(cmd, func() error { return nil })
}

func start(cmd *exec.Cmd, enter func() error) (<-chan struct{}, error) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = new(syscall.SysProcAttr)
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
	started, ended := make(chan error), make(chan struct{})
	// The kernel takes the end of the thread that started the process for the end of the program: keep it.
	go onOwnThread(func() {
		err := enter()
		if err == nil {
			err = cmd.Start()
		}
		started <- err
		if err == nil {
			cmd.Wait()
			close(ended)
		}
	})
	return ended, <-started
}

// Dial connects from a host, for instance to a process on the same host by 127.0.0.1. The address is an IP address.
func (l *LAN) Dial(ctx context.Context, i int, network, address string) (conn net.Conn, err error) {
	onOwnThread(func() {
		if err = l.hosts[i].enter(); err == nil {
			conn, err = new(net.Dialer).DialContext(ctx, network, address)
		}
	})
	return conn, err
}

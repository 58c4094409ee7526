//go:build unix

package main

import (
	"syscall"
	"time"
)

// ownCPU is what this process has used, user and system time.
func ownCPU() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// ownGroup keeps the terminal's Ctrl-C from a child: it is stopped by us.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// pause stops a process where it is, proceed lets it go on.
func pause(pid int) error { return syscall.Kill(pid, syscall.SIGSTOP) }

func proceed(pid int) error { return syscall.Kill(pid, syscall.SIGCONT) }

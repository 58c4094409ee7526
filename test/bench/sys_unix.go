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

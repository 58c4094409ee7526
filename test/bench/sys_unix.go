//go:build unix

package main

import "syscall"

// ownGroup keeps the terminal's Ctrl-C from a child: it is stopped by us.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// pause stops a process where it is, proceed lets it go on.
func pause(pid int) error { return syscall.Kill(pid, syscall.SIGSTOP) }

func proceed(pid int) error { return syscall.Kill(pid, syscall.SIGCONT) }

//go:build !unix

package main

import (
	"errors"
	"syscall"
)

func ownGroup() *syscall.SysProcAttr { return nil }

func pause(int) error { return errors.New("this system has no SIGSTOP") }

func proceed(int) error { return nil }

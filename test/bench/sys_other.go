//go:build !unix

package main

import (
	"syscall"
	"time"
)

func ownCPU() time.Duration { return 0 }

func ownGroup() *syscall.SysProcAttr { return nil }

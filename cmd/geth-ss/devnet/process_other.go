//go:build !unix

package devnet

import "syscall"

func ownGroup() *syscall.SysProcAttr { return nil }

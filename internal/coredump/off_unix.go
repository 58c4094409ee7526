//go:build darwin || freebsd

package coredump

func off() error { return limit() }

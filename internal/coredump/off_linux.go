package coredump

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// off also makes the process undumpable: a system that pipes memory images to a program, as systemd's does, asks that
// mark, and not the limit.
func off() error {
	if err := limit(); err != nil {
		return err
	}
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("keeping this process's memory out of core dumps: %w", err)
	}
	return nil
}

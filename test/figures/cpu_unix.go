//go:build unix

package figures

import (
	"syscall"
	"time"
)

// CPU is what this process has used, user and system time; 0 where nobody counts it.
func CPU() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

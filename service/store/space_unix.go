//go:build linux || darwin || freebsd

package store

import "golang.org/x/sys/unix"

// freeSpace is how many bytes an ordinary user can still write under dir.
func freeSpace(dir string) (uint64, error) {
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		return 0, err
	}
	return uint64(max(0, int64(fs.Bavail))) * uint64(fs.Bsize), nil
}

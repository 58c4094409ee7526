//go:build unix

package keyfile

import (
	"fmt"
	"os"
	"strings"
	"syscall"
)

// Exposed tells of a file with a secret that others than its owner can read or change, and what to do about it; nil if nobody can, or
// if that can't be seen. Where this process reads another's file by its group, as services do, the group is not others.
func Exposed(path string) error {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return nil // it is read elsewhere, where it is missed; a pipe is nobody else's
	}
	keep := "600"
	bits := info.Mode().Perm() & 0o077
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && os.Geteuid() != 0 && int(stat.Uid) != os.Geteuid() {
		keep, bits = "640", bits&^0o050
	}
	if bits == 0 {
		return nil
	}
	return fmt.Errorf("others than its owner can read %s, or change it (its mode is %04o): chmod %s %s", path, info.Mode().Perm(), keep, shellWord(path))
}

// shellWord writes a path for a shell.
func shellWord(path string) string {
	if strings.Trim(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./") == "" {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}

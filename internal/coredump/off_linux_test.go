package coredump

import (
	"os"
	"os/exec"
	"regexp"
	"testing"

	"golang.org/x/sys/unix"
)

// TestOff: in a process of its own, since it can't be undone. What it starts writes no memory image either.
func TestOff(t *testing.T) {
	if os.Getenv("COREDUMP_OFF") == "" {
		cmd := exec.Command(os.Args[0], "-test.run=^TestOff$")
		cmd.Env = append(os.Environ(), "COREDUMP_OFF=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{Cur: 1 << 20, Max: unix.RLIM_INFINITY}); err != nil {
		t.Log("the limit was low already:", err)
	}
	if err := Off(); err != nil {
		t.Fatal(err)
	}
	if dumpable, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0); err != nil || dumpable != 0 {
		t.Errorf("the process is dumpable: %d, %v", dumpable, err)
	}
	none := regexp.MustCompile(`Max core file size +0 +0 `)
	own, err := os.ReadFile("/proc/self/limits")
	if err != nil || !none.Match(own) {
		t.Errorf("%s%v", own, err)
	}
	if child, err := exec.Command("cat", "/proc/self/limits").Output(); err != nil || !none.Match(child) {
		t.Errorf("a program it starts has: %s%v", child, err)
	}
}

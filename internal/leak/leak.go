// Package leak finds goroutines that outlive the tests that started them. It is for tests
// alone: a package that starts goroutines has
//
//	func TestMain(m *testing.M) { leak.Main(m) }
package leak

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// grace is how long goroutines have to come to their end after the last test: long, since
// it is waited out only when there is a leak.
var grace = 20 * time.Second

// lasting begin the names of functions whose goroutines are started once in a process, at
// whatever moment the first user comes, and live as long as it does.
var lasting = []string{
	"testing.", "internal/fuzz.", // the test itself
	"os/signal.", "runtime.ensureSigM", // signal.Notify
	"github.com/ethereum/go-ethereum/metrics.(*meterTicker).loop", // one for all meters
}

// Main runs the tests of a package and ends the process. If they pass and yet goroutines
// that they started are left after a time of grace, it prints their stacks and fails.
// Goroutines with a function in their stack whose name contains a word of except are
// forgiven; each such word deserves its reason beside it.
func Main(m *testing.M, except ...string) {
	code := m.Run()
	if code == 0 {
		if left := wait(nil, grace, except...); len(left) > 0 {
			fmt.Fprintf(os.Stderr, "leak: %d goroutines outlive the tests:\n\n%s\n", len(left), strings.Join(left, "\n\n"))
			code = 1
		}
	}
	os.Exit(code)
}

// Check fails the test if goroutines that began after this call are left at its end. Not
// for tests that run beside others.
func Check(t testing.TB, except ...string) {
	t.Helper()
	before := snapshot()
	t.Cleanup(func() {
		if left := wait(before, grace, except...); len(left) > 0 {
			t.Errorf("%d goroutines outlive the test:\n\n%s", len(left), strings.Join(left, "\n\n"))
		}
	})
}

// snapshot is the set of goroutines that live now, by their number.
func snapshot() map[string]bool {
	ids := make(map[string]bool)
	for _, stack := range stacks() {
		ids[number(stack)] = true
	}
	return ids
}

// wait returns the stacks of goroutines that are neither in before, nor the caller, nor
// forgiven, and are still there after so long. It returns as soon as there are none.
func wait(before map[string]bool, patience time.Duration, except ...string) []string {
	for end := time.Now().Add(patience); ; {
		left := find(before, except)
		if len(left) == 0 || time.Now().After(end) {
			return left
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func find(before map[string]bool, except []string) (left []string) {
	for _, stack := range stacks()[1:] { // the first is the caller's
		if !before[number(stack)] && !mentions(stack, lasting, strings.HasPrefix) && !mentions(stack, except, strings.Contains) {
			left = append(left, stack)
		}
	}
	return left
}

// mentions tells whether one of the functions of a stack, or the one that began the
// goroutine, has such a name.
func mentions(stack string, names []string, matches func(function, name string) bool) bool {
	for line := range strings.Lines(stack) {
		if strings.HasPrefix(line, "\t") {
			continue // a file
		}
		function := strings.TrimPrefix(line, "created by ")
		if slices.ContainsFunc(names, func(name string) bool { return matches(function, name) }) {
			return true
		}
	}
	return false
}

// stacks are those of all goroutines, the caller's first.
func stacks() []string {
	for size := 1 << 16; ; size *= 2 {
		buf := make([]byte, size)
		if n := runtime.Stack(buf, true); n < size {
			return strings.Split(strings.TrimSpace(string(buf[:n])), "\n\n")
		}
	}
}

// number is what follows the word goroutine in a stack's first line.
func number(stack string) string {
	words := strings.SplitN(stack, " ", 3)
	return words[1]
}

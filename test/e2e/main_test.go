package e2e

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/geth-ss/geth-ss/test/program"
)

// binary is the path of geth-ss, set by TestMain.
var binary string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(func() int {
		if testing.Short() {
			return m.Run() // every test skips
		}
		dir, err := os.MkdirTemp("", "geth-ss-e2e-")
		if err != nil {
			return fail(err)
		}
		defer os.RemoveAll(dir)
		if err := os.Setenv("GETH_SS_KNOWN", filepath.Join(dir, "known")); err != nil {
			return fail(err)
		}
		if binary, err = program.Path(dir); err != nil {
			return fail(err)
		}
		return m.Run()
	}())
}

func fail(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// slow skips a test that takes processes where only quick ones are wanted. A test of its own it lets others run beside:
// networks wait for blocks most of their time. Ports, directories and processes are each test's own, so none notices
// the others but by the time that things take.
func slow(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("runs real processes")
	}
	if _, told := beside.LoadOrStore(t, true); !told && !strings.Contains(t.Name(), "/") { // subtests follow one another
		t.Parallel()
	}
}

// beside are the tests that were told to run beside others, which a test can be told but once.
var beside sync.Map

package secp256k1_test

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestBuildKnowsItsKind: with and without cgo it is compiled what says so, and nothing else of the two. The program goes by that.
func TestBuildKnowsItsKind(t *testing.T) {
	for cgo, want := range map[string]string{"0": "mul_nocgo.go", "1": "mul_cgo.go"} {
		list := exec.Command("go", "list", "-f", "{{join .GoFiles \" \"}} {{join .CgoFiles \" \"}}", ".")
		list.Env = append(os.Environ(), "CGO_ENABLED="+cgo)
		out, err := list.Output()
		if err != nil {
			t.Fatalf("CGO_ENABLED=%s: %v", cgo, err)
		}
		files := slices.DeleteFunc(strings.Fields(string(out)), func(name string) bool { return !strings.HasPrefix(name, "mul_") })
		if len(files) != 1 || files[0] != want {
			t.Errorf("CGO_ENABLED=%s compiles %q, want %s alone", cgo, files, want)
		}
	}
}

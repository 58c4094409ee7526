package program

import (
	"os"
	"runtime/debug"
	"testing"
)

// What make compiles, tests and race builds included, is compiled alike: one build cache serves for all of it.
func TestCompiledAlike(t *testing.T) {
	if os.Getenv("MAKELEVEL") == "" {
		t.Skip("not run by make: go's flags are the caller's")
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		t.Fatal("a test without build information")
	}
	for _, s := range info.Settings {
		if s.Key == "-trimpath" && s.Value == "true" {
			return
		}
	}
	t.Errorf("compiled without -trimpath, unlike the program: %v", info.Settings)
}

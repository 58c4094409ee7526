package npm

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"testing"
)

// Dapp runs examples/dapp.mjs, and npm's viem on which it is built, with the double of a browser wallet, and the examples built on it.
type Dapp struct{ dir string }

// NewDapp installs the packages as Require does, and puts the scripts where they find them.
func NewDapp(t testing.TB) *Dapp {
	t.Helper()
	npm := Require(t)
	d := &Dapp{t.TempDir()}
	for _, file := range []string{"run.mjs", "viem.mjs", "../../examples/dapp.mjs", "../../examples/server-sets.mjs", "../../examples/joint-account.mjs"} {
		text, err := os.ReadFile(filepath.Join(npm, file))
		if err == nil {
			err = os.WriteFile(filepath.Join(d.dir, filepath.Base(file)), text, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join(npm, "node_modules"), filepath.Join(d.dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	return d
}

// Run runs an op of viem.mjs with its arguments, and decodes what it gave. The error is a *ClientError if the dapp, or its wallet,
// refused or failed.
func (d *Dapp) Run(ctx context.Context, op string, arguments map[string]any, result any) error {
	request := maps.Clone(arguments)
	request["op"] = op
	return run(ctx, d.dir, "viem.mjs", op, request, result)
}

// Example runs an example as people do, and returns what it wrote.
func (d *Dapp) Example(ctx context.Context, name string, arguments ...string) (string, error) {
	out, err := script(ctx, d.dir, append([]string{name}, arguments...), nil)
	return string(out), err
}

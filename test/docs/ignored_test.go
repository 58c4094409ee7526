package docs

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// makers are commands that write files, with where the name stands.
var makers = []struct {
	pattern *regexp.Regexp
	names   func(m []string) []string
}{
	{regexp.MustCompile(`> ([\w./-]+)`), func(m []string) []string { return m[1:] }},
	{regexp.MustCompile(`\bkeygen (?:--json )?([\w./-]+)`), func(m []string) []string { return m[1:] }},
	{regexp.MustCompile(`--(?:receipt|record|out) ([\w./-]+)`), func(m []string) []string { return m[1:] }},
	{regexp.MustCompile(`\bpublish .*?([\w-]+\.\w+)(?: +#.*)?$`), func(m []string) []string { return []string{m[1] + ".ss", m[1] + ".ss.unfinished"} }},
	{regexp.MustCompile(`\bnpm install `), func([]string) []string { return []string{"node_modules", "package.json", "package-lock.json"} }},
	{regexp.MustCompile(`devnet/devnet\.json`), func([]string) []string { return []string{"devnet"} }},
	{regexp.MustCompile(`\bbuild/geth-ss `), func([]string) []string { return []string{"build"} }},
}

// TestReadmeLeavesNothing: whoever follows the README in a clone of the project has nothing new to commit, no key above all.
func TestReadmeLeavesNothing(t *testing.T) {
	ignored, err := os.ReadFile(filepath.Join(root, ".gitignore"))
	if err != nil {
		t.Fatal(err)
	}
	var made []string
	code := false
	for line := range strings.Lines(documents(t)["README.md"]) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "```") {
			code = !code
		}
		if !code {
			continue
		}
		for _, maker := range makers {
			for _, m := range maker.pattern.FindAllStringSubmatch(line, -1) {
				made = append(made, maker.names(m)...)
			}
		}
	}
	for _, want := range []string{"me.key", "reader.key", "stranger.key", "note.txt", "note.txt.ss", "receipt.json", "node_modules", "devnet"} {
		if !slices.Contains(made, want) {
			t.Errorf("the README makes no %s: is that so, or is it not recognised?", want)
		}
	}
	for _, name := range made {
		if filepath.IsAbs(name) || strings.Contains(name, "/") {
			continue // elsewhere
		}
		if !slices.ContainsFunc(strings.Fields(string(ignored)), func(pattern string) bool {
			ok, err := path.Match(strings.Trim(pattern, "/"), name)
			return ok && err == nil
		}) {
			t.Errorf("the README makes %s, which .gitignore does not have", name)
		}
	}
}

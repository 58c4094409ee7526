// Package docs holds the documentation against the tree: a sentence that names a test, a file or a make target stands
// or falls with it.
package docs

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

const root = "../.."

var (
	declared = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark)\w+)\(`)
	// named is a test as the documents name one: TestX, or session.TestX with its directory's name.
	named  = regexp.MustCompile("`(?:([a-z0-9/]+)\\.)?((?:Test|Fuzz|Benchmark)[A-Z0-9]\\w*)[^`]*`")
	linked = regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`)
	target = regexp.MustCompile("`make ([a-z]+)[^`]*`")
)

// TestTestsExist: each test that a document points to is there.
func TestTestsExist(t *testing.T) {
	tests := declaredTests(t)
	count := 0
	for name, text := range documents(t) {
		for _, m := range named.FindAllStringSubmatch(text, -1) {
			count++
			dirs, ok := tests[m[2]]
			if !ok {
				t.Errorf("%s names the test %s, which is not there", name, m[2])
				continue
			}
			if m[1] != "" && !slices.ContainsFunc(dirs, func(dir string) bool { return dir == m[1] || strings.HasSuffix(dir, "/"+m[1]) }) {
				t.Errorf("%s names the test %s.%s, which is in %s", name, m[1], m[2], strings.Join(dirs, ", "))
			}
		}
	}
	if count < 50 {
		t.Errorf("the documents name %d tests: is that all, or are they not recognised?", count)
	}
}

// TestLinksLead: relative links lead to files, and `make x` is a target.
func TestLinksLead(t *testing.T) {
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range documents(t) {
		for _, m := range linked.FindAllStringSubmatch(text, -1) {
			if _, err := os.Stat(filepath.Join(root, filepath.Dir(name), m[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", name, m[1])
			}
		}
		for _, m := range target.FindAllStringSubmatch(text, -1) {
			if !regexp.MustCompile(`(?m)^` + m[1] + `:`).Match(makefile) {
				t.Errorf("%s names make %s, which is no target", name, m[1])
			}
		}
	}
}

// TestLines: prose is no wider than an editor's window. Tables and code are as wide as they are.
func TestLines(t *testing.T) {
	const most = 120
	for name, text := range documents(t) {
		code := false
		for i, line := range strings.Split(text, "\n") {
			trimmed := strings.TrimSpace(line)
			if strings.HasPrefix(trimmed, "```") {
				code = !code
			}
			if !code && !strings.HasPrefix(trimmed, "|") && utf8.RuneCountInString(line) > most {
				t.Errorf("%s:%d has %d characters, more than %d: break it", name, i+1, utf8.RuneCountInString(line), most)
			}
		}
	}
}

// unroomed are the directories of packages that need no room: for tests alone, and what is generated.
var unroomed = regexp.MustCompile(`(^|/)(test|bench|bindings|build|node_modules|testdata|\.[^/]+)(/|$)|[a-z]test$`)

// TestRooms: each package of the product stands in the layout, and what stands there is there. Packages for tests alone, and
// what is generated, need no room.
func TestRooms(t *testing.T) {
	row := regexp.MustCompile("(?m)^\\| `([a-z][a-z0-9/-]*)` \\|.*\\|.*\\|$")
	rooms := make(map[string]bool)
	for _, m := range row.FindAllStringSubmatch(documents(t)["docs/architecture.md"], -1) {
		rooms[m[1]] = true
	}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		dir, err := filepath.Rel(root, filepath.Dir(path))
		if dir = filepath.ToSlash(dir); err == nil && !unroomed.MatchString(dir) && !rooms[dir] {
			t.Errorf("docs/architecture.md has no row for the package %s", dir)
			rooms[dir] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for dir := range rooms {
		if files, err := filepath.Glob(filepath.Join(root, dir, "*.go")); err != nil || len(files) == 0 {
			t.Errorf("docs/architecture.md has a row for %s, where there is no package (%v)", dir, err)
		}
	}
}

// declaredTests maps the name of each test to the directories that have one of that name.
func declaredTests(t *testing.T) map[string][]string {
	tests := make(map[string][]string)
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == "node_modules" || entry.Name() == "build" || entry.Name() == ".git") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		dir, err := filepath.Rel(root, filepath.Dir(path))
		for _, m := range declared.FindAllSubmatch(source, -1) {
			tests[string(m[1])] = append(tests[string(m[1])], filepath.ToSlash(dir))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return tests
}

// documents are the texts of the project by path.
func documents(t *testing.T) map[string]string {
	texts := make(map[string]string)
	for _, pattern := range []string{"*.md", "docs/*.md", "contracts/*.md"} {
		paths, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			name, err := filepath.Rel(root, path)
			if err != nil {
				t.Fatal(err)
			}
			texts[name] = string(text)
		}
	}
	if len(texts) < 8 {
		t.Fatalf("found %d documents", len(texts))
	}
	return texts
}

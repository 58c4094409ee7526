package docs

import (
	"flag"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the drawing of the imports into docs/architecture.md as the code has them")

const (
	module       = "github.com/geth-ss/geth-ss/"
	architecture = "docs/architecture.md"
	drawingBegin = "```imports\n"
	drawingEnd   = "```\n"
)

// TestImportsAreDrawn holds the drawing of who imports whom in docs/architecture.md against the code, both ways: an import
// that is not drawn fails, and an arrow that the code has not.
func TestImportsAreDrawn(t *testing.T) {
	text := documents(t)[architecture]
	before, rest, found := strings.Cut(text, drawingBegin)
	drawn, after, ended := strings.Cut(rest, drawingEnd)
	if !found || !ended {
		t.Fatalf("%s has no drawing of the imports", architecture)
	}
	want := drawing(imports(t))
	if *update {
		if err := os.WriteFile(filepath.Join(root, architecture), []byte(before+drawingBegin+want+drawingEnd+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	for _, line := range differing(drawn, want) {
		t.Errorf("%s: %s; if the code is right: go test ./test/docs -run TestImportsAreDrawn -update", architecture, line)
	}
}

// drawing has a line for each package that imports others of ours, and their names.
func drawing(imports map[string][]string) string {
	width, out := 0, new(strings.Builder)
	for dir := range imports {
		width = max(width, len(dir))
	}
	for _, dir := range slices.Sorted(maps.Keys(imports)) {
		if len(imports[dir]) > 0 {
			fmt.Fprintf(out, "%-*s → %s\n", width, dir, strings.Join(imports[dir], ", "))
		}
	}
	return out.String()
}

// differing tells which arrows only one of two drawings has.
func differing(drawn, code string) (all []string) {
	has, is := arrows(drawn), arrows(code)
	for arrow := range is {
		if !has[arrow] {
			all = append(all, arrow+" is not drawn")
		}
	}
	for arrow := range has {
		if !is[arrow] {
			all = append(all, arrow+" is drawn, and the code has no such import")
		}
	}
	slices.Sort(all)
	return all
}

func arrows(drawing string) map[string]bool {
	all := make(map[string]bool)
	for _, line := range strings.Split(strings.TrimSpace(drawing), "\n") {
		from, to, _ := strings.Cut(line, "→")
		for _, dir := range strings.Split(to, ",") {
			all[strings.TrimSpace(from)+" → "+strings.TrimSpace(dir)] = true
		}
	}
	return all
}

// imports maps each package of the product to those of ours that it imports, tests left out.
func imports(t *testing.T) map[string][]string {
	t.Helper()
	all := make(map[string][]string)
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		dir, err := filepath.Rel(root, filepath.Dir(path))
		if dir = filepath.ToSlash(dir); err != nil || unroomed.MatchString(dir) {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range file.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if ours, is := strings.CutPrefix(name, module); is && !slices.Contains(all[dir], ours) {
				all[dir] = append(all[dir], ours)
			}
		}
		slices.Sort(all[dir])
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 20 {
		t.Fatalf("only %d packages import others of ours: the walk has lost its way", len(all))
	}
	return all
}

// The rule itself must be able to fail, both ways.
func TestDrawingDiffers(t *testing.T) {
	got := differing("a → b, c\nb  → c\n", "a → b\nb → c, d\n")
	if want := []string{"a → c is drawn, and the code has no such import", "b → d is not drawn"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

package docs

import (
	"go/ast"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestGlossary: the terms of docs/glossary.md are sorted, each with a meaning, and every name of the code beside them is in the code.
func TestGlossary(t *testing.T) {
	rows := regexp.MustCompile(`(?m)^\| ([^|]+) \| ([^|]+) \| ([^|]*)\|`).FindAllStringSubmatch(documents(t)["docs/glossary.md"], -1)
	if len(rows) < 50 {
		t.Fatalf("%d terms found: are they not recognised?", len(rows))
	}
	names, last := programNames(t), ""
	for _, row := range rows[2:] {
		if term := strings.ToLower(row[1]); term <= last {
			t.Errorf("%q stands after %q", term, last)
		} else {
			last = term
		}
		for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(row[3], -1) {
			_, err := os.Stat(filepath.Join(root, m[1]))
			if !names[m[1]] && err != nil {
				t.Errorf("%s: there is no %s", row[1], m[1])
			}
		}
	}
}

// programNames are the names that packages declare, as package.Name, and fields and methods of their types, as package.Type.Name.
func programNames(t *testing.T) map[string]bool {
	names := make(map[string]bool)
	for path, file := range programFiles(t) {
		pkg := filepath.Base(filepath.Dir(path)) + "."
		for _, decl := range file.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				names[pkg+receiver(d)+d.Name.Name] = true
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					for _, name := range declares(spec) {
						names[pkg+name] = true
					}
				}
			}
		}
	}
	return names
}

// receiver is the type of a method with a dot after it; empty for a function.
func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return ""
	}
	typ := f.Recv.List[0].Type
	if star, ok := typ.(*ast.StarExpr); ok {
		typ = star.X
	}
	if generic, ok := typ.(*ast.IndexExpr); ok {
		typ = generic.X
	}
	if id, ok := typ.(*ast.Ident); ok {
		return id.Name + "."
	}
	return ""
}

// declares are the names that a declaration gives: of constants and variables; of a type, and its fields.
func declares(spec ast.Spec) (names []string) {
	switch s := spec.(type) {
	case *ast.ValueSpec:
		for _, id := range s.Names {
			names = append(names, id.Name)
		}
	case *ast.TypeSpec:
		names = append(names, s.Name.Name)
		if st, ok := s.Type.(*ast.StructType); ok {
			for _, field := range st.Fields.List {
				for _, id := range field.Names {
					names = append(names, s.Name.Name+"."+id.Name)
				}
			}
		}
	}
	return names
}

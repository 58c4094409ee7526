package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"
)

// TestKindsAreNotAskedFor: the program reads the columns of a session's kind (wire.Kind), and nowhere asks which kind it
// is: a new one would go the way of all others there, and nobody would notice.
func TestKindsAreNotAskedFor(t *testing.T) {
	read := 0
	for path, file := range programFiles(t) {
		ast.Inspect(file, func(n ast.Node) bool {
			for _, compared := range comparisons(n) {
				if kindOfSession(compared) {
					t.Errorf("%s compares the kind of a session with %s: let it be a column of wire's table", path, compared.(*ast.SelectorExpr).Sel.Name)
				}
			}
			if x, ok := n.(ast.Expr); ok && kindOfSession(x) {
				read++
			}
			return true
		})
	}
	if read < 9 {
		t.Errorf("%d mentions of kinds of sessions found: are they not recognised?", read)
	}
}

// comparisons are what an expression or a case compares with something.
func comparisons(n ast.Node) []ast.Expr {
	switch n := n.(type) {
	case *ast.BinaryExpr:
		if n.Op == token.EQL || n.Op == token.NEQ {
			return []ast.Expr{n.X, n.Y}
		}
	case *ast.CaseClause:
		return n.List
	}
	return nil
}

func kindOfSession(x ast.Expr) bool {
	sel, ok := x.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	pkg, ok := sel.X.(*ast.Ident)
	return ok && pkg.Name == "wire" && strings.HasPrefix(sel.Sel.Name, "Kind") && len(sel.Sel.Name) > len("Kind") && sel.Sel.Name != "KindOf" && sel.Sel.Name != "KindsOf"
}

// A comparison and a case are found, and a call with a kind is none.
func TestKindComparisonsAreFound(t *testing.T) {
	sources := map[string]int{"k == wire.KindSign": 1, "wire.KindSign != k": 1, "run(wire.KindSign)": 0, "k.Class == wire.Asks": 0,
		"func() { switch k { case wire.KindSign, wire.KindDeal: } }": 2}
	for source, want := range sources {
		x, err := parser.ParseExpr(source)
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		ast.Inspect(x, func(n ast.Node) bool {
			for _, compared := range comparisons(n) {
				if kindOfSession(compared) {
					found++
				}
			}
			return true
		})
		if found != want {
			t.Errorf("%s: %d comparisons are found, want %d", source, found, want)
		}
	}
}

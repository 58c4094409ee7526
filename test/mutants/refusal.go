package main

import (
	"go/ast"
	"go/token"
	"regexp"
	"strconv"
	"strings"
)

// A refusal is recognised by how it is written, for a reader recognises it so, too: this tree gives what makes an error, a
// fault or a no a name that says so. What is missed is not mutated; what is taken for one by mistake is one mutant more.
var (
	// refusing is a function that makes, tells or notes a refusal.
	refusing = regexp.MustCompile(`(?i)err|refus|fault|fail|den(y|ied)|reject|damag|blame|bad|invalid|abort|lost|unreadable|` +
		`newer|convict|guilty|complain|cancel|unavailable|giveup|drop|mute|ignore|wrong|accuse|cheat`)

	// failing is an error's name: err, errLost, ErrClosed.
	failing = regexp.MustCompile(`^(err|Err)([A-Z]\w*)?$`)

	// verdict is a value that says no.
	verdict = regexp.MustCompile(`(Guilty|Refused|Unreadable|Newer)$`)

	// verifying is a function that answers a check with a bool.
	verifying = regexp.MustCompile(`(?i)^(is)?(verif|valid|check|ok|equal|same|fit|match|admit|allow|hold|serve|contain|canonical|believ|agree|sound|right|confirm|complete)`)
)

// function is what a statement must know of the function it stands in.
type function struct {
	name    string // Type.Method, or the function's; that of the outer one in a literal
	results []ast.Expr
}

func newFunction(name string, typ *ast.FuncType) function {
	f := function{name: name}
	if typ.Results == nil {
		return f
	}
	for _, field := range typ.Results.List {
		for range max(1, len(field.Names)) {
			f.results = append(f.results, field.Type)
		}
	}
	return f
}

// last tells whether the last result has this type.
func (f *function) last(typ string) bool {
	if len(f.results) == 0 {
		return false
	}
	id, ok := f.results[len(f.results)-1].(*ast.Ident)
	return ok && id.Name == typ
}

// refuses tells whether a block ends in a refusal, or notes one on its way.
func (f *function) refuses(body []ast.Stmt) bool {
	if len(body) == 0 {
		return false
	}
	for _, s := range body {
		if notes(s) {
			return true
		}
	}
	ret, ok := body[len(body)-1].(*ast.ReturnStmt)
	return ok && f.returnsRefusal(ret)
}

func (f *function) returnsRefusal(ret *ast.ReturnStmt) bool {
	if len(ret.Results) == 0 {
		return false
	}
	last := ret.Results[len(ret.Results)-1]
	switch {
	case f.last("bool") && name(last) == "false":
		return true
	case f.last("string") && !strings.HasSuffix(f.name, "String") && isSentence(last):
		return true
	case f.last("error") && name(last) == "nil":
		return false
	}
	for _, r := range ret.Results {
		if empty(r) || mentionsRefusal(r) {
			return true
		}
	}
	return false
}

// notes tells of statements that note a refusal without returning: a fault is appended, an error is kept, a peer blamed.
func notes(s ast.Stmt) bool {
	switch s := s.(type) {
	case *ast.ExprStmt:
		call, ok := s.X.(*ast.CallExpr)
		return ok && refusing.MatchString(name(call.Fun))
	case *ast.AssignStmt:
		if s.Tok == token.DEFINE {
			return false
		}
		for i, to := range s.Lhs {
			if i < len(s.Rhs) && name(s.Rhs[i]) != "nil" && (failing.MatchString(name(to)) || refusing.MatchString(name(to))) {
				return true
			}
		}
	}
	return false
}

// mentionsRefusal looks for an error's name, for what makes one (also errors.New), for a value or a type that is one.
func mentionsRefusal(e ast.Expr) (found bool) {
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			found = found || failing.MatchString(n.Name) || verdict.MatchString(n.Name) || n.Name == "errors"
		case *ast.CallExpr:
			found = found || refusing.MatchString(name(n.Fun))
		case *ast.CompositeLit:
			found = found || refusing.MatchString(name(n.Type)) || name(n.Type) == "Liar"
		}
		return !found
	})
	return found
}

// empty is Effects{}: a machine that does not answer a message ignores it.
func empty(e ast.Expr) bool {
	lit, ok := e.(*ast.CompositeLit)
	return ok && len(lit.Elts) == 0 && name(lit.Type) == "Effects"
}

// isSentence tells a reason from a word.
func isSentence(e ast.Expr) bool {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return false
	}
	text, err := strconv.Unquote(lit.Value)
	return err == nil && strings.Contains(text, " ")
}

// name is the last word of an expression's name: Errorf of wire.Errorf.
func name(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.IndexExpr:
		return name(e.X)
	case *ast.StarExpr:
		return name(e.X)
	case *ast.ParenExpr:
		return name(e.X)
	}
	return ""
}

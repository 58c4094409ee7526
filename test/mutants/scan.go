package main

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strings"
)

// mutant is one check that can be switched off.
type mutant struct {
	id   int    // from 1
	pkg  string // as its directory is called from the module's root
	file string // likewise
	line int
	fn   string
	cond string // the part that is lost, on one line, with what it is about: "err := f(); err != nil"
	// Lost, the part is always this. A whole condition before a refusal is false; a part of a || chain is false, and of a &&
	// chain true, as if it were not there.
	always bool

	from, to int // the part in the file's text
}

func (m *mutant) String() string {
	return fmt.Sprintf("%s:%d: %s: %s: always %v", m.file, m.line, m.fn, m.cond, m.always)
}

// scanner finds the mutants of a file.
type scanner struct {
	fset   *token.FileSet
	text   []byte
	before map[*ast.IfStmt]ast.Stmt // what stands before it, if that sets variables
	found  []mutant
}

// scan finds the checks in a file's text, in the order of their places, an outer one before those inside.
func scan(file string, text []byte) ([]mutant, error) {
	s := &scanner{fset: token.NewFileSet(), text: text, before: make(map[*ast.IfStmt]ast.Stmt)}
	tree, err := parser.ParseFile(s.fset, file, text, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	for _, decl := range tree.Decls {
		if d, ok := decl.(*ast.FuncDecl); ok && d.Body != nil {
			s.walk(newFunction(declared(d), d.Type), d.Body)
		}
	}
	for i := range s.found {
		s.found[i].file = file
	}
	slices.SortStableFunc(s.found, func(a, b mutant) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(b.to, a.to))
	})
	return s.found, nil
}

// declared is Type.Method, or a function's name.
func declared(d *ast.FuncDecl) string {
	if d.Recv == nil || len(d.Recv.List) != 1 {
		return d.Name.Name
	}
	return name(d.Recv.List[0].Type) + "." + d.Name.Name
}

// walk looks for conditions before refusals in a function.
func (s *scanner) walk(f function, body ast.Node) {
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BlockStmt:
			s.neighbours(n.List)
		case *ast.CaseClause:
			s.neighbours(n.Body)
		case *ast.CommClause:
			s.neighbours(n.Body)
		case *ast.FuncLit:
			s.walk(newFunction(f.name, n.Type), n.Body)
			return false
		case *ast.IfStmt:
			s.branch(f, n)
		case *ast.SwitchStmt:
			s.choice(f, n)
		case *ast.ReturnStmt:
			s.answer(f, n)
		}
		return true
	})
}

// neighbours notes what the conditions of a block are about.
func (s *scanner) neighbours(list []ast.Stmt) {
	for i, stmt := range list {
		branch, ok := stmt.(*ast.IfStmt)
		if !ok || i == 0 {
			continue
		}
		if set, ok := list[i-1].(*ast.AssignStmt); ok {
			s.before[branch] = set
		}
	}
}

func (s *scanner) branch(f function, n *ast.IfStmt) {
	begun := len(s.found)
	otherwise, _ := n.Else.(*ast.BlockStmt)
	switch {
	case f.refuses(n.Body.List):
		s.lose(f, n.Cond, false)
	case otherwise != nil && f.refuses(otherwise.List):
		s.lose(f, n.Cond, true)
	}
	about := n.Init
	if about == nil {
		about = s.before[n]
	}
	if whole := len(s.found) == begun+1; whole && about != nil && terse.MatchString(s.found[begun].cond) {
		s.found[begun].cond = s.textOf(about) + "; " + s.found[begun].cond
	}
}

// terse is a condition that says nothing by itself: err != nil, !ok.
var terse = regexp.MustCompile(`^!?\w+( [=!]= nil)?$`)

// choice takes the cases of a switch without a tag, which are conditions.
func (s *scanner) choice(f function, n *ast.SwitchStmt) {
	if n.Tag != nil {
		return
	}
	for _, c := range n.Body.List {
		if c := c.(*ast.CaseClause); f.refuses(c.Body) {
			for _, cond := range c.List {
				s.lose(f, cond, false)
			}
		}
	}
}

// answer takes what a check that answers with a bool returns.
func (s *scanner) answer(f function, n *ast.ReturnStmt) {
	if !f.last("bool") || len(n.Results) != 1 || name(n.Results[0]) == "true" || name(n.Results[0]) == "false" {
		return
	}
	if chain, ok := unparen(n.Results[0]).(*ast.BinaryExpr); ok && (chain.Op == token.LAND || chain.Op == token.LOR) {
		s.parts(f, chain)
	} else if verifying.MatchString(f.name[strings.LastIndexByte(f.name, '.')+1:]) {
		s.lose(f, n.Results[0], true)
	}
}

// lose makes the mutants of a condition: the whole of it, and each part of a chain.
func (s *scanner) lose(f function, cond ast.Expr, always bool) {
	chain, ok := unparen(cond).(*ast.BinaryExpr)
	// To lose a whole chain is to lose all its parts: what notices one notices that.
	if whole := ok && (chain.Op == token.LOR && !always || chain.Op == token.LAND && always); !whole {
		s.add(f, cond, always)
	}
	s.parts(f, cond)
}

// parts goes into chains of || and &&, however nested.
func (s *scanner) parts(f function, e ast.Expr) {
	switch e := e.(type) {
	case *ast.ParenExpr:
		s.parts(f, e.X)
	case *ast.UnaryExpr:
		if e.Op == token.NOT {
			s.parts(f, e.X)
		}
	case *ast.BinaryExpr:
		if e.Op != token.LAND && e.Op != token.LOR {
			return
		}
		for _, part := range operands(e, e.Op) {
			part = unparen(part)
			s.add(f, part, e.Op == token.LAND)
			s.parts(f, part)
		}
	}
}

// operands flattens a || b || c.
func operands(e ast.Expr, op token.Token) []ast.Expr {
	if b, ok := e.(*ast.BinaryExpr); ok && b.Op == op {
		return append(operands(b.X, op), operands(b.Y, op)...)
	}
	return []ast.Expr{e}
}

func unparen(e ast.Expr) ast.Expr {
	if p, ok := e.(*ast.ParenExpr); ok {
		return unparen(p.X)
	}
	return e
}

func (s *scanner) add(f function, part ast.Expr, always bool) {
	if n := name(part); n == "true" || n == "false" {
		return
	}
	from, to := s.fset.Position(part.Pos()), s.fset.Position(part.End())
	s.found = append(s.found, mutant{
		line: from.Line, fn: f.name, always: always, from: from.Offset, to: to.Offset, cond: s.textOf(part),
	})
}

// textOf is what is written there, on one line.
func (s *scanner) textOf(n ast.Node) string {
	return strings.Join(strings.Fields(string(s.text[s.fset.Position(n.Pos()).Offset:s.fset.Position(n.End()).Offset])), " ")
}

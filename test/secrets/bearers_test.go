package secrets

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// rooms are the packages that hold secrets, by their names.
var rooms = map[string]string{
	"wire": "protocol/wire", "secp256k1": "protocol/secp256k1", "ecies": "protocol/ecies", "threshold": "protocol/threshold",
	"dealing": "protocol/dealing", "evidence": "protocol/evidence", "session": "protocol/session", "join": "protocol/join",
	"generation": "protocol/generation", "items": "protocol/items", "gathering": "protocol/gathering",
	"handover":  "protocol/handover",
	"documents": "protocol/documents", "asking": "protocol/asking", "ballot": "protocol/ballot", "verify": "protocol/verify",
	"store": "service/store", "service": "service",
}

// public are the exported structs whose scalars are no secrets, each with the reason.
var public = map[string]string{
	"threshold.Set":            "Lagrange's coefficients, of a set that all know",
	"threshold.SchnorrSigning": "binding factors and challenge, hashes of what all know",
	"threshold.ECDSASigning":   "what the signers have opened to each other",
}

// TestBearersAreKnown reads the types of these packages: each exported struct with a secret in it, however deep, is among those
// that TestSecretsDoNotPrint prints.
func TestBearersAreKnown(t *testing.T) {
	known := make(map[string]bool)
	for _, typ := range bearing {
		known[typ.String()] = true
	}
	d := declarations(t)
	found := 0
	for name := range d {
		if _, isStruct := d[name].Type.(*ast.StructType); !isStruct || !ast.IsExported(name[strings.Index(name, ".")+1:]) || !d.bears(name, nil) {
			continue
		}
		found++
		if !known[name] && public[name] == "" {
			t.Errorf("%s has a secret in it, and is not in bearing", name)
		}
		if known[name] && public[name] != "" {
			t.Errorf("%s is in bearing and in public", name)
		}
	}
	if found < 40 {
		t.Errorf("%d types have a secret in them: is that all, or are they not recognised?", found)
	}
	for name := range leaves {
		if _, ok := d[name]; !ok && name != "ecdsa.PrivateKey" {
			t.Errorf("there is no %s", name)
		}
	}
}

// typesByName are declarations by package and name, as reflect writes them.
type typesByName map[string]*ast.TypeSpec

func declarations(t *testing.T) typesByName {
	t.Helper()
	d := make(typesByName)
	for name := range rooms {
		for _, file := range sources(t, name) {
			d.add(name, file)
		}
	}
	return d
}

// sources are the files of a room, but for its tests.
func sources(t *testing.T, room string) (files []*ast.File) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("../..", rooms[room], "*.go"))
	if err != nil || len(names) == 0 {
		t.Fatalf("%s: %d files, %v", rooms[room], len(names), err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}

func (d typesByName) add(room string, file *ast.File) {
	for _, decl := range file.Decls {
		g, ok := decl.(*ast.GenDecl)
		if !ok || g.Tok != token.TYPE {
			continue
		}
		for _, spec := range g.Specs {
			s := spec.(*ast.TypeSpec)
			d[room+"."+s.Name.Name] = s
		}
	}
}

// bears tells whether a type has a leaf in it; within are the types on the way.
func (d typesByName) bears(name string, within []string) bool {
	if len(leaves[name]) > 0 {
		return true
	}
	s, ok := d[name]
	if !ok || slices.Contains(within, name) {
		return false
	}
	return d.holds(name[:strings.Index(name, ".")], s.Type, append(within, name))
}

// holds is bears of a type as it is written in a package. What is behind an interface, a function or a channel is another's.
func (d typesByName) holds(room string, expr ast.Expr, within []string) bool {
	switch e := expr.(type) {
	case *ast.Ident:
		return d.bears(room+"."+e.Name, within)
	case *ast.SelectorExpr:
		if from, ok := e.X.(*ast.Ident); ok {
			return d.bears(from.Name+"."+e.Sel.Name, within)
		}
	case *ast.StarExpr:
		return d.holds(room, e.X, within)
	case *ast.ParenExpr:
		return d.holds(room, e.X, within)
	case *ast.ArrayType:
		return d.holds(room, e.Elt, within)
	case *ast.MapType:
		return d.holds(room, e.Value, within)
	case *ast.IndexExpr: // of a generic type, what it is for
		return d.holds(room, e.Index, within)
	case *ast.StructType:
		return slices.ContainsFunc(e.Fields.List, func(f *ast.Field) bool { return d.holds(room, f.Type, within) })
	}
	return false
}

// The rule itself must be able to fail.
func TestBearersAreFound(t *testing.T) {
	d := make(typesByName)
	const source = `package wire
type (
	Proof struct { Kind uint8; Data []byte }
	Deep struct { list []map[string]*middle }
	middle struct { more [2]struct{ Proof } }
	Round struct { again *Round }
	Apart struct { of interface{ Proof() Proof }; f func() Proof; c chan Proof }
)`
	file, err := parser.ParseFile(token.NewFileSet(), "", source, 0)
	if err != nil {
		t.Fatal(err)
	}
	d.add("wire", file)
	for name, want := range map[string]bool{"Proof": true, "Deep": true, "middle": true, "Round": false, "Apart": false} {
		if got := d.bears("wire."+name, nil); got != want {
			t.Errorf("%s: %s", name, strconv.FormatBool(got))
		}
	}
}

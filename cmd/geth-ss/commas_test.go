package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"log/slog"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/log"
)

// TestCommas: lists are written with commas, and what is no list as before.
func TestCommas(t *testing.T) {
	for _, test := range []struct {
		value any
		want  string
	}{
		{[]string{"a", "b c"}, `"a, b c"`},
		{[]string{}, ""},
		{[]string(nil), ""},
		{[]string{"*"}, "*"},
		{[]int{1, 2}, `"1, 2"`},
		{[2]uint64{1, 2}, `"1, 2"`},
		{[]error{errors.New("one"), errors.New("two")}, `"one, two"`},
		{[]common.Address{{19: 1}}, common.Address{19: 1}.Hex()},
		{common.Address{19: 1}, common.Address{19: 1}.Hex()},
		{[]byte{1, 2}, fmt.Sprintf("%q", "[1 2]")},
		{big.NewInt(7), "7"},
		{"[a b]", `"[a b]"`},
		{nil, "<nil>"},
	} {
		for _, with := range []bool{false, true} {
			var out bytes.Buffer
			logger := log.NewLogger(commas{log.NewTerminalHandler(&out, false)})
			if with {
				logger = logger.With("list", test.value)
				logger.Warn("line")
			} else {
				logger.Warn("line", "list", test.value)
			}
			if _, got, _ := strings.Cut(strings.TrimSuffix(out.String(), "\n"), "list="); got != test.want {
				t.Errorf("%#v, with %v: %s, want %s", test.value, with, got, test.want)
			}
		}
	}
	var out bytes.Buffer
	slog.New(commas{slog.NewTextHandler(&out, nil)}).Info("line", "n", 1, "list", []string{"a", "b"}, "s", "x")
	if !strings.Contains(out.String(), `n=1 list="a, b" s=x`) {
		t.Error(out.String())
	}
}

// TestListsHaveCommas looks through the program's own source for lists that fmt would write as Go does, [a b c], in errors
// and in what commands print. The log's lists have their commas from its handler.
func TestListsHaveCommas(t *testing.T) {
	if testing.Short() {
		t.Skip("has the program compiled")
	}
	packages, exported := ownPackages(t)
	calls := 0
	for _, p := range packages {
		fset := token.NewFileSet()
		var files []*ast.File
		for _, name := range p.GoFiles {
			file, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, file)
		}
		info := &types.Info{Types: make(map[ast.Expr]types.TypeAndValue), Uses: make(map[*ast.Ident]types.Object)}
		conf := types.Config{Importer: importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exported[path]) })}
		if _, err := conf.Check(p.ImportPath, fset, files, info); err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			ast.Inspect(file, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok || !isFormatting(info, call) {
					return true
				}
				calls++
				fixed := info.TypeOf(call.Fun).(*types.Signature).Params().Len() - 1
				for _, arg := range call.Args[min(fixed, len(call.Args)):] {
					if goList(info.TypeOf(arg)) {
						t.Errorf("%s: %s is written as Go writes lists: join it with commas", fset.Position(arg.Pos()), types.ExprString(arg))
					}
				}
				return true
			})
		}
	}
	if calls < 500 {
		t.Errorf("only %d calls were looked at: is something missing?", calls)
	}
}

type ownPackage struct {
	ImportPath, Dir, Export string
	GoFiles                 []string
	CgoFiles                []string
	Module                  *struct{ Main bool }
}

// ownPackages are those of this module that the program is made of, and where the compiled form of all packages lies.
func ownPackages(t *testing.T) (own []ownPackage, exported map[string]string) {
	t.Helper()
	list := exec.Command("go", "list", "-export", "-deps", "-json=ImportPath,Dir,Export,GoFiles,CgoFiles,Module", ".")
	list.Stderr = os.Stderr
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	exported = make(map[string]string)
	for dec := json.NewDecoder(bytes.NewReader(out)); dec.More(); {
		var p ownPackage
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		exported[p.ImportPath] = p.Export
		if p.Module != nil && p.Module.Main && len(p.CgoFiles) == 0 && !strings.Contains(p.ImportPath, "/contracts") {
			own = append(own, p)
		}
	}
	if len(own) < 20 {
		t.Fatalf("only %d packages", len(own))
	}
	return own, exported
}

// isFormatting tells calls of fmt, and of functions that hand on to it: those with a format or an open end.
func isFormatting(info *types.Info, call *ast.CallExpr) bool {
	sig, ok := info.TypeOf(call.Fun).(*types.Signature)
	if !ok || !sig.Variadic() || call.Ellipsis.IsValid() || info.Types[call.Fun].IsBuiltin() {
		return false
	}
	last := sig.Params().At(sig.Params().Len() - 1).Type().(*types.Slice).Elem()
	if open, ok := last.Underlying().(*types.Interface); !ok || open.NumMethods() > 0 {
		return false
	}
	name := ""
	switch f := call.Fun.(type) {
	case *ast.SelectorExpr:
		name = f.Sel.Name
		switch types.ExprString(f.X) {
		case "log", "d.log", "l.to": // the handler's
			return false
		}
	case *ast.Ident:
		name = f.Name
	}
	return !strings.HasPrefix(name, "Call") && name != "Pack" // arguments of JSON-RPC and of contracts
}

// goList tells types that fmt writes in brackets.
func goList(t types.Type) bool {
	if t == nil {
		return false
	}
	methods := types.NewMethodSet(t)
	for _, name := range []string{"String", "Error", "Format"} {
		if methods.Lookup(nil, name) != nil {
			return false
		}
	}
	var of types.Type
	switch t := t.Underlying().(type) {
	case *types.Slice:
		of = t.Elem()
	case *types.Array:
		of = t.Elem()
	case *types.Map:
		return true
	default:
		return false
	}
	b, ok := of.Underlying().(*types.Basic)
	return !ok || b.Kind() != types.Byte
}

package docs

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/params"
)

// limitName is how a constant is named that bounds something.
var limitName = regexp.MustCompile(`^(max|Max|most|fewest|remembered)[A-Z]|(Timeout|Held|Memory|Backlog|Gas|Limit|Within|Wait|Places|AMinute)$`)

// noLimits are named as limits are and are none, each with its reason.
var noLimits = map[string]string{
	"client/chainrpc.codeLimit":   "a code of JSON-RPC",
	"client/chainrpc.codeTimeout": "a code of JSON-RPC",
	"rpcapi/jsonrpc.CodeLimit":    "a code of JSON-RPC",
	"protocol/wire.CodeHeld":      "a code of a message",
	"protocol/wire.Limit":         "a reason",
	"protocol/wire.Timeout":       "a reason",
	"protocol/wire.maxAnswer":     "the highest code of an answer",
	"poa.ruleGasLimit":            "the name of a rule",
	"poa.ruleFreeGas":             "the name of a rule",
	"poa.defaultGasLimit":         "a default of the network file",
	"poa.maxNamed":                "how many differences a sentence names",
	"cmd/geth-ss/devnet.gasLimit": "the gas of devnet's own transactions",
	"service.stepsHeld":           "no bound: others bound what waits there",
	"service/chain.historyLimit":  "how far back is known at least",
	"protocol/secp256k1.maxDraws": "no input comes near it",
}

// TestLimits: the operator's manual has a row for each constant in the code that is named
// as a limit, with its value, and no row for what is not there.
func TestLimits(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "docs", "operating.md"))
	if err != nil {
		t.Fatal(err)
	}
	rows := make(map[string]string)
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z0-9/-]+\\.\\w+)` \\| ([^|]+) \\| [^|]{4,} \\| [^|]{3,} \\|$").FindAllStringSubmatch(string(text), -1) {
		if rows[m[1]] != "" {
			t.Errorf("two rows for %s", m[1])
		}
		rows[m[1]] = m[2]
	}
	limits := declaredLimits(t)
	if len(limits) < 100 {
		t.Fatalf("%d limits found: is that all?", len(limits))
	}
	for name, value := range limits {
		row, documented := rows[name]
		_, excepted := noLimits[name]
		switch {
		case excepted && documented:
			t.Errorf("%s is said to be no limit, and has a row", name)
		case excepted:
		case !documented:
			t.Errorf("%s = %v has no row in the table of docs/operating.md", name, value)
		default:
			if got, err := quantity(row); err != nil || got != value {
				t.Errorf("%s is %v, the row has %q (%v, %v)", name, value, row, got, err)
			}
		}
	}
	for name := range rows {
		if _, there := limits[name]; !there {
			t.Errorf("there is no constant %s", name)
		}
	}
}

// quantity reads a value as the table writes it: 1,024 or 64 MiB or 20 s.
func quantity(text string) (float64, error) {
	number, unit, _ := strings.Cut(text, " ")
	units := map[string]float64{"": 1, "KiB": 1 << 10, "MiB": 1 << 20,
		"ms": float64(time.Millisecond), "s": float64(time.Second), "min": float64(time.Minute)}
	factor, known := units[unit]
	if !known {
		return 0, fmt.Errorf("no unit %q", unit)
	}
	n, err := strconv.ParseFloat(strings.ReplaceAll(number, ",", ""), 64)
	return n * factor, err
}

// declaredLimits are the constants of the program that are named as limits.
func declaredLimits(t *testing.T) map[string]float64 {
	t.Helper()
	all := make(map[string]ast.Expr) // by directory and name
	for path, file := range programFiles(t) {
		dir := filepath.ToSlash(filepath.Dir(path))
		for _, decl := range declarations(file) {
			for _, spec := range decl.Specs {
				spec := spec.(*ast.ValueSpec)
				for i, name := range spec.Names {
					if i < len(spec.Values) {
						all[dir+"."+name.Name] = spec.Values[i]
					}
				}
			}
		}
	}
	limits := make(map[string]float64)
	for name, value := range all {
		dir, short, _ := strings.Cut(name, ".")
		if !limitName.MatchString(short) {
			continue
		}
		n, err := evaluate(value, dir, all)
		if _, excepted := noLimits[name]; err != nil && !excepted {
			t.Errorf("%s: %v", name, err)
		}
		limits[name] = n
	}
	return limits
}

// declarations are those of constants, wherever they are, and of a package's variables: some
// limits are variables for the sake of tests.
func declarations(file *ast.File) (found []*ast.GenDecl) {
	for _, decl := range file.Decls {
		if gen, ok := decl.(*ast.GenDecl); ok && gen.Tok == token.VAR {
			found = append(found, gen)
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if gen, ok := n.(*ast.GenDecl); ok && gen.Tok == token.CONST {
			found = append(found, gen)
		}
		return true
	})
	return found
}

// programFiles are the parsed files of the program, without tests and what is for tests.
func programFiles(t *testing.T) map[string]*ast.File {
	t.Helper()
	files := make(map[string]*ast.File)
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if slices.Contains([]string{"test", "bench", "contracts", "examples", "build", ".git"}, rel) || rel != "." && strings.HasSuffix(rel, "test") {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(rel, ".go") || strings.HasSuffix(rel, "_test.go") {
			return nil
		}
		files[rel], err = parser.ParseFile(token.NewFileSet(), path, nil, 0)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// elsewhere are constants of other modules that ours are made of.
var elsewhere = map[string]float64{
	"time.Millisecond": float64(time.Millisecond), "time.Second": float64(time.Second), "time.Minute": float64(time.Minute),
	"math.MaxInt": math.MaxInt, "params.MaxBlockSize": params.MaxBlockSize, "params.MaxTxGas": float64(params.MaxTxGas),
}

// evaluate computes a constant expression of a directory.
func evaluate(e ast.Expr, dir string, all map[string]ast.Expr) (float64, error) {
	switch e := e.(type) {
	case *ast.BasicLit:
		n, err := strconv.ParseInt(strings.ReplaceAll(e.Value, "_", ""), 0, 64)
		return float64(n), err
	case *ast.ParenExpr:
		return evaluate(e.X, dir, all)
	case *ast.Ident:
		if value, ok := all[dir+"."+e.Name]; ok {
			return evaluate(value, dir, all)
		}
	case *ast.SelectorExpr:
		name := fmt.Sprintf("%v.%s", e.X, e.Sel.Name)
		if n, ok := elsewhere[name]; ok {
			return n, nil
		}
		for other, value := range all { // of another directory of ours, by its last part
			if strings.HasSuffix("/"+other, "/"+name) {
				return evaluate(value, strings.TrimSuffix(other, "."+e.Sel.Name), all)
			}
		}
	case *ast.BinaryExpr:
		x, errX := evaluate(e.X, dir, all)
		y, errY := evaluate(e.Y, dir, all)
		if errX != nil || errY != nil {
			return 0, fmt.Errorf("%v %v", errX, errY)
		}
		switch e.Op {
		case token.ADD:
			return x + y, nil
		case token.SUB:
			return x - y, nil
		case token.MUL:
			return x * y, nil
		case token.QUO:
			return x / y, nil
		case token.SHL:
			return math.Ldexp(x, int(y)), nil
		}
	}
	return 0, fmt.Errorf("a value that this test can't compute: %T", e)
}

package sessiontest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Tests for docs/security.md, "Common MPC pitfalls": what holds of the source of protocol and all below it.

// tagging are the functions that hash under a tag, which is their first argument; nonces has it second.
var tagging = map[string]int{
	"Digest": 0, "HashList": 0, "NewContext": 0, "HashToScalar": 0, "taggedHash": 0, "hashToPoint": 0, "challenge": 0, "nonces": 1,
}

// sharedTags are tags that stand in more than one place, each with the reason.
var sharedTags = map[string]string{
	"bodies": "of a key, and of an item: by who makes them, and by who judges",
	// One purpose, and two: session's context of a signing has one part; what threshold binds its proofs to has three, and is
	// hashed with that in it. Parts are counted and have their lengths before them, so neither is ever the other.
	"geth-ss/ecdsa/v1": "older than this test; members of both versions sign together",
}

// A hash function serves many purposes, and each has a tag of its own, so nothing made for one passes for another.
func TestTagsServeOnce(t *testing.T) {
	places := make(map[string][]string)
	eachFile(t, func(files *token.FileSet, file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if at, ok := tagging[called(call)]; ok && at < len(call.Args) {
					if tag := literal(call.Args[at]); tag != "" {
						places[tag] = append(places[tag], files.Position(call.Pos()).String())
					}
				}
			}
			return true
		})
	})
	if len(places) < 30 {
		t.Errorf("%d tags found: are they not recognised?", len(places))
	}
	for tag, at := range places {
		if _, ok := sharedTags[tag]; len(at) > 1 && !ok {
			t.Errorf("%q is the tag of %s", tag, strings.Join(at, " and of "))
		}
	}
	for tag := range sharedTags {
		if len(places[tag]) < 2 {
			t.Errorf("%q is said to be in several places, and is in %v", tag, places[tag])
		}
	}
}

// The node key signs what was hashed under a tag, and no hash that somebody names: it is an account, a validator and a transport
// key as well.
func TestNodeKeySignsDigests(t *testing.T) {
	signed := 0
	eachFile(t, func(files *token.FileSet, file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || called(call) != "Sign" || file.Name.Name == "secp256k1" { // there it is big.Int's
				return true
			}
			signed++
			if ofCrypto(call) {
				name := files.Position(call.Pos()).Filename // an epoch key is nothing else
				if !strings.HasSuffix(name, "session/node_key.go") && !strings.HasSuffix(name, "handover/epoch_key.go") {
					t.Errorf("%v: signs by itself, not by NodeKey.Sign", files.Position(call.Pos()))
				}
				return true
			}
			digest, ok := call.Args[0].(*ast.CallExpr)
			if !ok || !strings.HasSuffix(called(digest), "Digest") {
				t.Errorf("%v: signs what is not seen to be a digest of ours", files.Position(call.Pos()))
			}
			return true
		})
	})
	if signed < 15 {
		t.Errorf("%d signatures found: are they not recognised?", signed)
	}
}

// arithmetic is what integers modulo a number that a member chooses would need. There are none: no RSA, no Paillier's encryption, no
// ring-Pedersen parameters, and so no modulus to check and no range to prove.
var arithmetic = []string{"math/big", "crypto/rsa", "crypto/elliptic", "crypto/dsa"}

// atTheBoundary may carry coordinates in a big.Int, for libraries that take them so.
var atTheBoundary = []string{"keys.go", "mul_cgo.go"}

func TestNoOthersModulus(t *testing.T) {
	met := 0
	eachFile(t, func(files *token.FileSet, file *ast.File) {
		for _, spec := range file.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Contains(arithmetic, path) {
				continue
			}
			met++
			if name := files.Position(spec.Pos()).Filename; file.Name.Name != "secp256k1" || !slices.Contains(atTheBoundary, filepath.Base(name)) {
				t.Errorf("%s imports %s", name, path)
			}
		}
	})
	if met != len(atTheBoundary) {
		t.Errorf("%d files have big numbers, not %d", met, len(atTheBoundary))
	}
}

// ofCrypto tells whether a function is go-ethereum's.
func ofCrypto(call *ast.CallExpr) bool {
	selector, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	x, ok := selector.X.(*ast.Ident)
	return ok && x.Name == "crypto"
}

// eachFile parses the program's files of the packages in below.
func eachFile(t *testing.T, do func(*token.FileSet, *ast.File)) {
	t.Helper()
	for name := range below {
		err := filepath.WalkDir(filepath.Join("..", name), func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			files := token.NewFileSet()
			file, err := parser.ParseFile(files, path, nil, 0)
			if err != nil {
				return err
			}
			do(files, file)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// literal is a string that stands in the source; empty for anything else.
func literal(e ast.Expr) string {
	if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
		if text, err := strconv.Unquote(lit.Value); err == nil {
			return text
		}
	}
	return ""
}

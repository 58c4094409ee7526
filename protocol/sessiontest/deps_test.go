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

// forbidden are imports that must never appear from protocol/session down, each with
// the reason. Tests of these packages may import what they like.
var forbidden = []struct{ path, reason string }{
	{"sync", "a machine has one owner: a lock would hide that two touch it (sync/atomic likewise)"},
	{"time", "time is a tick: a clock makes a schedule unrepeatable, and must not decide outcomes"},
	{"context", "an end is an input, Cancel; a context would end a step half-way"},
	{"net", "messages are effects; only protocol touches a socket"},
	{"os", "records are effects; only service/store touches a disk"},
	{"log", "service logs a session's changes of state, in one place; a log line here could tell a secret"},
	{"log/slog", "as log"},
	{"math/rand", "randomness comes through Env.Rand, which is crypto/rand"},
	{"math/rand/v2", "as math/rand"},
	{"crypto/rand", "randomness comes through Env.Rand, so that a seed repeats a schedule"},
	{"github.com/ethereum/go-ethereum/p2p", "the transport is protocol's"},
	{"github.com/ethereum/go-ethereum/node", "the life cycle is service's"},
	{"github.com/ethereum/go-ethereum/core", "permissions are Questions; the chain is known to service/chain alone"},
	{"github.com/ethereum/go-ethereum/eth", "as core"},
	{"github.com/ethereum/go-ethereum/rpc", "doors are rpcapi's"},
	{"github.com/ethereum/go-ethereum/ethdb", "records are effects"},
	{"github.com/ethereum/go-ethereum/log", "as log"},
	{"github.com/ethereum/go-ethereum/metrics", "service counts"},
	{"github.com/syndtr/goleveldb", "known to service/store alone"},
	{"github.com/cometbft/cometbft", "known to poa alone"},
}

// below says which of our packages a package may import: arrows point down only.
var below = map[string][]string{
	"wire":       {},
	"secp256k1":  {},
	"threshold":  {"secp256k1"},
	"ecies":      {"secp256k1"},
	"dealing":    {"threshold", "secp256k1", "wire"},
	"verify":     {"dealing", "threshold", "ecies", "secp256k1", "wire"},
	"evidence":   {"verify", "dealing", "threshold", "secp256k1", "wire"},
	"ballot":     {"verify", "wire"},
	"session":    {"ballot", "verify", "dealing", "threshold", "secp256k1", "wire"},
	"generation": {"session", "ballot", "verify", "dealing", "threshold", "secp256k1", "wire"},
	"items":      {"session", "verify", "dealing", "threshold", "secp256k1", "wire"},
	"gathering":  {"items", "session", "verify", "threshold", "ecies", "secp256k1", "wire"},
	"documents":  {"session", "verify", "wire"},
	"asking":     {"session", "wire"},
	"handover":   {"session", "ballot", "verify", "secp256k1", "wire"},
	"join":       {"generation", "gathering", "documents", "items", "asking", "handover", "session", "wire"},
}

// leaves are packages of text alone, without input or output, that whoever is below may import.
var leaves = []string{"internal/strictjson"}

const ours = "github.com/geth-ss/geth-ss/"

func TestImports(t *testing.T) {
	for _, leaf := range leaves {
		files, err := filepath.Glob(filepath.Join("../..", leaf, "*.go"))
		if err != nil || len(files) == 0 {
			t.Errorf("%s has no files", leaf)
		}
		for _, path := range files {
			if !strings.HasSuffix(path, "_test.go") {
				checkFile(t, path, nil)
			}
		}
	}
	for name, allowed := range below {
		files := 0
		walk := func(path string, _ fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
				files++
				checkFile(t, path, allowed)
			}
			return nil
		}
		if err := filepath.WalkDir(filepath.Join("..", name), walk); err != nil {
			t.Fatal(err)
		}
		if files == 0 {
			t.Errorf("protocol/%s has no files", name)
		}
	}
}

func checkFile(t *testing.T, path string, allowed []string) {
	t.Helper()
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.GoStmt, *ast.ChanType, *ast.SelectStmt:
			t.Errorf("%v: a machine is a value that is stepped: no goroutines, no channels", files.Position(n.Pos()))
		}
		return true
	})
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		if imported == "time" && strings.HasSuffix(path, "/wire/servers_info.go") {
			continue // what people are told; no machine reads it
		}
		if reason := whyNot(imported, allowed); reason != "" {
			t.Errorf("%s imports %s: %s", path, imported, reason)
		}
	}
}

// whyNot gives the reason against an import, empty if there is none.
func whyNot(imported string, allowed []string) string {
	for _, f := range forbidden {
		if imported == f.path || strings.HasPrefix(imported, f.path+"/") {
			return f.reason
		}
	}
	rest, isOurs := strings.CutPrefix(imported, ours)
	if !isOurs {
		return ""
	}
	if slices.Contains(leaves, rest) {
		return ""
	}
	for _, name := range allowed {
		if rest == "protocol/"+name {
			return ""
		}
	}
	return "arrows point down: see docs/architecture.md"
}

// The rule itself must be able to fail.
func TestImportRule(t *testing.T) {
	for imported, forbids := range map[string]bool{
		"sync": true, "sync/atomic": true, "net/http": true, "github.com/ethereum/go-ethereum/p2p/enode": true,
		ours + "service": true, ours + "protocol": true, ours + "protocol/wire": false,
		"fmt": false, "github.com/ethereum/go-ethereum/crypto/ecies": false, "netip": false,
	} {
		if got := whyNot(imported, []string{"wire"}) != ""; got != forbids {
			t.Errorf("%s: forbidden %t, want %t", imported, got, forbids)
		}
	}
}

// Package npm lets Go tests run the Secret Store clients of the npm world, unmodified, against a real node.
//
// The packages are pinned in package.json and package-lock.json beside this file and are installed on first use. The
// README there lists the scripts and what each client sends.
package npm

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/gofrs/flock"
)

// minNode is the oldest Node.js the scripts run on.
const minNode = 20

// installTimeout bounds `npm ci`, waiting for another test's included.
const installTimeout = 5 * time.Minute

// Client names a script that drives one npm package.
type Client string

// The clients there are.
const (
	Ocean      Client = "ocean.mjs"      // @oceanprotocol/secret-store-client 0.0.15
	Nevermined Client = "nevermined.mjs" // @nevermined-io/secret-store-client 0.0.16
	EnergyWeb  Client = "energyweb.mjs"  // secretstore 1.1.0
)

// Account is who a client acts as, and through which node.
type Account struct {
	RPC         string `json:"rpcUrl"`  // JSON-RPC of the node whose keystore has the account
	SecretStore string `json:"ssUrl"`   // HTTP API of a key server
	Address     string `json:"address"` // 0x and 40 hex digits
	Password    string `json:"password"`
}

// Request is one run of a client.
type Request struct {
	Op string `json:"op"` // publish, consume, methods; many of Ocean and Nevermined; consumePlain, sign and change of EnergyWeb
	Account
	DocumentID string   `json:"documentId"` // 64 hex digits, no 0x; methods uses the two ids that follow as well
	Threshold  int      `json:"threshold"`
	Document   any      `json:"document,omitempty"`  // what to publish: a string for EnergyWeb, anything JSON can say for others
	Encrypted  string   `json:"encrypted,omitempty"` // what to consume: Encrypted of an Answer
	Count      int      `json:"count,omitempty"`     // of documents in many
	Reader     *Account `json:"reader,omitempty"`    // who reads in methods; nil: the publisher

	// What sign takes: the hash, 64 hex digits; the account's key, to open answers with, and the server key, both with 0x; schnorr, ecdsa.
	Hash       string   `json:"hash,omitempty"`
	PrivateKey string   `json:"privateKey,omitempty"`
	ServerKey  string   `json:"serverKey,omitempty"`
	Schemes    []string `json:"schemes,omitempty"`

	// What change takes: the ids of key servers, 0x and 128 hex digits each.
	OldServers []string `json:"oldServers,omitempty"`
	NewServers []string `json:"newServers,omitempty"`
}

// Answer is what the client gave.
type Answer struct {
	Encrypted string          `json:"encrypted"`
	Document  json.RawMessage `json:"document"`
	Methods   []string        `json:"methods"` // the package's methods that were called, CLASS.METHOD

	Signatures []Signature    `json:"signatures"` // of sign, in the order of Schemes, opened and checked
	Signer     common.Address `json:"signer"`     // the address of the server key
}

// Signature is what the key servers have signed, out of the answer to the client.
type Signature struct {
	Scheme    string
	Signature hexutil.Bytes
}

// Claim is that a signature is a server key's.
type Claim struct {
	Scheme    string        `json:"scheme"`
	Hash      common.Hash   `json:"hash"`
	Signature hexutil.Bytes `json:"signature"`
	ServerKey hexutil.Bytes `json:"serverKey"`
}

// ClientError is what the client threw, in its own words. They quote the server's answer more or less: Ocean's client
// only has the status text ("Forbidden"), Energy Web's also the code and the body.
type ClientError struct{ Message string }

func (e *ClientError) Error() string { return "the client threw " + e.Message }

// Require installs the packages if they aren't yet and returns their directory, test/npm. Without Node.js of at least
// version 20 it skips the test, or fails it where the environment says CI=true.
func Require(t testing.TB) string {
	t.Helper()
	if err := checkNode(t.Context()); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%v; CI must run the tests of npm clients", err)
		}
		t.Skipf("SKIPPED, the npm clients are not tested: %v", err)
	}
	dir, err := Dir()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), installTimeout)
	defer cancel()
	if err := install(ctx, dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Dir returns the directory test/npm of the module that the working directory lies in.
func Dir() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(dir, "test", "npm"), nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("no go.mod above the working directory: run from within the module")
		}
	}
}

// Run runs one op of a client. The error is a *ClientError if the client itself refused or failed, anything else is a
// defect: of a script, or of an answer that the client accepted and that is wrong. Call Require first.
func Run(ctx context.Context, client Client, request Request) (*Answer, error) {
	dir, err := Dir()
	if err != nil {
		return nil, err
	}
	answer := new(Answer)
	if err := run(ctx, dir, string(client), request.Op, request, answer); err != nil {
		return nil, err
	}
	return answer, nil
}

// run runs an op of a script in a directory, with a request that holds it, and decodes what it gave.
func run(ctx context.Context, dir, name, op string, request, result any) error {
	in, err := json.Marshal(request)
	if err != nil {
		return err
	}
	out, err := script(ctx, dir, []string{name}, in)
	if err != nil {
		return fmt.Errorf("%s %s: %w", name, op, err)
	}
	var line struct {
		OK     bool
		Error  string
		Result json.RawMessage
	}
	if err := json.Unmarshal(out, &line); err != nil {
		return fmt.Errorf("%s %s answered %q: %w", name, op, out, err)
	}
	if !line.OK {
		return fmt.Errorf("%s %s: %w", name, op, &ClientError{line.Error})
	}
	return json.Unmarshal(line.Result, result)
}

// Verify has noble, and viem's keccak256, check signatures of any scheme. Call Require first.
func Verify(ctx context.Context, claims []Claim) (valid []bool, err error) {
	dir, err := Dir()
	if err != nil {
		return nil, err
	}
	err = run(ctx, dir, "verify.mjs", "verify", map[string]any{"op": "verify", "claims": claims}, &valid)
	if err == nil && len(valid) != len(claims) {
		err = fmt.Errorf("%d verdicts on %d signatures", len(valid), len(claims))
	}
	return valid, err
}

// Documents has an OpenRPC and an OpenAPI document judged by the validators of their specifications, and the examples
// in them by their schemas. It returns what is wrong with them and the number of examples. Call Require first.
func Documents(ctx context.Context, openRPC, openAPI json.RawMessage) (wrong []string, examples int, err error) {
	in, err := json.Marshal(map[string]json.RawMessage{"openrpc": openRPC, "openapi": openAPI})
	if err != nil {
		return nil, 0, err
	}
	dir, err := Dir()
	if err != nil {
		return nil, 0, err
	}
	out, err := script(ctx, dir, []string{"documents.mjs"}, in)
	if err != nil {
		return nil, 0, fmt.Errorf("validating the documents: %w", err)
	}
	var verdict struct {
		Wrong    []string
		Examples int
	}
	err = json.Unmarshal(out, &verdict)
	return verdict.Wrong, verdict.Examples, err
}

// script runs a script of a directory, named first.
func script(ctx context.Context, dir string, arguments []string, in []byte) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "node", arguments...)
	cmd.Dir, cmd.Env, cmd.WaitDelay = dir, withoutProxies(os.Environ()), time.Second
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(in), &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, &stderr)
	}
	return stdout.Bytes(), nil
}

func checkNode(ctx context.Context) error {
	out, err := exec.CommandContext(ctx, "node", "--version").Output()
	if err != nil {
		return fmt.Errorf("node --version: %w (Node.js %d or newer is needed)", err, minNode)
	}
	version := strings.TrimPrefix(strings.TrimSpace(string(out)), "v")
	major, _, _ := strings.Cut(version, ".")
	if n, err := strconv.Atoi(major); err != nil || n < minNode {
		return fmt.Errorf("this is Node.js %s, %d or newer is needed", version, minNode)
	}
	return nil
}

// install runs npm ci unless the packages of this very lockfile are there. Test binaries of several packages may come
// here at once; one installs and the others wait.
func install(ctx context.Context, dir string) error {
	lock := flock.New(filepath.Join(os.TempDir(), "geth-ss-npm-"+digest([]byte(dir))[:16]+".lock"))
	if _, err := lock.TryLockContext(ctx, 200*time.Millisecond); err != nil {
		return fmt.Errorf("waiting for another test to install the npm packages: %w", err)
	}
	defer lock.Unlock()

	lockfile, err := os.ReadFile(filepath.Join(dir, "package-lock.json"))
	if err != nil {
		return err
	}
	mark := filepath.Join(dir, "node_modules", ".installed")
	if done, err := os.ReadFile(mark); err == nil && string(done) == digest(lockfile) {
		return nil
	}
	cmd := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
	cmd.Dir, cmd.WaitDelay = dir, time.Second
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci in %s: %w\n%s", dir, err, out)
	}
	return os.WriteFile(mark, []byte(digest(lockfile)), 0o644)
}

// withoutProxies keeps the clients on the loopback interface: axios sends even that through a proxy.
func withoutProxies(env []string) []string {
	kept := env[:0:0]
	for _, e := range env {
		name, _, _ := strings.Cut(strings.ToLower(e), "=")
		if !strings.HasSuffix(name, "_proxy") {
			kept = append(kept, e)
		}
	}
	return kept
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// Libraries has each of the libraries by which dapps ask wallets make a request of generateServerKey out of what a node serves at /v1/cluster. It
// returns them by name, and one whose account has a wrong letter in its checksum. Call Require first.
func Libraries(ctx context.Context, request map[string]any) (calls map[string]string, wrong string, err error) {
	dir, err := Dir()
	if err != nil {
		return nil, "", err
	}
	request["op"] = "requests"
	var answer struct {
		Calls map[string]string
		Wrong string
	}
	err = run(ctx, dir, "libraries.mjs", "requests", request, &answer)
	return answer.Calls, answer.Wrong, err
}

// Documented runs the first example in JavaScript of a page of docs, as it stands there but for the node's address, and returns what it
// printed. Call Require first.
func Documented(ctx context.Context, page, node string) (string, error) {
	const address = "http://127.0.0.1:8082"
	dir, err := Dir()
	if err != nil {
		return "", err
	}
	text, err := os.ReadFile(filepath.Join(dir, "..", "..", "docs", page))
	if err != nil {
		return "", err
	}
	_, code, _ := strings.Cut(string(text), "```js\n")
	code, _, found := strings.Cut(code, "```\n")
	if !found || !strings.Contains(code, address) {
		return "", fmt.Errorf("docs/%s has no example in JavaScript that asks %s", page, address)
	}
	out, err := script(ctx, dir, []string{"--input-type=module"}, []byte(strings.ReplaceAll(code, address, node)))
	return string(out), err
}

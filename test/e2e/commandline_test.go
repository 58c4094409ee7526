package e2e

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/accounts/keystore"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/google/uuid"

	"github.com/geth-ss/geth-ss/client"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/test/npm"
)

var documentMiB = flag.Int("document.mib", 64, "size of the large document that goes through the command line in TestDevnet, in MiB")

// commandLine is a person at a terminal, with a directory.
type commandLine struct {
	net *network
	dir string
}

// testCommandLine: publishing and reading by nothing but the command line.
func testCommandLine(t *testing.T, net *network) {
	c := &commandLine{net, t.TempDir()}
	t.Run("a document's life", func(t *testing.T) { c.life(t) })
	t.Run("pipes", func(t *testing.T) { c.pipes(t) })
	t.Run("damage", func(t *testing.T) { c.damage(t) })
	t.Run("large document", func(t *testing.T) { c.large(t, *documentMiB) })
	t.Run("go client", func(t *testing.T) { testGoClient(t, net) })
	t.Run("ocean", func(t *testing.T) { c.ocean(t) })
	t.Run("signatures", func(t *testing.T) { c.signatures(t) })
}

// testGoClient: one approval for many documents, published and read as a batch, through nodes of which the first is down.
func testGoClient(t *testing.T, net *network) {
	author, approvals := net.accounts[8], 0
	signer := client.NewKeySigner(author.key)
	cfg := client.Config{Endpoints: []string{"http://127.0.0.1:1", net.nodes[1].url, net.nodes[2].url}, Signer: &client.SignerFunc{
		Account: author.address,
		Sign: func(ctx context.Context, digest common.Hash, data []byte) ([]byte, error) {
			approvals++
			return signer.SignTyped(ctx, digest, data)
		},
	}}
	for _, n := range net.nodes {
		id, err := wire.ParseNodeID(n.public)
		if err != nil {
			t.Fatal(err)
		}
		cfg.Servers = append(cfg.Servers, id)
	}
	wallet, err := client.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	keys := make([]wire.KeyID, 5)
	for i := range keys {
		keys[i] = wire.KeyID(randomID())
	}
	session, err := wallet.Permit(t.Context(), client.Scope{Operations: []wire.Operation{wire.OpGenerate, wire.OpStore, wire.OpRetrieve, wire.OpPublic, wire.OpSign}, Keys: keys, For: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	contract := permissionContract{common.HexToAddress(net.acl)}
	for _, key := range keys[:4] {
		p, err := session.PublishKey(t.Context(), client.PublishOptions{Key: key, Unclaimed: true})
		if err != nil {
			t.Fatal(err)
		}
		if read, err := session.ServerKey(t.Context(), key); err != nil || read.Public != p.ServerKey || read.Version != p.Version {
			t.Errorf("%v: %+v %v", key, read, err)
		}
		if key != keys[1] { // whoever grants is the publisher, who may read
			contract.grant(t, net.nodes[0].eth, author, common.Hash(key), net.accounts[1])
		}
	}
	all, err := session.FetchMany(t.Context(), keys)
	if err != nil || len(all) != len(keys) || approvals != 1 {
		t.Fatalf("%d outcomes after %d approvals: %v", len(all), approvals, err)
	}
	for i, o := range all {
		switch {
		case i == 1 && !client.IsDenied(o.Err), i == 4 && (o.Err == nil || client.IsDenied(o.Err)), i != 1 && i != 4 && o.Err != nil:
			t.Errorf("key %d: %v", i, o.Err)
		case o.Err == nil:
			if err := client.VerifyReceipt(o.Fetched.Receipt(), client.Witnesses{
				Servers: []common.Address{net.nodes[0].address, net.nodes[1].address, net.nodes[2].address, net.nodes[3].address}, Threshold: new(uint32(1)),
			}); err != nil {
				t.Errorf("key %d: %v", i, err)
			}
		}
	}
	if _, err := session.Fetch(t.Context(), wire.KeyID(randomID())); err == nil || client.IsDenied(err) {
		t.Errorf("a key beyond the permit: %v", err)
	}
	signed, err := session.Sign(t.Context(), keys[0], wire.ECDSA, crypto.Keccak256Hash([]byte("x")), client.SignOptions{})
	if err != nil || len(signed.Signature) != 65 || approvals != 1 {
		t.Errorf("signing: %+v %v, after %d approvals", signed, err, approvals)
	}
	// The wallet's own requests go without a permit.
	if _, err := wallet.Fetch(t.Context(), keys[0]); err != nil || approvals != 2 {
		t.Errorf("%v after %d approvals", err, approvals)
	}
}

// do runs geth-ss secretstore and gives what it said, and whether it succeeded.
func (c *commandLine) do(t *testing.T, stdin io.Reader, args ...string) (stdout, stderr string, ok bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, append([]string{"secretstore"}, args...)...)
	var out, errs bytes.Buffer
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = c.dir, stdin, &out, &errs
	err := cmd.Run()
	if ctx.Err() != nil {
		t.Fatalf("geth-ss secretstore %v does not end:\n%s", args, &errs)
	}
	return out.String(), errs.String(), err == nil
}

// must is do for what has to succeed.
func (c *commandLine) must(t *testing.T, args ...string) string {
	t.Helper()
	stdout, stderr, ok := c.do(t, nil, args...)
	if !ok {
		t.Fatalf("geth-ss secretstore %s:\n%s%s", strings.Join(args, " "), stdout, stderr)
	}
	return stdout
}

// refused is do for what has to fail, and to say why.
func (c *commandLine) refused(t *testing.T, why string, args ...string) {
	t.Helper()
	stdout, stderr, ok := c.do(t, nil, args...)
	if ok || !strings.Contains(stderr, why) || strings.Contains(stderr, "goroutine ") {
		t.Errorf("geth-ss secretstore %s: success %t, without %q:\n%s%s", strings.Join(args, " "), ok, why, stdout, stderr)
	}
}

// keyOf is a file with an account's key.
func (c *commandLine) keyOf(t *testing.T, a account) string {
	t.Helper()
	return c.write(t, a.address.Hex()+".key", fmt.Appendf(nil, "%x\n", crypto.FromECDSA(a.key)))
}

func (c *commandLine) write(t *testing.T, name string, text []byte) string {
	t.Helper()
	path := filepath.Join(c.dir, name)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func (c *commandLine) read(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(c.dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// terms is a key's record without the votes that completed it: each key server keeps the first ones that were enough for it,
// and these are not the same everywhere.
func (c *commandLine) terms(t *testing.T, record string) (terms map[string]any) {
	t.Helper()
	if err := json.Unmarshal(c.read(t, record), &terms); err != nil {
		t.Fatal(err)
	}
	if certificate, ok := terms["certificate"].(map[string]any); ok {
		terms = certificate
	}
	if _, ok := terms["setup"]; !ok {
		t.Fatalf("%s is no key's record: %v", record, terms)
	}
	delete(terms, "acks")
	delete(terms, "decided")
	return terms
}

// life is what the README promises: publish with a key of one's own, grant another address, fetch there, a third refused
// with the reason, and a receipt that is verified off line.
func (c *commandLine) life(t *testing.T) {
	one, two, down := c.net.nodes[0], c.net.nodes[1], "http://127.0.0.1:1"
	publisher := c.keyOf(t, c.net.accounts[5])
	var reader struct{ Address string }
	if err := json.Unmarshal([]byte(c.must(t, "keygen", "--json", "reader.key")), &reader); err != nil || !common.IsHexAddress(reader.Address) {
		t.Fatalf("%+v %v", reader, err)
	}
	if info, err := os.Stat(filepath.Join(c.dir, "reader.key")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key file: %v %v", info.Mode(), err)
	}
	c.refused(t, "exists", "keygen", "reader.key")
	c.must(t, "keygen", "stranger.key")

	text := []byte("Meet me where the ways cross, at noon.\n")
	c.write(t, "note.txt", text)
	var published struct{ Key, Version, ServerKey, Publisher, File string }
	out := c.must(t, "publish", "--json", "--node", one.url, "--key", publisher, "--rpc", one.rpcURL, "--record", "record.json", "note.txt")
	if err := json.Unmarshal([]byte(out), &published); err != nil || published.File != "note.txt.ss" || !strings.EqualFold(published.Publisher, c.net.accounts[5].address.Hex()) {
		t.Fatalf("%s: %v", out, err)
	}
	if bytes.Contains(c.read(t, "note.txt.ss"), text[:12]) {
		t.Fatal("the document is not encrypted")
	}
	c.refused(t, "note.txt.ss exists", "publish", "--node", one.url, "--key", publisher, "note.txt")
	c.refused(t, "give --rpc", "publish", "--node", one.url, "--key", publisher, "--out", "other.ss", "note.txt")
	c.interrupted(t, publisher)
	c.refused(t, "Denied: fetching the key", "fetch", "--node", two.url, "--key", "reader.key", "note.txt.ss")
	c.refused(t, "only its publisher", "grant", "--rpc", two.rpcURL, "--key", c.keyOf(t, c.net.accounts[6]), "note.txt.ss", reader.Address)

	c.must(t, "grant", "--rpc", one.rpcURL, "--key", publisher, "note.txt.ss", reader.Address)
	got, warned, ok := c.do(t, nil, "fetch", "--node", down, "--node", two.url, "--key", "reader.key", "--receipt", "receipt.json", "note.txt.ss")
	if !ok || got != string(text) || !strings.Contains(warned, down) {
		t.Fatalf("fetched %q: %s", got, warned)
	}
	c.must(t, "fetch", "--node", two.url, "--key", "reader.key", "--out", "copy.txt", "note.txt.ss")
	if !bytes.Equal(c.read(t, "copy.txt"), text) {
		t.Error("the file is another text")
	}
	c.refused(t, "denies the requester", "fetch", "--node", two.url, "--key", "stranger.key", "note.txt.ss")

	c.must(t, "key-record", "--node", two.url, "--key", publisher, "--out", "again.json", "note.txt.ss")
	if again, first := c.terms(t, "again.json"), c.terms(t, "record.json"); !reflect.DeepEqual(again, first) {
		t.Errorf("the key's record is another one: %v, and was %v", again, first)
	}
	c.refused(t, "only the author", "key-record", "--node", two.url, "--key", "reader.key", published.Key)
	c.receipts(t, published.Version, reader.Address)
	c.must(t, "revoke", "--rpc", one.rpcURL, "--key", publisher, published.Key, reader.Address)
	c.refused(t, "permission denied", "receipt", "--node", one.url, "--key", "reader.key", published.Key)
	c.refused(t, "is this the address of a Secret Store listener", "fetch", "--node", one.rpcURL, "--key", "reader.key", "note.txt.ss")
	c.refused(t, "connection refused", "fetch", "--node", down, "--key", "reader.key", "note.txt.ss")
	c.refused(t, "give --key", "fetch", "note.txt.ss")
}

// interrupted publishes through a node that is not there any more when the key is stored, and goes on through another.
func (c *commandLine) interrupted(t *testing.T, publisher string) {
	one, two := c.net.nodes[0], c.net.nodes[1]
	target, err := url.Parse(one.url)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	gone := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/storeDocumentKey" {
			panic(http.ErrAbortHandler)
		}
		proxy.ServeHTTP(w, r)
	}))
	defer gone.Close()
	publish := []string{"publish", "--json", "--key", publisher, "--rpc", one.rpcURL, "--out", "late.ss", "note.txt"}
	c.refused(t, "late.ss.unfinished", append([]string{"publish", "--node", gone.URL}, publish[2:]...)...)
	var left struct{ Key string }
	if err := json.Unmarshal(c.read(t, "late.ss.unfinished"), &left); err != nil {
		t.Fatal(err)
	}
	c.refused(t, "is of another publication", append([]string{"publish", "--node", two.url, "--threshold", "2"}, publish[2:]...)...)
	out, said, ok := c.do(t, nil, append([]string{"publish", "--json", "--node", two.url}, publish[2:]...)...)
	var published struct{ Key string }
	if err := json.Unmarshal([]byte(out), &published); err != nil || !ok || published.Key != left.Key || !strings.Contains(said, "Going on with") {
		t.Errorf("went on: %t, %v\n%s%s", ok, err, out, said)
	}
	if _, err := os.Stat(filepath.Join(c.dir, "late.ss.unfinished")); err == nil {
		t.Error("the file of the interrupted publication stays")
	}
	c.must(t, "fetch", "--node", two.url, "--key", publisher, "late.ss")
}

func (c *commandLine) receipts(t *testing.T, version, reader string) {
	servers := []string{"verify-receipt", "--json"}
	for i, n := range c.net.nodes {
		server := n.address.Hex()
		if i == 0 {
			server = n.public
		}
		servers = append(servers, "--server", server)
	}
	var found struct {
		Valid              bool
		Requester, Version string
		ChainID, Block     uint64
		Members, SignedBy  []string
	}
	c.refused(t, "proves nothing", append(servers, "receipt.json")...)
	c.refused(t, "it needs 3", append(servers, "--threshold", "2", "receipt.json")...)
	c.must(t, append(servers, "--threshold", "1", "receipt.json")...)
	out := c.must(t, append(servers, "--record", "record.json", "receipt.json")...)
	if err := json.Unmarshal([]byte(out), &found); err != nil || !found.Valid || !strings.EqualFold(found.Requester, reader) ||
		found.Version != version || found.ChainID != c.net.chainID || found.Block == 0 || len(found.Members) != 4 || len(found.SignedBy) != 2 {
		t.Errorf("%s: %v", out, err)
	}
	c.must(t, "verify-receipt", "--key-version", version, "receipt.json")
	c.refused(t, "is about version", "verify-receipt", "--key-version", strings.Repeat("0", 64), "receipt.json")
	c.refused(t, "names other servers than those given", "verify-receipt", "--server", c.net.accounts[0].address.Hex(), "receipt.json")
	forged := bytes.Replace(c.read(t, "receipt.json"), []byte(strings.ToLower(reader)[2:]), []byte(strings.Repeat("1", 40)), -1)
	c.write(t, "forged.json", forged)
	c.refused(t, "not valid", "verify-receipt", "forged.json")
}

// pipes: the document comes on standard input and goes to standard output, and the facts to standard error.
func (c *commandLine) pipes(t *testing.T) {
	n, a := c.net.nodes[2], c.net.accounts[5]
	stored, err := keystore.EncryptKey(&keystore.Key{Id: uuid.New(), Address: a.address, PrivateKey: a.key}, "open", keystore.LightScryptN, keystore.LightScryptP)
	if err != nil {
		t.Fatal(err)
	}
	c.write(t, "sealed.key", stored)
	c.write(t, "password", []byte("open\n"))
	key := []string{"--key", "sealed.key", "--password-file", "password", "--node", n.url}
	encrypted, facts, ok := c.do(t, strings.NewReader("a text"), append(append([]string{"publish", "--json", "--rpc", n.rpcURL}, key...), "-")...)
	if !ok || !json.Valid([]byte(facts)) {
		t.Fatal(facts)
	}
	got, errs, ok := c.do(t, strings.NewReader(encrypted), append(append([]string{"fetch"}, key...), "-")...)
	if !ok || got != "a text" {
		t.Errorf("%q %s", got, errs)
	}
	c.refused(t, "give --password-file", "fetch", "--key", "sealed.key", "--node", n.url, "note.txt.ss")
}

// damage: what was changed is refused, and no file is left.
func (c *commandLine) damage(t *testing.T) {
	n, publisher := c.net.nodes[3], c.keyOf(t, c.net.accounts[5])
	good := c.read(t, "note.txt.ss")
	bent := bytes.Clone(good)
	bent[len(bent)-1] ^= 1
	header := bytes.Clone(good)
	header[140]++ // the salt
	for why, text := range map[string][]byte{
		"chunk 0 was changed, or": bent, "cut off": good[:len(good)-1], "something was added": append(bytes.Clone(good), make([]byte, 1<<20)...),
		"header was changed": header, "not a document of geth-ss": []byte("plain text"), "ends in its header": good[:100],
	} {
		c.write(t, "bent.ss", text)
		c.refused(t, why, "fetch", "--node", n.url, "--key", publisher, "--out", "bent.txt", "bent.ss")
	}
	left, err := filepath.Glob(filepath.Join(c.dir, "*.part"))
	if _, err := os.Stat(filepath.Join(c.dir, "bent.txt")); err == nil || len(left) > 0 {
		t.Errorf("a damaged document was written: %v", left)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// large pipes a document from publish to fetch. Neither may hold more of it than a small part.
func (c *commandLine) large(t *testing.T, mib int) {
	const bound = 160 << 10 // KiB; the program alone has 83 MiB
	n, key := c.net.nodes[0], c.keyOf(t, c.net.accounts[5])
	publish := exec.CommandContext(t.Context(), binary, "secretstore", "publish", "--node", n.url, "--rpc", n.rpcURL, "--key", key, "-")
	fetch := exec.CommandContext(t.Context(), binary, "secretstore", "fetch", "--node", n.url, "--key", key, "-")
	var said bytes.Buffer
	fetch.Stderr = &said
	in, err := publish.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if fetch.Stdin, err = publish.StdoutPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := fetch.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	for _, cmd := range []*exec.Cmd{publish, fetch} {
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { cmd.Process.Kill() })
	}
	text, wrote := rand.NewChaCha8([32]byte{1}), sha256.New()
	size := int64(mib) << 20
	measured := make(chan struct{})
	go func() { // ends with the processes
		io.CopyN(io.MultiWriter(in, wrote), text, size)
		<-measured
		in.Close()
	}()
	read := sha256.New()
	// All but the last chunks come out while the end is still missing: by then both have done what they do.
	if _, err := io.CopyN(read, out, size-1<<20); err != nil {
		close(measured)
		t.Fatalf("%v: %s", err, &said)
	}
	for _, cmd := range []*exec.Cmd{publish, fetch} {
		peak := peakKiB(t, cmd.Process.Pid)
		t.Logf("%s of %d MiB: at most %d MiB of memory", cmd.Args[2], mib, peak>>10)
		if peak > bound {
			t.Errorf("%s took %d KiB", cmd.Args[2], peak)
		}
	}
	close(measured)
	rest, err := io.Copy(read, out)
	if err != nil || rest != 1<<20 {
		t.Errorf("the end has %d bytes: %v", rest, err)
	}
	for _, cmd := range []*exec.Cmd{publish, fetch} {
		if err := cmd.Wait(); err != nil {
			t.Errorf("%s: %v\n%s", cmd.Args[2], err, &said)
		}
	}
	if !bytes.Equal(wrote.Sum(nil), read.Sum(nil)) {
		t.Error("another document came out")
	}
}

// TestLongDocument is a document of a GiB, which neither side holds in memory.
func TestLongDocument(t *testing.T) {
	net := startNetwork(t, 4)
	(&commandLine{net, t.TempDir()}).large(t, 1<<10)
	net.stop(t)
}

// peakKiB is the most memory that a process has had.
func peakKiB(t *testing.T, pid int) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if os.IsNotExist(err) {
		t.Skip("SKIPPED, no /proc: the memory is not measured")
	}
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	peak, err := strconv.Atoi(strings.Fields(after + " none")[0])
	if err != nil {
		t.Fatalf("no VmHWM in %s", status)
	}
	return peak
}

// ocean: documents of Ocean's npm client are read, and it reads ours.
func (c *commandLine) ocean(t *testing.T) {
	npm.Require(t)
	n, other := c.net.nodes[0], c.net.nodes[1]
	contract := permissionContract{common.HexToAddress(c.net.acl)}
	author, reader, id := c.net.accounts[6], c.net.accounts[7], randomID()
	contract.grant(t, n.eth, author, id, reader)
	theirs, err := npm.Run(t.Context(), npm.Ocean, npm.Request{
		Op: "publish", Account: npmAccount(n, author), DocumentID: fmt.Sprintf("%x", id), Threshold: 2, Document: map[string]any{"title": "Füße 🦶"},
	})
	if err != nil {
		t.Fatal(err)
	}
	c.write(t, "ocean.hex", []byte(theirs.Encrypted))
	got := c.must(t, "fetch", "--node", other.url, "--key", c.keyOf(t, reader), "--id", fmt.Sprintf("%x", id), "ocean.hex")
	if want := "{\n  \"title\": \"Füße 🦶\"\n}"; got != want {
		t.Errorf("read %q, want %q", got, want)
	}
	c.refused(t, "give --id", "fetch", "--node", other.url, "--key", c.keyOf(t, reader), "ocean.hex")

	c.write(t, "ours.json", []byte(`{"title": "Grüße"}`))
	var published struct{ Key string }
	out := c.must(t, "publish", "--legacy", "--json", "--node", n.url, "--rpc", n.rpcURL, "--key", c.keyOf(t, author), "ours.json")
	if err := json.Unmarshal([]byte(out), &published); err != nil {
		t.Fatal(err)
	}
	contract.grant(t, n.eth, author, common.HexToHash(published.Key), reader)
	ours, err := npm.Run(t.Context(), npm.Ocean, npm.Request{
		Op: "consume", Account: npmAccount(other, reader), DocumentID: published.Key[2:], Threshold: 1, Encrypted: string(c.read(t, "ours.json.ss")),
	})
	if err != nil || string(ours.Document) != `{"title":"Grüße"}` {
		t.Errorf("Ocean's client reads %v: %v", ours, err)
	}
}

// signatures: a key to sign with, a signature for whom its author lets, which is checked off line.
func (c *commandLine) signatures(t *testing.T) {
	one, two := c.net.nodes[0], c.net.nodes[1]
	author := c.keyOf(t, c.net.accounts[5])
	var made struct {
		Key, ServerKey, Address string
		Threshold, Servers      int
	}
	out := c.must(t, "generate-key", "--json", "--node", one.url, "--rpc", one.rpcURL, "--key", author)
	if err := json.Unmarshal([]byte(out), &made); err != nil || made.Threshold != 1 || made.Servers != 4 || !common.IsHexAddress(made.Address) {
		t.Fatalf("%s: %v", out, err)
	}
	var signer struct{ Address string }
	if err := json.Unmarshal([]byte(c.must(t, "keygen", "--json", "signer.key")), &signer); err != nil {
		t.Fatal(err)
	}
	sign := func(args ...string) []string {
		return append([]string{"sign", "--node", two.url, "--key", "signer.key", "--id", made.Key}, args...)
	}
	c.refused(t, "permission denied", sign("--message", "I was here")...)
	c.must(t, "grant", "--rpc", one.rpcURL, "--key", author, made.Key, signer.Address)
	c.write(t, "contract.txt", []byte("Ten sheep for one cow."))
	for _, about := range [][]string{{"--message", "I was here"}, {"--file", "contract.txt"}, {"--hash", made.Key}} {
		for _, scheme := range []string{"ecdsa", "schnorr", "rfc9591", "bip340"} {
			about := append([]string{"--scheme", scheme, "--server-key", made.ServerKey}, about...)
			var signed struct {
				Signature, Scheme, Address string
				Hash                       common.Hash
				Block                      uint64
			}
			out := c.must(t, sign(append(about, "--json")...)...)
			if err := json.Unmarshal([]byte(out), &signed); err != nil || signed.Scheme != scheme || signed.Block == 0 || signed.Address != made.Address {
				t.Fatalf("%s: %v", out, err)
			}
			c.must(t, append(append([]string{"verify-signature"}, about...), signed.Signature)...)
			c.refused(t, "not valid", "verify-signature", "--scheme", scheme, "--server-key", made.ServerKey, "--hash", strings.Repeat("1", 64), signed.Signature)
			if scheme != "ecdsa" {
				continue
			}
			if key, err := crypto.SigToPub(signed.Hash[:], common.FromHex(signed.Signature)); err != nil || crypto.PubkeyToAddress(*key).Hex() != made.Address {
				t.Errorf("ecrecover of %s: %v", out, err)
			}
		}
	}
	c.refused(t, "another server key than the one that is known", sign("--message", "x", "--server-key", strings.Repeat("1", 128))...)
	c.refused(t, "not among those trusted", sign("--message", "x", "--server", one.public)...)
	c.must(t, "revoke", "--rpc", two.rpcURL, "--key", author, made.Key, signer.Address)
	c.refused(t, "permission denied", sign("--message", "I was here")...)
}

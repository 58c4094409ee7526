package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// fetched is a release of a cluster of n, and the addresses of its servers.
func fetched(t *testing.T, n int) (*Fetched, []common.Address) {
	t.Helper()
	f, servers, _ := fetchedOf(t, n)
	return f, servers
}

func fetchedOf(t *testing.T, n int) (*Fetched, []common.Address, *desk) {
	t.Helper()
	d := newDesk(t, n)
	author := d.client("author")
	_, p := d.publish(author, secret)
	d.grant(author.Account(), p.Key)
	f, err := author.Fetch(context.Background(), p.Key)
	if err != nil {
		t.Fatal(err)
	}
	var servers []common.Address
	for _, id := range d.Members() {
		servers = append(servers, id.Address())
	}
	return f, servers, d
}

func receiptText(t *testing.T, r *Receipt) string {
	t.Helper()
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestReceipt: a release gives a receipt, which is checked from its file alone.
func TestReceipt(t *testing.T) {
	for _, n := range []int{1, 4, 7} {
		f, servers := fetched(t, n)
		back, err := ReadReceipt(strings.NewReader(receiptText(t, f.Receipt())))
		if err != nil || !reflect.DeepEqual(back, f.Receipt()) {
			t.Fatalf("%v: %+v", err, back)
		}
		if err := VerifyReceipt(back, Witnesses{Servers: servers, Threshold: new(f.Release.Setup.Threshold)}); err != nil {
			t.Error(err)
		}
		if err := VerifyReceipt(back, Witnesses{}); err != nil {
			t.Error(err)
		}
		if err := VerifyReceipt(back, Witnesses{Servers: append([]common.Address{{1}}, servers[1:]...)}); err == nil || !strings.Contains(err.Error(), servers[0].Hex()) {
			t.Errorf("another server: %v", err)
		}
	}
}

// TestReceiptForged bends a receipt in every field.
func TestReceiptForged(t *testing.T) {
	f, servers := fetched(t, 7)
	text := receiptText(t, f.Receipt())
	unsigned := f.Receipt()
	outsider := func(r *Receipt) wire.Signature {
		key, err := crypto.GenerateKey()
		if err != nil {
			t.Fatal(err)
		}
		digest := r.Receipt.Digest()
		sig, err := crypto.Sign(digest[:], key)
		if err != nil {
			t.Fatal(err)
		}
		return wire.Signature(sig)
	}
	for name, bend := range map[string]func(*Receipt){
		"receipt's cluster":     func(r *Receipt) { r.Receipt.Cluster[0]++ },
		"receipt's request":     func(r *Receipt) { r.Receipt.Request[0]++ },
		"receipt's requester":   func(r *Receipt) { r.Receipt.Requester[0]++ },
		"receipt's key":         func(r *Receipt) { r.Receipt.Key[0]++ },
		"receipt's version":     func(r *Receipt) { r.Receipt.Version[0]++ },
		"block number":          func(r *Receipt) { r.Receipt.Block.Number++ },
		"block hash":            func(r *Receipt) { r.Receipt.Block.Hash[0]++ },
		"verdict":               func(r *Receipt) { r.Receipt.Granted = false },
		"chain id":              func(r *Receipt) { r.Message.Chain++ },
		"request's cluster":     func(r *Receipt) { r.Message.Cluster[0]++ },
		"account":               func(r *Receipt) { r.Message.Account[0]++ },
		"both accounts":         func(r *Receipt) { r.Message.Account[0]++; r.Receipt.Requester[0]++ },
		"operation":             func(r *Receipt) { r.Message.Operation = wire.OpPublic },
		"operation, signed for": func(r *Receipt) { r.Message.Operation = wire.OpPublic; r.Receipt.Request = r.Message.Digest() },
		"keys":                  func(r *Receipt) { r.Message.Keys[0][0]++ },
		"no keys":               func(r *Receipt) { r.Message.Keys = nil },
		"arguments":             func(r *Receipt) { r.Message.Arguments[0]++ },
		"reply key":             func(r *Receipt) { r.Message.ReplyKey[0]++ },
		"expiry":                func(r *Receipt) { r.Message.Expiry++ },
		"nonce":                 func(r *Receipt) { r.Message.Nonce[0]++ },
		"set-up's cluster":      func(r *Receipt) { r.Setup.Cluster[0]++ },
		"set-up's key":          func(r *Receipt) { r.Setup.Key[0]++ },
		"threshold":             func(r *Receipt) { r.Setup.Threshold-- },
		"threshold beyond all":  func(r *Receipt) { r.Setup.Threshold = 1<<32 - 1 },
		"set size":              func(r *Receipt) { r.Setup.SetSize++ },
		"members":               func(r *Receipt) { r.Setup.Members = r.Setup.Members[1:] },
		"no members":            func(r *Receipt) { r.Setup.Members = nil },
		"member":                func(r *Receipt) { r.Setup.Members[2][40]++ },
		"initiator":             func(r *Receipt) { r.Setup.Initiator[0]++ },
		"set-up's nonce":        func(r *Receipt) { r.Setup.Nonce[0]++ },
		"set-up's proof":        func(r *Receipt) { r.Setup.Proof[0]++ },
		"index":                 func(r *Receipt) { r.Signatures[2].Index++ },
		"index 0":               func(r *Receipt) { r.Signatures[0].Index = 0 },
		"index beyond all":      func(r *Receipt) { r.Signatures[2].Index = 8 },
		"index far beyond":      func(r *Receipt) { r.Signatures[2].Index = 1<<32 - 1 },
		"signature":             func(r *Receipt) { r.Signatures[1].Signature[5]++ },
		"signature's v":         func(r *Receipt) { r.Signatures[1].Signature[64] ^= 1 },
		"v of 27":               func(r *Receipt) { r.Signatures[1].Signature[64] += 27 },
		"no signature":          func(r *Receipt) { r.Signatures[1].Signature = wire.Signature{} },
		"outsider's signature":  func(r *Receipt) { r.Signatures[1].Signature = outsider(r) },
		"another's signature":   func(r *Receipt) { r.Signatures[1].Signature = r.Signatures[0].Signature },
		"one signature twice":   func(r *Receipt) { r.Signatures[1] = r.Signatures[0] },
		"signatures reversed":   func(r *Receipt) { r.Signatures[0], r.Signatures[2] = r.Signatures[2], r.Signatures[0] },
		"too few":               func(r *Receipt) { r.Signatures = r.Signatures[:2] },
		"none":                  func(r *Receipt) { r.Signatures = nil },
		"a bad one beside enough": func(r *Receipt) {
			r.Signatures = append(r.Signatures, ReceiptSignature{7, wire.Signature{1}})
		},
		"nothing": func(r *Receipt) { *r = Receipt{} },
	} {
		r, err := ReadReceipt(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		bend(r)
		if reflect.DeepEqual(r, unsigned) {
			t.Errorf("%s: nothing is bent", name)
		}
		if VerifyReceipt(r, Witnesses{}) == nil || VerifyReceipt(r, Witnesses{Servers: servers, Threshold: new(uint32(0))}) == nil {
			t.Errorf("%s: the forged receipt is taken", name)
		}
	}
}

// TestReceiptForSomethingElse: what members have really signed is no receipt for a request that it does not fit, nor is a
// refusal.
func TestReceiptForSomethingElse(t *testing.T) {
	f, servers, d := fetchedOf(t, 4)
	for name, bend := range map[string]func(*Receipt){
		"nothing bent":          func(*Receipt) {},
		"a refusal":             func(r *Receipt) { r.Receipt.Granted = false },
		"another account's":     func(r *Receipt) { r.Receipt.Requester[0]++ },
		"another operation":     func(r *Receipt) { r.Message.Operation = wire.OpPublic },
		"another key's request": func(r *Receipt) { r.Message.Keys = []wire.KeyID{{9}} },
		"another cluster's":     func(r *Receipt) { r.Message.Cluster[0]++ },
		"another cluster's key": func(r *Receipt) { r.Receipt.Cluster[0]++; r.Message.Cluster[0]++ },
		"another key's":         func(r *Receipt) { r.Receipt.Key[0]++; r.Message.Keys = []wire.KeyID{r.Receipt.Key} },
		"another version's":     func(r *Receipt) { r.Receipt.Version[0]++ },
	} {
		r, err := ReadReceipt(strings.NewReader(receiptText(t, f.Receipt())))
		if err != nil {
			t.Fatal(err)
		}
		bend(r)
		r.Receipt.Request = r.Message.Digest()
		for i, s := range r.Signatures {
			r.Signatures[i].Signature = d.Node(r.Setup.Members[s.Index-1]).NodeKey().Sign(r.Receipt.Digest())
		}
		if err := VerifyReceipt(r, Witnesses{Servers: servers, Threshold: new(uint32(0))}); (err == nil) != (name == "nothing bent") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestReceiptWitnesses: one liar among the servers that a verifier knows makes no receipt that passes, whatever set-up it makes
// up; what the cluster gave passes by each of the three ways, and not by the servers alone.
func TestReceiptWitnesses(t *testing.T) {
	f, servers, d := fetchedOf(t, 4) // t = 1
	genuine := f.Receipt()
	key, err := d.client("author").ServerKey(t.Context(), genuine.Receipt.Key)
	if err != nil {
		t.Fatal(err)
	}
	liar := d.Nodes[2].NodeKey()
	// invent makes a receipt of a set-up that is the liar's alone, and a record of it as far as its word goes.
	invent := func(terms wire.Terms) (*Receipt, *wire.Certificate) {
		r := *genuine
		r.Setup = terms
		r.Message.Account, r.Message.Nonce = common.Address{0xba, 0xd0}, common.Hash{1}
		r.Receipt.Version, r.Receipt.Requester, r.Receipt.Request = terms.Session(), r.Message.Account, r.Message.Digest()
		r.Signatures = nil
		record := *key.Certificate
		record.Setup, record.Commitments = terms, record.Commitments[:terms.Threshold+1]
		record.Signatures = nil
		certified := wire.CertifyDigest(terms.Session(), wire.Transcript(terms.Session(), record.Bodies, record.Commitments))
		for i, m := range terms.Members {
			sig := liar.Sign(certified) // in others' names, too
			if m == liar.ID() {
				r.Signatures = append(r.Signatures, ReceiptSignature{uint32(i + 1), liar.Sign(r.Receipt.Digest())})
			}
			record.Signatures = append(record.Signatures, sig)
		}
		return &r, &record
	}
	alone, all := key.Certificate.Setup, key.Certificate.Setup
	alone.Members, alone.SetSize, alone.Threshold = []wire.NodeID{liar.ID()}, 1, 0
	all.Threshold = 0
	for name, terms := range map[string]wire.Terms{"of itself alone": alone, "of all, of whom one is enough": all} {
		r, record := invent(terms)
		if err := VerifyReceipt(r, Witnesses{}); err != nil {
			t.Fatalf("%s: the invented receipt is not even sound: %v", name, err)
		}
		for how, w := range map[string]Witnesses{
			"servers":                       {Servers: servers},
			"its own record":                {Servers: servers, Record: record},
			"its own record, servers twice": {Servers: append(servers[:4:4], servers...), Record: record},
			"the genuine record":            {Servers: servers, Record: key.Certificate},
			"the threshold":                 {Servers: servers, Threshold: new(uint32(1))},
			"the version":                   {Version: &genuine.Receipt.Version},
			"servers and version":           {Servers: servers, Version: &genuine.Receipt.Version},
		} {
			if VerifyReceipt(r, w) == nil {
				t.Errorf("a set-up %s passes by %s", name, how)
			}
		}
	}
	two, _ := invent(all)
	two.Signatures = append(two.Signatures, two.Signatures[0])
	if VerifyReceipt(two, Witnesses{Servers: servers, Threshold: new(uint32(1))}) == nil {
		t.Error("one signature counts twice")
	}
	for how, c := range map[string]struct {
		w    Witnesses
		fine bool
	}{
		"servers alone":       {Witnesses{Servers: servers}, false},
		"the record":          {Witnesses{Servers: servers, Record: key.Certificate}, true},
		"the threshold":       {Witnesses{Servers: servers, Threshold: new(uint32(1))}, true},
		"a higher one":        {Witnesses{Servers: servers, Threshold: new(uint32(2))}, false},
		"the highest":         {Witnesses{Servers: servers, Threshold: new(^uint32(0))}, false},
		"the version":         {Witnesses{Version: &genuine.Receipt.Version}, true},
		"servers and version": {Witnesses{Version: &genuine.Receipt.Version, Servers: servers}, true},
		"all of it":           {Witnesses{Version: &genuine.Receipt.Version, Servers: servers, Record: key.Certificate, Threshold: new(uint32(0))}, true},
		"another version":     {Witnesses{Version: &wire.SessionID{1}, Servers: servers, Record: key.Certificate}, false},
		"a version of zeros":  {Witnesses{Version: new(wire.SessionID), Servers: servers, Record: key.Certificate}, false},
		"a server is missing": {Witnesses{Servers: servers[1:], Record: key.Certificate}, false},
	} {
		if err := VerifyReceipt(genuine, c.w); (err == nil) != c.fine {
			t.Errorf("what the cluster gave, by %s: %v", how, err)
		}
	}
	if err := VerifyReceipt(genuine, Witnesses{Servers: servers}); !errors.Is(err, ErrWitnesses) {
		t.Errorf("what is missing is not told: %v", err)
	}
	text, err := json.Marshal(key.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	if back, err := ReadRecord(bytes.NewReader(text)); err != nil || !reflect.DeepEqual(back, key.Certificate) {
		t.Errorf("%+v, %v", back, err)
	}
	for name, bad := range map[string]string{"followed": string(text) + "{}", "too long": string(text) + strings.Repeat(" ", maxRecord), "unknown field": `{"x":1,` + string(text[1:])} {
		if _, err := ReadRecord(strings.NewReader(bad)); err == nil {
			t.Errorf("a record that is %s is read", name)
		}
	}
	for i := 0; i < len(text); i += 5 {
		bent := bytes.Clone(text)
		bent[i] ^= 1
		back, err := ReadRecord(bytes.NewReader(bent))
		if err != nil {
			continue
		}
		for i := range back.Signatures { // whose they are is known, so v says nothing
			back.Signatures[i][64] = key.Certificate.Signatures[i][64]
		}
		for i := range back.Acks {
			back.Acks[i].Signature[64] = key.Certificate.Acks[i].Signature[64]
		}
		if !reflect.DeepEqual(back, key.Certificate) {
			t.Errorf("byte %d of the record does not count: %s", i, bent[max(0, i-20):i+1])
		}
	}
}

// TestReceiptFile: every byte of the file counts.
func TestReceiptFile(t *testing.T) {
	f, _ := fetched(t, 4)
	text := receiptText(t, f.Receipt())
	for name, bad := range map[string]string{
		"cut":           text[:len(text)-3],
		"followed":      text + "{}",
		"unknown field": strings.Replace(text, `"receipt"`, `"comment": "paid", "receipt"`, 1),
		"empty":         "",
		"too long":      text + strings.Repeat(" ", maxReceipt),
		"short key":     strings.Replace(text, `"key": "0x`, `"key": "0x00`, 1),
	} {
		if _, err := ReadReceipt(strings.NewReader(bad)); err == nil {
			t.Errorf("%s: read", name)
		}
	}
	for i := 0; i < len(text); i += 7 { // hex digits, numbers, names
		b := []byte(text)
		b[i] ^= 1
		r, err := ReadReceipt(bytes.NewReader(b))
		if err != nil {
			continue
		}
		if err := VerifyReceipt(r, Witnesses{}); err == nil && !reflect.DeepEqual(r, f.Receipt()) {
			t.Errorf("byte %d: taken as %s", i, b[max(0, i-20):i+1])
		}
	}
}

// sampleFile is a receipt of four servers, as a file.
const sampleFile = "testdata/receipt.json"

var update = flag.Bool("update", false, "write "+sampleFile+" anew")

// sample is a receipt that was made once.
func sample(t testing.TB) []byte {
	t.Helper()
	text, err := os.ReadFile(sampleFile)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestReceiptSample: receipts of earlier versions stay valid.
func TestReceiptSample(t *testing.T) {
	if *update {
		f, _ := fetched(t, 4)
		if err := os.WriteFile(sampleFile, []byte(receiptText(t, f.Receipt())+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	r, err := ReadReceipt(bytes.NewReader(sample(t)))
	if err != nil {
		t.Fatal(err)
	}
	if err := VerifyReceipt(r, Witnesses{}); err != nil {
		t.Error(err)
	}
}

// FuzzReceipt: a receipt that was read and is valid is the one that was made.
func FuzzReceipt(f *testing.F) {
	text := sample(f)
	made, err := ReadReceipt(bytes.NewReader(text))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Fuzz(func(t *testing.T, in []byte) {
		r, err := ReadReceipt(bytes.NewReader(in))
		if err != nil {
			return
		}
		// Fewer signatures are as good where they are enough; here two are, and two there are.
		if VerifyReceipt(r, Witnesses{}) == nil && !reflect.DeepEqual(r, made) {
			t.Error("a receipt that nobody signed is valid")
		}
	})
}

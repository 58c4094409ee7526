package npm

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// typedFile is protocol/wire's vectors, as far as this test looks at them.
type typedFile struct {
	Vectors []struct {
		Name      string
		Primary   string `json:"primaryType"`
		Chain     uint64 `json:"chainId,string"`
		Message   json.RawMessage
		Digest    common.Hash
		Account   common.Address
		Signature hexutil.Bytes
	}
}

// TestViem: what npm's viem hashes and signs for the documented typed data is what nodes hash, and a node takes its signature.
func TestViem(t *testing.T) {
	d := NewDapp(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	text, err := os.ReadFile("../../protocol/wire/testdata/typed.json")
	if err != nil {
		t.Fatal(err)
	}
	var file typedFile
	var all map[string]any
	if err := errors.Join(json.Unmarshal(text, &file), json.Unmarshal(text, &all)); err != nil {
		t.Fatal(err)
	}
	var answers []struct {
		Name      string
		Digest    common.Hash
		Signature hexutil.Bytes
	}
	if err := d.Run(ctx, "vectors", all, &answers); err != nil {
		t.Fatal(err)
	}
	if len(answers) != len(file.Vectors) || len(answers) < 8 {
		t.Fatalf("%d answers to %d vectors", len(answers), len(file.Vectors))
	}
	taken := 0
	for i, v := range file.Vectors {
		a := answers[i]
		if a.Name != v.Name || a.Digest != v.Digest || a.Signature.String() != v.Signature.String() {
			t.Errorf("%s: viem has %v and %v, want %v and %v", v.Name, a.Digest, a.Signature, v.Digest, v.Signature)
		}
		var r wire.Request
		if v.Primary != "Request" || json.Unmarshal(v.Message, &r) != nil || len(r.Keys) == 0 {
			continue
		}
		r.Chain = v.Chain
		proof, err := (&wire.SignedRequest{Request: r, Signature: a.Signature}).Proof()
		if err != nil {
			t.Fatal(err)
		}
		who, err := proof.Recover(wire.Act{Chain: r.Chain, Cluster: r.Cluster, Operation: r.Operation, Key: r.Keys[0], Arguments: r.Arguments})
		if err != nil || who.Address != v.Account || who.Check.Contract != nil {
			t.Errorf("%s: recovered %+v, %v", v.Name, who, err)
		}
		taken++
	}
	if taken < 5 {
		t.Errorf("only %d requests were recovered", taken)
	}
}

// TestViemDocumented: by viem, too, the account in the documented typed data has signed it in the documented request.
func TestViemDocumented(t *testing.T) {
	d := NewDapp(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	text, err := os.ReadFile("../../docs/requests.md")
	if err != nil {
		t.Fatal(err)
	}
	var typed, sent map[string]any
	for _, block := range strings.Split(string(text), "```json\n")[1:] {
		block, _, _ = strings.Cut(block, "```")
		var object map[string]any
		switch err := json.Unmarshal([]byte(block), &object); {
		case err != nil:
			t.Fatal(err)
		case typed == nil && object["primaryType"] == "Request":
			typed = object
		case sent == nil && object["signature"] != nil:
			sent = object
		}
	}
	if typed == nil || sent == nil || !reflect.DeepEqual(typed["message"], sent["message"]) {
		t.Fatal("docs/requests.md has no typed data with a request of the same message")
	}
	var signer struct{ Account common.Address }
	if err := d.Run(ctx, "recover", map[string]any{"typed": typed, "signature": sent["signature"]}, &signer); err != nil {
		t.Fatal(err)
	}
	if want := typed["message"].(map[string]any)["account"].(string); !strings.EqualFold(signer.Account.Hex(), want) {
		t.Errorf("signed by %v, want %s", signer.Account, want)
	}
}

// TestDappOpens: the example dapp opens what key servers release, and nothing that a node in between has bent.
func TestDappOpens(t *testing.T) {
	d := NewDapp(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	in := func(a map[string]any, path ...string) map[string]any {
		a = a["release"].(map[string]any)
		for _, p := range path {
			a = a[p].(map[string]any)
		}
		return a
	}
	part := func(a map[string]any) map[string]any { return in(a)["parts"].([]any)[1].(map[string]any) }
	type test struct {
		name string
		n, t int
		bend func(map[string]any)
		want string // of the error
	}
	tests := []test{{name: "one server", n: 1}, {name: "odd threshold", n: 4, t: 1}, {name: "even threshold", n: 4, t: 2}}
	for name, f := range map[string]struct {
		bend func(map[string]any)
		want string
	}{
		"another key":     {func(a map[string]any) { a["key"] = common.Hash{9} }, "something else"},
		"another version": {func(a map[string]any) { a["version"] = common.Hash{9} }, "key servers that hold"},
		"another request": {func(a map[string]any) { a["proof"] = common.Hash{9} }, "something else"},
		"plain":           {func(a map[string]any) { in(a, "asked")["shadow"] = false }, "something else"},
		"threshold":       {func(a map[string]any) { in(a, "setup")["threshold"] = 1 }, "key servers that hold"},
		"member":          {func(a map[string]any) { m := in(a, "setup")["members"].([]any); m[0] = m[1] }, "key servers that hold"},
		"encrypted point": {func(a map[string]any) { in(a, "asked")["encryptedPoint"] = in(a, "asked")["commonPoint"] }, "has not signed"},
		"block":           {func(a map[string]any) { in(a, "asked", "block")["number"] = 99 }, "has not signed"},
		"part":            {func(a map[string]any) { part(a)["part"] = flip(part(a)["part"]) }, "has not signed"},
		"sealed":          {func(a map[string]any) { part(a)["sealed"] = flip(part(a)["sealed"]) }, "has not signed"},
		"part twice":      {func(a map[string]any) { p := in(a)["parts"].([]any); p[1] = p[0] }, "has not signed"},
		"server twice":    {func(a map[string]any) { s := in(a, "asked")["set"].([]any); s[1] = s[0] }, "counts twice"},
		"fewer parts":     {func(a map[string]any) { in(a)["parts"] = in(a)["parts"].([]any)[:2] }, "missing"},
		"another reader":  {func(a map[string]any) { a["secret"] = "0x05" }, "not sealed to this reader"},
	} {
		tests = append(tests, test{name, 4, 2, f.bend, f.want})
	}
	var releases []map[string]any
	var keys []hexutil.Bytes
	for _, test := range tests {
		rel, proof, reader, key := release(t, test.n, test.t)
		arguments := map[string]any{"release": asJSON(t, rel), "key": rel.Setup.Key, "version": hexutil.Bytes(version(rel)), "proof": proof,
			"secret": hexutil.Bytes(crypto.FromECDSA(reader.Key))}
		if test.bend != nil {
			test.bend(arguments)
		}
		releases, keys = append(releases, arguments), append(keys, key)
	}
	var answers []struct {
		DocumentKey hexutil.Bytes
		Error       string
	}
	if err := d.Run(ctx, "open", map[string]any{"releases": releases}, &answers); err != nil {
		t.Fatal(err)
	}
	for i, test := range tests {
		a := answers[i]
		switch {
		case test.bend == nil && a.DocumentKey.String() != keys[i].String():
			t.Errorf("%s: %v %s, want %v", test.name, a.DocumentKey, a.Error, keys[i])
		case test.bend != nil && (a.DocumentKey != nil || !strings.Contains(a.Error, test.want)):
			t.Errorf("%s: %v %q, want %q", test.name, a.DocumentKey, a.Error, test.want)
		}
	}
}

// asJSON is what a client parses.
func asJSON(t *testing.T, value any) (parsed map[string]any) {
	t.Helper()
	text, err := json.Marshal(value)
	if err == nil {
		err = json.Unmarshal(text, &parsed)
	}
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// TestDappCertificate: the example dapp encrypts to no key but the one that all its key servers have signed for.
func TestDappCertificate(t *testing.T) {
	d := NewDapp(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c := sessiontest.New(4, 1)
	record := c.Deal(sessiontest.KeyID(1), 2, c.NewClient("author"), c.Nodes)
	version := record.Version()
	in := func(a map[string]any) map[string]any { return a["certificate"].(map[string]any) }
	tests := []struct {
		name, want string
		bend       func(map[string]any)
	}{
		{"as it is", "", func(map[string]any) {}},
		{"the node's own key", "not all members", func(a map[string]any) {
			in(a)["commitments"].([]any)[0] = wire.NodeIDOf(&c.NewClient("node").Key.PublicKey)
		}},
		{"bodies", "not all members", func(a map[string]any) { in(a)["bodies"] = common.Hash{9} }},
		{"signature", "not all members", func(a map[string]any) { s := in(a)["signatures"].([]any); s[2] = s[1] }},
		{"fewer signatures", "not all members", func(a map[string]any) { in(a)["signatures"] = in(a)["signatures"].([]any)[:3] }},
		{"lower threshold", "another key", func(a map[string]any) { a["threshold"] = 1 }},
		{"another key", "another key", func(a map[string]any) { a["key"] = common.Hash{9} }},
		{"another version", "another key", func(a map[string]any) { a["version"] = common.Hash{9} }},
		{"other servers", "others than", func(a map[string]any) { a["servers"] = c.Members()[:3] }},
	}
	var certificates []map[string]any
	for _, test := range tests {
		arguments := map[string]any{"certificate": asJSON(t, record.Certificate()), "key": record.Setup.Key, "version": hexutil.Bytes(version[:]),
			"threshold": 2, "servers": c.Members()}
		test.bend(arguments)
		certificates = append(certificates, arguments)
	}
	var answers []struct {
		PublicKey hexutil.Bytes
		Error     string
	}
	if err := d.Run(ctx, "certified", map[string]any{"certificates": certificates}, &answers); err != nil {
		t.Fatal(err)
	}
	public := record.Public()
	for i, test := range tests {
		a := answers[i]
		if test.want == "" && a.PublicKey.String() != hexutil.Encode(public[:]) || test.want != "" && (a.PublicKey != nil || !strings.Contains(a.Error, test.want)) {
			t.Errorf("%s: %v %q, want %q", test.name, a.PublicKey, a.Error, test.want)
		}
	}
}

// TestDappStored: the example dapp encrypts nothing with a document key before a majority has signed for it.
func TestDappStored(t *testing.T) {
	d := NewDapp(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c := sessiontest.New(7, 1)
	record := c.Deal(sessiontest.KeyID(1), 1, c.NewClient("author"), c.Nodes) // majority 5
	mine, theirs := c.Encrypt(record, 1), c.Encrypt(record, 2)
	other := c.Deal(sessiontest.KeyID(2), 1, c.NewClient("author"), c.Nodes)
	proof := func(a map[string]any) map[string]any { return a["proof"].(map[string]any) }
	in := func(a map[string]any) map[string]any { return proof(a)["document"].(map[string]any) }
	signs := func(a map[string]any) []any { return in(a)["signatures"].([]any) }
	sign := func(a map[string]any, i int) map[string]any { return signs(a)[i].(map[string]any) }
	setup := func(a map[string]any) map[string]any {
		return proof(a)["certificate"].(map[string]any)["setup"].(map[string]any)
	}
	genuine := func(r *wire.KeyRecord, d *sessiontest.Document) map[string]any {
		return asJSON(t, wire.Stored{Certificate: r.Certificate(), Document: *c.Certify(r, d)})
	}
	tests := []struct {
		name, want string
		bend       func(map[string]any)
	}{
		{"as it is", "", func(map[string]any) {}},
		{"by a majority", "", func(a map[string]any) { in(a)["signatures"] = signs(a)[2:] }},
		{"an older node's word", "does not show which", func(a map[string]any) { a["proof"] = true }},
		{"nothing", "does not show which", func(a map[string]any) { a["proof"] = map[string]any{} }},
		{"too few", "too few", func(a map[string]any) { in(a)["signatures"] = signs(a)[3:] }},
		{"none", "too few", func(a map[string]any) { in(a)["signatures"] = []any{} }},
		{"bent", "not all", func(a map[string]any) { sign(a, 3)["signature"] = flip(sign(a, 2)["signature"]) }},
		{"one bit", "not all", func(a map[string]any) {
			b := hexutil.MustDecode(sign(a, 3)["signature"].(string))
			b[20] ^= 1
			sign(a, 3)["signature"] = hexutil.Encode(b)
		}},
		{"one twice", "not all", func(a map[string]any) { signs(a)[1] = signs(a)[0] }},
		{"one as two", "not all", func(a map[string]any) { sign(a, 1)["signature"] = sign(a, 0)["signature"] }},
		{"one by several names", "not all", func(a map[string]any) {
			in(a)["signatures"] = []any{}
			for _, index := range []string{"1", "1.0", "1.00", "1.000", "1.0000"} {
				in(a)["signatures"] = append(signs(a), map[string]any{"index": index, "signature": genuine(record, mine)["document"].(map[string]any)["signatures"].([]any)[0].(map[string]any)["signature"]})
			}
		}},
		{"out of order", "not all", func(a map[string]any) { s := signs(a); s[0], s[1] = s[1], s[0] }},
		{"index zero", "not all", func(a map[string]any) { sign(a, 0)["index"] = 0 }},
		{"nobody's index", "not all", func(a map[string]any) { sign(a, 6)["index"] = 8 }},
		{"our pair, not signed", "not all", func(a map[string]any) {
			a["proof"] = genuine(record, theirs)
			in(a)["commonPoint"], in(a)["encryptedPoint"] = mine.Common, mine.Encrypted
		}},
		{"another pair", "another document key is stored", func(a map[string]any) { a["proof"] = genuine(record, theirs) }},
		{"another common point", "another document key is stored", func(a map[string]any) { a["commonPoint"] = theirs.Common }},
		{"another encrypted point", "another document key is stored", func(a map[string]any) { a["encryptedPoint"] = theirs.Encrypted }},
		{"another key", "not of the key servers", func(a map[string]any) { a["proof"] = genuine(other, mine) }},
		{"another key's name", "not all", func(a map[string]any) { a["key"] = common.Hash{9} }},
		{"lower threshold", "not of the key servers", func(a map[string]any) { setup(a)["threshold"] = 0 }},
		{"fewer members", "not of the key servers", func(a map[string]any) { setup(a)["members"] = setup(a)["members"].([]any)[:4] }},
		{"members joined", "not of the key servers", func(a map[string]any) { // the version is a hash over all of them
			m := setup(a)["members"].([]any)
			last := m[3].(string)
			for _, more := range m[4:] {
				last += strings.TrimPrefix(more.(string), "0x")
			}
			setup(a)["members"], in(a)["signatures"] = append(m[:3:3], last), signs(a)[:3]
		}},
	}
	var proofs []map[string]any
	version := record.Version()
	for _, test := range tests {
		arguments := map[string]any{"proof": genuine(record, mine), "key": record.Setup.Key, "version": hexutil.Bytes(version[:]), "commonPoint": mine.Common, "encryptedPoint": mine.Encrypted}
		test.bend(arguments)
		proofs = append(proofs, arguments)
	}
	var answers []struct{ Error string }
	if err := d.Run(ctx, "stored", map[string]any{"proofs": proofs}, &answers); err != nil {
		t.Fatal(err)
	}
	for i, test := range tests {
		if got := answers[i].Error; (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

// TestDappPublishes: a document key is published when it is proven that it is stored, be it by an earlier request, and else it is not.
func TestDappPublishes(t *testing.T) {
	d := NewDapp(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	key, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	c := sessiontest.New(4, 1)
	record := c.Deal(sessiontest.KeyID(1), 1, c.NewClient("author"), c.Nodes)
	info := wire.NewClusterInfo(sessiontest.ChainID, c.ID, "test", c.Members(), 0)
	info.Block = &wire.BlockInfo{Number: 1, Timestamp: uint64(time.Now().Unix())}
	exists := map[string]any{"code": 10, "reason": "documentExists", "message": "document key exists", "hint": ""}
	for name, test := range map[string]struct {
		status int
		answer func(mine *wire.Stored) any
		want   string // of the error
	}{
		"stored":        {200, func(mine *wire.Stored) any { return mine }, ""},
		"stored before": {409, func(mine *wire.Stored) any { return with(exists, "stored", mine) }, ""},
		"a word":        {200, func(*wire.Stored) any { return true }, "does not show which"},
		"promised":      {409, func(*wire.Stored) any { return exists }, "document key exists"},
		"another pair": {409, func(*wire.Stored) any {
			return with(exists, "stored", wire.Stored{Certificate: record.Certificate(), Document: *c.Certify(record, c.Encrypt(record, 2))})
		}, "another document key is stored"},
		"unavailable": {503, func(mine *wire.Stored) any { return map[string]any{"reason": "unavailable", "message": "ask again"} }, "ask again"},
	} {
		mux := http.NewServeMux()
		answer := func(out http.ResponseWriter, status int, value any) {
			out.WriteHeader(status)
			json.NewEncoder(out).Encode(value)
		}
		mux.HandleFunc("GET /v1/cluster", func(out http.ResponseWriter, _ *http.Request) { answer(out, 200, info) })
		mux.HandleFunc("POST /v1/generateServerKey", func(out http.ResponseWriter, _ *http.Request) {
			answer(out, 200, wire.ServerKey{Key: record.Setup.Key, Version: record.Version(), Public: record.Public(), Certificate: record.Certificate()})
		})
		mux.HandleFunc("POST /v1/storeDocumentKey", func(out http.ResponseWriter, r *http.Request) {
			var call struct{ CommonPoint, EncryptedPoint wire.Point }
			if err := json.NewDecoder(r.Body).Decode(&call); err != nil || r.URL.RawQuery != "proof=true" {
				t.Errorf("%s: %v, it asks %v", name, err, r.URL)
			}
			pair := &sessiontest.Document{Common: call.CommonPoint, Encrypted: call.EncryptedPoint}
			answer(out, test.status, test.answer(&wire.Stored{Certificate: record.Certificate(), Document: *c.Certify(record, pair)}))
		})
		server := httptest.NewServer(mux)
		var published struct{ DocumentKey hexutil.Bytes }
		err := d.Run(ctx, "publish", map[string]any{"url": server.URL, "chainId": sessiontest.ChainID, "privateKey": hexutil.Encode(crypto.FromECDSA(key)),
			"key": record.Setup.Key, "threshold": 1, "options": map[string]any{"unclaimed": true}}, &published)
		server.Close()
		if test.want == "" && (err != nil || len(published.DocumentKey) != 64) || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}

// with is an object with a member more.
func with(object map[string]any, name string, value any) map[string]any {
	object = maps.Clone(object)
	object[name] = value
	return object
}

// flip changes the last byte of a hex text.
func flip(text any) string {
	b := hexutil.MustDecode(text.(string))
	b[len(b)-1] ^= 1
	return hexutil.Encode(b)
}

func version(rel *wire.Release) []byte { v := rel.Setup.Session(); return v[:] }

// release has the machines of key servers release a document key to a wallet.
func release(t *testing.T, n, threshold int) (rel *wire.Release, proof common.Hash, reader *sessiontest.Client, want hexutil.Bytes) {
	t.Helper()
	c := sessiontest.New(n, 1)
	key := sessiontest.KeyID(1)
	reader = c.NewClient("alice")
	reader.Wallet = true
	record := c.Deal(key, threshold, c.NewClient("author"), c.Nodes)
	document := c.Encrypt(record, 1)
	c.DealDocument(record, document)
	block := c.Chain.Set(reader.Address(), key, true)
	for _, node := range c.Nodes {
		c.Follow(node, block)
	}
	read := c.Retrieve(c.Nodes[0], reader, key, true)
	if err := c.Settle(); err != nil || read.Err != nil {
		t.Fatal(err, read.Err)
	}
	point := document.Key.Bytes()
	return read.Res.Release, c.Wallet(reader, wire.OpRetrieve, wire.NoArguments, key).Hash(), reader, point[:]
}

// TestDappChecksFirst: what does not fit is noticed before the wallet signs anything or a key server is asked for anything.
func TestDappChecksFirst(t *testing.T) {
	d := NewDapp(t)
	key, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	unclaimed := map[string]any{"unclaimed": true}
	servers := []wire.NodeID{{1}, {2}, {3}, {4}}
	for name, c := range map[string]struct {
		chain, threshold uint64
		want             []string
		options          map[string]any
		bend             func(*wire.ClusterInfo)
	}{
		"all servers":   {7, 4, []string{"threshold 4", "4 key servers"}, unclaimed, nil},
		"many":          {7, 1 << 40, []string{"threshold 1099511627776", "4 key servers"}, unclaimed, nil},
		"below minimum": {7, 1, []string{"threshold 1 ", "from 2"}, unclaimed, nil},
		"another chain": {8, 2, []string{"chain 7", "chain 8"}, unclaimed, nil},
		"unclaimed":     {7, 2, []string{"permission contract"}, map[string]any{}, nil},

		"another cluster": {7, 2, []string{wire.ClusterID{1}.String(), wire.ClusterID{2}.String()}, unclaimed, func(i *wire.ClusterInfo) { i.Cluster = wire.ClusterID{2} }},
		"a stranger":      {7, 2, []string{"none of the 4"}, unclaimed, func(i *wire.ClusterInfo) { i.Servers[2].ID[0] = 9 }},
		"fewer than are":  {7, 4, []string{"threshold 4", "4 key servers"}, unclaimed, func(i *wire.ClusterInfo) { i.Servers = i.Servers[:1] }},
		"a fast clock":    {7, 2, []string{"the clock here says"}, unclaimed, func(i *wire.ClusterInfo) { i.Block.Timestamp += 600 }},
		"a slow clock":    {7, 2, []string{"the clock here says"}, unclaimed, func(i *wire.ClusterInfo) { i.Block.Timestamp -= 90000 }},
	} {
		t.Run(name, func(t *testing.T) {
			posts := 0
			server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
				if r.Method != http.MethodGet {
					posts++
				}
				info := wire.NewClusterInfo(7, wire.ClusterID{1}, "test", servers, 2)
				info.Block = &wire.BlockInfo{Number: 1, Timestamp: uint64(time.Now().Unix())}
				if c.bend != nil {
					c.bend(info)
				}
				json.NewEncoder(out).Encode(info)
			}))
			defer server.Close()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			err := d.Run(ctx, "publish", map[string]any{"url": server.URL, "chainId": c.chain, "privateKey": hexutil.Encode(crypto.FromECDSA(key)),
				"key": common.Hash{5}, "threshold": c.threshold, "options": c.options,
				"known": map[string]any{"cluster": wire.ClusterID{1}, "servers": servers}}, new(map[string]any))
			for _, want := range c.want {
				if err == nil || !strings.Contains(err.Error(), want) || posts > 0 {
					t.Errorf("without %q, after %d requests: %v", want, posts, err)
				}
			}
		})
	}
}

// TestDappIsShort: the example stays one that is read in a quarter of an hour.
func TestDappIsShort(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "examples", "dapp.mjs"))
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(string(text), "\n"); lines >= 220 {
		t.Errorf("%d lines", lines)
	}
}

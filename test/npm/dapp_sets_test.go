package npm

import (
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// setVectors are those of nodes and contracts, as far as the dapp needs them; what it is given stays as it is written.
type setVectors struct {
	Cluster common.Hash
	Sets    []struct {
		Set  json.RawMessage
		Hash common.Hash
	}
	Links []struct{ Link json.RawMessage }
	False []struct {
		Name string
		From int
		Link json.RawMessage
	}
	Two struct {
		From int
		A, B json.RawMessage
	}
	GivenUp struct {
		From int
		Link json.RawMessage
		Set  struct{ Hash common.Hash }
	}
	Versions []struct {
		Version common.Hash
		Record  json.RawMessage
	}
	Receipts []struct {
		Name, Says string
		Receipt    map[string]any
	}
}

func readSetVectors(t *testing.T) *setVectors {
	t.Helper()
	text, err := os.ReadFile("../../protocol/verify/testdata/serversets.json")
	if err != nil {
		t.Fatal(err)
	}
	v := new(setVectors)
	if err := json.Unmarshal(text, v); err != nil {
		t.Fatal(err)
	}
	return v
}

// told is what a node tells of the links up to an epoch.
func (v *setVectors) told(after, to int) map[string]any {
	links := []json.RawMessage{}
	for _, l := range v.Links[after:to] {
		links = append(links, l.Link)
	}
	told := map[string]any{"first": nil, "links": links, "more": false}
	if after == 0 {
		told["first"] = v.Sets[0].Set
	}
	return told
}

// receipt is one in its file, with the record of its version.
func (v *setVectors) receipt(i int) (file map[string]any, epoch int) {
	file = v.Receipts[i].Receipt
	if set, ok := file["setup"].(map[string]any)["set"].(map[string]any); ok {
		epoch = int(set["epoch"].(float64))
		file["record"] = v.Versions[epoch].Record
	}
	return file, epoch
}

// step is what a client is given, and what comes of it.
type step struct {
	name  string
	given map[string]any
	epoch int    // of the newest set then; not looked at if want is not empty
	want  string // of the error
}

type stepResult struct {
	Epoch       int
	DocumentKey hexutil.Bytes
	Error, Name string
}

func takeSteps(t *testing.T, d *Dapp, cluster common.Hash, steps []step) []stepResult {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	var given []map[string]any
	for _, s := range steps {
		given = append(given, s.given)
	}
	var results []stepResult
	if err := d.Run(ctx, "follow", map[string]any{"cluster": cluster, "steps": given}, &results); err != nil {
		t.Fatal(err)
	}
	for i, s := range steps {
		r := results[i]
		if s.want == "" && (r.Error != "" || r.DocumentKey == nil && r.Epoch != s.epoch) || s.want != "" && !strings.Contains(r.Error, s.want) {
			t.Errorf("%s: at set %d, %q; want set %d, %q", s.name, r.Epoch, r.Error, s.epoch, s.want)
		}
	}
	return results
}

// TestDappChecksLinks: the example dapp follows the links of the vectors, and none of the false ones.
func TestDappChecksLinks(t *testing.T) {
	d, v := NewDapp(t), readSetVectors(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	var links []map[string]any
	for i := range v.Links {
		links = append(links, map[string]any{"parent": v.Sets[i].Set, "link": v.Links[i].Link})
	}
	links = append(links, map[string]any{"parent": v.Sets[v.GivenUp.From].Set, "link": v.GivenUp.Link})
	for _, f := range v.False {
		links = append(links, map[string]any{"parent": v.Sets[f.From].Set, "link": f.Link})
	}
	var results []struct {
		Hash  common.Hash
		Error string
	}
	if err := d.Run(ctx, "links", map[string]any{"links": links}, &results); err != nil {
		t.Fatal(err)
	}
	if len(v.Links) != 7 || len(results) != len(links) {
		t.Fatalf("%d results of %d links", len(results), len(links))
	}
	for i, r := range results {
		if i == len(v.Links) {
			if r.Hash != v.GivenUp.Set.Hash {
				t.Errorf("a set that is given up is followed by %v: %s", r.Hash, r.Error)
			}
		} else if i < len(v.Links) {
			if r.Hash != v.Sets[i+1].Hash {
				t.Errorf("link %d leads to %v: %s", i+1, r.Hash, r.Error)
			}
		} else if !strings.Contains(r.Error, "can't be trusted") {
			t.Errorf("%s: %v %q", v.False[i-len(v.Links)-1].Name, r.Hash, r.Error)
		}
	}
}

// TestDappFollowsSets: the example dapp follows from a set that was published, keeps the newest set and never goes back, stops at two
// links from one parent, and wants a checkpoint after the trusting period.
func TestDappFollowsSets(t *testing.T) {
	d, v := NewDapp(t), readSetVectors(t)
	hash := func(epoch int) common.Hash { return v.Sets[epoch].Hash }
	open := func(trusted any) map[string]any {
		o := map[string]any{"trustingPeriod": 100}
		if trusted != nil {
			o["trusted"] = trusted
		}
		return map[string]any{"open": o}
	}
	with := func(m map[string]any, name string, value any) map[string]any { m[name] = value; return m }
	tell := func(after, to int) map[string]any { return map[string]any{"told": v.told(after, to)} }
	other := v.Two.B // A is the one of the succession
	takeSteps(t, d, v.Cluster, []step{
		{"nobody has published a set", open(nil), -1, ""},
		{"links without a set to begin with", tell(0, 3), 0, "no server set is known"},
		{"a set that the node does not know", open(common.Hash{1}), -1, ""},
		{"links without that set", tell(0, 3), 0, "no server set is known"},
		{"set 0 is published", open(hash(0)), -1, ""},
		{"links to set 3", tell(0, 3), 3, ""},
		{"started again, with what is kept", open(nil), 3, ""},
		{"a node that is behind", tell(0, 2), 3, ""},
		{"a gap", tell(4, 6), 0, "not one after the other"},
		{"after that", tell(0, 4), 4, ""},
		{"after the trusting period", with(tell(4, 5), "later", 101), 0, "heard of more than"},
		{"with a checkpoint that was published once", with(open(hash(0)), "told", v.told(0, 5)), 0, "heard of more than"},
		{"with the newest one", with(open(hash(6)), "told", v.told(4, 6)), 6, ""},
		{"fresh again", with(tell(6, 7), "later", 99), 7, ""},
		{"stale again", with(open(nil), "later", 101), 7, ""},
		{"a receipt, when nothing is fresh", map[string]any{"receipt": v.Receipts[0].Receipt, "version": v.Versions[0].Version}, 0, "heard of more than"},
		{"the newest set is confirmed", open(hash(7)), 7, ""},
		{"a receipt then", map[string]any{"receipt": v.Receipts[0].Receipt, "version": v.Versions[0].Version}, 7, ""},
		{"two links", map[string]any{"told": map[string]any{"links": []json.RawMessage{other}}}, 0, "two different sets"},
		{"for ever", with(open(hash(7)), "told", v.told(0, 7)), 0, "two different sets"},
		{"no receipt is believed", map[string]any{"receipt": v.Receipts[0].Receipt, "version": v.Versions[0].Version}, 0, "two different sets"},
	})
	takeSteps(t, d, v.Cluster, []step{
		{"a later set is published", with(open(hash(5)), "told", v.told(0, 7)), 7, ""},
		{"a key of a set before", map[string]any{"receipt": v.Receipts[0].Receipt, "version": v.Versions[0].Version}, 0, "not known"},
	})
	takeSteps(t, d, common.Hash{2}, []step{{"another cluster", with(open(hash(0)), "told", v.told(0, 7)), 0, "another cluster"}})
	given := map[string]any{"told": map[string]any{"links": []json.RawMessage{v.GivenUp.Link}}}
	takeSteps(t, d, v.Cluster, []step{
		{"set 0", with(open(hash(0)), "told", v.told(0, 0)), 0, ""},
		{"it is given up", given, 1, ""},
		{"and another one follows it", tell(0, 1), 0, "two different sets"},
	})
	lie := func(name string) map[string]any {
		for _, f := range v.False {
			if f.Name == name && f.From == 0 {
				return map[string]any{"told": map[string]any{"links": []json.RawMessage{f.Link}}}
			}
		}
		t.Fatalf("no false link %q", name)
		return nil
	}
	takeSteps(t, d, v.Cluster, []step{
		{"set 0", with(open(hash(0)), "told", v.told(0, 0)), 0, ""},
		{"a forged link", lie("too few administrators"), 0, "can't be trusted"},
		{"the true one after it", tell(0, 1), 1, ""},
		{"a forged one beside it is no evidence", lie("a link of another cluster"), 0, "can't be trusted"},
		{"so it goes on", tell(1, 2), 2, ""},
	})
}

// TestDappReceipts: by the version of set 0 the example dapp believes receipts of all sets that follow it, each until its end.
func TestDappReceipts(t *testing.T) {
	d, v := NewDapp(t), readSetVectors(t)
	origin := v.Versions[0].Version
	var steps []step
	bent := func(i int, change func(file map[string]any)) map[string]any {
		file, _ := v.receipt(i)
		text, err := json.Marshal(file)
		if err != nil {
			t.Fatal(err)
		}
		var copied map[string]any
		if err := json.Unmarshal(text, &copied); err != nil {
			t.Fatal(err)
		}
		change(copied)
		return map[string]any{"receipt": copied, "version": origin}
	}
	for to := range 8 {
		steps = append(steps, step{"links", map[string]any{"open": map[string]any{"trusted": v.Sets[0].Hash}, "told": v.told(0, to)}, to, ""})
		for i := range v.Receipts {
			file, epoch := v.receipt(i)
			want := ""
			switch {
			case epoch > to:
				want = "not known"
			case v.Receipts[i].Says != "" && epoch < to:
				want = "had ended"
			}
			steps = append(steps, step{v.Receipts[i].Name, map[string]any{"receipt": file, "version": origin}, to, want})
		}
	}
	last := 0
	for i := range v.Receipts {
		if _, epoch := v.receipt(i); epoch == 7 && last == 0 {
			last = i
		}
	}
	in := func(file map[string]any, names ...string) map[string]any {
		for _, name := range names {
			file = file[name].(map[string]any)
		}
		return file
	}
	alone := bent(last, func(map[string]any) {})
	alone["alone"] = true
	steps = append(steps,
		step{"as it is", bent(last, func(map[string]any) {}), 7, ""},
		step{"without sets", alone, 0, "give the hash"},
		step{"without its record", bent(last, func(f map[string]any) { delete(f, "record") }), 0, "no record"},
		step{"with another record", bent(last, func(f map[string]any) { f["record"] = v.Versions[6].Record }), 0, "no record"},
		step{"a record that not all have signed", bent(last, func(f map[string]any) { s := in(f, "record")["signatures"].([]any); s[1] = s[0] }), 0, "not all members"},
		step{"a made-up set-up", bent(last, func(f map[string]any) { in(f, "setup")["threshold"] = 0 }), 0, "not of this set-up"},
		step{"a made-up set-up, and version", bent(last, func(f map[string]any) { in(f, "setup", "move")["origin"] = common.Hash{1} }), 0, "not of this set-up"},
		step{"another block", bent(last, func(f map[string]any) { in(f, "receipt", "block")["number"] = 120_001 }), 0, "not all have signed"},
		step{"another verdict", bent(last, func(f map[string]any) { in(f, "receipt")["granted"] = false }), 0, "not all have signed"},
		step{"too few", bent(last, func(f map[string]any) { f["signatures"] = f["signatures"].([]any)[1:] }), 0, "too few"},
		step{"one twice", bent(last, func(f map[string]any) { s := f["signatures"].([]any); s[1] = s[0] }), 0, "not all have signed"},
		step{"by another origin", map[string]any{"receipt": v.Receipts[last].Receipt, "version": v.Versions[1].Version}, 0, "not of the key"},
	)
	takeSteps(t, d, v.Cluster, steps)
}

// TestDappOpensMoved: a document whose key was dealt anew to other servers is opened with its publisher's word from before by who follows
// the sets, and by nobody who does not.
func TestDappOpensMoved(t *testing.T) {
	d := NewDapp(t)
	c := sessiontest.New(5, 1)
	key, reader := sessiontest.KeyID(1), c.NewClient("alice")
	record := c.Deal(key, 1, c.NewClient("author"), c.Nodes[:4])
	doc := c.Encrypt(record, 1)
	c.DealDocument(record, doc)
	block := c.Chain.Set(reader.Address(), key, true)
	for _, node := range c.Nodes {
		c.Follow(node, block)
	}
	sets := c.Know(c.Nodes, c.Nodes[1:])
	moved := c.Redeal(record, sessiontest.Redistribution{Set: sets[1], Threshold: 2, Members: c.Nodes[1:],
		Pair: wire.PairState{Kind: wire.PairKept, Pair: wire.PairHash(c.ID, key, &doc.Common, &doc.Encrypted)}})
	reader.Wallet = true
	read := c.Retrieve(c.Nodes[1], reader, key, true)
	if err := c.Settle(); err != nil || read.Err != nil {
		t.Fatal(err, read.Err)
	}
	// What the sets are is not in question here: set 1 is published.
	set := sets[1]
	if set.Authority.Administrators == nil {
		set.Authority.Administrators = []common.Address{}
	}
	origin := record.Version()
	rel := read.Res.Release
	given := func(bend func(map[string]any)) map[string]any {
		step := map[string]any{"release": asJSON(t, rel), "key": key, "version": hexutil.Bytes(origin[:]), "proof": rel.Request.Proof,
			"secret": hexutil.Bytes(crypto.FromECDSA(reader.Key))}
		if bend != nil {
			bend(step)
		}
		return step
	}
	in := func(step map[string]any) map[string]any { return step["release"].(map[string]any) }
	now := moved.Version()
	results := takeSteps(t, d, common.Hash(c.ID), []step{
		{"set 1 is published", map[string]any{"open": map[string]any{"trusted": set.Hash()}, "told": map[string]any{"first": set, "links": []any{}}}, 1, ""},
		{"by the version of before", given(nil), 1, ""},
		{"by the version of now", given(func(s map[string]any) { s["version"] = hexutil.Bytes(now[:]) }), 1, ""},
		{"by another", given(func(s map[string]any) { s["version"] = common.Hash{4} }), 0, "not of the key"},
		{"without sets", given(func(s map[string]any) { s["alone"] = true }), 0, "give the hash"},
		{"with a member's signature missing", given(func(s map[string]any) { g := in(s)["signatures"].([]any); g[0] = g[1] }), 0, "not all members"},
		{"of a smaller set", given(func(s map[string]any) { in(s)["setup"].(map[string]any)["setSize"] = 3 }), 0, "is not of server set 1"},
		{"of a set that is not known", given(func(s map[string]any) {
			in(s)["setup"].(map[string]any)["set"].(map[string]any)["hash"] = common.Hash{1}
		}), 0, "not known"},
		{"under another server key", given(func(s map[string]any) { g := in(s)["commitments"].([]any); g[0] = g[1] }), 0, "not of the key"},
	})
	if want := doc.Key.Bytes(); len(results[1].DocumentKey) == 0 || results[1].DocumentKey.String() != hexutil.Encode(want[:]) {
		t.Errorf("opened %v, want %x", results[1].DocumentKey, want)
	}
}

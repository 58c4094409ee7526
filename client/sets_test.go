package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/client/document"
	"github.com/geth-ss/geth-ss/client/known"
	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// teller is a node that tells server sets, and one key, of the vectors. Its fields bend what it tells.
type teller struct {
	*succeeded
	t     *testing.T
	url   string
	first *wire.ServerSet
	links []wire.SetLink
	newer *wire.SetRef // that it says it knows; nil: the last of links
	made  *wire.Certificate
	page  int  // links in one answer
	old   bool // it is of before there were sets
	asked int  // for sets
}

// lying is what of the vectors does not hold, or not together.
type lying struct {
	False []struct {
		Name string        `json:"name"`
		From uint64        `json:"from"`
		Link *wire.SetLink `json:"link"`
		Says string        `json:"says"`
	} `json:"false"`
	Two struct {
		From uint64        `json:"from"`
		A    *wire.SetLink `json:"a"`
		B    *wire.SetLink `json:"b"`
	} `json:"two"`
}

func readLying(t *testing.T) *lying {
	t.Helper()
	text, err := os.ReadFile("../protocol/verify/testdata/serversets.json")
	if err != nil {
		t.Fatal(err)
	}
	v := new(lying)
	if err := json.Unmarshal(text, v); err != nil {
		t.Fatal(err)
	}
	return v
}

// newTeller tells the sets up to an epoch, and the key as it is then.
func newTeller(t *testing.T, epoch int) *teller {
	t.Helper()
	n := &teller{succeeded: readSucceeded(t), t: t, page: wire.MaxLinks}
	n.tell(epoch)
	server := httptest.NewServer(n)
	t.Cleanup(server.Close)
	n.url = server.URL
	return n
}

func (n *teller) tell(epoch int) {
	n.first, n.links, n.made = n.Sets[0].Set, nil, n.Versions[epoch].Record
	for i := range epoch {
		n.links = append(n.links, *n.Links[i].Link)
	}
}

func (n *teller) newest() *wire.ServerSet {
	if len(n.links) == 0 {
		return n.first
	}
	return n.links[len(n.links)-1].Set()
}

func (n *teller) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	set := n.newest()
	switch strings.TrimPrefix(r.URL.Path, "/v1/") {
	case "cluster":
		info := wire.NewClusterInfo(1337, n.Sets[0].Set.Cluster, "test", set.Members, 0)
		info.Block = &wire.BlockInfo{Number: 9, Timestamp: uint64(now().Unix())}
		if ref := set.Ref(); !n.old {
			info.Set = &ref
		}
		if n.newer != nil {
			info.Set = n.newer
		}
		write(w, http.StatusOK, info)
	case "serverSets":
		if n.asked++; n.old {
			write(w, http.StatusNotFound, &Error{Reason: "malformedRequest"})
			return
		}
		after, err := strconv.Atoi(r.URL.Query().Get("after"))
		if err != nil {
			n.t.Error(err)
		}
		told := new(wire.SetLinks)
		if after == 0 {
			told.First = n.first
		}
		if after < len(n.links) {
			told.Links = n.links[after:min(after+n.page, len(n.links))]
		}
		told.More = after+n.page < len(n.links)
		answer := told.Told(1337, set)
		answer.Cluster = n.Sets[0].Set.Cluster
		write(w, http.StatusOK, answer)
	case string(wire.OpPublic):
		write(w, http.StatusOK, &wire.ServerKey{Key: n.made.Setup.Key, Version: n.made.Setup.Session(), Public: n.made.Commitments[0], Certificate: n.made})
	default:
		write(w, http.StatusNotFound, &Error{Reason: "malformedRequest"})
	}
}

func (n *teller) client(change ...func(*Config)) *Client {
	n.t.Helper()
	key, err := crypto.ToECDSA(crypto.Keccak256([]byte("an author")))
	if err != nil {
		n.t.Fatal(err)
	}
	cfg := Config{Signer: NewKeySigner(key), Endpoints: []string{n.url}}
	for _, f := range change {
		f(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		n.t.Fatal(err)
	}
	return c
}

// read reads the key, which takes all trust that a new one takes.
func (n *teller) read(c *Client) error {
	_, err := c.ServerKey(context.Background(), n.made.Setup.Key)
	return err
}

// wants wants an error that says so; or none.
func (n *teller) wants(what string, err error, says string) {
	n.t.Helper()
	if (err == nil) != (says == "") || says != "" && !strings.Contains(err.Error(), says) {
		n.t.Errorf("%s: %v, want %q", what, err, says)
	}
}

func trusting(set common.Hash) func(*Config) { return func(c *Config) { c.Set = set } }

func remembering(dir string) func(*Config) { return func(c *Config) { c.Known = known.Open(dir) } }

func knowing(servers []wire.NodeID) func(*Config) { return func(c *Config) { c.Servers = servers } }

// TestClientFollowsAuthority: rule (i). From the hash of a set, which names the administrators, a client is led to the newest set, and
// believes a key of it. No link leads on without the signatures of those that the set before names, nor any other false one;
// nor from a first set that names others.
func TestClientFollowsAuthority(t *testing.T) {
	n := newTeller(t, 7)
	for _, n.page = range []int{3, wire.MaxLinks} {
		for _, epoch := range []int{0, 7} {
			c := n.client(trusting(n.Sets[epoch].Set.Hash()))
			n.wants("led by links", n.read(c), "")
			if sets, err := c.Sets(context.Background()); err != nil || sets.Newest().Hash() != n.Sets[7].Set.Hash() {
				t.Errorf("from set %d: %v", epoch, err)
			}
			if servers, err := c.Servers(context.Background()); err != nil || !slices.Equal(servers, n.Sets[7].Set.Members) {
				t.Errorf("from set %d the key servers are %v, %v", epoch, servers, err)
			}
		}
	}
	for _, lie := range readLying(t).False {
		n.tell(int(lie.From))
		n.links = append(n.links, *lie.Link)
		says := lie.Says
		if lie.Link.Attempt.Order.Epoch != lie.From+1 {
			says = "not one after the other"
		}
		n.wants(lie.Name, n.read(n.client(trusting(n.Sets[0].Set.Hash()))), says)
		if testing.Short() {
			continue
		}
		n.tell(int(lie.From)) // who knows the set before keeps it
		dir := t.TempDir()
		n.wants("before "+lie.Name, n.read(n.client(trusting(n.Sets[0].Set.Hash()), remembering(dir))), "")
		n.links = append(n.links, *lie.Link)
		c := n.client(remembering(dir))
		n.wants(lie.Name+", later", n.read(c), "")
		if sets, err := c.Sets(context.Background()); err != nil || sets.Newest().Epoch != lie.From {
			t.Errorf("%s: led to set %d, %v", lie.Name, sets.Newest().Epoch, err)
		}
	}
	n.tell(0)
	other := *n.first
	other.Authority = wire.Authority{Administrators: []common.Address{{1}}, Needed: 1}
	n.first = &other
	n.wants("another authority", n.read(n.client(trusting(n.Sets[0].Set.Hash()))), "none of the 1 server sets")
	n.tell(7)
	n.wants("another hash", n.read(n.client(trusting(common.Hash{1}))), "none of the 8 server sets")
	n.old = true
	n.wants("a node of before", n.read(n.client(trusting(n.Sets[0].Set.Hash()))), "do not tell which server sets")
}

// TestEpochKeysOfALink: rule (ii). Who has bought the node keys of former members, and the administrators', makes no link without the epoch
// keys, which are destroyed.
func TestEpochKeysOfALink(t *testing.T) {
	n, count := newTeller(t, 0), 0
	for _, lie := range readLying(t).False {
		if !strings.Contains(lie.Says, "with its key of epoch") {
			continue
		}
		count++
		n.tell(int(lie.From))
		n.links = append(n.links, *lie.Link)
		n.wants(lie.Name, n.read(n.client(trusting(n.Sets[0].Set.Hash()))), lie.Says)
	}
	if count < 3 {
		t.Errorf("%d false links", count)
	}
}

// TestClientNeverGoesBack: rule (iii). The newest set is remembered, across processes, whoever else is asked; a key of a former one is not
// believed then.
func TestClientNeverGoesBack(t *testing.T) {
	n, dir := newTeller(t, 7), filepath.Join(t.TempDir(), "known")
	n.wants("the first use", n.read(n.client(trusting(n.Sets[0].Set.Hash()), remembering(dir))), "")
	for _, epoch := range []int{0, 3, 6} {
		n.tell(epoch)
		n.wants(fmt.Sprint("back to set ", epoch), n.read(n.client(remembering(dir))), "which has ended")
		n.wants(fmt.Sprint("back to the trusted set ", epoch), n.read(n.client(remembering(dir), trusting(n.Sets[0].Set.Hash()))), "which has ended")
		if servers, err := n.client(remembering(dir)).Servers(context.Background()); err != nil || !slices.Equal(servers, n.Sets[7].Set.Members) {
			t.Errorf("the key servers are %v, %v", servers, err)
		}
	}
	n.old = true
	n.wants("a node of before", n.read(n.client(remembering(dir))), "which has ended")
	n.old = false
	n.tell(7)
	n.asked = 0
	n.wants("forward again", n.read(n.client(remembering(dir))), "")
	if n.asked != 0 {
		t.Errorf("asked %d times for what is known", n.asked)
	}
	book := known.Open(dir)
	kept, err := book.Sets(n.first.Cluster)
	if err != nil || kept.Newest() != n.Sets[7].Set.Ref() {
		t.Fatalf("%+v, %v", kept, err)
	}
	earlier := *kept
	earlier.Links = earlier.Links[:3]
	if err := book.KeepSets(&earlier); !errors.Is(err, known.ErrNewer) {
		t.Errorf("kept an earlier set: %v", err)
	}
	if err := os.WriteFile(book.SetsPath(n.first.Cluster, 7), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	n.wants("a file that can't be read", n.read(n.client(remembering(dir))), book.SetsPath(n.first.Cluster, 7))
}

// TestNamedServersCount: who names key servers takes no key of others, whatever was kept before; one of the sets that are kept, also a
// former one, leads on.
func TestNamedServersCount(t *testing.T) {
	strangers := newTeller(t, 0).Sets[0].Set.Members[:2]
	for _, epoch := range []int{0, 7} {
		n, dir := newTeller(t, epoch), t.TempDir()
		n.wants("the first use", n.read(n.client(trusting(n.Sets[0].Set.Hash()), remembering(dir))), "")
		n.wants("others", n.read(n.client(remembering(dir), knowing(strangers))), "not among those trusted")
		for before := range epoch + 1 {
			n.wants("one of the sets", n.read(n.client(remembering(dir), knowing(n.Sets[before].Set.Members))), "")
		}
	}
}

// TestSetBefore: while keys are on the way a client that has seen the change believes those of the set before; not for long.
func TestSetBefore(t *testing.T) {
	defer func() { now = func() time.Time { return time.Unix(1, 0) } }()
	n, dir := newTeller(t, 6), t.TempDir()
	n.wants("the first use", n.read(n.client(remembering(dir))), "")
	n.tell(7)
	n.made = n.Versions[6].Record
	n.wants("the set before", n.read(n.client(remembering(dir))), "")
	n.made = n.Versions[5].Record
	n.wants("the set before that", n.read(n.client(remembering(dir))), "which has ended")
	n.made = n.Versions[6].Record
	n.wants("the set before, at the first use", n.read(n.client(remembering(t.TempDir()))), "which has ended")
	now = func() time.Time { return time.Unix(2, 0).Add(drain) }
	n.wants("the set before, later", n.read(n.client(remembering(dir))), "which has ended")
}

// TestTrustingPeriod: rule (iii). After 90 days a client wants to hear of the newest set from elsewhere: by its hash as given, or from whom a
// program asks. Older sets are no such word. It is for new keys alone.
func TestTrustingPeriod(t *testing.T) {
	defer func() { now = func() time.Time { return time.Unix(1, 0) } }()
	n, dir := newTeller(t, 3), t.TempDir()
	n.wants("the first use", n.read(n.client(remembering(dir))), "")
	n.tell(7)
	at := func(days int) {
		now = func() time.Time { return time.Unix(1, 0).Add(time.Duration(days)*24*time.Hour + time.Second) }
	}
	at(89)
	n.wants("in time", n.read(n.client(remembering(dir))), "")
	at(90)
	var stale *StaleSet
	if err := n.read(n.client(remembering(dir))); !errors.As(err, &stale) || stale.Set != n.Sets[7].Set.Ref() || !strings.Contains(err.Error(), "--set") {
		t.Errorf("too late: %v", err)
	}
	if _, err := n.client(remembering(dir)).Threshold(context.Background(), nil); !errors.As(err, &stale) {
		t.Errorf("a new key, too late: %v", err)
	}
	n.wants("another period", n.read(n.client(remembering(dir), func(c *Config) { c.TrustPeriod = 100 * 24 * time.Hour })), "")
	n.wants("a former set's hash", n.read(n.client(remembering(dir), trusting(n.Sets[3].Set.Hash()))), "was last checked on")
	n.wants("no set's hash", n.read(n.client(remembering(dir), trusting(common.Hash{1}))), "none of those that are known")
	asking := func(hash common.Hash, err error) func(*Config) {
		return func(c *Config) {
			c.Checkpoint = func(context.Context, wire.ClusterID) (common.Hash, error) { return hash, err }
		}
	}
	n.wants("elsewhere another is the newest", n.read(n.client(remembering(dir), asking(n.Sets[6].Set.Hash(), nil))), "was last checked on")
	n.wants("nobody answers", n.read(n.client(remembering(dir), asking(common.Hash{}, errors.New("nobody")))), "nobody")
	n.wants("the newest set's hash", n.read(n.client(remembering(dir), trusting(n.Sets[7].Set.Hash()))), "")
	n.wants("after that", n.read(n.client(remembering(dir))), "")
	at(190)
	n.wants("much later", n.read(n.client(remembering(dir))), "was last checked on")
	n.wants("elsewhere it is the newest", n.read(n.client(remembering(dir), asking(n.Sets[7].Set.Hash(), nil))), "")
	n.wants("and after that", n.read(n.client(remembering(dir))), "")
}

// TestTwoLinksStopTheClient: rule (iv). Two links from one set are kept, and nothing but documents is read from then on, until somebody has
// removed the file.
func TestTwoLinksStopTheClient(t *testing.T) {
	n, dir, two := newTeller(t, 7), t.TempDir(), readLying(t).Two
	n.wants("the first use", n.read(n.client(remembering(dir))), "")
	other := newTeller(t, int(two.From))
	other.links = append(other.links, *two.B)
	err := other.read(other.client(remembering(dir)))
	book := known.Open(dir)
	path := book.EvidencePath(n.first.Cluster)
	var stopped *TwoSets
	if !errors.As(err, &stopped) || stopped.File != path || !strings.Contains(err.Error(), path) {
		t.Fatalf("two sets: %v", err)
	}
	text, err := os.ReadFile(path)
	e := new(known.Evidence)
	if err != nil || json.Unmarshal(text, e) != nil || verify.Link(n.Sets[two.From].Set, e.A) != nil || verify.Link(n.Sets[two.From].Set, e.B) != nil || e.A.Set().Hash() == e.B.Set().Hash() {
		t.Fatalf("the evidence: %s, %v", text, err)
	}
	n.wants("from then on", n.read(n.client(remembering(dir))), path)
	n.wants("from then on, whatever is given", n.read(n.client(remembering(dir), trusting(n.Sets[7].Set.Hash()))), path)
	if _, err := n.client(remembering(dir)).Threshold(context.Background(), nil); !errors.As(err, &stopped) {
		t.Errorf("a new key: %v", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	n.wants("when the file was removed", n.read(n.client(remembering(dir))), "")
	other.links[two.From].Signed[0].Signature[7] ^= 1 // which does not hold
	n.wants("one that does not hold", other.read(other.client(remembering(dir))), "which has ended")
	if book.Stopped(n.first.Cluster) {
		t.Error("a link that does not hold is evidence")
	}
}

// TestNoNewKeyThroughBareLinks: rule (vi). Who knows the members of a set alone does not know its administrators: it believes no later set for a
// new key, nor keeps it, before it has a hash.
func TestNoNewKeyThroughBareLinks(t *testing.T) {
	n, dir := newTeller(t, 7), t.TempDir()
	for _, epoch := range []int{0, 5} {
		c := n.client(knowing(n.Sets[epoch].Set.Members), remembering(dir))
		if err := n.read(c); !errors.Is(err, ErrUncertain) {
			t.Errorf("a key of set 7, by the members of set %d: %v", epoch, err)
		}
		if _, err := c.Threshold(context.Background(), nil); !errors.Is(err, ErrUncertain) {
			t.Errorf("a new key, by the members of set %d: %v", epoch, err)
		}
		if _, err := c.Sets(context.Background()); !errors.Is(err, ErrUncertain) {
			t.Errorf("receipts, by the members of set %d: %v", epoch, err)
		}
	}
	if kept, err := known.Open(dir).Sets(n.first.Cluster); kept != nil || err != nil {
		t.Errorf("kept: %+v, %v", kept, err)
	}
	n.wants("the members of the newest set", n.read(n.client(knowing(n.Sets[7].Set.Members))), "")
	n.wants("some of them", n.read(n.client(knowing(n.Sets[7].Set.Members[1:]))), "none of the 8 server sets")
	n.wants("a hash with the members", n.read(n.client(knowing(n.Sets[0].Set.Members), trusting(n.Sets[0].Set.Hash()), remembering(dir))), "")
	n.wants("the members, when the set is remembered", n.read(n.client(knowing(n.Sets[0].Set.Members), remembering(dir))), "")
}

// TestReceiptAfterTheEnd: rule (vii). A receipt of a set's members does not count for blocks after the set's end and the drain, for a client
// that was led to the next set.
func TestReceiptAfterTheEnd(t *testing.T) {
	n := newTeller(t, 7)
	sets, err := n.client(trusting(n.Sets[0].Set.Hash())).Sets(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for i := range n.Receipts {
		r := &n.Receipts[i]
		err := verdict(&r.File, Witnesses{Version: new(n.Versions[0].Record.Setup.Session()), Sets: sets})
		n.wants(r.Name, err, r.Says)
	}
}

// TestTrustBySet: a key counts by all its set: as many key servers as the set has are counted for majorities, and a majority has completed
// it. That its members are among the trusted is not enough.
func TestTrustBySet(t *testing.T) {
	n := newTeller(t, 7)
	hash := n.Sets[7].Set.Hash()
	bent := func(bend func(*wire.Certificate)) {
		cert := new(wire.Certificate)
		if err := json.Unmarshal(encoded(n.Versions[7].Record), cert); err != nil {
			t.Fatal(err)
		}
		bend(cert)
		version := cert.Setup.Session()
		digest := wire.CertifyDigest(version, wire.Transcript(version, cert.Bodies, cert.Commitments))
		cert.Signatures = nil
		for _, m := range cert.Setup.Members {
			cert.Signatures = append(cert.Signatures, n.sign(t, m, digest))
		}
		for i := range cert.Acks {
			cert.Acks[i].Signature = n.sign(t, cert.Setup.Members[cert.Acks[i].Index-1], wire.VoteDigest(version, 0, true))
		}
		n.made = cert
	}
	bent(func(*wire.Certificate) {})
	n.wants("as it is", n.read(n.client(trusting(hash))), "")
	bent(func(c *wire.Certificate) { // three of six make a key of their own
		c.Setup.Members, c.Setup.SetSize = c.Setup.Members[:3], 3
		c.Acks = c.Acks[:3]
	})
	n.wants("a smaller number of key servers", n.read(n.client(trusting(hash))), "made among 3 key servers; server set 7 has 6")
	bent(func(c *wire.Certificate) { // with somebody else in a member's place
		c.Setup.Members = slices.Clone(c.Setup.Members)
		for _, stranger := range n.Sets[6].Set.Members {
			if !n.Sets[7].Set.Contains(stranger) {
				c.Setup.Members[0] = stranger
			}
		}
		wire.SortNodeIDs(c.Setup.Members)
	})
	n.wants("with a stranger", n.read(n.client(trusting(hash))), "is no member of server set 7")
	bent(func(c *wire.Certificate) { c.Acks = nil })
	n.wants("without votes", n.read(n.client(trusting(hash))), "has not completed")
	bent(func(c *wire.Certificate) { c.Acks = c.Acks[1:] })
	n.wants("with a vote too few", n.read(n.client(trusting(hash))), "has not completed")
	bent(func(c *wire.Certificate) { c.Setup.Set = &wire.SetRef{Epoch: 7, Hash: common.Hash{1}} })
	n.wants("of another set of that epoch", n.read(n.client(trusting(hash))), "is not known here")
	bent(func(c *wire.Certificate) { c.Setup.Set, c.Setup.Move = nil, nil })
	n.wants("of the first set", n.read(n.client(trusting(hash))), "made among 6 key servers; server set 0 has 4")
}

// TestTrustByNumber: where key servers tell no sets, as those of before there were any, a key counts that was made among as many key
// servers as are trusted.
func TestTrustByNumber(t *testing.T) {
	n := newTeller(t, 0)
	n.old = true
	servers := n.Sets[0].Set.Members
	n.wants("as many", n.read(n.client(knowing(servers))), "")
	n.wants("one more is trusted", n.read(n.client(knowing(append(slices.Clone(servers), n.Sets[5].Set.Members[3])))), "made among 4 key servers, and 5 are trusted")
}

// TestDocumentOfBeforeTenChanges: a document is read by what its publisher gave away, with default settings, after ten changes of the key
// servers, by who knew them before and by who did not; the threshold comes from the certificate.
func TestDocumentOfBeforeTenChanges(t *testing.T) {
	d := newDesk(t, 8)
	author, dir := d.client("author"), t.TempDir()
	key := sessiontest.KeyID(7)
	record := d.Deal(key, 1, d.NewClient("author"), d.Nodes)
	doc := d.Encrypt(record, 1)
	d.DealDocument(record, doc)
	d.grant(author.Account(), key)
	header := document.NewHeader(d.ID, key, record.Public())
	before := d.client("author", remembering(dir))
	if _, err := before.FetchFor(context.Background(), header); err != nil {
		t.Fatal(err)
	}
	sets := [][]*sessiontest.Node{d.Nodes}
	for i := range 10 {
		sets = append(sets, slices.Clone(d.Nodes[i%4:i%4+5-i%2]))
	}
	known := d.Know(sets...)
	pair := wire.PairState{Kind: wire.PairKept, Pair: wire.PairHash(d.ID, key, &doc.Common, &doc.Encrypted)}
	for i, set := range known[1:] {
		record = d.Redeal(record, sessiontest.Redistribution{Set: set, Threshold: 1 + i/5, Members: sets[i+1], Pair: pair})
	}
	for name, c := range map[string]*Client{
		"who has read it before": before, "a later process of it": d.client("author", remembering(dir)), "somebody new": d.client("author"),
		"who knows the first key servers": d.client("author", knowing(d.Members())),
	} {
		f, err := c.FetchFor(context.Background(), header)
		if err != nil || f.Release.Setup.Set.Epoch != 10 || f.Release.Setup.Threshold != 2 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

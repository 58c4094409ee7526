package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/geth-ss/geth-ss/client/known"
	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// lists bends a node's description: it lists as many servers, of which those that are not there are made up.
func lists(n int) func(*wire.ClusterInfo) {
	return func(info *wire.ClusterInfo) {
		info.Servers = slices.Clone(info.Servers)[:min(n, len(info.Servers))]
		for i := len(info.Servers); i < n; i++ {
			info.Servers = append(info.Servers, wire.ServerInfo{ID: wire.NodeID{0xfe, byte(i)}})
		}
	}
}

// asked is a wallet that remembers what it approved.
type approvals struct {
	Signer
	typed []string
}

func (a *approvals) SignTyped(ctx context.Context, digest common.Hash, typed []byte) ([]byte, error) {
	a.typed = append(a.typed, string(typed))
	return a.Signer.SignTyped(ctx, digest, typed)
}

// TestThresholdIsNotTheNodes: however many key servers the asked node lists, no document is encrypted to a key of another threshold
// than the usual one of the servers that are known: by the configuration, since the first use, or by the word of all that made
// the key.
func TestThresholdIsNotTheNodes(t *testing.T) {
	t.Parallel()
	const n = 7 // whose usual threshold is 2
	for _, lie := range []int{1, 2, 4, 6, 10, 16, 40} {
		for _, from := range []string{"the configuration", "the first use", "nowhere", "nowhere, with an id of the caller's"} {
			t.Run(fmt.Sprintf("%d listed, known from %s", lie, from), func(t *testing.T) {
				t.Parallel()
				d := newDesk(t, n)
				var warned []error
				author := func() *Client {
					return d.client("author", func(cfg *Config) {
						cfg.Endpoints = cfg.Endpoints[:1]
						cfg.Warn = func(err error) { warned = append(warned, err) }
						switch from {
						case "the configuration":
							cfg.Servers = append(d.Members(), d.Members()...) // said twice
						case "the first use":
							cfg.Known = known.Open(filepath.Join(t.TempDir(), "known"))
							if err := cfg.Known.Keep(known.Entry{Address: cfg.Endpoints[0], Chain: sessiontest.ChainID, Cluster: d.ID, Servers: d.Members()}); err != nil {
								t.Fatal(err)
							}
						}
					})
				}()
				d.nodes[0].info = lists(lie)
				options := PublishOptions{Unclaimed: true}
				if from == "nowhere, with an id of the caller's" {
					options.Key = wire.KeyID{0x77}
				}
				p, err := author.PublishKey(t.Context(), options)
				var misled *Misled
				switch {
				case err != nil && d.askedOf(path(wire.OpStore), 0) > 0:
					t.Errorf("a document key was sent: %v", err)
				case err == nil && p.Threshold != wire.UsualThreshold(n):
					t.Errorf("threshold %d", p.Threshold)
				case options.Key != wire.KeyID{} && lie < 40 && !errors.As(err, &misled): // of 40 servers no threshold can be
					t.Errorf("no word that the caller's own id is spent: %v", err)
				case errors.As(err, &misled) && misled.Key != options.Key:
					t.Errorf("it is not told which id is spent: %v", err)
				case from != "nowhere" && options.Key == (wire.KeyID{}) && lie > n && d.askedOf(path(wire.OpGenerate), 0) > 0:
					t.Error("a node that lists strangers was asked for a key")
				case from == "the configuration" && lie < n && err != nil:
					t.Error(err) // a node that lists fewer is no reason to fail
				case from == "nowhere" && lie < n && (err != nil || len(warned) != 1 || !errors.As(warned[0], &misled) || misled.Key == p.Key):
					t.Errorf("a random id is not given up for another, aloud: %v, %v", err, warned)
				}
			})
		}
	}
}

// TestSignedIsNotTheNodes: neither chain nor cluster that a wallet signs for is the asked node's, if it is known which they are.
func TestSignedIsNotTheNodes(t *testing.T) {
	t.Parallel()
	other := wire.ClusterID{0xcc}
	for name, lie := range map[string]func(*wire.ClusterInfo){
		"chain":     func(i *wire.ClusterInfo) { i.Chain++ },
		"cluster":   func(i *wire.ClusterInfo) { i.Cluster = other },
		"both":      func(i *wire.ClusterInfo) { i.Chain, i.Cluster = 1, other },
		"no chain":  func(i *wire.ClusterInfo) { i.Chain = 0 },
		"time":      func(i *wire.ClusterInfo) { i.Block.Timestamp += 3600 },
		"far time":  func(i *wire.ClusterInfo) { i.Block.Timestamp = 1 << 63 },
		"last time": func(i *wire.ClusterInfo) { i.Block.Timestamp = 1<<64 - 1 },
		"no time":   func(i *wire.ClusterInfo) { i.Block = nil },
		"twice":     func(i *wire.ClusterInfo) { i.Servers = append(i.Servers[:3:3], i.Servers[0]) },
		"too many":  lists(wire.MaxMembers + 1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, 4)
			book := known.Open(t.TempDir())
			encrypted, p := d.publish(d.client("author", func(cfg *Config) { cfg.Known = book }), secret)
			for _, from := range []string{"the configuration", "the first use", "an earlier answer"} {
				for opName, op := range operations() {
					var wallet *approvals
					c := d.client("author", func(cfg *Config) {
						cfg.Endpoints = cfg.Endpoints[:1]
						wallet = &approvals{Signer: cfg.Signer}
						cfg.Signer = wallet
						switch from {
						case "the configuration":
							cfg.Chain, cfg.Cluster = sessiontest.ChainID, d.ID
						case "the first use":
							cfg.Known = book
						}
					})
					if from == "an earlier answer" {
						d.nodes[0].change(func(w *door) { w.info = nil })
						if _, err := c.Cluster(t.Context()); err != nil {
							t.Fatal(err)
						}
						c.read = time.Time{} // it is old
					}
					d.nodes[0].change(func(w *door) { w.info = lie })
					if err := op.do(t.Context(), c, p, encrypted); err == nil || len(wallet.typed) > 0 {
						t.Errorf("%s, known from %s: %v; the wallet approved %v", opName, from, err, wallet.typed)
					}
				}
			}
		})
	}
}

// TestOlderBlock: a chain that rests is no lie; one that rests for longer than any request is good for is of no use.
func TestOlderBlock(t *testing.T) {
	ours := time.Unix(1<<31, 0)
	defer func(clock func() time.Time) { now = clock }(now)
	now = func() time.Time { return ours }
	for age, fine := range map[time.Duration]bool{0: true, time.Hour: true, 23 * time.Hour: true, 25 * time.Hour: false, 1 << 60: false,
		-4 * time.Minute: true, -6 * time.Minute: false, -time.Hour: false} {
		err := checkTime(uint64(ours.Add(-age).Unix()))
		if (err == nil) != fine {
			t.Errorf("a block of %v ago: %v", age, err)
		}
		if err != nil && (!strings.Contains(err.Error(), "2038-01-19T03:14:08Z") || !strings.Contains(err.Error(), ours.Add(-age).UTC().Format(time.RFC3339))) {
			t.Errorf("without both times: %v", err)
		}
	}
}

// TestFirstUse: what is believed on the endpoints' word is told in a line, kept, and compared later, by other clients too.
func TestFirstUse(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 4)
	book := known.Open(filepath.Join(t.TempDir(), "a", "b"))
	var told []*Trust
	client := func() *Client {
		return d.client("author", func(cfg *Config) {
			cfg.Known, cfg.Trusting = book, func(t *Trust) { told = append(told, t) }
		})
	}
	if _, err := client().Cluster(t.Context()); err != nil || len(told) != 1 {
		t.Fatal(err, told)
	}
	if got := told[0].String(); !told[0].Kept || !strings.Contains(got, d.ID.String()) || !strings.Contains(got, "chain 1337") ||
		!strings.Contains(got, "4 key servers") || !strings.Contains(got, d.nodes[0].url) || strings.Contains(got, "\n") {
		t.Errorf("%q", got)
	}
	if _, err := client().Cluster(t.Context()); err != nil || len(told) != 1 {
		t.Errorf("the second use: %v; told %d times", err, len(told))
	}
	for _, w := range d.nodes {
		w.change(func(w *door) { w.info = func(i *wire.ClusterInfo) { i.Cluster[0]++ } })
	}
	if _, err := client().Cluster(t.Context()); err == nil || !strings.Contains(err.Error(), book.Path(d.nodes[2].url)) || len(told) != 1 {
		t.Errorf("another cluster: %v", err)
	}
	signer := client().cfg.Signer
	if err := os.WriteFile(book.Path(d.nodes[1].url), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(Config{Endpoints: []string{d.nodes[1].url}, Signer: signer, Known: book}); err == nil || !strings.Contains(err.Error(), book.Path(d.nodes[1].url)) {
		t.Errorf("a file that can't be read: %v", err)
	}
	if err := os.Remove(book.Path(d.nodes[1].url)); err != nil {
		t.Fatal(err)
	}
	if _, err := New(Config{Endpoints: []string{d.nodes[1].url}, Signer: signer, Known: book}); err != nil {
		t.Errorf("a file that was removed: %v", err)
	}
	for _, w := range d.nodes {
		w.change(func(w *door) { w.info = nil })
	}
	nowhere := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink("nothing", nowhere); err != nil {
		t.Fatal(err)
	}
	warned := 0
	c := d.client("author", func(cfg *Config) { // what can't be kept is believed all the same, and said
		cfg.Known, cfg.Trusting, cfg.Warn = known.Open(nowhere), func(t *Trust) { told = append(told, t) }, func(error) { warned++ }
	})
	if _, err := c.Cluster(t.Context()); err != nil || len(told) != 2 || told[1].Kept || warned == 0 {
		t.Errorf("%v, told %v, %d warnings", err, told, warned)
	}
}

// TestFirstUseTwice: of two that use an address for the first time at once, and are told different things, one believes nothing.
func TestFirstUseTwice(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	book := known.Open(t.TempDir())
	with := func(cfg *Config) { cfg.Known = book }
	one, two, three := d.client("author", with), d.client("author", with), d.client("author", with)
	if _, err := one.Cluster(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := two.Cluster(t.Context()); err != nil {
		t.Errorf("told the same: %v", err)
	}
	d.nodes[0].change(func(w *door) { w.info = func(i *wire.ClusterInfo) { i.Cluster[0]++ } })
	if _, err := three.Cluster(t.Context()); !errors.Is(err, known.ErrDiffers) || three.facts().Chain != 0 {
		t.Errorf("told something else: %v, and believes %+v", err, three.facts())
	}
}

// TestEndpointsDisagree: of two nodes that describe different clusters neither is called a liar, nor believed, if nothing tells
// which is meant; and whichever comes first, the one that is meant is used.
func TestEndpointsDisagree(t *testing.T) {
	t.Parallel()
	for name, lie := range map[string]func(*wire.ClusterInfo){
		"cluster": func(i *wire.ClusterInfo) { i.Cluster = wire.ClusterID{0xcc} },
		"chain":   func(i *wire.ClusterInfo) { i.Chain = 1 },
		"servers": lists(1),
	} {
		for _, liar := range []int{0, 1} {
			d := newDesk(t, 2)
			d.nodes[liar].info = lie
			var wallet *approvals
			change := func(cfg *Config) {
				wallet = &approvals{Signer: cfg.Signer}
				cfg.Signer = wallet
			}
			var differ *Disagreement
			_, err := d.client("author", change).PublishKey(t.Context(), PublishOptions{Unclaimed: true})
			if !errors.As(err, &differ) || !strings.Contains(err.Error(), d.nodes[0].url) || !strings.Contains(err.Error(), d.nodes[1].url) || len(wallet.typed) > 0 {
				t.Errorf("%s, node %d lies: %v", name, liar, err)
			}
			var warned []error
			c := d.client("author", change, func(cfg *Config) {
				cfg.Chain, cfg.Cluster, cfg.Servers = sessiontest.ChainID, d.ID, d.Members()
				cfg.Warn = func(err error) { warned = append(warned, err) }
			})
			if _, err := c.PublishKey(t.Context(), PublishOptions{Unclaimed: true}); err != nil {
				t.Errorf("%s, node %d lies, and it is known which is meant: %v", name, liar, err)
			}
			for _, err := range warned {
				if strings.Contains(err.Error(), d.nodes[1-liar].url) {
					t.Errorf("%s: the honest node is accused: %v", name, err)
				}
			}
		}
	}
	// A server that is being added is no reason not to read.
	added := newDesk(t, 3)
	encrypted, p := added.publish(added.client("author"), secret)
	added.grant(added.client("author").Account(), p.Key)
	added.nodes[1].info = lists(2)
	book := known.Open(t.TempDir())
	reader := added.client("author", func(cfg *Config) { cfg.Known = book })
	if got, _, err := open(t, reader, encrypted); err != nil || got != secret {
		t.Errorf("%q %v", got, err)
	}
	if e, err := book.Find(added.nodes[0].url); e != nil || err != nil {
		t.Errorf("what they do not agree about is remembered: %+v, %v", e, err)
	}
	// A node that answers only later.
	d := newDesk(t, 2)
	d.nodes[1].fail = passingError
	c := d.client("author")
	if _, err := c.Cluster(t.Context()); err != nil {
		t.Fatal(err)
	}
	d.nodes[1].change(func(w *door) { w.fail, w.info = nil, func(i *wire.ClusterInfo) { i.Cluster = wire.ClusterID{0xcc} } })
	d.nodes[0].change(func(w *door) { w.fail = passingError })
	asked := d.askedOf(clusterPath, 1)
	if _, err := c.Cluster(t.Context()); err == nil || d.askedOf(clusterPath, 1) != asked+1 || strings.Contains(err.Error(), "can't be used") || !strings.Contains(err.Error(), d.nodes[0].url+" says") {
		t.Errorf("a later node of another cluster: %v", err)
	}
}

// TestDocumentNamesCluster: a document's own cluster counts, whatever the first endpoint says.
func TestDocumentNamesCluster(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 3)
	author := d.client("author")
	encrypted, p := d.publish(author, secret)
	d.grant(author.Account(), p.Key)
	d.nodes[0].info = func(i *wire.ClusterInfo) { i.Cluster = wire.ClusterID{0xcc} }
	if got, _, err := open(t, d.client("author"), encrypted); err != nil || got != secret {
		t.Errorf("%q %v", got, err)
	}
	before := d.askedOf(clusterPath, 0, 1, 2)
	other := d.client("author", func(c *Config) { c.Cluster = wire.ClusterID{0xcc} })
	if _, _, err := open(t, other, encrypted); err == nil || d.askedOf(clusterPath, 0, 1, 2) != before {
		t.Errorf("a document of another cluster than the client's: %v", err)
	}
}

// TestMinWalletThreshold: what a node demands of wallets' keys it tells, and enforces.
func TestMinWalletThreshold(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 4)
	d.Policy.MinWalletThreshold = 1
	if _, err := d.client("author").GenerateKey(t.Context(), wire.KeyID{1}, 0); !hasReason(err, "threshold") {
		t.Errorf("below: %v", err)
	}
	if _, err := d.client("author").GenerateKey(t.Context(), wire.KeyID{1}, 1); err != nil {
		t.Error(err)
	}
	for _, w := range d.nodes {
		w.info = func(i *wire.ClusterInfo) { i.MinThreshold = 3 }
	}
	var approved atomic.Int32
	c := d.client("author", func(cfg *Config) { cfg.Signer = counting(cfg.Signer, &approved) })
	if _, err := c.PublishKey(t.Context(), PublishOptions{Unclaimed: true}); err == nil || !strings.Contains(err.Error(), "as the asked node says") || approved.Load() > 0 {
		t.Errorf("a node's demand raises the threshold in silence: %v", err)
	}
}

// TestMisledTwice: a random id is given up for another once, never for a threshold that one server alone is enough for, and what
// the second certificate shows counts as well.
func TestMisledTwice(t *testing.T) {
	t.Parallel()
	var misled *Misled
	alone := newDesk(t, 1)
	alone.nodes[0].info = func(i *wire.ClusterInfo) { i.Servers = []wire.ServerInfo{{ID: wire.NodeID{0xfe}}} }
	if _, err := alone.client("author").PublishKey(t.Context(), PublishOptions{Unclaimed: true}); !errors.As(err, &misled) || alone.askedOf(path(wire.OpStore), 0) > 0 {
		t.Errorf("a key of one server, and not of the one that was listed: %v", err)
	}
	d, evil := newDesk(t, 7), newDeskOf(t, 4, 2)
	if d.ID != evil.ID {
		t.Fatal("two clusters")
	}
	generations, refusing := 0, false
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		to := d.nodes[0].url
		if strings.HasSuffix(r.URL.Path, string(wire.OpGenerate)) {
			if generations++; generations == 1 {
				to = evil.nodes[0].url
			} else if refusing {
				write(w, http.StatusConflict, &Error{Reason: "policy"})
				return
			}
		}
		target, err := url.Parse(to)
		if err != nil {
			t.Error(err)
			return
		}
		httputil.NewSingleHostReverseProxy(target).ServeHTTP(w, r)
	}))
	defer front.Close()
	d.nodes[0].info = lists(1)
	c := d.client("author", func(cfg *Config) { cfg.Endpoints = []string{front.URL} })
	if _, err := c.PublishKey(t.Context(), PublishOptions{Unclaimed: true}); !errors.As(err, &misled) || generations != 2 || d.askedOf(path(wire.OpStore), 0) > 0 {
		t.Errorf("after %d keys: %v", generations, err)
	}
	generations, refusing = 0, true
	if _, err := c.PublishKey(t.Context(), PublishOptions{Unclaimed: true}); !hasReason(err, "policy") || generations != 2 {
		t.Errorf("a second key that is refused, after %d: %v", generations, err)
	}
	d.nodes[0].change(func(w *door) { w.info = nil })
	left := &Unfinished{Cluster: d.ID, Account: c.Account(), Key: wire.KeyID{9}, Threshold: 1}
	_, err := d.client("author").PublishKey(t.Context(), PublishOptions{Unclaimed: true, Resume: left})
	if !errors.As(err, &misled) || misled.Key != left.Key {
		t.Errorf("an interrupted publication with an unusual threshold: %v", err)
	}
	left.Key = wire.KeyID{10}
	if p, err := d.client("author").PublishKey(t.Context(), PublishOptions{Unclaimed: true, Resume: left, Key: left.Key, Threshold: new(uint32(1))}); err != nil || p.Key != left.Key {
		t.Errorf("one whose threshold was given: %v", err)
	}
}

// TestResumeOtherPair: an interrupted publication under whose key another document key is stored by now comes to nothing.
func TestResumeOtherPair(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 4)
	c := d.client("author")
	var left *Unfinished
	stop := errors.New("stop")
	_, err := c.PublishKey(t.Context(), PublishOptions{Unclaimed: true, Progress: func(u Unfinished) error {
		if left = &u; u.Common != (wire.Point{}) {
			return stop
		}
		return nil
	}})
	if !errors.Is(err, stop) {
		t.Fatal(err)
	}
	d.grant(c.Account(), left.Key)
	if err := c.StoreKey(t.Context(), left.Key, left.Encrypted, left.Common); err != nil {
		t.Fatal(err)
	}
	var other *OtherPair
	if p, err := c.PublishKey(t.Context(), PublishOptions{Unclaimed: true, Resume: left}); !errors.As(err, &other) || p != nil {
		t.Errorf("%+v, %v", p, err)
	}
}

// TestGivenThreshold: a threshold that the caller has chosen is not compared with the usual one.
func TestGivenThreshold(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 7)
	for _, given := range []uint32{0, 1, 3} {
		p, err := d.client("author").PublishKey(t.Context(), PublishOptions{Threshold: &given, Unclaimed: true})
		if err != nil || p.Threshold != given || p.Record.Setup.Threshold != given {
			t.Errorf("%d: %+v, %v", given, p, err)
		}
	}
	if _, err := d.client("author").PublishKey(t.Context(), PublishOptions{Threshold: new(uint32(7)), Unclaimed: true}); err == nil {
		t.Error("a threshold of all")
	}
}

// TestOwnID: an id of the caller's is claimed only if it is free, and after that an error names it.
func TestOwnID(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		author string // who has made a key under the id; "" for nobody
		fail   func(string) *Error
		claims int
	}{
		"free":         {"", nil, 1},
		"ours":         {"author", nil, 0},
		"another's":    {"other", nil, 0},
		"nobody knows": {"", passingError, 0},
	} {
		d := newDesk(t, 4)
		id := wire.KeyID{0x77}
		if c.author != "" {
			if _, err := d.client(c.author).GenerateKey(t.Context(), id, 1); err != nil {
				t.Fatal(err)
			}
		}
		claims := 0
		author := d.client("author")
		if _, err := author.Cluster(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, w := range d.nodes {
			w.change(func(w *door) { w.fail = c.fail })
		}
		_, err := author.PublishKey(t.Context(), PublishOptions{Key: id, Claim: func(context.Context, wire.KeyID, *wire.ClusterInfo, func() error) error {
			claims++
			return nil
		}})
		if claims != c.claims || (err == nil) != (c.claims == 1) {
			t.Errorf("%s: %d claims, %v", name, claims, err)
		}
	}
	d := newDesk(t, 4)
	for _, w := range d.nodes {
		w.fail = func(path string) *Error {
			if path == string(wire.OpGenerate) {
				return passingError(path)
			}
			return nil
		}
	}
	var id wire.KeyID
	_, err := d.client("author").PublishKey(t.Context(), PublishOptions{Claim: func(_ context.Context, key wire.KeyID, _ *wire.ClusterInfo, _ func() error) error {
		id = key
		return nil
	}})
	if err == nil || !strings.Contains(err.Error(), id.String()+" is claimed") {
		t.Errorf("it is not told which id is claimed: %v", err)
	}
	if _, err := d.client("author").PublishKey(t.Context(), PublishOptions{Unclaimed: true}); err == nil || strings.Contains(err.Error(), "claimed") {
		t.Errorf("what was not claimed is said to be: %v", err)
	}
}

// TestResumeAsks: an interrupted publication whose key nobody will show just now is not begun anew.
func TestResumeAsks(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 4)
	author := d.client("author")
	if _, err := author.Cluster(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, w := range d.nodes {
		w.change(func(w *door) { w.fail = passingError })
	}
	left := &Unfinished{Cluster: d.ID, Account: author.Account(), Key: wire.KeyID{9}, Threshold: 1, Request: common.Hash{1}}
	if _, err := author.PublishKey(t.Context(), PublishOptions{Unclaimed: true, Resume: left}); err == nil || d.askedOf(path(wire.OpGenerate), 0, 1, 2, 3) > 0 {
		t.Errorf("%v", err)
	}
}

// TestPartlyKnown: what the configuration leaves out is believed and told, and nothing else.
func TestPartlyKnown(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 4)
	all := Facts{sessiontest.ChainID, d.ID, d.Members()}
	for name, c := range map[string]struct{ given, told Facts }{
		"nothing":             {Facts{}, all},
		"the chain":           {Facts{Chain: all.Chain}, Facts{Cluster: all.Cluster, Servers: all.Servers}},
		"the cluster":         {Facts{Cluster: all.Cluster}, Facts{Chain: all.Chain, Servers: all.Servers}},
		"the servers":         {Facts{Servers: all.Servers}, Facts{Chain: all.Chain, Cluster: all.Cluster}},
		"all but the chain":   {Facts{Cluster: all.Cluster, Servers: all.Servers}, Facts{Chain: all.Chain}},
		"all but the cluster": {Facts{Chain: all.Chain, Servers: all.Servers}, Facts{Cluster: all.Cluster}},
		"all but the servers": {Facts{Chain: all.Chain, Cluster: all.Cluster}, Facts{Servers: all.Servers}},
	} {
		var told []*Trust
		before := d.askedOf(clusterPath, 0, 1, 2, 3)
		c1 := d.client("author", func(cfg *Config) {
			cfg.Chain, cfg.Cluster, cfg.Servers = c.given.Chain, c.given.Cluster, c.given.Servers
			cfg.Trusting = func(t *Trust) { told = append(told, t) }
		})
		if _, err := c1.Cluster(t.Context()); err != nil || len(told) != 1 || !told[0].Facts.equal(c.told) || !c1.facts().equal(all) {
			t.Errorf("%s: %v, told %+v", name, err, told)
		}
		if n := d.askedOf(clusterPath, 0, 1, 2, 3) - before; n != 4 {
			t.Errorf("%s: asked %d times", name, n)
		}
	}
	var told []*Trust
	c := d.client("author", func(cfg *Config) {
		cfg.Chain, cfg.Cluster, cfg.Servers = all.Chain, all.Cluster, all.Servers
		cfg.Trusting = func(t *Trust) { told = append(told, t) }
	})
	if _, err := c.Cluster(t.Context()); err != nil || len(told) > 0 {
		t.Errorf("all is known: %v, %v", err, told)
	}
}

// TestKnownDiffer: endpoints that are known as of different clusters, or with other servers, are not asked.
func TestKnownDiffer(t *testing.T) {
	t.Parallel()
	signer := newDesk(t, 1).client("author").cfg.Signer
	one := known.Entry{Address: "http://one", Chain: 7, Cluster: wire.ClusterID{1}, Servers: []wire.NodeID{{1}, {2}}}
	for name, c := range map[string]struct {
		change func(*known.Entry)
		fine   bool
	}{
		"the same":      {func(*known.Entry) {}, true},
		"in disorder":   {func(e *known.Entry) { e.Servers = []wire.NodeID{{2}, {1}} }, true},
		"chain":         {func(e *known.Entry) { e.Chain = 8 }, false},
		"cluster":       {func(e *known.Entry) { e.Cluster = wire.ClusterID{2} }, false},
		"a server more": {func(e *known.Entry) { e.Servers = []wire.NodeID{{1}, {2}, {3}} }, false},
		"other servers": {func(e *known.Entry) { e.Servers = []wire.NodeID{{1}, {3}} }, false},
	} {
		book := known.Open(t.TempDir())
		two := one
		two.Address = "http://two"
		c.change(&two)
		if err := errors.Join(book.Keep(one), book.Keep(two)); err != nil {
			t.Fatal(err)
		}
		if _, err := New(Config{Endpoints: []string{"http://one", "http://two"}, Signer: signer, Known: book}); (err == nil) != c.fine {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestUnclaimed: nothing is published that nobody has claimed, unless the caller says so.
func TestUnclaimed(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 4)
	c := d.client("author")
	if _, err := c.PublishKey(t.Context(), PublishOptions{}); !errors.Is(err, ErrUnclaimed) || d.askedOf(path(wire.OpGenerate), 0, 1, 2, 3) > 0 {
		t.Errorf("%v", err)
	}
	if _, err := c.MakeKey(t.Context(), PublishOptions{}); !errors.Is(err, ErrUnclaimed) {
		t.Errorf("%v", err)
	}
	refused := errors.New("the contract says no")
	_, err := c.PublishKey(t.Context(), PublishOptions{Claim: func(context.Context, wire.KeyID, *wire.ClusterInfo, func() error) error { return refused }})
	if !errors.Is(err, refused) || d.askedOf(path(wire.OpGenerate), 0, 1, 2, 3) > 0 {
		t.Errorf("%v", err)
	}
	var claimed wire.KeyID
	p, err := c.PublishKey(t.Context(), PublishOptions{Claim: func(_ context.Context, key wire.KeyID, info *wire.ClusterInfo, _ func() error) error {
		if d.askedOf(path(wire.OpGenerate), 0, 1, 2, 3)+d.askedOf(path(wire.OpPublic), 0, 1, 2, 3) > 0 {
			t.Error("a key server has seen the id before it was claimed")
		}
		if info.Cluster != d.ID {
			t.Errorf("%+v", info)
		}
		claimed = key
		return nil
	}})
	if err != nil || p.Key != claimed {
		t.Errorf("%v, claimed %v", err, claimed)
	}
}

// TestInterrupted: a publication that is interrupted at any step that can't be taken back goes on from there, under the same id
// and key, and its document is read by whom it was granted to.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	interrupted := errors.New("interrupted")
	for step := 1; step <= 6; step++ {
		t.Run(fmt.Sprint(step), func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, 4)
			author := d.client("author", func(cfg *Config) { cfg.Endpoints = cfg.Endpoints[:1] })
			d.nodes[0].fail = func(p string) *Error { // steps 4 and 5 end after the work is done
				return nil
			}
			var left *Unfinished
			claims, done := 0, 0
			options := PublishOptions{
				Claim: func(ctx context.Context, key wire.KeyID, _ *wire.ClusterInfo, sending func() error) error {
					if claims > 0 {
						return nil // it is ours by then
					}
					if err := sending(); err != nil {
						return err
					}
					claims++
					return nil
				},
				Progress: func(u Unfinished) error {
					left = &u
					if done++; done == step {
						return interrupted
					}
					return nil
				},
			}
			if step > 3 { // the answers of the last requests are lost
				cut := map[int]string{4: string(wire.OpGenerate), 5: string(wire.OpStore), 6: ""}[step]
				d.nodes[0].cut = func(p string) bool { return p == cut || step == 4 && p == string(wire.OpPublic) }
			}
			_, err := author.PublishKey(t.Context(), options)
			if step < 6 && err == nil || step == 6 && err != nil || left == nil {
				t.Fatalf("%v, left %+v", err, left)
			}
			d.nodes[0].change(func(w *door) { w.cut = nil })
			options.Resume, options.Progress = left, nil
			if step == 5 {
				if p, err := author.PublishKey(t.Context(), options); !IsDenied(err) || p != nil {
					t.Errorf("a document key that the publisher may not read: %v", err)
				}
			}
			d.grant(author.Account(), left.Key)
			p, err := author.PublishKey(t.Context(), options)
			if err != nil || p.Key != left.Key || claims != 1 {
				t.Fatalf("%v, %d claims", err, claims)
			}
			var file strings.Builder
			w, err := p.Encrypt(&file)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write([]byte(secret)); err != nil || w.Close() != nil {
				t.Fatal(err)
			}
			if got, _, err := open(t, author, []byte(file.String())); err != nil || got != secret {
				t.Errorf("%q %v", got, err)
			}
		})
	}
	d := newDesk(t, 4)
	left := &Unfinished{Cluster: d.ID, Account: d.client("author").Account(), Key: wire.KeyID{9}, Threshold: 1}
	for name, c := range map[string]struct {
		who    string
		change func(*PublishOptions)
		left   func(*Unfinished)
	}{
		"another account":   {"other", func(*PublishOptions) {}, func(*Unfinished) {}},
		"another id":        {"author", func(o *PublishOptions) { o.Key = wire.KeyID{8} }, func(*Unfinished) {}},
		"another threshold": {"author", func(o *PublishOptions) { o.Threshold = new(uint32(2)) }, func(*Unfinished) {}},
		"another cluster":   {"author", func(*PublishOptions) {}, func(u *Unfinished) { u.Cluster[0]++ }},
	} {
		u := *left
		c.left(&u)
		o := PublishOptions{Unclaimed: true, Resume: &u}
		c.change(&o)
		if _, err := d.client(c.who).PublishKey(t.Context(), o); err == nil {
			t.Errorf("%s goes on", name)
		}
	}
	// A key that others have made under the id meanwhile is not the interrupted publication's.
	other := d.client("other")
	if _, err := other.GenerateKey(t.Context(), left.Key, 1); err != nil {
		t.Fatal(err)
	}
	if _, err := d.client("author").PublishKey(t.Context(), PublishOptions{Unclaimed: true, Resume: left}); !hasReason(err, reasonKeyExists) && !hasReason(err, reasonNotAuthor) {
		t.Errorf("another's key: %v", err)
	}
}

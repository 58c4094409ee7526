package known

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// TestBook: what was learnt first stays, under each way to write an address; what can't be read is not nothing.
func TestBook(t *testing.T) {
	b := Open(filepath.Join(t.TempDir(), "a", "known"))
	if e, err := b.Find("http://a:1"); e != nil || err != nil {
		t.Fatal(e, err)
	}
	first := Entry{Address: "http://a:1", Chain: 7, Cluster: wire.ClusterID{1}, Servers: []wire.NodeID{{2}}, Genesis: common.Hash{3}}
	if err := b.Keep(first); err != nil {
		t.Fatal(err)
	}
	for name, bend := range map[string]func(*Entry){
		"chain": func(e *Entry) { e.Chain = 8 }, "genesis": func(e *Entry) { e.Genesis[0]++ }, "cluster": func(e *Entry) { e.Cluster[0]++ },
		"server": func(e *Entry) { e.Servers = []wire.NodeID{{9}} }, "more": func(e *Entry) { e.Servers = []wire.NodeID{{2}, {3}} },
	} {
		other := first
		if bend(&other); !errors.Is(b.Keep(other), ErrDiffers) {
			t.Errorf("another %s is taken for what is known", name)
		}
	}
	if err := b.Keep(first); err != nil {
		t.Errorf("the same again: %v", err)
	}
	for _, form := range []string{"http://a:1", "http://a:1/", "HTTP://A:1", "http://user:secret@a:1"} {
		if e, err := b.Find(form); err != nil || e == nil || e.Chain != 7 || e.Cluster != first.Cluster || e.Servers[0] != first.Servers[0] || e.Genesis != first.Genesis {
			t.Errorf("%s: %+v, %v", form, e, err)
		}
	}
	for _, other := range []string{"http://a:2", "https://a:1", "http://a:1/x", "a:1", "/tmp/a.ipc", "http://" + strings.Repeat("a", 300)} {
		if e, err := b.Find(other); e != nil || err != nil {
			t.Errorf("%s: %+v, %v", other, e, err)
		}
		if err := b.Keep(Entry{Address: other, Chain: 9}); err != nil {
			t.Error(err)
		}
		if e, err := b.Find(other); err != nil || e == nil || e.Chain != 9 {
			t.Errorf("%s: %+v, %v", other, e, err)
		}
	}
	if err := b.Replace(Entry{Address: "http://a:1", Chain: 8}); err != nil {
		t.Fatal(err)
	}
	if e, _ := b.Find("http://a:1"); e.Chain != 8 {
		t.Errorf("%+v", e)
	}
	path := b.Path("http://a:1")
	other, err := os.ReadFile(b.Path("http://a:2"))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"empty": "", "cut": "{", "another's": string(other), "no chain": `{"address":"http://a:1"}`, "newer": `{"address":"http://a:1","chainId":1,"more":1}`,
		"long": `{"address":"http://a:1","chainId":1}` + strings.Repeat(" ", maxFile),
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if e, err := b.Find("http://a:1"); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %+v, %v", name, e, err)
		}
		if err := b.Keep(first); err == nil {
			t.Errorf("%s is taken for the same", name)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != text {
			t.Errorf("%s was replaced by %q", name, got)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("nothing", path); err != nil {
		t.Fatal(err)
	}
	if e, err := b.Find("http://a:1"); err == nil {
		t.Errorf("a link to nothing: %+v", e)
	}
}

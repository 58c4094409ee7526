package main

import (
	"crypto/rand"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/threshold"
)

func TestQuantile(t *testing.T) {
	var d durations
	for i := 100; i >= 1; i-- {
		d = append(d, time.Duration(i))
	}
	for _, c := range []struct {
		q    float64
		want time.Duration
	}{{0, 1}, {0.5, 51}, {0.99, 100}, {1, 100}} {
		if got := d.quantile(c.q); got != c.want {
			t.Errorf("quantile %v of 1..100 is %d, want %d", c.q, got, c.want)
		}
	}
	if got := durations(nil).quantile(0.5); got != 0 {
		t.Errorf("quantile of nothing is %d", got)
	}
}

func TestTable(t *testing.T) {
	var tab table
	tab.add("µ", "≤ 1", "%d", 22222222)
	var b strings.Builder
	tab.print(&b)
	want := "| figure | aim | measured |\n|--------|-----|----------|\n| µ      | ≤ 1 | 22222222 |\n"
	if b.String() != want {
		t.Errorf("printed\n%s\nwant\n%s", b.String(), want)
	}
}

func TestOptions(t *testing.T) {
	for only, ok := range map[string]bool{"": true, "reads": true, "idle,generate": true, "writes": false, "reads,": false} {
		o := options{only: only, seconds: 1, keys: 1}
		if err := o.validate(); (err == nil) != ok {
			t.Errorf("-only %q: %v", only, err)
		}
	}
	o := options{only: "idle,generate"}
	if o.wants(partReads) || !o.wants(partGenerate) {
		t.Error("-only idle,generate chooses other parts")
	}
}

// TestProcessCPU compares the two clocks: /proc in ticks and getrusage.
func TestProcessCPU(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("there is no /proc")
	}
	proc, own, machine := processCPU(os.Getpid()), ownCPU(), machineCPU()
	for ownCPU()-own < 200*time.Millisecond {
	}
	if got := processCPU(os.Getpid()) - proc; got < 150*time.Millisecond || got > 400*time.Millisecond {
		t.Errorf("/proc says %v where getrusage says 200 ms", got)
	}
	if got := machineCPU() - machine; got < 100*time.Millisecond {
		t.Errorf("the machine spent %v, less than this process", got)
	}
	if memory(os.Getpid()) < 1<<20 {
		t.Error("this process has less than a megabyte")
	}
}

// TestOpen puts an answer together, and notices one that is of another document key.
func TestOpen(t *testing.T) {
	reader, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	lib := &library{threshold: 0, reader: reader}
	secret, _ := secp256k1.RandomScalar(rand.Reader)
	common, _ := threshold.NewDocumentKey(rand.Reader)
	masked, _ := threshold.NewDocumentKey(rand.Reader)
	d := &document{key: masked.Plus(common.Times(secret))}

	var to [64]byte
	copy(to[:], crypto.FromECDSAPub(&reader.PublicKey)[1:])
	plain, m, c := secret.Bytes(), masked.Bytes(), common.Bytes()
	sealed, err := session.Seal(rand.Reader, to, plain[:])
	if err != nil {
		t.Fatal(err)
	}
	s := &shadow{DecryptedSecret: m[:], CommonPoint: c[:], Shadows: []hexutil.Bytes{sealed}}
	if err := lib.open(d, s); err != nil {
		t.Error(err)
	}
	d.key = common
	if lib.open(d, s) == nil {
		t.Error("a wrong document key was taken")
	}
	s.Shadows = nil
	if lib.open(d, s) == nil {
		t.Error("an answer without parts was taken")
	}
}

func TestFreePorts(t *testing.T) {
	base, err := freePorts(16)
	if err != nil {
		t.Fatal(err)
	}
	if base < 20_000 || base+16 > 32_768 {
		t.Errorf("ports %d and up are not ours", base)
	}
}

package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/protocol/gathering"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/test/dapp"
	"github.com/geth-ss/geth-ss/test/figures"
)

func TestOptions(t *testing.T) {
	for only, ok := range map[string]bool{"": true, "reads": true, "idle,generate": true, "signatures": true, "writes": false, "reads,": false} {
		o := options{only: only, seconds: 1, keys: 1, stored: 1}
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
	proc, own, machine := processCPU(os.Getpid()), figures.CPU(), machineCPU()
	for figures.CPU()-own < 200*time.Millisecond {
	}
	if got := processCPU(os.Getpid()) - proc; got < 150*time.Millisecond || got > 400*time.Millisecond {
		t.Errorf("/proc says %v where getrusage says 200 ms", got)
	}
	if got := machineCPU() - machine; got < 100*time.Millisecond {
		t.Errorf("the machine spent %v, less than this process", got)
	}
	if figures.Memory(os.Getpid()) < 1<<20 {
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
	point, _ := threshold.NewDocumentKey(rand.Reader)
	masked, _ := threshold.NewDocumentKey(rand.Reader)
	d := &document{key: masked.Plus(point.Times(secret))}

	var to [64]byte
	copy(to[:], crypto.FromECDSAPub(&reader.PublicKey)[1:])
	plain, m, c := secret.Bytes(), masked.Bytes(), point.Bytes()
	sealed, err := gathering.Seal(rand.Reader, to, plain[:])
	if err != nil {
		t.Fatal(err)
	}
	s := &dapp.Shadow{DecryptedSecret: m[:], CommonPoint: c[:], Parts: []hexutil.Bytes{sealed}}
	if err := lib.open(d, s); err != nil {
		t.Error(err)
	}
	d.key = point
	if lib.open(d, s) == nil {
		t.Error("a wrong document key was taken")
	}
	s.Parts = nil
	if lib.open(d, s) == nil {
		t.Error("an answer without parts was taken")
	}
}

// TestLoad counts what succeeds and what fails, and has clients begin at different numbers.
func TestLoad(t *testing.T) {
	var mu sync.Mutex
	asked := make(map[int]int)
	l := &load{clients: 4}
	l.run(t.Context(), 400, func(i int) error {
		time.Sleep(time.Millisecond)
		mu.Lock()
		defer mu.Unlock()
		asked[i]++
		if i == 100 {
			return errors.New("no")
		}
		return nil
	}, 50*time.Millisecond)
	for _, i := range []int{0, 100, 200, 300} {
		if asked[i] != 1 {
			t.Errorf("number %d was asked %d times", i, asked[i])
		}
	}
	if l.failed != 1 || l.first == nil || len(l.took) != len(asked)-1 {
		t.Errorf("%d failures (%v) and %d successes of %d", l.failed, l.first, len(l.took), len(asked))
	}
	if got, want := l.failures(), fmt.Sprintf("1 of %d, the first: no", len(asked)); got != want {
		t.Errorf("failures are put as %q", got)
	}
}

// TestCheck opens every signature of a run, and notices one of another hash.
func TestCheck(t *testing.T) {
	key, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	public, err := secp256k1.FromPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	s := &signing{scheme: dapp.ECDSA, lib: &library{reader: key}}
	sign := func(hash, named common.Hash) {
		signature, err := crypto.Sign(hash[:], key)
		if err != nil {
			t.Fatal(err)
		}
		var to [64]byte
		copy(to[:], crypto.FromECDSAPub(&key.PublicKey)[1:])
		sealed, err := gathering.Seal(rand.Reader, to, signature)
		if err != nil {
			t.Fatal(err)
		}
		s.answers = append(s.answers, answer{&document{serverKey: public}, named, sealed})
	}
	sign(common.Hash{1}, common.Hash{1})
	if err := s.check(); err != nil || len(s.answers) != 0 {
		t.Errorf("%d signatures left, %v", len(s.answers), err)
	}
	sign(common.Hash{1}, common.Hash{1})
	sign(common.Hash{1}, common.Hash{2})
	if s.check() == nil {
		t.Error("a signature of another hash was taken")
	}
}

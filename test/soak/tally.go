package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/test/dapp"
	"github.com/geth-ss/geth-ss/test/figures"
)

// operation is what a client can ask for, with the time within which docs/api.md promises an answer.
type operation struct {
	name     string
	deadline time.Duration
}

var (
	generate  = &operation{"generate", 30 * time.Second}
	both      = &operation{"generate both", 45 * time.Second}
	store     = &operation{"store", 15 * time.Second}
	serverKey = &operation{"server key", 5 * time.Second}
	shadow    = &operation{"shadow read", 15 * time.Second}
	plain     = &operation{"plain read", 15 * time.Second}
	denial    = &operation{"request to be denied", 15 * time.Second}
	account   = &operation{"account method (JSON-RPC)", 15 * time.Second}

	operations = []*operation{generate, both, store, serverKey, shadow, plain,
		signatures[wire.ECDSA], signatures[wire.Schnorr], signatures[wire.RFC9591], signatures[wire.BIP340], denial, account}
)

const (
	// grace comes on top of a deadline on a machine that is too busy to tick.
	grace = 5 * time.Second

	// hangs is when a request is given up that a frozen node may owe an answer to.
	hangs = 3 * time.Minute
)

// tally counts what came of the requests and what was broken.
type tally struct {
	mu       sync.Mutex
	rows     map[*operation]*row
	broken   []string
	recovery map[kind]figures.Durations
	crowds   [][2]string
	ends     map[string]int // of keys whose generation failed
}

// row is the requests of one operation.
type row struct {
	took   figures.Durations // of those that succeeded
	failed figures.Durations
	quiet  figures.Durations // those of took while nothing was wrong anywhere
	why    map[string]int    // failures by reason
	late   time.Duration     // the longest, less what its node was frozen
}

func newTally() *tally {
	t := &tally{rows: make(map[*operation]*row), recovery: make(map[kind]figures.Durations), ends: make(map[string]int)}
	for _, op := range operations {
		t.rows[op] = &row{why: make(map[string]int)}
	}
	return t
}

// broke notes a broken promise. It is printed at once and at the end.
func (t *tally) broke(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	what := time.Now().Format("15:04:05 ") + fmt.Sprintf(format, args...)
	t.broken = append(t.broken, what)
	fmt.Println("BROKEN:", what)
}

func (t *tally) violations() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.broken)
}

func (t *tally) recovered(k kind, took time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.recovery[k] = append(t.recovery[k], took)
}

// crowd notes what came of many clients at once.
func (t *tally) crowd(how string, made, clients int, took time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.crowds = append(t.crowds, [2]string{fmt.Sprintf("%d clients at once, %s", clients, how),
		fmt.Sprintf("%d keys made in %.1f s", made, took.Seconds())})
}

// end notes what became of a key whose generation failed.
func (t *tally) end(what string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ends[what]++
}

// count is how many requests of an operation succeeded.
func (t *tally) count(ops ...*operation) (n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, op := range ops {
		n += len(t.rows[op].took)
	}
	return n
}

// ask sends one request to a node and judges how it was answered. The error is that of the request.
func (s *soak) ask(ctx context.Context, op *operation, v *node, request func(context.Context) error) error {
	begun := time.Now()
	ctx, cancel := context.WithTimeout(ctx, hangs)
	defer cancel()
	err := request(ctx)
	if errors.Is(context.Cause(ctx), context.Canceled) {
		return err // we are being ended
	}
	s.judge(op, v, begun, err)
	return err
}

func (s *soak) judge(op *operation, v *node, begun time.Time, err error) {
	now := time.Now()
	took := now.Sub(begun)
	net := took - v.frozenFor(begun, now)
	quiet := true
	for _, other := range s.net.nodes {
		quiet = quiet && !other.during(well, begun, now)
	}
	where := "through a node that is well"
	if v.during(well, begun, now) {
		where = "through the node in trouble"
	}
	why, explained := reason(v, begun, now, err)
	if !explained {
		s.tally.broke("%s through %s, which is %v: no reason after %v: %v", op.name, v.name, v.now(), took.Round(time.Millisecond), err)
	}
	if net > op.deadline+grace {
		s.tally.broke("%s through %s, which is %v: answered after %v, due within %v: %v", op.name, v.name, v.now(), net.Round(time.Millisecond), op.deadline, err)
	}
	s.tally.note(op, err, why+", "+where, took, net, quiet)
}

func (t *tally) note(op *operation, err error, why string, took, net time.Duration, quiet bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := t.rows[op]
	r.late = max(r.late, net)
	if err != nil {
		r.failed = append(r.failed, took)
		r.why[why]++
		return
	}
	r.took = append(r.took, took)
	if quiet {
		r.quiet = append(r.quiet, took)
	}
}

// reasons are the texts that docs/api.md has for a request that was in order, by how they begin.
var reasons = []string{
	"403 Access denied",
	"403 Consensus temporary unreachable",
	"500 node required for this operation is currently disconnected",
	"500 session with the same id is already registered",
	"429 Limit exceeded: ",
	"400 Server key with this ID is already generated",
	"400 Document key with this ID is already stored",
	"404 Server key with this ID is not found",
	"404 Document key with this ID is not found",

	// at wallets' doors
	"403 denied",
	"503 unavailable",
	"503 disconnected",
	"504 timeout",
	"429 limit",
	"404 keyNotFound",
}

// stopping is what a node says that is being stopped, in Parity's words.
const stopping = "500 Internal error: KeyServer is already destroyed"

// cancelled is the same at a wallet's door.
const cancelled = "503 cancelled"

// reason says why a request failed, and whether that explains it.
func reason(v *node, begun, now time.Time, err error) (string, bool) {
	var status *dapp.StatusError
	var broken net.Error
	switch {
	case err == nil:
		return "", true
	case errors.As(err, &status):
		known := slices.ContainsFunc(reasons, func(r string) bool { return strings.HasPrefix(status.Brief(), r) })
		return status.Brief(), known || v.during(down, begun, now) && (strings.HasPrefix(status.Brief(), stopping) || status.Brief() == cancelled)
	case errors.Is(err, errWrong):
		return "wrong answer", false
	case v.during(down, begun, now) && (errors.As(err, &broken) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)):
		return "the node was down", true
	}
	return "no answer", false
}

// errWrong is an answer that is not what it should be.
var errWrong = errors.New("wrong answer")

func (t *tally) print(w io.Writer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	requests := new(figures.Table)
	for _, op := range operations {
		r := t.rows[op]
		if len(r.took)+len(r.failed) == 0 {
			continue
		}
		requests.Add(op.name, fmt.Sprintf("≤ %v", op.deadline), "%d answered: %s; undisturbed %s; %d failed: %s; longest %s",
			len(r.took), spread(r.took), spread(r.quiet), len(r.failed), spread(r.failed), figures.MS(r.late))
		for _, why := range sorted(r.why) {
			requests.Add("– "+why, "", "%d", r.why[why])
		}
	}
	for k := kind(0); k < kinds; k++ {
		if d := t.recovery[k]; len(d) > 0 {
			requests.Add(fmt.Sprintf("whole again after: %v", k), "", "p50 %.1f s, max %.1f s (of %d)", d.Quantile(0.5).Seconds(), d.Quantile(1).Seconds(), len(d))
		}
	}
	for _, c := range t.crowds {
		requests.Add(c[0], "", "%s", c[1])
	}
	for _, end := range sorted(t.ends) {
		requests.Add("key of a failed generation, asked for again: "+end, "", "%d", t.ends[end])
	}
	requests.Add("promises broken", "0", "%d", len(t.broken))
	requests.Print(w)
	for _, what := range t.broken {
		fmt.Fprintln(w, "BROKEN:", what)
	}
}

func spread(d figures.Durations) string {
	if len(d) == 0 {
		return "–"
	}
	return fmt.Sprintf("p50 %s, p99 %s, max %s", figures.MS(d.Quantile(0.5)), figures.MS(d.Quantile(0.99)), figures.MS(d.Quantile(1)))
}

func sorted(m map[string]int) (list []string) {
	for k := range m {
		list = append(list, k)
	}
	slices.Sort(list)
	return list
}

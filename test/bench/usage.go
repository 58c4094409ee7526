package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/geth-ss/geth-ss/test/figures"
)

// tick is the unit of CPU times in /proc: USER_HZ, which is 100 on every Linux there is.
const tick = 10 * time.Millisecond

// processCPU is what a process has used, user and system time.
func processCPU(pid int) time.Duration {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	// The command's name may hold anything but ends with the last parenthesis.
	_, rest, _ := cutLast(string(text), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	return ticks(fields[11]) + ticks(fields[12]) // utime and stime
}

// machineCPU is what all processors have spent on anything.
func machineCPU() (busy time.Duration) {
	text, _ := os.ReadFile("/proc/stat")
	line, _, _ := strings.Cut(string(text), "\n")
	for i, field := range strings.Fields(line) {
		if i == 1 || i == 2 || i == 3 || i == 6 || i == 7 || i == 8 { // not idle, not waiting for a disk
			busy += ticks(field)
		}
	}
	return busy
}

func ticks(field string) time.Duration {
	n, _ := strconv.ParseInt(field, 10, 64)
	return time.Duration(n) * tick
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// usage is what was spent since a moment.
type usage struct {
	n       *network
	begun   time.Time
	nodes   time.Duration
	client  time.Duration
	machine time.Duration
}

func (n *network) usage() usage {
	return usage{n, time.Now(), n.cpu(), figures.CPU(), machineCPU()}
}

// since is what has been spent after u was taken.
func (u usage) since() usage {
	v := u.n.usage()
	return usage{u.n, u.begun, v.nodes - u.nodes, v.client - u.client, v.machine - u.machine}
}

// others is how many processors somebody else kept busy: with more than a few hundredths the figures are worth less.
func (u usage) others() float64 {
	return max(0, (u.machine-u.nodes-u.client).Seconds()/time.Since(u.begun).Seconds())
}

func (n *network) cpu() (sum time.Duration) {
	for _, node := range n.state.Nodes {
		sum += processCPU(node.PID)
	}
	return sum
}

// measureIdle is the price of a network that only makes its blocks.
func measureIdle(ctx context.Context, o *options, n *network, t *figures.Table) error {
	const length = 8 * time.Second
	if err := n.settle(ctx); err != nil {
		return err
	}
	say("measuring the idle network")
	finish := n.profile(ctx, o, "idle", length)
	before := n.usage()
	if err := sleep(ctx, length); err != nil {
		return err
	}
	used := before.since()
	n.idle = used.nodes.Seconds() / length.Seconds()
	t.Add("idle: CPU of 4 nodes with a block a second", "", "%.1f %% of a processor", 100*n.idle)
	return finish()
}

// settle waits until what a start leaves behind is done: go-ethereum prepares its KZG library in the background,
// two seconds of CPU in each node.
func (n *network) settle(ctx context.Context) error {
	say("waiting for the network to come to rest")
	for range 30 {
		before := n.cpu()
		if err := sleep(ctx, time.Second); err != nil {
			return err
		}
		if n.cpu()-before < 400*time.Millisecond {
			return nil
		}
	}
	return nil // so busy are they
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func addMemory(n *network, t *figures.Table) {
	t.Add("memory: resident, sum of 4 nodes", "≤ 2 GiB", "%.2f GiB", float64(n.resident())/(1<<30))
}

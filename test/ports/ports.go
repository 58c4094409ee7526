// Package ports gives tests ports of this machine that no other test is given, in this process or in another that
// runs at the same time: to find a port free and then to use it is a race between tests that run side by side.
package ports

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
	"testing"
)

// A process takes whole blocks of ports. It listens on the first port of each for as long as it lives, so a block
// whose first port is in use belongs to somebody. No file is left behind, whatever ends the process.
//
// The blocks lie below the ports that systems hand out by themselves: of these an outgoing connection may get one
// before the node does that it was meant for.
const (
	lowest    = 12_000
	blockSize = 64
	blocks    = 281
)

// Most is how many successive ports there can be.
const Most = blockSize - 1

var (
	mu        sync.Mutex     // guards what follows
	guards    []net.Listener // of the blocks of this process, held open
	next, end int            // what is left of the newest block
)

// Take returns the first of n successive ports that nobody uses, and that nobody else is given before this process ends.
func Take(n int) (first int, err error) {
	if n < 1 || n > Most {
		return 0, fmt.Errorf("taking %d ports in a row: it must be 1 to %d", n, Most)
	}
	mu.Lock()
	defer mu.Unlock()
	for {
		for ; next+n <= end; next++ {
			if allFree(next, n) {
				first, next = next, next+n
				return first, nil
			}
		}
		if err := takeBlock(); err != nil {
			return 0, fmt.Errorf("taking %d ports in a row: %w", n, err)
		}
	}
}

// For is Take for a test, which ends where there are none.
func For(t testing.TB, n int) (first int) {
	t.Helper()
	first, err := Take(n)
	if err != nil {
		t.Fatal(err)
	}
	return first
}

// takeBlock begins at random, so that a node which is still ending is not asked for its ports again at once.
func takeBlock() error {
	start := rand.IntN(blocks)
	for i := range blocks {
		first := lowest + (start+i)%blocks*blockSize
		guard, err := listen(first)
		if err != nil {
			continue // somebody's, or in use by another program
		}
		guards = append(guards, guard)
		next, end = first+1, first+blockSize
		return nil
	}
	return fmt.Errorf("every block of ports from %d to %d is in use: end what listens there", lowest, lowest+blocks*blockSize-1)
}

func allFree(first, n int) bool {
	for port := first; port < first+n; port++ {
		l, err := listen(port)
		if err != nil {
			return false
		}
		l.Close()
	}
	return true
}

func listen(port int) (net.Listener, error) {
	return net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
}

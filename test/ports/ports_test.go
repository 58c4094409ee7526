package ports

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"
)

const (
	beTaker = "PORTS_TEST_TAKE"
	times   = 20 // as often as each takes ports
)

// TestMain is also another process that takes ports, prints them, and ends when its input does.
func TestMain(m *testing.M) {
	if n, _ := strconv.Atoi(os.Getenv(beTaker)); n > 0 {
		for range times {
			first, err := Take(n)
			if err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			fmt.Println(first)
		}
		bufio.NewReader(os.Stdin).ReadByte()
		return
	}
	os.Exit(m.Run())
}

// TestNobodyElses: goroutines and processes take ports of all sizes at the same time; each port is given once.
func TestNobodyElses(t *testing.T) {
	var mu sync.Mutex
	owner := make(map[int]string)
	note := func(who string, first, n int) {
		mu.Lock()
		defer mu.Unlock()
		for port := first; port < first+n; port++ {
			if other := owner[port]; other != "" {
				t.Errorf("port %d is given to %s and to %s", port, other, who)
			}
			owner[port] = who
		}
	}
	var wg sync.WaitGroup
	for i, n := range []int{1, 2, 4, 16, 28, Most} {
		wg.Go(func() {
			for range times {
				first, err := Take(n)
				if err != nil {
					t.Error(err)
					return
				}
				note(fmt.Sprint("goroutine ", i), first, n)
			}
		})
	}
	for i, n := range []int{1, 4, 16, 40} {
		numbers := taker(t, n)
		wg.Go(func() {
			for range times {
				first, err := strconv.Atoi(<-numbers)
				if err != nil {
					t.Error("a process that takes ports: ", err)
					return
				}
				note(fmt.Sprint("process ", i), first, n)
			}
		})
	}
	wg.Wait()
}

// taker starts another process, which keeps its ports until the test ends.
func taker(t *testing.T, n int) <-chan string {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d", beTaker, n))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := make(chan string, times)
	go func() {
		for s := bufio.NewScanner(out); s.Scan(); {
			lines <- s.Text()
		}
		close(lines)
	}()
	t.Cleanup(func() { in.Close(); cmd.Wait() })
	return lines
}

// TestInUse: ports that another program listens on are passed over.
func TestInUse(t *testing.T) {
	first, err := Take(1)
	if err != nil {
		t.Fatal(err)
	}
	other, err := listen(first + 2)
	if err != nil {
		t.Skip("somebody has the port already: ", err)
	}
	defer other.Close()
	got, err := Take(3)
	if err != nil || got <= first+2 && got+3 > first+2 {
		t.Errorf("ports from %d, of which %d is in use: %v", got, first+2, err)
	}
}

func TestTooMany(t *testing.T) {
	for _, n := range []int{-1, 0, Most + 1} {
		if first, err := Take(n); err == nil {
			t.Errorf("%d ports: from %d", n, first)
		}
	}
}

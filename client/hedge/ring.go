package hedge

import "sync"

// Ring is servers, by number, and what is known of them: which answered last, and which hang. It is safe for use by several
// goroutines.
type Ring struct {
	mu    sync.Mutex
	first int    // answered last
	hung  []bool // took too long, and has not answered since
}

// NewRing of n servers, at least one. The first is asked first.
func NewRing(n int) *Ring { return &Ring{hung: make([]bool, n)} }

// order begins with the one that answered last. Those that hang come last.
func (r *Ring) order() []int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := len(r.hung)
	var well, ill []int
	for k := range n {
		if i := (r.first + k) % n; r.hung[i] {
			ill = append(ill, i)
		} else {
			well = append(well, i)
		}
	}
	return append(well, ill...)
}

// First is who is asked first.
func (r *Ring) First() int { return r.order()[0] }

// Answered notes that a server has answered.
func (r *Ring) Answered(i int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.first, r.hung[i] = i, false
}

func (r *Ring) hangs(i int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hung[i] = true
}

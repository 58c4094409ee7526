package protocol

import "sync"

// Bounds of the queues of one connection. They hold what honest nodes have under
// way at one time; without them a peer that floods us, or that does not read, would
// fill our memory.
const (
	maxQueued      = 1024
	maxQueuedBytes = 4 << 20
)

// queue is a bounded first-in first-out queue with any number of writers and one
// reader, who waits on ready and then pops until there is nothing more.
type queue[T any] struct {
	ready chan struct{} // has one token if something was pushed since

	mu    sync.Mutex
	items []queued[T]
	bytes int
}

type queued[T any] struct {
	item T
	size int
}

func newQueue[T any]() *queue[T] { return &queue[T]{ready: make(chan struct{}, 1)} }

// push adds an item that takes size bytes, or returns false when the queue is full.
func (q *queue[T]) push(item T, size int) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.fits(size) {
		return false
	}
	q.items = append(q.items, queued[T]{item, size})
	q.bytes += size
	notify(q.ready)
	return true
}

// room tells whether an item of that size would be taken now. The only pusher may
// rely on it.
func (q *queue[T]) room(size int) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.fits(size)
}

func (q *queue[T]) fits(size int) bool {
	return len(q.items) < maxQueued && q.bytes+size <= maxQueuedBytes
}

func (q *queue[T]) pop() (item T, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.items) == 0 {
		return item, false
	}
	first := q.items[0]
	q.items[0] = queued[T]{} // let go of the message
	q.items = q.items[1:]
	q.bytes -= first.size
	if len(q.items) == 0 {
		q.items = nil
	}
	return first.item, true
}

// notify leaves a token in a channel of capacity one.
func notify(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

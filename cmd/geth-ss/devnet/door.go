package devnet

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// A devnet that runs takes commands at a socket in its directory. A command is one line of JSON, a Change; the answer is lines
// of JSON, a reply each, of which the last is Done.

const (
	// maxCommand bounds a command in bytes, maxReply a line of the answer: an error has the end of a log.
	maxCommand = 4 << 10
	maxReply   = 1 << 20

	// commandTimeout bounds how long a command takes to arrive, and a line of the answer to be taken.
	commandTimeout = 10 * time.Second
)

type reply struct {
	Line  string `json:"line,omitempty"` // for people
	Done  bool   `json:"done,omitempty"`
	Error string `json:"error,omitempty"` // of one that is done; "" if it succeeded
}

// doorPath is the same for all who name the directory, whatever they call it.
func doorPath(dir string) string {
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	return socketPath(dir, "devnet.sock")
}

// door is where the devnet takes commands.
type door struct {
	dir      string
	listener net.Listener
	commands chan *command // to attend, one at a time
	opened   chan struct{} // closed when commands are taken
	closed   chan struct{} // closed when they are no longer
	wg       sync.WaitGroup

	mu    sync.Mutex
	conns map[net.Conn]bool
}

// openDoor listens. The directory's lock is held: a socket that is there was left behind.
func openDoor(dir string) (*door, error) {
	path := doorPath(dir)
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("removing the socket of a devnet that was killed: %w", err)
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("listening for commands: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		listener.Close()
		return nil, fmt.Errorf("keeping others off the socket for commands: %w", err)
	}
	d := &door{
		dir: dir, listener: listener, commands: make(chan *command), opened: make(chan struct{}), closed: make(chan struct{}),
		conns: make(map[net.Conn]bool),
	}
	d.wg.Go(d.accept)
	return d, nil
}

// open begins to take commands. Before, they are told to wait.
func (d *door) open() { close(d.opened) }

// close takes no more commands. It returns when all that were taken have their answers.
func (d *door) close() {
	close(d.closed)
	d.listener.Close()
	d.mu.Lock()
	for conn := range d.conns {
		conn.SetReadDeadline(time.Now()) // what has not arrived does not count
	}
	d.mu.Unlock()
	d.wg.Wait()
}

func (d *door) accept() {
	for {
		conn, err := d.listener.Accept()
		if err != nil {
			return
		}
		d.mu.Lock()
		d.conns[conn] = true
		d.mu.Unlock()
		d.wg.Go(func() {
			d.serve(conn)
			d.mu.Lock()
			delete(d.conns, conn)
			d.mu.Unlock()
			conn.Close()
		})
	}
}

func (d *door) serve(conn net.Conn) {
	c := &command{conn: conn, done: make(chan struct{})}
	conn.SetReadDeadline(time.Now().Add(commandTimeout))
	select {
	case <-d.closed: // its deadline may have been set before ours
		conn.SetReadDeadline(time.Now())
	default:
	}
	err := json.NewDecoder(io.LimitReader(conn, maxCommand)).Decode(&c.change)
	if err == nil {
		err = c.change.Validate()
	}
	if err != nil {
		c.finish(fmt.Errorf("the command is not understood: %w", err))
		return
	}
	select {
	case <-d.opened:
	default:
		c.finish(fmt.Errorf("the devnet in %s is not ready yet: wait until it says that the network is up", d.dir))
		return
	}
	select {
	case d.commands <- c:
		<-c.done
	case <-d.closed:
		c.finish(fmt.Errorf("the devnet in %s is being stopped", d.dir))
	}
}

// command is one that arrived. What is written to it goes to who sent it, if that is still there.
type command struct {
	change Change
	conn   net.Conn
	done   chan struct{} // closed when it is answered
	gone   bool          // nobody reads any more
}

// Write sends lines. It never fails: nothing here depends on who reads them.
func (c *command) Write(p []byte) (int, error) {
	c.send(&reply{Line: strings.TrimRight(string(p), "\n")})
	return len(p), nil
}

// finish ends the answer.
func (c *command) finish(err error) {
	r := &reply{Done: true}
	if err != nil {
		r.Error = err.Error()
	}
	c.send(r)
	close(c.done)
}

func (c *command) send(r *reply) {
	if c.gone {
		return
	}
	text, err := json.Marshal(r)
	if err == nil {
		c.conn.SetWriteDeadline(time.Now().Add(commandTimeout))
		_, err = c.conn.Write(append(text, '\n'))
	}
	c.gone = err != nil
}

// Request has the devnet that runs in dir change its key servers, and prints how far it is. It returns when the change is
// complete. If ctx ends before, the devnet goes on with the change. binary is the program's path, for what people are told to
// type.
func Request(ctx context.Context, binary, dir string, change Change, out io.Writer) error {
	if err := change.Validate(); err != nil {
		return err
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	start := ShellJoin([]string{binary, "devnet", "--dir", dir})
	conn, err := new(net.Dialer).DialContext(ctx, "unix", doorPath(dir))
	if err != nil {
		return fmt.Errorf("no devnet is running in %s (%w); start it with: %s", dir, err, start)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	text, err := json.Marshal(change)
	if err != nil {
		return err
	}
	if _, err := conn.Write(append(text, '\n')); err != nil {
		return fmt.Errorf("sending the command to the devnet in %s: %w", dir, err)
	}
	lines := bufio.NewScanner(conn)
	lines.Buffer(nil, maxReply)
	for lines.Scan() {
		var r reply
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return fmt.Errorf("the answer of the devnet in %s is not understood: %w", dir, err)
		}
		switch {
		case r.Done && r.Error != "":
			return errors.New(r.Error)
		case r.Done:
			return nil
		}
		fmt.Fprintln(out, r.Line)
	}
	if ctx.Err() != nil {
		return errors.New("interrupted; the devnet goes on with the change")
	}
	return fmt.Errorf("the devnet in %s ended meanwhile; what the key servers have decided goes on when it is started again, with: %s", dir, start)
}

package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/ethereum/go-ethereum/common"
)

// refused runs geth-ss to its end and returns what it wrote; it must fail.
func refused(t *testing.T, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	// geth's development chain that makes blocks on demand subscribes to the pool in a goroutine of its own: where the machine is
	// busy that may come after the end of a node that refuses to start, and then it panics. With a period it does not subscribe.
	if slices.Contains(args, "--dev") {
		args = append(slices.Clone(args), "--dev.period", "1")
	}
	out, err := exec.CommandContext(ctx, binary, args...).CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || ctx.Err() != nil || exit.ExitCode() != 1 {
		t.Fatalf("geth-ss %s: %v, want exit code 1\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// refusedWith also wants certain words in what it wrote.
func refusedWith(t *testing.T, words string, args ...string) {
	t.Helper()
	if out := refused(t, args...); !strings.Contains(out, words) {
		t.Errorf("geth-ss %s: it does not say %q, but:\n%s", strings.Join(args, " "), words, tail(out, 5))
	}
}

// shares is what is in a node's share store, but for what says nothing.
func shares(t *testing.T, datadir string) map[string]string {
	t.Helper()
	found := make(map[string]string)
	root := filepath.Join(datadir, "geth-ss", "secretstore")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		name := filepath.Base(path)
		if err != nil || d.IsDir() || name == "LOCK" || name == "LOG" || name == "LOG.old" {
			return err
		}
		content, err := os.ReadFile(path)
		found[strings.TrimPrefix(path, root)] = string(content)
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return found
}

func same(a, b map[string]string) bool {
	for name, content := range a {
		if other, ok := b[name]; !ok || other != content {
			return false
		}
	}
	return len(a) == len(b)
}

// end ends one node as Ctrl-C would.
func (n *node) end(t *testing.T) {
	t.Helper()
	if err := syscall.Kill(n.pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	until(t, n.name+" ends", func() error {
		if alive(n.pid) {
			return fmt.Errorf("process %d is alive", n.pid)
		}
		return nil
	})
}

func secretFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A node's share store is backed up, wiped and brought back, and the node serves a read
// that takes it. What it may have promised since the backup it does not promise again.
func TestBackupAndRestore(t *testing.T) {
	net := startNetwork(t, 4, "--acl", "none", "--demo=false")
	net.hurt = true
	l := &life{t: t, net: net}
	author, reader, id := newAccount(t), newAccount(t), randomID()
	victim, dead := net.nodes[2], net.nodes[3]
	key := publish(t, victim, author, id, 2)

	config := filepath.Join(victim.datadir, "config.toml")
	pass, file := secretFile(t, "correct horse"), filepath.Join(t.TempDir(), "node3.age")
	backup := []string{"secretstore", "backup", "--config", config, "--passphrase-file", pass, "--out", file}
	restore := func(pass string) []string {
		return []string{"secretstore", "restore", "--config", config, "--passphrase-file", pass, file}
	}
	refusedWith(t, "stop the node first", backup...)
	victim.end(t)
	if out := run(t, backup...); !strings.Contains(out, "1 key, 1 share,") {
		t.Errorf("backup says:\n%s", out)
	}
	refusedWith(t, "choose another name", backup...)
	if out := run(t, "secretstore", "verify-backup", "--passphrase-file", pass, file); !strings.Contains(out, "every record in it is valid") {
		t.Errorf("verify-backup says:\n%s", out)
	}
	before := shares(t, victim.datadir)
	refusedWith(t, "restoring does not overwrite", restore(pass)...)
	if !same(before, shares(t, victim.datadir)) {
		t.Error("a refused restore changed the share store")
	}

	if err := os.RemoveAll(filepath.Join(victim.datadir, "geth-ss", "secretstore")); err != nil {
		t.Fatal(err)
	}
	refusedWith(t, "wrong passphrase", restore(secretFile(t, "correct house"))...)
	strangers(t, dead, pass, file)
	if out := run(t, restore(pass)...); !strings.Contains(out, "may have made promises after the backup") {
		t.Errorf("restore says:\n%s", out)
	}
	refusedWith(t, "restoring does not overwrite", restore(pass)...)
	l.startByHand(t, victim)

	dead.end(t) // threshold 2: the three that are left are all needed
	three := &network{nodes: net.nodes[:3]}
	readEverywhere(t, three, reader, id, key.plain)
	for _, n := range three.nodes {
		other := randomID()
		a := n.must(t, "POST", fmt.Sprintf("/shadow/%x/%s/1", other, author.sign(other)))
		if a.status == 200 {
			t.Errorf("through %s a key was made with a node that forgets, and not beside all others", n.name)
		}
	}
	l.startByHand(t, dead)
	for _, n := range net.nodes {
		n.untilConnected(t, 4)
	}
	again := randomID()
	readEverywhere(t, net, reader, again, publish(t, victim, author, again, 2).plain)
	victim.end(t) // devnet ends those alone that it has started
	dead.end(t)
	net.stop(t)
}

// strangers: a backup is refused at a node with another key.
func strangers(t *testing.T, other *node, pass, file string) {
	t.Helper()
	dir := t.TempDir()
	key, err := os.ReadFile(filepath.Join(other.datadir, "geth-ss", "nodekey"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "geth-ss"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "geth-ss", "nodekey"), key, 0o600); err != nil {
		t.Fatal(err)
	}
	refusedWith(t, "shares belong to one node key", "secretstore", "restore", "--datadir", dir, "--passphrase-file", pass, file)
	if found := shares(t, dir); len(found) > 1 { // the key file for the new store
		t.Errorf("left behind: %d files", len(found))
	}
}

// A share store that can't be used ends the node with a sentence that says what to do,
// and is left as it was.
func TestRefusesToStart(t *testing.T) {
	slow(t)
	good, who := t.TempDir(), newAccount(t)
	password := secretFile(t, "password")
	d := startDev(t, good, who, "--secretstore.acl", "none", "--secretstore.passwordfile", password)
	for range 3 {
		publish(t, d.node, who, randomID(), 0)
	}
	d.terminate(t, syscall.SIGTERM)

	store := func(dir string, parts ...string) string {
		return filepath.Join(append([]string{dir, "geth-ss", "secretstore"}, parts...)...)
	}
	for _, c := range []struct {
		name, words string
		damage      func(dir string) error
		flags       []string
	}{
		{"wrong password", "wrong password or key file for the share store", nil, []string{"--secretstore.passwordfile", secretFile(t, "Password")}},
		{"lost password file", "reading the share store's password file", nil, []string{"--secretstore.passwordfile", filepath.Join(good, "nothing")}},
		{"another way to open it", "not its key file", nil, nil},
		{"CURRENT gone", "is damaged", func(dir string) error { return os.Remove(store(dir, "db", "CURRENT")) }, []string{"--secretstore.passwordfile", password}},
		{"manifest cut", "is damaged", func(dir string) error { return cutInHalf(store(dir, "db", "MANIFEST-*")) }, []string{"--secretstore.passwordfile", password}},
		{"byte changed", "is damaged", func(dir string) error { return change(store(dir, "db", "*.log"), store(dir, "db", "*.ldb")) }, []string{"--secretstore.passwordfile", password}},
		{"database gone", "is damaged", func(dir string) error { return os.RemoveAll(store(dir, "db")) }, []string{"--secretstore.passwordfile", password}},
		{"another node's", "the share store belongs to key server", func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "geth-ss", "nodekey"), bytes.Repeat([]byte("5e"), 32), 0o600)
		}, []string{"--secretstore.passwordfile", password}},
		{"another cluster's", "the share store belongs to cluster", nil, []string{"--secretstore.passwordfile", password, "--secretstore.cluster", "other"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(good)); err != nil {
				t.Fatal(err)
			}
			if c.damage != nil {
				if err := c.damage(dir); err != nil {
					t.Fatal(err)
				}
			}
			before := shares(t, dir)
			refusedWith(t, c.words, append([]string{"--dev", "--datadir", dir, "--secretstore", "--secretstore.http=false",
				"--ipcdisable", "--secretstore.acl", "none"}, c.flags...)...)
			if after := shares(t, dir); !same(before, after) {
				t.Errorf("the share store was changed: %d files, there were %d", len(after), len(before))
			}
		})
	}
	d = startDev(t, good, who, "--secretstore.acl", "none", "--secretstore.passwordfile", password) // the original still works
	t.Run("locked", func(t *testing.T) {
		refusedWith(t, "in use by another process", "secretstore", "backup", "--datadir", good, "--secretstore.passwordfile", password, "--passphrase-file", password)
	})
	publish(t, d.node, who, randomID(), 0)
}

// matching are the largest files of some patterns.
func matching(patterns ...string) (largest string, size int64) {
	for _, p := range patterns {
		files, _ := filepath.Glob(p)
		for _, f := range files {
			if info, err := os.Stat(f); err == nil && info.Size() > size {
				largest, size = f, info.Size()
			}
		}
	}
	return largest, size
}

func cutInHalf(pattern string) error {
	file, size := matching(pattern)
	return os.Truncate(file, size/2)
}

func change(patterns ...string) error {
	file, size := matching(patterns...)
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	content[size/2] ^= 1
	return os.WriteFile(file, content, 0o600)
}

// On a full disk a key server goes on serving reads, makes no promise that it could not
// keep, and takes part again when there is room.
func TestFullDisk(t *testing.T) {
	slow(t)
	dir, who := t.TempDir(), newAccount(t)
	disk := filepath.Join(dir, "geth-ss", "secretstore")
	if err := os.MkdirAll(disk, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=28m"); err != nil {
		t.Skipf("SKIPPED: a small disk can't be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(disk, 0); err != nil {
			t.Errorf("unmounting: %v", err)
		}
	})
	d := startDev(t, dir, who, "--secretstore.acl", "none")
	id := randomID()
	key := publish(t, d.node, who, id, 0)
	filler := filepath.Join(disk, "filler")
	fill(t, filler)

	var tried []common.Hash
	for range 5 {
		other := randomID()
		a := d.must(t, "POST", fmt.Sprintf("/shadow/%x/%s/0", other, who.sign(other)))
		if a.status != 500 {
			t.Errorf("generating on a full disk: %v", a)
		}
		tried = append(tried, other)
	}
	if got, err := d.shadow(who, id); err != nil || !bytes.Equal(got, key.plain) {
		t.Errorf("reading on a full disk: %x, %v", got, err)
	}
	d.says(t, "the disk is full")
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	for _, other := range tried {
		publish(t, d.node, who, other, 0)
	}
	d.terminate(t, syscall.SIGTERM)
	d = startDev(t, dir, who, "--secretstore.acl", "none")
	if got, err := d.shadow(who, id); err != nil || !bytes.Equal(got, key.plain) {
		t.Errorf("reading after a restart: %x, %v", got, err)
	}
	d.terminate(t, syscall.SIGTERM)
}

// On a file system that can't be written to the node does not start, says so, and harms nothing.
func TestReadOnly(t *testing.T) {
	slow(t)
	dir, who := t.TempDir(), newAccount(t)
	d := startDev(t, dir, who, "--secretstore.acl", "none")
	id := randomID()
	key := publish(t, d.node, who, id, 0)
	d.terminate(t, syscall.SIGTERM)

	disk := filepath.Join(dir, "geth-ss", "secretstore")
	before := shares(t, dir)
	for _, c := range []struct{ name, mounted, words string }{
		{"the share store", disk, "make the directory and all in it writable for this user"},
		{"all", dir, "read-only file system"},
	} {
		t.Run(c.name, func(t *testing.T) {
			readOnly(t, c.mounted)
			refusedWith(t, c.words, "--dev", "--datadir", dir, "--secretstore", "--secretstore.http=false", "--ipcdisable", "--secretstore.acl", "none")
			refusedWith(t, "make the directory and all in it writable for this user", "secretstore", "backup", "--datadir", dir,
				"--passphrase-file", secretFile(t, "a passphrase"), "--out", filepath.Join(t.TempDir(), "backup.age"))
		})
		if !same(before, shares(t, dir)) {
			t.Errorf("%s: the share store was changed", c.name)
		}
	}
	d = startDev(t, dir, who, "--secretstore.acl", "none")
	if got, err := d.shadow(who, id); err != nil || !bytes.Equal(got, key.plain) {
		t.Errorf("reading after it can be written to again: %x, %v", got, err)
	}
	d.terminate(t, syscall.SIGTERM)
}

// readOnly makes a directory one that can't be written to, root included, for the rest of the test.
func readOnly(t *testing.T, dir string) {
	t.Helper()
	if err := syscall.Mount(dir, dir, "", syscall.MS_BIND, ""); err != nil {
		t.Skipf("SKIPPED: nothing can be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Errorf("unmounting: %v", err)
		}
	})
	if err := syscall.Mount("", dir, "", syscall.MS_BIND|syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
}

// fill writes until nothing more fits.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for piece := make([]byte, 1<<16); err == nil; {
		_, err = f.Write(piece)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
}

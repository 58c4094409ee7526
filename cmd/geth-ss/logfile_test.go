package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/urfave/cli/v2"
)

// openedLog opens the log file of a command line.
func openedLog(t *testing.T, args ...string) (f *logFile, err error) {
	t.Helper()
	app := &cli.App{Flags: logFlags, Action: func(ctx *cli.Context) error {
		f, err = openLogFile(ctx)
		return nil
	}}
	if err := app.Run(append([]string{"geth-ss"}, args...)); err != nil {
		t.Fatal(err)
	}
	if f != nil {
		t.Cleanup(func() { f.Close() })
	}
	return f, err
}

// TestLogFileRotates: a file that is given does not grow without end, unless that is asked for.
func TestLogFileRotates(t *testing.T) {
	line := []byte(strings.Repeat("x", 1<<10-1) + "\n")
	for _, test := range []struct {
		args  []string
		files int
	}{
		{nil, 3},
		{[]string{"--log.maxbackups", "1"}, 2},
		{[]string{"--log.rotate=false"}, 1},
	} {
		dir := t.TempDir()
		f, err := openedLog(t, append([]string{"--log.file", filepath.Join(dir, "logs", "node.log"), "--log.maxsize", "1"}, test.args...)...)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.cantRotate(); err != nil {
			t.Error(err)
		}
		for range 5 << 9 { // 2.5 MiB
			if _, err := f.Write(line); err != nil {
				t.Fatal(err)
			}
		}
		count := func() int {
			files, _ := os.ReadDir(filepath.Join(dir, "logs"))
			return len(files)
		}
		for deadline := 0; count() != test.files && deadline < 60_000; deadline++ { // the library drops old ones beside us
			time.Sleep(time.Millisecond)
		}
		if got := count(); got != test.files {
			t.Errorf("%v: %d files, want %d", test.args, got, test.files)
		}
	}
	if f, err := openedLog(t); f != nil || err != nil {
		t.Errorf("a log file although none is given: %v, %v", f, err)
	}
}

// TestLogFileReopens: after somebody has moved it away, it goes on under its name, rotated or not; and where it was, if it
// can't be opened.
func TestLogFileReopens(t *testing.T) {
	for _, arg := range []string{"--log.rotate", "--log.rotate=false"} {
		dir := t.TempDir()
		path, moved := filepath.Join(dir, "logs", "node.log"), filepath.Join(dir, "logs", "node.log.1")
		f, err := openedLog(t, "--log.file", path, arg)
		if err != nil {
			t.Fatal(err)
		}
		say := func(n int) {
			t.Helper()
			if _, err := fmt.Fprintf(f, "line %d\n", n); err != nil {
				t.Fatal(err)
			}
		}
		want := func(path, text string) {
			t.Helper()
			if have, err := os.ReadFile(path); err != nil || string(have) != text {
				t.Errorf("%s: %s holds %q, %v, want %q", arg, filepath.Base(path), have, err, text)
			}
		}
		say(1)
		if err := os.Rename(path, moved); err != nil {
			t.Fatal(err)
		}
		say(2)
		want(moved, "line 1\nline 2\n")
		if err := f.Reopen(); err != nil {
			t.Fatal(err)
		}
		say(3)
		want(moved, "line 1\nline 2\n")
		want(path, "line 3\n")

		away := filepath.Join(dir, "away")
		if err := errors.Join(os.Rename(filepath.Dir(path), away)); err != nil {
			t.Fatal(err)
		}
		if err := f.Reopen(); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: without a directory: %v", arg, err)
		}
		say(4)
		want(filepath.Join(away, "node.log"), "line 3\nline 4\n")
	}
}

// TestTee: a file that can't be written to does not silence the terminal.
func TestTee(t *testing.T) {
	var out strings.Builder
	file, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	file.Close()
	for _, order := range []tee{{file, &out}, {&out, file}} {
		out.Reset()
		if n, err := order.Write([]byte("line")); out.String() != "line" || n != 4 || err == nil {
			t.Errorf("%q, %d, %v", &out, n, err)
		}
	}
	if _, err := (tee{io.Discard, &out}).Write([]byte("x")); err != nil {
		t.Error(err)
	}
}

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/urfave/cli/v2"
	"gopkg.in/natefinch/lumberjack.v2"
)

// logFile is the file of --log.file. It can be opened again under its name, after logrotate, say, has moved it away.
type logFile struct {
	path   string
	bounds *lumberjack.Logger // nil: it is not rotated

	mu  sync.Mutex
	out io.WriteCloser
}

// openLogFile opens the file that the flags ask for, nil if they ask for none.
func openLogFile(ctx *cli.Context) (*logFile, error) {
	path, rotate := ctx.String(logFileFlag.Name), ctx.Bool(logRotateFlag.Name)
	if path == "" {
		if !rotate || !ctx.IsSet(logRotateFlag.Name) {
			return nil, nil
		}
		path = filepath.Join(os.TempDir(), clientIdentifier+".log") // as geth
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("making the directory of the log file: %w", err)
	}
	f := &logFile{path: path}
	if rotate {
		f.bounds = &lumberjack.Logger{
			Filename:   path,
			MaxSize:    ctx.Int(logMaxSizeFlag.Name),
			MaxBackups: ctx.Int(logMaxBackupsFlag.Name),
			MaxAge:     ctx.Int(logMaxAgeFlag.Name),
			Compress:   ctx.Bool(logCompressFlag.Name),
		}
	}
	var err error
	f.out, err = f.open()
	return f, err
}

// open opens the file itself also where it is rotated: the library would tell of a bad path only with the first line,
// and to nobody.
func (f *logFile) open() (io.WriteCloser, error) {
	file, err := os.OpenFile(f.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("opening the log file: %w", err)
	}
	info, err := file.Stat()
	if f.bounds == nil || err != nil || !info.Mode().IsRegular() || f.cantRotate() != nil { // a pipe never grows
		return file, nil
	}
	return f.bounds, file.Close()
}

// cantRotate is why a file that is to be rotated can't be: the library would notice when the file is full, and then
// write nothing more.
func (f *logFile) cantRotate() error {
	if f.bounds == nil {
		return nil
	}
	probe, err := os.CreateTemp(filepath.Dir(f.path), ".geth-ss-*")
	if err != nil {
		return err
	}
	probe.Close()
	return os.Remove(probe.Name())
}

// Write implements io.Writer.
func (f *logFile) Write(line []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.out.Write(line)
}

// Reopen goes on in the file that has the name now, and makes it if there is none. If that fails, it goes on where it was.
func (f *logFile) Reopen() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	out, err := f.open()
	if err != nil {
		return err
	}
	if out == f.out { // the rotating writer, which opens its file again with the next line
		return f.out.Close()
	}
	f.out.Close()
	f.out = out
	return nil
}

// Close implements io.Closer.
func (f *logFile) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.out.Close()
}

// tee writes each line to all of its writers: a log file on a full disk must not silence the terminal.
type tee []io.Writer

// Write implements io.Writer.
func (t tee) Write(line []byte) (int, error) {
	var errs []error
	for _, w := range t {
		_, err := w.Write(line)
		errs = append(errs, err)
	}
	return len(line), errors.Join(errs...)
}

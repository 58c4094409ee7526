package secretstore

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"
)

// What is read and written: files, and standard input and output.

var (
	toFlag    = &cli.StringFlag{Name: "out", Usage: "File to write (- for standard output)"}
	forceFlag = &cli.BoolFlag{Name: "force", Usage: "Overwrite the file to write"}
	jsonFlag  = &cli.BoolFlag{Name: "json", Usage: "Print the answer as JSON"}
)

// input opens the file that a command is given, - for standard input. The size is -1 if nobody knows it.
func input(path string) (in io.ReadCloser, size int64, err error) {
	f := os.Stdin
	if path != "-" {
		if f, err = os.Open(path); err != nil {
			return nil, 0, err
		}
	}
	info, err := f.Stat()
	switch {
	case err == nil && info.IsDir():
		f.Close()
		return nil, 0, fmt.Errorf("%s is a directory", path)
	case err == nil && info.Mode().IsRegular():
		return f, info.Size(), nil
	}
	return f, -1, nil
}

// output is a file that comes into being whole or not at all, or standard output.
type output struct {
	*os.File
	path string // empty: standard output
}

// createOutput checks the file's name, so that nothing is done in vain.
func createOutput(ctx *cli.Context, path string) (*output, error) {
	if path == "-" {
		return &output{os.Stdout, ""}, nil
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil, fmt.Errorf("%s is a directory", path)
	}
	if _, err := os.Lstat(path); err == nil && !ctx.Bool(forceFlag.Name) {
		return nil, fmt.Errorf("%s exists; give another file, or --force", path)
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.part") // a file of the person's may have any fixed name
	if err != nil {
		return nil, err
	}
	return &output{f, path}, nil
}

// done gives the file its name.
func (o *output) done() error {
	if o.path == "" {
		return nil
	}
	if err := errors.Join(o.Sync(), o.Close()); err != nil {
		return err
	}
	return os.Rename(o.Name(), o.path)
}

// drop removes what is not done; it does nothing after done.
func (o *output) drop() {
	if o.path != "" && o.Close() == nil {
		os.Remove(o.Name())
	}
}

// report prints what a command has done: for people on standard error if a document goes to standard output.
func (o *output) report(ctx *cli.Context, facts any, lines ...string) error {
	to := os.Stdout
	if o.path == "" {
		to = os.Stderr
	}
	return report(ctx, to, facts, lines...)
}

func report(ctx *cli.Context, to io.Writer, facts any, lines ...string) error {
	if ctx.Bool(jsonFlag.Name) {
		return json.NewEncoder(to).Encode(facts)
	}
	_, err := fmt.Fprintln(to, strings.Join(lines, "\n"))
	return err
}

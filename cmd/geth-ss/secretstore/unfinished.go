package secretstore

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/ethereum/go-ethereum/common"
	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/client"
	"github.com/geth-ss/geth-ss/internal/whole"
)

// unfinished is the file of a publication that is under way: what it has done can't be taken back, and an id that nobody
// remembers is lost.
type unfinished struct {
	path string // "": the document goes to standard output
	last *client.Unfinished
}

// resume finds what an interrupted publication to the same file has left, and has the next one noted.
func resume(ctx *cli.Context, out *output, options *client.PublishOptions, account common.Address) (*unfinished, error) {
	u := new(unfinished)
	options.Progress = u.note
	if out.path == "" {
		return u, nil
	}
	u.path = out.path + ".unfinished"
	text, err := os.ReadFile(u.path)
	if errors.Is(err, fs.ErrNotExist) && !whole.Present(u.path) {
		return u, nil
	}
	left := new(client.Unfinished)
	if err == nil {
		dec := json.NewDecoder(bytes.NewReader(text))
		dec.DisallowUnknownFields()
		err = dec.Decode(left)
	}
	if err != nil {
		return nil, fmt.Errorf("an interrupted publication has left %s, which can't be read: %w; move it away, and publish again under a new id", u.path, err)
	}
	if left.Account != account || options.Key != left.Key && options.Key != (client.Unfinished{}).Key || options.Threshold != nil && *options.Threshold != left.Threshold {
		return nil, fmt.Errorf("%s is of another publication, of %v under %v with threshold %d: publish with these to go on, or move it away", u.path, left.Account, left.Key, left.Threshold)
	}
	fmt.Fprintf(os.Stderr, "Going on with the publication of %v that was interrupted (%s).\n", left.Key, u.path)
	options.Resume, u.last = left, left
	return u, nil
}

func (u *unfinished) note(left client.Unfinished) error {
	u.last = &left
	if u.path == "" {
		return nil
	}
	text, err := json.MarshalIndent(left, "", "  ")
	if err == nil {
		err = whole.Replace(u.path, append(text, '\n'))
	}
	if err != nil {
		return fmt.Errorf("saving how far the publication is: %w", err)
	}
	return nil
}

// explain tells how to go on after an error. An id that is spent is of no use to anybody.
func (u *unfinished) explain(err error) error {
	var misled *client.Misled
	switch {
	case u.last == nil:
		return err
	case errors.As(err, &misled):
		u.done()
		return err
	case u.path != "":
		return fmt.Errorf("%w; publish again to go on with %v, or move %s away to begin a new one", err, u.last.Key, u.path)
	}
	return fmt.Errorf("%w; the id %v may be claimed by now, and its key made", err, u.last.Key)
}

// done removes the file, if there is one.
func (u *unfinished) done() {
	if u.path != "" && u.last != nil {
		os.Remove(u.path)
	}
}

package known

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/geth-ss/geth-ss/internal/whole"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// maxSets bounds a file of server sets: some hundred links of the largest sets are less.
const maxSets = 64 << 20

// Sets is what is known of the server sets of a cluster. The newest one is remembered for good: nobody who has bought the
// keys of former key servers leads the client back.
type Sets struct {
	Cluster wire.ClusterID  `json:"cluster"`
	First   *wire.ServerSet `json:"first"`   // set 0
	Links   []wire.SetLink  `json:"links"`   // by which each of the others follows the one before
	Trusted wire.SetRef     `json:"trusted"` // the one that was given, or was told at the first use
	Checked time.Time       `json:"checked"` // when the newest was last known from elsewhere than through links
	Learnt  time.Time       `json:"learnt"`  // when the newest was learnt to follow the one before; zero: at the first use
}

// Newest names the newest set.
func (s *Sets) Newest() wire.SetRef {
	if n := len(s.Links); n > 0 {
		return s.Links[n-1].Set().Ref()
	}
	return s.First.Ref()
}

func (s *Sets) bound() error {
	switch {
	case s.First == nil || s.First.Cluster != s.Cluster:
		return errors.New("it has no first server set of this cluster")
	case s.First.Epoch != 0:
		return errors.New("its first server set is not set 0")
	}
	return s.First.Bound()
}

// Evidence is two links from one set that lead to two: more of its members have lied than may.
type Evidence struct {
	Cluster wire.ClusterID `json:"cluster"`
	A       *wire.SetLink  `json:"a"`
	B       *wire.SetLink  `json:"b"`
}

// setsName is the beginning of the names of a cluster's files, one for each epoch that was ever the newest.
func setsName(cluster wire.ClusterID) string { return fmt.Sprintf("sets-%x-", cluster[:]) }

// SetsPath is the file of the newest set of a cluster that is known to be of this epoch.
func (b *Book) SetsPath(cluster wire.ClusterID, epoch uint64) string {
	return filepath.Join(b.dir, setsName(cluster)+strconv.FormatUint(epoch, 10)+".json")
}

// EvidencePath is the file that stops clients of a cluster, where there is one.
func (b *Book) EvidencePath(cluster wire.ClusterID) string {
	return filepath.Join(b.dir, fmt.Sprintf("two-links-%x.json", cluster[:]))
}

// Stopped tells whether two links from one set were seen.
func (b *Book) Stopped(cluster wire.ClusterID) bool { return whole.Present(b.EvidencePath(cluster)) }

// Stop keeps the evidence. What is there already stays.
func (b *Book) Stop(e *Evidence) error {
	text, err := json.MarshalIndent(e, "", " ")
	if err == nil {
		err = os.MkdirAll(b.dir, 0o700)
	}
	if err == nil {
		err = whole.Create(b.EvidencePath(e.Cluster), append(text, '\n'))
	}
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("keeping the evidence against key servers: %w", err)
	}
	return nil
}

// Sets gives what is known of a cluster's server sets, nil if nothing is. A file that can't be read is an error: what it had was not
// older.
func (b *Book) Sets(cluster wire.ClusterID) (*Sets, error) {
	entries, err := os.ReadDir(b.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading what is known of server sets: %w", err)
	}
	newest, found := uint64(0), false
	for _, e := range entries {
		text, ok := strings.CutPrefix(e.Name(), setsName(cluster))
		text, json := strings.CutSuffix(text, ".json")
		if epoch, err := strconv.ParseUint(text, 10, 64); ok && json && err == nil && text == strconv.FormatUint(epoch, 10) {
			newest, found = max(newest, epoch), true
		}
	}
	if !found {
		return nil, nil
	}
	path := b.SetsPath(cluster, newest)
	s, err := readSets(path)
	if err == nil && (s.Cluster != cluster || uint64(len(s.Links)) != newest) {
		err = errors.New("it is not about this cluster and epoch")
	}
	if err != nil {
		return nil, fmt.Errorf("reading what is known of the server sets of cluster %v: %s: %w; remove it, and give the hash of the server set (--set), to trust it again",
			cluster, path, err)
	}
	return s, nil
}

func readSets(path string) (*Sets, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if len(text) > maxSets {
		return nil, fmt.Errorf("it has more than %d bytes", maxSets)
	}
	s, dec := new(Sets), json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(s); err != nil {
		return nil, err
	}
	return s, s.bound()
}

// ErrNewer means that another process has learnt of a newer set meanwhile: read it.
var ErrNewer = errors.New("a newer server set is known by now")

// KeepSets remembers server sets. It never goes back: of an earlier epoch than is known it is ErrNewer, and of another set than
// is known in this epoch ErrDiffers. Of the same set the later check is remembered.
func (b *Book) KeepSets(s *Sets) error {
	if err := s.bound(); err != nil {
		return err
	}
	text, err := json.MarshalIndent(s, "", " ")
	if err == nil {
		err = os.MkdirAll(b.dir, 0o700)
	}
	if err != nil {
		return fmt.Errorf("remembering server sets: %w", err)
	}
	epoch := uint64(len(s.Links))
	path := b.SetsPath(s.Cluster, epoch)
	before, err := b.Sets(s.Cluster)
	if err != nil {
		return err
	}
	if before == nil || uint64(len(before.Links)) < epoch {
		if err = whole.Create(path, append(text, '\n')); err == nil {
			return b.forgetBefore(s.Cluster, epoch)
		}
		if !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("remembering server sets: %w", err)
		}
		if before, err = b.Sets(s.Cluster); err != nil { // another process was faster
			return err
		}
	}
	switch {
	case before == nil || uint64(len(before.Links)) > epoch:
		return ErrNewer
	case before.Newest() != s.Newest():
		return fmt.Errorf("server set %d: %w: see %s", epoch, ErrDiffers, path)
	case !s.Checked.After(before.Checked):
		return nil
	}
	if err := whole.Replace(path, append(text, '\n')); err != nil {
		return fmt.Errorf("remembering server sets: %w", err)
	}
	return nil
}

// forgetBefore removes files of earlier epochs, which count no more.
func (b *Book) forgetBefore(cluster wire.ClusterID, epoch uint64) error {
	for ; epoch > 0; epoch-- {
		if err := os.Remove(b.SetsPath(cluster, epoch-1)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("forgetting former server sets: %w", err)
		}
	}
	return nil
}

// HashOf is the hash of the set of an epoch, as far as it is known.
func (s *Sets) HashOf(epoch uint64) (common.Hash, bool) {
	switch {
	case epoch == 0:
		return s.First.Hash(), true
	case epoch <= uint64(len(s.Links)):
		return s.Links[epoch-1].Set().Hash(), true
	}
	return common.Hash{}, false
}

// Has tells whether a set is one of them.
func (s *Sets) Has(hash common.Hash) bool {
	for epoch := uint64(0); ; epoch++ {
		switch h, ok := s.HashOf(epoch); {
		case !ok:
			return false
		case h == hash:
			return true
		}
	}
}

package service

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/log"
	"github.com/geth-ss/geth-ss/protocol/evidence"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Bounds on the evidence a node keeps. The oldest stays: it is what nobody can have
// washed out by breaking the protocol on and on.
const (
	maxEvidencePerNode = 16
	maxEvidence        = 256
	maxEvidenceBytes   = 64 << 20
)

// EvidenceFile is evidence as it lies on disk: a head for people, and the evidence
// itself, which alone counts.
type EvidenceFile struct {
	Culprit  wire.NodeID    `json:"culprit"`
	Deed     string         `json:"deed"`
	Kind     string         `json:"kind"`
	Cluster  wire.ClusterID `json:"cluster"`
	Key      wire.KeyID     `json:"key"`
	Session  hexutil.Bytes  `json:"session"`
	Witness  wire.NodeID    `json:"witness"` // who wrote the file; proves nothing
	Seen     time.Time      `json:"seen"`    // by the witness's clock
	Evidence hexutil.Bytes  `json:"evidence"`
}

// VerifyEvidence reads an EvidenceFile and judges what it holds, without any node or
// directory. An error says why it convicts nobody, or that its head claims something
// else than the evidence proves.
func VerifyEvidence(r io.Reader) (*evidence.Finding, error) {
	const most = 2*wire.MaxConvictionSize + 1<<16
	text, err := io.ReadAll(io.LimitReader(r, most+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("reading the evidence: %w", err)
	case len(text) > most:
		return nil, fmt.Errorf("the file is longer than the %d bytes that evidence can have", most)
	}
	var file EvidenceFile
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, fmt.Errorf("this is not an evidence file: %w", err)
	}
	conviction, err := wire.DecodeConviction(file.Evidence)
	if err != nil {
		return nil, err
	}
	f, err := evidence.Judge(conviction)
	if err != nil {
		return nil, err
	}
	if file.Culprit != f.Culprit || file.Cluster != f.Cluster || file.Key != f.Key || string(file.Session) != string(f.Session[:]) || file.Kind != f.Kind.String() {
		return nil, fmt.Errorf("the evidence holds against %v (%v, cluster %v, key %v), but the head of the file names something else",
			f.Culprit, f.Kind, f.Cluster, f.Key)
	}
	return f, nil
}

// evidenceFolder keeps evidence as files, each once. Without a directory it keeps none.
type evidenceFolder struct {
	dir     string // set before anything else is called, as is witness
	witness wire.NodeID

	mu    sync.Mutex // guards all below
	read  bool       // the files of earlier runs are counted
	files map[string]bool
	per   map[string]int // by the culprit's short id
	bytes int64
	full  bool // and the log says so
}

// keep writes the evidence of a fault, and returns the file's name; "" if there is none
// to write.
func (e *evidenceFolder) keep(f session.Fault) string {
	if f.Evidence == nil || e.dir == "" {
		return ""
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	path, err := e.write(f)
	if err != nil {
		log.Error("Secret store can't write evidence", "against", f.Node, "err", err)
	}
	return path
}

func (e *evidenceFolder) write(f session.Fault) (string, error) {
	if err := e.count(); err != nil {
		return "", err
	}
	culprit := f.Node.Short()
	if e.per[culprit] >= maxEvidencePerNode || len(e.files) >= maxEvidence || e.bytes >= maxEvidenceBytes {
		if !e.full {
			e.full = true
			log.Warn("Secret store can't keep more evidence, the oldest stays; move it away to make room", "dir", e.dir, "against", f.Node)
		}
		return "", nil
	}
	enc, err := wire.EncodeConviction(f.Evidence)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(enc)
	hash := hex.EncodeToString(sum[:8])
	if e.files[hash] {
		return "", nil
	}
	finding, err := evidence.Judge(f.Evidence)
	if err != nil {
		return "", fmt.Errorf("internal error: %w", err)
	}
	now := time.Now().UTC()
	text, err := json.MarshalIndent(&EvidenceFile{
		Culprit: finding.Culprit, Deed: finding.Deed, Kind: finding.Kind.String(), Cluster: finding.Cluster, Key: finding.Key,
		Session: finding.Session[:], Witness: e.witness, Seen: now, Evidence: enc,
	}, "", "  ")
	if err != nil {
		return "", err
	}
	path := filepath.Join(e.dir, now.Format("20060102T150405Z")+"-"+culprit+"-"+hash+".json")
	if err := writeWhole(path, append(text, '\n')); err != nil {
		return "", err
	}
	e.add(hash, culprit, int64(len(text)))
	return path, nil
}

func (e *evidenceFolder) add(hash, culprit string, size int64) {
	e.files[hash] = true
	e.per[culprit]++
	e.bytes += size
}

// count takes in the files of earlier runs.
func (e *evidenceFolder) count() error {
	if e.read {
		return nil
	}
	e.files, e.per = make(map[string]bool), make(map[string]int)
	entries, err := os.ReadDir(e.dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	for _, entry := range entries {
		part := strings.Split(strings.TrimSuffix(entry.Name(), ".json"), "-")
		info, err := entry.Info()
		if err != nil || len(part) != 3 {
			continue
		}
		e.add(part[2], part[1], info.Size())
	}
	e.read = true
	return nil
}

// writeWhole writes a file that is whole or not there.
func writeWhole(path string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".evidence") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(text)
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}

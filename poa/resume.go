package poa

import (
	"context"
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/cometbft/cometbft/privval"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/internal/whole"
)

// A validator that has lost its sign state, with all its data or alone, doesn't know any more what it has signed. It may vote
// again above every block on which it can have voted, and Resume finds out where that is:
//
//	H   the highest block that is proven by a commit, among answers of validators with more than
//	    two thirds of the power; this node's own is counted among those that don't answer
//	H+10   the sign state is put there; the node follows, and votes again from H+11 on
//
// Why that is enough. Say the last vote that was lost is on block v. To vote on v this node had block v-1 with its commit, so
// validators Q with more than two thirds of the power have signed for v-1. Two sets of more than two thirds of the power, Q and
// those that answer, share more than a third of it, so at least one in both is honest and has lost nothing (less than a
// third are not: liars, and others that were wiped), and it is not this node, which does not answer. To sign for v-1 it had
// stored v-2 before. It shows its newest block, h >= v-2, and in that the commit of the block before: so H >= v-3. The margin is
// for nothing that is known; it costs ten blocks' time.
//
// Who lies low moves nothing, as the honest one tells a higher block. Who lies high has no commit to show: a commit has valid
// signatures of more than two thirds of the power, and proves itself, whoever shows it. So an answer without one is none, and
// which validator gives an answer is proven by the signature in its introduction.
const resumeMargin = 10

// Resumption is what Resume is to work with.
type Resumption struct {
	Dir   string            // the driver's directory, where init has put the network's file
	Key   *ecdsa.PrivateKey // the node key
	Peers []string          // as in Config
	Say   func(line string) // is told of each answer

	Interval time.Duration // between blocks

	enough func(error) bool // nil but in tests: ends the survey early, when too few have answered for this reason
}

// Resumed is what was found out, and what is to be written.
type Resumed struct {
	Network string // in consensus
	Name    string // of this validator
	Proven  int64  // the highest block with a commit
	By      string // who has shown it
	Power   int64  // of the validators that have answered
	Total   int64  // of all
	Before  int64  // height of the sign state that is there, -1 if there is none
	Height  int64  // of the sign state that is to be
	Damaged string // what is wrong with the file that is there, "" if nothing

	path string
}

// Raises tells whether there is anything to write: a sign state is never lowered.
func (r *Resumed) Raises() bool { return r.Damaged != "" || r.Before < r.Height }

// Resume finds out where this node may vote again. It writes nothing. The node must not run, and what keeps others from
// starting it meanwhile is the caller's.
func Resume(ctx context.Context, what Resumption) (*Resumed, error) {
	g, err := LoadNetworkGenesis(filepath.Join(what.Dir, genesisFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("this data directory has no validator list (%s): run init with the network's file first", filepath.Join(what.Dir, genesisFile))
	} else if err != nil {
		return nil, damagedGenesis(filepath.Join(what.Dir, genesisFile), err)
	}
	r := &Resumed{path: filepath.Join(what.Dir, signStateFile)}
	self := crypto.PubkeyToAddress(what.Key.PublicKey)
	now, contractPeers := g.newest(what.Dir)
	what.Peers = slices.Concat(what.Peers, contractPeers)
	v := now.validator(self)
	if v == nil && g.Governance != nil { // it was one, and may be one again
		v = &Validator{PublicKey: nodeID(&what.Key.PublicKey)}
	}
	if v == nil {
		return nil, fmt.Errorf("this node (address %s) is not among the %d validators of the network's file: it signs nothing and needs no sign state; start it", self, len(now.Validators))
	}
	r.Name = v.label()
	if err := r.readState(what.Key); err != nil {
		return nil, err
	}
	if err := now.enoughOthers(v, r.path); err != nil {
		return nil, err
	}
	s, err := newSurvey(g, now, what)
	if err != nil {
		return nil, err
	}
	r.Network = s.doc.ChainID
	names := identityOf(what.Key)
	if !slices.ContainsFunc(what.Peers, func(p string) bool { who, _, err := splitPeer(p); return err == nil && names.is(who) }) {
		what.Say("Peers has no entry for this node itself, so its own address can't be asked whether another process runs with its key")
	}
	if err := findTwin(ctx, what.Peers, names, s.key, s.doc.ChainID); err != nil {
		return nil, fmt.Errorf("nothing was written: %w", err)
	}
	if err := s.run(ctx); err != nil {
		return nil, fmt.Errorf("nothing was written: %w", err)
	}
	best := s.best()
	r.Proven, r.By, r.Power, r.Total = best.height, best.who, s.power(), s.total
	r.Height = r.Proven + resumeMargin
	return r, nil
}

// readState reads the sign state that is there. One of another key says nothing of ours, and one that can't be read says
// nothing at all, but whoever has put it there may want it.
func (r *Resumed) readState(key *ecdsa.PrivateKey) error {
	r.Before = -1
	if !whole.Present(r.path) {
		return nil
	}
	if info, err := os.Stat(r.path); err != nil || !info.Mode().IsRegular() {
		return fmt.Errorf("the sign state %s can't be read (%v): move it away, and run this again", r.path, err)
	}
	var st privval.FilePVLastSignState
	raw, err := os.ReadFile(r.path)
	if err != nil {
		return fmt.Errorf("the sign state %s can't be read: %w; mend it, or move it away, and run this again", r.path, err)
	}
	if err := parseSignState(raw, &st); err != nil {
		r.Damaged = err.Error()
		return nil
	}
	if pub := validatorKey(key).PubKey(); st.Signature != nil && !pub.VerifySignature(st.SignBytes, st.Signature) {
		return fmt.Errorf("the sign state %s is of another node key: put back the node key that belongs to it, or move the file away and run this again", r.path)
	}
	r.Before = st.Height
	return nil
}

// enoughOthers refuses where nobody can ever answer for more than two thirds.
func (g *NetworkGenesis) enoughOthers(self *Validator, path string) error {
	var total int64
	for _, v := range g.Validators {
		total += v.Power
	}
	others := total - self.Power
	if 3*others > 2*total {
		return nil
	}
	return fmt.Errorf("the other validators have %d of %d of the power, which is not more than two thirds. So the network makes no block without this validator's vote, "+
		"and there is no new block to wait for: nothing was written. By hand: make sure that no other machine runs with this node key; "+
		"find the highest block N that any other node of the network has (geth-ss poa status on each, followers included; 0 if there are none); "+
		`write {"height":"N","round":0,"step":3} to %s and start this node while all other validators run. It votes again from block N+1 on. `+
		"If it had voted on that block before, its two votes may contradict each other", others, total, path)
}

// Write puts the sign state where it is to be. After a crash the file is the one before or the new one, and whole. One that can't be
// read is kept beside it.
func (r *Resumed) Write() error {
	if !r.Raises() {
		return nil
	}
	if r.Damaged != "" {
		raw, err := os.ReadFile(r.path)
		if err == nil {
			err = whole.Replace(r.path+".damaged", raw)
		}
		if err != nil {
			return fmt.Errorf("keep the damaged sign state: %w", err)
		}
	}
	raw, err := json.Marshal(signStateAt(r.Height))
	if err != nil {
		return fmt.Errorf("encode the sign state: %w", err)
	}
	if err := whole.Replace(r.path, raw); err != nil {
		return fmt.Errorf("write the sign state: %w", err)
	}
	return nil
}

// signStateAt is a sign state by which nothing is signed up to a height.
func signStateAt(height int64) any {
	return struct {
		Height int64 `json:"height,string"`
		Round  int32 `json:"round"`
		Step   int8  `json:"step"`
	}{height, 0, 3}
}

// Path is where the sign state lies.
func (r *Resumed) Path() string { return r.path }

// tooFew is the error where not enough have answered, with what came of each.
func (s *survey) tooFew() error {
	var lines []string
	for _, p := range s.peers {
		if s.answerOf(p.peerID()) == nil {
			lines = append(lines, fmt.Sprintf("%s: %s", p.addr, s.whyNot(p)))
		}
	}
	if len(lines) == 0 {
		lines = append(lines, "Peers of [PoA] names no other node")
	}
	return fmt.Errorf("validators with %d of %d of the power have shown a block with its commit, and more than two thirds are needed: %s. "+
		"Start the other validators, or name them in Peers of [PoA], and run this again", s.power(), s.total, strings.Join(lines, "; "))
}

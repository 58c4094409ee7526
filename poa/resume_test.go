package poa

import (
	"context"
	"crypto/ecdsa"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cometbft/cometbft/blocksync"
	cmtconfig "github.com/cometbft/cometbft/config"
	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/p2p/conn"
	bcproto "github.com/cometbft/cometbft/proto/tendermint/blocksync"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/cometbft/cometbft/version"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/internal/whole"
	"github.com/geth-ss/geth-ss/test/ports"
)

// wiped is a network of validators of which the first has lost everything but its key.
type wiped struct {
	*testing.T
	genesis *NetworkGenesis
	doc     *cmttypes.GenesisDoc
	set     *cmttypes.ValidatorSet
	keys    []*ecdsa.PrivateKey
	dir     string // the driver's directory of the first, after init
	peers   []string
	said    []string
}

// newWiped makes it, with a validator of each power.
func newWiped(t *testing.T, powers ...int64) *wiped {
	t.Helper()
	w := &wiped{T: t, dir: filepath.Join(t.TempDir(), "poa")}
	var list []Validator
	for i, power := range powers {
		key, err := crypto.GenerateKey()
		if err != nil {
			t.Fatal(err)
		}
		v := NewValidator(&key.PublicKey, fmt.Sprint("node", i))
		v.Power = power
		w.keys, list = append(w.keys, key), append(list, v)
	}
	w.genesis = NewGenesis(testChainID, nil, list, 1_700_000_000)
	if err := InitDir(w.dir, w.genesis); err != nil {
		t.Fatal(err)
	}
	var err error
	if w.doc, err = w.genesis.consensusDoc(w.genesis.Genesis.ToBlock().Hash()); err != nil {
		t.Fatal(err)
	}
	var members []*cmttypes.Validator
	for _, v := range w.doc.Validators {
		members = append(members, cmttypes.NewValidator(v.PubKey, v.Power))
	}
	w.set = cmttypes.NewValidatorSet(members)
	return w
}

// commit is a block's, with the votes of some validators.
func (w *wiped) commit(network string, height int64, voters ...int) *cmttypes.Commit {
	w.Helper()
	id := cmttypes.BlockID{Hash: crypto.Keccak256([]byte(fmt.Sprint(height))), PartSetHeader: cmttypes.PartSetHeader{Total: 1, Hash: crypto.Keccak256([]byte("parts"))}}
	out := &cmttypes.Commit{Height: height, BlockID: id, Signatures: make([]cmttypes.CommitSig, w.set.Size())}
	for i := range out.Signatures {
		out.Signatures[i] = cmttypes.NewCommitSigAbsent()
	}
	for _, voter := range voters {
		key := validatorKey(w.keys[voter])
		at, v := w.set.GetByAddress(key.PubKey().Address())
		if v == nil {
			w.Fatal("no validator")
		}
		vote := &cmttypes.Vote{Type: cmtproto.PrecommitType, Height: height, BlockID: id, Timestamp: time.Unix(1_800_000_000, 0).UTC(), ValidatorAddress: v.Address, ValidatorIndex: at}
		sig, err := key.Sign(cmttypes.VoteSignBytes(network, vote.ToProto()))
		if err != nil {
			w.Fatal(err)
		}
		out.Signatures[at] = cmttypes.CommitSig{BlockIDFlag: cmttypes.BlockIDFlagCommit, ValidatorAddress: v.Address, Timestamp: vote.Timestamp, Signature: sig}
	}
	return out
}

// all are the indices of the validators but for some.
func (w *wiped) all(but ...int) (list []int) {
	for i := range w.keys {
		out := false
		for _, b := range but {
			out = out || b == i
		}
		if !out {
			list = append(list, i)
		}
	}
	return list
}

// fake is a peer that shows what it is told to.
type fake struct {
	p2p.BaseReactor
	height func() int64                              // that it says it has
	block  func(height int64) *bcproto.BlockResponse // nil: it says that it has none; empty: it says nothing
	hangUp bool
}

func (f *fake) GetChannels() []*p2p.ChannelDescriptor {
	return []*p2p.ChannelDescriptor{{ID: blocksync.BlocksyncChannel, Priority: 5, SendQueueCapacity: 100, RecvMessageCapacity: 1 << 20, MessageType: &bcproto.Message{}}}
}

func (f *fake) AddPeer(p p2p.Peer) {
	if f.hangUp {
		f.Switch.StopPeerGracefully(p)
		return
	}
	f.status(p)
}

func (f *fake) status(p p2p.Peer) {
	p.TrySend(p2p.Envelope{ChannelID: blocksync.BlocksyncChannel, Message: &bcproto.StatusResponse{Height: f.height()}})
}

func (f *fake) Receive(e p2p.Envelope) {
	switch m := e.Message.(type) {
	case *bcproto.StatusRequest:
		f.status(e.Src)
	case *bcproto.BlockRequest:
		b := f.block(m.Height)
		switch {
		case b == nil:
			e.Src.TrySend(p2p.Envelope{ChannelID: blocksync.BlocksyncChannel, Message: &bcproto.NoBlockResponse{Height: m.Height}})
		case b.Block != nil:
			e.Src.TrySend(p2p.Envelope{ChannelID: blocksync.BlocksyncChannel, Message: b})
		}
	}
}

// serve has the holder of a key listen with a fake; moniker "" is its true introduction.
func (w *wiped) serve(key *ecdsa.PrivateKey, moniker string, f *fake) *p2p.Switch {
	w.Helper()
	transport, err := transportKey(key)
	if err != nil {
		w.Fatal(err)
	}
	if moniker == "" {
		if moniker, err = surveyMoniker(w.genesis, key, w.doc.ChainID, w.genesis.Genesis.ToBlock().Hash()); err != nil {
			w.Fatal(err)
		}
	}
	port := ports.For(w, 1)
	addr := fmt.Sprintf("127.0.0.1:%d", port)
	info := p2p.DefaultNodeInfo{
		ProtocolVersion: p2p.NewProtocolVersion(version.P2PProtocol, version.BlockProtocol, 0), DefaultNodeID: transport.ID(), ListenAddr: addr,
		Network: w.doc.ChainID, Channels: []byte{blocksync.BlocksyncChannel}, Moniker: moniker,
	}
	wire := p2p.NewMultiplexTransport(info, *transport, conn.DefaultMConnConfig())
	cfg := cmtconfig.DefaultP2PConfig()
	cfg.AllowDuplicateIP = true
	sw := p2p.NewSwitch(cfg, wire)
	sw.SetNodeInfo(info)
	sw.SetNodeKey(transport)
	sw.SetAddrBook(&p2p.AddrBookMock{Addrs: make(map[string]struct{}), OurAddrs: make(map[string]struct{}), PrivateAddrs: make(map[string]struct{})})
	f.BaseReactor = *p2p.NewBaseReactor("Fake", f)
	sw.AddReactor("FAKE", f)
	at, err := p2p.NewNetAddressString(p2p.IDAddressString(transport.ID(), addr))
	if err != nil {
		w.Fatal(err)
	}
	if err := wire.Listen(*at); err != nil {
		w.Fatal(err)
	}
	if err := sw.Start(); err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { sw.Stop(); wire.Close() })
	w.peers = append(w.peers, fmt.Sprintf("%s@%s", transport.ID(), addr))
	return sw
}

// at is a fake that is honest: its newest block is so high, and shows the commit of the one before.
func (w *wiped) at(height int64, voters ...int) *fake {
	return &fake{height: func() int64 { return height }, block: func(h int64) *bcproto.BlockResponse {
		if h != height {
			return nil
		}
		return showing(w.commit(w.doc.ChainID, h-1, voters...))
	}}
}

func showing(c *cmttypes.Commit) *bcproto.BlockResponse {
	return &bcproto.BlockResponse{Block: &cmtproto.Block{LastCommit: c.ToProto()}}
}

// resume asks. It need not wait for more answers once it could be refused for a reason that is wanted.
func (w *wiped) resume(why ...string) (*Resumed, error) {
	w.Helper()
	var mu sync.Mutex
	enough := func(err error) bool {
		mu.Lock()
		defer mu.Unlock()
		if len(why) == 0 || err == nil {
			return false
		}
		reason, said, _ := strings.Cut(why[0], "…")
		return strings.Contains(err.Error(), reason) && strings.Contains(strings.Join(w.said, "\n"), said)
	}
	return Resume(w.Context(), Resumption{enough: enough, Dir: w.dir, Key: w.keys[0], Peers: w.peers, Interval: time.Second, Say: func(line string) {
		mu.Lock()
		defer mu.Unlock()
		w.said = append(w.said, line)
	}})
}

func (w *wiped) state() string { return filepath.Join(w.dir, signStateFile) }

// TestResumeHeights: which height counts, whoever lies about it.
func TestResumeHeights(t *testing.T) {
	liar := func(height int64, block func(w *wiped, h int64) *bcproto.BlockResponse) func(*wiped) *fake {
		return func(w *wiped) *fake {
			return &fake{height: func() int64 { return height }, block: func(h int64) *bcproto.BlockResponse { return block(w, h) }}
		}
	}
	for _, c := range []struct {
		name   string
		powers []int64
		liars  []func(*wiped) *fake // in place of the last validators
		want   int64                // proven; 0: refused
		why    string               // of the refusal
	}{
		{name: "all are honest", powers: []int64{1, 1, 1, 1}, want: 102},
		{name: "one lies low", powers: []int64{1, 1, 1, 1}, want: 101,
			liars: []func(*wiped) *fake{func(w *wiped) *fake { return w.at(7, 1, 2, 3) }}},
		{name: "one lies high and shows nothing", powers: []int64{1, 1, 1, 1, 1, 1, 1}, want: 104,
			liars: []func(*wiped) *fake{liar(1e12, func(*wiped, int64) *bcproto.BlockResponse { return new(bcproto.BlockResponse) })}},
		{name: "one lies high and shows a commit without two thirds", powers: []int64{1, 1, 1, 1, 1, 1, 1}, want: 104,
			liars: []func(*wiped) *fake{liar(1e12, func(w *wiped, h int64) *bcproto.BlockResponse {
				return showing(w.commit(w.doc.ChainID, h-1, 3, 4, 5, 6))
			})}},
		{name: "one lies high and shows a commit of another network", powers: []int64{1, 1, 1, 1, 1, 1, 1}, want: 104,
			liars: []func(*wiped) *fake{liar(1e12, func(w *wiped, h int64) *bcproto.BlockResponse {
				return showing(w.commit("elsewhere", h-1, w.all(0)...))
			})}},
		{name: "one lies high and calls a commit one of a higher block", powers: []int64{1, 1, 1, 1, 1, 1, 1}, want: 104,
			liars: []func(*wiped) *fake{liar(1e12, func(w *wiped, h int64) *bcproto.BlockResponse {
				c := w.commit(w.doc.ChainID, 100, w.all(0)...)
				c.Height = h - 1
				return showing(c)
			})}},
		{name: "one shows a commit with more signatures than validators", powers: []int64{1, 1, 1, 1, 1, 1, 1}, want: 104,
			liars: []func(*wiped) *fake{liar(1e12, func(w *wiped, h int64) *bcproto.BlockResponse {
				c := w.commit(w.doc.ChainID, h-1, w.all(0)...)
				c.Signatures = append(c.Signatures, c.Signatures[0])
				return showing(c)
			})}},
		{name: "one lies low and one high", powers: []int64{1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, want: 106,
			liars: []func(*wiped) *fake{
				func(w *wiped) *fake { return w.at(3, w.all(0)...) },
				liar(1e12, func(*wiped, int64) *bcproto.BlockResponse { return nil }),
			}},
		{name: "a liar takes the place of an answer that is needed", powers: []int64{1, 1, 1, 1}, why: "and does not show it",
			liars: []func(*wiped) *fake{liar(1e12, func(*wiped, int64) *bcproto.BlockResponse { return nil })}},
		{name: "powers count, not heads", powers: []int64{1, 1, 1, 1, 1, 1, 9}, want: 0, why: "and does not show it",
			liars: []func(*wiped) *fake{liar(1e12, func(*wiped, int64) *bcproto.BlockResponse { return nil })}},
		{name: "powers count, not heads, the other way round", powers: []int64{1, 4, 4, 1}, want: 101,
			liars: []func(*wiped) *fake{liar(1e12, func(*wiped, int64) *bcproto.BlockResponse { return nil })}},
		{name: "one is at the first block, which proves nothing", powers: []int64{1, 1, 1, 1}, why: "shows no commit yet",
			liars: []func(*wiped) *fake{liar(1, func(*wiped, int64) *bcproto.BlockResponse { return nil })}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWiped(t, c.powers...)
			honest := len(c.powers) - len(c.liars)
			for i := 1; i < honest; i++ {
				w.serve(w.keys[i], "", w.at(100+int64(i), w.all(0)...))
			}
			for i, liar := range c.liars {
				w.serve(w.keys[honest+i], "", liar(w))
			}
			var why []string
			if c.why != "" {
				why = []string{c.why}
			}
			r, err := w.resume(why...)
			if c.why != "" {
				if err == nil || !strings.Contains(err.Error(), c.why) || !strings.Contains(err.Error(), "more than two thirds are needed") || whole.Present(w.state()) {
					t.Errorf("%+v, %v", r, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if r.Proven != c.want || r.Height != c.want+10 || !r.Raises() || whole.Present(w.state()) {
				t.Errorf("%+v, want block %d; said %q", r, c.want, w.said)
			}
		})
	}
}

// TestResumeWhoCounts: answers are those of validators, each once, that prove who they are.
func TestResumeWhoCounts(t *testing.T) {
	for _, c := range []struct {
		name  string
		third func(*wiped) // the third of three answers that are needed
		why   string       // before "…"; behind it what must have been said before the test may end
	}{
		{"nobody", func(*wiped) {}, "2 of 4 of the power"},
		{"nobody listens", func(w *wiped) {
			port := ports.For(w, 1)
			w.peers = append(w.peers, fmt.Sprintf("%s@127.0.0.1:%d", PeerID(w.keys[3]), port))
		}, "connection refused"},
		{"a node that is no validator", func(w *wiped) { w.serve(newKey(w.T), "", w.at(200, 1, 2, 3)) }, "2 of 4 of the power… which is no validator: block 199"},
		{"a validator of a version that doesn't say who it is", func(w *wiped) { w.serve(w.keys[3], plainMoniker, w.at(200, 1, 2, 3)) }, "older version"},
		{"a stranger with a validator's introduction", func(w *wiped) {
			stolen := mustAnnounce(w.T, w.keys[3], w.doc.ChainID, Rules{"osakaTime": "0"})
			w.serve(newKey(w.T), stolen, w.at(200, 1, 2, 3))
		}, "introduction can't be read"},
		{"a validator twice in the list", func(w *wiped) { w.peers = append(w.peers, w.peers[0]) }, "2 of 4 of the power"},
		{"another node at the validator's address", func(w *wiped) {
			w.serve(newKey(w.T), "", w.at(200, 1, 2, 3))
			_, addr, _ := strings.Cut(w.peers[2], "@")
			w.peers[2] = PeerID(w.keys[3]) + "@" + addr
		}, "not that of the entry"},
		{"a validator that closes the connection", func(w *wiped) {
			f := w.at(200, 1, 2, 3)
			f.hangUp = true
			w.serve(w.keys[3], "", f)
		}, "closes the connection"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWiped(t, 1, 1, 1, 1)
			w.serve(w.keys[1], "", w.at(101, 1, 2, 3))
			w.serve(w.keys[2], "", w.at(102, 1, 2, 3))
			c.third(w)
			reason, _, _ := strings.Cut(c.why, "…")
			if r, err := w.resume(c.why); err == nil || !strings.Contains(err.Error(), reason) || whole.Present(w.state()) {
				t.Errorf("%+v, %v", r, err)
			}
		})
	}
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// TestResumeLastVote: nothing that was signed just before the wipe, on the highest block on which it can have been, can be signed
// again; and after that the validator votes.
func TestResumeLastVote(t *testing.T) {
	w := newWiped(t, 1, 1, 1, 1)
	before, err := openSigner(w.dir, w.keys[0], false)
	if err != nil {
		t.Fatal(err)
	}
	// This node has voted on block 103, having block 102. Nobody else has more than 101: they have signed for 102, not more.
	if err := before.SignVote(w.doc.ChainID, testVote(103, 1)); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(w.state()); err != nil {
		t.Fatal(err)
	}
	for i := 1; i < 4; i++ {
		w.serve(w.keys[i], "", w.at(101, 0, 1, 2, 3)) // shows the commit of 100
	}
	r, err := w.resume()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Write(); err != nil {
		t.Fatal(err)
	}
	after, err := openSigner(w.dir, w.keys[0], true)
	if err != nil {
		t.Fatal(err)
	}
	for height := int64(1); height < r.Height; height++ {
		for round := range int32(3) {
			vote := testVote(height, 2)
			vote.Round = round
			if err := after.SignVote(w.doc.ChainID, vote); err == nil {
				t.Fatalf("it signs on block %d again, in round %d", height, round)
			}
			if err := after.SignProposal(w.doc.ChainID, &cmtproto.Proposal{Type: cmtproto.ProposalType, Height: height, Round: round}); err == nil {
				t.Fatalf("it proposes block %d again, in round %d", height, round)
			}
		}
	}
	if err := after.SignVote(w.doc.ChainID, testVote(r.Height+1, 1)); err != nil {
		t.Errorf("it doesn't vote on block %d: %v", r.Height+1, err)
	}
}

// TestResumeNeverLowers: whatever sign state is there, it is not below what it was, and what can't be read is not thrown away.
func TestResumeNeverLowers(t *testing.T) {
	for _, c := range []struct {
		name, state string
		damage      func(path string) error
		refused     string // with the file as it was
		want        string // else the file afterwards
		kept        bool   // the damaged one is beside it
	}{
		{name: "none", want: `{"height":"111","round":0,"step":3}`},
		{name: "just begun", state: `{"height":"0","round":0,"step":0}`, want: `{"height":"111","round":0,"step":3}`},
		{name: "old", state: `{"height":"110","round":7,"step":3}`, want: `{"height":"111","round":0,"step":3}`},
		{name: "as high", state: `{"height":"111","round":7,"step":2}`, want: `{"height":"111","round":7,"step":2}`},
		{name: "higher", state: `{"height":"5000","round":0,"step":1}`, want: `{"height":"5000","round":0,"step":1}`},
		{name: "damaged", state: `{"height":"50`, want: `{"height":"111","round":0,"step":3}`, kept: true},
		{name: "empty", damage: func(path string) error { return os.WriteFile(path, nil, 0o600) }, want: `{"height":"111","round":0,"step":3}`, kept: true},
		{name: "a directory", damage: func(path string) error { return os.Mkdir(path, 0o700) }, refused: "move it away"},
		{name: "a link to nothing", damage: func(path string) error { return os.Symlink(path+".gone", path) }, refused: "move it away"},
		{name: "another key's", damage: func(path string) error {
			key, err := crypto.GenerateKey()
			if err != nil {
				return err
			}
			s, err := openSigner(filepath.Dir(path), key, false)
			if err != nil {
				return err
			}
			return s.SignVote("net", testVote(7, 1))
		}, refused: "another node key"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWiped(t, 1, 1, 1, 1)
			for i := 1; i < 4; i++ {
				w.serve(w.keys[i], "", w.at(102, 1, 2, 3))
			}
			if c.damage == nil && c.state != "" {
				c.damage = func(path string) error { return os.WriteFile(path, []byte(c.state), 0o600) }
			}
			if c.damage != nil {
				if err := c.damage(w.state()); err != nil {
					t.Fatal(err)
				}
			}
			before, _ := os.Lstat(w.state())
			r, err := w.resume()
			if c.refused != "" {
				after, _ := os.Lstat(w.state())
				if err == nil || !strings.Contains(err.Error(), c.refused) || !strings.Contains(err.Error(), w.state()) || after == nil || after.ModTime() != before.ModTime() {
					t.Errorf("%+v, %v", r, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := r.Write(); err != nil {
				t.Fatal(err)
			}
			if got, err := os.ReadFile(w.state()); err != nil || string(got) != c.want {
				t.Errorf("%s, %v, want %s", got, err, c.want)
			}
			if got, err := os.ReadFile(w.state() + ".damaged"); c.kept != (err == nil) || c.kept && string(got) != c.state {
				t.Errorf("kept: %q, %v", got, err)
			}
			if _, err := openSigner(w.dir, w.keys[0], true); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestResumeTwin: while another process runs with the node key nothing is written, wherever it runs.
func TestResumeTwin(t *testing.T) {
	t.Run("at the own address", func(t *testing.T) {
		t.Parallel()
		w := newWiped(t, 1, 1, 1, 1)
		for i := range 4 {
			w.serve(w.keys[i], "", w.at(102, 1, 2, 3))
		}
		if r, err := w.resume(); err == nil || !strings.Contains(err.Error(), "another process runs with this node key") || whole.Present(w.state()) {
			t.Errorf("%+v, %v", r, err)
		}
	})
	// Blocks go on coming, and have this validator's vote.
	grow := func(w *wiped, voters ...int) {
		begun := time.Now()
		height := func() int64 { return 102 + int64(time.Since(begun)/(200*time.Millisecond)) }
		for i := 1; i < 4; i++ {
			w.serve(w.keys[i], "", &fake{height: height, block: func(h int64) *bcproto.BlockResponse {
				who := voters
				if h-1 <= 102 { // the last that was voted on before the wipe
					who = []int{0, 1, 2, 3}
				}
				return showing(w.commit(w.doc.ChainID, h-1, who...))
			}})
		}
	}
	t.Run("elsewhere, with its votes in new blocks", func(t *testing.T) {
		t.Parallel()
		w := newWiped(t, 1, 1, 1, 1)
		grow(w, 0, 1, 2, 3)
		if r, err := w.resume(); err == nil || !strings.Contains(err.Error(), "another process runs with this node key") {
			t.Errorf("%+v, %v", r, err)
		}
	})
	t.Run("nowhere: the last votes are old", func(t *testing.T) {
		t.Parallel()
		w := newWiped(t, 1, 1, 1, 1)
		grow(w, 1, 2, 3)
		if r, err := w.resume(); err != nil || r.Proven < 101 {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

// TestResumeRefused: what can't be resumed says why, and what there is to do.
func TestResumeRefused(t *testing.T) {
	byHand := []string{`{"height":"N","round":0,"step":3}`, "not more than two thirds", "nothing was written"}
	for _, c := range []struct {
		name   string
		powers []int64
		change func(*wiped)
		want   []string
	}{
		{"a network of one", []int64{1}, nil, byHand},
		{"of two", []int64{1, 1}, nil, byHand},
		{"of three", []int64{1, 1, 1}, nil, byHand},
		{"of four, with a third of the power here", []int64{2, 1, 1, 2}, nil, byHand},
		{"no validator", []int64{1, 1, 1, 1}, func(w *wiped) { w.keys[0] = newKey(w.T) }, []string{"not among the 4 validators"}},
		{"no network file", []int64{1, 1, 1, 1}, func(w *wiped) { w.dir = w.TempDir() }, []string{"run init"}},
		{"a damaged network file", []int64{1, 1, 1, 1}, func(w *wiped) {
			if err := os.WriteFile(filepath.Join(w.dir, genesisFile), []byte("{"), 0o600); err != nil {
				w.Fatal(err)
			}
		}, []string{"can't be read", "run init"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWiped(t, c.powers...)
			if c.change != nil {
				c.change(w)
			}
			_, err := w.resume()
			for _, words := range c.want {
				if err == nil || !strings.Contains(err.Error(), words) {
					t.Errorf("%v, want %q", err, words)
				}
			}
			if whole.Present(w.state()) {
				t.Error("a sign state was written")
			}
		})
	}
}

// TestResumeWhole: whoever reads the sign state while it is replaced, be it after a crash, finds the one before or the new one.
func TestResumeWhole(t *testing.T) {
	key, _ := crypto.GenerateKey()
	dir := t.TempDir()
	path := filepath.Join(dir, signStateFile)
	if err := (&Resumed{path: path, Before: -1, Height: 1}).Write(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	go func() {
		for height := int64(1); ctx.Err() == nil; {
			s, err := openSigner(dir, key, true)
			if err == nil && s.LastSignState.Height < height {
				err = fmt.Errorf("at %d after %d", s.LastSignState.Height, height)
			}
			if err != nil {
				done <- err
				return
			}
			height = s.LastSignState.Height
		}
		done <- nil
	}()
	for height := int64(2); height < 100; height++ {
		if err := (&Resumed{path: path, Before: height - 1, Height: height}).Write(); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	// A process that was killed leaves a part beside it, which nobody reads.
	if err := os.WriteFile(path+".left.tmp", []byte(`{"hei`), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := openSigner(dir, key, true); err != nil || s.LastSignState.Height != 99 {
		t.Errorf("%v, %v", s, err)
	}
}

// TestSurveyFilter: a message that would take much more memory decoded than it has bytes is not decoded.
func TestSurveyFilter(t *testing.T) {
	w := newWiped(t, 1, 1, 1, 1)
	s, err := newSurvey(w.genesis, w.genesis, Resumption{Dir: w.dir, Key: w.keys[0]})
	if err != nil {
		t.Fatal(err)
	}
	message := func(signatures int) []byte {
		commit := &cmtproto.Commit{Height: 7, Signatures: make([]cmtproto.CommitSig, signatures)}
		raw, err := (&bcproto.Message{Sum: &bcproto.Message_BlockResponse{BlockResponse: &bcproto.BlockResponse{Block: &cmtproto.Block{LastCommit: commit}}}}).Marshal()
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	for _, c := range []struct {
		raw []byte
		ok  bool
	}{{message(0), true}, {message(4), true}, {message(5), false}, {message(100_000), false}, {[]byte{1, 2, 3}, false}} {
		if err := s.FilterMsgBytes(blocksync.BlocksyncChannel, nil, c.raw); (err == nil) != c.ok {
			t.Errorf("%d bytes: %v", len(c.raw), err)
		}
	}
}

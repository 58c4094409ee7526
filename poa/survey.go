package poa

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/cometbft/cometbft/blocksync"
	cmtconfig "github.com/cometbft/cometbft/config"
	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/p2p/conn"
	bcproto "github.com/cometbft/cometbft/proto/tendermint/blocksync"
	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/cometbft/cometbft/version"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/log"
)

// survey asks the configured peers for the newest block with its commit, over the channel by which nodes sync blocks: so any
// version answers, and pruned nodes too. It is a peer that has no other channel, and takes no connections.
type survey struct {
	p2p.BaseReactor

	genesis  *NetworkGenesis
	doc      *cmttypes.GenesisDoc
	set      *cmttypes.ValidatorSet
	key      *p2p.NodeKey
	self     common.Address
	total    int64 // power of all validators, as in the genesis file
	interval time.Duration
	say      func(string)
	moniker  string
	early    func(error) bool // see Resumption

	wire  *p2p.MultiplexTransport
	sw    *p2p.Switch
	dial  *dialer
	peers []*dialPeer

	mu      sync.Mutex // guards what follows
	answers map[p2p.ID]*shown
	asked   map[p2p.ID]*asking
	first   int64     // the highest proven block when enough had answered
	enough  time.Time // when that was
}

// shown is what a peer has proven.
type shown struct {
	who    string
	addr   common.Address // of the validator that it is; zero if it is none, or does not say
	height int64
	ours   bool // this validator's vote is among those of the commit
}

// asking is what goes on with one peer. At most one block of each is under way.
type asking struct {
	status int64     // height that it says it has
	block  int64     // that it was asked for, 0 if none is under way
	at     time.Time // of the last question
	bad    string    // why its answer does not count
}

const (
	surveyTimeout = 30 * time.Second // for all answers
	surveyGrace   = 3 * time.Second  // for the rest, once enough have answered
	askAgain      = time.Second      // between two questions to one peer

	// minWatch and maxWatch bound how long the survey looks whether this validator's votes go on coming.
	minWatch, maxWatch = 10 * time.Second, time.Minute

	// lastVote is how far above the highest proven block this node's own last vote can be, see Resume.
	lastVote = 3
)

func newSurvey(g, now *NetworkGenesis, what Resumption) (*survey, error) {
	hash := g.Genesis.ToBlock().Hash()
	doc, err := g.consensusDoc(hash)
	if err != nil {
		return nil, err
	}
	key, err := transportKey(what.Key)
	if err != nil {
		return nil, err
	}
	s := &survey{
		genesis: now, doc: doc, key: key, say: what.Say, interval: what.Interval, early: what.enough,
		self: crypto.PubkeyToAddress(what.Key.PublicKey), answers: make(map[p2p.ID]*shown), asked: make(map[p2p.ID]*asking),
	}
	var members []*cmttypes.Validator
	present, err := now.consensusDoc(hash) // its validators alone count
	if err != nil {
		return nil, err
	}
	for _, v := range present.Validators {
		members = append(members, cmttypes.NewValidator(v.PubKey, v.Power))
	}
	s.set = cmttypes.NewValidatorSet(members)
	for _, v := range now.Validators {
		s.total += v.Power
	}
	if s.moniker, err = surveyMoniker(g, what.Key, doc.ChainID, hash); err != nil {
		return nil, err
	}
	s.BaseReactor = *p2p.NewBaseReactor("Survey", s)
	s.connect(what.Peers, identityOf(what.Key))
	return s, nil
}

// surveyMoniker introduces this node as the driver does, by the rules of its file: peers would warn of one that tells none.
func surveyMoniker(g *NetworkGenesis, key *ecdsa.PrivateKey, network string, hash common.Hash) (string, error) {
	rules, err := chainRules(g.Genesis.Config)
	if err != nil {
		return "", err
	}
	g.driverRules(rules)
	from, err := g.origin(hash)
	if err != nil {
		return "", err
	}
	return announce(key, network, 0, rules, from)
}

// connect makes the switch and what dials for it.
func (s *survey) connect(peers []string, self identity) {
	info := p2p.DefaultNodeInfo{
		ProtocolVersion: p2p.NewProtocolVersion(version.P2PProtocol, version.BlockProtocol, 0),
		DefaultNodeID:   s.key.ID(), ListenAddr: "127.0.0.1:1", Network: s.doc.ChainID, Version: version.TMCoreSemVer,
		Channels: []byte{blocksync.BlocksyncChannel}, Moniker: s.moniker,
	}
	limits := conn.DefaultMConnConfig()
	limits.SendRate, limits.RecvRate, limits.MaxPacketMsgPayloadSize = bandwidth, bandwidth, packetSize
	cfg := cmtconfig.DefaultP2PConfig()
	cfg.AllowDuplicateIP = true
	s.wire = p2p.NewMultiplexTransport(info, *s.key, limits)
	s.sw = p2p.NewSwitch(cfg, s.wire)
	s.sw.SetNodeInfo(info)
	s.sw.SetNodeKey(s.key)
	s.sw.AddReactor("SURVEY", s)
	s.dial = newDialer(peers, self, time.Time{})
	s.dial.sw = func() p2p.Switcher { return s.sw }
	s.dial.network, s.dial.log, s.dial.wg = s.doc.ChainID, log.New("service", "poa"), new(sync.WaitGroup)
	s.peers = s.dial.peers
	for _, p := range s.peers {
		p.next = time.Time{} // nobody dials us
	}
}

// run asks until enough have answered, and the rest had their time.
func (s *survey) run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, surveyTimeout+max(minWatch, min(maxWatch, 5*s.interval)))
	defer cancel()
	s.dial.meet = introducer(ctx, s.key, s.doc.ChainID)
	if err := s.sw.Start(); err != nil {
		return fmt.Errorf("ask the other validators: %w", err)
	}
	defer s.stop(cancel)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	begun := time.Now()
	for {
		select {
		case <-ctx.Done():
			return s.conclude()
		case now := <-tick.C:
			s.dial.tick(now)
			s.ask(now)
			if s.finished(now, begun) || s.early != nil && s.early(s.conclude()) {
				return s.conclude()
			}
		}
	}
}

func (s *survey) stop(cancel func()) {
	cancel()
	s.sw.Stop()
	s.wire.Close()
	s.dial.wg.Wait()
}

// finished tells whether waiting for more makes no sense, or may take no longer.
func (s *survey) finished(now, begun time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if 3*s.powerLocked() <= 2*s.total {
		return now.Sub(begun) > surveyTimeout
	}
	if s.enough.IsZero() {
		s.enough, s.first = now, s.bestLocked().height
		if s.bestLocked().ours {
			s.say("the newest block has this validator's own vote: checking whether its votes go on, as they do if another process runs with its key")
		}
	}
	if len(s.answers) < len(s.peers) && now.Sub(s.enough) < surveyGrace {
		return false
	}
	return !s.bestLocked().ours || s.bestLocked().height > s.first+lastVote || now.Sub(s.enough) > max(minWatch, min(maxWatch, 5*s.interval))
}

// conclude says why what was shown does not do.
func (s *survey) conclude() error {
	if 3*s.power() <= 2*s.total {
		return s.tooFew()
	}
	if best := s.best(); best.ours && best.height > s.first+lastVote {
		return fmt.Errorf("another process runs with this node key: block %d, made a moment ago, has this validator's vote. Stop it first, and never run one node key twice", best.height)
	}
	return nil
}

// ask sends what is due: a question for the newest block to who has not answered, or to all while votes are watched.
func (s *survey) ask(now time.Time) {
	for _, p := range s.sw.Peers().Copy() {
		s.mu.Lock()
		a, watched := s.asked[p.ID()], !s.enough.IsZero() && s.bestLocked().ours
		due := a != nil && now.Sub(a.at) >= askAgain && (s.answers[p.ID()] == nil || watched)
		if due {
			a.at, a.block = now, 0
		}
		s.mu.Unlock()
		if due {
			p.TrySend(p2p.Envelope{ChannelID: blocksync.BlocksyncChannel, Message: &bcproto.StatusRequest{}})
		}
	}
}

// GetChannels implements p2p.Reactor.
func (s *survey) GetChannels() []*p2p.ChannelDescriptor {
	return []*p2p.ChannelDescriptor{{
		ID: blocksync.BlocksyncChannel, Priority: 5, SendQueueCapacity: 8,
		RecvMessageCapacity: int(s.doc.ConsensusParams.Block.MaxBytes) + blocksync.BlockResponseMessagePrefixSize + blocksync.BlockResponseMessageFieldKeySize,
		MessageType:         &bcproto.Message{},
	}}
}

// InitPeer implements p2p.Reactor. The peer tells its status by itself when it is added.
func (s *survey) InitPeer(p p2p.Peer) p2p.Peer {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.asked[p.ID()] == nil {
		s.asked[p.ID()] = new(asking)
	}
	s.asked[p.ID()].at, s.asked[p.ID()].block = time.Now(), 0
	return p
}

// FilterMsgBytes implements p2p.MsgBytesFilter: what has more signatures than there are validators is not decoded.
func (s *survey) FilterMsgBytes(_ byte, _ p2p.Peer, raw []byte) error {
	var stub bcproto.SigCountMessage
	if err := stub.Unmarshal(raw); err != nil {
		return err
	}
	if r := stub.BlockResponse; r != nil && r.Block != nil && r.Block.LastCommit != nil && len(r.Block.LastCommit.Signatures) > len(s.genesis.Validators) {
		return errors.New("its commit has more signatures than there are validators")
	}
	return nil
}

// Receive implements p2p.Reactor.
func (s *survey) Receive(e p2p.Envelope) {
	switch m := e.Message.(type) {
	case *bcproto.StatusResponse:
		s.status(e.Src, m.Height)
	case *bcproto.NoBlockResponse:
		s.refuse(e.Src.ID(), fmt.Sprintf("it says that it has block %d, and does not show it", m.Height))
	case *bcproto.BlockResponse:
		s.block(e.Src, m)
	}
}

// status asks for the block that a peer says is its newest.
func (s *survey) status(p p2p.Peer, height int64) {
	s.mu.Lock()
	a := s.asked[p.ID()]
	if a == nil || a.block != 0 || height < 0 || height == math.MaxInt64 {
		s.mu.Unlock()
		return
	}
	a.status = height
	if height < 2 { // the first block has no commit in it
		a.bad = fmt.Sprintf("it is at block %d, which shows no commit yet", height)
		s.mu.Unlock()
		return
	}
	a.block, a.bad = height, fmt.Sprintf("it says that it has block %d, and has not shown it", height)
	s.mu.Unlock()
	p.TrySend(p2p.Envelope{ChannelID: blocksync.BlocksyncChannel, Message: &bcproto.BlockRequest{Height: height}})
}

// block takes the commit in a block. It need not be the block that was asked for, nor a good one: the commit proves itself.
func (s *survey) block(p p2p.Peer, m *bcproto.BlockResponse) {
	s.mu.Lock()
	a := s.asked[p.ID()]
	wanted := a != nil && a.block != 0
	s.mu.Unlock()
	if !wanted {
		return
	}
	got, err := s.verify(m)
	if err != nil {
		s.refuse(p.ID(), clip("the commit it has shown is not valid: "+err.Error()))
		return
	}
	got.addr, got.who, err = s.validator(p)
	s.mu.Lock()
	defer s.mu.Unlock()
	a.block, a.bad = 0, ""
	if err != nil {
		a.bad = clip(err.Error())
		return
	}
	if before := s.answers[p.ID()]; before == nil {
		s.say(fmt.Sprintf("%s: block %d is committed", got.who, got.height))
	} else if before.height >= got.height {
		return
	}
	s.answers[p.ID()] = got
}

func (s *survey) refuse(p p2p.ID, why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.asked[p]; a != nil {
		a.block, a.bad = 0, why
	}
}

// verify checks the commit in a block, by the validators of the network's file.
func (s *survey) verify(m *bcproto.BlockResponse) (*shown, error) {
	if m.Block == nil || m.Block.LastCommit == nil {
		return nil, errors.New("there is none")
	}
	commit, err := cmttypes.CommitFromProto(m.Block.LastCommit)
	if err != nil {
		return nil, err
	}
	if commit.Height < 1 || commit.Height > math.MaxInt64-2*resumeMargin {
		return nil, fmt.Errorf("it is of block %d", commit.Height)
	}
	if err := s.set.VerifyCommit(s.doc.ChainID, commit.BlockID, commit.Height, commit); err != nil {
		return nil, err
	}
	out := &shown{height: commit.Height}
	for _, sig := range commit.Signatures {
		out.ours = out.ours || sig.BlockIDFlag != cmttypes.BlockIDFlagAbsent && bytes.Equal(sig.ValidatorAddress, s.self[:])
	}
	return out, nil
}

// validator is who a peer is, by the signature in its introduction.
func (s *survey) validator(p p2p.Peer) (common.Address, string, error) {
	info, ok := p.NodeInfo().(p2p.DefaultNodeInfo)
	if !ok {
		return common.Address{}, "", fmt.Errorf("internal error: the peer's introduction is a %T", p.NodeInfo())
	}
	a, err := parseAnnouncement(info.Moniker, s.doc.ChainID, p.ID())
	if err == errSilent {
		return common.Address{}, "", errors.New("it runs an older version that does not say which validator it is: update it")
	} else if err != nil {
		return common.Address{}, "", fmt.Errorf("its introduction can't be read: %w", err)
	}
	addr := crypto.PubkeyToAddress(*a.pub)
	if v := s.genesis.validator(addr); v != nil {
		return addr, v.label(), nil
	}
	return common.Address{}, fmt.Sprintf("peer %s, which is no validator", p.ID()), nil
}

func (s *survey) answerOf(p p2p.ID) *shown {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.answers[p]
}

// power is that of the validators that have answered, each counted once.
func (s *survey) power() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.powerLocked()
}

func (s *survey) powerLocked() (sum int64) {
	counted := make(map[common.Address]bool)
	for _, a := range s.answers {
		if v := s.genesis.validator(a.addr); v != nil && a.addr != s.self && !counted[a.addr] {
			counted[a.addr], sum = true, sum+v.Power
		}
	}
	return sum
}

// best is the highest block that somebody has shown to be committed.
func (s *survey) best() shown {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bestLocked()
}

func (s *survey) bestLocked() (best shown) {
	for _, a := range s.answers {
		if a.height > best.height || a.height == best.height && a.who < best.who {
			best = *a
		}
	}
	return best
}

// whyNot is why a peer has given no answer.
func (s *survey) whyNot(p *dialPeer) string {
	s.mu.Lock()
	a, bad := s.asked[p.peerID()], ""
	if a != nil {
		bad = a.bad // answers still come in
	}
	s.mu.Unlock()
	t := p.why()
	switch {
	case bad != "":
		return bad
	case t.kind == anotherNetwork:
		return fmt.Sprintf("it belongs to another network, %s, and not to %s", quoteNetwork(t.info.Network), s.doc.ChainID)
	case t.kind == anotherNode:
		return fmt.Sprintf("the node that answers has peer id %s, not that of the entry", t.there)
	case a != nil:
		return "it closes the connection, as a node does that has other rules, or that is connected to this node key already: " +
			"if this node's machine stopped suddenly, wait two minutes; otherwise find the other process with this node key"
	case t.err != "":
		return t.err
	}
	return "it has not answered in time"
}

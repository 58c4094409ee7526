package poa

import (
	"fmt"
	"strings"

	cmtlog "github.com/cometbft/cometbft/libs/log"
	"github.com/cometbft/cometbft/p2p"
	"github.com/ethereum/go-ethereum/log"
)

// consensusFailure begins the line with which CometBFT reports a panic in
// consensus before it goes on as a zombie.
const consensusFailure = "CONSENSUS FAILURE"

// logger passes CometBFT's lines through geth's. CometBFT tells every step at
// info, which is debug here; what the operator should know of peers and blocks
// the driver says itself.
type logger struct {
	to      log.Logger
	module  string
	failed  func(error)           // told of a panic in consensus
	refused func(p2p.ErrRejected) // told of peers that the transport refuses
}

func newLogger(to log.Logger, failed func(error), refused func(p2p.ErrRejected)) *logger {
	return &logger{to: to, failed: failed, refused: refused}
}

func (l *logger) Debug(msg string, kv ...any) { l.to.Trace(msg, plain(kv)...) }
func (l *logger) Warn(msg string, kv ...any)  { l.to.Debug(msg, plain(kv)...) }

func (l *logger) Info(msg string, kv ...any) {
	rejected, ok := value(kv, "err").(p2p.ErrRejected)
	if ok && l.refused != nil {
		l.refused(rejected)
	}
	if ok && rejected.IsSelf() {
		addr := rejected.Addr()
		l.to.Error("Met ourselves on the consensus network: this node dialled its own address, or another machine runs with this node key, which must never happen", "addr", addr.DialString())
	}
	l.to.Debug(msg, plain(kv)...)
}

// Error is CometBFT's level for lost connections and bad votes of others too.
// Those of the transport are repeated for as long as a peer is away.
func (l *logger) Error(msg string, kv ...any) {
	if strings.HasPrefix(msg, consensusFailure) {
		l.failed(failure(value(kv, "err")))
		l.to.Error("Consensus failed", plain(kv)...)
		return
	}
	switch {
	case superfluous(msg, kv):
		l.to.Debug(msg, plain(kv)...)
	case strings.Contains(msg, "failed signing ") && passed(value(kv, "err")):
		// What the sign state is for: nothing is signed again. Judge says it if it lasts.
		l.to.Debug(msg, plain(kv)...)
	case l.module == "p2p", l.module == "pex", strings.HasPrefix(msg, "Error stopping"),
		strings.HasPrefix(msg, "Not stopping"): // what had not begun: a stop before the first block
		l.to.Debug(msg, plain(kv)...)
	case l.module == "consensus", l.module == "state", l.module == "":
		l.to.Error(msg, plain(kv)...)
	default:
		l.to.Warn(msg, plain(kv)...)
	}
}

// superfluous tells the complaint of a block that came a second time: a node that catches up asks two peers for one
// block, and both answer.
func superfluous(msg string, kv []any) bool {
	err, ok := value(kv, "err").(error)
	return ok && msg == "Failed to add block" && strings.Contains(err.Error(), "already committed block")
}

// passed tells whether the sign state has kept a validator from signing at a place that it is past, or that it was put to.
func passed(err any) bool {
	text := fmt.Sprint(err)
	return strings.Contains(text, " regression") || strings.Contains(text, "no SignBytes found") || text == errMuted.Error()
}

// fromFuture is in CometBFT's complaint of a block whose time is more than a
// minute after the own clock. Two thirds of the validators signed that time.
const fromFuture = "too far in the future"

func failure(reason any) error {
	err := fmt.Errorf("consensus failed: %v", reason)
	if strings.Contains(err.Error(), fromFuture) {
		return fmt.Errorf("%w: this machine's clock is slow, set it and start the node again", err)
	}
	return err
}

// With implements CometBFT's Logger.
func (l *logger) With(kv ...any) cmtlog.Logger {
	c := *l
	if m, ok := value(kv, "module").(string); ok {
		c.module = m
	}
	c.to = l.to.With(plain(kv)...)
	return &c
}

func value(kv []any, key string) any {
	for i := 0; i+1 < len(kv); i += 2 {
		if kv[i] == key {
			return kv[i+1]
		}
	}
	return nil
}

// plain makes pairs that geth's logger takes: an even number, keys as strings.
func plain(kv []any) []any {
	out := make([]any, 0, len(kv)+1)
	for i := 0; i+1 < len(kv); i += 2 {
		out = append(out, fmt.Sprint(kv[i]), kv[i+1])
	}
	if len(kv)%2 == 1 {
		out = append(out, "more", kv[len(kv)-1])
	}
	return out
}

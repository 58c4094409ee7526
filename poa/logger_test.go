package poa

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/log"
)

// TestLoggerLevels: what CometBFT calls an error and is none is not told as one; whatever else it complains of is.
func TestLoggerLevels(t *testing.T) {
	committed := errors.New("got an already committed block #7 (possibly from the slow peer 4d2258)")
	for _, test := range []struct {
		module, msg string
		err         error
		want        string
	}{
		{"blocksync", "Failed to add block", committed, ""},
		{"blocksync", "Failed to add block", errors.New("requested block #7 from a, not b"), "WARN"},
		{"blocksync", "Error in validation", committed, "WARN"},
		{"consensus", "Failed to add block", errors.New("something else"), "ERROR"},
		{"blocksync", "Failed to add block", nil, "WARN"},
		{"p2p", "Stopping peer for error", errors.New("EOF"), ""},
		{"state", "Error in proxyAppConn", errors.New("full"), "ERROR"},
	} {
		var out bytes.Buffer
		l := newLogger(log.NewLogger(slog.NewTextHandler(&out, nil)), nil, nil).With("module", test.module)
		l.Error(test.msg, "peer", "4d2258", "err", test.err)
		if got := out.String(); (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
			t.Errorf("%s %q %v: %q, want %q", test.module, test.msg, test.err, got, test.want)
		}
	}
}

package main

import (
	"strings"
	"testing"
	"time"

	"github.com/geth-ss/geth-ss/internal/finding"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/chain"
)

type judgedAs finding.List

func (j judgedAs) Judge() finding.List { return finding.List(j) }

// TestChainReady: a node without a key server is ready while its chain goes on, and else says what is wrong.
func TestChainReady(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	block := func(age int64) chain.Block {
		return chain.Block{BlockRef: wire.BlockRef{Number: 7}, Time: uint64(now.Unix() - age)}
	}
	for _, c := range []struct {
		name      string
		final     chain.Block
		ok        bool
		maxAge    time.Duration
		consensus judge
		want      string
	}{
		{"fresh", block(59), true, time.Minute, nil, ""},
		{"stale", block(61), true, time.Minute, nil, "chain: final block 7 is 1m1s old, more than 1m0s"},
		{"any age", block(1e6), true, 0, nil, ""},
		{"nothing final", chain.Block{}, false, time.Minute, nil, "no final block"},
		{"consensus is well", block(1), true, time.Minute, judgedAs{}, ""},
		{"consensus warns", block(1), true, time.Minute, judgedAs{{Level: finding.Warning, What: "slow"}}, ""},
		{"consensus is ill", block(1), true, time.Minute, judgedAs{{Level: finding.Error, Subject: "consensus", What: "no quorum"}}, "consensus: no quorum"},
	} {
		err := chainReady(c.final, c.ok, c.maxAge, now, c.consensus)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

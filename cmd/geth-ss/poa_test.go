package main

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/contracts"
	"github.com/geth-ss/geth-ss/internal/finding"
	"github.com/geth-ss/geth-ss/poa"
)

// TestPoASettings: settings that would have a node of a proof-of-authority network wait for what never comes are refused, with the
// name of the setting and what to do.
func TestPoASettings(t *testing.T) {
	v := newValidator(t)
	without := func(flag string) []string {
		at := slices.Index(v.args, flag)
		return slices.Concat(v.args[:at], v.args[at+2:])
	}
	own := without("--networkid")
	leftOut := []string{"proof-of-authority network", filepath.Join(v.dir, "geth-ss", "poa"), "[PoA] is not enabled", "--poa"}
	for _, c := range []struct {
		name string
		args []string
		want []string
	}{
		{"another network id by flag", slices.Concat(own, []string{"--networkid", "1"}), []string{"Eth.NetworkId (--networkid) is 1", fmt.Sprint(validatorChainID), "leave the setting out"}},
		{"another network id by file", slices.Concat(own, []string{"--config", writeFile(t, "c.toml", "[Eth]\nNetworkId = 1\n")}), []string{"Eth.NetworkId (--networkid) is 1"}},
		{"PoA left out", []string{"--datadir", v.dir}, leftOut},
		{"PoA switched off", slices.Concat(own, []string{"--poa=false"}), leftOut},
		{"a development chain in its place", []string{"--datadir", v.dir, "--dev"}, leftOut},
		{"resume without PoA", []string{"poa", "resume", "--datadir", v.dir}, []string{"[PoA] is not enabled"}},
		{"resume with an argument", []string{"poa", "resume", "--datadir", v.dir, "--poa", "yes"}, []string{"wants no argument"}},
		{"resume without a node key", []string{"poa", "resume", "--datadir", t.TempDir(), "--poa"}, []string{"nodekey is not there"}},
		{"resume of a network of one", slices.Concat([]string{"poa", "resume"}, own), []string{"0 of 1 of the power", `{"height":"N","round":0,"step":3}`}},
		{"status of nobody", []string{"poa", "status", "--datadir", v.dir}, []string{"attaching to the node"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			out := fail(t, c.args...)
			for _, words := range c.want {
				if !strings.Contains(out, words) {
					t.Errorf("want %q in:\n%s", words, out)
				}
			}
		})
	}
	app := newApp()
	app.Action = func(ctx *cli.Context) error {
		n, err := makeFullNode(ctx)
		if err == nil {
			n.stack.Close()
		}
		return err
	}
	if err := app.Run(append([]string{"geth-ss"}, own...)); err != nil {
		t.Errorf("without a network id: %v", err)
	}
}

// TestPoAStatus: a node without a key server tells how consensus stands.
func TestPoAStatus(t *testing.T) {
	v := newValidator(t)
	ipc := v.args[len(v.args)-1]
	n := startNode(t, append(v.args, "--http.api", "eth,poa")...)
	var c consensusReport
	for end := time.Now().Add(5 * time.Minute); c.Height == 0 || c.wrong(); time.Sleep(50 * time.Millisecond) {
		c = consensusReport{}
		if err := n.call(&c, "poa_status"); time.Now().After(end) {
			t.Fatalf("no block comes: %+v, %v\n%s", c, err, &n.log)
		}
	}
	out := run(t, "poa", "status", ipc)
	for _, words := range []string{"Consensus:", "validator, signed last: precommit of block ", "only", "this node"} {
		if !strings.Contains(out, words) {
			t.Errorf("want %q in:\n%s", words, out)
		}
	}
	if out := run(t, "poa", "status", "--json", ipc); !strings.Contains(out, `"validatorList":[{"name":"only"`) || !strings.Contains(out, `"findings":[]`) {
		t.Error(out)
	}
	if out := run(t, "attach", "--exec", "poa.status.validatorList[0].power", ipc); strings.TrimSpace(out) != "1" {
		t.Errorf("the console says %q", out)
	}
	if out := fail(t, "poa", "resume", "--datadir", v.dir, "--poa"); !strings.Contains(out, "does the node still run") {
		t.Errorf("resume beside the running node: %s", out)
	}
	n.stop(t, syscall.SIGTERM)
}

// TestConsensusReport: what makes the exit code 1, and that nothing others have said moves the cursor of a terminal.
func TestConsensusReport(t *testing.T) {
	one := func(level finding.Level) finding.List {
		return finding.List{{Level: level, Subject: "s", What: "w"}}
	}
	for _, c := range []struct {
		report consensusReport
		wrong  bool
	}{
		{consensusReport{}, false},
		{consensusReport{Findings: one(finding.Warning)}, false},
		{consensusReport{Findings: one(finding.Error)}, true},
		{consensusReport{Syncing: true}, true},
		{consensusReport{NotVoting: "rules"}, true},
		{consensusReport{Differ: make([]struct {
			PeerID, Host, Validator string
			InForce                 bool
			Differences             []struct{ Rule, Here, There, Since string }
		}, 1)}, true},
	} {
		if c.report.wrong() != c.wrong {
			t.Errorf("%+v: wrong is not %v", c.report, c.wrong)
		}
	}
	const evil = "x\x1b[2Jy\u009bz\r"
	var out bytes.Buffer
	r := consensusReport{
		Network: evil, Rules: evil, Missing: []string{evil}, Validator: true, LastVote: &poa.Vote{Height: 1, Step: evil},
		Round:         &poa.Round{Step: evil, Proposer: evil, Votes: []poa.ValidatorVote{{Validator: evil, Prevote: evil, Precommit: evil}}},
		ValidatorList: []poa.ValidatorInfo{{Name: evil, Host: evil}},
		Governance: &poa.GovernanceStatus{
			Scheduled: []contracts.WeightChange{{From: 7, Weight: 3}},
			Proposals: []poa.ProposalStatus{{Kind: "add", Name: evil, Host: evil, Voters: []string{evil}}, {Kind: evil}, {Kind: "move", Host: evil}},
			Unread:    12,
		},
		Findings: finding.List{{Level: finding.Error, Subject: evil, What: evil + strings.Repeat("long", 9999), Do: evil}},
	}
	r.print(&out)
	if text := out.String(); strings.ContainsAny(text, "\x1b\r\u009b") || len(text) > 10_000 || !strings.Contains(text, "ERROR") {
		t.Errorf("%d bytes: %.300q", len(text), text)
	}
	for _, words := range []string{"From block 7 on ", "has weight 3", "which has not accepted yet", "some up to 12 can perhaps be voted for too"} {
		if !strings.Contains(out.String(), words) {
			t.Errorf("want %q in:\n%s", words, &out)
		}
	}
}

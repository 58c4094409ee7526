package main

import "cmp"

// consensusReport is what is printed of poa_status.
type consensusReport struct {
	Network, Rules, NotVoting string
	Validator, Syncing        bool
	Validators, Peers         int
	Outlets, Stuck            int
	Silent                    []string
	Differ                    []struct {
		PeerID, Host, Validator string
		InForce                 bool
		Differences             []struct{ Rule, Here, There, Since string }
	}
}

// write names who has other rules than this node, each with both values.
func (c *consensusReport) write(line func(name, format string, args ...any)) {
	line("Consensus", "%s, %d peers, rules %s", c.Network, c.Peers, c.Rules)
	if c.NotVoting != "" {
		line("", "DOES NOT VOTE: %s", c.NotVoting)
	}
	if c.Stuck > 0 {
		line("", "%d TRANSACTIONS WAIT, and no devp2p peer is there to hand them to", c.Stuck)
	}
	for _, p := range c.Differ {
		state := "is let in"
		if p.InForce {
			state = "IS REFUSED"
		}
		for _, d := range p.Differences {
			line("", "%s %s: %s is %s here and %s there, %s", cmp.Or(p.Validator, p.PeerID+" at "+p.Host), state, d.Rule,
				cmp.Or(d.Here, "unset"), cmp.Or(d.There, "unset"), cmp.Or(d.Since, "in force at no time"))
		}
	}
	for _, id := range c.Silent {
		line("", "%s tells no rules: an older version", id)
	}
}

package poa

import (
	"bytes"
	"crypto/ecdsa"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/cometbft/cometbft/p2p"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/log"
)

// TestAnnouncement: what a node says of itself arrives at a peer as it was, and
// nothing else passes for it.
func TestAnnouncement(t *testing.T) {
	t.Parallel()
	key, _ := crypto.GenerateKey()
	other, _ := crypto.GenerateKey()
	rules, err := chainRules(chainConfig(7))
	if err != nil {
		t.Fatal(err)
	}
	rules.set(RuleCluster, strings.Repeat("\U0001F600", 16)) // the longest name, escaped
	good, err := announce(key, "network", 30303, rules, origin{})
	if err != nil {
		t.Fatal(err)
	}
	id := p2p.ID(PeerID(key))
	a, err := parseAnnouncement(good, "network", id)
	if err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(a.Rules, rules) || a.Port != 30303 || a.Key != nodeID(&key.PublicKey) {
		t.Errorf("arrived as %+v", a)
	}
	if info := (p2p.DefaultNodeInfo{Moniker: good, DefaultNodeID: id, ListenAddr: "127.0.0.1:1"}); info.Validate() != nil {
		t.Errorf("CometBFT refuses it: %v", info.Validate())
	}

	// What somebody else may make of it, or sign himself.
	signed := func(body string) string {
		sig, err := crypto.Sign(announceHash("network", string(id), []byte(body)), key)
		if err != nil {
			t.Fatal(err)
		}
		return announceVersion + " " + hex.EncodeToString(sig) + " " + body
	}
	body := func(change func(*announcement)) string {
		a := &announcement{Key: nodeID(&key.PublicKey), Port: 1, Rules: maps.Clone(rules)}
		change(a)
		raw, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		return signed(string(raw))
	}
	many := func(a *announcement) {
		for i := range maxRules {
			a.Rules[strings.Repeat("x", 1+i%60)+string(rune('a'+i/60))] = "1"
		}
	}
	for name, text := range map[string]string{
		"another network":  mustAnnounce(t, key, "elsewhere", rules),
		"another peer":     mustAnnounce(t, other, "network", rules),
		"no signature":     announceVersion,
		"short signature":  announceVersion + " 00 {}",
		"changed body":     strings.Replace(good, "30303", "30304", 1),
		"no JSON":          signed("{"),
		"another's key":    body(func(a *announcement) { a.Key = nodeID(&other.PublicKey) }),
		"no rules":         body(func(a *announcement) { a.Rules = nil }),
		"many rules":       body(many),
		"port":             body(func(a *announcement) { a.Port = 65536 }),
		"negative port":    body(func(a *announcement) { a.Port = -1 }),
		"empty name":       body(func(a *announcement) { a.Rules[""] = "1" }),
		"odd name":         body(func(a *announcement) { a.Rules["a\nb"] = "1" }),
		"long name":        body(func(a *announcement) { a.Rules[strings.Repeat("a", maxRuleName+1)] = "1" }),
		"terminal's codes": body(func(a *announcement) { a.Rules["osakaTime"] = "\x1b[2J" }),
		"long value":       body(func(a *announcement) { a.Rules["osakaTime"] = strings.Repeat("1", maxRuleValue+1) }),
		"too long":         good + strings.Repeat(" ", maxAnnouncement),
	} {
		if _, err := parseAnnouncement(text, "network", id); err == nil || err == errSilent {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Older and newer versions are not told from here what they say.
	for _, text := range []string{"geth-ss", "", "geth-ss/2 what will be", "someone"} {
		if _, err := parseAnnouncement(text, "network", id); err != errSilent {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// FuzzAnnouncement has a node sign whatever it likes: it is refused, or read within bounds, printable, and judged without
// harm to anybody. What it says of rules is never taken for another's word.
func FuzzAnnouncement(f *testing.F) {
	key, _ := crypto.ToECDSA(bytes.Repeat([]byte{7}, 32))
	id := p2p.ID(PeerID(key))
	rules, err := chainRules(chainConfig(7))
	if err != nil {
		f.Fatal(err)
	}
	good, err := json.Marshal(&announcement{Key: nodeID(&key.PublicKey), Port: 1, Rules: rules})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(true, good)
	f.Add(true, bytes.Replace(good, []byte(`"osakaTime":"0"`), []byte(`"osakaTime":"99999999999999999999"`), 1))
	f.Add(true, bytes.Replace(good, []byte(`"osakaTime":"0"`), []byte(`"zzzBlock":"-1","blobSchedule.":"1"`), 1))
	f.Add(true, []byte(`{"key":"00"}`))
	f.Add(false, []byte(announceVersion+" "))
	g := testGenesis(f, 4)
	f.Fuzz(func(t *testing.T, signed bool, body []byte) {
		moniker := string(body)
		if signed {
			sig, err := crypto.Sign(announceHash("network", string(id), body), key)
			if err != nil {
				t.Fatal(err)
			}
			moniker = announceVersion + " " + hex.EncodeToString(sig) + " " + moniker
		}
		c := newComparison(rules, "network", g, func(time.Duration) moment { return moment{5, 5} }, log.NewLogger(log.DiscardHandler()))
		a, err := c.admit(id, "192.0.2.1", moniker)
		if a != nil && (!signed || a.Key != nodeID(&key.PublicKey) || len(moniker) > maxAnnouncement || len(a.Rules) > maxRules) {
			t.Fatalf("taken: %+v", a)
		}
		for _, other := range c.different() {
			text, err := json.Marshal(other)
			if err != nil || strings.ContainsFunc(fmt.Sprint(other.Differences), func(r rune) bool { return r < ' ' || r > '~' }) {
				t.Fatalf("%s, %v", text, err)
			}
		}
		if err != nil && len(err.Error()) > 20<<10 {
			t.Fatalf("an error of %d bytes", len(err.Error()))
		}
		if c.opposed(moment{5, 5}) != nil {
			t.Fatal("a stranger has a say in what is voted for")
		}
	})
}

func mustAnnounce(t *testing.T, key *ecdsa.PrivateKey, network string, rules Rules) string {
	t.Helper()
	text, err := announce(key, network, 0, rules, origin{})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

package poa

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"
)

// Rules are what every node of a network must have alike, by name, as text. Those
// of the chain are geth's chain configuration, under the names they have in the
// network file ("osakaTime", "blobSchedule.prague.max"): each field of it, so that
// a fork that a newer geth adds is among them by itself. Those of the driver and
// of the key server begin with "poa." and "secretstore.".
//
// What nodes announce in the handshake and what is compared by init are these. The
// network's name in consensus (consensusID) does not cover them: votes sign it, so
// it can't change when a fork is scheduled.
type Rules map[string]string

const (
	ruleGasLimit  = "poa.gasLimit"  // which blocks are steered to
	ruleBlockTime = "poa.blockTime" // told by those who make blocks
	ruleFreeGas   = "poa.freeGas"   // "true"; not told where gas has a price, as older versions don't

	// RuleCluster is the name of the key servers' cluster, told by key servers.
	RuleCluster = "secretstore.cluster"
)

// ruleForms are the forms of the announcement since which a rule is told, where that
// is not the first.
var ruleForms = map[string]int{ruleFreeGas: 1, ruleValidators: 2}

// chainRules are the rules in a chain configuration.
func chainRules(c *params.ChainConfig) (Rules, error) {
	fields, err := members(c)
	if err != nil {
		return nil, fmt.Errorf("read the chain configuration: %w", err)
	}
	r := make(Rules)
	r.flatten("", fields)
	return r, nil
}

// driverRules adds those that the network's file has for the driver.
func (g *NetworkGenesis) driverRules(r Rules) {
	r.set(ruleGasLimit, strconv.FormatUint(g.Genesis.GasLimit, 10))
	if g.FreeGas {
		r.set(ruleFreeGas, "true")
	}
	if g.Governance != nil {
		r.set(ruleValidators, g.Governance.String())
	}
}

// members are the fields of a value as it stands in a file.
func members(v any) (fields map[string]any, err error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber() // a float64 would round large numbers
	return fields, dec.Decode(&fields)
}

// flatten adds the leaves of an object, named by their path. An object without
// any ("ethash": {}) says nothing.
func (r Rules) flatten(prefix string, fields map[string]any) {
	for name, value := range fields {
		if inner, ok := value.(map[string]any); ok {
			r.flatten(prefix+name+".", inner)
			continue
		}
		r[prefix+name] = fmt.Sprint(value)
	}
}

// set adds a rule. The value is made printable, as it is shown to operators of
// other nodes.
func (r Rules) set(name, value string) {
	quoted := strconv.QuoteToASCII(value)
	r[name] = quoted[1 : len(quoted)-1]
}

// own tells the names of what only some nodes have to do with: where it is not
// told there is nothing to compare.
func own(name string) bool {
	return name == ruleBlockTime || strings.HasPrefix(name, "secretstore.")
}

// Digest is a short name for the rules that every node tells.
func (r Rules) Digest() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(r)) {
		if !own(name) {
			fmt.Fprintf(&b, "%s=%s\n", name, r[name])
		}
	}
	return hex.EncodeToString(crypto.Keccak256([]byte("geth-ss/poa/rules/v1\n"), []byte(b.String()))[:8])
}

// moment is a place in the chain.
type moment struct {
	number uint64
	time   uint64
}

// start is from where on a rule has a say.
type start struct {
	block bool // at is a block number, and else a timestamp
	at    uint64
}

func (s start) reached(m moment) bool {
	if s.block {
		return s.at <= m.number
	}
	return s.at <= m.time
}

// String is for people.
func (s start) String() string {
	switch {
	case s.at == 0:
		return "from the beginning"
	case s.block:
		return fmt.Sprintf("from block %d", s.at)
	default:
		return fmt.Sprintf("from timestamp %d", s.at)
	}
}

// start tells from where on a rule is in force. Forks are so from their own
// value, a blob schedule from its fork on, and the rest always. False: never.
func (r Rules) start(name string) (start, bool) {
	switch {
	case name == ruleValidators:
		height, ok := governedFrom(r[name])
		return start{block: true, at: height}, ok
	case strings.HasPrefix(name, "poa."), strings.HasPrefix(name, "secretstore."):
		return start{}, true
	case strings.HasPrefix(name, "blobSchedule."):
		fork, _, _ := strings.Cut(strings.TrimPrefix(name, "blobSchedule."), ".")
		name = fork + "Time"
	case name == "daoForkSupport":
		name = "daoForkBlock"
	}
	block := strings.HasSuffix(name, "Block")
	if !block && !strings.HasSuffix(name, "Time") {
		return start{}, true
	}
	at, ok := new(big.Int).SetString(r[name], 10)
	if !ok || !at.IsUint64() { // not scheduled, or for a block that never comes
		return start{block: block}, false
	}
	return start{block, at.Uint64()}, true
}

// Difference is a rule that two nodes, or a node and a file, have differently.
type Difference struct {
	Rule  string `json:"rule"`
	Here  string `json:"here"`            // "" if not set
	There string `json:"there"`           // likewise
	Since string `json:"since"`           // from where on they differ, in words; "" if from nowhere, as things stand
	Older bool   `json:"older,omitempty"` // the peer's version is older than the rule: There says nothing of its file
	since start
	ever  bool
}

func (d Difference) String() string { return d.between("here", "there") }

// between says the same of sides with these names.
func (d Difference) between(here, there string) string {
	other := cmp.Or(d.There, "unset")
	if d.Older {
		other = "unknown to the older version"
	}
	return fmt.Sprintf("%s is %s %s and %s %s", d.Rule, cmp.Or(d.Here, "unset"), here, other, there)
}

// inForce reports whether the difference has a say in the block at m.
func (d Difference) inForce(m moment) bool { return d.ever && d.since.reached(m) }

// compare lists what differs, by name. A rule has a say from where the first of
// the two puts it.
func (r Rules) compare(there Rules) []Difference {
	all := maps.Clone(r)
	maps.Copy(all, there)
	var out []Difference
	for _, name := range slices.Sorted(maps.Keys(all)) {
		here, a := r[name]
		other, b := there[name]
		if here == other && a == b || own(name) && (!a || !b) {
			continue
		}
		d := Difference{Rule: name, Here: here, There: other}
		for _, side := range []Rules{r, there} {
			if s, ok := side.start(name); ok && (!d.ever || s.at < d.since.at) {
				d.since, d.ever = s, true
			}
		}
		if d.ever {
			d.Since = d.since.String()
		}
		out = append(out, d)
	}
	return out
}

// maxNamed is how many differences a sentence names.
const maxNamed = 8

func describeDifferences(list []Difference) string { return differencesBetween(list, "here", "there") }

// differencesBetween puts differences in a sentence.
func differencesBetween(list []Difference, here, there string) string {
	var words []string
	for _, d := range list[:min(len(list), maxNamed)] {
		words = append(words, d.between(here, there))
	}
	if more := len(list) - maxNamed; more > 0 {
		words = append(words, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(words, "; ")
}

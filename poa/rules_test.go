package poa

import (
	"encoding/json"
	"errors"
	"math/big"
	"reflect"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/params"
)

// leaf is a place in a chain configuration, and how to change it.
type leaf struct {
	path   string // names of Go's fields
	name   string // the rule
	change func(*params.ChainConfig, uint64)
}

// leaves walks over all fields of geth's chain configuration, those that a newer
// geth adds included.
func leaves(t *testing.T) (out []leaf) {
	t.Helper()
	var walk func(typ reflect.Type, path, name string, at func(*params.ChainConfig) reflect.Value)
	walk = func(typ reflect.Type, path, name string, at func(*params.ChainConfig) reflect.Value) {
		set := func(change func(v reflect.Value, n uint64)) {
			out = append(out, leaf{path, name, func(c *params.ChainConfig, n uint64) { change(at(c), n) }})
		}
		switch {
		case typ == reflect.TypeFor[*big.Int]():
			set(func(v reflect.Value, n uint64) { v.Set(reflect.ValueOf(new(big.Int).SetUint64(n))) })
		case typ == reflect.TypeFor[common.Address]():
			set(func(v reflect.Value, n uint64) {
				v.Set(reflect.ValueOf(common.BigToAddress(new(big.Int).SetUint64(n))))
			})
		case typ.Kind() == reflect.Pointer && typ.Elem().Kind() == reflect.Struct:
			walk(typ.Elem(), path, name, func(c *params.ChainConfig) reflect.Value {
				v := at(c)
				if v.IsNil() {
					v.Set(reflect.New(typ.Elem()))
				}
				return v.Elem()
			})
		case typ.Kind() == reflect.Pointer && typ.Elem().Kind() == reflect.Uint64:
			set(func(v reflect.Value, n uint64) { v.Set(reflect.ValueOf(&n)) })
		case typ.Kind() == reflect.Uint64:
			set(func(v reflect.Value, n uint64) { v.SetUint(n) })
		case typ.Kind() == reflect.Int:
			set(func(v reflect.Value, n uint64) { v.SetInt(int64(n)) })
		case typ.Kind() == reflect.Bool:
			set(func(v reflect.Value, n uint64) { v.SetBool(n%2 == 1) })
		case typ.Kind() == reflect.Struct:
			for i := range typ.NumField() {
				tag, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
				walk(typ.Field(i).Type, path+"."+typ.Field(i).Name, strings.TrimPrefix(name+"."+tag, "."), func(c *params.ChainConfig) reflect.Value {
					return at(c).Field(i)
				})
			}
		default:
			t.Fatalf("%s is a %s: say here how to change one, and see that chainRules knows it", path, typ)
		}
	}
	walk(reflect.TypeFor[params.ChainConfig](), "", "", func(c *params.ChainConfig) reflect.Value { return reflect.ValueOf(c).Elem() })
	return out
}

// TestEveryFieldIsARule: whatever field of the chain configuration two nodes have
// differently, it is found, by the name it has in the file, with both values.
func TestEveryFieldIsARule(t *testing.T) {
	t.Parallel()
	all := leaves(t)
	if len(all) < 50 {
		t.Fatalf("only %d fields found", len(all))
	}
	base := filled(t)
	for _, l := range all {
		for _, n := range []uint64{3, 5, 1<<53 + 1} { // a float64 would lose the last
			if strings.HasSuffix(l.path, "Support") || strings.HasSuffix(l.path, "AtGenesis") {
				n |= 1
			}
			c := copyConfig(t, base)
			l.change(c, n)
			a, b := mustRules(t, base), mustRules(t, c)
			diff := a.compare(b)
			if len(diff) != 1 || diff[0].Rule != l.name || diff[0].Here == diff[0].There {
				t.Errorf("%s = %d: %+v", l.path, n, diff)
				continue
			}
			if a.Digest() == b.Digest() {
				t.Errorf("%s = %d: the digest is the same", l.path, n)
			}
			if back := b.compare(a); len(back) != 1 || back[0].Here != diff[0].There || back[0].There != diff[0].Here || back[0].Since != diff[0].Since {
				t.Errorf("%s = %d from the other side: %+v", l.path, n, back)
			}
		}
	}
}

// TestForksComeIntoForce: a fork is in force from its value on, the earlier of two;
// a schedule from its fork on; everything else always.
func TestForksComeIntoForce(t *testing.T) {
	t.Parallel()
	const far = 1_000_000
	for _, l := range leaves(t) {
		here, there := filled(t), filled(t)
		l.change(here, far+7)
		l.change(there, far+8) // 7 and 8 differ as booleans, too
		fork := ""
		switch {
		case strings.HasPrefix(l.name, "blobSchedule."):
			fork = strings.Split(l.name, ".")[1] + "Time"
		case l.name == "daoForkSupport":
			fork = "daoForkBlock"
		}
		for _, other := range leaves(t) {
			if other.name == fork {
				other.change(here, far+7)
				other.change(there, far+7)
			}
		}
		diff := mustRules(t, here).compare(mustRules(t, there))
		if len(diff) != 1 {
			t.Errorf("%s: %+v", l.path, diff)
			continue
		}
		d := diff[0]
		switch name := fork + l.name; {
		case fork == "" && !strings.HasSuffix(name, "Time") && !strings.HasSuffix(name, "Block"):
			if !d.inForce(moment{}) {
				t.Errorf("%s is not in force at the beginning: %+v", l.path, d)
			}
		case strings.HasSuffix(fork+l.name, "Block") || strings.HasSuffix(fork, "Block"):
			if d.inForce(moment{far + 6, 2 * far}) || !d.inForce(moment{far + 7, 0}) {
				t.Errorf("%s comes into force at another block: %+v", l.path, d)
			}
		default:
			if d.inForce(moment{2 * far, far + 6}) || !d.inForce(moment{0, far + 7}) {
				t.Errorf("%s comes into force at another time: %+v", l.path, d)
			}
		}
	}
}

// TestCompare: one row for each rule of comparing.
func TestCompare(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		here, there Rules
		want        string // what is said; "" for nothing
		since       string
	}{
		"equal":              {Rules{"osakaTime": "5"}, Rules{"osakaTime": "5"}, "", ""},
		"moved":              {Rules{"osakaTime": "5"}, Rules{"osakaTime": "9"}, "osakaTime is 5 here and 9 there", "from timestamp 5"},
		"not here":           {Rules{}, Rules{"osakaTime": "9"}, "osakaTime is unset here and 9 there", "from timestamp 9"},
		"not there":          {Rules{"osakaTime": "0"}, Rules{}, "osakaTime is 0 here and unset there", "from the beginning"},
		"a fork unknown":     {Rules{}, Rules{"someTime": "9"}, "someTime is unset here and 9 there", "from timestamp 9"},
		"a rule unknown":     {Rules{}, Rules{"some": "9"}, "some is unset here and 9 there", "from the beginning"},
		"never in force":     {Rules{}, Rules{"blobSchedule.bpo3.max": "9"}, "blobSchedule.bpo3.max is unset here and 9 there", ""},
		"a fork that's text": {Rules{}, Rules{"osakaTime": "soon"}, "osakaTime is unset here and soon there", ""},
		"a block too far":    {Rules{}, Rules{"londonBlock": "18446744073709551616"}, "londonBlock is unset here and 18446744073709551616 there", ""},
		"block time":         {Rules{ruleBlockTime: "1"}, Rules{ruleBlockTime: "2"}, "poa.blockTime is 1 here and 2 there", "from the beginning"},
		"no block time":      {Rules{ruleBlockTime: "1"}, Rules{}, "", ""},
		"gas limit":          {Rules{ruleGasLimit: "1"}, Rules{ruleGasLimit: "2"}, "poa.gasLimit is 1 here and 2 there", "from the beginning"},
		"cluster":            {Rules{RuleCluster: "a"}, Rules{RuleCluster: "b"}, "secretstore.cluster is a here and b there", "from the beginning"},
		"no key server":      {Rules{}, Rules{RuleCluster: "b"}, "", ""},
	} {
		diff := c.here.compare(c.there)
		if got := describeDifferences(diff); got != c.want || c.want != "" && diff[0].Since != c.since {
			t.Errorf("%s: %q, %+v", name, got, diff)
		}
	}
}

// filled is a configuration in which every schedule is there.
func filled(t *testing.T) *params.ChainConfig {
	t.Helper()
	c := chainConfig(7)
	c.BlobScheduleConfig = nil // shared with geth's defaults
	for _, l := range leaves(t) {
		if strings.Contains(l.name, ".") {
			l.change(c, 1)
		}
	}
	return c
}

func copyConfig(t *testing.T, c *params.ChainConfig) *params.ChainConfig {
	t.Helper()
	raw, err := json.Marshal(c)
	out := new(params.ChainConfig)
	if err = errors.Join(err, json.Unmarshal(raw, out)); err != nil {
		t.Fatal(err)
	}
	return out
}

func mustRules(t *testing.T, c *params.ChainConfig) Rules {
	t.Helper()
	r, err := chainRules(c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

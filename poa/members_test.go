package poa

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/crypto"
)

// networkFile is a network's file with one name in it changed.
func networkFile(t *testing.T, old, new string) []byte {
	t.Helper()
	key, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(NewGenesis(7, nil, []Validator{NewValidator(&key.PublicKey, "a")}, 1))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(raw), `"`+old+`":`) {
		t.Fatalf("no %s in %.300s", old, raw)
	}
	return []byte(strings.Replace(string(raw), `"`+old+`":`, `"`+new+`":`, 1))
}

// TestMisspeltMembers: a network's file with a misspelt name is told for what it is, with the name that may be meant.
func TestMisspeltMembers(t *testing.T) {
	for _, test := range []struct{ old, new, want string }{
		{"validators", "validtors", `unknown field "validtors"; did you mean "validators"?`},
		{"genesis", "gensis", `unknown field "gensis"; did you mean "genesis"?`},
		{"publicKey", "publickKey", `unknown field "publickKey"; did you mean "publicKey"?`},
		{"power", "pwoer", `did you mean "power"?`},
		{"validators", "purple", `unknown field "purple"`},
	} {
		raw := networkFile(t, test.old, test.new)
		if !IsNetworkGenesis(raw) {
			t.Errorf("%s: taken for a genesis of geth", test.new)
		}
		if _, err := ParseNetworkGenesis(raw); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %s", test.new, err, test.want)
		}
	}
	if IsNetworkGenesis([]byte(`{"config": {"chainId": 1}, "alloc": {}, "difficulty": "0x0"}`)) {
		t.Error("a genesis of geth is taken for a network's")
	}
}

// TestPassedOver: what geth would pass over in its part of the file is told, and nothing else.
func TestPassedOver(t *testing.T) {
	for _, test := range []struct{ old, new, want string }{
		{"osakaTime", "osakaTme", `genesis.config has the unknown field "osakaTme"; did you mean "osakaTime"?`},
		{"osakaTime", "purple", `genesis.config has the unknown field "purple"`},
		{"timestamp", "timestmap", `genesis has the unknown field "timestmap"; did you mean "timestamp"?`},
		{"osakaTime", "OSAKATIME", ""}, // JSON's names have no case
		{"osakaTime", "osakaTime", ""},
	} {
		if got := strings.Join(PassedOver(networkFile(t, test.old, test.new)), "|"); got != test.want {
			t.Errorf("%s: %s, want %s", test.new, got, test.want)
		}
	}
	many := `{"genesis": {"config": {`
	for i := range 1000 {
		many += strings.Repeat("x", i+1) + `": 1, "`
	}
	many = strings.Replace(many, `{"config": {`, `{"config": {"`, 1) + `z": 1}}}`
	if said := PassedOver([]byte(many)); len(said) != maxPassedOver {
		t.Errorf("%d lines of 1,000 names", len(said))
	}
	for _, raw := range []string{"", "[]", "null", `{"genesis": []}`, `{"genesis": {"config": 7}}`} {
		PassedOver([]byte(raw))
	}
}

package main

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/log"
	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/internal/logtest"
)

// configured is the configuration that a file and a command line make of the defaults, as far as our own settings go,
// and the warnings meanwhile.
func configured(t *testing.T, file string, args ...string) (cfg config, warnings string, err error) {
	t.Helper()
	out := logtest.Capture(t, log.LevelInfo)
	cfg = defaultConfig()
	if err = readConfig(strings.NewReader(file), &cfg); err != nil {
		return cfg, out.String(), err
	}
	app := &cli.App{Flags: ownFlags(), Writer: out, Action: func(ctx *cli.Context) error { return applyOwnFlags(ctx, &cfg) }}
	err = app.Run(append([]string{"geth-ss"}, args...))
	return cfg, out.String(), err
}

// TestSettingsNames: a setting has one name, on the command line and in the file: dots, dashes and case aside they are the
// same. The section's name alone is its field Enabled, and Host is left out.
func TestSettingsNames(t *testing.T) {
	exceptions := map[string]string{"datadir.minfreedisk": "Host.MinFreeDisk"} // geth's flag, which moves something of ours
	plain := strings.NewReplacer(".", "", "-", "")
	seen := make(map[string]bool)
	for _, s := range settings {
		if s.key == "" {
			t.Errorf("--%s is no field of the configuration", s.name())
		}
		key := strings.TrimPrefix(strings.TrimSuffix(s.key, ".Enabled"), "Host.")
		if want := strings.ToLower(plain.Replace(key)); plain.Replace(s.name()) != want && exceptions[s.name()] != s.key {
			t.Errorf("--%s is %s in the file", s.name(), s.key)
		}
		for _, o := range append(s.former, s.option) {
			if seen[o.name()] {
				t.Errorf("--%s is there twice", o.name())
			}
			seen[o.name()] = true
		}
		if v, ok := s.flag.(cli.VisibleFlag); !ok || !v.IsVisible() {
			t.Errorf("--%s is not in the help", s.name())
		}
	}
	// And no field of ours is without a flag.
	for _, section := range []string{"SecretStore", "PoA", "Host"} {
		field, _ := reflect.TypeFor[config]().FieldByName(section)
		for _, key := range keysOf(field.Type, section) {
			found := false
			for _, s := range settings {
				found = found || s.key == key
			}
			if !found {
				t.Errorf("%s has no flag", key)
			}
		}
	}
}

func keysOf(section reflect.Type, name string) (keys []string) {
	for i := range section.NumField() {
		f := section.Field(i)
		if f.Type.Kind() == reflect.Struct {
			keys = append(keys, keysOf(f.Type, name+"."+f.Name)...)
			continue
		}
		keys = append(keys, name+"."+f.Name)
	}
	return keys
}

// formerNames are all names of before, each with the value it is tried with, and the name and value of today.
func formerNames() [][4]string {
	list := [][4]string{
		{"secretstore.http.addr", "10.1.2.3", "secretstore.http.host", "10.1.2.3"},
		{"secretstore.http.corsdomain", "https://a.example,https://b.example", "secretstore.http.cors", "https://a.example,https://b.example"},
		{"secretstore.password", "/etc/password", "secretstore.passwordfile", "/etc/password"},
		{"secretstore.allow-legacy", "false", "secretstore.refuse-legacy", "true"},
		{"secretstore.allow-plain", "false", "secretstore.refuse-plain", "true"},
		{"poa.addr", "127.0.0.1:7", "poa.listenaddr", "127.0.0.1:7"},
	}
	for _, s := range limitSettings() {
		_, row, _ := strings.Cut(s.name(), "limits.")
		list = append(list, [4]string{"secretstore.limit." + row, "77", "secretstore.limits." + row, "77"})
	}
	return list
}

// TestFormerNames: what the last version was configured with configures this one, with a warning that names both. Under both
// names a setting must say the same.
func TestFormerNames(t *testing.T) {
	tried := make(map[string]bool)
	for _, row := range formerNames() {
		old, oldValue, name, value := row[0], row[1], row[2], row[3]
		tried[old] = true
		before, said, err := configured(t, "", fmt.Sprintf("--%s=%s", old, oldValue))
		if err != nil {
			t.Errorf("--%s: %v", old, err)
		}
		if strings.Count(said, "\n") != 1 || !strings.Contains(said, "WARN") || !strings.Contains(said, "--"+old) || !strings.Contains(said, "--"+name) {
			t.Errorf("--%s: want one warning, with both names: %s", old, said)
		}
		now, said, err := configured(t, "", fmt.Sprintf("--%s=%s", name, value))
		if err != nil || said != "" {
			t.Errorf("--%s: %s, %v", name, said, err)
		}
		if !reflect.DeepEqual(before, now) {
			t.Errorf("--%s %s and --%s %s make different configurations", old, oldValue, name, value)
		}
		if reflect.DeepEqual(now, defaultConfig()) {
			t.Errorf("--%s changes nothing", name)
		}
		both, _, err := configured(t, "", fmt.Sprintf("--%s=%s", old, oldValue), fmt.Sprintf("--%s=%s", name, value))
		if err != nil || !reflect.DeepEqual(both, now) {
			t.Errorf("--%s and --%s that say the same: %v", old, name, err)
		}
		_, _, err = configured(t, "", fmt.Sprintf("--%s=%s", name, another(value)), fmt.Sprintf("--%s=%s", old, oldValue))
		if err == nil || !strings.Contains(err.Error(), "--"+old+" and --"+name) {
			t.Errorf("--%s and --%s that contradict each other: %v", old, name, err)
		}
	}
	for _, s := range settings {
		for _, o := range s.former {
			if !tried[o.name()] {
				t.Errorf("--%s is not tried", o.name())
			}
			if v, ok := o.flag.(cli.VisibleFlag); !ok || v.IsVisible() {
				t.Errorf("the help shows --%s", o.name())
			}
		}
	}
	// The negated ones, the other way round.
	for _, args := range [][]string{{"--secretstore.allow-legacy"}, {"--secretstore.allow-plain=true"}} {
		if cfg, _, err := configured(t, "", args...); err != nil || cfg.SecretStore.RefuseLegacy || cfg.SecretStore.RefusePlain {
			t.Errorf("%v: %+v, %v", args, cfg.SecretStore, err)
		}
	}
}

// another value than this one, for the same setting.
func another(value string) string {
	if value == "true" {
		return "false"
	}
	return value + "8"
}

// TestFileOfBefore: a file of the last version, with every setting of ours, is read without a word, and dumpconfig writes
// it again.
func TestFileOfBefore(t *testing.T) {
	const file = `[SecretStore]
Enabled = true
Cluster = "c"
Nodes = ["enode://a"]
Administrators = ["0x00000000000000000000000000000000000000ad"]
AdministratorsNeeded = 1
ACL = "none"
Registrar = "0x01"
PasswordRPC = true
PasswordFile = "/p"
KeyFile = "/k"
MaxAge = 90
MinThreshold = 1
MinWalletThreshold = "2"
RefuseLegacy = true
RefusePlain = true
Stock = 3
[SecretStore.HTTP]
Enabled = true
Host = "h"
Port = 1
Cors = ["*"]
TLSCert = "c"
TLSKey = "k"
[SecretStore.Limits]
AddressRequests = 7
RPCScanTime = 8
[PoA]
Enabled = true
ListenAddr = "127.0.0.1:1"
Peers = ["p"]
BlockTime = 5
Prune = true
FeeRecipient = "0x00000000000000000000000000000000000000bb"
[Host]
MinFreeDisk = 9
RPCConnections = 10
`
	cfg, said, err := configured(t, file)
	if err != nil || said != "" {
		t.Fatal(err, said)
	}
	var dump strings.Builder
	if err := writeConfig(&dump, cfg); err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(file, "\n") {
		if line != "" && !strings.Contains(dump.String(), line) {
			t.Errorf("dumpconfig lacks %s", line)
		}
	}
	again, said, err := configured(t, dump.String())
	if err != nil || said != "" || !reflect.DeepEqual(again.SecretStore, cfg.SecretStore) || again.PoA.BlockTime != 5 {
		t.Errorf("the dump is read as something else: %v %s", err, said)
	}
}

// TestDurations: every time among our settings is written in one way, on the command line and in the file: as a duration,
// or as a number of seconds.
func TestDurations(t *testing.T) {
	tried := 0
	for _, s := range settings {
		if !s.seconds {
			continue
		}
		tried++
		last := strings.LastIndex(s.key, ".")
		inFile := func(value string) string {
			return fmt.Sprintf("[%s]\n%s = %s\n", s.key[:last], s.key[last+1:], value)
		}
		for _, test := range []struct{ text, number string }{{"5s", "5"}, {"1m", "60"}, {"1h1s", "3601"}, {"7", "7"}} {
			want, _, err := configured(t, inFile(test.number))
			if err != nil {
				t.Fatalf("%s = %s: %v", s.key, test.number, err)
			}
			if reflect.DeepEqual(want, defaultConfig()) {
				t.Errorf("%s = %s changes nothing", s.key, test.number)
			}
			for how, file := range map[string]string{"a duration": inFile(fmt.Sprintf("%q", test.text)), "quoted": inFile(fmt.Sprintf("%q", test.number))} {
				if got, _, err := configured(t, file); err != nil || !reflect.DeepEqual(got, want) {
					t.Errorf("%s as %s %s: %v", s.key, how, test.text, err)
				}
			}
			if got, _, err := configured(t, "", "--"+s.name(), test.text); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("--%s %s: %v", s.name(), test.text, err)
			}
		}
		for _, bad := range []string{"", "5x", "1500ms", "-5s", "soon"} {
			_, _, err := configured(t, inFile(fmt.Sprintf("%q", bad)))
			if err == nil || !strings.Contains(err.Error(), s.key) || !strings.Contains(err.Error(), "line 2") || !strings.Contains(err.Error(), "such as 5s") {
				t.Errorf("%s = %q: %v", s.key, bad, err)
			}
			if _, _, err := configured(t, "", fmt.Sprintf("--%s=%s", s.name(), bad)); err == nil || !strings.Contains(err.Error(), "--"+s.name()) {
				t.Errorf("--%s %q: %v", s.name(), bad, err)
			}
		}
	}
	if tried != 3 {
		t.Errorf("%d settings are times, want max-age, blocktime and rpc-scan-time", tried)
	}
	// What is no time is no duration either.
	if _, _, err := configured(t, "[SecretStore]\nStock = \"5s\"\n"); err == nil {
		t.Error("a stock of five seconds")
	}
}

// TestDidYouMean: who misspells a key, an option or a command is told what there is.
func TestDidYouMean(t *testing.T) {
	for _, test := range []struct{ file, want string }{
		{"[SecretStore]\nAcl = \"none\"\n", `line 2: field 'Acl' is not defined in [SecretStore]; did you mean "ACL"?`},
		{"[SecretStore.HTTP]\nPrt = 1\n", `did you mean "Port"?`},
		{"[SecretStore.Limits]\nRPCScanTme = 1\n", `is not defined in [SecretStore.Limits]; did you mean "RPCScanTime"?`},
		{"[SecretStor]\nACL = \"none\"\n", `'SecretStor' is not defined in the file, outside of its sections; did you mean "SecretStore"?`},
		{"[PoA]\nBlocktime = 1\n", `in [PoA]; did you mean "BlockTime"?`},
		{"[Node]\nHTTPport = 1\n", `in [Node]; did you mean "HTTPPort"?`},
		{"[Node.P2P]\nMaxPeer = 1\n", `in [Node.P2P]; did you mean "MaxPeers"?`},
		{"[Eth]\nNetworkID = 1\n", `in [Eth]; did you mean "NetworkId"?`},
		{"[Eth.TxPool]\nPriceLimt = 1\n", `in [Eth.TxPool]; did you mean "PriceLimit"?`},
		{"[SecretStore]\nPurple = 1\n", `field 'Purple' is not defined in [SecretStore]`},
	} {
		_, _, err := configured(t, test.file)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: %v, want %s", test.file, err, test.want)
		}
	}
	if _, _, err := configured(t, "[SecretStore]\nPurple = 1\n"); err == nil || strings.Contains(err.Error(), "did you mean") {
		t.Errorf("it guesses: %v", err)
	}
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"--secretstor"}, "did you mean --secretstore?"},
		{[]string{"--secretstore.max-agee", "1"}, "did you mean --secretstore.max-age?"},
		{[]string{"--secretstore.passwordfil", "x"}, "did you mean --secretstore.passwordfile?"},
		{[]string{"--htpp.port", "1"}, "did you mean --http.port?"},
		{[]string{"init", "--datadri", "x"}, "did you mean --datadir?"},
		{[]string{"secretstore", "status", "--confg", "x"}, "did you mean --config?"},
		{[]string{"--log.fiel", "x"}, "did you mean --log.file?"},
		{[]string{"indentity"}, `unknown command "indentity"; did you mean "identity"?`},
		{[]string{"devnte"}, `did you mean "devnet"?`},
		{[]string{"secretstore", "statsu"}, `unknown command "statsu"; did you mean "status"?`},
		{[]string{"account", "lits"}, `did you mean "list"?`},
	} {
		app := newApp()
		app.Writer, app.ErrWriter = new(bytes.Buffer), new(bytes.Buffer)
		if err := app.Run(append([]string{"geth-ss"}, test.args...)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v: %v, want %s", test.args, err, test.want)
		}
	}
	for _, args := range [][]string{{"--purple"}, {"purple"}, {"secretstore", "purple"}} {
		app := newApp()
		app.Writer, app.ErrWriter = new(bytes.Buffer), new(bytes.Buffer)
		if err := app.Run(append([]string{"geth-ss"}, args...)); err == nil || strings.Contains(err.Error(), "did you mean") {
			t.Errorf("%v: %v", args, err)
		}
	}
}

package contracts

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"

	"github.com/geth-ss/geth-ss/contracts/bindings/governedset"
	"github.com/geth-ss/geth-ss/contracts/bindings/permissions"
	"github.com/geth-ss/geth-ss/contracts/bindings/registrar"
)

// The hashes are what Parity's nodes ask for; they are stated by its tests and on its wiki.
func TestNameHash(t *testing.T) {
	want := map[string]string{
		NameACL:                   "0x7942baef32fbbcea49e4e1499add5d45575185dd09e9821cb639a9cd448aaaf1",
		NameKeyServerSet:          "0x8cb8685fcb019a3c921c91072c90b48d3e21caeebd32285b04f964fa8c4b01c3",
		NameService:               "0x8cd73899c531fa9aa35a41626d22bb9c8935626104e0502d7cc187cbee27a62f",
		NameServiceGenerate:       "0x30ba09792ca8c0282a606afd2effd8dd9bb95b7bf01e4ff004703a2a38d375ff",
		NameServiceRetrieveServer: "0xf11542b632d1789d7057b7e08e3f9e9df1c510b7012dea2c74abf04159e2e47b",
		NameServiceStore:          "0xadaefe3d0370488358168bc746caf77d367350db31f08712dc1b1dc2f8f5db52",
		NameServiceRetrieveShadow: "0x250510affcaaeabe89f12b46c8063d1f0850f4e456021f706fad0d5a0c42d33d",
	}
	if len(Names()) != len(want) {
		t.Fatalf("%d names, want %d", len(Names()), len(want))
	}
	for _, name := range Names() {
		if got := NameHash(name); got != common.HexToHash(want[name]) {
			t.Errorf("%s: hash %s, want %s", name, got, want[name])
		}
	}
}

// What Parity's clients and nodes call must mean the same in our contracts, to the names of the arguments.
func TestOursOfferParitysInterface(t *testing.T) {
	for _, c := range []struct {
		ours, parity string
	}{
		{registrar.RegistrarMetaData.ABI, "registrar.json"},
		{permissions.DocumentPermissionsMetaData.ABI, "acl_storage.json"},
		{governedset.GovernedSetMetaData.ABI, "key_server_set.json"},
		{governedset.GovernedSetMetaData.ABI, "sol_key_server_set_with_migration_interface.json"},
		{governedset.GovernedSetMetaData.ABI, "sol_key_server_set_interface.json"},
	} {
		ours := parseABI(t, c.ours)
		parity := readABI(t, filepath.Join("abi", c.parity))
		if len(parity.Methods) == 0 {
			t.Fatalf("%s is empty", c.parity)
		}
		for name, want := range parity.Methods {
			got, ok := ours.Methods[name]
			if !ok {
				t.Errorf("%s: %s is missing", c.parity, want.Sig)
				continue
			}
			if got.String() != want.String() && !sameButPayable(got, want) {
				t.Errorf("%s: we have\n\t%s, Parity has\n\t%s", c.parity, got, want)
			}
			if string(got.ID) != string(want.ID) || got.IsConstant() != want.IsConstant() {
				t.Errorf("%s: %s has another selector or mutability", c.parity, name)
			}
		}
		for name, want := range parity.Events {
			if got, ok := ours.Events[name]; !ok || got.ID != want.ID || got.String() != want.String() {
				t.Errorf("%s: we have\n\t%s, Parity has\n\t%s", c.parity, got, want)
			}
		}
	}
}

// sameButPayable compares signatures without mutability words: Parity's ABI is older than them.
func sameButPayable(a, b abi.Method) bool {
	strip := strings.NewReplacer(" view", "", " payable", "", " nonpayable", "")
	return strip.Replace(a.String()) == strip.Replace(b.String())
}

// The ABIs in abi/ were written down by hand once; each must parse, and each has a binding made from it.
func TestABIsParse(t *testing.T) {
	files, err := filepath.Glob("abi/*.json")
	if err != nil || len(files) < 15 {
		t.Fatalf("found %d ABIs (%v)", len(files), err)
	}
	for _, f := range files {
		if a := readABI(t, f); len(a.Methods) == 0 {
			t.Errorf("%s has no methods", f)
		}
	}
}

// registrar_genesis.go writes storage by slot numbers; the compiler says where they are.
func TestRegistrarLayout(t *testing.T) {
	raw, err := os.ReadFile("compiled/Registrar.storage.json")
	if err != nil {
		t.Fatal(err)
	}
	type variable struct {
		Label, Slot string
		Offset      int
	}
	var layout struct {
		Storage []variable
		Types   map[string]struct{ Members []variable }
	}
	if err := json.Unmarshal(raw, &layout); err != nil {
		t.Fatal(err)
	}
	check := func(in []variable, want variable) {
		t.Helper()
		for _, v := range in {
			if v.Label == want.Label && v != want {
				t.Errorf("%s is at %+v, the genesis account is written for %+v", v.Label, v, want)
			} else if v == want {
				return
			}
		}
		t.Errorf("no variable %+v", want)
	}
	check(layout.Storage, variable{Label: "owner", Slot: "0"})
	check(layout.Storage, variable{Label: "entries", Slot: "2"})
	check(layout.Types["t_struct(Entry)_storage"].Members, variable{Label: "owner", Slot: "0"})
	check(layout.Types["t_struct(Entry)_storage"].Members, variable{Label: "term", Slot: "0", Offset: 20})
	check(layout.Types["t_struct(Entry)_storage"].Members, variable{Label: "data", Slot: "2"})
}

func readABI(t *testing.T, file string) abi.ABI {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return parseABI(t, string(raw))
}

func parseABI(t *testing.T, text string) abi.ABI {
	t.Helper()
	parsed, err := abi.JSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

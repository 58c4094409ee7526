package strictjson

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
)

type inner struct {
	Account common.Address `json:"account"`
	Expiry  uint64         `json:"expiry"`
	Words   []string       `json:"words"`
	Key     hexutil.Bytes  `json:"key" strict:"empty"`
}

type outer struct {
	inner
	Small *uint32       `json:"small"`
	Hash  common.Hash   `json:"hash"`
	List  []common.Hash `json:"list"`
	More  *inner        `json:"more,omitempty"`
	Local int           `json:"-"`
}

const mixed = "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045"

// TestDecode: what encoding/json writes is read alike, also with members of null.
func TestDecode(t *testing.T) {
	small := uint32(7)
	want := outer{inner: inner{common.HexToAddress(mixed), math.MaxUint64, []string{"a", "ü"}, []byte{1}}, Small: &small, Hash: common.Hash{1},
		List: []common.Hash{{2}, {3}}, More: &inner{Words: []string{}, Key: hexutil.Bytes{}}}
	text, err := json.MarshalIndent(want, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	var got outer
	if err := Decode(text, &got); err != nil {
		t.Fatal(err)
	}
	if got.More.Key == nil {
		got.More.Key = hexutil.Bytes{} // 0x
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s is read as %+v", text, got)
	}
	for _, text := range []string{`{}`, `null`, `{"expiry":null,"small":null,"hash":null,"list":null,"more":null,"account":null,"words":null}`} {
		if got := (outer{}); Decode([]byte(text), &got) != nil || !reflect.DeepEqual(got, outer{}) {
			t.Errorf("%s is read as %+v", text, got)
		}
	}
}

// TestNumbers: equal numbers are the same in all forms, and what is no whole number of that size is none in any.
func TestNumbers(t *testing.T) {
	for _, n := range []uint64{0, 1, 9, 10, 255, 1795391920, math.MaxUint32, math.MaxUint32 + 1, 1<<53 - 1, 1 << 53, 1<<53 + 1, math.MaxInt64 + 1, math.MaxUint64} {
		for _, form := range []string{"%d", `"%d"`, `"0x%x"`, `"0x%X"`, `"0x0%x"`, `"0x%064x"`, `{"type":"BigNumber","hex":"0x%x"}`, `{"hex":"0x%02X","type":"BigNumber"}`} {
			text := fmt.Sprintf(form, n)
			var got outer
			if err := Decode([]byte(`{"expiry":`+text+`}`), &got); err != nil || got.Expiry != n {
				t.Errorf("%s is read as %d, %v", text, got.Expiry, err)
			}
			err := Decode([]byte(`{"small":`+text+`}`), &got)
			if n > math.MaxUint32 {
				if err == nil || !strings.HasPrefix(err.Error(), "small is ") {
					t.Errorf("%s is taken for 32 bits: %v", text, err)
				}
			} else if err != nil || uint64(*got.Small) != n {
				t.Errorf("%s is read as %v, %v", text, got.Small, err)
			}
		}
	}
	for _, text := range []string{
		`-1`, `-0`, `1.5`, `1.0`, `1e3`, `1E3`, `18446744073709551616`, `"18446744073709551616"`, `"0x10000000000000000"`, `"-1"`, `"-0x1"`, `"+1"`, `""`, `"0x"`, `"0X10"`,
		`" 1"`, `"1 "`, `"1_0"`, `"0x1_0"`, `"01"`, `"1.0"`, `"1e3"`, `"abc"`, `"0xg"`, `"one"`, `"０"`, `true`, `[]`, `[1]`, `{}`, `"0x` + strings.Repeat("0", 65) + `"`,
		`{"type":"BigNumber"}`, `{"type":"BigNumber","hex":"10"}`, `{"type":"BigNumber","hex":"-0x01"}`, `{"type":"BN","hex":"0x1"}`, `{"type":"BigNumber","hex":"0x1","hex":"0x1"}`,
		`{"type":"BigNumber","hex":"0x1","more":1}`, `{"type":"BigNumber","hex":1}`, `{"_hex":"0x1","_isBigNumber":true}`, `{"Type":"BigNumber","hex":"0x1"}`,
	} {
		var got outer
		if err := Decode([]byte(`{"more":{"expiry":`+text+`}}`), &got); err == nil || !strings.HasPrefix(err.Error(), "more.expiry ") || strings.Contains(err.Error(), "uint") {
			t.Errorf("%s is read as %+v, %v", text, got.More, err)
		}
	}
}

// TestRefused: each with its path.
func TestRefused(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{``, "not valid JSON"}, {`{`, "not valid JSON"}, {`{"expiry":1,}`, "not valid JSON"}, {`{}{}`, "more than one"}, {`{} x`, "more than one"}, {"{\"words\":[\"\xff\"]}", "UTF-8"},
		{`[]`, "it can't be a list: write an object"}, {`"x"`, "it can't be a string"}, {`1`, "it can't be a number"}, {`true`, "it can't be a boolean"},
		{`{"x":1}`, `unknown field "x"`}, {`{"more":{"x":1}}`, `unknown field "more.x"`}, {`{"":1}`, `unknown field ""`}, {`{"Local":1}`, `unknown field "Local"`}, {`{"-":1}`, `unknown field "-"`},
		{`{"inner":{}}`, `unknown field "inner"`}, {`{"Expiry":1}`, `unknown field "Expiry": it is written expiry`}, {`{"more":{"aCCount":1}}`, `"more.aCCount": it is written account`},
		{`{"\u212aey":"0x"}`, `"\u212aey": it is written key`}, // the Kelvin sign folds to k
		{`{"expiry":1,"expiry":1}`, "expiry is there twice"}, {`{"expiry":1,"\u0065xpiry":2}`, "expiry is there twice"}, {`{"more":{"expiry":1,"words":[],"expiry":null}}`, "more.expiry is there twice"},
		{`{"more":{},"more":{}}`, "more is there twice"}, {`{"more":[]}`, "more can't be a list: write an object"}, {`{"list":{}}`, "list can't be an object: write a list"},
		{`{"list":["0x00"]}`, "list[0]: hex string has length 2, want 64"}, {`{"words":["a",1]}`, "words[1] can't be a number: write a string"}, {`{"words":["a",null]}`, "words[1] can't be null"},
		{`{"hash":1}`, "hash can't be a number"}, {`{"hash":"` + strings.Repeat("0", 64) + `"}`, "hash: hex string without 0x"}, {`{"key":"0x0"}`, "key: hex string of odd length"},
		{`{"account":"` + strings.ToLower(mixed[:40]) + `"}`, "account: hex string has length 38"},
		{`{"more":{"account":"` + strings.Replace(mixed, "d8dA", "d8da", 1) + `"}}`, "whose checksum is wrong"},
		{`{"` + strings.Repeat("x", 5000) + `":1}`, `unknown field "xxx`},
	} {
		err := Decode([]byte(test.text), new(outer))
		if err == nil || !strings.Contains(err.Error(), test.want) || len(err.Error()) > 300 || strings.Contains(err.Error(), "common.") || strings.Contains(err.Error(), "Go ") {
			t.Errorf("%.200s: %v, want %q", test.text, err, test.want)
		}
	}
}

// TestAddresses: digits of one case have no checksum; in others every letter is part of it.
func TestAddresses(t *testing.T) {
	digits := mixed[2:]
	read := func(text string) error {
		var got outer
		err := Decode([]byte(`{"account":"`+text+`"}`), &got)
		if err == nil && got.Account != common.HexToAddress(mixed) {
			t.Errorf("%s is read as %v", text, got.Account)
		}
		return err
	}
	for _, text := range []string{mixed, "0x" + strings.ToLower(digits), "0x" + strings.ToUpper(digits)} {
		if err := read(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	for i, c := range digits {
		swapped := strings.ToUpper(string(c))
		if swapped == string(c) {
			swapped = strings.ToLower(swapped)
		}
		if swapped == string(c) {
			continue // a digit
		}
		if err := read("0x" + digits[:i] + swapped + digits[i+1:]); err == nil || !strings.Contains(err.Error(), mixed) {
			t.Errorf("letter %d in the other case: %v", i, err)
		}
	}
}

// FuzzDecode: whatever the text is, it is read or refused; what is read is read alike by encoding/json, as far as that knows the forms.
func FuzzDecode(f *testing.F) {
	for _, text := range []string{`{"expiry":1,"small":"0x2","words":["a"],"more":{"account":"` + mixed + `","key":"0x"}}`, `{"list":[null]}`, `null`, `{"a":`, `{"expiry":{"type":"BigNumber","hex":"0x1"}}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var got, plain outer
		if Decode(text, &got) != nil {
			return
		}
		if json.Unmarshal(text, &plain) == nil && (got.Expiry != plain.Expiry || got.Account != plain.Account || got.Hash != plain.Hash || !reflect.DeepEqual(got.Words, plain.Words)) {
			t.Errorf("%s is read as %+v, and as %+v by encoding/json", text, got, plain)
		}
	})
}

// TestTruthValues: yes and no are true and false, and nothing that might be meant so.
func TestTruthValues(t *testing.T) {
	type word struct {
		Force bool  `json:"force"`
		Maybe *bool `json:"maybe"`
	}
	for text, want := range map[string]string{
		`{"force":true}`: "true", `{"force":false}`: "false", `{"force":null}`: "false", `{}`: "false",
		`{"force":"true"}`: "", `{"force":1}`: "", `{"force":0}`: "", `{"force":[]}`: "", `{"force":{}}`: "", `{"force":"no"}`: "",
	} {
		var got word
		err := Decode([]byte(text), &got)
		if (err == nil) != (want != "") || err == nil && fmt.Sprint(got.Force) != want || err != nil && !strings.Contains(err.Error(), "force") {
			t.Errorf("%s: %+v %v", text, got, err)
		}
	}
	var got word
	if err := Decode([]byte(`{"maybe":true}`), &got); err != nil || got.Maybe == nil || !*got.Maybe {
		t.Errorf("%+v %v", got, err)
	}
}

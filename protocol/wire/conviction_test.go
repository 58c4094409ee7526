package wire

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/rlp"
)

// fillings are what stands in evidence, each within its bounds: of three members with threshold 1, or of an item of theirs.
var fillings = []any{
	Terms{Threshold: 1, SetSize: 3, Members: []NodeID{{1}, {2}, {3}}},
	DealSetup{Threshold: 1, Items: 1, Set: []uint32{1, 2, 3}, Members: []NodeID{{1}, {2}, {3}}},
	Dealing{Dealt: Dealt{Commitments: make([]Point, 2)}, Shares: make([][32]byte, 3)},
	FormerDealing{Commitments: make([]Point, 2), Shares: make([][32]byte, 3)},
	RetrieveTerms{Set: []uint32{1, 2}},
	SignTerms{Set: []uint32{1, 2, 3}},
	Dealt{Commitments: make([]Point, 2)},
	make([]common.Hash, 3), make([]Commit, 3), make([]Dealt, 3), make([]FormerDealing, 3), make([]Point, 2), make([]NonceBytes, 3), make([]Opened, 3),
}

// fill gives every part of a value what it is to have.
func fill(v reflect.Value) {
	for _, filling := range fillings {
		if reflect.TypeOf(filling) == v.Type() {
			v.Set(reflect.ValueOf(filling))
			break
		}
	}
	switch {
	case v.Kind() == reflect.Struct && v.IsZero():
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Struct:
		for i := range v.Len() {
			fill(v.Index(i))
		}
	}
}

// parts are all structs and lists in a value by what they are called.
func parts(name string, v reflect.Value, all map[string]reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		all[name] = v
		for i := range v.NumField() {
			parts(name+"."+v.Type().Field(i).Name, v.Field(i), all)
		}
	case reflect.Slice:
		all[name] = v
		for i := range v.Len() {
			parts(name+"[]", v.Index(i), all)
		}
	}
}

// unlisted are lists whose length has only a limit, or that something else fixes.
var unlisted = []string{".Shares", "Dealt.Commitments", "Dealing.Commitments", "Dealt[].Commitments", "Dealings[].Commitments", ".Joint", ".Members", ".Set", ".Sealed", ".Next"}

// Evidence of every kind is taken within its bounds, and refused when any part of it is beyond them, or when a list of
// something of each member is not.
func TestConvictionsWithinBounds(t *testing.T) {
	for kind, k := range convictions {
		sample := func() (Conviction, map[string]reflect.Value) {
			c, all := k.make(), make(map[string]reflect.Value)
			fill(reflect.ValueOf(c).Elem())
			parts("", reflect.ValueOf(c).Elem(), all)
			return c, all
		}
		taken := func(c Conviction) bool {
			enc, err := EncodeConviction(c)
			if err != nil {
				t.Fatalf("%v: %v", kind, err)
			}
			got, err := DecodeConviction(enc)
			if err != nil {
				return false
			}
			if again, err := EncodeConviction(got); err != nil || !bytes.Equal(again, enc) {
				t.Errorf("%v: is decoded as %+v, %v", kind, got, err)
			}
			return true
		}
		c, all := sample()
		if c.Kind() != kind || !taken(c) {
			t.Errorf("%v: is not taken, or as %v", kind, c.Kind())
		}
		refused := 0
		for name, part := range all {
			bent, inBent := sample()
			switch part.Kind() {
			case reflect.Struct:
				zero := reflect.New(part.Type())
				if b, ok := zero.Interface().(Bounded); !ok || b.Bound() == nil {
					continue
				}
				if members := inBent[name].FieldByName("Members"); members.IsValid() { // of as many, but one of them twice
					members.Set(reflect.ValueOf([]NodeID{{1}, {1}, {3}}))
					if taken(bent) {
						t.Errorf("%v: is taken with a member twice in %s", kind, name)
					}
				}
				inBent[name].SetZero()
			case reflect.Slice:
				if hasSuffix(name, unlisted) {
					continue
				}
				one := reflect.New(part.Type().Elem()).Elem()
				fill(one)
				more, inMore := sample()
				inMore[name].Set(reflect.Append(part, one))
				if taken(more) {
					t.Errorf("%v: is taken with one more of %s", kind, name)
				}
				inBent[name].Set(part.Slice(1, part.Len()))
			}
			refused++
			if taken(bent) {
				t.Errorf("%v: is taken with less of %s", kind, name)
			}
		}
		if refused == 0 && kind != ConvictTwoPromises && kind != ConvictTwoSetVotes {
			t.Errorf("%v: has no bounds", kind)
		}
	}
	short, more := &WrongPartial{Setup: fillings[0].(Terms), Commitments: make([]Point, 2), Request: fillings[4].(RetrieveTerms)},
		&WrongSchnorrShare{Setup: fillings[0].(Terms), Commitments: make([]Point, 2), Request: fillings[5].(SignTerms), Nonces: make([]NonceBytes, 3)}
	if short.Bound() != nil || more.Bound() != nil {
		t.Error("parts and shares are refused")
	}
	short.Partial.Sealed, more.Share.Next = make([]byte, 1), make([]NonceBytes, MaxNext+1)
	if short.Bound() == nil || more.Bound() == nil {
		t.Error("parts or shares that no message has are taken")
	}
	long := &WrongOpening{Item: UsedItem{Setup: fillings[1].(DealSetup), Joint: make([]Point, MaxItems*10)}, Request: fillings[5].(SignTerms)}
	if err := long.Bound(); err != nil {
		t.Error(err)
	}
	if long.Item.Joint = append(long.Item.Joint, Point{}); long.Bound() == nil {
		t.Error("more commitments than items have are taken")
	}
}

func hasSuffix(name string, suffixes []string) bool {
	for _, s := range suffixes {
		if strings.HasSuffix(name, s) {
			return true
		}
	}
	return false
}

// Bytes that are not exactly one piece of evidence, of a kind that there is, within the limit, are none.
func TestNoConviction(t *testing.T) {
	enc, err := EncodeConviction(&TwoPromises{Holder: NodeID{1}})
	if err != nil {
		t.Fatal(err)
	}
	raw := func(kind ConvictionKind, body ...byte) []byte {
		enc, err := rlp.EncodeToBytes(&exhibit{kind, body})
		if err != nil {
			t.Fatal(err)
		}
		return enc
	}
	for name, c := range map[string]struct {
		enc  []byte
		says string
	}{
		"nothing":          {nil, "decoding evidence"},
		"a byte more":      {append(bytes.Clone(enc), 0), "decoding evidence"},
		"a byte less":      {enc[:len(enc)-1], "decoding evidence"},
		"of no kind":       {raw(0, 0xc0), "unknown kind 0"},
		"of a later kind":  {raw(200, 0xc0), "unknown kind 200"},
		"empty":            {raw(ConvictTwoPromises, 0xc0), "decoding evidence of two document keys"},
		"beyond the limit": {make([]byte, MaxConvictionSize+1), "over the limit"},
	} {
		if got, err := DecodeConviction(c.enc); err == nil || got != nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	if _, err := DecodeConviction(make([]byte, MaxConvictionSize)); err == nil || strings.Contains(err.Error(), "limit") {
		t.Errorf("at the limit: %v", err)
	}

	// The largest that there may be, and one of a byte more.
	setup := fillings[0].(Terms)
	evidence := &BadDealing{Setup: setup, Reveal: Reveal{Dealing: fillings[2].(Dealing)}}
	size := func(bytes int) ([]byte, error) { // as is padded, wherever: the limit does not ask for sense
		evidence.Setup.Members = make([]NodeID, bytes/66)
		evidence.Setup.Cluster[0] = 1
		return EncodeConviction(evidence)
	}
	if enc, err := size(MaxConvictionSize - 1000); err != nil || len(enc) > MaxConvictionSize {
		t.Errorf("%d bytes: %v", len(enc), err)
	}
	if _, err := size(MaxConvictionSize); err == nil || !strings.Contains(err.Error(), "over the limit") {
		t.Errorf("beyond the limit: %v", err)
	}
}

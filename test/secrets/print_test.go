// Package secrets holds types against what they must not do: show a secret to whoever prints them.
package secrets

import (
	"bytes"
	"crypto/ecdsa"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"unsafe"

	"github.com/ethereum/go-ethereum/log"

	"github.com/geth-ss/geth-ss/protocol/asking"
	"github.com/geth-ss/geth-ss/protocol/dealing"
	"github.com/geth-ss/geth-ss/protocol/documents"
	"github.com/geth-ss/geth-ss/protocol/ecies"
	"github.com/geth-ss/geth-ss/protocol/gathering"
	"github.com/geth-ss/geth-ss/protocol/generation"
	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/items"
	"github.com/geth-ss/geth-ss/protocol/join"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service"
	"github.com/geth-ss/geth-ss/service/store"
)

// secret is what is planted: 32 bytes, of which no one text can come about by chance.
var secret = bytes.Repeat([]byte{0xa7, 0x5e, 0xc2, 0xe7}, 8)

// leaves are the types that a secret lies in, each with the fields that are it. All else that holds a secret holds one of
// these: what is found here prints none of them, wherever it stands.
var leaves = map[string][]string{
	"wire.Record":      {"Value"}, // of a share, or with an author's proof in it
	"wire.Proof":       {"Data"},  // Parity's works for whoever holds it
	"ecies.Sealer":     {"encrypt", "mac"},
	"secp256k1.Scalar": {"v"},
	"ecdsa.PrivateKey": {"D"},
	"store.Restoring":  {"Secret"},
}

// bearing are all exported structs with a leaf in them. TestBearersAreKnown finds those that are missing.
var bearing = []reflect.Type{
	reflect.TypeFor[wire.Record](), reflect.TypeFor[wire.Proof](), reflect.TypeFor[wire.Setup](),
	reflect.TypeFor[wire.KeyRecord](), reflect.TypeFor[wire.Requester](), reflect.TypeFor[wire.Retrieve](),
	reflect.TypeFor[wire.RetrieveMany](), reflect.TypeFor[wire.Init](), reflect.TypeFor[wire.Poll](),
	reflect.TypeFor[wire.Vote](), reflect.TypeFor[wire.Known](), reflect.TypeFor[wire.Supply](), reflect.TypeFor[wire.Store](),
	reflect.TypeFor[wire.Adopt](), reflect.TypeFor[wire.Conflict](), reflect.TypeFor[wire.Sign](),
	reflect.TypeFor[secp256k1.Scalar](), reflect.TypeFor[ecies.Sealer](), reflect.TypeFor[threshold.Nonce](),
	reflect.TypeFor[threshold.Polynomial](), reflect.TypeFor[threshold.EphemeralKey](), reflect.TypeFor[threshold.Sharing](),
	reflect.TypeFor[threshold.ECDSAItem](), reflect.TypeFor[threshold.ECDSAShare](),
	reflect.TypeFor[threshold.ECDSAOpening](), reflect.TypeFor[threshold.ECDSASecret](), reflect.TypeFor[threshold.Quorum](),
	reflect.TypeFor[threshold.Mask](), reflect.TypeFor[threshold.OneTimeKey](),
	reflect.TypeFor[session.NodeKey](), reflect.TypeFor[session.Env](),
	reflect.TypeFor[session.State](), reflect.TypeFor[session.Share](), reflect.TypeFor[session.Attempt](),
	reflect.TypeFor[session.AttemptOutcome](), reflect.TypeFor[session.Effects](), reflect.TypeFor[items.Item](),
	reflect.TypeFor[items.Vault](), reflect.TypeFor[generation.Coordinator](), reflect.TypeFor[generation.Member](),
	reflect.TypeFor[generation.Resolution](), reflect.TypeFor[generation.ResolutionMember](), reflect.TypeFor[documents.Lookup](),
	reflect.TypeFor[documents.LookupMember](), reflect.TypeFor[documents.Storing](), reflect.TypeFor[documents.StoringMember](),
	reflect.TypeFor[gathering.Retrieval](), reflect.TypeFor[gathering.RetrievalMember](), reflect.TypeFor[gathering.Batch](),
	reflect.TypeFor[gathering.BatchMember](), reflect.TypeFor[gathering.Signing](), reflect.TypeFor[gathering.SigningMember](),
	reflect.TypeFor[items.Dealing](), reflect.TypeFor[items.DealingMember](), reflect.TypeFor[asking.Explaining](),
	reflect.TypeFor[asking.Holdings](), reflect.TypeFor[handover.Gathering](), reflect.TypeFor[handover.GatheringMember](), reflect.TypeFor[handover.Relisting](),
	reflect.TypeFor[handover.Holding](), reflect.TypeFor[handover.HoldingMember](), reflect.TypeFor[handover.Receipts](),
	reflect.TypeFor[generation.Rehearsing](), reflect.TypeFor[generation.RehearsingMember](),
	reflect.TypeFor[handover.Planning](), reflect.TypeFor[handover.PlanningMember](),
	reflect.TypeFor[handover.ReceiptsMember](), reflect.TypeFor[dealing.Hand](),
	reflect.TypeFor[join.Admission](), reflect.TypeFor[store.Store](), reflect.TypeFor[store.Restoring](),
	reflect.TypeFor[service.Service](), reflect.TypeFor[wire.Redistribute](), reflect.TypeFor[wire.Superseded](), reflect.TypeFor[session.Former](),
	reflect.TypeFor[handover.Deciding](),
	reflect.TypeFor[handover.DecidingMember](),
	reflect.TypeFor[handover.Settling](),
	reflect.TypeFor[handover.SettlingMember](),
	reflect.TypeFor[handover.Following](),
	reflect.TypeFor[handover.FollowingMember](),
}

// TestSecretsDoNotPrint: whatever the verb, and in JSON and in logs of each form, nothing that holds a secret shows it. What has
// its Format on the pointer is used by its pointer, and printed so.
func TestSecretsDoNotPrint(t *testing.T) {
	for _, typ := range bearing {
		t.Run(typ.String(), func(t *testing.T) {
			p := reflect.New(typ)
			if plant(p.Elem(), nil) == 0 {
				t.Fatal("there is no secret in it")
			}
			values := []any{p.Interface()}
			if hides := reflect.TypeFor[fmt.Formatter](); !p.Type().Implements(hides) || typ.Implements(hides) {
				values = append(values, p.Elem().Interface())
			}
			for _, v := range values {
				for how, text := range printed(v) {
					if form := shows(text); form != "" {
						t.Errorf("%s of a %T shows the secret, as %s: %.300q", how, v, form, text)
					}
				}
			}
		})
	}
}

// printed is a value as people and programs come to see it.
func printed(v any) map[string]string {
	texts := make(map[string]string)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		texts[verb] = fmt.Sprintf(verb, v)
		texts[verb+" in a list"] = fmt.Sprintf(verb, []any{v})
	}
	if enc, err := json.Marshal(v); err == nil {
		texts["JSON"] = string(enc)
	}
	for name, handler := range map[string]func(*bytes.Buffer) slog.Handler{
		"a log's line": func(out *bytes.Buffer) slog.Handler {
			return log.NewTerminalHandlerWithLevel(out, log.LevelTrace, false)
		},
		"a log in JSON": func(out *bytes.Buffer) slog.Handler { return log.JSONHandlerWithLevel(out, log.LevelTrace) },
		"slog's text":   func(out *bytes.Buffer) slog.Handler { return slog.NewTextHandler(out, nil) },
	} {
		var out bytes.Buffer
		slog.New(handler(&out)).Error("line", "value", v)
		texts[name] = out.String()
	}
	return texts
}

// shows names the form in which a text has the secret; "" for none.
func shows(text string) string {
	decimals := strings.Trim(fmt.Sprint(secret[:4]), "[]")
	words := fmt.Sprint(new(big.Int).SetBytes(secret[:4])) // of a scalar, as its implementation has them
	forms := map[string]string{
		"bytes": string(secret[:4]), "hex": hex.EncodeToString(secret[:4]), "a list of bytes": decimals,
		"JSON's base64": "p17C56dewuen", "words": words, "words in hex": "0x" + hex.EncodeToString(secret[:4]),
		"Go's bytes": "0xa7, 0x5e, 0xc2", "a number": new(big.Int).SetBytes(secret).String(),
		"quoted": `\xa7^\xc2`, "quoted in JSON": `\\xa7^\\xc2`,
	}
	for name, form := range forms {
		if strings.Contains(strings.ToLower(text), strings.ToLower(form)) {
			return name
		}
	}
	return ""
}

// plant puts the secret into all that is one, and makes what is needed to get there; within are the types on the way. It tells
// into how many.
func plant(v reflect.Value, within []reflect.Type) (planted int) {
	v = settable(v)
	for _, t := range within {
		if t == v.Type() {
			return 0 // it has been here before
		}
	}
	switch v.Kind() {
	case reflect.Pointer:
		made := reflect.New(v.Type().Elem())
		if planted = plant(made.Elem(), within); planted > 0 {
			v.Set(made)
		}
	case reflect.Slice:
		made := reflect.MakeSlice(v.Type(), 1, 1)
		if planted = plant(made.Index(0), within); planted > 0 {
			v.Set(made)
		}
	case reflect.Array:
		for i := range v.Len() {
			planted += plant(v.Index(i), within)
		}
	case reflect.Map:
		value := reflect.New(v.Type().Elem())
		if planted = plant(value.Elem(), within); planted > 0 {
			v.Set(reflect.MakeMap(v.Type()))
			v.SetMapIndex(reflect.Zero(v.Type().Key()), value.Elem())
		}
	case reflect.Struct:
		own := leaves[v.Type().String()]
		for i := range v.NumField() {
			field := v.Type().Field(i)
			if len(own) == 0 {
				planted += plant(v.Field(i), append(within, v.Type()))
				continue
			}
			for _, name := range own {
				if name == field.Name {
					fill(settable(v.Field(i)))
					planted++
				}
			}
		}
	}
	return planted
}

// settable is the field itself, also an unexported one.
func settable(v reflect.Value) reflect.Value {
	if v.CanSet() || !v.CanAddr() {
		return v
	}
	return reflect.NewAt(v.Type(), unsafe.Pointer(v.UnsafeAddr())).Elem()
}

// fill makes a field the secret.
func fill(v reflect.Value) {
	switch at := v.Addr().Interface().(type) {
	case *[]byte:
		*at = bytes.Clone(secret)
	case **big.Int:
		*at = new(big.Int).SetBytes(secret)
	default:
		if v.Kind() != reflect.Struct { // of words
			panic("a secret of another form: " + v.Type().String())
		}
		raw := unsafe.Slice((*byte)(unsafe.Pointer(v.UnsafeAddr())), v.Type().Size())
		for i := range raw { // so that each word has the bytes in their order, be it of 32 bits or of 64
			raw[i] = secret[3-i%4]
		}
	}
}

// The checks themselves: what a careless type shows is found.
func TestShowsIsStrict(t *testing.T) {
	type careless struct {
		List  []byte
		inner struct{ scalar secp256k1.Scalar }
		key   *ecdsa.PrivateKey
	}
	c := careless{List: bytes.Clone(secret), key: nil}
	plant(reflect.ValueOf(&c.inner).Elem(), nil)
	for how, text := range printed(c) {
		if shows(text) == "" && how != "%s" && how != "%q" && !strings.Contains(how, "list") {
			t.Errorf("%s shows nothing: %q", how, text)
		}
	}
	c.List = nil
	if text := fmt.Sprintf("%v", c); shows(text) == "" {
		t.Errorf("a scalar in an unexported field is not found: %s", text)
	}
}

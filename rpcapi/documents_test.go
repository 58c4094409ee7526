package rpcapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/big"
	"net/http"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/accounts"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/limits"
)

// schema is a JSON schema, as far as the documents use it.
type schema map[string]any

// rpcDocument and apiDocument are what is looked at of the documents.
type (
	rpcDocument struct {
		Methods []struct {
			Name   string
			Params []struct {
				Name     string
				Required bool
				Schema   schema
			}
			Result struct{ Schema schema }

			Examples []struct {
				Params []struct{ Value json.RawMessage }
				Result struct{ Value json.RawMessage }
			}
		}
		Components struct{ Schemas map[string]schema }
	}
	apiDocument struct {
		Paths map[string]map[string]struct {
			OperationID string
			RequestBody struct{ Content map[string]content }
			Responses   map[string]struct{ Content map[string]content }
		}
		Components struct{ Schemas map[string]schema }
	}
	content struct {
		Schema  schema
		Example json.RawMessage
	}
)

func parsed[T any](t *testing.T, document json.RawMessage) *T {
	t.Helper()
	d := new(T)
	if err := json.Unmarshal(document, d); err != nil {
		t.Fatal(err)
	}
	return d
}

// registered are the methods that clients can call in our namespace, with their parameters.
func registered(t *testing.T) map[string][]reflect.Type {
	manager := accounts.NewManager(nil)
	defer manager.Close()
	methods := make(map[string][]reflect.Type)
	for _, api := range APIs(manager, new(fakeKeys), Options{}) {
		if api.Namespace == rpc.MetadataApi {
			continue
		}
		typ := reflect.TypeOf(api.Service)
		for i := range typ.NumMethod() {
			m := typ.Method(i)
			name := Namespace + "_" + strings.ToLower(m.Name[:1]) + m.Name[1:]
			if methods[name] != nil {
				t.Errorf("%s is there twice", name)
			}
			methods[name] = []reflect.Type{}
			if m.Type.NumOut() > 0 && m.Type.Out(0) == reflect.TypeFor[*rpc.Subscription]() { // named by its first parameter
				delete(methods, name)
				name = Namespace + "_subscribe"
				methods[name] = []reflect.Type{reflect.TypeFor[string]()}
			}
			for j := 2; j < m.Type.NumIn(); j++ { // after the receiver and the context
				methods[name] = append(methods[name], m.Type.In(j))
			}
		}
	}
	return methods
}

// TestOpenRPC: the document has every method that is registered, with its parameters, and none
// that is not.
func TestOpenRPC(t *testing.T) {
	doc, methods := parsed[rpcDocument](t, openRPC()), registered(t)
	for _, m := range doc.Methods {
		params, ok := methods[m.Name]
		if !ok || len(params) != len(m.Params) {
			t.Errorf("%s has %d parameters in the document; registered: %t, %v", m.Name, len(m.Params), ok, params)
			continue
		}
		delete(methods, m.Name)
		for i, p := range m.Params {
			if optional := params[i].Kind() == reflect.Pointer; optional == p.Required || p.Name == "" {
				t.Errorf("%s, parameter %d: %+v of %v", m.Name, i, p, params[i])
			}
			if want := schemaOf(params[i]); want != "" && want != refName(p.Schema) {
				t.Errorf("%s, parameter %s: %v of %v", m.Name, p.Name, p.Schema, params[i])
			}
		}
	}
	for name := range methods {
		t.Errorf("the document lacks %s", name)
	}
}

// schemaOf is the schema of a type of parameter that can have no other.
func schemaOf(typ reflect.Type) string {
	return map[reflect.Type]string{
		reflect.TypeFor[rpcAddress](): "Address", reflect.TypeFor[rpcBytes](): "Bytes", reflect.TypeFor[h512](): "Point",
	}[typ]
}

func refName(s schema) string {
	ref, _ := s["$ref"].(string)
	return strings.TrimPrefix(ref, "#/components/schemas/")
}

// TestOpenAPI: the document has every route that is answered under /v1/, and none that is not.
func TestOpenAPI(t *testing.T) {
	doc := parsed[apiDocument](t, openAPI())
	routes := map[string]string{"/v1/cluster": "get", "/v1/servers": "get", "/v1/serverSets": "get", "/v1/openapi.json": "get"}
	for name := range orderOperations {
		routes["/v1/"+name] = "post"
	}
	for name := range walletOperations {
		routes["/v1/"+name] = "post"
	}
	if got, want := slices.Sorted(maps.Keys(doc.Paths)), slices.Sorted(maps.Keys(routes)); !slices.Equal(got, want) {
		t.Errorf("the document has %v, answered are %v", got, want)
	}
	statuses := map[string]bool{"200": true, "413": true}
	for _, r := range append(slices.Collect(maps.Values(reasonRows)), malformedRow) {
		statuses[fmt.Sprint(r.status)] = true
	}
	for path, methods := range doc.Paths {
		for method, op := range methods {
			if method != routes[path] || "/v1/"+strings.TrimSuffix(op.OperationID, "api")+map[bool]string{true: "api.json"}[op.OperationID == "openapi"] != path {
				t.Errorf("%s %s is %s", method, path, op.OperationID)
			}
			if method == "get" {
				w := overHTTP(testHandler(new(fakeKeys), limits.Config{}), "GET", path, "")
				follows(t, doc.Components.Schemas, path, op.Responses["200"].Content["application/json"].Schema, w.Body.Bytes())
				continue
			}
			if got, want := slices.Sorted(maps.Keys(op.Responses)), slices.Sorted(maps.Keys(statuses)); !slices.Equal(got, want) {
				t.Errorf("%s has the statuses %v, there are %v", path, got, want)
			}
		}
	}
}

// TestDocumentSchemas: both documents have the schemas; every one is used and is what our types
// encode to, errors with all their reasons included.
func TestDocumentSchemas(t *testing.T) {
	schemas := parsed[rpcDocument](t, openRPC()).Components.Schemas
	if !reflect.DeepEqual(schemas, parsed[apiDocument](t, openAPI()).Components.Schemas) || len(schemas) < 20 {
		t.Errorf("the documents differ in schemas")
	}
	for name := range schemas {
		if !strings.Contains(string(openRPC())+string(openAPI()), `"#/components/schemas/`+name+`"`) {
			t.Errorf("schema %s is not used", name)
		}
	}
	for name, typ := range map[string]any{
		"Request": wire.Request{}, "Permit": wire.Permit{}, "SignedPermit": wire.SignedPermit{}, "SignedRequest": readCall{}, "GenerateRequest": generateCall{},
		"HashRequest": hashCall{}, "SignRequest": signCall{}, "Signed": wire.Signed{},
		"StoreRequest": storeCall{}, "ServerKey": wire.ServerKey{}, "Stored": wire.Stored{}, "DocumentRecord": wire.DocumentRecord{}, "Certificate": wire.Certificate{}, "BlockRef": wire.BlockRef{}, "Terms": wire.Terms{}, "RetrieveTerms": wire.RetrieveTerms{},
		"Partial": wire.Partial{}, "Receipt": wire.Receipt{}, "Release": wire.Release{}, "Error": walletError{}, "Refusal": wire.Refusal{}, "IndexedSignature": wire.IndexedSign{}, "Outcome": keyOutcome{}, "TypedField": wire.TypedField{},
		"Cluster": wire.ClusterInfo{}, "EncryptedDocumentKey": encryptedDocumentKey{},
		"SetOrder": wire.SetOrder{}, "OrderMember": wire.OrderMember{}, "CancelOrder": wire.CancelOrder{}, "RefreshOrder": wire.RefreshOrder{}, "OrderRequest": wire.OrderRequest{},
		"ChangeRequest": changeCall{}, "CancelRequest": cancelCall{}, "RefreshRequest": refreshCall{}, "MadeOrder": madeOrder{}, "SetRef": wire.SetRef{}, "RoundInfo": wire.RoundInfo{},
		"RepairInfo": wire.RepairInfo{}, "WriteOffInfo": wire.WriteOffInfo{}, "MoveFailure": wire.MoveFailure{}, "Member": wire.MemberInfo{}, "Change": wire.ChangeInfo{}, "Servers": wire.ServersInfo{}, "Unerased": wire.UnerasedInfo{},
		"Plan": wire.Plan{}, "Move": wire.Move{}, "PlanClass": wire.PlanClass{}, "Block": wire.BlockInfo{},
		"Decision": wire.Decision{}, "ServerSets": wire.SetsTold{}, "ServerSet": wire.ServerSet{}, "Authority": wire.Authority{}, "SetLink": wire.SetLink{},
		"SetAttempt": wire.SetAttempt{}, "Readiness": wire.Readiness{}, "SetSign": wire.SetSign{}, "NodeSignature": wire.NodeSign{},
	} {
		properties, _ := schemas[name]["properties"].(map[string]any)
		if got, want := slices.Sorted(maps.Keys(properties)), members(reflect.TypeOf(typ)); !slices.Equal(got, want) {
			t.Errorf("schema %s has %v, the type %v", name, got, want)
		}
	}
	words := []string{malformedRow.word}
	for _, r := range reasonRows {
		words = append(words, r.word)
	}
	same(t, "reasons", schemas["Error"]["properties"].(map[string]any)["reason"], words)
	same(t, "operations", schemas["Operation"], wire.Operations)
	same(t, "schemes", schemas["Scheme"], names(wire.Schemes))
}

// members are the names of a type's members in JSON.
func members(typ reflect.Type) (names []string) {
	for _, f := range reflect.VisibleFields(typ) {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" && name != "-" && f.IsExported() {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func names(schemes []wire.Scheme) (list []string) {
	for _, s := range schemes {
		list = append(list, s.String())
	}
	return list
}

func same[S ~string](t *testing.T, what string, listed any, want []S) {
	t.Helper()
	var got []S
	values, _ := toSchema(listed)["enum"].([]any)
	for _, value := range values {
		got = append(got, S(value.(string)))
	}
	want = slices.Clone(want)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s: listed are %v, there are %v", what, got, want)
	}
}

// TestDocumentExamples: the examples are requests that the key server takes, and answers that it
// might give; real answers follow the schemas.
func TestDocumentExamples(t *testing.T) {
	rpcDoc, apiDoc := parsed[rpcDocument](t, openRPC()), parsed[apiDocument](t, openAPI())
	schemas := rpcDoc.Components.Schemas
	count := 0
	take := func(name string, request json.RawMessage, in, out schema, result json.RawMessage) {
		keys := new(fakeKeys)
		w := overHTTP(testHandler(keys, limits.Config{}), http.MethodPost, "/v1/"+name, string(request))
		if w.Code != 200 || keys.called() == "" {
			t.Errorf("the example of %s: %d %s", name, w.Code, w.Body)
		}
		follows(t, schemas, name+"'s request", in, request)
		follows(t, schemas, name+"'s example result", out, result)
		follows(t, schemas, name+"'s result", out, w.Body.Bytes())
		count++
	}
	for _, m := range rpcDoc.Methods {
		for _, e := range m.Examples {
			take(strings.TrimPrefix(m.Name, "secretstore_"), e.Params[0].Value, m.Params[0].Schema, m.Result.Schema, e.Result.Value)
		}
	}
	for path, methods := range apiDoc.Paths {
		if op, ok := methods["post"]; ok {
			in, out := op.RequestBody.Content["application/json"], op.Responses["200"].Content["application/json"]
			take(strings.TrimPrefix(path, "/v1/"), in.Example, in.Schema, out.Schema, out.Example)
			failed := overHTTP(testHandler(&fakeKeys{err: wire.Errorf(wire.Limit, "x")}, limits.Config{}), http.MethodPost, path, string(in.Example))
			follows(t, schemas, path+"'s error", op.Responses["429"].Content["application/json"].Schema, failed.Body.Bytes())
		}
	}
	if count != 2*len(walletOperations)+len(orderOperations) { // methods that take an order have two parameters
		t.Errorf("%d examples", count)
	}
}

// TestDiscover: rpc_discover serves the document, the HTTP API its own.
func TestDiscover(t *testing.T) {
	d := newDoor(t, vectors{}, Options{})
	if got := d.postRaw(t, "rpc_discover", "[]"); got != `{"jsonrpc":"2.0","id":1,"result":`+string(openRPC())+`}` {
		t.Errorf("%.200s", got)
	}
	if got := d.postRaw(t, "rpc_modules", "[]"); !strings.Contains(got, `"secretstore":"1.0"`) {
		t.Error(got)
	}
	if w := overHTTP(testHandler(d.keys, limits.Config{}), "GET", "/v1/openapi.json", ""); w.Body.String() != string(openAPI()) {
		t.Errorf("%.200s", w.Body)
	}
}

// follows holds a JSON text against a schema.
func follows(t *testing.T, schemas map[string]schema, what string, s schema, text []byte) {
	t.Helper()
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		t.Errorf("%s: %v in %q", what, err, text)
		return
	}
	if wrong := violation(schemas, s, value); wrong != "" {
		t.Errorf("%s: %s in %.300s", what, wrong, text)
	}
}

func toSchema(v any) schema {
	switch v := v.(type) {
	case schema:
		return v
	case map[string]any:
		return v
	}
	return nil
}

// violation is how a value breaks a schema; the documents' keywords are known, others are a
// violation too.
func violation(schemas map[string]schema, s schema, value any) string {
	if s == nil {
		return "no schema"
	}
	for keyword, want := range s {
		if wrong := violates(schemas, s, keyword, want, value); wrong != "" {
			return wrong
		}
	}
	return ""
}

func violates(schemas map[string]schema, s schema, keyword string, want, value any) string {
	list, _ := value.([]any)
	object, _ := value.(map[string]any)
	text, _ := value.(string)
	number, isNumber := value.(float64)
	holds := true
	switch keyword {
	case "description":
	case "$ref":
		return violation(schemas, schemas[refName(s)], value)
	case "type":
		names, several := want.([]any)
		if !several {
			names = []any{want}
		}
		holds = slices.ContainsFunc(names, func(name any) bool { return hasType(name.(string), value) })
	case "const":
		holds = reflect.DeepEqual(want, value)
	case "enum":
		holds = slices.Contains(want.([]any), value)
	case "pattern":
		holds = regexp.MustCompile(want.(string)).MatchString(text)
	case "maxLength":
		holds = len(text) <= int(want.(float64))
	case "minimum":
		holds = !isNumber || number >= want.(float64)
	case "maximum":
		holds = !isNumber || number <= want.(float64)
	case "minItems":
		holds = len(list) >= int(want.(float64))
	case "maxItems":
		holds = len(list) <= int(want.(float64))
	case "uniqueItems": // the codec's tests look at that
	case "items":
		for i, item := range list {
			if wrong := violation(schemas, toSchema(want), item); wrong != "" {
				return fmt.Sprintf("[%d]: %s", i, wrong)
			}
		}
	case "required":
		for _, name := range want.([]any) {
			if _, ok := object[name.(string)]; !ok {
				return fmt.Sprintf("%s is missing", name)
			}
		}
	case "properties":
		for name, member := range want.(map[string]any) {
			if inner, ok := object[name]; ok {
				if wrong := violation(schemas, toSchema(member), inner); wrong != "" {
					return name + ": " + wrong
				}
			}
		}
	case "additionalProperties":
		known, _ := s["properties"].(map[string]any)
		for name, inner := range object {
			if _, ok := known[name]; ok {
				continue
			}
			if want == false {
				return name + " is not known"
			}
			if wrong := violation(schemas, toSchema(want), inner); wrong != "" {
				return name + ": " + wrong
			}
		}
	case "oneOf":
		matching := 0
		for _, one := range want.([]any) {
			if violation(schemas, toSchema(one), value) == "" {
				matching++
			}
		}
		holds = matching == 1
	default:
		return "keyword " + keyword + " is not known to this test"
	}
	if !holds {
		return fmt.Sprintf("%v is not of %s %v", value, keyword, want)
	}
	return ""
}

func hasType(name string, value any) bool {
	switch v := value.(type) {
	case nil:
		return name == "null"
	case bool:
		return name == "boolean"
	case string:
		return name == "string"
	case float64:
		return name == "number" || name == "integer" && v == math.Trunc(v)
	case []any:
		return name == "array"
	}
	return name == "object"
}

// TestRequestsDocument: what docs/requests.md has a wallet sign is what we check, and the request
// that it shows is signed so.
func TestRequestsDocument(t *testing.T) {
	text, err := os.ReadFile("../docs/requests.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```json\n(.*?)```").FindAllSubmatch(text, -1)
	if len(blocks) != 3 {
		t.Fatalf("%d blocks of JSON", len(blocks))
	}
	var typed apitypes.TypedData
	var types struct{ Types map[string][]wire.TypedField }
	var call generateCall
	var permit map[string][]wire.TypedField
	for i, into := range []any{&typed, &call, &permit} {
		if err := json.Unmarshal(blocks[i][1], into); err != nil {
			t.Fatal(err)
		}
	}
	if err := json.Unmarshal(blocks[0][1], &types); err != nil {
		t.Fatal(err)
	}
	if len(types.Types) != 2 || !reflect.DeepEqual(permit, wire.PrimaryTypes()["Permit"]) { // no type that libraries have no use for
		t.Errorf("the types are %v and %v", types.Types, permit)
	}
	maps.Copy(types.Types, permit)
	if !reflect.DeepEqual(types.Types, wire.TypedTypes()) {
		t.Errorf("the types are %v, want %v", types.Types, wire.TypedTypes())
	}
	hash, _, err := apitypes.TypedDataAndHash(typed)
	if err != nil {
		t.Fatal(err)
	}
	request := &call.Request
	request.Chain = (*big.Int)(typed.Domain.ChainId).Uint64()
	if digest := request.Digest(); !bytes.Equal(hash, digest[:]) {
		t.Errorf("a wallet signs %x, we check %x", hash, digest)
	}
	proof, err := call.Proof()
	if err != nil {
		t.Fatal(err)
	}
	who, err := proof.Recover(wire.Act{Chain: request.Chain, Cluster: request.Cluster, Operation: wire.OpGenerate, Key: request.Keys[0],
		Arguments: wire.GenerateArguments(*call.Threshold)})
	if err != nil || who.Check.Contract != nil || who.Address != request.Account {
		t.Errorf("the request is %+v, %v", who, err)
	}
	if !strings.Contains(string(text), wire.NoArguments.Hex()) {
		t.Errorf("the hash of nothing is %v", wire.NoArguments)
	}
}

// TestErrorsDocument: docs/api.md has every reason as it is told, and every method.
func TestErrorsDocument(t *testing.T) {
	text, err := os.ReadFile("../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{fmt.Sprintf("| 0 | `%s` | %d |", malformedRow.word, malformedRow.status)}
	for reason, r := range reasonRows {
		want = append(want, fmt.Sprintf("| %d | `%s` | %d |", reason, r.word, r.status))
	}
	for name := range registered(t) {
		want = append(want, "`"+name+"`")
	}
	for _, line := range want {
		if !strings.Contains(string(text), line) {
			t.Errorf("docs/api.md lacks %s", line)
		}
	}
}

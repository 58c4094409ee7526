package jsonrpc

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"unicode"

	"github.com/ethereum/go-ethereum/node"
	"github.com/ethereum/go-ethereum/rpc"
)

// Method is a method of JSON-RPC as a node has registered it.
type Method struct {
	Name      string // as clients call it; a subscription's is NAMESPACE_subscribe:NAME
	Go        string // name of the Go method
	Params    []reflect.Type
	Subscribe bool

	fn     reflect.Value
	hasCtx bool
	errPos int // of the results; -1 without
}

var (
	contextType      = reflect.TypeFor[context.Context]()
	errorType        = reflect.TypeFor[error]()
	subscriptionType = reflect.TypeFor[*rpc.Subscription]()
)

// Methods are all that anybody can call at a node, by geth's rule of which Go methods
// those are. Of two with one name the one that was registered last counts, and the gate's
// stand for those behind it.
func Methods(stack *node.Node) (map[string]Method, error) {
	apis, err := registered(stack)
	if err != nil {
		return nil, err
	}
	found := make(map[string]Method)
	for _, api := range apis {
		if _, ours := api.Service.(interface{ gated() }); ours || api.Authenticated {
			continue
		}
		service := reflect.ValueOf(api.Service)
		for i := range service.NumMethod() {
			if m, ok := methodOf(api.Namespace, service.Type().Method(i).Name, service.Method(i)); ok {
				found[m.Name] = m
			}
		}
	}
	return found, nil
}

func methodOf(namespace, name string, fn reflect.Value) (m Method, ok bool) {
	typ := fn.Type()
	m = Method{Go: name, fn: fn, hasCtx: typ.NumIn() > 0 && typ.In(0) == contextType, errPos: -1}
	switch outs := typ.NumOut(); {
	case outs > 2, outs == 2 && (typ.Out(0).Implements(errorType) || !typ.Out(1).Implements(errorType)):
		return m, false
	case outs > 0 && typ.Out(outs-1).Implements(errorType):
		m.errPos = outs - 1
	}
	for i := range typ.NumIn() {
		if i > 0 || !m.hasCtx {
			m.Params = append(m.Params, typ.In(i))
		}
	}
	first := []rune(name)
	first[0] = unicode.ToLower(first[0])
	m.Name = namespace + "_" + string(first)
	if m.Subscribe = m.hasCtx && m.errPos == 1 && typ.Out(0) == subscriptionType; m.Subscribe {
		m.Name = namespace + "_subscribe:" + string(first)
	}
	return m, true
}

// decode makes the method's arguments of what was sent, as geth does, and with its words.
func (m Method) decode(params []*json.RawMessage) ([]reflect.Value, error) {
	args := make([]reflect.Value, len(m.Params))
	for i, typ := range m.Params {
		arg := reflect.New(typ)
		if i < len(params) && params[i] != nil {
			if err := decodeArgument(*params[i], arg.Interface()); err != nil {
				return nil, &Error{CodeInvalidParams, fmt.Sprintf("invalid argument %d: %v", i, err), nil}
			}
		} else if typ.Kind() != reflect.Pointer {
			return nil, &Error{CodeInvalidParams, fmt.Sprintf("missing value for required argument %d", i), nil}
		}
		args[i] = arg.Elem()
	}
	return args, nil
}

func decodeArgument(text json.RawMessage, arg any) error {
	if u, ok := arg.(json.Unmarshaler); ok {
		return u.UnmarshalJSON(text)
	}
	return json.Unmarshal(text, arg)
}

// call calls the method.
func (m Method) call(ctx context.Context, args []reflect.Value) (any, error) {
	if m.hasCtx {
		args = append([]reflect.Value{reflect.ValueOf(ctx)}, args...)
	}
	results := m.fn.Call(args)
	if m.errPos >= 0 && !results[m.errPos].IsNil() {
		return nil, results[m.errPos].Interface().(error)
	}
	if len(results) == 0 || m.errPos == 0 {
		return nil, nil
	}
	return results[0].Interface(), nil
}

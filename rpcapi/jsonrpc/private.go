package jsonrpc

import (
	"fmt"
	"net/http"
	"reflect"
	"unsafe"

	"github.com/ethereum/go-ethereum/node"
	"github.com/ethereum/go-ethereum/rpc"
)

// geth keeps what a node serves to itself: its list of APIs, and the handlers of paths
// such as /graphql. Some of them, as those of admin, are to be had nowhere else. So they
// are read where they lie. A geth that keeps them elsewhere is an error at start, which
// the tests find first.

// registered is the list of APIs of a node, as far as it has been registered.
func registered(stack *node.Node) ([]rpc.API, error) {
	field, err := private[[]rpc.API](reflect.ValueOf(stack), "rpcAPIs")
	if err != nil {
		return nil, err
	}
	return *field, nil
}

// handlers is where a node registers handlers of paths.
func handlers(stack *node.Node) (*http.ServeMux, error) {
	server := reflect.Indirect(reflect.ValueOf(stack)).FieldByName("http")
	if server.Kind() != reflect.Pointer || server.IsNil() {
		return nil, fmt.Errorf("internal error: this geth has no field http in %T", stack)
	}
	return private[http.ServeMux](server, "mux")
}

// private points to a field of what owner points to.
func private[T any](owner reflect.Value, name string) (*T, error) {
	field := owner.Elem().FieldByName(name)
	if !field.IsValid() || field.Type() != reflect.TypeFor[T]() {
		return nil, fmt.Errorf("internal error: this geth has no field %s of type %v in %v", name, reflect.TypeFor[T](), owner.Type())
	}
	return (*T)(unsafe.Pointer(field.UnsafeAddr())), nil
}

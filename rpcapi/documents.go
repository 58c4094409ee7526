package rpcapi

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"sync"
)

// The documents that describe the doors to tools, beside the schemas that both refer to.
// Tests hold them against the code.
var (
	//go:embed documents/schemas.json
	schemasJSON []byte
	//go:embed documents/openrpc.json
	openRPCJSON []byte
	//go:embed documents/openapi.json
	openAPIJSON []byte
)

// openRPC is the document of the secretstore_* methods, openAPI that of /v1/.
var (
	openRPC = sync.OnceValue(func() json.RawMessage { return withSchemas(openRPCJSON) })
	openAPI = sync.OnceValue(func() json.RawMessage { return withSchemas(openAPIJSON) })
)

// withSchemas puts the shared schemas where both kinds of document have them.
func withSchemas(document []byte) json.RawMessage {
	var whole map[string]json.RawMessage
	if err := json.Unmarshal(document, &whole); err != nil {
		panic(fmt.Sprintf("rpcapi: internal error: embedded document: %v", err))
	}
	components, err := json.Marshal(map[string]json.RawMessage{"schemas": schemasJSON})
	if err == nil {
		whole["components"] = components
	}
	out, err := json.Marshal(whole)
	if err != nil {
		panic(fmt.Sprintf("rpcapi: internal error: embedded schemas: %v", err))
	}
	return out
}

// Package jsonrpc serves geth's JSON-RPC over HTTP and WebSocket in place of geth's own
// servers, which let nobody between a connection and what it can ask for: connections are
// counted on the way in, and what executes or scans waits for its turn.
//
// It knows no method's meaning beyond what it costs, and no key server.
package jsonrpc

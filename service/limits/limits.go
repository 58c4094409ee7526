// Package limits bounds what one client, one member of the cluster or one key can take
// of this node, so that the others stay served: the operator's settings, rates for each
// of many askers, and places that are given out by turns.
//
// It decides nothing about permission and knows no session, network or HTTP. Who is over
// a limit gets an *Exceeded, which the doors tell with the reason wire.Limit.
package limits

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"strings"
	"time"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Config is the [SecretStore.Limits] section of the TOML file and the
// --secretstore.limits.* flags. A limit of 0 is none. Table says what each is for.
type Config struct {
	AddressRequests      uint64 // a minute
	AddressGenerations   uint64 // a minute
	AddressConnections   uint64 // at once
	RequesterRequests    uint64 // a minute
	RequesterGenerations uint64 // a minute
	PeerGenerations      uint64 // a minute
	PeerSessions         uint64 // at once
	Sessions             uint64 // at once
	Connections          uint64 // at once
	Requests             uint64 // at once
	Generations          uint64 // at once
	ContractCalls        uint64 // at once; 0: by the number of processors
	RPCCalls             uint64 // at once; 0: by the number of processors
	RPCScans             uint64 // at once; 0: by the number of processors
	RPCScanTime          uint64 // seconds
	Keys                 uint64
}

// Row is one limit: its setting, what it is for, and what happens over it.
type Row struct {
	Flag    string // of the command line, without --secretstore.limits.
	Field   string // of Config, as in the TOML file
	Default uint64
	Meaning string
	Over    string
}

// IsTime tells a limit that is a time, in seconds, from a number.
func (r Row) IsTime() bool { return strings.HasPrefix(r.Meaning, "seconds ") }

const (
	refused   = "429 to the client"
	waits     = "waits its turn; 429 after 20 s, or at once if its turn would come later, or the waiting ones hold 64 MiB" // MaxWait, MaxHeld
	turnOfRPC = "waits its turn; -32005 after 20 s, or at once if its turn would come later, or the waiting ones hold 64 MiB"
	notNow    = "refused with the reason limit; the others make the key without this node, if they are enough"
)

// Table is the one place where the limits that can be set are written down. The help of
// the command line and the defaults come from it, and a test holds docs/operating.md
// against it.
//
// The rates are generous: many people may sit behind one address, and a dapp's server
// asks for all of its users. What keeps the others served in a flood is that places are
// given out by turns; the rates bound what is left behind by it.
var Table = []Row{
	{"address-requests", "AddressRequests", 120_000, "requests a minute of one client address (IPv6: of one /64)", refused},
	{"address-generations", "AddressGenerations", 1_200, "key generations a minute of one client address", refused},
	{"address-connections", "AddressConnections", 512, "connections of one client address to the HTTP API at once", "the one of them that has been idle for the longest is closed"},
	{"requester-requests", "RequesterRequests", 60_000, "requests a minute of one requester, as its signature names it", refused},
	{"requester-generations", "RequesterGenerations", 600, "key generations a minute of one requester", refused},
	{"peer-generations", "PeerGenerations", 3_000, "key generations a minute that one key server begins here", notNow},
	{"peer-sessions", "PeerSessions", 512, "sessions at once that one key server has opened here", "refused with the reason limit; the others are asked instead"},
	{"sessions", "Sessions", 4_096, "sessions at once, of all clients and key servers", "429 to the client, reason limit to the key server"},
	{"connections", "Connections", 2_048, "connections to the HTTP API at once", "the one that has been idle for the longest is closed"},
	{"requests", "Requests", 256, "requests of clients that are worked on at once, half of them for one address", waits},
	{"generations", "Generations", 32, "key generations of clients at once, half of them for one address", waits},
	{"contract-calls", "ContractCalls", 0, "permission decisions that execute contracts at once; 0: twice the processors, at least 4", "waits its turn; temporarily unreachable after 8 s, about an expensive key after 3 s, or at once if its turn would come later"},
	{"rpc-calls", "RPCCalls", 0, "JSON-RPC calls over HTTP and WebSocket that execute contracts or read whole blocks, at once, half of them for one address; 0: half the processors, at least 1", turnOfRPC},
	{"rpc-scans", "RPCScans", 0, "JSON-RPC calls over HTTP and WebSocket that go through logs, state or the pool, or trace, and GraphQL, at once, half of them for one address; 0: a quarter of the processors, at least 1", turnOfRPC},
	{"rpc-scan-time", "RPCScanTime", 10, "seconds that one of these scans may take; one that executes has --rpc.evmtimeout", "the call fails with -32005"},
	{"keys", "Keys", 1_000_000, "server keys this node knows, attempts at one included", notNow},
}

// Default is Table's defaults.
func Default() Config {
	var c Config
	for _, row := range Table {
		*c.Field(row.Field) = row.Default
	}
	return c
}

// Field is the setting of that name, which must be one of Table's.
func (c *Config) Field(name string) *uint64 {
	switch name {
	case "AddressRequests":
		return &c.AddressRequests
	case "AddressGenerations":
		return &c.AddressGenerations
	case "AddressConnections":
		return &c.AddressConnections
	case "RequesterRequests":
		return &c.RequesterRequests
	case "RequesterGenerations":
		return &c.RequesterGenerations
	case "PeerGenerations":
		return &c.PeerGenerations
	case "PeerSessions":
		return &c.PeerSessions
	case "Sessions":
		return &c.Sessions
	case "Connections":
		return &c.Connections
	case "Requests":
		return &c.Requests
	case "Generations":
		return &c.Generations
	case "ContractCalls":
		return &c.ContractCalls
	case "RPCCalls":
		return &c.RPCCalls
	case "RPCScans":
		return &c.RPCScans
	case "RPCScanTime":
		return &c.RPCScanTime
	case "Keys":
		return &c.Keys
	}
	panic("limits: internal error: no setting " + name)
}

// Validate finds what can't work.
func (c *Config) Validate() error {
	for _, row := range Table {
		if *c.Field(row.Field) > math.MaxInt32 {
			return fmt.Errorf("limit %s = %d is beyond %d; 0 is no limit", row.Field, *c.Field(row.Field), math.MaxInt32)
		}
	}
	if c.Connections != 0 && c.AddressConnections > c.Connections {
		return errors.New("limit AddressConnections is above Connections: one address could take all of them")
	}
	return nil
}

// Exceeded is over a limit. It unwraps to a *wire.Error with the reason Limit.
type Exceeded struct {
	Detail     string        // which limit, for people
	RetryAfter time.Duration // when asking again may help; 0: nobody knows
}

func (e *Exceeded) Error() string { return "over a limit: " + e.Detail }

// Unwrap is the error as it crosses the wire.
func (e *Exceeded) Unwrap() error { return wire.Errorf(wire.Limit, "%s", e.Detail) }

// Client is whom a request counts for: the client's network address.
type Client string

// ClientOf takes the address out of host:port as net/http gives it. IPv6 counts by /64,
// the smallest network that a customer gets. What is no address counts as one client.
func ClientOf(remote string) Client {
	addrPort, err := netip.ParseAddrPort(remote)
	if err != nil {
		return Client("")
	}
	addr := addrPort.Addr().Unmap().WithZone("")
	if addr.Is4() {
		return Client(addr.String())
	}
	prefix, err := addr.Prefix(64)
	if err != nil {
		return Client("")
	}
	return Client(prefix.String())
}

type clientKey struct{}

// WithClient says on whose behalf ctx is.
func WithClient(ctx context.Context, client Client) context.Context {
	return context.WithValue(ctx, clientKey{}, client)
}

// ClientFrom is whom WithClient named; the empty client if nobody was.
func ClientFrom(ctx context.Context) Client {
	client, _ := ctx.Value(clientKey{}).(Client)
	return client
}

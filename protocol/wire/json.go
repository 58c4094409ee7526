package wire

import (
	"encoding/json"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/geth-ss/geth-ss/internal/strictjson"
)

// In JSON and logs identifiers and points are 0x and lower-case hex.

func (id NodeID) MarshalText() ([]byte, error)    { return hexutil.Bytes(id[:]).MarshalText() }
func (id KeyID) MarshalText() ([]byte, error)     { return hexutil.Bytes(id[:]).MarshalText() }
func (id ClusterID) MarshalText() ([]byte, error) { return hexutil.Bytes(id[:]).MarshalText() }
func (id SessionID) MarshalText() ([]byte, error) { return hexutil.Bytes(id[:]).MarshalText() }
func (p Point) MarshalText() ([]byte, error)      { return hexutil.Bytes(p[:]).MarshalText() }
func (s Signature) MarshalText() ([]byte, error)  { return hexutil.Bytes(s[:]).MarshalText() }
func (p PartBytes) MarshalText() ([]byte, error)  { return hexutil.Bytes(p[:]).MarshalText() }

func (s AdminSignature) MarshalText() ([]byte, error) { return hexutil.Bytes(s[:]).MarshalText() }

func (s *AdminSignature) UnmarshalText(text []byte) error { return parseHex(string(text), s[:]) }

func (id *NodeID) UnmarshalText(text []byte) error    { return parseHex(string(text), id[:]) }
func (id *KeyID) UnmarshalText(text []byte) error     { return parseHex(string(text), id[:]) }
func (id *ClusterID) UnmarshalText(text []byte) error { return parseHex(string(text), id[:]) }
func (id *SessionID) UnmarshalText(text []byte) error { return parseHex(string(text), id[:]) }
func (p *Point) UnmarshalText(text []byte) error      { return parseHex(string(text), p[:]) }
func (s *Signature) UnmarshalText(text []byte) error  { return parseHex(string(text), s[:]) }
func (p *PartBytes) UnmarshalText(text []byte) error  { return parseHex(string(text), p[:]) }

// requestJSON is a request as wallets know it, where a reply key may be no bytes.
type requestJSON struct {
	*plainRequest
	ReplyKey hexutil.Bytes `json:"replyKey"`
}

type plainRequest Request

// MarshalJSON writes the message of the typed data, and the chain id.
func (r Request) MarshalJSON() ([]byte, error) {
	out := requestJSON{plainRequest: (*plainRequest)(&r)}
	if r.ReplyKey != (Point{}) {
		out.ReplyKey = r.ReplyKey[:]
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads what MarshalJSON wrote, or a wallet's library, and nothing else: whoever signs a field that
// we don't know means something by it. The chain id may be left out: it is 0 then.
func (r *Request) UnmarshalJSON(text []byte) error {
	*r = Request{}
	return strictjson.Decode(text, r)
}

// UnmarshalJSON is like a request's.
func (p *Permit) UnmarshalJSON(text []byte) error {
	*p = Permit{}
	return strictjson.Decode(text, p)
}

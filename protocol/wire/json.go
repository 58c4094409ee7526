package wire

import "github.com/ethereum/go-ethereum/common/hexutil"

// In JSON and logs identifiers and points are 0x and lower-case hex.

func (id NodeID) MarshalText() ([]byte, error)    { return hexutil.Bytes(id[:]).MarshalText() }
func (id KeyID) MarshalText() ([]byte, error)     { return hexutil.Bytes(id[:]).MarshalText() }
func (id ClusterID) MarshalText() ([]byte, error) { return hexutil.Bytes(id[:]).MarshalText() }
func (p Point) MarshalText() ([]byte, error)      { return hexutil.Bytes(p[:]).MarshalText() }

func (id *NodeID) UnmarshalText(text []byte) error    { return parseHex(string(text), id[:]) }
func (id *KeyID) UnmarshalText(text []byte) error     { return parseHex(string(text), id[:]) }
func (id *ClusterID) UnmarshalText(text []byte) error { return parseHex(string(text), id[:]) }

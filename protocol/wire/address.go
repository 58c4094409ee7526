package wire

import (
	"errors"
	"strconv"
	"strings"
)

// MemberAddress is a member's signed word on where it is reached. Of two the one with the higher number counts; a node that knows
// one never goes back to a lower one.
type MemberAddress struct {
	Node   NodeID
	Number uint64 // Unix seconds at which it was signed, or more: each is higher than the one before
	// Address is HOST:PORT, of TCP. HOST is a name or an IP address.
	Address   string
	Signature Signature // of the node key, on Digest
}

const (
	// MaxAddresses bounds the addresses in one message: so many of the longest fit beside MaxLinksSize of links.
	MaxAddresses = 128
	// maxAddressNumber bounds numbers, lest one node's clock that is wrong by centuries leaves it no higher one. 2^40 s are 34,000
	// years.
	maxAddressNumber = 1 << 40
)

// Digest is what the node signs.
func (a *MemberAddress) Digest(cluster ClusterID) [32]byte {
	return Digest("member address/1", cluster[:], a.Node[:], number(a.Number), []byte(a.Address))
}

// Bound checks what is no matter of keys: a number, and an address that is a host and a port.
func (a *MemberAddress) Bound() error {
	if a.Number == 0 || a.Number > maxAddressNumber {
		return errors.New("an address with a number out of range")
	}
	return boundHostPort(a.Address)
}

// boundHostPort wants HOST:PORT in printable ASCII, without what would make more of a URL than its host.
func boundHostPort(address string) error {
	if len(address) > MaxOrderAddress {
		return errors.New("an address that is too long")
	}
	colon := strings.LastIndexByte(address, ':')
	if colon <= 0 {
		return errors.New("an address that is not HOST:PORT")
	}
	host, port := address[:colon], address[colon+1:]
	if inner, ok := strings.CutPrefix(host, "["); ok { // an IPv6 address
		inner, closed := strings.CutSuffix(inner, "]")
		if host = inner; !closed || !strings.Contains(host, ":") {
			return errors.New("an address whose brackets hold no IPv6 address")
		}
	} else if strings.Contains(host, ":") {
		return errors.New("an IPv6 address without brackets")
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return errors.New("an address without a port from 1 to 65535")
	}
	for i := range len(host) {
		switch c := host[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '.', c == '-', c == ':':
		default:
			return errors.New("an address whose host has other characters than letters, digits, dots and dashes")
		}
	}
	return nil
}

func boundAddresses(all []MemberAddress) error {
	if len(all) > MaxAddresses {
		return errors.New("too many addresses at once")
	}
	for i := range all {
		if i > 0 && all[i-1].Node.Compare(all[i].Node) >= 0 {
			return errors.New("addresses are not in ascending order of nodes")
		}
		if err := all[i].Bound(); err != nil {
			return err
		}
	}
	return nil
}

// AddressName is where the record of a node's address lies.
func AddressName(node NodeID) SessionID { return SessionID(Digest("address of/1", node[:])) }

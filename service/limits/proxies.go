package limits

import (
	"fmt"
	"net/netip"
)

// ParseProxies reads addresses and networks of reverse proxies that are trusted to say for whom a request is (10.0.0.5,
// 10.0.0.0/24, 2001:db8::/64). All addresses there are, and names, are refused.
func ParseProxies(texts []string) (list []netip.Prefix, err error) {
	for _, text := range texts {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			addr, aerr := netip.ParseAddr(text)
			if aerr != nil || addr.Zone() != "" {
				return nil, fmt.Errorf("trusted proxies: %q is neither an IP address nor a network such as 10.0.0.0/24", text)
			}
			addr = addr.Unmap()
			prefix = netip.PrefixFrom(addr, addr.BitLen())
		}
		if prefix.Bits() == 0 {
			return nil, fmt.Errorf("trusted proxies: %q trusts everybody, who could then write any address into a header", text)
		}
		if prefix.Addr().Is4In6() {
			return nil, fmt.Errorf("trusted proxies: %q is a network of IPv4 in IPv6: write it as one of IPv4", text)
		}
		list = append(list, prefix.Masked())
	}
	return list, nil
}

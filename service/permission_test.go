package service

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/ethereum/go-ethereum/common"

	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/acl"
	"github.com/geth-ss/geth-ss/service/chain"
	"github.com/geth-ss/geth-ss/service/chain/chaintest"
)

// TestPermissionTold: clients are told by which contract this node decides, as its setting and its final block say.
func TestPermissionTold(t *testing.T) {
	filed, registrar, empty, bad := common.Address{0: 0xac}, common.Address{0: 0x5e}, common.Address{0: 0x5f}, common.Address{0: 0x60}
	answering := func(word string) string { return chaintest.Assemble(word + " 0x00 MSTORE 0x20 0x00 RETURN") }
	net := chaintest.New(t, map[common.Address]string{
		registrar: answering(fmt.Sprintf("0x%x", filed[:])), empty: answering("0x00"), bad: chaintest.Assemble("INVALID"),
	})
	for _, c := range []struct {
		setting acl.Setting
		want    wire.Permission
		said    string
	}{
		{acl.Setting{}, wire.Permission{By: wire.ByNobody}, "nobody, and asks no contract"},
		{acl.Setting{Kind: acl.Permissive}, wire.Permission{By: wire.ByEverybody}, "everybody, and asks no contract"},
		{acl.Setting{Kind: acl.Address, Address: filed}, wire.Permission{By: wire.ByContract, Contract: &filed}, "accounts that the contract " + filed.Hex() + " allows"},
		{acl.Setting{Kind: acl.Registry, Registrar: registrar}, wire.Permission{By: wire.ByRegistry, Registrar: &registrar, Contract: &filed},
			"accounts that " + filed.Hex() + " allows, the contract filed in the registrar " + registrar.Hex()},
		{acl.Setting{Kind: acl.Registry, Registrar: empty}, wire.Permission{By: wire.ByRegistry, Registrar: &empty},
			"nobody, and finds no permission contract in the registrar " + empty.Hex()},
		{acl.Setting{Kind: acl.Registry, Registrar: bad}, wire.Permission{By: wire.ByRegistry, Registrar: &bad},
			"nobody, and finds no permission contract in the registrar " + bad.Hex()},
	} {
		s := newTestService()
		s.ctx, s.chain = t.Context(), chain.New(net.BC, chain.Config{HeadIsFinal: true})
		s.oracle = acl.New(s.chain, c.setting, acl.Config{})
		got := s.permission()
		if !reflect.DeepEqual(got, &c.want) || got.String() != c.said {
			t.Errorf("%v: %+v: %v", c.setting, got, got)
		}
	}
}

package service

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/internal/finding"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/acl"
	"github.com/geth-ss/geth-ss/service/chain"
	"github.com/geth-ss/geth-ss/service/chain/chaintest"
	"github.com/geth-ss/geth-ss/service/serverset"
)

// setCode is a contract that names these key servers, without migration, all at one address.
func setCode(members []wire.NodeID, host string) string {
	word := func(n int) []byte { return common.LeftPadBytes(binary.BigEndian.AppendUint32(nil, uint32(n)), 32) }
	text := func(b []byte) []byte {
		return slices.Concat(word(32), word(len(b)), common.RightPadBytes(b, (len(b)+31)/32*32))
	}
	type answer struct {
		function string
		argument common.Address
		out      []byte
	}
	list := slices.Concat(word(32), word(len(members)))
	var answers []answer
	for _, id := range members {
		list = append(list, common.LeftPadBytes(id.Address().Bytes(), 32)...)
		answers = append(answers, answer{"getCurrentKeyServerPublic(address)", id.Address(), text(id[:])},
			answer{"getCurrentKeyServerAddress(address)", id.Address(), text([]byte(host))})
	}
	answers = append(answers, answer{"getCurrentKeyServers()", common.Address{}, list})
	// For each: if the selector and the argument are these, it returns what stands behind the code.
	const step, block = 42, 18 // bytes of a comparison, and of what returns an answer
	at := func(n int) []byte { return binary.BigEndian.AppendUint16(nil, uint16(n)) }
	end := len(answers)*step + 5
	var code, data []byte
	for i, a := range answers {
		code = slices.Concat(code, []byte{0x60, 0, 0x35, 0x60, 0xe0, 0x1c, 0x63}, crypto.Keccak256([]byte(a.function))[:4], []byte{0x14, 0x73},
			a.argument[:], []byte{0x60, 4, 0x35, 0x14, 0x16, 0x61}, at(end+i*block), []byte{0x57})
	}
	code = append(code, 0x60, 0, 0x60, 0, 0xfd) // REVERT
	first := end + len(answers)*block
	for _, a := range answers {
		code = slices.Concat(code, []byte{0x5b, 0x61}, at(len(a.out)), []byte{0x61}, at(first+len(data)), []byte{0x60, 0, 0x39, 0x61}, at(len(a.out)), []byte{0x60, 0, 0xf3, 0xfe, 0xfe})
		data = append(data, a.out...)
	}
	return common.Bytes2Hex(append(code, data...))
}

// TestKeyServersByContract: what the contract says at final blocks is in the status, and in the judgment where somebody has to do
// something. The established set serves in all cases.
func TestKeyServersByContract(t *testing.T) {
	s := newStorelessService(t)
	s.states = newStates(newSoloService(t).states.db, 4)
	serving := s.servers.Members()
	stranger := wire.NodeIDOf(&newKey(t).PublicKey)
	others := append(slices.Clone(serving), stranger)
	same, other, bad, none := common.Address{0xd0, 1}, common.Address{0xd0, 2}, common.Address{0xd0, 3}, common.Address{0xd0, 4}
	net := chaintest.New(t, map[common.Address]string{
		same: setCode(serving, "node.example:30303"), other: setCode(others, "node.example:30303"), bad: setCode(serving, "nowhere"),
	})
	net.Finalize(net.Extend(2))
	s.chain = chain.New(net.BC, chain.Config{})
	s.oracle, s.vault = acl.New(s.chain, acl.Setting{}, acl.Config{}), newVault()
	for name, c := range map[string]struct {
		source serverset.Source
		level  finding.Level
		want   string
	}{
		"the same":                 {serverset.Source{Contract: same}, finding.OK, ""},
		"others":                   {serverset.Source{Contract: other}, finding.Warning, "it names other key servers than those that serve, with " + stranger.Short()},
		"an address that can't be": {serverset.Source{Contract: bad}, finding.Error, "is no order"},
		"no contract":              {serverset.Source{Contract: none}, finding.Error, "there is no contract at the address"},
		"no registrar":             {serverset.Source{Registrar: none}, finding.Warning, "the registrar names no contract as secretstore_server_set"},
	} {
		s.named = newNamed(s.fixed, c.source)
		if s.named.judge(new(judgment)); s.named.status().Named != nil {
			t.Errorf("%s: known before it was looked at", name)
		}
		for block := range serverset.Standing + 1 {
			s.named.look(t.Context())
			j := new(judgment)
			s.named.judge(j)
			early := name == "others" && block < serverset.Standing
			if early && len(j.List) > 0 {
				t.Errorf("%s: after %d blocks %+v", name, block, j.List)
			}
			if !early && (j.Worst() != c.level || c.level != finding.OK && !strings.Contains(j.List[0].What, c.want)) {
				t.Errorf("%s: after %d blocks %+v", name, block, j.List)
			}
			for _, f := range j.List {
				if !strings.Contains(f.What+f.Do, "follow") && !strings.Contains(f.What, "meanwhile the established key servers serve") || f.Do == "" || j.unready != nil {
					t.Errorf("%s: %+v", name, f)
				}
			}
			net.Finalize(net.Extend(1))
		}
		if st := s.Status().(*Status).Named; st == nil || st.Source != c.source.String() || st.Named == nil || st.Same != (name == "the same") {
			t.Errorf("%s: the status is %+v", name, st)
		}
		if err := s.concern(); (err != nil) != (c.level != finding.OK) {
			t.Errorf("%s: health says %v", name, err)
		}
		if !slices.Equal(s.servers.Members(), serving) {
			t.Errorf("%s: others serve", name)
		}
	}
	s.named = newNamed(s.fixed, serverset.Source{})
	s.named.look(t.Context())
	if s.named.status() != nil || fmt.Sprint(s.Status().(*Status).Named) != "<nil>" {
		t.Error("without a contract something is told of one")
	}
}

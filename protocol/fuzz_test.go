package protocol

import (
	"bytes"
	"testing"

	"github.com/ethereum/go-ethereum/p2p"
	"github.com/ethereum/go-ethereum/rlp"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// FuzzHello decodes what any node on the network can send us.
func FuzzHello(f *testing.F) {
	good, err := rlp.EncodeToBytes(&hello{Version: 1, Cluster: ourCluster, Rest: []rlp.RawValue{{1}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte{})
	f.Add(good[:len(good)-1])
	f.Fuzz(func(t *testing.T, payload []byte) {
		h, err := decodeHello(payload)
		if err != nil {
			return
		}
		again, err := rlp.EncodeToBytes(h)
		if err != nil || !bytes.Equal(again, payload) {
			t.Errorf("%x decodes to a hello that encodes to %x (%v)", payload, again, err)
		}
	})
}

// FuzzReceive feeds a member's messages to the read loop: no panic, and nothing
// reaches the inbox that would not encode to the same bytes.
func FuzzReceive(f *testing.F) {
	keys := testKeys(f, 2)
	f.Add(uint8(wire.CodeRefuse), refuseMessage(f, "x"), uint32(0))
	f.Add(uint8(0x10), []byte{0xc0}, uint32(1<<20))
	f.Fuzz(func(t *testing.T, code uint8, payload []byte, extra uint32) {
		n := New(keys[0], newHost(idOf(keys[1])))
		l := newLink(n, idOf(keys[1]), "fuzz", true, nil, wire.ProtocolVersion)
		l.theirs = new(hello)
		size := uint32(len(payload)) + extra%(1<<21) // it may lie about its size
		err := l.receive(p2p.Msg{Code: uint64(code % wire.ProtocolLength), Size: size, Payload: bytes.NewReader(payload)})
		r, ok := l.inbox.pop()
		if err != nil || !ok {
			if ok {
				t.Error("a message that is at fault was queued")
			}
			return
		}
		again, err := wire.Encode(r.session, r.msg)
		if err != nil || !bytes.Equal(again, payload) {
			t.Errorf("%x was taken as a message that encodes to %x (%v)", payload, again, err)
		}
	})
}

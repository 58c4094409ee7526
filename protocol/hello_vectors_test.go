package protocol

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/rlp"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

var updateVectors = flag.Bool("update-vectors", false, "write the vectors for other implementations anew; review them as a diff")

// helloVector is a hello as a node of the cluster and the genesis takes it. State is empty if messages are exchanged then,
// "fault" if it mutes its sender.
type helloVector struct {
	Name    string        `json:"name"`
	Payload hexutil.Bytes `json:"payload"`
	State   string        `json:"state"`
}

// TestHelloVectors: hellos as bytes, for other implementations, and what comes of them on a connection for ss/2.
func TestHelloVectors(t *testing.T) {
	genesis, other := common.Hash(bytes.Repeat([]byte{7}, 32)), common.Hash(bytes.Repeat([]byte{8}, 32))
	cluster, elsewhere := wire.MakeClusterID(genesis, "main"), wire.MakeClusterID(other, "main")
	drawn := instance(bytes.Repeat([]byte{9}, 16))
	encoded := func(h hello, rest ...any) []byte {
		for _, item := range rest {
			enc, err := rlp.EncodeToBytes(item)
			if err != nil {
				t.Fatal(err)
			}
			h.Rest = append(h.Rest, enc)
		}
		enc, err := rlp.EncodeToBytes(&h)
		if err != nil {
			t.Fatal(err)
		}
		return enc
	}
	many := make([]any, maxHelloRest+1)
	for i := range many {
		many[i] = uint64(i)
	}
	ours := hello{Version: 2, Cluster: cluster, Instance: drawn}
	vectors := []helloVector{
		{Name: "as nodes send it", Payload: encoded(ours, genesis)},
		{Name: "of the first versions", Payload: encoded(ours)},
		{Name: "of a later version", Payload: encoded(hello{Version: 2, Cluster: cluster, Features: 1 << 63, Instance: drawn}, genesis, "more", []uint64{1, 2})},
		{Name: "with 16 items after the instance", Payload: encoded(ours, many[1:]...)},
		{Name: "with 17", Payload: encoded(ours, many...), State: "fault"},
		{Name: "of more than 1,024 bytes", Payload: encoded(ours, genesis, make([]byte, maxHelloSize)), State: "fault"},
		{Name: "for ss/1", Payload: encoded(hello{Version: 1, Cluster: cluster, Instance: drawn}, genesis), State: string(OtherVersion)},
		{Name: "of another chain", Payload: encoded(hello{Version: 2, Cluster: elsewhere, Instance: drawn}, other), State: string(OtherGenesis)},
		{Name: "of another cluster on the chain", Payload: encoded(hello{Version: 2, Cluster: elsewhere, Instance: drawn}, genesis), State: string(OtherCluster)},
	}
	for _, v := range vectors {
		h, err := decodeHello(v.Payload)
		if err != nil {
			if v.State != "fault" {
				t.Errorf("a hello %s: %v", v.Name, err)
			}
			continue
		}
		if state, why := h.objection(cluster, genesis, 2); string(state) != v.State {
			t.Errorf("a hello %s: state %q, %s", v.Name, state, why)
		}
	}
	enc, err := json.MarshalIndent(&struct {
		Genesis common.Hash    `json:"genesis"`
		Name    string         `json:"name"`
		Cluster wire.ClusterID `json:"cluster"`
		Hellos  []helloVector  `json:"hellos"`
	}{genesis, "main", cluster, vectors}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	enc = append(enc, '\n')
	path := filepath.Join("testdata", "hello.json")
	if *updateVectors {
		if err := os.WriteFile(path, enc, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if kept, err := os.ReadFile(path); err != nil || !bytes.Equal(kept, enc) {
		t.Errorf("%s is not what this program sends and takes (%v)", path, err)
	}
}

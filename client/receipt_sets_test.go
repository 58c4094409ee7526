package client

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// succeeded is what of the vectors receipts are about.
type succeeded struct {
	Secrets map[string]common.Hash `json:"secrets"`
	Sets    []struct {
		Set *wire.ServerSet `json:"set"`
	} `json:"sets"`
	Links []struct {
		Link *wire.SetLink `json:"link"`
	} `json:"links"`
	Versions []struct {
		Record *wire.Certificate `json:"record"`
	} `json:"versions"`
	Receipts []struct {
		Name string  `json:"name"`
		Says string  `json:"says"`
		File Receipt `json:"receipt"`
	} `json:"receipts"`
}

func readSucceeded(t *testing.T) *succeeded {
	t.Helper()
	text, err := os.ReadFile("../protocol/verify/testdata/serversets.json")
	if err != nil {
		t.Fatal(err)
	}
	v := new(succeeded)
	if err := json.Unmarshal(text, v); err != nil {
		t.Fatal(err)
	}
	for i := range v.Receipts { // as Fetched.Receipt writes them
		if f := &v.Receipts[i].File; f.Setup.Move != nil {
			f.Record = v.Versions[f.Setup.Set.Epoch].Record
		}
	}
	return v
}

// follow knows so many links.
func (v *succeeded) follow(t *testing.T, links int) *verify.Succession {
	t.Helper()
	var all []*wire.SetLink
	for _, l := range v.Links[:links] {
		all = append(all, l.Link)
	}
	s, err := verify.Follow(v.Sets[0].Set, all...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// sign is what the node of this id signs.
func (v *succeeded) sign(t *testing.T, node wire.NodeID, digest [32]byte) wire.Signature {
	t.Helper()
	for _, secret := range v.Secrets {
		key, err := crypto.ToECDSA(secret[:])
		if err != nil || wire.NodeIDOf(&key.PublicKey) != node {
			continue
		}
		sig, err := crypto.Sign(digest[:], key)
		if err != nil {
			t.Fatal(err)
		}
		return wire.Signature(sig)
	}
	t.Fatalf("no key of %v", node)
	return wire.Signature{}
}

// resign has the signers sign the receipt as it is now, under the set-up as it is now.
func (v *succeeded) resign(t *testing.T, r *Receipt) {
	t.Helper()
	r.Receipt.Version = r.Setup.Session()
	for i := range r.Signatures {
		r.Signatures[i].Signature = v.sign(t, r.Setup.Members[r.Signatures[i].Index-1], r.Receipt.Digest())
	}
}

// alone makes up a version of which one signature is enough, and gives it that.
func (v *succeeded) alone(t *testing.T, r *Receipt) {
	t.Helper()
	r.Setup.Threshold, r.Setup.Move.Made = r.Setup.Threshold-1, 0
	r.Signatures = r.Signatures[:r.Setup.Threshold+1]
	v.resign(t, r)
}

func verdict(r *Receipt, w Witnesses) error {
	if r.Receipt.Granted {
		return VerifyReceipt(r, w)
	}
	return VerifyRefusal(r, w)
}

// TestSupersededReceiptOffLine: what the publisher wrote down at set 0, the version, is enough for receipts of whichever later
// set, for who follows the sets. A receipt under a version of a former set does not count for blocks after its end and the drain.
func TestSupersededReceiptOffLine(t *testing.T) {
	v := readSucceeded(t)
	origin := v.Versions[0].Record
	superseded := 0
	for links := range len(v.Links) + 1 {
		sets := v.follow(t, links)
		for _, r := range v.Receipts {
			epoch := 0
			if r.File.Setup.Set != nil {
				epoch = int(r.File.Setup.Set.Epoch)
			}
			for how, w := range map[string]Witnesses{
				"by the version":                     {Sets: sets, Version: new(origin.Setup.Session())},
				"by the version, and its record":     {Sets: sets, Version: new(origin.Setup.Session()), Record: origin},
				"by the version, and its threshold":  {Sets: sets, Version: new(origin.Setup.Session()), Threshold: new(origin.Setup.Threshold)},
				"by the sets, and the record of now": {Sets: sets, Record: v.Versions[epoch].Record},
			} {
				err := verdict(&r.File, w)
				var ended *verify.SupersededError
				switch {
				case epoch > links:
					if err == nil || !strings.Contains(err.Error(), "known are sets 0 to") {
						t.Errorf("%s, %s, %d links known: %v", r.Name, how, links, err)
					}
				case r.Says != "" && epoch < links:
					superseded++
					if !errors.As(err, &ended) || ended.Epoch != uint64(epoch) || !strings.Contains(err.Error(), r.Says) {
						t.Errorf("%s, %s, %d links known: %v", r.Name, how, links, err)
					}
				case err != nil:
					t.Errorf("%s, %s, %d links known: %v", r.Name, how, links, err)
				}
			}
		}
	}
	if superseded == 0 {
		t.Error("no receipt was superseded")
	}
}

// TestReceiptNamesOriginOffLine: nobody turns a receipt into one of another origin, or makes up a version of which fewer have to sign.
func TestReceiptNamesOriginOffLine(t *testing.T) {
	v := readSucceeded(t)
	sets, origin := v.follow(t, 7), v.Versions[0].Record
	var good *Receipt
	for i := range v.Receipts {
		if f := &v.Receipts[i].File; f.Setup.Set != nil && f.Setup.Set.Epoch == 7 {
			good = f
		}
	}
	byVersion := Witnesses{Sets: sets, Version: new(origin.Setup.Session())}
	byRecord, byThreshold, bySets := byVersion, byVersion, Witnesses{Sets: sets}
	byRecord.Record, byThreshold.Threshold = origin, new(uint32(3))
	for _, c := range []struct {
		name string
		w    Witnesses
		want string // of the error; "" it holds
		bend func(r *Receipt)
	}{
		{"as it is", byVersion, "", func(*Receipt) {}},
		{"as it is, by the sets", bySets, "", func(*Receipt) {}},
		{"signed once more", byRecord, "", func(r *Receipt) { v.resign(t, r) }},
		{"without a record", byVersion, "proves nothing", func(r *Receipt) { r.Record = nil }},
		{"without a record, by the sets", bySets, "proves nothing", func(r *Receipt) { r.Record = nil }},
		{"of too few, if three may lie", byThreshold, "needs 4", func(*Receipt) {}},
		{"another origin", byRecord, "made as version", func(r *Receipt) { r.Setup.Move.Origin[0]++; v.resign(t, r) }},
		{"another set of this epoch", byRecord, "of server set 7", func(r *Receipt) { r.Setup.Set.Hash[0]++; v.resign(t, r) }},
		{"a smaller set", byRecord, "made among 5", func(r *Receipt) { r.Setup.SetSize--; v.resign(t, r) }},
		{"a set to come", byRecord, "known are sets", func(r *Receipt) { r.Setup.Set.Epoch++; v.resign(t, r) }},
		{"a stranger among the members", byRecord, "no member of server set 7", func(r *Receipt) {
			r.Setup.Members[4][63]++
			v.resign(t, r)
		}},
		{"made with another threshold", byRecord, "another threshold", func(r *Receipt) { r.Setup.Move.Made = 0; v.resign(t, r) }},
		{"of another key, with the origin of this", byRecord, "another key", func(r *Receipt) {
			r.Setup.Key[0]++
			r.Receipt.Key, r.Message.Keys[0] = r.Setup.Key, r.Setup.Key
			r.Receipt.Request = r.Message.Digest()
			v.resign(t, r)
		}},
		{"a version of fewer", byVersion, "lowest|none below", func(r *Receipt) { v.alone(t, r) }},
		{"a version made up", byVersion, "the record is of version", func(r *Receipt) { r.Setup.Nonce[0]++; v.resign(t, r) }},
		{"a version made up, with a record that others have not signed", byVersion, "lacks the signature", func(r *Receipt) {
			r.Setup.Nonce[0]++
			v.resign(t, r)
			r.Record.Setup = r.Setup
		}},
		{"a record of another version", byVersion, "the record is of version", func(r *Receipt) { r.Record = v.Versions[6].Record }},
	} {
		r, err := ReadReceipt(strings.NewReader(receiptText(t, good)))
		if err != nil {
			t.Fatal(err)
		}
		c.bend(r)
		err = verdict(r, c.w)
		holds := err == nil && c.want == ""
		for _, want := range strings.Split(c.want, "|") {
			holds = holds || want != "" && err != nil && strings.Contains(err.Error(), want)
		}
		if !holds {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

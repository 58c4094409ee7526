package wire

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"flag"
	"os"
	"reflect"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rlp"
)

var updateVectors = flag.Bool("update-vectors", false, "write the vectors for other implementations anew; review them as a diff")

// compareVectors holds vectors against the file that other implementations read.
func compareVectors(t *testing.T, path string, vectors any) {
	t.Helper()
	enc, err := json.MarshalIndent(vectors, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	enc = append(enc, '\n')
	if *updateVectors {
		if err := os.WriteFile(path, enc, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if kept, err := os.ReadFile(path); err != nil || !bytes.Equal(kept, enc) {
		t.Errorf("%s is not what this program computes (%v): what is signed stays to the byte", path, err)
	}
}

// digestVector is one digest with the parts that are hashed, in their order.
type digestVector struct {
	Name   string       `json:"name"`
	Tag    string       `json:"tag"`
	Parts  []digestPart `json:"parts"`
	Digest common.Hash  `json:"digest"`
}

type digestPart struct {
	Name  string        `json:"name"`
	Bytes hexutil.Bytes `json:"bytes"`
}

func part(name string, b []byte) digestPart { return digestPart{name, b} }

// counting fills bytes with numbers from one on, so that no two fields of a vector look alike.
func counting(b []byte, from byte) {
	for i := range b {
		b[i] = from + byte(i)
	}
}

// vectorFields are the values that the vectors are made of.
type vectorFields struct {
	cluster        ClusterID
	key            KeyID
	version        SessionID
	n1, n2, n3     NodeID
	common         Point
	encrypted      Point
	nonce          [32]byte
	hash           common.Hash
	block          BlockRef
	proof          Proof
	account        common.Address
	one, two       common.Hash
	onetime        [128]byte
	sig            Signature
	shares         [][32]byte
	nonces         []NonceBytes
	dealt          Dealt
	former         FormerDealing
	partial        Partial
	opened1        Opened
	opened2        Opened
	ecdsa          ECDSAShareBytes
	item           Item
	schnorr        [32]byte
	pointA, pointB Point
}

func newVectorFields() *vectorFields {
	f := new(vectorFields)
	for i, b := range [][]byte{f.cluster[:], f.key[:], f.version[:], f.n1[:], f.n2[:], f.n3[:], f.common[:], f.encrypted[:], f.nonce[:], f.hash[:],
		f.account[:], f.one[:], f.two[:], f.onetime[:], f.sig[:], f.ecdsa[:], f.schnorr[:], f.pointA[:], f.pointB[:]} {
		counting(b, byte(1+10*i))
	}
	f.block = BlockRef{Number: 0x0102030405, Hash: f.two}
	f.proof = Proof{Kind: LegacyProof, Data: f.sig[:]}
	f.shares = make([][32]byte, 3)
	f.nonces = make([]NonceBytes, 2)
	for i := range f.shares {
		counting(f.shares[i][:], byte(200+i))
	}
	for i := range f.nonces {
		counting(f.nonces[i][:], byte(100+i))
	}
	f.dealt = Dealt{Commitments: []Point{f.pointA, f.pointB}, Ephemeral: f.onetime}
	counting(f.dealt.Proof[:], 3)
	f.former = FormerDealing{Commitments: f.dealt.Commitments, Proof: f.dealt.Proof, Ephemeral: f.dealt.Ephemeral, Shares: f.shares}
	counting(f.partial.Part[:], 5)
	f.partial.Sealed = make([]byte, SealedShadowSize)
	counting(f.partial.Sealed, 6)
	counting(f.opened1.Opening[:], 7)
	counting(f.opened2.Opening[:], 8)
	f.item = Item{Transcript: f.hash, Number: 3}
	return f
}

// be4 and be8 are numbers as they are hashed.
func be4(all ...uint32) (b []byte) {
	for _, n := range all {
		b = binary.BigEndian.AppendUint32(b, n)
	}
	return b
}

func be8(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func cat(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// setupDigests are those of a key and of what is stored and read under it.
func (f *vectorFields) setupDigests(add func(name, tag string, got [32]byte, parts ...digestPart)) {
	setup := Setup{Cluster: f.cluster, Key: f.key, Threshold: 1, SetSize: 4, Members: []NodeID{f.n1, f.n2, f.n3}, Initiator: f.n2, Nonce: f.nonce, Proof: f.proof}
	proof := f.proof.Hash()
	session := setup.Session()
	add("cluster id", "cluster", MakeClusterID(f.one, "main"), part("genesis hash", f.one[:]), part("name", []byte("main")))
	add("a requester's proof", "proof", proof, part("kind", []byte{1}), part("data", f.proof.Data))
	add("session of a generation, version of its key", "generation/1", session, part("cluster", f.cluster[:]), part("key", f.key[:]),
		part("threshold ‖ set size", be4(1, 4)), part("members", cat(f.n1[:], f.n2[:], f.n3[:])), part("initiator", f.n2[:]), part("nonce", f.nonce[:]), part("proof", proof[:]))
	f.moveDigests(add, setup, []digestPart{part("cluster", f.cluster[:]), part("key", f.key[:]), part("threshold ‖ set size", be4(1, 4)),
		part("members", cat(f.n1[:], f.n2[:], f.n3[:])), part("initiator", f.n2[:]), part("nonce", f.nonce[:]), part("proof", proof[:])})
	r := KeyRecord{Setup: setup, Bodies: f.two, Commitments: []Point{f.pointA, f.pointB}}
	transcript := r.Transcript()
	add("transcript", "transcript", transcript, part("session", session[:]), part("bodies", f.two[:]), part("commitment 0", f.pointA[:]), part("commitment 1", f.pointB[:]))
	add("Certify", "certify", CertifyDigest(session, transcript), part("session", session[:]), part("transcript", transcript[:]))
	add("Ack: vote for completing, ballot 0", "vote", VoteDigest(f.version, 0, true), part("attempt", f.version[:]), part("ballot ‖ 01 for completing", cat(be4(0), []byte{1})))
	add("vote for abandoning, ballot 7", "vote", VoteDigest(f.version, 7, false), part("attempt", f.version[:]), part("ballot ‖ 00 for abandoning", cat(be4(7), []byte{0})))
	pair := DocumentRecord{Key: f.key, Version: f.version, Common: f.common, Encrypted: f.encrypted}
	add("StorePromise", "store", StoreDigest(f.cluster, &pair), part("cluster", f.cluster[:]), part("key", f.key[:]), part("version", f.version[:]),
		part("common point", f.common[:]), part("encrypted point", f.encrypted[:]))
	receipt := Receipt{Cluster: f.cluster, Request: f.one, Requester: f.account, Key: f.key, Version: f.version, Block: f.block, Granted: true}
	receiptParts := []digestPart{part("cluster", f.cluster[:]), part("request", f.one[:]), part("requester", f.account[:]), part("key", f.key[:]), part("version", f.version[:]),
		part("block number", be8(f.block.Number)), part("block hash", f.block.Hash[:])}
	add("receipt of a yes", "receipt/1", receipt.Digest(), append(receiptParts[:7:7], part("verdict", []byte{1}))...)
	receipt.Granted = false
	add("receipt of a no", "receipt/1", receipt.Digest(), append(receiptParts[:7:7], part("verdict", []byte{0}))...)
	add("Partial of holder 3", "partial", f.partial.Digest(f.version, 3), part("attempt", f.version[:]), part("index", be4(3)), part("part", f.partial.Part[:]), part("sealed", f.partial.Sealed))
	plain := Partial{Part: f.partial.Part}
	add("Partial of holder 3, plain", "partial", plain.Digest(f.version, 3), part("attempt", f.version[:]), part("index", be4(3)), part("part", f.partial.Part[:]), part("sealed", nil))
}

// dealingDigests are those of the rounds of a dealing, of ss/2 and of ss/1.
func (f *vectorFields) dealingDigests(add func(name, tag string, got [32]byte, parts ...digestPart)) {
	s := f.version
	commit := Commit{Index: 2, Hash: f.one, Key: f.onetime}
	commitDigest := common.Hash(commit.Digest(s))
	add("Commit of member 2", "commit/2", commitDigest, part("session", s[:]), part("index", be4(2)), part("dealing hash", f.one[:]), part("one-time key", f.onetime[:]))
	view := View(s, []common.Hash{f.one, commitDigest})
	add("view of two commits", "view/2", view, part("session", s[:]), part("digest of commit 1", f.one[:]), part("digest of commit 2", commitDigest[:]))
	dealing := f.dealt.Hash(s, 2)
	dealingParts := []digestPart{part("session", s[:]), part("dealer", be4(2)), part("number of commitments", be4(2)), part("commitment 0", f.pointA[:]), part("commitment 1", f.pointB[:]),
		part("proof", f.dealt.Proof[:]), part("ephemeral", f.dealt.Ephemeral[:])}
	add("dealing of member 2", "dealing/2", dealing, dealingParts...)
	add("bodies of two dealings", "bodies", HashList("bodies", s, []common.Hash{f.one, dealing}), part("session", s[:]), part("dealing 1", f.one[:]), part("dealing 2", dealing[:]))
	reveal := Reveal{Index: 2, View: view, Dealing: Dealing{Dealt: f.dealt, Shares: f.shares}, Signature: f.sig}
	revealDigest := reveal.Digest(s)
	add("Reveal of member 2", "reveal/2", revealDigest, part("session", s[:]), part("index", be4(2)), part("view", view[:]), part("dealing hash", dealing[:]), part("number of shares", be4(3)),
		part("share 1", f.shares[0][:]), part("share 2", f.shares[1][:]), part("share 3", f.shares[2][:]))
	complaint := Complaint{Index: 1, Accused: reveal, Opening: f.onetime}
	add("Complaint of member 1 about member 2", "complaint/2", complaint.Digest(s), part("session", s[:]), part("index", be4(1)), part("digest of the accused Reveal", revealDigest[:]),
		part("signature of the accused Reveal", f.sig[:]), part("opening", f.onetime[:]))
	deal := DealSetup{Cluster: f.cluster, Coordinator: f.n1, Threshold: 1, Items: 4, Set: []uint32{1, 2, 4}, Members: []NodeID{f.n1, f.n2, f.n3}, Nonce: f.nonce}
	add("session of a dealing of items", "dealing-session/1", deal.Session(), part("cluster", f.cluster[:]), part("coordinator", f.n1[:]), part("threshold", be4(1)), part("items", be4(4)),
		part("set", be4(1, 2, 4)), part("nonce", f.nonce[:]), part("member 1", f.n1[:]), part("member 2", f.n2[:]), part("member 3", f.n3[:]))
	deal.Slot = &Slot{Epoch: 1, Round: 9}
	epoch, round := number(1), number(9)
	add("session of a dealing of items for keys that were dealt anew", "dealing-session/2", deal.Session(), part("cluster", f.cluster[:]), part("coordinator", f.n1[:]),
		part("threshold", be4(1)), part("items", be4(4)), part("set", be4(1, 2, 4)), part("nonce", f.nonce[:]), part("member 1", f.n1[:]), part("member 2", f.n2[:]),
		part("member 3", f.n3[:]), part("epoch", epoch), part("round", round))

	formerDealing := f.former.Hash(s, 2)
	formerView := HashList("view", s, []common.Hash{f.one, formerDealing})
	add("ss/1: dealing of member 2", "dealing", formerDealing, append(dealingParts[:7:7], part("share 1", f.shares[0][:]), part("share 2", f.shares[1][:]), part("share 3", f.shares[2][:]))...)
	add("ss/1: commit of member 2", "commit", (&FormerCommit{Index: 2, Hash: formerDealing}).Digest(s), part("session", s[:]), part("index", be4(2)), part("dealing hash", formerDealing[:]))
	add("ss/1: view of two dealings", "view", formerView, part("session", s[:]), part("dealing 1", f.one[:]), part("dealing 2", formerDealing[:]))
	add("ss/1: reveal of member 2", "reveal", (&FormerReveal{Index: 2, View: formerView, Dealing: f.former}).Digest(s),
		part("session", s[:]), part("index", be4(2)), part("view", formerView[:]), part("dealing hash", formerDealing[:]))
	add("ss/1: complaint of member 1 about member 2", "complaint", (&FormerComplaint{Index: 1, Dealer: 2, Dealing: formerDealing, Opening: f.onetime}).Digest(s),
		part("session", s[:]), part("index", be4(1)), part("dealer", be4(2)), part("dealing hash", formerDealing[:]), part("opening", f.onetime[:]))
}

// sessionDigests are the ids of the sessions that openings begin, and what is signed in them.
func (f *vectorFields) sessionDigests(add func(name, tag string, got [32]byte, parts ...digestPart)) {
	cluster, asking, proof := part("cluster", f.cluster[:]), part("coordinator", f.n1[:]), f.proof.Hash()
	key, version, nonce := part("key", f.key[:]), part("version", f.version[:]), part("nonce", f.nonce[:])
	block := part("block number ‖ block hash", cat(be8(f.block.Number), f.block.Hash[:]))
	c, e, set := part("common point", f.common[:]), part("encrypted point", f.encrypted[:]), part("set", be4(1, 3))
	store := Store{Key: f.key, Version: f.version, Common: f.common, Encrypted: f.encrypted, Proof: f.proof, Nonce: f.nonce}
	add("session of a Store", "storing/1", store.Session(f.cluster, f.n1), cluster, asking, key, version, c, e, part("proof kind", []byte{1}), part("proof data", f.proof.Data), nonce)
	retrieve := Retrieve{Key: f.key, Version: f.version, Common: f.common, Encrypted: f.encrypted, Proof: f.proof, Shadow: true, Block: f.block, Set: []uint32{1, 3}, Nonce: f.nonce}
	add("session of a Retrieve, shadow", "retrieval/1", retrieve.Session(f.cluster, f.n1), cluster, asking, key, version, c, e, part("mode", []byte{1}), part("proof", proof[:]), block, set, nonce)
	retrieve.Shadow = false
	add("session of a Retrieve, plain", "retrieval/1", retrieve.Session(f.cluster, f.n1), cluster, asking, key, version, c, e, part("mode", []byte{0}), part("proof", proof[:]), block, set, nonce)
	many := RetrieveMany{Keys: []BatchKey{{f.key, f.version, f.common, f.encrypted}, {KeyID(f.one), SessionID(f.two), f.pointA, f.pointB}}, Proof: f.proof, Block: f.block, Set: []uint32{1, 3}, Nonce: f.nonce}
	add("session of a RetrieveMany of two keys", "retrievals/1", many.Session(f.cluster, f.n1), cluster, asking,
		part("for each key: key ‖ version ‖ common ‖ encrypted", cat(f.key[:], f.version[:], f.common[:], f.encrypted[:], f.one[:], f.two[:], f.pointA[:], f.pointB[:])), part("proof", proof[:]), block, set, nonce)
	terms := many.Terms(0, f.n1)
	add("what the part of its first key is bound to", "retrieval/1", terms.Session(f.cluster, f.key, f.version), cluster, asking, key, version, c, e, part("mode", []byte{1}), part("proof", proof[:]), block, set, nonce)
	sign := Sign{Key: f.key, Version: f.version, Scheme: ECDSA, Hash: f.hash, Proof: f.proof, Block: f.block, Set: []uint32{1, 2, 3}, Item: f.item, Nonce: f.nonce}
	add("session of a Sign, ECDSA with an item", "signing/1", sign.Session(f.cluster, f.n1), cluster, asking, key, version, part("scheme", []byte{1}), part("hash", f.hash[:]), part("proof", proof[:]), block,
		part("set", be4(1, 2, 3)), part("item: transcript ‖ number", cat(f.hash[:], be4(3))), nonce)
	sign = Sign{Key: f.key, Version: f.version, Scheme: Schnorr, Hash: f.hash, Proof: f.proof, Block: f.block, Set: []uint32{1, 3}, Nonces: f.nonces, Nonce: f.nonce}
	add("session of a Sign, Schnorr, whose nonces are not in it", "signing/1", sign.Session(f.cluster, f.n1), cluster, asking, key, version, part("scheme", []byte{2}), part("hash", f.hash[:]), part("proof", proof[:]), block,
		set, part("item: none", make([]byte, 36)), nonce)
	share := SchnorrShare{Share: f.schnorr}
	add("SchnorrShare of holder 3", "schnorr-share", share.Digest(f.version, 3, f.nonces), part("attempt", f.version[:]), part("index", be4(3)), part("share", f.schnorr[:]),
		part("nonce 1", f.nonces[0][:]), part("nonce 2", f.nonces[1][:]))
	add("Opened of holder 3", "ecdsa-opening", f.opened1.Digest(f.version, 3), part("attempt", f.version[:]), part("index", be4(3)), part("opening", f.opened1.Opening[:]))
	ecdsa := ECDSAShare{Share: f.ecdsa}
	add("ECDSAShare of holder 3", "ecdsa-share", ecdsa.Digest(f.version, 3, []Opened{f.opened1, f.opened2}), part("attempt", f.version[:]), part("index", be4(3)), part("share", f.ecdsa[:]),
		part("opening 1", f.opened1.Opening[:]), part("opening 2", f.opened2.Opening[:]))
	add("session of a LookUp", "lookup/1", (&LookUp{Key: f.key, Nonce: f.nonce}).Session(f.cluster, f.n1), cluster, asking, key, nonce)
	setup := Setup{Cluster: f.cluster, Key: f.key, Threshold: 1, SetSize: 4, Members: []NodeID{f.n1, f.n2, f.n3}, Initiator: f.n2, Nonce: f.nonce, Proof: f.proof}
	attempt := setup.Session()
	add("session of a Poll", "poll/1", (&Poll{Setup: setup, Nonce: f.nonce}).Session(f.cluster, f.n1), cluster, asking, part("attempt", attempt[:]), nonce)
	add("session of an Explain", "explain/1", (&Explain{Requester: f.account, Key: f.key, Block: f.block, Nonce: f.nonce}).Session(f.cluster, f.n1),
		cluster, asking, part("requester", f.account[:]), key, block, nonce)
	add("session of a Holdings", "holdings/1", (&Holdings{Keys: []KeyVersion{{f.key, f.version}, {KeyID(f.one), SessionID(f.two)}}, Nonce: f.nonce}).Session(f.cluster, f.n1),
		cluster, asking, part("for each key: key ‖ version", cat(f.key[:], f.version[:], f.one[:], f.two[:])), nonce)
}

// handoverDigests are those of listings, holds and erasure.
func (f *vectorFields) handoverDigests(add func(name, tag string, got [32]byte, parts ...digestPart)) {
	cluster, asking, nonce := part("cluster", f.cluster[:]), part("asking node", f.n1[:]), part("nonce", f.nonce[:])
	set, after := SetRef{Epoch: 0x0102, Hash: f.hash}, ListedKey{f.key, f.version}
	epoch, hash := part("epoch of the set that follows", be8(set.Epoch)), part("its hash", f.hash[:])
	afterKey, afterOrigin := part("after: key", f.key[:]), part("after: attempt", f.version[:])
	add("session of a ListKeys", "list/1", (&ListKeys{Set: set, After: after, Nonce: f.nonce}).Session(f.cluster, f.n1), cluster, asking, epoch, hash, afterKey, afterOrigin, nonce)
	listing := Listing{Entries: []ListedKey{{f.key, SessionID(f.one)}, {KeyID(f.two), f.version}}, Last: true}
	entries := part("for each entry: key ‖ attempt", cat(f.key[:], f.one[:], f.two[:], f.version[:]))
	add("Listing of a node, the last page", "listing/1", listing.Digest(f.cluster, set, f.n2, after), cluster, epoch, hash, part("lister", f.n2[:]), afterKey, afterOrigin, entries,
		part("last ‖ counts", []byte{1, 0}))
	keys, versions := []KeyVersion{{f.key, f.version}, {KeyID(f.one), SessionID(f.two)}}, part("for each sharing: key ‖ version", cat(f.key[:], f.version[:], f.one[:], f.two[:]))
	add("session of an AskHolds", "holds/1", (&AskHolds{Keys: keys, Nonce: f.nonce}).Session(f.cluster, f.n1), cluster, asking, versions, nonce)
	add("Holds of the first sharing", "held now/1", HoldsDigest(f.version, []byte{1}), part("session", f.version[:]), part("bits", []byte{1}))
	add("session of an AskErased", "receipts/1", (&AskErased{Keys: keys, Nonce: f.nonce}).Session(f.cluster, f.n1), cluster, asking, versions, nonce)
	rehearse := Rehearse{Key: f.key, Parent: f.version, Threshold: 1, Members: []NodeID{f.n1, f.n2}, Dealers: []Dealer{{f.n2, 3, f.pointA}}, Public: f.pointB, Nonce: f.nonce}
	add("session of a Rehearse", "rehearsal/1", rehearse.Session(f.cluster, f.n1), cluster, asking, part("key", f.key[:]), part("parent", f.version[:]), part("t'", be4(1)),
		part("members", cat(f.n1[:], f.n2[:])), part("for each dealer: node ‖ index ‖ public share", cat(f.n2[:], be4(3), f.pointA[:])), part("public", f.pointB[:]), nonce)
	add("transcript of a rehearsal", "rehearsed", HashList("rehearsed", f.version, []common.Hash{f.one, f.two}), part("session", f.version[:]),
		part("hash of the first dealing", f.one[:]), part("of the second", f.two[:]))
	add("session of a ListShares", "list shares/1", (&ListShares{After: f.key, Nonce: f.nonce}).Session(f.cluster, f.n1), cluster, asking, part("after: key", f.key[:]), nonce)
	list := ShareList{Entries: []ListedShare{{Key: f.key, Version: SessionID(f.one), Slot: Slot{Epoch: 3, Round: 0x0405}, Threshold: 1, Held: true}, {Key: KeyID(f.two), Version: f.version, Threshold: 2}}, Last: true}
	add("ShareList of a node, the last page", "share list/1", list.Digest(f.version), part("session", f.version[:]),
		part("for each entry: key ‖ version ‖ epoch ‖ round ‖ threshold ‖ held",
			cat(f.key[:], f.one[:], be8(3), be8(0x0405), be4(1), []byte{1}, f.two[:], f.version[:], be8(0), be8(0), be4(2), []byte{0})), part("last", []byte{1}))
	erased := Erased{Key: f.key, Version: f.version, Successor: SessionID(f.one), Node: f.n2}
	add("where that lies", "erased name", ErasedName(f.version, f.n2), part("version", f.version[:]), part("node", f.n2[:]))
	add("receipt of erasure", "erased/1", ErasedDigest(f.cluster, &erased), cluster, part("key", f.key[:]), part("version", f.version[:]), part("successor", f.one[:]), part("node", f.n2[:]))
}

// moveDigests are those of server sets and redistributions.
func (f *vectorFields) moveDigests(add func(name, tag string, got [32]byte, parts ...digestPart), setup Setup, parts []digestPart) {
	set := ServerSet{Cluster: f.cluster, Epoch: 5, Parent: f.one, Members: []NodeID{f.n1, f.n2}, Keys: []Point{f.pointA, f.pointB}, Floor: 1, Refresh: 86400,
		Authority: Authority{Administrators: []common.Address{f.account}, Needed: 1}}
	admin := set.Authority.Administrators[0]
	add("server set", "server set/1", set.Hash(), part("cluster", f.cluster[:]), part("epoch", be8(5)), part("parent", f.one[:]), part("members", cat(f.n1[:], f.n2[:])),
		part("epoch keys", cat(f.pointA[:], f.pointB[:])), part("floor", be4(1)), part("refresh", be8(86400)), part("administrators", admin[:]), part("needed", be4(1)),
		part("contract", make([]byte, 20)))
	setup.Set = &SetRef{Epoch: 5, Hash: f.two}
	parts = append(parts, part("epoch", be8(5)), part("hash of the set", f.two[:]))
	add("session of a generation in a later set", "generation/2", setup.Session(), parts...)
	d := Dealer{Node: f.n3, Index: 4, Share: f.pointB}
	setup.Move = &Move{Round: 7, Origin: SessionID(f.one), Parent: f.version, Made: 1, Public: f.pointA, Dealers: []Dealer{d}}
	attempt := setup.Session()
	add("session of a Redistribute, version of its sharing", "move/1", attempt, append(parts, part("round", be8(7)), part("origin", f.one[:]), part("parent", f.version[:]),
		part("threshold at generation", be4(1)), part("server key", f.pointA[:]), part("dealers", cat(d.Node[:], be4(4), d.Share[:])))...)
	pair := PairHash(f.cluster, f.key, &f.common, &f.encrypted)
	add("pair", "pair/1", pair, part("cluster", f.cluster[:]), part("key", f.key[:]), part("common point", f.common[:]), part("encrypted point", f.encrypted[:]))
	add("Waiver", "waiver/1", WaiverDigest(attempt, pair), part("attempt", attempt[:]), part("pair", pair[:]))
	moved := Moved{Dealings: f.hash, Pair: PairState{Kind: PairKept, Pair: pair, Waivers: []Waiver{{Index: 2, Pair: pair, Signature: f.sig}}}}
	state := moved.Pair.hash()
	add("state of a document key", "pair state/1", state, part("kind", []byte{2}), part("pair", pair[:]), part("waivers", cat(be4(2), pair[:], f.sig[:])))
	add("bodies of a redistribution", "moved/1", moved.Hash(attempt), part("session", attempt[:]), part("dealings", f.hash[:]), part("state", state[:]))
	repair := RepairRequest{Cluster: f.cluster, Epoch: 5, Set: f.two, Key: f.key, Round: 7, Version: f.version, Node: f.n1}
	add("RepairRequest", "repair/1", repair.Digest(), part("cluster", f.cluster[:]), part("epoch", be8(5)), part("hash of the set", f.two[:]), part("key", f.key[:]),
		part("round", be8(7)), part("version", f.version[:]), part("node", f.n1[:]))
	slot := cat(be8(5), be8(7))
	add("slot", "slot", Digest("slot", slot), part("epoch ‖ round", slot))
}

// spelledOut is Digest, written out: the layout that docs/protocol.md has.
func spelledOut(tag string, parts []digestPart) common.Hash {
	in := []byte{0x19}
	for _, p := range append([]digestPart{part("", []byte("geth-ss/"+tag))}, parts...) {
		in = append(append(in, be8(uint64(len(p.Bytes)))...), p.Bytes...)
	}
	return crypto.Keccak256Hash(in)
}

// TestDigestVectors: each digest that is signed, and each session id, is the hash over the parts that the vectors list.
func TestDigestVectors(t *testing.T) {
	var vectors []digestVector
	add := func(name, tag string, got [32]byte, parts ...digestPart) {
		if want := spelledOut(tag, parts); got != want {
			t.Errorf("%s: %x is not the hash over its parts, %x", name, got, want)
		}
		vectors = append(vectors, digestVector{name, tag, parts, got})
	}
	f := newVectorFields()
	f.setupDigests(add)
	f.dealingDigests(add)
	f.sessionDigests(add)
	f.handoverDigests(add)
	f.setDigests(add)
	compareVectors(t, "testdata/digests.json", vectors)
}

// setDigests are those of server sets.
func (f *vectorFields) setDigests(add func(name, tag string, got [32]byte, parts ...digestPart)) {
	cluster, asking := part("cluster", f.cluster[:]), part("asking node", f.n1[:])
	admin := common.Address{9}
	set := &ServerSet{Cluster: f.cluster, Epoch: 3, Parent: f.hash, Members: []NodeID{f.n1, f.n2}, Keys: []Point{f.pointA, f.pointB}, Floor: 1, Refresh: 7,
		Authority: Authority{Administrators: []common.Address{admin}, Needed: 1}}
	name := set.Hash()
	add("name of a server set", "server set/1", name, cluster, part("epoch", be8(3)), part("parent", f.hash[:]), part("members", cat(f.n1[:], f.n2[:])),
		part("epoch keys", cat(f.pointA[:], f.pointB[:])), part("floor", be4(1)), part("refresh", be8(7)), part("administrators", admin[:]),
		part("needed", be4(1)), part("contract", make([]byte, 20)))
	a := &SetAttempt{Order: SetOrder{Chain: 9, Cluster: f.cluster, Epoch: 4, Parent: name, Members: []OrderMember{{f.n1, "a:1"}, {f.n3, "b:2"}}, Floor: 1, Expires: 5},
		Orders: []AdminSignature{{1}, {2}}, Coordinator: f.n1, Nonce: f.hash, Block: f.block, Ready: []Readiness{{Node: f.n3, Key: f.pointA}}}
	order, proposal, next, body, id := a.Order.Digest(), a.Proposal(), a.Set().Hash(), a.Body(), a.ID()
	account := common.Address{1}
	add("order in Parity's form", "legacy order/1", [32]byte(legacyNonce(name, order, account)), part("old set", name[:]), part("new set", order[:]), part("account", account[:]))
	add("session of a Propose", "set proposal/1", proposal, cluster, part("parent", name[:]), part("digest of the order", order[:]), part("coordinator", f.n1[:]),
		part("nonce", f.hash[:]), part("number", be8(f.block.Number)), part("hash of the block", f.block.Hash[:]))
	add("Ready", "set ready/1", ReadyDigest(name, order, proposal, f.n3, f.pointA), part("parent", name[:]), part("digest of the order", order[:]),
		part("proposal", proposal[:]), part("node", f.n3[:]), part("epoch key", f.pointA[:]))
	add("body of an attempt at a server set", "set attempt body/1", body, part("new set", next[:]), part("proposal", proposal[:]),
		part("signatures of administrators", cat(a.Orders[0][:], a.Orders[1][:])))
	add("attempt at a server set", "set attempt/1", id, cluster, part("body", body[:]))
	add("Attempted", "set coordinated/1", CoordinatedDigest(id), part("attempt", id[:]))
	add("SetBound", "set bound/1", AttemptDigest(id), part("attempt", id[:]))
	nonce := part("nonce", f.nonce[:])
	add("session of a SetPoll", "set poll/1", (&SetPoll{Epoch: 4, Nonce: f.nonce}).Session(f.cluster, f.n1), cluster, asking, part("epoch", be8(4)), nonce)
	add("session of a Follow", "follow/1", (&Follow{From: 4, First: true, Nonce: f.nonce}).Session(f.cluster, f.n1), cluster, asking, part("epoch", be8(4)), part("set 0", []byte{1}), nonce)
	at := MemberAddress{Node: f.n1, Number: 7, Address: "n1.example:30303"}
	node := part("node", f.n1[:])
	add("address of a member", "member address/1", at.Digest(f.cluster), cluster, node, part("number", be8(7)), part("address", []byte(at.Address)))
	add("where the address of a node lies", "address of/1", AddressName(f.n1), node)
}

// messageVector is a message as it crosses the wire. RLP is the same with its lists taken apart.
type messageVector struct {
	Name    string        `json:"name"`
	Code    hexutil.Uint  `json:"code"`
	Payload hexutil.Bytes `json:"payload"`
	RLP     any           `json:"rlp,omitempty"`
}

// takenApart is RLP as nested lists of byte strings.
func takenApart(enc []byte) any {
	kind, content, _, err := rlp.Split(enc)
	if err != nil {
		panic(err)
	}
	if kind != rlp.List {
		return hexutil.Bytes(content)
	}
	list := []any{}
	for len(content) > 0 {
		_, _, rest, err := rlp.Split(content)
		if err != nil {
			panic(err)
		}
		list = append(list, takenApart(content[:len(content)-len(rest)]))
		content = rest
	}
	return list
}

// TestMessageVectors: each message, and what is left out of some, as the bytes that another implementation must write and read.
func TestMessageVectors(t *testing.T) {
	var session SessionID
	counting(session[:], 1)
	var vectors []messageVector
	for _, m := range append(samples(), storedSamples()...) {
		payload, err := Encode(session, m)
		if err != nil {
			t.Fatal(err)
		}
		if id, again, err := Decode(m.Code(), payload); err != nil || id != session || again.Code() != m.Code() {
			t.Errorf("%T: decodes to %T, %v", m, again, err)
		}
		vectors = append(vectors, messageVector{Name: reflect.TypeOf(m).Elem().Name(), Code: hexutil.Uint(m.Code()), Payload: payload, RLP: takenApart(payload)})
	}
	compareVectors(t, "testdata/messages.json", vectors)
}

// TestRefusedVectors: second encodings and lists out of bounds are no messages.
func TestRefusedVectors(t *testing.T) {
	var session SessionID
	counting(session[:], 1)
	raw := func(body ...any) []byte {
		enc, err := rlp.EncodeToBytes(&struct {
			Session SessionID
			Body    []any
		}{session, body})
		if err != nil {
			t.Fatal(err)
		}
		return enc
	}
	framed := func(m Message) []byte {
		payload, err := Encode(session, m)
		if err != nil {
			t.Fatal(err)
		}
		return payload
	}
	reason, text := uint8(Denied), []byte("no")
	vectors := []messageVector{
		{Name: "a zero receipt that is written out", Code: 0x08, Payload: raw(reason, text, make([]byte, 65))},
		{Name: "a field too many", Code: 0x08, Payload: raw(reason, text, bytes.Repeat([]byte{1}, 65), []byte{})},
		{Name: "a field too few", Code: 0x08, Payload: raw(reason)},
		{Name: "a number with a leading zero", Code: 0x08, Payload: raw([]byte{0, reason}, text)},
		{Name: "a byte after the message", Code: 0x24, Payload: append(framed(&StoreAck{}), 0)},
		{Name: "a session of 31 bytes", Code: 0x24, Payload: func() []byte {
			enc, err := rlp.EncodeToBytes([]any{session[:31], []any{}})
			if err != nil {
				t.Fatal(err)
			}
			return enc
		}()},
		{Name: "a detail of 513 bytes", Code: 0x08, Payload: framed(&Refuse{Reason: Denied, Detail: make([]byte, MaxDetail+1)})},
		{Name: "a signature of 64 bytes", Code: 0x21, Payload: raw(bytes.Repeat([]byte{1}, 64))},
		{Name: "a boolean of 2", Code: 0x09, Payload: raw(uint8(2), uint8(0))},
		{Name: "a set out of order", Code: 0x30, Payload: framed(&Retrieve{Proof: Proof{Kind: LegacyProof, Data: make([]byte, 65)}, Set: []uint32{3, 1}})},
		{Name: "an absent record as an empty string", Code: 0x0a, Payload: raw([]byte{}, []any{})},
		{Name: "a document key of no server key", Code: 0x41, Payload: framed(&Known{Document: sampleDocument()})},
		{Name: "a code without a message", Code: 0x7f, Payload: framed(&StoreAck{})},
	}
	for _, v := range vectors {
		if _, m, err := Decode(Code(v.Code), v.Payload); err == nil {
			t.Errorf("%s: decodes to %+v", v.Name, m)
		}
	}
	compareVectors(t, "testdata/refused.json", vectors)
}

package threshold

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

// Vectors of what no standard and none of Parity's numbers has: the proofs, the sealing and the ECDSA of docs/protocol.md, with
// all secrets, for other implementations.

var updateVectors = flag.Bool("update-vectors", false, "write the vectors for other implementations anew; review them as a diff")

// protocolVectors is the file. Points are X‖Y, scalars 32 bytes.
type protocolVectors struct {
	SecondGenerator hexutil.Bytes   `json:"secondGenerator"`
	HashToScalar    hashVector      `json:"hashToScalar"`
	Context         hashVector      `json:"context"`
	Knowledge       knowledgeVector `json:"knowledge"`
	DLEQ            dleqVector      `json:"dleq"`
	Dealings        []dealingVector `json:"dealings"` // of a key, and of one item
	Former          *dealingVector  `json:"former"`   // as of a key in ss/1
	Partials        []partialVector `json:"partials"` // plain, shadow
	Signings        []signingVector `json:"signings"`
	ECDSA           ecdsaVector     `json:"ecdsa"`
}

type hashVector struct {
	Tag   string          `json:"tag"`
	Parts []hexutil.Bytes `json:"parts"`
	Hash  hexutil.Bytes   `json:"hash"`
}

type knowledgeVector struct {
	Secret  hexutil.Bytes `json:"secret"`
	Public  hexutil.Bytes `json:"public"`
	Context hexutil.Bytes `json:"context"`
	Proof   hexutil.Bytes `json:"proof"`
}

type dleqVector struct {
	Secret  hexutil.Bytes `json:"secret"`
	A       hexutil.Bytes `json:"a"`
	B       hexutil.Bytes `json:"b"`
	C       hexutil.Bytes `json:"c"`
	Context hexutil.Bytes `json:"context"`
	Proof   hexutil.Bytes `json:"proof"`
}

type dealingVector struct {
	Session     hexutil.Bytes   `json:"session"`
	Dealer      uint32          `json:"dealer"`
	Receiver    uint32          `json:"receiver"`
	Ephemeral   hexutil.Bytes   `json:"ephemeral"` // E‖proof
	Secret      hexutil.Bytes   `json:"ephemeralSecret"`
	Static      hexutil.Bytes   `json:"staticSecret"`
	OneTime     hexutil.Bytes   `json:"oneTime,omitempty"` // R‖proof
	OneSecret   hexutil.Bytes   `json:"oneTimeSecret,omitempty"`
	ReceiverKey hexutil.Bytes   `json:"receiverKey"` // Q = P + R
	Shared      hexutil.Bytes   `json:"shared"`      // K = q·E
	Column      []hexutil.Bytes `json:"column"`
	Pads        []hexutil.Bytes `json:"pads"`
	Sealed      []hexutil.Bytes `json:"sealed"`
	Commitments hexutil.Bytes   `json:"commitments"`
	Complaint   hexutil.Bytes   `json:"complaint"` // K‖proof, about this column: a false one, for the column is right
}

type partialVector struct {
	Commitments hexutil.Bytes `json:"commitments"`
	Set         []uint32      `json:"set"`
	Index       uint32        `json:"index"`
	Share       hexutil.Bytes `json:"share"`
	Lambda      hexutil.Bytes `json:"lambda"`
	Common      hexutil.Bytes `json:"common"`
	Mask        hexutil.Bytes `json:"mask,omitempty"`        // r
	Coefficient hexutil.Bytes `json:"coefficient,omitempty"` // (-1)^t·r, what is sealed
	Context     hexutil.Bytes `json:"context"`               // the caller's
	Bound       hexutil.Bytes `json:"bound"`                 // what the proof is bound to
	Partial     hexutil.Bytes `json:"partial"`
}

type signingVector struct {
	Scheme      string          `json:"scheme"`
	Commitments hexutil.Bytes   `json:"commitments"`
	Message     hexutil.Bytes   `json:"message"`
	Set         []uint32        `json:"set"`
	Shares      []hexutil.Bytes `json:"shares"`  // x_i, as all that follow by the set's order
	Secrets     []hexutil.Bytes `json:"secrets"` // d‖e
	Nonces      []hexutil.Bytes `json:"nonces"`  // D‖E
	Factors     []hexutil.Bytes `json:"factors"` // ρ
	Nonce       hexutil.Bytes   `json:"nonce"`   // R
	Challenge   hexutil.Bytes   `json:"challenge"`
	Parts       []hexutil.Bytes `json:"parts"` // z
	Signature   hexutil.Bytes   `json:"signature"`
}

type ecdsaVector struct {
	Set       []uint32        `json:"set"`
	Joint     hexutil.Bytes   `json:"joint"`   // commitments of the item
	Scalars   []hexutil.Bytes `json:"scalars"` // of each member: k, its blinding, a, its blinding, b, d, e likewise
	Hash      hexutil.Bytes   `json:"itemHash"`
	Key       hexutil.Bytes   `json:"commitments"` // of the key
	Shares    []hexutil.Bytes `json:"shares"`      // x_i
	Message   hexutil.Bytes   `json:"hash"`
	Context   hexutil.Bytes   `json:"context"`  // the caller's
	Bound     []hexutil.Bytes `json:"bound"`    // what each member's proofs are bound to
	Openings  []hexutil.Bytes `json:"openings"` // R‖w‖proof
	Nonce     hexutil.Bytes   `json:"nonce"`    // R
	Product   hexutil.Bytes   `json:"product"`  // w
	Parts     []hexutil.Bytes `json:"parts"`    // y‖proof
	Signature hexutil.Bytes   `json:"signature"`
}

func scalarBytes(s *secp256k1.Scalar) hexutil.Bytes { b := s.Bytes(); return b[:] }
func pointBytes(p *secp256k1.Point) hexutil.Bytes   { b := p.Bytes(); return b[:] }

func scalarList(all []*secp256k1.Scalar) (list []hexutil.Bytes) {
	for _, s := range all {
		list = append(list, scalarBytes(s))
	}
	return list
}

func numbers(set []Index) (list []uint32) {
	for _, i := range set {
		list = append(list, uint32(i))
	}
	return list
}

// TestVectorsProtocol: what docs/protocol.md specifies comes out as the file has it, and holds.
func TestVectorsProtocol(t *testing.T) {
	rand := seeded(13)
	v := protocolVectors{
		SecondGenerator: pointBytes(SecondGenerator()),
		HashToScalar:    hashVector{Tag: "tag", Parts: []hexutil.Bytes{{1, 2, 3}, {}}, Hash: scalarBytes(secp256k1.HashToScalar("tag", []byte{1, 2, 3}, nil))},
	}
	ctx := NewContext("purpose", []byte{1, 2, 3}, nil)
	v.Context = hashVector{Tag: "purpose", Parts: []hexutil.Bytes{{1, 2, 3}, {}}, Hash: ctx[:]}

	x := randomScalar(t, rand)
	public := secp256k1.BaseMul(x)
	known := must[KnowledgeProof](t)(ProveKnowledge(rand, x, public, ctx))
	must[struct{}](t)(struct{}{}, VerifyKnowledge(public, known, ctx))
	v.Knowledge = knowledgeVector{scalarBytes(x), pointBytes(public), ctx[:], known[:]}

	base := secp256k1.BaseMul(randomScalar(t, rand))
	equal := must[DLEQProof](t)(ProveDLEQ(rand, x, public, base, base.Times(x), ctx))
	must[struct{}](t)(struct{}{}, VerifyDLEQ(public, base, base.Times(x), equal, ctx))
	v.DLEQ = dleqVector{scalarBytes(x), pointBytes(public), pointBytes(base), pointBytes(base.Times(x)), ctx[:], equal[:]}

	v.Dealings = []dealingVector{sealVector(t, Plan{{Degree: 2}}, false), sealVector(t, ECDSAPlan(1, 1), false)}
	before := sealVector(t, Plan{{Degree: 2}}, true)
	v.Former = &before
	v.Partials = []partialVector{partVector(t, Plain), partVector(t, Shadow)}
	for _, scheme := range []SchnorrScheme{ParitySchnorr, RFC9591, BIP340} {
		v.Signings = append(v.Signings, frostVector(t, scheme))
	}
	v.ECDSA = itemVector(t)

	enc, err := json.MarshalIndent(&v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	enc = append(enc, '\n')
	path := filepath.Join("testdata", "protocol-proofs.json")
	if *updateVectors {
		must[struct{}](t)(struct{}{}, os.WriteFile(path, enc, 0o644))
	}
	if kept := must[[]byte](t)(os.ReadFile(path)); !bytes.Equal(kept, enc) {
		t.Errorf("%s is not what this program computes", path)
	}
}

// sealVector deals a column from dealer 2 to receiver 3, and has it complained about.
func sealVector(t *testing.T, plan Plan, before bool) dealingVector {
	rand := seeded(uint64(14 + len(plan)))
	var session [32]byte
	copy(session[:], bytes.Repeat([]byte{0x5e}, 32))
	const dealer, receiver = Index(2), Index(3)
	static := randomScalar(t, rand)
	v := dealingVector{Session: session[:], Dealer: uint32(dealer), Receiver: uint32(receiver), Static: scalarBytes(static)}
	secret, key, to := static, secp256k1.BaseMul(static), former
	if !before {
		once := must[*OneTimeKey](t)(NewOneTimeKey(rand, session, receiver))
		shown := once.Public().Bytes()
		v.OneTime, v.OneSecret = shown[:], scalarBytes(once.r)
		key, to = must[*secp256k1.Point](t)(once.Public().Receiver(session, receiver, key)), sealing
		secret = must[*secp256k1.Scalar](t)(once.With(static))
	}
	ephemeral := must[*EphemeralKey](t)(NewEphemeral(rand, session, dealer))
	shown := ephemeral.Public().Bytes()
	v.Ephemeral, v.Secret, v.ReceiverKey = shown[:], scalarBytes(ephemeral.e), pointBytes(key)
	var column []*secp256k1.Scalar
	var commitments []Commitments
	for _, f := range must[[]*Sharing](t)(plan.Draw(rand)) {
		column = append(column, must[[]*secp256k1.Scalar](t)(f.Eval(receiver))...)
		commitments = append(commitments, f.Commit())
	}
	v.Column, v.Commitments = scalarList(column), plan.Encode(commitments)
	shared := key.Times(ephemeral.e)
	v.Shared = pointBytes(shared)
	pads := newDealingPads(to, session, dealer, receiver, ephemeral.Public().Point, key, shared)
	var sealed []SealedShare
	for slot, s := range column {
		pad := pads.at(slot)
		v.Pads = append(v.Pads, scalarBytes(pad))
		sealed = append(sealed, s.Plus(pad).Bytes())
		v.Sealed = append(v.Sealed, sealed[slot][:])
	}
	verify := ephemeral.Public().Verify
	if before {
		verify = ephemeral.Public().VerifyFormer
	} else if ours := must[[]SealedShare](t)(ephemeral.Seal(receiver, key, column)); ours[0] != sealed[0] || ours[len(ours)-1] != sealed[len(sealed)-1] {
		t.Error("sealed otherwise than by the pads")
	}
	channel := must[*Channel](t)(verify(session, dealer))
	opened := must[[]*secp256k1.Scalar](t)(channel.Open(receiver, secret, key, sealed))
	must[struct{}](t)(struct{}{}, plan.Verify(opened, receiver, commitments))
	complaint := must[*Complaint](t)(channel.Complain(rand, receiver, secret, sealed, plan, commitments))
	if verdict := channel.Judge(receiver, key, sealed, plan, commitments, complaint); verdict != AccuserGuilty {
		t.Errorf("a complaint about a right column: %v", verdict)
	}
	bent := append([]SealedShare{}, sealed...)
	bent[0][31] ^= 1
	about := must[*Complaint](t)(channel.Complain(rand, receiver, secret, bent, plan, commitments))
	if verdict := channel.Judge(receiver, key, bent, plan, commitments, about); verdict != DealerGuilty {
		t.Errorf("a complaint about a wrong column: %v", verdict)
	}
	b := complaint.Bytes()
	v.Complaint = b[:]
	return v
}

// partVector is the part of node 4 in a decryption by nodes 1, 2 and 4.
func partVector(t *testing.T, mode Mode) partialVector {
	rand := seeded(uint64(20 + mode))
	k, set := newTestKey(t, rand, 2, 5), []Index{1, 2, 4}
	q, ctx := k.quorum(t, set...), NewContext("caller", []byte{byte(mode)})
	v := partialVector{Commitments: k.joint.Bytes(), Set: numbers(set), Index: 4, Share: scalarBytes(k.shares[4]),
		Lambda: scalarBytes(must[*secp256k1.Scalar](t)(q.Set().Lambda(Index(4)))), Common: pointBytes(k.ct.Common), Context: ctx[:]}
	var mask *Mask
	if mode == Shadow {
		mask = must[*Mask](t)(q.NewMask(rand))
		v.Mask, v.Coefficient = scalarBytes(mask.r), scalarBytes(must[*secp256k1.Scalar](t)(mask.Coefficient()))
	}
	p := must[*Partial](t)(q.Partial(rand, Index(4), k.shares[4], k.ct.Common, mask, ctx))
	must[struct{}](t)(struct{}{}, q.Verify(Index(4), k.ct.Common, p, mode, ctx))
	bound, b := q.context(2, k.ct.Common, p.Mask, ctx), p.Bytes()
	v.Bound, v.Partial = bound[:], b[:]
	return v
}

// frostVector is a signature by nodes 1 and 3 under a key of threshold 1.
func frostVector(t *testing.T, scheme SchnorrScheme) signingVector {
	rand := seeded(uint64(30 + scheme))
	k, set, message := newTestKey(t, rand, 1, 4), []Index{1, 3}, bytes.Repeat([]byte{byte(scheme)}, 32)
	q := k.quorum(t, set...)
	v := signingVector{Scheme: scheme.String(), Commitments: k.joint.Bytes(), Message: message, Set: numbers(set)}
	var nonces []*Nonce
	var list []*NonceCommitment
	for _, i := range set {
		n := must[*Nonce](t)(NewNonce(rand, k.shares[i]))
		c := n.Commitment().Bytes()
		nonces, list = append(nonces, n), append(list, n.Commitment())
		v.Shares, v.Nonces = append(v.Shares, scalarBytes(k.shares[i])), append(v.Nonces, c[:])
		v.Secrets = append(v.Secrets, append(scalarBytes(n.hiding), scalarBytes(n.binding)...))
	}
	s := must[*SchnorrSigning](t)(NewSchnorrSigning(q, k.joint.Constant(), scheme, message, list))
	v.Factors, v.Nonce, v.Challenge = scalarList(s.factors), pointBytes(s.nonce), scalarBytes(s.challenge)
	var parts []*secp256k1.Scalar
	for n, i := range set {
		parts = append(parts, must[*secp256k1.Scalar](t)(s.Share(i, k.shares[i], nonces[n])))
	}
	v.Parts, v.Signature = scalarList(parts), must[[]byte](t)(s.Combine(parts))
	return v
}

// itemVector is a signature by nodes 1, 2 and 4 with one item.
func itemVector(t *testing.T) ecdsaVector {
	rand := seeded(40)
	k, set := newTestKey(t, rand, 1, 4), []Index{1, 2, 4}
	plan, ctx := ECDSAPlan(1, 1), NewContext("caller", []byte{9})
	drawn := must[[]*Sharing](t)(plan.Draw(rand))
	var joint []Commitments
	for _, f := range drawn {
		joint = append(joint, f.Commit())
	}
	item := must[*ECDSAItem](t)(NewECDSAItem(must[*Set](t)(NewSet(set...)), joint))
	hash, itemHash := [32]byte(bytes.Repeat([]byte{0xab}, 32)), item.Hash()
	v := ecdsaVector{Set: numbers(set), Joint: plan.Encode(joint), Hash: itemHash[:], Key: k.joint.Bytes(), Message: hash[:], Context: ctx[:]}
	var secrets []*ECDSASecret
	var openings []*ECDSAOpening
	for n, i := range set {
		var column []*secp256k1.Scalar
		for _, f := range drawn {
			column = append(column, must[[]*secp256k1.Scalar](t)(f.Eval(i))...)
		}
		v.Scalars = append(v.Scalars, bytes.Join(asBytes(scalarList(column)), nil))
		v.Shares, v.Bound = append(v.Shares, scalarBytes(k.shares[i])), append(v.Bound, item.bind(n, ctx))
		secret := must[*ECDSASecret](t)(NewECDSASecret(i, column))
		o := must[*ECDSAOpening](t)(item.Open(rand, secret, ctx))
		must[struct{}](t)(struct{}{}, item.VerifyOpening(i, o, ctx))
		b := o.Bytes()
		secrets, openings, v.Openings = append(secrets, secret), append(openings, o), append(v.Openings, b[:])
	}
	s := must[*ECDSASigning](t)(item.NewSigning(openings, hash))
	v.Nonce, v.Product = pointBytes(s.point), scalarBytes(s.w)
	var parts []*ECDSAShare
	for n, i := range set {
		y := must[*ECDSAShare](t)(s.Share(rand, secrets[n], k.shares[i], k.joint.Eval(i), ctx))
		must[struct{}](t)(struct{}{}, s.VerifyShare(i, y, k.joint.Eval(i), ctx))
		b := y.Bytes()
		parts, v.Parts = append(parts, y), append(v.Parts, b[:])
	}
	sig, err := s.Combine(k.joint.Constant(), parts)
	if err != nil {
		t.Fatal(err)
	}
	v.Signature = sig[:]
	return v
}

func asBytes(list []hexutil.Bytes) (all [][]byte) {
	for _, b := range list {
		all = append(all, b)
	}
	return all
}

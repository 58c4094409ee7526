package sessiontest

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// describer describes messages for a transcript. What is random in them gets a number in the order in which it turns up: the
// first session of a cluster is session 1, and a reader sees where the same one turns up again.
type describer struct {
	c       *Cluster
	at      wire.SessionID         // of the message that is described
	numbers map[string]map[any]int // by what it is
	names   map[common.Address]string
}

func newDescriber(c *Cluster) *describer {
	return &describer{c: c, numbers: make(map[string]map[any]int), names: make(map[common.Address]string)}
}

// descriptions has a line for each message, which tells its fields but signatures, proofs and ciphertexts.
var descriptions = describing(
	describe((*describer).refuse),
	describe((*describer).need),
	describe((*describer).supply),
	describe((*describer).init),
	describe((*describer).commit),
	describe((*describer).reveal),
	describe((*describer).certify),
	describe((*describer).complaint),
	describe((*describer).evidence),
	describe((*describer).ack),
	describe(func(d *describer, m *wire.Adopt) string { return d.record(&m.Record) }),
	describe(func(d *describer, m *wire.Conflict) string { return d.attempt(&m.Setup) }),
	describe((*describer).poll),
	describe((*describer).vote),
	describe(func(d *describer, m *wire.Superseded) string {
		return d.supply(&wire.Supply{Record: m.Record, Document: m.Document})
	}),
	describe(func(d *describer, m *wire.Store) string {
		return fmt.Sprintf("%s, %s, %s", d.version(m.Key, m.Version), d.pair(m.Common), d.requester(m.Proof, m.Key))
	}),
	describe(func(*describer, *wire.StorePromise) string { return "signed" }),
	describe(func(d *describer, m *wire.StoreExists) string { return d.document(&m.Document) }),
	describe(func(d *describer, m *wire.StoreCertificate) string { return d.document(&m.Document) }),
	describe(func(*describer, *wire.StoreAck) string { return "saved" }),
	describe((*describer).retrieve),
	describe((*describer).partial),
	describe(func(_ *describer, m *wire.NewerHead) string { return fmt.Sprintf("block %d", m.Head.Number) }),
	describe((*describer).retrieveMany),
	describe((*describer).partials),
	describe(func(d *describer, m *wire.LookUp) string { return d.key(m.Key) }),
	describe((*describer).known),
	describe((*describer).explain),
	describe((*describer).explained),
	describe((*describer).holdings),
	describe((*describer).held),
	describe((*describer).listKeys),
	describe((*describer).listing),
	describe((*describer).askHolds),
	describe((*describer).listShares),
	describe((*describer).rehearse),
	describe((*describer).shareList),
	describe((*describer).holds),
	describe((*describer).askErased),
	describe((*describer).erasures),
	describe((*describer).sign),
	describe(func(*describer, *wire.Willing) string { return "yes" }),
	describe(func(d *describer, m *wire.Committed) string { return d.nonces(m.Nonce) }),
	describe(func(d *describer, m *wire.Commitments) string { return d.nonces(m.Nonces...) }),
	describe((*describer).schnorrShare),
	describe(func(*describer, *wire.Opened) string { return "an opening, signed" }),
	describe(func(_ *describer, m *wire.Openings) string { return count(len(m.Openings), "opening") }),
	describe(func(*describer, *wire.ECDSAShare) string { return "a share, signed" }),
	describe((*describer).deal),
	describe((*describer).redistribute),
	describe((*describer).waiver),
	describe(func(d *describer, m *wire.PairSettled) string {
		return list(d.pairState(&m.State), optional(m.Document != nil, "with its certificate"))
	}),
	describe((*describer).propose),
	describe(func(*describer, *wire.Ready) string { return "with an epoch key, signed" }),
	describe(func(d *describer, m *wire.Attempted) string { return "ready are " + d.ready(m.Ready) }),
	describe(func(_ *describer, m *wire.SetBound) string {
		return list("signed", optional(m.Epoch != wire.Signature{}, "with the epoch key too"))
	}),
	describe(func(d *describer, m *wire.Certified) string { return "bound are " + d.bound(m.Signed) }),
	describe(func(*describer, *wire.SetAck) string { return "for completing in ballot 0" }),
	describe(func(d *describer, m *wire.Established) string { return d.link(&m.Link) }),
	describe(func(d *describer, m *wire.SetConflict) string { return "bound to " + d.setAttempt(&m.Attempt) }),
	describe((*describer).setPoll),
	describe((*describer).setVote),
	describe(func(_ *describer, m *wire.Follow) string {
		return list(fmt.Sprintf("after set %d", m.From), optional(m.First, "and what set 0 is"))
	}),
	describe((*describer).setLinks),
)

// description is the line of one kind of message.
type description struct {
	code wire.Code
	say  func(*describer, wire.Message) string
}

func describe[M wire.Message](say func(*describer, M) string) description {
	code := reflect.New(reflect.TypeFor[M]().Elem()).Interface().(M).Code()
	return description{code, func(d *describer, m wire.Message) string { return say(d, m.(M)) }}
}

func describing(all ...description) map[wire.Code]func(*describer, wire.Message) string {
	table := make(map[wire.Code]func(*describer, wire.Message) string)
	for _, one := range all {
		table[one.code] = one.say
	}
	return table
}

// message is a message in one line: its name, its session, its fields, its size on the wire.
func (d *describer) message(env wire.Envelope) string {
	say := descriptions[env.Msg.Code()]
	if say == nil {
		return messageName(env.Msg) + " is not in descriptions"
	}
	payload, err := wire.Encode(env.Session, env.Msg)
	check(err)
	d.at = env.Session
	return fmt.Sprintf("%s [%s] %s (%d bytes)", messageName(env.Msg), d.session(env.Session), say(d, env.Msg), len(payload))
}

// messageName is a message's name in docs/protocol.md.
func messageName(m wire.Message) string { return reflect.TypeOf(m).Elem().Name() }

// number is that of something random among others that are the same thing.
func (d *describer) number(what string, value any) string {
	numbers := d.numbers[what]
	if numbers == nil {
		numbers = make(map[any]int)
		d.numbers[what] = numbers
	}
	if numbers[value] == 0 {
		numbers[value] = len(numbers) + 1
	}
	return fmt.Sprintf("%s %d", what, numbers[value])
}

func (d *describer) session(id wire.SessionID) string { return d.number("session", id) }

func (d *describer) pair(common wire.Point) string { return d.number("pair", common) }

// key is a key id; those of tests are small numbers.
func (d *describer) key(id wire.KeyID) string {
	for n := range 1000 {
		if id == KeyID(n) {
			return fmt.Sprintf("key %d", n)
		}
	}
	return d.number("unknown key", id)
}

// version is a key that an attempt has made, which is named by the attempt's session.
func (d *describer) version(key wire.KeyID, version wire.SessionID) string {
	return fmt.Sprintf("%s of %s", d.key(key), d.session(version))
}

func (d *describer) nodes(ids []wire.NodeID) string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = d.c.Name(id)
	}
	return strings.Join(names, " ")
}

func (d *describer) signers(signs []wire.NodeSign) string {
	ids := make([]wire.NodeID, len(signs))
	for i := range signs {
		ids[i] = signs[i].Node
	}
	return d.nodes(ids)
}

// account is a client's name.
func (d *describer) account(a common.Address) string {
	if name, ok := d.names[a]; ok {
		return name
	}
	return d.number("account", a)
}

// requester tells who asks, and how that is proven.
func (d *describer) requester(p wire.Proof, key wire.KeyID) string {
	if p.Kind == wire.LegacyProof {
		r, err := p.Recover(wire.Act{Key: key})
		if err != nil {
			return "for nobody: " + err.Error()
		}
		return fmt.Sprintf("for %s by a signature of the key id", d.account(r.Address))
	}
	signed, err := p.Wallet()
	if err != nil {
		return "for nobody: " + err.Error()
	}
	account := d.account(signed.Request.Account)
	switch {
	case signed.Permit != nil:
		return fmt.Sprintf("for %s by a request of %s, with a permit", account, d.account(signed.Permit.Permit.Delegate))
	case d.c.Chain.Contracts[signed.Request.Account]:
		return fmt.Sprintf("for %s by a request that its contract takes", account)
	}
	return fmt.Sprintf("for %s by a request", account)
}

func (d *describer) nonces(all ...wire.NonceBytes) string {
	words := make([]string, len(all))
	for i := range all {
		words[i] = d.number("nonce", all[i])
	}
	return strings.Join(words, ", ")
}

// record is a key with its certificate.
func (d *describer) record(r *wire.KeyRecord) string {
	text := fmt.Sprintf("%s, %s, %s", d.version(r.Setup.Key, r.Version()), count(len(r.Signatures), "signature"), count(len(r.Acks), "ack"))
	if r.Moved != nil {
		text += ", " + d.pairState(&r.Moved.Pair)
	}
	if r.Decided != nil {
		text += fmt.Sprintf(", completed in ballot %d by %s", r.Decided.Ballot, d.signers(r.Decided.Votes))
	}
	return text
}

// document is a document key with its promises.
func (d *describer) document(r *wire.DocumentRecord) string {
	return fmt.Sprintf("%s for %s, %s", d.pair(r.Common), d.version(r.Key, r.Version), count(len(r.Signatures), "promise"))
}

func (d *describer) abandonment(a *wire.Abandonment) string {
	return fmt.Sprintf("%s abandoned in ballot %d by %s", d.session(a.Session), a.Ballot, d.signers(a.Signatures))
}

// attempt is a set-up: what a generation is about.
func (d *describer) attempt(s *wire.Setup) string {
	return fmt.Sprintf("%s of %s, t=%d, members %s of %s, initiator %s, %s", d.key(s.Key), d.session(s.Session()), s.Threshold, d.nodes(s.Members),
		count(int(s.SetSize), "server"), d.c.Name(s.Initiator), d.requester(s.Proof, s.Key))
}

func (d *describer) refuse(m *wire.Refuse) string {
	text := m.Err().Error()
	if m.Receipt != (wire.Signature{}) {
		text += ", with a receipt"
	}
	return text
}

func (d *describer) need(m *wire.Need) string {
	return list(optional(m.Record, "the key"), optional(m.Document, "the document key"))
}

func (d *describer) supply(m *wire.Supply) string {
	var parts []string
	if m.Record != nil {
		parts = append(parts, d.record(m.Record))
	}
	if m.Document != nil {
		parts = append(parts, d.document(m.Document))
	}
	return list(parts...)
}

func (d *describer) init(m *wire.Init) string {
	text := d.attempt(&m.Setup)
	for i := range m.Abandonments {
		text += "; " + d.abandonment(&m.Abandonments[i])
	}
	return text
}

func (d *describer) redistribute(m *wire.Redistribute) string {
	s, names := &m.Setup, []string{}
	for _, dealer := range s.Move.Dealers {
		names = append(names, fmt.Sprintf("%s with share %d", d.c.Name(dealer.Node), dealer.Index))
	}
	text := fmt.Sprintf("%s of %s anew as %s in epoch %d, round %d, by %s, t=%d, members %s of %s, initiator %s", d.key(s.Key), d.session(s.Move.Parent),
		d.session(s.Session()), s.Set.Epoch, s.Move.Round, strings.Join(names, " and "), s.Threshold, d.nodes(s.Members), count(int(s.SetSize), "server"), d.c.Name(s.Initiator))
	switch {
	case m.Cause == nil:
	case m.Cause.Order != nil:
		text += fmt.Sprintf("; by an order of %s", count(len(m.Cause.Order.Signatures), "administrator"))
	default:
		text += fmt.Sprintf("; since %s lacks its share", d.c.Name(m.Cause.Repair.Node))
	}
	for i := range m.Abandonments {
		text += "; " + d.abandonment(&m.Abandonments[i])
	}
	return text
}

func (d *describer) waiver(m *wire.Waiver) string {
	if m.Pair == (common.Hash{}) {
		return fmt.Sprintf("holder %d: no document key", m.Index)
	}
	return fmt.Sprintf("holder %d: %s", m.Index, d.number("pair state", m.Pair))
}

func (d *describer) pairState(p *wire.PairState) string {
	switch p.Kind {
	case wire.PairNone:
		return "no document key, by " + count(len(p.Waivers), "waiver")
	case wire.PairKept:
		return fmt.Sprintf("%s, by %s", d.number("pair state", p.Pair), count(len(p.Waivers), "waiver"))
	}
	return "too little is known of a document key, by " + count(len(p.Waivers), "waiver")
}

func (d *describer) commit(m *wire.Commit) string {
	if m.Hash == (common.Hash{}) {
		return fmt.Sprintf("member %d: a one-time key", m.Index)
	}
	return fmt.Sprintf("member %d: %s by its hash, a one-time key", m.Index, d.number("dealing", m.Hash))
}

func (d *describer) reveal(m *wire.Reveal) string {
	return fmt.Sprintf("member %d: %s of %s and %s, over %s", m.Index, d.number("dealing", m.Dealing.Hash(d.at, m.Index)), count(len(m.Dealing.Commitments), "commitment"),
		count(len(m.Dealing.Shares), "sealed share"), d.number("view", m.View))
}

func (d *describer) certify(m *wire.Certify) string {
	return fmt.Sprintf("member %d: %s", m.Index, d.number("transcript", m.Transcript))
}

func (d *describer) complaint(m *wire.Complaint) string {
	return fmt.Sprintf("member %d: against the dealing of member %d, with its own share opened", m.Index, m.Accused.Index)
}

func (d *describer) evidence(m *wire.Evidence) string {
	var parts []string
	add := func(what string, n int, index func(int) uint32) {
		if n == 0 {
			return
		}
		for i := range n {
			what += fmt.Sprintf(" %d", index(i))
		}
		parts = append(parts, what)
	}
	add("commits of members", len(m.Commits), func(i int) uint32 { return m.Commits[i].Index })
	add("reveals of members", len(m.Reveals), func(i int) uint32 { return m.Reveals[i].Index })
	add("certifies of members", len(m.Certifies), func(i int) uint32 { return m.Certifies[i].Index })
	return list(parts...)
}

func (d *describer) ack(m *wire.Ack) string {
	return fmt.Sprintf("member %d: holds the certificate of %s", m.Index, d.session(m.Session))
}

// motion is a vote, or how to vote.
func (d *describer) motion(m *wire.Motion) string {
	text := map[bool]string{true: "for completing", false: "for abandoning"}[m.Complete]
	text += fmt.Sprintf(" in ballot %d", m.Ballot)
	if len(m.Grounds) > 0 {
		text += ", since " + d.signers(m.Grounds) + " voted otherwise before"
	}
	return text
}

func (d *describer) poll(m *wire.Poll) string {
	text := fmt.Sprintf("%s of %s: ", d.key(m.Setup.Key), d.session(m.Setup.Session()))
	if m.Ask == nil {
		text += "how did you vote?"
	} else {
		text += "vote " + d.motion(m.Ask)
	}
	return text + d.end(m.Record, m.Final)
}

func (d *describer) vote(m *wire.Vote) string {
	text := "not cast"
	if m.Cast != nil {
		text = d.motion(m.Cast)
	}
	return text + d.end(m.Record, m.Final)
}

// end is what a poll or a vote brings along.
func (d *describer) end(r *wire.KeyRecord, a *wire.Abandonment) (text string) {
	if r != nil {
		text += "; " + d.record(r)
	}
	if a != nil {
		text += "; " + d.abandonment(a)
	}
	return text
}

// terms are what a key is used for: for whom, at which block, by which holders.
func (d *describer) terms(p wire.Proof, key wire.KeyID, block wire.BlockRef, set []uint32) string {
	return fmt.Sprintf("%s, at block %d, holders %s", d.requester(p, key), block.Number, numbers(set))
}

func (d *describer) retrieve(m *wire.Retrieve) string {
	mode := map[bool]string{true: "sealed", false: "plain"}[m.Shadow]
	return fmt.Sprintf("%s, %s, %s, %s", d.version(m.Key, m.Version), d.pair(m.Common), mode, d.terms(m.Proof, m.Key, m.Block, m.Set))
}

func (d *describer) partial(m *wire.Partial) string {
	return list("a part", optional(len(m.Sealed) > 0, "its blinding sealed"), "signed", optional(m.Receipt != wire.Signature{}, "with a receipt"))
}

func (d *describer) retrieveMany(m *wire.RetrieveMany) string {
	var words []string
	for i := range m.Keys {
		k := &m.Keys[i]
		words = append(words, d.version(k.Key, k.Version)+" with "+d.pair(k.Common))
	}
	return list(append(words, d.terms(m.Proof, m.Keys[0].Key, m.Block, m.Set))...)
}

func (d *describer) partials(m *wire.Partials) string {
	words := make([]string, len(m.Parts))
	for i, p := range m.Parts {
		if words[i] = p.Reason.String(); p.Part != nil {
			words[i] = "a part"
		}
	}
	return strings.Join(words, "; ")
}

func (d *describer) known(m *wire.Known) string {
	var parts []string
	if m.Record != nil {
		parts = append(parts, d.record(m.Record))
	}
	if m.Document != nil {
		parts = append(parts, d.document(m.Document))
	}
	if m.Promise != nil {
		parts = append(parts, d.pair(m.Promise.Common)+" promised")
	}
	return list(parts...)
}

func (d *describer) explain(m *wire.Explain) string {
	return fmt.Sprintf("%s, %s, at block %d", d.key(m.Key), d.account(m.Requester), m.Block.Number)
}

func (d *describer) explained(m *wire.Explained) string {
	answer := [...]string{"", "granted", "denied", "newer head", "unavailable"}[m.Answer]
	return list(fmt.Sprintf("%s at block %d", answer, m.Block.Number), fmt.Sprintf("final head %d", m.Head.Number), optional(m.Holds, "holds a share"))
}

func (d *describer) holdings(m *wire.Holdings) string {
	return d.versions(m.Keys)
}

func (d *describer) listKeys(m *wire.ListKeys) string {
	after := "from the beginning"
	if m.After != (wire.ListedKey{}) {
		after = "after " + d.version(m.After.Key, m.After.Origin)
	}
	return list(fmt.Sprintf("for set %d", m.Set.Epoch), after)
}

func (d *describer) listing(m *wire.Listing) string {
	words := make([]string, len(m.Entries))
	for i, e := range m.Entries {
		words[i] = d.version(e.Key, e.Origin)
	}
	return list(list(words...), optional(m.Last, "no more"), optional(!m.Counts, "does not count"))
}

func (d *describer) versions(keys []wire.KeyVersion) string {
	words := make([]string, len(keys))
	for i, k := range keys {
		words[i] = d.version(k.Key, k.Version)
	}
	return list(words...)
}

func (d *describer) askHolds(m *wire.AskHolds) string { return d.versions(m.Keys) }

func (d *describer) holds(m *wire.Holds) string {
	return d.held(&wire.Held{Bits: m.Bits}) + ", signed"
}

func (d *describer) rehearse(m *wire.Rehearse) string {
	var members, dealers []string
	for _, node := range m.Members {
		members = append(members, d.c.Name(node))
	}
	for i := range m.Dealers {
		dealers = append(dealers, d.c.Name(m.Dealers[i].Node))
	}
	return fmt.Sprintf("%s, dealt by %s to %s, threshold %d", d.version(m.Key, m.Parent), list(dealers...), list(members...), m.Threshold)
}

func (d *describer) listShares(m *wire.ListShares) string {
	if m.After == (wire.KeyID{}) {
		return "from the beginning"
	}
	return "after " + d.key(m.After)
}

func (d *describer) shareList(m *wire.ShareList) string {
	words := make([]string, len(m.Entries))
	for i, e := range m.Entries {
		words[i] = fmt.Sprintf("%s of threshold %d%s", d.version(e.Key, e.Version), e.Threshold, map[bool]string{true: " held"}[e.Held])
	}
	return list(list(words...), optional(m.Last, "no more"), "signed")
}

func (d *describer) askErased(m *wire.AskErased) string { return d.versions(m.Keys) }

func (d *describer) erasures(m *wire.Erasures) string {
	words := make([]string, len(m.Receipts))
	for i := range m.Receipts {
		e := &m.Receipts[i]
		words[i] = fmt.Sprintf("%s has erased %s", d.c.Name(e.Node), d.version(e.Key, e.Version))
	}
	return list(words...)
}

func (d *describer) held(m *wire.Held) string {
	var which []uint32
	for i := range wire.MaxHoldings {
		if m.Has(i) {
			which = append(which, uint32(i+1))
		}
	}
	return "shares of number " + numbers(which)
}

func (d *describer) sign(m *wire.Sign) string {
	with := "without nonces"
	switch {
	case m.Scheme == wire.ECDSA && m.Item == wire.Item{}:
		with = "the vote alone"
	case m.Scheme == wire.ECDSA:
		with = d.number("item", m.Item)
	case len(m.Nonces) > 0:
		with = d.nonces(m.Nonces...)
	}
	return fmt.Sprintf("%s, %v of %s, %s, %s", d.version(m.Key, m.Version), m.Scheme, d.number("hash", m.Hash), d.terms(m.Proof, m.Key, m.Block, m.Set), with)
}

func (d *describer) schnorrShare(m *wire.SchnorrShare) string {
	return list("a share, signed", optional(len(m.Next) > 0, "ahead "+d.nonces(m.Next...)))
}

func (d *describer) deal(m *wire.Deal) string {
	s, kept := &m.Setup, "nothing is said of earlier ones"
	if m.Kept != nil {
		kept = count(len(m.Kept.Dealings), "earlier dealing") + " still kept"
	}
	return fmt.Sprintf("%s, t=%d, coordinator %s, members %s with shares %s; %s", count(int(s.Items), "item"), s.Threshold, d.c.Name(s.Coordinator),
		d.nodes(s.Members), numbers(s.Set), kept)
}

// list puts a comma between what is there; nothing is said to be nothing.
func list(parts ...string) string {
	var there []string
	for _, p := range parts {
		if p != "" {
			there = append(there, p)
		}
	}
	if len(there) == 0 {
		return "nothing"
	}
	return strings.Join(there, ", ")
}

func optional(there bool, text string) string {
	if there {
		return text
	}
	return ""
}

func numbers(all []uint32) string {
	if len(all) == 0 {
		return "none"
	}
	return strings.Trim(fmt.Sprint(all), "[]")
}

// count is so many of something whose plural ends in s.
func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

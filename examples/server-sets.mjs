// The key servers of a cluster change. Each new set is ordered by administrators and decided by the members of the one before; a link shows both.
// So whoever trusts one set can follow to the newest without trusting the node that tells the links. docs/protocol.md, section 19, has the rules;
// protocol/verify/testdata/serversets.json has vectors.
//
//   npm install viem@2.57.20 @noble/curves@1.9.1
import { secp256k1 } from '@noble/curves/secp256k1'
import { concat, hashTypedData, keccak256, numberToHex, size, slice, stringToHex } from 'viem'

export const must = (holds, what) => { if (!holds) throw new Error(`the answer can't be trusted: ${what}`) }
const joined = (list) => list.length > 0 ? concat(list) : '0x'
export const number = (n, bytes) => numberToHex(n, { size: bytes })

// digest is the hash that key servers sign: each part has its length before it.
export const digest = (tag, ...parts) => keccak256(concat(['0x19',
  ...[stringToHex('geth-ss/' + tag), ...parts].flatMap((part) => [number(size(part), 8), part])]))

export const signed = (key, hash, signature) => {
  try {
    return size(signature) === 65 && secp256k1.verify(slice(signature, 0, 64).slice(2), hash.slice(2), '04' + key.slice(2))
  } catch { return false } // no key, or no signature
}

// majority is how many of n servers decide, if t may lie. Any two majorities have t+1 servers in common.
const majority = (n, t) => Math.floor((n + t + 2) / 2)

// setQuorum is the majority of a set's members when they decide about the next one: a third may lie.
export const setQuorum = (set) => majority(set.members.length, Math.floor((set.members.length - 1) / 3))

// drain is for how many blocks after the start of the next set receipts of a set count: keys move one by one.
export const drain = 10000

const NO_KEY = '0x' + '00'.repeat(64)
const hex = (bytes) => (text) => typeof text === 'string' && text.length === 2 + 2 * bytes && /^0x[0-9a-f]*$/.test(text)
const whole = (n) => Number.isSafeInteger(n) && n >= 0
const ascending = (list) => list.every((x, i) => i === 0 || list[i - 1] < x) // of hex of the same length
const equal = (a, b) => a.length === b.length && a.every((x, i) => x === b[i])

// setHash names a set.
export const setHash = (s) => digest('server set/1', s.cluster, number(s.epoch, 8), s.parent, joined(s.members), joined(s.keys), number(s.floor, 4),
  number(s.refresh, 8), joined(s.authority.administrators), number(s.authority.needed, 4), s.authority.contract)

function wellFormed (s) {
  const { administrators, needed, contract } = s.authority
  must([s.cluster, s.parent].every(hex(32)) && [s.epoch, s.floor, s.refresh, needed].every(whole), 'the server set has malformed fields')
  must(s.members.length > 0 && s.members.length <= 256 && s.members.every(hex(64)) && ascending(s.members), 'the members are not in order')
  must(s.keys.length === (s.epoch === 0 ? 0 : s.members.length) && s.keys.every(hex(64)), 'the number of epoch keys is not that of the members')
  must(s.epoch !== 0 || /^0x0*$/.test(s.parent), 'the first set has a parent')
  must(s.floor < s.members.length, 'the lowest threshold is not below the number of members')
  must(administrators.length <= 64 && administrators.every(hex(20)) && ascending(administrators), 'the administrators are not in order')
  must(needed <= administrators.length && (needed === 0) === (administrators.length === 0), 'the number of administrators that must sign is wrong')
  must(hex(20)(contract) && /^0x0*$/.test(contract), 'the server set is named by a contract')
}

const orderTypes = {
  ServerSetOrder: [
    { name: 'cluster', type: 'bytes32' }, { name: 'epoch', type: 'uint256' }, { name: 'parent', type: 'bytes32' }, { name: 'members', type: 'Member[]' },
    { name: 'floor', type: 'uint256' }, { name: 'refresh', type: 'uint256' }, { name: 'administrators', type: 'address[]' },
    { name: 'needed', type: 'uint256' }, { name: 'force', type: 'bool' }, { name: 'expires', type: 'uint256' }, { name: 'nonce', type: 'bytes32' }
  ],
  Member: [{ name: 'id', type: 'bytes' }, { name: 'address', type: 'string' }]
}

// An order by which a set is given up that has lost its quorum is of another type, and says what is not guaranteed any more.
orderTypes.ServerSetGiveUp = [...orderTypes.ServerSetOrder, { name: 'notGuaranteed', type: 'string' }]
const notGuaranteed = 'The key servers that go have lost their quorum and do not decide. Not guaranteed any more: that an id has one key for ever, ' +
  'that a document key is the only one of its id, and that no other server set has followed or will. ' +
  'Keys of which too few holders are up can not be used until those come back.'

// orderDigest is what administrators sign (EIP-712).
export function orderDigest ({ chainId, members, giveUp, ...order }) {
  const message = { ...order, administrators: order.administrators ?? [], members: members.map(({ id, address }) => ({ id, address })), notGuaranteed }
  const primaryType = giveUp ? 'ServerSetGiveUp' : 'ServerSetOrder'
  return hashTypedData({ domain: { name: 'Secret Store', version: '1', chainId }, types: orderTypes, primaryType, message })
}

function signerOf (hash, signature) {
  const v = Number(slice(signature, 64, 65))
  const key = secp256k1.Signature.fromCompact(slice(signature, 0, 64).slice(2)).addRecoveryBit(v >= 27 ? v - 27 : v).recoverPublicKey(hash.slice(2))
  return '0x' + keccak256('0x' + key.toHex(false).slice(2)).slice(-40)
}

// ordered fails unless as many administrators of the parent have signed as are needed, all of them to give it up, and nobody else.
function ordered (parent, hash, signatures, giveUp) {
  const { administrators } = parent.authority
  const needed = giveUp ? administrators.length : parent.authority.needed
  must(needed > 0, `nobody may change server set ${parent.epoch}`)
  const signers = new Set()
  for (const signature of signatures) {
    let signer
    try { signer = size(signature) === 65 && signerOf(hash, signature) } catch { signer = undefined }
    must(administrators.includes(signer), `an order with a signature that is no administrator's of set ${parent.epoch}`)
    signers.add(signer)
  }
  must(signers.size >= needed, `an order that ${signers.size} administrators have signed, of ${needed} who have to`)
}

// nextSet is the set that an attempt makes: that of the order, with the epoch keys of the members that are ready.
export function nextSet ({ order, ready }) {
  const keys = new Map((ready ?? []).map(({ id, key }) => [id, key]))
  const members = order.members.map(({ id }) => id)
  return {
    cluster: order.cluster, epoch: order.epoch, parent: order.parent, members, keys: members.map((id) => keys.get(id) ?? NO_KEY),
    floor: order.floor, refresh: order.refresh,
    authority: { administrators: order.administrators ?? [], needed: order.needed, contract: '0x' + '00'.repeat(20) }
  }
}

// checkLink returns the set to which a link leads from its parent, or fails. Who sent the link doesn't matter.
export function checkLink (parent, link) {
  const { order, coordinator, nonce, block, signature } = link.attempt
  const [orders, ready] = [link.attempt.orders ?? [], link.attempt.ready ?? []]
  const set = nextSet(link.attempt)
  wellFormed(set)
  must(order.cluster === parent.cluster, 'a link of another cluster')
  must(order.epoch === parent.epoch + 1 && order.parent === setHash(parent), `a link for server set ${order.epoch}, and not after set ${parent.epoch}`)
  must(order.floor >= parent.floor, 'a link that lowers the lowest threshold')
  must(!equal(set.members, parent.members) || set.floor !== parent.floor || set.refresh !== parent.refresh ||
    !equal(set.authority.administrators, parent.authority.administrators) || set.authority.needed !== parent.authority.needed, 'a link that changes nothing')
  const hash = orderDigest(order)
  const giveUp = order.giveUp === true
  ordered(parent, hash, orders, giveUp)
  const voters = giveUp ? set : parent // a set that has lost its quorum decides nothing

  const proposal = digest('set proposal/1', order.cluster, order.parent, hash, coordinator, nonce, number(block.number, 8), block.hash)
  must(ready.length >= setQuorum(set), `${ready.length} members of the new server set are ready`)
  must(ascending(ready.map(({ id }) => id)) && new Set(ready.map(({ key }) => key)).size === ready.length, 'those that are ready are not in order')
  for (const r of ready) {
    const said = digest('set ready/1', order.parent, hash, proposal, r.id, r.key)
    must(set.members.includes(r.id) && !parent.keys.includes(r.key) && signed(r.key, said, r.proof) && signed(r.id, said, r.signature), 'false readiness of a member')
  }

  const id = digest('set attempt/1', order.cluster, digest('set attempt body/1', setHash(set), proposal, joined(orders)))
  must((parent.members.includes(coordinator) || voters.members.includes(coordinator)) && signed(coordinator, digest('set coordinated/1', id), signature), `no member of server set ${parent.epoch} coordinates`)
  enough(voters, link.signed, 'are bound', (s, i) => signed(s.id, digest('set bound/1', id), s.signature) &&
    (voters.epoch === 0 || voters.keys[i] === NO_KEY || signed(voters.keys[i], digest('set bound/1', id), s.epoch)))
  const { ballot, votes } = link.decided
  must(whole(ballot) && ballot % 2 === 0, 'decided in a ballot about abandoning')
  enough(voters, votes, 'have voted', (v) => signed(v.id, digest('vote', id, concat([number(ballot, 4), '0x01'])), v.signature))
  return set
}

// enough fails unless a set quorum has signed, each member once, and nobody else.
function enough (parent, list, what, holds) {
  const signs = list ?? []
  must(ascending(signs.map(({ id }) => id)), 'signatures are not in order')
  for (const s of signs) {
    const i = parent.members.indexOf(s.id)
    must(i >= 0 && holds(s, i), `not all that ${what} are members of server set ${parent.epoch} and have signed`)
  }
  must(signs.length >= setQuorum(parent), `${signs.length} members of server set ${parent.epoch} ${what}, of ${setQuorum(parent)} that have to`)
}

// TwoLinks means that two different sets follow one. More of its members lie than may: believe nothing that comes of it. Show both links to the operators.
export class TwoLinks extends Error {
  constructor (a, b) {
    super(`server set ${a.attempt.order.epoch - 1} is followed by two different sets: more of its members lie than may, so believe neither`)
    Object.assign(this, { name: 'TwoLinks', links: [a, b] })
  }
}

// ServerSets is what a client knows of a cluster's sets. It keeps them in a store with getItem and setItem, such as localStorage, and never goes
// back to an earlier one.
export class ServerSets {
  // open takes what is stored. `trusted` is the hash of a set that the operators have published, the first or any later one: without it, and with
  // nothing stored, no link is believed. After `trustingPeriod` seconds without news it has to be that of the newest set: node keys of former
  // servers may have been sold by then.
  static open (cluster, { trusted, store, trustingPeriod = 90 * 86400, now = () => Math.floor(Date.now() / 1000) } = {}) {
    const sets = Object.assign(new ServerSets(), { cluster, trusted, store, trustingPeriod, now, name: `geth-ss server sets ${cluster}` })
    const kept = store?.getItem(sets.name)
    sets.state = kept ? JSON.parse(kept) : { sets: [], links: [], confirmed: 0 }
    if (trusted && trusted === sets.newest?.hash) sets.confirm()
    return sets
  }

  get newest () { return this.state.sets.at(-1) }

  confirm () {
    this.state.confirmed = this.now()
    this.keep()
  }

  keep () { this.store?.setItem(this.name, JSON.stringify(this.state)) }

  // check fails if the sets are not to be relied on any more.
  check () {
    if (this.state.two) throw new TwoLinks(...this.state.two)
    if (this.newest && this.now() > this.state.confirmed + this.trustingPeriod) {
      throw new Error(`server set ${this.newest.set.epoch} was heard of more than ${this.trustingPeriod} s ago: ` +
        'give the hash of the newest set, as the operators or the document\'s publisher have published it')
    }
  }

  // follow takes what a node tells: { first, links, more }. It returns after which epoch to ask again.
  follow ({ first, links, more }) {
    if (this.state.two) throw new TwoLinks(...this.state.two)
    this.begin(first, links)
    must(this.newest || more, 'no server set is known to begin with, or the node does not know the one that was given (set)')
    if (this.newest) {
      const vouched = this.trusted && links.findLast(({ attempt }) => setHash(nextSet(attempt)) === this.trusted)?.attempt.order.epoch
      for (const link of links) this.take(link, link.attempt.order.epoch <= vouched)
      this.keep()
    }
    return links.at(-1)?.attempt.order.epoch
  }

  // begin finds the trusted set among those that are told.
  begin (first, links) {
    if (this.newest || !this.trusted) return
    const told = [...(first ? [{ set: first, start: 0 }] : []), ...links.map((l) => ({ set: nextSet(l.attempt), start: l.attempt.block.number }))]
    const at = told.find(({ set }) => setHash(set) === this.trusted)
    if (!at) return
    wellFormed(at.set)
    must(at.set.cluster === this.cluster, 'the server set that was given is another cluster\'s')
    this.state.sets.push({ ...at, hash: this.trusted })
    this.confirm()
  }

  // take follows one link. After the trusting period only those count that lead to the set that is published now.
  take (link, vouched) {
    const { epoch } = link.attempt.order
    const first = this.state.sets[0].set.epoch
    if (!(epoch > first)) return // before what is trusted
    const parent = this.state.sets[epoch - 1 - first]
    must(parent, 'the links are not one after the other')
    const [known, hash] = [this.state.sets[epoch - first], setHash(nextSet(link.attempt))]
    if (known?.hash === hash) return
    if (!vouched) this.check()
    const set = checkLink(parent.set, link)
    if (known) {
      this.state.two = [this.state.links[epoch - first - 1], link]
      this.keep()
      throw new TwoLinks(...this.state.two)
    }
    this.state.sets.push({ set, hash, start: link.attempt.block.number })
    this.state.links.push(link)
    this.state.confirmed = this.now()
  }

  // of is the set that a key's set-up is of. It fails unless all of its members are the set's, and it counts majorities by the set's size.
  of (setup) {
    this.check()
    must(this.newest, 'no server set is known: give the hash of one (set)')
    const known = this.state.sets.find(({ set }) => set.epoch === (setup.set?.epoch ?? 0))
    must(known && setup.cluster === this.cluster && (!setup.set || setup.set.hash === known.hash), 'the key is of a server set that is not known')
    const { set } = known
    must(setup.setSize === set.members.length && setup.members.every((member) => set.members.includes(member)), `the key is not of server set ${set.epoch}`)
    must(!setup.move || setup.threshold >= set.floor, 'the threshold is below the lowest of the server set')
    return set
  }

  // checkBlock fails if a set had ended before this block, and the drain was over: former servers prove nothing any more.
  checkBlock (set, block) {
    const next = this.state.sets.find((s) => s.set.epoch === set.epoch + 1)
    must(!next || block <= next.start + drain, `server set ${set.epoch} had ended at block ${next?.start}, and this is about block ${block}`)
  }
}

// versionOf hashes the set-up of a key: see docs/receipts.md.
export function versionOf (s) {
  const parts = [s.cluster, s.key, concat([number(s.threshold, 4), number(s.setSize, 4)]), joined(s.members), s.initiator, s.nonce, s.proof]
  if (!s.set) return digest('generation/1', ...parts)
  parts.push(number(s.set.epoch, 8), s.set.hash)
  if (!s.move) return digest('generation/2', ...parts)
  const { round, origin, parent, made, public: serverKey, dealers } = s.move
  return digest('move/1', ...parts, number(round, 8), origin, parent, number(made, 4), serverKey,
    joined(dealers.map((d) => concat([d.node, number(d.index, 4), d.share]))))
}

// allSigned fails unless all members of a key have signed for its set-up, commitments and all else.
export function allSigned ({ setup, bodies, commitments, signatures }) {
  must(setup.members.length >= majority(setup.setSize, setup.threshold) && ascending(setup.members), 'the key has too few members')
  const version = versionOf(setup)
  const hash = digest('certify', version, digest('transcript', version, bodies, ...commitments))
  must(setup.members.every((member, i) => signatures[i] && signed(member, hash, signatures[i])), 'not all members have signed for the key')
}

// sameKey fails unless a certificate is of a later version of the key whose origin was published, by a set that is known. One member could make up
// a version of which one part is enough: so a majority must have signed for it.
export function sameKey (certificate, key, origin, sets) {
  const { setup } = certificate
  must(sets, 'the key was dealt anew, to other key servers: give the hash of a server set (set)')
  must(setup.key === key && setup.move?.origin === origin && setup.move.public === certificate.commitments[0], 'it is not of the key that was published')
  const set = sets.of(setup)
  allSigned(certificate)
  return set
}

// checkReceipt fails unless a receipt's file, as `geth-ss secretstore fetch --receipt` writes it, is one of the key that was published with this
// version, or of a later version of it. It does not look at `granted` nor at the request.
export function checkReceipt ({ receipt, setup, signatures, record }, version, sets) {
  must(versionOf(setup) === receipt.version && setup.key === receipt.key && setup.cluster === receipt.cluster, 'the receipt is not of this set-up')
  if (receipt.version !== version) {
    must(record && versionOf(record.setup) === receipt.version, 'the receipt is of another version, and has no record of it')
    const set = sameKey(record, receipt.key, version, sets)
    sets.checkBlock(set, receipt.block.number)
  } else if (sets?.newest) {
    sets.checkBlock(sets.of(setup), receipt.block.number)
  }
  const hash = digest('receipt/1', receipt.cluster, receipt.request, receipt.requester, receipt.key, receipt.version, number(receipt.block.number, 8),
    receipt.block.hash, receipt.granted ? '0x01' : '0x00')
  must(signatures.length > setup.threshold, 'the receipt has too few signatures')
  must(signatures.every(({ index, signature }, i) => Number.isInteger(index) && index > (signatures[i - 1]?.index ?? 0) &&
    index <= setup.members.length && signed(setup.members[index - 1], hash, signature)), 'not all have signed the receipt')
}

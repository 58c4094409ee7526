// A dapp's side of the Secret Store, in a browser or in Node.js 20. The user's wallet signs requests. The dapp needs no password and no node
// of its own. It trusts an answer because key servers have signed it, whichever node sent it.
//
//   npm install viem@2.57.20 @noble/curves@1.9.1
//
//   const wallet = createWalletClient({ transport: custom(window.ethereum) })
//   const store = await SecretStore.connect('https://node.example:8082', wallet, { cluster, servers, set })   // as the network's operators publish them
//   const { version, documentKey } = await store.publish(key, 2, { permissions })   // key: 32 random bytes; permissions: the contract's address
//   const documentKey = await store.read(key, version)       // once the contract allows the account; get the version from the publisher, with the document
//
// Key servers change. `set` is the hash of a server set, the first or a later one; server-sets.mjs follows from it to the newest, and keeps that.
// docs/formats.md says how to encrypt with a document key. docs/requests.md has the typed data.
import { secp256k1 } from '@noble/curves/secp256k1'
import {
  bytesToBigInt, bytesToHex, concat, hexToBytes, isAddressEqual, keccak256, numberToHex, parseAbi, publicActions, size, slice, stringToHex, toRlp
} from 'viem'
import { ServerSets, allSigned, checkReceipt, digest, must, number, sameKey, signed, versionOf } from './server-sets.mjs'

export { checkReceipt, versionOf }

const types = {
  Request: [
    { name: 'cluster', type: 'bytes32' }, { name: 'account', type: 'address' }, { name: 'operation', type: 'string' },
    { name: 'keys', type: 'bytes32[]' }, { name: 'arguments', type: 'bytes32' }, { name: 'replyKey', type: 'bytes' },
    { name: 'expiry', type: 'uint256' }, { name: 'nonce', type: 'bytes32' }
  ]
}

const abi = parseAbi(['function claim(bytes32 document)', 'function publisherOf(bytes32 document) view returns (address)'])

const Point = secp256k1.ProjectivePoint
const point = (hex) => Point.fromHex('04' + hex.slice(2))
const text = (p) => '0x' + p.toHex(false).slice(2)
const random = () => bytesToBigInt(secp256k1.utils.randomPrivateKey())

export class SecretStore {
  // connect asks the wallet for an account. Without the cluster's id and key servers it believes the node, and warns. With `set`, or with what is in
  // `keep`, it follows the server sets; `keep` is like localStorage.
  static async connect (url, wallet, { cluster, servers, set, keep = globalThis.localStorage } = {}) {
    const store = Object.assign(new SecretStore(), { url, wallet })
    ;[store.account] = await wallet.requestAddresses()
    store.chainId = await wallet.getChainId()
    const about = await store.fetch('cluster')
    store.cluster = cluster ?? about.cluster
    const sets = ServerSets.open(store.cluster, { trusted: set, store: cluster && keep })
    if (set || sets.newest) [store.sets, servers] = [sets, await store.follow(sets)]
    if (!cluster || !servers) console.warn(`Trusting ${url}: cluster ${store.cluster} with ${servers?.length ?? about.servers.length} key servers`)
    ;[store.servers, store.minThreshold] = [servers ?? about.servers.map((server) => server.id), about.minThreshold]
    const stranger = about.servers.find(({ id }) => !store.servers.includes(id))
    if (stranger) throw new Error(`the node lists the key server ${stranger.address}, which is none of the ${store.servers.length} that are known`)
    if (about.cluster !== store.cluster || about.chainId !== store.chainId) {
      throw new Error(`the node is of cluster ${about.cluster} on chain ${about.chainId}, not of ${store.cluster} on the wallet's chain ${store.chainId}`)
    }
    return store
  }

  // follow asks the node for links until there are no more, and returns the members of the newest set.
  async follow (sets) {
    let after = sets.newest?.set.epoch ?? 0
    for (let page = 0; page < 64; page++) {
      const told = await this.fetch(`serverSets?after=${after}`)
      const last = sets.follow(told)
      if (!told.more || !(last > after)) break
      after = last
    }
    sets.check()
    return sets.newest.set.members
  }

  async fetch (path, body) {
    const init = body && { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }
    const signal = AbortSignal.timeout(path === 'cluster' ? 5000 : 60000) // a node that hangs takes the connection and never answers
    const response = await fetch(`${this.url}/v1/${path}`, { ...init, signal })
    const answer = await response.json()
    if (!response.ok) throw Object.assign(new Error(answer.message), answer)
    return answer
  }

  // ask lets the wallet sign a request, which is valid for an hour, and sends it. Key servers sign the request's proof in their answers.
  async ask (operation, keys, { path = operation, body, args = keccak256('0x'), replyKey = '0x' } = {}) {
    const { block } = await this.fetch('cluster') // the key servers compare expiry with the chain's time; use it if it is plausible
    const [theirs, ours] = [block.timestamp, Math.floor(Date.now() / 1000)]
    if (!(theirs < ours + 300 && theirs > ours - 86400)) throw new Error(`the node's block is of ${theirs}, and the clock here says ${ours}`)
    const message = {
      cluster: this.cluster, account: this.account, operation, keys, arguments: args, replyKey,
      expiry: block.timestamp + 3600, nonce: bytesToHex(crypto.getRandomValues(new Uint8Array(32)))
    }
    const domain = { name: 'Secret Store', version: '1', chainId: this.chainId }
    const signature = await this.wallet.signTypedData({ account: this.account, domain, types, primaryType: 'Request', message })
    const answer = await this.fetch(path, { message, signature, ...body })
    const proof = digest('proof', '0x02', toRlp([[numberToHex(this.chainId), message.cluster, message.account, stringToHex(operation), keys,
      args, replyKey === '0x' ? number(0, 64) : replyKey, numberToHex(message.expiry), message.nonce], signature, []]))
    return { answer, proof }
  }

  // checkThreshold fails if the key servers make no keys of this threshold. Call it before anything that can't be undone.
  checkThreshold (t) {
    const [min, n] = [this.minThreshold, this.servers.length]
    if (!(t >= min && t < n)) throw new Error(`threshold ${t} can't be: ${n} key servers make keys of thresholds from ${min} to ${n - 1}`)
  }

  // claim makes the account the publisher of a key's id in the permission contract. The first claim wins: claim before any key server sees the
  // id. The wallet's own node says who the publisher is.
  async claim (address, key) {
    const chain = this.wallet.extend(publicActions)
    const claimed = async () => isAddressEqual(await chain.readContract({ address, abi, functionName: 'publisherOf', args: [key] }), this.account)
    if (await claimed()) return
    const { request } = await chain.simulateContract({ account: this.account, address, abi, functionName: 'claim', args: [key] })
    await chain.waitForTransactionReceipt({ hash: await chain.writeContract({ chain: null, ...request }) })
    if (!await claimed()) throw new Error(`the key id ${key} is another account's in the permission contract ${address}`)
  }

  // generate makes a server key, which any threshold+1 key servers can use together. If an interrupted publication has made the key already, it
  // uses that one: only its author can read it, and store under it.
  async generate (key, threshold) {
    this.checkThreshold(threshold)
    const { answer: { version, certificate } } = await this.ask('generateServerKey', [key], { body: { threshold }, args: keccak256(number(threshold, 32)) })
      .catch((err) => { if (err.reason !== 'keyExists') throw err; return this.ask('serverKey', [key]) })
    const publicKey = certified(certificate, key, version, threshold, this.servers, this.sets)
    return { version, origin: certificate.setup.move?.origin ?? version, publicKey }
  }

  // publish claims an id, makes a server key, and stores a new document key under it. Set unclaimed if the contract has no publishers.
  async publish (key, threshold, { permissions, unclaimed } = {}) {
    this.checkThreshold(threshold)
    if (!permissions && !unclaimed) throw new Error('give the address of the permission contract: whoever sees the id first becomes its publisher there')
    if (!unclaimed) await this.claim(permissions, key)
    const { version, origin, publicKey } = await this.generate(key, threshold)
    const [documentKey, k] = [Point.BASE.multiply(random()), random()]
    const commonPoint = text(Point.BASE.multiply(k))
    const encryptedPoint = text(documentKey.add(point(publicKey).multiply(k)))
    const { answer } = await this.ask('storeDocumentKey', [key], {
      path: 'storeDocumentKey?proof=true', body: { commonPoint, encryptedPoint }, args: keccak256(concat([commonPoint, encryptedPoint]))
    }).catch((error) => { // a document key that is stored already may be ours: the answer to an earlier request may have been lost
      if (!error.stored) throw error
      return { answer: error.stored }
    })
    stored(answer, key, version, commonPoint, encryptedPoint)
    return { version: origin, documentKey: text(documentKey) }
  }

  // read returns the document key. The servers seal their parts to a key that is used only once. So neither a node in between nor anybody who
  // finds the wallet's signature can read them.
  async read (key, version) {
    const secret = random()
    const { answer: [{ release, error }], proof } = await this.ask('retrieveDocumentKeys', [key], { replyKey: text(Point.BASE.multiply(secret)) })
    if (error) throw Object.assign(new Error(error.message), error)
    return open(release, key, version, proof, secret, this.sets)
  }
}

// open combines the document key from the parts of threshold+1 key servers, after it has checked their signatures. The version fixes who these
// servers are; if the key was dealt anew since then, the server sets do. It does not check the proof that a server's part is the right one: a lying
// server could spoil the key, but not choose it. verify.OpenRelease in Go checks the proofs too, and names the liar.
export async function open (release, key, origin, proof, secret, sets) {
  const { setup, asked, parts } = release
  must(setup.key === key && asked.proof === proof && asked.shadow === true, 'it is about something else')
  const version = versionOf(setup)
  must(setup.move || version === origin, 'it is not of the key servers that hold this document')
  if (version !== origin) sameKey(release, key, origin, sets)
  must(parts.length === setup.threshold + 1 && asked.set.length === parts.length, 'parts are missing')
  must(asked.set.every((index, i) => index > (asked.set[i - 1] ?? 0) && index <= setup.members.length), 'a server counts twice')
  const attempt = digest('retrieval/1', setup.cluster, asked.coordinator, key, version, asked.commonPoint, asked.encryptedPoint, '0x01', asked.proof,
    concat([number(asked.block.number, 8), asked.block.hash]), concat(asked.set.map((index) => number(index, 4))), asked.nonce)
  const odd = setup.threshold % 2 === 1

  let common = point(asked.commonPoint)
  if (odd) common = common.negate()
  let documentKey = point(asked.encryptedPoint)
  for (const [i, { part, sealed, signature }] of parts.entries()) {
    const index = asked.set[i]; const member = setup.members[index - 1]
    must(signed(member, digest('partial', attempt, number(index, 4), part, sealed), signature), `server ${index} has not signed its part`)
    const coefficient = bytesToBigInt(await unseal(sealed, secret))
    const mask = point(slice(part, 64, 128))
    must(Point.BASE.multiply(coefficient).equals(odd ? mask.negate() : mask), `server ${index} has sealed something else than its part`)
    documentKey = documentKey.subtract(point(slice(part, 0, 64))).add(common.multiply(coefficient))
  }
  return text(documentKey)
}

// certified returns the public key that all members have signed, so that a node in between can't put its own in its place.
export function certified (certificate, key, version, threshold, servers, sets) {
  const { setup } = certificate
  must(setup.key === key && (setup.move?.made ?? setup.threshold) === threshold && versionOf(setup) === version, 'it is about another key')
  if (sets) sets.of(setup)
  else must(setup.members.every((member) => servers.includes(member)), 'others than the key servers have made the key')
  allSigned(certificate)
  return certificate.commitments[0]
}

// stored fails unless a majority of the key's servers have signed exactly this pair of points. If another pair is stored, nobody can ever read
// what is encrypted with this document key. Any two majorities have an honest server in common, and it signs only one pair. The version comes
// from a certificate that was checked.
export function stored ({ certificate, document }, key, version, commonPoint, encryptedPoint) {
  must(certificate && document, 'it says that a document key is stored, and does not show which')
  const { setup: { cluster, members, threshold } } = certificate; const { signatures } = document
  must(versionOf(certificate.setup) === version && members.every((member) => size(member) === 64), 'it is not of the key servers that hold this key')
  must(signatures.length >= Math.floor((members.length + threshold + 2) / 2), 'too few key servers have signed for the document key')
  const hash = digest('store', cluster, key, version, document.commonPoint, document.encryptedPoint)
  must(signatures.every(({ index, signature }, i) => Number.isInteger(index) && index > (signatures[i - 1]?.index ?? 0) &&
    index <= members.length && signed(members[index - 1], hash, signature)), 'not all of them have signed for the document key')
  const mine = document.commonPoint === commonPoint && document.encryptedPoint === encryptedPoint
  if (!mine) throw new Error('another document key is stored: take another key id')
}

// unseal opens ECIES: 04 ‖ R ‖ IV ‖ AES-128-CTR ciphertext ‖ HMAC-SHA256 of IV ‖ ciphertext ‖ 0000.
async function unseal (blob, secret) {
  const bytes = hexToBytes(blob); const { subtle } = crypto
  const shared = Point.fromHex(bytes.slice(0, 65)).multiply(secret).toRawBytes(true).slice(1)
  const keys = new Uint8Array(await subtle.digest('SHA-256', new Uint8Array([0, 0, 0, 1, ...shared])))
  const mac = await subtle.importKey('raw', await subtle.digest('SHA-256', keys.slice(16)), { name: 'HMAC', hash: 'SHA-256' }, false, ['verify'])
  const body = bytes.slice(65, -32)
  must(await subtle.verify('HMAC', mac, bytes.slice(-32), new Uint8Array([...body, 0, 0])), 'a part is not sealed to this reader')
  const aes = await subtle.importKey('raw', keys.slice(0, 16), 'AES-CTR', false, ['decrypt'])
  return new Uint8Array(await subtle.decrypt({ name: 'AES-CTR', counter: body.slice(0, 16), length: 128 }, aes, body.slice(16)))
}

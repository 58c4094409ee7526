// secretstore 1.1.0, Energy Web's client, unmodified. The change of the server set is an op of its own.
//
// Every op takes {rpcUrl, ssUrl, address, password, documentId} as in parity-style.mjs. Documents are text.

import { createRequire } from 'node:module'
import { covered, expect, hex, main, spied } from './run.mjs'
import { nextId } from './parity-style.mjs'
import { addressOf, open, verify } from './signatures.mjs'

const { SecretStoreRpcApiClient, SecretStoreSessionClient } = createRequire(import.meta.url)('secretstore')
const notHere = ['nodesSetChange']

const toHex = (document) => Buffer.from(document, 'utf8').toString('hex')
const fromHex = (hexed) => Buffer.from(hexed.slice(2), 'hex').toString('utf8')

function clients (c, rpcCalled = new Set(), sessionCalled = new Set()) {
  return {
    rpc: spied(new SecretStoreRpcApiClient(c.rpcUrl), rpcCalled),
    session: spied(new SecretStoreSessionClient(c.ssUrl), sessionCalled),
    sign: (rpc) => rpc.signRawHash(c.address, c.password, c.documentId)
  }
}

main({
  // {threshold, document}. Answers {encrypted}.
  async publish (c) {
    const { rpc, session, sign } = clients(c)
    const signature = await sign(rpc)
    const key = await session.generateServerKey(c.documentId, signature, c.threshold)
    const documentKey = await rpc.generateDocumentKey(c.address, c.password, key)
    await session.storeDocumentKey(c.documentId, signature, documentKey)
    return { encrypted: await rpc.encrypt(c.address, c.password, toHex(c.document), documentKey.encrypted_key) }
  },

  // {encrypted}. Answers {document}, read by shadow retrieval.
  async consume (c) {
    const { rpc, session, sign } = clients(c)
    const portions = await session.shadowRetrieveDocumentKey(c.documentId, await sign(rpc))
    return { document: fromHex(await rpc.shadowDecrypt(c.address, c.password, c.encrypted, portions)) }
  },

  // {encrypted}. Answers {document}, read by plain retrieval.
  async consumePlain (c) {
    const { rpc, session, sign } = clients(c)
    const key = await session.retrieveDocumentKey(c.documentId, await sign(rpc))
    return { document: fromHex(await rpc.decrypt(c.address, c.password, c.encrypted, key)) }
  },

  // {hash, privateKey, serverKey, schemes}: the account has the hash, without 0x, signed by the client's two methods, opens what it is given, and
  // has noble check it. Answers {signatures: [{scheme, signature}], signer}, the address of the server key.
  async sign (c) {
    const { rpc, session, sign } = clients(c)
    const permission = await sign(rpc)
    const methods = { schnorr: 'signSchnorr', ecdsa: 'signEcdsa' }
    const signatures = []
    for (const scheme of c.schemes) {
      const sealed = await session[methods[scheme]](c.documentId, permission, c.hash)
      expect(hex({ schnorr: 177, ecdsa: 178 }[scheme]).test(sealed), `${methods[scheme]} gave ${sealed}`)
      const signature = open(sealed, c.privateKey)
      expect(verify(scheme, c.hash, signature, c.serverKey), `${signature} is no ${scheme} signature on ${c.hash} by ${c.serverKey}`)
      const changed = c.hash.replace(/.$/, (digit) => (parseInt(digit, 16) ^ 1).toString(16))
      expect(!verify(scheme, changed, signature, c.serverKey), 'it passes for another hash')
      signatures.push({ scheme, signature })
    }
    return { signatures, signer: addressOf(c.serverKey) }
  },

  // {oldServers, newServers}: the account, an administrator, has the server set changed from the one list of ids to the other.
  async change (c) {
    const { rpc, session } = clients(c)
    const signed = async (ids) => rpc.signRawHash(c.address, c.password, await rpc.serversSetHash(ids))
    const answer = await session.nodesSetChange(c.newServers, await signed(c.oldServers), await signed(c.newServers))
    expect(answer === '', `nodesSetChange gave ${answer}`)
    return {}
  },

  // {threshold, document, reader?}: calls every method. Answers {methods, encrypted}.
  async methods (c) {
    const rpcCalled = new Set()
    const sessionCalled = new Set()
    const reading = { ...c, ...c.reader }
    const { rpc, session, sign } = clients(c, rpcCalled, sessionCalled)
    const reader = clients(reading, rpcCalled, sessionCalled)

    // Server key alone, document key made by the client.
    const signature = await sign(rpc)
    expect(hex(65).test(signature), `signRawHash gave ${signature}`)
    const key = await session.generateServerKey(c.documentId, signature, c.threshold)
    expect(hex(64).test(key), `generateServerKey gave ${key}`)
    const same = await session.retrieveServerKeyPublic(c.documentId, signature)
    expect(same === key, `retrieveServerKeyPublic gave ${same}, generateServerKey ${key}`)
    const documentKey = await rpc.generateDocumentKey(c.address, c.password, key)
    const stored = await session.storeDocumentKey(c.documentId, signature, documentKey.common_point, documentKey.encrypted_point)
    expect(stored === '', `storeDocumentKey gave ${JSON.stringify(stored)}, want nothing`)
    const encrypted = await rpc.encrypt(c.address, c.password, toHex(c.document), documentKey.encrypted_key)
    expect(encrypted.length === 2 + 2 * (Buffer.byteLength(c.document) + 16), `encrypt gave ${encrypted.length} characters`)

    // Read in both ways, with the parts of a shadow answer as one object and one by one.
    const readSignature = await reader.sign(reader.rpc)
    const portions = await reader.session.shadowRetrieveDocumentKey(c.documentId, readSignature)
    expect(portions.decrypt_shadows.length === c.threshold + 1, `${portions.decrypt_shadows.length} shadows, want ${c.threshold + 1}`)
    const { address, password } = reading
    const ways = {
      'shadowDecrypt(object)': await reader.rpc.shadowDecrypt(address, password, encrypted, portions),
      'shadowDecrypt(parts)': await reader.rpc.shadowDecrypt(address, password, encrypted,
        portions.decrypted_secret, portions.common_point, portions.decrypt_shadows),
      decrypt: await reader.rpc.decrypt(address, password, encrypted, await reader.session.retrieveDocumentKey(c.documentId, readSignature))
    }
    for (const [way, got] of Object.entries(ways)) {
      expect(fromHex(got) === c.document, `${way} gave ${fromHex(got)}`)
    }

    // Both keys made by the servers.
    const next = nextId(c.documentId)
    const nextSignature = await rpc.signRawHash(c.address, c.password, next)
    const made = await session.generateServerAndDocumentKey(next, nextSignature, c.threshold)
    expect(hex(177).test(made), `generateServerAndDocumentKey gave ${made}`)
    const sealed = await rpc.encrypt(c.address, c.password, toHex(c.document), made)
    const fetched = await reader.session.retrieveDocumentKey(next, await reader.rpc.signRawHash(address, password, next))
    const opened = fromHex(await reader.rpc.decrypt(address, password, sealed, fetched))
    expect(opened === c.document, `a document under a key the servers made came back as ${opened}`)

    // Signatures under a key of threshold 1 at the most: ECDSA takes 2t+1 servers.
    const third = nextId(next)
    const author = await rpc.signRawHash(c.address, c.password, third)
    const signing = await session.generateServerKey(third, author, Math.min(c.threshold, 1))
    expect(hex(64).test(signing), `generateServerKey gave ${signing}`)
    const signer = await reader.rpc.signRawHash(address, password, third)
    const ofSchnorr = await reader.session.signSchnorr(third, signer, documentKey.common_point.slice(2, 66))
    expect(hex(177).test(ofSchnorr), `signSchnorr gave ${ofSchnorr}`)
    const ofEcdsa = await reader.session.signEcdsa(third, signer, documentKey.common_point.slice(2, 66))
    expect(hex(178).test(ofEcdsa), `signEcdsa gave ${ofEcdsa}`)

    const ids = ['0x' + '22'.repeat(64), '0x' + '11'.repeat(64)]
    const hash = await rpc.serversSetHash(ids)
    expect(hex(32).test(hash) && hash === await rpc.serversSetHash([...ids].reverse()), `serversSetHash gave ${hash}, or minds the order`)

    return {
      encrypted,
      methods: [
        ...covered(SecretStoreRpcApiClient.prototype, rpcCalled, ['_send']).map((m) => 'rpc.' + m),
        ...covered(SecretStoreSessionClient.prototype, sessionCalled, ['_send', ...notHere]).map((m) => 'session.' + m)
      ]
    }
  }
})

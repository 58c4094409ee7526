// The clients of Ocean and of Nevermined, which are the same code under two names.
//
// Every op takes {rpcUrl, ssUrl, address, password, documentId}: the JSON-RPC of the node that keeps the account, the HTTP API
// of any key server, and the id as 64 hex digits without 0x. What an op takes besides stands beside it.

import { createRequire } from 'node:module'
import { isDeepStrictEqual } from 'node:util'
import { covered, expect, hex, spied } from './run.mjs'

const require = createRequire(import.meta.url)

export function opsOf (name) {
  const SecretStore = require(name).default
  const ParityClient = require(name + '/dist/ParityClient').default
  const SecretStoreClient = require(name + '/dist/SecretStoreClient').default

  const store = ({ rpcUrl, ssUrl, address, password, threshold }) =>
    new SecretStore({ parityUri: rpcUrl, secretStoreUri: ssUrl, address, password, threshold })

  return {
    // {threshold, document}: any JSON value. Answers {encrypted}.
    async publish (c) {
      return { encrypted: await store(c).encryptDocument(c.documentId, c.document) }
    },

    // {encrypted}. Answers {document}.
    async consume (c) {
      return { document: await store(c).decryptDocument(c.documentId, c.encrypted) }
    },

    // {threshold, document, count}: publishes so many documents at once, documentId being the first, and then reads them all at
    // once. Fails if one does. Answers {}.
    async many (c) {
      const ids = [c.documentId]
      while (ids.length < c.count) ids.push(nextId(ids.at(-1)))
      const encrypted = await all(ids, (id) => store(c).encryptDocument(id, c.document))
      const documents = await all(ids, (_, i) => store(c).decryptDocument(ids[i], encrypted[i]))
      expect(documents.every((d) => isDeepStrictEqual(d, c.document)), 'a document came back changed')
      return {}
    },

    // {threshold, document, reader?}: calls every method of the package's three classes one by one, on a document of its
    // own and then as the reader (by default the publisher) would. Answers {methods, encrypted}.
    async methods (c) {
      const called = new Set()
      const s = spied(store(c), called)
      const key = await s.generateServerKey(c.documentId)
      expect(hex(64).test(key), `generateServerKey gave ${key}, want a public key`)
      const generated = await s.generateDocumentKey(key)
      expect(hex(64).test(generated.commonPoint) && hex(64).test(generated.encryptedPoint) && hex(177).test(generated.encryptedKey),
        `generateDocumentKey gave ${JSON.stringify(generated)}`)
      expect(await s.storeDocumentKey(c.documentId, generated) === true, 'storeDocumentKey did not answer true')

      const r = spied(store({ ...c, ...c.reader }), called)
      const retrieved = await r.retrieveDocumentKey(c.documentId)
      expect(hex(64).test(retrieved.commonPoint) && hex(64).test(retrieved.decryptedSecret), `retrieveDocumentKey gave ${JSON.stringify(retrieved)}`)
      expect(retrieved.decryptShadows.length === c.threshold + 1, `${retrieved.decryptShadows.length} shadows, want ${c.threshold + 1}`)
      expect(retrieved.decryptShadows.every((b) => hex(145).test(b)), 'a shadow is not 145 bytes of hex')

      const parityCalled = new Set()
      const p = spied(new ParityClient({ url: c.rpcUrl, address: c.address, password: c.password }), parityCalled)
      const signature = await p.signKeyId(c.documentId)
      expect(hex(65).test(signature), `signKeyId gave ${signature}`)
      await p.generateDocumentKeyFromServerKey(key)
      const encrypted = await p.encryptDocument(generated.encryptedKey, c.document)
      const reading = { ...c, ...c.reader }
      const q = spied(new ParityClient({ url: reading.rpcUrl, address: reading.address, password: reading.password }), parityCalled)
      const document = await q.decryptDocument(retrieved.decryptedSecret, retrieved.commonPoint, retrieved.decryptShadows, encrypted)
      expect(isDeepStrictEqual(document, c.document), `decryptDocument gave ${JSON.stringify(document)}`)

      // The whole way again, by the two calls that dapps make, under the next id.
      const next = nextId(c.documentId)
      const whole = await s.encryptDocument(next, c.document)
      const back = await r.decryptDocument(next, whole)
      expect(isDeepStrictEqual(back, c.document), `the document came back as ${JSON.stringify(back)}`)

      const sessionCalled = new Set()
      const h = spied(new SecretStoreClient({ url: c.ssUrl, threshold: c.threshold }), sessionCalled)
      const third = nextId(next)
      const thirdSignature = await p.signKeyId(third)
      const thirdKey = await h.generateServerKey(third, thirdSignature)
      const points = await p.generateDocumentKeyFromServerKey(thirdKey)
      expect(await h.storeDocumentKey(third, thirdSignature, points.commonPoint, points.encryptedPoint) === true, 'storeDocumentKey')
      await h.retrieveDocumentKey(third, thirdSignature)

      return {
        encrypted,
        methods: [
          ...covered(SecretStore.prototype, called).map((m) => 'SecretStore.' + m),
          ...covered(ParityClient.prototype, parityCalled).map((m) => 'ParityClient.' + m),
          ...covered(SecretStoreClient.prototype, sessionCalled).map((m) => 'SecretStoreClient.' + m)
        ]
      }
    }
  }
}

// all calls f with every item at once and tells how many failed.
async function all (items, f) {
  const settled = await Promise.allSettled(items.map(f))
  const failed = settled.filter((s) => s.status === 'rejected').map((s) => s.reason)
  if (failed.length > 0) throw new Error(`${failed.length} of ${items.length} at once failed:\n${failed.join('\n')}`)
  return settled.map((s) => s.value)
}

// nextId is the id that follows, so that one op can use several.
export function nextId (id) {
  return ((BigInt('0x' + id) + 1n) % (1n << 256n)).toString(16).padStart(64, '0')
}

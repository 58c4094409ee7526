// Publishes and reads a document with Ocean's own client, against a devnet:
//
//   npm install @oceanprotocol/secret-store-client@0.0.15 ethers@5.8.0
//   node ocean.mjs DIR/devnet.json
//
// The publisher talks to the first node, the reader to the last.
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { ethers } from 'ethers'
import ocean from '@oceanprotocol/secret-store-client'

const SecretStore = ocean.default ?? ocean
const net = JSON.parse(readFileSync(process.argv[2]))
const [first, last] = [net.nodes[0], net.nodes.at(-1)]
const [, , , publisher, reader] = net.accounts

const client = (node, account) => new SecretStore({
  secretStoreUri: node.http, parityUri: node.rpc,
  address: account.address, password: account.password, threshold: 1,
})

const provider = new ethers.providers.JsonRpcProvider(first.rpc)
const permissions = new ethers.Contract(net.acl, ['function claim(bytes32 document)', 'function grant(bytes32 document, address user)'],
  new ethers.Wallet(publisher.privateKey, provider))

// Claim the id before any key server sees it: in the contract the first claim wins.
const id = randomBytes(32).toString('hex')
await (await permissions.claim('0x' + id)).wait()
const encrypted = await client(first, publisher).encryptDocument(id, { hello: 'ocean' })
console.log('published', id)

const read = () => client(last, reader).decryptDocument(id, encrypted)
await read().catch(err => console.log('before the grant:', err.message))

await (await permissions.grant('0x' + id, reader.address)).wait()
console.log('granted to', reader.address)

console.log('read', await read())

// An Ethereum account whose secret nobody has: the key servers sign for it together, for whom the permission contract admits to its key. Against
// a devnet started with --dir DIR:
//
//   npm install viem@2.57.20 @noble/curves@1.9.1
//   node joint-account.mjs DIR/devnet.json
//
// It makes such an account, sends ether to it, and from it: each transaction is one request that the wallet signs.
import { readFileSync, realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import {
  bytesToHex, concat, createPublicClient, createWalletClient, formatEther, hashMessage, hashTypedData, hexToNumber, http, isAddressEqual, keccak256,
  parseAbi, parseEther, recoverAddress, serializeSignature, serializeTransaction, slice, stringToHex
} from 'viem'
import { privateKeyToAccount, publicKeyToAddress, toAccount } from 'viem/accounts'
import { SecretStore } from './dapp.mjs'

// jointAccount is the account of a server key, as viem wants accounts: whatever takes one of viem's can be given it. What is signed is shown to
// nobody but this code, since the wallet sees a hash alone: say what it is before you ask for it.
export function jointAccount (store, key, publicKey) {
  const address = publicKeyToAddress('0x04' + publicKey.slice(2))
  const sign = async (hash) => {
    const { answer: { signature } } = await store.ask('sign', [key],
      { path: 'signEcdsa', body: { hash }, args: keccak256(concat([stringToHex('ecdsa'), hash])) })
    if (!isAddressEqual(await recoverAddress({ hash, signature }), address)) throw new Error('the node gives another account\'s signature')
    return { r: slice(signature, 0, 32), s: slice(signature, 32, 64), yParity: hexToNumber(slice(signature, 64)) }
  }
  return toAccount({
    address,
    signMessage: async ({ message }) => serializeSignature(await sign(hashMessage(message))),
    signTypedData: async (data) => serializeSignature(await sign(hashTypedData(data))),
    signTransaction: async (tx, { serializer = serializeTransaction } = {}) => serializer(tx, await sign(keccak256(await serializer(tx))))
  })
}

async function main (net) {
  const me = privateKeyToAccount(net.accounts[3].privateKey)
  const wallet = { // a browser has one: createWalletClient({ transport: custom(window.ethereum) })
    requestAddresses: async () => [me.address], getChainId: async () => net.chainId, signTypedData: ({ account, ...data }) => me.signTypedData(data)
  }
  const transport = http(net.nodes[0].rpc)
  const chain = createPublicClient({ transport, pollingInterval: 500 })
  const send = async (account, tx) => {
    const hash = await createWalletClient({ account, transport }).sendTransaction({ chain: null, ...tx })
    return chain.waitForTransactionReceipt({ hash })
  }

  // The id is claimed first, so that nobody else can say who has things signed; and before that, whatever can be checked is.
  const key = bytesToHex(crypto.getRandomValues(new Uint8Array(32)))
  const store = await SecretStore.connect(net.nodes[0].http, wallet)
  store.checkThreshold(1)
  const chainId = await chain.getChainId()
  if (chainId !== store.chainId) throw new Error(`the node is of chain ${chainId}, the key servers of chain ${store.chainId}`)
  if (!await chain.getCode({ address: net.acl })) throw new Error(`there is no contract at ${net.acl} on chain ${chainId}`)
  const { request } = await chain.simulateContract({
    account: me, address: net.acl, abi: parseAbi(['function claim(bytes32 document)']), functionName: 'claim', args: [key]
  })
  await chain.waitForTransactionReceipt({ hash: await createWalletClient({ account: me, transport }).writeContract({ chain: null, ...request }) })
  const joint = jointAccount(store, key, (await store.generate(key, 1)).publicKey)
  console.log('joint account', joint.address)

  await send(me, { to: joint.address, value: parseEther('1') })
  console.log('it has       ', formatEther(await chain.getBalance({ address: joint.address })), 'ether')

  const to = net.accounts[4].address
  const { transactionHash, blockNumber, status } = await send(joint, { to, value: parseEther('0.25') })
  const { from, value } = await chain.getTransaction({ hash: transactionHash })
  console.log('it sent      ', formatEther(value), 'to', to, 'from', from)
  console.log('mined        ', status, 'in block', Number(blockNumber), transactionHash)
  console.log('it has       ', formatEther(await chain.getBalance({ address: joint.address })), 'ether')
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await main(JSON.parse(readFileSync(process.argv[2])))
}

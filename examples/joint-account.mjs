// An Ethereum account whose private key nobody holds. The key servers sign for it together, at the request of accounts that the permission
// contract allows. To run it against a devnet started with --dir DIR:
//
//   npm install viem@2.57.20 @noble/curves@1.9.1
//   node joint-account.mjs DIR/devnet.json
//
// It makes such an account, sends ether to it, and sends some of it on. Each transaction from the account is one request that the wallet signs.
import { readFileSync, realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import {
  bytesToHex, concat, createPublicClient, createWalletClient, formatEther, hashMessage, hashTypedData, hexToNumber, http, isAddressEqual, keccak256,
  parseAbi, parseEther, recoverAddress, serializeSignature, serializeTransaction, slice, stringToHex
} from 'viem'
import { privateKeyToAccount, publicKeyToAddress, toAccount } from 'viem/accounts'
import { SecretStore } from './dapp.mjs'

// jointAccount is the account of a server key, in viem's form: you can use it wherever viem takes an account. The wallet sees only a hash, so
// show the user what a signature is for before you ask for it.
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
  const wallet = { // in a browser: createWalletClient({ transport: custom(window.ethereum) })
    requestAddresses: async () => [me.address], getChainId: async () => net.chainId, signTypedData: ({ account, ...data }) => me.signTypedData(data)
  }
  const transport = http(net.nodes[0].rpc)
  const chain = createPublicClient({ transport, pollingInterval: 500 })
  const send = async (account, tx) => {
    const hash = await createWalletClient({ account, transport }).sendTransaction({ chain: null, ...tx })
    return chain.waitForTransactionReceipt({ hash })
  }

  // Claim the id first, or somebody else could say who may sign with the account. Before that, check everything that can be checked.
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

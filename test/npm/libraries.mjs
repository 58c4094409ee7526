// The libraries by which dapps have wallets sign, unmodified: each makes the same request from what a node serves at /v1/cluster, in its own way,
// with numbers in the forms in which it writes them.
import { createRequire } from 'node:module'
import { SignTypedDataVersion, signTypedData } from '@metamask/eth-sig-util'
import { Signature, TypedDataEncoder, Wallet, toBeHex, toQuantity } from 'ethers'
import { numberToHex, parseSignature, serializeCompactSignature, serializeTypedData, signatureToCompactSignature } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { getEncodedEip712Data } from 'web3-eth-abi'
import { numberToHex as web3Hex, padLeft, toBigInt, toChecksumAddress } from 'web3-utils'
import { expect, main } from './run.mjs'

// ethers 5 is what Energy Web's client stands on.
const { BigNumber, Wallet: Wallet5 } = createRequire(createRequire(import.meta.url).resolve('secretstore'))('ethers')

const json = (object) => JSON.stringify(object, (_, value) => typeof value === 'bigint' ? value.toString() : value)
const swap = (address) => address.replace(/[a-fA-F](?=[^a-fA-F]*$)/, (c) => c === c.toUpperCase() ? c.toLowerCase() : c.toUpperCase())

// requests are calls of generateServerKey, by name. about is the answer of /v1/cluster, account and delegate are private keys.
async function requests ({ about, account, delegate, message, permit, threshold }) {
  const { domain, types, primaryTypes } = about
  const calls = {}
  const add = (name, call) => { calls[name] = json(call) }
  const wallet = new Wallet(account)
  message = { ...message, account: wallet.address }

  // ethers 6
  const signature = await wallet.signTypedData(domain, primaryTypes.Request, message)
  const payload = TypedDataEncoder.getPayload(domain, primaryTypes.Request, message)
  add('ethers 6', { message, signature, threshold })
  add('ethers 6, getPayload', { message: payload.message, signature, threshold })
  add('ethers 6, getPayload with the chain id', { message: { ...payload.message, chainId: payload.domain.chainId }, signature, threshold: toQuantity(threshold) })
  add('ethers 6, toBeHex', { message: { ...message, expiry: toBeHex(message.expiry, 32) }, signature, threshold: toBeHex(threshold) })
  add('ethers 6, BigInt', { message: { ...message, expiry: BigInt(message.expiry) }, signature, threshold: BigInt(threshold) })
  add('ethers 6, packed', { message, signature: Signature.from(signature).compactSerialized, threshold })

  // A permit, by which another key asks.
  const session = new Wallet(delegate)
  permit = { ...permit, account: wallet.address, delegate: session.address }
  const own = await session.signTypedData(domain, primaryTypes.Request, message)
  const permitted = await wallet.signTypedData(domain, primaryTypes.Permit, permit)
  const permitPayload = TypedDataEncoder.getPayload(domain, primaryTypes.Permit, permit)
  add('ethers 6, permit', { message: payload.message, signature: own, threshold, permit: { message: permitPayload.message, signature: permitted } })
  add('ethers 6, permit, packed', {
    message, threshold, signature: Signature.from(own).compactSerialized, permit: { message: permit, signature: Signature.from(permitted).compactSerialized }
  })

  // ethers 5
  const wallet5 = new Wallet5(account)
  const big = { ...message, expiry: BigNumber.from(message.expiry) }
  const signature5 = await wallet5._signTypedData(domain, primaryTypes.Request, big)
  expect(signature5 === signature, 'ethers 5 signs something else')
  add('ethers 5, BigNumber', { message: big, signature: signature5, threshold: BigNumber.from(threshold) })

  // viem
  const data = { domain, types: primaryTypes.Request, primaryType: 'Request', message: { ...message, expiry: BigInt(message.expiry) } }
  const viem = await privateKeyToAccount(account).signTypedData(data)
  add('viem', { ...JSON.parse(serializeTypedData(data)), domain: undefined, types: undefined, primaryType: undefined, signature: viem, threshold })
  add('viem, numberToHex', { message: { ...message, expiry: numberToHex(message.expiry), chainId: numberToHex(domain.chainId, { size: 32 }) }, signature: viem, threshold: numberToHex(threshold) })
  add('viem, packed', { message, signature: serializeCompactSignature(signatureToCompactSignature(parseSignature(viem))), threshold })
  expect((await privateKeyToAccount(account).signTypedData({ ...data, types })) === viem, 'viem signs something else by all types')

  // MetaMask's library takes all types at once, as eth_signTypedData_v4 does.
  const typed = { types, domain, primaryType: 'Request', message: payload.message }
  const metamask = signTypedData({ privateKey: Buffer.from(account.slice(2), 'hex'), data: typed, version: SignTypedDataVersion.V4 })
  add('eth-sig-util', { message, signature: metamask, threshold })
  add('eth-sig-util, all in capitals', { message, signature: '0x' + metamask.slice(2).toUpperCase(), threshold })

  // web3 4 leaves signing to the wallet, and writes numbers.
  expect(getEncodedEip712Data(typed, true) === TypedDataEncoder.hash(domain, primaryTypes.Request, message), 'web3 hashes something else')
  const hex = web3Hex(message.expiry)
  add('web3, numberToHex', { message: { ...message, account: toChecksumAddress(message.account), expiry: hex }, signature: metamask, threshold: web3Hex(threshold) })
  add('web3, padded', { message: { ...message, expiry: padLeft(hex, 64) }, signature: metamask, threshold: toBigInt(threshold) })

  return { calls, wrong: json({ message: { ...message, account: swap(message.account) }, signature, threshold }) }
}

await main({ requests })

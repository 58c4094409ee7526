// npm's viem, and the example dapp built on it (examples/dapp.mjs, which the Go test puts beside this script), with a browser wallet's double.
import { createWalletClient, custom, hashTypedData, http, recoverTypedDataAddress } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { expect, main } from './run.mjs'

// injected is what a browser wallet puts into the page, an object of EIP-1193, for one account and chain. Like them it is strict about typed
// data: JSON text, the domain's type spelled out, the chain the one that it is on.
function injected ({ privateKey, chainId, rpc, log = [] }) {
  const account = privateKeyToAccount(privateKey)
  const refuse = (code, message) => { throw Object.assign(new Error(message), { code }) }
  let connected = false
  const methods = {
    eth_requestAccounts: () => { connected = true; return [account.address] },
    eth_chainId: () => '0x' + chainId.toString(16),
    eth_signTypedData_v4: ([address, json]) => {
      if (!connected || address.toLowerCase() !== account.address.toLowerCase()) refuse(4100, 'not authorized')
      const { domain, types, primaryType, message } = JSON.parse(json)
      const declared = types.EIP712Domain?.map((field) => field.name)
      if (`${declared}` !== `${Object.keys(domain)}`) refuse(-32602, 'the domain is not of its type')
      if (Number(domain.chainId) !== chainId) refuse(-32602, `chain ${domain.chainId} is not the active one`)
      return account.signTypedData({ domain, types, primaryType, message })
    },
    eth_sendTransaction: ([{ to, data }]) => createWalletClient({ account, transport: http(rpc) }).sendTransaction({ chain: null, to, data })
  }
  return {
    request: async ({ method, params }) => {
      log.push(method)
      if (methods[method]) return methods[method](params)
      return rpc ? http(rpc)({}).request({ method, params }) : refuse(4200, `${method} is not supported`) // its node's to answer
    }
  }
}

async function store (config) {
  const { SecretStore } = await import('./dapp.mjs')
  console.warn = () => {} // that the node is trusted
  return SecretStore.connect(config.url, createWalletClient({ transport: custom(injected(config)) }), config.known)
}

await main({
  // vectors hashes and signs typed data, directly and through the wallet.
  vectors: ({ domain, types, vectors }) => Promise.all(vectors.map(async (v) => {
    const { EIP712Domain, ...own } = types
    const data = { domain: { ...domain, chainId: BigInt(v.chainId) }, types: own, primaryType: v.primaryType, message: v.message }
    const account = privateKeyToAccount(v.privateKey)
    expect(account.address.toLowerCase() === v.account.toLowerCase(), 'the account is another')
    return { name: v.name, digest: hashTypedData(data), signature: await account.signTypedData(data) }
  })),

  // recover tells who has signed typed data in the form of eth_signTypedData_v4.
  recover: async ({ typed, signature }) => {
    const { types: { EIP712Domain, ...types }, ...data } = typed
    return { account: await recoverTypedDataAddress({ ...data, types, signature }) }
  },

  publish: async (config) => {
    const log = []
    const published = await (await store({ ...config, log })).publish(config.key, config.threshold, config.options)
    return { ...published, methods: [...new Set(log)] }
  },
  read: async (config) => ({ documentKey: await (await store(config)).read(config.key, config.version) }),

  // certified checks certificates that Go has made.
  certified: async ({ certificates }) => {
    const { certified } = await import('./dapp.mjs')
    return certificates.map(({ certificate, key, version, threshold, servers }) => {
      try { return { publicKey: certified(certificate, key, version, threshold, servers) } } catch (err) { return { error: err.message } }
    })
  },

  // stored checks proofs that Go has made.
  stored: async ({ proofs }) => {
    const { stored } = await import('./dapp.mjs')
    return proofs.map(({ proof, key, version, commonPoint, encryptedPoint }) => {
      try { stored(proof, key, version, commonPoint, encryptedPoint) } catch (err) { return { error: err.message } }
      return {}
    })
  },

  // open opens releases that Go has made, for requests of Go's.
  open: async ({ releases }) => {
    const { open } = await import('./dapp.mjs')
    return Promise.all(releases.map(({ release, key, version, proof, secret }) =>
      open(release, key, version, proof, BigInt(secret)).then((documentKey) => ({ documentKey }), (err) => ({ error: err.message }))))
  },

  // links checks links from their parents.
  links: async ({ links }) => {
    const { checkLink, setHash } = await import('./server-sets.mjs')
    return links.map(({ parent, link }) => {
      try { return { hash: setHash(checkLink(parent, link)) } } catch (err) { return { error: err.message } }
    })
  },

  // follow has a client with a store take steps: it is opened (again), told links, or shown a receipt or a release.
  follow: async ({ cluster, steps }) => {
    const { ServerSets, checkReceipt } = await import('./server-sets.mjs')
    const { open } = await import('./dapp.mjs')
    const kept = new Map()
    const store = { getItem: (name) => kept.get(name) ?? null, setItem: (name, text) => kept.set(name, text) }
    let sets; let time = 0
    const one = async (step) => {
      time += step.later ?? 0
      if (step.open) sets = ServerSets.open(cluster, { ...step.open, store, now: () => time })
      if (step.told) sets.follow(step.told)
      if (step.receipt) checkReceipt(step.receipt, step.version, step.alone ? undefined : sets)
      if (step.release) return { documentKey: await open(step.release, step.key, step.version, step.proof, BigInt(step.secret), step.alone ? undefined : sets) }
      return { epoch: sets.newest?.set.epoch ?? -1 }
    }
    const results = []
    for (const step of steps) results.push(await one(step).catch((err) => ({ error: err.message, name: err.name })))
    return results
  }
})

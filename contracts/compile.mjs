// Compiles contracts/solidity with the pinned solc and writes, per contract and into the directory of argv[2],
// its ABI (NAME.abi), creation code (NAME.bin), runtime code (NAME.bin-runtime) and storage layout (NAME.storage.json).
// The output depends on the sources alone: no metadata hash, no paths, keys in order.

import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const solc = createRequire(import.meta.url)('solc')
const sources = new URL('solidity/', import.meta.url)
const out = process.argv[2]

const input = {
  language: 'Solidity',
  sources: Object.fromEntries(readdirSync(sources).filter((f) => f.endsWith('.sol')).sort()
    .map((f) => [f, { content: readFileSync(new URL(f, sources), 'utf8') }])),
  settings: {
    evmVersion: 'paris', // the last without PUSH0: the code runs on any chain a reader may have
    optimizer: { enabled: true, runs: 200 },
    metadata: { appendCBOR: false, bytecodeHash: 'none' },
    outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object', 'storageLayout'] } }
  }
}

const result = JSON.parse(solc.compile(JSON.stringify(input)))
// Parity's ABI gives `reserved` a result of its own name, and events have arguments named like functions.
const shadows = (e) => e.errorCode === '8760' || e.errorCode === '2519'
const problems = (result.errors ?? []).filter((e) => !(e.severity === 'warning' && shadows(e)))
if (problems.length > 0) {
  for (const p of problems) console.error(p.formattedMessage)
  process.exit(1)
}

// The compiler numbers types by AST node; the number says nothing and moves with every edit.
const stable = (layout) => JSON.parse(JSON.stringify(layout, (k, v) => (k === 'astId' ? undefined : v))
  .replace(/(t_(?:struct|contract|enum)\(\w+\))\d+/g, '$1'))

for (const contracts of Object.values(result.contracts)) {
  for (const [name, c] of Object.entries(contracts)) {
    const write = (suffix, text) => writeFileSync(join(out, name + suffix), text + '\n')
    write('.abi', '[\n' + c.abi.map((e) => '  ' + JSON.stringify(e)).join(',\n') + '\n]')
    write('.bin', c.evm.bytecode.object)
    write('.bin-runtime', c.evm.deployedBytecode.object)
    write('.storage.json', JSON.stringify(stable(c.storageLayout), null, 2))
  }
}
console.log(`compiled ${Object.keys(result.sources).join(', ')} with solc ${solc.version()}`)

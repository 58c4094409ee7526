// How every script here talks to the Go test that started it: one JSON object in on stdin, one JSON line out on stdout.
//
//   {"op": "publish", ...}  ->  {"ok": true, "result": {...}}
//                               {"ok": false, "error": "what the client threw"}
//
// The exit code is 0 in both cases: a client that refuses is a result. Anything else, an unknown op or a defect of the
// script, ends with code 1 and a stack on stderr. What the clients print themselves goes to stderr.

import { text } from 'node:stream/consumers'

console.log = console.info = console.debug = console.error

export async function main (ops) {
  const config = JSON.parse(await text(process.stdin))
  const op = ops[config.op]
  if (!op) fail(new Error(`unknown op ${config.op}, want one of ${Object.keys(ops)}`))
  let answer
  try {
    answer = { ok: true, result: await op(config) }
  } catch (err) {
    if (err instanceof Wrong) fail(err)
    answer = { ok: false, error: `${err.name}: ${err.message}` }
  }
  // ethers keeps timers that would hold the process open, so end it once the line is out.
  process.stdout.write(JSON.stringify(answer) + '\n', () => process.exit(0))
}

function fail (err) {
  process.stderr.write(err.stack + '\n', () => process.exit(1))
}

// Wrong is thrown where a client worked but its answer is not what it has to be.
export class Wrong extends Error {}

export function expect (holds, what) {
  if (!holds) throw new Wrong(what)
}

export const hex = (bytes) => new RegExp(`^0x[0-9a-f]{${2 * bytes}}$`)

// covered fails when an object has a method that nothing called, so that no method of a package goes untested unseen.
export function covered (prototype, called, excluded = []) {
  const methods = Object.getOwnPropertyNames(prototype).filter((m) => m !== 'constructor')
  for (const m of methods) {
    expect(called.has(m) || excluded.includes(m), `nothing called the client's method ${m}`)
  }
  return methods.filter((m) => called.has(m) && !excluded.includes(m))
}

// spied returns the object with every call of a method, also by the client itself, noted in called.
export function spied (object, called) {
  const prototype = Object.getPrototypeOf(object)
  for (const name of Object.getOwnPropertyNames(prototype).filter((m) => m !== 'constructor')) {
    object[name] = function (...args) {
      called.add(name)
      return prototype[name].apply(this, args)
    }
  }
  return object
}

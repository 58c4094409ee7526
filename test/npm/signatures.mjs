// What the key servers sign, checked by noble: no code of ours, nor the curve that ours uses.
import { createDecipheriv, createHash, createHmac } from 'node:crypto'
import { schnorr, secp256k1 } from '@noble/curves/secp256k1'
import { expand_message_xmd as expand } from '@noble/curves/abstract/hash-to-curve'
import { bytesToNumberBE as number } from '@noble/curves/abstract/utils'
import { keccak256 } from 'viem'
import { expect } from './run.mjs'

const Point = secp256k1.ProjectivePoint
const { n: q, hash: sha256 } = secp256k1.CURVE
const keccak = (data) => keccak256(data, 'bytes')
export const bytes = (hex) => Uint8Array.from(Buffer.from(hex.replace(/^0x/, ''), 'hex'))
const join = (...parts) => Uint8Array.from(parts.flatMap((part) => [...part]))
const same = (a, b) => Buffer.compare(a, b) === 0
const xOf = (point) => point.toRawBytes(true).slice(1)

const schemes = {
  // r ‖ s ‖ v: the address that it recovers to is that of the key, and s is low.
  ecdsa (hash, signature, key) {
    const v = signature[64]
    if (v > 3) return false
    const parsed = secp256k1.Signature.fromCompact(signature.slice(0, 64)).addRecoveryBit(v)
    return !parsed.hasHighS() && parsed.recoverPublicKey(hash).equals(key)
  },
  // c ‖ s: c = keccak256(hash ‖ R.x) mod q of R = sG + cY.
  schnorr (hash, signature, key) {
    const [c, s] = [number(signature.slice(0, 32)), number(signature.slice(32))]
    if (c === 0n || s === 0n || c >= q || s >= q) return false
    const R = Point.BASE.multiply(s).add(key.multiply(c))
    return number(keccak(join(hash, xOf(R)))) % q === c
  },
  // R ‖ z: zG = R + H2(R ‖ Y ‖ hash)Y.
  rfc9591 (hash, signature, key) {
    const R = Point.fromHex(signature.slice(0, 33))
    const input = join(R.toRawBytes(true), key.toRawBytes(true), hash)
    const c = number(expand(input, Buffer.from('FROST-secp256k1-SHA256-v1chal'), 48, sha256)) % q
    return Point.BASE.multiply(number(signature.slice(33))).equals(R.add(key.multiply(c)))
  },
  bip340: (hash, signature, key) => schnorr.verify(signature, hash, xOf(key))
}

const sizes = { ecdsa: 65, schnorr: 64, rfc9591: 65, bip340: 64 }

// verify tells whether a signature is one of the server key's; all in hex.
export function verify (scheme, hash, signature, serverKey) {
  const sig = bytes(signature)
  expect(sig.length === sizes[scheme], `a signature ${signature} of ${scheme}`)
  return schemes[scheme](bytes(hash), sig, Point.fromHex(join([4], bytes(serverKey))))
}

// addressOf is the account of a server key.
export const addressOf = (serverKey) => '0x' + Buffer.from(keccak(bytes(serverKey)).slice(12)).toString('hex')

// open opens Parity's ECIES: 04 ‖ R ‖ IV ‖ ciphertext ‖ HMAC of IV ‖ ciphertext ‖ 0000.
export function open (blob, privateKey) {
  const all = Buffer.from(bytes(blob))
  const shared = xOf(Point.fromHex(Uint8Array.from(all.subarray(0, 65))).multiply(number(bytes(privateKey))))
  const hash = (data) => createHash('sha256').update(data).digest()
  const keys = hash(join([0, 0, 0, 1], shared))
  const body = all.subarray(65, -32)
  const mac = createHmac('sha256', hash(keys.subarray(16))).update(body).update(Buffer.from([0, 0])).digest()
  expect(same(mac, all.subarray(-32)), 'the answer is not sealed to this account')
  const cipher = createDecipheriv('aes-128-ctr', keys.subarray(0, 16), body.subarray(0, 16))
  return '0x' + Buffer.concat([cipher.update(body.subarray(16)), cipher.final()]).toString('hex')
}

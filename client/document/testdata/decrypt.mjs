// A reader of documents of version 1, after docs/formats.md alone. It takes vectors.json on stdin, and exits with 1 at
// the first document that comes out otherwise.

import { createDecipheriv, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import { text } from 'node:stream/consumers'

const HEADER = 205

export function decrypt (documentKey, file) {
  if (file.subarray(0, 8).toString('latin1') !== '\x89SSDOC\r\n' || file[8] !== 1) throw new Error('not a document of version 1')
  const size = file.readUInt32BE(169)
  if (size < 1024 || size > 1048576 || (size & (size - 1)) !== 0) throw new Error('chunk size')
  const derive = (purpose) => Buffer.from(hkdfSync('sha256', documentKey, file.subarray(137, 169), 'geth-ss/document/1 ' + purpose, 32))
  const mac = createHmac('sha256', derive('header')).update(file.subarray(0, 173)).digest()
  if (!timingSafeEqual(mac, file.subarray(173, HEADER))) throw new Error('changed header, or wrong key')
  const key = derive('chunks')
  const plain = []
  for (let at = HEADER, number = 0n; ; number++) {
    const end = Math.min(at + size + 16, file.length)
    const last = end === file.length
    const nonce = Buffer.alloc(12)
    nonce.writeBigUInt64BE(number, 3)
    nonce[11] = last ? 1 : 0
    if (end - at < 16 || (end - at === 16 && number > 0n)) throw new Error('cut off')
    const gcm = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 })
    gcm.setAuthTag(file.subarray(end - 16, end))
    plain.push(gcm.update(file.subarray(at, end - 16)), gcm.final())
    if (last) return Buffer.concat(plain)
    at = end
  }
}

const bytes = (hex) => Buffer.from(hex.slice(2), 'hex')
const all = JSON.parse(await text(process.stdin))
for (const v of all) {
  const file = bytes(v.encrypted)
  if (!decrypt(bytes(v.documentKey), file).equals(bytes(v.plain))) throw new Error(v.name)
  for (const bent of [file.subarray(0, -1), Buffer.concat([file, Buffer.alloc(1)])]) {
    let taken = true
    try { decrypt(bytes(v.documentKey), bent) } catch { taken = false }
    if (taken) throw new Error(v.name + ', bent, is taken')
  }
}
console.log(all.length)

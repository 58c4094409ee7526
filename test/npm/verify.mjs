// Tells of signatures whether they are the server keys': see signatures.mjs.
import { main } from './run.mjs'
import { verify } from './signatures.mjs'

main({
  // {claims: [{scheme, hash, signature, serverKey}]}, in hex. What can't even be parsed is not valid.
  verify: ({ claims }) => claims.map(({ scheme, hash, signature, serverKey }) => {
    try { return verify(scheme, hash, signature, serverKey) } catch { return false }
  })
})

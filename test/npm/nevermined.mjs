// @nevermined-io/secret-store-client 0.0.16, unmodified. See parity-style.mjs for the ops.
import { main } from './run.mjs'
import { opsOf } from './parity-style.mjs'

main(opsOf('@nevermined-io/secret-store-client'))

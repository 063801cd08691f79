// Desk stores that request the lease, each with a separate credential. For tests.
import { toHex } from '@rex/sdk/core'
import type { Asking } from '../mailbox/lease.ts'

/** Creates the request of the desk store with this chain. */
export function asking(chain: Uint8Array, takeOver = false): Asking {
  return { chain, takeOver, credential: toHex(chain).padEnd(64, '0') }
}

// A desk store that asks for the lease, each with a credential of its own. For tests.
import { toHex } from '@rex/sdk/core'
import type { Asking } from '../mailbox/lease.ts'

/** The desk store with this chain asks. */
export function asking(chain: Uint8Array, takeOver = false): Asking {
  return { chain, takeOver, credential: toHex(chain).padEnd(64, '0') }
}

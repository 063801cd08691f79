// Values of a thread in the store: JSON with a version, sealed under the thread's key.
import { RexError } from '../../core/error.ts'
import { openAtRest, sealAtRest } from '../keys/cipher.ts'

const VERSION = 1

/** Seals a JSON value. `thread`: the id of the thread, to which the value is bound. */
export function sealValue(key: Uint8Array, value: object, thread: string): Uint8Array {
  return sealAtRest(key, new TextEncoder().encode(JSON.stringify({ version: VERSION, value })), thread)
}

/** @throws RexError STORE_FAILED, STORE_TOO_NEW */
export function openValue<T>(key: Uint8Array, sealed: Uint8Array, thread: string): T {
  const { version, value } = JSON.parse(new TextDecoder().decode(openAtRest(key, sealed, thread)))
  if (version !== VERSION)
    throw new RexError('STORE_TOO_NEW', 'A newer version of this program has written to the desk store.', {
      hint: 'Use that version.',
    })
  return value
}

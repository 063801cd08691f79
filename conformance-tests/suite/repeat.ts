// Expands a series of messages that a vector states as one message and a count, because a full track has thousands of
// messages. docs/guide/conformance.md
import { hash } from 'node:crypto'
import { Manifest } from '@rex/proto/core/v1/envelope'

const ID_BYTES = 16
/** The prefix of a manifest's digest input (REX-ENV-024). */
const TAG = Buffer.from('REX-1 manifest\0')

/** A message of a series. */
export interface Repeated {
  /** Canonical `Manifest` bytes. */
  readonly manifest: Uint8Array
  /** Manifest digest. */
  readonly digest: Uint8Array
}

/**
 * Makes a series from its first message. Each later message has the next counter, is dated a millisecond later, and has the previous message as its
 * head. Its id is the beginning of the SHA-256 of the previous message's id.
 */
export function* repeated(first: Uint8Array, times: number): Generator<Repeated> {
  let manifest = Manifest.decode(first)
  for (let i = 0; i < times; i++) {
    const bytes = Manifest.encode(manifest).finish()
    const digest = hash('sha256', Buffer.concat([TAG, bytes]), 'buffer')
    yield { manifest: bytes, digest }
    manifest = {
      ...manifest,
      messageId: hash('sha256', manifest.messageId, 'buffer').subarray(0, ID_BYTES),
      counter: manifest.counter + 1,
      createdMs: manifest.createdMs + 1,
      heads: [digest],
    }
  }
}

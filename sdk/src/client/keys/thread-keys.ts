// Random thread keys, wrapped by the archive key. They are made in advance, so that few referrals wait for the disk. docs/guide/desk.md, "At rest"
import { RexError } from '../../core/error.ts'
import { newKey, openAtRest, sealAtRest } from './cipher.ts'

/** Wrapped keys by slot. A slot is never reused. */
export interface KeySlots {
  /** Adds keys durably. `wrap` returns the wrapped key for a slot. Returns the first slot; the others follow consecutively. */
  add(count: number, wrap: (slot: number) => Uint8Array): number
  /** Returns undefined if the key was erased or lost. */
  get(slot: number): Uint8Array | undefined
}

/** Maximum number of keys made in advance. A command that opens the desk for one referral makes only one. */
const MOST_AHEAD = 64

/** A key and its slot. */
interface ThreadKey {
  readonly slot: number
  readonly key: Uint8Array
}

/** Makes the keys of a desk's threads, stores them wrapped in numbered slots, and opens them again. */
export class ThreadKeys {
  readonly #archiveKey: Uint8Array
  readonly #slots: KeySlots
  readonly #ahead: ThreadKey[] = []
  #next = 1

  /** `archiveKey`: 32-byte key that wraps the thread keys. `slots`: where the wrapped keys are stored. */
  constructor(archiveKey: Uint8Array, slots: KeySlots) {
    this.#archiveKey = archiveKey
    this.#slots = slots
  }

  /** Returns a key for a new thread. The key is durable before the thread can be stored. @throws RexError STORE_FULL, STORE_FAILED */
  take(): ThreadKey {
    if (this.#ahead.length === 0) {
      const keys = Array.from({ length: this.#next }, newKey)
      const unwrapped = keys.values()
      const first = this.#slots.add(keys.length, (slot) =>
        sealAtRest(this.#archiveKey, unwrapped.next().value as Uint8Array, purpose(slot)),
      )
      this.#ahead.push(...keys.map((key, i) => ({ slot: first + i, key })))
      this.#next = Math.min(this.#next * 2, MOST_AHEAD)
    }
    return this.#ahead.shift() as ThreadKey
  }

  /** Unwraps the key in a slot. @throws RexError STORE_FAILED if the key is lost or damaged */
  open(slot: number): Uint8Array {
    const wrapped = this.#slots.get(slot)
    if (wrapped === undefined)
      throw new RexError('STORE_FAILED', 'The key of a referral is missing.', {
        metadata: { damaged: 'record' },
      })
    return openAtRest(this.#archiveKey, wrapped, purpose(slot))
  }
}

function purpose(slot: number): string {
  return `thread key ${slot}`
}

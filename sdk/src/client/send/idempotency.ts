// Idempotency keys of sends and verbs: the same key and content is one act, for ever. docs/guide/desk.md, "Keys"
import { createHmac } from 'node:crypto'
import { RexError } from '../../core/error.ts'
import { createTurns } from '../clock/turns.ts'
import type { DeskStore, DeskWrites } from '../store/store.ts'

/** Writes, in the transaction of an act, that it was done; with the threads that it is about, one for each content. */
export type KeepKey = (write: DeskWrites, threads: readonly string[]) => void

/** An act that may be asked for again. */
export interface Act<T> {
  /** Absent: it is an act of its own. */
  readonly key: string | undefined
  /** What is done, as it was asked for: plain JSON. Several for a group. */
  readonly contents: readonly unknown[]
  /** What a repeat gives. */
  readonly again: (threads: readonly string[]) => T
  /** Does it, and calls `keep` in the transaction. */
  readonly work: (keep: KeepKey) => Promise<T>
}

/** Does each act once. */
export interface Idempotency {
  /** @throws RexError KEY_CONFLICT, which names the thread, for other content under a key; what `work` throws is not kept */
  once<T>(act: Act<T>): Promise<T>
}

/** Opens what a desk store has of keys. They and their contents are kept as MACs: nobody can guess them without the archive key. */
export function openIdempotency(store: DeskStore, archiveKey: Uint8Array): Idempotency {
  /** Acts with one key go one after the other, so that the second finds the first. */
  const inTurn = createTurns()
  const mac = (text: string): string => createHmac('sha256', archiveKey).update(text).digest('hex')

  return {
    once: <T>(act: Act<T>): Promise<T> => {
      const { key } = act
      return key === undefined ? act.work(() => {}) : inTurn(key, () => onceWith(key, act))
    },
  }

  async function onceWith<T>(key: string, { contents, again, work }: Act<T>): Promise<T> {
    const ids = contents.map((_, i) => mac(canonical(['key', key, i])))
    const digests = contents.map((content) => mac(canonical(['content', content])))
    const before = ids.flatMap((id) => store.read.sendKey(id) ?? [])
    const [first] = before
    if (first === undefined)
      return work((write, threads) =>
        ids.forEach((id, i) => void write.addSendKey(id, digests[i] as string, threads[i] as string)),
      )
    if (before.map(({ content }) => content).join() !== digests.join()) throw conflict(key, first.thread)
    return again(before.map(({ thread }) => thread))
  }
}

function conflict(key: string, thread: string): RexError {
  return new RexError('KEY_CONFLICT', 'The idempotency key was used before with other content.', {
    metadata: { key, thread },
    hint: `Use a new key for other content; this one stands for an act of the thread ${thread}.`,
  })
}

/** JSON in which the order of members does not count, nor does one that is undefined. */
function canonical(value: unknown): string {
  try {
    return JSON.stringify(value, (_, member) =>
      typeof member === 'object' && member !== null && !Array.isArray(member)
        ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
        : member,
    )
  } catch (cause) {
    throw new RexError('INVALID_REFERRAL', 'The content is no plain JSON.', { path: '', cause })
  }
}

// Idempotency keys of sends and verbs: an act with the same key and content is performed only once. docs/guide/desk.md, "Keys"
import { createHmac, createSecretKey } from 'node:crypto'
import { RexError } from '../../core/error.ts'
import { createTurns } from '../clock/turns.ts'
import type { DeskStore, DeskWrites } from '../store/store.ts'

/** Records, in the transaction of an act, that the act was done. `threads` has one thread id for each entry of `contents`. */
type KeepKey = (write: DeskWrites, threads: readonly string[]) => void

/** An act that may be repeated. */
interface Act<T> {
  /** If absent, a repeated call performs the act again. */
  readonly key: string | undefined
  /** The request as given, as plain JSON; for a group, one entry for each referral. */
  readonly contents: readonly unknown[]
  /** Returns the result for a repeated call. */
  readonly again: (threads: readonly string[]) => T
  /** Performs the act, and calls `keep` in the transaction of the act. */
  readonly work: (keep: KeepKey) => Promise<T>
}

/** The component that performs each act only once. */
export interface Idempotency {
  /**
   * Performs the act, or returns its earlier result. Does not record a failed act. @throws RexError KEY_CONFLICT, with
   * the thread in its metadata, if the key was used with other content; errors of `work`
   */
  once<T>(act: Act<T>): Promise<T>
  /** Returns whether the act was done under its key. @throws RexError KEY_CONFLICT as `once` does */
  wasDone(act: Pick<Act<unknown>, 'key' | 'contents'>): boolean
}

/** Opens the recorded keys of a desk store. Stores keys and contents as MACs, so that nobody can test guesses without the archive key. */
export function openIdempotency(store: DeskStore, archiveKey: Uint8Array): Idempotency {
  /** Runs acts with the same key one after the other, so that the second act finds the record of the first. */
  const inTurn = createTurns()
  // A key object and not bytes, because Node would check the bytes for every MAC, which takes longer than the MAC itself.
  const macKey = createSecretKey(archiveKey)
  const mac = (text: string): string => createHmac('sha256', macKey).update(text).digest('hex')

  return {
    once: <T>(act: Act<T>): Promise<T> => {
      const { key } = act
      return key === undefined ? act.work(() => {}) : inTurn(key, () => onceWith(key, act))
    },
    wasDone: ({ key, contents }) => key !== undefined && recorded(key, contents).threads.length > 0,
  }

  async function onceWith<T>(key: string, { contents, again, work }: Act<T>): Promise<T> {
    const { ids, digests, threads } = recorded(key, contents)
    if (threads.length > 0) return again(threads)
    return work((write, made) =>
      ids.forEach((id, i) => void write.addSendKey(id, digests[i] as string, made[i] as string)),
    )
  }

  /** Returns the MACs of key and contents, and the threads of the act if it was done. @throws RexError KEY_CONFLICT */
  function recorded(key: string, contents: readonly unknown[]) {
    const ids = contents.map((_, i) => mac(canonical(['key', key, i])))
    const digests = contents.map((content) => mac(canonical(['content', content])))
    const before = ids.flatMap((id) => store.read.sendKey(id) ?? [])
    const [first] = before
    if (first !== undefined && before.map(({ content }) => content).join() !== digests.join())
      throw conflict(key, first.thread)
    return { ids, digests, threads: before.map(({ thread }) => thread) }
  }
}

function conflict(key: string, thread: string): RexError {
  return new RexError('KEY_CONFLICT', 'The idempotency key was used before with other content.', {
    metadata: { key, thread },
    hint: `Use a new key for other content; this key belongs to an act of the thread ${thread}.`,
  })
}

/** Returns JSON that does not depend on the order of members. Ignores undefined members. */
function canonical(value: unknown): string {
  try {
    return JSON.stringify(value, (_, member) =>
      typeof member === 'object' && member !== null && !Array.isArray(member)
        ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
        : member,
    )
  } catch (cause) {
    throw new RexError('INVALID_REFERRAL', 'The content is not plain JSON.', { path: '', cause })
  }
}

// Idempotency keys of sends and verbs: the same key and content is always one act. docs/guide/desk.md, "Keys"
import { createHmac } from 'node:crypto'
import { RexError } from '../../core/error.ts'
import { createTurns } from '../clock/turns.ts'
import type { DeskStore, DeskWrites } from '../store/store.ts'

/** Records, in the transaction of an act, that it was done, with its threads, one for each content. */
type KeepKey = (write: DeskWrites, threads: readonly string[]) => void

/** An act that may be repeated. */
interface Act<T> {
  /** Absent: not repeatable. */
  readonly key: string | undefined
  /** The request as given: plain JSON. Several for a group. */
  readonly contents: readonly unknown[]
  /** The result of a repeat. */
  readonly again: (threads: readonly string[]) => T
  /** Performs the act, and calls `keep` in its transaction. */
  readonly work: (keep: KeepKey) => Promise<T>
}

/** Performs each act once. */
export interface Idempotency {
  /**
   * @throws RexError KEY_CONFLICT, which names the thread, for other content under the same key; errors of `work`
   * are not recorded
   */
  once<T>(act: Act<T>): Promise<T>
  /** Whether the act was done under its key. @throws RexError KEY_CONFLICT as `once` does */
  wasDone(act: Pick<Act<unknown>, 'key' | 'contents'>): boolean
}

/**
 * Opens the recorded keys of a desk store. Keys and contents are stored as MACs: nobody can guess them without the
 * archive key.
 */
export function openIdempotency(store: DeskStore, archiveKey: Uint8Array): Idempotency {
  /** Acts with the same key run one after the other, so that the second finds the first. */
  const inTurn = createTurns()
  const mac = (text: string): string => createHmac('sha256', archiveKey).update(text).digest('hex')

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

  /** The MACs of key and contents, and the threads of the act, if it was done. @throws RexError KEY_CONFLICT */
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

/** JSON independent of the order of members; undefined members are ignored. */
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

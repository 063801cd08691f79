// Reads the changes of a desk, and waits for more. docs/guide/desk.md, "Changes"
import { RexError } from '../../core/error.ts'
import type { ChangesRead, DeskChange, ReadChangesOptions } from '../api/changes.ts'
import type { DeskContext } from '../context.ts'
import type { ChangeRecord } from '../store/store.ts'

/** Number of changes in a page, unless the caller asks for fewer. */
const PAGE = 256

/** Reads and removes the changes of an open desk, and lets callers wait for more changes. */
export class Changes {
  readonly #desk: Pick<DeskContext, 'store' | 'clock'>
  readonly #sleepers = new Set<() => void>()
  #ended: RexError | undefined

  constructor(desk: Pick<DeskContext, 'store' | 'clock'>) {
    this.#desk = desk
    desk.store.on('any', this.#wake)
  }

  /** Returns the cursor of the last change. */
  last(): string {
    return String(this.#desk.store.read.changeBounds().last)
  }

  /**
   * Returns the next changes. If there are none, waits for one.
   * @throws RexError EXPIRED with the last cursor in `metadata.cursor`, MALFORMED, CANCELLED, and the error with which the desk
   * closed
   */
  readonly read = async ({
    after,
    limit = PAGE,
    waitMs = 0,
    signal,
  }: ReadChangesOptions = {}): Promise<ChangesRead> => {
    const { clock } = this.#desk
    const untilMs = clock.steady() + waitMs
    for (let from = after; ; ) {
      if (this.#ended !== undefined) throw this.#ended
      if (signal?.aborted === true) throw cancelled()
      const { changes, last } = this.#page(from, limit)
      const leftMs = untilMs - clock.steady()
      if (changes.length > 0 || leftMs <= 0) return { changes, cursor: String(last) }
      from = String(last)
      await this.#sleep(leftMs, signal)
    }
  }

  /** Removes the changes that are older than 30 days. */
  async removeOld(): Promise<void> {
    const { store } = this.#desk
    const { isOld, first, last } = store.read.changeBounds()
    if (isOld && first < last) await store.commit((write) => write.removeOldChanges())
  }

  /** Ends all waits with this error. */
  end(error: RexError): void {
    this.#ended ??= error
    this.#wake()
  }

  #page(after: string | undefined, limit: number): { changes: DeskChange[]; last: number } {
    const { read } = this.#desk.store
    for (let from = this.#placeOf(after); ; ) {
      const records = read.changes(from, Math.max(limit, PAGE))
      const changes = records.flatMap(changeOf).slice(0, limit)
      const last = changes.length === limit ? Number(changes.at(-1)?.cursor) : records.at(-1)?.sequence
      // Changes of erased threads are skipped. If all were skipped, read the next page.
      if (changes.length > 0 || last === undefined) return { changes, last: last ?? from }
      from = last
    }
  }

  /** Returns the number of the change that a cursor names. @throws RexError MALFORMED, EXPIRED */
  #placeOf(after: string | undefined): number {
    const { first, last } = this.#desk.store.read.changeBounds()
    if (after === undefined) return first - 1
    if (!/^(0|[1-9]\d{0,15})$/.test(after))
      throw new RexError('MALFORMED', 'This is not a cursor of the changes.', { path: 'after' })
    const place = Number(after)
    if (place >= first - 1 && place <= last) return place
    throw new RexError('EXPIRED', 'The desk no longer has the changes that follow this cursor.', {
      metadata: { cursor: String(last) },
      hint: 'Read the lists again, then continue after the cursor in the metadata.',
    })
  }

  readonly #wake = (): void => {
    for (const wakeUp of this.#sleepers) wakeUp()
    this.#sleepers.clear()
  }

  /** Sleeps until something is stored, the time is over, or the signal aborts. */
  async #sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const wakeUp = () => resolve()
    const cancel = this.#desk.clock.after(ms, wakeUp)
    this.#sleepers.add(wakeUp)
    signal?.addEventListener('abort', wakeUp, { once: true })
    await promise
    signal?.removeEventListener('abort', wakeUp)
    this.#sleepers.delete(wakeUp)
    cancel()
  }
}

const cancelled = () => new RexError('CANCELLED', 'Waiting for changes was cancelled.')

/** Returns the change of a record, or nothing if its thread is erased. */
function changeOf({
  sequence,
  atMs,
  kind,
  thread,
  message,
  mine,
  party,
  state,
  detail,
}: ChangeRecord): DeskChange[] {
  const base = { cursor: String(sequence), atMs, kind }
  if (kind === 'restored') return [base as DeskChange]
  if (kind === 'health')
    return [{ ...base, problem: detail, state, ...(party !== null && { organisation: party }) } as DeskChange]
  if (thread === '') return []
  switch (kind) {
    case 'message':
      return message === '' ? [] : [{ ...base, thread, message, mine, state } as DeskChange]
    case 'delivery':
      if (message === '') return []
      return [
        {
          ...base,
          thread,
          message,
          recipient: party,
          state,
          ...(detail !== null && { reason: detail }),
        } as DeskChange,
      ]
    case 'erased':
      return [{ ...base, thread, reason: state } as DeskChange]
    case 'hold':
      return [{ ...base, thread, state } as DeskChange]
    default:
      return [{ ...base, thread, state, item: detail } as DeskChange]
  }
}

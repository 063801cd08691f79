// Reads the changes of the desk for one channel (a webhook or a mail address), and queues those that the channel wants.
// docs/guide/service.md, "Webhooks"
import type { DeskChange } from '../../client/api/changes.ts'
import type { Desk } from '../../client/api/desk.ts'
import { type Clock, wait } from '../../client/clock/clock.ts'
import { RexError } from '../../core/error.ts'
import { type AlertKind, alertOf } from './alert.ts'
import type { NewLetter, Posted, Queue, QueuedLetter } from './queue.ts'

const WAIT_MS = 60_000
/** Maximum number of waiting letters. Later changes wait at the desk. */
const MOST_WAITING = 10_000
const AGAIN_MS = 5000

/** The part of a desk that channels read. */
export type SourceDesk = Pick<Desk, 'organisation' | 'readChanges' | 'lastChange' | 'thread' | 'threads'>

/** Dependencies of an intake. */
export interface IntakeOptions {
  /** Name of the channel in the queue. */
  readonly channel: string
  readonly desk: SourceDesk
  readonly queue: Queue
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Returns the letter for a change. Undefined: the channel does not want it. */
  readonly letterOf: (change: Posted) => Promise<NewLetter | undefined>
  /** Resolves once the channel may have more letters. Until then, later changes are not read from the desk. */
  readonly room: () => Promise<void>
  /** Called with the letters once they are durable, and with the erased threads. */
  readonly taken: (letters: readonly QueuedLetter[], erased: readonly string[]) => void
  readonly warn: (message: string, failure: string) => void
  /** Called with the reason why changes cannot be queued. Empty text: changes can be queued again. */
  readonly stuck: (failure: string) => void
}

/** Limits the number of letters that wait in a channel. */
export class Room {
  readonly #waiting: () => number
  readonly #signal: AbortSignal
  #free = Promise.withResolvers<void>()

  /** `waiting`: returns the number of waiting letters. */
  constructor(waiting: () => number, signal: AbortSignal) {
    this.#waiting = waiting
    this.#signal = signal
    signal.addEventListener('abort', () => this.#free.resolve())
  }

  /** Resolves once fewer letters wait than the maximum, or the signal aborts. */
  readonly available = async (): Promise<void> => {
    while (this.#waiting() >= MOST_WAITING && !this.#signal.aborted) {
      this.#free = Promise.withResolvers()
      await this.#free.promise
    }
  }

  /** Must be called when the number of letters may have decreased. */
  changed(): void {
    if (this.#waiting() < MOST_WAITING) this.#free.resolve()
  }
}

/** Takes changes until the signal aborts. */
export async function takeChanges(options: IntakeOptions): Promise<void> {
  const { channel, queue, clock, signal, room, warn, stuck } = options
  let after = queue.place(channel)
  while (!signal.aborted) {
    try {
      after ??= await begin(options)
      await room()
      after = await take(options, after)
      stuck('')
    } catch (error) {
      if (signal.aborted) return
      stuck(RexError.from(error).reason)
      warn('Changes could not be taken for a webhook or a mail address.', RexError.from(error).reason)
      if (RexError.is(error, 'CANCELLED')) return
      await wait(clock, AGAIN_MS, signal)
    }
  }
}

/**
 * Begins a channel that is not in the queue yet: it receives only later changes. If the queue was lost, the channel may be an old one. It then first
 * gets an alert, which says that it may have missed changes.
 */
async function begin({ channel, queue, desk, clock, letterOf, taken }: IntakeOptions): Promise<string> {
  const cursor = await desk.lastChange()
  const letter = queue.forgot ? await letterOf({ kind: 'missed', cursor, atMs: clock.now() }) : undefined
  taken(await queue.take(channel, { letters: letter === undefined ? [] : [letter], erased: [], cursor }), [])
  return cursor
}

async function take(
  { channel, queue, desk, clock, signal, letterOf, taken }: IntakeOptions,
  after: string,
): Promise<string> {
  const { changes, cursor } = await desk
    .readChanges({ after, waitMs: WAIT_MS, signal })
    .catch((error: unknown) => missed(error, clock.now()))
  if (signal.aborted) return after
  const letters: NewLetter[] = []
  for (const change of changes) {
    const letter = await letterOf(change)
    if (letter !== undefined) letters.push(letter)
  }
  const erased = changes.flatMap((change) => (change.kind === 'erased' ? [change.thread] : []))
  taken(await queue.take(channel, { letters, erased, cursor }), erased)
  return cursor
}

/** Returns the letter that reports a loss of changes, if the error says that the desk no longer has them. Throws any other error again. */
function missed(error: unknown, atMs: number): { changes: Posted[]; cursor: string } {
  const cursor = RexError.is(error, 'EXPIRED') ? RexError.from(error).metadata.cursor : undefined
  if (cursor === undefined) throw error
  return { changes: [{ kind: 'missed', cursor, atMs }], cursor }
}

/**
 * Returns the alert that a change raises, if the list names it. The notice that the desk no longer has some changes
 * concerns every channel.
 */
export async function wanted(
  change: Posted,
  alerts: readonly AlertKind[],
  desk: SourceDesk,
): Promise<AlertKind | 'missed' | undefined> {
  if (change.kind === 'missed') return 'missed'
  const alert = await alertOf(change as DeskChange, desk)
  return alert !== undefined && alerts.includes(alert) ? alert : undefined
}

// Takes changes for one webhook and posts them, in order within a thread. Repeats failed posts. docs/guide/service.md, "Webhooks"
import { hash, randomInt } from 'node:crypto'
import type { DeskLogEntry } from '../../client/api/desk.ts'
import type { Cancel, Clock } from '../../client/clock/clock.ts'
import { RexError } from '../../core/error.ts'
import type { Webhook } from './config.ts'
import { Room, type SourceDesk, takeChanges, wanted } from './intake.ts'
import { createPost, type Post } from './post.ts'
import type { NewLetter, Posted, Queue, QueuedLetter } from './queue.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
/**
 * How long to wait after each failure, in milliseconds. After the last failure, about four days after the first
 * attempt, the letter is given up.
 */
export const PAUSES = [
  5 * SECOND,
  30 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
  24 * HOUR,
]
/** Maximum number of letters that are being posted. */
const AT_ONCE = 8

/** Dependencies of a courier. */
export interface CourierOptions {
  readonly hook: Webhook
  readonly desk: SourceDesk
  readonly queue: Queue
  readonly clock: Clock
  readonly log: (entry: DeskLogEntry) => void
}

/** Posts changes to one webhook, independently of all other webhooks. */
export class Courier {
  readonly #options: CourierOptions
  readonly #post: Post
  readonly #closing = new AbortController()
  /** Waiting letters by thread. */
  readonly #waiting = new Map<string, QueuedLetter[]>()
  readonly #busy = new Map<string, Promise<void>>()
  #count = 0
  #failure = ''
  #stuck = ''
  #cancel: Cancel = () => {}
  readonly #room = new Room(() => this.#count, this.#closing.signal)
  readonly #taken: Promise<void>

  constructor(options: CourierOptions) {
    this.#options = options
    this.#post = createPost(options.hook, AT_ONCE)
    const { hook, desk } = options
    this.#fill(options.queue.letters(hook.name))
    this.#taken = takeChanges({
      ...options,
      channel: hook.name,
      signal: this.#closing.signal,
      letterOf: (change) => letterFor(hook, change, desk),
      room: this.#room.available,
      taken: (letters, erased) => {
        for (const thread of erased) this.#forget(thread)
        this.#fill(letters)
      },
      warn: (message, failure) => this.#warn(message, failure),
      stuck: (failure) => {
        this.#stuck = failure
      },
    })
  }

  /** Why changes cannot be queued. Empty: changes can be queued. */
  get stuck(): string {
    return this.#stuck
  }

  /** Number of waiting letters. */
  get waiting(): number {
    return this.#count
  }

  /** Why posts fail: the failure of a letter that will be posted again, or of the last post. Empty: no post fails. */
  get failure(): string {
    for (const [first] of this.#waiting.values())
      if (first !== undefined && first.failure !== '') return first.failure
    return this.#failure
  }

  /** Posts all dead letters again. */
  async revive(): Promise<number> {
    const { queue, hook } = this.#options
    const revived = await queue.revive(hook.name)
    this.#fill(revived)
    return revived.length
  }

  /** Stops posting. Letters that were posted but not answered yet are posted again after the next start. */
  async close(): Promise<void> {
    this.#closing.abort()
    this.#cancel()
    await Promise.all([this.#taken, ...this.#busy.values()])
    this.#post.close()
  }

  #fill(letters: readonly QueuedLetter[]): void {
    for (const [thread, more] of Map.groupBy(letters, (letter) => letter.thread)) {
      const all = [...(this.#waiting.get(thread) ?? []), ...more]
      this.#waiting.set(
        thread,
        all.sort((a, b) => a.sequence - b.sequence),
      )
    }
    this.#count += letters.length
    this.#go()
  }

  #forget(thread: string): void {
    this.#count -= this.#waiting.get(thread)?.length ?? 0
    this.#waiting.delete(thread)
  }

  /** Posts the letters that are due, up to the limit, and sets a timer for the next ones. */
  #go(): void {
    this.#cancel()
    const nowMs = this.#options.clock.now()
    let nextMs = Number.POSITIVE_INFINITY
    for (const [thread, [first]] of this.#waiting) {
      if (this.#closing.signal.aborted || this.#busy.size >= AT_ONCE) return
      if (first === undefined || this.#busy.has(thread)) continue
      // Post a letter even if its time lies far ahead, because the clock must have been ahead when the time was set.
      if (first.nextMs <= nowMs || first.nextMs > nowMs + 2 * (PAUSES.at(-1) as number)) this.#begun(first)
      else nextMs = Math.min(nextMs, first.nextMs)
    }
    if (nextMs !== Number.POSITIVE_INFINITY)
      this.#cancel = this.#options.clock.after(nextMs - nowMs, () => this.#go())
  }

  #begun(letter: QueuedLetter): void {
    const work = this.#deliver(letter)
      .catch((error: unknown) =>
        this.#warn('A webhook could not be noted as posted.', RexError.from(error).reason),
      )
      .finally(() => {
        this.#busy.delete(letter.thread)
        this.#room.changed()
        this.#go()
      })
    this.#busy.set(letter.thread, work)
  }

  async #deliver(letter: QueuedLetter): Promise<void> {
    const { queue, hook, clock, desk } = this.#options
    const { signal } = this.#closing
    const nowMs = clock.now()
    const sent = { id: idOf(desk.organisation, hook, letter.change), body: bodyOf(letter.change), nowMs }
    const failure = await this.#post.send(sent, signal)
    if (failure !== '' && signal.aborted) return
    this.#failure = failure
    const pause = PAUSES[letter.attempts]
    if (failure === '') {
      this.#drop(letter)
      await queue.remove([letter])
    } else if (pause === undefined) {
      this.#drop(letter)
      this.#options.log({
        level: 'error',
        message: 'A webhook was given up. Send it again once its receiver works.',
        fields: { webhook: hook.name, failure, cursor: letter.change.cursor },
      })
      await queue.bury(hook.name, [{ ...letter, attempts: letter.attempts + 1, failure }])
    } else {
      const nextMs = clock.now() + pause + randomInt(pause / 5)
      const later = { ...letter, attempts: letter.attempts + 1, nextMs, failure }
      this.#replace(letter, later)
      if (letter.attempts === 0) this.#warn('A webhook failed; it is posted again.', failure)
      await queue.postpone([later])
    }
  }

  #drop(letter: QueuedLetter): void {
    this.#replace(letter, undefined)
  }

  #replace({ thread, sequence }: QueuedLetter, by: QueuedLetter | undefined): void {
    const letters = this.#waiting.get(thread) ?? []
    const left = letters.flatMap((one) => (one.sequence === sequence ? (by ?? []) : one))
    this.#count += left.length - letters.length
    if (left.length === 0) this.#waiting.delete(thread)
    else this.#waiting.set(thread, left)
  }

  #warn(message: string, failure: string): void {
    this.#options.log({ level: 'warn', message, fields: { webhook: this.#options.hook.name, failure } })
  }
}

/** Returns the letter about a change, if the webhook wants it. */
async function letterFor(
  { kinds, alerts }: Webhook,
  change: Posted,
  desk: SourceDesk,
): Promise<NewLetter | undefined> {
  if (alerts !== undefined) {
    const alert = await wanted(change, alerts, desk)
    return alert && { change: { ...change, alert }, nextMs: 0 }
  }
  const all: readonly string[] | undefined = kinds
  const isWanted = all === undefined || change.kind === 'missed' || all.includes(change.kind)
  return isWanted ? { change, nextMs: 0 } : undefined
}

/** Returns the id of a letter, which stays the same for all attempts. */
function idOf(organisation: string, { name }: Webhook, { kind, cursor }: Posted): string {
  return `msg_${hash('sha256', [organisation, name, kind, cursor].join(' '), 'hex').slice(0, 32)}`
}

function bodyOf(change: Posted): string {
  const { kind, atMs, ...data } = change
  return JSON.stringify({ type: `rex.${kind}`, timestamp: new Date(atMs).toISOString(), data })
}

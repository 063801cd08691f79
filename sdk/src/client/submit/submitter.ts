// Submits queued messages until the gateway has confirmed them. docs/spec/mailbox.md, "Submission"
import type { Submission, SubmitRequest } from '@rex/proto/mailbox/v1/mailbox'
import { RexError } from '../../core/error.ts'
import { LIMITS } from '../../core/limits.ts'
import { BATCH_BYTES, batches } from '../../transport/messages/batch.ts'
import { createQueue, type Queue } from '../../transport/messages/queue.ts'
import { fromErrorDetail } from '../../transport/messages/status.ts'
import type { DeskProblem } from '../api/problems.ts'
import { type Cancel, wait } from '../clock/clock.ts'
import { isInterruption, isLasting } from '../clock/interruption.ts'
import type { DeskContext } from '../context.ts'
import { closeEnvelopes } from '../deliveries/outcomes.ts'
import type { LeaseHolder } from '../gateway/lease.ts'
import type { MailboxLink } from '../gateway/link.ts'
import {
  envelopeIdsOf,
  isQueued,
  notPaired,
  type Queued,
  queued,
  queuedAfter,
  queuedAt,
  splitBy,
  withdraw,
} from '../outbox/queue.ts'
import { queueReceipts } from '../outbox/receipts.ts'
import type { SentReceipts } from '../outbox/sent-receipts.ts'
import type { Redate } from '../send/redate.ts'
import type { DeskWrites } from '../store/store.ts'
import { createRetrySchedule, type RetrySchedule } from './retry-schedule.ts'

const WINDOW = 256
/**
 * Maximum unanswered submissions after a stream broke. Each answer raises the limit by one, so that a few submissions
 * succeed each time even if the connection breaks often (T-090).
 */
const CAUTIOUS = 2
/** Number of submissions to read from the queue at a time. At the maximum size, they take 64 MiB. */
const READ_AHEAD = 32
/** Limits for all submissions of a request together: deliveries, sections (REX-MBX-027), and bytes. */
const TOGETHER = [LIMITS.recipients, LIMITS.sections, BATCH_BYTES]
const RETRY = { firstMs: 100, mostMs: 10_000 }
const GATHER_RECEIPTS_MS = 50

/** The dependencies of `Submitter`. */
interface SubmitterOptions {
  readonly link: MailboxLink
  readonly lease: Pick<LeaseHolder, 'fence' | 'holds'>
  readonly redate: Pick<Redate, 'notTaken' | 'endsHere'>
  readonly sent: SentReceipts
  /**
   * How long receipts wait under load so that they can be batched, because a batch costs as much as one message. In
   * milliseconds; 0: no wait. Default: 50.
   */
  readonly gatherMs?: number | undefined
}

/** A submission that the gateway has not answered yet. */
interface InFlight {
  /** The id in the desk store. */
  readonly id: number
  readonly envelopeIds: readonly string[]
  readonly bytes: number
}

/** A submission stream. */
interface Stream {
  readonly requests: Queue<SubmitRequest>
  /** Unanswered submissions, by sequence number. */
  readonly inFlight: Map<number, InFlight>
  /** Ids, in the store, of submissions that are unanswered or whose answers are still being processed. */
  readonly underway: Set<number>
  /** Aborted when the stream ends. */
  readonly ended: AbortController
  /** Resolved when an answer arrives. */
  answered: PromiseWithResolvers<void>
}

/** Submits queued messages until `close` is called. */
export class Submitter {
  readonly #desk: DeskContext
  readonly #options: SubmitterOptions
  readonly #closed = new AbortController()
  readonly #stop: AbortSignal
  readonly #retries: RetrySchedule
  readonly #running: Promise<void>
  /** Maximum number of unanswered submissions. */
  #window = WINDOW
  /** Resolved when there may be something to submit. */
  #work = Promise.withResolvers<void>()
  readonly #idle = new Set<() => void>()
  readonly #concluding = new Set<Promise<void>>()
  #gathering: Cancel | undefined

  constructor(desk: DeskContext, options: SubmitterOptions) {
    this.#desk = desk
    this.#options = options
    this.#stop = AbortSignal.any([this.#closed.signal, desk.lost.signal])
    this.#retries = createRetrySchedule(desk.clock, this.wake)
    this.#running = this.#run()
  }

  /** Resumes sending. Call this after queueing something. */
  readonly wake = (): void => this.#work.resolve()

  /** Returns problems with sending that need a person. */
  problems(): DeskProblem[] {
    return this.#retries.problems()
  }

  /**
   * Ends a pairing. Envelopes to that organisation that are not submitted yet end as refused; their messages continue
   * to other recipients. The writes of `also` are in the same transaction.
   */
  async unpaired(recipient: string, also: (write: DeskWrites) => void): Promise<void> {
    const { read } = this.#desk.store
    const theirs = [...queued(read)]
      .map(({ id, submission }) => ({ id, ended: splitBy(submission, recipient).theirs }))
      .filter(({ ended }) => ended.length > 0)
    await this.#refuse(
      theirs.flatMap(({ ended }) => ended),
      notPaired(recipient),
      (write) => {
        also(write)
        for (const { id } of theirs) withdraw(write, read, { id, recipient })
      },
    )
    this.wake()
  }

  /**
   * Resolves when every message is submitted and every receipt is sent.
   * @throws RexError CANCELLED if the signal aborts, with the gateway's last answer, if any, as `cause`; LEASE_LOST,
   * STORE_FAILED
   */
  async drained(signal?: AbortSignal): Promise<void> {
    const given = AbortSignal.any(signal === undefined ? [this.#stop] : [this.#stop, signal])
    while (this.#desk.store.read.busy()) {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const cancelled = () =>
        reject(this.#desk.lost.signal.aborted ? this.#desk.lost.signal.reason : this.#stillWaiting())
      this.#idle.add(resolve)
      if (given.aborted) cancelled()
      given.addEventListener('abort', cancelled, { once: true })
      await promise.finally(() => this.#idle.delete(resolve))
    }
  }

  /** Stops submitting. Resolves when no submission or answer is being processed. */
  async close(): Promise<void> {
    this.#closed.abort()
    this.#retries.close()
    this.wake()
    this.#gathering?.()
    await this.#running
    await Promise.all(this.#concluding)
  }

  #stillWaiting(): RexError {
    const cause = this.#retries.reason()
    return new RexError('CANCELLED', 'Messages still wait to be sent.', {
      ...(cause !== undefined && { cause, hint: cause.hint }),
    })
  }

  async #run(): Promise<void> {
    const { clock, warn, lost } = this.#desk
    let pause = RETRY.firstMs
    while (!this.#stop.aborted) {
      try {
        await this.#submitAll(() => (pause = RETRY.firstMs))
      } catch (error) {
        if (this.#stop.aborted) return
        this.#window = CAUTIOUS
        const failure = RexError.from(error)
        warn('Submitting paused.', failure)
        if (await isLasting(failure, this.#options.lease.holds)) return lost.abort(failure)
        await wait(clock, pause, this.#stop)
        pause = Math.min(pause * 2, RETRY.mostMs)
      }
    }
  }

  /** Opens a submission stream and sends waiting and new submissions until the stream breaks. */
  async #submitAll(alive: () => void): Promise<void> {
    const stream: Stream = {
      requests: createQueue<SubmitRequest>(WINDOW),
      inFlight: new Map(),
      underway: new Set(),
      ended: new AbortController(),
      answered: Promise.withResolvers(),
    }
    const fence = await this.#options.lease.fence()
    stream.requests.offer({ content: { $case: 'open', value: { fence } } })
    const answering = this.#readAnswers(stream, alive)
    answering.catch(() => {
      stream.ended.abort()
      this.wake()
      stream.answered.resolve()
    })
    const failure = await this.#sendQueued(stream).catch(RexError.from)
    stream.requests.end()
    stream.ended.abort()
    // If the gateway ended the stream, report its reason, not the failed write that followed.
    await answering.catch((reason: unknown) => {
      throw failure === undefined || failure.reason === 'CANCELLED' ? reason : failure
    })
  }

  async #readAnswers(stream: Stream, alive: () => void): Promise<never> {
    const signal = AbortSignal.any([this.#stop, stream.ended.signal])
    for await (const answer of this.#options.link.mailbox.submit(stream.requests, { signal })) {
      alive()
      const submitted = stream.inFlight.get(answer.sequence)
      if (submitted === undefined) continue
      stream.inFlight.delete(answer.sequence)
      this.#window = Math.min(this.#window + 1, WINDOW)
      stream.answered.resolve()
      const concluded = this.#conclude(submitted, answer.error && fromErrorDetail(answer.error))
        .catch((cause: unknown) => this.#notConcluded(submitted, RexError.from(cause)))
        .then(() => void stream.underway.delete(submitted.id))
        .catch((cause: unknown) => stream.requests.end(cause))
        .finally(() => this.#concluding.delete(concluded))
      this.#concluding.add(concluded)
    }
    throw new RexError('UNAVAILABLE', 'The gateway ended the submission stream.')
  }

  async #sendQueued(stream: Stream): Promise<void> {
    const { read } = this.#desk.store
    let sequence = 0
    let last = 0
    let withheld: readonly number[] = []
    while (!this.#stop.aborted && !stream.ended.signal.aborted) {
      this.#work = Promise.withResolvers()
      await this.#sealReceipts()
      const again = this.#stillQueued([...this.#retries.due(), ...withheld])
      const fresh = queuedAfter(read, last, READ_AHEAD)
      last = fresh.at(-1)?.id ?? last
      const waiting = [...again, ...fresh]
      withheld = waiting.flatMap((one) => (one.withheld ? one.id : []))
      const ready = waiting.filter(
        (one) => !one.withheld && !stream.underway.has(one.id) && !this.#retries.waits(one.id),
      )
      let isFresh = true
      for (const batch of batches(ready, sizesOf, [...TOGETHER, this.#window])) {
        if (await this.#roomFor(stream, batch.length)) isFresh = false
        // During the wait, submissions may have been withdrawn, in part or completely.
        const left = isFresh ? batch : this.#stillQueued(batch.map(({ id }) => id))
        isFresh = false
        if (left.length === 0) continue
        const submissions = left.map(({ id, submission }) => {
          sequence += 1
          stream.underway.add(id)
          stream.inFlight.set(sequence, {
            id,
            envelopeIds: envelopeIdsOf(submission),
            bytes: bytesOf(submission),
          })
          return { ...submission, sequence, place: id }
        })
        await stream.requests.push({ content: { $case: 'submissions', value: { submissions } } })
      }
      if (fresh.length === 0 && again.length === withheld.length) await this.#work.promise
    }
  }

  /** Reads the current state of submissions, and skips submissions that have left the queue. */
  #stillQueued(ids: readonly number[]): Queued[] {
    return ids.flatMap((id) => {
      const found = queuedAt(this.#desk.store.read, id)
      if (found === undefined) this.#retries.forget(id)
      return found ?? []
    })
  }

  /**
   * Waits until the window has room for `count` submissions or the stream has ended. Resolves with true if it had to wait. The
   * limit in bytes is checked before the submissions are added, so the total may exceed the limit.
   */
  async #roomFor(stream: Stream, count: number): Promise<boolean> {
    const { inFlight, ended } = stream
    const bytes = () => inFlight.values().reduce((sum, one) => sum + one.bytes, 0)
    const isFull = () =>
      inFlight.size > 0 &&
      (inFlight.size + count > this.#window || bytes() >= LIMITS.windowBytes) &&
      !ended.signal.aborted
    const waited = isFull()
    while (isFull()) {
      stream.answered = Promise.withResolvers()
      await stream.answered.promise
    }
    return waited
  }

  /** Handles the gateway's answer to a submission. */
  async #conclude({ id, envelopeIds }: InFlight, error: RexError | undefined): Promise<void> {
    const { store } = this.#desk
    const { redate } = this.#options
    const isEarly = error?.reason === 'CLOCK_SKEW'
    if (isEarly) await redate.notTaken(envelopeIds)
    if (!isQueued(store.read, id)) return this.#retries.forget(id)
    if (error?.reason === 'UNKNOWN_ORGANISATION' && (await this.#goesOn(id, error)))
      return this.#postpone(id, error)
    const isFinal = error?.reason === 'UNKNOWN_ORGANISATION' || (isEarly && redate.endsHere(envelopeIds))
    if (error?.retryable === true && !isFinal) return this.#postpone(id, error)
    const confirm = (write: DeskWrites) => write.confirmOutgoing(id, envelopeIds)
    if (error !== undefined) await this.#refuse(envelopeIds, error, confirm)
    else
      await store.commit((write) => {
        confirm(write)
        write.confirmPlace(id)
      })
    this.#retries.forget(id)
    this.#tellIdle()
  }

  /** Handles an answer that could not be processed: postpones the answered submission, or ends the stream if the desk itself has failed. */
  #notConcluded({ id }: InFlight, error: RexError): void {
    if (isInterruption(error)) throw error
    this.#postpone(id, error, 'An answer of the gateway could not be processed.')
  }

  /** Handles a recipient that is no longer paired. Resolves with whether the submission continues to other recipients. */
  async #goesOn(id: number, { metadata }: RexError): Promise<boolean> {
    const { organisation: recipient } = metadata
    const found = queuedAt(this.#desk.store.read, id)
    if (recipient === undefined || found === undefined) return false
    const { theirs, rest } = splitBy(found.submission, recipient)
    if (rest.deliveries.length === 0 || theirs.length === 0) return rest.deliveries.length > 0
    await this.#refuse(theirs, notPaired(recipient), (write) =>
      withdraw(write, this.#desk.store.read, { id, recipient }),
    )
    return true
  }

  #refuse(ids: readonly string[], { reason }: RexError, also: (write: DeskWrites) => void): Promise<void> {
    return closeEnvelopes(this.#desk, ids, { outcome: 'refused', reason, also })
  }

  #postpone(id: number, error: RexError, message = 'The gateway does not accept a message yet.'): void {
    this.#desk.warn(message, error)
    this.#retries.add(id, error)
    this.#desk.events.emit('problems')
  }

  /** Seals the waiting receipts: a single receipt immediately, many receipts at intervals. */
  async #sealReceipts(): Promise<void> {
    if (this.#gathering !== undefined) return
    const { gatherMs = GATHER_RECEIPTS_MS, sent } = this.#options
    const several = await queueReceipts(this.#desk, sent)
    if (several && gatherMs > 0 && !this.#stop.aborted)
      this.#gathering = this.#desk.clock.after(gatherMs, () => {
        this.#gathering = undefined
        this.wake()
      })
    this.#tellIdle()
  }

  #tellIdle(): void {
    if (!this.#desk.store.read.busy()) for (const resolve of this.#idle) resolve()
  }
}

function sizesOf({ submission }: { submission: Submission }): number[] {
  return [submission.deliveries.length, submission.sections.length, bytesOf(submission), 1]
}

function bytesOf({ deliveries, sections, manifest }: Submission): number {
  const jwes = [manifest, ...sections, ...deliveries.map(({ grant }) => grant)]
  return jwes.reduce((sum, jwe) => sum + (jwe?.ciphertext.length ?? 0), 0)
}

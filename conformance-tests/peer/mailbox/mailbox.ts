// The reference mailbox: lease, submissions and feed, in memory. Scenarios set its misbehaviour. docs/spec/mailbox.md
import { randomBytes } from 'node:crypto'
import { ErrorReason } from '@rex/proto/core/v1/error'
import type { AcquireLeaseRequest, AcquireLeaseResponse } from '@rex/proto/mailbox/v1/mailbox'
import {
  type ReceiveResponse,
  type Submission,
  SubmitRequest,
  SubmitResponse,
} from '@rex/proto/mailbox/v1/mailbox'
import type { Log } from '../log.ts'
import { type Call, type Reason, Refused } from './call.ts'
import { Feed, type MailboxItem } from './feed.ts'
import { deliveriesOf, type Submitted } from './submission.ts'

const TTL_MS = 60_000
const SKEW_MS = 600_000
const CLOCK_SKEW: SubmissionRefusal = { reason: 'CLOCK_SKEW', retryable: true }

/** A refusal with which the gateway answers a submission. */
export interface SubmissionRefusal {
  readonly reason: Reason
  readonly retryable: boolean
  readonly metadata?: Readonly<Record<string, string>>
}

/** Misbehaviour of the mailbox that a scenario sets. */
export interface Script {
  /** Refusals of the next submissions, in order. */
  refusals: SubmissionRefusal[]
  /** Whether submissions that are dated more than 10 minutes ahead are refused with CLOCK_SKEW (REX-DLV-021). */
  punctual: boolean
  /** Whether the mailbox accepts submissions, but does not answer them. */
  silent: boolean
  /** Bytes that the mailbox appends to each message on its streams. */
  surplus: Uint8Array
  /** Members that replace those of the next answers to `AcquireLease`. */
  lease: Partial<AcquireLeaseResponse>
  /** Another desk that has the lease of the mailbox. */
  holder: { readonly credential: string; readonly since: string } | undefined
}

/** A mailbox. `accepted` is called with each envelope that is accepted for the first time. */
export class Mailbox {
  readonly #log: Log
  readonly #accepted: (envelope: Submitted) => void
  incarnation: Uint8Array = randomBytes(16)
  script: Script = {
    refusals: [],
    punctual: false,
    silent: false,
    surplus: new Uint8Array(),
    lease: {},
    holder: undefined,
  }
  #items: MailboxItem[] = []
  #cursor = 0
  #fence = 1
  #holder = ''
  #seen = new Map<string, number>()
  #known = new Map<string, string>()
  #feed: Feed | undefined
  #submit: Call | undefined

  constructor(log: Log, accepted: (envelope: Submitted) => void) {
    this.#log = log
    this.#accepted = accepted
  }

  /** Deletes all state, as if the store had been lost. */
  forget(): void {
    this.incarnation = randomBytes(16)
    this.#items = []
    this.#seen.clear()
    this.#known.clear()
    this.#fence += 100
    this.#holder = ''
    this.endStreams('UNAVAILABLE')
  }

  endStreams(reason: Reason, metadata: Readonly<Record<string, string>> = {}): void {
    this.#submit?.refuse(reason, metadata)
    this.#feed?.end(reason, metadata)
  }

  /** Claims to have seen higher counters than the desk used, so that the desk store looks like an older copy. */
  seenMore(): void {
    for (const [chain, place] of this.#seen) this.#seen.set(chain, place + 1000)
  }

  /** Puts an item into the mailbox. `about`: the ids that the item concerns. */
  put(content: NonNullable<ReceiveResponse['content']>, about: readonly string[]): void {
    this.#items.push({ cursor: ++this.#cursor, content, about, redelivered: 0 })
    this.#feed?.pump()
  }

  /** Writes bytes to the feed that do not match the schema. */
  babble(bytes: Uint8Array): void {
    this.#feed?.call.write(bytes)
  }

  lease({ chain, takeOver, confirmed, incarnation }: AcquireLeaseRequest): AcquireLeaseResponse {
    const name = Buffer.from(chain).toString('hex')
    const confirmedBy = incarnation && Buffer.from(incarnation).toString('hex')
    this.#log.add({ what: 'lease', chain: name, takeOver, confirmed, incarnation: confirmedBy })
    if (chain.length !== 16)
      this.#log.fault('AcquireLease names a chain that does not have 16 bytes (REX-MBX-010).')
    const { holder } = this.script
    if (holder !== undefined && !takeOver) throw new Refused('LEASE_LOST', { ...holder })
    this.script.holder = undefined
    if (this.#holder !== name) this.#fence++
    this.#holder = name
    return {
      fence: this.#fence,
      ttlMs: TTL_MS,
      timeMs: Date.now(),
      incarnation: this.incarnation,
      trustedMs: 0,
      peersAheadMs: undefined,
      agreedMs: 0,
      seen: this.#seen.get(name),
      ...this.script.lease,
    }
  }

  async receive(raw: Call): Promise<void> {
    const feed = new Feed(this.#withSurplus(raw), { log: this.#log, items: () => this.#items })
    const settled = (cursor: number) => {
      this.#items = this.#items.filter((item) => item.cursor !== cursor)
    }
    await feed.run((fence) => {
      this.#checkFence(fence, 'receive-open')
      this.#feed?.end('CANCELLED')
      this.#feed = feed
    }, settled)
    if (this.#feed === feed) this.#feed = undefined
  }

  async submit(raw: Call): Promise<void> {
    const call = this.#withSurplus(raw)
    let last = -1
    for (;;) {
      const bytes = await call.read()
      if (bytes === undefined) return call.end()
      const { content } = SubmitRequest.decode(bytes)
      if (content?.$case === 'open' && last < 0) {
        this.#checkFence(content.value.fence, 'submit-open')
        this.#submit?.refuse('CANCELLED')
        this.#submit = call
        last = 0
        call.write(SubmitResponse.encode({ sequence: 0, error: undefined }).finish())
      } else if (content?.$case === 'submissions' && last >= 0) {
        for (const submission of content.value.submissions) {
          if (submission.sequence <= last) this.#log.fault('A sequence does not ascend (REX-MBX-020).')
          last = submission.sequence
          this.#answer(call, submission)
        }
      } else this.#log.fault('Submit has another form than open and submissions (REX-MBX-020).')
    }
  }

  #withSurplus(call: Call): Call {
    return { ...call, write: (bytes) => call.write(Buffer.concat([bytes, this.script.surplus])) }
  }

  #checkFence(fence: number, what: string): void {
    this.#log.add({ what, fence })
    if (fence !== this.#fence || this.script.holder !== undefined)
      throw new Refused('LEASE_LOST', { ...this.script.holder })
  }

  #answer(call: Call, submission: Submission): void {
    const { sequence, place } = submission
    const deliveries = deliveriesOf(submission, this.#log)
    const isKnown = deliveries.every(({ id }) => this.#known.has(id))
    const seen = this.#seen.get(this.#holder) ?? -1
    if (place !== undefined && place <= seen && !isKnown)
      this.#log.fault('A place was used twice (REX-MBX-091).')
    const { refusals, punctual } = this.script
    const isAhead = punctual && deliveries.some(({ createdMs }) => createdMs > Date.now() + SKEW_MS)
    const refusal = isAhead ? CLOCK_SKEW : refusals.shift()
    for (const { id, recipient } of deliveries)
      this.#log.add({ what: 'submitted', about: [id], to: recipient, refused: refusal?.reason ?? '' })
    if (refusal !== undefined) {
      const { retryable, metadata = {} } = refusal
      const entries = Object.entries(metadata).map(([key, value]) => ({ key, value }))
      const error = { reason: ErrorReason[refusal.reason], message: '', retryable, metadata: entries }
      call.write(SubmitResponse.encode({ sequence, error }).finish())
      return
    }
    if (place !== undefined) this.#seen.set(this.#holder, Math.max(seen, place))
    for (const delivery of deliveries) this.#take(delivery)
    if (!this.script.silent) call.write(SubmitResponse.encode({ sequence, error: undefined }).finish())
  }

  #take(delivery: Submitted): void {
    const { id, bytes } = delivery
    const text = Buffer.from(bytes).toString('base64')
    const known = this.#known.get(id)
    if (known !== undefined && known !== text)
      this.#log.fault('An envelope id has other bytes than before (REX-ENV-050).')
    if (known !== undefined) return
    this.#known.set(id, text)
    this.#accepted(delivery)
  }
}

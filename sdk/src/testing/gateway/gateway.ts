// A gateway in memory. It serves its desk as a real gateway does, and delivers envelopes to other gateways. docs/spec/mailbox.md
import { Envelope, type Jws, Lane } from '@rex/proto/core/v1/envelope'
import type { ErrorDetail } from '@rex/proto/core/v1/error'
import type { DeliveryReport, Submission, SubmitRequest, SubmitResponse } from '@rex/proto/mailbox/v1/mailbox'
import type { Clock } from '../../client/clock/clock.ts'
import type { MailboxLink } from '../../client/gateway/link.ts'
import { encode, fromBase64url } from '../../core/encoding/encoding.ts'
import { parseEnvelope, parseRouting } from '../../core/envelope/parse.ts'
import { RexError } from '../../core/error.ts'
import { localSigner } from '../../core/jose/jose.ts'
import type { Signer } from '../../core/jose/key.ts'
import type { Queue } from '../../core/mailbox/serving.ts'
import { signStoredReceipt } from '../../core/receipt/stored.ts'
import { toErrorDetail } from '../../transport/messages/status.ts'
import { organisationOf, testSeed } from '../parties/party.ts'
import type { Activity } from '../time/activity.ts'
import { createDelivery } from './delivery.ts'
import { openDirectory, type TestDirectory } from './directory.ts'
import { Mailbox, REPORTS } from './mailbox.ts'
import type { RemoteGateway, Wire } from './wire.ts'

/** Duration of a lease. Long, so that advancing the clock by days does not cause a renewal every half minute. */
const LEASE_MS = 24 * 60 * 60_000

const HOUR = 60 * 60_000

/** Dependencies of a gateway. */
export interface GatewayOptions {
  readonly name: string
  readonly clock: Clock
  readonly activity: Activity
  readonly wire: Wire
}

/** Opens a gateway with an empty mailbox and no peers. Returns the services for its desk. */
export function openGateway(options: GatewayOptions): MailboxLink {
  const { name, clock, wire } = options
  const gateway = new MemoryGateway(options)
  wire.attach(organisationOf(name), gateway)
  const incarnation = testSeed(name, 'incarnation').subarray(0, 16)
  return {
    mailbox: {
      acquireLease: async () => ({
        fence: 1,
        ttlMs: LEASE_MS,
        timeMs: clock.now(),
        incarnation,
        trustedMs: clock.now(),
        agreedMs: 0,
      }),
      submit: (requests) => gateway.submit(requests),
      receive: (requests, { signal = new AbortController().signal } = {}) =>
        gateway.mailbox.feed(requests, signal),
    },
    directory: gateway.directory.service,
    renewal: {
      async renew() {
        throw new RexError('UNAVAILABLE', 'A gateway in memory renews no certificates.')
      },
    },
    address: 'in memory',
    present() {},
    dial() {},
    refusal: async () => undefined,
    close() {},
  }
}

class MemoryGateway implements RemoteGateway {
  readonly mailbox: Mailbox
  readonly directory: TestDirectory
  readonly #organisation: string
  readonly #clock: Clock
  readonly #wire: Wire
  readonly #signer: Signer
  readonly #deliver: (envelope: Uint8Array) => void
  readonly #notifiedMs = new Map<string, number>()

  constructor({ name, clock, activity, wire }: GatewayOptions) {
    this.#organisation = organisationOf(name)
    this.#clock = clock
    this.#wire = wire
    this.#signer = localSigner(testSeed(name, 'receipt'))
    this.mailbox = new Mailbox(activity, clock)
    const receiptKey = fromBase64url(this.#signer.key.x, 'receipt_key')
    this.directory = openDirectory({ organisation: this.#organisation, receiptKey, wire })
    const report = (value: DeliveryReport) => this.mailbox.put({ $case: 'report', value }, REPORTS)
    this.#deliver = createDelivery({ clock, activity, wire, report })
  }

  async *submit(requests: AsyncIterable<SubmitRequest>): AsyncGenerator<SubmitResponse> {
    for await (const { content } of requests) {
      const submissions = content?.$case === 'submissions' ? content.value.submissions : []
      for (const submission of submissions)
        yield { sequence: submission.sequence, error: this.#take(submission) }
    }
  }

  statement(): string {
    return this.directory.own()
  }

  urgentOverBudget(recipient: string): void {
    this.#notifyOverBudget(recipient, true)
  }

  async accept(envelope: Uint8Array, copies: number): Promise<Jws> {
    const { routing, digest: envelopeDigest } = parseEnvelope(envelope)
    const { envelopeId, sender, recipient, lane, expiresMs } = routing
    const storedMs = this.#clock.now()
    this.directory.checkPaired(sender)
    if (expiresMs <= storedMs) throw new RexError('EXPIRED', 'The envelope has expired.')
    const stored = { envelopeId, envelopeDigest, sender, recipient, storedMs }
    const receipt = await signStoredReceipt(stored, this.#signer)
    const queue: Queue = { lane: lane === Lane.URGENT ? 'urgent' : 'routine', peer: sender }
    for (let i = 0; i < copies; i++)
      this.mailbox.put({ $case: 'stored', value: { envelope, receipt } }, queue)
    if (this.mailbox.isOverBudget(sender)) {
      this.#notifyOverBudget(sender, false)
      this.#wire.gatewayOf(sender).urgentOverBudget(this.#organisation)
    }
    return receipt
  }

  /** Accepts either all deliveries of a submission or none (REX-MBX-022). */
  #take(submission: Submission): ErrorDetail | undefined {
    try {
      const envelopes = envelopesOf(submission)
      for (const { routing } of envelopes) this.directory.checkPaired(parseRouting(routing).recipient)
      for (const envelope of envelopes) this.#deliver(encode(Envelope, envelope))
      return undefined
    } catch (error) {
      return toErrorDetail(error)
    }
  }

  /** Notifies the desk of an exceeded urgent budget, at most once an hour for each organisation and direction. */
  #notifyOverBudget(about: string, sent: boolean): void {
    const key = `${sent} ${about}`
    const now = this.#clock.now()
    if (now < (this.#notifiedMs.get(key) ?? Number.NEGATIVE_INFINITY) + HOUR) return
    this.#notifiedMs.set(key, now)
    const value = { organisation: about, subject: { $case: 'urgentOverBudget' as const, value: { sent } } }
    this.mailbox.put({ $case: 'notice', value }, REPORTS)
  }
}

/** Returns the envelopes of a submission, one per recipient (REX-MBX-021). */
function envelopesOf({ manifest, sections, deliveries }: Submission): Envelope[] {
  return deliveries.map(({ routing, grant, sections: places }) => ({
    routing,
    grant,
    manifest,
    sections: places.flatMap((place) => sections[place] ?? []),
  }))
}

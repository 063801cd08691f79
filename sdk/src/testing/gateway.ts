// A gateway in memory: serves its desk as a real one does, and delivers envelopes to the others. docs/spec/mailbox.md
import { Envelope, Lane } from '@rex/proto/core/v1/envelope'
import type { ErrorDetail } from '@rex/proto/core/v1/error'
import type { Submission, SubmitRequest, SubmitResponse } from '@rex/proto/mailbox/v1/mailbox'
import type { Clock } from '../client/clock/clock.ts'
import type { MailboxLink } from '../client/gateway/link.ts'
import { encode, fromBase64url } from '../core/encoding/encoding.ts'
import { parseEnvelope, parseRouting } from '../core/envelope/parse.ts'
import { RexError } from '../core/error.ts'
import { localSigner } from '../core/jose/jose.ts'
import type { Queue } from '../core/mailbox/serving.ts'
import { signStoredReceipt } from '../core/receipt/stored.ts'
import { toErrorDetail } from '../transport/messages/status.ts'
import type { Activity } from './activity.ts'
import { createDelivery } from './delivery.ts'
import { openDirectory } from './directory.ts'
import { openMailbox, REPORTS } from './mailbox.ts'
import { organisationOf, testSeed } from './party.ts'
import type { Wire } from './wire.ts'

/** Long, so that days pass without a renewal every half minute. */
const LEASE_MS = 24 * 60 * 60_000

const HOUR = 60 * 60_000

/** Dependencies of a gateway. */
export interface GatewayOptions {
  readonly name: string
  readonly clock: Clock
  readonly activity: Activity
  readonly wire: Wire
}

/** A gateway with an empty mailbox and no peers; returns the services for its desk. */
export function openGateway({ name, clock, activity, wire }: GatewayOptions): MailboxLink {
  const organisation = organisationOf(name)
  const signer = localSigner(testSeed(name, 'receipt'))
  const incarnation = testSeed(name, 'incarnation').subarray(0, 16)
  const receiptKey = fromBase64url(signer.key.x, 'receipt_key')
  const directory = openDirectory({ organisation, receiptKey, wire })
  const mailbox = openMailbox(activity, clock)
  const toldMs = new Map<string, number>()
  const deliver = createDelivery({
    clock,
    activity,
    wire,
    report: (value) => mailbox.put({ $case: 'report', value }, REPORTS),
  })

  /** Notifies the desk, at most once an hour for each organisation. */
  function tellOverBudget(about: string, sent: boolean): void {
    const key = `${sent} ${about}`
    if (clock.now() < (toldMs.get(key) ?? Number.NEGATIVE_INFINITY) + HOUR) return
    toldMs.set(key, clock.now())
    const value = { organisation: about, subject: { $case: 'urgentOverBudget' as const, value: { sent } } }
    mailbox.put({ $case: 'notice', value }, REPORTS)
  }

  /** Takes all deliveries of a submission, or none (REX-MBX-022). */
  function take(submission: Submission): ErrorDetail | undefined {
    try {
      const envelopes = envelopesOf(submission)
      for (const { routing } of envelopes) directory.checkPaired(parseRouting(routing).recipient)
      for (const envelope of envelopes) deliver(encode(Envelope, envelope))
      return undefined
    } catch (error) {
      return toErrorDetail(error)
    }
  }

  async function* submit(requests: AsyncIterable<SubmitRequest>): AsyncGenerator<SubmitResponse> {
    for await (const { content } of requests) {
      const submissions = content?.$case === 'submissions' ? content.value.submissions : []
      for (const submission of submissions) yield { sequence: submission.sequence, error: take(submission) }
    }
  }

  wire.attach(organisation, {
    statement: directory.own,
    urgentOverBudget: (recipient) => tellOverBudget(recipient, true),
    async accept(envelope, copies) {
      const { routing, digest: envelopeDigest } = parseEnvelope(envelope)
      const { envelopeId, sender, recipient, lane, expiresMs } = routing
      const storedMs = clock.now()
      directory.checkPaired(sender)
      if (expiresMs <= storedMs) throw new RexError('EXPIRED', 'The envelope has expired.')
      const stored = { envelopeId, envelopeDigest, sender, recipient, storedMs }
      const receipt = await signStoredReceipt(stored, signer)
      const queue: Queue = { lane: lane === Lane.URGENT ? 'urgent' : 'routine', peer: sender }
      for (let i = 0; i < copies; i++) mailbox.put({ $case: 'stored', value: { envelope, receipt } }, queue)
      if (mailbox.isOverBudget(sender)) {
        tellOverBudget(sender, false)
        wire.gatewayOf(sender).urgentOverBudget(organisation)
      }
      return receipt
    },
  })

  return {
    mailbox: {
      acquireLease: async () => ({
        fence: 1,
        ttlMs: LEASE_MS,
        timeMs: clock.now(),
        incarnation,
        trustedMs: clock.now(),
      }),
      submit: (requests) => submit(requests),
      receive: (requests, { signal = new AbortController().signal } = {}) => mailbox.feed(requests, signal),
    },
    directory: directory.service,
    renewal: {
      async renew() {
        throw new RexError('UNAVAILABLE', 'A gateway in memory renews no certificates.')
      },
    },
    present() {},
    close() {},
  }
}

/** The envelopes of a submission, one for each recipient (REX-MBX-021). */
function envelopesOf({ manifest, sections, deliveries }: Submission): Envelope[] {
  return deliveries.map(({ routing, grant, sections: places }) => ({
    routing,
    grant,
    manifest,
    sections: places.flatMap((place) => sections[place] ?? []),
  }))
}

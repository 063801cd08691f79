// Accepts a message from the desk into the outbox, with all its deliveries or none, in one transaction. docs/spec/delivery.md, "Sending"
import { Lane, type Routing } from '@rex/proto/core/v1/envelope'
import type { Delivery, Submission } from '@rex/proto/mailbox/v1/mailbox'
import { equal, LIMITS, parseEnvelope, RexError, toHex } from '@rex/sdk/core'
import { checkQuota, type Quota } from '../admission/quota.ts'
import { checkHop, checkTimes } from '../admission/routing.ts'
import type { Shares } from '../admission/share.ts'
import type { Clock } from '../clock/clock.ts'
import type { GatewayTime } from '../clock/time.ts'
import { checkFence } from '../mailbox/lease.ts'
import { REPORTS } from '../store/mailbox.ts'
import type { NewDelivery } from '../store/outbox.ts'
import type { Store, Writes } from '../store/store.ts'
import type { Directory } from '../trust/directory.ts'
import { envelopeConflict } from './accept.ts'
import { assemble, type KeptParts, keptParts } from './upload.ts'

/** Accepts one submission under a fence. Resolves when all of it is durable. */
export type Submit = (submission: Submission, fence: number) => Promise<void>

/** Dependencies of submission. */
export interface SubmitOptions {
  /** The organisation served. */
  readonly organisation: string
  readonly store: Pick<Store, 'read' | 'commit'>
  readonly clock: Clock
  readonly time: Pick<GatewayTime, 'now' | 'atLeast'>
  /** Paired organisations. Recipients are checked again inside the commit, because a pairing may end before the commit. */
  readonly directory: Pick<Directory, 'peer'>
  /** The maximum that may wait for one peer. */
  readonly quota: Quota
  readonly shares: Pick<Shares, 'checkFor'>
  /** Wakes the queues of these organisations. */
  readonly wakePeers: (organisations: Iterable<string>) => void
  /** Notifies the desk of a new mailbox item. */
  readonly wakeDesk: () => void
}

/** A checked delivery. It does not keep the envelope that was assembled for the check, because 64 envelopes need 128 MiB. */
interface Departure {
  readonly routing: Routing
  readonly digest: Uint8Array
  readonly delivery: NewDelivery
}

/**
 * Creates the entry point for the desk's messages (REX-MBX-021 to 024). Submitting the same bytes again has no second effect, but
 * repeats the report of an envelope whose outcome is known.
 */
export function createSubmit(options: SubmitOptions): Submit {
  const { organisation, store, clock, directory } = options

  function departure(submission: Submission, kept: KeptParts, delivery: Delivery): Departure {
    const bytes = assemble(submission, delivery)
    const { routing: parsed, digest } = parseEnvelope(bytes)
    const routing = { ...parsed, envelopeId: Uint8Array.from(parsed.envelopeId) }
    checkHop(routing, { sender: organisation })
    checkPaired(directory, routing.recipient)
    return {
      routing,
      digest,
      delivery: {
        envelopeId: routing.envelopeId,
        recipient: routing.recipient,
        urgent: routing.lane === Lane.URGENT,
        submittedMs: clock.steady(),
        expiresMs: routing.expiresMs,
        own: kept.own(delivery, bytes),
        bytes: bytes.length,
      },
    }
  }

  function insert(write: Writes, shared: Uint8Array, departures: readonly Departure[]): Departure[] {
    const fresh = departures.filter((item) => isNew(write, organisation, item))
    if (fresh.length === 0) return fresh
    const nowMs = clock.now()
    const time = { nowMs, floorMs: write.ledger.floor(), trustedMs: options.time.now() }
    const madeMs = Math.max(nowMs, options.time.atLeast())
    let bytes = 0
    for (const { routing, digest, delivery } of fresh) {
      bytes += delivery.bytes
      checkPaired(directory, delivery.recipient)
      checkTimes(routing, time)
      checkQuota(write.outbox.usage(delivery.recipient), options.quota, delivery)
      options.shares.checkFor(delivery.recipient, { bytes, urgent: delivery.urgent })
      const { envelopeId, expiresMs } = delivery
      write.ledger.add({ sender: organisation, envelopeId, digest, expiresMs, madeMs })
    }
    write.outbox.add({ shared, deliveries: fresh.map((item) => item.delivery) })
    return fresh
  }

  return async (submission, fence) => {
    checkShape(submission)
    const kept = keptParts(submission)
    const departures = submission.deliveries.map((delivery) => departure(submission, kept, delivery))
    checkDistinct(departures)
    const fresh = await store.commit((write) => {
      const holder = checkFence(write.lease.get(), fence)
      const inserted = insert(write, kept.shared, departures)
      if (submission.place !== undefined) write.lease.sawPlace(holder.chain, submission.place)
      return inserted
    })
    options.wakePeers(new Set(fresh.map((item) => item.delivery.recipient)))
    if (fresh.length < departures.length) options.wakeDesk()
  }
}

/** Returns whether an envelope is new. If it is a repeat with a known outcome, adds the report to the mailbox again. @throws RexError ENVELOPE_CONFLICT */
function isNew(write: Writes, sender: string, { digest, delivery }: Departure): boolean {
  const entry = write.ledger.find(sender, delivery.envelopeId)
  if (entry === undefined) return true
  if (!equal(entry.digest, digest)) throw envelopeConflict()
  if (entry.answer !== undefined) {
    write.mailbox.add({ ...REPORTS, kind: 'report', content: entry.answer })
  }
  return false
}

function checkPaired(directory: Pick<Directory, 'peer'>, recipient: string): void {
  if (directory.peer(recipient) !== undefined) return
  throw new RexError('UNKNOWN_ORGANISATION', 'This gateway is not paired with the recipient.', {
    metadata: { organisation: recipient },
  })
}

function checkShape({ deliveries, sections }: Submission): void {
  checkCount('deliveries', deliveries.length, LIMITS.recipients)
  checkCount('sections', sections.length, LIMITS.sections)
  if (deliveries.length === 0) throw malformed('deliveries')
  deliveries.forEach((delivery, i) => {
    const path = `deliveries[${i}].sections`
    const ascending = delivery.sections.every(
      (place, k) => k === 0 || place > (delivery.sections[k - 1] ?? 0),
    )
    if (!ascending || (delivery.sections.at(-1) ?? -1) >= sections.length) throw malformed(path)
  })
}

/** Checks that all submissions of a request together stay within the limits of one submission (REX-MBX-027). @throws RexError LIMIT_EXCEEDED */
export function checkTogether(submissions: readonly Submission[]): void {
  const sum = (count: (one: Submission) => number) => submissions.reduce((all, one) => all + count(one), 0)
  const whose = 'The submissions of a request together have'
  checkCount(
    'deliveries',
    sum((one) => one.deliveries.length),
    LIMITS.recipients,
    whose,
  )
  checkCount(
    'sections',
    sum((one) => one.sections.length),
    LIMITS.sections,
    whose,
  )
}

function checkCount(path: string, actual: number, limit: number, whose = 'A submission has'): void {
  if (actual <= limit) return
  throw new RexError('LIMIT_EXCEEDED', `${whose} at most ${limit} ${path}.`, {
    path,
    metadata: { limit: String(limit), actual: String(actual) },
  })
}

function checkDistinct(departures: readonly Departure[]): void {
  const ids = new Set(departures.map(({ delivery }) => toHex(delivery.envelopeId)))
  if (ids.size !== departures.length) throw malformed('deliveries')
}

function malformed(path: string): RexError {
  return new RexError('MALFORMED', `${path} violates docs/spec/mailbox.md.`, { path })
}

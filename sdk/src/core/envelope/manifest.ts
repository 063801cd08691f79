// Decodes and checks manifests. docs/spec/envelope.md, "Manifest"

import { type Jws, Manifest } from '@rex/proto/core/v1/envelope'
import { type Event, EventType } from '@rex/proto/core/v1/thread'
import { compare, decode, equal, fromBase64url } from '../encoding/encoding.ts'
import { ensure, RexError } from '../error.ts'
import { parseEntityId } from '../identifier.ts'
import { parseJws } from '../jose/strict.ts'
import { LIMITS } from '../limits.ts'

const ID = 16
const DIGEST = 32
const COMMITMENT_BUCKETS: readonly number[] = [4, 16, LIMITS.recipients]
const SECTION_BUCKET = 4
const KNOWN_TYPES: ReadonlySet<number> = new Set(
  Object.values(EventType).filter((type) => type !== EventType.UNSPECIFIED),
)
const OPENING_TYPES: ReadonlySet<EventType> = new Set([EventType.REFER, EventType.RECEIPT])
const NO_THREAD = new Uint8Array(ID)

const EVENT_CASES: ReadonlyMap<number, string> = new Map(
  Object.entries(EventType).map(([name, type]) => [
    type,
    type === EventType.RECEIPT
      ? 'receipts'
      : name.toLowerCase().replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
  ]),
)

/**
 * Decodes a manifest and checks its sizes, counts, order, times and event type (REX-ENV-010 to 019), but nothing that depends on its thread.
 * @throws RexError MALFORMED, NOT_CANONICAL or LIMIT_EXCEEDED
 */
export function parseManifest(bytes: Uint8Array): Manifest {
  const manifest = decode(Manifest, bytes, 'manifest', LIMITS.envelope)
  checkIds(manifest)
  checkTimes(manifest)
  checkDigests(manifest)
  checkEvent(manifest)
  return manifest
}

/**
 * Checks the form of a signed manifest and decodes it; the signature is not verified (REX-ENV-010 to 019).
 * @throws RexError MALFORMED, NOT_CANONICAL or LIMIT_EXCEEDED
 */
export function parseSignedManifest(signed: Jws): Manifest {
  const { header } = parseJws('manifest-jws', signed)
  const manifest = parseManifest(signed.payload)
  ensure(equal(fromBase64url(header.kid, 'kid'), manifest.senderKey), 'manifest.sender_key')
  return manifest
}

/** Rounds the number of section digests up to a multiple of four, which hides the exact number of sections (REX-ENV-017). */
export function sectionBucket(count: number): number {
  return Math.ceil(count / SECTION_BUCKET) * SECTION_BUCKET
}

/** Rounds the number of recipient commitments up to 4, 16 or 64, which hides the number of co-recipients (REX-ENV-018). */
export function commitmentBucket(count: number): number {
  const bucket = COMMITMENT_BUCKETS.find((size) => count <= size)
  if (bucket === undefined) {
    throw new RexError('LIMIT_EXCEEDED', `A message has at most ${LIMITS.recipients} recipients.`, {
      path: 'recipients',
      metadata: { limit: String(LIMITS.recipients), actual: String(count) },
    })
  }
  return bucket
}

/** Returns the member of Event.content for an event type: the type's name in camelCase, except `receipts` for RECEIPT. */
export function eventCase(type: EventType): NonNullable<Event['content']>['$case'] {
  return EVENT_CASES.get(type) as NonNullable<Event['content']>['$case']
}

function checkIds(manifest: Manifest): void {
  requireLength(manifest.messageId, ID, 'manifest.message_id')
  requireLength(manifest.threadId, ID, 'manifest.thread_id')
  requireLength(manifest.chain, ID, 'manifest.chain')
  ensure(manifest.counter <= LIMITS.counter, 'manifest.counter')
  requireLength(manifest.senderKey, DIGEST, 'manifest.sender_key')
  parseEntityId(manifest.sender, 'manifest.sender')
  const isReceipt = manifest.type === EventType.RECEIPT
  ensure(isReceipt === (compare(manifest.threadId, NO_THREAD) === 0), 'manifest.thread_id')
}

function checkTimes(manifest: Manifest): void {
  const lifetime = manifest.expiresMs - manifest.createdMs
  ensure(manifest.createdMs > 0 && lifetime > 0 && lifetime <= LIMITS.maxLifetime, 'manifest.expires_ms')
}

function checkDigests(manifest: Manifest): void {
  requireAscending(manifest.heads, LIMITS.heads, 'manifest.heads')
  requireAscending(manifest.void, LIMITS.void, 'manifest.void')
  requireAscending(manifest.recipientCommitments, LIMITS.recipients, 'manifest.recipient_commitments')
  ensure(COMMITMENT_BUCKETS.includes(manifest.recipientCommitments.length), 'manifest.recipient_commitments')
  const sections = manifest.sectionDigests
  ensure(
    sections.length <= LIMITS.sections && sections.length % SECTION_BUCKET === 0,
    'manifest.section_digests',
  )
  requireAscending(sections.toSorted(compare), LIMITS.sections, 'manifest.section_digests')
}

function checkEvent(manifest: Manifest): void {
  ensure(KNOWN_TYPES.has(manifest.type), 'manifest.type')
  const event = manifest.event?.content
  ensure(manifest.event === undefined || event?.$case === eventCase(manifest.type), 'manifest.event')
  ensure(manifest.type !== EventType.RECEIPT || isBatch(manifest), 'manifest.event')
  ensure(OPENING_TYPES.has(manifest.type) === (manifest.heads.length === 0), 'manifest.heads')
}

/** Whether a receipt batch contains 1 to `receiptsPerBatch` receipts and nothing else (REX-RCP-010). */
function isBatch({ event, counter, void: voided, sectionDigests, testTraffic }: Manifest): boolean {
  const count = event?.content?.$case === 'receipts' ? event.content.value.receipts.length : 0
  const hasNothingElse = counter === 0 && voided.length === 0 && sectionDigests.length === 0
  return count > 0 && count <= LIMITS.receiptsPerBatch && hasNothingElse && !testTraffic
}

function requireLength(bytes: Uint8Array, length: number, path: string): void {
  ensure(bytes.length === length, path)
}

function requireAscending(list: readonly Uint8Array[], limit: number, path: string): void {
  ensure(list.length <= limit, path)
  for (const [i, entry] of list.entries()) {
    requireLength(entry, DIGEST, `${path}[${i}]`)
    ensure(i === 0 || compare(list[i - 1] as Uint8Array, entry) < 0, `${path}[${i}]`)
  }
}

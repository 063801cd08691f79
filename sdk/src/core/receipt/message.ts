// Verifies a message of an evidence bundle, with its deliveries and receipts. docs/spec/receipts.md, "Evidence"
import { EnvelopeContext, type Jws, type Manifest } from '@rex/proto/core/v1/envelope'
import type { EvidenceDelivery, EvidenceMessage } from '@rex/proto/core/v1/receipt'
import { type DeskReceipt, DeskReceiptStatus, EventType } from '@rex/proto/core/v1/thread'
import { compare, decode, equal, toBase64url, toHex } from '../encoding/encoding.ts'
import { envelopeDigest, manifestDigest, recipientCommitment, sectionDigest } from '../envelope/digest.ts'
import { parseSignedManifest } from '../envelope/manifest.ts'
import { parseRouting } from '../envelope/parse.ts'
import { readSection } from '../envelope/section.ts'
import { ensure, RexError } from '../error.ts'
import { keyAt } from '../identity/entity.ts'
import { verifyJws } from '../jose/jose.ts'
import { LIMITS } from '../limits.ts'
import type { Compromise, KnownKeys } from './known-keys.ts'
import { type ProvenDelivery, type ProvenMessage, provenSince, type Refuted } from './report.ts'
import { parseStoredReceipt, type StoredExpectation, verifyStoredReceipt } from './stored.ts'

const DIGEST = 32

/** The keys to verify with, and the parts found so far that a compromised key signed. */
export interface Examination {
  readonly keys: KnownKeys
  readonly refuted: Refuted[]
}

/**
 * Verifies a message and returns it. Returns nothing if a compromised key signed the message and nobody else provably had it before the
 * compromise.
 */
export async function verifyMessage(
  message: EvidenceMessage,
  examination: Examination,
  path: string,
): Promise<ProvenMessage[]> {
  const deliveries: ProvenDelivery[] = []
  const { manifest, digest } = await at(`${path}.manifest`, () => parseSigned(message.manifest))
  const sections: string[] = []
  for (const [i, bytes] of message.sections.entries()) {
    sections.push(await at(`${path}.sections[${i}]`, () => verifySection(bytes, manifest)))
  }
  for (const [i, delivery] of message.deliveries.entries()) {
    const place = `${path}.deliveries[${i}]`
    deliveries.push(
      await at(place, () => verifyDelivery(delivery, { manifest, digest }, { ...examination, path: place })),
    )
  }
  const atMs = Math.max(manifest.createdMs, ...deliveries.map((delivery) => delivery.storedMs ?? 0))
  await at(`${path}.manifest`, () =>
    verifySignature(message.manifest as Jws, manifest, { ...examination, atMs }),
  )
  const proven = {
    digest: toHex(digest),
    thread: toHex(manifest.threadId),
    sender: manifest.sender,
    type: typeName(manifest.type),
    createdMs: manifest.createdMs,
    test: manifest.testTraffic,
    sections,
    deliveries,
  }
  const compromise = compromiseOf(manifest, examination.keys)
  if (compromise === undefined || (provenSince(proven)?.ms ?? Infinity) < compromise.sinceMs) return [proven]
  const { sender: organisation, type, createdMs } = proven
  const what = 'message'
  examination.refuted.push({ path: `${path}.manifest`, organisation, what, ...compromise, type, createdMs })
  return []
}

function parseSigned(signed: Jws | undefined): { manifest: Manifest; digest: Uint8Array } {
  ensure(signed !== undefined, 'manifest')
  return { manifest: parseSignedManifest(signed), digest: manifestDigest(signed.payload) }
}

async function verifySignature(
  signed: Jws,
  { sender, senderKey }: Manifest,
  { keys, atMs }: { keys: KnownKeys; atMs: number },
): Promise<void> {
  await verifyJws(
    'manifest-jws',
    signed,
    keyAt(keys.messageKey(sender, toBase64url(senderKey)), senderKey, atMs),
  )
}

function compromiseOf({ sender, senderKey }: Manifest, keys: KnownKeys): Compromise | undefined {
  return keys.compromise(sender, toBase64url(senderKey))
}

function verifySection(bytes: Uint8Array, manifest: Manifest): string {
  const { type } = readSection(bytes, 'section')
  const wanted = sectionDigest(bytes)
  ensure(
    manifest.sectionDigests.some((entry) => compare(entry, wanted) === 0),
    'section.digest',
  )
  return type
}

interface ParsedMessage {
  readonly manifest: Manifest
  readonly digest: Uint8Array
}

interface Place extends Examination {
  readonly path: string
}

async function verifyDelivery(
  delivery: EvidenceDelivery,
  message: ParsedMessage,
  place: Place,
): Promise<ProvenDelivery> {
  const context = readContext(delivery)
  const routing = parseRouting(context.routing)
  const opening = delivery.commitment
  ensure(
    opening !== undefined && opening.recipient === routing.recipient && opening.lane === routing.lane,
    'commitment',
  )
  const commitment = recipientCommitment(opening)
  ensure(
    message.manifest.recipientCommitments.some((entry) => compare(entry, commitment) === 0),
    'commitment',
  )
  ensure(
    routing.sender === message.manifest.sender && routing.expiresMs === message.manifest.expiresMs,
    'context.routing',
  )
  const digest = envelopeDigest(delivery.context, delivery.grant)
  const { envelopeId, sender, recipient } = routing
  const expected = { envelopeId, envelopeDigest: digest, sender, recipient }
  const storedMs = delivery.stored && (await verifyStored(delivery.stored, expected, place))
  const receipts = []
  for (const { manifest } of delivery.receipts) {
    const about = { recipient, digest, message: message.digest }
    receipts.push(...(await verifyReceiptBatch(manifest, about, place)))
  }
  return { recipient, ...(storedMs !== undefined && { storedMs }), receipts }
}

/** Decodes an envelope context, in which every digest must have 32 bytes (REX-RCP-023). */
function readContext({ context: bytes, grant }: EvidenceDelivery): EnvelopeContext {
  const context = decode(EnvelopeContext, bytes, 'context', LIMITS.envelope)
  const { recipientKey, manifest, sections } = context
  ensure(
    [grant, recipientKey, manifest, ...sections].every(({ length }) => length === DIGEST),
    'context',
  )
  ensure(sections.length <= LIMITS.sections, 'context.sections')
  return context
}

/**
 * Verifies a stored receipt and returns when the envelope was stored. Undefined if a compromised key signed the receipt, because a thief of
 * the key could have written any date.
 */
async function verifyStored(
  stored: Jws,
  expected: StoredExpectation,
  { keys, refuted, path }: Place,
): Promise<number | undefined> {
  const { recipient: organisation } = expected
  const { kid } = parseStoredReceipt(stored)
  const { storedMs } = await verifyStoredReceipt(stored, keys.receiptKey(organisation, kid), expected)
  const compromise = keys.compromise(organisation, kid)
  if (compromise === undefined) return storedMs
  refuted.push({ path, organisation, what: 'stored receipt', ...compromise })
  return undefined
}

async function verifyReceiptBatch(
  signed: Jws | undefined,
  about: { recipient: string; digest: Uint8Array; message: Uint8Array },
  { keys, refuted, path }: Place,
): Promise<ProvenDelivery['receipts']> {
  const { manifest } = parseSigned(signed)
  ensure(manifest.sender === about.recipient && manifest.type === EventType.RECEIPT, 'receipts.manifest')
  await verifySignature(signed as Jws, manifest, { keys, atMs: manifest.createdMs })
  const content = manifest.event?.content
  const receipts = content?.$case === 'receipts' ? content.value.receipts : []
  const mine = receipts.filter((receipt) => equal(receipt.envelopeDigest, about.digest))
  ensure(mine.length > 0 && mine.every((receipt) => isAbout(receipt, about.message)), 'receipts.message')
  const compromise = compromiseOf(manifest, keys)
  if (compromise !== undefined) {
    refuted.push({ path, organisation: about.recipient, what: 'desk receipt', ...compromise })
    return []
  }
  return mine.map(({ status, timeMs, code }) => ({ status: statusName(status), timeMs, code }))
}

/** Whether a receipt names this message (manifest digest), or names none because it refuses an envelope that could not be opened. */
export function isAbout(receipt: DeskReceipt, message: Uint8Array): boolean {
  return receipt.message.length === 0
    ? receipt.status === DeskReceiptStatus.REFUSED
    : equal(receipt.message, message)
}

function typeName(type: EventType): string {
  return Object.entries(EventType).find(([, value]) => value === type)?.[0] ?? String(type)
}

function statusName(status: DeskReceiptStatus): string {
  return Object.entries(DeskReceiptStatus).find(([, value]) => value === status)?.[0] ?? String(status)
}

/** Runs a step and converts any error of the step. @throws RexError EVIDENCE_INVALID with the path */
export async function at<T>(path: string, step: () => T | Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (cause) {
    throw invalid(path, cause)
  }
}

/** Makes the error for an invalid part of a bundle. */
export function invalid(path: string, cause: unknown): RexError {
  const detail = RexError.is(cause) ? ` ${cause.message}` : ''
  return new RexError('EVIDENCE_INVALID', `The evidence is not valid at ${path}.${detail}`, { path, cause })
}

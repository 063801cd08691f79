// Evidence bundles: one file that proves an exchange offline, using only pinned entity keys. docs/spec/receipts.md, "Evidence"
import { EnvelopeContext, type Jws, type Manifest, Section } from '@rex/proto/core/v1/envelope'
import { EvidenceBundle, type EvidenceDelivery, type EvidenceMessage } from '@rex/proto/core/v1/receipt'
import { type DeskReceipt, DeskReceiptStatus, EventType } from '@rex/proto/core/v1/thread'
import { compare, decode, encode, equal, toHex } from '../encoding/encoding.ts'
import { envelopeDigest, manifestDigest, recipientCommitment, sectionDigest } from '../envelope/digest.ts'
import { parseManifest } from '../envelope/manifest.ts'
import { parseRouting } from '../envelope/parse.ts'
import { ensure, RexError } from '../error.ts'
import { type EntityConfiguration, keyAt, parseEntityConfiguration } from '../identity/entity.ts'
import { verifyJws, verifyJwt } from '../jose/jose.ts'
import { type Ed25519PublicJwk, kid } from '../jose/key.ts'
import { parseJws } from '../jose/strict.ts'
import { LIMITS } from '../limits.ts'
import { verifyStoredReceipt } from './stored.ts'

const VERSION = 1
const BOUNDS = { bytes: LIMITS.evidence, numbers: 2 ** 20 }

/** The pinned entity key of an organisation, against which a bundle is verified. */
export type EntityKeys = (organisation: string) => Ed25519PublicJwk | undefined

/** Facts proven by a bundle. */
export interface EvidenceReport {
  readonly messages: readonly ProvenMessage[]
}

/** A message proven to be signed by its sender. */
export interface ProvenMessage {
  /** Manifest digest, hex. */
  readonly digest: string
  /** Thread id, hex. */
  readonly thread: string
  readonly sender: string
  /** Name of the event type, such as `ACCEPT`. */
  readonly type: string
  readonly createdMs: number
  readonly test: boolean
  /** Types of the sections included in the bundle. */
  readonly sections: readonly string[]
  readonly deliveries: readonly ProvenDelivery[]
}

/** A delivery of a message, with the proven facts. */
export interface ProvenDelivery {
  readonly recipient: string
  /** Time at which the recipient's gateway signed that it stored the envelope. Undefined without such a receipt. */
  readonly storedMs?: number
  /** Receipts signed by the recipient's desk. */
  readonly receipts: readonly { readonly status: string; readonly timeMs: number; readonly code: string }[]
}

/** Canonical bytes of a bundle. */
export function encodeEvidence(bundle: Omit<EvidenceBundle, 'version'>): Uint8Array {
  return encode(EvidenceBundle, { ...bundle, version: VERSION })
}

/**
 * Verifies every signature and digest of a bundle (REX-RCP-020 to 027).
 * @throws RexError EVIDENCE_INVALID with the path of the first part that fails
 */
export async function verifyEvidence(bytes: Uint8Array, entityKeys: EntityKeys): Promise<EvidenceReport> {
  const bundle = await at('bundle', () => decode(EvidenceBundle, bytes, 'bundle', BOUNDS))
  if (bundle.version !== VERSION)
    throw new RexError('UNSUPPORTED_VERSION', 'The bundle has another format.', {
      metadata: { version: String(bundle.version) },
    })
  const directory = await verifyConfigurations(bundle.entityConfigurations, entityKeys)
  const messages: ProvenMessage[] = []
  for (const [i, message] of bundle.messages.entries())
    messages.push(await verifyMessage(message, directory, `messages[${i}]`))
  return { messages }
}

type Directory = ReadonlyMap<string, readonly EntityConfiguration[]>

async function verifyConfigurations(jwts: readonly string[], entityKeys: EntityKeys): Promise<Directory> {
  const directory = new Map<string, EntityConfiguration[]>()
  for (const [i, jwt] of jwts.entries()) {
    const configuration = await at(`entity_configurations[${i}]`, () => verifyConfiguration(jwt, entityKeys))
    directory.set(configuration.organisation, [
      ...(directory.get(configuration.organisation) ?? []),
      configuration,
    ])
  }
  return directory
}

async function verifyConfiguration(jwt: string, entityKeys: EntityKeys): Promise<EntityConfiguration> {
  const configuration = parseEntityConfiguration(jwt)
  const pinned = entityKeys(configuration.organisation)
  if (pinned === undefined)
    throw new RexError('UNKNOWN_ORGANISATION', `No entity key is pinned for ${configuration.organisation}.`)
  ensure(kid(pinned) === kid(configuration.entityKey), 'jwks.keys')
  await verifyJwt('entity-statement', jwt, pinned)
  return configuration
}

async function verifyMessage(
  message: EvidenceMessage,
  directory: Directory,
  path: string,
): Promise<ProvenMessage> {
  const deliveries: ProvenDelivery[] = []
  const { manifest, digest } = await at(`${path}.manifest`, () => parseSigned(message.manifest))
  const sections: string[] = []
  for (const [i, bytes] of message.sections.entries()) {
    sections.push(await at(`${path}.sections[${i}]`, () => verifySection(bytes, manifest)))
  }
  for (const [i, delivery] of message.deliveries.entries()) {
    deliveries.push(
      await at(`${path}.deliveries[${i}]`, () => verifyDelivery(delivery, { manifest, digest }, directory)),
    )
  }
  const atMs = Math.max(manifest.createdMs, ...deliveries.map((delivery) => delivery.storedMs ?? 0))
  await at(`${path}.manifest`, () => verifySignature(message.manifest as Jws, manifest, { directory, atMs }))
  return {
    digest: toHex(digest),
    thread: toHex(manifest.threadId),
    sender: manifest.sender,
    type: typeName(manifest.type),
    createdMs: manifest.createdMs,
    test: manifest.testTraffic,
    sections,
    deliveries,
  }
}

function parseSigned(signed: Jws | undefined): { manifest: Manifest; digest: Uint8Array } {
  ensure(signed !== undefined, 'manifest')
  return { manifest: parseManifest(signed.payload), digest: manifestDigest(signed.payload) }
}

async function verifySignature(
  signed: Jws,
  manifest: Manifest,
  { directory, atMs }: { directory: Directory; atMs: number },
): Promise<void> {
  parseJws('manifest-jws', signed)
  await verifyJws('manifest-jws', signed, findKey(directory, manifest, atMs))
}

/** The message key of the sender, from the first configuration in the bundle that contains it. */
function findKey(directory: Directory, { sender, senderKey }: Manifest, atMs: number): Ed25519PublicJwk {
  const keys = (directory.get(sender) ?? []).flatMap((configuration) => configuration.party.messageKeys)
  return keyAt(keys, senderKey, atMs)
}

function verifySection(bytes: Uint8Array, manifest: Manifest): string {
  const { type } = decode(Section, bytes, 'section', LIMITS.envelope)
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

async function verifyDelivery(
  delivery: EvidenceDelivery,
  message: ParsedMessage,
  directory: Directory,
): Promise<ProvenDelivery> {
  const context = decode(EnvelopeContext, delivery.context, 'context', LIMITS.envelope)
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
  const expected = {
    envelopeId: routing.envelopeId,
    envelopeDigest: digest,
    sender: routing.sender,
    recipient: routing.recipient,
  }
  const receiptKeys = (directory.get(routing.recipient) ?? []).flatMap(
    (configuration) => configuration.party.gateway.receiptKeys,
  )
  const stored = delivery.stored && (await verifyStoredReceipt(delivery.stored, receiptKeys, expected))
  const receipts = []
  for (const { manifest } of delivery.receipts) {
    receipts.push(
      ...(await verifyReceiptBatch(
        manifest,
        { recipient: routing.recipient, digest, message: message.digest },
        directory,
      )),
    )
  }
  return { recipient: routing.recipient, ...(stored && { storedMs: stored.storedMs }), receipts }
}

async function verifyReceiptBatch(
  signed: Jws | undefined,
  about: { recipient: string; digest: Uint8Array; message: Uint8Array },
  directory: Directory,
): Promise<ProvenDelivery['receipts']> {
  const { manifest } = parseSigned(signed)
  ensure(manifest.sender === about.recipient && manifest.type === EventType.RECEIPT, 'receipts.manifest')
  await verifySignature(signed as Jws, manifest, { directory, atMs: manifest.createdMs })
  const content = manifest.event?.content
  const receipts = content?.$case === 'receipts' ? content.value.receipts : []
  const mine = receipts.filter((receipt) => equal(receipt.envelopeDigest, about.digest))
  ensure(mine.length > 0 && mine.every((receipt) => isAbout(receipt, about.message)), 'receipts.message')
  return mine.map(({ status, timeMs, code }) => ({ status: statusName(status), timeMs, code }))
}

/** Whether a receipt refers to this message (manifest digest), or to none because it could not be opened. */
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

async function at<T>(path: string, step: () => T | Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (cause) {
    throw invalid(path, cause)
  }
}

function invalid(path: string, cause: unknown): RexError {
  const detail = RexError.is(cause) ? ` ${cause.message}` : ''
  return new RexError('EVIDENCE_INVALID', `The evidence is not valid at ${path}.${detail}`, { path, cause })
}

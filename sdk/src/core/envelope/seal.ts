// Seals messages: signs and seals each message once, and makes a grant for each recipient. docs/spec/envelope.md, "Sealing"
import {
  type Jwe,
  type Jws,
  Jws as JwsCodec,
  type Lane,
  Manifest,
  Routing,
} from '@rex/proto/core/v1/envelope'
import { type Event, Event as EventCodec, type EventType } from '@rex/proto/core/v1/thread'
import { compare, encode, encoded, giveBack } from '../encoding/encoding.ts'
import { RexError } from '../error.ts'
import { sealDir } from '../jose/content.ts'
import { signJws } from '../jose/jose.ts'
import { type Signer, thumbprint } from '../jose/key.ts'
import { chooseSuite, type RecipientKeys, recipientKey, type Suite, suiteKey } from '../jose/suite.ts'
import { LIMITS } from '../limits.ts'
import {
  contextBytes,
  contextDigest,
  encodeSectionEnvelope,
  envelopeDigest,
  manifestDigest,
  recipientCommitment,
  sealedDigest,
  sectionDigest,
} from './digest.ts'
import { sealGrant } from './grant.ts'
import { commitmentBucket, sectionBucket } from './manifest.ts'
import { FLOOR, pad } from './padding.ts'
import { checkMessageSize } from './size.ts'

/** A source of random bytes. It must throw if it cannot return all the bytes, so that nothing is sealed (T-022). */
export type Random = (length: number) => Uint8Array

/** Content of a message before it is signed. */
export interface Message {
  /** 16 bytes, never reused: receivers recognise duplicates by this id. */
  readonly messageId: Uint8Array
  /** 16 bytes; all zero for a receipt batch. */
  readonly threadId: Uint8Array
  readonly sender: string
  readonly chain: Uint8Array
  readonly counter: number
  readonly heads: readonly Uint8Array[]
  readonly void: readonly Uint8Array[]
  readonly createdMs: number
  readonly expiresMs: number
  readonly type: EventType
  readonly event: Event
  /** Whether the event identifies somebody. If so, it travels as the first section, granted to all recipients. */
  readonly confidential: boolean
  readonly sections: readonly SectionInput[]
  readonly recipients: readonly Recipient[]
  readonly testTraffic: boolean
}

/** One section of a message. */
export interface SectionInput {
  readonly type: string
  /** Canonical bytes of the section's content. */
  readonly content: Uint8Array
  /** Salt of the section: 32 bytes. Default: random. To disclose a section that an earlier message committed to, set its salt. */
  readonly salt?: Uint8Array
}

/** One recipient of a message. */
export interface Recipient {
  readonly organisation: string
  readonly lane: Lane
  readonly keys: RecipientKeys
  /** Indexes in `sections` granted to this recipient, ascending. */
  readonly sections: readonly number[]
}

/** Settings for sealing. */
export interface SealOptions {
  readonly signer: Signer
  readonly random: Random
  /** Weakest suite allowed. Default: REX-1, so that the strongest suite offered is used. */
  readonly minimumSuite?: Suite
}

/** A sealed part with its content key. */
export interface SealedPart {
  readonly key: Uint8Array
  readonly jwe: Jwe
}

/** A signed and sealed message: the parts that the desk uploads once, and the copies that the sender keeps. */
export interface SealedMessage {
  readonly manifest: Manifest
  /** Manifest digest: 32 bytes. */
  readonly digest: Uint8Array
  readonly signed: Jws
  readonly sealedManifest: SealedPart
  /** Canonical Section bytes by index, including sections that nobody has been granted yet. */
  readonly sections: readonly Uint8Array[]
  /** Sealed sections by index. Sections that nobody has been granted are absent. */
  readonly sealedSections: ReadonlyMap<number, SealedPart>
  readonly deliveries: readonly SealedDelivery[]
}

/** The parts of a sealed message for one recipient. */
export interface SealedDelivery {
  readonly organisation: string
  readonly lane: Lane
  readonly suite: Suite
  readonly envelopeId: Uint8Array
  /** Indexes of the granted sections, ascending. */
  readonly granted: readonly number[]
  readonly commitmentSalt: Uint8Array
  /** Canonical Routing bytes. */
  readonly routing: Uint8Array
  readonly grant: Jwe
  /** EnvelopeContext bytes. */
  readonly context: Uint8Array
  /** Envelope digest: 32 bytes. */
  readonly digest: Uint8Array
}

type SealedParts = Pick<SealedMessage, 'manifest' | 'sealedManifest' | 'sealedSections'>

interface Planned extends Pick<SealedDelivery, 'organisation' | 'lane' | 'granted' | 'commitmentSalt'> {
  readonly keys: RecipientKeys
}

/**
 * Signs and seals a message for all its recipients (REX-ENV-050).
 * @throws RexError LIMIT_EXCEEDED, SUITE_UNAVAILABLE
 */
export async function seal(message: Message, given: SealOptions): Promise<SealedMessage> {
  const options = { ...given, random: exact(given.random) }
  checkCounts(message)
  const inputs = inputsOf(message)
  const planned = planDeliveries(message, options.random)
  checkSizes(inputs, planned)
  const sections = inputs.map(({ type, content, salt }) =>
    encodeSectionEnvelope({ salt: salt ?? options.random(32), type, content }),
  )
  const manifest = composeManifest(message, sections, planned, options)
  const payload = encode(Manifest, manifest)
  const signed = await signJws('manifest-jws', payload, options.signer)
  const [sealedManifest, sealedSections] = await Promise.all([
    sealManifest(signed, options.random),
    sealSections(sections, planned, options.random),
  ])
  const parts = { manifest, sealedManifest, sealedSections }
  const deliveries = await Promise.all(
    planned.map((plan) => deliver(parts, plan, { ...options, createdMs: message.createdMs })),
  )
  return { ...parts, digest: manifestDigest(payload), signed, sections, deliveries }
}

/**
 * Seals a signed message again for one of its recipients: the signed manifest and the sections stay the same; keys, routing and envelope id
 * are new (REX-ENV-060). `now` becomes the routing's `created_ms`.
 * @throws RexError EXPIRED if the message is past its expiry, SUITE_UNAVAILABLE
 */
export async function resealMessage(
  { manifest, signed, sections }: Pick<SealedMessage, 'manifest' | 'signed' | 'sections'>,
  delivery: Pick<SealedDelivery, 'organisation' | 'lane' | 'granted' | 'commitmentSalt'>,
  options: Omit<SealOptions, 'signer'> & { keys: RecipientKeys; now: number },
): Promise<SealedMessage> {
  if (options.now >= manifest.expiresMs) throw new RexError('EXPIRED', 'The message has expired.')
  const planned = { ...delivery, keys: options.keys }
  const random = exact(options.random)
  const [sealedManifest, sealedSections] = await Promise.all([
    sealManifest(signed, random),
    sealSections(sections, [planned], random),
  ])
  const parts = { manifest, sealedManifest, sealedSections }
  const deliveries = [await deliver(parts, planned, { ...options, random, createdMs: options.now })]
  return { ...parts, signed, sections, digest: manifestDigest(signed.payload), deliveries }
}

/** Wraps a random source so that it throws instead of returning too few bytes (T-022). */
function exact(random: Random): Random {
  return (length) => {
    const bytes = random(length)
    if (bytes.length === length) return bytes
    throw new RexError('INTERNAL', 'The random source returned too few bytes.')
  }
}

function checkCounts(message: Message): void {
  const count = message.sections.length + (message.confidential ? 1 : 0)
  if (sectionBucket(count) > LIMITS.sections) {
    throw new RexError('LIMIT_EXCEEDED', `A message has at most ${LIMITS.sections} sections.`, {
      path: 'sections',
      metadata: { limit: String(LIMITS.sections), actual: String(count) },
    })
  }
}

function inputsOf({ confidential, event, sections }: Message): readonly SectionInput[] {
  return confidential ? [{ type: 'event', content: encode(EventCodec, event) }, ...sections] : sections
}

/**
 * Checks that every envelope fits. A section that nobody is granted yet counts as a separate envelope, because it will be sent alone later.
 * @throws RexError LIMIT_EXCEEDED
 */
function checkSizes(inputs: readonly SectionInput[], planned: readonly Planned[]): void {
  const sized = inputs.map(({ type, content }) => ({ type, size: content.length }))
  const granted = planned.map((plan) => sized.filter((_, index) => plan.granted.includes(index)))
  const all = new Set(granted.flat())
  const later = sized.filter((section) => !all.has(section)).map((section) => [section])
  checkMessageSize([...all], [...granted, ...later])
}

function planDeliveries(message: Message, random: Random): Planned[] {
  return message.recipients.map(({ organisation, lane, keys, sections }) => {
    const granted = message.confidential ? [0, ...sections.map((index) => index + 1)] : sections
    return { organisation, lane, keys, granted, commitmentSalt: random(32) }
  })
}

function composeManifest(
  message: Message,
  sections: readonly Uint8Array[],
  planned: readonly Planned[],
  options: SealOptions,
): Manifest {
  const { messageId, threadId, sender, chain, counter, createdMs, expiresMs, type, testTraffic } = message
  const decoys = (count: number) => Array.from({ length: count }, () => options.random(32))
  const commitments = planned.map((plan) => commitmentOf(plan))
  const digests = sections.map(sectionDigest)
  return {
    messageId,
    threadId,
    sender,
    senderKey: thumbprint(options.signer.key),
    chain,
    counter,
    heads: message.heads.toSorted(compare),
    void: message.void.toSorted(compare),
    createdMs,
    expiresMs,
    type,
    event: message.confidential ? undefined : message.event,
    sectionDigests: [...digests, ...decoys(sectionBucket(digests.length) - digests.length)],
    recipientCommitments: [
      ...commitments,
      ...decoys(commitmentBucket(planned.length) - planned.length),
    ].toSorted(compare),
    testTraffic,
  }
}

function commitmentOf({ commitmentSalt, organisation, lane, granted }: Planned): Uint8Array {
  return recipientCommitment({ salt: commitmentSalt, recipient: organisation, lane, sections: [...granted] })
}

function sealManifest(signed: Jws, random: Random): Promise<SealedPart> {
  return sealPart('manifest-jwe', pad(encoded(JwsCodec, signed), FLOOR.manifest), random)
}

/** Seals padded bytes, and releases their memory. */
async function sealPart(
  slot: 'manifest-jwe' | 'section-jwe',
  padded: Uint8Array,
  random: Random,
): Promise<SealedPart> {
  const key = random(32)
  const jwe = await sealDir(slot, padded, key, random)
  giveBack(padded)
  return { key, jwe }
}

async function sealSections(
  sections: readonly Uint8Array[],
  planned: readonly Planned[],
  random: Random,
): Promise<Map<number, SealedPart>> {
  const granted = [...new Set(planned.flatMap((plan) => plan.granted))].toSorted((a, b) => a - b)
  const sealed = granted.map(async (index) => {
    const section = sections[index]
    if (section === undefined) throw new RexError('INTERNAL', `There is no section ${index}.`)
    return [index, await sealPart('section-jwe', pad(section, FLOOR.section), random)] as const
  })
  return new Map(await Promise.all(sealed))
}

/** Builds one recipient's delivery from sealed parts. `createdMs` goes into the routing. */
export async function deliver(
  parts: SealedParts,
  plan: Planned,
  options: Pick<SealOptions, 'random' | 'minimumSuite'> & { createdMs: number },
): Promise<SealedDelivery> {
  const { organisation, lane, granted, commitmentSalt, keys } = plan
  const suite = chooseSuite(keys.suites, options.minimumSuite ?? 'REX-1')
  const envelopeId = options.random(16)
  const { sender, expiresMs } = parts.manifest
  const { createdMs } = options
  const routing = encode(Routing, {
    version: 1,
    envelopeId,
    sender,
    recipient: organisation,
    createdMs,
    expiresMs,
    lane,
  })
  const sealed = granted.map((index) => parts.sealedSections.get(index) as SealedPart)
  const envelope = { routing, sections: sealed.map((part) => part.jwe) }
  const context = contextBytes(
    envelope,
    sealedDigest(parts.sealedManifest.jwe),
    recipientKey(suiteKey(suite, keys)),
  )
  const content = {
    manifestKey: parts.sealedManifest.key,
    sections: granted.map((index, i) => ({ index, key: (sealed[i] as SealedPart).key })),
    commitmentSalt,
  }
  const grant = await sealGrant(content, suite, keys, contextDigest(context))
  return {
    organisation,
    lane,
    suite,
    envelopeId,
    granted,
    commitmentSalt,
    routing,
    grant,
    context,
    digest: envelopeDigest(context, sealedDigest(grant)),
  }
}

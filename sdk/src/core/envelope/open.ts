// Opens envelopes, step by step. docs/spec/envelope.md, "Opening"
import { type Grant, type Jwe, type Jws, Jws as JwsCodec, type Manifest } from '@rex/proto/core/v1/envelope'
import { Event, EventType } from '@rex/proto/core/v1/thread'
import { compare, decode, equal } from '../encoding/encoding.ts'
import { ensure, RexError } from '../error.ts'
import type { KeyResolver } from '../identity/resolver.ts'
import { openDir } from '../jose/content.ts'
import { verifyJws } from '../jose/jose.ts'
import type { Decapsulator } from '../jose/suite.ts'
import { LIMITS } from '../limits.ts'
import { manifestDigest, recipientCommitment, sectionDigest } from './digest.ts'
import { openGrant } from './grant.ts'
import { eventCase, parseSignedManifest } from './manifest.ts'
import { FLOOR, unpad } from './padding.ts'
import { type ParsedEnvelope, parseEnvelope } from './parse.ts'
import { readSection } from './section.ts'

/** Stages at which opening may fail. The local log names the stage; it is never disclosed to others (REX-ENV-070). */
export type Stage = 'parse' | 'routing' | 'grant' | 'manifest' | 'signature' | 'binding' | 'section'

/** The opening organisation, with its keys and clock. */
export interface OpenContext {
  /** Entity identifier of the organisation. */
  readonly organisation: string
  /** Time at which the organisation's gateway stored the envelope. Unix milliseconds. */
  readonly storedMs: number
  readonly decapsulator: Decapsulator
  readonly resolver: KeyResolver
}

/** An opened section: its index in the manifest and its parts. */
export interface OpenedSection {
  readonly index: number
  readonly type: string
  readonly content: Uint8Array
  /** Canonical Section bytes with the salt, for archive and evidence. */
  readonly bytes: Uint8Array
}

/** An opened, verified message. */
export interface OpenedMessage {
  readonly envelope: ParsedEnvelope
  readonly manifest: Manifest
  /** Manifest digest: 32 bytes. */
  readonly digest: Uint8Array
  /** The signed manifest, for archive and evidence. */
  readonly signed: Jws
  readonly event: Event
  /** The granted sections, without the event section. */
  readonly sections: readonly OpenedSection[]
  /** Canonical bytes of the event section. Undefined if the event is in the manifest. */
  readonly eventSection?: Uint8Array
  /** Salt of this recipient's commitment. */
  readonly commitmentSalt: Uint8Array
  /** Indexes of the granted sections. */
  readonly granted: readonly number[]
}

/**
 * Opens an envelope: steps 1 to 7. The desk performs steps 8 (thread and policy) and 9 (commit), because only the desk has the thread.
 * @throws RexError KEY_EXPIRED, or UNOPENABLE whose `cause` is an OpenFailure naming the stage; nothing more is disclosed
 */
export async function open(bytes: Uint8Array, context: OpenContext): Promise<OpenedMessage> {
  const parsed = await at('parse', () => parseEnvelope(bytes))
  await at('routing', () => checkRouting(parsed, context))
  const grant = await at('grant', () =>
    openGrant(parsed.kid, parsed.envelope.grant as Jwe, context.decapsulator),
  )
  const { signed, manifest } = await at('manifest', () => openManifest(parsed, grant))
  await at('signature', () => verifySender(signed, manifest, context))
  await at('binding', () => checkBinding(parsed, grant, manifest))
  const sections = await at('section', () => openSections(parsed, grant, manifest))
  return await at('section', () => assemble(parsed, grant, { signed, manifest, sections }))
}

/** The reason why opening failed, for the local log only. */
export class OpenFailure extends Error {
  override readonly name = 'OpenFailure'
  readonly stage: Stage

  constructor(stage: Stage, cause: unknown) {
    super(`Opening failed at ${stage}.`, { cause })
    this.stage = stage
  }
}

async function at<T>(stage: Stage, step: () => T | Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (cause) {
    if (RexError.is(cause, 'KEY_EXPIRED')) throw cause
    throw new RexError('UNOPENABLE', 'The envelope cannot be opened.', {
      cause: new OpenFailure(stage, cause),
    })
  }
}

function checkRouting({ routing }: ParsedEnvelope, { organisation, storedMs }: OpenContext): void {
  if (routing.recipient !== organisation)
    throw new RexError('WRONG_RECIPIENT', 'The envelope is for another organisation.')
  if (storedMs >= routing.expiresMs + LIMITS.skew)
    throw new RexError('EXPIRED', 'The envelope was stored after its expiry.')
  if (routing.createdMs > storedMs + LIMITS.skew)
    throw new RexError('CLOCK_SKEW', 'The envelope was stored before it was made.')
}

async function openManifest(
  parsed: ParsedEnvelope,
  grant: Grant,
): Promise<{ signed: Jws; manifest: Manifest }> {
  const padded = await openDir('manifest-jwe', parsed.envelope.manifest as Jwe, grant.manifestKey)
  const signed = decode(
    JwsCodec,
    unpad(padded, FLOOR.manifest, 'manifest'),
    'signed_manifest',
    LIMITS.envelope,
  )
  return { signed, manifest: parseSignedManifest(signed) }
}

async function verifySender(
  signed: Jws,
  manifest: Manifest,
  { resolver, storedMs }: OpenContext,
): Promise<void> {
  ensure(manifest.createdMs <= storedMs + LIMITS.skew, 'manifest.created_ms')
  ensure(manifest.createdMs >= storedMs - LIMITS.maxLifetime - LIMITS.skew, 'manifest.created_ms')
  const key = await resolver.resolve(manifest.sender, manifest.senderKey, storedMs)
  // An evidence bundle does not say when a receipt batch was stored, so the key must also have been valid when the batch was made
  // (REX-RCP-025).
  if (manifest.type === EventType.RECEIPT)
    await resolver.resolve(manifest.sender, manifest.senderKey, manifest.createdMs)
  await verifyJws('manifest-jws', signed, key)
}

function checkBinding({ routing, envelope }: ParsedEnvelope, grant: Grant, manifest: Manifest): void {
  const indexes = grant.sections.map((section) => section.index)
  const { recipient, lane } = routing
  const commitment = recipientCommitment({ salt: grant.commitmentSalt, recipient, lane, sections: indexes })
  ensure(routing.sender === manifest.sender, 'routing.sender')
  ensure(
    routing.expiresMs === manifest.expiresMs && routing.createdMs >= manifest.createdMs,
    'routing.expires_ms',
  )
  ensure(indexes.length === envelope.sections.length, 'grant.sections')
  ensure(
    indexes.every((index) => index < manifest.sectionDigests.length),
    'grant.sections',
  )
  ensure(
    manifest.recipientCommitments.some((entry) => compare(entry, commitment) === 0),
    'manifest.recipient_commitments',
  )
}

function openSections(
  { envelope }: ParsedEnvelope,
  grant: Grant,
  manifest: Manifest,
): Promise<OpenedSection[]> {
  return Promise.all(
    grant.sections.map(async ({ index, key }, i) => {
      const padded = await openDir('section-jwe', envelope.sections[i] as Jwe, key)
      return checkSection(unpad(padded, FLOOR.section, 'section'), index, manifest)
    }),
  )
}

function checkSection(bytes: Uint8Array, index: number, manifest: Manifest): OpenedSection {
  const path = `sections[${index}]`
  const { type, content } = readSection(bytes, path)
  ensure(equal(sectionDigest(bytes), manifest.sectionDigests[index] as Uint8Array), `${path}.digest`)
  return { index, type, content, bytes }
}

function assemble(
  envelope: ParsedEnvelope,
  grant: Grant,
  { signed, manifest, sections }: { signed: Jws; manifest: Manifest; sections: OpenedSection[] },
): OpenedMessage {
  const common = {
    envelope,
    manifest,
    digest: manifestDigest(signed.payload),
    signed,
    commitmentSalt: grant.commitmentSalt,
    granted: grant.sections.map((section) => section.index),
  }
  ensure(
    sections.filter((section) => section.type === 'event').length === (manifest.event === undefined ? 1 : 0),
    'sections.event',
  )
  if (manifest.event !== undefined) return { ...common, event: manifest.event, sections }
  const [first, ...rest] = sections as [OpenedSection, ...OpenedSection[]]
  ensure(first.type === 'event' && first.index === 0, 'sections.event')
  const event = decode(Event, first.content, 'event', LIMITS.envelope)
  ensure(event.content?.$case === eventCase(manifest.type), 'event')
  return { ...common, event, sections: rest, eventSection: first.bytes }
}

// Parses envelopes strictly: step 1 of opening, and the only step that a gateway performs. docs/spec/envelope.md, "Parsing"
import { Envelope, type Jwe, Lane, Routing } from '@rex/proto/core/v1/envelope'
import { decode, encode, equal, fromBase64url } from '../encoding/encoding.ts'
import { ensure, RexError } from '../error.ts'
import { parseEntityId } from '../identifier.ts'
import { parseJwe } from '../jose/strict.ts'
import { LIMITS } from '../limits.ts'
import { contextBytes, contextDigest, envelopeDigest, sealedDigest } from './digest.ts'

const VERSION = 1
/** An envelope with 64 sections, the maximum, contains 796 numbers. */
const BOUNDS = { bytes: LIMITS.envelope, numbers: 1024 }
const LANES: ReadonlySet<number> = new Set([Lane.ROUTINE, Lane.URGENT])

/** An envelope with well-formed parts that belong together, as `ctx` shows. Nothing is decrypted yet. */
export interface ParsedEnvelope {
  readonly routing: Routing
  readonly envelope: Envelope
  /** `kid` of the recipient's encryption key, base64url. */
  readonly kid: string
  /** EnvelopeContext bytes, the input of the digest `ctx`. */
  readonly context: Uint8Array
  /** Envelope digest: 32 bytes. */
  readonly digest: Uint8Array
}

/**
 * Parses an envelope strictly (REX-ENV-001 to 004, slot table): canonical protobuf, routing, every protected header,
 * and `ctx` over the parts as received.
 * @throws RexError MALFORMED, NOT_CANONICAL, LIMIT_EXCEEDED, UNSUPPORTED_VERSION
 */
export function parseEnvelope(bytes: Uint8Array): ParsedEnvelope {
  const envelope = decode(Envelope, bytes, 'envelope', BOUNDS)
  ensure(envelope.routing.length > 0, 'envelope.routing')
  const routing = parseRouting(envelope.routing)
  checkCounts(envelope)
  const grant = parseJwe('grant-jwe', required(envelope.grant, 'envelope.grant'))
  parseJwe('manifest-jwe', required(envelope.manifest, 'envelope.manifest'))
  for (const section of envelope.sections) parseJwe('section-jwe', section)
  return { routing, envelope, kid: grant.header.kid, ...bind(envelope, grant.header) }
}

/** Decodes and checks routing (REX-ENV-002). @throws RexError MALFORMED, NOT_CANONICAL, LIMIT_EXCEEDED, UNSUPPORTED_VERSION */
export function parseRouting(bytes: Uint8Array): Routing {
  const routing = decode(Routing, bytes, 'routing', LIMITS.routing)
  if (routing.version !== VERSION) {
    throw new RexError('UNSUPPORTED_VERSION', `Protocol version ${routing.version} is not supported here.`, {
      metadata: { version: String(routing.version) },
    })
  }
  ensure(routing.envelopeId.length === 16, 'routing.envelope_id')
  parseEntityId(routing.sender, 'routing.sender')
  parseEntityId(routing.recipient, 'routing.recipient')
  ensure(LANES.has(routing.lane), 'routing.lane')
  const lifetime = routing.expiresMs - routing.createdMs
  ensure(routing.createdMs > 0 && lifetime > 0 && lifetime <= LIMITS.maxLifetime, 'routing.expires_ms')
  return routing
}

/** Encodes an envelope canonically. */
export function encodeEnvelope(envelope: Envelope): Uint8Array {
  return encode(Envelope, envelope)
}

function checkCounts(envelope: Envelope): void {
  if (envelope.sections.length > LIMITS.sections) {
    throw new RexError('LIMIT_EXCEEDED', `An envelope has at most ${LIMITS.sections} sections.`, {
      path: 'envelope.sections',
      metadata: { limit: String(LIMITS.sections), actual: String(envelope.sections.length) },
    })
  }
}

function bind(
  envelope: Envelope,
  header: { kid: string; ctx: string },
): { context: Uint8Array; digest: Uint8Array } {
  const recipientKey = fromBase64url(header.kid, 'grant.kid')
  const context = contextBytes(envelope, sealedDigest(envelope.manifest as Jwe), recipientKey)
  ensure(equal(contextDigest(context), fromBase64url(header.ctx, 'grant.ctx')), 'grant.ctx')
  return { context, digest: envelopeDigest(context, sealedDigest(envelope.grant as Jwe)) }
}

function required(part: Jwe | undefined, path: string): Jwe {
  if (part === undefined) throw new RexError('MALFORMED', `${path} is missing.`, { path })
  return part
}

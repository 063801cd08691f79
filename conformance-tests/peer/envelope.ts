// Envelopes as a gateway sees them: correct in form, with random content, because no gateway can open one.
// docs/spec/envelope.md, "Parsing"
import { randomBytes } from 'node:crypto'
import { concatBytes } from '@noble/hashes/utils.js'
import { digest } from '../generate/bytes/crypto.ts'
import { base64url, field, message, repeated, utf8 } from '../generate/bytes/wire.ts'
import { type Jwe, jweBytes, type Routing, routingBytes } from '../generate/objects.ts'

const DAY = 86_400_000
const NOTHING = new Uint8Array()
/** Length of a REX-2 encapsulation in bytes. */
const ENCAPSULATION = 1120
const GRANT = 512

/** Routing fields of an envelope, and the sizes of its parts. */
export interface EnvelopePlan {
  readonly sender: string
  readonly recipient: string
  /** Default: REX-2. */
  readonly suite?: 'REX-1' | 'REX-2'
  /** Default: routine. */
  readonly lane?: 'routine' | 'urgent'
  /** Default: 16 random bytes. */
  readonly envelopeId?: Uint8Array
  /** Unix milliseconds. Default: now. */
  readonly createdMs?: number
  /** Unix milliseconds. Default: a day after `createdMs`. */
  readonly expiresMs?: number
  /** Length of the sealed manifest in bytes. Default: 4096. */
  readonly size?: number
  /** Length of the whole envelope in bytes; overrides `size`. */
  readonly total?: number
  /** Length of each sealed section in bytes. Default: one section of 1024 bytes. */
  readonly sections?: readonly number[]
  /** Sealed parts that several envelopes share, as in a submission. Default: new parts. */
  readonly content?: Content
  /** Changes the routing before the other parts are bound to it. */
  readonly change?: (routing: Routing) => Routing
}

/** The sealed manifest and sections of an envelope. */
export interface Content {
  readonly manifest: Jwe
  readonly sections: readonly Jwe[]
}

/** An envelope with its parts. */
export interface BuiltEnvelope {
  readonly bytes: Uint8Array
  readonly routing: Routing
  /** Canonical `Routing` bytes. */
  readonly routingBytes: Uint8Array
  readonly grant: Jwe
  readonly content: Content
  /** Envelope digest (REX-ENV-025). */
  readonly digest: Uint8Array
}

/** Makes a sealed manifest and sealed sections from random bytes. */
export function makeContent({ size = 4096, sections = [1024] }: Partial<EnvelopePlan> = {}): Content {
  return {
    manifest: sealed('manifest', size),
    sections: sections.map((bytes) => sealed('section', bytes)),
  }
}

/** Makes an envelope. */
export function makeEnvelope({ total, ...plan }: EnvelopePlan): BuiltEnvelope {
  if (total === undefined) return build(plan)
  // Build once near the size, so that the length prefixes have their final width; then lengthen the manifest by the missing bytes.
  const near = total - 10_000
  return build({ ...plan, size: near + total - build({ ...plan, size: near }).bytes.length })
}

function build(plan: EnvelopePlan): BuiltEnvelope {
  const { content = makeContent(plan), change = (routing: Routing) => routing } = plan
  const createdMs = plan.createdMs ?? Date.now()
  const routing = change({
    version: 1,
    envelopeId: plan.envelopeId ?? randomBytes(16),
    sender: plan.sender,
    recipient: plan.recipient,
    createdMs,
    expiresMs: plan.expiresMs ?? createdMs + DAY,
    lane: plan.lane === 'urgent' ? 2 : 1,
  })
  const routed = routingBytes(routing)
  const kid = randomBytes(32)
  const context = concatBytes(
    message([1, routed], [2, kid], [3, digestOf(content.manifest)]),
    repeated(4, content.sections.map(digestOf)),
  )
  const grant = grantOf(plan.suite ?? 'REX-2', { kid, ctx: digest('context', context) })
  const bytes = concatBytes(
    message([1, routed], [2, jweBytes(grant)], [3, jweBytes(content.manifest)]),
    repeated(4, content.sections.map(jweBytes)),
  )
  const binding = concatBytes(field([1, context]), field([2, digestOf(grant)]))
  return { bytes, routing, routingBytes: routed, grant, content, digest: digest('envelope', binding) }
}

function digestOf(jwe: Jwe): Uint8Array {
  return digest('jwe', jweBytes(jwe))
}

function sealed(slot: 'manifest' | 'section', size: number): Jwe {
  const kc = base64url(randomBytes(32))
  const header = utf8(`{"alg":"dir","crit":["kc"],"enc":"A256GCM","kc":"${kc}","typ":"rex-${slot}+jwe"}`)
  return {
    header,
    encryptedKey: NOTHING,
    iv: randomBytes(12),
    ciphertext: randomBytes(size),
    tag: randomBytes(16),
  }
}

function grantOf(suite: string, { kid, ctx }: { readonly kid: Uint8Array; readonly ctx: Uint8Array }): Jwe {
  const bound = `"crit":["ctx"],"ctx":"${base64url(ctx)}"`
  const last = `"kid":"${base64url(kid)}","typ":"rex-grant+jwe"}`
  if (suite === 'REX-2') {
    const header = utf8(`{"alg":"HPKE-10",${bound},${last}`)
    const ciphertext = randomBytes(GRANT + 16)
    return { header, encryptedKey: randomBytes(ENCAPSULATION), iv: NOTHING, ciphertext, tag: NOTHING }
  }
  const x = randomBytes(32)
  // Clear the highest bit, because the coordinate must be canonical (REX-ID-004).
  x[31] = (x[31] as number) & 127
  const epk = `"epk":{"x":"${base64url(x)}","crv":"X25519","kty":"OKP"}`
  const header = utf8(`{"alg":"ECDH-ES",${bound},"enc":"A256GCM",${epk},${last}`)
  return {
    header,
    encryptedKey: NOTHING,
    iv: randomBytes(12),
    ciphertext: randomBytes(GRANT),
    tag: randomBytes(16),
  }
}

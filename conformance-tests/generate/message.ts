// Builds an envelope part by part. A case may change a part; all later parts are then built from the changed part. docs/spec/envelope.md, "Sealing"
import { gcm } from '@noble/ciphers/aes.js'
import { x25519 } from '@noble/curves/ed25519.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes } from '@noble/hashes/utils.js'
import { bytesOf, digest, type Jws, jwsBytes, jwsHeader, type SigningKey, sign } from './bytes/crypto.ts'
import { pad } from './bytes/faults.ts'
import { sealHpke } from './bytes/hpke.ts'
import { base64url, field, message, repeated, utf8 } from './bytes/wire.ts'
import {
  commitmentOf,
  type Grant,
  grantBytes,
  type Jwe,
  jweBytes,
  type Manifest,
  manifestBytes,
  type Routing,
  routingBytes,
  type Section,
  sectionBytes,
} from './objects.ts'
import { DAY, hotline, NOW, ngo, type Party, recipientKey } from './party.ts'

export const URGENT = 2
export const ROUTINE = 1
export const REFER = 1
export const NOTE = 17
export const RECEIPT = 20

type Change<T> = (part: T) => T

/** The plan of a message. Every member has a default. A `Change` receives the correct part and returns its replacement. */
export interface Plan {
  /** A label from which the random bytes of the message are derived. */
  readonly label?: string
  readonly sender?: Party
  readonly recipient?: Party
  readonly suite?: string
  /** Default: urgent; for receipts, routine. */
  readonly lane?: number
  /** The key that signs the manifest. The `kid` remains that of the sender's message key. */
  readonly signer?: SigningKey
  readonly sections?: readonly { readonly type: string; readonly content: Uint8Array }[]
  /** Indexes of the granted sections. Default: all sections. */
  readonly granted?: readonly number[]
  readonly said?: Partial<Manifest>
  readonly section?: Change<Section>
  readonly sectionBytes?: Change<Uint8Array>
  readonly manifest?: Change<Manifest>
  readonly manifestBytes?: Change<Uint8Array>
  readonly header?: Change<string>
  readonly signed?: Change<Jws>
  readonly signedBytes?: Change<Uint8Array>
  readonly padManifest?: typeof pad
  readonly padSection?: typeof pad
  readonly padGrant?: typeof pad
  readonly manifestKc?: Change<Uint8Array>
  readonly sectionKc?: Change<Uint8Array>
  readonly sealedManifest?: Change<Jwe>
  readonly sealedSections?: Change<readonly Jwe[]>
  readonly routing?: Change<Routing>
  readonly routingBytes?: Change<Uint8Array>
  readonly ctx?: Change<Uint8Array>
  readonly grant?: Change<Grant>
  readonly grantBytes?: Change<Uint8Array>
  readonly grantHeader?: Change<string>
  /** Changes the sealed grant, such as its header after the encryption has authenticated it. */
  readonly sealedGrant?: Change<Jwe>
  readonly grantJwe?: Change<Uint8Array>
  readonly envelope?: Change<readonly Uint8Array[]>
  readonly envelopeBytes?: Change<Uint8Array>
}

/** A built message, with all parts that a case may need. */
export interface Built {
  readonly bytes: Uint8Array
  readonly manifest: Manifest
  readonly signed: Jws
  readonly digest: Uint8Array
  readonly context: Uint8Array
  readonly sealedGrantDigest: Uint8Array
  readonly envelopeDigest: Uint8Array
  readonly routing: Routing
  readonly grant: Grant
  readonly sections: readonly Uint8Array[]
}

const same = <T>(part: T): T => part

/** Encodes a canonical `Event` with one member of `content`. */
export function event(type: number, content: Uint8Array): Uint8Array {
  return field([type, content])
}

/** A canonical refer event. */
export const REFER_EVENT = event(
  REFER,
  message([1, 'victim-support'], [5, NOW + DAY], [7, message([1, 'referral-kind'], [2, 1])]),
)
/** A canonical note event. A note may identify somebody, so it travels in a section. */
export const NOTE_EVENT = event(NOTE, message([1, 'Fictional. Test traffic.'], [2, 'en']))

const TRIAGE = { type: 'triage', content: utf8('Fictional content of a section.') }

/** A signed message before it is sealed. `granted`: indices of the sections whose keys the recipient gets. */
interface SignedMessage {
  readonly manifest: Manifest
  readonly signed: Jws
  readonly sections: readonly Uint8Array[]
  readonly salt: Uint8Array
  readonly lane: number
  readonly granted: readonly number[]
}

type Random = (what: string, length?: number) => Uint8Array

export function build(plan: Plan = {}): Built {
  const random: Random = (what, length = 32) => bytesOf(`${plan.label ?? 'message'} ${what}`, length)
  const message = composeMessage(plan, random)
  const { manifest, signed, sections } = message
  return {
    manifest,
    signed,
    sections,
    digest: digest('manifest', signed.payload),
    ...sealMessage(message, plan, random),
  }
}

function composeMessage(plan: Plan, random: Random): SignedMessage {
  const { sender = hotline, recipient = ngo, sections: drafts = [TRIAGE] } = plan
  const granted = plan.granted ?? drafts.map((_, i) => i)
  const sections = drafts.map(({ type, content }, i) => {
    const section = (plan.section ?? same)({ salt: random(`salt ${i}`), type, content })
    return (plan.sectionBytes ?? same)(sectionBytes(section))
  })
  const salt = random('commitment')
  const lane = plan.lane ?? (plan.said?.type === RECEIPT ? ROUTINE : URGENT)
  const commitment = commitmentOf({ salt, recipient: recipient.organisation, lane, sections: granted })
  const manifest = (plan.manifest ?? same)({
    messageId: random('id', 16),
    threadId: random('thread', 16),
    sender: sender.organisation,
    senderKey: sender.message.thumbprint,
    chain: random('chain', 16),
    counter: 0,
    heads: [],
    void: [],
    createdMs: NOW,
    expiresMs: NOW + 3 * DAY,
    type: REFER,
    event: REFER_EVENT,
    sectionDigests: withDecoys(sections, random),
    commitments: [commitment, ...[1, 2, 3].map((i) => random(`commitment ${i}`))].sort(Buffer.compare),
    testTraffic: true,
    ...plan.said,
  })
  return { manifest, signed: signedManifest(manifest, plan, sender), sections, salt, lane, granted }
}

function sealMessage(message: SignedMessage, plan: Plan, random: Random) {
  const { recipient = ngo, suite = 'REX-1' } = plan
  const { sections, salt } = message
  const manifestKey = random('manifest key')
  const signedBytes = (plan.signedBytes ?? same)(jwsBytes(message.signed))
  const sealedManifest = (plan.sealedManifest ?? same)(
    sealContent('rex-manifest+jwe', (plan.padManifest ?? pad)(signedBytes, 4096), {
      key: manifestKey,
      iv: random('manifest iv', 12),
      kc: plan.manifestKc,
    }),
  )
  const keys = message.granted.map((index) => ({ index, key: random(`key ${index}`) }))
  const sealedSections = (plan.sealedSections ?? same)(
    keys.map(({ index, key }) =>
      sealContent('rex-section+jwe', (plan.padSection ?? pad)(sections[index] as Uint8Array, 1024), {
        key,
        iv: random(`iv ${index}`, 12),
        kc: plan.sectionKc,
      }),
    ),
  )
  const routing = routingOf(message, plan, random)
  const routed = (plan.routingBytes ?? same)(routingBytes(routing))
  const context = contextOf(routed, { key: recipientKey(recipient, suite), sealedManifest, sealedSections })
  const grant = (plan.grant ?? same)({ manifestKey, sections: keys, salt })
  const plaintext = (plan.padGrant ?? pad)((plan.grantBytes ?? same)(grantBytes(grant)), 512)
  const ctx = (plan.ctx ?? same)(digest('context', context))
  const sealedGrant = (plan.sealedGrant ?? same)(
    sealGrant(plaintext, { plan, recipient, suite, random, ctx }),
  )
  const parts = [
    field([1, routed]),
    field([2, (plan.grantJwe ?? same)(jweBytes(sealedGrant))]),
    field([3, jweBytes(sealedManifest)]),
    ...sealedSections.map((jwe) => field([4, jweBytes(jwe)])),
  ]
  const bytes = concatBytes(...(plan.envelope ?? same<readonly Uint8Array[]>)(parts))
  const sealedGrantDigest = digest('jwe', jweBytes(sealedGrant))
  return {
    bytes: (plan.envelopeBytes ?? same)(bytes),
    context,
    sealedGrantDigest,
    envelopeDigest: digest('envelope', concatBytes(field([1, context]), field([2, sealedGrantDigest]))),
    routing,
    grant,
  }
}

function routingOf({ manifest, lane }: SignedMessage, plan: Plan, random: Random): Routing {
  return (plan.routing ?? same)({
    version: 1,
    envelopeId: random('envelope id', 16),
    sender: manifest.sender,
    recipient: (plan.recipient ?? ngo).organisation,
    createdMs: manifest.createdMs,
    expiresMs: manifest.expiresMs,
    lane,
  })
}

/** Encodes a canonical `EnvelopeContext`. */
function contextOf(
  routed: Uint8Array,
  {
    key,
    sealedManifest,
    sealedSections,
  }: { key: Uint8Array; sealedManifest: Jwe; sealedSections: readonly Jwe[] },
): Uint8Array {
  const sections = sealedSections.map((jwe) => digest('jwe', jweBytes(jwe)))
  return concatBytes(
    message([1, routed], [2, key], [3, digest('jwe', jweBytes(sealedManifest))]),
    repeated(4, sections),
  )
}

function signedManifest(manifest: Manifest, plan: Plan, sender: Party): Jws {
  const header = (plan.header ?? same)(jwsHeader('rex-manifest+jws', sender.message.thumbprint))
  const payload = (plan.manifestBytes ?? same)(manifestBytes(manifest))
  return (plan.signed ?? same)(sign(header, payload, plan.signer ?? sender.message))
}

/** Returns the digests of the sections, padded with decoys to the next multiple of four. */
function withDecoys(sections: readonly Uint8Array[], random: Random): Uint8Array[] {
  const digests = sections.map((bytes) => digest('section', bytes))
  const count = Math.ceil(digests.length / 4) * 4
  return Array.from({ length: count }, (_, i) => digests[i] ?? random(`decoy ${i}`))
}

interface ContentKey {
  readonly key: Uint8Array
  readonly iv: Uint8Array
  readonly kc?: Change<Uint8Array> | undefined
}

/** Encrypts content (REX-JOSE-040). */
export function sealContent(type: string, plaintext: Uint8Array, { key, iv, kc = same }: ContentKey): Jwe {
  const commitment = base64url(kc(digest('content-key', key)))
  const header = utf8(`{"alg":"dir","crit":["kc"],"enc":"A256GCM","kc":"${commitment}","typ":"${type}"}`)
  return { header, encryptedKey: new Uint8Array(), iv, ...encrypt(plaintext, key, { iv, header }) }
}

interface GrantSealing {
  readonly plan: Plan
  readonly recipient: Party
  readonly suite: string
  readonly ctx: Uint8Array
  readonly random: (what: string, length?: number) => Uint8Array
}

function sealGrant(plaintext: Uint8Array, { plan, recipient, suite, ctx, random }: GrantSealing): Jwe {
  const kid = base64url(recipientKey(recipient, suite))
  const bound = `"crit":["ctx"],"ctx":"${base64url(ctx)}"`
  if (suite === 'REX-2') {
    const header = utf8(
      (plan.grantHeader ?? same)(`{"alg":"HPKE-10",${bound},"kid":"${kid}","typ":"rex-grant+jwe"}`),
    )
    const options = { aad: utf8(base64url(header)), randomness: random('encapsulation', 64) }
    const { encapsulated, ciphertext } = sealHpke(plaintext, recipient.keys.hpke.public, options)
    return { header, encryptedKey: encapsulated, iv: new Uint8Array(), ciphertext, tag: new Uint8Array() }
  }
  const secret = random('ephemeral')
  const epk = `"epk":{"x":"${base64url(x25519.getPublicKey(secret))}","crv":"X25519","kty":"OKP"}`
  const header = utf8(
    (plan.grantHeader ?? same)(
      `{"alg":"ECDH-ES",${bound},"enc":"A256GCM",${epk},"kid":"${kid}","typ":"rex-grant+jwe"}`,
    ),
  )
  const key = concatKdf(x25519.getSharedSecret(secret, recipient.keys.x25519.public))
  const iv = random('grant iv', 12)
  return { header, encryptedKey: new Uint8Array(), iv, ...encrypt(plaintext, key, { iv, header }) }
}

/** Derives a key with Concat KDF for A256GCM in direct mode (RFC 7518, section 4.6). */
export function concatKdf(shared: Uint8Array): Uint8Array {
  const algorithm = utf8('A256GCM')
  const lengths = [uint32(1), shared, uint32(algorithm.length), algorithm, uint32(0), uint32(0), uint32(256)]
  return sha256(concatBytes(...lengths))
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value)
  return bytes
}

function encrypt(
  plaintext: Uint8Array,
  key: Uint8Array,
  { iv, header }: { iv: Uint8Array; header: Uint8Array },
): { ciphertext: Uint8Array; tag: Uint8Array } {
  const sealed = gcm(key, iv, utf8(base64url(header))).encrypt(plaintext)
  return { ciphertext: sealed.subarray(0, -16), tag: sealed.subarray(-16) }
}

// Every signature and digest of a bundle, in a form that common tools can check. docs/guide/rex-desk.md, "Evidence"
import { EnvelopeDigest, type Jws, RecipientCommitment } from '@rex/proto/core/v1/envelope'
import type { EvidenceBundle, EvidenceDelivery, EvidenceMessage } from '@rex/proto/core/v1/receipt'
import { type DigestTag, digest, encode, toBase64url, toHex } from '../../../core/encoding/encoding.ts'
import { type EntityConfiguration, parseEntityConfiguration } from '../../../core/identity/entity.ts'
import { kid } from '../../../core/jose/key.ts'

/** An Ed25519 signature. */
export interface Signature {
  /** Path of the signature in the bundle. */
  readonly path: string
  readonly what: string
  /** Thumbprint of the key that signed, base64url. */
  readonly kid: string
  /** The public key from the statements, base64url. Absent: no statement contains it. */
  readonly key?: string
  /** The signed bytes: protected header and payload, in base64url, joined by a full stop. */
  readonly input: string
  /** The signature: 64 bytes, base64url. */
  readonly signature: string
}

/** A SHA-256 digest over the tag, a zero byte and the bytes. */
export interface Digest {
  readonly path: string
  readonly what: string
  readonly tag: DigestTag
  /** The bytes after the zero byte, base64url. Empty for a section. */
  readonly bytes: string
  /** The SHA-256 digest, hex. */
  readonly digest: string
}

/** Returns all signatures of a bundle, statements first. */
export function signaturesOf({ entityConfigurations, messages }: EvidenceBundle): Signature[] {
  const statements = entityConfigurations.map(parseEntityConfiguration)
  const keys = new Map(statements.flatMap(keysOf).map((jwk) => [kid(jwk), jwk.x]))
  const sign = (path: string, what: string, compact: readonly string[]): Signature => {
    const [header = '', payload = '', signature = ''] = compact
    const signer = (JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string }).kid
    const key = keys.get(signer)
    return { path, what, kid: signer, ...(key && { key }), input: `${header}.${payload}`, signature }
  }
  const signed = (path: string, what: string, jws: Jws | undefined) =>
    jws === undefined ? [] : [sign(path, what, [jws.protected, jws.payload, jws.signature].map(toBase64url))]
  return [
    ...statements.flatMap(({ jwt, organisation, rotations }, i) => [
      sign(`entity_configurations[${i}]`, `statement of ${organisation}`, jwt.split('.')),
      ...rotations.map((rotation, r) =>
        sign(
          `entity_configurations[${i}].rotations[${r}]`,
          `rotation of ${organisation}`,
          rotation.jwt.split('.'),
        ),
      ),
    ]),
    ...messages.flatMap(({ manifest, deliveries }, i) => [
      ...signed(`messages[${i}].manifest`, 'message', manifest),
      ...deliveries.flatMap(({ stored, receipts }, d) => [
        ...signed(`messages[${i}].deliveries[${d}].stored`, 'stored receipt', stored),
        ...receipts.flatMap((batch, r) =>
          signed(`messages[${i}].deliveries[${d}].receipts[${r}]`, 'desk receipts', batch.manifest),
        ),
      ]),
    ]),
  ]
}

/** Returns the digests that tie deliveries and receipts to messages. */
export function digestsOf({ messages }: EvidenceBundle): Digest[] {
  return messages.flatMap((message, i) => digestsOfMessage(message, `messages[${i}]`))
}

function digestsOfMessage({ manifest, sections, deliveries }: EvidenceMessage, path: string): Digest[] {
  return [
    digestOf(`${path}.manifest`, 'message', 'REX-1 manifest', manifest?.payload ?? new Uint8Array()),
    ...sections.map((bytes, i) => digestOf(`${path}.sections[${i}]`, 'section', 'REX-1 section', bytes)),
    ...deliveries.flatMap((delivery, i) => digestsOfDelivery(delivery, `${path}.deliveries[${i}]`)),
  ]
}

function digestsOfDelivery({ context, grant, commitment }: EvidenceDelivery, path: string): Digest[] {
  const envelope = encode(EnvelopeDigest, { context, grant })
  const opening = commitment === undefined ? [] : [encode(RecipientCommitment, commitment)]
  return [
    digestOf(path, 'envelope', 'REX-1 envelope', envelope),
    ...opening.map((bytes) => digestOf(path, 'recipient commitment', 'REX-1 commitment', bytes)),
  ]
}

/** Returns a digest without the bytes of a section, because they are case data and the page must show only their digest. */
function digestOf(path: string, what: string, tag: DigestTag, bytes: Uint8Array): Digest {
  const shown = tag === 'REX-1 section' ? '' : toBase64url(bytes)
  return { path, what, tag, bytes: shown, digest: toHex(digest(tag, bytes)) }
}

function keysOf({ entityKey, rotations, party }: EntityConfiguration) {
  return [
    entityKey,
    ...rotations.map(({ from }) => from),
    ...[...party.messageKeys, ...party.gateway.receiptKeys].map(({ jwk }) => jwk),
  ]
}
